//! PIM version 2 (RFC 7761: sparse mode; RFC 3973: dense mode; RFC 5059: bootstrap; RFC 5015: bidirectional).
//!
//! ```text
//! unicast address:  | family | encoding | address ..
//! group, source:    | family | encoding | flags | mask length | address ..
//! hello option:     | option (2) | length (2) | value ..
//! ```
//! RFC 2117 gave the length of addresses in the header, and left family and encoding out.

use super::soften;
use crate::parts::duration;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

const HELLO: u8 = 0;
const REGISTER: u8 = 1;
const REGISTER_STOP: u8 = 2;
const JOIN_PRUNE: u8 = 3;
const BOOTSTRAP: u8 = 4;
const ASSERT: u8 = 5;
const GRAFT: u8 = 6;
const GRAFT_ACK: u8 = 7;
const CANDIDATE: u8 = 8;
const PRUNE_REFRESH: u8 = 9;
const DF_ELECTION: u8 = 10;

const OPTIONS: NameTable = &[
    (1, "Hold Time"),
    (2, "LAN Prune Delay"),
    (18, "DR Priority (Old)"),
    (19, "DR Priority"),
    (20, "Generation ID"),
    (21, "State Refresh Capability"),
    (22, "Bi-Directional Capability"),
    (24, "Address List"),
    (65001, "Address List (Old)"),
];
const REGISTER_FLAGS: &[(u32, &str)] = &[(0x8000_0000, "Border"), (0x4000_0000, "Null")];
const ELECTIONS: NameTable = &[(1, "Offer"), (2, "Winner"), (3, "Backoff"), (4, "Pass")];
const BACKOFF: u8 = 3;
const PASS: u8 = 4;

/// How addresses are written in this message: the length that the header gave, 0 if each says its own.
type AddressLength = u8;

/// A message behind its type, which has been said.
pub fn message(cx: &mut Cx, mut p: Cursor, kind: u8, out: &mut Out) -> Dissect {
    cx.speaking = "pimv2";
    let packet = p;
    if p.claimed() < 2 {
        return Err(too_short(p.claimed(), 2, out));
    }
    let [_, sub] = p.array()?;
    let (subtype, length) = (sub >> 4, sub & 0x0f);
    if length != 0 {
        out.say(", RFC2117-encoding").note("address_length", length);
    }
    if packet.claimed() < 4 {
        return Err(too_short(packet.claimed(), 4, out));
    }
    let sum = p.be16()?;
    judge(cx, kind, sum, packet, out);
    if kind == REGISTER {
        return register(cx, p, out);
    }
    let done = body(cx, kind, subtype, length, &mut p, out);
    soften(cx, p.captured() >= p.claimed(), done, out)
}

fn too_short(length: usize, least: usize, out: &mut Out) -> Stop {
    write!(out, "[length {length} < {least}]");
    Stop::Invalid
}

/// Judges the checksum. That of a register covers the header, and some cover all.
fn judge(cx: &Cx, kind: u8, sum: u16, packet: Cursor, out: &mut Out) {
    let right = |n: usize| {
        let bytes = packet.claiming(n).whole()?;
        let start = match cx.ip.version {
            6 => cx.ip.pseudo_header(ip_proto::PIM, n),
            _ => checksum::Sum::new(),
        };
        Some(start.bytes(bytes).finish() == 0)
    };
    let judged = match kind {
        _ if sum == 0 => None,
        REGISTER => right(8).and_then(|held| if held { Some(true) } else { right(packet.claimed()) }),
        _ => right(packet.claimed()),
    };
    out.say(", cksum 0x").hex0("checksum", sum, 4);
    if let Some(right) = judged {
        out.note_that("checksum_ok", right);
    }
    out.say(match judged {
        None => " (unverified)",
        Some(true) => " (correct)",
        Some(false) => " (incorrect)",
    });
}

fn body(cx: &Cx, kind: u8, subtype: u8, length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    match kind {
        HELLO => hello(cx, length, p, out),
        REGISTER_STOP => {
            group(" group=", "group", length, p, out)?;
            unicast(" source=", "source", length, p, out)
        }
        JOIN_PRUNE | GRAFT | GRAFT_ACK => join_prune(kind, length, p, out),
        BOOTSTRAP => bootstrap(length, p, out),
        ASSERT => {
            group(" group=", "group", length, p, out)?;
            unicast(" src=", "source", length, p, out)?;
            p.need(8)?;
            let (preference, metric) = (p.be32()?, p.be32()?);
            out.say(if preference >> 31 != 0 { " RPT" } else { "" }).note_that("rpt", preference >> 31 != 0);
            out.say(" pref=")
                .num("preference", preference & 0x7fff_ffff)
                .say(" metric=")
                .num("metric", metric);
            Ok(())
        }
        CANDIDATE => candidate(length, p, out),
        PRUNE_REFRESH => {
            unicast(" src=", "source", length, p, out)?;
            group(" grp=", "group", length, p, out)?;
            unicast(" forwarder=", "forwarder", length, p, out)?;
            let limit = p.be16()?;
            out.say(" TUNR ");
            duration::say(out, "prune_limit_s", limit.into());
            Ok(())
        }
        DF_ELECTION => election(subtype, length, p, out),
        _ => {
            write!(out, " [type {kind}]");
            Ok(())
        }
    }
}

fn hello(cx: &Cx, length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("options", |out| {
        while p.claimed() > 0 {
            out.item(|out| option(cx, length, p, out))?;
        }
        Ok(())
    })
}

fn option(cx: &Cx, address: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Err(Stop::Truncated);
    }
    let (kind, length) = (p.be16()?, p.be16()?);
    out.say("\n\t  ").named_as("option", kind, OPTIONS, "Unknown", " Option (%u)");
    out.say(", length ").num("length", length).say(", Value: ");
    let value = p.sub(length.into());
    p.need(length.into())?;
    let known = option_value(cx, kind, length, address, value, out)?;
    if !known {
        out.dump_hex("data", value.rest(), "\n\t    ");
    } else if cx.verbose() > 1 {
        out.aloud(|out| _ = out.dump_hex("", value.rest(), "\n\t    "));
    }
    p.pass(length.into());
    Ok(())
}

/// The value of a hello option; `false` if nobody knows it.
fn option_value(
    cx: &Cx,
    kind: u16,
    length: u16,
    address: AddressLength,
    mut p: Cursor,
    out: &mut Out,
) -> Dissect<bool> {
    let mut exactly = |right: u16| {
        if length == right {
            return Ok(());
        }
        write!(out, "[option length {length} != {right}]");
        Err(Stop::Invalid)
    };
    match kind {
        1 => {
            exactly(2)?;
            let seconds = p.be16()?;
            duration::say(out, "hold_time_s", seconds.into());
        }
        2 => {
            exactly(4)?;
            let (delay, interval) = (p.be16()?, p.be16()?);
            out.say("\n\t    T-bit=").num("t_bit", delay >> 15);
            out.say(", LAN delay ").num("lan_delay_ms", delay & 0x7fff).say("ms, Override interval ");
            out.num("override_interval_ms", interval).say("ms");
        }
        18 | 19 if length == 0 => drop(out.say("Bi-Directional Capability (Old)")),
        18 | 19 => {
            exactly(4)?;
            let priority = p.be32()?;
            out.num("priority", priority);
        }
        20 => {
            exactly(4)?;
            let id = p.be32()?;
            out.say("0x").hex0("generation_id", id, 8);
        }
        21 => {
            exactly(4)?;
            let ([version, interval], reserved) = (p.array()?, p.be16()?);
            out.say("v").num("refresh_version", version);
            if interval != 0 {
                out.say(", interval ");
                duration::say(out, "interval_s", interval.into());
            }
            if reserved != 0 {
                out.say(" ?0x").hex0("reserved", reserved, 4).say("?");
            }
        }
        22 => {}
        24 | 65001 if cx.verbose() > 1 => out.list("addresses", |out| {
            while !p.is_empty() {
                unicast("\n\t    ", "", address, &mut p, out)?;
            }
            Ok(())
        })?,
        24 | 65001 => {}
        _ => return Ok(false),
    }
    Ok(true)
}

/// A packet for a group, carried to its rendezvous point.
fn register(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let Ok(flags) = p.be32() else { return cx.soft_cut(out) };
    out.say(", Flags [ ").name("flags", flags, REGISTER_FLAGS, "none").say(" ]\n\t");
    if p.claimed() == 0 {
        return cx.soft_cut(out);
    }
    match p.peek()? >> 4 {
        0 => {
            let (source, group): ([u8; 4], [u8; 4]) = (p.at(12).array()?, p.at(16).array()?);
            out.say("IP-Null-header ").ip4("source", source).say(" > ").ip4("group", group);
            Ok(())
        }
        4 => cx.next(Space::IpProto(ip_proto::IPV4), p, out).map(drop),
        6 => cx.next(Space::IpProto(ip_proto::IPV6), p, out).map(drop),
        version => {
            out.say("IP ver ").num("ip_version", version);
            Ok(())
        }
    }
}

fn join_prune(kind: u8, length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    if kind != GRAFT_ACK {
        unicast(", upstream-neighbor: ", "upstream", length, p, out)?;
    }
    let ([_, count], hold_time) = (p.array()?, p.be16()?);
    out.say("\n\t  ").num("group_count", count).say(" group(s)");
    if kind == GRAFT_ACK {
        out.note("hold_time_s", hold_time);
    } else if hold_time == u16::MAX {
        out.say(", holdtime: infinite").note("hold_time_s", hold_time);
    } else {
        out.say(", holdtime: ");
        duration::say(out, "hold_time_s", hold_time.into());
    }
    out.list("groups", |out| {
        for i in 1..=u32::from(count) {
            write!(out, "\n\t    group #{i}: ");
            out.item(|out| group_set(length, p, out))?;
        }
        Ok(())
    })
}

fn group_set(length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    group("", "group", length, p, out)?;
    p.need(4)?;
    let (joins, prunes) = (p.be16()?, p.be16()?);
    out.say(", joined sources: ")
        .num("join_count", joins)
        .say(", pruned sources: ")
        .num("prune_count", prunes);
    for (key, words, count) in [("joins", "joined", joins), ("prunes", "pruned", prunes)] {
        out.list(key, |out| {
            for i in 1..=u32::from(count) {
                write!(out, "\n\t      {words} source #{i}: ");
                let address = Address::read(length, true, p)?;
                out.item(|out| {
                    address.say("source", out);
                    address.source_flags(out);
                    Ok(())
                })?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn bootstrap(length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    let tag = p.be16()?;
    out.say(" tag=").hex("tag", tag);
    let mask = p.u8()?;
    out.say(" hashmlen=").num("hash_mask_length", mask);
    p.need(2)?;
    let priority = p.u8()?;
    out.say(" BSRprio=").num("priority", priority);
    unicast(" BSR=", "router", length, p, out)?;
    let mut i = 0u32;
    out.list("groups", |out| {
        while p.claimed() > 0 {
            write!(out, " (group{i}: ");
            i = i.saturating_add(1);
            out.item(|out| bootstrap_group(length, p, out))?;
        }
        Ok(())
    })
}

fn bootstrap_group(length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    group("", "group", length, p, out)?;
    let count = p.u8()?;
    out.say(" RPcnt=").num("point_count", count);
    let here = p.u8()?;
    out.say(" FRPcnt=").num("points_here", here);
    p.skip(2)?;
    out.list("points", |out| {
        for i in 0..here {
            if p.claimed() == 0 {
                break;
            }
            write!(out, " RP{i}=");
            out.item(|out| {
                unicast("", "point", length, p, out)?;
                let hold_time = p.be16()?;
                out.say(",holdtime=");
                duration::say(out, "hold_time_s", hold_time.into());
                let priority = p.u8()?;
                out.say(",prio=").num("priority", priority);
                p.skip(1)
            })?;
        }
        Ok(())
    })?;
    out.say(")");
    Ok(())
}

fn candidate(length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    let count = p.u8()?;
    out.say(" prefix-cnt=").num("prefix_count", count);
    let priority = p.u8()?;
    out.say(" prio=").num("priority", priority);
    let hold_time = p.be16()?;
    out.say(" holdtime=");
    duration::say(out, "hold_time_s", hold_time.into());
    unicast(" RP=", "point", length, p, out)?;
    out.list("groups", |out| {
        for i in 0..count {
            if p.claimed() == 0 {
                break;
            }
            write!(out, " Group{i}=");
            out.item(|out| group("", "group", length, p, out))?;
        }
        Ok(())
    })
}

fn election(subtype: u8, length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t  ").name("subtype", subtype, ELECTIONS, "Unknown").say(",");
    unicast(" rpa=", "point", length, p, out)?;
    let preference = p.be32()?;
    out.say(" sender pref=").num("sender_preference", preference);
    let metric = p.be32()?;
    out.say(" sender metric=").num("sender_metric", metric);
    if !matches!(subtype, BACKOFF | PASS) {
        return Ok(());
    }
    let who = if subtype == BACKOFF { "offer" } else { "new winner" };
    out.say("\n\t  ").say(who);
    unicast(" addr=", "address", length, p, out)?;
    let preference = p.be32()?;
    out.say(" ").say(who).say(" pref=").num("preference", preference);
    let metric = p.be32()?;
    out.say(" ").say(who).say(" metric=").num("metric", metric);
    if subtype == BACKOFF {
        let interval = p.be16()?;
        out.say(" interval ").num("interval_ms", interval).say("ms");
    }
    Ok(())
}

/// Says the words, then an address.
fn unicast(words: &str, key: &str, length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    let address = Address::read(length, false, p)?;
    out.ip(key, address.addr);
    Ok(())
}

/// Says the words, then a group.
fn group(words: &str, key: &str, length: AddressLength, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    let address = Address::read(length, true, p)?;
    address.say(key, out);
    if address.flags != 0 {
        out.say("(0x").hex0("flags", address.flags, 2).say(")");
    }
    Ok(())
}

/// An encoded address.
struct Address {
    addr: Addr,
    flags: u8,
    mask_length: u8,
}

impl Address {
    /// Reads one; `masked` ones have flags and a mask. Those of an unknown family end the message.
    fn read(length: AddressLength, masked: bool, p: &mut Cursor) -> Dissect<Self> {
        let mut ahead = *p;
        let of_ip6 = match length {
            0 => match ahead.array()? {
                [1, 0] => false,
                [2, 0] => true,
                _ => return Err(Stop::Truncated),
            },
            4 => false,
            _ => return Err(Stop::Truncated),
        };
        let [flags, mask_length] = if masked { ahead.array()? } else { [0; 2] };
        let addr = match of_ip6 {
            false => ahead.array::<4>().map(Addr::from),
            true => ahead.array::<16>().map(Addr::from),
        }?;
        *p = ahead;
        Ok(Address { addr, flags, mask_length })
    }

    fn say(&self, key: &str, out: &mut Out) {
        let whole = if self.addr.is_ipv4() { 32 } else { 128 };
        out.ip(key, self.addr);
        if self.mask_length == whole {
            out.note("mask_length", self.mask_length);
        } else {
            out.say("/").num("mask_length", self.mask_length);
        }
    }

    fn source_flags(&self, out: &mut Out) {
        out.note("flags", self.flags);
        if self.flags == 0 {
            return;
        }
        out.aloud(|out| {
            out.say("(").letters("", self.flags & 7, &[(4, "S"), (2, "W"), (1, "R")], "");
            if self.flags & 0xf8 != 0 {
                out.say("+0x").hex0("", self.flags & 0xf8, 2);
            }
            out.say(")");
        });
    }
}

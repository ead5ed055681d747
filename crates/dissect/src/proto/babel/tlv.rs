//! The TLVs of Babel (RFC 8966 section 4.6), and the TLVs inside them (section 4.7).

use super::{ADDRESS, Defaults, MAPPED};
use crate::prelude::*;

const PAD_1: u8 = 0;
const PAD_N: u8 = 1;
const HELLO: u8 = 4;
const IHU: u8 = 5;
const UPDATE: u8 = 8;
const SOURCE_UPDATE: u8 = 13;
/// What types are called without `-v`.
const SHORT: NameTable = &[
    (1, " padN"),
    (2, " ack-req"),
    (3, " ack"),
    (4, " hello"),
    (5, " ihu"),
    (6, " router-id"),
    (7, " nh"),
    (8, " update"),
    (9, " route-request"),
    (10, " seqno-request"),
    (11, " tspc"),
    (12, " hmac"),
    (13, " ss-update"),
    (14, " ss-request"),
    (15, " ss-mh-request"),
    (16, " mac"),
    (17, " pc"),
    (18, " challenge_request"),
    (19, " challenge_reply"),
];
const UPDATE_FLAGS: Flags = &[(0x80, "/prefix"), (0x40, "/id")];
const DEFAULT_PREFIX: u8 = 0x80;
const UNICAST: u16 = 0x8000;

/// Sub-TLVs with this bit make who does not know them ignore the TLV.
const MANDATORY: u8 = 0x80;
const DIVERSITY: u8 = 2;
const TIMESTAMP: u8 = 3;
const CHANNELS: NameTable = &[(0, "reserved"), (255, "all")];
/// The longest challenge.
const CHALLENGE: usize = 192;

/// One TLV.
pub fn dissect(cx: &mut Cx, defaults: &mut Defaults, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut tlv = *p;
    let kind = tlv.u8()?;
    if kind == PAD_1 {
        out.note("type", kind).say(if cx.verbose() > 0 { "\n\tPad 1" } else { " pad1" });
        p.pass(1);
        return Ok(());
    }
    if p.claimed() < 2 {
        return Err(Stop::Invalid);
    }
    let length = usize::from(tlv.u8()?);
    if tlv.claimed() < length {
        return Err(Stop::Invalid);
    }
    tlv.need(length)?;
    p.pass(2 + length);
    let value = tlv.sub(length);
    if cx.verbose() > 0 {
        out.note("type", kind).note("length", length);
        return explain(cx, defaults, kind, value, out);
    }
    out.name("type", kind, SHORT, " unknown");
    if kind == UPDATE {
        at_least(10, value)?;
        let flags = value.at(1).u8()?;
        say_flags(flags, out);
    }
    Ok(())
}

fn at_least(length: usize, p: Cursor) -> Dissect {
    if p.claimed() < length { Err(Stop::Invalid) } else { Ok(()) }
}

fn say_flags(flags: u8, out: &mut Out) {
    out.note("flags", flags);
    out.aloud(|out| {
        out.letters("", flags, UPDATE_FLAGS, "").say(if flags & 0x3f != 0 { "/unknown" } else { "" });
    });
}

fn explain(cx: &mut Cx, defaults: &mut Defaults, kind: u8, p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        PAD_N => drop(write!(out, "\n\tPad {}", p.claimed() + 2)),
        2 => acknowledgment_request(p, out.say("\n\tAcknowledgment Request "))?,
        3 => {
            let mut p = p;
            out.say("\n\tAcknowledgment ");
            at_least(2, p)?;
            let nonce = p.be16()?;
            out.hex0("nonce", nonce, 4);
        }
        HELLO => hello(cx, p, out.say("\n\tHello "))?,
        IHU => ihu(cx, p, out.say("\n\tIHU "))?,
        6 => {
            out.say("\n\tRouter Id");
            at_least(10, p)?;
            router(" ", p.at(2), out)?;
        }
        7 => next_hop(p, out.say("\n\tNext Hop"))?,
        UPDATE => update(cx, defaults, p, out.say("\n\tUpdate"))?,
        9 => route_request(p, out.say("\n\tRoute Request "))?,
        10 => seqno_request(p, out.say("\n\tSeqno Request "))?,
        11..=12 | 16..=19 => authentication(kind, p, out)?,
        SOURCE_UPDATE => source_update(cx, defaults, p, out.say("\n\tSS-Update"))?,
        14 => source_request(p, out.say("\n\tSS-Request "))?,
        15 => source_seqno_request(p, out.say("\n\tSS-MH-Request "))?,
        _ => drop(write!(out, "\n\tUnknown message type {kind}")),
    }
    Ok(())
}

/// An interval in hundredths of a second.
fn interval(interval: u16, out: &mut Out) {
    out.note("interval_cs", interval);
    match interval {
        0 => out.say("0.0s (bogus)"),
        _ => write!(out, "{}.{:02}s", interval / 100, interval % 100),
    };
}

fn update_interval(hundredths: u16, out: &mut Out) {
    if hundredths == u16::MAX {
        out.say("infinity").note("interval_cs", hundredths);
    } else {
        interval(hundredths, out);
    }
}

fn router(words: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    let id = p.take(8)?;
    out.say(words).octets("router", id, b':');
    Ok(())
}

/// The address, or as much of it as `bits` has, in encoding `kind`, of which the first `omitted` bytes are those of
/// `default`.
fn prefix(
    kind: u8,
    bits: Option<u8>,
    omitted: u8,
    default: Option<&[u8; ADDRESS]>,
    p: &mut Cursor,
) -> Dissect<[u8; ADDRESS]> {
    let bytes = match (bits, kind) {
        (Some(bits), _) => usize::from(bits).div_ceil(8),
        (None, 1) => 4,
        (None, _) => ADDRESS,
    };
    let omitted = usize::from(omitted);
    let (longest, start) = match kind {
        _ if bytes > ADDRESS => return Err(Stop::Invalid),
        0 => return Ok([0; ADDRESS]),
        1 => (4, MAPPED.len()),
        2 => (ADDRESS, 0),
        3 => (ADDRESS, 0),
        _ => return Err(Stop::Invalid),
    };
    let mut address = Defaults::none().v4;
    if kind != 1 {
        address = [0; ADDRESS];
    }
    let taken = match kind {
        3 => {
            address.iter_mut().zip([0xfe, 0x80]).for_each(|(to, from)| *to = from);
            bytes.saturating_sub(8)
        }
        _ => {
            if omitted > longest || bytes > longest {
                return Err(Stop::Invalid);
            }
            if omitted > 0 {
                let default = default.ok_or(Stop::Invalid)?;
                address.iter_mut().zip(default).take(start + omitted).for_each(|(to, from)| *to = *from);
            }
            bytes.saturating_sub(omitted)
        }
    };
    if p.claimed() < taken {
        return Err(Stop::Invalid);
    }
    let skipped = if kind == 3 { 8 } else { start + omitted };
    let rest = p.take(taken)?;
    address.iter_mut().skip(skipped).zip(rest).for_each(|(to, from)| *to = *from);
    Ok(address)
}

/// An address, said as IPv4 if it is one.
fn addr(address: [u8; ADDRESS]) -> Addr {
    match address {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Addr::from([a, b, c, d]),
        _ => Addr::from(address),
    }
}

/// A prefix and its length, which for IPv4 counts from the address in IPv6.
fn say_prefix(key: &str, length_key: &str, address: [u8; ADDRESS], kind: u8, bits: u8, out: &mut Out) {
    let bits = if kind == 1 { bits.wrapping_add(96) } else { bits };
    let (address, bits) = match addr(address) {
        addr @ Addr::V4(_) if bits >= 96 => (addr, bits - 96),
        _ => (Addr::from(address), bits),
    };
    out.ip(key, address).say("/").num(length_key, bits);
}

fn acknowledgment_request(mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(6, p)?;
    let (_, nonce, time) = (p.be16()?, p.be16()?, p.be16()?);
    out.hex0("nonce", nonce, 4).say(" ");
    interval(time, out);
    Ok(())
}

fn hello(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(6, p)?;
    let (flags, seqno, time) = (p.be16()?, p.be16()?, p.be16()?);
    if flags & UNICAST != 0 {
        out.say("(Unicast) ").note_that("unicast", true);
    }
    out.say("seqno ").num("seqno", seqno).say(" ");
    if time == 0 {
        out.say("unscheduled");
    } else {
        interval(time, out.say("interval "));
    }
    sub_tlvs(cx, HELLO, p, out)
}

fn ihu(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(6, p)?;
    let ([kind, _], cost, time) = (p.array()?, p.be16()?, p.be16()?);
    let Ok(address) = prefix(kind, None, 0, None, &mut p) else { return cx.soft_cut(out) };
    if kind == 0 {
        out.say("any");
    } else {
        out.ip("address", addr(address));
    }
    out.say(" rxcost ").num("rxcost", cost).say(" interval ");
    interval(time, out);
    sub_tlvs(cx, IHU, p, out)
}

fn next_hop(mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(2, p)?;
    let [kind, _] = p.array()?;
    let address = prefix(kind, None, 0, None, &mut p)?;
    if kind == 0 {
        out.say(" invalid AE 0");
    } else {
        out.say(" ").ip("next_hop", addr(address));
    }
    Ok(())
}

fn update(cx: &mut Cx, defaults: &mut Defaults, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(10, p)?;
    let [kind, flags, bits, omitted] = p.array()?;
    let (time, seqno, metric) = (p.be16()?, p.be16()?, p.be16()?);
    let default = if kind == 1 { &mut defaults.v4 } else { &mut defaults.v6 };
    let address = prefix(kind, Some(bits), omitted, Some(default), &mut p)?;
    say_flags(flags, out);
    out.say(" ");
    if kind == 0 {
        out.say("any");
    } else {
        say_prefix("prefix", "prefix_length", address, kind, bits, out);
    }
    out.say(" metric ").num("metric", metric).say(" seqno ").num("seqno", seqno).say(" interval ");
    update_interval(time, out);
    if flags & DEFAULT_PREFIX != 0 {
        *default = address;
    }
    sub_tlvs(cx, UPDATE, p, out)
}

fn route_request(mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(2, p)?;
    let [kind, bits] = p.array()?;
    let address = prefix(kind, Some(bits), 0, None, &mut p)?;
    out.say("for ");
    if kind == 0 {
        out.say("any");
    } else {
        say_prefix("prefix", "prefix_length", address, kind, bits, out);
    }
    Ok(())
}

fn seqno_request(mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(14, p)?;
    let ([kind, bits], seqno, [hops, _], router_id) = (p.array()?, p.be16()?, p.array()?, p);
    p.skip(8)?;
    let address = prefix(kind, Some(bits), 0, None, &mut p)?;
    out.say("(").num("hops", hops).say(" hops) for ");
    if kind == 0 {
        out.say("invalid AE 0");
    } else {
        say_prefix("prefix", "prefix_length", address, kind, bits, out);
    }
    out.say(" seqno ").num("seqno", seqno);
    router(" id ", router_id, out)
}

/// Time stamps, digests, counters and challenges.
fn authentication(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    match kind {
        11 => {
            out.say("\n\tTS/PC ");
            at_least(6, p)?;
            let (counter, time) = (p.be16()?, p.be32()?);
            out.say("timestamp ").num("timestamp", time).say(" packetcounter ").num("counter", counter);
        }
        12 => {
            out.say("\n\tHMAC ");
            at_least(18, p)?;
            let (key, digest) = (p.be16()?, p.rest());
            out.say("key-id ").num("key_id", key);
            write!(out, " digest-{} ", length - 2).aside(|out| _ = out.bytes("digest", digest));
            for byte in digest {
                write!(out, "{byte:02X}");
            }
        }
        16 => drop(write!(out, "\n\tMAC len {length}")),
        17 => {
            out.say("\n\tPC");
            at_least(4, p)?;
            let value = p.be32()?;
            out.say(" value ").num("counter", value);
            write!(out, " index len {}", length - 4);
        }
        _ => {
            out.say(if kind == 18 { "\n\tChallenge Request" } else { "\n\tChallenge Reply" });
            if length > CHALLENGE {
                return Err(Stop::Invalid);
            }
            write!(out, " len {length}");
        }
    }
    Ok(())
}

fn source_update(cx: &mut Cx, defaults: &mut Defaults, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(10, p)?;
    let [kind, source_bits, bits, omitted] = p.array()?;
    let (time, seqno, metric) = (p.be16()?, p.be16()?, p.be16()?);
    let default = if kind == 1 { &defaults.v4 } else { &defaults.v6 };
    let address = prefix(kind, Some(bits), omitted, Some(default), &mut p)?;
    let source = prefix(kind, Some(source_bits), 0, None, &mut p)?;
    say_prefix("prefix", "prefix_length", address, kind, bits, out.say(" "));
    say_prefix("source", "source_length", source, kind, source_bits, out.say(" from "));
    out.say(" metric ").num("metric", metric).say(" seqno ").num("seqno", seqno).say(" interval ");
    update_interval(time, out);
    sub_tlvs(cx, SOURCE_UPDATE, p, out)
}

fn source_request(mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(3, p)?;
    let [kind, bits, source_bits] = p.array()?;
    let address = prefix(kind, Some(bits), 0, None, &mut p)?;
    let source = prefix(kind, Some(source_bits), 0, None, &mut p)?;
    if kind == 0 {
        out.say("for any");
        return Ok(());
    }
    say_prefix("prefix", "prefix_length", address, kind, bits, out.say("for ("));
    say_prefix("source", "source_length", source, kind, source_bits, out.say(", "));
    out.say(")");
    Ok(())
}

fn source_seqno_request(mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(14, p)?;
    let ([kind, bits], seqno, [hops, source_bits], router_id) = (p.array()?, p.be16()?, p.array()?, p);
    p.skip(8)?;
    let address = prefix(kind, Some(bits), 0, None, &mut p)?;
    let source = prefix(kind, Some(source_bits), 0, None, &mut p)?;
    out.say("(").num("hops", hops).say(" hops) for (");
    say_prefix("prefix", "prefix_length", address, kind, bits, out);
    say_prefix("source", "source_length", source, kind, source_bits, out.say(", "));
    out.say(") seqno ").num("seqno", seqno);
    router(" id ", router_id, out)
}

/// What is behind the known part of a TLV. A lie there does not end the message.
fn sub_tlvs(cx: &mut Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        return Ok(());
    }
    cx.attempt(out, |_, out| {
        out.list("sub_tlvs", |out| {
            while p.claimed() > 0 {
                out.item(|out| sub_tlv(kind, &mut p, out))?;
            }
            Ok(())
        })
    })
    .map(drop)
}

fn sub_tlv(kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    let sub = p.u8()?;
    out.note("type", sub);
    if sub == PAD_1 {
        out.say(" sub-pad1");
        return Ok(());
    }
    out.say(if sub & MANDATORY != 0 { " (M)" } else { "" });
    at_least(1, *p)?;
    let length = usize::from(p.u8()?);
    at_least(length, *p)?;
    let mut value = p.sub(length);
    p.pass(length);
    out.note("length", length);
    match sub {
        PAD_N => drop(out.say(" sub-padn")),
        DIVERSITY => diversity(kind, value, out)?,
        TIMESTAMP => {
            out.say(" sub-timestamp");
            match kind {
                HELLO => {
                    at_least(4, value)?;
                    timestamp(" ", "timestamp_us", &mut value, out)?;
                }
                IHU => {
                    at_least(8, value)?;
                    timestamp(" ", "origin_us", &mut value, out)?;
                    timestamp("|", "receive_us", &mut value, out)?;
                }
                _ => drop(out.say(" (bogus)")),
            }
        }
        _ => drop(write!(out, " sub-unknown-0x{sub:02x}")),
    }
    Ok(())
}

fn diversity(kind: u8, p: Cursor, out: &mut Out) -> Dissect {
    out.say(" sub-diversity");
    if p.claimed() == 0 {
        out.say(" empty");
        return Ok(());
    }
    out.list("channels", |out| {
        let mut between = " ";
        for channel in p.rest() {
            out.say(between).name("", *channel, CHANNELS, "%u");
            between = "-";
        }
        Ok(())
    })?;
    out.say(if matches!(kind, UPDATE | SOURCE_UPDATE) { "" } else { " (bogus)" });
    Ok(())
}

fn timestamp(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let time = p.be32()?;
    out.note(key, time).say(words);
    write!(out, "{}.{:06}s", time / 1_000_000, time % 1_000_000);
    Ok(())
}

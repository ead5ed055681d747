//! Link state advertisements of version 3 (RFC 5340 appendix A.4).
//!
//! ```text
//! | age (2) | scope, type (2) | id (4) | router (4) | sequence (4) | checksum | length (2) | body ..
//! prefix:  | length | options | metric (2) | as many words as it needs |
//! ```

use super::super::tlvs;
use super::OPTIONS;
use crate::prelude::*;

/// Bytes of a header.
const HEADER: usize = 20;
const TYPE: u16 = 0x1fff;
const TYPES: NameTable = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Inter-Area Prefix"),
    (4, "Inter-Area Router"),
    (5, "External"),
    (6, "Deprecated"),
    (7, "NSSA"),
    (8, "Link"),
    (9, "Intra-Area Prefix"),
    (10, "Intra-Area TE"),
    (11, "Grace"),
    (12, "Router Information"),
    (13, "Inter-AS-TE"),
    (14, "Layer 1 VPN"),
];
const SCOPE: u16 = 0x6000;
const SCOPES: NameTable = &[(0, "Link Local"), (0x2000, "Area Local"), (0x4000, "Domain Wide")];
const TRANSITIVE: u16 = 0x8000;

const ROUTER: u16 = 0x2001;
const NETWORK: u16 = 0x2002;
const INTER_AREA_PREFIX: u16 = 0x2003;
const EXTERNAL: u16 = 0x4005;
const LINK: u16 = 0x0008;
const INTRA_AREA_PREFIX: u16 = 0x2009;
const TRAFFIC_ENGINEERING: u16 = 0x000a;
const GRACE: u16 = 0x000b;

const ROUTER_FLAGS: Flags = &[
    (0x01, "ABR"),
    (0x02, "External"),
    (0x04, "Virtual-Link Endpoint"),
    (0x08, "Deprecated"),
    (0x10, "NSSA Translator"),
];
const METRIC: u32 = 0x00ff_ffff;
const EXTERNAL_FLAGS: Flags =
    &[(0x8000_0000, "External Type 2"), (0x0200_0000, "Forwarding"), (0x0100_0000, "Tag")];
const FORWARDING: u32 = 0x0200_0000;
const TAG: u32 = 0x0100_0000;
const PREFIX_OPTIONS: Flags = &[
    (0x01, "No Unicast"),
    (0x02, "Local address"),
    (0x04, "Deprecated"),
    (0x08, "Propagate"),
    (0x10, "Down"),
    (0x20, "N-bit"),
];

/// Says type, scope and identity of an advertisement.
pub fn identity(kind: u16, id: [u8; 4], out: &mut Out) {
    out.note("kind", kind);
    out.aloud(|out| {
        out.say("\n\t    ").named_as("", kind & TYPE, TYPES, "Unknown", " LSA (%u), ");
        out.name("", kind & SCOPE, SCOPES, "Unknown").say(" Scope");
        out.say(if kind & TRANSITIVE != 0 { ", transitive" } else { "" });
    });
    out.say(", LSA-ID ").ip4("id", id);
}

/// A header; gives type and the number of bytes behind it.
pub fn header(p: &mut Cursor, out: &mut Out) -> Dissect<(u16, usize)> {
    if p.claimed() < HEADER {
        return Err(Stop::Truncated);
    }
    p.need(HEADER)?;
    let (age, kind, id, router) = (p.be16()?, p.be16()?, p.array()?, p.array::<4>()?);
    let (sequence, _checksum, stated) = (p.be32()?, p.be16()?, p.be16()?);
    let Some(length) = usize::from(stated).checked_sub(HEADER) else {
        out.say("\n\t\t  Bogus length ").num("bogus_length", stated).say(" < header (20)");
        return Err(Stop::Truncated);
    };
    out.say("\n\t  Advertising Router ").ip4("router", router).say(", seq 0x").hex0("sequence", sequence, 8);
    out.say(", age ").num("age_s", age).say("s, length ").num("length", length);
    identity(kind, id, out);
    Ok((kind, length))
}

/// The advertisements of an update.
pub fn all(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let count = p.be32()?;
    out.note("count", count);
    out.list("advertisements", |out| {
        for _ in 0..count {
            if p.claimed() == 0 {
                break;
            }
            out.item(|out| {
                let (kind, length) = header(&mut p, out)?;
                if length > p.claimed() {
                    return Err(Stop::Truncated);
                }
                let body = p.claiming(length);
                p.pass(length);
                let held =
                    cx.attempt(out, |cx, out| out.nest("body", |out| advertisement(cx, kind, body, out)))?;
                if held { Ok(()) } else { Err(Stop::Truncated) }
            })?;
        }
        Ok(())
    })
}

fn advertisement(cx: &Cx, kind: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        ROUTER => router(p, out),
        NETWORK => network(p, out),
        INTER_AREA_PREFIX => {
            let metric = word(&mut p)?;
            out.say(", metric ").num("metric", metric & METRIC);
            out.list("prefixes", |out| {
                while p.claimed() > 0 {
                    out.item(|out| prefix(&mut p, out).map(drop))?;
                }
                Ok(())
            })
        }
        EXTERNAL => external(p, out),
        LINK => link(p, out),
        INTRA_AREA_PREFIX => intra_area_prefix(p, out),
        TRAFFIC_ENGINEERING => tlvs::traffic_engineering(cx, p, out).map(drop),
        GRACE => tlvs::grace(cx, p, out).map(drop),
        _ => {
            out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t      ");
            Ok(())
        }
    }
}

/// A number that must be inside the advertisement.
fn word(p: &mut Cursor) -> Dissect<u32> {
    if p.claimed() < 4 { Err(Stop::Truncated) } else { p.be32() }
}

/// An identity that must be inside the advertisement.
fn id(p: &mut Cursor) -> Dissect<[u8; 4]> {
    word(p).map(u32::to_be_bytes)
}

fn options(p: &mut Cursor, out: &mut Out) -> Dissect<u8> {
    let word = word(p)?;
    out.say("\n\t      Options [").flags("options", word & METRIC, OPTIONS, "none").say("]");
    Ok((word >> 24) as u8)
}

fn router(mut p: Cursor, out: &mut Out) -> Dissect {
    let flags = options(&mut p, out)?;
    out.say(", RLA-Flags [").flags("flags", flags, ROUTER_FLAGS, "none").say("]");
    out.list("links", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 16 {
                return Err(Stop::Truncated);
            }
            if !out.item(|out| router_link(&mut p, out))? {
                break;
            }
        }
        Ok(())
    })
}

/// A link of a router; `false` if it is of an unknown type.
fn router_link(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    p.need(16)?;
    let ([kind, _], metric) = (p.array()?, p.be16()?);
    let (interface, neighbor_interface, neighbor) = (id(p)?, id(p)?, id(p)?);
    let words = match kind {
        1 => "\n\t      Neighbor Router-ID ",
        2 => "\n\t      Neighbor Network-ID ",
        4 => "\n\t      Virtual Link: Neighbor Router-ID ",
        _ => {
            out.say("\n\t      Unknown Router Links Type 0x").hex0("type", kind, 2);
            return Ok(false);
        }
    };
    out.note("type", kind).say(words).ip4("neighbor", neighbor);
    out.say("\n\t      Neighbor Interface-ID ").ip4("neighbor_interface", neighbor_interface);
    out.say(", Interface ").ip4("interface", interface).say(", metric ").num("metric", metric);
    Ok(true)
}

fn network(mut p: Cursor, out: &mut Out) -> Dissect {
    options(&mut p, out)?;
    out.say("\n\t      Connected Routers:");
    out.list("routers", |out| {
        while p.claimed() > 0 {
            let router = id(&mut p)?;
            out.say("\n\t\t").ip4("", router);
        }
        Ok(())
    })
}

fn external(mut p: Cursor, out: &mut Out) -> Dissect {
    let flags = word(&mut p)?;
    out.say("\n\t     Flags [").flags("flags", flags & !METRIC, EXTERNAL_FLAGS, "none");
    out.say("] metric ").num("metric", flags & METRIC);
    let referenced = out.nest("prefix", |out| prefix(&mut p, out))? >> 8 != 0;
    if flags & FORWARDING != 0 {
        if p.claimed() < 16 {
            return Err(Stop::Truncated);
        }
        let address: [u8; 16] = p.array()?;
        out.say(" forward ").ip6("forward", address);
    }
    if flags & TAG != 0 {
        let tag = id(&mut p)?;
        out.say(" tag ").ip4("tag", tag);
    }
    if referenced {
        let id = id(&mut p)?;
        out.say(" RefLSID: ").ip4("referenced", id);
    }
    Ok(())
}

fn link(mut p: Cursor, out: &mut Out) -> Dissect {
    let priority = options(&mut p, out)?;
    if p.claimed() < 20 {
        return Err(Stop::Truncated);
    }
    let (address, count): ([u8; 16], _) = (p.array()?, p.be32()?);
    out.say("\n\t      Priority ").num("priority", priority).say(", Link-local address ");
    out.ip6("address", address).say(", Prefixes ").num("prefix_count", count).say(":");
    prefixes(count, p, out)
}

fn intra_area_prefix(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < 4 {
        return Err(Stop::Truncated);
    }
    p.need(12)?;
    let (count, kind, id) = (p.be16()?, p.be16()?, p.array()?);
    p.skip(4)?;
    identity(kind, id, out);
    // tcpdump counts six of the twelve bytes so far, and so does whoever wants to end where it ends.
    let Some(left) = length.checked_sub(6) else { return Err(Stop::Truncated) };
    out.say("\n\t      Prefixes ").num("prefix_count", count).say(":");
    prefixes(count.into(), p.claiming(left), out)
}

fn prefixes(count: u32, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("prefixes", |out| {
        for _ in 0..count {
            out.item(|out| prefix(&mut p, out).map(drop))?;
        }
        Ok(())
    })
}

/// A prefix; gives its metric, which some advertisements use otherwise.
fn prefix(p: &mut Cursor, out: &mut Out) -> Dissect<u16> {
    if p.claimed() < 4 {
        return Err(Stop::Truncated);
    }
    let ([length, options], metric) = (p.array()?, p.be16()?);
    let bytes = usize::from(length).div_ceil(32) * 4;
    if bytes > 16 {
        out.say(" bogus prefixlen /").num("bogus_length", length);
        return Err(Stop::Truncated);
    }
    if p.claimed() < bytes {
        return Err(Stop::Truncated);
    }
    let prefix: [u8; 16] = p.padded(bytes)?;
    out.say("\n\t\t").ip6("prefix", prefix).say("/").num("prefix_length", length);
    if options != 0 {
        out.say(", Options [").flags("options", options, PREFIX_OPTIONS, "none").say("]");
    }
    out.say(", metric ").num("metric", metric);
    Ok(metric)
}

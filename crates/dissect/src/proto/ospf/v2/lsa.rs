//! Link state advertisements of OSPF (RFC 2328 appendix A.4; RFC 3101: NSSA; RFC 4915: topologies).
//!
//! ```text
//! | age (2) | options | type | id (4) | router (4) | sequence (4) | checksum | length (2) | body ..
//! ```

use super::{OPTIONS, opaque};
use crate::prelude::*;

/// Types of advertisements.
pub const TYPES: NameTable = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Summary"),
    (4, "ASBR Summary"),
    (5, "External"),
    (6, "Multicast Group"),
    (7, "NSSA"),
    (9, "Link Local Opaque"),
    (10, "Area Local Opaque"),
    (11, "Domain Wide Opaque"),
];
const ROUTER: u8 = 1;
const NETWORK: u8 = 2;
const SUMMARY: u8 = 3;
const ASBR_SUMMARY: u8 = 4;
const EXTERNAL: u8 = 5;
const GROUP: u8 = 6;
const NSSA: u8 = 7;
const OPAQUE: std::ops::RangeInclusive<u8> = 9..=11;

/// Bytes of a header.
const HEADER: usize = 20;
const ROUTER_FLAGS: Flags =
    &[(0x01, "ABR"), (0x02, "ASBR"), (0x04, "Virtual"), (0x08, "Wildcard"), (0x10, "Nt"), (0x80, "Host")];
const TOPOLOGIES: NameTable = &[(0, "default"), (1, "multicast"), (2, "management")];
const METRIC: u32 = 0x00ff_ffff;
const TYPE_2: u32 = 0x8000_0000;
/// Bytes of a link of a router.
const LINK: usize = 12;

/// What later reading needs of a header.
pub struct Header {
    kind: u8,
    /// The first byte of the identity, a type where the advertisement is opaque.
    opaque: u8,
    /// Bytes behind the header.
    length: usize,
}

/// Says the identity of an advertisement; `words` stand before an opaque type, an opaque identity, and any other.
pub fn identity(kind: u32, id: [u8; 4], words: [&str; 3], out: &mut Out) {
    let [opaque_type, opaque_id, plain] = words;
    if u8::try_from(kind).is_ok_and(|kind| OPAQUE.contains(&kind)) {
        let [first, rest @ ..] = id;
        out.say(opaque_type).named_as("opaque_type", first, opaque::TYPES, "unknown", " LSA (%u)");
        let [a, b, c] = rest;
        out.say(opaque_id).num("opaque_id", u32::from_be_bytes([0, a, b, c]));
    } else {
        out.say(plain).ip4("id", id);
    }
}

/// A header; `None` if its length is shorter than itself.
pub fn header(p: &mut Cursor, out: &mut Out) -> Dissect<Option<Header>> {
    p.need(HEADER)?;
    let (age, [options, kind], id, router) = (p.be16()?, p.array()?, p.array()?, p.array::<4>()?);
    let (sequence, _checksum, stated) = (p.be32()?, p.be16()?, p.be16()?);
    let Some(length) = usize::from(stated).checked_sub(HEADER) else {
        out.say("\n\t    Bogus length ").num("bogus_length", stated).say(" < header (20)");
        return Ok(None);
    };
    out.say("\n\t  Advertising Router ").ip4("router", router).say(", seq 0x").hex0("sequence", sequence, 8);
    out.say(", age ").num("age_s", age).say("s, length ").num("length", length);
    out.say("\n\t    ").named_as("type", kind, TYPES, "unknown", " LSA (%u)");
    identity(kind.into(), id, [", Opaque-Type ", ", Opaque-ID ", ", LSA-ID: "], out);
    out.say("\n\t    Options: [").flags("options", options, OPTIONS, "none").say("]");
    let [opaque, ..] = id;
    Ok(Some(Header { kind, opaque, length }))
}

/// As many advertisements as an update has.
pub fn all(cx: &mut Cx, count: u32, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("advertisements", |out| {
        for i in 1..=count {
            write!(out, "\n\t  LSA #{i}");
            out.item(|out| {
                let header = header(&mut p, out)?.ok_or(Stop::Truncated)?;
                let body = p.claiming(header.length);
                p.pass(header.length);
                cx.attempt(out, |cx, out| advertisement(cx, &header, body, out)).map(drop)
            })?;
        }
        Ok(())
    })
}

fn advertisement(cx: &mut Cx, header: &Header, p: Cursor, out: &mut Out) -> Dissect {
    let whole = match header.kind {
        ROUTER => router(p, out)?,
        NETWORK => network(p, out)?,
        SUMMARY => {
            let mut p = p;
            mask(&mut p, out)?;
            summary(p, out)?
        }
        ASBR_SUMMARY => {
            p.need(8)?;
            summary(p.at(4), out)?
        }
        EXTERNAL | NSSA => external(p, out)?,
        GROUP => group(p, out)?,
        kind if OPAQUE.contains(&kind) => opaque::advertisement(cx, header.opaque, p, out)?,
        _ => true,
    };
    if whole && cx.verbose() > 1 {
        out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t    ");
    }
    Ok(())
}

fn router(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let flags = p.u8()?;
    out.say("\n\t    Router LSA Options: [").flags("flags", flags, ROUTER_FLAGS, "none").say("]");
    p.skip(1)?;
    let count = p.be16()?;
    p.need(LINK)?;
    out.list("links", |out| {
        for _ in 0..count {
            if !out.item(|out| link(&mut p, out))? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// A link of a router; `false` if it is of an unknown type.
fn link(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    p.need(LINK)?;
    let kind = p.at(8).u8()?;
    let words = match kind {
        1 => ["\n\t      Neighbor Router-ID: ", ", Interface Address: "],
        2 => ["\n\t      Neighbor Network-ID: ", ", Interface Address: "],
        3 => ["\n\t      Stub Network: ", ", Mask: "],
        4 => ["\n\t      Virtual Link: Neighbor Router-ID: ", ", Interface Address: "],
        _ => {
            out.say("\n\t      Unknown Router Link Type (").num("type", kind).say(")");
            return Ok(false);
        }
    };
    let [id_words, data_words] = words;
    let (id, data): ([u8; 4], [u8; 4]) = (p.array()?, p.array()?);
    out.note("type", kind).say(id_words).ip4("id", id).say(data_words).ip4("data", data);
    p.skip(1)?;
    let more = p.u8()?;
    out.list("metrics", |out| {
        for i in 0..=more {
            let topology = if i == 0 { 0 } else { p.u8()? };
            p.skip(usize::from(i != 0))?;
            let metric = p.be16()?;
            metric_of("\n\t\ttopology ", topology, out, |out| {
                out.say(", metric ").num("metric", metric);
            });
        }
        Ok(true)
    })
}

/// A metric of a topology, as an item of a list.
fn metric_of(words: &str, topology: u8, out: &mut Out, metric: impl FnOnce(&mut Out)) {
    out.say(words);
    let _ = out.item(|out| {
        out.named("topology", topology, TOPOLOGIES, "Unknown");
        metric(out);
        Ok(())
    });
}

fn mask(p: &mut Cursor, out: &mut Out) -> Dissect {
    let mask: [u8; 4] = p.array()?;
    out.say("\n\t    Mask ").ip4("mask", mask);
    p.need(4)
}

fn network(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let mask: [u8; 4] = p.array()?;
    out.say("\n\t    Mask ").ip4("mask", mask).say("\n\t    Connected Routers:");
    out.list("routers", |out| {
        while p.claimed() > 0 {
            let router: [u8; 4] = p.array()?;
            out.say("\n\t      ").ip4("", router);
        }
        Ok(true)
    })
}

fn summary(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    out.list("metrics", |out| {
        while p.claimed() > 0 {
            let metric = p.be32()?;
            metric_of("\n\t\ttopology ", (metric >> 24 & 0x7f) as u8, out, |out| {
                out.say(" metric ").num("metric", metric & METRIC);
            });
        }
        Ok(true)
    })
}

fn external(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    mask(&mut p, out)?;
    out.list("metrics", |out| {
        while p.claimed() > 0 {
            out.item(|out| {
                let metric = p.be32()?;
                let topology = (metric >> 24 & 0x7f) as u8;
                out.say("\n\t\ttopology ").named("topology", topology, TOPOLOGIES, "Unknown");
                out.say(", type ").num("type", if metric & TYPE_2 != 0 { 2u8 } else { 1 }).say(", metric");
                if metric & METRIC == METRIC {
                    out.say(" infinite").note("metric", METRIC);
                } else {
                    out.say(" ").num("metric", metric & METRIC);
                }
                let forward: [u8; 4] = p.array()?;
                if forward != [0; 4] {
                    out.say(", forward ").ip4("forward", forward);
                }
                let tag: [u8; 4] = p.array()?;
                if tag != [0; 4] {
                    out.say(", tag ").ip4("tag", tag);
                }
                Ok(())
            })?;
        }
        Ok(true)
    })
}

fn group(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    out.list("vertices", |out| {
        while p.claimed() > 0 {
            out.item(|out| {
                let kind = p.be32()?;
                let words = match kind {
                    1 => "\n\t    Router Router-ID ",
                    2 => "\n\t    Network Designated Router ",
                    _ => {
                        out.say("\n\t    unknown VertexType (").num("type", kind).say(")");
                        p.pass(4);
                        return Ok(());
                    }
                };
                let id: [u8; 4] = p.array()?;
                out.note("type", kind).say(words).ip4("id", id);
                Ok(())
            })?;
        }
        Ok(true)
    })
}

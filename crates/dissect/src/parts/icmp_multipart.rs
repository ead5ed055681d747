//! What ICMP and ICMPv6 append to their messages: objects (RFC 4884) that tell of MPLS labels (RFC 4950) and
//! interfaces (RFC 5837), and the extended echo made of them (RFC 8335).
//!
//! ```text
//! | version (4 bits), reserved |        checksum         |
//! then, any number of times:
//! |   length, header included  |   class   |  class-type | payload
//! ```

use crate::out::NameTable;
use crate::prelude::*;

/// The version of the structure that is explained.
pub const VERSION: u8 = 2;
/// Bytes before the first object.
pub const HEADER: usize = 4;
/// Bytes before the payload of an object.
const OBJECT_HEADER: usize = 4;

const MPLS: u8 = 1;
const INFORMATION: u8 = 2;
const IDENTIFICATION: u8 = 3;
const CLASSES: NameTable = &[
    (1, "MPLS Stack Entry Object"),
    (2, "Interface Information Object"),
    (3, "Interface Identification Object"),
];
const ROLES: NameTable = &[
    (0, "Incoming IP Interface"),
    (1, "Sub-IP Component of Incoming IP Interface"),
    (2, "Outgoing IP Interface"),
    (3, "IP Next hop"),
];
const REPLIES: NameTable = &[
    (0, "No error"),
    (1, "Malformed Query"),
    (2, "No Such Interface"),
    (3, "No Such Table Entry"),
    (4, "Multiple Interfaces Satisfy Query"),
];
const STATES: NameTable = &[
    (0, "Reserved"),
    (1, "Incomplete"),
    (2, "Reachable"),
    (3, "Stale"),
    (4, "Delay"),
    (5, "Probe"),
    (6, "Failed"),
];

const IPV4: u16 = 1;
const IPV6: u16 = 2;

/// The objects behind the structure's header, as far as `p` claims.
pub fn objects(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("objects", |out| {
        while p.claimed() > OBJECT_HEADER {
            let Some(length) = out.item(|out| object(p, out))? else { break };
            if p.claimed() < length {
                break;
            }
            p.skip(length)?;
        }
        Ok(())
    })
}

/// What the last byte of an extended echo's header and the rest of the message say.
pub fn extended_echo(p: Cursor, info: u8, is_request: bool, code: u8, out: &mut Out) -> Dissect {
    if is_request {
        return out.nest("query", |out| query(p, info, out));
    }
    out.aloud(|out| {
        out.say("\n\tCode ").num("", code).say(" (").name("", code, REPLIES, "Unknown").say(")");
    });
    let state = info >> 5;
    out.say(", State ").aloud(|out| {
        out.num("", state).say(" (");
    });
    out.name("state", state, STATES, "Unknown").say(")");
    for (bit, words, key) in [(4, ", active ", "active"), (2, " ipv4 ", "ipv4"), (1, " ipv6 ", "ipv6")] {
        let holds = info & bit != 0;
        out.say(words).say(if holds { "1" } else { "0" }).note_that(key, holds);
    }
    Ok(())
}

fn query(mut p: Cursor, info: u8, out: &mut Out) -> Dissect {
    let structure = p;
    let local = info & 1 != 0;
    out.say("\n\t").say(if local { "Local" } else { "Remote" }).say(" Interface").note_that("local", local);
    if p.peek()? >> 4 != VERSION {
        out.say(" (invalid)").note_that("invalid", true);
        return Ok(());
    }
    let ([_, _], checksum) = (p.array()?, p.be16()?);
    let object_at = p;
    let length = usize::from(p.be16()?.wrapping_add(HEADER as u16));
    if let Some(bytes) = structure.rest().get(..length) {
        out.say(", ");
        say_checksum(checksum, bytes, out);
    }
    out.nest("object", |out| object(object_at, out)).map(drop)
}

/// Whether the checksum of the structure `bytes` is right.
pub fn say_checksum(checksum: u16, bytes: &[u8], out: &mut Out) {
    let right = checksum::of(bytes) == 0;
    out.say("checksum 0x").hex0("checksum", checksum, 4).say(" (").say(if right { "" } else { "in" });
    out.say("correct), length ").num("length", bytes.len()).note_that("checksum_ok", right);
}

/// One object: its length, or `None` if nothing sensible can follow it.
fn object(mut p: Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    let (length, [class, kind]) = (p.be16()?, p.array()?);
    out.say("\n\t  ").named("class", class, CLASSES, "unknown");
    out.say(", Class-Type: ").num("class_type", kind).say(", length ").num("length", length);
    let length = usize::from(length);
    let Some(payload) = length.checked_sub(OBJECT_HEADER).filter(|_| class != 0) else { return Ok(None) };
    let body = p.claiming(payload);
    let sensible = match (class, kind) {
        (MPLS, 1) => label(body, out)?,
        (INFORMATION, _) => information(body, kind, out)?,
        (IDENTIFICATION, 1..=3) => identification(body, kind, out)?,
        _ => {
            out.dump_hex("data", body.sub(payload).rest(), "\n\t    ");
            true
        }
    };
    Ok(sensible.then_some(length))
}

/// Whether the object ends before `n` more bytes; a cut, if the capture does.
fn ends_before(p: &Cursor, n: usize) -> Dissect<bool> {
    p.need(n)?;
    Ok(p.claimed() < n)
}

fn label(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    if ends_before(&p, 4)? {
        return Ok(true);
    }
    let entry = p.be32()?;
    let bottom = entry & 0x100 != 0;
    out.say("\n\t    label ").num("label", entry >> 12).say(", tc ").num("traffic_class", entry >> 9 & 7);
    out.say(if bottom { ", [S]" } else { "" }).note_that("bottom", bottom);
    out.say(", ttl ").num("ttl", entry & 0xff);
    Ok(true)
}

/// An interface; the bits of `kind` say which of its properties are told, in which order.
fn information(mut p: Cursor, kind: u8, out: &mut Out) -> Dissect<bool> {
    out.say("\n\t    Interface Role: ").name("role", kind >> 6, ROLES, "#%u");
    if kind & 8 != 0 {
        if ends_before(&p, 4)? {
            return Ok(true);
        }
        let index = p.be32()?;
        out.say("\n\t    Interface Index: ").num("index", index);
    }
    if kind & 4 != 0 {
        out.say("\n\t    IP Address sub-object: ");
        if ends_before(&p, 4)? {
            return Ok(true);
        }
        let (family, [_, _]) = (p.be16()?, p.array()?);
        let length = match family {
            IPV4 => 4,
            IPV6 => 16,
            _ => return unknown_family(family, out),
        };
        if ends_before(&p, length)? {
            return Ok(true);
        }
        address(&mut p, family, out)?;
    }
    if kind & 2 != 0 && !interface_name(&mut p, out)? {
        return Ok(true);
    }
    if kind & 1 != 0 && !ends_before(&p, 4)? {
        let mtu = p.be32()?;
        out.say("\n\t    MTU: ").num("mtu", mtu);
    }
    Ok(true)
}

/// A name behind its length, which counts itself; `false` if nothing can be told after it.
fn interface_name(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    if ends_before(p, 1)? {
        return Ok(false);
    }
    let length = p.peek()?;
    out.say("\n\t    Interface Name");
    if length > 0 && ends_before(p, length.into())? {
        return Ok(false);
    }
    let wrong = match length {
        0 => "]",
        _ if length % 4 != 0 => " != N x 4]",
        65.. => " > 64]",
        _ => {
            p.skip(1)?;
            out.say(", length ").num("name_length", length).say(": ");
            out.padded_chars_of("name", p, usize::from(length) - 1)?;
            return Ok(true);
        }
    };
    out.say(" [length ").num("name_length", length).say(wrong).say(" (invalid)").note_that("invalid", true);
    Ok(false)
}

/// By what an interface is asked for.
fn identification(mut p: Cursor, kind: u8, out: &mut Out) -> Dissect<bool> {
    match kind {
        1 => {
            let length = p.claimed();
            out.say("\n\t    Interface Name, length ").num("name_length", length).say(": ");
            out.padded_chars_of("name", &mut p, length)?;
        }
        2 if ends_before(&p, 4)? => {}
        2 => {
            let index = p.be32()?;
            out.say("\n\t    Interface Index: ").num("index", index);
        }
        _ => {
            out.say("\n\t    IP Address sub-object: ");
            if ends_before(&p, 4)? {
                return Ok(true);
            }
            let (family, [length, _]) = (p.be16()?, p.array()?);
            if ends_before(&p, length.into())? {
                return Ok(true);
            }
            let right = match family {
                IPV4 => 4,
                IPV6 => 16,
                _ => return unknown_family(family, out),
            };
            if length != right {
                out.say("[length ").num("length_claimed", length).say(" != ");
                out.aloud(|out| {
                    out.num("", right).say("] ");
                });
            }
            address(&mut p, family, out)?;
        }
    }
    Ok(true)
}

fn address(p: &mut Cursor, family: u16, out: &mut Out) -> Dissect {
    match family {
        IPV4 => out.ip4("address", p.array()?),
        _ => out.ip6("address", p.array()?),
    };
    Ok(())
}

fn unknown_family(family: u16, out: &mut Out) -> Dissect<bool> {
    out.say("Unknown Address Family Identifier").note("family", family);
    Ok(false)
}

//! Routes that are to be taken, or were (RFC 3209 sections 4.3 and 4.4), and what clients of a network ask of it (OIF
//! UNI 1.0).
//!
//! ```text
//! |L|    type     |    length     | address (4) | bits | flags |   or   | flags | type | label (4) |
//! UNI:   |            length             |     type      |    family     | value ..
//! ```

use super::names;
use super::objects::Told;
use crate::parts::address_families;
use crate::prelude::*;

const IPV4: u8 = 1;
const LABEL: u8 = 3;
const SUBOBJECTS: NameTable = &[
    (0, "Reserved"),
    (IPV4 as u32, "IPv4 prefix"),
    (2, "IPv6 prefix"),
    (LABEL as u32, "Label"),
    (32, "Autonomous system number"),
    (64, "MPLS label switched path termination"),
];
const PROTECTION: Flags = &[
    (1, "Local protection available"),
    (2, "Local protection in use"),
    (4, "Bandwidth protection"),
    (8, "Node protection"),
];
const LABEL_FLAGS: Flags = &[(1, "Global")];
/// The class whose types the labels of a route have.
const RECORD_ROUTE: u8 = 21;

const SOURCE: u8 = 1;
const DESTINATION: u8 = 2;
const DIVERSITY: u8 = 3;
const EGRESS: u8 = 4;
const SERVICE: u8 = 5;
const REQUESTS: NameTable = &[
    (SOURCE as u32, "Source TNA address"),
    (DESTINATION as u32, "Destination TNA address"),
    (DIVERSITY as u32, "Diversity"),
    (EGRESS as u32, "Egress label"),
    (SERVICE as u32, "Service level"),
];

pub(super) fn route(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    out.list("route", |out| {
        while p.claimed() >= 4 {
            let length = p.at(1).u8()?;
            let told = out.item(|out| hop(p, indent, out))?;
            match told {
                Told::All => p.pass(length.into()),
                // Nothing behind it can be found, but the objects behind this one can.
                Told::Stop => break,
                told => return Ok(told),
            }
        }
        Ok(Told::All)
    })
}

fn hop(p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let mut body = p;
    let [first, length] = body.array()?;
    let kind = first & 0x7f;
    out.say(indent).say("  Subobject Type: ").name("type", kind, SUBOBJECTS, "Unknown %u");
    out.say(", length ").num("length", length);
    if p.claimed() < length.into() {
        out.say(indent).say("  ERROR: ERO subobject length > object length").note_that("invalid", true);
        return Ok(Told::Stop);
    }
    if length == 0 {
        out.say(indent).say("  ERROR: zero length ERO subtype").note_that("invalid", true);
        return Ok(Told::Stop);
    }
    if matches!(kind, IPV4 | LABEL) && length != 8 {
        out.say(" ERROR: length != 8");
        return Ok(Told::Lie);
    }
    match kind {
        IPV4 => {
            let (addr, [bits, flags]) = (body.array()?, body.array()?);
            if bits != 32 {
                out.say(" ERROR: Prefix length ").num("bits", bits).say(" != 32");
                return Ok(Told::Lie);
            }
            let loose = first & 0x80 != 0;
            out.say(if loose { ", Loose, " } else { ", Strict, " }).note_that("loose", loose);
            out.ip4("address", addr).say("/").num("bits", bits);
            out.say(", Flags: [").flags("flags", flags, PROTECTION, "none").say("]");
        }
        LABEL => {
            let ([flags, kind], label) = (body.array()?, body.be32()?);
            out.say(", Flags: [").flags("flags", flags, LABEL_FLAGS, "none").say("] (");
            alternate(flags, out);
            out.say("), Class-Type: ").aloud(|out| {
                let class_type = u16::from_be_bytes([RECORD_ROUTE, kind]);
                out.name("", class_type, names::TYPES, "Unknown");
            });
            out.say(" (").num("label_type", kind).say("), ").num("label", label);
        }
        _ => {}
    }
    Ok(Told::All)
}

/// Bits in hex, said again behind their names; zero has no prefix.
pub(super) fn alternate(flags: u8, out: &mut Out) {
    out.aloud(|out| _ = out.say(if flags == 0 { "" } else { "0x" }).hex("", flags));
}

/// What a client asks for.
pub(super) fn requests(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    if p.claimed() < 4 {
        return Ok(Told::Short);
    }
    let mut whole = Told::All;
    let ended = out.list("requests", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 4 {
                return Ok(Some(Told::Lie));
            }
            let length = usize::from(p.at(0).be16()?);
            match out.item(|out| request(p, indent, out))? {
                Told::All => {}
                Told::Dump => whole = Told::Dump,
                told => return Ok(Some(told)),
            }
            p.pass(length);
        }
        Ok(None)
    })?;
    Ok(ended.unwrap_or(whole))
}

fn request(p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let mut body = p;
    let (length, [kind, family]) = (body.be16()?, body.array()?);
    out.say(indent).say("  Subobject Type: ").named("type", kind, REQUESTS, "Unknown");
    out.say(", AF: ").named("family", family, address_families::NAMES, "Unknown");
    out.say(", length: ").num("length", length);
    if length < 4 || usize::from(length) > p.claimed() {
        return Ok(Told::Lie);
    }
    match (kind, u16::from(family)) {
        (SOURCE | DESTINATION, address_families::IPV4) => {
            if length < 8 {
                return Ok(Told::ShortPart);
            }
            let addr = body.array()?;
            out.say(indent).say("    UNI IPv4 TNA address: ").ip4("address", addr);
        }
        (SOURCE | DESTINATION, address_families::IPV6) => {
            if length < 20 {
                return Ok(Told::ShortPart);
            }
            let addr = body.array()?;
            out.say(indent).say("    UNI IPv6 TNA address: ").ip6("address", addr);
        }
        (SOURCE | DESTINATION, 3) => return Ok(Told::Dump),
        (SOURCE | DESTINATION, _) => {}
        (DIVERSITY, _) if length > 4 => return Ok(Told::Dump),
        (DIVERSITY, _) => {}
        (EGRESS, _) => {
            if length < 16 {
                return Ok(Told::ShortPart);
            }
            let (word, port, label) = (body.be32()?, body.be32()?, body.be32()?);
            out.say(indent).say("    U-bit: ").hex("u_bit", word >> 31);
            out.say(", Label type: ").num("label_type", word & 0xff);
            out.say(", Logical port id: ").num("port", port).say(", Label: ").num("label", label);
        }
        (SERVICE, _) => {
            if length < 8 {
                return Ok(Told::ShortPart);
            }
            let level = body.u8()?;
            out.say(indent).say("    Service level: ").num("level", level);
        }
        _ => return Ok(Told::Dump),
    }
    Ok(Told::All)
}

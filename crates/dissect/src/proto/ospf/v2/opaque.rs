//! Opaque advertisements of OSPF (RFC 5250): router information (RFC 7770), extended prefixes (RFC 7684), and both with
//! segment routing (RFC 8665). Those that version 3 knows too are in [`tlvs`].

use super::super::tlvs::{self, Shape, dump, walk};
use crate::prelude::*;

/// Types of opaque advertisements.
pub const TYPES: NameTable = &[
    (1, "Traffic Engineering"),
    (3, "Graceful restart"),
    (4, "Router Information"),
    (7, "Extended Prefix"),
    (8, "Extended Link"),
];
const TRAFFIC_ENGINEERING: u8 = 1;
const GRACE: u8 = 3;
const ROUTER_INFORMATION: u8 = 4;
const EXTENDED_PREFIX: u8 = 7;

const INFORMATION: NameTable = &[
    (1, "Router Capabilities"),
    (7, "Hostname"),
    (8, "SR-Algorithm"),
    (9, "SID/Label Range"),
    (14, "SR Local Block"),
    (15, "SRMS Preference"),
];
const CAPABILITIES: Flags = &[
    (1, "Reserved"),
    (2, "Reserved"),
    (4, "Reserved"),
    (8, "Reserved"),
    (16, "graceful restart capable"),
    (32, "graceful restart helper"),
    (64, "Stub router support"),
    (128, "Traffic engineering"),
    (256, "p2p over LAN"),
    (512, "path computation server"),
];
const ALGORITHMS: NameTable = &[(0, "Shortest Path First"), (1, "Strict Shortest Path First")];

const LABELS: Shape = Shape {
    lead: "\n\t      ",
    names: &[(1, "SID/Label")],
    number: " subTLV (%u), length: ",
    tail: ", value: ",
    short: "remaining TLV length",
    long: "remaining TLV length",
    zero: ["subtlv type", "subtlv length"],
    zero_first: true,
};
const PREFIXES: Shape = Shape {
    lead: "\n\t    ",
    names: &[(1, "Extended Prefix"), (2, "Extended Prefix Range")],
    number: " TLV (%u), length: ",
    tail: ", value: ",
    short: "remaining TLV length",
    long: "remaining LSA length",
    zero: ["tlv type", "tlv length"],
    zero_first: true,
};
const PREFIX: Shape = Shape { lead: "\n\t\t", names: &[(2, "Prefix-SID")], ..LABELS };
const ROUTE_TYPES: NameTable =
    &[(0, "Unspecified"), (1, "Intra-Area"), (3, "Inter-Area"), (5, "AS External"), (7, "NSSA External")];
const PREFIX_FLAGS: Flags = &[(0x80, "Inter-Area")];
const SID_FLAGS: Flags =
    &[(0x40, "No-PHP"), (0x20, "Mapping-Server"), (0x10, "Explicit-NULL"), (0x08, "Value"), (0x04, "Local")];

/// The body of an opaque advertisement; `false` if its end was not understood.
pub fn advertisement(cx: &mut Cx, kind: u8, p: Cursor, out: &mut Out) -> Dissect<bool> {
    match kind {
        TRAFFIC_ENGINEERING => tlvs::traffic_engineering(cx, p, out),
        GRACE => tlvs::grace(cx, p, out),
        ROUTER_INFORMATION => information(cx, p, out),
        EXTENDED_PREFIX => walk(&PREFIXES, p, out, |kind, p, out| match kind {
            1 => prefix(cx, p, out),
            2 => range(cx, p, out),
            _ => {
                dump(cx, p, "\n\t\t", out);
                Ok(true)
            }
        }),
        _ => {
            dump(cx, p, "\n\t    ", out);
            Ok(true)
        }
    }
}

/// The TLVs of router information. A lie between them ends the packet, one inside them the advertisement.
fn information(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    out.list("tlvs", |out| {
        while p.claimed() > 0 {
            if !out.item(|out| information_tlv(cx, &mut p, out))? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

fn information_tlv(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 4 {
        return Err(final_lie(p.claimed(), 4, out));
    }
    let (kind, stated) = (p.be16()?, p.be16()?);
    let length = usize::from(stated);
    out.say("\n\t    ").named_as("type", kind, INFORMATION, "unknown", " TLV (%u), length: ");
    out.num("length", stated).say(", value: ");
    if length > p.claimed() {
        write!(out, "\n\t    Bogus length {length} > remaining LS length {}", p.claimed());
        return Ok(false);
    }
    p.need(length)?;
    if !information_value(cx, kind, p.claiming(length), out)? {
        return Ok(false);
    }
    let padded = length.next_multiple_of(4);
    if padded > p.claimed() {
        return Err(final_lie(p.claimed(), padded, out));
    }
    p.pass(padded);
    Ok(true)
}

/// Words a lie after which nobody can say where the next advertisement begins.
fn final_lie(left: usize, needed: usize, out: &mut Out) -> Stop {
    out.lie("remaining LS length", left, "<", needed);
    out.say(" (invalid)").note_that("invalid", true);
    Stop::Truncated
}

fn information_value(cx: &Cx, kind: u16, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let length = p.claimed();
    match kind {
        1 | 15 if length != 4 => {
            let what = if kind == 1 { "length" } else { "SRMS Preference TLV length" };
            write!(out, "\n\t    Bogus {what} {length} != 4");
            return Ok(false);
        }
        1 => {
            let capabilities = p.be32()?;
            out.say("Capabilities: ").flags("capabilities", capabilities, CAPABILITIES, "Unknown");
        }
        7 => {
            out.say("\n\t      Hostname: ").padded_chars_of("hostname", &mut p, length)?;
        }
        8 => out.list("algorithms", |out| {
            while p.claimed() > 0 {
                let algorithm = p.u8()?;
                out.say("\n\t      ").named("", algorithm, ALGORITHMS, "Unknown");
            }
            Ok(())
        })?,
        9 | 14 => {
            p.need(4)?;
            let size = p.be24()?;
            out.say("\n\t      Range size: ").num("range_size", size);
            // A length that leaves no room for the range wraps around, and what follows is read as TLVs.
            let left = (length as u32).wrapping_sub(4) as usize;
            return walk(&LABELS, p.at(1).claiming(left), out, |kind, p, out| label(cx, kind, p, out));
        }
        15 => {
            let preference = p.u8()?;
            out.say("\n\t      SRMS Preference: ").num("preference", preference);
        }
        _ => dump(cx, p, "\n\t      ", out),
    }
    Ok(true)
}

fn label(cx: &Cx, kind: u16, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match (kind, p.claimed()) {
        (1, 3) => {
            let label = p.be24()?;
            out.say("\n\t\tLabel: ").num("label", label);
        }
        (1, 4) => {
            let sid = p.be32()?;
            out.say("\n\t\tSID: ").num("sid", sid);
        }
        (1, length) => drop(write!(out, "\n\t\tBogus subTLV length {length}")),
        _ => dump(cx, p, "\n\t\t", out),
    }
    Ok(true)
}

/// Whether the family and length of a prefix make sense.
fn sensible(family: u8, length: u8, out: &mut Out) -> bool {
    if family != 0 {
        out.say("\n\t      Bogus AF ").num("family", family);
    } else if length > 32 {
        out.say("\n\t      IPv4 prefix: bad bit length ").num("prefix_length", length);
    }
    family == 0 && length <= 32
}

fn say_prefix(prefix: [u8; 4], length: u8, out: &mut Out) {
    out.say("\n\t      IPv4 prefix: ").right(15, |out| _ = out.ip4("prefix", prefix));
    out.say("/").num("prefix_length", length);
}

fn prefix(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let claimed = p.claimed();
    let [route_type, length, family, flags] = p.array()?;
    if !sensible(family, length, out) {
        return Ok(false);
    }
    let prefix = p.array()?;
    say_prefix(prefix, length, out);
    out.say(", Route Type: ").name("route_type", route_type, ROUTE_TYPES, "Unknown");
    out.say(", Flags [").flags("flags", flags, PREFIX_FLAGS, "none").say("]");
    if claimed <= 12 { Ok(true) } else { sids(cx, p, out) }
}

fn range(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let claimed = p.claimed();
    let ([length, family], size, flags) = (p.array()?, p.be16()?, p.u8()?);
    if !sensible(family, length, out) {
        return Ok(false);
    }
    p.skip(3)?;
    let prefix = p.array()?;
    say_prefix(prefix, length, out);
    out.say(", Range size: ").num("range_size", size);
    out.say(", Flags [").flags("flags", flags, PREFIX_FLAGS, "none").say("]");
    if claimed <= 12 { Ok(true) } else { sids(cx, p, out) }
}

/// The TLVs inside a prefix.
fn sids(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    walk(&PREFIX, p, out, |kind, mut p, out| {
        let length = p.claimed();
        if kind != 2 {
            dump(cx, p, "\n\t\t", out);
            return Ok(true);
        }
        let [flags, _, topology, algorithm] = p.array()?;
        match length {
            7 => {
                let label = p.be24()?;
                out.say("\n\t\t  Label: ").num("label", label);
            }
            8 => {
                let index = p.be32()?;
                out.say("\n\t\t  Index: ").num("index", index);
            }
            _ => {
                write!(out, "\n\t\tBogus subTLV length {length}");
                return Ok(true);
            }
        }
        out.say(", MT-ID: ").num("topology", topology);
        out.say(", Algorithm: ").named("algorithm", algorithm, ALGORITHMS, "Unknown");
        out.say(", Flags [").flags("flags", flags, SID_FLAGS, "none").say("]");
        Ok(true)
    })
}

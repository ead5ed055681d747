//! What vendors added, and of that what Big Switch Networks did (source: OpenFlow Switch Specification 1.0.0, section
//! 5.5.4; BSN's bigswitch.h).
//!
//! ```text
//! | vendor (4) | subtype (4) | ..
//! ```

use super::super::fields::{self, Field, Kind, experimenter};
use crate::prelude::*;

const BIG_SWITCH: u32 = 0x5c16c7;

const SHELL_COMMAND: u32 = 6;
const SHELL_OUTPUT: u32 = 7;
const SUBTYPES: NameTable = &[
    (0, "SET_IP_MASK"),
    (1, "GET_IP_MASK_REQUEST"),
    (2, "GET_IP_MASK_REPLY"),
    (3, "SET_MIRRORING"),
    (4, "GET_MIRRORING_REQUEST"),
    (5, "GET_MIRRORING_REPLY"),
    (6, "SHELL_COMMAND"),
    (7, "SHELL_OUTPUT"),
    (8, "SHELL_STATUS"),
    (9, "GET_INTERFACES_REQUEST"),
    (10, "GET_INTERFACES_REPLY"),
    (11, "SET_PKTIN_SUPPRESSION_REQUEST"),
    (12, "SET_L2_TABLE_REQUEST"),
    (13, "GET_L2_TABLE_REQUEST"),
    (14, "GET_L2_TABLE_REPLY"),
    (15, "VIRTUAL_PORT_CREATE_REQUEST"),
    (16, "VIRTUAL_PORT_CREATE_REPLY"),
    (17, "VIRTUAL_PORT_REMOVE_REQUEST"),
    (18, "BW_ENABLE_SET_REQUEST"),
    (19, "BW_ENABLE_GET_REQUEST"),
    (20, "BW_ENABLE_GET_REPLY"),
    (21, "BW_CLEAR_DATA_REQUEST"),
    (22, "BW_CLEAR_DATA_REPLY"),
    (23, "BW_ENABLE_SET_REPLY"),
    (24, "SET_L2_TABLE_REPLY"),
    (25, "SET_PKTIN_SUPPRESSION_REPLY"),
    (26, "VIRTUAL_PORT_REMOVE_REPLY"),
    (27, "HYBRID_GET_REQUEST"),
    (28, "HYBRID_GET_REPLY"),
    (31, "PDU_TX_REQUEST"),
    (32, "PDU_TX_REPLY"),
    (33, "PDU_RX_REQUEST"),
    (34, "PDU_RX_REPLY"),
    (35, "PDU_RX_TIMEOUT"),
];
const SWITCHED: NameTable = &[(0, "OFF"), (1, "ON")];

/// What a message has behind its subtype, where that has always the same length.
const BODIES: &[(u32, usize, &[Field])] = &[
    (0, 8, MASK),
    (1, 8, &[(", index ", "index", 1, Kind::Dec), ("", "", 7, Kind::End)]),
    (2, 8, MASK),
    (3, 4, MIRRORING),
    (4, 4, MIRRORING),
    (5, 4, MIRRORING),
    (8, 4, &[(", status ", "status", 4, Kind::Hex)]),
    (9, 0, &[]),
    (13, 0, &[]),
    (17, 4, &[(", vport_no ", "virtual_port", 4, Kind::Dec)]),
    (19, 0, &[]),
    (21, 0, &[]),
    (27, 0, &[]),
];
const MASK: &[Field] =
    &[(", index ", "index", 1, Kind::Dec), ("", "", 3, Kind::Pad), (", mask ", "mask", 4, Kind::Ip4)];
const MIRRORING: &[Field] = &[
    (", report_mirror_ports ", "report_mirror_ports", 1, Kind::Named(SWITCHED, "bogus (%u)")),
    ("", "", 3, Kind::End),
];

const MIRROR: u32 = 1;
const MIRROR_LENGTH: usize = 12;
const ACTIONS: NameTable = &[(MIRROR, "MIRROR"), (2, "SET_TUNNEL_DST"), (4, "CHECKSUM")];
const STAGES: NameTable = &[(0, "INGRESS"), (1, "EGRESS")];
const VLAN: u32 = 0x8100;

/// A message of a vendor's.
pub(super) fn message(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    match experimenter(", vendor ", "vendor", p, out)? {
        BIG_SWITCH => big_switch_message(p, out),
        _ => fields::data(cx, p, out),
    }
}

/// Statistics of a vendor's.
pub(super) fn stats(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.enough("len", p, 4)?;
    experimenter(", vendor ", "vendor", p, out)?;
    fields::data(cx, p, out)
}

/// An action of a vendor's. A lie ends it, and not the actions.
pub(super) fn action(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let vendor = experimenter(", vendor ", "vendor", &mut p, out)?;
    let done = match vendor {
        BIG_SWITCH => big_switch_action(&mut p, out),
        _ => fields::data(cx, &mut p, out),
    };
    cx.close(done, &p, out)
}

fn big_switch_message(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t");
    out.enough("len", p, 4)?;
    let subtype = p.be32()?;
    out.say(" subtype ").name("subtype", subtype, SUBTYPES, "unknown (0x%08x)");
    match subtype {
        SHELL_COMMAND => {
            out.enough("len", p, 4)?;
            let service = p.be32()?;
            out.say(", service ").num("service", service);
            characters(p, out)
        }
        SHELL_OUTPUT => characters(p, out),
        _ => match BODIES.iter().find(|row| row.0 == subtype) {
            Some((_, length, _)) if p.claimed() != *length => Err(out.lie("len", p.claimed(), "!=", *length)),
            Some((_, _, body)) => fields::say(body, p, out),
            None => fields_unknown(p, out),
        },
    }
}

fn characters(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(", data '").chars_of("text", p, p.claimed())?.say("'");
    Ok(())
}

fn fields_unknown(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.aside(|out| _ = out.bytes("data", p.sub(p.claimed()).rest()));
    p.skip(p.claimed())
}

fn big_switch_action(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t ");
    out.enough("len", p, 4)?;
    let subtype = p.be32()?;
    out.say(" subtype ").name("subtype", subtype, ACTIONS, "unknown (0x%08x)");
    if subtype != MIRROR {
        return fields_unknown(p, out);
    }
    if p.claimed() != MIRROR_LENGTH {
        return Err(out.lie("len", p.claimed(), "!=", MIRROR_LENGTH));
    }
    let port = p.be32()?;
    out.say(", dest_port ").num("port", port);
    let tag = p.be32()?;
    out.note("vlan_tag", tag).aloud(|out| vlan_tag(tag, out));
    let stage = p.u8()?;
    out.say(", copy_stage ").name("copy_stage", stage, STAGES, "unknown (%u)");
    p.skip(3)
}

/// An ethertype, and what a tag has behind it.
fn vlan_tag(tag: u32, out: &mut Out) {
    out.say(", vlan_tag ");
    match tag >> 16 {
        0 => drop(out.say("none")),
        VLAN => {
            out.say("802.1Q (vlan ").num("", tag & 0xfff).say(", p ").num("", tag >> 13 & 7);
            out.say(if tag & 0x1000 != 0 { ", DEI)" } else { ")" });
        }
        ethertype => drop(out.say("unknown (0x").hex0("", ethertype, 4).say(")")),
    }
}

//! What is done with the packets of a flow (source: OpenFlow Switch Specification 1.0.0, section 5.2.4).
//!
//! ```text
//! | type (2) | length, of all of it, a multiple of 8 (2) | ..
//! ```

use super::super::fields::{self, Field, Kind};
use super::flow_match::{vlan_id, vlan_priority};
use super::{CONTROLLER, PORTS, vendors};
use crate::prelude::*;

const SHORTEST: usize = 8;
/// Bytes of type and length.
const HEADER: usize = 4;

const OUTPUT: u16 = 0;
const SET_VLAN: u16 = 1;
const SET_VLAN_PRIORITY: u16 = 2;
const VENDOR: u16 = 0xffff;
const TYPES: NameTable = &[
    (0, "OUTPUT"),
    (1, "SET_VLAN_VID"),
    (2, "SET_VLAN_PCP"),
    (3, "STRIP_VLAN"),
    (4, "SET_DL_SRC"),
    (5, "SET_DL_DST"),
    (6, "SET_NW_SRC"),
    (7, "SET_NW_DST"),
    (8, "SET_NW_TOS"),
    (9, "SET_TP_SRC"),
    (10, "SET_TP_DST"),
    (11, "ENQUEUE"),
    (0xffff, "VENDOR"),
];

const STRIP_VLAN: &[Field] = &[("", "", 4, Kind::End)];
const SET_MAC: &[Field] = &[(", dl_addr ", "mac", 6, Kind::Mac), ("", "", 6, Kind::End)];
const SET_ADDRESS: &[Field] = &[(", nw_addr ", "address", 4, Kind::Ip4)];
const SET_TOS: &[Field] = &[(", nw_tos ", "tos", 1, Kind::Hex), ("", "", 3, Kind::End)];
const SET_PORT: &[Field] = &[(", tp_port ", "port", 2, Kind::Dec), ("", "", 2, Kind::End)];
const ENQUEUE: &[Field] = &[
    (", port ", "port", 2, Kind::Named(PORTS, "%u")),
    ("", "", 6, Kind::Pad),
    (", queue_id ", "queue", 4, Kind::Named(super::stats::QUEUES, "%u")),
];

/// Actions, each with `prefix` in front. A lie ends them, and not what they are a part of.
pub(super) fn say(cx: &mut Cx, prefix: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    let done = out.list("actions", |out| {
        while p.claimed() > 0 {
            out.say(prefix).say("action");
            out.enough("remaining length", &p, SHORTEST)?;
            out.item(|out| action(cx, &mut p, out))?;
        }
        Ok(())
    });
    cx.close(done, &p, out)
}

fn action(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    let kind = p.be16()?;
    out.say(" type ").name("type", kind, TYPES, "invalid (0x%04x)");
    let length = usize::from(p.be16()?);
    out.say(", len ").num("length", length);
    if length < SHORTEST {
        return Err(out.lie("alen", length, "<", SHORTEST));
    }
    if length > left {
        return Err(out.lie("alen", length, ">", left));
    }
    let fits = match kind {
        OUTPUT..=3 | 6..=10 => length == 8,
        4 | 5 | 11 => length == 16,
        VENDOR => length.is_multiple_of(8),
        _ => return p.skip(length - HEADER),
    };
    if !fits {
        out.say(" (bogus)").note_that("bogus", true);
        return p.skip(length - HEADER);
    }
    match kind {
        OUTPUT => output(p, out),
        SET_VLAN => {
            let vlan = p.be16()?;
            vlan_id(vlan, out.say(", vlan_vid "));
            p.skip(2)
        }
        SET_VLAN_PRIORITY => {
            let priority = p.u8()?;
            vlan_priority(priority, out.say(", vlan_pcp "));
            p.skip(3)
        }
        VENDOR => {
            vendors::action(cx, p.claiming(length - HEADER), out)?;
            p.pass(length - HEADER);
            Ok(())
        }
        3 => fields::say(STRIP_VLAN, p, out),
        4 | 5 => fields::say(SET_MAC, p, out),
        6 | 7 => fields::say(SET_ADDRESS, p, out),
        8 => fields::say(SET_TOS, p, out),
        9 | 10 => fields::say(SET_PORT, p, out),
        _ => fields::say(ENQUEUE, p, out),
    }
}

fn output(p: &mut Cursor, out: &mut Out) -> Dissect {
    let port = p.be16()?;
    out.say(", port ").name("port", port, PORTS, "%u");
    let longest = p.be16()?;
    if port == CONTROLLER {
        out.say(", max_len ").num("max_length", longest);
    }
    Ok(())
}

//! OpenFlow 1.0 (source: OpenFlow Switch Specification 1.0.0, section 5).

use super::Length::{Any, AtLeast, Exactly};
use super::Message;
use super::fields::{Bits, Field, Kind, data, error, say};
use crate::prelude::*;
use gannet_wire::LinkType;

mod actions;
mod errors;
mod flow_match;
mod queues;
mod stats;
mod vendors;

/// The messages, by number.
pub(super) const MESSAGES: &[Message] = &[
    Message { name: "HELLO", length: Any, say: Some(|cx, p, out| data(cx, p, out)) },
    Message { name: "ERROR", length: AtLeast(4), say: Some(|cx, p, out| error(&errors::ERRORS, cx, p, out)) },
    Message { name: "ECHO_REQUEST", length: Any, say: Some(|cx, p, out| data(cx, p, out)) },
    Message { name: "ECHO_REPLY", length: Any, say: Some(|cx, p, out| data(cx, p, out)) },
    Message { name: "VENDOR", length: AtLeast(4), say: Some(|cx, p, out| vendors::message(cx, p, out)) },
    Message { name: "FEATURES_REQUEST", length: Exactly(0), say: None },
    Message { name: "FEATURES_REPLY", length: AtLeast(24), say: Some(features) },
    Message { name: "GET_CONFIG_REQUEST", length: Exactly(0), say: None },
    Message { name: "GET_CONFIG_REPLY", length: Exactly(4), say: Some(|_, p, out| say(CONFIG, p, out)) },
    Message { name: "SET_CONFIG", length: Exactly(4), say: Some(|_, p, out| say(CONFIG, p, out)) },
    Message { name: "PACKET_IN", length: AtLeast(10), say: Some(packet_in) },
    Message { name: "FLOW_REMOVED", length: Exactly(80), say: Some(flow_removed) },
    Message { name: "PORT_STATUS", length: Exactly(56), say: Some(port_status) },
    Message { name: "PACKET_OUT", length: AtLeast(8), say: Some(packet_out) },
    Message { name: "FLOW_MOD", length: AtLeast(64), say: Some(flow_mod) },
    Message { name: "PORT_MOD", length: Exactly(24), say: Some(|_, p, out| say(PORT_MOD, p, out)) },
    Message { name: "STATS_REQUEST", length: AtLeast(4), say: Some(stats::request) },
    Message { name: "STATS_REPLY", length: AtLeast(4), say: Some(stats::reply) },
    Message { name: "BARRIER_REQUEST", length: Exactly(0), say: None },
    Message { name: "BARRIER_REPLY", length: Exactly(0), say: None },
    Message {
        name: "QUEUE_GET_CONFIG_REQUEST",
        length: Exactly(4),
        say: Some(|_, p, out| say(QUEUES_OF, p, out)),
    },
    Message { name: "QUEUE_GET_CONFIG_REPLY", length: AtLeast(8), say: Some(queues::reply) },
];

const CONTROLLER: u16 = 0xfffd;
const PORTS: NameTable = &[
    (0xff00, "MAX"),
    (0xfff8, "IN_PORT"),
    (0xfff9, "TABLE"),
    (0xfffa, "NORMAL"),
    (0xfffb, "FLOOD"),
    (0xfffc, "ALL"),
    (0xfffd, "CONTROLLER"),
    (0xfffe, "LOCAL"),
    (0xffff, "NONE"),
];
const PORT_CONFIG: Bits = Bits::named(&[
    (0x01, "PORT_DOWN"),
    (0x02, "NO_STP"),
    (0x04, "NO_RECV"),
    (0x08, "NO_RECV_STP"),
    (0x10, "NO_FLOOD"),
    (0x20, "NO_FWD"),
    (0x40, "NO_PACKET_IN"),
]);
const LINK_DOWN: u32 = 0x001;
/// What the spanning tree makes of a port: not bits, but a number of two bits.
const SPANNING_TREE: u32 = 0x300;
const SPANNING_TREE_STATES: NameTable =
    &[(0x000, "STP_LISTEN"), (0x100, "STP_LEARN"), (0x200, "STP_FORWARD"), (0x300, "STP_BLOCK")];
const PORT_FEATURES: Bits = Bits::named(&[
    (0x001, "10MB_HD"),
    (0x002, "10MB_FD"),
    (0x004, "100MB_HD"),
    (0x008, "100MB_FD"),
    (0x010, "1GB_HD"),
    (0x020, "1GB_FD"),
    (0x040, "10GB_FD"),
    (0x080, "COPPER"),
    (0x100, "FIBER"),
    (0x200, "AUTONEG"),
    (0x400, "PAUSE"),
    (0x800, "PAUSE_ASYM"),
]);
/// One is reserved, which has a name and no meaning.
const CAPABILITIES: Bits = Bits {
    names: &[
        (0x01, "FLOW_STATS"),
        (0x02, "TABLE_STATS"),
        (0x04, "PORT_STATS"),
        (0x08, "STP"),
        (0x10, "RESERVED"),
        (0x20, "IP_REASM"),
        (0x40, "QUEUE_STATS"),
        (0x80, "ARP_MATCH_IP"),
    ],
    assigned: 0xef,
};
const ACTIONS: Bits = Bits::named(&[
    (0x001, "OUTPUT"),
    (0x002, "SET_VLAN_VID"),
    (0x004, "SET_VLAN_PCP"),
    (0x008, "STRIP_VLAN"),
    (0x010, "SET_DL_SRC"),
    (0x020, "SET_DL_DST"),
    (0x040, "SET_NW_SRC"),
    (0x080, "SET_NW_DST"),
    (0x100, "SET_NW_TOS"),
    (0x200, "SET_TP_SRC"),
    (0x400, "SET_TP_DST"),
    (0x800, "ENQUEUE"),
]);
const FRAGMENTS: NameTable = &[(0, "FRAG_NORMAL"), (1, "FRAG_DROP"), (2, "FRAG_REASM")];
const COMMANDS: NameTable =
    &[(0, "ADD"), (1, "MODIFY"), (2, "MODIFY_STRICT"), (3, "DELETE"), (4, "DELETE_STRICT")];
const NO_BUFFER: NameTable = &[(0xffffffff, "NONE")];
const FLOW_FLAGS: Bits = Bits::named(&[(1, "SEND_FLOW_REM"), (2, "CHECK_OVERLAP"), (4, "EMERG")]);
const PACKET_REASONS: NameTable = &[(0, "NO_MATCH"), (1, "ACTION")];
const REMOVED_REASONS: NameTable = &[(0, "IDLE_TIMEOUT"), (1, "HARD_TIMEOUT"), (2, "DELETE")];
const PORT_REASONS: NameTable = &[(0, "ADD"), (1, "DELETE"), (2, "MODIFY")];

const CONFIG: &[Field] = &[
    ("\n\t flags ", "flags", 2, Kind::Named(FRAGMENTS, "invalid (0x%04x)")),
    (", miss_send_len ", "miss_send_length", 2, Kind::Dec),
];
const FEATURES: &[Field] = &[
    ("\n\t dpid ", "datapath", 8, Kind::Hex),
    (", n_buffers ", "buffers", 4, Kind::Dec),
    (", n_tables ", "tables", 1, Kind::Dec),
    ("", "", 3, Kind::Pad),
    ("\n\t capabilities ", "capabilities", 4, Kind::Bits(&CAPABILITIES)),
    ("\n\t actions ", "actions", 4, Kind::Bits(&ACTIONS)),
];
const PORT: &[Field] = &[
    ("\n\t  port_no ", "port", 2, Kind::Named(PORTS, "%u")),
    (", hw_addr ", "mac", 6, Kind::Mac),
    (", name ", "name", 16, Kind::Chars),
];
const PORT_LENGTH: usize = 48;
/// Bytes of a port behind its name.
const PORT_MORE: usize = 24;
const PORT_RATES: &[Field] = &[
    ("\n\t   curr ", "current", 4, Kind::Bits(&PORT_FEATURES)),
    ("\n\t   advertised ", "advertised", 4, Kind::Bits(&PORT_FEATURES)),
    ("\n\t   supported ", "supported", 4, Kind::Bits(&PORT_FEATURES)),
    ("\n\t   peer ", "peer", 4, Kind::Bits(&PORT_FEATURES)),
];
const PORT_MOD: &[Field] = &[
    ("\n\t port_no ", "port", 2, Kind::Named(PORTS, "%u")),
    (", hw_addr ", "mac", 6, Kind::Mac),
    ("\n\t  config ", "config", 4, Kind::Bits(&PORT_CONFIG)),
    ("\n\t  mask ", "mask", 4, Kind::Bits(&PORT_CONFIG)),
    ("\n\t  advertise ", "advertise", 4, Kind::Bits(&PORT_FEATURES)),
    ("", "", 4, Kind::End),
];
const PORT_STATUS: &[Field] =
    &[("\n\t reason ", "reason", 1, Kind::Named(PORT_REASONS, "invalid (0x%02x)")), ("", "", 7, Kind::Pad)];
const PACKET_IN: &[Field] = &[
    ("\n\t buffer_id ", "buffer", 4, Kind::Named(NO_BUFFER, "0x%08x")),
    (", total_len ", "total_length", 2, Kind::Dec),
    (", in_port ", "in_port", 2, Kind::Named(PORTS, "%u")),
    (", reason ", "reason", 1, Kind::Named(PACKET_REASONS, "invalid (0x%02x)")),
    ("", "", 1, Kind::End),
];
const PACKET_OUT: &[Field] =
    &[("\n\t buffer_id ", "buffer", 4, Kind::Hex), (", in_port ", "in_port", 2, Kind::Named(PORTS, "%u"))];
const FLOW_REMOVED: &[Field] = &[
    ("\n\t cookie ", "cookie", 8, Kind::Hex),
    (", priority ", "priority", 2, Kind::NonZero),
    (", reason ", "reason", 1, Kind::Named(REMOVED_REASONS, "unknown (0x%02x)")),
    ("", "", 1, Kind::Pad),
    (", duration_sec ", "duration_s", 4, Kind::Dec),
    (", duration_nsec ", "duration_ns", 4, Kind::Dec),
    (", idle_timeout ", "idle_timeout_s", 2, Kind::NonZero),
    ("", "", 2, Kind::Pad),
    (", packet_count ", "packets", 8, Kind::Dec),
    (", byte_count ", "bytes", 8, Kind::Dec),
];
const FLOW_TIMES: &[Field] = &[
    (", idle_timeout ", "idle_timeout_s", 2, Kind::NonZero),
    (", hard_timeout ", "hard_timeout_s", 2, Kind::NonZero),
    (", priority ", "priority", 2, Kind::NonZero),
];
const FLOW_ADDED: &[Field] =
    &[(", buffer_id ", "buffer", 4, Kind::Named(NO_BUFFER, "0x%08x")), ("", "", 2, Kind::Pad)];
const FLOW_DELETED: &[Field] =
    &[("", "", 4, Kind::Pad), (", out_port ", "out_port", 2, Kind::Named(PORTS, "%u"))];
const FLOW_NEITHER: &[Field] = &[("", "", 6, Kind::Pad)];
const FLOW_END: &[Field] = &[(", flags ", "flags", 2, Kind::Bits(&FLOW_FLAGS))];
const QUEUES_OF: &[Field] = &[("\n\t port ", "port", 2, Kind::Named(PORTS, "%u")), ("", "", 2, Kind::End)];

fn features(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    say(FEATURES, p, out)?;
    out.list("ports", |out| {
        while p.claimed() > 0 {
            out.enough("\n\t  port def. length", p, PORT_LENGTH)?;
            out.item(|out| port(cx, *p, out))?;
            p.pass(PORT_LENGTH);
        }
        Ok(())
    })
}

fn port(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    say(PORT, &mut p, out)?;
    if cx.verbose() < 2 {
        return p.skip(PORT_MORE);
    }
    say(&[("\n\t   config ", "config", 4, Kind::Bits(&PORT_CONFIG))], &mut p, out)?;
    let state = p.be32()?;
    out.say("\n\t   state 0x").hex0("state", state, 8).aloud(|out| {
        out.say(" (").name("", state & SPANNING_TREE, SPANNING_TREE_STATES, "");
        out.say(if state & LINK_DOWN != 0 { ", LINK_DOWN)" } else { ")" });
        out.say(if state & !(LINK_DOWN | SPANNING_TREE) != 0 { " (bogus)" } else { "" });
    });
    say(PORT_RATES, &mut p, out)
}

fn port_status(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    say(PORT_STATUS, p, out)?;
    out.nest("port", |out| port(cx, *p, out))
}

fn packet_in(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    say(PACKET_IN, p, out)?;
    frame(cx, p, out)
}

fn packet_out(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    say(PACKET_OUT, p, out)?;
    let length = usize::from(p.be16()?);
    out.say(", actions_len ").num("actions_length", length);
    if length > p.claimed() {
        return Err(out.lie("actions_len", length, ">", p.claimed()));
    }
    actions::say(cx, "\n\t ", p.claiming(length), out)?;
    p.pass(length);
    frame(cx, p, out)
}

/// The packet that the message is about. What follows the message goes on behind it, whatever the frame is; a cut
/// there bears the name of the last layer of the frame.
fn frame(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length == 0 {
        return Ok(());
    }
    out.aloud(|out| _ = out.say("\n\t data (").num("", length).say(" octets)"));
    if cx.verbose() < 3 {
        return p.skip(length);
    }
    out.say(", frame decoding below\n");
    let verbose = cx.verbose();
    cx.options.verbose = verbose - 3;
    let done = cx.next(Space::Within(LinkType::ETHERNET), p.sub(length), out);
    cx.options.verbose = verbose;
    done?;
    cx.speaking = cx.spoke;
    Ok(())
}

fn flow_removed(_: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    flow_match::say("\n\t ", p, out)?;
    say(FLOW_REMOVED, p, out)
}

fn flow_mod(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    flow_match::say("\n\t ", p, out)?;
    say(&[("\n\t cookie ", "cookie", 8, Kind::Hex)], p, out)?;
    let command = p.be16()?;
    out.say(", command ").name("command", command, COMMANDS, "invalid (0x%04x)");
    say(FLOW_TIMES, p, out)?;
    let fields = match command {
        0..=2 => FLOW_ADDED,
        3 | 4 => FLOW_DELETED,
        _ => FLOW_NEITHER,
    };
    say(fields, p, out)?;
    say(FLOW_END, p, out)?;
    actions::say(cx, "\n\t ", *p, out)
}

#[cfg(test)]
mod tests;

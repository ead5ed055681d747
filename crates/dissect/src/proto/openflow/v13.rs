//! OpenFlow 1.3 (source: OpenFlow Switch Specification 1.3.3, sections 7 and A). Of flows, groups, meters, packets and
//! statistics only the headers are said.

use super::Length::{Any, AtLeast, Exactly};
use super::Message;
use super::fields::{Bits, Field, Kind, data, error, experimenter, say};
use crate::prelude::*;

mod errors;

/// The messages, by number.
pub(super) const MESSAGES: &[Message] = &[
    Message { name: "HELLO", length: Any, say: Some(hello) },
    Message { name: "ERROR", length: AtLeast(4), say: Some(|cx, p, out| error(&errors::ERRORS, cx, p, out)) },
    Message { name: "ECHO_REQUEST", length: Any, say: Some(|cx, p, out| data(cx, p, out)) },
    Message { name: "ECHO_REPLY", length: Any, say: Some(|cx, p, out| data(cx, p, out)) },
    Message { name: "EXPERIMENTER", length: AtLeast(8), say: Some(experiment) },
    Message { name: "FEATURES_REQUEST", length: Exactly(0), say: None },
    Message { name: "FEATURES_REPLY", length: Exactly(24), say: Some(|_, p, out| say(FEATURES, p, out)) },
    Message { name: "GET_CONFIG_REQUEST", length: Exactly(0), say: None },
    Message { name: "GET_CONFIG_REPLY", length: Exactly(4), say: Some(|_, p, out| say(CONFIG, p, out)) },
    Message { name: "SET_CONFIG", length: Exactly(4), say: Some(|_, p, out| say(CONFIG, p, out)) },
    Message { name: "PACKET_IN", length: Any, say: None },
    Message { name: "FLOW_REMOVED", length: Any, say: None },
    Message { name: "PORT_STATUS", length: Exactly(72), say: Some(port_status) },
    Message { name: "PACKET_OUT", length: Any, say: None },
    Message { name: "FLOW_MOD", length: Any, say: None },
    Message { name: "GROUP_MOD", length: Any, say: None },
    Message { name: "PORT_MOD", length: Exactly(32), say: Some(|_, p, out| say(PORT_MOD, p, out)) },
    Message { name: "TABLE_MOD", length: Exactly(8), say: Some(|_, p, out| say(TABLE_MOD, p, out)) },
    Message { name: "MULTIPART_REQUEST", length: Any, say: None },
    Message { name: "MULTIPART_REPLY", length: Any, say: None },
    Message { name: "BARRIER_REQUEST", length: Exactly(0), say: None },
    Message { name: "BARRIER_REPLY", length: Exactly(0), say: None },
    Message {
        name: "QUEUE_GET_CONFIG_REQUEST",
        length: Exactly(8),
        say: Some(|_, p, out| say(QUEUES_OF, p, out)),
    },
    Message { name: "QUEUE_GET_CONFIG_REPLY", length: Any, say: None },
    Message { name: "ROLE_REQUEST", length: Exactly(16), say: Some(|_, p, out| say(ROLE, p, out)) },
    Message { name: "ROLE_REPLY", length: Exactly(16), say: Some(|_, p, out| say(ROLE, p, out)) },
    Message { name: "GET_ASYNC_REQUEST", length: Exactly(0), say: None },
    Message { name: "GET_ASYNC_REPLY", length: Exactly(24), say: Some(|_, p, out| say(ASYNC, p, out)) },
    Message { name: "SET_ASYNC", length: Exactly(24), say: Some(|_, p, out| say(ASYNC, p, out)) },
    Message { name: "METER_MOD", length: Any, say: None },
];

const PORTS: NameTable = &[
    (0xffffff00, "MAX"),
    (0xfffffff8, "IN_PORT"),
    (0xfffffff9, "TABLE"),
    (0xfffffffa, "NORMAL"),
    (0xfffffffb, "FLOOD"),
    (0xfffffffc, "ALL"),
    (0xfffffffd, "CONTROLLER"),
    (0xfffffffe, "LOCAL"),
    (0xffffffff, "ANY"),
];
const PORT_CONFIG: Bits =
    Bits::named(&[(0x01, "PORT_DOWN"), (0x04, "NO_RECV"), (0x20, "NO_FWD"), (0x40, "NO_PACKET_IN")]);
const PORT_STATE: Bits = Bits::named(&[(1, "LINK_DOWN"), (2, "BLOCKED"), (4, "LIVE")]);
const PORT_FEATURES: Bits = Bits::named(&[
    (0x0001, "10MB_HD"),
    (0x0002, "10MB_FD"),
    (0x0004, "100MB_HD"),
    (0x0008, "100MB_FD"),
    (0x0010, "1GB_HD"),
    (0x0020, "1GB_FD"),
    (0x0040, "10GB_FD"),
    (0x0080, "40GB_FD"),
    (0x0100, "100GB_FD"),
    (0x0200, "1TB_FD"),
    (0x0400, "OTHER"),
    (0x0800, "COPPER"),
    (0x1000, "FIBER"),
    (0x2000, "AUTONEG"),
    (0x4000, "PAUSE"),
    (0x8000, "PAUSE_ASYM"),
]);
const CAPABILITIES: Bits = Bits::named(&[
    (0x001, "FLOW_STATS"),
    (0x002, "TABLE_STATS"),
    (0x004, "PORT_STATS"),
    (0x008, "GROUP_STATS"),
    (0x020, "IP_REASM"),
    (0x040, "QUEUE_STATS"),
    (0x100, "PORT_BLOCKED"),
]);
const FRAGMENTS: NameTable = &[(0, "FRAG_NORMAL"), (1, "FRAG_DROP"), (2, "FRAG_REASM")];
const LENGTHS: NameTable = &[(0xffe5, "MAX"), (0xffff, "NO_BUFFER")];
const TABLES: NameTable = &[(0xfe, "MAX"), (0xff, "ALL")];
const ROLES: NameTable = &[(0, "NOCHANGE"), (1, "EQUAL"), (2, "MASTER"), (3, "SLAVE")];
const PACKET_REASONS: Bits = Bits::named(&[(1, "NO_MATCH"), (2, "ACTION"), (4, "INVALID_TTL")]);
const PORT_REASONS: Bits = Bits::named(&[(1, "ADD"), (2, "DELETE"), (4, "MODIFY")]);
const REASONS: NameTable = &[(0, "ADD"), (1, "DELETE"), (2, "MODIFY")];
const VERSIONS: Bits =
    Bits::named(&[(1, "1.0"), (2, "1.1"), (4, "1.2"), (8, "1.3"), (0x10, "1.4"), (0x20, "1.5")]);

const FEATURES: &[Field] = &[
    ("\n\t dpid ", "datapath", 8, Kind::Hex),
    (", n_buffers ", "buffers", 4, Kind::Dec),
    (", n_tables ", "tables", 1, Kind::Dec),
    (", auxiliary_id ", "auxiliary", 1, Kind::Dec),
    ("", "", 2, Kind::Pad),
    ("\n\t capabilities ", "capabilities", 4, Kind::Bits(&CAPABILITIES)),
    ("", "", 4, Kind::End),
];
const CONFIG: &[Field] = &[
    ("\n\t flags ", "flags", 2, Kind::Named(FRAGMENTS, "invalid (0x%04x)")),
    (", miss_send_len ", "miss_send_length", 2, Kind::Named(LENGTHS, "%u")),
];
const PORT_MOD: &[Field] = &[
    ("\n\t port_no ", "port", 4, Kind::Named(PORTS, "%u")),
    ("", "", 4, Kind::Pad),
    (", hw_addr ", "mac", 6, Kind::Mac),
    ("", "", 2, Kind::Pad),
    ("\n\t  config ", "config", 4, Kind::Bits(&PORT_CONFIG)),
    ("\n\t  mask ", "mask", 4, Kind::Bits(&PORT_CONFIG)),
    ("\n\t  advertise ", "advertise", 4, Kind::Bits(&PORT_FEATURES)),
    ("", "", 4, Kind::End),
];
const TABLE_MOD: &[Field] = &[
    ("\n\t table_id ", "table", 1, Kind::Named(TABLES, "%u")),
    ("", "", 3, Kind::Pad),
    (", config ", "config", 4, Kind::Hex),
];
const QUEUES_OF: &[Field] = &[("\n\t port ", "port", 4, Kind::Named(PORTS, "%u")), ("", "", 4, Kind::End)];
const ROLE: &[Field] = &[
    ("\n\t role ", "role", 4, Kind::Named(ROLES, "invalid (0x%08x)")),
    ("", "", 4, Kind::Pad),
    (", generation_id ", "generation", 8, Kind::Hex),
];
const ASYNC: &[Field] = &[
    ("\n\t packet_in_mask[EM] ", "packet_in_master", 4, Kind::Bits(&PACKET_REASONS)),
    ("\n\t packet_in_mask[S] ", "packet_in_slave", 4, Kind::Bits(&PACKET_REASONS)),
    ("\n\t port_status_mask[EM] ", "port_status_master", 4, Kind::Bits(&PORT_REASONS)),
    ("\n\t port_status_mask[S] ", "port_status_slave", 4, Kind::Bits(&PORT_REASONS)),
    ("\n\t flow_removed_mask[EM] ", "flow_removed_master", 4, Kind::Bits(&PORT_REASONS)),
    ("\n\t flow_removed_mask[S] ", "flow_removed_slave", 4, Kind::Bits(&PORT_REASONS)),
];
/// tcpdump's words for a reason without a name do not name it.
const PORT_STATUS: &[Field] =
    &[("\n\t reason ", "reason", 1, Kind::Named(REASONS, "invalid (0x02x)")), ("", "", 7, Kind::Pad)];
const PORT: &[Field] = &[
    ("\n\t  port_no ", "port", 4, Kind::Named(PORTS, "%u")),
    ("", "", 4, Kind::Pad),
    (", hw_addr ", "mac", 6, Kind::Mac),
    ("", "", 2, Kind::Pad),
    (", name ", "name", 16, Kind::Chars),
];
const PORT_MORE: &[Field] = &[
    ("\n\t   config ", "config", 4, Kind::Bits(&PORT_CONFIG)),
    ("\n\t   state ", "state", 4, Kind::Bits(&PORT_STATE)),
    ("\n\t   curr ", "current", 4, Kind::Bits(&PORT_FEATURES)),
    ("\n\t   advertised ", "advertised", 4, Kind::Bits(&PORT_FEATURES)),
    ("\n\t   supported ", "supported", 4, Kind::Bits(&PORT_FEATURES)),
    ("\n\t   peer ", "peer", 4, Kind::Bits(&PORT_FEATURES)),
];
const PORT_MORE_LENGTH: usize = 32;

fn port_status(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    say(PORT_STATUS, p, out)?;
    say(PORT, p, out)?;
    if cx.verbose() < 2 {
        return p.skip(PORT_MORE_LENGTH);
    }
    say(PORT_MORE, p, out)?;
    let current = p.be32()?;
    out.say("\n\t   curr_speed ").num("current_kbps", current).say("kbps");
    let highest = p.be32()?;
    out.say("\n\t   max_speed ").num("max_kbps", highest).say("kbps");
    Ok(())
}

fn experiment(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    experimenter("\n\t experimenter ", "experimenter", p, out)?;
    let kind = p.be32()?;
    out.say(", exp_type 0x").hex0("experimenter_type", kind, 8);
    data(cx, p, out)
}

const ELEMENT: usize = 4;
const VERSION_BITMAP: u16 = 1;
const ELEMENTS: NameTable = &[(1, "VERSIONBITMAP")];
const BITMAP: &[Field] = &[(", bitmap ", "bitmap", 4, Kind::Bits(&VERSIONS))];

/// What the sender has to say of itself: which versions it speaks.
fn hello(_: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("elements", |out| {
        while p.claimed() > 0 {
            out.say("\n\t");
            out.enough("remaining length", p, ELEMENT)?;
            out.item(|out| element(p, out))?;
        }
        Ok(())
    })
}

fn element(p: &mut Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    let kind = p.be16()?;
    out.say(" type ").name("type", kind, ELEMENTS, "unknown (0x%04x)");
    let length = usize::from(p.be16()?);
    out.say(", length ").num("length", length);
    if length < ELEMENT {
        return Err(out.lie("bitmap length", length, "<", ELEMENT));
    }
    if length > left {
        return Err(out.lie("bitmap length", length, ">", left));
    }
    match (kind, length - ELEMENT) {
        (VERSION_BITMAP, 4) => return say(BITMAP, p, out),
        (VERSION_BITMAP, _) => drop(out.say(" (bogus)").note_that("bogus", true)),
        _ => {}
    }
    p.skip(length - ELEMENT)
}

#[cfg(test)]
mod tests {
    use super::super::OPENFLOW;
    use crate::testing::{check, values};

    fn says(kind: u8, body: &str, args: &str, words: &str) {
        let body: String = body.split_whitespace().collect();
        let length = 8 + body.len() / 2;
        let name = super::MESSAGES.get(usize::from(kind)).map_or("", |row| row.name);
        let hex = format!("04 {kind:02x} {length:04x} 00000007 {body}");
        let head = format!(": OpenFlow\n\tversion 1.3, type {name}, length {length}, xid 0x00000007");
        check(&OPENFLOW, &hex, args, &format!("{head}{words}"));
    }

    #[test]
    fn greetings() {
        says(
            0,
            "0001 0008 00000052",
            "-v",
            "\n\t type VERSIONBITMAP, length 8, bitmap 0x00000052 (1.1, 1.4) (bogus)",
        );
        says(0, "0001 0008 00000052", "", "");
        says(
            0,
            "0001 0004 0009 0005 ab",
            "-v",
            "\n\t type VERSIONBITMAP, length 4 (bogus)\n\t type unknown (0x0009), length 5",
        );
        says(0, "0001 0003", "-v", "\n\t type VERSIONBITMAP, length 3 [bitmap length 3 < 4] (invalid)");
        says(0, "0001 0005", "-v", "\n\t type VERSIONBITMAP, length 5 [bitmap length 5 > 4] (invalid)");
        says(0, "0001", "-v", "\n\t [remaining length 2 < 4] (invalid)");
    }

    #[test]
    fn configuration() {
        says(
            6,
            "0000000000000001 00000100 fe 00 0000 00000147 00000000",
            "-v",
            "\n\t dpid 0x0000000000000001, n_buffers 256, n_tables 254, auxiliary_id 0\
             \n\t capabilities 0x00000147 (FLOW_STATS, TABLE_STATS, PORT_STATS, QUEUE_STATS, PORT_BLOCKED)",
        );
        says(6, "00", "-v", " (invalid)");
        says(8, "0003 ffe5", "-v", "\n\t flags invalid (0x0003), miss_send_len MAX");
        says(9, "0001 0080", "-v", "\n\t flags FRAG_DROP, miss_send_len 128");
        says(17, "ff 000000 00000003", "-v", "\n\t table_id ALL, config 0x00000003");
        says(22, "ffffffff 00000000", "-v", "\n\t port ANY");
        says(
            24,
            "00000004 00000000 0000000000000009",
            "-v",
            "\n\t role invalid (0x00000004), generation_id 0x0000000000000009",
        );
        says(
            28,
            "00000003 00000000 00000007 00000008 00000001 00000002",
            "-v",
            "\n\t packet_in_mask[EM] 0x00000003 (NO_MATCH, ACTION)\n\t packet_in_mask[S] 0x00000000\
             \n\t port_status_mask[EM] 0x00000007 (ADD, DELETE, MODIFY)\
             \n\t port_status_mask[S] 0x00000008 (bogus)\
             \n\t flow_removed_mask[EM] 0x00000001 (ADD)\n\t flow_removed_mask[S] 0x00000002 (DELETE)",
        );
    }

    #[test]
    fn ports() {
        let port = "00000002 00000000 020000000001 0000 76657468300000000000000000000000
                    00000041 00000004 00000840 00000000 00000000 00000000 00a00000 00000000";
        let head = "\n\t reason MODIFY\n\t  port_no 2, hw_addr 02:00:00:00:00:01, name 'veth0'";
        says(12, &format!("02 00000000000000 {port}"), "-v", head);
        says(
            12,
            &format!("02 00000000000000 {port}"),
            "-vv",
            &format!(
                "{head}\n\t   config 0x00000041 (PORT_DOWN, NO_PACKET_IN)\n\t   state 0x00000004 (LIVE)\
                 \n\t   curr 0x00000840 (10GB_FD, COPPER)\n\t   advertised 0x00000000\
                 \n\t   supported 0x00000000\n\t   peer 0x00000000\
                 \n\t   curr_speed 10485760kbps\n\t   max_speed 0kbps"
            ),
        );
        says(
            16,
            "00000002 00000000 020000000001 0000 00000001 00000001 00000002 00000000",
            "-v",
            "\n\t port_no 2, hw_addr 02:00:00:00:00:01\n\t  config 0x00000001 (PORT_DOWN)\
             \n\t  mask 0x00000001 (PORT_DOWN)\n\t  advertise 0x00000002 (10MB_FD)",
        );
    }

    #[test]
    fn errors_and_experiments() {
        let error = "0002 0003 04050008";
        says(1, error, "-v", "\n\t type BAD_ACTION, code BAD_EXP_TYPE\n\t data (4 octets)");
        says(1, "0063 0003", "-vv", "\n\t type invalid (0x0063), code invalid (0x0003)");
        says(
            4,
            "ff000002 00000001 abcd",
            "-vv",
            "\n\t experimenter 0xff000002 (NoviFlow), exp_type 0x00000001\n\t data (2 octets)\
             \n\t  0x0000:  abcd                                     ..",
        );
        assert_eq!(
            values(&OPENFLOW, "04 01 000e 00000007 0001 0006 0405"),
            r#"{"openflow":{"messages":[{"version":4,"type":1,"length":14,"xid":7,"error_type":1,"code":6,"data":"0405"}]}}"#
        );
    }
}

//! Statistics (source: OpenFlow Switch Specification 1.0.0, section 5.3.5).
//!
//! ```text
//! | type (2) | flags (2) | what is asked for, or the answers ..
//! ```

use super::super::fields::{self, Bits, Field, Kind};
use super::{PORTS, actions, flow_match, vendors};
use crate::prelude::*;

const TYPES: NameTable = &[
    (0, "DESC"),
    (1, "FLOW"),
    (2, "AGGREGATE"),
    (3, "TABLE"),
    (4, "PORT"),
    (5, "QUEUE"),
    (0xffff, "VENDOR"),
];
const TABLES: NameTable = &[(0xfe, "EMERG"), (0xff, "ALL")];
pub(super) const QUEUES: NameTable = &[(0xffffffff, "ALL")];
const MORE: Bits = Bits::named(&[(1, "MORE")]);

const FLOW_REQUEST: &[Field] = &[
    ("\n\t table_id ", "table", 1, Kind::Named(TABLES, "%u")),
    ("", "", 1, Kind::Pad),
    (", out_port ", "out_port", 2, Kind::Named(PORTS, "%u")),
];
const FLOW_REQUEST_LENGTH: usize = flow_match::LENGTH + 4;
const PORT_REQUEST: &[Field] =
    &[("\n\t port_no ", "port", 2, Kind::Named(PORTS, "%u")), ("", "", 6, Kind::End)];
const QUEUE_REQUEST: &[Field] = &[
    ("\n\t port_no ", "port", 2, Kind::Named(PORTS, "%u")),
    ("", "", 2, Kind::Pad),
    (", queue_id ", "queue", 4, Kind::Named(QUEUES, "%u")),
];
const PORT_REQUEST_LENGTH: usize = 8;

/// Answers of one length, one behind the other.
struct Entries {
    key: &'static str,
    /// What the line of each begins with.
    lead: &'static str,
    length: usize,
    head: &'static [Field],
    /// What is said to the talkative only.
    more: &'static [Field],
}

const TABLE: Entries = Entries {
    key: "tables",
    lead: "\n\t",
    length: 64,
    head: &[
        (" table_id ", "table", 1, Kind::Named(TABLES, "%u")),
        ("", "", 3, Kind::Pad),
        (", name ", "name", 32, Kind::Chars),
        ("\n\t  wildcards ", "wildcards", 4, Kind::Bits(&flow_match::WILDCARDS)),
        ("\n\t  max_entries ", "max_entries", 4, Kind::Dec),
        (", active_count ", "active", 4, Kind::Dec),
        (", lookup_count ", "lookups", 8, Kind::Dec),
        (", matched_count ", "matched", 8, Kind::Dec),
    ],
    more: &[],
};
const PORT: Entries = Entries {
    key: "ports",
    lead: "\n\t ",
    length: 104,
    head: &[(" port_no ", "port", 2, Kind::Named(PORTS, "%u"))],
    more: &[
        ("", "", 6, Kind::Pad),
        (", rx_packets ", "rx_packets", 8, Kind::Dec),
        (", tx_packets ", "tx_packets", 8, Kind::Dec),
        (", rx_bytes ", "rx_bytes", 8, Kind::Dec),
        (", tx_bytes ", "tx_bytes", 8, Kind::Dec),
        (", rx_dropped ", "rx_dropped", 8, Kind::Dec),
        (", tx_dropped ", "tx_dropped", 8, Kind::Dec),
        (", rx_errors ", "rx_errors", 8, Kind::Dec),
        (", tx_errors ", "tx_errors", 8, Kind::Dec),
        (", rx_frame_err ", "rx_frame_errors", 8, Kind::Dec),
        (", rx_over_err ", "rx_overruns", 8, Kind::Dec),
        (", rx_crc_err ", "rx_crc_errors", 8, Kind::Dec),
        (", collisions ", "collisions", 8, Kind::Dec),
    ],
};
const QUEUE: Entries = Entries {
    key: "queues",
    lead: "\n\t ",
    length: 32,
    head: &[
        (" port_no ", "port", 2, Kind::Named(PORTS, "%u")),
        ("", "", 2, Kind::Pad),
        (", queue_id ", "queue", 4, Kind::Dec),
        (", tx_bytes ", "tx_bytes", 8, Kind::Dec),
        (", tx_packets ", "tx_packets", 8, Kind::Dec),
        (", tx_errors ", "tx_errors", 8, Kind::Dec),
    ],
    more: &[],
};

const DESCRIPTION: &[Field] = &[
    (" mfr_desc ", "manufacturer", 256, Kind::Chars),
    ("\n\t  hw_desc ", "hardware", 256, Kind::Chars),
    ("\n\t  sw_desc ", "software", 256, Kind::Chars),
    ("\n\t  serial_num ", "serial", 32, Kind::Chars),
    ("\n\t  dp_desc ", "datapath", 256, Kind::Chars),
];
const DESCRIPTION_LENGTH: usize = 1056;
const AGGREGATE: &[Field] = &[
    (" packet_count ", "packets", 8, Kind::Dec),
    (", byte_count ", "bytes", 8, Kind::Dec),
    (", flow_count ", "flows", 4, Kind::Dec),
    ("", "", 4, Kind::End),
];
const AGGREGATE_LENGTH: usize = 24;

/// Bytes of a flow without actions.
const FLOW_LENGTH: usize = 88;
const FLOW_TABLE: &[Field] =
    &[(", table_id ", "table", 1, Kind::Named(TABLES, "%u")), ("", "", 1, Kind::Pad)];
const FLOW_COUNTS: &[Field] = &[
    ("\n\t  duration_sec ", "duration_s", 4, Kind::Dec),
    (", duration_nsec ", "duration_ns", 4, Kind::Dec),
    (", priority ", "priority", 2, Kind::Dec),
    (", idle_timeout ", "idle_timeout_s", 2, Kind::Dec),
    (", hard_timeout ", "hard_timeout_s", 2, Kind::Dec),
    ("", "", 6, Kind::Pad),
    (", cookie ", "cookie", 8, Kind::Hex),
    (", packet_count ", "packets", 8, Kind::Dec),
    (", byte_count ", "bytes", 8, Kind::Dec),
];

/// What is asked for.
pub(super) fn request(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let kind = p.be16()?;
    out.say("\n\t type ").name("stats_type", kind, TYPES, "invalid (0x%04x)");
    let flags = p.be16()?;
    out.say(", flags 0x").hex0("flags", flags, 4).say(if flags == 0 { "" } else { " (bogus)" });
    let (length, body) = match kind {
        0 | 3 => (0, &[][..]),
        1 | 2 => (FLOW_REQUEST_LENGTH, FLOW_REQUEST),
        4 => (PORT_REQUEST_LENGTH, PORT_REQUEST),
        5 => (PORT_REQUEST_LENGTH, QUEUE_REQUEST),
        0xffff => return vendors::stats(cx, p, out),
        _ => return Ok(()),
    };
    if p.claimed() != length {
        return Err(out.lie("len", p.claimed(), "!=", length));
    }
    if matches!(kind, 1 | 2) {
        flow_match::say("\n\t ", p, out)?;
    }
    fields::say(body, p, out)
}

/// The answer.
pub(super) fn reply(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let kind = p.be16()?;
    out.say("\n\t type ").name("stats_type", kind, TYPES, "invalid (0x%04x)");
    fields::say(&[(", flags ", "flags", 2, Kind::Bits(&MORE))], p, out)?;
    match kind {
        0 => description(p, out),
        1 => flows(cx, p, out),
        2 => aggregate(p, out),
        3 => entries(cx, &TABLE, p, out),
        4 => entries(cx, &PORT, p, out),
        5 => entries(cx, &QUEUE, p, out),
        0xffff => vendors::stats(cx, p, out),
        _ => p.skip(p.claimed()),
    }
}

fn description(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t ");
    if p.claimed() != DESCRIPTION_LENGTH {
        return Err(out.lie("len", p.claimed(), "!=", DESCRIPTION_LENGTH));
    }
    fields::say(DESCRIPTION, p, out)
}

fn aggregate(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t");
    if p.claimed() != AGGREGATE_LENGTH {
        return Err(out.lie("remaining length", p.claimed(), "!=", AGGREGATE_LENGTH));
    }
    fields::say(AGGREGATE, p, out)
}

fn entries(cx: &Cx, of: &Entries, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list(of.key, |out| {
        while p.claimed() > 0 {
            out.say(of.lead);
            out.enough("remaining length", p, of.length)?;
            let mut entry = *p;
            p.pass(of.length);
            out.item(|out| {
                fields::say(of.head, &mut entry, out)?;
                if cx.verbose() > 1 || of.more.is_empty() {
                    return fields::say(of.more, &mut entry, out);
                }
                entry.skip(entry.claimed() - p.claimed())
            })?;
        }
        Ok(())
    })
}

fn flows(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("flows", |out| {
        while p.claimed() > 0 {
            out.say("\n\t");
            out.enough("remaining length", p, FLOW_LENGTH)?;
            out.item(|out| flow(cx, p, out))?;
        }
        Ok(())
    })
}

fn flow(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (mut body, left) = (*p, p.claimed());
    let length = usize::from(body.be16()?);
    out.say(" length ").num("length", length);
    if length < FLOW_LENGTH {
        return Err(out.lie("entry_len", length, "<", FLOW_LENGTH));
    }
    if length > left {
        return Err(out.lie("entry_len", length, ">", left));
    }
    p.pass(length);
    fields::say(FLOW_TABLE, &mut body, out)?;
    flow_match::say("\n\t  ", &mut body, out)?;
    fields::say(FLOW_COUNTS, &mut body, out)?;
    actions::say(cx, "\n\t  ", body.claiming(length - FLOW_LENGTH), out)
}

//! EGP, the Exterior Gateway Protocol (RFC 904, formerly RFC 827).
//!
//! ```text
//! | version | type | code | status | checksum (2) | AS (2) | sequence (2) |
//! | hello (2), reason (2), or gateways inside and outside | poll (2), or source network (4) |
//! update:  | gateway (1 to 3) | distances | distance | networks | network (1 to 3) .. |
//! ```

use crate::prelude::*;

/// EGP.
pub static EGP: Protocol = Protocol { name: "egp", dissect };

const HEADER: usize = 16;
const VERSION: u8 = 2;

const UPDATE: u8 = 1;
const POLL: u8 = 2;
const ACQUIRE: u8 = 3;
const REACH: u8 = 5;
const ERROR: u8 = 8;
const TYPES: NameTable = &[
    (ACQUIRE as u32, "acquire"),
    (REACH as u32, "reach"),
    (POLL as u32, "poll"),
    (UPDATE as u32, "update"),
    (ERROR as u32, "error"),
];
const ACQUIRE_CODES: NameTable =
    &[(0, "request"), (1, "confirm"), (2, "refuse"), (3, "cease"), (4, "cease_ack")];
const ACQUIRE_STATUS: NameTable = &[
    (0, "unspecified"),
    (1, "active_mode"),
    (2, "passive_mode"),
    (3, "insufficient_resources"),
    (4, "administratively_prohibited"),
    (5, "going_down"),
    (6, "parameter_violation"),
    (7, "protocol_violation"),
];
const REACH_CODES: NameTable = &[(0, "hello"), (1, "i-h-u")];
const STATES: NameTable = &[(0, "indeterminate"), (1, "up"), (2, "down")];
const UNSOLICITED: u8 = 0x80;
const REASONS: NameTable = &[
    (0, "unspecified"),
    (1, "bad_EGP_header_format"),
    (2, "bad_EGP_data_field_format"),
    (3, "reachability_info_unavailable"),
    (4, "excessive_polling_rate"),
    (5, "no_response"),
    (6, "unsupported_version"),
];

/// What the types have in different places.
struct Fields {
    code: u8,
    status: u8,
    first: [u8; 2],
    second: [u8; 4],
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    out.enough("packet length", &p, HEADER)?;
    p.need(HEADER)?;
    let ([version, kind, code, status], _checksum) = (p.array()?, p.be16()?);
    let (number, sequence) = (p.be16()?, p.be16()?);
    let fields = Fields { code, status, first: p.array()?, second: p.array()? };
    out.say("EGPv").num("version", version);
    if cx.verbose() == 0 {
        out.say(", AS ").num("as", number).say(", seq ").num("sequence", sequence);
        out.say(", length ").num("length", length);
        return Ok(());
    }
    out.note("as", number).note("sequence", sequence).say(", length ").num("length", length);
    if version != VERSION {
        write!(out, "[version {version}]");
        return Ok(());
    }
    out.say(" ").name("type", kind, TYPES, "[type %u]");
    match kind {
        ACQUIRE => acquire(&fields, out),
        REACH => {
            out.say(" ").name("code", code, REACH_CODES, "[reach code %u]");
            if code <= 1 {
                state(status, out);
            }
        }
        POLL => {
            state(status, out);
            out.say(" net:").ip4("source_network", fields.second);
        }
        UPDATE => return update(&fields, p, out),
        ERROR => {
            state(status, out);
            out.say(" ").name("reason", u16::from_be_bytes(fields.first), REASONS, "[reason %u]");
        }
        _ => {}
    }
    Ok(())
}

fn state(status: u8, out: &mut Out) {
    out.say(" state:").name("status", status, STATES, "%u");
}

fn acquire(fields: &Fields, out: &mut Out) {
    let (code, status) = (fields.code, fields.status);
    out.say(" ").name("code", code, ACQUIRE_CODES, "[code %u]");
    match code {
        0 | 1 => {
            let known = status <= 2;
            out.say(" ").name("status", status, if known { ACQUIRE_STATUS } else { &[] }, "[status %u]");
            let [a, b, ..] = fields.second;
            out.say(" hello:").num("hello", u16::from_be_bytes(fields.first));
            out.say(" poll:").num("poll", u16::from_be_bytes([a, b]));
        }
        2..=4 => {
            let known = matches!(status, 0 | 3..=7);
            out.say(if known { " " } else { "" });
            out.name("status", status, if known { ACQUIRE_STATUS } else { &[] }, "[status %u]");
        }
        _ => {}
    }
}

/// Which networks are reached by which gateways, and how far they are.
fn update(fields: &Fields, mut p: Cursor, out: &mut Out) -> Dissect {
    let unsolicited = fields.status & UNSOLICITED != 0;
    out.say(if unsolicited { " unsolicited" } else { "" }).note_that("unsolicited", unsolicited);
    state(fields.status & !UNSOLICITED, out);
    let [inside, outside] = fields.first;
    out.say(" ").ip4("source_network", fields.second);
    out.say(" int ").num("inside_count", inside).say(" ext ").num("outside_count", outside);
    let net = Net::of(fields.second);
    out.list("gateways", |out| {
        for number in 0..u16::from(inside) + u16::from(outside) {
            let place = if number < u16::from(inside) { " int " } else { " ext " };
            out.item(|out| gateway(place, &net, &mut p, out))?;
        }
        Ok(())
    })
}

/// The network that all gateways are in. tcpdump reads it with the first byte as the lowest, on machines that do so,
/// and writes addresses likewise.
struct Net {
    bits: u32,
    /// Bytes of a gateway's address that are not the network's.
    host: usize,
}

impl Net {
    fn of(network: [u8; 4]) -> Net {
        let number = u32::from_le_bytes(network);
        match number >> 29 {
            0..=3 => Net { bits: number & 0xff00_0000, host: 3 },
            4 | 5 => Net { bits: number & 0xffff_0000, host: 2 },
            6 => Net { bits: number & 0xffff_ff00, host: 1 },
            _ => Net { bits: 0, host: 4 },
        }
    }
}

fn gateway(place: &str, net: &Net, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.enough("length", p, net.host)?;
    p.need(net.host)?;
    let mut host = 0;
    if net.host < 4 {
        host = p.take(net.host)?.iter().fold(0, |addr, b| addr << 8 | u32::from(*b));
    } else {
        // tcpdump reads nothing of a network outside of all classes, and counts it all the same.
        *p = p.claiming(p.claimed() - net.host);
    }
    out.enough("length", p, 1)?;
    let distances = p.u8()?;
    out.say(place).ip4("gateway", (host | net.bits).to_le_bytes()).say(" (");
    out.list("distances", |out| {
        for number in 0..distances {
            out.item(|out| distance(if number > 0 { ", d" } else { "d" }, p, out))?;
        }
        Ok(())
    })?;
    out.say(")");
    Ok(())
}

fn distance(words: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.enough("length", p, 2)?;
    let distance = p.u8()?;
    out.say(words).num("distance", distance).say(":");
    let count = p.u8()?;
    out.list("networks", |out| {
        for _ in 0..count {
            out.enough("length", p, 1)?;
            let first = p.u8()?;
            let more = match first >> 6 {
                0 | 1 => 0,
                2 => 1,
                _ => 2,
            };
            out.enough("length", p, more)?;
            let [second, third]: [u8; 2] = p.padded(more)?;
            out.say(" ").ip4("", [0, third, second, first]);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn acquisitions() {
        let hex = "02 03 00 01 0000 0007 0009 001e 0078 0000";
        check(&EGP, hex, "", "EGPv2, AS 7, seq 9, length 16");
        check(&EGP, hex, "-v", "EGPv2, length 16 acquire request active_mode hello:30 poll:120");
        let hex = "02 03 03 05 0000 0007 0009 001e 0078 0000";
        check(&EGP, hex, "-v", "EGPv2, length 16 acquire cease going_down");
        let hex = "02 03 03 01 0000 0007 0009 001e 0078 0000";
        check(&EGP, hex, "-v", "EGPv2, length 16 acquire cease[status 1]");
        assert!(
            values(&EGP, hex).starts_with(r#"{"egp":{"version":2,"as":7,"sequence":9,"length":16,"type":3,"#)
        );
    }

    #[test]
    fn other_types() {
        let said = |hex: &str, words: &str| check(&EGP, hex, "-v", &format!("EGPv2, length 16 {words}"));
        said("02 05 01 01 0000 0007 0009 0000 0000 0000", "reach i-h-u state:up");
        said("02 02 00 02 0000 0007 0009 0000 0a000000", "poll state:down net:10.0.0.0");
        said("02 08 00 00 0000 0007 0009 0004 0000 0000", "error state:indeterminate excessive_polling_rate");
        said("02 09 00 00 0000 0007 0009 0004 0000 0000", "[type 9]");
        check(&EGP, "03 02 00 02 0000 0007 0009 0000 0a000000", "-v", "EGPv3, length 16[version 3]");
        check(&EGP, "03 02", "-v", " [packet length 2 < 16] (invalid)");
    }

    #[test]
    fn updates() {
        let head = "02 01 00 81 0000 0007 0009 01 00 0a000000";
        check(
            &EGP,
            &format!("{head} 000001 01 05 02 0b 8001"),
            "-v",
            "EGPv2, length 25 update unsolicited state:up 10.0.0.0 int 1 ext 0 int 1.0.0.0 (d5: 0.0.0.11 0.0.1.128)",
        );
        check(
            &EGP,
            &format!("{head} 000001 01 05 02 0b"),
            "-v",
            "EGPv2, length 23 update unsolicited state:up 10.0.0.0 int 1 ext 0 int 1.0.0.0 (d5: 0.0.0.11 \
             [length 0 < 1] (invalid)",
        );
    }
}

//! BGP, the Border Gateway Protocol, version 4 (RFC 4271), with route refresh (RFC 2918, RFC 7313, RFC 5291) and
//! words at parting (RFC 9003, RFC 8538).
//!
//! ```text
//! |  marker: sixteen times 0xff  | length, header included (2) | type | message ..
//! notification:   | code | subcode | data ..
//! route refresh:  | family (2) | subtype | subsequent family |  filters ..
//! ```
//! A segment may hold several messages, and begin in the middle of one.

use crate::prelude::*;

mod attributes;
mod bgpsec;
mod communities;
mod families;
mod open;
mod others;
mod update;

/// BGP.
pub static BGP: Protocol = Protocol { name: "bgp", dissect };

const MARKER: [u8; 16] = [0xff; 16];
/// Bytes of a header.
const HEADER: usize = 19;

const OPEN: u8 = 1;
const UPDATE: u8 = 2;
const NOTIFICATION: u8 = 3;
const KEEPALIVE: u8 = 4;
const ROUTE_REFRESH: u8 = 5;
const TYPES: NameTable =
    &[(1, "Open"), (2, "Update"), (3, "Notification"), (4, "Keepalive"), (5, "Route Refresh")];

const CEASE: u8 = 6;
const CODES: NameTable = &[
    (1, "Message Header Error"),
    (2, "OPEN Message Error"),
    (3, "UPDATE Message Error"),
    (4, "Hold Timer Expired"),
    (5, "Finite State Machine Error"),
    (6, "Cease"),
    (7, "ROUTE-REFRESH Message Error"),
    (8, "Send Hold Timer Expired"),
];
/// Subcodes by code, and what is said before them.
const SUBCODES: &[(u8, &str, NameTable)] = &[
    (
        1,
        ", subcode ",
        &[(1, "Connection Not Synchronized"), (2, "Bad Message Length"), (3, "Bad Message Type")],
    ),
    (
        2,
        ", subcode ",
        &[
            (1, "Unsupported Version Number"),
            (2, "Bad Peer AS"),
            (3, "Bad BGP Identifier"),
            (4, "Unsupported Optional Parameter"),
            (5, "Authentication Failure"),
            (6, "Unacceptable Hold Time"),
            (7, "Capability Message Error"),
        ],
    ),
    (
        3,
        ", subcode ",
        &[
            (1, "Malformed Attribute List"),
            (2, "Unrecognized Well-known Attribute"),
            (3, "Missing Well-known Attribute"),
            (4, "Attribute Flags Error"),
            (5, "Attribute Length Error"),
            (6, "Invalid ORIGIN Attribute"),
            (7, "AS Routing Loop"),
            (8, "Invalid NEXT_HOP Attribute"),
            (9, "Optional Attribute Error"),
            (10, "Invalid Network Field"),
            (11, "Malformed AS_PATH"),
        ],
    ),
    (
        5,
        " subcode ",
        &[
            (0, "Unspecified Error"),
            (1, "In OpenSent State"),
            (2, "In OpenConfirm State"),
            (3, "In Established State"),
        ],
    ),
    (
        CEASE,
        ", subcode ",
        &[
            (1, "Maximum Number of Prefixes Reached"),
            (2, "Administrative Shutdown"),
            (3, "Peer Unconfigured"),
            (4, "Administrative Reset"),
            (5, "Connection Rejected"),
            (6, "Other Configuration Change"),
            (7, "Connection Collision Resolution"),
            (8, "Out of Resources"),
            (9, "Hard Reset"),
            (10, "BFD Down"),
        ],
    ),
    (7, " subcode ", &[(1, "Invalid Message Length")]),
];
const TOO_MANY_PREFIXES: u8 = 1;
const SHUTDOWN: u8 = 2;
const RESET: u8 = 4;
const HARD_RESET: u8 = 9;
/// Hard resets carry notifications, which may be hard resets: no speaker nests them.
const MAX_RESETS: usize = 10;

const REFRESHES: NameTable = &[
    (0, "Normal route refresh request"),
    (1, "Demarcation of the beginning of a route refresh"),
    (2, "Demarcation of the ending of a route refresh"),
];
const FILTER_TIMES: NameTable = &[(1, "Immediate"), (2, "Defer")];
const FILTERS: NameTable = &[(64, "Address Prefix ORF"), (65, "CP-ORF")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(": BGP");
    if cx.verbose() == 0 {
        return Ok(());
    }
    let mut in_step = true;
    out.list("messages", |out| {
        while let Ok(first) = p.peek() {
            if first != MARKER[0] || p.rest().get(..MARKER.len()).is_some_and(|bytes| bytes != MARKER) {
                p.skip(1)?;
                in_step = false;
                continue;
            }
            if p.captured() < MARKER.len() {
                break;
            }
            p.need(HEADER)?;
            if !std::mem::replace(&mut in_step, true) {
                out.item(|out| cx.soft_cut(out))?;
            }
            let Some(length) = framed(p, out)? else { break };
            out.item(|out| message(cx, p.claiming(length), out))?;
            p.skip(length)?;
        }
        Ok(())
    })
}

/// How long the next message is, if all of it is here and it can be one.
fn framed(p: Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    let mut head = p.at(MARKER.len());
    let (length, kind) = (usize::from(head.be16()?), head.u8()?);
    if length < HEADER {
        out.say("\n");
        write!(out, "message length {length} < {HEADER} (invalid)");
        return Ok(None);
    }
    if length > p.captured() {
        out.aloud(|out| {
            out.say("\n[|BGP ").name("", kind, TYPES, "Unknown Message Type").say("]");
        });
        return Ok(None);
    }
    Ok(Some(length))
}

/// Fails as a cut does, unless `n` more bytes are claimed and captured.
fn want(p: &Cursor, n: usize) -> Dissect {
    if p.claimed() < n { Err(Stop::Truncated) } else { p.need(n) }
}

/// A message, which a cut in it ends, and not what follows.
fn message(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let kind = p.at(HEADER - 1).u8()?;
    out.say("\n\t").named_as("type", kind, TYPES, "Unknown", " Message (%u)");
    out.say(", length: ").num("length", p.claimed());
    let body = p.at(HEADER);
    let done = match kind {
        OPEN => open::dissect(cx, body, out),
        UPDATE => update::dissect(cx, body, out),
        NOTIFICATION => notification(body, out),
        KEEPALIVE => Ok(()),
        ROUTE_REFRESH => route_refresh(cx, p, out),
        _ => {
            write!(out, "\n\t  no Message {kind} decoder");
            out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t  ");
            Ok(())
        }
    };
    cx.soften(done, out)
}

/// An AS number, in one of two notations.
fn say_as(cx: &Cx, key: &str, number: u32, out: &mut Out) {
    if cx.options.asdot && number > 0xffff {
        out.note(key, number);
        write!(out, "{}.{}", number >> 16, number & 0xffff);
    } else {
        out.num(key, number);
    }
}

fn notification(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 2 {
        return Ok(());
    }
    let [mut code, mut subcode] = p.array()?;
    say_reason(code, subcode, ["code", "subcode"], out);
    for _ in 0..MAX_RESETS {
        if code != CEASE {
            break;
        }
        if subcode != HARD_RESET || p.claimed() < 2 {
            return cease(subcode, p, out);
        }
        [code, subcode] = p.array()?;
        out.note("inner_code", code).note("inner_subcode", subcode);
        out.aloud(|out| say_reason(code, subcode, [""; 2], out));
    }
    Ok(())
}

fn say_reason(code: u8, subcode: u8, keys: [&str; 2], out: &mut Out) {
    out.say(", ").named(keys[0], code, CODES, "Unknown Error");
    match SUBCODES.iter().find(|row| row.0 == code) {
        Some((_, words, names)) => {
            out.say(words).named(keys[1], subcode, names, "Unknown");
        }
        None if subcode != 0 => drop(out.say(", subcode ").num(keys[1], subcode)),
        None => drop(out.note(keys[1], subcode)),
    }
}

/// What a session that ends in order says at its end.
fn cease(subcode: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    match subcode {
        TOO_MANY_PREFIXES if p.claimed() >= 7 => {
            let (family, subsequent, most) = (p.be16()?, p.u8()?, p.be32()?);
            families::say(", AFI ", family, ", SAFI ", subsequent, out);
            out.say(", Max Prefixes: ").num("max_prefixes", most);
        }
        SHUTDOWN | RESET if p.claimed() >= 1 => {
            let length = usize::from(p.peek()?);
            if length > p.claimed() - 1 {
                out.say(", invalid Shutdown Communication length");
            } else if length == 0 {
                p.skip(1)?;
                out.say(", empty Shutdown Communication");
            } else {
                p.skip(1)?;
                out.say(", Shutdown Communication (length: ").num("words_length", length).say("): \"");
                out.chars_of("words", &mut p, length)?.say("\"");
            }
            if p.claimed() > 0 {
                out.say(", Data: (length: ").num("data_length", p.claimed()).say(")");
                out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t\t");
            }
        }
        _ => {}
    }
    Ok(())
}

fn route_refresh(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut body = p.at(HEADER);
    if body.claimed() < 4 {
        return Ok(());
    }
    let (family, [subtype, subsequent]) = (body.be16()?, body.array()?);
    families::say("\n\t  AFI ", family, ", SAFI ", subsequent, out);
    out.say(", Subtype ").named("subtype", subtype, REFRESHES, "Unknown");
    if body.claimed() >= 5 {
        let ([when, filter], length) = (body.array()?, body.be16()?);
        out.say("\n\t  ORF refresh ").named("filter_when", when, FILTER_TIMES, "Unknown");
        out.say(", ORF type ").named("filter_type", filter, FILTERS, "Unknown");
        out.say(", ORF length ").num("filter_length", length);
    }
    if cx.verbose() > 1 {
        out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t  ");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MARK: &str = "ffffffffffffffffffffffffffffffff";

    #[test]
    fn keepalives() {
        let hex = format!("{MARK} 0013 04");
        check(&BGP, &hex, "", ": BGP");
        check(&BGP, &hex, "-v", ": BGP\n\tKeepalive Message (4), length: 19");
        check(
            &BGP,
            &format!("0102 {hex} {hex}"),
            "-v",
            ": BGP [|bgp]\n\tKeepalive Message (4), length: 19\n\tKeepalive Message (4), length: 19",
        );
        check(&BGP, &format!("{MARK} 0020 02"), "-v", ": BGP\n[|BGP Update]");
        check(&BGP, &format!("{MARK} 0012 02"), "-v", ": BGP\nmessage length 18 < 19 (invalid)");
        assert_eq!(values(&BGP, &hex), r#"{"bgp":{"messages":[{"type":4,"length":19}]}}"#);
    }

    #[test]
    fn notifications() {
        for (length, body, words) in [
            ("15", "0202", ", OPEN Message Error (2), subcode Bad Peer AS (2)"),
            ("15", "0400", ", Hold Timer Expired (4)"),
            ("15", "0503", ", Finite State Machine Error (5) subcode In Established State (3)"),
            (
                "18",
                "0602 02 6869",
                ", Cease (6), subcode Administrative Shutdown (2), Shutdown Communication (length: 2): \"hi\"",
            ),
            ("16", "0604 00", ", Cease (6), subcode Administrative Reset (4), empty Shutdown Communication"),
            ("17", "0609 0400", ", Cease (6), subcode Hard Reset (9), Hold Timer Expired (4)"),
            (
                "1c",
                "0601 0001 01 00000064",
                ", Cease (6), subcode Maximum Number of Prefixes Reached (1), \
                 AFI IPv4 (1), SAFI Unicast (1), Max Prefixes: 100",
            ),
        ] {
            let number = u8::from_str_radix(length, 16).unwrap();
            check(
                &BGP,
                &format!("{MARK} 00{length} 03 {body}"),
                "-v",
                &format!(": BGP\n\tNotification Message (3), length: {number}{words}"),
            );
        }
    }

    #[test]
    fn route_refreshes() {
        check(
            &BGP,
            &format!("{MARK} 0017 05 0002 00 01"),
            "-v",
            ": BGP\n\tRoute Refresh Message (5), length: 23\
             \n\t  AFI IPv6 (2), SAFI Unicast (1), Subtype Normal route refresh request (0)",
        );
    }
}

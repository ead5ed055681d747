//! ICMPv6 (RFC 4443), with neighbour discovery (RFC 4861), listener discovery (RFC 2710, RFC 9777), RPL (RFC
//! 6550), node information (RFC 4620), router renumbering (RFC 2894), mobility (RFC 6275) and extended echo (RFC
//! 8335).
//!
//! ```text
//! |   type   |   code   |      checksum       |
//! |         what the type says it is          |
//! | the packet that caused it, or data ..
//! ```

use crate::parts::icmp_multipart as multipart;
use crate::parts::internet_checksum;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

mod mld;
mod neighbour;
mod node_info;
mod renumbering;
mod rpl;

/// ICMPv6.
pub static ICMP6: Protocol = Protocol { name: "icmp6", dissect };

const UNREACHABLE: u8 = 1;
const TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER_PROBLEM: u8 = 4;
const ECHO: u8 = 128;
const ECHO_REPLY: u8 = 129;
const LISTENER_QUERY: u8 = 130;
const LISTENER_REPORT: u8 = 131;
const LISTENER_DONE: u8 = 132;
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const REDIRECT: u8 = 137;
const RENUMBERING: u8 = 138;
const NODE_QUERY: u8 = 139;
const NODE_REPLY: u8 = 140;
const INVERSE_SOLICITATION: u8 = 141;
const INVERSE_ADVERTISEMENT: u8 = 142;
const LISTENER_REPORT_V2: u8 = 143;
const AGENT_REQUEST: u8 = 144;
const AGENT_REPLY: u8 = 145;
const PREFIX_SOLICITATION: u8 = 146;
const PREFIX_ADVERTISEMENT: u8 = 147;
const RPL: u8 = 155;
const EXTENDED_ECHO: u8 = 160;
const EXTENDED_ECHO_REPLY: u8 = 161;
const TYPES: NameTable = &[
    (1, "destination unreachable"),
    (2, "packet too big"),
    (3, "time exceeded in-transit"),
    (4, "parameter problem"),
    (128, "echo request"),
    (129, "echo reply"),
    (130, "multicast listener query"),
    (131, "multicast listener report"),
    (132, "multicast listener done"),
    (133, "router solicitation"),
    (134, "router advertisement"),
    (135, "neighbor solicitation"),
    (136, "neighbor advertisement"),
    (137, "redirect"),
    (138, "router renumbering"),
    (139, "node information query"),
    (140, "node information reply"),
    (141, "inverse neighbor solicitation"),
    (142, "inverse neighbor advertisement"),
    (143, "multicast listener report v2"),
    (144, "ha discovery request"),
    (145, "ha discovery reply"),
    (146, "mobile router solicitation"),
    (147, "mobile router advertisement"),
    (155, "RPL"),
    (160, "extended echo request"),
    (161, "extended echo reply"),
    (200, "mtrace response"),
    (201, "mtrace message"),
];

const BEYOND_SCOPE: u8 = 2;
const BAD_PORT: u8 = 4;
const UNREACHABLE_CODES: NameTable = &[
    (0, "unreachable route"),
    (1, " unreachable prohibited"),
    (2, "beyond scope"),
    (3, "unreachable address"),
    (4, "unreachable port"),
];
/// The codes of parameter problems that point at the offending byte.
const PROBLEMS: NameTable =
    &[(0, "erroneous"), (1, "next header"), (2, "option"), (3, "incomplete header chain")];

const HEADER: usize = 8;
/// Where the addresses stand in the packet that caused a message.
const SRC: usize = HEADER + 8;
const DST: usize = HEADER + 24;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.note("length", p.claimed());
    if p.claimed() == 0 {
        out.say("ICMP6, length 0");
        return Err(Stop::Invalid);
    }
    if cx.verbose() > 0 && !cx.ip.more_fragments {
        say_checksum(cx, p, out)?;
    }
    let kind = p.peek()?;
    out.say("ICMP6, ").name("type", kind, TYPES, "unknown icmp6 type (%u)");
    if cx.verbose() > 0 && says_length_first(kind) {
        say_length(p, out);
    }
    let code = p.at(1).u8()?;
    out.note("code", code);
    if message(cx, p, kind, code, out)? && cx.verbose() == 0 {
        say_length(p, out);
    }
    Ok(())
}

/// What the type says the rest is; `false` if that is all that is to be told.
fn message(cx: &mut Cx, p: Cursor, kind: u8, code: u8, out: &mut Out) -> Dissect<bool> {
    match kind {
        UNREACHABLE => return unreachable(cx, p, code, out),
        TOO_BIG => {
            let mtu = p.at(4).be32()?;
            out.say(", mtu ").num("mtu", mtu);
        }
        TIME_EXCEEDED => time_exceeded(p, code, out)?,
        PARAMETER_PROBLEM => parameter_problem(p, code, out)?,
        ECHO | ECHO_REPLY => {
            let mut body = p.at(4);
            let (id, seq) = (body.be16()?, body.be16()?);
            out.say(", id ").num("id", id).say(", seq ").num("seq", seq);
        }
        LISTENER_QUERY => mld::query(cx, p, out)?,
        LISTENER_REPORT | LISTENER_DONE => mld::message(p, out)?,
        LISTENER_REPORT_V2 => mld::report(cx, p, out)?,
        ROUTER_SOLICITATION => neighbour::router_solicitation(cx, p, out)?,
        ROUTER_ADVERTISEMENT => neighbour::router_advertisement(cx, p, out)?,
        NEIGHBOUR_SOLICITATION => neighbour::solicitation(cx, p, out)?,
        NEIGHBOUR_ADVERTISEMENT => neighbour::advertisement(cx, p, out)?,
        REDIRECT => neighbour::redirect(cx, p, out)?,
        RENUMBERING => renumbering::dissect(cx, p, code, out)?,
        NODE_QUERY => node_info::query(cx, p, code, out)?,
        NODE_REPLY => node_info::reply(cx, p, code, out)?,
        INVERSE_SOLICITATION | INVERSE_ADVERTISEMENT => {}
        AGENT_REQUEST | PREFIX_SOLICITATION => say_id(p, out)?,
        AGENT_REPLY => agents(cx, p, out)?,
        PREFIX_ADVERTISEMENT => neighbour::prefix_advertisement(cx, p, out)?,
        RPL => rpl::dissect(cx, p, code, out)?,
        EXTENDED_ECHO | EXTENDED_ECHO_REPLY => extended_echo(cx, p, kind, code, out)?,
        _ => {
            say_length(p, out);
            dump_if_terse(cx, p, out);
            return Ok(false);
        }
    }
    Ok(true)
}

/// Some say their length before what there is to tell, and not only when there is nothing.
fn says_length_first(kind: u8) -> bool {
    matches!(kind, ROUTER_SOLICITATION..=REDIRECT | AGENT_REPLY | PREFIX_ADVERTISEMENT)
}

fn say_length(p: Cursor, out: &mut Out) {
    write!(out, ", length {}", p.claimed());
}

/// What nobody explains, unless the printer's own dump is near.
fn dump_if_terse(cx: &Cx, p: Cursor, out: &mut Out) {
    if cx.verbose() <= 1 || out.hears_values() {
        out.dump_hex("data", p.rest(), "\n\t");
    }
}

fn say_checksum(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let Some(bytes) = p.whole() else { return Ok(()) };
    let found = p.at(2).be16()?;
    let sum = cx.ip.pseudo_header(ip_proto::ICMPV6, bytes.len()).bytes(bytes).finish();
    match internet_checksum::judge(found, sum, out) {
        None => out.say("[icmp6 sum ok] "),
        Some(right) => write!(out, "[bad icmp6 cksum 0x{found:04x} -> 0x{right:04x}!] "),
    };
    Ok(())
}

fn say_id(p: Cursor, out: &mut Out) -> Dissect {
    let id = p.at(4).be16()?;
    out.say(", id 0x").hex0("id", id, 4);
    Ok(())
}

fn unreachable(cx: &Cx, p: Cursor, code: u8, out: &mut Out) -> Dissect<bool> {
    out.aloud(|out| {
        out.say(", ").name("", code, UNREACHABLE_CODES, "unknown unreach code (%u)");
    });
    match code {
        BAD_PORT => {
            let (protocol, port) = upper_layer(p.at(HEADER)).ok_or(Stop::Truncated)?;
            let dst = p.at(DST).array()?;
            let (name, transport) = match protocol {
                ip_proto::TCP => (" tcp port ", Transport::Tcp),
                _ => (" udp port ", Transport::Udp),
            };
            out.note("original_protocol", protocol);
            out.say(", ").ip6("original_dst", dst).say(name).port("original_port", transport, port);
        }
        BEYOND_SCOPE => {
            let (dst, src) = (p.at(DST).array()?, p.at(SRC).array()?);
            out.say(" ").ip6("original_dst", dst).say(", source address ").ip6("original_src", src);
        }
        ..BAD_PORT => {
            let dst = p.at(DST).array()?;
            out.say(" ").ip6("original_dst", dst);
        }
        _ => {
            dump_if_terse(cx, p, out);
            return Ok(cx.verbose() > 1);
        }
    }
    Ok(true)
}

/// The transport protocol of a packet, and the port that it went to. Extension headers are stepped over.
fn upper_layer(packet: Cursor) -> Option<(u8, u16)> {
    let mut next = packet.at(6).u8().ok()?;
    let mut p = packet.at(40);
    while !p.is_empty() {
        let start = p;
        let length = match next {
            ip_proto::TCP | ip_proto::UDP => return p.at(2).be16().ok().map(|port| (next, port)),
            ip_proto::HOP_BY_HOP | ip_proto::DESTINATION | ip_proto::ROUTING => {
                let [after, units] = p.array().ok()?;
                next = after;
                8 * (usize::from(units) + 1)
            }
            ip_proto::FRAGMENT => {
                let ([after, _], offset) = (p.array().ok()?, p.be16().ok()?);
                next = after;
                if offset & 0xfff8 != 0 {
                    return None;
                }
                8
            }
            ip_proto::AH => {
                let [after, units] = p.array().ok()?;
                next = after;
                4 * (usize::from(units) + 2)
            }
            _ => return None,
        };
        p = start.at(length);
    }
    None
}

fn time_exceeded(p: Cursor, code: u8, out: &mut Out) -> Dissect {
    match code {
        0 => {
            let dst = p.at(DST).array()?;
            out.say(" for ").ip6("original_dst", dst);
        }
        1 => {
            out.say(" (reassembly)");
        }
        _ => {
            write!(out, ", unknown code ({code})");
        }
    }
    Ok(())
}

fn parameter_problem(p: Cursor, code: u8, out: &mut Out) -> Dissect {
    p.need(DST + 16)?;
    match crate::out::lookup(PROBLEMS, code.into()) {
        Some(problem) => {
            let octet = p.at(4).be32()?;
            out.say(", ").say(problem).say(" - octet ").num("octet", octet);
        }
        None => {
            write!(out, ", code-#{code}");
        }
    }
    Ok(())
}

/// The home agents that a mobile node may turn to (RFC 6275 section 6.6).
fn agents(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() == 0 {
        return Ok(());
    }
    say_id(p, out)?;
    let mut rest = p.at(HEADER);
    out.list("agents", |out| {
        while !rest.is_empty() {
            let agent = rest.array()?;
            out.say(", ").ip6("", agent);
        }
        Ok(())
    })
}

fn extended_echo(cx: &Cx, p: Cursor, kind: u8, code: u8, out: &mut Out) -> Dissect {
    let mut body = p.at(4);
    let (id, seq) = (body.be16()?, body.u8()?);
    out.say(", id ").num("id", id).say(", seq ").num("seq", seq);
    if cx.verbose() == 0 {
        return Ok(());
    }
    let info = body.u8()?;
    multipart::extended_echo(body, info, kind == EXTENDED_ECHO, code, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// fe80::1 to fe80::2, with room for the next header.
    fn original(next: &str, rest: &str) -> String {
        format!(
            "60000000 0010 {next} 40 fe80000000000000 0000000000000001 fe80000000000000 0000000000000002 {rest}"
        )
    }

    #[test]
    fn echo() {
        check(&ICMP6, "8000 0000 0001 0005", "", "ICMP6, echo request, id 1, seq 5, length 8");
        check(&ICMP6, "8100 0000 0001 0005", "", "ICMP6, echo reply, id 1, seq 5, length 8");
        check(&ICMP6, "8100 0000 0001 00", "", "ICMP6, echo reply [|icmp6]");
        assert_eq!(
            values(&ICMP6, "8000 7fb7 0001 0005"),
            r#"{"icmp6":{"length":8,"checksum":32695,"checksum_ok":true,"type":128,"code":0,"id":1,"seq":5}}"#
        );
    }

    #[test]
    fn checksums() {
        check(&ICMP6, "8000 7fb7 0001 0005", "-v", "[icmp6 sum ok] ICMP6, echo request, id 1, seq 5");
        check(
            &ICMP6,
            "8000 0000 0001 0005",
            "-v",
            "[bad icmp6 cksum 0x0000 -> 0x7fb7!] ICMP6, echo request, id 1, seq 5",
        );
    }

    #[test]
    fn unreachable() {
        let words = "ICMP6, destination unreachable, ";
        for (code, next, rest, said) in [
            ("00", "3b", "", "unreachable route fe80::2, length 48"),
            ("01", "3b", "", " unreachable prohibited fe80::2, length 48"),
            ("02", "3b", "", "beyond scope fe80::2, source address fe80::1, length 48"),
            ("04", "11", "04000035", "unreachable port, fe80::2 udp port 53, length 52"),
            ("04", "3c", "0600010400000000 04000050", "unreachable port, fe80::2 tcp port 80, length 60"),
            ("04", "2c", "1100000100000000 04000035", "unreachable port, fe80::2 udp port 53, length 60"),
            ("04", "2c", "1100000800000000 04000035", "unreachable port [|icmp6]"),
            ("04", "33", "1100000100000000 04000035", "unreachable port, fe80::2 udp port 53, length 60"),
            ("04", "3a", "80000000", "unreachable port [|icmp6]"),
        ] {
            let hex = format!("01{code} 0000 00000000 {}", original(next, rest));
            check(&ICMP6, &hex, "", &format!("{words}{said}"));
        }
        check(
            &ICMP6,
            "01ff 0000",
            "",
            "ICMP6, destination unreachable, unknown unreach code (255)\n\t0x0000:  01ff 0000",
        );
    }

    #[test]
    fn other_errors() {
        let original = original("3b", "");
        for (hex, said) in [
            ("0200 0000 00000500", "packet too big, mtu 1280, length 48"),
            ("0300 0000 00000000", "time exceeded in-transit for fe80::2, length 48"),
            ("0301 0000 00000000", "time exceeded in-transit (reassembly), length 48"),
            ("0309 0000 00000000", "time exceeded in-transit, unknown code (9), length 48"),
            ("0401 0000 00000028", "parameter problem, next header - octet 40, length 48"),
            ("0407 0000 00000028", "parameter problem, code-#7, length 48"),
        ] {
            check(&ICMP6, &format!("{hex} {original}"), "", &format!("ICMP6, {said}"));
        }
        check(&ICMP6, "0401 0000 00000028", "", "ICMP6, parameter problem [|icmp6]");
    }

    #[test]
    fn strangers() {
        check(
            &ICMP6,
            "fe00 0000 01",
            "",
            "ICMP6, unknown icmp6 type (254), length 5\n\t0x0000:  fe00 0000 01",
        );
        check(&ICMP6, "", "", "ICMP6, length 0 (invalid)");
    }

    #[test]
    fn mobility() {
        check(&ICMP6, "9000 0000 1234 0000", "", "ICMP6, ha discovery request, id 0x1234, length 8");
        let reply = "9100 0000 1234 0000 fe800000000000000000000000000009";
        check(&ICMP6, reply, "", "ICMP6, ha discovery reply, length 24");
        check(
            &ICMP6,
            reply,
            "-v",
            "[bad icmp6 cksum 0x0000 -> 0x5def!] ICMP6, ha discovery reply, length 24, id 0x1234, fe80::9",
        );
    }

    #[test]
    fn extended_echo() {
        check(&ICMP6, "a000 0000 0001 05 01", "", "ICMP6, extended echo request, id 1, seq 5, length 8");
        check(
            &ICMP6,
            "a100 5975 0001 05 47",
            "-v",
            "[icmp6 sum ok] ICMP6, extended echo reply, id 1, seq 5\
             \n\tCode 0 (No error), State 2 (Reachable), active 1 ipv4 1 ipv6 1",
        );
    }
}

//! What the packet filters of the BSDs and of Darwin log (LINKTYPE_PFLOG of the pcap format; sys/net/if_pflog.h of each).
//!
//! ```text
//! | length | family | action | reason | interface (16) | rule set (16) | rule (4) | rule in set (4) |
//! | user (4) | process (4) | rule's user (4) | rule's process (4) | direction | what a system adds .. | packet ..
//! OpenBSD:  | rewritten | family | 0 | source (16) | destination (16) | ports (2, 2) |   FreeBSD:  | 0 (3) | id (4) |
//! ```
//! The length tells the system.

use crate::parts::unexplained::unexplained;
use crate::prelude::*;

/// A packet behind a header of a packet filter.
pub static PFLOG: Protocol = Protocol { name: "pflog", dissect };

const SHORTEST: usize = 61;
const LONGEST: usize = 100;
const FREEBSD: u8 = 69;
const OPENBSD: u8 = 100;
const NO_RULE: u32 = u32::MAX;
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const INET: u8 = 2;
const INET6: u8 = 24;

const REASONS: NameTable = &[
    (0, "0(match)"),
    (1, "1(bad-offset)"),
    (2, "2(fragment)"),
    (3, "3(short)"),
    (4, "4(normalize)"),
    (5, "5(memory)"),
    (6, "6(bad-timestamp)"),
    (7, "7(congestion)"),
    (8, "8(ip-option)"),
    (9, "9(proto-cksum)"),
    (10, "10(state-mismatch)"),
    (11, "11(state-insert)"),
    (12, "12(state-limit)"),
    (13, "13(src-limit)"),
    (14, "14(synproxy)"),
];
const FREEBSD_REASONS: NameTable = &[(15, "15(map-failed)")];
const OPENBSD_REASONS: NameTable = &[(15, "15(translate)"), (16, "16(no-route)")];
const OTHER_REASONS: NameTable =
    &[(15, "15(state-locked (NetBSD)/dummynet(Darwin)"), (16, "16(invalid-port (Darwin))")];
const ACTIONS: NameTable = &[
    (0, "pass"),
    (1, "block"),
    (2, "scrub"),
    (3, "noscrub"),
    (4, "nat"),
    (5, "nonat"),
    (6, "binat"),
    (7, "nobinat"),
    (8, "rdr"),
    (9, "nordr"),
    (10, "synproxy-drop"),
];
const FREEBSD_ACTIONS: NameTable = &[(11, "defer"), (12, "match")];
const OPENBSD_ACTIONS: NameTable = &[(11, "defer"), (12, "match"), (13, "divert"), (14, "rt"), (15, "afrt")];
const OTHER_ACTIONS: NameTable = &[
    (11, "dummynet (Darwin)"),
    (12, "nodummynet (Darwin)"),
    (13, "nat64 (Darwin)"),
    (14, "nonat64 (Darwin)"),
];
const DIRECTIONS: NameTable = &[(0, "in/out"), (1, "in"), (2, "out")];
const OPENBSD_DIRECTIONS: NameTable = &[(0, "in/out"), (1, "in"), (2, "out"), (3, "fwd")];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.enough("length", &p, SHORTEST)?;
    let length = usize::from(p.peek()?);
    if length < SHORTEST {
        return Err(out.lie("hdrlen", length, "<", SHORTEST));
    }
    if length > LONGEST {
        return Err(out.lie("hdrlen", length, ">", LONGEST));
    }
    let whole = length.next_multiple_of(4);
    p.need(whole)?;
    cx.link_header_is(whole);
    if cx.options.link_header {
        say(cx, p, out)?;
    }
    let family = p.at(1).u8()?;
    out.note("family", family);
    let packet = p.at(whole);
    match family {
        INET => cx.next(Space::EtherType(IPV4), packet, out).map(drop),
        INET6 | 28 | 30 => cx.next(Space::EtherType(IPV6), packet, out).map(drop),
        _ => {
            let mut said = Ok(());
            unexplained(cx, packet, out, |cx, out| said = say(cx, p, out));
            said
        }
    }
}

/// A name from what all systems have, or from what this one has beside it.
fn name(key: &str, n: u8, [common, own]: [NameTable; 2], out: &mut Out) {
    let table = if crate::out::lookup(common, n.into()).is_some() { common } else { own };
    out.name(key, n, table, "unkn(%u)");
}

fn say(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let system = p.peek()?;
    let (reasons, actions) = match system {
        FREEBSD => (FREEBSD_REASONS, FREEBSD_ACTIONS),
        OPENBSD => (OPENBSD_REASONS, OPENBSD_ACTIONS),
        _ => (OTHER_REASONS, OTHER_ACTIONS),
    };
    say_rule(p, out)?;
    let [action, reason] = p.at(2).array()?;
    name("reason", reason, [REASONS, reasons], out.say("/"));
    let user = p.at(44).be32()?;
    let nobody = user == u32::MAX || user == i32::MAX as u32 && !matches!(system, FREEBSD | OPENBSD);
    if !nobody {
        out.say(" [uid ").num("user", user).say("]");
    }
    if system == FREEBSD {
        let id = p.at(64).be32()?;
        if id != 0 {
            out.say(" [ridentifier ").num("rule_id", id).say("]");
        }
    }
    let direction = p.at(60).u8()?;
    name("action", action, [ACTIONS, actions], out.say(": "));
    let directions = if system == OPENBSD { OPENBSD_DIRECTIONS } else { DIRECTIONS };
    out.say(" ").name("direction", direction, directions, "unkn(%u)").say(" on ");
    out.padded_chars_of("interface", &mut p.at(4), 16)?.say(": ");
    if system == OPENBSD && cx.verbose() > 0 && p.at(61).u8()? != 0 {
        rewritten(p.at(62), out)?;
    }
    Ok(())
}

fn say_rule(p: Cursor, out: &mut Out) -> Dissect {
    let mut numbers = p.at(36);
    let (rule, inner) = (numbers.be32()?, numbers.be32()?);
    out.say("rule ");
    if rule == NO_RULE {
        return Ok(());
    }
    out.num("rule", rule);
    if p.at(20).peek()? != 0 {
        out.say(".").padded_chars_of("rule_set", &mut p.at(20), 16)?;
    }
    if inner != NO_RULE {
        out.say(".").num("inner_rule", inner);
    }
    Ok(())
}

/// What OpenBSD made of the addresses. tcpdump calls both of them the source.
fn rewritten(mut p: Cursor, out: &mut Out) -> Dissect {
    let ([family, _], src, dst) = (p.array()?, p.array()?, p.array()?);
    let (src_port, dst_port) = (p.be16()?, p.be16()?);
    rewritten_end("[rewritten: src ", ["new_src", "new_src_port"], family, (src, src_port), out);
    rewritten_end(", src ", ["new_dst", "new_dst_port"], family, (dst, dst_port), out);
    out.say("; ");
    Ok(())
}

fn rewritten_end(words: &str, keys: [&str; 2], family: u8, end: ([u8; 16], u16), out: &mut Out) {
    let [a, b, c, d, ..] = end.0;
    out.say(words);
    match family {
        INET => out.ip_digits(keys[0], [a, b, c, d].into()),
        INET6 => out.ip_digits(keys[0], end.0.into()),
        _ => out.say("?"),
    };
    out.say(":").num(keys[1], end.1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, values};

    /// A header of so many bytes; `more` is behind the direction.
    fn header(length: u8, kinds: &str, more: &str) -> String {
        let interface = "656d3000000000000000000000000000";
        let head = format!(
            "{length:02x} {kinds} {interface} 00000000000000000000000000000000 00000005 ffffffff ffffffff \
             00000000 00000000 00000000 01 {more}"
        );
        let missing = usize::from(length).next_multiple_of(4) - bytes(&head).len();
        head + &"00".repeat(missing)
    }

    #[test]
    fn systems() {
        let ip = "IP  [length 1 < 20] (invalid)";
        let packet = header(61, "02 01 00", "") + "40";
        check(&PFLOG, &packet, "-v", ip);
        let ip = ip.replace("IP ", "");
        check(&PFLOG, &packet, "-e", &format!("rule 5/0(match): block in on em0: {ip}"));
        let packet = header(69, "02 0b 0f", "000000 00000007") + "40";
        check(
            &PFLOG,
            &packet,
            "-e",
            &format!("rule 5/15(map-failed) [ridentifier 7]: defer in on em0: {ip}"),
        );
        let new = "01 02 00 0a000001000000000000000000000000 0a000002000000000000000000000000 0400 0050";
        let packet = header(100, "02 0d 10", new) + "40";
        check(
            &PFLOG,
            &packet,
            "-ev",
            &format!(
                "rule 5/16(no-route): divert in on em0: [rewritten: src 10.0.0.1:1024, src 10.0.0.2:80; {ip}"
            ),
        );
        assert!(
            values(&PFLOG, &packet).contains(r#""new_dst":"10.0.0.2","new_dst_port":80,"family":2,"ip":{"#)
        );
    }

    #[test]
    fn unknown_families() {
        let packet = header(61, "07 14 63", "") + "6869";
        let said =
            "rule 5/unkn(99): unkn(20) in on em0: \n\t0x0000:  6869                                     hi";
        check(&PFLOG, &packet, "", said);
        check(&PFLOG, &packet, "-e", said);
    }

    #[test]
    fn lies() {
        check(&PFLOG, "3d 02", "", " [length 2 < 61] (invalid)");
        check(&PFLOG, &format!("3c {}", "00".repeat(60)), "", " [hdrlen 60 < 61] (invalid)");
        check(&PFLOG, &format!("65 {}", "00".repeat(60)), "", " [hdrlen 101 > 100] (invalid)");
        check(&PFLOG, &format!("3d {}", "00".repeat(60)), "", " [|pflog]");
    }
}

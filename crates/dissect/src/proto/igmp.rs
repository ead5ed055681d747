//! IGMP, the Internet Group Management Protocol (RFC 1112: v1; RFC 2236: v2; RFC 9776: v3), and the multicast
//! traceroute that borrowed its header (draft-ietf-idmr-traceroute-ipm).
//!
//! ```text
//! |   type   | max response time |     checksum      |
//! |                     group                        |
//! v3 query:   | resv, S, QRV |  QQIC  |  sources  | source ..
//! v3 report:  | reserved | records |  then: | type | aux words | sources | group | source ..
//! ```

use crate::parts::{duration, multicast_groups};
use crate::prelude::*;

/// IGMP.
pub static IGMP: Protocol = Protocol { name: "igmp", dissect };

const QUERY: u8 = 0x11;
const V1_REPORT: u8 = 0x12;
const DVMRP: u8 = 0x13;
const PIM_V1: u8 = 0x14;
const V2_REPORT: u8 = 0x16;
const LEAVE: u8 = 0x17;
const MTRACE_RESPONSE: u8 = 0x1e;
const MTRACE: u8 = 0x1f;
const V3_REPORT: u8 = 0x22;

/// What they are called, for the structured ear.
const TYPES: NameTable = &[
    (0x11, "query"),
    (0x12, "v1 report"),
    (0x13, "dvmrp"),
    (0x14, "pimv1"),
    (0x16, "v2 report"),
    (0x17, "leave"),
    (0x1e, "mtrace response"),
    (0x1f, "mtrace"),
    (0x22, "v3 report"),
];

/// Bytes of a message of version 1 or 2.
const SHORT: usize = 8;
/// Bytes of a query of version 3 that names no source.
const V3_QUERY: usize = 12;
/// Ten seconds, the customary time to respond.
const USUAL_TIME: u8 = 100;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if cx.options.quiet > 0 {
        out.say("igmp");
        return Ok(());
    }
    let kind = p.peek()?;
    out.aside(|out| _ = out.name("type", kind, TYPES, "").num("length", p.claimed()));
    message(cx, p, kind, out)?;
    if cx.verbose() > 0 && p.claimed() >= 4 {
        say_checksum(p, out);
    }
    Ok(())
}

fn message(cx: &mut Cx, p: Cursor, kind: u8, out: &mut Out) -> Dissect {
    match kind {
        QUERY if p.claimed() >= V3_QUERY => v3_query(cx, p, out),
        QUERY => query(p, out),
        V1_REPORT => {
            about_group("igmp v1 report ", p, out)?;
            say_unusual_length(p, out);
            Ok(())
        }
        V2_REPORT => about_group("igmp v2 report ", p, out),
        LEAVE => about_group("igmp leave ", p, out),
        V3_REPORT => v3_report(cx, p, out),
        DVMRP => {
            out.say("igmp dvmrp");
            if p.claimed() < SHORT {
                say_unusual_length(p, out);
                return Ok(());
            }
            cx.next(Space::Igmp(kind), p, out).map(drop)
        }
        PIM_V1 => cx.next(Space::Igmp(kind), p, out.say("igmp pimv1")).map(drop),
        MTRACE => mtrace("mtrace ", p, out),
        MTRACE_RESPONSE => mtrace("mresp ", p, out),
        _ => {
            write!(out, "igmp-{kind}");
            Ok(())
        }
    }
}

/// A query of version 1, which knows no time to respond, or 2.
fn query(mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    out.say("igmp query");
    p.skip(1)?;
    let time = p.u8()?;
    match time {
        0 => out.say(" v1"),
        _ => out.say(" v2"),
    };
    if time != 0 && time != USUAL_TIME {
        out.say(" [max resp time ").num("max_response_ds", time).say("]");
    }
    p.skip(2)?;
    let group: [u8; 4] = p.array()?;
    if group != [0; 4] {
        out.say(" [gaddr ").ip4("group", group).say("]");
    }
    say_unusual_length(message, out);
    Ok(())
}

fn v3_query(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("igmp query v3");
    if p.claimed() % 4 != 0 {
        return invalid_length(p, out);
    }
    let [_, code] = p.array()?;
    let time = match code {
        ..0x80 => u32::from(code),
        _ => u32::from(code & 0x0f | 0x10) << ((code >> 4 & 7) + 3),
    };
    if code != USUAL_TIME {
        out.say(" [max resp time ").note("max_response_ds", time);
        out.aloud(|out| match time {
            ..600 => drop(write!(out, "{}.{}s", time / 10, time % 10)),
            _ => duration::say(out, "", time / 10),
        });
        out.say("]");
    }
    p.skip(2)?;
    let group: [u8; 4] = p.array()?;
    if group == [0; 4] {
        return Ok(());
    }
    out.say(" [gaddr ").ip4("group", group);
    p.skip(2)?;
    multicast_groups::asked(cx, multicast_groups::IPV4, &mut p, out)?;
    out.say("]");
    Ok(())
}

fn v3_report(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("igmp v3 report");
    if p.claimed() < 16 || p.claimed() % 4 != 0 {
        return invalid_length(p, out);
    }
    p.skip(6)?;
    let count = p.be16()?;
    out.say(", ").num("record_count", count).say(" group record(s)");
    if cx.verbose() == 0 {
        return Ok(());
    }
    multicast_groups::records(cx, multicast_groups::IPV4, p, count, out)
}

fn about_group(words: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    p.skip(4)?;
    let group = p.array()?;
    out.say(words).ip4("group", group);
    Ok(())
}

fn mtrace(words: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < SHORT + 16 {
        return invalid_length(p, out);
    }
    p.skip(SHORT)?;
    let (src, dst, reply_to): (_, _, [u8; 4]) = (p.array()?, p.array()?, p.array()?);
    let (ttl, query) = (p.u8()?, p.be24()?);
    out.say(words).num("query", query).say(": ").ip4("src", src).say(" to ").ip4("dst", dst);
    out.say(" reply-to ").ip4("reply_to", reply_to);
    if matches!(reply_to, [0xe0..=0xef, ..]) {
        out.say(" with-ttl ").num("reply_ttl", ttl);
    }
    Ok(())
}

fn invalid_length(p: Cursor, out: &mut Out) -> Dissect {
    write!(out, " [invalid len {}]", p.claimed()).note_that("invalid", true);
    Ok(())
}

fn say_unusual_length(p: Cursor, out: &mut Out) {
    if p.claimed() != SHORT {
        write!(out, " [len {}]", p.claimed());
    }
}

fn say_checksum(p: Cursor, out: &mut Out) {
    let Some(bytes) = p.whole() else { return };
    let right = checksum::of(bytes) == 0;
    out.note_that("checksum_ok", right);
    if let [_, _, a, b, ..] = *bytes
        && !right
    {
        out.say(" bad igmp cksum ").hex("checksum", u16::from_be_bytes([a, b])).say("!");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn queries() {
        check(&IGMP, "1100 eeff 00000000", "", "igmp query v1");
        check(&IGMP, "1164 ee9b 00000000", "-v", "igmp query v2");
        check(&IGMP, "110a 0000 e1000001", "", "igmp query v2 [max resp time 10] [gaddr 225.0.0.1]");
        check(&IGMP, "1164 0000 00000000 00", "", "igmp query v2 [len 9]");
        check(&IGMP, "1164 0000 00000000", "-v", "igmp query v2 bad igmp cksum 0!");
        check(&IGMP, "1164 0000 00000000", "-q", "igmp");
        check(&IGMP, "1164 0000 e1", "", "igmp query v2 [|igmp]");
    }

    #[test]
    fn queries_of_version_3() {
        check(&IGMP, "1164 ec1e 00000000 027d 0000", "-v", "igmp query v3");
        check(&IGMP, "11ff 0000 00000000 0000 0000", "", "igmp query v3 [max resp time 52m54s]");
        check(&IGMP, "1119 0000 00000000 0000 0000", "", "igmp query v3 [max resp time 2.5s]");
        let specific = "1164 0000 e1000001 0000 0002 0a000001 0a000002";
        check(&IGMP, specific, "", "igmp query v3 [gaddr 225.0.0.1, 2 source(s)]");
        check(
            &IGMP,
            specific,
            "-vv",
            "igmp query v3 [gaddr 225.0.0.1 { 10.0.0.1 10.0.0.2 }] bad igmp cksum 0!",
        );
        check(
            &IGMP,
            "1164 0000 e1000001 0000 0002 0a000001",
            "",
            "igmp query v3 [gaddr 225.0.0.1 [invalid number of sources]]",
        );
        check(&IGMP, "1164 0000 e1000001 0000 0002 0a", "", "igmp query v3 [invalid len 13]");
    }

    #[test]
    fn reports() {
        check(&IGMP, "1200 0000 e1000001", "", "igmp v1 report 225.0.0.1");
        check(&IGMP, "1200 0000 e1000001 00", "", "igmp v1 report 225.0.0.1 [len 9]");
        check(&IGMP, "1600 0000 e1000001", "", "igmp v2 report 225.0.0.1");
        check(&IGMP, "1700 0000 e1000001", "", "igmp leave 225.0.0.1");
        assert_eq!(
            values(&IGMP, "1700 07fe e1000001"),
            r#"{"igmp":{"type":23,"length":8,"group":"225.0.0.1","checksum_ok":true}}"#
        );
    }

    #[test]
    fn reports_of_version_3() {
        let hex = "2200 0000 0000 0002 01000001 e1000001 0a000001 09000000 e1000002";
        check(&IGMP, hex, "", "igmp v3 report, 2 group record(s)");
        check(
            &IGMP,
            hex,
            "-v",
            "igmp v3 report, 2 group record(s) [gaddr 225.0.0.1 is_in, 1 source(s)] \
             [gaddr 225.0.0.2  [v3-report-#9], 0 source(s)] bad igmp cksum 0!",
        );
        check(
            &IGMP,
            hex,
            "-vv",
            "igmp v3 report, 2 group record(s) [gaddr 225.0.0.1 is_in { 10.0.0.1 }] \
             [gaddr 225.0.0.2  [v3-report-#9] { }] bad igmp cksum 0!",
        );
        check(
            &IGMP,
            "2200 0000 0000 0002 04000000 e1000001",
            "-v",
            "igmp v3 report, 2 group record(s) [gaddr 225.0.0.1 to_ex, 0 source(s)] \
             [invalid number of groups] bad igmp cksum 0!",
        );
        check(
            &IGMP,
            "2200 0000 0000 0001 04000001 e1000001",
            "-v",
            "igmp v3 report, 1 group record(s) [gaddr 225.0.0.1 to_ex [invalid number of sources 1] \
             bad igmp cksum 0!",
        );
        check(&IGMP, "2200 0000 0000 0001", "", "igmp v3 report [invalid len 8]");
    }

    #[test]
    fn traces_and_strangers() {
        let hex = "1f01 0000 e1000001 0a000001 0a000002 e0000020 40 000007";
        check(&IGMP, hex, "", "mtrace 7: 10.0.0.1 to 10.0.0.2 reply-to 224.0.0.32 with-ttl 64");
        check(&IGMP, "1e01 0000 e1000001", "", " [invalid len 8]");
        check(&IGMP, "1300 0000", "", "igmp dvmrp [len 4]");
        check(&IGMP, "4200 0000", "", "igmp-66");
    }
}

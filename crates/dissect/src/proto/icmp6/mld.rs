//! Multicast listener discovery, version 1 (RFC 2710) and 2 (RFC 9777).
//!
//! ```text
//! |  type, code, checksum  | max response delay | reserved | group (16) |
//! v2 query:   | resv, S, QRV | QQIC | sources (2) | source (16) ..
//! v2 report:  | reserved (2) | records (2) |  then: | type | aux words | sources (2) | group (16) | source ..
//! ```

use super::HEADER;
use crate::parts::multicast_groups;
use crate::prelude::*;

/// Bytes of a message of version 1.
const V1: usize = 24;
/// Bytes of a query of version 2 that names no source.
const V2_QUERY: usize = 28;

/// A query, whose version its length tells.
pub fn query(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    match p.claimed() {
        V1 => message(p, out),
        V2_QUERY.. => v2_query(cx, p, out),
        length => {
            write!(out, " unknown-version (len {length}) ");
            Ok(())
        }
    }
}

/// A message of version 1.
pub fn message(p: Cursor, out: &mut Out) -> Dissect {
    if p.captured() < V1 {
        return Ok(());
    }
    let (delay, group) = (p.at(4).be16()?, p.at(HEADER).array()?);
    out.say("max resp delay: ").num("max_response_ms", delay).say(" addr: ").ip6("group", group);
    Ok(())
}

fn v2_query(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(" v2");
    let code = p.at(4).be16()?;
    let delay = match code {
        ..0x8000 => u32::from(code),
        _ => u32::from(code & 0xfff | 0x1000) << ((code >> 12 & 7) + 3),
    };
    if cx.verbose() > 0 {
        out.say(" [max resp delay=").num("max_response_ms", delay).say("]");
    }
    let mut p = p.at(HEADER);
    let group = p.array()?;
    out.say(" [gaddr ").ip6("group", group);
    if cx.verbose() > 0 {
        let flags = p.u8()?;
        if flags & 8 != 0 {
            out.say(" sflag");
        }
        out.note_that("suppress", flags & 8 != 0);
        if flags & 7 != 0 {
            out.say(" robustness=").num("robustness", flags & 7);
        }
        let code = p.u8()?;
        let interval = match code {
            ..0x80 => u32::from(code),
            _ => u32::from(code & 0x0f | 0x10) << ((code >> 4 & 7) + 3),
        };
        out.say(" qqi=").num("interval_s", interval);
    } else {
        p.skip(2)?;
    }
    multicast_groups::asked(cx, multicast_groups::IPV6, &mut p, out)?;
    out.say("]");
    Ok(())
}

/// A report of version 2.
pub fn report(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        write!(out, " [invalid len {}]", p.claimed()).note_that("invalid", true);
        return Ok(());
    }
    p.skip(6)?;
    let count = p.be16()?;
    out.say(", ").num("record_count", count).say(" group record(s)");
    if cx.verbose() == 0 {
        return Ok(());
    }
    multicast_groups::records(cx, multicast_groups::IPV6, p, count, out)
}

#[cfg(test)]
mod tests {
    use super::super::ICMP6;
    use crate::testing::check;

    const GROUP: &str = "ff020000 00000000 00000000 00000005";

    #[test]
    fn version_1() {
        for (kind, words) in [("82", "query"), ("83", "report"), ("84", "done")] {
            check(
                &ICMP6,
                &format!("{kind}00 0000 03e8 0000 {GROUP}"),
                "",
                &format!("ICMP6, multicast listener {words}max resp delay: 1000 addr: ff02::5, length 24"),
            );
        }
        check(&ICMP6, "8300 0000 03e8 0000", "", "ICMP6, multicast listener report, length 8");
    }

    #[test]
    fn queries_of_version_2() {
        let hex = format!("8200 7583 0003 0000 {GROUP} 0a 80 0001 fe800000 00000000 00000000 00000009");
        let words = "ICMP6, multicast listener query v2";
        check(&ICMP6, &hex, "", &format!("{words} [gaddr ff02::5, 1 source(s)], length 44"));
        check(
            &ICMP6,
            &hex,
            "-vv",
            &format!(
                "[icmp6 sum ok] {words} [max resp delay=3] \
                 [gaddr ff02::5 sflag robustness=2 qqi=128 {{ fe80::9 }}]"
            ),
        );
        check(
            &ICMP6,
            "8200 0000 0003 0000 00",
            "",
            "ICMP6, multicast listener query unknown-version (len 9) , length 9",
        );
        check(
            &ICMP6,
            &format!("8200 0000 0003 0000 {GROUP} 0a 80 0001"),
            "",
            &format!("{words} [gaddr ff02::5 [invalid number of sources]], length 28"),
        );
    }

    #[test]
    fn reports_of_version_2() {
        let hex = format!("8f00 6583 0000 0002 0400 0000 {GROUP} 0900 0000 {GROUP}");
        let words = "ICMP6, multicast listener report v2, 2 group record(s)";
        check(&ICMP6, &hex, "", &format!("{words}, length 48"));
        check(
            &ICMP6,
            &hex,
            "-v",
            &format!(
                "[icmp6 sum ok] {words} [gaddr ff02::5 to_ex, 0 source(s)] \
                 [gaddr ff02::5  [v2-report-#9], 0 source(s)]"
            ),
        );
        check(
            &ICMP6,
            &format!("8f00 6d9f 0000 0002 0400 0000 {GROUP}"),
            "-vv",
            &format!("[icmp6 sum ok] {words} [gaddr ff02::5 to_ex {{ }}] [invalid number of groups]"),
        );
        check(
            &ICMP6,
            "8f00 0000 0000 00",
            "",
            "ICMP6, multicast listener report v2 [invalid len 7], length 7",
        );
    }
}

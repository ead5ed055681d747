//! RTCP, the RTP Control Protocol (RFC 3550 section 6): reports, one behind the other.
//!
//! ```text
//! +---+-+--------+----------------+-------------------------------+
//! | 2 |P| count  |      type      |     length in words - 1       |
//! |                     synchronization source                    |
//! |        by type; reports on sources, 24 bytes each             |
//! +---------------------------------------------------------------+
//! ```

use crate::prelude::*;

/// RTCP.
pub static RTCP: Protocol = Protocol { name: "rtcp", dissect };

const SENDER_REPORT: u16 = 200;
const RECEIVER_REPORT: u16 = 201;
const SOURCE_DESCRIPTION: u16 = 202;
const GOODBYE: u16 = 203;
const TYPES: NameTable = &[(200, " sr"), (201, " rr"), (202, " sdes "), (203, " bye ")];

const HEADER: usize = 8;
const SENDER: usize = 20;
const REPORT: usize = 24;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.list("packets", |out| {
        let mut p = p.claiming(p.captured());
        while !p.is_empty() {
            out.item(|out| packet(cx, &mut p, out))?;
        }
        Ok(())
    })
}

fn packet(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut inside = *p;
    inside.need(HEADER)?;
    let (head, words, source) = (inside.be16()?, inside.be16()?, inside.be32()?);
    let (kind, count) = (head & 0xff, usize::from(head >> 8 & 0x1f));
    let length = (usize::from(words) + 1) * 4;
    out.name("type", kind, TYPES, " type-0x%x ");
    let fixed = match kind {
        SENDER_REPORT => Some(HEADER + SENDER),
        RECEIVER_REPORT => Some(HEADER),
        _ => None,
    };
    match fixed {
        Some(fixed) if length == fixed + count * REPORT => {
            out.note("length", length);
        }
        Some(_) => {
            out.say(" [").num("length", length).say("]");
        }
        None => {
            out.num("length", length);
        }
    }
    if matches!(kind, SENDER_REPORT | RECEIVER_REPORT | SOURCE_DESCRIPTION | GOODBYE) && cx.verbose() > 0 {
        out.say(" ").num("source", source);
    }
    if kind == SENDER_REPORT {
        sender(&mut inside, out)?;
    }
    if fixed.is_some() {
        reports(cx, count, &mut inside, out)?;
    }
    p.pass(length);
    Ok(())
}

/// What the sender has sent until when.
fn sender(p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(SENDER)?;
    let (seconds, fraction) = (p.be32()?, p.be32()?);
    out.say(" @").fraction("time", f64::from(seconds) + f64::from(fraction) / 4_294_967_296.0, 2);
    let timestamp = p.be32()?;
    out.say(" ").num("timestamp", timestamp);
    let (packets, bytes) = (p.be32()?, p.be32()?);
    out.say(" ").num("packets", packets).say("p ").num("bytes", bytes).say("b");
    Ok(())
}

fn reports(cx: &Cx, count: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    if count > 1 {
        out.say(" c");
        out.aloud(|out| {
            out.num("", count);
        });
    }
    let first = *p;
    out.list("reports", |out| {
        for _ in 0..count {
            if out.hears_words() {
                // tcpdump says the first report as often as there are reports.
                *p = first;
            }
            out.item(|out| report(cx, p, out))?;
        }
        Ok(())
    })
}

/// How one source is received.
fn report(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(REPORT)?;
    let (source, lost, last) = (p.be32()?, p.be32()?, p.be32()?);
    let (jitter, last_report, delay) = (p.be32()?, p.be32()?, p.be32()?);
    if cx.verbose() > 0 {
        out.say(" ").num("source", source);
    }
    out.say(" ").num("lost", lost & 0xff_ffff).say("l ").num("last_seq", last).say("s ");
    out.num("jitter", jitter).say("j @").fraction("last_report", f64::from(last_report) / 65536.0, 2);
    out.say("+").fraction("delay", f64::from(delay) / 65536.0, 2);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const SENDER: &str = "81c8 000c 00000001 00000005 80000000 00000064 00000007 000001f4
        00000002 00000003 00000004 00000005 00010000 00018000";

    #[test]
    fn reports_on_sources() {
        check(&RTCP, SENDER, "", " sr @5.50 100 7p 500b 3l 4s 5j @1.00+1.50");
        check(&RTCP, SENDER, "-v", " sr 1 @5.50 100 7p 500b 2 3l 4s 5j @1.00+1.50");
        check(&RTCP, "80c9 0001 00000001 80cb 0001 00000001", "-v", " rr 1 bye 8 1");
        check(&RTCP, "80ca 0001 00000001 80cc 0001 00000000", "", " sdes 8 type-0xcc 8");
    }

    /// Text has the first report in the place of each; the structured ear has all.
    #[test]
    fn several_reports() {
        let reports = "82c9 000d 00000001
            00000002 00000003 00000004 00000005 00010000 00018000
            00000006 00000007 00000008 00000009 00020000 00028000";
        check(&RTCP, reports, "", " rr c2 3l 4s 5j @1.00+1.50 3l 4s 5j @1.00+1.50");
        assert!(values(&RTCP, reports).contains(r#""source":6,"lost":7,"last_seq":8"#));
    }

    #[test]
    fn lengths_that_lie() {
        check(&RTCP, "82c9 0001 00000001", "", " rr [8] c2 [|rtcp]");
        check(&RTCP, "80c9", "", " [|rtcp]");
        check(&RTCP, "80c9 0100 00000001", "", " rr [1028]");
    }

    #[test]
    fn values_of_reports() {
        assert_eq!(
            values(&RTCP, "80c9 0001 00000001"),
            r#"{"rtcp":{"packets":[{"type":201,"length":8,"source":1,"reports":[]}]}}"#
        );
    }
}

//! MSDP, the Multicast Source Discovery Protocol (RFC 3618).
//!
//! ```text
//! | type | length (2) | value ..
//! sources:  | entries | rendezvous point (4) | entries (12 each) | packet ..
//! request:  | reserved | group (4) |
//! ```

use crate::prelude::*;

/// MSDP.
pub static MSDP: Protocol = Protocol { name: "msdp", dissect };

const HEADER: usize = 3;
const ENTRY: usize = 12;
const IPV4: u16 = 0x0800;
const SOURCES: u8 = 1;
const REQUEST: u8 = 2;
const RESPONSE: u8 = 3;
const KEEP_ALIVE: u8 = 4;
const NOTIFICATION: u8 = 5;
const HIGHEST: u8 = 7;
/// A segment may begin within a message; one that begins with a length above this does.
const LONGEST: u16 = 1500;
/// Longer messages than the protocol allows.
const LONG: u16 = 1400;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(": msdp");
    let mut head = p;
    let (kind, length) = (head.u8()?, head.be16()?);
    if length > LONGEST {
        return Err(out.lie("len", length, ">", LONGEST));
    }
    if usize::from(length) < HEADER {
        return Err(out.lie("len", length, "<", HEADER));
    }
    if kind == 0 {
        return Err(out.lie("type", kind, "==", 0u8));
    }
    if kind > HIGHEST {
        return Err(out.lie("type", kind, ">", HIGHEST));
    }
    out.list("messages", |out| {
        while p.claimed() > 0 {
            out.item(|out| message(cx, &mut p, out))?;
        }
        Ok(())
    })
}

fn message(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.enough("length", p, HEADER)?;
    let mut body = *p;
    let (kind, length) = (body.u8()?, body.be16()?);
    out.note("type", kind).note("length", length);
    if length > LONG || cx.verbose() > 0 {
        write!(out, " [len {length}]");
    }
    let n = usize::from(length);
    if n < HEADER {
        return Err(out.lie("len", length, "<", HEADER));
    }
    if p.claimed() < n {
        return Err(out.lie("length", p.claimed(), "<", n));
    }
    match kind {
        SOURCES | RESPONSE => sources(cx, kind, p.claiming(n), out)?,
        REQUEST => {
            out.say(" SA-Request");
            least(n, 4, out)?;
            body.skip(1)?;
            least(n, 8, out)?;
            if n != 8 {
                write!(out, "[len={n}] ");
            }
            let group = body.array()?;
            out.say(" for ").ip4("group", group);
        }
        KEEP_ALIVE => {
            out.say(" Keepalive");
            if n != HEADER {
                write!(out, "[len={n}] ");
            }
        }
        NOTIFICATION => _ = out.say(" Notification"),
        _ => _ = write!(out, " [type={kind} len={n}]"),
    }
    p.skip(n)
}

fn least(length: usize, need: usize, out: &mut Out) -> Dissect {
    if length < need { Err(out.lie("len", length, "<", need)) } else { Ok(()) }
}

/// Who sends to which groups, and maybe a packet that was sent.
fn sources(cx: &mut Cx, kind: u8, p: Cursor, out: &mut Out) -> Dissect {
    out.say(if kind == SOURCES { " SA" } else { " SA-Response" });
    least(p.claimed(), 4, out)?;
    let count = p.at(3).u8()?;
    out.say(" ").num("count", count).say(" entries");
    least(p.claimed(), 8, out)?;
    let point: [u8; 4] = p.at(4).array()?;
    let end = 8 + ENTRY * usize::from(count);
    p.need(end)?;
    out.aside(|out| _ = out.ip4("rendezvous_point", point));
    if p.claimed() > end {
        out.say(" [w/data]").note_that("data", true);
        if cx.verbose() > 1 {
            cx.next(Space::EtherType(IPV4), p.at(end).claiming(p.claimed() - end), out.say(" "))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const SA: &str = "01 0014 01 0a000001 000000 20 ef000001 0a000002";

    #[test]
    fn messages() {
        check(&MSDP, SA, "", ": msdp SA 1 entries");
        check(&MSDP, &format!("04 0003 {SA}"), "-v", ": msdp [len 3] Keepalive [len 20] SA 1 entries");
        let data = "03 0015 01 0a000001 000000 20 ef000001 0a000002 40";
        check(&MSDP, data, "-v", ": msdp [len 21] SA-Response 1 entries [w/data]");
        check(
            &MSDP,
            data,
            "-vv",
            ": msdp [len 21] SA-Response 1 entries [w/data] IP  [length 1 < 20] (invalid)",
        );
        check(&MSDP, "02 0008 00 ef000001", "", ": msdp SA-Request for 239.0.0.1");
        check(&MSDP, "05 0004 00", "", ": msdp Notification");
        check(&MSDP, "07 0004 00", "", ": msdp [type=7 len=4]");
        assert!(values(&MSDP, SA).starts_with(
            r#"{"msdp":{"messages":[{"type":1,"length":20,"count":1,"rendezvous_point":"10.0.0.1"}]"#
        ));
    }

    #[test]
    fn lies() {
        check(&MSDP, "01 05dd", "", ": msdp [len 1501 > 1500] (invalid)");
        check(&MSDP, "01 0002", "", ": msdp [len 2 < 3] (invalid)");
        check(&MSDP, "00 0003", "", ": msdp [type 0 == 0] (invalid)");
        check(&MSDP, "08 0003", "", ": msdp [type 8 > 7] (invalid)");
        check(&MSDP, "04 0004", "", ": msdp [length 3 < 4] (invalid)");
        check(&MSDP, "01 0004 01", "", ": msdp SA 1 entries [len 4 < 8] (invalid)");
        check(&MSDP, "01 00", "", ": msdp [|msdp]");
    }
}

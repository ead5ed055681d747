//! wb, the whiteboard of the Lawrence Berkeley Laboratory: its drawings, and the repair of what was lost of them.
//! No specification; the layout is that of its source.
//!
//! ```text
//! | site (4) | time stamp (4) | version (2) | type | flags | by type: |
//! page:     | session (4) | number (4) |
//! drawing:  | page | first (4) | last (4) | operations: | time stamp (4) | length (2) | flags | type | body .. |
//! announce: | slot (4), page: the highest known | state | name ..
//! state:    | slot (4) | page | count (2) | reserved (2) | count times: | site (4) | offset (4) |
//! ```

use crate::prelude::*;

/// wb.
pub static WB: Protocol = Protocol { name: "wb", dissect };

const HEADER: usize = 12;
const DRAWING: u8 = 0;
const ANNOUNCEMENT: u8 = 1;
const REPAIR_REQUEST: u8 = 2;
const REPAIR_REPLY: u8 = 3;
const KILL: u8 = 4;
const PAGE_REQUEST: u8 = 5;
const PAGE_REPLY: u8 = 7;

const SKIP: u8 = 14;
const HOLE: u8 = 15;
const OPERATIONS: NameTable = &[
    (2, "RECT"),
    (3, "LINE"),
    (4, "ML"),
    (5, "DEL"),
    (6, "XFORM"),
    (7, "ELL"),
    (8, "CHAR"),
    (9, "STR"),
    (10, "NOP"),
    (11, "PSCODE"),
    (12, "PSCOMP"),
    (13, "REF"),
    (SKIP as u32, "SKIP"),
    (HOLE as u32, "HOLE"),
];
/// Bytes of an operation before its body.
const OPERATION: usize = 8;
/// Bytes of a site and its offset.
const SITE: usize = 8;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        return Err(Stop::Invalid);
    }
    p.need(HEADER)?;
    let (site, stamp, version): ([u8; 4], _, _) = (p.array()?, p.be32()?, p.be16()?);
    let [kind, flags] = p.array()?;
    out.aside(|out| {
        out.ip4("site", site).num("timestamp", stamp).num("version", version);
        out.num("type", kind).num("flags", flags);
    });
    if flags != 0 {
        out.say("*");
    }
    match kind {
        DRAWING => drawing(cx, p, out),
        ANNOUNCEMENT => announcement(p, out),
        REPAIR_REQUEST => repair_request(p, out),
        REPAIR_REPLY => repair_reply(cx, p, out),
        KILL => {
            out.say(" wb-kill");
            Ok(())
        }
        PAGE_REQUEST => page_request(p, out),
        PAGE_REPLY => page_reply(p, out),
        _ => {
            out.aloud(|out| _ = out.say(" wb-").num("", kind).say("!"));
            Err(Stop::Invalid)
        }
    }
}

/// Fails unless the body is as long as what is read of it in one piece.
fn fits(p: &Cursor, length: usize) -> Dissect {
    if p.claimed() < length { Err(Stop::Invalid) } else { Ok(()) }
}

fn drawing(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(" wb-dop:");
    fits(&p, 16)?;
    p.need(16)?;
    out.say(" ");
    strokes(cx, p, out)
}

fn repair_reply(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" wb-rrep:");
    fits(&p, 20)?;
    p.need(20)?;
    let of: [u8; 4] = p.array()?;
    out.say(" for ").ip4("of", of).say(" ");
    strokes(cx, p, out)
}

fn repair_request(mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" wb-rreq:");
    fits(&p, 20)?;
    p.need(20)?;
    let of: [u8; 4] = p.array()?;
    out.say(" please repair ").ip4("of", of).say(" ");
    range(&mut p, out).map(drop)
}

/// A page, and the numbers of the first and last operation on it.
fn range(p: &mut Cursor, out: &mut Out) -> Dissect<(u32, u32)> {
    page("page", p, out)?;
    let (first, last) = (p.be32()?, p.be32()?);
    out.say("<").num("first", first).say(":").num("last", last).say(">");
    Ok((first, last))
}

fn page(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.nest(key, |out| {
        let (session, number): ([u8; 4], _) = (p.array()?, p.be32()?);
        out.ip4("session", session).say(":").num("number", number);
        Ok(())
    })
}

/// A range of operations, and what they are.
fn strokes(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let (first, last) = range(&mut p, out)?;
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.say(" <");
    let ended = out.list("operations", |out| operations(p, first, last, out))?;
    if ended {
        out.say(" >");
    }
    Ok(())
}

/// Operations from `first` to `last`; `false` if they count backwards.
fn operations(mut p: Cursor, first: u32, last: u32, out: &mut Out) -> Dissect<bool> {
    let mut at = first;
    while at <= last {
        let now = p;
        let kind = now.at(OPERATION - 1).u8()?;
        let stamp = out.item(|out| {
            out.say(" ").name("type", kind, OPERATIONS, "dop-%u!");
            if kind != SKIP && kind != HOLE {
                return Ok(None);
            }
            let stamp = { now }.be32()?;
            out.num("skipped", stamp.wrapping_sub(at).wrapping_add(1));
            Ok(Some(stamp))
        })?;
        if let Some(stamp) = stamp {
            if at > stamp || stamp > last {
                out.say("[|]");
            }
            if stamp < at {
                return Ok(false);
            }
            at = stamp;
        }
        let length = usize::from(now.at(4).be16()?);
        p.pass((length + OPERATION).next_multiple_of(4));
        at = at.wrapping_add(1);
    }
    Ok(true)
}

fn announcement(mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" wb-id:");
    fits(&p, 28)?;
    p.need(24)?;
    let mut highest = p;
    p.skip(12)?;
    out.say(" ");
    slot_and_page("slot", "page", &mut p, out)?;
    out.say(" (max ");
    slot_and_page("highest_slot", "highest_page", &mut highest, out)?;
    out.say(") ");
    p.need(4)?;
    let count = usize::from(p.be16()?);
    p.skip(2)?;
    fits(&p, count * SITE)?;
    sites(count, &mut p, out)?;
    out.say("> \"");
    let length = p.claimed();
    out.padded_chars_of("name", &mut p, length)?;
    out.say("\"");
    Ok(())
}

fn slot_and_page(key: &str, page_key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(12)?;
    let slot = p.be32()?;
    out.num(key, slot).say("/");
    page(page_key, p, out)
}

/// Sites, and how much each has drawn.
fn sites(count: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("sites", |out| {
        for i in 0..count {
            let (site, offset): ([u8; 4], _) = (p.array()?, p.be32()?);
            out.say(if i == 0 { "<" } else { "," });
            out.item(|out| {
                out.ip4("site", site).say(":").num("offset", offset);
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn page_request(mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" wb-preq:");
    fits(&p, 16)?;
    p.need(12)?;
    let low = p.at(8).be32()?;
    out.say(" need ").num("low", low).say("/");
    page("page", &mut p, out)?;
    p.skip(4)?;
    let high = p.be32()?;
    out.note("high", high);
    Ok(())
}

fn page_reply(mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" wb-prep:");
    fits(&p, 4)?;
    let count = p.be32()?;
    out.list("pages", |out| {
        for _ in 0..count {
            p.need(12)?;
            out.item(|out| {
                out.say(" ");
                slot_and_page("slot", "page", &mut p, out)?;
                let [count, _, _, _] = p.array()?;
                sites(count.into(), &mut p, out)?;
                out.say(">");
                Ok(())
            })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// The header of a message of a type, with its flags.
    fn head(kind: &str, flags: &str) -> String {
        format!("0a000001 00000005 0001 {kind} {flags}")
    }

    const PAGE: &str = "0a000002 00000003";

    #[test]
    fn drawings() {
        let hex = format!(
            "{} {PAGE} 00000001 00000006 00000000 0003 00 02 aabbcc 00 00000004 0000 00 0e
             00000000 0000 00 63 00000000 0000 00 09",
            head("00", "01")
        );
        check(&WB, &hex, "", "* wb-dop: 10.0.0.2:3<1:6>");
        check(&WB, &hex, "-v", "* wb-dop: 10.0.0.2:3<1:6> < RECT SKIP3 dop-99! STR >");
        let reply = format!("{} 0a000009 {PAGE} 00000001 00000001 00000000 0000 00 03", head("03", "00"));
        check(&WB, &reply, "-v", " wb-rrep: for 10.0.0.9 10.0.0.2:3<1:1> < LINE >");
        assert_eq!(
            values(&WB, &reply),
            r#"{"wb":{"site":"10.0.0.1","timestamp":5,"version":1,"type":3,"flags":0,"of":"10.0.0.9","page":{"session":"10.0.0.2","number":3},"first":1,"last":1,"operations":[{"type":3}]}}"#
        );
    }

    #[test]
    fn drawings_that_skip_wrong() {
        let says = |stamp: &str, words: &str| {
            let hex = format!("{} {PAGE} 00000002 00000004 {stamp} 0000 00 0f", head("00", "00"));
            check(&WB, &hex, "-v", &format!(" wb-dop: 10.0.0.2:3<2:4> < HOLE{words}"));
        };
        says("00000009", "8[|] >");
        says("00000001", "0[|]");
        says("00000003", "2 [|wb]");
    }

    #[test]
    fn requests_and_announcements() {
        let request = format!("{} 0a000009 {PAGE} 00000001 00000007", head("02", "00"));
        check(&WB, &request, "", " wb-rreq: please repair 10.0.0.9 10.0.0.2:3<1:7>");
        let pages = format!("{} {PAGE} 00000001 00000007", head("05", "00"));
        check(&WB, &pages, "", " wb-preq: need 1/10.0.0.2:3");
        let state = format!("00000008 {PAGE} 0002 0000 0a000003 00000005 0a000004 00000006");
        let id = format!("{} 00000009 {PAGE} {state} 6d6500 ff", head("01", "00"));
        check(&WB, &id, "", " wb-id: 8/10.0.0.2:3 (max 9/10.0.0.2:3) <10.0.0.3:5,10.0.0.4:6> \"me\"");
        let state = format!("00000008 {PAGE} 01 00 0000 0a000003 00000005");
        let reply = format!("{} 00000001 {state}", head("07", "00"));
        check(&WB, &reply, "", " wb-prep: 8/10.0.0.2:3<10.0.0.3:5>");
        check(&WB, &head("04", "00"), "", " wb-kill");
    }

    #[test]
    fn messages_that_end_early() {
        check(&WB, "0a000001 00000005 0001 00", "", " (invalid)");
        check(&WB, &head("06", "00"), "", " wb-6! (invalid)");
        for (kind, name) in [("00", "dop"), ("01", "id"), ("02", "rreq"), ("03", "rrep"), ("05", "preq")] {
            let hex = format!("{} 00000000", head(kind, "00"));
            check(&WB, &hex, "", &format!(" wb-{name}: (invalid)"));
        }
        check(&WB, &format!("{} 00000001 0000", head("07", "00")), "", " wb-prep: [|wb]");
        let name = format!("{} 00000009 {PAGE} 00000008 {PAGE} 0001 0000", head("01", "00"));
        check(&WB, &name, "", " wb-id: 8/10.0.0.2:3 (max 9/10.0.0.2:3)  (invalid)");
    }
}

//! PPP over Ethernet, discovery and sessions (RFC 2516, RFC 4638).
//!
//! ```text
//! | version, type | code | session (2) | length (2) | tags, or a PPP frame ..
//! tag: | type (2) | length (2) | value ..
//! ```

use crate::prelude::*;

/// PPPoE.
pub static PPPOE: Protocol = Protocol { name: "pppoe", dissect };

const HEADER: usize = 6;
/// What OSI calls PPP by.
const PPP: u8 = 0xcf;
const INITIATION: u8 = 0x09;
/// What an initiation may hold, so that no frame is too long.
const INITIATION_MOST: usize = 1478;
/// The tag that ends them all.
const END: u16 = 0;
/// Characters of a tag that are said.
const TEXT_MOST: usize = 79;

const CODES: NameTable =
    &[(INITIATION as u32, "PADI"), (0x07, "PADO"), (0x19, "PADR"), (0x65, "PADS"), (0xa7, "PADT"), (0, "")];
const TAGS: NameTable = &[
    (0x0000, "EOL"),
    (0x0101, "Service-Name"),
    (0x0102, "AC-Name"),
    (0x0103, "Host-Uniq"),
    (0x0104, "AC-Cookie"),
    (0x0105, "Vendor-Specific"),
    (0x0110, "Relay-Session-ID"),
    (0x0120, "PPP-Max-Payload"),
    (0x0201, "Service-Name-Error"),
    (0x0202, "AC-System-Error"),
    (0x0203, "Generic-Error"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        write!(out, "truncated-pppoe {}", p.claimed());
        out.note_that("cut", true);
        return Ok(());
    }
    p.need(HEADER)?;
    let [first, code] = p.array()?;
    let (session, mut length) = (p.be16()?, usize::from(p.be16()?));
    cx.link_header_is(HEADER);
    for (key, value, words) in [("version", first >> 4, " [ver "), ("type", first & 0x0f, " [type ")] {
        out.note(key, value);
        if value != 1 {
            out.aloud(|out| _ = out.say(words).num("", value).say("]"));
        }
    }
    out.say("PPPoE ").name("code", code, CODES, "PAD-%x");
    out.note("length", length);
    if code == INITIATION && length > INITIATION_MOST {
        write!(out, " [len {length}!]");
    }
    if length > p.claimed() {
        write!(out, " [len {length} > {}!]", p.claimed());
        length = p.claimed();
    }
    out.note("session", session);
    if session != 0 {
        out.aloud(|out| _ = out.say(" [ses 0x").hex("", session).say("]"));
    }
    let p = p.claiming(length);
    if code != 0 {
        return out.list("tags", |out| tags(p, out));
    }
    out.say(" ");
    cx.next(Space::Nlpid(PPP), p, out).map(drop)
}

fn tags(mut p: Cursor, out: &mut Out) -> Dissect {
    let mut room = p.claimed();
    p = p.claiming(p.captured().max(room));
    while room > 0 {
        p.need(4)?;
        let (kind, length) = (p.be16()?, usize::from(p.be16()?));
        let value = p.take(length)?;
        out.item(|out| {
            out.say(" [").name("type", kind, TAGS, "TAG-0x%x");
            tag(value, out);
            out.say("]");
            Ok(())
        })?;
        if kind == END {
            break;
        }
        room = room.saturating_sub(4 + length);
    }
    Ok(())
}

/// The value of a tag: as characters, if most are.
fn tag(value: &[u8], out: &mut Out) {
    if value.is_empty() {
        return;
    }
    let text = value.get(..TEXT_MOST).unwrap_or(value);
    let printable = |c: &u8| c.is_ascii_graphic() || *c == b' ';
    let good = text.iter().filter(|c| printable(c)).count();
    if good > text.len() - good {
        out.aside(|out| _ = out.chars("text", value));
        out.aloud(|out| {
            out.say(" \"");
            for c in text {
                out.chars("", if printable(c) { std::slice::from_ref(c) } else { b"." });
            }
            out.say("\"");
        });
        return;
    }
    out.aside(|out| _ = out.bytes("value", value));
    out.say(" 0x");
    if out.hears_words() {
        for byte in value {
            write!(out, "{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn discovery() {
        let packet = "1109 0000 0014 0101 0000 0102 0003 6c6e73 0103 0002 abcd 0000 0001 07";
        check(
            &PPPOE,
            packet,
            "",
            "PPPoE PADI [Service-Name] [AC-Name \"lns\"] [Host-Uniq 0xABCD] [EOL 0x07]",
        );
        check(&PPPOE, "11a7 0017 0000", "-v", "PPPoE PADT [ses 0x17]");
        check(&PPPOE, "2209 0000 0004 0777 0000", "-e", " [ver 2] [type 2]PPPoE PADI [TAG-0x777]");
        check(&PPPOE, "1107 0000 0009 0101 0000", "", "PPPoE PADO [len 9 > 4!] [Service-Name]");
        check(&PPPOE, "1107 00", "", "truncated-pppoe 3");
        assert_eq!(
            values(&PPPOE, "1107 0000 0007 0102 0003 6c6e73"),
            r#"{"pppoe":{"version":1,"type":1,"code":7,"length":7,"session":0,"tags":[{"type":258,"text":"lns"}]}}"#
        );
    }

    #[test]
    fn sessions() {
        let packet = "1100 003b 0009 c021 09 07 0008 123456";
        check(&PPPOE, packet, "", "PPPoE  [ses 0x3b] LCP, Echo-Request (0x09), id 7, length 9");
    }
}

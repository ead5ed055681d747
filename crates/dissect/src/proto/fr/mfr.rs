//! Bundles of frame relay links (source: FRF.16.1).
//!
//! ```text
//! control:  | B=1 E=1 C=1 0 EA | 00 | message | elements: | type | length, header included | value ..
//! fragment: | B E C=0, sequence (4), EA | sequence (8) | frame, if it begins here ..
//! ```

use super::{FRAGMENT_FLAGS, FRAGMENT_MASK, sequence};
use crate::prelude::*;

/// A bundle of frame relay links.
pub static MFR: Protocol = Protocol { name: "mfr", dissect };

const LEAST: usize = 4;
const BEGIN: u8 = 0x80;
const END: u8 = 0x40;
const MESSAGES: NameTable = &[
    (1, "Add Link"),
    (2, "Add Link ACK"),
    (3, "Add Link Reject"),
    (4, "Hello"),
    (5, "Hello ACK"),
    (6, "Remove Link"),
    (7, "Remove Link ACK"),
];
const BUNDLE: u8 = 1;
const LINK: u8 = 2;
const MAGIC: u8 = 3;
const ELEMENTS: NameTable = &[
    (BUNDLE as u32, "Bundle ID"),
    (LINK as u32, "Link ID"),
    (MAGIC as u32, "Magic Number"),
    (5, "Timestamp"),
    (6, "Vendor Extension"),
    (7, "Cause"),
];
/// Characters of an identifier that are said.
const ID_MOST: usize = 50;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let whole = p;
    let length = p.claimed();
    if length < LEAST {
        write!(out, "[length {length} < {LEAST}]");
        return Err(Stop::Invalid);
    }
    p.need(LEAST)?;
    let [first, second] = p.array()?;
    let flags = first & FRAGMENT_MASK;
    if flags == FRAGMENT_MASK && second == 0 {
        let message = p.u8()?;
        cx.link_header_is(3);
        out.say("FRF.16 Control, Flags [").flags("flags", flags, FRAGMENT_FLAGS, "none").say("], ");
        out.name("message", message, MESSAGES, "Unknown Message (0x%02x)")
            .say(", length ")
            .num("length", length);
        if cx.verbose() == 0 {
            return Ok(());
        }
        return out.list("elements", |out| elements(cx, p, out));
    }
    out.say("FRF.16 Frag, seq ").num("sequence", sequence(first, second));
    out.say(", Flags [").flags("flags", flags, FRAGMENT_FLAGS, "none").say("]");
    if flags == BEGIN | END || flags == BEGIN {
        cx.link_header_is(2);
        cx.speaking = "fr";
        return out.say(", ").nest("fr", |out| super::say(cx, p, out));
    }
    out.dump_hex("data", whole.rest(), "\n\t");
    Ok(())
}

fn elements(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    // An element may claim more than there is: reading ends where the capture does.
    let mut room = p.claimed();
    p = p.claiming(room.max(p.captured()));
    while room > 2 {
        p.need(2)?;
        let [kind, size] = p.array()?;
        let more = out.say("\n\tIE ").item(|out| {
            out.named("type", kind, ELEMENTS, "Unknown").say(", length ").num("length", size).say(": ");
            let Some(size) = usize::from(size).checked_sub(2).filter(|size| *size > 0 && kind != 0) else {
                return Ok(false);
            };
            p.need(size)?;
            let value = p.take(size)?;
            element(cx, kind, value, out);
            Ok(true)
        })?;
        if !more {
            break;
        }
        room = room.wrapping_sub(usize::from(size));
    }
    Ok(())
}

fn element(cx: &Cx, kind: u8, value: &[u8], out: &mut Out) {
    match kind {
        MAGIC => match value.first_chunk().filter(|_| value.len() == 4) {
            Some(magic) => _ = out.say("0x").hex0("value", u32::from_be_bytes(*magic), 8),
            None => {
                write!(out, "[IE data length {} != 4] (invalid)", value.len());
                out.note_that("invalid", true);
            }
        },
        BUNDLE | LINK => {
            let text = value.get(..ID_MOST).unwrap_or(value);
            out.chars("value", text.split(|c| *c == 0).next().unwrap_or_default());
        }
        _ => {
            out.dump_hex("value", value, "\n\t  ");
            return;
        }
    }
    if cx.verbose() > 1 {
        out.aloud(|out| _ = out.dump_hex("", value, "\n\t  "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HELLO: &str = "e100 04 0305 000007 0306 00000007 0105 6d7900";

    #[test]
    fn control_messages() {
        let head = "FRF.16 Control, Flags [Begin, End, Control], Hello, length 19";
        check(&MFR, HELLO, "", head);
        let said = "\n\tIE Magic Number (3), length 5: [IE data length 3 != 4] (invalid)\
                    \n\tIE Magic Number (3), length 6: 0x00000007\n\tIE Bundle ID (1), length 5: my";
        check(&MFR, HELLO, "-v", &format!("{head}{said}"));
        check(
            &MFR,
            "e100 08 06 04 6869",
            "-v",
            "FRF.16 Control, Flags [Begin, End, Control], Unknown Message (0x08), length 7\n\tIE Vendor Extension (6), length 4: \n\t  0x0000:  6869",
        );
        check(
            &MFR,
            "e100 01 0206 61",
            "-v",
            "FRF.16 Control, Flags [Begin, End, Control], Add Link, length 6\n\tIE Link ID (2), length 6:  [|mfr]",
        );
        assert_eq!(
            values(&MFR, "e100 04 0306 00000007"),
            r#"{"mfr":{"flags":224,"message":4,"length":9,"elements":[{"type":3,"length":6,"value":7}]}}"#
        );
    }

    #[test]
    fn fragments() {
        check(
            &MFR,
            "c107 1841 03cc 40",
            "",
            "FRF.16 Frag, seq 7, Flags [Begin, End], IP  [length 1 < 20] (invalid)",
        );
        check(&MFR, "4907 6869", "-e", "FRF.16 Frag, seq 1031, Flags [End]\n\t0x0000:  4907 6869");
        check(&MFR, "8107 1841", "", "FRF.16 Frag, seq 7, Flags [Begin],  [|fr]");
        check(&MFR, "c107 18", "", "[length 3 < 4] (invalid)");
    }
}

//! LMP, the Link Management Protocol (RFC 4204; service discovery: OIF UNI 1.0).
//!
//! ```text
//! | Vers  |      (Reserved)       |    Flags      |    Msg Type   |
//! |          LMP Length           |          (Reserved)           |
//! object:  |N|   C-Type    |     Class     |            Length             | contents ..
//! ```

use crate::prelude::*;

mod objects;

/// LMP.
pub static LMP: Protocol = Protocol { name: "lmp", dissect };

const VERSION: u16 = 1;
const HEADER: usize = 8;
const OBJECT: usize = 4;
const FLAGS: Flags = &[(0x01, "Control Channel Down"), (0x02, "LMP restart")];
const TYPES: NameTable = &[
    (1, "Config"),
    (2, "Config ACK"),
    (3, "Config NACK"),
    (4, "Hello"),
    (5, "Begin Verify"),
    (6, "Begin Verify ACK"),
    (7, "Begin Verify NACK"),
    (8, "End Verify"),
    (9, "End Verify ACK"),
    (10, "Test"),
    (11, "Test Status Success"),
    (12, "Test Status Failure"),
    (13, "Test Status ACK"),
    (14, "Link Summary"),
    (15, "Link Summary ACK"),
    (16, "Link Summary NACK"),
    (17, "Channel Status"),
    (18, "Channel Status ACK"),
    (19, "Channel Status Request"),
    (20, "Channel Status Response"),
    (50, "Service Config"),
    (51, "Service Config ACK"),
    (52, "Service Config NACK"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(HEADER)?;
    let (version, [flags, kind], stated) = (p.be16()? >> 12, p.array()?, p.be16()?);
    p.skip(2)?;
    if version != VERSION {
        out.say("LMP version ").num("version", version).say(" packet not supported");
        return Ok(());
    }
    if cx.verbose() == 0 {
        out.say("LMPv").num("version", version).say(" ").name("type", kind, TYPES, "unknown (%u)");
        out.say(" Message, length: ").num("length", length);
        return Ok(());
    }
    out.say("\n\tLMPv").num("version", version).say(", msg-type: ");
    out.name("type", kind, TYPES, "unknown, type: %u").say(", Flags: [");
    out.flags("flags", flags, FLAGS, "none").say("], length: ").num("length", stated);
    let stated = usize::from(stated);
    if stated < HEADER {
        out.say(" (too short)").note_that("too_short", true);
        return Ok(());
    }
    if stated > length {
        out.say(" (too long)").note_that("too_long", true);
    }
    let left = stated.min(length).saturating_sub(HEADER);
    out.list("objects", |out| all(cx, p, left, out))
}

/// The objects in `left` bytes.
fn all(cx: &Cx, mut p: Cursor, mut left: usize, out: &mut Out) -> Dissect {
    while left > 0 {
        let Some(length) = out.item(|out| object(cx, p, out))? else { break };
        if left < length {
            write!(out, " [remaining objects length {left} < {length}]");
            return Err(Stop::Invalid);
        }
        p.skip(length)?;
        left -= length;
    }
    Ok(())
}

/// One object: its length, or `None` if nothing behind it can be told.
fn object(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    let mut body = p;
    let ([bits, class], length) = (body.array()?, body.be16()?);
    let kind = bits & 0x7f;
    out.say("\n\t  ").name("class", class, objects::CLASSES, "Unknown").say(" Object (");
    out.aloud(|out| {
        out.num("", class).say("), Class-Type: ");
        out.name("", u16::from_be_bytes([class, kind]), objects::TYPES, "Unknown").say(" (");
    });
    out.num("type", kind).say(") Flags: [").say(if bits & 0x80 != 0 { "" } else { "non-" });
    out.note_that("negotiable", bits & 0x80 != 0);
    out.say("negotiable], length: ").num("length", length);
    let length = usize::from(length);
    if length < OBJECT {
        out.say(" (too short)").note_that("too_short", true);
        return Ok(None);
    }
    if !length.is_multiple_of(4) {
        out.say(" (not a multiple of 4)").note_that("uneven", true);
        return Ok(None);
    }
    p.need(length)?;
    let body = body.claiming(length - OBJECT);
    let dumped = !objects::say(class, kind, body, out)?;
    let known = objects::CLASSES.iter().any(|row| row.0 == u32::from(class));
    let data = body.sub(length - OBJECT).rest();
    if cx.verbose() > 1 || dumped || !known {
        if dumped || !known {
            out.aside(|out| _ = out.bytes("data", data));
        }
        out.aloud(|out| _ = out.dump_hex("", data, "\n\t    "));
    }
    Ok(Some(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HELLO: &str = "1000 01 04 001c 0000 01 01 0008 00000001 01 07 000c 00000032 0000003c";

    #[test]
    fn a_hello() {
        check(&LMP, HELLO, "", "LMPv1 Hello Message, length: 28");
        check(
            &LMP,
            HELLO,
            "-v",
            "\n\tLMPv1, msg-type: Hello, Flags: [Control Channel Down], length: 28\
             \n\t  Control Channel ID Object (1), Class-Type: Local (1) Flags: [non-negotiable], length: 8\
             \n\t    Control Channel ID: 1 (0x00000001)\
             \n\t  Hello Object (7), Class-Type: 1 (1) Flags: [non-negotiable], length: 12\
             \n\t    Tx Seq: 50, Rx Seq: 60",
        );
        let said = values(&LMP, HELLO);
        let objects = r#""objects":[{"class":1,"type":1,"negotiable":false,"length":8,"channel":1},{"class":7,"type":1,"negotiable":false,"length":12,"tx_seq":50,"rx_seq":60}]"#;
        assert!(said.contains(objects), "{said}");
    }

    #[test]
    fn lengths_that_lie() {
        check(&LMP, &HELLO.replacen("1000", "2000", 1), "", "LMP version 2 packet not supported");
        let head = "\n\tLMPv1, msg-type: Hello, Flags: [none], length: ";
        check(&LMP, "1000 00 04 0007 0000", "-v", &format!("{head}7 (too short)"));
        let object = "\n\t  Unknown Object (99), Class-Type: Unknown (1) Flags: [negotiable], length: ";
        check(&LMP, "1000 00 04 000c 0000 81 63 0003", "-v", &format!("{head}12{object}3 (too short)"));
        check(
            &LMP,
            "1000 00 04 0010 0000 81 63 0008 01020304",
            "-v",
            &format!("{head}16{object}8\n\t    0x0000:  0102 0304"),
        );
        check(
            &LMP,
            "1000 00 04 000c 0000 81 63 0008 01020304",
            "-v",
            &format!(
                "{head}12{object}8\n\t    0x0000:  0102 0304 [remaining objects length 4 < 8] (invalid)"
            ),
        );
    }
}

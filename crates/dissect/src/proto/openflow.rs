//! OpenFlow, between a switch and its controller, over TCP (source: ONF, OpenFlow Switch Specification, section 7.1).
//!
//! ```text
//! message:  | version | type | length, of all of it (2) | transaction (4) | body ..
//! ```
//!
//! A segment holds several messages, or a part of one: a message that goes on in the next segment is explained as far
//! as it is here, and a segment that begins inside a message is taken for one that does not.

use crate::prelude::*;

mod fields;
mod v10;
mod v13;

/// OpenFlow.
pub static OPENFLOW: Protocol = Protocol { name: "openflow", dissect };

const HEADER: usize = 8;
const VERSIONS: NameTable = &[(1, "1.0"), (2, "1.1"), (3, "1.2"), (4, "1.3"), (5, "1.4"), (6, "1.5")];

/// A type of message. Its place in the table of its version is its number.
struct Message {
    name: &'static str,
    /// How long its body is.
    length: Length,
    /// Explains the body; a lie in it ends the message.
    say: Option<Say>,
}

/// Explains what is behind a header, and leaves behind what it did not get to.
type Say = fn(&mut Cx<'_>, &mut Cursor<'_>, &mut Out<'_>) -> Dissect;

/// The bytes of a body.
enum Length {
    Any,
    Exactly(usize),
    AtLeast(usize),
}

impl Length {
    fn holds(&self, length: usize) -> bool {
        match self {
            Length::Any => true,
            Length::Exactly(n) => length == *n,
            Length::AtLeast(n) => length >= *n,
        }
    }
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(": OpenFlow");
    out.list("messages", |out| {
        while p.claimed() > 0 && out.item(|out| message(cx, &mut p, out))? {}
        Ok(())
    })
}

/// One message; `false` if nothing behind it can be told.
fn message(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let version = p.u8()?;
    out.say("\n\tversion ").name("version", version, VERSIONS, "unknown (0x%02x)");
    if p.claimed() < 1 {
        return partial(p, out);
    }
    let kind = p.u8()?;
    let table = match version {
        1 => v10::MESSAGES,
        4 => v13::MESSAGES,
        _ => &[],
    };
    let known = table.get(usize::from(kind));
    out.say(", type ").note("type", kind);
    match known {
        Some(known) => out.say(known.name),
        None => out.aloud(|out| _ = out.say("unknown (0x").hex0("", kind, 2).say(")")),
    };
    if p.claimed() < 2 {
        return partial(p, out);
    }
    let length = usize::from(p.be16()?);
    out.say(", length ").num("length", length).say(if length < HEADER { " (too short!)" } else { "" });
    if p.claimed() < 4 {
        return partial(p, out);
    }
    let transaction = p.be32()?;
    out.say(", xid 0x").hex0("xid", transaction, 8);
    let Some(length) = length.checked_sub(HEADER) else {
        cx.close(Err(Stop::Invalid), p, out)?;
        return Ok(false);
    };
    body(cx, known, p.claiming(length), out)?;
    let whole = length <= p.claimed();
    p.pass(length);
    Ok(whole)
}

/// The segment ends inside a header.
fn partial(p: &Cursor, out: &mut Out) -> Dissect<bool> {
    out.say(" (end of TCP payload)").note_that("partial", true);
    p.need(p.claimed())?;
    Ok(false)
}

fn body(cx: &mut Cx, known: Option<&'static Message>, mut p: Cursor, out: &mut Out) -> Dissect {
    let fits = known.is_none_or(|known| known.length.holds(p.claimed()));
    match known.and_then(|known| known.say) {
        _ if !fits => cx.close(Err(Stop::Invalid), &p, out),
        Some(say) if cx.verbose() > 0 => {
            let done = say(cx, &mut p, out);
            cx.close(done, &p, out)
        }
        _ => {
            if p.claimed() > 0 {
                out.aside(|out| _ = out.bytes("body", p.sub(p.claimed()).rest()));
            }
            p.need(p.claimed())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn several_messages() {
        let hex = "01 05 0008 00000007  04 14 0008 00000008  06 01 000a 00000009 abcd";
        let said = ": OpenFlow\n\tversion 1.0, type FEATURES_REQUEST, length 8, xid 0x00000007\
                    \n\tversion 1.3, type BARRIER_REQUEST, length 8, xid 0x00000008\
                    \n\tversion 1.5, type unknown (0x01), length 10, xid 0x00000009";
        check(&OPENFLOW, hex, "", said);
        check(&OPENFLOW, hex, "-vv", said);
        assert!(
            values(&OPENFLOW, hex)
                .ends_with(r#"{"version":6,"type":1,"length":10,"xid":9,"body":"abcd"}]}}"#)
        );
    }

    #[test]
    fn parts_of_messages() {
        check(&OPENFLOW, "01", "", ": OpenFlow\n\tversion 1.0 (end of TCP payload)");
        check(
            &OPENFLOW,
            "01 63 00",
            "",
            ": OpenFlow\n\tversion 1.0, type unknown (0x63) (end of TCP payload)",
        );
        check(
            &OPENFLOW,
            "01 00 0008 0000",
            "",
            ": OpenFlow\n\tversion 1.0, type HELLO, length 8 (end of TCP payload)",
        );
        check(
            &OPENFLOW,
            "01 00 0010 00000007 abcd",
            "",
            ": OpenFlow\n\tversion 1.0, type HELLO, length 16, xid 0x00000007 [|openflow]",
        );
    }

    #[test]
    fn lengths_that_lie() {
        check(
            &OPENFLOW,
            "01 00 0007 00000007 abcd",
            "",
            ": OpenFlow\n\tversion 1.0, type HELLO, length 7 (too short!), xid 0x00000007 (invalid)",
        );
        check(
            &OPENFLOW,
            "01 12 0009 00000007 ab  01 12 0008 00000008",
            "",
            ": OpenFlow\n\tversion 1.0, type BARRIER_REQUEST, length 9, xid 0x00000007 (invalid)\
             \n\tversion 1.0, type BARRIER_REQUEST, length 8, xid 0x00000008",
        );
    }
}

//! Signalling of frame relay: calls and the state of links (ITU-T Q.933, Q.931, ANSI T1.617 annex D).
//!
//! ```text
//! | 0, length of the call reference (4 bits) | call reference .. | message | elements ..
//! element: | 1, type or a shift to another set of types |   or: | 0, type | length | value ..
//! ```

use super::needed;
use crate::prelude::*;

/// Q.933.
pub static Q933: Protocol = Protocol { name: "q.933", dissect };

const MESSAGES: NameTable = &[
    (0x00, "ESC to National"),
    (0x01, "Alert"),
    (0x02, "Call proceeding"),
    (0x03, "Progress"),
    (0x05, "Setup"),
    (0x07, "Connect"),
    (0x0f, "Connect ACK"),
    (0x45, "Disconnect"),
    (0x46, "Restart"),
    (0x4d, "Release"),
    (0x4e, "Restart ACK"),
    (0x5a, "Release Complete"),
    (0x75, "Status Enquiry"),
    (0x7d, "Status Reply"),
];
/// Of code sets 0 and 5.
const ELEMENTS: NameTable = &[
    (0x01, "ANSI Report Type"),
    (0x19, "ANSI Link Verify"),
    (0x03, "ANSI Link Verify"),
    (0x07, "ANSI PVC Status"),
    (0x51, "CCITT Report Type"),
    (0x53, "CCITT Link Verify"),
    (0x57, "CCITT PVC Status"),
];
const REPORTS: NameTable = &[(0, "Full Status"), (1, "Link verify"), (2, "Async PVC Status")];

/// The sets of types in force: the one that stays, and one for the next element only.
#[derive(Clone, Copy, Default)]
struct CodeSets {
    lasting: u8,
    next: Option<u8>,
}

impl CodeSets {
    /// Follows an element that is a shift: a set (3 bits), and whether it is for the next element only.
    fn shift(&mut self, element: u8) -> bool {
        if element & 0xf0 != 0x90 {
            return false;
        }
        let set = element & 0x07;
        if element & 0x08 != 0 {
            self.next = Some(set);
        } else {
            *self = CodeSets { lasting: set, next: None };
        }
        true
    }

    /// The set for an element.
    fn take(&mut self) -> u8 {
        self.next.take().unwrap_or(self.lasting)
    }

    fn current(&self) -> u8 {
        self.next.unwrap_or(self.lasting)
    }
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let comma = if cx.options.link_header { "" } else { ", " };
    if !cx.options.link_header {
        out.say("Q.933");
    }
    out.note("length", length);
    let Ok((reference, message, mut sets, ansi, p)) = header(p) else {
        write!(out, "{comma}length {length}");
        return Err(Stop::Truncated);
    };
    out.say(comma).say(if ansi { "ANSI" } else { "CCITT" }).note_that("ansi", ansi);
    out.say(", codeset ").num("codeset", sets.current());
    // A reference of one byte that is 0 stands for no call; tcpdump looks for it behind the message.
    if !reference.is_empty() {
        let dummy = p.peek()? == 0;
        if reference.len() > 1 || !dummy {
            out.say(", Call Ref: 0x").bytes("call_reference", reference);
        }
    }
    if cx.verbose() > 0 {
        out.say(", ").named_as("message", message, MESSAGES, "unknown message", " (0x%02x), length ");
        out.aloud(|out| _ = out.num("", length));
    } else {
        out.say(", ").name("message", message, MESSAGES, "unknown message 0x%02x");
    }
    let done = out.list("elements", |out| elements(cx, &mut sets, p, out));
    if done != Err(Stop::Invalid) && cx.verbose() == 0 {
        write!(out, ", length {length}");
    }
    match done {
        Err(Stop::Invalid) => Ok(()),
        done => done,
    }
}

type Header<'p> = (&'p [u8], u8, CodeSets, bool, Cursor<'p>);

/// Call reference, message, and the shift that may come first; whether that is to ANSI's set for good.
fn header(mut p: Cursor) -> Dissect<Header> {
    needed(&p, 1)?;
    let size = usize::from(p.u8()? & 0x0f);
    needed(&p, size + 1)?;
    let (reference, message) = (p.take(size)?, p.u8()?);
    let mut sets = CodeSets::default();
    let mut ansi = false;
    if p.claimed() > 0 && sets.shift(p.peek()?) {
        p.skip(1)?;
        ansi = sets.lasting == 5;
    }
    Ok((reference, message, sets, ansi, p))
}

/// The elements; what follows one that cannot be is [`Stop::Invalid`], and nothing more is said of the message.
fn elements(cx: &Cx, sets: &mut CodeSets, mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let kind = p.u8()?;
        if kind & 0x80 != 0 {
            if !sets.shift(kind) {
                sets.take();
            }
            continue;
        }
        let set = sets.take();
        needed(&p, 1)?;
        let size = p.u8()?;
        let names = if matches!(set, 0 | 5) { ELEMENTS } else { &[] };
        out.item(|out| {
            out.note("codeset", set);
            if cx.verbose() > 0 {
                out.say("\n\t").named_as("type", kind, names, "unknown", " IE (0x%02x), length ");
                out.num("length", size).say(": ");
            }
            if kind == 0 || size == 0 {
                return Err(Stop::Invalid);
            }
            needed(&p, size.into())?;
            let value = p.take(size.into())?;
            if crate::out::lookup(names, kind.into()).is_some() {
                element(cx, kind, value, out);
                if cx.verbose() > 1 {
                    out.aloud(|out| _ = out.dump_hex("", value, "\n\t  "));
                }
            } else if cx.verbose() > 0 {
                out.dump_hex("data", value, "\n\t");
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn element(cx: &Cx, kind: u8, value: &[u8], out: &mut Out) {
    let comma = if cx.verbose() == 0 { ", " } else { "" };
    match (kind, value) {
        (0x01 | 0x51, [report, ..]) => {
            if cx.verbose() > 0 {
                out.named("report", *report, REPORTS, "unknown");
            }
        }
        (0x03 | 0x19 | 0x53, [sent, seen, ..]) => {
            out.say(comma).say("TX Seq: ").right(3, |out| _ = out.num("sent", *sent));
            out.say(", RX Seq: ").right(3, |out| _ = out.num("received", *seen));
        }
        (0x03 | 0x19 | 0x53, _) => {
            _ = out.say(comma).say("Invalid LINK VERIFY IE").note_that("invalid", true)
        }
        _ => match circuit(value) {
            Some((dlci, state)) => {
                out.say(comma).say("DLCI ").num("dlci", dlci).say(": status ").note("state", state);
                out.say(if state & 0x08 != 0 { "New, " } else { "" });
                out.say(if state & 0x02 != 0 { "Active" } else { "Inactive" });
            }
            None => _ = out.say(comma).say("Invalid DLCI in PVC STATUS IE").note_that("invalid", true),
        },
    }
}

/// The number of a circuit, in 2 to 4 bytes of which the last is marked, and its state.
fn circuit(value: &[u8]) -> Option<(u32, u8)> {
    let (state, number) = value.split_last()?;
    let (last, others) = number.split_last()?;
    if state & 0x80 == 0 || last & 0x80 == 0 || others.iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let of = |byte: u8, mask: u8, shift: u32| u32::from(byte & mask) >> shift;
    let dlci = match *number {
        [a, b] => of(a, 0x3f, 0) << 4 | of(b, 0x78, 3),
        [a, b, c] => (of(a, 0x3f, 0) << 4 | of(b, 0x78, 3)) << 6 | of(c, 0x7e, 1),
        [a, b, c, d] => (of(a, 0x3f, 0) << 4 | of(b, 0x78, 3)) << 13 | of(c, 0x7f, 0) | of(d, 0x7e, 1),
        _ => return None,
    };
    Some((dlci, *state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const STATUS: &str = "00 7d 95 010100 03020102 0703 8a8082";

    #[test]
    fn the_state_of_links() {
        check(
            &Q933,
            "00 75 95 010101 03020102",
            "",
            "Q.933, ANSI, codeset 5, Status Enquiry, TX Seq:   1, RX Seq:   2, length 10",
        );
        check(
            &Q933,
            "00 75 95 010101 03020102",
            "-ve",
            "ANSI, codeset 5, Status Enquiry (0x75), length 10\
             \n\tANSI Report Type IE (0x01), length 1: Link verify (1)\
             \n\tANSI Link Verify IE (0x03), length 2: TX Seq:   1, RX Seq:   2",
        );
        check(&Q933, "00 7d 5103 0601 82", "", "Q.933, CCITT, codeset 0, Status Reply, length 7");
        check(
            &Q933,
            "00 7d 5703 068482",
            "",
            "Q.933, CCITT, codeset 0, Status Reply, DLCI 96: status Active, length 7",
        );
        check(
            &Q933,
            STATUS,
            "",
            "Q.933, ANSI, codeset 5, Status Reply, TX Seq:   1, RX Seq:   2, Invalid DLCI in PVC STATUS IE, length 15",
        );
        assert_eq!(
            values(&Q933, "00 7d 5703 068482"),
            r#"{"q.933":{"length":7,"ansi":false,"codeset":0,"message":125,"elements":[{"codeset":0,"type":87,"length":3,"dlci":96,"state":130}]}}"#
        );
    }

    #[test]
    fn what_ends_early() {
        check(&Q933, "01 aa", "", "Q.933, length 2 [|q.933]");
        check(
            &Q933,
            "01 aa 05 3002",
            "-v",
            "Q.933, CCITT, codeset 0, Call Ref: 0xaa, Setup (0x05), length 5\n\tunknown IE (0x30), length 2:  [|q.933]",
        );
        check(
            &Q933,
            "00 05 3000",
            "-v",
            "Q.933, CCITT, codeset 0, Setup (0x05), length 4\n\tunknown IE (0x30), length 0: ",
        );
        check(&Q933, "00 05 9d 3001ff", "", "Q.933, CCITT, codeset 5, Setup, length 6");
    }
}

//! Payloads of a key exchange: one behind the other, each in its own line (RFC 2408 section 3.2, RFC 7296 section
//! 3.2).

use super::{names, v1, v2};
use crate::prelude::*;

/// Bytes of a payload before its data.
pub const HEADER: usize = 4;

/// What a payload cannot know by itself.
#[derive(Clone, Copy)]
pub struct Around {
    /// 1 or 2.
    pub version: u8,
    /// Whether the one who began the exchange speaks, and the cookies of both.
    pub exchange: (bool, [[u8; 8]; 2]),
    /// What the proposal around a transform is for.
    pub protocol: u8,
    /// How many payloads there are around it.
    pub depth: usize,
}

/// One payload, and all that was captured behind it.
#[derive(Clone, Copy)]
pub struct Payload<'p> {
    /// Its type.
    pub kind: u8,
    /// From its header on, to the end of the capture.
    pub p: Cursor<'p>,
    /// Its length, header included.
    pub length: usize,
}

/// Where the next payload begins, counted from this one; nothing if there can be no next one.
pub type Next = Dissect<Option<usize>>;

impl<'p> Payload<'p> {
    /// Says payloads, of which the first has type `kind`. The position behind them, or nothing if they were cut.
    pub fn all(cx: &mut Cx, kind: u8, p: Cursor<'p>, around: Around, out: &mut Out) -> Next {
        let mut cut = None;
        let done = out.list("payloads", |out| {
            let (mut at, mut kind) = (0, kind);
            while kind != 0 {
                let p = p.at(at);
                let Ok([next, _, a, b]) = { p }.array() else {
                    cut = Some(kind);
                    return Ok(None);
                };
                let length = usize::from(u16::from_be_bytes([a, b]));
                if p.need(length).is_err() {
                    cut = Some(kind);
                    return Ok(None);
                }
                let payload = Payload { kind, p, length };
                let inner = Around { depth: around.depth + 1, ..around };
                let Some(step) = cx.deeper(|cx| out.item(|out| payload.line(cx, inner, out)))? else {
                    return Ok(None);
                };
                at += step;
                kind = next;
            }
            Ok(Some(at))
        })?;
        if let Some(kind) = cut {
            say_cut(kind, out);
        }
        Ok(done)
    }

    /// A payload in brackets, in a line of its own.
    fn line(&self, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
        begin_line(around.depth, out);
        out.note("type", self.kind).note("length", self.length);
        let next = self.say(cx, around, out)?;
        out.say(")");
        Ok(next.filter(|step| *step > 0))
    }

    fn say(&self, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
        if self.length <= HEADER {
            return Ok(None);
        }
        match self.kind {
            1..=13 => v1::say(self, cx, around, out),
            names::ENCRYPTED if around.version == 1 => {
                names::say_payload(self.kind, out);
                Ok(Some(self.length))
            }
            names::SA_2..=names::LAST => v2::say(self, cx, around, out),
            _ => {
                names::say_payload(self.kind, out);
                out.aside(|out| _ = out.bytes("data", self.data()));
                Ok(Some(self.length))
            }
        }
    }

    /// Says that this payload is cut.
    pub fn cut(&self, out: &mut Out) -> Next {
        say_cut(self.kind, out);
        Ok(None)
    }

    /// What is behind the header.
    pub fn data(&self) -> &'p [u8] {
        self.from(HEADER)
    }

    /// What is behind the first `offset` bytes.
    pub fn from(&self, offset: usize) -> &'p [u8] {
        let rest = self.p.rest();
        rest.get(offset..self.length.min(rest.len())).unwrap_or_default()
    }

    /// Says all of the data in hex, to those who want to know everything.
    pub fn say_data(&self, cx: &Cx, offset: usize, out: &mut Out) {
        if cx.verbose() > 2 && self.length > offset {
            out.say(" ").bytes("data", self.from(offset));
        }
    }
}

/// Begins the line of a payload.
pub fn begin_line(depth: usize, out: &mut Out) {
    out.say("\n");
    for _ in 0..depth {
        out.say("    ");
    }
    out.say("(");
}

/// Says that a payload is cut.
pub fn say_cut(kind: u8, out: &mut Out) {
    names::say_payload(kind, out.say(" [|"));
    out.say("]").note_that("cut", true);
}

/// Says the first ten and the last twenty bytes, if there are so many.
pub fn say_some(bytes: &[u8], out: &mut Out) {
    let first = bytes.len().min(10);
    let last = bytes.len().saturating_sub(20).max(first);
    out.aside(|out| _ = out.bytes("data", bytes));
    out.aloud(|out| {
        out.say(" data=(").bytes("", bytes.get(..first).unwrap_or_default()).say("...");
        out.bytes("", bytes.get(last..).unwrap_or_default()).say(")");
    });
}

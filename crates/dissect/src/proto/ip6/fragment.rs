//! The fragment header of IPv6 (RFC 8200 section 4.5).
//!
//! ```text
//! |  Next header  |   Reserved    |   Fragment offset       |res|M|
//! |                        Identification                         |
//! ```

use super::Next;
use crate::prelude::*;

/// How long the header is.
pub const HEADER: usize = 8;
const OFFSET: u16 = 0xfff8;

/// Says the header of a fragment of `payload` bytes, and whether it is the first.
pub fn say(cx: &mut Cx, mut p: Cursor, payload: Option<usize>, out: &mut Out) -> Dissect<(Next, bool)> {
    cx.speaking = "frag6";
    out.nest("frag6", |out| {
        out.say("frag (");
        p.need(HEADER)?;
        let ([header, _reserved], word, id) = (p.array()?, p.be16()?, p.be32()?);
        if cx.verbose() > 0 {
            out.say("0x").hex0("id", id, 8).say(":");
        }
        out.note("next_header", header).note_that("more", word & 1 != 0);
        out.num("offset", word & OFFSET).say("|");
        match payload {
            Some(length) => out.num("length", length),
            None => out.say("[length < 0] (invalid)"),
        };
        out.say(")");
        let first = word & OFFSET == 0;
        if first {
            out.say(" ");
        }
        Ok((Next { header, length: HEADER }, first))
    })
}

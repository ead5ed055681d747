//! The names that olsr.org's name service spreads in messages of RFC 3626 (olsrd's nameservice plugin).
//!
//! ```text
//! | version (2) | entries (2) |
//! | type (2) | length (2) | address | name, padded to four bytes | ..
//! ```

use super::{address, address_length};
use crate::prelude::*;

/// The body of a message with names.
pub fn dissect(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    if left < 4 {
        return Err(out.lie("message length", left, "<", 4u8));
    }
    let (version, count) = (p.be16()?, p.be16()?);
    out.say("\n\t  Version ").num("version", version).say(", Entries ").num("count", count);
    if count == 0 || usize::from(count) * (4 + address_length(cx)) > left {
        out.say(" (invalid)").note_that("invalid", true);
        return Ok(());
    }
    out.list("entries", |out| {
        for i in 0..count {
            if p.claimed() < 4 || !out.item(|out| entry(cx, i, &mut p, out))? {
                break;
            }
        }
        Ok(())
    })
}

/// An entry; `false` if its length lies.
fn entry(cx: &Cx, i: u16, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let (kind, stated) = (p.be16()?, p.be16()?);
    let length = usize::from(stated);
    write!(out, "\n\t    #{i}: type ").note("type", kind);
    out.aloud(|out| _ = if kind == 0 { out.say("000000") } else { out.say("0x").hex0("", kind, 4) });
    out.say(", length ").num("length", length);
    if length == 0 || address_length(cx) + length > p.claimed() {
        out.say(" (invalid)").note_that("invalid", true);
        return Ok(false);
    }
    let whole = address_length(cx) + length.next_multiple_of(4);
    if p.claimed() < whole {
        return Err(out.lie("name entry length", p.claimed(), "<", whole));
    }
    p.need(whole)?;
    let mut entry = *p;
    let address = address(cx, &mut entry)?;
    out.say(", address ").ip("address", address).say(", name \"");
    out.chars_of("name", &mut entry, length)?.say("\"");
    p.pass(whole);
    Ok(true)
}

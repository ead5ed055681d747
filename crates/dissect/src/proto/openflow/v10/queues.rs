//! The queues of a port (source: OpenFlow Switch Specification 1.0.0, sections 5.2.2 and 5.3.4).
//!
//! ```text
//! queue:     | queue (4) | length, of all of it (2) | 0 (2) | properties ..
//! property:  | type (2) | length, of all of it (2) | 0 (4) | rate in tenths of a percent (2) | 0 (6) |
//! ```

use super::super::fields::{self, Field, Kind};
use super::PORTS;
use crate::prelude::*;

const PORT: &[Field] = &[("\n\t port ", "port", 2, Kind::Named(PORTS, "%u")), ("", "", 6, Kind::End)];
const HEADER: usize = 8;
const NONE: u16 = 0;
const LEAST_RATE: u16 = 1;
const LEAST_RATE_LENGTH: usize = 16;
const PROPERTIES: NameTable = &[(0, "NONE"), (1, "MIN_RATE")];
/// A rate of more than all is none.
const HIGHEST_RATE: u16 = 1000;

/// The queues of a port.
pub(super) fn reply(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    fields::say(PORT, p, out)?;
    out.list("queues", |out| {
        while p.claimed() > 0 {
            out.say("\n\t ");
            out.enough("remaining length", p, HEADER)?;
            out.item(|out| queue(cx, p, out))?;
        }
        Ok(())
    })
}

fn queue(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    let number = p.be32()?;
    out.say(" queue_id ").num("queue", number);
    let length = length("prop. desc. length", left, p, out)?;
    p.skip(2)?;
    let body = p.claiming(length - HEADER);
    if cx.verbose() > 1 {
        properties(cx, body, out)?;
    } else {
        body.need(body.claimed())?;
    }
    p.pass(length - HEADER);
    Ok(())
}

/// The length of something of which `left` bytes are left.
fn length(what: &str, left: usize, p: &mut Cursor, out: &mut Out) -> Dissect<usize> {
    let length = usize::from(p.be16()?);
    out.say(", len ").num("length", length);
    if length < HEADER {
        return Err(out.lie(what, length, "<", HEADER));
    }
    if length > left {
        return Err(out.lie(what, length, ">", left));
    }
    Ok(length)
}

/// The properties of a queue. A lie ends them, and not the queues.
fn properties(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let done = out.list("properties", |out| {
        while p.claimed() > 0 {
            out.say("\n\t  ");
            out.enough("remaining length", &p, HEADER)?;
            out.item(|out| property(&mut p, out))?;
        }
        Ok(())
    });
    cx.close(done, &p, out)
}

fn property(p: &mut Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    let kind = p.be16()?;
    out.say(" property ").name("type", kind, PROPERTIES, "invalid (0x%04x)");
    let length = length("property length", left, p, out)?;
    p.skip(4)?;
    let fits = match kind {
        NONE => length == HEADER,
        LEAST_RATE => length == LEAST_RATE_LENGTH,
        _ => true,
    };
    if !fits {
        out.say(" (bogus)").note_that("bogus", true);
    }
    if !fits || kind != LEAST_RATE {
        return p.skip(length - HEADER);
    }
    let rate = p.be16()?;
    out.note("rate_permille", rate).aloud(|out| {
        if rate > HIGHEST_RATE {
            out.say(", rate disabled");
        } else {
            out.say(", rate ").num("", rate / 10).say(".").num("", rate % 10).say("%");
        }
    });
    p.skip(6)
}

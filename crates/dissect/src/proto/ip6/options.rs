//! Hop-by-hop and destination options of IPv6 (RFC 8200 section 4.2; jumbo payload: RFC 2675; router alert:
//! RFC 2711; home address: RFC 6275).
//!
//! ```text
//! |  Next header  | Length in 8s-1|  option, option, ..
//!       option:   |     Type      |    Length     |  data ..
//! ```

use super::Next;
use crate::prelude::*;

const PAD1: u8 = 0;
const PAD_N: u8 = 1;
const ROUTER_ALERT: u8 = 5;
const JUMBO: u8 = 0xc2;
const HOME_ADDRESS: u8 = 0xc9;

/// Shortest option but for the one-byte padding.
const LEAST: usize = 2;
const ROUTER_ALERT_LENGTH: usize = 4;
const JUMBO_LENGTH: usize = 6;
const HOME_ADDRESS_LENGTH: usize = 18;
/// A shorter payload has its length in the IPv6 header.
const LEAST_JUMBO: u32 = 65536;

const NAMES: NameTable = &[
    (PAD1 as u32, "(pad1)"),
    (PAD_N as u32, "(padn)"),
    (ROUTER_ALERT as u32, "(rtalert: 0x"),
    (JUMBO as u32, "(jumbo: "),
    (HOME_ADDRESS as u32, "(homeaddr: "),
];

/// Hop-by-hop options. `stated` is the payload length of the IPv6 header; a valid option fills in `jumbo`.
pub fn hop_by_hop(
    cx: &mut Cx,
    p: Cursor,
    stated: u16,
    jumbo: &mut Option<u32>,
    out: &mut Out,
) -> Dissect<Next> {
    cx.speaking = "hbh";
    out.nest("hbh", |out| {
        let (next, options) = header(p)?;
        out.say("HBH ").note("next_header", next.header);
        let place = Place::HopByHop { stated, jumbo };
        say(cx, options, place, out)?;
        Ok(next)
    })
}

/// Destination options.
pub fn destination(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<Next> {
    cx.speaking = "dstopt";
    out.nest("dstopt", |out| {
        let (next, options) = header(p)?;
        out.say("DSTOPT ").note("next_header", next.header);
        if cx.verbose() > 0 {
            say(cx, options, Place::Destination, out)?;
        }
        Ok(next)
    })
}

/// Which header the options are in.
enum Place<'j> {
    HopByHop { stated: u16, jumbo: &'j mut Option<u32> },
    Destination,
}

fn header(mut p: Cursor) -> Dissect<(Next, Cursor)> {
    let whole = p;
    let [header, units] = p.array()?;
    let length = (usize::from(units) + 1) * 8;
    whole.need(length)?;
    Ok((Next { header, length }, p.sub(length - 2)))
}

fn say(cx: &Cx, mut p: Cursor, mut place: Place, out: &mut Out) -> Dissect {
    let aloud = cx.verbose() > 0;
    let mut seen = false;
    out.list("options", |out| {
        while !p.is_empty() {
            let (kind, data) = take(&mut p, out)?;
            if aloud {
                out.item(|out| option(kind, data, &mut place, &mut seen, out))?;
            } else {
                silently(kind, data, &mut place, &mut seen, out)?;
            }
        }
        Ok(())
    })?;
    if aloud {
        out.say(" ");
    }
    Ok(())
}

/// The next option: its type and its data.
fn take<'p>(p: &mut Cursor<'p>, out: &mut Out) -> Dissect<(u8, Cursor<'p>)> {
    let left = p.captured();
    let kind = p.u8()?;
    if kind == PAD1 {
        return Ok((kind, p.sub(0)));
    }
    if left < LEAST {
        return Err(out.lie("remaining length", left, "<", LEAST));
    }
    let length = usize::from(p.u8()?);
    if left < length + LEAST {
        return Err(out.lie("remaining length", left, "<", length + LEAST));
    }
    let data = p.sub(length);
    p.skip(length)?;
    Ok((kind, data))
}

fn option(kind: u8, mut data: Cursor, place: &mut Place, seen: &mut bool, out: &mut Out) -> Dissect {
    check(kind, &data, out)?;
    if kind == JUMBO {
        let length = data.be32()?;
        let fault = jumbo(length, place, seen);
        out.name("type", kind, NAMES, "").num("payload_length", length);
        out.say(fault.unwrap_or("")).note_that("valid", fault.is_none()).say(") ");
        return Ok(());
    }
    if !matches!(kind, PAD1 | PAD_N | ROUTER_ALERT | HOME_ADDRESS) {
        out.say("(unknown opt-type 0x").hex0("type", kind, 2).say(" len=").num("length", data.claimed());
        out.say(")").aside(|out| {
            out.bytes("data", data.rest());
        });
        return Ok(());
    }
    out.name("type", kind, NAMES, "");
    match kind {
        ROUTER_ALERT => {
            out.hex0("value", data.be16()?, 4).say(") ");
        }
        HOME_ADDRESS => {
            out.ip6("addr", data.array()?);
            out.list("options", |out| suboptions(data, out))?;
            out.say(")");
        }
        _ => {}
    }
    Ok(())
}

/// What an option means when nobody wants to hear it.
fn silently(kind: u8, mut data: Cursor, place: &mut Place, seen: &mut bool, out: &mut Out) -> Dissect {
    check(kind, &data, out)?;
    if kind == JUMBO {
        jumbo(data.be32()?, place, seen);
    }
    Ok(())
}

/// The lengths that options must have.
fn check(kind: u8, data: &Cursor, out: &mut Out) -> Dissect {
    let (length, left) = (data.claimed() + LEAST, data.claimed());
    let (what, right, exactly) = match kind {
        ROUTER_ALERT => ("(rtalert) length", ROUTER_ALERT_LENGTH, true),
        JUMBO => ("(jumbo) length", JUMBO_LENGTH, true),
        HOME_ADDRESS => ("(homeaddr) length", HOME_ADDRESS_LENGTH, false),
        _ => return Ok(()),
    };
    match (length == right, length < right, exactly) {
        (false, _, true) => Err(out.lie(what, left, "!=", right - LEAST)),
        (_, true, false) => Err(out.lie(what, left, "<", right - LEAST)),
        _ => Ok(()),
    }
}

/// Takes a jumbo payload option into account, or says what is wrong with it.
fn jumbo(length: u32, place: &mut Place, seen: &mut bool) -> Option<&'static str> {
    if std::mem::replace(seen, true) {
        return Some(" - already seen");
    }
    match place {
        Place::Destination => Some(" - not a hop-by-hop option"),
        Place::HopByHop { stated, .. } if *stated != 0 => Some(" - payload len != 0"),
        Place::HopByHop { .. } if length < LEAST_JUMBO => Some(" - < 65536"),
        Place::HopByHop { jumbo, .. } => {
            **jumbo = Some(length);
            None
        }
    }
}

fn suboptions(mut p: Cursor, out: &mut Out) -> Dissect {
    while !p.is_empty() {
        let (kind, data) = take(&mut p, out)?;
        out.item(|out| {
            match kind {
                PAD1 => out.say(", pad1").note("type", kind),
                PAD_N => out.say(", padn").note("type", kind),
                _ => out.say(", unknown subopt-type 0x").hex0("type", kind, 2),
            };
            if !matches!(kind, PAD1 | PAD_N) {
                out.say(" len=").num("length", data.claimed());
            }
            Ok(())
        })?;
    }
    Ok(())
}

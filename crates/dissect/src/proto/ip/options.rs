//! Options of the IPv4 header (RFC 791 section 3.1; router alert: RFC 2113; traceroute: RFC 1393).

use crate::prelude::*;

const END: u8 = 0;
const NOP: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;
const ROUTER_ALERT: u8 = 148;

const KINDS: NameTable = &[
    (0, "EOL"),
    (1, "NOP"),
    (68, "timestamp"),
    (130, "security"),
    (7, "RR"),
    (137, "SSRR"),
    (131, "LSRR"),
    (148, "RA"),
    (82, "traceroute"),
];

const STAMPS: NameTable = &[(0, "TSONLY"), (1, "TS+ADDR"), (3, "PRESPEC")];

/// Says `left` bytes of options; `false` if one of them reaches beyond what was captured.
pub fn say(mut p: Cursor, mut left: usize, out: &mut Out) -> Dissect<bool> {
    out.list("options", |out| {
        let mut comma = "";
        while left > 0 {
            out.say(std::mem::replace(&mut comma, ","));
            let Some(length) = out.item(|out| option(p, left, out))? else { return Ok(false) };
            if length == 0 {
                break;
            }
            p.skip(length)?;
            left -= length;
        }
        Ok(true)
    })
}

/// One option of at most `left` bytes. Gives its length, 0 if it is the last, `None` if it was cut.
fn option(p: Cursor, left: usize, out: &mut Out) -> Dissect<Option<usize>> {
    let mut inside = p;
    let kind = inside.u8()?;
    out.name("kind", kind, KINDS, "unknown %u");
    let length = match kind {
        END | NOP => 1,
        _ => usize::from(inside.u8()?),
    };
    if length > left || (length < 2 && !matches!(kind, END | NOP)) {
        bad_length(length, " ", out);
        return Ok(Some(0));
    }
    if p.captured() < length {
        return Ok(None);
    }
    let whole = match kind {
        END => return Ok(Some(0)),
        TIMESTAMP => timestamps(inside, length, out)?,
        RECORD_ROUTE | LOOSE_ROUTE | STRICT_ROUTE => route(inside, length, out)?,
        ROUTER_ALERT => {
            router_alert(inside, length, out)?;
            true
        }
        _ => true,
    };
    Ok(whole.then_some(length))
}

fn bad_length(length: usize, blank: &str, out: &mut Out) {
    out.aloud(|out| {
        out.say(blank).say("[bad length ").num("", length).say("]");
    });
    out.note("bad_length", length);
}

fn bad_pointer(pointer: u8, blank: &str, out: &mut Out) {
    out.aloud(|out| {
        out.say(blank).say("[bad ptr ").num("", pointer).say("]");
    });
}

/// The addresses of a route; those before the pointer have been passed.
fn route(mut p: Cursor, length: usize, out: &mut Out) -> Dissect<bool> {
    if length < 3 {
        bad_length(length, " ", out);
        return Ok(true);
    }
    if length % 4 != 3 {
        bad_length(length, " ", out);
    }
    let pointer = p.u8()?;
    out.note("pointer", pointer);
    let at = usize::from(pointer).wrapping_sub(1);
    if at < 3 || at.wrapping_add(1) % 4 != 0 || at > length + 1 {
        bad_pointer(pointer, " ", out);
    }
    out.list("route", |out| {
        for offset in (3..length).step_by(4) {
            let Ok(addr) = p.array() else { return Ok(false) };
            out.say(" ").ip4("", addr);
            if at > offset {
                out.say(",");
            }
        }
        Ok(true)
    })
}

/// The times, and maybe addresses, that hops left behind.
fn timestamps(mut p: Cursor, length: usize, out: &mut Out) -> Dissect<bool> {
    if length < 4 {
        bad_length(length, "", out);
        return Ok(true);
    }
    out.say(" TS{");
    let [pointer, flags] = p.array()?;
    let hop = if flags & 0x0f == 0 { 4 } else { 8 };
    if !(length - 4).is_multiple_of(hop) {
        bad_length(length, "", out);
    }
    out.note("pointer", pointer);
    let at = usize::from(pointer).wrapping_sub(1);
    if at < 4 || at.wrapping_sub(4) % hop != 0 || at > length + 1 {
        bad_pointer(pointer, "", out);
    }
    out.name("stamp", flags & 0x0f, STAMPS, "[bad ts type %u]");
    let end = match flags & 0x0f {
        0 | 1 | 3 => out.list("hops", |out| hops(&mut p, length, hop, at, out))?,
        _ => Some(0),
    };
    let Some(end) = end else { return Ok(false) };
    if at == end {
        out.say(" ^ ");
    }
    match flags >> 4 {
        0 => out.say("}"),
        missed => out.say(" [").num("not_recorded", missed).say(" hops not recorded]} "),
    };
    Ok(true)
}

/// The hops; gives the offset behind the last, or `None` if one was cut.
fn hops(p: &mut Cursor, length: usize, hop: usize, at: usize, out: &mut Out) -> Dissect<Option<usize>> {
    let mut offset = 4;
    let mut blank = " ";
    while offset < length {
        if at == offset {
            blank = " ^ ";
        }
        if p.captured() < hop {
            return Ok(None);
        }
        let addr = if hop == 8 { Some(p.array()?) } else { None };
        let time = p.be32()?;
        out.item(|out| {
            out.say(std::mem::replace(&mut blank, " ")).num("time", time).say("@");
            if let Some(addr) = addr {
                out.ip4("addr", addr);
            }
            Ok(())
        })?;
        offset += hop;
    }
    Ok(Some(offset))
}

fn router_alert(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    if length < 4 {
        bad_length(length, " ", out);
        return Ok(());
    }
    match p.be16()? {
        0 => out.note("value", 0u8),
        value => out.say(" value ").num("value", value),
    };
    Ok(())
}

/// Where a source route leads in the end, if `left` bytes of options hold one.
pub fn destination(mut p: Cursor, mut left: usize) -> Option<[u8; 4]> {
    while left > 0 {
        let mut inside = p;
        let kind = inside.u8().ok()?;
        let length = match kind {
            END => return None,
            NOP => 1,
            _ => usize::from(inside.u8().ok()?),
        };
        if length == 0 || (length < 2 && kind != NOP) || length > left {
            return None;
        }
        let option = p.take(length).ok()?;
        if matches!(kind, LOOSE_ROUTE | STRICT_ROUTE) && length >= 7 {
            return option.last_chunk().copied();
        }
        left -= length;
    }
    None
}

//! The routing header of IPv6 (RFC 8200 section 4.4; type 0: RFC 2460; type 2: RFC 6275; segment routing:
//! RFC 8754).
//!
//! ```text
//! |  Next header  | Length in 8s-1|     Type      | Segments left |
//! types 0, 2:     |               reserved (4 bytes)              |  addresses ..
//! type 4:         |  Last entry   |     Flags     |      Tag      |  segments ..  TLVs ..
//! ```

use super::Next;
use crate::prelude::*;

const SOURCE: u8 = 0;
const MOBILE: u8 = 2;
const SEGMENTS: u8 = 4;

const PAD1: u8 = 0;
const HMAC: u8 = 5;
/// What precedes the digest of an HMAC: a reserved word and a key.
const HMAC_KEY: usize = 6;
const TLVS: NameTable = &[(0, "Pad1"), (4, "PadN"), (5, "HMAC")];

/// Says a routing header.
pub fn say(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect<Next> {
    cx.speaking = "rt6";
    out.nest("rt6", |out| {
        out.say("RT6");
        let [header, units] = p.array()?;
        out.note("next_header", header).say(" (len=").num("length", units);
        let kind = p.u8()?;
        out.say(", type=").num("type", kind);
        if kind == SOURCE {
            out.say(" [Deprecated]");
        }
        let value = p.u8()?;
        out.say(", segleft=").num("segments_left", value);
        match kind {
            SOURCE | MOBILE => route(cx, p, units, out)?,
            SEGMENTS => segments(cx, p, units, out)?,
            _ => {
                out.say(" (unknown type)");
                return Err(Stop::Invalid);
            }
        }
        out.say(") ");
        Ok(Next { header, length: (usize::from(units) + 1) * 8 })
    })
}

fn route(cx: &Cx, mut p: Cursor, units: u8, out: &mut Out) -> Dissect {
    let reserved = p.be32()?;
    if reserved != 0 || cx.verbose() > 0 {
        out.say(", rsv=0x").hex("reserved", reserved);
    }
    if units % 2 == 1 {
        out.aloud(|out| {
            out.say(" (invalid length ").num("", units).say(")");
        });
        return Err(Stop::Invalid);
    }
    addresses(&mut p, usize::from(units) / 2, out)
}

fn addresses(p: &mut Cursor, count: usize, out: &mut Out) -> Dissect {
    out.list("addrs", |out| {
        for i in 0..count {
            let addr = p.array()?;
            out.aloud(|out| {
                out.say(", [").num("", i).say("]");
            });
            out.ip6("", addr);
        }
        Ok(())
    })
}

fn segments(cx: &Cx, mut p: Cursor, units: u8, out: &mut Out) -> Dissect {
    let last = p.u8()?;
    out.say(", last-entry=").num("last_entry", last);
    let flags = p.u8()?;
    if flags != 0 || cx.verbose() > 0 {
        out.say(", flags=0x").hex("flags", flags);
    }
    let value = p.be16()?;
    out.say(", tag=").hex("tag", value);
    let count = usize::from(last) + 1;
    addresses(&mut p, count, out)?;
    match usize::from(units).checked_sub(count * 2) {
        None | Some(0) => Ok(()),
        Some(left) => out.list("tlvs", |out| tlvs(cx, p, left * 8, out)),
    }
}

/// `left` bytes of TLVs.
fn tlvs(cx: &Cx, mut p: Cursor, mut left: usize, out: &mut Out) -> Dissect {
    while left > 0 {
        let kind = p.u8()?;
        left -= 1;
        if left == 0 {
            break;
        }
        left -= out.item(|out| match kind {
            PAD1 => {
                out.say(", TLV-type=").named_as("type", kind, TLVS, "", "(%u)");
                Ok(0)
            }
            _ => tlv(cx, kind, &mut p, left, out),
        })?;
    }
    Ok(())
}

/// A TLV behind its type, in at most `left` bytes; gives how many it took.
fn tlv(cx: &Cx, kind: u8, p: &mut Cursor, left: usize, out: &mut Out) -> Dissect<usize> {
    let length = usize::from(p.u8()?);
    let left = left - 1;
    if length > left {
        return too_long(length, left, out);
    }
    out.say(", TLV-type=").named_as("type", kind, TLVS, "Unknown", "(%u)");
    out.say(", TLV-len=").num("length", length);
    if kind != HMAC {
        if cx.verbose() > 0 && !matches!(kind, PAD1 | 4) {
            out.say(", TLV-value=0x").bytes_of("value", p, length)?;
        } else {
            p.skip(length)?;
        }
        return Ok(1 + length);
    }
    if length + HMAC_KEY > left {
        return too_long(length, left, out);
    }
    let reserved = p.be16()?;
    if cx.verbose() > 0 {
        out.say(", D=").num("destination_option", reserved >> 15);
    }
    let key = p.be32()?;
    if cx.verbose() > 0 {
        out.say(", HMAC-key-ID=0x").hex0("key_id", key, 2).say(", HMAC=0x").bytes_of("hmac", p, length)?;
    } else {
        p.skip(length)?;
    }
    Ok(1 + HMAC_KEY + length)
}

fn too_long(length: usize, left: usize, out: &mut Out) -> Dissect<usize> {
    write!(out, " (invalid TLV length {length}, bytes left {left})");
    Err(Stop::Invalid)
}

/// Where the packet goes in the end, if the header says so.
pub fn destination(mut p: Cursor) -> Option<[u8; 16]> {
    let [_, units, kind, _] = p.array().ok()?;
    p.skip(4).ok()?;
    if units % 2 == 1 {
        return None;
    }
    match kind {
        SEGMENTS => p.array().ok(),
        SOURCE | MOBILE => p.take(usize::from(units) * 8).ok()?.last_chunk().copied(),
        _ => None,
    }
}

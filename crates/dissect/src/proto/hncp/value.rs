//! The values of HNCP's TLVs (RFC 7787 section 7, RFC 7788 section 10).

use super::{dhcp, invalid, records};
use crate::prelude::*;

/// What stands before an IPv4 address in IPv6.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/// A value, all of which was captured; `false` if it ends the run of TLVs that it is in.
pub fn dissect(cx: &mut Cx, kind: u16, p: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    if kind == 37 {
        return if p.claimed() == 0 { Ok(lie(out)) } else { dhcp::v4(p, indent + 1, out) };
    }
    let held = match kind {
        1 => p.claimed() == 0,
        2..=10 => state(cx, kind, p, indent, out)?,
        32 => version(p, out)?,
        33 => nested(cx, 0, p, indent, out).map(|()| true)?,
        34 => delegated_prefix(cx, p, indent, out)?,
        35 => assigned_prefix(cx, p, indent, out)?,
        36 => node_address(cx, p, indent, out)?,
        38 => p.claimed() > 0 && dhcp::v6(p, indent + 1, out)?,
        39 => zone(cx, p, indent, out)?,
        40 if p.claimed() == 0 => false,
        40 => domain(" Domain: ", p, out).map(|_| true)?,
        41 => node_name(cx, p, indent, out)?,
        42 => secret(cx, p, indent, out)?,
        43 => policy(p, out)?,
        _ => true,
    };
    if !held {
        invalid(out);
    }
    Ok(true)
}

fn lie(out: &mut Out) -> bool {
    invalid(out);
    true
}

/// The TLVs behind `offset` bytes of a value, if there is anything.
fn nested(cx: &mut Cx, offset: usize, mut p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    if p.claimed() <= offset {
        return Ok(());
    }
    p.pass(offset);
    out.nest("nested", |out| records(cx, p, indent + 1, out))
}

fn node(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let id = p.take(4)?;
    out.say(words).octets(key, id, b':');
    Ok(())
}

fn endpoint(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let id = p.be32()?;
    out.say(words).hex0(key, id, 8);
    Ok(())
}

fn interval(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let ms = p.be32()?;
    out.say(words).note(key, ms);
    write!(out, "{}.{:03}s", ms / 1000, ms % 1000);
    Ok(())
}

fn hash(p: &mut Cursor, out: &mut Out) -> Dissect {
    let hash = p.be64()?;
    out.say(" hash: ").hex0("hash", hash, 16);
    Ok(())
}

/// What DNCP knows of nodes; `false` if the length lies.
fn state(cx: &mut Cx, kind: u16, mut p: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let value = p;
    match (kind, p.claimed()) {
        (2, 4) => node(" NID: ", "node", &mut p, out)?,
        (3, 8) => {
            node(" NID: ", "node", &mut p, out)?;
            endpoint(" EPID: ", "endpoint", &mut p, out)?;
        }
        (4, 8) => hash(&mut p, out)?,
        (5, 20..) => {
            node(" NID: ", "node", &mut p, out)?;
            let seqno = p.be32()?;
            out.say(" seqno: ").num("seqno", seqno);
            interval(" ", "interval_ms", &mut p, out)?;
            hash(&mut p, out)?;
            nested(cx, 20, value, indent, out)?;
        }
        (8, 12) => {
            node(" Peer-NID: ", "peer", &mut p, out)?;
            endpoint(" Peer-EPID: ", "peer_endpoint", &mut p, out)?;
            endpoint(" Local-EPID: ", "endpoint", &mut p, out)?;
        }
        (9, 8..) => {
            endpoint(" EPID: ", "endpoint", &mut p, out)?;
            interval(" Interval: ", "interval_ms", &mut p, out)?;
        }
        (10, 37..) => {
            let verdict = p.u8()?;
            out.say(" Verdict: ").num("verdict", verdict);
            p.skip(3)?;
            let fingerprint = p.take(32)?;
            out.say(" Fingerprint: ").bytes("fingerprint", fingerprint).say(" Common Name: ");
            let left = p.claimed();
            out.padded_chars_of("common_name", &mut p, left)?;
        }
        (6 | 7, _) => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn version(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 5 {
        return Ok(false);
    }
    p.skip(2)?;
    let capabilities = p.be16()?;
    let of = |shift: u16| capabilities >> shift & 0x0f;
    out.note("capabilities", capabilities);
    write!(out, " M: {} P: {} H: {} L: {} User-agent: ", of(12), of(8), of(4), of(0));
    let left = p.claimed();
    out.padded_chars_of("user_agent", &mut p, left)?;
    Ok(true)
}

fn address(p: &mut Cursor) -> Dissect<Addr> {
    Ok(match p.array()? {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Addr::from([a, b, c, d]),
        address => Addr::from(address),
    })
}

/// Why there is no prefix.
enum NoPrefix {
    /// It is longer than an address.
    TooLong,
    /// It ends behind the value.
    TooShort,
}

/// Says a prefix behind its length; gives how many bytes it takes.
fn prefix(mut p: Cursor, out: &mut Out) -> Dissect<Result<usize, NoPrefix>> {
    let bits = p.u8()?;
    let mapped = bits >= 96 && p.claimed() >= MAPPED.len() && p.rest().starts_with(&MAPPED);
    // An IPv4 prefix has 96 bits before it: both kinds end at 128.
    if bits > 128 {
        return Ok(Err(NoPrefix::TooLong));
    }
    let bytes = usize::from(bits).div_ceil(8);
    if p.claimed() < bytes {
        return Ok(Err(NoPrefix::TooShort));
    }
    let whole = u128::from_be_bytes(p.padded(bytes)?);
    let host = u128::MAX.checked_shr(bits.into()).unwrap_or(0);
    let address = (whole & !host).to_be_bytes();
    match address {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] if mapped => {
            out.ip4("prefix", [a, b, c, d]).say("/").num("prefix_length", bits - 96);
        }
        _ => drop(out.ip6("prefix", address).say("/").num("prefix_length", bits)),
    }
    Ok(Ok(1 + bytes))
}

fn delegated_prefix(cx: &mut Cx, value: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let mut p = value;
    if value.claimed() < 9 || value.claimed() < 9 + usize::from(value.at(8).u8()?).div_ceil(8) {
        return Ok(false);
    }
    interval(" VLSO: ", "valid_ms", &mut p, out)?;
    interval(" PLSO: ", "preferred_ms", &mut p, out)?;
    out.say(" Prefix: ");
    match prefix(p, out)? {
        Ok(length) => nested(cx, 8 + length.next_multiple_of(4), value, indent, out).map(|()| true),
        Err(NoPrefix::TooLong) => {
            out.say("(length is invalid)").note_that("invalid", true);
            Ok(true)
        }
        Err(NoPrefix::TooShort) => Ok(false),
    }
}

fn assigned_prefix(cx: &mut Cx, value: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let mut p = value;
    if value.claimed() < 6 || value.claimed() < 6 + usize::from(value.at(5).u8()?).div_ceil(8) {
        return Ok(false);
    }
    endpoint(" EPID: ", "endpoint", &mut p, out)?;
    let priority = p.u8()?;
    out.say(" Prty: ").num("priority", priority & 0x0f).say(" Prefix: ");
    match prefix(p, out)? {
        Ok(length) => nested(cx, (5 + length).next_multiple_of(4), value, indent, out).map(|()| true),
        Err(_) => Ok(false),
    }
}

fn node_address(cx: &mut Cx, value: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let mut p = value;
    if p.claimed() < 20 {
        return Ok(false);
    }
    endpoint(" EPID: ", "endpoint", &mut p, out)?;
    let address = address(&mut p)?;
    out.say(" IP Address: ").ip("address", address);
    nested(cx, 20, value, indent, out)?;
    Ok(true)
}

fn policy(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let value = p;
    if p.claimed() == 0 {
        return Ok(false);
    }
    let policy = p.u8()?;
    out.say(" type: ").note("policy", policy);
    match policy {
        0 | 131 if p.claimed() > 0 => return Ok(false),
        0 => drop(out.say("Internet connectivity")),
        131 => drop(out.say("Restrictive assignment")),
        1..=128 => match prefix(value, out.say("Dest-Prefix: "))? {
            Ok(_) => {}
            Err(NoPrefix::TooLong) => drop(out.say("(length is invalid)").note_that("invalid", true)),
            Err(NoPrefix::TooShort) => return Ok(false),
        },
        129 => drop(domain("DNS domain: ", p, out)?),
        130 => {
            let left = p.claimed();
            out.say("Opaque UTF-8: ").padded_chars_of("opaque", &mut p, left)?;
        }
        132.. => drop(write!(out, "Unknown ({policy})")),
    }
    Ok(true)
}

fn zone(cx: &mut Cx, value: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let mut p = value;
    if p.claimed() < 17 {
        return Ok(false);
    }
    let (address, flags) = (address(&mut p)?, p.u8()?);
    out.say(" IP-Address: ").ip("address", address).say(" ").note("flags", flags);
    out.say(if flags & 4 != 0 { "l" } else { "-" }).say(if flags & 2 != 0 { "b" } else { "-" });
    out.say(if flags & 1 != 0 { "s " } else { "- " });
    match domain("", p, out)? {
        Some(length) => nested(cx, (17 + length).next_multiple_of(4), value, indent, out).map(|()| true),
        None => Ok(false),
    }
}

/// Says a domain name of plain labels; gives its length, if it has an end.
fn domain(words: &str, mut p: Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    let (start, mut first) = (p.claimed(), true);
    out.say(words);
    out.phrase("domain", |out| {
        while p.claimed() > 0 {
            let length = usize::from(p.u8()?);
            if length == 0 {
                return Ok(Some(start - p.claimed()));
            }
            out.say(if std::mem::take(&mut first) { "" } else { "." });
            let here = length.min(p.claimed());
            out.padded_chars_of("", &mut p, here)?;
            if here < length {
                break;
            }
        }
        out.say("[|DNS]");
        Ok(None)
    })
}

fn node_name(cx: &mut Cx, value: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let mut p = value;
    if p.claimed() < 17 {
        return Ok(false);
    }
    let (address, length) = (address(&mut p)?, usize::from(p.u8()?));
    if p.claimed() < length {
        return Ok(false);
    }
    out.say(" IP-Address: ").ip("address", address).say(" Name: ");
    if length < 64 {
        out.say("\"").padded_chars_of("name", &mut p, length)?.say("\"");
    } else {
        invalid(out);
    }
    nested(cx, (17 + length).next_multiple_of(4), value, indent, out)?;
    Ok(true)
}

fn secret(cx: &mut Cx, value: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    let mut p = value;
    if p.claimed() < 32 {
        return Ok(false);
    }
    let key = p.take(32)?;
    out.say(" PSK: ").bytes("key", key);
    nested(cx, 32, value, indent, out)?;
    Ok(true)
}

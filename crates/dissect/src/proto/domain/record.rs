//! Resource records (RFC 1035 section 4.1.3).
//!
//! ```text
//! | name | type (2) | class (2) | time to live (4) | length (2) | data |
//! ```

use super::names::TYPES;
use super::{Message, TOP_BIT, edns};
use crate::parts::{dns_name, duration};
use crate::prelude::*;

const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const PTR: u16 = 12;
const MX: u16 = 15;
const TXT: u16 = 16;
const AAAA: u16 = 28;
const SRV: u16 = 33;
const A6: u16 = 38;
const DNAME: u16 = 39;
pub(super) const OPT: u16 = 41;
const TSIG: u16 = 250;
const URI: u16 = 256;

/// What is behind the name, up to the data.
const FIXED: usize = 10;
/// The flag that asks for DNSSEC's records (RFC 3225).
const DNSSEC_OK: u16 = 0x8000;

/// Says the record at `at`; the position behind it.
pub(super) fn say(cx: &mut Cx, message: Message, at: usize, out: &mut Out) -> Dissect<usize> {
    let verbose = cx.verbose() > 0;
    let named = if verbose {
        out.say(" ");
        Some(message.name(out, "name", at)?)
    } else {
        dns_name::skip(message.bytes, at).ok()
    };
    let Some(at) = named.filter(|at| message.slice(*at, FIXED).is_ok()) else {
        // Not cut: whether anything is missing shows in what is left to say.
        return Ok(message.bytes.len());
    };
    let (kind, class) = (message.be16(at)?, message.be16(at + 2)?);
    let flush = message.mdns && class & TOP_BIT != 0;
    let class = if message.mdns { class & !TOP_BIT } else { class };
    if kind != OPT {
        super::class(class, out);
    }
    if flush {
        out.say(" (Cache flush)");
    }
    if message.mdns {
        out.note_that("cache_flush", flush);
    }
    if kind != OPT && cx.verbose() > 2 {
        out.say(" [");
        duration::say(out, "ttl", message.be32(at + 4)?);
        out.say("]");
    }
    let length = usize::from(message.be16(at + 8)?);
    out.say(" ").name("type", kind, TYPES, "Type%u");
    let data = at + FIXED;
    message.slice(data, length)?;
    if kind == OPT {
        let flags = message.be16(at + 6)?;
        out.note("extended_rcode", message.u8(at + 4)?).note("version", message.u8(at + 5)?);
        out.say(" UDPsize=").num("udp_size", class).say(if flags & DNSSEC_OK != 0 { " DO" } else { "" });
        out.note_that("dnssec_ok", flags & DNSSEC_OK != 0);
        edns::say(cx, message, data, data + length, out)?;
    } else {
        body(cx, kind, message, data, length, out)?;
    }
    Ok(data + length)
}

/// What the data of a record says, where it says anything.
fn body(cx: &Cx, kind: u16, message: Message, at: usize, length: usize, out: &mut Out) -> Dissect {
    match kind {
        A => {
            let addr = message.array::<4>(at)?;
            out.say(" ").ip_digits("addr", Addr::from(addr));
        }
        AAAA => {
            let addr = message.array::<16>(at)?;
            out.say(" ").ip_digits("addr", Addr::from(addr));
        }
        NS | CNAME | PTR | DNAME => {
            out.say(" ");
            message.name(out, "target", at)?;
        }
        SOA if cx.verbose() > 0 => authority(message, at, out)?,
        MX => {
            out.say(" ");
            let preference = message.be16(at)?;
            message.name(out, "exchange", at + 2)?;
            out.say(" ").num("preference", preference);
        }
        TXT => text(message, at, at + length, out)?,
        SRV => service(message, at, out)?,
        A6 => partial_address(message, at, out)?,
        URI => uri(message, at, length, out)?,
        TSIG if cx.verbose() > 0 => signature(message, at, out)?,
        _ => {
            let data = message.slice(at, length)?;
            out.aside(|out| {
                out.bytes("data", data);
            });
        }
    }
    Ok(())
}

fn authority(message: Message, at: usize, out: &mut Out) -> Dissect {
    out.say(" ");
    let at = message.name(out, "primary", at)?;
    out.say(" ");
    let at = message.name(out, "mailbox", at)?;
    message.slice(at, 20)?;
    for (i, key) in ["serial", "refresh", "retry", "expire", "minimum"].into_iter().enumerate() {
        let value = message.be32(at + 4 * i)?;
        out.say(" ").num(key, value);
    }
    Ok(())
}

fn text(message: Message, mut at: usize, end: usize, out: &mut Out) -> Dissect {
    out.list("strings", |out| {
        while at < end {
            out.say(" \"");
            let length = usize::from(message.u8(at)?);
            message.chars(out, "", at + 1, length)?;
            at += 1 + length;
            out.say("\"");
        }
        Ok(())
    })
}

/// RFC 2782.
fn service(message: Message, at: usize, out: &mut Out) -> Dissect {
    out.say(" ");
    message.slice(at, 6)?;
    message.name(out, "target", at + 6)?;
    let (priority, weight, port) = (message.be16(at)?, message.be16(at + 2)?, message.be16(at + 4)?);
    out.say(":").num("port", port).say(" ").num("priority", priority).say(" ").num("weight", weight);
    Ok(())
}

/// The end of an IPv6 address, and the name under which its beginning is found (RFC 2874, historic).
fn partial_address(message: Message, at: usize, out: &mut Out) -> Dissect {
    let bits = message.u8(at)?;
    if bits > 128 {
        out.say(" ").num("prefix_bits", bits).say("(bad plen)");
        return Ok(());
    }
    let missing = usize::from(bits / 8);
    let mut addr = [0; 16];
    if bits < 128 {
        let end = message.slice(at + 1, 16 - missing)?;
        addr.iter_mut().skip(missing).zip(end).for_each(|(to, from)| *to = *from);
        out.say(" ").num("prefix_bits", bits).say(" ").ip_digits("addr", Addr::from(addr));
    } else {
        out.note("prefix_bits", bits);
    }
    if bits > 0 {
        out.say(" ");
        message.name(out, "prefix", at + 17 - missing)?;
    }
    Ok(())
}

/// RFC 7553.
fn uri(message: Message, at: usize, length: usize, out: &mut Out) -> Dissect {
    message.slice(at, length)?;
    let (priority, weight) = (message.be16(at)?, message.be16(at + 2)?);
    out.say(" ").num("priority", priority).say(" ").num("weight", weight).say(" ");
    // A length without room for the numbers leaves the target without an end.
    message.chars(out, "target", at + 4, length.checked_sub(4).unwrap_or(usize::MAX))
}

/// RFC 8945 section 4.2.
fn signature(message: Message, at: usize, out: &mut Out) -> Dissect {
    out.say(" ");
    let at = message.name(out, "algorithm", at)? + 6;
    let fudge = message.be16(at)?;
    out.say(" fudge=").num("fudge", fudge);
    let mac = usize::from(message.be16(at + 2)?);
    out.say(" maclen=").num("mac_length", mac);
    let at = at + 4 + mac;
    for (i, (words, key)) in
        [(" origid=", "original_id"), (" error=", "error"), (" otherlen=", "other_length")]
            .into_iter()
            .enumerate()
    {
        let value = message.be16(at + 2 * i)?;
        out.say(words).num(key, value);
    }
    Ok(())
}

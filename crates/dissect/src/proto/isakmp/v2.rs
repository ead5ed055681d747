//! The payloads of version 2 (RFC 7296 section 3).

use super::attributes;
use super::names::{self, *};
use super::payload::{Around, HEADER, Next, Payload, begin_line, say_cut, say_some};
use crate::keys::Opened;
use crate::prelude::*;

const CRITICAL: u8 = 0x80;
const COOKIE: u16 = 16390;

pub fn say(payload: &Payload, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
    let fixed = match payload.kind {
        KEY_EXCHANGE_2 | AUTHENTICATION | NOTIFICATION_2 => 8,
        _ => HEADER,
    };
    if payload.p.need(fixed).is_err() {
        return payload.cut(out);
    }
    match payload.kind {
        SA_2 => _ = out.say("sa"),
        NONCE_2 => _ = out.say("nonce"),
        NOTIFICATION_2 => names::say_payload(NOTIFICATION, out),
        kind => names::say_payload(kind, out),
    }
    say_critical(payload.p, out)?;
    match payload.kind {
        SA_2 => return association(payload, around, out),
        KEY_EXCHANGE_2 => key_exchange(payload, cx, out)?,
        INITIATOR | RESPONDER => identification(payload, cx, out)?,
        AUTHENTICATION => authentication(payload, cx, out)?,
        NONCE_2 => nonce(payload, cx, out),
        NOTIFICATION_2 => return notification(payload, cx, out),
        VENDOR_2 => vendor(payload, cx, out),
        ENCRYPTED => encrypted(payload, cx, around, out)?,
        _ => {
            write!(out, " len={}", payload.length - HEADER);
            payload.say_data(cx, HEADER, out);
        }
    }
    // What is encrypted is always the last payload; it names the first of those inside.
    Ok(Some(payload.length).filter(|_| payload.kind != ENCRYPTED))
}

/// For those who have the key, the payloads inside.
fn encrypted(payload: &Payload, cx: &mut Cx, around: Around, out: &mut Out) -> Dissect {
    write!(out, " len={}", payload.length - HEADER);
    payload.say_data(cx, HEADER, out);
    let Some(keys) = cx.options.keys else { return Ok(()) };
    let (initiator, cookies) = around.exchange;
    let mut plain = Vec::new();
    if keys.ikev2(initiator, cookies, payload.data(), &mut plain) == Opened::Plain {
        // This payload is the last one, so what it calls the next is the first inside.
        let first = { payload.p }.u8()?;
        let p = Cursor::new(&plain, plain.len());
        let inside = Around { depth: around.depth + 1, ..around };
        out.nest("plain", |out| Payload::all(cx, first, p, inside, out).map(drop))?;
    }
    Ok(())
}

fn say_critical(p: Cursor, out: &mut Out) -> Dissect {
    let [_, flags] = { p }.array()?;
    let critical = flags & CRITICAL != 0;
    out.note_that("critical", critical).say(if critical { "[C]:" } else { ":" });
    Ok(())
}

/// Explains a substructure, by its number among those of its kind.
type Explain = fn(&Payload, usize, usize, &mut Out) -> Next;

/// How the substructures of a payload end.
enum End {
    Whole,
    /// One is longer than what is around it, which goes on behind its own end.
    TooLong,
    Cut,
    /// One was cut, and has said so.
    CutInside,
}

/// Substructures: the first, of type `kind`, begins at `at`, and there is room for `left` bytes of them.
fn parts(
    payload: &Payload,
    (kind, mut at, mut left): (u8, usize, usize),
    depth: usize,
    explain: Explain,
    out: &mut Out,
) -> Next {
    let end = out.list("parts", |out| {
        let (mut next, mut number) = (kind, 1);
        while next != 0 {
            if left < HEADER {
                return Ok(End::TooLong);
            }
            let p = payload.p.at(at);
            let Ok([after, _, a, b]) = { p }.array() else { return Ok(End::Cut) };
            let length = usize::from(u16::from_be_bytes([a, b]));
            if length <= HEADER {
                return Ok(End::Cut);
            }
            if left < length {
                return Ok(End::TooLong);
            }
            if p.need(length).is_err() {
                return Ok(End::Cut);
            }
            begin_line(depth, out);
            let part = Payload { kind: next, p, length };
            let step = if next == kind {
                out.item(|out| explain(&part, number, depth, out))?
            } else {
                names::say_payload(next, out);
                Some(length)
            };
            let Some(step) = step else { return Ok(End::CutInside) };
            out.say(")");
            at += step;
            left -= length;
            next = after;
            number += 1;
        }
        Ok(End::Whole)
    })?;
    match end {
        End::Whole => return Ok(Some(at)),
        End::TooLong => at += left,
        End::Cut => return payload.cut(out),
        End::CutInside => return Ok(None),
    }
    say_cut(payload.kind, out);
    Ok(Some(at))
}

fn association(payload: &Payload, around: Around, out: &mut Out) -> Next {
    let left = payload.length - HEADER;
    write!(out, " len={left}");
    parts(payload, (PROPOSAL, HEADER, left), around.depth + 1, proposal, out)
}

fn proposal(payload: &Payload, _: usize, depth: usize, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let Ok([number, protocol, spi, transforms]) = p.array() else { return payload.cut(out) };
    names::say_payload(PROPOSAL, out);
    say_critical(payload.p, out)?;
    out.say(" #").num("number", number).say(" protoid=").name("protocol", protocol, PROTOCOLS, "#%u");
    out.say(" transform=").num("transforms", transforms).say(" len=").num("length", payload.length);
    let mut left = payload.length - HEADER;
    if spi > 0 {
        let spi = usize::from(spi);
        if left < spi {
            say_cut(PROPOSAL, out);
            return Ok(Some(8 + left));
        }
        out.say(" spi=");
        let Ok(spi) = p.take(spi) else { return payload.cut(out) };
        out.bytes("spi", spi);
        left -= spi.len();
    }
    parts(payload, (TRANSFORM, 8 + usize::from(spi), left), depth + 1, transform, out)
}

fn transform(payload: &Payload, number: usize, _: usize, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let (Ok([kind, _]), Ok(id)) = (p.array(), p.be16()) else { return payload.cut(out) };
    names::say_payload(TRANSFORM, out);
    say_critical(payload.p, out)?;
    let (ids, map, otherwise): (NameTable, attributes::Map, _) = match kind {
        1 => (ESP, attributes::ENCRYPTION, "#%u"),
        2 => (PSEUDO_RANDOM, &[], "#%u"),
        3 => (INTEGRITY, &[], "#%u"),
        4 => (GROUPS, &[], "#%u"),
        5 => (SEQUENCE_NUMBERS, &[], "#%u"),
        _ => (&[], &[], "%u"),
    };
    write!(out, " #{number} type=").name("kind", kind, KINDS, "#%u");
    out.say(" id=").name("id", id, ids, otherwise).say(" ");
    match attributes::say(map, payload.p, 8, payload.length, out)? {
        Some(end) => Ok(Some(end)),
        None => payload.cut(out),
    }
}

fn key_exchange(payload: &Payload, cx: &Cx, out: &mut Out) -> Dissect {
    let Some(length) = payload.length.checked_sub(8) else {
        write!(out, " len={} < 8", payload.length).note_that("invalid", true);
        return Ok(());
    };
    let group = payload.p.at(HEADER).be16()?;
    write!(out, " len={length}");
    out.say(" group=").name("group", group, GROUPS, "#%u");
    payload.say_data(cx, 8, out);
    Ok(())
}

fn identification(payload: &Payload, cx: &Cx, out: &mut Out) -> Dissect {
    write!(out, " len={}", payload.length - HEADER);
    payload.say_data(cx, HEADER, out);
    if payload.length < 8 {
        out.say(" [payload too short]").note_that("invalid", true);
        return Ok(());
    }
    let kind = payload.p.at(HEADER).u8()?;
    let identity = payload.from(8);
    let (words, readable) = match kind {
        1 => (" ipv4:", false),
        2 => (" fqdn:", true),
        3 => (" rfc822:", true),
        5 => (" ipv6:", false),
        9 => (" dn:", false),
        10 => (" gn:", false),
        11 => (" keyid:", false),
        _ => return Ok(()),
    };
    out.note("id_type", kind).say(words);
    if readable {
        say_dotted("identity", identity, out);
    } else {
        out.bytes("identity", identity);
    }
    Ok(())
}

/// Characters; those that cannot be printed are dots.
fn say_dotted(key: &str, chars: &[u8], out: &mut Out) {
    out.aside(|out| _ = out.chars(key, chars));
    out.aloud(|out| {
        for c in chars {
            let printed = c.is_ascii_graphic() || *c == b' ';
            out.chars("", if printed { std::slice::from_ref(c) } else { b"." });
        }
    });
}

fn authentication(payload: &Payload, cx: &Cx, out: &mut Out) -> Dissect {
    let method = payload.p.at(HEADER).u8()?;
    write!(out, " len={}", payload.length - HEADER);
    out.say(" method=").name("method", method, AUTHENTICATIONS, "#%u");
    if cx.verbose() > 1 {
        out.say(" authdata=(").bytes("data", payload.from(8)).say(") ");
    } else {
        say_some(payload.p.at(8).rest(), out);
    }
    Ok(())
}

fn nonce(payload: &Payload, cx: &Cx, out: &mut Out) {
    write!(out, " len={}", payload.length - HEADER);
    if cx.verbose() > 1 {
        out.say(" nonce=(").bytes("data", payload.data()).say(") ");
    } else {
        say_some(payload.p.at(HEADER).rest(), out);
    }
}

fn vendor(payload: &Payload, cx: &Cx, out: &mut Out) {
    write!(out, " len={} vid=", payload.length - HEADER);
    say_dotted("vendor", payload.data(), out);
    if payload.length > 8 {
        payload.say_data(cx, HEADER, out);
    }
}

fn notification(payload: &Payload, cx: &Cx, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let ([protocol, spi], kind) = (p.array()?, p.be16()?);
    out.say(" prot_id=").name("protocol", protocol, PROTOCOLS, "#%u");
    let name = crate::out::lookup(NOTIFICATIONS_2, kind.into());
    let otherwise = match kind {
        ..8192 => "error",
        8192..16384 => "private-error",
        16384..40960 => "status",
        _ => "private-status",
    };
    out.say(" type=").num("notification", kind).say("(").say(name.unwrap_or(otherwise)).say(")");
    let Ok(spi) = p.take(spi.into()) else { return payload.cut(out) };
    if (name.is_none() || ABOUT_SPI.contains(&kind)) && !spi.is_empty() {
        out.say(" spi=").bytes("spi", spi);
    }
    let data = p.rest();
    match data.len() {
        0 => {}
        n if cx.verbose() > 3 || (kind == COOKIE && n < 30) => {
            out.say(" data=(").bytes("data", data).say(")");
        }
        _ if kind == COOKIE => say_some(data, out),
        _ => {}
    }
    Ok(Some(payload.length))
}

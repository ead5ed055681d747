//! The payloads of version 1 (RFC 2408 section 3, RFC 2407 section 4.6).

use super::attributes;
use super::names::{self, *};
use super::payload::{Around, HEADER, Next, Payload, say_some};
use crate::prelude::*;

const IPSEC: u32 = 1;
const RESPONDER_LIFETIME: u16 = 24576;
const REPLAY_STATUS: u16 = 24577;

pub fn say(payload: &Payload, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
    names::say_payload(payload.kind, out);
    out.say(":");
    match payload.kind {
        SA => association(payload, cx, around, out),
        PROPOSAL => proposal(payload, cx, around, out),
        TRANSFORM => transform(payload, around, out),
        IDENTIFICATION => identification(payload, cx, out),
        NOTIFICATION => notification(payload, cx, out),
        DELETE => delete(payload, out),
        _ => plain(payload, cx, out),
    }
}

/// Payloads whose data say nothing.
fn plain(payload: &Payload, cx: &Cx, out: &mut Out) -> Next {
    let words = match payload.kind {
        KEY_EXCHANGE => " key len=",
        NONCE => " n len=",
        _ => " len=",
    };
    write!(out, "{words}{}", payload.length - HEADER);
    if matches!(payload.kind, CERTIFICATE | CERTIFICATE_REQUEST) {
        let Ok(encoding) = payload.p.at(HEADER).u8() else { return payload.cut(out) };
        out.say(" type=").name("encoding", encoding, CERTIFICATES, "#%u");
    }
    match payload.kind {
        NONCE if cx.verbose() == 2 => say_some(payload.p.at(HEADER).rest(), out.say(" ")),
        _ => payload.say_data(cx, HEADER, out),
    }
    Ok(Some(payload.length))
}

fn association(payload: &Payload, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let (Ok(domain), Ok(situation)) = (p.be32(), p.be32()) else { return payload.cut(out) };
    out.note("doi", domain).note("situation", situation);
    if domain != IPSEC {
        write!(out, " doi={domain} situation={situation}");
        return Ok(Some(12));
    }
    out.say(" doi=ipsec situation=");
    let mut between = "";
    for (bit, name) in [(1, "identity"), (2, "secrecy"), (4, "integrity")] {
        if situation & bit != 0 {
            out.say(std::mem::replace(&mut between, "+")).say(name);
        }
    }
    let mut offset = 12;
    if situation != 1 {
        write!(out, " ident={domain}");
        offset += 4;
    }
    inside(payload, offset, PROPOSAL, cx, around, out)
}

/// Payloads in a payload, from an offset on.
fn inside(payload: &Payload, offset: usize, kind: u8, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
    let p = payload.p.at(offset);
    if p.need(HEADER).is_err() {
        return payload.cut(out);
    }
    Ok(Payload::all(cx, kind, p, around, out)?.map(|step| offset + step))
}

fn proposal(payload: &Payload, cx: &mut Cx, around: Around, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let Ok([number, protocol, spi, transforms]) = p.array() else { return payload.cut(out) };
    out.say(" #").num("number", number).say(" protoid=").name("protocol", protocol, PROTOCOLS, "#%u");
    out.say(" transform=").num("transforms", transforms);
    if !say_spi(spi, &mut p, out) {
        return payload.cut(out);
    }
    let around = Around { protocol, ..around };
    inside(payload, 8 + usize::from(spi), TRANSFORM, cx, around, out)
}

/// Says an SPI, if there is one; `false` if it is cut.
fn say_spi(length: u8, p: &mut Cursor, out: &mut Out) -> bool {
    if length == 0 {
        return true;
    }
    out.say(" spi=");
    match p.take(length.into()) {
        Ok(spi) => _ = out.bytes("spi", spi),
        Err(_) => return false,
    }
    true
}

fn transform(payload: &Payload, around: Around, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let Ok([number, id, _, _]) = p.array() else { return payload.cut(out) };
    let (ids, map, otherwise): (NameTable, attributes::Map, _) = match around.protocol {
        1 => (IKE, attributes::OAKLEY, "#%u"),
        2 => (AH, attributes::IPSEC, "#%u"),
        3 => (ESP, attributes::IPSEC, "#%u"),
        4 => (IPCOMP, attributes::IPSEC, "#%u"),
        _ => (&[], &[], "%u"),
    };
    out.say(" #").num("number", number).say(" id=").name("id", id, ids, otherwise).say(" ");
    match attributes::say(map, payload.p, 8, payload.length, out)? {
        Some(end) => Ok(Some(end)),
        None => payload.cut(out),
    }
}

fn identification(payload: &Payload, cx: &Cx, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let (Ok([kind, protocol]), Ok(port)) = (p.array(), p.be16()) else { return payload.cut(out) };
    out.say(" idtype=").name("id_type", kind, IDENTITIES, "#%u");
    out.say(" protoid=");
    match protocol {
        0 => _ = out.num("protocol", protocol),
        _ => _ = out.ip_protocol("protocol", protocol, "%u"),
    }
    out.say(" port=").num("port", port);
    let length = payload.length.saturating_sub(8);
    if length == 0 {
        return Ok(Some(payload.length));
    }
    write!(out, " len={length}");
    if matches!(kind, 1..=8) {
        identity(kind, payload.from(8), out.say(" "), length);
    } else {
        payload.say_data(cx, 8, out);
    }
    Ok(Some(payload.length))
}

/// Addresses, networks, ranges and names.
fn identity(kind: u8, bytes: &[u8], out: &mut Out, length: usize) {
    let least = match kind {
        1 => 4,
        4 | 7 => 8,
        5 => 16,
        6 | 8 => 32,
        _ => {
            out.chars("name", bytes);
            return;
        }
    };
    if length < least {
        write!(out, "[bad: < {least}]").note_that("invalid", true);
        return;
    }
    let mut p = Cursor::new(bytes, bytes.len());
    let _ = out.phrase("identity", |out| {
        match kind {
            1 => {
                let address = p.array()?;
                out.ip4("", address);
            }
            5 => {
                let address = p.array()?;
                out.ip6("", address);
            }
            4 => {
                let (network, mask): ([u8; 4], [u8; 4]) = (p.array()?, p.array()?);
                out.ip4("", network).say("/").ip_digits("", mask.into());
            }
            6 => {
                let (network, mask): ([u8; 16], [u8; 16]) = (p.array()?, p.array()?);
                out.ip6("", network).say("/0x").bytes("", &mask);
            }
            7 => {
                let (from, to): ([u8; 4], [u8; 4]) = (p.array()?, p.array()?);
                out.ip4("", from).say("-").ip4("", to);
            }
            _ => {
                let (from, to): ([u8; 16], [u8; 16]) = (p.array()?, p.array()?);
                out.ip6("", from).say("-").ip6("", to);
            }
        }
        Ok(())
    });
}

fn notification(payload: &Payload, cx: &Cx, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let (Ok(domain), Ok([protocol, spi]), Ok(kind)) = (p.be32(), p.array(), p.be16()) else {
        return payload.cut(out);
    };
    out.note("doi", domain).note("protocol", protocol).note("notification", kind);
    let names = if domain == IPSEC {
        out.say(" doi=ipsec proto=").aloud(|out| _ = out.name("", protocol, PROTOCOLS, "#%u"));
        [NOTIFICATIONS, IPSEC_NOTIFICATIONS]
    } else {
        write!(out, " doi={domain} proto={protocol}");
        [NOTIFICATIONS, &[]]
    };
    out.say(" type=");
    match names.iter().find_map(|names| crate::out::lookup(names, kind.into())) {
        Some(name) => _ = out.say(name),
        None => say_number(domain, kind, out),
    }
    if !say_spi(spi, &mut p, out) {
        return payload.cut(out);
    }
    let offset = 12 + usize::from(spi);
    if domain != IPSEC {
        return Ok(Some(offset));
    }
    if p.is_empty() {
        return Ok(Some(payload.length));
    }
    match kind {
        RESPONDER_LIFETIME => {
            out.say(" attrs=(");
            let done = attributes::say(attributes::OAKLEY, payload.p, offset, payload.length, out)?;
            out.say(")");
            if done.is_none() {
                return payload.cut(out);
            }
        }
        REPLAY_STATUS => {
            out.say(" status=(");
            let status = p.be32()?;
            out.note("replay_detection", status);
            out.say(if status != 0 { "replay detection enabled)" } else { "replay detection disabled)" });
        }
        _ if cx.verbose() > 3 => _ = out.say(" data=(").bytes("data", p.rest()).say(")"),
        _ => say_some(p.rest(), out),
    }
    Ok(Some(payload.length))
}

/// The number of a notification, counted from where its range begins.
fn say_number(domain: u32, kind: u16, out: &mut Out) {
    let base = match kind {
        8192..16384 if domain == IPSEC => 8192,
        16384..24576 => 16384,
        24576..32768 if domain == IPSEC => 24576,
        _ => 0,
    };
    write!(out, "#{}", kind - base);
}

fn delete(payload: &Payload, out: &mut Out) -> Next {
    let mut p = payload.p.at(HEADER);
    let (Ok(domain), Ok([protocol, length]), Ok(count)) = (p.be32(), p.array(), p.be16()) else {
        return payload.cut(out);
    };
    out.note("doi", domain).note("protocol", protocol);
    if domain == IPSEC {
        out.say(" doi=ipsec proto=").aloud(|out| _ = out.name("", protocol, PROTOCOLS, "#%u"));
    } else {
        write!(out, " doi={domain} proto={protocol}");
    }
    out.say(" spilen=").num("spi_length", length).say(" nspi=").num("spi_count", count).say(" spi=");
    let whole = out.list("spis", |out| {
        let mut between = "";
        for _ in 0..count {
            out.say(std::mem::replace(&mut between, ","));
            let Ok(spi) = p.take(length.into()) else { return Ok(false) };
            out.bytes("", spi);
        }
        Ok(true)
    })?;
    if whole { Ok(Some(p.since(&payload.p))) } else { payload.cut(out) }
}

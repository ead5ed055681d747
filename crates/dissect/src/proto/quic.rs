//! QUIC, a transport that is encrypted down to its headers (RFC 9000; other versions: RFC 8999).
//!
//! ```text
//! long:   |1|1|type (2 bits)|protected (4 bits)| version (4) | length | destination | length | source | ..
//!         initial:       | length of token (1..8) | token .. | length (1..8) | protected ..
//!         0-RTT, handshake:                                  | length (1..8) | protected ..
//!         retry:         | token .. | integrity tag (16) |
//!         version 0, negotiation:  | version (4) | ..
//! short:  |0|1|protected (6 bits)| destination .. | protected ..
//! ```

use crate::memory::quic::LONGEST;
use crate::prelude::*;

/// QUIC.
pub static QUIC: Protocol = Protocol { name: "quic", dissect };

const LONG: u8 = 0x80;
/// Set in all packets of version 1 (RFC 9000 section 17.2).
const FIXED: u8 = 0x40;

const INITIAL: u8 = 0;
const RETRY: u8 = 3;
const TYPES: NameTable = &[(0, "initial"), (1, "0-rtt"), (2, "handshake"), (3, "retry")];
/// The version of a packet that negotiates the version.
const NEGOTIATION: u32 = 0;
const V1: u32 = 1;
/// Longer tokens are not said, nor stepped over.
const LONGEST_TOKEN: u64 = 999;
/// Bytes that a retry ends with, and more than which a short header needs to have anything behind it.
const TAG: usize = 16;

/// A datagram to or from port 443 is QUIC if its first byte looks like it. Whether one of which no byte is here
/// would have looked like it, nobody knows: it comes to us, see [`dissect`].
pub fn looks(payload: &[u8]) -> bool {
    payload.first().is_none_or(|first| first & FIXED != 0)
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.is_empty() && cx.options.payload.is_none() {
        if p.claimed() == 0 {
            out.say("UDP, length 0");
            return Ok(());
        }
        cx.speaking = "udp";
        return Err(Stop::Truncated);
    }
    out.say("quic");
    out.list("packets", |out| {
        while !p.is_empty() {
            out.item(|out| packet(cx, &mut p, out))?;
            let padding = p.rest().iter().take_while(|byte| **byte == 0).count();
            p.pass(padding);
        }
        Ok(())
    })
}

fn packet(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let first = p.u8()?;
    if first & LONG != 0 { long(cx, first >> 4 & 3, p, out) } else { short(cx, p, out) }
}

fn long(cx: &mut Cx, kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    let version = p.be32()?;
    out.say(", ").note("version", version);
    if version == NEGOTIATION {
        out.say("version negotiation");
    } else {
        out.name("type", kind, TYPES, "");
        if version != V1 {
            out.aloud(|out| _ = out.say(", v").hex("", version));
        }
    }
    connection_id(cx, ", dcid ", "dcid", p, out)?;
    connection_id(cx, ", scid ", "scid", p, out)?;
    match (version, kind) {
        (NEGOTIATION, _) => return versions(cx, p, out),
        (_, RETRY) => return retry(cx, p, out),
        (_, INITIAL) => initial_token(p, out)?,
        _ => {}
    }
    let length = variable(p)?;
    out.say(", length ").num("length", length);
    let here = usize::try_from(length).is_ok_and(|n| p.skip(n).is_ok());
    if here { Ok(()) } else { cut(cx, p, out) }
}

/// A connection identifier. One that is longer than they may be is not stepped over.
fn connection_id(cx: &mut Cx, words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = usize::from(p.u8()?);
    if (1..=LONGEST).contains(&length) {
        let id = p.take(length)?;
        out.say(words).bytes(key, id);
        cx.memory.quic.remember(id);
    }
    Ok(())
}

fn versions(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("versions", |out| {
        while let Ok(version) = p.be32() {
            out.say(", version 0x").hex("", version);
        }
        Ok(())
    })?;
    if p.is_empty() { Ok(()) } else { cut(cx, p, out) }
}

fn retry(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(", token ");
    match p.captured().checked_sub(TAG) {
        None | Some(0) => cut(cx, p, out),
        Some(length) => {
            let token = p.take(length)?;
            out.bytes("token", token);
            p.pass(TAG);
            Ok(())
        }
    }
}

fn initial_token(p: &mut Cursor, out: &mut Out) -> Dissect {
    match variable(p)? {
        0 => {}
        length @ 1..=LONGEST_TOKEN => {
            let token = p.take(length as usize)?;
            out.say(", token ").bytes("token", token);
        }
        length => drop(out.note("token_length", length)),
    }
    Ok(())
}

fn short(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(", protected").note_that("short", true);
    if p.captured() <= TAG {
        return cut(cx, p, out);
    }
    if let Some(id) = cx.memory.quic.find(p.rest()) {
        out.say(", dcid ").bytes("dcid", id.bytes());
    }
    p.pass(p.captured());
    Ok(())
}

/// What was said is not all here, and nothing can follow it.
fn cut(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.pass(p.captured());
    cx.soft_cut(out)
}

/// An integer that says in its first two bits how long it is: 1, 2, 4 or 8 bytes (RFC 9000 section 16).
fn variable(p: &mut Cursor) -> Dissect<u64> {
    let first = p.u8()?;
    let more = p.take((1 << (first >> 6)) - 1)?;
    Ok(more.iter().fold(u64::from(first & 0x3f), |n, byte| n << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, conversation, values};

    const INITIAL_V1: &str = "c3 00000001 04 0a0b0c0d 00 00 4004 01020304";

    #[test]
    fn long_headers() {
        check(&QUIC, INITIAL_V1, "", "quic, initial, dcid 0a0b0c0d, length 4");
        let coalesced = format!("{INITIAL_V1} e1 00000001 04 0a0b0c0d 02 1122 01 00 000000");
        check(
            &QUIC,
            &coalesced,
            "-v",
            "quic, initial, dcid 0a0b0c0d, length 4, handshake, dcid 0a0b0c0d, scid 1122, length 1",
        );
        check(
            &QUIC,
            "c0 51303530 01 aa 01 bb 02 cafe 01 00",
            "",
            "quic, initial, v51303530, dcid aa, scid bb, token cafe, length 1",
        );
        check(&QUIC, "d0 00000001 00 00 00", "", "quic, 0-rtt, length 0");
        check(
            &QUIC,
            "80 00000000 00 01 bb 00000001 ff00001d",
            "",
            "quic, version negotiation, scid bb, version 0x1, version 0xff00001d",
        );
    }

    #[test]
    fn retries() {
        let tag = "000102030405060708090a0b0c0d0e0f";
        check(&QUIC, &format!("f0 00000001 00 00 abcd {tag}"), "", "quic, retry, token abcd");
        check(&QUIC, &format!("f0 00000001 00 00 {tag}"), "", "quic, retry, token  [|quic]");
    }

    #[test]
    fn short_headers_have_identifiers_that_were_seen() {
        let short = "41 0a0b0c0d 0001020304050607 08090a0b0c0d0e0f 10";
        check(&QUIC, short, "", "quic, protected");
        check(&QUIC, "41 0a0b0c0d", "", "quic, protected [|quic]");
        let said = conversation(&QUIC, &[INITIAL_V1.to_owned(), short.to_owned()], "");
        assert_eq!(said.last().unwrap(), "quic, protected, dcid 0a0b0c0d");
        let both = format!("{INITIAL_V1} {short}");
        check(&QUIC, &both, "", "quic, initial, dcid 0a0b0c0d, length 4, protected, dcid 0a0b0c0d");
        assert_eq!(
            values(&QUIC, &both),
            "{\"quic\":{\"packets\":[{\"version\":1,\"type\":0,\"dcid\":\"0a0b0c0d\",\"length\":4},\
             {\"short\":true,\"dcid\":\"0a0b0c0d\"}]}}"
        );
    }

    #[test]
    fn lengths_that_lie() {
        check(&QUIC, "c3 00000001 00 00 00 44d2 00", "", "quic, initial, length 1234 [|quic]");
        check(
            &QUIC,
            "c3 00000001 00 00 00 ffffffffffffffff",
            "",
            "quic, initial, length 4611686018427387903 [|quic]",
        );
        check(&QUIC, "c3 00000001 15 00 00 00", "", "quic, initial, length 0");
        check(&QUIC, "c3 00000001 00 00 43e8 01 00", "", "quic, initial, length 1");
        check(&QUIC, "c3 00000001 00 00 04 00", "", "quic, initial [|quic]");
        check(&QUIC, "80 00000000 00 00 00000001 0000", "", "quic, version negotiation, version 0x1 [|quic]");
    }

    #[test]
    fn what_looks_like_it() {
        assert!(looks(&[0x40]) && looks(&[0xc3]) && looks(&[]));
        assert!(!looks(&[0x80]));
        check(&QUIC, "", "", "UDP, length 0");
    }
}

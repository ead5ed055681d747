//! RSVP, the Resource Reservation Protocol (RFC 2205; traffic engineering: RFC 3209, RFC 3473; fewer refreshes:
//! RFC 2961; fast reroute: RFC 4090; several leaves: RFC 4875; restart: RFC 5063; OIF UNI 1.0).
//!
//! ```text
//! | Vers | Flags|  Msg Type   |       RSVP Checksum       |
//! |  Send_TTL   | (Reserved)  |        RSVP Length        |
//! object:  |       Length (bytes)      |  Class-Num  |   C-Type    | contents ..
//! ```

use crate::prelude::*;
use std::ops::Range;

mod intserv;
mod names;
mod objects;
mod routes;

/// RSVP.
pub static RSVP: Protocol = Protocol { name: "rsvp", dissect };

const VERSION: u8 = 1;
const HEADER: usize = 8;
const OBJECT: usize = 4;
/// Where the checksum is in a header.
const CHECKSUM: Range<usize> = 2..4;
const FLAGS: Flags = &[(0x01, "Refresh reduction capable")];
/// A message of messages.
const BUNDLE: u8 = 12;

/// What a header says of its message.
struct Header {
    kind: u8,
    length: usize,
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let whole = p.claimed();
    let Some(header) = header(cx, p, "\n\t", whole, out)? else { return Ok(()) };
    let body = p.at(HEADER).claiming(header.length - HEADER);
    if header.kind == BUNDLE {
        return out.list("messages", |out| bundle(cx, body, out));
    }
    if names::MESSAGES.iter().any(|row| row.0 == u32::from(header.kind)) {
        out.list("objects", |out| all(cx, p, body, "\n\t  ", out))?;
    } else {
        out.dump_hex("data", body.sub(body.claimed()).rest(), "\n\t    ");
    }
    Ok(())
}

/// A header; `None` if nothing behind it can be told.
fn header(cx: &Cx, mut p: Cursor, indent: &str, whole: usize, out: &mut Out) -> Dissect<Option<Header>> {
    p.need(HEADER)?;
    let ([first, kind], checksum, [ttl, _], length) = (p.array()?, p.be16()?, p.array()?, p.be16()?);
    if first >> 4 != VERSION {
        out.say("ERROR: RSVP version ").num("version", first >> 4).say(" packet not supported");
        return Ok(None);
    }
    if cx.verbose() == 0 {
        out.say("RSVPv").num("version", first >> 4).say(" ");
        out.name("type", kind, names::MESSAGES, "unknown (%u)");
        out.say(" Message, length: ").num("length", whole);
        return Ok(None);
    }
    out.say(indent).say("RSVPv").num("version", first >> 4).say(" ");
    out.name("type", kind, names::MESSAGES, "unknown, type: %u").say(" Message (");
    out.aloud(|out| _ = out.num("", kind));
    out.say("), Flags: [").flags("flags", first & 0xf, FLAGS, "none").say("], length: ");
    out.num("length", length).say(", ttl: ").num("ttl", ttl);
    out.say(", checksum: 0x").hex0("checksum", checksum, 4);
    let length = usize::from(length);
    if length < HEADER {
        write!(out, "ERROR: common header too short {length} < {HEADER}");
        return Ok(None);
    }
    Ok(Some(Header { kind, length }))
}

/// The messages of a bundle.
fn bundle(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let length = out.item(|out| {
            let Some(header) = header(cx, p, "\n\t  ", p.claimed(), out)? else { return Ok(None) };
            if header.length > p.claimed() {
                write!(out, "ERROR: common header too large {} > {}", header.length, p.claimed());
                return Ok(None);
            }
            let body = p.at(HEADER).claiming(header.length - HEADER);
            let message = p.claiming(header.length);
            let whole = out.list("objects", |out| all(cx, message, body, "\n\t    ", out))?;
            Ok(whole.then_some(header.length))
        })?;
        let Some(length) = length else { break };
        p.skip(length)?;
    }
    Ok(())
}

/// The objects of a message; `false` if one of them is so wrong that nothing behind it can be told.
fn all(cx: &Cx, message: Cursor, mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<bool> {
    while p.claimed() >= OBJECT {
        if !out.item(|out| object(cx, message, &mut p, indent, out))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn object(cx: &Cx, message: Cursor, p: &mut Cursor, indent: &str, out: &mut Out) -> Dissect<bool> {
    let left = p.claimed();
    p.need(OBJECT)?;
    let (length, [class, kind]) = (p.be16()?, p.array()?);
    if !length.is_multiple_of(4) {
        out.say(indent).say("ERROR: object header size ").num("length", length);
        out.say(" not a multiple of 4");
        return Ok(false);
    }
    if usize::from(length) < OBJECT {
        out.say(indent).say("ERROR: object header too short ").num("length", length);
        write!(out, " < {OBJECT}");
        return Ok(false);
    }
    out.say(indent).name("class", class, names::CLASSES, "Unknown").say(" Object (");
    out.aloud(|out| _ = out.num("", class));
    out.say(match class >> 6 {
        3 => ") Flags: [ignore and forward",
        2 => ") Flags: [ignore silently",
        _ => ") Flags: [reject",
    });
    out.say(" if unknown], Class-Type: ").aloud(|out| {
        out.name("", u16::from_be_bytes([class, kind]), names::TYPES, "Unknown");
    });
    out.say(" (").num("type", kind).say("), length: ").num("length", length);
    if left < usize::from(length) {
        out.say(indent).say("ERROR: object goes past end of objects TLV").note_that("too_long", true);
        return Ok(false);
    }
    let length = usize::from(length) - OBJECT;
    p.need(length)?;
    let at = p.since(&message);
    let body = p.part(length)?;
    let told = match objects::say(cx, (message, at), (class, kind), body, indent, out) {
        // All of it was captured: what ends, ends because the object is too short for what it is.
        Err(_) => objects::Told::Short,
        Ok(told) => told,
    };
    let wrong = match told {
        objects::Told::All => "",
        objects::Told::Dump => {
            out.aside(|out| _ = out.bytes("data", body.rest()));
            ""
        }
        objects::Told::Short => "ERROR: object is too short",
        objects::Told::ShortPart => "ERROR: sub-object is too short",
        objects::Told::Lie => {
            out.say(" (invalid)").note_that("invalid", true);
            return Ok(false);
        }
        objects::Told::Stop => return Ok(false),
    };
    if !wrong.is_empty() {
        out.say(indent).say(wrong).note_that("too_short", true);
        return Ok(false);
    }
    if cx.verbose() > 1 || matches!(told, objects::Told::Dump) {
        out.aloud(|out| _ = out.dump_hex("", body.rest(), "\n\t    "));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, check_with_keys, values};

    fn message(objects: &str) -> String {
        format!("10 14 7d4d 01 00 {:04x} {objects}", bytes(objects).len() + 8)
    }

    fn says(objects: &str, words: &str) {
        let length = bytes(objects).len() + 8;
        let head = "\n\tRSVPv1 Hello Message (20), Flags: [none], length: ";
        check(&RSVP, &message(objects), "-v", &format!("{head}{length}, ttl: 1, checksum: 0x7d4d{words}"));
    }

    const HELLO: &str = "000c 16 01 00000001 00000002";

    #[test]
    fn a_digest() {
        let says = |digest: &str, keys: bool, words: &str| {
            let hex = message(&format!("0024 04 01 80 00 000000000001 0000000000000002 {digest}"));
            let said = format!(
                "\n\tRSVPv1 Hello Message (20), Flags: [none], length: 44, ttl: 1, checksum: 0x7d4d\
                 \n\t  Integrity Object (4) Flags: [reject if unknown], Class-Type: Unknown (1), length: 36\
                 \n\t    Key-ID 0x000000000001, Sequence 0x0000000000000002, Flags [Handshake]\
                 \n\t    MD5-sum 0x{digest}  ({words})"
            );
            if keys { check_with_keys(&RSVP, &hex, "-v", &said) } else { check(&RSVP, &hex, "-v", &said) }
        };
        // So many bytes of the message count and are not zero.
        let digest = "0a".repeat(16);
        says(&digest, true, "valid");
        says(&digest.replacen("0a", "0b", 1), true, "invalid");
        says(&digest, false, "unchecked");
    }

    #[test]
    fn a_hello() {
        check(&RSVP, &message(HELLO), "", "RSVPv1 Hello Message, length: 20");
        let said = "\n\t  Hello Object (22) Flags: [reject if unknown], Class-Type: Hello Request (1), \
                    length: 12\n\t    Source Instance: 0x00000001, Destination Instance: 0x00000002";
        says(HELLO, said);
        let values = values(&RSVP, &message(HELLO));
        let object =
            r#""objects":[{"class":22,"type":1,"length":12,"source_instance":1,"destination_instance":2}]"#;
        assert!(values.contains(object), "{values}");
    }

    #[test]
    fn a_path() {
        says(
            "0010 01 07 0a000001 0000 0004 0a000002 000c 03 01 0a000003 98006700 0008 05 01 00007530",
            "\n\t  Session Object (1) Flags: [reject if unknown], Class-Type: Tunnel IPv4 (7), length: 16\
             \n\t    IPv4 Tunnel EndPoint: 10.0.0.1, Tunnel ID: 0x0004, Extended Tunnel ID: 10.0.0.2\
             \n\t  RSVP Hop Object (3) Flags: [reject if unknown], Class-Type: IPv4 (1), length: 12\
             \n\t    Previous/Next Interface: 10.0.0.3, Logical Interface Handle: 0x98006700\
             \n\t  Time Values Object (5) Flags: [reject if unknown], Class-Type: 1 (1), length: 8\
             \n\t    Refresh Period: 30000ms",
        );
        says(
            "000c 14 01 01 08 0a000002 20 00 000c 14 01 01 08 0a000002 18 00",
            "\n\t  ERO Object (20) Flags: [reject if unknown], Class-Type: IPv4 (1), length: 12\
             \n\t    Subobject Type: IPv4 prefix, length 8, Strict, 10.0.0.2/32, Flags: [none]\
             \n\t  ERO Object (20) Flags: [reject if unknown], Class-Type: IPv4 (1), length: 12\
             \n\t    Subobject Type: IPv4 prefix, length 8 ERROR: Prefix length 24 != 32 (invalid)",
        );
        says(
            "0010 cf 07 07 00 04 06 7331 2d32 3333 0000 0008 86 01 00000003",
            "\n\t  Session Attribute Object (207) Flags: [ignore and forward if unknown], \
             Class-Type: Tunnel IPv4 (7), length: 16\n\t    Session Name: s1-233\
             \n\t    Setup Priority: 7, Holding Priority: 0, Flags: [SE Style] (0x4)\
             \n\t  Capability Object (134) Flags: [ignore silently if unknown], Class-Type: 1 (1), length: 8\
             \n\t    Flags: [RecoveryPath Desired, RecoveryPath Srefresh Capable]",
        );
    }

    #[test]
    fn a_flow() {
        says(
            "0024 0c 02 0000 0007 01 00 0006 7f 00 0005 49742400 447a0000 7f800000 00000014 000005dc",
            "\n\t  Sender TSpec Object (12) Flags: [reject if unknown], Class-Type: IntServ (2), length: 36\
             \n\t    Msg-Version: 0, length: 28\
             \n\t    Service Type: Default/Global Information (1), break bit not set, Service length: 24\
             \n\t      Parameter ID: Token Bucket TSpec (127), length: 20, Flags: [0x00]\
             \n\t\tToken Bucket Rate: 8 Mbps\n\t\tToken Bucket Size: 1000 bytes\
             \n\t\tPeak Data Rate: inf Mbps\n\t\tMinimum Policed Unit: 20 bytes\
             \n\t\tMaximum Packet Size: 1500 bytes",
        );
    }

    #[test]
    fn lengths_that_lie() {
        says("0003 16 01", "\n\t  ERROR: object header size 3 not a multiple of 4");
        says("0000 16 01", "\n\t  ERROR: object header too short 0 < 4");
        let hello =
            "\n\t  Hello Object (22) Flags: [reject if unknown], Class-Type: Hello Request (1), length: ";
        says("0008 16 01", &format!("{hello}8\n\t  ERROR: object goes past end of objects TLV"));
        says("0008 16 01 00000001", &format!("{hello}8\n\t  ERROR: object is too short"));
        let said = "\n\t  Unknown Object (99) Flags: [reject if unknown], Class-Type: Unknown (1), length: 8\
                    \n\t    0x0000:  0102 0304";
        says("0008 63 01 01020304", said);
        check(&RSVP, "2014 7d4d 0100 0008", "", "ERROR: RSVP version 2 packet not supported");
    }

    #[test]
    fn a_bundle() {
        let inner = message(HELLO);
        let hex = format!("10 0c 0000 01 00 {:04x} {inner}", bytes(&inner).len() + 8);
        check(
            &RSVP,
            &hex,
            "-v",
            "\n\tRSVPv1 Bundle Message (12), Flags: [none], length: 28, ttl: 1, checksum: 0x0000\
             \n\t  RSVPv1 Hello Message (20), Flags: [none], length: 20, ttl: 1, checksum: 0x7d4d\
             \n\t    Hello Object (22) Flags: [reject if unknown], Class-Type: Hello Request (1), length: 12\
             \n\t      Source Instance: 0x00000001, Destination Instance: 0x00000002",
        );
    }
}

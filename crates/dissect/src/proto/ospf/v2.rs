//! OSPF version 2, for IPv4 (RFC 2328), with link-local signaling (RFC 5613).
//!
//! ```text
//! | version | type | length (2) | router (4) | area (4) | checksum | auth type (2) | authentication (8) | message ..
//! hello:    | mask (4) | interval (2) | options | priority | dead (4) | DR (4) | backup (4) | neighbor (4) ..
//! database: | MTU (2) | options | flags | sequence (4) | header of an advertisement (20) ..
//! request:  | type (4) | id (4) | router (4) | ..          update: | count (4) | advertisement ..
//! ```

use super::{DATABASE, HELLO, REQUEST, TYPES, UPDATE};
use crate::prelude::*;

mod lsa;
mod opaque;

/// Bytes before the message.
const HEADER: usize = 24;
const SIMPLE: u16 = 1;
const MD5: u16 = 2;
const AUTHENTICATIONS: NameTable = &[(0, "none"), (1, "simple"), (2, "MD5")];
/// Bytes of the digest behind the message.
const DIGEST: usize = 16;

const OPTIONS: Flags = &[
    (0x01, "MultiTopology"),
    (0x02, "External"),
    (0x04, "Multicast"),
    (0x08, "NSSA"),
    (0x10, "LLS"),
    (0x20, "Demand Circuit"),
    (0x40, "Opaque"),
    (0x80, "Up/Down"),
];
const SIGNALING: u8 = 0x10;
const DATABASE_FLAGS: Flags = &[(0x04, "Init"), (0x02, "More"), (0x01, "Master"), (0x08, "OOBResync")];

const SIGNALS: NameTable = &[(1, "Extended Options"), (2, "MD5 Authentication")];
const EXTENDED_OPTIONS: Flags = &[(1, "LSDB resync"), (2, "Restart")];

/// The header, behind version and type.
struct Header {
    length: usize,
    authentication: u16,
    /// The length of the digest, by what the header says.
    digest: u8,
}

/// A packet.
pub fn packet(cx: &mut Cx, packet: Cursor, out: &mut Out) -> Dissect {
    cx.speaking = "ospf2";
    out.say("OSPF");
    if packet.claimed() < HEADER {
        return Err(out.lie("length", packet.claimed(), "<", HEADER));
    }
    let version = packet.peek()?;
    if version != 2 {
        return Err(out.lie("version", version, "!=", 2u8));
    }
    out.say("v").num("version", version);
    let authentication = packet.at(14).be16()?;
    let packet = if authentication == MD5 { without_digest(packet) } else { packet };
    let kind = packet.at(1).u8()?;
    out.say(", ").name("type", kind, TYPES, "unknown LS-type %u");
    out.say(", length ").num("length", packet.claimed());
    if crate::out::lookup(TYPES, kind.into()).is_none() {
        return Err(Stop::Invalid);
    }
    if cx.verbose() == 0 {
        return Ok(());
    }
    let (length, left) = (packet.at(2).be16()?, packet.claimed());
    out.note("stated_length", length);
    if left != usize::from(length) {
        write!(out, " [len {length}]");
    }
    let mut header = Header { length: length.into(), authentication, digest: 0 };
    if !header.say(packet.at(4), out)? {
        return Ok(());
    }
    let body = packet.at(HEADER).claiming(header.length.min(left).saturating_sub(HEADER));
    let options = message(cx, kind, body, out)?;
    if left > header.length && matches!(kind, HELLO | DATABASE) && options & SIGNALING != 0 {
        signaling(&header, packet, out)?;
    }
    Ok(())
}

/// The digest stands behind the message, and is taken for the end of whatever was captured.
fn without_digest(packet: Cursor<'_>) -> Cursor<'_> {
    let captured = packet.captured().saturating_sub(DIGEST);
    let bytes = packet.rest().get(..captured).unwrap_or_default();
    Cursor::new(bytes, packet.claimed().saturating_sub(DIGEST))
}

impl Header {
    /// Says router, area and authentication; `false` if nobody can read on.
    fn say(&mut self, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
        let router: [u8; 4] = p.array()?;
        out.say("\n\tRouter-ID ").ip4("router", router);
        let area: [u8; 4] = p.array()?;
        if area == [0; 4] {
            out.say(", Backbone Area");
        } else {
            out.say(", Area ").ip4("area", area);
        }
        p.skip(4)?;
        p.need(8)?;
        out.say(", Authentication Type: ").named(
            "authentication",
            self.authentication,
            AUTHENTICATIONS,
            "unknown",
        );
        match self.authentication {
            0 => {}
            SIMPLE => {
                out.say("\n\tSimple text password: ").padded_chars_of("password", &mut p, 8)?;
            }
            MD5 => {
                let (_, [key, length], sequence) = (p.be16()?, p.array()?, p.be32()?);
                self.digest = length;
                out.say("\n\tKey-ID: ")
                    .num("key_id", key)
                    .say(", Auth-Length: ")
                    .num("digest_length", length);
                out.say(", Crypto Sequence Number: 0x").hex0("auth_sequence", sequence, 8);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A message; gives the options of those that have any.
fn message(cx: &mut Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<u8> {
    match kind {
        HELLO => return hello(p, out),
        DATABASE => return database(p, out),
        REQUEST => requests(p, out)?,
        UPDATE => {
            let count = p.be32()?;
            out.say(", ").num("count", count).say(if count == 1 { " LSA" } else { " LSAs" });
            lsa::all(cx, count, p, out)?;
        }
        _ => {
            out.list("headers", |out| {
                while p.claimed() > 0 {
                    out.item(|out| lsa::header(&mut p, out).map(drop))?;
                }
                Ok(())
            })?;
        }
    }
    Ok(0)
}

fn hello(mut p: Cursor, out: &mut Out) -> Dissect<u8> {
    let options = p.at(6).u8()?;
    out.say("\n\tOptions [").flags("options", options, OPTIONS, "none").say("]");
    let (mask, interval, [_, priority], dead) = (p.array::<4>()?, p.be16()?, p.array()?, p.be32()?);
    out.say("\n\t  Hello Timer ").num("hello_s", interval).say("s, Dead Timer ").num("dead_s", dead);
    out.say("s, Mask ").ip4("mask", mask).say(", Priority ").num("priority", priority);
    let router: [u8; 4] = p.array()?;
    if router != [0; 4] {
        out.say("\n\t  Designated Router ").ip4("designated_router", router);
    }
    let backup: [u8; 4] = p.array()?;
    if backup != [0; 4] {
        out.say(", Backup Designated Router ").ip4("backup_designated_router", backup);
    }
    if p.claimed() > 0 {
        out.say("\n\t  Neighbor List:");
    }
    out.list("neighbors", |out| {
        while p.claimed() > 0 {
            let neighbor: [u8; 4] = p.array()?;
            out.say("\n\t    ").ip4("", neighbor);
        }
        Ok(options)
    })
}

fn database(mut p: Cursor, out: &mut Out) -> Dissect<u8> {
    let mtu = p.be16()?;
    let options = p.u8()?;
    out.say("\n\tOptions [").flags("options", options, OPTIONS, "none").say("]");
    let flags = p.u8()?;
    out.say(", DD Flags [").flags("flags", flags, DATABASE_FLAGS, "none").say("]");
    if mtu != 0 {
        out.say(", MTU: ").num("mtu", mtu);
    }
    let sequence = p.be32()?;
    out.say(", Sequence: 0x").hex0("sequence", sequence, 8);
    out.list("headers", |out| {
        while p.claimed() > 0 {
            if out.item(|out| lsa::header(&mut p, out))?.is_none() {
                break;
            }
        }
        Ok(options)
    })
}

fn requests(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("requests", |out| {
        while p.claimed() > 0 {
            out.item(|out| {
                p.need(12)?;
                let (kind, id, router) = (p.be32()?, p.array()?, p.array::<4>()?);
                out.say("\n\t  Advertising Router: ").ip4("router", router);
                out.say(", ").named_as("type", kind, lsa::TYPES, "unknown", " LSA (%u)");
                lsa::identity(kind, id, [", Opaque-Type: ", ", Opaque-ID: ", ", LSA-ID: "], out);
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// Link-local signaling: a block of TLVs behind the message.
fn signaling(header: &Header, packet: Cursor, out: &mut Out) -> Dissect {
    let mut offset = header.length;
    if header.authentication == MD5 {
        offset += usize::from(header.digest);
    }
    if offset >= packet.claimed() {
        out.say("\n\t[LLS truncated]").note_that("signaling_truncated", true);
        return Ok(());
    }
    let mut p = packet.at(offset);
    out.nest("signaling", |out| {
        let checksum = p.be16()?;
        out.say("\n\t  LLS: checksum: 0x").hex0("checksum", checksum, 4);
        let length = p.be16()?;
        out.say(", length: ").num("length", length);
        out.list("tlvs", |out| {
            while p.claimed() > 0 {
                out.item(|out| signal(&mut p, out))?;
            }
            Ok(())
        })
    })
}

fn signal(p: &mut Cursor, out: &mut Out) -> Dissect {
    let kind = p.be16()?;
    out.say("\n\t    ").named("type", kind, SIGNALS, "Unknown TLV");
    let mut length = p.be16()?;
    out.say(", length: ").num("length", length);
    match kind {
        1 => {
            should_be(4, &mut length, out);
            let options = p.at(0).be32()?;
            out.say("\n\t      Options: 0x").hex0("options", options, 8);
            out.aloud(|out| _ = out.say(" [").flags("", options, EXTENDED_OPTIONS, "?").say("]"));
        }
        2 => {
            should_be(20, &mut length, out);
            let sequence = p.at(0).be32()?;
            out.say("\n\t      Sequence number: 0x").hex0("sequence", sequence, 8);
        }
        _ => {}
    }
    p.pass(length.into());
    Ok(())
}

fn should_be(right: u16, length: &mut u16, out: &mut Out) {
    if *length != right {
        write!(out, " [should be {right}]");
        *length = right;
    }
}

#[cfg(test)]
mod tests {
    use super::super::OSPF;
    use super::*;
    use crate::testing::{check, values};

    /// Version 2, of a router in the backbone, without authentication.
    fn packet(kind: u8, length: usize, body: &str) -> String {
        format!("02{kind:02x}{length:04x} 0a000001 00000000 0000 0000 0000000000000000 {body}")
    }

    fn said(kind: u8, length: usize, body: &str, words: &str) {
        let name = crate::out::lookup(TYPES, kind.into()).unwrap();
        let head = format!("OSPFv2, {name}, length {length}");
        let more = "\n\tRouter-ID 10.0.0.1, Backbone Area, Authentication Type: none (0)";
        check(&OSPF, &packet(kind, length, body), "", &head);
        check(&OSPF, &packet(kind, length, body), "-v", &format!("{head}{more}{words}"));
    }

    const HELLO_BODY: &str = "ffffff00 000a 12 01 00000028 0a000001 0a000002 0a000002";

    #[test]
    fn hellos() {
        let words = "\n\tOptions [External, LLS]\
             \n\t  Hello Timer 10s, Dead Timer 40s, Mask 255.255.255.0, Priority 1\
             \n\t  Designated Router 10.0.0.1, Backup Designated Router 10.0.0.2\
             \n\t  Neighbor List:\n\t    10.0.0.2";
        said(1, 48, HELLO_BODY, words);
        let with_signals = format!("{} fff6 0003 0001 0004 00000001", packet(1, 48, HELLO_BODY));
        check(
            &OSPF,
            &with_signals,
            "-v",
            &format!(
                "OSPFv2, Hello, length 60 [len 48]\n\tRouter-ID 10.0.0.1, Backbone Area, Authentication Type: none (0)\
                 {words}\n\t  LLS: checksum: 0xfff6, length: 3\n\t    Extended Options (1), length: 4\
                 \n\t      Options: 0x00000001 [LSDB resync]"
            ),
        );
    }

    #[test]
    fn databases_and_requests() {
        said(
            2,
            52,
            "05dc 02 07 00000001 0001 02 01 0a000001 0a000001 80000001 0000 0024",
            "\n\tOptions [External], DD Flags [Init, More, Master], MTU: 1500, Sequence: 0x00000001\
             \n\t  Advertising Router 10.0.0.1, seq 0x80000001, age 1s, length 16\
             \n\t    Router LSA (1), LSA-ID: 10.0.0.1\n\t    Options: [External]",
        );
        said(
            3,
            48,
            "00000002 0a000001 0a000002 0000000a 01000003 0a000002",
            "\n\t  Advertising Router: 10.0.0.2, Network LSA (2), LSA-ID: 10.0.0.1\
             \n\t  Advertising Router: 10.0.0.2, Area Local Opaque LSA (10), \
             Opaque-Type: Traffic Engineering LSA (1), Opaque-ID: 3",
        );
        said(5, 44, &"00".repeat(20), "\n\t    Bogus length 0 < header (20)");
    }

    #[test]
    fn authentication() {
        let password =
            packet(5, 24, "").replacen("0000 0000 0000000000000000", "0000 0001 7365637265740000", 1);
        check(
            &OSPF,
            &password,
            "-v",
            "OSPFv2, LS-Ack, length 24\n\tRouter-ID 10.0.0.1, Backbone Area, Authentication Type: simple (1)\
             \n\tSimple text password: secret",
        );
        let digest = packet(5, 24, &"00".repeat(16)).replacen(
            "0000 0000 0000000000000000",
            "0000 0002 0000011000000009",
            1,
        );
        check(
            &OSPF,
            &digest,
            "-v",
            "OSPFv2, LS-Ack, length 24\n\tRouter-ID 10.0.0.1, Backbone Area, Authentication Type: MD5 (2)\
             \n\tKey-ID: 1, Auth-Length: 16, Crypto Sequence Number: 0x00000009",
        );
    }

    #[test]
    fn lies() {
        check(&OSPF, "02 01", "", "OSPF [length 2 < 24] (invalid)");
        check(&OSPF, &packet(1, 24, "").replacen("02", "03", 1), "", "OSPF [version 3 != 2] (invalid)");
        check(&OSPF, &packet(9, 24, ""), "", "OSPFv2, unknown LS-type 9, length 24 (invalid)");
    }

    /// An advertisement of 10.0.0.1 with its type, identity, and body.
    fn update(kind: u8, id: &str, body: &str) -> String {
        let length = 20 + body.bytes().filter(|c| !c.is_ascii_whitespace()).count() / 2;
        format!("00000001 0001 02 {kind:02x} {id} 0a000001 80000001 0000 {length:04x} {body}")
    }

    fn advertised(kind: u8, id: &str, body: &str, words: &str) {
        let hex = update(kind, id, body);
        let length = 24 + hex.bytes().filter(|c| !c.is_ascii_whitespace()).count() / 2;
        said(
            4,
            length,
            &hex,
            &format!(", 1 LSA\n\t  LSA #1\n\t  Advertising Router 10.0.0.1, seq 0x80000001, {words}"),
        );
    }

    #[test]
    fn advertisements() {
        advertised(
            1,
            "0a000001",
            "02 00 0002 0a000002 0a000001 01 00 0001 0a010000 ffff0000 03 00 0001",
            "age 1s, length 28\n\t    Router LSA (1), LSA-ID: 10.0.0.1\n\t    Options: [External]\
             \n\t    Router LSA Options: [ASBR]\
             \n\t      Neighbor Router-ID: 10.0.0.2, Interface Address: 10.0.0.1\n\t\ttopology default (0), metric 1\
             \n\t      Stub Network: 10.1.0.0, Mask: 255.255.0.0\n\t\ttopology default (0), metric 1",
        );
        advertised(
            2,
            "0a000001",
            "ffffff00 0a000001",
            "age 1s, length 8\n\t    Network LSA (2), LSA-ID: 10.0.0.1\n\t    Options: [External]\
             \n\t    Mask 255.255.255.0\n\t    Connected Routers:\n\t      10.0.0.1",
        );
        advertised(
            5,
            "0a010000",
            "ffff0000 80000014 0a000002 00000000",
            "age 1s, length 16\n\t    External LSA (5), LSA-ID: 10.1.0.0\n\t    Options: [External]\
             \n\t    Mask 255.255.0.0\n\t\ttopology default (0), type 2, metric 20, forward 10.0.0.2",
        );
        advertised(
            3,
            "0a010000",
            "ffff0000 01000014",
            "age 1s, length 8\n\t    Summary LSA (3), LSA-ID: 10.1.0.0\n\t    Options: [External]\
             \n\t    Mask 255.255.0.0\n\t\ttopology multicast (1) metric 20",
        );
    }

    #[test]
    fn opaque_advertisements() {
        let te = "\n\t    Area Local Opaque LSA (10), Opaque-Type Traffic Engineering LSA (1), Opaque-ID 1\
                  \n\t    Options: [External]";
        advertised(
            10,
            "01000001",
            "0002 0014 0001 0001 01000000 0002 0004 0a000002 0006 0000",
            &format!(
                "age 1s, length 24{te}\n\t    Link TLV (2), length: 20\n\t      Link Type subTLV (1), length: 1, \
                 Point-to-point (1)\n\t      Link ID subTLV (2), length: 4, 10.0.0.2 (0x0a000002) \
                 [subtlv length 0 == 0] (invalid)"
            ),
        );
        advertised(
            10,
            "01000001",
            "0002 0008 0006 0004 4cbebc20 0001 0004 0a000001",
            &format!(
                "age 1s, length 20{te}\n\t    Link TLV (2), length: 8\n\t      Maximum Bandwidth subTLV (6), \
                 length: 4, 800.000 Mbps\n\t    Router Address TLV (1), length: 4, 10.0.0.1"
            ),
        );
        advertised(
            9,
            "03000000",
            "0001 0004 00000028 0002 0001 01",
            "age 1s, length 13\n\t    Link Local Opaque LSA (9), Opaque-Type Graceful restart LSA (3), Opaque-ID 0\
             \n\t    Options: [External]\n\t    Grace Period TLV (1), length 4, value: 40s\
             \n\t    Graceful restart Reason TLV (2), length 1, value: Software Restart (1) \
             [remaining LS length 1 < 4] (invalid)",
        );
    }

    #[test]
    fn values_of_a_hello() {
        assert_eq!(
            values(&OSPF, &packet(1, 48, HELLO_BODY)),
            "{\"ospf\":{\"version\":2,\"type\":1,\"length\":48,\"stated_length\":48,\"router\":\"10.0.0.1\",\
             \"authentication\":0,\"options\":18,\"hello_s\":10,\"dead_s\":40,\"mask\":\"255.255.255.0\",\"priority\":1,\
             \"designated_router\":\"10.0.0.1\",\"backup_designated_router\":\"10.0.0.2\",\
             \"neighbors\":[\"10.0.0.2\"]}}"
        );
    }
}

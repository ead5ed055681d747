//! OSPF version 3, for IPv6 (RFC 5340), with link-local signaling (RFC 5613) and authentication (RFC 7166).
//!
//! ```text
//! | version | type | length (2) | router (4) | area (4) | checksum | instance | 0 | message .. | trailer ..
//! hello:    | interface (4) | priority | options (3) | interval (2) | dead (2) | DR (4) | backup (4) | neighbor (4) ..
//! database: | 0 | options (3) | MTU (2) | 0 | flags | sequence (4) | header of an advertisement (20) ..
//! request:  | 0 (2) | type (2) | id (4) | router (4) | ..     update: | count (4) | advertisement ..
//! ```

use super::{DATABASE, HELLO, REQUEST, TYPES, UPDATE};
use crate::prelude::*;

mod lsa;

/// Bytes before the message.
const HEADER: usize = 16;
const OPTIONS: Flags = &[
    (0x01, "V6"),
    (0x02, "External"),
    (0x04, "Deprecated"),
    (0x08, "NSSA"),
    (0x10, "Router"),
    (0x20, "Demand Circuit"),
    (0x0100, "AFs Support"),
    (0x0200, "LLS"),
    (0x0400, "Authentication Trailer"),
];
const SIGNALING: u32 = 0x0200;
const DATABASE_FLAGS: Flags = &[(0x04, "Init"), (0x02, "More"), (0x01, "Master"), (0x10, "IPv6 MTU")];
/// Bytes of a block of signals without its TLVs.
const SIGNALS: usize = 4;
/// Bytes of an authentication trailer without its data.
const TRAILER: usize = 16;
const AUTHENTICATIONS: NameTable = &[(1, "HMAC")];

/// A packet.
pub fn packet(cx: &mut Cx, packet: Cursor, out: &mut Out) -> Dissect {
    cx.speaking = "ospf3";
    let kind = packet.at(1).u8()?;
    let version = packet.peek()?;
    out.say("OSPFv").num("version", version);
    out.say(", ").name("type", kind, TYPES, "unknown packet type (%u)");
    out.say(", length ").num("length", packet.claimed());
    if cx.verbose() == 0 || crate::out::lookup(TYPES, kind.into()).is_none() {
        return Ok(());
    }
    let mut p = packet.at(2);
    let stated = p.be16()?;
    let length = usize::from(stated);
    out.note("stated_length", length);
    if length > packet.claimed() {
        write!(out, " [len {length}]");
        return Ok(());
    }
    let router: [u8; 4] = p.array()?;
    out.say("\n\tRouter-ID ").ip4("router", router);
    let area: [u8; 4] = p.array()?;
    if area == [0; 4] {
        out.say(", Backbone Area");
    } else {
        out.say(", Area ").ip4("area", area);
    }
    let instance = p.at(2).u8()?;
    if instance != 0 {
        out.say(", Instance ").num("instance", instance);
    }
    if version != 3 {
        return Ok(());
    }
    let body = packet.at(HEADER).claiming(length.saturating_sub(HEADER));
    let options = message(cx, kind, body, out)?;
    let mut rest = packet.at(length);
    if options & SIGNALING != 0 && rest.claimed() > 0 {
        signaling(&mut rest, out)?;
    }
    if rest.claimed() > 0 { trailer(cx, rest, out) } else { Ok(()) }
}

/// A message; gives the options of those that have any.
fn message(cx: &mut Cx, kind: u8, p: Cursor, out: &mut Out) -> Dissect<u32> {
    match kind {
        HELLO => return hello(cx, p, out),
        DATABASE => return database(cx, p, out),
        _ if cx.verbose() < 2 => {}
        REQUEST => requests(p, out)?,
        UPDATE => lsa::all(cx, p, out)?,
        _ => headers(p, out)?,
    }
    Ok(0)
}

fn hello(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<u32> {
    let (interface, [priority], options): ([u8; 4], _, _) = (p.array()?, p.array()?, p.be24()?);
    out.say("\n\tOptions [").flags("options", options, OPTIONS, "none").say("]");
    let (interval, dead) = (p.be16()?, p.be16()?);
    out.say("\n\t  Hello Timer ").num("hello_s", interval).say("s, Dead Timer ").num("dead_s", dead);
    out.say("s, Interface-ID ").ip4("interface", interface).say(", Priority ").num("priority", priority);
    let router: [u8; 4] = p.array()?;
    if router != [0; 4] {
        out.say("\n\t  Designated Router ").ip4("designated_router", router);
    }
    let backup: [u8; 4] = p.array()?;
    if backup != [0; 4] {
        out.say(", Backup Designated Router ").ip4("backup_designated_router", backup);
    }
    if cx.verbose() < 2 {
        return Ok(options);
    }
    out.say("\n\t  Neighbor List:");
    out.list("neighbors", |out| {
        while p.claimed() > 0 {
            let neighbor: [u8; 4] = p.array()?;
            out.say("\n\t    ").ip4("", neighbor);
        }
        Ok(options)
    })
}

fn database(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<u32> {
    p.skip(1)?;
    let options = p.be24()?;
    out.say("\n\tOptions [").flags("options", options, OPTIONS, "none").say("]");
    let (mtu, [_, flags]) = (p.be16()?, p.array()?);
    out.say(", DD Flags [").flags("flags", flags, DATABASE_FLAGS, "none").say("]");
    let sequence = p.be32()?;
    out.say(", MTU ").num("mtu", mtu).say(", DD-Sequence 0x").hex0("sequence", sequence, 8);
    if cx.verbose() > 1 {
        headers(p, out)?;
    }
    Ok(options)
}

fn headers(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("headers", |out| {
        while p.claimed() > 0 {
            out.item(|out| lsa::header(&mut p, out).map(drop))?;
        }
        Ok(())
    })
}

fn requests(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("requests", |out| {
        while p.claimed() > 0 {
            out.item(|out| {
                p.need(12)?;
                p.skip(2)?;
                let (kind, id, router) = (p.be16()?, p.array()?, p.array::<4>()?);
                out.say("\n\t  Advertising Router ").ip4("router", router);
                lsa::identity(kind, id, out);
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// Link-local signaling, without what it says.
fn signaling(p: &mut Cursor, out: &mut Out) -> Dissect {
    let block = *p;
    if p.claimed() < SIGNALS {
        return Err(Stop::Truncated);
    }
    let checksum = p.be16()?;
    out.say("\n\tLLS Checksum 0x").hex0("signaling_checksum", checksum, 4);
    let stated = p.be16()?;
    let length = usize::from(stated);
    out.say(", Data Length ").num("signaling_length", length);
    if !(SIGNALS..=block.claimed()).contains(&length) {
        return Err(Stop::Truncated);
    }
    p.skip(length - SIGNALS)
}

/// The authentication trailer.
fn trailer(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    if left < TRAILER {
        return Err(Stop::Truncated);
    }
    let kind = p.be16()?;
    out.say("\n\tAuthentication Type ").name("authentication", kind, AUTHENTICATIONS, "unknown (0x%04x)");
    let stated = p.be16()?;
    let length = usize::from(stated);
    out.say(", Length ").num("authentication_length", length);
    if !(TRAILER..=left).contains(&length) {
        return Err(Stop::Truncated);
    }
    let association = p.at(2).be16()?;
    p.pass(4);
    out.say(", SAID ").num("association", association);
    let high = p.be32()?;
    out.say(", CSN 0x").hex0("sequence_high", high, 8);
    let low = p.be32()?;
    out.say(":").hex0("sequence_low", low, 8);
    let data = p.take(length - TRAILER)?;
    if cx.verbose() > 1 {
        out.dump_hex("authentication_data", data, "\n\tAuthentication Data ");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// As behind an IPv6 header.
    static OSPF6: Protocol = Protocol { name: "ospf", dissect: super::packet };

    fn packet(kind: u8, body: &str) -> String {
        let length = HEADER + body.bytes().filter(|c| !c.is_ascii_whitespace()).count() / 2;
        format!("03{kind:02x}{length:04x} 0a000001 00000000 0000 00 00 {body}")
    }

    fn said(kind: u8, body: &str, args: &str, words: &str) {
        let hex = packet(kind, body);
        let name = crate::out::lookup(TYPES, kind.into()).unwrap();
        let length = hex.bytes().filter(|c| !c.is_ascii_whitespace()).count() / 2;
        let head = format!("OSPFv3, {name}, length {length}");
        check(&OSPF6, &hex, "", &head);
        check(&OSPF6, &hex, args, &format!("{head}\n\tRouter-ID 10.0.0.1, Backbone Area{words}"));
    }

    const HELLO_BODY: &str = "00000005 01 000013 000a 0028 0a000001 00000000 0a000002";

    #[test]
    fn hellos() {
        let words = "\n\tOptions [V6, External, Router]\
                     \n\t  Hello Timer 10s, Dead Timer 40s, Interface-ID 0.0.0.5, Priority 1\
                     \n\t  Designated Router 10.0.0.1";
        said(1, HELLO_BODY, "-v", words);
        said(1, HELLO_BODY, "-vv", &format!("{words}\n\t  Neighbor List:\n\t    10.0.0.2"));
    }

    #[test]
    fn trailers() {
        let hello = packet(1, &HELLO_BODY.replace("000013", "000613"));
        let more = "fff6 0004  0001 0012 0000 0001 00000000 00000007 abcd";
        check(
            &OSPF6,
            &format!("{hello} {more}"),
            "-vv",
            "OSPFv3, Hello, length 62\n\tRouter-ID 10.0.0.1, Backbone Area\
             \n\tOptions [V6, External, Router, LLS, Authentication Trailer]\
             \n\t  Hello Timer 10s, Dead Timer 40s, Interface-ID 0.0.0.5, Priority 1\n\t  Designated Router 10.0.0.1\
             \n\t  Neighbor List:\n\t    10.0.0.2\n\tLLS Checksum 0xfff6, Data Length 4\
             \n\tAuthentication Type HMAC, Length 18, SAID 1, CSN 0x00000000:00000007\
             \n\tAuthentication Data 0x0000:  abcd",
        );
    }

    #[test]
    fn databases_and_requests() {
        let header = "0001 2001 00000001 0a000001 80000001 0000 0024";
        let words = "\n\tOptions [External], DD Flags [Init, More, Master], MTU 1500, DD-Sequence 0x00000001";
        said(2, &format!("00 000002 05dc 00 07 00000001 {header}"), "-v", words);
        let advertised = "\n\t  Advertising Router 10.0.0.1, seq 0x80000001, age 1s, length 16\
                          \n\t    Router LSA (1), Area Local Scope, LSA-ID 0.0.0.1";
        said(2, &format!("00 000002 05dc 00 07 00000001 {header}"), "-vv", &format!("{words}{advertised}"));
        said(5, header, "-vv", advertised);
        said(5, &header.replace("0024", "0013"), "-vv", "\n\t\t  Bogus length 19 < header (20) [|ospf3]");
        said(
            3,
            "0000 a008 00000001 0a000002",
            "-vv",
            "\n\t  Advertising Router 10.0.0.2\n\t    Link LSA (8), Area Local Scope, transitive, LSA-ID 0.0.0.1",
        );
    }

    fn advertised(kind: &str, body: &str, words: &str) {
        let length = 20 + body.bytes().filter(|c| !c.is_ascii_whitespace()).count() / 2;
        let hex = format!("00000001 0001 {kind} 00000001 0a000001 80000001 0000 {length:04x} {body}");
        let head =
            format!("\n\t  Advertising Router 10.0.0.1, seq 0x80000001, age 1s, length {}", length - 20);
        said(4, &hex, "-vv", &format!("{head}\n\t    {words}"));
    }

    #[test]
    fn advertisements() {
        advertised(
            "2001",
            "02 000013 02 00 000a 00000005 00000006 0a000002",
            "Router LSA (1), Area Local Scope, LSA-ID 0.0.0.1\
             \n\t      Options [V6, External, Router], RLA-Flags [External]\
             \n\t      Neighbor Network-ID 10.0.0.2\
             \n\t      Neighbor Interface-ID 0.0.0.6, Interface 0.0.0.5, metric 10",
        );
        advertised(
            "2002",
            "00 000013 0a000001",
            "Network LSA (2), Area Local Scope, LSA-ID 0.0.0.1\n\t      Options [V6, External, Router]\
             \n\t      Connected Routers:\n\t\t10.0.0.1",
        );
        advertised(
            "2003",
            "0000000a 20 00 0000 20010db8",
            "Inter-Area Prefix LSA (3), Area Local Scope, LSA-ID 0.0.0.1, metric 10\n\t\t2001:db8::/32, metric 0",
        );
        advertised(
            "4005",
            "0500000a 20 02 0000 20010db8 00000007",
            "External LSA (5), Domain Wide Scope, LSA-ID 0.0.0.1\n\t     Flags [Tag] metric 10\
             \n\t\t2001:db8::/32, Options [Local address], metric 0 tag 0.0.0.7",
        );
        advertised(
            "0008",
            "01 000013 fe800000000000000000000000000001 00000001 20 00 0000 20010db8",
            "Link LSA (8), Link Local Scope, LSA-ID 0.0.0.1\n\t      Options [V6, External, Router]\
             \n\t      Priority 1, Link-local address fe80::1, Prefixes 1:\n\t\t2001:db8::/32, metric 0",
        );
        advertised(
            "2009",
            "0001 2001 00000000 0a000001 20 00 0005 20010db8",
            "Intra-Area Prefix LSA (9), Area Local Scope, LSA-ID 0.0.0.1\
             \n\t    Router LSA (1), Area Local Scope, LSA-ID 0.0.0.0\n\t      Prefixes 1:\n\t\t2001:db8::/32, metric 5",
        );
        advertised(
            "2003",
            "0000000a 81 00 0000 20010db8",
            "Inter-Area Prefix LSA (3), Area Local Scope, LSA-ID 0.0.0.1, metric 10 bogus prefixlen /129 [|ospf3]",
        );
    }

    #[test]
    fn values_of_a_hello() {
        assert_eq!(
            values(&OSPF6, &packet(1, HELLO_BODY)),
            "{\"ospf\":{\"version\":3,\"type\":1,\"length\":40,\"stated_length\":40,\"router\":\"10.0.0.1\",\
             \"options\":19,\"hello_s\":10,\"dead_s\":40,\"interface\":\"0.0.0.5\",\"priority\":1,\
             \"designated_router\":\"10.0.0.1\",\"neighbors\":[\"10.0.0.2\"]}}"
        );
    }
}

//! ISAKMP and the Internet Key Exchange: version 1 (RFC 2407, RFC 2408, RFC 2409), version 2 (RFC 7296), and their
//! way through NATs (RFC 3948). What is encrypted stays so, but for those who have a key of version 2.
//!
//! ```text
//! | initiator's cookie (8) | responder's cookie (8) |
//! | next payload | version | exchange type | flags | message (4) | length (4), all of it | payloads ..
//! payload:  | next payload | critical (1 bit) | length (2), all of it | data ..
//! over NAT: | 0 (4) | message ..     or  | ESP ..     or  | 0xff |
//! ```
//! A payload that is cut, or lies about its length, ends all payloads; the message goes on.

use crate::memory::isakmp::{Known, begin, find};
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;
use payload::{Around, Payload};

mod attributes;
mod names;
mod payload;
mod v1;
mod v2;

/// ISAKMP.
pub static ISAKMP: Protocol = Protocol { name: "isakmp", dissect };

/// ISAKMP and ESP, over UDP.
pub static OVER_NAT: Protocol = Protocol { name: "isakmp_rfc3948", dissect: over_nat };

const ENCRYPTED: u8 = 0x01;
const FLAGS_1: Flags = &[(0x01, "E"), (0x02, "C")];
/// In version 2: who began the exchange speaks.
const INITIATOR: u8 = 0x08;
const FLAGS_2: Flags = &[(0x08, "I"), (0x10, "V"), (0x20, "R")];

const HEADER: usize = 28;

fn over_nat(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    if p.claimed() == 1 && p.peek()? == 0xff {
        out.say("isakmp-nat-keep-alive").note_that("keep_alive", true);
        return Ok(());
    }
    if p.claimed() < 4 {
        return Err(Stop::Truncated);
    }
    if p.be32()? == 0 {
        return cx.hand_to(&ISAKMP, p, out.say("NONESP-encap: "));
    }
    cx.next(Space::IpProto(ip_proto::ESP), message, out.say("UDP-encap: ")).map(drop)
}

/// What every message begins with.
struct Header {
    initiator: [u8; 8],
    responder: [u8; 8],
    next: u8,
    version: u8,
    exchange: u8,
    flags: u8,
    message: [u8; 4],
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let present = p.claimed();
    p.need(HEADER)?;
    let (initiator, responder) = (p.array()?, p.array()?);
    let [next, version, exchange, flags] = p.array()?;
    let (message, length) = (p.array()?, p.be32()?);
    let header = Header { initiator, responder, next, version, exchange, flags, message };
    out.say("isakmp");
    out.note("next_payload", next).note("length", length);
    if cx.verbose() > 0 {
        out.say(" ").num("major", version >> 4).say(".").num("minor", version & 0x0f);
        out.say(" msgid ").bytes("message", &message);
    }
    if cx.verbose() > 1 {
        out.say(" cookie ").bytes("initiator", &initiator).say("->").bytes("responder", &responder);
    }
    out.say(":");
    match version >> 4 {
        1 => phase_1(cx, &header, out),
        2 => phase_2(&header, out),
        _ => return Ok(()),
    }
    if cx.verbose() > 0 {
        payloads(cx, &header, p, out.say(":"))?;
        if u64::from(length) != present as u64 {
            write!(out, " (len mismatch: isakmp {length}/ip {present})");
        }
    }
    Ok(())
}

/// Of version 1: the phase, who speaks, and what it is about.
fn phase_1(cx: &mut Cx, header: &Header, out: &mut Out) {
    out.say(if header.message == [0; 4] { " phase 1" } else { " phase 2/others" });
    let (src, dst) = (cx.ip.src, cx.ip.dst);
    out.say(match find(&mut cx.memory.isakmp, header.initiator) {
        Known::New if header.responder == [0; 8] => {
            begin(&mut cx.memory.isakmp, header.initiator, src, dst);
            " I"
        }
        Known::Of(exchange) if exchange.initiator == src => " I",
        Known::Of(exchange) if exchange.responder == src => " R",
        _ => " ?",
    });
    say_exchange(header, FLAGS_1, out);
}

fn phase_2(header: &Header, out: &mut Out) {
    out.say(if header.message == [0; 4] { " parent_sa" } else { " child_sa " });
    say_exchange(header, FLAGS_2, out);
}

fn say_exchange(header: &Header, names: Flags, out: &mut Out) {
    out.say(" ").name("exchange", header.exchange, names::EXCHANGES, "#%u");
    out.note("flags", header.flags);
    out.aloud(|out| {
        if header.flags != 0 {
            out.say("[").letters("", header.flags, names, "").say("]");
        }
    });
}

fn payloads(cx: &mut Cx, header: &Header, p: Cursor, out: &mut Out) -> Dissect {
    if header.flags & ENCRYPTED != 0 {
        names::say_payload(header.next, out.say(" [encrypted "));
        out.say("]");
        return Ok(());
    }
    let exchange = (header.flags & INITIATOR != 0, [header.initiator, header.responder]);
    let around = Around { version: header.version >> 4, exchange, protocol: 0, depth: 0 };
    Payload::all(cx, header.next, p, around, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_with_keys, conversation, values};

    const COOKIE: &str = "0102030405060708";
    const NONE: &str = "0000000000000000";

    /// A message of `version`, whose payloads begin with one of type `next`.
    fn message(version: u8, next: u8, id: u32, payloads: &str) -> String {
        let length = HEADER + crate::testing::bytes(payloads).len();
        format!("{COOKIE} {NONE} {next:02x} {version:02x} 02 00 {id:08x} {length:08x} {payloads}")
    }

    fn says(version: u8, next: u8, payloads: &str, args: &str, words: &str) {
        let id = if version < 0x20 { " phase 1 I ident:" } else { " parent_sa ident:" };
        let head = format!("isakmp {}.0 msgid 00000000:{id}", version >> 4);
        check(&ISAKMP, &message(version, next, 0, payloads), args, &format!("{head}{words}"));
    }

    #[test]
    fn headers() {
        check(&ISAKMP, &message(0x10, 0, 0, ""), "", "isakmp: phase 1 I ident");
        check(&ISAKMP, &message(0x20, 0, 1, ""), "", "isakmp: child_sa  ident");
        check(&ISAKMP, &message(0x30, 0, 1, ""), "-v", "isakmp 3.0 msgid 00000001:");
        let secret = message(0x10, 8, 1, "").replace("10 02 00", "10 20 01");
        let said = "phase 2/others I oakley-quick[E]: [encrypted hash]";
        check(&ISAKMP, &secret, "-vv", &format!("isakmp 1.0 msgid 00000001 cookie {COOKIE}->{NONE}: {said}"));
        let lie = message(0x10, 0, 0, "").replace("0000001c", "00000020");
        check(
            &ISAKMP,
            &lie,
            "-v",
            "isakmp 1.0 msgid 00000000: phase 1 I ident: (len mismatch: isakmp 32/ip 28)",
        );
        check(&ISAKMP, "01", "", " [|isakmp]");
        assert_eq!(
            values(&ISAKMP, &message(0x10, 13, 0, "0000 0006 6869")),
            r#"{"isakmp":{"next_payload":13,"length":34,"major":1,"minor":0,"message":"00000000","initiator":"0102030405060708","responder":"0000000000000000","exchange":2,"flags":0,"payloads":[{"type":13,"length":6,"data":"6869"}]}}"#
        );
    }

    #[test]
    fn who_speaks() {
        let first = message(0x10, 0, 0, "");
        let answer = first.replacen(NONE, "ff00000000000000", 1);
        let said = conversation(&ISAKMP, &[first.clone(), answer.clone()], "");
        assert_eq!(said, ["isakmp: phase 1 I ident", "isakmp: phase 1 I ident"]);
        assert_eq!(conversation(&ISAKMP, &[answer], ""), ["isakmp: phase 1 ? ident"]);
    }

    #[test]
    fn payloads_of_version_1() {
        says(0x10, 13, "0000 0006 6869", "-v", "\n    (vid: len=2)");
        says(0x10, 4, "0a00 0006 6869 0000 0006 6869", "-v", "\n    (ke: key len=2)\n    (nonce: n len=2)");
        says(0x10, 15, "0000 0006 6869", "-v", "\n    (pay15)");
        says(
            0x10,
            5,
            "0000 000c 01110000 0a000001",
            "-v",
            "\n    (id: idtype=IPv4 protoid=17 port=0 len=4 10.0.0.1)",
        );
        let transform = "0000 0010 01 01 0000 80010007 800b0001";
        let proposal = format!("0000 0018 01 01 00 01 {transform}");
        let sa = format!("0000 0024 00000001 00000001 {proposal}");
        says(
            0x10,
            1,
            &sa,
            "-v",
            "\n    (sa: doi=ipsec situation=identity\n        (p: #1 protoid=isakmp transform=1\
             \n            (t: #1 id=ike (type=enc value=aes)(type=lifetype value=sec))))",
        );
        let notify = "0000 0010 00000001 01 04 6000 00000007 80010007";
        says(
            0x10,
            11,
            notify,
            "-v",
            "\n    (n: doi=ipsec proto=isakmp type=RESPONDER-LIFETIME spi=00000007 attrs=())",
        );
        says(
            0x10,
            12,
            "0000 0014 00000001 03 04 0002 00000007 00000008",
            "-v",
            "\n    (d: doi=ipsec proto=ipsec-esp spilen=4 nspi=2 spi=00000007,00000008)",
        );
    }

    #[test]
    fn payloads_of_version_2() {
        let transforms = "0300 000c 0100000c 800e0080  0000 0008 04000002";
        let proposal = format!("0000 001c 01 01 00 02 {transforms}");
        says(
            0x20,
            33,
            &format!("0000 0020 {proposal}"),
            "-v",
            "\n    (sa: len=28\n        (p: #1 protoid=isakmp transform=2 len=28\
             \n            (t: #1 type=encr id=aes (type=keylen value=0080))\
             \n            (t: #2 type=dh id=modp1024 )))",
        );
        says(0x20, 34, "0000 000a 0002 0000 6869", "-v", "\n    (v2ke: len=2 group=modp1024)");
        says(0x20, 43, "0080 0006 6869", "-v", "\n    (v2vid[C]: len=2 vid=hi)");
        says(0x20, 35, "0000 000a 02000000 6869", "-v", "\n    (v2IDi: len=6 fqdn:hi)");
        says(0x20, 35, "0000 0005 01", "-v", "\n    (v2IDi: len=1 [payload too short])");
        says(
            0x20,
            41,
            "0000 000a 0000 4006 0102",
            "-v",
            "\n    (n: prot_id=#0 type=16390(cookie) data=(0102))",
        );
        says(0x20, 46, "0000 0006 6869", "-v", "\n    (v2e: len=2)");
        let inside = "2b00 0011 ff 0000 0008 02000000 0000 0000";
        let hex = format!("{COOKIE} {COOKIE} 2e 20 23 08 00000001 0000002d {inside}");
        let said = "isakmp 2.0 msgid 00000001: child_sa  ikev2_auth[I]:";
        check_with_keys(
            &ISAKMP,
            &hex,
            "-v",
            &format!("{said}\n    (v2e: len=13\n            (v2vid: len=4 vid=....))"),
        );
        let theirs = hex.replacen("2e 20 23 08", "2e 20 23 20", 1);
        check_with_keys(
            &ISAKMP,
            &theirs,
            "-v",
            &format!("{}\n    (v2e: len=13)", said.replace("[I]", "[R]")),
        );
    }

    #[test]
    fn what_is_cut() {
        says(0x10, 13, "0000 0007 6869", "-v", " [|vid]");
        says(0x10, 13, "0000 0003", "-v", "\n    ()");
        check(&OVER_NAT, "ff", "", "isakmp-nat-keep-alive");
        check(&OVER_NAT, "00000001 00000002 00", "", "UDP-encap: ESP(spi=0x00000001,seq=0x2), length 9");
        check(&OVER_NAT, "00000000 01", "", "NONESP-encap:  [|isakmp]");
        check(&OVER_NAT, "0000", "", " [|isakmp_rfc3948]");
    }
}

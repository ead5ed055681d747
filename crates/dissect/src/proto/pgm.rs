//! PGM, Pragmatic General Multicast (RFC 3208; congestion control: PGMCC, Rizzo 2000), over IP or UDP.
//!
//! ```text
//! | source port (2) | destination port (2) | type | options | checksum (2) |
//! | global source (6) | length of the data (2) | by type .. | options .. | data .. |
//! SPM:     | sequence (4) | trail (4) | lead (4) | family (2) | reserved (2) | address .. |
//! POLL:    | sequence (4) | round (2) | subtype (2) | family (2) | reserved (2) | address ..
//!          | interval (4) | random (4) | mask (4) |
//! data:    | sequence (4) | trail (4) |      NAK: | sequence (4) | source, group: family, reserved, address .. |
//! option:  | end (1 bit), type (7) | length, all of it | reserved (2) | value .. |
//! ```

use crate::parts::address_families::{IPV4, IPV6};
use crate::prelude::*;

mod options;

/// PGM over IP.
pub static PGM: Protocol = Protocol { name: "pgm", dissect: over_ip };
/// PGM over UDP, which IP said the addresses of.
pub static OVER_UDP: Protocol = Protocol { name: "pgm", dissect: over_udp };
/// PGM over UDP, or over IP, with ZeroMQ's messages in it.
pub static WITH_ZMTP1: Protocol = Protocol { name: "pgm", dissect: over_udp };

const HEADER: usize = 16;
/// Bit of the options field: there are options.
const PRESENT: u8 = 0x01;

const SPM: u8 = 0x00;
const POLL: u8 = 0x01;
const POLR: u8 = 0x02;
const ODATA: u8 = 0x04;
const RDATA: u8 = 0x05;
const NAK: u8 = 0x08;
const NULL_NAK: u8 = 0x09;
const NCF: u8 = 0x0a;
/// PGMCC never said which number it takes: implementations use one of these.
const ACK: u8 = 0x0b;
const ACK_TOO: u8 = 0x0d;
const SPMR: u8 = 0x0c;
const TYPES: NameTable = &[
    (SPM as u32, "SPM"),
    (POLL as u32, "POLL"),
    (POLR as u32, "POLR"),
    (ODATA as u32, "ODATA"),
    (RDATA as u32, "RDATA"),
    (NAK as u32, "NAK"),
    (NULL_NAK as u32, "NNAK"),
    (NCF as u32, "NCF"),
    (ACK as u32, "ACK"),
    (SPMR as u32, "SPMR"),
    (ACK_TOO as u32, "ACK"),
];

fn over_ip(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let with_addresses = !cx.ip.extended;
    message(cx, with_addresses, p, out)
}

fn over_udp(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    message(cx, false, p, out)
}

fn message(cx: &mut Cx, with_addresses: bool, mut p: Cursor, out: &mut Out) -> Dissect {
    let present = p.claimed();
    let (from, to) = (cx.ip.src, cx.ip.dst);
    let packet = p;
    let Ok([a, b, c, d]) = p.array() else {
        out.aloud(|out| _ = out.ip("", from).say(" > ").ip("", to).say(":"));
        return Err(Stop::Truncated);
    };
    let mut port = |key: &str, addr, port: [u8; 2]| {
        if with_addresses {
            out.aloud(|out| _ = out.ip("", addr).say("."));
        }
        out.port(key, Transport::Tcp, u16::from_be_bytes(port));
        out.say(if key == "src_port" { " > " } else { ": " });
    };
    port("src_port", from, [a, b]);
    port("dst_port", to, [c, d]);
    packet.need(HEADER)?;
    let ([kind, flags], sum, source, length) = (p.array()?, p.be16()?, p.array::<6>()?, p.be16()?);
    out.say("PGM, length ").num("length", length);
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.note("checksum", sum).note("option_flags", flags);
    out.say(" 0x").bytes("source", &source).say(" ");
    by_type(kind, &mut p, out)?;
    if flags & PRESENT != 0 && !options::say(&mut p, out)? {
        return Ok(());
    }
    out.aloud(|out| _ = out.say(" [").num("", present).say("]"));
    let zmtp = cx.options.payload.is_some_and(|who| std::ptr::eq(who, &WITH_ZMTP1));
    if zmtp && matches!(kind, ODATA | RDATA) {
        cx.next(Space::Pgm, p.claiming(length.into()), out)?;
    }
    Ok(())
}

fn by_type(kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    match kind {
        SPM => spm(kind, p, out),
        POLL => poll(kind, p, out),
        POLR => {
            let (sequence, round) = (p.be32()?, p.be16()?);
            p.skip(2)?;
            name(kind, out).say(" seq ").num("seq", sequence).say(" round ").num("round", round);
            Ok(())
        }
        ODATA | RDATA => {
            let (sequence, trail) = (p.be32()?, p.be32()?);
            name(kind, out).say(" trail ").num("trail", trail).say(" seq ").num("seq", sequence);
            Ok(())
        }
        NAK | NULL_NAK | NCF => nak(kind, p, out),
        ACK | ACK_TOO => {
            let (sequence, bitmap) = (p.be32()?, p.be32()?);
            name(kind, out).say(" seq ").num("seq", sequence).note("bitmap", bitmap);
            Ok(())
        }
        _ => {
            out.name("type", kind, TYPES, "UNKNOWN type 0x%02x");
            Ok(())
        }
    }
}

fn name<'a, 'o>(kind: u8, out: &'a mut Out<'o>) -> &'a mut Out<'o> {
    out.name("type", kind, TYPES, "")
}

fn spm(kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(16)?;
    let (sequence, trail, lead, family) = (p.be32()?, p.be32()?, p.be32()?, p.be16()?);
    p.skip(2)?;
    let path = address(family, p)?;
    name(kind, out).say(" seq ").num("seq", sequence).say(" trail ").num("trail", trail);
    out.say(" lead ").num("lead", lead).say(" nla ").ip_digits("nla", path);
    Ok(())
}

fn poll(kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(12)?;
    let (sequence, round, subtype, family) = (p.be32()?, p.be16()?, p.be16()?, p.be16()?);
    p.skip(2)?;
    let path = address(family, p)?;
    let (interval, random, mask) = (p.be32()?, p.be32()?, p.be32()?);
    name(kind, out).say(" seq ").num("seq", sequence).say(" round ").num("round", round);
    out.note("subtype", subtype).say(" nla ").ip_digits("nla", path).say(" ivl ").num("interval", interval);
    out.say(" rnd 0x").hex0("random", random, 8).say(" mask 0x").hex0("mask", mask, 8);
    Ok(())
}

fn nak(kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(8)?;
    let (sequence, family) = (p.be32()?, p.be16()?);
    p.skip(2)?;
    let source = address(family, p)?;
    // Tcpdump looks for the group's family behind it, where the group's address begins.
    p.pass(4);
    let family = { *p }.be16()?;
    let group = address(family, p)?;
    name(kind, out).say(" (").ip_digits("nak_source", source).say(" -> ").ip_digits("group", group);
    out.say("), seq ").num("seq", sequence);
    Ok(())
}

/// An address of a family; any but IP's are a lie.
fn address(family: u16, p: &mut Cursor) -> Dissect<Addr> {
    match family {
        IPV4 => p.array::<4>().map(Addr::from),
        IPV6 => p.array::<16>().map(Addr::from),
        _ => Err(Stop::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, hear, values};

    const LINE: &str = "0.0.0.0.1000 > 0.0.0.0.2000: PGM, length 5";

    /// A message of a type, with or without options, with what follows.
    fn packet(kind: &str, flags: &str, rest: &str) -> String {
        format!("03e8 07d0 {kind} {flags} 0000 0a0b0c0d0e0f 0005 {rest}")
    }

    #[track_caller]
    fn says(kind: &str, rest: &str, words: &str) {
        let hex = packet(kind, "00", rest);
        check(&PGM, &hex, "", LINE);
        check(&PGM, &hex, "-v", &format!("{LINE} 0x0a0b0c0d0e0f {words}"));
    }

    #[test]
    fn messages_of_each_type() {
        let nla = "0001 0000 0a000001";
        says(
            "00",
            &format!("00000001 00000002 00000003 {nla}"),
            "SPM seq 1 trail 2 lead 3 nla 10.0.0.1 [36]",
        );
        says(
            "00",
            "00000001 00000002 00000003 0002 0000 20010db8000000000000000000000001",
            "SPM seq 1 trail 2 lead 3 nla 2001:db8::1 [48]",
        );
        says(
            "01",
            &format!("00000001 0002 0003 {nla} 00000004 00000005 00000006"),
            "POLL seq 1 round 2 nla 10.0.0.1 ivl 4 rnd 0x00000005 mask 0x00000006 [44]",
        );
        says("02", "00000001 0002 0000", "POLR seq 1 round 2 [24]");
        says("04", "00000001 00000002 6869", "ODATA trail 2 seq 1 [26]");
        says("05", "00000001 00000002", "RDATA trail 2 seq 1 [24]");
        let nak = format!("00000001 {nla} 0001 0000 00010203");
        says("08", &nak, "NAK (10.0.0.1 -> 0.1.2.3), seq 1 [36]");
        says("09", &nak, "NNAK (10.0.0.1 -> 0.1.2.3), seq 1 [36]");
        says("0a", &nak, "NCF (10.0.0.1 -> 0.1.2.3), seq 1 [36]");
        says("0b", "00000001 00000002", "ACK seq 1 [24]");
        says("0d", "00000001 00000002", "ACK seq 1 [24]");
        says("0c", "", "SPMR [16]");
        says("1f", "", "UNKNOWN type 0x1f [16]");
    }

    #[test]
    fn ports_behind_udp_and_the_ends_of_a_message() {
        check(&OVER_UDP, &packet("0c", "00", ""), "", "1000 > 2000: PGM, length 5");
        check(&PGM, "03e8 07", "", "0.0.0.0 > 0.0.0.0: [|pgm]");
        check(&OVER_UDP, "03e8 07", "", "0.0.0.0 > 0.0.0.0: [|pgm]");
        check(&PGM, "03e8 07d0 00 00", "", "0.0.0.0.1000 > 0.0.0.0.2000:  [|pgm]");
        says("00", "00000001 00000002 00000003 0003 0000", " (invalid)");
        says("0a", "00000001 0001 0000 0a000001 0001 0000 e0000001", " (invalid)");
        says("04", "00000001 0000", " [|pgm]");
    }

    #[test]
    fn zeromq_is_heard_on_demand() {
        let packet = bytes(&packet("04", "00", "00000001 00000002 0000 0201 41"));
        let options = crate::cx::Options { verbose: 1, payload: Some(&WITH_ZMTP1), ..Default::default() };
        let said = hear(&PGM, &packet, packet.len(), options, crate::out::Ear::Text).0;
        let body = "0x0000:  41                                       A";
        assert_eq!(
            said,
            format!(
                "{LINE} 0x0a0b0c0d0e0f ODATA trail 2 seq 1 [29]\n\t frame offset 0x0000\n\t \
                 frame flags+body  (8-bit) length 2, flags 0x01 (MORE), first 1 byte(s) of body:\n\t {body}"
            )
        );
    }

    #[test]
    fn values_of_a_message() {
        assert_eq!(
            values(&PGM, &packet("04", "01", "00000001 00000002 0004 0004 6869")),
            r#"{"pgm":{"src_port":1000,"dst_port":2000,"length":5,"checksum":0,"option_flags":1,"source":"0a0b0c0d0e0f","type":4,"trail":2,"seq":1,"options_length":4,"options":[]}}"#
        );
    }
}

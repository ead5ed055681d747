//! GRE, Generic Routing Encapsulation (RFC 2784, RFC 2890; with routing: RFC 1701; version 1, for PPTP: RFC 2637;
//! redirection by WCCP: draft-wilson-wrec-wccp-v2).
//!
//! ```text
//! |C|R|K|S|s|Recur|A| Flags | Ver |         protocol type         |
//! |      checksum (optional)      |       offset (optional)       |
//! |      key (optional; version 1: payload length and call)       |
//! |                   sequence number (optional)                  |
//! |   routing (optional), version 1: acknowledged number (optional)
//! ```

use crate::parts::ethertypes;
use crate::prelude::*;

/// GRE.
pub static GRE: Protocol = Protocol { name: "gre", dissect };

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACK: u16 = 0x0080;
const FLAGS: Flags = &[
    (CHECKSUM as u32, "checksum present"),
    (ROUTING as u32, "routing present"),
    (KEY as u32, "key present"),
    (SEQUENCE as u32, "sequence# present"),
    (0x0800, "source routing present"),
    (ACK as u32, "ack present"),
];

const IPV4: u16 = 0x0800;
const WCCP: u16 = 0x883e;
const PPP: u16 = 0x880b;
/// Ethernet over IP, in version 1.
const EOIP: u16 = 0x6400;
const KEEP_ALIVE: u16 = 0;
const ROUTE_IP: u16 = 0x0800;
const ROUTE_ASN: u16 = 0xfffe;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("GRE");
    let length = p.claimed();
    out.enough("length", &p, 2)?;
    let flags = p.be16()?;
    out.say("v").num("version", flags & 7);
    if flags & 7 > 1 {
        out.say(" ERROR: unknown-version");
        return Ok(());
    }
    if cx.verbose() > 0 {
        out.say(", Flags [").flags("flags", flags, FLAGS, "none").say("]");
    }
    out.enough("len", &p, 2)?;
    let protocol = p.be16()?;
    out.note("protocol", protocol);
    let eoip = protocol == EOIP && flags & 7 == 1;
    if eoip && flags & !7 != KEY {
        write!(out, " unknown-eoip-flags-{flags:04x}!");
        return Ok(());
    }
    if flags & 7 == 1 {
        version1(flags, eoip, &mut p, out)?
    } else {
        version0(cx, flags, &mut p, out)?
    }
    if cx.options.link_header {
        out.aloud(|out| {
            out.say(", proto ").named_as("", protocol, ethertypes::NAMES, "unknown", " (0x%04x)");
        });
    }
    out.say(", length ").num("length", length);
    if flags & 7 == 1 && !eoip && flags & SEQUENCE == 0 {
        return Ok(());
    }
    out.say(if cx.verbose() > 0 { "\n\t" } else { ": " });
    match protocol {
        KEEP_ALIVE if flags & 7 == 0 => {
            out.say("keep-alive").note_that("keep_alive", true);
            return Ok(());
        }
        WCCP if flags & 7 == 0 => return redirected(cx, p, out),
        EOIP if eoip && p.claimed() == 0 => {
            out.say("keepalive").note_that("keep_alive", true);
            return Ok(());
        }
        EOIP if eoip => return cx.next(Space::EtherType(ethertypes::BRIDGED_ETHERNET), p, out).map(drop),
        _ => {}
    }
    let sequenced = flags & SEQUENCE != 0;
    let known = (flags & 7 != 0) == (protocol == PPP);
    if !known || !cx.next(Space::Gre { protocol, sequenced }, p, out)? {
        write!(out, "gre-proto-0x{protocol:x}");
    }
    Ok(())
}

/// What the flags of version 0 say is there.
fn version0(cx: &Cx, flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    if flags & (CHECKSUM | ROUTING) != 0 {
        out.enough("len", p, 2)?;
        let sum = p.be16()?;
        if cx.verbose() > 0 {
            out.say(", sum 0x").hex("checksum", sum);
        }
        out.enough("len", p, 2)?;
        let offset = p.be16()?;
        out.say(", off 0x").hex("offset", offset);
    }
    if flags & KEY != 0 {
        out.enough("len", p, 4)?;
        let key = p.be32()?;
        out.say(", key=0x").hex("key", key);
    }
    sequence(flags, p, out)?;
    if flags & ROUTING != 0 {
        out.list("routes", |out| routes(p, out))?;
    }
    Ok(())
}

fn sequence(flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    if flags & SEQUENCE != 0 {
        out.enough("len", p, 4)?;
        let sequence = p.be32()?;
        out.say(", seq ").num("seq", sequence);
    }
    Ok(())
}

/// What the flags of version 1 say is there: for PPTP, or for Ethernet over IP as MikroTik has it.
fn version1(flags: u16, eoip: bool, p: &mut Cursor, out: &mut Out) -> Dissect {
    if flags & KEY != 0 {
        out.enough("len", p, 2)?;
        let length = p.be16()?;
        out.note("payload_length", length).enough("len", p, 2)?;
        let id = p.be16()?;
        if eoip {
            out.say(", tunnel-id ").num("tunnel", id);
        } else {
            out.say(", call ").num("call", id);
        }
    } else {
        out.say(", (ERROR: K flag not set)");
    }
    sequence(flags, p, out)?;
    if flags & ACK != 0 {
        out.enough("len", p, 4)?;
        let ack = p.be32()?;
        out.say(", ack ").num("ack", ack);
    }
    if flags & SEQUENCE == 0 && !eoip {
        out.say(", no-payload");
    }
    Ok(())
}

/// Source routes, up to an empty one.
fn routes(p: &mut Cursor, out: &mut Out) -> Dissect {
    loop {
        out.enough("len", p, 4)?;
        let (family, offset, length) = (p.be16()?, p.u8()?, p.u8()?);
        if family == 0 && length == 0 {
            return Ok(());
        }
        out.item(|out| {
            out.note("family", family);
            match family {
                ROUTE_IP => route(*p, "ip", 4, offset, length, out)?,
                ROUTE_ASN => route(*p, "asn", 2, offset, length, out)?,
                _ => _ = write!(out, ", (rtaf=0x{family:x})"),
            };
            Ok(())
        })?;
        out.enough("len", p, length.into())?;
        p.skip(length.into())?;
    }
}

/// Hops of `size` bytes each; the next one has a star.
fn route(mut p: Cursor, name: &str, size: u8, offset: u8, length: u8, out: &mut Out) -> Dissect {
    out.say(", (rtaf=").say(name).note("next", offset);
    let wrong = if !offset.is_multiple_of(size) {
        write!(out, ", badoffset={offset}");
        true
    } else if !length.is_multiple_of(size) {
        write!(out, ", badlength={length}");
        true
    } else if offset >= length {
        write!(out, ", badoff/len={offset}/{length}");
        true
    } else {
        false
    };
    if wrong {
        out.say(")");
        return Err(Stop::Invalid);
    }
    out.list("hops", |out| {
        for at in (0..length).step_by(size.into()) {
            if let Err(lie) = out.enough("len", &p, size.into()) {
                out.say(")");
                return Err(lie);
            }
            let star = if at == offset { " *" } else { " " };
            if size == 4 {
                let hop = p.array::<4>()?;
                out.say(star).ip_digits("", hop.into());
            } else {
                let hop = p.be16()?;
                out.say(star).hex("", hop);
            }
        }
        Ok(())
    })?;
    out.say(")");
    Ok(())
}

/// A packet that WCCP redirected. Its own header is there unless what is there begins as IPv4 does.
fn redirected(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("wccp ");
    out.enough("len", &p, 1)?;
    if p.peek()? >> 4 != 4 {
        out.enough("len", &p, 4)?;
        let [flags, service, alternate, primary] = p.array()?;
        let bit = |n: u8| if flags >> n & 1 == 1 { "1" } else { "0" };
        out.note("wccp_flags", flags).say("T:").say(bit(7)).say(" A:").say(bit(6)).say(" U:").say(bit(5));
        out.say(" SId:").num("service", service).say(" Alt:").num("alternate_bucket", alternate);
        out.say(" Pri:").num("primary_bucket", primary).say(": ");
    }
    cx.next(Space::EtherType(IPV4), p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const IP: &str = "4500 0016 0000 0000 40fd 0000 0a000001 0a000002 6869";
    const SAID: &str = "IP 10.0.0.1 > 10.0.0.2:  ip-proto-253 2";

    #[test]
    fn a_packet() {
        let packet = format!("b000 0800 1234 0000 00000028 00000007 {IP}");
        check(&GRE, &packet, "", &format!("GREv0, off 0x0, key=0x28, seq 7, length 38: {SAID}"));
        let ip = "IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto unknown (253), length 22)\
                  \n    10.0.0.1 > 10.0.0.2:  ip-proto-253 2";
        check(
            &GRE,
            &packet,
            "-vK",
            &format!(
                "GREv0, Flags [checksum present, key present, sequence# present], sum 0x1234, off 0x0, \
                 key=0x28, seq 7, length 38\n\t{ip}"
            ),
        );
        let said = values(&GRE, &packet);
        let head = r#"{"gre":{"version":0,"flags":45056,"protocol":2048,"checksum":4660,"offset":0,"key":40,"seq":7,"length":38,"ip":{"#;
        assert!(said.starts_with(head), "{said}");
    }

    #[test]
    fn source_routes() {
        check(
            &GRE,
            "4000 1234 0000 0000 0800 04 08 0a000001 0a000002 fffe 00 02 fde8 1111 00 01 00 0000 00 00",
            "-e",
            "GREv0, off 0x0, (rtaf=ip 10.0.0.1 *10.0.0.2), (rtaf=asn *fde8), (rtaf=0x1111), \
             proto unknown (0x1234), length 35: gre-proto-0x1234",
        );
        let lie = "4000 0000 0000 0000 0800 02 08 0a000001 0a000002";
        check(&GRE, lie, "", "GREv0, off 0x0, (rtaf=ip, badoffset=2) (invalid)");
        let lie = "4000 0000 0000 0000 0800 04 04 0a000001";
        check(&GRE, lie, "", "GREv0, off 0x0, (rtaf=ip, badoff/len=4/4) (invalid)");
    }

    #[test]
    fn other_payloads() {
        check(&GRE, "0000 0000", "", "GREv0, length 4: keep-alive");
        let said = format!("GREv0, length 30: wccp T:1 A:0 U:1 SId:89 Alt:2 Pri:3: {SAID}");
        check(&GRE, &format!("0000 883e a0 59 02 03 {IP}"), "", &said);
        check(&GRE, &format!("0000 883e {IP}"), "", &format!("GREv0, length 26: wccp {SAID}"));
    }

    #[test]
    fn version_1() {
        let said = "GREv1, call 9, ack 3, no-payload, length 12";
        check(&GRE, "2081 880b 0000 0009 00000003", "", said);
        let said =
            "GREv1, Flags [sequence# present], (ERROR: K flag not set), seq 3, length 8\n\tgre-proto-0x800";
        check(&GRE, "1001 0800 00000003", "-v", said);
        check(&GRE, "0002", "", "GREv2 ERROR: unknown-version");
    }

    #[test]
    fn ethernet_over_ip() {
        let frame = "020000000001 020000000002 0800 40";
        let said = "GREv1, tunnel-id 9, length 23: IP  [length 1 < 20] (invalid)";
        check(&GRE, &format!("2001 6400 000f 0009 {frame}"), "", said);
        check(&GRE, "2001 6400 0000 0009", "", "GREv1, tunnel-id 9, length 8: keepalive");
        check(&GRE, "3001 6400 0000 0009", "", "GREv1 unknown-eoip-flags-3001!");
        assert!(values(&GRE, "2001 6400 0000 0009").contains(r#""tunnel":9,"length":8,"keep_alive":true"#));
    }

    #[test]
    fn ends() {
        check(&GRE, "00", "", "GRE [length 1 < 2] (invalid)");
        check(&GRE, "2000 0800 00", "", "GREv0 [len 1 < 4] (invalid)");
    }
}

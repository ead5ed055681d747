//! OLSR, the Optimized Link State Routing Protocol (RFC 3626), with what olsr.org added: link quality, names, smart
//! gateways.
//!
//! ```text
//! | length (2) | sequence (2) | message ..
//! | type | vtime | size (2) | originator | TTL | hops | sequence (2) | body ..
//! hello:  | 0 (2) | htime | willingness | link code | 0 | size (2) | neighbor ..
//! ```
//! Addresses are as long as those of the IP header.

use crate::prelude::*;

mod names;

/// OLSR.
pub static OLSR: Protocol = Protocol { name: "olsr", dissect };

/// Bytes before the first message.
const HEADER: usize = 4;
/// Bytes of the header of a message beside its address.
const MESSAGE: usize = 8;
const TYPES: NameTable = &[
    (1, "Hello"),
    (2, "TC"),
    (3, "MID"),
    (4, "HNA"),
    (128, "Powerinfo"),
    (130, "Nameservice"),
    (201, "Hello-LQ"),
    (202, "TC-LQ"),
];
const HELLO: u8 = 1;
const TOPOLOGY: u8 = 2;
const INTERFACES: u8 = 3;
const NETWORKS: u8 = 4;
const NAMES: u8 = 130;
const HELLO_QUALITY: u8 = 201;
const TOPOLOGY_QUALITY: u8 = 202;
const LINKS: NameTable = &[(0, "Unspecified"), (1, "Asymmetric"), (2, "Symmetric"), (3, "Lost")];
const NEIGHBORS: NameTable = &[(0, "Not-Neighbor"), (1, "Symmetric"), (2, "Symmetric-MPR")];

const GATEWAY_FLAGS: Flags =
    &[(0x01, " LINKSPEED"), (0x02, " IPV4"), (0x04, " IPV4-NAT"), (0x08, " IPV6"), (0x10, " IPv6-PREFIX")];
const LINK_SPEED: u8 = 0x01;
/// The fastest link that a gateway can speak of, in kbit/s.
const FASTEST: u32 = 320_000_000;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let start = p;
    out.say("OLSRv").num("version", cx.ip.version);
    if p.claimed() < HEADER {
        return Err(out.lie("packet length", p.claimed(), "<", HEADER));
    }
    let (stated, sequence) = (p.be16()?, p.be16()?);
    let length = start.claimed().min(stated.into());
    out.say(", seq 0x").hex0("sequence", sequence, 4).say(", length ").num("length", length);
    if cx.verbose() == 0 {
        return Ok(());
    }
    let mut p = p.claiming(length.saturating_sub(HEADER));
    out.list("messages", |out| {
        while p.claimed() > 0 {
            if !out.item(|out| message(cx, length, &mut p, out))? {
                break;
            }
        }
        Ok(())
    })
}

/// Reads an address of the length of those in the IP header.
fn address(cx: &Cx, p: &mut Cursor) -> Dissect<Addr> {
    match cx.ip.version {
        4 => p.array::<4>().map(Addr::from),
        _ => p.array::<16>().map(Addr::from),
    }
}

fn address_length(cx: &Cx) -> usize {
    if cx.ip.version == 4 { 4 } else { 16 }
}

/// A time in four bits of mantissa and four of exponent, in seconds.
fn seconds(time: u8) -> f64 {
    0.0625 * (1.0 + f64::from(time >> 4) / 16.0) * f64::from(1u32 << (time & 0x0f))
}

/// A message; `false` if nobody can say where the next one begins.
fn message(cx: &Cx, whole: usize, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let mut body = *p;
    let header = MESSAGE + address_length(cx);
    body.need(header)?;
    let ([kind, time], stated) = (body.array()?, body.be16()?);
    let length = usize::from(stated);
    if kind == 0 || length == 0 {
        return Ok(false);
    }
    let (originator, [ttl, hops], sequence) = (address(cx, &mut body)?, body.array()?, body.be16()?);
    let fits = (header..=whole).contains(&length);
    out.say("\n\t").named_as("type", kind, TYPES, "Unknown", " Message (0x%02x)");
    out.say(", originator ").ip("originator", originator).say(", ttl ").num("ttl", ttl);
    out.say(", hop ").num("hops", hops).say("\n\t  vtime ").fraction("vtime_s", seconds(time), 3);
    out.say("s, msg-seq 0x").hex0("sequence", sequence, 4).say(", length ").num("length", length);
    if !fits {
        out.say(" (invalid)").note_that("invalid", true);
        return Ok(false);
    }
    self::body(cx, kind, body.claiming(length - header), out)?;
    p.pass(length);
    Ok(true)
}

fn body(cx: &Cx, kind: u8, p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        HELLO | HELLO_QUALITY => hello(cx, kind, p, out),
        TOPOLOGY | TOPOLOGY_QUALITY => topology(cx, kind, p, out),
        INTERFACES => interfaces(cx, p, out),
        NETWORKS if cx.ip.version == 4 => networks_4(p, out),
        NETWORKS => networks_6(p, out),
        NAMES => names::dissect(cx, p, out),
        _ => {
            out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t    ");
            Ok(())
        }
    }
}

fn hello(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Err(out.lie("message length", p.claimed(), "<", 4u8));
    }
    let [_, _, time, willingness] = p.array()?;
    out.say("\n\t  hello-time ").fraction("hello_time_s", seconds(time), 3);
    out.say("s, MPR willingness ").num("willingness", willingness);
    out.list("links", |out| {
        while p.claimed() >= 4 {
            if !out.item(|out| link(cx, kind, &mut p, out))? {
                break;
            }
        }
        Ok(())
    })
}

/// The neighbors behind one kind of link; `false` if their length lies.
fn link(cx: &Cx, kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let left = p.claimed();
    let ([code, _], stated) = (p.array()?, p.be16()?);
    let length = usize::from(stated);
    out.say("\n\t    link-type ").name("link", code & 3, LINKS, "Unknown");
    out.say(", neighbor-type ").name("neighbor", code >> 2, NEIGHBORS, "Unknown");
    out.say(", len ").num("length", length);
    if !(4..=left).contains(&length) {
        out.say(" (invalid)").note_that("invalid", true);
        return Ok(false);
    }
    p.need(length - 4)?;
    neighbors(cx, kind == HELLO, p.claiming(length - 4), out)?;
    p.pass(length - 4);
    Ok(true)
}

fn topology(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Err(out.lie("message length", p.claimed(), "<", 4u8));
    }
    p.need(4)?;
    let sequence = p.be16()?;
    out.say("\n\t    advertised neighbor seq 0x").hex0("neighbor_sequence", sequence, 4);
    p.skip(2)?;
    neighbors(cx, kind == TOPOLOGY, p, out)
}

/// Neighbors; plain ones are taken for IPv4 by tcpdump whatever they are, and those with link quality are not.
fn neighbors(cx: &Cx, plain: bool, mut p: Cursor, out: &mut Out) -> Dissect {
    if plain {
        out.say("\n\t      neighbor\n\t\t");
        return out.list("neighbors", |out| {
            while p.claimed() >= 4 {
                let neighbor: [u8; 4] = p.array()?;
                out.ip4("", neighbor).say(" ");
            }
            Ok(())
        });
    }
    let each = address_length(cx) + 4;
    out.list("neighbors", |out| {
        while p.claimed() >= each {
            p.need(each)?;
            let (neighbor, [quality, other, _, _]) = (address(cx, &mut p)?, p.array()?);
            out.item(|out| {
                out.say("\n\t      neighbor ").ip("neighbor", neighbor);
                out.say(", link-quality ").fraction("quality", f64::from(quality) / 2.55, 2);
                out.say("%, neighbor-link-quality ").fraction("neighbor_quality", f64::from(other) / 2.55, 2);
                out.say("%");
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn interfaces(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("interfaces", |out| {
        while p.claimed() >= address_length(cx) {
            let address = address(cx, &mut p)?;
            out.say("\n\t  interface address ").ip("", address);
        }
        Ok(())
    })
}

fn count(p: Cursor, each: usize, out: &mut Out) {
    write!(out, "\n\t  Advertised networks (total {})", p.claimed() / each);
}

fn networks_4(mut p: Cursor, out: &mut Out) -> Dissect {
    count(p, 8, out);
    out.list("networks", |out| {
        let mut column = 0;
        while p.claimed() >= 8 {
            p.need(8)?;
            let (network, mask): ([u8; 4], [u8; 4]) = (p.array()?, p.array()?);
            out.say(if column == 0 { "\n\t    " } else { ", " });
            column = (column + 1) % 4;
            out.item(|out| {
                match (network, mask) {
                    ([0, 0, 0, 0], [0, flags @ 1..=255, up, down]) => gateway(flags, up, down, out),
                    _ => {
                        out.ip4("network", network).say("/");
                        prefix_length(u32::from_be_bytes(mask).into(), 32, out);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn networks_6(mut p: Cursor, out: &mut Out) -> Dissect {
    count(p, 32, out);
    out.list("networks", |out| {
        while p.claimed() >= 32 {
            p.need(32)?;
            let (network, mask): ([u8; 16], _) = (p.array()?, p.array().map(u128::from_be_bytes)?);
            out.item(|out| {
                out.say("\n\t    #0: ").ip6("network", network).say("/");
                prefix_length(mask, 128, out);
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// The length of a mask of so many bits; that of one with holes is -1, which text takes for a large number.
fn prefix_length(mask: u128, bits: u32, out: &mut Out) {
    let ones = (mask << (128 - bits)).leading_ones();
    let whole = ones == bits || mask << (128 - bits) << ones == 0;
    out.num("prefix_length", if whole { ones } else { u32::MAX });
}

fn gateway(flags: u8, up: u8, down: u8, out: &mut Out) {
    let speed = |encoded| if flags & LINK_SPEED != 0 { speed(encoded) } else { 0 };
    out.say("Smart-Gateway:").letters("gateway_flags", flags, GATEWAY_FLAGS, "");
    out.say(" ").num("uplink_kbps", speed(up)).say("/").num("downlink_kbps", speed(down));
}

/// A speed in five bits of mantissa and three of exponent, in kbit/s.
fn speed(encoded: u8) -> u32 {
    match encoded {
        0 => 0,
        u8::MAX => FASTEST,
        _ => (u32::from(encoded >> 3) + 1) * 10u32.pow((encoded & 7).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// A packet with one message of 10.0.0.1.
    fn packet(kind: u8, body: &str) -> String {
        let length = 12 + crate::testing::bytes(body).len();
        format!("{:04x} 0007  {kind:02x} 05 {length:04x} 0a000001 40 02 0009 {body}", length + 4)
    }

    fn said(kind: u8, body: &str, words: &str) {
        let hex = packet(kind, body);
        let length = crate::testing::bytes(&hex).len();
        let head = format!("OLSRv4, seq 0x0007, length {length}");
        check(&OLSR, &hex, "", &head);
        let name = crate::out::lookup(TYPES, kind.into()).unwrap_or("Unknown");
        let more = format!(
            "\n\t{name} Message (0x{kind:02x}), originator 10.0.0.1, ttl 64, hop 2\
             \n\t  vtime 2.000s, msg-seq 0x0009, length {}",
            length - 4
        );
        check(&OLSR, &hex, "-v", &format!("{head}{more}{words}"));
    }

    #[test]
    fn hellos_and_topology() {
        said(
            1,
            "0000 05 03 0a 00 000c 0a000002 0a000003",
            "\n\t  hello-time 2.000s, MPR willingness 3\
             \n\t    link-type Symmetric, neighbor-type Symmetric-MPR, len 12\n\t      neighbor\n\t\t10.0.0.2 10.0.0.3 ",
        );
        said(
            201,
            "0000 05 03 05 00 000c 0a000002 ff 80 0000",
            "\n\t  hello-time 2.000s, MPR willingness 3\
             \n\t    link-type Asymmetric, neighbor-type Symmetric, len 12\
             \n\t      neighbor 10.0.0.2, link-quality 100.00%, neighbor-link-quality 50.20%",
        );
        said(
            2,
            "0005 0000 0a000002",
            "\n\t    advertised neighbor seq 0x0005\n\t      neighbor\n\t\t10.0.0.2 ",
        );
        said(1, "0000", " [message length 2 < 4] (invalid)");
        said(
            1,
            "0000 05 03 05 00 0003",
            "\n\t  hello-time 2.000s, MPR willingness 3\
             \n\t    link-type Asymmetric, neighbor-type Symmetric, len 3 (invalid)",
        );
    }

    #[test]
    fn interfaces_and_networks() {
        said(3, "0a000002", "\n\t  interface address 10.0.0.2");
        said(
            4,
            "0a000000 ff000000 0a010000 ff00ff00 00000000 0003 1020",
            "\n\t  Advertised networks (total 3)\n\t    10.0.0.0/8, 10.1.0.0/4294967295, \
             Smart-Gateway: LINKSPEED IPV4 3/5",
        );
        said(128, "abcd", "\n\t    0x0000:  abcd");
    }

    #[test]
    fn names_and_lies() {
        said(
            130,
            "0001 0001 0000 0003 0a000002 616263 00",
            "\n\t  Version 1, Entries 1\n\t    #0: type 000000, length 3, address 10.0.0.2, name \"abc\"",
        );
        said(130, "0001 0002 0000", "\n\t  Version 1, Entries 2 (invalid)");
        check(&OLSR, "00", "", "OLSRv4 [packet length 1 < 4] (invalid)");
        check(
            &OLSR,
            "0010 0001 01 00 0002 0a000001 40 02 0009",
            "-v",
            "OLSRv4, seq 0x0001, length 16\n\tHello Message (0x01), originator 10.0.0.1, ttl 64, hop 2\
             \n\t  vtime 0.062s, msg-seq 0x0009, length 2 (invalid)",
        );
    }

    #[test]
    fn values_of_a_message() {
        assert_eq!(
            values(&OLSR, &packet(3, "0a000002")),
            "{\"olsr\":{\"version\":4,\"sequence\":7,\"length\":20,\"messages\":[{\"type\":3,\
             \"originator\":\"10.0.0.1\",\"ttl\":64,\"hops\":2,\"vtime_s\":2,\"sequence\":9,\"length\":16,\
             \"interfaces\":[\"10.0.0.2\"]}]}}"
        );
    }
}

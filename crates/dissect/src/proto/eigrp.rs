//! EIGRP, Cisco's Enhanced Interior Gateway Routing Protocol (RFC 7868).
//!
//! ```text
//! | version | op code | checksum | flags (4) | sequence (4) | acknowledged (4) | router (2) | AS (2) | TLV ..
//! | type (2) | length, header included (2) | value ..
//! ```

use crate::prelude::*;

/// EIGRP.
pub static EIGRP: Protocol = Protocol { name: "eigrp", dissect };

/// Bytes before the first TLV.
const HEADER: usize = 20;
const VERSION: u8 = 2;
const OP_CODES: NameTable =
    &[(1, "Update"), (3, "Query"), (4, "Reply"), (5, "Hello"), (6, "IPX SAP"), (7, "Probe")];
const FLAGS: Flags =
    &[(0x01, "Init"), (0x02, "Conditionally Received"), (0x04, "Restart"), (0x08, "End-of-Table")];

/// Bytes before a value.
const TLV: usize = 4;
const TYPES: NameTable = &[
    (0x0001, "General Parameters"),
    (0x0002, "Authentication"),
    (0x0003, "Sequence"),
    (0x0004, "Software Version"),
    (0x0005, "Next Multicast Sequence"),
    (0x0102, "IP Internal routes"),
    (0x0103, "IP External routes"),
    (0x0202, "AppleTalk Internal routes"),
    (0x0203, "AppleTalk External routes"),
    (0x0204, "AppleTalk Cable setup"),
    (0x0302, "IPX Internal routes"),
    (0x0303, "IPX External routes"),
];
const ORIGINS: NameTable = &[
    (0x01, "IGRP"),
    (0x02, "EIGRP"),
    (0x03, "Static"),
    (0x04, "RIP"),
    (0x05, "Hello"),
    (0x06, "OSPF"),
    (0x07, "IS-IS"),
    (0x08, "EGP"),
    (0x09, "BGP"),
    (0x0a, "IDRP"),
    (0x0b, "Connected"),
];

/// A type, the bytes that its value has at least, and who explains it.
type Kind = (u16, usize, fn(Cursor, &mut Out) -> Dissect);
const KINDS: &[Kind] = &[
    (0x0001, 8, general),
    (0x0004, 4, software),
    (0x0102, 22, ip_internal),
    (0x0103, 42, ip_external),
    (0x0202, 24, appletalk_internal),
    (0x0203, 40, appletalk_external),
    (0x0204, 8, appletalk_cable),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let (packet, length) = (p, p.claimed());
    if length < HEADER {
        let op_code = p.at(1).u8()?;
        out.say("EIGRP ").name("op_code", op_code, OP_CODES, "unknown (%u)");
        out.say(", length: ").num("length", length).say(" (too short, < 20)");
        return packet.need(length);
    }
    let version = p.peek()?;
    if version != VERSION {
        out.say("EIGRP version ").num("version", version).say(" packet not supported");
        return packet.need(length);
    }
    if cx.verbose() == 0 {
        let op_code = p.at(1).u8()?;
        out.say("EIGRP ").name("op_code", op_code, OP_CODES, "unknown (%u)");
        out.say(", length: ").num("length", length);
        return packet.need(length);
    }
    header(&mut p, out)?;
    let held = cx.attempt(out, |cx, out| {
        out.list("tlvs", |out| {
            while p.claimed() > 0 {
                out.item(|out| tlv(cx, &mut p, out))?;
            }
            Ok(())
        })
    })?;
    if held { Ok(()) } else { p.need(p.claimed()) }
}

fn header(p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(HEADER)?;
    let ([version, op_code], checksum, flags) = (p.array()?, p.be16()?, p.be32()?);
    let (sequence, acknowledged, router, system) = (p.be32()?, p.be32()?, p.be16()?, p.be16()?);
    out.say("\n\tEIGRP v").num("version", version).say(", opcode: ");
    out.named("op_code", op_code, OP_CODES, "unknown, type: %u").say(", chksum: 0x");
    out.hex0("checksum", checksum, 4).say(", Flags: [").flags("flags", flags, FLAGS, "none");
    out.say("]\n\tseq: 0x").hex0("sequence", sequence, 8).say(", ack: 0x").hex0(
        "acknowledged",
        acknowledged,
        8,
    );
    out.say(", VRID: ").num("router", router).say(", AS: ").num("as", system);
    out.say(", length: ").num("length", p.claimed());
    Ok(())
}

fn tlv(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < TLV {
        write!(out, "\n\t  (only {} bytes of data)", p.claimed());
        return Err(Stop::Invalid);
    }
    let mut value = *p;
    let (kind, stated) = (value.be16()?, value.be16()?);
    let length = usize::from(stated);
    out.say("\n\t  ").named_as("type", kind, TYPES, "Unknown", " TLV (0x%04x)");
    out.say(", length: ").num("length", stated);
    if !(TLV..=p.claimed()).contains(&length) {
        return Err(Stop::Invalid);
    }
    p.need(length)?;
    p.pass(length);
    let value = value.claiming(length - TLV);
    let bytes = value.sub(value.claimed()).rest();
    match KINDS.iter().find(|row| row.0 == kind) {
        Some((_, least, _)) if value.claimed() < *least => {
            write!(out, " (too short, < {})", TLV + least).note_that("too_short", true);
        }
        Some((_, _, explain)) => explain(value, out)?,
        None if cx.verbose() > 1 => drop(out.note_that("unexplained", true)),
        None => drop(out.dump_hex("data", bytes, "\n\t    ")),
    }
    if cx.verbose() > 1 {
        out.dump_hex("data", bytes, "\n\t    ");
    }
    Ok(())
}

fn general(mut p: Cursor, out: &mut Out) -> Dissect {
    let ([k1, k2, k3, k4, k5, _], hold_time) = (p.array()?, p.be16()?);
    out.say("\n\t    holdtime: ").num("hold_time_s", hold_time).say("s, k1 ").num("k1", k1);
    out.say(", k2 ").num("k2", k2).say(", k3 ").num("k3", k3).say(", k4 ").num("k4", k4);
    out.say(", k5 ").num("k5", k5);
    Ok(())
}

fn software(mut p: Cursor, out: &mut Out) -> Dissect {
    let [ios_major, ios_minor, major, minor] = p.array()?;
    out.say("\n\t    IOS version: ").num("ios_major", ios_major).say(".").num("ios_minor", ios_minor);
    out.say(", EIGRP version ").num("eigrp_major", major).say(".").num("eigrp_minor", minor);
    Ok(())
}

fn ip_internal(mut p: Cursor, out: &mut Out) -> Dissect {
    let next_hop = p.array()?;
    let mut metric = p;
    p.skip(16)?;
    if prefix(p, next_hop, out)? { say_metric(&mut metric, out) } else { Ok(()) }
}

fn ip_external(mut p: Cursor, out: &mut Out) -> Dissect {
    let (next_hop, router, system) = (p.array()?, p.array::<4>()?, p.be32()?);
    let (tag, cost, _, [origin, flags]) = (p.be32()?, p.be32()?, p.be16()?, p.array()?);
    let mut metric = p;
    p.skip(16)?;
    if !prefix(p, next_hop, out)? {
        return Ok(());
    }
    out.say("\n\t      origin-router ").ip4("origin_router", router);
    external(system, origin, flags, tag, cost, out);
    say_metric(&mut metric, out)
}

fn external(system: u32, origin: u8, flags: u8, tag: u32, cost: u32, out: &mut Out) {
    out.say(", origin-as ").num("origin_as", system);
    out.say(", origin-proto ").name("origin", origin, ORIGINS, "unknown").say(", flags [0x");
    out.hex0("flags", flags, 2).say("], tag 0x").hex0("tag", tag, 8).say(", metric ").num("metric", cost);
}

/// Says a prefix and its next hop; `false` if it is longer than an address.
fn prefix(mut p: Cursor, next_hop: [u8; 4], out: &mut Out) -> Dissect<bool> {
    let length = p.u8()?;
    if length > 32 {
        out.say("\n\t    illegal prefix length ").num("prefix_length", length);
        return Ok(false);
    }
    let bytes = usize::from(length).div_ceil(8);
    // A prefix may reach beyond the TLV, and is read there.
    let prefix: [u8; 4] = p.padded(bytes)?;
    out.say("\n\t    IPv4 prefix: ").right(15, |out| _ = out.ip4("prefix", prefix));
    out.say("/").num("prefix_length", length).say(", nexthop: ");
    if next_hop == [0; 4] {
        out.say("self");
    } else {
        out.ip4("next_hop", next_hop);
    }
    Ok(true)
}

fn say_metric(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (delay, bandwidth, mtu, [hops, reliability, load]) = (p.be32()?, p.be32()?, p.be24()?, p.array()?);
    out.note("delay", delay);
    out.aloud(|out| _ = out.say("\n\t      delay ").num("", delay / 100).say(" ms"));
    out.say(", bandwidth ").num("bandwidth", bandwidth).say(" Kbps, mtu ").num("mtu", mtu);
    out.say(", hop ").num("hops", hops).say(", reliability ").num("reliability", reliability);
    out.say(", load ").num("load", load);
    Ok(())
}

fn appletalk_cable(mut p: Cursor, out: &mut Out) -> Dissect {
    let (first, last, router) = (p.be16()?, p.be16()?, p.be32()?);
    out.say("\n\t    Cable-range: ").num("cable_first", first).say("-").num("cable_last", last);
    out.say(", Router-ID ").num("router", router);
    Ok(())
}

fn appletalk_internal(mut p: Cursor, out: &mut Out) -> Dissect {
    let next_hop = p.be32()?;
    let mut metric = p;
    p.skip(16)?;
    cable(p, next_hop, out)?;
    say_metric(&mut metric, out)
}

fn appletalk_external(mut p: Cursor, out: &mut Out) -> Dissect {
    let (next_hop, router, system, tag) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    let ([origin, flags], cost) = (p.array()?, p.be16()?);
    let mut metric = p;
    p.skip(16)?;
    cable(p, next_hop, out)?;
    out.say("\n\t      origin-router ").num("origin_router", router);
    external(system, origin, flags, tag, cost.into(), out);
    say_metric(&mut metric, out)
}

/// Says a range of cables and its next hop, a network and a node.
fn cable(mut p: Cursor, next_hop: u32, out: &mut Out) -> Dissect {
    let (first, last) = (p.be16()?, p.be16()?);
    out.say("\n\t     Cable-Range: ").num("cable_first", first).say("-").num("cable_last", last);
    out.say(", nexthop: ").note("next_hop", next_hop);
    out.aloud(|out| {
        if next_hop == 0 {
            out.say("self");
        } else {
            out.num("", next_hop >> 16).say(".").num("", next_hop & 0xffff);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEAD: &str = "02 05 ee68 00000001 00000002 00000000 0000 0064";

    fn said(tlvs: &str, args: &str, words: &str) {
        let hex = format!("{HEAD} {tlvs}");
        let length = crate::testing::bytes(&hex).len();
        check(&EIGRP, &hex, "", &format!("EIGRP Hello, length: {length}"));
        let head = "\n\tEIGRP v2, opcode: Hello (5), chksum: 0xee68, Flags: [Init]\
                    \n\tseq: 0x00000002, ack: 0x00000000, VRID: 0, AS: 100, length: ";
        check(&EIGRP, &hex, args, &format!("{head}{}{words}", length - HEADER));
    }

    #[test]
    fn parameters_and_version() {
        said(
            "0001 000c 01 00 01 00 00 00 000f 0004 0008 0c 04 01 02",
            "-v",
            "\n\t  General Parameters TLV (0x0001), length: 12\n\t    holdtime: 15s, k1 1, k2 0, k3 1, k4 0, k5 0\
             \n\t  Software Version TLV (0x0004), length: 8\n\t    IOS version: 12.4, EIGRP version 1.2",
        );
        said(
            "0004 0006 0c04 00ff 0006 abcd",
            "-vv",
            "\n\t  Software Version TLV (0x0004), length: 6 (too short, < 8)\n\t    0x0000:  0c04\
             \n\t  Unknown TLV (0x00ff), length: 6\n\t    0x0000:  abcd",
        );
    }

    #[test]
    fn routes() {
        said(
            "0102 001c 00000000 00002800 00000100 0005dc 00 ff 01 0000 18 0a0101",
            "-v",
            "\n\t  IP Internal routes TLV (0x0102), length: 28\n\t    IPv4 prefix:        10.1.1.0/24, nexthop: self\
             \n\t      delay 102 ms, bandwidth 256 Kbps, mtu 1500, hop 0, reliability 255, load 1",
        );
        said(
            "0103 0030 0a000001 0a000002 00000007 00000000 00000003 0000 06 00 \
             00002800 00000100 0005dc 00 ff 01 0000 10 0a0100",
            "-v",
            "\n\t  IP External routes TLV (0x0103), length: 48\n\t    IPv4 prefix:        10.1.0.0/16, nexthop: 10.0.0.1\
             \n\t      origin-router 10.0.0.2, origin-as 7, origin-proto OSPF, flags [0x00], tag 0x00000000, metric 3\
             \n\t      delay 102 ms, bandwidth 256 Kbps, mtu 1500, hop 0, reliability 255, load 1",
        );
        said(
            "0202 001c 00010002 00002800 00000100 0005dc 00 ff 01 0000 0001 0005",
            "-v",
            "\n\t  AppleTalk Internal routes TLV (0x0202), length: 28\n\t     Cable-Range: 1-5, nexthop: 1.2\
             \n\t      delay 102 ms, bandwidth 256 Kbps, mtu 1500, hop 0, reliability 255, load 1",
        );
    }

    #[test]
    fn lies() {
        said("0004 0003", "-v", "\n\t  Software Version TLV (0x0004), length: 3 (invalid)");
        said("00", "-v", "\n\t  (only 1 bytes of data) (invalid)");
        check(&EIGRP, "01 05 0000", "", "EIGRP Hello, length: 4 (too short, < 20)");
        check(&EIGRP, &HEAD.replacen("02", "01", 1), "", "EIGRP version 1 packet not supported");
    }

    #[test]
    fn values_of_a_hello() {
        assert_eq!(
            values(&EIGRP, &format!("{HEAD} 0004 0008 0c 04 01 02")),
            "{\"eigrp\":{\"version\":2,\"op_code\":5,\"checksum\":61032,\"flags\":1,\"sequence\":2,\"acknowledged\":0,\
             \"router\":0,\"as\":100,\"length\":8,\"tlvs\":[{\"type\":4,\"length\":8,\"ios_major\":12,\"ios_minor\":4,\
             \"eigrp_major\":1,\"eigrp_minor\":2,\"data\":\"0c040102\"}]}}"
        );
    }
}

//! TIPC, Transparent Inter-Process Communication (source: draft-spec-tipc-07, "TIPC message formats").
//!
//! ```text
//! word 0: | version (3) | user (4) | header size (4) | .. | message size (17) |
//! word 1: | message type (3) | ..     in data: broadcast acknowledgement (16)   in discovery: signature (16) |
//! data, words 2-7:       | acknowledged, sequence | previous node | from port | to port | from node | to node |
//! internal, words 2-9:   | broadcast gaps | previous node | fragments | session | from node | to node |
//!                        | transport sequence | message count, link tolerance |
//! discovery, words 2-5:  | to domain | previous node | network | media |
//! ```
//! A node is zone (8 bits), cluster (12) and node (12). Sizes are in bits.

use crate::prelude::*;

/// TIPC.
pub static TIPC: Protocol = Protocol { name: "tipc", dissect };

const CRITICAL: u8 = 3;
const CONNECTIONS: u8 = 8;
const NAMES: u8 = 11;
const DISCOVERY: u8 = 13;
const USERS: NameTable = &[
    (0, "Low Importance Data payload"),
    (1, "Medium Importance Data payload"),
    (2, "High Importance Data payload"),
    (3, "Critical Importance Data payload"),
    (5, "Broadcast Link Protocol internal"),
    (6, "Message Bundler Protocol internal"),
    (7, "Link State Protocol internal"),
    (8, "Connection Manager internal"),
    (10, "Link Changeover Protocol internal"),
    (11, "Name Table Update Protocol internal"),
    (12, "Message Fragmentation Protocol internal"),
    (13, "Neighbor Detection Protocol internal"),
];
/// As tcpdump has them; the draft calls 1 multicast and 3 direct.
const TYPES: NameTable = &[(0, "CONN_MSG"), (1, "MCAST_MSG"), (2, "NAMED_MSG"), (3, "DIRECT_MSG")];
const DISCOVERY_TYPES: NameTable = &[(0, "Link request"), (1, "Link response")];
/// Headers of data within a node's own cluster are as short as this, in words, and name no nodes.
const SHORT: u32 = 6;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let first = p.at(0).be32()?;
    let head = Head { first, second: p.at(4).be32() };
    match head.user() {
        ..=CRITICAL | CONNECTIONS | NAMES => data(cx, &head, p, out),
        DISCOVERY => discovery(cx, &head, p, out),
        5..=7 | 10 | 12 => internal(cx, &head, p, out),
        _ => Ok(()),
    }
}

/// The first two words; the second may be cut.
struct Head {
    first: u32,
    second: Dissect<u32>,
}

impl Head {
    fn user(&self) -> u8 {
        (self.first >> 25 & 0xf) as u8
    }

    fn words(&self) -> u32 {
        self.first >> 21 & 0xf
    }

    fn begin(&self, out: &mut Out) {
        out.say("TIPC v").num("version", self.first >> 29).say(".0 ");
    }

    fn end(&self, second: u32, types: NameTable, out: &mut Out) {
        out.say(", headerlength ").num("header_length", self.words() * 4);
        out.say(" bytes, MessageSize ").num("length", self.first & 0x1_ffff);
        out.say(" bytes, ").name("user", self.user(), USERS, "unknown");
        out.say(", messageType ").name("type", second >> 29, types, "Unknown");
    }
}

fn data(cx: &Cx, head: &Head, p: Cursor, out: &mut Out) -> Dissect {
    let second = head.second?;
    let acks = p.at(8).be32();
    let mut p = p.at(12);
    let (previous, from_port, to_port) = (p.be32()?, p.be32()?, p.be32()?);
    let short = head.words() <= SHORT;
    let (from, to) = if short { (previous, 0) } else { (p.be32()?, p.be32()?) };
    head.begin(out);
    node(out, "src", from)?;
    out.say(":").num("src_port", from_port).say(" > ");
    if !short {
        node(out, "dst", to)?;
        out.say(":");
    }
    out.num("dst_port", to_port);
    head.end(second, TYPES, out);
    if short || cx.verbose() == 0 {
        return Ok(());
    }
    let acks = acks?;
    out.say("\n\tPrevious Node ");
    node(out, "previous", previous)?;
    out.say(", Broadcast Ack ").num("broadcast_ack", second & 0xffff);
    out.say(", Link Ack ").num("link_ack", acks >> 16).say(", Link Sequence ");
    out.num("link_sequence", acks & 0xffff);
    Ok(())
}

fn internal(cx: &Cx, head: &Head, p: Cursor, out: &mut Out) -> Dissect {
    let second = head.second?;
    let (from, to) = (p.at(24).be32()?, p.at(28).be32()?);
    head.begin(out);
    node(out, "src", from)?;
    out.say(" > ");
    node(out, "dst", to)?;
    head.end(second, TYPES, out);
    out.say(" (0x").aloud(|out| {
        out.hex0("", second, 8);
    });
    out.say(")");
    if cx.verbose() == 0 {
        return Ok(());
    }
    let mut p = p.at(8);
    let (gaps, previous, fragments, session) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    let (_, _, sequence, counts) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    out.say("\n\tPrevious Node ");
    node(out, "previous", previous)?;
    out.say(", Session No. ").num("session", session >> 16);
    out.say(", Broadcast Ack ").num("broadcast_ack", second & 0xffff);
    out.say(", Sequence Gap ").num("sequence_gap", second >> 16 & 0x1fff);
    out.say(",  Broadcast Gap After ").num("broadcast_gap_after", gaps >> 16);
    out.say(", Broadcast Gap To ").num("broadcast_gap_to", gaps & 0xffff);
    out.say(", Last Sent Packet No. ").num("last_sent", fragments >> 16);
    out.say(", Next sent Packet No. ").num("next_sent", fragments & 0xffff);
    out.say(", Transport Sequence ").num("transport_sequence", sequence);
    out.say(", msg_count ").num("messages", counts >> 16);
    out.say(", Link Tolerance ").num("link_tolerance", counts & 0xffff);
    Ok(())
}

fn discovery(cx: &Cx, head: &Head, p: Cursor, out: &mut Out) -> Dissect {
    let second = head.second?;
    let mut p = p.at(8);
    let (domain, previous) = (p.be32()?, p.be32()?);
    head.begin(out);
    node(out, "src", previous)?;
    out.say(" > ");
    node(out, "dst", domain)?;
    head.end(second, DISCOVERY_TYPES, out);
    if cx.verbose() == 0 {
        return Ok(());
    }
    let (network, media) = (p.be32()?, p.be32()?);
    out.say("\n\tNodeSignature ").num("signature", second & 0xffff);
    out.say(", network_id ").num("network", network).say(", media_id ").num("media", media & 0xff);
    Ok(())
}

fn node(out: &mut Out, key: &str, address: u32) -> Dissect {
    out.phrase(key, |out| {
        out.num("", address >> 24).say(".").num("", address >> 12 & 0xfff).say(".").num("", address & 0xfff);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn data() {
        let hex = "40c00018 00000003 00050006 01001002 0000000a 0000000b";
        let words = "TIPC v2.0 1.1.2:10 > 11, headerlength 24 bytes, MessageSize 24 bytes, \
                     Low Importance Data payload, messageType CONN_MSG";
        check(&TIPC, hex, "", words);
        check(&TIPC, hex, "-v", words);
        let long = "41000028 40000003 00050006 01001002 0000000a 0000000b 01001003 01001004";
        check(
            &TIPC,
            long,
            "-v",
            "TIPC v2.0 1.1.3:10 > 1.1.4:11, headerlength 32 bytes, MessageSize 40 bytes, \
             Low Importance Data payload, messageType NAMED_MSG\
             \n\tPrevious Node 1.1.2, Broadcast Ack 3, Link Ack 5, Link Sequence 6",
        );
        assert!(values(&TIPC, hex).starts_with(
            r#"{"tipc":{"version":2,"src":"1.1.2","src_port":10,"dst_port":11,"header_length":24,"length":24"#
        ));
        check(&TIPC, "40c00018 00000003 00050006 01001002 0000000a 0000", "", " [|tipc]");
    }

    #[test]
    fn internal() {
        let words = "00010002 01001002 00030004 00050000 01001003 01001004 00000007 00080009";
        check(
            &TIPC,
            &format!("4f400028 20060001 {words}"),
            "-v",
            "TIPC v2.0 1.1.3 > 1.1.4, headerlength 40 bytes, MessageSize 40 bytes, Link State Protocol internal, \
             messageType MCAST_MSG (0x20060001)\n\tPrevious Node 1.1.2, Session No. 5, Broadcast Ack 1, \
             Sequence Gap 6,  Broadcast Gap After 1, Broadcast Gap To 2, Last Sent Packet No. 3, \
             Next sent Packet No. 4, Transport Sequence 7, msg_count 8, Link Tolerance 9",
        );
    }

    #[test]
    fn discovery() {
        check(
            &TIPC,
            "5b000028 20000009 01001000 01001002 00001267 00000001",
            "-v",
            "TIPC v2.0 1.1.2 > 1.1.0, headerlength 32 bytes, MessageSize 40 bytes, \
             Neighbor Detection Protocol internal, messageType Link response\
             \n\tNodeSignature 9, network_id 4711, media_id 1",
        );
        check(&TIPC, "48000000", "", "");
    }
}

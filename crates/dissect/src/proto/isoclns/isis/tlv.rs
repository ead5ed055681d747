//! The TLVs of IS-IS (ISO/IEC 10589, RFC 1195, and the RFCs of the IANA IS-IS TLV codepoints).

use super::capability::{self, until_null};
use super::reach::{self, each, neighbour, prefix4, prefix6, topology};
use super::{LSP_ID, NODE_ID, Pdu, SYSTEM_ID, dump, id, judge};
use crate::parts::{nsap, ouis, signature};
use crate::prelude::*;
use std::ops::Range;

const INDENT: &str = "\n\t      ";

const NAMES: NameTable = &[
    (1, "Area address(es)"),
    (2, "IS Reachability"),
    (3, "ES Neighbor(s)"),
    (4, "Partition DIS"),
    (5, "Prefix Neighbors"),
    (6, "IS Neighbor(s)"),
    (7, "Instance Identifier"),
    (8, "Padding"),
    (9, "LSP entries"),
    (10, "Authentication"),
    (12, "Checksum"),
    (13, "Purge Originator Identifier"),
    (14, "LSP Buffersize"),
    (22, "Extended IS Reachability"),
    (24, "IS Alias ID"),
    (42, "DECnet Phase IV"),
    (66, "Lucent Proprietary"),
    (128, "IPv4 Internal Reachability"),
    (129, "Protocols supported"),
    (130, "IPv4 External Reachability"),
    (131, "Inter-Domain Information Type"),
    (132, "IPv4 Interface address(es)"),
    (133, "IPv4 authentication (deprecated)"),
    (134, "Traffic Engineering Router ID"),
    (135, "Extended IPv4 Reachability"),
    (138, "Shared Risk Link Group"),
    (143, "Multi-Topology-Aware Port Capability"),
    (144, "Multi-Topology Capability"),
    (176, "Nortel Proprietary"),
    (177, "Nortel Proprietary"),
    (137, "Hostname"),
    (211, "Restart Signaling"),
    (222, "Multi Topology IS Reachability"),
    (229, "Multi Topology"),
    (232, "IPv6 Interface address(es)"),
    (235, "Multi-Topology IPv4 Reachability"),
    (236, "IPv6 reachability"),
    (237, "Multi-Topology IP6 Reachability"),
    (240, "Point-to-point Adjacency State"),
    (241, "Hello PDU Sequence Number"),
    (242, "IS-IS Router Capability"),
    (250, "Vendor Private"),
];
/// Bytes of an HMAC-MD5.
const DIGEST: usize = 16;
/// What changes on the way of a link state PDU, counted from its start (RFC 5304 section 2).
const LIFETIME: Range<usize> = 10..12;
const CHECKSUM: Range<usize> = 24..26;
const VIRTUAL: NameTable = &[(0, "IsNotVirtual"), (1, "IsVirtual")];
const AUTHENTICATIONS: NameTable = &[
    (1, "simple text password"),
    (3, "Generic Crypto key-id"),
    (54, "HMAC-MD5 password"),
    (255, "Routing Domain private password"),
];
const STATES: NameTable = &[(0, "Up"), (1, "Initializing"), (2, "Down")];
const RESTART: Flags =
    &[(0x1, "Restart Request"), (0x2, "Restart Acknowledgement"), (0x4, "Suppress adjacency advertisement")];
const DOMAINS: NameTable = &[(0, "Reserved"), (1, "Routing-Domain Specific"), (2, "AS Number Tag")];
const CAPABILITY: Flags = &[(0x01, "S bit"), (0x02, "D bit")];

/// Says `left` bytes of TLVs.
pub fn all(cx: &Cx, pdu: Pdu, mut p: Cursor, mut left: usize, out: &mut Out) -> Dissect {
    while left > 0 {
        p.need(2)?;
        if left < 2 {
            return Err(Stop::Truncated);
        }
        let [kind, length] = p.array()?;
        let length = usize::from(length);
        left -= 2;
        let go_on = out.item(|out| {
            out.say("\n\t    ").named_as("type", kind, NAMES, "unknown", " TLV #%u");
            out.say(", length: ").num("length", length);
            if left < length {
                return Err(Stop::Truncated);
            }
            one(cx, pdu, kind, p.claiming(length), out)
        })?;
        if !go_on {
            break;
        }
        dump(cx, p.sub(length), INDENT, out);
        p.pass(length);
        left -= length;
    }
    Ok(())
}

/// The value of one TLV; `false` if it ends the PDU.
fn one(cx: &Cx, pdu: Pdu, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match kind {
        1 => areas(p, out)?,
        2 => neighbours(p, out)?,
        3 => end_systems(p, out)?,
        4 => systems(p, "", out)?,
        5 => prefix_neighbours(p, out)?,
        6 => systems(p, "SNPA: ", out)?,
        7 => instance(p, out)?,
        8 => {}
        9 => entries(p, out)?,
        10 => authentication(cx, pdu, p, out)?,
        12 => checksum(pdu, p, out)?,
        13 => purge(p, out)?,
        14 => {
            if p.claimed() >= 2 {
                let value = p.be16()?;
                out.say(INDENT).say("LSP Buffersize: ").num("size", value);
            }
        }
        22 => each(p, out, |p, out| neighbour(p, false, out))?,
        24 => each(p, out, |p, out| neighbour(p, true, out))?,
        128 | 130 => return reach::masks(p, out),
        129 => {
            out.say(INDENT).say("NLPID(s): ");
            super::super::nlpids(p, out)?;
        }
        131 => domain(p, out)?,
        132 => addrs(p, out)?,
        134 => {
            if p.claimed() >= 4 {
                let value = p.array()?;
                out.say(INDENT).say("Traffic Engineering Router ID: ").ip4("router", value);
            }
        }
        135 => each(p, out, prefix4)?,
        137 => {
            out.say(INDENT).say("Hostname: ");
            name("name", p, out)?;
        }
        138 => risks(p, out)?,
        143 | 144 => capabilities(cx, kind, p, out)?,
        211 => restart(p, out)?,
        222 => {
            topology(&mut p, out)?;
            each(p, out, |p, out| neighbour(p, false, out))?;
        }
        229 => topologies(p, out)?,
        232 => addrs6(p, out)?,
        235 => {
            topology(&mut p, out)?;
            each(p, out, prefix4)?;
        }
        236 => each(p, out, prefix6)?,
        237 => {
            topology(&mut p, out)?;
            each(p, out, prefix6)?;
        }
        240 => adjacency(p, out)?,
        241 => {
            if p.claimed() >= 4 {
                let value = p.be32()?;
                out.say(INDENT).say("Sequence number: ").num("sequence", value);
            }
        }
        242 => router(p, out)?,
        250 => vendor(p, out)?,
        _ => {
            let data = p.sub(p.claimed()).rest();
            if cx.verbose() <= 1 {
                out.dump_hex("data", data, "\n\t\t");
            }
            out.aside(|out| _ = if cx.verbose() > 1 { out.bytes("data", data) } else { out });
        }
    }
    Ok(true)
}

/// Characters up to a null, and then the cut if there was none.
fn name(key: &str, p: Cursor, out: &mut Out) -> Dissect {
    let captured = p.sub(p.claimed()).rest();
    let chars = until_null(captured);
    out.chars(key, chars);
    if chars.len() == captured.len() { p.need(p.claimed()) } else { Ok(()) }
}

fn areas(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("areas", |out| {
        while p.claimed() > 0 {
            let length = usize::from(p.u8()?);
            if p.claimed() < length {
                break;
            }
            let area = p.take(length)?;
            out.aloud(|out| {
                out.say(INDENT).say("Area address (length: ").num("", length).say("): ");
            });
            nsap::say("", area, out);
        }
        Ok(())
    })
}

fn neighbours(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 1 {
        return Ok(());
    }
    let value = p.u8()?;
    out.say(INDENT).name("virtual", value, VIRTUAL, "bogus virtual flag 0x%02x");
    out.list("neighbours", |out| {
        while p.claimed() >= 4 + NODE_ID {
            let (metrics, node) = (p.array()?, p.array::<NODE_ID>()?);
            out.item(|out| neighbour_and_metrics("IS Neighbor: ", &node, metrics, out))?;
        }
        Ok(())
    })
}

fn end_systems(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("neighbours", |out| {
        while p.claimed() >= 4 + SYSTEM_ID {
            let (metrics, system) = (p.array()?, p.array::<SYSTEM_ID>()?);
            out.item(|out| neighbour_and_metrics("ES Neighbor: ", &system, metrics, out))?;
        }
        Ok(())
    })
}

fn neighbour_and_metrics(words: &str, node: &[u8], metrics: [u8; 4], out: &mut Out) -> Dissect {
    out.say(INDENT).say(words);
    id("id", node, out);
    reach::metrics(metrics, ", Default Metric: ", "\n\t\t  ", out);
    Ok(())
}

fn systems(mut p: Cursor, words: &str, out: &mut Out) -> Dissect {
    out.list("systems", |out| {
        while p.claimed() >= SYSTEM_ID {
            let system = p.array::<SYSTEM_ID>()?;
            out.say(INDENT).say(words);
            id("", &system, out);
        }
        Ok(())
    })
}

fn prefix_neighbours(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Ok(());
    }
    let metrics = p.array()?;
    out.say(INDENT).say("Metric Block");
    reach::metrics(metrics, ", Default Metric: ", "\n\t\t  ", out);
    out.list("addrs", |out| {
        while p.claimed() > 0 {
            let nibbles = p.u8()?;
            if nibbles < 2 {
                write!(out, "\n\t\tAddress: prefix length {nibbles} < 2");
                break;
            }
            if p.claimed() < usize::from(nibbles / 2) {
                break;
            }
            let addr = p.take(usize::from(nibbles / 2))?;
            out.item(|out| {
                out.say("\n\t\tAddress: ");
                nsap::say("prefix", addr, out);
                out.say("/").num("bits", u32::from(nibbles) * 4);
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn instance(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Ok(());
    }
    let (instance, count) = (p.be16()?, p.claimed() / 2);
    out.say(INDENT).say("Instance ID: ").num("instance", instance).aloud(|out| {
        out.say(", ITIDs(").num("", count).say(if count > 0 { "): " } else { ") " });
    });
    out.list("topologies", |out| {
        for i in 0..count {
            out.num("", p.be16()?).say(if i + 1 < count { ", " } else { "" });
        }
        Ok(())
    })
}

fn entries(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("entries", |out| {
        while p.claimed() >= 16 {
            out.item(|out| {
                let (lifetime, lsp) = (p.be16()?, p.array::<LSP_ID>()?);
                out.say(INDENT).say("lsp-id: ");
                id("lsp", &lsp, out);
                let value = p.be32()?;
                out.say(", seq: 0x").hex0("sequence", value, 8).say(", lifetime: ");
                out.right(5, |out| _ = out.num("lifetime_s", lifetime)).say("s");
                let value = p.be16()?;
                out.say(", chksum: 0x").hex0("checksum", value, 4);
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn authentication(cx: &Cx, pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 1 {
        return Ok(());
    }
    let kind = p.u8()?;
    out.say(INDENT)
        .name("authentication", kind, AUTHENTICATIONS, "unknown Authentication type 0x%02x")
        .say(": ");
    let length = p.claimed();
    match kind {
        1 => name("password", p, out)?,
        54 => {
            let (at, digest) = (p.since(&pdu.packet), p);
            out.bytes_of("digest", &mut p, length)?;
            if length != DIGEST {
                out.say(", (invalid subTLV) ");
            }
            let signed = pdu.packet.claiming(pdu.length);
            let places = [at..at.saturating_add(length), LIFETIME, CHECKSUM];
            let places = if pdu.is_link_state() { &places[..] } else { &places[..1] };
            signature::judge(cx, signed, places, digest.sub(length).rest(), out);
        }
        3 => {
            if length >= 2 {
                out.num("key", p.be16()?).say(", password: ").bytes_of("digest", &mut p, length - 2)?;
            }
        }
        _ => {
            out.dump_hex("data", p.sub(length).rest(), "\n\t\t  ");
        }
    }
    Ok(())
}

fn checksum(pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 2 {
        return Ok(());
    }
    let offset = p.since(&pdu.packet);
    let found = p.be16()?;
    out.say(INDENT).say("checksum: 0x").hex0("checksum", found, 4).say(" ");
    judge(pdu.packet, offset, pdu.length, found, out);
    Ok(())
}

fn purge(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 1 {
        return Ok(());
    }
    let count = p.u8()?;
    out.note("systems", count);
    if count == 0 {
        out.say(" No system IDs supplied");
        return Ok(());
    }
    for (key, words) in
        [("originator", "Purge Originator System-ID: "), ("received_from", "Received from System-ID: ")]
            .into_iter()
            .take(count.into())
    {
        if p.claimed() < SYSTEM_ID {
            break;
        }
        let system = p.array::<SYSTEM_ID>()?;
        out.say(INDENT).say(words);
        id(key, &system, out);
    }
    Ok(())
}

fn domain(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 1 {
        return Ok(());
    }
    let kind = p.u8()?;
    out.say(INDENT).say("Inter-Domain Information Type: ").name("kind", kind, DOMAINS, "Unknown (0x%02x)");
    if kind != 2 {
        out.dump_hex("data", p.sub(p.claimed()).rest(), INDENT);
    } else if p.claimed() >= 2 {
        let value = p.be16()?;
        out.say("AS Number: ").num("as", value);
    }
    Ok(())
}

fn addrs(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("addrs", |out| {
        while p.claimed() >= 4 {
            let addr = p.array()?;
            out.say(INDENT).say("IPv4 interface address: ").ip4("", addr);
        }
        Ok(())
    })
}

fn addrs6(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("addrs", |out| {
        while p.claimed() >= 16 {
            let addr = p.array()?;
            out.say(INDENT).say("IPv6 interface address: ").ip6("", addr);
        }
        Ok(())
    })
}

fn risks(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < NODE_ID {
        return Ok(());
    }
    let node = p.array::<NODE_ID>()?;
    out.say(INDENT).say("IS Neighbor: ");
    id("neighbour", &node, out);
    if p.claimed() < 1 {
        return Ok(());
    }
    let numbered = p.u8()? & 1 != 0;
    out.say(if numbered { ", Flags: [numbered]" } else { ", Flags: [unnumbered]" });
    out.note_that("numbered", numbered);
    for (key, words) in [("interface", "IPv4 interface address: "), ("peer", "IPv4 neighbor address: ")] {
        if p.claimed() < 4 {
            return Ok(());
        }
        let addr = p.array()?;
        out.say(INDENT).say(words).ip4(key, addr);
    }
    out.list("links", |out| {
        while p.claimed() >= 4 {
            let value = p.be32()?;
            out.say(INDENT).say("Link-ID: 0x").hex0("", value, 8);
        }
        Ok(())
    })
}

fn capabilities(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 2 {
        return Ok(());
    }
    let word = p.be16()?;
    if kind == 144 {
        out.say(INDENT).say("O: ").num("overload", word >> 15).say(", RES: ").num("reserved", word >> 12 & 7);
        out.say(", MTID(s): ").num("topology", word & 0xfff);
    } else {
        out.say("\n\t       RES: ")
            .num("reserved", word >> 12)
            .say(", MTID(s): ")
            .num("topology", word & 0xfff);
    }
    out.list("sub_tlvs", |out| match kind {
        144 => capability::topology(cx, p, out),
        _ => capability::port(cx, p, out),
    })
}

fn restart(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 1 {
        return Ok(());
    }
    let value = p.u8()?;
    out.say(INDENT).say("Flags [").flags("flags", value, RESTART, "none").say("]");
    if p.claimed() < 2 {
        return Ok(());
    }
    let value = p.be16()?;
    out.say(", Remaining holding time ").num("holding_s", value).say("s");
    if p.claimed() == SYSTEM_ID {
        let system = p.array::<SYSTEM_ID>()?;
        out.say(", for ");
        id("system", &system, out);
    }
    Ok(())
}

fn topologies(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("topologies", |out| {
        while p.claimed() > 0 {
            if p.claimed() == 1 {
                out.say(INDENT).say("invalid MT-ID");
                break;
            }
            out.item(|out| topology(&mut p, out))?;
        }
        Ok(())
    })
}

fn adjacency(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() >= 1 {
        let state = p.u8()?;
        out.say(INDENT).say("Adjacency State: ").named("state", state, STATES, "unknown");
    }
    // The fields stand where they stand, whatever is left: only the count goes down.
    let mut left = p.claimed();
    let fields = p.at(4);
    if left > 4 {
        let value = p.be32()?;
        out.say(INDENT).say("Extended Local circuit-ID: 0x").hex0("local_circuit", value, 8);
        left -= 4;
    }
    if left >= SYSTEM_ID {
        let system = fields.at(0).array::<SYSTEM_ID>()?;
        out.say(INDENT).say("Neighbor System-ID: ");
        id("neighbour", &system, out);
        left -= SYSTEM_ID;
    }
    if left >= 4 {
        let circuit = fields.at(SYSTEM_ID).be32()?;
        out.say(INDENT).say("Neighbor Extended Local circuit-ID: 0x").hex0("neighbour_circuit", circuit, 8);
    }
    Ok(())
}

fn router(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 5 {
        out.lie("object length", p.claimed(), "<", 5u8);
        out.say(" (invalid)");
        return Ok(());
    }
    let value = p.array()?;
    out.say(INDENT).say("Router-ID ").ip4("router", value);
    let value = p.u8()?;
    out.say(", Flags [").flags("flags", value, CAPABILITY, "none").say("]");
    out.list("sub_tlvs", |out| capability::router(p, out))
}

fn vendor(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 3 {
        return Ok(());
    }
    let vendor = p.be24()?;
    out.say(INDENT).say("Vendor: ").named("vendor", vendor, ouis::NAMES, "Unknown");
    if p.claimed() > 0 {
        out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t\t");
    }
    Ok(())
}

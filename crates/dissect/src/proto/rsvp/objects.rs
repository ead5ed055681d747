//! What is in each object, by class and type (RFC 2205, RFC 3209, RFC 3473, RFC 4090, RFC 4875). To read past the end of
//! one is to find it too short.

use super::{CHECKSUM, intserv, names, routes};
use crate::parts::{ethertypes, general_number, gmpls, signature};
use crate::prelude::*;
use std::ops::Range;

/// How an object came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// All that can be said of it was said.
    All,
    /// There is more in it than is explained.
    Dump,
    /// It is shorter than its type must be.
    Short,
    /// A part of it is shorter than it must be.
    ShortPart,
    /// It contradicts itself.
    Lie,
    /// Nothing behind it can be told, and it said why.
    Stop,
}

const STYLES: NameTable = &[(17, "Wildcard Filter"), (10, "Fixed Filter"), (18, "Shared Explicit")];
const CAPABILITIES: Flags = &[
    (4, "RecoveryPath Transmit Enabled"),
    (2, "RecoveryPath Desired"),
    (1, "RecoveryPath Srefresh Capable"),
];
const KNOWN_CAPABILITIES: u32 = 7;
const SESSION_FLAGS: Flags = &[
    (0x01, "Local Protection"),
    (0x02, "Label Recording"),
    (0x04, "SE Style"),
    (0x08, "Bandwidth protection"),
    (0x10, "Node protection"),
];
const PROPERTIES: NameTable =
    &[(0x01, "Cos"), (0x02, "Metric 1"), (0x04, "Metric 2"), (0x08, "CCC Status"), (0x10, "Path Type")];
const STATUS: Flags =
    &[(0x8000_0000, "Reflect"), (4, "Testing"), (2, "Admin-down"), (1, "Delete-in-progress")];
const ACTIONS: NameTable =
    &[(0, "Inclusive list"), (1, "Exclusive list"), (2, "Inclusive range"), (3, "Exclusive range")];
const HANDSHAKE: Flags = &[(0x80, "Handshake")];
/// Where the digest is in an integrity object.
const DIGEST: Range<usize> = 16..32;
/// What a generalized label switched path carries (RFC 3471 section 3.1.1).
const PAYLOADS: NameTable = &[
    (0, "Unknown"),
    (1, "Reserved"),
    (2, "Reserved"),
    (3, "Reserved"),
    (4, "Reserved"),
    (5, "Asynchronous mapping of E4"),
    (6, "Asynchronous mapping of DS3/T3"),
    (7, "Asynchronous mapping of E3"),
    (8, "Bit synchronous mapping of E3"),
    (9, "Byte synchronous mapping of E3"),
    (10, "Asynchronous mapping of DS2/T2"),
    (11, "Bit synchronous mapping of DS2/T2"),
    (12, "Reserved"),
    (13, "Asynchronous mapping of E1"),
    (14, "Byte synchronous mapping of E1"),
    (15, "Byte synchronous mapping of 31 * DS0"),
    (16, "Asynchronous mapping of DS1/T1"),
    (17, "Bit synchronous mapping of DS1/T1"),
    (18, "Byte synchronous mapping of DS1/T1"),
    (19, "VC-11 in VC-12"),
    (20, "Reserved"),
    (21, "Reserved"),
    (22, "DS1 SF Asynchronous"),
    (23, "DS1 ESF Asynchronous"),
    (24, "DS3 M23 Asynchronous"),
    (25, "DS3 C-Bit Parity Asynchronous"),
    (26, "VT/LOVC"),
    (27, "STS SPE/HOVC"),
    (28, "POS - No Scrambling, 16 bit CRC"),
    (29, "POS - No Scrambling, 32 bit CRC"),
    (30, "POS - Scrambling, 16 bit CRC"),
    (31, "POS - Scrambling, 32 bit CRC"),
    (32, "ATM mapping"),
    (33, "Ethernet PHY"),
    (34, "SONET/SDH"),
    (35, "Reserved (SONET deprecated)"),
    (36, "Digital Wrapper"),
    (37, "Lambda"),
    (38, "ANSI/ETSI PDH"),
    (39, "Reserved"),
    (40, "Link Access Protocol SDH (X.85 and X.86)"),
    (41, "FDDI"),
    (42, "DQDB (ETSI ETS 300 216)"),
    (43, "FiberChannel-3 (Services)"),
    (44, "HDLC"),
    (45, "Ethernet V2/DIX (only)"),
    (46, "Ethernet 802.3 (only)"),
    (47, "G.709 ODUj"),
    (48, "G.709 OTUk(v)"),
    (49, "CBR/CBRa"),
    (50, "CBRb"),
    (51, "BSOT"),
    (52, "BSNT"),
    (53, "IP/PPP (GFP)"),
    (54, "Ethernet MAC (framed GFP)"),
    (55, "Ethernet PHY (transparent GFP)"),
    (56, "ESCON"),
    (57, "FICON"),
    (58, "Fiber Channel"),
];

/// Says what is in an object. `signed` is the message that it is in, and where in it this begins.
pub(super) fn say(
    cx: &Cx,
    signed: (Cursor, usize),
    (class, kind): (u8, u8),
    mut p: Cursor,
    indent: &str,
    out: &mut Out,
) -> Dissect<Told> {
    match (class, kind) {
        (1, 1) => session::<4>(p, "IPv4", indent, out),
        (1, 2) => session::<16>(p, "IPv6", indent, out),
        (1, 7 | 11) => tunnel::<4>(p, "  IPv4 Tunnel EndPoint: ", indent, out),
        (1, 8) => tunnel::<16>(p, "  IPv6 Tunnel EndPoint: ", indent, out),
        (1, 13) => tunnel::<4>(p, "  IPv4 P2MP LSP ID: ", indent, out),
        (1, 14) => many_leaves(p, indent, out),
        (15, 1) => address::<4>(p, "  IPv4 Receiver Address: ", indent, out),
        (15, 2) => address::<16>(p, "  IPv6 Receiver Address: ", indent, out),
        (195, 1) => address::<4>(p, "  IPv4 Notify Node Address: ", indent, out),
        (195, 2) => address::<16>(p, "  IPv6 Notify Node Address: ", indent, out),
        (50, 1) => address::<4>(p, "  Sub-LSP destination address: ", indent, out),
        (50, 2) => address::<16>(p, "  Sub-LSP destination address: ", indent, out),
        (16 | 34 | 35 | 129, 1..=3) => label(p, kind, indent, out),
        (8, 1) => {
            let (flags, style) = (p.u8()?, p.be24()?);
            out.say(indent).say("  Reservation Style: ").name("style", style, STYLES, "Unknown");
            out.say(", Flags: [0x").hex0("flags", flags, 2).say("]");
            Ok(Told::All)
        }
        (10 | 11, _) => sender(p, class, kind, indent, out),
        (19, 1..=4) => label_request(p, kind, indent, out),
        (20 | 21, 1) => routes::route(p, indent, out),
        (229, 1) => routes::requests(p, indent, out),
        (22, 1 | 2) => {
            let (source, destination) = (p.be32()?, p.be32()?);
            out.say(indent).say("  Source Instance: 0x").hex0("source_instance", source, 8);
            out.say(", Destination Instance: 0x").hex0("destination_instance", destination, 8);
            Ok(Told::All)
        }
        (131, 1) => {
            let (restart, recovery) = (p.be32()?, p.be32()?);
            out.say(indent).say("  Restart  Time: ").num("restart_ms", restart);
            out.say("ms, Recovery Time: ").num("recovery_ms", recovery).say("ms");
            Ok(Told::All)
        }
        (134, 1) => capability(p, indent, out),
        (207, 7) => session_attribute(p, indent, out),
        (3, 1 | 3) => hop::<4>(p, indent, out),
        (3, 2 | 4) => hop::<16>(p, indent, out),
        (5, 1) => {
            let period = p.be32()?;
            out.say(indent).say("  Refresh Period: ").num("refresh_ms", period).say("ms");
            Ok(Told::All)
        }
        (9 | 12 | 13, 2) => intserv::say(cx, p, indent, out),
        (205, 1 | 7) => fast_reroute(p, kind, indent, out),
        (63, 7) => detours(p, indent, out),
        (66 | 125, 1) => {
            let class_type = p.be32()? & 7;
            out.say(indent).say("  CT: ").num("class_type", class_type);
            Ok(Told::All)
        }
        (6, 1 | 3) => error::<4>(p, indent, out),
        (6, 2 | 4) => error::<16>(p, indent, out),
        (204, 1) => properties(p, indent, out),
        (23..=25, 1 | 2) => messages(p, indent, out),
        (4, 1) => integrity(cx, signed, p, indent, out),
        (196, 1) => {
            let flags = p.be32()?;
            out.say(indent).say("  Flags [").flags("flags", flags, STATUS, "none").say("]");
            Ok(Told::All)
        }
        (36, 1) => label_set(p, indent, out),
        _ => Ok(Told::Dump),
    }
}

fn session<const N: usize>(mut p: Cursor, name: &str, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let (addr, [protocol, flags], port) = (p.array::<N>()?, p.array()?, p.be16()?);
    out.say(indent).say("  ").say(name).say(" DestAddress: ").ip("address", addr.into());
    out.say(", Protocol ID: 0x").hex0("protocol", protocol, 2);
    out.say(indent).say("  Flags: [0x").hex0("flags", flags, 2).say("], DestPort ").num("port", port);
    Ok(Told::All)
}

fn tunnel<const N: usize>(mut p: Cursor, words: &str, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let (end, [_, _], id, extended) = (p.array::<N>()?, p.array()?, p.be16()?, p.array::<N>()?);
    out.say(indent).say(words).ip("endpoint", end.into()).say(", Tunnel ID: 0x").hex0("tunnel", id, 4);
    out.say(", Extended Tunnel ID: ").ip("extended_tunnel", extended.into());
    Ok(Told::All)
}

fn many_leaves(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let (lsp, [_, _], id, extended) = (p.be32()?, p.array()?, p.be16()?, p.array()?);
    out.say(indent).say("  IPv6 P2MP LSP ID: 0x").hex0("lsp", lsp, 8);
    out.say(", Tunnel ID: 0x").hex0("tunnel", id, 4);
    out.say(", Extended Tunnel ID: ").ip6("extended_tunnel", extended);
    Ok(Told::All)
}

fn address<const N: usize>(mut p: Cursor, words: &str, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let addr = p.array::<N>()?;
    out.say(indent).say(words).ip("address", addr.into());
    Ok(Told::All)
}

fn label(mut p: Cursor, kind: u8, indent: &str, out: &mut Out) -> Dissect<Told> {
    match kind {
        1 => out.list("labels", |out| {
            while p.claimed() >= 4 {
                let label = p.be32()?;
                out.say(indent).say("  Label: ").num("", label);
            }
            Ok(())
        })?,
        2 => {
            let label = p.be32()?;
            out.say(indent).say("  Generalized Label: ").num("label", label);
        }
        _ => {
            let (band, first, last) = (p.be32()?, p.be32()?, p.be32()?);
            out.say(indent).say("  Waveband ID: ").num("waveband", band);
            out.say(indent)
                .say("  Start Label: ")
                .num("first", first)
                .say(", Stop Label: ")
                .num("last", last);
        }
    }
    Ok(Told::All)
}

/// Who sends, as a template and as a filter say it.
fn sender(p: Cursor, class: u8, kind: u8, indent: &str, out: &mut Out) -> Dissect<Told> {
    let template = class == 11;
    match kind {
        1 => source::<4>(p, ", Source Port: ", indent, out),
        2 => source::<16>(p, ", Source Port: ", indent, out),
        3 if !template => {
            let (addr, flow) = (p.at(0).array()?, p.at(17).be24()?);
            out.say(indent).say("  Source Address: ").ip6("address", addr);
            out.say(", Flow Label: ").num("flow_label", flow);
            Ok(Told::All)
        }
        7 => {
            let (addr, lsp) = (p.at(0).array()?, p.at(6).be16()?);
            let words = if template { "  IPv4 Tunnel Sender Address: " } else { "  Source Address: " };
            out.say(indent).say(words).ip4("address", addr).say(", LSP-ID: 0x").hex0("lsp", lsp, 4);
            Ok(Told::All)
        }
        8 if !template => {
            // Of an IPv6 address the first four bytes are said, as an IPv4 one.
            p.need(20)?;
            let (addr, lsp) = (p.at(0).array()?, p.at(18).be16()?);
            out.say(indent).say("  Source Address: ").ip4("address", addr);
            out.say(", LSP-ID: 0x").hex0("lsp", lsp, 4);
            Ok(Told::All)
        }
        12 => subgroup::<4>(p, "  IPv4 Tunnel Sender Address: ", indent, out),
        13 => subgroup::<16>(p, "  IPv6 Tunnel Sender Address: ", indent, out),
        _ => Ok(Told::Dump),
    }
}

fn source<const N: usize>(mut p: Cursor, words: &str, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let (addr, [_, _], port) = (p.array::<N>()?, p.array()?, p.be16()?);
    out.say(indent).say("  Source Address: ").ip("address", addr.into()).say(words).num("port", port);
    Ok(Told::All)
}

fn subgroup<const N: usize>(mut p: Cursor, words: &str, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let (addr, [_, _], lsp) = (p.array::<N>()?, p.array()?, p.be16()?);
    // The last two bytes are read where the group should be; for IPv4 they are the two before.
    let (originator, group) = (p.array::<N>()?, p.be16()?);
    let group = if N == 4 { group } else { p.be16()? };
    if N == 4 {
        p.skip(2)?;
    }
    out.say(indent).say(words).ip("address", addr.into()).say(", LSP ID: 0x").hex0("lsp", lsp, 4);
    out.say(indent).say("  Sub-Group Originator ID: ").ip("originator", originator.into());
    out.say(", Sub-Group ID: 0x").hex0("group", group, 4);
    Ok(Told::All)
}

fn label_request(mut p: Cursor, kind: u8, indent: &str, out: &mut Out) -> Dissect<Told> {
    let protocol = |key: &str, p: &mut Cursor, out: &mut Out| {
        let ([_, _], number) = (p.array()?, p.be16()?);
        out.say(indent).say("  L3 Protocol ID: ");
        out.name(key, number, ethertypes::NAMES, "Unknown Protocol (0x%04x)");
        Ok(())
    };
    match kind {
        1 => out.list("protocols", |out| {
            while p.claimed() >= 4 {
                protocol("", &mut p, out)?;
            }
            Ok(())
        })?,
        2 => {
            p.need(12)?;
            protocol("protocol", &mut p, out)?;
            let [low_vpi, low_vci, high_vpi, high_vci] = [p.be16()?, p.be16()?, p.be16()?, p.be16()?];
            let merges = low_vpi & 0x8000 == 0;
            out.say(if merges { ", merge capability" } else { ",no merge capability" });
            out.note_that("merges", merges);
            out.say(indent).say("  Minimum VPI/VCI: ").num("min_vpi", low_vpi & 0xfff);
            out.say("/").num("min_vci", low_vci & 0xfff);
            out.say(indent).say("  Maximum VPI/VCI: ").num("max_vpi", high_vpi & 0xfff);
            out.say("/").num("max_vci", high_vci & 0xfff);
        }
        3 => {
            p.need(12)?;
            protocol("protocol", &mut p, out)?;
            let (low, high) = (p.be32()?, p.be32()?);
            out.say(indent).say("  Minimum/Maximum DLCI: ").num("min_dlci", low & 0x7f_ffff);
            out.say("/").num("max_dlci", high & 0x7f_ffff).say(", ");
            out.say(match low >> 23 & 3 {
                0 => "10",
                2 => "23",
                _ => "",
            });
            out.say(" bit DLCI");
        }
        _ => {
            let ([encoding, switching], payload) = (p.array()?, p.be16()?);
            out.say(indent).say("  LSP Encoding Type: ");
            out.named("encoding", encoding, gmpls::ENCODINGS, "Unknown");
            out.say(indent).say("  Switching Type: ");
            out.named("switching", switching, gmpls::SWITCHING, "Unknown").say(", Payload ID: ");
            out.named_as("payload", payload, PAYLOADS, "Unknown", " (0x%04x)");
        }
    }
    Ok(Told::All)
}

fn capability(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let word = p.be32()?;
    let reserved = word & !KNOWN_CAPABILITIES;
    if reserved != 0 {
        write!(out.say(indent), "  [reserved=0x{reserved:08x} must be zero]");
    }
    out.say(indent).say("  Flags: [");
    out.flags("flags", word & KNOWN_CAPABILITIES, CAPABILITIES, "none").say("]");
    Ok(Told::All)
}

fn session_attribute(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let [setup, holding, flags, length] = p.array()?;
    let name = p.take(length.into())?;
    out.say(indent).say("  Session Name: ").chars("name", name);
    out.say(indent).say("  Setup Priority: ").num("setup_priority", setup);
    out.say(", Holding Priority: ").num("holding_priority", holding);
    out.say(", Flags: [").flags("flags", flags, SESSION_FLAGS, "none").say("] (");
    routes::alternate(flags, out);
    out.say(")");
    Ok(Told::All)
}

fn hop<const N: usize>(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let (addr, handle) = (p.array::<N>()?, p.be32()?);
    out.say(indent).say("  Previous/Next Interface: ").ip("interface", addr.into());
    out.say(", Logical Interface Handle: 0x").hex0("handle", handle, 8);
    Ok(if N == 16 || p.claimed() > 0 { Told::Dump } else { Told::All })
}

fn fast_reroute(mut p: Cursor, kind: u8, indent: &str, out: &mut Out) -> Dissect<Told> {
    let [setup, holding, hops, _] = p.array()?;
    let bandwidth = f32::from_bits(p.be32()?) * 8.0 / 1_000_000.0;
    let (any, none) = (p.be32()?, p.be32()?);
    let all = if kind == 1 { Some(p.be32()?) } else { None };
    out.say(indent).say("  Setup Priority: ").num("setup_priority", setup);
    out.say(", Holding Priority: ").num("holding_priority", holding);
    out.say(", Hop-limit: ").num("hop_limit", hops).say(", Bandwidth: ");
    general_number::say("mbps", bandwidth, out);
    out.say(" Mbps").say(indent);
    out.say(if all.is_some() { "  Include-any: 0x" } else { "  Include Colors: 0x" });
    out.hex0("include_any", any, 8);
    out.say(if all.is_some() { ", Exclude-any: 0x" } else { ", Exclude Colors: 0x" });
    out.hex0("exclude_any", none, 8);
    if let Some(all) = all {
        out.say(", Include-all: 0x").hex0("include_all", all, 8);
    }
    Ok(Told::All)
}

fn detours(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    out.list("detours", |out| {
        while p.claimed() >= 8 {
            let (repairer, avoided) = (p.array()?, p.array()?);
            out.item(|out| {
                out.say(indent).say("  PLR-ID: ").ip4("plr", repairer);
                out.say(", Avoid-Node-ID: ").ip4("avoid", avoided);
                Ok(())
            })?;
        }
        Ok(Told::All)
    })
}

fn error<const N: usize>(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told>
where
    Addr: From<[u8; N]>,
{
    let (node, [flags, code], value) = (p.array::<N>()?, p.array()?, p.be16()?);
    out.say(indent).say("  Error Node Address: ").ip("node", node.into());
    out.say(", Flags: [0x").hex0("flags", flags, 2).say("]");
    out.say(indent).say("  Error Code: ").named("code", code, names::ERRORS, "unknown");
    match code {
        names::ROUTING => {
            out.say(", Error Value: ").named("value", value, names::ROUTING_ERRORS, "unknown");
        }
        _ if N == 16 => _ = out.note("value", value),
        28 | 125 => {
            out.say(", Error Value: ").named("value", value, names::DIFFSERV_ERRORS, "unknown");
        }
        _ => _ = out.say(", Unknown Error Value (").num("value", value).say(")"),
    }
    Ok(Told::All)
}

fn properties(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let (count, padding) = (p.be16()?, p.be16()?);
    out.say(indent).say("  TLV count: ").num("count", count);
    out.say(", padding bytes: ").num("padding", padding);
    out.list("properties", |out| {
        while p.claimed() >= 2 + usize::from(padding) {
            let told = out.item(|out| {
                let [kind, length] = p.at(0).array()?;
                out.say(indent).say("    ").name("type", kind, PROPERTIES, "unknown").say(" TLV (0x");
                out.aloud(|out| _ = out.hex0("", kind, 2));
                out.say("), length: ").num("length", length);
                if p.claimed() < length.into() {
                    return Ok(Told::Short);
                }
                if length < 2 {
                    out.say(indent).say("ERROR: property TLV is too short").note_that("too_short", true);
                    return Ok(Told::Stop);
                }
                p.skip(2)?;
                let data = p.take(usize::from(length) - 2)?;
                out.dump_hex("data", data, "\n\t\t");
                Ok(Told::All)
            })?;
            if told != Told::All {
                return Ok(told);
            }
        }
        Ok(Told::All)
    })
}

fn messages(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let (flags, epoch) = (p.u8()?, p.be24()?);
    out.say(indent).say("  Flags [0x").hex0("flags", flags, 2).say("], epoch: ").num("epoch", epoch);
    out.list("ids", |out| {
        while p.claimed() >= 4 {
            let id = p.be32()?;
            out.say(indent).say("    Message-ID 0x").hex0("", id, 8);
            out.aloud(|out| _ = out.say(" (").num("", id).say(")"));
        }
        Ok(Told::All)
    })
}

fn integrity(
    cx: &Cx,
    (message, at): (Cursor, usize),
    mut p: Cursor,
    indent: &str,
    out: &mut Out,
) -> Dissect<Told> {
    let ([flags, _], key, sequence, digest) = (p.array()?, p.take(6)?, p.take(8)?, p.take(16)?);
    out.say(indent).say("  Key-ID 0x").bytes("key", key).say(", Sequence 0x").bytes("sequence", sequence);
    out.say(", Flags [").flags("flags", flags, HANDSHAKE, "none").say("]");
    out.say(indent).say("  MD5-sum 0x").bytes("digest", digest).say(" ");
    let own = at.saturating_add(DIGEST.start)..at.saturating_add(DIGEST.end);
    signature::judge(cx, message, &[CHECKSUM, own], digest, out);
    Ok(Told::All)
}

fn label_set(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let word = p.be32()?;
    out.say(indent).say("  Action: ").named("action", word >> 24, ACTIONS, "Unknown");
    out.say(", Label type: ").num("label_type", word & 0x7f);
    if matches!(word >> 24, 2 | 3) {
        let (first, last) = (p.be32()?, p.be32()?);
        out.say(indent).say("  Start range: ").num("first", first).say(", End range: ").num("last", last);
        return Ok(Told::All);
    }
    out.list("subchannels", |out| {
        let mut number = 0u16;
        while p.claimed() >= 4 {
            let channel = p.be32()?;
            number += 1;
            write!(out.say(indent), "  Subchannel #{number}: ").num("", channel);
        }
        Ok(Told::All)
    })
}

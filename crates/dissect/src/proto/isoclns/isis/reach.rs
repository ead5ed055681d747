//! TLVs that say who and what can be reached, with their sub-TLVs (ISO/IEC 10589, RFC 1195, RFC 5305, RFC 5308,
//! RFC 5120, RFC 8667).

use super::{NODE_ID, SYSTEM_ID, id};
use crate::parts::gmpls;
use crate::prelude::*;

const INDENT: &str = "\n\t      ";

const TOPOLOGIES: NameTable = &[
    (0, "IPv4 unicast"),
    (1, "In-Band Management"),
    (2, "IPv6 unicast"),
    (3, "Multicast"),
    (4095, "Development, Experimental or Proprietary"),
];
const TOPOLOGY_FLAGS: Flags = &[(0x4000, "ATT bit set"), (0x8000, "Overload bit set")];

const LINK: NameTable = &[
    (3, "Administrative groups"),
    (4, "Link Local/Remote Identifier"),
    (5, "Link Remote Identifier"),
    (6, "IPv4 interface address"),
    (8, "IPv4 neighbor address"),
    (9, "Maximum link bandwidth"),
    (10, "Reservable link bandwidth"),
    (11, "Unreserved bandwidth"),
    (18, "Traffic Engineering Metric"),
    (19, "Link Attribute"),
    (20, "Link Protection Type"),
    (21, "Interface Switching Capability"),
    (12, "Bandwidth Constraints (old)"),
    (22, "Bandwidth Constraints"),
    (32, "LAN Adjacency Segment Identifier"),
    (29, "SPB Metric"),
    (250, "Reserved for cisco specific extensions"),
    (251, "Reserved for cisco specific extensions"),
    (252, "Reserved for cisco specific extensions"),
    (253, "Reserved for cisco specific extensions"),
    (254, "Reserved for cisco specific extensions"),
    (255, "Reserved for future expansion"),
];
const ATTRIBUTES: Flags = &[
    (0x01, "Local Protection Available"),
    (0x02, "Link excluded from local protection path"),
    (0x04, "Local maintenance required"),
];
const SID_FLAGS: Flags = &[
    (0x80, "Address family IPv6"),
    (0x40, "Backup"),
    (0x20, "Value"),
    (0x10, "Local significance"),
    (0x08, "Set of adjacencies"),
    (0x04, "Persistent"),
];

const PREFIX: NameTable = &[
    (1, "32-Bit Administrative tag"),
    (2, "64-Bit Administrative tag"),
    (3, "Prefix SID"),
    (117, "Management Prefix Color"),
];
const PREFIX_SID_FLAGS: Flags = &[
    (0x80, "Readvertisement"),
    (0x40, "Node"),
    (0x20, "No-PHP"),
    (0x10, "Explicit NULL"),
    (0x08, "Value"),
    (0x04, "Local"),
];
const ALGORITHMS: NameTable = &[(0, "SPF"), (1, "strict-SPF")];

/// The number of a topology, in what is left of a TLV.
pub fn topology(p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 2 {
        return Err(Stop::Truncated);
    }
    let word = p.be16()?;
    out.say(INDENT).named_as(
        "topology",
        word & 0xfff,
        TOPOLOGIES,
        "Reserved for IETF Consensus",
        " Topology (0x%03x)",
    );
    out.say(", Flags: [").flags("flags", word & 0xf000, TOPOLOGY_FLAGS, "none").say("]");
    Ok(())
}

/// Neighbours or prefixes, one after the other, as long as the TLV has room for them.
pub fn each(mut p: Cursor, out: &mut Out, one: impl Fn(&mut Cursor, &mut Out) -> Dissect) -> Dissect {
    out.list("reach", |out| {
        while p.claimed() > 0 {
            let start = p;
            out.item(|out| one(&mut p, out))?;
            let taken = p.since(&start);
            if start.claimed() < taken {
                out.lie("remaining tlv length", start.claimed(), "<", taken);
                out.say(" (invalid)");
                break;
            }
        }
        Ok(())
    })
}

/// A neighbour and the link to it. An alias has no metric.
pub fn neighbour(p: &mut Cursor, alias: bool, out: &mut Out) -> Dissect {
    let room = |p: &Cursor, n| if p.claimed() < n { Err(Stop::Truncated) } else { p.need(n) };
    room(p, NODE_ID)?;
    out.say(INDENT).say("IS Neighbor: ");
    id("neighbour", &p.array::<NODE_ID>()?, out);
    if !alias {
        room(p, 3)?;
        let metric = p.be24()?;
        out.say(", Metric: ").num("metric", metric);
    }
    room(p, 1)?;
    let length = p.u8()?;
    out.say(if length > 0 { ", sub-TLVs present" } else { ", no sub-TLVs present" });
    if length == 0 {
        return Ok(());
    }
    out.aloud(|out| {
        out.say(" (").num("", length).say(")");
    });
    out.list("sub_tlvs", |out| links(p, length.into(), out))
}

/// `sum` bytes of sub-TLVs about a link.
fn links(p: &mut Cursor, mut sum: usize, out: &mut Out) -> Dissect {
    const INDENT: &str = "\n\t        ";
    while sum > 0 {
        p.need(2)?;
        let left = p.claimed();
        if left < 2 {
            out.say(INDENT).say("Remaining data in TLV shorter than a subTLV header");
            p.pass(left);
            break;
        }
        if sum < 2 {
            out.say(INDENT).say("Remaining data in subTLVs shorter than a subTLV header");
            p.pass(sum);
            break;
        }
        let taken = out.item(|out| {
            let [kind, length] = p.array()?;
            let (length, left, sum) = (usize::from(length), left - 2, sum - 2);
            out.say(INDENT).named_as("type", kind, LINK, "unknown", " subTLV #%u");
            out.say(", length: ").num("length", length);
            if sum < length {
                out.say(" (remaining data in subTLVs shorter than the current subTLV)");
                p.pass(sum);
                return Ok(None);
            }
            if left < length {
                out.say(" (> remaining tlv length)");
                p.pass(left);
                return Ok(None);
            }
            p.need(length)?;
            link(kind, p.claiming(length), out)?;
            p.skip(length)?;
            Ok(Some(2 + length))
        })?;
        match taken {
            Some(taken) => sum -= taken,
            None => break,
        }
    }
    Ok(())
}

fn link(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    const INDENT: &str = "\n\t          ";
    match (kind, p.claimed()) {
        (3..=5, 4..) => {
            let eight = p.claimed() == 8;
            let value = p.be32()?;
            out.say(", 0x").hex0("value", value, 8);
            if eight {
                let second = p.be32()?;
                out.say(", 0x").hex0("second", second, 8);
            }
        }
        (6 | 8, 4..) => {
            let addr = p.array()?;
            out.say(", ").ip4("addr", addr);
        }
        (9 | 10, 4..) => {
            out.say(", ");
            mbps("mbps", p.be32()?, out);
        }
        (11, 32..) => bandwidths(&mut p, INDENT, "TE-Class ", 8, out)?,
        (12 | 22, 1..) => {
            let model = p.u8()?;
            out.say("\n\t        Bandwidth Constraints Model ID: ").named(
                "model",
                model,
                gmpls::MODELS,
                "unknown",
            );
            let classes = p.claimed() / 4;
            bandwidths(&mut p, INDENT, "Bandwidth constraint CT", classes, out)?;
        }
        (18, 3..) => {
            let metric = p.be24()?;
            out.say(", ").num("metric", metric);
        }
        (19, 2) => {
            let bits = p.be16()?;
            out.say(", [ ").flags("attributes", bits, ATTRIBUTES, "Unknown").aloud(|out| {
                out.say(" ] (0x").hex0("", bits, 4).say(")");
            });
        }
        (20, 2..) => {
            let [bits, priority] = p.array()?;
            out.say(", ").flags("protection", bits, gmpls::PROTECTIONS, "none");
            out.say(", Priority ").num("priority", priority);
        }
        (29, 6..) => {
            let (metric, port, port_id) = (p.be24()?, p.u8()?, p.be16()?);
            out.say(", LM: ").num("metric", metric).say(", P: ").num("port_count", port);
            out.say(", P-ID: ").num("port_id", port_id);
        }
        (21, 36..) => switching(p, out)?,
        (32, 8..) => adjacency(p, INDENT, out)?,
        (3..=6 | 8..=12 | 18..=22 | 29 | 32, _) => {}
        _ => {
            out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t\t    ");
        }
    }
    Ok(())
}

/// A bandwidth in bytes per second, an IEEE number of 32 bits, as megabits.
fn mbps(key: &str, bits: u32, out: &mut Out) {
    let rate = f32::from_bits(bits) * 8.0 / 1_000_000.0;
    out.fraction(key, rate.into(), 3).say(" Mbps");
}

fn bandwidths(p: &mut Cursor, indent: &str, words: &str, count: usize, out: &mut Out) -> Dissect {
    out.list("mbps", |out| {
        for class in 0..count {
            let rate = p.be32()?;
            out.aloud(|out| {
                out.say(indent).say(words).num("", class).say(": ");
            });
            mbps("", rate, out);
        }
        Ok(())
    })
}

fn switching(mut p: Cursor, out: &mut Out) -> Dissect {
    const INDENT: &str = "\n\t          ";
    let ([capability, encoding], _reserved) = (p.array()?, p.be16()?);
    out.say(INDENT).say("Interface Switching Capability:").name(
        "switching",
        capability,
        gmpls::SWITCHING,
        "Unknown",
    );
    out.say(", LSP Encoding: ").name("encoding", encoding, gmpls::ENCODINGS, "Unknown");
    out.say(INDENT).say("Max LSP Bandwidth:");
    bandwidths(&mut p, "\n\t            ", "priority level ", 8, out)?;
    match (capability, p.claimed()) {
        (1..=4, 6..) => {
            out.say(INDENT).say("Min LSP Bandwidth: ");
            mbps("least_mbps", p.be32()?, out);
            let mtu = p.be16()?;
            out.say(INDENT).say("Interface MTU: ").num("mtu", mtu);
        }
        (100, 8..) => {
            out.say(INDENT).say("Min LSP Bandwidth: ");
            mbps("least_mbps", p.be32()?, out);
            const INDICATIONS: NameTable = &[(0, "Standard SONET/SDH"), (1, "Arbitrary SONET/SDH")];
            let indication = p.u8()?;
            out.say(INDENT).say("Indication ").name("indication", indication, INDICATIONS, "Unknown (%u)");
        }
        (1..=4 | 100, _) | (_, 0) => {}
        _ => {
            out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t\t    ");
        }
    }
    Ok(())
}

/// The segment identifier of an adjacency on a LAN (RFC 8667 section 2.2.2).
fn adjacency(mut p: Cursor, indent: &str, out: &mut Out) -> Dissect {
    let [flags, weight] = p.array()?;
    out.say(indent).say("Flags: [").flags("flags", flags, SID_FLAGS, "none").say("]");
    out.say(indent).say("Weight: ").num("weight", weight);
    out.say(indent).say("Neighbor System-ID: ");
    id("neighbour", &p.array::<SYSTEM_ID>()?, out);
    match (flags & 0x20 != 0, flags & 0x10 != 0) {
        (true, true) => {
            let label = p.be24()?;
            out.say(indent).say("Label: ").num("label", label)
        }
        (false, false) => {
            let index = p.be32()?;
            out.say(indent).say("Index: ").num("index", index)
        }
        _ => out.say(" (invalid)"),
    };
    Ok(())
}

/// A prefix of IPv4.
pub fn prefix4(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (metric, status) = (p.be32()?, p.u8()?);
    let bits = status & 0x3f;
    if bits > 32 {
        out.say(INDENT).say("IPv4 prefix: bad bit length ").num("bits", bits);
        return Err(Stop::Truncated);
    }
    let addr = p.padded(usize::from(bits).div_ceil(8))?;
    out.say(INDENT).say("IPv4 prefix: ").right(15, |out| _ = out.ip4("prefix", addr));
    distribution(bits, status, metric, out);
    let more = status & 0x40 != 0;
    if more {
        out.say(", sub-TLVs present");
    }
    prefix_sub_tlvs(p, more, out)
}

/// A prefix of IPv6.
pub fn prefix6(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (metric, [status, bits]) = (p.be32()?, p.array()?);
    if bits > 128 {
        out.say(INDENT).say("IPv6 prefix: bad bit length ").num("bits", bits);
        return Err(Stop::Truncated);
    }
    let addr = p.padded(usize::from(bits).div_ceil(8))?;
    out.say(INDENT).say("IPv6 prefix: ").ip6("prefix", addr);
    distribution(bits, status, metric, out);
    let external = status & 0x40 != 0;
    out.say(if external { ", External" } else { ", Internal" }).note_that("external", external);
    let more = status & 0x20 != 0;
    if more {
        out.say(", sub-TLVs present");
    }
    prefix_sub_tlvs(p, more, out)
}

fn distribution(bits: u8, status: u8, metric: u32, out: &mut Out) {
    let down = status & 0x80 != 0;
    out.say("/").num("bits", bits).say(", Distribution: ").say(if down { "down" } else { "up" });
    out.note_that("down", down).say(", Metric: ").num("metric", metric);
}

fn prefix_sub_tlvs(p: &mut Cursor, more: bool, out: &mut Out) -> Dissect {
    if !more {
        return Ok(());
    }
    let length = p.u8()?;
    out.aloud(|out| {
        out.say(" (").num("", length).say(")");
    });
    let mut inside = *p;
    // What is left is counted as 32 bits: a sub-TLV that reaches beyond it leaves much, and then comes the cut.
    let mut left = u32::from(length);
    out.list("sub_tlvs", |out| {
        while left > 0 {
            let [kind, length] = inside.array()?;
            out.item(|out| prefix_sub_tlv(kind, inside, length.into(), out))?;
            inside.skip(length.into())?;
            left = left.wrapping_sub(u32::from(length) + 2);
        }
        Ok(())
    })?;
    p.pass(length.into());
    Ok(())
}

fn prefix_sub_tlv(kind: u8, p: Cursor, length: usize, out: &mut Out) -> Dissect {
    out.say("\n\t        ").named_as("type", kind, PREFIX, "unknown", " subTLV #%u");
    out.say(", length: ").num("length", length);
    p.need(length)?;
    let mut p = p.claiming(length);
    match kind {
        1 | 117 => out.list("tags", |out| {
            while p.claimed() >= 4 {
                let tag = p.be32()?;
                out.say(", 0x").hex0("", tag, 8).aloud(|out| {
                    out.say(" (=").num("", tag).say(")");
                });
            }
            Ok(())
        }),
        2 => out.list("tags", |out| {
            while p.claimed() >= 8 {
                let tag = p.be64()?;
                out.say(", 0x").hex0("", tag, 16);
            }
            Ok(())
        }),
        3 => prefix_sid(p, out),
        _ => {
            out.dump_hex("data", p.rest().get(..length).unwrap_or_default(), "\n\t\t    ");
            Ok(())
        }
    }
}

/// The segment identifier of a prefix (RFC 8667 section 2.1).
fn prefix_sid(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let [flags, algorithm] = p.array()?;
    let label = flags & 0x08 != 0;
    if length < if label { 5 } else { 6 } {
        return Err(Stop::Truncated);
    }
    let sid = if label { p.be24()? } else { p.be32()? };
    out.say(", Flags [").flags("flags", flags, PREFIX_SID_FLAGS, "None").say("], Algo ");
    out.named("algorithm", algorithm, ALGORITHMS, "Unknown");
    out.say(if label { ", label " } else { ", index " }).num("sid", sid);
    Ok(())
}

/// The four metrics of the old TLVs: whether a metric is used at all is its highest bit, inverted.
pub fn metrics(metrics: [u8; 4], first: &str, indent: &str, out: &mut Out) {
    let keys = ["default", "delay", "expense", "error"];
    let words = [first, "Delay Metric: ", "Expense Metric: ", "Error Metric: "];
    for (i, ((metric, key), words)) in metrics.into_iter().zip(keys).zip(words).enumerate() {
        if i > 0 && metric & 0x80 != 0 {
            continue;
        }
        if i > 0 {
            out.say(indent);
        }
        out.say(words).num(key, metric & 0x3f);
        out.say(if metric & 0x40 != 0 { ", External" } else { ", Internal" });
    }
}

/// Prefixes of IPv4 with masks; `false` if they are too short to go on behind them.
pub fn masks(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    out.list("reach", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 12 {
                write!(out, "short IPv4 Reachability ({} vs 12)", p.claimed());
                return Ok(false);
            }
            if p.need(12).is_err() {
                return Ok(false);
            }
            let (metric, addr, mask): ([u8; 4], _, _) = (p.array()?, p.array()?, p.be32()?);
            out.item(|out| {
                prefix_and_mask(addr, mask, out);
                let down = metric[0] & 0x80 != 0;
                out.say(", Distribution: ").say(if down { "down" } else { "up" }).note_that("down", down);
                metrics(metric, ", Metric: ", "\n\t        ", out);
                Ok(())
            })?;
        }
        Ok(true)
    })
}

fn prefix_and_mask(addr: [u8; 4], mask: u32, out: &mut Out) {
    out.say(INDENT).say("IPv4 prefix: ");
    if mask.leading_ones() + mask.trailing_zeros() >= 32 {
        out.right(15, |out| _ = out.ip4("prefix", addr)).say("/").num("bits", mask.leading_ones());
    } else {
        out.ip4("prefix", addr).say(" mask ").ip4("mask", mask.to_be_bytes());
    }
}

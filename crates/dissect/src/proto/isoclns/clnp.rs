//! CLNP, the connectionless network protocol (ISO/IEC 8473-1).
//!
//! ```text
//! | 81 | length indicator | version | lifetime | flags, type | segment length | checksum |
//! | length, destination .. | length, source .. | segmentation (6), maybe | options .. | data ..
//! ```

use super::{comma, judge, too_short};
use crate::parts::nsap;
use crate::prelude::*;

const HEADER: u8 = 9;
const ERROR_REPORT: u8 = 1;
const ECHO_RESPONSE: u8 = 31;
const TYPES: NameTable =
    &[(1, "Error Report"), (29, "MD"), (28, "Data"), (30, "Echo Request"), (31, "Echo Response")];
const SEGMENTED: u8 = 0x80;
const FLAGS: Flags =
    &[(0x80, "Segmentation permitted"), (0x40, "more Segments"), (0x20, "request Error Report")];

const DISCARD_REASON: u8 = 193;
const QOS: u8 = 195;
const SECURITY: u8 = 197;
const SOURCE_ROUTE: u8 = 200;
const RECORD_ROUTE: u8 = 203;
const PADDING: u8 = 204;
const PRIORITY: u8 = 205;
const OPTIONS: NameTable = &[
    (193, "Discard Reason"),
    (205, "Priority"),
    (195, "QoS Maintenance"),
    (197, "Security"),
    (200, "Source Routing"),
    (203, "Route Recording"),
    (204, "Padding"),
];
const SCOPES: NameTable =
    &[(0x40, "Source Address Specific"), (0x80, "Destination Address Specific"), (0xc0, "Globally unique")];
const GLOBAL: u8 = 0xc0;
const QOS_FLAGS: Flags = &[
    (0x20, "reserved"),
    (0x10, "sequencing vs. delay"),
    (0x08, "congested"),
    (0x04, "delay vs. cost"),
    (0x02, "error vs. delay"),
    (0x01, "error vs. cost"),
];
const CLASSES: NameTable = &[
    (0x0, "General"),
    (0x8, "Address"),
    (0x9, "Source Routeing"),
    (0xa, "Lifetime"),
    (0xb, "PDU Discarded"),
    (0xc, "Reassembly"),
];
const REASONS: NameTable = &[
    (0x00, "Reason not specified"),
    (0x01, "Protocol procedure error"),
    (0x02, "Incorrect checksum"),
    (0x03, "PDU discarded due to congestion"),
    (0x04, "Header syntax error (cannot be parsed)"),
    (0x05, "Segmentation needed but not permitted"),
    (0x06, "Incomplete PDU received"),
    (0x07, "Duplicate option"),
    (0x80, "Destination address unreachable"),
    (0x81, "Destination address unknown"),
    (0x90, "Unspecified source routeing error"),
    (0x91, "Syntax error in source routeing field"),
    (0x92, "Unknown address in source routeing field"),
    (0x93, "Path not acceptable"),
    (0xa0, "Lifetime expired while data unit in transit"),
    (0xa1, "Lifetime expired during reassembly"),
    (0xb0, "Unsupported option not specified"),
    (0xb1, "Unsupported protocol version"),
    (0xb2, "Unsupported security option"),
    (0xb3, "Unsupported source routeing option"),
    (0xb4, "Unsupported recording of route option"),
    (0xc0, "Reassembly interference"),
];
/// Packets that report errors of packets that report errors ..
const MAX_NESTED: u8 = 8;

/// Says a PDU; `false` if it makes so little sense that it is better dumped.
pub fn say(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    cx.speaking = "clnp";
    out.nest("clnp", |out| pdu(cx, p, 0, out))
}

/// The fixed part and the addresses.
struct Header<'p> {
    indicator: u8,
    version: u8,
    lifetime: u8,
    kind: u8,
    segment: u16,
    checksum: u16,
    dst: &'p [u8],
    src: &'p [u8],
}

fn pdu(cx: &Cx, packet: Cursor, nested: u8, out: &mut Out) -> Dissect<bool> {
    let mut p = packet;
    let length = p.claimed();
    p.need(HEADER.into())?;
    let [_nlpid, indicator, version, lifetime, kind] = p.array()?;
    let (segment, checksum) = (p.be16()?, p.be16()?);
    if !cx.options.link_header {
        out.say("CLNP");
    }
    if version != 1 {
        out.say("version ").num("version", version).say(" packet not supported");
        return Ok(false);
    }
    if usize::from(indicator) > length {
        write!(out, " length indicator({indicator}) > PDU size ({length})!");
        return Ok(false);
    }
    if indicator < HEADER {
        too_short(indicator, packet, out);
        return Ok(false);
    }
    let mut p = p.claiming(usize::from(indicator - HEADER));
    let mut addrs: [&[u8]; 2] = [&[], &[]];
    for addr in &mut addrs {
        let Some(found) = address(&mut p)? else {
            out.say("li < size of fixed part of CLNP header and addresses");
            return Ok(false);
        };
        *addr = found;
    }
    let [dst, src] = addrs;
    let header = Header { indicator, version, lifetime, kind, segment, checksum, dst, src };
    if cx.verbose() == 0 {
        out.say(comma(cx));
        nsap::say("src", src, out);
        out.say(" > ");
        nsap::say("dst", dst, out);
        out.say(", ").name("type", kind & 0x1f, TYPES, "unknown (%u)").say(", length ").num("length", length);
        return Ok(true);
    }
    header.explain(cx, packet, out);
    rest(cx, &header, packet, p, nested, out)
}

/// An address behind its length; `None` if the header has no room for it.
fn address<'p>(p: &mut Cursor<'p>) -> Dissect<Option<&'p [u8]>> {
    if p.claimed() < 1 {
        return Ok(None);
    }
    let length = p.u8()?.into();
    if p.claimed() < length {
        return Ok(None);
    }
    p.take(length).map(Some)
}

impl Header<'_> {
    fn explain(&self, cx: &Cx, packet: Cursor, out: &mut Out) {
        out.say(comma(cx)).say("length ").num("length", packet.claimed());
        out.say("\n\t").name("type", self.kind & 0x1f, TYPES, "unknown (%u)");
        out.say(" PDU, hlen: ")
            .num("length_indicator", self.indicator)
            .say(", v: ")
            .num("version", self.version);
        out.say(", lifetime: ").fraction("lifetime_s", f64::from(self.lifetime) / 2.0, 1);
        out.say("s, Segment PDU length: ").num("segment_length", self.segment);
        out.say(", checksum: 0x").hex0("checksum", self.checksum, 4);
        judge(packet, 7, self.indicator.into(), self.checksum, out);
        out.say("\n\tFlags [").flags("flags", self.kind & 0xe0, FLAGS, "none").say("]");
        for (words, key, addr) in [
            ("\n\tsource address (length ", "src", self.src),
            ("\n\tdest   address (length ", "dst", self.dst),
        ] {
            out.aloud(|out| {
                out.say(words).num("", addr.len()).say("): ");
            });
            nsap::say(key, addr, out);
        }
    }
}

/// What is behind the addresses.
fn rest(cx: &Cx, header: &Header, packet: Cursor, mut p: Cursor, nested: u8, out: &mut Out) -> Dissect<bool> {
    if header.kind & SEGMENTED != 0 {
        if p.claimed() < 6 {
            out.say("li < size of fixed part of CLNP header, addresses, and segment part");
            return Ok(false);
        }
        let (id, offset, total) = (p.be16()?, p.be16()?, p.be16()?);
        out.say("\n\tData Unit ID: 0x").hex0("data_unit", id, 4);
        out.say(", Segment Offset: ").num("offset", offset).say(", Total PDU Length: ").num("total", total);
    }
    if !out.list("options", |out| options(cx, &mut p, out))? {
        return Ok(false);
    }
    let left = packet.claimed().saturating_sub(header.indicator.into());
    let kind = header.kind & 0x1f;
    if matches!(kind, ERROR_REPORT | ECHO_RESPONSE) && p.peek()? == super::CLNP && nested < MAX_NESTED {
        out.say("\n\t-----original packet-----\n\t");
        return out.nest("original", |out| pdu(cx, p.claiming(left), nested + 1, out)).map(|_| true);
    }
    let behind = packet.claimed().saturating_sub(p.since(&packet));
    if behind > 0 {
        out.aloud(|out| {
            out.say("\n\t  undecoded non-header data, length ").num("", left);
        });
        out.dump_hex("data", p.rest().get(..behind).unwrap_or(p.rest()), "\n\t  ");
    }
    Ok(true)
}

fn options(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    while p.claimed() > 0 {
        if p.claimed() < 2 {
            out.say(", bad opts/li");
            return Ok(false);
        }
        let [kind, length] = p.array()?;
        let length = usize::from(length);
        if length > p.claimed() {
            write!(out, ", opt ({kind}) too long");
            return Ok(false);
        }
        p.need(length)?;
        let data = p.sub(length);
        if !out.item(|out| option(kind, data, out))? {
            return Ok(false);
        }
        if cx.verbose() > 1 {
            out.aloud(|out| {
                out.dump_hex("", data.rest(), "\n\t  ");
            });
        }
        p.skip(length)?;
    }
    Ok(true)
}

fn option(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    out.say("\n\t  ").named_as("kind", kind, OPTIONS, "Unknown", " Option #%u");
    write!(out, ", length {}, value: ", p.claimed());
    let least = match kind {
        SOURCE_ROUTE | RECORD_ROUTE | SECURITY => 2,
        PRIORITY | QOS | DISCARD_REASON => 1,
        _ => 0,
    };
    if p.claimed() < least {
        out.say(", bad opt len");
        return Ok(false);
    }
    match kind {
        SOURCE_ROUTE | RECORD_ROUTE => route(kind, p, out)?,
        PRIORITY => {
            let priority = p.u8()? & 0x0f;
            out.say("0x").hex("priority", priority);
        }
        QOS => {
            let code = p.u8()?;
            out.say("\n\t    Format Code: ").name("scope", code & GLOBAL, SCOPES, "Reserved");
            if code & GLOBAL == GLOBAL {
                out.say("\n\t    QoS Flags [").flags("flags", code & 0x3f, QOS_FLAGS, "none").say("]");
            }
        }
        SECURITY => {
            let [code, level] = p.array()?;
            out.say("\n\t    Format Code: ").name("scope", code & GLOBAL, SCOPES, "Reserved");
            out.say(", Security-Level ").num("level", level);
        }
        DISCARD_REASON => {
            let reason = p.u8()?;
            out.aloud(|out| {
                out.say("\n\t    Class: ").name("", reason >> 4, CLASSES, "Unknown").say(" Error (0x");
                out.hex("", reason >> 4).say("), ");
            });
            out.name("reason", reason, REASONS, "Unknown").aloud(|out| {
                out.say(" (0x").hex("", reason & 0x0f).say(")");
            });
        }
        PADDING => {
            out.say("padding data");
        }
        _ => {
            out.dump_hex("data", p.rest(), "\n\t  ");
        }
    }
    Ok(true)
}

fn route(kind: u8, p: Cursor, out: &mut Out) -> Dissect {
    let mut inside = p;
    let [complete, offset] = inside.array()?;
    out.name("complete", complete, &[(0, "partial"), (1, "complete")], "Unknown");
    out.say(if kind == SOURCE_ROUTE { " source routing" } else { " recording of route in progress" });
    let Some(offset) = usize::from(offset).checked_sub(1) else {
        out.say(" Bad NSAP offset (0)");
        return Ok(());
    };
    if offset > p.claimed() {
        out.say(" Bad NSAP offset (past end of option)");
        return Ok(());
    }
    let mut list = p;
    list.skip(offset)?;
    out.list("route", |out| {
        while list.claimed() > 0 {
            let length = usize::from(list.u8()?);
            if list.claimed() < length {
                out.say("\n\t    NSAP address goes past end of option");
                break;
            }
            let addr = list.take(length)?;
            if !addr.is_empty() {
                out.aloud(|out| {
                    out.say("\n\t    NSAP address (length ").num("", length).say("): ");
                });
                nsap::say("", addr, out);
            }
        }
        Ok(())
    })
}

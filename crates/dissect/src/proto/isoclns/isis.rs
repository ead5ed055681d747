//! IS-IS, the routing protocol of OSI and IP (ISO/IEC 10589; RFC 1195).
//!
//! ```text
//! | 83 | length of fixed header | version | ID length | PDU type | version | 0 | max. areas |
//! | header of the PDU type ..
//! | type | length | value ..   TLVs, to the length of the PDU
//! ```

use super::{comma, judge};
use crate::prelude::*;

mod capability;
mod reach;
mod tlv;

const COMMON: usize = 8;
const SYSTEM_ID: usize = 6;
const NODE_ID: usize = 7;
const LSP_ID: usize = 8;

const PDUS: NameTable = &[
    (15, "L1 Lan IIH"),
    (16, "L2 Lan IIH"),
    (17, "p2p IIH"),
    (18, "L1 LSP"),
    (20, "L2 LSP"),
    (24, "L1 CSNP"),
    (25, "L2 CSNP"),
    (26, "L1 PSNP"),
    (27, "L2 PSNP"),
];
const CIRCUITS: NameTable = &[(1, "Level 1 only"), (2, "Level 2 only"), (3, "Level 1, Level 2")];
const LEVELS: NameTable =
    &[(0, "Unused 0x0 (invalid)"), (1, "L1 IS"), (2, "Unused 0x2 (invalid)"), (3, "L2 IS")];

/// The PDU that TLVs are in: two of them look back at it.
#[derive(Clone, Copy)]
struct Pdu<'p> {
    packet: Cursor<'p>,
    length: usize,
    kind: u8,
}

impl Pdu<'_> {
    fn is_link_state(&self) -> bool {
        matches!(self.kind, 18 | 20)
    }
}

/// Says a PDU; `false` if it makes so little sense that it is better dumped.
pub fn say(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    cx.speaking = "isis";
    out.nest("isis", |out| pdu(cx, p, out))
}

fn pdu(cx: &mut Cx, packet: Cursor, out: &mut Out) -> Dissect<bool> {
    let mut p = packet;
    let length = p.claimed();
    p.need(COMMON)?;
    if length < COMMON {
        return Err(Stop::Truncated);
    }
    let [_nlpid, fixed, version, id_length, kind, pdu_version, _reserved, areas] = p.array()?;
    if !cx.options.link_header {
        out.say("IS-IS");
    }
    if let Some(wrong) = [version, pdu_version].into_iter().find(|version| *version != 1) {
        out.say("version ").num("version", wrong).say(" packet not supported");
        return Ok(false);
    }
    if !matches!(id_length, 0 | 6) {
        out.say("system ID length of ").num("id_length", id_length).say(" is not supported");
        return Ok(false);
    }
    if length < fixed.into() {
        write!(out, "fixed header length {fixed} > packet length {length}");
        return Ok(false);
    }
    if usize::from(fixed) < COMMON {
        write!(out, "fixed header length {fixed} < minimum header size {COMMON}");
        return Ok(false);
    }
    if areas == 255 {
        out.say("bad packet -- 255 areas");
        return Ok(false);
    }
    if cx.verbose() == 0 {
        out.say(comma(cx)).name("type", kind, PDUS, "unknown PDU-Type %u");
    } else {
        out.say(comma(cx)).say("length ").num("length", length);
        out.say("\n\t").name("type", kind, PDUS, "unknown, type %u").say(", hlen: ").num("header", fixed);
        out.say(", v: ").num("version", version).say(", pdu-v: ").num("pdu_version", pdu_version);
        out.say(", sys-id-len: 6 (").num("id_length", id_length).say("), max-area: ").aloud(|out| {
            out.num("", if areas == 0 { 3 } else { areas }).say(" (");
        });
        out.num("max_areas", areas).say(")");
        dump(cx, packet.sub(COMMON), "\n\t", out);
    }
    body(cx, kind, fixed, packet, p, out)
}

/// Bytes that the very talkative hear again in hex.
fn dump(cx: &Cx, p: Cursor, indent: &str, out: &mut Out) {
    if cx.verbose() > 1 {
        out.aloud(|out| {
            out.dump_hex("", p.rest(), indent);
        });
    }
}

/// The header of the PDU type, and the TLVs.
fn body(cx: &mut Cx, kind: u8, fixed: u8, packet: Cursor, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let length = packet.claimed();
    let header: fn(&Cx, Pdu, Cursor, &mut Out) -> Dissect<usize> = match kind {
        15 | 16 => lan_hello,
        17 => point_hello,
        18 | 20 => link_state,
        24 | 25 => complete,
        26 | 27 => partial,
        _ if cx.verbose() == 0 => {
            out.say(", length ").num("length", length);
            return Ok(true);
        }
        _ => {
            out.dump_hex("data", p.claiming(length).rest(), "\n\t  ");
            return Ok(false);
        }
    };
    let size = match kind {
        15 | 16 | 18 | 20 => 19,
        17 => 12,
        24 | 25 => 25,
        _ => 9,
    };
    if usize::from(fixed) != COMMON + size {
        let right = if matches!(kind, 18 | 20) { size } else { COMMON + size };
        let comma = if matches!(kind, 26 | 27) { "-" } else { "," };
        write!(out, "{comma} bogus fixed header length {fixed} should be {right}");
        return Ok(false);
    }
    p.need(size)?;
    if length < COMMON + size {
        return Err(Stop::Truncated);
    }
    let stated = header(cx, Pdu { packet, length, kind }, p, out)?;
    if cx.verbose() == 0 {
        out.say(", length ").num("length", length);
        return Ok(true);
    }
    dump(cx, p.sub(size), "\n\t  ", out);
    let length = length.min(stated);
    if length < COMMON + size {
        return Err(out.lie("packet length", length, "<", COMMON + size));
    }
    p.skip(size)?;
    out.list("tlvs", |out| tlv::all(cx, Pdu { packet, length, kind }, p, length - COMMON - size, out))?;
    Ok(true)
}

fn lan_hello(cx: &Cx, _pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    let (circuit, source, holding) = (p.u8()?, p.array::<SYSTEM_ID>()?, p.be16()?);
    let (length, priority, lan) = (p.be16()?, p.u8()?, p.array::<NODE_ID>()?);
    if cx.verbose() == 0 {
        out.say(", src-id ");
        id("source", &source, out);
        out.say(", lan-id ");
        id("lan", &lan, out);
        out.say(", prio ").num("priority", priority);
        return Ok(0);
    }
    out.say("\n\t  source-id: ");
    id("source", &source, out);
    out.say(",  holding time: ").num("holding_s", holding).say("s, Flags: [");
    out.name("circuit", circuit, CIRCUITS, "unknown circuit type 0x%02x").say("]\n\t  lan-id:    ");
    id("lan", &lan, out);
    out.say(", Priority: ").num("priority", priority & 0x7f).say(", PDU length: ").num("pdu_length", length);
    Ok(length.into())
}

fn point_hello(cx: &Cx, _pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    let (circuit, source, holding) = (p.u8()?, p.array::<SYSTEM_ID>()?, p.be16()?);
    let (length, local) = (p.be16()?, p.u8()?);
    if cx.verbose() == 0 {
        out.say(", src-id ");
        id("source", &source, out);
        return Ok(0);
    }
    out.say("\n\t  source-id: ");
    id("source", &source, out);
    out.say(", holding time: ").num("holding_s", holding).say("s, Flags: [");
    out.name("circuit", circuit, CIRCUITS, "unknown circuit type 0x%02x").say("]");
    out.say("\n\t  circuit-id: 0x")
        .hex0("circuit_id", local, 2)
        .say(", PDU length: ")
        .num("pdu_length", length);
    Ok(length.into())
}

fn link_state(cx: &Cx, pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    let (stated, lifetime) = (p.be16()?, p.be16()?);
    let summed = p;
    let (lsp, sequence, checksum, flags) = (p.array::<LSP_ID>()?, p.be32()?, p.be16()?, p.u8()?);
    if cx.verbose() == 0 {
        out.say(", lsp-id ");
        id("lsp", &lsp, out);
        out.say(", seq 0x").hex0("sequence", sequence, 8).say(", lifetime ");
        out.right(5, |out| _ = out.num("lifetime_s", lifetime)).say("s");
        return Ok(0);
    }
    out.say("\n\t  lsp-id: ");
    id("lsp", &lsp, out);
    out.say(", seq: 0x").hex0("sequence", sequence, 8).say(", lifetime: ");
    out.right(5, |out| _ = out.num("lifetime_s", lifetime))
        .say("s\n\t  chksum: 0x")
        .hex0("checksum", checksum, 4);
    let length = pdu.length.min(stated.into());
    judge(summed, 12, length.wrapping_sub(12), checksum, out);
    out.say(", PDU length: ").num("pdu_length", stated).say(", Flags: [ ").note("flags", flags);
    if flags & 0x04 != 0 {
        out.say("Overload bit set, ");
    }
    if flags & 0x78 != 0 {
        for (bit, name) in [(0x08, "default "), (0x10, "delay "), (0x20, "expense "), (0x40, "error ")] {
            if flags & bit != 0 {
                out.say(name);
            }
        }
        out.say("ATT bit set, ");
    }
    if flags & 0x80 != 0 {
        out.say("P bit set, ");
    }
    out.aloud(|out| {
        out.name("", flags & 3, LEVELS, "").say(" ]");
    });
    Ok(stated.into())
}

fn complete(cx: &Cx, _pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    let length = numbers(cx, &mut p, out)?;
    if cx.verbose() > 0 {
        let (start, end) = (p.array::<LSP_ID>()?, p.array::<LSP_ID>()?);
        out.say("\n\t  start lsp-id: ");
        id("start", &start, out);
        out.say("\n\t  end lsp-id:   ");
        id("end", &end, out);
    }
    Ok(length)
}

fn partial(cx: &Cx, _pdu: Pdu, mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    numbers(cx, &mut p, out)
}

/// What both kinds of sequence number PDUs begin with.
fn numbers(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<usize> {
    let (length, source) = (p.be16()?, p.array::<NODE_ID>()?);
    if cx.verbose() == 0 {
        out.say(", src-id ");
        id("source", &source, out);
        return Ok(0);
    }
    out.say("\n\t  source-id:    ");
    id("source", &source, out);
    out.say(", PDU length: ").num("pdu_length", length);
    Ok(length.into())
}

/// The identifier of a system, of a node (with the number of a pseudonode), or of an LSP (and its fragment).
fn id(key: &str, id: &[u8], out: &mut Out) {
    let _ = out.phrase(key, |out| {
        let (system, rest) = id.split_at_checked(SYSTEM_ID).unwrap_or((id, &[]));
        for (i, pair) in system.chunks(2).enumerate() {
            out.say(if i > 0 { "." } else { "" }).bytes("", pair);
        }
        for (byte, before) in rest.iter().zip([".", "-"]) {
            out.say(before).hex0("", *byte, 2);
        }
        Ok(())
    });
}

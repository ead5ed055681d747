//! ATM: packets of AAL5 (RFC 2684), signalling (ITU-T Q.2931), and cells for operation and maintenance (ITU-T I.610).
//!
//! ```text
//! cell:    | header (4) | checksum of it | type (4), function (4) | function's own (45) | 0 (6), CRC (10) |
//! header:  | GFC (4) | VPI (8) | VCI (16) | payload type (3) | priority |
//! ```

use crate::prelude::*;

/// A packet of AAL5.
pub static ATM: Protocol = Protocol { name: "atm", dissect };

/// Cisco's NLPID follows.
const UI: u8 = 0x03;
/// What begins an LLC header for sure: SNAP, OSI and IP, in frames without numbers.
const LLC: [[u8; 3]; 3] = [[0xaa, 0xaa, UI], [0xfe, 0xfe, UI], [0x06, 0x06, UI]];
/// The header of IEEE 802.6, as one driver leaves it before the packet.
const MAC: usize = 20;

/// Channels of VPI 0 that have a purpose.
const META: u16 = 1;
const BROADCAST: u16 = 2;
const SEGMENT_OAM: u16 = 3;
const END_OAM: u16 = 4;
const SIGNALLING: u16 = 5;
const ILMI: u16 = 16;
/// What management speaks there.
const SNMP: u16 = 161;

const Q2931: u8 = 9;
const MESSAGES: NameTable = &[
    (0x02, "Call_proceeding"),
    (0x05, "Setup"),
    (0x07, "Connect"),
    (0x0f, "Connect_ack"),
    (0x46, "Restart"),
    (0x4d, "Release"),
    (0x4e, "Restart_ack"),
    (0x5a, "Release_complete"),
    (0x75, "Status_enquiry"),
    (0x7d, "Status"),
    (0x80, "Add_party"),
    (0x81, "Add_party_ack"),
    (0x82, "Add_party_reject"),
    (0x83, "Drop_party"),
    (0x84, "Drop_party_ack"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    needed(&p, 1)?;
    if p.peek()? == UI {
        p.skip(1)?;
        if cx.options.link_header {
            out.say("CNLPID ");
        }
        return cx.next(Space::Sap(0xfe), p, out).map(drop);
    }
    needed(&p, 3)?;
    if !LLC.contains(&p.at(0).array()?) {
        needed(&p, MAC)?;
        let words = [p.be32()?, p.be32()?, p.be32()?, p.be32()?];
        p.skip(4)?;
        cx.link_header_is(MAC);
        if cx.options.link_header {
            out.aloud(|out| {
                for (word, blank) in words.into_iter().zip(["", " ", "", " "]) {
                    out.hex0("", word, 8).say(blank);
                }
            });
        }
    }
    cx.next(Space::Llc, p, out).map(drop)
}

/// Fails as a read of `n` bytes would, and where fewer are claimed.
fn needed(p: &Cursor, n: usize) -> Dissect {
    if p.claimed() < n { Err(Stop::Truncated) } else { p.need(n) }
}

/// Where a frame goes, and what kind of traffic is said to go there.
pub(super) struct Circuit {
    pub vpi: u8,
    pub vci: u16,
    /// LAN emulation; everything else is taken for LLC.
    pub lane: bool,
}

/// A frame of a circuit.
pub(super) fn circuit(cx: &mut Cx, to: Circuit, mut p: Cursor, out: &mut Out) -> Dissect {
    if cx.options.link_header {
        write!(out, "VPI:{} VCI:{} ", to.vpi, to.vci);
    }
    match (to.vpi, to.vci) {
        (0, SIGNALLING) => return signalling(p, out),
        (0, BROADCAST) => _ = out.say("broadcast sig: "),
        (0, SEGMENT_OAM | END_OAM) => return out.nest("oam", |out| oam(cx, 1, p, out)),
        (0, META) => _ = out.say("meta: "),
        (0, ILMI) => {
            out.say("ilmi: ");
            return cx.next(Space::Udp { src: SNMP, dst: SNMP }, p, out).map(drop);
        }
        _ if to.lane => {
            cx.speaking = "lane";
            let client = p.be16()?;
            out.note("lane_client", client);
            if cx.options.link_header {
                write!(out, "lecid:{client:x} ");
            }
            return cx.next(Space::EtherType(crate::parts::ethertypes::BRIDGED_ETHERNET), p, out).map(drop);
        }
        _ => return cx.next(Space::Llc, p, out).map(drop),
    }
    Ok(())
}

fn signalling(mut p: Cursor, out: &mut Out) -> Dissect {
    let protocol = p.u8()?;
    out.note("protocol", protocol);
    if protocol != Q2931 {
        write!(out, "SSCOP, proto {protocol} ");
        return Ok(());
    }
    out.say("Q.2931");
    p.skip(1)?;
    let (call, message) = (p.be24()?, p.u8()?);
    out.say(":").name("message", message, MESSAGES, "msgtype#%u").say(" CALL_REF:0x").hex0("call", call, 6);
    Ok(())
}

const PAYLOADS: NameTable = &[
    (0, "user data, uncongested, SDU 0"),
    (1, "user data, uncongested, SDU 1"),
    (2, "user data, congested, SDU 0"),
    (3, "user data, congested, SDU 1"),
    (4, "VCC OAM F5 flow segment"),
    (5, "VCC OAM F5 flow end-to-end"),
    (6, "Traffic Control and resource Mgmt"),
];
const FAULT: u8 = 1;
const PERFORMANCE: u8 = 2;
const ACTIVATION: u8 = 8;
const CELLS: NameTable = &[
    (FAULT as u32, "Fault Management"),
    (PERFORMANCE as u32, "Performance Management"),
    (ACTIVATION as u32, "activate/deactivate"),
    (15, "System Management"),
];
const ALARM: u8 = 0;
const DEFECT: u8 = 1;
const LOOPBACK: u8 = 8;
const FAULTS: NameTable =
    &[(ALARM as u32, "AIS"), (DEFECT as u32, "RDI"), (4, "Continuity Check"), (LOOPBACK as u32, "Loopback")];
const MEASUREMENTS: NameTable =
    &[(0, "Forward Monitoring"), (1, "Backward Reporting"), (2, "Monitoring and Reporting")];
const ACTIVATIONS: NameTable = &[(0, "Performance Monitoring"), (1, "Continuity Check")];
/// Bytes of a cell behind its header, and of what its function says.
const CELL: usize = 48;
const FUNCTION: usize = 45;

/// A cell for operation and maintenance, with or without the checksum of its header (1 or 0 bytes).
pub(super) fn oam(cx: &mut Cx, checksum: usize, p: Cursor, out: &mut Out) -> Dissect {
    cx.speaking = "oam";
    let mut cell = p.at(4 + checksum);
    cell.need(1)?;
    // Where there is a checksum, tcpdump reads the header one byte late.
    let header = p.at(checksum).be32()?;
    let payload = cell;
    let byte = cell.u8()?;
    let (kind, function) = (byte >> 4, byte & 0x0f);
    let vci = header >> 4 & 0xffff;
    let flow: NameTable = &[(SEGMENT_OAM as u32, "OAM F4 (segment)"), (END_OAM as u32, "OAM F4 (end)")];
    out.say(crate::out::lookup(flow, vci.into()).unwrap_or("OAM F5"));
    out.say(", vpi ").num("vpi", header >> 20 & 0xff).say(", vci ").num("vci", vci);
    out.say(", payload [ ").name("payload", header >> 1 & 7, PAYLOADS, "Unknown");
    out.say(" ], clp ").num("loss_priority", header & 1).say(", length ").num("length", p.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.say("\n\tcell-type ").named("cell", kind, CELLS, "unknown");
    let functions = match kind {
        FAULT => Some(FAULTS),
        PERFORMANCE => Some(MEASUREMENTS),
        ACTIVATION => Some(ACTIVATIONS),
        _ => None,
    };
    let otherwise = if functions.is_some() { "none" } else { "unknown" };
    out.say(", func-type ").named("function", function, functions.unwrap_or(&[]), otherwise);
    if kind == FAULT {
        fault(function, cell, out)?;
    }
    let mut trailer = payload.at(CELL - 2);
    let word = trailer.be16()?;
    let right = crc10(payload.sub(CELL).rest()) == 0;
    out.say("\n\tcksum 0x").hex0("checksum", word & 0x3ff, 3).note_that("checksum_ok", right);
    out.say(if right { " (correct)" } else { " (incorrect)" });
    Ok(())
}

fn fault(function: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let octets = |words: &str, key: &str, bytes: &[u8], out: &mut Out| {
        out.say(words).octets(key, bytes, b' ');
    };
    match function {
        LOOPBACK => {
            p.need(FUNCTION)?;
            let (request, tag) = (p.u8()? & 1, p.be32()?);
            out.say("\n\tLoopback-Indicator ").name("request", request, &[(0, "Reply"), (1, "Request")], "");
            out.say(", Correlation-Tag 0x").hex0("correlation", tag, 8);
            octets("\n\tLocation-ID ", "location", &p.array::<12>()?, out);
            octets("\n\tSource-ID   ", "source", &p.array::<12>()?, out);
        }
        ALARM | DEFECT => {
            p.need(FUNCTION)?;
            let failure = p.u8()?;
            out.say("\n\tFailure-type 0x").hex0("failure", failure, 2);
            octets("\n\tLocation-ID ", "location", &p.array::<16>()?, out);
        }
        _ => {}
    }
    Ok(())
}

/// The remainder of a cell, its own CRC included, by x^10 + x^9 + x^5 + x^4 + x + 1; 0 if it is whole.
fn crc10(bytes: &[u8]) -> u16 {
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1)));
    bits.fold(0, |rest, bit| {
        let rest = rest << 1 | bit;
        if rest & 0x400 != 0 { rest ^ 0x633 } else { rest }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets() {
        check(&ATM, "aaaa03 000000 0800 40", "", "IP  [length 1 < 20] (invalid)");
        let mac = "00000001 00000002 00000003 00000004 00000005";
        check(&ATM, &format!("{mac} 060603 40"), "-v", "IP  [length 1 < 20] (invalid)");
        let said = "0000000100000002 0000000300000004 LLC, dsap IP (0x06) Individual, ssap IP (0x06) Command, ctrl 0x03:  [length 1 < 20] (invalid)";
        check(&ATM, &format!("{mac} 060603 40"), "-e", said);
        check(&ATM, "03 77", "", "OSI NLPID 0x77 unknown, length: 1");
        check(&ATM, "00000001", "", " [|atm]");
        assert!(values(&ATM, "aaaa03 000000 0800 40").starts_with(r#"{"atm":{"llc":{"dsap":170"#));
    }

    #[test]
    fn cells() {
        let tail = format!("{} 0000", "00".repeat(16));
        let cell = format!("00 0000 0040 18 01 00000007 {} {} {tail}", "ff".repeat(12), "0a".repeat(12));
        let head = "OAM F4 (end), vpi 0, vci 4, payload [ user data, uncongested, SDU 0 ], clp 0, length 53";
        let sun = format!("00 00 0004 {cell}");
        check(&super::super::sunatm::SUNATM, &sun, "", head);
        let said = "\n\tcell-type Fault Management (1), func-type Loopback (8)\
                    \n\tLoopback-Indicator Request, Correlation-Tag 0x00000007\
                    \n\tLocation-ID ff ff ff ff ff ff ff ff ff ff ff ff\
                    \n\tSource-ID   0a 0a 0a 0a 0a 0a 0a 0a 0a 0a 0a 0a\
                    \n\tcksum 0x000 (incorrect)";
        check(&super::super::sunatm::SUNATM, &sun, "-v", &format!("{head}{said}"));
    }

    #[test]
    fn a_cell_divides_by_its_checksum() {
        let mut cell = [0x18; CELL];
        cell[CELL - 2..].fill(0);
        let crc = crc10(&cell);
        cell[CELL - 2..].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(crc10(&cell), 0);
    }
}

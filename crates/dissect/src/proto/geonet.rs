//! GeoNetworking of vehicles, by where they are (ETSI TS 102 636-4-1), and the beginning of the Basic Transport
//! Protocol on it (ETSI TS 102 636-5-1).
//!
//! ```text
//! | version, next header | type, subtype | reserved | flags | payload length (2) | class | hops left |
//! | address (8) | time (4) | latitude (4) | longitude (4) | speed (2) | heading (2) | altitude (2) | accuracy (2) |
//! | what the type adds .. | BTP: destination port (2) | source port (2) | message version | message type |
//! ```

use crate::prelude::*;

/// GeoNetworking.
pub static GEONET: Protocol = Protocol { name: "geonet", dissect };

const HEADER: usize = 36;
const NEXT_HEADERS: NameTable = &[(0, "Any"), (BTP_A as u32, "BTP-A"), (BTP_B as u32, "BTP-B"), (3, "IPv6")];
const BTP_A: u8 = 1;
const BTP_B: u8 = 2;
const BTP_HEADER: usize = 4;

const ANY: u8 = 0x00;
const BEACON: u8 = 0x10;
const UNICAST: u8 = 0x20;
const SINGLE_HOP: u8 = 0x50;
const MULTI_HOP: u8 = 0x51;
/// What the header of frames over several hops has behind the common one.
const MULTI_HOP_HEADER: usize = 32;
/// By type and subtype; those above have no subtypes.
const TYPES: NameTable = &[
    (ANY as u32, "Any"),
    (BEACON as u32, "Beacon"),
    (UNICAST as u32, "GeoUnicast"),
    (0x30, "GeoAnycastCircle"),
    (0x31, "GeoAnycastRect"),
    (0x32, "GeoAnycastElipse"),
    (0x40, "GeoBroadcastCircle"),
    (0x41, "GeoBroadcastRect"),
    (0x42, "GeoBroadcastElipse"),
    (SINGLE_HOP as u32, "TopoScopeBcast-SH"),
    (MULTI_HOP as u32, "TopoScopeBcast-MH"),
    (0x60, "LocService-Request"),
    (0x61, "LocService-Reply"),
];
const MESSAGES: NameTable = &[
    (0, "CAM"),
    (1, "DENM"),
    (101, "TPEGM"),
    (102, "TSPDM"),
    (103, "VPM"),
    (104, "SRM"),
    (105, "SLAM"),
    (106, "ecoCAM"),
    (107, "ITM"),
    (150, "SA"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("GeoNet ");
    if let Some(src) = cx.link.src {
        out.say("src:").aloud(|out| _ = out.mac("", src));
    }
    out.say("; ");
    if p.claimed() < HEADER {
        out.say(" (common header length ").num("length", p.claimed()).say(" < ");
        out.aloud(|out| _ = out.num("", HEADER).say(")"));
        return Err(Stop::Invalid);
    }
    let (next, kind) = header(&mut p, out)?;
    let added = match kind {
        ANY | BEACON | SINGLE_HOP => Some(0),
        MULTI_HOP => Some(MULTI_HOP_HEADER),
        _ => None,
    };
    if let Some(added) = added {
        if p.claimed() < added {
            write!(out, " (header size {added} > {})", p.claimed());
            return Err(Stop::Invalid);
        }
        p.skip(added)?;
        if matches!(next, BTP_A | BTP_B) {
            transport(&mut p, out)?;
        }
    }
    if cx.verbose() > 0 {
        out.dump("data", p.rest());
        p.need(p.claimed())?;
    }
    Ok(())
}

/// The header that all frames have: what follows, and the type of the frame, with its subtype where that matters.
fn header(p: &mut Cursor, out: &mut Out) -> Dissect<(u8, u8)> {
    let [first, kind, _, _] = p.array()?;
    let (payload, [_, hops]) = (p.be16()?, p.array()?);
    let (next, subtype) = (first & 0x0f, kind & 0x0f);
    let kind = if matches!(kind & 0xf0, ANY | BEACON | UNICAST) { kind & 0xf0 } else { kind };
    out.say("v:").num("version", first >> 4);
    out.say(" NH:").num("next", next).say("-").aloud(|out| _ = out.name("", next, NEXT_HEADERS, "Unknown"));
    out.say(" HT:").num("type", kind >> 4).say("-").num("subtype", subtype).say("-");
    out.aloud(|out| _ = out.name("", kind, TYPES, "Unknown"));
    out.say(" HopLim:").num("hop_limit", hops).say(" Payload:").num("payload_length", payload).say(" ");
    let address: [u8; 8] = p.array()?;
    out.say("GN_ADDR:").octets("address", &address, b':').say(" ");
    let (_time, latitude) = (p.be32()?, p.be32()?);
    out.say("lat:").num("latitude", latitude).say(" ");
    let longitude = p.be32()?;
    out.say("lon:").num("longitude", longitude);
    p.skip(8)?;
    Ok((next, kind))
}

/// Ports, and what the message behind them is.
fn transport(p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < BTP_HEADER {
        write!(out, " (BTP length {} < {BTP_HEADER})", p.claimed());
        return Err(Stop::Invalid);
    }
    let dst = p.be16()?;
    out.say("; BTP Dst:").num("dst_port", dst);
    let src = p.be16()?;
    out.say(" Src:").num("src_port", src);
    // The message is part of what is dumped.
    let mut message = *p;
    if message.claimed() < 2 {
        return Ok(());
    }
    let version = message.u8()?;
    out.say("; ItsPduHeader v:").num("message_version", version);
    let kind = message.u8()?;
    out.say(" t:").num("message_type", kind).say("-");
    out.aloud(|out| _ = out.name("", kind, MESSAGES, "unknown (%u)"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const POSITION: &str = "8000020000000001 00000009 00000007 00000005 0001 0002 0003 0004";
    const SAID: &str = "GN_ADDR:80:00:02:00:00:00:00:01 lat:7 lon:5";
    const MORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    #[test]
    fn a_beacon() {
        let frame = format!("00 17 00 00 0002 00 01 {POSITION} 6869");
        let said = format!("GeoNet ; v:0 NH:0-Any HT:1-7-Beacon HopLim:1 Payload:2 {SAID}");
        check(&GEONET, &frame, "", &said);
        let dump = "\n\t0x0000:  6869                                     hi";
        check(&GEONET, &frame, "-v", &format!("{said}{dump}"));
        let inside = format!("020000000001 020000000002 8947 {frame}");
        let said = said.replace("GeoNet ;", "GeoNet src:02:00:00:00:00:02;");
        check(&crate::proto::ether::ETHER, &inside, "", &said);
        assert_eq!(
            values(&GEONET, &frame),
            r#"{"geonet":{"version":0,"next":0,"type":1,"subtype":7,"hop_limit":1,"payload_length":2,"address":"80:00:02:00:00:00:00:01","latitude":7,"longitude":5,"data":"6869"}}"#
        );
    }

    #[test]
    fn messages() {
        let said = format!("GeoNet ; v:1 NH:2-BTP-B HT:5-1-TopoScopeBcast-MH HopLim:3 Payload:6 {SAID}");
        let frame = format!("12 51 00 00 0006 00 03 {POSITION} {MORE} 07d1 0000");
        check(&GEONET, &frame, "", &format!("{said}; BTP Dst:2001 Src:0"));
        let message = format!("{frame} 01 96");
        check(&GEONET, &message, "", &format!("{said}; BTP Dst:2001 Src:0; ItsPduHeader v:1 t:150-SA"));
        let message = format!("{frame} 01 05");
        check(
            &GEONET,
            &message,
            "",
            &format!("{said}; BTP Dst:2001 Src:0; ItsPduHeader v:1 t:5-unknown (5)"),
        );
        check(&GEONET, &frame[..frame.len() - 2], "", &format!("{said} (BTP length 3 < 4) (invalid)"));
        let frame = format!("12 51 00 00 0006 00 03 {POSITION} 00");
        check(&GEONET, &frame, "", &format!("{said} (header size 32 > 1) (invalid)"));
        let said = format!("GeoNet ; v:1 NH:9-Unknown HT:4-3-Unknown HopLim:3 Payload:6 {SAID}");
        check(&GEONET, &format!("19 43 00 00 0006 00 03 {POSITION} 00"), "", &said);
    }

    #[test]
    fn short() {
        check(&GEONET, "00 10 00", "", "GeoNet ;  (common header length 3 < 36) (invalid)");
    }
}

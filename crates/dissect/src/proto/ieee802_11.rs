//! Wireless LAN frames (IEEE 802.11-2020 clause 9), bare or behind a header that tells how they were received.
//!
//! ```text
//! | frame control (2) | duration (2) | address 1 | address 2 | address 3 | sequence (2) | then, if there:
//! | address 4 | QoS (2) | HT control (4) | padding | body ..
//! ```
//! Control frames have one or two addresses. All numbers have their least significant byte first.

use crate::prelude::*;

mod codes;
mod management;
mod radiotap;

/// 802.11.
pub static IEEE802_11: Protocol = Protocol { name: "802.11", dissect };
/// 802.11 behind a radiotap header.
pub static RADIOTAP: Protocol = Protocol { name: "802.11_radio", dissect: radiotap::dissect };
/// 802.11 behind an AVS header.
pub static AVS: Protocol = Protocol { name: "802.11_radio_avs", dissect: avs };
/// 802.11 behind a Prism header, or what says it is one.
pub static PRISM: Protocol = Protocol { name: "prism", dissect: prism };

const MANAGEMENT: u8 = 0;
const CONTROL: u8 = 1;
const DATA: u8 = 2;

const TO_DS: u16 = 0x0100;
const FROM_DS: u16 = 0x0200;
const PROTECTED: u16 = 0x4000;
/// An HT control field is in the header, where frames of this kind can have one.
const HT_CONTROL: u16 = 0x8000;
/// What the bits of the frame control field say with `-v`.
const FLAGS: Flags = &[
    (0x2000, "More Data "),
    (0x0400, "More Fragments "),
    (0x1000, "Pwr Mgmt "),
    (0x0800, "Retry "),
    (0x8000, "+HTC "),
    (0x4000, "Protected "),
];

/// Bits of the subtype of a data frame.
const CF_ACK: u8 = 1;
const CF_POLL: u8 = 2;
const NULL: u8 = 4;
const QOS: u8 = 8;

const WRAPPER: u8 = 7;
const BLOCK_ACK_REQUEST: u8 = 8;
const BLOCK_ACK: u8 = 9;
const PS_POLL: u8 = 10;
const RTS: u8 = 11;
const CTS: u8 = 12;
const ACK: u8 = 13;
const CF_END: u8 = 14;
const CF_END_ACK: u8 = 15;
const CONTROLS: NameTable = &[
    (7, "Control Wrapper"),
    (8, "BAR"),
    (9, "BA"),
    (10, "Power Save-Poll"),
    (11, "Request-To-Send"),
    (12, "Clear-To-Send"),
    (13, "Acknowledgment"),
    (14, "CF-End"),
    (15, "CF-End+CF-Ack"),
];

const PRISM_HEADER: usize = 144;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    frame(cx, p, Reception::default(), out)
}

fn avs(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let length = p.at(4).be32().map_or(0, |length| length as usize);
    if length < 8 || length > p.captured() {
        cx.link_header_is(p.captured());
        return cx.soft_cut(out);
    }
    cx.link_header_is(length);
    inner(cx, p.at(length), Reception::default(), out)
}

fn prism(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if matches!(p.at(0).be32(), Ok(0x8021_1001 | 0x8021_1002)) {
        cx.speaking = AVS.name;
        return avs(cx, p, out);
    }
    if p.captured() < PRISM_HEADER {
        cx.link_header_is(p.captured());
        return cx.soft_cut(out);
    }
    p.skip(PRISM_HEADER)?;
    cx.link_header_is(PRISM_HEADER);
    inner(cx, p, Reception::default(), out)
}

/// A frame behind a header of another kind.
fn inner(cx: &mut Cx, p: Cursor, how: Reception, out: &mut Out) -> Dissect {
    cx.speaking = IEEE802_11.name;
    out.nest(IEEE802_11.name, |out| frame(cx, p, how, out))
}

/// What the receiver added to a frame, or left in it.
#[derive(Clone, Copy, Default)]
struct Reception {
    /// Padding up to a multiple of four bytes behind the header.
    padded: bool,
    /// Bytes of the frame check sequence.
    check: usize,
}

/// The head of a frame, and its body.
struct Frame<'p> {
    control: u16,
    header: Cursor<'p>,
    length: usize,
    mesh: usize,
    body: Cursor<'p>,
}

impl<'p> Frame<'p> {
    /// `None` if nobody knows how long the header of such a frame is, or how long it should have been.
    fn read(cx: &Cx, p: Cursor<'p>, how: Reception, out: &mut Out) -> Result<Option<Self>, usize> {
        let Some(length) = p.claimed().checked_sub(how.check) else { return Err(p.captured()) };
        let header = p.sub(length);
        let control = header.at(0).le16().map_err(|_| p.captured())?;
        let mut frame = Frame { control, header, length: 0, mesh: 0, body: header };
        let Some(length) = frame.header_length(out) else { return Ok(None) };
        frame.length = if how.padded { length.next_multiple_of(4) } else { length };
        if cx.options.mesh_header && frame.kind() == DATA && frame.subtype() & QOS != 0 {
            frame.mesh = match header.at(frame.length).u8().map_err(|_| frame.length)? {
                extensions @ 0..=3 => 6 * (1 + usize::from(extensions)),
                _ => 0,
            };
            frame.length += frame.mesh;
        }
        frame.body.skip(frame.length).map_err(|_| frame.length)?;
        Ok(Some(frame))
    }

    fn kind(&self) -> u8 {
        (self.control >> 2 & 3) as u8
    }

    fn subtype(&self) -> u8 {
        (self.control >> 4 & 15) as u8
    }

    fn has(&self, bits: u16) -> bool {
        self.control & bits == bits
    }

    fn address(&self, n: usize) -> Dissect<[u8; 6]> {
        let offset = [4, 10, 16, 24].get(n.wrapping_sub(1)).copied().unwrap_or(4);
        self.header.at(offset).array()
    }

    /// How long the header is; `None`, said aloud, if nobody knows.
    fn header_length(&self, out: &mut Out) -> Option<usize> {
        let ht_control = if self.has(HT_CONTROL) { 4 } else { 0 };
        match (self.kind(), self.subtype()) {
            (MANAGEMENT, _) => Some(24 + ht_control),
            (CONTROL, CTS | ACK) => Some(10),
            (CONTROL, WRAPPER | BLOCK_ACK | PS_POLL | RTS | CF_END | CF_END_ACK) => Some(16),
            (CONTROL, BLOCK_ACK_REQUEST) => Some(20),
            (CONTROL, subtype) => {
                write!(out, "unknown 802.11 ctrl frame subtype ({subtype})");
                None
            }
            (DATA, subtype) => {
                let addresses = if self.has(TO_DS | FROM_DS) { 30 } else { 24 };
                Some(addresses + if subtype & QOS != 0 { 2 + ht_control } else { 0 })
            }
            (kind, _) => {
                write!(out, "unknown 802.11 frame type ({kind})");
                None
            }
        }
    }
}

fn frame(cx: &mut Cx, p: Cursor, how: Reception, out: &mut Out) -> Dissect {
    let frame = match Frame::read(cx, p, how, out) {
        Ok(Some(frame)) => frame,
        Ok(None) => return Ok(()),
        Err(length) => {
            cx.link_header_grows(length);
            return cx.soft_cut(out);
        }
    };
    cx.link_header_grows(frame.length);
    out.note("kind", frame.kind()).note("subtype", frame.subtype());
    if cx.options.link_header {
        header(cx, &frame, out)?;
    }
    let done = match frame.kind() {
        MANAGEMENT => management::dissect(cx, &frame, out),
        CONTROL => control(cx, &frame, out),
        _ if frame.subtype() & NULL != 0 => Ok(()),
        _ if frame.has(PROTECTED) => wep(frame.body, out.say("Data")),
        _ => return data(cx, &frame, out),
    };
    // A cut in a frame does not undo what was said of the link-level header.
    cx.soften(done, out)
}

fn header(cx: &Cx, frame: &Frame, out: &mut Out) -> Dissect {
    if cx.verbose() > 0 {
        out.letters("flags", frame.control & 0xfc00, FLAGS, "");
        if frame.kind() != CONTROL || frame.subtype() != PS_POLL {
            out.num("duration_us", frame.header.at(2).le16()?).say("us ");
        }
    }
    if frame.mesh > 0 {
        mesh(frame.header.at(frame.length - frame.mesh), out)?;
    }
    match frame.kind() {
        MANAGEMENT => {
            let (dst, src, bssid) = (frame.address(1)?, frame.address(2)?, frame.address(3)?);
            out.say("BSSID:").mac("bssid", bssid).say(" DA:").mac("dst", dst);
            out.say(" SA:").mac("src", src).say(" ");
            Ok(())
        }
        CONTROL => control_header(frame, out),
        _ => data_header(frame, out),
    }
}

/// The header of a mesh, as a draft of IEEE 802.11s had it.
fn mesh(mut p: Cursor, out: &mut Out) -> Dissect {
    let ([flags, ttl], seq) = (p.array()?, p.le32()?);
    let extensions = flags & 3;
    out.nest("mesh", |out| {
        out.say("MeshData (AE ").num("extensions", extensions).say(" TTL ").num("ttl", ttl);
        out.say(" seq ").num("seq", seq);
        for (words, key) in [(" A4:", "address_4"), (" A5:", "address_5"), (" A6:", "address_6")]
            .into_iter()
            .take(extensions.into())
        {
            let address = p.array()?;
            out.say(words).mac(key, address);
        }
        out.say(") ");
        Ok(())
    })
}

fn control_header(frame: &Frame, out: &mut Out) -> Dissect {
    let first = frame.address(1)?;
    match frame.subtype() {
        BLOCK_ACK_REQUEST => return block_ack_request(frame, out),
        BLOCK_ACK | RTS => {
            let second = frame.address(2)?;
            out.say("RA:").mac("receiver", first).say(" TA:").mac("transmitter", second);
        }
        PS_POLL => {
            let second = frame.address(2)?;
            out.say("BSSID:").mac("bssid", first).say(" TA:").mac("transmitter", second);
        }
        CF_END | CF_END_ACK => {
            let second = frame.address(2)?;
            out.say("RA:").mac("receiver", first).say(" BSSID:").mac("bssid", second);
        }
        CTS | ACK => {
            out.say("RA:").mac("receiver", first);
        }
        _ => return Ok(()),
    }
    out.say(" ");
    Ok(())
}

fn block_ack_request(frame: &Frame, out: &mut Out) -> Dissect {
    let (receiver, transmitter) = (frame.address(1)?, frame.address(2)?);
    let mut rest = frame.header.at(16);
    let (control, seq) = (rest.le16()?, rest.le16()?);
    out.say(" RA:").mac("receiver", receiver).say(" TA:").mac("transmitter", transmitter);
    out.say(" CTL(").hex("control", control).say(") SEQ(").num("seq", seq).say(") ");
    Ok(())
}

/// What is said of a control frame; its header has been said already, or else its receiver is.
fn control(cx: &Cx, frame: &Frame, out: &mut Out) -> Dissect {
    out.aloud(|out| {
        out.name("", frame.subtype(), CONTROLS, "Unknown Ctrl Subtype");
    });
    match frame.subtype() {
        PS_POLL => {
            let aid = frame.header.at(2).le16()?;
            out.say(" AID(").hex("aid", aid).say(")");
        }
        WRAPPER => {}
        _ if cx.options.link_header => {}
        BLOCK_ACK_REQUEST => block_ack_request(frame, out)?,
        RTS => {
            let transmitter = frame.address(2)?;
            out.say(" TA:").mac("transmitter", transmitter).say(" ");
        }
        _ => {
            let receiver = frame.address(1)?;
            out.say(" RA:").mac("receiver", receiver).say(" ");
        }
    }
    Ok(())
}

fn data_header(frame: &Frame, out: &mut Out) -> Dissect {
    let subtype = frame.subtype();
    if subtype & (CF_ACK | CF_POLL | QOS) != 0 {
        out.say("CF ").say(match subtype & (CF_ACK | CF_POLL) {
            0 => "",
            CF_ACK => "Ack",
            CF_POLL => "Poll",
            _ => "Ack/Poll",
        });
        out.say(if subtype & QOS != 0 { "+QoS " } else { " " });
    }
    let roles: [(&str, &str); 3] = match (frame.has(TO_DS), frame.has(FROM_DS)) {
        (false, false) => [("DA:", "dst"), ("SA:", "src"), ("BSSID:", "bssid")],
        (false, true) => [("DA:", "dst"), ("BSSID:", "bssid"), ("SA:", "src")],
        (true, false) => [("BSSID:", "bssid"), ("SA:", "src"), ("DA:", "dst")],
        (true, true) => [("RA:", "receiver"), ("TA:", "transmitter"), ("DA:", "dst")],
    };
    let addresses = [frame.address(1)?, frame.address(2)?, frame.address(3)?];
    let fourth = if frame.has(TO_DS | FROM_DS) { Some(frame.address(4)?) } else { None };
    for ((words, key), address) in roles.into_iter().zip(addresses) {
        out.say(words).mac(key, address).say(" ");
    }
    if let Some(src) = fourth {
        out.say("SA:").mac("src", src).say(" ");
    }
    Ok(())
}

/// The payload of a data frame.
fn data(cx: &mut Cx, frame: &Frame, out: &mut Out) -> Dissect {
    let (src, dst) = match (frame.has(TO_DS), frame.has(FROM_DS)) {
        (false, false) => (2, 1),
        (false, true) => (3, 1),
        (true, false) => (2, 3),
        (true, true) => (4, 3),
    };
    let link = crate::cx::Link { src: Some(frame.address(src)?), dst: Some(frame.address(dst)?) };
    let outer = std::mem::replace(&mut cx.link, link);
    cx.next(Space::Llc, frame.body, out)?;
    cx.link = outer;
    Ok(())
}

/// What an encrypted body begins with.
fn wep(mut p: Cursor, out: &mut Out) -> Dissect {
    let word = p.le32()?;
    let vector = word & 0xff_ffff;
    out.say(" IV:").note("vector", vector);
    write!(out, "{vector:3x}").say(" Pad ").hex("pad", word >> 24 & 0x3f);
    out.say(" KeyID ").hex("key_id", word >> 30);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn control_frames() {
        let ack = "d400 0000 020000000001";
        check(&IEEE802_11, ack, "", "Acknowledgment RA:02:00:00:00:00:01 ");
        check(&IEEE802_11, ack, "-e", "RA:02:00:00:00:00:01 Acknowledgment");
        check(
            &IEEE802_11,
            "b400 3000 020000000001 020000000002",
            "",
            "Request-To-Send TA:02:00:00:00:00:02 ",
        );
        check(
            &IEEE802_11,
            "a400 01c0 020000000001 020000000002",
            "-e",
            "BSSID:02:00:00:00:00:01 TA:02:00:00:00:00:02 Power Save-Poll AID(c001)",
        );
        check(
            &IEEE802_11,
            "8400 0000 020000000001 020000000002 0500 1000",
            "",
            "BAR RA:02:00:00:00:00:01 TA:02:00:00:00:00:02 CTL(5) SEQ(16) ",
        );
        check(&IEEE802_11, "1400 0000", "", "unknown 802.11 ctrl frame subtype (1)");
        check(&IEEE802_11, "d400 0000 0200", "", " [|802.11]");
        assert_eq!(
            values(&IEEE802_11, ack),
            r#"{"802.11":{"kind":1,"subtype":13,"flags":0,"duration_us":0,"receiver":"02:00:00:00:00:01"}}"#
        );
    }

    #[test]
    fn data_frames() {
        let addresses = "020000000001 020000000002 020000000003";
        check(
            &IEEE802_11,
            &format!("0801 3000 {addresses} 0000 4242 bf"),
            "-eq",
            "BSSID:02:00:00:00:00:01 SA:02:00:00:00:00:02 DA:02:00:00:00:00:03 \
             LLC, dsap STP (0x42) Individual, ssap STP (0x42) Command, ctrl 0xbf: \
             Unnumbered, xid, Flags [Poll], length 3",
        );
        check(
            &IEEE802_11,
            &format!("0802 3000 {addresses} 0000 4242 bf"),
            "-q",
            "02:00:00:00:00:03 > 02:00:00:00:00:01 STP Unnumbered, xid, Flags [Poll], length 3",
        );
        check(&IEEE802_11, &format!("0841 3000 {addresses} 0000 11000020"), "", "Data IV: 11 Pad 20 KeyID 0");
        check(&IEEE802_11, &format!("48f9 3000 {addresses} 0000"), "", "");
        check(
            &IEEE802_11,
            &format!("8881 3000 {addresses} 0000 0000 00000000 4242 bf"),
            "-ev",
            "+HTC 48us CF +QoS BSSID:02:00:00:00:00:01 SA:02:00:00:00:00:02 DA:02:00:00:00:00:03 \
             LLC, dsap STP (0x42) Individual, ssap STP (0x42) Command, ctrl 0xbf: \
             Unnumbered, xid, Flags [Poll], length 3",
        );
    }

    #[test]
    fn behind_other_headers() {
        let ack = "d400 0000 020000000001";
        let words = "Acknowledgment RA:02:00:00:00:00:01 ";
        check(&AVS, &format!("80211001 00000008 {ack}"), "", words);
        check(&AVS, &format!("80211001 00000007 {ack}"), "", " [|802.11_radio_avs]");
        check(&PRISM, &format!("80211001 00000008 {ack}"), "", words);
        check(&PRISM, &format!("{} {ack}", "00".repeat(144)), "", words);
    }
}

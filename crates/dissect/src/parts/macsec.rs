//! MACsec: frames of Ethernet that cannot be changed, and maybe not read, on their way (IEEE 802.1AE-2006 clause 9).
//!
//! ```text
//! | V|ES|SC|SCB|E|C|AN(2) | 0(2)|short length(6) | packet number (4) | secure channel (8, if SC) |
//! | what is protected, from its ethertype on .. | integrity check value (16) |
//! ```

use crate::prelude::*;

const VERSION: u8 = 0x80;
const CHANNEL: u8 = 0x20;
/// The payload is encrypted, or changed in another way.
const ALTERED: u8 = 0x0c;
const ASSOCIATION: u8 = 0x03;
/// In the order in which text has them.
const FLAGS: Flags = &[(0x08, "E"), (0x04, "C"), (0x40, "S"), (0x10, "B"), (0x20, "I")];
const ALL_FLAGS: u8 = 0x7c;
const SHORT_LENGTH: u8 = 0x3f;
const HEADER: usize = 6;
const HEADER_WITH_CHANNEL: usize = 14;
/// Bytes behind what is protected.
pub const CHECK_VALUE: usize = 16;

/// What a header left of the frame.
pub enum Frame<'p> {
    /// From the ethertype on, and without the check value behind it.
    Plain(Cursor<'p>),
    /// It cannot be read.
    Altered(Cursor<'p>),
    /// The header is wrong, and has been told so.
    Nothing,
}

/// Reads the header in front of what is protected. It belongs to the link-level header, and is said with it.
pub fn open<'p>(cx: &mut Cx, p: Cursor<'p>, out: &mut Out) -> Dissect<Frame<'p>> {
    let before = std::mem::replace(&mut cx.speaking, "macsec");
    let frame = out.nest("macsec", |out| {
        let mut frame = Frame::Nothing;
        let done = read(cx, p, out).map(|read| frame = read);
        let done = cx.soften(done, out);
        cx.attempt(out, |_, _| done)?;
        Ok(frame)
    })?;
    cx.speaking = before;
    Ok(frame)
}

fn read<'p>(cx: &Cx, mut p: Cursor<'p>, out: &mut Out) -> Dissect<Frame<'p>> {
    let header = Header::read(&mut p)?;
    if cx.options.link_header {
        header.say(out);
    }
    if header.control & ALTERED != 0 {
        if !cx.options.link_header {
            if let (Some(src), Some(dst)) = (cx.link.src, cx.link.dst) {
                out.aloud(|out| _ = out.mac("", src).say(" > ").mac("", dst).say(" "));
            }
            header.say(out.say("802.1AE MACsec, "));
        }
        return Ok(Frame::Altered(p));
    }
    header.unprotected(p).map(Frame::Plain)
}

struct Header {
    control: u8,
    short_length: u8,
    packet_number: u32,
    channel: Option<u64>,
}

impl Header {
    fn read(p: &mut Cursor) -> Dissect<Self> {
        p.need(HEADER)?;
        if p.peek()? & CHANNEL != 0 {
            p.need(HEADER_WITH_CHANNEL)?;
        }
        let [control, short_length] = p.array()?;
        if control & VERSION != 0 || short_length & !SHORT_LENGTH != 0 {
            return Err(Stop::Invalid);
        }
        let packet_number = p.be32()?;
        let channel = if control & CHANNEL != 0 { Some(p.be64()?) } else { None };
        Ok(Header { control, short_length, packet_number, channel })
    }

    fn say(&self, out: &mut Out) {
        out.say("an ").num("association", self.control & ASSOCIATION);
        out.say(", pn ").num("packet_number", self.packet_number);
        out.say(", flags ").letters("flags", self.control & ALL_FLAGS, FLAGS, "none");
        if self.short_length != 0 {
            out.say(", sl ").num("short_length", self.short_length);
        }
        if let Some(channel) = self.channel {
            out.say(", sci ").hex0("channel", channel, 16);
        }
        out.say(", ");
    }

    /// What is protected; all that was captured behind it but for the check value can still be read.
    fn unprotected<'p>(&self, p: Cursor<'p>) -> Dissect<Cursor<'p>> {
        let claimed = p.claimed().checked_sub(CHECK_VALUE).ok_or(Stop::Truncated)?;
        let captured = p.captured().checked_sub(CHECK_VALUE).ok_or(Stop::Truncated)?;
        let inside = p.sub(captured).claiming(claimed);
        let length = usize::from(self.short_length);
        if length > captured {
            return Err(Stop::Truncated);
        }
        Ok(if length == 0 { inside } else { inside.claiming(length) })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, ether, values};

    const MACS: &str = "020000000001 020000000002";
    const SAID: &str = "02:00:00:00:00:02 > 02:00:00:00:00:01";
    const VALUE: &str = "000102030405060708090a0b0c0d0e0f";
    const DUMP: &str = "\n\t0x0000:  6869                                     hi";

    #[test]
    fn what_is_only_protected_goes_on() {
        let frame = format!("{MACS} 88e5 22 00 00000007 0200000000020001 0800 40 {VALUE}");
        check(ether(), &frame, "-v", "IP  [length 1 < 20] (invalid)");
        check(
            ether(),
            &frame,
            "-e",
            &format!(
                "{SAID}, ethertype 802.1AE MACsec (0x88e5), length 47: an 2, pn 7, flags I, sci 0200000000020001, \
                 ethertype IPv4 (0x0800),  [length 1 < 20] (invalid)"
            ),
        );
        assert!(values(ether(), &frame).contains(
            r#""macsec":{"association":2,"packet_number":7,"flags":32,"channel":144115188075986945},"type":2048,"ip":{"#
        ));
    }

    #[test]
    fn a_tag_inside() {
        let frame = format!("{MACS} 88e5 00 06 00000007 8100 0005 1234 6869 {VALUE}");
        check(
            ether(),
            &frame,
            "-e",
            &format!(
                "{SAID}, ethertype 802.1AE MACsec (0x88e5), length 44: an 0, pn 7, flags none, sl 6, \
                 ethertype 802.1Q (0x8100), vlan 5, p 0, ethertype Unknown (0x1234), "
            ),
        );
        let frame = frame.replace("88e5 00 06", "88e5 00 08");
        check(ether(), &frame, "", &format!("{SAID}, ethertype Unknown (0x1234), length 44: {DUMP}"));
    }

    #[test]
    fn what_is_altered_is_dumped() {
        let frame = format!("{MACS} 88e5 4c 00 00000007 6869");
        let said = "an 0, pn 7, flags ECS, ";
        check(ether(), &frame, "", &format!("{SAID} 802.1AE MACsec, {said}{DUMP}"));
        check(ether(), &frame, "-q", &format!("{SAID} 802.1AE MACsec, {said}"));
        check(
            ether(),
            &frame,
            "-e",
            &format!("{SAID}, ethertype 802.1AE MACsec (0x88e5), length 22: {said}{DUMP}"),
        );
    }

    #[test]
    fn lies_and_cuts() {
        check(ether(), &format!("{MACS} 88e5 80 00 00000007 {VALUE}"), "", " (invalid)");
        check(ether(), &format!("{MACS} 88e5 00 40 00000007 {VALUE}"), "", " (invalid)");
        check(ether(), &format!("{MACS} 88e5 20 00 00000007 00"), "", " [|macsec]");
        check(ether(), &format!("{MACS} 88e5 00 00 000000"), "", " [|macsec]");
        check(ether(), &format!("{MACS} 88e5 00 01 00000007 {VALUE}"), "", " [|macsec]");
        check(ether(), &format!("{MACS} 88e5 00 01 00000007 0800 {VALUE}"), "", " [caplen 1 < 2]");
        assert!(
            values(ether(), &format!("{MACS} 88e5 20 00 00000007"))
                .contains(r#""macsec":{"cut":true},"type":35045"#)
        );
    }
}

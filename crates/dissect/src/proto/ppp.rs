//! PPP: framing and protocol numbers (RFC 1661, RFC 1662, RFC 1990; IANA, PPP DLL protocol numbers).
//!
//! ```text
//! | ff (address) | 03 (control) | protocol (2, or 1 that is odd) | information ..
//! ```
//! Address and control may be left out. Where a capture holds what a serial line carried, a frame begins with the
//! flag 7e, and 7d stands before each byte that was changed by 20.

mod auth;
mod control;
mod options;

use crate::prelude::*;
use gannet_wire::LinkType;

/// A PPP frame inside another protocol.
pub static PPP: Protocol = Protocol { name: "ppp", dissect };
/// A PPP frame as a record of its own.
pub static PPP_IF: Protocol = Protocol { name: "ppp", dissect: record };
/// A frame that the ethertype of PPP announces.
pub static PPP_ETHERTYPE: Protocol = Protocol { name: "ppp", dissect: announced };
/// A frame of a serial line: PPP, or what the address says it is.
pub static PPP_HDLC: Protocol = Protocol { name: "ppp_hdlc", dissect: serial };
/// BSD/OS's pseudo-header, which only BSD/OS itself explained.
pub static PPP_BSDOS: Protocol = Protocol { name: "ppp_bsdos", dissect: |_, _, _| Ok(()) };

/// Bytes of address, control and protocol.
const HEADER: usize = 4;
const CONTROL: u8 = 0x03;
const ALL_STATIONS: u8 = 0xff;
/// What pppd writes in place of the address: who the frame was for.
const IN: u8 = 0x00;
const OUT: u8 = 0x01;
/// A flag of RFC 1662 where the protocol should be: the frame is still escaped.
const FLAG: u16 = 0x7e00;
const ESCAPE: u8 = 0x7d;

pub(super) const IP: u16 = 0x0021;
const VJC: u16 = 0x002d;
const MULTILINK: u16 = 0x003d;
const IPV6: u16 = 0x0057;
const COMPRESSED: u16 = 0x00fd;
const IPCP: u16 = 0x8021;
const OSICP: u16 = 0x8023;
const IPV6CP: u16 = 0x8057;
const CCP: u16 = 0x80fd;
const MPLSCP: u16 = 0x8281;
const LCP: u16 = 0xc021;
const PAP: u16 = 0xc023;
const LQM: u16 = 0xc025;
const SPAP: u16 = 0xc027;
const BACP: u16 = 0xc02b;
const BAP: u16 = 0xc02d;
const OLD_SPAP: u16 = 0xc123;
const CHAP: u16 = 0xc223;
const EAP: u16 = 0xc227;

const PROTOCOLS: NameTable = &[
    (IP as u32, "IP"),
    (0x0023, "OSI"),
    (0x0025, "NS"),
    (0x0027, "DECNET"),
    (0x0029, "APPLE"),
    (0x002b, "IPX"),
    (VJC as u32, "VJC IP"),
    (0x002f, "VJNC IP"),
    (0x0031, "BRPDU"),
    (0x0033, "STII"),
    (0x0035, "VINES"),
    (0x0281, "MPLS"),
    (0x0283, "MPLS"),
    (COMPRESSED as u32, "Compressed"),
    (MULTILINK as u32, "MLPPP"),
    (IPV6 as u32, "IP6"),
    (0x0201, "HELLO"),
    (0x0231, "LUXCOM"),
    (0x0233, "SNS"),
    (IPCP as u32, "IPCP"),
    (OSICP as u32, "OSICP"),
    (0x8025, "NSCP"),
    (0x8027, "DECNETCP"),
    (0x8029, "APPLECP"),
    (0x802b, "IPXCP"),
    (0x8033, "STIICP"),
    (0x8035, "VINESCP"),
    (IPV6CP as u32, "IP6CP"),
    (MPLSCP as u32, "MPLSCP"),
    (LCP as u32, "LCP"),
    (PAP as u32, "PAP"),
    (LQM as u32, "LQM"),
    (CHAP as u32, "CHAP"),
    (EAP as u32, "EAP"),
    (SPAP as u32, "SPAP"),
    (OLD_SPAP as u32, "Old-SPAP"),
    (BACP as u32, "BACP"),
    (BAP as u32, "BAP"),
    (0xc03d, "MLPPP-CP"),
    (CCP as u32, "CCP"),
];

fn record(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    p.need(HEADER)?;
    cx.link_header_is(HEADER);
    dissect(cx, p, out)
}

fn announced(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        return Ok(());
    }
    dissect(cx, p, out.say(": "))
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    needed(&p, 2)?;
    let direction = match p.at(0).array()? {
        [IN, CONTROL] => Some("In  "),
        [OUT, CONTROL] => Some("Out "),
        [ALL_STATIONS, CONTROL] => Some(""),
        _ => None,
    };
    if let Some(direction) = direction {
        p.skip(2)?;
        out.note_that("outgoing", direction == "Out ");
        if cx.options.link_header {
            out.say(direction);
        }
    }
    if p.claimed() < 2 {
        return Err(Stop::Truncated);
    }
    let start = p;
    let short = p.u8()?;
    let protocol = if short % 2 == 1 { u16::from(short) } else { u16::from_be_bytes([short, p.u8()?]) };
    out.note("protocol", protocol).note("length", length);
    if cx.options.link_header {
        out.aloud(|out| {
            out.named_as("", protocol, PROTOCOLS, "unknown", " (0x%04x)").say(", length ").num("", length);
        });
        if crate::out::lookup(PROTOCOLS, protocol.into()).is_none() {
            return Ok(());
        }
        out.say(": ");
    }
    information(cx, Frame { protocol, start, p }, out)
}

fn serial(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    p.need(2)?;
    let address = p.peek()?;
    if matches!(address, 0x0f | 0x8f) {
        return cx.next(Space::Within(LinkType::C_HDLC), frame, out).map(drop);
    }
    p.need(HEADER)?;
    let [address, control] = p.array()?;
    out.note("address", address).note("control", control);
    if cx.options.link_header {
        out.aloud(|out| {
            out.hex0("", address, 2).say(" ").hex0("", control, 2).say(" ").num("", frame.claimed()).say(" ");
        });
    }
    if address != ALL_STATIONS {
        cx.link_header_is(2);
        let [address, control] = p.array()?;
        out.aloud(|out| {
            out.say("unknown addr ").hex0("", address, 2).say("; ctrl ").hex0("", control, 2);
        });
        return Ok(());
    }
    let start = p;
    let protocol = p.be16()?;
    cx.link_header_is(HEADER);
    out.name("protocol", protocol, PROTOCOLS, "unknown PPP protocol (0x%04x)").say(": ");
    information(cx, Frame { protocol, start, p }, out)
}

/// Fails as a read of `n` bytes would, and where fewer are claimed.
fn needed(p: &Cursor, n: usize) -> Dissect {
    if p.claimed() < n { Err(Stop::Truncated) } else { p.need(n) }
}

/// A frame behind its header.
#[derive(Clone, Copy)]
struct Frame<'p> {
    protocol: u16,
    /// From the protocol on, if that has two bytes.
    start: Cursor<'p>,
    /// The information.
    p: Cursor<'p>,
}

/// What a protocol number announces.
fn information(cx: &mut Cx, frame: Frame, out: &mut Out) -> Dissect {
    if frame.protocol & 0xff00 == FLAG { unescape(cx, frame, out) } else { plain(cx, frame, out) }
}

fn plain(cx: &mut Cx, frame: Frame, out: &mut Out) -> Dissect {
    let Frame { protocol, p, .. } = frame;
    match protocol {
        LCP | IPCP | OSICP | MPLSCP | IPV6CP | CCP | BACP => control::say(cx, frame, out),
        MULTILINK => fragment(cx, p, out),
        CHAP => auth::chap(p, out),
        PAP => auth::pap(p, out),
        BAP => Ok(()),
        COMPRESSED => {
            out.say("compressed PPP data");
            Ok(())
        }
        _ if cx.next(Space::Ppp(protocol), p, out)? => Ok(()),
        _ => {
            out.aloud(|out| {
                out.name("", protocol, PROTOCOLS, "unknown PPP protocol (0x%04x)").say(" ");
            });
            out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t");
            Ok(())
        }
    }
}

/// A frame as a serial line carries it (RFC 1662 section 4): the first byte of the protocol was its flag.
fn unescape(cx: &mut Cx, frame: Frame, out: &mut Out) -> Dissect {
    if frame.p.claimed() == 0 {
        return Ok(());
    }
    let [_, first] = frame.protocol.to_be_bytes();
    let mut carried = std::iter::once(first).chain(frame.p.rest().iter().copied());
    let mut bytes = Vec::with_capacity(frame.p.captured().saturating_add(1));
    while let Some(byte) = carried.next() {
        match byte {
            ESCAPE => bytes.extend(carried.next().map(|byte| byte ^ 0x20)),
            _ => bytes.push(byte),
        }
    }
    out.nest("unescaped", |out| guess(cx, Cursor::new(&bytes, bytes.len()), out))
}

/// What an unescaped frame begins with: a short protocol, the address, or a protocol.
fn guess(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let short = u16::from(p.peek()?);
    if matches!(short, IP | IPV6) {
        p.skip(1)?;
        return cx.next(Space::Ppp(short), p, out).map(drop);
    }
    if p.at(0).array()? == [ALL_STATIONS, CONTROL] {
        p.skip(2)?;
    }
    let start = p;
    let protocol = p.be16()?;
    out.note("protocol", protocol);
    if protocol & 0xff00 == FLAG {
        write!(out, "(protocol 0x{protocol:04x} invalid)");
        return Ok(());
    }
    plain(cx, Frame { protocol, start, p }, out)
}

/// A fragment of a multilink bundle (RFC 1990), with the short sequence number.
fn fragment(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if !cx.options.link_header {
        out.say("MLPPP, ");
    }
    let length = p.claimed();
    if needed(&p, 2).is_err() {
        out.say("[|mlppp]").note_that("cut", true);
        return Ok(());
    }
    let word = p.be16()?;
    out.say("seq 0x").hex0("sequence", word & 0x0fff, 3);
    out.say(", Flags [").flags("flags", word & 0xc000, &[(0x8000, "begin"), (0x4000, "end")], "none");
    out.say("], length ").num("fragment_length", length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ECHO: &str = "c021 09 07 0008 12345678";

    #[test]
    fn a_frame_with_and_without_address() {
        let said = "LCP, Echo-Request (0x09), id 7, length 10";
        check(&PPP, ECHO, "", said);
        check(&PPP, &format!("ff03 {ECHO}"), "", said);
        check(&PPP, &format!("0003 {ECHO}"), "-e", &format!("In  LCP (0xc021), length 12: {said}"));
        check(&PPP_IF, &format!("0103 {ECHO}"), "-e", &format!("Out LCP (0xc021), length 12: {said}"));
        check(&PPP_ETHERTYPE, ECHO, "", &format!(": {said}"));
        assert_eq!(
            values(&PPP, ECHO),
            r#"{"ppp":{"protocol":49185,"length":10,"lcp":{"code":9,"id":7,"length":8,"magic":305419896}}}"#
        );
    }

    #[test]
    fn a_protocol_of_one_byte() {
        check(&PPP, "21 40", "", "IP  [length 1 < 20] (invalid)");
        check(&PPP, "ff03 57 60", "-e", "IP6 (0x0057), length 4:  [length 1 < 40] (invalid)");
    }

    #[test]
    fn protocols_that_nobody_explains() {
        check(&PPP, "0025 6869", "", "NS \n\t0x0000:  6869");
        check(&PPP, "4445 6869", "", "unknown PPP protocol (0x4445) \n\t0x0000:  6869");
        check(&PPP, "4445 6869", "-e", "unknown (0x4445), length 4");
        check(&PPP, "00fd 6869", "", "compressed PPP data");
        check(&PPP, "c02d 6869", "", "");
        check(&PPP_IF, "00", "", " [|ppp]");
        check(&PPP, "ff03 00", "", " [|ppp]");
    }

    #[test]
    fn a_serial_line() {
        let said = "LCP: LCP, Echo-Request (0x09), id 7, length 10";
        check(&PPP_HDLC, &format!("ff03 {ECHO}"), "", said);
        check(&PPP_HDLC, &format!("ff03 {ECHO}"), "-e", &format!("ff 03 12 {said}"));
        check(&PPP_HDLC, "0102 0304", "-e", "01 02 4 unknown addr 03; ctrl 04");
        check(&PPP_HDLC, "ff03 00", "", " [|ppp_hdlc]");
    }

    #[test]
    fn what_the_line_escaped() {
        let escaped = "7eff 7d23 c021 097d 27 0008 12345678";
        let said = "LCP, Echo-Request (0x09), id 7, length 10";
        check(&PPP, escaped, "", said);
        check(&PPP, "7e21 40", "", "IP  [length 1 < 20] (invalid)");
        check(&PPP, "7e7e 7e 7e7e", "", "(protocol 0x7e7e invalid)");
        check(&PPP, "7eff 7d", "", " [|ppp]");
    }

    #[test]
    fn fragments() {
        check(&PPP, "003d c00a 6869", "", "MLPPP, seq 0x00a, Flags [begin, end], length 4");
        check(&PPP, "3d 0fff", "-e", "MLPPP (0x003d), length 3: seq 0xfff, Flags [none], length 2");
        check(&PPP, "003d 00", "", "MLPPP, [|mlppp]");
    }
}

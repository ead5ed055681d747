//! Logical link control (IEEE 802.2) and SNAP (RFC 1042).
//!
//! ```text
//! | destination SAP (1) | source SAP (1) | control (1; 2 in I and S frames) | payload ..
//! SNAP, when all of it says so:  | organisation (3) | protocol (2) | payload ..
//! ```

use crate::parts::{ethertypes, ouis};
use crate::prelude::*;
use gannet_wire::LinkType;

/// LLC.
pub static LLC: Protocol = Protocol { name: "llc", dissect };

const IP: u8 = 0x06;
const STP: u8 = 0x42;
const SNAP: u8 = 0xaa;
const IPX: u8 = 0xe0;
const NETBEUI: u8 = 0xf0;
const OSI: u8 = 0xfe;
/// Novell's frames without an LLC header begin with what would be this, twice.
const GLOBAL: u8 = 0xff;
const SAPS: NameTable = &[
    (0x00, "Null"),
    (0x02, "802.1B I"),
    (0x03, "802.1B G"),
    (0x04, "SNA"),
    (0x06, "IP"),
    (0x0e, "ProWay NM"),
    (0x42, "STP"),
    (0x4e, "RS511"),
    (0x7e, "ISO8208"),
    (0x8e, "ProWay"),
    (0xaa, "SNAP"),
    (0xe0, "IPX"),
    (0xf0, "NetBeui"),
    (0xfe, "OSI"),
    (0xff, "Global"),
];

/// Unnumbered information: the control field of almost every frame.
const UI: u16 = 0x03;
const XID: u16 = 0xaf;
/// Poll, of a command, or final, of a response, in an unnumbered frame.
const U_POLL: u16 = 0x10;
/// The same in other frames.
const POLL: u16 = 0x100;
/// What an XID that follows IEEE 802.2 begins with.
const XID_FORMAT: u8 = 0x81;
const COMMANDS: NameTable = &[
    (0x03, "ui"),
    (0x0f, "dm"),
    (0x43, "disc"),
    (0x63, "ua"),
    (0x6f, "sabme"),
    (0x87, "frmr"),
    (0xaf, "xid"),
    (0xe3, "test"),
];
const SUPERVISORY: NameTable = &[(0, "Receiver Ready"), (1, "Receiver not Ready"), (2, "Reject")];

/// Before a bridged frame.
const BRIDGE_PADDING: usize = 2;
const BRIDGED: NameTable = &[
    (0x0001, "Ethernet + FCS"),
    (0x0002, "802.4 + FCS"),
    (0x0003, "Token Ring + FCS"),
    (0x0004, "FDDI + FCS"),
    (0x0005, "802.6 + FCS"),
    (0x0007, "Ethernet w/o FCS"),
    (0x0008, "802.4 w/o FCS"),
    (0x0009, "Token Ring w/o FCS"),
    (0x000a, "FDDI w/o FCS"),
    (0x000b, "802.6 w/o FCS"),
    (0x000e, "BPDU"),
];
const CISCO: NameTable = &[
    (0x0111, "UDLD"),
    (0x010b, "PVST"),
    (0x010c, "VLAN Bridge"),
    (0x2000, "CDP"),
    (0x2003, "VTP"),
    (0x2004, "DTP"),
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let Some((header, body)) = Header::read(p) else {
        cx.link_header_grows(p.captured());
        cx.soft_cut(out)?;
        out.dump("data", p.rest());
        return Ok(());
    };
    if header.dsap == GLOBAL && header.ssap == GLOBAL {
        out.say(if cx.options.link_header { "IPX 802.3: " } else { "" });
        cx.next(Space::Sap(GLOBAL), p, out)?;
        return Ok(());
    }
    cx.link_header_grows(body.since(&p));
    if cx.options.link_header {
        header.say(out);
    }
    let known = if header.sap() == Some(SNAP) && header.control == UI {
        snap(cx, BRIDGE_PADDING, body, out)?
    } else {
        payload(cx, &header, body, out)? || frame(cx, &header, p.claimed(), body, out)?
    };
    if !known && !cx.options.no_default_dump {
        out.dump("data", p.rest());
    }
    Ok(())
}

struct Header {
    dsap: u8,
    ssap: u8,
    control: u16,
}

impl Header {
    /// The header and what follows it; I and S frames, which are numbered, take one byte more.
    fn read(mut p: Cursor) -> Option<(Header, Cursor)> {
        let [dsap, ssap, low] = p.array().ok()?;
        let high = if low & 3 == 3 { 0 } else { p.u8().ok()? };
        Some((Header { dsap, ssap, control: u16::from_le_bytes([low, high]) }, p))
    }

    fn unnumbered(&self) -> bool {
        self.control & 3 == 3
    }

    /// To whom, without the bit that tells groups from individuals.
    fn destination(&self) -> u8 {
        self.dsap & !1
    }

    /// From whom, without the bit that tells responses from commands.
    fn source(&self) -> u8 {
        self.ssap & !1
    }

    /// The service access point, if both sides are the same.
    fn sap(&self) -> Option<u8> {
        (self.destination() == self.source()).then_some(self.destination())
    }

    fn say(&self, out: &mut Out) {
        let side = |out: &mut Out, key: &str, sap: u8, kinds: [&str; 2], bit: u8| {
            out.named_as(key, sap, SAPS, "Unknown", " (0x%02x) ").say(if bit == 0 {
                kinds[0]
            } else {
                kinds[1]
            });
        };
        side(out.say("LLC, dsap "), "dsap", self.destination(), ["Individual", "Group"], self.dsap & 1);
        side(out.say(", ssap "), "ssap", self.source(), ["Command", "Response"], self.ssap & 1);
        out.note_that("group", self.dsap & 1 != 0).note_that("response", self.ssap & 1 != 0);
        let digits = if self.unnumbered() { 2 } else { 4 };
        out.say(", ctrl 0x").hex0("control", self.control, digits).say(": ");
    }

    fn say_flags(&self, poll: u16, out: &mut Out) {
        out.say(", Flags [").say(match (self.control & poll != 0, self.ssap & 1 != 0) {
            (false, false) => "Command",
            (false, true) => "Response",
            (true, false) => "Poll",
            (true, true) => "Final",
        });
        out.say("]").note_that("poll", self.control & poll != 0);
    }
}

/// Hands on to whom both service access points belong.
fn payload(cx: &mut Cx, header: &Header, p: Cursor, out: &mut Out) -> Dissect<bool> {
    let control = header.control;
    let Some(sap) = header.sap() else { return Ok(false) };
    match sap {
        IPX if control == UI => {
            out.say(if cx.options.link_header { "IPX 802.2: " } else { "" });
        }
        IP | STP | OSI if control == UI => {}
        NETBEUI if control == UI || control & 1 == 0 => {}
        _ => return Ok(false),
    }
    cx.llc_control = control;
    cx.next(Space::Sap(sap), p, out)
}

/// A frame of the link itself, or of nobody who is known: whether all of it is told.
fn frame(cx: &Cx, header: &Header, length: usize, p: Cursor, out: &mut Out) -> Dissect<bool> {
    if !cx.options.link_header {
        say_sides(cx, header, out);
    }
    let control = header.control;
    if header.unnumbered() {
        let command = control & !U_POLL;
        out.say("Unnumbered, ").name("command", command, COMMANDS, "%02x");
        header.say_flags(U_POLL, out);
        out.say(", length ").num("length", length);
        return if command == XID { exchange(cx, p, out) } else { Ok(false) };
    }
    let supervisory = control & 1 == 1;
    if supervisory {
        out.say("Supervisory, ").name("supervisory", control >> 2 & 3, SUPERVISORY, "?");
    } else {
        out.say("Information, send seq ").num("send_seq", control >> 1 & 0x7f);
    }
    out.say(", rcv seq ").num("receive_seq", control >> 9);
    header.say_flags(POLL, out);
    out.say(", length ").num("length", length);
    Ok(supervisory)
}

fn say_sides(cx: &Cx, header: &Header, out: &mut Out) {
    let (source, destination) = (header.source(), header.destination());
    let link = cx.link.src.zip(cx.link.dst);
    out.aloud(|out| {
        match (link, source == destination) {
            (Some((src, dst)), true) => out.mac("", src).say(" > ").mac("", dst).say(" "),
            (Some((src, dst)), false) => {
                out.mac("", src).say(" ").name("", source, SAPS, "Unknown SSAP 0x%02x").say(" > ");
                out.mac("", dst).say(" ")
            }
            (None, true) => out,
            (None, false) => out.name("", source, SAPS, "Unknown SSAP 0x%02x").say(" > "),
        }
        .name("", destination, SAPS, "Unknown DSAP 0x%02x")
        .say(" ");
    });
}

/// An exchange of identification: what the sender is able to.
fn exchange(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() == 0 {
        return Ok(true);
    }
    let body = p;
    if p.peek()? != XID_FORMAT {
        return Ok(false);
    }
    match p.array() {
        Ok([_, types, window]) => {
            out.say(": ").hex0("types", types, 2).say(" ").hex0("window", window, 2);
        }
        Err(_) => {
            cx.soft_cut(out)?;
            out.dump("data", body.rest());
        }
    }
    Ok(true)
}

/// A SNAP header and its payload, with so much padding before it if it is a bridged frame; `false` if nobody knows
/// whose it is.
pub(super) fn snap(cx: &mut Cx, padding: usize, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    cx.speaking = "snap";
    cx.link_header_grows(5);
    let Ok([a, b, c, d, e]) = p.array() else { return cx.soft_cut(out).map(|()| true) };
    let (oui, pid) = (u32::from_be_bytes([0, a, b, c]), u16::from_be_bytes([d, e]));
    let is_ethertype = oui == ouis::ETHERNET;
    let names = match oui {
        ouis::ETHERNET | ouis::CISCO_BRIDGED | ouis::APPLETALK => ethertypes::NAMES,
        ouis::CISCO => CISCO,
        ouis::IEEE_802_1 => BRIDGED,
        _ => &[],
    };
    let length = p.claimed();
    let say = |out: &mut Out, with_oui: bool| {
        if with_oui {
            out.say("oui ").named_as("oui", oui, ouis::NAMES, "Unknown", " (0x%06x), ");
        }
        out.say(if is_ethertype { "ethertype " } else { "pid " });
        write!(out.named_as("pid", pid, names, "Unknown", " (0x%04x)"), ", length {length}: ");
    };
    if cx.options.link_header {
        say(out, true);
    }
    let known = match (oui, pid) {
        (ouis::ETHERNET | ouis::CISCO_BRIDGED, _) | (ouis::APPLETALK, ethertypes::APPLETALK) => {
            cx.next(Space::EtherType(pid), p, out)?
        }
        (ouis::IEEE_802_1, 0x0001 | 0x0007) => bridged(cx, LinkType::ETHERNET, padding, p, out)?,
        (ouis::IEEE_802_1, 0x0003 | 0x0009) => bridged(cx, LinkType::IEEE802_5, padding, p, out)?,
        // The padding is as long as it would be before a token ring's access control.
        (ouis::IEEE_802_1, 0x0004 | 0x000a) => bridged(cx, LinkType::FDDI, padding + 1, p, out)?,
        _ => cx.next(Space::Snap { oui, pid }, p, out)?,
    };
    if !known && !cx.options.link_header {
        if let (Some(src), Some(dst)) = (cx.link.src, cx.link.dst) {
            out.aloud(|out| {
                out.mac("", src).say(" > ").mac("", dst).say(" ");
            });
        }
        say(out.say("SNAP, "), !is_ethertype);
    }
    Ok(known)
}

fn bridged(cx: &mut Cx, link: LinkType, padding: usize, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match p.skip(padding) {
        Ok(()) => cx.next(Space::Within(link), p, out),
        Err(_) => cx.soft_cut(out).map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn frames_of_the_link() {
        check(
            &LLC,
            "f0 f1 01 18",
            "",
            "NetBeui Supervisory, Receiver Ready, rcv seq 12, Flags [Response], length 4",
        );
        check(&LLC, "f0 f1 09 01", "", "NetBeui Supervisory, Reject, rcv seq 0, Flags [Final], length 4");
        check(
            &LLC,
            "f0 f0 7f",
            "-e",
            "LLC, dsap NetBeui (0xf0) Individual, ssap NetBeui (0xf0) Command, ctrl 0x7f: \
             Unnumbered, sabme, Flags [Poll], length 3\n\t0x0000:  f0f0 7f                                  ...",
        );
        check(
            &LLC,
            "44 10 00 34 4500",
            "-q",
            "Unknown SSAP 0x10 > Unknown DSAP 0x44 Information, send seq 0, rcv seq 26, Flags [Command], length 6",
        );
        assert_eq!(
            values(&LLC, "f0 f1 01 18"),
            r#"{"llc":{"dsap":240,"ssap":240,"group":false,"response":true,"control":6145,"supervisory":0,"receive_seq":12,"poll":false,"length":4}}"#
        );
    }

    #[test]
    fn exchanges_of_identification() {
        check(&LLC, "00 01 af 81 01 00", "", "Null Unnumbered, xid, Flags [Response], length 6: 01 00");
        check(&LLC, "00 01 bf", "", "Null Unnumbered, xid, Flags [Final], length 3");
        check(
            &LLC,
            "04 04 bf 81 01",
            "",
            "SNA Unnumbered, xid, Flags [Poll], length 5 [|llc]\
             \n\t0x0000:  8101                                     ..",
        );
    }

    #[test]
    fn snap() {
        let arp = "0001 0800 01 04 0002 02 0a000001 00 0a000002";
        let words = "ARP, Reply 10.0.0.1 is-at 02, length 18";
        check(&LLC, &format!("aaaa03 000000 0806 {arp}"), "", words);
        check(
            &LLC,
            &format!("aaaa03 000000 0806 {arp}"),
            "-e",
            "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: \
             oui Ethernet (0x000000), ethertype ARP (0x0806), length 18: Reply 10.0.0.1 is-at 02, length 18",
        );
        check(
            &LLC,
            "aaaa03 00000c 0003 01",
            "-q",
            "SNAP, oui Cisco (0x00000c), pid Unknown (0x0003), length 1: ",
        );
        check(&LLC, "aaaa03 000000 6004 01", "-q", "SNAP, ethertype LAT (0x6004), length 1: ");
        check(&LLC, "aaaa03 0000", "", " [|snap]");
    }

    #[test]
    fn bridged_frames() {
        let arp = "0001 0800 01 04 0002 02 0a000001 00 0a000002";
        let words = "ARP, Reply 10.0.0.1 is-at 02, length 18";
        let macs = "020000000001 020000000002";
        check(&LLC, &format!("aaaa03 0080c2 0007 0000 {macs} 0806 {arp}"), "", words);
        let frame = format!("{macs} aaaa03 000000 0806 {arp}");
        check(&LLC, &format!("aaaa03 0080c2 0009 0000 10 40 {frame}"), "", words);
        check(&LLC, &format!("aaaa03 0080c2 000a 000000 57 {frame}"), "", words);
        check(&LLC, "aaaa03 0080c2 000a 0000", "", " [|snap]");
    }

    #[test]
    fn too_short_for_a_header() {
        check(&LLC, "aaaa", "", " [|llc]\n\t0x0000:  aaaa                                     ..");
        check(&LLC, "aaaa 00", "-q", " [|llc]\n\t0x0000:  aaaa 00                                  ...");
    }
}

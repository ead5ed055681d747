//! Linux cooked capture, version 1 and 2 (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of the pcap format).
//!
//! ```text
//! 1: |  packet type  |  ARPHRD type  | address length|  address (8)  ..  |   protocol    |
//! 2: |   protocol    |   reserved    |        interface index        |
//!    |  ARPHRD type  | packet type | address length |  address (8)  ..
//! ```

use crate::parts::ethertypes;
use crate::prelude::*;
use gannet_wire::LinkType;
use gannet_wire::numbers::ethertype;

/// Linux cooked capture.
pub static SLL: Protocol = Protocol { name: "sll", dissect: version_1 };

/// Linux cooked capture, version 2.
pub static SLL2: Protocol = Protocol { name: "sll2", dissect: version_2 };

const TYPES: NameTable = &[(0, "In"), (1, "B"), (2, "M"), (3, "P"), (4, "Out")];
/// The widest of those.
const WIDTH: usize = 3;
/// Columns that the name of an interface takes at least.
const INTERFACE_WIDTH: usize = 5;

/// A frame of Novell's "raw 802.3", without LLC header.
const NOVELL: u16 = 1;
/// A frame with an LLC header.
const LLC: u16 = 4;
/// A radiotap header, and an IEEE 802.11 frame.
const ARPHRD_IEEE80211_RADIOTAP: u16 = 803;
const RADIOTAP: LinkType = LinkType(127);

/// What both versions know.
struct Header {
    kind: u8,
    hardware: u16,
    addr: [u8; 8],
    addr_length: u16,
    protocol: u16,
    /// Version 2 only.
    interface: Option<u32>,
    length: usize,
}

fn version_1(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    p.need(16)?;
    let (kind, hardware, addr_length, addr, protocol) =
        (p.be16()?, p.be16()?, p.be16()?, p.array()?, p.be16()?);
    let kind = u8::try_from(kind).unwrap_or(u8::MAX);
    let length = frame.claimed();
    let header = Header { kind, hardware, addr, addr_length, protocol, interface: None, length };
    header.dissect(cx, frame, p, out)
}

fn version_2(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    p.need(20)?;
    let (protocol, _reserved, interface, hardware) = (p.be16()?, p.be16()?, p.be32()?, p.be16()?);
    let ([kind, addr_length], addr) = (p.array()?, p.array()?);
    interface_name(cx, interface, out);
    out.aloud(|out| {
        let name = crate::out::lookup(TYPES, kind.into()).unwrap_or("?");
        out.say(name).say("    ".get(name.len()..).unwrap_or(" "));
    });
    let length = frame.claimed();
    let addr_length = addr_length.into();
    let header = Header { kind, hardware, addr, addr_length, protocol, interface: Some(interface), length };
    header.dissect(cx, frame, p, out)
}

/// The name that this machine has for an interface, in a column of its own.
fn interface_name(cx: &Cx, index: u32, out: &mut Out) {
    if !out.hears_words() {
        return;
    }
    let mut name = *b"?               ";
    let length = match cx.options.interface_name {
        Some(lookup) => lookup(index, &mut name).max(1),
        None => 1,
    };
    out.aloud(|out| {
        out.chars("", name.get(..length).unwrap_or(b"?"));
        for _ in length..INTERFACE_WIDTH {
            out.say(" ");
        }
        out.say(" ");
    });
}

impl Header {
    fn dissect(&self, cx: &mut Cx, frame: Cursor, mut p: Cursor, out: &mut Out) -> Dissect {
        out.aside(|out| self.values(out));
        if cx.options.link_header {
            self.say(cx, out);
        }
        let outer = std::mem::take(&mut cx.link);
        cx.link_header_is(p.since(&frame));
        let done = match self.hardware {
            ARPHRD_IEEE80211_RADIOTAP => cx.next(Space::Link(RADIOTAP), p, out).map(drop),
            _ => self.tags(cx, frame, &mut p, out).and_then(|protocol| self.payload(cx, protocol, p, out)),
        };
        cx.link = outer;
        done
    }

    fn values(&self, out: &mut Out) {
        if let Some(interface) = self.interface {
            out.num("interface", interface);
        }
        out.name("packet_type", self.kind, TYPES, "").num("arphrd_type", self.hardware);
        let addr = self.addr.get(..self.addr_length.into()).unwrap_or(&self.addr);
        let names = if self.protocol > ethertype::MAX_LENGTH { ethertypes::NAMES } else { &[] };
        out.octets("addr", addr, b':').name("protocol", self.protocol, names, "");
    }

    fn say(&self, cx: &Cx, out: &mut Out) {
        out.aloud(|out| {
            match self.interface {
                Some(interface) => {
                    out.say("ifindex ").num("", interface).say(" ");
                }
                None => {
                    let name = crate::out::lookup(TYPES, self.kind.into()).unwrap_or("?");
                    out.say("   ".get(name.len().min(WIDTH)..).unwrap_or("")).say(name).say(" ");
                }
            }
            if let ([addr @ .., _, _], 6) = (self.addr, self.addr_length) {
                out.mac("", addr).say(" ");
            }
            if cx.options.quiet > 0 {
                return;
            }
            match self.protocol {
                NOVELL => out.say("802.3"),
                LLC => out.say("802.2"),
                kind => {
                    let names = if kind > ethertype::MAX_LENGTH { ethertypes::NAMES } else { &[] };
                    out.say("ethertype ").named_as("", kind, names, "Unknown", " (0x%04x)")
                }
            };
            out.say(", length ").num("", self.length).say(": ");
        });
    }

    /// Steps over VLAN tags and gives the protocol behind the last.
    fn tags(&self, cx: &mut Cx, frame: Cursor, p: &mut Cursor, out: &mut Out) -> Dissect<u16> {
        let mut protocol = self.protocol;
        if protocol != ethertype::VLAN {
            return Ok(protocol);
        }
        let before = std::mem::replace(&mut cx.speaking, "vlan");
        out.list("vlans", |out| {
            while protocol == ethertype::VLAN {
                p.need(4)?;
                let (tci, next) = (p.be16()?, p.be16()?);
                if cx.options.link_header {
                    out.item(|out| {
                        ethertypes::tag(tci, out);
                        out.note("type", next);
                        Ok(())
                    })?;
                }
                protocol = if next > ethertype::MAX_LENGTH { next } else { LLC };
                if cx.options.quiet == 0 {
                    let names = if protocol == LLC { &[] } else { ethertypes::NAMES };
                    out.aloud(|out| {
                        out.say("ethertype ").name("", protocol, names, "Unknown").say(", ");
                    });
                }
            }
            Ok(())
        })?;
        cx.speaking = before;
        cx.link_header_is(p.since(&frame));
        Ok(protocol)
    }

    fn payload(&self, cx: &mut Cx, protocol: u16, p: Cursor, out: &mut Out) -> Dissect {
        let known = match protocol {
            NOVELL => cx.next(Space::Sap(0xff), p, out)?,
            LLC => {
                cx.next(Space::Llc, p, out)?;
                true
            }
            ..=ethertype::MAX_LENGTH => false,
            _ => {
                let known = cx.next(Space::EtherType(protocol), p, out)?;
                if !known && !cx.options.link_header {
                    let behind_tags = Header { length: p.claimed() + self.header(), ..*self };
                    behind_tags.say(cx, out);
                }
                known
            }
        };
        if !known && !cx.options.no_default_dump {
            out.dump("data", p.rest());
        }
        Ok(())
    }

    /// How long the cooked header itself is.
    fn header(&self) -> usize {
        if self.interface.is_some() { 20 } else { 16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const DUMP: &str = "\n\t0x0000:  6869                                     hi";

    #[test]
    fn version_1() {
        let frame = "0004 0001 0006 0200000000010000 1234 6869";
        let said = format!("Out 02:00:00:00:00:01 ethertype Unknown (0x1234), length 18: {DUMP}");
        check(&SLL, frame, "", &said);
        check(&SLL, frame, "-e", &said);
        check(&SLL, frame, "-eq", "Out 02:00:00:00:00:01 ");
        check(
            &SLL,
            "0000 0001 0000 0000000000000000 0800 45",
            "-e",
            " In ethertype IPv4 (0x0800), length 17:  [length 1 < 20] (invalid)",
        );
        assert_eq!(
            values(&SLL, frame),
            "{\"sll\":{\"packet_type\":4,\"arphrd_type\":1,\"addr\":\"02:00:00:00:00:01\",\"protocol\":4660,\"data\":\"6869\"}}"
        );
    }

    #[test]
    fn version_2_has_an_interface() {
        let frame = "0800 0000 00000007 0001 00 06 0200000000010000 45";
        check(&SLL2, frame, "", "?     In  IP  [length 1 < 20] (invalid)");
        check(
            &SLL2,
            frame,
            "-e",
            "?     In  ifindex 7 02:00:00:00:00:01 ethertype IPv4 (0x0800), length 21:  [length 1 < 20] (invalid)",
        );
    }

    #[test]
    fn tags_and_what_is_no_ethertype() {
        let tagged = "0003 0001 0006 0200000000010000 8100 0005 1234 6869";
        check(
            &SLL,
            tagged,
            "-e",
            &format!(
                "  P 02:00:00:00:00:01 ethertype 802.1Q (0x8100), length 22: vlan 5, p 0, ethertype Unknown, {DUMP}"
            ),
        );
        check(&SLL, "0003 0001 0006 0200000000010000 0009 6869", "", DUMP);
        check(&SLL, "0003 0001 0006 0200000000010000 8100 0005", "", " [|vlan]");
    }

    #[test]
    fn a_cut() {
        check(&SLL, "0003", "", " [|sll]");
        check(&SLL2, "0003", "-e", " [|sll2]");
    }
}

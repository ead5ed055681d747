//! Ethernet II and IEEE 802.3, with IEEE 802.1Q tags (IEEE 802.3-2022 clause 3, IEEE 802.1Q-2022 clause 9).
//!
//! ```text
//! +-----------------+-----------------+------+------------- ...
//! | destination (6) |   source (6)    | type | payload
//! +-----------------+-----------------+------+------------- ...
//! tag, any number of times:  | 8100 | prio, DEI, VLAN | type |
//! before the tags, maybe:    | 88e5 | MACsec | type |
//! ```
//! Between the addresses and the type, a switch may put a tag of its own.

use crate::parts::{arista, ethertypes, macsec};
use crate::prelude::*;
use gannet_wire::numbers::ethertype;

/// Ethernet.
pub static ETHER: Protocol = Protocol { name: "ether", dissect };

const HEADER: usize = 14;
/// Timestamps that one frame may hold.
const STAMPS_MOST: u8 = 16;
const ARISTA: u16 = 0xd28b;
const MACSEC: u16 = 0x88e5;
/// Alteon's jumbo frames: an LLC header follows the type (draft-ietf-isis-ext-eth-01).
const JUMBO: u16 = 0x8870;

/// What a switch puts behind the addresses: how many bytes, and who says them.
pub(super) struct Tag {
    pub length: usize,
    pub say: fn(&Cx, Cursor, &mut Out) -> Dissect,
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    tagged(cx, &Tag { length: 0, say: |_, _, _| Ok(()) }, p, out)
}

/// A frame with the tag of a switch.
pub(super) fn tagged(cx: &mut Cx, tag: &Tag, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    if p.need(HEADER + tag.length).is_err() {
        cx.link_header_is(p.captured());
        return cx.soft_cut(out);
    }
    let (dst, src) = (p.array()?, p.array()?);
    let mut header = Header { dst, src, kind: 0, length: frame.claimed(), said: false, stamps: 0 };
    out.aside(|out| {
        out.mac("dst", dst).mac("src", src);
    });
    if cx.options.link_header {
        header.addresses(out);
    }
    (tag.say)(cx, p, out)?;
    p.skip(tag.length)?;
    let outer = std::mem::replace(&mut cx.link, crate::cx::Link { src: Some(src), dst: Some(dst) });
    let done = header.behind(cx, frame, p, out);
    cx.link = outer;
    done
}

struct Header {
    dst: [u8; 6],
    src: [u8; 6],
    /// The last ethertype read, or the length that stands in its place.
    kind: u16,
    length: usize,
    /// The length has been said.
    said: bool,
    /// Timestamps met so far.
    stamps: u8,
}

impl Header {
    /// What is behind the addresses, or behind a timestamp.
    fn behind(&mut self, cx: &mut Cx, mut frame: Cursor, mut p: Cursor, out: &mut Out) -> Dissect {
        self.kind = p.be16()?;
        if self.kind == MACSEC && !self.open(cx, &mut frame, &mut p, out)? {
            return Ok(());
        }
        let whole = self.tags(cx, &mut p, out)?;
        self.note_kind(out);
        if !whole {
            cx.link_header_is(frame.captured());
            return Ok(());
        }
        cx.link_header_is(p.since(&frame));
        if self.kind == ARISTA { self.stamp(cx, frame, p, out) } else { self.payload(cx, p, out) }
    }

    /// Steps over the header of MACsec, to the type that it protects; `false` if nothing follows. The frame ends
    /// before the check value then.
    fn open(&mut self, cx: &mut Cx, frame: &mut Cursor, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
        if cx.options.link_header {
            self.kind(cx, out);
        }
        let (rest, readable) = match macsec::open(cx, *p, out)? {
            macsec::Frame::Plain(mut inside) => {
                *frame = frame.sub(frame.captured().saturating_sub(macsec::CHECK_VALUE));
                let before = inside;
                let kind = inside.be16()?;
                if before.claimed() >= 2 {
                    self.kind = kind;
                    *p = inside;
                    return Ok(true);
                }
                out.lie("caplen", before.claimed(), "<", 2u8);
                (before, false)
            }
            macsec::Frame::Altered(rest) => (rest, !cx.options.no_default_dump),
            macsec::Frame::Nothing => (p.at(p.captured()), false),
        };
        cx.link_header_is(rest.since(frame));
        self.note_kind(out);
        if readable {
            out.dump("data", rest.rest());
        }
        Ok(false)
    }

    /// Steps over a timestamp that a switch of Arista's put before the type.
    fn stamp(&mut self, cx: &mut Cx, frame: Cursor, mut p: Cursor, out: &mut Out) -> Dissect {
        if self.stamps == STAMPS_MOST {
            return Err(Stop::Invalid);
        }
        self.stamps += 1;
        let said = std::mem::take(&mut self.said);
        self.kind(cx, out);
        self.said = said;
        let start = p;
        let before = std::mem::replace(&mut cx.speaking, "arista");
        out.nest("arista", |out| {
            if !arista::say(&mut p, out)? {
                return Ok(false);
            }
            cx.speaking = before;
            self.behind(cx, frame, p, out).map(|()| true)
        })
        .map(|known| {
            cx.speaking = before;
            if !known {
                self.unknown(cx, start, out);
            }
        })
    }

    /// Steps over VLAN tags, to the type behind the last; `false` if it is cut off.
    fn tags(&mut self, cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
        if !is_tag(self.kind) {
            return Ok(true);
        }
        let before = std::mem::replace(&mut cx.speaking, "vlan");
        let whole = out.list("vlans", |out| {
            while is_tag(self.kind) {
                if p.claimed() < 4 || p.captured() < 4 {
                    return Ok(false);
                }
                let (tci, next) = (p.be16()?, p.be16()?);
                if cx.options.link_header {
                    self.kind(cx, out);
                    out.item(|out| {
                        out.aside(|out| _ = out.name("tpid", self.kind, ethertypes::NAMES, ""));
                        ethertypes::tag(tci, out);
                        Ok(())
                    })?;
                }
                self.kind = next;
            }
            Ok(true)
        })?;
        if !whole {
            cx.soft_cut(out)?;
        }
        cx.speaking = before;
        Ok(whole)
    }

    /// What is behind the last type.
    fn payload(&mut self, cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
        match self.kind {
            ..=ethertype::MAX_LENGTH => {
                let p = p.sub(self.kind.into());
                if cx.options.link_header {
                    out.say("802.3");
                    if !self.said {
                        out.aloud(|out| {
                            out.say(", length ").num("", p.claimed()).say(": ");
                        });
                    }
                }
                cx.next(Space::Llc, p, out).map(drop)
            }
            JUMBO => cx.next(Space::Llc, p, out).map(drop),
            _ => {
                if cx.options.link_header {
                    self.kind(cx, out);
                }
                if !cx.next(Space::EtherType(self.kind), p, out)? {
                    self.unknown(cx, p, out);
                }
                Ok(())
            }
        }
    }

    fn unknown(&mut self, cx: &Cx, p: Cursor, out: &mut Out) {
        if !cx.options.link_header {
            self.addresses(out);
            self.said = false;
            self.kind(cx, out);
        }
        if !cx.options.no_default_dump {
            out.dump("data", p.sub(p.claimed()).rest());
        }
    }

    fn addresses(&self, out: &mut Out) {
        out.aloud(|out| {
            out.mac("", self.src).say(" > ").mac("", self.dst).say(", ");
        });
    }

    /// The type, or the length that stands in its place.
    fn note_kind(&self, out: &mut Out) {
        out.aside(|out| {
            _ = match self.kind {
                length @ ..=ethertype::MAX_LENGTH => out.num("length", length),
                kind => out.name("type", kind, ethertypes::NAMES, ""),
            }
        });
    }

    /// A type in words, and the length behind the first of them.
    fn kind(&mut self, cx: &Cx, out: &mut Out) {
        out.aloud(|out| {
            if cx.options.quiet > 0 {
                out.name("", self.kind, ethertypes::NAMES, "Unknown Ethertype (0x%04x)");
            } else {
                out.say("ethertype ").named_as("", self.kind, ethertypes::NAMES, "Unknown", " (0x%04x)");
            }
            match std::mem::replace(&mut self.said, true) {
                true => out.say(", "),
                false => out.say(", length ").num("", self.length).say(": "),
            };
        });
    }
}

fn is_tag(kind: u16) -> bool {
    matches!(kind, ethertype::VLAN | ethertype::QINQ | ethertype::QINQ_OLD | ethertype::QINQ_OLDER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MACS: &str = "020000000001 020000000002";
    const SAID: &str = "02:00:00:00:00:02 > 02:00:00:00:00:01, ";
    const DUMP: &str = "\n\t0x0000:  6869                                     hi";

    #[test]
    fn an_unknown_type_is_said_and_dumped() {
        let frame = format!("{MACS} 1234 6869");
        let said = format!("{SAID}ethertype Unknown (0x1234), length 16: {DUMP}");
        check(&ETHER, &frame, "", &said);
        check(&ETHER, &frame, "-e", &said);
        check(&ETHER, &frame, "-q", &format!("{SAID}Unknown Ethertype (0x1234), length 16: "));
        assert_eq!(
            values(&ETHER, &frame),
            "{\"ether\":{\"dst\":\"02:00:00:00:00:01\",\"src\":\"02:00:00:00:00:02\",\"type\":4660,\"data\":\"6869\"}}"
        );
    }

    #[test]
    fn tags() {
        let frame = format!("{MACS} 88a8 0005 8100 f007 1234 6869");
        check(&ETHER, &frame, "", &format!("{SAID}ethertype Unknown (0x1234), length 24: {DUMP}"));
        check(
            &ETHER,
            &frame,
            "-e",
            &format!(
                "{SAID}ethertype 802.1Q-QinQ (0x88a8), length 24: vlan 5, p 0, ethertype 802.1Q (0x8100), \
                 vlan 7, p 7, DEI, ethertype Unknown (0x1234), {DUMP}"
            ),
        );
        check(&ETHER, &format!("{MACS} 8100 0005"), "", " [|vlan]");
    }

    #[test]
    fn a_cut() {
        check(&ETHER, MACS, "-e", " [|ether]");
    }
}

//! Ethernet II and IEEE 802.3, with IEEE 802.1Q tags (IEEE 802.3-2022 clause 3, IEEE 802.1Q-2022 clause 9).
//!
//! ```text
//! +-----------------+-----------------+------+------------- ...
//! | destination (6) |   source (6)    | type | payload
//! +-----------------+-----------------+------+------------- ...
//! tag, any number of times:  | 8100 | prio, DEI, VLAN | type |
//! ```

use crate::parts::ethertypes;
use crate::prelude::*;
use gannet_wire::numbers::ethertype;

/// Ethernet.
pub static ETHER: Protocol = Protocol { name: "ether", dissect };

/// Alteon's jumbo frames: an LLC header follows the type (draft-ietf-isis-ext-eth-01).
const JUMBO: u16 = 0x8870;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    let (dst, src, kind) = (p.array()?, p.array()?, p.be16()?);
    cx.link_header_is(frame.since(&p));
    let header = Header { dst, src, kind, length: frame.claimed() };
    out.aside(|out| header.values(out));
    if cx.options.link_header {
        header.say(cx, out);
    }
    let outer = std::mem::replace(&mut cx.link, crate::cx::Link { src: Some(src), dst: Some(dst) });
    payload(cx, frame, p, &header, out)?;
    cx.link = outer;
    Ok(())
}

/// What is behind the addresses: tags, and then what the last type says.
fn payload(cx: &mut Cx, frame: Cursor, mut p: Cursor, header: &Header, out: &mut Out) -> Dissect {
    let kind = tags(cx, &mut p, header.kind, out)?;
    cx.link_header_is(p.since(&frame));
    let known = match kind {
        ..=ethertype::MAX_LENGTH | JUMBO => return llc(cx, p, kind, out),
        _ => cx.next(Space::EtherType(kind), p, out)?,
    };
    if !known {
        if !cx.options.link_header {
            header.say(cx, out);
        }
        if !cx.options.no_default_dump {
            out.dump("data", p.rest());
        }
    }
    Ok(())
}

/// An LLC header and its payload; an 802.3 frame says in its type how long they are.
fn llc(cx: &mut Cx, p: Cursor, kind: u16, out: &mut Out) -> Dissect {
    let _ = kind;
    cx.hand_to(&super::llc::LLC, p, out)
}

/// Steps over VLAN tags and gives the type behind the last.
fn tags(cx: &mut Cx, p: &mut Cursor, mut kind: u16, out: &mut Out) -> Dissect<u16> {
    if !is_tag(kind) {
        return Ok(kind);
    }
    let before = std::mem::replace(&mut cx.speaking, "vlan");
    out.list("vlans", |out| {
        while is_tag(kind) {
            let (tci, next) = (p.be16()?, p.be16()?);
            tag(cx, kind, tci, out)?;
            kind = next;
            if cx.options.link_header && kind > ethertype::MAX_LENGTH {
                out.aloud(|out| {
                    out.say("ethertype ")
                        .name("", kind, ethertypes::NAMES, "Unknown")
                        .say(" (0x")
                        .hex0("", kind, 4)
                        .say("), ");
                });
            }
        }
        Ok(())
    })?;
    cx.speaking = before;
    Ok(kind)
}

fn is_tag(kind: u16) -> bool {
    matches!(kind, ethertype::VLAN | ethertype::QINQ | ethertype::QINQ_OLD | ethertype::QINQ_OLDER)
}

fn tag(cx: &Cx, tpid: u16, tci: u16, out: &mut Out) -> Dissect {
    if !cx.options.link_header {
        return Ok(());
    }
    out.item(|out| {
        out.note("tpid", tpid);
        out.say("vlan ").num("id", tci & 0xfff).say(", p ").num("priority", tci >> 13);
        if tci & 0x1000 != 0 {
            out.say(", DEI");
        }
        out.note_that("dei", tci & 0x1000 != 0).say(", ");
        Ok(())
    })
}

struct Header {
    dst: [u8; 6],
    src: [u8; 6],
    kind: u16,
    length: usize,
}

impl Header {
    fn values(&self, out: &mut Out) {
        out.mac("dst", self.dst).mac("src", self.src).num("type", self.kind);
    }

    fn say(&self, cx: &Cx, out: &mut Out) {
        out.aloud(|out| {
            out.mac("", self.src).say(" > ").mac("", self.dst);
            if self.kind <= ethertype::MAX_LENGTH {
                out.say(", 802.3, length ").num("", self.kind).say(": ");
                return;
            }
            if cx.options.quiet > 0 {
                out.say(", ").name("", self.kind, ethertypes::NAMES, "Unknown Ethertype (0x%04x)");
            } else {
                out.say(", ethertype ").name("", self.kind, ethertypes::NAMES, "Unknown").say(" (0x");
                out.hex0("", self.kind, 4).say(")");
            }
            out.say(", length ").num("", self.length).say(": ");
        });
    }
}

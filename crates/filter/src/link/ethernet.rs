//! Ethernet: `dst:6 src:6 type:2`, where a type of at most 1500 is a length and an 802.2 header follows.
//!
//! Source: IEEE 802.3, clause 3.2.6; RFC 1042 for the SNAP header.

use super::{Framing, Offset, View};
use crate::graph::{NodeId, Relation};
use crate::hir::Size;
use crate::lower::Build;
use gannet_wire::numbers::ethertype;

/// The first four bytes of an 802.2 header with a SNAP header of the organisation 0.
const SNAP: u32 = 0xaaaa_0300;
/// The organisation of AppleTalk.
pub(super) const APPLE: u32 = 0x0008_0007;

pub(crate) fn view() -> View {
    let iso = Offset::fixed(17);
    View { macs: Some((0, 6)), framing: Framing::Length, iso, bare: 3, ..View::plain(naming, 12, 14) }
}

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    let Some(inner) = behind_llc(b, view, number, yes, no) else {
        return b.equal(Size::Half, view.kind, u32::from(number), yes, no);
    };
    let kind = b.load(Size::Half, view.kind);
    let framed = b.ask(kind, Relation::Above(u32::from(ethertype::MAX_LENGTH)), no, inner);
    match type_of(number) {
        None => framed,
        Some(ethertype) => b.equal(Size::Half, view.kind, ethertype, yes, framed),
    }
}

/// The ethertype of a protocol that is found behind an 802.2 header too.
pub(super) fn type_of(number: u16) -> Option<u32> {
    match number {
        0xe0 => Some(0x8137),
        0x809b | 0x80f3 => Some(u32::from(number)),
        _ => None,
    }
}

/// The protocol in an 802.2 frame, whose header follows the type; `None` for a protocol that is not found in one.
pub(super) fn behind_llc(
    b: &mut Build<'_>,
    view: &View,
    number: u16,
    yes: NodeId,
    no: NodeId,
) -> Option<NodeId> {
    let llc = view.llc;
    Some(match number {
        0xfe | 0xf0 | 0x06 => b.equal(Size::Half, llc, u32::from(number) * 0x101, yes, no),
        0xe0 => {
            let raw = b.equal(Size::Half, llc, 0xffff, yes, no);
            let sap = b.equal(Size::Byte, llc, 0xe0, yes, raw);
            snap(b, view, (0, 0x8137), yes, sap)
        }
        0x809b => snap(b, view, (APPLE, 0x809b), yes, no),
        0x80f3 => snap(b, view, (0, 0x80f3), yes, no),
        // Not at `llc`: Geneve without Ethernet inside has its type elsewhere, and libpcap looks behind that.
        0..=ethertype::MAX_LENGTH => b.equal(Size::Byte, view.kind.after(2), u32::from(number), yes, no),
        _ => return None,
    })
}

/// A SNAP header of this organisation and type; the type is looked at first.
pub(super) fn snap(
    b: &mut Build<'_>,
    view: &View,
    (organisation, ethertype): (u32, u32),
    yes: NodeId,
    no: NodeId,
) -> NodeId {
    let llc = view.llc;
    let head = b.equal(Size::Word, llc, SNAP | organisation >> 16, yes, no);
    b.equal(Size::Word, llc.after(4), (organisation & 0xffff) << 16 | ethertype, head, no)
}

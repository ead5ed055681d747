//! Links on which an 802.2 header follows always: FDDI, Token Ring, IP over Fibre Channel, and classical IP over ATM.
//!
//! An ethertype is looked for where a SNAP header would have it, and nobody checks that there is one.
//! Source: RFC 1390, RFC 1042, RFC 2625, RFC 2684.

use super::{Framing, Offset, View, ethernet};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// FDDI: `control:1 dst:6 src:6`.
pub(crate) fn fddi() -> View {
    at(13, Some((1, 7)))
}

/// Token Ring: `access:1 control:1 dst:6 src:6`. Source routing is taken not to be.
pub(crate) fn token_ring() -> View {
    at(14, Some((2, 8)))
}

/// Fibre Channel: two network addresses of eight bytes, of which the last six are MAC addresses.
pub(crate) fn fibre_channel() -> View {
    at(16, Some((2, 10)))
}

/// ATM: nothing before.
pub(crate) fn atm() -> View {
    at(0, None)
}

/// SunATM: `flags:1 vpi:1 vci:2`; the low half of the flags says what follows.
pub(crate) fn sun_atm() -> View {
    View { naming: sun_atm_naming, framing: Framing::Nibble(0), ..at(4, None) }
}

fn sun_atm_naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    let inner = naming(b, view, number, yes, no);
    b.masked(Size::Byte, view.header, 0x0f, 2, inner, no)
}

fn at(llc: u32, macs: Option<(u32, u32)>) -> View {
    let plain = View::plain(naming, llc + 6, llc + 8);
    let llc = Offset::fixed(llc);
    View { llc, iso: llc.after(3), bare: 3, framing: Framing::Always, macs, ..plain }
}

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0xfe | 0xf0 | 0x06 => b.equal(Size::Half, view.llc, u32::from(number) * 0x101, yes, no),
        0x809b => ethernet::snap(b, view, (ethernet::APPLE, 0x809b), yes, no),
        0..=1500 => b.equal(Size::Byte, view.llc, u32::from(number), yes, no),
        _ => b.equal(Size::Half, view.kind, u32::from(number), yes, no),
    }
}

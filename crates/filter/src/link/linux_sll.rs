//! Linux cooked capture: `direction:2 hardware:2 length:2 address:8 protocol:2`, where protocol 4 is 802.2 and 1 is
//! 802.3 without it.
//!
//! Source: `linux/if_packet.h`, `linux/if_ether.h` (`ETH_P_802_2`, `ETH_P_802_3`).

use super::{Direction, View, ethernet};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// 802.2 frames.
const LLC: u32 = 4;
/// 802.3 frames whose payload begins at once: Novell's IPX.
const NOVELL: u32 = 1;
/// `PACKET_OUTGOING`.
pub(super) const OUTGOING: u32 = 4;
/// The SAP of IPX.
const IPX: u16 = 0xe0;

pub(crate) fn view() -> View {
    View {
        direction: Direction::At { size: Size::Half, at: 0, sent: (0xffff, OUTGOING), received: None },
        ..View::plain(naming, 14, 16)
    }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    let inner = if number == IPX {
        let snap = ethernet::snap(b, view, (0, 0x8137), yes, no);
        Some(b.equal(Size::Byte, view.llc, u32::from(IPX), yes, snap))
    } else {
        ethernet::behind_llc(b, view, number, yes, no)
    };
    let Some(inner) = inner else {
        return b.equal(Size::Half, view.kind, u32::from(number), yes, no);
    };
    let mut first = b.equal(Size::Half, view.kind, LLC, inner, no);
    if number == IPX {
        first = b.equal(Size::Half, view.kind, NOVELL, yes, first);
    }
    match ethernet::type_of(number) {
        None => first,
        Some(ethertype) => b.equal(Size::Half, view.kind, ethertype, yes, first),
    }
}

//! Solaris's IP observability: `version:1 family:1 hook:2 ..`, 24 bytes, then IP.
//!
//! The families are those of Solaris.

use super::{Direction, View};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    let direction = Direction::At { size: Size::Half, at: 2, sent: (0xffff, 1), received: Some((0xffff, 2)) };
    // libpcap has no offset for ISO here; inside a tunnel it counts with that all the same.
    View { direction, bare: u32::MAX, ..View::plain(naming, 1, 24) }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0x0800 => b.equal(Size::Byte, view.kind, 2, yes, no),
        0x86dd => b.equal(Size::Byte, view.kind, 26, yes, no),
        _ => no,
    }
}

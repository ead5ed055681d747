//! Raw IP: the packet begins with the IP header, whose first nibble tells the version.

use super::View;
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    View::plain(naming, 0, 0)
}

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0x0800 => b.masked(Size::Byte, view.payload, 0xf0, 0x40, yes, no),
        0x86dd => b.masked(Size::Byte, view.payload, 0xf0, 0x60, yes, no),
        _ => no,
    }
}

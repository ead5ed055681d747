//! Linux cooked capture, version 2: `protocol:2 reserved:2 interface:4 hardware:2 direction:1 length:1 address:8`.
//!
//! Every protocol is compared with the first field as it is, LLC SAPs too, as libpcap does.

use super::{Direction, View};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    View { direction: Direction::Byte(10), interface: Some(4), ..View::plain(naming, 0, 20) }
}

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    b.equal(Size::Half, view.kind, u32::from(number), yes, no)
}

//! Linux cooked capture, version 2: `protocol:2 reserved:2 interface:4 hardware:2 direction:1 length:1 address:8`.
//!
//! Every protocol is compared with the first field as it is, LLC SAPs too, as libpcap does.

use super::{Direction, View, linux_sll};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    let sent = (0xff, linux_sll::OUTGOING);
    let direction = Direction::At { size: Size::Byte, at: 10, sent, received: None };
    View { direction, interface: Some(4), ..View::plain(naming, 0, 20) }
}

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    b.equal(Size::Half, view.kind, u32::from(number), yes, no)
}

//! SLIP: a byte for the direction and the compressed header, then IP; the version is looked for in the first byte, as libpcap does.

use super::{Direction, Offset, View, raw};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// The network header begins at `payload`.
pub(crate) fn view(payload: u32) -> View {
    let direction = Direction::At { size: Size::Byte, at: 0, sent: (0xff, 1), received: Some((0xff, 0)) };
    View { direction, ..View::plain(naming, 0, payload) }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    raw::naming(b, &View { payload: Offset::fixed(0), ..*view }, number, yes, no)
}

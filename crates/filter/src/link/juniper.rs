//! Juniper's: three bytes of magic and one of flags. The protocol is not told; whatever has the magic is taken for it.

use super::{Direction, View};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// `MGC`, in the three highest bytes.
const MAGIC: u32 = 0x4d47_4300;

/// Multilink frame relay: nothing but these four bytes.
pub(crate) fn multilink() -> View {
    let direction = Direction::At { size: Size::Byte, at: 3, sent: (1, 0), received: Some((1, 1)) };
    View { direction, ..View::plain(naming, 0, 4) }
}

fn naming(b: &mut Build<'_>, view: &View, _: u16, yes: NodeId, no: NodeId) -> NodeId {
    b.masked(Size::Word, view.kind, 0xffff_ff00, MAGIC, yes, no)
}

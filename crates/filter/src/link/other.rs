//! Links that nothing is known of but their bytes.

use super::{Bytes, View};
use crate::graph::NodeId;
use crate::lower::Build;

pub(crate) fn view() -> View {
    View::plain(naming, 0, 0)
}

/// MS/TP, BACnet's token ring of one-byte addresses: `preamble:2 type:1 dst:1 src:1 ..`.
pub(crate) fn bacnet() -> View {
    View { bytes: Some(Bytes { dst: 3, src: 4, everybody: 0xff }), ..view() }
}

fn naming(_: &mut Build<'_>, _: &View, _: u16, _: NodeId, no: NodeId) -> NodeId {
    no
}

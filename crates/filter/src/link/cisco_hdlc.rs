//! Cisco HDLC: `address:1 control:1 type:2`, with ethertypes, and ISO by its SAP, twice.

use super::{View, linux_sll2};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    let plain = View::plain(naming, 2, 4);
    View { iso: plain.payload.after(1), ..plain }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0xfe => b.equal(Size::Half, view.kind, 0xfefe, yes, no),
        _ => linux_sll2::naming(b, view, number, yes, no),
    }
}

//! ARCNET: `src:1 dst:1 [offset:2] system:1`, with system codes for protocols and 0 as the address of everybody.
//!
//! Source: RFC 1201 and the registry of ARCNET system codes.

use super::{Bytes, View};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// The system code is at `kind`.
pub(crate) fn view(kind: u32) -> View {
    View { bytes: Some(Bytes { dst: 1, src: 0, everybody: 0 }), ..View::plain(naming, kind, kind + 4) }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    let system = match number {
        0x0800 => 0xd4,
        0x0806 => 0xd5,
        0x8035 => 0xd6,
        0x809b => 0xdd,
        0x86dd => 0xc4,
        _ => return no,
    };
    b.equal(Size::Byte, view.kind, system, yes, no)
}

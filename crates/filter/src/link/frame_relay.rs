//! Frame relay: `address:2 control:1 NLPID:1`.
//!
//! Source: RFC 2427.

use super::View;
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    View { nlpid: Some(UI), ..View::plain(naming, 2, 0) }
}

/// Unnumbered information, then the NLPID.
const UI: u32 = 0x0300;

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    let protocols: &[u32] = match number {
        0x0800 => &[0xcc],
        0x86dd => &[0x8e],
        0xfe => &[0x81, 0x82, 0x83],
        _ => &[],
    };
    protocols.iter().rev().fold(no, |next, nlpid| b.equal(Size::Half, view.kind, UI | nlpid, yes, next))
}

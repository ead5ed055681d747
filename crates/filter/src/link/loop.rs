//! OpenBSD loopback: as [`super::null`], with the family in network byte order always.

use super::{View, null};
use crate::Target;
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view(target: &Target) -> View {
    View::plain(if target.swapped.is_some() { saved } else { live }, 0, 4)
}

fn live(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0x0800 => b.equal(Size::Word, view.kind, null::INET, yes, no),
        0x86dd => b.equal(Size::Word, view.kind, null::INET6_LINUX, yes, no),
        _ => no,
    }
}

fn saved(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0x86dd => null::any(b, view, &null::INET6_BSD, yes, no),
        _ => live(b, view, number, yes, no),
    }
}

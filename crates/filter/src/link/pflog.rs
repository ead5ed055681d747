//! OpenBSD's packet filter log: `length:1 family:1 action:1 reason:1 interface:16 ..`, whose length is rounded up to four, then IP.
//!
//! Source: `net/if_pflog.h` of OpenBSD.

use super::{Direction, Offset, View};
use crate::graph::NodeId;
use crate::hir::{BinaryOp, Size};
use crate::lower::Build;

/// Where the direction is.
const DIRECTION: u32 = 60;

pub(crate) fn view(b: &mut Build<'_>) -> View {
    let length = b.load(Size::Byte, Offset::fixed(0));
    let exprs = &mut b.graph.exprs;
    let (three, mask) = (exprs.number(3), exprs.number(!3));
    let sum = exprs.binary(BinaryOp::Add, length, three);
    let rounded = exprs.binary(BinaryOp::And, sum, mask);
    let payload = Offset::behind(rounded);
    let sent = (0xff, 2);
    let direction = Direction::At { size: Size::Byte, at: DIRECTION, sent, received: Some((0xff, 1)) };
    let naming = if b.is_saved() { saved } else { live };
    View {
        payload,
        llc: payload,
        iso: payload,
        direction,
        preamble: Some(rounded),
        ..View::plain(naming, 1, 0)
    }
}

fn live(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    families(b, view, number, &[10], (yes, no))
}

fn saved(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    families(b, view, number, &[30, 24, 28], (yes, no))
}

fn families(b: &mut Build<'_>, view: &View, number: u16, six: &[u32], (yes, no): (NodeId, NodeId)) -> NodeId {
    let families = match number {
        0x0800 => &[2],
        0x86dd => six,
        _ => return no,
    };
    families.iter().rev().fold(no, |next, &family| b.equal(Size::Byte, view.kind, family, yes, next))
}

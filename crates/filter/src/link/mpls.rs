//! Behind MPLS labels: nothing names the protocol. The last label has its lowest bit set, and what follows is taken for IP
//! of the version in its first nibble.
//!
//! Source: RFC 3032, section 2.1.

use super::{View, raw};
use crate::graph::{NodeId, Relation};
use crate::hir::Size;
use crate::lower::Build;

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    if !matches!(number, 0x0800 | 0x86dd) {
        return no;
    }
    let inner = raw::naming(b, view, number, yes, no);
    let bottom = b.load(Size::Byte, view.payload.after(0_u32.wrapping_sub(2)));
    b.ask(bottom, Relation::AnyBit(1), inner, no)
}

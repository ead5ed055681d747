//! PPP: `address:1 control:1 protocol:2`; inside PPPoE, the protocol alone. Protocols have numbers of PPP's own.
//!
//! Source: RFC 1661 and the IANA registry "PPP DLL Protocol Numbers".

use super::View;
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(super) fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    b.equal(Size::Half, view.kind, u32::from(ppp_number(number)), yes, no)
}

/// PPP's number for an ethertype or SAP; one that PPP has no number for stands for itself.
fn ppp_number(number: u16) -> u16 {
    match number {
        0x0800 => 0x21,
        0x86dd => 0x57,
        0x6003 => 0x27,
        0x809b => 0x29,
        0x0600 => 0x25,
        0xfe => 0x23,
        0x42 => 0x31,
        0xe0 => 0x2b,
        _ => number,
    }
}

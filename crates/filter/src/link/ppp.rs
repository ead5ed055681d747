//! PPP: `address:1 control:1 protocol:2`; inside PPPoE, the protocol alone. Protocols have numbers of PPP's own.
//!
//! Source: RFC 1661 and the IANA registry "PPP DLL Protocol Numbers".

use super::{Direction, View};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

pub(crate) fn view() -> View {
    View { label: 0x0281, ..View::plain(naming, 2, 4) }
}

/// As [`view`], with a byte that says the direction instead of the address.
pub(crate) fn with_direction() -> View {
    let direction = Direction::At { size: Size::Byte, at: 0, sent: (0xff, 1), received: Some((0xff, 0)) };
    View { direction, ..view() }
}

/// PPP in a PPPoE frame without its Ethernet header.
pub(crate) fn ethernet() -> View {
    View { label: 0x0281, ..View::plain(naming, 6, 8) }
}

/// BSD/OS, where IPv4 may have its TCP headers compressed, or could have and does not.
pub(crate) fn bsd_os() -> View {
    View { label: 0x0281, ..View::plain(compressed, 5, 24) }
}

fn compressed(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    if number != 0x0800 {
        return naming(b, view, number, yes, no);
    }
    [0x2f, 0x2d, 0x21].into_iter().fold(no, |next, kind| b.equal(Size::Half, view.kind, kind, yes, next))
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
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

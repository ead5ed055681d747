//! BSD loopback: a protocol family in the byte order of the machine that captured, four bytes.
//!
//! A live capture is this machine's. A savefile may come from either order, and its writer from any of the BSDs.

use super::View;
use crate::Target;
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// IPv4's family on every system.
pub(super) const INET: u32 = 2;
/// IPv6's family on Linux.
pub(super) const INET6_LINUX: u32 = 10;
/// IPv6's family on macOS, NetBSD with OpenBSD, and FreeBSD.
pub(super) const INET6_BSD: [u32; 3] = [30, 24, 28];

pub(crate) fn view(target: &Target) -> View {
    View::plain(if target.swapped.is_some() { saved } else { live }, 0, 4)
}

/// OpenBSD's encapsulating interface: the family, then twelve bytes in all.
pub(crate) fn encapsulated(target: &Target) -> View {
    View::plain(if target.swapped.is_some() { saved } else { live }, 0, 12)
}

fn live(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0x0800 => b.equal(Size::Word, view.kind, INET.to_be(), yes, no),
        0x86dd => b.equal(Size::Word, view.kind, INET6_LINUX.to_be(), yes, no),
        _ => no,
    }
}

fn saved(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    match number {
        0x0800 => any(b, view, &[INET, INET.swap_bytes()], yes, no),
        0x86dd => {
            let swapped = INET6_BSD.map(u32::swap_bytes);
            let swapped = any(b, view, &swapped, yes, no);
            any(b, view, &INET6_BSD, yes, swapped)
        }
        _ => no,
    }
}

/// Whether the family is one of these.
pub(super) fn any(b: &mut Build<'_>, view: &View, families: &[u32], yes: NodeId, no: NodeId) -> NodeId {
    families.iter().rev().fold(no, |next, &family| b.equal(Size::Word, view.kind, family, yes, next))
}

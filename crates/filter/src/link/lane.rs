//! ATM LAN emulation: `client:2`, then Ethernet. A client of ff00 marks a control frame, in which there is none.
//!
//! Source: ATM Forum, LAN Emulation over ATM 1.0, section 4.1.

use super::{Mark, Offset, View, ethernet};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;

/// The client of control frames.
const CONTROL: u32 = 0xff00;

/// Inside SunATM, whose header is of four bytes.
pub(crate) fn view() -> View {
    let plain = ethernet::view();
    View { marked: Mark::Lane(Offset::fixed(4)), naming, ..plain.behind(6) }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    let inner = ethernet::naming(b, view, number, yes, no);
    ethernet_frame(b, view, inner, no)
}

/// Whether there is an Ethernet frame: `yes` is the test that looks into it.
pub(crate) fn ethernet_frame(b: &mut Build<'_>, view: &View, yes: NodeId, no: NodeId) -> NodeId {
    match view.marked {
        Mark::Lane(at) => b.equal(Size::Half, at, CONTROL, no, yes),
        Mark::Nothing => yes,
        Mark::NoFrame => no,
    }
}

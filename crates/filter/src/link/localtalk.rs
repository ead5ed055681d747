//! LocalTalk: AppleTalk and nothing else.

use super::View;
use crate::graph::NodeId;
use crate::lower::Build;

pub(crate) fn view() -> View {
    View::plain(naming, 0, 0)
}

fn naming(_: &mut Build<'_>, _: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    if number == 0x809b { yes } else { no }
}

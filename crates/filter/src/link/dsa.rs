//! Ethernet with a switch's tag of four bytes between the addresses and the type, which tells the direction.
//!
//! Source: `net/dsa/tag_brcm.c` and `net/dsa/tag_dsa.c` of Linux say what the bits are.

use super::{Direction, View, ethernet};
use crate::hir::Size;

/// Broadcom's tag: the opcode is in the three highest bits.
pub(crate) fn broadcom() -> View {
    tagged((0xe0, 0x20), (0xe0, 0))
}

/// Marvell's tag: the command is in the two highest bits.
pub(crate) fn marvell() -> View {
    tagged((0xc0, 0x40), (0x40, 0))
}

fn tagged(sent: (u32, u32), received: (u32, u32)) -> View {
    let direction = Direction::At { size: Size::Byte, at: 12, sent, received: Some(received) };
    View { direction, ..ethernet::view().tagged() }
}

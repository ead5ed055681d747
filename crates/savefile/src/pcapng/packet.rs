//! The blocks that hold a packet, as places in the window: enhanced, simple, and the old one.

use super::block::{EnhancedPacket, OldPacket, SimplePacket, code, kind};
use super::option::Options;
use crate::order::ByteOrder;
use gannet_wire::{Cursor, Direction, Dissect};
use std::ops::Range;

/// A packet as its block describes it.
pub(super) struct Packet {
    pub(super) interface: u32,
    /// Its time, in its interface's unit; `None` if its block does not say.
    pub(super) ticks: Option<u64>,
    pub(super) length: u32,
    pub(super) direction: Direction,
    /// Where in the block's body its bytes are.
    pub(super) bytes: Range<usize>,
    /// Where in the block's body its options begin, which reach to the end.
    pub(super) options: usize,
}

impl Packet {
    /// The packet in a block, if it is of a kind that holds one. `limit`: how many bytes its interface
    /// captures, for a simple packet.
    #[inline]
    pub(super) fn parse(kind: u32, body: &[u8], order: ByteOrder, limit: u32) -> Dissect<Option<Self>> {
        let p = Cursor::new(body, body.len());
        Ok(Some(match kind {
            kind::ENHANCED_PACKET => {
                let EnhancedPacket { interface, ticks, length, bytes, options } =
                    EnhancedPacket::parse(p, order)?;
                Self::new(body, 20, (interface, Some(ticks), length), bytes, options)
            }
            kind::OLD_PACKET => {
                let OldPacket { interface, ticks, length, bytes, options, .. } = OldPacket::parse(p, order)?;
                Self::new(body, 20, (u32::from(interface), Some(ticks), length), bytes, options)
            }
            kind::SIMPLE_PACKET => {
                let SimplePacket { length, bytes } = SimplePacket::parse(p, order, limit)?;
                Self::new(body, 4, (0, None, length), bytes, Options::NONE)
            }
            _ => return Ok(None),
        }))
    }

    #[inline]
    fn new(
        body: &[u8],
        start: usize,
        (interface, ticks, length): (u32, Option<u64>, u32),
        bytes: &[u8],
        options: Options<'_>,
    ) -> Self {
        Self {
            interface,
            ticks,
            length,
            direction: direction(options),
            bytes: start..start + bytes.len(),
            options: body.len().saturating_sub(options.raw().len()),
        }
    }
}

/// What the flags say, if they are there; options that make no sense say nothing. The code is the same in
/// both blocks that have options.
#[inline]
pub(super) fn direction(options: Options<'_>) -> Direction {
    if options.is_empty() {
        return Direction::Unknown;
    }
    options.u32(code::EPB_FLAGS).map_or(Direction::Unknown, from_flags)
}

/// Bits 0-1: 1 inbound, 2 outbound. Bits 2-4: 1 unicast, 2 multicast, 3 broadcast, 4 promiscuous.
fn from_flags(flags: u32) -> Direction {
    match (flags & 3, flags >> 2 & 7) {
        (2, _) => Direction::Outgoing,
        (_, 2) => Direction::Multicast,
        (_, 3) => Direction::Broadcast,
        (_, 4) => Direction::OtherHost,
        (1, _) | (_, 1) => Direction::Host,
        _ => Direction::Unknown,
    }
}

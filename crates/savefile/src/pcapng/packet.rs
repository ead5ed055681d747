//! The blocks that hold a packet: enhanced, simple, and the old one that both replaced.
//!
//! ```text
//! enhanced 6(4) length(4) interface(4) ticks(4+4) caplen(4) length(4) bytes.. options.. length(4)
//! simple   3(4) length(4) length(4) bytes.. length(4)
//! old      2(4) length(4) interface(2) drops(2) ticks(4+4) caplen(4) length(4) bytes.. options.. length(4)
//! ```
//! Source: draft-ietf-opsawg-pcapng §4.3, §4.4, appendix A.

use super::options;
use crate::order::ByteOrder;
use gannet_wire::{Cursor, Direction, Dissect};

/// The same code in both blocks that have options.
const EPB_FLAGS: u16 = 2;

/// A packet as its block describes it.
pub(super) struct Packet {
    pub(super) interface: u32,
    /// Its time, in its interface's unit.
    pub(super) ticks: u64,
    /// Where in the block's body its bytes begin.
    pub(super) start: usize,
    pub(super) caplen: usize,
    pub(super) length: u32,
    pub(super) direction: Direction,
}

pub(super) fn enhanced(body: Cursor<'_>, order: ByteOrder) -> Dissect<Packet> {
    let mut p = body;
    let interface = order.u32(p.array()?);
    timed(interface, body, p, order)
}

pub(super) fn old(body: Cursor<'_>, order: ByteOrder) -> Dissect<Packet> {
    let mut p = body;
    let interface = u32::from(order.u16(p.array()?));
    p.skip(2)?; // how many packets were dropped before this one
    timed(interface, body, p, order)
}

/// `limit`: how many bytes its interface captures.
pub(super) fn simple(body: Cursor<'_>, order: ByteOrder, limit: u32) -> Dissect<Packet> {
    let mut p = body;
    let length = order.u32(p.array()?);
    let caplen = length.min(limit) as usize;
    p.need(caplen)?;
    let start = p.since(&body);
    Ok(Packet { interface: 0, ticks: 0, start, caplen, length, direction: Direction::Unknown })
}

/// What enhanced and old blocks have in common, from the time stamp on.
fn timed(interface: u32, body: Cursor<'_>, mut p: Cursor<'_>, order: ByteOrder) -> Dissect<Packet> {
    let (high, low) = (order.u32(p.array()?), order.u32(p.array()?));
    let caplen = order.u32(p.array()?) as usize;
    let length = order.u32(p.array()?);
    let start = p.since(&body);
    p.skip(caplen)?;
    p.take_up_to(caplen.wrapping_neg() % 4);
    let ticks = u64::from(high) << 32 | u64::from(low);
    Ok(Packet { interface, ticks, start, caplen, length, direction: direction(p, order) })
}

/// What the flags say, if they are there; options that make no sense say nothing.
fn direction(mut p: Cursor<'_>, order: ByteOrder) -> Direction {
    while let Ok(Some(option)) = options::next(&mut p, order) {
        match (option.code, option.value) {
            (options::END, _) => break,
            (EPB_FLAGS, &[a, b, c, d]) => return from_flags(order.u32([a, b, c, d])),
            _ => {}
        }
    }
    Direction::Unknown
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

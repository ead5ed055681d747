//! The way of nearly every block: an enhanced packet of a known interface, whole in memory, with nothing to put right.
//!
//! Whatever else comes, good or bad, takes the long way; so there is one place that judges files.

use super::block::kind;
use super::option::Options;
use super::packet::direction;
use super::{FRAMING, State};
use crate::host_order::Repair;
use crate::order::ByteOrder;
use crate::reader::Found;
use crate::window::Window;
use std::io::Read;
use std::ops::Range;

/// From the type of the block to the packet's bytes.
const HEADER: usize = 28;

impl State {
    /// The packet that the next block holds, and where in the window its options are; `None`, with nothing consumed,
    /// if that needs a closer look.
    #[inline(always)]
    pub(crate) fn enhanced<R: Read>(&self, window: &mut Window<R>) -> Option<(Found, Range<usize>)> {
        let bytes = window.at_hand();
        let (words, _) = bytes.first_chunk::<HEADER>()?.as_chunks();
        let &[kind, length, interface, high, low, caplen, wire] = words else { return None };
        let [kind, length, number, high, low, caplen, wire] =
            [kind, length, interface, high, low, caplen, wire].map(|word| self.order.u32(word));
        if kind != kind::ENHANCED_PACKET || length > self.max_block || length % 4 != 0 || length < FRAMING {
            return None;
        }
        let whole = bytes.get(..length as usize)?;
        let trailer = whole.last_chunk().map(|trailer| self.order.u32(*trailer));
        let options = HEADER + (caplen as usize).checked_next_multiple_of(4)?..whole.len() - 4;
        let said = whole.get(options.clone())?;
        let interface = self.interfaces.get(number as usize)?.as_ref()?;
        let as_it_is = self.order == ByteOrder::NATIVE || Repair::of(interface.link, self.order).is_none();
        if trailer != Some(length) || self.lost || self.ended || !as_it_is {
            return None;
        }
        let direction = direction(Options::new(said, self.order));
        let start = window.consume(length as usize).start;
        let found = Found {
            place: start + HEADER..start + HEADER + caplen as usize,
            length: wire,
            time: interface.time(u64::from(high) << 32 | u64::from(low)),
            link: interface.link,
            interface: number,
            direction,
            timed: true,
        };
        Some((found, start + options.start..start + options.end))
    }
}

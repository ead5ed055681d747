//! Reading a ring: which block is next, and when it goes back to the kernel.

use std::io;
use std::os::fd::AsFd;

use crate::block::{Place, Walk};
use crate::sys;

/// A block is of this size unless blocks are handed over early, or the whole buffer is small.
const BLOCK: u32 = 1 << 20;
/// No block is smaller: the largest snapshot has to fit.
const SMALL_BLOCK: u32 = 1 << 18;
/// Below this timeout, in milliseconds, blocks are handed over mostly empty, and it is their number that decides how
/// long the reader may pause without loss: so they are small, and many.
const EARLY: u32 = 50;

/// A ring, and how far it has been read.
#[derive(Debug)]
pub(crate) struct Reader {
    ring: sys::ring::Ring,
    /// The block that is being read, or will be when it is ours.
    index: usize,
    /// Where in the block, while it is being read.
    place: Option<Place>,
}

/// What there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    /// Nothing.
    No,
    /// The rest of a block that was lent before.
    Rest,
    /// A new block.
    New,
    /// The block at hand is spoilt at this offset.
    Corrupt(usize),
}

impl Reader {
    /// Makes a ring of about `bytes`, fewer if there is not that much memory.
    pub fn make(socket: impl AsFd, bytes: usize, retire_ms: u32) -> io::Result<Self> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let block = if bytes < 2 * BLOCK || retire_ms < EARLY { SMALL_BLOCK } else { BLOCK };
        let mut blocks = bytes.div_ceil(block).max(2);
        loop {
            match sys::ring::Ring::make(&socket, block, blocks, retire_ms) {
                Ok(ring) => return Ok(Self { ring, index: 0, place: None }),
                Err(error) if error.kind() == io::ErrorKind::OutOfMemory && blocks > 2 => {
                    blocks = (blocks / 2).max(2);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Bytes of the whole ring.
    pub fn size(&self) -> usize {
        self.ring.blocks() * self.ring.block_size()
    }

    /// Whether there is something to read; a block that was read to its end goes back to the kernel here.
    pub fn ready(&mut self) -> Ready {
        if let Some(place) = self.place {
            if place.has_more() {
                return Ready::Rest;
            }
            self.ring.give_back(self.index);
            self.place = None;
            self.index = (self.index + 1) % self.ring.blocks();
            if let Some(offset) = place.corrupt() {
                return Ready::Corrupt(offset);
            }
        }
        // An empty block is possible, if no use; of as many as there are blocks, one is not.
        for _ in 0..self.ring.blocks() {
            let Some(block) = self.ring.take(self.index) else { return Ready::No };
            let place = Place::first(block);
            self.place = Some(place);
            if place.has_more() {
                return Ready::New;
            }
            self.ring.give_back(self.index);
            self.place = None;
            self.index = (self.index + 1) % self.ring.blocks();
        }
        Ready::No
    }

    /// Whether the block at hand was not read to its end.
    pub fn has_rest(&self) -> bool {
        self.place.is_some_and(|place| place.has_more())
    }

    /// The packets of the block at hand; none if there is no block.
    pub fn walk(&mut self) -> Option<Walk<'_>> {
        let place = self.place.as_mut()?;
        self.ring.take(self.index).map(|block| Walk::new(block, place))
    }

    /// Whether the kernel has put packets into the block that it will hand over next.
    pub fn is_filling(&self) -> bool {
        self.ring.is_ours(self.index) || self.ring.count(self.index) > 0
    }
}

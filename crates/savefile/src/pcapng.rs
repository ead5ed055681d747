//! pcapng: a file of blocks. Each begins with its type and length, and ends with its length again.
//!
//! - [`section`] where a section, and with it a byte order, begins;
//! - [`interface`] what packets of one interface have in common;
//! - [`packet`] the three kinds of block that hold a packet;
//! - [`options`] what most blocks may end in.
//!
//! Other blocks are stepped over. Where libpcap gives up, on a second link type, snapshot length or byte
//! order, this reads on. Source: draft-ietf-opsawg-pcapng.

pub(crate) mod interface;
mod options;
mod packet;
mod section;

use crate::error::Error;
use crate::order::ByteOrder;
use crate::reader::{Found, max_caplen};
use crate::window::Window;
use gannet_wire::Cursor;
use interface::Interface;
use std::io::Read;

/// How a file begins: the type of a section header block, the same in both byte orders.
pub(crate) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// The type and the two lengths of a block.
const FRAMING: u32 = 12;
/// The longest block that is read, unless a link type has longer packets.
const MAX_BLOCK: u32 = 16 * 1024 * 1024;
/// Room in the longest block of a link type with long packets: headers and options.
const MAX_OPTIONS: u32 = 131_072 + 32;
/// More interfaces than this in one section are refused, to bound the memory they take.
const MAX_INTERFACES: u32 = 1 << 20;

/// Types of blocks that say something about packets.
mod kind {
    pub(super) const INTERFACE: u32 = 1;
    pub(super) const OLD_PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;
    pub(super) const SECTION: u32 = 0x0a0d_0d0a;
}

/// What was learned so far.
pub(crate) struct State {
    pub(crate) order: ByteOrder,
    pub(crate) version: (u16, u16),
    /// The first interface of the file, which speaks for all where only one can.
    pub(crate) first: Interface,
    /// The interfaces of this section.
    pub(crate) interfaces: Vec<Option<Interface>>,
    pub(crate) sections: u64,
    max_block: u32,
    /// A fault found while looking for the first interface, not yet told.
    pending: Option<Error>,
    ended: bool,
}

/// A whole block, in the window.
struct Block {
    kind: u32,
    /// Its length in the file.
    length: usize,
    /// Where it begins in the file.
    offset: u64,
}

impl State {
    /// Reads the first section header and on to the first interface. A file without any is empty: a packet
    /// that comes before its interface is an error, but one that does not hide the packets behind it.
    pub(crate) fn open<R: Read>(window: &mut Window<R>) -> Result<Self, Error> {
        let section = section::first(window)?;
        let mut state = Self {
            order: section.order,
            version: section.version,
            first: Interface::default(),
            interfaces: Vec::new(),
            sections: 1,
            max_block: MAX_BLOCK,
            pending: None,
            ended: false,
        };
        while let Some(block) = state.block(window)? {
            match state.step(&block, window) {
                Err(e) if e.is_local() => state.pending = state.pending.or(Some(e)),
                Err(e) => return Err(e),
                Ok(_) => {}
            }
            if let Some(first) = state.interfaces.iter().flatten().next() {
                state.first = first.clone();
                return Ok(state);
            }
        }
        match state.pending {
            Some(e) => Err(e),
            None => Ok(state),
        }
    }

    /// Finds the next packet.
    pub(crate) fn next<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Found>, Error> {
        if let Some(e) = self.pending.take() {
            return Err(e);
        }
        while !self.ended {
            let step = match self.block(window) {
                Ok(Some(block)) => self.step(&block, window),
                Ok(None) => break,
                Err(e) => Err(e),
            };
            match step {
                Ok(None) => {}
                Err(e) => {
                    self.ended = !e.is_local() && !matches!(e, Error::Read(_));
                    return Err(e);
                }
                found => return found,
            }
        }
        self.ended = true;
        Ok(None)
    }

    /// Brings the next block into the window whole, and checks its framing; `None` at the end of the file.
    fn block<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Block>, Error> {
        let offset = window.offset();
        let head = window.look(8).map_err(Error::Read)?;
        let &[k0, k1, k2, k3, l0, l1, l2, l3] = head else {
            let got = head.len();
            return if got == 0 { Ok(None) } else { Err(Error::TruncatedBlock { wanted: 8, got, offset }) };
        };
        let kind = self.order.u32([k0, k1, k2, k3]);
        let order = if kind == kind::SECTION { section::byte_order(window)? } else { self.order };
        let length = order.u32([l0, l1, l2, l3]);
        if length < FRAMING {
            return Err(Error::ShortBlock { length, offset });
        }
        if length % 4 != 0 {
            return Err(Error::OddBlock { length, offset });
        }
        if length > self.max_block {
            return Err(Error::HugeBlock { length, max: self.max_block, offset });
        }
        let wanted = length as usize;
        let bytes = window.look(wanted).map_err(Error::Read)?;
        if bytes.len() < wanted {
            return Err(Error::TruncatedBlock { wanted: wanted - 8, got: bytes.len() - 8, offset });
        }
        let trailer = bytes.last_chunk().map_or(0, |b| order.u32(*b));
        if trailer != length {
            return Err(Error::LengthMismatch { header: length, trailer, offset });
        }
        Ok(Some(Block { kind, length: wanted, offset }))
    }

    /// Steps over a block that is in the window, and learns from it.
    fn step<R: Read>(&mut self, block: &Block, window: &mut Window<R>) -> Result<Option<Found>, Error> {
        let whole = window.consume(block.length);
        let body = whole.start + 8..whole.end.saturating_sub(4);
        let bytes = window.lend(body.clone());
        let too_short = |_| Error::BlockTooShort { kind: block.kind, offset: block.offset };
        let p = Cursor::new(bytes, bytes.len());
        let packet = match block.kind {
            kind::SECTION => {
                let section = section::parse(p, block.offset)?;
                (self.order, self.version) = (section.order, section.version);
                self.interfaces.clear();
                self.sections = self.sections.saturating_add(1);
                return Ok(None);
            }
            kind::INTERFACE => return self.add_interface(p, block).map(|()| None),
            kind::ENHANCED_PACKET => packet::enhanced(p, self.order).map_err(too_short)?,
            kind::SIMPLE_PACKET => packet::simple(p, self.order, self.simple_limit()).map_err(too_short)?,
            kind::OLD_PACKET => packet::old(p, self.order).map_err(too_short)?,
            _ => return Ok(None),
        };
        let offset = block.offset;
        let interface = match self.interfaces.get(packet.interface as usize) {
            Some(Some(interface)) => interface,
            _ if self.interfaces.is_empty() && self.sections == 1 => {
                return Err(Error::PacketBeforeInterface { offset });
            }
            _ => return Err(Error::UnknownInterface { interface: packet.interface, offset }),
        };
        let start = body.start + packet.start;
        Ok(Some(Found {
            place: start..start + packet.caplen,
            length: packet.length,
            time: interface.time(packet.ticks),
            link: interface.link,
            interface: packet.interface,
            direction: packet.direction,
        }))
    }

    /// An interface that makes no sense still takes its number.
    fn add_interface(&mut self, p: Cursor<'_>, block: &Block) -> Result<(), Error> {
        if self.interfaces.len() >= MAX_INTERFACES as usize {
            return Err(Error::TooManyInterfaces { max: MAX_INTERFACES, offset: block.offset });
        }
        let parsed = interface::parse(p, self.order, block.offset);
        if let Ok(interface) = &parsed {
            let longest = max_caplen(interface.link).saturating_add(MAX_OPTIONS);
            self.max_block = self.max_block.max(longest);
        }
        let (interface, outcome) = match parsed {
            Ok(interface) => (Some(interface), Ok(())),
            Err(e) => (None, Err(e)),
        };
        self.interfaces.push(interface);
        outcome
    }

    /// A simple packet block does not say how much was captured: as much as its interface lets through.
    fn simple_limit(&self) -> u32 {
        self.interfaces.first().and_then(Option::as_ref).map_or(u32::MAX, |first| first.snaplen)
    }
}

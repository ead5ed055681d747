//! pcapng: a file of blocks. Each begins with its type and length, and ends with its length again.
//!
//! - [`block`] the blocks, typed and borrowed;
//! - [`option`] what most blocks may end in;
//! - [`interface`] what packets of one interface have in common;
//! - [`section`] where a section, and with it a byte order, begins;
//! - [`packet`] the three kinds of block that hold a packet;
//! - [`enhanced`] the one of them that nearly every block is, at once;
//! - [`sound`] what can be a block, after damage;
//! - [`survey`] what the interfaces have in common that are in sight at the start;
//! - [`encode`] blocks as they are written.
//!
//! Where libpcap gives up, on a second link type, snapshot length or byte order, this reads on.
//! Source: draft-ietf-opsawg-pcapng.

pub mod block;
pub(crate) mod encode;
mod enhanced;
pub(crate) mod interface;
pub(crate) mod option;
mod packet;
mod section;
mod sound;
mod survey;

use crate::error::Error;
use crate::host_order::Repair;
use crate::order::ByteOrder;
use crate::reader::{Found, adjust_snaplen, max_caplen};
use crate::recover::REACH;
use crate::window::Window;
use block::{Block, InterfaceBlock, kind};
use gannet_wire::{Cursor, LinkType};
use interface::{Interface, MAX_INTERFACE_BYTES, MAX_INTERFACES};
use packet::Packet;
use std::io::Read;
use std::ops::Range;
use survey::Survey;

/// How a file begins: the type of a section header block, the same in both byte orders.
pub(crate) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// The type and the two lengths of a block.
const FRAMING: u32 = 12;
/// The longest block that is read, unless a link type has longer packets.
const MAX_BLOCK: u32 = 16 * 1024 * 1024;
/// Room in the longest block of a link type with long packets: headers and options.
const MAX_OPTIONS: u32 = 131_072 + 32;
/// How far into a file its first interface is looked for.
const MAX_PRELUDE: usize = 32 * 1024 * 1024;

/// What was learned so far.
pub(crate) struct State {
    pub(crate) order: ByteOrder,
    pub(crate) version: (u16, u16),
    /// The first interface of the file, which speaks for all where only one can.
    pub(crate) first: Interface,
    /// What a pcap file has to say that takes the packets of all interfaces that were seen when this was opened.
    pub(crate) survey: Survey,
    /// The interfaces of this section.
    pub(crate) interfaces: Vec<Option<Interface>>,
    pub(crate) sections: u64,
    /// The last of them that makes sense.
    described: Option<u32>,
    /// How much of a packet the first of them lets through: its simple packets do not say how much was captured.
    simple_limit: u32,
    /// How long their blocks are, all together.
    interface_bytes: usize,
    max_block: u32,
    /// Whether blocks of this section were lost: among them may be interfaces.
    pub(crate) lost: bool,
    pub(crate) ended: bool,
}

/// A whole block.
pub(crate) struct Frame {
    kind: u32,
    /// Its length in the file.
    length: usize,
    /// Where it begins in the file.
    offset: u64,
    /// Where its body is in the window, once it was consumed.
    body: Range<usize>,
}

/// What [`State::item`] finds.
pub(crate) enum Step {
    /// A packet, and where in the window its options are.
    Packet(Found, Range<usize>),
    /// Another block.
    Block(Frame),
}

impl State {
    /// Looks at the first section header and on to the first interface, and consumes nothing. A file
    /// without any is empty: a packet that comes before its interface is an error, but one that does not
    /// hide the packets behind it.
    ///
    /// With `recover`, damage before that interface is left to be found again when blocks are read.
    pub(crate) fn open<R: Read>(window: &mut Window<R>, recover: bool) -> Result<Self, Error> {
        section::first(window)?;
        let mut state = Self {
            order: ByteOrder::NATIVE,
            version: (1, 0),
            first: Interface::default(),
            survey: Survey::of_one(&Interface::default()),
            interfaces: Vec::new(),
            sections: 0,
            described: None,
            simple_limit: u32::MAX,
            interface_bytes: 0,
            max_block: MAX_BLOCK,
            lost: false,
            ended: false,
        };
        let (mut ahead, mut wrong) = (0, None);
        while ahead < MAX_PRELUDE {
            let frame = match state.frame(window, ahead) {
                Ok(Some(frame)) => frame,
                Err(e) if !recover || matches!(e, Error::Read(_)) => return Err(e),
                _ => break,
            };
            let unread = window.look_far(ahead + frame.length).map_err(Error::Read)?;
            let body = unread.get(ahead + 8..ahead + frame.length - 4).unwrap_or_default();
            match state.learn(&frame, body).and_then(|()| state.packet(&frame, body)) {
                Err(e) if !e.is_local() => return Err(e),
                Err(e) => wrong = wrong.or(Some(e)),
                Ok(_) => {}
            }
            ahead += frame.length;
            if let Some(first) = state.interfaces.iter().flatten().next() {
                (state.first, state.sections, wrong) = (first.clone(), 1, None);
                break;
            }
        }
        state.survey = Survey::of(&state.first, window.at_hand(), state.order);
        state.sections = 1;
        wrong.map_or(Ok(state), Err)
    }

    /// Finds the next packet.
    #[inline]
    pub(crate) fn next<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Found>, Error> {
        loop {
            let Some(frame) = self.advance(window)? else { return Ok(None) };
            match self.take_in(&frame, window.lend(frame.body())) {
                Ok(None) => {}
                Ok(Some((mut found, _))) => {
                    self.put_right(&mut found, window);
                    return Ok(Some(found));
                }
                Err(e) => {
                    self.ended = !e.is_local();
                    return Err(e);
                }
            }
        }
    }

    /// Learns from a block, or finds the packet in it and where its options begin.
    #[inline]
    fn take_in(&mut self, frame: &Frame, body: &[u8]) -> Result<Option<(Found, usize)>, Error> {
        if frame.kind != kind::ENHANCED_PACKET || self.lost {
            self.learn(frame, body)?;
        }
        self.packet(frame, body)
    }

    /// Finds the next packet or other block.
    pub(crate) fn item<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Step>, Error> {
        let Some(frame) = self.advance(window)? else { return Ok(None) };
        let body = window.lend(frame.body.clone());
        let found = self.take_in(&frame, body);
        self.ended = found.as_ref().is_err_and(|e| !e.is_local());
        Ok(Some(match found? {
            None => Step::Block(frame),
            Some((mut found, options)) => {
                self.put_right(&mut found, window);
                Step::Packet(found, options..frame.body.end)
            }
        }))
    }

    /// Finds the next block, whatever is in it.
    pub(crate) fn block<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Frame>, Error> {
        let Some(frame) = self.advance(window)? else { return Ok(None) };
        let body = window.lend(frame.body.clone());
        match self.take_in(&frame, body) {
            Err(e) if !e.is_local() => {
                self.ended = true;
                return Err(e);
            }
            Ok(Some((mut found, _))) => self.put_right(&mut found, window),
            _ => {}
        }
        Ok(Some(frame))
    }

    /// Turns what a packet has in the byte order of the machine that captured it.
    #[inline]
    fn put_right<R: Read>(&self, found: &mut Found, window: &mut Window<R>) {
        if let Some(repair) = Repair::of(found.link, self.order) {
            found.length = repair.apply(window.lend_mut(found.place.clone()), found.length);
        }
    }

    /// A block that was found, with its fields.
    pub(crate) fn parse<'b>(&self, frame: &Frame, body: &'b [u8]) -> Result<Block<'b>, Error> {
        let Frame { kind, offset, .. } = *frame;
        Block::parse(kind, body, self.order, self.simple_limit)
            .map_err(|_| Error::BlockTooShort { kind, offset })
    }

    /// Steps over the next block, and says where it is.
    #[inline]
    fn advance<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Frame>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut found = self.frame(window, 0);
        self.ended = !matches!(found, Ok(Some(_)) | Err(Error::Read(_)));
        if let Ok(Some(frame)) = &mut found {
            let whole = window.consume(frame.length);
            frame.body = whole.start + 8..whole.end.saturating_sub(4);
        }
        found
    }

    /// Brings the block that begins `ahead` bytes from here into the window whole, and checks its framing;
    /// `None` at the end of the file.
    #[inline]
    fn frame<R: Read>(&self, window: &mut Window<R>, ahead: usize) -> Result<Option<Frame>, Error> {
        let offset = window.offset().saturating_add(ahead as u64);
        let head = window.look_far(ahead + 8).map_err(Error::Read)?.get(ahead..).unwrap_or_default();
        let &[k0, k1, k2, k3, l0, l1, l2, l3, ..] = head else {
            let got = head.len();
            return if got == 0 { Ok(None) } else { Err(Error::TruncatedBlock { wanted: 8, got, offset }) };
        };
        let kind = self.order.u32([k0, k1, k2, k3]);
        let order = if kind == kind::SECTION {
            let head = window.look_far(ahead + 12).map_err(Error::Read)?.get(ahead..).unwrap_or_default();
            section::byte_order(head, offset)?
        } else {
            self.order
        };
        let length = order.u32([l0, l1, l2, l3]);
        if length < FRAMING {
            return Err(Error::ShortBlock { length, offset });
        }
        if length % 4 != 0 && offset != 0 {
            return Err(Error::OddBlock { length, offset });
        }
        if length > self.max_block {
            return Err(Error::HugeBlock { length, max: self.max_block, offset });
        }
        let wanted = length as usize;
        let bytes = window.look_far(ahead + wanted).map_err(Error::Read)?.get(ahead..).unwrap_or_default();
        let Some(bytes) = bytes.get(..wanted) else {
            return Err(Error::TruncatedBlock { wanted: wanted - 8, got: bytes.len() - 8, offset });
        };
        let trailer = bytes.last_chunk().map_or(0, |b| order.u32(*b));
        // libpcap never looked at the trailer of the first block.
        if trailer != length && offset != 0 {
            return Err(Error::LengthMismatch { header: length, trailer, offset });
        }
        if kind == kind::SECTION {
            section::parse(bytes.get(8..wanted - 4).unwrap_or_default(), offset)?;
        }
        Ok(Some(Frame { kind, length: wanted, offset, body: 0..0 }))
    }

    /// Learns what there is to learn from a block whose trailer alone is damaged.
    pub(crate) fn salvage<R: Read>(&mut self, wrong: &Error, window: &mut Window<R>) -> Result<(), Error> {
        let Error::LengthMismatch { header, offset, .. } = *wrong else { return Ok(()) };
        let length = header as usize;
        let bytes = window.look_ahead(length + REACH, REACH).map_err(Error::Read)?;
        let (block, behind) = bytes.split_at_checked(length).unwrap_or_default();
        let kind = block.first_chunk().map(|kind| self.order.u32(*kind));
        if kind == Some(kind::INTERFACE) && self.sound(behind, bytes.len() < length + REACH) {
            let body = block.get(8..length - 4).unwrap_or_default();
            let frame = Frame { kind: kind::INTERFACE, length, offset, body: 0..0 };
            let _ = self.add_interface(body, &frame); // what is wrong with its options is not the damage
        }
        Ok(())
    }

    /// Learns from a block what the blocks after it mean.
    fn learn(&mut self, frame: &Frame, body: &[u8]) -> Result<(), Error> {
        match frame.kind {
            kind::SECTION => {
                let section = section::parse(body, frame.offset)?;
                (self.order, self.version) = (section.order, section.version);
                self.interfaces.clear();
                (self.described, self.interface_bytes, self.lost) = (None, 0, false);
                self.simple_limit = u32::MAX;
                // The first one was counted when the file was opened.
                self.sections = if frame.offset == 0 { 1 } else { self.sections.saturating_add(1) };
                Ok(())
            }
            kind::INTERFACE => self.add_interface(body, frame),
            kind::ENHANCED_PACKET | kind::SIMPLE_PACKET | kind::OLD_PACKET
                if self.lost && self.interfaces.is_empty() =>
            {
                self.interfaces.push(Some(self.first.clone()));
                (self.described, self.simple_limit) = (Some(0), self.first.snaplen);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The packet in a block, if it is of a kind that holds one, and where in the window its options begin.
    #[inline]
    fn packet(&self, frame: &Frame, body: &[u8]) -> Result<Option<(Found, usize)>, Error> {
        let Frame { kind, offset, .. } = *frame;
        let packet = Packet::parse(kind, body, self.order, self.simple_limit)
            .map_err(|_| Error::BlockTooShort { kind, offset })?;
        let Some(packet) = packet else { return Ok(None) };
        let described = self.interfaces.get(packet.interface as usize).and_then(Option::as_ref);
        let (number, interface) = match described.map(|interface| (packet.interface, interface)) {
            Some(found) => found,
            None => self.assumed().ok_or(if self.interfaces.is_empty() && self.sections == 1 {
                Error::PacketBeforeInterface { offset }
            } else {
                Error::UnknownInterface { interface: packet.interface, offset }
            })?,
        };
        let start = frame.body.start;
        let found = Found {
            place: start + packet.bytes.start..start + packet.bytes.end,
            length: packet.length,
            time: interface.time(packet.ticks.unwrap_or(0)),
            link: interface.link,
            interface: number,
            direction: packet.direction,
            timed: packet.ticks.is_some(),
        };
        Ok(Some((found, start + packet.options)))
    }

    /// The interface that a packet is taken to be of, when the one it names may have been lost: the last one
    /// that was described.
    fn assumed(&self) -> Option<(u32, &Interface)> {
        let number = self.described.filter(|_| self.lost)?;
        Some((number, self.interfaces.get(number as usize)?.as_ref()?))
    }

    /// An interface that makes no sense still takes its number.
    fn add_interface(&mut self, body: &[u8], frame: &Frame) -> Result<(), Error> {
        let Frame { kind, offset, .. } = *frame;
        self.interface_bytes = self.interface_bytes.saturating_add(frame.length);
        let many = self.interfaces.len() >= MAX_INTERFACES as usize;
        if many || self.interface_bytes > MAX_INTERFACE_BYTES {
            return Err(Error::TooManyInterfaces { max: MAX_INTERFACES, offset });
        }
        let fields = InterfaceBlock::parse_fields(Cursor::new(body, body.len()), self.order)
            .map_err(|_| Error::BlockTooShort { kind, offset });
        if let (true, Ok(fields)) = (self.interfaces.is_empty(), &fields) {
            // Also if its options make no sense: whoever copies the file leaves those out.
            self.simple_limit = adjust_snaplen(LinkType::from_file(fields.link.0), fields.snaplen);
        }
        let parsed = fields.and_then(|fields| interface::parse(&fields, offset));
        if let Ok(interface) = &parsed {
            let longest = max_caplen(interface.link).saturating_add(MAX_OPTIONS);
            self.max_block = self.max_block.max(longest);
            self.described = u32::try_from(self.interfaces.len()).ok();
        }
        let (interface, outcome) = match parsed {
            Ok(interface) => (Some(interface), Ok(())),
            Err(e) => (None, Err(e)),
        };
        self.interfaces.push(interface);
        outcome
    }
}

impl Frame {
    /// Where its body is in the window.
    pub(crate) fn body(&self) -> Range<usize> {
        self.body.clone()
    }
}

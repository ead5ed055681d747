//! One reader for every savefile format, told apart by the first four bytes.

use crate::error::Error;
use crate::order::ByteOrder;
use crate::pcapng::block::{Block, Options};
use crate::pcapng::interface::Interface;
use crate::pcapng::{Frame, Step};
use crate::recover::Scan;
use crate::window::Window;
use crate::{pcap, pcapng};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::fmt;
use std::io::Read;
use std::ops::Range;

/// The most memory that the reader's buffer ever takes, in bytes: the longest record there can be (128 MiB
/// of D-Bus) and its options. It grows beyond 256 KiB only while records are longer than that.
pub const MAX_WINDOW: usize = 129 * 1024 * 1024;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The classic format: one header, then records.
    Pcap,
    /// Blocks of many kinds.
    Pcapng,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        })
    }
}

/// The unit in which a file counts fractions of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Millionths.
    #[default]
    Micro,
    /// Billionths.
    Nano,
}

/// Reads the packets of a savefile in their order.
pub struct Reader<R> {
    pub(crate) window: Window<R>,
    pub(crate) state: State,
    recover: bool,
    /// A walk over damage that could not be ended yet.
    scan: Option<Scan>,
}

/// What is in a file, in its order.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Item<'b> {
    /// A packet.
    Packet {
        /// The packet.
        record: Record<'b>,
        /// Whether the file says when it was seen. A simple packet block does not: its record has the time 0.
        timed: bool,
        /// What a pcapng file says of it besides; [`Options::NONE`] for pcap.
        options: Options<'b>,
    },
    /// Anything else in a pcapng file: sections and interfaces too, packets never.
    Block(Block<'b>),
}

/// What was learned so far, by format.
pub(crate) enum State {
    Pcap(pcap::State),
    Pcapng(Box<pcapng::State>),
}

/// A record as a format finds it: all but the bytes, which are still in the window.
pub(crate) struct Found {
    pub(crate) place: Range<usize>,
    pub(crate) length: u32,
    pub(crate) time: Timestamp,
    pub(crate) link: LinkType,
    pub(crate) interface: u32,
    pub(crate) direction: Direction,
    pub(crate) timed: bool,
}

impl Found {
    #[inline(always)]
    fn record<'w, R: Read>(&self, window: &'w Window<R>) -> Record<'w> {
        Record {
            bytes: window.lend(self.place.clone()),
            length: self.length,
            time: self.time,
            link: self.link,
            interface: self.interface,
            direction: self.direction,
            vlan: None,
        }
    }
}

impl<R: Read> Reader<R> {
    /// Reads the file header: for pcapng, up to the first interface.
    ///
    /// A pcapng file in which no interface is described holds no packets, and reads as an empty file of
    /// Ethernet; libpcap refuses it. [`Reader::interfaces`] is empty then.
    pub fn open(source: R) -> Result<Self, Error> {
        Self::begin(Window::new(source), false)
    }

    /// The same for a source that others read too, or ask where it stands: after each call it stands where the
    /// header, record or block ends that was read last. Of a pcapng file, what is said of interfaces is known of
    /// the first alone. A source that does not buffer is slow this way.
    pub fn open_exact(source: R) -> Result<Self, Error> {
        Self::begin(Window::exact(source), false)
    }

    /// The same, set to [recover](Reader::recover), also from damage before the first interface. The file
    /// header must be whole.
    pub fn open_damaged(source: R) -> Result<Self, Error> {
        let mut reader = Self::begin(Window::new(source), true)?;
        reader.recover(true);
        Ok(reader)
    }

    /// Whether to read as much at once as is good. When that ends, the source must have been moved to
    /// [`Reader::offset`]; from then on it is read as [`Reader::open_exact`] says.
    pub fn read_ahead(&mut self, on: bool) {
        self.window.set_exact(!on);
    }

    fn begin(mut window: Window<R>, recover: bool) -> Result<Self, Error> {
        let magic = match window.look(4).map_err(Error::Read)? {
            &[a, b, c, d] => [a, b, c, d],
            short => return Err(Error::TruncatedHeader { wanted: 4, got: short.len() }),
        };
        let state = if magic == pcapng::MAGIC {
            State::Pcapng(Box::new(pcapng::State::open(&mut window, recover)?))
        } else {
            State::Pcap(pcap::State::open(magic, &mut window)?)
        };
        Ok(Self { window, state, recover, scan: None })
    }

    /// Whether to go on after damage. If so, what could not be read is one [`Error::Skipped`], which says
    /// from where to where and why; the next call gives the next packet that is sound. Headers are judged
    /// more strictly then: a field of zeroes is no row of empty packets.
    ///
    /// In pcap, reading goes on where three headers in a row are plausible, or fewer up to the end of the
    /// file; in pcapng at a block that is followed by another. If the block of an interface may have been
    /// among the damage, packets of an interface that is not described count as of the last one that is.
    /// Up to 2 MiB of the file are held in memory for this, all of it is looked at once more at the most.
    pub fn recover(&mut self, on: bool) {
        self.recover = on;
        if let State::Pcap(state) = &mut self.state {
            state.recover = on;
        }
    }

    /// The next packet; `None` at the end of the file.
    ///
    /// After an error that [is local](Error::is_local) the next call goes on behind the block at fault, and
    /// after [`Error::Read`] it tries to read again. After any other error the next call gives `None`.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not lend from its own buffer")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        if let Some((found, _)) = self.at_once() {
            return Ok(Some(self.record(&found)));
        }
        Ok(self.advance()?.map(|found| self.record(&found)))
    }

    /// The next packet that is wanted; `None` at the end of the file. Errors as in [`Reader::next`].
    pub fn find(&mut self, mut wanted: impl FnMut(&Record<'_>) -> bool) -> Result<Option<Record<'_>>, Error> {
        loop {
            if let Some((found, _)) = self.at_once() {
                if wanted(&self.record(&found)) {
                    return Ok(Some(self.record(&found)));
                }
                continue;
            }
            let Some(found) = self.advance()? else { return Ok(None) };
            if wanted(&self.record(&found)) {
                return Ok(Some(self.record(&found)));
            }
        }
    }

    /// The next packet with its options, or the next other block of a pcapng file, from the first section
    /// header on; `None` at the end of the file. Errors as in [`Reader::next`].
    ///
    /// [`Reader::next`], this and [`Reader::next_block`] go over the same file: what one gave, the others
    /// do not give again.
    #[inline]
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, Error> {
        if let Some((found, options)) = self.at_once() {
            let options = Options::new(self.window.lend(options), self.byte_order());
            return Ok(Some(Item::Packet { record: self.record(&found), timed: found.timed, options }));
        }
        self.any_item()
    }

    fn any_item(&mut self) -> Result<Option<Item<'_>>, Error> {
        self.go_on()?;
        let step = match &mut self.state {
            State::Pcap(state) => {
                state.next(&mut self.window).map(|found| found.map(|found| Step::Packet(found, 0..0)))
            }
            State::Pcapng(state) => state.item(&mut self.window),
        };
        match step.map_err(|e| self.damage(e))? {
            None => Ok(None),
            Some(Step::Packet(found, options)) => {
                let options = Options::new(self.window.lend(options), self.byte_order());
                Ok(Some(Item::Packet { record: self.record(&found), timed: found.timed, options }))
            }
            Some(Step::Block(frame)) => self.block(&frame).map(|block| Some(Item::Block(block))),
        }
    }

    /// The next block of a pcapng file, as it is, from the first section header on; `None` at the end of the
    /// file.
    ///
    /// Blocks of interfaces that make no sense and packets of interfaces that are not there are given like
    /// any others. Other errors as in [`Reader::next`]; [`Error::NoBlocks`] for pcap.
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>, Error> {
        self.go_on()?;
        let found = match &mut self.state {
            State::Pcap(_) => return Err(Error::NoBlocks { format: Format::Pcap }),
            State::Pcapng(state) => state.block(&mut self.window),
        };
        match found.map_err(|e| self.damage(e))? {
            None => Ok(None),
            Some(frame) => self.block(&frame).map(Some),
        }
    }

    fn block(&self, frame: &Frame) -> Result<Block<'_>, Error> {
        match &self.state {
            State::Pcap(_) => Err(Error::NoBlocks { format: Format::Pcap }),
            State::Pcapng(state) => state.parse(frame, self.window.lend(frame.body())),
        }
    }

    /// The next packet, and where its options are, if that takes no closer look. Inlined with all it calls: what it
    /// finds is then nowhere put together in memory only to be taken apart again.
    #[inline(always)]
    fn at_once(&mut self) -> Option<(Found, Range<usize>)> {
        match &self.state {
            State::Pcapng(state) if self.scan.is_none() => state.enhanced(&mut self.window),
            _ => None,
        }
    }

    fn advance(&mut self) -> Result<Option<Found>, Error> {
        self.go_on()?;
        let found = match &mut self.state {
            State::Pcap(state) => state.next(&mut self.window),
            State::Pcapng(state) => state.next(&mut self.window),
        };
        match found {
            Err(e) => Err(self.damage(e)),
            found => found,
        }
    }

    /// Ends a walk over damage that the source interrupted.
    #[inline]
    fn go_on(&mut self) -> Result<(), Error> {
        if self.scan.is_none() {
            return Ok(());
        }
        self.scan.take().map_or(Ok(()), |scan| Err(self.walk(scan)))
    }

    /// What to say of an error: after damage that is to be survived, how much was stepped over.
    #[cold]
    fn damage(&mut self, wrong: Error) -> Error {
        if !self.recover || wrong.is_local() || matches!(wrong, Error::Read(_)) {
            return wrong;
        }
        if let State::Pcapng(state) = &mut self.state
            && let Err(failed) = state.salvage(&wrong, &mut self.window)
        {
            state.ended = false;
            return failed;
        }
        let scan = Scan::begin(wrong, &mut self.window);
        self.walk(scan)
    }

    fn walk(&mut self, scan: Scan) -> Error {
        let (error, rest) = match &mut self.state {
            State::Pcap(state) => {
                state.ended = false;
                scan.run(&mut self.window, |bytes, ended| state.sound(bytes, ended))
            }
            State::Pcapng(state) => {
                (state.ended, state.lost) = (false, true);
                scan.run(&mut self.window, |bytes, ended| state.sound(bytes, ended))
            }
        };
        self.scan = rest;
        error
    }

    #[inline(always)]
    fn record(&self, found: &Found) -> Record<'_> {
        found.record(&self.window)
    }

    /// The link type of the file; for pcapng that of its first interface, others may differ.
    pub fn link(&self) -> LinkType {
        match &self.state {
            State::Pcap(state) => state.link,
            State::Pcapng(state) => state.first.link,
        }
    }

    /// What stands beside the link type in a pcap header, in its place: whether the frames end in a frame
    /// check sequence (bit 26) and how long it is (bits 28 to 31, in units of 16 bits). For pcapng, what stands there
    /// for the interfaces of [`Reader::fcs_len`].
    pub fn link_extension(&self) -> u32 {
        match &self.state {
            State::Pcap(state) => state.link_extension,
            State::Pcapng(state) => state.survey.fcs_len.map_or(0, pcap::extension_of),
        }
    }

    /// How long the frame check sequence is that frames end in, in bits, if that is said; for pcapng if all interfaces
    /// say the same of those that [`Reader::snaplen`] knows.
    pub fn fcs_len(&self) -> Option<u8> {
        match &self.state {
            State::Pcap(state) => pcap::fcs_len(state.link_extension),
            State::Pcapng(state) => state.survey.fcs_len,
        }
    }

    /// How many bytes of a packet the file holds, at most; for pcapng the most that any interface says of those in
    /// the part of the file that was read when it was opened, 256 KiB if it is a file. Others may say more.
    pub fn snaplen(&self) -> u32 {
        match &self.state {
            State::Pcap(state) => state.snaplen,
            State::Pcapng(state) => state.survey.snaplen,
        }
    }

    /// The format of the file.
    pub fn format(&self) -> Format {
        match &self.state {
            State::Pcap(_) => Format::Pcap,
            State::Pcapng(_) => Format::Pcapng,
        }
    }

    /// The unit of time stamps; for pcapng, [`Precision::Nano`] if an interface counts in anything finer than
    /// microseconds, of those that [`Reader::snaplen`] knows.
    pub fn precision(&self) -> Precision {
        match &self.state {
            State::Pcap(state) => state.precision,
            State::Pcapng(state) => state.survey.precision,
        }
    }

    /// The byte order of the file; for pcapng that of the section that is being read.
    pub fn byte_order(&self) -> ByteOrder {
        match &self.state {
            State::Pcap(state) => state.order,
            State::Pcapng(state) => state.order,
        }
    }

    /// The version of the format, before and after the dot; for pcapng that of the section being read.
    pub fn version(&self) -> (u16, u16) {
        match &self.state {
            State::Pcap(state) => state.version,
            State::Pcapng(state) => state.version,
        }
    }

    /// The interfaces of the section that is being read, as far as they were seen; [`Record::interface`] is
    /// an index into them. `None` stands for one whose block makes no sense. Empty for pcap.
    pub fn interfaces(&self) -> &[Option<Interface>] {
        match &self.state {
            State::Pcap(_) => &[],
            State::Pcapng(state) => &state.interfaces,
        }
    }

    /// How many sections were begun so far. Always 1 for pcap.
    pub fn sections(&self) -> u64 {
        match &self.state {
            State::Pcap(_) => 1,
            State::Pcapng(state) => state.sections,
        }
    }

    /// How many bytes of the file were read: where the next record or block begins.
    pub fn offset(&self) -> u64 {
        self.window.offset()
    }

    /// The source. To read from it spoils what is read here.
    pub fn source(&self) -> &R {
        self.window.source()
    }

    /// Gives the source back. It stands where the last read ended, not where the last record did.
    pub fn into_source(self) -> R {
        self.window.into_source()
    }
}

/// The most bytes that a packet of this link type can have in a file (libpcap's limits).
pub(crate) fn max_caplen(link: LinkType) -> u32 {
    const MIB: u32 = 1024 * 1024;
    match link {
        LinkType::DBUS => 128 * MIB, // the specification's limit of a message
        LinkType::EBHSCR => 8 * MIB,
        LinkType::USBPCAP => MIB,
        _ => 262_144,
    }
}

/// The snapshot length that a file means: 0 and what does not fit into an `int` stand for "no limit".
pub(crate) fn adjust_snaplen(link: LinkType, snaplen: u32) -> u32 {
    if snaplen == 0 || snaplen > i32::MAX as u32 { max_caplen(link) } else { snaplen }
}

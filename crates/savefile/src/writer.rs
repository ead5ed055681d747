//! Writes pcap and pcapng files, and knows at any time where the last whole record in the sink ends.
//!
//! Records gather in a buffer and go to the sink in pieces of at least [`PIECE`], whole records all of them. When
//! the sink fails, on a full disk above all, the end of the file is somewhere in a record;
//! [`Writer::record_boundary`] says where to cut it:
//!
//! ```no_run
//! # use gannet_savefile::{Header, Writer};
//! # fn f(record: gannet_wire::Record<'_>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut writer = Writer::new(std::fs::File::create("x.pcap")?, Header::default());
//! if let Err(e) = writer.write(&record).and_then(|()| writer.flush()) {
//!     writer.sink().set_len(writer.record_boundary())?;
//!     return Err(e.into());
//! }
//! # Ok(()) }
//! ```

use crate::block::{Block, Options, code, kind};
use crate::error::Error;
use crate::gather::{Framing, Gather};
use crate::pcapng::encode::options::List;
use crate::pcapng::encode::{self, ticks_words};
use crate::pcapng::interface::Interface;
use crate::reader::{Precision, adjust_snaplen, max_caplen};
use crate::unwritable::Unwritable;
use crate::{Resolution, pcap};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::io::{IoSlice, Write};
use std::net::IpAddr;

pub use crate::gather::PIECE;

/// What the file says of all its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What every packet begins with.
    pub link: LinkType,
    /// What the packets end in: the bits that [`Reader::link_extension`](crate::Reader::link_extension)
    /// gives; 0 if nothing is known.
    pub link_extension: u32,
    /// How many bytes of a packet there are, at most. Longer records are written as they are, but whoever reads the
    /// file cuts them to this: see [`Writer::longest`].
    pub snaplen: u32,
    /// The unit of the fraction of a second.
    pub precision: Precision,
}

impl Header {
    /// Where in a pcap file the snapshot length is, in four bytes of the byte order of this machine.
    pub const SNAPLEN_AT: u64 = 16;

    /// How long the frame check sequence is that packets end in, in bits, if that is known.
    pub fn fcs_len(&self) -> Option<u8> {
        pcap::fcs_len(self.link_extension)
    }
}

impl Default for Header {
    fn default() -> Self {
        Self { link: LinkType::ETHERNET, link_extension: 0, snaplen: 262_144, precision: Precision::Micro }
    }
}

/// What a pcapng section says of all its packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionInfo {
    /// The machine that captured.
    pub hardware: Option<String>,
    /// Its operating system.
    pub os: Option<String>,
    /// The program that writes.
    pub application: Option<String>,
    /// Remarks.
    pub comments: Vec<String>,
}

/// What a pcapng file can say of a packet beside the packet. A pcap file has no place for any of it.
#[derive(Clone, Copy, Debug)]
pub struct PacketNotes<'n> {
    /// Remarks.
    pub comments: &'n [&'n str],
    /// How many packets were lost between the one before and this one.
    pub dropped: Option<u64>,
    /// The same number for the same packet seen elsewhere.
    pub packet_id: Option<u64>,
    /// Options of an enhanced packet block as they were read; of what is said here too, they are believed.
    pub verbatim: Options<'n>,
}

impl Default for PacketNotes<'_> {
    fn default() -> Self {
        Self { comments: &[], dropped: None, packet_id: None, verbatim: Options::NONE }
    }
}

/// What an interface has counted, since its capture began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatistics {
    /// The number that [`Writer::interface`] gave.
    pub interface: u32,
    /// When it was counted.
    pub time: Timestamp,
    /// When the capture began.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// Packets that the interface received.
    pub received: Option<u64>,
    /// Packets that the interface lost.
    pub dropped: Option<u64>,
    /// Packets that the filter accepted.
    pub accepted: Option<u64>,
    /// Packets that the system lost.
    pub lost_by_system: Option<u64>,
    /// Packets that the program was given.
    pub delivered: Option<u64>,
    /// Remarks.
    pub comments: Vec<String>,
}

/// Writes records to a sink, in the byte order of this machine. Nothing is written when it is dropped:
/// end with [`Writer::flush`] or [`Writer::finish`].
///
/// Errors of the methods that add something are the sink's, or [`Error::Unwritable`]. If the sink stopped taking
/// bytes in an earlier call nothing was added; else it was, and is written when the sink takes bytes again. What
/// is unwritable was not added.
#[must_use = "records stay in the buffer until flush or finish"]
pub struct Writer<W> {
    gather: Gather<W>,
    target: Target,
}

/// What is written.
enum Target {
    Pcap { header: Header, interfaces: u32, longest: u32, rounded: u64, provisional: bool },
    Pcapng { interfaces: Vec<Described> },
}

/// What has to be known of an interface to write its packets.
#[derive(Clone, Copy)]
struct Described {
    /// `None` if its block makes no sense.
    link: Option<LinkType>,
    resolution: Resolution,
    seconds_offset: i64,
}

impl<W: Write> Writer<W> {
    /// Begins a pcap file. The sink must stand at its start; it is first written to when a piece is full.
    pub fn new(sink: W, header: Header) -> Self {
        Self::headed(sink, header, header)
    }

    /// The same for packets that may be longer than the header says, in a file that can be written to at any place: until
    /// its snapshot length is [put right](Writer::provisional) it promises the longest that there may be, so that nobody
    /// cuts packets of a file that was never ended.
    pub fn roomy(sink: W, header: Header) -> Self {
        let snaplen = adjust_snaplen(header.link, header.snaplen).max(max_caplen(header.link));
        let mut writer = Self::headed(sink, header, Header { snaplen, ..header });
        if let Target::Pcap { provisional, .. } = &mut writer.target {
            *provisional = snaplen != header.snaplen;
        }
        writer
    }

    fn headed(sink: W, header: Header, written: Header) -> Self {
        let mut gather = Gather::new(sink, Framing::Pcap);
        // A header alone is no piece: the sink is not asked yet.
        let _ = gather.add(|to| {
            pcap::encode::file_header(&written, to);
            Ok(())
        });
        Self { gather, target: Target::pcap(header) }
    }

    /// Begins a pcapng file with a section. The sink must stand at its start; it is first written to when a
    /// piece is full.
    pub fn pcapng(sink: W, section: &SectionInfo) -> Result<Self, Error> {
        let mut writer = Self::blocks(sink);
        writer.section(section)?;
        Ok(writer)
    }

    /// Begins a pcapng file of blocks that come from elsewhere: the first has to be a section's.
    pub fn blocks(sink: W) -> Self {
        let gather = Gather::new(sink, Framing::Pcapng);
        Self { gather, target: Target::Pcapng { interfaces: Vec::new() } }
    }

    /// Goes on with a pcap file of that header. The sink must stand at its end, behind a whole record, `length`
    /// bytes from its start; they count as written.
    pub fn append(sink: W, header: Header, length: u64) -> Self {
        let gather = Gather::behind(sink, Framing::Pcap, length);
        Self { gather, target: Target::pcap(header) }
    }

    /// Goes on with a pcapng file with another section. The sink stands as for [`Writer::append`].
    pub fn append_section(sink: W, section: &SectionInfo, length: u64) -> Result<Self, Error> {
        let gather = Gather::behind(sink, Framing::Pcapng, length);
        let mut writer = Self { gather, target: Target::Pcapng { interfaces: Vec::new() } };
        writer.section(section)?;
        Ok(writer)
    }

    /// Begins another section of a pcapng file: the interfaces before it are forgotten.
    pub fn section(&mut self, section: &SectionInfo) -> Result<(), Error> {
        let interfaces = self.target.pcapng("a section")?;
        self.gather.add(|to| {
            encode::block(kind::SECTION, to, |to| {
                encode::section_fields((1, 0), None, to);
                let mut list = List::new(to);
                list.comments(&section.comments)?;
                list.text(code::SHB_HARDWARE, "the hardware", section.hardware.as_deref())?;
                list.text(code::SHB_OS, "the operating system", section.os.as_deref())?;
                list.text(code::SHB_USERAPPL, "the application", section.application.as_deref())?;
                list.end()
            })
        })?;
        interfaces.clear();
        Ok(())
    }

    /// Describes an interface, and gives the number that its packets are to have. A pcap file takes any number
    /// of them, under the number 0, if they are all of its link type; of what they say it keeps nothing.
    pub fn interface(&mut self, interface: &Interface) -> Result<u32, Error> {
        match &mut self.target {
            Target::Pcap { header, .. } if header.link != interface.link => {
                Err(Unwritable::OtherLink { ours: header.link, theirs: interface.link }.into())
            }
            Target::Pcap { interfaces, .. } => {
                *interfaces = interfaces.saturating_add(1);
                Ok(0)
            }
            Target::Pcapng { interfaces } => {
                let number = interfaces.len() as u32;
                interfaces.push(Described::of(interface));
                let added = self.gather.add(|to| encode::interface(interface, to));
                if matches!(added, Err(Error::Unwritable(_))) {
                    interfaces.pop();
                }
                added.map(|()| number)
            }
        }
    }

    /// Adds a record. In pcapng, [`Record::interface`] is the number that [`Writer::interface`] gave, and the
    /// direction is kept too. Of the time, what fits into the format is kept: in pcap seconds modulo 2^32, in
    /// pcapng what is in reach of the interface's time stamps.
    #[inline]
    pub fn write(&mut self, record: &Record<'_>) -> Result<(), Error> {
        match &mut self.target {
            Target::Pcap { header, longest, rounded, .. } => {
                if header.link != record.link {
                    return Err(Unwritable::OtherLink { ours: header.link, theirs: record.link }.into());
                }
                *longest = (*longest).max(record.bytes.len() as u32);
                let precision = header.precision;
                let finer = precision == Precision::Micro && !record.time.nanos.is_multiple_of(1000);
                *rounded += u64::from(finer);
                self.gather.add(|to| {
                    pcap::encode::record(record, precision, to);
                    Ok(())
                })
            }
            Target::Pcapng { interfaces } => {
                let fixed = packet_fields(interfaces, record)?;
                self.gather.add(|to| {
                    encode::packet(fixed, record.bytes, to, |to| {
                        let mut list = List::new(to);
                        flags(record.direction, &mut list)?;
                        list.end()
                    })
                })
            }
        }
    }

    /// Adds a record and what else is to be said of it. In pcap there is no place for that.
    pub fn write_with(&mut self, record: &Record<'_>, notes: &PacketNotes<'_>) -> Result<(), Error> {
        let Target::Pcapng { interfaces } = &self.target else { return self.write(record) };
        let fixed = packet_fields(interfaces, record)?;
        self.gather.add(|to| encode::packet(fixed, record.bytes, to, |to| said(record, notes, to)))
    }

    /// Adds names of addresses, to pcapng.
    pub fn names<'n>(&mut self, names: impl IntoIterator<Item = (IpAddr, &'n str)>) -> Result<(), Error> {
        self.target.pcapng("names")?;
        let mut names = names.into_iter().peekable();
        self.gather.add(|to| encode::names(&mut names, to))
    }

    /// Adds what an interface has counted, to pcapng.
    pub fn statistics(&mut self, counted: &InterfaceStatistics) -> Result<(), Error> {
        let interfaces = self.target.pcapng("statistics")?;
        let known = interfaces.len();
        let described = *interfaces
            .get(counted.interface as usize)
            .ok_or(Unwritable::UnknownInterface { interface: counted.interface, known })?;
        self.gather.add(|to| {
            encode::block(kind::STATISTICS, to, |to| {
                to.extend_from_slice(&counted.interface.to_ne_bytes());
                to.extend_from_slice(&ticks_words(described.ticks(counted.time)));
                counters(counted, &described, to)
            })
        })
    }

    /// Adds a block as it was read, to pcapng: to the byte, if it was in the byte order of this machine and
    /// padded with zeroes. A section or an interface counts as if [`Writer::section`] or [`Writer::interface`]
    /// had added it. That a packet's interface was described is not checked.
    pub fn block(&mut self, block: &Block<'_>) -> Result<(), Error> {
        let interfaces = self.target.pcapng("a block")?;
        let added = self.gather.add(|to| encode::verbatim(block, to));
        if matches!(added, Err(Error::Unwritable(_))) {
            return added;
        }
        match block {
            Block::Section(_) => interfaces.clear(),
            Block::Interface(block) => {
                interfaces
                    .push(block.parse().map_or(Described::NOTHING, |interface| Described::of(&interface)));
            }
            _ => {}
        }
        added
    }

    /// Adds whole records that are encoded as this file's already. Errors as in [`Writer::write`].
    pub fn raw(&mut self, whole_records: &[u8]) -> Result<(), Error> {
        self.raw_runs(&[IoSlice::new(whole_records)])
    }

    /// The same with several runs of them. Many bytes go to the sink from where they are.
    pub fn raw_runs(&mut self, runs: &[IoSlice<'_>]) -> Result<(), Error> {
        self.gather.raw(runs)
    }

    /// Hands all that was added to the sink, and flushes it. After an error it can be called again.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.gather.flush()
    }

    /// Ends the file and gives the sink back. If that fails the sink is lost: whoever wants to cut the file
    /// at the [boundary](Writer::record_boundary) calls [`Writer::flush`] first.
    pub fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        Ok(self.into_sink())
    }

    /// How long the longest record is that [`Writer::write`] added, if the header of a pcap file promises that there
    /// is none so long. Packets of several interfaces can be so, where the header was written before all of them were
    /// known. Whoever can, writes it to the file at [`Header::SNAPLEN_AT`] when all is flushed.
    pub fn longest(&self) -> Option<u32> {
        match &self.target {
            Target::Pcap { header, longest, .. } => {
                Some(*longest).filter(|longest| *longest > adjust_snaplen(header.link, header.snaplen))
            }
            Target::Pcapng { .. } => None,
        }
    }

    /// The snapshot length that belongs at [`Header::SNAPLEN_AT`] when all is flushed, where a [longer one](Writer::roomy)
    /// stands and no record is [so long](Writer::longest).
    pub fn provisional(&self) -> Option<u32> {
        match &self.target {
            Target::Pcap { header, provisional: true, .. } => Some(header.snaplen),
            _ => None,
        }
    }

    /// Of how many records that [`Writer::write`] added the time was cut to microseconds, for the header of a pcap
    /// file promises no more.
    pub fn rounded(&self) -> u64 {
        match &self.target {
            Target::Pcap { rounded, .. } => *rounded,
            Target::Pcapng { .. } => 0,
        }
    }

    /// How long the file is when all that was added is written.
    pub fn length(&self) -> u64 {
        self.gather.length()
    }

    /// How many bytes the sink has taken.
    pub fn sunk(&self) -> u64 {
        self.gather.sunk()
    }

    /// How much of what the sink has taken is a file header and whole records: where to cut a file that
    /// could not be written to its end. 0 if not even the header went in.
    pub fn record_boundary(&self) -> u64 {
        self.gather.record_boundary()
    }

    /// The sink.
    pub fn sink(&self) -> &W {
        self.gather.sink()
    }

    /// The sink. To write to it spoils the file.
    pub fn sink_mut(&mut self) -> &mut W {
        self.gather.sink_mut()
    }

    /// Gives the sink back and forgets what was not written.
    pub fn into_sink(self) -> W {
        self.gather.into_sink()
    }
}

impl Target {
    /// The interfaces so far, if the file is one that can hold `what`.
    fn pcap(header: Header) -> Self {
        Target::Pcap { header, interfaces: 0, longest: 0, rounded: 0, provisional: false }
    }

    fn pcapng(&mut self, what: &'static str) -> Result<&mut Vec<Described>, Error> {
        match self {
            Self::Pcap { .. } => Err(Unwritable::NotInPcap { what }.into()),
            Self::Pcapng { interfaces } => Ok(interfaces),
        }
    }
}

impl Described {
    const NOTHING: Self = Self { link: None, resolution: Resolution::MICRO, seconds_offset: 0 };

    fn of(interface: &Interface) -> Self {
        let Interface { link, resolution, seconds_offset, .. } = *interface;
        Self { link: Some(link), resolution, seconds_offset }
    }

    /// The time stamp of a time.
    #[inline]
    fn ticks(&self, time: Timestamp) -> u64 {
        let per_second = self.resolution.ticks_per_second();
        let usual = u64::try_from(time.seconds)
            .ok()
            .filter(|_| self.seconds_offset == 0 && time.nanos < 1_000_000_000)
            .and_then(|seconds| seconds.checked_mul(per_second));
        match (usual, per_second) {
            (Some(whole), 1_000_000_000) => whole.saturating_add(time.nanos),
            (Some(whole), 1_000_000) => whole.saturating_add(time.nanos / 1000),
            _ => self.unusual_ticks(time),
        }
    }

    #[cold]
    fn unusual_ticks(&self, time: Timestamp) -> u64 {
        let Self { resolution, seconds_offset, .. } = *self;
        Interface { resolution, seconds_offset, ..Interface::default() }.ticks(time)
    }
}

/// The fields of a packet's block before its bytes.
#[inline]
fn packet_fields(interfaces: &[Described], record: &Record<'_>) -> Result<(u32, u64, u32), Error> {
    let (interface, known) = (record.interface, interfaces.len());
    let Some(described) = interfaces.get(interface as usize) else {
        return Err(Unwritable::UnknownInterface { interface, known }.into());
    };
    match described.link {
        Some(link) if link != record.link => {
            Err(Unwritable::OtherLink { ours: link, theirs: record.link }.into())
        }
        _ => Ok((interface, described.ticks(record.time), record.length)),
    }
}

/// Bits 0-1: 1 inbound, 2 outbound. Bits 2-4: 1 unicast, 2 multicast, 3 broadcast, 4 promiscuous.
#[inline]
fn flags(direction: Direction, list: &mut List<'_>) -> Result<(), Error> {
    let flags: u32 = match direction {
        Direction::Unknown => return Ok(()),
        Direction::Outgoing => 2,
        Direction::Host => 1 | 1 << 2,
        Direction::Multicast => 1 | 2 << 2,
        Direction::Broadcast => 1 | 3 << 2,
        Direction::OtherHost => 1 | 4 << 2,
    };
    list.put(code::EPB_FLAGS, "", &[&flags.to_ne_bytes()])
}

/// Appends the options of a packet.
fn said(record: &Record<'_>, notes: &PacketNotes<'_>, to: &mut Vec<u8>) -> Result<(), Error> {
    let verbatim = notes.verbatim;
    let open = |code| verbatim.get(code).is_none();
    let mut list = List::new(to);
    list.comments(notes.comments)?;
    for option in verbatim {
        list.turned(kind::ENHANCED_PACKET, option, verbatim.order())?;
    }
    if open(code::EPB_FLAGS) {
        flags(record.direction, &mut list)?;
    }
    list.u64(code::EPB_DROPCOUNT, notes.dropped.filter(|_| open(code::EPB_DROPCOUNT)))?;
    list.u64(code::EPB_PACKETID, notes.packet_id.filter(|_| open(code::EPB_PACKETID)))?;
    list.end()
}

/// Appends the options of a statistics block.
fn counters(counted: &InterfaceStatistics, clock: &Described, to: &mut Vec<u8>) -> Result<(), Error> {
    let mut list = List::new(to);
    list.comments(&counted.comments)?;
    for (code, time) in [(code::ISB_STARTTIME, counted.start), (code::ISB_ENDTIME, counted.end)] {
        if let Some(time) = time {
            list.put(code, "", &[&ticks_words(clock.ticks(time))])?;
        }
    }
    list.u64(code::ISB_IFRECV, counted.received)?;
    list.u64(code::ISB_IFDROP, counted.dropped)?;
    list.u64(code::ISB_FILTERACCEPT, counted.accepted)?;
    list.u64(code::ISB_OSDROP, counted.lost_by_system)?;
    list.u64(code::ISB_USRDELIV, counted.delivered)?;
    list.end()
}

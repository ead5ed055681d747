//! One input put in order of time.
//!
//! Packets gather in memory up to a bound, are sorted, and go to a scratch file; the scratch files are merged in
//! the end. An input that fits needs none. Packets of the same time keep their order, and what interfaces have
//! counted comes behind all packets.

use crate::carry::{Carrier, Origin};
use crate::error::Error;
use crate::{Progress, Watch, merge};
use gannet_savefile::block::Statistics;
use gannet_savefile::{Block, ByteOrder, Interface, Item, Options, PacketNotes, Reader, SectionInfo, Writer};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::collections::BTreeSet;
use std::io::{Read, Seek, Write};

/// So many bytes of counters are kept; of more, those that each interface said last.
const COUNTERS: usize = 4 * 1024 * 1024;

/// Sorts `input` into `output`, with `memory` bytes of packets in memory at most; `scratch` gives files for the
/// rest, which are read again from their start. The output is not flushed.
///
/// # Errors
/// [`Error::Input`] with the first fault, after all that could be read was sorted and written.
/// [`Error::Scratch`] if a scratch file cannot be had, written or read.
pub fn sort<R: Read, W: Write, S: Read + Write + Seek>(
    input: &mut Reader<R>,
    output: &mut Carrier<'_, W>,
    memory: usize,
    mut scratch: impl FnMut() -> std::io::Result<S>,
    watch: Watch<'_>,
) -> Result<Progress, Error> {
    let mut gathered = Gathered::new(input);
    let mut files = Vec::new();
    let mut progress = Progress::default();
    let mut failed = None;
    loop {
        match input.next_item() {
            Ok(Some(Item::Packet { record, options })) => {
                gathered.add(&record, options);
                if !progress.packet(watch) {
                    break;
                }
            }
            Ok(Some(Item::Block(block))) => {
                gathered.learn(&block);
                if !matches!(block, Block::Section(_) | Block::Interface(_) | Block::Statistics(_)) {
                    gathered.aside(output, &block)?;
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                let goes_on = error.is_local();
                failed.get_or_insert(Error::Input { input: 0, error });
                if !goes_on {
                    break;
                }
            }
        }
        if gathered.size() > memory {
            files.push(gathered.put_away(scratch().map_err(Error::Scratch)?)?);
        }
    }
    progress.written = progress.read;
    if files.is_empty() {
        gathered.write(output)?;
    } else {
        files.push(gathered.put_away(scratch().map_err(Error::Scratch)?)?);
        let parts: Result<Vec<_>, _> = files.into_iter().map(Reader::open).collect();
        merge::parts(parts.map_err(Error::in_scratch)?, output, watch).map_err(|error| match error {
            Error::Input { error, .. } => Error::in_scratch(error),
            other => other,
        })?;
    }
    gathered.write_counters(output)?;
    failed.map_or(Ok(progress), Err)
}

/// Packets in memory, their bytes and options in one piece.
struct Gathered {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// The interfaces of all sections so far, and where those of the present one begin.
    origin: Origin,
    section: usize,
    /// How many of them the output describes.
    settled: usize,
    counters: Vec<Counters>,
    /// How many bytes they are, and how many they may be.
    counted: usize,
    most: usize,
}

/// What an interface has counted.
struct Counters {
    interface: u32,
    ticks: u64,
    options: Vec<u8>,
    order: ByteOrder,
}

impl Counters {
    fn size(&self) -> usize {
        size_of::<Counters>() + self.options.len()
    }
}

/// A packet: its bytes and its options begin at `at`.
#[derive(Clone, Copy)]
struct Entry {
    time: Timestamp,
    at: usize,
    caplen: u32,
    options: u32,
    length: u32,
    interface: u32,
    link: LinkType,
    order: ByteOrder,
    direction: Direction,
}

impl Gathered {
    fn new<R: Read>(input: &Reader<R>) -> Self {
        Gathered {
            bytes: Vec::new(),
            entries: Vec::new(),
            origin: Origin::new(0, input),
            section: 0,
            settled: 0,
            counters: Vec::new(),
            counted: 0,
            most: COUNTERS,
        }
    }

    fn learn(&mut self, block: &Block<'_>) {
        match block {
            Block::Section(_) => self.section = self.origin.count(),
            Block::Interface(block) => self.origin.add(block.parse().ok()),
            Block::Statistics(counted) => self.count(counted),
            _ => {}
        }
    }

    /// Keeps what an interface has counted.
    fn count(&mut self, said: &Statistics<'_>) {
        let interface = (self.section as u32).saturating_add(said.interface);
        if self.origin.interface(interface).is_none() {
            return;
        }
        let (options, order) = (said.options.raw().to_vec(), said.options.order());
        self.counters.push(Counters { interface, ticks: said.ticks, options, order });
        self.counted += self.counters.last().map_or(0, Counters::size);
        if self.counted > self.most {
            let mut seen = BTreeSet::new();
            self.counters.reverse();
            self.counters.retain(|counters| seen.insert(counters.interface));
            self.counters.reverse();
            self.counted = self.counters.iter().map(Counters::size).sum();
            self.most = self.most.max(2 * self.counted);
        }
    }

    /// Writes what is said of no interface, behind the interfaces so far: Wireshark expects one first.
    fn aside<W: Write>(&mut self, output: &mut Carrier<'_, W>, block: &Block<'_>) -> Result<(), Error> {
        self.settle(output)?;
        output.aside(block)
    }

    /// Describes all interfaces so far.
    fn settle<W: Write>(&mut self, output: &mut Carrier<'_, W>) -> Result<(), Error> {
        output.settle_all(&mut self.origin, self.settled)?;
        self.settled = self.origin.count();
        Ok(())
    }

    /// Writes what interfaces have counted, behind all packets.
    fn write_counters<W: Write>(&mut self, output: &mut Carrier<'_, W>) -> Result<(), Error> {
        self.settle(output)?;
        let Gathered { counters, origin, .. } = self;
        counters.iter().try_for_each(|counters| {
            let Counters { interface, ticks, ref options, order } = *counters;
            let options = Options::new(options, order);
            output.block(origin, &Block::Statistics(Statistics { interface, ticks, options }))
        })
    }

    fn add(&mut self, record: &Record<'_>, options: Options<'_>) {
        self.entries.push(Entry {
            time: record.time,
            at: self.bytes.len(),
            caplen: record.bytes.len() as u32,
            options: options.raw().len() as u32,
            length: record.length,
            interface: (self.section as u32).saturating_add(record.interface),
            link: record.link,
            order: options.order(),
            direction: record.direction,
        });
        self.bytes.extend_from_slice(record.bytes);
        self.bytes.extend_from_slice(options.raw());
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<Entry>()
    }

    /// Hands the packets over in order of time, and forgets them.
    fn drain(
        &mut self,
        mut take: impl FnMut(&Record<'_>, Options<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.entries.sort_by_key(|entry| entry.time);
        for entry in &self.entries {
            let bytes = self.bytes.get(entry.at..).unwrap_or_default();
            let (bytes, behind) = bytes.split_at_checked(entry.caplen as usize).unwrap_or_default();
            let record = Record {
                bytes,
                length: entry.length,
                time: entry.time,
                link: entry.link,
                interface: entry.interface,
                direction: entry.direction,
                vlan: None,
            };
            let options = behind.get(..entry.options as usize).unwrap_or_default();
            take(&record, Options::new(options, entry.order))?;
        }
        self.entries.clear();
        self.bytes.clear();
        Ok(())
    }

    /// Writes the packets to the output.
    fn write<W: Write>(&mut self, output: &mut Carrier<'_, W>) -> Result<(), Error> {
        self.settle(output)?;
        let mut origin = std::mem::take(&mut self.origin);
        let drained = self.drain(|record, options| output.packet(&mut origin, record, options));
        self.origin = origin;
        drained
    }

    /// Writes the packets to a scratch file, and gives it back at its start.
    fn put_away<S: Write + Seek>(&mut self, file: S) -> Result<S, Error> {
        let mut writer = Writer::pcapng(file, &SectionInfo::default()).map_err(Error::in_scratch)?;
        let none = Interface::default();
        for interface in self.origin.interfaces() {
            writer.interface(interface.unwrap_or(&none)).map_err(Error::in_scratch)?;
        }
        self.drain(|record, options| {
            let notes = PacketNotes { verbatim: options, ..PacketNotes::default() };
            writer.write_with(record, &notes).map_err(Error::in_scratch)
        })?;
        let mut file = writer.finish().map_err(Error::in_scratch)?;
        file.rewind().map_err(Error::Scratch)?;
        Ok(file)
    }
}

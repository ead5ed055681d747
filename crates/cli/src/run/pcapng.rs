//! What a savefile begins with, and in pcapng what else it says: every file of a run says the same.
//!
//! Interfaces may turn up while the capture runs, on the `any` device and in pcapng input: they are added to the
//! file that is being written, and every file after it begins with them too, so that an interface keeps its number.

use super::machine;
use crate::failure::Failure;
use crate::flags::Flags;
use crate::names;
use gannet_pcap::capture::Stats;
use gannet_pcap::savefile::block::{Block, Statistics};
use gannet_pcap::savefile::{
    Error, Header, Interface, InterfaceStatistics, Options, PacketNotes, Precision, Resolution, SectionInfo,
    Writer,
};
use gannet_pcap::wire::Timestamp;
use gannet_pcap::{Names, Record};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The most bytes of names and secrets that the files after the one in which they came begin with.
const MOST_CARRIED: usize = 4 * 1024 * 1024;

/// How a savefile begins, and with it its format.
#[derive(Clone, Debug)]
pub enum Preamble {
    /// The classic format.
    Pcap(Header),
    /// The new one.
    Pcapng(Box<Pcapng>),
}

/// What is said in pcapng.
#[derive(Clone, Debug)]
pub struct Pcapng {
    section: SectionInfo,
    interfaces: Vec<Interface>,
    /// How many packets of each were written.
    counted: Vec<u64>,
    numbers: Numbers,
    /// Names and secrets of the input, encoded.
    carried: Vec<u8>,
    /// Where names that were looked up are.
    names: Option<Arc<Names>>,
    /// When the capture began, and what the kernel has counted since; none offline.
    live: Option<Live>,
}

/// What is known of a live capture.
#[derive(Clone, Copy, Debug)]
struct Live {
    start: Timestamp,
    stats: Stats,
    /// Whether there is a filter.
    filtered: bool,
    /// Lost since the last packet, as far as it is known.
    lost: u64,
}

/// Which number in the file the interface of a packet has.
#[derive(Clone, Debug)]
enum Numbers {
    /// There is one.
    One,
    /// By the kernel's index; those to come are like this one.
    Kernel(HashMap<u32, u32>, Box<Interface>),
    /// By the number in the present section of the input; `None` for one that makes no sense.
    Input(Vec<Option<u32>>),
}

/// Whether pcapng is to be written: asked for, or said by the name, behind which a compression may be named too.
pub fn wanted(flags: &Flags) -> bool {
    flags.pcapng || flags.write.as_deref().is_some_and(named_pcapng)
}

fn named_pcapng(name: &OsStr) -> bool {
    let is = |path: &Path, what: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(what));
    let path = Path::new(name);
    let compressed = ["gz", "zst", "lz4"].iter().any(|codec| is(path, codec));
    is(path, "pcapng") || compressed && path.file_stem().is_some_and(|inner| is(Path::new(inner), "pcapng"))
}

impl Preamble {
    /// The precision of records that can be copied as they are from one pcap file to another; none for pcapng.
    pub fn plain(&self) -> Option<Precision> {
        match self {
            Preamble::Pcap(header) => Some(header.precision),
            Preamble::Pcapng(_) => None,
        }
    }

    /// For a live capture, which begins now, on the interface `name`, or on all of them.
    pub fn live(flags: &Flags, name: &str, header: Header, names: &Arc<Names>) -> Result<Self, Failure> {
        if !wanted(flags) {
            return Ok(Preamble::Pcap(header));
        }
        // Nothing that the kernel says is given away, unless it is asked for.
        let resolution = match flags.precision {
            Some(gannet_printer::Precision::Micro) => Resolution::MICRO,
            _ => Resolution::NANO,
        };
        let (link, snaplen) = (header.link, header.snaplen);
        let filter = Some(flags.filter()?.trim().to_owned()).filter(|filter| !filter.is_empty());
        let filtered = filter.is_some();
        let mut interface = Interface { link, snaplen, resolution, filter, ..Interface::default() };
        let mut pcapng = Pcapng::new(flags, machine::hardware(), machine::os());
        pcapng.names = Some(names.clone());
        pcapng.live = Some(Live { start: now(), stats: Stats::default(), filtered, lost: 0 });
        if name == gannet_pcap::capture::link::ANY {
            pcapng.numbers = Numbers::Kernel(HashMap::new(), Box::new(interface));
        } else {
            machine::describe(name, &mut interface);
            pcapng.add(interface);
        }
        Ok(Preamble::Pcapng(Box::new(pcapng)))
    }

    /// For packets from a file of the classic format.
    pub fn from_pcap(flags: &Flags, header: Header, theirs: Precision, names: &Arc<Names>) -> Self {
        if !wanted(flags) {
            return Preamble::Pcap(header);
        }
        let resolution = match (flags.precision, theirs) {
            (Some(gannet_printer::Precision::Nano), _) | (None, Precision::Nano) => Resolution::NANO,
            _ => Resolution::MICRO,
        };
        // Bit 26: it is known; bits 28 to 31: how long it is, in units of 16 bits.
        let fcs_len =
            (header.link_extension & 1 << 26 != 0).then_some((header.link_extension >> 28) as u8 * 16);
        let (link, snaplen) = (header.link, header.snaplen);
        let mut pcapng = Pcapng::new(flags, None, None);
        pcapng.names = Some(names.clone());
        pcapng.add(Interface { link, snaplen, resolution, fcs_len, ..Interface::default() });
        Preamble::Pcapng(Box::new(pcapng))
    }

    /// For blocks of a pcapng file, each of which goes through [`Preamble::block`]; `first` is the section that
    /// it begins with.
    pub fn from_pcapng(flags: &Flags, first: Options<'_>, names: &Arc<Names>) -> Self {
        use gannet_pcap::savefile::block::code;
        let text = |code| first.text(code).map(|text| text.into_owned());
        let mut pcapng = Pcapng::new(flags, text(code::SHB_HARDWARE), text(code::SHB_OS));
        let theirs = first.comments().map(|text| text.into_owned());
        pcapng.section.comments.splice(0..0, theirs);
        pcapng.names = Some(names.clone());
        pcapng.numbers = Numbers::Input(Vec::new());
        Preamble::Pcapng(Box::new(pcapng))
    }

    /// Begins a file. The sink must stand at its start.
    pub fn begin<W: Write>(&self, sink: W) -> Result<Writer<W>, Error> {
        match self {
            Preamble::Pcap(header) => Ok(Writer::new(sink, *header)),
            Preamble::Pcapng(pcapng) => {
                let mut writer = Writer::pcapng(sink, &pcapng.section)?;
                for interface in &pcapng.interfaces {
                    writer.interface(interface)?;
                }
                writer.raw(&pcapng.carried)?;
                Ok(writer)
            }
        }
    }

    /// Whether the input is pcapng too, whose blocks are taken over.
    pub fn takes_blocks(&self) -> bool {
        matches!(self, Preamble::Pcapng(pcapng) if matches!(pcapng.numbers, Numbers::Input(_)))
    }

    /// Whether it is of use to [learn](Preamble::learn) what the kernel has counted.
    pub fn counts(&self) -> bool {
        matches!(self, Preamble::Pcapng(pcapng) if pcapng.live.is_some())
    }

    /// Writes a packet, and what its input says of it, to a file that was begun so.
    #[inline]
    pub fn write<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        record: &Record<'_>,
        options: Options<'_>,
    ) -> Result<(), Error> {
        match self {
            Preamble::Pcap(_) => writer.write(record),
            Preamble::Pcapng(pcapng) => pcapng.write(writer, record, options),
        }
    }

    /// Takes over a block of the input that holds no packet, as far as it still holds true.
    pub fn block<W: Write>(&mut self, writer: &mut Writer<W>, block: &Block<'_>) -> Result<(), Error> {
        match self {
            Preamble::Pcap(_) => Ok(()),
            Preamble::Pcapng(pcapng) => pcapng.block(writer, block),
        }
    }

    /// Learns what the kernel has counted so far.
    pub fn learn(&mut self, stats: Stats) {
        let Preamble::Pcapng(pcapng) = self else { return };
        let Some(live) = &mut pcapng.live else { return };
        let losses = |stats: &Stats| stats.dropped.saturating_add(stats.interface_dropped);
        live.lost += losses(&stats).saturating_sub(losses(&live.stats));
        live.stats = stats;
    }

    /// Writes what was counted so far.
    pub fn count<W: Write>(&self, writer: &mut Writer<W>) -> Result<(), Error> {
        match self {
            Preamble::Pcap(_) => Ok(()),
            Preamble::Pcapng(pcapng) => pcapng.statistics(writer),
        }
    }

    /// Ends a file that began so: called before each one is closed. Names that were looked up are written, and
    /// what was counted.
    pub fn end<W: Write>(&self, writer: &mut Writer<W>) -> Result<(), Error> {
        if let Preamble::Pcapng(pcapng) = self
            && let Some(names) = &pcapng.names
        {
            let known = names.known_hosts();
            writer.names(known.iter().map(|(address, name)| (*address, &**name)))?;
        }
        self.count(writer)
    }
}

impl Pcapng {
    fn new(flags: &Flags, hardware: Option<String>, os: Option<String>) -> Self {
        let application = Some(format!("gannet {}", env!("CARGO_PKG_VERSION")));
        let comments = flags.comments.clone();
        Pcapng {
            section: SectionInfo { hardware, os, application, comments },
            interfaces: Vec::new(),
            counted: Vec::new(),
            numbers: Numbers::One,
            carried: Vec::new(),
            names: None,
            live: None,
        }
    }

    /// Adds an interface, and gives its number.
    fn add(&mut self, interface: Interface) -> u32 {
        let number = self.interfaces.len() as u32;
        self.interfaces.push(interface);
        self.counted.push(0);
        number
    }

    fn write<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        record: &Record<'_>,
        verbatim: Options<'_>,
    ) -> Result<(), Error> {
        let interface = self.number(writer, record.interface)?;
        if let Some(counted) = self.counted.get_mut(interface as usize) {
            *counted += 1;
        }
        let record = Record { interface, ..*record };
        let dropped = match &mut self.live {
            Some(live) if live.lost > 0 => Some(std::mem::take(&mut live.lost)),
            _ => None,
        };
        if dropped.is_none() && verbatim.raw().is_empty() {
            return writer.write(&record);
        }
        writer.write_with(&record, &PacketNotes { dropped, verbatim, ..PacketNotes::default() })
    }

    /// The number in the file of an interface of the source.
    fn number<W: Write>(&mut self, writer: &mut Writer<W>, theirs: u32) -> Result<u32, Error> {
        let interface = match &self.numbers {
            Numbers::One => return Ok(0),
            // The writer refuses a number that there is not.
            Numbers::Input(known) => {
                return Ok(known.get(theirs as usize).copied().flatten().unwrap_or(u32::MAX));
            }
            Numbers::Kernel(known, like) => match known.get(&theirs) {
                Some(number) => return Ok(*number),
                None => described(theirs, like),
            },
        };
        writer.interface(&interface)?;
        let number = self.add(interface);
        if let Numbers::Kernel(known, _) = &mut self.numbers {
            known.insert(theirs, number);
        }
        Ok(number)
    }

    fn block<W: Write>(&mut self, writer: &mut Writer<W>, block: &Block<'_>) -> Result<(), Error> {
        match block {
            // The first is ours already. What the interfaces of the next one were is of no use behind it.
            Block::Section(_) => {
                if let Numbers::Input(known) = &mut self.numbers {
                    known.clear();
                }
                Ok(())
            }
            Block::Interface(theirs) => {
                let number = match theirs.parse() {
                    Ok(interface) => Some(self.take_over(writer, interface)?),
                    Err(_) => None,
                };
                if let Numbers::Input(known) = &mut self.numbers {
                    known.push(number);
                }
                Ok(())
            }
            Block::Statistics(theirs) => {
                let interface = self.number(writer, theirs.interface)?;
                match interface {
                    u32::MAX => Ok(()),
                    interface => writer.block(&Block::Statistics(Statistics { interface, ..*theirs })),
                }
            }
            Block::Names(_) | Block::Secrets(_) => {
                self.carry(block);
                writer.block(block)
            }
            Block::Journal(_) => writer.block(block),
            Block::Custom(custom) if custom.copyable => writer.block(block),
            // Nobody knows whether it holds true of another choice of packets.
            _ => Ok(()),
        }
    }

    /// An interface of the input: the same one as in a section before, or a new one.
    fn take_over<W: Write>(&mut self, writer: &mut Writer<W>, interface: Interface) -> Result<u32, Error> {
        const FEW: usize = 256;
        let taken = |number: usize| match &self.numbers {
            Numbers::Input(known) => known.contains(&Some(number as u32)),
            _ => true,
        };
        let same = self.interfaces.iter().take(FEW).position(|known| *known == interface);
        if let Some(number) = same.filter(|number| !taken(*number)) {
            return Ok(number as u32);
        }
        writer.interface(&interface)?;
        Ok(self.add(interface))
    }

    /// Keeps a block for the files to come.
    fn carry(&mut self, block: &Block<'_>) {
        let mut encoder = Writer::blocks(Vec::new());
        let encoded = encoder.block(block).and_then(|()| encoder.finish()).unwrap_or_default();
        if self.carried.len() + encoded.len() <= MOST_CARRIED {
            self.carried.extend_from_slice(&encoded);
        }
    }

    fn statistics<W: Write>(&self, writer: &mut Writer<W>) -> Result<(), Error> {
        let Some(Live { start, stats, filtered, .. }) = self.live else { return Ok(()) };
        // What the kernel counts for all interfaces together belongs to none of them.
        let alone = matches!(self.numbers, Numbers::One);
        let counted = |n| Some(n).filter(|_| alone);
        let time = now();
        for (number, delivered) in self.counted.iter().enumerate() {
            writer.statistics(&InterfaceStatistics {
                interface: number as u32,
                time,
                start: Some(start),
                end: Some(time),
                received: counted(stats.received).filter(|_| !filtered),
                dropped: counted(stats.interface_dropped),
                accepted: counted(stats.received),
                lost_by_system: counted(stats.dropped),
                delivered: Some(*delivered),
                comments: Vec::new(),
            })?;
        }
        Ok(())
    }
}

/// The interface with this index, like another one.
fn described(index: u32, like: &Interface) -> Interface {
    let mut interface = like.clone();
    let mut name = [0; 16];
    let length = names::interface(index, &mut name);
    match name.get(..length) {
        Some(name @ [_, ..]) => machine::describe(&String::from_utf8_lossy(name), &mut interface),
        // It is gone already.
        _ => interface.name = Some(format!("if{index}")),
    }
    interface
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp { seconds: since.as_secs() as i64, nanos: since.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format() {
        let is = |name| named_pcapng(OsStr::new(name));
        for name in ["x.pcapng", "x.PcapNG", "a/b.pcapng.gz", "x.pcapng.zst", "x.pcapng.lz4"] {
            assert!(is(name), "{name}");
        }
        for name in ["x.pcap", "pcapng", "-", "x.pcapng.d", "x.pcapng/y", "x.gz", "x.gz.pcap"] {
            assert!(!is(name), "{name}");
        }
    }
}

//! What a savefile begins with, and in pcapng what else it says: every file of a run says the same.
//!
//! Interfaces may turn up while the capture runs, on the `any` device and in pcapng input: they are added to the
//! file that is being written, and every file after it begins with them too, so that an interface keeps its number.
//! When there are very many [another section](gannet_edit::sections) begins, with none of those that are past.

use super::machine;
use crate::failure::Failure;
use crate::flags::Flags;
use crate::names;
use gannet_edit::Origin;
use gannet_edit::sections::Sections;
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

/// How a savefile begins, and with it its format.
#[derive(Clone, Debug)]
pub enum Preamble {
    /// The classic format.
    Pcap {
        /// Its header.
        header: Header,
        /// Packets may be longer than the header says.
        guessed: bool,
    },
    /// The new one.
    Pcapng(Box<Pcapng>),
}

/// What is said in pcapng.
#[derive(Clone, Debug)]
pub struct Pcapng {
    section: SectionInfo,
    /// The interfaces that are described.
    sections: Sections,
    /// How many packets of each were written, in a live capture.
    counted: Vec<u64>,
    numbers: Numbers,
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
    /// By the number in the present section of the input.
    Input(Origin),
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
            Preamble::Pcap { header, .. } => Some(header.precision),
            Preamble::Pcapng(_) => None,
        }
    }

    /// For a live capture, which begins now, on the interface `name`, or on all of them.
    pub fn live(flags: &Flags, name: &str, header: Header, names: &Arc<Names>) -> Result<Self, Failure> {
        if !wanted(flags) {
            return Ok(Preamble::pcap(header));
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
            pcapng.only(interface);
        }
        Ok(Preamble::Pcapng(Box::new(pcapng)))
    }

    /// For packets from a file of the classic format.
    pub fn from_pcap(flags: &Flags, header: Header, theirs: Precision, names: &Arc<Names>) -> Self {
        if !wanted(flags) {
            return Preamble::pcap(header);
        }
        let resolution = match (flags.precision, theirs) {
            (Some(gannet_printer::Precision::Nano), _) | (None, Precision::Nano) => Resolution::NANO,
            _ => Resolution::MICRO,
        };
        let (link, snaplen, fcs_len) = (header.link, header.snaplen, header.fcs_len());
        let mut pcapng = Pcapng::new(flags, None, None);
        pcapng.names = Some(names.clone());
        pcapng.only(Interface { link, snaplen, resolution, fcs_len, ..Interface::default() });
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
        pcapng.numbers = Numbers::Input(Origin::default());
        Preamble::Pcapng(Box::new(pcapng))
    }

    /// Packets in the classic format.
    pub fn pcap(header: Header) -> Self {
        Preamble::Pcap { header, guessed: false }
    }

    /// The same, and they may be longer than the header says: interfaces may come that are not known yet.
    pub fn guessed(self) -> Self {
        match self {
            Preamble::Pcap { header, .. } => Preamble::Pcap { header, guessed: true },
            other => other,
        }
    }

    /// Begins a file. The sink must stand at its start; `seekable` says whether the header can be put right at the end.
    pub fn begin<W: Write>(&self, sink: W, seekable: bool) -> Result<Writer<W>, Error> {
        match self {
            Preamble::Pcap { header, guessed: true } if seekable => Ok(Writer::roomy(sink, *header)),
            Preamble::Pcap { header, .. } => Ok(Writer::new(sink, *header)),
            Preamble::Pcapng(pcapng) => {
                let mut writer = Writer::pcapng(sink, &pcapng.section)?;
                pcapng.sections.begin(&mut writer)?;
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
            Preamble::Pcap { .. } => writer.write(record),
            Preamble::Pcapng(pcapng) => pcapng.write(writer, record, options),
        }
    }

    /// Takes over a block of the input that holds no packet, as far as it still holds true.
    pub fn block<W: Write>(&mut self, writer: &mut Writer<W>, block: &Block<'_>) -> Result<(), Error> {
        match self {
            Preamble::Pcap { .. } => Ok(()),
            Preamble::Pcapng(pcapng) => pcapng.block(writer, block),
        }
    }

    /// Learns of interfaces whose blocks the reader gave as faults: those have numbers too.
    pub fn catch_up(&mut self, known: &[Option<Interface>]) {
        if let Preamble::Pcapng(pcapng) = self {
            pcapng.catch_up(known);
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
            Preamble::Pcap { .. } => Ok(()),
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
        let section = SectionInfo { hardware, os, application, comments };
        // Remarks are made once.
        let sections = Sections::continued(SectionInfo { comments: Vec::new(), ..section.clone() });
        let (counted, numbers) = (Vec::new(), Numbers::One);
        Pcapng { section, sections, counted, numbers, names: None, live: None }
    }

    /// All packets are of this interface.
    fn only(&mut self, interface: Interface) {
        self.sections = std::mem::take(&mut self.sections).beginning_with(interface);
        self.counted.push(0);
    }

    fn write<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        record: &Record<'_>,
        verbatim: Options<'_>,
    ) -> Result<(), Error> {
        let interface = self.number(writer, record)?;
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

    /// The number in the file of a packet's interface.
    fn number<W: Write>(&mut self, writer: &mut Writer<W>, record: &Record<'_>) -> Result<u32, Error> {
        let theirs = record.interface;
        match &mut self.numbers {
            Numbers::One => Ok(0),
            Numbers::Input(origin) => match self.sections.settle(writer, origin, theirs as usize)? {
                Some(number) => Ok(number),
                // What the input said of it is lost.
                None => {
                    let (link, resolution) = (record.link, Resolution::NANO);
                    let interface = Interface { link, resolution, ..Interface::default() };
                    self.sections.find_or_add(writer, origin, &interface)
                }
            },
            Numbers::Kernel(known, like) => match known.get(&theirs) {
                Some(number) => Ok(*number),
                None => {
                    let interface = described(theirs, like);
                    self.turned_up(writer, theirs, &interface)
                }
            },
        }
    }

    /// Adds an interface that the kernel knows by this index, and gives its number.
    fn turned_up<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        index: u32,
        interface: &Interface,
    ) -> Result<u32, Error> {
        let full = self.sections.is_full_for(interface)?;
        if full {
            // Those before it get other numbers when they are needed again.
            self.statistics(writer)?;
            self.counted.clear();
        }
        let number = self.sections.add(writer, interface)?;
        self.counted.push(0);
        if let Numbers::Kernel(known, _) = &mut self.numbers {
            if full {
                known.clear();
            }
            known.insert(index, number);
        }
        Ok(number)
    }

    fn catch_up(&mut self, known: &[Option<Interface>]) {
        if let Numbers::Input(origin) = &mut self.numbers {
            origin.catch_up(known);
        }
    }

    fn block<W: Write>(&mut self, writer: &mut Writer<W>, block: &Block<'_>) -> Result<(), Error> {
        let Numbers::Input(origin) = &mut self.numbers else { return Ok(()) };
        origin.learn(block);
        match block {
            // The first is ours already. What the interfaces of the next one were is of no use behind it.
            Block::Section(_) => {
                self.sections.boundary();
                Ok(())
            }
            Block::Interface(_) => {
                self.sections.settle(writer, origin, origin.count().saturating_sub(1)).map(drop)
            }
            Block::Statistics(theirs) => {
                match self.sections.settle(writer, origin, theirs.interface as usize)? {
                    Some(interface) => writer.block(&Block::Statistics(Statistics { interface, ..*theirs })),
                    None => Ok(()),
                }
            }
            Block::Names(_) | Block::Secrets(_) => {
                self.sections.keep(block);
                writer.block(block)
            }
            Block::Journal(_) => writer.block(block),
            Block::Custom(custom) if custom.copyable => writer.block(block),
            // Nobody knows whether it holds true of another choice of packets.
            _ => Ok(()),
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
    use gannet_pcap::LinkType;
    use gannet_pcap::savefile::block::code;
    use gannet_pcap::savefile::{Item, Reader};

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

    /// A section for each line, with an interface for each word; behind them each has two packets, which are its name,
    /// and has counted as many packets as its name has letters.
    fn input(sections: &[&str]) -> Vec<u8> {
        let section = SectionInfo { hardware: Some("machine".into()), ..SectionInfo::default() };
        let mut writer = Writer::pcapng(Vec::new(), &section).unwrap();
        for (at, names) in sections.iter().enumerate() {
            if at > 0 {
                writer.section(&SectionInfo::default()).unwrap();
            }
            for name in names.split(' ') {
                let name = Some(name.to_owned());
                writer.interface(&Interface { name, ..Interface::default() }).unwrap();
            }
            if at == 0 {
                writer.names([("10.0.0.1".parse().unwrap(), "host")]).unwrap();
            }
            for _ in 0..2 {
                for (interface, name) in (0..).zip(names.split(' ')) {
                    writer.write(&record(interface, name.as_bytes())).unwrap();
                }
            }
            for (interface, name) in (0..).zip(names.split(' ')) {
                let received = Some(name.len() as u64);
                writer.statistics(&InterfaceStatistics { interface, received, ..<_>::default() }).unwrap();
            }
        }
        writer.finish().unwrap()
    }

    fn record(interface: u32, bytes: &[u8]) -> Record<'_> {
        Record {
            bytes,
            length: bytes.len() as u32,
            time: Timestamp::default(),
            link: LinkType::ETHERNET,
            interface,
            direction: <_>::default(),
            vlan: None,
        }
    }

    fn preamble(numbers: Numbers, room: [usize; 3]) -> Preamble {
        let flags = Flags { comments: vec!["remark".into()], ..Flags::default() };
        let mut pcapng = Pcapng::new(&flags, Some("machine".into()), None);
        let [interfaces, bytes, enough] = room;
        pcapng.sections = pcapng.sections.with_room(interfaces, bytes, enough);
        pcapng.numbers = numbers;
        Preamble::Pcapng(Box::new(pcapng))
    }

    /// Takes all of an input over, and begins another file behind so many packets.
    fn copied(input: &[u8], room: [usize; 3], rotate: usize) -> Vec<Vec<u8>> {
        let mut preamble = preamble(Numbers::Input(Origin::default()), room);
        let mut reader = Reader::open(input).unwrap();
        let Ok(Some(Item::Block(Block::Section(_)))) = reader.next_item() else { panic!("no section") };
        let (mut files, mut packets) = (Vec::new(), 0);
        let mut writer = preamble.begin(Vec::new(), false).unwrap();
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Packet { record, options, .. } => {
                    if packets == rotate {
                        let next = preamble.begin(Vec::new(), false).unwrap();
                        files.push(std::mem::replace(&mut writer, next).finish().unwrap());
                        packets = 0;
                    }
                    preamble.write(&mut writer, &record, options).unwrap();
                    packets += 1;
                }
                Item::Block(block) => preamble.block(&mut writer, &block).unwrap(),
                _ => {}
            }
        }
        files.push(writer.finish().unwrap());
        files
    }

    /// What was found in one section.
    #[derive(Debug, Default, PartialEq)]
    struct Found {
        interfaces: Vec<String>,
        packets: Vec<String>,
        counters: usize,
        names: usize,
        remarks: usize,
    }

    /// The sections of a file. Packets have to be of the interface whose name they are, and counters too.
    fn sections(file: &[u8]) -> Vec<Found> {
        let mut reader = Reader::open(file).unwrap();
        let mut all: Vec<Found> = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            if let Item::Block(Block::Section(section)) = item {
                assert_eq!(section.options.text(code::SHB_HARDWARE).unwrap(), "machine");
                all.push(Found { remarks: section.options.comments().count(), ..Found::default() });
                continue;
            }
            let found = all.last_mut().unwrap();
            match item {
                Item::Packet { record, .. } => {
                    let packet = String::from_utf8(record.bytes.to_vec()).unwrap();
                    assert_eq!(found.interfaces[record.interface as usize], packet);
                    found.packets.push(packet);
                }
                Item::Block(Block::Interface(block)) => {
                    found.interfaces.push(block.parse().unwrap().name.unwrap());
                }
                Item::Block(Block::Statistics(said)) => {
                    let name = &found.interfaces[said.interface as usize];
                    assert_eq!(said.received(), Some(name.len() as u64));
                    found.counters += 1;
                }
                Item::Block(Block::Names(_)) => found.names += 1,
                _ => {}
            }
        }
        all
    }

    fn one_file(input: &[u8], room: [usize; 3]) -> Vec<Found> {
        let files = copied(input, room, usize::MAX);
        let [file] = &files[..] else { panic!("{} files", files.len()) };
        sections(file)
    }

    const MANY: usize = usize::MAX;

    #[test]
    fn with_enough_interfaces_a_section_ends_where_one_of_the_input_does() {
        let file = input(&["a bb", "a", "ccc a", "dddd", "bb eeeee", "f"]);
        let found = one_file(&file, [MANY, MANY, 3]);
        let interfaces: Vec<_> = found.iter().map(|found| found.interfaces.join(" ")).collect();
        assert_eq!(interfaces, ["a bb ccc", "dddd bb eeeee", "f"]);
        let packets: Vec<_> = found.iter().flat_map(|found| &found.packets).cloned().collect();
        assert_eq!(packets.join(" "), "a bb a bb a a ccc a ccc a dddd dddd bb eeeee bb eeeee f f");
        assert_eq!(found.iter().map(|found| found.counters).collect::<Vec<_>>(), [5, 3, 1]);
        // Names serve the packets of all sections; remarks are made once.
        assert!(found.iter().all(|found| found.names == 1), "{found:?}");
        assert_eq!(found.iter().map(|found| found.remarks).collect::<Vec<_>>(), [1, 0, 0]);
        assert_eq!(one_file(&file, [MANY, MANY, MANY]).len(), 1);
    }

    #[test]
    fn a_full_section_is_followed_by_another_in_which_those_that_are_needed_are_described_again() {
        let file = input(&["a bb", "ccc dddd eeeee"]);
        for room in [[3, MANY, MANY], [MANY, 150, MANY]] {
            let found = one_file(&file, room);
            let [first, second] = &found[..] else { panic!("{found:?}") };
            assert_eq!(first.interfaces, ["a", "bb", "ccc"]);
            assert_eq!(second.interfaces, ["dddd", "eeeee", "ccc"]);
            assert_eq!(second.packets.join(" "), "ccc dddd eeeee ccc dddd eeeee");
            assert_eq!((first.counters, second.counters, second.names), (2, 3, 1));
        }
    }

    #[test]
    fn interfaces_that_say_the_same_are_as_many_as_in_one_section() {
        let found = one_file(&input(&["a a", "a", "a a", "a a a"]), [MANY; 3]);
        let [found] = &found[..] else { panic!("{found:?}") };
        assert_eq!((found.interfaces.len(), found.packets.len()), (3, 16));
    }

    #[test]
    fn the_next_file_begins_as_the_present_section_does() {
        let files = copied(&input(&["a bb", "ccc dddd"]), [MANY, MANY, 2], 5);
        let [first, second] = &files[..] else { panic!("{} files", files.len()) };
        assert_eq!(sections(first).len(), 2);
        let found = sections(second);
        let [found] = &found[..] else { panic!("{found:?}") };
        assert_eq!(found.interfaces, ["ccc", "dddd"]);
        assert_eq!((found.packets.join(" ").as_str(), found.names), ("dddd ccc dddd", 1));
        assert_eq!(found.remarks, 1);
    }

    #[test]
    fn a_packet_whose_interface_is_lost_gets_one() {
        let mut preamble = preamble(Numbers::Input(Origin::default()), [MANY; 3]);
        let mut writer = preamble.begin(Vec::new(), false).unwrap();
        let link = LinkType::RAW;
        for interface in [3, 4] {
            let record = Record { link, ..record(interface, b"x") };
            preamble.write(&mut writer, &record, Options::NONE).unwrap();
        }
        let file = writer.finish().unwrap();
        let mut reader = Reader::open(&file[..]).unwrap();
        for _ in 0..2 {
            let record = reader.next().unwrap().unwrap();
            assert_eq!((record.interface, record.link), (0, link));
        }
    }

    #[test]
    fn a_capture_on_very_many_interfaces_goes_on_in_another_section() {
        let like = Box::new(Interface::default());
        let mut preamble = preamble(Numbers::Kernel(HashMap::new(), like), [2, MANY, MANY]);
        let Preamble::Pcapng(pcapng) = &mut preamble else { panic!("pcapng was asked for") };
        let (start, stats) = (Timestamp::default(), Stats::default());
        pcapng.live = Some(Live { start, stats, filtered: false, lost: 0 });
        let mut writer = preamble.begin(Vec::new(), false).unwrap();
        // No machine has interfaces of such numbers: they are called by them.
        let index = |n: u32| i32::MAX as u32 - n;
        let name = |n: u32| format!("if{}", index(n));
        for n in [0, 1, 0, 2, 0, 2, 2, 1] {
            preamble.write(&mut writer, &record(index(n), name(n).as_bytes()), Options::NONE).unwrap();
        }
        preamble.end(&mut writer).unwrap();
        let file = writer.finish().unwrap();
        let (mut reader, mut section, mut counted) = (Reader::open(&file[..]).unwrap(), 0, Vec::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Block(Block::Section(_)) => section += 1,
                Item::Block(Block::Statistics(said)) => {
                    let received = said.delivered().unwrap();
                    counted.push((section, said.interface, received));
                }
                Item::Packet { record: Record { bytes, interface, .. }, .. } => {
                    let name = String::from_utf8(bytes.to_vec()).unwrap();
                    assert_eq!(reader.interfaces()[interface as usize].as_ref().unwrap().name, Some(name));
                }
                _ => {}
            }
        }
        assert_eq!(counted, [(1, 0, 2), (1, 1, 1), (2, 0, 3), (2, 1, 1), (3, 0, 1)]);
    }
}

//! What an input says, taken over into an output: packets, interfaces, names, remarks.
//!
//! A pcapng output keeps all of it. Interfaces get new numbers as they turn up, and the output is one section as long
//! as that [has room](crate::sections) for them. A pcap output keeps packets alone, and those of one link type only.

use crate::error::Error;
use crate::sections::{Origin, Sections};
use gannet_savefile::block::{Block, Options, Statistics, code};
use gannet_savefile::{self as savefile, Interface, InterfaceStatistics, PacketNotes, Unwritable, Writer};
use gannet_wire::{LinkType, Record};
use std::io::Write;

/// What an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The classic format, of one link type.
    Pcap(LinkType),
    /// Blocks of many kinds.
    Pcapng,
}

/// An output, and which interfaces it has.
pub struct Carrier<'w, W> {
    writer: &'w mut Writer<W>,
    form: Form,
    sections: Sections,
    /// Nothing is taken over that says where the packets are from.
    bare: bool,
}

impl<'w, W: Write> Carrier<'w, W> {
    /// An output that was begun, with nothing in it yet.
    pub fn new(writer: &'w mut Writer<W>, form: Form) -> Self {
        Carrier { writer, form, sections: Sections::default(), bare: false }
    }

    /// The same, and what the input says beside packets is left out: names, secrets, remarks, and of its interfaces
    /// all but what is needed to understand their packets. Counters of packets are kept.
    pub fn bare(writer: &'w mut Writer<W>, form: Form) -> Self {
        Carrier { bare: true, ..Carrier::new(writer, form) }
    }

    /// All packets are to be in one section, for they come in another order than their interfaces. Interfaces that
    /// it has no room for are [`Error::TooManyInterfaces`].
    pub(crate) fn stay_in_one_section(&mut self) {
        self.sections.stay_in_one();
    }

    /// Takes a packet over. `record.interface` is its interface's number in the input.
    ///
    /// # Errors
    /// [`Error::SecondLink`], [`Error::TooManyInterfaces`], and what the sink says.
    pub fn packet(
        &mut self,
        origin: &mut Origin,
        record: &Record<'_>,
        options: Options<'_>,
    ) -> Result<(), Error> {
        let interface = self.number(origin, record)?;
        self.numbered(origin.input(), &Record { interface, ..*record }, options)
    }

    /// The same, with the number that [`Carrier::number`] has given.
    pub(crate) fn numbered(
        &mut self,
        input: usize,
        record: &Record<'_>,
        options: Options<'_>,
    ) -> Result<(), Error> {
        let written = match self.form {
            Form::Pcap(output) if output != record.link => {
                return Err(Error::SecondLink { output, packet: record.link, input });
            }
            Form::Pcap(_) => self.writer.write(record),
            Form::Pcapng => {
                let notes = match self.bare {
                    true => {
                        PacketNotes { dropped: options.u64(code::EPB_DROPCOUNT), ..PacketNotes::default() }
                    }
                    false => PacketNotes { verbatim: options, ..PacketNotes::default() },
                };
                self.writer.write_with(record, &notes)
            }
        };
        written.map_err(Error::Output)
    }

    /// Takes over what is said beside packets: names, secrets, remarks, statistics. What cannot be said in
    /// the output, or makes no sense in a changed file, is left out.
    ///
    /// # Errors
    /// [`Error::TooManyInterfaces`], and what the sink says.
    pub fn block(&mut self, origin: &mut Origin, block: &Block<'_>) -> Result<(), Error> {
        origin.learn(block);
        match block {
            Block::Interface(_) => {
                if self.bare {
                    origin.reduce_last(bare);
                }
                self.settle(origin, origin.count().saturating_sub(1)).map(drop)
            }
            Block::Statistics(statistics) => {
                let Some(interface) = self.settle(origin, statistics.interface as usize)? else {
                    return Ok(());
                };
                if self.bare {
                    let counted = counters(statistics, interface, origin.interface(statistics.interface));
                    return self.writer.statistics(&counted).map_err(Error::Output);
                }
                self.counted(Statistics { interface, ..*statistics })
            }
            other => self.aside(other),
        }
    }

    /// Adds what an interface of that number in the output has counted.
    ///
    /// # Errors
    /// What the sink says.
    pub(crate) fn counted(&mut self, said: Statistics<'_>) -> Result<(), Error> {
        self.writer.block(&Block::Statistics(said)).map_err(Error::Output)
    }

    /// Takes over what is said of no interface: names, secrets, remarks.
    ///
    /// # Errors
    /// What the sink says.
    pub(crate) fn aside(&mut self, block: &Block<'_>) -> Result<(), Error> {
        let wanted = match block {
            _ if self.bare => false,
            Block::Names(_) | Block::Secrets(_) | Block::Journal(_) => true,
            Block::Custom(custom) => custom.copyable,
            _ => false,
        };
        if !wanted || self.form != Form::Pcapng {
            return Ok(());
        }
        self.sections.keep(block);
        self.writer.block(block).map_err(Error::Output)
    }

    /// How long the output is at most when a packet is added.
    pub(crate) fn length_with(&self, record: &Record<'_>, options: Options<'_>) -> u64 {
        let more = match self.form {
            Form::Pcap(_) => 16 + record.bytes.len(),
            // A flags option and the end of the options may be added.
            Form::Pcapng => 32 + record.bytes.len().next_multiple_of(4) + options.raw().len() + 12,
        };
        self.writer.length() + more as u64
    }

    /// Describes all interfaces of an input in the output.
    pub(crate) fn settle_all(&mut self, origin: &mut Origin) -> Result<(), Error> {
        (0..origin.count()).try_for_each(|at| self.settle(origin, at).map(drop))
    }

    /// The number of a packet's interface in the output. A packet without one gets an interface of its own
    /// link type. In pcap all have the same.
    pub(crate) fn number(&mut self, origin: &mut Origin, record: &Record<'_>) -> Result<u32, Error> {
        match self.settle(origin, record.interface as usize)? {
            Some(number) => Ok(number),
            None if self.form != Form::Pcapng => Ok(0),
            None => {
                let interface = Interface { link: record.link, ..Interface::default() };
                let found = self.sections.find_or_add(self.writer, origin, &interface);
                found.map_err(|error| failed(error, origin))
            }
        }
    }

    /// The number in the output of an interface of the input; `None` if the input has no such interface, or the
    /// output none at all.
    pub(crate) fn settle(&mut self, origin: &mut Origin, at: usize) -> Result<Option<u32>, Error> {
        match self.form {
            Form::Pcap(_) => Ok(None),
            Form::Pcapng => {
                self.sections.settle(self.writer, origin, at).map_err(|error| failed(error, origin))
            }
        }
    }
}

/// Whose fault it is that an interface of this input is not in the output.
fn failed(error: savefile::Error, origin: &Origin) -> Error {
    match error {
        savefile::Error::Unwritable(Unwritable::TooManyInterfaces { .. }) => {
            Error::TooManyInterfaces { input: origin.input() }
        }
        error => Error::Output(error),
    }
}

/// What is needed of an interface to understand its packets.
fn bare(interface: &Interface) -> Interface {
    let Interface { link, snaplen, speed, tx_speed, rx_speed, fcs_len, resolution, seconds_offset, .. } =
        *interface;
    Interface {
        link,
        snaplen,
        speed,
        tx_speed,
        rx_speed,
        fcs_len,
        resolution,
        seconds_offset,
        ..Interface::default()
    }
}

/// What an interface has counted, without remarks. `clock` is the interface.
fn counters(said: &Statistics<'_>, interface: u32, clock: Option<&Interface>) -> InterfaceStatistics {
    let time = |ticks| clock.map(|clock| clock.time(ticks));
    InterfaceStatistics {
        interface,
        time: time(said.ticks).unwrap_or_default(),
        start: said.start().and_then(time),
        end: said.end().and_then(time),
        received: said.received(),
        dropped: said.dropped(),
        accepted: said.accepted(),
        lost_by_system: said.lost_by_system(),
        delivered: said.delivered(),
        comments: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::{Verdict, pass};
    use crate::{Progress, merge, sort};
    use gannet_savefile::{Item, Reader, SectionInfo};
    use gannet_wire::{Direction, Timestamp};
    use std::io::Cursor;

    fn watch(_: Progress) -> bool {
        true
    }

    /// A section for each line, with an interface for each word; each has one packet, which is its name, one second
    /// before the packet in front of it, and has counted so many packets.
    fn sections(names: &[impl AsRef<str>], mut time: i64) -> Vec<u8> {
        let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        for (at, names) in names.iter().enumerate() {
            if at > 0 {
                writer.section(&SectionInfo::default()).unwrap();
            }
            let names: Vec<&str> = names.as_ref().split(' ').collect();
            for name in &names {
                let name = Some((*name).to_owned());
                writer.interface(&Interface { name, ..Interface::default() }).unwrap();
            }
            if at == 0 {
                writer.names([("10.0.0.1".parse().unwrap(), "host")]).unwrap();
            }
            for (interface, name) in (0..).zip(names) {
                time -= 1;
                writer.write(&Record { interface, ..record(time, name.as_bytes()) }).unwrap();
                let received = Some(time as u64);
                writer.statistics(&InterfaceStatistics { interface, received, ..<_>::default() }).unwrap();
            }
        }
        writer.finish().unwrap()
    }

    fn record(seconds: i64, bytes: &[u8]) -> Record<'_> {
        Record {
            bytes,
            length: bytes.len() as u32,
            time: Timestamp { seconds, nanos: 0 },
            link: LinkType::ETHERNET,
            interface: 0,
            direction: Direction::Unknown,
            vlan: None,
        }
    }

    /// What a tool writes that has so much room.
    fn written(
        interfaces: usize,
        bytes: usize,
        tool: impl FnOnce(&mut Carrier<'_, Vec<u8>>) -> Result<Progress, Error>,
    ) -> (Vec<u8>, Result<Progress, Error>) {
        let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        let mut carrier = Carrier::new(&mut writer, Form::Pcapng);
        carrier.sections = Sections::default().with_room(interfaces, bytes, usize::MAX);
        let done = tool(&mut carrier);
        (writer.finish().unwrap(), done)
    }

    fn passed(file: &[u8], interfaces: usize, bytes: usize) -> Vec<u8> {
        let (file, done) = written(interfaces, bytes, |output| {
            pass(&mut Reader::open(file).unwrap(), output, &mut watch, |_, _| Verdict::Keep)
        });
        done.unwrap();
        file
    }

    /// What was found in one section.
    #[derive(Debug, Default, PartialEq)]
    struct Found {
        interfaces: Vec<String>,
        packets: Vec<String>,
        counters: Vec<String>,
        names: usize,
    }

    /// The sections of a file. Each packet has to be of the interface whose name it is.
    fn read(file: &[u8]) -> Vec<Found> {
        let mut reader = Reader::open(file).unwrap();
        let mut all: Vec<Found> = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            if let Item::Block(Block::Section(_)) = item {
                all.push(Found::default());
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
                    found.counters.push(format!("{name} {}", said.received().unwrap()));
                }
                Item::Block(Block::Names(_)) => found.names += 1,
                _ => {}
            }
        }
        all
    }

    /// Parts of a capture become that capture again; machines keep what is theirs, and a section what it tells apart.
    #[test]
    fn what_says_the_same_on_one_machine_is_one_interface() {
        let part = |machine: &str, name: &str, snaplen: u32, count: i64| {
            let info = SectionInfo { os: Some(machine.to_owned()), ..SectionInfo::default() };
            let mut writer = Writer::pcapng(Vec::new(), &info).unwrap();
            let interface = Interface { name: Some(name.to_owned()), snaplen, ..Interface::default() };
            for _ in 0..2 {
                writer.interface(&interface).unwrap();
            }
            writer.write(&Record { interface: 1, ..record(count, name.as_bytes()) }).unwrap();
            let received = Some(count as u64);
            let counted = InterfaceStatistics { interface: 1, received, ..<_>::default() };
            writer.statistics(&counted).unwrap();
            writer.finish().unwrap()
        };
        let merged = |files: &[Vec<u8>]| {
            let inputs = files.iter().map(|file| Reader::open(&file[..]).unwrap()).collect();
            let (file, done) = written(9, usize::MAX, |output| merge::merge(inputs, output, &mut watch));
            assert_eq!(done.unwrap().written, files.len() as u64);
            read(&file)
        };
        let parts = [part("a", "x", 9, 1), part("a", "x", 9, 2), part("a", "x", 9, 3)];
        let [found] = &merged(&parts)[..] else { panic!("several sections") };
        assert_eq!((found.interfaces.len(), found.packets.len()), (2, 3));
        assert_eq!(found.counters, ["x 1", "x 2", "x 3"]);
        for other in [part("b", "x", 9, 2), part("a", "y", 9, 2), part("a", "x", 8, 2)] {
            let [found] = &merged(&[parts[0].clone(), other])[..] else { panic!("several sections") };
            assert_eq!((found.interfaces.len(), found.packets.len()), (4, 2));
        }
    }

    #[test]
    fn a_full_section_is_followed_by_another() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let file = sections(&names, 10);
        let found = read(&passed(&file, 3, usize::MAX));
        let [first, second, third] = &found[..] else { panic!("{found:?}") };
        assert_eq!(first.interfaces, names[..3]);
        assert_eq!(second.interfaces, names[3..6]);
        assert_eq!(third.interfaces, names[6..]);
        assert_eq!(found.iter().flat_map(|found| &found.packets).collect::<Vec<_>>(), names.each_ref());
        assert_eq!(second.counters, ["d 6", "e 5", "f 4"]);
        assert!(found.iter().all(|found| found.names == 1), "each section has to say names: {found:?}");
    }

    #[test]
    fn a_section_is_full_by_bytes_too() {
        let long = ["a", "b", "c"].map(|letter| letter.repeat(1000));
        let file = sections(&long, 10);
        let counts =
            |bytes| read(&passed(&file, 9, bytes)).iter().map(|f| f.packets.len()).collect::<Vec<_>>();
        assert_eq!(counts(4000), [3]);
        assert_eq!(counts(2200), [2, 1]);
        assert_eq!(counts(10), [1, 1, 1]);
    }

    #[test]
    fn interfaces_that_say_the_same_take_room_once() {
        let file = sections(&["a a"; 20], 100);
        let found = read(&passed(&file, 2, usize::MAX));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].interfaces.len(), found[0].packets.len()), (2, 40));
    }

    #[test]
    fn who_needs_an_earlier_interface_describes_it_again() {
        // The second file's interface is needed between all those of the first.
        let many: Vec<String> = (0..20).map(|n| format!("if{n}")).collect();
        let first = sections(&many, 100);
        let second = sections(&["other"; 20], 100);
        let (merged, done) = written(4, 1000, |output| {
            let inputs = [&first[..], &second[..]].map(|file| Reader::open(file).unwrap());
            merge::merge(inputs.into(), output, &mut watch)
        });
        assert_eq!(done.unwrap().written, 40);
        let found = read(&merged);
        assert_eq!(found.iter().map(|found| found.packets.len()).sum::<usize>(), 40);
        assert!(found.len() > 5 && found.iter().all(|found| found.interfaces.len() <= 4), "{found:?}");
    }

    #[test]
    fn inputs_that_need_more_interfaces_at_a_time_are_refused() {
        let of = |names: &[&str]| {
            let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
            for name in names {
                let name = Some((*name).to_owned());
                writer.interface(&Interface { name, ..Interface::default() }).unwrap();
            }
            for time in 0..1000 {
                let (interface, name) = (0..).zip(names).cycle().nth(time as usize).unwrap();
                writer.write(&Record { interface, ..record(time, name.as_bytes()) }).unwrap();
            }
            writer.finish().unwrap()
        };
        let files = [of(&["a", "b"]), of(&["c", "d"])];
        let merged = |interfaces| {
            written(interfaces, 1000, |output| {
                let inputs = files.each_ref().map(|file| Reader::open(&file[..]).unwrap());
                merge::merge(inputs.into(), output, &mut watch)
            })
        };
        assert_eq!(merged(4).1.unwrap().written, 2000);
        let (file, done) = merged(3);
        assert!(matches!(done, Err(Error::TooManyInterfaces { .. })), "{done:?}");
        // What was written is whole, and does not drown in interfaces.
        let found = read(&file);
        let count = |of: fn(&Found) -> usize| found.iter().map(of).sum::<usize>();
        let (packets, interfaces) =
            (count(|found| found.packets.len()), count(|found| found.interfaces.len()));
        assert!(packets > 10 && interfaces < 100, "{packets} packets, {interfaces} interfaces");
    }

    fn sorted(file: &[u8], interfaces: usize, memory: usize) -> (Vec<Found>, Result<Progress, Error>) {
        let scratch = || Ok(Cursor::new(Vec::new()));
        let (file, done) = written(interfaces, usize::MAX, |output| {
            sort::sort(&mut Reader::open(file).unwrap(), output, memory, scratch, &mut watch)
        });
        (read(&file), done)
    }

    #[test]
    fn sorting_ends_before_an_interface_that_has_no_room() {
        let file = sections(&["a", "b", "a c", "d", "e"], 10);
        for memory in [0, 1 << 20] {
            let (found, done) = sorted(&file, 3, memory);
            assert!(matches!(done, Err(Error::TooManyInterfaces { input: 0 })), "{done:?}");
            let [found] = &found[..] else { panic!("{found:?}") };
            assert_eq!(
                (&found.interfaces[..], &found.packets[..]),
                (&["a", "b", "c"].map(String::from)[..], &["c", "a", "b", "a"].map(String::from)[..])
            );
            assert_eq!(found.counters, ["a 9", "b 8", "a 7", "c 6"]);
            let (found, done) = sorted(&file, 5, memory);
            assert_eq!((done.unwrap().written, found.len()), (6, 1));
        }
    }

    #[test]
    fn sorting_takes_room_for_an_interface_once() {
        let file = sections(&["a"; 50], 100);
        for memory in [0, 1 << 20] {
            let (found, done) = sorted(&file, 1, memory);
            assert_eq!(done.unwrap().written, 50);
            assert_eq!((found[0].packets.len(), found[0].counters.len()), (50, 50));
        }
    }
}

//! What an input says, taken over into an output: packets, interfaces, names, remarks.
//!
//! A pcapng output keeps all of it. Interfaces get new numbers as they turn up. Those that say the same become one
//! if they are of different sections of one input, or of files that say nothing of their interface. A pcap output
//! keeps packets alone, and those of one link type only.

use crate::error::Error;
use gannet_savefile::block::{Block, Options, Statistics, code};
use gannet_savefile::{
    Format, Interface, InterfaceStatistics, PacketNotes, Precision, Reader, Resolution, Writer,
};
use gannet_wire::{LinkType, Record};
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::io::{Read, Write};

/// What an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The classic format, of one link type.
    Pcap(LinkType),
    /// Blocks of many kinds.
    Pcapng,
}

/// What one input has said of its interfaces, and which numbers they have in the output.
#[derive(Debug, Default)]
pub struct Origin {
    /// Which of the inputs it is.
    input: usize,
    /// Those of the present section. `None`: its block makes no sense.
    interfaces: Vec<Option<Known>>,
    /// How many of the output's interfaces that say the same are those of this section, by their [`Carrier::key`].
    used: HashMap<u64, usize>,
}

#[derive(Debug)]
struct Known {
    interface: Interface,
    /// Its number in the output, once it is there.
    number: Option<u32>,
}

impl Origin {
    /// The beginning of an input, the `input`th of all.
    pub fn new<R: Read>(input: usize, reader: &Reader<R>) -> Self {
        let mut interfaces = Vec::new();
        if reader.format() == Format::Pcap {
            let interface = of_header(reader);
            interfaces.push(Some(Known { interface, number: None }));
        }
        Origin { input, interfaces, used: HashMap::new() }
    }

    /// Another output follows: no interface has a number in it.
    pub(crate) fn forget_numbers(&mut self) {
        self.interfaces.iter_mut().flatten().for_each(|known| known.number = None);
        self.used.clear();
    }

    /// One more interface; `None` for a block that makes no sense.
    pub(crate) fn add(&mut self, interface: Option<Interface>) {
        self.interfaces.push(interface.map(|interface| Known { interface, number: None }));
    }

    /// How many interfaces the present section has.
    pub(crate) fn count(&self) -> usize {
        self.interfaces.len()
    }

    /// The interfaces of the present section.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = Option<&Interface>> {
        self.interfaces.iter().map(|known| known.as_ref().map(|known| &known.interface))
    }

    /// Learns from a block that is no packet.
    pub(crate) fn learn(&mut self, block: &Block<'_>) {
        match block {
            Block::Section(_) => {
                self.interfaces.clear();
                self.used.clear();
            }
            Block::Interface(block) => self.add(block.parse().ok()),
            _ => {}
        }
    }

    /// What is known of an interface of the present section.
    pub fn interface(&self, number: u32) -> Option<&Interface> {
        self.interfaces.get(number as usize)?.as_ref().map(|known| &known.interface)
    }
}

/// What the header of a pcap file says of the one interface it does not name.
fn of_header<R: Read>(reader: &Reader<R>) -> Interface {
    Interface {
        link: reader.link(),
        snaplen: reader.snaplen(),
        resolution: match reader.precision() {
            Precision::Micro => Resolution::MICRO,
            Precision::Nano => Resolution::NANO,
        },
        ..Interface::default()
    }
}

/// An output, and which interfaces it has.
pub struct Carrier<'w, W> {
    writer: &'w mut Writer<W>,
    form: Form,
    /// The interfaces that are there; the place is the number.
    given: Vec<Interface>,
    /// The numbers of those that say the same, by their [`Carrier::key`].
    same: HashMap<u64, Vec<u32>>,
    hasher: RandomState,
    /// Nothing is taken over that says where the packets are from.
    bare: bool,
}

impl<'w, W: Write> Carrier<'w, W> {
    /// An output that was begun, with nothing in it yet.
    pub fn new(writer: &'w mut Writer<W>, form: Form) -> Self {
        let (same, hasher) = (HashMap::new(), RandomState::new());
        Carrier { writer, form, given: Vec::new(), same, hasher, bare: false }
    }

    /// The same, and what the input says beside packets is left out: names, secrets, remarks, and of its interfaces
    /// all but what is needed to understand their packets. Counters of packets are kept.
    pub fn bare(writer: &'w mut Writer<W>, form: Form) -> Self {
        Carrier { bare: true, ..Carrier::new(writer, form) }
    }

    /// Takes a packet over. `record.interface` is its interface's number in the input.
    ///
    /// # Errors
    /// [`Error::SecondLink`], and what the sink says.
    pub fn packet(
        &mut self,
        origin: &mut Origin,
        record: &Record<'_>,
        options: Options<'_>,
    ) -> Result<(), Error> {
        let written = match self.form {
            Form::Pcap(output) if output != record.link => {
                return Err(Error::SecondLink { output, packet: record.link, input: origin.input });
            }
            Form::Pcap(_) => self.writer.write(record),
            Form::Pcapng => {
                let interface = self.number(origin, record)?;
                let notes = match self.bare {
                    true => {
                        PacketNotes { dropped: options.u64(code::EPB_DROPCOUNT), ..PacketNotes::default() }
                    }
                    false => PacketNotes { verbatim: options, ..PacketNotes::default() },
                };
                self.writer.write_with(&Record { interface, ..*record }, &notes)
            }
        };
        written.map_err(Error::Output)
    }

    /// Takes over what is said beside packets: names, secrets, remarks, statistics. What cannot be said in
    /// the output, or makes no sense in a changed file, is left out.
    ///
    /// # Errors
    /// What the sink says.
    pub fn block(&mut self, origin: &mut Origin, block: &Block<'_>) -> Result<(), Error> {
        origin.learn(block);
        if let (true, Block::Interface(_), Some(Some(last))) =
            (self.bare, block, origin.interfaces.last_mut())
        {
            last.interface = bare(&last.interface);
        }
        if self.form != Form::Pcapng {
            return Ok(());
        }
        match block {
            Block::Interface(_) => self.settle(origin, origin.interfaces.len().saturating_sub(1)).map(drop),
            Block::Statistics(statistics) => {
                let Some(interface) = self.settle(origin, statistics.interface as usize)? else {
                    return Ok(());
                };
                if self.bare {
                    let clock = self.given.get(interface as usize);
                    let counted = counters(statistics, interface, clock);
                    return self.writer.statistics(&counted).map_err(Error::Output);
                }
                let statistics = Statistics { interface, ..*statistics };
                self.writer.block(&Block::Statistics(statistics)).map_err(Error::Output)
            }
            other => self.aside(other),
        }
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
        match wanted && self.form == Form::Pcapng {
            true => self.writer.block(block).map_err(Error::Output),
            false => Ok(()),
        }
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

    /// Describes all interfaces of an input in the output, from the one of that number on.
    pub(crate) fn settle_all(&mut self, origin: &mut Origin, from: usize) -> Result<(), Error> {
        let count = if self.form == Form::Pcapng { origin.interfaces.len() } else { 0 };
        (from..count).try_for_each(|at| self.settle(origin, at).map(drop))
    }

    /// The number of a packet's interface in the output. A packet without one gets an interface of its own
    /// link type.
    fn number(&mut self, origin: &mut Origin, record: &Record<'_>) -> Result<u32, Error> {
        match self.settle(origin, record.interface as usize)? {
            Some(number) => Ok(number),
            None => {
                let interface = Interface { link: record.link, ..Interface::default() };
                self.find_or_add(origin, &interface).map(|(number, _)| number)
            }
        }
    }

    /// The number in the output of an interface of the input; `None` if the input has no such interface.
    fn settle(&mut self, origin: &mut Origin, at: usize) -> Result<Option<u32>, Error> {
        let Some(Some(known)) = origin.interfaces.get(at) else { return Ok(None) };
        if known.number.is_some() {
            return Ok(known.number);
        }
        let (number, key) = self.find_or_add(origin, &known.interface)?;
        *origin.used.entry(key).or_default() += 1;
        if let Some(Some(known)) = origin.interfaces.get_mut(at) {
            known.number = Some(number);
        }
        Ok(Some(number))
    }

    /// Finds an interface that says the same and is not another one of the same section, or adds it. Gives its key
    /// too.
    fn find_or_add(&mut self, origin: &Origin, interface: &Interface) -> Result<(u32, u64), Error> {
        let key = self.key(origin.input, interface);
        let used = origin.used.get(&key).copied().unwrap_or(0);
        let same = self.same.get(&key).and_then(|same| same.get(used)).copied();
        if let Some(number) = same.filter(|number| self.given.get(*number as usize) == Some(interface)) {
            return Ok((number, key));
        }
        let number = self.writer.interface(interface).map_err(Error::Output)?;
        self.given.push(interface.clone());
        self.same.entry(key).or_default().push(number);
        Ok((number, key))
    }

    /// The same for interfaces that may be one: they say the same, and are of one input if they say anything.
    fn key(&self, input: usize, interface: &Interface) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        (!says_nothing(interface)).then_some(input).hash(&mut hasher);
        let mut words = Words(hasher);
        // Nothing can fail here.
        let _ = write!(words, "{interface:?}");
        words.0.finish()
    }
}

/// Hashes what is written to it.
struct Words<H>(H);

impl<H: Hasher> fmt::Write for Words<H> {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        self.0.write(words.as_bytes());
        Ok(())
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

/// Whether nothing tells an interface from that of any other file.
fn says_nothing(interface: &Interface) -> bool {
    let plain = Interface {
        link: interface.link,
        snaplen: interface.snaplen,
        resolution: interface.resolution,
        ..Interface::default()
    };
    *interface == plain
}

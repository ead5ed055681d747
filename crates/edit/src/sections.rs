//! The sections of a pcapng output, one after the other, and which interfaces the present one has.
//!
//! An interface gets its number as it turns up. Those that say the same in every option become one, of whatever sections
//! and inputs they are, if these were written on the same machine, as far as they tell; two of one section stay two. When a
//! section has no room for one more another
//! section follows, in which those that are still needed are described again, and only then: an input of however many
//! sections takes no more memory than one with as many interfaces as a section can have.

use crate::aside::Asides;
use gannet_savefile::block::{Block, MAX_INTERFACE_BYTES, MAX_INTERFACES, code};
use gannet_savefile::{
    Error, Format, Interface, Precision, Reader, Resolution, SectionInfo, Unwritable, Writer,
};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::io::{Read, Write};

/// Where an input's section ends, an output's that has so many interfaces ends too. More would only make memory grow: no
/// section needs those before it. Names and secrets are said again then, 4 MiB at most, so this is not to happen often:
/// so many interfaces, and the sections that they came in, are 1.5 MiB themselves.
const ENOUGH: usize = 1 << 15;

/// What one input has said of its interfaces, and which numbers they have in the output.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Which of the inputs it is.
    input: usize,
    /// What the present section says of the machine: its hardware and its operating system.
    machine: [Option<String>; 2],
    /// Those of the present section. `None`: its block makes no sense.
    interfaces: Vec<Option<Known>>,
    /// How many of the output's interfaces that say the same are those of this section.
    used: HashMap<Print, u32>,
    /// The output's section that all these numbers are of.
    section: u64,
}

#[derive(Clone, Debug)]
struct Known {
    interface: Interface,
    /// Its number in the output, once it is there.
    number: Option<u32>,
    /// Whether it was in an earlier section of the output.
    again: bool,
}

/// What an interface is known by in an output: one that says something else has the same once in 2^128.
type Print = [u64; 2];

impl Origin {
    /// The beginning of an input, the `input`th of all.
    pub fn new<R: Read>(input: usize, reader: &Reader<R>) -> Self {
        let mut origin = Origin { input, ..Origin::default() };
        if reader.format() == Format::Pcap {
            origin.add(Some(of_header(reader)));
        }
        origin
    }

    /// Which of the inputs it is.
    pub(crate) fn input(&self) -> usize {
        self.input
    }

    /// Another output follows: no interface has a number in it.
    pub(crate) fn forget_numbers(&mut self) {
        self.interfaces.iter_mut().flatten().for_each(|known| (known.number, known.again) = (None, false));
        self.used.clear();
        self.section = 0;
    }

    /// The output is in that section: no interface has a number in it if that is another one than before.
    fn meet(&mut self, section: u64) {
        if self.section != section {
            self.section = section;
            forget(&mut self.used);
            for known in self.interfaces.iter_mut().flatten() {
                known.again |= known.number.take().is_some();
            }
        }
    }

    /// Learns from a block that is no packet.
    pub fn learn(&mut self, block: &Block<'_>) {
        match block {
            Block::Section(section) => {
                let text = |code| section.options.text(code).map(|text| text.into_owned());
                self.machine = [code::SHB_HARDWARE, code::SHB_OS].map(text);
                self.interfaces.clear();
                forget(&mut self.used);
            }
            Block::Interface(block) => self.add(block.parse().ok()),
            _ => {}
        }
    }

    /// Learns from what the reader knows what stood in blocks that it gave as faults: those have numbers too.
    pub fn catch_up(&mut self, known: &[Option<Interface>]) {
        for interface in known.get(self.count()..).unwrap_or_default() {
            self.add(interface.clone());
        }
    }

    fn add(&mut self, interface: Option<Interface>) {
        let known = |interface| Known { interface, number: None, again: false };
        self.interfaces.push(interface.map(known));
    }

    /// Of the last interface no more is known than `part` leaves of it.
    pub(crate) fn reduce_last(&mut self, part: impl FnOnce(&Interface) -> Interface) {
        if let Some(Some(last)) = self.interfaces.last_mut() {
            last.interface = part(&last.interface);
        }
    }

    /// How many interfaces the present section has so far.
    pub fn count(&self) -> usize {
        self.interfaces.len()
    }

    /// What is known of an interface of the present section.
    pub fn interface(&self, number: u32) -> Option<&Interface> {
        self.interfaces.get(number as usize)?.as_ref().map(|known| &known.interface)
    }
}

/// Empties a map: one that was large once does not cost as much each time.
fn forget<K, V>(map: &mut HashMap<K, V>) {
    const LARGE: usize = 1024;
    if map.capacity() > LARGE { *map = HashMap::new() } else { map.clear() }
}

/// What the header of a pcap file says of the one interface it does not name.
fn of_header<R: Read>(reader: &Reader<R>) -> Interface {
    Interface {
        link: reader.link(),
        snaplen: reader.snaplen(),
        fcs_len: reader.fcs_len(),
        resolution: match reader.precision() {
            Precision::Micro => Resolution::MICRO,
            Precision::Nano => Resolution::NANO,
        },
        ..Interface::default()
    }
}

/// The sections of an output.
#[derive(Clone, Debug)]
pub struct Sections {
    /// Which is the present one, from 0.
    number: u64,
    /// What those behind the first say of themselves.
    info: SectionInfo,
    /// The numbers of its interfaces. Of those that say the same each is found by how many there were before it.
    given: HashMap<(Print, u32), u32>,
    /// How many it has, and how long their blocks are, all together.
    count: usize,
    bytes: usize,
    /// What they say, if another file may begin with them.
    kept: Option<Vec<Interface>>,
    room: Room,
    /// Whether another section may follow, and does with the next interface.
    rolls: bool,
    due: bool,
    /// Bytes of interfaces that were described, for the first time and again.
    described: [u64; 2],
    /// What every section has to say.
    asides: Asides,
    hashers: [RandomState; 2],
}

/// How many interfaces a section may have, and how many bytes of them.
#[derive(Clone, Copy, Debug)]
struct Room {
    interfaces: usize,
    bytes: usize,
    /// With so many it ends where one of the input does.
    enough: usize,
}

impl Default for Sections {
    fn default() -> Self {
        Sections {
            number: 0,
            info: SectionInfo::default(),
            given: HashMap::new(),
            count: 0,
            bytes: 0,
            kept: None,
            // What readers take, and what a section of an input can have: who describes it again does so once.
            room: Room { interfaces: MAX_INTERFACES as usize, bytes: MAX_INTERFACE_BYTES, enough: ENOUGH },
            rolls: true,
            due: false,
            described: [0; 2],
            asides: Asides::default(),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }
}

impl Sections {
    /// Those of an output that may be continued in another file by [`Sections::begin`]; those behind the first say
    /// this of themselves.
    pub fn continued(info: SectionInfo) -> Self {
        Sections { info, kept: Some(Vec::new()), ..Sections::default() }
    }

    /// The same, and every file begins with this interface, its number 0.
    #[must_use]
    pub fn beginning_with(mut self, interface: Interface) -> Self {
        self.count += 1;
        self.kept.get_or_insert_default().push(interface);
        self
    }

    /// The same with less room in each: so many interfaces, so many bytes of them, and so many with which one ends
    /// where one of the input does.
    #[must_use]
    pub fn with_room(self, interfaces: usize, bytes: usize, enough: usize) -> Self {
        Sections { room: Room { interfaces, bytes, enough }, ..self }
    }

    /// No other section may follow.
    pub(crate) fn stay_in_one(&mut self) {
        self.rolls = false;
    }

    /// Which section is the present one, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Keeps a block of names or of secrets, which every section has to say.
    pub fn keep(&mut self, block: &Block<'_>) {
        self.asides.keep(block);
    }

    /// Begins another file as if it were the present section: with the same interfaces under the same numbers, and
    /// with what was kept.
    ///
    /// # Errors
    /// What the sink says.
    pub fn begin<W: Write>(&self, writer: &mut Writer<W>) -> Result<(), Error> {
        for interface in self.kept.iter().flatten() {
            writer.interface(interface)?;
        }
        self.say_asides(writer)
    }

    /// A section of the only input has ended, and with it the need for all interfaces that were described so far.
    pub fn boundary(&mut self) {
        self.due = self.rolls && self.count >= self.room.enough;
    }

    /// The number of an interface of the input, which is described first if need be; `None` if the input has no
    /// such interface.
    ///
    /// # Errors
    /// [`Unwritable::TooManyInterfaces`], and what the sink says.
    #[inline]
    pub fn settle<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        origin: &mut Origin,
        at: usize,
    ) -> Result<Option<u32>, Error> {
        match origin.interfaces.get(at) {
            Some(Some(Known { number: Some(number), .. })) if origin.section == self.number => {
                Ok(Some(*number))
            }
            _ => self.settle_new(writer, origin, at),
        }
    }

    fn settle_new<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        origin: &mut Origin,
        at: usize,
    ) -> Result<Option<u32>, Error> {
        origin.meet(self.number);
        let Some(Some(known)) = origin.interfaces.get(at) else { return Ok(None) };
        let (number, print) = self.find(writer, origin, &known.interface, known.again)?;
        origin.meet(self.number);
        *origin.used.entry(print).or_default() += 1;
        if let Some(Some(known)) = origin.interfaces.get_mut(at) {
            known.number = Some(number);
        }
        Ok(Some(number))
    }

    /// Finds an interface that says the same and is not another one of the same section of the input, or adds it.
    ///
    /// # Errors
    /// As [`Sections::settle`].
    pub fn find_or_add<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        origin: &mut Origin,
        interface: &Interface,
    ) -> Result<u32, Error> {
        origin.meet(self.number);
        self.find(writer, origin, interface, false).map(|(number, _)| number)
    }

    /// The same: `again` if it was in the output before. Gives its print too.
    fn find<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        origin: &Origin,
        interface: &Interface,
        again: bool,
    ) -> Result<(u32, Print), Error> {
        let mut block = Vec::new();
        interface.encode(&mut block)?;
        let print = self.print(&origin.machine, interface, &block);
        let twins = origin.used.get(&print).copied().unwrap_or(0);
        if !self.due
            && let Some(number) = self.given.get(&(print, twins))
        {
            return Ok((*number, print));
        }
        let before = self.number;
        let number = self.describe(writer, interface, block.len(), again)?;
        let twins = if self.number == before { twins } else { 0 };
        self.given.insert((print, twins), number);
        Ok((number, print))
    }

    /// Adds an interface that is none of those before, whatever it says.
    ///
    /// # Errors
    /// As [`Sections::settle`].
    pub fn add<W: Write>(&mut self, writer: &mut Writer<W>, interface: &Interface) -> Result<u32, Error> {
        let mut block = Vec::new();
        interface.encode(&mut block)?;
        self.describe(writer, interface, block.len(), false)
    }

    /// Whether another section begins if this interface is added.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn is_full_for(&self, interface: &Interface) -> Result<bool, Error> {
        let mut block = Vec::new();
        interface.encode(&mut block)?;
        Ok(self.due || !self.fits(block.len()))
    }

    /// Whether there is room for an interface whose block is so long.
    fn fits(&self, length: usize) -> bool {
        let Room { interfaces, bytes, .. } = self.room;
        self.count == 0 || self.count < interfaces && self.bytes.saturating_add(length) <= bytes
    }

    /// Describes an interface, whose block is so long, in this section or the next.
    fn describe<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        interface: &Interface,
        length: usize,
        again: bool,
    ) -> Result<u32, Error> {
        let roll = self.due || !self.fits(length);
        if roll && !self.rolls || self.goes_in_circles() {
            let Room { interfaces, bytes, .. } = self.room;
            return Err(Unwritable::TooManyInterfaces { max: interfaces, bytes }.into());
        }
        if roll {
            writer.section(&self.info)?;
            self.number += 1;
            forget(&mut self.given);
            self.kept.iter_mut().for_each(Vec::clear);
            (self.count, self.bytes) = (0, 0);
        }
        self.due = false;
        let number = writer.interface(interface)?;
        self.kept.iter_mut().for_each(|kept| kept.push(interface.clone()));
        self.count += 1;
        self.bytes = self.bytes.saturating_add(length);
        let [first, more] = &mut self.described;
        let described = if again { more } else { first };
        *described = described.saturating_add(length as u64);
        if roll {
            // Behind an interface: Wireshark expects one first.
            self.say_asides(writer)?;
        }
        Ok(number)
    }

    fn say_asides<W: Write>(&self, writer: &mut Writer<W>) -> Result<(), Error> {
        self.asides.blocks().try_for_each(|block| writer.block(&block))
    }

    /// Whether interfaces are described again and again because the packets of several inputs need more of them in
    /// turn than a section has room for: the output would be many times as long as the inputs.
    fn goes_in_circles(&self) -> bool {
        let [first, again] = self.described;
        again > first.saturating_add(self.room.bytes as u64)
    }

    /// The same for interfaces that may be one: they say the same, and are of one machine if they say anything.
    fn print(&self, machine: &[Option<String>; 2], interface: &Interface, block: &[u8]) -> Print {
        let machine = (!says_nothing(interface)).then_some(machine);
        self.hashers.each_ref().map(|keys| {
            let mut hasher = keys.build_hasher();
            machine.hash(&mut hasher);
            hasher.write(block);
            hasher.finish()
        })
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

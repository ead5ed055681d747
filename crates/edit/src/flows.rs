//! One input into as many outputs as there are conversations: both directions of one in one output.
//!
//! - [`key`] what a conversation is known by;
//! - this file: the outputs, of which so many are open at a time.

pub mod key;

use crate::aside::Asides;
use crate::carry::Form;
use crate::error::Error;
use crate::sections::Origin;
use crate::{Progress, Watch, is_pause};
use gannet_savefile::block::Block;
use gannet_savefile::{Interface, Item, Options, PacketNotes, Reader, SectionInfo, Writer};
use gannet_wire::{LinkType, Record};
use key::{Key, Keys};
use std::collections::HashMap;
use std::io::{Read, Write};

/// The most conversations that one input is split into: each is a file, and is remembered.
pub const MOST: usize = 1_000_000;

/// What gathers for an output is written when it is so much, for there are many outputs.
const PIECE: u64 = 64 * 1024;

/// An output of more interfaces than this goes on with another section: many outputs are open, and each remembers
/// its own. Nobody's conversation is seen on so many.
const INTERFACES: usize = 4096;

/// Whoever makes the outputs.
pub trait Files {
    /// An output that is open.
    type File: Sized;
    /// What is written to.
    type Sink: Write;

    /// Opens an output, the `n`th from 0; `again` to go on with one that was closed.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] or what it likes.
    fn open(&mut self, n: u64, again: bool) -> Result<Self::File, Error>;

    /// What writes into it.
    fn writer(file: &mut Self::File) -> &mut Writer<Self::Sink>;

    /// Flushes and closes it.
    ///
    /// # Errors
    /// As [`Files::open`].
    fn close(&mut self, file: Self::File) -> Result<(), Error>;

    /// It takes no more.
    ///
    /// # Errors
    /// As [`Files::open`], always.
    fn broken(&mut self, file: Self::File, error: gannet_savefile::Error) -> Error;
}

/// Splits `input` by conversation. Outputs are numbered in the order of their first packets. No more than `open` of
/// them are open at a time. A pcapng output that was closed, or has very many interfaces, goes on with another
/// section. Names and secrets that
/// stand before the first packet of a conversation are said in its output again.
///
/// # Errors
/// [`Error::Input`] with the first fault, after all that could be read was written; [`Error::TooManyFlows`]; else
/// what `files` says.
pub fn split_flows<R: Read, F: Files>(
    input: &mut Reader<R>,
    form: Form,
    open: usize,
    files: &mut F,
    watch: Watch<'_>,
) -> Result<Progress, Error> {
    let mut table = Table::new(form, open);
    let mut origin = Origin::new(0, input);
    let (mut keys, mut progress, mut failed) = (Keys::default(), Progress::default(), None);
    let done = loop {
        match input.next_item() {
            Ok(Some(Item::Packet { record, options, .. })) => {
                if let Err(error) = table.packet(keys.of(&record), &record, options, &origin, files) {
                    break Err(error);
                }
                progress.written += 1;
                if !progress.packet(watch) {
                    break Ok(());
                }
            }
            Ok(Some(Item::Block(block))) => {
                table.section += u64::from(matches!(block, Block::Section(_)));
                origin.learn(&block);
                table.asides.keep(&block);
            }
            Ok(Some(_)) => {}
            Ok(None) => break Ok(()),
            Err(error) if is_pause(&error) => {
                if !watch(progress) {
                    break Ok(());
                }
            }
            Err(error) => {
                origin.catch_up(input.interfaces());
                let goes_on = error.is_local();
                failed.get_or_insert(Error::Input { input: 0, error });
                if !goes_on {
                    break Ok(());
                }
            }
        }
    };
    // What is whole is kept, whatever happened.
    let closed = table.slots.into_iter().map(|slot| files.close(slot.file)).fold(Ok(()), Result::and);
    done.and(closed)?;
    failed.map_or(Ok(progress), Err)
}

/// The conversations, and the outputs that are open.
struct Table<F> {
    form: Form,
    /// So many at most.
    open: usize,
    flows: HashMap<Key, u32>,
    /// Where among the slots the output of a flow is, if it is open.
    places: Vec<Option<u32>>,
    slots: Vec<Slot<F>>,
    /// Packets so far.
    packets: u64,
    /// Sections of the input so far.
    section: u64,
    asides: Asides,
}

/// An output that is open.
struct Slot<F> {
    flow: u32,
    file: F,
    /// The number of its last packet.
    used: u64,
    /// The numbers in it of the interfaces of a section of the input.
    numbers: HashMap<(u32, LinkType), u32>,
    section: u64,
    /// How many interfaces were described in its present section.
    described: usize,
}

impl<F> Table<F> {
    fn new(form: Form, open: usize) -> Self {
        Table {
            form,
            open: open.max(1),
            flows: HashMap::new(),
            places: Vec::new(),
            slots: Vec::new(),
            packets: 0,
            section: 0,
            asides: Asides::default(),
        }
    }

    /// Writes a packet into the output of its conversation.
    fn packet<O: Files<File = F>>(
        &mut self,
        key: Key,
        record: &Record<'_>,
        options: Options<'_>,
        origin: &Origin,
        files: &mut O,
    ) -> Result<(), Error> {
        if let Form::Pcap(output) = self.form
            && output != record.link
        {
            return Err(Error::SecondLink { output, packet: record.link, input: 0 });
        }
        let (at, fresh) = self.slot(key, files)?;
        let (form, section, asides) = (self.form, self.section, &self.asides);
        self.packets += 1;
        let Some(slot) = self.slots.get_mut(at) else { return Ok(()) };
        slot.used = self.packets;
        let written = match form {
            Form::Pcap(_) => O::writer(&mut slot.file).write(record),
            Form::Pcapng => slot.number::<O>(origin, section, record).and_then(|interface| {
                let writer = O::writer(&mut slot.file);
                if fresh {
                    // Behind an interface: Wireshark expects one first.
                    asides.blocks().try_for_each(|block| writer.block(&block))?;
                }
                let notes = PacketNotes { verbatim: options, ..PacketNotes::default() };
                writer.write_with(&Record { interface, ..*record }, &notes)
            }),
        };
        let writer = O::writer(&mut slot.file);
        let full = writer.length().saturating_sub(writer.sunk()) > PIECE;
        match written.and_then(|()| if full { writer.flush() } else { Ok(()) }) {
            Ok(()) => Ok(()),
            Err(error) => Err(files.broken(self.slots.swap_remove(at).file, error)),
        }
    }

    /// Where the output of a conversation is, opened if need be; and whether nothing is in it yet.
    fn slot<O: Files<File = F>>(&mut self, key: Key, files: &mut O) -> Result<(usize, bool), Error> {
        let count = self.places.len();
        let flow = match self.flows.get(&key) {
            Some(flow) => *flow,
            None if count >= MOST => return Err(Error::TooManyFlows),
            None => count as u32,
        };
        if let Some(Some(at)) = self.places.get(flow as usize) {
            return Ok((*at as usize, false));
        }
        let fresh = flow as usize == count;
        if self.slots.len() >= self.open {
            self.close_one(files)?;
        }
        let file = files.open(u64::from(flow), !fresh)?;
        let at = self.slots.len();
        self.slots.push(Slot {
            flow,
            file,
            used: 0,
            numbers: HashMap::new(),
            section: self.section,
            described: 0,
        });
        if fresh {
            self.flows.insert(key, flow);
            self.places.push(Some(at as u32));
        } else if let Some(place) = self.places.get_mut(flow as usize) {
            *place = Some(at as u32);
        }
        Ok((at, fresh))
    }

    /// Closes the output that was used longest ago.
    fn close_one<O: Files<File = F>>(&mut self, files: &mut O) -> Result<(), Error> {
        let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used).map(|(at, _)| at);
        let Some(at) = oldest else { return Ok(()) };
        let slot = self.slots.swap_remove(at);
        if let Some(place) = self.places.get_mut(slot.flow as usize) {
            *place = None;
        }
        // Another one stands in its place now.
        let moved = self.slots.get(at).and_then(|moved| self.places.get_mut(moved.flow as usize));
        if let Some(place) = moved {
            *place = Some(at as u32);
        }
        files.close(slot.file)
    }
}

impl<F> Slot<F> {
    /// The number in the output of a packet's interface, which is described if it is not yet.
    fn number<O: Files<File = F>>(
        &mut self,
        origin: &Origin,
        section: u64,
        record: &Record<'_>,
    ) -> Result<u32, gannet_savefile::Error> {
        if self.section != section {
            self.section = section;
            self.numbers.clear();
        }
        if let Some(number) = self.numbers.get(&(record.interface, record.link)) {
            return Ok(*number);
        }
        let writer = O::writer(&mut self.file);
        if self.described >= INTERFACES {
            writer.section(&SectionInfo::default())?;
            self.described = 0;
            self.numbers.clear();
        }
        let number = match origin.interface(record.interface) {
            Some(interface) => writer.interface(interface)?,
            None => writer.interface(&Interface { link: record.link, ..Interface::default() })?,
        };
        self.described += 1;
        self.numbers.insert((record.interface, record.link), number);
        Ok(number)
    }
}

//! One input put in order of time.
//!
//! - `run` packets in order, on their way through scratch files.
//!
//! Packets gather in memory up to a bound, are sorted, and go to a scratch file; the scratch files are merged in
//! the end. An input that fits needs none. Packets of the same time keep their order. Interfaces are described in
//! the output as they are read, all in one section. What they have counted comes behind all packets, unless it is
//! very much.

mod run;

use crate::carry::Carrier;
use crate::error::Error;
use crate::sections::Origin;
use crate::{Progress, Watch, is_pause};
use gannet_savefile::block::Statistics;
use gannet_savefile::{Block, ByteOrder, Item, Options, Reader};
use gannet_wire::Record;
use run::{Head, Runs};
use std::io::{Read, Seek, Write};

/// So many bytes of counters wait until all packets are written; more go to the output before. An interface says
/// a hundred bytes at a time, most of them only once.
const COUNTERS: usize = 4 * 1024 * 1024;

/// Sorts `input` into `output`, with `memory` bytes of packets in memory at most; `scratch` gives files for the
/// rest, which are read again from their start. The output is not flushed. If the watch ends it while packets are
/// read, those that were are sorted and written; if later, [`Progress::written`] says how many were.
///
/// # Errors
/// [`Error::Input`] with the first fault, after all that could be read was sorted and written, and
/// [`Error::TooManyInterfaces`] after all that was read before.
/// [`Error::Scratch`] if a scratch file cannot be had, written or read.
pub fn sort<R: Read, W: Write, S: Read + Write + Seek>(
    input: &mut Reader<R>,
    output: &mut Carrier<'_, W>,
    memory: usize,
    scratch: impl FnMut() -> std::io::Result<S>,
    watch: Watch<'_>,
) -> Result<Progress, Error> {
    let mut gathered = Gathered::new(Origin::new(0, input), COUNTERS);
    let mut runs = Runs::new(scratch);
    let mut progress = Progress::default();
    let (mut failed, mut stopped) = (None, false);
    output.stay_in_one_section();
    output.settle_all(&mut gathered.origin)?;
    while !stopped {
        let done = match input.next_item() {
            Ok(Some(Item::Packet { record, options, .. })) => {
                gathered.add(output, &record, options).map(|()| {
                    stopped = !progress.packet(watch);
                })
            }
            Ok(Some(Item::Block(block))) => gathered.learn(output, &block),
            Ok(Some(_)) => Ok(()),
            Ok(None) => break,
            Err(error) if is_pause(&error) => {
                stopped = !watch(progress);
                Ok(())
            }
            Err(error) => {
                gathered.origin.catch_up(input.interfaces());
                Err(Error::Input { input: 0, error })
            }
        };
        if let Err(error) = done {
            let goes_on = match &error {
                Error::Input { error, .. } => error.is_local(),
                Error::TooManyInterfaces { .. } => false,
                _ => return Err(error),
            };
            failed.get_or_insert(error);
            if !goes_on {
                break;
            }
        }
        if gathered.size() > memory {
            runs.add(|take| gathered.drain(take))?;
        }
    }
    if runs.is_empty() {
        gathered.drain(&mut |head, data| write(output, head, data))?;
        progress.written = progress.read;
    } else {
        runs.add(|take| gathered.drain(take))?;
        runs.merge(|head, data| {
            write(output, head, data)?;
            progress.written += 1;
            // Who was stopped once writes what was read.
            Ok(!progress.written.is_multiple_of(crate::WATCH_EVERY) || watch(progress) || stopped)
        })?;
    }
    gathered.write_counters(output)?;
    failed.map_or(Ok(progress), Err)
}

fn write<W: Write>(output: &mut Carrier<'_, W>, head: &Head, data: &[u8]) -> Result<(), Error> {
    let (record, options) = head.lend(data);
    output.numbered(0, &record, options)
}

/// Packets in memory, their bytes and options in one piece. Interfaces have the numbers of the output.
struct Gathered {
    bytes: Vec<u8>,
    /// Packets, and where in `bytes` they begin.
    entries: Vec<(Head, usize)>,
    origin: Origin,
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

impl Gathered {
    fn new(origin: Origin, most: usize) -> Self {
        Gathered { bytes: Vec::new(), entries: Vec::new(), origin, counters: Vec::new(), counted: 0, most }
    }

    /// Takes in what is no packet. All but counters goes to the output at once.
    fn learn<W: Write>(&mut self, output: &mut Carrier<'_, W>, block: &Block<'_>) -> Result<(), Error> {
        let Block::Statistics(said) = block else { return output.block(&mut self.origin, block) };
        let Some(interface) = output.settle(&mut self.origin, said.interface as usize)? else {
            return Ok(());
        };
        let (ticks, options) = (said.ticks, said.options.raw().to_vec());
        self.counted += size_of::<Counters>() + options.len();
        self.counters.push(Counters { interface, ticks, options, order: said.options.order() });
        if self.counted > self.most { self.write_counters(output) } else { Ok(()) }
    }

    /// Writes what interfaces have counted, and forgets it.
    fn write_counters<W: Write>(&mut self, output: &mut Carrier<'_, W>) -> Result<(), Error> {
        self.counted = 0;
        self.counters.drain(..).try_for_each(|counters| {
            let Counters { interface, ticks, ref options, order } = counters;
            output.counted(Statistics { interface, ticks, options: Options::new(options, order) })
        })
    }

    fn add<W: Write>(
        &mut self,
        output: &mut Carrier<'_, W>,
        record: &Record<'_>,
        options: Options<'_>,
    ) -> Result<(), Error> {
        let interface = output.number(&mut self.origin, record)?;
        self.entries.push((Head::new(&Record { interface, ..*record }, options), self.bytes.len()));
        self.bytes.extend_from_slice(record.bytes);
        self.bytes.extend_from_slice(options.raw());
        Ok(())
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<(Head, usize)>()
    }

    /// Hands the packets over in order of time, and forgets them.
    fn drain(&mut self, take: run::Take<'_>) -> Result<(), Error> {
        self.entries.sort_by_key(|(head, _)| head.time);
        for (head, at) in &self.entries {
            let data = self.bytes.get(*at..).and_then(|from| from.get(..head.size()));
            take(head, data.unwrap_or_default())?;
        }
        self.entries.clear();
        self.bytes.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Form;
    use gannet_savefile::{Interface, InterfaceStatistics, SectionInfo, Writer};

    #[test]
    fn neither_counters_nor_past_interfaces_gather() {
        let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        for received in 0..100 {
            let name = Some(format!("if{received}"));
            writer.section(&SectionInfo::default()).unwrap();
            writer.interface(&Interface { name, ..Interface::default() }).unwrap();
            let received = Some(received);
            writer.statistics(&InterfaceStatistics { received, ..<_>::default() }).unwrap();
        }
        let file = writer.finish().unwrap();
        let mut input = Reader::open(&file[..]).unwrap();
        let mut sink = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        let mut output = Carrier::new(&mut sink, Form::Pcapng);
        let mut gathered = Gathered::new(Origin::new(0, &input), 1000);
        while let Some(item) = input.next_item().unwrap() {
            let Item::Block(block) = item else { panic!("there are no packets") };
            gathered.learn(&mut output, &block).unwrap();
            assert!(gathered.counters.len() < 20 && gathered.origin.interface(1).is_none());
        }
        gathered.write_counters(&mut output).unwrap();
        let file = sink.finish().unwrap();
        let mut reader = Reader::open(&file[..]).unwrap();
        let (mut interfaces, mut counted) = (0, Vec::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Block(Block::Interface(_)) => interfaces += 1,
                Item::Block(Block::Statistics(said)) => {
                    counted.push((u64::from(said.interface), said.received().unwrap()))
                }
                _ => {}
            }
        }
        assert_eq!((interfaces, counted), (100, (0..100).map(|n| (n, n)).collect()));
    }
}

//! Any bytes are read as a savefile, in every way there is, without a panic and with progress at every step;
//! what was read can be written, and reads the same again.
#![no_main]
use gannet_savefile::{Block, Error, Format, Header, Item, Reader, View, Writer};
use gannet_wire::{Record, Timestamp};
use std::io;
use std::ops::Range;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    packets(data);
    blocks(data);
    items(data, Reader::open(data));
    items(data, Reader::open_damaged(data));
    either_way(data);
    in_place(data);
});

/// Shows a file in pieces.
#[derive(Debug)]
struct Pieces {
    file: Vec<u8>,
    shown: Range<usize>,
    size: usize,
}

impl View for Pieces {
    fn show(&mut self, offset: u64, wanted: usize) -> io::Result<()> {
        let begin = (offset as usize).min(self.file.len());
        self.shown = begin..begin.saturating_add(wanted.max(self.size)).min(self.file.len());
        Ok(())
    }

    fn bytes(&self) -> &[u8] {
        &self.file[self.shown.clone()]
    }
}

/// When a packet was captured, how much of it was, its length, and what was wrong in the end.
type Told = (Vec<(Timestamp, usize, u32)>, Option<String>);

fn told(mut reader: Reader<&[u8]>, glancing: bool) -> Told {
    let mut all = Vec::new();
    loop {
        if glancing && let Some(plain) = reader.plain(reader.precision()) {
            reader.glance(plain, |glance| {
                let time = Timestamp::from_nanos(glance.nanos);
                all.push((time, glance.caplen as usize, glance.length));
            });
        }
        match reader.next() {
            Ok(Some(record)) => all.push((record.time, record.bytes.len(), record.length)),
            Ok(None) => return (all, None),
            Err(error) => return (all, Some(error.to_string())),
        }
    }
}

/// A file that is shown in pieces is the file.
fn in_place(data: &[u8]) {
    let Ok(reader) = Reader::open(data) else { return };
    if reader.plain(reader.precision()).is_none() {
        return;
    }
    let expected = told(reader, false);
    for size in [1, data.len() / 3, data.len()] {
        let mut reader = Reader::open(data).unwrap();
        reader.view(Box::new(Pieces { file: data.to_vec(), shown: 0..0, size }));
        assert_eq!(told(reader, size > 1), expected);
    }
}

/// Packets that are read at once are those that are found block by block, up to the first thing that is wrong.
fn either_way(data: &[u8]) {
    let (Ok(mut packets), Ok(mut blocks)) = (Reader::open(data), Reader::open(data)) else { return };
    while let Ok(Some(record)) = packets.next() {
        let bytes = loop {
            match blocks.next_block() {
                Ok(Some(Block::Enhanced(packet))) => break packet.bytes,
                Ok(Some(Block::Old(packet))) => break packet.bytes,
                Ok(Some(Block::Simple(packet))) => break packet.bytes,
                Ok(Some(_)) => {}
                Ok(None) => panic!("there is no such packet"),
                Err(Error::NoBlocks { .. }) => return,
                Err(e) => assert!(e.is_local(), "{e}"),
            }
        };
        assert_eq!(record.bytes, bytes);
    }
}

/// Whether a step may be followed by another; every one but the last has to go forward.
fn goes_on<T>(step: &Result<Option<T>, Error>, before: u64, after: u64) -> bool {
    let more = match step {
        Ok(next) => next.is_some(),
        Err(e) => e.is_local(),
    };
    assert!(!more || after > before, "stays at {before}");
    more
}

fn packets(data: &[u8]) {
    let Ok(mut reader) = Reader::open(data) else { return };
    let link = reader.link();
    let mut writer = Writer::new(Vec::new(), Header { link, ..Header::default() });
    let mut lengths = Vec::new();
    while let Ok(Some(record)) = reader.next() {
        if record.bytes.len() <= 262_144 {
            lengths.push(record.bytes.len());
            writer.write(&Record { link, ..record }).unwrap();
        }
    }
    let written = writer.finish().unwrap();
    let mut again = Reader::open(&written[..]).unwrap();
    for length in lengths {
        assert_eq!(again.next().unwrap().unwrap().bytes.len(), length);
    }
}

/// All of a file, item by item, and all that can be asked of its blocks.
fn items(data: &[u8], reader: Result<Reader<&[u8]>, Error>) {
    let Ok(mut reader) = reader else { return };
    loop {
        let before = reader.offset();
        let step = reader.next_item().map(|item| item.map(|item| ask(&item)));
        if let Err(e) = &step {
            assert!(!e.to_string().is_empty());
            if let Error::Skipped { from, to, .. } = e {
                assert!(*from >= before && from < to && *to <= data.len() as u64);
            }
        }
        if !goes_on(&step, before, reader.offset()) {
            assert!(matches!(reader.next_item(), Ok(None)));
            return;
        }
    }
}

fn ask(item: &Item<'_>) -> usize {
    match item {
        Item::Packet { options, .. } => options.comments().count(),
        Item::Block(Block::Interface(interface)) => {
            let Ok(interface) = interface.parse() else { return 0 };
            let time = interface.time(u64::MAX / 3);
            interface.ticks(time) as usize
        }
        Item::Block(Block::Names(names)) => names.records().count() + names.options.iter().count(),
        Item::Block(Block::Statistics(counted)) => counted.end().unwrap_or(0) as usize,
        _ => 0,
    }
}

/// Writes all blocks that can be read; `None` if they cannot all be written.
fn copy(data: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::open(data).ok().filter(|reader| reader.format() == Format::Pcapng)?;
    let mut writer = Writer::blocks(Vec::new());
    loop {
        let before = reader.offset();
        let step = match reader.next_block() {
            Ok(Some(block)) => {
                writer.block(&block).ok()?;
                Ok(Some(()))
            }
            Ok(None) => Ok(None),
            Err(e) => Err(e),
        };
        if !goes_on(&step, before, reader.offset()) {
            return writer.finish().ok();
        }
    }
}

/// A copy of a file holds the same packets, and a copy of the copy is the same to the byte.
fn blocks(data: &[u8]) {
    let Some(once) = copy(data) else { return };
    // Options that make no sense in another byte order are gone from the copy, and with them what they hid: an
    // interface that was none is one now. From then on nothing changes.
    let Some(twice) = copy(&once) else { return };
    assert_eq!(copy(&twice).as_ref(), Some(&twice));
    let (Ok(mut original), Ok(mut copied)) = (Reader::open(data), Reader::open(&once[..])) else { return };
    loop {
        match (original.next(), copied.next()) {
            (Ok(Some(a)), Ok(Some(b))) => {
                assert_eq!((a.bytes, a.time, a.link, a.interface), (b.bytes, b.time, b.link, b.interface));
                assert_eq!((a.length, a.direction), (b.length, b.direction));
            }
            (Ok(None), Ok(None)) => return,
            (Err(a), Err(b)) if a.is_local() && b.is_local() => {}
            // A block that is too short, or the damage at the end, is not in the copy.
            (Err(_), _) => return,
            (a, b) => panic!("{a:?} is copied as {b:?}"),
        }
    }
}

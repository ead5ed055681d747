//! Packets from a savefile, those that a filter wants.

mod in_place;
mod parallel;

use crate::filter::Filter;
use gannet_capture::held::Held;
use gannet_filter::Target;
use gannet_savefile::codec::{Codec, Decoder};
use gannet_savefile::{ByteOrder, Error, Item, Precision, Reader};
use gannet_wire::Record;
use parallel::{CHUNK, Job, SHOWN_CHUNK};
use std::fs::File;
use std::io::{self, IoSlice, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use in_place::InPlace;

/// A savefile, read from the start. One that is compressed (gzip, zstd, lz4, xz; known by its first bytes) reads
/// like any other; offsets are those of what was compressed.
pub struct Offline {
    codec: Option<Codec>,
    reader: Reader<Box<dyn Read>>,
    filter: Option<Filter>,
    /// Where parts of it can be read in any order.
    placed: Option<Placed>,
    /// Who shows it in place.
    held: Option<Arc<Held>>,
}

/// Less than so many bytes are read on one thread.
const WORTH_IT: u64 = 4 << 20;

/// A regular file, read from a place of our own in it.
#[derive(Clone)]
struct Placed {
    file: Arc<File>,
    /// Where the savefile begins in it.
    base: u64,
    at: Arc<AtomicU64>,
}

impl Read for Placed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let at = self.at.load(Ordering::Relaxed);
        let got = self.file.read_at(into, at)?;
        self.at.store(at + got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

/// How a reader is begun.
type Open = fn(Box<dyn Read>) -> Result<Reader<Box<dyn Read>>, Error>;

/// What [`Offline::step`] found.
#[derive(Debug)]
pub enum Step<'r> {
    /// A packet that the filter accepts.
    Packet(Record<'r>),
    /// One that it rejects.
    Rejected,
    /// The end of the file.
    End,
}

impl Offline {
    /// Opens a file by its path.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be opened or read, else what is wrong with its header.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_file(File::open(path).map_err(Error::Read)?)
    }

    /// Reads from a file, whatever it is, from where it stands. Of a regular file several threads can read; it
    /// is not moved by that.
    ///
    /// # Errors
    /// As [`Offline::open`].
    pub fn from_file(mut file: File) -> Result<Self, Error> {
        if !file.metadata().map_err(Error::Read)?.is_file() {
            return Self::from_source(Box::new(file));
        }
        let base = file.stream_position().map_err(Error::Read)?;
        let placed = Placed { file: Arc::new(file), base, at: Arc::new(AtomicU64::new(base)) };
        let opened = Self::from_source(Box::new(placed.clone()))?;
        // The places of records are not those of the file if it is compressed.
        let placed = opened.codec.is_none().then_some(placed);
        Ok(Offline { placed, ..opened })
    }

    /// Reads from standard input.
    ///
    /// # Errors
    /// As [`Offline::open`].
    pub fn stdin() -> Result<Self, Error> {
        Self::from_source(Box::new(io::stdin().lock()))
    }

    /// Reads from anything.
    ///
    /// # Errors
    /// As [`Offline::open`].
    pub fn from_source(source: Box<dyn Read>) -> Result<Self, Error> {
        Self::begin(source, Reader::open)
    }

    /// Reads from a source that others read too, no byte before it is needed: see [`Reader::open_exact`]. If it is
    /// compressed, it is read ahead all the same.
    ///
    /// # Errors
    /// As [`Offline::open`].
    pub fn from_shared(source: Box<dyn Read>) -> Result<Self, Error> {
        Self::begin(source, Reader::open_exact)
    }

    /// Whether to read ahead in a source that others read too; when that ends, they must have moved it to the place that the
    /// reader has come to. Says whether that is possible: what is compressed is always read ahead.
    pub fn read_ahead(&mut self, on: bool) -> bool {
        let plain = self.codec.is_none();
        if plain {
            self.reader.read_ahead(on);
        }
        plain
    }

    /// Reads from anything, on behind damage: see [`Reader::recover`].
    ///
    /// # Errors
    /// As [`Offline::open`].
    pub fn from_damaged(source: Box<dyn Read>) -> Result<Self, Error> {
        Self::begin(source, Reader::open_damaged)
    }

    fn begin(source: Box<dyn Read>, open: Open) -> Result<Self, Error> {
        let decoder = Decoder::open(source).map_err(Error::Read)?;
        let codec = decoder.codec();
        Ok(Offline { codec, reader: open(Box::new(decoder))?, filter: None, placed: None, held: None })
    }

    /// How the file is compressed, if it is.
    pub fn codec(&self) -> Option<Codec> {
        self.codec
    }

    /// What the file says of itself.
    pub fn reader(&self) -> &Reader<Box<dyn Read>> {
        &self.reader
    }

    /// What a filter for this file is compiled for.
    pub fn filter_target(&self) -> Target {
        Target {
            snaplen: self.reader.snaplen(),
            swapped: Some(self.reader.byte_order() != ByteOrder::NATIVE),
            ..Target::new(self.reader.link())
        }
    }

    /// From now on only what `filter` accepts is given.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = Some(filter);
    }

    /// From now on the file is looked at where the system keeps it, if it can be: for whoever copies or counts a large
    /// file and never waits long between two packets. See [`InPlace`].
    pub fn in_place(&mut self) {
        let shown = self.placed.as_ref().and_then(|placed| InPlace::of(&placed.file, placed.base));
        if let Some(shown) = shown {
            self.held = Some(shown.held().clone());
            self.reader.view(Box::new(shown));
        }
    }

    /// Hands on what of the file is in memory at this moment, needs no change in a pcap file of this precision, and
    /// is accepted by the filter: runs of whole records, encoded, some at a time with the number of packets in them, at
    /// most `limit` packets. Says how many there were. When nothing is left, [`Offline::step`] reads on.
    ///
    /// ```no_run
    /// # use gannet_pcap::{Offline, offline::Step, savefile::{Header, Precision, Writer}};
    /// # fn copy(file: &mut Offline, writer: &mut Writer<Vec<u8>>) -> Result<(), gannet_pcap::savefile::Error> {
    /// loop {
    ///     file.runs(Precision::Micro, u64::MAX, |runs, _| writer.raw_runs(runs))?;
    ///     match file.step()? {
    ///         Step::Packet(record) => writer.write(&record)?,
    ///         Step::Rejected => {}
    ///         Step::End => return writer.flush(),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `put` gave.
    pub fn runs<E>(
        &mut self,
        precision: Precision,
        limit: u64,
        put: impl FnMut(&[IoSlice<'_>], u64) -> Result<(), E>,
    ) -> Result<u64, E> {
        let Some(plain) = self.reader.plain(precision) else { return Ok(0) };
        match &mut self.filter {
            None => self.reader.runs(plain, limit, |_, _| true, put),
            Some(filter) => self.reader.runs(plain, limit, filter.plain(self.reader.link()), put),
        }
    }

    /// Reads on with so many threads, and hands on what [`Offline::runs`] would, in the same order; `put` is
    /// called now and then even if there is nothing, and ends it with `false`. When it is done, something is left
    /// that is not plain, or the end of the file; [`Offline::step`] knows. Does nothing where what is read is no
    /// regular file, or not worth it. Memory: less than 1 MiB for each thread, and 1 MiB more, as long as no
    /// record is longer than 128 KiB; where the file is looked at [in place](Offline::in_place), of what is accepted at
    /// most 4 MiB for each thread, and 4 MiB more.
    ///
    /// # Errors
    /// What `put` gave.
    pub fn runs_on<E>(
        &mut self,
        threads: usize,
        precision: Precision,
        put: impl FnMut(&[IoSlice<'_>], u64) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let (Some(placed), Some(plain)) = (&self.placed, self.reader.plain(precision)) else {
            return Ok(true);
        };
        let length = placed.file.metadata().map_or(0, |metadata| metadata.len());
        let range = placed.base + self.reader.offset()..length;
        if threads < 2 || range.end.saturating_sub(range.start) < WORTH_IT {
            return Ok(true);
        }
        // What is shown is shown to nobody meanwhile, and a writer may wait for its end.
        self.reader.moved(self.reader.offset());
        let (file, held, link) = (&placed.file, self.held.as_deref(), self.reader.link());
        let size = if held.is_some() { SHOWN_CHUNK } else { CHUNK };
        let (place, outcome) = match &mut self.filter {
            None => Job { file, held, range, threads, size, plain, wanted: |_: &[u8], _| true }.run(put),
            Some(filter) => {
                Job { file, held, range, threads, size, plain, wanted: filter.plain(link) }.run(put)
            }
        };
        placed.at.store(place, Ordering::Relaxed);
        self.reader.moved(place.saturating_sub(placed.base));
        outcome
    }

    /// Reads one packet, whatever the filter says of it.
    ///
    /// # Errors
    /// As [`Offline::next`].
    pub fn step(&mut self) -> Result<Step<'_>, Error> {
        let Some(record) = self.reader.next()? else { return Ok(Step::End) };
        let wanted = self.filter.as_mut().is_none_or(|filter| filter.accepts(&record));
        Ok(if wanted { Step::Packet(record) } else { Step::Rejected })
    }

    /// The next packet that the filter accepts; `None` at the end of the file.
    ///
    /// # Errors
    /// What is wrong with the file; see [`Reader::next`] for what can be read after that.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not lend from its own buffer")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        match &mut self.filter {
            None => self.reader.next(),
            Some(filter) => self.reader.find(|record| filter.accepts(record)),
        }
    }

    /// What is next in a file, packet or not, and whether it is wanted: packets that the filter refuses are
    /// not. `None` at the end of the file.
    ///
    /// # Errors
    /// As [`Offline::next`].
    pub fn next_item(&mut self) -> Result<Option<(Item<'_>, bool)>, Error> {
        let item = self.reader.next_item()?;
        Ok(item.map(|item| match (&item, &mut self.filter) {
            (Item::Packet { record, .. }, Some(filter)) => (item, filter.accepts(record)),
            _ => (item, true),
        }))
    }
}

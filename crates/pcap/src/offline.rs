//! Packets from a savefile, those that a filter wants.

use crate::filter::Filter;
use gannet_filter::Target;
use gannet_savefile::{ByteOrder, Error, Item, Precision, Reader};
use gannet_wire::Record;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A savefile, read from the start.
pub struct Offline {
    reader: Reader<Box<dyn Read>>,
    filter: Option<Filter>,
}

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
        Self::from_source(Box::new(File::open(path).map_err(Error::Read)?))
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
        Ok(Offline { reader: Reader::open(source)?, filter: None })
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

    /// Hands on what of the file is in memory at this moment, needs no change in a pcap file of this precision, and
    /// is accepted by the filter: runs of whole records, encoded, with the number of packets in each, at most
    /// `limit` packets. Says how many there were. When nothing is left, [`Offline::step`] reads on.
    ///
    /// ```no_run
    /// # use gannet_pcap::{Offline, offline::Step, savefile::{Header, Precision, Writer}};
    /// # fn copy(file: &mut Offline, writer: &mut Writer<Vec<u8>>) -> Result<(), gannet_pcap::savefile::Error> {
    /// loop {
    ///     file.runs(Precision::Micro, u64::MAX, |records, _| writer.raw(records))?;
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
        put: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<u64, E> {
        let Some(plain) = self.reader.plain(precision) else { return Ok(0) };
        match &mut self.filter {
            None => self.reader.runs(plain, limit, |_, _| true, put),
            Some(filter) => self.reader.runs(plain, limit, filter.plain(self.reader.link()), put),
        }
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

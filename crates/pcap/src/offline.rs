//! Packets from a savefile, those that a filter wants.

use crate::filter::Filter;
use gannet_filter::Target;
use gannet_savefile::{ByteOrder, Error, Item, Reader};
use gannet_wire::Record;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A savefile, read from the start.
pub struct Offline {
    reader: Reader<Box<dyn Read>>,
    filter: Option<Filter>,
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

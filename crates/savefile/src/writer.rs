//! Writes pcap files, and knows at any time where the last whole record in the sink ends.
//!
//! Records gather in a buffer and go to the sink in pieces of at least [`PIECE`], whole records all of them. When
//! the sink fails, on a full disk above all, the end of the file is somewhere in a record;
//! [`Writer::record_boundary`] says where to cut it:
//!
//! ```no_run
//! # use gannet_savefile::{Header, Writer};
//! # fn f(record: gannet_wire::Record<'_>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut writer = Writer::new(std::fs::File::create("x.pcap")?, Header::default());
//! if let Err(e) = writer.write(&record).and_then(|()| writer.flush()) {
//!     writer.sink().set_len(writer.record_boundary())?;
//!     return Err(e.into());
//! }
//! # Ok(()) }
//! ```

use crate::error::Error;
use crate::gather::{Framing, Gather};
use crate::pcap::encode;
use crate::reader::Precision;
use gannet_wire::{LinkType, Record};
use std::io::Write;

pub use crate::gather::PIECE;

/// What the file says of all its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What every packet begins with.
    pub link: LinkType,
    /// What the packets end in: the bits that [`Reader::link_extension`](crate::Reader::link_extension)
    /// gives; 0 if nothing is known.
    pub link_extension: u32,
    /// How many bytes of a packet there are, at most. Longer records are written as they are.
    pub snaplen: u32,
    /// The unit of the fraction of a second.
    pub precision: Precision,
}

impl Default for Header {
    fn default() -> Self {
        Self { link: LinkType::ETHERNET, link_extension: 0, snaplen: 262_144, precision: Precision::Micro }
    }
}

/// Writes records to a sink, in the byte order of this machine. Nothing is written when it is dropped:
/// end with [`Writer::flush`] or [`Writer::finish`].
#[must_use = "records stay in the buffer until flush or finish"]
pub struct Writer<W> {
    gather: Gather<W>,
    precision: Precision,
}

impl<W: Write> Writer<W> {
    /// Begins a pcap file. The sink must stand at its start; it is first written to when a piece is full.
    pub fn new(sink: W, header: Header) -> Self {
        let mut gather = Gather::new(sink, Framing::Pcap);
        // A header alone is no piece: the sink is not asked yet.
        let _ = gather.add(|to| {
            encode::file_header(&header, to);
            Ok(())
        });
        Self { gather, precision: header.precision }
    }

    /// Adds a record. Of the time, what fits into the format is kept: seconds modulo 2^32.
    ///
    /// An error is the sink's. If it stopped taking bytes in an earlier call, the record was not added; else
    /// it was, and is written when the sink takes bytes again.
    #[inline]
    pub fn write(&mut self, record: &Record<'_>) -> Result<(), Error> {
        let precision = self.precision;
        self.gather.add(|to| {
            encode::record(record, precision, to);
            Ok(())
        })
    }

    /// Adds whole records that are encoded as this file's already. Errors as in [`Writer::write`].
    pub fn raw(&mut self, whole_records: &[u8]) -> Result<(), Error> {
        self.gather.raw(whole_records)
    }

    /// Hands all that was added to the sink, and flushes it. After an error it can be called again.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.gather.flush()
    }

    /// Ends the file and gives the sink back. If that fails the sink is lost: whoever wants to cut the file
    /// at the [boundary](Writer::record_boundary) calls [`Writer::flush`] first.
    pub fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        Ok(self.into_sink())
    }

    /// How long the file is when all that was added is written.
    pub fn length(&self) -> u64 {
        self.gather.length()
    }

    /// How many bytes the sink has taken.
    pub fn sunk(&self) -> u64 {
        self.gather.sunk()
    }

    /// How much of what the sink has taken is a file header and whole records: where to cut a file that
    /// could not be written to its end. 0 if not even the header went in.
    pub fn record_boundary(&self) -> u64 {
        self.gather.record_boundary()
    }

    /// The sink.
    pub fn sink(&self) -> &W {
        self.gather.sink()
    }

    /// The sink. To write to it spoils the file.
    pub fn sink_mut(&mut self) -> &mut W {
        self.gather.sink_mut()
    }

    /// Gives the sink back and forgets what was not written.
    pub fn into_sink(self) -> W {
        self.gather.into_sink()
    }
}

//! Writes pcap files, and knows at any time where the last whole record in the sink ends.
//!
//! Records gather in a buffer and go to the sink in pieces that begin and end at multiples of [`PIECE`] in
//! the file, whatever the lengths of the records. When the sink fails, on a full disk above all, the end of
//! the file is somewhere in a record; [`Writer::record_boundary`] says where to cut it:
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
use crate::pcap::{LINK_EXTENSION_BITS, MAGIC_MICRO, MAGIC_NANO};
use crate::reader::Precision;
use gannet_wire::{Cursor, LinkType, Record};
use std::io::{self, Write};

/// The sink is written to in multiples of this, save for the first and last piece and after a flush.
pub const PIECE: usize = 1024 * 1024;

const FILE_HEADER: u64 = 24;
const RECORD_HEADER: usize = 16;

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
    sink: W,
    precision: Precision,
    /// What the sink has not confirmed, and before it what it has taken of the present piece.
    buffer: Vec<u8>,
    /// How much of the buffer the sink has taken.
    taken: usize,
    /// Where in the file the buffer begins.
    base: u64,
    /// The record that `base` is in, as offsets in the file; both are `base` if it is between two.
    straddling: (u64, u64),
    /// The record that was added last, in the same way.
    last: (u64, u64),
}

impl<W: Write> Writer<W> {
    /// Begins a file. The sink must stand at its start; it is first written to when a piece is full.
    pub fn new(sink: W, header: Header) -> Self {
        let mut buffer = Vec::with_capacity(PIECE + PIECE / 4);
        let magic = match header.precision {
            Precision::Micro => MAGIC_MICRO,
            Precision::Nano => MAGIC_NANO,
        };
        let link = u32::from(header.link.0) | header.link_extension & LINK_EXTENSION_BITS;
        buffer.extend_from_slice(&magic.to_ne_bytes());
        buffer.extend_from_slice(&2u16.to_ne_bytes());
        buffer.extend_from_slice(&4u16.to_ne_bytes());
        buffer.extend_from_slice(&[0; 8]); // zone and accuracy, which nobody uses
        buffer.extend_from_slice(&header.snaplen.to_ne_bytes());
        buffer.extend_from_slice(&link.to_ne_bytes());
        let first = (0, FILE_HEADER);
        Self { sink, precision: header.precision, buffer, taken: 0, base: 0, straddling: first, last: first }
    }

    /// Adds a record. Of the time, what fits into the format is kept: seconds modulo 2^32.
    ///
    /// An error is the sink's. If it stopped taking bytes in an earlier call, the record was not added; else
    /// it was, and is written when the sink takes bytes again.
    pub fn write(&mut self, record: &Record<'_>) -> Result<(), Error> {
        if self.buffer.len() >= self.piece() {
            self.drain(self.piece())?;
        }
        let start = self.length();
        let fraction = match self.precision {
            Precision::Micro => record.time.nanos / 1000,
            Precision::Nano => record.time.nanos,
        };
        let fraction = u32::try_from(fraction).unwrap_or(u32::MAX);
        let caplen = u32::try_from(record.bytes.len()).unwrap_or(u32::MAX);
        let bytes = record.bytes.get(..caplen as usize).unwrap_or_default();
        self.buffer.extend_from_slice(&record_header([
            record.time.seconds as u32,
            fraction,
            caplen,
            record.length,
        ]));
        self.buffer.extend_from_slice(bytes);
        self.last = (start, self.length());
        match self.whole_pieces() {
            0 => Ok(()),
            n => self.drain(n),
        }
    }

    /// Hands all that was added to the sink, and flushes it. After an error it can be called again.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.drain(self.buffer.len())?;
        self.sink.flush().map_err(Error::Write)
    }

    /// Ends the file and gives the sink back. If that fails the sink is lost: whoever wants to cut the file
    /// at the [boundary](Writer::record_boundary) calls [`Writer::flush`] first.
    pub fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        Ok(self.sink)
    }

    /// How long the file is when all that was added is written.
    pub fn length(&self) -> u64 {
        self.base + self.buffer.len() as u64
    }

    /// How many bytes the sink has taken.
    pub fn sunk(&self) -> u64 {
        self.base + self.taken as u64
    }

    /// How much of what the sink has taken is a file header and whole records: where to cut a file that
    /// could not be written to its end. 0 if not even the header went in.
    pub fn record_boundary(&self) -> u64 {
        self.record_at(self.sunk()).0
    }

    /// The sink.
    pub fn sink(&self) -> &W {
        &self.sink
    }

    /// The sink. To write to it spoils the file.
    pub fn sink_mut(&mut self) -> &mut W {
        &mut self.sink
    }

    /// Gives the sink back and forgets what was not written.
    pub fn into_sink(self) -> W {
        self.sink
    }

    /// How many bytes of the buffer reach to the next multiple of [`PIECE`] in the file.
    fn piece(&self) -> usize {
        PIECE - (self.base % PIECE as u64) as usize
    }

    /// How many bytes of the buffer are whole pieces.
    fn whole_pieces(&self) -> usize {
        match self.buffer.len().checked_sub(self.piece()) {
            Some(more) => self.piece() + more / PIECE * PIECE,
            None => 0,
        }
    }

    /// Hands the first `n` bytes of the buffer to the sink.
    fn drain(&mut self, n: usize) -> Result<(), Error> {
        while self.taken < n {
            let rest = self.buffer.get(self.taken..n).unwrap_or_default();
            match self.sink.write(rest) {
                Ok(0) => return Err(Error::Write(io::ErrorKind::WriteZero.into())),
                Ok(more) => self.taken = (self.taken + more).min(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::Write(e)),
            }
        }
        let base = self.base + n as u64;
        self.straddling = self.record_at(base);
        self.buffer.drain(..n);
        self.taken = self.taken.saturating_sub(n);
        self.base = base;
        Ok(())
    }

    /// The record that `place`, within the buffer, is in: its start and its end in the file. Both are
    /// `place` if it is between two records. Nothing keeps a list: the records themselves tell.
    fn record_at(&self, place: u64) -> (u64, u64) {
        let (mut start, mut end) = if self.last.0 <= place { self.last } else { self.straddling };
        while end < place {
            let Some(length) = self.record_length((end - self.base) as usize) else { break };
            (start, end) = (end, end + length as u64);
        }
        if end == place { (place, place) } else { (start, end) }
    }

    /// How long the record at `from` in the buffer is.
    fn record_length(&self, from: usize) -> Option<usize> {
        let bytes = self.buffer.get(from..)?;
        let mut p = Cursor::new(bytes, bytes.len());
        p.skip(8).ok()?;
        Some(RECORD_HEADER + u32::from_ne_bytes(p.array().ok()?) as usize)
    }
}

/// The four fields of a record's header, as they are in memory.
fn record_header(fields: [u32; 4]) -> [u8; RECORD_HEADER] {
    let mut bytes = [0; RECORD_HEADER];
    for (place, field) in bytes.as_chunks_mut().0.iter_mut().zip(fields) {
        *place = field.to_ne_bytes();
    }
    bytes
}

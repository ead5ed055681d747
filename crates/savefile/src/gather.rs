//! Whole records, gathered for the sink: between two writes the file is always a whole file.
//!
//! Records gather until there are [`PIECE`] bytes of them; then all of them go to the sink in one write. So a
//! process that is killed leaves a file that ends behind a whole record, unless it dies inside that write; and
//! when the sink fails, on a full disk above all, [`Gather::record_boundary`] says where to cut the file.

use crate::error::Error;
use crate::{pcap, pcapng};
use std::io::{self, IoSlice, Write};

/// How many bytes gather before the sink is written to.
pub const PIECE: usize = 1024 * 1024;

/// Records that others have encoded go to the sink from where they are if there are at least so many bytes of
/// them; fewer are gathered.
const DIRECT: usize = 64 * 1024;

/// How the records of a file follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A file header, then records.
    Pcap,
    /// Blocks.
    Pcapng,
}

/// A sink, and what is on its way there.
pub(crate) struct Gather<W> {
    sink: W,
    framing: Framing,
    /// Whole records that the sink has not confirmed; of the first `taken` bytes it has.
    buffer: Vec<u8>,
    taken: usize,
    /// Where in the file the buffer begins; always between two records.
    base: u64,
}

impl<W: Write> Gather<W> {
    /// Nothing yet. The sink must stand at the start of its file.
    pub(crate) fn new(sink: W, framing: Framing) -> Self {
        Self { sink, framing, buffer: Vec::with_capacity(PIECE + PIECE / 4), taken: 0, base: 0 }
    }

    /// The same for a sink that stands at the end of a file of whole records, so long.
    pub(crate) fn behind(sink: W, framing: Framing, length: u64) -> Self {
        Self { base: length, ..Self::new(sink, framing) }
    }

    /// Adds whole records: `encode` appends them to a buffer that is not to be changed otherwise; what it has
    /// appended when it fails is taken out again.
    ///
    /// If the sink stopped taking bytes in an earlier call and still does, nothing is added; else an error of the
    /// sink means that the records were added, and are written when it takes bytes again.
    #[inline]
    pub(crate) fn add(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.buffer.len() >= PIECE {
            self.drain()?;
        }
        let before = self.buffer.len();
        if let Err(e) = encode(&mut self.buffer) {
            self.buffer.truncate(before);
            return Err(e);
        }
        if self.buffer.len() >= PIECE { self.drain() } else { Ok(()) }
    }

    /// Adds runs of whole records as they are. Errors as in [`Gather::add`].
    pub(crate) fn raw(&mut self, runs: &[IoSlice<'_>]) -> Result<(), Error> {
        let added: usize = runs.iter().map(|run| run.len()).sum();
        let append = |buffer: &mut Vec<u8>| {
            for run in runs {
                buffer.extend_from_slice(run);
            }
        };
        if added < DIRECT {
            return self.add(|buffer| {
                append(buffer);
                Ok(())
            });
        }
        if self.taken > 0 || self.buffer.len() >= PIECE {
            self.drain()?;
        }
        let whole = self.buffer.len() + added;
        let (taken, written) = write_all(&mut self.sink, &self.buffer, runs);
        if written.is_ok() {
            self.base += whole as u64;
            self.buffer.clear();
            return Ok(());
        }
        append(&mut self.buffer);
        self.taken = taken;
        written.map_err(Error::Write)
    }

    /// Hands all that was added to the sink, and flushes it. After an error it can be called again.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.drain()?;
        self.sink.flush().map_err(Error::Write)
    }

    /// How long the file is when all that was added is written.
    pub(crate) fn length(&self) -> u64 {
        self.base + self.buffer.len() as u64
    }

    /// How many bytes the sink has taken.
    pub(crate) fn sunk(&self) -> u64 {
        self.base + self.taken as u64
    }

    /// How much of what the sink has taken is whole records. Nothing keeps a list: the records themselves tell.
    pub(crate) fn record_boundary(&self) -> u64 {
        let mut end = 0;
        while let Some(next) = self.next_boundary(end).filter(|next| *next <= self.taken) {
            end = next;
        }
        self.base + end as u64
    }

    /// Where in the buffer the record that begins at `from` ends.
    fn next_boundary(&self, from: usize) -> Option<usize> {
        let rest = self.buffer.get(from..)?;
        let length = match self.framing {
            Framing::Pcap if self.base == 0 && from == 0 => Some(pcap::FILE_HEADER),
            Framing::Pcap => pcap::encode::record_length(rest),
            Framing::Pcapng => pcapng::encode::block_length(rest),
        };
        length.filter(|length| *length > 0).and_then(|length| from.checked_add(length))
    }

    pub(crate) fn sink(&self) -> &W {
        &self.sink
    }

    pub(crate) fn sink_mut(&mut self) -> &mut W {
        &mut self.sink
    }

    pub(crate) fn into_sink(self) -> W {
        self.sink
    }

    /// Hands the buffer to the sink.
    fn drain(&mut self) -> Result<(), Error> {
        while let Some(rest) = self.buffer.get(self.taken..).filter(|rest| !rest.is_empty()) {
            match self.sink.write(rest) {
                Ok(0) => return Err(Error::Write(io::ErrorKind::WriteZero.into())),
                Ok(more) => self.taken = self.taken.saturating_add(more).min(self.buffer.len()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::Write(e)),
            }
        }
        self.base += self.buffer.len() as u64;
        self.buffer.clear();
        // One long record does not make the buffer large for ever.
        self.buffer.shrink_to(4 * PIECE);
        self.taken = 0;
        Ok(())
    }
}

/// Writes bytes and the runs behind them; says how much of it the sink has taken.
fn write_all(sink: &mut impl Write, before: &[u8], runs: &[IoSlice<'_>]) -> (usize, io::Result<()>) {
    let mut pieces = Vec::with_capacity(runs.len() + 1);
    pieces.push(IoSlice::new(before));
    pieces.extend_from_slice(runs);
    let (mut rest, mut taken) = (pieces.as_mut_slice(), 0);
    // Steps over what is empty, which no sink would take anything of.
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match sink.write_vectored(rest) {
            Ok(0) => return (taken, Err(io::ErrorKind::WriteZero.into())),
            Ok(n) => {
                let n = n.min(rest.iter().map(|piece| piece.len()).sum());
                taken += n;
                IoSlice::advance_slices(&mut rest, n);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (taken, Err(e)),
        }
    }
    (taken, Ok(()))
}

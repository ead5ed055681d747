//! Where the bytes of a file go: to the disk as they are, or compressed on a thread of its own.

use super::room::Room;
use gannet_pcap::savefile::codec::{Codec, Encoder};
use gannet_pcap::savefile::worker::Worker;
use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a file is compressed: the format, and how hard to try.
pub type Packing = (Codec, Option<u32>);

/// A file on the disk.
pub enum Sink {
    /// As it is.
    Plain(Whole),
    /// Compressed.
    Packed(Packed),
}

/// A file, and who compresses into it.
pub struct Packed {
    file: File,
    worker: Option<Worker<Encoder<Counted>>>,
    disk: Arc<AtomicU64>,
}

/// A file, and who finds room for it.
pub struct Whole {
    file: File,
    room: Option<Room>,
}

/// A file that knows how much was written to it.
pub struct Counted {
    file: Whole,
    disk: Arc<AtomicU64>,
}

/// A name without the extension of a compressed format, and that, with its dot.
pub fn split_ending(name: &[u8]) -> (&[u8], &[u8]) {
    let dot = name.iter().rposition(|&c| c == b'.').filter(|_| codec_of(name).is_some());
    dot.and_then(|at| name.split_at_checked(at)).unwrap_or((name, &[]))
}

/// The compressed format that a name asks for by its extension.
pub fn codec_of(name: &[u8]) -> Option<Codec> {
    let (_, extension) = std::str::from_utf8(name).ok()?.rsplit_once('.')?;
    Codec::of_extension(extension)
}

impl Sink {
    /// Into this file, which stands at its start.
    ///
    /// # Errors
    /// The format cannot be written, or not that way, or the system has no more threads.
    pub fn new(file: File, packing: Option<Packing>, room: Option<Room>) -> io::Result<Self> {
        let Some((codec, level)) = packing else { return Ok(Sink::Plain(Whole { file, room })) };
        let disk = Arc::new(AtomicU64::new(0));
        let counted = Counted { file: Whole { file: file.try_clone()?, room }, disk: disk.clone() };
        let worker = Worker::encoding(Encoder::new(codec, counted, level)?)?;
        Ok(Sink::Packed(Packed { file, worker: Some(worker), disk }))
    }

    /// The file itself. To write to it spoils it.
    pub fn file(&self) -> &File {
        match self {
            Sink::Plain(whole) => &whole.file,
            Sink::Packed(packed) => &packed.file,
        }
    }

    /// How long the file is on the disk; `None` if it is as long as what was written.
    pub fn packed_length(&self) -> Option<u64> {
        match self {
            Sink::Plain(_) => None,
            Sink::Packed(packed) => Some(packed.disk.load(Ordering::Acquire)),
        }
    }

    /// The same file, to be read from its start.
    ///
    /// # Errors
    /// What the system says.
    pub fn reopen(&self) -> io::Result<File> {
        File::open(format!("/proc/self/fd/{}", self.file().as_raw_fd()))
    }

    /// Writes what ends the file. Nothing can be written after it.
    ///
    /// # Errors
    /// What the system says.
    pub fn end(&mut self) -> io::Result<()> {
        let Sink::Packed(packed) = self else { return Ok(()) };
        let Some(worker) = packed.worker.take() else { return Ok(()) };
        worker.finish()?.try_finish()
    }

    /// Nothing more is written to the file from now on, not even by the thread.
    pub fn abandon(&mut self) {
        if let Sink::Packed(packed) = self {
            packed.worker = None;
        }
    }

    /// Gives the file back.
    pub fn into_file(self) -> File {
        match self {
            Sink::Plain(whole) => whole.file,
            Sink::Packed(packed) => packed.file,
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Plain(whole) => whole.write(bytes),
            Sink::Packed(packed) => packed.write(bytes),
        }
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Sink::Plain(whole) => whole.write_vectored(pieces),
            Sink::Packed(packed) => {
                let first = pieces.iter().find(|piece| !piece.is_empty());
                first.map_or(Ok(0), |piece| packed.write(piece))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Plain(whole) => whole.flush(),
            Sink::Packed(packed) => packed.worker.as_mut().map_or(Ok(()), Worker::flush),
        }
    }
}

impl Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(worker) = &mut self.worker else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let taken = worker.write(bytes)?;
        // What comes are whole records; only the last of several pieces ends one.
        if taken == bytes.len() {
            worker.boundary();
        }
        Ok(taken)
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Whole { file, room } = self;
        match room {
            Some(room) => room.insist(|| file.write(bytes)),
            None => file.write(bytes),
        }
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let Whole { file, room } = self;
        match room {
            Some(room) => room.insist(|| file.write_vectored(pieces)),
            None => file.write_vectored(pieces),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.disk.fetch_add(taken as u64, Ordering::AcqRel);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

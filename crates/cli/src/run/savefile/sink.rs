//! Where the bytes of a file go.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::os::fd::AsRawFd;

/// A file on the disk.
pub enum Sink {
    /// As it is.
    Plain(File),
}

impl Sink {
    /// The file itself. To write to it spoils it.
    pub fn file(&self) -> &File {
        match self {
            Sink::Plain(file) => file,
        }
    }

    /// The same file, to be read from its start.
    ///
    /// # Errors
    /// What the system says.
    pub fn reopen(&self) -> io::Result<File> {
        File::open(format!("/proc/self/fd/{}", self.file().as_raw_fd()))
    }

    /// Writes what is left, and gives the file back.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> io::Result<File> {
        match self {
            Sink::Plain(file) => Ok(file),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Plain(file) => file.write(bytes),
        }
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Sink::Plain(file) => file.write_vectored(pieces),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Plain(file) => file.flush(),
        }
    }
}

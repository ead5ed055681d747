//! Where packets are written (`-w`): every write checked, and no half record left behind.

use super::pcapng::Preamble;
use crate::failure::{Failure, reason};
use crate::flags::shown;
use gannet_pcap::Record;
use gannet_pcap::savefile::{Error, Precision, Writer};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

/// The precision of a file, for that of the times on a line.
pub fn precision_of(precision: gannet_printer::Precision) -> Precision {
    match precision {
        gannet_printer::Precision::Micro => Precision::Micro,
        gannet_printer::Precision::Nano => Precision::Nano,
    }
}

/// A savefile that is being written.
pub struct Savefile {
    writer: Writer<File>,
    name: String,
    /// Write each packet at once.
    unbuffered: bool,
    /// A regular file, which can be cut; not a pipe or a device.
    regular: bool,
}

impl Savefile {
    /// Creates the file, or takes standard output for `-`.
    pub fn create(path: &OsStr, preamble: &Preamble, unbuffered: bool) -> Result<Self, Failure> {
        let name = if path == "-" { "standard output".to_owned() } else { shown(path) };
        let opened = match path == "-" {
            true => io::stdout().as_fd().try_clone_to_owned().map(File::from),
            false => File::create(path),
        };
        let file = opened.map_err(|error| Failure::new(format!("{name}: {}", reason(&error))))?;
        let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let writer = preamble.begin(file).map_err(Failure::new)?;
        let mut savefile = Savefile { writer, name, unbuffered, regular };
        if unbuffered {
            savefile.flush()?;
        }
        Ok(savefile)
    }

    /// Adds a packet.
    pub fn write(&mut self, record: &Record<'_>) -> Result<(), Failure> {
        let written = self.writer.write(record);
        self.checked(written)?;
        if self.unbuffered { self.flush() } else { Ok(()) }
    }

    /// Writes what was gathered.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        self.checked(flushed)
    }

    /// Where writing failed, cuts the file behind the last whole packet and says so.
    fn checked(&mut self, done: Result<(), Error>) -> Result<(), Failure> {
        let Err(error) = done else { return Ok(()) };
        let cause = match &error {
            Error::Write(cause) if cause.kind() == io::ErrorKind::BrokenPipe && !self.regular => {
                return Err(Failure::Output(io::Error::from(io::ErrorKind::BrokenPipe)));
            }
            Error::Write(cause) => reason(cause),
            other => other.to_string(),
        };
        let boundary = self.writer.record_boundary();
        let kept = match self.regular.then(|| self.writer.sink().set_len(boundary)) {
            Some(Ok(())) => format!("\n(the file was cut behind its last whole packet, at {boundary} bytes)"),
            Some(Err(error)) => {
                format!("\n(and the file could not be cut behind its last whole packet: {error})")
            }
            None => String::new(),
        };
        Err(Failure::new(format!("{}: cannot write: {cause}{kept}", self.name)))
    }
}

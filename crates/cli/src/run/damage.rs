//! What is wrong with a savefile: the end of the reading, or a place to read on behind (`--recover`).

use super::note;
use crate::failure::Failure;
use crate::flags::{Flags, shown};
use gannet_pcap::savefile::Error;
use std::ffi::OsStr;
use std::io::ErrorKind;

/// Why work on a file ended before the file did.
pub enum Stopped {
    /// The file is at fault; there may be others.
    Input(Failure),
    /// What is written or printed has no place to go.
    Output(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Stopped::Output(failure)
    }
}

/// What was wrong with the file.
pub struct Damage<'f> {
    name: &'f str,
    path: &'f OsStr,
    /// Whether to read on behind it.
    recover: bool,
    places: u64,
    bytes: u64,
}

impl<'f> Damage<'f> {
    /// Of the file that `flags` name.
    pub fn new(flags: &'f Flags, path: &'f OsStr) -> Self {
        Damage { name: flags.name(), path, recover: flags.recover, places: 0, bytes: 0 }
    }

    /// As [`interrupted`], unless it is to be survived.
    pub fn meet(&mut self, wrong: Error) -> Result<(), Stopped> {
        match &wrong {
            Error::Read(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            _ if self.recover && wrong.is_local() => {
                self.places = self.places.saturating_add(1);
                if let Error::Skipped { from, to, .. } = &wrong {
                    self.bytes = self.bytes.saturating_add(to.saturating_sub(*from));
                }
                let place = match (&wrong, wrong.offset()) {
                    (Error::Skipped { .. }, _) | (_, None) => String::new(),
                    (_, Some(at)) => format!(" (at byte {at})"),
                };
                note(format_args!("{}: {}: {wrong}{place}", self.name, shown(self.path)));
                Ok(())
            }
            _ => interrupted(wrong),
        }
    }

    /// A file of which something is lost is a failure, however much was saved.
    pub fn verdict(self) -> Result<(), Failure> {
        match self.places {
            0 => Ok(()),
            1 => Err(Failure::new(format!("{}: damaged; {} bytes skipped", shown(self.path), self.bytes))),
            n => Err(Failure::new(format!(
                "{}: damaged in {n} places; {} bytes skipped",
                shown(self.path),
                self.bytes
            ))),
        }
    }
}

/// A signal is no reason to give up, nor is a pipe that is silent for a while; everything else is.
pub fn interrupted(wrong: Error) -> Result<(), Stopped> {
    match &wrong {
        Error::Read(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        _ => {
            let place = wrong.offset().map(|at| {
                format!(
                    "\n(at byte {at} of the file; all packets before it were read; --recover reads on behind it)"
                )
            });
            Err(Stopped::Input(Failure::new(format!("pcap_loop: {wrong}{}", place.unwrap_or_default()))))
        }
    }
}

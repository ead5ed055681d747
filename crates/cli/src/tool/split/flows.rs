//! `gannet split --flows`: a file for each conversation.

use super::numbered;
use crate::failure::{Failure, reason};
use crate::flags::shown;
use crate::run::savefile::sink::codec_of;
use crate::tool::files::meter::Meter;
use crate::tool::files::{Beginning, Input, apart, tell_rounded, worded};
use gannet_edit::Error;
use gannet_edit::flows::{Files, split_flows};
use gannet_pcap::savefile::{self, Writer};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;

/// So many files are open at a time; systems allow a process some more.
const OPEN: usize = 256;

/// Splits.
pub(super) fn run(
    input: &mut Input,
    write: OsString,
    beginning: Beginning,
    names: &[OsString],
    meter: &mut Meter,
) -> Result<(), Failure> {
    if codec_of(write.as_bytes()).is_some() {
        let words = "the files of conversations cannot be written compressed: compress them afterwards";
        return Err(Failure::new(format!("{}: {words}", shown(&write))));
    }
    let form = beginning.form();
    let mut flows = Flows { names, write, beginning, failed: None, rounded: 0 };
    let done = split_flows(input, form, OPEN, &mut flows, &mut |progress| meter.watch(progress));
    let ended = meter.end();
    tell_rounded(flows.rounded, &shown(&flows.write));
    match (done, flows.failed) {
        (_, Some(failure)) => Err(failure),
        (Ok(_), None) => ended,
        (Err(error), None) => Err(Failure::new(worded(error, names))),
    }
}

/// The files.
struct Flows<'n> {
    /// What is read.
    names: &'n [OsString],
    write: OsString,
    beginning: Beginning,
    /// The first fault.
    failed: Option<Failure>,
    /// Packets that have lost digits of their times.
    rounded: u64,
}

/// A file that is open.
struct Flow {
    name: OsString,
    writer: Writer<File>,
}

impl Files for Flows<'_> {
    type File = Flow;
    type Sink = File;

    fn open(&mut self, n: u64, again: bool) -> Result<Flow, Error> {
        let name = numbered(&self.write, n);
        if let Err(failure) = self.names.iter().try_for_each(|input| apart(input, &name)) {
            self.failed.get_or_insert(failure);
            return Err(Error::Elsewhere);
        }
        let opened = match again {
            true => OpenOptions::new().append(true).open(&name),
            false => File::create(&name),
        };
        let begun = opened.and_then(|file| {
            let length = if again { file.metadata()?.len() } else { 0 };
            self.beginning.go_on(file, length).map_err(io::Error::other)
        });
        match begun {
            Ok(writer) => Ok(Flow { name, writer }),
            Err(error) => Err(self.fail(format!("{}: {}", shown(&name), reason(&error)))),
        }
    }

    fn writer(flow: &mut Flow) -> &mut Writer<File> {
        &mut flow.writer
    }

    fn close(&mut self, mut flow: Flow) -> Result<(), Error> {
        if let Err(error) = flow.writer.flush() {
            return Err(self.broken(flow, error));
        }
        let Flow { name, writer } = flow;
        self.rounded += writer.rounded();
        nix::unistd::close(writer.into_sink())
            .map_err(|error| self.fail(format!("{}: cannot write: {}", shown(&name), reason(&error.into()))))
    }

    /// Cuts the file behind its last whole packet, and words what happened.
    fn broken(&mut self, flow: Flow, error: savefile::Error) -> Error {
        let Flow { name, writer } = flow;
        let words = match &error {
            savefile::Error::Write(error) => reason(error),
            error => error.to_string(),
        };
        let boundary = writer.record_boundary();
        if boundary == 0 {
            // Nothing of it was written: an empty file is no savefile.
            let _ = std::fs::remove_file(&name);
            return self
                .fail(format!("{}: cannot write: {words}\n(nothing of it was written)", shown(&name)));
        }
        let cut = match writer.sink().set_len(boundary) {
            Ok(()) => format!("the file was cut behind its last whole packet, at {boundary} bytes"),
            Err(error) => {
                format!("and the file could not be cut behind its last whole packet: {}", reason(&error))
            }
        };
        self.fail(format!("{}: cannot write: {words}\n({cut})", shown(&name)))
    }
}

impl Flows<'_> {
    fn fail(&mut self, words: String) -> Error {
        self.failed.get_or_insert_with(|| Failure::new(words));
        Error::Elsewhere
    }
}

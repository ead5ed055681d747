//! `gannet info`: what savefiles hold, without a word about their packets.
//!
//! - [`text`] as lines for people;
//! - [`json`] as one object a file, for programs.

mod json;
mod text;

use super::files::meter::Meter;
use super::files::{self, Input};
use super::{Row, flag, options, wrong};
use crate::failure::{Failure, Program, reason};
use crate::flags::shown;
use crate::run::confine;
use crate::run::note;
use crate::run::output::Output;
use gannet_edit::info::{Summary, info};
use gannet_pcap::savefile::Error;
use std::ffi::OsString;

const USAGE: &str = "Usage: gannet info [ --json ] savefile ..

Tells how many packets there are, of which link types and interfaces, when they were captured, where packets were
lost and where none came for long. With --json it is one object a line for each file.
";

#[derive(Default)]
struct Given {
    json: bool,
}

const ROWS: &[Row<Given>] = &[flag("json", |given, _| {
    given.json = true;
    Ok(())
})];

/// A file and what is known of it.
struct Told {
    name: String,
    /// How long it is on the disk; `None` for a pipe.
    disk: Option<u64>,
    /// The name of the compression.
    codec: Option<String>,
    summary: Summary,
    /// What is wrong with it.
    fault: Option<String>,
}

/// Tells.
pub fn run(program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    if names.is_empty() {
        return Err(wrong(Some("no savefile to read was named".to_owned()), USAGE));
    }
    let mut output = Output::new();
    let mut meter = Meter::new()?;
    confine::tool(&names, None);
    let mut failed = false;
    for (at, name) in names.iter().enumerate() {
        let mut input = match files::open(name, &meter) {
            Ok(input) => input,
            Err(Failure::Message(words)) => {
                note(format_args!("{}: {words}", program.name));
                failed = true;
                continue;
            }
            Err(other) => return Err(other),
        };
        let told = told(name, &mut input, &mut meter);
        let ended = meter.end();
        failed |= told.fault.is_some();
        if given.json {
            json::write(&told, &mut output.text);
        } else {
            if at > 0 {
                output.text.push(b'\n');
            }
            text::write(&told, &mut output.text);
        }
        output.flush()?;
        ended.map_err(|_| Failure::new("interrupted; what was read before was told"))?;
        if let Some(fault) = &told.fault {
            note(format_args!("{}: {}: {fault}", program.name, told.name));
        }
    }
    if failed { Err(Failure::Said) } else { Ok(()) }
}

fn told(name: &OsString, input: &mut Input, meter: &mut Meter) -> Told {
    files::in_place(input);
    let (summary, fault) = info(input, &mut |progress| meter.watch(progress));
    let fault = fault.map(|error| match error {
        Error::Read(error) => reason(&error),
        error => match error.offset() {
            Some(at) => format!("{error} (at byte {at}; all that was counted stands before it)"),
            None => error.to_string(),
        },
    });
    let disk = std::fs::metadata(name).ok().filter(|about| about.is_file()).map(|about| about.len());
    Told { name: shown(name), disk, codec: files::codec(input), summary, fault }
}

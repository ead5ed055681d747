//! `gannet sort`: a savefile put in order of time.

use super::files::meter::Meter;
use super::files::{self, Beginning, Output, bytes, format_of, one, target};
use super::{Row, option, options};
use crate::failure::{Failure, Program};
use crate::run::confine;
use crate::run::note;
use gannet_edit::Progress;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;

const USAGE: &str = "Usage: gannet sort -w output [ --memory size ] savefile

Packets of the same time keep their order. What does not fit into 256 MiB, or what --memory says, goes to
scratch files in the folder that TMPDIR names.
";

const MEMORY: u64 = 256 * 1024 * 1024;

#[derive(Default)]
struct Given {
    write: Option<OsString>,
    memory: Option<u64>,
}

const ROWS: &[Row<Given>] = &[
    option(Some('w'), Some("write"), |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    option(None, Some("memory"), |given, value| bytes("memory", value).map(|size| given.memory = Some(size))),
];

/// Sorts.
pub fn run(program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    let name = one(&names, USAGE)?;
    let write = target(given.write, &names, USAGE)?;
    let mut meter = Meter::new()?;
    confine::tool_with(&names, &[&write], Some(&std::env::temp_dir()));
    let mut input = files::open(&name, &meter)?;
    let format = format_of(&write).unwrap_or(input.format());
    let beginning = Beginning::taken_over(&mut input, format);
    let mut output = Output::create(&write, &beginning)?;
    let memory = usize::try_from(given.memory.unwrap_or(MEMORY)).unwrap_or(usize::MAX);
    let watch = &mut |progress| meter.watch(progress);
    let done = gannet_edit::sort::sort(&mut input, &mut output.carrier(), memory, scratch, watch);
    if let Ok(Progress { read, written }) = done
        && written < read
    {
        note(format_args!(
            "{}: {read} packets were read; the first {written} of them are written",
            program.name
        ));
    }
    output.settle(done, &names, &mut meter).map(drop)
}

/// A file that nobody else sees: it has no name.
fn scratch() -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = nix::fcntl::OFlag::O_TMPFILE.bits() | nix::fcntl::OFlag::O_CLOEXEC.bits();
    OpenOptions::new().read(true).write(true).mode(0o600).custom_flags(flags).open(std::env::temp_dir())
}

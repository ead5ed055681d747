//! gannet: captures, filters, reads, writes and explains network packets on Linux.
//!
//! - [`flags`] what was typed, as tcpdump's users type it;
//! - [`run`] what there is to do about it, one file each;
//! - [`tool`] what else there is, under words of its own;
//! - [`signals`] how it is interrupted and asked how it is;
//! - [`names`] the names of hosts and ports, for the printer;
//! - [`failure`] how it ends when it fails.
#![forbid(unsafe_code)]

mod failure;
mod flags;
mod names;
mod run;
mod signals;
mod tool;

use failure::{Failure, Program};
use flags::{Flags, Mode};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = Program::called(args.next().unwrap_or_else(|| "gannet".into()));
    let args: Vec<OsString> = args.collect();
    if let Some(ended) = run::savefile::command::serve(&args) {
        return ended;
    }
    let done = match tool::find(&program, &args) {
        Some(tool) => (tool.run)(&program, args.into_iter().skip(1).collect()),
        None => flags::parse(&program, args).and_then(|flags| go(&flags)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(&program),
    }
}

/// All that the program can do.
fn go(flags: &Flags) -> Result<(), Failure> {
    match flags.mode() {
        Mode::Help => run::help::help(flags),
        Mode::Version => run::help::version(flags),
        Mode::Sandbox => run::confine::status(),
        Mode::Interfaces => run::list::interfaces(),
        Mode::Stamps => run::list::stamps(flags),
        Mode::LinkTypes => run::list::link_types(flags),
        Mode::Program => run::code::program(flags),
        Mode::File => run::file::read(flags),
        Mode::Live => run::live::capture(flags),
    }
}

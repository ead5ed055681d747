//! `gannet merge`: several savefiles into one, by time.

use super::files::many::Many;
use super::files::meter::Meter;
use super::files::{self, Beginning, Output, format_of, target};
use super::{Row, option, options, wrong};
use crate::failure::{Failure, Program};
use crate::run::confine;
use gannet_pcap::savefile::{Format, Precision};
use std::ffi::OsString;

const USAGE: &str = "Usage: gannet merge -w output savefile ..

Packets go into the output by time. It is pcapng, which keeps link types and interfaces apart, unless its
name ends in .pcap; an ending .gz, .zst or .lz4 compresses it. Interfaces that say the same in every option,
name and filter included, in files of the same machine become one.
";

#[derive(Default)]
struct Given {
    write: Option<OsString>,
}

const ROWS: &[Row<Given>] = &[option(Some('w'), Some("write"), |given, value| {
    given.write = Some(value.to_owned());
    Ok(())
})];

/// Merges.
pub fn run(_program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    if names.is_empty() {
        return Err(wrong(Some("name the savefiles to merge".to_owned()), USAGE));
    }
    let write = target(given.write, &names, USAGE)?;
    let mut meter = Meter::new()?;
    confine::tool(&names, Some(&write));
    let many = Many::default();
    let inputs: Result<Vec<_>, _> = names.iter().map(|name| files::open_many(name, &many, &meter)).collect();
    let inputs = inputs?;
    many.make_room();
    let Some(first) = inputs.first() else { return Ok(()) };
    let mut beginning = Beginning::like(first, format_of(&write).unwrap_or(Format::Pcapng));
    if let Beginning::Pcap { header, guessed } = &mut beginning {
        // What any of them needs.
        let finest = |input: &files::InputOfMany| input.precision() == Precision::Nano;
        header.precision = if inputs.iter().any(finest) { Precision::Nano } else { Precision::Micro };
        *guessed = inputs.iter().any(|input| input.format() == Format::Pcapng);
        header.snaplen = inputs.iter().map(|input| input.snaplen()).max().unwrap_or(header.snaplen);
    }
    let mut output = Output::create(&write, &beginning)?;
    let done =
        gannet_edit::merge::merge(inputs, &mut output.carrier(), &mut |progress| meter.watch(progress));
    output.settle(done, &names, &mut meter).map(drop)
}

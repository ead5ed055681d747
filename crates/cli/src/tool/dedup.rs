//! `gannet dedup`: a savefile without the packets that were captured twice.

use super::files::meter::Meter;
use super::files::{self, Beginning, Output, format_of, one, target};
use super::{Row, option, options};
use crate::failure::{Failure, Program};
use crate::flags::number::decimal;
use crate::flags::saving::duration;
use crate::run::confine;
use crate::run::note;
use gannet_edit::dedup::{Duplicates, MOST, Window};
use gannet_edit::pass::pass;
use std::ffi::{OsStr, OsString};
use std::mem;
use std::ops::Range;

const USAGE: &str =
    "Usage: gannet dedup -w output [ --window packets | --within duration ] [ --ignore bytes ] savefile

A packet is left out if one of the packets before it, 4 of them or as many as --window says, or those of the
time that --within says (10ms, 2s), has the same bytes. Bytes that may differ are named from 0 at the first of
the frame: --ignore 0-13,22 leaves out an Ethernet header and the time to live of IPv4 behind it.
";

/// As editcap -d looks back, which is its -D 5: the packet itself counts there.
const BACK: usize = 4;

#[derive(Default)]
struct Given {
    write: Option<OsString>,
    window: Option<Window>,
    ignored: Vec<Range<usize>>,
}

const ROWS: &[Row<Given>] = &[
    option(Some('w'), Some("write"), |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    option(None, Some("window"), |given, value| {
        given.look_back(Window::Packets(decimal("window", value, 1, MOST as u64)? as usize))
    }),
    option(None, Some("within"), |given, value| {
        let nanos = duration("window", value)?.as_nanos();
        given.look_back(Window::Nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }),
    option(None, Some("ignore"), |given, value| {
        given.ignored = places(value)?;
        Ok(())
    }),
];

impl Given {
    fn look_back(&mut self, window: Window) -> Result<(), String> {
        match self.window.replace(window) {
            Some(other) if mem::discriminant(&other) != mem::discriminant(&window) => {
                Err("packets are compared with those of --window or of --within, not of both".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Leaves out what is there twice.
pub fn run(program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    let name = one(&names, USAGE)?;
    let write = target(given.write, &names, USAGE)?;
    let mut meter = Meter::new()?;
    confine::tool(&names, Some(&write));
    let mut input = files::open(&name, &meter)?;
    let format = format_of(&write).unwrap_or(input.format());
    let beginning = Beginning::taken_over(&mut input, format);
    let mut output = Output::create(&write, &beginning)?;
    let mut duplicates = Duplicates::new(given.window.unwrap_or(Window::Packets(BACK)), given.ignored);
    let watch = &mut |progress| meter.watch(progress);
    let done = pass(&mut input, &mut output.carrier(), watch, |_, record| duplicates.judge(record));
    let progress = output.settle(done, &names, &mut meter)?;
    let dropped = progress.read - progress.written;
    note(format_args!("{}: {} packets read, {dropped} left out", program.name, progress.read));
    Ok(())
}

/// `0-13,22`: places in a frame, in order.
fn places(text: &OsStr) -> Result<Vec<Range<usize>>, String> {
    let shown = text.to_string_lossy();
    let place = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (from.trim().parse::<u32>().ok()?, to.trim().parse::<u32>().ok()?);
        (from <= to).then_some(from as usize..to as usize + 1)
    };
    let places: Option<Vec<_>> = shown.split(',').map(place).collect();
    let mut places =
        places.ok_or_else(|| format!("invalid bytes to ignore '{shown}' (type them like 0-13,22)"))?;
    places.sort_by_key(|place| place.start);
    Ok(places)
}

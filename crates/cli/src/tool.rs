//! `gannet WORD ..` where WORD is one of the tools; everything else is tcpdump's face.
//!
//! No legal filter begins with one of these words. Called as `tcpdump`, there are no tools. A tool is a row of
//! [`TOOLS`] and a file; its options are rows too, taken apart by [`options`].

pub mod anonymise;
pub mod bpf;
pub mod convert;
pub mod dedup;
pub mod files;
pub mod filter;
pub mod info;
pub mod merge;
pub mod repair;
pub mod slice;
pub mod sort;
pub mod split;

use crate::failure::{Failure, Program};
use crate::flags::getopt::{self, Shape};
use crate::run::confine;
use crate::run::output::Output;
use std::ffi::{OsStr, OsString};

/// A tool.
pub struct Tool {
    /// What it is called by.
    pub word: &'static str,
    /// What it does with the arguments behind the word.
    pub run: fn(&Program, Vec<OsString>) -> Result<(), Failure>,
}

/// All tools.
pub const TOOLS: &[Tool] = &[
    Tool { word: "anonymise", run: anonymise::run },
    Tool { word: "bpf", run: bpf::run },
    Tool { word: "convert", run: convert::run },
    Tool { word: "dedup", run: dedup::run },
    Tool { word: "filter", run: filter::run },
    Tool { word: "info", run: info::run },
    Tool { word: "merge", run: merge::run },
    Tool { word: "repair", run: repair::run },
    Tool { word: "slice", run: slice::run },
    Tool { word: "sort", run: sort::run },
    Tool { word: "split", run: split::run },
];

/// The tool that the first argument names, if any.
pub fn find(program: &Program, args: &[OsString]) -> Option<&'static Tool> {
    let word = args.first().filter(|_| program.name != "tcpdump")?;
    TOOLS.iter().find(|tool| word == tool.word)
}

/// An option of a tool: what it is called, and what sets it or says why not.
pub struct Row<T> {
    shape: Shape,
    set: fn(&mut T, &OsStr) -> Result<(), String>,
}

/// An option without a value.
pub const fn flag<T>(long: &'static str, set: fn(&mut T, &OsStr) -> Result<(), String>) -> Row<T> {
    Row { shape: Shape { short: None, long: Some(long), value: false, ours: true }, set }
}

/// An option with a value.
pub const fn option<T>(
    short: Option<char>,
    long: Option<&'static str>,
    set: fn(&mut T, &OsStr) -> Result<(), String>,
) -> Row<T> {
    Row { shape: Shape { short, long, value: true, ours: true }, set }
}

/// Reads the arguments of a tool into `into`, and gives the operands. What makes no sense is answered with `usage`, and so
/// is who asks for help, wherever among the options.
pub fn options<T>(
    args: Vec<OsString>,
    rows: &[Row<T>],
    into: &mut T,
    usage: &str,
) -> Result<Vec<OsString>, Failure> {
    let help = Shape { short: Some('h'), long: Some("help"), value: false, ours: true };
    let no_sandbox = Shape { short: None, long: Some("no-sandbox"), value: false, ours: true };
    let shapes: Vec<_> = rows.iter().map(|row| row.shape).chain([help, no_sandbox]).collect();
    getopt::parse(args, &shapes, false, |given| {
        let given = given.map_err(|complaint| wrong(Some(complaint), usage))?;
        match rows.get(given.row) {
            Some(row) => {
                (row.set)(into, given.value.as_deref().unwrap_or_default()).map_err(Failure::Message)
            }
            None if given.row > rows.len() => {
                confine::switch_off();
                Ok(())
            }
            None => Output::new().say(usage).and(Err(Failure::Status(0))),
        }
    })
}

/// What was typed makes no sense: the complaint, then how the tool is used.
pub fn wrong(complaint: Option<String>, usage: &str) -> Failure {
    Failure::Usage { complaint, usage: usage.to_owned() }
}

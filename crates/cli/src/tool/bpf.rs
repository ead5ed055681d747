//! `gannet bpf WORD ..`: classic BPF programs taken apart, put together, run, stepped through, and found at work.
//!
//! - [`text`] `asm` and `dis`, from one form to another;
//! - [`run`] a program over the packets of a savefile;
//! - [`step`] a program on one packet, one instruction at a time, either way;
//! - [`attached`] the programs at work on this machine.

mod attached;
mod run;
mod step;
mod text;

use super::{Row, option, options, wrong};
use crate::failure::{Failure, Program, reason};
use crate::flags::shown;
use crate::run::{explained, output::Output};
use gannet_pcap::bpf::listing::Form;
use gannet_pcap::bpf::{self, Instruction, Limits, check, parse};
use gannet_pcap::{Filter, LinkType, Names, Target};
use std::ffi::{OsStr, OsString};
use std::io::Read as _;

const USAGE: &str = "Usage: gannet bpf asm [ --dump form ] file
       gannet bpf dis [ --dump form ] file
       gannet bpf run [ --profile ] -r savefile file
       gannet bpf step [ --packet number ] -r savefile file
       gannet bpf attached [ --dump form ]

A file holds a program as bpf_asm's source, a listing of -d, -dd or -ddd, BPF_STMT
macros as strace shows them, or raw instructions; - is standard input. In its place
-e expression compiles a filter, for the link type of the savefile or of -y.
Forms are d, dd, ddd, stmt, asm, c and dot.
";

/// What was typed.
#[derive(Debug, Default)]
struct Given {
    form: Option<Form>,
    savefile: Option<OsString>,
    expression: Option<String>,
    link: Option<LinkType>,
    packet: u64,
    profile: bool,
}

const ROWS: &[Row<Given>] = &[
    option(None, Some("dump"), |given, value| form(value).map(|form| given.form = Some(form))),
    option(Some('r'), None, |given, value| {
        given.savefile = Some(value.to_owned());
        Ok(())
    }),
    option(Some('e'), None, |given, value| {
        given.expression = Some(value.to_string_lossy().into_owned());
        Ok(())
    }),
    option(Some('y'), Some("linktype"), |given, value| {
        let name = value.to_string_lossy();
        given.link =
            Some(LinkType::from_name(&name).ok_or_else(|| format!("invalid data link type {name}"))?);
        Ok(())
    }),
    option(None, Some("packet"), |given, value| {
        let number = value.to_string_lossy();
        let parsed = number.parse().ok().filter(|n| *n > 0);
        given.packet =
            parsed.ok_or_else(|| format!("{number:?} is not the number of a packet; they count from 1"))?;
        Ok(())
    }),
    super::flag("profile", |given, _| {
        given.profile = true;
        Ok(())
    }),
];

/// Does what the word behind `bpf` says.
pub fn run(program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut args = args.into_iter();
    let word = args.next().unwrap_or_default();
    let mut given = Given { packet: 1, ..Given::default() };
    let operands = match word.to_str() {
        Some("-h" | "--help" | "help") => return Output::new().say(USAGE),
        _ => options(args.collect(), ROWS, &mut given, USAGE)?,
    };
    let name = &program.name;
    match (word.to_str(), operands.as_slice()) {
        (Some("asm"), [] | [_]) => text::asm(&given, source(&given, &operands)?, name),
        (Some("dis"), [] | [_]) => text::dis(&given, source(&given, &operands)?, name),
        (Some("run"), [] | [_]) => run::run(&given, source(&given, &operands)?),
        (Some("step"), [] | [_]) => step::step(&given, source(&given, &operands)?),
        (Some("attached"), []) => attached::attached(&given),
        (Some("asm" | "dis" | "run" | "step"), _) => Err(wrong(Some("more than one file".to_owned()), USAGE)),
        (Some(""), _) => Err(wrong(None, USAGE)),
        _ => Err(wrong(Some(format!("bpf does not know '{}'", word.to_string_lossy())), USAGE)),
    }
}

/// The form that a word stands for.
pub fn form(word: &OsStr) -> Result<Form, String> {
    let shown = word.to_string_lossy();
    Form::from_name(&shown).ok_or_else(|| {
        let known: Vec<_> = Form::ALL.iter().map(|form| form.name()).collect();
        format!("unknown form '{shown}'; there are {}", known.join(", "))
    })
}

/// What our own machine runs, whoever wrote it: libpcap has written programs that read what they have not written.
const LIMITS: Limits = Limits { unwritten: true, ..Limits::USER };

/// Where the program comes from.
enum Source<'g> {
    File(&'g OsStr),
    Expression(&'g str),
}

fn source<'g>(given: &'g Given, operands: &'g [OsString]) -> Result<Source<'g>, Failure> {
    match (&given.expression, operands) {
        (Some(text), []) => Ok(Source::Expression(text)),
        (None, [file, ..]) => Ok(Source::File(file)),
        (Some(_), _) => Err(wrong(Some("a file and -e: which one is the program?".to_owned()), USAGE)),
        (None, []) => Err(wrong(Some("a file with the program, or -e and an expression".to_owned()), USAGE)),
    }
}

impl Source<'_> {
    /// What its messages begin with.
    fn name(&self) -> String {
        match self {
            Source::File(path) if *path == "-" => "standard input".to_owned(),
            Source::File(path) => shown(path),
            Source::Expression(_) => "the filter".to_owned(),
        }
    }

    /// What the file holds.
    fn bytes(&self, path: &OsStr) -> Result<Vec<u8>, Failure> {
        let read = if path == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(path)
        };
        read.map_err(|error| self.failure(reason(&error)))
    }

    /// The instructions, not checked; an expression is compiled for `target`.
    fn list(&self, target: Target) -> Result<Vec<Instruction>, Failure> {
        match self {
            Source::File(path) => {
                let bytes = self.bytes(path)?;
                parse::any(&bytes).map(|read| read.1).map_err(|error| self.failure(error))
            }
            Source::Expression(text) => {
                let filter = Filter::new(text, target, Names::system());
                let filter = filter.map_err(|wrong| Failure::new(explained(&wrong, text)))?;
                Ok(filter.program().instructions().to_vec())
            }
        }
    }

    /// The program, as our own machine runs it.
    fn program(&self, target: Target) -> Result<bpf::Program, Failure> {
        check(self.list(target)?, LIMITS).map_err(|error| self.failure(error))
    }

    fn failure(&self, words: impl std::fmt::Display) -> Failure {
        Failure::new(format!("{}: {words}", self.name()))
    }
}

/// The savefile that was named with `-r`.
fn savefile(given: &Given) -> Result<gannet_pcap::Offline, Failure> {
    let Some(path) = &given.savefile else {
        return Err(wrong(Some("packets are read from a savefile: -r".to_owned()), USAGE));
    };
    crate::run::file::open(path, None)
}

/// What an expression is compiled for where there is no savefile.
fn target(given: &Given) -> Target {
    Target::new(given.link.unwrap_or(LinkType::ETHERNET))
}

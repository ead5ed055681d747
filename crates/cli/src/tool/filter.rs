//! `gannet filter WORD ..`: filters explained, tried part by part, and compared.
//!
//! - [`explain`] an expression in plain words, and every stage on the way to its program;
//! - [`parts`] `test`: which part of it accepts or refuses how many packets of a savefile;
//! - [`equal`] whether two filters are the same, by proof, or a packet that tells them apart;
//! - [`complete`] what a shell may offer.

mod complete;
mod equal;
mod explain;
mod parts;

use super::{Row, flag, option, options, wrong};
use crate::failure::{Failure, Program};
use crate::run::output::Output;
use gannet_pcap::{LinkType, Target};
use std::ffi::OsString;

const USAGE: &str = "Usage: gannet filter explain [ -y datalinktype ] [ --dot ] expression
       gannet filter test expression savefile
       gannet filter equal [ -y datalinktype ] [ -w savefile ] expression expression
       gannet filter complete [ words .. ]

The words of the expression of explain need no quotes; all others are one argument each.
The status of equal is 0 if the filters are equal, 1 if not, 2 if nobody can tell.
";

/// What was typed.
#[derive(Debug, Default)]
struct Given {
    link: Option<LinkType>,
    dot: bool,
    write: Option<OsString>,
}

const ROWS: &[Row<Given>] = &[
    option(Some('y'), Some("linktype"), |given, value| {
        let name = value.to_string_lossy();
        given.link =
            Some(LinkType::from_name(&name).ok_or_else(|| format!("invalid data link type {name}"))?);
        Ok(())
    }),
    option(Some('w'), None, |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    flag("dot", |given, _| {
        given.dot = true;
        Ok(())
    }),
];

/// Does what the word behind `filter` says.
pub fn run(_program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut args = args.into_iter();
    let word = args.next().unwrap_or_default();
    let mut given = Given::default();
    match word.to_str() {
        Some("complete") => return complete::complete(args.collect()),
        Some("-h" | "--help" | "help") => return Output::new().say(USAGE),
        _ => {}
    }
    let operands = options(args.collect(), ROWS, &mut given, USAGE)?;
    let texts: Vec<String> = operands.iter().map(|text| text.to_string_lossy().into_owned()).collect();
    match (word.to_str(), texts.as_slice(), operands.as_slice()) {
        (Some("explain"), words, _) => explain::explain(&given, &words.join(" ")),
        (Some("test"), [text, _], [_, file]) => parts::test(text, file),
        (Some("equal"), [one, other], _) => equal::equal(&given, [one, other]),
        (Some("test"), ..) => Err(wrong(Some("test takes an expression and a savefile".to_owned()), USAGE)),
        (Some("equal"), ..) => Err(wrong(Some("equal takes two expressions".to_owned()), USAGE)),
        (Some(""), ..) => Err(wrong(None, USAGE)),
        _ => Err(wrong(Some(format!("filter does not know '{}'", word.to_string_lossy())), USAGE)),
    }
}

impl Given {
    /// What filters are compiled for.
    fn target(&self) -> Target {
        Target::new(self.link.unwrap_or(LinkType::ETHERNET))
    }
}

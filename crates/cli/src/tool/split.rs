//! `gannet split`: a savefile into several, by count, size or time.
//!
//! - [`flows`] by conversation.

mod flows;

use super::files::meter::Meter;
use super::files::{self, Beginning, Output, apart, bytes, format_of, one, target};
use super::{Row, flag, option, options, wrong};
use crate::failure::{Failure, Program};
use crate::flags::number::decimal;
use crate::flags::saving::duration;
use crate::run::confine;
use crate::run::savefile::sink::Sink;
use gannet_edit::Error;
use gannet_edit::split::{Limits, Outputs, split};
use gannet_pcap::savefile::Writer;
use std::ffi::{OsStr, OsString};

const USAGE: &str =
    "Usage: gannet split -w output [ --packets count ] [ --bytes size ] [ --every duration ] savefile
       gannet split -w output --flows savefile

Output x.pcapng gives x-00000.pcapng, x-00001.pcapng and so on. The next begins when any of the limits is
reached: so many packets, so many bytes (100m are 100 MiB; a packet longer than that has a file of its own), or
so much time (90s, 1h) since the first packet; slices of time without a packet have no file.
With --flows there is a file for each conversation, numbered by their first packets: both directions between two
addresses and ports, fragments too; of what is not IP, between two stations, by ethertype.
";

#[derive(Default)]
struct Given {
    write: Option<OsString>,
    limits: Limits,
    flows: bool,
}

const ROWS: &[Row<Given>] = &[
    option(Some('w'), Some("write"), |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    option(None, Some("packets"), |given, value| {
        decimal("packet count", value, 1, u64::MAX).map(|count| given.limits.packets = Some(count))
    }),
    option(None, Some("bytes"), |given, value| {
        bytes("size", value).map(|size| given.limits.bytes = Some(size))
    }),
    option(None, Some("every"), |given, value| {
        let nanos = duration("duration", value)?.as_nanos();
        given.limits.nanos = Some(u64::try_from(nanos).unwrap_or(u64::MAX));
        Ok(())
    }),
    flag("flows", |given, _| {
        given.flows = true;
        Ok(())
    }),
];

/// Splits.
pub fn run(_program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    let name = one(&names, USAGE)?;
    match (given.flows, given.limits == Limits::default()) {
        (false, true) => {
            let words = "say where to split: --packets, --bytes, --every or --flows";
            return Err(wrong(Some(words.to_owned()), USAGE));
        }
        (true, false) => {
            let words = "--flows goes with no other limit: split a conversation's file again";
            return Err(wrong(Some(words.to_owned()), USAGE));
        }
        _ => {}
    }
    let write = target(given.write, &names, USAGE)?;
    if write == "-" {
        return Err(Failure::new("the parts are files each: they do not go to standard output"));
    }
    let mut meter = Meter::new()?;
    confine::tool(&names, Some(&write));
    let mut input = files::open(&name, &meter)?;
    let format = format_of(&write).unwrap_or(input.format());
    let beginning = Beginning::taken_over(&mut input, format).roomy();
    let form = beginning.form();
    if given.flows {
        return flows::run(&mut input, write, beginning, &names, &mut meter);
    }
    let mut pieces = Pieces { input: name, write, beginning, present: None, failed: None };
    let watch = &mut |progress| meter.watch(progress);
    let done = split(&mut input, form, given.limits, &mut pieces, watch);
    let ended = meter.end();
    match (done, pieces.failed, pieces.present) {
        (_, Some(failure), _) => Err(failure),
        (Ok(_), None, _) => ended,
        (Err(error), None, Some(output)) => Err(output.failed(error, &names)),
        (Err(error), None, None) => Err(Failure::new(files::worded(error, &names))),
    }
}

/// The outputs, one at a time.
struct Pieces {
    /// What is read.
    input: OsString,
    write: OsString,
    beginning: Beginning,
    present: Option<Output>,
    failed: Option<Failure>,
}

impl Outputs for Pieces {
    type Sink = Sink;

    fn begin(&mut self, n: u64) -> Result<&mut Writer<Sink>, Error> {
        let name = numbered(&self.write, n);
        match apart(&self.input, &name).and_then(|()| Output::create(&name, &self.beginning)) {
            Ok(output) => Ok(self.present.insert(output).writer()),
            Err(failure) => {
                self.failed = Some(failure);
                Err(Error::Elsewhere)
            }
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(output) = self.present.take() else { return Ok(()) };
        output.close().map_err(|failure| {
            self.failed = Some(failure);
            Error::Elsewhere
        })
    }
}

/// The name of the `n`th output: the number stands before the extensions.
fn numbered(path: &OsStr, n: u64) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let bytes = path.as_bytes();
    let folder = bytes.iter().rposition(|&c| c == b'/').map_or(0, |at| at + 1);
    let stem = bytes.get(folder..).unwrap_or_default();
    let dot = stem.iter().skip(1).position(|&c| c == b'.').map_or(stem.len(), |at| at + 1);
    let (before, behind) = bytes.split_at_checked(folder + dot).unwrap_or((bytes, &[]));
    OsString::from_vec([before, format!("-{n:05}").as_bytes(), behind].concat())
}

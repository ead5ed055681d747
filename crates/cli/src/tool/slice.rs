//! `gannet slice`: a part of a savefile, by packet numbers, by time, by filter.

use super::files::meter::Meter;
use super::files::when::When;
use super::files::{self, Beginning, Output, format_of, target};
use super::{Row, flag, option, options, wrong};
use crate::failure::{Failure, Program, reason};
use crate::flags::shown;
use crate::run::confine;
use crate::run::explained;
use gannet_edit::jump::{Jumped, jump};
use gannet_edit::pass::{Verdict, pass};
use gannet_pcap::savefile::codec::Decoder;
use gannet_pcap::savefile::{ByteOrder, Error, Reader};
use gannet_pcap::wire::Timestamp;
use gannet_pcap::{Filter, Names, Record, Target};
use gannet_printer::time::Zone;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::ops::RangeInclusive;

const USAGE: &str = "Usage: gannet slice -w output [ --packets numbers ] [ --from time ] [ --to time ] [ --sorted ]
                    savefile [ expression ]

Keeps packets whose number is among those of --packets (1-100,250,900-), that are neither earlier than --from nor
as late as --to, and that the filter accepts. A time is 2026-03-01 09:05:07.5, 09:05:07 on the day of the first
packet (of --to, on the next if it would not be later than --from), seconds since 1970, or +1h30m after the first
packet. --sorted takes your word that packets are in order of time: reading ends at --to, and begins near --from in
a .zst file that gannet wrote.
";

#[derive(Default)]
struct Given {
    write: Option<OsString>,
    numbers: Option<Vec<RangeInclusive<u64>>>,
    from: Option<OsString>,
    to: Option<OsString>,
    sorted: bool,
}

const ROWS: &[Row<Given>] = &[
    option(Some('w'), Some("write"), |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    option(None, Some("packets"), |given, value| {
        given.numbers = Some(numbers(value)?);
        Ok(())
    }),
    option(None, Some("from"), |given, value| {
        given.from = Some(value.to_owned());
        Ok(())
    }),
    option(None, Some("to"), |given, value| {
        given.to = Some(value.to_owned());
        Ok(())
    }),
    flag("sorted", |given, _| {
        given.sorted = true;
        Ok(())
    }),
];

/// Slices.
pub fn run(_program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let operands = options(args, ROWS, &mut given, USAGE)?;
    let Some((name, words)) = operands.split_first() else {
        return Err(wrong(Some("no savefile to read was named".to_owned()), USAGE));
    };
    let names = [name.clone()];
    let write = target(given.write, &names, USAGE)?;
    let zone = Zone::local();
    let when =
        |text: Option<OsString>| text.map(|text| When::parse(&text, &zone)).transpose().map_err(Failure::new);
    let (from, to) = (when(given.from)?, when(given.to)?);
    if let (Some(When::At(from)), Some(When::At(to))) = (from, to)
        && from >= to
    {
        return Err(wrong(
            Some("--to is not later than --from: no packet is between them".to_owned()),
            USAGE,
        ));
    }
    let mut meter = Meter::new()?;
    let mut input = files::open(name, &meter)?;
    let filter = filter(words, &input)?;
    confine::tool(&names, Some(&write));
    let format = format_of(&write).unwrap_or(input.format());
    let beginning = Beginning::taken_over(&mut input, format);
    let mut output = Output::create(&write, &beginning)?;
    let last = given.numbers.as_ref().and_then(|all| all.iter().map(|range| *range.end()).max());
    let sorted = given.sorted;
    let mut slice = Slice { numbers: given.numbers, last, from, to, sorted, zone, span: None, filter };
    let watch = &mut |progress| meter.watch(progress);
    let mut carrier = output.carrier();
    let done = match slice.jump(name)? {
        Some(mut input) => {
            pass(&mut input, &mut carrier, watch, |number, record| slice.judge(number, record))
        }
        None => pass(&mut input, &mut carrier, watch, |number, record| slice.judge(number, record)),
    };
    output.settle(done, &names, &mut meter).map(drop)
}

/// What is wanted.
struct Slice {
    numbers: Option<Vec<RangeInclusive<u64>>>,
    /// The last number that is wanted.
    last: Option<u64>,
    from: Option<When>,
    to: Option<When>,
    /// Packets are in order of time.
    sorted: bool,
    zone: Zone,
    /// From when to when, known since the first packet.
    span: Option<(Option<Timestamp>, Option<Timestamp>)>,
    filter: Option<Filter>,
}

impl Slice {
    fn judge(&mut self, number: u64, record: &Record<'_>) -> Verdict {
        if self.last.is_some_and(|last| number > last) {
            return Verdict::End;
        }
        let (from, to) = self.span(record.time);
        if self.sorted && to.is_some_and(|to| record.time >= to) {
            return Verdict::End;
        }
        let numbered =
            self.numbers.as_ref().is_none_or(|all| all.iter().any(|range| range.contains(&number)));
        let timely = from.is_none_or(|from| record.time >= from) && to.is_none_or(|to| record.time < to);
        match numbered && timely && self.filter.as_mut().is_none_or(|filter| filter.accepts(record)) {
            true => Verdict::Keep,
            false => Verdict::Drop,
        }
    }
}

impl Slice {
    /// From when to when, for a first packet of that time.
    fn span(&mut self, first: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        *self.span.get_or_insert_with(|| {
            let from = self.from.map(|from| from.settle(first, &self.zone));
            (from, self.to.map(|to| to.settle_behind(from, first, &self.zone)))
        })
    }

    /// A reader that begins shortly before what is wanted, where there can be one.
    fn jump(&mut self, name: &OsStr) -> Result<Option<Jumped<File>>, Failure> {
        if !self.sorted || self.from.is_none() || self.numbers.is_some() || name == "-" {
            return Ok(None);
        }
        let failed = |error| Failure::new(format!("{}: {}", shown(name), reason(&error)));
        let open = || File::open(name).map_err(failed);
        if !open()?.metadata().is_ok_and(|about| about.is_file()) {
            return Ok(None);
        }
        let Ok(mut reader) = Decoder::open(open()?).map_err(Error::Read).and_then(Reader::open) else {
            return Ok(None);
        };
        let Ok(Some(first)) = reader.next() else { return Ok(None) };
        let (Some(from), _) = self.span(first.time) else { return Ok(None) };
        jump(open()?, from).map_err(failed)
    }
}

fn filter(words: &[OsString], input: &files::Input) -> Result<Option<Filter>, Failure> {
    if words.is_empty() {
        return Ok(None);
    }
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let text = words.join(" ");
    let target = Target {
        snaplen: input.snaplen(),
        swapped: Some(input.byte_order() != ByteOrder::NATIVE),
        ..Target::new(input.link())
    };
    let filter = Filter::new(&text, target, Names::system());
    filter.map(Some).map_err(|wrong| Failure::new(explained(&wrong, &text)))
}

/// `1-100,250,900-`: numbers of packets, from 1.
fn numbers(text: &OsStr) -> Result<Vec<RangeInclusive<u64>>, String> {
    let shown = text.to_string_lossy();
    let range = |part: &str| {
        let number = |text: &str| text.trim().parse::<u64>().ok().filter(|n| *n > 0);
        let (from, to) = match part.split_once('-') {
            None => (number(part)?, number(part)?),
            Some((from, to)) if to.trim().is_empty() => (number(from)?, u64::MAX),
            Some((from, to)) if from.trim().is_empty() => (1, number(to)?),
            Some((from, to)) => (number(from)?, number(to)?),
        };
        (from <= to).then_some(from..=to)
    };
    let ranges: Option<Vec<_>> = shown.split(',').map(range).collect();
    ranges.ok_or_else(|| format!("invalid packet numbers '{shown}' (type them like 1-100,250,900-)"))
}

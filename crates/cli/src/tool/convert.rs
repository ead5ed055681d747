//! `gannet convert`: a savefile in another format, unit of time, compression or snapshot length.

use super::files::meter::Meter;
use super::files::{self, Beginning, Output, format_of, one, target};
use super::{Row, flag, option, options};
use crate::failure::{Failure, Program};
use crate::flags::number::decimal;
use crate::run::confine;
use gannet_edit::pass::{Verdict, pass};
use gannet_pcap::savefile::Precision;
use std::ffi::OsString;

const USAGE: &str = "Usage: gannet convert -w output [ -s snaplen ] [ --micro | --nano ] savefile

The name of the output says what it is: .pcapng, .pcap, and .gz, .zst or .lz4 behind it to compress it. If it
does not say, the format stays. With -s packets are cut; pcap counts time in micro- or nanoseconds.
";

#[derive(Default)]
struct Given {
    write: Option<OsString>,
    snaplen: Option<u32>,
    precision: Option<Precision>,
}

const ROWS: &[Row<Given>] = &[
    option(Some('w'), Some("write"), |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    option(Some('s'), Some("snapshot-length"), |given, value| {
        given.snaplen = Some(decimal("snaplen", value, 1, i32::MAX as u64)? as u32);
        Ok(())
    }),
    flag("micro", |given, _| given.precise(Precision::Micro)),
    flag("nano", |given, _| given.precise(Precision::Nano)),
];

impl Given {
    fn precise(&mut self, precision: Precision) -> Result<(), String> {
        match self.precision.replace(precision) {
            Some(other) if other != precision => {
                Err("times are kept by --micro or by --nano, not by both".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Converts.
pub fn run(_program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    let name = one(&names, USAGE)?;
    let write = target(given.write, &names, USAGE)?;
    let mut meter = Meter::new()?;
    confine::tool(&names, Some(&write));
    let mut input = files::open(&name, &meter)?;
    let format = format_of(&write).unwrap_or(input.format());
    let mut beginning = Beginning::taken_over(&mut input, format);
    if let Beginning::Pcap { header, .. } = &mut beginning {
        header.precision = given.precision.unwrap_or(header.precision);
        header.snaplen = given.snaplen.map_or(header.snaplen, |snaplen| snaplen.min(header.snaplen));
    }
    let mut output = Output::create(&write, &beginning)?;
    let snaplen = given.snaplen.map_or(usize::MAX, |snaplen| snaplen as usize);
    if given.precision == Some(Precision::Micro) {
        output.round();
    }
    let cut = |_, record: &mut gannet_pcap::Record<'_>| {
        record.bytes = record.bytes.get(..snaplen).unwrap_or(record.bytes);
        Verdict::Keep
    };
    let done = pass(&mut input, &mut output.carrier(), &mut |progress| meter.watch(progress), cut);
    output.settle(done, &names, &mut meter).map(drop)
}

//! `gannet repair FILE ..`: cuts what a crash or a full disk has left behind the last whole packet.

use super::{Row, option, options, wrong};
use crate::failure::{Failure, Program, reason};
use crate::flags::shown;
use crate::run::output::Output;
use crate::run::{confine, note};
use gannet_pcap::savefile::codec::Codec;
use gannet_pcap::savefile::repair::{Tail, Whole, examine};
use gannet_pcap::savefile::{Error, Format};
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _};

const USAGE: &str = "Usage: gannet repair savefile ..
       gannet repair -w savefile savefile

Cuts off what a crash or a full disk has left behind the last whole packet of a file, and says what that was.
With -w the file stays as it is, and what is whole of it is written to another one.
Damage before other packets is left alone: gannet --recover -r savefile reads on behind it.
";

/// What was typed.
#[derive(Debug, Default)]
struct Given {
    write: Option<OsString>,
}

const ROWS: &[Row<Given>] = &[option(Some('w'), None, |given, value| {
    given.write = Some(value.to_owned());
    Ok(())
})];

/// Repairs each file. Those that cannot be repaired are told of, and the others are repaired.
pub fn run(program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let files = options(args, ROWS, &mut given, USAGE)?;
    match (files.as_slice(), &given.write) {
        ([], _) => return Err(wrong(None, USAGE)),
        ([_, _, ..], Some(_)) => return Err(wrong(Some("-w takes one savefile".to_owned()), USAGE)),
        _ => {}
    }
    match &given.write {
        None => confine::edits(&files),
        Some(write) => confine::tool(&files, Some(write)),
    }
    let mut output = Output::new();
    let mut well = true;
    for path in &files {
        match repair(path, given.write.as_deref()) {
            Ok(whole) => {
                well &= whole.damage.is_none();
                output.say(&said(path, &whole))?;
            }
            Err(why) => {
                well = false;
                note(format_args!("{}: {}: {why}", program.name, shown(path)));
            }
        }
    }
    if well { Ok(()) } else { Err(Failure::Said) }
}

/// Repairs one file, or says why not.
fn repair(path: &OsStr, write: Option<&OsStr>) -> Result<Whole, String> {
    let words = |error: io::Error| reason(&error);
    let mut file = OpenOptions::new().read(true).write(write.is_none()).open(path).map_err(words)?;
    if !file.metadata().map_err(words)?.is_file() {
        return Err("only a regular file can be repaired".to_owned());
    }
    if let Some(codec) = codec(&mut file).map_err(words)? {
        return Err(format!(
            "compressed ({codec}), so that its end cannot be cut; what can be read of it is written by\n    \
             gannet -r {} -w another-file",
            shown(path)
        ));
    }
    let whole = examine(&mut file).map_err(|wrong| match wrong {
        Error::Read(error) => reason(&error),
        wrong => format!("{wrong}; there is nothing to keep"),
    })?;
    match write {
        Some(to) => copy(file, whole.length, to)?,
        None if whole.length < whole.end => {
            file.set_len(whole.length).and_then(|()| file.sync_all()).map_err(words)?;
        }
        None => {}
    }
    Ok(whole)
}

/// How the file is compressed, if it is.
fn codec(file: &mut File) -> io::Result<Option<Codec>> {
    let mut magic = Vec::new();
    file.rewind()?;
    io::Read::by_ref(file).take(Codec::MAGIC_SIZE as u64).read_to_end(&mut magic)?;
    Ok(Codec::of_magic(&magic))
}

/// Writes the first `length` bytes of a file to another one.
fn copy(mut from: File, length: u64, to: &OsStr) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {}", shown(to), reason(&error));
    // Not the file itself, by whatever name: it would be empty before it is read.
    let mut sink = OpenOptions::new().write(true).create_new(true).open(to).map_err(failed)?;
    let copied = from.rewind().and_then(|()| {
        let copied = io::copy(&mut from.take(length), &mut sink)?;
        sink.sync_all().map(|()| copied)
    });
    let why = match copied {
        Ok(copied) if copied == length => return Ok(()),
        Ok(_) => format!("{}: the file became shorter meanwhile", shown(to)),
        Err(error) => failed(error),
    };
    // Half a copy would have to be repaired itself.
    let _ = std::fs::remove_file(to);
    Err(why)
}

/// What was done, in words.
fn said(path: &OsStr, whole: &Whole) -> String {
    let Whole { format, packets, length, end, tail, ref damage } = *whole;
    let path = shown(path);
    let s = |n: u64| if n == 1 { "" } else { "s" };
    let kept = format!("{} packet{} ({} byte{})", grouped(packets), s(packets), grouped(length), s(length));
    let what = match (tail, format) {
        (Tail::None, _) => "",
        (Tail::Half, Format::Pcap) => "half a record",
        (Tail::Half, Format::Pcapng) => "half a block",
        (Tail::Zeroes, _) => "zeroes, which were never written over",
        (Tail::Unreadable, _) => "nothing that can be read",
    };
    let cut = end.saturating_sub(length);
    let mut words = match cut {
        0 => format!("{path}: whole, {kept}; nothing to cut\n"),
        cut => format!("{path}: kept {kept}, cut {} byte{}: {what}\n", grouped(cut), s(cut)),
    };
    if let Some((at, why)) = damage {
        words.push_str(&format!(
            "{path}: damaged at byte {} ({why}), with packets behind it that were left as they are;\n    \
             gannet --recover -r {path} -w another-file reads on behind the damage\n",
            grouped(*at)
        ));
    }
    words
}

/// A number with a comma before every third digit from the end.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_groups() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}

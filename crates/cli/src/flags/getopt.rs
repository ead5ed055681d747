//! Options as GNU getopt_long takes them apart: bundled letters, `--word=value`, words cut short as long as
//! they are clear, options behind the operands unless POSIXLY_CORRECT is set, `--` as the end of options.
//!
//! Rust's argument crates differ from it where scripts can tell: what `-w=foo` means, which abbreviations are
//! ambiguous, and what the complaints say.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What an option may be called, and whether it takes a value.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// One letter, or a sign.
    pub short: Option<char>,
    /// A word, without the dashes.
    pub long: Option<&'static str>,
    /// A value follows.
    pub value: bool,
    /// Not tcpdump's: it makes no beginning of a word ambiguous that is clear there.
    pub ours: bool,
}

/// One option as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Which row of the table.
    pub row: usize,
    /// Its value, if the row has one.
    pub value: Option<OsString>,
}

/// What is wrong with an option: getopt's words.
pub type Complaint = String;

/// Takes `args` apart: calls `give` for each option as it is met, and returns the operands. If `give` fails,
/// nothing behind that option is looked at.
pub fn parse<E>(
    args: Vec<OsString>,
    table: &[Shape],
    posixly_correct: bool,
    mut give: impl FnMut(Result<Given, Complaint>) -> Result<(), E>,
) -> Result<Vec<OsString>, E> {
    let mut operands = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let bytes = arg.as_bytes();
        if bytes == b"--" {
            break;
        } else if let Some(word) = bytes.strip_prefix(b"--") {
            give(long(word, table, &mut args))?;
        } else if let Some(letters) = bytes.strip_prefix(b"-").filter(|letters| !letters.is_empty()) {
            short(letters, table, &mut args, &mut give)?;
        } else {
            operands.push(arg);
            if posixly_correct {
                break;
            }
        }
    }
    operands.extend(args);
    Ok(operands)
}

/// `-abc value`: a run of letters, the last of which may take the rest of it, or the next argument.
fn short<E>(
    letters: &[u8],
    table: &[Shape],
    args: &mut impl Iterator<Item = OsString>,
    give: &mut impl FnMut(Result<Given, Complaint>) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = letters;
    while let Some((&letter, behind)) = rest.split_first() {
        rest = behind;
        let letter = char::from(letter);
        let Some(row) = table.iter().position(|shape| shape.short == Some(letter)) else {
            give(Err(format!("invalid option -- '{letter}'")))?;
            continue;
        };
        if !table.get(row).is_some_and(|shape| shape.value) {
            give(Ok(Given { row, value: None }))?;
            continue;
        }
        let value = match rest {
            [] => args.next(),
            rest => Some(OsString::from_vec(rest.to_vec())),
        };
        return give(match value {
            None => Err(format!("option requires an argument -- '{letter}'")),
            value => Ok(Given { row, value }),
        });
    }
    Ok(())
}

/// `--word`, `--word=value`, `--word value`.
fn long(
    typed: &[u8],
    table: &[Shape],
    args: &mut impl Iterator<Item = OsString>,
) -> Result<Given, Complaint> {
    let (word, value) = match typed.iter().position(|&c| c == b'=') {
        Some(at) => {
            let (word, value) = typed.split_at(at);
            (word, value.get(1..).map(|value| OsStr::from_bytes(value).to_owned()))
        }
        None => (typed, None),
    };
    let word = String::from_utf8_lossy(word);
    let row = choose(&word, table)?;
    let shape =
        table.get(row).copied().unwrap_or(Shape { short: None, long: None, value: false, ours: false });
    let name = shape.long.unwrap_or("");
    match (shape.value, value) {
        (false, Some(_)) => Err(format!("option '--{name}' doesn't allow an argument")),
        (true, None) => match args.next() {
            None => Err(format!("option '--{name}' requires an argument")),
            value => Ok(Given { row, value }),
        },
        (_, value) => Ok(Given { row, value }),
    }
}

/// The row that a word, or the beginning of one, stands for.
fn choose(word: &str, table: &[Shape]) -> Result<usize, Complaint> {
    if let Some(row) = table.iter().position(|shape| shape.long == Some(word)) {
        return Ok(row);
    }
    let begins = |shape: &&Shape| shape.long.is_some_and(|long| long.starts_with(word));
    let mut candidates: Vec<&Shape> = table.iter().filter(begins).collect();
    if candidates.iter().any(|shape| !shape.ours) {
        candidates.retain(|shape| !shape.ours);
    }
    let candidates: Vec<&str> = candidates.into_iter().filter_map(|shape| shape.long).collect();
    match candidates.as_slice() {
        [] => Err(format!("unrecognized option '--{word}'")),
        [one] => Ok(table.iter().position(|shape| shape.long == Some(one)).unwrap_or(0)),
        several => {
            let possible: String = several.iter().map(|long| format!(" '--{long}'")).collect();
            Err(format!("option '--{word}' is ambiguous; possibilities:{possible}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Shape] = &[
        Shape { short: Some('n'), long: None, value: false, ours: false },
        Shape { short: Some('w'), long: None, value: true, ours: false },
        Shape { short: Some('i'), long: Some("interface"), value: true, ours: false },
        Shape { short: None, long: Some("time-stamp-type"), value: true, ours: false },
        Shape { short: None, long: Some("time-stamp-precision"), value: true, ours: false },
        Shape { short: Some('#'), long: Some("number"), value: false, ours: false },
        Shape { short: None, long: Some("numbers"), value: false, ours: true },
        Shape { short: None, long: Some("align"), value: false, ours: true },
    ];

    /// What was given, one word each, and the operands behind a bar.
    fn given(line: &str, posixly_correct: bool) -> String {
        let args = line.split_whitespace().map(OsString::from).collect();
        let mut words = Vec::new();
        let operands = parse(args, TABLE, posixly_correct, |given| {
            words.push(match given {
                Ok(Given { row, value: None }) => row.to_string(),
                Ok(Given { row, value: Some(value) }) => format!("{row}={}", value.to_string_lossy()),
                Err(complaint) => complaint,
            });
            Ok::<(), ()>(())
        });
        let operands: Vec<_> = operands.unwrap().into_iter().map(|o| o.into_string().unwrap()).collect();
        format!("{} | {}", words.join(", "), operands.join(" "))
    }

    #[test]
    fn as_getopt_long_does_it() {
        for (line, expected) in [
            ("-nnw x tcp -n", "0, 0, 1=x, 0 | tcp"),
            ("-nwfile -w=foo -w -n", "0, 1=file, 1==foo, 1=-n | "),
            ("--interface=lo --inter lo --int=", "2=lo, 2=lo, 2= | "),
            ("--numbers --al", "6, 7 | "),
            ("-# --num tcp port 80 -n -- -n", "5, 5, 0 | tcp port 80 -n"),
            ("- -n", "0 | -"),
            ("-k", "invalid option -- 'k' | "),
            ("-nk", "0, invalid option -- 'k' | "),
            ("-w", "option requires an argument -- 'w' | "),
            ("--interface", "option '--interface' requires an argument | "),
            ("--number=1", "option '--number' doesn't allow an argument | "),
            ("--nope=1", "unrecognized option '--nope' | "),
            (
                "--time",
                "option '--time' is ambiguous; possibilities: '--time-stamp-type' '--time-stamp-precision' | ",
            ),
        ] {
            assert_eq!(given(line, false), expected, "{line}");
        }
    }

    #[test]
    fn posixly_correct_ends_at_the_first_operand() {
        assert_eq!(given("-n tcp -c 1", true), "0 | tcp -c 1");
    }
}

//! How the program ends when it fails: what it says, and its exit status.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// What the program was called as.
#[derive(Clone, Debug)]
pub struct Program {
    /// As typed: what getopt's complaints begin with.
    pub typed: OsString,
    /// Without the path: what all others begin with.
    pub name: String,
}

impl Program {
    /// Called by this first argument.
    pub fn called(typed: OsString) -> Self {
        let name = Path::new(&typed).file_name().unwrap_or(OsStr::new("gannet"));
        Program { name: name.to_string_lossy().into_owned(), typed }
    }
}

/// Why the program ends early.
#[derive(Debug)]
pub enum Failure {
    /// Something is wrong; the words say what. Status 1.
    Message(String),
    /// What was typed makes no sense: getopt's words, then how it is used. Status 1.
    Usage { complaint: Option<String>, usage: String },
    /// All was said already. Status 1.
    Said,
    /// All was said already. This status.
    Status(u8),
    /// Standard output takes no more. Nobody reads on (a closed pipe): a quiet end, status 0; else status 14.
    Output(io::Error),
}

impl Failure {
    /// A failure in words.
    pub fn new(words: impl Display) -> Self {
        Failure::Message(words.to_string())
    }

    /// Says what there is to say on standard error, and gives the exit status.
    pub fn report(self, program: &Program) -> ExitCode {
        let (words, status) = match self {
            Failure::Message(words) => (format!("{}: {words}\n", program.name), 1),
            Failure::Usage { complaint, usage } => {
                let typed = program.typed.to_string_lossy();
                (complaint.map(|words| format!("{typed}: {words}\n")).unwrap_or_default() + &usage, 1)
            }
            Failure::Said => return ExitCode::FAILURE,
            Failure::Status(status) => return ExitCode::from(status),
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Failure::Output(error) => {
                (format!("{}: Unable to write output: {}\n", program.name, reason(&error)), 14)
            }
        };
        say(&words);
        ExitCode::from(status)
    }
}

/// What the system says of an error, without Rust's number behind it.
pub fn reason(error: &io::Error) -> String {
    let words = error.to_string();
    match words.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => words,
    }
}

/// A warning on standard error, which does not end anything.
pub fn warn(program: &str, words: impl Display) {
    say(&format!("{program}: WARNING: {words}\n"));
}

/// Lines on standard error. Where that is closed, there is nobody to tell. What would do something to a terminal, in
/// the name of a file perhaps, is spelt out.
pub fn say(lines: &str) {
    let _ = io::stderr().write_all(harmless(lines).as_bytes());
}

fn harmless(lines: &str) -> Cow<'_, str> {
    let works = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !lines.contains(works) {
        return Cow::Borrowed(lines);
    }
    let mut spelt = String::with_capacity(lines.len() + 8);
    for c in lines.chars() {
        match works(c) {
            true => spelt.extend(c.escape_default()),
            false => spelt.push(c),
        }
    }
    Cow::Owned(spelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_to_a_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\tc\u{9b}\nüd\r"), "a\\u{1b}[2Jb\tc\\u{9b}\nüd\\r");
        assert_eq!(harmless("x.pcap: über\n"), "x.pcap: über\n");
    }
}

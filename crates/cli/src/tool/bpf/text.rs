//! `asm` and `dis`: a program from one form into another.

use super::{Given, Source, target};
use crate::failure::{Failure, warn};
use crate::run::output::Output;
use gannet_pcap::bpf::listing::{self, Form};
use gannet_pcap::bpf::{Instruction, Limits, check, parse};

/// Checks the program and prints it for machines, or in the form that was asked for.
pub fn asm(given: &Given, source: Source<'_>, name: &str) -> Result<(), Failure> {
    let program = source.program(target(given))?;
    if let Err(error) = check(program.instructions().to_vec(), Limits::KERNEL) {
        warn(name, format_args!("{}: the kernel will not take it: {error}", source.name()));
    }
    Output::new().say(&given.form.unwrap_or(Form::Decimal).text(&program))
}

/// Prints the program for people, or in the form that was asked for; each of them, if it is a trace of several. One
/// that is not sound is printed all the same, in the forms that can say it.
pub fn dis(given: &Given, source: Source<'_>, name: &str) -> Result<(), Failure> {
    let mut text = String::new();
    let mut show = |list: Vec<Instruction>, place: &str, before: &str| {
        text.push_str(before);
        shown(given, list, name, place, &mut text)
    };
    let Source::File(path) = source else {
        show(source.list(target(given))?, &source.name(), "")?;
        return Output::new().say(&text);
    };
    let bytes = source.bytes(path)?;
    match parse::any(&bytes) {
        Ok((_, list)) => show(list, &source.name(), "")?,
        Err(parse::AnyError::Several(_)) => {
            for (number, line) in parse::traced(&String::from_utf8_lossy(&bytes)) {
                let place = format!("{}: line {number}", source.name());
                let list = parse::macros(line).map_err(|error| Failure::new(format!("{place}: {error}")))?;
                show(list, &place, &format!("; line {number}\n"))?;
            }
        }
        Err(error) => return Err(source.failure(error)),
    }
    Output::new().say(&text)
}

/// Adds the list to the text, in the form that was asked for.
fn shown(
    given: &Given,
    list: Vec<Instruction>,
    name: &str,
    place: &str,
    text: &mut String,
) -> Result<(), Failure> {
    let write = match given.form.unwrap_or(Form::Human) {
        Form::Human => listing::human,
        Form::Array => listing::c_array,
        Form::Decimal => listing::decimal,
        Form::Stmt => listing::macros,
        Form::Asm => listing::assembly,
        form @ (Form::C | Form::Dot) => {
            let program =
                check(list, super::LIMITS).map_err(|error| Failure::new(format!("{place}: {error}")))?;
            text.push_str(&form.text(&program));
            return Ok(());
        }
    };
    // Writing to a string cannot fail.
    let _ = write(&list, text);
    if let Err(error) = check(list, Limits::KERNEL) {
        warn(name, format_args!("{place}: the kernel would not take it: {error}"));
    }
    Ok(())
}

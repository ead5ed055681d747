//! `asm` and `dis`: a program from one form into another.

use super::{Given, Source, target};
use crate::failure::{Failure, warn};
use crate::run::output::Output;
use gannet_pcap::bpf::listing::{self, Form};
use gannet_pcap::bpf::{Limits, check};

/// Checks the program and prints it for machines, or in the form that was asked for.
pub fn asm(given: &Given, source: Source<'_>, name: &str) -> Result<(), Failure> {
    let program = source.program(target(given))?;
    if let Err(error) = check(program.instructions().to_vec(), Limits::KERNEL) {
        warn(name, format_args!("{}: the kernel will not take it: {error}", source.name()));
    }
    Output::new().say(&given.form.unwrap_or(Form::Decimal).text(&program))
}

/// Prints the program for people, or in the form that was asked for. One that is not sound is printed all the same, in
/// the forms that can say it.
pub fn dis(given: &Given, source: Source<'_>, name: &str) -> Result<(), Failure> {
    let list = source.list(target(given))?;
    let mut text = String::new();
    let write = match given.form.unwrap_or(Form::Human) {
        Form::Human => listing::human,
        Form::Array => listing::c_array,
        Form::Decimal => listing::decimal,
        Form::Stmt => listing::macros,
        Form::Asm => listing::assembly,
        form @ (Form::C | Form::Dot) => {
            return Output::new().say(&form.text(&source.program(target(given))?));
        }
    };
    // Writing to a string cannot fail.
    let _ = write(&list, &mut text);
    if let Err(error) = check(list, Limits::KERNEL) {
        warn(name, format_args!("{}: the kernel would not take it: {error}", source.name()));
    }
    Output::new().say(&text)
}

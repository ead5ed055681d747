//! `-h` and `--version`.

use super::output::Output;
use crate::failure::{Failure, Program};
use crate::flags::{Flags, usage};

/// Says how the program is used.
pub fn help(flags: &Flags) -> Result<(), Failure> {
    let program = program(flags);
    Output::new().say(&(usage::version(&program) + &usage::usage(&program)))
}

/// Says which version this is.
pub fn version(flags: &Flags) -> Result<(), Failure> {
    Output::new().say(&usage::version(&program(flags)))
}

fn program(flags: &Flags) -> Program {
    flags.program.clone().unwrap_or_else(|| Program::called("gannet".into()))
}

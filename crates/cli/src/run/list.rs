//! What there is to capture from, and how (`-D`, `-L`).

use crate::failure::Failure;
use crate::flags::Flags;

/// Lists the interfaces.
pub fn interfaces() -> Result<(), Failure> {
    Err(Failure::new("-D is being built"))
}

/// Lists the link types of an interface.
pub fn link_types(_flags: &Flags) -> Result<(), Failure> {
    Err(Failure::new("-L is being built"))
}

//! What a thread may do: less from now on. What it starts inherits that.

use gannet_bpf::Instruction;
use std::io;

use crate::sys::privilege as sys;

/// Capabilities, as bits by their numbers in `linux/capability.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(pub u64);

impl Capabilities {
    /// None.
    pub const NONE: Self = Self(0);
    /// To write what belongs to others (`CAP_DAC_OVERRIDE`).
    pub const WRITE_ALL: Self = Self(1 << 1);
    /// To read what belongs to others (`CAP_DAC_READ_SEARCH`).
    pub const READ_ALL: Self = Self(1 << 2);
    /// To set interfaces up (`CAP_NET_ADMIN`).
    pub const SET_UP: Self = Self(1 << 12);

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// No program that the calling thread starts gets more privileges than it has, as one with a set-UID bit would.
///
/// # Errors
/// The kernel does not know the question.
pub fn no_new() -> io::Result<()> {
    sys::no_new()
}

/// Gives up all capabilities of the calling thread but those of `wanted` that it has, and says which are left. They
/// never come back, and are left to no program that it starts.
///
/// # Errors
/// What the kernel says.
pub fn keep(wanted: Capabilities) -> io::Result<Capabilities> {
    let held = sys::permitted()?;
    let left = held & wanted.0;
    if held != 0 {
        sys::bound(left);
    }
    sys::set(left)?;
    Ok(Capabilities(left))
}

/// From now on the kernel asks this program about each system call of the calling thread, which gains no privileges any
/// more ([`no_new`]): seccomp(2), in filter mode.
///
/// # Errors
/// The kernel has no such thing, or does not take the program.
pub fn restrict_calls(program: &[Instruction]) -> io::Result<()> {
    sys::restrict_calls(program)
}

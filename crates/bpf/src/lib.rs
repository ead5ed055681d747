//! The classic BPF machine: its instructions, a sound checker, an interpreter and listings.
//!
//! A list of [`Instruction`]s becomes a [`Program`] only through [`check`], so that everything which runs
//! or prints a `Program` may rely on what the checker promises (see [`Program`]).
//!
//! Source of the instruction set: McCanne and Jacobson, "The BSD Packet Filter" (USENIX 1993), and the Linux
//! headers `linux/bpf_common.h` and `linux/filter.h`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod ancillary;
pub mod asm;
mod check;
pub mod equal;
mod instruction;
pub mod listing;
mod metadata;
pub mod parse;
mod program;
mod step;
mod vm;

pub use check::{CheckError, Limits, Reason, check};
pub use instruction::{Instruction, opcode};
pub use metadata::Metadata;
pub use program::Program;
pub use step::{End, Packet, Profile, State, Stepper};
pub use vm::{Semantics, Vm};

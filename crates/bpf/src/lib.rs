//! The classic BPF machine: its instructions, a sound checker, an interpreter and listings.
//!
//! A list of [`Instruction`]s becomes a [`Program`] only through [`check`], so that everything which runs
//! or prints a `Program` may rely on what the checker promises (see [`Program`]).
//!
//! # Whose machine
//! A [`Vm`] means what the Linux kernel means: it was held against the kernel on packets of UNIX and packet sockets
//! (`crates/pcap/tests/kernel*.rs`). libpcap's machine differs in shifts by 32 or more, in X plus an offset that overflows and in
//! offsets from headers; [`Vm::with_semantics`] runs a program by its rules, and [`Semantics`] lists every difference.
//! Filters that gannet compiles mean the same on both.
//!
//! ```
//! use gannet_bpf::{Limits, Metadata, Semantics, Vm, asm, check};
//! // A shift by 32: nothing for Linux, which takes the low five bits, and everything for libpcap.
//! let program = check(asm::assemble("ldx #32  ld #7  lsh x  ret a")?, Limits::KERNEL)?;
//! assert_eq!(Vm::new(&program).run(&[], 0, &Metadata::default()), 7);
//! assert_eq!(Vm::with_semantics(&program, Semantics::Libpcap).run(&[], 0, &Metadata::default()), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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

//! Classic BPF programs as machine code, for x86-64 and aarch64.
//!
//! [`Jit::new`] compiles a checked program in one pass over its instructions, into pages that are never writable and
//! executable at once; [`Jit::run`] says of every packet what [`Vm`] says. [`Compiled`] is the one to use: it
//! falls back to the interpreter where there is no compiler for the processor or the program, or no permission.
//!
//! The way of a program: `lower` (what each instruction means) -> `ranges` (how large A and X get) -> `guards` (which
//! loads check the length) -> `order` (which values need no byte swap) -> `chains` (long runs of comparisons
//! become trees) -> `flat` (short programs without jumps; x86-64 only) -> `x86_64` or `aarch64` (bytes) -> `exec` (pages, and
//! the call).

#[cfg(any(test, all(unix, target_arch = "aarch64")))]
mod aarch64;
mod chains;
#[cfg(all(unix, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod emit;
mod guards;
mod lower;
mod order;
mod plan;
mod ranges;
#[cfg(all(unix, target_arch = "x86_64"))]
mod x86_64;

#[cfg(all(unix, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod exec;
#[cfg(not(all(unix, any(target_arch = "x86_64", target_arch = "aarch64"))))]
#[path = "elsewhere.rs"]
mod exec;
#[cfg(any(test, all(unix, target_arch = "x86_64")))]
mod flat;

use std::{fmt, io};

use gannet_bpf::{Metadata, Program, Semantics, Vm};

use exec::Code;
use lower::NETWORK_ROW;
use plan::Plan;

/// Why a program has no machine code. The interpreter runs all of these.
#[derive(Debug)]
#[non_exhaustive]
pub enum JitError {
    /// There is no encoder for this processor or system.
    Unsupported,
    /// The system refused executable memory.
    Mapping(io::Error),
    /// The program jumps backward.
    Loops,
    /// The program searches netlink attributes.
    Netlink,
    /// The program has more than 262,144 instructions, or some jump is farther than the processor's jumps reach.
    TooLong,
}

impl fmt::Display for JitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => write!(f, "no compiler for this processor"),
            Self::Mapping(e) => write!(f, "no executable memory: {e}"),
            Self::Loops => write!(f, "the program has loops"),
            Self::Netlink => write!(f, "the program searches netlink attributes"),
            Self::TooLong => write!(f, "the program is too long"),
        }
    }
}

impl std::error::Error for JitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Mapping(e) => Some(e),
            _ => None,
        }
    }
}

/// The facts of one packet as the code reads them: row n holds the fact with the number 4 n, if its bit is set.
/// The code knows this layout.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
struct Facts {
    present: u32,
    rows: [u32; 16],
}

impl Facts {
    /// Takes the facts whose rows are in the set `wanted`.
    fn of(meta: &Metadata, wanted: u16) -> Self {
        let mut facts = Self::default();
        let mut left = wanted;
        while left != 0 {
            let row = left.trailing_zeros() as u8;
            left &= left - 1;
            let known = if row == NETWORK_ROW { meta.network_offset } else { meta.fact(u32::from(row) * 4) };
            if let (Some(known), Some(slot)) = (known, facts.rows.get_mut(usize::from(row))) {
                *slot = known;
                facts.present |= 1 << row;
            }
        }
        facts
    }
}

static NO_FACTS: Facts = Facts { present: 0, rows: [0; 16] };

/// A program as machine code.
pub struct Jit {
    code: Code,
    facts: u16,
}

impl Jit {
    /// Compiles a program for the kernel's semantics.
    ///
    /// # Errors
    /// Why there is no machine code for it; see [`JitError`].
    pub fn new(program: &Program) -> Result<Self, JitError> {
        Self::with_semantics(program, Semantics::Linux)
    }

    /// Compiles a program for either semantics. Time and memory are linear in its length, but for sorting the
    /// constants of long chains of comparisons.
    ///
    /// # Errors
    /// As [`Jit::new`].
    pub fn with_semantics(program: &Program, semantics: Semantics) -> Result<Self, JitError> {
        Self::of(&Plan::new(program, semantics)?)
    }

    /// The same for packets of many kinds in no order: a short program becomes a formula without jumps. That takes the
    /// same time for all of them; jumps are a little faster where the processor can foresee them, and several times
    /// slower where it cannot. x86-64 only.
    ///
    /// # Errors
    /// As [`Jit::new`].
    pub fn for_mixed_traffic(program: &Program, semantics: Semantics) -> Result<Self, JitError> {
        Self::of(&Plan { mixed: true, ..Plan::new(program, semantics)? })
    }

    fn of(plan: &Plan) -> Result<Self, JitError> {
        Ok(Self { code: Code::new(plan)?, facts: plan.facts })
    }

    /// What [`Vm::run`] gives: 0 rejects the packet, anything else is how many bytes to keep. `wire_len` is the
    /// packet's length in bytes before the snaplen cut it. Of a packet only the first 2^31 - 1 bytes are seen.
    #[inline]
    #[must_use]
    pub fn run(&self, packet: &[u8], wire_len: u32, meta: &Metadata) -> u32 {
        if self.facts == 0 {
            self.code.call(packet, wire_len, &NO_FACTS)
        } else {
            self.ask(packet, wire_len, meta)
        }
    }

    /// The same for a program that asks for more than bytes; apart, so that the others are a few instructions.
    #[inline(never)]
    fn ask(&self, packet: &[u8], wire_len: u32, meta: &Metadata) -> u32 {
        self.code.call(packet, wire_len, &Facts::of(meta, self.facts))
    }

    /// The size of the machine code in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.code.size()
    }
}

impl fmt::Debug for Jit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jit").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// Apart, so that machine code is called with a few instructions.
#[inline(never)]
fn interpret(vm: &Vm, packet: &[u8], wire_len: u32, meta: &Metadata) -> u32 {
    vm.run(packet, wire_len, meta)
}

/// A program in the fastest form that can be had.
#[derive(Debug)]
pub enum Compiled {
    /// Machine code.
    Jit(Jit),
    /// The interpreter, where there is no machine code.
    Vm(Vm),
}

impl Compiled {
    /// Machine code if possible, else the interpreter; the kernel's semantics.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        Self::with_semantics(program, Semantics::Linux)
    }

    /// Machine code if possible, else the interpreter.
    #[must_use]
    pub fn with_semantics(program: &Program, semantics: Semantics) -> Self {
        Jit::with_semantics(program, semantics)
            .map_or_else(|_| Self::Vm(Vm::with_semantics(program, semantics)), Self::Jit)
    }

    /// The same for packets of many kinds in no order; see [`Jit::for_mixed_traffic`].
    #[must_use]
    pub fn for_mixed_traffic(program: &Program, semantics: Semantics) -> Self {
        Jit::for_mixed_traffic(program, semantics)
            .map_or_else(|_| Self::Vm(Vm::with_semantics(program, semantics)), Self::Jit)
    }

    /// Runs the program on one packet; see [`Vm::run`].
    #[inline]
    #[must_use]
    pub fn run(&self, packet: &[u8], wire_len: u32, meta: &Metadata) -> u32 {
        match self {
            Self::Jit(jit) => jit.run(packet, wire_len, meta),
            Self::Vm(vm) => interpret(vm, packet, wire_len, meta),
        }
    }

    /// Which form it is, for people: `machine code` or `interpreter`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Jit(_) => "machine code",
            Self::Vm(_) => "interpreter",
        }
    }
}

//! Programs as text, in the formats of `tcpdump -d`, `-dd` and `-ddd` and in four more.
//!
//! [`crate::parse`] reads them back, all but the two that leave the world of BPF: C functions and graphs.
//!
//! ```
//! use gannet_bpf::{Instruction, Limits, check, listing, opcode::*};
//! let list = vec![
//!     Instruction::stmt(LD | H | ABS, 12),
//!     Instruction::jump(JMP | JEQ | K, 0x800, 0, 1),
//!     Instruction::stmt(RET | K, 262_144),
//!     Instruction::stmt(RET | K, 0),
//! ];
//! assert_eq!(listing::text(&list).lines().next(), Some("(000) ldh      [12]"));
//! let program = check(list, Limits::KERNEL)?;
//! assert!(listing::Form::Asm.text(&program).contains("jne      #0x800, l3"));
//! assert!(listing::Form::Stmt.text(&program).contains("BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x800, 0, 0x1),"));
//! # Ok::<(), gannet_bpf::CheckError>(())
//! ```

mod asm;
mod c;
mod dot;
mod stmt;

use alloc::string::String;
use core::fmt::{self, Write};

use crate::ancillary::AD_OFF;
use crate::instruction::{Instruction, opcode::*};
use crate::program::Program;

pub(crate) use asm::EXTENSIONS;
pub use asm::assembly;
pub use c::{c_function, reads_facts};
pub use dot::graph;
pub use stmt::macros;
pub(crate) use stmt::{AREAS, CODES, FACT_NAMES};

/// A form in which a program can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// [`human`], `-d`.
    Human,
    /// [`c_array`], `-dd`.
    Array,
    /// [`decimal`], `-ddd`.
    Decimal,
    /// [`macros`], as strace shows filters.
    Stmt,
    /// [`assembly`], as Linux's `bpf_asm` reads it.
    Asm,
    /// [`c_function`].
    C,
    /// [`graph`], for Graphviz.
    Dot,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Human, Self::Array, Self::Decimal, Self::Stmt, Self::Asm, Self::C, Self::Dot];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "d",
            Self::Array => "dd",
            Self::Decimal => "ddd",
            Self::Stmt => "stmt",
            Self::Asm => "asm",
            Self::C => "c",
            Self::Dot => "dot",
        }
    }

    /// The form that a word stands for.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Writes a program in this form.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn write(self, program: &Program, out: &mut dyn Write) -> fmt::Result {
        let list = program.instructions();
        match self {
            Self::Human => human(list, out),
            Self::Array => c_array(list, out),
            Self::Decimal => decimal(list, out),
            Self::Stmt => macros(list, out),
            Self::Asm => assembly(list, out),
            Self::C => c_function(program, "filter", out),
            Self::Dot => graph(program, out),
        }
    }

    /// A program in this form.
    #[must_use]
    pub fn text(self, program: &Program) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(program, &mut out);
        out
    }
}

/// The names of the ancillary loads, at a quarter of their numbers.
pub(crate) const FACTS: [&str; 16] = [
    "proto",
    "type",
    "ifidx",
    "nla",
    "nlan",
    "mark",
    "queue",
    "hatype",
    "rxhash",
    "cpu",
    "xor_x",
    "vlan_tci",
    "vlanp",
    "poff",
    "random",
    "vlan_tpid",
];

/// Writes one line per instruction for people to read (`-d`), each ended by a newline.
///
/// # Errors
/// Only those of `out`.
pub fn human(list: &[Instruction], out: &mut dyn Write) -> fmt::Result {
    list.iter().enumerate().try_for_each(|(at, i)| {
        line(at, *i, out)?;
        out.write_char('\n')
    })
}

/// The listing of [`human`] as a string.
#[must_use]
pub fn text(list: &[Instruction]) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = human(list, &mut out);
    out
}

/// Writes the initialisers of a C array of instructions (`-dd`).
///
/// # Errors
/// Only those of `out`.
pub fn c_array(list: &[Instruction], out: &mut dyn Write) -> fmt::Result {
    list.iter().try_for_each(|i| writeln!(out, "{{ {:#x}, {}, {}, {:#010x} }},", i.code, i.jt, i.jf, i.k))
}

/// Writes the number of instructions and then each as four decimal numbers (`-ddd`).
///
/// # Errors
/// Only those of `out`.
pub fn decimal(list: &[Instruction], out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "{}", list.len())?;
    list.iter().try_for_each(|i| writeln!(out, "{} {} {} {}", i.code, i.jt, i.jf, i.k))
}

/// Writes the line of one instruction, which has the number `at`, without a newline. Any instruction can be
/// written, also one that the checker refuses.
///
/// # Errors
/// Only those of `out`.
pub fn line(at: usize, i: Instruction, out: &mut dyn Write) -> fmt::Result {
    let (word, operand) = (mnemonic(i.code), Operand { at, i });
    if is_conditional(i) {
        let (jt, jf) = (at + 1 + usize::from(i.jt), at + 1 + usize::from(i.jf));
        let mut shown = String::new();
        write!(shown, "{operand}")?;
        write!(out, "({at:03}) {word:8} {shown:16} jt {jt}\tjf {jf}")
    } else {
        write!(out, "({at:03}) {word:8} {operand}")
    }
}

/// Unknown codes of the jump class, too, get their two columns.
fn is_conditional(i: Instruction) -> bool {
    i.class() == JMP && i.code & 0xf0 != JA
}

/// The first word of a line; `unimp` for what is no instruction.
pub(crate) fn mnemonic(code: u16) -> &'static str {
    const WORDS: [(u16, &str); 14] = [
        (ALU | ADD, "add"),
        (ALU | SUB, "sub"),
        (ALU | MUL, "mul"),
        (ALU | DIV, "div"),
        (ALU | OR, "or"),
        (ALU | AND, "and"),
        (ALU | LSH, "lsh"),
        (ALU | RSH, "rsh"),
        (ALU | MOD, "mod"),
        (ALU | XOR, "xor"),
        (JMP | JEQ, "jeq"),
        (JMP | JGT, "jgt"),
        (JMP | JGE, "jge"),
        (JMP | JSET, "jset"),
    ];
    if let Some((_, word)) = WORDS.iter().find(|(c, _)| code & !X == *c) {
        return word;
    }
    const RET_A: u16 = RET | A;
    const NEGATE: u16 = ALU | NEG;
    const LDX_MSH: u16 = LDX | MSH | B;
    const TO_A: u16 = MISC | TXA;
    match code {
        RET | RET_A => "ret",
        NEGATE => "neg",
        JMP => "ja",
        ST => "st",
        STX => "stx",
        MISC => "tax",
        TO_A => "txa",
        LDX_MSH => "ldxb",
        0x00 | 0x60 | 0x80 | 0x20 | 0x40 => "ld",
        0x28 | 0x48 => "ldh",
        0x30 | 0x50 => "ldb",
        0x01 | 0x61 | 0x81 => "ldx",
        _ => "unimp",
    }
}

/// The second column. Numbers are signed where tcpdump prints them so.
struct Operand {
    at: usize,
    i: Instruction,
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, k, signed) = (self.i.code, self.i.k, self.i.k as i32);
        if mnemonic(code) == "unimp" {
            return write!(f, "{code:#x}");
        }
        match self.i.class() {
            LD | LDX => match code & 0xe0 {
                IMM => write!(f, "#{k:#x}"),
                LEN => write!(f, "#pktlen"),
                MEM => write!(f, "M[{signed}]"),
                MSH => write!(f, "4*([{signed}]&0xf)"),
                IND => write!(f, "[x + {signed}]"),
                _ => match fact_name(k) {
                    Some(name) => write!(f, "[{name}]"),
                    None => write!(f, "[{signed}]"),
                },
            },
            ST | STX => write!(f, "M[{signed}]"),
            ALU if code == ALU | NEG => Ok(()),
            ALU | JMP if code & X != 0 => write!(f, "x"),
            ALU if matches!(code & 0xf0, AND | OR | XOR) => write!(f, "#{k:#x}"),
            ALU => write!(f, "#{signed}"),
            JMP if code == JMP | JA => write!(f, "{}", (self.at as i32).wrapping_add(1).wrapping_add(signed)),
            JMP => write!(f, "#{k:#x}"),
            RET if code == RET | K => write!(f, "#{signed}"),
            _ => Ok(()),
        }
    }
}

fn fact_name(offset: u32) -> Option<&'static str> {
    let number = offset.checked_sub(AD_OFF).filter(|n| n.is_multiple_of(4))?;
    FACTS.get(number as usize / 4).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn shown(code: u16, k: u32) -> String {
        let mut out = String::new();
        line(1, Instruction::jump(code, k, 3, 255), &mut out).unwrap();
        out
    }

    #[test]
    fn lines_are_those_of_tcpdump() {
        assert_eq!(shown(0x15, 0xffff_fffe), "(001) jeq      #0xfffffffe      jt 5\tjf 257");
        assert_eq!(shown(0x1d, 1), "(001) jeq      x                jt 5\tjf 257");
        assert_eq!(shown(0x06, 0xffff_fffe), "(001) ret      #-2");
        assert_eq!(shown(0x16, 0), "(001) ret      ");
        assert_eq!(shown(0x05, 0xffff_fffe), "(001) ja       0");
        assert_eq!(shown(0xc7, 5), "(001) unimp    0xc7");
        assert_eq!(shown(0x30, 0xffff_f030), "(001) ldb      [vlanp]");
        assert_eq!(shown(0x30, 0xffff_f040), "(001) ldb      [-4032]");
        assert_eq!(shown(0x40, 0xffff_f030), "(001) ld       [x + -4048]");
        assert_eq!(shown(0xb1, 14), "(001) ldxb     4*([14]&0xf)");
        assert_eq!(shown(0x54, 255), "(001) and      #0xff");
        assert_eq!(shown(0x94, 7), "(001) mod      #7");
        assert_eq!(shown(0x84, 7), "(001) neg      ");
    }

    #[test]
    fn arrays() {
        let list = [Instruction::jump(0x15, 0x800, 0, 4), Instruction::stmt(6, 262_144)];
        let mut out = String::new();
        c_array(&list, &mut out).unwrap();
        assert_eq!(out, "{ 0x15, 0, 4, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n");
        out.clear();
        decimal(&list, &mut out).unwrap();
        assert_eq!(out, "2\n21 0 4 2048\n6 0 0 262144\n".to_string());
    }
}

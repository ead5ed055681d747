//! Programs as text, in the formats of `tcpdump -d`, `-dd` and `-ddd`, and as C macros.
//!
//! [`crate::parse`] reads them back.

use alloc::{format, string::String};
use core::fmt::{self, Write};

use crate::ancillary::AD_OFF;
use crate::instruction::{Instruction, opcode::*};

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

/// Writes each instruction as the macro of `linux/filter.h` that makes it, one per line and each followed by a
/// comma: C source, and the form in which strace shows a filter. An unknown code is written as its number.
///
/// # Errors
/// Only those of `out`.
pub fn macros(list: &[Instruction], out: &mut dyn Write) -> fmt::Result {
    // As C's `%#x`: a zero has no prefix.
    let hex = |value: u32| if value == 0 { String::from("0") } else { format!("{value:#x}") };
    list.iter().try_for_each(|i| match class_words(i.code) {
        Some([class, first, second]) => {
            let bars = [first, second].map(|word| if word.is_empty() { "" } else { "|BPF_" });
            let code = format_args!("BPF_{class}{}{first}{}{second}", bars[0], bars[1]);
            let k = hex(i.k);
            if is_conditional(*i) {
                writeln!(out, "BPF_JUMP({code}, {k}, {}, {}),", hex(i.jt.into()), hex(i.jf.into()))
            } else {
                writeln!(out, "BPF_STMT({code}, {k}),")
            }
        }
        None => {
            let [code, k, jt, jf] = [i.code.into(), i.k, i.jt.into(), i.jf.into()].map(hex);
            writeln!(out, "BPF_JUMP({code}, {k}, {jt}, {jf}),")
        }
    })
}

/// The names of the parts of a code, without their prefix.
fn class_words(code: u16) -> Option<[&'static str; 3]> {
    const OPERATIONS: [&str; 11] =
        ["ADD", "SUB", "MUL", "DIV", "OR", "AND", "LSH", "RSH", "NEG", "MOD", "XOR"];
    const JUMPS: [&str; 5] = ["JA", "JEQ", "JGT", "JGE", "JSET"];
    const MODES: [&str; 6] = ["IMM", "ABS", "IND", "MEM", "LEN", "MSH"];
    const SIZES: [&str; 3] = ["W", "H", "B"];
    if mnemonic(code) == "unimp" {
        return None;
    }
    let high = usize::from(code >> 4 & 0xf);
    let source = if code & X != 0 { "X" } else { "K" };
    let (size, mode) = (SIZES.get(usize::from(code >> 3 & 3)), MODES.get(usize::from(code >> 5 & 7)));
    Some(match code & 0x07 {
        LD => ["LD", size?, mode?],
        LDX => ["LDX", size?, mode?],
        ST => ["ST", "", ""],
        STX => ["STX", "", ""],
        ALU => ["ALU", source, OPERATIONS.get(high)?],
        JMP => ["JMP", source, JUMPS.get(high)?],
        RET => ["RET", if code & 0x18 == A { "A" } else { "K" }, ""],
        _ => ["MISC", if code & 0xf8 == TXA { "TXA" } else { "TAX" }, ""],
    })
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
    fn macros_are_those_of_the_kernel_headers() {
        let list = [
            Instruction::stmt(LD | H | ABS, 12),
            Instruction::jump(JMP | JEQ | K, 0x800, 0, 4),
            Instruction::stmt(ALU | AND | X, 0),
            Instruction::stmt(STX, 3),
            Instruction::stmt(JMP | JA, 9),
            Instruction::stmt(MISC | TXA, 0),
            Instruction::stmt(RET | K, 262_144),
            Instruction::stmt(0xc7, 5),
        ];
        let mut out = String::new();
        macros(&list, &mut out).unwrap();
        let expected = "BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc),\nBPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x800, 0, 0x4),\n\
            BPF_STMT(BPF_ALU|BPF_X|BPF_AND, 0),\nBPF_STMT(BPF_STX, 0x3),\nBPF_STMT(BPF_JMP|BPF_K|BPF_JA, 0x9),\n\
            BPF_STMT(BPF_MISC|BPF_TXA, 0),\nBPF_STMT(BPF_RET|BPF_K, 0x40000),\nBPF_JUMP(0xc7, 0x5, 0, 0),\n";
        assert_eq!(out, expected);
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

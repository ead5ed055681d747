//! Programs as the macros of `linux/filter.h`.

use core::fmt::{self, Write};

use super::mnemonic;
use crate::ancillary::{AD_OFF, LL_OFF, NET_OFF};
use crate::instruction::{Instruction, opcode::*};

/// The names of the parts of a code, without their `BPF_`; a code is the sum of some of them.
pub(crate) const CODES: [(&str, u16); 38] = [
    ("LD", LD),
    ("LDX", LDX),
    ("ST", ST),
    ("STX", STX),
    ("ALU", ALU),
    ("JMP", JMP),
    ("RET", RET),
    ("MISC", MISC),
    ("W", W),
    ("H", H),
    ("B", B),
    ("IMM", IMM),
    ("ABS", ABS),
    ("IND", IND),
    ("MEM", MEM),
    ("LEN", LEN),
    ("MSH", MSH),
    ("ADD", ADD),
    ("SUB", SUB),
    ("MUL", MUL),
    ("DIV", DIV),
    ("OR", OR),
    ("AND", AND),
    ("LSH", LSH),
    ("RSH", RSH),
    ("NEG", NEG),
    ("MOD", MOD),
    ("XOR", XOR),
    ("JA", JA),
    ("JEQ", JEQ),
    ("JGT", JGT),
    ("JGE", JGE),
    ("JSET", JSET),
    ("K", K),
    ("X", X),
    ("A", A),
    ("TAX", TAX),
    ("TXA", TXA),
];

/// The areas of special offsets, the highest first.
pub(crate) const AREAS: [(&str, u32); 3] =
    [("SKF_AD_OFF", AD_OFF), ("SKF_NET_OFF", NET_OFF), ("SKF_LL_OFF", LL_OFF)];

/// The names of the ancillary loads, without their `SKF_AD_`, at a quarter of their numbers.
pub(crate) const FACT_NAMES: [&str; 16] = [
    "PROTOCOL",
    "PKTTYPE",
    "IFINDEX",
    "NLATTR",
    "NLATTR_NEST",
    "MARK",
    "QUEUE",
    "HATYPE",
    "RXHASH",
    "CPU",
    "ALU_XOR_X",
    "VLAN_TAG",
    "VLAN_TAG_PRESENT",
    "PAY_OFFSET",
    "RANDOM",
    "VLAN_TPID",
];

/// Writes each instruction as the macro of `linux/filter.h` that makes it, one per line and each followed by a
/// comma: C source, and the form in which strace shows a filter. An unknown code is written as its number.
///
/// # Errors
/// Only those of `out`.
pub fn macros(list: &[Instruction], out: &mut dyn Write) -> fmt::Result {
    list.iter().try_for_each(|i| {
        let jump = i.jt != 0 || i.jf != 0;
        out.write_str(if jump { "BPF_JUMP(" } else { "BPF_STMT(" })?;
        write_code(i.code, out)?;
        out.write_str(", ")?;
        if jump {
            writeln!(out, "{}, {}, {}),", Hex(i.k), Hex(i.jt.into()), Hex(i.jf.into()))
        } else {
            write_operand(*i, out)?;
            out.write_str("),\n")
        }
    })
}

/// A number as C's `%#x` shows it: a zero has no prefix.
struct Hex(u32);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { f.write_str("0") } else { write!(f, "{:#x}", self.0) }
    }
}

fn write_code(code: u16, out: &mut dyn Write) -> fmt::Result {
    let Some([class, first, second]) = words(code) else { return write!(out, "{}", Hex(code.into())) };
    write!(out, "BPF_{class}")?;
    [first, second].iter().filter(|word| !word.is_empty()).try_for_each(|word| write!(out, "|BPF_{word}"))
}

/// Offsets of the special areas by their names, all else as a number.
fn write_operand(i: Instruction, out: &mut dyn Write) -> fmt::Result {
    let area = AREAS.iter().find(|(_, start)| i.k >= *start);
    let (Some((name, start)), true) = (area, i.class() == LD && i.code & 0xe0 == ABS) else {
        return write!(out, "{}", Hex(i.k));
    };
    let offset = i.k - start;
    match FACT_NAMES.get(offset as usize / 4).filter(|_| *start == AD_OFF && offset.is_multiple_of(4)) {
        Some(fact) => write!(out, "{name}+SKF_AD_{fact}"),
        None if *start == AD_OFF => write!(out, "{name}+{}", Hex(offset)),
        None => write!(out, "{name}+{offset}"),
    }
}

/// The names of the parts of a code, in the order in which strace puts them.
fn words(code: u16) -> Option<[&'static str; 3]> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn macros_are_as_strace_shows_them() {
        let list = [
            Instruction::stmt(LD | H | ABS, 12),
            Instruction::jump(JMP | JEQ | K, 0x800, 0, 4),
            Instruction::stmt(ALU | AND | X, 0),
            Instruction::stmt(STX, 3),
            Instruction::stmt(JMP | JA, 9),
            Instruction::stmt(MISC | TXA, 0),
            Instruction::stmt(LD | B | ABS, AD_OFF + 48),
            Instruction::stmt(LD | B | ABS, AD_OFF + 49),
            Instruction::stmt(LD | B | ABS, NET_OFF + 9),
            Instruction::stmt(LD | B | IND, NET_OFF + 9),
            Instruction::stmt(RET | K, 262_144),
            Instruction::jump(0xc7, 5, 1, 0),
        ];
        let mut out = String::new();
        macros(&list, &mut out).unwrap();
        let expected = "BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc),\nBPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x800, 0, 0x4),\n\
            BPF_STMT(BPF_ALU|BPF_X|BPF_AND, 0),\nBPF_STMT(BPF_STX, 0x3),\nBPF_STMT(BPF_JMP|BPF_K|BPF_JA, 0x9),\n\
            BPF_STMT(BPF_MISC|BPF_TXA, 0),\nBPF_STMT(BPF_LD|BPF_B|BPF_ABS, SKF_AD_OFF+SKF_AD_VLAN_TAG_PRESENT),\n\
            BPF_STMT(BPF_LD|BPF_B|BPF_ABS, SKF_AD_OFF+0x31),\nBPF_STMT(BPF_LD|BPF_B|BPF_ABS, SKF_NET_OFF+9),\n\
            BPF_STMT(BPF_LD|BPF_B|BPF_IND, 0xfff00009),\nBPF_STMT(BPF_RET|BPF_K, 0x40000),\n\
            BPF_JUMP(0xc7, 0x5, 0x1, 0),\n";
        assert_eq!(out, expected);
    }
}

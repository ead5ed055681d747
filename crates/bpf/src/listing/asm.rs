//! Programs in the language of Linux's assembler, `bpf_asm`.

use alloc::{string::String, vec, vec::Vec};
use core::fmt::{self, Write};

use super::mnemonic;
use crate::ancillary::AD_OFF;
use crate::instruction::{Instruction, opcode::*};

/// The assembler's names for the ancillary loads, at a quarter of their numbers; empty where it has none.
pub(crate) const EXTENSIONS: [&str; 16] = [
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
    "",
    "vlan_tci",
    "vlan_avail",
    "poff",
    "rand",
    "vlan_tpid",
];

/// Writes a list in the language of Linux's `bpf_asm`: a line each, with a label where some jump leads.
///
/// [`crate::asm::assemble`] makes the same list of it. What the language has no words for (unknown codes, operands
/// that mean nothing, jumps out of the list) is written as `.insn CODE, JT, JF, K`, which is our own.
///
/// # Errors
/// Only those of `out`.
pub fn assembly(list: &[Instruction], out: &mut dyn Write) -> fmt::Result {
    let mut marked = vec![false; list.len()];
    for to in list.iter().enumerate().filter_map(|(at, i)| jump(list.len(), at, *i)).flat_map(|j| j.labels) {
        if let Some(mark) = to.and_then(|to| marked.get_mut(to)) {
            *mark = true;
        }
    }
    for (at, (i, mark)) in list.iter().zip(marked).enumerate() {
        let mut label = String::new();
        if mark {
            write!(label, "l{at}:")?;
        }
        write!(out, "{label:<8}")?;
        write_instruction(list.len(), at, *i, out)?;
        out.write_char('\n')?;
    }
    Ok(())
}

/// How a jump is written.
struct Jump {
    word: &'static str,
    /// Where it leads, in the order in which they are written.
    labels: [Option<usize>; 2],
}

/// A jump that the language can say: within the list, and where no operand is left over.
fn jump(length: usize, at: usize, i: Instruction) -> Option<Jump> {
    if i.class() != JMP || mnemonic(i.code) == "unimp" {
        return None;
    }
    let inside = |to: usize| Some(to).filter(|to| *to < length);
    if i.code == JMP | JA {
        let to = i64::try_from(at).ok()?.checked_add(1)?.checked_add((i.k as i32).into())?;
        let to = inside(usize::try_from(to).ok()?)?;
        return (i.jt == 0 && i.jf == 0).then_some(Jump { word: "ja", labels: [Some(to), None] });
    }
    if i.code & X != 0 && i.k != 0 {
        return None;
    }
    let (jt, jf) = (inside(at + 1 + usize::from(i.jt))?, inside(at + 1 + usize::from(i.jf))?);
    let opposite = match i.code & 0xf0 {
        JEQ => Some("jne"),
        JGT => Some("jle"),
        JGE => Some("jlt"),
        _ => None,
    };
    Some(match (i.jt, i.jf, opposite) {
        (_, 0, _) => Jump { word: mnemonic(i.code), labels: [Some(jt), None] },
        (0, _, Some(word)) => Jump { word, labels: [Some(jf), None] },
        _ => Jump { word: mnemonic(i.code), labels: [Some(jt), Some(jf)] },
    })
}

fn write_instruction(length: usize, at: usize, i: Instruction, out: &mut dyn Write) -> fmt::Result {
    if let Some(Jump { word, labels }) = jump(length, at, i) {
        let mut operands = Vec::new();
        match i.code {
            0x05 => {}
            code if code & X != 0 => operands.push(String::from("x")),
            _ => operands.push(alloc::format!("#{:#x}", i.k)),
        }
        operands.extend(labels.into_iter().flatten().map(|to| alloc::format!("l{to}")));
        return write!(out, "{word:8} {}", operands.join(", "));
    }
    match operand(i).filter(|_| i.class() != JMP && i.jt == 0 && i.jf == 0) {
        Some(operand) if operand.is_empty() => out.write_str(mnemonic(i.code)),
        Some(operand) => write!(out, "{:8} {operand}", mnemonic(i.code)),
        None => write!(out, "{:8} {:#x}, {}, {}, {:#x}", ".insn", i.code, i.jt, i.jf, i.k),
    }
}

/// The operand of what is no jump; `None` if the language cannot say it.
fn operand(i: Instruction) -> Option<String> {
    use alloc::format;
    let k = i.k;
    let offset = if k < 0x8000_0000 { format!("{k}") } else { format!("{k:#x}") };
    let unused = |text: &str| (k == 0).then(|| String::from(text));
    if mnemonic(i.code) == "unimp" {
        return None;
    }
    match i.class() {
        LD | LDX => match i.code & 0xe0 {
            IMM => Some(format!("#{k:#x}")),
            LEN => unused("#len"),
            MEM => Some(format!("M[{offset}]")),
            MSH => Some(format!("4*([{offset}]&0xf)")),
            IND => Some(format!("[x + {offset}]")),
            _ => Some(extension(k).map_or(format!("[{offset}]"), |name| format!("#{name}"))),
        },
        ST | STX => Some(format!("M[{offset}]")),
        ALU if i.code == ALU | NEG => unused(""),
        ALU if i.code & X != 0 => unused("x"),
        ALU if matches!(i.code & 0xf0, AND | OR | XOR) => Some(format!("#{k:#x}")),
        ALU => Some(format!("#{k}")),
        RET if i.code == RET | K => Some(format!("#{k}")),
        RET => unused("a"),
        _ => unused(""),
    }
}

fn extension(offset: u32) -> Option<&'static str> {
    let number = offset.checked_sub(AD_OFF).filter(|n| n.is_multiple_of(4))?;
    EXTENSIONS.get(number as usize / 4).copied().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_in_the_assemblers_words() {
        let list = [
            Instruction::stmt(LD | B | ABS, AD_OFF + 48),
            Instruction::jump(JMP | JEQ | K, 1, 0, 3),
            Instruction::stmt(LDX | B | MSH, 14),
            Instruction::stmt(LD | H | IND, 16),
            Instruction::jump(JMP | JSET | K, 0x1fff, 1, 2),
            Instruction::jump(JMP | JGT | X, 0, 1, 0),
            Instruction::stmt(RET | A, 0),
            Instruction::stmt(RET | K, 0),
            Instruction::stmt(RET | A, 7),
        ];
        let mut out = String::new();
        assembly(&list, &mut out).unwrap();
        let expected = "        ldb      #vlan_avail
        jne      #0x1, l5
        ldxb     4*([14]&0xf)
        ldh      [x + 16]
        jset     #0x1fff, l6, l7
l5:     jgt      x, l7
l6:     ret      a
l7:     ret      #0
        .insn    0x16, 0, 0, 0x7
";
        assert_eq!(out, expected);
    }
}

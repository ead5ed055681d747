//! Programs as graphs for Graphviz.

use alloc::{vec, vec::Vec};
use core::fmt::{self, Write};

use super::line;
use crate::instruction::{Instruction, opcode::*};
use crate::program::Program;

/// Writes a program as a graph for Graphviz (`dot -Tsvg`): a box for each run of instructions that is entered at its
/// first only, an arrow for each way out of it, `yes` and `no` where there are two.
///
/// # Errors
/// Only those of `out`.
pub fn graph(program: &Program, out: &mut dyn Write) -> fmt::Result {
    let list = program.instructions();
    let starts = starts(list);
    out.write_str("digraph filter {\n    node [shape=box, fontname=monospace];\n")?;
    let mut from = 0;
    for (at, i) in list.iter().enumerate() {
        if starts.get(at) == Some(&true) {
            from = at;
            write!(out, "    i{at} [label=\"")?;
        }
        label(at, *i, out)?;
        let next_starts = starts.get(at + 1).is_none_or(|start| *start);
        if next_starts {
            out.write_str("\"];\n")?;
            arrows(from, at, *i, out)?;
        }
    }
    out.write_str("}\n")
}

/// Where an instruction leads: one way, two, or none.
pub(super) fn ways(at: usize, i: Instruction) -> Vec<usize> {
    let by = |distance: u8| at + 1 + usize::from(distance);
    match i.class() {
        RET => vec![],
        JMP if i.code == JMP | JA => vec![(at + 1).wrapping_add(i.k as i32 as usize)],
        JMP => vec![by(i.jt), by(i.jf)],
        _ => vec![at + 1],
    }
}

/// Which instructions are the first of a box.
fn starts(list: &[Instruction]) -> Vec<bool> {
    let mut starts = vec![false; list.len()];
    let mut mark = |at: usize| {
        if let Some(start) = starts.get_mut(at) {
            *start = true;
        }
    };
    mark(0);
    for (at, i) in list.iter().enumerate().filter(|(_, i)| matches!(i.class(), JMP | RET)) {
        mark(at + 1);
        ways(at, *i).into_iter().for_each(&mut mark);
    }
    starts
}

/// The line of one instruction, without the targets that the arrows tell; nothing in it needs escaping.
fn label(at: usize, i: Instruction, out: &mut dyn Write) -> fmt::Result {
    let mut text = alloc::string::String::new();
    line(at, i, &mut text)?;
    let shown = text.split(" jt ").next().unwrap_or_default().trim_end();
    write!(out, "{shown}\\l")
}

fn arrows(from: usize, at: usize, i: Instruction, out: &mut dyn Write) -> fmt::Result {
    match ways(at, i).as_slice() {
        [yes, no] if yes != no => {
            writeln!(out, "    i{from} -> i{yes} [label=yes];")?;
            writeln!(out, "    i{from} -> i{no} [label=no];")
        }
        [to, ..] => writeln!(out, "    i{from} -> i{to};"),
        [] => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, check};
    use std::string::String;

    #[test]
    fn boxes_and_arrows() {
        let list = vec![
            Instruction::stmt(LD | H | ABS, 12),
            Instruction::jump(JMP | JEQ | K, 0x800, 0, 1),
            Instruction::stmt(RET | K, 1),
            Instruction::stmt(RET | K, 0),
        ];
        let mut out = String::new();
        graph(&check(list, Limits::KERNEL).unwrap(), &mut out).unwrap();
        let expected = "digraph filter {
    node [shape=box, fontname=monospace];
    i0 [label=\"(000) ldh      [12]\\l(001) jeq      #0x800\\l\"];
    i0 -> i2 [label=yes];
    i0 -> i3 [label=no];
    i2 [label=\"(002) ret      #1\\l\"];
    i3 [label=\"(003) ret      #0\\l\"];
}
";
        assert_eq!(out, expected);
    }
}

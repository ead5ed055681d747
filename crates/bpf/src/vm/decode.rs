//! From a program to the operations of the machine.

use alloc::{vec, vec::Vec};

use super::rare::Rare;
use super::{Branch, Case, Op, Semantics, Vm};
use crate::instruction::{Instruction, opcode::*};
use crate::program::Program;

/// Chains of fewer comparisons are faster one by one.
const SHORTEST_TABLE: usize = 4;

const JEQ_K: u16 = JMP | JEQ | K;

pub(super) fn decode(program: &Program, semantics: Semantics) -> Vm {
    let list = program.instructions();
    let plain: Vec<Op> = list.iter().enumerate().map(|(at, i)| operation(list, at, *i, semantics)).collect();
    let mut ops: Vec<Op> =
        plain.iter().zip(plain.iter().skip(1)).map(|(op, next)| fuse(*op, *next)).collect();
    ops.extend(plain.last());
    let table = make_switches(list, &plain, &mut ops);
    Vm { ops, table, semantics, loops: program.has_loop() }
}

/// The instruction `distance` after the one after `at`, or where the unconditional jumps from there lead.
///
/// Forward jumps only, so it ends; the checker has bounded all targets below 2^24.
fn target(list: &[Instruction], at: usize, distance: u32) -> u32 {
    let mut to = (at as u32).wrapping_add(1).wrapping_add(distance);
    while let Some(i) = list.get(to as usize) {
        if i.code != JMP | JA || i.k >= 0x8000_0000 {
            break;
        }
        to = to.wrapping_add(1).wrapping_add(i.k);
    }
    to
}

/// The operation of one instruction by itself.
fn operation(list: &[Instruction], at: usize, i: Instruction, semantics: Semantics) -> Op {
    let k = i.k;
    match i.class() {
        LD => load(i, semantics),
        LDX => match i.code & 0xe0 {
            IMM => Op::LdxImm(k),
            MEM => Op::LdxMem(k),
            LEN => Op::LdxLen,
            _ if k >= 0x8000_0000 && semantics == Semantics::Linux => Op::LdxMshFrom(k),
            _ => Op::LdxMsh(k),
        },
        ST => Op::St(k),
        STX => Op::Stx(k),
        ALU => arithmetic(i),
        JMP if i.code == JMP | JA => Op::Ja(target(list, at, k)),
        JMP => {
            let (jt, jf) = (target(list, at, i.jt.into()), target(list, at, i.jf.into()));
            branch(i, jt, jf)
        }
        RET if i.code & 0x18 == A => Op::RetA,
        RET => Op::Ret(k),
        _ if i.code & 0xf8 == TXA => Op::Txa,
        _ => Op::Tax,
    }
}

fn load(i: Instruction, semantics: Semantics) -> Op {
    let size = match i.code & 0x18 {
        H => 2,
        B => 1,
        _ => 4,
    };
    match (i.code & 0xe0, size) {
        (ABS, _) if is_special(i.k, semantics) => Op::Rare(Rare::absolute(i.k, size)),
        (ABS, 4) => Op::LdW(i.k),
        (ABS, 2) => Op::LdH(i.k),
        (ABS, _) => Op::LdB(i.k),
        (IND, 4) => Op::LdIndW(i.k),
        (IND, 2) => Op::LdIndH(i.k),
        (IND, _) => Op::LdIndB(i.k),
        (IMM, _) => Op::LdImm(i.k),
        (MEM, _) => Op::LdMem(i.k),
        _ => Op::LdLen,
    }
}

/// libpcap knows facts but no offsets from headers.
fn is_special(offset: u32, semantics: Semantics) -> bool {
    offset >= if semantics == Semantics::Linux { 0x8000_0000 } else { crate::ancillary::AD_OFF }
}

fn arithmetic(i: Instruction) -> Op {
    let (k, by_x) = (i.k, i.code & X != 0);
    match (i.code & 0xf0, by_x) {
        (ADD, false) => Op::AddK(k),
        (ADD, true) => Op::AddX,
        (SUB, false) => Op::SubK(k),
        (SUB, true) => Op::SubX,
        (MUL, false) => Op::MulK(k),
        (MUL, true) => Op::Rare(Rare::MulX),
        (DIV, false) => Op::Rare(Rare::DivK(k)),
        (DIV, true) => Op::Rare(Rare::DivX),
        (MOD, false) => Op::Rare(Rare::ModK(k)),
        (MOD, true) => Op::Rare(Rare::ModX),
        (AND, false) => Op::AndK(k),
        (AND, true) => Op::Rare(Rare::AndX),
        (OR, false) => Op::OrK(k),
        (OR, true) => Op::Rare(Rare::OrX),
        (XOR, false) => Op::Rare(Rare::XorK(k)),
        (XOR, true) => Op::Rare(Rare::XorX),
        (LSH, false) => Op::LshK(k),
        (LSH, true) => Op::Rare(Rare::LshX),
        (RSH, false) => Op::RshK(k),
        (RSH, true) => Op::Rare(Rare::RshX),
        _ => Op::Rare(Rare::Neg),
    }
}

fn branch(i: Instruction, jt: u32, jf: u32) -> Op {
    let b = Branch { k: i.k, jt, jf };
    match (i.code & 0xf0, i.code & X != 0) {
        (JEQ, false) => Op::JeqK(b),
        (JGT, false) => Op::JgtK(b),
        (JGE, false) => Op::JgeK(b),
        (_, false) => Op::JsetK(b),
        (JEQ, true) => Op::JeqX(jt, jf),
        (JGT, true) => Op::JgtX(jt, jf),
        (JGE, true) => Op::JgeX(jt, jf),
        (_, true) => Op::JsetX(jt, jf),
    }
}

/// The operation that does the work of both, if there is one.
fn fuse(op: Op, next: Op) -> Op {
    match (op, next) {
        (Op::LdB(k), Op::AndK(mask)) => Op::LdBAnd(k, mask),
        (Op::LdW(k), Op::JeqK(b)) => Op::LdWJeq(k, b),
        (Op::LdH(k), Op::JeqK(b)) => Op::LdHJeq(k, b),
        (Op::LdB(k), Op::JeqK(b)) => Op::LdBJeq(k, b),
        (Op::LdH(k), Op::JsetK(b)) => Op::LdHJset(k, b),
        (Op::LdIndH(k), Op::JeqK(b)) => Op::LdIndHJeq(k, b),
        (Op::AndK(k), Op::JeqK(b)) => Op::AndJeq(k, b),
        _ => op,
    }
}

/// Puts a switch in the place of every long chain of "if A equals, else next", and gives their tables.
///
/// Only where a chain is entered does it begin, so that every comparison stands in at most one table.
fn make_switches(list: &[Instruction], plain: &[Op], ops: &mut [Op]) -> Vec<Case> {
    let inner = inside_chains(plain);
    let mut table = Vec::new();
    for (at, i) in list.iter().enumerate() {
        if i.code != JEQ_K || inner.get(at) == Some(&true) {
            continue;
        }
        let first = table.len();
        let default = collect_chain(plain, &inner, at, &mut table);
        if table.len() - first < SHORTEST_TABLE {
            table.truncate(first);
            continue;
        }
        // Stable: of two equal keys the earlier comparison wins.
        if let Some(cases) = table.get_mut(first..) {
            cases.sort_by_key(|case| case.key);
        }
        dedup_from(&mut table, first);
        if let Some(op) = ops.get_mut(at) {
            *op = Op::Switch { first: first as u32, last: table.len() as u32, default };
        }
        // The load before must not skip the switch.
        if let (Some(op), Some(before)) = (at.checked_sub(1).and_then(|b| ops.get_mut(b)), at.checked_sub(1))
        {
            *op = plain.get(before).copied().unwrap_or(*op);
        }
    }
    table
}

/// Follows the false branches from `at` as long as they stay in the chain; where the last one leads.
fn collect_chain(plain: &[Op], inner: &[bool], at: usize, table: &mut Vec<Case>) -> u32 {
    let mut here = at as u32;
    loop {
        match plain.get(here as usize) {
            Some(Op::JeqK(b)) if here as usize == at || inner.get(here as usize) == Some(&true) => {
                table.push(Case { key: b.k, target: b.jt });
                here = b.jf;
            }
            _ => return here,
        }
    }
}

fn dedup_from(table: &mut Vec<Case>, first: usize) {
    let mut tail = table.split_off(first);
    tail.dedup_by_key(|case| case.key);
    table.append(&mut tail);
}

/// For each operation, whether the only way to it is the false branch of another comparison for equality.
fn inside_chains(plain: &[Op]) -> Vec<bool> {
    let mut ways = vec![0u8; plain.len()];
    let mut chained = vec![false; plain.len()];
    let mut arrive = |to: u32, by_chain: bool| {
        if let (Some(n), Some(c)) = (ways.get_mut(to as usize), chained.get_mut(to as usize)) {
            *n = n.saturating_add(1);
            *c = by_chain;
        }
    };
    arrive(0, false);
    for (at, op) in plain.iter().enumerate() {
        match *op {
            Op::JeqK(b) => {
                arrive(b.jt, false);
                arrive(b.jf, true);
            }
            Op::JgtK(b) | Op::JgeK(b) | Op::JsetK(b) => {
                arrive(b.jt, false);
                arrive(b.jf, false);
            }
            Op::JeqX(jt, jf) | Op::JgtX(jt, jf) | Op::JgeX(jt, jf) | Op::JsetX(jt, jf) => {
                arrive(jt, false);
                arrive(jf, false);
            }
            Op::Ja(to) => arrive(to, false),
            Op::Ret(_) | Op::RetA => {}
            _ => arrive(at as u32 + 1, false),
        }
    }
    ways.iter()
        .zip(&chained)
        .zip(plain)
        .map(|((n, c), op)| *n == 1 && *c && matches!(op, Op::JeqK(_)))
        .collect()
}

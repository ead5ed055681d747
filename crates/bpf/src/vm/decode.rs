//! From a program to the operations of the machine.

use alloc::vec::Vec;

use super::compact::compact;
use super::rare::Rare;
use super::regions::{self, Region};
use super::search::{Range, Search};
use super::{Between, Branch, Bytes, HalfBetween, Op, Semantics, Vm};
use crate::instruction::{Instruction, opcode::*};
use crate::program::Program;

/// Regions whose longest way has fewer comparisons are faster one by one.
const SHORTEST_WAY: u32 = 4;

const RET_K: u16 = RET | K;
const JA_CODE: u16 = JMP | JA;
const JGE_K: u16 = JMP | JGE | K;
const JGT_K: u16 = JMP | JGT | K;
const JSET_K: u16 = JMP | JSET | K;

pub(super) fn decode(program: &Program, semantics: Semantics) -> Vm {
    let list = program.instructions();
    let ends = ends(list);
    let mut plain: Vec<Op> =
        list.iter().zip(0..).map(|(i, at)| operation(&ends, at, *i, semantics)).collect();
    let mut searches = join(&mut plain);
    let ops = plain.iter().zip(1..).map(|(op, after)| {
        let end = ends.get(after).map_or(after, |end| *end as usize);
        plain.get(end).map_or(*op, |next| fuse(*op, *next, end == after))
    });
    let memory = |op: &Op| matches!(op, Op::LdMem(_) | Op::LdxMem(_) | Op::St(_) | Op::Stx(_));
    let has_memory = plain.iter().any(memory);
    Vm { ops: compact(ops.collect(), &mut searches), has_memory, searches, semantics }
}

/// For each instruction, the one at which what leads to it may as well arrive: unconditional jumps and decided
/// comparisons are followed, and of returns of the same constant one stands for all. Never backward.
fn ends(list: &[Instruction]) -> Vec<u32> {
    let mut ends: Vec<u32> = (0..list.len() as u32).collect();
    // Filters return 0, or how much of a packet to keep.
    let mut returns: [Option<(u32, u32)>; 2] = [None; 2];
    for (at, i) in list.iter().enumerate().rev() {
        let to = match decided(*i) {
            Some(distance) => ends.get(at + 1 + distance as usize).copied(),
            None if i.code == RET_K => {
                let slot = returns.iter_mut().find(|slot| slot.is_none_or(|(k, _)| k == i.k));
                slot.map(|slot| slot.get_or_insert((i.k, at as u32)).1)
            }
            None => None,
        };
        if let (Some(to), Some(end)) = (to, ends.get_mut(at)) {
            *end = to;
        }
    }
    ends
}

/// How far an instruction jumps that always jumps so, and forward.
fn decided(i: Instruction) -> Option<u32> {
    match (i.code, i.k) {
        (JA_CODE, 0..0x8000_0000) => Some(i.k),
        (JGE_K, 0) => Some(i.jt.into()),
        (JGT_K, u32::MAX) | (JSET_K, 0) => Some(i.jf.into()),
        _ if i.class() == JMP && i.code != JA_CODE && i.jt == i.jf => Some(i.jt.into()),
        _ => None,
    }
}

/// The operation of one instruction by itself.
fn operation(ends: &[u32], at: u32, i: Instruction, semantics: Semantics) -> Op {
    let k = i.k;
    // The checker has bounded all targets.
    let after = |distance: u32| at.wrapping_add(1).wrapping_add(distance);
    let target = |distance: u32| ends.get(after(distance) as usize).copied().unwrap_or(after(distance));
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
        JMP => match decided(i) {
            Some(distance) => Op::Ja(target(distance)),
            // To the very place, so that every jump back is seen.
            None if i.code == JA_CODE => Op::JaBack(after(k)),
            None => branch(i, target(i.jt.into()), target(i.jf.into())),
        },
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

/// Puts one operation in the place of every region of comparisons, if there is one that is faster.
fn join(plain: &mut [Op]) -> Vec<Search> {
    let mut searches = Vec::new();
    let mut roots = Vec::new();
    regions::each(plain, |region| {
        if let Some(op) = joined(&region, &mut searches) {
            roots.push((region.root, op));
        }
    });
    for (root, joined) in roots {
        if let Some(op) = plain.get_mut(root) {
            *op = joined;
        }
    }
    searches
}

fn joined(region: &Region, searches: &mut Vec<Search>) -> Option<Op> {
    match region.ranges.as_slice() {
        [all] => Some(Op::Ja(all.target)),
        [below, inside, above] if below.target == above.target => {
            let low = below.end.wrapping_add(1);
            let width = inside.end.wrapping_sub(low);
            Some(Op::In(Between { low, width, jt: inside.target, jf: above.target }))
        }
        ranges => bytes(ranges).map(Op::OneOf).or_else(|| {
            (region.way >= SHORTEST_WAY).then(|| {
                searches.push(Search::new(ranges));
                Op::Search(searches.len() as u32 - 1)
            })
        }),
    }
}

/// The few bytes that all lead to one target, if all other values lead to another.
fn bytes(ranges: &[Range]) -> Option<Bytes> {
    let jf = ranges.last()?.target;
    let jt = ranges.iter().map(|range| range.target).find(|target| *target != jf)?;
    let mut keys = [None; 4];
    let mut places = keys.iter_mut();
    let mut low = 0;
    for range in ranges {
        if range.target == jt {
            for key in low..=range.end {
                *places.next()? = Some(u8::try_from(key).ok()?);
            }
        } else if range.target != jf {
            return None;
        }
        low = range.end.wrapping_add(1);
    }
    let first = keys.first().copied().flatten()?;
    Some(Bytes { keys: keys.map(|key| key.unwrap_or(first)), jt, jf })
}

/// The operation that does the work of both, if there is one.
fn fuse(op: Op, next: Op, is_neighbour: bool) -> Op {
    match (op, next) {
        (Op::LdB(k), Op::AndK(mask)) if is_neighbour => Op::LdBAnd(k, mask),
        (Op::AndK(k), Op::JeqK(b)) => Op::AndJeq(k, b),
        (Op::LdW(k), Op::JeqK(b)) => Op::LdWJeq(k, b),
        (Op::LdB(k), Op::JeqK(b)) => Op::LdBJeq(k, b),
        (Op::LdH(k), Op::JsetK(b)) => Op::LdHJset(k, b),
        (Op::LdB(k), Op::OneOf(bytes)) => Op::LdBOneOf(k, bytes),
        (Op::LdW(k), Op::Search(number)) => Op::LdWSearch(k, number),
        (Op::LdH(k), Op::Search(number)) => Op::LdHSearch(k, number),
        (Op::LdIndH(k), Op::Search(number)) => Op::LdIndHSearch(k, number),
        (Op::LdH(k), _) => half_between(next).map_or(op, |b| Op::LdHIn(k, b)),
        (Op::LdIndH(k), _) => half_between(next).map_or(op, |b| Op::LdIndHIn(k, b)),
        _ => op,
    }
}

/// What a comparison asks of half a word, if some half-words pass it.
fn half_between(comparison: Op) -> Option<HalfBetween> {
    const MOST: u32 = u16::MAX as u32;
    let (low, high, jt, jf) = match comparison {
        Op::JeqK(b) => (b.k, b.k, b.jt, b.jf),
        Op::JgtK(b) => (b.k.checked_add(1)?, MOST, b.jt, b.jf),
        Op::JgeK(b) => (b.k, MOST, b.jt, b.jf),
        Op::In(b) => (b.low, b.low.saturating_add(b.width).min(MOST), b.jt, b.jf),
        _ => return None,
    };
    let low = u16::try_from(low).ok()?;
    Some(HalfBetween { low, width: u16::try_from(high).ok()?.checked_sub(low)?, jt, jf })
}

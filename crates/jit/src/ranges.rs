//! The largest values that A and X may hold, and what follows from them.
//!
//! One pass forward: the operations form no loop, so each is met after all that lead to it. A memory slot's bound
//! is that of all stores above. What follows: a load behind X whose sum stays in the lower half of the offsets
//! needs no care for wrapping or headers, and a comparison with a constant that A cannot reach is decided.

use crate::lower::{Alu, Branch};
use crate::lower::{LONGEST, Op, Operand, Place, Reg, Size, Test};

/// Upper bounds at an operation; `None` where nothing leads to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bounds {
    pub a: u32,
    pub x: u32,
}

/// Bounds before each operation. Rewrites `ops` by what they show.
pub(crate) fn bound(ops: &mut [Op]) -> Vec<Option<Bounds>> {
    let mut before: Vec<Option<Bounds>> = vec![None; ops.len()];
    let mut slots = [0u32; 16];
    if let Some(first) = before.first_mut() {
        *first = Some(Bounds { a: 0, x: 0 });
    }
    for (at, op) in ops.iter_mut().enumerate() {
        let Some(here) = before.get(at).copied().flatten() else { continue };
        *op = settle(*op, here);
        let after = step(*op, here, &mut slots);
        for to in op.next(at).into_iter().flatten() {
            if let Some(known) = before.get_mut(to) {
                *known = Some(known.map_or(after, |k| Bounds { a: k.a.max(after.a), x: k.x.max(after.x) }));
            }
        }
    }
    before
}

/// The same operation, simpler where the bounds allow it.
fn settle(op: Op, here: Bounds) -> Op {
    match op {
        Op::Load(Place::Wrapping(k), size)
            if u64::from(here.x) + u64::from(k) + u64::from(size.bytes()) <= u64::from(LONGEST) =>
        {
            Op::Load(Place::Behind(k), size)
        }
        Op::Branch(Branch { test, by: Operand::K(k), no, .. }) if never(test, k, here.a) => Op::Jump(no),
        _ => op,
    }
}

/// Whether no value up to `most` passes the test.
fn never(test: Test, k: u32, most: u32) -> bool {
    match test {
        Test::Equal | Test::GreaterOrEqual => k > most,
        Test::Greater => k >= most,
        // All bits of A are below the first power of two above its bound.
        Test::AnyBit => k & (u32::MAX.checked_shr(most.leading_zeros()).unwrap_or(0)) == 0,
    }
}

fn step(op: Op, here: Bounds, slots: &mut [u32; 16]) -> Bounds {
    let set = |reg, to| match reg {
        Reg::A => Bounds { a: to, ..here },
        Reg::X => Bounds { x: to, ..here },
    };
    match op {
        Op::Load(_, Size::Byte) => set(Reg::A, 0xff),
        Op::Load(_, Size::Half) => set(Reg::A, 0xffff),
        Op::Load(_, Size::Word) | Op::Fact(_) => set(Reg::A, u32::MAX),
        Op::HeaderLength(_) => set(Reg::X, 60),
        Op::Set(reg, k) => set(reg, k),
        Op::Length(reg) => set(reg, u32::MAX),
        Op::Recall(reg, slot) => set(reg, slots.get(usize::from(slot)).copied().unwrap_or(u32::MAX)),
        Op::Store(reg, slot) => {
            let value = if reg == Reg::A { here.a } else { here.x };
            if let Some(most) = slots.get_mut(usize::from(slot)) {
                *most = value.max(*most);
            }
            here
        }
        Op::Copy(Reg::A) => set(Reg::A, here.x),
        Op::Copy(Reg::X) => set(Reg::X, here.a),
        Op::Alu(alu, by) => set(Reg::A, arithmetic(alu, here.a, by, here.x)),
        _ => here,
    }
}

/// The largest result of an operation on values up to `a` and up to the operand's bound.
fn arithmetic(alu: Alu, a: u32, by: Operand, x: u32) -> u32 {
    let (b, constant) = match by {
        Operand::K(k) => (k, true),
        Operand::X => (x, false),
    };
    match alu {
        Alu::Add => a.saturating_add(b),
        Alu::Mul => a.saturating_mul(b),
        Alu::And => a.min(b),
        Alu::Div if constant => a.checked_div(b).unwrap_or(0),
        Alu::Div | Alu::Mod => a,
        Alu::Rsh if constant => a.checked_shr(b).unwrap_or(0),
        Alu::Rsh | Alu::RshFar => a,
        Alu::Lsh if constant && b <= a.leading_zeros() => a.checked_shl(b).unwrap_or(u32::MAX),
        _ => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::lower;
    use gannet_bpf::{Limits, Semantics, check, parse};

    fn bounds(text: &str) -> (Vec<Op>, Vec<Option<Bounds>>) {
        let program = check(parse::human(text).expect("parses"), Limits::KERNEL).expect("sound");
        let mut ops = lower(&program, Semantics::Linux).expect("lowered");
        let bounds = bound(&mut ops);
        (ops, bounds)
    }

    #[test]
    fn a_slot_is_bound_by_all_stores_above() {
        let text = "(000) ld [0]\n(001) st M[0]\n(002) jeq #0x1 jt 3 jf 5\n(003) ld #0x2\n(004) st M[0]\n\
                    (005) ldx M[0]\n(006) ldb [x + 4]\n(007) ret\n";
        let (ops, bounds) = bounds(text);
        assert_eq!(bounds[6].map(|b| b.x), Some(u32::MAX));
        assert_eq!(ops[6], Op::Load(Place::Wrapping(4), Size::Byte));
    }

    #[test]
    fn the_header_length_cannot_wrap() {
        let (ops, bounds) = bounds(
            "(000) ldxb 4*([14]&0xf)\n(001) ldh [x + 14]\n(002) jeq #0x10000 jt 3 jf 4\n\
                                    (003) ret #1\n(004) ret\n",
        );
        assert_eq!(bounds[1].map(|b| b.x), Some(60));
        assert_eq!(ops[1], Op::Load(Place::Behind(14), Size::Half));
        // No half-word is so large.
        assert_eq!((ops[2], bounds[3]), (Op::Jump(4), None));
    }
}

//! Which values may stay in the packet's byte order, and which nobody reads.
//!
//! A load that feeds only comparisons for equality, bit tests and masks with constants needs no byte swap: the
//! constants are swapped instead, once, here. A comparison may be fed by several loads, and a load feed several
//! comparisons; all that are tied together in this way form a web, and a web keeps the packet's order if all its
//! values come from packet loads of one width and all its readers allow it.

use crate::guards::reads_x;
use crate::lower::{Alu, Branch, Op, Operand, Reg, Size, Test};

/// Sets of registers and slots: bit n for `M[n]`, then A and X.
pub(crate) type Live = u32;
pub(crate) const LIVE_A: Live = 1 << 16;
pub(crate) const LIVE_X: Live = 1 << 17;

/// What is still to be read before each operation.
pub(crate) fn live(ops: &[Op]) -> Vec<Live> {
    let mut live = vec![0; ops.len()];
    for (at, op) in ops.iter().enumerate().rev() {
        let after = op.next(at).into_iter().flatten().fold(0, |all, to| all | live.get(to).unwrap_or(&0));
        if let Some(slot) = live.get_mut(at) {
            *slot = after & !writes(*op) | reads(*op);
        }
    }
    live
}

const fn register(reg: Reg) -> Live {
    match reg {
        Reg::A => LIVE_A,
        Reg::X => LIVE_X,
    }
}

/// What the operation overwrites without regard to what was there.
pub(crate) fn writes(op: Op) -> Live {
    match op {
        Op::Load(..) | Op::Fact(_) => LIVE_A,
        Op::HeaderLength(_) => LIVE_X,
        Op::Set(reg, _) | Op::Length(reg) | Op::Recall(reg, _) | Op::Copy(reg) => register(reg),
        Op::Store(_, slot) => 1 << slot,
        _ => 0,
    }
}

fn reads(op: Op) -> Live {
    let a = match op {
        Op::ReturnA | Op::Store(Reg::A, _) | Op::Copy(Reg::X) | Op::Alu(..) | Op::Branch(_) => LIVE_A,
        Op::Recall(_, slot) => 1 << slot,
        _ => 0,
    };
    if reads_x(op) { a | LIVE_X } else { a }
}

/// What a web's values are and what is done with them, as bits.
const HALVES: u8 = 1;
const WORDS: u8 = 2;
/// Something else gives a value, or reads it for what it is.
const HOST: u8 = 4;

/// For every operation whether the value that it loads stays in the packet's byte order.
///
/// Swaps the constants of those that read such values.
pub(crate) fn keep_packet_order(ops: &mut [Op], live: &[Live]) -> Vec<bool> {
    let mut webs = Webs::new(ops.len());
    webs.note(0, HOST);
    for (at, op) in ops.iter().enumerate() {
        tie(&mut webs, *op, at, live);
    }
    let mut kept = vec![false; ops.len()];
    for (at, (op, kept)) in ops.iter_mut().zip(&mut kept).enumerate() {
        if matches!(op, Op::Load(..)) {
            *kept = matches!(webs.kind(at + 1), HALVES | WORDS);
        } else {
            *op = swap(*op, webs.kind(at));
        }
    }
    kept
}

/// Ties A before an operation to A after it, and notes what gives or reads it.
fn tie(webs: &mut Webs, op: Op, at: usize, live: &[Live]) {
    let is_live = |to: usize| live.get(to).is_some_and(|set| set & LIVE_A != 0);
    let gives = writes(op) & LIVE_A != 0;
    match op {
        Op::Load(_, Size::Half) if is_live(at + 1) => webs.note(at + 1, HALVES),
        Op::Load(_, Size::Word) if is_live(at + 1) => webs.note(at + 1, WORDS),
        _ if gives && is_live(at + 1) => webs.note(at + 1, HOST),
        _ => {}
    }
    if gives {
        return;
    }
    let packet_order_will_do = match op {
        Op::Alu(Alu::And, Operand::K(_)) => true,
        Op::Branch(b) => matches!((b.test, b.by), (Test::Equal | Test::AnyBit, Operand::K(_))),
        _ => reads(op) & LIVE_A == 0,
    };
    if !packet_order_will_do {
        webs.note(at, HOST);
    }
    for to in op.next(at).into_iter().flatten().filter(|to| is_live(*to)) {
        webs.join(at, to);
    }
}

fn swap(op: Op, kind: u8) -> Op {
    let swapped = |k: u32| match kind {
        HALVES => u32::from((k as u16).swap_bytes()),
        WORDS => k.swap_bytes(),
        _ => k,
    };
    match op {
        Op::Alu(Alu::And, Operand::K(k)) => Op::Alu(Alu::And, Operand::K(swapped(k))),
        Op::Branch(Branch { test, by: Operand::K(k), yes, no }) => {
            Op::Branch(Branch { test, by: Operand::K(swapped(k)), yes, no })
        }
        _ => op,
    }
}

/// Disjoint sets of operations, with notes.
struct Webs {
    parent: Vec<u32>,
    notes: Vec<u8>,
}

impl Webs {
    fn new(count: usize) -> Self {
        Self { parent: (0..count as u32).collect(), notes: vec![0; count] }
    }

    /// The name of the set; halves the way to it on each walk.
    fn find(&mut self, of: usize) -> usize {
        let mut at = of;
        while let Some(up) = self.parent.get(at).map(|p| *p as usize).filter(|up| *up != at) {
            let above = self.parent.get(up).copied().unwrap_or(up as u32);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = above;
            }
            at = above as usize;
        }
        at
    }

    fn note(&mut self, at: usize, bits: u8) {
        let root = self.find(at);
        if let Some(notes) = self.notes.get_mut(root) {
            *notes |= bits;
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        let bits = self.kind(one);
        if let Some(slot) = self.parent.get_mut(one) {
            *slot = other as u32;
        }
        self.note(other, bits);
    }

    fn kind(&mut self, at: usize) -> u8 {
        let root = self.find(at);
        self.notes.get(root).copied().unwrap_or(HOST)
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::{Branch, Op, Operand};
    use crate::plan::Plan;
    use gannet_bpf::{Limits, Semantics, check, parse};

    /// The operations that stay in the packet's order, and the constants compared with.
    fn kept(text: &str) -> (Vec<usize>, Vec<u32>) {
        let program = check(parse::human(text).expect("parses"), Limits::KERNEL).expect("sound");
        let plan = Plan::new(&program, Semantics::Linux).expect("a plan");
        let steps = || plan.steps.iter().enumerate().filter_map(|(at, step)| Some((at, step.as_ref()?)));
        let constants = steps().filter_map(|(_, step)| match step.op {
            Op::Branch(Branch { by: Operand::K(k), .. }) => Some(k),
            _ => None,
        });
        (steps().filter(|(_, step)| step.packet_order).map(|(at, _)| at).collect(), constants.collect())
    }

    #[test]
    fn equality_swaps_the_constant_instead() {
        let text = "(000) ldh [12]\n(001) jeq #0x800 jt 2 jf 6\n(002) ld [26]\n(003) and #0xffffff00\n\
                    (004) jeq #0xa000100 jt 5 jf 6\n(005) ret #1\n(006) ret #0\n";
        assert_eq!(kept(text), (vec![0, 2], vec![0x0008, 0x0001_000a]));
    }

    #[test]
    fn an_order_comparison_keeps_the_whole_web_as_it_is() {
        // The loads at 2 and 4 both feed the comparison at 5, which asks for an order.
        let text = "(000) ldb [0]\n(001) jeq #0x1 jt 2 jf 4\n(002) ldh [2]\n(003) jeq #0x7 jt 5 jf 6\n\
                    (004) ldh [4]\n(005) jgt #0x9 jt 8 jf 6\n(006) ldh [6]\n(007) jeq #0x50 jt 8 jf 9\n\
                    (008) ret #1\n(009) ret #0\n";
        assert_eq!(kept(text), (vec![6], vec![1, 7, 9, 0x5000]));
    }

    #[test]
    fn loads_of_two_widths_are_not_mixed() {
        let text = "(000) ldb [0]\n(001) jeq #0x1 jt 2 jf 4\n(002) ldh [2]\n(003) ja 5\n(004) ld [2]\n\
                    (005) jeq #0x7 jt 6 jf 7\n(006) ret #1\n(007) ret #0\n";
        assert_eq!(kept(text), (vec![], vec![1, 7]));
    }
}

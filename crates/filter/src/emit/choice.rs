//! A question about the value in A as conditional jumps: one, a chain of them, or a balanced tree.

use super::code::{Code, Label};
use crate::diag::Span;
use crate::graph::Set;
use gannet_bpf::opcode as o;

/// A set of so many intervals is a chain always.
const SMALL: usize = 8;

/// Where the jumps go and what they are labelled with.
#[derive(Clone, Copy)]
pub(crate) struct Ways {
    /// The value is in the set.
    pub yes: Label,
    /// It is not.
    pub no: Label,
    /// The words of the filter.
    pub span: Span,
}

/// Whether A, which is at most `most`, is in `set`. A chain of more than `leaf` intervals becomes a tree.
pub(crate) fn member(code: &mut Code, set: &Set, most: u32, ways: Ways, leaf: usize) -> Label {
    let all = Set::of(0, most);
    let (inside, outside) = (set.and(&all), all.without(set));
    let (set, ways) = match cost(&outside, most) < cost(&inside, most) {
        true => (outside, Ways { yes: ways.no, no: ways.yes, ..ways }),
        false => (inside, ways),
    };
    let intervals: Vec<_> = set.intervals().collect();
    Choice { code, ways, leaf: leaf.max(1) }.tree(&intervals, (0, most), false)
}

fn cost(set: &Set, most: u32) -> usize {
    let one = |(low, high): (u32, u32)| 1 + usize::from(low != high && low != 0 && high < most);
    set.intervals().map(one).sum()
}

struct Choice<'a> {
    code: &'a mut Code,
    ways: Ways,
    leaf: usize,
}

impl Choice<'_> {
    /// `bounds` is what earlier jumps have said of A. The depth of the recursion is the logarithm of the list.
    fn tree(&mut self, intervals: &[(u32, u32)], bounds: (u32, u32), inner: bool) -> Label {
        let middle = intervals.len() / 2;
        let (left, right) = intervals.split_at(middle);
        match right.first() {
            Some(&(split, _)) if intervals.len() > self.leaf && (inner || intervals.len() > SMALL) => {
                let below = self.tree(left, (bounds.0, split.saturating_sub(1)), true);
                let above = self.tree(right, (split, bounds.1), true);
                self.code.jump(o::JMP | o::JGE | o::K, split, (above, below), self.ways.span)
            }
            _ => self.chain(intervals, bounds),
        }
    }

    /// One interval after the other, lowest first, built from the last.
    fn chain(&mut self, intervals: &[(u32, u32)], bounds: (u32, u32)) -> Label {
        let mut next = self.ways.no;
        for (at, &interval) in intervals.iter().enumerate().rev() {
            // Intervals do not touch, so what is known of A's least value matters for the first one only.
            let least = if at == 0 { bounds.0 } else { 0 };
            next = self.one(interval, (least, bounds.1), next);
        }
        next
    }

    fn one(&mut self, (low, high): (u32, u32), (least, most): (u32, u32), next: Label) -> Label {
        let Ways { yes, no, span } = self.ways;
        match (low <= least, high >= most) {
            (true, true) => yes,
            _ if low == high => self.code.jump(o::JMP | o::JEQ | o::K, low, (yes, next), span),
            (true, false) => self.code.jump(o::JMP | o::JGT | o::K, high, (next, yes), span),
            (false, true) => self.code.jump(o::JMP | o::JGE | o::K, low, (yes, no), span),
            (false, false) => {
                let upper = self.code.jump(o::JMP | o::JGT | o::K, high, (next, yes), span);
                self.code.jump(o::JMP | o::JGE | o::K, low, (upper, no), span)
            }
        }
    }
}

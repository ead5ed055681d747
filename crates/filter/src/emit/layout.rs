//! Puts instructions in a row and turns labels into distances.
//!
//! The order is the reverse postorder of a walk that takes the `no` way first, so a test is followed by its `yes`
//! way and the two returns stand last. The row is built from its end: when a jump is placed, all that it can
//! go to has a place. Where that is farther than a jump reaches (255), a copy of the return, or a `ja`, is put right
//! behind the jump, and later jumps use it as long as they reach it: one pass, and two instructions in 250 at most.

use super::code::{Code, Label, Op};
use crate::diag::Span;
use gannet_bpf::{Instruction, opcode as o};

/// Farthest that a conditional jump reaches.
const REACH: usize = 255;

/// The instructions from `root` on, each with the words that it comes from.
pub(crate) fn row(code: &Code, root: Label) -> (Vec<Instruction>, Vec<Span>) {
    let order = postorder(code, root);
    let mut row =
        Row { code, out: Vec::with_capacity(order.len()), places: vec![None; code.len()], backs: Vec::new() };
    let leads = leads(code, &order);
    for label in order {
        let mut next = Some(label);
        while let Some(label) = next.filter(|&label| row.places.get(label.index()) == Some(&None)) {
            row.put(label);
            let place = row.out.len() - 1;
            row.set_place(label, place);
            next = leads.get(label.index()).copied().flatten();
        }
    }
    row.close_loops();
    row.out.reverse();
    row.out.into_iter().unzip()
}

/// Labels in the order in which a depth-first walk leaves them, `no` before `yes`.
fn postorder(code: &Code, root: Label) -> Vec<Label> {
    let mut seen = vec![false; code.len()];
    let mut order = Vec::new();
    let mut stack = vec![(root, false)];
    while let Some((label, leaving)) = stack.pop() {
        if leaving {
            order.push(label);
            continue;
        }
        match seen.get_mut(label.index()) {
            Some(flag) if !*flag => *flag = true,
            _ => continue,
        }
        stack.push((label, true));
        match code.op(label) {
            Op::Step { next, .. } => stack.push((next, false)),
            Op::Jump { yes, no, .. } => stack.extend([(yes, false), (no, false)]),
            Op::Return(_) | Op::Back(_) => {}
        }
    }
    order
}

/// For each label, an instruction that cannot go anywhere else: it stands in front of it, since it would need a `ja` elsewhere.
fn leads(code: &Code, order: &[Label]) -> Vec<Option<Label>> {
    let mut leads: Vec<Option<Label>> = vec![None; code.len()];
    for &label in order {
        if let Op::Step { next, .. } = code.op(label)
            && let Some(lead) = leads.get_mut(next.index())
        {
            lead.get_or_insert(label);
        }
    }
    leads
}

/// The row under construction, last instruction first.
struct Row<'a> {
    code: &'a Code,
    out: Vec<(Instruction, Span)>,
    /// The place from which a label is nearest: its own, or that of a copy or `ja` that stands for it.
    places: Vec<Option<usize>>,
    /// The places of the jumps back, and what they go back to.
    backs: Vec<(usize, usize)>,
}

impl Row<'_> {
    fn set_place(&mut self, label: Label, place: usize) {
        if let Some(slot) = self.places.get_mut(label.index()) {
            *slot = Some(place);
        }
    }

    /// How many instructions lie between the one to be put next and `label`.
    fn distance(&self, label: Label) -> usize {
        let place = self.places.get(label.index()).copied().flatten().unwrap_or(0);
        self.out.len().saturating_sub(place + 1)
    }

    fn push(&mut self, instruction: Instruction, span: Span) {
        self.out.push((instruction, span));
    }

    /// Puts the instruction at `label`, and before it (behind it, in the row) whatever it takes to go on from it.
    fn put(&mut self, label: Label) {
        let span = self.code.span(label);
        match self.code.op(label) {
            Op::Return(value) => self.push(Instruction::stmt(o::RET | o::K, value), span),
            Op::Back(mark) => {
                self.backs.push((self.out.len(), mark));
                self.push(Instruction::stmt(o::JMP | o::JA, 0), span);
            }
            Op::Jump { code, k, yes, no } => self.jump((code, k), yes, no, span),
            Op::Step { code, k, next } => {
                if self.distance(next) != 0 {
                    self.go(next);
                }
                self.push(Instruction::stmt(code, k), span);
            }
        }
    }

    fn jump(&mut self, (code, k): (u16, u32), yes: Label, no: Label, span: Span) {
        while let Some(far) = [yes, no].into_iter().find(|&label| self.distance(label) > REACH) {
            self.stand_in(far);
        }
        let offset = |label| u8::try_from(self.distance(label)).unwrap_or(u8::MAX);
        let instruction = Instruction::jump(code, k, offset(yes), offset(no));
        self.push(instruction, span);
    }

    /// Goes on at a label that is not next: by a copy of what is there if that is one instruction, else by `ja`.
    fn go(&mut self, next: Label) {
        match self.code.op(next) {
            Op::Step { .. } => self.stand_in(next),
            Op::Jump { .. } | Op::Return(_) | Op::Back(_) => self.put(next),
        }
    }

    /// Gives the jumps back their distances, now that what they go back to has a place.
    fn close_loops(&mut self) {
        for &(place, mark) in &self.backs {
            let target = self.code.marked(mark).and_then(|label| *self.places.get(label.index())?);
            let distance = target.unwrap_or(place).abs_diff(place).saturating_add(1);
            let distance = u32::try_from(distance).unwrap_or(0).wrapping_neg();
            if let Some((instruction, _)) = self.out.get_mut(place) {
                *instruction = Instruction::stmt(o::JMP | o::JA, distance);
            }
        }
    }

    /// Puts an instruction that is as good as `label` and makes it the place to jump to.
    fn stand_in(&mut self, label: Label) {
        let span = self.code.span(label);
        match self.code.op(label) {
            Op::Return(value) => self.push(Instruction::stmt(o::RET | o::K, value), span),
            _ => {
                let distance = u32::try_from(self.distance(label)).unwrap_or(u32::MAX);
                self.push(Instruction::stmt(o::JMP | o::JA, distance), span);
            }
        }
        let place = self.out.len() - 1;
        self.set_place(label, place);
    }
}

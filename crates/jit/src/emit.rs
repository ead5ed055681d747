//! The order of the code: steps, the jumps between them, and the trees of long chains. The same for all processors.

use dynasmrt::DynamicLabel;

use crate::chains::Table;
use crate::guards::Guard;
use crate::lower::{Branch, Op, Operand, REJECT, Test};
use crate::plan::{Plan, Step};

/// The most comparisons in a leaf of a tree.
const LEAF: usize = 16;

/// An encoder for one processor.
pub(crate) trait Encoder {
    fn new_label(&mut self) -> DynamicLabel;
    /// The label stands for this point of the code.
    fn bind(&mut self, label: DynamicLabel);
    /// What comes before the first step.
    fn begin(&mut self);
    /// A check that leads to the rejection if it fails.
    fn guard(&mut self, guard: Guard);
    /// An operation that goes on to the next one (or rejects).
    fn operate(&mut self, step: &Step);
    fn jump(&mut self, to: DynamicLabel);
    /// Jumps where the test of A gives `holds`, goes on otherwise.
    fn branch(&mut self, test: Test, by: Operand, holds: bool, to: DynamicLabel);
    /// Jumps where A has not this value in the bits of the mask, and leaves A as it is.
    fn unless_in(&mut self, mask: u32, value: u32, to: DynamicLabel);
    /// Returns a constant, or A.
    fn leave(&mut self, value: Option<u32>);
    /// What comes behind the last step.
    fn finish(&mut self);
}

/// Writes the whole code of a plan.
pub(crate) fn emit(plan: &Plan, to: &mut impl Encoder, reject: DynamicLabel) {
    let labels: Vec<DynamicLabel> = plan.steps.iter().map(|_| to.new_label()).collect();
    let mut writer = Writer { to, labels, reject };
    writer.to.begin();
    for (step, label) in plan.steps.iter().zip(writer.labels.clone()) {
        if let Some(step) = step {
            writer.to.bind(label);
            writer.step(step, &plan.tables);
        }
    }
    writer.to.bind(reject);
    writer.to.leave(Some(0));
    writer.to.finish();
}

struct Writer<'a, E> {
    to: &'a mut E,
    labels: Vec<DynamicLabel>,
    reject: DynamicLabel,
}

impl<E: Encoder> Writer<'_, E> {
    fn label(&self, of: u32) -> DynamicLabel {
        if of == REJECT { self.reject } else { self.labels.get(of as usize).copied().unwrap_or(self.reject) }
    }

    fn step(&mut self, step: &Step, tables: &[Table]) {
        self.to.guard(step.guard);
        match step.op {
            Op::Return(value) => self.to.leave(Some(value)),
            Op::ReturnA => self.to.leave(None),
            Op::Reject => self.to.jump(self.reject),
            Op::Jump(to) => self.go(to, step.next),
            Op::Branch(branch) => self.branch(branch, step.next),
            Op::Switch(table) => {
                if let Some(table) = tables.get(table as usize) {
                    self.tree(table);
                }
            }
            _ => self.to.operate(step),
        }
    }

    fn go(&mut self, to: u32, next: u32) {
        if to != next {
            self.to.jump(self.label(to));
        }
    }

    fn branch(&mut self, branch: Branch, next: u32) {
        let Branch { test, by, yes, no } = branch;
        if yes == no {
            self.go(yes, next);
        } else if yes == next {
            self.to.branch(test, by, false, self.label(no));
        } else {
            self.to.branch(test, by, true, self.label(yes));
            self.go(no, next);
        }
    }

    /// Halves the cases until a few are left, which are tried one by one.
    fn tree(&mut self, table: &Table) {
        if let Some((mask, value)) = table.shared() {
            self.to.unless_in(mask, value, self.label(table.default));
        }
        let mut open = vec![(None, table.cases.as_slice())];
        while let Some((label, mut cases)) = open.pop() {
            if let Some(label) = label {
                self.to.bind(label);
            }
            while cases.len() > LEAF {
                let (low, high) = cases.split_at(cases.len() / 2);
                let label = self.to.new_label();
                let middle = high.first().map_or(0, |(key, _)| *key);
                self.to.branch(Test::GreaterOrEqual, Operand::K(middle), true, label);
                open.push((Some(label), high));
                cases = low;
            }
            for (key, target) in cases {
                self.to.branch(Test::Equal, Operand::K(*key), true, self.label(*target));
            }
            self.to.jump(self.label(table.default));
        }
    }
}

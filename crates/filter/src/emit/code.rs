//! Instructions whose jumps go to labels, hash-consed from the end: equal tails are one tail.

use crate::diag::Span;
use crate::graph::Map;

/// Position of an instruction in its [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Label(u32);

impl Label {
    /// The label as a position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One instruction and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// Does something, then goes on.
    Step { code: u16, k: u32, next: Label },
    /// Goes one of two ways.
    Jump { code: u16, k: u32, yes: Label, no: Label },
    /// Ends with this value.
    Return(u32),
    /// Goes back to this mark.
    Back(usize),
}

/// A list of instructions, successors first.
#[derive(Debug, Default)]
pub(crate) struct Code {
    ops: Vec<(Op, Span)>,
    ids: Map<Op, Label>,
    /// Where loops begin.
    marks: Vec<Label>,
}

impl Code {
    /// An empty list with room for so many instructions.
    pub fn with_room(count: usize) -> Self {
        let mut code = Self::default();
        code.ops.reserve(count);
        code.ids.reserve(count);
        code
    }

    /// The instruction at `label`.
    pub fn op(&self, label: Label) -> Op {
        self.ops.get(label.index()).map_or(Op::Return(0), |entry| entry.0)
    }

    /// The words that the instruction comes from.
    pub fn span(&self, label: Label) -> Span {
        self.ops.get(label.index()).map(|entry| entry.1).unwrap_or_default()
    }

    /// How many instructions there are.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// An instruction that does something.
    pub fn step(&mut self, (code, k): (u16, u32), next: Label, span: Span) -> Label {
        self.put(Op::Step { code, k, next }, span)
    }

    /// A jump; nothing where both ways are one.
    pub fn jump(&mut self, code: u16, k: u32, (yes, no): (Label, Label), span: Span) -> Label {
        match yes == no {
            true => yes,
            false => self.put(Op::Jump { code, k, yes, no }, span),
        }
    }

    /// A mark for the beginning of a loop, which comes before [`Code::set_mark`] sets it.
    pub fn mark(&mut self) -> usize {
        self.marks.push(Label(0));
        self.marks.len() - 1
    }

    /// The loop of `mark` begins here.
    pub fn set_mark(&mut self, mark: usize, label: Label) {
        if let Some(slot) = self.marks.get_mut(mark) {
            *slot = label;
        }
    }

    /// Where the loop of `mark` begins.
    pub fn marked(&self, mark: usize) -> Option<Label> {
        self.marks.get(mark).copied()
    }

    /// The way back to a mark.
    pub fn back(&mut self, mark: usize, span: Span) -> Label {
        self.put(Op::Back(mark), span)
    }

    /// The end.
    pub fn end(&mut self, value: u32) -> Label {
        self.put(Op::Return(value), Span::default())
    }

    fn put(&mut self, op: Op, span: Span) -> Label {
        if let Some(&label) = self.ids.get(&op) {
            return label;
        }
        let label = Label(u32::try_from(self.ops.len()).unwrap_or(u32::MAX));
        self.ops.push((op, span));
        self.ids.insert(op, label);
        label
    }
}

//! Relations between values, and the guards of the loads in them: `tcp[13]` looks for TCP first.

use super::Build;
use super::port::FRAGMENT_OFFSET;
use crate::diag::Diagnostic;
use crate::graph::{ExprId, NodeId, Relation};
use crate::hir::{ArithId, ArithKind, Base, ByteOp, CompareOp, Size};
use crate::link::{Offset, View};
use gannet_wire::numbers::ethertype;

impl Build<'_> {
    /// A relation. All guards come first, in the order of the text; then all loads at once.
    pub(super) fn compare(
        &mut self,
        view: &View,
        op: CompareOp,
        left: ArithId,
        right: ArithId,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let mut guards = Vec::new();
        let left = self.value(view, left, &mut guards)?;
        let right = self.value(view, right, &mut guards)?;
        // As where tests are joined: of `x and false` nothing is left.
        if guards.len() > 1 && guards.iter().any(|&guard| self.never_holds(view, guard)) {
            return Ok(no);
        }
        let mut next = self.relate(op, (left, right), yes, no);
        for guard in guards.into_iter().rev() {
            next = self.guard(view, guard, next, no);
        }
        Ok(next)
    }

    /// `byte`, the deprecated form of a relation.
    pub(super) fn byte(
        &mut self,
        view: &View,
        offset: u32,
        (op, value): (ByteOp, u8),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        use crate::hir::BinaryOp;
        let byte = self.load(Size::Byte, view.header.after(offset));
        let value = u32::from(value);
        match op {
            ByteOp::Equal => self.ask(byte, Relation::Equal(value), yes, no),
            ByteOp::Less => self.ask(byte, Relation::AtLeast(value), no, yes),
            ByteOp::Greater => self.ask(byte, Relation::Above(value), yes, no),
            ByteOp::And => self.ask(byte, Relation::AnyBit(value), yes, no),
            ByteOp::Or => {
                let value = self.graph.exprs.number(value);
                let both = self.graph.exprs.binary(BinaryOp::Or, byte, value);
                self.ask(both, Relation::Equal(0), no, yes)
            }
        }
    }

    /// What a value is, and which guards it has, in the order in which they are asked.
    fn value(&mut self, view: &View, root: ArithId, guards: &mut Vec<Base>) -> Result<ExprId, Diagnostic> {
        let mut done: Vec<ExprId> = Vec::new();
        let mut tasks = vec![(root, false)];
        while let Some((id, operands_done)) = tasks.pop() {
            let Some(arith) = self.filter.arith(id).copied() else {
                return Err(self.unsupported("this value"));
            };
            if !operands_done {
                tasks.push((id, true));
                match arith.kind {
                    ArithKind::Number(_) | ArithKind::Length => {}
                    ArithKind::Load { index, .. } => tasks.push((index, false)),
                    ArithKind::Negate(inner) => tasks.push((inner, false)),
                    ArithKind::Binary(_, left, right) => tasks.extend([(right, false), (left, false)]),
                }
                continue;
            }
            let zero = self.graph.exprs.number(0);
            let mut operand = || done.pop().unwrap_or(zero);
            let value = match arith.kind {
                ArithKind::Number(number) => self.graph.exprs.number(number),
                ArithKind::Length => self.graph.exprs.length(),
                ArithKind::Negate(_) => {
                    let inner = operand();
                    self.graph.exprs.negate(inner)
                }
                ArithKind::Binary(op, ..) => {
                    let (right, left) = (operand(), operand());
                    self.graph.exprs.guarded(op, left, right)
                }
                ArithKind::Load { base, size, .. } => {
                    let index = operand();
                    if !matches!(base, Base::Link | Base::Radio) && !guards.contains(&base) {
                        guards.push(base);
                    }
                    self.indexed(view, base, index, size)?
                }
            };
            done.push(value);
        }
        done.pop().ok_or_else(|| self.unsupported("this value"))
    }

    fn indexed(&mut self, view: &View, base: Base, index: ExprId, size: Size) -> Result<ExprId, Diagnostic> {
        use crate::hir::BinaryOp;
        let Offset { base, plus, held } = match base {
            Base::Link => view.header,
            Base::Network(_) => view.payload,
            Base::Transport4(_) => self.transport4(view),
            Base::Transport6(_) => view.payload.after(40),
            Base::Radio => Offset::fixed(0),
        };
        let held_part = self.graph.exprs.number(held);
        let mut index = self.graph.exprs.binary(BinaryOp::Add, index, held_part);
        if let Some(base) = base {
            index = self.graph.exprs.binary(BinaryOp::Add, base, index);
        }
        Ok(self.graph.exprs.load_at(size, index, plus.wrapping_sub(held)))
    }

    /// Whether a guard fails without a look at the packet.
    fn never_holds(&mut self, view: &View, base: Base) -> bool {
        let straight = self.guard(view, base, NodeId::ACCEPT, NodeId::REJECT);
        let turned = self.guard(view, base, NodeId::REJECT, NodeId::ACCEPT);
        (straight, turned) == (NodeId::REJECT, NodeId::ACCEPT)
    }

    fn guard(&mut self, view: &View, base: Base, yes: NodeId, no: NodeId) -> NodeId {
        match base {
            Base::Link | Base::Radio => yes,
            Base::Network(number) => self.named(view, number, yes, no),
            Base::Transport4(number) => {
                let flags = self.load(Size::Half, view.payload.after(6));
                let whole = self.ask(flags, Relation::AnyBit(FRAGMENT_OFFSET), no, yes);
                self.ip_proto(view, (true, false), number, whole, no)
            }
            Base::Transport6(number) => {
                let inner = self.equal(Size::Byte, view.payload.after(6), u32::from(number), yes, no);
                self.named(view, ethertype::IPV6, inner, no)
            }
        }
    }
}

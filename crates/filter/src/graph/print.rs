//! A graph as text, root first: `n7  [12:2] = 0x800 ? n6 : reject`.

use super::{Expr, ExprId, Exprs, Fact, Graph, Node, NodeId, Relation, Test, expr::bytes};
use crate::hir::BinaryOp;
use std::fmt;

/// A value deeper than this is printed as `..`.
const DEEPEST: u32 = 24;

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reachable = self.reachable();
        writeln!(f, "root {}", self.root)?;
        for id in (0..self.len()).rev().filter(|&id| reachable.get(id) == Some(&true)) {
            let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
            let Node::Test(test) = self.node(id) else { continue };
            write!(f, "{:<5}", id.to_string())?;
            self.write_question(f, test.expr, test.relation)?;
            match test.relation {
                Relation::Loaded | Relation::Point | Relation::Keep(_) => writeln!(f, " then {}", test.yes)?,
                _ => writeln!(f, " ? {} : {}", test.yes, test.no)?,
            }
        }
        Ok(())
    }
}

/// The question of a test, without its ways.
struct Question<'g>(&'g Graph, Test);

impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_question(f, self.1.expr, self.1.relation)
    }
}

impl Graph {
    /// What a test asks, as text.
    pub(super) fn question(&self, test: Test) -> impl fmt::Display {
        Question(self, test)
    }

    fn write_question(&self, f: &mut fmt::Formatter<'_>, expr: ExprId, relation: Relation) -> fmt::Result {
        if relation == Relation::Point {
            f.write_str("point to ")?;
        }
        self.exprs.write(f, expr, DEEPEST)?;
        match relation {
            Relation::Equal(k) => write!(f, " = {k:#x}"),
            Relation::Above(k) => write!(f, " > {k:#x}"),
            Relation::AtLeast(k) => write!(f, " >= {k:#x}"),
            Relation::AnyBit(k) => write!(f, " has {k:#x}"),
            Relation::In(id) => self.write_set(f, id),
            Relation::EqualTo(e) => self.write_right(f, " = ", e),
            Relation::AboveOf(e) => self.write_right(f, " > ", e),
            Relation::AtLeastOf(e) => self.write_right(f, " >= ", e),
            Relation::Chain { number, .. } => write!(f, " leads to {number}"),
            Relation::Keep(kept) => self.write_right(f, " kept as ", kept),
            Relation::Loaded => f.write_str(" loaded"),
            Relation::Point => Ok(()),
        }
    }

    fn write_right(&self, f: &mut fmt::Formatter<'_>, sign: &str, right: ExprId) -> fmt::Result {
        f.write_str(sign)?;
        self.exprs.write(f, right, DEEPEST)
    }

    fn write_set(&self, f: &mut fmt::Formatter<'_>, id: super::SetId) -> fmt::Result {
        f.write_str(" in {")?;
        for (position, (low, high)) in self.set(id).intervals().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            match low == high {
                true => write!(f, "{comma}{low:#x}")?,
                false => write!(f, "{comma}{low:#x}-{high:#x}")?,
            }
        }
        f.write_str("}")
    }
}

impl Exprs {
    /// Writes a value, at most `depth` operators deep.
    fn write(&self, f: &mut fmt::Formatter<'_>, id: ExprId, depth: u32) -> fmt::Result {
        let Some(depth) = depth.checked_sub(1) else { return f.write_str("..") };
        match self.get(id) {
            Expr::Const(k) => write!(f, "{k:#x}"),
            Expr::Length => f.write_str("len"),
            Expr::Load { size, at } => write!(f, "[{at}:{}]", bytes(size)),
            Expr::LoadAt { size, index, plus } => {
                f.write_str("[")?;
                self.write(f, index, depth)?;
                write!(f, " + {plus}:{}]", bytes(size))
            }
            Expr::Kept(number) => write!(f, "kept{number}"),
            Expr::HeaderLength { at } => write!(f, "4*([{at}] & 0xf)"),
            Expr::Beside(Fact::PacketType) => f.write_str("type"),
            Expr::Beside(Fact::Interface) => f.write_str("ifidx"),
            Expr::Beside(Fact::VlanPresent) => f.write_str("vlanp"),
            Expr::Beside(Fact::VlanTag) => f.write_str("vlan_tci"),
            Expr::Binary(op, left, right) => {
                f.write_str("(")?;
                self.write(f, left, depth)?;
                write!(f, " {} ", sign(op))?;
                self.write(f, right, depth)?;
                f.write_str(")")
            }
            Expr::Negate(value) => {
                f.write_str("-")?;
                self.write(f, value, depth)
            }
            Expr::Pointed { size, plus } => write!(f, "[pointer + {plus}:{}]", bytes(size)),
            Expr::Never => f.write_str("never"),
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ACCEPT => f.write_str("accept"),
            Self::REJECT => f.write_str("reject"),
            Self(n) => write!(f, "n{n}"),
        }
    }
}

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::ShiftLeft => "<<",
        BinaryOp::ShiftRight => ">>",
    }
}

//! What is known of a packet at one place of its path.

use crate::graph::{Expr, ExprId, Graph, Relation, Set, Test};
use crate::hir::BinaryOp;

/// So many intervals are remembered of a value; of more, a set that holds them all.
const INTERVALS: usize = 12;
/// So many values are remembered; of more, the ones that came last.
const VALUES: usize = 48;

/// What is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The packet has at least so many captured bytes.
    pub have: u32,
    /// Values that can reject for another reason than that, and did not.
    computed: Vec<ExprId>,
    /// Which numbers values can be.
    values: Vec<Value>,
    /// Answers to questions that are not about sets.
    answers: Vec<(ExprId, Relation, bool)>,
}

/// What is known of a value.
#[derive(Clone, Debug)]
struct Value {
    expr: ExprId,
    set: Set,
    ones: u32,
    zeros: u32,
}

impl Facts {
    /// What is known where two paths meet.
    pub fn join(&mut self, other: &Self) {
        self.have = self.have.min(other.have);
        self.computed.retain(|expr| other.computed.contains(expr));
        self.answers.retain(|answer| other.answers.contains(answer));
        self.values.retain_mut(|value| {
            let Some(also) = other.value(value.expr) else { return false };
            value.set = value.set.or(&also.set).at_most(INTERVALS);
            value.ones &= also.ones;
            value.zeros &= also.zeros;
            value.set != Set::ALL || value.ones | value.zeros != 0
        });
    }

    /// Forgets what is known of values that nobody will ask for.
    pub fn keep(&mut self, wanted: impl Fn(ExprId) -> bool) {
        self.values.retain(|value| wanted(value.expr));
        self.answers.retain(|answer| wanted(answer.0));
    }

    /// Whether the values of a test can be loaded for sure, or need not be: every packet that is accepted behind it has `demand`
    /// bytes anyway.
    pub fn loads(&self, graph: &Graph, test: &Test, demand: u32) -> bool {
        let computed = |expr: ExprId| self.computed(graph, expr);
        graph.need(test) <= self.have.max(demand)
            && computed(test.expr)
            && test.relation.right().is_none_or(computed)
    }

    fn computed(&self, graph: &Graph, expr: ExprId) -> bool {
        if !graph.exprs.info(expr).shaky || self.computed.contains(&expr) {
            return true;
        }
        match graph.exprs.get(expr) {
            Expr::Binary(op, left, right) => {
                let whole = !matches!(op, BinaryOp::Divide | BinaryOp::Modulo)
                    || graph.exprs.constant(right).is_some();
                let known = |part| !graph.exprs.info(part).shaky || self.computed.contains(&part);
                whole && known(left) && known(right)
            }
            _ => false,
        }
    }

    /// The answer to a test, if it is known.
    pub fn answer(&self, graph: &Graph, test: &Test) -> Option<bool> {
        match test.relation {
            Relation::Loaded => return Some(true),
            Relation::AnyBit(mask) => {
                let (ones, zeros) = self.bits(graph, test.expr);
                if mask & ones != 0 || mask & !zeros == 0 {
                    return Some(mask & ones != 0);
                }
            }
            relation => {
                if let Some(set) = graph.holds_for(relation) {
                    return self.is_in(graph, test.expr, &set);
                }
            }
        }
        let known = |answer: &&(ExprId, Relation, bool)| (answer.0, answer.1) == (test.expr, test.relation);
        self.answers.iter().find(known).map(|answer| answer.2)
    }

    /// The numbers that a value can be, as far as is known.
    pub fn possible(&self, graph: &Graph, expr: ExprId) -> Set {
        let bits = graph.exprs.info(expr).bits;
        let most = u32::MAX.checked_shr(bits.leading_zeros()).unwrap_or(0);
        let all = Set::of(0, most);
        self.value(expr).map_or_else(|| all.clone(), |value| value.set.and(&all))
    }

    fn is_in(&self, graph: &Graph, expr: ExprId, set: &Set) -> Option<bool> {
        if let Some(value) = self.value(expr) {
            if value.set.misses(set) {
                return Some(false);
            }
            if value.set.within(set) {
                return Some(true);
            }
        }
        let (ones, zeros) = self.bits(graph, expr);
        let number = Set::of(ones, !zeros);
        match ones == !zeros {
            true => Some(number.within(set)),
            false if number.misses(set) => Some(false),
            false => None,
        }
    }

    /// The bits of a value that are one, and those that are zero.
    fn bits(&self, graph: &Graph, expr: ExprId) -> (u32, u32) {
        let mut ones = 0;
        let mut zeros = !graph.exprs.info(expr).bits;
        if let Some(value) = self.value(expr) {
            ones |= value.ones;
            zeros |= value.zeros;
            if let Some((low, high)) = value.set.bounds() {
                let same = !u32::MAX.checked_shr((low ^ high).leading_zeros()).unwrap_or(0);
                ones |= low & same;
                zeros |= !low & same;
            }
        }
        if let Expr::Binary(BinaryOp::And, inner, mask) = graph.exprs.get(expr)
            && let Some(mask) = graph.exprs.constant(mask)
            && let Some(value) = self.value(inner)
        {
            let same = value
                .set
                .bounds()
                .map_or(0, |(low, high)| !u32::MAX.checked_shr((low ^ high).leading_zeros()).unwrap_or(0));
            let low = value.set.bounds().map_or(0, |bounds| bounds.0);
            ones |= (value.ones | low & same) & mask;
            zeros |= (value.zeros | !low & same) & mask;
        }
        (ones, zeros)
    }

    /// Adds that a test had this answer.
    pub fn learn(&mut self, graph: &Graph, test: &Test, answer: bool) {
        self.have = self.have.max(graph.need(test));
        self.note_computed(graph, test.expr);
        if let Some(right) = test.relation.right() {
            self.note_computed(graph, right);
        }
        match test.relation {
            Relation::AnyBit(mask) => {
                let (ones, zeros) = match (answer, mask.is_power_of_two()) {
                    (true, true) => (mask, 0),
                    (true, false) => (0, 0),
                    (false, _) => (0, mask),
                };
                self.note(test.expr, &Set::ALL, ones, zeros);
            }
            relation => {
                if !answer && self.is_full(test.expr) {
                    return;
                }
                if let Some(set) = graph.holds_for(relation) {
                    let set = if answer { set } else { set.complement() };
                    self.learn_set(graph, test.expr, &set);
                    return;
                }
            }
        }
        if !matches!(test.relation, Relation::Loaded) {
            push(&mut self.answers, (test.expr, test.relation, answer));
        }
    }

    fn learn_set(&mut self, graph: &Graph, expr: ExprId, set: &Set) {
        self.note(expr, set, 0, 0);
        if let Expr::Binary(BinaryOp::And, inner, mask) = graph.exprs.get(expr)
            && let (Some(mask), Some((low, high))) = (graph.exprs.constant(mask), set.bounds())
            && low == high
        {
            self.note(inner, &Set::ALL, low & mask, !low & mask);
        }
    }

    /// Whether no more holes in the values of `expr` are remembered.
    fn is_full(&self, expr: ExprId) -> bool {
        self.value(expr).is_some_and(|value| value.set.intervals().len() >= INTERVALS)
    }

    fn note_computed(&mut self, graph: &Graph, expr: ExprId) {
        let mut parts = vec![expr];
        for _ in 0..VALUES {
            let Some(part) = parts.pop() else { break };
            if !graph.exprs.info(part).shaky || self.computed.contains(&part) {
                continue;
            }
            push(&mut self.computed, part);
            match graph.exprs.get(part) {
                Expr::LoadAt { index, .. } => parts.push(index),
                Expr::Negate(inner) => parts.push(inner),
                Expr::Binary(_, left, right) => parts.extend([left, right]),
                _ => {}
            }
        }
    }

    fn value(&self, expr: ExprId) -> Option<&Value> {
        self.values.iter().find(|value| value.expr == expr)
    }

    fn note(&mut self, expr: ExprId, set: &Set, ones: u32, zeros: u32) {
        if let Some(value) = self.values.iter_mut().find(|value| value.expr == expr) {
            value.set = value.set.and(set).at_most(INTERVALS);
            value.ones |= ones;
            value.zeros |= zeros;
            return;
        }
        push(&mut self.values, Value { expr, set: set.clone().at_most(INTERVALS), ones, zeros });
    }
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= VALUES {
        list.remove(0);
    }
    list.push(item);
}

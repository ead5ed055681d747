//! Questions about one value as sets of numbers, and back.

use crate::graph::{Expr, ExprId, Exprs, Graph, NodeId, Relation, Set, Test};
use crate::hir::BinaryOp;

/// A set of values of `expr & mask` as a set of values of `expr`, where the mask hides low bits only and so that stays
/// as small. Neither drops a load: both need the same bytes.
pub(crate) fn unmask(exprs: &Exprs, expr: ExprId, set: &Set) -> (ExprId, Set) {
    let kept = || (expr, set.clone());
    let Expr::Binary(BinaryOp::And, inner, mask) = exprs.get(expr) else { return kept() };
    let Some(mask) = exprs.constant(mask) else { return kept() };
    let hidden = exprs.info(inner).bits & !mask;
    let highest = u32::MAX.checked_shr(exprs.info(inner).bits.leading_zeros()).unwrap_or(0);
    // Only if the mask keeps all of the value's bits from some place on, and none below.
    if hidden == 0 || hidden & hidden.wrapping_add(1) != 0 || highest & !hidden != highest & mask {
        return kept();
    }
    let widened = set.intervals().filter_map(|(low, high)| {
        let first = low.checked_add(hidden)? & !hidden;
        let last = high | hidden;
        (first <= high).then_some((first, last))
    });
    (inner, Set::from_intervals(widened.collect()))
}

/// The question whether `expr` is in `set`, as simply as it can be put.
pub(crate) fn question(graph: &mut Graph, expr: ExprId, set: &Set, yes: NodeId, no: NodeId) -> Test {
    let bits = graph.exprs.info(expr).bits;
    let most = u32::MAX.checked_shr(bits.leading_zeros()).unwrap_or(0);
    let all = Set::of(0, most);
    let (inside, outside) = (set.and(&all), all.without(set));
    let settled = |way| Test { expr, relation: Relation::Loaded, yes: way, no: way };
    if inside.is_empty() {
        return settled(no);
    }
    if outside.is_empty() {
        return settled(yes);
    }
    let one = |set: &Set| -> Option<Relation> {
        let mut intervals = set.intervals();
        match (intervals.next()?, intervals.next()) {
            ((low, high), None) if low == high => Some(Relation::Equal(low)),
            ((low, high), None) if high >= most => Some(Relation::AtLeast(low)),
            _ => None,
        }
    };
    if let Some(relation) = one(&inside) {
        return Test { expr, relation, yes, no };
    }
    if let Some(relation) = one(&outside) {
        // `at most 5` is `not above 5`, the form that libpcap's listings have.
        let relation = match relation {
            Relation::AtLeast(low) if low > 0 => Relation::Above(low - 1),
            relation => relation,
        };
        return Test { expr, relation, yes: no, no: yes };
    }
    Test { expr, relation: Relation::In(graph.intern(inside)), yes, no }
}

/// How many comparisons it takes to ask whether a value of at most `most` is in the set, or is not.
pub(crate) fn price(set: &Set, most: u32) -> usize {
    let one = |(low, high): (u32, u32)| match (low == 0, high >= most) {
        (true, true) => 0,
        (false, false) if low != high => 2,
        _ => 1,
    };
    let all = |set: Set| set.intervals().map(one).sum::<usize>();
    let everything = Set::of(0, most);
    all(set.and(&everything)).min(all(everything.without(set)))
}

//! Questions about one value as sets of numbers, and back.

use crate::graph::{Expr, ExprId, Exprs, Graph, NodeId, Relation, Set, Test};
use crate::hir::BinaryOp;

/// So many operations are taken off a value.
const STEPS: usize = 8;

/// A set of values as a set of values of what it is computed from with constants, as long as that set is as easy to ask for. No load
/// is dropped: all need the same bytes.
pub(crate) fn undo(exprs: &Exprs, expr: ExprId, set: &Set) -> (ExprId, Set) {
    let (mut expr, mut set) = (expr, set.clone());
    for _ in 0..STEPS {
        let Expr::Binary(op, inner, by) = exprs.get(expr) else { break };
        let Some(by) = exprs.constant(by) else { break };
        let most = |expr: ExprId| u32::MAX.checked_shr(exprs.info(expr).bits.leading_zeros()).unwrap_or(0);
        let (before, after) = (most(expr), most(inner));
        let undone = match op {
            BinaryOp::And => unmasked(exprs.info(inner).bits, by, &set),
            BinaryOp::Add => Some(less(&set, by)),
            BinaryOp::ShiftRight => Some(spread(&set, u64::from(by < 32) << by.min(31))),
            BinaryOp::Divide => Some(spread(&set, u64::from(by))),
            BinaryOp::Or => {
                // What has all bits of a number is not less than it.
                let fewer = set.and(&Set::of(by, u32::MAX));
                if price(&fewer, before) < price(&set, before) {
                    set = fewer;
                }
                None
            }
            _ => None,
        };
        let Some(undone) = undone.map(|undone| undone.and(&Set::of(0, after))) else { break };
        // One instruction less is worth one comparison more.
        if price(&undone, after) > price(&set, before) + usize::from(op != BinaryOp::Add) {
            break;
        }
        (expr, set) = (inner, undone);
    }
    (expr, set)
}

/// The values that `mask` makes those of `set`, if it hides low bits only.
fn unmasked(bits: u32, mask: u32, set: &Set) -> Option<Set> {
    let hidden = bits & !mask;
    let highest = u32::MAX.checked_shr(bits.leading_zeros()).unwrap_or(0);
    // Only if the mask keeps all of the value's bits from some place on, and none below.
    if hidden == 0 || hidden & hidden.wrapping_add(1) != 0 || highest & !hidden != highest & mask {
        return None;
    }
    let widened = set.intervals().filter_map(|(low, high)| {
        let first = low.checked_add(hidden)? & !hidden;
        let last = high | hidden;
        (first <= high).then_some((first, last))
    });
    Some(Set::from_intervals(widened.collect()))
}

/// The values to which `by` is added, modulo 2^32.
fn less(set: &Set, by: u32) -> Set {
    let moved = set.intervals().flat_map(|(low, high)| {
        let (low, high) = (low.wrapping_sub(by), high.wrapping_sub(by));
        match low <= high {
            true => [Some((low, high)), None],
            false => [Some((0, high)), Some((low, u32::MAX))],
        }
    });
    Set::from_intervals(moved.flatten().collect())
}

/// The values that are divided by a number.
fn spread(set: &Set, by: u64) -> Set {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    let times = set.intervals().filter_map(|(low, high)| {
        let (low, high) = (u64::from(low) * by, u64::from(high) * by + by.saturating_sub(1));
        (low <= u64::from(u32::MAX)).then(|| (number(low), number(high)))
    });
    Set::from_intervals(times.collect())
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

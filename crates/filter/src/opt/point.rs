//! Lets two long lists that differ in offsets only be one list: `host a or host b or ..` asks the same of IPv4's addresses and of ARP's.
//!
//! Such a list asks for one value, then, if it is not in the set, for another. The first question is the same instructions
//! for both already, since the value is in A; this pass makes the second one the same by pointing X at the
//! second value beforehand.
//!
//! Loads: each path makes the same loads in the same order.

use super::rebuild::Rebuild;
use crate::graph::{Expr, ExprId, Graph, Map, NodeId, Relation, Test};
use crate::hir::Size;

/// Sets of fewer intervals are not worth it.
const WORTH: usize = 3;

/// What two lists have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    first: (Relation, NodeId),
    second: (Relation, NodeId, NodeId),
    size: Size,
}

/// A graph with the same answers in which such pairs of lists have one tail.
pub(crate) fn point(graph: Graph) -> Graph {
    let found = find(&graph);
    let mut to = Rebuild::new(&graph);
    let mut places: Vec<NodeId> = vec![NodeId::ACCEPT, NodeId::REJECT];
    for id in 2..graph.len() {
        let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let Some(test) = graph.test(id) else { continue };
        let at = |next: NodeId| places.get(next.index()).copied().unwrap_or(NodeId::REJECT);
        let test = to.adopt(Test { yes: at(test.yes), no: at(test.no), ..test }, &graph);
        let place = match found.get(&id) {
            None => to.ask(test, graph.span(id)),
            Some(&(base, plus)) => pointed(&mut to, test, (base, plus), &graph, id),
        };
        places.push(place);
    }
    let root = places.get(graph.root.index()).copied().unwrap_or(NodeId::REJECT);
    to.finish(root)
}

/// The list at `test`, whose second value is `plus` bytes behind `base`.
fn pointed(to: &mut Rebuild, test: Test, (base, plus): (Base, u32), graph: &Graph, id: NodeId) -> NodeId {
    let span = graph.span(id);
    let Some(second) = to.graph.test(test.no) else { return to.ask(test, span) };
    let size = match to.graph.exprs.get(second.expr) {
        Expr::Load { size, .. } | Expr::LoadAt { size, .. } => size,
        _ => return to.ask(test, span),
    };
    let expr = to.graph.exprs.pointed(size, plus);
    let no = to.ask(Test { expr, ..second }, graph.span(id));
    let first = to.ask(Test { no, ..test }, span);
    let base = match base {
        Base::At(at) => to.graph.exprs.number(at),
        Base::Value(value) => value,
    };
    to.ask(Test { expr: base, relation: Relation::Point, yes: first, no: NodeId::REJECT }, span)
}

/// What X is made to point at.
#[derive(Clone, Copy)]
enum Base {
    At(u32),
    Value(ExprId),
}

/// The first nodes of lists that share a shape with another list.
fn find(graph: &Graph) -> Map<NodeId, (Base, u32)> {
    let reachable = graph.reachable();
    let mut shapes: Map<Shape, Vec<(NodeId, Base, u32)>> = Map::default();
    for id in (2..graph.len()).filter(|&id| reachable.get(id) == Some(&true)) {
        let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        if let Some((shape, base, at)) = shape(graph, id) {
            shapes.entry(shape).or_default().push((id, base, at));
        }
    }
    let mut found = Map::default();
    for lists in shapes.into_values().filter(|lists| lists.len() > 1) {
        let plus =
            lists.iter().find_map(|list| matches!(list.1, Base::Value(_)).then_some(list.2)).unwrap_or(0);
        for (id, base, at) in lists {
            let entry = match base {
                Base::Value(_) if at == plus => Some((base, plus)),
                Base::Value(_) => None,
                Base::At(_) => at.checked_sub(plus).map(|base| (Base::At(base), plus)),
            };
            found.extend(entry.map(|entry| (id, entry)));
        }
    }
    found
}

fn shape(graph: &Graph, id: NodeId) -> Option<(Shape, Base, u32)> {
    let first = graph.test(id)?;
    let Relation::In(set) = first.relation else { return None };
    let second = graph.test(first.no)?;
    if graph.set(set).intervals().len() < WORTH || graph.holds_for(second.relation).is_none() {
        return None;
    }
    let (size, base, at) = match graph.exprs.get(second.expr) {
        Expr::Load { size, at } => (size, Base::At(at), at),
        Expr::LoadAt { size, index, plus } if matches!(graph.exprs.get(index), Expr::HeaderLength { .. }) => {
            (size, Base::Value(index), plus)
        }
        _ => return None,
    };
    // The first value must be loaded without moving X.
    let steady = match (graph.exprs.get(first.expr), base) {
        (Expr::Load { .. }, _) => true,
        (Expr::LoadAt { index, .. }, Base::Value(value)) => index == value,
        _ => false,
    };
    let shape =
        Shape { first: (first.relation, first.yes), second: (second.relation, second.yes, second.no), size };
    steady.then_some((shape, base, at))
}

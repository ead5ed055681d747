//! Asks early what would be asked again later: in `port 443 and tcp port 443` the first look at the protocol is for TCP alone.
//!
//! From the end upward, each node learns what is true of every packet that is accepted behind it. A test that rejects what it does not
//! let pass then lets pass only what has a chance; the later test, whose answer is known now, falls to the next sweep of
//! [`super::thread`].
//!
//! Loads: none is moved. What is rejected earlier than before would have been rejected later, or by a load on the way.

use super::rebuild::Rebuild;
use super::values;
use crate::graph::{ExprId, Graph, NodeId, Relation, Set, Test};

/// So many intervals are remembered of a value.
const INTERVALS: usize = 6;
/// So many values are remembered of a node.
const VALUES: usize = 12;

/// The values that every packet has which is accepted behind a node. `None` where none is.
type Must = Option<Vec<(ExprId, Set)>>;

/// A graph with the same answers and narrower tests; `None` if none can be narrowed.
pub(crate) fn pull(graph: &Graph) -> Option<Graph> {
    let reachable = graph.reachable();
    let mut to = Rebuild::new(graph);
    let mut changed = false;
    let mut places: Vec<NodeId> = vec![NodeId::ACCEPT, NodeId::REJECT];
    // By nodes of the old graph; a node's entry goes once the last way to it has been seen.
    let mut musts: Vec<Must> = vec![Some(Vec::new()), None];
    let mut ways_in = ways_in(graph, &reachable);
    for (id, &reachable) in reachable.iter().enumerate().skip(2) {
        let node = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let Some(test) = graph.test(node).filter(|_| reachable) else {
            places.push(NodeId::REJECT);
            musts.push(None);
            continue;
        };
        let of = |way: NodeId| musts.get(way.index()).and_then(Option::as_ref);
        let held = graph.holds_for(test.relation);
        let sides = held.as_ref().map(|set| (set.clone(), set.complement()));
        let (yes_set, no_set) = sides.unzip();
        let must = join(
            side(of(test.yes), test.expr, yes_set.as_ref()),
            side(of(test.no), test.expr, no_set.as_ref()),
        );
        let at = |next: NodeId| places.get(next.index()).copied().unwrap_or(NodeId::REJECT);
        let moved = Test { yes: at(test.yes), no: at(test.no), ..test };
        let moved = to.adopt(moved, graph);
        let moved = match held {
            Some(set) => {
                let narrowed = narrowed(&mut to, moved, &set, of(test.yes), of(test.no));
                changed |= narrowed != moved;
                narrowed
            }
            None => moved,
        };
        places.push(to.ask(moved, graph.span(node)));
        musts.push(must);
        for way in [test.yes, test.no].into_iter().filter(|&way| way > NodeId::REJECT) {
            if let (Some(ways), Some(must)) = (ways_in.get_mut(way.index()), musts.get_mut(way.index())) {
                *ways = ways.saturating_sub(1);
                if *ways == 0 {
                    *must = None;
                }
            }
        }
    }
    let root = places.get(graph.root.index()).copied().unwrap_or(NodeId::REJECT);
    changed.then(|| to.finish(root))
}

fn ways_in(graph: &Graph, reachable: &[bool]) -> Vec<u32> {
    let mut ways: Vec<u32> = vec![0; graph.len()];
    for (id, _) in reachable.iter().enumerate().filter(|(_, reachable)| **reachable) {
        let Some(test) = graph.test(NodeId(u32::try_from(id).unwrap_or(u32::MAX))) else { continue };
        for way in [test.yes, test.no] {
            if let Some(ways) = ways.get_mut(way.index()) {
                *ways = ways.saturating_add(1);
            }
        }
    }
    ways
}

/// A test that lets nothing pass in vain, if it is not harder to ask than it was.
fn narrowed(
    to: &mut Rebuild,
    test: Test,
    set: &Set,
    yes: Option<&Vec<(ExprId, Set)>>,
    no: Option<&Vec<(ExprId, Set)>>,
) -> Test {
    let of = |must: Option<&Vec<(ExprId, Set)>>| {
        let known = must.and_then(|must| must.iter().find(|value| value.0 == test.expr));
        known.map_or(Set::ALL, |value| value.1.clone())
    };
    let (yes, no) = (of(yes), of(no));
    let mut test = test;
    if set.misses(&yes) {
        test.yes = NodeId::REJECT;
    }
    if set.complement().misses(&no) {
        test.no = NodeId::REJECT;
    }
    let narrowed = match (test.yes, test.no) {
        (NodeId::REJECT, NodeId::REJECT) => return test,
        (_, NodeId::REJECT) => set.and(&yes),
        (NodeId::REJECT, _) => set.or(&no.complement()),
        _ => return test,
    };
    let bits = to.graph.exprs.info(test.expr).bits;
    let most = u32::MAX.checked_shr(bits.leading_zeros()).unwrap_or(0);
    if narrowed != *set && values::price(&narrowed, most) <= values::price(set, most) {
        test.relation = Relation::In(to.graph.intern(narrowed));
    }
    test
}

/// What is true of packets that go one way from a test and are accepted.
fn side(must: Option<&Vec<(ExprId, Set)>>, expr: ExprId, set: Option<&Set>) -> Must {
    let mut must = must?.clone();
    if let Some(set) = set {
        match must.iter_mut().find(|value| value.0 == expr) {
            Some(value) => value.1 = value.1.and(set).at_most(INTERVALS),
            None => {
                if must.len() >= VALUES {
                    must.remove(0);
                }
                must.push((expr, set.clone().at_most(INTERVALS)));
            }
        }
    }
    Some(must)
}

/// What is true of packets that go either way.
fn join(yes: Must, no: Must) -> Must {
    let (mut yes, no) = match (yes, no) {
        (Some(yes), Some(no)) => (yes, no),
        (one, other) => return one.or(other),
    };
    yes.retain_mut(|value| {
        let Some(other) = no.iter().find(|other| other.0 == value.0) else { return false };
        value.1 = value.1.or(&other.1).at_most(INTERVALS);
        value.1 != Set::ALL
    });
    Some(yes)
}

//! A smaller graph that accepts at least what the whole one accepts, without loops: what the kernel can decide of a filter that it
//! cannot run.
//!
//! Loads: every path of the smaller graph is the beginning of a path of the whole one, with its loads; it ends in `Accept` where the
//! whole one goes on. Where only one of a test's two ways leads anywhere, that one is taken without the test.

use super::rebuild::Rebuild;
use crate::graph::{Graph, NodeId, Relation, Set, Test};
use std::collections::VecDeque;

/// How much of a graph is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// The nodes nearest to the root.
    pub nodes: usize,
    /// The intervals of each set.
    pub intervals: usize,
}

/// A graph of that size which accepts every packet that `graph` accepts.
pub(crate) fn superset(graph: &Graph, size: Size) -> Graph {
    let near = near(graph, size.nodes);
    let mut to = Rebuild::new(graph);
    let mut places: Vec<NodeId> = vec![NodeId::ACCEPT, NodeId::REJECT];
    for id in 2..graph.len() {
        let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let at = |next: NodeId| places.get(next.index()).copied().unwrap_or(NodeId::REJECT);
        let place = match graph.test(id) {
            Some(test) if near.get(id.index()) == Some(&true) => {
                let moved = to.adopt(Test { yes: at(test.yes), no: at(test.no), ..test }, graph);
                let easier = easier(&mut to, moved, size.intervals);
                to.ask(easier, graph.span(id))
            }
            _ => NodeId::ACCEPT,
        };
        places.push(place);
    }
    let root = places.get(graph.root.index()).copied().unwrap_or(NodeId::ACCEPT);
    to.finish(root)
}

/// The nodes nearest to the root, as many as are wanted.
fn near(graph: &Graph, most: usize) -> Vec<bool> {
    let mut near = vec![false; graph.len()];
    let mut queue = VecDeque::from([graph.root]);
    let mut left = most;
    while let Some(id) = queue.pop_front() {
        let (Some(seen), Some(test)) = (near.get_mut(id.index()), graph.test(id)) else { continue };
        if *seen || left == 0 {
            continue;
        }
        (*seen, left) = (true, left - 1);
        queue.extend([test.yes, test.no]);
    }
    near
}

/// A test that is easier to ask and goes to `Accept` where it does not know.
fn easier(to: &mut Rebuild, test: Test, intervals: usize) -> Test {
    let Test { expr, relation, yes, no } = test;
    match relation {
        Relation::Chain { .. } => {
            let next = match (yes, no) {
                (NodeId::REJECT, next) | (next, NodeId::REJECT) => next,
                _ => NodeId::ACCEPT,
            };
            // The first number is loaded in any case.
            Test { expr, relation: Relation::Loaded, yes: next, no: NodeId::REJECT }
        }
        Relation::In(id) if to.graph.set(id).intervals().len() > intervals => {
            let set = to.graph.set(id).clone();
            let mut within = |set: Set| Relation::In(to.graph.intern(set.at_most(intervals)));
            match (yes, no) {
                (_, NodeId::REJECT) | (NodeId::ACCEPT, _) => Test { relation: within(set), ..test },
                (NodeId::REJECT, _) | (_, NodeId::ACCEPT) => {
                    Test { expr, relation: within(set.complement()), yes: no, no: yes }
                }
                _ => Test { expr, relation: within(set), yes: NodeId::ACCEPT, no },
            }
        }
        _ => test,
    }
}

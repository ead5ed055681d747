//! Makes a graph smaller; every packet of every length gets the same answer.
//!
//! The passes run once each, in the order of [`optimise`]. Each is one sweep over the nodes, and nothing is repeated until it stays
//! the same: what a pass costs is known before it runs. What each may do to loads stands in its file; the law
//! itself is in [`crate::graph`].

use crate::graph::{Graph, NodeId, Relation};

mod facts;
mod lift;
mod point;
mod pull;
mod rebuild;
mod refuse;
mod superset;
mod thread;
mod values;

pub(crate) use refuse::refuses;
pub(crate) use superset::{Size, superset};

/// What comes out.
#[derive(Debug)]
pub(crate) struct Optimised {
    /// The graph with one test for each alternative, as a yardstick for the length of programs.
    pub plain: Graph,
    /// The graph with alternatives as sets.
    pub lifted: Graph,
    /// The same with long lists shared between protocols, which is not always shorter.
    pub pointed: Graph,
    /// The most intervals that a set of `lifted` has.
    pub widest: usize,
}

impl Optimised {
    /// Whether no packet can pass.
    pub fn rejects_all(&self) -> bool {
        self.lifted.root == NodeId::REJECT
    }
}

/// Optimises a graph.
pub(crate) fn optimise(graph: Graph) -> Optimised {
    let plain = checked(thread::thread(checked(rebuild::rebuild(graph))));
    // The second sweep finds what the first one made equal, `pull` or not.
    let plain = checked(thread::thread(checked(pull::pull(&plain).unwrap_or(plain))));
    let lifted = checked(lift::lift(plain.clone()));
    let lifted = checked(thread::thread(lifted));
    let lifted = checked(lift::lift(lifted));
    let pointed = checked(point::point(lifted.clone()));
    let widest = widest(&lifted);
    Optimised { plain, lifted, pointed, widest }
}

/// In debug builds, makes sure that a pass keeps the graph's law.
fn checked(graph: Graph) -> Graph {
    debug_assert_eq!(graph.check(), Ok(()), "{graph}");
    graph
}

fn widest(graph: &Graph) -> usize {
    let reachable = graph.reachable();
    let ids = (0..graph.len()).filter(|&id| reachable.get(id) == Some(&true));
    let width = |id| match graph.test(NodeId(u32::try_from(id).unwrap_or(u32::MAX)))?.relation {
        Relation::In(set) => Some(graph.set(set).intervals().len()),
        _ => None,
    };
    ids.filter_map(width).max().unwrap_or(0)
}

//! Whether libpcap refuses a filter that no packet can pass.
//!
//! It does if its optimiser finds out, and that knows less than ours: an equality that held excludes others of the same value,
//! and the same question has the same answer. `tcp and udp` is refused; `ip[8] > 255` compiles, to a program that
//! rejects everything. Scripts may count on either.

use crate::graph::{ExprId, Graph, NodeId, Relation, Test};

/// So many answers are remembered on a path.
const ANSWERS: usize = 32;
/// So many tests are jumped over for each node of the graph, on average.
const STEPS: usize = 64;

/// Whether libpcap's optimiser would see that nothing can pass. The graph is one that was not optimised, of [`crate::lower::lower_boundless`].
pub(crate) fn refuses(graph: &Graph) -> bool {
    let mut known: Vec<Option<Answers>> = vec![None; graph.len()];
    let mut steps = graph.len().saturating_mul(STEPS);
    let mut start = |place: NodeId, answers: Answers, known: &mut Vec<Option<Answers>>| {
        let place = walk(graph, place, &answers, &mut steps);
        match known.get_mut(place.index()) {
            Some(Some(before)) => before.retain(|answer| answers.contains(answer)),
            Some(slot) => *slot = Some(answers),
            None => {}
        }
    };
    start(graph.root, Answers::new(), &mut known);
    for id in (2..graph.len()).rev() {
        let node = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let answers = known.get_mut(id).and_then(Option::take);
        let (Some(answers), Some(test)) = (answers, graph.test(node)) else { continue };
        let known_answer = answer(graph, &answers, &test);
        for (way, held) in [(test.yes, true), (test.no, false)] {
            if known_answer.is_none_or(|known| known == held) {
                let mut answers = answers.clone();
                if answers.len() >= ANSWERS {
                    // What something is not says less than what it is.
                    let least = answers.iter().position(|answer| !answer.2).unwrap_or(0);
                    answers.remove(least);
                }
                answers.push((test.expr, test.relation, held));
                start(way, answers, &mut known);
            }
        }
    }
    !matches!(known.first(), Some(Some(_)))
}

type Answers = Vec<(ExprId, Relation, bool)>;

fn walk(graph: &Graph, mut place: NodeId, answers: &Answers, steps: &mut usize) -> NodeId {
    while let Some(test) = graph.test(place) {
        let Some(answer) = answer(graph, answers, &test) else { break };
        if *steps == 0 {
            break;
        }
        *steps -= 1;
        place = if answer { test.yes } else { test.no };
    }
    place
}

fn answer(graph: &Graph, answers: &Answers, test: &Test) -> Option<bool> {
    if let Some(number) = graph.exprs.constant(test.expr) {
        return match test.relation {
            Relation::Equal(k) => Some(number == k),
            Relation::Above(k) => Some(number > k),
            Relation::AtLeast(k) => Some(number >= k),
            _ => None,
        };
    }
    answers.iter().rev().filter(|answer| answer.0 == test.expr).find_map(|&(_, relation, held)| {
        match (relation, test.relation) {
            (before, now) if before == now => Some(held),
            (Relation::Equal(_), Relation::Equal(_)) if held => Some(false),
            _ => None,
        }
    })
}

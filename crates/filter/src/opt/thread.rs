//! Pushes what each test decides down the paths, and lets every path jump over the tests whose answer it knows.
//!
//! One sweep from the root: when a node's turn comes, all that lead to it have had theirs, and what is known at the node is
//! what all of them know. A way that knows the answer of the test it leads to goes to the test behind it at once,
//! and so on; the sum of these steps is bounded ([`STEPS`]), so a sweep is linear, however odd the filter.
//!
//! Loads: a test is jumped over only if its load is known to be possible on this path, or if every packet that is accepted
//! behind it must have the bytes anyway. Where a node's answer is known but neither holds, the load stays.

use super::facts::Facts;
use super::rebuild::Rebuild;
use super::values;
use crate::graph::{Expr, ExprId, Graph, NodeId, Relation, Set, Test};

/// So many tests are jumped over for each node of the graph, on average, before no more are.
const STEPS: usize = 64;

/// A smaller graph with the same answers.
pub(crate) fn thread(graph: Graph) -> Graph {
    let mut sweep = Sweep::new(&graph);
    sweep.run();
    let Sweep { nodes, root, .. } = sweep;
    let mut to = Rebuild::new(&graph);
    let mut places: Vec<NodeId> = vec![NodeId::ACCEPT, NodeId::REJECT];
    for (id, node) in nodes.into_iter().enumerate().skip(2) {
        let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let at = |next: NodeId| places.get(next.index()).copied().unwrap_or(NodeId::REJECT);
        let place = match node {
            None => NodeId::REJECT,
            Some((test, question)) => {
                let test = Test { yes: at(test.yes), no: at(test.no), ..test };
                let mut test = to.adopt(test, &graph);
                if let Some(set) = question {
                    test = values::question(&mut to.graph, test.expr, &set, test.yes, test.no);
                }
                to.ask(test, graph.span(id))
            }
        };
        places.push(place);
    }
    let root = places.get(root.index()).copied().unwrap_or(NodeId::REJECT);
    to.finish(root)
}

/// A node with its new ways on, and the set that is asked for if it is another than before.
type Threaded = Option<(Test, Option<Set>)>;

struct Sweep<'a> {
    graph: &'a Graph,
    /// As [`Rebuild::demand`].
    demand: Vec<u32>,
    /// For each value, the lowest node that asks for it.
    last_use: Vec<u32>,
    facts: Vec<Option<Facts>>,
    nodes: Vec<Threaded>,
    root: NodeId,
    steps: usize,
}

impl<'a> Sweep<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut demand: Vec<u32> = vec![0, u32::MAX];
        let mut last_use = vec![u32::MAX; graph.exprs.len()];
        for id in 2..graph.len() {
            let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
            let Some(test) = graph.test(id) else { continue };
            let of = |next: NodeId| demand.get(next.index()).copied().unwrap_or(0);
            let needed = of(test.yes).min(of(test.no)).max(graph.need(&test));
            demand.push(needed);
            mark(graph, test.expr, id, &mut last_use);
            if let Some(right) = test.relation.right() {
                mark(graph, right, id, &mut last_use);
            }
        }
        Self {
            graph,
            demand,
            last_use,
            facts: vec![None; graph.len()],
            nodes: vec![None; graph.len()],
            root: graph.root,
            steps: graph.len().saturating_mul(STEPS),
        }
    }

    fn run(&mut self) {
        self.root = self.walk(self.graph.root, &Facts::default());
        self.arrive(self.root, Facts::default());
        for id in (2..self.graph.len()).rev() {
            let node = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
            let facts = self.facts.get_mut(id).and_then(Option::take);
            let (Some(facts), Some(test)) = (facts, self.graph.test(node)) else { continue };
            let threaded = self.node(node, test, facts);
            if let Some(slot) = self.nodes.get_mut(id) {
                *slot = Some(threaded);
            }
        }
    }

    fn node(&mut self, node: NodeId, test: Test, facts: Facts) -> (Test, Option<Set>) {
        if let Some(answer) = facts.answer(self.graph, &test) {
            let next = if answer { test.yes } else { test.no };
            let next = self.go(node, &test, facts, answer, next);
            return (Test { yes: next, no: next, ..test }, None);
        }
        let question = self.narrow(&test, &facts);
        let yes = self.go(node, &test, facts.clone(), true, test.yes);
        let no = self.go(node, &test, facts, false, test.no);
        (Test { yes, no, ..test }, question)
    }

    /// A set that is asked for more easily and gives the same answers to what can come here.
    fn narrow(&self, test: &Test, facts: &Facts) -> Option<Set> {
        let set = self.graph.holds_for(test.relation)?;
        if matches!(test.relation, Relation::Equal(_)) {
            return None;
        }
        let possible = facts.possible(self.graph, test.expr);
        if set.intervals().len() > 8 || possible.intervals().len() > 8 {
            return None;
        }
        let most = self.graph.exprs.info(test.expr).bits;
        let most = u32::MAX.checked_shr(most.leading_zeros()).unwrap_or(0);
        let all = Set::of(0, most);
        let (fewest, widest) = (set.and(&possible), set.or(&all.without(&possible)));
        let price = |set: &Set| values::price(set, most);
        let (now, few, wide) = (price(&set), price(&fewest), price(&widest));
        match () {
            () if few < now && few <= wide => Some(fewest),
            () if wide < now => Some(widest),
            () => None,
        }
    }

    /// Takes one way on from a test, past what is known there; says where it ends.
    fn go(&mut self, from: NodeId, test: &Test, mut facts: Facts, answer: bool, next: NodeId) -> NodeId {
        facts.learn(self.graph, test, answer);
        let place = self.walk(next, &facts);
        if place > NodeId::REJECT {
            let last_use = &self.last_use;
            facts.keep(|expr| last_use.get(expr.0 as usize).is_some_and(|&last| last < from.0));
            self.arrive(place, facts);
        }
        place
    }

    /// Follows the tests whose answers are known and whose loads nobody misses. A way on which known answers lead to `Reject`
    /// ends there, whatever is loaded and kept on it.
    fn walk(&mut self, mut place: NodeId, facts: &Facts) -> NodeId {
        let mut ahead = place;
        while let Some(test) = self.graph.test(ahead) {
            let answer = match test.relation {
                Relation::Keep(_) | Relation::Point => Some(true),
                _ => facts.answer(self.graph, &test),
            };
            let Some(next) = answer.map(|answer| if answer { test.yes } else { test.no }) else { break };
            if self.steps == 0 {
                break;
            }
            self.steps -= 1;
            let asks = !matches!(test.relation, Relation::Keep(_) | Relation::Point);
            let demand = self.demand.get(next.index()).copied().unwrap_or(0);
            if place == ahead && asks && facts.loads(self.graph, &test, demand) {
                place = next;
            }
            ahead = next;
        }
        if ahead == NodeId::REJECT { ahead } else { place }
    }

    fn arrive(&mut self, place: NodeId, facts: Facts) {
        if let Some(slot) = self.facts.get_mut(place.index()) {
            match slot {
                Some(known) => known.join(&facts),
                None => *slot = Some(facts),
            }
        }
    }
}

/// Records that the node asks for a value, and so perhaps for what it is made of.
fn mark(graph: &Graph, expr: ExprId, by: NodeId, last_use: &mut [u32]) {
    let mut at = |expr: ExprId| {
        if let Some(slot) = last_use.get_mut(expr.0 as usize) {
            *slot = (*slot).min(by.0);
        }
    };
    at(expr);
    if let Expr::Binary(_, inner, _) = graph.exprs.get(expr) {
        at(inner);
    }
}

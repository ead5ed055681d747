//! Makes one set of many alternatives: `host a or host b or ..` asks for each address once, not once for each term.
//!
//! A *chain* is a row of tests that all lead to one exit if they hold (or all if they do not) and else to the next. Its
//! tests are grouped by value, and each group becomes one test for the union of its sets.
//!
//! Loads: in a chain that leaves for `Accept`, a test must not be done before a load that stood before it, or a packet
//! too short for that load would now be accepted. So a chain is cut in front of each test that loads farther than all before it,
//! and only what lies between two cuts is grouped; `a` of `host a` therefore keeps its own comparison with the source
//! address. In a chain that leaves for `Reject` nothing is cut: a failing load rejects as well.
//!
//! Where the first stretch makes no load that the packet could fail, it begins with the value that was asked for last, which is
//! still in the accumulator.

use super::rebuild::Rebuild;
use crate::diag::Span;
use crate::graph::{ExprId, Graph, Map, NodeId, Relation, Set, Test};

/// So many values are remembered of a node.
const COMPUTED: usize = 16;

/// A graph with the same answers and with fewer, larger questions.
pub(crate) fn lift(graph: Graph) -> Graph {
    let plan = Plan::new(&graph);
    let mut to = Rebuild::new(&graph);
    let mut places: Vec<NodeId> = vec![NodeId::ACCEPT, NodeId::REJECT];
    for id in 2..graph.len() {
        let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let at = |next: NodeId| places.get(next.index()).copied().unwrap_or(NodeId::REJECT);
        let place = match (graph.test(id), plan.chains.get(&id)) {
            (Some(_), _) if !plan.has(id) => NodeId::REJECT,
            (_, Some(chain)) => {
                let (exit, mut next) = (at(chain.exit), at(chain.end));
                for group in chain.groups.iter().rev() {
                    let relation =
                        Relation::In(to.graph.intern(Set::from_intervals(group.intervals.clone())));
                    next = to.ask(Test { expr: group.expr, relation, yes: exit, no: next }, group.span);
                }
                next
            }
            (Some(test), None) => {
                let test = to.adopt(Test { yes: at(test.yes), no: at(test.no), ..test }, &graph);
                to.ask(test, graph.span(id))
            }
            (None, None) => NodeId::REJECT,
        };
        places.push(place);
    }
    let root = places.get(graph.root.index()).copied().unwrap_or(NodeId::REJECT);
    to.finish(root)
}

/// Tests that lead to one exit.
struct Chain {
    exit: NodeId,
    end: NodeId,
    groups: Vec<Group>,
}

/// Tests of one value between two cuts.
struct Group {
    expr: ExprId,
    intervals: Vec<(u32, u32)>,
    span: Span,
}

/// What was asked for last before a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// No way into the node is known yet.
    Unknown,
    /// This value on every way.
    Value(ExprId),
    /// Not the same on all ways.
    Mixed,
}

struct Plan<'a> {
    graph: &'a Graph,
    /// How many ways lead to each node; 0 for nodes that cannot be reached or lie inside a chain.
    ways_in: Vec<u32>,
    /// Every packet that comes to a node has so many bytes.
    have: Vec<u32>,
    /// Values that can reject for another reason than that, and did not, on every way into a node. `None`: no way is known yet.
    computed: Vec<Option<Vec<ExprId>>>,
    /// The value that was asked for last, on every way into a node.
    last: Vec<Last>,
    /// As [`Rebuild::demand`].
    demand: Vec<u32>,
    /// By their first nodes.
    chains: Map<NodeId, Chain>,
}

impl<'a> Plan<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut plan = Self {
            graph,
            ways_in: vec![0; graph.len()],
            have: vec![u32::MAX; graph.len()],
            computed: vec![None; graph.len()],
            last: vec![Last::Unknown; graph.len()],
            demand: vec![0, u32::MAX],
            chains: Map::default(),
        };
        plan.survey();
        for id in (2..graph.len()).rev() {
            let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
            if plan.has(id) {
                plan.find(id);
            }
        }
        plan
    }

    fn has(&self, id: NodeId) -> bool {
        self.ways_in.get(id.index()).is_some_and(|&ways| ways > 0)
    }

    fn survey(&mut self) {
        for id in 2..self.graph.len() {
            let Some(test) = self.graph.test(NodeId(u32::try_from(id).unwrap_or(u32::MAX))) else { continue };
            let of = |next: NodeId| self.demand.get(next.index()).copied().unwrap_or(0);
            let demand = of(test.yes).min(of(test.no)).max(self.graph.need(&test));
            self.demand.push(demand);
        }
        let root = self.graph.root.index();
        if let (Some(ways), Some(have)) = (self.ways_in.get_mut(root), self.have.get_mut(root)) {
            (*ways, *have) = (1, 0);
        }
        for id in (2..self.graph.len()).rev() {
            let node = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
            let Some(test) = self.graph.test(node).filter(|_| self.has(node)) else { continue };
            let have = self.have.get(id).copied().unwrap_or(0).max(self.graph.need(&test));
            self.compute(id, &test);
            for next in [test.yes, test.no] {
                if let (Some(ways), Some(least)) =
                    (self.ways_in.get_mut(next.index()), self.have.get_mut(next.index()))
                {
                    *ways = ways.saturating_add(1);
                    *least = have.min(*least);
                }
                if let Some(last) = self.last.get_mut(next.index()) {
                    *last = match *last {
                        Last::Value(value) if value != test.expr => Last::Mixed,
                        Last::Mixed => Last::Mixed,
                        _ => Last::Value(test.expr),
                    };
                }
            }
        }
    }

    /// Hands on what is computed at a node.
    fn compute(&mut self, id: usize, test: &Test) {
        let mut computed = self.computed.get(id).cloned().flatten().unwrap_or_default();
        if self.graph.exprs.info(test.expr).shaky
            && !computed.contains(&test.expr)
            && computed.len() < COMPUTED
        {
            computed.push(test.expr);
        }
        for next in [test.yes, test.no] {
            match self.computed.get_mut(next.index()) {
                Some(Some(known)) => known.retain(|expr| computed.contains(expr)),
                Some(slot) => *slot = Some(computed.clone()),
                None => {}
            }
        }
    }

    /// Finds the longer of the two chains that begin at `first`, and takes its nodes.
    fn find(&mut self, first: NodeId) {
        let Some(test) = self.graph.test(first) else { return };
        let by_yes = self.follow(first, test.yes);
        let by_no = self.follow(first, test.no);
        let (exit, links) = if by_no.len() > by_yes.len() { (test.no, by_no) } else { (test.yes, by_yes) };
        let Some(&(last, held)) = links.last().filter(|_| links.len() > 1) else { return };
        let end = self.graph.test(last).map_or(NodeId::REJECT, |test| if held { test.no } else { test.yes });
        for &(id, _) in links.iter().skip(1) {
            if let Some(ways) = self.ways_in.get_mut(id.index()) {
                *ways = 0;
            }
        }
        let groups = self.group(first, exit, &links);
        if let (Some(1), Some(last), Some(group)) =
            (self.ways_in.get(end.index()), self.last.get_mut(end.index()), groups.last())
        {
            *last = Last::Value(group.expr);
        }
        self.chains.insert(first, Chain { exit, end, groups });
    }

    /// The nodes from `first` on that leave for `exit`, each with whether it leaves if its test holds.
    fn follow(&self, first: NodeId, exit: NodeId) -> Vec<(NodeId, bool)> {
        let mut links = Vec::new();
        let mut at = first;
        while let Some(test) = self.graph.test(at) {
            let alone = at == first || self.ways_in.get(at.index()) == Some(&1);
            let is_set = self.graph.holds_for(test.relation).is_some();
            if !alone || !is_set || (test.yes != exit && test.no != exit) {
                break;
            }
            let held = test.yes == exit;
            links.push((at, held));
            at = if held { test.no } else { test.yes };
        }
        links
    }

    fn group(&self, first: NodeId, exit: NodeId, links: &[(NodeId, bool)]) -> Vec<Group> {
        let of = |list: &[u32]| list.get(exit.index()).copied().unwrap_or(0);
        let mut have = self.have.get(first.index()).copied().unwrap_or(0).max(of(&self.demand));
        let mut groups: Vec<Group> = Vec::new();
        let mut computed = self.computed.get(first.index()).cloned().flatten().unwrap_or_default();
        // The groups of this stretch, by value.
        let mut open: Map<ExprId, usize> = Map::default();
        let mut free = true;
        let mut first_stretch = usize::MAX;
        for &(id, held) in links {
            let Some(test) = self.graph.test(id) else { continue };
            let Some(set) = self.graph.holds_for(test.relation) else { continue };
            let set = if held { set } else { set.complement() };
            let need = self.graph.need(&test);
            let shaky = self.graph.shaky(&test) && !computed.contains(&test.expr);
            if exit != NodeId::REJECT && (need > have || shaky) {
                open.clear();
                free &= !groups.is_empty();
                first_stretch = first_stretch.min(groups.len());
            }
            have = have.max(need);
            if shaky {
                computed.push(test.expr);
            }
            let position = *open.entry(test.expr).or_insert_with(|| {
                groups.push(Group { expr: test.expr, intervals: Vec::new(), span: self.graph.span(id) });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(position) {
                group.intervals.extend(set.intervals());
                group.span = group.span.to(self.graph.span(id));
            }
        }
        let last = self.last.get(first.index()).copied().unwrap_or(Last::Mixed);
        let mut stretch = groups.iter().take(first_stretch);
        let position = stretch.position(|group| free && Last::Value(group.expr) == last);
        if let Some(front) = position.and_then(|position| groups.get_mut(..=position)) {
            front.rotate_right(1);
        }
        groups
    }
}

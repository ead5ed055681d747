//! Builds a graph anew from its end: equal nodes become one, a test with one way on becomes none, and a load that another one
//! makes needless is dropped.
//!
//! Loads: a test whose two ways are one becomes [`Relation::Loaded`], and that is dropped if every packet that comes to `Accept`
//! from there needs as many bytes anyway ([`Rebuild::demand`]).

use crate::diag::Span;
use crate::graph::{Expr, Exprs, Graph, NodeId, Relation, Set, Test};
use crate::hir::{BinaryOp, Size};

/// A new graph with the same answers.
pub(crate) fn rebuild(graph: Graph) -> Graph {
    let reachable = graph.reachable();
    let mut to = Rebuild::new(&graph);
    let mut places: Vec<NodeId> = Vec::with_capacity(graph.len());
    for (id, &reachable) in reachable.iter().enumerate() {
        let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
        let place = match graph.test(id) {
            Some(test) if reachable => {
                let at = |next: NodeId| places.get(next.index()).copied().unwrap_or(NodeId::REJECT);
                let moved = Test { yes: at(test.yes), no: at(test.no), ..test };
                let moved = to.adopt(moved, &graph);
                to.ask(moved, graph.span(id))
            }
            _ => id.min(NodeId::REJECT),
        };
        places.push(place);
    }
    let root = places.get(graph.root.index()).copied().unwrap_or(NodeId::REJECT);
    to.finish(root)
}

/// A graph under construction that simplifies as it grows.
pub(crate) struct Rebuild {
    /// The graph so far.
    pub graph: Graph,
    /// For each node: a packet that is accepted from there has at least so many bytes. `u32::MAX` where none is.
    demand: Vec<u32>,
}

impl Rebuild {
    /// An empty graph over the values of another.
    pub fn new(from: &Graph) -> Self {
        Self { graph: Graph::with_room(from.exprs.clone(), from.len()), demand: vec![0, u32::MAX] }
    }

    /// How many bytes every packet has that is accepted from `id` on.
    pub fn demand(&self, id: NodeId) -> u32 {
        self.demand.get(id.index()).copied().unwrap_or(0)
    }

    /// The graph with its root.
    pub fn finish(mut self, root: NodeId) -> Graph {
        self.graph.root = root;
        self.graph
    }

    /// A test of another graph whose successors are of this one already: brings its set along.
    pub fn adopt(&mut self, test: Test, from: &Graph) -> Test {
        let relation = match test.relation {
            Relation::In(set) => Relation::In(self.graph.intern(from.set(set).clone())),
            relation => relation,
        };
        Test { relation, ..test }
    }

    /// The node that asks `test`, or a simpler one with the same answers.
    pub fn ask(&mut self, test: Test, span: Span) -> NodeId {
        let Test { expr, relation, yes, no } = self.simplify(test);
        if yes == no && yes == NodeId::REJECT {
            return NodeId::REJECT;
        }
        // A chain loads more than its value, whatever the answer is worth.
        if matches!(relation, Relation::Point | Relation::Chain { .. } | Relation::Keep(_)) {
            let id = self.graph.ask(Test { expr, relation, yes, no }, span);
            self.note();
            return id;
        }
        let settled = yes == no || relation == Relation::Loaded;
        let id = match settled {
            true => {
                let pieces = [Some(expr), relation.right()];
                pieces.into_iter().flatten().fold(yes, |next, piece| self.loaded(piece, next, span))
            }
            false => self.graph.ask(Test { expr, relation, yes, no }, span),
        };
        self.note();
        id
    }

    /// Records the demand of a node that was just made.
    fn note(&mut self) {
        while self.demand.len() < self.graph.len() {
            let id = NodeId(u32::try_from(self.demand.len()).unwrap_or(u32::MAX));
            let demand = self.graph.test(id).map_or(u32::MAX, |test| {
                self.demand(test.yes).min(self.demand(test.no)).max(self.graph.need(&test))
            });
            self.demand.push(demand);
        }
    }

    /// Goes on to `next` once `expr` could be loaded.
    fn loaded(&mut self, expr: crate::graph::ExprId, next: NodeId, span: Span) -> NodeId {
        let info = self.graph.exprs.info(expr);
        if next == NodeId::REJECT || info.never {
            return NodeId::REJECT;
        }
        let relation = Relation::Loaded;
        if info.shaky {
            let id = self.graph.ask(Test { expr, relation, yes: next, no: NodeId::REJECT }, span);
            self.note();
            return id;
        }
        if info.need <= self.demand(next) {
            return next;
        }
        let expr = last_byte(&mut self.graph.exprs, expr, info.need);
        let id = self.graph.ask(Test { expr, relation, yes: next, no: NodeId::REJECT }, span);
        self.note();
        id
    }

    /// The same question in its plainest form.
    fn simplify(&mut self, test: Test) -> Test {
        if let Some(answer) = self.constant(&test) {
            let way = if answer { test.yes } else { test.no };
            return Test { yes: way, no: way, ..test };
        }
        let bits = self.graph.exprs.info(test.expr).bits;
        if let (Relation::Equal(number), Expr::Load { .. }) = (test.relation, self.graph.exprs.get(test.expr))
        {
            return if number & !bits == 0 { test } else { Test { yes: test.no, ..test } };
        }
        let Some(set) = self.graph.holds_for(test.relation) else { return self.simplify_bits(test) };
        let most = u32::MAX.checked_shr(bits.leading_zeros()).unwrap_or(0);
        let set = set.and(&Set::of(0, most));
        let (expr, set) = match self.graph.exprs.as_computed {
            true => (test.expr, set),
            false => super::values::undo(&self.graph.exprs, test.expr, &set),
        };
        let plain = super::values::question(&mut self.graph, expr, &set, test.yes, test.no);
        match (plain.relation, self.graph.exprs.get(expr)) {
            (Relation::Equal(0), Expr::Binary(BinaryOp::And, inner, mask)) => {
                let Some(mask) = self.graph.exprs.constant(mask) else { return plain };
                Test { expr: inner, relation: Relation::AnyBit(mask), yes: plain.no, no: plain.yes }
            }
            _ => plain,
        }
    }

    /// The answer to a question about a number.
    fn constant(&self, test: &Test) -> Option<bool> {
        let number = self.graph.exprs.constant(test.expr)?;
        match test.relation {
            Relation::AnyBit(mask) => Some(number & mask != 0),
            Relation::EqualTo(right) => Some(number == self.graph.exprs.constant(right)?),
            Relation::AboveOf(right) => Some(number > self.graph.exprs.constant(right)?),
            Relation::AtLeastOf(right) => Some(number >= self.graph.exprs.constant(right)?),
            relation => Some(Set::of(number, number).within(&self.graph.holds_for(relation)?)),
        }
    }

    fn simplify_bits(&mut self, test: Test) -> Test {
        if test.relation == Relation::EqualTo(test.expr) || test.relation == Relation::AtLeastOf(test.expr) {
            return Test { no: test.yes, ..test };
        }
        let Relation::AnyBit(mask) = test.relation else { return test };
        match mask & self.graph.exprs.info(test.expr).bits {
            0 => Test { yes: test.no, ..test },
            mask => Test { relation: Relation::AnyBit(mask), ..test },
        }
    }
}

/// The simplest load that needs as many bytes as `expr`: `expr` itself if it is one.
fn last_byte(exprs: &mut Exprs, expr: crate::graph::ExprId, need: u32) -> crate::graph::ExprId {
    match exprs.get(expr) {
        Expr::Load { .. } => expr,
        _ => exprs.load(Size::Byte, need.saturating_sub(1)),
    }
}

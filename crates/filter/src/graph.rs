//! A filter as a graph of yes/no decisions over pure values.
//!
//! # The law
//! A packet walks from the root to [`Node::Accept`] or [`Node::Reject`]. A test computes its values, which may load bytes of the
//! packet; **a load past the captured end (and a division by a zero register) rejects the packet there and then**, even
//! under `not`. So what a graph means is: the packet is accepted if, and only if, its path ends in `Accept` *and every
//! load on that path was possible*. From this follows what a pass may do:
//!
//! - Values are pure: equal values are one [`ExprId`], and computing one twice is computing it once.
//! - A load may be dropped from a path if another load of that path, before it or after it, reaches as far
//!   ([`ExprInfo::need`]), or if the path ends in `Reject` anyway: whether the packet is rejected here or there, nobody
//!   can tell. Otherwise what is left of a dropped test is [`Relation::Loaded`].
//! - Two tests may change places if no packet thereby comes to `Accept` without a load that it had to pass before.
//!
//! Nodes are hash-consed and dense, and a node's successors have smaller ids than the node: every walk is a loop
//! over ids, downward from the root to push facts along the paths, upward to rebuild. No pass needs a stack.

use crate::diag::Span;

mod dot;
mod expr;
mod hash;
mod print;
mod set;

pub(crate) use expr::{Expr, ExprId, Exprs, Fact, HALF};
pub(crate) use hash::Map;
pub(crate) use set::Set;

/// Position of a node in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub u32);

impl NodeId {
    /// The packet is wanted.
    pub const ACCEPT: Self = Self(0);
    /// The packet is not wanted.
    pub const REJECT: Self = Self(1);

    /// The id as a position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Position of a [`Set`] in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SetId(u32);

/// What a test asks about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    /// It is this number.
    Equal(u32),
    /// It is greater than this number.
    Above(u32),
    /// It is this number or a greater one.
    AtLeast(u32),
    /// It shares a set bit with this number.
    AnyBit(u32),
    /// It is in this set.
    In(SetId),
    /// It equals another value.
    EqualTo(ExprId),
    /// It is greater than another value.
    AboveOf(ExprId),
    /// It is not less than another value.
    AtLeastOf(ExprId),
    /// Nothing: the answer is yes once the value could be loaded. The `no` of such a test is [`NodeId::REJECT`].
    Loaded,
    /// The chain of IP headers, of which the first one's number is the value, has this number in it. Asking may load any byte
    /// behind the IP header.
    Chain {
        /// IPv6, where the value stands six bytes behind the start of the header; in IPv4, nine.
        six: bool,
        /// The number.
        number: u8,
    },
    /// Nothing: from here on the other value, an [`Expr::Kept`], is this one. A path does so once for each such value, before it is
    /// used. The `no` of such a test is [`NodeId::REJECT`].
    Keep(ExprId),
    /// Nothing: from here on [`Expr::Pointed`] counts from the value of this test. Made for the emitter only.
    Point,
}

impl Relation {
    /// The second value that is computed, if there is one.
    pub fn right(self) -> Option<ExprId> {
        match self {
            Self::EqualTo(e) | Self::AboveOf(e) | Self::AtLeastOf(e) => Some(e),
            _ => None,
        }
    }
}

/// A question with two ways on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Test {
    /// The value in question.
    pub expr: ExprId,
    /// What is asked about it.
    pub relation: Relation,
    /// Where to go if it holds.
    pub yes: NodeId,
    /// Where to go if not.
    pub no: NodeId,
}

/// One place on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// The packet is wanted.
    Accept,
    /// The packet is not wanted.
    Reject,
    /// A question.
    Test(Test),
}

/// Nodes, the values that they ask about, and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    /// The values.
    pub exprs: Exprs,
    /// Where every packet begins.
    pub root: NodeId,
    nodes: Vec<Node>,
    spans: Vec<Span>,
    ids: Map<Node, NodeId>,
    sets: Vec<Set>,
    set_ids: Map<Set, SetId>,
}

impl Graph {
    /// A graph that rejects everything and knows `exprs`.
    pub fn new(exprs: Exprs) -> Self {
        Self {
            exprs,
            root: NodeId::REJECT,
            nodes: vec![Node::Accept, Node::Reject],
            spans: vec![Span::default(); 2],
            ids: Map::default(),
            sets: Vec::new(),
            set_ids: Map::default(),
        }
    }

    /// As [`Graph::new`], with room for so many nodes.
    pub fn with_room(exprs: Exprs, nodes: usize) -> Self {
        let mut graph = Self::new(exprs);
        graph.nodes.reserve(nodes);
        graph.spans.reserve(nodes);
        graph.ids.reserve(nodes);
        graph
    }

    /// The node `id`; `Reject` for an id of another graph.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes.get(id.index()).copied().unwrap_or(Node::Reject)
    }

    /// The test at `id`, if it is one.
    pub fn test(&self, id: NodeId) -> Option<Test> {
        match self.node(id) {
            Node::Test(test) => Some(test),
            Node::Accept | Node::Reject => None,
        }
    }

    /// The words of the filter that made the node first.
    pub fn span(&self, id: NodeId) -> Span {
        self.spans.get(id.index()).copied().unwrap_or_default()
    }

    /// How many nodes there are, reachable or not.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The set `id`.
    pub fn set(&self, id: SetId) -> &Set {
        static EMPTY: Set = Set::EMPTY;
        self.sets.get(id.0 as usize).unwrap_or(&EMPTY)
    }

    /// The id of a set.
    pub fn intern(&mut self, set: Set) -> SetId {
        if let Some(&id) = self.set_ids.get(&set) {
            return id;
        }
        let id = SetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.sets.push(set.clone());
        self.set_ids.insert(set, id);
        id
    }

    /// The node that asks `test`. Nothing is simplified, but that a value which can never be loaded rejects.
    pub fn ask(&mut self, test: Test, span: Span) -> NodeId {
        let right = test.relation.right();
        if self.exprs.info(test.expr).never || right.is_some_and(|e| self.exprs.info(e).never) {
            return NodeId::REJECT;
        }
        let node = Node::Test(test);
        if let Some(&id) = self.ids.get(&node) {
            return id;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        self.spans.push(span);
        self.ids.insert(node, id);
        id
    }

    /// The values for which `relation` holds, if that is a question about one value and has an answer as intervals.
    pub fn holds_for(&self, relation: Relation) -> Option<Set> {
        match relation {
            Relation::Equal(k) => Some(Set::of(k, k)),
            Relation::AtLeast(k) => Some(Set::of(k, u32::MAX)),
            Relation::Above(k) => Some(k.checked_add(1).map_or(Set::EMPTY, |low| Set::of(low, u32::MAX))),
            Relation::In(id) => Some(self.set(id).clone()),
            _ => None,
        }
    }

    /// How many bytes a test needs at fixed offsets.
    pub fn need(&self, test: &Test) -> u32 {
        let left = self.exprs.info(test.expr).need;
        test.relation.right().map_or(left, |e| left.max(self.exprs.info(e).need))
    }

    /// Whether a test can reject for another reason than [`Graph::need`].
    pub fn shaky(&self, test: &Test) -> bool {
        matches!(test.relation, Relation::Chain { .. })
            || self.exprs.info(test.expr).shaky
            || test.relation.right().is_some_and(|e| self.exprs.info(e).shaky)
    }

    /// Which nodes can be reached from the root.
    pub fn reachable(&self) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        if let Some(root) = seen.get_mut(self.root.index()) {
            *root = true;
        }
        for id in (0..self.nodes.len()).rev() {
            if let (Some(true), Some(Node::Test(test))) = (seen.get(id), self.nodes.get(id)) {
                for next in [test.yes, test.no] {
                    if let Some(flag) = seen.get_mut(next.index()) {
                        *flag = true;
                    }
                }
            }
        }
        seen
    }

    /// Whether the graph is as its description says; the message tells where it is not.
    pub fn check(&self) -> Result<(), String> {
        for (id, node) in self.nodes.iter().enumerate() {
            let Node::Test(test) = node else {
                if id > 1 {
                    return Err(format!("n{id}: a second end"));
                }
                continue;
            };
            if test.yes.index() >= id || test.no.index() >= id {
                return Err(format!("n{id}: a successor that is not older than the node"));
            }
            if matches!(test.relation, Relation::Loaded | Relation::Point | Relation::Keep(_))
                && test.no != NodeId::REJECT
            {
                return Err(format!("n{id}: a test without a question goes two ways"));
            }
            if !self.exprs.holds(test.expr) || test.relation.right().is_some_and(|e| !self.exprs.holds(e)) {
                return Err(format!("n{id}: an unknown value"));
            }
        }
        match self.root.index() < self.nodes.len() {
            true => Ok(()),
            false => Err("no root".into()),
        }
    }
}

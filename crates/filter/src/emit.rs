//! From a graph to a program: registers, jumps, distances.
//!
//! Each node of the graph becomes the loads that it takes and one or more jumps. A register that holds the right
//! value on every way into a node is not loaded again; a way on which it happens to hold it goes straight to the jump.
//! Equal tails are one tail, whatever nodes they come from: `code.rs` builds the instructions from the end and never
//! builds one twice. `layout.rs` puts them in a row.

use crate::diag::Span;
use crate::graph::{Expr, ExprId, Graph, Node, NodeId, Relation, Set, Test};
use choice::Ways;
use code::{Code, Label};
use gannet_bpf::{Instruction, opcode as o};

mod choice;
mod code;
mod layout;
mod round;
mod value;

pub(crate) use value::TooMany;

/// How to emit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// What an accepting program returns.
    pub accept: u32,
    /// Whether a value that is in a register already is used.
    pub reuse: bool,
    /// The most intervals that are tested one after the other; more become a tree.
    pub leaf: usize,
}

/// What the registers hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    a: Option<ExprId>,
    x: Option<ExprId>,
}

impl State {
    /// What is so in both.
    fn meet(self, other: Self) -> Self {
        Self { a: self.a.filter(|_| self.a == other.a), x: self.x.filter(|_| self.x == other.x) }
    }

    /// Whether all that `other` says holds here.
    fn implies(self, other: Self) -> bool {
        self.meet(other) == other
    }
}

/// The instructions of `graph`, each with the words that it comes from. Not yet checked.
pub(crate) fn instructions(graph: &Graph, style: Style) -> Result<(Vec<Instruction>, Vec<Span>), TooMany> {
    if graph.exprs.reserved() > o::MEMORY_SLOTS {
        return Err(TooMany);
    }
    let slots = value::slots(&graph.exprs);
    let reachable = graph.reachable();
    let mut emitter = Emitter {
        graph,
        style,
        slots,
        code: Code::with_room(graph.len()),
        entry: vec![None; graph.len()],
        places: Vec::with_capacity(graph.len()),
    };
    emitter.states(&reachable)?;
    let accept = emitter.code.end(style.accept);
    let reject = emitter.code.end(0);
    for (id, &reachable) in reachable.iter().enumerate() {
        let place = match graph.node(NodeId(u32::try_from(id).unwrap_or(u32::MAX))) {
            Node::Accept => Place { start: accept, body: accept, steps: Vec::new(), after: State::default() },
            Node::Test(test) if reachable => emitter.place(id, &test)?,
            _ => Place { start: reject, body: reject, steps: Vec::new(), after: State::default() },
        };
        emitter.places.push(place);
    }
    let root = emitter.places.get(graph.root.index()).map_or(reject, |place| place.start);
    Ok(layout::row(&emitter.code, root))
}

/// Where the instructions of a node are.
struct Place {
    /// The first load, or the first jump if there is none.
    start: Label,
    /// The first jump.
    body: Label,
    /// What lies between the two.
    steps: value::Steps,
    /// How the registers are at `body`.
    after: State,
}

struct Emitter<'a> {
    graph: &'a Graph,
    style: Style,
    slots: Vec<u8>,
    code: Code,
    /// What the registers hold on every way into a node.
    entry: Vec<Option<State>>,
    places: Vec<Place>,
}

impl Emitter<'_> {
    /// Pushes what the registers hold from the root downward.
    fn states(&mut self, reachable: &[bool]) -> Result<(), TooMany> {
        for id in (0..self.graph.len()).rev().filter(|&id| reachable.get(id) == Some(&true)) {
            let Some(test) = self.graph.test(NodeId(u32::try_from(id).unwrap_or(u32::MAX))) else { continue };
            let (_, after) = value::plan(&self.graph.exprs, &self.slots, &test, self.entry_of(id))?;
            for next in [test.yes, test.no] {
                if let Some(slot) = self.entry.get_mut(next.index()) {
                    *slot = Some(slot.map_or(after, |state| state.meet(after)));
                }
            }
        }
        Ok(())
    }

    fn entry_of(&self, id: usize) -> State {
        match self.style.reuse {
            true => self.entry.get(id).copied().flatten().unwrap_or_default(),
            false => State::default(),
        }
    }

    /// Makes the instructions of a node; those of its successors are made.
    fn place(&mut self, id: usize, test: &Test) -> Result<Place, TooMany> {
        let (steps, after) = value::plan(&self.graph.exprs, &self.slots, test, self.entry_of(id))?;
        let span = self.graph.span(NodeId(u32::try_from(id).unwrap_or(u32::MAX)));
        let ways = Ways { yes: self.way(test.yes, after)?, no: self.way(test.no, after)?, span };
        let body = self.jumps(test, ways);
        let start = self.chain(&steps, body, span);
        Ok(Place { start, body, steps, after })
    }

    fn chain(&mut self, steps: &[(u16, u32)], body: Label, span: Span) -> Label {
        steps.iter().rev().fold(body, |next, &step| self.code.step(step, next, span))
    }

    /// Where to jump to for `next` with registers as `state` says: past such loads as are done already.
    fn way(&mut self, next: NodeId, state: State) -> Result<Label, TooMany> {
        let Some(place) = self.places.get(next.index()) else { return Ok(self.code.end(0)) };
        let Some(test) = self.graph.test(next).filter(|_| self.style.reuse && !place.steps.is_empty()) else {
            return Ok(place.start);
        };
        let (steps, after) = value::plan(&self.graph.exprs, &self.slots, &test, state)?;
        let (body, start) = (place.body, place.start);
        if steps.len() < place.steps.len() && place.steps.ends_with(&steps) && after.implies(place.after) {
            return Ok(self.chain(&steps, body, self.graph.span(next)));
        }
        Ok(start)
    }

    fn jumps(&mut self, test: &Test, ways: Ways) -> Label {
        let both = (ways.yes, ways.no);
        let most = self.graph.exprs.info(test.expr).bits;
        let most = u32::MAX.checked_shr(most.leading_zeros()).unwrap_or(0);
        let mut jump = |code: u16, k: u32| self.code.jump(o::JMP | code, k, both, ways.span);
        match test.relation {
            Relation::Equal(k) => jump(o::JEQ | o::K, k),
            Relation::Above(k) => jump(o::JGT | o::K, k),
            Relation::AtLeast(k) => jump(o::JGE | o::K, k),
            Relation::AnyBit(k) => jump(o::JSET | o::K, k),
            Relation::EqualTo(_) => jump(o::JEQ | o::X, 0),
            Relation::AboveOf(_) => jump(o::JGT | o::X, 0),
            Relation::AtLeastOf(_) => jump(o::JGE | o::X, 0),
            Relation::In(id) => {
                let set: &Set = self.graph.set(id);
                choice::member(&mut self.code, set, most, ways, self.style.leaf)
            }
            Relation::Chain { six, number } => {
                let network = match self.graph.exprs.get(test.expr) {
                    Expr::Load { at, .. } => at.wrapping_sub(value::first_number(six)),
                    _ => 0,
                };
                round::chain(&mut self.code, six, u32::from(number), network, ways)
            }
            Relation::Loaded | Relation::Point | Relation::Keep(_) => ways.yes,
        }
    }
}

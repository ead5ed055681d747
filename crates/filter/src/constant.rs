//! Parts of a filter that are the same for every packet: they are legal, and nobody means them.
//!
//! Each part is compiled by itself; if nothing is left of it, that is proof. Parts of parts are not reported twice.

use crate::diag::{Diagnostic, Kind, Span};
use crate::graph::{Graph, NodeId, Relation};
use crate::hir::{Filter, LayerId, LayerKind, Node, TestKind};
use crate::{Target, lower, opt};
use std::mem::{Discriminant, discriminant};

/// Filters with more tests than these are not looked at: it would take longer than compiling them.
const MOST: usize = 24;

/// A part of a filter that is the same for every packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its words.
    pub span: Span,
    /// Whether it holds for every packet that is long enough; else it holds for none.
    pub holds: bool,
    /// Whether it is several tests joined, each of which can hold and can fail.
    pub joined: bool,
}

impl Part {
    /// Why the part is the same for every packet.
    pub fn why(&self) -> &'static str {
        match (self.holds, self.joined) {
            (false, true) => "nothing can be all of this at once; \"or\" asks for one of them",
            (false, false) => "it cannot be so, whatever the packet",
            (true, true) => "whatever a packet is, it is one of these",
            (true, false) => "it asks for nothing",
        }
    }
}

/// The parts of `filter` that are the same for every packet, the smallest ones, in the order of the filter's nodes.
pub(crate) fn parts(filter: &Filter, target: &Target) -> Vec<Part> {
    let mut parts = Vec::new();
    let depends = |kind| match kind {
        LayerKind::Geneve | LayerKind::Vxlan => true,
        LayerKind::Vlan => target.linux_extensions,
        _ => false,
    };
    // Where a layer is found on some ways only, a part by itself is not what it is in its place.
    if filter.tests.len() > MOST || filter.layers.iter().any(|layer| depends(layer.kind)) {
        return parts;
    }
    let outlines = outlines(filter);
    let mut asked_before: Vec<(Discriminant<TestKind>, LayerId)> = Vec::new();
    let mut reported = vec![false; filter.nodes.len()];
    for (id, node) in filter.nodes.iter().enumerate() {
        let below = |child: crate::hir::NodeId| reported.get(child.0 as usize) == Some(&true);
        let (joined, mut done) = match *node {
            Node::And(left, right) | Node::Or(left, right) => (true, below(left) || below(right)),
            Node::Not(inner) => (false, below(inner)),
            Node::Test(_) | Node::True => (false, false),
        };
        let Some(outline) = outlines.get(id) else { continue };
        let asked = !done && outline.is_whole && can_be_same(filter, node, &mut asked_before);
        if asked && let Some(holds) = same_for_all(filter, id, target) {
            let id = beginning(filter, id, holds, target);
            let span = outlines.get(id).map_or(outline.span, |outline| outline.span);
            parts.push(Part { span, holds, joined });
            done = true;
        }
        if let Some(flag) = reported.get_mut(id) {
            *flag = done;
        }
    }
    parts
}

/// A warning about each of [`parts`].
pub(crate) fn warnings(filter: &Filter, target: &Target) -> Vec<Diagnostic> {
    let warning = |part: Part| {
        let message = if part.holds { "every packet passes this" } else { "no packet passes this" };
        Diagnostic::new(Kind::Warning, part.span, message).because(part.why())
    };
    parts(filter, target).into_iter().map(warning).collect()
}

/// Whether it is worth a compilation to find out if a node is the same for every packet. Of lists of hosts, ports and the like the
/// first one speaks for all.
fn can_be_same(filter: &Filter, node: &Node, asked: &mut Vec<(Discriminant<TestKind>, LayerId)>) -> bool {
    let is_plain = |kind: &TestKind| {
        use TestKind::{DecnetHost, EtherHost, Host4, Host6, IpProto, Port};
        matches!(
            kind,
            Host4 { .. } | Host6 { .. } | Port { .. } | EtherHost { .. } | DecnetHost { .. } | IpProto { .. }
        )
    };
    match *node {
        Node::Not(_) | Node::True => false,
        Node::And(..) => true,
        // Some packet is none of them. This goes no deeper than a filter has tests, see `MOST`.
        Node::Or(left, right) => ![left, right].iter().all(|&side| match filter.node(side) {
            Node::Test(test) => filter.test(test).is_some_and(|test| is_plain(&test.kind)),
            Node::Or(..) => !can_be_same(filter, &filter.node(side), asked),
            _ => false,
        }),
        Node::Test(test) => filter.test(test).is_some_and(|test| {
            let key = (discriminant(&test.kind), test.at);
            if is_plain(&test.kind) && asked.contains(&key) {
                return false;
            }
            asked.push(key);
            !matches!(test.kind, TestKind::Direction { .. } | TestKind::IfIndex(_))
        }),
    }
}

/// What a node covers.
#[derive(Clone, Copy, Default)]
struct Outline {
    span: Span,
    /// It is no piece of a longer chain of the same word, nor of what a single word stands for.
    is_whole: bool,
}

fn outlines(filter: &Filter) -> Vec<Outline> {
    let mut outlines: Vec<Outline> = Vec::with_capacity(filter.nodes.len());
    for node in &filter.nodes {
        let of = |id: crate::hir::NodeId| outlines.get(id.0 as usize).map_or(Span::default(), |o| o.span);
        let span = match *node {
            Node::And(left, right) | Node::Or(left, right) => of(left).to(of(right)),
            Node::Not(inner) => of(inner),
            Node::Test(test) => filter.test(test).map_or(Span::default(), |test| test.span),
            Node::True => Span::default(),
        };
        outlines.push(Outline { span, is_whole: true });
    }
    for (id, node) in filter.nodes.iter().enumerate() {
        let (Node::And(left, right) | Node::Or(left, right)) = *node else { continue };
        let own = outlines.get(id).map_or(Span::default(), |outline| outline.span);
        for child in [left, right] {
            let same_word = matches!(
                (node, filter.node(child)),
                (Node::And(..), Node::And(..)) | (Node::Or(..), Node::Or(..))
            );
            if let Some(outline) = outlines.get_mut(child.0 as usize) {
                outline.is_whole &= !same_word && outline.span != own;
            }
        }
    }
    outlines
}

/// Whether the node holds for every packet that is long enough (`Some(true)`), or for none (`Some(false)`).
fn same_for_all(filter: &Filter, id: usize, target: &Target) -> Option<bool> {
    let root = crate::hir::NodeId(u32::try_from(id).ok()?);
    let part = Filter { root, ..filter.clone() };
    let graph = opt::optimise(lower::lower(&part, target).ok()?).lifted;
    end(&graph)
}

/// The shortest beginning of a chain of the same word that is the same for every packet.
fn beginning(filter: &Filter, id: usize, holds: bool, target: &Target) -> usize {
    let mut shortest = id;
    let is_and = |node: &Node| matches!(node, Node::And(..));
    while let Some(node @ (Node::And(left, _) | Node::Or(left, _))) = filter.nodes.get(shortest) {
        let next = left.0 as usize;
        let same_word = filter
            .nodes
            .get(next)
            .is_some_and(|inner| !matches!(inner, Node::Test(_)) && is_and(inner) == is_and(node));
        if !same_word || next >= shortest || same_for_all(filter, next, target) != Some(holds) {
            break;
        }
        shortest = next;
    }
    shortest
}

/// Where every packet ends that is long enough.
fn end(graph: &Graph) -> Option<bool> {
    let mut place = graph.root;
    while let Some(test) = graph.test(place) {
        if test.relation != Relation::Loaded {
            return None;
        }
        place = test.yes;
    }
    Some(place == NodeId::ACCEPT)
}

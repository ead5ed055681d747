//! From typed tests to a graph: which loads a test makes, and in which order.
//!
//! The order is libpcap's, since a packet that is cut short can tell (see the law in [`crate::graph`]). A test is built
//! from its end: it gets the nodes to go on to, and gives the node to begin with. The tree of decisions needs no node of its own.
//!
//! On a live Linux handle the kernel may have taken the first VLAN tag out of the packet, and then everything behind it
//! stands four bytes nearer. So each test is built twice there, for a packet that went past the `vlan` test with its tag
//! in place and for any other, and the ways on are pairs.

use crate::Target;
use crate::diag::{Diagnostic, Span};
use crate::graph::{Exprs, Fact, Graph, NodeId, Relation, Test};
use crate::hir::{self, CompareOp, Filter, LayerId, LayerKind, Node, Size, TestKind};
use crate::link::{self, Direction, Offset, View};

mod arith;
mod encap;
mod host;
mod port;
mod proto;

/// The graph of `filter`, not yet optimised.
pub(crate) fn lower(filter: &Filter, target: &Target) -> Result<Graph, Diagnostic> {
    let Some(view) = link::view(target) else {
        let whole = filter.tests.iter().map(|test| test.span).reduce(Span::to).unwrap_or_default();
        return match filter.tests.is_empty() {
            true => Ok(accept_all()),
            false => Err(Diagnostic::unsupported(whole, format!("link type {}", target.link.0))),
        };
    };
    let mut build = Build { graph: Graph::new(Exprs::default()), filter, target, span: Span::default() };
    let views = encap::views(&mut build, view);
    let live = encap::first_vlan(filter, target);
    let root = Walk { build: &mut build, views, live }.tree(filter)?;
    build.graph.root = root;
    Ok(build.graph)
}

fn accept_all() -> Graph {
    let mut graph = Graph::new(Exprs::default());
    graph.root = NodeId::ACCEPT;
    graph
}

/// Ways on for a packet whose first VLAN tag is not in front of what follows, and for one where it is.
type Pair = [NodeId; 2];

struct Walk<'a, 'b> {
    build: &'a mut Build<'b>,
    /// Where things are in each layer, if the first VLAN tag is not in the packet, and if it is.
    views: Vec<[View; 2]>,
    /// The `vlan` test that may have to ask the kernel.
    live: Option<hir::TestId>,
}

/// What is left to do in the tree of decisions.
enum Task {
    /// Build this node with these ways on; the result is kept.
    Visit(hir::NodeId, Pair, Pair),
    /// Build the node whose `yes` way is the result.
    IfYes(hir::NodeId, Pair),
    /// Build the node whose `no` way is the result.
    IfNo(hir::NodeId, Pair),
}

impl Walk<'_, '_> {
    fn tree(&mut self, filter: &Filter) -> Result<NodeId, Diagnostic> {
        let mut result = [NodeId::ACCEPT; 2];
        let mut tasks = vec![Task::Visit(filter.root, [NodeId::ACCEPT; 2], [NodeId::REJECT; 2])];
        while let Some(task) = tasks.pop() {
            match task {
                Task::IfYes(node, no) => tasks.push(Task::Visit(node, result, no)),
                Task::IfNo(node, yes) => tasks.push(Task::Visit(node, yes, result)),
                // Of `x or true` and `x and false` nothing is left, not even the loads of `x`.
                Task::Visit(_, yes, no) if yes == no => result = yes,
                Task::Visit(node, yes, no) => match filter.node(node) {
                    Node::And(left, right) => {
                        tasks.extend([Task::IfYes(left, no), Task::Visit(right, yes, no)]);
                    }
                    Node::Or(left, right) => {
                        tasks.extend([Task::IfNo(left, yes), Task::Visit(right, yes, no)])
                    }
                    Node::Not(inner) => tasks.push(Task::Visit(inner, no, yes)),
                    Node::Test(id) => result = self.test(filter, id, yes, no)?,
                    Node::True => result = yes,
                },
            }
        }
        Ok(result[0])
    }

    fn test(&mut self, filter: &Filter, id: hir::TestId, yes: Pair, no: Pair) -> Result<Pair, Diagnostic> {
        let Some(test) = filter.test(id) else { return Ok(no) };
        self.build.span = test.span;
        let view =
            |place: usize| self.views.get(test.at.0 as usize).and_then(|pair| pair.get(place)).copied();
        let (Some(near), Some(far)) = (view(0), view(1)) else { return Ok(no) };
        if let (Some(live), TestKind::Vlan { id: number }) = (self.live, &test.kind)
            && live == id
        {
            let first = encap::live_vlan(self.build, &near, *number, yes, no);
            return Ok([first; 2]);
        }
        let first = self.build.one(test, &near, yes[0], no[0])?;
        if self.live.is_none() {
            return Ok([first; 2]);
        }
        Ok([first, self.build.one(test, &far, yes[1], no[1])?])
    }
}

/// A graph in the making.
pub(crate) struct Build<'a> {
    /// The nodes so far.
    pub graph: Graph,
    filter: &'a Filter,
    target: &'a Target,
    span: Span,
}

impl Build<'_> {
    /// Bytes at an offset.
    pub fn load(&mut self, size: Size, at: Offset) -> crate::graph::ExprId {
        match at.base {
            None => self.graph.exprs.load(size, at.plus),
            Some(base) => self.graph.exprs.load_at(size, base, at.plus),
        }
    }

    /// A test of a value.
    pub fn ask(&mut self, expr: crate::graph::ExprId, relation: Relation, yes: NodeId, no: NodeId) -> NodeId {
        self.graph.ask(Test { expr, relation, yes, no }, self.span)
    }

    /// Whether bytes are this number.
    pub fn equal(&mut self, size: Size, at: Offset, number: u32, yes: NodeId, no: NodeId) -> NodeId {
        let bytes = self.load(size, at);
        self.ask(bytes, Relation::Equal(number), yes, no)
    }

    /// Whether the bits of `mask` in some bytes are `number`.
    pub fn masked(
        &mut self,
        size: Size,
        at: Offset,
        mask: u32,
        number: u32,
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let bytes = self.load(size, at);
        let mask = self.graph.exprs.number(mask);
        let bits = self.graph.exprs.binary(hir::BinaryOp::And, bytes, mask);
        self.ask(bits, Relation::Equal(number), yes, no)
    }

    /// Whether the layer says that it holds the protocol of this ethertype.
    pub fn named(&mut self, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
        (view.naming)(self, view, number, yes, no)
    }

    /// One test.
    fn one(&mut self, test: &hir::Test, view: &View, yes: NodeId, no: NodeId) -> Result<NodeId, Diagnostic> {
        Ok(match test.kind {
            TestKind::LinkProto(number) => self.named(view, number, yes, no),
            TestKind::IpProto { v4, v6, number } => self.ip_proto(view, (v4, v6), number, yes, no),
            TestKind::IsoProto(number) => self.iso_proto(view, number, yes, no),
            TestKind::IsisType(number) => self.isis_type(view, number, yes, no),
            TestKind::Host4 { nets, dir, addr, mask } => {
                let nets = if self.labelled(test.at) {
                    hir::NetSet { ip: true, ..Default::default() }
                } else {
                    nets
                };
                self.host4(view, nets, dir, (addr.to_bits(), mask.to_bits()), yes, no)
            }
            TestKind::Host6 { dir, addr, mask } => {
                self.host6(view, dir, (addr.to_bits(), mask.to_bits()), yes, no)
            }
            TestKind::EtherHost { dir, mac } => self.ether_host(view, dir, mac, yes, no)?,
            TestKind::DecnetHost { dir, addr } => self.decnet_host(view, dir, addr, yes, no)?,
            TestKind::Port { protos, dir, low, high, range } => {
                self.port(view, protos, dir, (low, high, range), yes, no)
            }
            TestKind::LinkBroadcast => match view.everybody {
                Some((at, address)) => self.equal(Size::Byte, view.header.after(at), address, yes, no),
                None => self.ether_host(view, hir::Dir::Dst, [0xff; 6], yes, no)?,
            },
            TestKind::LinkMulticast => self.link_multicast(view, yes, no)?,
            TestKind::IpBroadcast { netmask } => self.ip_broadcast(view, netmask, yes, no),
            TestKind::IpMulticast => {
                let group = self.masked(Size::Byte, view.payload.after(16), 0xf0, 0xe0, yes, no);
                self.named(view, 0x0800, group, no)
            }
            TestKind::Ip6Multicast => {
                let group = self.equal(Size::Byte, view.payload.after(24), 0xff, yes, no);
                self.named(view, 0x86dd, group, no)
            }
            TestKind::Length { bound, bytes } => self.length(bound, bytes, yes, no),
            TestKind::Byte { offset, op, value } => self.byte(view, offset, (op, value), yes, no),
            TestKind::Compare { op, left, right } => self.compare(view, op, left, right, yes, no)?,
            TestKind::Vlan { id } => encap::vlan(self, view, id, yes, no),
            TestKind::Mpls { label } => encap::mpls(self, view, self.labelled(test.at), label, yes, no),
            TestKind::PppoeDiscovery => self.named(view, 0x8863, yes, no),
            TestKind::PppoeSession { id } => encap::pppoe(self, view, id, yes, no),
            TestKind::Direction { outbound } => self.direction(view, outbound, yes, no)?,
            TestKind::IfIndex(index) => self.interface(view, index, yes, no)?,
            TestKind::ProtoChain { .. } => return Err(self.unsupported("'protochain'")),
            TestKind::Llc(which) => self.llc(view, which, yes, no)?,
            TestKind::Geneve { .. } => return Err(self.unsupported("'geneve'")),
            TestKind::Vxlan { .. } => return Err(self.unsupported("'vxlan'")),
        })
    }

    fn labelled(&self, layer: LayerId) -> bool {
        self.filter.layer(layer).is_some_and(|layer| layer.kind == LayerKind::Mpls)
    }

    fn unsupported(&self, what: &str) -> Diagnostic {
        Diagnostic::unsupported(self.span, what)
    }

    fn length(&mut self, bound: hir::Bound, bytes: u32, yes: NodeId, no: NodeId) -> NodeId {
        let length = self.graph.exprs.length();
        match bound {
            hir::Bound::AtLeast => self.ask(length, Relation::AtLeast(bytes), yes, no),
            hir::Bound::AtMost => self.ask(length, Relation::Above(bytes), no, yes),
        }
    }

    fn direction(
        &mut self,
        view: &View,
        outbound: bool,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        /// `PACKET_OUTGOING` of `linux/if_packet.h`.
        const OUTGOING: u32 = 4;
        let swapped = if outbound { (yes, no) } else { (no, yes) };
        match view.direction {
            Direction::At { size, at, sent: (mask, value), received } => {
                let ((mask, value), (yes, no)) = match received {
                    Some(received) if !outbound => (received, (yes, no)),
                    _ => ((mask, value), swapped),
                };
                Ok(self.masked(size, Offset::fixed(at), mask, value, yes, no))
            }
            Direction::Beside if self.target.linux_extensions => {
                let kind = self.graph.exprs.beside(Fact::PacketType);
                Ok(self.ask(kind, Relation::Equal(OUTGOING), swapped.0, swapped.1))
            }
            Direction::Beside => Err(self.unsupported("the direction on this link type")),
        }
    }

    fn interface(&mut self, view: &View, index: u32, yes: NodeId, no: NodeId) -> Result<NodeId, Diagnostic> {
        let value = match view.interface {
            Some(at) => self.graph.exprs.load(Size::Word, at),
            None if self.target.linux_extensions => self.graph.exprs.beside(Fact::Interface),
            None => return Err(self.unsupported("'ifindex' on this link type")),
        };
        Ok(self.ask(value, Relation::Equal(index), yes, no))
    }

    /// A relation between two values that need no more guards.
    fn relate(
        &mut self,
        op: CompareOp,
        (left, right): (crate::graph::ExprId, crate::graph::ExprId),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        use CompareOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let (op, left, right) = match (self.graph.exprs.constant(left), self.graph.exprs.constant(right)) {
            (Some(_), None) => (mirrored(op), right, left),
            _ => (op, left, right),
        };
        let number = self.graph.exprs.constant(right);
        let equal = number.map_or(Relation::EqualTo(right), Relation::Equal);
        let above = number.map_or(Relation::AboveOf(right), Relation::Above);
        let at_least = number.map_or(Relation::AtLeastOf(right), Relation::AtLeast);
        match op {
            Equal => self.ask(left, equal, yes, no),
            NotEqual => self.ask(left, equal, no, yes),
            Greater => self.ask(left, above, yes, no),
            LessOrEqual => self.ask(left, above, no, yes),
            GreaterOrEqual => self.ask(left, at_least, yes, no),
            Less => self.ask(left, at_least, no, yes),
        }
    }
}

/// The same relation with its sides changed.
fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
        CompareOp::Equal | CompareOp::NotEqual => op,
    }
}

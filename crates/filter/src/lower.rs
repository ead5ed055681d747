//! From typed tests to a graph: which loads a test makes, and in which order.
//!
//! The order is libpcap's, since a packet that is cut short can tell (see the law in [`crate::graph`]). A test is built
//! from its end: it gets the nodes to go on to, and gives the node to begin with. The tree of decisions needs no node of its own.
//!
//! Where a layer's place depends on the path, each test is built once for each way of having come there: see [`states`].

use crate::Target;
use crate::diag::{Diagnostic, Kind, Span};
use crate::graph::{Exprs, Fact, Graph, HALF, NodeId, Relation, Test};
use crate::hir::{self, CompareOp, Filter, Node, Size, TestKind};
use crate::link::{self, Direction, Offset, View};

mod arith;
mod encap;
mod field;
mod host;
mod many;
mod port;
mod proto;
mod states;
mod tunnel;
mod wlan;

use states::{Opener, States, Ways};

/// How what comes behind a header of unknown length is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lengths {
    /// What comes behind is built once for each length.
    ByPath,
    /// The length is kept in a memory slot.
    Kept,
}

/// The graph of `filter`, not yet optimised.
pub(crate) fn lower(filter: &Filter, target: &Target) -> Result<Graph, Diagnostic> {
    lower_with(filter, target, Lengths::ByPath)
}

/// The same with the lengths of headers found so.
pub(crate) fn lower_with(filter: &Filter, target: &Target, lengths: Lengths) -> Result<Graph, Diagnostic> {
    lower_into(Exprs::default(), filter, target, lengths)
}

/// The same, test by test, for the question what libpcap's optimiser can know of it: it takes loads that no packet is long enough
/// for as they are. Not to be made a program.
pub(crate) fn lower_boundless(filter: &Filter, target: &Target) -> Result<Graph, Diagnostic> {
    let mut exprs = Exprs::default();
    exprs.boundless = true;
    lower_into(exprs, filter, &Target { optimise: false, ..*target }, Lengths::ByPath)
}

fn lower_into(exprs: Exprs, filter: &Filter, target: &Target, lengths: Lengths) -> Result<Graph, Diagnostic> {
    let graph = Graph::new(exprs);
    let mut build = Build { graph, filter, target, span: Span::default(), is_behind_asked: false };
    let view = link::view(target, &mut build);
    let preamble = view.preamble;
    let view = match (lengths, preamble) {
        (Lengths::Kept, Some(base)) => view.counted_from(base, build.graph.exprs.kept(0)),
        _ => view,
    };
    let live = encap::first_vlan(filter, target);
    let links = wlan::layouts(&mut build, view, lengths);
    let Some(states) = States::new(&mut build, filter, &links, live, lengths) else {
        return Err(Diagnostic::new(Kind::Meaning, whole(filter), "too many registers needed"));
    };
    let varies = view.preamble.is_some() || view.wlan.is_some();
    let roots = Walk { build: &mut build, states, varies }.tree(filter)?;
    let root = match view.wlan {
        Some(prefix) if !filter.tests.is_empty() => match lengths {
            Lengths::ByPath => build.wlan_layout(prefix, &links, &roots),
            Lengths::Kept if build.wraps_around(prefix) => {
                return Err(build.unsupported("a length that is kept"));
            }
            Lengths::Kept => build.wlan_kept(prefix, &links, &roots),
        },
        _ => roots.first().copied().unwrap_or(NodeId::REJECT),
    };
    build.graph.root = match view.preamble.filter(|&base| build.graph.exprs.is_offset(base)) {
        Some(base) => match preamble.filter(|&computed| computed != base) {
            Some(computed) => build.ask(computed, Relation::Keep(base), root, NodeId::REJECT),
            None => build.ask(base, Relation::Loaded, root, NodeId::REJECT),
        },
        None => root,
    };
    Ok(build.graph)
}

/// Whether packets for `target` have headers whose lengths can be kept, or `filter` looks into tunnels.
pub(crate) fn can_keep(filter: &Filter, target: &Target) -> bool {
    let is_tunnel = |kind| matches!(kind, hir::LayerKind::Geneve | hir::LayerKind::Vxlan);
    link::wlan::is_wlan(target.link)
        || target.link == gannet_wire::LinkType::PFLOG
        || filter.layers.iter().any(|layer| is_tunnel(layer.kind))
}

fn whole(filter: &Filter) -> Span {
    filter.tests.iter().map(|test| test.span).reduce(Span::to).unwrap_or_default()
}

struct Walk<'a, 'b> {
    build: &'a mut Build<'b>,
    states: States,
    /// Whether the link layer's header varies in length: libpcap computes the length if any test asks for it, even one that is
    /// left out of the program.
    varies: bool,
}

/// What is left to do in the tree of decisions.
enum Task {
    /// Build this node with these ways on; the result is kept, and whether the node is a constant.
    Visit(hir::NodeId, Ways, Ways),
    /// The second of two is built: build the first, unless the second decides.
    And(hir::NodeId, Ways),
    /// The same where either is enough.
    Or(hir::NodeId, Ways),
    /// Both are built, the second was this constant.
    Both(Option<bool>),
    /// The same where either is enough.
    Either(Option<bool>),
    /// What was built is asked for the contrary.
    Not,
    /// What was built is left out: this is the result.
    LeaveOut(Ways, bool),
}

impl Walk<'_, '_> {
    /// Where a packet begins, for each layout of the link layer.
    fn tree(&mut self, filter: &Filter) -> Result<Vec<NodeId>, Diagnostic> {
        let all = |node: NodeId| -> Ways { vec![node; self.states.count()].into() };
        let (accept, reject) = (all(NodeId::ACCEPT), all(NodeId::REJECT));
        let mut result = accept.clone();
        // Of `x or true` and `x and false` nothing is left, not even the loads of `x`. That two ways are the same says
        // less: different tests may have come out as one node.
        let mut constant = None;
        let mut tasks = vec![Task::Visit(filter.root, accept, reject)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::And(left, _) if constant == Some(false) => {
                    self.leave_out(left, &result, false, &mut tasks)
                }
                Task::Or(left, _) if constant == Some(true) => {
                    self.leave_out(left, &result, true, &mut tasks)
                }
                Task::LeaveOut(ways, known) => (result, constant) = (ways, Some(known)),
                Task::And(left, no) => {
                    tasks.extend([Task::Both(constant), Task::Visit(left, result.clone(), no)]);
                }
                Task::Or(left, yes) => {
                    tasks.extend([Task::Either(constant), Task::Visit(left, yes, result.clone())]);
                }
                Task::Both(second) if constant == Some(true) => constant = second,
                Task::Either(second) if constant == Some(false) => constant = second,
                Task::Both(_) | Task::Either(_) => {}
                Task::Not => constant = constant.map(|known: bool| !known),
                Task::Visit(node, yes, no) => match filter.node(node) {
                    Node::And(left, right) => {
                        tasks.extend([Task::And(left, no.clone()), Task::Visit(right, yes, no)]);
                    }
                    Node::Or(left, right) => match many::list(filter, node) {
                        Some((tests, rest)) if self.build.target.optimise => {
                            result = self.many(&tests, &yes, &no)?;
                            constant = None;
                            tasks.extend(rest.map(|rest| Task::Or(rest, yes)));
                        }
                        _ => tasks.extend([Task::Or(left, yes.clone()), Task::Visit(right, yes, no)]),
                    },
                    Node::Not(inner) => tasks.extend([Task::Not, Task::Visit(inner, no, yes)]),
                    Node::Test(id) => {
                        result = self.test(filter, id, &yes, &no)?;
                        constant = self.constant(filter, id, (&yes, &no), &result)?;
                    }
                    Node::True => (result, constant) = (yes, Some(true)),
                },
            }
        }
        Ok(result.iter().copied().take(self.states.links()).collect())
    }

    /// Builds what stands before a constant that decides, if only for what it asks of the link layer's header.
    fn leave_out(&self, left: hir::NodeId, result: &Ways, known: bool, tasks: &mut Vec<Task>) {
        if self.varies {
            let all = |node: NodeId| -> Ways { vec![node; self.states.count()].into() };
            let (accept, reject) = (all(NodeId::ACCEPT), all(NodeId::REJECT));
            tasks.extend([Task::LeaveOut(result.clone(), known), Task::Visit(left, accept, reject)]);
        }
    }

    /// Whether a test that came out as `result` is decided before any packet comes.
    fn constant(
        &mut self,
        filter: &Filter,
        id: hir::TestId,
        (yes, no): (&Ways, &Ways),
        result: &Ways,
    ) -> Result<Option<bool>, Diagnostic> {
        if result != yes && result != no {
            return Ok(None);
        }
        // What it comes out as may be the same by accident, or because a load never succeeds: but not both ways round.
        let all = |node: NodeId| -> Ways { vec![node; self.states.count()].into() };
        let (accept, reject) = (all(NodeId::ACCEPT), all(NodeId::REJECT));
        let straight = self.test(filter, id, &accept, &reject)?;
        let turned = self.test(filter, id, &reject, &accept)?;
        // A test that opens a layer does something even if it always holds.
        let opens = self.states.opener(id).is_some();
        Ok(match () {
            () if straight == reject && turned == accept => Some(false),
            () if straight == accept && turned == reject && !opens => Some(true),
            () => None,
        })
    }

    /// A list of tests, which open no layer, in every state.
    fn many(&mut self, tests: &[&hir::Test], yes: &[NodeId], no: &[NodeId]) -> Result<Ways, Diagnostic> {
        let Some(first) = tests.first() else { return Ok(no.into()) };
        let mut ways = Vec::with_capacity(yes.len());
        for (state, (&yes, &no)) in yes.iter().zip(no).enumerate() {
            let Some(view) = self.states.view(state, first.at.0 as usize) else { return Ok([no].into()) };
            ways.push(self.build.many(tests, &view, yes, no)?);
        }
        Ok(ways.into())
    }

    /// One test in every state.
    fn test(
        &mut self,
        filter: &Filter,
        id: hir::TestId,
        yes: &[NodeId],
        no: &[NodeId],
    ) -> Result<Ways, Diagnostic> {
        let Some(test) = filter.test(id) else { return Ok(no.into()) };
        self.build.span = test.span;
        let mut ways = Vec::with_capacity(yes.len());
        for state in 0..self.states.count() {
            let Some(view) = self.states.view(state, test.at.0 as usize) else { return Ok(no.into()) };
            let after = |ways: &[NodeId], variant: usize| {
                let entered = self.states.entered(state, id, variant);
                ways.get(entered).copied().unwrap_or(NodeId::REJECT)
            };
            let stay = |ways: &[NodeId]| ways.get(state).copied().unwrap_or(NodeId::REJECT);
            ways.push(match (self.states.opener(id), &test.kind) {
                (Some(Opener::LiveVlan), TestKind::Vlan { id: number }) => {
                    let pair = |ways| [after(ways, 0), after(ways, 1)];
                    encap::live_vlan(self.build, &view, *number, pair(yes), pair(no))
                }
                (Some(Opener::Vxlan), TestKind::Vxlan { vni }) => {
                    self.build.vxlan(&view, *vni, [after(yes, 1), after(yes, 2)], stay(no))
                }
                (Some(Opener::Geneve), TestKind::Geneve { vni }) => {
                    let by_version = [[after(yes, 1), after(yes, 2)], [after(yes, 3), after(yes, 4)]];
                    self.build.geneve(&view, *vni, by_version, stay(no))
                }
                (Some(Opener::KeptVxlan(slot)), TestKind::Vxlan { vni }) => {
                    self.build.kept_vxlan(&view, *vni, slot, after(yes, 1), stay(no))
                }
                (Some(Opener::KeptGeneve(slot)), TestKind::Geneve { vni }) => {
                    self.build.kept_geneve(&view, *vni, slot, [after(yes, 1), after(yes, 2)], stay(no))
                }
                _ => self.build.one(test, &view, stay(yes), stay(no))?,
            });
        }
        Ok(ways.into())
    }
}

/// A graph in the making.
pub(crate) struct Build<'a> {
    /// The nodes so far.
    pub graph: Graph,
    filter: &'a Filter,
    target: &'a Target,
    span: Span,
    /// Whether any test asks for what stands behind an 802.11 header.
    pub is_behind_asked: bool,
}

impl Build<'_> {
    /// Whether the packets come from a savefile.
    pub fn is_saved(&self) -> bool {
        self.target.swapped.is_some()
    }

    /// Bytes at an offset.
    pub fn load(&mut self, size: Size, at: Offset) -> crate::graph::ExprId {
        match at.base {
            // What is added to a register is never taken for negative.
            _ if at.plus < at.held => self.graph.exprs.load(size, u32::MAX),
            None => self.graph.exprs.load(size, at.plus),
            Some(base) => self.graph.exprs.load_at(size, base, at.plus),
        }
    }

    /// A test of a value. What is loaded for it from 2^31 on rejects, on Linux's machine too, which would wrap around.
    pub fn ask(&mut self, expr: crate::graph::ExprId, relation: Relation, yes: NodeId, no: NodeId) -> NodeId {
        if let Relation::Keep(kept) = relation {
            self.graph.exprs.keep(kept);
        }
        let mut next = self.graph.ask(Test { expr, relation, yes, no }, self.span);
        for value in relation.right().into_iter().chain([expr]) {
            for offset in self.graph.exprs.wide_offsets(value) {
                let relation = Relation::AtLeast(HALF);
                next =
                    self.graph.ask(Test { expr: offset, relation, yes: NodeId::REJECT, no: next }, self.span);
            }
        }
        next
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
                let nets = match view.labelled {
                    true => hir::NetSet { ip: true, ..Default::default() },
                    false => nets,
                };
                self.host4(view, nets, dir, (addr.to_bits(), mask.to_bits()), yes, no)
            }
            TestKind::Host6 { dir, addr, mask } => {
                self.host6(view, dir, (addr.to_bits(), mask.to_bits()), yes, no)
            }
            TestKind::EtherHost { dir, mac } => self.ether_host(view, dir, mac, yes, no)?,
            TestKind::ByteHost { dir, addr } => self.byte_host(view, dir, addr, yes, no)?,
            TestKind::DecnetHost { dir, addr } => self.decnet_host(view, dir, addr, yes, no)?,
            TestKind::Port { protos, dir, low, high, range } => {
                self.port(view, protos, dir, (low, high, range), yes, no)
            }
            TestKind::LinkBroadcast => self.link_broadcast(view, yes, no)?,
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
            TestKind::Mpls { label } => encap::mpls(self, view, label, yes, no),
            TestKind::PppoeDiscovery => self.named(view, 0x8863, yes, no),
            TestKind::PppoeSession { id } => encap::pppoe(self, view, id, yes, no),
            TestKind::Direction { outbound } => self.direction(view, outbound, yes, no)?,
            TestKind::IfIndex(index) => self.interface(view, index, yes, no)?,
            TestKind::Field { field, op, value } => self.field(view, field, (op, value), yes, no)?,
            TestKind::PfName { of, ref name } => self.pf_name(of, name, yes, no),
            TestKind::SignalUnit { unit, high_speed } => self.signal_unit(view, unit, high_speed, yes, no)?,
            TestKind::Lane => self.masked(Size::Byte, view.header, 0x0f, 1, yes, no),
            TestKind::WlanType { mask, value } => {
                self.masked(Size::Byte, view.header, u32::from(mask), u32::from(value), yes, no)
            }
            TestKind::WlanDirection(bits) => {
                self.masked(Size::Byte, view.header.after(1), 3, u32::from(bits), yes, no)
            }
            TestKind::ProtoChain { v4, v6, number } => self.proto_chain(view, (v4, v6), number, yes, no)?,
            TestKind::Llc(which) => self.llc(view, which, yes, no)?,
            TestKind::Geneve { .. } => return Err(self.unsupported("'geneve'")),
            TestKind::Vxlan { .. } => return Err(self.unsupported("'vxlan'")),
        })
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

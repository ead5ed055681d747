//! Long lists of one kind: `host a or host b or ..`, `port a or port b or ..`.
//!
//! One after the other, such tests ask again and again whether a packet is IPv4, ARP and so on. Here that is asked once, and behind
//! it for all the addresses: so many terms take so many numbers, not nine nodes each.
//!
//! Loads: on the path of one protocol the tests stand in the order of the text. Where the first of them, in failing, has loaded all
//! that the others could, those are one set.

use super::Build;
use super::host::families4;
use super::port::FRAGMENT_OFFSET;
use crate::diag::Diagnostic;
use crate::graph::{NodeId, Relation, Set};
use crate::hir::{self, Dir, Filter, NetSet, Node, PortProtos, Size, Test, TestKind};
use crate::link::{Offset, View, ethernet_frame};
use gannet_wire::numbers::ethertype;
use std::collections::BTreeMap;

/// Shorter lists are lowered test by test.
const LEAST: usize = 32;

/// The list that an `or` ends with, in the order of the text, and what stands before it.
pub(super) fn list(filter: &Filter, end: hir::NodeId) -> Option<(Vec<&Test>, Option<hir::NodeId>)> {
    let test = |id| match filter.node(id) {
        Node::Test(test) => filter.test(test),
        _ => None,
    };
    let mut tests: Vec<&Test> = Vec::new();
    let mut rest = Some(end);
    while let Some(id) = rest {
        let (before, last) = match filter.node(id) {
            Node::Or(left, right) => (Some(left), right),
            _ => (None, id),
        };
        let Some(last) = test(last) else { break };
        if !tests.first().map_or(listed(last), |first| alike(first, last)) {
            break;
        }
        tests.push(last);
        rest = before;
    }
    tests.reverse();
    (tests.len() >= LEAST).then_some((tests, rest))
}

/// Whether a test can be one of a list.
fn listed(test: &Test) -> bool {
    match test.kind {
        TestKind::Host4 { dir, addr, mask, .. } => {
            is_one(dir) && interval(addr.to_bits(), mask.to_bits()).is_some()
        }
        TestKind::Host6 { dir, .. } | TestKind::EtherHost { dir, .. } | TestKind::Port { dir, .. } => {
            is_one(dir)
        }
        _ => false,
    }
}

/// Whether one of the addresses is enough.
fn is_one(dir: Dir) -> bool {
    matches!(dir, Dir::Src | Dir::Dst | Dir::Either)
}

/// Whether two tests differ in their numbers only.
fn alike(one: &Test, other: &Test) -> bool {
    let same = match (&one.kind, &other.kind) {
        (TestKind::Host4 { nets, dir, .. }, TestKind::Host4 { nets: nets2, dir: dir2, .. }) => {
            (nets, dir) == (nets2, dir2)
        }
        (TestKind::Host6 { dir, .. }, TestKind::Host6 { dir: dir2, .. })
        | (TestKind::EtherHost { dir, .. }, TestKind::EtherHost { dir: dir2, .. }) => dir == dir2,
        (TestKind::Port { protos, dir, .. }, TestKind::Port { protos: protos2, dir: dir2, .. }) => {
            (protos, dir) == (protos2, dir2)
        }
        _ => false,
    };
    same && one.at == other.at && listed(other)
}

/// The numbers that have these bits under a mask, if the mask is that of a network and asks for a load at all.
fn interval(addr: u32, mask: u32) -> Option<(u32, u32)> {
    (mask != 0 && mask.leading_ones() == mask.count_ones()).then_some((addr, addr | !mask))
}

impl Build<'_> {
    /// One test after the other, as [`list`] found them.
    pub(super) fn many(
        &mut self,
        tests: &[&Test],
        view: &View,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let Some((first, others)) = tests.split_first() else { return Ok(no) };
        self.span = others.iter().fold(first.span, |span, test| span.to(test.span));
        match first.kind {
            TestKind::Host4 { nets, dir, addr, mask } => {
                let nets = if view.labelled { NetSet { ip: true, ..Default::default() } } else { nets };
                let number = (addr.to_bits(), mask.to_bits());
                let others = others.iter().filter_map(|test| match test.kind {
                    TestKind::Host4 { addr, mask, .. } => interval(addr.to_bits(), mask.to_bits()),
                    _ => None,
                });
                let others = Set::from_intervals(others.collect());
                Ok(self.hosts4(view, nets, (dir, number), &others, yes, no))
            }
            TestKind::Port { protos, dir, low, high, range } => {
                let others = others.iter().filter_map(|test| match test.kind {
                    TestKind::Port { low, high, .. } => Some((low.into(), high.into())),
                    _ => None,
                });
                let others = Set::from_intervals(others.collect());
                Ok(self.all_ports(view, protos, (dir, (low, high, range)), &others, yes, no))
            }
            TestKind::Host6 { .. } => {
                let mut address = no;
                for test in tests.iter().rev() {
                    self.span = test.span;
                    if let TestKind::Host6 { dir, addr, mask } = test.kind {
                        address = self.address6(view, dir, (addr.to_bits(), mask.to_bits()), yes, address);
                    }
                }
                Ok(self.named(view, ethertype::IPV6, address, no))
            }
            TestKind::EtherHost { dir, mac } if view.wlan.is_none() => {
                let Some((dst, src)) = view.macs else {
                    return Err(self.unsupported("link-layer addresses here"));
                };
                let places = [view.header.after(src), view.header.after(dst)];
                let address = self.macs(dir, mac, places, others, yes, no);
                Ok(ethernet_frame(self, view, address, no))
            }
            _ => tests.iter().rev().try_fold(no, |next, test| {
                self.span = test.span;
                self.one(test, view, yes, next)
            }),
        }
    }

    /// IPv4 addresses or networks, the first one and the others: as [`Build::host4`].
    fn hosts4(
        &mut self,
        view: &View,
        nets: NetSet,
        (dir, first): (Dir, (u32, u32)),
        others: &Set,
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let mut next = no;
        for (family, (src, dst)) in families4(nets) {
            let places = [view.payload.after(src), view.payload.after(dst)];
            let others = self.any(Size::Word, dir, places, others, yes, next);
            let address =
                self.either(dir, places, others, yes, |build, at, yes, no| build.bits(at, first, yes, no));
            next = self.named(view, family, address, next);
        }
        next
    }

    /// Ports, the first one and the others: as [`Build::port`].
    fn all_ports(
        &mut self,
        view: &View,
        protos: PortProtos,
        (dir, first): (Dir, (u16, u16, bool)),
        others: &Set,
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let ports = |build: &mut Self, transport: Offset, no| {
            let others = build.any(Size::Half, dir, [transport, transport.after(2)], others, yes, no);
            build.ports(transport, dir, first, yes, others)
        };
        let transport = self.transport4(view);
        let four = ports(self, transport, no);
        let flags = self.load(Size::Half, view.payload.after(6));
        let whole = self.ask(flags, Relation::AnyBit(FRAGMENT_OFFSET), no, four);
        let four = self.protos(view.payload.after(9), protos, whole, no);
        let four = self.named(view, ethertype::IP, four, no);
        let six = ports(self, view.payload.after(40), four);
        let six = self.protos(view.payload.after(6), protos, six, four);
        self.named(view, ethertype::IPV6, six, four)
    }

    /// Link-layer addresses, the first one and the others by their beginnings: as [`Build::mac`].
    fn macs(
        &mut self,
        dir: Dir,
        first: [u8; 6],
        places: [Offset; 2],
        others: &[&Test],
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let mut tails: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for test in others {
            if let TestKind::EtherHost { mac: [a, b, c, d, e, f], .. } = test.kind {
                let tail = u32::from_be_bytes([c, d, e, f]);
                tails.entry(u16::from_be_bytes([a, b]).into()).or_default().push((tail, tail));
            }
        }
        let next = tails.into_iter().rev().fold(no, |next, (head, tails)| {
            let tails = Relation::In(self.graph.intern(Set::from_intervals(tails)));
            self.either(dir, places, next, yes, |build, at, yes, no| {
                let head = build.equal(Size::Half, at, head, yes, no);
                let tail = build.load(Size::Word, at.after(2));
                build.ask(tail, tails, head, no)
            })
        });
        self.either(dir, places, next, yes, |build, at, yes, no| build.mac(at, first, yes, no))
    }

    /// Whether any of the two numbers that `dir` names is in the set.
    fn any(
        &mut self,
        size: Size,
        dir: Dir,
        [src, dst]: [Offset; 2],
        set: &Set,
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let set = Relation::In(self.graph.intern(set.clone()));
        let mut ask = |at, no| {
            let number = self.load(size, at);
            self.ask(number, set, yes, no)
        };
        match dir {
            Dir::Src => ask(src, no),
            Dir::Dst => ask(dst, no),
            _ => {
                let destination = ask(dst, no);
                ask(src, destination)
            }
        }
    }
}

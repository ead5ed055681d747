//! `port` and `portrange`: IPv6 first, then IPv4.
//!
//! In IPv6 only a transport header right behind the fixed header is seen; in IPv4 only a first fragment has one.

use super::Build;
use crate::graph::{NodeId, Relation};
use crate::hir::{BinaryOp, Dir, PortProtos, Size};
use crate::link::{Offset, View};
use gannet_wire::numbers::{ethertype, ip_proto};

/// The bits of the fragment offset in IPv4's flags field.
pub(super) const FRAGMENT_OFFSET: u32 = 0x1fff;

impl Build<'_> {
    pub(super) fn port(
        &mut self,
        view: &View,
        protos: PortProtos,
        dir: Dir,
        ports: (u16, u16, bool),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let transport = self.transport4(view);
        let first = self.ports(transport, dir, ports, yes, no);
        let flags = self.load(Size::Half, view.payload.after(6));
        let whole = self.ask(flags, Relation::AnyBit(FRAGMENT_OFFSET), no, first);
        let four = self.protos(view.payload.after(9), protos, whole, no);
        let four = self.named(view, ethertype::IP, four, no);
        let six = self.ports(view.payload.after(40), dir, ports, yes, four);
        let six = self.protos(view.payload.after(6), protos, six, four);
        self.named(view, ethertype::IPV6, six, four)
    }

    /// Where the header behind IPv4's begins.
    pub(super) fn transport4(&mut self, view: &View) -> Offset {
        let Offset { base, plus, .. } = view.payload;
        let Some(base) = base else {
            return Offset { base: Some(self.graph.exprs.header_length(plus)), ..view.payload };
        };
        let first = self.load(Size::Byte, view.payload);
        let (low, two) = (self.graph.exprs.number(15), self.graph.exprs.number(2));
        let words = self.graph.exprs.binary(BinaryOp::And, first, low);
        let bytes = self.graph.exprs.binary(BinaryOp::ShiftLeft, words, two);
        Offset { base: Some(self.graph.exprs.binary(BinaryOp::Add, bytes, base)), ..view.payload }
    }

    pub(super) fn protos(&mut self, at: Offset, protos: PortProtos, yes: NodeId, no: NodeId) -> NodeId {
        let wanted =
            [(protos.tcp, ip_proto::TCP), (protos.udp, ip_proto::UDP), (protos.sctp, ip_proto::SCTP)];
        let wanted = wanted.into_iter().rev().filter(|(is_wanted, _)| *is_wanted);
        wanted.fold(no, |next, (_, number)| self.equal(Size::Byte, at, u32::from(number), yes, next))
    }

    pub(super) fn ports(
        &mut self,
        transport: Offset,
        dir: Dir,
        (low, high, range): (u16, u16, bool),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        self.either(dir, [transport, transport.after(2)], no, yes, |build, at, yes, no| {
            if !range || low == high {
                return build.equal(Size::Half, at, u32::from(low), yes, no);
            }
            let port = build.load(Size::Half, at);
            let upper = build.ask(port, Relation::Above(u32::from(high)), no, yes);
            build.ask(port, Relation::AtLeast(u32::from(low)), upper, no)
        })
    }
}

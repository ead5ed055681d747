//! The tests that open VXLAN and Geneve: UDP in IPv4, then UDP in IPv6.
//!
//! Source: RFC 7348, RFC 8926.

use super::Build;
use super::port::FRAGMENT_OFFSET;
use super::states::{geneve_places, udp};
use crate::graph::{NodeId, Relation};
use crate::hir::{BinaryOp, Size};
use crate::link::{Offset, View};
use gannet_wire::numbers::{ethertype, ip_proto};

/// The port of VXLAN.
const VXLAN: u32 = 4789;
/// The port of Geneve.
const GENEVE: u32 = 6081;
/// The protocol of Ethernet inside Geneve.
const ETHERNET: u32 = 0x6558;

impl Build<'_> {
    /// VXLAN: flags 8, and a network identifier. Goes on to one of `yes` by the version of IP.
    pub(super) fn vxlan(&mut self, view: &View, vni: Option<u32>, yes: [NodeId; 2], no: NodeId) -> NodeId {
        self.tunnel(view, VXLAN, yes, no, |build, header, yes, no| {
            let inner = build.network(header, vni, yes, no);
            build.equal(Size::Byte, header, 8, inner, no)
        })
    }

    /// As [`Build::vxlan`], with the place of the header kept if anybody asks for what is inside.
    pub(super) fn kept_vxlan(
        &mut self,
        view: &View,
        vni: Option<u32>,
        number: u8,
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let place = self.graph.exprs.kept(number);
        let entries = [false, true].map(|six| {
            let header = udp(self, view, six).after(8);
            if self.graph.exprs.is_offset(place) { self.keep(header, place, yes) } else { yes }
        });
        self.vxlan(view, vni, entries, no)
    }

    /// As [`Build::geneve`], with those places kept that anybody asks for. Goes on to one of `yes` by whether Ethernet is inside.
    pub(super) fn kept_geneve(
        &mut self,
        view: &View,
        vni: Option<u32>,
        number: u8,
        [other, ethernet]: [NodeId; 2],
        no: NodeId,
    ) -> NodeId {
        let [start, inner, kind, payload] = geneve_places(number).map(|number| self.graph.exprs.kept(number));
        let [has_inner, has_kind, has_payload] =
            [inner, kind, payload].map(|place| self.graph.exprs.is_offset(place));
        if !has_inner && !has_kind && !has_payload {
            return self.geneve(view, vni, [[other, ethernet]; 2], no);
        }
        let header = Offset::behind(start);
        let first = self.load(Size::Byte, header);
        let exprs = &mut self.graph.exprs;
        let (mask, two) = (exprs.number(0x3f), exprs.number(2));
        let words = exprs.binary(BinaryOp::And, first, mask);
        let options = exprs.binary(BinaryOp::ShiftLeft, words, two);
        let behind = Offset::behind(exprs.binary(BinaryOp::Add, options, start)).after(8);
        let mut keep = |place, (kept, asked), next| if asked { self.keep(place, kept, next) } else { next };
        let (inner, kind, payload) = ((inner, has_inner), (kind, has_kind), (payload, has_payload));
        let other = keep(header.after(2), kind, other);
        let other = keep(behind, payload, other);
        let ethernet = keep(behind.after(12), kind, ethernet);
        let ethernet = keep(behind, inner, ethernet);
        let ethernet = keep(behind.after(14), payload, ethernet);
        let entry = self.equal(Size::Half, header.after(2), ETHERNET, ethernet, other);
        let entries = [false, true].map(|six| {
            let header = udp(self, view, six).after(8);
            self.keep(header, start, entry)
        });
        self.tunnel(view, GENEVE, entries, no, |build, header, yes, no| {
            let inner = build.network(header, vni, yes, no);
            build.masked(Size::Byte, header, 0xc0, 0, inner, no)
        })
    }

    /// Geneve: version 0, and a network identifier. Goes on to one of `yes` by the version of IP, and whether Ethernet is inside.
    pub(super) fn geneve(
        &mut self,
        view: &View,
        vni: Option<u32>,
        yes: [[NodeId; 2]; 2],
        no: NodeId,
    ) -> NodeId {
        let entries = [false, true].map(|six| {
            let header = udp(self, view, six).after(8);
            let [other, ethernet] = yes[usize::from(six)];
            self.equal(Size::Half, header.after(2), ETHERNET, ethernet, other)
        });
        self.tunnel(view, GENEVE, entries, no, |build, header, yes, no| {
            let inner = build.network(header, vni, yes, no);
            build.masked(Size::Byte, header, 0xc0, 0, inner, no)
        })
    }

    /// The identifier of a network, which stands at the same place in both.
    fn network(&mut self, header: Offset, vni: Option<u32>, yes: NodeId, no: NodeId) -> NodeId {
        match vni {
            Some(vni) => self.masked(Size::Word, header.after(4), 0xffff_ff00, vni << 8, yes, no),
            None => yes,
        }
    }

    fn tunnel(
        &mut self,
        view: &View,
        port: u32,
        [four, six]: [NodeId; 2],
        no: NodeId,
        mut inside: impl FnMut(&mut Self, Offset, NodeId, NodeId) -> NodeId,
    ) -> NodeId {
        let header = udp(self, view, true);
        let inner = inside(self, header.after(8), six, no);
        let inner = self.equal(Size::Half, header.after(2), port, inner, no);
        let inner = self.equal(Size::Byte, view.payload.after(6), u32::from(ip_proto::UDP), inner, no);
        let next = self.named(view, ethertype::IPV6, inner, no);
        let header = udp(self, view, false);
        let inner = inside(self, header.after(8), four, next);
        let inner = self.equal(Size::Half, header.after(2), port, inner, next);
        let flags = self.load(Size::Half, view.payload.after(6));
        let inner = self.ask(flags, Relation::AnyBit(FRAGMENT_OFFSET), next, inner);
        let inner = self.equal(Size::Byte, view.payload.after(9), u32::from(ip_proto::UDP), inner, next);
        self.named(view, ethertype::IP, inner, next)
    }
}

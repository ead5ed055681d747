//! Protocols above the network layer, told by one byte.

use super::Build;
use crate::graph::NodeId;
use crate::hir::Size;
use crate::link::View;
use gannet_wire::numbers::{ethertype, ip_proto};

impl Build<'_> {
    /// The protocol in IPv4, then the next header in IPv6, there also behind one fragment header.
    pub(super) fn ip_proto(
        &mut self,
        view: &View,
        (v4, v6): (bool, bool),
        number: u8,
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let wanted = u32::from(number);
        let mut next = no;
        if v6 {
            let inner = self.equal(Size::Byte, view.payload.after(40), wanted, yes, no);
            let fragment = u32::from(ip_proto::FRAGMENT);
            let inner = self.equal(Size::Byte, view.payload.after(6), fragment, inner, no);
            let first = self.equal(Size::Byte, view.payload.after(6), wanted, yes, inner);
            next = self.named(view, ethertype::IPV6, first, no);
        }
        if v4 {
            let first = self.equal(Size::Byte, view.payload.after(9), wanted, yes, next);
            next = self.named(view, ethertype::IP, first, next);
        }
        next
    }

    /// The first byte of an ISO packet, which stands behind three bytes of 802.2 header.
    pub(super) fn iso_proto(&mut self, view: &View, number: u8, yes: NodeId, no: NodeId) -> NodeId {
        let first = self.equal(Size::Byte, view.payload.after(3), u32::from(number), yes, no);
        self.named(view, 0xfe, first, no)
    }

    /// The type of an IS-IS PDU.
    pub(super) fn isis_type(&mut self, view: &View, number: u8, yes: NodeId, no: NodeId) -> NodeId {
        let kind = self.masked(Size::Byte, view.payload.after(7), 0x1f, u32::from(number), yes, no);
        self.iso_proto(view, 0x83, kind, no)
    }
}

//! Protocols above the network layer, told by one byte.

use super::Build;
use crate::diag::{Diagnostic, Kind};
use crate::graph::{HALF, NodeId, Relation};
use crate::hir::{Llc, Size};
use crate::link::{Framing, Offset, View};
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

    /// The protocol anywhere in the chain of headers, in IPv4, then in IPv6.
    pub(super) fn proto_chain(
        &mut self,
        view: &View,
        (v4, v6): (bool, bool),
        number: u8,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        if view.payload.base.is_some() {
            let message = "'protochain' not supported with variable length headers";
            return Err(Diagnostic::new(Kind::Meaning, self.span, message));
        }
        let mut next = no;
        for (six, offset, name) in [(true, 6, ethertype::IPV6), (false, 9, ethertype::IP)] {
            if if six { v6 } else { v4 } {
                let first = self.load(Size::Byte, view.payload.after(offset));
                // Where the length of IPv4's header can never be loaded, nothing comes of the chain.
                let chain = match six || view.payload.plus < HALF {
                    true => self.ask(first, Relation::Chain { six, number }, yes, next),
                    false => NodeId::REJECT,
                };
                next = self.named(view, name, chain, next);
            }
        }
        Ok(next)
    }

    /// The first byte of an ISO packet, which stands behind three bytes of 802.2 header.
    pub(super) fn iso_proto(&mut self, view: &View, number: u8, yes: NodeId, no: NodeId) -> NodeId {
        if let Some(before) = view.nlpid {
            return self.equal(Size::Half, view.kind, before | u32::from(number), yes, no);
        }
        let first = self.equal(Size::Byte, view.iso, u32::from(number), yes, no);
        self.named(view, 0xfe, first, no)
    }

    /// The type of an IS-IS PDU.
    pub(super) fn isis_type(&mut self, view: &View, number: u8, yes: NodeId, no: NodeId) -> NodeId {
        let kind = self.masked(Size::Byte, view.iso.after(4), 0x1f, u32::from(number), yes, no);
        self.iso_proto(view, 0x83, kind, no)
    }

    /// An 802.2 header, with a control byte of this kind.
    pub(super) fn llc(
        &mut self,
        view: &View,
        which: Llc,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let control = view.llc.after(2);
        let inner = match which {
            Llc::Any => yes,
            Llc::Information => {
                let byte = self.load(Size::Byte, control);
                self.ask(byte, Relation::AnyBit(1), no, yes)
            }
            Llc::Supervisory(None) => self.masked(Size::Byte, control, 3, 1, yes, no),
            Llc::Supervisory(Some(kind)) => self.masked(Size::Byte, control, 0x0f, u32::from(kind), yes, no),
            Llc::Unnumbered(None) => self.masked(Size::Byte, control, 3, 3, yes, no),
            Llc::Unnumbered(Some(kind)) => self.masked(Size::Byte, control, 0xef, u32::from(kind), yes, no),
        };
        Ok(match view.framing {
            Framing::Never => return Err(self.unsupported("'llc' on this link type")),
            Framing::Always => inner,
            Framing::Data => {
                self.is_behind_asked |= which != Llc::Any;
                self.masked(Size::Byte, view.header, 0x0c, 8, inner, no)
            }
            Framing::Nibble(at) => self.masked(Size::Byte, Offset::fixed(at), 0x0f, 2, inner, no),
            Framing::Length => {
                let framed = self.equal(Size::Half, view.llc, 0xffff, no, inner);
                let kind = self.load(Size::Half, view.kind);
                self.ask(kind, Relation::Above(u32::from(ethertype::MAX_LENGTH)), no, framed)
            }
        })
    }
}

//! Values and relations.

use super::Resolver;
use crate::ast;
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::{Arith, ArithId, ArithKind, Base, BinaryOp, CompareOp, NodeId, Size, TestKind};
use crate::lex::words::Proto;
use gannet_wire::numbers::{ethertype, ip_proto};

impl Resolver<'_> {
    /// A relation. Both trees list values in the order of the text, so that a value keeps its position.
    pub(super) fn relation(
        &mut self,
        op: CompareOp,
        left: ast::ArithId,
        right: ast::ArithId,
        span: Span,
    ) -> Result<NodeId, Diagnostic> {
        let last = left.0.max(right.0) as usize;
        while let Some(arith) = self.tree.ariths.get(self.filter.ariths.len())
            && self.filter.ariths.len() <= last
        {
            let kind = self.arith(arith.kind, arith.span)?;
            self.filter.ariths.push(Arith { kind, span: arith.span });
        }
        Ok(self.test(TestKind::Compare { op, left: ArithId(left.0), right: ArithId(right.0) }, span))
    }

    fn arith(&mut self, kind: ast::ArithKind, span: Span) -> Result<ArithKind, Diagnostic> {
        Ok(match kind {
            ast::ArithKind::Number(number) => ArithKind::Number(number),
            ast::ArithKind::Length => ArithKind::Length,
            ast::ArithKind::Negate(value) => ArithKind::Negate(ArithId(value.0)),
            ast::ArithKind::Binary(op, left, right) => {
                self.check_constant(op, ArithId(right.0))?;
                ArithKind::Binary(op, ArithId(left.0), ArithId(right.0))
            }
            ast::ArithKind::Load { proto, index, size } => {
                let size = match size {
                    1 => Size::Byte,
                    2 => Size::Half,
                    4 => Size::Word,
                    _ => {
                        return Err(Diagnostic::new(Kind::Meaning, span, "data size must be 1, 2, or 4"));
                    }
                };
                ArithKind::Load { base: self.base(proto, span)?, index: ArithId(index.0), size }
            }
        })
    }

    fn base(&self, proto: Proto, span: Span) -> Result<Base, Diagnostic> {
        if proto == Proto::Radio && !self.encap.link().has_radio() {
            return Err(Diagnostic::new(Kind::Meaning, span, "radio information not present in capture"));
        }
        let base = base(proto).ok_or_else(|| {
            let text = format!("'{}' does not support the index operation", proto.name());
            Diagnostic::new(Kind::Meaning, span, text)
        })?;
        match base {
            Base::Network(number) => self.encap.check_proto(number, span)?,
            Base::Transport4(_) => self.encap.check_proto(ethertype::IP, span)?,
            Base::Transport6(_) => self.encap.check_proto(ethertype::IPV6, span)?,
            Base::Link | Base::Radio => {}
        }
        Ok(base)
    }

    /// Refuses a division by zero and too wide a shift, as libpcap does: by the first number of the right operand, whatever
    /// is done with that number.
    fn check_constant(&self, op: BinaryOp, right: ArithId) -> Result<(), Diagnostic> {
        let mut id = right;
        let (number, span) = loop {
            let Some(arith) = self.filter.arith(id) else { return Ok(()) };
            id = match arith.kind {
                ArithKind::Number(number) => break (number, arith.span),
                ArithKind::Length => return Ok(()),
                ArithKind::Load { index, .. } => index,
                ArithKind::Binary(_, left, _) => left,
                ArithKind::Negate(value) => value,
            };
        };
        let message = match op {
            BinaryOp::Divide if number == 0 => "division by zero",
            BinaryOp::Modulo if number == 0 => "modulus by zero",
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight if number > 31 => "shift by more than 31 bits",
            _ => return Ok(()),
        };
        let diagnostic = Diagnostic::new(Kind::Meaning, span, message);
        Err(if id == right || self.filter.arith(right).is_some_and(|arith| arith.span == span) {
            diagnostic
        } else {
            diagnostic.because("the first number right of the operator counts, as in libpcap")
        })
    }
}

/// What `proto[..]` counts from; `None` if there is no such thing.
fn base(proto: Proto) -> Option<Base> {
    Some(match proto {
        Proto::Link => Base::Link,
        Proto::Radio => Base::Radio,
        Proto::Sctp => Base::Transport4(ip_proto::SCTP),
        Proto::Tcp => Base::Transport4(ip_proto::TCP),
        Proto::Udp => Base::Transport4(ip_proto::UDP),
        Proto::Icmp => Base::Transport4(ip_proto::ICMP),
        Proto::Igmp => Base::Transport4(ip_proto::IGMP),
        Proto::Igrp => Base::Transport4(ip_proto::IGRP),
        Proto::Pim => Base::Transport4(ip_proto::PIM),
        Proto::Vrrp | Proto::Carp => Base::Transport4(ip_proto::VRRP),
        Proto::Icmp6 => Base::Transport6(ip_proto::ICMPV6),
        Proto::Ip
        | Proto::Ip6
        | Proto::Arp
        | Proto::Rarp
        | Proto::Atalk
        | Proto::Decnet
        | Proto::Lat
        | Proto::Sca
        | Proto::Moprc
        | Proto::Mopdl => Base::Network(super::lookup::link_proto(proto)?),
        _ => return None,
    })
}

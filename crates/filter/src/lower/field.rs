//! Fields at fixed places: those of packet filter logs, ATM and SS7.

use super::Build;
use crate::diag::Diagnostic;
use crate::graph::{ExprId, NodeId, Relation};
use crate::hir::{BinaryOp, CompareOp, Field, PfName, SignalUnit, Size, Ss7Field};
use crate::link::{Offset, View};

/// How much farther on the fields of high-speed links are.
const HIGH_SPEED: u32 = 3;

impl Build<'_> {
    /// A field and a number.
    pub(super) fn field(
        &mut self,
        view: &View,
        field: Field,
        (op, value): (CompareOp, u32),
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let (size, at, mask, value) = match field {
            Field::Vpi => (Size::Byte, 1, u32::MAX, value),
            Field::Vci => (Size::Half, 2, u32::MAX, value),
            Field::AtmMessage => (Size::Byte, 9, u32::MAX, value),
            Field::PfAction => (Size::Byte, 2, u32::MAX, value),
            Field::PfReason => (Size::Byte, 3, u32::MAX, value),
            Field::PfRule => (Size::Word, 36, u32::MAX, value),
            Field::PfSubrule => (Size::Word, 40, u32::MAX, value),
            Field::Ss7 { field, high_speed } => self.ss7(view, field, high_speed, value)?,
        };
        let bits = self.bits_of(size, at, mask);
        let value = self.graph.exprs.number(value);
        Ok(self.relate(op, (bits, value), yes, no))
    }

    /// A name in a packet filter log; the last four bytes are looked at first.
    pub(super) fn pf_name(&mut self, of: PfName, name: &[u8], yes: NodeId, no: NodeId) -> NodeId {
        let start = match of {
            PfName::Interface => 4,
            PfName::Ruleset => 20,
        };
        let first = name.len() % 4;
        let (head, words) = name.split_at_checked(first).unwrap_or((name, &[]));
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum: u32, byte| sum << 8 | u32::from(*byte));
        let mut next = yes;
        // What is left at the front: a half word behind a byte, or one of them.
        let (byte, half) = head.split_at_checked(head.len() % 2).unwrap_or((head, &[]));
        if !byte.is_empty() {
            next = self.equal(Size::Byte, Offset::fixed(start), number(byte), next, no);
        }
        if !half.is_empty() {
            let at = Offset::fixed(start).after(byte.len() as u32);
            next = self.equal(Size::Half, at, number(half), next, no);
        }
        let mut at = Offset::fixed(start).after(head.len() as u32);
        for word in words.chunks(4) {
            next = self.equal(Size::Word, at, number(word), next, no);
            at = at.after(4);
        }
        next
    }

    /// An SS7 signal unit, told by its length indicator: six bits, or nine of a high-speed link.
    pub(super) fn signal_unit(
        &mut self,
        view: &View,
        unit: SignalUnit,
        high_speed: bool,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let Some(start) = view.ss7 else { return Err(self.unsupported("SS7 on this link type")) };
        let (length, two) = match high_speed {
            false => (self.bits_of(Size::Byte, start.wrapping_add(2), 0x3f), 2),
            true => (self.bits_of(Size::Half, start.wrapping_add(4), 0xff80), 2 << 7),
        };
        Ok(match unit {
            SignalUnit::FillIn => self.ask(length, Relation::Equal(0), yes, no),
            SignalUnit::LinkStatus => {
                let short = self.ask(length, Relation::Above(two), no, yes);
                self.ask(length, Relation::Above(0), short, no)
            }
            SignalUnit::Message => self.ask(length, Relation::Above(two), yes, no),
        })
    }

    /// Where a field of SS7 is, its bits, and a value of it as it stands there.
    fn ss7(
        &self,
        view: &View,
        field: Ss7Field,
        high_speed: bool,
        value: u32,
    ) -> Result<(Size, u32, u32, u32), Diagnostic> {
        let Some(start) = view.ss7 else { return Err(self.unsupported("SS7 on this link type")) };
        let start = start.wrapping_add(if high_speed { HIGH_SPEED } else { 0 });
        let swap_half = |number: u32| number.swap_bytes() >> 16;
        // The routing label is one little-endian word: fourteen bits of destination, fourteen of origin, four of selection.
        Ok(match field {
            Ss7Field::Sio => (Size::Byte, start.wrapping_add(3), u32::MAX, value),
            Ss7Field::Dpc => (Size::Half, start.wrapping_add(4), swap_half(0x3fff), swap_half(value)),
            Ss7Field::Opc => {
                let swap = |number: u32| (number << 14).swap_bytes();
                (Size::Word, start.wrapping_add(4), swap(0x3fff), swap(value))
            }
            Ss7Field::Sls => (Size::Byte, start.wrapping_add(7), 0xf0, value << 4),
        })
    }

    fn bits_of(&mut self, size: Size, at: u32, mask: u32) -> ExprId {
        let bytes = self.load(size, Offset::fixed(at));
        let mask = self.graph.exprs.number(mask);
        self.graph.exprs.binary(BinaryOp::And, bytes, mask)
    }
}

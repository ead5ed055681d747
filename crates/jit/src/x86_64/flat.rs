//! A formula for x86-64: comparisons and conditional moves, and no jump but the one to the ordinary code behind it.
//!
//! | register | holds |
//! |---|---|
//! | `rdi`, `rsi`, `edx`, `ecx`, `eax` | as in the ordinary code |
//! | `r10d`, `r11d` | 0, and what acceptance is |
//! | `r8d`, `r9d`, `esi` | the slots |
//!
//! The way to the ordinary code leaves before the first question, when nothing that it reads has changed but X.

use dynasm::dynasm;
use dynasmrt::x64::Rq;
use dynasmrt::{DynasmApi, DynasmLabelApi};

use super::{Read, X86};
use crate::emit::Encoder;
use crate::flat::{Answer, Flat, Order, Question, SLOTS, Source};
use crate::lower::{Operand, Size, Test};

const SLOT: [Rq; SLOTS] = [Rq::R8, Rq::R9, Rq::RSI];
const ZERO: Rq = Rq::R10;
const ACCEPT: Rq = Rq::R11;

impl X86 {
    /// Writes the formula; goes on behind it where it does not hold.
    pub(super) fn formula(&mut self, flat: &Flat) {
        let ordinary = self.new_label();
        asm!(self ; cmp rsi, flat.packet as i32 ; jb =>ordinary);
        if let Some(header) = flat.header {
            self.header_length(Read::Constant(header));
        }
        if flat.behind > 0 {
            asm!(self ; lea r9, [rcx + flat.behind as i32] ; cmp r9, rsi ; ja =>ordinary);
        }
        asm!(self ; xor r10d, r10d ; mov r11d, flat.accept as i32);
        let place = |answer| match answer {
            Answer::Reject => ZERO,
            Answer::Accept => ACCEPT,
            Answer::Of(number) => flat.questions.get(number).map_or(ZERO, slot),
        };
        for question in &flat.questions {
            self.ask(question, place(question.yes), place(question.no));
        }
        asm!(self ; mov eax, Rd(place(flat.root)) ; ret ; =>ordinary);
        if flat.header.is_some() {
            // X begins as 0.
            asm!(self ; xor ecx, ecx);
        }
    }

    fn ask(&mut self, question: &Question, yes: Rq, no: Rq) {
        let slot = slot(question);
        if !self.compare_there(question) {
            let (read, size, order) = match question.value.source {
                Source::Packet(k, size, order) => (Some(Read::Constant(k)), size, order),
                Source::Behind(k, size, order) => (Some(Read::Behind(k)), size, order),
                Source::Length => (None, Size::Word, Order::Host),
            };
            match read {
                Some(read) => self.load(read, size, order == Order::Packet),
                None => asm!(self ; mov eax, edx),
            }
            for (alu, k) in &question.value.changes {
                self.with_constant(*alu, *k);
            }
            self.compare(question.test, Operand::K(question.by));
        }
        if slot == yes {
            self.choose(question.test, false, slot, no);
            return;
        }
        if slot != no {
            // Leaves the flags alone.
            asm!(self ; mov Rd(slot), Rd(no));
        }
        self.choose(question.test, true, slot, yes);
    }

    /// The register becomes the other one if the test gave `holds`.
    fn choose(&mut self, test: Test, holds: bool, to: Rq, from: Rq) {
        match (test, holds) {
            (Test::Equal, true) | (Test::AnyBit, false) => asm!(self ; cmove Rd(to), Rd(from)),
            (Test::Equal, false) | (Test::AnyBit, true) => asm!(self ; cmovne Rd(to), Rd(from)),
            (Test::Greater, true) => asm!(self ; cmova Rd(to), Rd(from)),
            (Test::Greater, false) => asm!(self ; cmovbe Rd(to), Rd(from)),
            (Test::GreaterOrEqual, true) => asm!(self ; cmovae Rd(to), Rd(from)),
            (Test::GreaterOrEqual, false) => asm!(self ; cmovb Rd(to), Rd(from)),
        }
    }

    /// Compares the bytes of the packet where they are, if their order and the constant allow it.
    fn compare_there(&mut self, question: &Question) -> bool {
        let (by, bits) = (question.by, question.test == Test::AnyBit);
        if !question.value.changes.is_empty() {
            return false;
        }
        let (k, size, order, behind) = match question.value.source {
            Source::Packet(k, size, order) => (k as i32, size, order, false),
            Source::Behind(k, size, order) => (k as i32, size, order, true),
            Source::Length => return false,
        };
        match (size, order, behind, bits) {
            (Size::Byte, ..) if by > 0xff => return false,
            (Size::Byte, _, false, false) => asm!(self ; cmp BYTE [rdi + k], by as i8),
            (Size::Byte, _, false, true) => asm!(self ; test BYTE [rdi + k], by as i8),
            (Size::Byte, _, true, false) => asm!(self ; cmp BYTE [rdi + rcx + k], by as i8),
            (Size::Byte, _, true, true) => asm!(self ; test BYTE [rdi + rcx + k], by as i8),
            (_, Order::Host, ..) => return false,
            (Size::Half, ..) if by > 0xffff => return false,
            (Size::Half, _, false, false) => asm!(self ; cmp WORD [rdi + k], by as i16),
            (Size::Half, _, false, true) => asm!(self ; test WORD [rdi + k], by as i16),
            (Size::Half, _, true, false) => asm!(self ; cmp WORD [rdi + rcx + k], by as i16),
            (Size::Half, _, true, true) => asm!(self ; test WORD [rdi + rcx + k], by as i16),
            (Size::Word, _, false, false) => asm!(self ; cmp DWORD [rdi + k], by as i32),
            (Size::Word, _, false, true) => asm!(self ; test DWORD [rdi + k], by as i32),
            (Size::Word, _, true, false) => asm!(self ; cmp DWORD [rdi + rcx + k], by as i32),
            (Size::Word, _, true, true) => asm!(self ; test DWORD [rdi + rcx + k], by as i32),
        }
        true
    }
}

fn slot(question: &Question) -> Rq {
    SLOT.get(usize::from(question.slot)).copied().unwrap_or(ZERO)
}

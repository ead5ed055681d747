//! Machine code for aarch64, called as `fn(packet, length, wire length, 0, facts)` under the AAPCS64 convention.
//!
//! | register | holds |
//! |---|---|
//! | `x0`, `x1` | the packet and its captured length |
//! | `w2` | its length on the wire |
//! | `w3`, `w5` | X and A, the upper halves always 0 |
//! | `x4` | [`crate::Facts`] |
//! | `x9` | an offset or an address; `x10`, `x11` constants and what is made of them, `x12` what is left over from a division |
//!
//! Memory slots lie in a frame of 64 bytes, made only for programs that use them. No other register is touched.
//! Encodings: Arm Architecture Reference Manual, C6.
//!
//! What has run: the tests run every encoding on an emulator of our own, on any machine, and hold some words against those
//! of LLVM. By hand, the code of 100,000 drawn programs ran under `qemu-aarch64` on 12 packets each, as the interpreter
//! does, each packet before a page that cannot be read. On Arm hardware it has not run yet, nor has [`crate::Jit`] as a
//! whole (mapping pages, cleaning the instruction cache).

use dynasm::dynasm;
use dynasmrt::aarch64::{Aarch64Relocation, RX};
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler};

use gannet_bpf::ancillary::{LL_OFF, NET_OFF};

use crate::JitError;
use crate::emit::{Encoder, emit};
use crate::guards::Guard;
use crate::lower::{Alu, NETWORK_ROW, Op, Operand, Place, Reg, Size, Test};
use crate::order::{LIVE_A, Live};
use crate::plan::{Plan, Step};

macro_rules! asm {
    ($to:expr ; $($code:tt)*) => { dynasm!($to.out ; .arch aarch64 ; $($code)*) };
}

/// The code of a plan: one function, from the first byte on.
pub(crate) fn assemble(plan: &Plan) -> Result<Vec<u8>, JitError> {
    let mut out = VecAssembler::new(0);
    out.reserve_ops(plan.steps.len() * 16 + 64);
    let reject = out.new_dynamic_label();
    let frame = plan.steps.iter().flatten().any(|step| matches!(step.op, Op::Store(..) | Op::Recall(..)));
    let mut encoder = Arm { out, reject, frame, zeroed: plan.zeroed, asides: Vec::new() };
    emit(plan, &mut encoder, reject);
    encoder.out.finalize().map_err(|_| JitError::TooLong)
}

struct Arm {
    out: VecAssembler<Aarch64Relocation>,
    reject: DynamicLabel,
    /// Whether there are memory slots.
    frame: bool,
    zeroed: Live,
    asides: Vec<Aside>,
}

/// The rare half of a load that may count from a header, written behind all steps.
struct Aside {
    begin: DynamicLabel,
    back: DynamicLabel,
    size: Size,
}

impl Encoder for Arm {
    fn new_label(&mut self) -> DynamicLabel {
        self.out.new_dynamic_label()
    }

    fn bind(&mut self, label: DynamicLabel) {
        asm!(self ; =>label);
    }

    fn begin(&mut self) {
        if self.frame {
            asm!(self ; sub sp, sp, 64);
        }
        if self.zeroed & LIVE_A != 0 {
            asm!(self ; mov w5, wzr);
        }
        // X is the fourth argument, a zero.
        for slot in (0..16).filter(|slot| self.zeroed & 1 << slot != 0) {
            asm!(self ; str wzr, [sp, place(slot)]);
        }
    }

    fn guard(&mut self, guard: Guard) {
        let reject = self.reject;
        match guard {
            Guard::None => {}
            Guard::Packet(n) if n < 4096 => asm!(self ; cmp x1, n ; b.lo =>reject),
            Guard::Packet(n) => {
                self.constant(RX::X10, n);
                asm!(self ; cmp x1, x10 ; b.lo =>reject);
            }
            Guard::Behind(n) => {
                self.sum(RX::X3, n);
                asm!(self ; cmp x9, x1 ; b.hi =>reject);
            }
        }
    }

    fn operate(&mut self, step: &Step) {
        match step.op {
            Op::Load(place, size) => {
                let read = self.reach(place, size);
                if !step.idle {
                    self.load(read, size);
                    self.order(size, step.packet_order);
                }
            }
            Op::HeaderLength(place) => {
                let read = self.reach(place, Size::Byte);
                if !step.idle {
                    self.byte_into_x(read);
                    // Two bits up, four bits wide: four times the low nibble.
                    asm!(self ; ubfiz w3, w3, 2, 4);
                }
            }
            Op::Fact(row) => {
                self.need_fact(row);
                asm!(self ; ldr w5, [x4, fact(row)]);
            }
            Op::Alu(alu @ (Alu::Div | Alu::Mod), by) => self.divide(alu, by),
            _ if step.idle => {}
            Op::Set(Reg::A, k) => self.constant(RX::X5, k),
            Op::Set(Reg::X, k) => self.constant(RX::X3, k),
            Op::Length(Reg::A) => asm!(self ; mov w5, w2),
            Op::Length(Reg::X) => asm!(self ; mov w3, w2),
            Op::Recall(Reg::A, slot) => asm!(self ; ldr w5, [sp, place(slot)]),
            Op::Recall(Reg::X, slot) => asm!(self ; ldr w3, [sp, place(slot)]),
            Op::Store(Reg::A, slot) => asm!(self ; str w5, [sp, place(slot)]),
            Op::Store(Reg::X, slot) => asm!(self ; str w3, [sp, place(slot)]),
            Op::Copy(Reg::A) => asm!(self ; mov w5, w3),
            Op::Copy(Reg::X) => asm!(self ; mov w3, w5),
            Op::Alu(alu, Operand::K(k)) => {
                self.constant(RX::X10, k);
                self.arithmetic(alu, RX::X10);
            }
            Op::Alu(alu, Operand::X) => self.arithmetic(alu, RX::X3),
            // `emit` has seen to these.
            Op::Return(_) | Op::ReturnA | Op::Reject | Op::Jump(_) | Op::Branch(_) | Op::Switch(_) => {}
        }
    }

    fn jump(&mut self, to: DynamicLabel) {
        asm!(self ; b =>to);
    }

    fn branch(&mut self, test: Test, by: Operand, holds: bool, to: DynamicLabel) {
        match (test, by) {
            (Test::AnyBit, Operand::K(k)) => {
                self.constant(RX::X10, k);
                asm!(self ; tst w5, w10);
            }
            (Test::AnyBit, Operand::X) => asm!(self ; tst w5, w3),
            (_, Operand::K(k)) if k < 4096 => asm!(self ; cmp w5, k),
            (_, Operand::K(k)) => {
                self.constant(RX::X10, k);
                asm!(self ; cmp w5, w10);
            }
            (_, Operand::X) => asm!(self ; cmp w5, w3),
        }
        match (test, holds) {
            (Test::Equal, true) | (Test::AnyBit, false) => asm!(self ; b.eq =>to),
            (Test::Equal, false) | (Test::AnyBit, true) => asm!(self ; b.ne =>to),
            (Test::Greater, true) => asm!(self ; b.hi =>to),
            (Test::Greater, false) => asm!(self ; b.ls =>to),
            (Test::GreaterOrEqual, true) => asm!(self ; b.hs =>to),
            (Test::GreaterOrEqual, false) => asm!(self ; b.lo =>to),
        }
    }

    fn unless_in(&mut self, mask: u32, value: u32, to: DynamicLabel) {
        self.constant(RX::X10, mask);
        asm!(self ; and w11, w5, w10);
        self.constant(RX::X10, value);
        asm!(self ; cmp w11, w10 ; b.ne =>to);
    }

    fn leave(&mut self, value: Option<u32>) {
        match value {
            None => asm!(self ; mov w0, w5),
            Some(value) => self.constant(RX::X0, value),
        }
        if self.frame {
            asm!(self ; add sp, sp, 64);
        }
        asm!(self ; ret);
    }

    fn finish(&mut self) {
        for aside in std::mem::take(&mut self.asides) {
            self.write_aside(&aside);
        }
    }
}

/// An address below the packet's end.
enum Read {
    /// So many bytes behind its start.
    Constant(u32),
    /// The start plus `x9`.
    Computed,
}

impl Arm {
    /// Puts a constant into the lower half of a register, and clears the upper.
    fn constant(&mut self, register: RX, value: u32) {
        let (low, high) = (value & 0xffff, value >> 16);
        if high == 0 {
            asm!(self ; movz W(register), low);
        } else if low == 0 {
            asm!(self ; movz W(register), high, lsl 16);
        } else {
            asm!(self ; movz W(register), low ; movk W(register), high, lsl 16);
        }
    }

    /// `x9` becomes a register plus a constant.
    fn sum(&mut self, register: RX, value: u32) {
        if value < 4096 {
            asm!(self ; add x9, XSP(register), value);
        } else {
            self.constant(RX::X10, value);
            asm!(self ; add x9, X(register), x10);
        }
    }

    /// Computes and checks what the guard has not.
    fn reach(&mut self, place: Place, size: Size) -> Read {
        match place {
            Place::Packet(k) => return Read::Constant(k),
            Place::Behind(k) => self.sum(RX::X3, k),
            Place::Network(k) => {
                self.need_fact(NETWORK_ROW);
                asm!(self ; ldr w9, [x4, fact(NETWORK_ROW)]);
                self.sum(RX::X9, k);
                let reject = self.reject;
                asm!(self ; add x10, x9, size.bytes() ; cmp x10, x1 ; b.hi =>reject);
            }
            Place::Wrapping(k) => {
                let (begin, back) = (self.new_label(), self.new_label());
                self.asides.push(Aside { begin, back, size });
                self.constant(RX::X10, k);
                asm!(self
                    ; add w9, w3, w10
                    ; add x10, x9, size.bytes()
                    ; cmp x10, x1
                    ; b.hi =>begin
                    ; =>back);
            }
        }
        Read::Computed
    }

    fn load(&mut self, read: Read, size: Size) {
        match (size, read) {
            (Size::Byte, Read::Constant(k)) if k < 4096 => asm!(self ; ldrb w5, [x0, k]),
            (Size::Half, Read::Constant(k)) if k < 4096 && k % 2 == 0 => asm!(self ; ldrh w5, [x0, k]),
            (Size::Word, Read::Constant(k)) if k < 4096 && k % 4 == 0 => asm!(self ; ldr w5, [x0, k]),
            (Size::Half, Read::Constant(k)) if k < 256 => asm!(self ; ldurh w5, [x0, k as i32]),
            (Size::Word, Read::Constant(k)) if k < 256 => asm!(self ; ldur w5, [x0, k as i32]),
            (_, Read::Constant(k)) => {
                self.constant(RX::X9, k);
                self.load(Read::Computed, size);
            }
            (Size::Byte, Read::Computed) => asm!(self ; ldrb w5, [x0, x9]),
            (Size::Half, Read::Computed) => asm!(self ; ldrh w5, [x0, x9]),
            (Size::Word, Read::Computed) => asm!(self ; ldr w5, [x0, x9]),
        }
    }

    fn order(&mut self, size: Size, packet_order: bool) {
        match size {
            Size::Half if !packet_order => asm!(self ; rev16 w5, w5),
            Size::Word if !packet_order => asm!(self ; rev w5, w5),
            _ => {}
        }
    }

    fn byte_into_x(&mut self, read: Read) {
        match read {
            Read::Constant(k) if k < 4096 => asm!(self ; ldrb w3, [x0, k]),
            Read::Constant(k) => {
                self.constant(RX::X9, k);
                asm!(self ; ldrb w3, [x0, x9]);
            }
            Read::Computed => asm!(self ; ldrb w3, [x0, x9]),
        }
    }

    fn need_fact(&mut self, row: u8) {
        let reject = self.reject;
        self.constant(RX::X10, 1 << row);
        asm!(self ; ldr w11, [x4] ; tst w11, w10 ; b.eq =>reject);
    }

    fn arithmetic(&mut self, alu: Alu, by: RX) {
        match alu {
            Alu::Add => asm!(self ; add w5, w5, W(by)),
            Alu::Sub => asm!(self ; sub w5, w5, W(by)),
            Alu::Mul => asm!(self ; mul w5, w5, W(by)),
            Alu::And => asm!(self ; and w5, w5, W(by)),
            Alu::Or => asm!(self ; orr w5, w5, W(by)),
            Alu::Xor => asm!(self ; eor w5, w5, W(by)),
            // These take the low five bits, as the kernel does.
            Alu::Lsh => asm!(self ; lslv w5, w5, W(by)),
            Alu::Rsh => asm!(self ; lsrv w5, w5, W(by)),
            Alu::LshFar => asm!(self ; lslv w5, w5, W(by) ; cmp WSP(by), 31 ; csel w5, wzr, w5, hi),
            Alu::RshFar => asm!(self ; lsrv w5, w5, W(by) ; cmp WSP(by), 31 ; csel w5, wzr, w5, hi),
            Alu::Neg => asm!(self ; neg w5, w5),
            Alu::Div | Alu::Mod => {}
        }
    }

    /// A divisor in X may be 0, also where nobody reads the result.
    fn divide(&mut self, alu: Alu, by: Operand) {
        let reject = self.reject;
        match by {
            Operand::K(k) => self.constant(RX::X10, k),
            Operand::X => asm!(self ; cbz w3, =>reject ; mov w10, w3),
        }
        if alu == Alu::Div {
            asm!(self ; udiv w5, w5, w10);
        } else {
            asm!(self ; udiv w12, w5, w10 ; msub w5, w12, w10, w5);
        }
    }

    /// `w9` is no offset into the packet: it may count from a header, else it rejects.
    fn write_aside(&mut self, aside: &Aside) {
        let (reject, begin, back) = (self.reject, aside.begin, aside.back);
        let (link, again) = (self.new_label(), self.new_label());
        asm!(self ; =>begin);
        self.constant(RX::X10, NET_OFF);
        asm!(self ; cmp w9, w10 ; b.lo =>link ; sub w9, w9, w10);
        self.need_fact(NETWORK_ROW);
        asm!(self ; ldr w10, [x4, fact(NETWORK_ROW)] ; add x9, x9, x10 ; b =>again ; =>link);
        self.constant(RX::X10, LL_OFF);
        asm!(self
            ; subs w9, w9, w10
            ; b.lo =>reject
            ; =>again
            ; add x10, x9, aside.size.bytes()
            ; cmp x10, x1
            ; b.hi =>reject
            ; b =>back);
    }
}

/// Where a memory slot lies, relative to `sp`.
fn place(slot: u8) -> u32 {
    u32::from(slot & 15) * 4
}

/// Where a fact lies, relative to `x4`.
fn fact(row: u8) -> u32 {
    u32::from(row & 15) * 4 + 4
}

#[cfg(test)]
mod tests;

//! Machine code for x86-64, called as `fn(packet, length, wire length, 0, facts)` under the System V convention.
//!
//! | register | holds |
//! |---|---|
//! | `rdi`, `rsi` | the packet and its captured length |
//! | `edx` | its length on the wire |
//! | `eax`, `ecx` | A and X, the upper halves always 0 |
//! | `r8` | [`crate::Facts`] |
//! | `r9`, `r10` | offsets, scratch |
//!
//! Memory slots lie in the red zone below `rsp`: the code calls nothing. No other register is touched.

use dynasm::dynasm;
use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler};

use gannet_bpf::ancillary::{LL_OFF, NET_OFF};

use crate::JitError;
use crate::emit::{Encoder, emit};
use crate::flat::Flat;
use crate::guards::Guard;
use crate::lower::{Alu, NETWORK_ROW, Op, Operand, Place, Reg, Size, Test};
use crate::order::{LIVE_A, Live};
use crate::plan::{Plan, Step};

macro_rules! asm {
    ($to:expr ; $($code:tt)*) => { dynasm!($to.out ; .arch x64 ; $($code)*) };
}

mod flat;

/// The code of a plan: one function, from the first byte on.
pub(crate) fn assemble(plan: &Plan) -> Result<Vec<u8>, JitError> {
    let mut out = VecAssembler::new(0);
    out.reserve_ops(plan.steps.len() * 16 + 64);
    let reject = out.new_dynamic_label();
    let mut encoder = X86 { out, reject, zeroed: plan.zeroed, asides: Vec::new() };
    if plan.mixed
        && let Some(flat) = Flat::of(plan)
    {
        encoder.formula(&flat);
    }
    emit(plan, &mut encoder, reject);
    encoder.out.finalize().map_err(|_| JitError::TooLong)
}

struct X86 {
    out: VecAssembler<X64Relocation>,
    reject: DynamicLabel,
    zeroed: Live,
    asides: Vec<Aside>,
}

/// The rare half of a load that may count from a header, written behind all steps.
struct Aside {
    begin: DynamicLabel,
    back: DynamicLabel,
    size: Size,
}

impl Encoder for X86 {
    fn new_label(&mut self) -> DynamicLabel {
        self.out.new_dynamic_label()
    }

    fn bind(&mut self, label: DynamicLabel) {
        asm!(self ; =>label);
    }

    fn begin(&mut self) {
        if self.zeroed & LIVE_A != 0 {
            asm!(self ; xor eax, eax);
        }
        // X is the fourth argument, a zero.
        for slot in (0..16).filter(|slot| self.zeroed & 1 << slot != 0) {
            asm!(self ; mov DWORD [BYTE rsp + place(slot)], 0);
        }
    }

    fn guard(&mut self, guard: Guard) {
        let reject = self.reject;
        match guard {
            Guard::None => {}
            Guard::Packet(n) => asm!(self ; cmp rsi, n as i32 ; jb =>reject),
            Guard::Behind(n) => asm!(self ; lea r9, [rcx + n as i32] ; cmp r9, rsi ; ja =>reject),
        }
    }

    fn operate(&mut self, step: &Step) {
        match step.op {
            Op::Load(place, size) => {
                let read = self.reach(place, size);
                if !step.idle {
                    self.load(read, size, step.packet_order);
                }
            }
            Op::HeaderLength(place) => {
                let read = self.reach(place, Size::Byte);
                if !step.idle {
                    self.header_length(read);
                }
            }
            Op::Fact(row) => {
                self.need_fact(row);
                asm!(self ; mov eax, [BYTE r8 + fact(row)]);
            }
            Op::Alu(alu @ (Alu::Div | Alu::Mod), by) => self.divide(alu, by),
            _ if step.idle => {}
            Op::Set(Reg::A, 0) => asm!(self ; xor eax, eax),
            Op::Set(Reg::A, k) => asm!(self ; mov eax, k as i32),
            Op::Set(Reg::X, k) => asm!(self ; mov ecx, k as i32),
            Op::Length(Reg::A) => asm!(self ; mov eax, edx),
            Op::Length(Reg::X) => asm!(self ; mov ecx, edx),
            Op::Recall(Reg::A, slot) => asm!(self ; mov eax, [BYTE rsp + place(slot)]),
            Op::Recall(Reg::X, slot) => asm!(self ; mov ecx, [BYTE rsp + place(slot)]),
            Op::Store(Reg::A, slot) => asm!(self ; mov [BYTE rsp + place(slot)], eax),
            Op::Store(Reg::X, slot) => asm!(self ; mov [BYTE rsp + place(slot)], ecx),
            Op::Copy(Reg::A) => asm!(self ; mov eax, ecx),
            Op::Copy(Reg::X) => asm!(self ; mov ecx, eax),
            Op::Alu(alu, Operand::K(k)) => self.with_constant(alu, k),
            Op::Alu(alu, Operand::X) => self.with_x(alu),
            // `emit` has seen to these.
            Op::Return(_) | Op::ReturnA | Op::Reject | Op::Jump(_) | Op::Branch(_) | Op::Switch(_) => {}
        }
    }

    fn jump(&mut self, to: DynamicLabel) {
        asm!(self ; jmp =>to);
    }

    fn branch(&mut self, test: Test, by: Operand, holds: bool, to: DynamicLabel) {
        self.compare(test, by);
        match (test, holds) {
            (Test::Equal, true) | (Test::AnyBit, false) => asm!(self ; je =>to),
            (Test::Equal, false) | (Test::AnyBit, true) => asm!(self ; jne =>to),
            (Test::Greater, true) => asm!(self ; ja =>to),
            (Test::Greater, false) => asm!(self ; jbe =>to),
            (Test::GreaterOrEqual, true) => asm!(self ; jae =>to),
            (Test::GreaterOrEqual, false) => asm!(self ; jb =>to),
        }
    }

    fn unless_in(&mut self, mask: u32, value: u32, to: DynamicLabel) {
        asm!(self ; mov r9d, eax ; and r9d, mask as i32 ; cmp r9d, value as i32 ; jne =>to);
    }

    fn leave(&mut self, value: Option<u32>) {
        match value {
            None => asm!(self ; ret),
            Some(0) => asm!(self ; xor eax, eax ; ret),
            Some(value) => asm!(self ; mov eax, value as i32 ; ret),
        }
    }

    fn finish(&mut self) {
        for aside in std::mem::take(&mut self.asides) {
            self.write_aside(&aside);
        }
    }
}

/// An address below the packet's end.
enum Read {
    Constant(u32),
    Behind(u32),
    /// At `r9`.
    Computed,
}

impl X86 {
    /// Sets the flags by A.
    fn compare(&mut self, test: Test, by: Operand) {
        match (test, by) {
            (Test::AnyBit, Operand::K(k)) => asm!(self ; test eax, k as i32),
            (Test::AnyBit, Operand::X) => asm!(self ; test eax, ecx),
            (_, Operand::K(0)) => asm!(self ; test eax, eax),
            (_, Operand::K(k)) => asm!(self ; cmp eax, k as i32),
            (_, Operand::X) => asm!(self ; cmp eax, ecx),
        }
    }

    /// Computes and checks what the guard has not.
    fn reach(&mut self, place: Place, size: Size) -> Read {
        let bytes = size.bytes() as i8;
        match place {
            Place::Packet(k) => return Read::Constant(k),
            Place::Behind(k) => return Read::Behind(k),
            Place::Network(k) => {
                self.need_fact(NETWORK_ROW);
                let reject = self.reject;
                asm!(self
                    ; mov r9d, [BYTE r8 + fact(NETWORK_ROW)]
                    ; add r9, k as i32
                    ; lea r10, [BYTE r9 + bytes]
                    ; cmp r10, rsi
                    ; ja =>reject);
            }
            Place::Wrapping(k) => {
                let (begin, back) = (self.new_label(), self.new_label());
                self.asides.push(Aside { begin, back, size });
                asm!(self
                    ; mov r9d, ecx
                    ; add r9d, k as i32
                    ; lea r10, [BYTE r9 + bytes]
                    ; cmp r10, rsi
                    ; ja =>begin
                    ; =>back);
            }
        }
        Read::Computed
    }

    fn load(&mut self, read: Read, size: Size, packet_order: bool) {
        match (size, read) {
            (Size::Byte, Read::Constant(k)) => asm!(self ; movzx eax, BYTE [rdi + k as i32]),
            (Size::Byte, Read::Behind(k)) => asm!(self ; movzx eax, BYTE [rdi + rcx + k as i32]),
            (Size::Byte, Read::Computed) => asm!(self ; movzx eax, BYTE [rdi + r9]),
            (Size::Half, Read::Constant(k)) => asm!(self ; movzx eax, WORD [rdi + k as i32]),
            (Size::Half, Read::Behind(k)) => asm!(self ; movzx eax, WORD [rdi + rcx + k as i32]),
            (Size::Half, Read::Computed) => asm!(self ; movzx eax, WORD [rdi + r9]),
            (Size::Word, Read::Constant(k)) => asm!(self ; mov eax, [rdi + k as i32]),
            (Size::Word, Read::Behind(k)) => asm!(self ; mov eax, [rdi + rcx + k as i32]),
            (Size::Word, Read::Computed) => asm!(self ; mov eax, [rdi + r9]),
        }
        match size {
            Size::Half if !packet_order => asm!(self ; rol ax, 8),
            Size::Word if !packet_order => asm!(self ; bswap eax),
            _ => {}
        }
    }

    fn header_length(&mut self, read: Read) {
        match read {
            Read::Constant(k) => asm!(self ; movzx ecx, BYTE [rdi + k as i32]),
            Read::Behind(k) => asm!(self ; movzx ecx, BYTE [rdi + rcx + k as i32]),
            Read::Computed => asm!(self ; movzx ecx, BYTE [rdi + r9]),
        }
        asm!(self ; and ecx, BYTE 15 ; shl ecx, 2);
    }

    fn need_fact(&mut self, row: u8) {
        let reject = self.reject;
        asm!(self ; test DWORD [r8], 1 << row ; jz =>reject);
    }

    fn with_constant(&mut self, alu: Alu, k: u32) {
        let shift = (k & 31) as i8;
        let k = k as i32;
        match alu {
            Alu::Add => asm!(self ; add eax, k),
            Alu::Sub => asm!(self ; sub eax, k),
            Alu::Mul => asm!(self ; imul eax, eax, k),
            Alu::And => asm!(self ; and eax, k),
            Alu::Or => asm!(self ; or eax, k),
            Alu::Xor => asm!(self ; xor eax, k),
            Alu::Lsh | Alu::LshFar => asm!(self ; shl eax, shift),
            Alu::Rsh | Alu::RshFar => asm!(self ; shr eax, shift),
            Alu::Neg => asm!(self ; neg eax),
            Alu::Div | Alu::Mod => {}
        }
    }

    fn with_x(&mut self, alu: Alu) {
        match alu {
            Alu::Add => asm!(self ; add eax, ecx),
            Alu::Sub => asm!(self ; sub eax, ecx),
            Alu::Mul => asm!(self ; imul eax, ecx),
            Alu::And => asm!(self ; and eax, ecx),
            Alu::Or => asm!(self ; or eax, ecx),
            Alu::Xor => asm!(self ; xor eax, ecx),
            Alu::Lsh => asm!(self ; shl eax, cl),
            Alu::Rsh => asm!(self ; shr eax, cl),
            Alu::LshFar => asm!(self ; shl eax, cl ; xor r9d, r9d ; cmp ecx, 31 ; cmova eax, r9d),
            Alu::RshFar => asm!(self ; shr eax, cl ; xor r9d, r9d ; cmp ecx, 31 ; cmova eax, r9d),
            Alu::Neg => asm!(self ; neg eax),
            Alu::Div | Alu::Mod => {}
        }
    }

    /// A divisor in X may be 0, also where nobody reads the result.
    fn divide(&mut self, alu: Alu, by: Operand) {
        let reject = self.reject;
        match by {
            Operand::K(k) => asm!(self ; mov r9d, k as i32),
            Operand::X => asm!(self ; test ecx, ecx ; jz =>reject ; mov r9d, ecx),
        }
        asm!(self ; mov r10d, edx ; xor edx, edx ; div r9d);
        if alu == Alu::Mod {
            asm!(self ; mov eax, edx);
        }
        asm!(self ; mov edx, r10d);
    }

    /// `r9d` is no offset into the packet: it may count from a header, else it rejects.
    fn write_aside(&mut self, aside: &Aside) {
        let (reject, begin, back, link) = (self.reject, aside.begin, aside.back, self.new_label());
        let bytes = aside.size.bytes() as i8;
        let again = self.new_label();
        asm!(self
            ; =>begin
            ; cmp r9d, NET_OFF as i32
            ; jb =>link
            ; test DWORD [r8], 1 << NETWORK_ROW
            ; jz =>reject
            ; sub r9d, NET_OFF as i32
            ; mov r10d, [BYTE r8 + fact(NETWORK_ROW)]
            ; add r9, r10
            ; jmp =>again
            ; =>link
            ; sub r9d, LL_OFF as i32
            ; jb =>reject
            ; =>again
            ; lea r10, [BYTE r9 + bytes]
            ; cmp r10, rsi
            ; ja =>reject
            ; jmp =>back);
    }
}

/// Where a memory slot lies, relative to `rsp`.
fn place(slot: u8) -> i8 {
    (slot & 15) as i8 * 4 - 64
}

/// Where a fact lies, relative to `r8`.
fn fact(row: u8) -> i8 {
    (row & 15) as i8 * 4 + 4
}

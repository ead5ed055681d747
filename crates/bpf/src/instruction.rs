//! One instruction of the machine and the numbers it is made of.
//!
//! Source: `linux/bpf_common.h`, `linux/filter.h` (`struct sock_filter`).

/// One instruction, laid out as `struct sock_filter` of the kernel (host byte order).
///
/// Nothing is promised about its contents: any 64 bits are an `Instruction`. [`crate::check`] tells the good
/// lists from the bad.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Instruction {
    /// Class, size, mode or operation, and operand source, or-ed together from [`opcode`].
    pub code: u16,
    /// Instructions to skip after this one where a conditional jump holds.
    pub jt: u8,
    /// Instructions to skip after this one where a conditional jump does not hold.
    pub jf: u8,
    /// The constant operand: offset, value, memory slot or jump distance.
    pub k: u32,
}

impl Instruction {
    /// An instruction that does not branch.
    #[must_use]
    pub const fn stmt(code: u16, k: u32) -> Self {
        Self { code, jt: 0, jf: 0, k }
    }

    /// A conditional jump: `jt` and `jf` count the instructions to skip after this one.
    #[must_use]
    pub const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Self {
        Self { code, jt, jf, k }
    }

    /// The three bits that say what kind of instruction this is, for example [`opcode::LD`].
    #[must_use]
    pub const fn class(self) -> u16 {
        self.code & 0x07
    }
}

/// The parts of [`Instruction::code`]. One of each applicable group, or-ed together.
///
/// `LD | H | ABS` loads a half-word at a fixed offset, `JMP | JEQ | K` compares A with a constant.
pub mod opcode {
    /// Class: load A.
    pub const LD: u16 = 0x00;
    /// Class: load X.
    pub const LDX: u16 = 0x01;
    /// Class: store A in memory.
    pub const ST: u16 = 0x02;
    /// Class: store X in memory.
    pub const STX: u16 = 0x03;
    /// Class: arithmetic on A.
    pub const ALU: u16 = 0x04;
    /// Class: jump.
    pub const JMP: u16 = 0x05;
    /// Class: return.
    pub const RET: u16 = 0x06;
    /// Class: transfer between A and X.
    pub const MISC: u16 = 0x07;

    /// Size: four bytes, big-endian.
    pub const W: u16 = 0x00;
    /// Size: two bytes, big-endian.
    pub const H: u16 = 0x08;
    /// Size: one byte.
    pub const B: u16 = 0x10;

    /// Mode: the constant itself.
    pub const IMM: u16 = 0x00;
    /// Mode: packet bytes at a fixed offset.
    pub const ABS: u16 = 0x20;
    /// Mode: packet bytes at X plus an offset.
    pub const IND: u16 = 0x40;
    /// Mode: a memory slot.
    pub const MEM: u16 = 0x60;
    /// Mode: the length of the packet on the wire.
    pub const LEN: u16 = 0x80;
    /// Mode: four times the low nibble of a packet byte (the IPv4 header length).
    pub const MSH: u16 = 0xa0;

    /// Operation: A + operand.
    pub const ADD: u16 = 0x00;
    /// Operation: A - operand.
    pub const SUB: u16 = 0x10;
    /// Operation: A * operand.
    pub const MUL: u16 = 0x20;
    /// Operation: A / operand.
    pub const DIV: u16 = 0x30;
    /// Operation: A | operand.
    pub const OR: u16 = 0x40;
    /// Operation: A & operand.
    pub const AND: u16 = 0x50;
    /// Operation: A << operand.
    pub const LSH: u16 = 0x60;
    /// Operation: A >> operand.
    pub const RSH: u16 = 0x70;
    /// Operation: -A.
    pub const NEG: u16 = 0x80;
    /// Operation: A % operand.
    pub const MOD: u16 = 0x90;
    /// Operation: A ^ operand.
    pub const XOR: u16 = 0xa0;

    /// Jump: always, by `k` instructions.
    pub const JA: u16 = 0x00;
    /// Jump: A equals the operand.
    pub const JEQ: u16 = 0x10;
    /// Jump: A is greater than the operand (unsigned).
    pub const JGT: u16 = 0x20;
    /// Jump: A is greater than or equals the operand (unsigned).
    pub const JGE: u16 = 0x30;
    /// Jump: A and the operand share a set bit.
    pub const JSET: u16 = 0x40;

    /// Operand source: the constant `k`.
    pub const K: u16 = 0x00;
    /// Operand source: the register X.
    pub const X: u16 = 0x08;
    /// Return value: the register A.
    pub const A: u16 = 0x10;

    /// Transfer: X becomes A.
    pub const TAX: u16 = 0x00;
    /// Transfer: A becomes X.
    pub const TXA: u16 = 0x80;

    /// How many memory slots `M[]` there are.
    pub const MEMORY_SLOTS: usize = 16;
}

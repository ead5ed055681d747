//! From the instructions of the machine to the few operations that the encoders know.
//!
//! Here is decided what a load names (packet bytes, bytes behind X, a header, a fact), jumps to jumps are led to
//! where they end, and what can only reject is called [`Op::Reject`].

use gannet_bpf::{Instruction, Program, Semantics, ancillary, opcode::*};

use crate::JitError;

/// The longest packet that the code looks at, in bytes. Offsets below it never look negative, and a load that
/// would end past it rejects.
pub(crate) const LONGEST: u32 = i32::MAX as u32;

/// The most instructions that are compiled: far more than any kernel takes, and still little memory.
const MOST: usize = 1 << 18;

/// A register of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reg {
    A,
    X,
}

/// The right-hand side of an operation on A.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operand {
    K(u32),
    X,
}

/// The width of a load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    Byte,
    Half,
    Word,
}

impl Size {
    pub(crate) const fn bytes(self) -> u32 {
        match self {
            Self::Byte => 1,
            Self::Half => 2,
            Self::Word => 4,
        }
    }

    const fn of(code: u16) -> Self {
        match code & 0x18 {
            H => Self::Half,
            B => Self::Byte,
            _ => Self::Word,
        }
    }
}

/// Where a load reads. `Packet` and `Behind` end at or below [`LONGEST`] as far as their constant goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// At this offset.
    Packet(u32),
    /// At X plus this, a sum that does not wrap.
    Behind(u32),
    /// At X plus this modulo 2^32, where the upper half counts from headers as the kernel has it.
    Wrapping(u32),
    /// At this offset from the network header.
    Network(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Alu {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    And,
    Or,
    Xor,
    /// By the low five bits of the operand.
    Lsh,
    Rsh,
    /// By the whole operand: 32 and more give 0.
    LshFar,
    RshFar,
    Neg,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Test {
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

/// A test of A, and the operations where it leads; [`REJECT`] is a place, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Branch {
    pub test: Test,
    pub by: Operand,
    pub yes: u32,
    pub no: u32,
}

/// The target of a branch that rejects.
pub(crate) const REJECT: u32 = u32::MAX;

/// One operation. Jump targets are operation numbers, which are instruction numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Return(u32),
    ReturnA,
    Reject,
    Load(Place, Size),
    /// X becomes four times the low nibble of the byte there.
    HeaderLength(Place),
    Set(Reg, u32),
    /// The register becomes the packet's length on the wire.
    Length(Reg),
    Recall(Reg, u8),
    Store(Reg, u8),
    /// The register becomes the other one.
    Copy(Reg),
    Alu(Alu, Operand),
    /// A becomes the fact in this row of [`crate::Facts`].
    Fact(u8),
    Jump(u32),
    Branch(Branch),
    /// Where A goes by a table of [`crate::chains`].
    Switch(u32),
}

/// The row of [`crate::Facts`] that holds the offset of the network header: no fact has it, for its number means
/// a search for netlink attributes.
pub(crate) const NETWORK_ROW: u8 = (ancillary::NLATTR / 4) as u8;

/// Lowers every instruction.
///
/// # Errors
/// The program is too long, has loops or searches netlink attributes.
pub(crate) fn lower(program: &Program, semantics: Semantics) -> Result<Vec<Op>, JitError> {
    if program.has_loop() {
        return Err(JitError::Loops);
    }
    let list = program.instructions();
    if list.len() > MOST {
        return Err(JitError::TooLong);
    }
    let ends = jump_ends(list);
    let mut ops = Vec::with_capacity(list.len());
    for (at, i) in list.iter().enumerate() {
        ops.push(operation(*i, at, &ends, semantics)?);
    }
    Ok(ops)
}

/// For each instruction the one that runs when it is jumped to: itself, but for unconditional jumps.
fn jump_ends(list: &[Instruction]) -> Vec<u32> {
    let mut ends = vec![0u32; list.len()];
    for (at, i) in list.iter().enumerate().rev() {
        let end = if i.code == JMP | JA { end_of(&ends, at, i.k) } else { at as u32 };
        if let Some(slot) = ends.get_mut(at) {
            *slot = end;
        }
    }
    ends
}

/// Where a jump over `distance` instructions from `at` ends. The checker has bounded all targets.
fn end_of(ends: &[u32], at: usize, distance: u32) -> u32 {
    ends.get(at + 1 + distance as usize).copied().unwrap_or(REJECT)
}

fn operation(i: Instruction, at: usize, ends: &[u32], semantics: Semantics) -> Result<Op, JitError> {
    let by = if i.code & X != 0 { Operand::X } else { Operand::K(i.k) };
    Ok(match i.class() {
        LD => load(i, semantics)?,
        LDX => match i.code & 0xe0 {
            IMM => Op::Set(Reg::X, i.k),
            MEM => Op::Recall(Reg::X, i.k as u8 & 15),
            LEN => Op::Length(Reg::X),
            _ => constant(i.k, Size::Byte, semantics).map_or(Op::Reject, Op::HeaderLength),
        },
        ST => Op::Store(Reg::A, i.k as u8 & 15),
        STX => Op::Store(Reg::X, i.k as u8 & 15),
        ALU => arithmetic(i.code & 0xf0, by, semantics),
        JMP if i.code == JMP | JA => Op::Jump(end_of(ends, at, i.k)),
        JMP => Op::Branch(Branch {
            test: match i.code & 0xf0 {
                JEQ => Test::Equal,
                JGT => Test::Greater,
                JGE => Test::GreaterOrEqual,
                _ => Test::AnyBit,
            },
            by,
            yes: end_of(ends, at, i.jt.into()),
            no: end_of(ends, at, i.jf.into()),
        }),
        RET if i.code & 0x18 == A => Op::ReturnA,
        RET if i.k == 0 => Op::Reject,
        RET => Op::Return(i.k),
        _ if i.code & 0xf8 == TXA => Op::Copy(Reg::A),
        _ => Op::Copy(Reg::X),
    })
}

fn arithmetic(op: u16, by: Operand, semantics: Semantics) -> Op {
    let far = semantics == Semantics::Libpcap && by == Operand::X;
    let alu = match op {
        ADD => Alu::Add,
        SUB => Alu::Sub,
        MUL => Alu::Mul,
        DIV => Alu::Div,
        MOD => Alu::Mod,
        AND => Alu::And,
        OR => Alu::Or,
        XOR => Alu::Xor,
        LSH if far => Alu::LshFar,
        RSH if far => Alu::RshFar,
        LSH => Alu::Lsh,
        RSH => Alu::Rsh,
        _ => Alu::Neg,
    };
    match (alu, by) {
        // The checker refuses these; a machine would trap.
        (Alu::Div | Alu::Mod, Operand::K(0)) => Op::Reject,
        _ => Op::Alu(alu, by),
    }
}

fn load(i: Instruction, semantics: Semantics) -> Result<Op, JitError> {
    let size = Size::of(i.code);
    Ok(match i.code & 0xe0 {
        ABS => return absolute(i.k, size, semantics),
        IND => indirect(i.k, size, semantics),
        IMM => Op::Set(Reg::A, i.k),
        MEM => Op::Recall(Reg::A, i.k as u8 & 15),
        _ => Op::Length(Reg::A),
    })
}

fn absolute(k: u32, size: Size, semantics: Semantics) -> Result<Op, JitError> {
    Ok(match k {
        ancillary::AD_OFF.. => return special(k - ancillary::AD_OFF),
        _ => constant(k, size, semantics).map_or(Op::Reject, |place| Op::Load(place, size)),
    })
}

/// The place at a constant offset that names no fact; `None` where no packet has one.
fn constant(k: u32, size: Size, semantics: Semantics) -> Option<Place> {
    match k {
        ancillary::NET_OFF.. if semantics == Semantics::Linux => Some(Place::Network(k - ancillary::NET_OFF)),
        ancillary::LL_OFF.. if semantics == Semantics::Linux => Some(Place::Packet(k - ancillary::LL_OFF)),
        _ if k > LONGEST - size.bytes() => None,
        _ => Some(Place::Packet(k)),
    }
}

fn indirect(k: u32, size: Size, semantics: Semantics) -> Op {
    match semantics {
        Semantics::Linux => Op::Load(Place::Wrapping(k), size),
        Semantics::Libpcap if k > LONGEST - size.bytes() => Op::Reject,
        Semantics::Libpcap => Op::Load(Place::Behind(k), size),
    }
}

fn special(fact: u32) -> Result<Op, JitError> {
    Ok(match fact {
        ancillary::NLATTR | ancillary::NLATTR_NEST => return Err(JitError::Netlink),
        ancillary::ALU_XOR_X => Op::Alu(Alu::Xor, Operand::X),
        0..=ancillary::VLAN_TPID if fact.is_multiple_of(4) => Op::Fact((fact / 4) as u8),
        _ => Op::Reject,
    })
}

impl Op {
    /// Where control may go next, given the number of this operation.
    pub(crate) fn next(self, at: usize) -> [Option<usize>; 2] {
        let place = |to: u32| (to != REJECT).then_some(to as usize);
        match self {
            Self::Return(_) | Self::ReturnA | Self::Reject | Self::Switch(_) => [None, None],
            Self::Jump(to) => [place(to), None],
            Self::Branch(b) if b.yes == b.no => [place(b.yes), None],
            Self::Branch(b) => [place(b.yes), place(b.no)],
            _ => [Some(at + 1), None],
        }
    }
}

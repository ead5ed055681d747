//! The checker: which lists of instructions are programs.
//!
//! It refuses all that the kernel's `bpf_check_classic` refuses, so that a program which passes under
//! [`Limits::KERNEL`] loads.

use alloc::{vec, vec::Vec};
use core::fmt;

use crate::ancillary;
use crate::instruction::{Instruction, opcode::*};
use crate::program::Program;

/// What a program may be, beside being sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The most instructions it may hold.
    pub length: usize,
    /// Whether unconditional jumps may go backward (`protochain`). The machine then counts its steps.
    pub loops: bool,
    /// Whether memory slots may be read before they are written: they start as 0. libpcap has written such
    /// programs; the kernel refuses them. Without loops it is asked for as the kernel asks, which takes what
    /// stands behind a return for reached from it.
    pub unwritten: bool,
    /// Whether loads may name ancillary offsets that stand for nothing (`ether[-1]`): they reject the packet. The
    /// kernel refuses such programs.
    pub nameless: bool,
}

impl Limits {
    /// What Linux accepts on a socket: `BPF_MAXINSNS` instructions, no loops.
    pub const KERNEL: Self = Self { length: 4096, loops: false, unwritten: false, nameless: false };
    /// What our own machine runs: sixteen million instructions, loops allowed.
    pub const USER: Self = Self { length: 1 << 24, loops: true, unwritten: false, nameless: true };
}

/// Why a list is no program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckError {
    /// The number of the offending instruction, from 0.
    pub at: usize,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The list holds no instruction.
    Empty,
    /// The list holds more instructions than this limit.
    TooLong(usize),
    /// No instruction has this code.
    UnknownCode(u16),
    /// A jump leads to this instruction number, outside the program.
    JumpOutside(i64),
    /// A jump leads backward to this instruction, which the limits forbid.
    JumpBackward(usize),
    /// There is no memory slot of this number.
    NoSuchSlot(u32),
    /// This memory slot is read where it may not have been written.
    UnwrittenSlot(u32),
    /// The constant divisor is zero.
    DivisionByZero,
    /// The constant shift is this large; 31 is the most.
    ShiftTooLarge(u32),
    /// The load is from this unknown ancillary offset.
    UnknownAncillary(u32),
    /// The last instruction is not a return.
    NoReturn,
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instruction {}: {}", self.at, self.reason)
    }
}

impl core::error::Error for CheckError {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => write!(f, "the program is empty"),
            Self::TooLong(limit) => write!(f, "the program is longer than {limit} instructions"),
            Self::UnknownCode(code) => write!(f, "unknown code {code:#04x}"),
            Self::JumpOutside(to) => write!(f, "jump to {to}, outside the program"),
            Self::JumpBackward(to) => write!(f, "jump backward to {to}"),
            Self::NoSuchSlot(k) => write!(f, "no memory slot M[{k}]"),
            Self::UnwrittenSlot(k) => write!(f, "M[{k}] may be read before it is written"),
            Self::DivisionByZero => write!(f, "division by the constant zero"),
            Self::ShiftTooLarge(k) => write!(f, "shift by {k}, more than 31"),
            Self::UnknownAncillary(k) => write!(f, "unknown ancillary load {k:#x}"),
            Self::NoReturn => write!(f, "the program does not end in a return"),
        }
    }
}

/// Makes a program of `list` if it is sound and within `limits`.
///
/// # Errors
/// The first instruction found to be wrong, and why. Time and memory are linear in the length of the list.
///
/// ```
/// use gannet_bpf::{Instruction, Limits, Reason, check, opcode::*};
/// let list = vec![Instruction::jump(JMP | JEQ | K, 6, 0, 1), Instruction::stmt(RET | K, 1)];
/// let error = check(list, Limits::KERNEL).unwrap_err();
/// assert_eq!((error.at, error.reason), (0, Reason::JumpOutside(2)));
/// assert_eq!(error.to_string(), "instruction 0: jump to 2, outside the program");
/// ```
pub fn check(list: Vec<Instruction>, limits: Limits) -> Result<Program, CheckError> {
    let Some(last) = list.last() else { return Err(CheckError { at: 0, reason: Reason::Empty }) };
    if list.len() > limits.length {
        return Err(CheckError { at: limits.length, reason: Reason::TooLong(limits.length) });
    }
    for (at, instruction) in list.iter().enumerate() {
        check_one(*instruction, limits).map_err(|reason| CheckError { at, reason })?;
        for target in targets(at, *instruction).into_iter().flatten() {
            check_target(at, target, list.len(), limits).map_err(|reason| CheckError { at, reason })?;
        }
    }
    if last.class() != RET {
        return Err(CheckError { at: list.len() - 1, reason: Reason::NoReturn });
    }
    match limits {
        Limits { unwritten: true, .. } => {}
        Limits { loops: true, .. } => check_memory(&list)?,
        _ => check_memory_in_order(&list)?,
    }
    Ok(Program::trusted(list))
}

/// Whether the code is known and its constant in range.
fn check_one(i: Instruction, limits: Limits) -> Result<(), Reason> {
    const LSH_K: u16 = ALU | LSH | K;
    const RSH_K: u16 = ALU | RSH | K;
    const DIV_K: u16 = ALU | DIV | K;
    const MOD_K: u16 = ALU | MOD | K;
    if !is_known(i.code) {
        return Err(Reason::UnknownCode(i.code));
    }
    match i.code {
        LSH_K | RSH_K if i.k > 31 => Err(Reason::ShiftTooLarge(i.k)),
        DIV_K | MOD_K if i.k == 0 => Err(Reason::DivisionByZero),
        _ if slot_access(i).is_some() && i.k >= 16 => Err(Reason::NoSuchSlot(i.k)),
        _ if !limits.nameless && is_absolute(i.code) && ancillary::is_unknown(i.k) => {
            Err(Reason::UnknownAncillary(i.k))
        }
        _ => Ok(()),
    }
}

/// The whole instruction set, as the kernel allows it.
pub(crate) fn is_known(code: u16) -> bool {
    if code > 0xff {
        return false;
    }
    match code & 0x07 {
        LD => {
            matches!(code & 0xe0, ABS | IND) && matches!(code & 0x18, W | H | B) || {
                matches!(code, 0x00 | 0x60 | 0x80)
            }
        }
        LDX => matches!(code & !0x07, IMM | MEM | LEN) || code == LDX | B | MSH,
        ST | STX => code < 0x08,
        ALU => matches!(code & 0xf0, ADD..=RSH | MOD | XOR) || code == ALU | NEG,
        JMP => matches!(code & 0xf0, JEQ..=JSET) || code == JMP | JA,
        RET => matches!(code & !0x07, K | A),
        _ => matches!(code & !0x07, TAX | TXA),
    }
}

fn is_absolute(code: u16) -> bool {
    code & 0x07 == LD && code & 0xe0 == ABS
}

/// Where a jump may go; nothing for all other instructions.
fn targets(at: usize, i: Instruction) -> [Option<i64>; 2] {
    let next = at as i64 + 1;
    match i.class() {
        JMP if i.code == JMP | JA => [Some(next + i64::from(i.k as i32)), None],
        JMP => [Some(next + i64::from(i.jt)), Some(next + i64::from(i.jf))],
        _ => [None, None],
    }
}

fn check_target(at: usize, target: i64, length: usize, limits: Limits) -> Result<(), Reason> {
    match usize::try_from(target) {
        Ok(to) if to < length => {
            if to <= at && (to == at || !limits.loops) {
                Err(Reason::JumpBackward(to))
            } else {
                Ok(())
            }
        }
        _ => Err(Reason::JumpOutside(target)),
    }
}

/// A read (`false`) or write (`true`) of a memory slot.
fn slot_access(i: Instruction) -> Option<bool> {
    match i.class() {
        ST | STX => Some(true),
        LD | LDX if i.code & 0xe0 == MEM => Some(false),
        _ => None,
    }
}

/// Goes through a program without loops once, as the kernel does (`check_load_and_stores`): what stands behind a
/// return counts as reached from it, so that a few sound programs are refused.
fn check_memory_in_order(list: &[Instruction]) -> Result<(), CheckError> {
    let mut arriving = vec![u16::MAX; list.len()];
    let mut written = 0u16;
    for (at, i) in list.iter().enumerate() {
        written &= arriving.get(at).copied().unwrap_or(0);
        let bit = 1u16.checked_shl(i.k).unwrap_or(0);
        match slot_access(*i) {
            Some(true) => written |= bit,
            Some(false) if written & bit == 0 => {
                return Err(CheckError { at, reason: Reason::UnwrittenSlot(i.k) });
            }
            _ => {}
        }
        if i.class() == JMP {
            for target in targets(at, *i).into_iter().flatten() {
                if let Some(set) = usize::try_from(target).ok().and_then(|to| arriving.get_mut(to)) {
                    *set &= written;
                }
            }
            written = u16::MAX;
        }
    }
    Ok(())
}

/// Follows every path: a slot counts as written at an instruction if all ways to reach it wrote it.
///
/// The set at an instruction only ever shrinks, so each is visited at most seventeen times.
fn check_memory(list: &[Instruction]) -> Result<(), CheckError> {
    if !list.iter().any(|i| slot_access(*i) == Some(false)) {
        return Ok(());
    }
    let mut written: Vec<Option<u16>> = vec![None; list.len()];
    let mut work = vec![(0usize, 0u16)];
    while let Some((at, arriving)) = work.pop() {
        let (Some(i), Some(known)) = (list.get(at), written.get_mut(at)) else { continue };
        let now = known.map_or(arriving, |k| k & arriving);
        if *known == Some(now) {
            continue;
        }
        *known = Some(now);
        let bit = 1u16.checked_shl(i.k).unwrap_or(0);
        let leaving = if slot_access(*i) == Some(true) { now | bit } else { now };
        match targets(at, *i) {
            _ if i.class() == RET => {}
            [None, None] => work.push((at + 1, leaving)),
            both => work
                .extend(both.into_iter().flatten().filter_map(|t| Some((usize::try_from(t).ok()?, leaving)))),
        }
    }
    for (at, (i, set)) in list.iter().zip(&written).enumerate() {
        let missing = set.is_some_and(|set| set & 1u16.checked_shl(i.k).unwrap_or(0) == 0);
        if slot_access(*i) == Some(false) && missing {
            return Err(CheckError { at, reason: Reason::UnwrittenSlot(i.k) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: Instruction = Instruction::stmt(RET | K, 1);

    fn refused(list: &[Instruction]) -> CheckError {
        check(list.to_vec(), Limits::USER).expect_err("must be refused")
    }

    #[test]
    fn refuses_what_libpcap_lets_through_and_then_dies_of() {
        let bad = |code, k| refused(&[Instruction::stmt(code, k), OK]);
        assert_eq!(bad(0xc7, 0).reason, Reason::UnknownCode(0xc7));
        assert_eq!(bad(LD | 0x18 | ABS, 0).reason, Reason::UnknownCode(0x38));
        assert_eq!(bad(JMP | JA, u32::MAX).reason, Reason::JumpBackward(0));
        assert_eq!(bad(ALU | LSH | K, 40).reason, Reason::ShiftTooLarge(40));
        assert_eq!(bad(RET | 0x18, 0).reason, Reason::UnknownCode(0x1e));
        assert_eq!(bad(LDX | W | ABS, 0).reason, Reason::UnknownCode(0x21));
        let garbage = [Instruction::stmt(LD | W | LEN, 0), Instruction::stmt(STX | 0x20, 1), OK];
        assert_eq!(refused(&garbage), CheckError { at: 1, reason: Reason::UnknownCode(0x23) });
    }

    #[test]
    fn knows_exactly_the_instructions_of_linux() {
        // 12 loads of A (6 from the packet by two modes, imm, mem, len), 4 of X, and so on.
        let count = |class| (0..=u16::MAX).filter(|c| c & 7 == class && is_known(*c)).count();
        assert_eq!((0..8).map(count).collect::<Vec<_>>(), [9, 4, 1, 1, 21, 9, 2, 2]);
    }

    #[test]
    fn a_slot_is_read_only_after_all_paths_wrote_it() {
        let read = Instruction::stmt(LD | MEM, 3);
        let write = Instruction::stmt(ST, 3);
        let list = |skip| [Instruction::jump(JMP | JEQ | K, 0, 0, skip), write, read, OK].to_vec();
        assert!(check(list(0), Limits::KERNEL).is_ok());
        assert_eq!(refused(&list(1)), CheckError { at: 2, reason: Reason::UnwrittenSlot(3) });
        assert_eq!(refused(&[Instruction::stmt(ST, 16), OK]).reason, Reason::NoSuchSlot(16));
        let zeroed = Limits { unwritten: true, ..Limits::KERNEL };
        assert!(check(list(1), zeroed).is_ok());
        // The kernel holds code that nothing reaches to it, and goes on behind a return.
        assert!(check([OK, read, OK].to_vec(), Limits::USER).is_ok());
        assert_eq!(check([OK, read, OK].to_vec(), Limits::KERNEL).unwrap_err().at, 1);
        let over = [Instruction::stmt(JMP | JA, 1), OK, write, read, OK];
        assert!(check(over.to_vec(), Limits::KERNEL).is_ok());
        let to = |skip| Instruction::jump(JMP | JEQ | K, 0, skip, 0);
        let meets = [to(2), write, to(1), OK, read, OK];
        assert!(check(meets.to_vec(), Limits::USER).is_ok());
        assert_eq!(check(meets.to_vec(), Limits::KERNEL).unwrap_err().at, 4);
    }

    #[test]
    fn jumps_stay_inside() {
        assert_eq!(refused(&[Instruction::jump(JMP | JEQ | K, 0, 0, 1), OK]).reason, Reason::JumpOutside(2));
        assert_eq!(refused(&[Instruction::stmt(JMP | JA, 1), OK]).reason, Reason::JumpOutside(2));
        assert_eq!(
            refused(&[OK, Instruction::stmt(JMP | JA, -3i32 as u32), OK]).reason,
            Reason::JumpOutside(-1)
        );
        let back = [OK, Instruction::stmt(JMP | JA, -2i32 as u32), OK].to_vec();
        assert!(check(back.clone(), Limits::USER).is_ok_and(|p| p.has_loop()));
        assert_eq!(check(back, Limits::KERNEL).unwrap_err().reason, Reason::JumpBackward(0));
    }

    #[test]
    fn length_and_end() {
        assert_eq!(refused(&[]).reason, Reason::Empty);
        assert_eq!(refused(&[Instruction::stmt(MISC | TAX, 0)]).reason, Reason::NoReturn);
        assert!(check(vec![OK; 4096], Limits::KERNEL).is_ok());
        assert_eq!(check(vec![OK; 4097], Limits::KERNEL).unwrap_err().reason, Reason::TooLong(4096));
        let nameless = vec![OK, Instruction::stmt(LD | B | ABS, ancillary::AD_OFF + 64), OK];
        assert_eq!(check(nameless.clone(), Limits::KERNEL).unwrap_err().at, 1);
        assert!(check(nameless, Limits::USER).is_ok());
        assert_eq!(refused(&[Instruction::stmt(ALU | MOD | K, 0), OK]).reason, Reason::DivisionByZero);
    }
}

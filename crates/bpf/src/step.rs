//! A program run one instruction at a time, forward and back.
//!
//! ```
//! use gannet_bpf::{End, Limits, Metadata, Packet, Semantics, Stepper, asm, check};
//! let list = asm::assemble("ldb [1]  add #1  ret a")?;
//! let program = check(list, Limits::KERNEL)?;
//! let packet = Packet { bytes: &[7, 8], wire_length: 2, meta: Metadata::default() };
//! let mut stepper = Stepper::new(&program, packet, Semantics::Linux);
//! assert_eq!(stepper.bytes_read(), Some(1..2));
//! assert!(stepper.forward() && stepper.forward());
//! assert_eq!((stepper.state().at, stepper.state().a), (2, 9));
//! assert!(stepper.back());
//! assert_eq!((stepper.state().at, stepper.state().a), (1, 8));
//! assert_eq!(stepper.run(), End::Returned(9));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::{vec, vec::Vec};
use core::ops::Range;

use crate::ancillary::{AD_OFF, LL_OFF, NET_OFF};
use crate::instruction::{Instruction, opcode::*};
use crate::metadata::Metadata;
use crate::program::Program;
use crate::vm::{Semantics, byte, half, indirect, rare::Rare, word};

/// What a program runs on.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'p> {
    /// The captured bytes.
    pub bytes: &'p [u8],
    /// The length on the wire in bytes, before the snaplen cut it.
    pub wire_length: u32,
    /// What the capture knows beside the bytes.
    pub meta: Metadata,
}

/// The machine between two instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct State {
    /// The number of the instruction that is next, or of the last one where the run has ended.
    pub at: usize,
    /// The accumulator.
    pub a: u32,
    /// The index register.
    pub x: u32,
    /// The scratch memory.
    pub m: [u32; MEMORY_SLOTS],
    /// How many instructions were run.
    pub steps: u64,
    /// How the run ended, if it has.
    pub end: Option<End>,
}

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// By a return: 0 rejects the packet, anything else is how many bytes to keep.
    Returned(u32),
    /// By a load of what is not there or a division by zero: the packet is rejected.
    Failed,
    /// By going round too often (see [`crate::Vm::run`]): the packet is rejected.
    Exhausted,
}

impl End {
    /// What [`crate::Vm::run`] gives.
    #[must_use]
    pub const fn verdict(self) -> u32 {
        match self {
            Self::Returned(value) => value,
            Self::Failed | Self::Exhausted => 0,
        }
    }
}

/// A run of a program on a packet that can go either way. It ends as [`crate::Vm`] ends.
///
/// It remembers 16 bytes for each step; a program without loops takes no more steps than it has instructions.
#[derive(Clone, Debug)]
pub struct Stepper<'p> {
    machine: Machine<'p>,
    undo: Vec<Undo>,
}

/// What a step has changed.
#[derive(Clone, Copy, Debug)]
struct Undo {
    at: u32,
    /// What it was before.
    old: u32,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    A,
    X,
    Slot(u8),
    /// A turn backward.
    Turns,
    Nothing,
}

impl<'p> Stepper<'p> {
    /// Stands before the first instruction.
    #[must_use]
    pub fn new(program: &'p Program, packet: Packet<'p>, semantics: Semantics) -> Self {
        Self { machine: Machine::new(program, packet, semantics), undo: Vec::new() }
    }

    /// The machine as it is now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.machine.state
    }

    /// The instruction that is next, or the last one where the run has ended.
    #[must_use]
    pub fn instruction(&self) -> Instruction {
        self.machine.instruction()
    }

    /// The bytes of the packet that the next instruction loads; they may lie behind its end.
    #[must_use]
    pub fn bytes_read(&self) -> Option<Range<usize>> {
        self.machine.bytes_read()
    }

    /// Runs one instruction; `false` if the run has ended already.
    pub fn forward(&mut self) -> bool {
        let Machine { state, turns, .. } = self.machine;
        if state.end.is_some() {
            return false;
        }
        let i = self.machine.instruction();
        let (place, old) = match i.class() {
            LD | ALU => (Place::A, state.a),
            LDX => (Place::X, state.x),
            ST | STX => (Place::Slot(i.k as u8), state.m.get(i.k as usize).copied().unwrap_or(0)),
            JMP => (Place::Turns, turns),
            MISC if i.code & 0xf8 == TXA => (Place::A, state.a),
            MISC => (Place::X, state.x),
            _ => (Place::Nothing, 0),
        };
        self.undo.push(Undo { at: state.at as u32, old, place });
        self.machine.step();
        true
    }

    /// Takes the last step back; `false` at the start.
    pub fn back(&mut self) -> bool {
        let Some(Undo { at, old, place }) = self.undo.pop() else { return false };
        let state = &mut self.machine.state;
        state.at = at as usize;
        state.end = None;
        state.steps = state.steps.saturating_sub(1);
        match place {
            Place::A => state.a = old,
            Place::X => state.x = old,
            Place::Slot(slot) => {
                if let Some(slot) = state.m.get_mut(usize::from(slot)) {
                    *slot = old;
                }
            }
            Place::Turns => self.machine.turns = old,
            Place::Nothing => {}
        }
        true
    }

    /// Goes on to the end.
    pub fn run(&mut self) -> End {
        loop {
            if let Some(end) = self.machine.state.end {
                return end;
            }
            self.forward();
        }
    }
}

/// How often each instruction ran, over many packets.
///
/// ```
/// use gannet_bpf::{Limits, Metadata, Packet, Profile, Semantics, asm, check};
/// let program = check(asm::assemble("ldb [0] jeq #1, yes ret #0 yes: ret #1")?, Limits::KERNEL)?;
/// let mut profile = Profile::new(&program, Semantics::Linux);
/// for first in [1, 2, 1] {
///     profile.run(Packet { bytes: &[first], wire_length: 1, meta: Metadata::default() });
/// }
/// assert_eq!(profile.counts(), [3, 3, 1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile<'p> {
    program: &'p Program,
    semantics: Semantics,
    counts: Vec<u64>,
}

impl<'p> Profile<'p> {
    /// Nothing ran yet.
    #[must_use]
    pub fn new(program: &'p Program, semantics: Semantics) -> Self {
        Self { program, semantics, counts: vec![0; program.instructions().len()] }
    }

    /// Runs the program on a packet: how it ended, and after how many instructions.
    pub fn run(&mut self, packet: Packet<'_>) -> (End, u64) {
        let mut machine = Machine::new(self.program, packet, self.semantics);
        loop {
            if let Some(end) = machine.state.end {
                return (end, machine.state.steps);
            }
            if let Some(count) = self.counts.get_mut(machine.state.at) {
                *count = count.saturating_add(1);
            }
            machine.step();
        }
    }

    /// How often each instruction ran so far, in the order of the program.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}

#[derive(Clone, Copy, Debug)]
struct Machine<'p> {
    list: &'p [Instruction],
    packet: Packet<'p>,
    semantics: Semantics,
    state: State,
    /// How often it may still go backward.
    turns: u32,
}

impl<'p> Machine<'p> {
    fn new(program: &'p Program, packet: Packet<'p>, semantics: Semantics) -> Self {
        let turns = u32::try_from(packet.bytes.len()).unwrap_or(u32::MAX).saturating_add(1024);
        Self { list: program.instructions(), packet, semantics, state: State::default(), turns }
    }

    fn instruction(&self) -> Instruction {
        // The checker has made sure that there is one.
        self.list.get(self.state.at).copied().unwrap_or(Instruction::stmt(RET, 0))
    }

    fn step(&mut self) {
        let i = self.instruction();
        self.state.steps = self.state.steps.saturating_add(1);
        let next = self.state.at + 1;
        let to = match i.class() {
            RET => {
                return self.state.end =
                    Some(End::Returned(if i.code & 0x18 == A { self.state.a } else { i.k }));
            }
            JMP if i.code == JMP | JA => next.wrapping_add(i.k as i32 as usize),
            JMP if self.holds(i) => next + usize::from(i.jt),
            JMP => next + usize::from(i.jf),
            _ if self.execute(i).is_some() => next,
            _ => return self.state.end = Some(End::Failed),
        };
        if to < next {
            match self.turns.checked_sub(1) {
                Some(left) => self.turns = left,
                None => return self.state.end = Some(End::Exhausted),
            }
        }
        self.state.at = to;
    }

    fn operand(&self, i: Instruction) -> u32 {
        if i.code & X != 0 { self.state.x } else { i.k }
    }

    fn holds(&self, i: Instruction) -> bool {
        let (a, b) = (self.state.a, self.operand(i));
        match i.code & 0xf0 {
            JEQ => a == b,
            JGT => a > b,
            JGE => a >= b,
            _ => a & b != 0,
        }
    }

    /// An instruction that does not branch; `None` rejects the packet.
    fn execute(&mut self, i: Instruction) -> Option<()> {
        let (a, x) = (self.state.a, self.state.x);
        let slot = self.state.m.get(i.k as usize).copied();
        match i.class() {
            LD => {
                self.state.a = match i.code & 0xe0 {
                    IMM => i.k,
                    MEM => slot?,
                    LEN => self.packet.wire_length,
                    _ => self.load(i)?,
                }
            }
            LDX => {
                self.state.x = match i.code & 0xe0 {
                    IMM => i.k,
                    MEM => slot?,
                    LEN => self.packet.wire_length,
                    _ => (self.load(i)? & 0xf) << 2,
                }
            }
            ST => *self.state.m.get_mut(i.k as usize)? = a,
            STX => *self.state.m.get_mut(i.k as usize)? = x,
            ALU => self.state.a = self.arithmetic(i)?,
            _ if i.code & 0xf8 == TXA => self.state.a = x,
            _ => self.state.x = a,
        }
        Some(())
    }

    fn load(&self, i: Instruction) -> Option<u32> {
        let (Packet { bytes, meta, .. }, State { a, x, .. }) = (&self.packet, self.state);
        let libpcap = self.semantics == Semantics::Libpcap;
        match (i.code & 0xe0, size(i)) {
            (ABS, size) if i.k >= if libpcap { AD_OFF } else { 0x8000_0000 } => match libpcap {
                true => Rare::absolute(i.k, size).run::<true>(a, x, bytes, meta),
                false => Rare::absolute(i.k, size).run::<false>(a, x, bytes, meta),
            },
            (ABS, 4) => word(bytes, i.k),
            (ABS, 2) => half(bytes, i.k),
            (ABS, _) => byte(bytes, i.k),
            // Facts have no header lengths: all of the upper half counts from a header.
            (MSH, _) if libpcap => byte(bytes, i.k),
            (MSH, _) => indirect::<false, 1>(bytes, 0, i.k, meta),
            (_, 4) if libpcap => indirect::<true, 4>(bytes, x, i.k, meta),
            (_, 2) if libpcap => indirect::<true, 2>(bytes, x, i.k, meta),
            (..) if libpcap => indirect::<true, 1>(bytes, x, i.k, meta),
            (_, 4) => indirect::<false, 4>(bytes, x, i.k, meta),
            (_, 2) => indirect::<false, 2>(bytes, x, i.k, meta),
            _ => indirect::<false, 1>(bytes, x, i.k, meta),
        }
    }

    fn arithmetic(&self, i: Instruction) -> Option<u32> {
        let (a, b) = (self.state.a, self.operand(i));
        let by = if self.semantics == Semantics::Linux { b & 31 } else { b };
        Some(match i.code & 0xf0 {
            ADD => a.wrapping_add(b),
            SUB => a.wrapping_sub(b),
            MUL => a.wrapping_mul(b),
            DIV => a.checked_div(b)?,
            MOD => a.checked_rem(b)?,
            AND => a & b,
            OR => a | b,
            XOR => a ^ b,
            LSH => a.checked_shl(by).unwrap_or(0),
            RSH => a.checked_shr(by).unwrap_or(0),
            _ => a.wrapping_neg(),
        })
    }

    fn bytes_read(&self) -> Option<Range<usize>> {
        let i = self.instruction();
        let offset = match (i.class(), i.code & 0xe0) {
            (LD, ABS) => i.k,
            (LD, IND) if self.semantics == Semantics::Libpcap => self.state.x.checked_add(i.k)?,
            (LD, IND) => self.state.x.wrapping_add(i.k),
            (LDX, MSH) => i.k,
            _ => return None,
        };
        let absolute = i.code & 0xe0 == ABS;
        let from = match (self.semantics, offset) {
            (_, AD_OFF..) if absolute => return None,
            (Semantics::Libpcap, _) | (_, ..0x8000_0000) => offset,
            (_, NET_OFF..) => self.packet.meta.network_offset?.checked_add(offset - NET_OFF)?,
            (_, LL_OFF..) => offset - LL_OFF,
            _ => return None,
        };
        let from = from as usize;
        Some(from..from.checked_add(size(i) as usize)?)
    }
}

/// The bytes that a load takes.
fn size(i: Instruction) -> u32 {
    match i.code & 0x18 {
        H => 2,
        B => 1,
        _ => 4,
    }
}

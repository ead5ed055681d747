//! Runs two programs on all packets at once.
//!
//! First one program runs on an unknown packet, then the other, under the facts that the first has shown. Where
//! the facts do not decide a branch (or whether a load is past the end), both ways are taken, one after the
//! other, by running again from the start with the choices made so far. Each pair of paths ends in a leaf.

use alloc::{vec, vec::Vec};

use crate::{Instruction, Semantics, ancillary, opcode::*};

use super::facts::{Facts, Test};
use super::terms::{Id, Node, Operation, Source, Terms, ZERO};

/// A program and the machine it runs on.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub program: &'a [Instruction],
    pub semantics: Semantics,
}

/// How a program ended on a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The packet is kept, so many bytes of it at most.
    Keep(u32),
    /// The packet is kept, a computed number of bytes (the term).
    KeepTerm(Id),
    Reject,
}

/// Why a path has no outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    /// No packet takes it.
    Impossible,
    /// It went round a loop too often, or computes too large a value.
    TooLong,
}

/// How a program goes on after an instruction.
enum Step {
    Next,
    Branch(bool),
    Always,
    End(Outcome),
}

/// So often a path may go round loops.
const ROUNDS: usize = 2000;
/// Larger values are not followed.
const LARGEST: u32 = 400;

/// The search.
pub struct Explorer<'a> {
    sides: [Side<'a>; 2],
    pub terms: Terms,
    pub facts: Facts,
    /// The choices of this path, and whether the other way is still to be taken.
    choices: Vec<(bool, bool)>,
    made: usize,
    coin: Option<u64>,
    /// For each side and instruction the ways seen: 1 on or true, 2 false, 4 rejected here.
    pub seen: [Vec<u8>; 2],
    /// Paths given up.
    pub cut: usize,
}

/// A pair of paths: how each program ended.
pub type Leaf = [Outcome; 2];

#[derive(Clone)]
struct Registers {
    a: Id,
    x: Id,
    m: [Id; 16],
}

impl<'a> Explorer<'a> {
    pub fn new(sides: [Side<'a>; 2]) -> Self {
        let seen = sides.map(|side| vec![0; side.program.len()]);
        let (terms, facts) = (Terms::new(), Facts::default());
        Self { sides, terms, facts, choices: Vec::new(), made: 0, coin: None, seen, cut: 0 }
    }

    /// Runs the next pair of paths. `None`: that path is impossible or was given up.
    pub fn run(&mut self) -> Option<Leaf> {
        self.facts.clear();
        self.made = 0;
        let mut leaf = [Outcome::Reject; 2];
        for (which, end) in leaf.iter_mut().enumerate() {
            match self.side(which) {
                Ok(outcome) => *end = outcome,
                Err(stop) => {
                    self.cut += usize::from(stop == Stop::TooLong);
                    return None;
                }
            }
        }
        Some(leaf)
    }

    /// Turns to the next path, false if all are done.
    pub fn advance(&mut self) -> bool {
        self.choices.truncate(self.made);
        while let Some((way, other_left)) = self.choices.pop() {
            if other_left {
                self.choices.push((!way, false));
                return true;
            }
        }
        false
    }

    /// From now on paths are drawn by chance, for what is too large to be searched.
    pub fn by_chance(&mut self, seed: u64) {
        self.choices.clear();
        self.coin = Some(seed | 1);
    }

    fn choose(&mut self) -> bool {
        if let Some(coin) = &mut self.coin {
            *coin ^= *coin << 13;
            *coin ^= *coin >> 7;
            *coin ^= *coin << 17;
            return *coin >> 33 & 1 == 1;
        }
        if self.made == self.choices.len() {
            self.choices.push((true, true));
        }
        let (way, _) = self.choices[self.made];
        self.made += 1;
        way
    }

    /// Answers a question about a term by the facts, or by choice.
    fn test(&mut self, id: Id, test: Test) -> Result<bool, Stop> {
        let id = self.reduce(id, 64);
        if let (Test::Equals(k), Node::Sum(parts, plus)) = (test, self.terms.node(id)) {
            let (parts, plus) = (parts.clone(), *plus);
            match parts.as_slice() {
                [(1, part)] => return self.test(*part, Test::Equals(k.wrapping_sub(plus))),
                [(u32::MAX, part)] => return self.test(*part, Test::Equals(plus.wrapping_sub(k))),
                _ => {}
            }
        }
        if let Some(answer) = self.facts.answer(&self.terms, id, test) {
            return Ok(answer);
        }
        if let Some((part, low, high)) = self.splittable(id) {
            // A small unknown inside an operation: take its values one by one.
            for value in low..=high {
                if self.test(part, Test::Equals(value))? {
                    return self.test(id, test);
                }
            }
            return Err(Stop::Impossible);
        }
        let way = self.choose();
        if self.facts.assume(&self.terms, id, test, way) { Ok(way) } else { Err(Stop::Impossible) }
    }

    /// Puts in what the facts have pinned down.
    fn reduce(&mut self, id: Id, depth: usize) -> Id {
        let (low, high) = self.facts.bounds(&self.terms, id);
        if low == high {
            return self.terms.constant(low);
        }
        if depth == 0 {
            return id;
        }
        match self.terms.node(id).clone() {
            Node::Const(_) | Node::Bits(_) => id,
            Node::Sum(parts, k) => {
                let start = self.terms.constant(k);
                parts.iter().fold(start, |sum, (times, part)| {
                    let part = self.reduce(*part, depth - 1);
                    let product = self.terms.times(part, *times);
                    self.terms.add(sum, product)
                })
            }
            Node::Op(op, a, b) => {
                let (a, b) = (self.reduce(a, depth - 1), self.reduce(b, depth - 1));
                self.terms.operation(op, a, b)
            }
        }
    }

    /// Some part of an operation that has few values left.
    fn splittable(&self, id: Id) -> Option<(Id, u32, u32)> {
        let Node::Op(_, a, b) = *self.terms.node(id) else { return None };
        [a, b].into_iter().find_map(|part| {
            let (low, high) = self.facts.bounds(&self.terms, part);
            match high.saturating_sub(low) {
                0 => None,
                1..=63 => Some((part, low, high)),
                _ => self.splittable(part),
            }
        })
    }

    fn side(&mut self, which: usize) -> Result<Outcome, Stop> {
        let Side { program, semantics } = self.sides[which];
        let mut registers = Registers { a: ZERO, x: ZERO, m: [ZERO; 16] };
        let (mut pc, mut rounds) = (0, 0);
        loop {
            let i = program[pc];
            let step = self.step(i, semantics, &mut registers)?;
            if self.terms.size(registers.a) > LARGEST {
                return Err(Stop::TooLong);
            }
            self.seen[which][pc] |= match step {
                Step::End(_) if i.class() != RET => 4,
                Step::Branch(false) => 2,
                _ => 1,
            };
            pc = pc.wrapping_add(1).wrapping_add(match step {
                Step::End(outcome) => return Ok(outcome),
                Step::Next => 0,
                Step::Branch(true) => usize::from(i.jt),
                Step::Branch(false) => usize::from(i.jf),
                Step::Always => {
                    rounds += usize::from(i.k >= 1 << 31);
                    i.k as i32 as usize
                }
            });
            if rounds > ROUNDS {
                return Err(Stop::TooLong);
            }
        }
    }

    fn step(&mut self, i: Instruction, semantics: Semantics, r: &mut Registers) -> Result<Step, Stop> {
        const REJECT: Result<Step, Stop> = Ok(Step::End(Outcome::Reject));
        let slot = (i.k & 15) as usize;
        match i.class() {
            LD => match self.load_a(i, semantics, r)? {
                Some(value) => r.a = value,
                None => return REJECT,
            },
            LDX => match i.code & 0xe0 {
                IMM => r.x = self.terms.constant(i.k),
                MEM => r.x = r.m[slot],
                LEN => r.x = self.wire_len(),
                _ => match self.load_absolute(semantics, i.k, 1)? {
                    Some(byte) => {
                        let low = self.terms.constant(0xf);
                        let nibble = self.terms.operation(Operation::And, byte, low);
                        r.x = self.terms.times(nibble, 4);
                    }
                    None => return REJECT,
                },
            },
            ST => r.m[slot] = r.a,
            STX => r.m[slot] = r.x,
            ALU => {
                let operand = if i.code & X != 0 { r.x } else { self.terms.constant(i.k) };
                match self.arithmetic(i.code & 0xf0, semantics, r.a, operand)? {
                    Some(value) => r.a = value,
                    None => return REJECT,
                }
            }
            JMP if i.code == JMP | JA => return Ok(Step::Always),
            JMP => {
                let operand = if i.code & X != 0 { r.x } else { self.terms.constant(i.k) };
                return self.compare(i.code & 0xf0, r.a, operand).map(Step::Branch);
            }
            RET if i.code & 0x18 == A => return self.returned(r.a).map(Step::End),
            RET if i.k == 0 => return REJECT,
            RET => return Ok(Step::End(Outcome::Keep(i.k))),
            _ if i.code & 0xf8 == TXA => r.a = r.x,
            _ => r.x = r.a,
        }
        Ok(Step::Next)
    }

    fn returned(&mut self, a: Id) -> Result<Outcome, Stop> {
        if self.test(a, Test::Equals(0))? {
            return Ok(Outcome::Reject);
        }
        let a = self.reduce(a, 64);
        Ok(self.terms.as_const(a).map_or(Outcome::KeepTerm(a), Outcome::Keep))
    }

    fn wire_len(&mut self) -> Id {
        let id = self.terms.variable(Source::WireLen);
        self.facts.wire_len = Some(id);
        id
    }

    fn load_a(&mut self, i: Instruction, semantics: Semantics, r: &Registers) -> Result<Option<Id>, Stop> {
        let size = match i.code & 0x18 {
            H => 2,
            B => 1,
            _ => 4,
        };
        Ok(Some(match i.code & 0xe0 {
            IMM => self.terms.constant(i.k),
            MEM => r.m[(i.k & 15) as usize],
            LEN => self.wire_len(),
            ABS if i.k == ancillary::AD_OFF + ancillary::ALU_XOR_X => {
                self.terms.operation(Operation::Xor, r.a, r.x)
            }
            ABS if ancillary::is_unknown(i.k) => return Ok(None),
            ABS if i.k >= ancillary::AD_OFF => match i.k - ancillary::AD_OFF {
                ancillary::NLATTR | ancillary::NLATTR_NEST => return Err(Stop::TooLong),
                fact => self.terms.variable(Source::Fact(fact)),
            },
            ABS => return self.load_absolute(semantics, i.k, size),
            _ => return self.load_indirect(semantics, r.x, i.k, size),
        }))
    }

    /// A load at an offset that names no fact. The upper half counts from headers on Linux, and is past every end
    /// for libpcap.
    fn load_absolute(&mut self, semantics: Semantics, k: u32, size: u32) -> Result<Option<Id>, Stop> {
        match k {
            0..=0x7fff_ffff => self.load(ZERO, k.into(), size),
            ancillary::NET_OFF.. if semantics == Semantics::Linux => {
                let start = self.terms.variable(Source::NetworkOffset);
                self.load(start, (k - ancillary::NET_OFF).into(), size)
            }
            ancillary::LL_OFF.. if semantics == Semantics::Linux => {
                self.load(ZERO, (k - ancillary::LL_OFF).into(), size)
            }
            _ => Ok(None),
        }
    }

    /// A load at X + k. Where that wraps around, libpcap rejects the packet and Linux reads at the wrapped place.
    fn load_indirect(&mut self, semantics: Semantics, x: Id, k: u32, size: u32) -> Result<Option<Id>, Stop> {
        let x = self.reduce(x, 64);
        let (base, plus) = self.terms.split_constant(x);
        if let Some(base) = self.terms.as_const(base) {
            let x = base.wrapping_add(plus);
            let at = if semantics == Semantics::Libpcap { x.checked_add(k) } else { Some(x.wrapping_add(k)) };
            return at.map_or(Ok(None), |at| self.load_absolute(semantics, at, size));
        }
        if semantics == Semantics::Linux {
            return self.load_wrapping(base, plus.wrapping_add(k), size);
        }
        // Below the sum that wraps there is no packet; above it the place is base + offset.
        if (plus as i32) < 0 && !self.test(base, Test::Above(plus.wrapping_neg() - 1))? {
            return Ok(None);
        }
        self.load(base, i64::from(plus as i32) + i64::from(k), size)
    }

    /// A load on Linux at the sum of both modulo 2^32, whose upper half counts from headers.
    fn load_wrapping(&mut self, base: Id, plus: u32, size: u32) -> Result<Option<Id>, Stop> {
        let (link, network) = (i64::from(ancillary::LL_OFF), i64::from(ancillary::NET_OFF));
        let wraps = plus != 0 && self.test(base, Test::Above(u32::MAX - plus))?;
        // Now the place is base + offset, without wrapping.
        let offset = i64::from(plus) - if wraps { 1 << 32 } else { 0 };
        if !self.reaches(base, offset, 1 << 31)? {
            return self.load(base, offset, size);
        }
        if !self.reaches(base, offset, link)? {
            return Ok(None);
        }
        if !self.reaches(base, offset, network)? {
            return self.load(base, offset - link, size);
        }
        let start = self.terms.variable(Source::NetworkOffset);
        // So far out there is no packet; below that nothing wraps, as what is left to add is below 2^20.
        if self.test(start, Test::Above(ancillary::NET_OFF))? {
            return Ok(None);
        }
        if offset >= network {
            let region = self.terms.add(start, base);
            return self.load(region, offset - network, size);
        }
        let rest = self.terms.constant(plus.wrapping_sub(ancillary::NET_OFF));
        let behind = self.terms.add(base, rest);
        let region = self.terms.add(start, behind);
        self.load(region, 0, size)
    }

    /// Whether a term plus a number is at least `limit`.
    fn reaches(&mut self, base: Id, offset: i64, limit: i64) -> Result<bool, Stop> {
        match u32::try_from(limit - offset - 1) {
            Ok(bound) => self.test(base, Test::Above(bound)),
            Err(_) => Ok(limit <= offset),
        }
    }

    /// `size` bytes at `offset` behind the start of `region`; `None` if they are past the end.
    fn load(&mut self, region: Id, offset: i64, size: u32) -> Result<Option<Id>, Stop> {
        let need = offset + i64::from(size);
        let (low, high) = if region == ZERO { (0, 0) } else { self.facts.bounds(&self.terms, region) };
        let (low, high) = (i64::from(low), i64::from(high));
        let caplen = self.facts.caplen;
        let rest = self.facts.rest.get(&region).copied().unwrap_or((i64::MIN / 2, i64::MAX / 2));
        let rest = (rest.0.max(caplen.0 - high), rest.1.min(caplen.1 - low));
        let fits = if rest.0 >= need {
            true
        } else if rest.1 < need {
            false
        } else {
            let fits = self.choose();
            if region == ZERO {
                let end = &mut self.facts.caplen;
                if fits { end.0 = end.0.max(need) } else { end.1 = end.1.min(need - 1) }
            } else {
                self.facts.rest.insert(region, if fits { (need, rest.1) } else { (rest.0, need - 1) });
                if fits {
                    self.facts.caplen.0 = caplen.0.max(low + need);
                }
            }
            if self.facts.caplen.0 > self.facts.caplen.1 {
                return Err(Stop::Impossible);
            }
            fits
        };
        Ok(fits.then(|| self.terms.load(region, offset, size)))
    }

    fn arithmetic(&mut self, op: u16, semantics: Semantics, a: Id, operand: Id) -> Result<Option<Id>, Stop> {
        let masked = semantics == Semantics::Linux && self.facts.bounds(&self.terms, operand).1 > 31;
        let op = match op {
            ADD => return Ok(Some(self.terms.add(a, operand))),
            SUB => return Ok(Some(self.terms.sub(a, operand))),
            NEG => return Ok(Some(self.terms.times(a, u32::MAX))),
            DIV | MOD if self.test(operand, Test::Equals(0))? => return Ok(None),
            MUL => Operation::Mul,
            DIV => Operation::Div,
            MOD => Operation::Mod,
            OR => Operation::Or,
            AND => Operation::And,
            XOR => Operation::Xor,
            LSH if masked => Operation::ShlMasked,
            RSH if masked => Operation::ShrMasked,
            LSH => Operation::Shl,
            _ => Operation::Shr,
        };
        let operand = self.reduce(operand, 64);
        Ok(Some(self.terms.operation(op, a, operand)))
    }

    fn compare(&mut self, op: u16, a: Id, operand: Id) -> Result<bool, Stop> {
        let (a, b) = (self.reduce(a, 64), self.reduce(operand, 64));
        let (left, right) = (self.terms.as_const(a), self.terms.as_const(b));
        match (op, left, right) {
            (JSET, _, _) => {
                let both = self.terms.operation(Operation::And, a, b);
                self.test(both, Test::Equals(0)).map(|zero| !zero)
            }
            (JGE, _, Some(0)) | (JGE, Some(u32::MAX), _) => Ok(true),
            (JEQ, _, Some(k)) => self.test(a, Test::Equals(k)),
            (JGT, _, Some(k)) => self.test(a, Test::Above(k)),
            (JGE, _, Some(k)) => self.test(a, Test::Above(k - 1)),
            (JEQ, Some(k), _) => self.test(b, Test::Equals(k)),
            (JGT, Some(0), _) => Ok(false),
            (JGT, Some(k), _) => self.test(b, Test::Above(k - 1)).map(|above| !above),
            (JGE, Some(k), _) => self.test(b, Test::Above(k)).map(|above| !above),
            (JEQ, _, _) => {
                let difference = self.terms.sub(a, b);
                self.test(difference, Test::Equals(0))
            }
            (JGT, _, _) => {
                let greater = self.terms.operation(Operation::Greater, a, b);
                self.test(greater, Test::Equals(1))
            }
            _ => {
                let less = self.terms.operation(Operation::Greater, b, a);
                self.test(less, Test::Equals(0))
            }
        }
    }
}

//! The values a filter computes, as terms over the bytes of an unknown packet.
//!
//! Equal terms have equal numbers, whichever program computed them. Three forms are normal: a vector of bits each
//! of which is 0, 1 or one bit of one source (loads, masks, shifts, halves put together from bytes); a sum of
//! multiples of other terms and a constant; anything else is an operation on two terms.

use alloc::collections::BTreeMap;
use alloc::{boxed::Box, vec, vec::Vec};

/// The number of a term.
pub type Id = u32;

/// The term zero, which also names the region that is the packet itself.
pub const ZERO: Id = 0;

/// Where unknown bits come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// The byte at `offset` from the place in the packet that the term `region` gives.
    ///
    /// Bytes of two regions count as independent even where the regions overlap: that allows more packets than
    /// there are, so what holds for all of them holds.
    Byte { region: Id, offset: i64 },
    /// An ancillary fact.
    Fact(u32),
    /// The length on the wire.
    WireLen,
    /// The offset of the network header.
    NetworkOffset,
}

impl Source {
    /// The bits it can have set.
    pub fn width(self) -> u32 {
        match self {
            Self::Byte { .. } => 0xff,
            Self::Fact(48) => 1,
            Self::Fact(4) => 7,
            Self::Fact(0 | 24 | 28 | 44 | 60) => 0xffff,
            Self::Fact(_) | Self::WireLen | Self::NetworkOffset => u32::MAX,
        }
    }
}

/// One bit of a vector: a constant, or a bit of a source, perhaps inverted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Bit {
    Const(bool),
    Of { source: u32, bit: u8, inverted: bool },
}

const NONE: Bit = Bit::Const(false);

/// An operation that has no normal form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    Mul,
    Div,
    Mod,
    And,
    Or,
    Xor,
    /// A shift by 32 or more gives 0.
    Shl,
    Shr,
    /// The shift uses the low five bits only.
    ShlMasked,
    ShrMasked,
    /// 1 if the first is greater, else 0.
    Greater,
}

impl Operation {
    /// The operation on numbers. Division by zero is kept away by the caller and gives 0.
    pub fn apply(self, a: u32, b: u32) -> u32 {
        match self {
            Self::Mul => a.wrapping_mul(b),
            Self::Div => a.checked_div(b).unwrap_or(0),
            Self::Mod => a.checked_rem(b).unwrap_or(0),
            Self::And => a & b,
            Self::Or => a | b,
            Self::Xor => a ^ b,
            Self::Shl => a.checked_shl(b).unwrap_or(0),
            Self::Shr => a.checked_shr(b).unwrap_or(0),
            Self::ShlMasked => a.wrapping_shl(b),
            Self::ShrMasked => a.wrapping_shr(b),
            Self::Greater => u32::from(a > b),
        }
    }

    fn commutes(self) -> bool {
        matches!(self, Self::Mul | Self::And | Self::Or | Self::Xor)
    }
}

/// A term.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Node {
    Const(u32),
    Bits(Box<[Bit; 32]>),
    Sum(Vec<(u32, Id)>, u32),
    Op(Operation, Id, Id),
}

/// All terms met so far.
pub struct Terms {
    nodes: Vec<Node>,
    /// How many terms each is made of, counted as often as they occur.
    sizes: Vec<u32>,
    ids: BTreeMap<Node, Id>,
    sources: Vec<Source>,
    source_ids: BTreeMap<Source, u32>,
}

impl Terms {
    pub fn new() -> Self {
        let mut terms = Self {
            nodes: Vec::new(),
            sizes: Vec::new(),
            ids: BTreeMap::new(),
            sources: Vec::new(),
            source_ids: BTreeMap::new(),
        };
        terms.constant(0);
        terms
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    /// How large a term is, which bounds the depth and the cost of every walk through it.
    pub fn size(&self, id: Id) -> u32 {
        self.sizes.get(id as usize).copied().unwrap_or(1)
    }

    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    pub fn as_const(&self, id: Id) -> Option<u32> {
        match self.node(id) {
            Node::Const(k) => Some(*k),
            _ => None,
        }
    }

    fn intern(&mut self, node: Node) -> Id {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = self.nodes.len() as Id;
        let size = match &node {
            Node::Const(_) | Node::Bits(_) => 1,
            Node::Sum(parts, _) => {
                parts.iter().fold(1, |sum: u32, (_, part)| sum.saturating_add(self.size(*part)))
            }
            Node::Op(_, a, b) => self.size(*a).saturating_add(self.size(*b)).saturating_add(1),
        };
        self.sizes.push(size);
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    pub fn constant(&mut self, k: u32) -> Id {
        self.intern(Node::Const(k))
    }

    fn source(&mut self, source: Source) -> u32 {
        let next = self.sources.len() as u32;
        let id = *self.source_ids.entry(source).or_insert(next);
        if id == next {
            self.sources.push(source);
        }
        id
    }

    /// The term of a whole source that is no packet byte.
    pub fn variable(&mut self, source: Source) -> Id {
        let (width, source) = (source.width(), self.source(source));
        let bit = |bit: u8| match width >> bit & 1 {
            0 => NONE,
            _ => Bit::Of { source, bit, inverted: false },
        };
        self.vector(core::array::from_fn(|i| bit(i as u8)))
    }

    /// `size` bytes of the packet, big-endian.
    pub fn load(&mut self, region: Id, offset: i64, size: u32) -> Id {
        let mut bits = [NONE; 32];
        for i in 0..size {
            let source = self.source(Source::Byte { region, offset: offset + i64::from(i) });
            for bit in 0..8 {
                let place = 8 * (size - 1 - i) + u32::from(bit);
                bits[place as usize] = Bit::Of { source, bit, inverted: false };
            }
        }
        self.vector(bits)
    }

    fn vector(&mut self, bits: [Bit; 32]) -> Id {
        let mut number = 0u32;
        for (i, bit) in bits.iter().enumerate() {
            match bit {
                Bit::Const(set) => number |= u32::from(*set) << i,
                Bit::Of { .. } => return self.intern(Node::Bits(Box::new(bits))),
            }
        }
        self.constant(number)
    }

    /// The bits of a term that is a constant or a vector.
    pub fn bits(&self, id: Id) -> Option<[Bit; 32]> {
        match self.node(id) {
            Node::Const(k) => Some(core::array::from_fn(|i| Bit::Const(k >> i & 1 == 1))),
            Node::Bits(bits) => Some(**bits),
            _ => None,
        }
    }

    /// The term as a sum.
    pub fn sum_of(&self, id: Id) -> (Vec<(u32, Id)>, u32) {
        match self.node(id) {
            Node::Const(k) => (Vec::new(), *k),
            Node::Sum(parts, k) => (parts.clone(), *k),
            _ => (vec![(1, id)], 0),
        }
    }

    fn sum(&mut self, mut parts: Vec<(u32, Id)>, k: u32) -> Id {
        parts.sort_by_key(|(_, id)| *id);
        parts.dedup_by(|later, first| {
            let same = later.1 == first.1;
            if same {
                first.0 = first.0.wrapping_add(later.0);
            }
            same
        });
        parts.retain(|(times, _)| *times != 0);
        match (parts.as_slice(), k) {
            ([], _) => self.constant(k),
            ([(1, id)], 0) => *id,
            _ => self.intern(Node::Sum(parts, k)),
        }
    }

    /// Splits a term into what varies and the constant added to it.
    pub fn split_constant(&mut self, id: Id) -> (Id, u32) {
        let (parts, k) = self.sum_of(id);
        (self.sum(parts, 0), k)
    }

    pub fn add(&mut self, a: Id, b: Id) -> Id {
        let unknown = self.as_const(a).is_none() && self.as_const(b).is_none();
        if let (true, Some(p), Some(q)) = (unknown, self.bits(a), self.bits(b))
            && p.iter().zip(&q).all(|(x, y)| *x == NONE || *y == NONE)
        {
            return self.operation(Operation::Or, a, b);
        }
        let ((mut parts, k), (more, l)) = (self.sum_of(a), self.sum_of(b));
        parts.extend(more);
        self.sum(parts, k.wrapping_add(l))
    }

    pub fn sub(&mut self, a: Id, b: Id) -> Id {
        let minus = self.times(b, u32::MAX);
        let ((mut parts, k), (more, l)) = (self.sum_of(a), self.sum_of(minus));
        parts.extend(more);
        self.sum(parts, k.wrapping_add(l))
    }

    /// A constant multiple.
    pub fn times(&mut self, a: Id, factor: u32) -> Id {
        if let (true, Some(bits)) = (factor.is_power_of_two(), self.bits(a)) {
            return self.shifted(bits, factor.trailing_zeros() as i32);
        }
        let (mut parts, k) = self.sum_of(a);
        parts.iter_mut().for_each(|part| part.0 = part.0.wrapping_mul(factor));
        self.sum(parts, k.wrapping_mul(factor))
    }

    /// Moves bits to the left by `by`, to the right where negative.
    fn shifted(&mut self, bits: [Bit; 32], by: i32) -> Id {
        self.vector(core::array::from_fn(|i| {
            usize::try_from(i as i32 - by).ok().and_then(|from| bits.get(from).copied()).unwrap_or(NONE)
        }))
    }

    /// Any operation but sums, brought to a normal form where there is one.
    pub fn operation(&mut self, op: Operation, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.as_const(a), self.as_const(b)) {
            return self.constant(op.apply(x, y));
        }
        if let Some(k) = self.as_const(b) {
            let log = k.is_power_of_two().then(|| k.trailing_zeros());
            match (op, self.bits(a), log) {
                (Operation::Mul, _, _) => return self.times(a, k),
                (Operation::Shl, _, _) if k < 32 => return self.times(a, 1 << k),
                (Operation::ShlMasked, _, _) => return self.times(a, 1 << (k & 31)),
                (Operation::Shr, Some(bits), _) if k < 32 => return self.shifted(bits, -(k as i32)),
                (Operation::ShrMasked, Some(bits), _) => return self.shifted(bits, -((k & 31) as i32)),
                (Operation::Shl | Operation::Shr, _, _) if k > 31 => return ZERO,
                (Operation::Div, Some(bits), Some(log)) => return self.shifted(bits, -(log as i32)),
                (Operation::Mod, Some(_), Some(_)) => {
                    let mask = self.constant(k - 1);
                    return self.operation(Operation::And, a, mask);
                }
                _ => {}
            }
        }
        if let Some(id) = self.bitwise(op, a, b) {
            return id;
        }
        let swap = op.commutes() && (self.as_const(a).is_some() || self.as_const(b).is_none() && a > b);
        match (op, swap) {
            (Operation::Mul, true) if self.as_const(a).is_some() => self.operation(op, b, a),
            (_, true) => self.intern(Node::Op(op, b, a)),
            (_, false) => self.intern(Node::Op(op, a, b)),
        }
    }

    fn bitwise(&mut self, op: Operation, a: Id, b: Id) -> Option<Id> {
        let (p, q) = (self.bits(a)?, self.bits(b)?);
        let mut bits = [NONE; 32];
        for (slot, (x, y)) in bits.iter_mut().zip(p.into_iter().zip(q)) {
            *slot = combine(op, x, y).or_else(|| combine(op, y, x))?;
        }
        Some(self.vector(bits))
    }

    /// The sources a term depends on.
    pub fn support(&self, id: Id, into: &mut Vec<u32>) {
        match self.node(id) {
            Node::Const(_) => {}
            Node::Bits(bits) => into.extend(bits.iter().filter_map(|bit| match bit {
                Bit::Of { source, .. } => Some(*source),
                Bit::Const(_) => None,
            })),
            Node::Sum(parts, _) => parts.iter().for_each(|(_, part)| self.support(*part, into)),
            Node::Op(_, a, b) => {
                self.support(*a, into);
                self.support(*b, into);
            }
        }
    }

    /// The value of a term where each source has the given value.
    pub fn eval(&self, id: Id, values: &[u32]) -> u32 {
        match self.node(id) {
            Node::Const(k) => *k,
            Node::Bits(bits) => bits.iter().enumerate().fold(0, |sum, (i, bit)| {
                let set = match *bit {
                    Bit::Const(set) => set,
                    Bit::Of { source, bit, inverted } => {
                        (values[source as usize] >> bit & 1 == 1) != inverted
                    }
                };
                sum | u32::from(set) << i
            }),
            Node::Sum(parts, k) => parts.iter().fold(*k, |sum, (times, part)| {
                sum.wrapping_add(times.wrapping_mul(self.eval(*part, values)))
            }),
            Node::Op(op, a, b) => op.apply(self.eval(*a, values), self.eval(*b, values)),
        }
    }
}

/// One bit of an operation, where the first operand or their equality says enough.
fn combine(op: Operation, x: Bit, y: Bit) -> Option<Bit> {
    match (op, x, y) {
        (Operation::And, Bit::Const(false), _) => Some(NONE),
        (Operation::And, Bit::Const(true), _) | (Operation::Or, Bit::Const(false), _) => Some(y),
        (Operation::Or, Bit::Const(true), _) => Some(x),
        (Operation::Xor, Bit::Const(false), _) => Some(y),
        (Operation::Xor, Bit::Const(true), Bit::Const(set)) => Some(Bit::Const(!set)),
        (Operation::Xor, Bit::Const(true), Bit::Of { source, bit, inverted }) => {
            Some(Bit::Of { source, bit, inverted: !inverted })
        }
        (Operation::Xor, _, _) if x == y => Some(NONE),
        (Operation::And | Operation::Or, _, _) if x == y => Some(x),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_has_one_number() {
        let mut t = Terms::new();
        let half = t.load(ZERO, 12, 2);
        let (high, low) = (t.load(ZERO, 12, 1), t.load(ZERO, 13, 1));
        let (eight, mask) = (t.constant(8), t.constant(0xff));
        let shifted = t.operation(Operation::Shl, high, eight);
        assert_eq!(t.operation(Operation::Or, shifted, low), half);
        assert_eq!(t.add(shifted, low), half);
        assert_eq!(t.operation(Operation::And, half, mask), low);
        assert_eq!(t.operation(Operation::Shr, half, eight), high);
        let more = t.add(half, eight);
        assert_eq!(t.sub(more, eight), half);
        assert_eq!(t.sub(half, half), ZERO);
        assert_eq!(t.split_constant(more), (half, 8));
    }
}

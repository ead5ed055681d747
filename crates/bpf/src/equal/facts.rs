//! What a path through a program has shown about the packet.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::terms::{Bit, Id, Node, Operation, Terms};

/// The longest packet considered.
pub const LONGEST: i64 = 0x7fff_ffff;

/// What is known of a term: its bounds and some values it does not have, in order.
#[derive(Clone, Debug)]
pub struct Range {
    pub low: u32,
    pub high: u32,
    pub not: Vec<u32>,
}

impl Range {
    pub const ALL: Self = Self { low: 0, high: u32::MAX, not: Vec::new() };

    pub fn holds(&self, value: u32) -> bool {
        self.low <= value && value <= self.high && self.not.binary_search(&value).is_err()
    }
}

/// A question about a term.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    Equals(u32),
    Above(u32),
}

/// The facts of one path. Each is implied by the path, so a path that contradicts them cannot be taken.
#[derive(Default)]
pub struct Facts {
    /// For each source the known bits and their values.
    pub known: Vec<(u32, u32)>,
    pub ranges: BTreeMap<Id, Range>,
    /// For each region the bounds of the captured length behind its start.
    pub rest: BTreeMap<Id, (i64, i64)>,
    /// Bounds of the captured length.
    pub caplen: (i64, i64),
    /// The term that is the length on the wire, which is never below the captured length.
    pub wire_len: Option<Id>,
}

impl Facts {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.known.clear();
        self.ranges.clear();
        self.rest.clear();
        self.caplen = (0, LONGEST);
    }

    pub fn known(&self, source: u32) -> (u32, u32) {
        self.known.get(source as usize).copied().unwrap_or_default()
    }

    /// A bit if it is known.
    fn bit(&self, bit: Bit) -> Option<bool> {
        match bit {
            Bit::Const(set) => Some(set),
            Bit::Of { source, bit, inverted } => {
                let (mask, value) = self.known(source);
                (mask >> bit & 1 == 1).then_some((value >> bit & 1 == 1) != inverted)
            }
        }
    }

    /// Learns a bit; false if it contradicts.
    fn learn(&mut self, bit: Bit, set: bool) -> bool {
        if let Some(known) = self.bit(bit) {
            return known == set;
        }
        if let Bit::Of { source, bit, inverted } = bit {
            let source = source as usize;
            if self.known.len() <= source {
                self.known.resize(source + 1, (0, 0));
            }
            self.known[source].0 |= 1 << bit;
            self.known[source].1 |= u32::from(set != inverted) << bit;
        }
        true
    }

    /// The least and greatest value a term can have.
    pub fn bounds(&self, terms: &Terms, id: Id) -> (u32, u32) {
        let (low, high) = match terms.node(id) {
            Node::Const(k) => (*k, *k),
            Node::Bits(bits) => {
                bits.iter().enumerate().fold((0, 0), |(low, high), (i, bit)| match self.bit(*bit) {
                    Some(set) => (low | u32::from(set) << i, high | u32::from(set) << i),
                    None => (low, high | 1 << i),
                })
            }
            Node::Sum(parts, k) => self.sum_bounds(terms, parts, *k),
            Node::Op(op, a, b) => self.operation_bounds(terms, *op, *a, *b),
        };
        let wire = if self.wire_len == Some(id) { self.caplen.0 as u32 } else { 0 };
        let low = low.max(wire);
        self.ranges.get(&id).map_or((low, high), |r| (low.max(r.low), high.min(r.high)))
    }

    fn sum_bounds(&self, terms: &Terms, parts: &[(u32, Id)], k: u32) -> (u32, u32) {
        let (mut low, mut high) = (u128::from(k), u128::from(k));
        for (times, part) in parts {
            let (l, h) = self.bounds(terms, *part);
            low += u128::from(*times) * u128::from(l);
            high += u128::from(*times) * u128::from(h);
        }
        // A sum that wraps for some values and not for others says nothing.
        if low >> 32 == high >> 32 { (low as u32, high as u32) } else { (0, u32::MAX) }
    }

    fn operation_bounds(&self, terms: &Terms, op: Operation, a: Id, b: Id) -> (u32, u32) {
        let ((al, ah), (bl, bh)) = (self.bounds(terms, a), self.bounds(terms, b));
        match op {
            Operation::Greater => (u32::from(al > bh), u32::from(ah > bl)),
            Operation::And => (0, ah.min(bh)),
            Operation::Or => (al.max(bl), u32::MAX),
            Operation::Div => (al.checked_div(bh).unwrap_or(0), ah.checked_div(bl).unwrap_or(ah)),
            Operation::Mod => (0, bh.saturating_sub(1).min(ah)),
            Operation::Shr => (al.checked_shr(bh).unwrap_or(0), ah.checked_shr(bl).unwrap_or(0)),
            Operation::ShrMasked => (0, ah),
            _ => (0, u32::MAX),
        }
    }

    /// What the facts say to a question about a term.
    pub fn answer(&self, terms: &Terms, id: Id, test: Test) -> Option<bool> {
        let (low, high) = self.bounds(terms, id);
        match test {
            Test::Above(k) if low > k => Some(true),
            Test::Above(k) if high <= k => Some(false),
            Test::Above(_) => None,
            Test::Equals(k) if k < low || k > high => Some(false),
            Test::Equals(k) if self.ranges.get(&id).is_some_and(|r| r.not.binary_search(&k).is_ok()) => {
                Some(false)
            }
            Test::Equals(_) if low == high => Some(true),
            Test::Equals(k) => match terms.node(id) {
                Node::Bits(bits) => {
                    let differs =
                        |(i, bit): (usize, &Bit)| self.bit(*bit).is_some_and(|set| set != (k >> i & 1 == 1));
                    bits.iter().enumerate().any(differs).then_some(false)
                }
                _ => None,
            },
        }
    }

    /// Takes the answer to a question as a fact. False if it contradicts what is known.
    pub fn assume(&mut self, terms: &Terms, id: Id, test: Test, holds: bool) -> bool {
        let (low, high) = self.bounds(terms, id);
        let mut range = self.ranges.remove(&id).unwrap_or(Range::ALL);
        (range.low, range.high) = (low, high);
        match (test, holds) {
            (Test::Equals(k), true) => (range.low, range.high) = (k.max(low), k.min(high)),
            (Test::Equals(k), false) => {
                if let Err(place) = range.not.binary_search(&k) {
                    range.not.insert(place, k);
                }
            }
            (Test::Above(k), true) => range.low = low.max(k.saturating_add(1)),
            (Test::Above(k), false) => range.high = high.min(k),
        }
        while range.low < range.high && range.not.binary_search(&range.low).is_ok() {
            range.low += 1;
        }
        while range.low < range.high && range.not.binary_search(&range.high).is_ok() {
            range.high -= 1;
        }
        let possible = range.low <= range.high && range.holds(range.low);
        let learnt = self.learn_bits(terms, id, &range);
        self.ranges.insert(id, range);
        possible && learnt && self.consistent(terms)
    }

    /// Learns the leading bits that both bounds share, and the last open bit of an excluded value.
    fn learn_bits(&mut self, terms: &Terms, id: Id, range: &Range) -> bool {
        let Node::Bits(bits) = terms.node(id) else { return true };
        let shared = (range.low ^ range.high).leading_zeros() as usize;
        for i in (32 - shared)..32 {
            if !self.learn(bits[i], range.low >> i & 1 == 1) {
                return false;
            }
        }
        let open: Vec<usize> = (0..32).filter(|i| self.bit(bits[*i]).is_none()).collect();
        if let [last] = open.as_slice() {
            let rest = (0..32)
                .filter(|i| i != last)
                .fold(0, |sum, i| sum | u32::from(self.bit(bits[i]) == Some(true)) << i);
            let may = [rest, rest | 1 << last].map(|value| range.holds(value));
            return match may {
                [false, false] => false,
                [true, true] => true,
                [_, set] => self.learn(bits[*last], set),
            };
        }
        true
    }

    /// Whether the bits learnt since leave every range a value.
    fn consistent(&self, terms: &Terms) -> bool {
        self.ranges.iter().all(|(id, range)| {
            let (low, high) = self.bounds(terms, *id);
            low < high || low == high && range.holds(low)
        })
    }
}

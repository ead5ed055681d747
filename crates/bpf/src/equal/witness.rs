//! Makes packets that take a path, from what the path has shown.

use alloc::collections::BTreeMap;
use alloc::{vec, vec::Vec};

use super::Packet;
use super::facts::{Facts, Range};
use super::terms::{Bit, Id, Node, Source, Terms, ZERO};
use crate::Metadata;

/// Longer packets are not made.
const LONGEST: i64 = 1 << 20;

/// Numbers that look random and are the same in every run (xorshift).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.next() as usize % from.len().max(1)).copied()
    }
}

/// How the bytes that the path says nothing about are filled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// With zeros, and the packet as short as can be.
    Zero,
    /// With anything, and some bytes longer.
    Random,
}

/// A packet on the path, or `None` if none was found. The caller runs it to be sure.
pub fn make(terms: &Terms, facts: &Facts, fill: Fill, dice: &mut Dice) -> Option<Packet> {
    let mut values = start(terms, facts, fill, dice);
    settle(terms, facts, &mut values, dice)?;
    place(terms, facts, &values, fill, dice)
}

fn start(terms: &Terms, facts: &Facts, fill: Fill, dice: &mut Dice) -> Vec<u32> {
    let free = |dice: &mut Dice| if fill == Fill::Zero { 0 } else { dice.next() };
    let one = |(id, source): (usize, &Source)| {
        let (mask, value) = facts.known(id as u32);
        let free = match source {
            Source::WireLen => 0,
            // Mostly inside the packet.
            Source::NetworkOffset => free(dice) & 31,
            _ => free(dice),
        };
        (value & mask | free & !mask) & source.width()
    };
    terms.sources().iter().enumerate().map(one).collect()
}

/// Changes unknown bits until every range holds.
fn settle(terms: &Terms, facts: &Facts, values: &mut [u32], dice: &mut Dice) -> Option<()> {
    for _ in 0..64 {
        let broken = facts.ranges.iter().find(|(id, range)| !range.holds(terms.eval(**id, values)));
        let Some((id, range)) = broken else { return Some(()) };
        for _ in 0..8 {
            let wanted = candidate(range, dice);
            if range.holds(wanted) && force(terms, facts, *id, wanted, values, dice) {
                break;
            }
        }
    }
    None
}

/// A value in the range, preferably at an edge.
fn candidate(range: &Range, dice: &mut Dice) -> u32 {
    let Range { low, high, not } = range;
    let beside = dice.pick(not).unwrap_or(*low);
    let within = low.wrapping_add(dice.next() % high.saturating_sub(*low).saturating_add(1).max(1));
    let choices =
        [*low, *high, low.saturating_add(1), beside.wrapping_add(1), beside.wrapping_sub(1), within];
    dice.pick(&choices).unwrap_or(*low)
}

/// Sets the bits that make a term have a value, as far as they are free.
fn force(terms: &Terms, facts: &Facts, id: Id, wanted: u32, values: &mut [u32], dice: &mut Dice) -> bool {
    match terms.node(id) {
        Node::Const(k) => *k == wanted,
        Node::Bits(bits) => {
            let fits = |(i, bit): (usize, &Bit)| {
                let set = wanted >> i & 1 == 1;
                match *bit {
                    Bit::Const(fixed) => fixed == set,
                    Bit::Of { source, bit, inverted } => {
                        let (mask, value) = facts.known(source);
                        mask >> bit & 1 == 0 || (value >> bit & 1 == 1) == (set != inverted)
                    }
                }
            };
            if !bits.iter().enumerate().all(fits) {
                return false;
            }
            for (i, bit) in bits.iter().enumerate() {
                if let Bit::Of { source, bit, inverted } = *bit {
                    let set = u32::from((wanted >> i & 1 == 1) != inverted);
                    let value = &mut values[source as usize];
                    *value = *value & !(1 << bit) | set << bit;
                }
            }
            true
        }
        Node::Sum(parts, k) => match parts.as_slice() {
            [(1, part)] => force(terms, facts, *part, wanted.wrapping_sub(*k), values, dice),
            _ => shake(terms, facts, id, values, dice),
        },
        Node::Op(..) => shake(terms, facts, id, values, dice),
    }
}

/// Sets the free bits of one of a term's sources at random.
fn shake(terms: &Terms, facts: &Facts, id: Id, values: &mut [u32], dice: &mut Dice) -> bool {
    let mut support = Vec::new();
    terms.support(id, &mut support);
    let Some(source) = dice.pick(&support) else { return false };
    let (mask, value) = facts.known(source);
    let width = terms.sources()[source as usize].width();
    let shift = dice.next() % 32;
    let random = dice.next() >> shift;
    values[source as usize] = (value & mask | random & !mask) & width;
    true
}

/// Lays the bytes out. Regions may overlap; where they want different bits there is no such packet.
fn place(terms: &Terms, facts: &Facts, values: &[u32], fill: Fill, dice: &mut Dice) -> Option<Packet> {
    let mut fixed: BTreeMap<i64, (u8, u8)> = BTreeMap::new();
    let mut constrained: Vec<u32> = Vec::new();
    facts.ranges.keys().chain(facts.rest.keys()).for_each(|id| terms.support(*id, &mut constrained));
    let known = facts.known.iter().enumerate().filter(|(_, (mask, _))| *mask != 0).map(|(id, _)| id as u32);
    constrained.extend(known);
    let mut todo: Vec<u32> = constrained.clone();
    while let Some(id) = todo.pop() {
        if let Source::Byte { region, .. } = terms.sources()[id as usize] {
            let before = constrained.len();
            terms.support(region, &mut constrained);
            todo.extend(&constrained[before..]);
        }
    }
    constrained.sort_unstable();
    constrained.dedup();
    for id in constrained {
        if let Source::Byte { region, offset } = terms.sources()[id as usize] {
            let at = i64::from(terms.eval(region, values)) + offset;
            let byte = values[id as usize] as u8;
            let old = fixed.insert(at, (0xff, byte));
            if at < 0 || old.is_some_and(|(_, was)| was != byte) {
                return None;
            }
        }
    }
    let (mut low, mut high) = facts.caplen;
    for (region, rest) in facts.rest.iter().filter(|(region, _)| **region != ZERO) {
        let base = i64::from(terms.eval(*region, values));
        low = low.max(base + rest.0);
        high = high.min(base.saturating_add(rest.1));
    }
    if low > high || low > LONGEST {
        return None;
    }
    let more = if fill == Fill::Random { i64::from(dice.next() % 64) } else { 0 };
    let caplen = (low + more).min(high) as usize;
    let mut bytes: Vec<u8> = vec![0; caplen];
    if fill == Fill::Random {
        bytes.iter_mut().for_each(|b| *b = dice.next() as u8);
    }
    for (at, (_, byte)) in fixed {
        if let Some(slot) = usize::try_from(at).ok().and_then(|at| bytes.get_mut(at)) {
            *slot = byte;
        }
    }
    let wire_len = wire_len(terms, facts, values, caplen as u32)?;
    Some(Packet { bytes, wire_len, meta: metadata(terms, values) })
}

/// As the path wants it, else as captured.
fn wire_len(terms: &Terms, facts: &Facts, values: &[u32], caplen: u32) -> Option<u32> {
    let Some(source) = terms.sources().iter().position(|s| *s == Source::WireLen) else {
        return Some(caplen);
    };
    let mut longer = values.to_vec();
    longer[source] = values[source].max(caplen);
    let good = facts.ranges.iter().all(|(id, range)| range.holds(terms.eval(*id, &longer)));
    let (mask, value) = facts.known(source as u32);
    (good && longer[source] & mask == value & mask).then_some(longer[source])
}

fn metadata(terms: &Terms, values: &[u32]) -> Metadata {
    let value = |source: Source| {
        let at = terms.sources().iter().position(|s| *s == source);
        at.map_or(0, |at| values[at])
    };
    let fact = |number: u32| value(Source::Fact(number));
    Metadata {
        protocol: Some(fact(0) as u16),
        packet_type: Some(fact(4) as u8),
        interface: Some(fact(8)),
        mark: Some(fact(20)),
        queue: Some(fact(24) as u16),
        hardware_type: Some(fact(28) as u16),
        flow_hash: Some(fact(32)),
        cpu: Some(fact(36)),
        vlan_tag: Some(fact(44) as u16),
        vlan_present: Some(fact(48) != 0),
        payload_offset: Some(fact(52)),
        random: Some(fact(56)),
        vlan_tpid: Some(fact(60) as u16),
        network_offset: Some(value(Source::NetworkOffset)),
    }
}

//! Long chains of "if A equals this, go there" as trees.
//!
//! Comparisons one by one cost about a cycle each, for their branches are foreseen; a step of a tree halves what is
//! left but may be foreseen wrongly, which costs ten times as much. So a tree's leaves are short chains. What most
//! keys of a list have in common (hosts of one network) is asked first: it turns most packets away at once.

use crate::lower::{Branch, Op, Operand, Test};

/// Chains of fewer comparisons stay as they are.
const SHORTEST: usize = 6;

/// The fewest bits in common that are worth a question.
const SHARED: u32 = 4;

/// What a chain does: where A goes if it equals a key, and else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Table {
    /// Keys and targets, the keys sorted and all different.
    pub cases: Vec<(u32, u32)>,
    pub default: u32,
}

impl Table {
    /// Bits that all keys have in common, and what they are: A that has others is none of the keys. `None` if they
    /// are too few.
    pub fn shared(&self) -> Option<(u32, u32)> {
        let (first, _) = *self.cases.first()?;
        let varying = self.cases.iter().fold(0, |all, (key, _)| all | (key ^ first));
        // Zeros above all keys may be there because A is a byte or a half-word.
        let width = match self.cases.last()?.0 {
            0..=0xff => 0xff,
            0x100..=0xffff => 0xffff,
            _ => u32::MAX,
        };
        let mask = !varying & width;
        (mask.count_ones() >= SHARED).then_some((mask, first & mask))
    }
}

/// Puts an [`Op::Switch`] in the place of every long chain. Gives their tables, and which operations they absorbed.
pub(crate) fn find(ops: &mut [Op]) -> (Vec<Table>, Vec<bool>) {
    let inner = inside(ops);
    let mut absorbed = vec![false; ops.len()];
    let mut tables = Vec::new();
    for at in 0..ops.len() {
        let is_head = ops.get(at).copied().and_then(link).is_some() && inner.get(at) == Some(&false);
        if !is_head {
            continue;
        }
        let (links, default) = collect(ops, &inner, at);
        if links.len() < SHORTEST {
            continue;
        }
        for (place, ..) in links.iter().skip(1) {
            if let Some(slot) = absorbed.get_mut(*place) {
                *slot = true;
            }
        }
        if let Some(op) = ops.get_mut(at) {
            *op = Op::Switch(tables.len() as u32);
        }
        tables.push(Table { cases: sorted(&links), default });
    }
    (tables, absorbed)
}

/// A comparison for equality with a constant: key, where it leads if equal, and if not.
fn link(op: Op) -> Option<(u32, u32, u32)> {
    match op {
        Op::Branch(Branch { test: Test::Equal, by: Operand::K(k), yes, no }) if yes != no => {
            Some((k, yes, no))
        }
        _ => None,
    }
}

/// For each operation, whether it is a link and the one way to it is the "no" of another.
fn inside(ops: &[Op]) -> Vec<bool> {
    let mut ways = vec![0u8; ops.len()];
    let mut from_no = vec![false; ops.len()];
    for (at, op) in ops.iter().enumerate() {
        for to in op.next(at).into_iter().flatten() {
            if let Some(count) = ways.get_mut(to) {
                *count = count.saturating_add(1);
            }
        }
        if let Some(slot) = link(*op).and_then(|(.., no)| from_no.get_mut(no as usize)) {
            *slot = true;
        }
    }
    let links = ops.iter().map(|op| link(*op).is_some());
    links.zip(ways).zip(from_no).map(|((is_link, ways), from_no)| is_link && ways == 1 && from_no).collect()
}

type Link = (usize, u32, u32);

/// The links of the chain that begins at `head`, and where it ends.
fn collect(ops: &[Op], inner: &[bool], head: usize) -> (Vec<Link>, u32) {
    let mut links = Vec::new();
    let mut at = head;
    // The operations form no loop.
    while let Some((key, yes, no)) = ops.get(at).copied().and_then(link) {
        links.push((at, key, yes));
        if inner.get(no as usize) != Some(&true) {
            return (links, no);
        }
        at = no as usize;
    }
    (links, at as u32)
}

/// Of two equal keys the earlier link wins.
fn sorted(links: &[Link]) -> Vec<(u32, u32)> {
    let mut cases: Vec<(u32, u32)> = links.iter().map(|(_, key, yes)| (*key, *yes)).collect();
    cases.sort_by_key(|(key, _)| *key);
    cases.dedup_by_key(|(key, _)| *key);
    cases
}

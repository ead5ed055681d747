//! Comparisons of the accumulator with constants, taken together.
//!
//! While A stays the same, a program that compares it with one constant after the other only finds out where this
//! value of A leads. A *region* is as much of a program as does nothing else: it has one way in, its *root*, and
//! consists of all comparisons with constants that are reached only through comparisons of the same region. Chains
//! of "if A equals, else next", trees, and chains of ranges are such. What a region does is a list of ranges of values
//! with their targets.

use alloc::collections::BinaryHeap;
use alloc::{vec, vec::Vec};
use core::cmp::Reverse;

use super::Op;
use super::search::Range;

/// What a region does.
#[derive(Debug)]
pub(super) struct Region {
    /// The comparison to which every way into the region leads.
    pub root: usize,
    /// How many comparisons its longest way has.
    pub way: u32,
    /// Sorted; neighbours have different targets; the last ends with `u32::MAX`.
    pub ranges: Vec<Range>,
}

/// Calls `take` with each region of several comparisons. Time and memory are linear in the program's length, but
/// for sorting the constants.
pub(super) fn each(plain: &[Op], mut take: impl FnMut(Region)) {
    let places = places(plain);
    let mut members: Vec<(u32, u32)> = places
        .iter()
        .zip(0..)
        .filter(|(place, at)| test(plain, *at).is_some() && place.from != NOWHERE)
        .map(|(place, at)| (place.from, at))
        .collect();
    members.sort_unstable();
    for members in members.chunk_by(|(root, _), (other, _)| root == other) {
        let ways = members.iter().filter_map(|(_, at)| places.get(*at as usize)).map(|place| place.way);
        if let [(root, _), _, ..] = members
            && let Some(way) = ways.max()
            && let Some(ranges) = Flow::new(plain, &places, members).run()
        {
            take(Region { root: *root as usize, way, ranges });
        }
    }
}

/// A comparison of A with a constant.
#[derive(Clone, Copy)]
struct Test {
    /// Whether it asks for this one value, or for all from it on.
    equal: bool,
    k: u32,
    jt: u32,
    jf: u32,
}

fn test(plain: &[Op], at: u32) -> Option<Test> {
    let (equal, b, k) = match plain.get(at as usize)? {
        Op::JeqK(b) => (true, b, b.k),
        Op::JgeK(b) => (false, b, b.k),
        // More than the last value is none: that is decided, and no comparison.
        Op::JgtK(b) => (false, b, b.k.checked_add(1)?),
        _ => return None,
    };
    Some(Test { equal, k, jt: b.jt, jf: b.jf })
}

/// How an operation is reached.
#[derive(Clone, Copy)]
struct Place {
    /// The root of the region that all ways to it come from (a root's own place names itself), or one of the two below.
    from: u32,
    /// How many comparisons the longest way from that root has, with this operation.
    way: u32,
}

/// There is no way.
const NOWHERE: u32 = u32::MAX;
/// There are ways from several regions, or from other operations.
const ANYWHERE: u32 = u32::MAX - 1;

fn places(plain: &[Op]) -> Vec<Place> {
    let mut places = vec![Place { from: NOWHERE, way: 0 }; plain.len()];
    arrive(&mut places, 0, ANYWHERE, 0);
    // All ways but these lead forward, so that one pass meets every operation after all that lead to it.
    for op in plain {
        if let Op::JaBack(to) = op {
            arrive(&mut places, *to, ANYWHERE, 0);
        }
    }
    for at in 0..plain.len() {
        let Some(place) = places.get_mut(at) else { break };
        if place.from == NOWHERE {
            continue;
        }
        match test(plain, at as u32) {
            Some(test) => {
                place.way += 1;
                if place.from == ANYWHERE {
                    *place = Place { from: at as u32, way: 1 };
                }
                let Place { from, way } = *place;
                arrive(&mut places, test.jt, from, way);
                arrive(&mut places, test.jf, from, way);
            }
            None => leave(plain, at, |to| arrive(&mut places, to, ANYWHERE, 0)),
        }
    }
    places
}

fn arrive(places: &mut [Place], to: u32, from: u32, way: u32) {
    if let Some(place) = places.get_mut(to as usize) {
        place.from = if place.from == NOWHERE || place.from == from { from } else { ANYWHERE };
        place.way = place.way.max(way);
    }
}

/// Where an operation that is no [`Test`] leads.
fn leave(plain: &[Op], at: usize, mut to: impl FnMut(u32)) {
    match plain.get(at) {
        Some(Op::JeqX(jt, jf) | Op::JgtX(jt, jf) | Op::JgeX(jt, jf) | Op::JsetX(jt, jf)) => {
            to(*jt);
            to(*jf);
        }
        Some(Op::JsetK(b) | Op::JgtK(b)) => {
            to(b.jt);
            to(b.jf);
        }
        Some(Op::Ja(there)) => to(*there),
        // Ways backward were taken before all others.
        Some(Op::JaBack(_) | Op::Ret(_) | Op::RetA) => {}
        _ => to(at as u32 + 1),
    }
}

/// How the values of A find their ways through a region, from its root to its exits.
///
/// The constants cut the values into *cells*, whose values all go the same way. Ranges of cells are led through the
/// comparisons in the order of the program. A cell is *closed* when its way is known, or when it was taken out of its
/// range to go alone, as one value does that a comparison for equality picks out of many; ranges may then go
/// on over closed cells, which is what keeps them few: a chain leads one range to its end, and leaves a closed cell behind
/// at each of its comparisons.
struct Flow<'p> {
    plain: &'p [Op],
    places: &'p [Place],
    root: u32,
    /// The first value of each cell, sorted.
    cells: Vec<u32>,
    /// For each cell, and for the end behind them, one between it and the next open one.
    open: Vec<u32>,
    /// Where each cell leads, when that is known.
    exits: Vec<u32>,
    /// What waits at a comparison, those first in the program first.
    waiting: BinaryHeap<Reverse<Item>>,
    /// How many more items may be led through a comparison.
    patience: usize,
}

/// Cells on their way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Item {
    /// The comparison that they have come to.
    at: u32,
    /// Whether it is one closed cell, or else the open ones of its range.
    alone: bool,
    first: u32,
    /// Behind the last one.
    end: u32,
}

impl<'p> Flow<'p> {
    fn new(plain: &'p [Op], places: &'p [Place], members: &[(u32, u32)]) -> Self {
        let mut cells = Vec::with_capacity(2 * members.len() + 1);
        cells.push(0);
        for test in members.iter().filter_map(|(_, at)| test(plain, *at)) {
            cells.push(test.k);
            cells.extend(test.k.checked_add(1).filter(|_| test.equal));
        }
        cells.sort_unstable();
        cells.dedup();
        Self {
            plain,
            places,
            root: members.first().map_or(NOWHERE, |(root, _)| *root),
            open: (0..=cells.len() as u32).collect(),
            exits: vec![0; cells.len()],
            cells,
            waiting: BinaryHeap::new(),
            patience: 4 * members.len() + 64,
        }
    }

    /// What the region does; `None` if its ways cross so often that it would take too long to find out.
    fn run(mut self) -> Option<Vec<Range>> {
        self.waiting.push(Reverse(Item {
            at: self.root,
            alone: false,
            first: 0,
            end: self.cells.len() as u32,
        }));
        while let Some(Reverse(mut item)) = self.waiting.pop() {
            self.patience = self.patience.checked_sub(1)?;
            // Ranges with nothing open between them are one.
            while let Some(Reverse(next)) = self.waiting.peek().copied()
                && (next.at, next.alone, item.alone) == (item.at, false, false)
                && self.next_open(item.end) >= next.first
            {
                self.patience = self.patience.checked_sub(1)?;
                self.waiting.pop();
                item.end = item.end.max(next.end);
            }
            self.decide(item, test(self.plain, item.at)?);
        }
        Some(self.ranges())
    }

    /// Leads the cells of an item on.
    fn decide(&mut self, item: Item, test: Test) {
        let Item { first, end, .. } = item;
        let cell = self.cells.partition_point(|start| *start < test.k) as u32;
        if item.alone {
            let holds = if test.equal { first == cell } else { first >= cell };
            self.send_alone(first, if holds { test.jt } else { test.jf });
        } else if test.equal {
            if (first..end).contains(&cell) && self.next_open(cell) == cell {
                self.close(cell);
                self.send_alone(cell, test.jt);
            }
            self.send(first, end, test.jf);
        } else {
            self.send(first, end.min(cell), test.jf);
            self.send(first.max(cell), end, test.jt);
        }
    }

    /// Leads the open cells of a range to an operation.
    fn send(&mut self, first: u32, end: u32, to: u32) {
        let mut cell = self.next_open(first);
        if cell < end && self.is_member(to) {
            self.waiting.push(Reverse(Item { at: to, alone: false, first: cell, end }));
            return;
        }
        while cell < end {
            self.close(cell);
            self.send_alone(cell, to);
            cell = self.next_open(cell);
        }
    }

    /// Leads a closed cell to an operation.
    fn send_alone(&mut self, cell: u32, to: u32) {
        if self.is_member(to) {
            self.waiting.push(Reverse(Item { at: to, alone: true, first: cell, end: cell + 1 }));
        } else if let Some(exit) = self.exits.get_mut(cell as usize) {
            *exit = to;
        }
    }

    fn is_member(&self, at: u32) -> bool {
        let from = self.places.get(at as usize).map(|place| place.from);
        from == Some(self.root) && test(self.plain, at).is_some()
    }

    fn close(&mut self, cell: u32) {
        if let Some(next) = self.open.get_mut(cell as usize) {
            *next = cell + 1;
        }
    }

    /// The first open cell from this one on, or the end behind them.
    fn next_open(&mut self, mut cell: u32) -> u32 {
        while let Some(&next) = self.open.get(cell as usize)
            && next != cell
        {
            // Each look halves the way for the next.
            let after = self.open.get(next as usize).copied().unwrap_or(next);
            if let Some(slot) = self.open.get_mut(cell as usize) {
                *slot = after;
            }
            cell = after;
        }
        cell
    }

    /// The cells with their exits, neighbours that lead to the same together.
    fn ranges(&self) -> Vec<Range> {
        let ends = self.cells.iter().skip(1).map(|start| start - 1).chain([u32::MAX]);
        let mut ranges: Vec<Range> = Vec::new();
        for (end, target) in ends.zip(self.exits.iter().copied()) {
            match ranges.last_mut() {
                Some(last) if last.target == target => last.end = end,
                _ => ranges.push(Range { end, target }),
            }
        }
        ranges
    }
}

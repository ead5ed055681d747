//! Where the accumulator leads: a sorted list of ranges of values, each with its target, and an index into it.
//!
//! The index says for the upper bits of a value between which few ranges it lies. What is left is a search of always
//! the same number of steps without a branch: unlike the comparisons of a program it costs the same for every
//! value, as nothing in it can be foreseen wrongly.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::select_unpredictable;

/// How many places an index has for each range, at most.
const PLACES: usize = 2;

/// The values behind the range before up to `end`, and where they lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Range {
    pub end: u32,
    pub target: u32,
}

/// A list of ranges, and how to search it.
#[derive(Clone, Debug)]
pub(super) struct Search {
    /// What is taken from a value before it is looked up in the index.
    lowest: u32,
    /// Values farther than this from the lowest lead outside.
    width: u32,
    outside: u32,
    /// How many of the lower bits the index leaves to the search.
    shift: u32,
    /// How many ranges the first step goes on, a power of two; 0 if the index knows all.
    step: u32,
    /// The numbers of the ranges from which to search.
    index: Box<[u32]>,
    /// Behind the last come some that no value goes to.
    ranges: Box<[Range]>,
}

impl Search {
    /// Where the value leads; `None` never happens.
    #[inline(always)]
    pub fn find(&self, a: u32) -> Option<usize> {
        let distance = a.wrapping_sub(self.lowest);
        if distance > self.width {
            return Some(self.outside as usize);
        }
        let mut at = *self.index.get((distance >> self.shift) as usize)? as usize;
        let mut step = self.step as usize;
        while step > 0 {
            let end = self.ranges.get(at + step - 1)?.end;
            at += select_unpredictable(end < a, step, 0);
            step /= 2;
        }
        Some(self.ranges.get(at)?.target as usize)
    }

    /// All targets.
    pub fn each_target(&mut self, mut each: impl FnMut(&mut u32)) {
        each(&mut self.outside);
        self.ranges.iter_mut().for_each(|range| each(&mut range.target));
    }

    /// A search in ranges that are sorted by their ends, of which the last is `u32::MAX`.
    pub fn new(ranges: &[Range]) -> Self {
        let outside = ranges.last().map_or(0, |range| range.target);
        // Values below and above all but one range are the most frequent, and mostly lead to the same.
        let is_ring = ranges.first().is_some_and(|range| range.target == outside);
        let inner = ranges.split_last().map_or(ranges, |(_, inner)| inner);
        let lowest = inner.first().filter(|_| is_ring).map_or(0, |range| range.end);
        let width = inner.last().filter(|_| is_ring).map_or(u32::MAX, |range| range.end - lowest);
        let mut shift = 0;
        while (width >> shift) as usize > PLACES * inner.len().max(1) {
            shift += 1;
        }
        let mut index = Vec::new();
        let (mut at, mut most) = (0, 0);
        for place in 0..=width >> shift {
            index.push(at as u32);
            // The highest value that comes to this place.
            let top = lowest.saturating_add(place << shift).saturating_add((1 << shift) - 1);
            let rest = inner.get(at..).unwrap_or_default();
            most = most.max(rest.iter().take_while(|range| range.end < top).count());
            at += rest.iter().take_while(|range| range.end <= top).count();
        }
        let step = (most + 1).next_power_of_two() as u32 / 2;
        // A step may look beyond the last range, and must not go there.
        let beyond = (0..step).map(|_| Range { end: u32::MAX, target: 0 });
        let ranges = ranges.iter().copied().chain(beyond).collect();
        Self { lowest, width, outside, shift, step, index: index.into(), ranges }
    }
}

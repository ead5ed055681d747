//! Sets of 32-bit numbers as sorted intervals.

use std::sync::Arc;

/// Sorted intervals, both ends included, that neither overlap nor touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Set(Parts);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Parts {
    None,
    One(u32, u32),
    Many(Arc<[(u32, u32)]>),
}

impl Set {
    /// No number.
    pub const EMPTY: Self = Self(Parts::None);
    /// Every number.
    pub const ALL: Self = Self(Parts::One(0, u32::MAX));

    /// The numbers from `low` to `high`, both included; empty if they are the wrong way round.
    pub fn of(low: u32, high: u32) -> Self {
        Self(if low <= high { Parts::One(low, high) } else { Parts::None })
    }

    /// The union of any intervals, in any order.
    pub fn from_intervals(mut intervals: Vec<(u32, u32)>) -> Self {
        intervals.retain(|(low, high)| low <= high);
        intervals.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (low, high) in intervals {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self::from_sorted(merged)
    }

    /// Intervals that are as they shall be.
    fn from_sorted(intervals: Vec<(u32, u32)>) -> Self {
        match intervals.as_slice() {
            [] => Self(Parts::None),
            [(low, high)] => Self(Parts::One(*low, *high)),
            _ => Self(Parts::Many(intervals.into())),
        }
    }

    /// The intervals, in order.
    pub fn intervals(&self) -> impl ExactSizeIterator<Item = (u32, u32)> + '_ {
        match &self.0 {
            Parts::None => Intervals([].iter(), None),
            Parts::One(low, high) => Intervals([].iter(), Some((*low, *high))),
            Parts::Many(list) => Intervals(list.iter(), None),
        }
    }

    /// Whether no number is in it.
    pub fn is_empty(&self) -> bool {
        self.0 == Parts::None
    }

    /// The least and the greatest number.
    pub fn bounds(&self) -> Option<(u32, u32)> {
        let first = self.intervals().next()?;
        Some((first.0, self.intervals().last()?.1))
    }

    /// Everything else.
    pub fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.intervals().len() + 1);
        let mut from = Some(0_u32);
        for (low, high) in self.intervals() {
            if let (Some(start), Some(end)) = (from, low.checked_sub(1)) {
                gaps.push((start, end));
            }
            from = high.checked_add(1);
        }
        gaps.extend(from.map(|start| (start, u32::MAX)));
        Self::from_sorted(gaps)
    }

    /// What is in both.
    pub fn and(&self, other: &Self) -> Self {
        if let (Parts::One(a, b), Parts::One(c, d)) = (&self.0, &other.0) {
            return Self::of(*a.max(c), *b.min(d));
        }
        let mut both = Vec::new();
        let (mut left, mut right) = (self.intervals(), other.intervals());
        let (mut a, mut b) = (left.next(), right.next());
        while let (Some(x), Some(y)) = (a, b) {
            let (low, high) = (x.0.max(y.0), x.1.min(y.1));
            if low <= high {
                both.push((low, high));
            }
            if x.1 < y.1 { a = left.next() } else { b = right.next() }
        }
        Self::from_sorted(both)
    }

    /// Whether nothing is in both.
    pub fn misses(&self, other: &Self) -> bool {
        let (mut left, mut right) = (self.intervals(), other.intervals());
        let (mut a, mut b) = (left.next(), right.next());
        while let (Some(x), Some(y)) = (a, b) {
            if x.0.max(y.0) <= x.1.min(y.1) {
                return false;
            }
            if x.1 < y.1 { a = left.next() } else { b = right.next() }
        }
        true
    }

    /// What is in either.
    pub fn or(&self, other: &Self) -> Self {
        Self::from_intervals(self.intervals().chain(other.intervals()).collect())
    }

    /// What is in this one only.
    pub fn without(&self, other: &Self) -> Self {
        self.and(&other.complement())
    }

    /// Whether all of it is in `other`.
    pub fn within(&self, other: &Self) -> bool {
        let mut outer = other.intervals();
        let mut around = outer.next();
        for (low, high) in self.intervals() {
            while around.is_some_and(|(_, end)| end < low) {
                around = outer.next();
            }
            if around.is_none_or(|(start, end)| start > low || end < high) {
                return false;
            }
        }
        true
    }

    /// A set that holds this one and has at most `limit` intervals: the narrowest gaps are closed.
    pub fn at_most(self, limit: usize) -> Self {
        let Some(surplus @ 1..) = self.intervals().len().checked_sub(limit.max(1)) else { return self };
        let intervals: Vec<_> = self.intervals().collect();
        let width = |w: &[(u32, u32)]| w.last().zip(w.first()).map_or(0, |(next, this)| next.0 - this.1);
        // Gaps no wider than this are closed, the first ones first if too many are as wide.
        let widest = match surplus {
            1 => intervals.windows(2).map(width).min(),
            _ => {
                let mut widths: Vec<u32> = intervals.windows(2).map(width).collect();
                Some(*widths.select_nth_unstable(surplus - 1).1)
            }
        };
        let mut closed = 0;
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(limit);
        for (low, high) in intervals {
            match merged.last_mut() {
                Some(last) if closed < surplus && Some(low - last.1) <= widest => {
                    last.1 = high;
                    closed += 1;
                }
                _ => merged.push((low, high)),
            }
        }
        Self::from_sorted(merged)
    }
}

struct Intervals<'a>(std::slice::Iter<'a, (u32, u32)>, Option<(u32, u32)>);

impl Iterator for Intervals<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<Self::Item> {
        self.1.take().or_else(|| self.0.next().copied())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.0.len() + usize::from(self.1.is_some());
        (count, Some(count))
    }
}

impl ExactSizeIterator for Intervals<'_> {}

#[cfg(test)]
mod tests {
    use super::Set;

    #[test]
    fn intervals_that_touch_become_one() {
        let set = Set::from_intervals(vec![(7, 9), (1, 2), (3, 3), (8, 12)]);
        assert_eq!(set.intervals().collect::<Vec<_>>(), [(1, 3), (7, 12)]);
    }

    #[test]
    fn the_complement_of_the_complement_is_the_set() {
        for set in
            [Set::EMPTY, Set::ALL, Set::of(0, 5), Set::of(9, u32::MAX), Set::of(3, 3).or(&Set::of(5, 6))]
        {
            assert_eq!(set.complement().complement(), set);
            assert!(set.and(&set.complement()).is_empty());
        }
    }

    #[test]
    fn a_limit_closes_the_narrowest_gaps() {
        let set = Set::from_intervals(vec![(0, 0), (2, 2), (100, 100)]).at_most(2);
        assert_eq!(set.intervals().collect::<Vec<_>>(), [(0, 2), (100, 100)]);
    }
}

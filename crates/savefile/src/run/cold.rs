//! Memory that is in no cache: the pages of a file, shown where the system keeps them.
//!
//! Where a record begins only the header before it says, so a walk from header to header waits for the memory at
//! every step: longer than the copy of the whole packet takes. The remedy is to wait for many at a time. Where records
//! are short, the walk touches what lies far ahead of it. Where they are long, several walks begin at once, each where
//! a record seems to begin, and all that they do is to touch headers: the one walk that counts comes afterwards and
//! finds them in the cache. A wrong guess costs time and nothing else.

use super::{HEADER, Plain, fields};
use std::hint::black_box;
use std::ops::Range;

/// So much memory is walked through at once: what is touched of it stays in the second-level cache until it is wanted.
const PART: usize = 2 << 20;
/// So many walks go on at once, each through an equal share: about as many as a core has misses under way.
const LANES: usize = 8;
/// A walk begins where so many headers in a row are likely: each costs a miss, and nothing is lost by an error.
const LIKELY: usize = 3;
/// Up to so many bytes a record, headers lie so close that touching all memory is better than to look for them.
const SHORT: usize = 320;
/// So many records are looked at to see how long they are.
const SAMPLE: usize = 32;
/// So far ahead of the walk are the bytes that it touches where records are short, and where the memory is in the
/// second-level cache.
const FAR: usize = 4096;
const NEAR: usize = 512;

/// What has memory come into the cache in time for a walk through it.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    /// Where the next part begins that is still cold.
    cold: usize,
    /// How far ahead of the walk memory is touched; 0 if it need not be.
    far: usize,
    /// Where in each record the lines of the cache begin that will be read, besides the first.
    lines: [usize; 2],
}

impl Ahead {
    /// For memory that somebody has just written to, or that nobody has touched for long from `cold` on; of each packet
    /// up to 64 bytes will be read.
    pub(super) fn of(cold: Option<usize>, behind: usize) -> Self {
        let last = HEADER + behind - 1;
        let lines = if last > LINE { [LINE, last] } else { [last; 2] };
        let far = if cold.is_some() { 0 } else { NEAR };
        Self { cold: cold.unwrap_or(usize::MAX), far, lines }
    }

    /// Where the memory begins that is still cold.
    pub(super) fn cold(&self) -> usize {
        self.cold
    }

    /// To be called at each record.
    #[inline]
    pub(super) fn come(&mut self, plain: Plain, bytes: &[u8], at: usize) {
        if at >= self.cold {
            self.warm(plain, bytes, at);
        }
        if self.far > 0 {
            touch(bytes, at + self.far);
            touch(bytes, at + self.far + LINE);
        }
    }

    /// Has the headers of the next part come, and what is behind each; or sees that all of it is to be touched.
    #[cold]
    fn warm(&mut self, plain: Plain, bytes: &[u8], at: usize) {
        self.cold = at + PART;
        self.far = 0;
        let bytes = bytes.get(..self.cold).unwrap_or(bytes);
        let Some([near, ..]) = fields(bytes, at) else { return };
        if plain.sample(bytes, at).is_none_or(|length| length <= SHORT) {
            self.far = FAR;
            return;
        }
        let share = (bytes.len() - at) / LANES;
        let mut lanes: [Range<usize>; LANES] = std::array::from_fn(|n| {
            let (begin, end) = (at + n * share, at + (n + 1) * share);
            let here = bytes.get(begin..end).unwrap_or_default();
            let guess = if n == 0 { Some(0) } else { plain.guess_by(here, share, near, LIKELY) };
            guess.map_or(end, |guess| begin + guess)..end
        });
        while self.step(plain, bytes, &mut lanes) {}
    }

    /// Takes every walk a record on; `false` when all have come to their ends.
    #[inline]
    fn step(&self, plain: Plain, bytes: &[u8], lanes: &mut [Range<usize>; LANES]) -> bool {
        let mut goes_on = false;
        for Range { start: at, end } in lanes {
            if *at < *end {
                for line in self.lines {
                    touch(bytes, *at + line);
                }
                // At least a header on, or over.
                *at = plain.length(bytes, *at).map_or(*end, |length| *at + length);
                goes_on = true;
            }
        }
        goes_on
    }
}

/// How long a line of the cache is.
const LINE: usize = 64;

/// Has the line come that holds this byte.
#[inline]
fn touch(bytes: &[u8], at: usize) {
    black_box(bytes.get(at).copied());
}

impl Plain {
    /// How long the records from `at` on are on average; `None` if there are too few.
    fn sample(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut end = at;
        for _ in 0..SAMPLE {
            end += self.length(bytes, end)?;
        }
        Some((end - at) / SAMPLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Plain = Plain { longest: 70_000, second: 1_000_000 };

    fn records(lengths: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for length in lengths {
            for word in [1_700_000_000, 0, length, length] {
                bytes.extend(word.to_ne_bytes());
            }
            bytes.resize(bytes.len() + length as usize, 1);
        }
        bytes
    }

    /// How far ahead memory is touched when the walk is at the first record.
    fn far(bytes: &[u8]) -> usize {
        let mut ahead = Ahead::of(Some(0), 64);
        ahead.come(PLAIN, bytes, 0);
        ahead.far
    }

    #[test]
    fn only_long_records_are_looked_for() {
        assert_eq!(far(&records((0..2000).map(|n| 60 + n % 40))), FAR);
        assert_eq!(far(&records((0..2000).map(|n| n * 731 % 1500))), 0);
        assert_eq!(far(&records((0..9).map(|_| 1500))), FAR);
        assert_eq!(far(&[]), 0);
    }

    /// Whatever the bytes are, it ends.
    #[test]
    fn nonsense_is_walked_over() {
        let mut bytes = records((0..3000).map(|n| 400 + n % 999));
        for (n, byte) in bytes.iter_mut().enumerate().skip(40_000) {
            *byte = ((n * n) >> 7) as u8;
        }
        let mut ahead = Ahead::of(Some(0), 64);
        for at in (0..bytes.len() + 9).step_by(1000) {
            ahead.come(PLAIN, &bytes, at);
        }
        assert!(ahead.cold() >= bytes.len());
    }
}

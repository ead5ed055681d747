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
const PART: usize = 4 << 20;
/// So many walks go on at once, each through an equal share: about as many as a core has misses under way.
const LANES: usize = 12;
/// A walk begins where so many headers in a row are likely. Each costs a miss, and nothing is lost by an error.
const LIKELY: usize = 1;
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
    /// The last byte of a record that will be read.
    last: usize,
}

impl Ahead {
    /// For memory that somebody has just written to, or that nobody has touched for long from `cold` on; of each packet
    /// up to 64 bytes will be read.
    pub(super) fn of(cold: Option<usize>, behind: usize) -> Self {
        let far = if cold.is_some() { 0 } else { NEAR };
        Self { cold: cold.unwrap_or(usize::MAX), far, last: HEADER + behind - 1 }
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
            guess.map_or(END, |guess| begin + guess)..end
        });
        // All that was touched, so that none of it is left out.
        let mut touched = 0;
        if self.last < HEADER {
            while step(plain, bytes, &mut lanes, &mut touched, |_| 0) {}
        } else {
            let behind = |at| byte(bytes, at + self.last.min(LINE)) ^ byte(bytes, at + self.last);
            while step(plain, bytes, &mut lanes, &mut touched, behind) {}
        }
        black_box(touched);
    }
}

/// Where no record begins.
const END: usize = usize::MAX;

/// Takes every walk a record on, touches its header and what is behind; `false` when all have come to their ends. The
/// fewer instructions this takes the more walks wait at the same time, for a core looks ahead only so far.
#[inline]
fn step(
    plain: Plain,
    bytes: &[u8],
    lanes: &mut [Range<usize>; LANES],
    touched: &mut u8,
    behind: impl Fn(usize) -> u8,
) -> bool {
    let mut goes_on = false;
    for Range { start: at, end } in lanes {
        let here = *at;
        let Some(header) = bytes.get(here..).and_then(|bytes| bytes.first_chunk::<HEADER>()) else {
            continue;
        };
        let (words, _) = header.as_chunks::<4>();
        let &[[first, ..], _, caplen, [.., last]] = words else { continue };
        let caplen = u32::from_ne_bytes(caplen);
        *touched ^= first ^ last ^ behind(here);
        let next = (here + HEADER).saturating_add(caplen as usize);
        *at = if caplen <= plain.longest && next < *end { next } else { END };
        goes_on = true;
    }
    goes_on
}

/// How long a line of the cache is.
const LINE: usize = 64;

/// Has the line come that holds this byte.
#[inline]
fn touch(bytes: &[u8], at: usize) {
    black_box(byte(bytes, at));
}

#[inline]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
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

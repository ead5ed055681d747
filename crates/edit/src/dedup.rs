//! Packets that were captured twice, known by their bytes among the last few before them.

use crate::info::nanos;
use crate::pass::Verdict;
use gannet_wire::{Record, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;

/// How far back a packet is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// With so many packets before it.
    Packets(usize),
    /// With those of so many nanoseconds before it, [`MOST`] at most.
    Nanos(u64),
}

/// The most packets that are remembered.
pub const MOST: usize = 1_000_000;

/// Remembers packets, and knows one again.
pub struct Duplicates {
    window: Window,
    /// What may differ between two packets that are the same.
    ignored: Vec<Range<usize>>,
    keys: [RandomState; 2],
    seen: VecDeque<(Timestamp, Print)>,
    /// How often each is in `seen`.
    times: HashMap<Print, usize>,
}

/// What a packet is known by: a packet of other bytes has the same once in 2^128.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Print([u64; 2], usize);

impl Duplicates {
    /// Nothing seen yet. Bytes at the places of `ignored`, from 0 at the first of the frame, are not compared.
    pub fn new(window: Window, ignored: Vec<Range<usize>>) -> Self {
        let keys = [RandomState::new(), RandomState::new()];
        Duplicates { window, ignored, keys, seen: VecDeque::new(), times: HashMap::new() }
    }

    /// [`Verdict::Drop`] if the packet was seen before. It is remembered in either case.
    pub fn judge(&mut self, record: &Record<'_>) -> Verdict {
        self.forget(record.time);
        let print = self.print(record.bytes);
        self.seen.push_back((record.time, print));
        let times = self.times.entry(print).or_default();
        *times += 1;
        if *times > 1 { Verdict::Drop } else { Verdict::Keep }
    }

    /// Forgets what is too far back to be compared with a packet of this time.
    fn forget(&mut self, now: Timestamp) {
        while let Some((then, print)) = self.seen.front() {
            let too_old = match self.window {
                Window::Packets(most) => self.seen.len() > most,
                Window::Nanos(most) => nanos(now) - nanos(*then) > i128::from(most),
            };
            if !too_old && self.seen.len() < MOST {
                break;
            }
            if let Some(times) = self.times.get_mut(print) {
                *times -= 1;
                if *times == 0 {
                    self.times.remove(print);
                }
            }
            self.seen.pop_front();
        }
    }

    fn print(&self, bytes: &[u8]) -> Print {
        let hash = |key: &RandomState| {
            let mut hasher = key.build_hasher();
            let mut from = 0;
            for range in &self.ignored {
                hasher.write(bytes.get(from..range.start.min(bytes.len())).unwrap_or_default());
                from = from.max(range.end);
            }
            hasher.write(bytes.get(from..).unwrap_or_default());
            hasher.finish()
        };
        let [one, other] = &self.keys;
        Print([hash(one), hash(other)], bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_wire::{Direction, LinkType};

    fn judge(duplicates: &mut Duplicates, seconds: i64, bytes: &[u8]) -> Verdict {
        duplicates.judge(&Record {
            bytes,
            length: bytes.len() as u32,
            time: Timestamp { seconds, nanos: 0 },
            link: LinkType::ETHERNET,
            interface: 0,
            direction: Direction::Unknown,
            vlan: None,
        })
    }

    #[test]
    fn the_window_counts_packets() {
        let mut d = Duplicates::new(Window::Packets(2), Vec::new());
        assert_eq!(judge(&mut d, 0, b"a"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"b"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"a"), Verdict::Drop);
        assert_eq!(judge(&mut d, 0, b"c"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"d"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"a"), Verdict::Keep);
    }

    #[test]
    fn the_window_counts_time_and_a_clock_set_back_forgets_nothing() {
        let mut d = Duplicates::new(Window::Nanos(1_000_000_000), Vec::new());
        assert_eq!(judge(&mut d, 10, b"a"), Verdict::Keep);
        assert_eq!(judge(&mut d, 11, b"a"), Verdict::Drop);
        assert_eq!(judge(&mut d, 5, b"a"), Verdict::Drop);
        assert_eq!(judge(&mut d, 13, b"b"), Verdict::Keep);
        assert_eq!(judge(&mut d, 15, b"a"), Verdict::Keep);
    }

    #[test]
    fn chosen_bytes_are_not_compared_but_lengths_are() {
        let mut d = Duplicates::new(Window::Packets(9), vec![1..3, 4..5]);
        assert_eq!(judge(&mut d, 0, b"aXXbXc"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"aYZbYc"), Verdict::Drop);
        assert_eq!(judge(&mut d, 0, b"aYZbYd"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"aY"), Verdict::Keep);
        assert_eq!(judge(&mut d, 0, b"aYZ"), Verdict::Keep);
    }
}

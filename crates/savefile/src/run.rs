//! Runs: whole records that lie side by side in a file and are wanted, handed on as they are.
//!
//! A copy of a file needs no record decoded whose bytes are in the new file what they were in the old one. So the
//! [`Walk`] steps from record header to record header over bytes in memory, asks of each packet whether it is
//! wanted, and gives the longest stretches of records that are. It knows only *plain* records: whole ones that a
//! [`Writer`](crate::Writer) would write with the very same bytes. At anything else, good or bad, it stops;
//! [`Reader::next`](crate::Reader::next) is asked about it, and so there is one place that judges files.

mod cold;

use cold::Ahead;

use crate::reader::{Precision, Reader, State};
use crate::view::View;
use std::io::{IoSlice, Read};
use std::ops::Range;

impl<R: Read> Reader<R> {
    /// What the plain records of this file are like, if it is to be copied into one of this precision; `None` if
    /// it can hold none, or has come to its end.
    pub fn plain(&self, precision: Precision) -> Option<Plain> {
        match &self.state {
            State::Pcap(state) => state.plain(precision),
            State::Pcapng(_) => None,
        }
    }

    /// Hands on the plain records that are in memory at this moment, some runs at a time, with the number of packets in
    /// them; at most `limit` packets. Says how many there were. Nothing is read: [`Reader::next`] does that, when nothing
    /// plain is left.
    ///
    /// # Errors
    /// What `put` gave. The packets after the runs that it was given are still to be read then.
    #[inline]
    pub fn runs<E>(
        &mut self,
        plain: Plain,
        limit: u64,
        mut wanted: impl FnMut(&[u8], u32) -> bool,
        mut put: impl FnMut(&[IoSlice<'_>], u64) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut walk = Walk { ahead: Ahead::of(self.window.cold(), JUDGED), ..Walk::new(plain, 0, limit) };
        let bytes = self.window.at_hand();
        let mut runs = Vec::with_capacity(RUNS);
        let (mut handed_on, mut goes_on, mut done) = (0, true, Ok(()));
        while goes_on && done.is_ok() {
            let run = walk.next(bytes, bytes.len(), &mut wanted);
            goes_on = run.is_some();
            runs.extend(run.map(|run| IoSlice::new(bytes.get(run).unwrap_or_default())));
            if !runs.is_empty() && (runs.len() == RUNS || !goes_on) {
                done = put(&runs, walk.accepted() - handed_on);
                handed_on = walk.accepted();
                runs.clear();
            }
        }
        self.window.warmed(walk.ahead.cold());
        self.window.consume(walk.at());
        done.map(|()| walk.accepted())
    }

    /// Shows what the headers of the plain records say that are in memory at this moment, one after the other, and
    /// steps over them; says how many there were. Nothing is read: [`Reader::next`] does that, when nothing plain is
    /// left, or a fraction is more than a second.
    #[inline]
    pub fn glance(&mut self, plain: Plain, mut each: impl FnMut(Glance)) -> u64 {
        let mut ahead = Ahead::of(self.window.cold(), 0);
        let bytes = self.window.at_hand();
        let unit = SECOND / i64::from(plain.second);
        let (mut at, mut count) = (0, 0);
        while let Some((packet, length)) = plain.record(bytes, at) {
            let Some([seconds, fraction, caplen, _]) = fields(bytes, at) else { break };
            if fraction >= plain.second {
                break;
            }
            ahead.come(plain, bytes, at);
            at += HEADER + packet.len();
            each(Glance { nanos: i64::from(seconds) * SECOND + i64::from(fraction) * unit, caplen, length });
            count += 1;
        }
        self.window.warmed(ahead.cold());
        self.window.consume(at);
        count
    }

    /// From now on looks at the bytes of the file where `view` shows them, and reads from the source no more; does
    /// nothing if no record of the file is [plain](Reader::plain). Offsets of the view are those of the savefile.
    pub fn view(&mut self, view: Box<dyn View>) {
        if self.plain(self.precision()).is_some() {
            self.window.view(view);
        }
    }

    /// Goes on at another place of the file, where a record begins: the source has been moved there.
    pub fn moved(&mut self, offset: u64) {
        self.window.moved(offset);
    }
}

/// What the header of a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// When the packet was captured, in nanoseconds since 1970.
    pub nanos: i64,
    /// How many bytes of it were.
    pub caplen: u32,
    /// Its length on the wire.
    pub length: u32,
}

/// In nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// So many runs are handed on at once: as many as make a large write of packets of middling size.
const RUNS: usize = 256;
/// So many bytes of a packet are what most filters look at.
const JUDGED: usize = 64;
/// How long the header of a plain record is.
const HEADER: usize = 16;

/// A guess looks at so many places at once.
const BLOCK: usize = 16;
/// A guess takes so many headers in a row for more than chance.
const CHAIN: usize = 8;
/// A guess takes no packet for one that lost more than so many bytes in its capture.
const LONGER: u32 = 1 << 18;
/// A guess takes no time for one that is so many seconds away from others: two years.
const AGE: u32 = 1 << 26;

/// What plain records are like in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// The longest caplen that is not cut or refused, in bytes.
    pub(crate) longest: u32,
    /// How many units of the fraction are a second.
    pub(crate) second: u32,
}

/// A walk over bytes from record to record.
#[derive(Clone, Debug)]
pub struct Walk {
    plain: Plain,
    at: usize,
    limit: u64,
    /// How many packets may still be accepted.
    left: u64,
    ahead: Ahead,
}

impl Walk {
    /// Begins at the record at `at`. Ends for good when `limit` packets were accepted.
    pub fn new(plain: Plain, at: usize, limit: u64) -> Self {
        Self { plain, at, limit, left: limit, ahead: Ahead::of(None, 0) }
    }

    /// Says that the bytes are in no cache.
    #[must_use]
    pub fn through_cold(self) -> Self {
        Self { ahead: Ahead::of(Some(0), JUDGED), ..self }
    }

    /// Where the next record begins: all before it was looked at.
    pub fn at(&self) -> usize {
        self.at
    }

    /// How many packets were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.limit - self.left
    }

    /// The next run in `bytes`, of records that begin before `until`: every one is accepted by `wanted`, which is
    /// given the packet and its length on the wire. `None` when there is no plain record any more.
    #[inline]
    pub fn next(
        &mut self,
        bytes: &[u8],
        until: usize,
        mut wanted: impl FnMut(&[u8], u32) -> bool,
    ) -> Option<Range<usize>> {
        // All that changes is in variables: the walk itself would be in memory around every call.
        let (plain, mut at, mut left) = (self.plain, self.at, self.left);
        // The run; empty as long as the two are equal.
        let (mut start, mut end) = (at, at);
        while at < until && left > 0 {
            self.ahead.come(plain, bytes, at);
            let Some((packet, length)) = plain.record(bytes, at) else { break };
            let here = at;
            at += HEADER + packet.len();
            if wanted(packet, length) {
                left -= 1;
                if start == end {
                    start = here;
                }
                end = at;
            } else if start != end {
                break;
            }
        }
        (self.at, self.left) = (at, left);
        (start != end).then_some(start..end)
    }
}

impl Plain {
    /// How long the record at `at` is with its header, if that is there and says something possible.
    pub fn length(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let [_, _, caplen, _] = fields(bytes, at)?;
        (caplen <= self.longest).then_some(HEADER + caplen as usize)
    }

    /// Where before `until` a record seems to begin, in bytes from the middle of a file: a guess, to be checked by
    /// whoever walks there from the start. `near` is the time of some record of the file, in seconds.
    pub fn guess(&self, bytes: &[u8], until: usize, near: u32) -> Option<usize> {
        self.guess_by(bytes, until, near, CHAIN)
    }

    /// The same by so many headers in a row.
    fn guess_by(&self, bytes: &[u8], until: usize, near: u32, chain: usize) -> Option<usize> {
        let mut at = 0;
        while at < until {
            // Many places at once, most of them without a branch.
            if let Some(block) = bytes.get(at..).and_then(|bytes| bytes.first_chunk())
                && !self.any_likely(block)
            {
                at += BLOCK;
                continue;
            }
            let end = until.min(at + BLOCK);
            let found = (at..end).find(|at| self.seems(bytes, *at, near, chain));
            if found.is_some() {
                return found;
            }
            at = end;
        }
        None
    }

    /// Whether one of the [`BLOCK`] first bytes may begin a header.
    #[inline]
    fn any_likely(&self, bytes: &[u8; BLOCK + HEADER]) -> bool {
        let mut least = u32::MAX;
        for header in bytes.windows(HEADER).take(BLOCK) {
            let caplen = fields(header, 0).map_or(u32::MAX, |[_, _, caplen, _]| caplen);
            least = least.min(caplen.wrapping_sub(1));
        }
        least < self.longest
    }

    /// Whether the headers from `at` on look like headers, as far as they go.
    fn seems(&self, bytes: &[u8], mut at: usize, near: u32, chain: usize) -> bool {
        for n in 0..chain {
            let Some([_, _, caplen, _]) = fields(bytes, at) else { return n > 0 };
            if !bytes.get(at..).is_some_and(|header| self.is_likely(header, near)) {
                return false;
            }
            at += HEADER + caplen as usize;
        }
        true
    }

    /// Whether this looks like a header.
    #[inline]
    fn is_likely(&self, header: &[u8], near: u32) -> bool {
        let Some([seconds, fraction, caplen, length]) = fields(header, 0) else { return false };
        // What is the least likely comes first: many places are looked at.
        (1..=self.longest).contains(&caplen)
            && (caplen..=caplen.saturating_add(LONGER)).contains(&length)
            && fraction < self.second
            && seconds.abs_diff(near) < AGE
    }

    /// The packet of the record at `at`, and its length on the wire.
    #[inline]
    fn record<'b>(&self, bytes: &'b [u8], at: usize) -> Option<(&'b [u8], u32)> {
        let [_, _, caplen, length] = fields(bytes, at)?;
        if caplen > self.longest {
            return None;
        }
        let start = at + HEADER;
        let packet = bytes.get(start..start + caplen as usize)?;
        Some((packet, length))
    }
}

/// Seconds, fraction, caplen and length of the record at `at`.
#[inline]
fn fields(bytes: &[u8], at: usize) -> Option<[u32; 4]> {
    let header: &[u8; HEADER] = bytes.get(at..)?.first_chunk()?;
    let (fields, _) = header.as_chunks();
    let &[a, b, c, d] = fields else { return None };
    Some([a, b, c, d].map(u32::from_ne_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_wire::{Record, Timestamp};

    const PLAIN: Plain = Plain { longest: 1000, second: 1_000_000 };
    const SECONDS: u32 = 1_700_000_000;

    /// Records of these lengths, filled with their number.
    fn records(lengths: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (n, &length) in lengths.iter().enumerate() {
            for word in [SECONDS + n as u32, 999_999, length, length + 1] {
                bytes.extend(word.to_ne_bytes());
            }
            bytes.resize(bytes.len() + length as usize, n as u8);
        }
        bytes
    }

    fn runs(bytes: &[u8], limit: u64, wanted: impl Fn(&[u8], u32) -> bool) -> (Vec<(usize, usize)>, usize) {
        let mut walk = Walk::new(PLAIN, 0, limit);
        let mut runs = Vec::new();
        while let Some(run) = walk.next(bytes, bytes.len(), &wanted) {
            runs.push((run.start, run.end));
        }
        (runs, walk.at())
    }

    #[test]
    fn neighbours_make_a_run() {
        let bytes = records(&[4, 0, 14, 4, 4]);
        assert_eq!(runs(&bytes, 9, |_, _| true), (vec![(0, 106)], 106));
        assert_eq!(runs(&bytes, 9, |packet, _| packet.len() == 4), (vec![(0, 20), (66, 106)], 106));
        assert_eq!(runs(&bytes, 9, |_, length| length == 15), (vec![(36, 66)], 106));
        assert_eq!(runs(&bytes, 9, |_, _| false), (vec![], 106));
    }

    #[test]
    fn a_limit_ends_the_walk_behind_the_last_one_accepted() {
        let bytes = records(&[4, 0, 14, 4, 4]);
        assert_eq!(runs(&bytes, 2, |packet, _| packet.len() == 4), (vec![(0, 20), (66, 86)], 86));
        assert_eq!(runs(&bytes, 0, |_, _| true), (vec![], 0));
    }

    #[test]
    fn nothing_that_is_cut_or_too_long_is_touched() {
        let bytes = records(&[4, 5, 1001, 6]);
        assert_eq!(runs(&bytes, 9, |_, _| true), (vec![(0, 41)], 41));
        let bytes = records(&[4, 5, 6]);
        for cut in 41..bytes.len() {
            assert_eq!(runs(&bytes[..cut], 9, |_, _| true), (vec![(0, 41)], 41));
        }
    }

    #[test]
    fn a_glance_is_at_every_plain_record() {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 1000, 1] {
            file.extend(word.to_ne_bytes());
        }
        let lengths: Vec<u32> = (0..2000).map(|n| n * 37 % 1000).chain([1001, 5]).collect();
        file.extend(records(&lengths));
        let mut reader = Reader::open(&file[..]).unwrap();
        let mut seen = Vec::new();
        while let Some(plain) = reader.plain(Precision::Micro) {
            reader.glance(plain, |glance| seen.push(glance));
            let Some(record) = reader.next().unwrap() else { break };
            seen.push(said(&record));
        }
        let mut reader = Reader::open(&file[..]).unwrap();
        for glance in &seen {
            let record = reader.next().unwrap().unwrap();
            assert_eq!(*glance, said(&record));
            assert_eq!(Timestamp::from_nanos(glance.nanos), record.time);
        }
        assert_eq!(seen.len(), lengths.len());
    }

    /// Shows a file in pieces.
    #[derive(Debug)]
    struct Pieces {
        file: Vec<u8>,
        shown: Range<usize>,
        size: usize,
    }

    impl View for Pieces {
        fn show(&mut self, offset: u64, wanted: usize) -> std::io::Result<()> {
            let begin = (offset as usize).min(self.file.len());
            self.shown = begin..(begin + wanted.max(self.size)).min(self.file.len());
            Ok(())
        }

        fn bytes(&self) -> &[u8] {
            &self.file[self.shown.clone()]
        }
    }

    #[test]
    fn what_a_view_shows_is_what_would_be_read() {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 1000, 1] {
            file.extend(word.to_ne_bytes());
        }
        // Long ones, short ones, some that are not plain, and one that is cut.
        let long = (0..4000).map(|n| 400 + n * 37 % 600);
        let short = (0..4000).map(|n| if n % 1111 == 1110 { 1001 } else { n % 90 });
        let lengths: Vec<u32> = long.clone().chain(short).chain(long).collect();
        file.extend(records(&lengths));
        file.truncate(file.len() - 5);
        let odd =
            lengths.iter().rev().skip(1).map(|length| u64::from(*length.min(&1000))).filter(|n| n % 2 == 1);
        let expected = odd.fold((0, 0), |(packets, bytes), length| (packets + 1, bytes + length));
        for viewed in [0, 700, 100_000, 100_000_000] {
            let mut reader = Reader::open(&file[..]).unwrap();
            if viewed > 0 {
                reader.view(Box::new(Pieces { file: file.clone(), shown: 0..0, size: viewed }));
            }
            let (mut packets, mut bytes) = (0, 0);
            let end = loop {
                let plain = reader.plain(Precision::Micro).unwrap();
                let put = |runs: &[IoSlice<'_>], n: u64| {
                    packets += n;
                    bytes += runs.iter().map(|run| run.len() as u64).sum::<u64>() - 16 * n;
                    Ok::<_, ()>(())
                };
                reader.runs(plain, u64::MAX, |packet, _| packet.len() % 2 == 1, put).unwrap();
                match reader.next() {
                    Ok(Some(record)) => {
                        let odd = record.bytes.len() as u64 % 2;
                        packets += odd;
                        bytes += odd * record.bytes.len() as u64;
                    }
                    end => break end.map(drop),
                }
            };
            assert!(end.is_err_and(|end| end.to_string().contains("truncated")), "{viewed}");
            assert_eq!((packets, bytes), expected, "{viewed}");
            assert!(glances(&file, viewed) == glances(&file, 0), "{viewed}");
        }
    }

    /// What a glance at the record says.
    fn said(record: &Record<'_>) -> Glance {
        let Timestamp { seconds, nanos } = record.time;
        let nanos = seconds * SECOND + nanos as i64;
        Glance { nanos, caplen: record.bytes.len() as u32, length: record.length }
    }

    /// What all headers say, some by a glance and some by reading.
    fn glances(file: &[u8], viewed: usize) -> Vec<Glance> {
        let mut reader = Reader::open(file).unwrap();
        if viewed > 0 {
            reader.view(Box::new(Pieces { file: file.to_vec(), shown: 0..0, size: viewed }));
        }
        let mut seen = Vec::new();
        loop {
            let plain = reader.plain(Precision::Micro).unwrap();
            let before = seen.len() as u64;
            let counted = reader.glance(plain, |glance| seen.push(glance));
            assert_eq!(seen.len() as u64, before + counted);
            let Ok(Some(record)) = reader.next() else { return seen };
            seen.push(said(&record));
        }
    }

    #[test]
    fn a_guess_finds_the_next_record() {
        let lengths: Vec<u32> = (0..40).map(|n| 1 + n * 23 % 300).collect();
        let bytes = records(&lengths);
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |at, length| {
            *at += HEADER + *length as usize;
            Some(*at)
        }));
        for at in 0..starts[30] {
            let next = starts.iter().find(|start| **start >= at).unwrap() - at;
            assert_eq!(PLAIN.guess(&bytes[at..], bytes.len(), SECONDS), Some(next));
        }
        assert_eq!(PLAIN.guess(&[0; 5000], 5000, SECONDS), None);
    }
}

//! A large pcap file on several threads: cut into chunks, filtered in any order, handed on in the file's order.
//!
//! Where in the middle of a file a record begins, only the records before it say. Who takes a chunk guesses; when its
//! turn comes the chunk before has told, and a wrong guess only costs that the chunk is done again. What is accepted
//! is moved together in the chunk's own buffer, so each chunk is one piece for whoever takes it. There are two
//! buffers for each thread and two more: memory is flat, however slow the writing is. The thread that hands on works
//! like the others while there is nothing to hand on.

use gannet_savefile::run::{Plain, Walk};
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

/// A chunk is so many bytes of the file: few enough that what was read is in a second-level cache when it is walked
/// through, all buffers of a thread together.
pub(super) const CHUNK: usize = 256 * 1024;
/// So much of the chunk behind it is read with it, for the end of its last record.
const TAIL: usize = 4 * 1024;
/// A record that is longer is not read here.
const LONGEST: usize = 4 * 1024 * 1024;

/// What is to be done: the records of `file` from one place up to another, on so many threads.
pub(super) struct Job<'f, F> {
    pub(super) file: &'f File,
    pub(super) range: Range<u64>,
    pub(super) threads: usize,
    /// How many bytes a chunk is; see [`CHUNK`].
    pub(super) size: usize,
    pub(super) plain: Plain,
    /// Whether a packet of this length on the wire is wanted.
    pub(super) wanted: F,
}

/// A chunk that was worked through.
struct Done {
    buffer: Vec<u8>,
    /// Where in the file its first record begins, as it is known or guessed.
    start: Option<u64>,
    /// Where in the file what comes after its last record begins.
    end: u64,
    /// Nothing but plain records was in it.
    whole: bool,
    /// Where in the buffer the accepted records are, and how many.
    kept: Range<usize>,
    packets: u64,
}

/// What the threads share.
#[derive(Default)]
struct Desk {
    /// The chunk that is to be taken next.
    next: u64,
    /// Those that are done and were not handed on.
    ready: BTreeMap<u64, Done>,
    free: Vec<Vec<u8>>,
    /// How many buffers there are.
    buffers: usize,
    /// Nothing more is to be done.
    over: bool,
}

/// The desk, with the bells on it.
#[derive(Default)]
struct Office {
    desk: Mutex<Desk>,
    /// Rings when a chunk is ready.
    ready: Condvar,
    /// Rings when a buffer is free.
    free: Condvar,
}

impl<F: Fn(&[u8], u32) -> bool + Sync> Job<'_, F> {
    /// Does it. `put` is called once for each chunk, in order, with the accepted records and their number; `false`
    /// ends it. Says up to which place in the file all was handed on; a record begins there, or what is no plain
    /// record, or the file ends.
    pub(super) fn run<E>(
        &self,
        mut put: impl FnMut(&[u8], u64) -> Result<bool, E>,
    ) -> (u64, Result<bool, E>) {
        let mut near = [0; 4];
        if self.file.read_exact_at(&mut near, self.range.start).is_err() {
            return (self.range.start, Ok(true));
        }
        let near = u32::from_ne_bytes(near);
        let office = Office::default();
        thread::scope(|scope| {
            let close = Closing { office: &office, always: true };
            for _ in 1..self.threads {
                let worker = || {
                    let _close = Closing { office: &office, always: false };
                    self.work(&office, near);
                };
                // Fewer threads do it too.
                if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                    break;
                }
            }
            let outcome = self.hand_on(&office, near, &mut put);
            drop(close);
            outcome
        })
    }

    fn hand_on<E>(
        &self,
        office: &Office,
        near: u32,
        put: &mut impl FnMut(&[u8], u64) -> Result<bool, E>,
    ) -> (u64, Result<bool, E>) {
        let mut place = self.range.start;
        for chunk in 0..self.chunks() {
            let Some(mut done) = self.done(office, chunk, near) else { break };
            if place >= self.extent(chunk).end {
                // One record is longer than the chunk.
                office.give_back(done.buffer);
                continue;
            }
            if done.start != Some(place) {
                done = self.chunk(chunk, Some(place), near, done.buffer);
            }
            let goes_on = put(done.buffer.get(done.kept.clone()).unwrap_or_default(), done.packets);
            place = done.end;
            let whole = done.whole;
            office.give_back(done.buffer);
            match goes_on {
                Ok(true) if whole => {}
                other => return (place, other),
            }
        }
        (place, Ok(true))
    }

    /// Waits until a chunk is ready, and does others meanwhile.
    fn done(&self, office: &Office, chunk: u64, near: u32) -> Option<Done> {
        let mut desk = office.desk();
        loop {
            if let Some(done) = desk.ready.remove(&chunk) {
                return Some(done);
            }
            desk = match self.take(&mut desk) {
                Some((taken, buffer)) => {
                    drop(desk);
                    let done = self.chunk(taken, None, near, buffer);
                    let mut desk = office.desk();
                    desk.ready.insert(taken, done);
                    desk
                }
                None if desk.over => return None,
                None => office.ready.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// What every other thread does.
    fn work(&self, office: &Office, near: u32) {
        let mut desk = office.desk();
        while !desk.over && desk.next < self.chunks() {
            desk = match self.take(&mut desk) {
                Some((taken, buffer)) => {
                    drop(desk);
                    let done = self.chunk(taken, None, near, buffer);
                    let mut desk = office.desk();
                    desk.ready.insert(taken, done);
                    office.ready.notify_one();
                    desk
                }
                None => office.free.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// The next chunk and a buffer for it, if there are both.
    fn take(&self, desk: &mut Desk) -> Option<(u64, Vec<u8>)> {
        if desk.over || desk.next >= self.chunks() {
            return None;
        }
        let buffer = match desk.free.pop() {
            Some(buffer) => buffer,
            None if desk.buffers < 2 * self.threads + 2 => {
                desk.buffers += 1;
                Vec::new()
            }
            None => return None,
        };
        desk.next += 1;
        Some((desk.next - 1, buffer))
    }

    fn chunks(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start).div_ceil(self.size as u64)
    }

    /// The bytes of the file in which the records of a chunk begin.
    fn extent(&self, chunk: u64) -> Range<u64> {
        let start = self.range.start + chunk * self.size as u64;
        start..(start + self.size as u64).min(self.range.end)
    }

    /// Works through a chunk from a record at `place`, or from where one seems to begin.
    fn chunk(&self, chunk: u64, place: Option<u64>, near: u32, mut buffer: Vec<u8>) -> Done {
        let Range { start: from, end } = self.extent(chunk);
        let until = (end - from) as usize;
        let mut got = self.fill(from, 0..self.size + TAIL, &mut buffer);
        let start = match place {
            Some(place) => Some((place - from) as usize),
            None if chunk == 0 => Some(0),
            None => self.plain.guess(buffer.get(..got).unwrap_or_default(), until, near),
        };
        let mut walk = Walk::new(self.plain, start.unwrap_or(until), u64::MAX);
        let mut kept = 0..0;
        loop {
            let bytes = buffer.get(..got).unwrap_or_default();
            if let Some(run) = walk.next(bytes, until, &self.wanted) {
                keep(&mut buffer, &mut kept, run);
                continue;
            }
            // The last record may be longer than what was read of it.
            let whole = self.plain.length(bytes, walk.at()).and_then(|length| walk.at().checked_add(length));
            match whole.filter(|whole| walk.at() < until && *whole > got && *whole < self.size + LONGEST) {
                Some(whole) if self.fill(from, got..whole, &mut buffer) == whole => got = whole,
                _ => break,
            }
        }
        Done {
            start: start.map(|start| from + start as u64),
            end: from + walk.at() as u64,
            whole: walk.at() >= until,
            kept,
            packets: walk.accepted(),
            buffer,
        }
    }

    /// Reads the part `place` of the buffer, which begins with the byte `from` of the file; says up to where there
    /// is something. Where reading fails, the file seems to end: who reads it the plain way finds out why.
    fn fill(&self, from: u64, place: Range<usize>, buffer: &mut Vec<u8>) -> usize {
        if buffer.len() < place.end {
            buffer.resize(place.end, 0);
        }
        let mut got = place.start;
        while let Some(room) = buffer.get_mut(got..place.end).filter(|room| !room.is_empty()) {
            match self.file.read_at(room, from + got as u64) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        got
    }
}

/// Moves a run behind what was kept so far.
fn keep(buffer: &mut [u8], kept: &mut Range<usize>, run: Range<usize>) {
    if kept.start == kept.end {
        *kept = run;
        return;
    }
    let to = kept.end;
    kept.end += run.len();
    buffer.copy_within(run, to);
}

impl Office {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, buffer: Vec<u8>) {
        self.desk().free.push(buffer);
        self.free.notify_one();
    }

    /// Nobody takes another chunk, and nobody waits for one.
    fn close(&self) {
        self.desk().over = true;
        self.ready.notify_all();
        self.free.notify_all();
    }
}

/// Closes the office when the thread that hands on ends, or another one in a panic.
struct Closing<'o> {
    office: &'o Office,
    always: bool,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if self.always || thread::panicking() {
            self.office.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_savefile::{Precision, Reader};
    use std::io::Write as _;

    /// A file of packets that are counted in their first bytes, and where its records begin.
    fn made(lengths: impl Iterator<Item = u32>) -> (Vec<u8>, Vec<u64>) {
        let mut bytes = Vec::new();
        for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 262_144, 1] {
            bytes.extend(word.to_ne_bytes());
        }
        let mut starts = Vec::new();
        for (n, length) in lengths.enumerate() {
            starts.push(bytes.len() as u64);
            for word in [1_700_000_000, n as u32, length, length] {
                bytes.extend(word.to_ne_bytes());
            }
            bytes.resize(bytes.len() + length as usize, n as u8);
        }
        (bytes, starts)
    }

    fn various(n: u32) -> impl Iterator<Item = u32> {
        (0..n).map(|n| n.wrapping_mul(2_654_435_761) >> 23)
    }

    /// Copies what is wanted, in chunks of `size`: the records, their number, and where it ended.
    fn copied(
        bytes: &[u8],
        size: usize,
        threads: usize,
        wanted: impl Fn(&[u8], u32) -> bool + Sync,
    ) -> (Vec<u8>, u64, u64) {
        let mut file = tempfile();
        file.write_all(bytes).unwrap();
        let plain = Reader::open(bytes).unwrap().plain(Precision::Micro).unwrap();
        let job = Job { file: &file, range: 24..bytes.len() as u64, threads, size, plain, wanted };
        let (mut all, mut packets) = (Vec::new(), 0);
        let (place, outcome) = job.run::<()>(|records, n| {
            all.extend_from_slice(records);
            packets += n;
            Ok(true)
        });
        assert_eq!(outcome, Ok(true));
        (all, packets, place)
    }

    /// A file without a name.
    fn tempfile() -> File {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gannet-parallel-{}-{number}", std::process::id()));
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file
    }

    #[test]
    fn chunks_of_any_size_give_the_whole_file_in_order() {
        let (bytes, starts) = made(various(3000));
        for size in [100, 1000, 4096, 65_537, 10_000_000] {
            for threads in [1, 2, 5] {
                let all = copied(&bytes, size, threads, |_, _| true);
                assert_eq!((all.1, all.2), (starts.len() as u64, bytes.len() as u64), "{size} {threads}");
                assert!(all.0 == bytes[24..], "{size} {threads}");
            }
        }
    }

    #[test]
    fn what_is_filtered_is_what_one_thread_filters() {
        let (bytes, _) = made(various(3000));
        let wanted = |packet: &[u8], _: u32| packet.first().is_some_and(|first| first % 3 == 0);
        let one = copied(&bytes, bytes.len(), 1, wanted);
        for size in [300, 5000, 70_000] {
            assert!(copied(&bytes, size, 3, wanted) == one, "{size}");
        }
        assert!(one.1 > 900 && one.1 < 1100);
    }

    #[test]
    fn a_record_may_be_longer_than_chunks() {
        let (bytes, _) = made([10, 200_000, 30, 150_000, 0, 7].into_iter());
        for size in [50, 1000, 100_000] {
            assert!(copied(&bytes, size, 3, |_, _| true).0 == bytes[24..], "{size}");
        }
    }

    /// Packets that hold whole records: every guess is wrong.
    #[test]
    fn packets_that_look_like_records_mislead_nobody() {
        let (inner, _) = made(various(40));
        let (mut bytes, starts) = made((0..200).map(|_| inner.len() as u32));
        for start in starts {
            let at = start as usize + 16;
            bytes[at..at + inner.len()].copy_from_slice(&inner);
        }
        for size in [1000, 5000, 70_000] {
            assert!(copied(&bytes, size, 3, |_, _| true).0 == bytes[24..], "{size}");
        }
    }

    #[test]
    fn it_ends_where_the_damage_begins() {
        let (mut bytes, starts) = made(various(3000));
        let at = starts[2000] as usize;
        bytes[at + 8..at + 12].fill(0xff);
        for (size, threads) in [(500, 3), (20_000, 2), (1_000_000, 1)] {
            let (all, packets, place) = copied(&bytes, size, threads, |_, _| true);
            assert_eq!((packets, place), (2000, at as u64));
            assert!(all == bytes[24..at]);
        }
        let cut = starts[1000] as usize + 20;
        let (_, packets, place) = copied(&bytes[..cut], 3000, 2, |_, _| false);
        assert_eq!((packets, place), (0, starts[1000]));
    }

    #[test]
    fn whoever_takes_it_can_end_it() {
        let (bytes, _) = made(various(3000));
        let mut file = tempfile();
        file.write_all(&bytes).unwrap();
        let plain = Reader::open(&bytes[..]).unwrap().plain(Precision::Micro).unwrap();
        let range = 24..bytes.len() as u64;
        let job = Job { file: &file, range, threads: 3, size: 2000, plain, wanted: |_: &[u8], _| true };
        for at in [1, 5, 50] {
            let mut calls = 0;
            let (_, outcome) = job.run(|_, _| {
                calls += 1;
                if calls < at { Ok(true) } else { Err("enough") }
            });
            assert_eq!((calls, outcome), (at, Err("enough")));
        }
    }
}

//! A large pcap file on several threads: cut into chunks, filtered in any order, handed on in the file's order.
//!
//! Where in the middle of a file a record begins, only the records before it say. Who takes a chunk guesses; when its
//! turn comes the chunk before has told, and a wrong guess only costs that the chunk is done again. What is accepted
//! is moved together in the chunk's own buffer, so each chunk is one piece for whoever takes it; where the file can be
//! shown in place, runs are handed on where they are, unless there are very many of them. There are two
//! buffers for each thread and two more: memory is flat, however slow the writing is. The thread that hands on works
//! like the others while there is nothing to hand on.

use gannet_capture::held::{Held, Shown};
use gannet_savefile::run::{Plain, Walk};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A chunk is so many bytes of the file: few enough that what was read is in a second-level cache when it is walked
/// through, all buffers of a thread together.
pub(super) const CHUNK: usize = 256 * 1024;
/// The same where the file is shown in place: many pages at once cost less.
pub(super) const SHOWN_CHUNK: usize = 2 * 1024 * 1024;
/// More runs than this in a chunk are shorter than what it takes to hand them on one by one.
const MANY: usize = 4096;
/// So much of the chunk behind it is read with it, for the end of its last record.
const TAIL: usize = 4 * 1024;
/// A record that is longer is not read here.
const LONGEST: usize = 4 * 1024 * 1024;

/// What is to be done: the records of `file` from one place up to another, on so many threads.
pub(super) struct Job<'f, F> {
    pub(super) file: &'f File,
    /// Who shows the file in place.
    pub(super) held: Option<&'f Held>,
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
    /// The chunk in place, if that is where the accepted records are.
    shown: Option<Shown>,
    /// The runs of them in that, or in the buffer, and how many records they are.
    kept: Vec<Range<usize>>,
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
        mut put: impl FnMut(&[IoSlice<'_>], u64) -> Result<bool, E>,
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
        put: &mut impl FnMut(&[IoSlice<'_>], u64) -> Result<bool, E>,
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
            let goes_on = put(&done.runs(), done.packets);
            place = done.end;
            let whole = done.whole;
            drop(done.shown);
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
    fn chunk(&self, chunk: u64, place: Option<u64>, near: u32, buffer: Vec<u8>) -> Done {
        let extent = self.extent(chunk);
        let until = (extent.end - extent.start) as usize;
        let begin = |bytes: &[u8]| match place {
            Some(place) => Some((place - extent.start) as usize),
            None if chunk == 0 => Some(0),
            None => self.plain.guess(bytes, until, near),
        };
        match self.show(extent.start, until + TAIL) {
            Some(shown) => self.in_place(extent.start, until, begin, shown, buffer),
            None => self.copied(extent.start, until, begin, buffer),
        }
    }

    /// So many bytes in place from `from` on, fewer at the end of the file.
    fn show(&self, from: u64, length: usize) -> Option<Shown> {
        self.held?.show(from..from.saturating_add(length as u64))
    }

    /// Works through a chunk in place. Runs stay there, unless they are so many that they must be short.
    fn in_place(
        &self,
        from: u64,
        until: usize,
        begin: impl Fn(&[u8]) -> Option<usize>,
        mut shown: Shown,
        mut buffer: Vec<u8>,
    ) -> Done {
        buffer.clear();
        let start = begin(&shown);
        let mut walk = Walk::new(self.plain, start.unwrap_or(until), u64::MAX).through_cold();
        let mut kept = Vec::new();
        loop {
            if let Some(run) = walk.next(&shown, until, &self.wanted) {
                if buffer.is_empty() {
                    kept.push(run);
                } else {
                    buffer.extend_from_slice(shown.get(run).unwrap_or_default());
                }
                if kept.len() > MANY {
                    for run in kept.drain(..) {
                        buffer.extend_from_slice(shown.get(run).unwrap_or_default());
                    }
                }
                continue;
            }
            match self.missing(&walk, &shown, until).and_then(|whole| Some((whole, self.show(from, whole)?)))
            {
                Some((whole, more)) if more.len() >= whole => shown = more,
                _ => break,
            }
        }
        if buffer.is_empty() {
            return Done { shown: Some(shown), kept, ..Done::of(&walk, from, start, until, 0..0, buffer) };
        }
        Done::of(&walk, from, start, until, 0..buffer.len(), buffer)
    }

    /// Works through a chunk that is read into the buffer.
    fn copied(
        &self,
        from: u64,
        until: usize,
        begin: impl Fn(&[u8]) -> Option<usize>,
        mut buffer: Vec<u8>,
    ) -> Done {
        let mut got = self.fill(from, 0..self.size + TAIL, &mut buffer);
        let start = begin(buffer.get(..got).unwrap_or_default());
        let mut walk = Walk::new(self.plain, start.unwrap_or(until), u64::MAX);
        let mut kept = 0..0;
        loop {
            let bytes = buffer.get(..got).unwrap_or_default();
            if let Some(run) = walk.next(bytes, until, &self.wanted) {
                keep(&mut buffer, &mut kept, run);
                continue;
            }
            match self.missing(&walk, bytes, until) {
                Some(whole) if self.fill(from, got..whole, &mut buffer) == whole => got = whole,
                _ => break,
            }
        }
        Done::of(&walk, from, start, until, kept, buffer)
    }

    /// How much of the file is needed from where `bytes` begin, if the last record is longer than what is there of it.
    fn missing(&self, walk: &Walk, bytes: &[u8], until: usize) -> Option<usize> {
        let whole = walk.at().checked_add(self.plain.length(bytes, walk.at())?)?;
        (walk.at() < until && whole > bytes.len() && whole < self.size + LONGEST).then_some(whole)
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

impl Done {
    /// Of a walk that began at `start` in bytes from `from` on, and was to end at `until`.
    fn of(
        walk: &Walk,
        from: u64,
        start: Option<usize>,
        until: usize,
        kept: Range<usize>,
        buffer: Vec<u8>,
    ) -> Self {
        Self {
            start: start.map(|start| from + start as u64),
            end: from + walk.at() as u64,
            whole: walk.at() >= until,
            shown: None,
            kept: vec![kept],
            packets: walk.accepted(),
            buffer,
        }
    }

    /// What was accepted.
    fn runs(&self) -> Vec<IoSlice<'_>> {
        let bytes = self.shown.as_deref().unwrap_or(&self.buffer);
        self.kept.iter().map(|run| IoSlice::new(bytes.get(run.clone()).unwrap_or_default())).collect()
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
        let file = stored(bytes);
        let plain = Reader::open(bytes).unwrap().plain(Precision::Micro).unwrap();
        let mut job =
            Job { file: &file, held: None, range: 24..bytes.len() as u64, threads, size, plain, wanted };
        let gather = |job: &Job<'_, _>| {
            let (mut all, mut packets) = (Vec::new(), 0);
            let (place, outcome) = job.run::<()>(|runs, n| {
                runs.iter().for_each(|run| all.extend_from_slice(run));
                packets += n;
                Ok(true)
            });
            assert_eq!(outcome, Ok(true));
            (all, packets, place)
        };
        let copied = gather(&job);
        match &Held::take(file.try_clone().unwrap()) {
            Ok(held) => {
                job.held = Some(held);
                assert!(gather(&job) == copied, "in place");
            }
            Err(error) => eprintln!("SKIPPED: chunks in place, for there is no lease: {error}"),
        }
        copied
    }

    /// A file without a name, to be read.
    fn stored(bytes: &[u8]) -> File {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gannet-parallel-{}-{number}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let file = File::open(&path).unwrap();
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
        let file = stored(&bytes);
        let plain = Reader::open(&bytes[..]).unwrap().plain(Precision::Micro).unwrap();
        let range = 24..bytes.len() as u64;
        let job =
            Job { file: &file, held: None, range, threads: 3, size: 2000, plain, wanted: |_: &[u8], _| true };
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

//! Printing on several threads: the text of one printer, to the byte, in the order of the packets.
//!
//! Whoever reads packets gathers them into chunks, and lets each leave behind what later ones need to know of it, without
//! a word. So every chunk begins with a printer that knows what was before, and any thread can print it; texts
//! are handed out in order. There are few chunks, so memory is flat. When all of them are on their way, the thread that
//! gathers prints too.
//!
//! # Contract
//! What is handed out is what [`Printer::print`] would have written, call by call. A [`Team`] does no output of its own,
//! and starts no thread before there is a full chunk.

use crate::Printer;
use gannet_wire::{Direction, LinkType, Record, Timestamp, VlanTag};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// A chunk is at most so many packets, and about so many bytes of them: enough that to wake a thread for it costs
/// little beside it, few enough that they are in a cache still when they are printed.
const CHUNK: Size = Size { packets: 2048, bytes: 512 * 1024 };
/// A longer text gives back what it took.
const LONG: usize = 8 * 1024 * 1024;

#[derive(Clone, Copy, Debug)]
struct Size {
    packets: usize,
    bytes: usize,
}

/// Several threads that print.
pub struct Team {
    office: Arc<Office>,
    /// How many threads there are to be, the one that gathers included.
    threads: usize,
    started: Vec<JoinHandle<()>>,
    size: Size,
    /// What is being gathered.
    chunk: Chunk,
    spare: Vec<Chunk>,
    /// How many chunks were passed on, and how many texts were handed out.
    passed: u64,
    handed: u64,
    /// Somebody has asked for an end, and the last text ended early.
    cut: bool,
}

impl Team {
    /// So many threads, the one that calls included. When `stop` is set they end with the packet that they are at.
    pub fn new(threads: usize, stop: Arc<AtomicBool>) -> Self {
        let office = Office { stop, quit: AtomicBool::new(false), ..Office::default() };
        Team {
            office: Arc::new(office),
            threads,
            started: Vec::new(),
            size: CHUNK,
            chunk: Chunk::default(),
            spare: Vec::new(),
            passed: 0,
            handed: 0,
            cut: false,
        }
    }

    /// The same with chunks of so many packets: tests want many of them.
    #[must_use]
    pub fn with_chunks_of(mut self, packets: usize) -> Self {
        self.size.packets = packets;
        self
    }

    /// Has a packet printed, by `printer` or another like it; texts that are ready are handed to `put`. The printer is
    /// the same each time: it knows what was before.
    ///
    /// # Errors
    /// What `put` gave. Texts are lost then, and the team is of no more use.
    pub fn print<E>(
        &mut self,
        printer: &mut Printer,
        record: &Record<'_>,
        number: u64,
        mut put: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let most = 2 * self.threads as u64 + 1;
        let same = |begun: &Printer| begun.json.interfaces.is(&printer.json.interfaces);
        if !self.chunk.printer.as_ref().is_some_and(same) {
            self.finish_chunk();
            self.hand_out(most, &mut put)?;
            self.chunk.printer = Some(printer.share());
        }
        self.chunk.keep(record, number);
        printer.skip(record);
        if !self.chunk.is_full(self.size) {
            return Ok(());
        }
        self.pass_on();
        self.hand_out(most, put)
    }

    /// Waits until all is printed, and hands it out. `false`: somebody has asked for an end, and packets were left out.
    ///
    /// # Errors
    /// As [`Team::print`].
    pub fn finish<E>(&mut self, put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<bool, E> {
        self.finish_chunk();
        self.hand_out(0, put)?;
        Ok(!self.cut)
    }

    fn finish_chunk(&mut self) {
        if !self.chunk.packets.is_empty() {
            self.pass_on();
        }
    }

    /// Leaves the chunk to whoever is free, and begins another.
    fn pass_on(&mut self) {
        let chunk = std::mem::replace(&mut self.chunk, self.spare.pop().unwrap_or_default());
        // The last one is printed here before a thread is awake.
        if chunk.is_full(self.size) && self.started.len() + 1 < self.threads {
            let office = self.office.clone();
            // Fewer threads do it too.
            self.started.extend(thread::Builder::new().name("print".to_owned()).spawn(move || office.work()));
        }
        self.office.desk().waiting.push_back((self.passed, chunk));
        self.office.waiting.notify_one();
        self.passed += 1;
    }

    /// Hands out what is ready, until no more than `most` chunks are on their way.
    fn hand_out<E>(&mut self, most: u64, mut put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let office = self.office.clone();
        let mut desk = office.desk();
        loop {
            if let Some(chunk) = desk.ready.remove(&self.handed) {
                drop(desk);
                self.handed += 1;
                self.hand(chunk, &mut put)?;
                desk = office.desk();
            } else if self.passed - self.handed <= most {
                return Ok(());
            } else if let Some((number, mut chunk)) = desk.waiting.pop_front() {
                drop(desk);
                chunk.print(&office);
                desk = office.desk();
                desk.ready.insert(number, chunk);
            } else if desk.over {
                drop(desk);
                return self.fall();
            } else {
                desk = office.ready.wait(desk).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn hand<E>(&mut self, mut chunk: Chunk, put: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if !self.cut && !chunk.text.is_empty() {
            put(&chunk.text)?;
        }
        self.cut |= !chunk.whole;
        chunk.empty();
        self.spare.push(chunk);
        Ok(())
    }

    /// A thread has panicked: so does this one.
    fn fall<E>(&mut self) -> Result<(), E> {
        match self.started.drain(..).find_map(|thread| thread.join().err()) {
            Some(panic) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }
}

impl Drop for Team {
    /// Nobody waits for the threads: one may ask for a name.
    fn drop(&mut self) {
        self.office.quit.store(true, Ordering::Relaxed);
        self.office.close();
    }
}

/// Packets, and in the end their text.
#[derive(Default)]
struct Chunk {
    /// What knows of all packets before these.
    printer: Option<Printer>,
    bytes: Vec<u8>,
    packets: Vec<Kept>,
    text: Vec<u8>,
    /// All of them were printed.
    whole: bool,
}

/// What is said of a packet in a chunk; its bytes are behind those of the one before.
struct Kept {
    number: u64,
    caplen: usize,
    length: u32,
    time: Timestamp,
    link: LinkType,
    interface: u32,
    direction: Direction,
    vlan: Option<VlanTag>,
}

impl Chunk {
    fn keep(&mut self, record: &Record<'_>, number: u64) {
        let Record { bytes, length, time, link, interface, direction, vlan } = *record;
        self.bytes.extend_from_slice(bytes);
        self.packets.push(Kept {
            number,
            caplen: bytes.len(),
            length,
            time,
            link,
            interface,
            direction,
            vlan,
        });
    }

    fn is_full(&self, size: Size) -> bool {
        self.packets.len() >= size.packets || self.bytes.len() >= size.bytes
    }

    fn print(&mut self, office: &Office) {
        // Gone when it is done: who gathers need not copy what nobody else has.
        let Some(mut printer) = self.printer.take() else { return };
        let mut rest = self.bytes.as_slice();
        for packet in &self.packets {
            let Some((bytes, behind)) = rest.split_at_checked(packet.caplen) else { return };
            if office.is_to_end() {
                return;
            }
            let Kept { number, length, time, link, interface, direction, vlan, .. } = *packet;
            let record = Record { bytes, length, time, link, interface, direction, vlan };
            printer.print(&record, number, &mut self.text);
            rest = behind;
        }
        self.whole = true;
    }

    fn empty(&mut self) {
        self.bytes.clear();
        self.packets.clear();
        self.text.clear();
        self.text.shrink_to(LONG);
        self.whole = false;
    }
}

/// What the threads share.
#[derive(Default)]
struct Office {
    desk: Mutex<Desk>,
    /// Rings when a chunk waits.
    waiting: Condvar,
    /// Rings when one is ready.
    ready: Condvar,
    /// A user wants an end.
    stop: Arc<AtomicBool>,
    /// Nobody wants what is printed.
    quit: AtomicBool,
}

#[derive(Default)]
struct Desk {
    /// Chunks that nobody has begun, by their number.
    waiting: VecDeque<(u64, Chunk)>,
    /// Those that are printed and were not handed out.
    ready: BTreeMap<u64, Chunk>,
    /// No more will come, or a thread has panicked.
    over: bool,
}

impl Office {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_to_end(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.quit.load(Ordering::Relaxed)
    }

    /// What every thread of the team does.
    fn work(&self) {
        let _fall = Fall(self);
        let mut desk = self.desk();
        while !desk.over {
            desk = match desk.waiting.pop_front() {
                Some((number, mut chunk)) => {
                    drop(desk);
                    chunk.print(self);
                    let mut desk = self.desk();
                    desk.ready.insert(number, chunk);
                    self.ready.notify_one();
                    desk
                }
                None => self.waiting.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn close(&self) {
        self.desk().over = true;
        self.waiting.notify_all();
        self.ready.notify_all();
    }
}

/// Tells all others of a panic.
struct Fall<'o>(&'o Office);

impl Drop for Fall<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

//! What a `pcap_t` is.

use crate::capture::Capture;
use crate::edge::{ERRBUF_SIZE, fitting};
use crate::savefile::Savefile;
use crate::status::{ACTIVATED, ERROR};
use gannet_pcap::capture::{Stamp, Stopper};
use gannet_pcap::{Code, LinkType};
use libc::{c_char, c_int, timeval};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A `pcap_t`. Everything in it is changed through a shared reference, because a callback may call any function on the
/// handle that it was called from.
pub struct Handle {
    /// What to open; empty for what is no interface.
    pub device: String,
    /// What was asked for.
    pub settings: Cell<Settings>,
    /// Where packets come from, and what runs on them here.
    inner: Mutex<Inner>,
    /// What packets begin with, as libpcap's number.
    pub link: Cell<c_int>,
    /// Bytes of a packet that are kept; as set, until it is open.
    pub snapshot: Cell<c_int>,
    /// Somebody wants reading to stop.
    breaking: AtomicBool,
    /// What wakes a capture that waits.
    pub stopper: OnceLock<Stopper>,
    /// The packet that was given last.
    pub packet: RefCell<Vec<u8>>,
    /// Its header, where C looks for it.
    pub header: UnsafeCell<PacketHeader>,
    /// The words about the last error.
    words: UnsafeCell<[u8; ERRBUF_SIZE + 1]>,
    /// How many loops are running on it, one in the callback of another.
    loops: Cell<u32>,
    /// It was closed from a callback.
    closed: Cell<bool>,
}

/// What may be asked for before a handle is open.
#[derive(Clone, Copy)]
pub struct Settings {
    pub promiscuous: bool,
    pub monitor: bool,
    /// Whose clock stamps packets.
    pub stamp: Stamp,
    /// Milliseconds; 0 is for ever.
    pub timeout: c_int,
    pub immediate: bool,
    /// Bytes; 0 is what we like.
    pub buffer: c_int,
    pub nonblock: bool,
    /// Whether time is counted in nanoseconds.
    pub nano: bool,
    /// The ethertype to capture; 0 is all.
    pub protocol: u16,
}

/// Where packets come from, and what runs on them here.
pub struct Inner {
    pub source: Source,
    /// The filter, where the kernel does not run it.
    pub filter: Option<Code>,
}

/// Where packets come from.
pub enum Source {
    /// An interface that is not open yet.
    Inactive,
    /// Nowhere: the handle is for compiling and writing only.
    Dead,
    /// A file.
    File(Box<Savefile>),
    /// An interface.
    Live(Box<Capture>),
}

/// What stands before each packet: `struct pcap_pkthdr`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PacketHeader {
    /// When it was seen; the fraction is in microseconds or nanoseconds, as the handle has it.
    pub ts: timeval,
    /// How many bytes there are of it.
    pub caplen: u32,
    /// How many there were on the wire.
    pub len: u32,
}

impl PacketHeader {
    const NONE: Self = Self { ts: timeval { tv_sec: 0, tv_usec: 0 }, caplen: 0, len: 0 };
}

impl Handle {
    /// A handle for packets from there.
    pub fn new(source: Source, device: String, link: c_int, snapshot: c_int, nano: bool) -> Self {
        let settings = Settings {
            promiscuous: false,
            monitor: false,
            stamp: Stamp::Host,
            timeout: 0,
            immediate: false,
            buffer: 0,
            nonblock: false,
            nano,
            protocol: 0,
        };
        Self {
            device,
            settings: Cell::new(settings),
            inner: Mutex::new(Inner { source, filter: None }),
            link: Cell::new(link),
            snapshot: Cell::new(snapshot),
            breaking: AtomicBool::new(false),
            stopper: OnceLock::new(),
            packet: RefCell::default(),
            header: UnsafeCell::new(PacketHeader::NONE),
            words: UnsafeCell::new([0; ERRBUF_SIZE + 1]),
            loops: Cell::new(0),
            closed: Cell::new(false),
        }
    }

    /// Hands it to C.
    pub fn into_c(self) -> *mut Self {
        Box::into_raw(Box::new(self))
    }

    /// Where packets come from. Nobody holds this while a callback runs.
    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps words about an error, and gives the number that says there was one.
    pub fn fail(&self, words: impl AsRef<str>) -> c_int {
        self.say(words);
        ERROR
    }

    /// Keeps words about an error, or a warning.
    pub fn say(&self, words: impl AsRef<str>) {
        let words = fitting(words.as_ref(), ERRBUF_SIZE - 1);
        // SAFETY: a handle is used by one thread at a time, and nobody keeps a reference to what is in the cell.
        let to = unsafe { &mut *self.words.get() };
        for (to, from) in to.iter_mut().zip(words.bytes().chain([0])) {
            *to = from;
        }
    }

    /// Where the words about the last error are.
    pub fn words(&self) -> *mut c_char {
        self.words.get().cast()
    }

    /// The words about the last error.
    pub fn said(&self) -> String {
        // SAFETY: as in `say`.
        let words = unsafe { &*self.words.get() };
        String::from_utf8_lossy(words.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
    }

    /// Keeps the header of the packet that is given, and says where.
    pub fn keep(&self, header: PacketHeader) -> *mut PacketHeader {
        // SAFETY: a handle is used by one thread at a time, and nobody keeps a reference to what is in the cell.
        unsafe { *self.header.get() = header };
        self.header.get()
    }

    /// Whether settings can still be changed: 0, or why not.
    pub fn changeable(&self) -> c_int {
        if matches!(self.inner().source, Source::Inactive) {
            return 0;
        }
        self.say("can't perform  operation on activated capture");
        ACTIVATED
    }

    /// Changes the settings, if that is still possible.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) -> c_int {
        let status = self.changeable();
        if status == 0 {
            let mut settings = self.settings.get();
            change(&mut settings);
            self.settings.set(settings);
        }
        status
    }

    /// The link type that filters and savefiles know it by.
    pub fn link_type(&self) -> Option<LinkType> {
        LinkType::from_dlt(u32::try_from(self.link.get()).ok()?)
    }

    /// Stops reading, now or when it next begins. For signal handlers and other threads too: an atomic store and a
    /// write to a descriptor.
    pub fn stop(&self) {
        self.breaking.store(true, Ordering::Relaxed);
        if let Some(stopper) = self.stopper.get() {
            stopper.stop();
        }
    }

    /// Whether somebody wants reading to stop.
    pub fn is_stopping(&self) -> bool {
        self.breaking.load(Ordering::Relaxed)
    }

    /// Forgets that somebody wanted it.
    pub fn go_on(&self) {
        self.breaking.store(false, Ordering::Relaxed);
    }

    /// Whether it was closed from a callback.
    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Notes that a loop begins.
    pub fn enter(&self) {
        self.loops.set(self.loops.get().saturating_add(1));
    }

    /// Notes that a loop ends; says whether nobody needs the handle any more.
    pub fn leave(&self) -> bool {
        self.loops.set(self.loops.get().saturating_sub(1));
        self.closed.get() && self.loops.get() == 0
    }

    /// Ends what it reads from; says whether nobody needs the handle any more.
    pub fn close(&self) -> bool {
        *self.inner() = Inner { source: Source::Dead, filter: None };
        self.closed.set(true);
        self.loops.get() == 0
    }
}

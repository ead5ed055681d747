//! Packets out of a handle: loops, single packets, waiting, counters.

use crate::capture::Looked;
use crate::edge::{Errbuf, say};
use crate::handle::{Handle, PacketHeader, Source};
use crate::open::open;
use crate::savefile::of_file;
use crate::status::{BREAK, ERROR, NOT_ACTIVATED};
use crate::stdio::Stream;
use gannet_pcap::Record;
use gannet_pcap::capture::Accept;
use libc::{c_int, c_uint, timeval};
use std::mem::{self, MaybeUninit};
use std::ptr;

/// A function of the program's that is given each packet.
type Callback = unsafe extern "C" fn(*mut u8, *const PacketHeader, *const u8);

/// What a step of reading came to.
enum Step {
    /// A packet, which is in the buffer.
    Packet(PacketHeader),
    /// None in the time given.
    Nothing,
    /// The end of the file.
    End,
    /// An error, whose number this is; the handle has the words.
    Failed(c_int),
}

/// Reads packets until `count` were given (none above 0: until the file ends), somebody stops it, or something fails.
///
/// # Safety
/// The handle is one that this library gave and is not closed; the callback may be called with `user`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_loop(
    p: *mut Handle,
    count: c_int,
    callback: Option<Callback>,
    user: *mut u8,
) -> c_int {
    let mut left = count;
    // A callback that closes the handle ends this by a number below 0.
    on(p, |p| {
        loop {
            let file = matches!(p.inner().source, Source::File(_));
            // SAFETY: promised by the caller.
            let given = unsafe { dispatch(p, left, callback, user) };
            if given < 0 || (given == 0 && file) {
                return given;
            }
            if count > 0 {
                left -= given;
                if left <= 0 {
                    return 0;
                }
            }
        }
    })
}

/// Reads the packets that are there, at most `count` of them if that is above 0; waits for some if there are none. Of a
/// file, all are there.
///
/// # Safety
/// As `pcap_loop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_dispatch(
    p: *mut Handle,
    count: c_int,
    callback: Option<Callback>,
    user: *mut u8,
) -> c_int {
    // SAFETY: promised by the caller.
    on(p, |p| unsafe { dispatch(p, count, callback, user) })
}

/// Runs `work` on a handle that may be closed meanwhile, and ends it after that.
fn on(p: *mut Handle, work: impl FnOnce(&Handle) -> c_int) -> c_int {
    // SAFETY: null, or a handle, which is alive until `leave` says that it was closed and no other loop is running.
    let Some(handle) = (unsafe { p.as_ref() }) else { return ERROR };
    handle.enter();
    let status = work(handle);
    if handle.leave() {
        // SAFETY: made by `Handle::into_c`, and closed by its owner, in a callback of the loop that ends here.
        drop(unsafe { Box::from_raw(p) });
    }
    status
}

/// One turn of a loop.
///
/// # Safety
/// The callback may be called with `user`.
unsafe fn dispatch(p: &Handle, count: c_int, callback: Option<Callback>, user: *mut u8) -> c_int {
    let Some(callback) = callback else { return p.fail("No callback was given") };
    // Taken out, so that whoever reads from the callback has another.
    let mut buffer = mem::take(&mut *p.packet.borrow_mut());
    let mut given: c_int = 0;
    let status = loop {
        if p.is_stopping() {
            break stopped(p, given);
        }
        match step(p, given > 0, &mut buffer) {
            Step::Packet(header) => {
                // SAFETY: promised by the caller; the packet is as long as the header says, and stays until the call is
                // over. Nothing of the handle is locked or borrowed meanwhile.
                unsafe { callback(user, &raw const header, buffer.as_ptr()) };
                given = given.saturating_add(1);
                if p.is_closed() {
                    break BREAK;
                }
                if (count > 0 && given >= count) || given == c_int::MAX {
                    break given;
                }
            }
            Step::Nothing if p.is_stopping() => break stopped(p, given),
            Step::Nothing | Step::End => break given,
            Step::Failed(status) => break status,
        }
    };
    if let Ok(mut place) = p.packet.try_borrow_mut()
        && place.is_empty()
    {
        *place = buffer;
    }
    status
}

/// What a loop that was stopped returns: packets that were given count first, and then it is stopped still.
fn stopped(p: &Handle, given: c_int) -> c_int {
    if given > 0 {
        return given;
    }
    p.go_on();
    BREAK
}

/// Reads one packet into the buffer. Waits if the handle does, unless only the `rest` of what was found before is wanted.
fn step(p: &Handle, rest: bool, buffer: &mut Vec<u8>) -> Step {
    let settings = p.settings.get();
    let mut header = None;
    let mut receive = |record: &Record<'_>| {
        buffer.clear();
        buffer.extend_from_slice(record.bytes);
        header = Some(header_of(record, settings.nano));
    };
    let mut inner = p.inner();
    let inner = &mut *inner;
    let failed = match &mut inner.source {
        Source::Inactive => {
            p.say("This handle hasn't been activated yet");
            return Step::Failed(NOT_ACTIVATED);
        }
        Source::Dead => Some("Packets aren't available from a pcap_open_dead pcap_t".to_owned()),
        Source::File(file) => match file.next(inner.filter.as_ref(), receive) {
            Ok(false) => return Step::End,
            Ok(true) => None,
            Err(words) => Some(words),
        },
        Source::Live(capture) => loop {
            if rest && !capture.has_rest() {
                return Step::Nothing;
            }
            match capture.next(inner.filter.as_ref(), settings.nonblock, &mut receive) {
                Ok(Looked::Packet) => break None,
                Err(words) => break Some(words),
                // Whoever waits for ever is told of packets, or of being stopped, and of nothing else.
                Ok(Looked::Nothing) if rest || settings.nonblock => return Step::Nothing,
                Ok(Looked::Nothing) if !capture.waits_for_ever() || p.is_stopping() => return Step::Nothing,
                Ok(Looked::Nothing) => {}
            }
        },
    };
    match (failed, header) {
        (Some(words), _) => Step::Failed(p.fail(words)),
        (None, Some(header)) => Step::Packet(header),
        (None, None) => Step::Nothing,
    }
}

fn header_of(record: &Record<'_>, nano: bool) -> PacketHeader {
    let fraction = if nano { record.time.nanos } else { record.time.nanos / 1000 };
    PacketHeader {
        ts: timeval { tv_sec: record.time.seconds, tv_usec: i64::try_from(fraction).unwrap_or(i64::MAX) },
        caplen: u32::try_from(record.bytes.len()).unwrap_or(u32::MAX),
        len: record.length,
    }
}

/// Reads one packet, which stays where it is until the next is read: 1, 0 if none came in time, -2 at the end of a file.
fn single(p: &Handle) -> Result<(*mut PacketHeader, *const u8), c_int> {
    if p.is_stopping() {
        return Err(stopped(p, 0));
    }
    let mut buffer = mem::take(&mut *p.packet.borrow_mut());
    let found = step(p, false, &mut buffer);
    let place = buffer.as_ptr();
    *p.packet.borrow_mut() = buffer;
    match found {
        Step::Packet(header) => Ok((p.keep(header), place)),
        Step::Nothing if p.is_stopping() => Err(stopped(p, 0)),
        Step::Nothing => Err(0),
        Step::End => Err(BREAK),
        Step::Failed(status) => Err(status),
    }
}

/// The next packet; null if there is none, for whatever reason. A time limit that is over is none, unless the handle never
/// waits: many a program takes null for the end, since on Linux libpcap never gives it for that.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_next(p: Option<&Handle>, header: Option<&mut MaybeUninit<PacketHeader>>) -> *const u8 {
    let Some(p) = p else { return ptr::null() };
    let (found, bytes) = loop {
        match single(p) {
            Ok(found) => break found,
            Err(0) if !p.settings.get().nonblock => {}
            Err(_) => return ptr::null(),
        }
    };
    if let Some(header) = header {
        // SAFETY: `single` gave the place of a header, which stays until the next packet is read.
        header.write(unsafe { *found });
    }
    bytes
}

/// The next packet: 1 if there is one, 0 if none came in time, -2 at the end of a file or when stopped.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_next_ex(
    p: Option<&Handle>,
    header: Option<&mut MaybeUninit<*mut PacketHeader>>,
    bytes: Option<&mut MaybeUninit<*const u8>>,
) -> c_int {
    let Some(p) = p else { return ERROR };
    // There is always a header to look at, for those who look too soon.
    header.map(|to| to.write(p.header.get()));
    match single(p) {
        Ok((_, place)) => {
            bytes.map(|to| to.write(place));
            1
        }
        Err(status) => status,
    }
}

/// Makes the loop that runs on the handle end, or the next one that begins.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_breakloop(p: Option<&Handle>) {
    if let Some(p) = p {
        p.stop();
    }
}

/// Whether reading never waits.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_getnonblock(p: Option<&Handle>, errbuf: Option<&mut Errbuf>) -> c_int {
    let Some(p) = p else { return ERROR };
    let status = match p.inner().source {
        Source::Inactive => {
            p.say("This handle hasn't been activated yet");
            NOT_ACTIVATED
        }
        Source::Dead => p.fail("A pcap_open_dead pcap_t does not have a non-blocking mode setting"),
        // Reading a file never waits for packets, and always for the disk.
        Source::File(_) => 0,
        Source::Live(_) => p.settings.get().nonblock.into(),
    };
    if status < 0 {
        say(errbuf, &p.said());
    }
    status
}

/// Makes reading never wait, or wait again.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_setnonblock(p: Option<&Handle>, on: c_int, errbuf: Option<&mut Errbuf>) -> c_int {
    let Some(p) = p else { return ERROR };
    let status = match p.inner().source {
        Source::Dead => p.fail("A pcap_open_dead pcap_t does not have a non-blocking mode setting"),
        Source::File(_) => p.fail("Savefiles cannot be put into non-blocking mode"),
        Source::Inactive | Source::Live(_) => {
            let mut settings = p.settings.get();
            settings.nonblock = on != 0;
            p.settings.set(settings);
            0
        }
    };
    if status < 0 {
        say(errbuf, &p.said());
    }
    status
}

/// The descriptor of a capture; -1 for other handles.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_fileno(p: Option<&Handle>) -> c_int {
    let Some(p) = p else { return ERROR };
    match &p.inner().source {
        Source::Live(capture) => capture.descriptor(),
        _ => ERROR,
    }
}

/// The descriptor to wait for, that of a savefile too; -1 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_get_selectable_fd(p: Option<&Handle>) -> c_int {
    let file = p.and_then(|p| of_file(p, |file| file.stream()));
    file.map_or_else(|| pcap_fileno(p), Stream::descriptor)
}

/// How long a program may wait for the descriptor at most; null: as long as it likes, as for all that is read here.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_get_required_select_timeout(p: Option<&Handle>) -> *const timeval {
    let _ = p;
    ptr::null()
}

/// What became of packets: `struct pcap_stat`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Stat {
    /// Packets that passed the filter.
    pub received: c_uint,
    /// Those of them for which there was no room.
    pub dropped: c_uint,
    /// Packets that the interface lost.
    pub interface_dropped: c_uint,
}

/// What became of packets since the capture began. The counters wrap, as C's do.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_stats(p: Option<&Handle>, stat: Option<&mut MaybeUninit<Stat>>) -> c_int {
    open(p, |p| {
        let mut inner = p.inner();
        let counted = match &mut inner.source {
            Source::Live(capture) => capture.live().stats().map_err(|error| error.to_string()),
            Source::File(_) => Err("Statistics aren't available from savefiles".to_owned()),
            _ => Err("Statistics aren't available from a pcap_open_dead pcap_t".to_owned()),
        };
        match (counted, stat) {
            (Ok(counted), Some(stat)) => {
                stat.write(Stat {
                    received: counted.received as c_uint,
                    dropped: counted.dropped as c_uint,
                    interface_dropped: counted.interface_dropped as c_uint,
                });
                0
            }
            (Ok(_), None) => ERROR,
            (Err(words), _) => p.fail(words),
        }
    })
}

/// Chooses packets by where they go: both ways (0), in (1), out (2).
#[unsafe(no_mangle)]
pub extern "C" fn pcap_setdirection(p: Option<&Handle>, direction: c_uint) -> c_int {
    open(p, |p| {
        let accept = match direction {
            0 => Accept::Both,
            1 => Accept::In,
            2 => Accept::Out,
            _ => return p.fail("Invalid direction"),
        };
        match &mut p.inner().source {
            Source::Live(capture) => {
                capture.live().set_accept(accept);
                0
            }
            Source::File(_) => p.fail("Setting direction is not supported on savefiles"),
            _ => p.fail("The packet direction cannot be set on a pcap_open_dead pcap_t"),
        }
    })
}

//! Handles for interfaces, in two steps, and for nothing; what can be asked for in between.

use crate::capture::{Capture, why_not};
use crate::edge::{Errbuf, Text, say};
use crate::handle::{Handle, Source};
use crate::status::{ACTIVATED, ERROR, NO_SUCH_DEVICE, NOT_ACTIVATED};
use gannet_pcap::capture::devices;
use gannet_pcap::capture::link::ANY;
use gannet_pcap::capture::monitor::can_monitor;
use gannet_pcap::capture::open::MAX_SNAPLEN;
use libc::{c_int, c_uint};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

/// What `pcap_init` was asked for, and 1; 0 if it was not called.
static CHOSEN: AtomicU32 = AtomicU32::new(0);

/// Whether the program called `pcap_init`, which makes some old functions refuse to work.
pub fn is_new() -> bool {
    CHOSEN.load(Ordering::Relaxed) != 0
}

/// Chooses the encoding of names: that of the locale (0) or UTF-8 (1), which on Linux is the same to us.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_init(options: c_uint, errbuf: Option<&mut Errbuf>) -> c_int {
    if options > 1 {
        say(errbuf, "Unknown options specified");
        return ERROR;
    }
    match CHOSEN.compare_exchange(0, options + 1, Ordering::Relaxed, Ordering::Relaxed) {
        Err(other) if other != options + 1 => {
            say(errbuf, "Multiple pcap_init calls with different character encodings");
            ERROR
        }
        _ => 0,
    }
}

/// A handle for an interface, not open yet; null is all interfaces.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_create(device: Text, errbuf: Option<&mut Errbuf>) -> *mut Handle {
    let _ = errbuf;
    let name = device.get().map_or_else(|| ANY.to_owned(), |name| name.to_string_lossy().into_owned());
    Handle::new(Source::Inactive, name, 0, 0, false).into_c()
}

/// Opens it: 0, a warning above that, or an error below.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_activate(p: Option<&Handle>) -> c_int {
    let Some(p) = p else { return ERROR };
    if p.changeable() != 0 {
        return ACTIVATED;
    }
    p.say("");
    match Capture::open(p) {
        Ok((capture, status, words)) => {
            p.inner().source = Source::Live(Box::new(capture));
            p.say(words);
            status
        }
        Err((status, words)) => {
            p.say(words);
            status
        }
    }
}

/// All of it at once, as it was done before there were two steps.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_open_live(
    device: Text,
    snaplen: c_int,
    promiscuous: c_int,
    timeout: c_int,
    errbuf: Option<&mut Errbuf>,
) -> *mut Handle {
    let name = device.get().map_or_else(|| ANY.to_owned(), |name| name.to_string_lossy().into_owned());
    let handle = Handle::new(Source::Inactive, name, 0, snaplen, false);
    handle.set(|settings| (settings.promiscuous, settings.timeout) = (promiscuous != 0, timeout));
    let status = pcap_activate(Some(&handle));
    if status < 0 {
        say(errbuf, &why_not(&handle.device, status, &handle.said()));
        return ptr::null_mut();
    }
    // The caller is told of a warning so.
    say(errbuf, &handle.said());
    handle.into_c()
}

/// A handle for no packets: to compile filters for, and to write files.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_open_dead(link: c_int, snaplen: c_int) -> *mut Handle {
    pcap_open_dead_with_tstamp_precision(link, snaplen, 0)
}

/// As `pcap_open_dead`; in files that it writes time is counted in nanoseconds (1) or microseconds (anything else).
#[unsafe(no_mangle)]
pub extern "C" fn pcap_open_dead_with_tstamp_precision(
    link: c_int,
    snaplen: c_int,
    precision: c_uint,
) -> *mut Handle {
    Handle::new(Source::Dead, String::new(), link, snaplen, precision == 1).into_c()
}

/// Ends a handle. From one of its callbacks too: then the loop ends, and after it the handle.
///
/// # Safety
/// The handle is one that this library gave, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_close(p: *mut Handle) {
    // SAFETY: null, or a handle, which is alive until it is closed.
    let Some(handle) = (unsafe { p.as_ref() }) else { return };
    if handle.close() {
        // SAFETY: made by `Handle::into_c`; no loop of ours is left that would use it.
        drop(unsafe { Box::from_raw(p) });
    }
}

/// Bytes of each packet to keep.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_snaplen(p: Option<&Handle>, snaplen: c_int) -> c_int {
    let Some(p) = p else { return ERROR };
    let status = p.changeable();
    if status == 0 {
        p.snapshot.set(snaplen);
    }
    status
}

/// Whether to hear packets for others too.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_promisc(p: Option<&Handle>, on: c_int) -> c_int {
    p.map_or(ERROR, |p| p.set(|settings| settings.promiscuous = on != 0))
}

/// Whether monitor mode can be asked for.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_can_set_rfmon(p: Option<&Handle>) -> c_int {
    let Some(p) = p else { return ERROR };
    match &p.inner().source {
        Source::Live(_) => return ACTIVATED,
        Source::File(_) => return 0,
        Source::Dead => return p.fail("Rfmon mode doesn't apply on a pcap_open_dead pcap_t"),
        Source::Inactive => {}
    }
    let is_known = || devices().is_ok_and(|list| list.iter().any(|device| device.name == p.device));
    match can_monitor(&p.device) {
        true => 1,
        false if is_known() => 0,
        false => NO_SUCH_DEVICE,
    }
}

/// Asks for monitor mode; opening fails if the device has none.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_rfmon(p: Option<&Handle>, on: c_int) -> c_int {
    p.map_or(ERROR, |p| p.set(|settings| settings.monitor = on != 0))
}

/// How long packets may be held back, in milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_timeout(p: Option<&Handle>, milliseconds: c_int) -> c_int {
    p.map_or(ERROR, |p| p.set(|settings| settings.timeout = milliseconds))
}

/// Whether packets are wanted as they come.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_immediate_mode(p: Option<&Handle>, on: c_int) -> c_int {
    p.map_or(ERROR, |p| p.set(|settings| settings.immediate = on != 0))
}

/// Bytes that the kernel may hold; what makes no sense changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_buffer_size(p: Option<&Handle>, bytes: c_int) -> c_int {
    p.map_or(ERROR, |p| p.set(|settings| settings.buffer = if bytes > 0 { bytes } else { settings.buffer }))
}

/// The ethertype to capture; 0 is all.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_protocol_linux(p: Option<&Handle>, protocol: c_int) -> c_int {
    // As it goes into a socket address: 16 bits of it.
    p.map_or(ERROR, |p| p.set(|settings| settings.protocol = protocol as u16))
}

/// Bytes of each packet that are kept.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_snapshot(p: Option<&Handle>) -> c_int {
    open(p, |p| p.snapshot.get())
}

/// Bytes of a buffer that takes any packet.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_bufsize(p: Option<&Handle>) -> c_int {
    const MOST: c_int = MAX_SNAPLEN as c_int;
    open(p, |p| if matches!(p.inner().source, Source::Dead) { 0 } else { p.snapshot.get().min(MOST) })
}

/// Something about a handle that is open.
pub fn open(p: Option<&Handle>, tell: impl FnOnce(&Handle) -> c_int) -> c_int {
    let Some(p) = p else { return ERROR };
    let inactive = matches!(p.inner().source, Source::Inactive);
    if inactive {
        p.say("This handle hasn't been activated yet");
        return NOT_ACTIVATED;
    }
    tell(p)
}

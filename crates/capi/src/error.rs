//! Words about errors, and about the library.

use crate::edge::{Static, Text, for_ever};
use crate::handle::Handle;
use crate::status;
use crate::stdio::Stream;
use libc::{c_char, c_int};
use std::ptr;

/// The version whose interface this is, for programs that look at the variable.
#[unsafe(no_mangle)]
pub static pcap_version: [u8; 7] = *b"1.10.3\0";

/// The library and its version. Programs look for what it begins with.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_lib_version() -> *const c_char {
    const VERSION: &str =
        concat!("libpcap version 1.10.3 (gannet ", env!("CARGO_PKG_VERSION"), ", with TPACKET_V3)\0");
    VERSION.as_ptr().cast()
}

/// Words about the last error of a handle.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_geterr(p: Option<&Handle>) -> *mut c_char {
    p.map_or(ptr::null_mut(), Handle::words)
}

/// Prints them to standard error, behind a text.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_perror(p: Option<&Handle>, prefix: Text) {
    let (Some(p), Some(output)) = (p, Stream::stderr()) else { return };
    output.write(format!("{}: {}\n", prefix.lossy(), p.said()).as_bytes());
}

/// Words for what a function returned.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_statustostr(number: c_int) -> *const c_char {
    static UNKNOWN: Static<64> = Static::new();
    match status::words(number) {
        Some(words) => for_ever(words),
        None => UNKNOWN.say(&format!("Unknown error: {number}")),
    }
}

/// Words for an error number of the system.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_strerror(number: c_int) -> *const c_char {
    // SAFETY: gives a text for any number.
    unsafe { libc::strerror(number) }
}

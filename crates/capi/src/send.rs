//! Packets onto a wire.

use crate::handle::{Handle, Source};
use crate::open::open;
use libc::{c_int, size_t};
use std::slice;

/// Sends a packet, link-layer header and all. Gives the number of bytes that were sent.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_inject(p: Option<&Handle>, bytes: *const u8, size: size_t) -> c_int {
    open(p, |p| match c_int::try_from(size) {
        Err(_) => p.fail(format!("More than {} bytes cannot be injected", c_int::MAX)),
        Ok(0) => p.fail("The number of bytes to be injected must not be zero"),
        Ok(length) => send(p, bytes, length),
    })
}

/// Sends a packet: 0 if it was sent.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_sendpacket(p: Option<&Handle>, bytes: *const u8, size: c_int) -> c_int {
    open(p, |p| match size {
        ..=0 => p.fail("The number of bytes to be sent must be positive"),
        length => send(p, bytes, length).min(0),
    })
}

fn send(p: &Handle, bytes: *const u8, length: c_int) -> c_int {
    if bytes.is_null() {
        return p.fail("A null pointer was supplied as the packet");
    }
    // SAFETY: the caller promises as many bytes as it says, which is more than none.
    let packet = unsafe { slice::from_raw_parts(bytes, length as usize) };
    match &mut p.inner().source {
        Source::Live(capture) => match capture.live().send(packet) {
            Ok(()) => length,
            Err(error) => p.fail(error.to_string()),
        },
        Source::File(_) => p.fail("Sending packets isn't supported on savefiles"),
        _ => p.fail("Packets can't be sent on a pcap_open_dead pcap_t"),
    }
}

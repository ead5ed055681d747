//! Netlink: what the kernel answers.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Waits for the next messages of the kernel and puts them in the buffer; how many bytes they are. What does not fit
/// is lost, and then this is more than the buffer holds.
pub fn receive(fd: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    let (at, room) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the buffer is live, writable and of the length given.
    let size = unsafe { libc::recv(fd.as_fd().as_raw_fd(), at, room, libc::MSG_TRUNC) };
    usize::try_from(size).map_err(|_| io::Error::last_os_error())
}

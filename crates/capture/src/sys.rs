//! System calls, and the memory shared with the kernel, as functions that are safe to call.
//!
//! Every `unsafe` block of the crate is in this module, and each says why it is sound. Structures pass by value;
//! their layouts are those of the kernel's headers, by way of the `libc` crate.

pub mod held;
pub mod interfaces;
pub mod namespace;
pub mod netlink;
pub mod privilege;
pub mod receive;
pub mod ring;
pub mod socket;

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// The value of a system call, or the error it left in `errno`.
fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A descriptor that the system call which made `fd` has just handed over.
fn owned(fd: libc::c_int) -> io::Result<OwnedFd> {
    let fd = checked(fd)?;
    // SAFETY: `fd` is open, new, and known to nobody else, so this is its only owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Gives the calling thread the lowest priority. On Linux a priority is a thread's, and what it starts inherits it.
pub fn be_nice() {
    // SAFETY: takes no pointers; 0 is the calling thread. It cannot fail: the priority only falls.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
}

/// A counter that can be waited for: readable while it is not zero. Reads and writes are of eight bytes in host
/// order and never block.
pub fn event() -> io::Result<File> {
    // SAFETY: takes no pointers.
    owned(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) }).map(File::from)
}

/// One descriptor to wait for, and what came of it.
#[derive(Clone, Copy)]
pub struct Watched<'f> {
    /// The descriptor; `None` is never ready.
    pub fd: Option<BorrowedFd<'f>>,
    /// After [`wait`]: `POLLIN`, `POLLERR`, .. or 0.
    pub found: libc::c_short,
}

/// Waits until something can be read from one of `fds`, or an error is pending on it, or the time is over
/// (`None`: for ever). `Interrupted` is an error like any other.
pub fn wait<const N: usize>(fds: &mut [Watched<'_>; N], time: Option<Duration>) -> io::Result<()> {
    let mut list = fds.map(|w| libc::pollfd {
        fd: w.fd.map_or(-1, |fd| fd.as_raw_fd()),
        events: libc::POLLIN,
        revents: 0,
    });
    let time = time.map(|t| libc::timespec {
        tv_sec: libc::time_t::try_from(t.as_secs()).unwrap_or(libc::time_t::MAX),
        // Below a thousand million, which fits in whatever the C library has.
        tv_nsec: t.subsec_nanos() as _,
    });
    let time = time.as_ref().map_or(std::ptr::null(), |t| t as *const libc::timespec);
    // SAFETY: the list is an array of N initialised entries, and `time` is null or points to a live timespec.
    checked(unsafe { libc::ppoll(list.as_mut_ptr(), N as libc::nfds_t, time, std::ptr::null()) })?;
    for (watched, entry) in fds.iter_mut().zip(&list) {
        watched.found = entry.revents;
    }
    Ok(())
}

/// Marks types that are plain numbers all through: any bytes are a value, and padding is not read.
///
/// # Safety
/// The type has no padding bytes, no pointers, and every bit pattern is a value of it.
pub unsafe trait Plain: Copy {}

// SAFETY: an integer.
unsafe impl Plain for libc::c_int {}
// SAFETY: three integers of the same size.
unsafe impl Plain for libc::tpacket_stats_v3 {}
// SAFETY: seven integers of the same size.
unsafe impl Plain for libc::tpacket_req3 {}
// SAFETY: 4 + 2 + 2 + 8 bytes, aligned to four: no padding.
unsafe impl Plain for libc::packet_mreq {}
// SAFETY: 2 + 2 + 4 + 2 + 1 + 1 + 8 bytes, aligned to four: no padding.
unsafe impl Plain for libc::sockaddr_ll {}
// SAFETY: six numbers of four and two bytes, the larger first: no padding.
unsafe impl Plain for libc::tpacket_auxdata {}
// SAFETY: two integers of the same size, or of sizes that leave no gap on Linux targets.
unsafe impl Plain for libc::timespec {}

/// The value of which every byte is zero.
fn zeroed<T: Plain>() -> T {
    // SAFETY: every bit pattern is a `T`.
    unsafe { std::mem::zeroed() }
}

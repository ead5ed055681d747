//! One packet at a time from a socket without a ring.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd};

use super::{Plain, checked, zeroed};

/// What came with a packet.
#[derive(Clone, Copy)]
pub struct Received {
    /// Bytes of the packet as the filter left it, in the buffer or, if that was too small, not.
    pub size: usize,
    /// Where it was seen.
    pub from: libc::sockaddr_ll,
    /// `PACKET_AUXDATA`: claimed length, network header, VLAN tag.
    pub aux: Option<libc::tpacket_auxdata>,
    /// `SO_TIMESTAMPNS`.
    pub time: Option<libc::timespec>,
}

/// Room for the control messages, aligned as they must be.
#[repr(C, align(8))]
struct Control([u8; 256]);

/// Takes the next packet off a packet socket without waiting (`WouldBlock` if there is none).
pub fn receive(fd: impl AsFd, buffer: &mut [u8]) -> io::Result<Received> {
    let mut from: libc::sockaddr_ll = zeroed();
    let mut control = Control([0; 256]);
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: `msghdr` is pointers, which may be null, and numbers.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = (&raw mut from).cast();
    message.msg_namelen = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = size_of::<Control>() as _;
    let options = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    // SAFETY: the message names three live, writable pieces of memory with their sizes.
    let size = unsafe { libc::recvmsg(fd.as_fd().as_raw_fd(), &raw mut message, options) };
    checked(size.clamp(-1, 0) as libc::c_int)?;
    let mut received = Received { size: usize::try_from(size).unwrap_or(0), from, aux: None, time: None };
    // SAFETY: the kernel has filled in `message`, whose control part points into `control`, still alive.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    while !next.is_null() {
        // SAFETY: the macros give null or a pointer to a whole header inside the control part.
        let header = unsafe { *next };
        match (header.cmsg_level, header.cmsg_type) {
            (libc::SOL_PACKET, libc::PACKET_AUXDATA) => received.aux = content(next, &header),
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => received.time = content(next, &header),
            _ => {}
        }
        // SAFETY: as for the first; the walk ends, because each header is longer than nothing.
        next = unsafe { libc::CMSG_NXTHDR(&raw const message, next) };
    }
    Ok(received)
}

/// The value that a control message holds, if it is long enough to.
fn content<T: Plain>(at: *const libc::cmsghdr, header: &libc::cmsghdr) -> Option<T> {
    // SAFETY: computes a number.
    let needed = unsafe { libc::CMSG_LEN(size_of::<T>() as libc::c_uint) };
    if (header.cmsg_len as u64) < u64::from(needed) {
        return None;
    }
    // SAFETY: `at` is a header inside the control buffer whose own length says that a whole `T` follows; the kernel
    // wrote it, any bytes are a `T`, and the read does not ask for alignment.
    Some(unsafe { libc::CMSG_DATA(at).cast::<T>().read_unaligned() })
}

//! The packet sockets of this network namespace, whoever opened them, and the filters on them.
//!
//! The list comes from `/proc/net/packet`, which anybody may read; the filters from the kernel's socket diagnostics
//! (`linux/packet_diag.h`), which tells them to those with `CAP_NET_ADMIN` only.

use std::fs;
use std::io;

use gannet_bpf::{Instruction, parse};

use crate::sys::{netlink, socket};

/// A packet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketSocket {
    /// What processes' descriptors name it by: `socket:[INODE]`.
    pub inode: u32,
    /// Whether packets come with their link-layer header (`SOCK_RAW`) or without (`SOCK_DGRAM`).
    pub raw: bool,
    /// The ethertype that it hears, in host order; 3 is every one, 0 none.
    pub protocol: u16,
    /// The number of the interface that it hears; 0 is all of them.
    pub interface: u32,
    /// The number of the user who opened it.
    pub user: u32,
}

/// What the kernel says of a socket's filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// There is none, or one that is not classic BPF.
    None,
    /// We may not know: it takes `CAP_NET_ADMIN`.
    Hidden,
    /// This one.
    Classic(Vec<Instruction>),
}

/// All packet sockets.
///
/// # Errors
/// When `/proc/net/packet` cannot be read, as where there are no packet sockets in the kernel.
pub fn sockets() -> io::Result<Vec<PacketSocket>> {
    let text = fs::read_to_string("/proc/net/packet")?;
    Ok(text.lines().skip(1).filter_map(row).collect())
}

/// The filter of every packet socket that the kernel tells of, by the socket's inode.
///
/// # Errors
/// What the kernel says; `NotFound` where it cannot be asked (its module `packet_diag`).
pub fn filters() -> io::Result<Vec<(u32, Filter)>> {
    let fd = netlink::diagnostics()?;
    socket::send(&fd, &request())?;
    let mut buffer = vec![0; 64 * 1024];
    let mut list = Vec::new();
    loop {
        let size = match netlink::receive(&fd, &mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            size => size?,
        };
        // Nothing at all would come for ever.
        if size == 0 {
            return Ok(list);
        }
        for (kind, body) in messages(buffer.get(..size).unwrap_or(&buffer)) {
            match kind {
                SOCK_DIAG_BY_FAMILY => list.extend(told(body)),
                NLMSG_DONE => return Ok(list),
                NLMSG_ERROR => return Err(error(body)),
                _ => {}
            }
        }
    }
}

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// The attribute that holds the filter.
const PACKET_DIAG_FILTER: u16 = 7;
/// The lengths of `struct nlmsghdr` and `struct packet_diag_msg`.
const HEADER: usize = 16;
const TOLD: usize = 16;

/// A line: address, references, type, protocol, interface, running, memory, user, inode.
fn row(line: &str) -> Option<PacketSocket> {
    let mut words = line.split_ascii_whitespace().skip(2);
    let kind: i32 = words.next()?.parse().ok()?;
    let protocol = u16::from_str_radix(words.next()?, 16).ok()?;
    let interface = words.next()?.parse().ok()?;
    let user = words.nth(2)?.parse().ok()?;
    let inode = words.next()?.parse().ok()?;
    Some(PacketSocket { inode, raw: kind == libc::SOCK_RAW, protocol, interface, user })
}

/// A header and a `struct packet_diag_req` that asks for all sockets and for their filters.
fn request() -> Vec<u8> {
    const LENGTH: u32 = 36;
    const REQUEST: u16 = 1;
    const DUMP: u16 = 0x300;
    const SHOW_FILTER: u32 = 0x20;
    let mut bytes = LENGTH.to_ne_bytes().to_vec();
    [SOCK_DIAG_BY_FAMILY, REQUEST | DUMP].iter().for_each(|n| bytes.extend(n.to_ne_bytes()));
    [1, 0].iter().for_each(|n: &u32| bytes.extend(n.to_ne_bytes()));
    bytes.extend([libc::AF_PACKET as u8, 0, 0, 0]);
    // Any socket, by its filter, any cookie.
    [0, SHOW_FILTER, u32::MAX, u32::MAX].iter().for_each(|n| bytes.extend(n.to_ne_bytes()));
    bytes
}

/// The messages in a buffer: type and body each.
fn messages(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let [length @ .., t0, t1] = *rest.first_chunk::<6>()?;
        let length = u32::from_ne_bytes(length) as usize;
        let body = rest.get(HEADER..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([t0, t1]), body))
    })
}

/// The attributes behind a message: type and value each.
fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let [l0, l1, t0, t1] = *rest.first_chunk()?;
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let value = rest.get(4..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([t0, t1]), value))
    })
}

/// A `struct packet_diag_msg` and its attributes.
fn told(body: &[u8]) -> Option<(u32, Filter)> {
    let (head, behind) = body.split_at_checked(TOLD)?;
    let inode = u32::from_ne_bytes(*head.get(4..)?.first_chunk()?);
    let filter = match attributes(behind).find(|(kind, _)| *kind == PACKET_DIAG_FILTER) {
        None => Filter::None,
        Some((_, [])) => Filter::Hidden,
        Some((_, bytes)) => parse::raw(bytes).map_or(Filter::None, Filter::Classic),
    };
    Some((inode, filter))
}

/// The error that a message of type `NLMSG_ERROR` holds, negative.
fn error(body: &[u8]) -> io::Error {
    let code = body.first_chunk().map_or(libc::EPROTO, |bytes| i32::from_ne_bytes(*bytes).saturating_neg());
    io::Error::from_raw_os_error(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc() {
        let line = "0000000098f3daaf 2      3    88b5   7     1 0      1000   1218734";
        let expected =
            PacketSocket { inode: 1_218_734, raw: true, protocol: 0x88b5, interface: 7, user: 1000 };
        assert_eq!(row(line), Some(expected));
        assert_eq!(row("0000000098f3daaf 2      3    88b5   7     1"), None);
    }

    #[test]
    fn messages_that_lie_about_their_length_end_the_list() {
        let mut bytes = Vec::new();
        for (length, kind) in [(16u32, 3u16), (20, 9), (15, 5), (16, 3)] {
            bytes.extend(length.to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.resize(bytes.len() + length as usize - 6, 0);
        }
        let kinds: Vec<_> = messages(&bytes).map(|(kind, body)| (kind, body.len())).collect();
        assert_eq!(kinds, [(3, 0), (9, 4)]);
        assert_eq!(attributes(&[4, 0, 7, 0, 3, 0, 7, 0]).count(), 1);
        assert_eq!(told(&[0; 15]), None);
    }

    #[test]
    fn a_filter_is_there_or_not_or_hidden() {
        let message = |attribute: &[u8]| {
            let mut bytes = vec![17, 3, 3, 0, 42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            bytes[4..8].copy_from_slice(&42u32.to_ne_bytes());
            bytes.extend(attribute);
            told(&bytes)
        };
        let header = |length: u16| [length.to_ne_bytes(), PACKET_DIAG_FILTER.to_ne_bytes()].concat();
        assert_eq!(message(&[]), Some((42, Filter::None)));
        assert_eq!(message(&header(4)), Some((42, Filter::Hidden)));
        let ret = [&header(12)[..], &6u16.to_ne_bytes(), &[0, 0], &9u32.to_ne_bytes()].concat();
        assert_eq!(message(&ret), Some((42, Filter::Classic(vec![Instruction::stmt(6, 9)]))));
    }
}

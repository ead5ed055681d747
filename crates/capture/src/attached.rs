//! The packet sockets of this network namespace, whoever opened them, and the filters on them.
//!
//! The list comes from `/proc/net/packet`, which anybody may read; the filters from the kernel's socket diagnostics
//! (`linux/packet_diag.h`), which tells them to those with `CAP_NET_ADMIN` only.

use std::fs;
use std::io;

use gannet_bpf::{Instruction, parse};

use crate::netlink::{self, attributes};
use crate::sys::socket;

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
    let fd = socket::netlink(libc::NETLINK_SOCK_DIAG)?;
    let mut list = Vec::new();
    netlink::ask(&fd, &request(), |kind, body| {
        if kind == SOCK_DIAG_BY_FAMILY {
            list.extend(told(body));
        }
    })?;
    Ok(list)
}

const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// The attribute that holds the filter.
const PACKET_DIAG_FILTER: u16 = 7;
/// The length of `struct packet_diag_msg`.
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

/// A `struct packet_diag_req` that asks for all sockets and for their filters.
fn request() -> Vec<u8> {
    const SHOW_FILTER: u32 = 0x20;
    let mut body = vec![libc::AF_PACKET as u8, 0, 0, 0];
    // Any socket, by its filter, any cookie.
    [0, SHOW_FILTER, u32::MAX, u32::MAX].iter().for_each(|n| body.extend(n.to_ne_bytes()));
    netlink::request(SOCK_DIAG_BY_FAMILY, netlink::DUMP, &body)
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
    fn a_filter_is_there_or_not_or_hidden() {
        let message = |attribute: &[u8]| {
            let mut bytes = vec![17, 3, 3, 0, 42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            bytes[4..8].copy_from_slice(&42u32.to_ne_bytes());
            bytes.extend(attribute);
            told(&bytes)
        };
        let header = |length: u16| [length.to_ne_bytes(), PACKET_DIAG_FILTER.to_ne_bytes()].concat();
        assert_eq!(told(&[0; 15]), None);
        assert_eq!(message(&[]), Some((42, Filter::None)));
        assert_eq!(message(&header(4)), Some((42, Filter::Hidden)));
        let ret = [&header(12)[..], &6u16.to_ne_bytes(), &[0, 0], &9u32.to_ne_bytes()].concat();
        assert_eq!(message(&ret), Some((42, Filter::Classic(vec![Instruction::stmt(6, 9)]))));
    }
}

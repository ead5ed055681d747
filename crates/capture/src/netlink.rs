//! Netlink's messages: asking the kernel, and taking what it says apart (`linux/netlink.h`).

use std::io;
use std::os::fd::OwnedFd;

use crate::sys::{netlink, socket};

/// `NLM_F_*`: every message of ours is a request; then all that there is, or a word at the end, whether it was done.
const REQUEST: u16 = 1;
pub(crate) const DUMP: u16 = 0x300;
pub(crate) const ACKNOWLEDGE: u16 = 4;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// The length of `struct nlmsghdr`.
const HEADER: usize = 16;

/// A message to the kernel.
pub(crate) fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    [kind, REQUEST | flags].iter().for_each(|n| bytes.extend(n.to_ne_bytes()));
    // A number, and who we are: the kernel knows.
    [1, 0].iter().for_each(|n: &u32| bytes.extend(n.to_ne_bytes()));
    bytes.extend(body);
    bytes
}

/// An attribute of a message, filled up to the next.
pub(crate) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Sends a message and hands over each answer, type and body, until the kernel says that this was all.
pub(crate) fn ask(fd: &OwnedFd, message: &[u8], mut told: impl FnMut(u16, &[u8])) -> io::Result<()> {
    socket::send(fd, message)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let size = match netlink::receive(fd, &mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            size => size?,
        };
        // Nothing at all would come for ever.
        if size == 0 {
            return Ok(());
        }
        for (kind, body) in messages(buffer.get(..size).unwrap_or(&buffer)) {
            match kind {
                NLMSG_DONE => return Ok(()),
                NLMSG_ERROR => return outcome(body),
                kind => told(kind, body),
            }
        }
    }
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
pub(crate) fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let [l0, l1, t0, t1] = *rest.first_chunk()?;
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let value = rest.get(4..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([t0, t1]), value))
    })
}

/// What a message of type `NLMSG_ERROR` says: an error, negative, or 0 where there is none.
fn outcome(body: &[u8]) -> io::Result<()> {
    match body.first_chunk().map_or(libc::EPROTO, |bytes| i32::from_ne_bytes(*bytes).saturating_neg()) {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn what_is_asked_can_be_read() {
        let body = [attribute(7, b"abcde"), attribute(8, &[])].concat();
        let message = request(19, DUMP, &body);
        let all: Vec<_> = messages(&message).collect();
        assert_eq!(all, [(19, &body[..])]);
        assert_eq!(attributes(&body).collect::<Vec<_>>(), [(7, &b"abcde"[..]), (8, &[])]);
    }

    #[test]
    fn a_refusal_has_its_number() {
        assert!(outcome(&0i32.to_ne_bytes()).is_ok());
        assert_eq!(outcome(&(-1i32).to_ne_bytes()).unwrap_err().raw_os_error(), Some(libc::EPERM));
        assert!(outcome(&[]).is_err());
    }
}

//! Pseudo-headers in the byte order of the machine that captured, put into the order of this one.
//!
//! Some link types begin with fields that the capturing kernel left in its own order. The order of a file, or
//! of its section, tells which one that was; whoever reads the packets expects that of the machine it runs on.
//!
//! ```text
//! USB     id(8) event(1) transfer(1) endpoint(1) device(1) bus(2) setup?(1) data?(1) seconds(8) micros(4)
//!         status(4) urb length(4) data length(4) [errors(4) descriptors(4) | setup(8)]
//! mmapped .. interval(4) start frame(4) flags(4) descriptors here(4) [status(4) offset(4) length(4) pad(4)]..
//! NFLOG   family(1) version(1) resource(2, network order) [length(2) type(2) value.. pad]..
//! PFLOG   length(1) .. ; from byte 44: uid(4) pid(4) rule uid(4) rule pid(4)
//! CAN     behind a cooked header whose protocol is 0x0c or 0x0d: id(4); 0x0e: priority(4) flags(1) sdu(1)
//!         payload length(2) acceptance(4)
//! ```
//! Sources: linux/usb/mon (usbmon.txt), linux/netfilter/nfnetlink_log.h, linux/can.h, OpenBSD's if_pflog.h,
//! <https://www.tcpdump.org/linktypes.html>.

use crate::order::ByteOrder;
use gannet_wire::LinkType;

/// What has to be done to the packets of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repair {
    link: LinkType,
    swapped: bool,
}

impl Repair {
    /// What packets of this link type need in a file of this byte order; mostly nothing.
    #[inline]
    pub(crate) fn of(link: LinkType, order: ByteOrder) -> Option<Self> {
        let swapped = order != ByteOrder::NATIVE;
        let needed = match link {
            LinkType::USB_LINUX_MMAPPED => true,
            LinkType::USB_LINUX
            | LinkType::NFLOG
            | LinkType::PFLOG
            | LinkType::LINUX_SLL
            | LinkType::LINUX_SLL2 => swapped,
            _ => false,
        };
        needed.then_some(Self { link, swapped })
    }

    /// Puts a packet right where it is. `length` is how long it was on the wire; what comes back is how
    /// long it really was.
    pub(crate) fn apply(self, bytes: &mut [u8], length: u32) -> u32 {
        if self.swapped {
            // A pseudo-header ends where the shorter of the two lengths says so, or is nonsense.
            let _ = match self.link {
                LinkType::USB_LINUX => usb(bytes).map(drop),
                LinkType::USB_LINUX_MMAPPED => usb_mmapped(bytes),
                LinkType::NFLOG => within(bytes, length).and_then(nflog),
                LinkType::PFLOG => within(bytes, length).and_then(pflog),
                LinkType::LINUX_SLL => within(bytes, length).and_then(|bytes| cooked(bytes, 14, 16)),
                LinkType::LINUX_SLL2 => within(bytes, length).and_then(|bytes| cooked(bytes, 0, 20)),
                _ => None,
            };
        }
        match self.link {
            LinkType::USB_LINUX_MMAPPED => isochronous_length(bytes, length).unwrap_or(length),
            _ => length,
        }
    }
}

/// The part of a packet that was on the wire too.
fn within(bytes: &mut [u8], length: u32) -> Option<&mut [u8]> {
    let n = bytes.len().min(length as usize);
    bytes.get_mut(..n)
}

/// Turns the field of `n` bytes at `at` round, if all of it is there.
fn turn(bytes: &mut [u8], at: usize, n: usize) -> Option<()> {
    bytes.get_mut(at..at.checked_add(n)?).map(<[u8]>::reverse)
}

/// The byte that says how a USB transfer is made, and its value for isochronous ones.
const TRANSFER: usize = 9;
const ISOCHRONOUS: u8 = 0;
/// How long the long form of the USB header is, and one descriptor behind it.
const USB_HEADER: usize = 64;
const DESCRIPTOR: usize = 16;
/// The most descriptors that the kernel reports.
const MAX_DESCRIPTORS: u32 = 128;

/// The header that both USB link types begin with, field by field as far as it was captured; whether the
/// transfer is isochronous.
fn usb(bytes: &mut [u8]) -> Option<bool> {
    for (at, n) in [(0, 8), (12, 2), (16, 8), (24, 4), (28, 4), (32, 4), (36, 4)] {
        turn(bytes, at, n)?;
    }
    let isochronous = bytes.get(TRANSFER) == Some(&ISOCHRONOUS);
    if isochronous {
        turn(bytes, 40, 4)?;
        turn(bytes, 44, 4)?;
    }
    Some(isochronous)
}

fn usb_mmapped(bytes: &mut [u8]) -> Option<()> {
    let isochronous = usb(bytes)?;
    for at in [48, 52, 56, 60] {
        turn(bytes, at, 4)?;
    }
    if isochronous {
        let count = native32(bytes, 60)? as usize;
        for descriptor in bytes.get_mut(USB_HEADER..)?.chunks_mut(DESCRIPTOR).take(count) {
            for at in [0, 4, 8] {
                turn(descriptor, at, 4)?;
            }
        }
    }
    Some(())
}

/// Old programs gave a completed incoming isochronous transfer the length that its buffer had, not that of
/// what came in. What really came in ends where the last descriptor's data ends.
fn isochronous_length(bytes: &[u8], length: u32) -> Option<u32> {
    let header = bytes.get(..USB_HEADER)?;
    let &[b'C', ISOCHRONOUS, endpoint] = header.get(8..11)? else { return None };
    let incoming = endpoint & 0x80 != 0;
    let has_data = header.get(15) == Some(&0);
    let (urb, count) = (native32(header, 32)?, native32(header, 60)?);
    if !incoming || !has_data || count > MAX_DESCRIPTORS {
        return None;
    }
    let described = USB_HEADER as u32 + count * DESCRIPTOR as u32;
    if length != described.wrapping_add(urb) {
        return None;
    }
    let descriptors = bytes.get(USB_HEADER..described as usize)?;
    let mut data = 0;
    for descriptor in descriptors.chunks(DESCRIPTOR) {
        let (offset, n) = (native32(descriptor, 4)?, native32(descriptor, 8)?);
        if n != 0 {
            data = data.max(offset.saturating_add(n));
        }
    }
    let right = described.saturating_add(data);
    let caplen = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Some(if right >= caplen { right } else { length.max(caplen) })
}

fn native32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_ne_bytes(*word))
}

/// Types and lengths of the attributes; what they hold is in network order.
fn nflog(bytes: &mut [u8]) -> Option<()> {
    let &[_, 0, _, _] = bytes.get(..4)? else { return None };
    let mut rest = bytes.get_mut(4..)?;
    loop {
        turn(rest, 2, 2)?;
        turn(rest, 0, 2)?;
        let length = usize::from(u16::from_ne_bytes(*rest.first_chunk()?)).next_multiple_of(4);
        if length < 4 {
            return None;
        }
        rest = rest.get_mut(length..)?;
    }
}

fn pflog(bytes: &mut [u8]) -> Option<()> {
    let header = usize::from(*bytes.first()?);
    let n = bytes.len().min(header);
    let header = bytes.get_mut(..n)?;
    [44, 48, 52, 56].into_iter().try_for_each(|at| turn(header, at, 4))
}

/// A cooked header of `n` bytes, its protocol at `at`; only CAN frames behind it have a byte order.
fn cooked(bytes: &mut [u8], at: usize, n: usize) -> Option<()> {
    let protocol = u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
    let frame = bytes.get_mut(n..)?;
    match protocol {
        0x0c | 0x0d => turn(frame, 0, 4),
        0x0e => [(0, 4), (6, 2), (8, 4)].into_iter().try_for_each(|(at, n)| turn(frame, at, n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: ByteOrder = match ByteOrder::NATIVE {
        ByteOrder::Little => ByteOrder::Big,
        ByteOrder::Big => ByteOrder::Little,
    };

    /// The packet as it reads here, when it comes from a machine of the other byte order.
    fn read(link: LinkType, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let length = bytes.len() as u32;
        Repair::of(link, OTHER).unwrap().apply(&mut bytes, length);
        bytes
    }

    /// Fields in the order of this machine, or of the other one.
    fn fields(native: bool, fields: &[(u64, usize)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (value, n) in fields {
            let mut field = value.to_le_bytes()[..*n].to_vec();
            if (ByteOrder::NATIVE == ByteOrder::Little) != native {
                field.reverse();
            }
            bytes.extend(field);
        }
        bytes
    }

    fn usb_packet(native: bool, transfer: u64) -> Vec<u8> {
        let mut packet = vec![(0x0102_0304_0506_0708, 8), (b'C'.into(), 1), (transfer, 1), (0x81, 1), (5, 1)];
        packet.extend([
            (0x0203, 2),
            (b'-'.into(), 1),
            (0, 1),
            (1_700_000_000, 8),
            (250_000, 4),
            (0xffff_ff8d, 4),
        ]);
        packet.extend([(3072, 4), (40, 4), (1, 4), (2, 4), (8, 4), (0x1234, 4), (0x200, 4), (2, 4)]);
        packet.extend([(7, 4), (0, 4), (24, 4), (0, 4), (7, 4), (1024, 4), (16, 4), (0, 4)]);
        let mut bytes = fields(native, &packet);
        bytes.extend([0xda; 40]);
        bytes
    }

    #[test]
    fn usb_from_the_other_kind_of_machine() {
        assert_eq!(read(LinkType::USB_LINUX_MMAPPED, &usb_packet(false, 0)), usb_packet(true, 0));
        let control = read(LinkType::USB_LINUX, &usb_packet(false, 2));
        assert_eq!(control[..40], usb_packet(true, 2)[..40]);
        assert_eq!(control[40..], usb_packet(false, 2)[40..], "setup bytes have no order");
        let short = read(LinkType::USB_LINUX, &usb_packet(false, 0)[..26]);
        assert_eq!(short[..24], usb_packet(true, 0)[..24]);
        assert_eq!(short[24..], usb_packet(false, 0)[24..26], "what is cut stays");
    }

    #[test]
    fn isochronous_transfers_have_the_length_of_what_came_in() {
        let packet = |length: u32| {
            let mut bytes = usb_packet(true, 0);
            Repair::of(LinkType::USB_LINUX_MMAPPED, ByteOrder::NATIVE).unwrap().apply(&mut bytes, length)
        };
        assert_eq!(packet(64 + 2 * 16 + 3072), 64 + 2 * 16 + 1024 + 16);
        assert_eq!(packet(500), 500, "whoever gave another length knew it");
    }

    #[test]
    fn nflog_attributes() {
        let packet = |native| {
            let mut bytes = vec![2, 0, 0, 0];
            bytes.extend(fields(native, &[(8, 2), (1, 2)]));
            bytes.extend([8, 0, 1, 0]);
            bytes.extend(fields(native, &[(5, 2), (10, 2)]));
            bytes.extend([b'x', 0, 0, 0]);
            bytes.extend(fields(native, &[(99, 2), (9, 2)]));
            bytes.extend([1, 2, 3, 4, 5, 6, 7]);
            bytes
        };
        assert_eq!(read(LinkType::NFLOG, &packet(false)), packet(true));
        let other = [&[2, 1, 0, 0][..], &packet(false)[4..]].concat();
        assert_eq!(read(LinkType::NFLOG, &other), other, "another version is not touched");
    }

    #[test]
    fn pflog_owners() {
        let packet = |native, length| {
            let mut bytes = vec![0x55; 44];
            bytes[0] = length;
            bytes.extend(fields(native, &[(1000, 4), (4711, 4), (1001, 4), (4712, 4)]));
            bytes
        };
        assert_eq!(read(LinkType::PFLOG, &packet(false, 61)), packet(true, 61));
        let half = read(LinkType::PFLOG, &packet(false, 50));
        assert_eq!(half[..48], packet(true, 50)[..48]);
        assert_eq!(half[48..], packet(false, 50)[48..], "the header ends before");
    }

    #[test]
    fn can_behind_cooked_headers() {
        let frame =
            |native| fields(native, &[(0x8000_0123, 4), (0x81, 1), (7, 1), (64, 2), (0xcafe_f00d, 4)]);
        let cooked = |link, protocol, native| match link {
            LinkType::LINUX_SLL => [&[0; 15][..], &[protocol], &frame(native)].concat(),
            _ => [&[0, protocol][..], &[0; 18], &frame(native)].concat(),
        };
        for link in [LinkType::LINUX_SLL, LinkType::LINUX_SLL2] {
            assert_eq!(read(link, &cooked(link, 0x0e, false)), cooked(link, 0x0e, true));
            let classic = read(link, &cooked(link, 0x0c, false));
            let n = classic.len();
            assert_eq!(classic[n - 12..n - 8], frame(true)[..4]);
            assert_eq!(classic[n - 8..], frame(false)[4..]);
            assert_eq!(read(link, &cooked(link, 8, false)), cooked(link, 8, false));
        }
    }

    #[test]
    fn nothing_panics_at_any_length() {
        for link in [LinkType::USB_LINUX_MMAPPED, LinkType::NFLOG, LinkType::PFLOG, LinkType::LINUX_SLL2] {
            for n in 0..140 {
                for byte in [0, 1, 0x0e, 0xff] {
                    for length in [0, 50, u32::MAX] {
                        Repair::of(link, OTHER).unwrap().apply(&mut vec![byte; n], length);
                    }
                }
            }
        }
    }
}

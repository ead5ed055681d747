//! From what the kernel delivers to a record: VLAN tags back in their place, made-up headers made.
//!
//! The kernel takes the outermost VLAN tag out of a received frame and reports it beside. Tags further in, and all
//! tags of a frame sent with them, stay in the bytes. The socket is a raw one even where headers are made up, so
//! that these bytes can be seen: a cooked socket would hide some of them and misname the protocol.

use gannet_wire::{Direction, LinkType, Record, Timestamp, VlanTag};

use crate::cooked::Cooked;
use crate::link::{CAN_SOCKETCAN, Link};
use crate::open::Accept;

/// `sll_pkttype` of a packet that this host sends.
const PACKET_OUTGOING: u8 = libc::PACKET_OUTGOING;
/// The kernel's stand-ins for ethertypes on a CAN bus (`linux/if_ether.h`).
const ETH_P_CAN: u16 = 0x000c;
const ETH_P_CANFD: u16 = 0x000d;
const ETH_P_CANXL: u16 = 0x000e;
/// Bytes of a tag: its ethertype and its control information.
const TAG: usize = 4;

/// What the kernel says about a packet beside its bytes (`struct sockaddr_ll`), in host byte order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Number of the interface.
    pub interface: u32,
    /// Ethertype, or one of the kernel's stand-ins for it (`ETH_P_802_2`, ..).
    pub protocol: u16,
    /// `ARPHRD_*`.
    pub hardware: u16,
    /// `PACKET_HOST`, `PACKET_BROADCAST`, ..
    pub packet_type: u8,
    /// Bytes of the sender's address, of which eight at most are in `address`.
    pub address_length: u8,
    /// The sender's link-layer address.
    pub address: [u8; 8],
}

/// A packet as the kernel delivers it.
pub(crate) struct Frame<'b> {
    /// The memory that holds it, with room before it.
    pub buffer: &'b mut [u8],
    /// Where in the buffer the link-layer header begins.
    pub start: usize,
    /// Where in the buffer the network layer begins.
    pub network: usize,
    /// Captured bytes, from `start`.
    pub caplen: usize,
    /// Bytes on the wire, from `start`.
    pub length: u32,
    /// When.
    pub time: Timestamp,
    /// The tag that was taken out.
    pub tag: Option<VlanTag>,
    /// The rest.
    pub seen: Seen,
}

/// The tag that the kernel reports, if it does. Old kernels report no ethertype, and still older ones do not say
/// whether a zero is a tag.
pub(crate) fn reported_tag(status: u32, tci: u16, tpid: u16) -> Option<VlanTag> {
    let present = tci != 0 || status & libc::TP_STATUS_VLAN_VALID != 0;
    let known = tpid != 0 || status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
    present.then_some(VlanTag { tpid: if known { tpid } else { libc::ETH_P_8021Q as u16 }, tci })
}

/// What is done with the link-layer header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// It is left alone.
    Keep,
    /// It gets its tag back.
    Ethernet,
    /// Its numbers are put in the byte order of savefiles.
    Can,
    /// Another one is put in its place.
    Cooked(Cooked),
}

/// How the records of a capture are made: the same for all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    header: Header,
    link: LinkType,
    snaplen: usize,
    accept: Accept,
    loopback: u32,
}

impl Shape {
    /// For records of `snaplen` bytes at most. `loopback` is the number of the interface `lo`, 0 if there is none.
    pub fn new(link: &Link, snaplen: u32, accept: Accept, loopback: u32) -> Self {
        let header = match (link.header(), link.link) {
            (Some(cooked), _) => Header::Cooked(cooked),
            (None, LinkType::ETHERNET) => Header::Ethernet,
            (None, CAN_SOCKETCAN) => Header::Can,
            (None, _) => Header::Keep,
        };
        Self { header, link: link.link, snaplen: snaplen as usize, accept, loopback }
    }

    /// The same with other directions.
    pub fn accepting(self, accept: Accept) -> Self {
        Self { accept, ..self }
    }

    /// The same for another link.
    pub fn of(self, link: &Link) -> Self {
        let snaplen = u32::try_from(self.snaplen).unwrap_or(u32::MAX);
        Self::new(link, snaplen, self.accept, self.loopback)
    }

    /// Whether the packet is one to be lent at all.
    pub fn wants(&self, seen: &Seen) -> bool {
        if seen.packet_type != PACKET_OUTGOING {
            return self.accept != Accept::Out;
        }
        // What is sent on a loopback interface is also received on it, and likewise on a CAN bus.
        let twice = seen.interface == self.loopback
            || seen.hardware == libc::ARPHRD_CAN && self.accept != Accept::Out;
        !twice && self.accept != Accept::In
    }

    /// The packet as a record; `None` if what the kernel says of it contradicts itself.
    pub fn record<'b>(&self, frame: Frame<'b>) -> Option<Record<'b>> {
        let Frame { buffer, start, network, caplen, length, time, tag, seen } = frame;
        let end = start.checked_add(caplen).filter(|end| *end <= buffer.len())?;
        let begin = match (self.header, tag) {
            (Header::Ethernet, Some(tag)) if caplen >= 12 => insert_tag(buffer, start, tag)?,
            (Header::Cooked(kind), _) => {
                let payload = Payload::find(buffer, start, network, end, &seen)?;
                payload.cook(buffer, kind, tag, &seen)?
            }
            (Header::Can, _) => {
                fix_can(buffer.get_mut(start..end)?, seen.protocol);
                start
            }
            _ => start,
        };
        // What stands before the payload grew or shrank, in the capture as on the wire.
        let length = i64::from(length) + start as i64 - begin as i64;
        let length = u32::try_from(length.max(0)).unwrap_or(u32::MAX);
        let end = end.min(begin.saturating_add(self.snaplen)).max(begin);
        let bytes: &'b [u8] = buffer;
        Some(Record {
            bytes: bytes.get(begin..end)?,
            length,
            time,
            link: self.link,
            interface: seen.interface,
            direction: direction(seen.packet_type),
            vlan: tag,
        })
    }
}

fn direction(packet_type: u8) -> Direction {
    match packet_type {
        libc::PACKET_HOST => Direction::Host,
        libc::PACKET_BROADCAST => Direction::Broadcast,
        libc::PACKET_MULTICAST => Direction::Multicast,
        libc::PACKET_OTHERHOST => Direction::OtherHost,
        PACKET_OUTGOING => Direction::Outgoing,
        _ => Direction::Unknown,
    }
}

/// Puts a tag between the addresses and the ethertype of the Ethernet frame at `start`, by moving the addresses
/// into the room before it; gives the new start.
fn insert_tag(buffer: &mut [u8], start: usize, tag: VlanTag) -> Option<usize> {
    let begin = start.checked_sub(TAG)?;
    let head: &mut [u8; 16] = buffer.get_mut(begin..)?.first_chunk_mut()?;
    head.copy_within(TAG.., 0);
    let [.., p, q, r, s] = head;
    [*p, *q] = tag.tpid.to_be_bytes();
    [*r, *s] = tag.tci.to_be_bytes();
    Some(begin)
}

/// What follows a made-up header: where it begins in the buffer, and the ethertype that says what it is.
struct Payload {
    start: usize,
    protocol: u16,
}

impl Payload {
    /// The network layer, or the first tag that is still in the frame: of a frame that is sent, the kernel takes
    /// the network layer to begin behind the tags.
    fn find(buffer: &[u8], start: usize, network: usize, end: usize, seen: &Seen) -> Option<Self> {
        let ethernet = matches!(seen.hardware, libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK);
        if ethernet && let Some([.., p, q]) = buffer.get(start..end)?.first_chunk::<14>() {
            let protocol = u16::from_be_bytes([*p, *q]);
            if matches!(i32::from(protocol), libc::ETH_P_8021Q | libc::ETH_P_8021AD) {
                return Some(Self { start: start + 14, protocol });
            }
        }
        // A short capture may end inside the link-layer header.
        (network >= start).then_some(Self { start: network.min(end), protocol: seen.protocol })
    }

    /// Writes the made-up header, and the tag if there is one, before the payload; gives where it begins.
    fn cook(self, buffer: &mut [u8], kind: Cooked, tag: Option<VlanTag>, seen: &Seen) -> Option<usize> {
        let Self { mut start, mut protocol } = self;
        if let Some(tag) = tag {
            start = start.checked_sub(TAG)?;
            let [p, q, r, s] = buffer.get_mut(start..)?.first_chunk_mut()?;
            [*p, *q] = tag.tci.to_be_bytes();
            [*r, *s] = protocol.to_be_bytes();
            protocol = tag.tpid;
        }
        let begin = start.checked_sub(kind.length())?;
        kind.write(buffer.get_mut(begin..start)?, protocol, seen)?;
        Some(begin)
    }
}

/// Puts the header of a CAN frame right: the flags that tell its kind, and the byte order of its fields
/// (LINKTYPE_CAN_SOCKETCAN: the first word in network order, those of CAN XL after it little-endian).
fn fix_can(frame: &mut [u8], protocol: u16) {
    const FD: u8 = 0x04;
    const XL: u8 = 0x80;
    let Some([a, b, c, d, flags, fd_flags, length @ .., e, f, g, h]) = frame.first_chunk_mut::<12>() else {
        return;
    };
    match protocol {
        ETH_P_CAN => (*flags, *fd_flags) = (*flags & !XL, *fd_flags & !FD),
        ETH_P_CANFD => (*flags, *fd_flags) = (*flags & !XL, *fd_flags | FD),
        ETH_P_CANXL => *flags |= XL,
        _ => {}
    }
    let word = u32::from_ne_bytes([*a, *b, *c, *d]);
    [*a, *b, *c, *d] = word.to_be_bytes();
    if *flags & XL != 0 {
        *length = u16::from_ne_bytes(*length).to_le_bytes();
        [*e, *f, *g, *h] = u32::from_ne_bytes([*e, *f, *g, *h]).to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 32;
    const SEEN: Seen = Seen {
        interface: 7,
        protocol: 0x0800,
        hardware: libc::ARPHRD_ETHER,
        packet_type: libc::PACKET_HOST,
        address_length: 6,
        address: [6, 7, 8, 9, 10, 11, 0, 0],
    };

    fn frame<'b>(buffer: &'b mut [u8], tag: Option<VlanTag>, network: usize) -> Frame<'b> {
        let caplen = buffer.len() - ROOM;
        let time = Timestamp { seconds: 1, nanos: 2 };
        Frame { buffer, start: ROOM, network: ROOM + network, caplen, length: 100, time, tag, seen: SEEN }
    }

    fn with_room(bytes: &[u8]) -> Vec<u8> {
        [&[0xee; ROOM], bytes].concat()
    }

    fn shape(link: LinkType, cooked: bool, snaplen: u32) -> Shape {
        let link = Link { link, choice: &[], cooked, unknown: false };
        Shape::new(&link, snaplen, Accept::Both, 1)
    }

    const ADDRESSES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const OUTER: VlanTag = VlanTag { tpid: 0x88a8, tci: 0x2064 };

    #[test]
    fn a_tag_goes_back_behind_the_addresses() {
        let mut buffer = with_room(&[&ADDRESSES[..], &[0x08, 0x00, 0x45]].concat());
        let shape = shape(LinkType::ETHERNET, false, 1000);
        let record = shape.record(frame(&mut buffer, Some(OUTER), 14)).unwrap();
        assert_eq!(record.bytes, [&ADDRESSES[..], &[0x88, 0xa8, 0x20, 0x64, 0x08, 0x00, 0x45]].concat());
        assert_eq!((record.length, record.vlan, record.interface), (104, Some(OUTER), 7));
    }

    #[test]
    fn the_snaplen_holds_after_the_tag_is_in() {
        let mut buffer = with_room(&[&ADDRESSES[..], &[0x08, 0x00, 0x45]].concat());
        let shape = shape(LinkType::ETHERNET, false, 15);
        let record = shape.record(frame(&mut buffer, Some(OUTER), 14)).unwrap();
        assert_eq!((record.bytes.len(), record.length), (15, 104));
    }

    #[test]
    fn a_frame_too_short_for_a_tag_stays_as_it_is() {
        let mut buffer = with_room(&ADDRESSES[..11]);
        let record =
            shape(LinkType::ETHERNET, false, 99).record(frame(&mut buffer, Some(OUTER), 14)).unwrap();
        assert_eq!((record.bytes, record.length), (&ADDRESSES[..11], 100));
    }

    #[test]
    fn a_cooked_header_takes_the_place_of_the_link_layer() {
        let mut buffer = with_room(&[&ADDRESSES[..], &[0x08, 0x00, 0x45]].concat());
        let record = shape(LinkType::LINUX_SLL2, true, 999).record(frame(&mut buffer, None, 14)).unwrap();
        let header = [0x08, 0x00, 0, 0, 0, 0, 0, 7, 0, 1, 0, 6, 6, 7, 8, 9, 10, 11, 0, 0, 0x45];
        assert_eq!((record.bytes, record.length), (&header[..], 100 - 14 + 20));

        let mut buffer = with_room(&[&ADDRESSES[..], &[0x08, 0x00, 0x45]].concat());
        let record = shape(LinkType::LINUX_SLL, true, 999).record(frame(&mut buffer, None, 14)).unwrap();
        let header = [0, 0, 0, 1, 0, 6, 6, 7, 8, 9, 10, 11, 0, 0, 0x08, 0x00, 0x45];
        assert_eq!((record.bytes, record.length), (&header[..], 100 - 14 + 16));
    }

    /// The outer tag beside the frame and the inner one in it, as received; then both in it, as sent, when the
    /// kernel takes the network layer to begin behind both.
    #[test]
    fn a_cooked_record_has_both_tags_of_qinq() {
        let inner = [0x81, 0x00, 0x00, 0x07, 0x08, 0x00, 0x45];
        let expected = |record: Record<'_>| {
            assert_eq!(record.bytes.get(..2), Some(&[0x88, 0xa8][..]));
            assert_eq!(record.bytes.get(20..), Some(&[0x20, 0x64, 0x81, 0, 0, 7, 0x08, 0, 0x45][..]));
        };
        let shape = shape(LinkType::LINUX_SLL2, true, 999);
        let mut received = with_room(&[&ADDRESSES[..], &inner].concat());
        expected(shape.record(frame(&mut received, Some(OUTER), 14)).unwrap());
        let mut sent = with_room(&[&ADDRESSES[..], &[0x88, 0xa8, 0x20, 0x64], &inner].concat());
        expected(shape.record(frame(&mut sent, None, 22)).unwrap());
    }

    #[test]
    fn nonsense_is_none_and_never_a_panic() {
        for link in
            [LinkType::ETHERNET, LinkType::LINUX_SLL, LinkType::LINUX_SLL2, CAN_SOCKETCAN, LinkType::RAW]
        {
            let cooked = matches!(link, LinkType::LINUX_SLL | LinkType::LINUX_SLL2);
            for (start, caplen, network) in
                [(usize::MAX, 9, 0), (0, 40, 0), (40, 0, 41), (20, 21, 20), (0, 15, 0), (12, 13, usize::MAX)]
            {
                let mut buffer = vec![0; 40];
                let frame = Frame { start, caplen, network, ..frame(&mut buffer, Some(OUTER), 0) };
                let _ = shape(link, cooked, 7).record(frame);
            }
        }
        let mut buffer = vec![0; 40];
        let frame = Frame { start: 20, caplen: 21, ..frame(&mut buffer, None, 0) };
        assert!(shape(LinkType::RAW, false, 99).record(frame).is_none());
    }

    #[test]
    fn outgoing_packets_of_the_loopback_are_seen_once() {
        let both = shape(LinkType::ETHERNET, false, 99);
        let out = Shape { accept: Accept::Out, ..both };
        let sent = Seen { packet_type: PACKET_OUTGOING, ..SEEN };
        let looped = Seen { interface: 1, ..sent };
        assert!(both.wants(&SEEN) && both.wants(&sent) && !both.wants(&looped));
        assert!(!out.wants(&SEEN) && out.wants(&sent));
    }

    #[test]
    fn can_frames_get_the_byte_order_of_files() {
        let mut frame = [0; 16];
        frame[..4].copy_from_slice(&0x8000_0123u32.to_ne_bytes());
        fix_can(&mut frame, ETH_P_CANFD);
        assert_eq!(frame[..6], [0x80, 0, 1, 0x23, 0, 4]);
    }
}

//! One packet as it was captured: the same type from a ring, from a savefile, and to every writer.

use crate::LinkType;

/// When a packet was seen. Savefiles can hold a fraction of a second and more; it is kept as it was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub seconds: i64,
    /// Nanoseconds; 1,000,000,000 or more only if the source said so.
    pub nanos: u64,
}

impl Timestamp {
    /// So many nanoseconds after the beginning of 1970, or before it.
    pub fn from_nanos(nanos: i64) -> Self {
        const SECOND: i64 = 1_000_000_000;
        Self { seconds: nanos.div_euclid(SECOND), nanos: nanos.rem_euclid(SECOND).unsigned_abs() }
    }
}

/// Where a packet was going when this machine saw it (`sll_pkttype`, linux/if_packet.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The source does not say.
    #[default]
    Unknown,
    /// To this host.
    Host,
    /// To everybody on the link.
    Broadcast,
    /// To a group on the link.
    Multicast,
    /// To somebody else, seen in promiscuous mode.
    OtherHost,
    /// From this host.
    Outgoing,
}

/// A VLAN tag that the kernel took out of the frame and reported beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanTag {
    /// The ethertype that introduced the tag: 0x8100, 0x88a8, ..
    pub tpid: u16,
    /// Priority, drop eligibility and VLAN identifier.
    pub tci: u16,
}

/// A captured packet, lent until the next one is asked for.
///
/// `bytes` is the frame as it was on the wire: a VLAN tag that the kernel had removed is back in its place.
#[derive(Clone, Copy, Debug)]
pub struct Record<'p> {
    /// What was captured, link-layer header included. Its length is the *caplen*.
    pub bytes: &'p [u8],
    /// How long the packet was on the wire, in bytes.
    pub length: u32,
    /// When it was seen.
    pub time: Timestamp,
    /// What the first byte of `bytes` begins.
    pub link: LinkType,
    /// Which interface saw it: the kernel's index for a live capture, the index of the interface block in a
    /// pcapng file, 0 in a pcap file.
    pub interface: u32,
    /// Where it was going.
    pub direction: Direction,
    /// The tag that the kernel reported beside the frame, if it did.
    pub vlan: Option<VlanTag>,
}

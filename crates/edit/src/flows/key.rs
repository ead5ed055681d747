//! What a conversation is known by: two ends and a protocol, the same in both directions.
//!
//! Of IP the ends are the outermost addresses, with ports where the protocol has them; tags, labels and what is in
//! tunnels tell no conversations apart. A fragment belongs where its first one does, if that was seen; otherwise all
//! fragments between two addresses are one conversation. ARP is one between two stations, and so is everything else
//! on Ethernet, by ethertype; what is left is one conversation for each link type.

use crate::link::{self, Hardware, Kind};
use gannet_wire::numbers::{ethertype, ip_proto};
use gannet_wire::{LinkType, Record};
use std::collections::{HashMap, VecDeque};

/// First fragments that are remembered.
const FRAGMENTS: usize = 65_536;
/// Extension headers of IPv6, at most.
const EXTENSIONS: usize = 16;

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    ends: [End; 2],
    /// What the ends are, and a number that they speak.
    family: Family,
    protocol: u16,
}

/// An address, filled up with zeroes, and a port.
type End = ([u8; 16], u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Family {
    Ipv4,
    Ipv6,
    Ethernet,
    Link,
}

/// Finds out which conversation a packet belongs to.
#[derive(Debug, Default)]
pub struct Keys {
    /// Conversations of datagrams that came in fragments.
    fragments: HashMap<Datagram, Key>,
    /// The same in the order they were seen.
    seen: VecDeque<Datagram>,
}

/// Source, destination, identification, protocol.
type Datagram = ([u8; 16], [u8; 16], u32, u8);

/// What is needed of an IP header, and what follows it.
struct Packet<'p> {
    family: Family,
    source: [u8; 16],
    destination: [u8; 16],
    protocol: u8,
    /// Identification, and whether it is the first one.
    fragment: Option<(u32, bool)>,
    inner: &'p [u8],
}

impl Keys {
    /// The conversation of a packet.
    pub fn of(&mut self, record: &Record<'_>) -> Key {
        let Some(found) = link::enter(record.link, record.bytes) else { return of_link(record.link) };
        let layer = link::descend(record.bytes, found.layer);
        let rest = record.bytes.get(layer.at..).unwrap_or_default();
        let packet = match (layer.kind, rest.first().map(|first| first >> 4)) {
            (Kind::Ether(ethertype::IP) | Kind::Ip, Some(4)) => ipv4(rest),
            (Kind::Ether(ethertype::IPV6) | Kind::Ip, Some(6)) => ipv6(rest),
            _ => None,
        };
        if let Some(packet) = packet {
            return self.of_packet(&packet);
        }
        let [Some(Hardware::Mac(one)), Some(Hardware::Mac(other))] = found.hardware else {
            return of_link(record.link);
        };
        let end = |at: usize| (wide(record.bytes.get(at..at + 6).unwrap_or_default()), 0);
        let protocol = match (layer.kind, found.layer.kind) {
            (Kind::Ether(number), _) | (_, Kind::Ether(number)) => number,
            _ => 0,
        };
        key([end(one), end(other)], Family::Ethernet, protocol)
    }

    fn of_packet(&mut self, packet: &Packet<'_>) -> Key {
        let Packet { family, source, destination, protocol, .. } = *packet;
        let ends = |ports: [u16; 2]| {
            let [from, to] = ports;
            key([(source, from), (destination, to)], family, u16::from(protocol))
        };
        let Some((id, first)) = packet.fragment else { return ends(ports(protocol, packet.inner)) };
        let datagram = (source, destination, id, protocol);
        if !first {
            return self.fragments.get(&datagram).copied().unwrap_or_else(|| ends([0; 2]));
        }
        let key = ends(ports(protocol, packet.inner));
        if self.fragments.insert(datagram, key).is_none() {
            self.seen.push_back(datagram);
        }
        if self.seen.len() > FRAGMENTS
            && let Some(oldest) = self.seen.pop_front()
        {
            self.fragments.remove(&oldest);
        }
        key
    }
}

/// Both directions have the same.
fn key([one, other]: [End; 2], family: Family, protocol: u16) -> Key {
    let ends = if one <= other { [one, other] } else { [other, one] };
    Key { ends, family, protocol }
}

fn of_link(link: LinkType) -> Key {
    key([([0; 16], 0); 2], Family::Link, link.0)
}

/// An address in as much room as the longest needs.
fn wide(address: &[u8]) -> [u8; 16] {
    let mut wide = [0; 16];
    for (to, from) in wide.iter_mut().zip(address) {
        *to = *from;
    }
    wide
}

fn ports(protocol: u8, bytes: &[u8]) -> [u16; 2] {
    const UDP_LITE: u8 = 136;
    match (protocol, bytes) {
        (ip_proto::TCP | ip_proto::UDP | ip_proto::DCCP | ip_proto::SCTP | UDP_LITE, [a, b, c, d, ..]) => {
            [u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])]
        }
        _ => [0; 2],
    }
}

fn ipv4(bytes: &[u8]) -> Option<Packet<'_>> {
    let header: &[u8; 20] = bytes.first_chunk()?;
    let [first, _, high, low, id_high, id_low, flags, offset, _, protocol, ..] = header;
    let length = usize::from(first & 15) * 4;
    let offset = u16::from_be_bytes([*flags, *offset]);
    let total = usize::from(u16::from_be_bytes([*high, *low]));
    let total = if total < length { bytes.len() } else { total.min(bytes.len()) };
    let id = u32::from(u16::from_be_bytes([*id_high, *id_low]));
    Some(Packet {
        family: Family::Ipv4,
        source: wide(bytes.get(12..16)?),
        destination: wide(bytes.get(16..20)?),
        protocol: *protocol,
        fragment: (offset & 0x3fff != 0).then_some((id, offset & 0x1fff == 0)),
        inner: bytes.get(length..total).unwrap_or_default(),
    })
}

fn ipv6(bytes: &[u8]) -> Option<Packet<'_>> {
    let (source, destination) = (wide(bytes.get(8..24)?), wide(bytes.get(24..40)?));
    let mut packet = Packet {
        family: Family::Ipv6,
        source,
        destination,
        protocol: *bytes.get(6)?,
        fragment: None,
        inner: bytes.get(40..)?,
    };
    for _ in 0..EXTENSIONS {
        let [next, length, high, low, id @ ..] = packet.inner else { break };
        let bytes = match packet.protocol {
            ip_proto::HOP_BY_HOP | ip_proto::DESTINATION | ip_proto::ROUTING => {
                (usize::from(*length) + 1) * 8
            }
            ip_proto::AH => (usize::from(*length) + 2) * 4,
            ip_proto::FRAGMENT => {
                let offset = u16::from_be_bytes([*high, *low]);
                let id = id.first_chunk().map_or(0, |id| u32::from_be_bytes(*id));
                // A fragment that is whole (RFC 6946) is none.
                if offset & 0xfff9 != 0 {
                    packet.fragment = Some((id, offset & 0xfff8 == 0));
                }
                8
            }
            _ => break,
        };
        packet.protocol = *next;
        packet.inner = packet.inner.get(bytes..).unwrap_or_default();
        if packet.fragment.is_some_and(|(_, first)| !first) {
            break;
        }
    }
    Some(packet)
}

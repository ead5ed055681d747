//! Where the network layer begins in a frame, and where hardware addresses stand before it.
//!
//! Sources: <https://www.tcpdump.org/linktypes.html>; IEEE 802.1Q; RFC 1661 (PPP), RFC 2516 (PPPoE), RFC 3032 (MPLS).

use gannet_wire::LinkType;
use gannet_wire::numbers::ethertype;

/// An ethertype of MPLS, and that of its multicast.
const MPLS: [u16; 2] = [0x8847, 0x8848];
const PPPOE_SESSION: u16 = 0x8864;
/// Tags are no deeper than this.
const DEEPEST: usize = 32;

/// What begins at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What an ethertype says.
    Ether(u16),
    /// IP, of the version that its first four bits say.
    Ip,
    /// A protocol number of PPP, and what it says.
    Ppp,
    /// LLC, of so many bytes.
    Llc(usize),
    /// Nothing that is understood.
    Other,
}

/// A hardware address, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hardware {
    /// Six bytes.
    Mac(usize),
    /// The address of an IPv4 tunnel's end.
    Ipv4(usize),
    /// What there is room for of the address of an IPv6 tunnel's end: so many bytes.
    Ipv6(usize, usize),
    /// So many bytes of something else.
    Opaque(usize, usize),
}

/// A link layer's header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// Whom it is of, and whom it is for.
    pub(crate) hardware: [Option<Hardware>; 2],
    /// What follows it.
    pub(crate) layer: Layer,
}

/// What begins where, and where it ends at the latest. Counted from the first byte of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
    pub(crate) end: usize,
}

/// The header of a frame. `None`: nothing is known of this link type.
pub(crate) fn enter(link: LinkType, bytes: &[u8]) -> Option<Link> {
    let plain = |kind, at| Link { hardware: [None; 2], layer: Layer { kind, at, end: usize::MAX } };
    let ether = |at| be16(bytes, at).map_or(Kind::Other, of_ethertype);
    Some(match link {
        LinkType::ETHERNET => {
            let hardware = [Some(Hardware::Mac(6)), Some(Hardware::Mac(0))];
            Link { hardware, ..plain(ether(12), 14) }
        }
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => plain(Kind::Ip, 0),
        LinkType::NULL | LinkType::LOOP | LinkType::ENC => {
            plain(family(bytes), if link == LinkType::ENC { 12 } else { 4 })
        }
        LinkType::LINUX_SLL => Link {
            hardware: [cooked(be16(bytes, 2), be16(bytes, 4), 6), None],
            ..plain(cooked_kind(be16(bytes, 2), be16(bytes, 14)), 16)
        },
        LinkType::LINUX_SLL2 => Link {
            hardware: [cooked(be16(bytes, 8), bytes.get(11).map(|l| u16::from(*l)), 12), None],
            ..plain(cooked_kind(be16(bytes, 8), be16(bytes, 0)), 20)
        },
        LinkType::PPP | LinkType::PPP_PPPD | LinkType::PPP_HDLC => match bytes {
            [0x0f | 0x8f, _, ..] if link == LinkType::PPP_HDLC => plain(ether(2), 4),
            [_, 0x03, ..] => plain(Kind::Ppp, 2),
            _ => plain(Kind::Ppp, 0),
        },
        LinkType::PPP_ETHER => plain(Kind::Ether(PPPOE_SESSION), 0),
        LinkType::C_HDLC => plain(ether(2), 4),
        _ => return None,
    })
}

/// Goes behind tags, labels and what else stands between a link layer and the network layer.
pub(crate) fn descend(bytes: &[u8], layer: Layer) -> Layer {
    let mut layer = layer;
    for _ in 0..DEEPEST {
        let Some(next) = step(bytes, layer) else { return layer };
        layer = next;
    }
    Layer { kind: Kind::Other, ..layer }
}

/// One step; `None` if there is none.
fn step(bytes: &[u8], layer: Layer) -> Option<Layer> {
    let Layer { kind, at, end } = layer;
    let to = |kind, length: usize| Some(Layer { kind, at: at.saturating_add(length), end });
    let nothing = Some(Layer { kind: Kind::Other, ..layer });
    match kind {
        Kind::Ether(
            ethertype::VLAN | ethertype::QINQ | ethertype::QINQ_OLD | ethertype::QINQ_OLDER | 0x9300,
        ) => be16(bytes, at + 2).map_or(nothing, |next| to(of_ethertype(next), 4)),
        Kind::Ether(kind) if MPLS.contains(&kind) => match bytes.get(at + 2) {
            Some(last) if last & 1 == 0 => to(Kind::Ether(kind), 4),
            Some(_) => match bytes.get(at + 4).map(|first| first >> 4) {
                Some(4 | 6) => to(Kind::Ip, 4),
                _ => to(Kind::Other, 4),
            },
            None => nothing,
        },
        Kind::Ether(PPPOE_SESSION) => match (bytes.get(at + 1), be16(bytes, at + 4)) {
            (Some(0), Some(length)) => {
                let end = end.min((at + 6).saturating_add(usize::from(length)));
                Some(Layer { kind: Kind::Ppp, at: at + 6, end })
            }
            _ => nothing,
        },
        Kind::Ppp => {
            let first = *bytes.get(at)?;
            let (number, length) = match first & 1 {
                1 => (u16::from(first), 1),
                _ => (be16(bytes, at)?, 2),
            };
            match number {
                0x0021 => to(Kind::Ether(ethertype::IP), length),
                0x0057 => to(Kind::Ether(ethertype::IPV6), length),
                0x0281 | 0x0283 => to(Kind::Ether(MPLS[0]), length),
                _ => to(Kind::Other, length),
            }
        }
        Kind::Llc(length) => {
            let end = end.min(at.saturating_add(length));
            let (kind, length) = match bytes.get(at..).unwrap_or_default() {
                [0xaa, 0xaa, 0x03, 0, 0, 0x00 | 0xf8, high, low, ..] => {
                    (of_ethertype(u16::from_be_bytes([*high, *low])), 8)
                }
                [0x06, 0x06, 0x03, ..] => (Kind::Ip, 3),
                [0xff, 0xff, ..] => (Kind::Other, 0),
                _ => (Kind::Other, 3),
            };
            Some(Layer { kind, at: at + length, end })
        }
        Kind::Ether(_) | Kind::Ip | Kind::Other => None,
    }
}

/// Of a number that is an ethertype, or the length of what follows.
fn of_ethertype(number: u16) -> Kind {
    if number < ethertype::MIN { Kind::Llc(usize::from(number)) } else { Kind::Ether(number) }
}

/// Of an address family, in either byte order, as the BSDs and Linux number them.
fn family(bytes: &[u8]) -> Kind {
    match bytes {
        [0, 0, 0, family, ..] | [family, 0, 0, 0, ..] => match family {
            2 => Kind::Ether(ethertype::IP),
            10 | 24 | 28 | 30 => Kind::Ether(ethertype::IPV6),
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

/// The address of a cooked header, by the hardware type (`ARPHRD_`, linux/if_arp.h) and its length.
fn cooked(hardware: Option<u16>, length: Option<u16>, at: usize) -> Option<Hardware> {
    match (hardware?, usize::from(length?)) {
        (_, 0) => None,
        (768 | 776 | 778, 4) => Some(Hardware::Ipv4(at)),
        (769 | 823, 16) => Some(Hardware::Ipv6(at, 8)),
        (_, 6) => Some(Hardware::Mac(at)),
        (_, length) => Some(Hardware::Opaque(at, length.min(8))),
    }
}

/// What follows a cooked header. Netlink numbers its own way.
fn cooked_kind(hardware: Option<u16>, protocol: Option<u16>) -> Kind {
    const NETLINK: u16 = 824;
    const LLC: u16 = 4;
    match (hardware, protocol) {
        (Some(NETLINK), _) | (_, None) => Kind::Other,
        (_, Some(LLC)) => Kind::Llc(usize::MAX),
        (_, Some(number)) if number < ethertype::MIN => Kind::Other,
        (_, Some(number)) => Kind::Ether(number),
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_be_bytes(*pair))
}

//! What filters may ask of a packet beside its bytes: as much of it as a record or a savefile tells.
//!
//! Source: linux/filter.h (`SKF_AD_*`), linux/if_arp.h, linux/if_packet.h.

use gannet_bpf::Metadata;
use gannet_wire::{Cursor, Direction, Dissect, LinkType, Record};

/// What the record itself knows. Costs nothing, and is all that compiled expressions ask for.
#[inline]
pub fn metadata(record: &Record<'_>) -> Metadata {
    let packet_type = match record.direction {
        Direction::Unknown => None,
        Direction::Host => Some(HOST),
        Direction::Broadcast => Some(BROADCAST),
        Direction::Multicast => Some(MULTICAST),
        Direction::OtherHost => Some(3),
        Direction::Outgoing => Some(4),
    };
    Metadata {
        packet_type,
        interface: Some(record.interface),
        vlan_present: Some(record.vlan.is_some()),
        vlan_tag: Some(record.vlan.map_or(0, |tag| tag.tci)),
        vlan_tpid: Some(record.vlan.map_or(0, |tag| tag.tpid)),
        ..Metadata::default()
    }
}

const HOST: u8 = 0;
const BROADCAST: u8 = 1;
const MULTICAST: u8 = 2;

/// The same, and what the kernel would have known of the packet, read back from its bytes: ethertype, kind of
/// hardware, where the network header and the payload are. For programs that were written for the kernel.
///
/// A tag that is in the bytes stays a part of them, and is not taken for one that was beside the packet.
pub fn as_kernel(record: &Record<'_>) -> Metadata {
    let mut known = metadata(record);
    let whole = Cursor::new(record.bytes, record.length as usize);
    // What the bytes do not reach stays unknown.
    let _ = link(record.link, whole, &mut known);
    if let (Some(network), Some(protocol)) = (known.network_offset, known.protocol) {
        let payload = payload(whole.at(network as usize), protocol).unwrap_or(None);
        known.payload_offset = Some(payload.map_or(0, |offset| network + offset as u32));
    }
    known
}

/// The kinds of hardware, `ARPHRD_*`.
mod hardware {
    pub(super) const ETHERNET: u16 = 1;
    pub(super) const LOOPBACK: u16 = 772;
    pub(super) const NONE: u16 = 0xfffe;
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

fn link(link: LinkType, mut p: Cursor<'_>, known: &mut Metadata) -> Dissect {
    match link {
        LinkType::ETHERNET => {
            known.hardware_type = Some(hardware::ETHERNET);
            known.network_offset = Some(14);
            let destination: [u8; 6] = p.array()?;
            known.packet_type = known.packet_type.or(match destination {
                [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => Some(BROADCAST),
                [first, ..] if first & 1 != 0 => Some(MULTICAST),
                _ => Some(HOST),
            });
            p.skip(6)?;
            known.protocol = Some(ethertype(p.be16()?, p));
        }
        LinkType::LINUX_SLL => {
            known.network_offset = Some(16);
            known.packet_type = Some(p.be16()? as u8);
            known.hardware_type = Some(p.be16()?);
            p.skip(10)?;
            known.protocol = Some(p.be16()?);
        }
        LinkType::LINUX_SLL2 => {
            known.network_offset = Some(20);
            known.protocol = Some(p.be16()?);
            p.skip(2)?;
            known.interface = Some(p.be32()?);
            known.hardware_type = Some(p.be16()?);
            known.packet_type = Some(p.u8()?);
        }
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => {
            known.hardware_type = Some(hardware::NONE);
            known.network_offset = Some(0);
            known.protocol = by_version(p.peek()?);
        }
        LinkType::NULL | LinkType::LOOP => {
            known.hardware_type = Some(hardware::LOOPBACK);
            known.network_offset = Some(4);
            p.skip(4)?;
            known.protocol = by_version(p.peek()?);
        }
        _ => {}
    }
    Ok(())
}

/// As `eth_type_trans` sees it: what is too small for an ethertype is a length.
fn ethertype(field: u16, behind: Cursor<'_>) -> u16 {
    const SMALLEST: u16 = 0x0600;
    const ETH_P_802_3: u16 = 1;
    const ETH_P_802_2: u16 = 4;
    match field {
        SMALLEST.. => field,
        _ if behind.rest().starts_with(&[0xff, 0xff]) => ETH_P_802_3,
        _ => ETH_P_802_2,
    }
}

fn by_version(first: u8) -> Option<u16> {
    match first >> 4 {
        4 => Some(IPV4),
        6 => Some(IPV6),
        _ => None,
    }
}

/// Where the payload behind a transport header that is known begins; `None` where the kernel says 0.
fn payload(mut p: Cursor<'_>, protocol: u16) -> Dissect<Option<usize>> {
    let start = p;
    let transport = match protocol {
        IPV4 => {
            let header = usize::from(p.u8()? & 0x0f) * 4;
            p.skip(5)?;
            let fragment = p.be16()? & 0x1fff;
            p.skip(1)?;
            let protocol = p.u8()?;
            p = start;
            p.skip(header.max(20))?;
            if fragment != 0 { None } else { Some(protocol) }
        }
        IPV6 => {
            p.skip(6)?;
            let mut next = p.u8()?;
            p.skip(33)?;
            // Hop-by-hop options, routing, destination options; each makes the packet shorter.
            while matches!(next, 0 | 43 | 60) {
                let mut header = p;
                next = header.u8()?;
                p.skip(usize::from(header.u8()?) * 8 + 8)?;
            }
            Some(next)
        }
        _ => None,
    };
    let offset = p.since(&start);
    Ok(match transport {
        Some(6) => {
            p.skip(12)?;
            Some(offset + usize::from(p.u8()? >> 4) * 4)
        }
        // ICMP, IGMP, UDP, ICMPv6, UDP-Lite.
        Some(1 | 2 | 17 | 58 | 136) => Some(offset + 8),
        // DCCP, SCTP.
        Some(33 | 132) => Some(offset + 12),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_wire::Timestamp;

    fn known(link: LinkType, hex: &str) -> Metadata {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        as_kernel(&Record {
            bytes: &bytes,
            length: bytes.len() as u32,
            time: Timestamp::default(),
            link,
            interface: 7,
            direction: Direction::Unknown,
            vlan: None,
        })
    }

    const TCP: &str =
        "4500002c 00010000 40060000 0a000001 0a000002  00500051 00000000 00000000 60020000 00000000 020405b4";

    #[test]
    fn an_ethernet_frame() {
        let known = known(LinkType::ETHERNET, &format!("ffffffffffff 020000000001 0800 {TCP}"));
        assert_eq!(
            (known.protocol, known.hardware_type, known.packet_type),
            (Some(0x0800), Some(1), Some(1))
        );
        assert_eq!((known.network_offset, known.payload_offset), (Some(14), Some(58)));
        assert_eq!((known.interface, known.vlan_present), (Some(7), Some(false)));
    }

    #[test]
    fn a_length_is_no_ethertype() {
        let of =
            |behind: &str| known(LinkType::ETHERNET, &format!("0180c2000000 020000000001 0026 {behind}"));
        assert_eq!((of("424203").protocol, of("ffff00").protocol), (Some(4), Some(1)));
        assert_eq!(of("424203").packet_type, Some(2));
    }

    #[test]
    fn cooked_headers_say_it_themselves() {
        let one = known(LinkType::LINUX_SLL, &format!("0004 0001 0006 0200000000010000 0800 {TCP}"));
        assert_eq!((one.packet_type, one.protocol, one.payload_offset), (Some(4), Some(0x0800), Some(60)));
        let two =
            known(LinkType::LINUX_SLL2, &format!("0800 0000 00000003 0001 00 06 0200000000010000 {TCP}"));
        assert_eq!((two.packet_type, two.interface, two.payload_offset), (Some(0), Some(3), Some(64)));
    }

    #[test]
    fn ipv6_behind_a_routing_header_and_a_cut_frame() {
        let raw = "60000000 0010 2b 40 fe800000000000000000000000000001 fe800000000000000000000000000002 1100000000000000 0035003500080000";
        assert_eq!(known(LinkType::RAW, raw).payload_offset, Some(56));
        assert_eq!(known(LinkType::RAW, "45").payload_offset, Some(0));
        assert_eq!(known(LinkType::ETHERNET, "ffff").protocol, None);
    }
}

//! Tests in plain words: what a person would say is asked of a packet.

use super::{Arith, ArithKind, Base, Bound, ByteOp, Dir, Filter, LayerKind, Test, TestKind};

mod legacy;

impl Filter {
    /// What `test` asks, as a clause of a sentence that begins with "The packet is wanted if".
    pub fn in_words(&self, test: &Test) -> String {
        let mut words = match &test.kind {
            TestKind::Compare { left, right, .. } => {
                let mut words = String::from("this comparison of unsigned numbers holds");
                let bases = self.bases([*left, *right]);
                if !bases.is_empty() {
                    words += &format!(", of {}", bases.join(" that is also "));
                }
                words
            }
            kind => asks(kind),
        };
        if let Some(layer) = self.layer(test.at).filter(|layer| layer.under.is_some()) {
            words += &format!(", inside {}", inside(layer.kind));
        }
        words
    }

    /// What a packet must be for the loads of some values.
    fn bases(&self, values: [super::ArithId; 2]) -> Vec<String> {
        let (mut bases, mut todo) = (Vec::new(), values.to_vec());
        while let Some(id) = todo.pop() {
            match self.arith(id).map(|Arith { kind, .. }| *kind) {
                Some(ArithKind::Load { base, index, .. }) => {
                    todo.push(index);
                    let name = match base {
                        Base::Link | Base::Radio => continue,
                        Base::Network(number) => format!("a packet of {}", protocol(number)),
                        Base::Transport4(number) => {
                            format!("a packet of {} in IPv4, its first fragment", transport(number))
                        }
                        Base::Transport6(number) => format!("a packet of {} in IPv6", transport(number)),
                    };
                    if !bases.contains(&name) {
                        bases.push(name);
                    }
                }
                Some(ArithKind::Binary(_, left, right)) => todo.extend([right, left]),
                Some(ArithKind::Negate(value)) => todo.push(value),
                _ => {}
            }
        }
        bases
    }
}

fn asks(kind: &TestKind) -> String {
    match kind {
        TestKind::LinkProto(number) => format!("the link layer carries {}", protocol(*number)),
        TestKind::IpProto { v4, v6, number } => {
            let also = if *v6 { " (there also behind one fragment header)" } else { "" };
            format!("it is {} in {}{also}", transport(*number), families(*v4, *v6))
        }
        TestKind::ProtoChain { v4, v6, number } => {
            format!("{} is somewhere in the chain of headers of {}", transport(*number), families(*v4, *v6))
        }
        TestKind::Host4 { nets, dir, addr, mask } => {
            let headers = nets.to_string().to_uppercase().replace("IP", "IPv4").replace('/', ", ");
            let what = match mask.is_broadcast() {
                true => format!("is {addr}"),
                false => format!("is in {addr} mask {mask}"),
            };
            format!("{} {what}, in a header of {headers}", which(*dir, "address"))
        }
        TestKind::Host6 { dir, addr, mask } => match mask.to_bits().leading_ones() {
            128 => format!("{} is {addr}, in IPv6", which(*dir, "address")),
            bits => format!("{} is in {addr}/{bits}, in IPv6", which(*dir, "address")),
        },
        TestKind::EtherHost { dir, mac } => {
            let mac: Vec<_> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
            match legacy::wlan_address(*dir) {
                Some(address) => format!("{address} is {}", mac.join(":")),
                None => format!("{} on the link is {}", which(*dir, "address"), mac.join(":")),
            }
        }
        TestKind::DecnetHost { dir, addr } => {
            format!("{} is {}.{}, in DECnet", which(*dir, "address"), addr >> 10, addr & 0x3ff)
        }
        TestKind::Port { protos, dir, low, high, .. } => {
            let ports = if low == high { format!("is {low}") } else { format!("is {low} to {high}") };
            let protos = protos.to_string().to_uppercase().replace('/', " or ");
            format!("{} {ports}, in {protos} over IPv4 (not a later fragment) or IPv6", which(*dir, "port"))
        }
        TestKind::Length { bound: Bound::AtMost, bytes } => {
            format!("it was at most {bytes} bytes long on the wire")
        }
        TestKind::Length { bound: Bound::AtLeast, bytes } => {
            format!("it was at least {bytes} bytes long on the wire")
        }
        TestKind::Byte { offset, op, value } => match op {
            ByteOp::And | ByteOp::Or => format!("byte {offset} {op} {value} is not zero"),
            _ => format!("byte {offset} {op} {value}"),
        },
        other => rarely(other),
    }
}

/// The rarer tests. What has no words of its own is said as it is printed.
fn rarely(kind: &TestKind) -> String {
    let plain = |words: &str| words.to_string();
    match kind {
        TestKind::IsoProto(number) => legacy::iso(*number),
        TestKind::IsisType(number) => legacy::isis(*number),
        TestKind::LinkBroadcast => plain("it was sent to everybody on the link"),
        TestKind::LinkMulticast => plain("it was sent to a group on the link"),
        TestKind::IpBroadcast { .. } => plain("its IPv4 destination is a broadcast address of the network"),
        TestKind::IpMulticast => plain("its IPv4 destination is a group (224.0.0.0/4)"),
        TestKind::Ip6Multicast => plain("its IPv6 destination is a group (ff00::/8)"),
        TestKind::Vlan { id } => opens("an 802.1Q tag", "identifier", id),
        TestKind::Mpls { label } => opens("an MPLS label", "number", label),
        TestKind::PppoeDiscovery => plain("it is PPPoE discovery"),
        TestKind::PppoeSession { id } => opens("a PPPoE session", "number", id),
        TestKind::Geneve { vni } => opens("Geneve", "virtual network", vni),
        TestKind::Vxlan { vni } => opens("VXLAN", "virtual network", vni),
        TestKind::Llc(which) => legacy::llc(*which),
        TestKind::ByteHost { dir, addr } => format!("{} on the link is ${addr:02x}", which(*dir, "address")),
        TestKind::Field { field, op, value } => legacy::field(*field, *op, *value),
        TestKind::PfName { of, name } => legacy::pf_name(*of, name),
        TestKind::SignalUnit { unit, high_speed } => legacy::signal_unit(*unit, *high_speed),
        TestKind::Lane => plain("it is of ATM LAN emulation; what follows looks inside"),
        TestKind::WlanType { mask, value } => legacy::wlan_type(*mask, *value),
        TestKind::WlanDirection(bits) => plain(legacy::wlan_direction(*bits)),
        TestKind::Direction { outbound: true } => plain("this machine sent it"),
        TestKind::Direction { outbound: false } => plain("this machine received it"),
        TestKind::IfIndex(index) => format!("interface number {index} saw it"),
        other => format!("this holds: {other}"),
    }
}

fn opens(what: &str, number: &str, value: &Option<impl std::fmt::Display>) -> String {
    let number = value.as_ref().map(|value| format!(" of {number} {value}")).unwrap_or_default();
    format!("it has {what}{number}; what follows looks inside")
}

fn which(dir: Dir, what: &str) -> String {
    match dir {
        Dir::Src => format!("its source {what}"),
        Dir::Dst => format!("its destination {what}"),
        Dir::Either => format!("its source or destination {what}"),
        Dir::Both => format!("each of its source and destination {what}es").replace("portes", "ports"),
        other => format!("its {what} {other}"),
    }
}

fn families(v4: bool, v6: bool) -> &'static str {
    match (v4, v6) {
        (true, false) => "IPv4",
        (false, true) => "IPv6",
        _ => "IPv4 or IPv6",
    }
}

/// Layers are printed as the words that open them.
fn inside(kind: LayerKind) -> String {
    match kind {
        LayerKind::Vlan => "the VLAN tag".to_string(),
        LayerKind::Mpls => "the MPLS label".to_string(),
        LayerKind::Pppoe => "the PPPoE session".to_string(),
        LayerKind::Lane => "the emulated LAN's frame".to_string(),
        other => format!("the layer of {other}"),
    }
}

/// What an ethertype or LLC SAP stands for. Source: the numbers that filters have words for.
fn protocol(number: u16) -> String {
    let name = match number {
        0x800 => "IPv4",
        0x86dd => "IPv6",
        0x806 => "ARP",
        0x8035 => "RARP",
        0x809b => "AppleTalk",
        0x80f3 => "AppleTalk ARP",
        0x6001 => "MOP dump/load",
        0x6002 => "MOP remote console",
        0x6003 => "DECnet",
        0x6004 => "LAT",
        0x6007 => "SCA",
        0xfe => "the ISO protocols",
        0x42 => "the spanning tree protocol",
        0xe0 => "IPX",
        0xf0 => "NetBEUI",
        0..=1500 => return format!("LLC SAP {number:#x}"),
        _ => return format!("ethertype {number:#06x}"),
    };
    name.to_string()
}

/// What an IP protocol's number stands for.
fn transport(number: u8) -> String {
    let name = match number {
        1 => "ICMP",
        2 => "IGMP",
        6 => "TCP",
        9 => "IGRP",
        17 => "UDP",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        103 => "PIM",
        112 => "VRRP or CARP",
        132 => "SCTP",
        _ => return format!("IP protocol {number}"),
    };
    name.to_string()
}

#[cfg(test)]
mod tests {
    use crate::names::NoNames;
    use crate::{LinkType, Target, tests};

    fn words(text: &str) -> Vec<String> {
        let target = Target::new(LinkType::ETHERNET);
        let filter = tests(text, &target, &NoNames, &mut Vec::new()).unwrap();
        filter.tests.iter().map(|test| filter.in_words(test)).collect()
    }

    #[test]
    fn sentences() {
        for (text, expected) in [
            (
                "src net 10.0.0.0/8",
                "its source address is in 10.0.0.0 mask 255.0.0.0, in a header of IPv4, ARP, RARP",
            ),
            (
                "tcp dst port 80",
                "its destination port is 80, in TCP over IPv4 (not a later fragment) or IPv6",
            ),
            (
                "src and dst port 53",
                "each of its source and destination ports is 53, in TCP or UDP or SCTP over IPv4 (not a later fragment) or IPv6",
            ),
            ("ip6 host ::1", "its source or destination address is ::1, in IPv6"),
            ("arp", "the link layer carries ARP"),
            ("greater 100", "it was at least 100 bytes long on the wire"),
            (
                "tcp[13] & 2 != 0",
                "this comparison of unsigned numbers holds, of a packet of TCP in IPv4, its first fragment",
            ),
            ("ether src 2:0:0:0:0:1", "its source address on the link is 02:00:00:00:00:01"),
        ] {
            assert_eq!(words(text), [expected], "{text}");
        }
    }

    #[test]
    fn layers_are_named() {
        let expected = [
            "it has an 802.1Q tag of identifier 7; what follows looks inside",
            "the link layer carries IPv4, inside the VLAN tag",
        ];
        assert_eq!(words("vlan 7 and ip"), expected);
    }
}

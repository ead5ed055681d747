//! Places that libpcap keeps in a register, and what it does with them: filters on tunnels and on headers of unknown length, asked
//! about packets that tell.

use gannet_bpf::{Metadata, Vm};
use gannet_filter::names::NoNames;
use gannet_filter::{LinkType, Target, compile};

/// Whether `filter` accepts a packet, which must not depend on the optimiser.
fn accepts(link: LinkType, filter: &str, packet: &[u8]) -> bool {
    let answers = [false, true].map(|optimise| {
        let target = Target { optimise, ..Target::new(link) };
        let program = match compile(filter, &target, &NoNames) {
            Ok(compiled) => compiled.program,
            Err(e) if e.message() == "expression rejects all packets" => return false,
            Err(e) => panic!("{filter}: {}", e.message()),
        };
        Vm::new(&program).run(packet, packet.len() as u32, &Metadata::default()) != 0
    });
    assert_eq!(answers[0], answers[1], "{filter}");
    answers[0]
}

/// IPv4 and UDP to Geneve's port, a Geneve header of type `kind` with `vni`, and `inner`.
fn geneve(before: &[u8], kind: u16, vni: [u8; 3], inner: &[u8]) -> Vec<u8> {
    let mut packet = before.to_vec();
    packet.extend([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend([0, 0, 0x17, 0xc1, 0, 0, 0, 0]);
    packet.extend([0, 0]);
    packet.extend(kind.to_be_bytes());
    packet.extend(vni);
    packet.push(0);
    packet.extend(inner);
    packet.resize(packet.len() + 40, 0);
    packet
}

/// An Ethernet header.
fn ethernet(kind: u16) -> Vec<u8> {
    let mut header = vec![0; 12];
    header.extend(kind.to_be_bytes());
    header
}

/// Ethernet and IPv4 whose header ends with `last`, and ICMP.
fn inner(last: u8) -> Vec<u8> {
    let mut frame = ethernet(0x0800);
    frame.extend([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, last]);
    frame
}

#[test]
fn before_a_header_that_is_in_a_register_there_are_bytes() {
    let packet = geneve(&ethernet(0x0800), 0x6558, [0; 3], &inner(77));
    // The place of the IP header inside is in the register as a whole, so that a negative index reaches what is before it.
    assert!(accepts(LinkType::ETHERNET, "geneve and icmp[-1] = 77", &packet));
    assert!(accepts(LinkType::ETHERNET, "geneve and ip[-2:2] = 0x0800", &packet));
    // Outside the register holds the index alone, and the machine does not wrap around.
    assert!(!accepts(LinkType::ETHERNET, "ip[-2:2] = 0x0800", &packet));
    // The length of an IP header is in the register.
    assert!(accepts(LinkType::ETHERNET, "udp[-4:4] = 0x0a000002", &packet));
}

#[test]
fn behind_labels_and_a_tunnel_nothing_is_found() {
    let mut before = ethernet(0x8847);
    before.extend([0, 0, 1, 0]);
    let packet = geneve(&before, 0x6558, [0, 0, 1], &inner(1));
    assert!(accepts(LinkType::ETHERNET, "mpls and geneve", &packet));
    // libpcap looks for the label's last bit two bytes before what its register says.
    assert!(!accepts(LinkType::ETHERNET, "mpls and geneve and ip", &packet));
    assert!(!accepts(LinkType::ETHERNET, "mpls and not (geneve and not ip)", &packet));
}

#[test]
fn saps_stand_behind_the_type_of_geneve() {
    let packet = geneve(&ethernet(0x0800), 20, [58, 0, 0], &[0x99; 20]);
    assert!(accepts(LinkType::ETHERNET, "geneve and ether proto 58", &packet));
    assert!(!accepts(LinkType::ETHERNET, "geneve and ether proto 0x99", &packet));
}

#[test]
fn iso_inside_a_tunnel_stands_where_the_outer_link_would_have_it() {
    let mut frame = ethernet(6);
    frame.extend([0xfe, 0xfe, 3, 0x82]);
    let on_ethernet = geneve(&ethernet(0x0800), 0x6558, [0; 3], &frame);
    assert!(accepts(LinkType::ETHERNET, "geneve and esis", &on_ethernet));
    let mut cooked = vec![0x08, 0];
    cooked.resize(20, 0);
    let on_cooked = geneve(&cooked, 0x6558, [0; 3], &frame);
    assert!(accepts(LinkType::LINUX_SLL2, "geneve and iso", &on_cooked));
    // That link has no 802.2 header, so that libpcap takes the first byte for the protocol.
    assert!(!accepts(LinkType::LINUX_SLL2, "geneve and esis", &on_cooked));
    assert!(accepts(LinkType::LINUX_SLL2, "geneve and iso proto 0xfe", &on_cooked));
}

#[test]
fn a_chain_of_headers_nowhere_is_no_chain() {
    let packet = [0x4d, 0x47, 0x43, 0, 0, 0, 0, 58];
    assert!(!accepts(LinkType::JUNIPER_ST, "ip protochain 58", &packet));
}

/// The load of the relation never succeeds, so that it comes out as what `and` rejects with; `pim` is asked nevertheless.
#[test]
fn tests_that_come_out_the_same_are_no_constants() {
    let filter = "pim and ! ip[0x7fffffff] < ip[18] or not ether proto 0x800";
    let mut ip6 = vec![0x60];
    assert!(!accepts(LinkType::RAW, filter, &ip6), "the next header is not there");
    ip6.resize(40, 0);
    assert!(accepts(LinkType::RAW, filter, &ip6));
    // Of a constant nothing is left, whatever stands beside it.
    assert!(accepts(LinkType::RAW, "pim and stp or not ether proto 0x800", &ip6[..1]));
}

#[test]
fn a_length_that_was_asked_for_is_loaded_even_if_a_constant_decides() {
    // On this link there is no MOP: the rest is left out, but for the byte that has the header's length.
    for filter in ["not moprc", "tcp src port 80 or not moprc"] {
        assert!(accepts(LinkType::PFLOG, filter, &[0]), "{filter}");
    }
    assert!(accepts(LinkType::PFLOG, "not moprc", &[]));
    assert!(!accepts(LinkType::PFLOG, "tcp src port 80 or not moprc", &[]));
}

#[test]
fn a_length_that_was_asked_for_is_loaded_even_if_nothing_gets_there() {
    let asked = "len = 0 or link[-1] = 6 or ip[4] = 1";
    let unasked = "len = 0 or link[-1] = 6 or link[4] = 1";
    assert!(!accepts(LinkType::IEEE802_11, asked, &[]));
    assert!(accepts(LinkType::IEEE802_11, unasked, &[]));
}

#[test]
fn of_two_protocols_that_are_asked_for_one_may_decide() {
    assert!(accepts(LinkType::RAW, "ip[20] > sca[8] or len >= 0", &[]));
    assert!(!accepts(LinkType::RAW, "ip[20] > tcp[8] or len >= 0", &[]));
}

#[test]
fn an_index_and_a_length_near_the_end_of_numbers_are_a_small_offset() {
    // The length that AVS gives itself is 2^32 - 1: the byte at 11 behind that is the one at 10.
    let mut packet = [0; 45];
    packet[4..8].fill(0xff);
    packet[10] = 1;
    assert!(accepts(LinkType::IEEE802_11_AVS, "ether[11] = 1 or ether multicast", &packet));
    assert!(!accepts(LinkType::IEEE802_11_AVS, "ether[12] = 1 or ether multicast", &packet));
}

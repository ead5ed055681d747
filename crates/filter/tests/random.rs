//! Random filters: the optimised program gives the answer of the plain one, on packets of every length.
//!
//! The plain program is the meaning: it makes every load of libpcap's unoptimised program, in its order (`cargo xtask conform
//! filters` holds it to that). A fixed seed makes failures repeatable; `GANNET_RANDOM` asks for more rounds.

use gannet_bpf::{Metadata, Program, Semantics, Vm, listing};
use gannet_filter::names::Names;
use gannet_filter::{LinkType, Target, compile};

struct NoNames;
impl Names for NoNames {}

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn one_of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Few values, so that tests of one filter, and of packets, meet.
const ADDRESSES: [&str; 4] = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.1"];
const PORTS: [u16; 4] = [80, 443, 1000, 1010];

fn primitive(dice: &mut Dice, link: LinkType) -> String {
    let dir = ["", "", "src ", "dst ", "src and dst "][dice.below(5)];
    let address = ADDRESSES[dice.below(4)];
    let port = PORTS[dice.below(4)];
    let op = dice.one_of(&["=", "!=", "<", ">", "<=", ">="]);
    match dice.below(if link == LinkType::ETHERNET { 27 } else { 19 }) {
        0 => dice.one_of(&["ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "sctp", "icmp6"]).to_string(),
        1..4 => format!("{dir}host {address}"),
        4 => format!("{}{dir}host {address}", dice.one_of(&["ip ", "arp "])),
        5 => format!("{dir}net {}", dice.one_of(&["10.0.0.0/30", "10.0.0.0/8", "10.0.1.0/24", "0.0.0.0/0"])),
        6..9 => format!("{}{dir}port {port}", dice.one_of(&["", "tcp ", "udp "])),
        9 => format!("{dir}portrange {}-{}", port, PORTS[dice.below(4)]),
        10 => format!("ip proto {}", [1, 6, 17][dice.below(3)]),
        11 => format!("{} {}", dice.one_of(&["less", "greater"]), [60, 64][dice.below(2)]),
        12 => format!("len {op} {}", [60, 61, 64][dice.below(3)]),
        13 => format!("tcp[13] & {} {op} {}", [2, 3, 18][dice.below(3)], [0, 2, 3][dice.below(3)]),
        14 => format!("ip[8] {op} {}", [64, 1, 255, 300][dice.below(4)]),
        15 => format!("ip[2:2] - ((ip[0]&0xf)<<2) {op} {}", [20, 40][dice.below(2)]),
        16 => format!("{dir}host {}", dice.one_of(&["fe80::1", "2001:db8::1"])),
        17 => format!("udp[{}:2] {op} ip[{}:2]", [0, 2, 4][dice.below(3)], [2, 4][dice.below(2)]),
        18 if dice.below(2) == 0 => format!("ip[6:2] & 0x1fff {op} {}", dice.below(2)),
        18 => format!("ip[{}] {} ip[8] {op} {}", dice.below(10), ["<<", ">>"][dice.below(2)], dice.below(3)),
        19 => format!("ether {dir}host 02:00:00:00:00:0{}", dice.below(3)),
        20 => format!("ether proto {}", dice.one_of(&["0x800", "0x806", "0x88cc", "0x42", "0xe0", "0x809b"])),
        21 => format!("ether[{}:2] {op} {}", [12, 14, 16][dice.below(3)], [0x800, 0x8100, 5][dice.below(3)]),
        22 => dice.one_of(&["broadcast", "multicast", "ip multicast", "ip6 multicast"]).to_string(),
        23 => dice.one_of(&["vlan", "vlan 5", "vlan 7", "mpls", "mpls 5", "pppoes", "pppoes 5"]).to_string(),
        24 => format!("ether[0] & 1 {op} 0"),
        25 if dice.below(2) == 0 => format!("ether[ip[8]] {op} {}", dice.below(3)),
        25 => format!("ether[ip[8] - {}] {op} {}", [1, 12, 64][dice.below(3)], dice.below(3)),
        _ => format!("tcp[tcp[12] / {}] {op} {}", 1 + dice.below(20), dice.below(3)),
    }
}

fn filter(dice: &mut Dice, link: LinkType, depth: usize) -> String {
    if depth == 0 {
        return primitive(dice, link);
    }
    let terms: Vec<String> = (0..1 + dice.below(4))
        .map(|_| {
            let below = dice.below(depth);
            let inner = filter(dice, link, below);
            let not = if dice.below(5) == 0 { "not " } else { "" };
            format!("{not}({inner})")
        })
        .collect();
    let word = dice.one_of(&[" and ", " or ", " or "]);
    terms.join(word)
}

/// A packet that has something to do with the filters.
fn packet(dice: &mut Dice, link: LinkType) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut kind = [0x0800_u16, 0x0800, 0x0800, 0x86dd, 0x0806, 0x8035, 0x88cc, 0x0042][dice.below(8)];
    if link == LinkType::ETHERNET {
        bytes.extend([2 + dice.below(2) as u8, 0, 0, 0, 0, dice.below(3) as u8]);
        bytes.extend([2, 0, 0, 0, 0, dice.below(3) as u8]);
        for _ in 0..dice.below(3) {
            match dice.below(6) {
                0 | 1 => bytes.extend([0x81, 0, 0x20, [5, 7][dice.below(2)]]),
                2 => {
                    bytes.extend([0x88, 0x47, 0, 0, 0x50 + dice.below(2) as u8, 64]);
                    kind = 0;
                    break;
                }
                3 => {
                    bytes.extend([0x88, 0x64, 0x11, 0, 0, 5, 0, 60, 0, [0x21, 0x57][dice.below(2)]]);
                    kind = 0;
                    break;
                }
                _ => {}
            }
        }
        if kind != 0 {
            bytes.extend(kind.to_be_bytes());
        }
    }
    match kind {
        0x0806 | 0x8035 => {
            bytes.extend([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1]);
            address(dice, &mut bytes);
            bytes.extend([2, 0, 0, 0, 0, 2]);
            address(dice, &mut bytes);
        }
        0x86dd => {
            let next = [6, 17, 58, 44, 132][dice.below(5)];
            bytes.extend([0x60, 0, 0, 0, 0, 40, next, 64]);
            for _ in 0..2 {
                let head = [[0xfe, 0x80, 0, 0], [0x20, 1, 0xd, 0xb8], [0xff, 2, 0, 0]][dice.below(3)];
                bytes.extend(head);
                bytes.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
            }
        }
        _ => {
            let options = dice.below(3) as u8;
            let fragment = [0, 0, 0x20, 1][dice.below(4)];
            bytes.extend([0x45 + options, 0, 0, [40, 60][dice.below(2)], 0, 1, fragment, 0]);
            bytes.extend([[64, 1, 255, 12][dice.below(4)], [6, 6, 17, 17, 1, 132][dice.below(6)], 0, 0]);
            address(dice, &mut bytes);
            address(dice, &mut bytes);
            bytes.extend(std::iter::repeat_n(1, usize::from(options) * 4));
        }
    }
    for _ in 0..2 {
        let port = if dice.below(4) == 0 { 1005 } else { PORTS[dice.below(4)] };
        bytes.extend(port.to_be_bytes());
    }
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 2, 0x50, [2, 18, 16, 3][dice.below(4)], 0, 0, 0, 0, 0, 0]);
    for _ in 0..dice.below(2) {
        let at = dice.below(bytes.len());
        bytes[at] = [0, 1, 2, 0xff, 0x45][dice.below(5)];
    }
    bytes
}

fn address(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let address: std::net::Ipv4Addr = ADDRESSES[dice.below(4)].parse().unwrap();
    bytes.extend(address.octets());
}

fn same(text: &str, plain: &Program, optimised: &Program, packet: &[u8], meta: &Metadata) {
    let (plain_vm, optimised_vm) = (Vm::new(plain), Vm::new(optimised));
    let [linux_vm, libpcap_vm] =
        [Semantics::Linux, Semantics::Libpcap].map(|semantics| Vm::with_semantics(optimised, semantics));
    for cut in 0..=packet.len() {
        for length in [packet.len() as u32, 64] {
            let length = length.max(cut as u32);
            let bytes = &packet[..cut];
            let (a, b) = (plain_vm.run(bytes, length, meta), optimised_vm.run(bytes, length, meta));
            let machines = [&linux_vm, &libpcap_vm].map(|vm| vm.run(bytes, length, meta));
            assert_eq!([b; 2], machines, "{text}\non Linux, libpcap, {cut} bytes: {bytes:02x?}");
            assert!(
                a == b,
                "{text}\n{a} plain, {b} optimised, {cut} of {length} bytes: {bytes:02x?}\n{}\n{}",
                listing::text(plain.instructions()),
                listing::text(optimised.instructions()),
            );
        }
    }
}

fn rounds(link: LinkType, seed: u64, live: bool) {
    let mut dice = Dice(seed);
    let count = std::env::var("GANNET_RANDOM").ok().and_then(|n| n.parse().ok()).unwrap_or(120);
    let mut compiled = 0;
    for _ in 0..count {
        let depth = 1 + dice.below(3);
        let text = filter(&mut dice, link, depth);
        let target = Target { linux_extensions: live, ..Target::new(link) };
        let Ok(plain) = compile(&text, &Target { optimise: false, ..target }, &NoNames) else { continue };
        let optimised = match compile(&text, &target, &NoNames) {
            Ok(optimised) => optimised.program,
            Err(e) => {
                assert_eq!(e.message(), "expression rejects all packets", "{text}");
                gannet_bpf::check(vec![gannet_bpf::Instruction::stmt(6, 0)], gannet_bpf::Limits::KERNEL)
                    .unwrap()
            }
        };
        compiled += 1;
        assert!(optimised.instructions().len() <= plain.program.instructions().len(), "{text}");
        for _ in 0..24 {
            let packet = packet(&mut dice, link);
            let tag = live.then(|| dice.below(3)).filter(|&tag| tag > 0);
            let meta = Metadata {
                vlan_present: Some(tag.is_some()),
                vlan_tag: Some(tag.map_or(0, |tag| 3 + 2 * tag as u16)),
                ..Metadata::default()
            };
            same(&text, &plain.program, &optimised, &packet, &meta);
        }
    }
    assert!(compiled > count / 2, "only {compiled} of {count} filters compile");
}

/// Filters that libpcap's optimiser gets wrong, or once got wrong.
const MISCOMPILED: [&str; 17] = [
    "icmp or ip6 or greater 1000 or ip",
    "tcp or arp or greater 1000 or ip",
    "udp port 53 or arp or greater 1000 or ip",
    "icmp or arp or ether[0]=1 or ip",
    "tcp or ip6 or multicast or ip",
    "portrange 1000-1010 or ip6 or len = 60 or ip",
    "host 10.0.0.1 or ip6 or greater 1000 or ip",
    "1/2=1/3&&1>4/5&&1>6/7",
    "(1 = 0) || (2147483648 / 4294967295 = 0) and (0 & 4294967295 = 0)",
    "len <= 4294967295 & 2147483647 and len > 2147483647 + 0",
    "vxlan and arp",
    "(ip[12:4]=0x0a000001 or ip[16:4]=0x0a000001) and not (ip[12:4]=0x0a000002 or ip[16:4]=0x0a000002)",
    "ip[0xffffffee:4] == 0",
    "vlan 2 or vlan 3",
    "(vlan and ip) or ip",
    "mpls and mpls and icmp or mpls and icmp",
    "9 % 4 + 1 = 4",
];

#[test]
fn filters_that_are_known_to_be_miscompiled() {
    let mut dice = Dice(0x5eed);
    let target = Target::new(LinkType::ETHERNET);
    for text in MISCOMPILED {
        let plain = compile(text, &Target { optimise: false, ..target }, &NoNames).expect(text);
        let Ok(optimised) = compile(text, &target, &NoNames) else { continue };
        for _ in 0..100 {
            let packet = packet(&mut dice, target.link);
            same(text, &plain.program, &optimised.program, &packet, &Metadata::default());
        }
    }
}

/// Where two ways meet, a packet has only the bytes that it has on both: the load of byte 50 decides about ARP.
#[test]
fn what_one_way_has_loaded_the_other_has_not() {
    let target = Target::new(LinkType::ETHERNET);
    let text = "(arp or ether[60] = 1) and ether[21] = 1 and ether[50] <= 255";
    let program = compile(text, &target, &NoNames).unwrap().program;
    let mut arp = vec![0; 51];
    arp[12] = 8;
    arp[13] = 6;
    arp[21] = 1;
    let run = |bytes: &[u8]| Vm::new(&program).run(bytes, 60, &Metadata::default());
    assert_eq!(run(&arp), target.snaplen);
    assert_eq!(run(&arp[..50]), 0);
}

/// Both operands of an operator take more than one instruction, or the left one does: left stays left.
#[test]
fn operands_keep_their_sides() {
    let mut packet = [0; 20];
    (packet[0], packet[1], packet[8]) = (0x45, 3, 7);
    for (text, value) in [
        ("(len + ip[1]) - ip[8]", 56),
        ("(len + ip[1]) / ip[8]", 9),
        ("(len + ip[1]) % (ip[8] + 3)", 3),
        ("(len + ip[1]) << ip[1]", 504),
        ("(len + ip[1]) >> ip[1]", 7),
        ("ip[8] - (len + ip[1])", 7_u32.wrapping_sub(63)),
        ("(len - ip[1]) - (ip[8] - ip[1])", 53),
    ] {
        for optimise in [false, true] {
            let target = Target { optimise, ..Target::new(LinkType::RAW) };
            let program = compile(&format!("{text} = {value}"), &target, &NoNames).expect(text).program;
            assert_ne!(Vm::new(&program).run(&packet, 60, &Metadata::default()), 0, "{text}");
        }
    }
}

/// What an optimiser must not forget: the last of several alternatives.
#[test]
fn the_last_alternative_counts() {
    let target = Target::new(LinkType::ETHERNET);
    let program = compile("icmp or ip6 or greater 1000 or ip", &target, &NoNames).unwrap().program;
    let mut udp = vec![0; 42];
    udp[12] = 8;
    udp[23] = 17;
    assert_eq!(Vm::new(&program).run(&udp, 42, &Metadata::default()), target.snaplen);
    // The test for ICMP comes first, and a packet too short for it is rejected.
    assert_eq!(Vm::new(&program).run(&udp[..23], 42, &Metadata::default()), 0);
}

/// UDP in IPv4 with options, or in IPv6, to a port.
fn datagram(dice: &mut Dice, port: u16) -> (u16, Vec<u8>) {
    let mut bytes = Vec::new();
    let kind = if dice.below(3) > 0 { 0x0800 } else { 0x86dd };
    let udp = if dice.below(6) == 0 { 6 } else { 17 };
    match kind {
        0x0800 => {
            let options = dice.below(3) as u8;
            bytes.extend([0x45 + options, 0, 0, 60, 0, 1, 0, u8::from(dice.below(6) == 0), 64, udp, 0, 0]);
            address(dice, &mut bytes);
            address(dice, &mut bytes);
            bytes.extend(std::iter::repeat_n(0, usize::from(options) * 4));
        }
        _ => {
            bytes.extend([0x60, 0, 0, 0, 0, 40, udp, 64]);
            bytes.extend([0; 32]);
        }
    }
    bytes.extend([0, 80]);
    bytes.extend(if dice.below(6) == 0 { 80_u16 } else { port }.to_be_bytes());
    bytes.extend([0, 30, 0, 0]);
    (kind, bytes)
}

/// A tunnel in Ethernet, in which is a tunnel, in which is a packet.
fn tunnelled(dice: &mut Dice) -> Vec<u8> {
    let mut all = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    for _ in 0..2 {
        let is_geneve = dice.below(2) == 0;
        let (kind, outer) = datagram(dice, if is_geneve { 6081 } else { 4789 });
        all.extend(kind.to_be_bytes());
        all.extend(outer);
        if !is_geneve {
            all.extend([[8, 8, 8, 0][dice.below(4)], 0, 0, 0, 0, 0, 5 + dice.below(2) as u8, 0]);
            all.extend([2, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 4]);
            continue;
        }
        let options = dice.below(3);
        all.push(options as u8 | if dice.below(8) == 0 { 0x40 } else { 0 });
        all.push(0);
        let inner: [u8; 2] = [[0x65, 0x58], [0x65, 0x58], [8, 0], [0x86, 0xdd]][dice.below(4)];
        all.extend(inner);
        all.extend([0, 0, 5, 0]);
        all.extend(std::iter::repeat_n(1, options * 4));
        if inner != [0x65, 0x58] {
            // No Ethernet: what follows is the packet itself.
            all.extend(packet(dice, LinkType::RAW));
            return all;
        }
        all.extend([2, 0, 0, 0, 0, 5, 2, 0, 0, 0, 0, 6]);
    }
    let inside = packet(dice, LinkType::ETHERNET);
    all.extend(inside.get(12..).unwrap_or_default());
    all
}

#[test]
fn tunnels() {
    let filters = [
        "geneve and geneve",
        "(geneve or vxlan) and (geneve or arp) and not ether[0] = 9",
        "geneve 5 and tcp port 80",
        "geneve and ether host 02:00:00:00:00:06 and not arp",
        "not geneve and tcp port 80",
        "(geneve and ip) or tcp port 80",
        "(vxlan and udp) or (geneve and host 10.0.0.1) or arp",
        "geneve and vlan 5 and ip",
        "vxlan and vxlan",
        "vxlan and geneve and udp",
        "geneve and vxlan and (tcp or port 4789)",
        "vxlan 5 and host 10.0.0.1",
        "geneve and ip[ip[8]] = 3 and ip[8] < 9",
        "geneve and ip[2:2] >= ip[4:2]",
        "geneve and (tcp[13] = 2 or udp[4:2] > 100)",
    ];
    let mut dice = Dice(0x7e57);
    let target = Target::new(LinkType::ETHERNET);
    let mut passed = 0;
    for text in filters {
        let plain = compile(text, &Target { optimise: false, ..target }, &NoNames).expect(text).program;
        let optimised = compile(text, &target, &NoNames).expect(text).program;
        for _ in 0..150 {
            let packet = tunnelled(&mut dice);
            same(text, &plain, &optimised, &packet, &Metadata::default());
            passed += usize::from(Vm::new(&plain).run(&packet, 500, &Metadata::default()) != 0);
        }
    }
    assert!(passed > 100, "only {passed} packets pass");
}

/// The tag that the kernel holds is compared, not its kind.
#[test]
fn tags_that_the_kernel_holds() {
    let target = Target { linux_extensions: true, ..Target::new(LinkType::ETHERNET) };
    let program = compile("vlan 5 and arp", &target, &NoNames).unwrap().program;
    let mut arp = [0; 42];
    (arp[12], arp[13]) = (8, 6);
    for (tag, wanted) in [(5, true), (0x2005, true), (6, false)] {
        let meta = Metadata {
            vlan_present: Some(true),
            vlan_tag: Some(tag),
            vlan_tpid: Some(0x8100),
            ..Metadata::default()
        };
        assert_eq!(Vm::new(&program).run(&arp, 42, &meta) != 0, wanted, "{tag:#x}");
    }
}

/// Values in values in values take no more memory slots the deeper they are, if what takes more is computed first.
#[test]
fn deep_values_fit_the_memory() {
    let product = |a: u32, b: u32| format!("(ip[{a}:2] * ip[{b}:2])");
    let deep = (0..20).fold(product(2, 4), |inner, _| format!("ip[({inner} - {}) & 31]", product(6, 8)));
    let program = compile(&format!("{deep} = 3"), &Target::new(LinkType::RAW), &NoNames);
    assert!(program.is_ok(), "{:?}", program.err());
}

#[test]
fn ethernet() {
    rounds(LinkType::ETHERNET, 0x9e37_79b9, false);
}

#[test]
fn ethernet_with_tags_that_the_kernel_holds() {
    rounds(LinkType::ETHERNET, 0x1234_5678, true);
}

#[test]
fn raw() {
    rounds(LinkType::RAW, 0x0bad_cafe, false);
}

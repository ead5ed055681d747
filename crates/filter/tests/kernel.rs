//! What the kernel is given: the program itself, or one that lets at least as much through.

use gannet_bpf::{Limits, Metadata, Vm, check};
use gannet_filter::names::NoNames;
use gannet_filter::{Compiled, Kernel, LinkType, Target, compile};

fn compiled(text: &str) -> Compiled {
    compile(text, &Target::new(LinkType::ETHERNET), &NoNames)
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// An IPv6 packet on Ethernet whose headers have these numbers, each eight bytes long.
fn chain(headers: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 12];
    packet.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 0]);
    packet.push(headers[0]);
    packet.resize(54, 0);
    for next in headers[1..].iter().chain([&59]) {
        packet.extend([*next, 0, 0, 0, 0, 0, 0, 0]);
    }
    packet
}

fn accepts(program: &gannet_bpf::Program, packet: &[u8]) -> bool {
    Vm::new(program).run(packet, packet.len() as u32, &Metadata::default()) != 0
}

#[test]
fn a_chain_is_followed_to_its_end_and_no_farther() {
    let filter = compiled("ip6 protochain 17");
    for (headers, wanted) in [
        (&[17][..], true),
        (&[0, 43, 60, 44, 17], true),
        (&[0, 43, 6, 17], false),
        (&[0, 60, 58], false),
        (&[59, 17], false),
    ] {
        assert_eq!(accepts(&filter.program, &chain(headers)), wanted, "{headers:?}");
    }
    let whole = chain(&[0, 0, 17]);
    assert!(!accepts(&filter.program, &whole[..55]), "the second header is not there");
}

#[test]
fn a_chain_without_end_is_left() {
    // An authentication header that says that the next one is in its own place, as libpcap counts.
    let mut packet = vec![0; 12];
    packet.extend([8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 51, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    packet.extend([51, 3, 0, 0, 0, 0, 0, 0]);
    assert!(!accepts(&compiled("ip protochain 17").program, &packet));
}

#[test]
fn short_filters_are_the_kernels() {
    for text in ["", "host 1.2.3.4", "tcp port 80 or vlan 5", "ether[0] & 1 = 0"] {
        let filter = compiled(text);
        assert_eq!(filter.kernel, Kernel::Exact, "{text}");
        assert_eq!(filter.kernel_program(), &filter.program);
    }
}

/// The prefilter of `text`, which must be one for the kernel.
fn prefilter(filter: &Compiled) -> &gannet_bpf::Program {
    assert!(matches!(filter.kernel, Kernel::Prefilter(_)));
    let program = filter.kernel_program();
    check(program.instructions().to_vec(), Limits::KERNEL).expect("a program that the kernel takes");
    program
}

#[test]
fn a_prefilter_lets_all_through_that_is_wanted_and_not_everything() {
    for text in [
        "ip6 protochain 17",
        "protochain 17",
        "ip6 and not ip6 protochain 6",
        "(ip6 protochain 43 and ip6[54] = 17) or ip6 protochain 58",
        "ip6 protochain 6 or ip6 protochain 17",
    ] {
        let filter = compiled(text);
        let before = prefilter(&filter);
        for headers in [&[17][..], &[6], &[0, 17], &[0, 6], &[43, 17], &[60, 44, 58], &[1], &[59, 6]] {
            let packet = chain(headers);
            for length in 0..=packet.len() {
                let packet = &packet[..length];
                let wanted = accepts(&filter.program, packet);
                assert!(!wanted || accepts(before, packet), "{text}: {headers:?} cut to {length}");
            }
        }
        let arp = [&[0; 12][..], &[8, 6], &[0; 46]].concat();
        assert!(!accepts(before, &arp), "{text}: ARP has no chain of headers");
    }
}

#[test]
fn a_filter_too_long_for_the_kernel_has_a_prefilter_that_still_chooses() {
    let hosts: Vec<String> =
        (0..6000u32).map(|i| format!("10.{}.{}.{}", i * 7 % 251, i * 13 % 241, i * 29 % 239)).collect();
    let filter = compiled(&format!("ip src {}", hosts.join(" or ")));
    assert!(filter.program.instructions().len() > Limits::KERNEL.length);
    let before = prefilter(&filter);
    let from = |address: [u8; 4]| {
        [&[0; 12][..], &[8, 0, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0], &address, &[9, 9, 9, 9]].concat()
    };
    let machines = [&filter.program, before].map(Vm::new);
    for host in &hosts {
        let address: std::net::Ipv4Addr = host.parse().expect("an address");
        let packet = from(address.octets());
        let accepts = |vm: &Vm| vm.run(&packet, packet.len() as u32, &Metadata::default()) != 0;
        assert!(machines.iter().all(accepts), "{host}");
    }
    for other in [[192, 168, 0, 1], [9, 255, 255, 255], [11, 0, 0, 0]] {
        assert!(!accepts(before, &from(other)), "{other:?}");
    }
}

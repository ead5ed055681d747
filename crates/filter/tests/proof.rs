//! Proofs: the optimised program is the plain one, on every packet of every length.

use gannet_bpf::equal::{Paths, Verdict, compare};
use gannet_bpf::{Metadata, Semantics, Vm};
use gannet_filter::names::NoNames;
use gannet_filter::{LinkType, Target, compile};

fn proved(text: &str, link: LinkType) {
    let target = Target::new(link);
    let plain = compile(text, &Target { optimise: false, ..target }, &NoNames).expect(text).program;
    let small = compile(text, &target, &NoNames).expect(text).program;
    let report = compare([&plain, &small], [Semantics::Libpcap; 2], &mut Paths::default());
    match report.verdict {
        Verdict::Proved => {}
        Verdict::Tried(why) => panic!("{text}: {why} ({} paths)", report.paths),
        Verdict::Wrong(difference) => {
            panic!("{text}: {:?} on {}", difference.answers, difference.packet)
        }
    }
}

/// As [`proved`], but so many paths are enough.
fn tried(text: &str, link: LinkType) {
    let target = Target::new(link);
    let programs = [false, true]
        .map(|optimise| compile(text, &Target { optimise, ..target }, &NoNames).expect(text).program);
    let paths = &mut Paths { all: 800, drawn: 200 };
    if let Verdict::Wrong(difference) = compare(programs.each_ref(), [Semantics::Libpcap; 2], paths).verdict {
        panic!("{text}: {:?} on {}", difference.answers, difference.packet)
    }
}

fn list(word: &str, values: impl IntoIterator<Item = String>) -> String {
    let terms: Vec<_> = values.into_iter().map(|value| format!("{word} {value}")).collect();
    terms.join(" or ")
}

/// Long lists become trees, and lists that differ in offsets only are shared.
#[test]
fn long_lists() {
    let ports = || (0..9).map(|n| (7 * n + 3).to_string());
    let hosts = || (0..9).map(|n| format!("10.0.{}.{n}", 3 * n));
    for link in [LinkType::ETHERNET, LinkType::RAW] {
        for text in [list("port", ports()), list("tcp port", ports()), list("host", hosts())] {
            proved(&text, link);
        }
    }
    proved(&list("src net", (0..9).map(|n| format!("10.{}.0.0/15", 4 * n))), LinkType::ETHERNET);
    proved(
        &format!("not ({})", list("udp dst portrange", (0..9).map(|n| format!("{n}0-{n}4")))),
        LinkType::RAW,
    );
}

/// Lists so long that they are lowered as sets. Their first tests load all, but not before the list: packets that are cut can tell.
#[test]
fn very_long_lists() {
    let numbers = || 0..34_u32;
    let hosts = numbers().map(|n| format!("10.0.{}.{n}", 7 * n % 34));
    let nets = numbers().map(|n| format!("10.{}.0.0/{}", 4 * n, 14 + n % 9));
    let macs = numbers().map(|n| format!("02:{:02x}:0:0:{}:{n}", n % 3, 7 * n % 34));
    let ports = numbers().map(|n| (7 * n % 34 * 3).to_string());
    let ranges = numbers().map(|n| format!("{n}0-{n}{}", n % 9));
    for (text, link) in [
        (list("host", hosts), LinkType::ETHERNET),
        (list("src net", nets.clone()), LinkType::RAW),
        (
            list("vlan and net", nets.take(1))
                + " or "
                + &list("ip host", numbers().map(|n| format!("10.0.0.{n}"))),
            LinkType::ETHERNET,
        ),
        (list("ether host", macs.clone()), LinkType::ETHERNET),
        (list("ether src", macs), LinkType::FDDI),
        (list("port", ports.clone()), LinkType::RAW),
        (list("tcp dst portrange", ranges), LinkType::ETHERNET),
        (list("src host", numbers().map(|n| format!("fe80::{n}"))), LinkType::RAW),
        // In IPv6 the first address can fail before all is loaded: a packet that ends there is not looked at any more.
        (list("host", numbers().map(|n| format!("2001:db8:{}::{}", n % 7, n % 5))), LinkType::RAW),
        ("ip[8] = 1 or ".to_owned() + &list("udp src port", ports) + " or arp", LinkType::ETHERNET),
    ] {
        tried(&text, link);
    }
}

/// One port between two ranges: what a branch of a tree says of its last range must not hold for that one.
#[test]
fn ranges_with_little_between_them() {
    for count in 9..14_u16 {
        let last = count / 2 - 1;
        let range = |n: u16| (10 * n, 10 * n + if n == last { 8 } else { 0 });
        let ranges: Vec<_> = (0..count).map(range).collect();
        let text = list("portrange", ranges.iter().map(|(low, high)| format!("{low}-{high}")));
        let target = Target::new(LinkType::ETHERNET);
        let program = compile(&text, &target, &NoNames).expect("a filter").program;
        let mut packet = [0; 42];
        (packet[12], packet[14], packet[23]) = (8, 0x45, 17);
        for port in 0..150_u16 {
            packet[34..36].copy_from_slice(&999_u16.to_be_bytes());
            packet[36..38].copy_from_slice(&port.to_be_bytes());
            let wanted = ranges.iter().any(|(low, high)| (low..=high).contains(&&port));
            let got = Vm::new(&program).run(&packet, 60, &Metadata::default()) != 0;
            assert_eq!(got, wanted, "port {port}: {text}");
        }
    }
}

/// What is known where paths meet.
#[test]
fn paths_that_meet() {
    for text in [
        "(arp or ether[60] = 1) and ether[21] = 1 and ether[50] <= 255",
        "(ip or ip6) and not (tcp port 80 or udp port 53) and (ip[8] > 3 or ip6[7] > 3)",
        "(ether[14] & 3 = 1 or ether[14] & 12 = 4) and ether[14] & 15 != 5",
        "(tcp[13] & 2 != 0 or tcp[13] = 16) and not tcp[13] & 18 = 18",
    ] {
        proved(text, LinkType::ETHERNET);
    }
}

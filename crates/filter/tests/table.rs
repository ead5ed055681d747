//! A table of filters: none becomes longer than it is, and each is what its plain program is, on every packet of every length.
//!
//! `table.txt` has one filter in a line: the link type (or LIVE, for Ethernet on a live handle), how many instructions its program has at most, the text.

use gannet_bpf::equal::{Paths, Verdict, compare};
use gannet_bpf::{Program, Semantics};
use gannet_filter::names::NoNames;
use gannet_filter::{LinkType, Target, compile};

const TABLE: &str = include_str!("table.txt");

/// A line of the table.
struct Row {
    target: Target,
    length: usize,
    text: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (link, rest) = line.split_once(' ').expect(line);
        let (length, text) = rest.trim_start().split_once(' ').expect(line);
        let mut target = Target::new(LinkType::ETHERNET);
        target.link = match link {
            "LIVE" | "EN10MB" => LinkType::ETHERNET,
            "RAW" => LinkType::RAW,
            "NULL" => LinkType::NULL,
            "PPP" => LinkType::PPP,
            "LINUX_SLL2" => LinkType::LINUX_SLL2,
            "IEEE802_11" => LinkType::IEEE802_11,
            "IEEE802_11_RADIO" => LinkType::IEEE802_11_RADIOTAP,
            other => panic!("{other}"),
        };
        target.linux_extensions = link == "LIVE";
        Row { target, length: length.parse().expect(line), text }
    })
}

fn program(row: &Row, optimise: bool) -> Program {
    compile(row.text, &Target { optimise, ..row.target }, &NoNames).expect(row.text).program
}

#[test]
fn none_is_longer() {
    let mut longer = Vec::new();
    for row in rows() {
        let length = program(&row, true).instructions().len();
        if length > row.length {
            longer.push(format!("{length} instead of {}: {}", row.length, row.text));
        }
    }
    assert!(longer.is_empty(), "{longer:#?}");
}

#[test]
fn each_is_what_it_means() {
    // What looks into a tunnel has too many paths; random packets hold it, see `random.rs`.
    for row in rows().filter(|row| !row.text.contains("geneve") && !row.text.contains("vxlan")) {
        let programs = [false, true].map(|optimise| program(&row, optimise));
        for semantics in [Semantics::Libpcap, Semantics::Linux] {
            let mut paths = Paths { all: 2_000, drawn: 300 };
            let report = compare(programs.each_ref(), [Semantics::Libpcap, semantics], &mut paths);
            if let Verdict::Wrong(difference) = report.verdict {
                panic!("{}: {:?} on {} ({semantics:?})", row.text, difference.answers, difference.packet);
            }
        }
    }
}

/// libpcap refuses what its optimiser sees through, and compiles the rest to programs that nothing passes. Scripts may count on either.
#[test]
fn refused_is_what_libpcap_refuses() {
    let hosts: Vec<_> = (0..40).map(|n| format!("src host 10.0.0.{n}")).collect();
    let hosts = format!("({}) and src host 10.0.0.77", hosts.join(" or "));
    let refused = [
        "tcp and udp",
        "ip and not ip",
        "len > 5 and not len > 5",
        "src host 1.2.3.4 and src host 1.2.3.5",
        "ether[14] != 3 and ether[14] = 3",
        "ether[14] & 1 = 1 and ether[14] & 1 = 0",
        "1 > 2",
        "3 >= 4",
        "(ip or arp) and not ip and not arp",
        "not (ip or not ip)",
        "ip6 and tcp[13] = 2",
        "ip[0xffffffff] = 1 and not ip",
        "ether[-1] = 1 and ether[-1] = 2",
        &hosts,
    ];
    let compiled = [
        "ip[8] > 255",
        "ether[14] = 3 and ether[14] > 5",
        "ether[14] > 5 and ether[14] < 3",
        "greater 100 and less 50",
        "2 = 2 and ip",
        "ether[14] != 3 and ether[14] = 5 and ip[8] > 255",
        "5 > 4 and ip[8] > 255",
        "5 >= 5 and ip[8] > 255",
        "ip[0xffffffff] = 1",
        "ip[0xfffffffe:2] = 1 and tcp",
        "ether[0x80000000] = 1",
        "ip[-1] = 1 and ether[-1] = 2",
    ];
    let target = Target::new(LinkType::ETHERNET);
    for text in refused {
        let error = compile(text, &target, &NoNames).err().map(|error| error.message().to_owned());
        assert_eq!(error.as_deref(), Some("expression rejects all packets"), "{text}");
    }
    for text in compiled {
        assert!(compile(text, &target, &NoNames).is_ok(), "{text}");
    }
}

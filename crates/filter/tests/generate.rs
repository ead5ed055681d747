//! Typed tests to programs: the listings that everybody knows, and long lists.

use gannet_filter::hir::{Dir, Filter, LayerId, NetSet, Node, NodeId, PortProtos, Test, TestId, TestKind};
use gannet_filter::{Target, generate};
use gannet_wire::LinkType;
use std::net::Ipv4Addr;

/// Any of these tests.
fn any(kinds: Vec<TestKind>) -> Filter {
    let mut filter = Filter::default();
    for (position, kind) in kinds.into_iter().enumerate() {
        filter.tests.push(Test { kind, at: LayerId::LINK, span: Default::default() });
        filter.nodes.push(Node::Test(TestId(position as u32)));
        let last = NodeId(filter.nodes.len() as u32 - 1);
        if position > 0 {
            filter.nodes.push(Node::Or(filter.root, last));
            filter.root = NodeId(last.0 + 1);
        }
    }
    filter
}

fn host(addr: u32) -> TestKind {
    TestKind::Host4 {
        nets: NetSet { ip: true, arp: true, rarp: true },
        dir: Dir::Either,
        addr: Ipv4Addr::from_bits(addr),
        mask: Ipv4Addr::BROADCAST,
    }
}

fn listing(kinds: Vec<TestKind>) -> String {
    let compiled = generate(&any(kinds), &Target::new(LinkType::ETHERNET)).unwrap();
    gannet_bpf::listing::text(compiled.program.instructions())
}

#[test]
fn a_host_is_the_well_known_fourteen_instructions() {
    let expected = "\
(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 6
(002) ld       [26]
(003) jeq      #0x1020304       jt 12\tjf 4
(004) ld       [30]
(005) jeq      #0x1020304       jt 12\tjf 13
(006) jeq      #0x806           jt 8\tjf 7
(007) jeq      #0x8035          jt 8\tjf 13
(008) ld       [28]
(009) jeq      #0x1020304       jt 12\tjf 10
(010) ld       [38]
(011) jeq      #0x1020304       jt 12\tjf 13
(012) ret      #262144
(013) ret      #0
";
    assert_eq!(listing(vec![host(0x0102_0304)]), expected);
}

/// Listings that are tcpdump's to the byte.
#[test]
fn everyday_filters_are_listed_as_everywhere() {
    struct NoNames;
    impl gannet_filter::Names for NoNames {
        fn protocol(&self, name: &str) -> Option<u8> {
            (name == "icmp").then_some(1)
        }
    }
    let listing = |text| {
        let compiled = gannet_filter::compile(text, &Target::new(LinkType::ETHERNET), &NoNames).expect(text);
        gannet_bpf::listing::text(compiled.program.instructions())
    };
    let ip = "\
(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 3
(002) ret      #262144
(003) ret      #0
";
    let icmp = "\
(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 5
(002) ldb      [23]
(003) jeq      #0x1             jt 4\tjf 5
(004) ret      #262144
(005) ret      #0
";
    let tcp_port = "\
(000) ldh      [12]
(001) jeq      #0x86dd          jt 2\tjf 8
(002) ldb      [20]
(003) jeq      #0x6             jt 4\tjf 19
(004) ldh      [54]
(005) jeq      #0x50            jt 18\tjf 6
(006) ldh      [56]
(007) jeq      #0x50            jt 18\tjf 19
(008) jeq      #0x800           jt 9\tjf 19
(009) ldb      [23]
(010) jeq      #0x6             jt 11\tjf 19
(011) ldh      [20]
(012) jset     #0x1fff          jt 19\tjf 13
(013) ldxb     4*([14]&0xf)
(014) ldh      [x + 14]
(015) jeq      #0x50            jt 18\tjf 16
(016) ldh      [x + 16]
(017) jeq      #0x50            jt 18\tjf 19
(018) ret      #262144
(019) ret      #0
";
    assert_eq!(listing("ip"), ip);
    assert_eq!(listing("icmp"), icmp);
    assert_eq!(listing("tcp port 80"), tcp_port);
}

#[test]
fn neighbours_become_one_interval() {
    let nets = (0..1000_u32).map(|i| TestKind::Host4 {
        nets: NetSet { ip: true, arp: true, rarp: true },
        dir: Dir::Either,
        addr: Ipv4Addr::from_bits(0x0a00_0000 + i * 256),
        mask: Ipv4Addr::from_bits(0xffff_ff00),
    });
    assert!(listing(nets.collect()).lines().count() <= 40);
}

#[test]
fn a_port_list_shares_its_trees() {
    let protos = PortProtos { tcp: true, udp: true, sctp: true };
    let ports = (0..1000_u16).map(|i| TestKind::Port {
        protos,
        dir: Dir::Either,
        low: i * 7,
        high: i * 7,
        range: false,
    });
    let length = listing(ports.collect()).lines().count();
    assert!(length <= 3100, "{length} instructions");
}

struct NoNames;
impl gannet_filter::Names for NoNames {}

/// Every instruction remembers the words that it comes from.
#[test]
fn spans_lead_back_to_the_text() {
    let text = "greater 60 and host 10.0.0.1";
    let compiled = gannet_filter::compile(text, &Target::new(LinkType::ETHERNET), &NoNames).unwrap();
    assert_eq!(compiled.spans.len(), compiled.program.instructions().len());
    assert_eq!(compiled.spans[0].of(text), "greater 60");
    assert_eq!(compiled.spans[2].of(text), "host 10.0.0.1");
}

/// Beyond 255 terms libpcap's chains need jumps of their own: a tree is shorter then, and no packet is compared with all.
#[test]
fn a_long_list_on_one_field_is_a_tree() {
    let list = |count: u32| {
        let text: Vec<String> =
            (0..count).map(|i| format!("ip src {}", Ipv4Addr::from_bits(0xac10_0000 + i * 37))).collect();
        let target = Target::new(LinkType::ETHERNET);
        gannet_filter::compile(&text.join(" or "), &target, &NoNames).unwrap().program
    };
    for count in [260, 300, 400, 1000] {
        let length = list(count).instructions().len();
        assert!(length as u32 <= 2 * count - 250, "{count} take {length} instructions");
    }
    let forks = list(1000).instructions().iter().filter(|i| i.code == 0x35).count();
    assert!(forks > 100, "{forks} comparisons halve the list");
}

#[test]
fn two_thousand_hosts_are_two_trees() {
    let hosts = (0..2000_u32).map(|i| host(i.wrapping_mul(2_654_435_761))).collect();
    let length = listing(hosts).lines().count();
    assert!(length <= 6100, "{length} instructions");
}

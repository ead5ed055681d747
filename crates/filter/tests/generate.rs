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

#[test]
fn a_tcp_port_is_twenty_instructions() {
    let protos = PortProtos { tcp: true, ..Default::default() };
    let text = listing(vec![TestKind::Port { protos, dir: Dir::Either, low: 80, high: 80, range: false }]);
    assert_eq!(text.lines().count(), 20);
    assert!(text.contains("(013) ldxb     4*([14]&0xf)\n(014) ldh      [x + 14]\n"));
}

#[test]
fn two_thousand_hosts_are_two_trees() {
    let hosts = (0..2000_u32).map(|i| host(i.wrapping_mul(2_654_435_761))).collect();
    let length = listing(hosts).lines().count();
    assert!(length <= 6100, "{length} instructions");
}

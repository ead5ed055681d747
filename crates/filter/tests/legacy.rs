//! Words of packet filter logs, SS7 and ATM, one-byte addresses, and links of which little is known: what they compile to, as it is
//! before it is optimised: the meaning.

use gannet_filter::{LinkType, Target, compile};

struct NoNames;
impl gannet_filter::Names for NoNames {}

/// The instructions without their numbers, joined by `; `.
fn listing(link: LinkType, filter: &str) -> String {
    let target = Target { optimise: false, ..Target::new(link) };
    let compiled = match compile(filter, &target, &NoNames) {
        Ok(compiled) => compiled,
        Err(diagnostic) => return diagnostic.message().to_owned(),
    };
    let text = gannet_bpf::listing::text(compiled.program.instructions());
    let line = |line: &str| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("; ")
}

fn check(link: LinkType, cases: &[(&str, &str)]) {
    for (filter, expected) in cases {
        assert_eq!(listing(link, filter), *expected, "{filter}");
    }
}

const ENDS: &str = "ret #262144; ret #0";

/// One comparison: a load, perhaps a mask, and a jump to one of the two ends.
fn one(load: &str, jump: &str) -> String {
    let jump_at = load.split("; ").count();
    format!("{load}; {jump} jt {} jf {}; {ENDS}", jump_at + 1, jump_at + 2)
}

#[test]
fn packet_filter_logs() {
    let link = LinkType::PFLOG;
    for (filter, load, jump) in [
        ("action Block", "ldb [2]", "jeq #0x1"),
        ("action \\pass", "ldb [2]", "jeq #0x0"),
        ("reason proto-cksum", "ldb [3]", "jeq #0x9"),
        ("reason 15", "ldb [3]", "jeq #0xf"),
        ("rulenum 7", "ld [36]", "jeq #0x7"),
        ("subrulenum 8", "ld [40]", "jeq #0x8"),
        ("ifname lo", "ldh [4]", "jeq #0x6c6f"),
        ("ruleset w", "ldb [20]", "jeq #0x77"),
    ] {
        assert_eq!(listing(link, filter), one(load, jump), "{filter}");
    }
    check(
        link,
        &[
            (
                "on ppp0000",
                "ld [7]; jeq #0x30303030 jt 2 jf 7; ldh [5]; jeq #0x7070 jt 4 jf 7; ldb [4]; jeq #0x70 jt 6 jf 7; ret #262144; ret #0",
            ),
            ("on an-interface-with-a-name", "ifname interface names can only be 15 characters"),
            ("reason whatever", "unknown PF reason \"whatever\""),
        ],
    );
    assert_eq!(listing(LinkType::ETHERNET, "action pass"), "'action' supported only on PFLOG linktype");
}

#[test]
fn signalling_system_7() {
    for (link, start) in [(LinkType::MTP2, 0), (LinkType::MTP2_WITH_PHDR, 4), (LinkType::ERF, 20)] {
        for (filter, load, at, mask, jump) in [
            ("fisu", "ldb", 2, "; and #0x3f", "jeq #0x0"),
            ("msu", "ldb", 2, "; and #0x3f", "jgt #0x2"),
            ("hmsu", "ldh", 4, "; and #0xff80", "jgt #0x100"),
            ("sio > 0xa1", "ldb", 3, "", "jgt #0xa1"),
            ("dpc >= 0x1273", "ldh", 4, "; and #0xff3f", "jge #0x7312"),
            ("opc = 0x3b35", "ld", 4, "; and #0xc0ff0f", "jeq #0x40cd0e"),
            ("sls 3", "ldb", 7, "; and #0xf0", "jeq #0x30"),
            ("hsls 3", "ldb", 10, "; and #0xf0", "jeq #0x30"),
        ] {
            let load = format!("{load} [{}]{mask}", start + at);
            assert_eq!(listing(link, filter), one(&load, jump), "{filter}");
        }
    }
    check(LinkType::MTP2, &[("opc (1 or 16384)", "opc 16384 greater than maximum 16383")]);
}

#[test]
fn asynchronous_transfer_mode() {
    check(
        LinkType::SUNATM,
        &[
            ("lane", "ldb [0]; and #0xf; jeq #0x1 jt 3 jf 4; ret #262144; ret #0"),
            (
                "lane and ether multicast",
                "ldb [0]; and #0xf; jeq #0x1 jt 3 jf 8; ldh [4]; jeq #0xff00 jt 8 jf 5; ldb [6]; jset #0x1 jt 7 jf 8; ret #262144; ret #0",
            ),
            ("metac", "ldb [1]; jeq #0x0 jt 2 jf 5; ldh [2]; jeq #0x1 jt 4 jf 5; ret #262144; ret #0"),
            ("lane and lane", "'lane' supported only on SUNATM"),
            ("vci 65536", "VCI 65536 greater than maximum 65535"),
        ],
    );
}

#[test]
fn addresses_of_one_byte() {
    check(
        LinkType::ARCNET_BSD,
        &[
            ("link host $e", "ldb [0]; jeq #0xe jt 4 jf 2; ldb [1]; jeq #0xe jt 4 jf 5; ret #262144; ret #0"),
            ("multicast", "ldb [1]; jeq #0x0 jt 2 jf 3; ret #262144; ret #0"),
            ("link ra $25", "'ra' is valid for 802.11 syntax only"),
        ],
    );
    assert_eq!(listing(LinkType::BACNET_MS_TP, "link src $7f"), one("ldb [4]", "jeq #0x7f"));
}

/// Every filter on a link of Juniper's asks for the magic number only, and counts from where libpcap does.
#[test]
fn links_of_juniper() {
    let magic = "ld [0]; and #0xffffff00; jeq #0x4d474300";
    for (link, protocol_at) in [
        (LinkType::JUNIPER_MFR, 13),
        (LinkType::JUNIPER_ATM2, 17),
        (LinkType::JUNIPER_ETHER, 41),
        (LinkType::JUNIPER_MONITOR, 21),
        (LinkType::JUNIPER_SERVICES, 7),
    ] {
        let expected = format!("{magic} jt 3 jf 6; ldb [{protocol_at}]; jeq #0x11 jt 5 jf 6; {ENDS}");
        assert_eq!(listing(link, "ip proto 17"), expected, "{link:?}");
        assert_eq!(listing(link, "outbound"), one("ldb [3]; and #0x1", "jeq #0x0"));
    }
}

/// Of links without a protocol the bytes can be asked; a number that stands for no link is refused.
#[test]
fn links_of_which_nothing_is_known() {
    assert_eq!(listing(LinkType(260), "link[2] = 7"), one("ldb [2]", "jeq #0x7"));
    check(LinkType(77), &[("len > 9", "unknown data link type 77"), ("", "ret #262144")]);
}

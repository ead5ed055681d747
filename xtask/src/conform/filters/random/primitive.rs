//! Primitives: every keyword, with values that fit and some that do not.

use super::grammar::{Compiles, Dice, Leaf};
use super::value::{NUMBERS, RELATIONS, comparison};
use super::wlan;

const ADDRESSES: [&str; 8] = [
    "10.0.0.1",
    "10.0.0.2",
    "192.168.1.255",
    "224.0.0.1",
    "0.0.0.0",
    "010.1.2.3",
    "255.255.255.255",
    "172.16.0.1",
];
const V6: [&str; 6] = ["fe80::1", "2001:db8::1", "::1", "ff02::1", "::ffff:1.2.3.4", "2001:db8:0:1:2:3:4:5"];
const NETS: [&str; 16] = [
    "0.0.0.0/0",
    "fe80::/10",
    "::/0",
    "10",
    "10.1",
    "172.16",
    "10.0.0.0/8",
    "192.168.1.0/24",
    "10.0.0.4/30",
    "10.1.2.3/32",
    "10.0/16",
    "2001:db8::/32",
    "2001:db8:1:2::/64",
    "10.0.0.0 mask 255.0.0.0",
    "10.0.0.1 mask 255.0.0.255",
    "10.0.0.1/8",
];
const MACS: [&str; 7] = [
    "02:00:00:00:00:01",
    "ff:ff:ff:ff:ff:ff",
    "1:2:3:4:5:6",
    "02-00-00-00-00-01",
    "0200.0000.0001",
    "020000000001",
    "2.0.0.0.0.1",
];
const PORTS: [&str; 11] =
    ["80", "53", "443", "1000", "0", "65535", "0x50", "http", "domain", "bootps", "65536"];
const PROTOS: [&str; 48] = [
    "ip", "ip", "ip6", "ip6", "arp", "arp", "rarp", "tcp", "tcp", "udp", "udp", "sctp", "icmp", "icmp6",
    "igmp", "igrp", "pim", "vrrp", "carp", "ah", "esp", "atalk", "aarp", "decnet", "lat", "sca", "moprc",
    "mopdl", "iso", "esis", "es-is", "isis", "is-is", "clnp", "stp", "ipx", "netbeui", "l1", "l2", "iih",
    "lsp", "snp", "csnp", "psnp", "link", "radio", "ether", "icmp",
];
/// Before `host`, `net`, `proto`, ..
const QUALIFIERS: [&str; 28] = [
    "", "", "", "", "", "ip", "ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "ether", "ether", "link",
    "icmp", "igmp", "wlan", "fddi", "tr", "ppp", "slip", "iso", "isis", "atalk", "decnet", "icmp6",
];
const DIRECTIONS: [&str; 17] = [
    "",
    "",
    "",
    "",
    "src",
    "src",
    "dst",
    "dst",
    "src or dst",
    "src and dst",
    "dst or src",
    "dst and src",
    "addr1",
    "address2",
    "addr3",
    "ra",
    "ta",
];

/// One primitive, most often one that compiles: an expression with one that does not is refused as a whole.
pub fn draw(dice: &mut Dice, link: &str, compiles: Compiles) -> Leaf {
    for _ in 0..12 {
        let mut leaf = any(dice, link);
        if leaf.old.is_none() && dice.chance(60) {
            leaf = garbled(dice, leaf);
        }
        if link == "SLIP" && leaf.text == "outbound" {
            leaf = leaf.with("link[0] = 1".into(), "1.10 takes all but 0 for outbound on SLIP");
        }
        if dice.chance(40) || compiles(&leaf.text) {
            return leaf;
        }
    }
    "len > 20".into()
}

/// A word too few, or too many, or a character.
fn garbled(dice: &mut Dice, leaf: Leaf) -> Leaf {
    let mut words: Vec<&str> = leaf.text.split(' ').collect();
    let at = dice.below(words.len());
    match dice.below(4) {
        0 => drop(words.remove(at)),
        1 => words.insert(at, words[at]),
        2 => words.insert(
            at,
            dice.of(&["not", "port", "(", ")", "tcp", "80", "src", "or", "-", "host", "[", "\\ip"]),
        ),
        _ => {
            let cut: String = leaf.text.chars().take(dice.below(leaf.text.len())).collect();
            return byte(cut.into());
        }
    }
    words.join(" ").into()
}

fn any(dice: &mut Dice, link: &str) -> Leaf {
    match dice.below(26) {
        0..3 => dice.of(&PROTOS).into(),
        3..9 => match address(dice) {
            text if text.starts_with("decnet") => decnet(dice),
            text => text.into(),
        },
        9..12 => {
            let leaf = Leaf::from(port(dice));
            let old = leaf.text.replace("0x50", "80");
            match leaf.text.contains("portrange") && old != leaf.text {
                true => leaf.with(old, "1.11 reads ports of ranges in hexadecimal"),
                false => leaf,
            }
        }
        12 | 13 => {
            let leaf = Leaf::from(proto(dice));
            let old = leaf.text.replace("lldp", "0x88cc").replace("slow", "0x8809");
            match old == leaf.text {
                true => leaf,
                false => leaf.with(old, "1.11 knows the names lldp and slow"),
            }
        }
        14 => everybody(dice),
        15 => length(dice),
        16 | 17 => encapsulation(dice),
        18 | 19 => own(dice, link),
        20 if dice.chance(2) => decnet(dice),
        _ => comparison(dice, link),
    }
}

fn join(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn address(dice: &mut Dice) -> String {
    let list = [&ADDRESSES[..], &V6, &MACS, &["1.23", "$1a", "10", "$g", "1.2.3"], &NETS];
    let list = list[[0, 0, 0, 0, 1, 2, 2, 3, 4, 4, 4][dice.below(11)]];
    let value = dice.of(list);
    let kind = match list.len() == NETS.len() && !dice.chance(12) {
        true => "net",
        false => dice.of(&["host", "host", "host", "host", "", "net", "gateway", "port", "proto"]),
    };
    let mac = list.len() == MACS.len() && !dice.chance(6);
    let before = if mac { dice.of(&["ether", "wlan", "link", "tr"]) } else { dice.of(&QUALIFIERS) };
    let (direction, other) = (dice.of(&DIRECTIONS), dice.of(list));
    // Qualifiers carry over to what follows, and into parentheses.
    let value = match dice.below(12) {
        0 => format!("{value} or {other}"),
        1 => format!("({value} or {other})"),
        2 => format!("({value} or not {other})"),
        3 => format!("(not {value} and {other})"),
        _ => value.into(),
    };
    join(&[before, direction, kind, &value])
}

fn port(dice: &mut Dice) -> String {
    let (low, high) = (dice.of(&PORTS), dice.of(&PORTS));
    let (kind, value) = match dice.below(9) {
        0..2 => ("portrange", format!("{low}-{high}")),
        2 => ("portrange", dice.of(&["ssh-http", "80", "http-", "-80", "1-2-3", "22-domain"]).into()),
        3 => ("port", format!("({low} or {high})")),
        4 => ("port", format!("{low} or not {high}")),
        5 => ("port", dice.of(&["\\ssh", "\\http", "smtp", "domain", "bootpc", "nosuchport"]).into()),
        _ => ("port", low.into()),
    };
    let direction = dice.of(&["", "", "src", "dst", "src and dst", "src or dst", "dst or src", "ra"]);
    let before = dice.of(&["", "", "tcp", "udp", "sctp", "ip", "ip6", "icmp", "ether"]);
    join(&[before, direction, kind, &value])
}

fn proto(dice: &mut Dice) -> String {
    let kind = dice.of(&["proto", "proto", "proto", "proto", "protochain"]);
    let before =
        dice.of(&["", "ip", "ip6", "ether", "ether", "link", "iso", "isis", "tcp", "arp", "ppp", "wlan"]);
    let value = dice.of(&[
        "6",
        "17",
        "1",
        "58",
        "0",
        "51",
        "60",
        "43",
        "0x800",
        "0x806",
        "0x86dd",
        "0x88cc",
        "0x42",
        "0xe0",
        "0xfe",
        "0xf0",
        "0xaa",
        "1500",
        "1501",
        "0x600",
        "0x8137",
        "0x80f3",
        "255",
        "256",
        "31",
        "32",
        "70000",
        "65535",
        "\\ip",
        "\\arp",
        "\\tcp",
        "\\udp",
        "\\ip6",
        "\\stp",
        "\\ipx",
        "\\iso",
        "\\netbeui",
        "\\atalk",
        "\\aarp",
        "\\lat",
        "lldp",
        "loopback",
        "slow",
        "\\clnp",
        "\\esis",
        "\\isis",
        "\\sctp",
        "\\icmp",
        "\\igmp",
        "\\esp",
        "0x809b",
        "44",
        "(6 or 17)",
        "(\\tcp or \\udp)",
    ]);
    join(&[before, kind, value])
}

fn everybody(dice: &mut Dice) -> Leaf {
    let who = dice.of(&["", "ether ", "link ", "ip ", "ip6 ", "wlan ", "arp ", "fddi "]);
    format!("{who}{}", dice.of(&["broadcast", "multicast"])).into()
}

fn length(dice: &mut Dice) -> Leaf {
    let number = dice.of(&NUMBERS);
    match dice.below(5) {
        0 => format!("less {number}").into(),
        1 => format!("greater {number}").into(),
        2 => format!("{} {} {number}", dice.of(&["len", "length"]), dice.of(&RELATIONS)).into(),
        _ => {
            let (mut at, op, value) =
                (dice.of(&NUMBERS), dice.of(&["=", "<", ">", "&", "|"]), dice.below(300));
            if matches!(op, "&" | "|") && at.len() > 6 {
                // Other words for it would wrap around.
                at = "65535";
            }
            byte(format!("byte {at} {op} {value}").into())
        }
    }
}

/// `byte` in other words.
fn byte(leaf: Leaf) -> Leaf {
    let words: Vec<&str> = leaf.text.split(' ').collect();
    let ["byte", at, op @ ("&" | "|"), value] = words.as_slice() else { return leaf };
    let old = format!("link[{at}] {op} {value} != 0");
    leaf.with(old, "1.10 forgets the load of byte with & and |")
}

fn decnet(dice: &mut Dice) -> Leaf {
    let direction = dice.of(&["", "src", "dst", "src or dst", "src and dst"]);
    let (area, node) = ([1, 2, 63, 64][dice.below(4)], [0, 1, 23, 1023, 1024][dice.below(5)]);
    let leaf = Leaf::from(join(&["decnet", direction, dice.of(&["host", ""]), &format!("{area}.{node}")]));
    let address = ((area << 10 | node) as u16).swap_bytes();
    let long = |at: u32| {
        format!(
            "(decnet[2] & 7 = 6 and decnet[{}:2] = {address}) or (decnet[2:2] & 0xff07 = 0x8106 and decnet[{}:2] = {address})",
            2 + at,
            3 + at
        )
    };
    let source = format!(
        "(decnet[2] & 7 = 2 and decnet[5:2] = {address}) or (decnet[2:2] & 0xff07 = 0x8102 and decnet[6:2] = {address}) or {}",
        long(15)
    );
    let destination = format!(
        "decnet[2:4] & 0x07ffff00 = {} or decnet[2:4] & 0xff07ffff = {} or {}",
        0x0200_0000 | u32::from(address) << 8,
        0x8102_0000 | u32::from(address),
        long(7)
    );
    let old = match direction {
        "src" => source,
        "dst" => destination,
        "src and dst" => format!("({source}) and ({destination})"),
        _ => format!("({source}) or ({destination})"),
    };
    leaf.with(format!("decnet and ({old})"), "1.11 loads DECnet's flags and address at once")
}

/// A primitive that opens a layer.
pub fn layer(dice: &mut Dice) -> Leaf {
    dice.of(&["vlan", "vlan 5", "mpls", "pppoes", "pppoes 5", "geneve", "geneve", "geneve 100", "vxlan"])
        .into()
}

fn encapsulation(dice: &mut Dice) -> Leaf {
    let word = dice.of(&["vlan", "vlan", "mpls", "mpls", "pppoes", "pppoed", "geneve", "vxlan", "lane"]);
    match dice.below(3) {
        0 => word.into(),
        _ => {
            let number = dice.of(&[
                "0", "5", "100", "4095", "4096", "65535", "65536", "1048575", "1048576", "16777215",
                "16777216",
            ]);
            format!("{word} {number}").into()
        }
    }
}

/// What only some link types have.
fn own(dice: &mut Dice, link: &str) -> Leaf {
    match dice.below(9) {
        _ if wlan::is(link) && !dice.chance(8) => wlan::draw(dice, link),
        _ if link == "PFLOG" && !dice.chance(8) => filter_log(dice).into(),
        _ if link == "SUNATM" && !dice.chance(8) => atm(dice),
        _ if SS7.iter().any(|row| row.0 == link) && !dice.chance(8) => ss7(dice, link),
        0 | 1 => {
            let kind = dice.of(&[
                "", "i", "s", "u", "rr", "rnr", "rej", "ui", "ua", "disc", "dm", "sabme", "test", "xid",
                "frmr", "\\rnr", "U",
            ]);
            join(&["llc", kind]).into()
        }
        2 | 3 => dice.of(&["inbound", "outbound", "ifindex 2", "inbound", "outbound"]).into(),
        4 => wlan::draw(dice, link),
        5 => filter_log(dice).into(),
        6 => atm(dice),
        7 => ss7(dice, link),
        _ => dice.of(&["on eth0", "gateway nosuchhost", "host nosuchhost", "net nosuchnet"]).into(),
    }
}

fn filter_log(dice: &mut Dice) -> String {
    match dice.below(6) {
        0 => format!(
            "{} {}",
            dice.of(&["on", "ifname"]),
            dice.of(&["eth0", "em1", "lo", "pflog0", "\\ip", "an-interface-of-many"])
        ),
        1 => format!("{} {}", dice.of(&["rset", "ruleset"]), dice.of(&["x", "abcd", "abcdefg", "\\tcp"])),
        2 => format!("{} {}", dice.of(&["rnr", "rulenum", "srnr", "subrulenum"]), dice.of(&NUMBERS)),
        3 => {
            let reason = dice.of(&[
                "match",
                "bad-offset",
                "fragment",
                "short",
                "normalize",
                "memory",
                "bad-timestamp",
                "congestion",
                "ip-option",
                "proto-cksum",
                "state-mismatch",
                "state-insert",
                "state-limit",
                "src-limit",
                "synproxy",
                "0",
                "15",
                "300",
            ]);
            format!("reason {reason}")
        }
        4 => {
            let action = dice.of(&[
                "pass",
                "accept",
                "drop",
                "block",
                "scrub",
                "noscrub",
                "nat",
                "nonat",
                "binat",
                "nobinat",
                "rdr",
                "nordr",
                "synproxy-drop",
                "rnr",
            ]);
            format!("action {action}")
        }
        _ => dice.of(&["inbound", "outbound"]).into(),
    }
}

fn atm(dice: &mut Dice) -> Leaf {
    let words = [
        "lane",
        "metac",
        "bcc",
        "oam",
        "oamf4",
        "oamf4ec",
        "oamf4sc",
        "sc",
        "ilmic",
        "connectmsg",
        "metaconnect",
        "llc",
    ];
    match dice.below(3) {
        0 => dice.of(&words).into(),
        1 => {
            let relation = dice.of(&["", "", "= ", "> ", "< ", "!= ", ">= ", "<= "]);
            let leaf = Leaf::from(format!("{} {relation}{}", dice.of(&["vpi", "vci"]), dice.of(&NUMBERS)));
            unequal(leaf)
        }
        _ => format!("{} ({} or {})", dice.of(&["vpi", "vci"]), dice.of(&NUMBERS), dice.of(&NUMBERS)).into(),
    }
}

/// A field that is compared with `!=`.
fn unequal(leaf: Leaf) -> Leaf {
    let equal = format!("not {}", leaf.text.replace("!=", "="));
    match leaf.text.contains("!=") {
        true => leaf.with(equal, "1.10 takes != for = behind a field of ATM or SS7"),
        false => leaf,
    }
}

/// Links of SS7, and where MTP2 begins.
const SS7: [(&str, u32); 3] = [("MTP2", 0), ("MTP2_WITH_PHDR", 4), ("ERF", 20)];

fn ss7(dice: &mut Dice, link: &str) -> Leaf {
    let words = ["sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls"];
    match dice.below(3) {
        0 => dice.of(&["fisu", "lssu", "lsu", "msu", "hfisu", "hlssu", "hmsu"]).into(),
        1 => {
            let word = dice.of(&words);
            let (one, other) = (dice.below(20) as u32, dice.below(20_000) as u32);
            let leaf = Leaf::from(format!("{word} ({one} or {other})"));
            codes(leaf, link, word, &[("=", one), ("=", other)])
        }
        _ => {
            let word = dice.of(&words);
            let (relation, value) = (dice.of(&["=", ">", "<", "!=", ">=", "<="]), dice.below(300) as u32);
            codes(Leaf::from(format!("{word} {relation} {value}")), link, word, &[(relation, value)])
        }
    }
}

/// The destination in bytes, of which 1.10 loads two more than it needs.
fn codes(leaf: Leaf, link: &str, word: &str, any: &[(&str, u32)]) -> Leaf {
    let start = SS7.iter().find(|row| row.0 == link).map(|row| row.1);
    let high = match word {
        "dpc" => 0,
        "hdpc" => 3,
        _ => return unequal(leaf),
    };
    let Some(start) = start else { return leaf };
    let at = start + 4 + high;
    let one = |(relation, value): &(&str, u32)| {
        format!("link[{at}:2] & 0xff3f {relation} {}", (value & 0xffff).swap_bytes() >> 16)
    };
    let old = any.iter().map(one).collect::<Vec<_>>().join(" or ");
    leaf.with(old, "1.11 loads fewer bytes of MTP3")
}

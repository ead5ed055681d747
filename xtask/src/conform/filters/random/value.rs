//! Comparisons of values, and the protocols that their loads ask for.

use super::grammar::{Dice, Leaf};

pub const RELATIONS: [&str; 7] = ["=", "==", "!=", "<", ">", "<=", ">="];

pub const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "2",
    "4",
    "5",
    "6",
    "12",
    "14",
    "17",
    "20",
    "31",
    "32",
    "64",
    "0x800",
    "0xff",
    "1500",
    "0xffff",
    "010",
    "0X1F",
    "4294967295",
    "0x80000000",
    "100",
];

/// Numbers with names.
const NAMED: [&str; 24] = [
    "tcp-fin",
    "tcp-syn",
    "tcp-rst",
    "tcp-push",
    "tcp-ack",
    "tcp-urg",
    "tcp-ece",
    "tcp-cwr",
    "icmp-echo",
    "icmp-echoreply",
    "icmp-unreach",
    "icmp-redirect",
    "icmp-timxceed",
    "icmp-ireq",
    "icmp-maskreply",
    "icmp6-echo",
    "icmp6-neighborsolicit",
    "icmp6-routeradvert",
    "icmp6-packettoobig",
    "icmp6-redirect",
    "icmp6-multicastlistenerreportv2",
    "icmp6-certpathsolicit",
    "icmp6-multicastrouterterm",
    "icmp6-echoreply",
];

/// What can be loaded from, and how 1.10 is asked for packets of it: `N` is for what has no number.
const BASES: [(&str, Option<u8>); 27] = [
    ("ether", None),
    ("link", None),
    ("wlan", None),
    ("fddi", None),
    ("ppp", None),
    ("radio", None),
    ("ip", None),
    ("ip6", None),
    ("arp", None),
    ("rarp", None),
    ("atalk", None),
    ("decnet", None),
    ("lat", None),
    ("sca", None),
    ("moprc", None),
    ("mopdl", None),
    ("tcp", Some(6)),
    ("udp", Some(17)),
    ("sctp", Some(132)),
    ("icmp", Some(1)),
    ("igmp", Some(2)),
    ("igrp", Some(9)),
    ("pim", Some(103)),
    ("vrrp", Some(112)),
    ("carp", Some(112)),
    ("icmp6", None),
    ("aarp", None),
];

/// The more frequent ones.
const USUAL: [&str; 8] = ["ip", "ip", "tcp", "udp", "ether", "ip6", "link", "icmp"];

/// A relation of two values.
pub fn comparison(dice: &mut Dice, link: &str) -> Leaf {
    let mut drawn = Drawn { dice, usual: None, guards: Vec::new() };
    if !drawn.dice.chance(5) {
        drawn.usual = Some(drawn.base());
    }
    let left = drawn.value(2);
    let relation = drawn.dice.of(&RELATIONS);
    let right = match drawn.dice.below(4) {
        0 => drawn.value(1),
        _ => drawn.number().to_string(),
    };
    let guards = drawn.guards;
    let space = if dice.chance(6) && !left.ends_with(char::is_alphanumeric) { "" } else { " " };
    let leaf = Leaf::from(format!("{left}{space}{relation} {right}"));
    if guards.is_empty() {
        return leaf;
    }
    let reason = match link.starts_with("JUNIPER") {
        true => "1.11 asks for IPv4 alone before a load behind it",
        false => "1.11 asks for the protocols of all loads first",
    };
    let old = format!("{} and {}", guards.join(" and "), leaf.text);
    leaf.with(old, reason)
}

struct Drawn<'d> {
    dice: &'d mut Dice,
    /// Where most loads are from.
    usual: Option<&'static str>,
    /// What is asked before the loads, in this order.
    guards: Vec<String>,
}

impl Drawn<'_> {
    fn base(&mut self) -> &'static str {
        match self.dice.chance(2) {
            true => self.dice.of(&USUAL),
            false => BASES.get(self.dice.below(BASES.len())).map_or("ip", |row| row.0),
        }
    }

    fn number(&mut self) -> &'static str {
        if self.dice.chance(6) { self.dice.of(&NAMED) } else { self.dice.of(&NUMBERS) }
    }

    fn value(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.chance(3) {
            return match self.dice.below(6) {
                0 => self.number().to_string(),
                1 => self.dice.of(&["len", "len", "length"]).into(),
                _ => self.load(depth),
            };
        }
        match self.dice.below(4) {
            0 | 1 => self.load(depth),
            2 if self.dice.chance(4) => format!("-{}", self.value(depth - 1)),
            _ => {
                let op = self.dice.of(&["+", "-", "*", "/", "%", "&", "&", "|", "^", "<<", ">>"]);
                let left = self.value(depth - 1);
                let right = match self.dice.chance(2) {
                    true => self.value(depth - 1),
                    false => self.number().to_string(),
                };
                match self.dice.chance(2) {
                    true => format!("({left} {op} {right})"),
                    false => format!("{left} {op} {right}"),
                }
            }
        }
    }

    fn load(&mut self, depth: usize) -> String {
        let index = match self.dice.below(12) {
            0 if depth > 0 => self.value(depth - 1),
            1 => self.dice.of(&["tcpflags", "icmptype", "icmpcode", "icmp6type", "icmp6code"]).into(),
            2 => self.dice.of(&["0xffffffee", "1500", "-1", "-20", "0x7fffffff", "65535"]).into(),
            _ => self.dice.below(24).to_string(),
        };
        let base = match self.usual {
            Some(base) => base,
            None => self.base(),
        };
        let number = BASES.iter().find(|row| row.0 == base).and_then(|row| row.1);
        let guard = match (base, number) {
            ("ether" | "link" | "wlan" | "fddi" | "ppp" | "radio", _) => None,
            ("icmp6", _) => Some("ip6[6] = 58".to_string()),
            (_, Some(number)) => Some(format!("ip proto {number} and ip[6:2] & 0x1fff = 0")),
            (network, None) => Some(network.to_string()),
        };
        if let Some(guard) = guard
            && !self.guards.contains(&guard)
        {
            self.guards.push(guard);
        }
        let size = self.dice.of(&["", "", "", ":1", ":2", ":4", ":3"]);
        let size = if size == ":3" && !self.dice.chance(8) { "" } else { size };
        format!("{base}[{index}{size}]")
    }
}

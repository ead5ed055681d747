//! Expressions drawn from the grammar of filters: mostly legal, often odd, on any link type.

/// Numbers that look random and are the same in every run (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }

    pub fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// Whether a primitive compiles.
pub type Compiles<'c> = &'c dyn Fn(&str) -> bool;

/// An expression that can be made smaller.
#[derive(Clone, Debug)]
pub enum Tree {
    Leaf(String),
    Not(Box<Tree>),
    /// Two or more, joined by the same word.
    Join(&'static str, Vec<Tree>),
}

impl Tree {
    /// An expression for a link type.
    pub fn draw(dice: &mut Dice, link: &str, compiles: Compiles) -> Self {
        let depth = [0, 0, 1, 1, 1, 2, 3][dice.below(7)];
        Self::node(dice, link, depth, compiles)
    }

    fn node(dice: &mut Dice, link: &str, depth: usize, compiles: Compiles) -> Self {
        if depth == 0 {
            let leaf = Self::Leaf(primitive(dice, link, compiles));
            return if dice.chance(8) { Self::Not(leaf.into()) } else { leaf };
        }
        let below = |dice: &mut Dice| {
            let depth = dice.below(depth);
            Self::node(dice, link, depth, compiles)
        };
        if dice.chance(9) {
            return Self::Not(below(dice).into());
        }
        let count = 2 + [0, 0, 0, 1, 2][dice.below(5)];
        Self::Join([" and ", " or "][dice.below(2)], (0..count).map(|_| below(dice)).collect())
    }

    /// As it is typed.
    pub fn text(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::Not(inner) => format!("not {}", inner.inside()),
            Self::Join(word, parts) => parts.iter().map(Self::inside).collect::<Vec<_>>().join(word),
        }
    }

    fn inside(&self) -> String {
        match self {
            Self::Join(..) => format!("({})", self.text()),
            _ => self.text(),
        }
    }

    /// All primitives.
    pub fn leaves(&self) -> Vec<&str> {
        match self {
            Self::Leaf(text) => vec![text],
            Self::Not(inner) => inner.leaves(),
            Self::Join(_, parts) => parts.iter().flat_map(Self::leaves).collect(),
        }
    }

    /// Expressions that are a little smaller.
    pub fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Leaf(_) => Vec::new(),
            Self::Not(inner) => {
                let mut all = vec![(**inner).clone()];
                all.extend(inner.smaller().into_iter().map(|tree| Self::Not(tree.into())));
                all
            }
            Self::Join(word, parts) => {
                let mut all = parts.clone();
                for n in 0..parts.len() {
                    if parts.len() > 2 {
                        let mut fewer = parts.clone();
                        fewer.remove(n);
                        all.push(Self::Join(word, fewer));
                    }
                    for less in parts[n].smaller() {
                        let mut parts = parts.clone();
                        parts[n] = less;
                        all.push(Self::Join(word, parts));
                    }
                }
                all
            }
        }
    }
}

const ADDRESSES: [&str; 5] = ["10.0.0.1", "10.0.0.2", "192.168.1.255", "224.0.0.1", "0.0.0.0"];
const V6: [&str; 4] = ["fe80::1", "2001:db8::1", "::1", "ff02::1"];
const NETS: [&str; 9] = [
    "10",
    "10.1",
    "10.0.0.0/8",
    "192.168.1.0/24",
    "0.0.0.0/0",
    "10.0.0.4/30",
    "2001:db8::/32",
    "fe80::/10",
    "10.0.0.0 mask 255.0.0.0",
];
const MACS: [&str; 3] = ["02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "1:2:3:4:5:6"];
const PORTS: [&str; 6] = ["80", "53", "443", "1000", "0", "65535"];
const PROTOS: [&str; 34] = [
    "ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "igrp", "pim", "vrrp", "carp",
    "ah", "esp", "atalk", "aarp", "decnet", "lat", "sca", "moprc", "mopdl", "iso", "esis", "isis", "clnp",
    "stp", "ipx", "netbeui", "l1", "lsp", "snp", "iih",
];
/// Before `host`, `net`, `proto`, ..
const QUALIFIERS: [&str; 24] = [
    "", "", "", "", "", "ip", "ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "ether", "link", "icmp",
    "igmp", "wlan", "fddi", "iso", "isis", "atalk", "decnet", "icmp6",
];
const DIRECTIONS: [&str; 10] =
    ["", "", "", "src", "dst", "src or dst", "src and dst", "addr1", "addr2", "ra"];
const RELATIONS: [&str; 7] = ["=", "==", "!=", "<", ">", "<=", ">="];
const NUMBERS: [&str; 16] = [
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
    "64",
    "0x800",
    "0xff",
    "1500",
    "0xffff",
    "4294967295",
];

/// One primitive, most often one that compiles: an expression with one that does not is refused as a whole.
fn primitive(dice: &mut Dice, link: &str, compiles: Compiles) -> String {
    for _ in 0..12 {
        let text = any_primitive(dice, link);
        if dice.chance(40) || compiles(&text) {
            return text;
        }
    }
    "len > 20".into()
}

fn any_primitive(dice: &mut Dice, link: &str) -> String {
    match dice.below(24) {
        0..3 => dice.of(&PROTOS).to_string(),
        3..9 => address(dice),
        9..12 => port(dice),
        12 | 13 => proto(dice),
        14 => {
            let who = dice.of(&["", "ether ", "link ", "ip ", "ip6 ", "wlan ", "arp "]);
            format!("{who}{}", dice.of(&["broadcast", "multicast"]))
        }
        15 => length(dice),
        16 | 17 => encapsulation(dice),
        18 => own(dice, link),
        _ => comparison(dice),
    }
}

fn qualified(dice: &mut Dice, kind: &str, value: &str) -> String {
    let parts = [dice.of(&QUALIFIERS), dice.of(&DIRECTIONS), kind, value];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn address(dice: &mut Dice) -> String {
    let value = match dice.below(9) {
        0..4 => dice.of(&ADDRESSES),
        4 => dice.of(&V6),
        5 => dice.of(&MACS),
        6 => dice.of(&["1.23", "$1a", "10"]),
        _ => {
            return {
                let net = dice.of(&NETS);
                qualified(dice, "net", net)
            };
        }
    };
    let kind = dice.of(&["host", "host", "host", "host", "", "net", "gateway"]);
    let first = qualified(dice, kind, value);
    match dice.below(8) {
        // Qualifiers carry over to what follows.
        0 => format!("{first} or {}", dice.of(&ADDRESSES)),
        _ => first,
    }
}

fn port(dice: &mut Dice) -> String {
    let (low, high) = (dice.of(&PORTS), dice.of(&PORTS));
    let range = format!("{low}-{high}");
    let (kind, value) = if dice.chance(3) { ("portrange", range.as_str()) } else { ("port", low) };
    let direction = dice.of(&["", "", "src", "dst", "src and dst", "src or dst"]);
    let before = dice.of(&["", "tcp", "udp", "sctp", "ip", "ip6", "icmp"]);
    let parts = [before, direction, kind, value];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn proto(dice: &mut Dice) -> String {
    let kind = dice.of(&["proto", "proto", "proto", "proto", "protochain"]);
    let before = dice.of(&["", "ip", "ip6", "ether", "link", "iso", "isis", "tcp", "arp"]);
    let value = dice.of(&[
        "6", "17", "1", "58", "0x800", "0x806", "0x86dd", "0x88cc", "0x42", "0xe0", "0xfe", "0xaa", "1500",
        "0x600", "255", "70000", "\\ip", "\\arp", "\\tcp", "\\udp", "\\ip6", "\\stp", "\\ipx", "0x809b",
        "44",
    ]);
    format!("{before} {kind} {value}").trim_start().to_string()
}

fn length(dice: &mut Dice) -> String {
    let number = dice.of(&NUMBERS);
    match dice.below(4) {
        0 => format!("less {number}"),
        1 => format!("greater {number}"),
        2 => format!("len {} {number}", dice.of(&RELATIONS)),
        _ => {
            format!("byte {} {} {}", dice.of(&NUMBERS), dice.of(&["=", "<", ">", "&", "|"]), dice.below(300))
        }
    }
}

fn encapsulation(dice: &mut Dice) -> String {
    let word = dice.of(&["vlan", "vlan", "mpls", "pppoes", "pppoed", "geneve", "vxlan"]);
    match dice.below(3) {
        0 => word.to_string(),
        _ => format!(
            "{word} {}",
            dice.of(&["0", "5", "100", "4095", "4096", "1048575", "1048576", "16777215"])
        ),
    }
}

/// What only some link types have.
fn own(dice: &mut Dice, link: &str) -> String {
    let number = dice.below(17);
    let relation = dice.of(&["", "", "= ", "> ", "< ", "!= "]);
    let wlan = link.starts_with("IEEE802_11") || matches!(link, "PRISM_HEADER" | "PPI");
    match if wlan { dice.below(6) } else { dice.below(14) } {
        0 => format!("type {}", dice.of(&["mgt", "ctl", "data", "0", "4"])),
        1 => format!(
            "type {} subtype {}",
            dice.of(&["mgt", "ctl", "data"]),
            dice.of(&["beacon", "ack", "qos", "data", "probe-req", "rts", "null", "0x10", "0"])
        ),
        2 => format!("subtype {}", dice.of(&["beacon", "ack", "qos-data", "cts", "deauth"])),
        3 => format!("dir {}", dice.of(&["nods", "tods", "fromds", "dstods", "2", "9"])),
        4 => format!(
            "wlan {} {}",
            dice.of(&["addr1", "addr2", "addr3", "addr4", "ra", "ta", "host", "src"]),
            dice.of(&MACS)
        ),
        5 => format!("radio[{}] {} {}", dice.below(20), dice.of(&RELATIONS), number),
        6 => format!(
            "llc {}",
            dice.of(&["", "i", "s", "u", "rr", "rnr", "rej", "ui", "sabme", "test", "xid", "frmr"])
        ),
        7 => dice.of(&["inbound", "outbound", "ifindex 2", "ifname eth0", "on eth0"]).to_string(),
        8 => dice
            .of(&["rnr 3", "rset x", "reason match", "action pass", "action drop", "srnr 1", "rulenum 7"])
            .to_string(),
        9 => dice
            .of(&["lane", "metac", "bcc", "oam", "oamf4", "sc", "ilmic", "connectmsg", "metaconnect"])
            .to_string(),
        10 => format!("{} {relation}{number}", dice.of(&["vpi", "vci"])),
        11 => dice.of(&["fisu", "lssu", "msu", "hfisu", "hlssu", "hmsu"]).to_string(),
        12 => format!(
            "{} {relation}{number}",
            dice.of(&["sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls"])
        ),
        _ => format!("vci ({number} or {})", number + 1),
    }
}

fn comparison(dice: &mut Dice) -> String {
    let base = dice.of(&BASES);
    // libpcap 1.10 forgets which protocol the operand right of an operator is of, so say it.
    let (base, guard) = match (dice.chance(6), base) {
        (true, _) => (None, String::new()),
        (_, "ether" | "link" | "wlan" | "fddi" | "ppp") => (Some(base), String::new()),
        _ => (Some(base), format!("{base} and ")),
    };
    let left = value(dice, base, 2);
    let right = if dice.chance(4) { value(dice, base, 1) } else { dice.of(&NUMBERS).to_string() };
    let guard = if left.contains(' ') || right.contains('[') { guard } else { String::new() };
    format!("{guard}{left} {} {right}", dice.of(&RELATIONS))
}

fn value(dice: &mut Dice, base: Option<&str>, depth: usize) -> String {
    if depth == 0 || dice.chance(3) {
        return match dice.below(6) {
            0 => dice.of(&NUMBERS).to_string(),
            1 => "len".into(),
            _ => load(dice, base, depth),
        };
    }
    match dice.below(4) {
        0 | 1 => load(dice, base, depth),
        2 if dice.chance(4) => format!("-{}", value(dice, base, depth - 1)),
        _ => {
            let op = dice.of(&["+", "-", "*", "/", "%", "&", "&", "|", "^", "<<", ">>"]);
            let left = value(dice, base, depth - 1);
            let right =
                if dice.chance(2) { value(dice, base, depth - 1) } else { dice.of(&NUMBERS).to_string() };
            if dice.chance(2) { format!("({left} {op} {right})") } else { format!("{left} {op} {right}") }
        }
    }
}

const BASES: [&str; 21] = [
    "ether", "link", "ip", "ip", "ip", "ip6", "tcp", "tcp", "udp", "icmp", "icmp6", "arp", "rarp", "sctp",
    "igmp", "wlan", "fddi", "decnet", "atalk", "vrrp", "ppp",
];

fn load(dice: &mut Dice, base: Option<&str>, depth: usize) -> String {
    let index = match dice.below(12) {
        0 if depth > 0 => value(dice, base, depth - 1),
        1 => "tcpflags".into(),
        2 => dice.of(&["icmptype", "0xffffffee", "1500", "-1"]).to_string(),
        _ => dice.below(24).to_string(),
    };
    let base = base.unwrap_or_else(|| dice.of(&BASES));
    format!("{base}[{index}{}]", dice.of(&["", "", "", ":1", ":2", ":4"]))
}

//! A filter printed: one line for the tree, one more for each layer that a test has opened.

use super::*;
use std::fmt::{self, Display, Formatter};

/// What is left to print; a stack of these stands for recursion.
enum Todo {
    Text(&'static str),
    Node { id: NodeId, inside: Inside },
}

/// What a node stands in, which decides whether it needs parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    And,
    Or,
    Operand,
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut todo = vec![Todo::Node { id: self.root, inside: Inside::Nothing }];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Text(text) => f.write_str(text)?,
                Todo::Node { id, inside } => match self.node(id) {
                    Node::And(left, right) => pair(&mut todo, " and ", left, right, Inside::And, inside),
                    Node::Or(left, right) => pair(&mut todo, " or ", left, right, Inside::Or, inside),
                    Node::Not(id) => {
                        f.write_str("not ")?;
                        todo.push(Todo::Node { id, inside: Inside::Operand });
                    }
                    Node::Test(id) => match self.test(id) {
                        Some(test) => self.write_test(f, test)?,
                        None => f.write_str("?")?,
                    },
                    Node::True => f.write_str("true")?,
                },
            }
        }
        for (number, layer) in self.layers.iter().enumerate() {
            if let Some(under) = layer.under {
                write!(f, "\n@{number} = {} in @{}", layer.kind, under.0)?;
            }
        }
        Ok(())
    }
}

/// Queues both operands of a binary node, in parentheses unless the node is the left operand of its own kind.
fn pair(todo: &mut Vec<Todo>, word: &'static str, left: NodeId, right: NodeId, own: Inside, inside: Inside) {
    let parentheses = inside != Inside::Nothing && inside != own;
    if parentheses {
        todo.push(Todo::Text(")"));
    }
    todo.push(Todo::Node { id: right, inside: Inside::Operand });
    todo.push(Todo::Text(word));
    todo.push(Todo::Node { id: left, inside: own });
    if parentheses {
        todo.push(Todo::Text("("));
    }
}

impl Filter {
    fn write_test(&self, f: &mut Formatter<'_>, test: &Test) -> fmt::Result {
        match &test.kind {
            TestKind::Compare { op, left, right } => {
                self.write_arith(f, *left)?;
                write!(f, " {op} ")?;
                self.write_arith(f, *right)?;
            }
            kind => write!(f, "{kind}")?,
        }
        if test.at != LayerId::LINK { write!(f, "@{}", test.at.0) } else { Ok(()) }
    }

    fn write_arith(&self, f: &mut Formatter<'_>, id: ArithId) -> fmt::Result {
        enum Todo {
            Text(&'static str),
            Arith(ArithId),
        }
        let mut todo = vec![Todo::Arith(id)];
        while let Some(next) = todo.pop() {
            let id = match next {
                Todo::Text(text) => {
                    f.write_str(text)?;
                    continue;
                }
                Todo::Arith(id) => id,
            };
            match self.arith(id).map(|arith| arith.kind) {
                None => f.write_str("?")?,
                Some(ArithKind::Number(number)) => write!(f, "{number}")?,
                Some(ArithKind::Length) => f.write_str("len")?,
                Some(ArithKind::Load { base, index, size }) => {
                    write!(f, "{base}[")?;
                    todo.push(Todo::Text(match size {
                        Size::Byte => ":1]",
                        Size::Half => ":2]",
                        Size::Word => ":4]",
                    }));
                    todo.push(Todo::Arith(index));
                }
                Some(ArithKind::Binary(op, left, right)) => {
                    f.write_str("(")?;
                    todo.push(Todo::Text(")"));
                    todo.push(Todo::Arith(right));
                    todo.push(Todo::Text(op.symbol()));
                    todo.push(Todo::Arith(left));
                }
                Some(ArithKind::Negate(value)) => {
                    f.write_str("-")?;
                    todo.push(Todo::Arith(value));
                }
            }
        }
        Ok(())
    }
}

impl Display for TestKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkProto(number) => write!(f, "link-proto {number:#x}"),
            Self::IpProto { v4, v6, number } => write!(f, "{} {number}", family(*v4, *v6, "proto")),
            Self::ProtoChain { v4, v6, number } => write!(f, "{} {number}", family(*v4, *v6, "protochain")),
            Self::IsoProto(number) => write!(f, "iso-proto {number:#x}"),
            Self::IsisType(number) => write!(f, "isis-type {number}"),
            Self::Host4 { nets, dir, addr, mask } => {
                write!(f, "{nets} {dir} {addr}")?;
                if mask.is_broadcast() { Ok(()) } else { write!(f, " mask {mask}") }
            }
            Self::Host6 { dir, addr, mask } => {
                write!(f, "ip6 {dir} {addr}/{}", mask.to_bits().leading_ones())
            }
            Self::EtherHost { dir, mac } => {
                let [a, b, c, d, e, g] = mac;
                write!(f, "ether {dir} {a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
            Self::ByteHost { dir, addr } => write!(f, "link {dir} ${addr:02x}"),
            Self::DecnetHost { dir, addr } => write!(f, "decnet {dir} {}.{}", addr >> 10, addr & 0x3ff),
            Self::Port { protos, dir, low, high, range } => {
                write!(f, "{protos} {dir} port {low}")?;
                if *range { write!(f, "..{high}") } else { Ok(()) }
            }
            Self::LinkBroadcast => f.write_str("link broadcast"),
            Self::LinkMulticast => f.write_str("link multicast"),
            Self::IpBroadcast { netmask } => write!(f, "ip broadcast mask {}", Ipv4Addr::from_bits(*netmask)),
            Self::IpMulticast => f.write_str("ip multicast"),
            Self::Ip6Multicast => f.write_str("ip6 multicast"),
            Self::Length { bound: Bound::AtMost, bytes } => write!(f, "length <= {bytes}"),
            Self::Length { bound: Bound::AtLeast, bytes } => write!(f, "length >= {bytes}"),
            Self::Byte { offset, op, value } => write!(f, "byte {offset} {op} {value}"),
            Self::Compare { op, .. } => write!(f, "compare {op}"),
            Self::Vlan { id } => optional(f, "vlan", id),
            Self::Mpls { label } => optional(f, "mpls", label),
            Self::PppoeDiscovery => f.write_str("pppoed"),
            Self::PppoeSession { id } => optional(f, "pppoes", id),
            Self::Geneve { vni } => optional(f, "geneve", vni),
            Self::Vxlan { vni } => optional(f, "vxlan", vni),
            Self::Llc(Llc::Any) => f.write_str("llc"),
            Self::Llc(Llc::Information) => f.write_str("llc i"),
            Self::Llc(Llc::Supervisory(control)) => hex(f, "llc s", control),
            Self::Llc(Llc::Unnumbered(control)) => hex(f, "llc u", control),
            Self::Direction { outbound: true } => f.write_str("outbound"),
            Self::Direction { outbound: false } => f.write_str("inbound"),
            Self::IfIndex(index) => write!(f, "ifindex {index}"),
            Self::Field { field, op, value } => write!(f, "{field} {op} {value}"),
            Self::PfName { of, name } => write!(f, "{of} {}", name.escape_ascii()),
            Self::SignalUnit { unit, high_speed: false } => write!(f, "{unit}"),
            Self::SignalUnit { unit, high_speed: true } => write!(f, "h{unit}"),
            Self::Lane => f.write_str("lane"),
            Self::WlanType { mask, value } => write!(f, "wlan-type {value:#04x} mask {mask:#04x}"),
            Self::WlanDirection(bits) => write!(f, "wlan-dir {bits}"),
        }
    }
}

fn family(v4: bool, v6: bool, word: &str) -> String {
    match (v4, v6) {
        (true, false) => format!("ip4-{word}"),
        (false, true) => format!("ip6-{word}"),
        _ => format!("ip-{word}"),
    }
}

fn optional(f: &mut Formatter<'_>, word: &str, value: &Option<impl Display>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{word} {value}"),
        None => f.write_str(word),
    }
}

fn hex(f: &mut Formatter<'_>, word: &str, value: &Option<u8>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{word} {value:#04x}"),
        None => f.write_str(word),
    }
}

/// Writes those of the words whose flag is set, joined by `/`.
fn flags(f: &mut Formatter<'_>, words: &[(bool, &str)]) -> fmt::Result {
    let mut between = "";
    for (set, word) in words {
        if *set {
            write!(f, "{between}{word}")?;
            between = "/";
        }
    }
    Ok(())
}

impl Display for NetSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        flags(f, &[(self.ip, "ip"), (self.arp, "arp"), (self.rarp, "rarp")])
    }
}

impl Display for PortProtos {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        flags(f, &[(self.tcp, "tcp"), (self.udp, "udp"), (self.sctp, "sctp")])
    }
}

impl Display for LayerKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "link",
            Self::Vlan => "vlan",
            Self::Mpls => "mpls",
            Self::Pppoe => "pppoe",
            Self::Geneve => "geneve",
            Self::Lane => "lane",
            Self::Vxlan => "vxlan",
        })
    }
}

impl Display for Dir {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Src => "src",
            Self::Dst => "dst",
            Self::Either => "src|dst",
            Self::Both => "src&dst",
            Self::Addr1 => "addr1",
            Self::Addr2 => "addr2",
            Self::Addr3 => "addr3",
            Self::Addr4 => "addr4",
            Self::Receiver => "ra",
            Self::Transmitter => "ta",
        })
    }
}

impl Display for ByteOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::And => "&",
            Self::Or => "|",
        })
    }
}

impl CompareOp {
    /// The sign as it is typed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Display for CompareOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl Display for Base {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("link"),
            Self::Radio => f.write_str("radio"),
            Self::Network(number) => write!(f, "net{number:#x}"),
            Self::Transport4(number) => write!(f, "ip4/{number}"),
            Self::Transport6(number) => write!(f, "ip6/{number}"),
        }
    }
}

impl BinaryOp {
    /// The operator as it is typed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
        }
    }
}

//! A tree printed as one line, every decision in parentheses.

use super::*;
use std::fmt::{self, Display, Formatter};

/// What is left to print; a stack of these stands for recursion.
enum Todo {
    Text(&'static str),
    Node(NodeId),
    Arith(ArithId),
}

impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(root) = self.root else { return f.write_str("everything") };
        let mut todo = vec![Todo::Node(root)];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Text(text) => f.write_str(text)?,
                Todo::Node(id) => {
                    if let Some(node) = self.nodes.get(id.0 as usize) {
                        self.write_node(f, *node, &mut todo)?;
                    }
                }
                Todo::Arith(id) => {
                    if let Some(arith) = self.ariths.get(id.0 as usize) {
                        write_arith(f, arith.kind, &mut todo)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Tree {
    fn write_node(&self, f: &mut Formatter<'_>, node: Node, todo: &mut Vec<Todo>) -> fmt::Result {
        match node {
            Node::And(left, right) => queue(todo, left, " and ", right),
            Node::Or(left, right) => queue(todo, left, " or ", right),
            Node::Not(operand) => {
                todo.push(Todo::Node(operand));
                f.write_str("not ")?;
            }
            Node::Group(operand) => {
                todo.push(Todo::Text("}"));
                todo.push(Todo::Node(operand));
                todo.push(Todo::Text("{"));
            }
            Node::Qualified { qualifiers, operand } => {
                if let Some(qualifiers) = self.qualifiers.get(qualifiers as usize) {
                    write!(f, "{qualifiers} ")?;
                }
                todo.push(Todo::Node(operand));
            }
            Node::Literal(position) => {
                if let Some(literal) = self.literals.get(position as usize) {
                    write!(f, "{}", literal.kind)?;
                }
            }
            Node::Primitive(position) => {
                if let Some(primitive) = self.primitives.get(position as usize) {
                    write_primitive(f, self, primitive.kind, todo)?;
                }
            }
        }
        Ok(())
    }
}

fn queue(todo: &mut Vec<Todo>, left: NodeId, between: &'static str, right: NodeId) {
    todo.push(Todo::Text(")"));
    todo.push(Todo::Node(right));
    todo.push(Todo::Text(between));
    todo.push(Todo::Node(left));
    todo.push(Todo::Text("("));
}

fn write_primitive(
    f: &mut Formatter<'_>,
    tree: &Tree,
    kind: PrimitiveKind,
    todo: &mut Vec<Todo>,
) -> fmt::Result {
    let optional = |f: &mut Formatter<'_>, word: &str, value: Option<u32>| match value {
        Some(value) => write!(f, "{word} {value}"),
        None => f.write_str(word),
    };
    let cast = |f: &mut Formatter<'_>, proto: Option<Proto>, word: &str| match proto {
        Some(proto) => write!(f, "{} {word}", proto.name()),
        None => f.write_str(word),
    };
    match kind {
        PrimitiveKind::Proto(proto) => f.write_str(proto.name()),
        PrimitiveKind::Broadcast(proto) => cast(f, proto, "broadcast"),
        PrimitiveKind::Multicast(proto) => cast(f, proto, "multicast"),
        PrimitiveKind::Less(bytes) => write!(f, "less {bytes}"),
        PrimitiveKind::Greater(bytes) => write!(f, "greater {bytes}"),
        PrimitiveKind::Byte { offset, op, value } => write!(f, "byte {offset} {op} {value}"),
        PrimitiveKind::Inbound => f.write_str("inbound"),
        PrimitiveKind::Outbound => f.write_str("outbound"),
        PrimitiveKind::Ifindex(index) => write!(f, "ifindex {index}"),
        PrimitiveKind::Vlan(id) => optional(f, "vlan", id),
        PrimitiveKind::Mpls(label) => optional(f, "mpls", label),
        PrimitiveKind::Pppoed => f.write_str("pppoed"),
        PrimitiveKind::Pppoes(id) => optional(f, "pppoes", id),
        PrimitiveKind::Geneve(vni) => optional(f, "geneve", vni),
        PrimitiveKind::Vxlan(vni) => optional(f, "vxlan", vni),
        PrimitiveKind::Relation { op, left, right } => {
            todo.push(Todo::Arith(right));
            todo.push(Todo::Text(op.symbol()));
            todo.push(Todo::Arith(left));
            Ok(())
        }
        PrimitiveKind::Llc(None) => f.write_str("llc"),
        PrimitiveKind::Llc(Some(_)) => f.write_str("llc TYPE"),
        PrimitiveKind::Field { word, op: CompareOp::Equal, first, count } => {
            let range = first as usize..first.saturating_add(count) as usize;
            let numbers = tree.numbers.get(range).unwrap_or_default();
            let numbers: Vec<String> = numbers.iter().map(|number| number.value.to_string()).collect();
            match numbers.as_slice() {
                [number] => write!(f, "{} {number}", word.name()),
                numbers => write!(f, "{} ({})", word.name(), numbers.join(" or ")),
            }
        }
        PrimitiveKind::Field { word, op, first, .. } => {
            let number = tree.numbers.get(first as usize).map_or(0, |number| number.value);
            write!(f, "{} {op} {number}", word.name())
        }
        PrimitiveKind::Named(word, _) => write!(f, "{} NAME", word.name()),
        PrimitiveKind::WlanType { kind: Some(_), subtype: Some(_) } => {
            f.write_str("type TYPE subtype SUBTYPE")
        }
        PrimitiveKind::WlanType { kind: Some(_), .. } => f.write_str("type"),
        PrimitiveKind::WlanType { .. } => f.write_str("subtype"),
        PrimitiveKind::WlanDirection(_) => f.write_str("dir"),
        PrimitiveKind::Special(word) => f.write_str(word.name()),
    }
}

fn write_arith(f: &mut Formatter<'_>, kind: ArithKind, todo: &mut Vec<Todo>) -> fmt::Result {
    match kind {
        ArithKind::Number(number) => write!(f, "{number}"),
        ArithKind::Length => f.write_str("len"),
        ArithKind::Load { proto, index, size } => {
            todo.push(Todo::Text(match size {
                1 => ":1]",
                2 => ":2]",
                4 => ":4]",
                _ => ":?]",
            }));
            todo.push(Todo::Arith(index));
            write!(f, "{}[", proto.name())
        }
        ArithKind::Binary(op, left, right) => {
            todo.push(Todo::Text(")"));
            todo.push(Todo::Arith(right));
            todo.push(Todo::Text(op.symbol()));
            todo.push(Todo::Arith(left));
            f.write_str("(")
        }
        ArithKind::Negate(value) => {
            todo.push(Todo::Arith(value));
            f.write_str("-")
        }
    }
}

impl Display for Qualifiers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let proto = self.proto.map(Proto::name);
        let dir = self.dir.map(|dir| dir.to_string());
        let words = [proto, dir.as_deref(), self.kind.map(Kind::name)];
        f.write_str(&words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

impl Display for LiteralKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { escaped: false } => f.write_str("NAME"),
            Self::Name { escaped: true } => f.write_str("\\NAME"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Ipv4 => f.write_str("IPV4"),
            Self::Ipv4Prefix { length, .. } => write!(f, "IPV4/{length}"),
            Self::Ipv4Mask { .. } => f.write_str("IPV4 mask IPV4"),
            Self::Ipv6(address) => write!(f, "{address}"),
            Self::Ipv6Prefix { address, length } => write!(f, "{address}/{length}"),
            Self::Mac48([a, b, c, d, e, g]) => write!(f, "{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{g:x}"),
            Self::Mac8 => f.write_str("$MAC"),
        }
    }
}

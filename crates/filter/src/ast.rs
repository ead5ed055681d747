//! The filter as it was said: grammar only, no meaning.
//!
//! Like [`crate::hir`] the tree is flat, children before parents. A [`Node::Literal`] does not know its qualifiers: they
//! stand in a [`Node::Qualified`] above it, or are those of an earlier term (`port 80 or 443`), which
//! [`crate::resolve`] finds out.

use crate::diag::Span;
use crate::hir::{BinaryOp, ByteOp, CompareOp, Dir};
use crate::lex::words::{Proto, Word};
use std::net::Ipv6Addr;

mod print;

/// A whole filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// `None` for the empty filter.
    pub(crate) root: Option<NodeId>,
    pub(crate) qualifiers: Vec<Qualifiers>,
    pub(crate) literals: Vec<Literal>,
    pub(crate) primitives: Vec<Primitive>,
    pub(crate) ariths: Vec<Arith>,
    /// The numbers that fields are compared with.
    pub(crate) numbers: Vec<Number>,
}

/// Position in [`Tree::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

/// Position in [`Tree::ariths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArithId(pub(crate) u32);

/// A piece of the tree. Numbers without a type are positions in the list of that name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node {
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Not(NodeId),
    /// Parentheses around a whole expression.
    Group(NodeId),
    /// Qualifiers and the literals that they are for.
    Qualified {
        qualifiers: u32,
        operand: NodeId,
    },
    Literal(u32),
    Primitive(u32),
}

/// What stands before a literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Qualifiers {
    pub(crate) proto: Option<Proto>,
    pub(crate) dir: Option<Dir>,
    pub(crate) kind: Option<Kind>,
    pub(crate) span: Span,
}

/// What sort of thing a literal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Host,
    Net,
    Port,
    Portrange,
    Proto,
    Protochain,
    Gateway,
}

impl Kind {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Net => "net",
            Self::Port => "port",
            Self::Portrange => "portrange",
            Self::Proto => "proto",
            Self::Protochain => "protochain",
            Self::Gateway => "gateway",
        }
    }
}

/// A name, number or address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Literal {
    pub(crate) kind: LiteralKind,
    pub(crate) span: Span,
}

/// What a literal looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LiteralKind {
    /// The name is what the span covers, without the backslash of `escaped`.
    Name {
        escaped: bool,
    },
    Number(u32),
    /// The span covers it.
    Ipv4,
    Ipv4Prefix {
        address: Span,
        length: u32,
    },
    Ipv4Mask {
        address: Span,
        mask: Span,
    },
    Ipv6(Ipv6Addr),
    Ipv6Prefix {
        address: Ipv6Addr,
        length: u32,
    },
    Mac48([u8; 6]),
    Mac8,
}

/// A test that needs no qualifiers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Primitive {
    pub(crate) kind: PrimitiveKind,
    pub(crate) span: Span,
}

/// Which test. A value in `Option` may be left out in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PrimitiveKind {
    /// The bare name of a protocol.
    Proto(Proto),
    Broadcast(Option<Proto>),
    Multicast(Option<Proto>),
    Less(u32),
    Greater(u32),
    Byte {
        offset: u32,
        op: ByteOp,
        value: u32,
    },
    Inbound,
    Outbound,
    Ifindex(u32),
    Vlan(Option<u32>),
    Mpls(Option<u32>),
    Pppoed,
    Pppoes(Option<u32>),
    Geneve(Option<u32>),
    Vxlan(Option<u32>),
    Relation {
        op: CompareOp,
        left: ArithId,
        right: ArithId,
    },
    /// `llc`, and where the type stands that may follow it.
    Llc(Option<Span>),
    /// A field of PF, ATM or SS7 and the numbers that it is compared with: these positions in [`Tree::numbers`]. Any of several.
    Field {
        word: Word,
        op: CompareOp,
        first: u32,
        count: u32,
    },
    /// A field of PF and where the name stands that it is compared with.
    Named(Word, Span),
    /// `type`, `subtype`, and where their names or numbers stand; at least one of the two.
    WlanType {
        kind: Option<Span>,
        subtype: Option<Span>,
    },
    /// `dir`, and where its name or number stands.
    WlanDirection(Span),
    /// The tests of ATM and SS7 that are a word.
    Special(Word),
}

/// A number and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: u32,
    pub(crate) span: Span,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arith {
    pub(crate) kind: ArithKind,
    pub(crate) span: Span,
}

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ArithKind {
    Number(u32),
    Length,
    Load { proto: Proto, index: ArithId, size: u32 },
    Binary(BinaryOp, ArithId, ArithId),
    Negate(ArithId),
}

impl Tree {
    /// Adds a node.
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        NodeId(push(&mut self.nodes, node))
    }

    /// Adds a literal and the node that is it.
    pub(crate) fn add_literal(&mut self, literal: Literal) -> NodeId {
        let position = push(&mut self.literals, literal);
        self.add(Node::Literal(position))
    }

    /// Adds a test and the node that is it.
    pub(crate) fn add_primitive(&mut self, kind: PrimitiveKind, span: Span) -> NodeId {
        let position = push(&mut self.primitives, Primitive { kind, span });
        self.add(Node::Primitive(position))
    }

    /// Adds a value.
    pub(crate) fn add_arith(&mut self, kind: ArithKind, span: Span) -> ArithId {
        ArithId(push(&mut self.ariths, Arith { kind, span }))
    }

    /// The words that a value comes from.
    pub(crate) fn arith_span(&self, id: ArithId) -> Span {
        self.ariths.get(id.0 as usize).map_or(Span::default(), |arith| arith.span)
    }
}

/// Appends `item`. A filter is shorter than 4 GiB (see [`crate::compile`]), so positions fit 32 bits.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    let position = u32::try_from(list.len()).unwrap_or(u32::MAX);
    list.push(item);
    position
}

//! The filter as typed tests: every word has become a number, and every test knows the layer it looks inside.
//!
//! The tree is flat: nodes, tests, arithmetic and layers stand in four lists and refer to one another by position,
//! **children before parents**, so that every walk is a loop and no filter can exhaust the stack. The order of the
//! tests is the order of the text; what a test loads from the packet, and in which order, is not decided here.
//!
//! The meaning of each kind of test is the meaning that libpcap gives the primitive it is named for.

use crate::diag::Span;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(crate) mod field;
mod parts;
mod print;
mod words;

pub use parts::{Part, PartKind};

pub use field::{Field, PfName, SignalUnit, Ss7Field};

/// A whole filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The tree of decisions; a node's operands have smaller numbers than the node.
    pub nodes: Vec<Node>,
    /// The node that decides.
    pub root: NodeId,
    /// The tests that the nodes ask for, in the order of the text.
    pub tests: Vec<Test>,
    /// The layers that tests look inside; the first one is the link layer itself.
    pub layers: Vec<Layer>,
    /// The values that [`TestKind::Compare`] compares; operands have smaller numbers.
    pub ariths: Vec<Arith>,
}

/// Position of a [`Node`] in [`Filter::nodes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// Position of a [`Test`] in [`Filter::tests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TestId(pub u32);

/// Position of an [`Arith`] in [`Filter::ariths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArithId(pub u32);

/// Position of a [`Layer`] in [`Filter::layers`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u32);

impl LayerId {
    /// The link layer: what every test looks inside until a `vlan` or the like.
    pub const LINK: Self = Self(0);
}

impl Filter {
    /// The node at `id`. Ids of a filter are only ever made with it, so the fallback is never seen.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes.get(id.0 as usize).copied().unwrap_or(Node::True)
    }

    /// The test at `id`, if it is one of this filter's.
    pub fn test(&self, id: TestId) -> Option<&Test> {
        self.tests.get(id.0 as usize)
    }

    /// The value at `id`, if it is one of this filter's.
    pub fn arith(&self, id: ArithId) -> Option<&Arith> {
        self.ariths.get(id.0 as usize)
    }

    /// The layer at `id`, if it is one of this filter's.
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.get(id.0 as usize)
    }
}

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// Both, the left one first.
    And(NodeId, NodeId),
    /// Either, the left one first.
    Or(NodeId, NodeId),
    /// The opposite.
    Not(NodeId),
    /// Whatever the test says.
    Test(TestId),
    /// Always: the empty filter.
    True,
}

/// One question about a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The question.
    pub kind: TestKind,
    /// The layer it is asked about.
    pub at: LayerId,
    /// The words it comes from.
    pub span: Span,
}

/// A layer that tests look inside. A layer is opened by the test that recognises it, and holds for every test after it in
/// the text, whatever the parentheses (libpcap's documented meaning).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What the layer is.
    pub kind: LayerKind,
    /// The layer around it; `None` for the link layer alone.
    pub under: Option<LayerId>,
    /// The test that opened it; `None` for the link layer alone.
    pub opened_by: Option<TestId>,
}

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// What the packet begins with.
    Link,
    /// Behind an 802.1Q or 802.1ad tag.
    Vlan,
    /// Behind an MPLS label.
    Mpls,
    /// Inside a PPPoE session: a PPP protocol number, then what it says.
    Pppoe,
    /// Inside Geneve: Ethernet, or what the Geneve header says.
    Geneve,
    /// Inside VXLAN: Ethernet.
    Vxlan,
    /// Inside ATM LAN emulation: Ethernet.
    Lane,
}

/// What a [`Test`] asks. All numbers are in host byte order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestKind {
    /// The protocol of the link layer, as `ether proto N`: an ethertype if above 1500, else an LLC SAP (`iso` 0xfe, `stp`
    /// 0x42, `ipx` 0xe0, `netbeui` 0xf0). Each link type says in its own way how it is told.
    LinkProto(u16),
    /// The IP protocol or IPv6 next header. At least one of `v4`, `v6` is set. The IPv6 half also sees the protocol behind
    /// one fragment header that comes first.
    IpProto {
        /// In IPv4.
        v4: bool,
        /// In IPv6.
        v6: bool,
        /// The protocol's number.
        number: u8,
    },
    /// The protocol anywhere in the chain of headers. At least one of `v4`, `v6` is set.
    ProtoChain {
        /// In IPv4.
        v4: bool,
        /// In IPv6.
        v6: bool,
        /// The protocol's number.
        number: u8,
    },
    /// The protocol of an ISO network packet: 0x81 CLNP, 0x82 ES-IS, 0x83 IS-IS.
    IsoProto(u8),
    /// The type of an IS-IS PDU, 0 to 31.
    IsisType(u8),
    /// An IPv4 address or network in the headers named by `nets`. `addr` has no bits outside `mask`.
    Host4 {
        /// Where addresses are looked for.
        nets: NetSet,
        /// Which of the addresses.
        dir: Dir,
        /// The address.
        addr: Ipv4Addr,
        /// Which of its bits count; need not be contiguous.
        mask: Ipv4Addr,
    },
    /// An IPv6 address or network. `addr` has no bits outside `mask`.
    Host6 {
        /// Which of the addresses.
        dir: Dir,
        /// The address.
        addr: Ipv6Addr,
        /// Which of its bits count.
        mask: Ipv6Addr,
    },
    /// A link-layer address of six bytes.
    EtherHost {
        /// Which of the addresses.
        dir: Dir,
        /// The address.
        mac: [u8; 6],
    },
    /// A link-layer address of one byte.
    ByteHost {
        /// Which of the addresses.
        dir: Dir,
        /// The address.
        addr: u8,
    },
    /// A DECnet address, area * 1024 + node.
    DecnetHost {
        /// Which of the addresses.
        dir: Dir,
        /// The address.
        addr: u16,
    },
    /// A port, or a range of ports with both ends in it, of IPv4 and IPv6.
    Port {
        /// The transports that have it.
        protos: PortProtos,
        /// Which of the ports.
        dir: Dir,
        /// The lowest port.
        low: u16,
        /// The highest port; equal to `low` for a single one.
        high: u16,
        /// Written as a range (`portrange 80-80` differs from `port 80` in what it loads).
        range: bool,
    },
    /// Sent to everybody on the link.
    LinkBroadcast,
    /// Sent to a group on the link.
    LinkMulticast,
    /// To an IPv4 broadcast address of a network with this mask: host bits all zero or all one.
    IpBroadcast {
        /// The network's mask.
        netmask: u32,
    },
    /// To an IPv4 group: 224 and above.
    IpMulticast,
    /// To an IPv6 group: ff00::/8.
    Ip6Multicast,
    /// `less`, `greater`: the length on the wire in bytes.
    Length {
        /// At most, or at least.
        bound: Bound,
        /// How many bytes.
        bytes: u32,
    },
    /// `byte`: one byte of the link layer.
    Byte {
        /// Offset from the start of the packet.
        offset: u32,
        /// How it is compared.
        op: ByteOp,
        /// With what.
        value: u8,
    },
    /// A relation between two values, unsigned.
    Compare {
        /// The relation.
        op: CompareOp,
        /// Left of it.
        left: ArithId,
        /// Right of it.
        right: ArithId,
    },
    /// An 802.1Q tag (ethertype 0x8100, 0x88a8 or 0x9100); opens a [`LayerKind::Vlan`].
    Vlan {
        /// The twelve bits of the identifier.
        id: Option<u16>,
    },
    /// An MPLS label; opens a [`LayerKind::Mpls`].
    Mpls {
        /// The twenty bits of the label.
        label: Option<u32>,
    },
    /// PPPoE discovery.
    PppoeDiscovery,
    /// A PPPoE session; opens a [`LayerKind::Pppoe`].
    PppoeSession {
        /// Its number.
        id: Option<u16>,
    },
    /// Geneve; opens a [`LayerKind::Geneve`].
    Geneve {
        /// The twenty-four bits of the virtual network identifier.
        vni: Option<u32>,
    },
    /// VXLAN; opens a [`LayerKind::Vxlan`].
    Vxlan {
        /// The twenty-four bits of the virtual network identifier.
        vni: Option<u32>,
    },
    /// An IEEE 802.2 LLC header (not a SNAP-less `ff ff`), and of which kind.
    Llc(Llc),
    /// Sent by this machine, or received by it.
    Direction {
        /// Sent.
        outbound: bool,
    },
    /// The index of the interface that saw the packet.
    IfIndex(u32),
    /// A header field and a number.
    Field {
        /// The field.
        field: Field,
        /// How it is compared.
        op: CompareOp,
        /// With what, in the units of the field.
        value: u32,
    },
    /// A name in a packet filter log; it need not end where `name` ends.
    PfName {
        /// Which name.
        of: PfName,
        /// What it begins with.
        name: Vec<u8>,
    },
    /// An SS7 signal unit of this kind.
    SignalUnit {
        /// The kind.
        unit: SignalUnit,
        /// Of a high-speed link.
        high_speed: bool,
    },
    /// ATM LAN emulation; opens a [`LayerKind::Lane`].
    Lane,
    /// 802.11: bits of the first byte of the header, type and subtype.
    WlanType {
        /// Which bits count.
        mask: u8,
        /// What they are.
        value: u8,
    },
    /// 802.11: to (1) and from (2) the distribution system, or neither, or both.
    WlanDirection(u8),
}

/// The protocols whose headers hold IPv4 addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetSet {
    /// IPv4's own header.
    pub ip: bool,
    /// ARP, with Ethernet's address length taken for granted.
    pub arp: bool,
    /// Reverse ARP, likewise.
    pub rarp: bool,
}

/// The transports that have ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortProtos {
    /// TCP.
    pub tcp: bool,
    /// UDP.
    pub udp: bool,
    /// SCTP.
    pub sctp: bool,
}

/// Which of the addresses or ports of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// The source.
    Src,
    /// The destination.
    Dst,
    /// Either: `src or dst`, and also what is meant when nothing is said.
    Either,
    /// `src and dst`.
    Both,
    /// 802.11: the first address.
    Addr1,
    /// 802.11: the second address.
    Addr2,
    /// 802.11: the third address.
    Addr3,
    /// 802.11: the fourth address.
    Addr4,
    /// 802.11: the receiver.
    Receiver,
    /// 802.11: the transmitter.
    Transmitter,
}

/// Which LLC frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Llc {
    /// Any.
    Any,
    /// Information frames.
    Information,
    /// Supervisory frames, of any type or with this control byte (under mask 0x0f).
    Supervisory(Option<u8>),
    /// Unnumbered frames, of any type or with this control byte (under mask 0xef).
    Unnumbered(Option<u8>),
}

/// A bound with its limit inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `less`: not more than.
    AtMost,
    /// `greater`: not less than.
    AtLeast,
}

/// How `byte` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOp {
    /// Equal.
    Equal,
    /// Less than.
    Less,
    /// Greater than.
    Greater,
    /// The byte *and* the value is not zero.
    And,
    /// The byte *or* the value is not zero.
    Or,
}

/// A relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value, 32 bits, unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arith {
    /// How it comes about.
    pub kind: ArithKind,
    /// The words it comes from.
    pub span: Span,
}

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithKind {
    /// A constant.
    Number(u32),
    /// The length of the packet on the wire, in bytes.
    Length,
    /// Bytes of the packet, in network byte order. The comparison is false for a packet that `base` says is not of the
    /// protocol; the layer is the test's. (libpcap 1.10 forgets that condition for the operand right of an arithmetic
    /// operator: its `1 + ip[0] = 5` holds for packets that are not IP. Here it is asked for wherever a load stands.)
    Load {
        /// What `index` counts from, and which protocol the packet must be.
        base: Base,
        /// The offset in bytes; wraps around, so that `tcp[-1]` is the byte before the header.
        index: ArithId,
        /// How many bytes.
        size: Size,
    },
    /// Two values and what is done with them, modulo 2^32.
    Binary(BinaryOp, ArithId, ArithId),
    /// The two's complement.
    Negate(ArithId),
}

/// How many bytes a load takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// One.
    Byte,
    /// Two.
    Half,
    /// Four.
    Word,
}

/// What a load counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// `link`, `ether`: the first byte of the packet (or of the innermost link layer).
    Link,
    /// `radio`: the first byte of the radio header.
    Radio,
    /// The network header, of a packet for which [`TestKind::LinkProto`] of this number holds: `ip` 0x800, `ip6` 0x86dd,
    /// `arp` 0x806, ..
    Network(u16),
    /// The header after IPv4's, of a first fragment with this protocol: `tcp` 6, `udp` 17, ..
    Transport4(u8),
    /// The header after IPv6's forty bytes, with this next header: `icmp6` 58.
    Transport6(u8),
}

/// What is done with two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, rounded down; a zero divisor rejects the packet.
    Divide,
    /// `%`; a zero divisor rejects the packet.
    Modulo,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `<<`; zero if by 32 or more.
    ShiftLeft,
    /// `>>`; zero if by 32 or more.
    ShiftRight,
}

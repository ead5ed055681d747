//! What a dissector may know beside its bytes: what the user asked for, what encloses it, what came before.

use crate::engine::Protocol;
use crate::keys::Keys;
use crate::memory::Memory;
use crate::out::Transport;
use gannet_wire::checksum::Sum;
use gannet_wire::{LinkType, Timestamp};
pub use std::net::IpAddr as Addr;

/// What the user asked for. Options that decide only what stands around the dissection (numbers, times,
/// dumps) belong to the printer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// `-v`, `-vv`, ..
    pub verbose: u8,
    /// `-q`, `-qq`, ..
    pub quiet: u8,
    /// `-e`: say the link-level header.
    pub link_header: bool,
    /// `-S`: TCP sequence numbers as they are, not relative to the first seen.
    pub absolute_seq: bool,
    /// `-K`: judge no IP, TCP or UDP checksum.
    pub trust_checksums: bool,
    /// `-g`: no new line behind the IPv4 header.
    pub one_line: bool,
    /// `-b`: AS numbers as two numbers with a dot between.
    pub asdot: bool,
    /// `-u`: NFS handles undecoded.
    pub raw_handles: bool,
    /// `-H`: try the 802.11s draft's mesh header.
    pub mesh_header: bool,
    /// Bytes that nobody explains are not dumped (`-q`, or the printer dumps them all).
    pub no_default_dump: bool,
    /// `-X`: the printer dumps in hex and ASCII. Telnet's commands are dumped one by one then.
    pub hex_ascii: bool,
    /// `-n`: no names at all.
    pub numeric: bool,
    /// What this machine calls the network interface of an index: writes the name, gives its length, or 0.
    pub interface_name: Option<fn(u32, &mut [u8; 16]) -> usize>,
    /// `-T`: what the payload of UDP, and of some TCP, is to be taken for.
    pub payload: Option<&'static Protocol>,
    /// `-E`, `-M`: who can read what is encrypted, and judge what is signed.
    pub keys: Option<&'static dyn Keys>,
}

/// What the record says of the packet as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'p> {
    /// What was captured.
    pub bytes: &'p [u8],
    /// How long it was on the wire, in bytes.
    pub length: u32,
    /// When it was seen.
    pub time: Timestamp,
    /// What it begins with.
    pub link: LinkType,
}

/// A number, and the list of numbers that it is from: the question "who is this?" that one layer asks about
/// the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// What a record begins with.
    Link(LinkType),
    /// What a frame begins with behind a header that names its link type: no answer for those that have no printer.
    Within(LinkType),
    /// What an Ethernet-like header names.
    EtherType(u16),
    /// What an IP header names.
    IpProto(u8),
    /// The type of an IGMP message that belongs to another protocol.
    Igmp(u8),
    /// The ports of a UDP header.
    Udp {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
    },
    /// The ports of a UDP header, if a remote procedure call may follow it: the checksum is not judged then.
    Rpc {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
    },
    /// The ports of a TCP header.
    Tcp {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
    },
    /// The destination service access point of an LLC header, when it is the source's too.
    Sap(u8),
    /// The organisation and protocol of a SNAP header.
    Snap {
        /// Organisation, 24 bits.
        oui: u32,
        /// Protocol within it.
        pid: u16,
    },
    /// The protocol type of a GRE header.
    Gre {
        /// As Ethernet's, and some of its own.
        protocol: u16,
        /// There is a sequence number: without one, what follows has no header of its own in some protocols.
        sequenced: bool,
    },
    /// A PPP protocol number.
    Ppp(u16),
    /// An OSI network layer protocol identifier.
    Nlpid(u8),
    /// The payload protocol of an SCTP data chunk.
    Sctp(u32),
    /// An LLC header: those in front of it only say that there is one.
    Llc,
    /// The data of a PGM packet, of which no header tells what it is.
    Pgm,
    /// The destination socket of an IPX header.
    Ipx(u16),
    /// What NetBIOS carries, of which only its first bytes tell what it is.
    NetBios,
}

/// The innermost link-level header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Who sent the frame.
    pub src: Option<[u8; 6]>,
    /// For whom.
    pub dst: Option<[u8; 6]>,
}

/// The innermost IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip {
    /// 4 or 6.
    pub version: u8,
    /// Who sent the packet.
    pub src: Addr,
    /// For whom, as the header says.
    pub dst: Addr,
    /// For whom in the end, when a source route leads there by other hops.
    pub final_dst: Addr,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// More fragments of the packet follow this one.
    pub more_fragments: bool,
    /// Other headers (AH, IPv6 extensions) stand between the IP header and who speaks now: the addresses have
    /// been said, and TCP and UDP say only their ports.
    pub extended: bool,
}

impl Default for Ip {
    fn default() -> Self {
        let none = Addr::from([0; 4]);
        Ip {
            version: 4,
            src: none,
            dst: none,
            final_dst: none,
            ttl: 0,
            more_fragments: false,
            extended: false,
        }
    }
}

impl Ip {
    /// The sum over the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) of `length` bytes of
    /// protocol `number`, to go on with the payload. The length has 16 bits in IPv4, 32 in IPv6.
    pub fn pseudo_header(&self, number: u8, length: usize) -> Sum {
        let length = if self.version == 4 { u32::from(length as u16) } else { length as u32 };
        let sum = Sum::new().word(number.into()).word(length);
        [self.src, self.final_dst].into_iter().fold(sum, |sum, addr| match addr {
            Addr::V4(v4) => sum.bytes(&v4.octets()),
            Addr::V6(v6) => sum.bytes(&v6.octets()),
        })
    }
}

/// The innermost TCP or UDP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortPair {
    /// Which of them.
    pub over: Transport,
    /// Source port.
    pub src: u16,
    /// Destination port.
    pub dst: u16,
}

impl Default for PortPair {
    fn default() -> Self {
        PortPair { over: Transport::Udp, src: 0, dst: 0 }
    }
}

/// The context of a dissector. Each field has one writer: the layer that it is named after.
pub struct Cx<'c> {
    /// What the user asked for.
    pub options: Options,
    /// The packet as a whole.
    pub packet: Packet<'c>,
    /// The link-level header that encloses me.
    pub link: Link,
    /// The control field of the LLC header that encloses me.
    pub llc_control: u16,
    /// The IP header that encloses me.
    pub ip: Ip,
    /// The TCP or UDP header that encloses me.
    pub ports: PortPair,
    /// What earlier packets left behind.
    pub memory: &'c mut Memory,
    /// The layer that spoke last: a cut bears its name. The engine keeps it; a dissector changes it only to
    /// speak for a part of itself that has a name of its own.
    pub speaking: &'static str,
    /// The innermost layer of what was handed on last. A layer that goes on behind another may have to speak in its
    /// name: tcpdump's printers do not take their own name back.
    pub spoke: &'static str,
    pub(crate) register: Register,
    pub(crate) depth: usize,
    pub(crate) link_header: usize,
    /// The depth of the layer whose link-level header counts, and what was counted before it.
    pub(crate) outermost: usize,
    pub(crate) link_header_before: usize,
}

/// Answers who a number belongs to; the payload lets it look before it answers.
pub type Register = fn(Space, &[u8]) -> Option<&'static Protocol>;

impl Cx<'_> {
    /// How much the user wants to hear.
    pub fn verbose(&self) -> u8 {
        self.options.verbose
    }

    /// Says how long the link-level header is that the outermost layer just read: dumps without `-XX` begin
    /// behind it. Inner layers are not asked.
    pub fn link_header_is(&mut self, bytes: usize) {
        if self.depth == self.outermost {
            self.link_header = self.link_header_before + bytes;
        }
    }

    /// Adds what belongs to the link-level header behind it: an LLC header, read by a layer of its own right
    /// inside the outermost one.
    pub fn link_header_grows(&mut self, bytes: usize) {
        if self.depth <= self.outermost + 1 {
            self.link_header += bytes;
        }
    }

    /// Says that what follows is a frame with a link-level header of its own: the layer inside this one is the
    /// outermost for that, and what it says is added to what was said so far.
    pub fn link_header_goes_on(&mut self) {
        if self.depth == self.outermost {
            self.outermost += 1;
            self.link_header_before = self.link_header;
        }
    }
}

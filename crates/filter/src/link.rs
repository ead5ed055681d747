//! Link types: where a packet says what is inside it, where that begins, and how each link type tells protocols apart.
//!
//! A [`View`] is all that the lowering knows of a layer, be it the link layer itself or one that a `vlan` or the like has
//! opened: the encapsulations only make a new view from the one around them. One link type per file.

use crate::Target;
use crate::graph::{ExprId, NodeId};
use crate::hir::Size;
use crate::lower::Build;
use gannet_wire::LinkType;

mod arcnet;
mod cisco_hdlc;
mod dsa;
mod ethernet;
mod frame_relay;
mod ipnet;
mod ipv4;
mod ipv6;
mod juniper;
mod lane;
mod linux_sll;
mod linux_sll2;
mod llc;
mod localtalk;
mod r#loop;
mod mpls;
mod mtp2;
mod null;
mod other;
mod pflog;
mod ppp;
mod raw;
mod slip;
pub(crate) mod wlan;

pub(crate) use lane::ethernet_frame;

/// A place in the packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offset {
    /// The part that depends on the packet.
    pub base: Option<ExprId>,
    /// What is added to it, or the offset itself. In bytes.
    pub plus: u32,
    /// How much of that libpcap has in a register, because it takes this place for one that depends on the packet. It makes a
    /// difference for a computed index: what is in the register is added modulo 2^32, what is not must not go beyond that.
    pub held: u32,
}

impl Offset {
    /// A place that is the same in every packet.
    pub const fn fixed(plus: u32) -> Self {
        Self { base: None, plus, held: 0 }
    }

    /// What is so many bytes behind something that depends on the packet.
    pub const fn behind(base: ExprId) -> Self {
        Self { base: Some(base), plus: 0, held: 0 }
    }

    /// The same place, all of it in a register.
    pub const fn settled(self) -> Self {
        Self { held: self.plus, ..self }
    }

    /// So many bytes farther on.
    pub const fn after(self, bytes: u32) -> Self {
        Self { plus: self.plus.wrapping_add(bytes), ..self }
    }
}

/// How a layer names the protocol inside it: tests for an ethertype or LLC SAP (see
/// [`crate::hir::TestKind::LinkProto`]) and goes on to the first node if it is that, else to the second.
pub(crate) type Naming = fn(&mut Build<'_>, &View, u16, NodeId, NodeId) -> NodeId;

/// Where things are in a layer.
#[derive(Clone, Copy)]
pub(crate) struct View {
    /// How it is told what is inside.
    pub naming: Naming,
    /// Where that is told.
    pub kind: Offset,
    /// Where the link layer begins.
    pub header: Offset,
    /// Where the network header begins.
    pub payload: Offset,
    /// Where an 802.2 header begins if there is one: behind the link layer's own.
    pub llc: Offset,
    /// How it is told that there is one.
    pub framing: Framing,
    /// Where an ISO packet begins, which is behind no SNAP header.
    pub iso: Offset,
    /// How far that is behind `llc`. What is inside a tunnel takes it over.
    pub bare: u32,
    /// Behind an MPLS label somewhere, so that nothing names what is inside.
    pub labelled: bool,
    /// What precedes the protocol of an ISO packet where `kind` names it at once.
    pub nlpid: Option<u32>,
    /// What `payload` counts from, if libpcap computes that before anything else: it then is loaded first in every filter that
    /// looks behind it anywhere.
    pub preamble: Option<ExprId>,
    /// What names an MPLS label.
    pub label: u16,
    /// Where the destination and the source address are, counted from `header`, if they are of six bytes.
    pub macs: Option<(u32, u32)>,
    /// The same, if they are of one byte, and the one that means everybody.
    pub bytes: Option<Bytes>,
    /// Whether a look at the addresses, or at the type, is to be preceded by another.
    pub marked: Mark,
    /// Where MTP level 2 of SS7 begins.
    pub ss7: Option<u32>,
    /// How the direction is told.
    pub direction: Direction,
    /// Where the interface index is, four bytes, if it is in the packet.
    pub interface: Option<u32>,
    /// What stands before an 802.11 header, if the link layer is one: its addresses and its length depend on the frame.
    pub wlan: Option<wlan::Prefix>,
}

/// Where the addresses of one byte are, counted from the start of the link layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes {
    /// The destination.
    pub dst: u32,
    /// The source.
    pub src: u32,
    /// The destination that means everybody.
    pub everybody: u8,
}

/// Whether there is an Ethernet frame where one can be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    /// There is.
    Nothing,
    /// There is if the two bytes here are not those of a control frame of LAN emulation.
    Lane(Offset),
    /// There is none, though tests may be asked as if there were one.
    NoFrame,
}

/// How the direction of a packet is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Not in the packet: only Linux knows.
    Beside,
    /// In the packet.
    At {
        /// How many bytes.
        size: Size,
        /// Their offset.
        at: u32,
        /// A mask and a value: the packet was sent.
        sent: (u32, u32),
        /// The same: it was received. `None` where that is everything else.
        received: Option<(u32, u32)>,
    },
}

/// How a frame with an 802.2 header is told from one without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no such header.
    Never,
    /// There is one always.
    Always,
    /// By a type field that is a length, and no Novell header.
    Length,
    /// By the low half of the byte at this offset, which is 2.
    Nibble(u32),
    /// By an 802.11 header, which is that of a data frame.
    Data,
}

impl View {
    /// A layer with the type at `kind` and the network header at `payload`, and nothing else.
    const fn plain(naming: Naming, kind: u32, payload: u32) -> Self {
        Self {
            naming,
            kind: Offset::fixed(kind),
            header: Offset::fixed(0),
            payload: Offset::fixed(payload),
            llc: Offset::fixed(payload),
            framing: Framing::Never,
            iso: Offset::fixed(payload),
            bare: 0,
            labelled: false,
            nlpid: None,
            preamble: None,
            label: 0x8847,
            macs: None,
            bytes: None,
            marked: Mark::Nothing,
            ss7: None,
            direction: Direction::Beside,
            interface: None,
            wlan: None,
        }
    }
}

/// The layer that packets for `target` begin with.
pub(crate) fn view(target: &Target, build: &mut Build<'_>) -> View {
    match target.link {
        LinkType::ETHERNET => ethernet::view(),
        LinkType::NULL => null::view(target),
        LinkType::LOOP => r#loop::view(target),
        LinkType::RAW => raw::view(),
        LinkType::IPV4 => ipv4::view(),
        LinkType::IPV6 => ipv6::view(),
        LinkType::LINUX_SLL => linux_sll::view(),
        LinkType::LINUX_SLL2 => linux_sll2::view(),
        LinkType::NETANALYZER => ethernet::view().behind(4),
        LinkType::NETANALYZER_TRANSPARENT => ethernet::view().behind(12),
        LinkType::DSA_TAG_BRCM => dsa::broadcom(),
        LinkType::DSA_TAG_DSA => dsa::marvell(),
        link if wlan::is_wlan(link) => wlan::view(link),
        LinkType::FDDI => llc::fddi(),
        LinkType::IEEE802_5 => llc::token_ring(),
        LinkType::IP_OVER_FC => llc::fibre_channel(),
        LinkType::ATM_RFC1483 | LinkType::ATM_CLIP => llc::atm(),
        LinkType::PPP | LinkType::PPP_HDLC => ppp::view(),
        LinkType::PPP_PPPD => ppp::with_direction(),
        LinkType::PPP_ETHER => ppp::ethernet(),
        LinkType::PPP_BSDOS => ppp::bsd_os(),
        LinkType::C_HDLC => cisco_hdlc::view(),
        LinkType::FRELAY => frame_relay::view(),
        LinkType::SLIP => slip::view(16),
        LinkType::SLIP_BSDOS => slip::view(24),
        LinkType::ARCNET_BSD => arcnet::view(2),
        LinkType::ARCNET_LINUX => arcnet::view(4),
        LinkType::ENC => null::encapsulated(target),
        LinkType::IPNET => ipnet::view(),
        LinkType::LTALK => localtalk::view(),
        LinkType::APPLE_IP_OVER_IEEE1394 => View::plain(linux_sll2::naming, 16, 18),
        LinkType::SYMANTEC_FIREWALL => View::plain(linux_sll2::naming, 6, 44),
        LinkType::PFLOG => pflog::view(build),
        LinkType::SUNATM => llc::sun_atm(),
        LinkType::MTP2 => mtp2::view(0),
        LinkType::MTP2_WITH_PHDR => mtp2::view(4),
        LinkType::ERF => mtp2::view(20),
        LinkType::BACNET_MS_TP => other::bacnet(),
        link => juniper::view(link).unwrap_or_else(other::view),
    }
}

impl View {
    /// The same with what counted from one value counted from another.
    pub fn counted_from(self, old: ExprId, new: ExprId) -> Self {
        let moved =
            |at: Offset| Offset { base: at.base.map(|base| if base == old { new } else { base }), ..at };
        Self {
            payload: moved(self.payload),
            llc: moved(self.llc),
            iso: moved(self.iso),
            preamble: Some(new),
            ..self
        }
    }

    /// Behind one tag of four bytes: type and payload are that much farther on.
    pub fn tagged(self) -> Self {
        self.moved(4)
    }

    /// The same behind a tag that is not in every packet: libpcap has its length in a register.
    pub fn tagged_or_not(self) -> Self {
        let held = |at: Offset| Offset { held: at.held + 4, ..at };
        let tagged = self.tagged();
        Self {
            kind: held(tagged.kind),
            payload: held(tagged.payload),
            llc: held(tagged.llc),
            iso: held(tagged.iso),
            ..tagged
        }
    }

    /// Behind a header of so many bytes, before the addresses.
    fn behind(self, bytes: u32) -> Self {
        Self { header: self.header.after(bytes), ..self.moved(bytes) }
    }

    /// Everything but the addresses is so much farther on.
    fn moved(self, bytes: u32) -> Self {
        Self {
            kind: self.kind.after(bytes),
            payload: self.payload.after(bytes),
            llc: self.llc.after(bytes),
            iso: self.iso.after(bytes),
            ..self
        }
    }

    /// Behind the label of four bytes that `self.payload` begins with.
    pub fn labelled(self) -> Self {
        Self { naming: mpls::naming, payload: self.payload.after(4), labelled: true, ..self }
    }

    /// The same with no Ethernet frame in it: nothing can be said of its addresses.
    pub fn unframed(self) -> Self {
        Self { marked: Mark::NoFrame, ..self }
    }

    /// Ethernet somewhere inside: it begins at `header`, its type is at `kind` and its payload at `payload`.
    pub fn tunnelled(&self, header: Offset, kind: Offset, payload: Offset) -> Self {
        let (header, kind, payload) = (header.settled(), kind.settled(), payload.settled());
        let (iso, bare, labelled) = (payload.after(self.bare), self.bare, self.labelled);
        let naming = if labelled { mpls::naming } else { ethernet::naming };
        Self {
            direction: self.direction,
            interface: self.interface,
            naming,
            header,
            kind,
            payload,
            llc: payload,
            iso,
            bare,
            labelled,
            ..ethernet::view()
        }
    }

    /// Inside ATM LAN emulation.
    pub fn emulated(self) -> Self {
        Self { direction: self.direction, interface: self.interface, ..lane::view() }
    }

    /// Inside a PPPoE session whose header `self.payload` begins with.
    pub fn session(self) -> Self {
        let header = self.payload.after(6);
        let payload = header.after(2);
        let inner = Self { kind: header, header, payload, llc: payload, iso: payload, ..ppp::view() };
        Self { direction: self.direction, interface: self.interface, ..inner }
    }
}

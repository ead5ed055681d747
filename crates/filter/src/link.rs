//! Link types: where a packet says what is inside it, where that begins, and how each link type tells protocols apart.
//!
//! A [`View`] is all that the lowering knows of a layer, be it the link layer itself or one that a `vlan` or the like has
//! opened: the encapsulations only make a new view from the one around them. One link type per file.

use crate::Target;
use crate::graph::{ExprId, NodeId};
use crate::lower::Build;
use gannet_wire::LinkType;

mod ethernet;
mod ipv4;
mod ipv6;
mod linux_sll;
mod linux_sll2;
mod r#loop;
mod mpls;
mod null;
mod ppp;
mod raw;

/// A place in the packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offset {
    /// The part that depends on the packet.
    pub base: Option<ExprId>,
    /// What is added to it, or the offset itself. In bytes.
    pub plus: u32,
}

impl Offset {
    /// A place that is the same in every packet.
    pub const fn fixed(plus: u32) -> Self {
        Self { base: None, plus }
    }

    /// So many bytes farther on.
    pub const fn after(self, bytes: u32) -> Self {
        Self { base: self.base, plus: self.plus.wrapping_add(bytes) }
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
    /// Where the network header begins (behind an LLC header there, so is an ISO packet: 3 bytes on).
    pub payload: Offset,
    /// Where the destination and the source address are, counted from `header`, if they are of six bytes.
    pub macs: Option<(u32, u32)>,
    /// How the direction is told.
    pub direction: Direction,
    /// Where the interface index is, four bytes, if it is in the packet.
    pub interface: Option<u32>,
}

/// How the direction of a packet is told. Sent is 4, `PACKET_OUTGOING` of `linux/if_packet.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Not in the packet: only Linux knows.
    Beside,
    /// In two bytes at this offset.
    Half(u32),
    /// In the byte at this offset.
    Byte(u32),
}

impl View {
    /// A layer with the type at `kind` and the network header at `payload`, and nothing else.
    const fn plain(naming: Naming, kind: u32, payload: u32) -> Self {
        Self {
            naming,
            kind: Offset::fixed(kind),
            header: Offset::fixed(0),
            payload: Offset::fixed(payload),
            macs: None,
            direction: Direction::Beside,
            interface: None,
        }
    }
}

/// The layer that packets for `target` begin with, if it is one that this compiler knows.
pub(crate) fn view(target: &Target) -> Option<View> {
    Some(match target.link {
        LinkType::ETHERNET => ethernet::view(),
        LinkType::NULL => null::view(target),
        LinkType::LOOP => r#loop::view(target),
        LinkType::RAW => raw::view(),
        LinkType::IPV4 => ipv4::view(),
        LinkType::IPV6 => ipv6::view(),
        LinkType::LINUX_SLL => linux_sll::view(),
        LinkType::LINUX_SLL2 => linux_sll2::view(),
        _ => return None,
    })
}

impl View {
    /// Behind one tag of four bytes: type and payload are that much farther on.
    pub fn tagged(self) -> Self {
        Self { kind: self.kind.after(4), payload: self.payload.after(4), ..self }
    }

    /// Behind the label of four bytes that `self.payload` begins with.
    pub fn labelled(self) -> Self {
        Self { naming: mpls::naming, payload: self.payload.after(4), ..self }
    }

    /// What says that a label follows: PPP has a number of its own for it.
    pub fn label_kind(&self) -> u32 {
        if std::ptr::fn_addr_eq(self.naming, ppp::naming as Naming) { 0x0281 } else { 0x8847 }
    }

    /// Inside a PPPoE session whose header `self.payload` begins with.
    pub fn session(self) -> Self {
        let header = self.payload.after(6);
        let inner = Self { kind: header, header, payload: header.after(2), macs: None, ..self };
        Self { naming: ppp::naming, ..inner }
    }
}

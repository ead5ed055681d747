//! Operations that everyday filters do without: register arithmetic and what is not packet bytes.

use super::{byte, half, word};
use crate::ancillary::{self, AD_OFF, LL_OFF, NET_OFF};
use crate::metadata::Metadata;

/// An operation whose result is the new A.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rare {
    MulX,
    DivK(u32),
    DivX,
    ModK(u32),
    ModX,
    AndX,
    OrX,
    XorK(u32),
    XorX,
    LshX,
    RshX,
    Neg,
    /// A fact about the packet, by its number.
    Fact(u32),
    /// The netlink attribute of type X after offset A.
    Attribute,
    /// The netlink attribute of type X inside the one at offset A.
    NestedAttribute,
    /// So many bytes at an offset that counts from the network or link header.
    FromHeader(u32, u32),
}

impl Rare {
    /// The new A, or `None` if the packet is rejected.
    #[inline(never)]
    pub(crate) fn run<const LIBPCAP: bool>(
        self,
        a: u32,
        x: u32,
        packet: &[u8],
        meta: &Metadata,
    ) -> Option<u32> {
        Some(match self {
            Self::MulX => a.wrapping_mul(x),
            Self::DivK(k) => a.checked_div(k)?,
            Self::DivX => a.checked_div(x)?,
            Self::ModK(k) => a.checked_rem(k)?,
            Self::ModX => a.checked_rem(x)?,
            Self::AndX => a & x,
            Self::OrX => a | x,
            Self::XorK(k) => a ^ k,
            Self::XorX => a ^ x,
            Self::LshX if LIBPCAP => a.checked_shl(x).unwrap_or(0),
            Self::RshX if LIBPCAP => a.checked_shr(x).unwrap_or(0),
            Self::LshX => a.wrapping_shl(x),
            Self::RshX => a.wrapping_shr(x),
            Self::Neg => a.wrapping_neg(),
            Self::Fact(fact) => meta.fact(fact)?,
            Self::Attribute => attribute(packet, a, x).unwrap_or(0),
            Self::NestedAttribute => nested_attribute(packet, a, x).unwrap_or(0),
            Self::FromHeader(offset, size) => from_header(packet, offset, size, meta)?,
        })
    }

    /// What an absolute load from the upper half of the offsets means, under the kernel's semantics.
    pub(crate) fn absolute(offset: u32, size: u32) -> Self {
        match offset.wrapping_sub(AD_OFF) {
            _ if offset < AD_OFF => Self::FromHeader(offset, size),
            ancillary::NLATTR => Self::Attribute,
            ancillary::NLATTR_NEST => Self::NestedAttribute,
            ancillary::ALU_XOR_X => Self::XorX,
            fact => Self::Fact(fact),
        }
    }
}

/// A load at an offset of the upper half, which counts from a header.
#[cold]
pub(super) fn from_header(packet: &[u8], offset: u32, size: u32, meta: &Metadata) -> Option<u32> {
    let offset = match offset {
        NET_OFF.. => meta.network_offset?.checked_add(offset - NET_OFF)?,
        LL_OFF.. => offset - LL_OFF,
        _ => return None,
    };
    match size {
        4 => word(packet, offset),
        2 => half(packet, offset),
        _ => byte(packet, offset),
    }
}

/// The length and type of the netlink attribute at `offset` (host byte order, `linux/netlink.h`).
fn attribute_header(packet: &[u8], offset: u32) -> Option<(u32, u32)> {
    let [l0, l1, t0, t1] = *packet.get(offset as usize..)?.first_chunk()?;
    let kind = u16::from_ne_bytes([t0, t1]) & 0x3fff;
    Some((u32::from(u16::from_ne_bytes([l0, l1])), u32::from(kind)))
}

/// Searches the attributes from `from` on for the type `wanted`; its offset.
fn attribute(packet: &[u8], from: u32, wanted: u32) -> Option<u32> {
    search(packet, from, u32::try_from(packet.len()).ok()?, wanted)
}

/// Searches inside the attribute at `outer`.
fn nested_attribute(packet: &[u8], outer: u32, wanted: u32) -> Option<u32> {
    let (length, _) = attribute_header(packet, outer)?;
    let end = outer.checked_add(length)?;
    if end as usize > packet.len() {
        return None;
    }
    search(packet, outer.checked_add(4)?, end, wanted)
}

fn search(packet: &[u8], from: u32, end: u32, wanted: u32) -> Option<u32> {
    let mut at = from;
    loop {
        let (length, kind) = attribute_header(packet, at)?;
        let rest = end.checked_sub(at)?;
        // Each turn moves on by at least these four bytes.
        if length < 4 || length > rest {
            return None;
        }
        if kind == wanted {
            return Some(at);
        }
        at = at.checked_add(length.next_multiple_of(4))?;
    }
}

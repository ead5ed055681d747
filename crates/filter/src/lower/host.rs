//! `host` and `net`, of every family, and the link layer's addresses.

use super::Build;
use crate::diag::Diagnostic;
use crate::graph::{NodeId, Relation};
use crate::hir::{Dir, NetSet, Size};
use crate::link::{Offset, View, ethernet_frame};
use gannet_wire::numbers::ethertype;

impl Build<'_> {
    /// An IPv4 address or network, in IPv4, ARP and RARP in this order.
    pub(super) fn host4(
        &mut self,
        view: &View,
        nets: NetSet,
        dir: Dir,
        number: (u32, u32),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let mut next = no;
        for (family, (src, dst)) in families4(nets) {
            let places = [view.payload.after(src), view.payload.after(dst)];
            let address =
                self.either(dir, places, next, yes, |build, at, yes, no| build.bits(at, number, yes, no));
            next = self.named(view, family, address, next);
        }
        next
    }

    /// An IPv6 address or network.
    pub(super) fn host6(
        &mut self,
        view: &View,
        dir: Dir,
        number: (u128, u128),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let address = self.address6(view, dir, number, yes, no);
        self.named(view, ethertype::IPV6, address, no)
    }

    /// The same in a packet that is IPv6.
    pub(super) fn address6(
        &mut self,
        view: &View,
        dir: Dir,
        (addr, mask): (u128, u128),
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let places = [view.payload.after(8), view.payload.after(24)];
        self.either(dir, places, no, yes, |build, at, yes, no| {
            [0_u32, 4, 8, 12].into_iter().rev().fold(yes, |next, offset| {
                let word = |all: u128| (all >> (96 - 8 * offset)) as u32;
                build.bits(at.after(offset), (word(addr), word(mask)), next, no)
            })
        })
    }

    /// A link-layer address of six bytes.
    pub(super) fn ether_host(
        &mut self,
        view: &View,
        dir: Dir,
        mac: [u8; 6],
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        if view.wlan.is_some() {
            return Ok(self.wlan_host(view, dir, mac, yes, no));
        }
        let Some((dst, src)) = view.macs else { return Err(self.unsupported("link-layer addresses here")) };
        let places = [view.header.after(src), view.header.after(dst)];
        let address = self.either(dir, places, no, yes, |build, at, yes, no| build.mac(at, mac, yes, no));
        Ok(ethernet_frame(self, view, address, no))
    }

    /// Six bytes that are this address; the last four are looked at first.
    pub(super) fn mac(&mut self, at: Offset, mac: [u8; 6], yes: NodeId, no: NodeId) -> NodeId {
        let [a, b, c, d, e, f] = mac;
        let (head, tail) = (u32::from(u16::from_be_bytes([a, b])), u32::from_be_bytes([c, d, e, f]));
        let head = self.equal(Size::Half, at, head, yes, no);
        self.equal(Size::Word, at.after(2), tail, head, no)
    }

    /// A link-layer address of one byte.
    pub(super) fn byte_host(
        &mut self,
        view: &View,
        dir: Dir,
        addr: u8,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let Some(bytes) = view.bytes else { return Err(self.unsupported("link-layer addresses here")) };
        let places = [view.header.after(bytes.src), view.header.after(bytes.dst)];
        Ok(self.either(dir, places, no, yes, |build, at, yes, no| {
            build.equal(Size::Byte, at, u32::from(addr), yes, no)
        }))
    }

    /// The destination address that means everybody.
    pub(super) fn link_broadcast(
        &mut self,
        view: &View,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        match view.bytes {
            Some(bytes) => self.byte_host(view, Dir::Dst, bytes.everybody, yes, no),
            None => self.ether_host(view, Dir::Dst, [0xff; 6], yes, no),
        }
    }

    /// A destination address with the group bit; of addresses of one byte, the one that means everybody.
    pub(super) fn link_multicast(
        &mut self,
        view: &View,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        if view.wlan.is_some() {
            return Ok(self.wlan_multicast(view, yes, no));
        }
        if view.bytes.is_some() {
            return self.link_broadcast(view, yes, no);
        }
        let Some((dst, _)) = view.macs else { return Err(self.unsupported("link-layer addresses here")) };
        let first = self.load(Size::Byte, view.header.after(dst));
        let group = self.ask(first, Relation::AnyBit(1), yes, no);
        Ok(ethernet_frame(self, view, group, no))
    }

    /// An IPv4 destination whose host bits are all zero or all one.
    pub(super) fn ip_broadcast(&mut self, view: &View, netmask: u32, yes: NodeId, no: NodeId) -> NodeId {
        let (at, host) = (view.payload.after(16), !netmask);
        let ones = self.masked(Size::Word, at, host, host, yes, no);
        let zeros = self.masked(Size::Word, at, host, 0, yes, ones);
        self.named(view, ethertype::IP, zeros, no)
    }

    /// A DECnet address, little-endian on the wire, in the short and the long form of the header, each of which may be
    /// preceded by a byte of padding.
    pub(super) fn decnet_host(
        &mut self,
        view: &View,
        dir: Dir,
        addr: u16,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        let address = self.decnet(view, dir, u32::from(addr.swap_bytes()), yes, no)?;
        Ok(self.named(view, 0x6003, address, no))
    }

    fn decnet(
        &mut self,
        view: &View,
        dir: Dir,
        addr: u32,
        yes: NodeId,
        no: NodeId,
    ) -> Result<NodeId, Diagnostic> {
        // Where the address is in the short and in the long form, counted from the flags.
        let (short, long) = match dir {
            Dir::Dst => (1, 7),
            Dir::Src => (3, 15),
            Dir::Either => {
                let destination = self.decnet(view, Dir::Dst, addr, yes, no)?;
                return self.decnet(view, Dir::Src, addr, yes, destination);
            }
            Dir::Both => {
                let destination = self.decnet(view, Dir::Dst, addr, yes, no)?;
                return self.decnet(view, Dir::Src, addr, destination, no);
            }
            _ => return Err(self.unsupported("this direction of 'decnet host'")),
        };
        let flags = view.payload.after(2);
        let long_padded = self.equal(Size::Half, flags.after(long + 1), addr, yes, no);
        let long_padded = self.masked(Size::Half, flags, 0xff07, 0x8106, long_padded, no);
        let plain = self.equal(Size::Half, flags.after(long), addr, yes, long_padded);
        let plain = self.masked(Size::Byte, flags, 7, 6, plain, long_padded);
        let short_padded = self.equal(Size::Half, flags.after(short + 1), addr, yes, plain);
        let short_padded = self.masked(Size::Half, flags, 0xff07, 0x8102, short_padded, plain);
        if dir == Dir::Dst {
            // The short form's destination is so near to the flags that one word holds both.
            let padded = self.masked(Size::Word, flags, 0xff07_ffff, 0x8102_0000 | addr, yes, plain);
            return Ok(self.masked(Size::Word, flags, 0x07ff_ff00, 0x0200_0000 | addr << 8, yes, padded));
        }
        let bare = self.equal(Size::Half, flags.after(short), addr, yes, short_padded);
        Ok(self.masked(Size::Byte, flags, 7, 2, bare, short_padded))
    }

    /// Whether four bytes have this value in the bits of a mask. A mask without bits asks for no load.
    pub(super) fn bits(&mut self, at: Offset, (number, mask): (u32, u32), yes: NodeId, no: NodeId) -> NodeId {
        match mask {
            0 => yes,
            u32::MAX => self.equal(Size::Word, at, number, yes, no),
            _ => self.masked(Size::Word, at, mask, number, yes, no),
        }
    }

    /// A test of the source, the destination, or both, the source first. `places` are theirs in this order.
    pub(super) fn either(
        &mut self,
        dir: Dir,
        [src, dst]: [Offset; 2],
        no: NodeId,
        yes: NodeId,
        mut one: impl FnMut(&mut Self, Offset, NodeId, NodeId) -> NodeId,
    ) -> NodeId {
        match dir {
            Dir::Src => one(self, src, yes, no),
            Dir::Dst => one(self, dst, yes, no),
            Dir::Both => {
                let destination = one(self, dst, yes, no);
                one(self, src, destination, no)
            }
            _ => {
                let destination = one(self, dst, yes, no);
                one(self, src, yes, destination)
            }
        }
    }
}

/// What has the IPv4 addresses that a test is about, from the last to the first, as a graph grows from its end: its ethertype, and
/// where source and destination stand in it, in bytes.
pub(super) fn families4(nets: NetSet) -> impl Iterator<Item = (u16, (u32, u32))> {
    [
        (nets.rarp, ethertype::RARP, (14, 24)),
        (nets.arp, ethertype::ARP, (14, 24)),
        (nets.ip, ethertype::IP, (12, 16)),
    ]
    .into_iter()
    .filter_map(|(asked, family, places)| asked.then_some((family, places)))
}

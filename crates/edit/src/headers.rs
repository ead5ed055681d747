//! A walk through the headers of one frame that changes every address on the way and keeps checksums as they were:
//! right ones right, wrong ones wrong.
//!
//! - this file: places, bytes and checksums; link layer and ARP;
//! - [`ip`] IPv4 and IPv6 with what stands between them and their payload;
//! - [`transport`] TCP, UDP, DCCP, SCTP;
//! - [`control`] ICMP, ICMPv6, IGMP;
//! - [`tunnel`] frames and packets in packets.
//!
//! What is not understood is payload, so that nothing of it is left if payload is not kept. A frame that was cut is
//! changed as far as it goes. Nothing is allocated, layers nest [`DEEPEST`] deep, and no two layers share bytes.
//!
//! A checksum is not computed anew but moved by as much as what it covers (RFC 1624): `delta` is what all changes
//! so far have added to the sum of 16-bit words of the frame, and a layer looks at how much of that came from it.

mod control;
mod ip;
mod transport;
mod tunnel;

use crate::link::{self, Hardware, Kind};
use gannet_wire::LinkType;
use gannet_wire::numbers::ethertype;

/// Layers in layers, at most; what is deeper is payload.
const DEEPEST: u32 = 12;

/// Says what becomes of an address. The same has to become the same each time.
pub trait Change {
    /// Of an IPv4 address.
    fn ipv4(&mut self, address: [u8; 4]) -> [u8; 4];
    /// Of an IPv6 address.
    fn ipv6(&mut self, address: [u8; 16]) -> [u8; 16];
    /// Of a hardware address.
    fn mac(&mut self, address: [u8; 6]) -> [u8; 6];
}

/// What becomes of the bytes behind the last header that is understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// They stay.
    Keep,
    /// The frame ends before them.
    #[default]
    Cut,
    /// They become zeroes.
    Zero,
}

/// What came of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    /// How many bytes of the frame are left.
    pub kept: usize,
    /// Whether anything is known of the link type. If not, nothing is left of the frame but zeroes.
    pub known: bool,
}

/// Changes the addresses of a frame. `claimed` is how long it was on the wire.
pub fn walk<C: Change>(
    bytes: &mut [u8],
    claimed: usize,
    link: LinkType,
    payload: Payload,
    change: &mut C,
) -> Walked {
    let kept = bytes.len();
    let all = Span { at: 0, end: claimed.max(kept) };
    let mut walk = Walk { bytes, payload, change, delta: 0, kept, depth: 0 };
    let known = walk.frame(link, all);
    if !known {
        // Even who keeps payload does not want addresses in it.
        walk.blank(all);
        walk.kept = if payload == Payload::Cut { 0 } else { walk.kept };
    }
    Walked { kept: walk.kept, known }
}

/// A place in the frame: from here up to where it claims to end, which may be behind the end of the bytes.
#[derive(Clone, Copy, Debug)]
struct Span {
    at: usize,
    end: usize,
}

impl Span {
    /// The place behind the first `n` bytes.
    fn skip(self, n: usize) -> Self {
        Span { at: self.at.saturating_add(n).min(self.end), ..self }
    }

    /// The first `n` bytes.
    fn first(self, n: usize) -> Self {
        Span { end: self.at.saturating_add(n).min(self.end), ..self }
    }

    fn is_empty(self) -> bool {
        self.at >= self.end
    }
}

/// An option of an IPv4 or TCP header.
struct HeaderOption {
    kind: u8,
    /// What it says of itself, kind and length included: it may claim more than there is.
    length: u8,
    whole: Span,
}

struct Walk<'f, C> {
    bytes: &'f mut [u8],
    payload: Payload,
    change: &'f mut C,
    /// By how much the sum of all 16-bit words of the frame has grown.
    delta: i64,
    kept: usize,
    depth: u32,
}

/// Reading and changing bytes. Places are counted from the beginning of a span, and are never behind its end.
impl<C: Change> Walk<'_, C> {
    fn array<const N: usize>(&self, s: Span, offset: usize) -> Option<[u8; N]> {
        let at = s.at.checked_add(offset)?;
        let end = at.checked_add(N).filter(|end| *end <= s.end)?;
        self.bytes.get(at..end)?.first_chunk().copied()
    }

    fn u8(&self, s: Span, offset: usize) -> Option<u8> {
        self.array(s, offset).map(u8::from_be_bytes)
    }

    fn be16(&self, s: Span, offset: usize) -> Option<u16> {
        self.array(s, offset).map(u16::from_be_bytes)
    }

    /// Takes the next option out of a list as IPv4 (RFC 791 §3.1) and TCP (RFC 9293 §3.2) have it: kind 0 ends the
    /// list, kind 1 is one byte long, and of any other the second byte is its length.
    fn next_option(&self, list: &mut Span) -> Option<HeaderOption> {
        const END: u8 = 0;
        const NOTHING: u8 = 1;
        while self.u8(*list, 0) == Some(NOTHING) {
            *list = list.skip(1);
        }
        let kind = self.u8(*list, 0).filter(|kind| *kind != END)?;
        let length = self.u8(*list, 1).filter(|length| *length >= 2)?;
        let whole = list.first(usize::from(length));
        *list = list.skip(usize::from(length));
        Some(HeaderOption { kind, length, whole })
    }

    /// What is there of a span.
    fn there(&mut self, s: Span) -> &mut [u8] {
        let end = s.end.min(self.bytes.len());
        self.bytes.get_mut(s.at..end).unwrap_or_default()
    }

    /// Writes as much as there is room for.
    fn put(&mut self, s: Span, offset: usize, new: &[u8]) {
        let s = s.skip(offset);
        let mut weight = if s.at.is_multiple_of(2) { 256 } else { 1 };
        let mut delta = 0;
        for (byte, new) in self.there(s).iter_mut().zip(new) {
            delta += weight * (i64::from(*new) - i64::from(*byte));
            weight = 257 - weight;
            *byte = *new;
        }
        self.delta += delta;
    }

    /// Fills with zeroes.
    fn blank(&mut self, s: Span) {
        let mut weight = if s.at.is_multiple_of(2) { 256 } else { 1 };
        let mut delta = 0;
        for byte in self.there(s) {
            delta -= weight * i64::from(*byte);
            weight = 257 - weight;
            *byte = 0;
        }
        self.delta += delta;
    }

    /// Everything from here on is payload.
    fn leave(&mut self, s: Span) {
        match self.payload {
            Payload::Keep => {}
            Payload::Cut => self.kept = self.kept.min(s.at),
            Payload::Zero => self.blank(s),
        }
    }

    /// Something in the middle of headers that may say who is talking.
    fn obscure(&mut self, s: Span) {
        if self.payload != Payload::Keep {
            self.blank(s);
        }
    }

    /// What stands where [`next_option`](Self::next_option) has found no more, and is no option.
    fn obscure_behind_options(&mut self, rest: Span) {
        // Of one that was cut right behind its kind there is nothing to hide.
        if self.be16(rest, 0).is_some() {
            self.obscure(rest);
        }
    }

    /// Changes an address as far as it is there. Gives how the sum of its words grows if it is all there.
    fn address<const N: usize>(
        &mut self,
        s: Span,
        offset: usize,
        changed: fn(&mut C, [u8; N]) -> [u8; N],
    ) -> i64 {
        let here = s.skip(offset).first(N);
        if self.there(here).is_empty() {
            return 0;
        }
        let mut old = [0; N];
        for (to, from) in old.iter_mut().zip(self.there(here).iter()) {
            *to = *from;
        }
        let new = changed(self.change, old);
        self.put(here, 0, &new);
        words(&new) - words(&old)
    }

    fn ipv4_address(&mut self, s: Span, offset: usize) -> i64 {
        self.address(s, offset, C::ipv4)
    }

    fn ipv6_address(&mut self, s: Span, offset: usize) -> i64 {
        self.address(s, offset, C::ipv6)
    }

    fn mac_address(&mut self, s: Span, offset: usize) {
        self.address(s, offset, C::mac);
    }

    /// The same for a prefix of so many bits, in so many bytes: what stands behind the prefix is not an address.
    fn ipv6_prefix(&mut self, s: Span, offset: usize, bytes: usize, bits: u32) {
        let here = s.skip(offset).first(bytes.min(16));
        let mut old = [0; 16];
        for (to, from) in old.iter_mut().zip(self.there(here).iter()) {
            *to = *from;
        }
        let behind = u128::MAX.checked_shr(bits).unwrap_or(0);
        let old = u128::from_be_bytes(old);
        let new = u128::from_be_bytes(self.change.ipv6((old & !behind).to_be_bytes()));
        self.put(here, 0, &(new & !behind | old & behind).to_be_bytes());
    }

    /// Moves the checksum of a layer that began at `s` when the delta was `before`. `beside` is what was added to
    /// what it covers outside of the layer.
    fn mend(&mut self, s: Span, offset: usize, before: i64, beside: i64) {
        let Some(old) = self.be16(s, offset) else { return };
        if let Some(new) = moved(old, s, self.delta - before, beside) {
            self.put(s, offset, &new.to_be_bytes());
        }
    }

    /// The same where no checksum is a zero, and zero is all ones.
    fn mend_optional(&mut self, s: Span, offset: usize, before: i64, beside: i64) {
        let Some(old) = self.be16(s, offset).filter(|old| *old != 0) else { return };
        if let Some(new) = moved(old, s, self.delta - before, beside) {
            self.put(s, offset, &if new == 0 { 0xffff } else { new }.to_be_bytes());
        }
    }

    /// One layer deeper, or payload if it is too deep.
    fn deeper(&mut self, s: Span, layer: impl FnOnce(&mut Self, Span)) {
        if self.depth >= DEEPEST || s.is_empty() {
            return self.leave(s);
        }
        self.depth += 1;
        layer(self, s);
        self.depth -= 1;
    }
}

/// A checksum whose data has changed; `None` if it stays.
fn moved(old: u16, s: Span, within: i64, beside: i64) -> Option<u16> {
    // The layer's words begin at its own first byte.
    let within = if s.at.is_multiple_of(2) { within } else { within % 0xffff * 256 };
    let change = (within % 0xffff + beside).rem_euclid(0xffff);
    let sum = (i64::from(!old) + change) % 0xffff;
    (change != 0).then_some(!(if sum == 0 { 0xffff } else { sum as u16 }))
}

/// The sum of 16-bit words.
fn words(bytes: &[u8]) -> i64 {
    bytes.iter().zip([256, 1].iter().cycle()).map(|(byte, weight)| i64::from(*byte) * weight).sum()
}

/// The link layer, and ARP.
impl<C: Change> Walk<'_, C> {
    /// A frame. `false`: nothing is known of such.
    fn frame(&mut self, link: LinkType, s: Span) -> bool {
        let Some(found) = link::enter(link, self.there(s)) else { return false };
        for hardware in found.hardware.into_iter().flatten() {
            match hardware {
                Hardware::Mac(at) => self.mac_address(s, at),
                Hardware::Ipv4(at) => {
                    self.ipv4_address(s, at);
                }
                Hardware::Ipv6(at, length) => self.ipv6_prefix(s, at, length, 8 * length as u32),
                Hardware::Opaque(at, length) => self.blank(s.skip(at).first(length)),
            }
        }
        self.layer(s, found.layer);
        true
    }

    /// What an ethertype says.
    fn ethertype(&mut self, number: u16, s: Span) {
        self.layer(s, link::Layer { kind: Kind::Ether(number), at: 0, end: usize::MAX });
    }

    fn ppp(&mut self, s: Span) {
        self.layer(s, link::Layer { kind: Kind::Ppp, at: 0, end: usize::MAX });
    }

    /// A layer whose places are counted from the beginning of `s`.
    fn layer(&mut self, s: Span, layer: link::Layer) {
        let layer = link::descend(self.there(s), layer);
        let inner = s.first(layer.end).skip(layer.at);
        match layer.kind {
            Kind::Ip => self.deeper(inner, Self::ip),
            Kind::Ether(ethertype::IP) => self.deeper(inner, Self::ipv4),
            Kind::Ether(ethertype::IPV6) => self.deeper(inner, Self::ipv6),
            Kind::Ether(ethertype::ARP | ethertype::RARP) => self.arp(inner),
            Kind::Ether(tunnel::ETHERNET) => self.deeper(inner, Self::ethernet),
            // Provider backbone bridges: the service's number, then a frame.
            Kind::Ether(0x88e7) => self.deeper(inner.skip(4), Self::ethernet),
            _ => self.leave(inner),
        }
        self.leave(Span { at: inner.end, end: s.end });
    }

    /// Address resolution, reverse and inverse too (RFC 826): of a kind and length of hardware address.
    fn arp(&mut self, s: Span) {
        let (Some(protocol), Some([hardware, 4])) = (self.be16(s, 2), self.array(s, 4)) else {
            return self.leave(s.skip(8));
        };
        if protocol != ethertype::IP {
            return self.leave(s.skip(8));
        }
        let hardware = usize::from(hardware);
        for at in [8, 8 + hardware + 4] {
            match hardware {
                6 => self.mac_address(s, at),
                _ => self.blank(s.skip(at).first(hardware)),
            }
            self.ipv4_address(s, at + hardware);
        }
        self.leave(s.skip(8 + 2 * (hardware + 4)));
    }
}

//! Frames and packets in packets: GRE with ERSPAN, VXLAN, Geneve.
//!
//! Sources: RFC 2784, RFC 2890, RFC 2637; draft-foschiano-erspan; RFC 7348, draft-ietf-nvo3-vxlan-gpe; RFC 8926.

use super::{Change, Span, Walk};
use gannet_wire::LinkType;

/// The ethertype of an Ethernet frame.
pub(super) const ETHERNET: u16 = 0x6558;
const PPP: u16 = 0x880b;
const ERSPAN: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;

impl<C: Change> Walk<'_, C> {
    pub(super) fn ethernet(&mut self, s: Span) {
        self.frame(LinkType::ETHERNET, s);
    }

    pub(super) fn gre(&mut self, s: Span) {
        let (Some(flags), Some(protocol)) = (self.be16(s, 0), self.be16(s, 2)) else { return self.leave(s) };
        let has = |bit: u16| flags & bit != 0;
        let words = |bits: &[u16]| bits.iter().filter(|bit| has(**bit)).count();
        let before = self.delta;
        match (flags & 7, protocol) {
            // With a source route, which nobody uses.
            (0, _) if has(0x4000) => self.leave(s.skip(4)),
            (0, _) => {
                let inner = s.skip(4 + 4 * words(&[0x8000, 0x2000, 0x1000]));
                match protocol {
                    ERSPAN => self.deeper(inner.skip(if has(0x1000) { 8 } else { 0 }), Self::ethernet),
                    ERSPAN_3 => self.erspan(inner),
                    _ => self.ethertype(protocol, inner),
                }
            }
            (1, PPP) => self.ppp(s.skip(4 + 4 * words(&[0x2000, 0x1000, 0x0080]))),
            _ => self.leave(s.skip(4)),
        }
        if flags & 0x8007 == 0x8000 {
            self.mend(s, 4, before, 0);
        }
    }

    /// The third version: a header of 12 bytes, and 8 more if its last bit says so.
    fn erspan(&mut self, s: Span) {
        let more = self.u8(s, 11).map_or(0, |byte| usize::from(byte & 1) * 8);
        self.deeper(s.skip(12 + more), Self::ethernet);
    }

    /// What is behind a UDP header, by the port it is for.
    pub(super) fn datagram(&mut self, port: Option<u16>, s: Span) {
        match (port, self.u8(s, 0)) {
            (Some(4789 | 8472), Some(flags)) if flags & 0x08 != 0 => {
                self.deeper(s.skip(8), Self::ethernet);
            }
            (Some(4790), Some(_)) => match self.u8(s, 3) {
                Some(1) => self.deeper(s.skip(8), Self::ipv4),
                Some(2) => self.deeper(s.skip(8), Self::ipv6),
                Some(3) => self.deeper(s.skip(8), Self::ethernet),
                _ => self.leave(s),
            },
            (Some(6081), Some(first)) if first >> 6 == 0 => {
                let options = usize::from(first & 0x3f) * 4;
                self.obscure(s.skip(8).first(options));
                match self.be16(s, 2) {
                    Some(protocol) => self.ethertype(protocol, s.skip(8 + options)),
                    None => self.leave(s),
                }
            }
            _ => self.leave(s),
        }
    }
}

//! IPv4 and IPv6, and what stands between them and their payload.
//!
//! Sources: RFC 791, RFC 8200; routing headers RFC 5095, RFC 6275, RFC 8754; traceroute option RFC 1393.

use super::{Change, HeaderOption, Span, Walk};
use gannet_wire::numbers::ip_proto;

/// The numbers of protocols that only this walk knows.
pub(super) const GRE: u8 = 47;
pub(super) const UDP_LITE: u8 = 136;
pub(super) const MPLS_IN_IP: u8 = 137;

impl<C: Change> Walk<'_, C> {
    /// Of the version that its first bits say.
    pub(super) fn ip(&mut self, s: Span) {
        match self.u8(s, 0).map(|first| first >> 4) {
            Some(4) => self.ipv4(s),
            Some(6) => self.ipv6(s),
            _ => self.leave(s),
        }
    }

    pub(super) fn ipv4(&mut self, s: Span) {
        let length = match self.u8(s, 0) {
            Some(first @ 0x45..=0x4f) => usize::from(first & 15) * 4,
            _ => return self.leave(s),
        };
        // No total length: the sender's hardware was to cut the packet up.
        let total = self.be16(s, 2).map(usize::from).filter(|total| *total >= length);
        let whole = total.map_or(s, |total| s.first(total));
        let before = self.delta;
        let source = self.ipv4_address(whole, 12);
        let mut destination = self.ipv4_address(whole, 16);
        if let Some(last) = self.ipv4_options(whole.first(length).skip(20)) {
            destination = last;
        }
        self.mend(whole, 10, before, 0);
        let inner = whole.skip(length);
        match (self.u8(whole, 9), self.be16(whole, 6)) {
            (Some(number), Some(fragment)) if fragment & 0x1fff == 0 => {
                self.protocol(number, inner, source + destination, false);
            }
            _ => self.leave(inner),
        }
        self.leave(Span { at: whole.end, end: s.end });
    }

    /// Addresses in options. Gives how the last one of a route that is still to be gone has changed: it is where the
    /// packet is for.
    fn ipv4_options(&mut self, mut list: Span) -> Option<i64> {
        let mut last = None;
        while let Some(HeaderOption { kind, length, whole }) = self.next_option(&mut list) {
            match kind {
                // Recorded, loose and strict routes.
                7 | 131 | 137 => {
                    let route = self.addresses(whole.skip(3), 4);
                    let pointer = self.u8(whole, 2).unwrap_or(0);
                    if kind != 7 && pointer < length {
                        last = route;
                    }
                }
                // Time stamps, each behind an address if the flags say so.
                68 if matches!(self.u8(whole, 3).map(|flags| flags & 15), Some(1 | 3)) => {
                    self.addresses(whole.skip(4), 8);
                }
                // Traceroute: who began it.
                82 => {
                    self.ipv4_address(whole, 8);
                }
                // Several receivers (RFC 1770).
                149 => {
                    self.addresses(whole.skip(2), 4);
                }
                // Time stamps alone; probed sizes; a router's alert.
                68 | 11 | 12 | 148 => {}
                _ => self.obscure(whole.skip(2)),
            }
        }
        self.obscure_behind_options(list);
        last
    }

    /// IPv4 addresses, one every so many bytes. Gives how the last one has changed.
    fn addresses(&mut self, s: Span, every: usize) -> Option<i64> {
        let (mut rest, mut last) = (s, None);
        while self.array::<4>(rest, 0).is_some() {
            last = Some(self.ipv4_address(rest, 0));
            rest = rest.skip(every);
        }
        // One that was cut.
        self.ipv4_address(rest, 0);
        last
    }

    pub(super) fn ipv6(&mut self, s: Span) {
        if self.u8(s, 0).is_none_or(|first| first >> 4 != 6) {
            return self.leave(s);
        }
        let length = self.be16(s, 4).map(usize::from).filter(|length| *length > 0);
        let whole = length.map_or(s, |length| s.first(40 + length));
        let ends = [self.ipv6_address(whole, 8), self.ipv6_address(whole, 24)];
        match self.u8(whole, 6) {
            Some(next) => self.ipv6_headers(next, whole.skip(40), ends),
            None => self.leave(whole.skip(40)),
        }
        self.leave(Span { at: whole.end, end: s.end });
    }

    /// Extension headers, and what is behind them. `ends` is how the addresses have changed that transports sum up.
    fn ipv6_headers(&mut self, mut next: u8, s: Span, [mut source, mut destination]: [i64; 2]) {
        let mut rest = s;
        while let Some([following, length]) = self.array(rest, 0) {
            let mut bytes = (usize::from(length) + 1) * 8;
            let header = rest.first(bytes);
            match next {
                ip_proto::HOP_BY_HOP | ip_proto::DESTINATION => {
                    if let Some(home) = self.ipv6_options(header.skip(2)) {
                        source = home;
                    }
                }
                ip_proto::ROUTING => {
                    if let Some(last) = self.routing(header) {
                        destination = last;
                    }
                }
                ip_proto::FRAGMENT => {
                    bytes = 8;
                    if self.be16(rest, 2).is_none_or(|offset| offset & 0xfff8 != 0) {
                        return self.leave(rest.skip(8));
                    }
                }
                ip_proto::AH => bytes = (usize::from(length) + 2) * 4,
                _ => break,
            }
            next = following;
            rest = rest.skip(bytes);
        }
        self.protocol(next, rest, source + destination, true);
    }

    /// Options of IPv6. Gives how the home address has changed, which stands for the source.
    fn ipv6_options(&mut self, s: Span) -> Option<i64> {
        const PAD: u8 = 0;
        const HOME_ADDRESS: u8 = 201;
        let (mut rest, mut home) = (s, None);
        while let Some(kind) = self.u8(rest, 0) {
            if kind == PAD {
                rest = rest.skip(1);
                continue;
            }
            let Some(length) = self.u8(rest, 1) else { break };
            let option = rest.first(2 + usize::from(length));
            match kind {
                HOME_ADDRESS => home = Some(self.ipv6_address(option, 2)),
                // Padding; a tunnel's limit, a router's alert, quick start, a jumbogram's length.
                1 | 4 | 5 | 38 | 194 => {}
                // Others may name a node (RFC 7731), a line, a label.
                _ => self.obscure(option.skip(2)),
            }
            rest = rest.skip(2 + usize::from(length));
        }
        home
    }

    /// A routing header. Gives how the last address has changed, if the packet is not there yet.
    fn routing(&mut self, s: Span) -> Option<i64> {
        let [kind, left] = self.array(s, 2)?;
        let (mut rest, mut first, mut last) = (s.skip(8), None, None);
        let count = match kind {
            0 | 2 => usize::MAX,
            // Segments, the last one first.
            4 => usize::from(self.u8(s, 4)?) + 1,
            _ => {
                self.obscure(s.skip(4));
                return None;
            }
        };
        for _ in 0..count {
            if self.u8(rest, 0).is_none() {
                break;
            }
            last = Some(self.ipv6_address(rest, 0));
            first = first.or(last);
            rest = rest.skip(16);
        }
        // Signatures and the like.
        self.obscure(rest);
        let target = if kind == 4 { first } else { last };
        target.filter(|_| left > 0)
    }

    /// What an IP packet carries. `ends` is how the sum of its addresses has grown.
    pub(super) fn protocol(&mut self, number: u8, s: Span, ends: i64, six: bool) {
        match number {
            ip_proto::TCP => self.tcp(s, ends),
            ip_proto::UDP => self.deeper(s, |walk, s| walk.udp(s, ends)),
            UDP_LITE => self.udp_lite(s, ends),
            ip_proto::DCCP => self.dccp(s, ends),
            ip_proto::SCTP => self.sctp(s),
            ip_proto::ICMP if !six => self.deeper(s, Self::icmp),
            ip_proto::ICMPV6 if six => self.deeper(s, |walk, s| walk.icmpv6(s, ends)),
            ip_proto::IGMP if !six => self.igmp(s),
            ip_proto::IPV4 => self.deeper(s, Self::ipv4),
            ip_proto::IPV6 => self.deeper(s, Self::ipv6),
            ip_proto::ETHERNET => self.deeper(s, Self::ethernet),
            MPLS_IN_IP => self.deeper(s, |walk, s| walk.ethertype(0x8847, s)),
            GRE => self.deeper(s, Self::gre),
            ip_proto::AH => match self.array(s, 0) {
                Some([next, length]) => {
                    let inner = s.skip((usize::from(length) + 2) * 4);
                    self.deeper(inner, |walk, inner| walk.protocol(next, inner, ends, six));
                }
                None => self.leave(s),
            },
            // What it is, and that it was sent anew, can be seen of what is enciphered.
            ip_proto::ESP => self.leave(s.skip(8)),
            _ => self.summed(number, s, ends, six),
        }
    }

    /// Payload of which only the checksum is known, over the addresses too.
    fn summed(&mut self, number: u8, s: Span, ends: i64, six: bool) {
        const OSPF: u8 = 89;
        let before = self.delta;
        self.leave(s);
        match (number, six) {
            (ip_proto::MOBILITY, true) => self.mend(s, 4, before, ends),
            (OSPF, true) => self.mend(s, 12, before, ends),
            (ip_proto::PIM, true) => self.mend(s, 2, before, ends),
            (ip_proto::VRRP, true) => self.mend(s, 6, before, ends),
            _ => {}
        }
    }
}

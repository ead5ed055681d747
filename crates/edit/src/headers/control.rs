//! ICMP, ICMPv6 with neighbour and listener discovery, IGMP.
//!
//! Sources: RFC 792, RFC 1256, RFC 4884; RFC 4443, RFC 4861, RFC 4191, RFC 8106, RFC 3122, RFC 3810; RFC 3376.

use super::{Change, Span, Walk};

impl<C: Change> Walk<'_, C> {
    pub(super) fn icmp(&mut self, s: Span) {
        let before = self.delta;
        let kind = self.u8(s, 0).unwrap_or(0);
        match kind {
            3 | 4 | 5 | 11 | 12 => {
                if kind == 5 {
                    self.ipv4_address(s, 4);
                }
                // Where something follows what is quoted, its length is told in words of 32 bits.
                let words = self.u8(s, 5).filter(|_| matches!(kind, 3 | 11 | 12)).unwrap_or(0);
                self.quote(s.skip(8), usize::from(words) * 4);
            }
            9 => {
                let [count, size] = self.array(s, 4).unwrap_or_default();
                let mut rest = s.skip(8);
                for _ in 0..if size == 0 { 0 } else { count } {
                    self.ipv4_address(rest, 0);
                    rest = rest.skip(usize::from(size) * 4);
                }
                self.leave(rest);
            }
            13 | 14 => self.leave(s.skip(20)),
            17 | 18 => self.leave(s.skip(12)),
            _ => self.leave(s.skip(8)),
        }
        self.mend(s, 2, before, 0);
    }

    /// The beginning of a packet, of so many bytes, or of all that is left if that is 0.
    fn quote(&mut self, s: Span, length: usize) {
        let quoted = if length == 0 { s } else { s.first(length) };
        self.deeper(quoted, Self::ip);
        self.leave(Span { at: quoted.end, end: s.end });
    }

    pub(super) fn icmpv6(&mut self, s: Span, ends: i64) {
        let before = self.delta;
        match self.u8(s, 0).unwrap_or(0) {
            kind @ 1..=4 => {
                let words = self.u8(s, 4).filter(|_| matches!(kind, 1 | 3)).unwrap_or(0);
                self.quote(s.skip(8), usize::from(words) * 8);
            }
            130..=132 => self.listener(s),
            143 => self.listener_report(s),
            133 | 141 | 142 => self.neighbour_options(s.skip(8)),
            134 => self.neighbour_options(s.skip(16)),
            135 | 136 => {
                self.ipv6_address(s, 8);
                self.neighbour_options(s.skip(24));
            }
            137 => {
                self.ipv6_address(s, 8);
                self.ipv6_address(s, 24);
                self.neighbour_options(s.skip(40));
            }
            _ => self.leave(s.skip(8)),
        }
        self.mend(s, 2, before, ends);
    }

    /// A group, and in a query of the second version the sources that are asked for.
    fn listener(&mut self, s: Span) {
        self.ipv6_address(s, 8);
        match (self.u8(s, 0), self.be16(s, 26)) {
            (Some(130), Some(count)) => {
                let rest = self.sources(s.skip(28), count, 16);
                self.leave(rest);
            }
            _ => self.leave(s.skip(24)),
        }
    }

    fn listener_report(&mut self, s: Span) {
        let mut rest = s.skip(8);
        for _ in 0..self.be16(s, 6).unwrap_or(0) {
            let Some(beside) = self.u8(rest, 1) else { break };
            self.ipv6_address(rest, 4);
            let count = self.be16(rest, 2).unwrap_or(0);
            rest = self.sources(rest.skip(20), count, 16);
            let beside = usize::from(beside) * 4;
            self.obscure(rest.first(beside));
            rest = rest.skip(beside);
        }
        self.leave(rest);
    }

    /// So many addresses of so many bytes. Gives what is behind them.
    fn sources(&mut self, s: Span, count: u16, bytes: usize) -> Span {
        let mut rest = s;
        for _ in 0..count {
            if self.u8(rest, 0).is_none() {
                break;
            }
            match bytes {
                16 => self.ipv6_address(rest, 0),
                _ => self.ipv4_address(rest, 0),
            };
            rest = rest.skip(bytes);
        }
        rest
    }

    /// Options of neighbour discovery: kind, length in units of 8 bytes.
    fn neighbour_options(&mut self, s: Span) {
        let mut rest = s;
        while let Some([kind, units @ 1..=255]) = self.array(rest, 0) {
            let length = usize::from(units) * 8;
            let option = rest.first(length);
            match (kind, units) {
                (1 | 2, 1) => self.mac_address(option, 2),
                (3, _) => {
                    let bits = u32::from(self.u8(option, 2).unwrap_or(0));
                    self.ipv6_prefix(option, 16, 16, bits);
                    self.obscure(option.skip(32));
                }
                (4, _) => self.redirected(option.skip(8)),
                (5, _) => self.obscure(option.skip(8)),
                // Addresses of interfaces, source and target.
                (9 | 10, _) => drop(self.sources(option.skip(8), u16::MAX, 16)),
                (24, _) => {
                    let bits = u32::from(self.u8(option, 2).unwrap_or(0));
                    self.ipv6_prefix(option, 8, length - 8, bits);
                    self.obscure(option.skip(24));
                }
                // Servers of names.
                (25, _) => drop(self.sources(option.skip(8), u16::MAX, 16)),
                _ => self.obscure(option.skip(2)),
            }
            rest = rest.skip(length);
        }
        self.leave(rest);
    }

    /// The packet that was redirected. Options follow it, so it ends nothing.
    fn redirected(&mut self, s: Span) {
        let (kept, payload) = (self.kept, self.payload);
        if payload == super::Payload::Cut {
            self.payload = super::Payload::Zero;
        }
        self.deeper(s, Self::ip);
        (self.kept, self.payload) = (kept, payload);
    }

    pub(super) fn igmp(&mut self, s: Span) {
        let before = self.delta;
        match self.u8(s, 0) {
            Some(0x11) => {
                self.ipv4_address(s, 4);
                let rest = match self.be16(s, 10) {
                    Some(count) => self.sources(s.skip(12), count, 4),
                    None => s.skip(8),
                };
                self.leave(rest);
            }
            Some(0x12 | 0x16 | 0x17) => {
                self.ipv4_address(s, 4);
                self.leave(s.skip(8));
            }
            Some(0x22) => {
                let mut rest = s.skip(8);
                for _ in 0..self.be16(s, 6).unwrap_or(0) {
                    let Some(beside) = self.u8(rest, 1) else { break };
                    self.ipv4_address(rest, 4);
                    let count = self.be16(rest, 2).unwrap_or(0);
                    rest = self.sources(rest.skip(8), count, 4);
                    let beside = usize::from(beside) * 4;
                    self.obscure(rest.first(beside));
                    rest = rest.skip(beside);
                }
                self.leave(rest);
            }
            _ => self.leave(s.skip(4)),
        }
        self.mend(s, 2, before, 0);
    }
}

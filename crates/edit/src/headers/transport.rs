//! TCP, UDP, DCCP and SCTP: checksums over the addresses, and the few addresses in them.
//!
//! Sources: RFC 9293, RFC 8684 (multipath), RFC 768, RFC 3828, RFC 4340, RFC 9260.

use super::{Change, HeaderOption, Payload, Span, Walk};

impl<C: Change> Walk<'_, C> {
    pub(super) fn tcp(&mut self, s: Span, ends: i64) {
        let before = self.delta;
        let length = self.u8(s, 12).map_or(20, |offset| usize::from(offset >> 4) * 4).max(20);
        self.tcp_options(s.first(length).skip(20));
        self.leave(s.skip(length));
        self.mend(s, 16, before, ends);
    }

    /// Multipath TCP tells of further addresses, and so may what is not known: some who share out connections name the
    /// client in an option of their own.
    fn tcp_options(&mut self, mut list: Span) {
        const MULTIPATH: u8 = 30;
        const ADD_ADDRESS: u8 = 3;
        // Segment size, window scale, acknowledgements, time stamps, user timeout.
        const HARMLESS: [u8; 7] = [2, 3, 4, 5, 8, 28, MULTIPATH];
        while let Some(HeaderOption { kind, length, whole }) = self.next_option(&mut list) {
            let subtype = self.u8(whole, 2).map(|byte| byte >> 4);
            if (kind, subtype) == (MULTIPATH, Some(ADD_ADDRESS)) {
                // A port and a signature may follow: 4 + 4 + 2 + 8, or 4 + 16 + 2 + 8.
                match length {
                    8 | 10 | 16 | 18 => self.ipv4_address(whole, 4),
                    _ => self.ipv6_address(whole, 4),
                };
            } else if !HARMLESS.contains(&kind) {
                self.obscure(whole.skip(2));
            }
        }
        self.obscure_behind_options(list);
    }

    pub(super) fn udp(&mut self, s: Span, ends: i64) {
        let before = self.delta;
        let length = self.be16(s, 4).map(usize::from).filter(|length| *length >= 8);
        let whole = length.map_or(s, |length| s.first(length));
        self.datagram(self.be16(whole, 2), whole.skip(8));
        self.mend_optional(whole, 6, before, ends);
        self.leave(Span { at: whole.end, end: s.end });
    }

    pub(super) fn udp_lite(&mut self, s: Span, ends: i64) {
        let covered = match self.be16(s, 4) {
            Some(coverage @ 8..) => s.first(usize::from(coverage)),
            _ => s,
        };
        self.partly(s, covered, 8, 6, ends);
    }

    pub(super) fn dccp(&mut self, s: Span, ends: i64) {
        let length = self.u8(s, 4).map_or(12, |offset| usize::from(offset) * 4).max(12);
        let covered = match self.u8(s, 5).map(|byte| usize::from(byte & 15)) {
            Some(words @ 1..) => s.first(length + (words - 1) * 4),
            _ => s,
        };
        self.partly(s, covered, length, 6, ends);
    }

    /// A header of so many bytes, and payload of which a part is covered by the checksum.
    fn partly(&mut self, s: Span, covered: Span, header: usize, checksum: usize, ends: i64) {
        let before = self.delta;
        self.leave(covered.skip(header));
        self.mend(s, checksum, before, ends);
        self.leave(Span { at: covered.end, end: s.end }.skip(header.saturating_sub(covered.end - s.at)));
    }

    /// SCTP sums up no addresses but its own, by a cyclic code. That is linear: it is moved by the code of what has
    /// changed, with zeroes for what was not captured.
    pub(super) fn sctp(&mut self, s: Span) {
        let chunks = s.skip(12);
        if self.payload == Payload::Cut {
            return self.leave(chunks);
        }
        let before = crc32c(self.there(chunks));
        match self.payload {
            Payload::Keep => self.sctp_chunks(chunks),
            _ => self.leave(chunks),
        }
        let after = crc32c(self.there(chunks));
        let cut = s.end.saturating_sub(self.bytes.len().max(chunks.at)).min(usize::from(u16::MAX));
        let change = (0..cut).fold(before ^ after, |code, _| crc32c_step(code, 0));
        if let Some(old) = self.array(s, 8).map(u32::from_le_bytes) {
            self.put(s, 8, &(old ^ change).to_le_bytes());
        }
    }

    /// The addresses of an association, where it begins and where it changes.
    fn sctp_chunks(&mut self, s: Span) {
        let mut rest = s;
        while let (Some(kind), Some(length @ 4..)) = (self.u8(rest, 0), self.be16(rest, 2)) {
            let chunk = rest.first(usize::from(length));
            match kind {
                1 | 2 => self.sctp_parameters(chunk.skip(20)),
                0xc1 => self.sctp_parameters(chunk.skip(8)),
                _ => {}
            }
            rest = rest.skip(usize::from(length).next_multiple_of(4));
        }
    }

    fn sctp_parameters(&mut self, s: Span) {
        let mut rest = s;
        while let (Some(kind), Some(length @ 4..)) = (self.be16(rest, 0), self.be16(rest, 2)) {
            match kind {
                5 => {
                    self.ipv4_address(rest, 4);
                }
                6 => {
                    self.ipv6_address(rest, 4);
                }
                // To add, delete, prefer an address, which is a parameter in this one.
                0xc001 | 0xc002 | 0xc004 => {
                    rest = rest.skip(8);
                    continue;
                }
                _ => {}
            }
            rest = rest.skip(usize::from(length).next_multiple_of(4));
        }
    }
}

/// CRC32c without what is done at the beginning and at the end: the code of a difference.
fn crc32c(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |code, byte| crc32c_step(code, *byte))
}

fn crc32c_step(code: u32, byte: u8) -> u32 {
    let at = (code ^ u32::from(byte)) & 0xff;
    code >> 8 ^ CRC32C.get(at as usize).copied().unwrap_or(0)
}

/// RFC 9260 appendix A, least significant bit first.
static CRC32C: [u32; 256] = {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut table = [0; 256];
    let mut at = 0;
    while let Some((_, slots)) = table.split_at_mut_checked(at) {
        let Some(slot) = slots.first_mut() else { break };
        let mut code = at as u32;
        let mut bit = 0;
        while bit < 8 {
            code = if code & 1 == 1 { code >> 1 ^ POLYNOMIAL } else { code >> 1 };
            bit += 1;
        }
        *slot = code;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the code: that of "123456789", begun with ones and turned round.
    #[test]
    fn the_code_is_castagnolis() {
        let code = b"123456789".iter().fold(!0, |code, byte| crc32c_step(code, *byte));
        assert_eq!(!code, 0xe306_9283);
    }
}

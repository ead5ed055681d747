//! The Internet checksum (RFC 1071).

/// The one's complement sum of 16-bit words, still open: parts can be added in any order, each padded to an
/// even length.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum(u64);

impl Sum {
    /// An empty sum.
    pub fn new() -> Self {
        Self(0)
    }

    /// Adds `bytes`, as big-endian words; an odd last byte counts as the high half of a word.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let mut chunks = bytes.chunks_exact(4);
        for chunk in &mut chunks {
            if let Ok(word) = <[u8; 4]>::try_from(chunk) {
                self.0 += u64::from(u32::from_be_bytes(word));
            }
        }
        let mut last = [0; 4];
        for (to, from) in last.iter_mut().zip(chunks.remainder()) {
            *to = *from;
        }
        self.0 += u64::from(u32::from_be_bytes(last));
        self
    }

    /// Adds one number.
    pub fn word(mut self, word: u32) -> Self {
        self.0 += u64::from(word);
        self
    }

    /// The checksum: 0 if the checksum field was among the bytes and is right, else what the field would have
    /// to hold were it zero.
    pub fn finish(self) -> u16 {
        let mut sum = self.0;
        while sum >> 16 != 0 {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !(sum as u16)
    }
}

/// The checksum of one run of bytes.
pub fn of(bytes: &[u8]) -> u16 {
    Sum::new().bytes(bytes).finish()
}

/// What the checksum field `found` should have been, when the sum over the packet, the field included, came
/// out as `sum` and not zero.
pub fn should_be(found: u16, sum: u16) -> u16 {
    let mut right = u32::from(found) + u32::from(sum);
    right = (right & 0xffff) + (right >> 16);
    (right & 0xffff) as u16 + (right >> 16) as u16
}

/// The Fletcher checksum of a whole PDU with its checksum at `offset` (ISO 8473-1 annex C.3), in the arithmetic
/// of the tools in the field: where a negative sum is 254 modulo 255, they give 255 and not 1.
pub fn iso(pdu: &[u8], offset: usize) -> u16 {
    let (mut c0, mut c1) = (0i64, 0i64);
    for (i, byte) in pdu.iter().enumerate() {
        if i != offset && i != offset + 1 {
            c0 += i64::from(*byte);
        }
        c1 += c0;
    }
    let (c0, c1) = (c0 % 255, c1 % 255);
    let behind = (pdu.len() as i64 - offset as i64) * c0;
    let octet = |sum: i64| match (if sum < 0 { sum - 1 } else { sum }) % 255 {
        0 => 255,
        octet => octet as u8,
    };
    u16::from_be_bytes([octet(behind - c0 - c1), octet(c1 - behind)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of RFC 1071, section 3.
    #[test]
    fn rfc_1071_example() {
        assert_eq!(of(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn odd_lengths_are_padded() {
        assert_eq!(of(&[0x12]), !0x1200);
        assert_eq!(of(&[0x12, 0x34, 0x56]), !(0x1234 + 0x5600));
    }

    #[test]
    fn a_wrong_field_can_be_put_right() {
        let packet = [0x45, 0x00, 0xbe, 0xef, 0x12, 0x34];
        let right = of(&[0x45, 0x00, 0x00, 0x00, 0x12, 0x34]);
        assert_eq!(should_be(0xbeef, of(&packet)), right);
    }

    /// A PDU with its own checksum in place sums up to nothing, both ways.
    #[test]
    fn fletcher_comes_out_even() {
        let mut pdu = *b"\x82\x10\x01\x00\x04\x00\x1e\x00\x00\x03\x49\x00\x01\x17\x05\x2a";
        let right = iso(&pdu, 7);
        pdu[7..9].copy_from_slice(&right.to_be_bytes());
        let (c0, c1) = pdu.iter().fold((0u32, 0u32), |(c0, c1), b| {
            let c0 = (c0 + u32::from(*b)) % 255;
            (c0, (c1 + c0) % 255)
        });
        assert_eq!((c0, c1), (0, 0));
        assert_eq!(iso(&pdu, 7), right, "what stands in the field does not matter");
    }
}

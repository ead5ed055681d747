//! Bytes in: a bounds-checked walk over what was captured, which remembers what was claimed.
//!
//! A cursor has two lengths. *Captured* is what can be read; *claimed* is what the enclosing header says
//! there is. They differ in both directions: a snapshot cuts packets short, and a header may lie.
//! No read panics, and every successful read of more than zero bytes makes the cursor shorter, so a loop
//! that reads ends.

/// Why a reader went silent. Whoever drives the reader, not the reader, words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The capture ends before the field does.
    Truncated,
    /// The bytes are there, and contradict each other.
    Invalid,
}

/// What reading gives: a value, or the reason there is none.
pub type Dissect<T = ()> = Result<T, Stop>;

/// A shrinking view of a packet, or of a part of one.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'p> {
    bytes: &'p [u8],
    claimed: usize,
    /// What it means to read past the claim: a packet ends in a cut, a part of one in a lie.
    over: Stop,
}

impl<'p> Cursor<'p> {
    /// A packet of `claimed` bytes, of which `bytes` were captured; what was captured beyond the claim is
    /// padding, and is left out.
    pub fn new(bytes: &'p [u8], claimed: usize) -> Self {
        Self { bytes: bytes.get(..claimed).unwrap_or(bytes), claimed, over: Stop::Truncated }
    }

    /// What the enclosing header claims is left, captured or not.
    pub fn claimed(&self) -> usize {
        self.claimed
    }

    /// How many bytes can still be read.
    pub fn captured(&self) -> usize {
        self.bytes.len()
    }

    /// Nothing is left, by claim or by capture.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// All that can still be read.
    pub fn rest(&self) -> &'p [u8] {
        self.bytes
    }

    /// All that is claimed, if all of it was captured: the only ground on which to judge a checksum.
    pub fn whole(&self) -> Option<&'p [u8]> {
        self.bytes.get(..self.claimed)
    }

    /// How many bytes were read since `start`, an earlier copy of this cursor.
    pub fn since(&self, start: &Cursor<'_>) -> usize {
        start.bytes.len().saturating_sub(self.bytes.len())
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Dissect<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk().ok_or(self.short(N))?;
        self.bytes = rest;
        self.claimed = self.claimed.saturating_sub(N);
        Ok(*head)
    }

    /// The next byte, left where it is.
    pub fn peek(&self) -> Dissect<u8> {
        self.bytes.first().copied().ok_or(self.short(1))
    }

    /// One byte.
    pub fn u8(&mut self) -> Dissect<u8> {
        self.array::<1>().map(|[b]| b)
    }

    /// Two bytes, in network byte order.
    pub fn be16(&mut self) -> Dissect<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three bytes, in network byte order.
    pub fn be24(&mut self) -> Dissect<u32> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Four bytes, in network byte order.
    pub fn be32(&mut self) -> Dissect<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes, in network byte order.
    pub fn be64(&mut self) -> Dissect<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Two bytes, least significant first.
    pub fn le16(&mut self) -> Dissect<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes, least significant first.
    pub fn le32(&mut self) -> Dissect<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, least significant first.
    pub fn le64(&mut self) -> Dissect<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next `n` bytes, borrowed from the packet.
    pub fn take(&mut self, n: usize) -> Dissect<&'p [u8]> {
        let (head, rest) = self.bytes.split_at_checked(n).ok_or(self.short(n))?;
        self.bytes = rest;
        self.claimed = self.claimed.saturating_sub(n);
        Ok(head)
    }

    /// The next `n` bytes, and zeros behind them up to `N`: an address whose end was left out. What does not fit
    /// is read and left out.
    pub fn padded<const N: usize>(&mut self, n: usize) -> Dissect<[u8; N]> {
        let mut whole = [0; N];
        whole.iter_mut().zip(self.take(n)?).for_each(|(to, from)| *to = *from);
        Ok(whole)
    }

    /// The next `n` bytes, or as many of them as were captured.
    pub fn take_up_to(&mut self, n: usize) -> &'p [u8] {
        let (head, rest) = self.bytes.split_at(n.min(self.bytes.len()));
        self.bytes = rest;
        self.claimed = self.claimed.saturating_sub(head.len());
        head
    }

    /// Steps over `n` bytes, all of which must have been captured.
    pub fn skip(&mut self, n: usize) -> Dissect {
        self.take(n).map(drop)
    }

    /// Steps over `n` bytes, captured or not: what nobody reads is not missed.
    pub fn pass(&mut self, n: usize) {
        self.bytes = self.bytes.get(n..).unwrap_or_default();
        self.claimed = self.claimed.saturating_sub(n);
    }

    /// The packet from `offset` on; this cursor stays where it is.
    pub fn at(&self, offset: usize) -> Self {
        let mut p = *self;
        p.pass(offset);
        p
    }

    /// Fails as a read of `n` bytes would, and reads nothing.
    pub fn need(&self, n: usize) -> Dissect {
        if n <= self.bytes.len() { Ok(()) } else { Err(self.short(n)) }
    }

    /// The next `n` claimed bytes as a packet of their own; never longer than this one.
    pub fn sub(&self, n: usize) -> Self {
        Cursor::new(self.bytes, n.min(self.claimed))
    }

    /// The same bytes under another claim: for a header whose length field may say more, or less, than what
    /// the layers around it allow. Reading stays bounded by what was captured, not by the claim.
    pub fn claiming(&self, n: usize) -> Self {
        Self { claimed: n, ..*self }
    }

    /// The next `n` claimed bytes as a part of this packet, taken off it; to read past the part is
    /// [`Stop::Invalid`].
    pub fn part(&mut self, n: usize) -> Dissect<Self> {
        if n > self.claimed {
            return Err(Stop::Invalid);
        }
        let (bytes, rest) = self.bytes.split_at(n.min(self.bytes.len()));
        self.bytes = rest;
        self.claimed -= n;
        Ok(Self { bytes, claimed: n, over: Stop::Invalid })
    }

    fn short(&self, n: usize) -> Stop {
        if n > self.claimed { self.over } else { Stop::Truncated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_ends_in_a_cut() {
        let mut p = Cursor::new(&[1, 2, 3], 8);
        assert_eq!(p.be16(), Ok(0x0102));
        assert_eq!(p.be16(), Err(Stop::Truncated));
        assert_eq!((p.captured(), p.claimed()), (1, 6), "a failed read takes nothing");
    }

    #[test]
    fn a_part_ends_in_a_lie_unless_it_was_cut() {
        let mut p = Cursor::new(&[1, 2, 3, 4, 5], 8);
        let mut inside = p.part(2).unwrap();
        assert_eq!(inside.be32(), Err(Stop::Invalid));
        let mut cut = p.part(6).unwrap();
        assert_eq!(cut.be32(), Err(Stop::Truncated));
        assert_eq!(p.part(1).err(), Some(Stop::Invalid));
    }

    #[test]
    fn an_address_without_its_end() {
        let mut p = Cursor::new(&[10, 1, 2, 3, 4, 5], 6);
        assert_eq!(p.padded(2), Ok([10, 1, 0, 0]));
        assert_eq!(p.padded(3), Ok([2, 3]));
        assert_eq!((p.padded::<4>(2), p.captured()), (Err(Stop::Truncated), 1));
    }

    #[test]
    fn padding_is_not_part_of_the_packet() {
        let p = Cursor::new(&[1, 2, 3, 4], 2);
        assert_eq!(p.rest(), [1, 2]);
        assert_eq!(p.whole(), Some(&[1, 2][..]));
    }

    #[test]
    fn what_nobody_reads_need_not_be_there() {
        let p = Cursor::new(&[1, 2, 3, 4], 8);
        assert_eq!(p.at(2).be16(), Ok(0x0304));
        assert_eq!((p.at(6).captured(), p.at(6).claimed()), (0, 2));
        assert_eq!((p.at(9).captured(), p.at(9).claimed()), (0, 0));
        assert_eq!(p.at(3).be16(), Err(Stop::Truncated));
        assert_eq!(p.claimed(), 8, "looking ahead takes nothing");
    }

    #[test]
    fn a_claim_does_not_bound_the_reading() {
        let mut p = Cursor::new(&[1, 2, 3, 4], 4).claiming(1);
        assert_eq!(p.whole(), Some(&[1][..]));
        assert_eq!(p.be32(), Ok(0x01020304));
        assert_eq!(p.claimed(), 0);
    }
}

//! A block of the ring, packet by packet.
//!
//! Layout: `struct tpacket_block_desc`, `struct tpacket3_hdr` and `struct sockaddr_ll` of `linux/if_packet.h`, in
//! host byte order but for the protocol. Nothing the kernel says is trusted to lie inside the block.

use gannet_wire::Timestamp;

use crate::frame::{Frame, Seen, reported_tag};

/// Bytes of what stands before each packet: `tpacket3_hdr`, aligned, and `sockaddr_ll`.
const HEAD: usize = 68;
/// Bytes of a block's description.
const DESCRIPTION: usize = 48;

/// How far the reading of a block has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// Where in the block the next packet's header begins.
    offset: usize,
    /// How many packets are still to be read.
    left: u32,
    /// The header at `offset` makes no sense.
    corrupt: bool,
}

impl Place {
    /// The first packet of a block.
    pub fn first(block: &[u8]) -> Self {
        match block.first_chunk::<DESCRIPTION>() {
            Some(head) => Self { offset: word(head, 16) as usize, left: word(head, 12), corrupt: false },
            None => Self { corrupt: true, ..Self::default() },
        }
    }

    /// Whether there is more to read.
    pub fn has_more(&self) -> bool {
        self.left > 0
    }

    /// Where the reading ended on nonsense, if it did.
    pub fn corrupt(&self) -> Option<usize> {
        self.corrupt.then_some(self.offset)
    }

    /// Gives the rest up, for a reason found further on.
    pub fn spoil(&mut self) {
        (self.left, self.corrupt) = (0, true);
    }
}

/// The packets of a block from a place on; the place moves along.
#[derive(Debug)]
pub(crate) struct Walk<'b> {
    rest: &'b mut [u8],
    pub place: &'b mut Place,
}

impl<'b> Walk<'b> {
    /// Goes on at `place`.
    pub fn new(block: &'b mut [u8], place: &'b mut Place) -> Self {
        if place.offset > block.len() {
            place.spoil();
        }
        Self { rest: block.get_mut(place.offset..).unwrap_or_default(), place }
    }

    /// The next packet, split off the rest of the block.
    fn step(&mut self) -> Option<Frame<'b>> {
        let rest = std::mem::take(&mut self.rest);
        let next = usize::try_from(word(rest.first_chunk::<HEAD>()?, 0)).ok()?;
        // The last packet may say that none follows.
        let size = if self.place.left == 1 { rest.len() } else { next };
        let (buffer, rest) = rest.split_at_mut_checked(size)?;
        let frame = frame(buffer)?;
        self.rest = rest;
        self.place.offset += size;
        self.place.left -= 1;
        Some(frame)
    }
}

impl<'b> Iterator for Walk<'b> {
    type Item = Frame<'b>;

    fn next(&mut self) -> Option<Frame<'b>> {
        if !self.place.has_more() {
            return None;
        }
        let frame = self.step();
        if frame.is_none() {
            self.place.spoil();
        }
        frame
    }
}

/// The packet whose header begins the buffer.
fn frame(buffer: &mut [u8]) -> Option<Frame<'_>> {
    let head = *buffer.first_chunk::<HEAD>()?;
    let [seconds, nanos, caplen, length, status] = [4, 8, 12, 16, 20].map(|at| word(&head, at));
    let [start, network, tci, tpid, hardware] = [24, 26, 32, 36, 56].map(|at| half(&head, at));
    let seen = Seen {
        interface: word(&head, 52),
        protocol: u16::from_be(half(&head, 50)),
        hardware,
        packet_type: byte(&head, 58),
        address_length: byte(&head, 59),
        address: head.last_chunk().copied().unwrap_or_default(),
    };
    Some(Frame {
        buffer,
        start: usize::from(start),
        network: usize::from(network),
        caplen: usize::try_from(caplen).ok()?,
        length,
        time: Timestamp { seconds: i64::from(seconds), nanos: u64::from(nanos) },
        tag: reported_tag(status, tci, tpid),
        seen,
    })
}

// The offsets are constants below the length of the header, so that the compiler drops the checks.

fn word<const N: usize>(head: &[u8; N], at: usize) -> u32 {
    head.get(at..).and_then(|h| h.first_chunk()).map_or(0, |w| u32::from_ne_bytes(*w))
}

fn half<const N: usize>(head: &[u8; N], at: usize) -> u16 {
    head.get(at..).and_then(|h| h.first_chunk()).map_or(0, |w| u16::from_ne_bytes(*w))
}

fn byte<const N: usize>(head: &[u8; N], at: usize) -> u8 {
    head.get(at).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The numbers above are offsets in the kernel's structures.
    const _: () = {
        use std::mem::offset_of;
        assert!(offset_of!(libc::tpacket3_hdr, tp_status) == 20);
        assert!(offset_of!(libc::tpacket3_hdr, tp_mac) == 24);
        assert!(offset_of!(libc::tpacket3_hdr, hv1) == 28);
        assert!(size_of::<libc::tpacket3_hdr>() == 48);
        assert!(offset_of!(libc::sockaddr_ll, sll_ifindex) == 4);
        assert!(offset_of!(libc::sockaddr_ll, sll_addr) == 12);
        assert!(libc::TPACKET3_HDRLEN == HEAD);
        assert!(size_of::<libc::tpacket_block_desc>() == DESCRIPTION);
    };

    fn put(block: &mut [u8], at: usize, value: u32) {
        block[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }

    /// A block of two packets of four bytes each, as the kernel lays them out.
    fn sample() -> Vec<u8> {
        let mut block = vec![0; 512];
        put(&mut block, 12, 2);
        put(&mut block, 16, 48);
        for (at, next, content) in [(48, 112, 0x11), (160, 0, 0x22)] {
            put(&mut block, at, next);
            put(&mut block, at + 4, 1000);
            put(&mut block, at + 8, content);
            put(&mut block, at + 12, 4);
            put(&mut block, at + 16, 60);
            block[at + 24..at + 26].copy_from_slice(&100u16.to_ne_bytes());
            block[at + 100..at + 104].fill(content as u8);
        }
        block
    }

    fn read(block: &mut [u8], place: &mut Place) -> Vec<(u64, Vec<u8>)> {
        let bytes = |f: Frame<'_>| f.buffer.get(f.start..f.start + f.caplen).map(<[u8]>::to_vec);
        Walk::new(block, place).map(|f| (f.time.nanos, bytes(f).unwrap_or_default())).collect()
    }

    #[test]
    fn packets_come_in_order() {
        let mut block = sample();
        let mut place = Place::first(&block);
        assert_eq!(read(&mut block, &mut place), [(0x11, vec![0x11; 4]), (0x22, vec![0x22; 4])]);
        assert!(!place.has_more() && place.corrupt().is_none());
    }

    #[test]
    fn reading_goes_on_where_it_stopped() {
        let mut block = sample();
        let mut place = Place::first(&block);
        assert_eq!(Walk::new(&mut block, &mut place).next().map(|f| f.time.nanos), Some(0x11));
        assert_eq!(read(&mut block, &mut place), [(0x22, vec![0x22; 4])]);
    }

    #[test]
    fn nonsense_ends_the_block_and_is_told() {
        for (at, value) in [(16, 500), (16, u32::MAX), (48, 0), (48, 600), (48, 67), (12, u32::MAX)] {
            let mut block = sample();
            put(&mut block, at, value);
            let mut place = Place::first(&block);
            let count = read(&mut block, &mut place).len();
            assert!(count <= 2 && place.corrupt().is_some() && !place.has_more(), "{at} = {value}");
        }
    }

    /// Every word of the block, one at a time, set to values at the edges: nothing panics.
    #[test]
    fn no_word_of_a_block_can_do_harm() {
        for at in (0..sample().len()).step_by(4) {
            for value in [0, 1, 47, 68, 511, 512, 0x7fff_ffff, u32::MAX] {
                let mut block = sample();
                put(&mut block, at, value);
                let mut place = Place::first(&block);
                let _ = read(&mut block, &mut place);
            }
        }
    }
}

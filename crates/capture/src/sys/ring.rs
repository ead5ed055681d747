//! The ring: blocks of memory that belong in turn to the kernel and to us.
//!
//! Who owns a block is said by one word in it, `block_status` (`struct tpacket_block_desc` in
//! `linux/if_packet.h`). The kernel writes to a block only while the word has no `TP_STATUS_USER` bit, sets the
//! bit after its last write to the block, and never clears it; we touch the rest of the block only while the bit
//! is set, and clear it after our last access. So a slice of a block that is ours is like any other slice.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::socket;

/// Bytes before `block_status` in a block.
const STATUS: usize = 8;
/// Bytes before `num_pkts` in a block.
const COUNT: usize = 12;

/// The mapped ring of one socket.
///
/// It does not need the socket to stay open: the mapping keeps the memory.
#[derive(Debug)]
pub struct Ring {
    start: NonNull<u8>,
    block_size: usize,
    blocks: usize,
}

// SAFETY: the mapping belongs to the process, not to a thread, and `Ring` has no interior state.
unsafe impl Send for Ring {}

impl Ring {
    /// Gives the socket a `TPACKET_V3` receive ring of `blocks` blocks of `block_size` bytes, which the kernel
    /// hands over when they are full or `retire_ms` old, and maps it.
    ///
    /// All of it is one function because the kernel refuses each step to a socket that has a ring already: so no
    /// two `Ring`s share memory, and none is of another version.
    ///
    /// # Errors
    /// What the kernel says: `OutOfMemory`, `InvalidInput` for sizes that no ring has, ..
    pub fn make(fd: impl AsFd, block_size: u32, blocks: u32, retire_ms: u32) -> io::Result<Self> {
        /// Only a divisor to the kernel: packets of any size go into a block of this version.
        const FRAME: u32 = 2048;
        let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
        let frames = (block_size / FRAME).checked_mul(blocks).filter(|f| *f > 0).ok_or_else(invalid)?;
        socket::set(&fd, libc::SOL_PACKET, libc::PACKET_VERSION, libc::tpacket_versions::TPACKET_V3 as i32)?;
        let request = libc::tpacket_req3 {
            tp_block_size: block_size,
            tp_block_nr: blocks,
            tp_frame_size: FRAME,
            tp_frame_nr: frames,
            tp_retire_blk_tov: retire_ms,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        socket::set(&fd, libc::SOL_PACKET, libc::PACKET_RX_RING, request)?;
        let (block_size, blocks) = (block_size as usize, blocks as usize);
        let length =
            block_size.checked_mul(blocks).filter(|l| *l <= isize::MAX as usize).ok_or_else(invalid)?;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let fd = fd.as_fd().as_raw_fd();
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours. The kernel maps a
        // ring only whole (any other length is EINVAL), so no page of it is missing and none raises SIGBUS.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), length, access, libc::MAP_SHARED, fd, 0) };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(at.cast()).ok_or_else(invalid)?;
        Ok(Self { start, block_size, blocks })
    }

    /// How many blocks there are; never zero.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// How large each block is, in bytes.
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// The start of a block; any number is taken modulo the number of blocks.
    fn at(&self, index: usize) -> NonNull<u8> {
        // SAFETY: the offset is below `blocks * block_size`, the length of the mapping.
        unsafe { self.start.add(index % self.blocks * self.block_size) }
    }

    fn word(&self, index: usize, offset: usize) -> &AtomicU32 {
        debug_assert!(offset + 4 <= self.block_size);
        // SAFETY: inside the block (the kernel makes none smaller than a page), aligned to four (they start on one), valid
        // as long as the mapping, and accessed by atomic operations only while it may be the kernel's.
        unsafe { AtomicU32::from_ptr(self.at(index).add(offset).cast().as_ptr()) }
    }

    /// Whether the block is ours.
    pub fn is_ours(&self, index: usize) -> bool {
        self.word(index, STATUS).load(Ordering::Acquire) & libc::TP_STATUS_USER != 0
    }

    /// How many packets the kernel has put into the block so far, whoever owns it.
    pub fn count(&self, index: usize) -> u32 {
        self.word(index, COUNT).load(Ordering::Acquire)
    }

    /// The bytes of a block, if it is ours.
    pub fn take(&mut self, index: usize) -> Option<&mut [u8]> {
        if !self.is_ours(index) {
            return None;
        }
        // SAFETY: the block is ours, so the kernel does not write to it until `give_back`, which needs `&mut self`
        // and so ends the borrow; the memory is mapped readable and writable, and initialised (the kernel zeroes
        // its pages before it hands them out).
        Some(unsafe { std::slice::from_raw_parts_mut(self.at(index).as_ptr(), self.block_size) })
    }

    /// Gives a block back to the kernel, empty. A block that is not ours is left alone.
    pub fn give_back(&mut self, index: usize) {
        if self.is_ours(index) {
            // So that `count` does not tell of packets that were taken already. It is still ours here.
            self.word(index, COUNT).store(0, Ordering::Relaxed);
            self.word(index, STATUS).store(libc::TP_STATUS_KERNEL, Ordering::Release);
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `make`, of which no reference is left: they borrow from `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.blocks * self.block_size) };
    }
}

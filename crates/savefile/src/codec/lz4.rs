//! LZ4 frames: blocks of at most 4 MiB, with checksums.

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use std::io::{self, Write};

/// Compresses into one frame.
pub(super) struct Packer {
    frame: FrameEncoder<Vec<u8>>,
}

impl Packer {
    pub(super) fn new() -> Self {
        let info = FrameInfo::new()
            .block_size(BlockSize::Max1MB)
            .block_mode(BlockMode::Independent)
            .block_checksums(true)
            .content_checksum(true);
        Self { frame: FrameEncoder::with_frame_info(info, Vec::new()) }
    }

    pub(super) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.frame.write_all(bytes)?;
        self.give(out);
        Ok(())
    }

    /// Ends the block.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.frame.flush()?;
        self.give(out);
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.frame.try_finish()?;
        self.give(out);
        Ok(())
    }

    fn give(&mut self, out: &mut Vec<u8>) {
        out.append(self.frame.get_mut());
    }
}

//! Zstandard (RFC 8878): frames of blocks, each of at most 128 KiB.

use super::seek;
use ruzstd::encoding::{CompressionLevel, FrameCompressor, MatchGeneratorDriver};

/// How much input makes a frame, if a record ends there.
const FRAME: usize = 1024 * 1024 - 128 * 1024;

/// How much input makes a frame wherever it ends.
const FRAME_MAX: usize = 4 * 1024 * 1024;

/// Compresses into frames that do not depend on each other, and writes their table in the end.
pub(super) struct Packer {
    compressor: Compressor,
    /// The input of the frame that is gathering.
    gathered: Vec<u8>,
    /// The lengths of the frames before it: compressed, decompressed.
    frames: Vec<(u32, u32)>,
}

/// Both of its ends are vectors that are put in for each frame and taken out after it.
type Compressor = FrameCompressor<std::io::Cursor<Vec<u8>>, Vec<u8>, MatchGeneratorDriver>;

impl Packer {
    pub(super) fn new() -> Self {
        let compressor = FrameCompressor::new(CompressionLevel::Fastest);
        Self { compressor, gathered: Vec::new(), frames: Vec::new() }
    }

    pub(super) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= FRAME_MAX {
            self.end_frame(out);
        }
    }

    pub(super) fn boundary(&mut self, out: &mut Vec<u8>) {
        if self.gathered.len() >= FRAME {
            self.end_frame(out);
        }
    }

    pub(super) fn end_frame(&mut self, out: &mut Vec<u8>) {
        if self.gathered.is_empty() {
            return;
        }
        let length = self.gathered.len() as u32;
        let start = out.len();
        self.compressor.set_source(std::io::Cursor::new(std::mem::take(&mut self.gathered)));
        self.compressor.set_drain(std::mem::take(out));
        self.compressor.compress();
        *out = self.compressor.take_drain().unwrap_or_default();
        self.gathered = self.compressor.take_source().unwrap_or_default().into_inner();
        self.gathered.clear();
        say_length(out, start, length);
        self.frames.push(((out.len() - start) as u32, length));
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.end_frame(out);
        seek::write(&self.frames, out);
    }
}

/// Puts the length of the content into the header of the frame at `start`, where the compressor leaves it out:
/// other readers make room by it, and `zstd -l` shows it.
fn say_length(out: &mut Vec<u8>, start: usize, length: u32) {
    const WITHOUT: u8 = 0b0000_0100; // a checksum at the end, and a window descriptor
    const WITH: u8 = WITHOUT | 0b1000_0000; // four bytes of length too
    if let Some(descriptor) = out.get_mut(start + 4).filter(|byte| **byte == WITHOUT) {
        *descriptor = WITH;
        out.splice(start + 6..start + 6, length.to_le_bytes());
    }
}

//! LZ4 frames: blocks of at most 4 MiB, with checksums; and the legacy format, with blocks of 8 MiB.

use super::decoder::{Fault, Step};
use crate::window::Window;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use std::io::{self, Read, Write};

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

/// Decompresses one frame. The decoder of the crate would take what it finds at the end of what it is given for
/// the end of the file; so it is given whole blocks, whose lengths are read here.
pub(super) struct Unpacker {
    frame: FrameDecoder<Feed>,
    stage: Stage,
    legacy: bool,
    block_checksums: bool,
    content_checksum: bool,
    /// How long a block can be, in bytes.
    block_max: usize,
}

enum Stage {
    Header,
    Block,
    /// There is a block in the feed, the last one or another.
    Output {
        last: bool,
    },
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self {
            frame: FrameDecoder::new(Feed::default()),
            stage: Stage::Header,
            legacy: false,
            block_checksums: false,
            content_checksum: false,
            block_max: 8 * 1024 * 1024,
        }
    }

    pub(super) fn step<R: Read>(&mut self, input: &mut Window<R>, out: &mut [u8]) -> Result<Step, Fault> {
        match self.stage {
            Stage::Header => self.header(input),
            Stage::Block => self.block(input),
            Stage::Output { last } => match self.frame.read(out) {
                Ok(0) if last => Ok(Step::End),
                Ok(0) => {
                    self.stage = Stage::Block;
                    Ok(Step::More)
                }
                Ok(n) => Ok(Step::Data(n)),
                Err(error) => Err(Fault::damaged(error)),
            },
        }
    }

    fn header<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let &[first, _, _, _, flags, sizes, ..] = input.look(6)? else { return Err(Fault::Early) };
        self.legacy = first == 2;
        let mut length = 4;
        if !self.legacy {
            self.block_checksums = flags & 0x10 != 0;
            self.content_checksum = flags & 0x04 != 0;
            self.block_max = match sizes >> 4 & 7 {
                4 => 64 * 1024,
                5 => 256 * 1024,
                6 => 1024 * 1024,
                7 => 4 * 1024 * 1024,
                other => return Err(Fault::Damaged(format!("blocks of size {other}, which is reserved"))),
            };
            if flags & 1 != 0 {
                return Err(Fault::Refused("it needs a dictionary".to_owned()));
            }
            length = 7 + usize::from(flags & 0x08 != 0) * 8;
        }
        self.feed(input, length)?;
        self.stage = Stage::Block;
        Ok(Step::More)
    }

    fn block<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let &[a, b, c, d] = input.look(4)? else {
            // Nothing marks the end of a legacy frame.
            return if self.legacy && input.look(1)?.is_empty() { Ok(Step::End) } else { Err(Fault::Early) };
        };
        let size = u32::from_le_bytes([a, b, c, d]);
        let length = (size & 0x7fff_ffff) as usize;
        let (length, last) = match size {
            0 if !self.legacy => (4 + usize::from(self.content_checksum) * 4, true),
            _ if self.legacy && size as usize > self.block_max => return Ok(Step::End),
            _ if length > self.block_max => {
                return Err(Fault::Damaged(format!(
                    "a block of {length} bytes, more than {}",
                    self.block_max
                )));
            }
            _ => (4 + length + usize::from(self.block_checksums) * 4, false),
        };
        self.feed(input, length)?;
        self.stage = Stage::Output { last };
        Ok(Step::More)
    }

    /// Moves bytes from the input to the decoder's.
    fn feed<R: Read>(&mut self, input: &mut Window<R>, length: usize) -> Result<(), Fault> {
        let bytes = input.look(length)?;
        if bytes.len() < length {
            return Err(Fault::Early);
        }
        self.frame.get_mut().give(bytes);
        input.consume(length);
        Ok(())
    }
}

/// Bytes that were given and not yet taken.
#[derive(Default)]
struct Feed {
    bytes: Vec<u8>,
    taken: usize,
}

impl Feed {
    fn give(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken.min(self.bytes.len()));
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.get(self.taken..).unwrap_or_default().read(out)?;
        self.taken += n;
        Ok(n)
    }
}

//! Zstandard (RFC 8878): frames of blocks, each of at most 128 KiB.

use super::decoder::{Fault, Step};
use super::seek;
use crate::window::Window;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, Read};
use zrip::CompressContext;

/// How much input makes a frame, if a record ends there.
const FRAME: usize = 1024 * 1024 - 128 * 1024;

/// How much input makes a frame wherever it ends.
const FRAME_MAX: usize = 4 * 1024 * 1024;

/// How hard it can try, and how hard it does unless told.
pub(super) const LEVELS: std::ops::RangeInclusive<u32> = 1..=4;
pub(super) const LEVEL: u32 = 1;

/// Compresses into frames that do not depend on each other, and writes their table in the end.
///
/// Each frame says how long its content is, and ends with a checksum of it.
pub(super) struct Packer {
    compressor: CompressContext,
    /// The input of the frame that is gathering.
    gathered: Vec<u8>,
    /// The lengths of the frames before it: compressed, decompressed.
    frames: Vec<(u32, u32)>,
}

impl Packer {
    /// Fails for a level that is not among [`LEVELS`].
    pub(super) fn new(level: u32) -> io::Result<Self> {
        let level = i32::try_from(level).unwrap_or(i32::MAX);
        let compressor = CompressContext::new(level).map_err(io::Error::other)?;
        Ok(Self { compressor, gathered: Vec::new(), frames: Vec::new() })
    }

    pub(super) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= FRAME_MAX { self.end_frame(out) } else { Ok(()) }
    }

    pub(super) fn boundary(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if self.gathered.len() >= FRAME { self.end_frame(out) } else { Ok(()) }
    }

    pub(super) fn end_frame(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let frame = self.compressor.compress(&self.gathered).map_err(io::Error::other)?;
        out.extend_from_slice(&frame);
        self.frames.push((frame.len() as u32, self.gathered.len() as u32));
        self.gathered.clear();
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.end_frame(out)?;
        seek::write(&self.frames, out);
        Ok(())
    }
}

/// The longest block, in bytes.
const BLOCK_MAX: usize = 128 * 1024;

/// Decompresses frames, one after the other.
///
/// The decoder keeps a window of output back until its frame ends. When a frame breaks off, it is told that the
/// frame ends there, so that it gives out the window.
pub(super) struct Unpacker {
    frame: FrameDecoder,
    stage: Stage,
    max_window: u64,
    window: u64,
    checksum: bool,
    /// How long the content is, if the header says so.
    length: Option<u64>,
    /// How much of it was given.
    given: u64,
}

enum Stage {
    Header,
    Block,
    /// There is output, then comes the next block.
    Output,
    /// There is output, then the frame ends, well or not.
    Last(Option<Fault>),
}

impl Default for Unpacker {
    fn default() -> Self {
        let mut frame = FrameDecoder::new();
        // The header is looked at here, with words of our own.
        frame.set_max_window_size(u64::MAX);
        Self {
            frame,
            stage: Stage::Header,
            max_window: 0,
            window: 0,
            checksum: false,
            length: None,
            given: 0,
        }
    }
}

impl Unpacker {
    /// A frame begins, with a window of at most so many bytes.
    pub(super) fn begin(&mut self, max_window: u64) {
        self.stage = Stage::Header;
        self.max_window = max_window;
        self.window = 0;
        self.given = 0;
    }

    /// How many bytes of output are kept back until the frame ends.
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    pub(super) fn step<R: Read>(&mut self, input: &mut Window<R>, out: &mut [u8]) -> Result<Step, Fault> {
        match self.stage {
            Stage::Header => self.header(input),
            Stage::Block => match self.block(input) {
                Err(fault @ (Fault::Early | Fault::Damaged(_))) => {
                    self.break_off(fault);
                    Ok(Step::More)
                }
                other => other,
            },
            Stage::Output | Stage::Last(_) => match self.frame.read(out) {
                Ok(0) => self.drained(),
                Ok(n) => {
                    self.given += n as u64;
                    Ok(Step::Data(n))
                }
                Err(error) => Err(Fault::damaged(error)),
            },
        }
    }

    fn header<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let head = input.look(18)?;
        let &[_, _, _, _, flags, window, ..] = head else { return Err(Fault::Early) };
        let single = flags & 0x20 != 0;
        let length_size = match flags >> 6 {
            0 => usize::from(single),
            n => 1 << n,
        };
        let dictionary_size = (1 << (flags & 3)) >> 1;
        let before = 5 + usize::from(!single) + dictionary_size;
        let size = before + length_size;
        let Some(mut header) = head.get(..size) else { return Err(Fault::Early) };
        let length = header.iter().skip(before).rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        self.length = (length_size > 0).then_some(if length_size == 2 { length + 256 } else { length });
        self.checksum = flags & 0x04 != 0;
        let base = 1u64 << (10 + (window >> 3));
        let window = if single { self.length.unwrap_or(0) } else { base + base / 8 * u64::from(window & 7) };
        if window > self.max_window {
            return Err(Fault::Refused(format!(
                "it was made with a window of {} MiB (zstd --long), and {} MiB is the most that is given",
                window.div_ceil(1 << 20),
                self.max_window >> 20
            )));
        }
        self.frame.reset(&mut header).map_err(|error| match error {
            FrameDecoderError::DictNotProvided { dict_id } => {
                Fault::Refused(format!("it needs dictionary {dict_id}"))
            }
            error => Fault::damaged(error),
        })?;
        input.consume(size);
        self.window = window;
        self.stage = Stage::Block;
        Ok(Step::More)
    }

    /// Decodes one block, which is in the input as a whole.
    fn block<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let &[a, b, c] = input.look(3)? else { return Err(Fault::Early) };
        let header = u32::from_le_bytes([a, b, c, 0]);
        let last = header & 1 != 0;
        let size = match (header >> 1 & 3, (header >> 3) as usize) {
            (3, _) => return Err(Fault::Damaged("a block of a reserved type".to_owned())),
            (_, length) if length > BLOCK_MAX => {
                return Err(Fault::Damaged(format!("a block of {length} bytes, more than {BLOCK_MAX}")));
            }
            (1, _) => 1, // one byte, many times
            (_, length) => length,
        };
        let size = 3 + size + if last && self.checksum { 4 } else { 0 };
        let mut bytes = input.look(size)?;
        if bytes.len() < size {
            return Err(Fault::Early);
        }
        self.frame.decode_blocks(&mut bytes, BlockDecodingStrategy::UptoBlocks(1)).map_err(Fault::damaged)?;
        input.consume(size);
        self.stage = if last { Stage::Last(None) } else { Stage::Output };
        Ok(Step::More)
    }

    /// All output that there is was given.
    fn drained(&mut self) -> Result<Step, Fault> {
        let Stage::Last(fault) = &mut self.stage else {
            self.stage = Stage::Block;
            return Ok(Step::More);
        };
        if let Some(fault) = fault.take() {
            return Err(fault);
        }
        let wanted = self.frame.get_checksum_from_data();
        if self.checksum && wanted != self.frame.get_calculated_checksum() {
            return Err(Fault::Damaged("the checksum is wrong".to_owned()));
        }
        if let Some(length) = self.length.filter(|length| *length != self.given) {
            return Err(Fault::Damaged(format!("a frame of {length} bytes has {}", self.given)));
        }
        Ok(Step::End)
    }

    /// Ends the frame before its time, with an empty block and a checksum that nobody looks at.
    fn break_off(&mut self, fault: Fault) {
        let mut end: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
        self.stage = match self.frame.decode_blocks(&mut end, BlockDecodingStrategy::UptoBlocks(1)) {
            Ok(_) | Err(_) => Stage::Last(Some(fault)),
        };
    }
}

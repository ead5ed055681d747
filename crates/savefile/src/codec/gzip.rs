//! gzip (RFC 1952): members of DEFLATE data, one behind the other.

use super::decoder::{Fault, Step};
use crate::window::Window;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::io::{self, Read};

/// How much room the compressor is given at once.
const ROOM: usize = 64 * 1024;

/// Compresses into one member.
pub(super) struct Packer {
    compress: Compress,
    /// Something was written since the last flush.
    dirty: bool,
}

impl Packer {
    pub(super) fn new(level: u32) -> Self {
        Self { compress: Compress::new_gzip(Compression::new(level), 15), dirty: false }
    }

    pub(super) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.dirty |= !bytes.is_empty();
        self.run(bytes, out, FlushCompress::None)
    }

    /// Ends the block at a whole byte, so that all of it can be decompressed.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if std::mem::take(&mut self.dirty) { self.run(&[], out, FlushCompress::Sync) } else { Ok(()) }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.run(&[], out, FlushCompress::Finish)
    }

    /// Runs until all input is taken and all output that is due was given.
    fn run(&mut self, mut bytes: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> io::Result<()> {
        loop {
            out.reserve(ROOM);
            let (taken, given) = (self.compress.total_in(), self.compress.total_out());
            let status = self.compress.compress_vec(bytes, out, flush)?;
            let taken = (self.compress.total_in() - taken) as usize;
            let given = self.compress.total_out() - given;
            bytes = bytes.get(taken..).unwrap_or_default();
            // Room that was left means that there was no more to give.
            let due = out.len() == out.capacity();
            if status == Status::StreamEnd || bytes.is_empty() && !due {
                return Ok(());
            }
            if taken == 0 && given == 0 {
                return Err(io::Error::other("the gzip compressor makes no progress"));
            }
        }
    }
}

/// Decompresses members, one after the other.
pub(super) struct Unpacker {
    decompress: Decompress,
    /// What follows the output that was given.
    then: Then,
}

enum Then {
    More,
    End,
    Damage(String),
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { decompress: Decompress::new_gzip(15), then: Then::More }
    }
}

impl Unpacker {
    /// A member begins.
    pub(super) fn begin(&mut self) {
        self.decompress.reset(true);
        self.then = Then::More;
    }

    pub(super) fn step<R: Read>(&mut self, input: &mut Window<R>, out: &mut [u8]) -> Result<Step, Fault> {
        match &mut self.then {
            Then::More => {}
            Then::End => return Ok(Step::End),
            Then::Damage(what) => return Err(Fault::Damaged(std::mem::take(what))),
        }
        let bytes = input.look_far(0)?;
        let there = bytes.len();
        let (taken, given) = (self.decompress.total_in(), self.decompress.total_out());
        let status = self.decompress.decompress(bytes, out, FlushDecompress::None);
        let taken = self.decompress.total_in() - taken;
        let given = self.decompress.total_out() - given;
        input.consume(taken as usize);
        match status {
            Ok(Status::StreamEnd) => self.then = Then::End,
            Ok(_) if taken == 0 && given == 0 => {
                let more = input.look_far(there + 1)?.len();
                return if more > there { Ok(Step::More) } else { Err(Fault::Early) };
            }
            Ok(_) => {}
            Err(error) => self.then = Then::Damage(error.message().unwrap_or("not DEFLATE data").to_owned()),
        }
        Ok(if given > 0 { Step::Data(given as usize) } else { Step::More })
    }
}

//! Compresses what is written to it into another sink.

use super::{Codec, gzip, lz4, zstd};
use std::io::{self, ErrorKind, Write};

/// How much compressed output may wait for the sink before more input is taken.
const PENDING: usize = 1024 * 1024;

/// Compresses into a sink.
///
/// What was written can be decompressed up to the last [`flush`](Write::flush), whatever happens after it:
/// zstd ends its frame there, gzip and lz4 their block. [`Encoder::finish`] ends the file; an encoder that is
/// only dropped leaves a file that ends early.
///
/// Every failed call can be made again: no input is taken by a write that fails, and no output is written
/// twice. Memory stays below 16 MiB and what the seek table takes, 8 bytes for each MiB that was written.
#[must_use = "the file ends early without finish"]
pub struct Encoder<W> {
    sink: W,
    codec: Codec,
    packer: Packer,
    /// Compressed bytes for the sink.
    pending: Vec<u8>,
    /// How many of them it has taken.
    taken: usize,
    /// How many it took before those.
    sunk: u64,
    finished: bool,
}

/// The compressors, by format. They give their output into a vector and cannot fail for its sake.
enum Packer {
    Gzip(gzip::Packer),
    Zstd(Box<zstd::Packer>),
    Lz4(lz4::Packer),
}

impl<W: Write> Encoder<W> {
    /// Begins a file. `level` is how hard to try, in the codec's own measure: gzip knows 0 to 9, usually 6;
    /// zstd 1 to 4, usually 1; lz4 knows 1. `None` means the usual one.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for xz, which is not written; [`ErrorKind::InvalidInput`] for a level that
    /// the codec does not have.
    pub fn new(codec: Codec, sink: W, level: Option<u32>) -> io::Result<Self> {
        let wrong = |range: &str| {
            let level = level.unwrap_or_default();
            io::Error::new(
                ErrorKind::InvalidInput,
                format!("{codec} has no level {level} here, only {range}"),
            )
        };
        let packer = match (codec, level) {
            (Codec::Gzip, None | Some(0..=9)) => Packer::Gzip(gzip::Packer::new(level.unwrap_or(6))),
            (Codec::Gzip, _) => return Err(wrong("0 to 9")),
            (Codec::Zstd, level) => match level.unwrap_or(zstd::LEVEL) {
                level if zstd::LEVELS.contains(&level) => Packer::Zstd(Box::new(zstd::Packer::new(level)?)),
                _ => return Err(wrong("1 to 4")),
            },
            (Codec::Lz4, None | Some(1)) => Packer::Lz4(lz4::Packer::new()),
            (Codec::Lz4, _) => return Err(wrong("1")),
            (Codec::Xz, _) => {
                return Err(io::Error::new(ErrorKind::Unsupported, "xz files are read and not written"));
            }
        };
        Ok(Self { sink, codec, packer, pending: Vec::new(), taken: 0, sunk: 0, finished: false })
    }

    /// The format.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The sink. Who writes to it damages the file.
    pub fn sink(&mut self) -> &mut W {
        &mut self.sink
    }

    /// How many compressed bytes the sink has taken.
    pub fn compressed_offset(&self) -> u64 {
        self.sunk + self.taken as u64
    }

    /// Says that a record ends here: a zstd frame of about 1 MiB may end too. To be called between any two
    /// records; it costs nothing while the frame is short.
    ///
    /// # Errors
    /// The sink's.
    pub fn boundary(&mut self) -> io::Result<()> {
        if let Packer::Zstd(packer) = &mut self.packer {
            packer.boundary(&mut self.pending)?;
        }
        if self.pending.len() - self.taken >= PENDING { self.drain() } else { Ok(()) }
    }

    /// Ends the file and gives the sink back.
    ///
    /// # Errors
    /// The sink's; then it is lost. [`Encoder::try_finish`] keeps it.
    pub fn finish(mut self) -> io::Result<W> {
        self.try_finish()?;
        Ok(self.sink)
    }

    /// Ends the file. If the sink fails it can be called again; nothing can be written after it.
    ///
    /// # Errors
    /// The sink's.
    pub fn try_finish(&mut self) -> io::Result<()> {
        if !self.finished {
            match &mut self.packer {
                Packer::Gzip(packer) => packer.finish(&mut self.pending)?,
                Packer::Zstd(packer) => packer.finish(&mut self.pending)?,
                Packer::Lz4(packer) => packer.finish(&mut self.pending)?,
            }
            self.finished = true;
        }
        self.drain()?;
        self.sink.flush()
    }

    /// Hands the sink what is compressed.
    fn drain(&mut self) -> io::Result<()> {
        while let Some(rest) = self.pending.get(self.taken..).filter(|rest| !rest.is_empty()) {
            match self.sink.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => self.taken += n.min(rest.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.sunk += self.taken as u64;
        self.taken = 0;
        self.pending.clear();
        Ok(())
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.finished {
            return Err(io::Error::other("the compressed file was finished before"));
        }
        if self.pending.len() - self.taken >= PENDING {
            self.drain()?;
        }
        let some = bytes.get(..bytes.len().min(PENDING)).unwrap_or_default();
        match &mut self.packer {
            Packer::Gzip(packer) => packer.write(some, &mut self.pending)?,
            Packer::Zstd(packer) => packer.write(some, &mut self.pending)?,
            Packer::Lz4(packer) => packer.write(some, &mut self.pending)?,
        }
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.finished {
            match &mut self.packer {
                Packer::Gzip(packer) => packer.flush(&mut self.pending)?,
                Packer::Zstd(packer) => packer.end_frame(&mut self.pending)?,
                Packer::Lz4(packer) => packer.flush(&mut self.pending)?,
            }
        }
        self.drain()?;
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes at a time, and fails every other time.
    struct Stubborn(Vec<u8>, bool);

    impl Write for Stubborn {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::Error::from_raw_os_error(28));
            }
            let n = bytes.len().min(30_000);
            self.0.extend_from_slice(&bytes[..n]);
            Ok(n)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Text that shrinks to about a half.
    fn text(length: usize) -> Vec<u8> {
        let mut seed = 1u32;
        std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"0123456789abcdef"[(seed >> 28) as usize]
        })
        .take(length)
        .collect()
    }

    fn simple(codec: Codec, bytes: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(codec, Vec::new(), None).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_fails_can_be_tried_again_and_nothing_is_written_twice() {
        let bytes = text(3_000_000);
        for codec in [Codec::Gzip, Codec::Zstd, Codec::Lz4] {
            let mut encoder = Encoder::new(codec, Stubborn(Vec::new(), false), None).unwrap();
            let mut rest = &bytes[..];
            let mut failures = 0;
            while !rest.is_empty() {
                match encoder.write(rest) {
                    Ok(n) => rest = &rest[n..],
                    Err(_) => failures += 1,
                }
            }
            while encoder.try_finish().is_err() {
                failures += 1;
            }
            assert!(failures > 3);
            assert_eq!(encoder.compressed_offset(), encoder.sink.0.len() as u64);
            assert!(encoder.write(b"more").is_err());
            assert!(encoder.sink.0 == simple(codec, &bytes), "{codec}");
        }
    }

    #[test]
    fn levels_and_formats_that_are_not_there_are_refused() {
        let refused =
            |codec, level| Encoder::new(codec, Vec::new(), level).map(drop).unwrap_err().to_string();
        assert_eq!(refused(Codec::Gzip, Some(10)), "gzip has no level 10 here, only 0 to 9");
        assert_eq!(refused(Codec::Zstd, Some(5)), "zstd has no level 5 here, only 1 to 4");
        assert_eq!(refused(Codec::Xz, None), "xz files are read and not written");
        assert!(Encoder::new(Codec::Gzip, Vec::new(), Some(0)).is_ok());
    }

    #[test]
    fn zstd_frames_end_at_boundaries_and_flushes() {
        let mut encoder = Encoder::new(Codec::Zstd, Vec::new(), None).unwrap();
        for record in text(4_000_000).chunks(1001) {
            encoder.write_all(record).unwrap();
            encoder.boundary().unwrap();
        }
        encoder.flush().unwrap();
        encoder.flush().unwrap();
        encoder.write_all(b"the last").unwrap();
        let file = encoder.finish().unwrap();
        let entries = file.len() - 9 - 6 * 8;
        let lengths: Vec<u32> = file[entries..file.len() - 9]
            .chunks(8)
            .map(|entry| u32::from_le_bytes(entry[4..].try_into().unwrap()))
            .collect();
        assert_eq!(lengths.iter().sum::<u32>(), 4_000_008);
        assert_eq!(lengths.last(), Some(&8));
        assert!(lengths[..4].iter().all(|length| length % 1001 == 0 && *length < 1 << 20), "{lengths:?}");
    }
}

//! Compressed savefiles: told apart by their first bytes when read, by name when written.
//!
//! - [`Decoder`] reads any of them, and passes through what is not compressed;
//! - [`Encoder`] writes gzip, zstd and lz4;
//! - [`seek`] finds the place of a byte in a zstd file that has a table of its frames;
//! - `gzip`, `zstd`, `lz4`, `xz` what those formats say.
//!
//! Sources: RFC 1952 (gzip), RFC 8878 (zstd), the LZ4 frame format 1.6.4, the .xz file format 1.2.1.

mod decoder;
mod encoder;
mod gzip;
mod lz4;
pub mod seek;
mod xz;
mod zstd;

pub use decoder::{Decoder, Limits};
pub use encoder::Encoder;

use std::fmt;

/// A compressed format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// DEFLATE in the gzip format (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// LZ4, in frames.
    Lz4,
    /// LZMA2 in the .xz format. It is read and not written.
    Xz,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Gzip, Self::Zstd, Self::Lz4, Self::Xz];

    /// How many bytes [`Codec::of_magic`] looks at, at most.
    pub const MAGIC_SIZE: usize = 6;

    /// Whether so few bytes may be the beginning of a magic number.
    fn may_begin(bytes: &[u8]) -> bool {
        const MAGICS: [&[u8]; 5] = [
            &[0x1f, 0x8b, 8],
            &[0x28, 0xb5, 0x2f, 0xfd],
            &[0x04, 0x22, 0x4d, 0x18],
            &[0x02, 0x21, 0x4c, 0x18],
            &[0xfd, b'7', b'z', b'X', b'Z', 0],
        ];
        let skipped = matches!(bytes, [0x50..=0x5f, rest @ ..] if [0x2a, 0x4d, 0x18].starts_with(rest));
        skipped || MAGICS.iter().any(|magic| magic.starts_with(bytes))
    }

    /// The format of a file that begins with these bytes; `None` if it is none of them. A frame to be skipped,
    /// which zstd and lz4 have in common, counts as zstd.
    pub fn of_magic(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // The second is the legacy format.
            [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => Self::Lz4,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => return None,
        })
    }

    /// The format that a file with this extension has, written without the dot, in either case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| extension.eq_ignore_ascii_case(codec.extension()))
    }

    /// The format of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| name == codec.name())
    }

    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
        }
    }

    /// The extension of its files, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

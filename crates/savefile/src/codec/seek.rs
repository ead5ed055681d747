//! The seek table of a zstd file: where its frames begin, compressed and not.
//!
//! It is a frame to be skipped at the very end: for each frame of data its two lengths (and perhaps a
//! checksum), then how many frames there are, a byte of flags, and a magic number; all in little-endian order.
//! Source: <https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md>.

/// The magic number of the skippable frame that holds the table.
pub(super) const FRAME_MAGIC: u32 = 0x184d_2a5e;

/// The magic number that the table, and the file, ends with.
pub(super) const TABLE_MAGIC: u32 = 0x8f92_eab1;

/// How many frames a table can have.
pub(super) const MAX_FRAMES: usize = 0x800_0000;

/// Writes a table of frames, given by their lengths: compressed, decompressed.
pub(super) fn write(frames: &[(u32, u32)], out: &mut Vec<u8>) {
    let count = frames.len().min(MAX_FRAMES) as u32;
    out.extend_from_slice(&FRAME_MAGIC.to_le_bytes());
    out.extend_from_slice(&(count * 8 + 9).to_le_bytes());
    for (compressed, decompressed) in frames.iter().take(MAX_FRAMES) {
        out.extend_from_slice(&compressed.to_le_bytes());
        out.extend_from_slice(&decompressed.to_le_bytes());
    }
    out.extend_from_slice(&count.to_le_bytes());
    out.push(0); // no checksums: each frame has its own
    out.extend_from_slice(&TABLE_MAGIC.to_le_bytes());
}

//! The seek table of a zstd file: where its frames begin, compressed and not.
//!
//! It is a frame to be skipped at the very end: for each frame of data its two lengths (and perhaps a
//! checksum), then how many frames there are, a byte of flags, and a magic number; all in little-endian order.
//! Source: <https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md>.
//!
//! To read from a place in the middle, go to the beginning of its frame and open a
//! [`Decoder`](super::Decoder) there:
//!
//! ```no_run
//! # use gannet_savefile::codec::{Decoder, seek::Table};
//! # use std::io::{Read, Seek, SeekFrom};
//! # fn f(place: u64) -> std::io::Result<()> {
//! let mut file = std::fs::File::open("x.pcap.zst")?;
//! if let Some(frame) = Table::read(&mut file)?.as_ref().and_then(|table| table.frame_at(place)) {
//!     file.seek(SeekFrom::Start(frame.compressed.start))?;
//!     let mut decoder = Decoder::open(file)?;
//!     std::io::copy(&mut decoder.by_ref().take(place - frame.content.start), &mut std::io::sink())?;
//!     // The next byte that the decoder gives is the one at `place`.
//! }
//! # Ok(()) }
//! ```

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;

/// The magic number of the skippable frame that holds the table.
const FRAME_MAGIC: u32 = 0x184d_2a5e;

/// The magic number that the table, and the file, ends with.
const TABLE_MAGIC: u32 = 0x8f92_eab1;

/// How many frames a table can have.
const MAX_FRAMES: usize = 0x800_0000;

/// How long the end of the table is, in bytes.
const FOOTER: u64 = 9;

/// Where the frames of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    frames: Vec<Frame>,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its place in the file, in bytes.
    pub compressed: Range<u64>,
    /// The place of its content in that of all frames, in bytes. It is what the table says and can be empty.
    pub content: Range<u64>,
}

impl Table {
    /// Reads the table at the end of a file; `None` if there is none. The source is left somewhere. Memory: 4
    /// bytes for each byte of the table.
    ///
    /// # Errors
    /// The source's; [`ErrorKind::InvalidData`] for a table that cannot be that of this file.
    pub fn read(source: &mut (impl Read + Seek)) -> io::Result<Option<Self>> {
        let wrong = || io::Error::new(ErrorKind::InvalidData, "the seek table does not fit the file");
        let length = source.seek(SeekFrom::End(0))?;
        let Some(footer) = length.checked_sub(FOOTER) else { return Ok(None) };
        source.seek(SeekFrom::Start(footer))?;
        let mut bytes = [0; FOOTER as usize];
        source.read_exact(&mut bytes)?;
        let [a, b, c, d, flags, e, f, g, h] = bytes;
        if u32::from_le_bytes([e, f, g, h]) != TABLE_MAGIC {
            return Ok(None);
        }
        let count = u32::from_le_bytes([a, b, c, d]);
        if flags & 0b0111_1100 != 0 || count as usize > MAX_FRAMES {
            return Err(wrong());
        }
        let entry = if flags & 0x80 != 0 { 12 } else { 8 };
        let size = u64::from(count) * entry;
        let start = footer.checked_sub(size + 8).ok_or_else(wrong)?;
        source.seek(SeekFrom::Start(start))?;
        let mut head = [0; 8];
        source.read_exact(&mut head)?;
        let [a, b, c, d, e, f, g, h] = head;
        let claimed = u64::from(u32::from_le_bytes([e, f, g, h]));
        if u32::from_le_bytes([a, b, c, d]) != FRAME_MAGIC || claimed != size + FOOTER {
            return Err(wrong());
        }
        let frames = read_frames(&mut io::BufReader::new(source.take(size)), count, entry == 12)?;
        // Other frames to be skipped may stand between the data and the table.
        let end = frames.last().map_or(0, |frame| frame.compressed.end);
        if end <= start { Ok(Some(Self { frames })) } else { Err(wrong()) }
    }

    /// The frames, in their order.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// How long the content of all frames is, in bytes.
    pub fn content_length(&self) -> u64 {
        self.frames.last().map_or(0, |frame| frame.content.end)
    }

    /// The frame that the byte of the content at this offset is in; `None` behind the end.
    pub fn frame_at(&self, offset: u64) -> Option<&Frame> {
        self.frames.get(self.frames.partition_point(|frame| frame.content.end <= offset))
    }
}

fn read_frames(source: &mut impl Read, count: u32, checksums: bool) -> io::Result<Vec<Frame>> {
    let mut frames = Vec::new();
    let (mut compressed, mut content) = (0u64, 0u64);
    for _ in 0..count {
        let mut entry = [0; 8];
        source.read_exact(&mut entry)?;
        if checksums {
            source.read_exact(&mut [0; 4])?;
        }
        let [a, b, c, d, e, f, g, h] = entry;
        let next = compressed + u64::from(u32::from_le_bytes([a, b, c, d]));
        let next_content = content + u64::from(u32::from_le_bytes([e, f, g, h]));
        frames.push(Frame { compressed: compressed..next, content: content..next_content });
        (compressed, content) = (next, next_content);
    }
    Ok(frames)
}

/// Writes a table of frames, given by their lengths: compressed, decompressed.
pub(super) fn write(frames: &[(u32, u32)], out: &mut Vec<u8>) {
    let count = frames.len().min(MAX_FRAMES) as u32;
    out.extend_from_slice(&FRAME_MAGIC.to_le_bytes());
    out.extend_from_slice(&(count * 8 + FOOTER as u32).to_le_bytes());
    for (compressed, decompressed) in frames.iter().take(MAX_FRAMES) {
        out.extend_from_slice(&compressed.to_le_bytes());
        out.extend_from_slice(&decompressed.to_le_bytes());
    }
    out.extend_from_slice(&count.to_le_bytes());
    out.push(0); // no checksums: each frame has its own
    out.extend_from_slice(&TABLE_MAGIC.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn table(body: usize, frames: &[(u32, u32)]) -> Vec<u8> {
        let mut file = vec![0; body];
        write(frames, &mut file);
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let file = table(60, &[(10, 100), (20, 0), (30, 300)]);
        let table = Table::read(&mut Cursor::new(file)).unwrap().unwrap();
        assert_eq!(table.frames()[2], Frame { compressed: 30..60, content: 100..400 });
        assert_eq!(table.content_length(), 400);
        assert_eq!(table.frame_at(99).unwrap().compressed, 0..10);
        assert_eq!(table.frame_at(100).unwrap().compressed, 30..60);
        assert_eq!(table.frame_at(400), None);
    }

    #[test]
    fn a_table_with_checksums_is_read() {
        let mut file = vec![0; 5];
        file.extend([0x5e, 0x2a, 0x4d, 0x18, 21, 0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4]);
        file.extend([1, 0, 0, 0, 0x80, 0xb1, 0xea, 0x92, 0x8f]);
        let table = Table::read(&mut Cursor::new(file)).unwrap().unwrap();
        assert_eq!(table.frames(), [Frame { compressed: 0..5, content: 0..9 }]);
    }

    #[test]
    fn no_table_and_a_wrong_one_are_told_apart() {
        let read = |file: &[u8]| Table::read(&mut Cursor::new(file)).map_err(|error| error.kind());
        assert_eq!(read(b""), Ok(None));
        assert_eq!(read(b"no table at all"), Ok(None));
        assert_eq!(read(&table(59, &[(60, 60)])), Err(ErrorKind::InvalidData));
        let file = table(60, &[(60, 60)]);
        assert!(read(&file).is_ok());
        for at in 60..file.len() {
            let mut other = file.clone();
            other[at] ^= 0x40;
            assert!(
                !matches!(read(&other), Ok(Some(table)) if table.frames()[0].compressed.end > 60),
                "{at}"
            );
        }
    }
}

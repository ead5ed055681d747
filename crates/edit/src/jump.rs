//! A seekable zstd file, read from a point in time on without what stands before it.
//!
//! Wanted is a file whose frames begin between two packets, as this project writes them, with its packets in order
//! of time. The first is looked at in each frame that is tried; the second has to be known by whoever calls.

use gannet_savefile::codec::Decoder;
use gannet_savefile::codec::seek::{Frame, Table};
use gannet_savefile::{Item, Reader};
use gannet_wire::Timestamp;
use std::io::{self, Chain, Cursor, Read, Seek, SeekFrom};

/// Longer frames are not looked at, in bytes of their content.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What reads from the middle of a file: its head, then its frames from one of them on.
pub type Jumped<S> = Reader<Chain<Cursor<Vec<u8>>, Decoder<S>>>;

/// A reader that begins with the last frame whose first packet is earlier than `from`; `None` if the file is not
/// one to jump in. The reader's offsets are those of what it reads.
///
/// # Errors
/// The source's.
pub fn jump<S: Read + Seek>(mut source: S, from: Timestamp) -> io::Result<Option<Jumped<S>>> {
    let Some(table) = Table::read(&mut source).ok().flatten() else { return Ok(None) };
    let Some(head) = head(&mut source)? else { return Ok(None) };
    let frames = table.frames();
    // The frame with the head is the first in any case: it needs no look.
    let (mut low, mut high) = (0, frames.len());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let Some(frame) = frames.get(middle) else { break };
        let Some(first) = first_time(&mut source, frame, &head)? else { return Ok(None) };
        if first < from {
            low = middle;
        } else {
            high = middle;
        }
    }
    let start = match frames.get(low) {
        Some(frame) if low > 0 => frame.compressed.start,
        _ => 0,
    };
    source.seek(SeekFrom::Start(start))?;
    let head = if low > 0 { head } else { Vec::new() };
    Ok(Reader::open(Cursor::new(head).chain(Decoder::open(source)?)).ok())
}

/// All that stands before the first packet; `None` if that is not soon.
fn head<S: Read + Seek>(source: &mut S) -> io::Result<Option<Vec<u8>>> {
    source.rewind()?;
    let mut bytes = Vec::new();
    Decoder::open(source)?.take(LONGEST / 64).read_to_end(&mut bytes)?;
    let Ok(mut reader) = Reader::open(bytes.as_slice()) else { return Ok(None) };
    loop {
        let before = reader.offset();
        match reader.next_item() {
            Ok(Some(Item::Packet { .. })) => {
                bytes.truncate(usize::try_from(before).unwrap_or(usize::MAX));
                return Ok(Some(bytes));
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return Ok(None),
        }
    }
}

/// The time of the first packet of a frame; `None` if the frame is not a number of whole packets.
fn first_time<S: Read + Seek>(source: &mut S, frame: &Frame, head: &[u8]) -> io::Result<Option<Timestamp>> {
    let length = frame.content.end.saturating_sub(frame.content.start);
    if length > LONGEST {
        return Ok(None);
    }
    source.seek(SeekFrom::Start(frame.compressed.start))?;
    let mut bytes = head.to_vec();
    Decoder::open(source)?.take(length).read_to_end(&mut bytes)?;
    let Ok(mut reader) = Reader::open(bytes.as_slice()) else { return Ok(None) };
    let mut first = None;
    loop {
        match reader.next() {
            Ok(Some(record)) => first = first.or(Some(record.time)),
            Ok(None) => return Ok(first),
            Err(_) => return Ok(None),
        }
    }
}

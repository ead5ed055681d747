//! Where a torn file ends: behind its last whole record or block.
//!
//! A process that is killed while it writes, and a disk that is full, leave half a record; a machine that goes down
//! may leave zeroes. Damage elsewhere is not healed here: reading [recovers](crate::Reader::recover) from it.

use crate::error::Error;
use crate::reader::{Format, Reader};
use std::io::{self, Read, Seek, SeekFrom};

/// Zeroes at the end of a pcap file read as records without bytes. So many bytes of them are none.
const ZEROES: u64 = 512;

/// So few bytes may be zero without meaning.
const FEW: u64 = 32;

/// What there is of a file.
#[derive(Debug)]
pub struct Whole {
    /// Its format.
    pub format: Format,
    /// How many packets are in what is whole.
    pub packets: u64,
    /// How many bytes from the start on are whole, but for damage before other packets.
    pub length: u64,
    /// How many bytes there are.
    pub end: u64,
    /// What is behind `length`.
    pub tail: Tail,
    /// The first damage with packets behind it, and where it begins.
    pub damage: Option<(u64, Error)>,
}

/// What a file ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Nothing: it is whole to its end.
    None,
    /// The beginning of a record or block.
    Half,
    /// Zeroes.
    Zeroes,
    /// Something that cannot be read.
    Unreadable,
}

/// Finds out what there is of a file, from its start. If there is something wrong it is read twice.
///
/// # Errors
/// [`Error::Read`], or what is wrong with the file header, without which there is nothing to keep.
pub fn examine<S: Read + Seek>(mut source: S) -> Result<Whole, Error> {
    let end = source.seek(SeekFrom::End(0)).map_err(Error::Read)?;
    let mut whole = match plain(rewound(&mut source)?) {
        Ok(found) => found,
        Err(Error::Read(e)) => return Err(Error::Read(e)),
        Err(_) => damaged(rewound(&mut source)?)?,
    };
    // What is being written to while it is read has no end.
    whole.end = end.max(whole.length);
    // A few may be the beginning of anything.
    if whole.end - whole.length >= FEW && zeroes(&mut source, whole.length)? {
        whole.tail = Tail::Zeroes;
    }
    Ok(whole)
}

fn rewound<S: Read + Seek>(source: &mut S) -> Result<&mut S, Error> {
    source.rewind().map_err(Error::Read)?;
    Ok(source)
}

/// Reads a file in which nothing is wrong, unless it ends in zeroes.
fn plain<R: Read>(source: R) -> Result<Whole, Error> {
    let mut reader = Reader::open(source)?;
    let mut whole = Whole::of(reader.format());
    // Behind the last packet that is not of zeroes.
    let (mut packets, mut length) = (0, reader.offset());
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                let blank = record.bytes.is_empty() && record.length == 0 && record.time == <_>::default();
                packets += 1;
                if !blank {
                    (whole.packets, length) = (packets, reader.offset());
                }
            }
            Ok(None) => break,
            Err(e) if e.is_local() => {}
            Err(e) => return Err(e),
        }
    }
    whole.length = reader.offset();
    if whole.format == Format::Pcap && whole.length - length >= ZEROES {
        whole.length = length;
    } else {
        whole.packets = packets;
    }
    Ok(whole)
}

/// Reads a file in which something is wrong.
fn damaged<R: Read>(source: R) -> Result<Whole, Error> {
    let mut reader = Reader::open_damaged(source)?;
    let mut whole = Whole::of(reader.format());
    let mut last: Option<(u64, u64, Error)> = None;
    loop {
        let step = reader.next().map(|record| record.is_some());
        match step {
            Ok(true) => {
                whole.packets += 1;
                whole.damage = whole.damage.take().or(last.take().map(|(from, _, why)| (from, why)));
            }
            Ok(false) => break,
            Err(Error::Skipped { from, to, why }) => {
                whole.damage = whole.damage.take().or(last.take().map(|(from, _, why)| (from, why)));
                last = Some((from, to, *why));
            }
            Err(Error::Read(e)) => return Err(Error::Read(e)),
            Err(_) => {}
        }
    }
    whole.length = reader.offset();
    match last {
        Some((from, to, why)) if to >= whole.length => {
            whole.length = from;
            whole.tail = match why {
                Error::TruncatedRecordHeader { .. }
                | Error::TruncatedRecord { .. }
                | Error::TruncatedBlock { .. } => Tail::Half,
                _ => Tail::Unreadable,
            };
        }
        Some((from, _, why)) => whole.damage = whole.damage.take().or(Some((from, why))),
        None => {}
    }
    Ok(whole)
}

impl Whole {
    fn of(format: Format) -> Self {
        Self { format, packets: 0, length: 0, end: 0, tail: Tail::None, damage: None }
    }
}

/// Whether there is nothing but zeroes from there on.
fn zeroes<S: Read + Seek>(source: &mut S, from: u64) -> Result<bool, Error> {
    source.seek(SeekFrom::Start(from)).map_err(Error::Read)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(n) if buffer.iter().take(n).any(|byte| *byte != 0) => return Ok(false),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::Read(e)),
        }
    }
}

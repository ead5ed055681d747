//! The section header block: a byte order, a version, and a clean slate of interfaces.
//!
//! ```text
//! 0a0d0d0a length(4) 1a2b3c4d major(2) minor(2) section length(8) options.. length(4)
//! ```
//! The section's length is not needed: blocks are read one by one. Source: draft-ietf-opsawg-pcapng §4.1.

use super::{Cursor, Window, kind};
use crate::error::Error;
use crate::order::ByteOrder;
use crate::reader::Format;
use gannet_wire::Dissect;
use std::io::Read;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// A section header without options.
const SHORTEST: u32 = 28;
/// Longer than this, what looks like a pcapng file is something else.
const LONGEST: u32 = 1024 * 1024;

pub(super) struct Section {
    pub(super) order: ByteOrder,
    pub(super) version: (u16, u16),
}

/// Reads the block that a file begins with. Its trailer is not looked at: libpcap never did.
pub(super) fn first<R: Read>(window: &mut Window<R>) -> Result<Section, Error> {
    let head = window.look(12).map_err(Error::Read)?;
    let &[_, _, _, _, l0, l1, l2, l3, m0, m1, m2, m3] = head else { return Err(Error::UnknownFormat) };
    let order = order_of([m0, m1, m2, m3]).ok_or(Error::UnknownFormat)?;
    let length = order.u32([l0, l1, l2, l3]);
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(Error::BadSectionLength { length, offset: 0 });
    }
    let wanted = length as usize;
    let bytes = window.look(wanted).map_err(Error::Read)?;
    if bytes.len() < wanted {
        return Err(Error::TruncatedBlock { wanted: wanted - 12, got: bytes.len() - 12, offset: 0 });
    }
    let mut p = Cursor::new(bytes, bytes.len());
    let section = p.skip(8).map_err(|_| Error::UnknownFormat).and_then(|()| parse(p, 0))?;
    window.consume(wanted);
    Ok(section)
}

/// The byte order of the section whose header is next in the window.
pub(super) fn byte_order<R: Read>(window: &mut Window<R>) -> Result<ByteOrder, Error> {
    let offset = window.offset();
    let head = window.look(12).map_err(Error::Read)?;
    match *head {
        [_, _, _, _, _, _, _, _, m0, m1, m2, m3] => {
            order_of([m0, m1, m2, m3]).ok_or(Error::BadByteOrder { offset })
        }
        _ => Err(Error::TruncatedBlock { wanted: 12, got: head.len(), offset }),
    }
}

/// The body of a section header block.
pub(super) fn parse(p: Cursor<'_>, offset: u64) -> Result<Section, Error> {
    let section = fields(p).map_err(|_| Error::BlockTooShort { kind: kind::SECTION, offset })?;
    let section = section.ok_or(Error::BadByteOrder { offset })?;
    match section.version {
        // Version 1.2 is 1.0, written by programs that took new block types for a new version.
        (1, 0 | 2) => Ok(section),
        (major, minor) => Err(Error::BadVersion { format: Format::Pcapng, major, minor }),
    }
}

fn fields(mut p: Cursor<'_>) -> Dissect<Option<Section>> {
    let magic = p.array()?;
    let (major, minor) = (p.array()?, p.array()?);
    Ok(order_of(magic).map(|order| Section { order, version: (order.u16(major), order.u16(minor)) }))
}

fn order_of(magic: [u8; 4]) -> Option<ByteOrder> {
    [ByteOrder::Little, ByteOrder::Big].into_iter().find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
}

//! The section header block: a byte order, a version, and a clean slate of interfaces.
//!
//! The section's length is not needed: blocks are read one by one. Source: draft-ietf-opsawg-pcapng §4.1.

use super::block::{Section, kind, order_of};
use super::{Cursor, Window};
use crate::error::Error;
use crate::order::ByteOrder;
use crate::reader::Format;
use gannet_wire::Stop;
use std::io::Read;

/// A section header without options.
const SHORTEST: u32 = 28;
/// Longer than this, what looks like a pcapng file is something else.
const LONGEST: u32 = 1024 * 1024;

/// What only begins as a section header does.
const UNKNOWN: Error = Error::UnknownFormat { magic: super::MAGIC };

/// Brings the block that a file begins with into the window; gives its length. Its trailer is not looked
/// at: libpcap never did.
pub(super) fn first<R: Read>(window: &mut Window<R>) -> Result<usize, Error> {
    let head = window.look(12).map_err(Error::Read)?;
    let &[_, _, _, _, l0, l1, l2, l3, m0, m1, m2, m3] = head else { return Err(UNKNOWN) };
    let order = order_of([m0, m1, m2, m3]).ok_or(UNKNOWN)?;
    let length = order.u32([l0, l1, l2, l3]);
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(Error::BadSectionLength { length, offset: 0 });
    }
    let wanted = length as usize;
    let got = window.look(wanted).map_err(Error::Read)?.len();
    if got < wanted {
        return Err(Error::TruncatedBlock { wanted: wanted - 12, got: got - 12, offset: 0 });
    }
    Ok(wanted)
}

/// The byte order of a section whose header begins with `head`; `at` is where it begins.
pub(super) fn byte_order(head: &[u8], offset: u64) -> Result<ByteOrder, Error> {
    match *head {
        [_, _, _, _, _, _, _, _, m0, m1, m2, m3, ..] => {
            order_of([m0, m1, m2, m3]).ok_or(Error::BadByteOrder { offset })
        }
        _ => Err(Error::TruncatedBlock { wanted: 12, got: head.len(), offset }),
    }
}

/// The body of a section header block.
pub(super) fn parse(body: &[u8], offset: u64) -> Result<Section<'_>, Error> {
    let section = Section::parse(Cursor::new(body, body.len())).map_err(|stop| match stop {
        Stop::Truncated => Error::BlockTooShort { kind: kind::SECTION, offset },
        Stop::Invalid => Error::BadByteOrder { offset },
    })?;
    match section.version {
        // Version 1.2 is 1.0, written by programs that took new block types for a new version.
        (1, 0 | 2) => Ok(section),
        (major, minor) => Err(Error::BadVersion { format: Format::Pcapng, major, minor }),
    }
}

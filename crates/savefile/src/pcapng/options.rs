//! Options: code, length, value, padded to four bytes; the list ends with code 0 or with the block.
//!
//! Source: draft-ietf-opsawg-pcapng §3.5.

use crate::order::ByteOrder;
use gannet_wire::{Cursor, Dissect};

/// The end of a list of options.
pub(super) const END: u16 = 0;

/// One option.
pub(super) struct Opt<'b> {
    pub(super) code: u16,
    pub(super) value: &'b [u8],
}

/// The next option, the end marker included; `None` where the block ends.
pub(super) fn next<'b>(p: &mut Cursor<'b>, order: ByteOrder) -> Dissect<Option<Opt<'b>>> {
    if p.is_empty() {
        return Ok(None);
    }
    let code = order.u16(p.array()?);
    let length = usize::from(order.u16(p.array()?));
    let padded = p.take(length.next_multiple_of(4))?;
    Ok(Some(Opt { code, value: padded.get(..length).unwrap_or(padded) }))
}

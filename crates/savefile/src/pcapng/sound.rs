//! Which bytes can be a block: by its type and lengths, its fields, and what follows it. Only asked for when
//! damage is to be survived.

use super::block::{Block, EnhancedPacket, kind, order_of};
use super::{FRAMING, State, section};

/// The first fields of what may be a block.
struct Shape {
    kind: u32,
    length: usize,
    /// Whether the trailer says the same length; `None` if it is not in sight.
    closed: Option<bool>,
}

impl State {
    /// Whether `bytes` begin with a block. `ended`: nothing follows them.
    pub(crate) fn sound(&self, bytes: &[u8], ended: bool) -> bool {
        let Some(Shape { kind, length, closed: Some(true) }) = self.shape(bytes) else { return false };
        let next = self.shape(bytes.get(length..).unwrap_or_default());
        let at_end = ended && bytes.len() == length;
        let body = bytes.get(8..length.saturating_sub(4)).unwrap_or_default();
        match kind {
            kind::SECTION => section::parse(body, 0).is_ok(),
            _ if !known(kind) => next.is_some_and(|next| known(next.kind) && next.closed == Some(true)),
            _ => match Block::parse(kind, body, self.order, self.simple_limit) {
                Err(_) => false,
                // Enough fields that fit, whatever damage follows.
                Ok(Block::Enhanced(packet)) if self.fits(&packet) => true,
                Ok(_) => at_end || next.is_some_and(|next| next.closed != Some(false)),
            },
        }
    }

    fn fits(&self, packet: &EnhancedPacket<'_>) -> bool {
        let described = self.interfaces.get(packet.interface as usize).is_some();
        described && !packet.bytes.is_empty() && packet.bytes.len() <= packet.length as usize
    }

    fn shape(&self, bytes: &[u8]) -> Option<Shape> {
        let (kind, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let kind = self.order.u32(*kind);
        let order = if kind == kind::SECTION { order_of(*rest.first_chunk()?)? } else { self.order };
        let length = order.u32(*length);
        if length < FRAMING || length % 4 != 0 || length > self.max_block {
            return None;
        }
        let length = length as usize;
        let trailer = bytes.get(length - 4..length).and_then(<[u8]>::first_chunk);
        let closed = trailer.map(|trailer| order.u32(*trailer) as usize == length);
        Some(Shape { kind, length, closed })
    }
}

/// Whether a type of block is one that programs write.
fn known(kind: u32) -> bool {
    matches!(kind, 1..=0x0c | kind::SECTION | kind::CUSTOM | kind::CUSTOM_NO_COPY)
}

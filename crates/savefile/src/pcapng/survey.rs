//! What the interfaces of a file have in common, as far as they are in sight when it is opened: a pcap file that takes
//! packets of all of them has one snapshot length, which readers cut longer packets to, and one unit of time.

use super::FRAMING;
use super::block::{InterfaceBlock, kind, order_of};
use super::interface::{self, Interface};
use crate::order::ByteOrder;
use crate::reader::Precision;
use gannet_wire::Cursor;

/// What suits all interfaces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Survey {
    /// The most that any says.
    pub(crate) snaplen: u32,
    /// The finest.
    pub(crate) precision: Precision,
    /// What all say, in bits.
    pub(crate) fcs_len: Option<u8>,
}

impl Survey {
    /// Of the interfaces among the blocks that `bytes` begin with, and of the `first`, whatever is in sight. The first
    /// block that makes no sense ends it: who reads that far is told.
    pub(super) fn of(first: &Interface, mut bytes: &[u8], mut order: ByteOrder) -> Self {
        let mut seen = Self::of_one(first);
        while let Some((kind, rest)) = bytes.split_first_chunk()
            && let Some((length, rest)) = rest.split_first_chunk()
        {
            let kind = order.u32(*kind);
            if kind == kind::SECTION
                && let Some(magic) = rest.first_chunk()
            {
                let Some(theirs) = order_of(*magic) else { break };
                order = theirs;
            }
            let length = order.u32(*length);
            let Some(body) = rest.get(..length.saturating_sub(FRAMING) as usize) else { break };
            if length < FRAMING || !length.is_multiple_of(4) {
                break;
            }
            if kind == kind::INTERFACE {
                seen.look(body, order);
            }
            bytes = bytes.get(length as usize..).unwrap_or_default();
        }
        seen
    }

    /// Of this interface alone.
    pub(super) fn of_one(interface: &Interface) -> Self {
        let Interface { snaplen, fcs_len, .. } = *interface;
        Self { snaplen, precision: interface.precision(), fcs_len }
    }

    fn look(&mut self, body: &[u8], order: ByteOrder) {
        let fields = InterfaceBlock::parse_fields(Cursor::new(body, body.len()), order);
        let Some(Ok(interface)) = fields.ok().map(|fields| interface::parse(&fields, 0)) else { return };
        let theirs = Self::of_one(&interface);
        self.snaplen = self.snaplen.max(theirs.snaplen);
        if theirs.precision == Precision::Nano {
            self.precision = Precision::Nano;
        }
        if theirs.fcs_len != self.fcs_len {
            self.fcs_len = None;
        }
    }
}

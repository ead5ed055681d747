//! MTP level 2 of SS7, bare or behind a header of the capture: no protocol is told, only SS7's own fields.
//!
//! Source: ITU-T Q.703, clause 2.2.

use super::{View, other};

/// MTP level 2 begins at `start`: 0, or behind the four bytes of a pseudo-header, or behind the twenty of ERF's.
pub(crate) fn view(start: u32) -> View {
    View { ss7: Some(start), ..other::view() }
}

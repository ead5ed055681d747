//! FRAG6 (RFC 8200).

use crate::prelude::*;

/// FRAG6.
pub static FRAG6: Protocol = Protocol { name: "frag6", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

//! UDP (RFC 768).

use crate::prelude::*;

/// UDP.
pub static UDP: Protocol = Protocol { name: "udp", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

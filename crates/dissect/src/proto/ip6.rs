//! IP6 (RFC 8200).

use crate::prelude::*;

/// IP6.
pub static IP6: Protocol = Protocol { name: "ip6", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

//! IP (RFC 791).

use crate::prelude::*;

/// IP.
pub static IP: Protocol = Protocol { name: "ip", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

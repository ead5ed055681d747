//! TCP (RFC 9293).

use crate::prelude::*;

/// TCP.
pub static TCP: Protocol = Protocol { name: "tcp", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

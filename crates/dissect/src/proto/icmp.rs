//! ICMP (RFC 792).

use crate::prelude::*;

/// ICMP.
pub static ICMP: Protocol = Protocol { name: "icmp", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

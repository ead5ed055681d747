//! ICMP6 (RFC 4443).

use crate::prelude::*;

/// ICMP6.
pub static ICMP6: Protocol = Protocol { name: "icmp6", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

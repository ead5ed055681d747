//! IGMP (RFC 9776).

use crate::prelude::*;

/// IGMP.
pub static IGMP: Protocol = Protocol { name: "igmp", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

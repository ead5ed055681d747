//! ARP (RFC 826).

use crate::prelude::*;

/// ARP.
pub static ARP: Protocol = Protocol { name: "arp", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

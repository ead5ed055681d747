//! DOMAIN (RFC 1035).

use crate::prelude::*;

/// DOMAIN.
pub static DOMAIN: Protocol = Protocol { name: "domain", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

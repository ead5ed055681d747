//! IP6OPTS (RFC 8200).

use crate::prelude::*;

/// IP6OPTS.
pub static HOP_BY_HOP: Protocol = Protocol { name: "ip6opts", dissect };

/// Destination options.
pub static DESTINATION: Protocol = Protocol { name: "ip6opts", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

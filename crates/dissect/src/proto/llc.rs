//! LLC.

use crate::prelude::*;

/// LLC.
pub static LLC: Protocol = Protocol { name: "llc", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

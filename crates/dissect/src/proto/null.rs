//! NULL.

use crate::prelude::*;

/// NULL.
pub static NULL: Protocol = Protocol { name: "null", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

//! RAW.

use crate::prelude::*;

/// RAW.
pub static RAW: Protocol = Protocol { name: "raw", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

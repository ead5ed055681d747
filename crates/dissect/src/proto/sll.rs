//! SLL.

use crate::prelude::*;

/// SLL.
pub static SLL: Protocol = Protocol { name: "sll", dissect };

/// Linux cooked capture, version 2.
pub static SLL2: Protocol = Protocol { name: "sll2", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

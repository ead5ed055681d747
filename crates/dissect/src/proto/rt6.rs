//! RT6 (RFC 8200).

use crate::prelude::*;

/// RT6.
pub static RT6: Protocol = Protocol { name: "rt6", dissect };

fn dissect(_cx: &mut Cx, _p: Cursor, _out: &mut Out) -> Dissect {
    Ok(())
}

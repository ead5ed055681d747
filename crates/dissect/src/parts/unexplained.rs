//! What is printed of a frame when nothing is known that could explain what is behind its header: the header, unless
//! `-e` has had it printed already, and the bytes (tcpdump's default dump, which `-x` and the like replace).

use crate::prelude::*;

/// Prints that. `header` says the header.
pub fn unexplained(cx: &Cx, p: Cursor, out: &mut Out, header: impl FnOnce(&Cx, &mut Out)) {
    if !cx.options.link_header {
        header(cx, out);
    }
    if !cx.options.no_default_dump {
        out.dump("data", p.rest());
    }
}

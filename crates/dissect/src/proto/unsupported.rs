//! Records of a link type that nobody explains (the LINKTYPE_ registry of the pcap format).

use crate::prelude::*;

/// A record that is only dumped.
pub static UNSUPPORTED: Protocol = Protocol { name: "unsupported", dissect };

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("UNSUPPORTED");
    if !cx.options.no_default_dump {
        out.dump("data", p.rest());
    }
    Ok(())
}

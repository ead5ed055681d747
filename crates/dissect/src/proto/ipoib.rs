//! IP over InfiniBand, with the addresses that Linux and Solaris put before it (RFC 4391).
//!
//! ```text
//! | global route header (40) | ethertype (2) | reserved (2) | payload ..
//! ```

use crate::parts::ethertypes;
use crate::parts::unexplained::unexplained;
use crate::prelude::*;

/// IP over InfiniBand.
pub static IPOIB: Protocol = Protocol { name: "ipoib", dissect };

const HEADER: usize = 44;
const ROUTE: usize = 40;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(Stop::Truncated);
    }
    p.need(HEADER)?;
    p.skip(ROUTE)?;
    let (kind, _reserved) = (p.be16()?, p.be16()?);
    cx.link_header_is(HEADER);
    out.note("type", kind);
    let header = |cx: &Cx, out: &mut Out| {
        out.aloud(|out| {
            out.say(", ethertype ").name("", kind, ethertypes::NAMES, "Unknown");
            if cx.options.quiet == 0 {
                out.say(" (0x").hex0("", kind, 4).say(")");
            }
            out.say(", length ").num("", length).say(": ");
        });
    };
    if cx.options.link_header {
        header(cx, out.say("IPOIB"));
    }
    if !cx.next(Space::EtherType(kind), p, out)? {
        unexplained(cx, p, out, header);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn types() {
        let route = "00".repeat(ROUTE);
        check(&IPOIB, &format!("{route} 0800 0000 40"), "-v", "IP  [length 1 < 20] (invalid)");
        let said = ", ethertype Unknown (0x1234), length 46: ";
        let dump = "\n\t0x0000:  6869                                     hi";
        let frame = format!("{route} 1234 0000 6869");
        check(&IPOIB, &frame, "", &format!("{said}{dump}"));
        check(&IPOIB, &frame, "-e", &format!("IPOIB{said}{dump}"));
        check(&IPOIB, &frame, "-q", ", ethertype Unknown, length 46: ");
        check(&IPOIB, &format!("{route} 1234 00"), "", " [|ipoib]");
        assert_eq!(values(&IPOIB, &frame), r#"{"ipoib":{"type":4660,"data":"6869"}}"#);
    }
}

//! Classical IP over ATM (RFC 2225): behind an LLC header, or without one.

use crate::prelude::*;

/// Classical IP over ATM.
pub static CIP: Protocol = Protocol { name: "cip", dissect };

/// The LLC and SNAP headers of an ethertype (RFC 2684 section 5.1).
const LLC_SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];
/// They, and the ethertype.
const HEADER: usize = 8;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < LLC_SNAP.len() {
        return Err(Stop::Truncated);
    }
    let llc = p.at(0).array()? == LLC_SNAP;
    if llc && p.claimed() < HEADER {
        return Err(Stop::Truncated);
    }
    p.need(if llc { HEADER } else { 0 })?;
    if cx.options.link_header {
        out.say("length ").num("length", p.claimed()).say(": ");
    }
    cx.link_header_is(0);
    if llc {
        return cx.next(Space::Llc, p, out).map(drop);
    }
    cx.next(Space::EtherType(0x0800), p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn with_and_without_a_header() {
        check(&CIP, "aaaa03 000000 0800 40", "", "IP  [length 1 < 20] (invalid)");
        check(&CIP, "400000 000000", "-ev", "length 6:  [length 6 < 20] (invalid)");
        check(&CIP, "aaaa03 000000 08", "", " [|cip]");
        check(&CIP, "40", "", " [|cip]");
        assert_eq!(
            values(&CIP, "aaaa03 000000 1234 68").split(r#","llc""#).next(),
            Some(r#"{"cip":{"length":9"#)
        );
    }
}

//! IP over IEEE 1394, as Apple captures it (RFC 2734; LINKTYPE_APPLE_IP_OVER_IEEE1394 of the pcap format).
//!
//! ```text
//! | destination (8) | source (8) | ethertype (2) | payload ..
//! ```

use crate::parts::ethertypes;
use crate::parts::unexplained::unexplained;
use crate::prelude::*;

/// IP over IEEE 1394.
pub static AP1394: Protocol = Protocol { name: "ap1394", dissect };

const HEADER: usize = 18;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(HEADER)?;
    let (dst, src, kind) = (p.array::<8>()?, p.array::<8>()?, p.be16()?);
    cx.link_header_is(HEADER);
    out.aside(|out| {
        out.octets("dst", &dst, b':').octets("src", &src, b':').num("type", kind);
    });
    let header = |cx: &Cx, out: &mut Out| {
        out.aloud(|out| {
            out.octets("", &src, b':').say(" > ").octets("", &dst, b':').say(", ");
            if cx.options.quiet > 0 {
                out.name("", kind, ethertypes::NAMES, "Unknown Ethertype (0x%04x)");
            } else {
                out.say("ethertype ").named_as("", kind, ethertypes::NAMES, "Unknown", " (0x%04x)");
            }
            out.say(", length ").num("", length).say(": ");
        });
    };
    if cx.options.link_header {
        header(cx, out);
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
    fn frames() {
        let addrs = "0000000000000001 0000000000000002";
        let said = "00:00:00:00:00:00:00:02 > 00:00:00:00:00:00:00:01, ";
        check(&AP1394, &format!("{addrs} 0800 45"), "", "IP  [length 1 < 20] (invalid)");
        check(
            &AP1394,
            &format!("{addrs} 0800 45"),
            "-e",
            &format!("{said}ethertype IPv4 (0x0800), length 19:  [length 1 < 20] (invalid)"),
        );
        let dump = "\n\t0x0000:  6869                                     hi";
        check(
            &AP1394,
            &format!("{addrs} 1234 6869"),
            "-v",
            &format!("{said}ethertype Unknown (0x1234), length 20: {dump}"),
        );
        check(
            &AP1394,
            &format!("{addrs} 1234 6869"),
            "-q",
            &format!("{said}Unknown Ethertype (0x1234), length 20: "),
        );
        check(&AP1394, addrs, "", " [|ap1394]");
        assert_eq!(
            values(&AP1394, &format!("{addrs} 1234 6869")),
            r#"{"ap1394":{"dst":"00:00:00:00:00:00:00:01","src":"00:00:00:00:00:00:00:02","type":4660,"data":"6869"}}"#
        );
    }
}

//! IP over Fibre Channel (RFC 2625).
//!
//! ```text
//! | destination: network (2), address (6) | source: network (2), address (6) | LLC ..
//! ```

use crate::prelude::*;

/// IP over Fibre Channel.
pub static IPFC: Protocol = Protocol { name: "ipfc", dissect };

const HEADER: usize = 16;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(HEADER)?;
    let ([dst_network, src_network], dst, src);
    (dst_network, dst) = (p.be16()?, p.array()?);
    (src_network, src) = (p.be16()?, p.array()?);
    cx.link_header_is(HEADER);
    out.note("dst_network", dst_network).note("src_network", src_network);
    out.aside(|out| {
        out.mac("dst", dst).mac("src", src);
    });
    if cx.options.link_header {
        out.aloud(|out| {
            out.mac("", src).say(" > ").mac("", dst).say(", length ").num("", length).say(": ");
        });
    }
    cx.link = crate::cx::Link { src: Some(src), dst: Some(dst) };
    cx.next(Space::Llc, p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn frames() {
        let frame = "1000 020000000001 1000 020000000002 aaaa03 000000 0800 40";
        check(&IPFC, frame, "-v", "IP  [length 1 < 20] (invalid)");
        let said = "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: oui Ethernet (0x000000), \
                    ethertype IPv4 (0x0800), length 1:  [length 1 < 20] (invalid)";
        check(&IPFC, frame, "-e", &format!("02:00:00:00:00:02 > 02:00:00:00:00:01, length 25: {said}"));
        check(&IPFC, &frame[..33], "", " [|ipfc]");
        assert!(values(&IPFC, frame).starts_with(
            r#"{"ipfc":{"dst_network":4096,"src_network":4096,"dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","llc":{"#
        ));
    }
}

//! Ethernet as Hilscher's netANALYZER captures it: with a header of its own, or that and all that comes before a
//! frame on the wire (LINKTYPE_NETANALYZER of the pcap format).
//!
//! ```text
//! | status, length (4) | preamble (7), start of frame (if transparent) | Ethernet frame ..
//! ```

use crate::prelude::*;
use gannet_wire::LinkType;

/// Frames with the header.
pub static NETANALYZER: Protocol =
    Protocol { name: "netanalyzer", dissect: |cx, p, out| frame(cx, 4, p, out) };
/// Frames with the header and the preamble.
pub static TRANSPARENT: Protocol =
    Protocol { name: "netanalyzer_transparent", dissect: |cx, p, out| frame(cx, 12, p, out) };

/// A frame behind `header` bytes.
fn frame(cx: &mut Cx, header: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    p.skip(header)?;
    cx.link_header_is(header);
    cx.link_header_goes_on();
    cx.next(Space::Within(LinkType::ETHERNET), p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn frames() {
        let frame = "020000000001 020000000002 0800 40";
        let said = "02:00:00:00:00:02 > 02:00:00:00:00:01, ethertype IPv4 (0x0800), length 15:  [length 1 < 20] (invalid)";
        check(&NETANALYZER, &format!("00000000 {frame}"), "-e", said);
        check(&TRANSPARENT, &format!("00000000 55555555555555 d5 {frame}"), "-e", said);
        check(&NETANALYZER, "000000", "-v", " [|netanalyzer]");
        check(&TRANSPARENT, "00000000 55", "", " [|netanalyzer_transparent]");
        check(&NETANALYZER, "00000000 02", "", " [|ether]");
        assert!(
            values(&NETANALYZER, &format!("00000000 {frame}"))
                .starts_with(r#"{"netanalyzer":{"ether":{"dst":"#)
        );
    }
}

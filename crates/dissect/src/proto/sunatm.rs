//! Frames of ATM with SunATM's pseudo-header (LINKTYPE_SUNATM of the pcap format).
//!
//! ```text
//! | sent, 0, traffic (4) | VPI | VCI (2) | frame ..
//! ```

use super::atm;
use crate::prelude::*;

/// A frame of ATM with SunATM's pseudo-header.
pub static SUNATM: Protocol = Protocol { name: "sunatm", dissect };

const HEADER: usize = 4;
const LANE: u8 = 1;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(HEADER)?;
    let [first, vpi] = p.array()?;
    let vci = p.be16()?;
    cx.link_header_is(HEADER);
    let sent = first & 0x80 != 0;
    out.note_that("sent", sent).note("traffic", first & 0x0f).note("vpi", vpi).note("vci", vci);
    if cx.options.link_header {
        out.say(if sent { "Tx: " } else { "Rx: " });
    }
    cx.speaking = "atm";
    atm::circuit(cx, atm::Circuit { vpi, vci, lane: first & 0x0f == LANE }, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn circuits() {
        check(&SUNATM, "82 01 0020 aaaa03 000000 0800 40", "-v", "IP  [length 1 < 20] (invalid)");
        check(&SUNATM, "02 00 0005 09 00 000007 05", "-e", "Rx: VPI:0 VCI:5 Q.2931:Setup CALL_REF:0x000007");
        check(&SUNATM, "02 00 0005 09", "-e", "Rx: VPI:0 VCI:5 Q.2931 [|atm]");
        check(&SUNATM, "02 00 0005 07", "", "SSCOP, proto 7 ");
        check(&SUNATM, "02 00 0001 07", "", "meta: ");
        check(&SUNATM, "02 00", "", " [|sunatm]");
        assert_eq!(
            values(&SUNATM, "82 00 0002 07"),
            r#"{"sunatm":{"sent":true,"traffic":2,"vpi":0,"vci":2}}"#
        );
    }

    #[test]
    fn an_emulated_lan() {
        let frame = "01 01 0020 0007 020000000001 020000000002 0800 40";
        check(&SUNATM, frame, "", "IP  [length 1 < 20] (invalid)");
    }
}

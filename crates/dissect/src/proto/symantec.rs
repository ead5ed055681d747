//! Frames that Symantec's firewalls capture (LINKTYPE_SYMANTEC_FIREWALL; source: tcpdump's own captures).
//!
//! ```text
//! | unknown (6) | ethertype (2) | unknown (36) | payload ..
//! ```

use crate::parts::ethertypes;
use crate::parts::unexplained::unexplained;
use crate::prelude::*;
use gannet_wire::numbers::ethertype;

/// A frame of a Symantec firewall.
pub static SYMANTEC: Protocol = Protocol { name: "symantec", dissect };

const HEADER: usize = 44;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let kind = p.at(6);
    p.skip(HEADER)?;
    let kind = kind.at(0).be16()?;
    cx.link_header_is(HEADER);
    out.note("type", kind);
    let valid = kind > ethertype::MAX_LENGTH;
    let header = |cx: &Cx, out: &mut Out| {
        out.aloud(|out| {
            match (valid, cx.options.quiet) {
                (false, _) => out.say("invalid ethertype ").num("", kind),
                (true, 0) => {
                    out.say("ethertype ").named_as("", kind, ethertypes::NAMES, "Unknown", " (0x%04x)")
                }
                (true, _) => out.name("", kind, ethertypes::NAMES, "Unknown Ethertype (0x%04x)"),
            }
            .say(", length ")
            .num("", length)
            .say(": ");
        });
    };
    if cx.options.link_header {
        header(cx, out);
    }
    if !(valid && cx.next(Space::EtherType(kind), p, out)?) {
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
        let frame = |kind: &str, rest: &str| format!("{} {kind} {} {rest}", "00".repeat(6), "00".repeat(36));
        check(&SYMANTEC, &frame("0800", "45"), "", "IP  [length 1 < 20] (invalid)");
        check(
            &SYMANTEC,
            &frame("0800", "45"),
            "-e",
            "ethertype IPv4 (0x0800), length 45:  [length 1 < 20] (invalid)",
        );
        let dump = "\n\t0x0000:  6869                                     hi";
        check(&SYMANTEC, &frame("0007", "6869"), "-v", &format!("invalid ethertype 7, length 46: {dump}"));
        check(&SYMANTEC, &frame("1234", "6869"), "-q", "Unknown Ethertype (0x1234), length 46: ");
        check(&SYMANTEC, "0000", "", " [|symantec]");
        assert_eq!(values(&SYMANTEC, &frame("1234", "6869")), r#"{"symantec":{"type":4660,"data":"6869"}}"#);
    }
}

//! Loopback, the Configuration Testing Protocol of the first Ethernet (source: DIX Ethernet v2.0, section 8).
//!
//! ```text
//! | octets to skip (2) | skipped ..  |  function (2) |
//! reply:         | receipt number (2) | data ..
//! forward data:  | forwarding address (6) | data ..      (least significant bytes first)
//! ```

use crate::prelude::*;

/// Loopback.
pub static LOOPBACK: Protocol = Protocol { name: "loopback", dissect };

const REPLY: u16 = 1;
const FORWARD: u16 = 2;
const FUNCTIONS: NameTable = &[(1, "Reply"), (2, "Forward Data")];

fn dissect(_cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("Loopback");
    match message(&mut p, out) {
        Err(Stop::Invalid) => {
            out.say(" (invalid)").note_that("invalid", true);
        }
        done => done?,
    }
    // What is left was not read, and still has to be there.
    p.need(p.claimed())
}

fn message(p: &mut Cursor, out: &mut Out) -> Dissect {
    claimed(p, 2, out)?;
    let skip = p.le16()?;
    out.say(", skipCount ").num("skip", skip).say(if skip % 8 == 0 { "" } else { " (bogus)" });
    claimed(p, skip.into(), out)?;
    p.skip(skip.into())?;
    claimed(p, 2, out)?;
    let function = p.le16()?;
    out.say(", ").name("function", function, FUNCTIONS, " invalid (%u)");
    match function {
        REPLY => {
            claimed(p, 2, out)?;
            let receipt = p.le16()?;
            out.say(", receipt number ").num("receipt", receipt);
        }
        FORWARD => {
            claimed(p, 6, out)?;
            let address = p.array()?;
            out.say(", forwarding address ").mac("address", address);
        }
        _ => return Ok(()),
    }
    out.say(", data (").num("data_length", p.claimed()).say(" octets)");
    Ok(())
}

fn claimed(p: &Cursor, n: usize, out: &mut Out) -> Dissect {
    if p.claimed() < n { Err(out.lie("length", p.claimed(), "<", n)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn replies() {
        check(
            &LOOPBACK,
            "0000 0100 0500 aabb",
            "",
            "Loopback, skipCount 0, Reply, receipt number 5, data (2 octets)",
        );
        assert_eq!(
            values(&LOOPBACK, "0000 0100 0500 aabb"),
            r#"{"loopback":{"skip":0,"function":1,"receipt":5,"data_length":2}}"#
        );
    }

    #[test]
    fn forwarding() {
        check(
            &LOOPBACK,
            "0100 ff 0200 020000000001",
            "",
            "Loopback, skipCount 1 (bogus), Forward Data, forwarding address 02:00:00:00:00:01, data (0 octets)",
        );
    }

    #[test]
    fn lies() {
        check(&LOOPBACK, "00", "", "Loopback [length 1 < 2] (invalid)");
        check(&LOOPBACK, "0900 0100", "", "Loopback, skipCount 9 (bogus) [length 2 < 9] (invalid)");
        check(&LOOPBACK, "0000 0300", "", "Loopback, skipCount 0,  invalid (3)");
    }
}

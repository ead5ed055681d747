//! VAT, LBL's audio tool of the MBone (it predates RFC 1889, which names it), and VT beside it, told apart by
//! bits that only VT sets.
//!
//! ```text
//! +---------------+-+-+-----------+-------------------------------+
//! |     sites     |*|   format    |          conference           |
//! |                           timestamp                           |
//! +---------------------------------------------------------------+
//! ```

use crate::prelude::*;

/// VAT.
pub static VAT: Protocol = Protocol { name: "vat", dissect };

const VT: u16 = 0xf060;
const HEADER: usize = 8;

fn dissect(_cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < 2 {
        out.say("udp/va/vat, length ").num("length", length).say(" < 2");
        return Ok(());
    }
    let start = p;
    let first = p.be16()?;
    if first & VT != 0 {
        out.say("udp/vt ").num("length", length);
        out.say(" ").num("low", first & 0x3ff).say(" / ").num("high", first >> 10);
        return Ok(());
    }
    if length < HEADER {
        out.say("udp/vat, length ").num("length", length).say(" < 8");
        return Ok(());
    }
    p = start;
    let (head, timestamp) = (p.be32()?, p.be32()?);
    let talks = head & 0x80_0000 != 0;
    out.say("udp/vat ").num("length", length - HEADER).say(" c").num("conference", head & 0xffff);
    out.say(" ").num("timestamp", timestamp).say(if talks { "*" } else { "" }).note_that("start", talks);
    if head & 0x1f_0000 != 0 {
        out.say(" f").num("format", head >> 16 & 0x1f);
    }
    if head & 0x3f00_0000 != 0 {
        out.say(" s").num("sites", head >> 24 & 0x3f);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn audio() {
        check(&VAT, "0000 0007 00000064 aabb", "", "udp/vat 2 c7 100");
        check(&VAT, "0283 0007 00000064", "-v", "udp/vat 0 c7 100* f3 s2");
        check(&VAT, "1405", "", "udp/vt 2 5 / 5");
    }

    #[test]
    fn lengths_that_lie() {
        check(&VAT, "00", "", "udp/va/vat, length 1 < 2");
        check(&VAT, "0000 0007", "", "udp/vat, length 4 < 8");
    }

    #[test]
    fn values_of_audio() {
        assert_eq!(
            values(&VAT, "0283 0007 00000064"),
            r#"{"vat":{"length":0,"conference":7,"timestamp":100,"start":true,"format":3,"sites":2}}"#
        );
    }
}

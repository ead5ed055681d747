//! Minimal encapsulation of IPv4 (RFC 2004). What is inside is not said.
//!
//! ```text
//! | protocol | S, reserved | checksum (2) | destination (4) | source (4, if S) |
//! ```

use crate::prelude::*;

/// Minimal encapsulation.
pub static MOBILE: Protocol = Protocol { name: "mobile", dissect };

const HEADER: usize = 8;
const SOURCE: u8 = 0x80;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let packet = p;
    out.say("mobile: ");
    out.enough("length", &p, HEADER)?;
    p.need(HEADER + 4)?;
    let ([protocol, flags], sum, dst, src) = (p.array()?, p.be16()?, p.array()?, p.array()?);
    let with_source = flags & SOURCE != 0;
    out.say(if with_source { "[S] " } else { "[] " });
    if cx.verbose() > 0 {
        if with_source {
            out.ip4("src", src).say(" ");
        }
        out.say("> ").ip4("dst", dst).say(" (oproto=").num("protocol", protocol).say(")");
    }
    let summed = packet.sub(if with_source { HEADER + 4 } else { HEADER }).rest();
    let right = checksum::Sum::new().bytes(summed).finish() == 0;
    out.note_that("checksum_right", right);
    if !right {
        out.say(" (bad checksum ").num("checksum", sum).say(")");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn headers() {
        check(&MOBILE, "06 00 effe 0a000001 00000000", "", "mobile: [] ");
        check(&MOBILE, "06 00 effe 0a000001 00000000", "-v", "mobile: [] > 10.0.0.1 (oproto=6)");
        check(
            &MOBILE,
            "06 80 0001 0a000001 0a000002",
            "-v",
            "mobile: [S] 10.0.0.2 > 10.0.0.1 (oproto=6) (bad checksum 1)",
        );
        check(&MOBILE, "06 80 0001", "", "mobile:  [length 4 < 8] (invalid)");
        check(&MOBILE, "06 80 0001 0a000001", "", "mobile:  [|mobile]");
        assert!(values(&MOBILE, "06 00 effe 0a000001 00000000").contains(r#""checksum_right":true"#));
    }
}

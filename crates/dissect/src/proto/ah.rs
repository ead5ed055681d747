//! AH, the IP Authentication Header (RFC 4302).
//!
//! ```text
//! | next header | length, less 2, in words | reserved (2) | SPI (4) | sequence (4) | integrity check value ..
//! ```

use crate::parts::ip_payload;
use crate::prelude::*;

/// AH.
pub static AH: Protocol = Protocol { name: "ah", dissect };

const FIXED: usize = 12;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("AH");
    let header = p;
    let [next, words] = p.array()?;
    let length = (usize::from(words) + 2) * 4;
    out.note("next_header", next).say("(");
    if cx.verbose() > 0 {
        out.say("length=").num("length", words);
        write!(out, "({length}-bytes),");
    }
    let reserved = p.be16()?;
    if reserved != 0 {
        out.say("reserved=0x").hex("reserved", reserved).say("[MustBeZero],");
    }
    let spi = p.be32()?;
    out.say("spi=0x").hex0("spi", spi, 8);
    let sequence = p.be32()?;
    out.say(",seq=0x").hex("sequence", sequence);
    out.say(",icv=0x").bytes_of("icv", &mut p, length.saturating_sub(FIXED))?;
    out.say("): ");
    cx.ip.extended = true;
    ip_payload::hand_on(cx, next, header.at(length), out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEADER: &str = "06 04 0000 00000100 0000000d 000102030405060708090a0b";
    const SEGMENT: &str = "0400 0050 00000001 00000002 5010 0100 0000 0000";

    #[test]
    fn headers() {
        let icv = "icv=0x000102030405060708090a0b";
        let tcp = "1024 > 80: Flags [.], ack 2, win 256, length 0";
        let words = format!("AH(spi=0x00000100,seq=0xd,{icv}): {tcp}");
        check(&AH, &format!("{HEADER} {SEGMENT}"), "", &words);
        check(
            &AH,
            &HEADER.replacen("06 04 0000", "3b 04 0001", 1),
            "-v",
            &format!(
                "AH(length=4(24-bytes),reserved=0x1[MustBeZero],spi=0x00000100,seq=0xd,{icv}): no next header"
            ),
        );
        check(&AH, "3b 00 0000 00000001 00000002", "", "AH(spi=0x00000001,seq=0x2,icv=0x): no next header");
        assert_eq!(
            values(&AH, "3b 01 0000 00000001 00000002"),
            r#"{"ah":{"next_header":59,"length":1,"spi":1,"sequence":2}}"#
        );
    }

    #[test]
    fn what_is_cut() {
        check(&AH, "06 04 0000 00000100 0000000d 0001", "", "AH(spi=0x00000100,seq=0xd,icv=0x0001 [|ah]");
        check(&AH, "06", "", "AH [|ah]");
    }
}

//! ESP, the IP Encapsulating Security Payload (RFC 4303). Who has the key reads what is inside.
//!
//! ```text
//! | SPI (4) | sequence (4) | what is kept secret ..
//! plain: | payload .. | padding .. | its length (1) | next header (1) |
//! ```

use crate::keys::Opened;
use crate::parts::ip_payload;
use crate::prelude::*;

/// ESP.
pub static ESP: Protocol = Protocol { name: "esp", dissect };

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("ESP");
    let length = p.claimed();
    let spi = p.be32()?;
    out.say("(spi=0x").hex0("spi", spi, 8);
    let sequence = p.be32()?;
    out.say(",seq=0x").hex("sequence", sequence).say("), length ").num("length", length);
    secret(cx, spi, p, out)
}

/// What is kept secret, for those who have the key. The end of a packet says what is inside: a fragment does not.
fn secret(cx: &mut Cx, spi: u32, p: Cursor, out: &mut Out) -> Dissect {
    let Some(keys) = cx.options.keys.filter(|_| cx.ip.version != 4 || !cx.ip.more_fragments) else {
        return Ok(());
    };
    let mut plain = Vec::new();
    match keys.esp(spi, cx.ip.dst, p.rest(), &mut plain) {
        Opened::NoKey => Ok(()),
        Opened::Short => cx.soft_cut(out),
        Opened::Ragged => {
            out.note_that("ragged", true);
            Ok(())
        }
        Opened::Plain => inside(cx, &plain, out),
    }
}

fn inside(cx: &mut Cx, plain: &[u8], out: &mut Out) -> Dissect {
    let Some((before, &[padding, next])) = plain.split_last_chunk() else { return cx.soft_cut(out) };
    let Some(payload) = before.len().checked_sub(padding.into()).and_then(|n| before.get(..n)) else {
        return cx.soft_cut(out);
    };
    out.note("next_header", next).say(": ");
    cx.ip.extended = true;
    ip_payload::hand_on(cx, next, Cursor::new(payload, payload.len()), out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_with_keys, values};

    #[test]
    fn packets() {
        check(&ESP, "12345678 00000001 0000", "-v", "ESP(spi=0x12345678,seq=0x1), length 10");
        check(&ESP, "12345678 00", "", "ESP(spi=0x12345678 [|esp]");
        check(&ESP, "1234", "", "ESP [|esp]");
        // An IPv4 header would stand around it; without one it is version 4.
        let says = |hex, words: &str| check_with_keys(&ESP, hex, "", &format!("ESP(spi=0x0000000{words}"));
        says(
            "00000003 00000001 ff 0400 0050 000a 0000 6869 00000000 04 11",
            "3,seq=0x1), length 25: 1024 > 80: UDP, length 2",
        );
        says("00000001 00000001 ff 01 02 03 00 3b", "1,seq=0x1), length 14");
        says("00000002 00000001 ff 01 02 03 00 3b", "2,seq=0x1), length 14");
        says("00000003 00000001 ff 01 02 02 3b", "3,seq=0x1), length 13: no next header");
        says("00000003 00000001 ff 01 02 03 3b", "3,seq=0x1), length 13 [|esp]");
        says("00000003 00000001 ff 01", "3,seq=0x1), length 10 [|esp]");
        says("00000003 00000001", "3,seq=0x1), length 8 [|esp]");
        assert_eq!(values(&ESP, "00000001 00000002"), r#"{"esp":{"spi":1,"sequence":2,"length":8}}"#);
    }
}

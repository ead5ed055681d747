//! ESP, the IP Encapsulating Security Payload (RFC 4303), as far as it can be read without keys.
//!
//! ```text
//! | SPI (4) | sequence (4) | what is kept secret ..
//! ```

use crate::prelude::*;

/// ESP.
pub static ESP: Protocol = Protocol { name: "esp", dissect };

fn dissect(_: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("ESP");
    let length = p.claimed();
    let spi = p.be32()?;
    out.say("(spi=0x").hex0("spi", spi, 8);
    let sequence = p.be32()?;
    out.say(",seq=0x").hex("sequence", sequence).say("), length ").num("length", length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets() {
        check(&ESP, "12345678 00000001 0000", "-v", "ESP(spi=0x12345678,seq=0x1), length 10");
        check(&ESP, "12345678 00", "", "ESP(spi=0x12345678 [|esp]");
        check(&ESP, "1234", "", "ESP [|esp]");
        assert_eq!(values(&ESP, "00000001 00000002"), r#"{"esp":{"spi":1,"sequence":2,"length":8}}"#);
    }
}

//! Packets inside OpenBSD's IPsec (LINKTYPE_ENC of the pcap format).
//!
//! ```text
//! | address family (4, in the byte order of whoever captured) | SPI (4) | flags (4, as the family) | packet ..
//! ```

use crate::prelude::*;

/// A packet that IPsec brought or will carry.
pub static ENC: Protocol = Protocol { name: "enc", dissect };

const HEADER: usize = 12;
const CONFIDENTIAL: u32 = 0x0400;
const AUTHENTIC: u32 = 0x0800;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(HEADER)?;
    let (family, spi, flags) = (p.le32()?, p.be32()?, p.le32()?);
    // No family needs more than 16 bits: one that seems to was written in the other order.
    let (family, flags) =
        if family > 0xffff { (family.swap_bytes(), flags.swap_bytes()) } else { (family, flags) };
    cx.link_header_is(HEADER);
    out.note("family", family).note("flags", flags);
    out.say(if flags == 0 { "(unprotected): " } else { "(" });
    let mut rest = flags;
    for (bit, word) in [(AUTHENTIC, "authentic"), (CONFIDENTIAL, "confidential")] {
        if rest & bit != 0 {
            out.say(word).say(if rest == bit { "): " } else { "," });
            rest &= !bit;
        }
    }
    out.say("SPI 0x").hex0("spi", spi, 8).say(": ");
    match family {
        2 => cx.next(Space::EtherType(0x0800), p, out).map(drop),
        24 | 28 | 30 => cx.next(Space::EtherType(0x86dd), p, out).map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets() {
        let rest = "SPI 0x00001234: IP  [length 1 < 20] (invalid)";
        check(&ENC, "02000000 00001234 00000000 45", "", &format!("(unprotected): {rest}"));
        check(&ENC, "00000002 00001234 00000c00 45", "-v", &format!("(authentic,confidential): {rest}"));
        check(
            &ENC,
            "18000000 00001234 00040000 60",
            "-e",
            "(confidential): SPI 0x00001234:  [length 1 < 40] (invalid)",
        );
        check(&ENC, "02000000 00001234", "", " [|enc]");
        assert_eq!(
            values(&ENC, "07000000 00001234 00080000"),
            r#"{"enc":{"family":7,"flags":2048,"spi":4660}}"#
        );
    }
}

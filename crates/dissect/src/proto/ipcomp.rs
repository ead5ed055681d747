//! IPComp, the IP Payload Compression Protocol (RFC 3173). What is compressed stays so.
//!
//! ```text
//! | next header | flags | compression parameter index (2) | what is compressed ..
//! ```

use crate::prelude::*;

/// IPComp.
pub static IPCOMP: Protocol = Protocol { name: "ipcomp", dissect };

fn dissect(_: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let ([next, flags], index) = (p.array()?, p.be16()?);
    out.note("next_header", next).note("flags", flags);
    out.say("IPComp(cpi=0x").hex0("cpi", index, 4).say(")");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets() {
        check(&IPCOMP, "06 00 0002 4b", "-v", "IPComp(cpi=0x0002)");
        check(&IPCOMP, "06 00 00", "", " [|ipcomp]");
        assert_eq!(values(&IPCOMP, "06 00 0002"), r#"{"ipcomp":{"next_header":6,"flags":0,"cpi":2}}"#);
    }
}

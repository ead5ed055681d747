//! Packets that ForCES elements hand to each other (RFC 5810 section 7.9).
//!
//! ```text
//! metadata: ILVs of | identifier (4) | length (4) | value .. |      data: the packet
//! ```

use super::tlv::{self, Ilv, Tlv, blanks};
use super::{INDENT, Walk};
use crate::prelude::*;

/// Bytes that there must be more than.
const LEAST: usize = 8;
const INNER: usize = INDENT + 1;

/// The TLVs of a redirect.
pub fn say(walk: &Walk, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() <= LEAST {
        write!(out, "\n\t\ttruncated Redirect TLV: {} bytes missing! ", LEAST - p.claimed());
        return Err(Stop::Invalid);
    }
    out.list("parts", |out| {
        while p.claimed() > 0 {
            let tlv = Tlv::read(&p)?;
            if tlv.fault.is_some() {
                out.say("Bad Redirect data\n");
                break;
            }
            out.item(|out| part(walk, &tlv, out))?;
            p.pass(tlv.padded());
        }
        tlv::end("Redirect", p, out)
    })
}

fn part(walk: &Walk, tlv: &Tlv, out: &mut Out) -> Dissect {
    let size = tlv.value.claimed();
    out.note("type", tlv.kind).note("length", tlv.length);
    match tlv.kind {
        tlv::METADATA => {
            writeln!(out, "\n{} METADATA length {size}", blanks(INNER));
            metadata(walk, tlv.value, out)
        }
        tlv::REDIRECT_DATA => {
            writeln!(out, "\n{} Redirect Data length {size}", blanks(INNER));
            if walk.talks() {
                out.say("\t\t[");
                tlv::dump("data", tlv.value, "\n\t\t", out)?;
                out.say("\n\t\t]");
            }
            Ok(())
        }
        kind => {
            writeln!(out, "Unknown REDIRECT TLV 0x{kind:x} len {}", tlv.length);
            Ok(())
        }
    }
}

fn metadata(walk: &Walk, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("metadata", |out| {
        while p.claimed() > 0 {
            let Ok(ilv) = Ilv::read(&p)? else { break };
            out.item(|out| {
                out.say(blanks(INNER + 1)).say("MetaID 0x").hex("id", ilv.id);
                out.say(" length ").num("length", ilv.length).say("\n");
                if walk.talks() {
                    tlv::dump("value", ilv.value, "\t\t[", out)?;
                    out.say(" ]\n");
                }
                Ok(())
            })?;
            p.pass(ilv.padded());
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::FORCES;
    use super::super::tests::{packet, says};
    use crate::testing::{check, values};

    const REDIRECT: &str = "0001 001c 0115 0010 00000001 0000000c 0a0b0c0d 0116 0006 6869 0000";

    #[test]
    fn packets() {
        says(
            "06",
            REDIRECT,
            "Packet Redirect",
            "\tREDIRECT TLV, length 28 (data length 24 Bytes)\n           METADATA length 12\
             \n           MetaID 0x1 length 12\n\t\t[0x0000:  0a0b 0c0d ]\n\n           Redirect Data length 2\
             \n\t\t[\n\t\t0x0000:  6869\n\t\t]",
        );
        check(
            &FORCES,
            &packet("06", REDIRECT),
            "",
            "\n\tForCES Packet Redirect \n           METADATA length 12\n           MetaID 0x1 length 12\
             \n\n           Redirect Data length 2\n",
        );
        let said = values(&FORCES, &packet("06", REDIRECT));
        let expected = r#""parts":[{"type":277,"length":16,"metadata":[{"id":1,"length":12,"value":"0a0b0c0d"}]},{"type":278,"length":6,"data":"6869"}]"#;
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn packets_that_lie() {
        let rc = " [rc 4294967295 < 0] [rc 4294967295 < 0] (invalid)";
        check(
            &FORCES,
            &packet("06", "0001 000c 0115 0008 00000000"),
            "",
            &format!("\n\tForCES Packet Redirect \n\t\ttruncated Redirect TLV: 0 bytes missing! {rc}"),
        );
        check(
            &FORCES,
            &packet("06", "0001 0014 0117 0008 00000000 0115 000c 00000000"),
            "",
            &format!(
                "\n\tForCES Packet Redirect Unknown REDIRECT TLV 0x117 len 8\nBad Redirect data\
                 \n\n\t\tMessy Redirect TLV header, type (0x115)\n\t\texcess of 4294967292 Bytes {rc}"
            ),
        );
    }
}

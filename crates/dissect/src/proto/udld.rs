//! UDLD, Cisco's UniDirectional Link Detection (RFC 5171).
//!
//! ```text
//! | version (3 bits), opcode (5 bits) | flags (1) | checksum (2) |
//! TLVs:  | type (2) | length, all of the TLV (2) | value .. |
//! ```

use crate::prelude::*;

/// UDLD.
pub static UDLD: Protocol = Protocol { name: "udld", dissect };

const HEADER: usize = 4;
const TLV_HEADER: usize = 4;
const OPCODES: NameTable =
    &[(0, "Reserved"), (1, "Probe message"), (2, "Echo message"), (3, "Flush message")];
const FLAGS: Flags = &[
    (0x01, "RT"),
    (0x02, "RSY"),
    (0x04, "MBZ-2"),
    (0x08, "MBZ-3"),
    (0x10, "MBZ-4"),
    (0x20, "MBZ-5"),
    (0x40, "MBZ-6"),
    (0x80, "MBZ-7"),
];
const DEVICE_ID: u16 = 1;
const PORT_ID: u16 = 2;
const ECHO: u16 = 3;
const MESSAGE_INTERVAL: u16 = 4;
const TIMEOUT_INTERVAL: u16 = 5;
const DEVICE_NAME: u16 = 6;
const SEQUENCE: u16 = 7;
const TLVS: NameTable = &[
    (1, "Device-ID TLV"),
    (2, "Port-ID TLV"),
    (3, "Echo TLV"),
    (4, "Message Interval TLV"),
    (5, "Timeout Interval TLV"),
    (6, "Device Name TLV"),
    (7, "Sequence Number TLV"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let done = message(cx, &mut p, out);
    cx.close(done, &p, out)
}

fn message(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(Stop::Invalid);
    }
    let [first, flags] = p.array()?;
    out.say("UDLDv").num("version", first >> 5);
    out.say(", Code ").named_as("opcode", first & 0x1f, OPCODES, "Reserved", " (%x)");
    out.say(", Flags [").flags("flags", flags, FLAGS, "none").aloud(|out| {
        out.say("] (0x").hex0("", flags, 2);
    });
    out.say("), length ").num("length", length);
    if cx.verbose() == 0 {
        return p.need(p.claimed());
    }
    let sum = p.be16()?;
    out.say("\n\tChecksum 0x").hex0("checksum", sum, 4).say(" (unverified)");
    out.list("tlvs", |out| {
        while p.claimed() > 0 {
            if p.claimed() < TLV_HEADER {
                return Err(Stop::Invalid);
            }
            let (kind, length) = (p.be16()?, p.be16()?);
            out.item(|out| tlv(kind, length.into(), p, out))?;
        }
        Ok(())
    })
}

/// A TLV of `length` bytes, of which the header is read.
fn tlv(kind: u16, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t").named_as("type", kind, TLVS, "Unknown", " (0x%04x)");
    out.say(" TLV, length ").num("length", length);
    let n = length.saturating_sub(TLV_HEADER);
    if n == 0 || n > p.claimed() {
        return Err(Stop::Invalid);
    }
    match kind {
        DEVICE_ID | PORT_ID | DEVICE_NAME => {
            out.say(", ").padded_chars_of("value", p, n)?;
        }
        ECHO => {
            out.say(", ").chars_of("value", p, n)?;
        }
        MESSAGE_INTERVAL | TIMEOUT_INTERVAL if n == 1 => {
            let seconds = p.u8()?;
            out.say(", ").num("seconds", seconds).say("s");
        }
        SEQUENCE if n == 4 => {
            let sequence = p.be32()?;
            out.say(", ").num("sequence", sequence);
        }
        MESSAGE_INTERVAL | TIMEOUT_INTERVAL | SEQUENCE => return Err(Stop::Invalid),
        _ => p.skip(n)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEX: &str = "21 03 6d85 0001 0007 464f43 0003 0005 01 0004 0005 07 0007 0008 00000001 0009 0005 ff";

    #[test]
    fn tlvs() {
        let words = "UDLDv1, Code Probe message (1), Flags [RT, RSY] (0x03), length 34";
        check(&UDLD, HEX, "", words);
        check(
            &UDLD,
            HEX,
            "-v",
            &format!(
                "{words}\n\tChecksum 0x6d85 (unverified)\n\tDevice-ID TLV (0x0001) TLV, length 7, FOC\
                 \n\tEcho TLV (0x0003) TLV, length 5, ^A\n\tMessage Interval TLV (0x0004) TLV, length 5, 7s\
                 \n\tSequence Number TLV (0x0007) TLV, length 8, 1\n\tUnknown (0x0009) TLV, length 5"
            ),
        );
        assert_eq!(
            values(&UDLD, "22 00 0000 0005 0005 05"),
            r#"{"udld":{"version":1,"opcode":2,"flags":0,"length":9,"checksum":0,"tlvs":[{"type":5,"length":5,"seconds":5}]}}"#
        );
    }

    #[test]
    fn lies() {
        check(&UDLD, "21 00 00", "", " (invalid)");
        let words = "UDLDv1, Code Probe message (1), Flags [none] (0x00), length";
        let sum = "\n\tChecksum 0x0000 (unverified)";
        check(&UDLD, "21 00 0000 00", "-v", &format!("{words} 5{sum} (invalid)"));
        let tlv = "\n\tSequence Number TLV (0x0007) TLV, length";
        check(&UDLD, "21 00 0000 0007 0000", "-v", &format!("{words} 8{sum}{tlv} 0 (invalid)"));
        check(&UDLD, "21 00 0000 0007 0005 01", "-v", &format!("{words} 9{sum}{tlv} 5 (invalid)"));
    }
}

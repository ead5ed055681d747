//! DTP, Cisco's Dynamic Trunking Protocol (source: the frames of Cisco's switches; Cisco documents none of it).
//!
//! ```text
//! | version (1) | TLVs: | type (2) | length, all of the TLV (2) | value .. |
//! ```

use crate::prelude::*;

/// DTP.
pub static DTP: Protocol = Protocol { name: "dtp", dissect };

/// Type and length of a TLV.
const TLV_HEADER: usize = 4;
const DOMAIN: u16 = 1;
const STATUS: u16 = 2;
const TYPE: u16 = 3;
const NEIGHBOR: u16 = 4;
const TLVS: NameTable = &[(1, "Domain"), (2, "Status"), (3, "DTP type"), (4, "Neighbor")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("DTP");
    let done = message(cx, &mut p, out);
    cx.close(done, &p, out)
}

fn message(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length == 0 {
        out.say("[zero packet length]");
        return Err(Stop::Invalid);
    }
    let version = p.u8()?;
    out.say("v").num("version", version).say(", length ").num("length", length);
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.list("tlvs", |out| {
        while p.claimed() > 0 {
            let left = p.claimed();
            if left < TLV_HEADER {
                out.aloud(|out| {
                    out.say("[").num("", left).say(" bytes remaining]");
                });
                return Err(Stop::Invalid);
            }
            let (kind, length) = (p.be16()?, p.be16()?);
            // Nothing, or padding that the length of the frame covers.
            if kind == 0 {
                break;
            }
            out.item(|out| tlv(kind, length.into(), left, p, out))?;
        }
        Ok(())
    })
}

/// A TLV of `length` bytes, of which the header is read, in the last `left` bytes of the packet.
fn tlv(kind: u16, length: usize, left: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t").named_as("type", kind, TLVS, "Unknown", " (0x%04x)");
    out.say(" TLV, length ").num("length", length);
    let Some(n) = length.checked_sub(TLV_HEADER).filter(|_| length <= left) else {
        out.aloud(|out| {
            out.say("[TLV length ").num("", length).say("]");
        });
        return Err(Stop::Invalid);
    };
    match kind {
        DOMAIN => {
            out.say(", ").padded_chars_of("domain", p, n)?;
        }
        STATUS | TYPE | NEIGHBOR if n != if kind == NEIGHBOR { 6 } else { 1 } => return Err(Stop::Invalid),
        STATUS | TYPE => {
            let value = p.u8()?;
            out.say(", 0x").hex("value", value);
        }
        NEIGHBOR => {
            let address = p.array()?;
            out.say(", ").mac("address", address);
        }
        _ => p.skip(n)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEX: &str = "01 0001 0008 4c616200 0002 0005 04 0003 0005 40 0004 000a 020000000001 0000 0000";

    #[test]
    fn tlvs() {
        check(&DTP, HEX, "", "DTPv1, length 33");
        check(
            &DTP,
            HEX,
            "-v",
            "DTPv1, length 33\n\tDomain (0x0001) TLV, length 8, Lab\n\tStatus (0x0002) TLV, length 5, 0x4\
             \n\tDTP type (0x0003) TLV, length 5, 0x40\n\tNeighbor (0x0004) TLV, length 10, 02:00:00:00:00:01",
        );
        assert_eq!(
            values(&DTP, "01 0001 0007 4c6162 0009 0005 00"),
            r#"{"dtp":{"version":1,"length":13,"tlvs":[{"type":1,"length":7,"domain":"Lab"},{"type":9,"length":5}]}}"#
        );
    }

    #[test]
    fn lies() {
        check(&DTP, "", "", "DTP[zero packet length] (invalid)");
        check(&DTP, "01 000100", "-v", "DTPv1, length 4[3 bytes remaining] (invalid)");
        check(
            &DTP,
            "01 0001 0009 4c",
            "-v",
            "DTPv1, length 6\n\tDomain (0x0001) TLV, length 9[TLV length 9] (invalid)",
        );
        check(&DTP, "01 0002 0006 0000", "-v", "DTPv1, length 7\n\tStatus (0x0002) TLV, length 6 (invalid)");
    }
}

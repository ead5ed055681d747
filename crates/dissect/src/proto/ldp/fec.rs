//! Forwarding equivalence classes: what a label is for (RFC 5036 section 3.4.1, RFC 4447 section 5, RFC 5085).
//!
//! ```text
//! prefix:      |   2    | family (2) |  bits  |  prefix ..
//! pseudowire:  |  128   | C | type (2) | length |  group (4) | identifier (4) | parameters ..
//! parameter:   |  type  | length | value ..
//! ```

use crate::parts::{address_families, pseudowires};
use crate::prelude::*;

const PREFIX: u8 = 2;
const PSEUDOWIRE: u8 = 0x80;
const ELEMENTS: NameTable =
    &[(1, "Wildcard"), (PREFIX as u32, "Prefix"), (3, "Host address"), (PSEUDOWIRE as u32, "Martini VC")];

const MTU: u8 = 0x01;
const DESCRIPTION: u8 = 0x03;
const VERIFICATION: u8 = 0x0c;
const PARAMETERS: NameTable =
    &[(MTU as u32, "MTU"), (DESCRIPTION as u32, "Description"), (VERIFICATION as u32, "VCCV")];
const CHANNELS: Flags =
    &[(1, "PWE3 control word"), (2, "MPLS Router Alert Label"), (4, "MPLS inner label TTL = 1")];
const VERIFICATIONS: Flags = &[(1, "ICMP Ping"), (2, "LSP Ping"), (4, "BFD")];

/// The first element of a class; what else there is stays untold.
pub(super) fn say(mut p: Cursor, out: &mut Out) -> Dissect {
    let kind = p.u8()?;
    out.say("\n\t      ").name("element", kind, ELEMENTS, "Unknown").say(" FEC (0x");
    out.aloud(|out| {
        out.hex0("", kind, 2);
    });
    out.say(")");
    match kind {
        PREFIX => prefix(p, out),
        PSEUDOWIRE => pseudowire(p, out),
        _ => Ok(()),
    }
}

fn prefix(mut p: Cursor, out: &mut Out) -> Dissect {
    out.enough("tlv length", &p, 2)?;
    let family = p.be16()?;
    let (name, longest) = match family {
        address_families::IPV4 => ("IPv4", 32),
        address_families::IPV6 => ("IPv6", 128),
        _ => {
            out.say(": Address family ").num("family", family).say(" prefix");
            return Ok(());
        }
    };
    out.note("family", family);
    // Both versions are called IPv4 where they go past the end.
    let beyond = ": IPv4 prefix (goes past end of TLV)";
    if p.claimed() == 0 {
        out.say(beyond);
        return Ok(());
    }
    let bits = p.u8()?;
    if bits > longest {
        out.say(": ").say(name).say(" prefix (invalid length)").note("bits", bits);
        return Ok(());
    }
    let length = usize::from(bits).div_ceil(8);
    if length > p.claimed() {
        out.say(beyond);
        return Ok(());
    }
    let mut addr = p.padded::<16>(length)?;
    if let Some(last) = addr.get_mut(length.saturating_sub(1)).filter(|_| bits % 8 != 0) {
        *last &= 0xffu8 << (8 - bits % 8);
    }
    out.say(": ").say(name).say(" prefix ");
    out.phrase("prefix", |out| {
        let [a, b, c, d, ..] = addr;
        // Prefixes never go by name.
        let addr = if longest == 32 { Addr::from([a, b, c, d]) } else { Addr::from(addr) };
        out.ip_digits("", addr).say("/").num("", bits);
        Ok(())
    })
}

fn pseudowire(mut p: Cursor, out: &mut Out) -> Dissect {
    out.enough("tlv length", &p, 7)?;
    let start = p;
    let (word, length, group) = (p.be16()?, p.u8()?, p.be32()?);
    let id = if length == 0 {
        None
    } else {
        out.enough("tlv length", &start, 11)?;
        Some(p.be32()?)
    };
    let control = word & 0x8000 != 0;
    out.say(": ").name("pseudowire", word & 0x7fff, pseudowires::NAMES, "Unknown");
    out.say(if control { ", " } else { ", no " }).say("control word").note_that("control_word", control);
    out.say(", group-ID ").num("group", group);
    if let Some(id) = id {
        out.say(", VC-ID ").num("vc", id);
    }
    out.say(", VC-info-length: ").num("info_length", length);
    if length == 0 {
        return Ok(());
    }
    let Some(left) = usize::from(length).checked_sub(4) else {
        out.say(" (invalid, < 4").note_that("invalid_length", true);
        return Ok(());
    };
    out.enough("tlv length", &p, left)?;
    out.list("parameters", |out| parameters(p.claiming(left), out))
}

fn parameters(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 2 {
        let whole = p.claimed();
        let (kind, length) = (p.u8()?, p.u8()?);
        if length < 2 || whole < length.into() {
            break;
        }
        out.item(|out| parameter(p, kind, length, out))?;
        p.pass(usize::from(length) - 2);
    }
    Ok(())
}

fn parameter(mut p: Cursor, kind: u8, length: u8, out: &mut Out) -> Dissect {
    let left = usize::from(length) - 2;
    out.say("\n\t\tInterface Parameter: ").name("type", kind, PARAMETERS, "Unknown").say(" (0x");
    out.aloud(|out| {
        out.hex0("", kind, 2);
    });
    out.say("), len ").num("length", length);
    match kind {
        MTU => {
            out.say(": ");
            let mtu = p.be16()?;
            out.num("mtu", mtu);
        }
        DESCRIPTION => {
            out.say(": ");
            out.chars_of("description", &mut p.claiming(left), left)?;
        }
        VERIFICATION => {
            let channels = p.u8()?;
            out.say("\n\t\t  Control Channels (0x").aloud(|out| _ = out.hex0("", channels, 2));
            out.say(") = [").flags("channels", channels, CHANNELS, "none").say("]");
            let ways = p.u8()?;
            out.say("\n\t\t  CV Types (0x").aloud(|out| _ = out.hex0("", ways, 2));
            out.say(") = [").flags("verifications", ways, VERIFICATIONS, "none").say("]");
        }
        _ => _ = out.dump_hex("data", p.sub(left).rest(), "\n\t\t  "),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::LDP;
    use crate::testing::{check, values};

    fn pdu(fec: &str) -> String {
        let length = crate::testing::bytes(fec).len();
        format!(
            "0001 {:04x} 0a000001 0000 0400 {:04x} 00000008 0100 {length:04x} {fec}",
            length + 18,
            length + 8
        )
    }

    fn says(fec: &str, words: &str) {
        let length = crate::testing::bytes(fec).len();
        check(
            &LDP,
            &pdu(fec),
            "-v",
            &format!(
                "\n\tLDP, Label-Space-ID: 10.0.0.1:0, pdu-length: {}\
                 \n\t  Label Mapping Message (0x0400), length: {}, Message ID: 0x00000008, \
                 Flags: [ignore if unknown]\n\t    FEC TLV (0x0100), length: {length}, \
                 Flags: [ignore and don't forward if unknown]\n\t      {words}",
                length + 18,
                length + 8
            ),
        );
    }

    #[test]
    fn prefixes() {
        says("02 0001 14 0a00ff", "Prefix FEC (0x02): IPv4 prefix 10.0.240.0/20");
        says("02 0002 20 20010db8", "Prefix FEC (0x02): IPv6 prefix 2001:db8::/32");
        says("02 0001 21 0a00ff", "Prefix FEC (0x02): IPv4 prefix (invalid length)");
        says("02 0002 20 2001", "Prefix FEC (0x02): IPv4 prefix (goes past end of TLV)");
        says("02 0007 20 2001", "Prefix FEC (0x02): Address family 7 prefix");
        says("02 00", "Prefix FEC (0x02) [tlv length 1 < 2] (invalid)");
        says("01", "Wildcard FEC (0x01)");
    }

    #[test]
    fn pseudowires() {
        let wire = "80 8005 0e 00000001 00000002 01 04 05dc 0c 04 03 02 63 02";
        says(
            wire,
            "Martini VC FEC (0x80): Ethernet, control word, group-ID 1, VC-ID 2, VC-info-length: 14\
             \n\t\tInterface Parameter: MTU (0x01), len 4: 1500\
             \n\t\tInterface Parameter: VCCV (0x0c), len 4\
             \n\t\t  Control Channels (0x03) = [PWE3 control word, MPLS Router Alert Label]\
             \n\t\t  CV Types (0x02) = [LSP Ping]",
        );
        let none = "Martini VC FEC (0x80): PPP, no control word, group-ID 1, VC-info-length: 0";
        says("80 0007 00 00000001", none);
        let said = values(&LDP, &pdu(wire));
        assert!(said.contains(r#""parameters":[{"type":1,"length":4,"mtu":1500},"#), "{said}");
    }
}

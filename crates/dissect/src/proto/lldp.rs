//! LLDP, the Link Layer Discovery Protocol (IEEE 802.1AB).
//!
//! ```text
//! TLVs:  | type (7 bits) | length of the value (9 bits) | value .. |
//! ```

use crate::parts::{address_families, ouis};
use crate::prelude::*;

mod bridging;
mod dcbx;
mod ethernet;
mod media;

/// LLDP.
pub static LLDP: Protocol = Protocol { name: "lldp", dissect };

const END: u8 = 0;
const CHASSIS_ID: u8 = 1;
const PORT_ID: u8 = 2;
const TIME_TO_LIVE: u8 = 3;
const PORT_DESCRIPTION: u8 = 4;
const SYSTEM_NAME: u8 = 5;
const SYSTEM_DESCRIPTION: u8 = 6;
const CAPABILITIES: u8 = 7;
const MANAGEMENT: u8 = 8;
const ORGANIZATION: u8 = 127;
const TLVS: NameTable = &[
    (0, "End"),
    (1, "Chassis ID"),
    (2, "Port ID"),
    (3, "Time to Live"),
    (4, "Port Description"),
    (5, "System Name"),
    (6, "System Description"),
    (7, "System Capabilities"),
    (8, "Management Address"),
    (127, "Organization specific"),
];

/// Whether an identifier is an address, and which; all others are characters.
struct Identifiers {
    names: NameTable,
    mac: u8,
    network: u8,
}
const CHASSIS: Identifiers = Identifiers {
    names: &[
        (1, "Chassis component"),
        (2, "Interface alias"),
        (3, "Port component"),
        (4, "MAC address"),
        (5, "Network address"),
        (6, "Interface name"),
        (7, "Local"),
    ],
    mac: 4,
    network: 5,
};
const PORT: Identifiers = Identifiers {
    names: &[
        (1, "Interface alias"),
        (2, "Port component"),
        (3, "MAC address"),
        (4, "Network Address"),
        (5, "Interface Name"),
        (6, "Agent circuit ID"),
        (7, "Local"),
    ],
    mac: 3,
    network: 4,
};
const CAPABILITY_BITS: Flags = &[
    (0x01, "Other"),
    (0x02, "Repeater"),
    (0x04, "Bridge"),
    (0x08, "WLAN AP"),
    (0x10, "Router"),
    (0x20, "Telephone"),
    (0x40, "Docsis"),
    (0x80, "Station Only"),
];
const INTERFACE_NUMBERS: NameTable = &[(2, "Interface Index"), (3, "System Port Number")];

const IANA: u32 = 0x00005e;
const IEEE_802_3: u32 = 0x00120f;
const TIA: u32 = 0x0012bb;
const DCBX: u32 = 0x001b21;
const IANA_SUBTYPES: NameTable = &[(1, "MUD-URL")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("LLDP, length ").num("length", p.claimed());
    let done = out.list("tlvs", |out| {
        while p.claimed() >= 2 {
            let head = p.be16()?;
            let (kind, length) = ((head >> 9) as u8, usize::from(head & 0x1ff));
            if !out.item(|out| tlv(cx, kind, length, &mut p, out))? {
                break;
            }
        }
        Ok(())
    });
    // A TLV that is shorter than what it has to hold is taken for a cut, which ends LLDP and not the packet.
    if done == Err(Stop::Invalid) { cx.soft_cut(out) } else { done }
}

/// A TLV of `length` bytes behind its header; `false` if nothing follows it.
fn tlv(cx: &Cx, kind: u8, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let talkative = cx.verbose() > 0;
    if talkative {
        out.say("\n\t").named_as("type", kind, TLVS, "Unknown", " TLV (%u)");
        out.say(", length ").num("length", length);
    }
    if kind == END || length == 0 {
        return Ok(false);
    }
    p.need(length)?;
    let value = p.part(length)?;
    let known = if talkative {
        say_value(cx, kind, value, out)?
    } else {
        if kind == SYSTEM_NAME {
            out.say(": ").padded_chars_of("value", &mut value.sub(length), length)?;
        }
        true
    };
    if !known {
        out.dump_hex("data", value.rest(), "\n\t  ");
    } else if cx.verbose() > 1 {
        out.aloud(|out| {
            out.dump_hex("", value.rest(), "\n\t  ");
        });
    }
    Ok(true)
}

/// Says a value; `false` if nobody knows it.
fn say_value(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let length = p.claimed();
    match kind {
        CHASSIS_ID => return identifier(&CHASSIS, p, out),
        PORT_ID => return identifier(&PORT, p, out),
        MANAGEMENT => management(p, out)?,
        ORGANIZATION => return organization(cx, p, out),
        TIME_TO_LIVE => {
            let seconds = p.be16()?;
            out.say(": TTL ").num("seconds", seconds).say("s");
        }
        PORT_DESCRIPTION | SYSTEM_NAME | SYSTEM_DESCRIPTION => {
            out.say(if kind == SYSTEM_DESCRIPTION { "\n\t  " } else { ": " });
            out.padded_chars_of("value", &mut p, length)?;
        }
        CAPABILITIES => {
            let (system, enabled) = (p.be16()?, p.be16()?);
            out.say("\n\t  System  Capabilities ");
            bits("system", system, CAPABILITY_BITS, "none", 4, out);
            out.say("\n\t  Enabled Capabilities ");
            bits("enabled", enabled, CAPABILITY_BITS, "none", 4, out);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Says bits by name, and all of them as a number of so many digits.
fn bits(key: &str, n: u16, names: Flags, none: &str, digits: usize, out: &mut Out) {
    out.say("[").flags(key, n, names, none).aloud(|out| {
        out.say("] (0x").hex0("", n, digits).say(")");
    });
}

fn identifier(kinds: &Identifiers, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 2 {
        return Err(Stop::Invalid);
    }
    let kind = p.u8()?;
    out.say("\n\t  Subtype ").named("subtype", kind, kinds.names, "Unknown").say(": ");
    let n = p.claimed();
    match kind {
        _ if kind == kinds.mac => {
            let address = p.array()?;
            out.mac("id", address);
        }
        _ if kind == kinds.network => network_address(p, out)?,
        1..=7 => _ = out.padded_chars_of("id", &mut p, n)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Bytes of an address of a family that is known.
fn address_length(family: u8) -> usize {
    match u16::from(family) {
        address_families::IPV4 => 4,
        address_families::IPV6 => 16,
        address_families::IEEE_802 => 6,
        _ => 0,
    }
}

fn network_address(mut p: Cursor, out: &mut Out) -> Dissect {
    let family = p.u8()?;
    let say_family = |out: &mut Out| {
        out.say("AFI ").named("family", family, address_families::NAMES, "Unknown").say(": ");
    };
    match u16::from(family) {
        address_families::IPV4 => {
            let address = p.array()?;
            say_family(out);
            out.ip4("address", address);
        }
        address_families::IPV6 => {
            let address = p.array()?;
            say_family(out);
            out.ip6("address", address);
        }
        address_families::IEEE_802 => {
            let address = p.array()?;
            say_family(out);
            out.mac("address", address);
        }
        _ => {
            out.say("AFI ").named("family", family, address_families::NAMES, "Unknown");
            out.say(", no AF printer !");
        }
    }
    Ok(())
}

fn management(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.u8()?;
    let address = p.part(length.into())?;
    // A phrase is said when all of it was read.
    address.at(1).need(address_length(address.peek()?))?;
    out.say("\n\t  Management Address length ").num("address_length", length).say(", ");
    network_address(address, out)?;
    if p.claimed() < 5 {
        return Err(Stop::Invalid);
    }
    let (kind, number) = (p.u8()?, p.be32()?);
    out.say("\n\t  ").named_as(
        "numbering",
        kind,
        INTERFACE_NUMBERS,
        "Unknown",
        " Interface Numbering (%u): ",
    );
    out.num("interface", number);
    if p.claimed() == 0 {
        return Ok(());
    }
    let length = usize::from(p.u8()?);
    let mut oid = p.part(length)?;
    if length > 0 {
        out.say("\n\t  OID length ").num("oid_length", length);
        out.padded_chars_of("oid", &mut oid, length)?;
    }
    Ok(())
}

fn organization(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let oui = p.be24()?;
    out.say(": OUI ").named_as("oui", oui, ouis::NAMES, "Unknown", " (0x%06x)");
    let done = match oui {
        ouis::IEEE_802_1 => bridging::say(p, out),
        IEEE_802_3 => ethernet::say(p, out),
        TIA => media::say(p, out),
        DCBX => dcbx::say(cx, p, out),
        IANA => iana(p, out),
        _ => Ok(false),
    };
    // What is too short for its subtype is not told, and not called short either.
    if done == Err(Stop::Invalid) { Ok(true) } else { done }
}

fn subtype(p: &mut Cursor, names: NameTable, out: &mut Out) -> Dissect<u8> {
    let subtype = p.u8()?;
    out.say("\n\t  ").named_as("subtype", subtype, names, "unknown", " Subtype (%u)");
    Ok(subtype)
}

fn iana(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 5 {
        return Err(Stop::Invalid);
    }
    let kind = subtype(&mut p, IANA_SUBTYPES, out)?;
    if kind != 1 {
        return Ok(false);
    }
    out.say("\n\t  MUD-URL=").chars("mud_url", p.rest());
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MAC: &str = "020000000001";

    #[test]
    fn tlvs() {
        let hex = format!(
            "0207 04{MAC} 0404 07466130 0602 0078 0a02 5331 0c03 612062 0803 506f72 0e04 0014 0004 \
             100c 05 01 0a000001 02 00000007 00 1205 0a000001ff 0000"
        );
        check(&LLDP, &hex, "", "LLDP, length 62: S1");
        let words = "LLDP, length 62\n\tChassis ID TLV (1), length 7\n\t  Subtype MAC address (4): 02:00:00:00:00:01\
             \n\tPort ID TLV (2), length 4\n\t  Subtype Local (7): Fa0\n\tTime to Live TLV (3), length 2: TTL 120s\
             \n\tSystem Name TLV (5), length 2: S1\n\tSystem Description TLV (6), length 3\n\t  a b\
             \n\tPort Description TLV (4), length 3: Por\n\tSystem Capabilities TLV (7), length 4\
             \n\t  System  Capabilities [Bridge, Router] (0x0014)\n\t  Enabled Capabilities [Bridge] (0x0004)\
             \n\tManagement Address TLV (8), length 12\n\t  Management Address length 5, AFI IPv4 (1): 10.0.0.1\
             \n\t  Interface Index Interface Numbering (2): 7\n\tUnknown TLV (9), length 5\
             \n\t  0x0000:  0a00 0001 ff\n\tEnd TLV (0), length 0";
        check(&LLDP, &hex, "-v", words);
        assert!(values(&LLDP, &hex).starts_with(
            r#"{"lldp":{"length":62,"tlvs":[{"type":1,"length":7,"subtype":4,"id":"02:00:00:00:00:01"}"#
        ));
        check(
            &LLDP,
            "0602 0078",
            "-vv",
            "LLDP, length 4\n\tTime to Live TLV (3), length 2: TTL 120s\
             \n\t  0x0000:  0078",
        );
    }

    #[test]
    fn network_addresses() {
        let tlv = |value: &str, words: &str| {
            let n = value.split_whitespace().collect::<String>().len() / 2;
            let head = format!("LLDP, length {}\n\tChassis ID TLV (1), length {n}", n + 2);
            check(
                &LLDP,
                &format!("02{n:02x} {value}"),
                "-v",
                &format!("{head}\n\t  Subtype Network address (5): {words}"),
            );
        };
        tlv("05 02 fe800000000000000000000000000001", "AFI IPv6 (2): fe80::1");
        tlv("05 06 020000000001", "AFI 802 (6): 02:00:00:00:00:01");
        tlv("05 07 02", "AFI E.163 (7), no AF printer !");
        tlv("05 01 0a", " [|lldp]");
    }

    #[test]
    fn what_is_too_short() {
        check(&LLDP, "0207 04 0200", "-v", "LLDP, length 5\n\tChassis ID TLV (1), length 7 [|lldp]");
        check(&LLDP, "0601 00", "-v", "LLDP, length 3\n\tTime to Live TLV (3), length 1 [|lldp]");
        check(
            &LLDP,
            "fe05 00005e 01 61",
            "-v",
            "LLDP, length 7\n\tOrganization specific TLV (127), length 5: OUI IANA (0x00005e)",
        );
        check(
            &LLDP,
            "fe08 00005e 01 61626364",
            "-v",
            "LLDP, length 10\n\tOrganization specific TLV (127), length 8: OUI IANA (0x00005e)\
             \n\t  MUD-URL Subtype (1)\n\t  MUD-URL=abcd",
        );
    }
}

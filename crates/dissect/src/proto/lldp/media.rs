//! LLDP-MED, of telephones and such (ANSI/TIA-1057).
//!
//! ```text
//! | subtype (1) | ..
//! 1: | capabilities (2) | device (1) |      2: | application (1) | flags, VLAN, priority, DSCP (3) |
//! 3: | format (1) | location .. |           4: | type, source, priority (1) | power (2) |
//! civic location:  | length (1) | what (1) | country (2) | elements: | type (1) | length (1) | characters .. |
//! ```

use super::{bits, subtype};
use crate::prelude::*;

const CAPABILITIES: u8 = 1;
const POLICY: u8 = 2;
const LOCATION: u8 = 3;
const POWER: u8 = 4;
const SUBTYPES: NameTable = &[
    (1, "LLDP-MED Capabilities"),
    (2, "Network policy"),
    (3, "Location identification"),
    (4, "Extended power-via-MDI"),
    (5, "Inventory - hardware revision"),
    (6, "Inventory - firmware revision"),
    (7, "Inventory - software revision"),
    (8, "Inventory - serial number"),
    (9, "Inventory - manufacturer name"),
    (10, "Inventory - model name"),
    (11, "Inventory - asset ID"),
];
const INVENTORY: NameTable = &[
    (5, "Hardware revision"),
    (6, "Firmware revision"),
    (7, "Software revision"),
    (8, "Serial number"),
    (9, "Manufacturer name"),
    (10, "Model name"),
    (11, "Asset ID"),
];
const CAPABILITY_BITS: Flags = &[
    (0x01, "LLDP-MED capabilities"),
    (0x02, "network policy"),
    (0x04, "location identification"),
    (0x08, "extended power via MDI-PSE"),
    (0x10, "extended power via MDI-PD"),
    (0x20, "Inventory"),
];
const DEVICES: NameTable =
    &[(1, "endpoint class 1"), (2, "endpoint class 2"), (3, "endpoint class 3"), (4, "network connectivity")];
const APPLICATIONS: NameTable = &[
    (1, "voice"),
    (2, "voice signaling"),
    (3, "guest voice"),
    (4, "guest voice signaling"),
    (5, "softphone voice"),
    (6, "video conferencing"),
    (7, "streaming video"),
    (8, "video signaling"),
];
const POLICY_BITS: Flags = &[(0x80, "Unknown"), (0x40, "Tagged"), (0x20, "reserved")];

const COORDINATES: u8 = 1;
const CIVIC: u8 = 2;
const ELIN: u8 = 3;
const FORMATS: NameTable = &[(1, "coordinate-based LCI"), (2, "civic address LCI"), (3, "ECS ELIN")];
const ALTITUDES: NameTable = &[(1, "meters"), (2, "floors")];
const DATUMS: NameTable = &[
    (1, "World Geodesic System 1984"),
    (2, "North American Datum 1983 (NAVD88)"),
    (3, "North American Datum 1983 (MLLW)"),
];
const WHATS: NameTable = &[
    (0, "location of DHCP server"),
    (1, "location of the network element believed to be closest to the client"),
    (2, "location of the client"),
];
/// ANSI/TIA-1057 annex B.
const ELEMENTS: NameTable = &[
    (1, "national subdivisions (state,canton,region,province,prefecture)"),
    (2, "county, parish, gun, district"),
    (3, "city, township, shi"),
    (4, "city division, borough, city district, ward chou"),
    (5, "neighborhood, block"),
    (6, "street"),
];

const SOURCES: NameTable =
    &[(1, "PSE - primary power source"), (2, "local - backup power source"), (3, "PSE+local - reserved")];
const PRIORITIES: NameTable = &[(1, "critical"), (2, "high"), (3, "low")];
/// Values from here on, in tenths of a watt, are reserved.
const MAX_POWER: u16 = 1024;

/// Says what follows the organisation; `false` if nobody knows it.
pub(super) fn say(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match subtype(&mut p, SUBTYPES, out)? {
        CAPABILITIES => {
            let (capabilities, device) = (p.be16()?, p.u8()?);
            out.say("\n\t    Media capabilities ");
            bits("capabilities", capabilities, CAPABILITY_BITS, "none", 4, out);
            out.say("\n\t    Device type [").name("device", device, DEVICES, "unknown").aloud(|out| {
                out.say("] (0x").hex0("", device, 2).say(")");
            });
        }
        POLICY => policy(p, out)?,
        LOCATION => location(p, out)?,
        POWER => power(p, out)?,
        kind @ 5..=11 => {
            let n = p.claimed();
            out.say("\n\t  ").aloud(|out| {
                out.name("", kind, INVENTORY, "unknown");
            });
            out.say(" ").padded_chars_of("inventory", &mut p, n)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn policy(mut p: Cursor, out: &mut Out) -> Dissect {
    let (application, policy) = (p.u8()?, p.be24()?);
    out.say("\n\t    Application type [").name("application", application, APPLICATIONS, "none").aloud(
        |out| {
            out.say("] (0x").hex0("", application, 2).say(")");
        },
    );
    out.say(", Flags [").flags("flags", policy >> 16 & 0xe0, POLICY_BITS, "none").say("]");
    out.say("\n\t    Vlan id ").num("vlan", policy >> 9 & 0xfff);
    out.say(", L2 priority ")
        .num("priority", policy >> 6 & 7)
        .say(", DSCP value ")
        .num("dscp", policy & 0x3f);
    Ok(())
}

fn location(mut p: Cursor, out: &mut Out) -> Dissect {
    let format = p.u8()?;
    out.say("\n\t    Location data format ");
    out.named_as("format", format, FORMATS, "unknown", " (0x%02x)");
    let n = p.claimed();
    match format {
        COORDINATES => coordinates(p, out),
        CIVIC => civic(p, out),
        ELIN => {
            out.say("\n\t    ECS ELIN id ").padded_chars_of("elin", &mut p, n)?;
            Ok(())
        }
        _ => {
            out.say("\n\t    Location ID ").dump_hex("location", p.rest(), "\n\t      ");
            Ok(())
        }
    }
}

fn coordinates(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 16 {
        return Err(Stop::Invalid);
    }
    let ([north, latitude @ ..], [east, longitude @ ..]) = (p.array::<5>()?, p.array::<5>()?);
    let degrees = |high: u8, low: [u8; 4]| u64::from(high & 3) << 32 | u64::from(u32::from_be_bytes(low));
    out.say("\n\t    Latitude resolution ").num("latitude_bits", north >> 2);
    out.say(", latitude value ").num("latitude", degrees(north, latitude));
    out.say("\n\t    Longitude resolution ").num("longitude_bits", east >> 2);
    out.say(", longitude value ").num("longitude", degrees(east, longitude));
    let (kind, altitude, datum) = (p.u8()?, p.be32()?, p.u8()?);
    let resolution = (u16::from(kind) << 8 | (altitude >> 24) as u16) >> 6 & 0x3f;
    out.say("\n\t    Altitude type ").named("altitude_type", kind >> 4, ALTITUDES, "unknown");
    out.say("\n\t    Altitude resolution ").num("altitude_bits", resolution);
    out.say(", altitude value 0x").hex("altitude", altitude & 0x3fff_ffff);
    out.say("\n\t    Datum ").named_as("datum", datum, DATUMS, "unknown", " (0x%02x)");
    Ok(())
}

fn civic(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.u8()?;
    // What, and the country.
    let Some(mut left) = usize::from(length).checked_sub(3) else { return Err(Stop::Invalid) };
    if p.claimed() <= usize::from(length) {
        return Err(Stop::Invalid);
    }
    let what = p.u8()?;
    out.say("\n\t    LCI length ").num("location_length", length).say(", LCI what ");
    out.named_as("what", what, WHATS, "unknown", " (0x%02x)");
    let mut country = p.part(2)?;
    out.say(", Country-code ").padded_chars_of("country", &mut country, 2)?;
    out.list("elements", |out| {
        while left >= 2 {
            let [kind, n] = p.array()?;
            let n = usize::from(n);
            left -= 2;
            let goes_on = kind != 0 && n != 0 && n <= left;
            out.item(|out| {
                out.say("\n\t      CA type '").named_as("type", kind, ELEMENTS, "unknown", "' (%u)");
                out.say(", length ").num("length", n).say(": ");
                if goes_on {
                    let mut chars = p.part(n)?;
                    out.padded_chars_of("value", &mut chars, n)?;
                }
                Ok(())
            })?;
            if !goes_on {
                break;
            }
            left -= n;
        }
        Ok(())
    })
}

fn power(mut p: Cursor, out: &mut Out) -> Dissect {
    let (kind, power) = (p.u8()?, p.be16()?);
    // tcpdump looks at the low bits, in which the priority stands.
    out.say("\n\t    Power type [").say(if kind & 3 != 0 { "PD device" } else { "PSE device" });
    out.note("power_type", kind >> 6);
    out.say("], Power source [").name("source", kind >> 4 & 3, SOURCES, "none");
    out.say("]\n\t    Power priority [").name("priority", kind & 0xf, PRIORITIES, "none").aloud(|out| {
        out.say("] (0x").hex0("", kind & 0xf, 2).say(")");
    });
    out.say(", Power ");
    if power < MAX_POWER {
        out.fraction("watts", f64::from(power) / 10.0, 1).say(" Watts");
    } else {
        out.num("power", power).say(" (Reserved)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::proto::lldp::ethernet::tests::private;

    fn tlv(value: &str, words: &str) {
        private("0012bb", "ANSI/TIA", value, words);
    }

    #[test]
    fn devices() {
        tlv(
            "01 0033 04",
            "\n\t  LLDP-MED Capabilities Subtype (1)\n\t    Media capabilities [LLDP-MED capabilities, \
             network policy, extended power via MDI-PD, Inventory] (0x0033)\
             \n\t    Device type [network connectivity] (0x04)",
        );
        tlv(
            "02 01 401146",
            "\n\t  Network policy Subtype (2)\n\t    Application type [voice] (0x01), Flags [Tagged]\
             \n\t    Vlan id 8, L2 priority 5, DSCP value 6",
        );
        tlv(
            "04 13 0041",
            "\n\t  Extended power-via-MDI Subtype (4)\
             \n\t    Power type [PD device], Power source [PSE - primary power source]\
             \n\t    Power priority [low] (0x03), Power 6.5 Watts",
        );
        tlv("0a 4d31", "\n\t  Inventory - model name Subtype (10)\n\t  Model name M1");
        tlv("01 00", "\n\t  LLDP-MED Capabilities Subtype (1)");
    }

    #[test]
    fn locations() {
        tlv(
            "03 01 0900000001 0a00000002 12 40000007 01",
            "\n\t  Location identification Subtype (3)\
             \n\t    Location data format coordinate-based LCI (0x01)\
             \n\t    Latitude resolution 2, latitude value 4294967297\
             \n\t    Longitude resolution 2, longitude value 8589934594\
             \n\t    Altitude type meters (1)\n\t    Altitude resolution 9, altitude value 0x7\
             \n\t    Datum World Geodesic System 1984 (0x01)",
        );
        tlv(
            "03 02 0b 02 4445 01 02 4245 06 02 4241 00",
            "\n\t  Location identification Subtype (3)\n\t    Location data format civic address LCI (0x02)\
             \n\t    LCI length 11, LCI what location of the client (0x02), Country-code DE\
             \n\t      CA type 'national subdivisions (state,canton,region,province,prefecture)' (1), \
             length 2: BE\n\t      CA type 'street' (6), length 2: BA",
        );
        tlv(
            "03 03 313132",
            "\n\t  Location identification Subtype (3)\n\t    Location data format ECS ELIN (0x03)\
             \n\t    ECS ELIN id 112",
        );
    }
}

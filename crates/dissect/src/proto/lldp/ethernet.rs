//! LLDP of Ethernet itself (IEEE 802.3 clause 79).
//!
//! ```text
//! | subtype (1) | ..
//! 1: | autonegotiation (1) | what is advertised (2) | type of the medium attachment unit (2) |
//! 2: | power support (1) | pairs (1) | class (1) |   3: | aggregation (1) | port (4) |   4: | frame size (2) |
//! ```

use super::{bits, subtype};
use crate::prelude::*;

const MAC_PHY: u8 = 1;
const POWER: u8 = 2;
const AGGREGATION: u8 = 3;
const FRAME_SIZE: u8 = 4;
const SUBTYPES: NameTable = &[
    (1, "MAC/PHY configuration/status"),
    (2, "Power via MDI"),
    (3, "Link aggregation"),
    (4, "Max frame size"),
];
const SUPPORTED_ENABLED: Flags = &[(1, "supported"), (2, "enabled")];
/// RFC 3636, ifMauAutoNegCapAdvertisedBits; the highest bit, "other", is not said.
const ADVERTISED: Flags = &[
    (0x4000, "10BASE-T hdx"),
    (0x2000, "10BASE-T fdx"),
    (0x1000, "100BASE-T4"),
    (0x0800, "100BASE-TX hdx"),
    (0x0400, "100BASE-TX fdx"),
    (0x0200, "100BASE-T2 hdx"),
    (0x0100, "100BASE-T2 fdx"),
    (0x0080, "Pause for fdx links"),
    (0x0040, "Asym PAUSE for fdx"),
    (0x0020, "Sym PAUSE for fdx"),
    (0x0010, "Asym and Sym PAUSE for fdx"),
    (0x0008, "1000BASE-{X LX SX CX} hdx"),
    (0x0004, "1000BASE-{X LX SX CX} fdx"),
    (0x0002, "1000BASE-T hdx"),
    (0x0001, "1000BASE-T fdx"),
];
/// RFC 3636, dot3MauType.
const ATTACHMENTS: NameTable = &[
    (0, "Unknown"),
    (1, "AUI"),
    (2, "10BASE_5"),
    (3, "FOIRL"),
    (4, "10BASE2"),
    (5, "10BASET duplex mode unknown"),
    (6, "10BASEFP"),
    (7, "10BASEFB"),
    (8, "10BASEFL duplex mode unknown"),
    (9, "10BROAD36"),
    (10, "10BASET hdx"),
    (11, "10BASET fdx"),
    (12, "10BASEFL hdx"),
    (13, "10BASEFL fdx"),
    (14, "100BASET4"),
    (15, "100BASETX hdx"),
    (16, "100BASETX fdx"),
    (17, "100BASEFX hdx"),
    (18, "100BASEFX fdx"),
    (19, "100BASET2 hdx"),
    (20, "100BASET2 fdx"),
    (21, "1000BASEX hdx"),
    (22, "1000BASEX fdx"),
    (23, "1000BASELX hdx"),
    (24, "1000BASELX fdx"),
    (25, "1000BASESX hdx"),
    (26, "1000BASESX fdx"),
    (27, "1000BASECX hdx"),
    (28, "1000BASECX fdx"),
    (29, "1000BASET hdx"),
    (30, "1000BASET fdx"),
    (31, "10GBASEX"),
    (32, "10GBASELX4"),
    (33, "10GBASER"),
    (34, "10GBASEER"),
    (35, "10GBASELR"),
    (36, "10GBASESR"),
    (37, "10GBASEW"),
    (38, "10GBASEEW"),
    (39, "10GBASELW"),
    (40, "10GBASESW"),
];
const POWER_SUPPORT: Flags = &[(1, "PSE"), (2, "supported"), (4, "enabled"), (8, "can be controlled")];
const PAIRS: NameTable = &[(1, "signal"), (2, "spare")];
const CLASSES: NameTable = &[(1, "class0"), (2, "class1"), (3, "class2"), (4, "class3"), (5, "class4")];

/// Says what follows the organisation; `false` if nobody knows it.
pub(super) fn say(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match subtype(&mut p, SUBTYPES, out)? {
        MAC_PHY => {
            let (negotiation, advertised, attachment) = (p.u8()?, p.be16()?, p.be16()?);
            out.say("\n\t    autonegotiation ");
            bits("autonegotiation", negotiation.into(), SUPPORTED_ENABLED, "none", 2, out);
            out.say("\n\t    PMD autoneg capability ");
            bits("advertised", advertised, ADVERTISED, "unknown", 4, out);
            out.say("\n\t    MAU type ");
            out.named_as("attachment", attachment, ATTACHMENTS, "unknown", " (0x%04x)");
        }
        POWER => {
            let [support, pairs, class] = p.array()?;
            out.say("\n\t    MDI power support [").flags("support", support, POWER_SUPPORT, "none");
            out.say("], power pair ").name("pairs", pairs, PAIRS, "unknown");
            out.say(", power class ").name("class", class, CLASSES, "unknown");
        }
        AGGREGATION => aggregation(p, out)?,
        FRAME_SIZE => {
            let size = p.be16()?;
            out.say("\n\t    MTU size ").num("mtu", size);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Link aggregation: once of IEEE 802.3, now of IEEE 802.1.
pub(super) fn aggregation(mut p: Cursor, out: &mut Out) -> Dissect {
    let (status, port) = (p.u8()?, p.be32()?);
    out.say("\n\t    aggregation status [").flags("status", status, SUPPORTED_ENABLED, "none");
    out.say("], aggregation port ID ").num("port", port);
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use crate::proto::lldp::LLDP;
    use crate::testing::check;

    pub(in crate::proto::lldp) fn private(oui: &str, name: &str, value: &str, words: &str) {
        let n = value.split_whitespace().collect::<String>().len() / 2 + 3;
        check(
            &LLDP,
            &format!("fe{n:02x} {oui} {value}"),
            "-v",
            &format!(
                "LLDP, length {}\n\tOrganization specific TLV (127), length {n}: OUI {name} (0x{oui}){words}",
                n + 2
            ),
        );
    }

    #[test]
    fn subtypes() {
        let tlv = |value, words| private("00120f", "IEEE 802.3 Private", value, words);
        tlv(
            "01 03 c036 0010",
            "\n\t  MAC/PHY configuration/status Subtype (1)\n\t    autonegotiation [supported, enabled] (0x03)\
             \n\t    PMD autoneg capability [10BASE-T hdx, Sym PAUSE for fdx, Asym and Sym PAUSE for fdx, \
             1000BASE-{X LX SX CX} fdx, 1000BASE-T hdx] (0xc036)\n\t    MAU type 100BASETX fdx (0x0010)",
        );
        tlv(
            "02 07 01 02",
            "\n\t  Power via MDI Subtype (2)\
             \n\t    MDI power support [PSE, supported, enabled], power pair signal, power class class1",
        );
        tlv(
            "03 01 00000002",
            "\n\t  Link aggregation Subtype (3)\n\t    aggregation status [supported], aggregation port ID 2",
        );
        tlv("04 05f2", "\n\t  Max frame size Subtype (4)\n\t    MTU size 1522");
        tlv("04 05", "\n\t  Max frame size Subtype (4)");
        tlv("09 01", "\n\t  unknown Subtype (9)\n\t  0x0000:  0012 0f09 01");
    }
}

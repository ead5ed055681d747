//! Links as traffic engineering sees them (RFC 3471, RFC 4124): names that IS-IS and OSPF share, and bandwidths.

use crate::prelude::*;

/// How a link is protected.
pub const PROTECTIONS: Flags = &[
    (0x01, "Extra Traffic"),
    (0x02, "Unprotected"),
    (0x04, "Shared"),
    (0x08, "Dedicated 1:1"),
    (0x10, "Dedicated 1+1"),
    (0x20, "Enhanced"),
    (0x40, "Reserved"),
    (0x80, "Reserved"),
];
/// Models of bandwidth constraints.
pub const MODELS: NameTable = &[(0, "maximum allocation"), (1, "russian dolls"), (2, "extended-MAM")];
/// What an interface switches.
pub const SWITCHING: NameTable = &[
    (1, "Packet-Switch Capable-1"),
    (2, "Packet-Switch Capable-2"),
    (3, "Packet-Switch Capable-3"),
    (4, "Packet-Switch Capable-4"),
    (51, "Layer-2 Switch Capable"),
    (100, "Time-Division-Multiplex"),
    (150, "Lambda-Switch Capable"),
    (200, "Fiber-Switch Capable"),
];
/// How an LSP is encoded.
pub const ENCODINGS: NameTable = &[
    (1, "Packet"),
    (2, "Ethernet V2/DIX"),
    (3, "ANSI/ETSI PDH"),
    (4, "Reserved"),
    (5, "SDH ITU-T G.707/SONET ANSI T1.105"),
    (6, "Reserved"),
    (7, "Digital Wrapper"),
    (8, "Lambda (photonic)"),
    (9, "Fiber"),
    (10, "Reserved"),
    (11, "FiberChannel"),
];

/// A bandwidth in bytes per second, said in megabits.
pub fn bandwidth(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let rate = f32::from_bits(p.be32()?) * 8.0 / 1_000_000.0;
    out.fraction(key, rate.into(), 3).say(" Mbps");
    Ok(())
}

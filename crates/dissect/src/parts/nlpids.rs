//! What network layer protocols are called by OSI (ISO/IEC TR 9577).

use crate::out::NameTable;

/// The words for a network layer protocol identifier.
pub const NAMES: NameTable = &[
    (0x00, "NULL"),
    (0x08, "Q.933"),
    (0x09, "LMI"),
    (0x80, "SNAP"),
    (0x81, "CLNP"),
    (0x82, "ES-IS"),
    (0x83, "IS-IS"),
    (0x84, "CONS"),
    (0x85, "IDRP"),
    (0xb1, "FRF.15"),
    (0xc1, "ISIS_SPB"),
    (0xcc, "IPv4"),
    (0xcf, "PPP"),
    (0x8a, "X25 ES-IS"),
    (0x8e, "IPv6"),
];

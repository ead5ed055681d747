//! What address family numbers are called (RFC 1700, RFC 4760; IANA).

use crate::out::NameTable;

/// IP version 4.
pub const IPV4: u16 = 1;
/// IP version 6.
pub const IPV6: u16 = 2;
/// All of IEEE 802: addresses of 48 bits.
pub const IEEE_802: u16 = 6;

/// The words for an address family.
pub const NAMES: NameTable = &[
    (0, "Reserved"),
    (IPV4 as u32, "IPv4"),
    (IPV6 as u32, "IPv6"),
    (3, "NSAP"),
    (4, "HDLC"),
    (5, "BBN 1822"),
    (IEEE_802 as u32, "802"),
    (7, "E.163"),
    (8, "E.164"),
    (9, "F.69"),
    (10, "X.121"),
    (11, "Novell IPX"),
    (12, "Appletalk"),
    (13, "Decnet IV"),
    (14, "Banyan Vines"),
    (15, "E.164 with NSAP subaddress"),
    (25, "VPLS"),
    (196, "Layer-2 VPN"),
];

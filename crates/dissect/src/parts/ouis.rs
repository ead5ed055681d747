//! What organisations are called on a line, by the identifier that the IEEE gave them.

use crate::out::NameTable;

/// Protocols that are named by an ethertype.
pub const ETHERNET: u32 = 0x000000;
/// Cisco.
pub const CISCO: u32 = 0x00000c;
/// Cisco, of frames that are named by an ethertype.
pub const CISCO_BRIDGED: u32 = 0x0000f8;
/// IEEE 802.1: bridged frames (RFC 2684, RFC 2427), TLVs of its own elsewhere.
pub const IEEE_802_1: u32 = 0x0080c2;
/// AppleTalk's datagrams.
pub const APPLETALK: u32 = 0x080007;

/// The words for an organisation.
pub const NAMES: NameTable = &[
    (ETHERNET, "Ethernet"),
    (CISCO, "Cisco"),
    (0x00005e, "IANA"),
    (0x000081, "Nortel Networks SONMP"),
    (CISCO_BRIDGED, "Cisco bridged"),
    (IEEE_802_1, "Ethernet bridged"),
    (0x00a03e, "ATM Forum"),
    (0x00e02f, "DOCSIS Spanning Tree"),
    (APPLETALK, "Appletalk"),
    (0x009069, "Juniper"),
    (0x080009, "Hewlett-Packard"),
    (0x00120f, "IEEE 802.3 Private"),
    (0x0012bb, "ANSI/TIA"),
    (0x001b21, "DCBX"),
    (0x002320, "Nicira Networks"),
    (0x0019a7, "ITU-T"),
    (0x5c16c7, "Big Switch Networks"),
    (0xb0d2f5, "Vello Systems"),
    (0x002481, "HP"),
    (0x0004ea, "HP-Labs"),
    (0x748771, "Infoblox Inc"),
    (0xa42305, "Open Networking Lab"),
    (0x00049f, "Freescale"),
    (0x0015ad, "Netronome"),
    (0x001018, "Broadcom"),
    (0x00e004, "PMC-Sierra"),
    (0xd0f0db, "Ericsson"),
];

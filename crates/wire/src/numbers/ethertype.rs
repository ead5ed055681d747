//! Ethertypes (IEEE 802 numbers).

/// IPv4, RFC 894.
pub const IP: u16 = 0x0800;
/// ARP, RFC 826.
pub const ARP: u16 = 0x0806;
/// Trail-end marker of the lengths: a value below this in the type field is an 802.3 length.
pub const MIN: u16 = 0x0600;
/// The largest 802.3 length.
pub const MAX_LENGTH: u16 = 1500;
/// Reverse ARP, RFC 903.
pub const RARP: u16 = 0x8035;
/// IEEE 802.1Q customer tag.
pub const VLAN: u16 = 0x8100;
/// IEEE 802.1ad service tag.
pub const QINQ: u16 = 0x88a8;
/// A service tag as old equipment writes it.
pub const QINQ_OLD: u16 = 0x9100;
/// An even older one.
pub const QINQ_OLDER: u16 = 0x9200;
/// IPv6, RFC 2464.
pub const IPV6: u16 = 0x86dd;

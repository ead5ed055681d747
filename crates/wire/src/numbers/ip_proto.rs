//! IP protocol numbers and IPv6 next headers (IANA).

/// IPv6 hop-by-hop options, RFC 8200.
pub const HOP_BY_HOP: u8 = 0;
/// ICMP, RFC 792.
pub const ICMP: u8 = 1;
/// IGMP, RFC 9776.
pub const IGMP: u8 = 2;
/// IPv4 in IP, RFC 2003.
pub const IPV4: u8 = 4;
/// TCP, RFC 9293.
pub const TCP: u8 = 6;
/// IGRP.
pub const IGRP: u8 = 9;
/// UDP, RFC 768.
pub const UDP: u8 = 17;
/// DCCP, RFC 4340.
pub const DCCP: u8 = 33;
/// IPv6 in IP, RFC 4213.
pub const IPV6: u8 = 41;
/// IPv6 routing header, RFC 8200.
pub const ROUTING: u8 = 43;
/// IPv6 fragment header, RFC 8200.
pub const FRAGMENT: u8 = 44;
/// ESP, RFC 4303.
pub const ESP: u8 = 50;
/// AH, RFC 4302.
pub const AH: u8 = 51;
/// ICMPv6, RFC 4443.
pub const ICMPV6: u8 = 58;
/// Nothing follows, RFC 8200.
pub const NO_NEXT_HEADER: u8 = 59;
/// IPv6 destination options, RFC 8200.
pub const DESTINATION: u8 = 60;
/// PIM, RFC 7761.
pub const PIM: u8 = 103;
/// VRRP, RFC 9568.
pub const VRRP: u8 = 112;
/// SCTP, RFC 9260.
pub const SCTP: u8 = 132;
/// IPv6 mobility header, RFC 6275.
pub const MOBILITY: u8 = 135;
/// Ethernet in IP, RFC 8986.
pub const ETHERNET: u8 = 143;

//! What is behind an IP header and all its extensions, by protocol number.

use super::ip_protocols;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

/// Sun's ND, which nobody ever explained.
const ND: u8 = 77;
/// The mobility header of the drafts before RFC 6275.
const MOBILITY_OLD: u8 = 62;

/// Hands the payload to whoever `protocol` belongs to, or says its number and length. The version is that of
/// [`Cx::ip`]: some protocols live under one version only.
pub fn hand_on(cx: &mut Cx, protocol: u8, p: Cursor, out: &mut Out) -> Dissect {
    if let Some(version) = lives_under(protocol).filter(|version| *version != cx.ip.version) {
        out.aloud(|out| {
            out.say("[").name("", protocol, ip_protocols::NAMES, "unknown").say(" requires IPv");
            out.num("", version).say("]");
        });
        return Err(Stop::Invalid);
    }
    match protocol {
        ip_proto::NO_NEXT_HEADER => {
            out.say("no next header");
        }
        ND => {
            out.aloud(|out| {
                out.say(" nd ").num("", p.claimed());
            });
        }
        _ if !is_extension(protocol) && cx.next(Space::IpProto(protocol), p, out)? => {}
        _ => {
            name(protocol, out);
            out.aloud(|out| {
                out.say(" ").num("", p.claimed());
            });
        }
    }
    Ok(())
}

/// Says the name of a protocol that cannot be explained, or its number.
pub fn name(protocol: u8, out: &mut Out) {
    out.aloud(|out| {
        out.say(" ").ip_protocol("", protocol, "ip-proto-%u");
    });
}

/// Whether a transport protocol says the addresses itself, with its ports between them.
pub fn says_addresses(protocol: u8) -> bool {
    matches!(protocol, ip_proto::TCP | ip_proto::UDP | ip_proto::SCTP | ip_proto::DCCP)
}

/// The one IP version that a protocol works under, if it is bound to one.
fn lives_under(protocol: u8) -> Option<u8> {
    match protocol {
        ip_proto::ICMP | ip_proto::IGMP => Some(4),
        ip_proto::ICMPV6 | ip_proto::ETHERNET => Some(6),
        _ => None,
    }
}

/// Numbers that mean something only in the chain behind an IPv6 header.
fn is_extension(protocol: u8) -> bool {
    use ip_proto::{DESTINATION, FRAGMENT, HOP_BY_HOP, MOBILITY, ROUTING};
    matches!(protocol, HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION | MOBILITY | MOBILITY_OLD)
}

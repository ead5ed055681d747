//! Which protocol fits which use: the one table, and the refusals that come of it.

use crate::diag::{Diagnostic, Kind, Span};
use crate::lex::words::Proto;

/// What the name of a protocol stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    HostIpv4,
    NetIpv4,
    NetIpv4Prefix,
    HostIpv6,
    NetIpv6Prefix,
    HostName,
    NetName,
    Port,
    Portrange,
    Proto,
    Protochain,
    Gateway,
    Broadcast,
    Multicast,
}

/// A use, libpcap's words for it, and the protocols that may stand before it. It may always stand alone.
type Row = (Use, &'static str, &'static [Proto]);

const IPV4: &[Proto] = &[Proto::Ip, Proto::Arp, Proto::Rarp];
const PORTS: &[Proto] = &[Proto::Tcp, Proto::Udp, Proto::Sctp];

/// `link` and `decnet` before hosts have rules of their own, in [`super::literal`].
const TABLE: &[Row] = &[
    (Use::HostIpv4, "host <IPv4 address>", IPV4),
    (Use::NetIpv4, "net <IPv4 address>", IPV4),
    (Use::NetIpv4Prefix, "net <IPv4 prefix>", IPV4),
    (Use::HostIpv6, "host <IPv6 address>", &[Proto::Ip6]),
    (Use::NetIpv6Prefix, "net <IPv6 prefix>", &[Proto::Ip6]),
    (Use::HostName, "host <Internet hostname>", &[Proto::Ip, Proto::Arp, Proto::Rarp, Proto::Ip6]),
    (Use::NetName, "net <IPv4 network name>", IPV4),
    (Use::Port, "port", PORTS),
    (Use::Portrange, "portrange", PORTS),
    (Use::Proto, "proto", &[Proto::Ip, Proto::Ip6, Proto::Link, Proto::Iso, Proto::Isis]),
    (Use::Protochain, "protochain", &[Proto::Ip, Proto::Ip6]),
    (Use::Gateway, "gateway", IPV4),
    (Use::Broadcast, "broadcast", &[Proto::Link, Proto::Ip]),
    (Use::Multicast, "multicast", &[Proto::Link, Proto::Ip, Proto::Ip6]),
];

/// Refuses `proto` where it does not fit.
pub(super) fn check(usage: Use, proto: Option<Proto>, span: Span) -> Result<(), Diagnostic> {
    let Some(proto) = proto else { return Ok(()) };
    let Some((_, words, fitting)) = TABLE.iter().find(|row| row.0 == usage) else { return Ok(()) };
    if fitting.contains(&proto) {
        return Ok(());
    }
    let fitting: Vec<&str> = fitting.iter().map(|proto| proto.name()).collect();
    Err(refuse(proto.name(), words, span)
        .because(format!("what fits here is {}, or no protocol", fitting.join(", "))))
}

/// libpcap's refusal of a word before something.
pub(super) fn refuse(word: &str, before: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Kind::Meaning, span, format!("'{word}' is not a valid qualifier for '{before}'"))
}

/// Refuses a number above the greatest one that fits.
pub(super) fn at_most(what: &str, number: u32, maximum: u32, span: Span) -> Result<(), Diagnostic> {
    if number <= maximum {
        return Ok(());
    }
    let text = format!("{what} {number} greater than maximum {maximum}");
    let why = match maximum.wrapping_add(1).is_power_of_two() {
        true => format!("it is a number of {} bits", u32::BITS - maximum.leading_zeros()),
        false => format!("it is a number from 0 to {maximum}"),
    };
    Err(Diagnostic::new(Kind::Meaning, span, text).because(why))
}

//! Names and numbers of protocols, ports and addresses: what is built in, and what the caller's [`Names`] say.

use super::Resolver;
use super::legal::at_most;
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::PortProtos;
use crate::lex::words::Proto;
use crate::lex::{BadNumber, number};
use crate::names::Ports;
use gannet_wire::numbers::ip_proto;

/// LLC service access points, IEEE 802.2.
const SAP_ISO: u16 = 0xfe;
const SAP_STP: u16 = 0x42;
const SAP_IPX: u16 = 0xe0;
const SAP_NETBEUI: u16 = 0xf0;

/// Protocols of ISO 9577.
const ISO_CLNP: u8 = 0x81;
const ISO_ESIS: u8 = 0x82;
const ISO_ISIS: u8 = 0x83;

/// The number of a protocol that the link layer can say; `None` for the others.
pub(super) fn link_proto(proto: Proto) -> Option<u16> {
    ether_name(proto.name()).filter(|_| !matches!(proto, Proto::Link | Proto::Radio))
}

/// The number behind `ether proto NAME`.
pub(crate) fn ether_name(name: &str) -> Option<u16> {
    Some(match name {
        "aarp" => 0x80f3,
        "arp" => 0x0806,
        "atalk" => 0x809b,
        "decnet" => 0x6003,
        "ip" => 0x0800,
        "ip6" => 0x86dd,
        "lat" => 0x6004,
        "lldp" => 0x88cc,
        "loopback" => 0x9000,
        "mopdl" => 0x6001,
        "moprc" => 0x6002,
        "rarp" => 0x8035,
        "sca" => 0x6007,
        "slow" => 0x8809,
        "iso" => SAP_ISO,
        "stp" => SAP_STP,
        "ipx" => SAP_IPX,
        "netbeui" => SAP_NETBEUI,
        _ => return None,
    })
}

/// The number behind `iso proto NAME`.
fn iso_name(name: &str) -> Option<u8> {
    Some(match name {
        "clnp" => ISO_CLNP,
        "esis" => ISO_ESIS,
        "isis" => ISO_ISIS,
        _ => return None,
    })
}

/// The protocol above IP that a word alone stands for: its number, in IPv4, in IPv6.
pub(super) fn ip_proto_word(proto: Proto) -> Option<(u8, bool, bool)> {
    Some(match proto {
        Proto::Sctp => (ip_proto::SCTP, true, true),
        Proto::Tcp => (ip_proto::TCP, true, true),
        Proto::Udp => (ip_proto::UDP, true, true),
        Proto::Pim => (ip_proto::PIM, true, true),
        Proto::Ah => (ip_proto::AH, true, true),
        Proto::Esp => (ip_proto::ESP, true, true),
        Proto::Icmp => (ip_proto::ICMP, true, false),
        Proto::Igmp => (ip_proto::IGMP, true, false),
        Proto::Igrp => (ip_proto::IGRP, true, false),
        Proto::Vrrp | Proto::Carp => (ip_proto::VRRP, true, false),
        Proto::Icmp6 => (ip_proto::ICMPV6, false, true),
        _ => return None,
    })
}

/// The ISO protocol that a word alone stands for.
pub(super) fn iso_proto_word(proto: Proto) -> Option<u8> {
    iso_name(proto.name())
}

/// The types of IS-IS PDUs that a word alone stands for, in libpcap's order.
pub(super) fn isis_types(proto: Proto) -> &'static [u8] {
    match proto {
        Proto::L1 => &[26, 24, 18, 15, 17],
        Proto::L2 => &[27, 25, 20, 16, 17],
        Proto::Iih => &[17, 15, 16],
        Proto::Lsp => &[18, 20],
        Proto::Snp => &[27, 26, 24, 25],
        Proto::Csnp => &[24, 25],
        Proto::Psnp => &[26, 27],
        _ => &[],
    }
}

/// An IPv4 address of two to four parts: its bits, left-justified, and how many of them there are.
pub(super) fn ipv4(text: &str, span: Span) -> Result<(u32, u32), Diagnostic> {
    let mut value = 0u32;
    let mut bits = 0;
    for part in text.split('.') {
        let byte = if part.bytes().all(|byte| byte.is_ascii_digit()) { decimal_byte(part) } else { None };
        let Some(byte) = byte else {
            let text = format!("invalid IPv4 address '{text}'");
            return Err(Diagnostic::new(Kind::Meaning, span, text)
                .because("each part of an IPv4 address is a decimal number of at most 255"));
        };
        value = value << 8 | u32::from(byte);
        bits += 8;
    }
    Ok((value.checked_shl(32u32.saturating_sub(bits)).unwrap_or(0), bits))
}

/// A decimal number of at most 255, leading zeros or not.
fn decimal_byte(digits: &str) -> Option<u8> {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

/// The mask of an IPv4 network given by a short number (`net 10`, `net 172.16`): the number moved up until its first byte
/// is not zero, and as many bits.
pub(super) fn justify(mut value: u32) -> (u32, u32) {
    let mut mask = u32::MAX;
    while value != 0 && value & 0xff00_0000 == 0 {
        value <<= 8;
        mask <<= 8;
    }
    (value, mask)
}

/// A DECnet address, `area.node`.
pub(crate) fn decnet(text: &str) -> Option<u16> {
    let (area, node) = text.split_once('.')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let area: u16 = area.parse().ok().filter(|area| *area <= 63)?;
    let node: u16 = node.parse().ok().filter(|node| *node <= 1023)?;
    Some(area << 10 | node)
}

impl Resolver<'_> {
    /// The number of the protocol called `name`, where `proto` and `kind` stand before it.
    pub(super) fn protocol(
        &self,
        name: &str,
        proto: Option<Proto>,
        kind: &str,
        span: Span,
    ) -> Result<u32, Diagnostic> {
        let number = match proto {
            None | Some(Proto::Ip | Proto::Ip6) => self.names.protocol(name).map(u32::from),
            Some(Proto::Link) => ether_name(name).map(u32::from),
            Some(Proto::Iso) => iso_name(name).map(u32::from),
            _ => None,
        };
        number.ok_or_else(|| {
            let before = proto.map_or(String::new(), |proto| format!("{} ", proto.name()));
            Diagnostic::new(Kind::Name, span, format!("unknown '{before}{kind}' value '{name}'"))
        })
    }

    /// The port called `name`, and the transports that have it by that name.
    pub(super) fn port(
        &self,
        name: &str,
        proto: Option<Proto>,
        span: Span,
    ) -> Result<(u16, PortProtos), Diagnostic> {
        let ports = self.names.port(name);
        let Some((port, found)) = by_name(ports) else { return Err(self.unknown_port(name, proto, span)) };
        match (proto, found) {
            (Some(wanted), Some(found)) if wanted != found => {
                let text = format!("port '{name}' is {}", found.name());
                Err(Diagnostic::new(Kind::Name, span, text))
            }
            (wanted, found) => Ok((port, transports(wanted.or(found)))),
        }
    }

    fn unknown_port(&self, name: &str, proto: Option<Proto>, span: Span) -> Diagnostic {
        let diagnostic = Diagnostic::new(Kind::Name, span, format!("unknown port '{name}'"));
        let ends = name.split_once('-').map(|(low, high)| [low, high]);
        if ends.is_some_and(|ends| ends.iter().all(|end| end.parse::<u16>().is_ok())) {
            let before = proto.map_or(String::new(), |proto| format!("{} ", proto.name()));
            return diagnostic
                .because("two ports with a hyphen between them are a range")
                .suggest(format!("{before}portrange {name}"));
        }
        diagnostic.because("no service of this name is known; a number always works")
    }

    /// The ends of the range `text`, the lower one first, and the transports that have both.
    pub(super) fn port_range(
        &self,
        text: &str,
        proto: Option<Proto>,
        span: Span,
    ) -> Result<(u16, u16, PortProtos), Diagnostic> {
        let wrong = |what: &str| Diagnostic::new(Kind::Meaning, span, format!("port range '{text}' {what}"));
        let Some((first, second)) = text.split_once('-') else {
            return Err(wrong("contains no hyphen").suggest(format!("port {text}")));
        };
        if second.contains('-') {
            return Err(wrong("contains more than one hyphen")
                .because("ports with a hyphen in their names must be given as numbers"));
        }
        if first.is_empty() {
            return Err(wrong("has no starting port"));
        }
        if second.is_empty() {
            return Err(wrong("has no ending port"));
        }
        let (first, first_protos) = self.range_end(first, span)?;
        let (second, second_protos) = self.range_end(second, span)?;
        let found = if first_protos == second_protos { first_protos } else { None };
        match (proto, found) {
            (Some(wanted), Some(found)) if wanted != found => {
                let text = format!("port in range '{text}' is {}", found.name());
                Err(Diagnostic::new(Kind::Name, span, text))
            }
            (wanted, found) => Ok((first.min(second), first.max(second), transports(wanted.or(found)))),
        }
    }

    /// One end of a range: a number, or a name that only one transport may have.
    fn range_end(&self, text: &str, span: Span) -> Result<(u16, Option<Proto>), Diagnostic> {
        match number(text) {
            Ok(number) => Ok((port_number(number, span)?, None)),
            Err(wrong @ BadNumber::Overflow(_)) => Err(wrong.diagnostic(text, span)),
            Err(BadNumber::Not(_)) => by_name(self.names.port(text))
                .ok_or_else(|| Diagnostic::new(Kind::Name, span, format!("'{text}' is not a valid port"))),
        }
    }
}

/// The port of a service, and the transport that alone has it; `None` for one that TCP and UDP share.
fn by_name(ports: Ports) -> Option<(u16, Option<Proto>)> {
    match (ports.tcp, ports.udp, ports.sctp) {
        (Some(tcp), Some(udp), _) if tcp == udp => Some((tcp, None)),
        (Some(tcp), ..) => Some((tcp, Some(Proto::Tcp))),
        (None, Some(udp), _) => Some((udp, Some(Proto::Udp))),
        (None, None, sctp) => Some((sctp?, Some(Proto::Sctp))),
    }
}

/// A port's number, if it is one.
pub(super) fn port_number(number: u32, span: Span) -> Result<u16, Diagnostic> {
    at_most("port number", number, u32::from(u16::MAX), span)?;
    Ok(number as u16)
}

/// One transport, or all three if none is named.
pub(super) fn transports(proto: Option<Proto>) -> PortProtos {
    let is = |own| proto.is_none_or(|proto| proto == own);
    PortProtos { tcp: is(Proto::Tcp), udp: is(Proto::Udp), sctp: is(Proto::Sctp) }
}

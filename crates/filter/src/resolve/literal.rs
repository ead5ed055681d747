//! Literals with their qualifiers: hosts, nets, ports, protocols.

use super::Resolver;
use super::legal::{self, Use, at_most};
use super::lookup;
use crate::ast::{Kind, Literal, LiteralKind, Qualifiers};
use crate::diag::{self, Diagnostic, Span};
use crate::hir::{Dir, NetSet, Node, NodeId, TestKind};
use crate::lex::words::Proto;
use gannet_wire::numbers::ethertype;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Greatest number of addresses of one family that a name may stand for.
const MAX_ADDRESSES: usize = 100;

/// A literal, what stands before it, and the words of both.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    qualifiers: Qualifiers,
    /// The literal's own words.
    span: Span,
    /// The literal and the qualifiers typed for it.
    words: Span,
}

impl Subject {
    fn proto(&self) -> Option<Proto> {
        self.qualifiers.proto
    }

    fn kind(&self) -> Kind {
        self.qualifiers.kind.unwrap_or(Kind::Host)
    }

    fn is_host(&self) -> bool {
        self.kind() == Kind::Host
    }

    fn meaning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(diag::Kind::Meaning, self.words, message)
    }

    /// The direction, for addresses that are not of 802.11.
    fn dir(&self) -> Result<Dir, Diagnostic> {
        let dir = self.qualifiers.dir.unwrap_or(Dir::Either);
        match dir {
            Dir::Src | Dir::Dst | Dir::Either | Dir::Both => Ok(dir),
            _ => Err(self.meaning(format!("'{dir}' is valid for 802.11 syntax only"))),
        }
    }

    /// Refuses `port` and the like before an address.
    fn check_address(&self, what: &str) -> Result<(), Diagnostic> {
        match self.kind() {
            kind @ (Kind::Port | Kind::Portrange | Kind::Proto | Kind::Protochain) => {
                Err(self.meaning(format!("'{}' qualifier applied to {what}", kind.name())))
            }
            _ => Ok(()),
        }
    }
}

impl Resolver<'_> {
    /// The tests that a literal stands for.
    pub(super) fn literal(&mut self, literal: Literal) -> Result<NodeId, Diagnostic> {
        let (qualifiers, words) = self.carried.take(literal.span, self.text)?;
        let subject = Subject { qualifiers, span: literal.span, words };
        match literal.kind {
            LiteralKind::Name { escaped } => {
                let name = literal.span.of(self.text);
                self.name(&subject, if escaped { name.get(1..).unwrap_or("") } else { name })
            }
            LiteralKind::Number(number) => self.number(&subject, number),
            LiteralKind::Ipv4 => {
                subject.check_address("IPv4 address")?;
                self.ipv4(&subject)
            }
            LiteralKind::Ipv4Prefix { address, length } => {
                subject.check_address("IPv4 address and prefix length")?;
                self.ipv4_prefix(&subject, address, length)
            }
            LiteralKind::Ipv4Mask { address, mask } => {
                subject.check_address("IPv4 address and netmask")?;
                self.ipv4_mask(&subject, address, mask)
            }
            LiteralKind::Ipv6(address) => {
                subject.check_address("IPv6 address")?;
                self.ipv6(&subject, address, 128)
            }
            LiteralKind::Ipv6Prefix { address, length } => {
                subject.check_address("IPv6 address and prefix length")?;
                self.ipv6(&subject, address, length)
            }
            LiteralKind::Mac48(mac) => self.mac48(&subject, mac),
            LiteralKind::Mac8 => self.mac8(&subject),
        }
    }

    /// The direction, for ports.
    fn port_dir(&self, subject: &Subject) -> Result<Dir, Diagnostic> {
        self.encap.check_proto(ethertype::IP, subject.words)?;
        let dir = subject.qualifiers.dir.unwrap_or(Dir::Either);
        match dir {
            Dir::Src | Dir::Dst | Dir::Either | Dir::Both => Ok(dir),
            _ => Err(legal::refuse(&dir.to_string(), subject.kind().name(), subject.words)),
        }
    }

    /// The headers that are searched for an IPv4 address.
    fn nets(&self, proto: Option<Proto>) -> NetSet {
        let all = proto.is_none() && !self.encap.in_mpls();
        NetSet {
            ip: proto.is_none_or(|proto| proto == Proto::Ip),
            arp: all || proto == Some(Proto::Arp),
            rarp: all || proto == Some(Proto::Rarp),
        }
    }

    /// An IPv4 address or network, after everything about its spelling is settled.
    fn host4(&mut self, subject: &Subject, usage: Use, value: u32, mask: u32) -> Result<NodeId, Diagnostic> {
        if subject.proto() == Some(Proto::Link) && usage != Use::NetIpv4Prefix && usage != Use::NetName {
            let text = format!("illegal link-layer address '{}'", subject.span.of(self.text));
            return Err(subject
                .meaning(text)
                .because("this is an IPv4 address")
                .suggest(format!("host {}", subject.span.of(self.text))));
        }
        legal::check(usage, subject.proto(), subject.words)?;
        let dir = subject.dir()?;
        let nets = self.nets(subject.proto());
        self.encap.check_proto(if nets.ip { ethertype::IP } else { ethertype::ARP }, subject.words)?;
        let kind =
            TestKind::Host4 { nets, dir, addr: Ipv4Addr::from_bits(value), mask: Ipv4Addr::from_bits(mask) };
        Ok(self.test(kind, subject.words))
    }

    /// `1.2.3.4`, `1.2.3`, `1.2`: a host, a network, or a DECnet address.
    fn ipv4(&mut self, subject: &Subject) -> Result<NodeId, Diagnostic> {
        let text = subject.span.of(self.text);
        if subject.proto() == Some(Proto::Decnet) {
            return self.decnet(subject, lookup::decnet(text));
        }
        let (value, bits) = lookup::ipv4(text, subject.span)?;
        let usage = match subject.kind() {
            Kind::Net => Use::NetIpv4,
            Kind::Gateway => {
                return Err(
                    legal::refuse("gateway", text, subject.words).because("a gateway is given by its name")
                );
            }
            _ => Use::HostIpv4,
        };
        self.host4(subject, usage, value, left_bits(bits))
    }

    fn decnet(&mut self, subject: &Subject, addr: Option<u16>) -> Result<NodeId, Diagnostic> {
        if !subject.is_host() {
            return Err(legal::refuse("decnet", subject.kind().name(), subject.words));
        }
        let Some(addr) = addr else {
            let text = format!("invalid DECnet address '{}'", subject.span.of(self.text));
            return Err(subject
                .meaning(text)
                .because("a DECnet address is an area up to 63, a dot, and a node up to 1023"));
        };
        self.encap.check_proto(lookup::link_proto(Proto::Decnet).unwrap_or(0), subject.words)?;
        let dir = subject.dir()?;
        Ok(self.test(TestKind::DecnetHost { dir, addr }, subject.words))
    }

    fn ipv4_prefix(&mut self, subject: &Subject, address: Span, length: u32) -> Result<NodeId, Diagnostic> {
        self.check_decnet(subject)?;
        let (value, _) = lookup::ipv4(address.of(self.text), address)?;
        at_most("netmask length", length, 32, subject.span)?;
        self.network(subject, value, left_bits(length), |value| format!("{value}/{length}"))
    }

    fn ipv4_mask(&mut self, subject: &Subject, address: Span, mask: Span) -> Result<NodeId, Diagnostic> {
        self.check_decnet(subject)?;
        let (value, _) = lookup::ipv4(address.of(self.text), address)?;
        let (mask, _) = lookup::ipv4(mask.of(self.text), mask)?;
        let shown = Ipv4Addr::from_bits(mask);
        self.network(subject, value, mask, |value| format!("{value} mask {shown}"))
    }

    /// An IPv4 network with its mask; `spelled` says how it would be typed for another address.
    fn network(
        &mut self,
        subject: &Subject,
        value: u32,
        mask: u32,
        spelled: impl Fn(Ipv4Addr) -> String,
    ) -> Result<NodeId, Diagnostic> {
        let text = subject.span.of(self.text);
        if value & !mask != 0 {
            let right = Ipv4Addr::from_bits(value & mask);
            let text = format!("non-network bits set in \"{text}\"");
            return Err(Diagnostic::new(diag::Kind::Meaning, subject.span, text)
                .because("an address has no bits where its mask has none")
                .suggest(format!("net {}", spelled(right))));
        }
        if subject.kind() != Kind::Net {
            return Err(legal::refuse(subject.kind().name(), text, subject.words)
                .because("an address with a mask is a network")
                .suggest(self.as_net(subject)));
        }
        self.host4(subject, Use::NetIpv4Prefix, value, mask)
    }

    /// How `subject` would be typed as a network.
    fn as_net(&self, subject: &Subject) -> String {
        let mut words: Vec<String> = Vec::new();
        words.extend(subject.proto().map(|proto| proto.name().to_owned()));
        words.extend(match subject.qualifiers.dir {
            Some(Dir::Src) => Some("src".to_owned()),
            Some(Dir::Dst) => Some("dst".to_owned()),
            Some(Dir::Both) => Some("src and dst".to_owned()),
            _ => None,
        });
        words.push("net".to_owned());
        words.push(subject.span.of(self.text).to_owned());
        words.join(" ")
    }

    fn ipv6(&mut self, subject: &Subject, address: Ipv6Addr, length: u32) -> Result<NodeId, Diagnostic> {
        let text = subject.span.of(self.text);
        if length > 128 {
            return Err(Diagnostic::new(diag::Kind::Meaning, subject.span, "mask length must be <= 128"));
        }
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        let value = address.to_bits();
        if value & !mask != 0 {
            let right = Ipv6Addr::from_bits(value & mask);
            let text = format!("non-network bits set in \"{text}\"");
            return Err(Diagnostic::new(diag::Kind::Meaning, subject.span, text)
                .because("an address has no bits behind its prefix")
                .suggest(format!("net {right}/{length}")));
        }
        let usage = match subject.kind() {
            Kind::Net => Use::NetIpv6Prefix,
            Kind::Gateway => return Err(legal::refuse("gateway", text, subject.words)),
            kind if length != 128 => {
                return Err(legal::refuse(kind.name(), text, subject.words)
                    .because("an address with a prefix length is a network")
                    .suggest(self.as_net(subject)));
            }
            _ => Use::HostIpv6,
        };
        legal::check(usage, subject.proto(), subject.words)?;
        let dir = subject.dir()?;
        self.encap.check_proto(ethertype::IPV6, subject.words)?;
        let mask = Ipv6Addr::from_bits(mask);
        Ok(self.test(TestKind::Host6 { dir, addr: address, mask }, subject.words))
    }

    fn mac48(&mut self, subject: &Subject, mac: [u8; 6]) -> Result<NodeId, Diagnostic> {
        if subject.kind() != Kind::Host || subject.proto() != Some(Proto::Link) {
            return Err(subject
                .meaning("Ethernet address used in non-ether expression")
                .suggest(format!("ether host {}", subject.span.of(self.text))));
        }
        if !self.encap.link().has_mac48() {
            return Err(self.encap.link().refuse("link host XX:XX:XX:XX:XX:XX", subject.words));
        }
        let dir = self.mac_dir(subject)?;
        Ok(self.test(TestKind::EtherHost { dir, mac }, subject.words))
    }

    /// The direction, for link-layer addresses: 802.11 has some more.
    fn mac_dir(&self, subject: &Subject) -> Result<Dir, Diagnostic> {
        match subject.qualifiers.dir {
            Some(dir) if self.encap.link().has_wlan() => Ok(dir),
            _ => subject.dir(),
        }
    }

    /// A link-layer address of one byte.
    fn mac8(&mut self, subject: &Subject) -> Result<NodeId, Diagnostic> {
        if !subject.is_host() {
            return Err(legal::refuse(subject.kind().name(), "$XX", subject.words));
        }
        if subject.proto() != Some(Proto::Link) {
            return Err(subject.meaning("'link' is the only valid proto qualifier for 'host $XX'"));
        }
        if !self.encap.link().has_mac8() {
            return Err(self.encap.link().refuse("link host $XX", subject.words));
        }
        let dir = subject.dir()?;
        let text = subject.span.of(self.text);
        let Some(addr) = crate::names::mac8(text) else {
            return Err(subject.meaning(format!("invalid link-layer address '{text}'")));
        };
        Ok(self.test(TestKind::ByteHost { dir, addr }, subject.words))
    }

    /// A number: an address of 32 bits, a network, a port, a protocol.
    fn number(&mut self, subject: &Subject, number: u32) -> Result<NodeId, Diagnostic> {
        if subject.proto() == Some(Proto::Decnet) {
            return self.decnet(subject, None);
        }
        match subject.kind() {
            Kind::Host => self.host4(subject, Use::HostIpv4, number, u32::MAX),
            Kind::Net => {
                let (value, mask) = lookup::justify(number);
                self.host4(subject, Use::NetIpv4, value, mask)
            }
            kind @ (Kind::Port | Kind::Portrange) => {
                let range = kind == Kind::Portrange;
                legal::check(port_use(range), subject.proto(), subject.words)?;
                let port = lookup::port_number(number, subject.span)?;
                let protos = lookup::transports(subject.proto());
                let dir = self.port_dir(subject)?;
                let kind = TestKind::Port { protos, dir, low: port, high: port, range };
                Ok(self.test(kind, subject.words))
            }
            Kind::Gateway => {
                let text = subject.span.of(self.text);
                Err(legal::refuse("gateway", text, subject.words).because("a gateway is given by its name"))
            }
            Kind::Proto => self.proto(subject, number),
            Kind::Protochain => self.protochain(subject, number),
        }
    }

    fn name(&mut self, subject: &Subject, name: &str) -> Result<NodeId, Diagnostic> {
        self.check_decnet(subject)?;
        match subject.kind() {
            Kind::Host => self.host_name(subject, name),
            Kind::Net => self.net_name(subject, name),
            Kind::Port => {
                legal::check(Use::Port, subject.proto(), subject.words)?;
                let (port, protos) = self.port(name, subject.proto(), subject.span)?;
                let dir = self.port_dir(subject)?;
                let kind = TestKind::Port { protos, dir, low: port, high: port, range: false };
                Ok(self.test(kind, subject.words))
            }
            Kind::Portrange => {
                legal::check(Use::Portrange, subject.proto(), subject.words)?;
                let (low, high, protos) = self.port_range(name, subject.proto(), subject.span)?;
                let dir = self.port_dir(subject)?;
                Ok(self.test(TestKind::Port { protos, dir, low, high, range: true }, subject.words))
            }
            Kind::Gateway => self.gateway(subject, name),
            Kind::Proto => {
                let number = self.protocol(name, subject.proto(), "proto", subject.span)?;
                self.proto(subject, number)
            }
            Kind::Protochain => {
                let number = self.protocol(name, subject.proto(), "protochain", subject.span)?;
                self.protochain(subject, number)
            }
        }
    }

    /// Refuses `decnet` before what is no DECnet address.
    fn check_decnet(&self, subject: &Subject) -> Result<(), Diagnostic> {
        if subject.proto() == Some(Proto::Decnet) {
            return Err(legal::refuse("decnet", subject.kind().name(), subject.words)
                .because("DECnet hosts are given as area.node"));
        }
        Ok(())
    }

    fn host_name(&mut self, subject: &Subject, name: &str) -> Result<NodeId, Diagnostic> {
        if subject.proto() == Some(Proto::Link) {
            if !self.encap.link().has_mac48() {
                return Err(self.encap.link().refuse("link host NAME", subject.words));
            }
            let mac = self.ether_host(subject, name)?;
            let dir = self.mac_dir(subject)?;
            return Ok(self.test(TestKind::EtherHost { dir, mac }, subject.words));
        }
        legal::check(Use::HostName, subject.proto(), subject.words)?;
        let mut addresses = self.names.host(name);
        if addresses.v4.is_empty() && addresses.v6.is_empty() {
            return Err(unknown_host(subject, name, ""));
        }
        match subject.proto() {
            Some(Proto::Ip6) => addresses.v4.clear(),
            Some(_) => addresses.v6.clear(),
            None => {}
        }
        let mut nets = self.nets(subject.proto());
        self.encap.check_proto(if nets.ip { ethertype::IP } else { ethertype::ARP }, subject.words)?;
        if !self.encap.link().has_type_field() && subject.proto().is_none() {
            (nets.arp, nets.rarp) = (false, false);
        }
        let dir = subject.dir()?;
        let mask = Ipv4Addr::BROADCAST;
        let v4 = sorted(addresses.v4);
        let v4 = v4.into_iter().map(|addr| TestKind::Host4 { nets, dir, addr, mask });
        let mask = Ipv6Addr::from_bits(u128::MAX);
        let v6 = sorted(addresses.v6);
        let v6 = v6.into_iter().map(|addr| TestKind::Host6 { dir, addr, mask });
        self.any(v4.chain(v6), subject.words)
            .ok_or_else(|| unknown_host(subject, name, " for specified address family"))
    }

    fn ether_host(&self, subject: &Subject, name: &str) -> Result<[u8; 6], Diagnostic> {
        self.names.ether_host(name).ok_or_else(|| {
            let text = format!("unknown Ethernet-like host '{name}'");
            Diagnostic::new(diag::Kind::Name, subject.span, text)
                .because("/etc/ethers has no such name; an address like 01:23:45:67:89:ab always works")
        })
    }

    fn net_name(&mut self, subject: &Subject, name: &str) -> Result<NodeId, Diagnostic> {
        legal::check(Use::NetName, subject.proto(), subject.words)?;
        match self.names.network(name) {
            // The C library gives all four bytes of a network's number, so that libpcap takes all of them to count.
            Some(number) if number != 0 => {
                self.host4(subject, Use::NetName, lookup::justify(number).0, u32::MAX)
            }
            _ => {
                let text = format!("unknown network '{name}'");
                Err(Diagnostic::new(diag::Kind::Name, subject.span, text)
                    .because("/etc/networks has no such name; an address like 10.0.0.0/8 always works"))
            }
        }
    }

    /// `gateway NAME`: to or from the link-layer address of the host, and not of the host itself.
    fn gateway(&mut self, subject: &Subject, name: &str) -> Result<NodeId, Diagnostic> {
        legal::check(Use::Gateway, subject.proto(), subject.words)?;
        if self.encap.in_mpls() {
            return Err(subject.meaning("'gateway' cannot be used within MPLS"));
        }
        if self.encap.in_tunnel() {
            return Err(subject.meaning("'gateway' cannot be used within VXLAN or Geneve"));
        }
        if !self.encap.link().has_mac48() {
            return Err(self.encap.link().refuse("gateway", subject.words));
        }
        let mac = self.ether_host(subject, name)?;
        let addresses = sorted(self.names.host(name).v4);
        if addresses.is_empty() {
            return Err(unknown_host(subject, name, ""));
        }
        let link = self.test(TestKind::EtherHost { dir: Dir::Either, mac }, subject.words);
        let mut any = None;
        for (proto, number) in
            [(Proto::Ip, ethertype::IP), (Proto::Arp, ethertype::ARP), (Proto::Rarp, ethertype::RARP)]
        {
            if subject.proto().is_some_and(|wanted| wanted != proto) {
                continue;
            }
            let own = self.test(TestKind::LinkProto(number), subject.words);
            let (dir, mask) = (Dir::Either, Ipv4Addr::BROADCAST);
            let nets = self.nets(Some(proto));
            let hosts = addresses.iter().map(|addr| TestKind::Host4 { nets, dir, addr: *addr, mask });
            let Some(hosts) = self.any(hosts, subject.words) else { continue };
            let others = self.node(Node::Not(hosts));
            let both = self.node(Node::And(own, others));
            any = Some(match any {
                Some(left) => self.node(Node::Or(left, both)),
                None => both,
            });
        }
        Ok(match any {
            Some(any) => self.node(Node::And(link, any)),
            None => link,
        })
    }

    /// `proto` and a number.
    fn proto(&mut self, subject: &Subject, number: u32) -> Result<NodeId, Diagnostic> {
        legal::check(Use::Proto, subject.proto(), subject.words)?;
        let byte = |what, maximum| {
            at_most(what, number, maximum, subject.span)?;
            Ok::<u8, Diagnostic>(number as u8)
        };
        let kind = match subject.proto() {
            Some(Proto::Link) => TestKind::LinkProto(self.link_number(number, subject)?),
            Some(Proto::Iso) => TestKind::IsoProto(byte("ISO protocol", 255)?),
            Some(Proto::Isis) => TestKind::IsisType(byte("IS-IS PDU type", 31)?),
            proto => TestKind::IpProto {
                v4: proto != Some(Proto::Ip6),
                v6: proto != Some(Proto::Ip),
                number: byte("protocol number", 255)?,
            },
        };
        match kind {
            TestKind::IsoProto(_) | TestKind::IsisType(_) => {
                self.encap.check_proto(lookup::link_proto(Proto::Iso).unwrap_or(0), subject.words)?;
            }
            _ => self.encap.check_proto(ethertype::IP, subject.words)?,
        }
        Ok(self.test(kind, subject.words))
    }

    fn link_number(&self, number: u32, subject: &Subject) -> Result<u16, Diagnostic> {
        if self.encap.link().has_saps() && number <= u32::from(ethertype::MAX_LENGTH) {
            at_most("LLC DSAP", number, 255, subject.span)?;
        }
        at_most(self.encap.link().proto_word(), number, u32::from(u16::MAX), subject.span)?;
        let number = number as u16;
        self.encap.check_proto(number, subject.words)?;
        Ok(number)
    }

    fn protochain(&mut self, subject: &Subject, number: u32) -> Result<NodeId, Diagnostic> {
        legal::check(Use::Protochain, subject.proto(), subject.words)?;
        at_most("protocol number", number, 255, subject.span)?;
        self.encap.check_proto(ethertype::IP, subject.words)?;
        if self.encap.is_variable() {
            return Err(subject.meaning("'protochain' not supported with variable length headers"));
        }
        let kind = TestKind::ProtoChain {
            v4: subject.proto() != Some(Proto::Ip6),
            v6: subject.proto() != Some(Proto::Ip),
            number: number as u8,
        };
        Ok(self.test(kind, subject.words))
    }
}

fn unknown_host(subject: &Subject, name: &str, more: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(diag::Kind::Name, subject.span, format!("unknown host '{name}'{more}"));
    if name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return diagnostic.because("an IPv4 address has at most four parts");
    }
    diagnostic.because(if more.is_empty() {
        "no address is known for this name"
    } else {
        "it has addresses of the other family only"
    })
}

/// A mask of the leftmost `bits` of 32.
fn left_bits(bits: u32) -> u32 {
    u32::MAX.checked_shl(32u32.saturating_sub(bits)).unwrap_or(0)
}

fn port_use(range: bool) -> Use {
    if range { Use::Portrange } else { Use::Port }
}

/// Addresses in order, each once, and not too many: as libpcap takes them.
fn sorted<A: Ord>(mut addresses: Vec<A>) -> Vec<A> {
    addresses.sort();
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

/// The qualifier that a bare literal of this spelling most likely lacks.
pub(super) fn likely_kind(text: &str) -> &'static str {
    if text.contains('/') || text.contains(" mask ") {
        "net"
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        "port"
    } else if text.split(':').count() == 6 && !text.contains("::") {
        "ether host"
    } else {
        "host"
    }
}

//! Tests that take no qualifiers.

use super::Resolver;
use super::legal::{self, Use, at_most};
use super::lookup;
use crate::ast::{Primitive, PrimitiveKind};
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::{Bound, LayerKind, Llc, Node, NodeId, TestKind};
use crate::lex::words::Proto;
use gannet_wire::numbers::ethertype;

impl Resolver<'_> {
    /// The tests that a keyword stands for.
    pub(super) fn primitive(&mut self, primitive: Primitive) -> Result<NodeId, Diagnostic> {
        let span = primitive.span;
        let kind = match primitive.kind {
            PrimitiveKind::Relation { op, left, right } => return self.relation(op, left, right, span),
            PrimitiveKind::Less(bytes) => TestKind::Length { bound: Bound::AtMost, bytes },
            PrimitiveKind::Greater(bytes) => TestKind::Length { bound: Bound::AtLeast, bytes },
            PrimitiveKind::Proto(proto) => return self.proto_word(proto, span),
            PrimitiveKind::Broadcast(proto) => self.broadcast(proto, span)?,
            PrimitiveKind::Multicast(proto) => self.multicast(proto, span)?,
            PrimitiveKind::Byte { offset, op, value } => {
                at_most("byte argument", value, 255, span)?;
                TestKind::Byte { offset, op, value: value as u8 }
            }
            PrimitiveKind::Inbound => self.direction(false, span)?,
            PrimitiveKind::Outbound => self.direction(true, span)?,
            PrimitiveKind::Ifindex(index) => {
                if !self.target.linux_extensions && !self.encap.link().has_ifindex() {
                    return Err(self.encap.link().refuse_offline("ifindex", span));
                }
                TestKind::IfIndex(index)
            }
            PrimitiveKind::Vlan(id) => return self.vlan(id, span),
            PrimitiveKind::Mpls(label) => return self.mpls(label, span),
            PrimitiveKind::Pppoed => {
                self.encap.check_proto(PPPOE_DISCOVERY, span)?;
                TestKind::PppoeDiscovery
            }
            PrimitiveKind::Pppoes(id) => {
                self.encap.check_proto(PPPOE_SESSION, span)?;
                at_most("PPPoE session number", id.unwrap_or(0), 0xffff, span)?;
                let id = id.map(|id| id as u16);
                return Ok(self.open(LayerKind::Pppoe, TestKind::PppoeSession { id }, span));
            }
            PrimitiveKind::Geneve(vni) => {
                self.encap.check_proto(ethertype::IP, span)?;
                at_most("Geneve VNI", vni.unwrap_or(0), 0xff_ffff, span)?;
                return Ok(self.open(LayerKind::Geneve, TestKind::Geneve { vni }, span));
            }
            PrimitiveKind::Vxlan(vni) => {
                self.encap.check_proto(ethertype::IP, span)?;
                at_most("VXLAN VNI", vni.unwrap_or(0), 0xff_ffff, span)?;
                return Ok(self.open(LayerKind::Vxlan, TestKind::Vxlan { vni }, span));
            }
            PrimitiveKind::Llc(name) => TestKind::Llc(self.llc(name, span)?),
            PrimitiveKind::Field { word, op, first, count } => {
                let range = first as usize..first.saturating_add(count) as usize;
                return self.field(word, op, self.tree.numbers.get(range).unwrap_or_default(), span);
            }
            PrimitiveKind::Named(word, name) => return self.field_name(word, name, span),
            PrimitiveKind::WlanType { kind, subtype } => self.wlan_type(kind, subtype, span)?,
            PrimitiveKind::WlanDirection(name) => self.wlan_direction(name, span)?,
            PrimitiveKind::Special(word) => return self.field_word(word, span),
        };
        Ok(self.test(kind, span))
    }

    /// The name of a protocol by itself.
    fn proto_word(&mut self, proto: Proto, span: Span) -> Result<NodeId, Diagnostic> {
        if let Some((number, v4, v6)) = lookup::ip_proto_word(proto) {
            self.encap.check_proto(ethertype::IP, span)?;
            return Ok(self.test(TestKind::IpProto { v4, v6, number }, span));
        }
        if let Some(number) = lookup::iso_proto_word(proto) {
            self.encap.check_proto(lookup::link_proto(Proto::Iso).unwrap_or(0), span)?;
            return Ok(self.test(TestKind::IsoProto(number), span));
        }
        if let Some(number) = lookup::link_proto(proto) {
            self.encap.check_proto(number, span)?;
            return Ok(self.test(TestKind::LinkProto(number), span));
        }
        let types = lookup::isis_types(proto);
        if !types.is_empty() {
            self.encap.check_proto(lookup::link_proto(Proto::Iso).unwrap_or(0), span)?;
        }
        let types = types.iter().map(|number| TestKind::IsisType(*number));
        self.any(types, span).ok_or_else(|| {
            let text = format!("'{}' cannot be used as an abbreviation", proto.name());
            Diagnostic::new(Kind::Meaning, span, text)
                .because(format!("\"{}\" says where to look; what to look for must follow", proto.name()))
        })
    }

    fn broadcast(&self, proto: Option<Proto>, span: Span) -> Result<TestKind, Diagnostic> {
        legal::check(Use::Broadcast, proto, span)?;
        if proto == Some(Proto::Ip) {
            self.encap.check_proto(ethertype::IP, span)?;
            // All ones is libpcap's PCAP_NETMASK_UNKNOWN.
            let Some(netmask) = self.target.netmask.filter(|mask| *mask != u32::MAX) else {
                let text = "netmask not known, so 'ip broadcast' not supported";
                return Err(Diagnostic::new(Kind::Meaning, span, text));
            };
            return Ok(TestKind::IpBroadcast { netmask });
        }
        if !self.encap.link().has_broadcast() {
            return Err(self.encap.link().refuse("broadcast", span));
        }
        Ok(TestKind::LinkBroadcast)
    }

    fn multicast(&self, proto: Option<Proto>, span: Span) -> Result<TestKind, Diagnostic> {
        legal::check(Use::Multicast, proto, span)?;
        if matches!(proto, Some(Proto::Ip | Proto::Ip6)) {
            self.encap.check_proto(ethertype::IP, span)?;
        }
        match proto {
            Some(Proto::Ip) => Ok(TestKind::IpMulticast),
            Some(Proto::Ip6) => Ok(TestKind::Ip6Multicast),
            _ if self.encap.link().has_multicast() => Ok(TestKind::LinkMulticast),
            _ => Err(self.encap.link().refuse("multicast", span)),
        }
    }

    fn direction(&self, outbound: bool, span: Span) -> Result<TestKind, Diagnostic> {
        if !self.target.linux_extensions && !self.encap.link().has_direction() {
            let word = if outbound { "outbound" } else { "inbound" };
            return Err(self.encap.link().refuse_offline(word, span));
        }
        Ok(TestKind::Direction { outbound })
    }

    fn vlan(&mut self, id: Option<u32>, span: Span) -> Result<NodeId, Diagnostic> {
        if self.encap.in_mpls() {
            return Err(Diagnostic::new(Kind::Meaning, span, "no VLAN match after MPLS"));
        }
        if !self.encap.link().has_vlan() {
            return Err(self.encap.link().refuse("vlan", span));
        }
        at_most("VLAN tag", id.unwrap_or(0), 0x0fff, span)?;
        let id = id.map(|id| id as u16);
        Ok(self.open(LayerKind::Vlan, TestKind::Vlan { id }, span))
    }

    fn mpls(&mut self, label: Option<u32>, span: Span) -> Result<NodeId, Diagnostic> {
        if !self.encap.in_mpls() && !self.encap.link().has_mpls() {
            return Err(self.encap.link().refuse("mpls", span));
        }
        at_most("MPLS label", label.unwrap_or(0), 0xf_ffff, span)?;
        Ok(self.open(LayerKind::Mpls, TestKind::Mpls { label }, span))
    }

    /// Adds a test of this layer and enters the one that it opens.
    pub(super) fn open(&mut self, layer: LayerKind, kind: TestKind, span: Span) -> NodeId {
        let test = self.add_test(kind, span);
        self.encap.open(layer, test, &mut self.filter.layers, self.target.linux_extensions);
        self.node(Node::Test(test))
    }

    fn llc(&self, name: Option<Span>, span: Span) -> Result<Llc, Diagnostic> {
        if !self.encap.link().has_llc() {
            return Err(self.encap.link().refuse("llc", span));
        }
        let Some(name) = name else { return Ok(Llc::Any) };
        let word = name.of(self.text).trim_start_matches('\\');
        Ok(match word.to_ascii_lowercase().as_str() {
            "i" => Llc::Information,
            "s" => Llc::Supervisory(None),
            "u" => Llc::Unnumbered(None),
            "rr" => Llc::Supervisory(Some(0x01)),
            "rnr" | "rulenum" => Llc::Supervisory(Some(0x05)),
            "rej" => Llc::Supervisory(Some(0x09)),
            "ui" => Llc::Unnumbered(Some(0x03)),
            "ua" => Llc::Unnumbered(Some(0x63)),
            "disc" => Llc::Unnumbered(Some(0x43)),
            "dm" => Llc::Unnumbered(Some(0x0f)),
            "sabme" => Llc::Unnumbered(Some(0x6f)),
            "test" => Llc::Unnumbered(Some(0xe3)),
            "xid" => Llc::Unnumbered(Some(0xaf)),
            "frmr" => Llc::Unnumbered(Some(0x87)),
            _ => {
                let text = format!("unknown LLC type name \"{word}\"");
                return Err(Diagnostic::new(Kind::Name, name, text).because(
                    "types are i, s, u, rr, rnr, rej, ui, ua, disc, dm, sabme, test, xid and frmr",
                ));
            }
        })
    }
}

/// PPPoE's ethertypes, RFC 2516.
const PPPOE_DISCOVERY: u16 = 0x8863;
const PPPOE_SESSION: u16 = 0x8864;

//! Which packets a flow is made of (source: OpenFlow Switch Specification 1.0.0, section 5.2.3).
//!
//! ```text
//! | wildcards (4) | in port (2) | MAC source (6) | MAC destination (6) | VLAN (2) | priority | 0 | ethertype (2) |
//! | TOS | IP protocol | 0 (2) | IPv4 source (4) | IPv4 destination (4) | port, ICMP type (2) | port, ICMP code (2) |
//! ```

use super::super::fields::{self, Bits, Field, Kind};
use super::PORTS;
use crate::prelude::*;

/// Bytes of a match.
pub(super) const LENGTH: usize = 40;

/// Fields that are not looked at; of the addresses, how many bits are not.
pub(super) const WILDCARDS: Bits = Bits {
    names: &[
        (0x000001, "IN_PORT"),
        (0x000002, "DL_VLAN"),
        (0x000004, "DL_SRC"),
        (0x000008, "DL_DST"),
        (0x000010, "DL_TYPE"),
        (0x000020, "NW_PROTO"),
        (0x000040, "TP_SRC"),
        (0x000080, "TP_DST"),
        (0x100000, "DL_VLAN_PCP"),
        (0x200000, "NW_TOS"),
    ],
    assigned: 0x3fffff,
};
const IN_PORT: u32 = 0x000001;
const VLAN: u32 = 0x000002;
const MAC_SOURCE: u32 = 0x000004;
const MAC_DESTINATION: u32 = 0x000008;
const ETHERTYPE: u32 = 0x000010;
const PROTOCOL: u32 = 0x000020;
const SOURCE_PORT: u32 = 0x000040;
const DESTINATION_PORT: u32 = 0x000080;
const VLAN_PRIORITY: u32 = 0x100000;
const TOS: u32 = 0x200000;

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const ICMP: u8 = 1;

/// Reads a match, and says what is looked at, each with `prefix` in front.
pub(super) fn say(prefix: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut body = *p;
    p.pass(LENGTH);
    out.nest("match", |out| {
        let wildcards = body.be32()?;
        out.note("wildcards", wildcards);
        if wildcards & !WILDCARDS.assigned != 0 {
            out.say(prefix).aloud(|out| _ = out.say("wildcards 0x").hex0("", wildcards, 8).say(" (bogus)"));
        }
        let mut matching = Matching { wildcards, prefix, p: body };
        matching.link(out)?;
        matching.network(out)
    })
}

struct Matching<'a> {
    wildcards: u32,
    prefix: &'a str,
    p: Cursor<'a>,
}

impl Matching<'_> {
    fn wants(&self, field: u32) -> bool {
        self.wildcards & field == 0
    }

    /// A field that is looked at, or not.
    fn field(&mut self, bit: u32, field: Field, out: &mut Out) -> Dissect {
        let (words, key, length, kind) = field;
        if !self.wants(bit) {
            self.p.pass(length);
            return Ok(());
        }
        self.p.need(length)?;
        out.say(self.prefix).say("match ");
        fields::say(&[(words, key, length, kind)], &mut self.p, out)
    }

    fn link(&mut self, out: &mut Out) -> Dissect {
        self.field(IN_PORT, ("in_port ", "in_port", 2, Kind::Named(PORTS, "%u")), out)?;
        self.field(MAC_SOURCE, ("dl_src ", "src_mac", 6, Kind::Mac), out)?;
        self.field(MAC_DESTINATION, ("dl_dst ", "dst_mac", 6, Kind::Mac), out)?;
        if self.wants(VLAN) {
            let vlan = self.p.be16()?;
            out.say(self.prefix).say("match dl_vlan ");
            vlan_id(vlan, out);
        } else {
            self.p.pass(2);
        }
        if self.wants(VLAN_PRIORITY) {
            let priority = self.p.u8()?;
            out.say(self.prefix).say("match dl_vlan_pcp ");
            vlan_priority(priority, out);
        } else {
            self.p.pass(1);
        }
        self.p.pass(1);
        Ok(())
    }

    /// Ethertype and protocol are read even where they are not looked at.
    fn network(&mut self, out: &mut Out) -> Dissect {
        self.p.need(2)?;
        let ethertype = self.p.at(0).be16().ok().filter(|_| self.wants(ETHERTYPE));
        self.field(ETHERTYPE, ("dl_type ", "ethertype", 2, Kind::Hex), out)?;
        self.field(TOS, ("nw_tos ", "tos", 1, Kind::Hex), out)?;
        let protocol = Some(self.p.peek()?).filter(|_| self.wants(PROTOCOL));
        let words = if ethertype == Some(ARP) { "arp_opcode " } else { "nw_proto " };
        self.field(PROTOCOL, (words, "protocol", 1, Kind::Dec), out)?;
        self.p.pass(2);
        self.address("nw_src ", "src", self.wildcards >> 8 & 0x3f, out)?;
        self.address("nw_dst ", "dst", self.wildcards >> 14 & 0x3f, out)?;
        let icmp = ethertype == Some(IPV4) && protocol == Some(ICMP);
        let (source, destination) = if icmp { ("icmp_type ", "icmp_code ") } else { ("tp_src ", "tp_dst ") };
        self.field(SOURCE_PORT, (source, "src_port", 2, Kind::Dec), out)?;
        self.p.need(2)?;
        self.field(DESTINATION_PORT, (destination, "dst_port", 2, Kind::Dec), out)
    }

    fn address(&mut self, words: &str, key: &str, ignored: u32, out: &mut Out) -> Dissect {
        let Some(bits) = 32u32.checked_sub(ignored).filter(|bits| *bits > 0) else {
            self.p.pass(4);
            return Ok(());
        };
        let address = self.p.array()?;
        out.say(self.prefix).say("match ").say(words);
        out.phrase(key, |out| {
            out.ip4("", address).say("/").num("", bits);
            Ok(())
        })
    }
}

/// All that is allowed: none, and 1 to 4094.
pub(super) fn vlan_id(vlan: u16, out: &mut Out) {
    out.name("vlan", vlan, &[(0xffff, "NONE")], "%u");
    if !matches!(vlan, 1..=0xffe | 0xffff) {
        out.say(" (bogus)");
    }
}

pub(super) fn vlan_priority(priority: u8, out: &mut Out) {
    out.num("vlan_priority", priority).say(if priority > 7 { " (bogus)" } else { "" });
}

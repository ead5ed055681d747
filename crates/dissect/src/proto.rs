//! The register: every protocol, and every number that leads to one. Nothing else is said here.
//!
//! # To add a protocol
//! 1. `proto/NAME.rs`, NAME as tcpdump's printer has it: `//!` with the RFC and the header drawn, `pub static`,
//!    tables, `dissect`, helpers, tests (`testing::check` at no `-v` and at `-v`, a lie, options; `values`).
//! 2. A `mod` line and a row for each number here; order is meaning among the port rules.
//! 3. Read a phrase, then say it (`cargo xtask tidy` holds it). Every value has one key, once; what text says
//!    again goes into `aloud`, what it never says into `note`. Repeated things are items of a `list`.
//! 4. `?` ends the packet at a cut and the layer at a lie; where only a part ends: `cx.soften`, `cx.attempt`. Hand
//!    on by number, `cx.next(Space::.., p, out)`; memory between packets is a table of [`crate::memory`].
//! 5. What another protocol says too is in [`crate::parts`], or goes there: it imports nothing else.

use crate::cx::Space;
use crate::engine::Protocol;
use crate::parts::smb_message;
use crate::rules::{Ports, Rule, either, from, to, within};
use gannet_wire::LinkType;
use std::sync::LazyLock;

mod ah;
mod ahcp;
mod aodv;
mod aoe;
mod ap1394;
mod arcnet;
mod arp;
mod atalk;
mod atm;
mod babel;
mod bcm_li;
mod beep;
mod bfd;
mod bgp;
mod bootp;
mod brcmtag;
mod bt;
mod calm_fast;
mod carp;
mod cdp;
mod cfm;
mod chdlc;
mod cip;
mod cnfp;
mod dccp;
mod decnet;
mod dhcp6;
mod domain;
mod dsa;
mod dtp;
mod dvmrp;
mod eap;
mod egp;
mod eigrp;
mod enc;
mod erspan;
mod esp;
mod ether;
mod fddi;
mod forces;
mod fr;
mod ftp;
mod geneve;
mod geonet;
mod gre;
mod hncp;
mod hsrp;
mod http;
mod icmp;
mod icmp6;
mod ieee802_11;
mod ieee802_15_4;
mod igmp;
mod igrp;
mod ip;
mod ip6;
mod ipcomp;
mod ipfc;
mod ipnet;
mod ipoib;
mod ipx;
mod ipx_netbios;
mod isakmp;
mod isoclns;
mod juniper;
mod krb;
mod l2tp;
mod ldp;
mod lisp;
mod llc;
mod lldp;
mod lmp;
mod loopback;
mod lspping;
mod lwapp;
mod lwres;
mod m3ua;
mod mobile;
mod mobility;
mod mpcp;
mod mpls;
mod msdp;
mod msnlb;
mod nbt;
mod netanalyzer;
mod netbeui;
mod nflog;
mod nfs;
mod nhrp;
mod nsh;
mod ntp;
mod null;
mod olsr;
mod openflow;
mod ospf;
mod pflog;
mod pgm;
mod pim;
mod pktap;
mod ppi;
mod ppp;
mod pppoe;
mod pptp;
mod ptp;
mod quic;
mod radius;
mod raw;
mod realtek;
mod resp;
mod rip;
mod ripng;
mod rpki_rtr;
mod rsvp;
mod rtcp;
mod rtp;
mod rtsp;
mod rx;
mod sctp;
mod sflow;
mod sip;
mod sl;
mod sll;
mod slow;
mod smb;
mod smtp;
mod snmp;
mod someip;
mod ssh;
mod stp;
mod sunatm;
mod sunrpc;
mod symantec;
mod syslog;
mod tcp;
mod telnet;
mod tftp;
mod timed;
mod tipc;
mod token;
mod udld;
mod udp;
mod unsupported;
mod usb;
mod vat;
mod vqp;
mod vrrp;
mod vsock;
mod vtp;
mod vxlan;
mod vxlan_gpe;
mod wb;
mod whois;
mod zep;
mod zephyr;
mod zeromq;

/// Who speaks for a number, if anybody does. `payload` is what follows it.
pub fn find(space: Space, payload: &[u8]) -> Option<&'static Protocol> {
    match space {
        Space::Link(link) => Some(row(LINK, link).unwrap_or(&unsupported::UNSUPPORTED)),
        Space::Within(link) => row(LINK, link),
        Space::EtherType(n) => row(ETHERTYPE, n),
        Space::IpProto(n) => row(IP_PROTO, n),
        Space::Igmp(n) => row(IGMP, n),
        Space::Udp { src, dst } => UDP_PORTS.find(src, dst, payload),
        Space::Rpc { src, dst } => nfs::in_datagram(src, dst, payload).then_some(&nfs::NFS),
        Space::Tcp { src, dst } => TCP_PORTS.find(src, dst, payload),
        Space::Sap(n) => row(SAP, n),
        Space::Snap { oui, pid } => row(SNAP, (oui, pid)),
        Space::Nlpid(n) => row(NLPID, n),
        Space::Gre { protocol, sequenced } => gre(protocol, sequenced),
        Space::Ppp(n) => row(PPP, n),
        Space::Sctp(n) => row(SCTP, n),
        Space::Llc => Some(&llc::LLC),
        Space::Pgm => Some(&zeromq::IN_PGM),
        Space::NetBios => payload.starts_with(smb_message::MAGIC).then_some(&smb::SMB),
        Space::Ipx(n) => row(IPX, n),
    }
}

/// Protocols of everyday traffic that remember nothing and hand on to nobody: who only wants to know what a packet
/// leaves behind need not hear them when they are the last.
const FORGETFUL: &[&Protocol] =
    &[&domain::DOMAIN, &domain::MDNS, &ftp::FTP, &http::HTTP, &smtp::SMTP, &ssh::SSH];

/// Whether a protocol leaves nothing behind, whatever it reads; `false` if that is not known.
pub fn is_forgetful(who: &'static Protocol) -> bool {
    FORGETFUL.iter().any(|known| std::ptr::eq(*known, who))
}

/// The protocol that a `-T` word names.
pub fn by_word(word: &str) -> Option<&'static Protocol> {
    WORDS.iter().find(|row| row.0.eq_ignore_ascii_case(word)).map(|row| row.1)
}

/// The words of `-T`.
pub const WORDS: &[(&str, &Protocol)] = &[
    ("aodv", &aodv::AODV),
    ("carp", &carp::CARP),
    ("cnfp", &cnfp::CNFP),
    ("domain", &domain::DOMAIN),
    ("lmp", &lmp::LMP),
    ("pgm", &pgm::OVER_UDP),
    ("pgm_zmtp1", &pgm::WITH_ZMTP1),
    ("ptp", &ptp::PTP),
    ("quic", &quic::QUIC),
    ("rtcp", &rtcp::RTCP),
    ("radius", &radius::RADIUS),
    ("resp", &resp::RESP),
    ("rpc", &sunrpc::SUNRPC),
    ("rtp", &rtp::RTP),
    ("snmp", &snmp::SNMP),
    ("someip", &someip::SOMEIP),
    ("tftp", &tftp::TFTP),
    ("vat", &vat::VAT),
    ("vxlan", &vxlan::VXLAN),
    ("wb", &wb::WB),
    ("zmtp1", &zeromq::ZMTP1),
];

/// Whether there is a printer for a link type.
pub fn prints(link: LinkType) -> bool {
    row(LINK, link).is_some()
}

const LINK: &[(LinkType, &Protocol)] = &[
    (LinkType::ETHERNET, &ether::ETHER),
    (LinkType::NULL, &null::NULL),
    (LinkType::LOOP, &null::NULL),
    (LinkType::RAW, &raw::RAW),
    (LinkType::IPV4, &raw::RAW),
    (LinkType::IPV6, &raw::RAW),
    (LinkType::LINUX_SLL, &sll::SLL),
    (LinkType::LINUX_SLL2, &sll::SLL2),
    (LinkType::IEEE802_11, &ieee802_11::IEEE802_11),
    (LinkType::IEEE802_11_RADIOTAP, &ieee802_11::RADIOTAP),
    (LinkType::IEEE802_11_AVS, &ieee802_11::AVS),
    (LinkType::IEEE802_11_PRISM, &ieee802_11::PRISM),
    (LinkType::PPP, &ppp::PPP_IF),
    (LinkType::PPP_PPPD, &ppp::PPP_IF),
    (LinkType::PPP_HDLC, &ppp::PPP_HDLC),
    (LinkType::PPP_BSDOS, &ppp::PPP_BSDOS),
    (LinkType::PPP_ETHER, &pppoe::PPPOE),
    (LinkType::C_HDLC, &chdlc::CHDLC),
    (LinkType::SLIP, &sl::SLIP),
    (LinkType::SLIP_BSDOS, &sl::SLIP_BSDOS),
    (LinkType::ATM_RFC1483, &atm::ATM),
    (LinkType::SUNATM, &sunatm::SUNATM),
    (LinkType::ATM_CLIP, &cip::CIP),
    (LinkType::ARCNET_BSD, &arcnet::ARCNET),
    (LinkType::ARCNET_LINUX, &arcnet::ARCNET_LINUX),
    (LinkType::IPNET, &ipnet::IPNET),
    (LinkType::IPOIB, &ipoib::IPOIB),
    (LinkType::NFLOG, &nflog::NFLOG),
    (LinkType::PKTAP, &pktap::PKTAP),
    (LinkType::USER2, &pktap::PKTAP),
    (LinkType::VSOCK, &vsock::VSOCK),
    (LinkType::LTALK, &atalk::LTALK),
    (LinkType::PPI, &ppi::PPI),
    (LinkType::ENC, &enc::ENC),
    (LinkType::SYMANTEC_FIREWALL, &symantec::SYMANTEC),
    (LinkType::APPLE_IP_OVER_IEEE1394, &ap1394::AP1394),
    (LinkType::FRELAY, &fr::FR),
    (LinkType::JUNIPER_MLPPP, &juniper::MLPPP),
    (LinkType::JUNIPER_MLFR, &juniper::MLFR),
    (LinkType::JUNIPER_MFR, &juniper::MFR),
    (LinkType::JUNIPER_ES, &juniper::ES),
    (LinkType::JUNIPER_GGSN, &juniper::GGSN),
    (LinkType::JUNIPER_SERVICES, &juniper::SERVICES),
    (LinkType::JUNIPER_MONITOR, &juniper::MONITOR),
    (LinkType::JUNIPER_ATM1, &juniper::ATM1),
    (LinkType::JUNIPER_ATM2, &juniper::ATM2),
    (LinkType::JUNIPER_PPPOE, &juniper::PPPOE),
    (LinkType::JUNIPER_PPPOE_ATM, &juniper::PPPOE_ATM),
    (LinkType::JUNIPER_ETHER, &juniper::ETHER),
    (LinkType::JUNIPER_PPP, &juniper::PPP),
    (LinkType::JUNIPER_FRELAY, &juniper::FRELAY),
    (LinkType::JUNIPER_CHDLC, &juniper::CHDLC),
    (LinkType::MFR, &fr::MFR),
    (LinkType::DSA_TAG_DSA, &dsa::DSA),
    (LinkType::DSA_TAG_EDSA, &dsa::EDSA),
    (LinkType::DSA_TAG_BRCM, &brcmtag::BRCM_TAG),
    (LinkType::DSA_TAG_BRCM_PREPEND, &brcmtag::BRCM_TAG_PREPEND),
    (LinkType::IEEE802_15_4_WITHFCS, &ieee802_15_4::IEEE802_15_4),
    (LinkType::IEEE802_15_4_NOFCS, &ieee802_15_4::IEEE802_15_4),
    (LinkType::IEEE802_15_4_TAP, &ieee802_15_4::TAP),
    (LinkType::IEEE802_5, &token::TOKEN),
    (LinkType::FDDI, &fddi::FDDI),
    (LinkType::PFLOG, &pflog::PFLOG),
    (LinkType::IP_OVER_FC, &ipfc::IPFC),
    (LinkType::NETANALYZER, &netanalyzer::NETANALYZER),
    (LinkType::NETANALYZER_TRANSPARENT, &netanalyzer::TRANSPARENT),
    (LinkType::USB_LINUX, &usb::USB_LINUX),
    (LinkType::USB_LINUX_MMAPPED, &usb::USB_LINUX_MAPPED),
    (LinkType::BLUETOOTH_HCI_H4_WITH_PHDR, &bt::BLUETOOTH),
];

const ETHERTYPE: &[(u16, &Protocol)] = &[
    (0x0800, &ip::IP),
    (0x86dd, &ip6::IP6),
    (0x0806, &arp::ARP),
    (0x8035, &arp::ARP),
    (0x6558, &ether::ETHER),
    (0x880b, &ppp::PPP_ETHERTYPE),
    (0x8847, &mpls::MPLS),
    (0x8848, &mpls::MPLS),
    (0x8863, &pppoe::PPPOE),
    (0x8864, &pppoe::PPPOE),
    (0x3c12, &pppoe::PPPOE),
    (0x3c13, &pppoe::PPPOE),
    (0xfefe, &isoclns::PADDED),
    (0x894f, &nsh::NSH),
    (0x888e, &eap::EAP),
    (0x9000, &loopback::LOOPBACK),
    (0x0707, &geonet::GEONET),
    (0x8947, &geonet::GEONET),
    (0x1111, &calm_fast::CALM_FAST),
    (0x8808, &mpcp::MPCP),
    (0x8809, &slow::SLOW),
    (0x8902, &cfm::CFM),
    (0xabcd, &cfm::CFM),
    (0x88cc, &lldp::LLDP),
    (0x8899, &realtek::REALTEK),
    (0x886f, &msnlb::MSNLB),
    (0x88ca, &tipc::TIPC),
    (0x88a2, &aoe::AOE),
    (0x88f7, &ptp::PTP),
    (0x6003, &decnet::DECNET),
    (0x809b, &atalk::ETHERTALK),
    (0x80f3, &atalk::AARP),
    (0x8137, &ipx::ETHERNET_II),
];

const IP_PROTO: &[(u8, &Protocol)] = &[
    (6, &tcp::TCP),
    (17, &udp::UDP),
    (1, &icmp::ICMP),
    (2, &igmp::IGMP),
    (4, &ip::IP),
    (41, &ip6::IP6),
    (58, &icmp6::ICMP6),
    (8, &egp::EGP),
    (9, &igrp::IGRP),
    (88, &eigrp::EIGRP),
    (89, &ospf::OSPF),
    (103, &pim::PIM),
    (112, &vrrp::VRRP),
    (143, &ether::ETHER),
    (50, &esp::ESP),
    (51, &ah::AH),
    (108, &ipcomp::IPCOMP),
    (46, &rsvp::RSVP),
    (47, &gre::GRE),
    (54, &nhrp::NHRP),
    (55, &mobile::MOBILE),
    (33, &dccp::DCCP),
    (113, &pgm::PGM),
    (132, &sctp::SCTP),
    (62, &mobility::MOBILITY),
    (135, &mobility::MOBILITY),
];

/// Types of GRE that are ethertypes too.
const GRE_ETHERTYPES: &[u16] = &[0x0800, 0x86dd, 0x8847, 0x8848, 0x6558, 0x894f];

const GRE: &[(u16, &Protocol)] = &[
    (0x00fe, &isoclns::ISOCLNS),
    (0x809b, &atalk::ATALK),
    (0x8137, &ipx::IPX),
    (0x2000, &cdp::CDP),
    (0x2001, &nhrp::NHRP),
    (0x22eb, &erspan::ERSPAN_III),
    (0x88be, &erspan::ERSPAN_II),
    (0x880b, &ppp::PPP),
];

const IGMP: &[(u8, &Protocol)] = &[(0x13, &dvmrp::DVMRP), (0x14, &pim::PIM_V1)];

const SAP: &[(u8, &Protocol)] = &[
    (0x06, &ip::IP),
    (0x42, &stp::STP),
    (0xe0, &ipx::IPX),
    (0xf0, &netbeui::NETBEUI),
    (0xfe, &isoclns::ISOCLNS),
    (0xff, &ipx::IPX),
];

/// What OSI itself numbered begins with the identifier; of the others it is what follows.
const NLPID: &[(u8, &Protocol)] = &[
    (0x08, &fr::Q933),
    (0x81, &isoclns::ISOCLNS),
    (0x82, &isoclns::ISOCLNS),
    (0x83, &isoclns::ISOCLNS),
    (0xcf, &ppp::PPP),
];

/// By the destination socket.
const IPX: &[(u16, &Protocol)] = &[(0x0455, &ipx_netbios::IPX_NETBIOS), (0x0553, &ipx_netbios::IPX_NETBIOS)];

/// By the identifier of the payload protocol.
const SCTP: &[(u32, &Protocol)] = &[(3, &m3ua::M3UA), (21, &forces::FORCES)];

/// Some write ethertypes.
const PPP: &[(u16, &Protocol)] = &[
    (0x0021, &ip::IP),
    (0x002b, &ipx::IPX),
    (0x8137, &ipx::IPX),
    (0x002f, &ip::IP),
    (0x0800, &ip::IP),
    (0x0057, &ip6::IP6),
    (0x86dd, &ip6::IP6),
    (0x0023, &isoclns::ISOCLNS),
    (0x0281, &mpls::MPLS),
    (0x0283, &mpls::MPLS),
];

const SNAP: &[((u32, u16), &Protocol)] = &[
    ((0x00000c, 0x010b), &stp::STP),
    ((0x00000c, 0x010c), &stp::STP),
    ((0x00000c, 0x0111), &udld::UDLD),
    ((0x00000c, 0x2000), &cdp::CDP),
    ((0x00000c, 0x2003), &vtp::VTP),
    ((0x00000c, 0x2004), &dtp::DTP),
    ((0x0080c2, 0x000e), &stp::STP),
];

/// The order is the meaning: the first rule that holds, speaks. Ports below 1024 go by number, multicast DNS
/// comes next; QUIC, which may share its port with others, is asked for almost last.
const UDP: &[Rule] = &[
    either(53, &domain::DOMAIN),
    either(67, &bootp::BOOTP),
    either(68, &bootp::BOOTP),
    either(69, &tftp::TFTP),
    either(88, &krb::KRB),
    either(123, &ntp::NTP),
    either(137, &nbt::NAMES),
    either(138, &nbt::DATAGRAMS),
    either(161, &snmp::SNMP),
    either(162, &snmp::SNMP),
    either(319, &ptp::PTP),
    either(320, &ptp::PTP),
    either(496, &pim::AUTORP),
    either(500, &isakmp::ISAKMP),
    either(514, &syslog::SYSLOG),
    either(520, &rip::RIP),
    either(521, &ripng::RIPNG),
    either(525, &timed::TIMED),
    either(546, &dhcp6::DHCP6),
    either(547, &dhcp6::DHCP6),
    either(646, &ldp::LDP),
    either(654, &aodv::AODV),
    either(698, &olsr::OLSR),
    either(701, &lmp::LMP),
    either(750, &krb::KRB),
    either(921, &lwres::LWRES),
    either(5353, &domain::MDNS),
    either(4500, &isakmp::OVER_NAT),
    either(7500, &isakmp::ISAKMP),
    either(8500, &isakmp::ISAKMP),
    either(1701, &l2tp::L2TP),
    to(3456, &vat::VAT),
    either(2103, &zephyr::ZEPHYR),
    either(2104, &zephyr::ZEPHYR),
    within(7000, 7009, &rx::RX),
    either(5359, &ahcp::AHCP),
    either(6696, &babel::BABEL),
    either(6697, &babel::BABEL),
    either(8231, &hncp::HNCP),
    to(4567, &wb::WB),
    either(1645, &radius::RADIUS),
    either(1646, &radius::RADIUS),
    either(1700, &radius::RADIUS),
    either(1812, &radius::RADIUS),
    either(1813, &radius::RADIUS),
    either(3799, &radius::RADIUS),
    to(1985, &hsrp::HSRP),
    either(3503, &lspping::LSPPING),
    to(3784, &bfd::BFD),
    to(4784, &bfd::BFD),
    to(6784, &bfd::BFD),
    to(7784, &bfd::BFD),
    from(7784, &bfd::BFD),
    to(3785, &bfd::BFD),
    either(1589, &vqp::VQP),
    either(6343, &sflow::SFLOW),
    to(12223, &lwapp::TO_CONTROLLER),
    from(12223, &lwapp::LWAPP),
    either(12222, &lwapp::LWAPP),
    either(5060, &sip::SIP),
    either(8472, &vxlan::VXLAN),
    either(4789, &vxlan::VXLAN),
    to(6081, &geneve::GENEVE),
    either(4342, &lisp::LISP),
    either(4790, &vxlan_gpe::VXLAN_GPE),
    either(17754, &zep::ZEP),
    either(6635, &mpls::MPLS),
    within(200, 327, &atalk::KIP).if_it(atalk::in_datagram),
    within(768, 895, &atalk::KIP).if_it(atalk::in_datagram),
    within(16512, 16639, &atalk::KIP).if_it(atalk::in_datagram),
    either(30490, &someip::SOMEIP),
    either(443, &quic::QUIC).if_it(quic::looks),
    from(49152, &bcm_li::BCM_LI),
];

/// The order is the meaning: the first rule that holds, speaks.
const TCP: &[Rule] = &[
    either(23, &telnet::TELNET),
    either(25, &smtp::SMTP),
    either(43, &whois::WHOIS),
    either(179, &bgp::BGP),
    either(1723, &pptp::PPTP),
    either(6379, &resp::RESP),
    either(22, &ssh::SSH),
    either(139, &nbt::SESSION),
    either(445, &smb::OVER_TCP),
    either(10288, &beep::BEEP),
    either(6633, &openflow::OPENFLOW),
    either(6653, &openflow::OPENFLOW),
    either(21, &ftp::FTP),
    either(80, &http::HTTP),
    either(8080, &http::HTTP),
    either(554, &rtsp::RTSP),
    either(8554, &rtsp::RTSP),
    either(53, &domain::DOMAIN),
    either(639, &msdp::MSDP),
    either(323, &rpki_rtr::RPKI_RTR),
    either(646, &ldp::LDP),
    either(2049, &nfs::NFS),
];

static UDP_PORTS: LazyLock<Ports> = LazyLock::new(|| Ports::new(UDP));
static TCP_PORTS: LazyLock<Ports> = LazyLock::new(|| Ports::new(TCP));

/// ERSPAN has no header of its own where GRE counts no packets.
fn gre(protocol: u16, sequenced: bool) -> Option<&'static Protocol> {
    match row(GRE, protocol) {
        Some(who) if std::ptr::eq(who, &erspan::ERSPAN_II) && !sequenced => Some(&erspan::ERSPAN_I),
        None if GRE_ETHERTYPES.contains(&protocol) => row(ETHERTYPE, protocol),
        found => found,
    }
}

fn row<K: Copy + PartialEq>(rows: &[(K, &'static Protocol)], key: K) -> Option<&'static Protocol> {
    rows.iter().find(|row| row.0 == key).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shadowed;

    #[test]
    fn every_row_can_speak() {
        assert_eq!(shadowed(UDP), [0usize; 0]);
        assert_eq!(shadowed(TCP), [0usize; 0]);
        assert_eq!(twice(LINK), None);
        assert_eq!(twice(ETHERTYPE), None);
        assert_eq!(twice(IP_PROTO), None);
        assert_eq!(twice(GRE), None);
        assert_eq!(twice(IGMP), None);
        assert_eq!(twice(SAP), None);
        assert_eq!(twice(IPX), None);
        assert_eq!(twice(NLPID), None);
        assert_eq!(twice(PPP), None);
        assert_eq!(twice(SCTP), None);
        assert_eq!(twice(SNAP), None);
    }

    #[test]
    fn who_is_forgetful_has_nothing_to_remember_with() {
        for text in [
            include_str!("proto/domain.rs"),
            include_str!("proto/domain/edns.rs"),
            include_str!("proto/domain/names.rs"),
            include_str!("proto/domain/record.rs"),
            include_str!("proto/ftp.rs"),
            include_str!("proto/http.rs"),
            include_str!("proto/smtp.rs"),
            include_str!("proto/ssh.rs"),
            include_str!("parts/txtproto.rs"),
            include_str!("parts/dns_name.rs"),
        ] {
            for word in ["memory", ".next(Space", "hand_to"] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }

    /// A number that has two rows, of which the second says nothing.
    fn twice<K: Copy + PartialEq>(rows: &[(K, &Protocol)]) -> Option<K> {
        let mut keys = rows.iter().map(|row| row.0).enumerate();
        keys.find(|(at, key)| rows.iter().take(*at).any(|row| row.0 == *key)).map(|(_, key)| key)
    }
}

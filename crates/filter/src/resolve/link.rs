//! What can be asked of a link layer at all; how it is asked is the lowering's business.

use crate::diag::{Diagnostic, Kind, Span};
use gannet_wire::LinkType;

/// The link layer that tests look at: that of the packet, or one found inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link(LinkType);

/// Ethernet, as it is or behind something.
const ETHERNET: &[LinkType] = &[
    LinkType::ETHERNET,
    LinkType::NETANALYZER,
    LinkType::NETANALYZER_TRANSPARENT,
    LinkType::DSA_TAG_BRCM,
    LinkType::DSA_TAG_DSA,
];

/// 802.11, as it is or behind a radio header.
const WLAN: &[LinkType] = &[
    LinkType::IEEE802_11,
    LinkType::IEEE802_11_PRISM,
    LinkType::IEEE802_11_RADIOTAP,
    LinkType::IEEE802_11_AVS,
    LinkType::PPI,
];

/// Other links with addresses of six bytes.
const MAC48: &[LinkType] = &[LinkType::FDDI, LinkType::IEEE802_5, LinkType::IP_OVER_FC];

/// Links with addresses of one byte.
const MAC8: &[LinkType] = &[LinkType::ARCNET_BSD, LinkType::ARCNET_LINUX, LinkType::BACNET_MS_TP];

/// Links that consist of an IP packet alone.
const RAW: &[LinkType] = &[LinkType::RAW, LinkType::IPV4, LinkType::IPV6];

/// Links whose protocol numbers are those of PPP.
const PPP: &[LinkType] =
    &[LinkType::PPP, LinkType::PPP_HDLC, LinkType::PPP_ETHER, LinkType::PPP_BSDOS, LinkType(PPP_PPPD)];

/// PPP with a byte that says the direction; also known as PPP_WITH_DIR.
const PPP_PPPD: u16 = 166;

/// Juniper's, whose first bytes are a magic number and flags.
const JUNIPER: &[LinkType] = &[
    LinkType::JUNIPER_ATM1,
    LinkType::JUNIPER_ATM2,
    LinkType::JUNIPER_ATM_CEMIC,
    LinkType::JUNIPER_CHDLC,
    LinkType::JUNIPER_ES,
    LinkType::JUNIPER_ETHER,
    LinkType::JUNIPER_FIBRECHANNEL,
    LinkType::JUNIPER_FRELAY,
    LinkType::JUNIPER_GGSN,
    LinkType::JUNIPER_ISM,
    LinkType::JUNIPER_MFR,
    LinkType::JUNIPER_MLFR,
    LinkType::JUNIPER_MLPPP,
    LinkType::JUNIPER_MONITOR,
    LinkType::JUNIPER_PPP,
    LinkType::JUNIPER_PPPOE,
    LinkType::JUNIPER_PPPOE_ATM,
    LinkType::JUNIPER_SERVICES,
    LinkType::JUNIPER_SRX_E2E,
    LinkType::JUNIPER_ST,
    LinkType::JUNIPER_VP,
    LinkType::JUNIPER_VS,
];

/// The rest of those whose payload's protocol can be told.
const OTHERS: &[LinkType] = &[
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::ENC,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::SLIP,
    LinkType::SLIP_BSDOS,
    LinkType::ARCNET_BSD,
    LinkType::ARCNET_LINUX,
    LinkType::ATM_RFC1483,
    LinkType::ATM_CLIP,
    LinkType::SUNATM,
    LinkType::C_HDLC,
    LinkType::FRELAY,
    LinkType::LTALK,
    LinkType::PFLOG,
    LinkType::IPNET,
    LinkType::APPLE_IP_OVER_IEEE1394,
    LinkType::SYMANTEC_FIREWALL,
];

/// Families of tests that belong to one family of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Packet filter logs.
    Pflog,
    /// ATM.
    Atm,
    /// SS7.
    Ss7,
}

impl Link {
    pub(super) const ETHERNET: Self = Self(LinkType::ETHERNET);
    pub(super) const PPP: Self = Self(LinkType::PPP);

    pub(super) fn new(link: LinkType) -> Self {
        Self(link)
    }

    fn is_in(self, lists: &[&[LinkType]]) -> bool {
        lists.iter().any(|list| list.contains(&self.0))
    }

    /// libpcap's name and description.
    fn name(self) -> String {
        match (self.0.name(), self.0.description()) {
            (Some(name), Some(description)) => format!("DLT_{name} ({description})"),
            _ => format!("DLT {}", self.0.dlt()),
        }
    }

    /// Whether addresses of six bytes can be asked for.
    pub(super) fn has_mac48(self) -> bool {
        self.is_in(&[ETHERNET, WLAN, MAC48])
    }

    /// Whether addresses of one byte can be asked for.
    pub(super) fn has_mac8(self) -> bool {
        self.is_in(&[MAC8])
    }

    /// Whether there is an address for everybody.
    pub(super) fn has_broadcast(self) -> bool {
        self.has_mac48() || self.has_mac8()
    }

    /// Whether there are addresses for groups.
    pub(super) fn has_multicast(self) -> bool {
        self.has_broadcast() && self.0 != LinkType::BACNET_MS_TP
    }

    /// Whether there can be VLAN tags.
    pub(super) fn has_vlan(self) -> bool {
        self.is_in(&[ETHERNET, WLAN]) && self.0 != LinkType::PPI
    }

    /// Whether there can be MPLS labels.
    pub(super) fn has_mpls(self) -> bool {
        self.is_in(&[ETHERNET, &[LinkType::PPP, LinkType::C_HDLC]])
    }

    /// Whether IEEE 802.2 can be told from the rest.
    pub(super) fn has_llc(self) -> bool {
        let others = [LinkType::FDDI, LinkType::IEEE802_5, LinkType::ATM_RFC1483, LinkType::SUNATM];
        let hilscher = [LinkType::NETANALYZER, LinkType::NETANALYZER_TRANSPARENT];
        self.is_in(&[ETHERNET, WLAN, &others]) && !self.is_in(&[&hilscher])
    }

    /// Whether there are frame types and directions of 802.11.
    pub(super) fn has_wlan(self) -> bool {
        self.is_in(&[WLAN])
    }

    /// Whether the packet itself says if it was sent or received.
    pub(super) fn has_direction(self) -> bool {
        let others = [
            LinkType::LINUX_SLL,
            LinkType::LINUX_SLL2,
            LinkType::SLIP,
            LinkType::IPNET,
            LinkType::PFLOG,
            LinkType(PPP_PPPD),
            LinkType::DSA_TAG_BRCM,
            LinkType::DSA_TAG_DSA,
        ];
        self.is_in(&[JUNIPER, &others])
    }

    /// Whether the packet itself says which interface saw it.
    pub(super) fn has_ifindex(self) -> bool {
        self.0 == LinkType::LINUX_SLL2
    }

    /// Whether the header says what protocol comes after it.
    pub(super) fn has_type_field(self) -> bool {
        let others = [LinkType::SLIP, LinkType::SLIP_BSDOS, LinkType::LTALK, LinkType::FRELAY];
        !self.is_in(&[RAW, &others])
    }

    /// Whether tests of a family make sense.
    pub(super) fn is_of(self, family: Family) -> bool {
        match family {
            Family::Pflog => self.0 == LinkType::PFLOG,
            Family::Atm => self.0 == LinkType::SUNATM,
            Family::Ss7 => self.is_in(&[&[LinkType::MTP2, LinkType::MTP2_WITH_PHDR, LinkType::ERF]]),
        }
    }

    /// Whether radio headers come before the packet.
    pub(super) fn has_radio(self) -> bool {
        self.is_in(&[WLAN]) && !self.is_in(&[&[LinkType::IEEE802_11, LinkType::PPI]])
    }

    /// What libpcap calls the numbers of the protocols on this link.
    pub(super) fn proto_word(self) -> &'static str {
        if self.is_in(&[PPP]) {
            "PPP protocol"
        } else if self.0 == LinkType::C_HDLC {
            "HDLC protocol"
        } else {
            "EtherType"
        }
    }

    /// Whether small protocol numbers are SAPs of IEEE 802.2.
    pub(super) fn has_saps(self) -> bool {
        let others = [LinkType::LINUX_SLL, LinkType::ATM_RFC1483, LinkType::ATM_CLIP, LinkType::SUNATM];
        self.is_in(&[ETHERNET, WLAN, MAC48, &others])
    }

    /// Refuses a number that stands for no link type. From 104 on libpcap takes every number for one whose bytes can be asked.
    pub(super) fn check_known(self, span: Span) -> Result<(), Diagnostic> {
        if self.0.0 >= LinkType::C_HDLC.0 || self.0.name().is_some() {
            return Ok(());
        }
        let text = format!("unknown data link type {}", self.0.dlt());
        Err(Diagnostic::new(Kind::Meaning, span, text)
            .because("nothing is known of what such packets begin with, so that they cannot be filtered"))
    }

    /// Refuses all questions about the protocol after the link layer where libpcap knows none.
    pub(super) fn check_protocols(self, span: Span) -> Result<(), Diagnostic> {
        if self.is_in(&[ETHERNET, WLAN, MAC48, RAW, PPP, JUNIPER, OTHERS]) {
            return Ok(());
        }
        let text = format!("link-layer type filtering not implemented for {}", self.name());
        Err(Diagnostic::new(Kind::Meaning, span, text)
            .because("of this link type only its bytes (link[..]) and the length can be asked"))
    }

    /// libpcap's refusal of `what` on this link.
    pub(super) fn refuse(self, what: &str, span: Span) -> Diagnostic {
        Diagnostic::new(Kind::Meaning, span, format!("'{what}' not supported on {}", self.name()))
    }

    /// libpcap's refusal of what only a live Linux capture can tell.
    pub(super) fn refuse_offline(self, what: &str, span: Span) -> Diagnostic {
        let text = format!("not a live capture, '{what}' not supported on {}", self.name());
        Diagnostic::new(Kind::Meaning, span, text)
            .because("only the kernel knows this, and only while the packet is there")
    }
}

//! What can be asked of a link layer at all; how it is asked is the lowering's business.

use crate::diag::{Diagnostic, Kind, Span};
use gannet_wire::LinkType;

/// The link layer that tests look at: that of the packet, or one found inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Ethernet.
    Ethernet,
    /// PPP, found inside PPPoE.
    Ppp,
    /// A four-byte family of the machine that captured.
    Null,
    /// A four-byte family in network byte order.
    Loop,
    /// IP of either version.
    Raw,
    /// IPv4 alone.
    Ipv4,
    /// IPv6 alone.
    Ipv6,
    /// Linux cooked capture.
    Sll,
    /// Linux cooked capture, version 2.
    Sll2,
    /// One that is not known here yet, by its number.
    Other(u16),
}

impl Link {
    pub(super) fn new(link: LinkType) -> Self {
        match link {
            LinkType::ETHERNET => Self::Ethernet,
            LinkType::NULL => Self::Null,
            LinkType::LOOP => Self::Loop,
            LinkType::RAW => Self::Raw,
            LinkType::IPV4 => Self::Ipv4,
            LinkType::IPV6 => Self::Ipv6,
            LinkType::LINUX_SLL => Self::Sll,
            LinkType::LINUX_SLL2 => Self::Sll2,
            LinkType(number) => Self::Other(number),
        }
    }

    /// libpcap's name and description.
    fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "DLT_EN10MB (Ethernet)",
            Self::Ppp => "DLT_PPP (PPP)",
            Self::Null => "DLT_NULL (BSD loopback)",
            Self::Loop => "DLT_LOOP (OpenBSD loopback)",
            Self::Raw => "DLT_RAW (Raw IP)",
            Self::Ipv4 => "DLT_IPV4 (Raw IPv4)",
            Self::Ipv6 => "DLT_IPV6 (Raw IPv6)",
            Self::Sll => "DLT_LINUX_SLL (Linux cooked v1)",
            Self::Sll2 => "DLT_LINUX_SLL2 (Linux cooked v2)",
            Self::Other(_) => "this link type",
        }
    }

    /// Whether addresses of six bytes can be asked for, and so broadcasts and multicasts.
    pub(super) fn has_mac48(self) -> bool {
        self == Self::Ethernet
    }

    /// Whether there can be VLAN tags.
    pub(super) fn has_vlan(self) -> bool {
        self == Self::Ethernet
    }

    /// Whether there can be MPLS labels.
    pub(super) fn has_mpls(self) -> bool {
        matches!(self, Self::Ethernet | Self::Ppp)
    }

    /// Whether IEEE 802.2 can be told from the rest.
    pub(super) fn has_llc(self) -> bool {
        self == Self::Ethernet
    }

    /// Whether small protocol numbers are SAPs of IEEE 802.2.
    pub(super) fn has_saps(self) -> bool {
        matches!(self, Self::Ethernet | Self::Sll)
    }

    /// Whether the packet itself says if it was sent or received.
    pub(super) fn has_direction(self) -> bool {
        matches!(self, Self::Sll | Self::Sll2)
    }

    /// Whether the packet itself says which interface saw it.
    pub(super) fn has_ifindex(self) -> bool {
        self == Self::Sll2
    }

    /// Whether the header says what protocol comes after it.
    pub(super) fn has_type_field(self) -> bool {
        !matches!(self, Self::Raw | Self::Ipv4 | Self::Ipv6)
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

    /// Refuses a link type that is not known here yet.
    pub(super) fn known(self, span: Span) -> Result<(), Diagnostic> {
        match self {
            Self::Other(number) => {
                Err(Diagnostic::unsupported(span, format_args!("this test on link type {number}")))
            }
            _ => Ok(()),
        }
    }
}

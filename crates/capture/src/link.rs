//! Which link type an interface has: from the kernel's hardware types to the numbers of savefiles.
//!
//! Sources: `linux/if_arp.h` for the hardware types, the LINKTYPE_ registry for the link types, libpcap's choice
//! for which goes with which.

use gannet_wire::LinkType;

use crate::cooked::Cooked;
use crate::devices::attribute;
use crate::error::OpenError;

/// How packets of an interface are to be captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The link type to begin with.
    pub link: LinkType,
    /// All link types that can be chosen, if there is a choice.
    pub choice: &'static [LinkType],
    /// The link-layer header is unusable, and a made-up one stands before the network layer.
    pub cooked: bool,
    /// The hardware type is not known, which is why it is cooked.
    pub unknown: bool,
}

/// The device that means all interfaces.
pub const ANY: &str = "any";

/// Hardware types that the `libc` crate does not name.
const ARPHRD_IP_OVER_FC: u16 = 18;
const ARPHRD_LAPD: u16 = 8445;
const ARPHRD_NETLINK: u16 = 824;
const ARPHRD_VSOCKMON: u16 = 826;

const DOCSIS: LinkType = LinkType(143);
const LINUX_IRDA: LinkType = LinkType(144);
const LINUX_LAPD: LinkType = LinkType(177);
const FC_2: LinkType = LinkType(224);
/// A controller area network; its identifiers are in network byte order in records.
pub const CAN_SOCKETCAN: LinkType = LinkType(227);
const NETLINK: LinkType = LinkType(253);

impl Link {
    /// The link of all interfaces together. Of the two cooked headers, the one that names the interface is first.
    pub fn any() -> Self {
        const CHOICE: &[LinkType] = &[LinkType::LINUX_SLL2, LinkType::LINUX_SLL];
        Self { link: LinkType::LINUX_SLL2, choice: CHOICE, cooked: true, unknown: false }
    }

    /// The link of the interface `name`, whose hardware type is `arphrd` (`ARPHRD_*`).
    pub fn of(name: &str, arphrd: u16) -> Self {
        let raw = |link, choice| Self { link, choice, cooked: false, unknown: false };
        let cooked = |link| Self { link, choice: &[], cooked: true, unknown: false };
        match arphrd {
            libc::ARPHRD_ETHER => match ethernet(name) {
                LinkType::LINUX_SLL => cooked(LinkType::LINUX_SLL),
                LinkType::ETHERNET if !is_wireless(name) => {
                    raw(LinkType::ETHERNET, &[LinkType::ETHERNET, DOCSIS])
                }
                link => raw(link, &[]),
            },
            libc::ARPHRD_LOOPBACK | libc::ARPHRD_METRICOM if is_isdn(name) => cooked(LinkType::LINUX_SLL),
            libc::ARPHRD_IRDA => cooked(LINUX_IRDA),
            ARPHRD_LAPD => cooked(LINUX_LAPD),
            ARPHRD_NETLINK => cooked(NETLINK),
            libc::ARPHRD_ATM | libc::ARPHRD_PPP => cooked(LinkType::LINUX_SLL),
            libc::ARPHRD_FCPP | libc::ARPHRD_FCAL | libc::ARPHRD_FCPL | libc::ARPHRD_FCFABRIC => {
                raw(FC_2, &[FC_2, LinkType(225), LinkType(122)])
            }
            other => match plain(other) {
                Some(link) => raw(link, &[]),
                None => Self { unknown: true, ..cooked(LinkType::LINUX_SLL) },
            },
        }
    }

    /// All link types that the records can have.
    pub fn all(&self) -> &[LinkType] {
        if self.choice.is_empty() { std::slice::from_ref(&self.link) } else { self.choice }
    }

    /// Takes another of them.
    ///
    /// # Errors
    /// [`OpenError::LinkType`] if it is not one of them.
    pub fn choose(&mut self, link: LinkType) -> Result<(), OpenError> {
        if !self.all().contains(&link) {
            return Err(OpenError::LinkType(link));
        }
        self.link = link;
        Ok(())
    }

    /// The made-up header of the records, if they have one.
    pub(crate) fn header(&self) -> Option<Cooked> {
        match self.link {
            LinkType::LINUX_SLL2 if self.cooked => Some(Cooked::Sll2),
            _ if self.cooked => Some(Cooked::Sll),
            _ => None,
        }
    }

    /// The same interface, captured with made-up headers.
    pub fn cooked(self) -> Self {
        if self.cooked {
            return self;
        }
        Self { link: LinkType::LINUX_SLL, choice: &[], cooked: true, unknown: false }
    }
}

/// Hardware types that stand for one link type, whatever the name of the interface.
fn plain(arphrd: u16) -> Option<LinkType> {
    Some(match arphrd {
        libc::ARPHRD_LOOPBACK | libc::ARPHRD_METRICOM => LinkType::ETHERNET,
        libc::ARPHRD_EETHER => LinkType(2),
        libc::ARPHRD_AX25 => LinkType(202),
        libc::ARPHRD_PRONET => LinkType(4),
        libc::ARPHRD_CHAOS => LinkType(5),
        libc::ARPHRD_CAN => CAN_SOCKETCAN,
        libc::ARPHRD_IEEE802 | libc::ARPHRD_IEEE802_TR => LinkType(6),
        libc::ARPHRD_ARCNET => LinkType(129),
        libc::ARPHRD_FDDI => LinkType(10),
        libc::ARPHRD_IEEE80211 => LinkType(105),
        libc::ARPHRD_IEEE80211_PRISM => LinkType(119),
        libc::ARPHRD_IEEE80211_RADIOTAP => LinkType(127),
        libc::ARPHRD_CISCO => LinkType(104),
        libc::ARPHRD_TUNNEL
        | libc::ARPHRD_SIT
        | libc::ARPHRD_SLIP
        | libc::ARPHRD_CSLIP
        | libc::ARPHRD_SLIP6
        | libc::ARPHRD_CSLIP6
        | libc::ARPHRD_ADAPT
        | libc::ARPHRD_RAWHDLC
        | libc::ARPHRD_DLCI
        | libc::ARPHRD_NONE => LinkType::RAW,
        libc::ARPHRD_FRAD => LinkType(107),
        libc::ARPHRD_LOCALTLK => LinkType(114),
        ARPHRD_IP_OVER_FC => LinkType(122),
        libc::ARPHRD_IEEE802154 => LinkType(230),
        ARPHRD_VSOCKMON => LinkType(271),
        _ => return None,
    })
}

/// What goes by Ethernet's hardware type and is something else, by its name or by sysfs.
fn ethernet(name: &str) -> LinkType {
    if is_isdn(name) {
        return LinkType::LINUX_SLL;
    }
    // A phone's modem: some kernels say Ethernet and give bare IP.
    if name.starts_with("cdma_rmnet") {
        return LinkType::RAW;
    }
    // The port through which a switch chip talks to the processor, each frame with the chip's own tag.
    match attribute(name, "dsa/tagging").as_deref() {
        Some("brcm") => LinkType(281),
        Some("brcm-prepend") => LinkType(282),
        Some("dsa") => LinkType(284),
        Some("edsa") => LinkType(285),
        _ => LinkType::ETHERNET,
    }
}

fn is_isdn(name: &str) -> bool {
    name.starts_with("isdn") || name.starts_with("isdY")
}

/// Whether the interface is a wireless LAN, by sysfs.
pub(crate) fn is_wireless(name: &str) -> bool {
    crate::devices::has_attribute(name, "wireless")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_types_map_and_unknown_ones_are_cooked() {
        assert_eq!(Link::of("lo", libc::ARPHRD_LOOPBACK).link, LinkType::ETHERNET);
        assert_eq!(Link::of("tun0", libc::ARPHRD_NONE).link, LinkType::RAW);
        let ppp = Link::of("ppp0", libc::ARPHRD_PPP);
        assert!(ppp.cooked && !ppp.unknown && ppp.link == LinkType::LINUX_SLL);
        let infiniband = Link::of("ib0", libc::ARPHRD_INFINIBAND);
        assert!(infiniband.cooked && infiniband.unknown && infiniband.link == LinkType::LINUX_SLL);
        assert!(Link::of("nlmon0", ARPHRD_NETLINK).cooked);
        assert!(Link::of("isdn0", libc::ARPHRD_ETHER).cooked);
    }

    #[test]
    fn a_name_that_names_no_interface_has_no_attributes() {
        assert_eq!(Link::of("../../etc", libc::ARPHRD_ETHER).link, LinkType::ETHERNET);
    }
}

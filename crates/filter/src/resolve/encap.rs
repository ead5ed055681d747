//! The layer that tests look inside, as a value.
//!
//! `vlan`, `mpls`, `pppoes`, `geneve` and `vxlan` change the meaning of every test after them in the text, whatever the
//! parentheses and whatever stands between: that is libpcap's documented meaning. Here, and nowhere else, this is followed; after
//! resolution each test has its layer and the order no longer matters.

use super::link::{Family, Link};
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::{Layer, LayerId, LayerKind, TestId};
use gannet_wire::LinkType;
use gannet_wire::numbers::ethertype;

/// Where the tests of the text have got to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encap {
    layer: LayerId,
    link: Link,
    /// Behind an MPLS label, where only IP can be told.
    mpls: bool,
    /// Inside Geneve or VXLAN, whose headers are not always of the same length.
    tunnel: bool,
    /// Behind a tag that the kernel may have taken out of the packet.
    loose_tag: bool,
}

impl Encap {
    /// The layer that comes first in every filter.
    pub(super) const LINK_LAYER: Layer = Layer { kind: LayerKind::Link, under: None, opened_by: None };

    pub(super) fn new(link: LinkType) -> Self {
        Self { layer: LayerId::LINK, link: Link::new(link), mpls: false, tunnel: false, loose_tag: false }
    }

    pub(super) fn layer(&self) -> LayerId {
        self.layer
    }

    pub(super) fn link(&self) -> Link {
        self.link
    }

    pub(super) fn in_mpls(&self) -> bool {
        self.mpls
    }

    pub(super) fn in_tunnel(&self) -> bool {
        self.tunnel
    }

    /// Whether what comes after the link layer is not always at the same offset.
    pub(super) fn is_variable(&self) -> bool {
        self.tunnel || self.loose_tag || self.link.has_wlan() || self.link.is_of(Family::Pflog)
    }

    /// Enters the layer that `test` opens.
    pub(super) fn open(&mut self, kind: LayerKind, test: TestId, layers: &mut Vec<Layer>, live: bool) {
        let under = Some(self.layer);
        self.layer = LayerId(crate::ast::push(layers, Layer { kind, under, opened_by: Some(test) }));
        match kind {
            LayerKind::Link => {}
            LayerKind::Vlan => self.loose_tag |= live,
            LayerKind::Mpls => self.mpls = true,
            LayerKind::Pppoe => {
                self.link = Link::PPP;
                self.tunnel = false;
            }
            LayerKind::Lane => self.link = Link::ETHERNET,
            LayerKind::Geneve | LayerKind::Vxlan => {
                self.link = Link::ETHERNET;
                self.tunnel = true;
            }
        }
    }

    /// Refuses a link-layer protocol that cannot be told here.
    pub(super) fn check_proto(&self, number: u16, span: Span) -> Result<(), Diagnostic> {
        if !self.mpls {
            return self.link.check_protocols(span);
        }
        if !matches!(number, ethertype::IP | ethertype::IPV6) {
            return Err(Diagnostic::new(Kind::Meaning, span, "unsupported protocol over mpls")
                .because("behind an MPLS label only IPv4 and IPv6 can be told, by their version"));
        }
        Ok(())
    }
}

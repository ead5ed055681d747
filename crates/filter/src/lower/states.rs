//! Layers whose place depends on the path a packet took.
//!
//! `vxlan` in IPv4 leads to other offsets than in IPv6, a VLAN tag that the kernel holds to others than one in the packet, and a test that
//! stands behind a tunnel in the text but is reached without passing it finds offsets of zero (libpcap's registers are zero at first). libpcap
//! computes offsets at run time; here every test is built once for each *state*, which says how each such layer was
//! entered. Most filters have one state. Where many tests stand in a tunnel it is shorter to keep its places in memory slots: then how
//! it was entered does not matter any more, only whether it was. The compiler tries both.

use super::{Build, Lengths};
use crate::graph::NodeId;
use crate::hir::{BinaryOp, Filter, LayerKind, Size, TestId};
use crate::link::{Offset, View};
use std::rc::Rc;

/// More states than these are refused; libpcap runs out of registers earlier.
const MOST: usize = 2048;

/// Ways on, one for each state.
pub(super) type Ways = Rc<[NodeId]>;

/// How a layer can have been entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opener {
    /// A VLAN tag: 0 held by the kernel, or not seen yet; 1 in the packet.
    LiveVlan,
    /// VXLAN: 0 not at all, 1 in IPv4, 2 in IPv6.
    Vxlan,
    /// Geneve: 0 not at all, 1 in IPv4, 2 the same with Ethernet inside, 3 in IPv6, 4 the same with Ethernet inside.
    Geneve,
    /// VXLAN whose header's place is kept under this number: 0 not at all, 1 entered.
    KeptVxlan(u8),
    /// Geneve whose places are kept under this number and the next three: 0 not at all, 1 entered, 2 the same with Ethernet inside.
    KeptGeneve(u8),
}

/// The numbers of what is kept begin behind those of the link layer (see [`super::wlan`]), and end here.
const FIRST: u8 = 3;
const LAST: u8 = 200;

impl Opener {
    /// How many places are kept at most.
    fn places(self) -> u8 {
        match self {
            Self::KeptVxlan(_) => 1,
            Self::KeptGeneve(_) => 4,
            Self::LiveVlan | Self::Vxlan | Self::Geneve => 0,
        }
    }

    fn variants(self) -> usize {
        match self {
            Self::LiveVlan | Self::KeptVxlan(_) => 2,
            Self::Vxlan | Self::KeptGeneve(_) => 3,
            Self::Geneve => 5,
        }
    }
}

/// All states of a filter.
pub(super) struct States {
    openers: Vec<(TestId, Opener, usize)>,
    /// In how many ways the link layer can be laid out; they come first in the count of states.
    links: usize,
    /// For each state, where things are in each layer.
    views: Vec<Vec<View>>,
}

impl States {
    /// The states of `filter`, whose packets begin with one of `links`; `None` if there are too many.
    pub fn new(
        build: &mut Build<'_>,
        filter: &Filter,
        links: &[View],
        live: Option<TestId>,
        lengths: Lengths,
    ) -> Option<Self> {
        let mut states = Self { openers: Vec::new(), links: links.len(), views: Vec::new() };
        let mut count = links.len();
        let mut number = FIRST;
        for layer in &filter.layers {
            let Some(test) = layer.opened_by else { continue };
            let opener = match layer.kind {
                LayerKind::Vlan if Some(test) == live => Opener::LiveVlan,
                LayerKind::Vxlan if lengths == Lengths::Kept => Opener::KeptVxlan(number),
                LayerKind::Geneve if lengths == Lengths::Kept => Opener::KeptGeneve(number),
                LayerKind::Vxlan => Opener::Vxlan,
                LayerKind::Geneve => Opener::Geneve,
                _ => continue,
            };
            number += opener.places();
            if number > LAST {
                return None;
            }
            states.openers.push((test, opener, count));
            count *= opener.variants();
            if count > MOST {
                return None;
            }
        }
        for (state, &link) in (0..count).zip(links.iter().cycle()) {
            let views = states.layers(build, filter, link, state);
            states.views.push(views);
        }
        Some(states)
    }

    /// How many states there are.
    pub fn count(&self) -> usize {
        self.views.len()
    }

    /// How many states a packet can begin in: one for each layout of the link layer.
    pub fn links(&self) -> usize {
        self.links
    }

    /// Where things are in a layer, in a state.
    pub fn view(&self, state: usize, layer: usize) -> Option<View> {
        self.views.get(state)?.get(layer).copied()
    }

    /// What a test opens, if its layer is one whose place depends on the path.
    pub fn opener(&self, test: TestId) -> Option<Opener> {
        self.openers.iter().find(|opener| opener.0 == test).map(|opener| opener.1)
    }

    /// The state after `test` has opened its layer in the given way.
    pub fn entered(&self, state: usize, test: TestId, variant: usize) -> usize {
        let Some(&(_, opener, stride)) = self.openers.iter().find(|opener| opener.0 == test) else {
            return state;
        };
        let before = state / stride % opener.variants();
        (state + variant * stride).saturating_sub(before * stride)
    }

    fn variant(&self, state: usize, test: Option<TestId>) -> Option<usize> {
        let (_, opener, stride) = self.openers.iter().find(|opener| Some(opener.0) == test)?;
        Some(state / stride % opener.variants())
    }

    fn layers(&self, build: &mut Build<'_>, filter: &Filter, link: View, state: usize) -> Vec<View> {
        let mut views: Vec<View> = Vec::with_capacity(filter.layers.len().max(1));
        for layer in &filter.layers {
            let around = layer.under.and_then(|under| views.get(under.0 as usize)).copied().unwrap_or(link);
            let variant = self.variant(state, layer.opened_by);
            let opener = layer.opened_by.and_then(|test| self.opener(test));
            views.push(match layer.kind {
                LayerKind::Link => around,
                LayerKind::Vxlan | LayerKind::Geneve if variant == Some(0) => unknown(&around),
                LayerKind::Vxlan | LayerKind::Geneve if opener.is_some_and(|opener| opener.places() > 0) => {
                    kept(build, &around, opener, variant.unwrap_or(0))
                }
                LayerKind::Vlan if variant == Some(0) => around,
                LayerKind::Vlan if variant.is_some() => around.tagged_or_not(),
                LayerKind::Vlan => around.tagged(),
                LayerKind::Mpls => around.labelled(),
                LayerKind::Lane => around.emulated(),
                LayerKind::Pppoe => around.session(),
                LayerKind::Vxlan => vxlan(build, &around, variant.unwrap_or(0)),
                LayerKind::Geneve => geneve(build, &around, variant.unwrap_or(0)),
            });
        }
        if views.is_empty() {
            views.push(link);
        }
        views
    }
}

/// Where UDP begins, in IPv6 or in IPv4.
pub(super) fn udp(build: &mut Build<'_>, around: &View, six: bool) -> Offset {
    if six { around.payload.after(40) } else { build.transport4(around) }
}

/// Inside VXLAN: Ethernet behind the two headers of eight bytes.
fn vxlan(build: &mut Build<'_>, around: &View, variant: usize) -> View {
    if variant == 0 {
        return unknown(around);
    }
    let inner = udp(build, around, variant == 2).after(16);
    around.tunnelled(inner, inner.after(12), inner.after(14))
}

/// Inside Geneve: behind the options, Ethernet, or a payload whose ethertype the Geneve header has.
fn geneve(build: &mut Build<'_>, around: &View, variant: usize) -> View {
    if variant == 0 {
        return unknown(around);
    }
    let header = udp(build, around, variant > 2).after(8);
    let first = build.load(Size::Byte, header);
    let exprs = &mut build.graph.exprs;
    let (mask, two) = (exprs.number(0x3f), exprs.number(2));
    let words = exprs.binary(BinaryOp::And, first, mask);
    let mut base = exprs.binary(BinaryOp::ShiftLeft, words, two);
    if let Some(outer) = header.base {
        base = exprs.binary(BinaryOp::Add, base, outer);
    }
    let inner = Offset { base: Some(base), ..header }.after(8);
    match variant {
        2 | 4 => around.tunnelled(inner, inner.after(12), inner.after(14)),
        _ => around.tunnelled(inner, header.after(2), inner).unframed(),
    }
}

/// Inside a tunnel whose places are kept.
fn kept(build: &mut Build<'_>, around: &View, opener: Option<Opener>, variant: usize) -> View {
    let mut place = |number| Offset::behind(build.graph.exprs.kept(number));
    match opener {
        Some(Opener::KeptVxlan(number)) => {
            let inner = place(number).after(8);
            around.tunnelled(inner, inner.after(12), inner.after(14))
        }
        Some(Opener::KeptGeneve(number)) => {
            let [_, inner, kind, payload] = geneve_places(number).map(place);
            match variant {
                2 => around.tunnelled(inner, kind, payload),
                _ => around.tunnelled(payload, kind, payload).unframed(),
            }
        }
        _ => unknown(around),
    }
}

/// The numbers of the places of a Geneve header, of Ethernet inside, of what names the protocol inside, and of that protocol.
pub(super) fn geneve_places(first: u8) -> [u8; 4] {
    [0, 1, 2, 3].map(|more| first.saturating_add(more))
}

fn unknown(around: &View) -> View {
    let zero = Offset::fixed(0);
    around.tunnelled(zero, zero, zero).unframed()
}

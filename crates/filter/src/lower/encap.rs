//! Layers inside the link layer: where things are in them, and the tests that open them.

use super::Build;
use crate::Target;
use crate::graph::{Fact, NodeId, Relation, Test};
use crate::hir::{BinaryOp, Filter, LayerKind, Size, TestId};
use crate::link::View;
use gannet_wire::LinkType;
use gannet_wire::numbers::ethertype;

/// The twelve bits of a VLAN identifier.
const VLAN_ID: u32 = 0x0fff;

/// The `vlan` test whose tag the kernel may have taken out: the first one, if it is right behind Ethernet's header and the
/// capture is live.
pub(super) fn first_vlan(filter: &Filter, target: &Target) -> Option<TestId> {
    if !target.linux_extensions || target.link != LinkType::ETHERNET {
        return None;
    }
    let opener = filter.layers.iter().find(|layer| layer.under.is_some())?;
    (opener.kind == LayerKind::Vlan).then_some(opener.opened_by).flatten()
}

/// A tag in the packet.
pub(super) fn vlan(build: &mut Build<'_>, view: &View, id: Option<u16>, yes: NodeId, no: NodeId) -> NodeId {
    let inner = match id {
        Some(id) => build.masked(Size::Half, view.payload, VLAN_ID, u32::from(id), yes, no),
        None => yes,
    };
    tag(build, view, inner, no)
}

/// A tag that the kernel holds, or one in the packet.
pub(super) fn live_vlan(
    build: &mut Build<'_>,
    view: &View,
    id: Option<u16>,
    yes: [NodeId; 2],
    no: [NodeId; 2],
) -> NodeId {
    let in_place = vlan(build, view, id, yes[1], no[1]);
    let mut held = yes[0];
    if let Some(id) = id {
        let tag = build.graph.exprs.beside(Fact::VlanTag);
        let mask = build.graph.exprs.number(VLAN_ID);
        let number = build.graph.exprs.binary(BinaryOp::And, tag, mask);
        held = build.ask(number, Relation::Equal(u32::from(id)), yes[0], no[0]);
    }
    let present = build.graph.exprs.beside(Fact::VlanPresent);
    build.ask(present, Relation::Equal(1), held, in_place)
}

fn tag(build: &mut Build<'_>, view: &View, yes: NodeId, no: NodeId) -> NodeId {
    [ethertype::QINQ_OLD, ethertype::QINQ, ethertype::VLAN]
        .into_iter()
        .fold(no, |next, kind| build.named(view, kind, yes, next))
}

/// An MPLS label: the first, or one behind another that is not the last.
pub(super) fn mpls(
    build: &mut Build<'_>,
    view: &View,
    label: Option<u32>,
    yes: NodeId,
    no: NodeId,
) -> NodeId {
    let inner = match label {
        Some(label) => build.masked(Size::Word, view.payload, 0xffff_f000, label << 12, yes, no),
        None => yes,
    };
    if view.labelled {
        let bottom = build.load(Size::Byte, view.payload.after(0_u32.wrapping_sub(2)));
        let test = Test { expr: bottom, relation: Relation::AnyBit(1), yes: no, no: inner };
        return build.graph.ask(test, build.span);
    }
    build.named(view, view.label, inner, no)
}

/// A PPPoE session.
pub(super) fn pppoe(build: &mut Build<'_>, view: &View, id: Option<u16>, yes: NodeId, no: NodeId) -> NodeId {
    let inner = match id {
        Some(id) => build.equal(Size::Half, view.payload.after(2), u32::from(id), yes, no),
        None => yes,
    };
    build.named(view, 0x8864, inner, no)
}

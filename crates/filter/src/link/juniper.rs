//! Juniper's: three bytes of magic and one of flags, then what the kind of interface card puts there. The protocol is not told;
//! whatever has the magic is taken for it, and for IP at the offsets that libpcap has for each of them.

use super::{Direction, Offset, View};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;
use gannet_wire::LinkType;

/// `MGC`, in the three highest bytes.
const MAGIC: u32 = 0x4d47_4300;

/// What libpcap has for an offset that it does not know. It adds to it all the same, modulo 2^32.
const UNKNOWN: u32 = u32::MAX;

/// Where the payload begins, and where in it the network header does, with and without a SNAP header.
type Row = (LinkType, u32, u32, u32);

const TABLE: &[Row] = &[
    (LinkType::JUNIPER_MFR, 4, 0, UNKNOWN),
    (LinkType::JUNIPER_MLFR, 4, 0, UNKNOWN),
    (LinkType::JUNIPER_MLPPP, 4, 0, UNKNOWN),
    (LinkType::JUNIPER_PPP, 4, 0, UNKNOWN),
    (LinkType::JUNIPER_CHDLC, 4, 0, UNKNOWN),
    (LinkType::JUNIPER_FRELAY, 4, 0, UNKNOWN),
    (LinkType::JUNIPER_ATM1, 4, 0, 10),
    (LinkType::JUNIPER_ATM2, 8, 0, 10),
    (LinkType::JUNIPER_PPPOE, 14, 18, 21),
    (LinkType::JUNIPER_ETHER, 14, 18, 21),
    (LinkType::JUNIPER_PPPOE_ATM, 6, 0, UNKNOWN),
    (LinkType::JUNIPER_GGSN, 12, 0, UNKNOWN),
    (LinkType::JUNIPER_MONITOR, 12, 0, UNKNOWN),
    (LinkType::JUNIPER_ES, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_SERVICES, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_VP, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_ST, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_ISM, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_VS, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_SRX_E2E, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_FIBRECHANNEL, UNKNOWN, UNKNOWN, UNKNOWN),
    (LinkType::JUNIPER_ATM_CEMIC, UNKNOWN, UNKNOWN, UNKNOWN),
];

/// The view of a link type of Juniper's; `None` for one of somebody else's.
pub(crate) fn view(link: LinkType) -> Option<View> {
    let &(_, payload, network, bare) = TABLE.iter().find(|row| row.0 == link)?;
    let payload = Offset::fixed(payload);
    let direction = Direction::At { size: Size::Byte, at: 3, sent: (1, 0), received: Some((1, 1)) };
    Some(View {
        direction,
        payload: payload.after(network),
        iso: payload.after(bare),
        bare,
        llc: payload,
        ..View::plain(naming, 0, 0)
    })
}

fn naming(b: &mut Build<'_>, view: &View, _: u16, yes: NodeId, no: NodeId) -> NodeId {
    b.masked(Size::Word, view.kind, 0xffff_ff00, MAGIC, yes, no)
}

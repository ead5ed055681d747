//! 802.11, as it is or behind what a radio has to say: Radiotap, AVS, Prism, PPI.
//!
//! The header has 24 bytes, 26 in a data frame with quality of service, and where Radiotap says so ends at a multiple of four
//! bytes from the start of the packet; an 802.2 header follows it in data frames. Addresses of data frames to a distribution system by another (30 and more bytes)
//! and of control frames (fewer) are looked at, but their lengths are not, as libpcap does it.
//!
//! Source: IEEE 802.11-2020, clause 9.2; radiotap.org; the Prism and AVS capture header specifications; CACE PPI.

use super::{Framing, Offset, View, llc};
use crate::graph::NodeId;
use crate::hir::Size;
use crate::lower::Build;
use gannet_wire::LinkType;

/// What stands before an 802.11 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Nothing.
    None,
    /// Radiotap: its length is in the third and fourth byte, little-endian; flags may say that the header is padded.
    Radiotap,
    /// AVS: its length is in the second word.
    Avs,
    /// AVS, if the first word has its magic number, else a header of [`PRISM`] bytes.
    Prism,
    /// PPI: its length is where Radiotap has it, and the second word is the link type behind it.
    Ppi,
}

/// The length of a Prism header.
pub(crate) const PRISM: u32 = 144;
/// The bits of the first word that are AVS's magic number, and that number.
pub(crate) const AVS_MAGIC: (u32, u32) = (0xffff_f000, 0x8021_1000);
/// What PPI says of 802.11, `LINKTYPE_IEEE802_11` little-endian.
pub(crate) const PPI_WLAN: u32 = 0x6900_0000;

/// The length of a header without, and with quality of service.
pub(crate) const LENGTHS: [u32; 2] = [24, 26];

/// Whether packets of this link type have an 802.11 header.
pub(crate) fn is_wlan(link: LinkType) -> bool {
    matches!(
        link,
        LinkType::IEEE802_11
            | LinkType::IEEE802_11_PRISM
            | LinkType::IEEE802_11_RADIOTAP
            | LinkType::IEEE802_11_AVS
            | LinkType::PPI
    )
}

pub(crate) fn view(link: LinkType) -> View {
    let prefix = match link {
        LinkType::IEEE802_11_RADIOTAP => Prefix::Radiotap,
        LinkType::IEEE802_11_AVS => Prefix::Avs,
        LinkType::IEEE802_11_PRISM => Prefix::Prism,
        LinkType::PPI => Prefix::Ppi,
        _ => Prefix::None,
    };
    View { framing: Framing::Data, wlan: Some(prefix), ..View::plain(naming, 0, 0) }
        .laid_out(Offset::fixed(0), Offset::fixed(LENGTHS[0]))
}

impl View {
    /// With the 802.11 header at `header`, and what is behind it at `llc`.
    pub(crate) fn laid_out(self, header: Offset, llc: Offset) -> Self {
        let (header, llc) = (header.settled(), llc.settled());
        Self { header, llc, kind: llc.after(6), payload: llc.after(8), iso: llc.after(3), bare: 3, ..self }
    }
}

fn naming(b: &mut Build<'_>, view: &View, number: u16, yes: NodeId, no: NodeId) -> NodeId {
    b.is_behind_asked = true;
    let inner = llc::naming(b, view, number, yes, no);
    b.masked(Size::Byte, view.header, 0x0c, 8, inner, no)
}

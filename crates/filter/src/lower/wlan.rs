//! 802.11: where its header begins and how long it is, and which of its addresses is which.
//!
//! libpcap computes the length at run time, before anything else. Here the length is found by the same questions, and each answer leads to
//! the filter built for that layout ([`super::states`]).

use super::{Build, Lengths};
use crate::graph::{ExprId, NodeId, Relation};
use crate::hir::{Arith, ArithKind, Base, BinaryOp, Dir, Size};
use crate::link::wlan::{AVS_MAGIC, LENGTHS, PPI_WLAN, PRISM, Prefix};
use crate::link::{Offset, View};

/// In the first byte of the header: a control frame. (Also set in the reserved type.)
const CONTROL: u32 = 0x04;
/// In the first byte of the header: a data frame. (Also set in the reserved type.)
const DATA: u32 = 0x08;
/// In the first byte of a data frame's header: quality of service.
const QOS: u32 = 0x80;
/// In the second byte of the header.
const TO_SYSTEM: u32 = 1;
const FROM_SYSTEM: u32 = 2;

/// Of Radiotap's second word, which says what is there, least significant byte first: a timestamp of eight bytes, flags, and another such word.
const TIMESTAMP: u32 = 0x0100_0000;
const FLAGS: u32 = 0x0200_0000;
const MORE: u32 = 0x0000_0080;
/// The flag that says that the 802.11 header is padded to a multiple of four bytes.
const DATA_PADDED: u32 = 0x20;

/// The slots of the places of the 802.11 header and of what comes behind it, if they are kept.
const HEADER: u8 = 1;
const BEHIND: u8 = 0;
/// The slot of the latter before Radiotap's padding.
const UNPADDED: u8 = 2;

/// All layouts of `view`: itself, but for 802.11.
pub(super) fn layouts(build: &mut Build<'_>, view: View, lengths: Lengths) -> Vec<View> {
    let Some(prefix) = view.wlan else { return vec![view] };
    if lengths == Lengths::Kept {
        let header = match prefix {
            Prefix::None => Offset::fixed(0),
            _ => Offset::behind(build.graph.exprs.kept(HEADER)),
        };
        return vec![view.laid_out(header, Offset::behind(build.graph.exprs.kept(BEHIND)))];
    }
    let headers = match prefix {
        Prefix::None => vec![Offset::fixed(0)],
        Prefix::Radiotap | Prefix::Ppi => vec![Offset::behind(build.little_endian_length())],
        Prefix::Avs => vec![Offset::behind(build.word_length())],
        Prefix::Prism => vec![Offset::fixed(PRISM), Offset::behind(build.word_length())],
    };
    let mut views = Vec::new();
    for header in headers {
        let ends = LENGTHS.map(|length| header.after(length));
        views.extend(ends.map(|llc| view.laid_out(header, llc)));
        if prefix == Prefix::Radiotap {
            views.extend(ends.map(|llc| view.laid_out(header, build.rounded(llc))));
        }
    }
    views
}

impl Build<'_> {
    fn little_endian_length(&mut self) -> ExprId {
        let (high, low) = (self.graph.exprs.load(Size::Byte, 3), self.graph.exprs.load(Size::Byte, 2));
        let eight = self.graph.exprs.number(8);
        let high = self.graph.exprs.binary(BinaryOp::ShiftLeft, high, eight);
        self.graph.exprs.binary(BinaryOp::Or, low, high)
    }

    /// The next multiple of four bytes.
    fn rounded(&mut self, at: Offset) -> Offset {
        let Some(base) = at.base else { return Offset::fixed(at.plus.wrapping_add(3) & !3) };
        let (three, mask) = (self.graph.exprs.number(at.plus.wrapping_add(3)), self.graph.exprs.number(!3));
        let sum = self.graph.exprs.binary(BinaryOp::Add, base, three);
        Offset::behind(self.graph.exprs.binary(BinaryOp::And, sum, mask))
    }

    fn word_length(&mut self) -> ExprId {
        self.graph.exprs.load(Size::Word, 4)
    }

    /// Finds out how a packet is laid out and goes on to the one of `ways` for that layout. What no test depends on is not
    /// asked: libpcap does not compute it.
    pub(super) fn wlan_layout(&mut self, prefix: Prefix, layouts: &[View], ways: &[NodeId]) -> NodeId {
        let lengths = if prefix == Prefix::Radiotap { 4 } else { LENGTHS.len() };
        let by_header = layouts.chunks(lengths).zip(ways.chunks(lengths));
        let is_asked = self.is_behind_asked;
        let mut entries = Vec::new();
        for (views, ways) in by_header {
            let (Some(view), Some(&plain)) = (views.first(), ways.first()) else { continue };
            let way = if is_asked { self.by_length(prefix, view, ways) } else { plain };
            entries.push((view.header, way));
        }
        let Some(&(header, first)) = entries.first() else { return NodeId::REJECT };
        match (prefix, entries.get(1)) {
            (Prefix::Prism, Some(&(avs, second))) if is_asked || first != second => {
                let avs = self.behind_length(avs, second, is_asked);
                let (mask, magic) = AVS_MAGIC;
                self.masked(Size::Word, Offset::fixed(0), mask, magic, avs, first)
            }
            (Prefix::Ppi, _) => {
                let first = self.behind_length(header, first, false);
                self.equal(Size::Word, Offset::fixed(4), PPI_WLAN, first, NodeId::REJECT)
            }
            _ => self.behind_length(header, first, is_asked),
        }
    }

    /// As [`Build::wlan_layout`], for places that are kept in slots.
    pub(super) fn wlan_kept(&mut self, prefix: Prefix, layouts: &[View], ways: &[NodeId]) -> NodeId {
        let (Some(view), Some(&root)) = (layouts.first(), ways.first()) else { return NodeId::REJECT };
        let [header, llc] = [HEADER, BEHIND].map(|slot| self.graph.exprs.kept(slot));
        let is_behind_asked = self.is_behind_asked;
        let mut next = root;
        if is_behind_asked {
            let [plain, qos] = LENGTHS.map(|length| view.header.after(length));
            let control = self.keep(plain, llc, root);
            let ways = match prefix {
                Prefix::Radiotap => {
                    let unpadded = self.graph.exprs.kept(UNPADDED);
                    let padded = self.rounded(Offset::behind(unpadded));
                    let (no, yes) =
                        (self.keep(Offset::behind(unpadded), llc, root), self.keep(padded, llc, root));
                    let by_padding = self.by_padding(no, yes);
                    [plain, qos].map(|end| self.keep(end, unpadded, by_padding))
                }
                _ => [control, self.keep(qos, llc, root)],
            };
            next = self.by_kind(view, ways, control);
        }
        if is_behind_asked || self.graph.exprs.is_offset(header) {
            next = match prefix {
                Prefix::None => next,
                Prefix::Radiotap | Prefix::Ppi => {
                    let length = self.little_endian_length();
                    self.keep(Offset::behind(length), header, next)
                }
                Prefix::Avs => self.keep_length(header, next, is_behind_asked),
                Prefix::Prism => {
                    let avs = self.keep_length(header, next, is_behind_asked);
                    let prism = self.keep(Offset::fixed(PRISM), header, next);
                    let (mask, magic) = AVS_MAGIC;
                    self.masked(Size::Word, Offset::fixed(0), mask, magic, avs, prism)
                }
            };
        }
        match prefix {
            Prefix::Ppi => self.equal(Size::Word, Offset::fixed(4), PPI_WLAN, next, NodeId::REJECT),
            _ => next,
        }
    }

    /// Whether an index may be added to a length near 2^32, and the sum be a small offset again: such a length cannot be kept as
    /// another that is too long. (Where what stands behind the 802.11 header is asked for, that header was found before.)
    pub(super) fn wraps_around(&self, prefix: Prefix) -> bool {
        let is_word = matches!(prefix, Prefix::Avs | Prefix::Prism);
        let is_index = |arith: &Arith| matches!(arith.kind, ArithKind::Load { base: Base::Link, .. });
        is_word && !self.is_behind_asked && self.filter.ariths.iter().any(is_index)
    }

    /// Keeps an offset as `kept`, then goes on.
    pub(super) fn keep(&mut self, offset: Offset, kept: ExprId, next: NodeId) -> NodeId {
        let plus = self.graph.exprs.number(offset.plus);
        let value = match offset.base {
            Some(base) => self.graph.exprs.binary(BinaryOp::Add, base, plus),
            None => plus,
        };
        self.ask(value, Relation::Keep(kept), next, NodeId::REJECT)
    }

    /// Goes on to `next` if the length that `header` counts from can be loaded, and if it is `checked`, also is less than 2^31: as an
    /// offset, more than that is beyond every packet for libpcap's machine, and something else for Linux's. (Of the
    /// links with such lengths Linux has Prism alone.)
    /// Keeps the length that AVS gives itself. One beyond all packets is kept as another of that kind, to which something can be
    /// added on any machine; if something is loaded from behind it at once, that rejects.
    fn keep_length(&mut self, slot: ExprId, next: NodeId, is_loaded: bool) -> NodeId {
        const BEYOND: u32 = (1 << 30) - 1;
        let length = self.word_length();
        let kept = self.keep(Offset::behind(length), slot, next);
        let beyond = match is_loaded {
            true => NodeId::REJECT,
            false => self.keep(Offset::fixed(BEYOND), slot, next),
        };
        self.ask(length, Relation::AtLeast(BEYOND), beyond, kept)
    }

    fn behind_length(&mut self, header: Offset, next: NodeId, checked: bool) -> NodeId {
        let Some(base) = header.base.filter(|&base| self.graph.exprs.is_offset(base)) else { return next };
        if checked && self.graph.exprs.is_wide(base) {
            return self.ask(base, Relation::AtLeast(1 << 31), NodeId::REJECT, next);
        }
        self.ask(base, Relation::Loaded, next, NodeId::REJECT)
    }

    fn by_length(&mut self, prefix: Prefix, view: &View, ways: &[NodeId]) -> NodeId {
        let way = |at: usize| ways.get(at).copied().unwrap_or(NodeId::REJECT);
        let (plain, qos) = (way(0), way(1));
        let by_padding = match prefix {
            Prefix::Radiotap => [self.by_padding(plain, way(2)), self.by_padding(qos, way(3))],
            _ => [plain, qos],
        };
        self.by_kind(view, by_padding, plain)
    }

    /// Goes on by the kind of frame: data without and with quality of service, or another.
    fn by_kind(&mut self, view: &View, [plain_data, qos_data]: [NodeId; 2], other: NodeId) -> NodeId {
        let first = self.load(Size::Byte, view.header);
        let data = self.ask(first, Relation::AnyBit(QOS), qos_data, plain_data);
        let data = self.ask(first, Relation::AnyBit(CONTROL), other, data);
        self.ask(first, Relation::AnyBit(DATA), data, other)
    }

    /// Whether Radiotap says that the 802.11 header is padded.
    fn by_padding(&mut self, no: NodeId, yes: NodeId) -> NodeId {
        let [at_once, later] = [8, 16].map(|at| {
            let flags = self.load(Size::Byte, Offset::fixed(at));
            self.ask(flags, Relation::AnyBit(DATA_PADDED), yes, no)
        });
        let present = self.load(Size::Word, Offset::fixed(4));
        let flags = self.ask(present, Relation::AnyBit(TIMESTAMP), later, at_once);
        let flags = self.ask(present, Relation::AnyBit(MORE), no, flags);
        self.ask(present, Relation::AnyBit(FLAGS), flags, no)
    }

    /// An address by its role, or by its place where frames of this kind have one there.
    pub(super) fn wlan_host(
        &mut self,
        view: &View,
        dir: Dir,
        mac: [u8; 6],
        yes: NodeId,
        no: NodeId,
    ) -> NodeId {
        let place =
            |number: u32| view.header.after([0, 4, 10, 16, 24].get(number as usize).copied().unwrap_or(4));
        let first = self.load(Size::Byte, view.header);
        match dir {
            Dir::Src => self.wlan_source(view, mac, yes, no),
            Dir::Dst => {
                self.wlan_destination(view, yes, no, |build, at, yes, no| build.mac(at, mac, yes, no))
            }
            Dir::Both => {
                let both = self.wlan_host(view, Dir::Dst, mac, yes, no);
                self.wlan_source(view, mac, both, no)
            }
            Dir::Either => {
                let either = self.wlan_host(view, Dir::Dst, mac, yes, no);
                self.wlan_source(view, mac, yes, either)
            }
            Dir::Addr1 => self.mac(place(1), mac, yes, no),
            Dir::Addr2 => {
                let known = self.mac(place(2), mac, yes, no);
                // Neither a CTS frame nor an acknowledgement has a second address.
                let short = self.masked(Size::Byte, view.header, 0xf0, 0xd0, no, known);
                let short = self.masked(Size::Byte, view.header, 0xf0, 0xc0, no, short);
                self.masked(Size::Byte, view.header, DATA | CONTROL, CONTROL, short, known)
            }
            Dir::Addr3 => {
                let known = self.mac(place(3), mac, yes, no);
                self.masked(Size::Byte, view.header, DATA | CONTROL, CONTROL, no, known)
            }
            Dir::Addr4 => {
                let known = self.mac(place(4), mac, yes, no);
                let both = TO_SYSTEM | FROM_SYSTEM;
                self.masked(Size::Byte, view.header.after(1), both, both, known, no)
            }
            Dir::Receiver | Dir::Transmitter => {
                let known = self.mac(place(if dir == Dir::Receiver { 1 } else { 2 }), mac, yes, no);
                self.ask(first, Relation::AnyBit(DATA), known, no)
            }
        }
    }

    /// The source: the second address, or in a frame from the distribution system the third, or the fourth.
    fn wlan_source(&mut self, view: &View, mac: [u8; 6], yes: NodeId, no: NodeId) -> NodeId {
        let header = view.header;
        let [second, third, fourth] = [10, 16, 24].map(|at| self.mac(header.after(at), mac, yes, no));
        let flags = self.load(Size::Byte, header.after(1));
        let from = self.ask(flags, Relation::AnyBit(TO_SYSTEM), fourth, third);
        let data = self.ask(flags, Relation::AnyBit(FROM_SYSTEM), from, second);
        self.data_or_management(view, data, second, no)
    }

    /// The destination: the first address, or in a frame to the distribution system the third.
    fn wlan_destination(
        &mut self,
        view: &View,
        yes: NodeId,
        no: NodeId,
        mut one: impl FnMut(&mut Self, Offset, NodeId, NodeId) -> NodeId,
    ) -> NodeId {
        let [first, third] = [4, 16].map(|at| one(self, view.header.after(at), yes, no));
        let flags = self.load(Size::Byte, view.header.after(1));
        let data = self.ask(flags, Relation::AnyBit(TO_SYSTEM), third, first);
        self.data_or_management(view, data, first, no)
    }

    fn data_or_management(
        &mut self,
        view: &View,
        data: NodeId,
        management: NodeId,
        control: NodeId,
    ) -> NodeId {
        let first = self.load(Size::Byte, view.header);
        let other = self.ask(first, Relation::AnyBit(DATA), data, management);
        self.ask(first, Relation::AnyBit(CONTROL), control, other)
    }

    /// A destination with the group bit.
    pub(super) fn wlan_multicast(&mut self, view: &View, yes: NodeId, no: NodeId) -> NodeId {
        self.wlan_destination(view, yes, no, |build, at, yes, no| {
            let first = build.load(Size::Byte, at);
            build.ask(first, Relation::AnyBit(1), yes, no)
        })
    }
}

//! The blocks of a pcapng file, typed and borrowed: what a reader lends and a writer takes.
//!
//! ```text
//! section    0a0d0d0a length(4) 1a2b3c4d major(2) minor(2) section length(8) options.. length(4)
//! interface  1(4) length(4) link(2) reserved(2) snaplen(4) options.. length(4)
//! old        2(4) length(4) interface(2) drops(2) ticks(4+4) caplen(4) length(4) bytes.. options.. length(4)
//! simple     3(4) length(4) length(4) bytes.. length(4)
//! names      4(4) length(4) [type(2) length(2) address.. names..].. 0(2) 0(2) options.. length(4)
//! statistics 5(4) length(4) interface(4) ticks(4+4) options.. length(4)
//! enhanced   6(4) length(4) interface(4) ticks(4+4) caplen(4) length(4) bytes.. options.. length(4)
//! journal    9(4) length(4) entry.. length(4)
//! secrets    a(4) length(4) type(4) length(4) data.. options.. length(4)
//! custom     bad|40000bad(4) length(4) enterprise(4) data and options.. length(4)
//! ```
//! Source: draft-ietf-opsawg-pcapng §4, appendix A.

use super::interface::{self, Interface};
pub use super::interface::{MAX_INTERFACE_BYTES, MAX_INTERFACES};
pub use super::option::{Opt, OptionIter, Options, code};
use crate::error::Error;
use crate::order::ByteOrder;
use gannet_wire::{Cursor, Dissect, LinkType, Stop};

/// The numbers that say of which kind a block is.
pub mod kind {
    /// Describes an interface.
    pub const INTERFACE: u32 = 1;
    /// A packet, as it was before the enhanced one.
    pub const OLD_PACKET: u32 = 2;
    /// A packet and nothing else.
    pub const SIMPLE_PACKET: u32 = 3;
    /// Names of addresses.
    pub const NAMES: u32 = 4;
    /// What an interface has counted.
    pub const STATISTICS: u32 = 5;
    /// A packet.
    pub const ENHANCED_PACKET: u32 = 6;
    /// An entry of the systemd journal.
    pub const JOURNAL: u32 = 9;
    /// Keys to decrypt packets with.
    pub const SECRETS: u32 = 10;
    /// Somebody's own, which may be copied when the file is changed.
    pub const CUSTOM: u32 = 0x0bad;
    /// Somebody's own, which makes no sense in a changed file.
    pub const CUSTOM_NO_COPY: u32 = 0x4000_0bad;
    /// Begins a section; reads the same in both byte orders.
    pub const SECTION: u32 = 0x0a0d_0d0a;
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block<'b> {
    /// Begins a section: a byte order, and a clean slate of interfaces.
    Section(Section<'b>),
    /// Describes the next interface of the section.
    Interface(InterfaceBlock<'b>),
    /// A packet.
    Enhanced(EnhancedPacket<'b>),
    /// A packet of the first interface, without time.
    Simple(SimplePacket<'b>),
    /// A packet, as it was before the enhanced one.
    Old(OldPacket<'b>),
    /// Names of addresses.
    Names(Names<'b>),
    /// What an interface has counted.
    Statistics(Statistics<'b>),
    /// Keys to decrypt packets with.
    Secrets(Secrets<'b>),
    /// Somebody's own.
    Custom(Custom<'b>),
    /// An entry of the systemd journal in its export format, padded with zeroes.
    Journal(&'b [u8]),
    /// A kind of block that is not known here.
    Other {
        /// Its number.
        kind: u32,
        /// What stands between the two lengths.
        body: &'b [u8],
    },
}

/// The section header block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'b> {
    /// The byte order of the section.
    pub order: ByteOrder,
    /// The version of the format, before and after the dot.
    pub version: (u16, u16),
    /// How many bytes of blocks follow, if the writer knew. Nothing is read by it.
    pub length: Option<u64>,
    /// [`code::SHB_HARDWARE`], [`code::SHB_OS`], [`code::SHB_USERAPPL`], comments.
    pub options: Options<'b>,
}

/// The interface description block, as it is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceBlock<'b> {
    /// The number of the link type, as written; [`InterfaceBlock::parse`] knows which one is meant.
    pub link: LinkType,
    /// What stands in the two bytes without meaning.
    pub reserved: u16,
    /// The snapshot length, as written: 0 is no limit.
    pub snaplen: u32,
    /// The codes that begin with `IF_` in [`code`], and comments.
    pub options: Options<'b>,
}

/// The enhanced packet block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnhancedPacket<'b> {
    /// Which interface of the section saw it.
    pub interface: u32,
    /// When, in units of that interface.
    pub ticks: u64,
    /// How long it was on the wire, in bytes.
    pub length: u32,
    /// What was captured of it. Where a pseudo-header was in the byte order of another machine, it is in
    /// that of this one.
    pub bytes: &'b [u8],
    /// The codes that begin with `EPB_` in [`code`], and comments.
    pub options: Options<'b>,
}

/// The simple packet block: of interface 0, at no known time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimplePacket<'b> {
    /// How long it was on the wire, in bytes.
    pub length: u32,
    /// What was captured of it: as much as interface 0 lets through.
    pub bytes: &'b [u8],
}

/// The obsolete packet block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldPacket<'b> {
    /// Which interface of the section saw it.
    pub interface: u16,
    /// How many packets were lost since the one before it; 0xffff if that was not known.
    pub drops: u16,
    /// When, in units of that interface.
    pub ticks: u64,
    /// How long it was on the wire, in bytes.
    pub length: u32,
    /// What was captured of it.
    pub bytes: &'b [u8],
    /// [`code::EPB_FLAGS`], [`code::EPB_HASH`], comments.
    pub options: Options<'b>,
}

/// The interface statistics block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics<'b> {
    /// Which interface of the section counted.
    pub interface: u32,
    /// When, in units of that interface.
    pub ticks: u64,
    /// The codes that begin with `ISB_` in [`code`], and comments.
    pub options: Options<'b>,
}

/// The name resolution block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'b> {
    /// The records as they are in the file, end marker included.
    pub raw: &'b [u8],
    /// The codes that begin with `NS_` in [`code`], and comments. They know the byte order of the records.
    pub options: Options<'b>,
}

/// An address and its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRecord<'b> {
    /// An IPv4 address.
    V4([u8; 4], NameList<'b>),
    /// An IPv6 address.
    V6([u8; 16], NameList<'b>),
    /// An Ethernet address.
    Eui48([u8; 6], NameList<'b>),
    /// A longer hardware address.
    Eui64([u8; 8], NameList<'b>),
    /// Something else, or an address that is too short.
    Other {
        /// The number of the kind.
        kind: u16,
        /// What the record holds.
        value: &'b [u8],
    },
}

/// Names, each ended by a zero byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameList<'b>(pub &'b [u8]);

/// The decryption secrets block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrets<'b> {
    /// What kind of secrets: `0x544c534b` ("TLSK") is a TLS key log.
    pub kind: u32,
    /// The secrets.
    pub data: &'b [u8],
    /// Comments.
    pub options: Options<'b>,
}

/// A custom block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Custom<'b> {
    /// Whose it is: an IANA private enterprise number.
    pub enterprise: u32,
    /// Whether it may be copied when the file is changed.
    pub copyable: bool,
    /// Data, padding and options: only its owner knows where one ends and the next begins.
    pub data: &'b [u8],
}

impl<'b> Block<'b> {
    /// Its number.
    pub fn kind(&self) -> u32 {
        match self {
            Self::Section(_) => kind::SECTION,
            Self::Interface(_) => kind::INTERFACE,
            Self::Enhanced(_) => kind::ENHANCED_PACKET,
            Self::Simple(_) => kind::SIMPLE_PACKET,
            Self::Old(_) => kind::OLD_PACKET,
            Self::Names(_) => kind::NAMES,
            Self::Statistics(_) => kind::STATISTICS,
            Self::Secrets(_) => kind::SECRETS,
            Self::Custom(Custom { copyable: true, .. }) => kind::CUSTOM,
            Self::Custom(_) => kind::CUSTOM_NO_COPY,
            Self::Journal(_) => kind::JOURNAL,
            Self::Other { kind, .. } => *kind,
        }
    }

    /// The block of that kind with that body, its type and lengths not included. `limit`: how many bytes of
    /// a packet the first interface lets through, which a simple packet block does not say.
    pub(crate) fn parse(kind: u32, body: &'b [u8], order: ByteOrder, limit: u32) -> Dissect<Self> {
        let p = Cursor::new(body, body.len());
        Ok(match kind {
            kind::SECTION => Self::Section(Section::parse(p)?),
            kind::INTERFACE => Self::Interface(InterfaceBlock::parse_fields(p, order)?),
            kind::ENHANCED_PACKET => Self::Enhanced(EnhancedPacket::parse(p, order)?),
            kind::SIMPLE_PACKET => Self::Simple(SimplePacket::parse(p, order, limit)?),
            kind::OLD_PACKET => Self::Old(OldPacket::parse(p, order)?),
            kind::NAMES => Self::Names(Names::parse(p, order)),
            kind::STATISTICS => Self::Statistics(Statistics::parse(p, order)?),
            kind::SECRETS => Self::Secrets(Secrets::parse(p, order)?),
            kind::CUSTOM | kind::CUSTOM_NO_COPY => Self::Custom(Custom::parse(kind, p, order)?),
            kind::JOURNAL => Self::Journal(body),
            _ => Self::Other { kind, body },
        })
    }
}

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// The byte order in which the magic number of a section header reads right.
pub(super) fn order_of(magic: [u8; 4]) -> Option<ByteOrder> {
    [ByteOrder::Little, ByteOrder::Big].into_iter().find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
}

impl<'b> Section<'b> {
    /// Tells its own byte order; without one it is [`Stop::Invalid`].
    pub(super) fn parse(mut p: Cursor<'b>) -> Dissect<Self> {
        let order = order_of(p.array()?).ok_or(Stop::Invalid)?;
        let version = (order.u16(p.array()?), order.u16(p.array()?));
        // Files are read whose section header ends here, as libpcap reads them.
        let length = p.array().map_or(u64::MAX, |length| order.u64(length));
        let length = (length != u64::MAX).then_some(length);
        Ok(Self { order, version, length, options: Options::new(p.rest(), order) })
    }
}

impl<'b> InterfaceBlock<'b> {
    /// What the block says of its interface.
    ///
    /// # Errors
    /// [`Error::BlockTooShort`] or [`Error::BadInterfaceOption`], at offset 0.
    pub fn parse(&self) -> Result<Interface, Error> {
        interface::parse(self, 0)
    }

    pub(super) fn parse_fields(mut p: Cursor<'b>, order: ByteOrder) -> Dissect<Self> {
        let (link, reserved) = (LinkType(order.u16(p.array()?)), order.u16(p.array()?));
        let snaplen = order.u32(p.array()?);
        Ok(Self { link, reserved, snaplen, options: Options::new(p.rest(), order) })
    }
}

impl<'b> EnhancedPacket<'b> {
    #[inline]
    pub(super) fn parse(mut p: Cursor<'b>, order: ByteOrder) -> Dissect<Self> {
        let interface = order.u32(p.array()?);
        let (ticks, length, bytes) = timed(&mut p, order)?;
        Ok(Self { interface, ticks, length, bytes, options: Options::new(p.rest(), order) })
    }
}

impl<'b> OldPacket<'b> {
    pub(super) fn parse(mut p: Cursor<'b>, order: ByteOrder) -> Dissect<Self> {
        let (interface, drops) = (order.u16(p.array()?), order.u16(p.array()?));
        let (ticks, length, bytes) = timed(&mut p, order)?;
        Ok(Self { interface, drops, ticks, length, bytes, options: Options::new(p.rest(), order) })
    }
}

impl<'b> SimplePacket<'b> {
    pub(super) fn parse(mut p: Cursor<'b>, order: ByteOrder, limit: u32) -> Dissect<Self> {
        let length = order.u32(p.array()?);
        Ok(Self { length, bytes: p.take(length.min(limit) as usize)? })
    }
}

/// What enhanced and old blocks have in common, from the time stamp to the padding.
#[inline]
fn timed<'b>(p: &mut Cursor<'b>, order: ByteOrder) -> Dissect<(u64, u32, &'b [u8])> {
    let ticks = ticks(p, order)?;
    let (caplen, length) = (order.u32(p.array()?) as usize, order.u32(p.array()?));
    let bytes = p.take(caplen)?;
    p.take_up_to(caplen.wrapping_neg() % 4);
    Ok((ticks, length, bytes))
}

/// A time: two words, the high one first whatever the byte order.
fn ticks(p: &mut Cursor<'_>, order: ByteOrder) -> Dissect<u64> {
    Ok(u64::from(order.u32(p.array()?)) << 32 | u64::from(order.u32(p.array()?)))
}

impl<'b> Statistics<'b> {
    fn parse(mut p: Cursor<'b>, order: ByteOrder) -> Dissect<Self> {
        let (interface, ticks) = (order.u32(p.array()?), ticks(&mut p, order)?);
        Ok(Self { interface, ticks, options: Options::new(p.rest(), order) })
    }

    /// When the capture began, in units of the interface.
    pub fn start(&self) -> Option<u64> {
        self.options.ticks(code::ISB_STARTTIME)
    }

    /// When the capture ended, in units of the interface.
    pub fn end(&self) -> Option<u64> {
        self.options.ticks(code::ISB_ENDTIME)
    }

    /// Packets that the interface received.
    pub fn received(&self) -> Option<u64> {
        self.options.u64(code::ISB_IFRECV)
    }

    /// Packets that the interface lost.
    pub fn dropped(&self) -> Option<u64> {
        self.options.u64(code::ISB_IFDROP)
    }

    /// Packets that the filter accepted.
    pub fn accepted(&self) -> Option<u64> {
        self.options.u64(code::ISB_FILTERACCEPT)
    }

    /// Packets that the system lost.
    pub fn lost_by_system(&self) -> Option<u64> {
        self.options.u64(code::ISB_OSDROP)
    }

    /// Packets that the program was given.
    pub fn delivered(&self) -> Option<u64> {
        self.options.u64(code::ISB_USRDELIV)
    }
}

impl<'b> Names<'b> {
    fn parse(p: Cursor<'b>, order: ByteOrder) -> Self {
        let body = p.rest();
        let mut walk = p;
        let at = loop {
            match record(&mut walk, order) {
                Ok(Some((0, _))) => break walk.since(&p),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break body.len(),
            }
        };
        let (raw, options) = body.split_at_checked(at).unwrap_or((body, &[]));
        Self { raw, options: Options::new(options, order) }
    }

    /// The records in their order, up to the end marker or what cannot be a record.
    pub fn records(&self) -> impl Iterator<Item = NameRecord<'b>> + use<'b> {
        let (mut rest, order) = (Cursor::new(self.raw, self.raw.len()), self.options.order());
        std::iter::from_fn(move || match record(&mut rest, order) {
            Ok(Some((kind, value))) if kind != 0 => Some(NameRecord::parse(kind, value)),
            _ => None,
        })
    }
}

/// The next record of a name resolution block, the end marker included.
fn record<'b>(p: &mut Cursor<'b>, order: ByteOrder) -> Dissect<Option<(u16, &'b [u8])>> {
    Ok(super::option::next(p, order)?.map(|record| (record.code, record.value)))
}

impl<'b> NameRecord<'b> {
    fn parse(kind: u16, value: &'b [u8]) -> Self {
        let known = match kind {
            1 => value.split_first_chunk().map(|(address, names)| Self::V4(*address, NameList(names))),
            2 => value.split_first_chunk().map(|(address, names)| Self::V6(*address, NameList(names))),
            3 => value.split_first_chunk().map(|(address, names)| Self::Eui48(*address, NameList(names))),
            4 => value.split_first_chunk().map(|(address, names)| Self::Eui64(*address, NameList(names))),
            _ => None,
        };
        known.unwrap_or(Self::Other { kind, value })
    }
}

impl<'b> NameList<'b> {
    /// The names, without their zeroes; empty ones are left out.
    pub fn iter(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.0.split(|byte| *byte == 0).filter(|name| !name.is_empty())
    }
}

impl<'b> Secrets<'b> {
    fn parse(mut p: Cursor<'b>, order: ByteOrder) -> Dissect<Self> {
        let (kind, length) = (order.u32(p.array()?), order.u32(p.array()?) as usize);
        let data = p.take(length)?;
        p.take_up_to(length.wrapping_neg() % 4);
        Ok(Self { kind, data, options: Options::new(p.rest(), order) })
    }
}

impl<'b> Custom<'b> {
    fn parse(kind: u32, mut p: Cursor<'b>, order: ByteOrder) -> Dissect<Self> {
        let enterprise = order.u32(p.array()?);
        Ok(Self { enterprise, copyable: kind == kind::CUSTOM, data: p.rest() })
    }
}

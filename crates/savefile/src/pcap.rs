//! The classic format: a header of 24 bytes, then records.
//!
//! ```text
//! magic(4) major(2) minor(2) zone(4) sigfigs(4) snaplen(4) link(4)
//! seconds(4) fraction(4) caplen(4) length(4) [interface(4) protocol(2) type(1) pad(1)] bytes(caplen)
//! ```
//! Zone and sigfigs mean nothing. What is in brackets is Alexey Kuznetsov's, under a magic of its own.
//! Source: draft-ietf-opsawg-pcap; pcap-savefile(5).

mod chain;
pub(crate) mod encode;

use crate::error::Error;
use crate::host_order::Repair;
use crate::order::ByteOrder;
use crate::reader::{Format, Found, Precision, adjust_snaplen, max_caplen};
use crate::run::Plain;
use crate::window::Window;
use gannet_wire::{Cursor, Direction, Dissect, LinkType, Timestamp};
use std::io::Read;

pub(crate) const MAGIC_MICRO: u32 = 0xa1b2_c3d4;
pub(crate) const MAGIC_NANO: u32 = 0xa1b2_3c4d;
const MAGIC_KUZNETSOV: u32 = 0xa1b2_cd34;

pub(crate) const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const KUZNETSOV_RECORD_HEADER: usize = 24;

/// Bits of the link type field that have no meaning yet.
const RESERVED_LINK_BITS: u32 = 0x03ff_0000;
/// Bits of the link type field that say something of the frame check sequence.
pub(crate) const LINK_EXTENSION_BITS: u32 = 0xfc00_0000;

/// The bit among them that says that its length is known.
const FCS_KNOWN: u32 = 1 << 26;
/// The length's own place, and its unit in bits.
const FCS_LENGTH: (u32, u8) = (28, 16);

/// How long the frame check sequence is, in bits, as such bits of the link type field say.
pub(crate) fn fcs_len(extension: u32) -> Option<u8> {
    let (place, unit) = FCS_LENGTH;
    (extension & FCS_KNOWN != 0).then_some((extension >> place) as u8 * unit)
}

/// The bits that say so; none for a length that has no place there.
pub(crate) fn extension_of(fcs_len: u8) -> u32 {
    let (place, unit) = FCS_LENGTH;
    if fcs_len.is_multiple_of(unit) { FCS_KNOWN | u32::from(fcs_len / unit) << place } else { 0 }
}

/// What the file header said.
pub(crate) struct State {
    pub(crate) order: ByteOrder,
    pub(crate) version: (u16, u16),
    pub(crate) link: LinkType,
    pub(crate) link_extension: u32,
    pub(crate) snaplen: u32,
    pub(crate) precision: Precision,
    record_header: usize,
    lengths: Lengths,
    /// What packets of this link type need before they can be lent.
    pub(crate) repair: Option<Repair>,
    /// Whether damage is to be looked for, and survived.
    pub(crate) recover: bool,
    /// The seconds of the record before, where they are needed to judge the next.
    last: Option<u32>,
    /// The seconds of the record before, if they are far from those.
    leap: Option<u32>,
    pub(crate) ended: bool,
}

/// In which order a record gives its two lengths.
#[derive(Clone, Copy)]
enum Lengths {
    /// As since version 2.3.
    CaplenFirst,
    /// As before version 2.3, and on DG/UX.
    LengthFirst,
    /// As some programs wrote under the name of version 2.3: the shorter is the caplen.
    ShorterIsCaplen,
}

struct FileHeader {
    version: (u16, u16),
    snaplen: u32,
    link: u32,
}

struct RecordHeader {
    seconds: u32,
    fraction: u32,
    caplen: u32,
    length: u32,
}

impl State {
    /// Reads the file header; `magic` is how the file begins.
    pub(crate) fn open<R: Read>(magic: [u8; 4], window: &mut Window<R>) -> Result<Self, Error> {
        let known = |m: &u32| matches!(*m, MAGIC_MICRO | MAGIC_NANO | MAGIC_KUZNETSOV);
        let beginning = magic;
        let (order, magic) = [ByteOrder::Big, ByteOrder::Little]
            .map(|order| (order, order.u32(magic)))
            .into_iter()
            .find(|(_, m)| known(m))
            .ok_or(Error::UnknownFormat { magic: beginning })?;
        let bytes = window.look(FILE_HEADER).map_err(Error::Read)?;
        let header = FileHeader::parse(order, bytes)
            .map_err(|_| Error::TruncatedHeader { wanted: FILE_HEADER, got: bytes.len() })?;
        window.consume(FILE_HEADER);
        let (major, minor) = header.version;
        if !matches!(header.version, (2, 0..=4) | (543, 0)) {
            return Err(Error::BadVersion { format: Format::Pcap, major, minor });
        }
        if header.link & RESERVED_LINK_BITS != 0 {
            return Err(Error::ReservedLinkBits { bits: header.link & RESERVED_LINK_BITS });
        }
        let link = LinkType::from_file(header.link as u16);
        let mut snaplen = adjust_snaplen(link, header.snaplen);
        let kuznetsov = magic == MAGIC_KUZNETSOV;
        if kuznetsov && link == LinkType::ETHERNET {
            // In cooked mode those kernels made an Ethernet header up, in addition to what was captured.
            snaplen = snaplen.saturating_add(14).min(i32::MAX as u32);
        }
        Ok(Self {
            order,
            version: header.version,
            link,
            link_extension: header.link & LINK_EXTENSION_BITS,
            snaplen,
            precision: if magic == MAGIC_NANO { Precision::Nano } else { Precision::Micro },
            record_header: if kuznetsov { KUZNETSOV_RECORD_HEADER } else { RECORD_HEADER },
            lengths: match header.version {
                (2, 0..=2) | (543, _) => Lengths::LengthFirst,
                (2, 3) => Lengths::ShorterIsCaplen,
                _ => Lengths::CaplenFirst,
            },
            repair: Repair::of(link, order),
            recover: false,
            last: None,
            leap: None,
            ended: false,
        })
    }

    /// What records are like that need no change in a file of this precision; `None` if all do.
    pub(crate) fn plain(&self, precision: Precision) -> Option<Plain> {
        let same = self.order == ByteOrder::NATIVE
            && self.precision == precision
            && self.record_header == RECORD_HEADER
            && matches!(self.lengths, Lengths::CaplenFirst)
            && self.repair.is_none()
            && !self.recover
            && !self.ended;
        let second = match precision {
            Precision::Micro => 1_000_000,
            Precision::Nano => 1_000_000_000,
        };
        same.then(|| Plain { longest: self.snaplen.min(max_caplen(self.link)), second })
    }

    /// Finds the next record.
    #[inline]
    pub(crate) fn next<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Found>, Error> {
        if self.ended {
            return Ok(None);
        }
        let found = self.record(window);
        // There is no way to tell where the next record would begin.
        self.ended = !matches!(found, Ok(Some(_)) | Err(Error::Read(_)));
        if let (true, Ok(Some(found))) = (self.recover, &found) {
            self.remember(found.time.seconds as u32);
        }
        found
    }

    #[inline]
    fn record<R: Read>(&self, window: &mut Window<R>) -> Result<Option<Found>, Error> {
        let offset = window.offset();
        let wanted = self.record_header;
        let unread = window.look_far(wanted).map_err(Error::Read)?;
        let got = unread.len();
        if got < wanted {
            return if got == 0 {
                Ok(None)
            } else {
                Err(Error::TruncatedRecordHeader { wanted, got, offset })
            };
        }
        let header = self.put_lengths_right(RecordHeader::parse(self.order, unread));
        let max = max_caplen(self.link);
        if header.caplen > max {
            return Err(Error::TooLong { caplen: header.caplen, snaplen: self.snaplen, max, offset });
        }
        if self.recover {
            self.examine(&header, window)?;
        }
        let caplen = header.caplen as usize;
        let got = if got < wanted + caplen {
            window.look_far(wanted + caplen).map_err(Error::Read)?.len() - wanted
        } else {
            caplen
        };
        let snaplen = self.snaplen as usize;
        if got < caplen {
            let wanted = if got < snaplen { caplen.min(snaplen) } else { caplen };
            return Err(Error::TruncatedRecord { wanted, got, offset });
        }
        let whole = window.consume(wanted + caplen);
        let start = whole.start + wanted;
        let place = start..start + caplen.min(snaplen);
        let length = match self.repair {
            None => header.length,
            Some(repair) => repair.apply(window.lend_mut(place.clone()), header.length),
        };
        Ok(Some(Found {
            place,
            length,
            time: self.time(&header),
            link: self.link,
            interface: 0,
            direction: Direction::Unknown,
            timed: true,
        }))
    }

    fn put_lengths_right(&self, header: RecordHeader) -> RecordHeader {
        let turned = match self.lengths {
            Lengths::CaplenFirst => false,
            Lengths::LengthFirst => true,
            Lengths::ShorterIsCaplen => header.caplen > header.length,
        };
        if turned { RecordHeader { caplen: header.length, length: header.caplen, ..header } } else { header }
    }

    fn time(&self, header: &RecordHeader) -> Timestamp {
        let unit = match self.precision {
            Precision::Micro => 1000,
            Precision::Nano => 1,
        };
        Timestamp { seconds: i64::from(header.seconds), nanos: u64::from(header.fraction) * unit }
    }
}

impl FileHeader {
    fn parse(order: ByteOrder, bytes: &[u8]) -> Dissect<Self> {
        let mut p = Cursor::new(bytes, bytes.len());
        p.skip(4)?;
        let version = (order.u16(p.array()?), order.u16(p.array()?));
        p.skip(8)?;
        Ok(Self { version, snaplen: order.u32(p.array()?), link: order.u32(p.array()?) })
    }
}

impl RecordHeader {
    /// The header that `bytes` begin with; zeroes if they are too few.
    fn parse(order: ByteOrder, bytes: &[u8]) -> Self {
        let (fields, _) = bytes.as_chunks();
        let field = |n: usize| fields.get(n).map_or(0, |field| order.u32(*field));
        Self { seconds: field(0), fraction: field(1), caplen: field(2), length: field(3) }
    }
}

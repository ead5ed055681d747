//! What can be wrong with a savefile: libpcap's sentence, and the numbers behind it as fields.

use crate::Format;
use crate::block::MAX_INTERFACE_BYTES;
use crate::unwritable::Unwritable;
use std::{fmt, io};

/// Why a file cannot be read on, or written. `Display` is what libpcap says, on one line; offsets count
/// bytes from the start of the file to where the record or block at fault begins.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The source failed. Nothing was consumed, so that reading can be tried again.
    Read(io::Error),
    /// The sink failed.
    Write(io::Error),
    /// What is to be written has no place in the file. Nothing of it was added.
    Unwritable(Unwritable),
    /// The file ends within the file header.
    TruncatedHeader {
        /// How long the header is.
        wanted: usize,
        /// How much of it there is.
        got: usize,
    },
    /// The file ends within the header of a record.
    TruncatedRecordHeader {
        /// How long the header is.
        wanted: usize,
        /// How much of it there is.
        got: usize,
        /// Where the record begins.
        offset: u64,
    },
    /// The file ends within the bytes of a packet.
    TruncatedRecord {
        /// How many bytes of the packet the file should hold.
        wanted: usize,
        /// How many it holds.
        got: usize,
        /// Where the record begins.
        offset: u64,
    },
    /// The file ends within a pcapng block.
    TruncatedBlock {
        /// How many bytes should follow: of the block header, or after it.
        wanted: usize,
        /// How many do.
        got: usize,
        /// Where the block begins.
        offset: u64,
    },
    /// Neither pcap nor pcapng. [`Error::advice`] may know what it is.
    UnknownFormat {
        /// How it begins.
        magic: [u8; 4],
    },
    /// Blocks were asked for, of a file that has none.
    NoBlocks {
        /// The format of the file.
        format: Format,
    },
    /// A version of the format that nobody reads.
    BadVersion {
        /// Of which format.
        format: Format,
        /// The number before the dot.
        major: u16,
        /// The number after the dot.
        minor: u16,
    },
    /// Bits that must be zero in the link type field of a pcap header are not.
    ReservedLinkBits {
        /// Those bits, in their place.
        bits: u32,
    },
    /// A packet is longer than any packet of that link type can be.
    TooLong {
        /// How many bytes the record claims to hold.
        caplen: u32,
        /// How many the file says there can be, at most.
        snaplen: u32,
        /// How many there can be at all.
        max: u32,
        /// Where the record begins.
        offset: u64,
    },
    /// A record's header that makes no sense beside its neighbours. Only found when damage is looked for
    /// ([`Reader::recover`](crate::Reader::recover)).
    Implausible {
        /// What is wrong with it.
        what: Oddity,
        /// Where the record begins.
        offset: u64,
    },
    /// Damage was stepped over ([`Reader::recover`](crate::Reader::recover)).
    Skipped {
        /// Where the damage begins.
        from: u64,
        /// Where reading goes on, or the end of the file.
        to: u64,
        /// What is wrong at `from`.
        why: Box<Error>,
    },
    /// A section header block is too short or too long to be one.
    BadSectionLength {
        /// The length it claims.
        length: u32,
        /// Where it begins.
        offset: u64,
    },
    /// A section header without the byte-order magic.
    BadByteOrder {
        /// Where the block begins.
        offset: u64,
    },
    /// A block is shorter than its own header and trailer.
    ShortBlock {
        /// The length it claims.
        length: u32,
        /// Where it begins.
        offset: u64,
    },
    /// A block's length is not a multiple of four.
    OddBlock {
        /// The length it claims.
        length: u32,
        /// Where it begins.
        offset: u64,
    },
    /// A block is longer than any block has reason to be.
    HugeBlock {
        /// The length it claims.
        length: u32,
        /// The most that is read.
        max: u32,
        /// Where it begins.
        offset: u64,
    },
    /// A block says one length in front and another behind.
    LengthMismatch {
        /// The length in front.
        header: u32,
        /// The length behind.
        trailer: u32,
        /// Where the block begins.
        offset: u64,
    },
    /// The fields of a block, or the packet in it, do not fit into it.
    BlockTooShort {
        /// The type of the block.
        kind: u32,
        /// Where it begins.
        offset: u64,
    },
    /// The first packet comes before the first interface.
    PacketBeforeInterface {
        /// Where the packet's block begins.
        offset: u64,
    },
    /// A packet of an interface that was not described.
    UnknownInterface {
        /// The number that the packet gives.
        interface: u32,
        /// Where the packet's block begins.
        offset: u64,
    },
    /// An option of an interface that cannot be as it is.
    BadInterfaceOption {
        /// What is wrong with it.
        what: InterfaceOption,
        /// Where the interface's block begins.
        offset: u64,
    },
    /// More interfaces in one section than anybody has.
    TooManyInterfaces {
        /// The most that is read.
        max: u32,
        /// Where the block begins that would have been one more.
        offset: u64,
    },
}

/// What makes a record's header implausible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// More was captured than there was, or more than there can be.
    Lengths,
    /// All of it is zero.
    Nothing,
    /// A fraction of a second that is more than one.
    Fraction,
    /// A time far from that of the record before it.
    Time,
    /// Other records are within its bytes, and none follows it.
    Swallows,
}

/// What is wrong with an option of an interface description block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceOption {
    /// The option has one right length, and this is not it.
    Length {
        /// Its name in the format's definition.
        name: &'static str,
        /// How long it is.
        length: u16,
        /// How long it has to be.
        right: u16,
    },
    /// The option may be given once.
    Twice {
        /// Its name in the format's definition.
        name: &'static str,
    },
    /// Times in units too small for 64 bits.
    Resolution {
        /// The base of the unit: 2 or 10.
        base: u8,
        /// The negative exponent.
        exponent: u8,
    },
}

impl Error {
    /// Where in the file the record or block at fault begins, if it is one.
    pub fn offset(&self) -> Option<u64> {
        match *self {
            Self::TruncatedRecordHeader { offset, .. }
            | Self::TruncatedRecord { offset, .. }
            | Self::TruncatedBlock { offset, .. }
            | Self::TooLong { offset, .. }
            | Self::Implausible { offset, .. }
            | Self::Skipped { from: offset, .. }
            | Self::BadSectionLength { offset, .. }
            | Self::BadByteOrder { offset }
            | Self::ShortBlock { offset, .. }
            | Self::OddBlock { offset, .. }
            | Self::HugeBlock { offset, .. }
            | Self::LengthMismatch { offset, .. }
            | Self::BlockTooShort { offset, .. }
            | Self::PacketBeforeInterface { offset }
            | Self::UnknownInterface { offset, .. }
            | Self::BadInterfaceOption { offset, .. }
            | Self::TooManyInterfaces { offset, .. } => Some(offset),
            _ => None,
        }
    }

    /// What to do about a file that is something else, where it is known what.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::UnknownFormat { magic } => of_something_else(*magic),
            _ => None,
        }
    }

    /// Whether the reader goes on after it: the fault is within one well-framed block, or was stepped over.
    pub fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Skipped { .. }
                | Self::BlockTooShort { .. }
                | Self::PacketBeforeInterface { .. }
                | Self::UnknownInterface { .. }
                | Self::BadInterfaceOption { .. }
                | Self::TooManyInterfaces { .. }
        )
    }
}

/// What begins so, of what people take for savefiles.
fn of_something_else(magic: [u8; 4]) -> Option<&'static str> {
    const CONVERT: &str = "Wireshark's editcap -F pcap makes a savefile of it";
    Some(match &magic {
        b"BZh0" | b"BZh1" | b"BZh2" | b"BZh3" | b"BZh4" | b"BZh5" | b"BZh6" | b"BZh7" | b"BZh8" | b"BZh9" => {
            "it is compressed with bzip2, which is not read here; decompress it with bzip2 -dc, into a pipe to -r -"
        }
        [0x1f, 0x9d, ..] => {
            "it is compressed with compress, which is not read here; decompress it with gzip -dc, into a pipe to -r -"
        }
        [0x5d, 0, 0, _] => {
            "it may be compressed with lzma, which is not read here; decompress it with xz -dc, into a pipe to -r -"
        }
        b"LZIP" => {
            "it is compressed with lzip, which is not read here; decompress it with lzip -dc, into a pipe to -r -"
        }
        b"PK\x03\x04" | b"7z\xbc\xaf" => "it is an archive; unpack it first",
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd] | [0xfd, b'7', b'z', b'X'] | [0x04, 0x22, 0x4d, 0x18] => {
            "it was compressed twice; decompress it once"
        }
        b"snoo" | b"GMBU" | b"RTSS" | b"TRSN" => CONVERT,
        [0xa1, 0xb2, 0x34, 0xcd]
        | [0xcd, 0x34, 0xb2, 0xa1]
        | [0xa1, 0x2b, 0x3c, 0x4d]
        | [0x4d, 0x3c, 0x2b, 0xa1] => "it is a relative of pcap whose records nobody has described",
        _ => return None,
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(e) => write!(f, "error reading dump file: {}", Reason(e)),
            Self::Unwritable(e) => e.fmt(f),
            Self::Write(e) => write!(f, "error writing dump file: {}", Reason(e)),
            Self::TruncatedHeader { wanted, got } => {
                write!(f, "truncated dump file; tried to read {wanted} file header bytes, only got {got}")
            }
            Self::TruncatedRecordHeader { wanted, got, .. } => {
                write!(f, "truncated dump file; tried to read {wanted} header bytes, only got {got}")
            }
            Self::TruncatedRecord { wanted, got, .. } => {
                write!(f, "truncated dump file; tried to read {wanted} captured bytes, only got {got}")
            }
            Self::TruncatedBlock { wanted, got, .. } => {
                write!(f, "truncated pcapng dump file; tried to read {wanted} bytes, only got {got}")
            }
            Self::UnknownFormat { .. } => f.write_str("unknown file format"),
            Self::NoBlocks { format } => write!(f, "a {format} file has no blocks"),
            Self::BadVersion { format, major, minor } => {
                write!(f, "unsupported {format} savefile version {major}.{minor}")
            }
            Self::ReservedLinkBits { bits } => {
                write!(f, "savefile linktype reserved field not zero (0x{bits:08x})")
            }
            Self::TooLong { caplen, snaplen, max, .. } => {
                let (what, limit) = if caplen > snaplen { ("snaplen", snaplen) } else { ("maximum", max) };
                write!(f, "invalid packet capture length {caplen}, bigger than {what} of {limit}")
            }
            Self::Implausible { what, .. } => write!(f, "implausible record header: {what}"),
            Self::Skipped { from, to, why } => {
                write!(f, "skipped {} bytes at offset {from} ({why})", to.saturating_sub(*from))
            }
            _ => self.fmt_block(f),
        }
    }
}

impl Error {
    /// The sentences about pcapng blocks.
    fn fmt_block(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadSectionLength { length, .. } => write!(
                f,
                "Section Header Block in pcapng dump file has invalid length \
                 28 < _{length}_ < 1048576 (BT_SHB_INSANE_MAX)"
            ),
            Self::BadByteOrder { .. } => {
                f.write_str("the file has a section with a bad byte order magic field")
            }
            Self::ShortBlock { length, .. } => {
                write!(f, "block in pcapng dump file has a length of {length} < 12")
            }
            Self::OddBlock { length, .. } => {
                write!(f, "block in pcapng dump file has a length of {length} that is not a multiple of 4")
            }
            Self::HugeBlock { length, max, .. } => {
                write!(f, "pcapng block size {length} > maximum {max}")
            }
            Self::LengthMismatch { header, trailer, .. } => {
                write!(f, "block total length in header {header} and trailer {trailer} don't match")
            }
            Self::BlockTooShort { kind, .. } => {
                write!(f, "block of type {kind} in pcapng dump file is too short")
            }
            Self::PacketBeforeInterface { .. } => {
                f.write_str("the capture file has a packet block before any Interface Description Blocks")
            }
            Self::UnknownInterface { interface, .. } => write!(
                f,
                "a packet arrived on interface {interface}, \
                 but there's no Interface Description Block for that interface"
            ),
            Self::BadInterfaceOption { what, .. } => write!(f, "Interface Description Block {what}"),
            Self::TooManyInterfaces { max, .. } => {
                let mib = MAX_INTERFACE_BYTES >> 20;
                write!(f, "more than {max} interfaces in one section, or {mib} MiB of what they say")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lengths => "its lengths cannot be",
            Self::Nothing => "all of it is zero",
            Self::Fraction => "its fraction of a second is more than one",
            Self::Time => "its time is far from that of the packet before it",
            Self::Swallows => "its length takes in other packets",
        })
    }
}

impl fmt::Display for InterfaceOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { name, length, right } => {
                write!(f, "has {name} option with length {length} != {right}")
            }
            Self::Twice { name } => write!(f, "has more than one {name} option"),
            Self::Resolution { base, exponent } => {
                write!(f, "if_tsresol option resolution {base}^-{exponent} is too high")
            }
        }
    }
}

impl From<Unwritable> for Error {
    fn from(e: Unwritable) -> Self {
        Self::Unwritable(e)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(e) | Self::Write(e) => Some(e),
            Self::Unwritable(e) => Some(e),
            _ => None,
        }
    }
}

/// The system's words for an error, without the number that `io::Error` puts behind them.
struct Reason<'e>(&'e io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split(" (os error ").next().unwrap_or(&text))
    }
}

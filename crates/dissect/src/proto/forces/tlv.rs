//! The parts that ForCES messages are made of (RFC 5810 section 6.2).
//!
//! ```text
//! TLV: | type (2) | length (2), all of it | value .. | zeros, to a multiple of 4 bytes |
//! ILV: | identifier (4) | length (4), all of it | value .. | zeros |
//! ```

use crate::prelude::*;

/// Bytes of a TLV before its value.
pub const HEADER: usize = 4;
/// Bytes of an ILV before its value.
pub const ILV_HEADER: usize = 8;

/// A table of path data.
pub const PATH_DATA: u16 = 0x0110;
/// The key of a row.
pub const KEY: u16 = 0x0111;
/// A whole value.
pub const FULL: u16 = 0x0112;
/// Some components of a value.
pub const SPARSE: u16 = 0x0113;
/// What came of an operation.
pub const RESULT: u16 = 0x0114;
/// What is known of a packet that is handed on.
pub const METADATA: u16 = 0x0115;
/// A packet that is handed on.
pub const REDIRECT_DATA: u16 = 0x0116;

/// What TLVs are called.
pub const NAMES: NameTable = &[
    (0x0000, "Invalid TLV"),
    (0x0001, "REDIRECT TLV"),
    (0x0010, "ASResult TLV"),
    (0x0011, "ASTreason TLV"),
    (0x1000, "LFBselect TLV"),
    (PATH_DATA as u32, "PATH-DATA TLV"),
    (KEY as u32, "KEYINFO TLV"),
    (FULL as u32, "FULLDATA TLV"),
    (SPARSE as u32, "SPARSEDATA TLV"),
    (RESULT as u32, "RESULT TLV"),
    (METADATA as u32, "METADATA TLV"),
    (REDIRECT_DATA as u32, "REDIRECTDATA TLV"),
];

/// Whether a message may hold such a TLV itself.
pub fn may_be_top(kind: u16) -> bool {
    matches!(kind, 0x0001 | 0x0010 | 0x0011 | PATH_DATA..=REDIRECT_DATA | 0x1000)
}

/// A part whose length may lie.
pub struct Tlv<'p> {
    pub kind: u16,
    /// As it says, header and all.
    pub length: usize,
    /// What is wrong with the length.
    pub fault: Option<&'static str>,
    /// What is behind the header, as long as the length says; to read on past it is possible.
    pub value: Cursor<'p>,
}

impl<'p> Tlv<'p> {
    /// The TLV that `p` begins with, which claims all that is left for TLVs.
    pub fn read(p: &Cursor<'p>) -> Dissect<Self> {
        let mut value = *p;
        let (kind, length) = (value.be16()?, usize::from(value.be16()?));
        Ok(Tlv {
            kind,
            length,
            fault: fault(HEADER, length, p.claimed()),
            value: value.claiming(length.saturating_sub(HEADER)),
        })
    }

    /// Its length with the zeros behind it.
    pub fn padded(&self) -> usize {
        self.length.next_multiple_of(4)
    }
}

/// As a TLV, with a wider header; `None` in its place if not even the header fits.
pub struct Ilv<'p> {
    pub id: u32,
    pub length: usize,
    pub value: Cursor<'p>,
}

impl<'p> Ilv<'p> {
    /// The ILV that `p` begins with, or what is wrong with it.
    pub fn read(p: &Cursor<'p>) -> Dissect<Result<Self, &'static str>> {
        if p.claimed() < ILV_HEADER {
            return Ok(Err(TOO_LITTLE));
        }
        let mut value = *p;
        let (id, length) = (value.be32()?, value.be32()?);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if let Some(fault) = fault(ILV_HEADER, length, p.claimed()) {
            return Ok(Err(fault));
        }
        Ok(Ok(Ilv { id, length, value: value.claiming(length - ILV_HEADER) }))
    }

    /// Its length with the zeros behind it.
    pub fn padded(&self) -> usize {
        self.length.next_multiple_of(4)
    }
}

const TOO_LITTLE: &str = "Invalid total length";

/// What is wrong with a part that says to be `length` bytes long, in `left` bytes.
pub fn fault(header: usize, length: usize, left: usize) -> Option<&'static str> {
    match () {
        () if left < header => Some(TOO_LITTLE),
        () if length < header => Some("xLV too short"),
        () if length > left => Some("xLV too long"),
        () if length.next_multiple_of(4) > left => Some("data padding missing"),
        () => None,
    }
}

/// The end of a list of TLVs: what is left there, too little for another one or more than it says, is a lie.
pub fn end(what: &str, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        return Ok(());
    }
    let tlv = Tlv::read(&p)?;
    let excess = (p.claimed() as u32).wrapping_sub(tlv.length as u32);
    write!(out, "\n\t\tMessy {what} TLV header, type (0x{:x})\n\t\texcess of {excess} Bytes ", tlv.kind);
    Err(Stop::Invalid)
}

/// Columns of a margin, and a new line before them.
const WIDEST: usize = 255;
static MARGIN: [u8; 1 + WIDEST] = {
    let mut margin = [b' '; 1 + WIDEST];
    margin[0] = b'\n';
    margin
};

/// So many blanks.
pub fn blanks(columns: usize) -> &'static str {
    text(MARGIN.get(1..=columns.min(WIDEST)))
}

/// A new line, and blanks up to so many columns less one: what the lines of a dump begin with.
pub fn line(columns: usize) -> &'static str {
    text(MARGIN.get(..columns.min(WIDEST)))
}

fn text(bytes: Option<&'static [u8]>) -> &'static str {
    bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
}

/// Dumps what `p` claims, and fails if not all of it was captured.
pub fn dump(key: &str, p: Cursor, indent: &str, out: &mut Out) -> Dissect {
    out.dump_hex(key, p.sub(p.claimed()).rest(), indent);
    p.need(p.claimed())
}

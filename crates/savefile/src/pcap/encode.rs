//! pcap as it is written: version 2.4, in the byte order of this machine.

use super::{LINK_EXTENSION_BITS, MAGIC_MICRO, MAGIC_NANO, RECORD_HEADER};
use crate::reader::Precision;
use crate::writer::Header;
use gannet_wire::Record;

/// Appends the file header.
pub(crate) fn file_header(header: &Header, to: &mut Vec<u8>) {
    let magic = match header.precision {
        Precision::Micro => MAGIC_MICRO,
        Precision::Nano => MAGIC_NANO,
    };
    let link = u32::from(header.link.0) | header.link_extension & LINK_EXTENSION_BITS;
    to.extend_from_slice(&magic.to_ne_bytes());
    to.extend_from_slice(&2u16.to_ne_bytes());
    to.extend_from_slice(&4u16.to_ne_bytes());
    to.extend_from_slice(&[0; 8]); // zone and accuracy, which nobody uses
    to.extend_from_slice(&header.snaplen.to_ne_bytes());
    to.extend_from_slice(&link.to_ne_bytes());
}

/// Appends a record. Of the time, what fits into the format is kept: seconds modulo 2^32.
#[inline]
pub(crate) fn record(record: &Record<'_>, precision: Precision, to: &mut Vec<u8>) {
    let fraction = match precision {
        Precision::Micro => record.time.nanos / 1000,
        Precision::Nano => record.time.nanos,
    };
    let fraction = u32::try_from(fraction).unwrap_or(u32::MAX);
    let caplen = u32::try_from(record.bytes.len()).unwrap_or(u32::MAX);
    let bytes = record.bytes.get(..caplen as usize).unwrap_or_default();
    to.extend_from_slice(&record_header([record.time.seconds as u32, fraction, caplen, record.length]));
    to.extend_from_slice(bytes);
}

/// How long the record at the start of `bytes` is, in bytes; `None` if its header is not there whole.
pub(crate) fn record_length(bytes: &[u8]) -> Option<usize> {
    let caplen = bytes.get(8..)?.first_chunk()?;
    RECORD_HEADER.checked_add(u32::from_ne_bytes(*caplen) as usize)
}

/// The four fields of a record's header, as they are in memory.
fn record_header(fields: [u32; 4]) -> [u8; RECORD_HEADER] {
    let mut bytes = [0; RECORD_HEADER];
    for (place, field) in bytes.as_chunks_mut().0.iter_mut().zip(fields) {
        *place = field.to_ne_bytes();
    }
    bytes
}

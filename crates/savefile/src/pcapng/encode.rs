//! pcapng as it is written: in the byte order of this machine, every length checked.
//!
//! - [`options`] what most blocks end in.

pub(crate) mod options;

use super::block::{Block, Names, kind};
use super::interface::Interface;
use crate::error::Error;
use crate::order::ByteOrder;
use crate::unwritable::Unwritable;
use options::{List, pad};
use std::net::IpAddr;

/// The longest block that is written, as it is the longest that all readers take. One that holds a packet may be
/// longer: its readers know how long packets of its link type can be.
const MAX_BLOCK: usize = 16 * 1024 * 1024;
/// The same for a section header.
const MAX_SECTION: usize = 1024 * 1024;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Appends a block: the fields of its body after `kind` and a length.
pub(crate) fn block(
    kind: u32,
    to: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = to.len();
    to.extend_from_slice(&kind.to_ne_bytes());
    to.extend_from_slice(&[0; 4]);
    body(to)?;
    close(kind, start, to)
}

/// Ends the block that begins at `start`: its length, in front and behind.
#[inline]
fn close(kind: u32, start: usize, to: &mut Vec<u8>) -> Result<(), Error> {
    pad(start, to);
    let length = to.len() - start + 4;
    let max = match kind {
        kind::SECTION => MAX_SECTION,
        kind::ENHANCED_PACKET | kind::SIMPLE_PACKET | kind::OLD_PACKET => i32::MAX as usize,
        _ => MAX_BLOCK,
    };
    if length > max {
        return Err(Unwritable::BlockTooLong { length, max }.into());
    }
    let length = (length as u32).to_ne_bytes();
    if let Some(place) = to.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&length);
    }
    to.extend_from_slice(&length);
    Ok(())
}

/// How long the block at the start of `bytes` is, in bytes; `None` if its header is not there whole.
pub(crate) fn block_length(bytes: &[u8]) -> Option<usize> {
    Some(u32::from_ne_bytes(*bytes.get(4..)?.first_chunk()?) as usize)
}

/// Appends the fixed fields of a section header of unspecified length.
pub(crate) fn section_fields(version: (u16, u16), length: Option<u64>, to: &mut Vec<u8>) {
    to.extend_from_slice(&BYTE_ORDER_MAGIC.to_ne_bytes());
    to.extend_from_slice(&version.0.to_ne_bytes());
    to.extend_from_slice(&version.1.to_ne_bytes());
    to.extend_from_slice(&length.unwrap_or(u64::MAX).to_ne_bytes());
}

/// Appends an enhanced packet block, its options as `list` appends them.
#[inline]
pub(crate) fn packet(
    (interface, ticks, length): (u32, u64, u32),
    bytes: &[u8],
    to: &mut Vec<u8>,
    list: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = to.len();
    let caplen = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let fields = [kind::ENHANCED_PACKET, 0, interface, (ticks >> 32) as u32, ticks as u32, caplen, length];
    let mut head = [0; 28];
    for (place, field) in head.as_chunks_mut().0.iter_mut().zip(fields) {
        *place = field.to_ne_bytes();
    }
    to.reserve(bytes.len() + 64);
    to.extend_from_slice(&head);
    to.extend_from_slice(bytes);
    pad(start, to);
    list(to)?;
    close(kind::ENHANCED_PACKET, start, to)
}

/// What enhanced and old packet blocks have in common, from the time stamp to the padding.
fn timed(ticks: u64, length: u32, bytes: &[u8], to: &mut Vec<u8>) {
    let caplen = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&ticks_words(ticks));
    to.extend_from_slice(&caplen.to_ne_bytes());
    to.extend_from_slice(&length.to_ne_bytes());
    let start = to.len();
    to.extend_from_slice(bytes);
    pad(start, to);
}

/// A time: two words, the high one first whatever the byte order.
pub(crate) fn ticks_words(ticks: u64) -> [u8; 8] {
    let (high, low) = ((ticks >> 32) as u32, ticks as u32);
    let ([a, b, c, d], [e, f, g, h]) = (high.to_ne_bytes(), low.to_ne_bytes());
    [a, b, c, d, e, f, g, h]
}

/// Appends an interface description block.
pub(crate) fn interface(interface: &Interface, to: &mut Vec<u8>) -> Result<(), Error> {
    block(kind::INTERFACE, to, |to| {
        to.extend_from_slice(&interface.link.0.to_ne_bytes());
        to.extend_from_slice(&[0; 2]);
        to.extend_from_slice(&interface.snaplen.to_ne_bytes());
        options::interface(interface, to)
    })
}

/// Appends name resolution blocks for these addresses, as few as there can be.
pub(crate) fn names<'n>(
    names: &mut std::iter::Peekable<impl Iterator<Item = (IpAddr, &'n str)>>,
    to: &mut Vec<u8>,
) -> Result<(), Error> {
    const ENOUGH: usize = 256 * 1024;
    while names.peek().is_some() {
        block(kind::NAMES, to, |to| {
            let start = to.len();
            while to.len() - start < ENOUGH
                && let Some((address, name)) = names.next()
            {
                name_record(address, name, to)?;
            }
            to.extend_from_slice(&[0; 4]);
            Ok(())
        })?;
    }
    Ok(())
}

fn name_record(address: IpAddr, name: &str, to: &mut Vec<u8>) -> Result<(), Error> {
    let (kind, address) = match &address {
        IpAddr::V4(v4) => (1u16, &v4.octets()[..]),
        IpAddr::V6(v6) => (2u16, &v6.octets()[..]),
    };
    // A name ends with a zero and cannot hold one.
    let name = name.split('\0').next().unwrap_or_default();
    options::item(kind, "a name", &[address, name.as_bytes(), &[0]], to)
}

/// Appends a block as it was read; what was in another byte order is put into that of this machine. Blocks that
/// are opaque stay as they are.
pub(crate) fn verbatim(given: &Block<'_>, to: &mut Vec<u8>) -> Result<(), Error> {
    let kind = given.kind();
    block(kind, to, |to| match given {
        Block::Section(section) => {
            section_fields(section.version, section.length, to);
            options::copy(kind, section.options, to)
        }
        Block::Interface(interface) => {
            to.extend_from_slice(&interface.link.0.to_ne_bytes());
            to.extend_from_slice(&interface.reserved.to_ne_bytes());
            to.extend_from_slice(&interface.snaplen.to_ne_bytes());
            options::copy(kind, interface.options, to)
        }
        Block::Enhanced(packet) => {
            to.extend_from_slice(&packet.interface.to_ne_bytes());
            timed(packet.ticks, packet.length, packet.bytes, to);
            options::copy(kind, packet.options, to)
        }
        Block::Simple(packet) => {
            to.extend_from_slice(&packet.length.to_ne_bytes());
            to.extend_from_slice(packet.bytes);
            Ok(())
        }
        Block::Old(packet) => {
            to.extend_from_slice(&packet.interface.to_ne_bytes());
            to.extend_from_slice(&packet.drops.to_ne_bytes());
            timed(packet.ticks, packet.length, packet.bytes, to);
            options::copy(kind, packet.options, to)
        }
        Block::Statistics(statistics) => {
            to.extend_from_slice(&statistics.interface.to_ne_bytes());
            to.extend_from_slice(&ticks_words(statistics.ticks));
            options::copy(kind, statistics.options, to)
        }
        Block::Names(names) => {
            copy_names(names, to);
            options::copy(kind, names.options, to)
        }
        Block::Secrets(secrets) => {
            let length = u32::try_from(secrets.data.len()).unwrap_or(u32::MAX);
            to.extend_from_slice(&secrets.kind.to_ne_bytes());
            to.extend_from_slice(&length.to_ne_bytes());
            let start = to.len();
            to.extend_from_slice(secrets.data);
            pad(start, to);
            options::copy(kind, secrets.options, to)
        }
        Block::Custom(custom) => {
            to.extend_from_slice(&custom.enterprise.to_ne_bytes());
            to.extend_from_slice(custom.data);
            Ok(())
        }
        Block::Journal(body) | Block::Other { body, .. } => {
            to.extend_from_slice(body);
            Ok(())
        }
    })
}

/// Records of names have the form of options.
fn copy_names(names: &Names<'_>, to: &mut Vec<u8>) {
    if names.options.order() == ByteOrder::NATIVE {
        let start = to.len();
        to.extend_from_slice(names.raw);
        pad(start, to);
    } else {
        let mut list = List::new(to);
        for record in super::block::Options::new(names.raw, names.options.order()).iter() {
            // No value that was read is too long to be written.
            let _ = list.put(record.code, "a name", &[record.value]);
        }
        // Names end with their marker, even if there is none of them.
        to.extend_from_slice(&[0; 4]);
    }
}

//! Options: code, length, value, padded to four bytes; the list ends with code 0 or with the block.
//!
//! ```text
//! code(2) length(2) value(length) padding(0..3) .. 0(2) 0(2)
//! ```
//! Source: draft-ietf-opsawg-pcapng §3.5, and the tables of §4.

use crate::order::ByteOrder;
use gannet_wire::{Cursor, Dissect};
use std::borrow::Cow;

/// What the codes of options mean: the same code is another option in another block, save the first ones.
pub mod code {
    /// The end of a list of options, in any block.
    pub const END: u16 = 0;
    /// A remark, in any block, any number of times.
    pub const COMMENT: u16 = 1;
    /// Somebody's own text, which may be copied; begins with the enterprise number. In any block.
    pub const CUSTOM_TEXT: u16 = 2988;
    /// Somebody's own bytes, which may be copied. In any block.
    pub const CUSTOM_BYTES: u16 = 2989;
    /// Somebody's own text, which is not for copying. In any block.
    pub const CUSTOM_TEXT_NO_COPY: u16 = 19372;
    /// Somebody's own bytes, which are not for copying. In any block.
    pub const CUSTOM_BYTES_NO_COPY: u16 = 19373;

    /// Section: the machine that captured.
    pub const SHB_HARDWARE: u16 = 2;
    /// Section: its operating system.
    pub const SHB_OS: u16 = 3;
    /// Section: the program that wrote the section.
    pub const SHB_USERAPPL: u16 = 4;

    /// Interface: its name.
    pub const IF_NAME: u16 = 2;
    /// Interface: what it is.
    pub const IF_DESCRIPTION: u16 = 3;
    /// Interface: an IPv4 address and its mask, 8 bytes; any number of times.
    pub const IF_IPV4ADDR: u16 = 4;
    /// Interface: an IPv6 address and the length of its prefix, 17 bytes; any number of times.
    pub const IF_IPV6ADDR: u16 = 5;
    /// Interface: its hardware address, 6 bytes.
    pub const IF_MACADDR: u16 = 6;
    /// Interface: its hardware address, 8 bytes.
    pub const IF_EUIADDR: u16 = 7;
    /// Interface: bits per second, 8 bytes.
    pub const IF_SPEED: u16 = 8;
    /// Interface: the unit of its time stamps, 1 byte.
    pub const IF_TSRESOL: u16 = 9;
    /// Interface: its time zone, 4 bytes of unclear meaning.
    pub const IF_TZONE: u16 = 10;
    /// Interface: the capture filter; the first byte says in which language, 0 is pcap-filter's.
    pub const IF_FILTER: u16 = 11;
    /// Interface: the operating system of its machine.
    pub const IF_OS: u16 = 12;
    /// Interface: length of the frame check sequence in bits, 1 byte.
    pub const IF_FCSLEN: u16 = 13;
    /// Interface: seconds to add to its time stamps, 8 bytes.
    pub const IF_TSOFFSET: u16 = 14;
    /// Interface: the hardware of it.
    pub const IF_HARDWARE: u16 = 15;
    /// Interface: bits per second outward, 8 bytes.
    pub const IF_TXSPEED: u16 = 16;
    /// Interface: bits per second inward, 8 bytes.
    pub const IF_RXSPEED: u16 = 17;
    /// Interface: the name of its time zone.
    pub const IF_IANA_TZNAME: u16 = 18;

    /// Packet: direction and more, 4 bytes. In the old packet block too.
    pub const EPB_FLAGS: u16 = 2;
    /// Packet: a hash over it; the first byte says of which kind. In the old packet block too.
    pub const EPB_HASH: u16 = 3;
    /// Packet: how many were lost between the one before and this one, 8 bytes.
    pub const EPB_DROPCOUNT: u16 = 4;
    /// Packet: the same number for the same packet seen elsewhere, 8 bytes.
    pub const EPB_PACKETID: u16 = 5;
    /// Packet: the queue of the interface, 4 bytes.
    pub const EPB_QUEUE: u16 = 6;
    /// Packet: what became of it; the first byte says who speaks.
    pub const EPB_VERDICT: u16 = 7;
    /// Packet: the process it belongs to, and its thread, 8 bytes.
    pub const EPB_PROCESSID_THREADID: u16 = 8;

    /// Names: the name of the server that knew them.
    pub const NS_DNSNAME: u16 = 2;
    /// Names: its IPv4 address.
    pub const NS_DNSIP4ADDR: u16 = 3;
    /// Names: its IPv6 address.
    pub const NS_DNSIP6ADDR: u16 = 4;

    /// Statistics: when the capture began: two words, in the interface's unit.
    pub const ISB_STARTTIME: u16 = 2;
    /// Statistics: when it ended.
    pub const ISB_ENDTIME: u16 = 3;
    /// Statistics: packets the interface received, 8 bytes.
    pub const ISB_IFRECV: u16 = 4;
    /// Statistics: packets the interface lost, 8 bytes.
    pub const ISB_IFDROP: u16 = 5;
    /// Statistics: packets the filter accepted, 8 bytes.
    pub const ISB_FILTERACCEPT: u16 = 6;
    /// Statistics: packets the system lost, 8 bytes.
    pub const ISB_OSDROP: u16 = 7;
    /// Statistics: packets the program was given, 8 bytes.
    pub const ISB_USRDELIV: u16 = 8;
}

/// A list of options as it is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options<'b> {
    bytes: &'b [u8],
    order: ByteOrder,
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt<'b> {
    /// Which: see [`code`].
    pub code: u16,
    /// Its value, without the padding; numbers are in the byte order of the section.
    pub value: &'b [u8],
}

impl<'b> Options<'b> {
    /// No options at all.
    pub const NONE: Options<'static> = Options { bytes: &[], order: ByteOrder::NATIVE };

    /// The options that `bytes`, up to the end of a block's body, are. Nothing is checked.
    pub fn new(bytes: &'b [u8], order: ByteOrder) -> Self {
        Self { bytes, order }
    }

    /// The bytes of the list: padding, end marker and what stands behind it included.
    pub fn raw(&self) -> &'b [u8] {
        self.bytes
    }

    /// The byte order of codes, lengths and numbers.
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// Whether there is no option.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The options in their order, up to the end marker, the end of the block, or what cannot be an option.
    pub fn iter(&self) -> OptionIter<'b> {
        OptionIter { rest: Cursor::new(self.bytes, self.bytes.len()), order: self.order }
    }

    /// The value of the first option with this code.
    pub fn get(&self, code: u16) -> Option<&'b [u8]> {
        self.iter().find(|option| option.code == code).map(|option| option.value)
    }

    /// The first option with this code, as text: bytes that are not UTF-8 are replaced.
    pub fn text(&self, code: u16) -> Option<Cow<'b, str>> {
        self.get(code).map(text)
    }

    /// All remarks.
    pub fn comments(&self) -> impl Iterator<Item = Cow<'b, str>> + use<'b> {
        self.iter().filter(|option| option.code == code::COMMENT).map(|option| text(option.value))
    }

    /// The first option with this code, if it is four bytes long.
    pub fn u32(&self, code: u16) -> Option<u32> {
        self.get(code)?.try_into().ok().map(|value| self.order.u32(value))
    }

    /// The first option with this code, if it is eight bytes long.
    pub fn u64(&self, code: u16) -> Option<u64> {
        self.get(code)?.try_into().ok().map(|value| self.order.u64(value))
    }

    /// The first option with this code as a time in units of its interface, high word first, if it is one.
    pub fn ticks(&self, code: u16) -> Option<u64> {
        let (high, low) = self.get(code)?.split_first_chunk()?;
        let low = low.try_into().ok()?;
        Some(u64::from(self.order.u32(*high)) << 32 | u64::from(self.order.u32(low)))
    }
}

impl<'b> IntoIterator for Options<'b> {
    type Item = Opt<'b>;
    type IntoIter = OptionIter<'b>;
    fn into_iter(self) -> OptionIter<'b> {
        self.iter()
    }
}

/// Walks over [`Options`].
#[derive(Clone, Debug)]
pub struct OptionIter<'b> {
    rest: Cursor<'b>,
    order: ByteOrder,
}

impl<'b> Iterator for OptionIter<'b> {
    type Item = Opt<'b>;
    fn next(&mut self) -> Option<Opt<'b>> {
        let next = next(&mut self.rest, self.order).ok().flatten().filter(|option| option.code != code::END);
        if next.is_none() {
            self.rest = Cursor::new(&[], 0);
        }
        next
    }
}

/// The next option, the end marker included; `None` where the block ends.
pub(super) fn next<'b>(p: &mut Cursor<'b>, order: ByteOrder) -> Dissect<Option<Opt<'b>>> {
    if p.is_empty() {
        return Ok(None);
    }
    let code = order.u16(p.array()?);
    let length = usize::from(order.u16(p.array()?));
    let padded = p.take(length.next_multiple_of(4))?;
    Ok(Some(Opt { code, value: padded.get(..length).unwrap_or(padded) }))
}

/// A value as text.
pub(super) fn text(value: &[u8]) -> Cow<'_, str> {
    // Some programs write C strings, zero and all.
    let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    String::from_utf8_lossy(value.get(..end).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_at_its_marker_or_where_it_makes_no_sense() {
        let of = |bytes: &'static [u8]| {
            Options::new(bytes, ByteOrder::Big).iter().map(|o| (o.code, o.value)).collect::<Vec<_>>()
        };
        assert_eq!(of(&[0, 1, 0, 2, b'h', b'i', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]), [(1, &b"hi"[..])]);
        assert_eq!(of(&[0, 5, 0, 0, 0, 1, 0, 9, 0, 0]), [(5, &b""[..])]);
        assert_eq!(of(&[0, 5, 0]), []);
    }

    #[test]
    fn values_in_the_byte_order_of_the_section() {
        let little = [4, 0, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 4, 0, 7, 0, 0, 0];
        let options = Options::new(&little, ByteOrder::Little);
        assert_eq!((options.u64(4), options.ticks(4)), (Some(0x2_0000_0001), Some(0x1_0000_0002)));
        assert_eq!((options.u32(2), options.u64(2), options.u32(9)), (Some(7), None, None));
    }

    #[test]
    fn text_without_the_zero_that_some_programs_leave() {
        let options =
            Options::new(&[0, 1, 0, 3, b'h', b'i', 0, 0, 0, 1, 0, 1, 0xff, 0, 0, 0], ByteOrder::Big);
        assert_eq!(options.comments().collect::<Vec<_>>(), ["hi", "\u{fffd}"]);
        assert_eq!(options.text(code::COMMENT).as_deref(), Some("hi"));
    }
}

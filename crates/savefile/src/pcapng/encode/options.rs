//! Options as they are written: code, length, value, padding, and the marker behind the last.

use crate::block::{Opt, Options, code, kind};
use crate::error::Error;
use crate::order::ByteOrder;
use crate::pcapng::interface::Interface;
use crate::unwritable::Unwritable;

/// The longest value that an option can have, in bytes.
const MAX_VALUE: usize = 65_535;

/// Appends zeroes until the bytes from `start` on are a multiple of four.
#[inline]
pub(crate) fn pad(start: usize, to: &mut Vec<u8>) {
    let more = (to.len() - start).wrapping_neg() % 4;
    to.extend_from_slice([0u8; 4].get(..more).unwrap_or_default());
}

/// Appends an option, or what has the form of one, with a value in pieces.
#[inline]
pub(crate) fn item(code: u16, what: &'static str, value: &[&[u8]], to: &mut Vec<u8>) -> Result<(), Error> {
    let length: usize = value.iter().map(|piece| piece.len()).sum();
    let short =
        u16::try_from(length).map_err(|_| Unwritable::OptionTooLong { what, length, max: MAX_VALUE })?;
    to.extend_from_slice(&code.to_ne_bytes());
    to.extend_from_slice(&short.to_ne_bytes());
    let start = to.len();
    for piece in value {
        to.extend_from_slice(piece);
    }
    pad(start, to);
    Ok(())
}

/// A list of options that is being written.
pub(crate) struct List<'t> {
    to: &'t mut Vec<u8>,
    any: bool,
}

impl<'t> List<'t> {
    pub(crate) fn new(to: &'t mut Vec<u8>) -> Self {
        Self { to, any: false }
    }

    /// Adds an option; its value is given in pieces.
    pub(crate) fn put(&mut self, code: u16, what: &'static str, value: &[&[u8]]) -> Result<(), Error> {
        self.any = true;
        item(code, what, value, self.to)
    }

    /// Adds a text, if there is one.
    pub(crate) fn text(&mut self, code: u16, what: &'static str, text: Option<&str>) -> Result<(), Error> {
        text.map_or(Ok(()), |text| self.put(code, what, &[text.as_bytes()]))
    }

    /// Adds a number, if there is one.
    pub(crate) fn u64(&mut self, code: u16, number: Option<u64>) -> Result<(), Error> {
        number.map_or(Ok(()), |number| self.put(code, "a number", &[&number.to_ne_bytes()]))
    }

    /// Adds all remarks.
    pub(crate) fn comments<T: AsRef<str>>(&mut self, comments: &[T]) -> Result<(), Error> {
        comments.iter().try_for_each(|text| self.text(code::COMMENT, "a comment", Some(text.as_ref())))
    }

    /// Adds an option of a block of this kind that was read in that byte order.
    pub(crate) fn turned(&mut self, kind: u32, option: Opt<'_>, order: ByteOrder) -> Result<(), Error> {
        if order == ByteOrder::NATIVE {
            return self.put(option.code, "an option", &[option.value]);
        }
        let mut value = option.value.to_vec();
        turn(kind, option.code, &mut value);
        self.put(option.code, "an option", &[&value])
    }

    /// Ends the list.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.any { item(code::END, "", &[], self.to) } else { Ok(()) }
    }
}

/// Appends options of a block of this kind as they were read: to the byte, if they are in the byte order of this
/// machine.
pub(crate) fn copy(kind: u32, options: Options<'_>, to: &mut Vec<u8>) -> Result<(), Error> {
    if options.order() == ByteOrder::NATIVE {
        to.extend_from_slice(options.raw());
        return Ok(());
    }
    let mut list = List::new(to);
    for option in options {
        list.turned(kind, option, options.order())?;
    }
    list.end()
}

/// Appends what an interface says of itself.
pub(crate) fn interface(interface: &Interface, to: &mut Vec<u8>) -> Result<(), Error> {
    let mut list = List::new(to);
    list.comments(&interface.comments)?;
    list.text(code::IF_NAME, "an interface name", interface.name.as_deref())?;
    list.text(code::IF_DESCRIPTION, "an interface description", interface.description.as_deref())?;
    for (address, mask) in &interface.ipv4 {
        list.put(code::IF_IPV4ADDR, "", &[address, mask])?;
    }
    for (address, prefix) in &interface.ipv6 {
        list.put(code::IF_IPV6ADDR, "", &[address, &[*prefix]])?;
    }
    if let Some(mac) = &interface.mac {
        list.put(code::IF_MACADDR, "", &[mac])?;
    }
    if let Some(eui) = &interface.eui {
        list.put(code::IF_EUIADDR, "", &[eui])?;
    }
    list.u64(code::IF_SPEED, interface.speed)?;
    list.put(code::IF_TSRESOL, "", &[&[interface.resolution.exponent()]])?;
    if let Some(filter) = &interface.filter {
        list.put(code::IF_FILTER, "a filter", &[&[0], filter.as_bytes()])?;
    }
    list.text(code::IF_OS, "an operating system", interface.os.as_deref())?;
    if let Some(bits) = interface.fcs_len {
        list.put(code::IF_FCSLEN, "", &[&[bits]])?;
    }
    if interface.seconds_offset != 0 {
        list.put(code::IF_TSOFFSET, "", &[&interface.seconds_offset.to_ne_bytes()])?;
    }
    list.text(code::IF_HARDWARE, "interface hardware", interface.hardware.as_deref())?;
    list.u64(code::IF_TXSPEED, interface.tx_speed)?;
    list.u64(code::IF_RXSPEED, interface.rx_speed)?;
    for (code, value) in &interface.other {
        list.turned(kind::INTERFACE, Opt { code: *code, value }, interface.other_order)?;
    }
    list.end()
}

/// Turns the numbers in a value from one byte order into the other. A value that has not the length of its
/// numbers stays as it is.
fn turn(kind: u32, code: u16, value: &mut [u8]) {
    const CUSTOM: [u16; 4] =
        [code::CUSTOM_TEXT, code::CUSTOM_BYTES, code::CUSTOM_TEXT_NO_COPY, code::CUSTOM_BYTES_NO_COPY];
    if CUSTOM.contains(&code) {
        if let Some(enterprise) = value.first_chunk_mut::<4>() {
            enterprise.reverse();
        }
        return;
    }
    match (kind, code) {
        (kind::INTERFACE, code::IF_SPEED | code::IF_TXSPEED | code::IF_RXSPEED | code::IF_TSOFFSET)
        | (kind::ENHANCED_PACKET, code::EPB_DROPCOUNT | code::EPB_PACKETID)
        | (
            kind::STATISTICS,
            code::ISB_IFRECV
            | code::ISB_IFDROP
            | code::ISB_FILTERACCEPT
            | code::ISB_OSDROP
            | code::ISB_USRDELIV,
        ) => words::<8>(value),
        (kind::INTERFACE, code::IF_TZONE)
        | (kind::ENHANCED_PACKET | kind::OLD_PACKET, code::EPB_FLAGS)
        | (kind::ENHANCED_PACKET, code::EPB_QUEUE | code::EPB_PROCESSID_THREADID)
        | (kind::STATISTICS, code::ISB_STARTTIME | code::ISB_ENDTIME) => words::<4>(value),
        // The verdicts of Linux's own programs are numbers of 64 bits.
        (kind::ENHANCED_PACKET, code::EPB_VERDICT) => {
            if let [1 | 2, verdict @ ..] = value {
                words::<8>(verdict);
            }
        }
        _ => {}
    }
}

fn words<const N: usize>(value: &mut [u8]) {
    let (words, rest) = value.as_chunks_mut::<N>();
    if rest.is_empty() {
        words.iter_mut().for_each(|word| word.reverse());
    }
}

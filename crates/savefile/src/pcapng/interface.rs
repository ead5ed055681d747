//! An interface: what its packets have in common, and what else a file says of it.
//!
//! Source: draft-ietf-opsawg-pcapng §4.2.

use super::block::{InterfaceBlock, code, kind};
use super::encode;
use super::option::{self, Opt};
use crate::error::{Error, InterfaceOption};
use crate::order::ByteOrder;
use crate::reader::{Precision, adjust_snaplen};
use gannet_wire::{Cursor, LinkType, Timestamp};
use std::fmt;

/// More interfaces than this in one section are refused, to bound the memory they take, up to a kilobyte each where a
/// file is copied. An old packet block can name no more; a machine full of containers has some thousands.
pub const MAX_INTERFACES: u32 = 1 << 16;
/// So are interfaces whose blocks are longer than this, all together, in bytes: 256 for each of so many. What they say
/// takes up to eight times as much memory, where it is options without a value.
pub const MAX_INTERFACE_BYTES: usize = 16 * 1024 * 1024;

const NANOS: u64 = 1_000_000_000;

/// An interface that packets were captured on: read from a file, or filled in for one that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its packets begin with.
    pub link: LinkType,
    /// How many bytes of a packet were captured, at most.
    pub snaplen: u32,
    /// What it is called.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// The filter of the capture, in pcap-filter's language. One in another language is among `other`.
    pub filter: Option<String>,
    /// The hardware of it.
    pub hardware: Option<String>,
    /// The operating system of its machine.
    pub os: Option<String>,
    /// Its hardware address.
    pub mac: Option<[u8; 6]>,
    /// Its hardware address, where that is longer.
    pub eui: Option<[u8; 8]>,
    /// Its IPv4 addresses, each with its mask.
    pub ipv4: Vec<([u8; 4], [u8; 4])>,
    /// Its IPv6 addresses, each with the length of its prefix in bits.
    pub ipv6: Vec<([u8; 16], u8)>,
    /// Bits per second.
    pub speed: Option<u64>,
    /// Bits per second outward, where that is another number.
    pub tx_speed: Option<u64>,
    /// Bits per second inward, where that is another number.
    pub rx_speed: Option<u64>,
    /// The length of the frame check sequence that its packets end in, in bits.
    pub fcs_len: Option<u8>,
    /// The unit of its time stamps.
    pub resolution: Resolution,
    /// Seconds to add to its time stamps.
    pub seconds_offset: i64,
    /// Remarks.
    pub comments: Vec<String>,
    /// Options that are none of the above, as they were in the file: code and value. Numbers in them are in
    /// the order of `other_order`.
    pub other: Vec<(u16, Vec<u8>)>,
    /// The byte order of the section that `other` comes from.
    pub other_order: ByteOrder,
}

impl Default for Interface {
    fn default() -> Self {
        Self {
            link: LinkType::ETHERNET,
            snaplen: adjust_snaplen(LinkType::ETHERNET, 0),
            name: None,
            description: None,
            filter: None,
            hardware: None,
            os: None,
            mac: None,
            eui: None,
            ipv4: Vec::new(),
            ipv6: Vec::new(),
            speed: None,
            tx_speed: None,
            rx_speed: None,
            fcs_len: None,
            resolution: Resolution::MICRO,
            seconds_offset: 0,
            comments: Vec::new(),
            other: Vec::new(),
            other_order: ByteOrder::NATIVE,
        }
    }
}

impl Interface {
    /// The unit of time stamps that loses none of what this interface says, or the finest there is.
    pub fn precision(&self) -> Precision {
        if 1_000_000 % self.resolution.per_second == 0 { Precision::Micro } else { Precision::Nano }
    }

    /// The time that a time stamp of this interface means.
    #[inline(always)]
    pub fn time(&self, ticks: u64) -> Timestamp {
        // A division by a number that the compiler knows takes a fraction of the time.
        let (whole, nanos) = match self.resolution.per_second {
            1_000_000 => (ticks / 1_000_000, ticks % 1_000_000 * 1000),
            NANOS => (ticks / NANOS, ticks % NANOS),
            per_second => split(ticks, per_second),
        };
        let seconds = i64::try_from(whole).unwrap_or(i64::MAX).saturating_add(self.seconds_offset);
        Timestamp { seconds, nanos }
    }

    /// The time stamp of this interface that means a time, or the nearest before it that there is: 0 or
    /// [`u64::MAX`] where there is none.
    pub fn ticks(&self, time: Timestamp) -> u64 {
        let per_second = i128::from(self.resolution.per_second);
        let seconds = i128::from(time.seconds) - i128::from(self.seconds_offset);
        // Rounded up where reading rounds down: what was read comes out as it went in.
        let part = i128::from(time.nanos).saturating_mul(per_second).div_euclid(i128::from(NANOS));
        let ticks = seconds.saturating_mul(per_second).saturating_add(part);
        let ticks = u64::try_from(ticks.max(0)).unwrap_or(u64::MAX);
        match ticks.checked_add(1) {
            Some(next) if self.time(ticks) != time && self.time(next) == time => next,
            _ => ticks,
        }
    }

    /// Appends the block that [`Writer::interface`](crate::Writer::interface) writes: two interfaces that say the
    /// same have the same.
    ///
    /// # Errors
    /// [`Error::Unwritable`]; what was appended then is no block.
    pub fn encode(&self, to: &mut Vec<u8>) -> Result<(), Error> {
        encode::interface(self, to)
    }
}

/// The seconds in so many units, and the rest in nanoseconds.
fn split(ticks: u64, per_second: u64) -> (u64, u64) {
    let whole = ticks.checked_div(per_second).unwrap_or(0);
    let part = ticks.checked_rem(per_second).unwrap_or(0);
    let nanos = match NANOS.checked_rem(per_second) {
        Some(0) => part * (NANOS / per_second),
        _ => (u128::from(part) * u128::from(NANOS) / u128::from(per_second)) as u64,
    };
    (whole, nanos)
}

/// A unit of time stamps: a negative power of ten or of two of a second.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    exponent: u8,
    /// Never 0.
    per_second: u64,
}

impl Resolution {
    /// Millionths of a second, which is what is meant where nothing is said.
    pub const MICRO: Self = Self { exponent: 6, per_second: 1_000_000 };
    /// Billionths of a second.
    pub const NANO: Self = Self { exponent: 9, per_second: NANOS };

    /// What a file writes so: the negative exponent of ten, or of two if the highest bit is set.
    ///
    /// # Errors
    /// [`InterfaceOption::Resolution`] if 64 bits cannot count the units of a second.
    pub fn new(exponent: u8) -> Result<Self, InterfaceOption> {
        let (base, power) = if exponent & 0x80 == 0 { (10, exponent) } else { (2, exponent & 0x7f) };
        let per_second = u64::from(base).checked_pow(u32::from(power));
        let wrong = InterfaceOption::Resolution { base, exponent: power };
        per_second.ok_or(wrong).map(|per_second| Self { exponent, per_second })
    }

    /// How a file writes it.
    pub fn exponent(self) -> u8 {
        self.exponent
    }

    /// How many units make a second; never 0.
    pub fn ticks_per_second(self) -> u64 {
        self.per_second
    }
}

impl Default for Resolution {
    fn default() -> Self {
        Self::MICRO
    }
}

impl fmt::Debug for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.per_second)
    }
}

/// What an interface description block says. `offset` is where it begins, for the errors.
pub(super) fn parse(block: &InterfaceBlock<'_>, offset: u64) -> Result<Interface, Error> {
    let order = block.options.order();
    let link = LinkType::from_file(block.link.0);
    let snaplen = adjust_snaplen(link, block.snaplen);
    let mut interface = Interface { link, snaplen, other_order: order, ..Interface::default() };
    let mut seen = Seen::default();
    let options = block.options.raw();
    let mut p = Cursor::new(options, options.len());
    let too_short = |_| Error::BlockTooShort { kind: kind::INTERFACE, offset };
    while let Some(option) = option::next(&mut p, order).map_err(too_short)? {
        if option.code == code::END {
            fixed::<0>("opt_endofopt", option.value)
                .map_err(|what| Error::BadInterfaceOption { what, offset })?;
            break;
        }
        interface.learn(&option, &mut seen).map_err(|what| Error::BadInterfaceOption { what, offset })?;
    }
    Ok(interface)
}

/// Which options that may be given once were given.
#[derive(Default)]
struct Seen {
    resolution: bool,
    offset: bool,
}

impl Interface {
    /// Takes in one option. Only those that change what time stamps mean can be wrong: libpcap looks at no
    /// others, and what does not have its right length stays among the other options.
    fn learn(&mut self, option: &Opt<'_>, seen: &mut Seen) -> Result<(), InterfaceOption> {
        let (order, value) = (self.other_order, option.value);
        match option.code {
            code::IF_TSRESOL => {
                let [exponent] = fixed("if_tsresol", value)?;
                once("if_tsresol", &mut seen.resolution)?;
                self.resolution = Resolution::new(exponent)?;
            }
            code::IF_TSOFFSET => {
                let seconds = fixed("if_tsoffset", value)?;
                once("if_tsoffset", &mut seen.offset)?;
                self.seconds_offset = order.u64(seconds) as i64;
            }
            _ => {
                if self.describe(option).is_none() {
                    self.other.push((option.code, value.to_vec()));
                }
            }
        }
        Ok(())
    }

    /// Takes in an option that has a field of its own, if there is room in it and its value fits.
    fn describe(&mut self, option: &Opt<'_>) -> Option<()> {
        let (order, value) = (self.other_order, option.value);
        let number = || <[u8; 8]>::try_from(value).ok().map(|value| order.u64(value));
        match option.code {
            code::COMMENT => self.comments.push(option::text(value).into_owned()),
            code::IF_NAME => fill(&mut self.name, option::text(value).into_owned())?,
            code::IF_DESCRIPTION => fill(&mut self.description, option::text(value).into_owned())?,
            code::IF_HARDWARE => fill(&mut self.hardware, option::text(value).into_owned())?,
            code::IF_OS => fill(&mut self.os, option::text(value).into_owned())?,
            code::IF_FILTER => fill(&mut self.filter, option::text(value.strip_prefix(&[0])?).into_owned())?,
            code::IF_MACADDR => fill(&mut self.mac, value.try_into().ok()?)?,
            code::IF_EUIADDR => fill(&mut self.eui, value.try_into().ok()?)?,
            code::IF_SPEED => fill(&mut self.speed, number()?)?,
            code::IF_TXSPEED => fill(&mut self.tx_speed, number()?)?,
            code::IF_RXSPEED => fill(&mut self.rx_speed, number()?)?,
            code::IF_FCSLEN => match value {
                [bits] => fill(&mut self.fcs_len, *bits)?,
                _ => return None,
            },
            code::IF_IPV4ADDR => {
                let (address, mask) = value.split_first_chunk()?;
                self.ipv4.push((*address, mask.try_into().ok()?));
            }
            code::IF_IPV6ADDR => match value.split_first_chunk()? {
                (address, [prefix]) => self.ipv6.push((*address, *prefix)),
                _ => return None,
            },
            _ => return None,
        }
        Some(())
    }
}

fn fill<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.is_none().then(|| *field = Some(value))
}

fn fixed<const N: usize>(name: &'static str, value: &[u8]) -> Result<[u8; N], InterfaceOption> {
    let wrong = InterfaceOption::Length { name, length: value.len() as u16, right: N as u16 };
    value.try_into().map_err(|_| wrong)
}

fn once(name: &'static str, seen: &mut bool) -> Result<(), InterfaceOption> {
    let twice = std::mem::replace(seen, true);
    if twice { Err(InterfaceOption::Twice { name }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(exponent: u8, seconds_offset: i64) -> Interface {
        let resolution = Resolution::new(exponent).unwrap();
        Interface { resolution, seconds_offset, ..Interface::default() }
    }

    #[test]
    fn time_in_any_unit() {
        let time = |i: &Interface, ticks| (i.time(ticks).seconds, i.time(ticks).nanos);
        assert_eq!(time(&at(6, 0), 1_500_001), (1, 500_001_000));
        assert_eq!(time(&at(0, 0), 7), (7, 0));
        assert_eq!(time(&at(0x80 | 10, 0), 1536), (1, 500_000_000));
        assert_eq!(time(&at(19, 0), u64::MAX), (1, 844_674_407));
        assert_eq!(time(&at(0x80 | 63, 0), u64::MAX), (1, 999_999_999));
        assert_eq!(time(&at(6, -5), 1_000_000), (-4, 0));
    }

    #[test]
    fn time_saturates() {
        assert_eq!(at(0, i64::MAX).time(u64::MAX).seconds, i64::MAX);
        assert_eq!(at(0, i64::MIN).time(0).seconds, i64::MIN);
    }

    #[test]
    fn ticks_are_what_the_time_was_made_of() {
        for (exponent, ticks) in
            [(6, 1_500_001), (9, 1_234_567_890_123), (0, 7), (3, 77_777), (0x80 | 10, 1537)]
        {
            for offset in [0, -3600, 86_400] {
                let interface = at(exponent, offset);
                assert_eq!(interface.ticks(interface.time(ticks)), ticks, "{exponent} {offset}");
            }
        }
        let early = Timestamp { seconds: -1, nanos: 0 };
        assert_eq!(at(6, 0).ticks(early), 0);
        assert_eq!(at(19, 0).ticks(Timestamp { seconds: i64::MAX, nanos: 0 }), u64::MAX);
        assert_eq!(at(6, i64::MIN).ticks(Timestamp { seconds: i64::MAX, nanos: u64::MAX }), u64::MAX);
    }

    #[test]
    fn resolutions() {
        assert_eq!(Resolution::new(6), Ok(Resolution::MICRO));
        assert_eq!(Resolution::new(0x80 | 63).unwrap().ticks_per_second(), 1 << 63);
        assert_eq!(Resolution::new(20), Err(InterfaceOption::Resolution { base: 10, exponent: 20 }));
        assert_eq!(Resolution::new(0xff), Err(InterfaceOption::Resolution { base: 2, exponent: 127 }));
    }
}

//! The interface description block: what packets of one interface have in common.
//!
//! ```text
//! 1(4) length(4) link(2) reserved(2) snaplen(4) options.. length(4)
//! ```
//! Source: draft-ietf-opsawg-pcapng §4.2.

use super::{kind, options};
use crate::error::{Error, InterfaceOption};
use crate::order::ByteOrder;
use crate::reader::{Precision, adjust_snaplen};
use gannet_wire::{Cursor, LinkType, Timestamp};

const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

const NANOS: u64 = 1_000_000_000;

/// An interface that packets were captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its packets begin with.
    pub link: LinkType,
    /// How many bytes of a packet were captured, at most.
    pub snaplen: u32,
    /// What it is called, if the file says.
    pub name: Option<String>,
    /// What it is, if the file says.
    pub description: Option<String>,
    /// How many units of its time stamps make a second; never 0.
    ticks_per_second: u64,
    /// Seconds to add to its time stamps.
    seconds_offset: i64,
}

impl Default for Interface {
    fn default() -> Self {
        Self {
            link: LinkType::ETHERNET,
            snaplen: adjust_snaplen(LinkType::ETHERNET, 0),
            name: None,
            description: None,
            ticks_per_second: 1_000_000,
            seconds_offset: 0,
        }
    }
}

impl Interface {
    /// The unit of time stamps that loses none of what this interface says, or the finest there is.
    pub fn precision(&self) -> Precision {
        if 1_000_000 % self.ticks_per_second == 0 { Precision::Micro } else { Precision::Nano }
    }

    /// The time that a time stamp of this interface means.
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        let whole = ticks.checked_div(self.ticks_per_second).unwrap_or(0);
        let part = ticks.checked_rem(self.ticks_per_second).unwrap_or(0);
        let nanos = match NANOS.checked_rem(self.ticks_per_second) {
            Some(0) => part * (NANOS / self.ticks_per_second),
            _ => (u128::from(part) * u128::from(NANOS) / u128::from(self.ticks_per_second)) as u64,
        };
        let seconds = i64::try_from(whole).unwrap_or(i64::MAX).saturating_add(self.seconds_offset);
        Timestamp { seconds, nanos }
    }
}

/// The body of an interface description block.
pub(super) fn parse(mut p: Cursor<'_>, order: ByteOrder, offset: u64) -> Result<Interface, Error> {
    let too_short = |_| Error::BlockTooShort { kind: kind::INTERFACE, offset };
    let bad = |what| Error::BadInterfaceOption { what, offset };
    let link = LinkType::from_file(order.u16(p.array().map_err(too_short)?));
    p.skip(2).map_err(too_short)?;
    let snaplen = adjust_snaplen(link, order.u32(p.array().map_err(too_short)?));
    let mut interface = Interface { link, snaplen, ..Interface::default() };
    let (mut resolutions, mut offsets) = (0, 0);
    while let Some(option) = options::next(&mut p, order).map_err(too_short)? {
        let value = option.value;
        match option.code {
            options::END => {
                fixed::<0>("opt_endofopt", value).map_err(bad)?;
                break;
            }
            IF_NAME => interface.name = Some(String::from_utf8_lossy(value).into_owned()),
            IF_DESCRIPTION => interface.description = Some(String::from_utf8_lossy(value).into_owned()),
            IF_TSRESOL => {
                let [exponent] = fixed("if_tsresol", value).map_err(bad)?;
                once("if_tsresol", &mut resolutions).map_err(bad)?;
                interface.ticks_per_second = resolution(exponent).map_err(bad)?;
            }
            IF_TSOFFSET => {
                let seconds = fixed("if_tsoffset", value).map_err(bad)?;
                once("if_tsoffset", &mut offsets).map_err(bad)?;
                interface.seconds_offset = order.u64(seconds) as i64;
            }
            _ => {}
        }
    }
    Ok(interface)
}

/// How many units make a second: a power of two if the highest bit is set, else a power of ten.
fn resolution(exponent: u8) -> Result<u64, InterfaceOption> {
    let (base, exponent) = if exponent & 0x80 == 0 { (10, exponent) } else { (2, exponent & 0x7f) };
    u64::from(base).checked_pow(u32::from(exponent)).ok_or(InterfaceOption::Resolution { base, exponent })
}

fn fixed<const N: usize>(name: &'static str, value: &[u8]) -> Result<[u8; N], InterfaceOption> {
    let wrong = InterfaceOption::Length { name, length: value.len() as u16, right: N as u16 };
    value.try_into().map_err(|_| wrong)
}

fn once(name: &'static str, seen: &mut u32) -> Result<(), InterfaceOption> {
    *seen += 1;
    if *seen == 1 { Ok(()) } else { Err(InterfaceOption::Twice { name }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ticks_per_second: u64, seconds_offset: i64) -> Interface {
        Interface { ticks_per_second, seconds_offset, ..Interface::default() }
    }

    #[test]
    fn time_in_any_unit() {
        let time = |i: &Interface, ticks| (i.time(ticks).seconds, i.time(ticks).nanos);
        assert_eq!(time(&at(1_000_000, 0), 1_500_001), (1, 500_001_000));
        assert_eq!(time(&at(1, 0), 7), (7, 0));
        assert_eq!(time(&at(1 << 10, 0), 1536), (1, 500_000_000));
        assert_eq!(time(&at(10u64.pow(19), 0), u64::MAX), (1, 844_674_407));
        assert_eq!(time(&at(1 << 63, 0), u64::MAX), (1, 999_999_999));
        assert_eq!(time(&at(1_000_000, -5), 1_000_000), (-4, 0));
    }

    #[test]
    fn time_saturates() {
        assert_eq!(at(1, i64::MAX).time(u64::MAX).seconds, i64::MAX);
        assert_eq!(at(1, i64::MIN).time(0).seconds, i64::MIN);
    }

    #[test]
    fn resolutions() {
        assert_eq!(resolution(6), Ok(1_000_000));
        assert_eq!(resolution(0x80 | 63), Ok(1 << 63));
        assert_eq!(resolution(20), Err(InterfaceOption::Resolution { base: 10, exponent: 20 }));
        assert_eq!(resolution(0xff), Err(InterfaceOption::Resolution { base: 2, exponent: 127 }));
    }
}

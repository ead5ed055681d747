//! Names, asked of whoever calls: this crate looks nothing up.

use crate::lex;
use crate::resolve::lookup;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What names mean. Every answer may be "nobody knows", which is all that [`NoNames`] ever says.
///
/// Names arrive as they were typed, a leading backslash taken away. Ethertypes and LLC names are known without asking.
pub trait Names {
    /// The addresses of a host.
    fn host(&self, name: &str) -> Addresses {
        let _ = name;
        Addresses::default()
    }

    /// The number of an IPv4 network as `getnetbyname` gives it; trailing zero bytes may be there or not (10.0.0.0, `10`).
    fn network(&self, name: &str) -> Option<u32> {
        let _ = name;
        None
    }

    /// The ports of a service.
    fn port(&self, name: &str) -> Ports {
        let _ = name;
        Ports::default()
    }

    /// The number of an IP protocol.
    fn protocol(&self, name: &str) -> Option<u8> {
        let _ = name;
        None
    }

    /// The link-layer address of a host, as `/etc/ethers` has it.
    fn ether_host(&self, name: &str) -> Option<[u8; 6]> {
        let _ = name;
        None
    }
}

/// The addresses of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Its IPv4 addresses, in the order they were found.
    pub v4: Vec<Ipv4Addr>,
    /// Its IPv6 addresses, in the order they were found.
    pub v6: Vec<Ipv6Addr>,
}

/// The ports of a service, by transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Over TCP.
    pub tcp: Option<u16>,
    /// Over UDP.
    pub udp: Option<u16>,
    /// Over SCTP; counts only if neither of the others has the name.
    pub sctp: Option<u16>,
}

/// The number behind `ether proto NAME`, for the names that are built in: an ethertype, or an LLC SAP (at most 255).
pub fn ether_proto(name: &str) -> Option<u16> {
    lookup::ether_name(name)
}

/// A link-layer address of six bytes in any spelling that a filter may have: `1:2:3:4:5:6` (also with `-` or `.`),
/// `0102.0304.0506`, `010203040506`.
pub fn mac48(text: &str) -> Option<[u8; 6]> {
    lex::mac48(text)
}

/// A link-layer address of one byte: `$x` or `$xx`, hexadecimal.
pub fn mac8(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('$').filter(|digits| (1..=2).contains(&digits.len()))?;
    digits.bytes().try_fold(0_u8, |sum, digit| Some(sum << 4 | hex_digit(digit)?))
}

/// The value of an ASCII hexadecimal digit of either case.
pub fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The decimal number that `text` begins with, leading zeros allowed and nothing before them, and what follows it.
///
/// # Errors
/// [`BadDecimal`] if there is no digit, or if the number does not fit.
pub fn decimal(text: &str) -> Result<(u32, &str), BadDecimal> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).filter(|_| end > 0).ok_or(BadDecimal::NoDigits)?;
    digits.parse().map(|number| (number, rest)).map_err(|_| BadDecimal::TooGreat)
}

/// Why a text does not begin with a decimal number of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDecimal {
    /// It does not begin with a digit.
    NoDigits,
    /// The number is 2^32 or greater.
    TooGreat,
}

/// A DECnet address, `area.node`: area * 1024 + node.
pub fn decnet(text: &str) -> Option<u16> {
    lookup::decnet(text)
}

/// Nobody knows any name.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Names for NoNames {}

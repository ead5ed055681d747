//! Numbers and addresses as digits, without the machinery of `core::fmt`: they are most of what is printed.

use std::net::Ipv6Addr;

/// An unsigned number of any width.
pub trait Number: Copy {
    /// The same number, 64 bits wide.
    fn wide(self) -> u64;
}

macro_rules! numbers {
    ($($t:ty)*) => { $(impl Number for $t { fn wide(self) -> u64 { self as u64 } })* };
}
numbers!(u8 u16 u32 u64 usize);

/// Appends `n` in decimal.
pub fn decimal(buf: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (n % 10) as u8;
        n /= 10;
        start = at;
        if n == 0 {
            break;
        }
    }
    buf.extend_from_slice(digits.get(start..).unwrap_or_default());
}

/// Appends `n` in lower-case hexadecimal, with zeros in front up to `width` digits.
pub fn hexadecimal(buf: &mut Vec<u8>, n: u64, width: usize) {
    let needed = (64 - n.leading_zeros() as usize).div_ceil(4).max(1);
    for _ in needed..width {
        buf.push(b'0');
    }
    for place in (0..needed).rev() {
        buf.push(digit((n >> (place * 4)) as u8 & 15));
    }
}

/// Two hexadecimal digits for each byte.
const PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut rest: &mut [[u8; 2]] = &mut pairs;
    let mut byte = 0u8;
    while let Some((pair, behind)) = rest.split_first_mut() {
        *pair = [digit(byte >> 4), digit(byte & 15)];
        byte = byte.wrapping_add(1);
        rest = behind;
    }
    pairs
};

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

/// The two hexadecimal digits of a byte.
pub fn pair(byte: u8) -> [u8; 2] {
    PAIRS.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Appends an IPv4 address.
pub fn dotted(buf: &mut Vec<u8>, octets: [u8; 4]) {
    let mut dot = false;
    for octet in octets {
        if std::mem::replace(&mut dot, true) {
            buf.push(b'.');
        }
        decimal(buf, octet.into());
    }
}

/// Appends an IPv6 address, the longest run of zero groups as `::` (RFC 5952), and an address that carries
/// an IPv4 one with that in dots, as inet_ntop(3) does.
pub fn colons(buf: &mut Vec<u8>, addr: Ipv6Addr) {
    let groups = addr.segments();
    let run = longest_zeros(&groups);
    let [.., e, f, g, h] = addr.octets();
    let carries_ipv4 =
        run.start == 0 && (run.len() == 6 || (run.len() == 5 && groups.get(5) == Some(&0xffff)));
    let mut colon = false;
    for (i, group) in groups.iter().enumerate() {
        if run.len() > 1 && run.contains(&i) {
            if i == run.start {
                buf.extend_from_slice(b"::");
                colon = false;
            }
            continue;
        }
        if std::mem::replace(&mut colon, true) {
            buf.push(b':');
        }
        if i == 6 && carries_ipv4 {
            return dotted(buf, [e, f, g, h]);
        }
        hexadecimal(buf, (*group).into(), 1);
    }
}

fn longest_zeros(groups: &[u16; 8]) -> std::ops::Range<usize> {
    let (mut best, mut start) = (0..0, 0);
    for (i, group) in groups.iter().enumerate() {
        if *group != 0 {
            start = i + 1;
        } else if i + 1 - start > best.len() {
            best = start..i + 1;
        }
    }
    if best.len() > 1 { best } else { 0..0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut buf = Vec::new();
        write(&mut buf);
        String::from_utf8(buf).unwrap()
    }

    #[test]
    fn decimals_and_hexadecimals() {
        for n in [0, 7, 10, 99, 100, 4_294_967_295, u64::MAX] {
            assert_eq!(text(|buf| decimal(buf, n)), n.to_string());
            assert_eq!(text(|buf| hexadecimal(buf, n, 1)), format!("{n:x}"));
            assert_eq!(text(|buf| hexadecimal(buf, n, 4)), format!("{n:04x}"));
        }
        for byte in 0..=255 {
            assert_eq!(text(|buf| buf.extend(pair(byte))), format!("{byte:02x}"));
        }
    }

    #[test]
    fn ipv6_addresses_as_inet_ntop_writes_them() {
        for (addr, expected) in [
            ("::", "::"),
            ("::1", "::1"),
            ("fe80::1:0:0:1", "fe80::1:0:0:1"),
            ("1:0:2:0:0:3:0:0", "1:0:2::3:0:0"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::1.2.3.4", "::1.2.3.4"),
            ("::1:2", "::0.1.0.2"),
            ("2001:db8::", "2001:db8::"),
        ] {
            assert_eq!(text(|buf| colons(buf, addr.parse().unwrap())), expected);
        }
    }
}

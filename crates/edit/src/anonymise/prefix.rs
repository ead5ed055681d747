//! IP addresses changed so that two of them share afterwards as many leading bits as before: Crypto-PAn.
//!
//! Whether a bit is flipped is decided by a cipher that sees the bits before it, and nothing else. Places that mean
//! something to everybody stay where they are (`IPV4`, `IPV6`). In the tree of all prefixes nothing is flipped on
//! the way to such a place, so no ordinary address comes to lie in one, and what is said of shared bits is true for
//! special addresses too. The price is that the leading bits that lead there stay: class A, B and C of IPv4, and the
//! first three bits of global IPv6 addresses. Nor do two bits ask the cipher the same, as every second one does in
//! Crypto-PAn, which leaves one address in some thousands as it was. With [`Manner::CryptoPan`] ordinary addresses
//! are changed as other programs do it with the same key, and may then look like a special one.
//!
//! Source: Xu, Fan, Ammar, Moon, "Prefix-Preserving IP Address Anonymization", 2002.

use aes::Aes128;
use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};

/// What becomes of ordinary addresses on the way to special ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// No ordinary address becomes a special one.
    #[default]
    Apart,
    /// Every ordinary address becomes what Crypto-PAn makes of it.
    CryptoPan,
}

/// A place that everybody knows: its leading bits, how many they are, and how many bits of an address in it stay.
struct Place(u128, u32, u32);

const fn ipv4_place(address: [u8; 4], length: u32, kept: u32) -> Place {
    Place((u32::from_be_bytes(address) as u128) << 96, length, kept)
}

/// Unspecified, loopback, link-local (its prefix), multicast, broadcast.
const IPV4: [Place; 5] = [
    ipv4_place([0, 0, 0, 0], 32, 32),
    ipv4_place([127, 0, 0, 0], 8, 32),
    ipv4_place([169, 254, 0, 0], 16, 16),
    ipv4_place([224, 0, 0, 0], 4, 32),
    ipv4_place([255, 255, 255, 255], 32, 32),
];

/// Unspecified, loopback, link-local (its prefix, in both lengths), multicast, of that the groups of solicited nodes
/// (which end in bits of an address of theirs), and the two that hold an IPv4 address: mapped, NAT64.
const IPV6: [Place; 8] = [
    Place(0, 128, 128),
    Place(1, 128, 128),
    Place(0xfe80 << 112, 10, 10),
    Place(0xfe80 << 112, 64, 64),
    Place(0xff << 120, 8, 128),
    Place(SOLICITED, 104, 104),
    Place(MAPPED, 96, 128),
    Place(NAT64, 96, 128),
];

/// ff02::1:ff00:0/104.
pub(super) const SOLICITED: u128 = 0xff02_0000_0000_0000_0000_0001_ff00_0000;
/// ::ffff:0:0/96.
const MAPPED: u128 = 0xffff_0000_0000;
/// 64:ff9b::/96.
const NAT64: u128 = 0x0064_ff9b << 96;

/// A key at work.
pub(super) struct Prefixes {
    cipher: Aes128,
    pad: u128,
    manner: Manner,
}

impl Prefixes {
    /// The first half of the key is the cipher's; the second, enciphered, stands where an address has no bits yet.
    pub(super) fn new(key: &[u8; 32], manner: Manner) -> Self {
        let (first, second) = halves(key);
        let cipher = Aes128::new(&first.into());
        let mut pad = Block::<Aes128>::from(second);
        cipher.encrypt_block(&mut pad);
        Prefixes { cipher, pad: u128::from_be_bytes(pad.into()), manner }
    }

    /// A cipher of another key, for another purpose.
    pub(super) fn derive(&self, purpose: &[u8; 16]) -> Aes128 {
        let mut key = Block::<Aes128>::from((self.pad ^ u128::from_be_bytes(*purpose)).to_be_bytes());
        self.cipher.encrypt_block(&mut key);
        Aes128::new(&key)
    }

    pub(super) fn ipv4(&self, address: [u8; 4]) -> [u8; 4] {
        let wide = u128::from(u32::from_be_bytes(address)) << 96;
        ((self.changed(wide, 32, &IPV4) >> 96) as u32).to_be_bytes()
    }

    pub(super) fn ipv6(&self, address: [u8; 16]) -> [u8; 16] {
        let wide = u128::from_be_bytes(address);
        if [MAPPED, NAT64].iter().any(|place| (wide ^ place) >> 32 == 0) {
            let low = u32::from_be_bytes(self.ipv4((wide as u32).to_be_bytes()));
            return (wide >> 32 << 32 | u128::from(low)).to_be_bytes();
        }
        // A group made of a unicast prefix (RFC 3306): its length in the fourth byte, the prefix behind it.
        let [0xff, flags, _, length @ 1..=64, ..] = address else {
            return self.changed(wide, 128, &IPV6).to_be_bytes();
        };
        if flags & 0x30 != 0x30 {
            return self.changed(wide, 128, &IPV6).to_be_bytes();
        }
        let mask = leading(u32::from(length));
        let prefix = self.changed(wide << 32 & mask, 128, &IPV6) & mask;
        (wide & !(mask >> 32) | prefix >> 32).to_be_bytes()
    }

    /// Changes an address of so many bits, which begin with the highest.
    fn changed(&self, address: u128, bits: u32, places: &[Place]) -> u128 {
        let kept = self.kept(address, places);
        if kept >= bits { address } else { address ^ (self.flips(address, bits) & !leading(kept)) }
    }

    /// How many leading bits stay as they are.
    fn kept(&self, address: u128, places: &[Place]) -> u32 {
        let (mut on_the_way, mut inside) = (0, None);
        for Place(bits, length, kept) in places {
            let shared = (address ^ bits).leading_zeros();
            if shared >= *length {
                inside = inside.max(Some((*length, *kept)));
            } else {
                on_the_way = on_the_way.max(shared + 1);
            }
        }
        let inside = inside.map_or(0, |(_, kept)| kept);
        match self.manner {
            Manner::Apart => inside.max(on_the_way),
            Manner::CryptoPan => inside,
        }
    }

    /// Which bits are flipped: each as the cipher says of those before it.
    fn flips(&self, address: u128, bits: u32) -> u128 {
        let mut blocks = [Block::<Aes128>::default(); 128];
        let blocks = blocks.get_mut(..bits as usize).unwrap_or_default();
        for (at, block) in (0..).zip(blocks.iter_mut()) {
            let seen = leading(at);
            let input = match self.manner {
                Manner::CryptoPan => address & seen | self.pad & !seen,
                // A one, and zeroes behind it, say where the bits end: no two places ask the same.
                Manner::Apart => (address & seen | 1 << (127 - at)) ^ self.pad,
            };
            *block = input.to_be_bytes().into();
        }
        self.cipher.encrypt_blocks(blocks);
        (0..128u32).zip(blocks.iter()).fold(0, |flips, (at, block)| {
            let bit = block.first().map_or(0, |first| u128::from(first >> 7));
            flips | bit << (127 - at)
        })
    }
}

/// The highest so many bits.
fn leading(bits: u32) -> u128 {
    !u128::MAX.checked_shr(bits).unwrap_or(0)
}

fn halves(key: &[u8; 32]) -> ([u8; 16], [u8; 16]) {
    let first = key.first_chunk().copied().unwrap_or_default();
    (first, key.last_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    /// The key of the sample that comes with Crypto-PAn.
    const KEY: [u8; 32] = [
        21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121,
        101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
    ];

    fn v4(prefixes: &Prefixes, text: &str) -> String {
        Ipv4Addr::from(prefixes.ipv4(text.parse::<Ipv4Addr>().unwrap().octets())).to_string()
    }

    fn v6(prefixes: &Prefixes, text: &str) -> String {
        Ipv6Addr::from(prefixes.ipv6(text.parse::<Ipv6Addr>().unwrap().octets())).to_string()
    }

    /// Facts from the trace that comes with Crypto-PAn, and from a second program for IPv6.
    #[test]
    fn ordinary_addresses_become_what_crypto_pan_makes_of_them() {
        let prefixes = Prefixes::new(&KEY, Manner::CryptoPan);
        for (from, to) in [
            ("128.11.68.132", "135.242.180.132"),
            ("129.118.74.4", "134.136.186.123"),
            ("192.102.249.13", "252.138.62.131"),
            ("192.215.32.125", "252.43.47.189"),
            ("209.85.249.6", "226.170.70.6"),
            ("24.0.250.221", "100.15.198.226"),
            ("38.15.67.68", "64.3.66.187"),
            ("64.14.118.196", "0.255.183.58"),
            ("10.185.25.118", "117.161.29.118"),
        ] {
            assert_eq!(v4(&prefixes, from), to);
        }
        assert_eq!(v6(&prefixes, "2001:db8::1"), "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e");
        assert_eq!(v6(&prefixes, "2001:db8::2"), "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c");
    }

    #[test]
    fn special_addresses_stay() {
        for manner in [Manner::Apart, Manner::CryptoPan] {
            let prefixes = Prefixes::new(&KEY, manner);
            for same in ["0.0.0.0", "127.0.0.1", "127.9.8.7", "224.0.0.251", "239.1.2.3", "255.255.255.255"] {
                assert_eq!(v4(&prefixes, same), same);
            }
            for same in ["::", "::1", "ff02::1", "ff0e::fb", "::ffff:127.0.0.1", "ff3e::8000:1"] {
                assert_eq!(v6(&prefixes, same), same);
            }
            let link_local = v4(&prefixes, "169.254.7.9");
            assert!(link_local.starts_with("169.254.") && link_local != "169.254.7.9");
            assert!(v6(&prefixes, "fe80::211:22ff:fe33:4455").starts_with("fe80::"));
            assert_ne!(v6(&prefixes, "fe80::211:22ff:fe33:4455"), "fe80::211:22ff:fe33:4455");
            let solicited = v6(&prefixes, "ff02::1:ff33:4455");
            assert!(solicited.starts_with("ff02::1:ff") && solicited != "ff02::1:ff33:4455");
            assert_eq!(v6(&prefixes, "::ffff:8.8.4.4"), format!("::ffff:{}", v4(&prefixes, "8.8.4.4")));
            let site = prefixes.ipv6("2001:db8:7::".parse::<Ipv6Addr>().unwrap().octets());
            let group = prefixes.ipv6("ff3e:30:2001:db8:7::5".parse::<Ipv6Addr>().unwrap().octets());
            assert_eq!(group[4..10], site[..6]);
            assert_eq!((&group[..4], &group[10..]), (&[0xff, 0x3e, 0, 0x30][..], &[0, 0, 0, 0, 0, 5][..]));
        }
    }

    /// Numbers that are the same in every run.
    fn numbers() -> impl FnMut() -> u128 {
        let mut state = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834u128;
        move || {
            state = state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(0x5851_f42d);
            state ^ state >> 64
        }
    }

    #[test]
    fn as_many_bits_are_shared_afterwards_special_or_not() {
        let prefixes = Prefixes::new(&KEY, Manner::Apart);
        let mut next = numbers();
        for round in 0..2000u32 {
            let one = match round % 8 {
                0 => IPV6[next() as usize % IPV6.len()].0,
                1 => IPV4[next() as usize % IPV4.len()].0,
                _ => next(),
            };
            let other = one ^ next() >> (next() % 128);
            let shared = (one ^ other).leading_zeros();
            let [a, b] = [one, other].map(|a| prefixes.changed(a, 32, &IPV4) >> 96);
            assert_eq!(((a ^ b) << 96).leading_zeros().min(32), shared.min(32), "{one:x} {other:x}");
            let [a, b] = [one, other].map(|a| u128::from_be_bytes(prefixes.ipv6(a.to_be_bytes())));
            assert_eq!((a ^ b).leading_zeros(), shared, "{one:x} {other:x}");
        }
    }

    #[test]
    fn no_ordinary_address_becomes_a_special_one_or_stays() {
        let prefixes = Prefixes::new(&KEY, Manner::Apart);
        let special = |a: [u8; 4]| matches!(a, [127, ..] | [224..=239, ..] | [169, 254, ..]);
        let mut next = numbers();
        for _ in 0..3000 {
            let address = (next() as u32).to_be_bytes();
            assert_eq!(special(address), special(prefixes.ipv4(address)), "{address:?}");
            assert!(special(address) || prefixes.ipv4(address) != address, "{address:?} is as it was");
        }
    }
}

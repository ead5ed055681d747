//! Hardware addresses changed by a key: the same becomes the same, and no two become one.
//!
//! Kept are all zeroes, broadcast and groups, with the bits that say so. A group of solicited IPv6 nodes ends in bits
//! of an address of theirs; it is changed as that address is.

use super::prefix::{Prefixes, SOLICITED};
use aes::Aes128;
use aes::cipher::{Block, BlockCipherEncrypt};

/// The bits of the first byte that say "group" and "locally administered".
const MARKS: u64 = 0x0300_0000_0000;
const GROUP: u64 = 0x0100_0000_0000;
const LOCAL: u64 = 0x0200_0000_0000;

/// Rounds of the Feistel network; four would do.
const ROUNDS: u8 = 8;

/// A key at work.
pub(super) struct Macs {
    cipher: Aes128,
    /// The first three bytes of those that a vendor gave are kept.
    vendors: bool,
}

impl Macs {
    pub(super) fn new(prefixes: &Prefixes, vendors: bool) -> Self {
        Macs { cipher: prefixes.derive(b"hardware address"), vendors }
    }

    pub(super) fn change(&self, prefixes: &Prefixes, mac: [u8; 6]) -> [u8; 6] {
        if let [0x33, 0x33, 0xff, node @ ..] = mac {
            let [a, b, c] = node;
            let group = SOLICITED | u128::from(u32::from_be_bytes([0, a, b, c]));
            let [.., a, b, c] = prefixes.ipv6(group.to_be_bytes());
            return [0x33, 0x33, 0xff, a, b, c];
        }
        let [a, b, c, d, e, f] = mac;
        let number = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        if number == 0 || number & GROUP != 0 {
            return mac;
        }
        let mut changed = self.permuted(number);
        // What zeroes become is free, for zeroes stay.
        if changed == 0 {
            changed = self.permuted(0);
        }
        let [_, _, mac @ ..] = changed.to_be_bytes();
        mac
    }

    fn permuted(&self, number: u64) -> u64 {
        let marks = number & MARKS;
        if self.vendors && marks & LOCAL == 0 {
            let vendor = number >> 24;
            return vendor << 24 | self.feistel(number & 0xff_ffff, 12, vendor);
        }
        let packed = number >> 42 << 40 | number & 0xff_ffff_ffff;
        let packed = self.feistel(packed, 23, u64::MAX - marks);
        packed >> 40 << 42 | marks | packed & 0xff_ffff_ffff
    }

    /// A permutation of the numbers of twice `half` bits, another one for every `tweak`.
    fn feistel(&self, number: u64, half: u32, tweak: u64) -> u64 {
        let mask = (1u64 << half) - 1;
        let (mut left, mut right) = (number >> half & mask, number & mask);
        for round in 0..ROUNDS {
            let seen = u128::from(tweak) << 64 | u128::from(round) << 56 | u128::from(right);
            let mut block = Block::<Aes128>::from(seen.to_be_bytes());
            self.cipher.encrypt_block(&mut block);
            (left, right) = (right, left ^ (u128::from_be_bytes(block.into()) as u64 & mask));
        }
        left << half | right
    }
}

#[cfg(test)]
mod tests {
    use super::super::prefix::Manner;
    use super::*;
    use std::collections::HashSet;

    fn changed(vendors: bool, mac: [u8; 6]) -> [u8; 6] {
        let prefixes = Prefixes::new(&[7; 32], Manner::Apart);
        Macs::new(&prefixes, vendors).change(&prefixes, mac)
    }

    #[test]
    fn what_everybody_knows_stays() {
        for vendors in [false, true] {
            for mac in [
                [0; 6],
                [0xff; 6],
                [1, 0, 0x5e, 0, 0, 0xfb],
                [0x33, 0x33, 0, 0, 0, 1],
                [1, 0x80, 0xc2, 0, 0, 0],
            ] {
                assert_eq!(changed(vendors, mac), mac);
            }
            let solicited = changed(vendors, [0x33, 0x33, 0xff, 1, 2, 3]);
            assert!(solicited.starts_with(&[0x33, 0x33, 0xff]) && solicited[3..] != [1, 2, 3]);
        }
    }

    #[test]
    fn marks_and_vendors_stay_and_local_addresses_have_no_vendor() {
        for last in 0..=255 {
            let global = changed(false, [0x00, 0x1b, 0x21, 4, 5, last]);
            assert_eq!(global[0] & 3, 0);
            let docker = changed(true, [0x02, 0x42, 0xac, 0x11, 0, last]);
            assert_eq!(docker[0] & 3, 2);
            assert_ne!(docker[..3], [0x02, 0x42, 0xac]);
            let kept = changed(true, [0x00, 0x1b, 0x21, 4, 5, last]);
            assert!(kept.starts_with(&[0x00, 0x1b, 0x21]), "{kept:x?}");
        }
    }

    #[test]
    fn no_two_become_one() {
        let prefixes = Prefixes::new(&[9; 32], Manner::Apart);
        for vendors in [false, true] {
            let macs = Macs::new(&prefixes, vendors);
            let all: HashSet<_> =
                (0..5000u32).map(|n| macs.change(&prefixes, [0, 1, 2, 0, (n >> 8) as u8, n as u8])).collect();
            assert_eq!(all.len(), 5000);
        }
    }
}

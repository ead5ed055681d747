//! Ciphers, by all their names: OpenSSL's, IPsec's, tcpdump's.
//!
//! | mode | in front of the cipher text | key |
//! |---|---|---|
//! | CBC (RFC 2451, RFC 3602) | a block | as the cipher's |
//! | CTR (RFC 3686) | 8 bytes | and 4 bytes of nonce behind it |
//! | GCM (RFC 4106), signature of 16 bytes | 8 bytes | and 4 bytes of salt behind it |

use aes::{Aes128, Aes192, Aes256};
use blowfish::Blowfish;
use cast5::Cast5;
use cbc::cipher::common::typenum::U16;
use cbc::cipher::{
    Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockSizeUser, InnerIvInit, KeyInit,
    KeyIvInit, StreamCipher,
};
use des::{Des, TdesEde3};
use gannet_dissect::keys::Opened;
use std::fmt;
use std::ops::RangeInclusive;

/// Decrypts in place, with a key and an initialization vector of lengths that suit. `false`: they do not.
type Decrypt = fn(key: &[u8], iv: &[u8], text: &mut [u8]) -> bool;

/// How bytes are hidden.
pub struct Algorithm {
    /// In lower case; the first is what it is called in messages.
    names: &'static [&'static str],
    /// Bytes of a key.
    key: RangeInclusive<usize>,
    /// Bytes of the initialization vector that a packet begins with.
    iv: usize,
    /// The cipher text is a multiple of so many bytes.
    block: usize,
    /// The signature behind it, unless another length is typed.
    signature: usize,
    decrypt: Decrypt,
}

static ALGORITHMS: &[Algorithm] = &[
    cbc_of(&["3des", "des-ede3", "des3"], 24..=24, 8, cbc::<TdesEde3>),
    cbc_of(&["aes128", "aes-128"], 16..=16, 16, cbc::<Aes128>),
    cbc_of(&["aes192", "aes-192"], 24..=24, 16, cbc::<Aes192>),
    cbc_of(&["aes256", "aes-256"], 32..=32, 16, cbc::<Aes256>),
    cbc_of(&["blowfish", "bf"], 16..=56, 8, cbc::<Blowfish>),
    cbc_of(&["cast", "cast5", "cast128"], 16..=16, 8, cbc::<Cast5>),
    cbc_of(&["des"], 8..=8, 8, cbc::<Des>),
    counting(&["aes128-ctr", "aes-128-ctr"], 20, 0, ctr::<Aes128>),
    counting(&["aes192-ctr", "aes-192-ctr"], 28, 0, ctr::<Aes192>),
    counting(&["aes256-ctr", "aes-256-ctr"], 36, 0, ctr::<Aes256>),
    counting(&["aes128-gcm", "aes-128-gcm", "aes128gcm", "aes128gcm16"], 20, 16, gcm::<Aes128>),
    counting(&["aes192-gcm", "aes-192-gcm", "aes192gcm", "aes192gcm16"], 28, 16, gcm::<Aes192>),
    counting(&["aes256-gcm", "aes-256-gcm", "aes256gcm", "aes256gcm16"], 36, 16, gcm::<Aes256>),
    Algorithm {
        names: &["none", "null"],
        key: 0..=0,
        iv: 0,
        block: 1,
        signature: 0,
        decrypt: |_, _, _| true,
    },
];

const fn cbc_of(
    names: &'static [&'static str],
    key: RangeInclusive<usize>,
    block: usize,
    decrypt: Decrypt,
) -> Algorithm {
    Algorithm { names, key, iv: block, block, signature: 0, decrypt }
}

const fn counting(
    names: &'static [&'static str],
    key: usize,
    signature: usize,
    decrypt: Decrypt,
) -> Algorithm {
    Algorithm { names, key: key..=key, iv: 8, block: 1, signature, decrypt }
}

impl Algorithm {
    /// The algorithm of a name. A mode that it has by itself may stand behind it: `-cbc`.
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_lowercase();
        let bare = name.strip_suffix("-cbc").unwrap_or(&name);
        ALGORITHMS.iter().find(|algorithm| algorithm.names.contains(&bare))
    }

    /// Whether it hides anything.
    pub fn needs_key(&self) -> bool {
        *self.key.end() > 0
    }

    /// All names for messages, in one line.
    pub fn names() -> impl fmt::Display {
        let names: Vec<_> =
            ALGORITHMS.iter().filter_map(|algorithm| algorithm.names.first().copied()).collect();
        names.join(", ")
    }
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.first().fmt(f)
    }
}

/// An algorithm with its key.
#[derive(Clone)]
pub struct Cipher {
    algorithm: &'static Algorithm,
    key: Vec<u8>,
    signature: usize,
}

impl Cipher {
    /// With that key. One that is too short is filled with zeroes and one that is too long is cut, as tcpdump does.
    pub fn new(algorithm: &'static Algorithm, key: &[u8]) -> Self {
        let length = key.len().clamp(*algorithm.key.start(), *algorithm.key.end());
        let mut key = key.to_vec();
        key.resize(length, 0);
        Cipher { algorithm, key, signature: algorithm.signature }
    }

    /// The same with signatures of so many bytes, if that is said.
    #[must_use]
    pub fn signed(self, bytes: Option<usize>) -> Self {
        Cipher { signature: bytes.unwrap_or(self.signature), ..self }
    }

    /// Appends the plain bytes of `body`: initialization vector, cipher text, signature.
    pub fn open(&self, body: &[u8], plain: &mut Vec<u8>) -> Opened {
        let Some((iv, rest)) = body.split_at_checked(self.algorithm.iv) else { return Opened::Short };
        let Some((text, _)) = rest.len().checked_sub(self.signature).and_then(|n| rest.split_at_checked(n))
        else {
            return Opened::Short;
        };
        if text.is_empty() {
            return Opened::Short;
        }
        if !text.len().is_multiple_of(self.algorithm.block) {
            return Opened::Ragged;
        }
        let before = plain.len();
        plain.extend_from_slice(text);
        match plain.get_mut(before..).is_some_and(|text| (self.algorithm.decrypt)(&self.key, iv, text)) {
            true => Opened::Plain,
            false => Opened::Ragged,
        }
    }
}

/// A key is nobody's business.
impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("algorithm", self.algorithm).finish_non_exhaustive()
    }
}

fn cbc<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], text: &mut [u8]) -> bool {
    // Ciphers whose keys may have several lengths take one as a slice only.
    let Ok(cipher) = C::new_from_slice(key) else { return false };
    let Ok(iv) = iv.try_into() else { return false };
    let (blocks, rest) = Block::<C>::slice_as_chunks_mut(text);
    cbc::Decryptor::inner_iv_init(cipher, iv).decrypt_blocks(blocks);
    rest.is_empty()
}

fn ctr<C: BlockCipherEncrypt + KeyInit + BlockSizeUser<BlockSize = U16>>(
    key: &[u8],
    iv: &[u8],
    text: &mut [u8],
) -> bool {
    counted::<C>(key, iv, 1, text)
}

/// Without the signature GCM is a counter, whose first value is the signature's (NIST SP 800-38D section 7.1).
fn gcm<C: BlockCipherEncrypt + KeyInit + BlockSizeUser<BlockSize = U16>>(
    key: &[u8],
    iv: &[u8],
    text: &mut [u8],
) -> bool {
    counted::<C>(key, iv, 2, text)
}

/// A block is nonce, vector and counter, each in its place.
fn counted<C: BlockCipherEncrypt + KeyInit + BlockSizeUser<BlockSize = U16>>(
    key: &[u8],
    iv: &[u8],
    first: u32,
    text: &mut [u8],
) -> bool {
    let Some((key, nonce)) = key.split_last_chunk::<4>() else { return false };
    let block = [&nonce[..], iv, &first.to_be_bytes()].concat();
    match ctr::Ctr32BE::<C>::new_from_slices(key, &block) {
        Ok(mut stream) => stream.try_apply_keystream(text).is_ok(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digits: &str) -> Vec<u8> {
        let digits: String = digits.split_whitespace().collect();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    fn open(name: &str, key: &str, body: &str) -> (Opened, Vec<u8>) {
        let mut plain = Vec::new();
        let cipher = Cipher::new(Algorithm::find(name).unwrap(), &hex(key));
        (cipher.open(&hex(body), &mut plain), plain)
    }

    #[test]
    fn published_examples() {
        let zero = "0000000000000000";
        let message = b"Single block msg".to_vec();
        // RFC 3602 section 4, case 1; RFC 3686 section 6, case 1.
        let iv = "3dafba429d9eb430b422da802c9fac41";
        let body = format!("{iv} e353779c1079aeb82708942dbe77181a");
        assert_eq!(open("AES128-CBC", "06a9214036b8a15b512e03d534120006", &body).1, message);
        let body = format!("{zero} e4095d4fb7a7b3792d6175a3261311b8");
        assert_eq!(open("aes128-ctr", "ae6852f8121067cc4bf7a5765577f39e 00000030", &body).1, message);
        // The examples that GCM was proposed with, case 3, its first block.
        let body = format!("facedbaddecaf888 42831ec2217774244b7221b784d0d49c {iv}");
        let plain = hex("d9313225f88406e5a55909c5aff5269a");
        assert_eq!(open("aes128gcm", "feffe9928665731c6d6a8f9467308308 cafebabe", &body).1, plain);
        // FIPS 46's well-known exercise, three times the same key too.
        let (key, plain) = ("133457799bbcdff1", hex("0123456789abcdef"));
        let body = format!("{zero} 85e813540f0ab405");
        assert_eq!(open("des", key, &body).1, plain);
        assert_eq!(open("3des", &key.repeat(3), &body).1, plain);
        // RFC 2144 appendix B.1; Blowfish's own examples.
        let body = format!("{zero} 238b4fe5847e44b2");
        assert_eq!(open("cast", "0123456712345678234567893456789a", &body).1, plain);
        let body = format!("{zero} 93142887ee3be15c");
        assert_eq!(open("bf", "f0e1d2c3b4a5968778695a4b3c2d1e0f", &body).1, hex("fedcba9876543210"));
    }

    #[test]
    fn every_algorithm_takes_whatever_comes() {
        for algorithm in ALGORITHMS {
            for key in [0, 1, 8, 300] {
                let cipher = Cipher::new(algorithm, &vec![7; key]).signed(Some(12));
                for length in 0..100 {
                    let mut plain = vec![1];
                    let opened = cipher.open(&vec![9; length], &mut plain);
                    let text = length.saturating_sub(algorithm.iv + 12);
                    let expected = match text {
                        0 => Opened::Short,
                        _ if text % algorithm.block != 0 => Opened::Ragged,
                        _ => Opened::Plain,
                    };
                    assert_eq!(opened, expected, "{algorithm:?} {key} {length}");
                    assert_eq!(plain.len(), 1 + if opened == Opened::Plain { text } else { 0 });
                }
            }
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let shown = format!("{:?}", Cipher::new(Algorithm::find("des").unwrap(), &[77; 8]));
        assert!(shown.contains("des") && !shown.contains("77"), "{shown}");
    }
}

//! Keys that a user has: what ESP and IKEv2 packets hide, and whether their signatures hold.
//!
//! - [`entry`] keys as people type them behind `-E`, and why they are not understood;
//! - [`cipher`] the ciphers, by all their names.
//!
//! # Contract
//! A [`Keyring`] answers what dissectors [ask](gannet_dissect::keys::Keys), whatever the bytes are, in time that grows
//! with their number alone. It opens no file: whoever reads one hands its lines on. Signatures of encrypted packets are
//! cut off and not verified.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cipher;
pub mod entry;

use cipher::Cipher;
use entry::{Entry, Error, Known};
use gannet_dissect::keys::{Keys, Opened};
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use std::fmt;
use std::net::IpAddr;

/// All keys of a user.
#[derive(Clone, Default)]
pub struct Keyring {
    /// For ESP from anybody, unless there is one for the SPI and address.
    default: Option<Cipher>,
    associations: Vec<(u32, IpAddr, Cipher)>,
    /// Of IKEv2: whether the initiator speaks, the two cookies.
    exchanges: Vec<(bool, [[u8; 8]; 2], Cipher)>,
    /// What both sides of a signature know.
    secret: Option<Vec<u8>>,
}

impl Keyring {
    /// Takes a key. Of two for the same the later counts.
    ///
    /// # Errors
    /// Words that are no key. A file is none: its lines are to be handed on, one by one.
    pub fn learn(&mut self, typed: &str) -> Result<(), Error> {
        let Entry { known, cipher } = entry::read(typed)?;
        match known {
            Known::Anybody => self.default = Some(cipher),
            Known::Association { spi, to } => self.associations.push((spi, to, cipher)),
            Known::Exchange { initiator, cookies } => self.exchanges.push((initiator, cookies, cipher)),
        }
        Ok(())
    }

    /// Takes the secret that signatures of TCP, IS-IS and RSVP are made with (`-M`).
    pub fn share(&mut self, secret: &[u8]) {
        self.secret = Some(secret.to_vec());
    }
}

/// How much there is, and nothing of it: keys are not to be found in logs and reports of crashes.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("default", &self.default.is_some())
            .field("associations", &self.associations.len())
            .field("exchanges", &self.exchanges.len())
            .field("secret", &self.secret.is_some())
            .finish()
    }
}

impl Keys for Keyring {
    fn esp(&self, spi: u32, to: IpAddr, body: &[u8], plain: &mut Vec<u8>) -> Opened {
        let own = self.associations.iter().rev().find(|known| (known.0, known.1) == (spi, to));
        match own.map(|(_, _, cipher)| cipher).or(self.default.as_ref()) {
            Some(cipher) => cipher.open(body, plain),
            None => Opened::NoKey,
        }
    }

    fn ikev2(&self, initiator: bool, cookies: [[u8; 8]; 2], body: &[u8], plain: &mut Vec<u8>) -> Opened {
        match self.exchanges.iter().rev().find(|known| (known.0, known.1) == (initiator, cookies)) {
            Some((_, _, cipher)) => cipher.open(body, plain),
            None => Opened::NoKey,
        }
    }

    fn md5(&self, parts: &[&[u8]]) -> Option<[u8; 16]> {
        let secret = self.secret.as_deref()?;
        let mut digest = Md5::new();
        parts.iter().chain([&secret]).for_each(|part| digest.update(part));
        Some(digest.finalize().into())
    }

    fn hmac_md5(&self, parts: &[&[u8]]) -> Option<[u8; 16]> {
        let mut digest = Hmac::<Md5>::new_from_slice(self.secret.as_deref()?).ok()?;
        parts.iter().for_each(|part| digest.update(part));
        Some(digest.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_key_counts_and_the_last_of_two() {
        let mut ring = Keyring::default();
        let to = IpAddr::from([10, 0, 0, 1]);
        let opened = |ring: &Keyring, spi| {
            let mut plain = Vec::new();
            (ring.esp(spi, to, b"abcd", &mut plain), plain)
        };
        assert_eq!(opened(&ring, 7).0, Opened::NoKey);
        ring.learn("7@10.0.0.1 des-cbc:12345678").unwrap();
        assert_eq!(opened(&ring, 7).0, Opened::Short);
        assert_eq!(opened(&ring, 8).0, Opened::NoKey);
        ring.learn("0x7@10.0.0.1 none").unwrap();
        assert_eq!(opened(&ring, 7), (Opened::Plain, b"abcd".to_vec()));
        ring.learn("none-hmac8").unwrap();
        assert_eq!(opened(&ring, 8), (Opened::Plain, b"abc".to_vec()));
        assert_eq!(opened(&ring, 7).1, b"abcd");
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut ring = Keyring::default();
        ring.learn("7@10.0.0.1 des-cbc:sesame42").unwrap();
        ring.learn("ikev2 I 0x3031323334353637 0x3031323334353637 auth:0xab des-cbc:sesame42").unwrap();
        ring.share(b"sesame");
        let bytes = format!("{:?}", b"sesame");
        let shown = format!("{ring:?} {:?}", entry::read("des-cbc:sesame42").unwrap());
        assert!(shown.contains("secret: true"), "{shown}");
        for part in ["sesame", "30", &bytes[1..bytes.len() - 1]] {
            assert!(!shown.contains(part), "{shown}");
        }
    }

    #[test]
    fn signatures_need_a_secret() {
        let mut ring = Keyring::default();
        assert_eq!((ring.md5(&[b"x"]), ring.hmac_md5(&[b"x"])), (None, None));
        ring.share(b"Jefe");
        // RFC 2202 section 2, the second case.
        let parts: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
        let hex = |bytes: [u8; 16]| bytes.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(hex(ring.hmac_md5(parts).unwrap()), "750c783e6ab0b503eaa86e310a5db738");
        // RFC 1321, the test suite: "abc".
        ring.share(b"c");
        assert_eq!(hex(ring.md5(&[b"a", b"b"]).unwrap()), "900150983cd24fb0d6963f7d28e17f72");
    }
}

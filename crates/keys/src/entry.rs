//! Keys as people type them: what stands behind `-E`, and in the files that it names.
//!
//! ```text
//! algorithm:secret                                  for ESP from anybody
//! spi@address algorithm:secret                      for one security association
//! ikev2 I|R 0xcookie 0xcookie auth:key algorithm:secret     for one side of a key exchange
//! file path                                         such lines, and remarks behind #
//! ```
//! Entries stand in lines, or with commas between them. A secret is text, or hexadecimal behind `0x`. Behind the name of
//! an algorithm `-hmac96` says that 12 bytes at the end of a packet are a signature; any number of bits will do.

use crate::cipher::{Algorithm, Cipher};
use std::fmt;
use std::net::IpAddr;

/// The longest secret, in bytes.
const MAX_SECRET: usize = 256;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Every ESP packet.
    Anybody,
    /// ESP packets of one security association.
    Association {
        /// Its security parameters index.
        spi: u32,
        /// For whom they are.
        to: IpAddr,
    },
    /// Encrypted payloads of a key exchange.
    Exchange {
        /// Of the one who began it, or of the other.
        initiator: bool,
        /// Of the initiator and of the responder.
        cookies: [[u8; 8]; 2],
    },
}

/// A key, and what it is for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is for.
    pub known: Known,
    /// How it is used.
    pub cipher: Cipher,
}

/// Why words are no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no `:` between algorithm and secret.
    NoSecret(String),
    /// Nobody knows an algorithm of that name.
    Algorithm(String),
    /// What stands behind `0x` is not hexadecimal, or not in pairs. It is not shown: it is a secret.
    Hex,
    /// More than 256 bytes.
    TooLong(usize),
    /// What stands before the algorithm is not `spi@address`.
    Association(String),
    /// An exchange that is not told of in five words, or in others than it should. They are not shown: secrets are
    /// among them.
    Exchange,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret(typed) => {
                write!(f, "'{typed}' has no secret (type algorithm:secret, such as 3des-cbc-hmac96:0x0123..)")
            }
            Self::Algorithm(name) => {
                write!(f, "no cipher is called '{name}' (there are {})", Algorithm::names())
            }
            Self::Hex => {
                f.write_str("what stands behind 0x is not hexadecimal (two digits a byte: 0-9, a-f)")
            }
            Self::TooLong(bytes) => write!(f, "a secret of {bytes} bytes is too long (at most {MAX_SECRET})"),
            Self::Association(typed) => {
                write!(f, "'{typed}' is no security association (type spi@address, such as 0x12345678@192.0.2.1)")
            }
            Self::Exchange => f.write_str(
                "this is no key of IKEv2 (type ikev2, I or R, both cookies as 0x and 16 digits, auth:key, cipher:key)",
            ),
        }
    }
}

impl std::error::Error for Error {}

/// The entries of what was typed behind `-E`, in order.
pub fn entries(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(['\n', ',']).map(str::trim).filter(|entry| !entry.is_empty() && !entry.starts_with('#'))
}

/// The lines of a file of keys that are entries, and their numbers from 1.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The name of the file that an entry stands for.
pub fn file(entry: &str) -> Option<&str> {
    let (word, path) = entry.trim().split_once([' ', '\t'])?;
    word.eq_ignore_ascii_case("file").then(|| path.trim_start())
}

/// Reads one entry.
///
/// # Errors
/// Why it is none.
pub fn read(entry: &str) -> Result<Entry, Error> {
    let entry = entry.trim();
    let Some((first, rest)) = entry.split_once([' ', '\t']) else {
        return Ok(Entry { known: Known::Anybody, cipher: cipher(entry)? });
    };
    if first.eq_ignore_ascii_case("ikev2") {
        return exchange(rest).ok_or(Error::Exchange)?;
    }
    let known = association(first).ok_or_else(|| Error::Association(first.to_owned()))?;
    Ok(Entry { known, cipher: cipher(rest.trim())? })
}

/// `spi@address`; the number as C writes it.
fn association(typed: &str) -> Option<Known> {
    let (spi, to) = typed.split_once('@')?;
    let spi = match spi.strip_prefix("0x").or(spi.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None if spi.len() > 1 && spi.starts_with('0') => u32::from_str_radix(spi, 8),
        None => spi.parse(),
    };
    Some(Known::Association { spi: spi.ok()?, to: to.parse().ok()? })
}

/// What stands behind `ikev2`. `None`: it is not laid out so.
fn exchange(typed: &str) -> Option<Result<Entry, Error>> {
    let words: Vec<&str> = typed.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let [who, initiator, responder, authentication, encryption] = words[..] else { return None };
    let cookie = |typed: &str| -> Option<[u8; 8]> { hex(typed.strip_prefix("0x")?).ok()?.try_into().ok() };
    let known = Known::Exchange {
        initiator: match who.as_bytes().first()? {
            b'I' => true,
            b'R' => false,
            _ => return None,
        },
        cookies: [cookie(initiator)?, cookie(responder)?],
    };
    let (method, _) = authentication.split_once(':')?;
    // How long signatures are (RFC 2404, RFC 2403, RFC 4868 section 2.3).
    let signature = match method.to_ascii_lowercase().as_str() {
        "md5" | "sha1" => Some(12),
        "sha256" | "sha2-256" => Some(16),
        "sha384" | "sha2-384" => Some(24),
        "sha512" | "sha2-512" => Some(32),
        _ => None,
    };
    Some(cipher(encryption).map(|cipher| Entry { known, cipher: cipher.signed(signature) }))
}

/// `algorithm:secret`.
fn cipher(typed: &str) -> Result<Cipher, Error> {
    let (name, secret) = match typed.split_once(':') {
        Some((name, secret)) => (name, secret),
        // What hides nothing needs no secret.
        None if Algorithm::find(without_signature(typed).0).is_some_and(|a| !a.needs_key()) => (typed, ""),
        None => return Err(Error::NoSecret(typed.to_owned())),
    };
    let (name, signature) = without_signature(name);
    let algorithm = Algorithm::find(name).ok_or_else(|| Error::Algorithm(name.to_owned()))?;
    let secret = match secret.strip_prefix("0x") {
        Some(digits) => hex(digits)?,
        None => secret.as_bytes().to_vec(),
    };
    if secret.len() > MAX_SECRET {
        return Err(Error::TooLong(secret.len()));
    }
    Ok(Cipher::new(algorithm, &secret).signed(signature))
}

/// Splits `-hmac96` off: the name before it, and its bytes.
fn without_signature(name: &str) -> (&str, Option<usize>) {
    let signature = name.rsplit_once("-hmac").and_then(|(before, bits)| {
        let bits: usize = bits.parse().ok().filter(|bits| bits % 8 == 0 && *bits <= 512)?;
        Some((before, bits / 8))
    });
    signature.map_or((name, None), |(before, bytes)| (before, Some(bytes)))
}

fn hex(digits: &str) -> Result<Vec<u8>, Error> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digit = |c: u8| char::from(c).to_digit(16);
        let [high, low] = *pair;
        Some((digit(high)? * 16 + digit(low)?) as u8)
    };
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.filter(|bytes| rest.is_empty() && !bytes.is_empty()).ok_or(Error::Hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_are_for() {
        let known = |typed| read(typed).map(|entry| entry.known);
        let to = |to: &str| to.parse().unwrap();
        assert_eq!(known(" aes128:0x00 "), Ok(Known::Anybody));
        let association = Known::Association { spi: 0x1234, to: to("192.0.2.1") };
        for typed in
            ["0x1234@192.0.2.1 3des-cbc-hmac96:0x00", "4660@192.0.2.1\t \tdes:x", "011064@192.0.2.1 cast:x"]
        {
            assert_eq!(known(typed), Ok(association), "{typed}");
        }
        let six = Known::Association { spi: 1, to: to("2001:db8::1") };
        assert_eq!(known("1@2001:db8::1 aes256-cbc:0xff"), Ok(six));
        let typed = "ikev2 R 0x0102030405060708 0x0807060504030201 sha1:0x00 aes128:0x00";
        let cookies = [[1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]];
        assert_eq!(known(typed), Ok(Known::Exchange { initiator: false, cookies }));
    }

    #[test]
    fn what_is_no_key_is_told_of() {
        let wrong = |typed: &str| read(typed).unwrap_err();
        assert_eq!(wrong("3des-cbc"), Error::NoSecret("3des-cbc".into()));
        assert_eq!(wrong("rot13-cbc-hmac96:x"), Error::Algorithm("rot13-cbc".into()));
        assert_eq!(wrong("des:0x12x4"), Error::Hex);
        assert_eq!(wrong("des:0x123"), Error::Hex);
        assert_eq!(wrong(&format!("des:0x{}", "00".repeat(257))), Error::TooLong(257));
        for typed in ["x@192.0.2.1", "7@192.0.2", "192.0.2.1", "0x1ffffffff@192.0.2.1"] {
            assert_eq!(wrong(&format!("{typed} des:x")), Error::Association(typed.into()));
        }
        for typed in
            ["ikev2 I 0x00 0x00 sha1:x des:x", "ikev2 X", "ikev2 I 0x0102030405060708 0x0102030405060708 x y"]
        {
            assert_eq!(wrong(typed), Error::Exchange, "{typed}");
        }
        assert!(wrong("rot13:x").to_string().contains("aes128"), "{}", wrong("rot13:x"));
    }

    #[test]
    fn entries_and_files() {
        let typed = "des:a, 1@::1 des:b\n# no\n,\nfile keys here.txt";
        let found: Vec<_> = entries(typed).collect();
        assert_eq!(found, ["des:a", "1@::1 des:b", "file keys here.txt"]);
        assert_eq!(
            found.iter().map(|entry| file(entry)).collect::<Vec<_>>(),
            [None, None, Some("keys here.txt")]
        );
        assert_eq!(lines("# a\n\ndes:a,b\r\n").collect::<Vec<_>>(), [(3, "des:a,b")]);
    }
}

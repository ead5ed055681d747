//! What only those can read or judge who have a key.
//!
//! Dissectors ask; whoever knows ciphers answers. Without keys nobody is asked, and what is hidden stays so.

use std::fmt::Debug;
use std::net::IpAddr;

/// What an attempt to read hidden bytes came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// There is no key for them.
    NoKey,
    /// They are too few for what the cipher puts around them.
    Short,
    /// They are no whole number of the cipher's blocks: nobody has written them so.
    Ragged,
    /// They were read. Whether by the right key, only the plain bytes can tell.
    Plain,
}

/// Who has keys. A user has few of them, and they are there as long as the program.
pub trait Keys: Debug + Sync {
    /// The plain bytes of an ESP packet (RFC 4303) with this SPI for this address, padding included. `body` is what
    /// stands behind the sequence number.
    fn esp(&self, spi: u32, to: IpAddr, body: &[u8], plain: &mut Vec<u8>) -> Opened;

    /// The plain bytes of an encrypted payload of IKEv2 (RFC 7296 section 3.14), padding included, in the exchange
    /// of these two cookies, from the one who began it or from the other.
    fn ikev2(&self, initiator: bool, cookies: [[u8; 8]; 2], body: &[u8], plain: &mut Vec<u8>) -> Opened;

    /// MD5 over these parts and the shared secret behind them (RFC 2385); `None`: there is no secret.
    fn md5(&self, parts: &[&[u8]]) -> Option<[u8; 16]>;

    /// HMAC-MD5 (RFC 2104) over these parts with the shared secret; `None`: there is no secret.
    fn hmac_md5(&self, parts: &[&[u8]]) -> Option<[u8; 16]>;
}

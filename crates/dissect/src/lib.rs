//! Explains packets layer by layer: as the words that tcpdump prints, or as structured values.
//!
//! - [`out`] the pen: one sentence, heard by two ears;
//! - [`ahead`] what a packet leaves behind, without a word;
//! - [`engine`] the layers: who speaks next, and what is said when one falls silent;
//! - [`cx`] what a dissector may know: options, enclosing layers, memory between packets;
//! - [`keys`] what only those can read or judge who have a key;
//! - [`memory`] what one packet leaves behind for the next;
//! - [`rules`] ordered port rules, and the index derived from them;
//! - [`proto`] the register of protocols, one file each;
//! - [`parts`] grammar that several protocols share;
//! - [`dump`] bytes in hex and ASCII.
//!
//! # Contract
//! [`packet`] never panics and always ends, whatever the bytes are: reads go through
//! [`wire::Cursor`](gannet_wire::Cursor), every loop consumes or leaves, layers nest at most
//! [`engine::MAX_DEPTH`] deep, and memory is bounded. It does no IO, looks up no name by itself and has no
//! clock. Every ear leaves the same memory behind, under the same options. Bytes of a packet reach
//! the text escaped, but for some that no terminal acts upon.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod ahead;
pub mod cx;
pub mod dump;
pub mod engine;
pub mod keys;
pub mod memory;
pub mod out;
pub mod parts;
pub mod prelude;
pub mod proto;
pub mod rules;
#[cfg(test)]
pub mod testing;

pub use ahead::skip;
pub use cx::{Options, Packet};
pub use engine::{Outcome, packet};
pub use memory::Memory;
pub use out::{Ear, Names, Out, Transport};

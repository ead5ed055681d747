//! The ground floor: bytes, numbers and headers.
//!
//! - [`cursor`] the shrinking reader that every parser of network bytes uses, and the two ways it can end;
//! - [`record`] one packet as it was captured, lent by whoever has it;
//! - [`numbers`] open number types: link types, ethertypes, IP protocols;
//! - [`checksum`] the Internet checksum.
//!
//! # Contract
//! Nothing here allocates, does IO or panics, whatever the bytes are. Multi-byte reads name their byte
//! order. A number that is not known is a value like any other, never an error.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod checksum;
pub mod cursor;
pub mod numbers;
pub mod record;

pub use cursor::{Cursor, Dissect, Stop};
pub use numbers::link_type::LinkType;
pub use record::{Direction, Record, Timestamp, VlanTag};

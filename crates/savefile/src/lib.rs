//! Savefiles: packets in, packets out, in the pcap and pcapng formats.
//!
//! - [`reader`] one reader for every format, told apart by the first bytes of the file;
//! - `pcap`, `pcapng` what those formats say;
//! - [`block`] the blocks of pcapng, typed, for reading and writing;
//! - `host_order` fields in the byte order of the capturing machine, put right;
//! - `recover` goes on after damage;
//! - [`writer`] writes both; `gather` below it hands whole records to the sink and knows where the last one ends;
//! - [`run`] whole records handed on as they are, for whoever copies a file;
//! - [`view`] bytes that are shown where they are;
//! - [`codec`] compressed files, in and out: gzip, zstd, lz4, and xz to read;
//! - [`worker`] writes to any sink from a thread of its own;
//! - [`repair`] where a torn file ends;
//! - [`order`] the byte order that a file was written in;
//! - [`error`] everything that can be wrong with a file, in libpcap's words and with the place;
//! - [`unwritable`] what has no place in a file that is being written.
//!
//! # Contract
//! Works on any `Read` and `Write`: opens no path, reads no clock. No input makes it panic, loop without
//! progress or hold more memory than [`reader::MAX_WINDOW`] and what the interfaces of one section say of
//! themselves. Records are lent from the reader's buffer and live until the next one is asked for.
//!
//! Sources: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html>,
//! <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-04.html>, pcap-savefile(5).
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod codec;
pub mod error;
mod gather;
mod host_order;
pub mod order;
mod pcap;
mod pcapng;
pub mod reader;
mod recover;
pub mod repair;
pub mod run;
pub mod unwritable;
pub mod view;
mod window;
pub mod worker;
pub mod writer;

pub use error::Error;
pub use order::ByteOrder;
pub use pcapng::block::{self, Block, Options};
pub use pcapng::interface::{Interface, Resolution};
pub use reader::{Format, Item, Precision, Reader};
pub use unwritable::Unwritable;
pub use view::View;
pub use writer::{Header, InterfaceStatistics, PacketNotes, SectionInfo, Writer};

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
//! # Reading and writing
//! Times to the nanosecond, link types, directions: a [`Record`] has them from either format, and goes into either.
//!
//! ```
//! use gannet_savefile::{Direction, Header, LinkType, Precision, Reader, Record, Timestamp, Writer};
//!
//! let header = Header { precision: Precision::Nano, ..Header::default() };
//! let mut writer = Writer::new(Vec::new(), header); // or a File, or anything else that takes bytes
//! writer.write(&Record {
//!     bytes: b"an Ethernet frame, perhaps",
//!     length: 1514,
//!     time: Timestamp { seconds: 1_700_000_000, nanos: 5 },
//!     link: LinkType::ETHERNET,
//!     interface: 0,
//!     direction: Direction::Unknown,
//!     vlan: None,
//! })?;
//! let file = writer.finish()?;
//!
//! let mut reader = Reader::open(&file[..])?;
//! let mut count = 0;
//! while let Some(record) = reader.next()? {
//!     assert_eq!((record.bytes.len(), record.length, record.time.nanos), (26, 1514, 5));
//!     count += 1;
//! }
//! assert_eq!(count, 1);
//! # Ok::<(), gannet_savefile::Error>(())
//! ```
//!
//! What is in a pcapng file beside packets comes in its order, and all of it can be written again:
//!
//! ```
//! use gannet_savefile::{Block, Interface, Item, Reader, SectionInfo, Writer};
//!
//! let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default())?;
//! writer.interface(&Interface { name: Some("eth0".to_owned()), ..Interface::default() })?;
//! let file = writer.finish()?;
//!
//! let mut reader = Reader::open(&file[..])?;
//! while let Some(item) = reader.next_item()? {
//!     match item {
//!         Item::Packet { record, options, .. } => println!("{} bytes, {:?}", record.length, options.comments().next()),
//!         Item::Block(Block::Interface(block)) => assert_eq!(block.parse()?.name.as_deref(), Some("eth0")),
//!         _ => {}
//!     }
//! }
//!
//! let (mut reader, mut copy) = (Reader::open(&file[..])?, Writer::blocks(Vec::new()));
//! while let Some(block) = reader.next_block()? {
//!     copy.block(&block)?;
//! }
//! assert_eq!(copy.finish()?, file);
//! # Ok::<(), gannet_savefile::Error>(())
//! ```
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
pub use gannet_wire::{Direction, LinkType, Record, Timestamp};
pub use order::ByteOrder;
pub use pcapng::block::{self, Block, Options};
pub use pcapng::interface::{Interface, Resolution};
pub use reader::{Format, Item, Precision, Reader};
pub use unwritable::Unwritable;
pub use view::View;
pub use writer::{Header, InterfaceStatistics, PacketNotes, SectionInfo, Writer};

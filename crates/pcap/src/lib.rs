//! The packet capture library: sources, filters and names behind one safe API.
//!
//! - [`offline`] packets from a savefile;
//! - [`live`] packets from an interface;
//! - [`filter`] an expression compiled once for each link type that turns up, run in the kernel or here;
//! - [`code`] a filter that came as a program;
//! - [`metadata`] what a filter may ask of a packet beside its bytes;
//! - [`attached`] which processes have packet sockets open, and with which filters;
//! - [`names`] the only place that looks names up: the system's databases and its resolver;
//! - [`savefile`], [`capture`], [`bpf`], [`wire`] the crates beneath, for what this one does not wrap.
//!
//! ```no_run
//! use gannet_pcap::{Filter, Names, Offline};
//! let mut file = Offline::open("dns.pcap")?;
//! file.set_filter(Filter::new("udp port 53", file.filter_target(), Names::system())?);
//! while let Some(record) = file.next()? {
//!     println!("{} bytes", record.length);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod attached;
pub mod code;
pub mod filter;
pub mod live;
pub mod metadata;
pub mod names;
pub mod offline;

pub use code::Code;
pub use filter::Filter;
pub use gannet_bpf as bpf;
pub use gannet_capture as capture;
pub use gannet_filter::{self as expression, Diagnostic, Target};
pub use gannet_savefile as savefile;
pub use gannet_wire::{self as wire, LinkType, Record};
pub use live::Live;
pub use names::Names;
pub use offline::Offline;

//! Savefiles made from savefiles, one file a tool, everything streaming.
//!
//! - [`carry`] what an input says, taken over into an output: the part that all tools share;
//! - [`sections`] the sections of an output, and which interfaces they have;
//! - [`merge`] several inputs into one, by time;
//! - [`pass`] one input through, each packet kept, changed or left out: slices and conversions;
//! - [`dedup`] packets that were captured twice;
//! - [`anonymise`] one input through, with other addresses and without payload;
//! - [`headers`] the walk through a frame that changes them, `link` where its network layer begins;
//! - [`split`] one input into several outputs;
//! - [`flows`] one input into an output for each conversation;
//! - [`sort`] one input put in order of time;
//! - [`held`] a packet that is kept while others are read;
//! - [`jump`] a seekable file read from a point in time on;
//! - [`info`] what a savefile holds;
//! - [`error`] what can go wrong, and on whose side.
//!
//! # Contract
//! Works on any `Read` and `Write`: opens no path, reads no clock, prints nothing. Memory does not grow with the
//! files unless a tool's page says so. Whoever calls can end the work between two packets ([`Watch`]).
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod anonymise;
mod aside;
pub mod carry;
pub mod dedup;
pub mod error;
pub mod flows;
pub mod headers;
pub mod held;
pub mod info;
pub mod jump;
mod link;
pub mod merge;
pub mod pass;
pub mod sections;
pub mod sort;
pub mod split;

pub use carry::{Carrier, Form};
pub use error::Error;
pub use sections::Origin;

/// How far a tool has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Packets read.
    pub read: u64,
    /// Packets written.
    pub written: u64,
}

/// Called now and then with how far the work has come; `false` ends it, with all that was done so far kept. It is called
/// too when a source gives [`Interrupted`](std::io::ErrorKind::Interrupted), so that whoever waits for one can be stopped.
pub type Watch<'w> = &'w mut dyn FnMut(Progress) -> bool;

/// How many packets pass between two calls of a [`Watch`], a power of two.
const WATCH_EVERY: u64 = 1024;

/// Whether a source has only paused: a signal came, or much was read that says nothing. To read again is to go on, once
/// the [`Watch`] was asked.
fn is_pause(error: &gannet_savefile::Error) -> bool {
    matches!(error, gannet_savefile::Error::Read(error) if error.kind() == std::io::ErrorKind::Interrupted)
}

impl Progress {
    /// Counts a packet that was read. `false`: the watch wants it to end.
    fn packet(&mut self, watch: Watch<'_>) -> bool {
        self.read += 1;
        !self.read.is_multiple_of(WATCH_EVERY) || watch(*self)
    }
}

//! Live capture on Linux: packets from `AF_PACKET` sockets, a whole ring block at a time.
//!
//! ```no_run
//! use gannet_capture::{Event, Live, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let opening = Live::open("eth0", Options::default())?;
//! // Here the link type is known: compile a filter for `opening.link_type()`, then
//! let mut live = opening.start(None)?;
//! let stopper = live.stopper()?; // for a signal handler, or another thread
//! loop {
//!     match live.poll(None)? {
//!         Event::Block(block) => block.for_each(|record| println!("{} bytes", record.bytes.len())),
//!         Event::Idle => {}
//!         Event::Stopped => live.finish()?, // what was captured so far is still to come
//!         Event::End => break,
//!     }
//! }
//! println!("{} received", live.stats()?.received);
//! # drop(stopper); Ok(()) }
//! ```
//!
//! - [`open`] the two steps of opening: learn the link type, then attach the filter, make the ring and bind;
//! - [`live`] the running capture: blocks, stopping without loss, counters;
//! - [`mod@devices`] what there is to capture on;
//! - [`attached`] the packet sockets that others have opened, and their filters;
//! - [`stamp`] whose clock packets are stamped by, and [`monitor`] hearing all that is in the air;
//! - [`link`] which link type an interface has, and [`cooked`] how a filter must be put for a cooked one;
//! - [`held`] savefiles shown where the kernel keeps them;
//! - [`priority`] how what runs beside it stays out of its way;
//! - [`privilege`] what is given up when all is open;
//! - [`error`] what can go wrong, in libpcap's words first.
//!
//! # Contract
//! No packet arrives that the filter has not passed: it is attached before the socket is bound. No packet that
//! was captured before [`Live::finish`] is lost by stopping. VLAN tags are back in their place in every record.
//! Nothing the kernel writes into the ring can make this crate panic.
//!
//! Once started, a capture opens nothing and needs no privilege: it makes the system calls `ppoll`, `getsockopt`,
//! `setsockopt`, `bind`, `getsockname`, `ioctl`, `pread64`, `read`, `write` and `munmap`, those of the clock and of
//! sleeping, without a ring `recvmsg`, and to send `sendto`. All `unsafe` code is in the private
//! module `sys`, behind functions that are safe to call.
#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("gannet-capture speaks to Linux packet sockets only");

pub mod attached;
mod block;
pub mod cooked;
pub mod devices;
pub mod error;
mod frame;
pub mod held;
pub mod link;
pub mod live;
pub mod monitor;
mod netlink;
pub mod open;
mod plain;
pub mod priority;
pub mod privilege;
mod ring;
pub mod stamp;
mod stats;
mod stop;
// The one place for `unsafe`: system calls and the memory shared with the kernel.
#[allow(unsafe_code)]
mod sys;
#[doc(hidden)]
pub mod testing;

pub use devices::{Device, devices};
pub use error::{CaptureError, FilterError, OpenError};
pub use live::{Block, Event, Live};
pub use open::{Accept, Fanout, Opening, Options, Warning};
pub use stamp::Stamp;
pub use stats::Stats;
pub use stop::Stopper;

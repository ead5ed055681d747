//! What one packet leaves behind for the next: one named table each, all of them bounded.
//!
//! Memory is `Clone` and does not depend on who listens, so that a deaf pass can run ahead of a talking one.

mod table;
pub mod tcp;

pub use table::Table;

/// All that is remembered between packets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The first sequence numbers of TCP connections.
    pub tcp: Table<tcp::Connection, tcp::First>,
}

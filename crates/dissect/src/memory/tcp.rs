//! TCP connections, for sequence numbers relative to the first that was seen.

use std::net::IpAddr;

/// One connection, whichever way a packet of it goes: the end with the smaller address and port comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Connection {
    low: (IpAddr, u16),
    high: (IpAddr, u16),
}

/// The sequence numbers that count as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First {
    /// What the end with the smaller address and port sends.
    pub low: u32,
    /// What the other end sends.
    pub high: u32,
}

impl Connection {
    /// The connection of a packet from `src` to `dst`, and whether it goes from the low end to the high one.
    pub fn of(src: (IpAddr, u16), dst: (IpAddr, u16)) -> (Self, bool) {
        if src <= dst {
            (Connection { low: src, high: dst }, true)
        } else {
            (Connection { low: dst, high: src }, false)
        }
    }
}

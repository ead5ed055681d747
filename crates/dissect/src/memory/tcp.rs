//! TCP connections, for sequence numbers relative to the first that was seen.

use super::Table;
use std::net::IpAddr;

/// The header without options, in bytes.
pub const HEADER: usize = 20;
/// Flags (RFC 9293 section 3.1).
pub const SYN: u16 = 0x002;
/// The connection is reset.
pub const RST: u16 = 0x004;
/// The acknowledgment number counts.
pub const ACK: u16 = 0x010;

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

/// The numbers of a segment, and its flags.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// What counts as a flag among others.
    pub flags: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
}

/// What text says the numbers of a segment relative to: nothing, or the first that each end of the connection sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// They are relative.
    pub known: bool,
    /// Subtract these from the numbers of this segment.
    pub seq: u32,
    /// The other end's.
    pub ack: u32,
    /// Selective acknowledgments count from the other end's first number, even in the segment that set it.
    pub sack: u32,
}

impl Origin {
    /// A number of the other end's, as it is said.
    pub fn selective(&self, number: u32) -> u32 {
        number.wrapping_sub(self.sack)
    }
}

/// Looks the connection of a segment up, and remembers it when it begins. Only segments that acknowledge know both
/// ends' numbers.
pub fn origin(
    connections: &mut Table<Connection, First>,
    src: (IpAddr, u16),
    dst: (IpAddr, u16),
    numbers: Numbers,
) -> Origin {
    if numbers.flags & ACK == 0 {
        return Origin::default();
    }
    let (connection, from_low) = Connection::of(src, dst);
    if numbers.flags & SYN == 0
        && let Some(first) = connections.get(&connection)
    {
        let (mine, theirs) = if from_low { (first.low, first.high) } else { (first.high, first.low) };
        return Origin { known: true, seq: mine, ack: theirs, sack: theirs };
    }
    let (mine, theirs) = (numbers.seq, numbers.ack.wrapping_sub(1));
    let (low, high) = if from_low { (mine, theirs) } else { (theirs, mine) };
    connections.insert(connection, First { low, high });
    Origin { known: false, seq: 0, ack: 0, sack: theirs }
}

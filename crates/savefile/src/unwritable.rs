//! What cannot be written, and what to do instead.

use gannet_wire::LinkType;
use std::fmt;

/// Why something has no place in the file that is being written. Nothing of it was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unwritable {
    /// A packet of an interface that was not described to the writer.
    UnknownInterface {
        /// The number that the packet gives.
        interface: u32,
        /// How many interfaces were described in this section.
        known: usize,
    },
    /// A packet, or an interface, of another link type than the file, or the packet's interface, is of.
    OtherLink {
        /// That of the file or of the interface.
        ours: LinkType,
        /// That of the packet.
        theirs: LinkType,
    },
    /// A pcap file has no place for it.
    NotInPcap {
        /// What it is.
        what: &'static str,
    },
    /// The value of an option, or a name, is longer than 16 bits can say.
    OptionTooLong {
        /// What it is.
        what: &'static str,
        /// How many bytes it has.
        length: usize,
        /// How many it may have.
        max: usize,
    },
    /// One interface more than a section has room for, in which all that are needed at a time have to be.
    TooManyInterfaces {
        /// How many it may have.
        max: usize,
        /// How many bytes they may say, all together.
        bytes: usize,
    },
    /// A block is longer than any reader takes.
    BlockTooLong {
        /// How many bytes it would have.
        length: usize,
        /// How many it may have.
        max: usize,
    },
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownInterface { interface, known } => {
                write!(f, "a packet of interface {interface} cannot be written: the file has {known} so far")
            }
            Self::OtherLink { ours, theirs } => write!(
                f,
                "a packet of link type {} cannot be written where all are {}; \
                 a pcapng file takes both, each with an interface of its own",
                Link(*theirs),
                Link(*ours)
            ),
            Self::NotInPcap { what } => {
                write!(f, "a pcap file has no place for {what}; write pcapng instead")
            }
            Self::OptionTooLong { what, length, max } => {
                write!(f, "{what} of {length} bytes cannot be written: {max} is the most")
            }
            Self::TooManyInterfaces { max, bytes } => {
                write!(
                    f,
                    "more interfaces are needed at a time than a section has room for: {max}, or {bytes} bytes"
                )
            }
            Self::BlockTooLong { length, max } => {
                write!(f, "a block of {length} bytes cannot be written: {max} is the most that is read again")
            }
        }
    }
}

impl std::error::Error for Unwritable {}

/// A link type by its name, or its number.
struct Link(LinkType);

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0.0),
        }
    }
}

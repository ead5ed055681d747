//! What can go wrong, and on whose side.

use gannet_savefile as savefile;
use gannet_wire::LinkType;
use std::{fmt, io};

/// Why a tool ended early.
#[derive(Debug)]
pub enum Error {
    /// An input cannot be read on. All that was read before is in the output.
    Input {
        /// Which of the inputs, from 0.
        input: usize,
        /// What is wrong with it.
        error: savefile::Error,
    },
    /// The output takes no more.
    Output(savefile::Error),
    /// A scratch file cannot be had, written or read.
    Scratch(io::Error),
    /// Something of the caller's own failed, and the caller knows what.
    Elsewhere,
    /// A pcap file has one link type for all packets, and there are two.
    SecondLink {
        /// That of the output.
        output: LinkType,
        /// That of a packet.
        packet: LinkType,
        /// Which of the inputs it is in, from 0.
        input: usize,
    },
    /// Packets are of more interfaces than [a section has room for](gannet_savefile::block::MAX_INTERFACES), and have
    /// to be in one. All that was read before is in the output.
    TooManyInterfaces {
        /// Which of the inputs has one more, from 0.
        input: usize,
    },
    /// There are more conversations than [outputs can be made](crate::flows::MOST). Those before it are in theirs.
    TooManyFlows,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { error, .. } | Self::Output(error) => error.fmt(f),
            Self::Scratch(error) => write!(f, "scratch file: {error}"),
            Self::TooManyFlows => {
                write!(
                    f,
                    "there are more than {} conversations, each of which is a file",
                    crate::flows::MOST
                )?;
                f.write_str("\nSlice the savefile first, by time or by a filter: gannet slice")
            }
            Self::TooManyInterfaces { .. } => {
                let (most, bytes) =
                    (savefile::block::MAX_INTERFACES, savefile::block::MAX_INTERFACE_BYTES >> 20);
                write!(
                    f,
                    "more interfaces than the output has room for: {most}, or {bytes} MiB of what they say"
                )?;
                f.write_str("\nWrite pcap, which has none: name the output .pcap")
            }
            Self::Elsewhere => f.write_str("ended by the caller"),
            Self::SecondLink { output, packet, .. } => {
                write!(f, "packets of link type {} do not go into a pcap file of ", Named(*packet))?;
                write!(f, "{}: one link type is all that the format has room for", Named(*output))?;
                f.write_str("\nWrite pcapng instead: name the output .pcapng")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Input { error, .. } | Self::Output(error) => Some(error),
            Self::Scratch(error) => Some(error),
            Self::SecondLink { .. }
            | Self::TooManyInterfaces { .. }
            | Self::TooManyFlows
            | Self::Elsewhere => None,
        }
    }
}

/// A link type by its name, or by its number where it has none.
struct Named(LinkType);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0.dlt()),
        }
    }
}

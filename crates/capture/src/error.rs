//! What can go wrong, in libpcap's words first, so that people find what they know.

use std::fmt;
use std::io;

/// Why a capture could not be opened.
///
/// `Display` is libpcap's text for the class of error; [`OpenError::detail`] is what it, or we, can add.
#[derive(Debug)]
pub enum OpenError {
    /// No interface has this name.
    NoSuchDevice,
    /// The process may not do it.
    NotPermitted {
        /// The system call that was refused.
        call: &'static str,
        /// The capability that would allow it, as `capabilities(7)` names it.
        capability: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// The interface is not up.
    NotUp,
    /// The interface has no monitor mode: it is no wireless one, or its radio cannot.
    NoMonitorMode,
    /// The kernel has no packet sockets.
    NotSupported {
        /// What the kernel said.
        source: io::Error,
    },
    /// The link type is not one of those that the interface can be captured with.
    LinkType(gannet_wire::LinkType),
    /// The filter could not be attached.
    Filter(FilterError),
    /// Anything else.
    System {
        /// The system call that failed.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl OpenError {
    /// The number that libpcap's programs know the error by (`PCAP_ERROR_*`).
    pub fn status(&self) -> i32 {
        match self {
            Self::NoSuchDevice => -5,
            Self::NoMonitorMode => -6,
            Self::NotPermitted { .. } => -8,
            Self::NotUp => -9,
            Self::NotSupported { .. } => -13,
            Self::LinkType(_) | Self::Filter(_) | Self::System { .. } => -1,
        }
    }

    /// What there is to say beyond the class of error.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::NotPermitted { call, capability, source } => {
                Some(format!("{call}: {} - {capability} may be required", reason(source)))
            }
            Self::NotSupported { .. } => Some("PF_PACKET sockets not supported - is this WSL1?".to_owned()),
            _ => None,
        }
    }

    /// Sorts the error of a system call into its class.
    pub(crate) fn from_call(call: &'static str, source: io::Error) -> Self {
        match source.raw_os_error() {
            Some(libc::ENODEV) => Self::NoSuchDevice,
            Some(libc::ENETDOWN) => Self::NotUp,
            Some(libc::EPERM | libc::EACCES) => {
                Self::NotPermitted { call, capability: "CAP_NET_RAW", source }
            }
            Some(libc::EAFNOSUPPORT) => Self::NotSupported { source },
            _ => Self::System { call, source },
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchDevice => f.write_str("No such device exists"),
            Self::NotPermitted { .. } => {
                f.write_str("You don't have permission to perform this capture on that device")
            }
            Self::NotUp => f.write_str("That device is not up"),
            Self::NoMonitorMode => f.write_str("That device doesn't support monitor mode"),
            Self::NotSupported { .. } => f.write_str("Packet capture is not supported on that device"),
            Self::LinkType(link) => {
                write!(f, "{} is not one of the DLTs supported by this device", link.0)
            }
            Self::Filter(error) => error.fmt(f),
            Self::System { call, source } => write!(f, "{call}: {}", reason(source)),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotPermitted { source, .. }
            | Self::NotSupported { source }
            | Self::System { source, .. } => Some(source),
            Self::Filter(error) => Some(error),
            Self::NoSuchDevice | Self::NotUp | Self::NoMonitorMode | Self::LinkType(_) => None,
        }
    }
}

impl From<FilterError> for OpenError {
    fn from(error: FilterError) -> Self {
        Self::Filter(error)
    }
}

/// Why the kernel did not take a filter. The capture can go on without, and filter for itself.
#[derive(Debug)]
pub enum FilterError {
    /// More instructions than the kernel allows (4,096).
    TooLong {
        /// How many there are, with what a direction adds.
        instructions: usize,
    },
    /// No memory for it: the socket's share is a setting.
    NoMemory,
    /// It asks for something that only a record of a cooked capture has, and the packet in the kernel has not.
    NotForKernel,
    /// Anything else; a program with loops is one.
    Refused(io::Error),
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { .. } => f.write_str("Filter too complex for kernel"),
            Self::NotForKernel => {
                f.write_str("Filter needs the link-layer header that the kernel does not have")
            }
            Self::NoMemory => f.write_str(
                "Couldn't allocate kernel memory for filter: try increasing net.core.optmem_max with sysctl",
            ),
            Self::Refused(source) => write!(f, "Kernel filter failed: {}", reason(source)),
        }
    }
}

impl std::error::Error for FilterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(source) => Some(source),
            Self::TooLong { .. } | Self::NoMemory | Self::NotForKernel => None,
        }
    }
}

/// Why a running capture cannot go on.
#[derive(Debug)]
pub enum CaptureError {
    /// The interface is no more. Every packet captured before has been lent already.
    Disappeared,
    /// The kernel has put something into the ring that contradicts itself.
    Corrupt {
        /// Offset of the packet in its block, in bytes.
        offset: usize,
    },
    /// The socket reported an error.
    Socket(io::Error),
    /// A system call failed.
    System {
        /// Which one, or what it was for.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// Packets cannot be sent through this capture.
    CannotSend(&'static str),
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disappeared => f.write_str("The interface disappeared"),
            Self::Corrupt { offset } => write!(f, "corrupted frame on kernel ring at offset {offset}"),
            Self::Socket(source) => write!(f, "Error condition on packet socket: {}", reason(source)),
            Self::System { call, source } => write!(f, "{call}: {}", reason(source)),
            Self::CannotSend(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for CaptureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Socket(source) | Self::System { source, .. } => Some(source),
            Self::Disappeared | Self::Corrupt { .. } | Self::CannotSend(_) => None,
        }
    }
}

/// The text of a system error as C programs give it: without the number that Rust adds.
pub(crate) fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.rfind(" (os error ") {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_call_reason_and_capability() {
        let error = OpenError::from_call("socket", io::Error::from_raw_os_error(libc::EPERM));
        assert_eq!(error.status(), -8);
        assert_eq!(error.to_string(), "You don't have permission to perform this capture on that device");
        assert_eq!(
            error.detail().as_deref(),
            Some("socket: Operation not permitted - CAP_NET_RAW may be required")
        );
    }

    #[test]
    fn unknown_errors_are_worded_as_in_c() {
        let error = OpenError::from_call("bind", io::Error::from_raw_os_error(libc::EBUSY));
        assert_eq!(error.to_string(), "bind: Device or resource busy");
        assert_eq!(error.detail(), None);
    }
}

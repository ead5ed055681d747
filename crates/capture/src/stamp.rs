//! Who says when a packet came: the host's clock, or the adapter's, and which of them an interface offers.
//!
//! Adapters that can stamp packets mostly stamp those of the Precision Time Protocol only; an interface offers their
//! clock where it stamps all (`HWTSTAMP_FILTER_ALL` of `linux/net_tstamp.h`). Until another is asked for, packets have
//! the host's time.

use std::io;
use std::os::fd::AsFd;

use crate::error::OpenError;
use crate::link::ANY;
use crate::sys::socket;

/// Whose clock the time of packets is read off. As numbers these are `PCAP_TSTAMP_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamp {
    /// The host's, however good it is.
    #[default]
    Host,
    /// The host's, with a cheap clock. No interface of Linux offers it.
    HostLowPrecision,
    /// The host's, with a good clock. No interface of Linux offers it.
    HostHighPrecision,
    /// The adapter's, which is kept with the host's.
    Adapter,
    /// The adapter's own, whatever it says.
    AdapterUnsynced,
    /// The host's, with a good clock that nobody sets. No interface of Linux offers it.
    HostHighPrecisionUnsynced,
}

/// All there are, with the names and words that libpcap has for them.
const ALL: [(Stamp, &str, &str); 6] = [
    (Stamp::Host, "host", "Host"),
    (Stamp::HostLowPrecision, "host_lowprec", "Host, low precision"),
    (Stamp::HostHighPrecision, "host_hiprec", "Host, high precision"),
    (Stamp::Adapter, "adapter", "Adapter"),
    (Stamp::AdapterUnsynced, "adapter_unsynced", "Adapter, not synced with system time"),
    (
        Stamp::HostHighPrecisionUnsynced,
        "host_hiprec_unsynced",
        "Host, high precision, not synced with system time",
    ),
];

/// `SOF_TIMESTAMPING_*`.
const SOFTWARE: u32 = 1 << 4;
const SYSTEM_HARDWARE: u32 = 1 << 5;
const RAW_HARDWARE: u32 = 1 << 6;
/// `HWTSTAMP_FILTER_ALL`, as a bit.
const FILTER_ALL: u32 = 1 << 1;

impl Stamp {
    /// By its name, in letters of either case.
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(stamp, ..)| *stamp)
    }

    /// The name to ask for it by.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What it is.
    pub fn description(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        let found = ALL.iter().find(|(stamp, ..)| *stamp == self);
        found.map_or(("host", "Host"), |(_, name, words)| (*name, *words))
    }

    /// What the ring is told, if the adapter has to be asked at all.
    fn ring_flag(self) -> Option<u32> {
        match self {
            Self::Adapter => Some(SYSTEM_HARDWARE),
            Self::AdapterUnsynced => Some(RAW_HARDWARE),
            _ => None,
        }
    }
}

/// What an interface offers; the host's time is always among it. An interface that there is not offers that too: opening it
/// tells. Needs no privilege.
///
/// # Errors
/// What the kernel says to the question.
pub fn stamps(name: &str) -> io::Result<Vec<Stamp>> {
    const EVERY: u32 = SOFTWARE | SYSTEM_HARDWARE | RAW_HARDWARE;
    if name == ANY {
        return Ok(vec![Stamp::Host]);
    }
    match socket::stamping(socket::control()?, name) {
        Ok(facts) => Ok(offered(facts)),
        Err(error) => match error.raw_os_error() {
            // A kernel or a driver that cannot be asked: then it has to be tried.
            Some(libc::EOPNOTSUPP | libc::EINVAL) => Ok(offered((EVERY, FILTER_ALL))),
            Some(libc::ENODEV) => Ok(vec![Stamp::Host]),
            _ => Err(error),
        },
    }
}

/// What is offered by an interface that can do this, and whose adapter stamps these.
fn offered((can, filters): (u32, u32)) -> Vec<Stamp> {
    let kinds =
        [(SOFTWARE, Stamp::Host), (SYSTEM_HARDWARE, Stamp::Adapter), (RAW_HARDWARE, Stamp::AdapterUnsynced)];
    let all = filters & FILTER_ALL != 0;
    let found = kinds.into_iter().filter(|(flag, _)| all && can & flag != 0).map(|(_, stamp)| stamp);
    let found: Vec<_> = found.collect();
    if found.is_empty() { vec![Stamp::Host] } else { found }
}

/// Makes the adapter of the interface `name` stamp packets, and a ring take its stamps. Whether it does; if not, packets
/// have the host's time.
pub(crate) fn ask_adapter(fd: impl AsFd, name: &str, stamp: Stamp) -> Result<bool, OpenError> {
    const CALL: &str = "Attempt to set hardware timestamp";
    let Some(flag) = stamp.ring_flag() else { return Ok(true) };
    if let Err(source) = socket::stamp_in_hardware(&fd, name) {
        return match source.raw_os_error() {
            Some(libc::EOPNOTSUPP | libc::ERANGE) => Ok(false),
            Some(libc::EPERM) => {
                Err(OpenError::NotPermitted { call: CALL, capability: "CAP_NET_ADMIN", source })
            }
            _ => Err(OpenError::from_call("SIOCSHWTSTAMP", source)),
        };
    }
    socket::set(&fd, libc::SOL_PACKET, libc::PACKET_TIMESTAMP, flag.cast_signed())
        .map_err(|error| OpenError::from_call("setsockopt (PACKET_TIMESTAMP)", error))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_what_they_name() {
        for (number, (stamp, name, _)) in ALL.into_iter().enumerate() {
            assert_eq!((stamp as usize, stamp.name()), (number, name));
            assert_eq!(Stamp::from_name(&name.to_uppercase()), Some(stamp));
        }
        assert_eq!(Stamp::from_name("hos"), None);
    }

    /// What drivers answer: none, one for a protocol only, one that stamps all, one whose clock is kept too.
    #[test]
    fn an_adapter_is_offered_where_it_stamps_every_packet() {
        let ptp_only = 1 << 12;
        assert_eq!(offered((SOFTWARE, 0)), [Stamp::Host]);
        assert_eq!(offered((SOFTWARE | RAW_HARDWARE, 1 | ptp_only)), [Stamp::Host]);
        assert_eq!(offered((SOFTWARE | RAW_HARDWARE, 3)), [Stamp::Host, Stamp::AdapterUnsynced]);
        assert_eq!(offered((SYSTEM_HARDWARE | RAW_HARDWARE, 2)), [Stamp::Adapter, Stamp::AdapterUnsynced]);
        assert_eq!(offered((0, 2)), [Stamp::Host]);
    }

    #[test]
    fn what_cannot_be_asked_offers_the_hosts_time() {
        for name in [ANY, "lo", "no-such-device", ""] {
            assert_eq!(stamps(name).unwrap(), [Stamp::Host], "{name:?}");
        }
    }
}

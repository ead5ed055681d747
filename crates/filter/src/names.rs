//! Names, asked of whoever calls: this crate looks nothing up.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What names mean. Every answer may be "nobody knows", which is all that [`NoNames`] ever says.
///
/// Names arrive as they were typed, a leading backslash taken away. Ethertypes and LLC names are known without asking.
pub trait Names {
    /// The addresses of a host.
    fn host(&self, name: &str) -> Addresses {
        let _ = name;
        Addresses::default()
    }

    /// The number of an IPv4 network as `getnetbyname` gives it; trailing zero bytes may be there or not (10.0.0.0, `10`).
    fn network(&self, name: &str) -> Option<u32> {
        let _ = name;
        None
    }

    /// The ports of a service.
    fn port(&self, name: &str) -> Ports {
        let _ = name;
        Ports::default()
    }

    /// The number of an IP protocol.
    fn protocol(&self, name: &str) -> Option<u8> {
        let _ = name;
        None
    }

    /// The link-layer address of a host, as `/etc/ethers` has it.
    fn ether_host(&self, name: &str) -> Option<[u8; 6]> {
        let _ = name;
        None
    }
}

/// The addresses of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Its IPv4 addresses, in the order they were found.
    pub v4: Vec<Ipv4Addr>,
    /// Its IPv6 addresses, in the order they were found.
    pub v6: Vec<Ipv6Addr>,
}

/// The ports of a service, by transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Over TCP.
    pub tcp: Option<u16>,
    /// Over UDP.
    pub udp: Option<u16>,
    /// Over SCTP; counts only if neither of the others has the name.
    pub sctp: Option<u16>,
}

/// Nobody knows any name.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Names for NoNames {}

//! The addresses of the interfaces, from the C library.

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One address of one interface; an interface has one entry for its hardware address too.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name; not always UTF-8, and then with replacement characters.
    pub name: String,
    /// `IFF_*`.
    pub flags: u32,
    /// Hardware address, if the entry is for that.
    pub hardware: Option<HardwareAddress>,
    /// Hardware address that everybody on the link hears.
    pub hardware_broadcast: Option<HardwareAddress>,
    /// IP address, if the entry is for one.
    pub address: Option<IpAddr>,
    /// Network mask.
    pub netmask: Option<IpAddr>,
    /// Broadcast address.
    pub broadcast: Option<IpAddr>,
    /// Address of the other end of a point-to-point link.
    pub peer: Option<IpAddr>,
}

/// A hardware address as packet sockets have it (`struct sockaddr_ll`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardwareAddress {
    /// Number of the interface.
    pub interface: u32,
    /// Kind of hardware, `ARPHRD_*`.
    pub kind: u16,
    /// How many bytes the address has; those behind the eighth are not here.
    pub length: u8,
    /// Its bytes, zero behind the end.
    pub bytes: [u8; 8],
}

/// Every address of every interface, in the kernel's order.
pub fn entries() -> io::Result<Vec<Entry>> {
    let mut first: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: `first` is a live pointer for the list to be put in.
    super::checked(unsafe { libc::getifaddrs(&raw mut first) })?;
    let mut list = Vec::new();
    let mut next = first;
    while !next.is_null() {
        // SAFETY: not null, so a whole entry of the list, which lives until it is freed below.
        let entry = unsafe { &*next };
        list.push(copy(entry));
        next = entry.ifa_next;
    }
    // SAFETY: the list that `getifaddrs` made, once; everything was copied out of it.
    unsafe { libc::freeifaddrs(first) };
    Ok(list)
}

fn copy(entry: &libc::ifaddrs) -> Entry {
    // SAFETY: the C library always fills in a name, which ends in a zero byte.
    let name = unsafe { CStr::from_ptr(entry.ifa_name) }.to_string_lossy().into_owned();
    // One field for two things: which, the flags say.
    let other = address(entry.ifa_ifu);
    let has = |flag: libc::c_int| entry.ifa_flags & flag as u32 != 0;
    Entry {
        name,
        flags: entry.ifa_flags,
        hardware: hardware(entry.ifa_addr),
        hardware_broadcast: hardware(entry.ifa_ifu).filter(|_| has(libc::IFF_BROADCAST)),
        address: address(entry.ifa_addr),
        netmask: address(entry.ifa_netmask),
        broadcast: other.filter(|_| has(libc::IFF_BROADCAST)),
        peer: other.filter(|_| has(libc::IFF_POINTOPOINT) && !has(libc::IFF_BROADCAST)),
    }
}

/// The hardware address that a socket address holds.
fn hardware(at: *const libc::sockaddr) -> Option<HardwareAddress> {
    // SAFETY: an address of the list if it is not null; its first two bytes are its family whatever it is.
    if at.is_null() || libc::c_int::from(unsafe { (*at).sa_family }) != libc::AF_PACKET {
        return None;
    }
    // SAFETY: the family says that this is a whole `sockaddr_ll`.
    let link = unsafe { at.cast::<libc::sockaddr_ll>().read_unaligned() };
    Some(HardwareAddress {
        interface: u32::try_from(link.sll_ifindex).unwrap_or(0),
        kind: link.sll_hatype,
        length: link.sll_halen,
        bytes: link.sll_addr,
    })
}

/// The IP address that a socket address holds.
fn address(at: *const libc::sockaddr) -> Option<IpAddr> {
    if at.is_null() {
        return None;
    }
    // SAFETY: not null, so an address of the list, whose first two bytes are its family whatever it is.
    let family = unsafe { (*at).sa_family };
    match libc::c_int::from(family) {
        libc::AF_INET => {
            // SAFETY: the family says that this is a whole `sockaddr_in`.
            let v4 = unsafe { at.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: the family says that this is a whole `sockaddr_in6`.
            let v6 = unsafe { at.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(v6.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}

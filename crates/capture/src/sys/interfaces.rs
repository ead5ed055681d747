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
    /// IP address, if the entry is for one.
    pub address: Option<IpAddr>,
    /// Network mask.
    pub netmask: Option<IpAddr>,
    /// Broadcast address.
    pub broadcast: Option<IpAddr>,
    /// Address of the other end of a point-to-point link.
    pub peer: Option<IpAddr>,
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
        address: address(entry.ifa_addr),
        netmask: address(entry.ifa_netmask),
        broadcast: other.filter(|_| has(libc::IFF_BROADCAST)),
        peer: other.filter(|_| has(libc::IFF_POINTOPOINT) && !has(libc::IFF_BROADCAST)),
    }
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

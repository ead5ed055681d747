//! What there is to capture on.

use crate::edge::{Errbuf, Static, Text, allocated, allocated_text, free, say};
use crate::open::is_new;
use crate::status::ERROR;
use gannet_pcap::capture::devices::{self, Connection, Device, HardwareAddress};
use libc::{c_char, c_int, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_ll};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr};
use std::ptr;

/// A device, in a list of them: `struct pcap_if`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Interface {
    next: *mut Interface,
    name: *mut c_char,
    description: *mut c_char,
    addresses: *mut Address,
    flags: u32,
}

/// An address of a device, in a list of them: `struct pcap_addr`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Address {
    next: *mut Address,
    address: *mut sockaddr,
    netmask: *mut sockaddr,
    broadcast: *mut sockaddr,
    peer: *mut sockaddr,
}

/// `PCAP_IF_*`.
mod flag {
    pub(super) const LOOPBACK: u32 = 1;
    pub(super) const UP: u32 = 2;
    pub(super) const RUNNING: u32 = 4;
    pub(super) const WIRELESS: u32 = 8;
    pub(super) const CONNECTED: u32 = 0x10;
    pub(super) const DISCONNECTED: u32 = 0x20;
    pub(super) const NOT_APPLICABLE: u32 = 0x30;
}

/// Every device, in a list to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_findalldevs(
    to: Option<&mut MaybeUninit<*mut Interface>>,
    errbuf: Option<&mut Errbuf>,
) -> c_int {
    let Some(to) = to else { return ERROR };
    to.write(ptr::null_mut());
    match devices::devices() {
        Ok(list) => {
            // From the last to the first, so that each has the next before it.
            to.write(list.iter().rev().fold(ptr::null_mut(), |next, device| interface(device, next)));
            0
        }
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(0);
            say(errbuf, &format!("getifaddrs: {}", crate::edge::system_words(number)));
            ERROR
        }
    }
}

fn interface(device: &Device, next: *mut Interface) -> *mut Interface {
    let mut flags = match device.connection {
        Connection::Unknown => 0,
        Connection::Connected => flag::CONNECTED,
        Connection::Disconnected => flag::DISCONNECTED,
        Connection::NotApplicable => flag::NOT_APPLICABLE,
    };
    let said = [
        (device.loopback, flag::LOOPBACK),
        (device.up, flag::UP),
        (device.running, flag::RUNNING),
        (device.wireless, flag::WIRELESS),
    ];
    flags |= said.iter().filter(|(is, _)| *is).map(|(_, flag)| flag).sum::<u32>();
    allocated(Interface {
        next,
        name: allocated_text(&device.name),
        description: device.description.map_or(ptr::null_mut(), allocated_text),
        addresses: addresses(device),
        flags,
    })
}

/// The addresses of a device: first those of its hardware, as the kernel has them.
fn addresses(device: &Device) -> *mut Address {
    let number = device.hardware.first().map_or(0, |hardware| hardware.address.interface);
    let mut next = ptr::null_mut();
    for known in device.addresses.iter().rev() {
        let ip = |addr: Option<IpAddr>, scope| addr.map_or(ptr::null_mut(), |addr| of_ip(addr, scope));
        next = allocated(Address {
            next,
            address: of_ip(known.address, number),
            netmask: ip(known.netmask, 0),
            broadcast: ip(known.broadcast, number),
            peer: ip(known.peer, number),
        });
    }
    for known in device.hardware.iter().rev() {
        next = allocated(Address {
            next,
            address: of_hardware(known.address),
            netmask: ptr::null_mut(),
            broadcast: known.broadcast.map_or(ptr::null_mut(), of_hardware),
            peer: ptr::null_mut(),
        });
    }
    next
}

/// An IP address as sockets have it. Those that every link has anew say which one they are of.
fn of_ip(addr: IpAddr, interface: u32) -> *mut sockaddr {
    match addr {
        IpAddr::V4(v4) => allocated(sockaddr_in {
            sin_family: libc::AF_INET as u16,
            sin_port: 0,
            sin_addr: libc::in_addr { s_addr: u32::from(v4).to_be() },
            sin_zero: [0; 8],
        })
        .cast(),
        IpAddr::V6(v6) => allocated(sockaddr_in6 {
            sin6_family: libc::AF_INET6 as u16,
            sin6_port: 0,
            sin6_flowinfo: 0,
            sin6_addr: libc::in6_addr { s6_addr: v6.octets() },
            sin6_scope_id: if v6.is_unicast_link_local() { interface } else { 0 },
        })
        .cast(),
    }
}

fn of_hardware(address: HardwareAddress) -> *mut sockaddr {
    allocated(sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: 0,
        sll_ifindex: address.interface.cast_signed(),
        sll_hatype: address.kind,
        sll_pkttype: 0,
        sll_halen: address.length,
        sll_addr: address.bytes,
    })
    .cast()
}

/// Frees the list.
///
/// # Safety
/// The list came from `pcap_findalldevs`, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_freealldevs(list: *mut Interface) {
    let mut next = list;
    // SAFETY: null, or an entry of the list, which is in the C library's memory like all that it points to; each is
    // copied before it is freed.
    unsafe {
        while let Some(interface) = next.as_ref().copied() {
            let mut at = interface.addresses;
            while let Some(address) = at.as_ref().copied() {
                for part in [address.address, address.netmask, address.broadcast, address.peer] {
                    free(part);
                }
                free(at);
                at = address.next;
            }
            free(interface.name);
            free(interface.description);
            free(next);
            next = interface.next;
        }
    }
}

/// The name of the likeliest device to capture on, in a text that stays until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_lookupdev(errbuf: Option<&mut Errbuf>) -> *mut c_char {
    static NAME: Static<64> = Static::new();
    if is_new() {
        let words = "pcap_lookupdev() is deprecated and is not supported in programs calling pcap_init()";
        say(errbuf, words);
        return ptr::null_mut();
    }
    let list = devices::devices().unwrap_or_default();
    if let Some(device) = list.first().filter(|device| !device.loopback) {
        return NAME.say(&device.name);
    }
    say(errbuf, "no suitable device found");
    ptr::null_mut()
}

/// The IPv4 network of a device and its mask, both in network byte order.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_lookupnet(
    device: Text,
    network: Option<&mut MaybeUninit<u32>>,
    mask: Option<&mut MaybeUninit<u32>>,
    errbuf: Option<&mut Errbuf>,
) -> c_int {
    let (Some(network), Some(mask)) = (network, mask) else { return ERROR };
    network.write(0);
    mask.write(0);
    let Some(name) = device.get().map(|name| name.to_string_lossy()) else { return 0 };
    match found(&name) {
        Ok((addr, netmask)) => {
            network.write((u32::from(addr) & u32::from(netmask)).to_be());
            mask.write(u32::from(netmask).to_be());
            0
        }
        Err(words) => {
            say(errbuf, &words);
            ERROR
        }
    }
}

fn found(name: &str) -> Result<(Ipv4Addr, Ipv4Addr), String> {
    let known = devices::devices().unwrap_or_default().iter().any(|device| device.name == name);
    if !known {
        return Err(format!("SIOCGIFADDR: {name}: {}", crate::edge::system_words(libc::ENODEV)));
    }
    let network = devices::network(name).map_err(|error| error.to_string())?;
    network.ok_or_else(|| format!("{name}: no IPv4 address assigned"))
}

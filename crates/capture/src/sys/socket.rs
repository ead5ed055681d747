//! Packet sockets: making, binding, options, and the questions that are asked through them.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use gannet_bpf::Instruction;
use libc::{c_int, sockaddr_ll, socklen_t};

use super::{Plain, checked, owned, zeroed};

/// An `AF_PACKET` socket that hears nothing until it is bound to a protocol.
pub fn packet() -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    owned(unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) })
}

/// A socket to ask about interfaces with; anybody may have one.
pub fn control() -> io::Result<OwnedFd> {
    let kinds = [
        (libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE),
        (libc::AF_UNIX, libc::SOCK_DGRAM, 0),
        (libc::AF_INET, libc::SOCK_DGRAM, 0),
    ];
    let mut refused = io::Error::from_raw_os_error(libc::EAFNOSUPPORT);
    for (family, kind, protocol) in kinds {
        // SAFETY: takes no pointers.
        match owned(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) }) {
            Ok(socket) => return Ok(socket),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// A netlink socket, of one of the protocols `NETLINK_*`.
pub fn netlink(protocol: c_int) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    owned(unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, protocol) })
}

/// Binds a packet socket to an interface (0: all of them) and a protocol (an ethertype in host order; 0: hear
/// nothing).
pub fn bind(fd: impl AsFd, interface: u32, protocol: u16) -> io::Result<()> {
    let mut address: sockaddr_ll = zeroed();
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = protocol.to_be();
    address.sll_ifindex = c_int::try_from(interface).unwrap_or(c_int::MAX);
    let size = size_of::<sockaddr_ll>() as socklen_t;
    // SAFETY: the address is a live `sockaddr_ll` of the size given.
    checked(unsafe { libc::bind(fd.as_fd().as_raw_fd(), (&raw const address).cast(), size) }).map(drop)
}

/// Sends a packet, as it is, through a socket that is bound to an interface.
pub fn send(fd: impl AsFd, packet: &[u8]) -> io::Result<()> {
    // SAFETY: the packet is live and of the length given.
    let sent = unsafe { libc::send(fd.as_fd().as_raw_fd(), packet.as_ptr().cast(), packet.len(), 0) };
    checked(sent.clamp(-1, 0) as c_int).map(drop)
}

/// The interface that a packet socket is bound to; -1 if it has gone since, 0 if it is all of them.
pub fn bound_interface(fd: impl AsFd) -> io::Result<i32> {
    let mut address: sockaddr_ll = zeroed();
    let mut size = size_of::<sockaddr_ll>() as socklen_t;
    let at = (&raw mut address).cast();
    // SAFETY: the address is a live, writable `sockaddr_ll` of the size given.
    checked(unsafe { libc::getsockname(fd.as_fd().as_raw_fd(), at, &raw mut size) })?;
    Ok(address.sll_ifindex)
}

/// Sets an option of a socket.
pub fn set<T: Plain>(fd: impl AsFd, level: c_int, name: c_int, value: T) -> io::Result<()> {
    let (at, size) = ((&raw const value).cast(), size_of::<T>() as socklen_t);
    // SAFETY: `value` is live, initialised and of the size given, and holds no pointers.
    checked(unsafe { libc::setsockopt(fd.as_fd().as_raw_fd(), level, name, at, size) }).map(drop)
}

/// Reads an option of a socket; what the kernel does not fill in is zero.
pub fn get<T: Plain>(fd: impl AsFd, level: c_int, name: c_int) -> io::Result<T> {
    let mut value: T = zeroed();
    let mut size = size_of::<T>() as socklen_t;
    let at = (&raw mut value).cast();
    // SAFETY: `value` is live, writable and of the size given, and any bytes are a `T`.
    checked(unsafe { libc::getsockopt(fd.as_fd().as_raw_fd(), level, name, at, &raw mut size) })?;
    Ok(value)
}

/// Takes the error that is pending on a socket off it; 0 if there is none.
pub fn take_error(fd: impl AsFd) -> io::Result<i32> {
    get::<c_int>(fd, libc::SOL_SOCKET, libc::SO_ERROR)
}

// The kernel is given the instructions as they lie.
const _: () = assert!(size_of::<Instruction>() == size_of::<libc::sock_filter>());
const _: () = assert!(align_of::<Instruction>() == align_of::<libc::sock_filter>());
const _: () = assert!(std::mem::offset_of!(Instruction, jt) == std::mem::offset_of!(libc::sock_filter, jt));
const _: () = assert!(std::mem::offset_of!(Instruction, k) == std::mem::offset_of!(libc::sock_filter, k));

/// Attaches a filter to a socket, in place of the one before. The kernel checks it: a list that it does not like
/// is `InvalidInput`, one over its limit too.
pub fn attach(fd: impl AsFd, filter: &[Instruction]) -> io::Result<()> {
    let too_long = |_| io::Error::from_raw_os_error(libc::EINVAL);
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).map_err(too_long)?,
        filter: filter.as_ptr().cast_mut().cast(),
    };
    let (at, size) = ((&raw const program).cast(), size_of::<libc::sock_fprog>() as socklen_t);
    let (level, name) = (libc::SOL_SOCKET, libc::SO_ATTACH_FILTER);
    // SAFETY: `program` points to `len` live instructions laid out as `sock_filter` (asserted above), which the
    // kernel copies and does not write.
    checked(unsafe { libc::setsockopt(fd.as_fd().as_raw_fd(), level, name, at, size) }).map(drop)
}

/// A request about the interface `name`; a name that does not fit is no such device.
fn request(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: `ifreq` is integers, arrays of them and a union of such; zero is a value of each.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    // The last byte stays zero.
    if name.len() >= request.ifr_name.len() || name.bytes().any(|b| b == 0) {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    Ok(request)
}

/// Asks or tells the kernel something about an interface.
fn ask(fd: impl AsFd, what: libc::c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: every request used with this in the module reads and writes one `ifreq`, and nothing but it.
    checked(unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), what as _, request as *mut libc::ifreq) }).map(drop)
}

/// The number of an interface.
pub fn index(fd: impl AsFd, name: &str) -> io::Result<u32> {
    let mut request = request(name)?;
    ask(fd, libc::SIOCGIFINDEX, &mut request)?;
    // SAFETY: the kernel has filled in this member of the union.
    let index = unsafe { request.ifr_ifru.ifru_ifindex };
    u32::try_from(index).map_err(|_| io::Error::from_raw_os_error(libc::ENODEV))
}

/// The hardware type of an interface, an `ARPHRD_*` number.
pub fn hardware_type(fd: impl AsFd, name: &str) -> io::Result<u16> {
    let mut request = request(name)?;
    ask(fd, libc::SIOCGIFHWADDR, &mut request)?;
    // SAFETY: the kernel has filled in this member of the union.
    Ok(unsafe { request.ifr_ifru.ifru_hwaddr.sa_family })
}

/// The flags of an interface, `IFF_*`; only the lower 16 bits pass this way.
pub fn flags(fd: impl AsFd, name: &str) -> io::Result<u16> {
    let mut request = request(name)?;
    ask(fd, libc::SIOCGIFFLAGS, &mut request)?;
    // SAFETY: the kernel has filled in this member of the union.
    Ok(unsafe { request.ifr_ifru.ifru_flags } as u16)
}

/// Sets the flags of an interface.
pub fn set_flags(fd: impl AsFd, name: &str, flags: u16) -> io::Result<()> {
    let mut request = request(name)?;
    request.ifr_ifru.ifru_flags = flags as libc::c_short;
    ask(fd, libc::SIOCSIFFLAGS, &mut request)
}

/// Whether an interface has a link partner (`ETHTOOL_GLINK`).
pub fn has_link(fd: impl AsFd, name: &str) -> io::Result<bool> {
    const ETHTOOL_GLINK: u32 = 0x0a;
    /// `struct ethtool_value`.
    #[repr(C)]
    struct Value {
        command: u32,
        data: u32,
    }
    let mut value = Value { command: ETHTOOL_GLINK, data: 0 };
    let mut request = request(name)?;
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    // SAFETY: for this command the kernel reads and writes the `ifreq` and the eight bytes of `value` that it
    // points to; both live until the call is over.
    checked(unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request) })?;
    Ok(value.data != 0)
}

/// What an interface can say about the time of packets (`ETHTOOL_GET_TS_INFO`): the kinds of stamps, a set of
/// `SOF_TIMESTAMPING_*`, and of which packets the adapter stamps them, a set of bits numbered by `HWTSTAMP_FILTER_*`.
pub fn stamping(fd: impl AsFd, name: &str) -> io::Result<(u32, u32)> {
    const ETHTOOL_GET_TS_INFO: u32 = 0x41;
    /// `struct ethtool_ts_info`.
    #[repr(C)]
    #[derive(Default)]
    struct Info {
        command: u32,
        can: u32,
        clock: i32,
        sent: u32,
        _sent: [u32; 3],
        received: u32,
        _received: [u32; 3],
    }
    let mut info = Info { command: ETHTOOL_GET_TS_INFO, ..Info::default() };
    let mut request = request(name)?;
    request.ifr_ifru.ifru_data = (&raw mut info).cast();
    // SAFETY: for this command the kernel reads and writes the `ifreq` and the 44 bytes of `info` that it points to;
    // both live until the call is over.
    checked(unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request) })?;
    Ok((info.can, info.received))
}

/// Makes the adapter of an interface stamp all packets (`SIOCSHWTSTAMP`): for everybody, and until somebody changes it.
pub fn stamp_in_hardware(fd: impl AsFd, name: &str) -> io::Result<()> {
    /// `struct hwtstamp_config`.
    #[repr(C)]
    struct Config {
        flags: i32,
        sent: i32,
        received: i32,
    }
    const HWTSTAMP_TX_ON: i32 = 1;
    const HWTSTAMP_FILTER_ALL: i32 = 1;
    let mut config = Config { flags: 0, sent: HWTSTAMP_TX_ON, received: HWTSTAMP_FILTER_ALL };
    let mut request = request(name)?;
    request.ifr_ifru.ifru_data = (&raw mut config).cast();
    // SAFETY: for this request the kernel reads and writes the `ifreq` and the twelve bytes of `config` that it points
    // to; both live until the call is over.
    checked(unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::SIOCSHWTSTAMP as _, &raw mut request) })
        .map(drop)
}

/// Makes an interface without link-layer headers: a packet that is written to what this gives is received on it.
pub fn tun(name: &str) -> io::Result<std::fs::File> {
    /// `linux/if_tun.h`.
    const TUNSETIFF: libc::c_ulong = 0x4004_54ca;
    let file = std::fs::File::options().read(true).write(true).open("/dev/net/tun")?;
    let mut request = request(name)?;
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    ask(&file, TUNSETIFF, &mut request)?;
    Ok(file)
}

/// Gives an interface its IPv4 address, in network byte order as `octets`; its mask becomes that of the class.
pub fn set_address(fd: impl AsFd, name: &str, octets: [u8; 4]) -> io::Result<()> {
    let mut request = request(name)?;
    let mut address = libc::sockaddr { sa_family: libc::AF_INET as u16, sa_data: [0; 14] };
    // `sockaddr_in`: two bytes of port, then the address.
    for (to, from) in address.sa_data.iter_mut().skip(2).zip(octets) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_addr = address;
    ask(fd, libc::SIOCSIFADDR, &mut request)
}

//! Names and numbers: hosts, networks, ports, protocols, link-layer addresses.

use crate::edge::{Text, allocated_list};
use crate::filter::names;
use crate::stdio::Stream;
use gannet_pcap::expression::Names as _;
use libc::{addrinfo, c_char, c_int};
use std::cell::{RefCell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ptr;

/// No protocol, or any (`PROTO_UNDEF`).
const UNDEFINED: c_int = -1;

/// An ethertype and its name.
#[repr(C)]
pub struct EtherProtocol {
    name: *const c_char,
    number: u16,
}

// SAFETY: the names are texts that never change.
unsafe impl Sync for EtherProtocol {}

const fn row(name: &'static std::ffi::CStr, number: u16) -> EtherProtocol {
    EtherProtocol { name: name.as_ptr(), number }
}

/// The ethertypes that `pcap_nametoeproto` knows; the last has no name.
#[unsafe(no_mangle)]
pub static eproto_db: [EtherProtocol; 13] = [
    row(c"aarp", 0x80f3),
    row(c"arp", 0x0806),
    row(c"atalk", 0x809b),
    row(c"decnet", 0x6003),
    row(c"ip", 0x0800),
    row(c"ip6", 0x86dd),
    row(c"lat", 0x6004),
    row(c"loopback", 0x9000),
    row(c"mopdl", 0x6001),
    row(c"moprc", 0x6002),
    row(c"rarp", 0x8035),
    row(c"sca", 0x6007),
    EtherProtocol { name: ptr::null(), number: 0 },
];

/// The ethertype of a name; -1 if nothing is called so.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametoeproto(name: Text) -> c_int {
    const KNOWN: [(&str, c_int); 12] = [
        ("aarp", 0x80f3),
        ("arp", 0x0806),
        ("atalk", 0x809b),
        ("decnet", 0x6003),
        ("ip", 0x0800),
        ("ip6", 0x86dd),
        ("lat", 0x6004),
        ("loopback", 0x9000),
        ("mopdl", 0x6001),
        ("moprc", 0x6002),
        ("rarp", 0x8035),
        ("sca", 0x6007),
    ];
    number_of(&KNOWN, name)
}

/// The LLC service access point of a name; -1 if nothing is called so.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametollc(name: Text) -> c_int {
    const KNOWN: [(&str, c_int); 4] = [("iso", 0xfe), ("stp", 0x42), ("ipx", 0xe0), ("netbeui", 0xf0)];
    number_of(&KNOWN, name)
}

fn number_of(known: &[(&str, c_int)], name: Text) -> c_int {
    let name = name.lossy();
    known.iter().find(|(known, _)| *known == name).map_or(UNDEFINED, |(_, number)| *number)
}

/// The IP protocol of a name; -1 if nothing is called so.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametoproto(name: Text) -> c_int {
    names().protocol(&name.lossy()).map_or(UNDEFINED, c_int::from)
}

/// The port of a name, and the protocol that it is of: undefined if TCP and UDP agree. 1 if there is one.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametoport(
    name: Text,
    port: Option<&mut MaybeUninit<c_int>>,
    protocol: Option<&mut MaybeUninit<c_int>>,
) -> c_int {
    let Some((number, of)) = port_of(&name.lossy()) else { return 0 };
    port.map(|to| to.write(number));
    protocol.map(|to| to.write(of));
    1
}

/// The ports of a text like `80-90` or `http-https`, and the protocol that they are of. 1 if there are any.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametoportrange(
    name: Text,
    first: Option<&mut MaybeUninit<c_int>>,
    last: Option<&mut MaybeUninit<c_int>>,
    protocol: Option<&mut MaybeUninit<c_int>>,
) -> c_int {
    let text = name.lossy();
    let ends = text.split_once('-').and_then(|(from, to)| port_of(from).zip(port_of(to)));
    let Some(((from, a), (to, b))) = ends else { return 0 };
    // Of two protocols, it is of any.
    let of = if a == b { a } else { UNDEFINED };
    first.map(|place| place.write(from));
    last.map(|place| place.write(to));
    protocol.map(|place| place.write(of));
    1
}

/// The port of a name or number, and the protocol that it is of.
fn port_of(name: &str) -> Option<(c_int, c_int)> {
    if let Ok(number) = name.parse::<u16>() {
        return Some((number.into(), UNDEFINED));
    }
    let known = names().port(name);
    match (known.tcp, known.udp) {
        (Some(tcp), Some(udp)) if tcp == udp => Some((tcp.into(), UNDEFINED)),
        // Of two ports it can only be one.
        (Some(tcp), _) => Some((tcp.into(), libc::IPPROTO_TCP)),
        (None, Some(udp)) => Some((udp.into(), libc::IPPROTO_UDP)),
        (None, None) => None,
    }
}

/// The addresses of a host, in a list that `freeaddrinfo` frees; null if there are none.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametoaddrinfo(name: Text) -> *mut addrinfo {
    let Some(host) = name.get() else { return ptr::null_mut() };
    let hints = addrinfo {
        ai_flags: 0,
        ai_family: libc::AF_UNSPEC,
        // Any would do; without one, each address comes once for every kind of socket.
        ai_socktype: libc::SOCK_STREAM,
        ai_protocol: libc::IPPROTO_TCP,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
    };
    let mut list = ptr::null_mut();
    // SAFETY: a text that ends in a zero byte, hints that are all set, and a place for the list.
    let status = unsafe { libc::getaddrinfo(host.as_ptr(), ptr::null(), &raw const hints, &raw mut list) };
    if status == 0 { list } else { ptr::null_mut() }
}

/// The IPv4 addresses of a host, in host byte order, in a list of pointers that ends in null and stays until the next
/// call of this thread; null if there are none.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametoaddr(name: Text) -> *mut *mut u32 {
    thread_local! {
        static FOUND: RefCell<(Vec<u32>, Vec<*mut u32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
    }
    let addresses = names().host(&name.lossy()).v4;
    if addresses.is_empty() {
        return ptr::null_mut();
    }
    FOUND.with_borrow_mut(|(numbers, places)| {
        *numbers = addresses.into_iter().map(u32::from).collect();
        *places = numbers.iter_mut().map(ptr::from_mut).chain([ptr::null_mut()]).collect();
        places.as_mut_ptr()
    })
}

/// The number of a network, in host byte order; 0 if nothing is called so.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_nametonetaddr(name: Text) -> u32 {
    names().network(&name.lossy()).unwrap_or(0)
}

/// The six bytes of a link-layer address that is written in any of the usual ways, to be freed with `free`; what is
/// missing at the end is 0. Null if it is no such thing.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_ether_aton(text: Text) -> *mut u8 {
    ether(&text.lossy()).map_or(ptr::null_mut(), |bytes| allocated_list(&bytes))
}

/// Bytes of one or two digits, with or without `:`, `.` or `-` between them.
fn ether(text: &str) -> Option<[u8; 6]> {
    let mut bytes = [0; 6];
    let mut rest = text;
    for to in &mut bytes {
        rest = rest.strip_prefix([':', '.', '-']).unwrap_or(rest);
        if rest.is_empty() {
            break;
        }
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
        let (number, behind) = rest.split_at_checked(digits)?;
        *to = u8::from_str_radix(number, 16).ok()?;
        rest = behind;
    }
    rest.is_empty().then_some(bytes)
}

/// The link-layer address of a name in the system's table, to be freed with `free`; null if nothing is called so.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_ether_hostton(name: Text) -> *mut u8 {
    names().ether_host(&name.lossy()).map_or(ptr::null_mut(), |bytes| allocated_list(&bytes))
}

/// A line of a table of link-layer addresses: `struct pcap_etherent`.
#[repr(C)]
pub struct EtherEntry {
    address: [u8; 6],
    name: [u8; 122],
}

/// The next line of such a table; null at its end. It stays until the next call of this thread.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_next_etherent(stream: Option<Stream>) -> *mut EtherEntry {
    thread_local! {
        static ENTRY: UnsafeCell<EtherEntry> = const {
            UnsafeCell::new(EtherEntry { address: [0; 6], name: [0; 122] })
        };
    }
    let Some(stream) = stream else { return ptr::null_mut() };
    while let Some(line) = line(stream) {
        let Some((address, name)) = entry(&line) else { continue };
        return ENTRY.with(|place| {
            let mut entry = EtherEntry { address, name: [0; 122] };
            // The last byte stays zero.
            for (to, from) in entry.name.iter_mut().take(121).zip(name.bytes()) {
                *to = from;
            }
            // SAFETY: the place is this thread's, and nobody keeps a reference to what is in it.
            unsafe { *place.get() = entry };
            place.get()
        });
    }
    ptr::null_mut()
}

/// The address and the name that a line gives, if it does.
fn entry(line: &str) -> Option<([u8; 6], &str)> {
    let mut words = line.split('#').next()?.split_ascii_whitespace();
    let (address, name) = (words.next()?, words.next()?);
    let all_six = address.split(':').count() == 6;
    Some((ether(address).filter(|_| all_six)?, name))
}

/// The next line, without its end; `None` at the end of the file.
fn line(stream: Stream) -> Option<String> {
    /// Nobody writes longer lines; what is behind belongs to the next.
    const LONGEST: usize = 65_536;
    let mut bytes = vec![stream.byte()?];
    while bytes.last() != Some(&b'\n') && bytes.len() < LONGEST {
        let Some(byte) = stream.byte() else { break };
        bytes.push(byte);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_layer_addresses_in_all_ways() {
        for text in ["aa:bb:cc:dd:ee:0f", "aabb.ccdd.ee0f", "aabbccddee0f", "AA-BB-CC-DD-EE-F"] {
            assert_eq!(ether(text), Some([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x0f]), "{text}");
        }
        assert_eq!(ether("1:2"), Some([1, 2, 0, 0, 0, 0]));
        for text in ["zz", "aabbccddeeff00", "aa:bb:cc:dd:ee:ff:", "aa::bb", "\u{e9}"] {
            assert_eq!(ether(text), None, "{text}");
        }
    }

    #[test]
    fn lines_of_a_table() {
        assert_eq!(entry("0:1:2:3:4:5\ta # b\n"), Some(([0, 1, 2, 3, 4, 5], "a")));
        for text in ["# 0:1:2:3:4:5 a", "0:1:2 a", "0:1:2:3:4:5", "", "000102030405 a"] {
            assert_eq!(entry(text), None, "{text}");
        }
    }

    #[test]
    fn a_table_row_is_two_words() {
        assert_eq!(size_of::<[EtherProtocol; 13]>(), 13 * 2 * size_of::<usize>());
        assert_eq!(size_of::<EtherEntry>(), 128);
    }
}

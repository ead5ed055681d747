//! What this machine says of itself and its interfaces, for a savefile to tell. Needs no privilege; what cannot be
//! found out is left out.

use gannet_pcap::savefile::Interface;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::SockaddrStorage;
use std::fs;
use std::path::{Path, PathBuf};

/// The machine: the name of its processor.
pub fn hardware() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    // Processors that are not x86 say less, under other names.
    ["model name", "Model", "Hardware", "cpu model", "cpu"].iter().find_map(|wanted| field(&text, wanted))
}

/// The operating system: `Linux 6.18.0`.
pub fn os() -> Option<String> {
    let kernel = Path::new("/proc/sys/kernel");
    Some(format!("{} {}", line(&kernel.join("ostype"))?, line(&kernel.join("osrelease"))?))
}

/// Fills in what there is to know of the interface `name`.
pub fn describe(name: &str, interface: &mut Interface) {
    interface.name = Some(name.to_owned());
    interface.os = os();
    for entry in getifaddrs().into_iter().flatten().filter(|entry| entry.interface_name == name) {
        let Some(address) = &entry.address else { continue };
        if let Some(link) = address.as_link_addr() {
            interface.mac = link.addr().filter(|_| link.halen() == 6 && !entry.flags.is_loopback());
        } else {
            add_address(interface, address, entry.netmask.as_ref());
        }
    }
    let Some(folder) = sysfs(name, interface.mac) else { return };
    interface.description = line(&folder.join("ifalias"));
    // Mbit/s; -1 where there is no telling.
    interface.speed = line(&folder.join("speed"))
        .and_then(|speed| speed.parse::<u64>().ok())
        .and_then(|speed| speed.checked_mul(1_000_000));
    interface.hardware = driver(&folder);
}

/// Whether an interface is a loopback.
trait Flags {
    fn is_loopback(&self) -> bool;
}

impl Flags for nix::net::if_::InterfaceFlags {
    fn is_loopback(&self) -> bool {
        self.contains(nix::net::if_::InterfaceFlags::IFF_LOOPBACK)
    }
}

fn add_address(interface: &mut Interface, address: &SockaddrStorage, mask: Option<&SockaddrStorage>) {
    if let Some(v4) = address.as_sockaddr_in() {
        let mask = mask.and_then(|mask| mask.as_sockaddr_in()).map_or([255; 4], |mask| mask.ip().octets());
        interface.ipv4.push((v4.ip().octets(), mask));
    } else if let Some(v6) = address.as_sockaddr_in6() {
        let mask = mask.and_then(|mask| mask.as_sockaddr_in6()).map_or(u128::MAX, |mask| mask.ip().to_bits());
        interface.ipv6.push((v6.ip().octets(), mask.leading_ones() as u8));
    }
}

/// Where sysfs tells of the interface. It may tell of another network namespace than the one we are in, in which
/// an interface of the same name is another one.
fn sysfs(name: &str, mac: Option<[u8; 6]>) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    let folder = Path::new("/sys/class/net").join(Some(name).filter(|_| plain)?);
    let index = line(&folder.join("ifindex"))?.parse().ok()?;
    let address = line(&folder.join("address"));
    let same_address = mac.is_none_or(|mac| {
        let mac: Vec<_> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        address == Some(mac.join(":"))
    });
    (if_nametoindex(name) == Ok(index) && same_address).then_some(folder)
}

/// The driver, and the numbers of vendor and device where it is on a bus that has them: `virtio_net 1af4:1000`.
fn driver(folder: &Path) -> Option<String> {
    let device = folder.join("device");
    let driver = fs::read_link(device.join("driver")).ok()?;
    let driver = driver.file_name()?.to_string_lossy().into_owned();
    let number = |name| line(&device.join(name)).and_then(|n| n.strip_prefix("0x").map(str::to_owned));
    Some(match (number("vendor"), number("device")) {
        (Some(vendor), Some(device)) => format!("{driver} {vendor}:{device}"),
        _ => driver,
    })
}

/// A file of one line; `None` if it is empty.
fn line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The first `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name && !value.trim().is_empty()).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_described() {
        let mut lo = Interface::default();
        describe("lo", &mut lo);
        assert_eq!((lo.name.as_deref(), lo.mac), (Some("lo"), None));
        assert!(lo.os.is_some_and(|os| os.starts_with("Linux ")));
        assert!(lo.ipv4.iter().all(|(address, mask)| address[0] == 127 && mask[0] == 255));
    }

    #[test]
    fn no_interface_of_that_name_says_nothing() {
        let mut none = Interface::default();
        describe("../lo", &mut none);
        assert!(none.mac.is_none() && none.speed.is_none() && none.ipv4.is_empty());
    }

    #[test]
    fn the_processor_has_a_name() {
        let text = "processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n";
        assert_eq!(field(text, "model name").as_deref(), Some("A Processor @ 2 GHz"));
        assert_eq!(field(text, "Model"), None);
    }
}

//! What there is to capture on: the interfaces, and all of them together.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::link::{ANY, is_wireless};
use crate::sys::{interfaces, socket};

pub use crate::sys::interfaces::HardwareAddress;

/// Something to capture on.
///
/// `Display` gives what follows the number on a line of `-D`: `eth0 [Up, Running, Connected]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The name to open it by.
    pub name: String,
    /// What it is, for devices whose name does not say.
    pub description: Option<&'static str>,
    /// Set up by the administrator (`IFF_UP`).
    pub up: bool,
    /// Able to carry packets (`IFF_RUNNING`).
    pub running: bool,
    /// Everything sent comes back (`IFF_LOOPBACK`).
    pub loopback: bool,
    /// Wireless, of whatever kind.
    pub wireless: bool,
    /// Whether something is at the other end.
    pub connection: Connection,
    /// Addresses of its hardware.
    pub hardware: Vec<Hardware>,
    /// Addresses, in the kernel's order.
    pub addresses: Vec<Address>,
}

/// An address of a device's hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// The address.
    pub address: HardwareAddress,
    /// The one that everybody on the link hears.
    pub broadcast: Option<HardwareAddress>,
}

/// Whether an interface is plugged in, or associated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The question could not be answered.
    Unknown,
    /// It is.
    Connected,
    /// It is not.
    Disconnected,
    /// The question makes no sense.
    NotApplicable,
}

/// One address of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub address: IpAddr,
    /// Its network mask.
    pub netmask: Option<IpAddr>,
    /// Its broadcast address.
    pub broadcast: Option<IpAddr>,
    /// The other end of a point-to-point link.
    pub peer: Option<IpAddr>,
}

/// Every device, in the order in which libpcap lists them: the likeliest to capture on first, else as the kernel
/// has them. Needs no privilege.
///
/// # Errors
/// What the kernel says to the question for its interfaces.
pub fn devices() -> io::Result<Vec<Device>> {
    let mut list = interfaces()?;
    list.push(any());
    // Stable, so that ties keep the kernel's order.
    list.sort_by_key(Device::rank);
    Ok(list)
}

/// The first IPv4 address of the interface `name`, and its mask; `None` if it has none. All interfaces together
/// have 0.0.0.0 and the mask 0.0.0.0.
///
/// # Errors
/// As [`devices`].
pub fn network(name: &str) -> io::Result<Option<(Ipv4Addr, Ipv4Addr)>> {
    if name == ANY {
        return Ok(Some((Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED)));
    }
    let entries = interfaces::entries()?;
    Ok(entries.iter().filter(|e| e.name == name).find_map(|e| match (e.address, e.netmask) {
        (Some(IpAddr::V4(addr)), Some(IpAddr::V4(mask))) => Some((addr, mask)),
        _ => None,
    }))
}

impl Device {
    /// Smaller is listed earlier.
    fn rank(&self) -> u32 {
        let unplugged = !self.wireless && self.connection == Connection::Disconnected;
        let any = self.name == ANY;
        [!self.running, !self.up, unplugged, self.loopback, any]
            .into_iter()
            .fold(0, |r, b| r << 1 | u32::from(b))
    }

    fn connection_text(&self) -> Option<&'static str> {
        match (self.connection, self.wireless) {
            (Connection::Unknown, true) => Some("Association status unknown"),
            (Connection::Connected, true) => Some("Associated"),
            (Connection::Disconnected, true) => Some("Not associated"),
            (Connection::Unknown, false) => Some("Connection status unknown"),
            (Connection::Connected, false) => Some("Connected"),
            (Connection::Disconnected, false) => Some("Disconnected"),
            (Connection::NotApplicable, _) => None,
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(description) = self.description {
            write!(f, " ({description})")?;
        }
        let flags = [
            (self.up, "Up"),
            (self.running, "Running"),
            (self.loopback, "Loopback"),
            (self.wireless, "Wireless"),
        ];
        let mut words: Vec<_> = flags.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
        // Nothing known at all: then nothing is said.
        if words.is_empty() && self.connection == Connection::Unknown {
            return Ok(());
        }
        if words.is_empty() {
            words.push("none");
        }
        words.extend(self.connection_text());
        write!(f, " [{}]", words.join(", "))
    }
}

/// A file of sysfs about an interface, without the space at its end; `None` if there is none.
pub(crate) fn attribute(interface: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path(interface, name)?).ok()?;
    Some(text.trim_end().to_owned())
}

/// The same file, to be read more than once.
pub(crate) fn attribute_file(interface: &str, name: &str) -> Option<fs::File> {
    fs::File::open(path(interface, name)?).ok()
}

/// Whether sysfs has a file, or a directory, of this name about an interface.
pub(crate) fn has_attribute(interface: &str, name: &str) -> bool {
    path(interface, name).is_some_and(|p| p.exists())
}

/// The path of such a file, if `interface` can be the name of one at all.
fn path(interface: &str, name: &str) -> Option<PathBuf> {
    let plain = !interface.is_empty() && !interface.contains('/') && interface != "." && interface != "..";
    plain.then(|| PathBuf::from("/sys/class/net").join(interface).join(name))
}

fn any() -> Device {
    Device {
        name: ANY.to_owned(),
        description: Some("Pseudo-device that captures on all interfaces"),
        up: true,
        running: true,
        loopback: false,
        wireless: false,
        connection: Connection::NotApplicable,
        hardware: Vec::new(),
        addresses: Vec::new(),
    }
}

/// The interfaces, in the order in which the kernel first names them.
fn interfaces() -> io::Result<Vec<Device>> {
    let control = socket::control()?;
    let mut list: Vec<Device> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in interfaces::entries()? {
        let name = without_alias(&entry.name);
        let place = *places.entry(name.to_owned()).or_insert_with(|| {
            list.push(interface(&control, name, entry.flags));
            list.len() - 1
        });
        let Some(device) = list.get_mut(place) else { continue };
        let broadcast = entry.hardware_broadcast;
        device.hardware.extend(entry.hardware.map(|address| Hardware { address, broadcast }));
        let Some(address) = entry.address else { continue };
        let (netmask, broadcast, peer) = (entry.netmask, entry.broadcast, entry.peer);
        device.addresses.push(Address { address, netmask, broadcast, peer });
    }
    Ok(list)
}

/// `eth0:1` is `eth0`: a name for one of its addresses.
fn without_alias(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((interface, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => interface,
        _ => name,
    }
}

fn interface(control: &impl std::os::fd::AsFd, name: &str, flags: u32) -> Device {
    let has = |flag: libc::c_int| flags & flag as u32 != 0;
    let loopback = has(libc::IFF_LOOPBACK);
    Device {
        name: name.to_owned(),
        description: None,
        up: has(libc::IFF_UP),
        running: has(libc::IFF_RUNNING),
        loopback,
        wireless: !loopback && (is_wireless(name) || has_radio_type(name)),
        connection: if loopback { Connection::NotApplicable } else { connection(control, name) },
        hardware: Vec::new(),
        addresses: Vec::new(),
    }
}

/// Whether the hardware type is one of the wireless ones.
fn has_radio_type(name: &str) -> bool {
    const ARPHRD_IEEE802154_MONITOR: u16 = 805;
    const ARPHRD_6LOWPAN: u16 = 825;
    let radio = [
        libc::ARPHRD_IRDA,
        libc::ARPHRD_IEEE80211,
        libc::ARPHRD_IEEE80211_PRISM,
        libc::ARPHRD_IEEE80211_RADIOTAP,
        libc::ARPHRD_IEEE802154,
        ARPHRD_IEEE802154_MONITOR,
        ARPHRD_6LOWPAN,
    ];
    attribute(name, "type").and_then(|t| t.parse().ok()).is_some_and(|t: u16| radio.contains(&t))
}

fn connection(control: &impl std::os::fd::AsFd, name: &str) -> Connection {
    match socket::has_link(control, name) {
        Ok(true) => Connection::Connected,
        Ok(false) => Connection::Disconnected,
        Err(error) => match error.raw_os_error() {
            Some(libc::EOPNOTSUPP | libc::EINVAL) => Connection::NotApplicable,
            _ => Connection::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, up: bool, running: bool, connection: Connection) -> Device {
        Device { name: name.to_owned(), description: None, up, running, connection, ..any() }
    }

    #[test]
    fn lines_are_worded_as_tcpdump_words_them() {
        assert_eq!(any().to_string(), "any (Pseudo-device that captures on all interfaces) [Up, Running]");
        let text = |up, running, connection| device("x", up, running, connection).to_string();
        assert_eq!(text(true, true, Connection::Connected), "x [Up, Running, Connected]");
        assert_eq!(text(true, false, Connection::Disconnected), "x [Up, Disconnected]");
        assert_eq!(text(false, false, Connection::Disconnected), "x [none, Disconnected]");
        assert_eq!(text(false, false, Connection::NotApplicable), "x [none]");
        assert_eq!(text(false, false, Connection::Unknown), "x");
        let wireless = Device { wireless: true, ..device("w", true, true, Connection::Unknown) };
        assert_eq!(wireless.to_string(), "w [Up, Running, Wireless, Association status unknown]");
    }

    #[test]
    fn the_likeliest_device_is_first() {
        let mut list = [
            device("down", false, false, Connection::NotApplicable),
            Device { loopback: true, ..device("lo", true, true, Connection::NotApplicable) },
            device("unplugged", true, true, Connection::Disconnected),
            any(),
            device("eth0", true, true, Connection::Connected),
        ];
        list.sort_by_key(Device::rank);
        assert_eq!(list.each_ref().map(|d| d.name.as_str()), ["eth0", "any", "lo", "unplugged", "down"]);
    }

    #[test]
    fn aliases_are_their_interface() {
        assert_eq!(without_alias("eth0:1"), "eth0");
        assert_eq!(without_alias("eth0:x"), "eth0:x");
        assert_eq!(without_alias("eth0"), "eth0");
    }
}

//! Monitor mode: hearing all that is in the air on a radio's channel.
//!
//! A wireless interface hears what is for its network. To hear the rest, a second interface of the kind *monitor* is put
//! on its radio, by generic netlink (`linux/nl80211.h`), and captured from. It belongs to the netlink socket that made it
//! (`NL80211_ATTR_SOCKET_OWNER`): when that is closed the kernel takes it away, also from a process that was killed.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::devices::has_attribute;
use crate::error::OpenError;
use crate::link::ANY;
use crate::netlink::{self, attribute, attributes};
use crate::sys::socket;

/// So many names are tried: `mon0`, `mon1`, ..
const NAMES: u32 = 1000;

const NL80211_CMD_NEW_INTERFACE: u8 = 7;
const NL80211_ATTR_IFINDEX: u16 = 3;
const NL80211_ATTR_IFNAME: u16 = 4;
const NL80211_ATTR_IFTYPE: u16 = 5;
const NL80211_ATTR_SOCKET_OWNER: u16 = 204;
const NL80211_IFTYPE_MONITOR: u32 = 6;
/// The family whose commands tell of the others (`linux/genetlink.h`).
const GENL_ID_CTRL: u16 = 16;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;

/// Whether an interface is one of a radio that can be asked for monitor mode. Whether it grants it, only trying tells.
pub fn can_monitor(name: &str) -> bool {
    name != ANY && has_attribute(name, "phy80211")
}

/// A monitor interface of our own, which is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Monitor {
    name: String,
    /// Whose it is.
    _owner: OwnedFd,
}

impl Monitor {
    /// Puts one on the radio of the interface `name`, and brings it up. `control` is a socket to ask about interfaces with.
    pub fn beside(name: &str, control: impl AsFd) -> Result<Self, OpenError> {
        if !can_monitor(name) {
            return Err(OpenError::NoMonitorMode);
        }
        let index = socket::index(&control, name).map_err(|e| OpenError::from_call("SIOCGIFINDEX", e))?;
        let owner = socket::netlink(libc::NETLINK_GENERIC).map_err(|e| OpenError::from_call("socket", e))?;
        let family = family(&owner, "nl80211").map_err(|e| OpenError::from_call("nl80211", e))?;
        let monitor = Self { name: add(&owner, family, index, &control)?, _owner: owner };
        let up = socket::flags(&control, &monitor.name)
            .and_then(|flags| socket::set_flags(&control, &monitor.name, flags | libc::IFF_UP as u16));
        up.map_err(|error| refused("SIOCSIFFLAGS", error))?;
        Ok(monitor)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Adds an interface to the radio that the one with this number is on, under the first name that is free.
fn add(owner: &OwnedFd, family: u16, index: u32, control: impl AsFd) -> Result<String, OpenError> {
    for name in (0..NAMES).map(|n| format!("mon{n}")) {
        if socket::index(&control, &name).is_ok() {
            continue;
        }
        match command(owner, family, NL80211_CMD_NEW_INTERFACE, &wanted(index, &name)) {
            Ok(_) => return Ok(name),
            // Somebody else was faster.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EEXIST | libc::ENFILE)) => {}
            Err(error) => return Err(refused("NL80211_CMD_NEW_INTERFACE", error)),
        }
    }
    let source = io::Error::other("No free monN interfaces");
    Err(OpenError::System { call: "NL80211_CMD_NEW_INTERFACE", source })
}

/// What the interface is to be.
fn wanted(index: u32, name: &str) -> Vec<u8> {
    [
        attribute(NL80211_ATTR_IFINDEX, &index.to_ne_bytes()),
        attribute(NL80211_ATTR_IFNAME, &[name.as_bytes(), &[0]].concat()),
        attribute(NL80211_ATTR_IFTYPE, &NL80211_IFTYPE_MONITOR.to_ne_bytes()),
        attribute(NL80211_ATTR_SOCKET_OWNER, &[]),
    ]
    .concat()
}

fn refused(call: &'static str, source: io::Error) -> OpenError {
    match source.raw_os_error() {
        Some(libc::EPERM) => OpenError::NotPermitted { call, capability: "CAP_NET_ADMIN", source },
        // A radio that cannot.
        Some(libc::EOPNOTSUPP) => OpenError::NoMonitorMode,
        _ => OpenError::from_call(call, source),
    }
}

/// The number of a family of generic netlink; `NotFound` if the kernel has no such family.
fn family(fd: &OwnedFd, name: &str) -> io::Result<u16> {
    let name = attribute(CTRL_ATTR_FAMILY_NAME, &[name.as_bytes(), &[0]].concat());
    let told = command(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, &name)?;
    let id = attributes(&told).find(|(kind, _)| *kind == CTRL_ATTR_FAMILY_ID);
    let id = id.and_then(|(_, value)| Some(u16::from_ne_bytes(*value.first_chunk()?)));
    id.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))
}

/// Has a command done, and gives the attributes that are told in return.
fn command(fd: &OwnedFd, family: u16, command: u8, attributes: &[u8]) -> io::Result<Vec<u8>> {
    /// The length of `struct genlmsghdr`: the command, a version that no family looks at, two bytes of nothing.
    const HEADER: usize = 4;
    const VERSION: u8 = 1;
    let mut told = Vec::new();
    let body = [&[command, VERSION, 0, 0], attributes].concat();
    netlink::ask(fd, &netlink::request(family, netlink::ACKNOWLEDGE, &body), |_, body| {
        told = body.get(HEADER..).unwrap_or_default().to_vec();
    })?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_without_a_radio_has_no_monitor_mode() {
        for name in [ANY, "lo", "no-such-device", "../net/lo"] {
            assert!(!can_monitor(name), "{name:?}");
            let refused = Monitor::beside(name, socket::control().unwrap()).unwrap_err();
            assert!(matches!(refused, OpenError::NoMonitorMode), "{name:?}");
        }
    }

    /// The kernel itself understands what is asked: the family of families has always the same number.
    #[test]
    fn families_are_found_by_name() {
        let fd = socket::netlink(libc::NETLINK_GENERIC).unwrap();
        assert_eq!(family(&fd, "nlctrl").unwrap(), GENL_ID_CTRL);
        assert_eq!(family(&fd, "no such").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(family(&fd, "nlctrl").unwrap(), GENL_ID_CTRL);
    }

    #[test]
    fn the_interface_asked_for_dies_with_its_socket() {
        let bytes = wanted(7, "mon12");
        let all: Vec<_> = attributes(&bytes).collect();
        assert_eq!(
            all,
            [
                (3, &7u32.to_ne_bytes()[..]),
                (4, b"mon12\0"),
                (5, &6u32.to_ne_bytes()),
                (NL80211_ATTR_SOCKET_OWNER, &[]),
            ]
        );
    }

    #[test]
    fn who_may_not_is_told_what_is_missing() {
        let error = refused("x", io::Error::from_raw_os_error(libc::EPERM));
        assert!(matches!(error, OpenError::NotPermitted { capability: "CAP_NET_ADMIN", .. }));
        let error = refused("x", io::Error::from_raw_os_error(libc::EOPNOTSUPP));
        assert_eq!(
            (error.status(), error.to_string().as_str()),
            (-6, "That device doesn't support monitor mode")
        );
    }
}

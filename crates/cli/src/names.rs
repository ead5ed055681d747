//! The names of hosts, ports and protocols, as the printer asks for them.

use gannet_pcap::Names;
use gannet_printer::dissect::Transport;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Lends the system's names to the printer.
pub struct Spoken {
    pub names: Arc<Names>,
    /// `-N`: host names without their domain.
    pub short: bool,
    /// `-f`: the address and mask of the network whose IPv4 hosts have names. The others are shown as numbers.
    pub local: Option<(Ipv4Addr, Ipv4Addr)>,
}

impl Spoken {
    /// Whether the name of a host is asked for.
    fn is_known_here(&self, addr: IpAddr) -> bool {
        match (self.local, addr) {
            (Some((network, mask)), IpAddr::V4(addr)) => (addr & mask) == (network & mask),
            _ => true,
        }
    }
}

impl gannet_printer::Names for Spoken {
    fn host(&self, addr: IpAddr, text: &mut Vec<u8>) -> bool {
        if !self.is_known_here(addr) {
            return false;
        }
        let Some(name) = self.names.host_name(addr) else { return false };
        let name = if self.short { name.split('.').next().unwrap_or(&name) } else { &name };
        text.extend_from_slice(name.as_bytes());
        true
    }

    fn port(&self, transport: Transport, port: u16, text: &mut Vec<u8>) -> bool {
        let transport = match transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
            Transport::Sctp => "sctp",
            Transport::Dccp => "dccp",
        };
        say(self.names.port_name(transport, port), text)
    }

    fn protocol(&self, number: u8, text: &mut Vec<u8>) -> bool {
        say(self.names.protocol_name(number), text)
    }

    fn rpc_program(&self, number: u32, text: &mut Vec<u8>) -> bool {
        say(self.names.rpc_program_name(number), text)
    }

    fn mac(&self, addr: [u8; 6], text: &mut Vec<u8>) -> bool {
        if addr == [0xff; 6] {
            return say(Some("Broadcast"), text);
        }
        say(self.names.ether_name(addr), text)
    }
}

/// What this machine calls the network interface of an index: writes the name, gives its length, or 0.
pub fn interface(index: u32, name: &mut [u8; 16]) -> usize {
    let Ok(known) = nix::net::if_::if_indextoname(index) else { return 0 };
    let known = known.as_bytes();
    match name.get_mut(..known.len()) {
        Some(place) => place.copy_from_slice(known),
        None => return 0,
    }
    known.len()
}

/// The same name, to be kept.
pub fn interface_of(index: u32) -> Option<String> {
    let mut name = [0; 16];
    let length = interface(index, &mut name);
    let name = String::from_utf8_lossy(name.get(..length)?).into_owned();
    Some(name).filter(|name| !name.is_empty())
}

fn say(name: Option<&str>, text: &mut Vec<u8>) -> bool {
    if let Some(name) = name {
        text.extend_from_slice(name.as_bytes());
    }
    name.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreigners_have_no_names() {
        let local = Some(([192, 0, 2, 9].into(), [255, 255, 255, 0].into()));
        let spoken = |local| Spoken { names: Names::system(), short: false, local };
        let known = |local, addr: &str| spoken(local).is_known_here(addr.parse().unwrap());
        assert!(known(local, "192.0.2.200") && known(local, "2001:db8::1"));
        assert!(!known(local, "192.0.3.9"));
        assert!(known(None, "192.0.3.9"));
    }
}

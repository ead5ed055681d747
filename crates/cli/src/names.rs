//! The names of hosts, ports and protocols, as the printer asks for them.

use gannet_pcap::Names;
use gannet_printer::dissect::Transport;
use std::net::IpAddr;
use std::sync::Arc;

/// Lends the system's names to the printer.
pub struct Spoken {
    pub names: Arc<Names>,
    /// `-N`: host names without their domain.
    pub short: bool,
}

impl gannet_printer::Names for Spoken {
    fn host(&self, addr: IpAddr, text: &mut Vec<u8>) -> bool {
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

fn say(name: Option<&str>, text: &mut Vec<u8>) -> bool {
    if let Some(name) = name {
        text.extend_from_slice(name.as_bytes());
    }
    name.is_some()
}

//! Names: the only place that looks any up.
//!
//! Services, protocols, RPC programs, networks and link-layer addresses come from the files that the system keeps them in,
//! each read once when it is first needed; hosts from the system's resolver, each asked once.

mod files;

use gannet_filter::names::{Addresses, Names as FilterNames, Ports};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex};

/// Hosts whose names are kept; when there are more, all are forgotten and asked for again.
const MOST_HOSTS: usize = 65_536;

/// The system's names.
pub struct Names {
    tables: LazyLock<files::Tables>,
    hosts: Mutex<HashMap<IpAddr, Option<Arc<str>>>>,
}

impl Default for Names {
    fn default() -> Self {
        Names { tables: LazyLock::new(files::Tables::read), hosts: Mutex::default() }
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    /// The names of this machine. Nothing is read before it is asked for.
    pub fn system() -> Arc<Names> {
        Arc::new(Names::default())
    }

    /// The name of a host. Asks the resolver, which may take as long as it likes, once for each address; nobody else
    /// waits for that.
    pub fn host_name(&self, addr: IpAddr) -> Option<Arc<str>> {
        let hosts = || self.hosts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(known) = hosts().get(&addr) {
            return known.clone();
        }
        // A resolver without a name answers with the address itself.
        let name = dns_lookup::lookup_addr(&addr).ok().filter(|name| name.parse::<IpAddr>().is_err());
        let name = name.map(|name| Arc::from(printable(&name)));
        let mut hosts = hosts();
        if hosts.len() >= MOST_HOSTS {
            hosts.clear();
        }
        // Who asked at the same time and was first has said a name already.
        hosts.entry(addr).or_insert(name).clone()
    }

    /// The hosts whose names were asked for and found, by address.
    pub fn known_hosts(&self) -> Vec<(IpAddr, Arc<str>)> {
        let hosts = self.hosts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut known: Vec<_> =
            hosts.iter().filter_map(|(addr, name)| Some((*addr, name.clone()?))).collect();
        known.sort();
        known
    }

    /// The name of a port of a transport (`tcp`, `udp`, ..).
    pub fn port_name(&self, transport: &str, port: u16) -> Option<&str> {
        self.tables.port_names.get(&(port, files::transport(transport)?)).map(String::as_str)
    }

    /// The name of an IP protocol.
    pub fn protocol_name(&self, number: u8) -> Option<&str> {
        self.tables.protocol_names.get(&number).map(String::as_str)
    }

    /// The name of a program that is called over ONC RPC.
    pub fn rpc_program_name(&self, number: u32) -> Option<&str> {
        self.tables.program_names.get(&number).map(String::as_str)
    }

    /// The names of all IP protocols, in no order.
    pub fn protocol_names(&self) -> impl Iterator<Item = &str> {
        self.tables.protocols.keys().map(String::as_str)
    }

    /// The names of all ports, in no order; one that several transports know comes several times.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        self.tables.ports.keys().map(|(name, _)| name.as_str())
    }

    /// The name of a link-layer address.
    pub fn ether_name(&self, addr: [u8; 6]) -> Option<&str> {
        self.tables.ether_names.get(&addr).map(String::as_str)
    }
}

/// Names come from a network that may be hostile: what could steer a terminal is taken out.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

impl FilterNames for Names {
    fn host(&self, name: &str) -> Addresses {
        let mut found = Addresses::default();
        for addr in dns_lookup::lookup_host(name).into_iter().flatten() {
            match addr {
                IpAddr::V4(v4) if !found.v4.contains(&v4) => found.v4.push(v4),
                IpAddr::V6(v6) if !found.v6.contains(&v6) => found.v6.push(v6),
                _ => {}
            }
        }
        found
    }

    fn network(&self, name: &str) -> Option<u32> {
        self.tables.networks.get(name).copied()
    }

    fn port(&self, name: &str) -> Ports {
        let port = |transport| self.tables.ports.get(&(name.to_owned(), transport)).copied();
        Ports {
            tcp: port(files::Transport::Tcp),
            udp: port(files::Transport::Udp),
            sctp: port(files::Transport::Sctp),
        }
    }

    fn protocol(&self, name: &str) -> Option<u8> {
        self.tables.protocols.get(name).copied()
    }

    fn ether_host(&self, name: &str) -> Option<[u8; 6]> {
        self.tables.ethers.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_name_that_the_machine_gives_it() {
        let names = Names::default();
        let local = names.host_name(IpAddr::from([127, 0, 0, 1]));
        if local.as_deref() != Some("localhost") {
            println!("SKIPPED: this machine does not call 127.0.0.1 localhost");
        }
        assert_eq!(local, names.host_name(IpAddr::from([127, 0, 0, 1])), "the second answer is the first");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{e9}"), "a?[2Jb?");
    }
}

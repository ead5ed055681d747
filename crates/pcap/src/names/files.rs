//! The files in which a machine keeps names: services(5), protocols(5), rpc(5), networks(5), ethers(5).
//!
//! A file that is missing or unreadable is an empty one; a line that makes no sense is passed over.

use std::collections::HashMap;
use std::fs;

/// A transport protocol that services are listed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Transport {
    Tcp,
    Udp,
    Sctp,
    Dccp,
}

/// The transport of this name.
pub fn transport(name: &str) -> Option<Transport> {
    Some(match name {
        "tcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        "sctp" => Transport::Sctp,
        "dccp" => Transport::Dccp,
        _ => return None,
    })
}

/// All tables, both ways; where a file says something twice, its first word counts.
#[derive(Debug, Default)]
pub struct Tables {
    pub ports: HashMap<(String, Transport), u16>,
    pub port_names: HashMap<(u16, Transport), String>,
    pub protocols: HashMap<String, u8>,
    pub protocol_names: HashMap<u8, String>,
    pub program_names: HashMap<u32, String>,
    pub networks: HashMap<String, u32>,
    pub ethers: HashMap<String, [u8; 6]>,
    pub ether_names: HashMap<[u8; 6], String>,
}

impl Tables {
    /// Reads the files of this machine.
    pub fn read() -> Self {
        let file = |name| fs::read_to_string(name).unwrap_or_default();
        let mut tables = Tables::default();
        tables.add_services(&file("/etc/services"));
        tables.add_protocols(&file("/etc/protocols"));
        tables.add_programs(&file("/etc/rpc"));
        tables.add_networks(&file("/etc/networks"));
        tables.add_ethers(&file("/etc/ethers"));
        tables
    }

    fn add_services(&mut self, text: &str) {
        for (name, value, aliases) in rows(text) {
            let Some((port, over)) = value.split_once('/') else { continue };
            let (Ok(port), Some(over)) = (port.parse(), transport(over)) else { continue };
            self.port_names.entry((port, over)).or_insert_with(|| name.to_owned());
            for name in aliases.chain([name]) {
                self.ports.entry((name.to_owned(), over)).or_insert(port);
            }
        }
    }

    fn add_protocols(&mut self, text: &str) {
        for (name, number, aliases) in rows(text) {
            let Ok(number) = number.parse() else { continue };
            self.protocol_names.entry(number).or_insert_with(|| name.to_owned());
            for name in aliases.chain([name]) {
                self.protocols.entry(name.to_owned()).or_insert(number);
            }
        }
    }

    fn add_programs(&mut self, text: &str) {
        for (name, number, _) in rows(text) {
            let Ok(number) = number.parse() else { continue };
            self.program_names.entry(number).or_insert_with(|| name.to_owned());
        }
    }

    fn add_networks(&mut self, text: &str) {
        for (name, number, aliases) in rows(text) {
            let Some(number) = network(number) else { continue };
            for name in aliases.chain([name]) {
                self.networks.entry(name.to_owned()).or_insert(number);
            }
        }
    }

    fn add_ethers(&mut self, text: &str) {
        for (addr, name, _) in rows(text) {
            let Some(addr) = mac(addr) else { continue };
            self.ether_names.entry(addr).or_insert_with(|| name.to_owned());
            self.ethers.entry(name.to_owned()).or_insert(addr);
        }
    }
}

/// The lines of a file as first word, second word, further words; what follows `#` is a comment.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str, impl Iterator<Item = &str>)> {
    text.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        Some((words.next()?, words.next()?, words))
    })
}

/// A network number with as many dotted parts as it needs: `10` and `192.168.1` keep the value that the parts
/// make, as getnetbyname(3) gives it.
fn network(text: &str) -> Option<u32> {
    let parts = text.split('.');
    if parts.clone().count() > 4 {
        return None;
    }
    let value =
        parts.into_iter().try_fold(0u32, |sum, part| Some(sum << 8 | u32::from(part.parse::<u8>().ok()?)))?;
    let zeros = value.trailing_zeros() / 8 * 8;
    Some(if text.split('.').count() == 4 && value != 0 { value >> zeros.min(24) } else { value })
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let mut addr = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut addr {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_names_and_aliases() {
        let mut tables = Tables::default();
        tables.add_services("# none\nhttp\t\t80/tcp\twww # web\ndomain 53/udp\nodd 1\nbad x/tcp\n");
        assert_eq!(tables.port_names[&(80, Transport::Tcp)], "http");
        assert_eq!(tables.ports[&("www".to_owned(), Transport::Tcp)], 80);
        assert_eq!(tables.ports.get(&("www".to_owned(), Transport::Udp)), None);
        assert_eq!(tables.port_names[&(53, Transport::Udp)], "domain");
        assert_eq!(tables.port_names.len(), 2);
    }

    #[test]
    fn programs_have_their_first_name() {
        let mut tables = Tables::default();
        tables.add_programs("# RPC\nportmapper\t100000\tportmap sunrpc\nother 100000\nodd x\n");
        assert_eq!(tables.program_names, HashMap::from([(100_000, "portmapper".to_owned())]));
    }

    #[test]
    fn networks_lose_their_trailing_zeros() {
        assert_eq!(network("10.0.0.0"), Some(10));
        assert_eq!(network("192.168.1.0"), Some(0xc0a801));
        assert_eq!(network("192.168"), Some(0xc0a8));
        assert_eq!(network("1.2.3.4.5"), None);
        assert_eq!(network("300"), None);
    }

    #[test]
    fn link_layer_addresses() {
        let mut tables = Tables::default();
        tables.add_ethers("0:1:2:a:b:ff router\n1:2:3 short\n");
        assert_eq!(tables.ethers["router"], [0, 1, 2, 10, 11, 255]);
        assert_eq!(tables.ether_names.len(), 1);
    }
}

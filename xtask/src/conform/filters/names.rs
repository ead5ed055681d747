//! The names that the conformance data assume.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use gannet_filter::Names;
use gannet_filter::names::{Addresses, Ports};

/// Ports by TCP, UDP and SCTP, as every `services` file has them.
const PORTS: &[(&str, u16, [bool; 3])] = &[
    ("ssh", 22, [true, false, false]),
    ("smtp", 25, [true, false, false]),
    ("domain", 53, [true, true, false]),
    ("bootps", 67, [false, true, false]),
    ("bootpc", 68, [false, true, false]),
    ("http", 80, [true, false, false]),
];

const PROTOCOLS: &[(&str, u8)] = &[
    ("ip", 0),
    ("icmp", 1),
    ("igmp", 2),
    ("tcp", 6),
    ("udp", 17),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("pim", 103),
    ("vrrp", 112),
    ("sctp", 132),
];

/// The hosts, ethers and networks of a folder.
#[derive(Default)]
pub struct FileNames {
    hosts: HashMap<String, Addresses>,
    ethers: HashMap<String, [u8; 6]>,
    networks: HashMap<String, u32>,
}

impl FileNames {
    /// Reads the three files; one that is missing is empty.
    pub fn read(folder: &Path) -> Self {
        let mut names = Self::default();
        for (address, name) in lines(&folder.join("hosts")) {
            let found = names.hosts.entry(name.to_lowercase()).or_default();
            if let Ok(v4) = address.parse::<Ipv4Addr>() {
                found.v4.push(v4);
            } else if let Ok(v6) = address.parse::<Ipv6Addr>() {
                found.v6.push(v6);
            }
        }
        for (address, name) in lines(&folder.join("ethers")) {
            let bytes: Vec<u8> = address.split(':').filter_map(|b| u8::from_str_radix(b, 16).ok()).collect();
            if let Ok(bytes) = bytes.try_into() {
                names.ethers.insert(name.to_lowercase(), bytes);
            }
        }
        for (name, address) in lines(&folder.join("networks")) {
            if let Ok(address) = address.parse::<Ipv4Addr>() {
                // getnetbyname keeps the zero bytes that the file writes out.
                names.networks.insert(name.to_lowercase(), u32::from(address));
            }
        }
        names
    }
}

fn lines(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let pair = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_string(), words.next()?.to_string()))
    };
    text.lines().filter_map(pair).collect()
}

impl Names for FileNames {
    fn host(&self, name: &str) -> Addresses {
        self.hosts.get(&name.to_lowercase()).cloned().unwrap_or_default()
    }

    fn network(&self, name: &str) -> Option<u32> {
        self.networks.get(&name.to_lowercase()).copied()
    }

    fn port(&self, name: &str) -> Ports {
        let found = PORTS.iter().find(|(n, ..)| *n == name);
        let [tcp, udp, sctp] = found.map_or([None; 3], |(_, port, by)| by.map(|has| has.then_some(*port)));
        Ports { tcp, udp, sctp }
    }

    fn protocol(&self, name: &str) -> Option<u8> {
        PROTOCOLS.iter().find(|(n, _)| *n == name).map(|(_, number)| *number)
    }

    fn ether_host(&self, name: &str) -> Option<[u8; 6]> {
        self.ethers.get(&name.to_lowercase()).copied()
    }
}

//! The conformance data, and the names that its cases assume.

use gannet_filter::names::{Addresses, Names, Ports};
use gannet_filter::{LinkType, Target};
use serde_json::Value;
use std::path::PathBuf;

/// The folder of libpcap's cases, if it is here.
pub fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("GANNET_CONFORMANCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"));
    let folder = root.join("libpcap");
    folder.is_dir().then_some(folder)
}

/// The cases of one file; says so out loud if they are not here.
pub fn cases(file: &str) -> Vec<Value> {
    let Some(folder) = folder() else {
        println!("SKIPPED: no conformance data (set GANNET_CONFORMANCE)");
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join(file)).expect("readable");
    serde_json::from_str(&text).expect("JSON")
}

/// What a case is compiled for; `None` if it is about no link type.
pub fn target(case: &Value) -> Option<Target> {
    let link = LinkType::from_name(case["dlt"].as_str()?)?;
    let mut target = Target::new(link);
    if let Some(snaplen) = case["snaplen"].as_u64() {
        target.snaplen = snaplen as u32;
    }
    target.netmask =
        case["netmask"].as_str().map(|mask| mask.parse::<std::net::Ipv4Addr>().expect("a mask").to_bits());
    target.linux_extensions = case["linux_extensions"].as_bool().unwrap_or(false);
    target.swapped = case["offline_order"].as_str().map(|order| order == "swapped");
    Some(target)
}

/// The names of the data's `etc` folder, and the services and protocols that everybody has.
pub struct Etc {
    hosts: String,
    ethers: String,
    networks: String,
}

impl Etc {
    pub fn new() -> Self {
        let read = |file: &str| {
            folder().and_then(|folder| std::fs::read_to_string(folder.join("etc").join(file)).ok())
        };
        Self {
            hosts: read("hosts").unwrap_or_default(),
            ethers: read("ethers").unwrap_or_default(),
            networks: read("networks").unwrap_or_default(),
        }
    }
}

/// The lines of `table` with `name` in column `named`, split into columns.
fn lines<'t>(table: &'t str, name: &'t str, named: usize) -> impl Iterator<Item = Vec<&'t str>> {
    table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(move |columns| columns.get(named).is_some_and(|own| own.eq_ignore_ascii_case(name)))
}

impl Names for Etc {
    fn host(&self, name: &str) -> Addresses {
        let mut found = Addresses::default();
        for columns in lines(&self.hosts, name, 1) {
            if let Ok(address) = columns[0].parse() {
                found.v4.push(address);
            } else {
                found.v6.push(columns[0].parse().expect("an address"));
            }
        }
        found
    }

    fn network(&self, name: &str) -> Option<u32> {
        let columns = lines(&self.networks, name, 0).next()?;
        let mut number = columns[1].parse::<std::net::Ipv4Addr>().expect("an address").to_bits();
        while number != 0 && number & 0xff == 0 {
            number >>= 8;
        }
        Some(number)
    }

    fn port(&self, name: &str) -> Ports {
        let both = |port| Ports { tcp: Some(port), udp: Some(port), sctp: None };
        let tcp = |port| Ports { tcp: Some(port), udp: None, sctp: None };
        let udp = |port| Ports { tcp: None, udp: Some(port), sctp: None };
        match name {
            "domain" => both(53),
            "http" => tcp(80),
            "https" => both(443),
            "smtp" => tcp(25),
            "ssh" => tcp(22),
            "telnet" => tcp(23),
            "ftp" => tcp(21),
            "tftp" => udp(69),
            "bootps" => udp(67),
            "bootpc" => udp(68),
            "snmp" => both(161),
            "exec" => tcp(512),
            "biff" => udp(512),
            _ => Ports::default(),
        }
    }

    fn protocol(&self, name: &str) -> Option<u8> {
        Some(match name {
            "icmp" => 1,
            "igmp" => 2,
            "tcp" => 6,
            "igp" => 9,
            "udp" => 17,
            "gre" => 47,
            "esp" => 50,
            "ah" => 51,
            "ipv6-icmp" => 58,
            "pim" => 103,
            "vrrp" => 112,
            "sctp" => 132,
            _ => return None,
        })
    }

    fn ether_host(&self, name: &str) -> Option<[u8; 6]> {
        let columns = lines(&self.ethers, name, 1).next()?;
        let bytes: Vec<u8> =
            columns[0].split(':').map(|byte| u8::from_str_radix(byte, 16).expect("a byte")).collect();
        bytes.try_into().ok()
    }
}

//! Who listens: the packet sockets of this network namespace, the processes that hold them, the filters on them.

use gannet_capture::attached::{self, Filter, PacketSocket};
use std::collections::HashMap;
use std::fs;
use std::io;

/// A packet socket, what is known of its filter, and who holds it.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The socket.
    pub socket: PacketSocket,
    /// The name of the interface that it hears; `None` for all of them, or for one that has gone.
    pub interface: Option<String>,
    /// Its filter.
    pub filter: Filter,
    /// The processes that hold it, as far as this one may look into them.
    pub processes: Vec<Process>,
}

/// A process that holds a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// What it is called, at most 15 bytes of it, without what could steer a terminal.
    pub name: String,
    /// The descriptor that the socket has there.
    pub descriptor: u32,
}

/// What the kernel tells of packet sockets.
#[derive(Debug)]
pub struct Survey {
    /// All of them, in the kernel's order.
    pub sockets: Vec<Attached>,
    /// Why the kernel tells nothing of filters, if it does not; then all are [`Filter::Hidden`].
    pub untold: Option<io::Error>,
}

/// Finds all packet sockets of this network namespace.
///
/// # Errors
/// When the kernel does not list them.
pub fn survey() -> io::Result<Survey> {
    let sockets = attached::sockets()?;
    let (filters, untold) = match attached::filters() {
        Ok(filters) => (filters, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let mut filters: HashMap<_, _> = filters.into_iter().collect();
    let mut holders = holders();
    let interfaces = interfaces();
    let describe = |socket: PacketSocket| Attached {
        socket,
        interface: interfaces.get(&socket.interface).cloned(),
        filter: filters.remove(&socket.inode).unwrap_or(Filter::Hidden),
        processes: holders.remove(&socket.inode).unwrap_or_default(),
    };
    Ok(Survey { sockets: sockets.into_iter().map(describe).collect(), untold })
}

/// The names of the interfaces by their numbers.
fn interfaces() -> HashMap<u32, String> {
    let one = |entry: fs::DirEntry| {
        let number = fs::read_to_string(entry.path().join("ifindex")).ok()?.trim().parse().ok()?;
        Some((number, printable(&entry.file_name().to_string_lossy())))
    };
    fs::read_dir("/sys/class/net").into_iter().flatten().flatten().filter_map(one).collect()
}

/// The processes by the inodes of the sockets that they hold, as far as this one may look into them.
fn holders() -> HashMap<u32, Vec<Process>> {
    let mut holders: HashMap<u32, Vec<Process>> = HashMap::new();
    let numbers = |path: &str| -> Vec<u32> {
        let names = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok()).collect()
    };
    for id in numbers("/proc") {
        for descriptor in numbers(&format!("/proc/{id}/fd")) {
            let target = fs::read_link(format!("/proc/{id}/fd/{descriptor}")).unwrap_or_default();
            let inode = target
                .to_str()
                .and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            let Some(inode) = inode else { continue };
            let name = fs::read(format!("/proc/{id}/comm")).unwrap_or_default();
            let name = printable(String::from_utf8_lossy(&name).trim_end_matches('\n'));
            holders.entry(inode).or_default().push(Process { id, name, descriptor });
        }
    }
    holders
}

/// Processes choose their names themselves: what could steer a terminal is taken out.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

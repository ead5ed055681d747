//! A network of one's own, for tests: namespaces that need no privilege, virtual interfaces, hand-made frames.
//!
//! A test calls [`in_namespace`] with its own name and what it wants to do. That starts the test's program again,
//! in a user and a network namespace of its own, to run that test only. Where the kernel refuses such namespaces,
//! the test says `SKIPPED` on standard error, past the test harness, and ends.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gannet_bpf::{Instruction, opcode};

use crate::frame::reported_tag;
use crate::sys::{namespace, receive, socket};

/// Set in the process that is in the namespace.
const INSIDE: &str = "GANNET_TEST_NAMESPACE";

/// Runs `body` in a network namespace with nothing in it but `lo`, which is up. `test` is the name of the calling
/// test, as `cargo test` prints it.
///
/// # Panics
/// When the body does.
pub fn in_namespace(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        settle();
        return body();
    }
    match again(test, namespaced) {
        Ok(output) => check(test, &output),
        Err(error) => skip(test, &error),
    }
}

/// Whether this is the process in the namespace, and not the one that started it.
pub fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs `body` without any capability, in a network namespace of its own.
///
/// # Panics
/// When the body does.
pub fn without_capabilities(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let prepare = |command: &mut Command| {
        let started = namespaced(command);
        namespace::without_capabilities(command);
        started
    };
    match again(test, prepare) {
        Ok(output) => check(test, &output),
        Err(error) => skip(test, &error),
    }
}

/// Makes `command` start in user and network namespaces of its own, or, where there are no user namespaces for us
/// but we are root, in a network namespace of its own.
///
/// # Errors
/// When the kernel refuses both.
pub fn namespaced(command: &mut Command) -> io::Result<()> {
    let allowed = |user| {
        let mut probe = Command::new("/proc/self/exe");
        // Any program would do: it is the start that is tried.
        probe.arg("--list").stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        namespace::detach(&mut probe, user);
        probe.status()
    };
    let user = match allowed(true) {
        Ok(_) => true,
        Err(error) => allowed(false).map(|_| false).map_err(|_| error)?,
    };
    namespace::detach(command, user);
    Ok(())
}

fn again(test: &str, prepare: impl FnOnce(&mut Command) -> io::Result<()>) -> io::Result<Output> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    prepare(&mut command)?;
    command.output()
}

fn check(test: &str, output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test}, in its namespace:\n{said}{complained}");
    // A wrong name runs nothing, and nothing fails.
    assert!(said.contains("1 passed"), "no test has the name {test}:\n{said}");
}

/// Says so where the harness does not swallow it.
fn skip(test: &str, error: &io::Error) {
    let _ = writeln!(io::stderr(), "SKIPPED {test}: no namespaces here: {error}");
}

/// Sets `lo` up, and keeps IPv6 from sending packets of its own accord: what a host asks its neighbours on waking
/// comes when it likes.
pub fn settle() {
    for file in ["all", "default"] {
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{file}/disable_ipv6"), "1");
    }
    up("lo");
}

/// Sets an interface up.
///
/// # Panics
/// If it cannot.
pub fn up(name: &str) {
    change(name, |flags| flags | libc::IFF_UP as u16);
}

/// Sets an interface down.
///
/// # Panics
/// If it cannot.
pub fn down(name: &str) {
    change(name, |flags| flags & !(libc::IFF_UP as u16));
}

fn change(name: &str, how: impl Fn(u16) -> u16) {
    let control = socket::control().expect("a socket to ask with");
    let flags = socket::flags(&control, name).expect("flags");
    socket::set_flags(&control, name, how(flags)).expect("to set flags");
}

/// Gives an interface its IPv4 address.
///
/// # Panics
/// If it cannot.
pub fn set_address(name: &str, octets: [u8; 4]) {
    // This question is for the Internet's own sockets only.
    let control = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket to ask with");
    socket::set_address(&control, name, octets).expect("to set the address");
}

/// Gives an interface its Ethernet address.
///
/// # Panics
/// If it cannot.
pub fn set_hardware_address(name: &str, octets: [u8; 6]) {
    const IFLA_ADDRESS: u16 = 1;
    // `ifinfomsg`: family, padding, type, index, flags, change.
    let mut message = vec![0; 4];
    message.extend(index(name).to_ne_bytes());
    message.resize(16, 0);
    message.extend(attribute(IFLA_ADDRESS, &octets));
    tell(libc::RTM_NEWLINK, 0, &message).expect("to set the Ethernet address");
}

/// Number of an interface.
///
/// # Panics
/// If there is none of that name.
pub fn index(name: &str) -> u32 {
    socket::index(socket::control().expect("a socket to ask with"), name).expect("an index")
}

/// Makes a pair of Ethernet interfaces, each the other end of the other, sets both up, and waits until they are.
///
/// # Panics
/// If it cannot.
pub fn add_veth(one: &str, other: &str) {
    const IFLA_IFNAME: u16 = 3;
    const IFLA_LINKINFO: u16 = 18;
    const IFLA_INFO_KIND: u16 = 1;
    const IFLA_INFO_DATA: u16 = 2;
    const VETH_INFO_PEER: u16 = 1;
    let named = |name: &str| attribute(IFLA_IFNAME, &[name.as_bytes(), &[0]].concat());
    let peer = attribute(VETH_INFO_PEER, &[&[0; 16][..], &named(other)].concat());
    let kind = attribute(IFLA_INFO_KIND, b"veth\0");
    let info = attribute(IFLA_LINKINFO, &[kind, attribute(IFLA_INFO_DATA, &peer)].concat());
    let create = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    tell(libc::RTM_NEWLINK, create, &[&[0; 16][..], &named(one), &info].concat()).expect("a veth pair");
    up(other);
    up(one);
    // The kernel connects them in its own time, up to a second; before that, it drops what is sent, and says nothing.
    for name in [one, other] {
        let probe = Injector::on(name);
        let until = Instant::now() + Duration::from_secs(5);
        while sent(name) == 0 && Instant::now() < until {
            probe.send(&ethernet(&[], 0x88b6, &[0; 46]));
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Makes an interface without link-layer headers and sets it up: a packet written to what this gives is received
/// on it. `None`, after saying so, where there are no such interfaces.
pub fn add_tun(test: &str, name: &str) -> Option<File> {
    match socket::tun(name) {
        Ok(file) => {
            up(name);
            Some(file)
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "SKIPPED {test}, in part: no tun interfaces here: {error}");
            None
        }
    }
}

/// How many packets have left through an interface: the tenth number after its name.
fn sent(name: &str) -> u64 {
    let table = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    let line = table.lines().find_map(|l| l.trim_start().strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|l| l.split_ascii_whitespace().nth(9)?.parse().ok()).unwrap_or(0)
}

/// Removes an interface, and the other end of it.
///
/// # Panics
/// If it cannot.
pub fn delete(name: &str) {
    // `ifinfomsg`: family, padding, type, index, flags, change.
    let mut message = [0; 16];
    message[4..8].copy_from_slice(&index(name).to_ne_bytes());
    tell(libc::RTM_DELLINK, 0, &message).expect("to delete the interface");
}

/// Starts a host that gets the interface `name` and then runs `body`; returns when it has the interface.
///
/// # Panics
/// If there can be no such host.
pub fn neighbour<T: Send + 'static>(
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let (here, there) = (mpsc::channel(), mpsc::channel());
    let host = thread::spawn(move || {
        here.0
            .send(namespace::leave().expect("a namespace for the neighbour"))
            .expect("who started us waits");
        there.1.recv().expect("who started us gives the interface");
        body()
    });
    give(name, here.1.recv().expect("the neighbour starts"));
    there.0.send(()).expect("the neighbour waits");
    host
}

/// Gives an interface to the network namespace of a thread.
fn give(name: &str, thread: u32) {
    const IFLA_NET_NS_PID: u16 = 19;
    // `ifinfomsg`: family, padding, type, index, flags, change.
    let mut message = vec![0; 4];
    message.extend(index(name).to_ne_bytes());
    message.resize(16, 0);
    message.extend(attribute(IFLA_NET_NS_PID, &thread.to_ne_bytes()));
    tell(libc::RTM_NEWLINK, 0, &message).expect("to give the interface away");
}

/// A routing attribute: length, type, value, padding to four bytes.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).expect("a short attribute");
    let mut all = [&length.to_ne_bytes(), &kind.to_ne_bytes(), value].concat();
    all.resize(all.len().next_multiple_of(4), 0);
    all
}

/// Sends a request to the kernel's routing socket and waits for its answer.
fn tell(kind: u16, flags: libc::c_int, message: &[u8]) -> io::Result<()> {
    let flags = (flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
    let length = (message.len() + 16) as u32;
    let head = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), &flags.to_ne_bytes(), &[0; 8]].concat();
    let mut socket = File::from(socket::netlink(libc::NETLINK_ROUTE)?);
    socket.write_all(&[&head, message].concat())?;
    let mut answer = [0; 512];
    let size = socket.read(&mut answer)?;
    // Header, then the error, negative, or zero.
    let error = answer.get(16..20).filter(|_| size >= 20).and_then(|e| e.first_chunk());
    match error.map(|e| i32::from_ne_bytes(*e)) {
        Some(0) => Ok(()),
        Some(error) => Err(io::Error::from_raw_os_error(-error)),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Attaches a filter to a socket of any kind, as a capture does to its own.
///
/// # Errors
/// What the kernel says.
pub fn attach(fd: impl AsFd, filter: &[Instruction]) -> io::Result<()> {
    socket::attach(fd, filter)
}

/// What a packet socket has heard of one frame: as the filter cut it, and what the kernel says beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heard {
    /// Bytes that came through the filter.
    pub size: usize,
    /// Length before the filter, in bytes.
    pub length: u32,
    /// Number of the interface.
    pub interface: u32,
    /// Ethertype.
    pub protocol: u16,
    /// `PACKET_HOST` and so on.
    pub packet_type: u8,
    /// `ARPHRD_*` number of the interface.
    pub hardware_type: u16,
    /// Offset of the network header in bytes.
    pub network_offset: u16,
    /// The tag beside the bytes: control information and ethertype.
    pub tag: Option<(u16, u16)>,
}

/// Hears what passes one interface, either way, through a filter.
#[derive(Debug)]
pub struct Tap(OwnedFd);

impl Tap {
    /// On this one; it hears nothing before a filter is attached that lets something through.
    ///
    /// # Panics
    /// If it cannot.
    pub fn on(name: &str) -> Self {
        let socket = socket::packet().expect("a packet socket");
        socket::attach(&socket, &[Instruction::stmt(opcode::RET, 0)]).expect("a filter");
        socket::set(&socket, libc::SOL_PACKET, libc::PACKET_AUXDATA, 1).expect("what is beside the bytes");
        socket::bind(&socket, index(name), libc::ETH_P_ALL as u16).expect("to bind");
        Self(socket)
    }

    /// Attaches a filter in place of the one before.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn attach(&self, filter: &[Instruction]) -> io::Result<()> {
        socket::attach(&self.0, filter)
    }

    /// The next frame, into `buffer`, if one waits.
    ///
    /// # Panics
    /// If the kernel gives an error, or nothing beside the bytes.
    pub fn hear(&self, buffer: &mut [u8]) -> Option<Heard> {
        let received = match receive::receive(&self.0, buffer) {
            Ok(received) => received,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) => panic!("to receive: {error}"),
        };
        let (from, aux) = (received.from, received.aux.expect("what is beside the bytes"));
        let tag = reported_tag(aux.tp_status, aux.tp_vlan_tci, aux.tp_vlan_tpid);
        Some(Heard {
            size: received.size,
            length: aux.tp_len,
            interface: from.sll_ifindex as u32,
            protocol: u16::from_be(from.sll_protocol),
            packet_type: from.sll_pkttype,
            hardware_type: from.sll_hatype,
            network_offset: aux.tp_net,
            tag: tag.map(|tag| (tag.tci, tag.tpid)),
        })
    }
}

/// Sends whole frames out of one interface.
#[derive(Debug)]
pub struct Injector(File);

impl Injector {
    /// Out of this one.
    ///
    /// # Panics
    /// If it cannot.
    pub fn on(name: &str) -> Self {
        let socket = socket::packet().expect("a packet socket");
        socket::bind(socket.as_fd(), index(name), 0).expect("to bind");
        Self(File::from(socket))
    }

    /// Gives all frames from now on this firewall mark.
    ///
    /// # Panics
    /// If it cannot.
    pub fn mark(&self, mark: u32) {
        socket::set(&self.0, libc::SOL_SOCKET, libc::SO_MARK, mark as i32).expect("to set the mark");
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// If it cannot.
    pub fn send(&self, frame: &[u8]) {
        (&self.0).write_all(frame).expect("to send a frame");
    }
}

/// An Ethernet frame to `02:00:00:00:00:02` from `02:00:00:00:00:01`, with these tags (ethertype and control
/// information), the outermost first.
pub fn ethernet(tags: &[(u16, u16)], ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    for (tpid, tci) in tags {
        frame.extend(tpid.to_be_bytes());
        frame.extend(tci.to_be_bytes());
    }
    frame.extend(ethertype.to_be_bytes());
    frame.extend(payload);
    frame
}

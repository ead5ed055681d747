//! The whole path on real traffic: two hosts of our own, a cable between them, and gannet on one of its ends.
//!
//! The lines that a live capture prints are those that come from the savefile of the same packets, by gannet and,
//! where it is installed, by tcpdump. Where the kernel grants no namespaces, the tests say `SKIPPED`.

use gannet_capture::testing::{self, Injector, add_veth, ethernet, in_namespace, neighbour};
use gannet_pcap::wire::checksum;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const HERE: [u8; 4] = [10, 9, 0, 1];
const THERE: [u8; 4] = [10, 9, 0, 2];
const PATIENCE: Duration = Duration::from_secs(5);

/// A running gannet.
struct Gannet {
    child: Child,
    errors: JoinHandle<String>,
}

/// What a gannet that has ended said.
struct Ended {
    status: Option<i32>,
    text: String,
    errors: String,
}

impl Gannet {
    /// Starts it and waits until it listens.
    fn start(args: &[&str]) -> Gannet {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gannet"))
            .args(args)
            .env("TZ", "UTC0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("listening on") && errors.read_line(&mut said).unwrap() > 0 {}
        let errors = thread::spawn(move || {
            let _ = errors.read_to_string(&mut said);
            said
        });
        Gannet { child, errors }
    }

    /// Ctrl-C.
    fn interrupt(self) -> Ended {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGINT).unwrap();
        self.end()
    }

    fn end(self) -> Ended {
        let output = self.child.wait_with_output().unwrap();
        Ended {
            status: output.status.code(),
            text: String::from_utf8(output.stdout).unwrap(),
            errors: self.errors.join().unwrap(),
        }
    }
}

/// What a program that reads savefiles prints.
fn printed(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).env("TZ", "UTC0").output().ok()?;
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A cable between this host, whose end is `left`, and a neighbour that answers whatever comes.
fn cable() {
    add_veth("left", "right");
    testing::set_address("left", HERE);
    neighbour("right", serve);
    let socket = UdpSocket::bind((std::net::Ipv4Addr::from(HERE), 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    // The neighbour needs a moment to put its address on.
    let answers =
        || socket.send_to(b"?", SocketAddr::from((THERE, 7777))).is_ok() && socket.recv(&mut [0; 16]).is_ok();
    assert!((0..50).any(|_| answers()), "the neighbour does not answer");
}

/// The neighbour: echoes over UDP and TCP, and a name server that knows one address. Ends with the test.
fn serve() {
    testing::settle();
    testing::up("right");
    testing::set_address("right", THERE);
    let bind = |port| UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, port)).unwrap();
    let (echo, names) = (bind(7777), bind(53));
    let listener = TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, 8888)).unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 2048];
        while let Ok((n, from)) = names.recv_from(&mut bytes) {
            let mut answer = bytes[..n].to_vec();
            answer[2..8].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 1]);
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
            let _ = names.send_to(&answer, from);
        }
    });
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 512];
            while let Ok(n @ 1..) = stream.read(&mut bytes) {
                let _ = stream.write_all(&bytes[..n]);
            }
        }
    });
    let mut bytes = [0; 2048];
    while let Ok((n, from)) = echo.recv_from(&mut bytes) {
        let _ = echo.send_to(&bytes[..n], from);
    }
}

/// ARP and UDP, DNS, TCP, ICMP and ICMPv6, frames with one tag and with two.
fn talk() {
    let socket = UdpSocket::bind((std::net::Ipv4Addr::from(HERE), 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = [0; 512];
    for n in 0..3u8 {
        socket.send_to(&[n; 20], SocketAddr::from((THERE, 7777))).unwrap();
        socket.recv(&mut bytes).unwrap();
    }
    let query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01";
    socket.send_to(query, SocketAddr::from((THERE, 53))).unwrap();
    socket.recv(&mut bytes).unwrap();
    // Nobody listens there: the neighbour says so by ICMP.
    socket.send_to(b"nobody", SocketAddr::from((THERE, 9))).unwrap();
    let mut stream = TcpStream::connect(SocketAddr::from((THERE, 8888))).unwrap();
    stream.write_all(&[0x42; 300]).unwrap();
    stream.read_exact(&mut [0; 300]).unwrap();
    drop(stream);
    let injector = Injector::on("left");
    injector.send(&ethernet(&[], 0x0806, &arp_request()));
    let ping = ping();
    injector.send(&addressed(ethernet(&[], 0x0800, &ping)));
    injector.send(&ethernet(&[(0x8100, 0x2005)], 0x0800, &ping));
    injector.send(&ethernet(&[(0x88a8, 100), (0x8100, 0x7002)], 0x0800, &ping));
    injector.send(&ethernet(&[(0x8100, 7)], 0x86dd, &echo_request6()));
    injector.send(&ethernet(&[], 0x86dd, &echo_request6()));
    thread::sleep(Duration::from_millis(50));
}

fn arp_request() -> Vec<u8> {
    let mut packet = vec![0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1];
    packet.extend(HERE);
    packet.extend([0; 6]);
    packet.extend(THERE);
    packet.resize(46, 0);
    packet
}

/// An echo request whose checksums hold, so that it is answered.
fn ping() -> Vec<u8> {
    let mut message = [8, 0, 0, 0, 0, 7, 0, 1, b'p', b'i', b'n', b'g'];
    let sum = checksum::of(&message).to_be_bytes();
    message[2..4].copy_from_slice(&sum);
    let mut packet = vec![0x45, 0, 0, 32, 0, 1, 0x40, 0, 64, 1, 0, 0];
    packet.extend(HERE);
    packet.extend(THERE);
    let sum = checksum::of(&packet).to_be_bytes();
    packet[10..12].copy_from_slice(&sum);
    packet.extend(message);
    packet
}

/// The frame, to the neighbour's own address, which ARP has found, from ours.
fn addressed(mut frame: Vec<u8>) -> Vec<u8> {
    let table = fs::read_to_string("/proc/net/arp").unwrap();
    let there = table.lines().find(|line| line.starts_with("10.9.0.2 ")).expect("the neighbour is known");
    let here = fs::read_to_string("/sys/class/net/left/address").unwrap_or_default();
    let octets = |text: &str| {
        text.trim().split(':').filter_map(|x| u8::from_str_radix(x, 16).ok()).collect::<Vec<_>>()
    };
    let there = octets(there.split_whitespace().nth(3).unwrap());
    frame[..6].copy_from_slice(&there);
    // The name space's own /sys may not be mounted; then the made-up address stays.
    if let Ok(here) = <[u8; 6]>::try_from(octets(&here)) {
        frame[6..12].copy_from_slice(&here);
    }
    frame
}

fn echo_request6() -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 8, 58, 64];
    for end in [1, 2] {
        packet.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
    }
    packet.extend([128, 0, 0, 0, 0, 1, 0, 2]);
    packet
}

/// The words in which tcpdump 4.99 differs from 5.0, put as 5.0 has them.
fn as_5_0(text: &str) -> String {
    text.replace(") payload length: ", "), payload length ")
        .replace("next-header Options (0)", "next-header HBH (0)")
}

/// The two ways of printing that are compared, and the files that the packets are in.
const WAYS: [(&[&str], &str); 2] =
    [(&["-n", "-tt"], "live.pcap"), (&["-n", "-tt", "-e", "-v"], "live-ev.pcap")];

#[test]
fn a_live_capture_prints_what_its_savefile_holds() {
    for (_, name) in WAYS {
        let _ = fs::remove_file(scratch(name));
    }
    in_namespace("a_live_capture_prints_what_its_savefile_holds", || {
        cable();
        for (args, name) in WAYS {
            let file = scratch(name);
            let path = file.to_str().unwrap();
            let gannet = Gannet::start(&[args, &["-i", "left", "--print", "-w", path]].concat());
            talk();
            let ended = gannet.interrupt();
            assert_eq!(ended.status, Some(0), "{}", ended.errors);
            let again = printed(env!("CARGO_BIN_EXE_gannet"), &[args, &["-r", path]].concat()).unwrap();
            assert_eq!(ended.text, again.clone() + "\n", "the lines of {args:?}");
            let tags = ["vlan 5, p 1", "vlan 100, p 0", "vlan 2, p 3"];
            for word in WORDS.iter().chain(tags.iter().filter(|_| args.contains(&"-e"))) {
                assert!(again.contains(word), "no {word} in\n{again}");
            }
        }
    });
    if !testing::inside() {
        WAYS.iter().for_each(|(args, name)| as_tcpdump_prints(args, name));
    }
}

/// What must be among the lines.
const WORDS: &[&str] = &[
    "Request who-has 10.9.0.2",
    "ICMP echo reply",
    "ICMP6, echo request",
    "Flags [S]",
    "UDP, length 20",
    "A? www.example.",
];

/// Compares with tcpdump. (Outside of the namespace: there, Debian's cannot become the user that it wants to be.)
fn as_tcpdump_prints(args: &[&str], name: &str) {
    let file = scratch(name);
    let Some(path) = file.to_str().filter(|_| file.exists()) else { return };
    let offline = [args, &["-r", path]].concat();
    match printed("tcpdump", &offline) {
        Some(theirs) => {
            let ours = printed(env!("CARGO_BIN_EXE_gannet"), &offline).unwrap();
            assert_eq!(ours, as_5_0(&theirs), "the lines of tcpdump, {args:?}");
        }
        None => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: there is no tcpdump to compare with");
        }
    }
}

#[test]
fn nothing_is_lost_when_it_is_stopped_at_once() {
    in_namespace("nothing_is_lost_when_it_is_stopped_at_once", || {
        cable();
        for round in 0..5u32 {
            let gannet = Gannet::start(&["-n", "-i", "left", "ether proto 0x88b5"]);
            let injector = Injector::on("left");
            let sent = 1 + round * 70;
            for n in 0..sent {
                injector.send(&ethernet(&[], 0x88b5, &[&n.to_be_bytes()[..], &[0; 42]].concat()));
            }
            thread::sleep(Duration::from_millis(10));
            let ended = gannet.interrupt();
            let lines = ended.text.matches("ethertype Unknown (0x88b5)").count();
            assert_eq!(lines, sent as usize, "{}", ended.errors);
            assert!(ended.errors.contains(&format!("\n{sent} packet")), "{}", ended.errors);
            assert!(ended.errors.contains("0 packets dropped by kernel"), "{}", ended.errors);
        }
    });
}

#[test]
fn the_kernel_runs_the_filter() {
    in_namespace("the_kernel_runs_the_filter", || {
        cable();
        let gannet = Gannet::start(&["-n", "-c", "2", "-i", "left", "udp dst port 7777"]);
        talk();
        let ended = gannet.end();
        assert_eq!(ended.text.lines().count(), 2, "{}", ended.text);
        assert!(ended.text.lines().all(|line| line.contains("> 10.9.0.2.7777: UDP, length 20")));
        assert!(ended.errors.contains("\n3 packets received by filter"), "{}", ended.errors);
        let gannet = Gannet::start(&["-n", "-e", "-i", "left", "vlan 5 or vlan 100"]);
        talk();
        let ended = gannet.interrupt();
        assert!(ended.text.contains("vlan 5, p 1"), "{}", ended.text);
    });
}

#[test]
fn the_kernel_runs_what_it_can_of_a_chain_of_headers() {
    in_namespace("the_kernel_runs_what_it_can_of_a_chain_of_headers", || {
        cable();
        let filter = "ip6 protochain 58 and not vlan";
        let gannet = Gannet::start(&["-n", "-q", "-t", "-v", "-i", "left", filter]);
        let chained = |next: u8| {
            let mut packet = echo_request6();
            (packet[5], packet[6]) = (16, 60);
            packet.splice(40..40, [next, 0, 1, 4, 0, 0, 0, 0]);
            packet
        };
        let injector = Injector::on("left");
        for next in [59, 58, 59, 59] {
            injector.send(&ethernet(&[], 0x86dd, &chained(next)));
            injector.send(&ethernet(&[], 0x0806, &arp_request()));
        }
        thread::sleep(Duration::from_millis(100));
        let ended = gannet.interrupt();
        assert!(ended.errors.contains("the kernel runs a part of the filter"), "{}", ended.errors);
        let chains = ended.text.lines().filter(|line| line.contains("next-header DSTOPT (60)"));
        assert_eq!(chains.count(), 1, "{}", ended.text);
        assert!(!ended.text.contains("ARP"), "{}", ended.text);
    });
}

#[test]
fn an_interface_that_goes_away_ends_the_capture() {
    in_namespace("an_interface_that_goes_away_ends_the_capture", || {
        cable();
        let gannet = Gannet::start(&["-n", "-i", "left", "udp"]);
        talk();
        testing::delete("left");
        let ended = gannet.end();
        assert_eq!(ended.status, Some(1));
        assert!(ended.text.contains("UDP, length 20"), "what came before is printed");
        assert!(ended.errors.contains("The interface disappeared"), "{}", ended.errors);
        assert!(ended.errors.contains("packets captured"), "{}", ended.errors);
    });
}

#[test]
fn signals_ask_and_flush() {
    in_namespace("signals_ask_and_flush", || {
        cable();
        let file = scratch("flush.pcap");
        let path = file.to_str().unwrap();
        let gannet = Gannet::start(&["-i", "left", "-w", path, "icmp or udp"]);
        talk();
        let pid = Pid::from_raw(gannet.child.id() as i32);
        kill(pid, Signal::SIGUSR2).unwrap();
        thread::sleep(Duration::from_millis(200));
        let flushed = fs::metadata(&file).unwrap().len();
        assert!(flushed > 24, "SIGUSR2 flushes: {flushed} bytes");
        kill(pid, Signal::SIGUSR1).unwrap();
        thread::sleep(Duration::from_millis(200));
        let ended = gannet.interrupt();
        assert!(ended.errors.contains("packets captured, "), "SIGUSR1 asks: {}", ended.errors);
        assert_eq!(ended.text, "", "nothing is printed with -w");
        fs::remove_file(file).unwrap();
    });
}

#[test]
fn what_cannot_be_opened_is_explained() {
    in_namespace("what_cannot_be_opened_is_explained", || {
        add_veth("left", "right");
        testing::down("left");
        let refused = |name: &str| {
            let ended = Gannet::start(&["-n", "-i", name]).end();
            assert_eq!(ended.status, Some(1));
            ended.errors
        };
        assert!(refused("left").starts_with("gannet: left: That device is not up\n"));
        let unknown = refused("nosuch");
        assert!(unknown.starts_with("gannet: nosuch: No such device exists\n"), "{unknown}");
        assert!(unknown.contains("right"), "the interfaces there are: {unknown}");
        assert!(refused("99").contains("Invalid adapter index 99: only "));
    });
}

/// What is asked of an interface, or of one that there is not, is answered as tcpdump answers it, where it is installed.
#[test]
fn clocks_and_monitor_mode_are_answered_for() {
    in_namespace("clocks_and_monitor_mode_are_answered_for", || {
        add_veth("left", "right");
        let no_adapter = "gannet: WARNING: When trying to set timestamp type 'adapter' on left: \
                          That type of time stamp is not supported by that device\n";
        let no_radio = "gannet: left: That device doesn't support monitor mode\n";
        let only_host = "Time stamp types for left (use option -j to set):\n  host (Host)\n";
        let listed = "Data link types for left (use option -y to set):\n  EN10MB (Ethernet)\n  DOCSIS (DOCSIS) (printing not supported)\n";
        for (line, status, text, errors) in [
            ("-J -i left", 0, only_host, ""),
            ("-j ADAPTER --list-time-stamp-types -L -i left", 0, only_host, ""),
            ("-L -d -i left", 0, listed, ""),
            ("-j adapter -L -i left", 0, listed, no_adapter),
            ("-I -L -i left", 1, "", no_radio),
            ("--monitor-mode -d -i left", 1, "", no_radio),
            ("-I -i any", 1, "", "gannet: any: That device doesn't support monitor mode\n"),
            ("-I -i 1", 1, "", "gannet: 1: That device doesn't support monitor mode\n"),
            ("-j sundial -i left", 1, "", "gannet: invalid time stamp type sundial\n"),
        ] {
            let said = |program: &str| {
                let output = Command::new(program).args(line.split(' ')).output().ok()?;
                let words =
                    |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("tcpdump: ", "gannet: ");
                Some((output.status.code(), words(output.stdout), words(output.stderr)))
            };
            let expected = Some((Some(status), text.to_owned(), errors.to_owned()));
            assert_eq!(said(env!("CARGO_BIN_EXE_gannet")), expected, "{line}");
            // Before 5.0 lists went to standard error too.
            let Some((their_status, their_text, their_errors)) = said("tcpdump") else { continue };
            let (ours, theirs) = (errors.to_owned() + text, their_errors + &their_text);
            assert_eq!((Some(status), ours), (their_status, theirs), "tcpdump {line}");
        }
        let running = Gannet::start(&["-n", "-i", "left", "-c", "1", "-j", "host_hiprec"]);
        Injector::on("right").send(&arp_request());
        let ended = running.end();
        assert_eq!((ended.status, ended.text.is_empty()), (Some(0), false), "{}", ended.errors);
        assert!(ended.errors.contains("'host_hiprec' on left"), "{}", ended.errors);
    });
}

#[test]
fn without_permission_it_says_which() {
    testing::without_capabilities("without_permission_it_says_which", || {
        let ended = Gannet::start(&["-i", "lo"]).end();
        assert_eq!(ended.status, Some(1));
        assert!(
            ended.errors.starts_with(
                "gannet: lo: You don't have permission to perform this capture on that device\n(socket: Operation not permitted - CAP_NET_RAW may be required)\n"
            ),
            "{}",
            ended.errors
        );
        assert!(ended.errors.contains("sudo setcap cap_net_raw"), "{}", ended.errors);
    });
}

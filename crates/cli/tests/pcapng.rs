//! pcapng files that gannet writes: what is in them, and what other programs make of them.

use gannet_capture::testing::{self, Injector, add_veth, ethernet, in_namespace};
use gannet_pcap::savefile::block::{Block, NameRecord, Statistics, code};
use gannet_pcap::savefile::{
    Header, Interface, InterfaceStatistics, Item, PacketNotes, Reader, Resolution, SectionInfo, Writer,
};
use gannet_pcap::wire::{Direction, Timestamp};
use gannet_pcap::{LinkType, Record};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn scratch(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pcapng");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name).to_str().unwrap().to_owned()
}

fn gannet(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gannet")).args(args).output().unwrap()
}

fn well(args: &[&str]) {
    let done = gannet(args);
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn refused(args: &[&str]) -> String {
    let done = gannet(args);
    assert_eq!(done.status.code(), Some(1), "{args:?}");
    String::from_utf8(done.stderr).unwrap()
}

/// A frame with an IPv4 UDP packet in it.
fn frame() -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
    frame.extend([0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    frame.extend([0x30, 0x39, 0, 99, 0, 12, 0, 0, b'd', b'a', b't', b'a']);
    frame
}

fn record(bytes: &[u8], interface: u32, link: LinkType) -> Record<'_> {
    Record {
        bytes,
        length: bytes.len() as u32,
        time: Timestamp { seconds: 1_700_000_000, nanos: 123_456_789 },
        link,
        interface,
        direction: Direction::Host,
        vlan: None,
    }
}

/// A pcap file of two packets.
fn pcap(name: &str) -> String {
    let path = scratch(name);
    let mut writer = Writer::new(fs::File::create(&path).unwrap(), Header::default());
    let packet = frame();
    writer.write(&record(&packet, 0, LinkType::ETHERNET)).unwrap();
    writer.write(&record(&packet[..40], 0, LinkType::ETHERNET)).unwrap();
    writer.finish().unwrap();
    path
}

/// A pcapng file of two sections, with all that is carried over and something that is not.
fn pcapng(name: &str) -> String {
    let path = scratch(name);
    let section = SectionInfo {
        hardware: Some("their machine".into()),
        os: Some("their system".into()),
        application: Some("their program".into()),
        comments: vec!["their comment".into()],
    };
    let eth = Interface {
        name: Some("eth0".into()),
        mac: Some([2, 0, 0, 0, 0, 1]),
        resolution: Resolution::NANO,
        ..Interface::default()
    };
    let raw = Interface { name: Some("tun0".into()), link: LinkType::RAW, ..Interface::default() };
    let mut writer = Writer::pcapng(fs::File::create(&path).unwrap(), &section).unwrap();
    let packet = frame();
    let notes = PacketNotes { comments: &["about the packet"], dropped: Some(5), ..PacketNotes::default() };
    writer.interface(&eth).unwrap();
    writer.write_with(&record(&packet, 0, LinkType::ETHERNET), &notes).unwrap();
    writer.interface(&raw).unwrap();
    writer.write(&record(&packet[14..], 1, LinkType::RAW)).unwrap();
    writer.names([(IpAddr::from([192, 0, 2, 1]), "one.example")]).unwrap();
    writer.block(&Block::Other { kind: 0x77, body: &[1, 2, 3, 4] }).unwrap();
    writer.section(&SectionInfo::default()).unwrap();
    // The other way round.
    writer.interface(&raw).unwrap();
    writer.interface(&eth).unwrap();
    writer.write(&record(&packet, 1, LinkType::ETHERNET)).unwrap();
    writer.statistics(&InterfaceStatistics { interface: 1, received: Some(77), ..<_>::default() }).unwrap();
    writer.finish().unwrap();
    path
}

/// Interface, length, nanoseconds, direction, comments, lost before.
type Packet = (u32, usize, u64, Direction, Vec<String>, Option<u64>);

/// What is in a file, in short.
#[derive(Debug, Default)]
struct Contents {
    section: Vec<String>,
    comments: Vec<String>,
    interfaces: Vec<Interface>,
    packets: Vec<Packet>,
    names: Vec<String>,
    /// Interface, received, accepted, lost by the system, delivered.
    statistics: Vec<(u32, [Option<u64>; 4])>,
    others: usize,
}

fn contents(path: &str) -> Contents {
    let mut reader = Reader::open(fs::File::open(path).unwrap()).unwrap();
    let mut found = Contents::default();
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Packet { record: r, options, .. } => found.packets.push((
                r.interface,
                r.bytes.len(),
                r.time.nanos,
                r.direction,
                options.comments().map(|c| c.into_owned()).collect(),
                options.u64(code::EPB_DROPCOUNT),
            )),
            Item::Block(Block::Section(section)) => {
                let texts = [code::SHB_HARDWARE, code::SHB_OS, code::SHB_USERAPPL];
                found.section = texts.iter().filter_map(|c| Some(section.options.text(*c)?.into())).collect();
                found.comments = section.options.comments().map(|c| c.into_owned()).collect();
            }
            Item::Block(Block::Interface(interface)) => found.interfaces.push(interface.parse().unwrap()),
            Item::Block(Block::Names(names)) => {
                found.names.extend(names.records().flat_map(|record| {
                    match record {
                        NameRecord::V4(_, names) | NameRecord::V6(_, names) => names
                            .iter()
                            .map(|name| String::from_utf8_lossy(name).into_owned())
                            .collect::<Vec<_>>(),
                        other => panic!("{other:?}"),
                    }
                }));
            }
            Item::Block(Block::Statistics(s)) => found.statistics.push((s.interface, counters(&s))),
            _ => found.others += 1,
        }
    }
    found
}

fn counters(s: &Statistics<'_>) -> [Option<u64>; 4] {
    [s.received(), s.accepted(), s.lost_by_system(), s.delivered()]
}

fn names(found: &Contents) -> Vec<&str> {
    found.interfaces.iter().filter_map(|interface| interface.name.as_deref()).collect()
}

#[test]
fn a_pcap_file_becomes_a_pcapng_file() {
    let (from, to) = (pcap("a.pcap"), scratch("a.pcapng"));
    well(&["-r", &from, "-w", &to, "--comment", "one", "--comment", "tw\u{f6}"]);
    let found = contents(&to);
    assert_eq!(found.section, [format!("gannet {}", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(found.comments, ["one", "tw\u{f6}"]);
    assert_eq!(found.interfaces.len(), 1);
    assert_eq!(found.interfaces[0].resolution, Resolution::MICRO, "there is no more in the input");
    let packets: Vec<_> = found.packets.iter().map(|p| (p.0, p.1, p.2)).collect();
    assert_eq!(packets, [(0, 46, 123_456_000), (0, 40, 123_456_000)]);
    // And back, to the same bytes.
    let back = scratch("back.pcap");
    well(&["-r", &to, "-w", &back]);
    assert_eq!(fs::read(back).unwrap(), fs::read(from).unwrap());
}

#[test]
fn an_option_asks_for_pcapng_under_any_name() {
    let (from, to) = (pcap("b.pcap"), scratch("b.pcap.out"));
    well(&["-r", &from, "-w", &to, "--pcapng"]);
    assert_eq!(contents(&to).packets.len(), 2);
    well(&["-r", &from, "-w", &to]);
    assert_eq!(fs::read(&to).unwrap(), fs::read(&from).unwrap(), "without it the name decides");
}

#[test]
fn what_a_pcapng_file_says_is_carried_over() {
    let (from, to) = (pcapng("c.pcapng"), scratch("d.pcapng"));
    well(&["-r", &from, "-w", &to, "--comment", "ours"]);
    let found = contents(&to);
    let ours = format!("gannet {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(found.section, ["their machine", "their system", &ours]);
    assert_eq!(found.comments, ["their comment", "ours"]);
    assert_eq!(names(&found), ["eth0", "tun0"], "an interface of several sections is one");
    assert_eq!(found.interfaces[0].mac, Some([2, 0, 0, 0, 0, 1]));
    let host = Direction::Host;
    let wanted = [
        (0, 46, 123_456_789, host, vec!["about the packet".to_owned()], Some(5)),
        (1, 32, 123_456_000, host, vec![], None),
        (0, 46, 123_456_789, host, vec![], None),
    ];
    assert_eq!(found.packets, wanted);
    assert_eq!(found.names, ["one.example"]);
    assert_eq!(found.statistics, [(0, [Some(77), None, None, None])]);
    assert_eq!(found.others, 0, "nobody knows whether an unknown block still holds true");
    // A filter takes packets away and leaves the rest.
    well(&["-r", &from, "-w", &to, "-y", "EN10MB", "ether src 2:0:0:0:0:1"]);
    let found = contents(&to);
    assert_eq!(found.packets.iter().map(|p| p.0).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(names(&found), ["eth0", "tun0"]);
    assert_eq!(found.names, ["one.example"]);
}

#[test]
fn files_of_a_rotation_begin_with_all_interfaces_and_names() {
    let from = pcapng("e.pcapng");
    let to = scratch("rot.pcapng");
    for n in ["", "1", "2", "3"] {
        let _ = fs::remove_file(format!("{to}{n}"));
    }
    well(&["-r", &from, "-w", &to, "--rotate-packets", "1"]);
    let files = ["", "1", "2"].map(|n| contents(&format!("{to}{n}")));
    assert_eq!(files.each_ref().map(|f| f.packets.len()), [1, 1, 1]);
    assert_eq!(files.each_ref().map(|f| f.packets[0].0), [0, 1, 0], "the numbers stay");
    assert_eq!(names(&files[2]), ["eth0", "tun0"]);
    assert_eq!(files[2].names, ["one.example"], "names serve the packets of all files");
}

#[test]
fn packets_of_two_link_types_do_not_go_into_a_pcap_file() {
    let (from, to) = (pcapng("f.pcapng"), scratch("f.pcap"));
    let words = refused(&["-r", &from, "-w", &to]);
    assert!(words.contains("link type RAW cannot be written where all are EN10MB"), "{words}");
    let kept = Reader::open(fs::File::open(&to).unwrap()).unwrap().next().unwrap().map(|r| r.bytes.len());
    assert_eq!(kept, Some(46), "what came before is in the file");
}

#[test]
fn what_does_not_go_together_is_said() {
    let from = pcap("g.pcap");
    let long = "x".repeat(65_536);
    let to = scratch("g.pcapng");
    assert!(refused(&["-r", &from, "--pcapng"]).contains("--pcapng requires -w"));
    assert!(refused(&["-r", &from, "-w", "x.pcap", "--comment", "a"]).contains("--comment requires -w and"));
    let words = refused(&["-r", &from, "-w", &to, "--comment", &long]);
    assert!(words.contains("a comment of 65536 bytes is too long: 65535 is the most"), "{words}");
}

#[test]
fn names_that_were_printed_are_in_the_file() {
    let (from, to) = (pcap("h.pcap"), scratch("h.pcapng"));
    let printed = gannet(&["-r", &from, "-w", &to, "--print"]);
    if !String::from_utf8_lossy(&printed.stdout).contains("localhost") {
        println!("SKIPPED: this machine does not call 127.0.0.1 localhost");
        return;
    }
    assert_eq!(contents(&to).names, ["localhost"]);
    well(&["-r", &from, "-w", &to, "--print", "-n"]);
    assert!(contents(&to).names.is_empty(), "nobody asked");
}

/// What a program prints, if it is installed.
fn printed(program: &str, args: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(program).args(args).output() else {
        println!("SKIPPED: no {program} here");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    for complaint in ["appears to", "damaged", "corrupt", "malformed", "isn't"] {
        assert!(!errors.contains(complaint), "{program}: {errors}");
    }
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn other_programs_read_what_is_written() {
    let (simple, rich) = (scratch("i.pcapng"), scratch("j.pcapng"));
    well(&["-r", &pcap("i.pcap"), "-w", &simple, "--comment", "hello there"]);
    well(&["-r", &pcapng("i2.pcapng"), "-w", &rich]);
    if let Some(text) = printed("tcpdump", &["-n", "-r", &simple]) {
        assert_eq!(text.lines().filter(|line| line.contains("127.0.0.1.12345 > 127.0.0.1.99")).count(), 2);
    }
    if let Some(text) = printed("capinfos", &["-A", &simple]) {
        assert!(text.contains("hello there") && text.contains("gannet"), "{text}");
    }
    if let Some(text) = printed("capinfos", &["-A", &rich]) {
        for words in ["Name = eth0", "Name = tun0", "their machine", "their comment", "nanoseconds (9)"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(text.contains("Number of packets:   3"), "{text}");
    }
    let fields = ["-T", "fields", "-e", "frame.interface_name", "-e", "frame.packet_flags_direction"];
    if let Some(text) = printed("tshark", &[&["-r", &rich][..], &fields, &["-e", "frame.comment"]].concat()) {
        let lines: Vec<_> = text.lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!((lines[0][0], lines[0][1], lines[1][0]), ("eth0", "0x00000001", "tun0"));
        assert!(text.contains("about the packet"), "{text}");
    }
    let out = scratch("k.pcap");
    if printed("editcap", &["-F", "nsecpcap", &simple, &out]).is_some() {
        assert_eq!(Reader::open(fs::File::open(out).unwrap()).unwrap().link(), LinkType::ETHERNET);
    }
    let merged = scratch("l.pcapng");
    printed("mergecap", &["-w", &merged, &simple, &rich]);
}

/// A running capture.
struct Capture(Child);

impl Capture {
    fn start(args: &[&str]) -> Capture {
        let mut child =
            Command::new(env!("CARGO_BIN_EXE_gannet")).args(args).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("listening on")));
        thread::spawn(move || lines.for_each(drop));
        Capture(child)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id() as i32), signal).unwrap();
    }

    fn end(mut self) {
        self.signal(Signal::SIGINT);
        assert!(self.0.wait().unwrap().success());
    }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_live_capture_says_all_that_is_known() {
    in_namespace("a_live_capture_says_all_that_is_known", || {
        add_veth("left", "right");
        testing::set_hardware_address("left", [2, 0, 0, 0, 0, 7]);
        testing::set_address("left", [10, 9, 0, 1]);
        testing::up("left");
        testing::up("right");
        let (one, all) = (scratch("live.pcapng"), scratch("any.pcapng"));
        let filter = "ether proto 0x88b5";
        let capture = Capture::start(&["-i", "left", "-w", &one, "--comment", "live", filter]);
        let any = Capture::start(&["-i", "any", "-w", &all, "--micro", filter]);
        let send = |from| Injector::on(from).send(&ethernet(&[], 0x88b5, &[7; 50]));
        send("left");
        send("right");
        let written = |packets: usize| {
            capture.signal(Signal::SIGUSR2);
            thread::sleep(Duration::from_millis(50));
            let found = contents(&one);
            found.packets.len() == packets
                && found.statistics.last().is_some_and(|(_, counts)| counts[3] == Some(packets as u64))
        };
        until("SIGUSR2 writes packets and the counters", || written(2));
        send("left");
        until("and does so again", || written(3));
        until("all ends have heard all", || {
            any.signal(Signal::SIGUSR2);
            thread::sleep(Duration::from_millis(50));
            contents(&all).packets.len() >= 6
        });
        capture.end();
        any.end();
        let found = contents(&one);
        assert_eq!(found.comments, ["live"]);
        assert!(found.section.iter().any(|text| text.starts_with("Linux ")), "{:?}", found.section);
        let interface = &found.interfaces[0];
        assert_eq!((interface.name.as_deref(), interface.filter.as_deref()), (Some("left"), Some(filter)));
        assert_eq!((interface.mac, interface.resolution), (Some([2, 0, 0, 0, 0, 7]), Resolution::NANO));
        assert!(interface.ipv4.iter().any(|(address, _)| *address == [10, 9, 0, 1]));
        let directions: Vec<_> = found.packets.iter().map(|p| p.3).collect();
        assert_eq!(directions.len(), 3);
        assert_eq!((directions[0], directions[2]), (Direction::Outgoing, Direction::Outgoing));
        assert!(!matches!(directions[1], Direction::Outgoing | Direction::Unknown), "{directions:?}");
        // No filter, no word on what the interface received.
        for n in [2, 3] {
            assert!(
                found.statistics.contains(&(0, [None, Some(n), Some(0), Some(n)])),
                "{:?}",
                found.statistics
            );
        }
        let found = contents(&all);
        let mut known = names(&found);
        known.sort_unstable();
        assert_eq!(known, ["left", "right"], "each interface is one of its own");
        assert!(found.interfaces.iter().all(|i| i.link == LinkType::LINUX_SLL2));
        assert_eq!(found.interfaces[0].resolution, Resolution::MICRO);
        assert_eq!(found.packets.len(), 6, "each packet leaves one end and comes to the other");
        let last = |interface| {
            let counts = found.statistics.iter().rev().find(|(of, _)| *of == interface);
            counts.and_then(|(_, counts)| counts[3])
        };
        assert_eq!((last(0), last(1)), (Some(3), Some(3)), "{:?}", found.statistics);
    });
}

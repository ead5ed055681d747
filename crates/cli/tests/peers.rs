//! Savefiles from every way that there is to write one, in other hands: tcpdump, capinfos, tshark, editcap, mergecap
//! and dumpcap read them without a complaint, and what pcapng has beside packets shows there.
//!
//! Where one of them is not installed, the tests say `SKIPPED`.

mod savefiles;

use gannet_capture::testing::{Injector, add_veth, ethernet, in_namespace, inside};
use gannet_pcap::savefile::{Interface, InterfaceStatistics, PacketNotes, Resolution, SectionInfo, Writer};
use gannet_pcap::wire::{Direction, Timestamp};
use gannet_pcap::{LinkType, Record};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use savefiles::{capture, errors, files, gannet, names, packets, scratch};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};

/// So many packets are in the captures that files are made of.
const PACKETS: u32 = 400;

/// A pcapng file with a packet of each interface in turn, and all that can be said of them.
fn rich(path: &Path) {
    let section = SectionInfo {
        hardware: Some("their machine".into()),
        os: Some("their system".into()),
        application: Some("their program".into()),
        comments: vec!["of the section".into()],
    };
    let mut writer = Writer::pcapng(File::create(path).unwrap(), &section).unwrap();
    for name in ["eth0", "wlan0"] {
        let interface = Interface {
            name: Some(name.into()),
            description: Some("theirs".into()),
            mac: Some([2, 0, 0, 0, 0, 1]),
            speed: Some(1_000_000_000),
            os: Some("their system".into()),
            resolution: Resolution::NANO,
            ..Interface::default()
        };
        writer.interface(&interface).unwrap();
    }
    writer.names([(IpAddr::from([192, 0, 2, 1]), "one.example")]).unwrap();
    for n in 0..PACKETS {
        let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
        frame.extend([0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        frame.extend([0x30, 0x39, (n >> 4) as u8, n as u8, 0, 26, 0, 0]);
        frame.resize(60, n as u8);
        let record = Record {
            bytes: &frame,
            length: 60,
            time: Timestamp { seconds: 1_700_000_000 + i64::from(n), nanos: 123_456_789 },
            link: LinkType::ETHERNET,
            interface: n % 2,
            direction: Direction::Outgoing,
            vlan: None,
        };
        let notes = PacketNotes { comments: &["of the packet"], dropped: Some(1), ..PacketNotes::default() };
        writer.write_with(&record, &notes).unwrap();
    }
    let time = Timestamp { seconds: 1_700_001_000, nanos: 0 };
    let statistics = InterfaceStatistics { interface: 1, time, received: Some(77), ..<_>::default() };
    writer.statistics(&statistics).unwrap();
    writer.finish().unwrap();
}

/// What a program prints; it may complain of nothing.
fn peer(program: &str, args: &[&str], input: Option<&str>) -> Option<String> {
    let input = input.map_or(Stdio::null(), |path| File::open(path).unwrap().into());
    let Ok(output) = Command::new(program).args(args).stdin(input).output() else {
        println!("SKIPPED: no {program} here");
        return None;
    };
    let all = errors(&output);
    assert!(output.status.success(), "{program} {args:?}: {all}");
    let usual = |line: &&str| {
        line.is_empty()
            || line.starts_with("Running as user \"root\"")
            || program == "tcpdump" && line.starts_with("reading from file ")
            || program == "dumpcap"
                && ["Capturing on '-'", "File: ", "Packets captured: ", "Packets received/dropped "]
                    .iter()
                    .any(|begin| line.starts_with(begin))
    };
    let complaints: Vec<&str> = all.lines().map(str::trim).filter(|line| !usual(line)).collect();
    assert!(complaints.is_empty(), "{program} {args:?}: {all}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// How many packets capinfos finds.
fn counted(file: &str) -> Option<usize> {
    let text = peer("capinfos", &["-M", "-c", file], None)?;
    let line = text.lines().find_map(|line| line.strip_prefix("Number of packets:"));
    Some(line.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap())
}

/// Everybody reads so many packets from a file.
fn all_read(file: &Path, packets: usize) {
    let out = file.with_extension("out").to_str().unwrap().to_owned();
    let file = file.to_str().unwrap();
    let packed = [".gz", ".zst", ".lz4"].iter().any(|end| file.ends_with(end));
    let root: &[&str] = if Uid::effective().is_root() { &["-Z", "root"] } else { &[] };
    if let Some(text) = peer("capinfos", &["-M", "-A", file], None) {
        assert!(text.contains(&format!("Number of packets:   {packets}\n")), "{file}: {text}");
    }
    if let Some(text) = peer("tshark", &["-n", "-r", file, "-T", "fields", "-e", "frame.number"], None) {
        assert_eq!(text.lines().count(), packets, "{file}");
    }
    peer("editcap", &["-F", if file.contains("pcapng") { "pcapng" } else { "nsecpcap" }, file, &out], None);
    if peer("mergecap", &["-w", &out, file, file], None).is_some() {
        assert!(counted(&out).is_none_or(|count| count == 2 * packets), "{file}");
    }
    // These two know nothing of compressed files.
    if packed {
        return;
    }
    if peer("tcpdump", &[root, &["-r", file, "-w", &out]].concat(), None).is_some() {
        assert_eq!(savefiles::packets(&fs::read(&out).unwrap()), packets, "{file}");
    }
    if peer("dumpcap", &["-q", "-i", "-", "-w", &out], Some(file)).is_some() {
        assert!(counted(&out).is_none_or(|count| count == packets), "{file}");
    }
}

/// What a pcapng file says beside packets is seen.
fn all_seen(file: &Path, words: &[&str]) {
    let file = file.to_str().unwrap();
    if let Some(text) = peer("capinfos", &["-M", "-A", file], None) {
        for words in words {
            assert!(text.contains(words), "{file}: {words} is not in {text}");
        }
    }
    let fields = ["frame.interface_name", "frame.comment", "frame.packet_flags_direction"];
    let args = fields.iter().flat_map(|field| ["-e", field]);
    let args: Vec<&str> = ["-n", "-r", file, "-T", "fields"].into_iter().chain(args).collect();
    if let Some(text) = peer("tshark", &args, None) {
        let mut kinds: Vec<&str> = text.lines().collect();
        kinds.sort_unstable();
        kinds.dedup();
        let outgoing = "of the packet\t0x00000002";
        assert_eq!(kinds, [format!("eth0\t{outgoing}"), format!("wlan0\t{outgoing}")], "{file}");
    }
}

/// What capinfos tells of the interfaces of [`rich`].
const INTERFACES: [&str; 6] = [
    "Number of interfaces in file: 2",
    "Name = eth0",
    "Name = wlan0",
    "Description = theirs",
    "Speed = 1000000000",
    "Time resolution = 0x09",
];

/// The words of the section of [`rich`] too.
fn with_section() -> Vec<&'static str> {
    let section = ["their machine", "their system", "of the section"];
    INTERFACES.into_iter().chain(section).collect()
}

#[test]
fn copies_in_every_format() {
    let directory = scratch("peers-copies");
    let capture = capture(PACKETS);
    let input = capture.to_str().unwrap();
    for (name, args) in [
        ("micro.pcap", &[][..]),
        ("nano.pcap", &["--nano"]),
        ("short.pcap", &["-s", "64"]),
        ("flushed.pcap", &["-U"]),
        ("unfinished.pcap", &["--atomic", "--fsync"]),
        ("packed.pcap.gz", &[]),
        ("packed.pcap.zst", &[]),
        ("packed.pcap.lz4", &[]),
        ("hard.pcap.zst", &["--compress", "zstd:4"]),
        ("micro.pcapng", &["--comment", "hello there"]),
        ("nano.pcapng", &["--nano"]),
        ("packed.pcapng.zst", &[]),
        ("packed.pcapng.gz", &["-U"]),
        ("filtered.pcap", &["len > 0"]),
        ("threads.pcap", &["--threads", "2"]),
    ] {
        let output = gannet(&directory, &[&["-r", input, "-w", name], args].concat());
        assert_eq!(output.status.code(), Some(0), "{name}: {}", errors(&output));
        all_read(&directory.join(name), PACKETS as usize);
    }
    if let Some(text) =
        peer("capinfos", &["-M", "-A", directory.join("micro.pcapng").to_str().unwrap()], None)
    {
        assert!(text.contains("hello there") && text.contains("gannet"), "{text}");
    }
}

#[test]
fn files_of_a_rotation() {
    let directory = scratch("peers-rotation");
    let capture = capture(PACKETS);
    rich(&directory.join("rich.pcapng"));
    let plain = ["-r", capture.to_str().unwrap(), "-w", "f", "-C", "100k"];
    let blocks = ["-r", "rich.pcapng", "-w", "g.pcapng", "--pcapng", "--rotate-packets", "150"];
    for args in [&plain[..], &blocks] {
        let output = gannet(&directory, args);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    }
    fs::rename(directory.join("rich.pcapng"), directory.join("r")).unwrap();
    for (name, bytes) in files(&directory) {
        if name.starts_with('f') {
            all_read(&directory.join(&name), packets(&bytes));
        }
    }
    for (name, count) in [("g.pcapng", 150), ("g.pcapng1", 150), ("g.pcapng2", 100)] {
        all_read(&directory.join(name), count);
        all_seen(&directory.join(name), &INTERFACES);
    }
    all_seen(&directory.join("g.pcapng2"), &["Number of stat entries = 1"]);
}

#[test]
fn what_the_tools_write() {
    let directory = scratch("peers-tools");
    rich(&directory.join("in"));
    fs::copy(capture(PACKETS), directory.join("in.pcap")).unwrap();
    for (name, count, args) in [
        ("convert", 400, &["convert", "in"][..]),
        ("sort", 400, &["sort", "in"]),
        ("scratch", 400, &["sort", "--memory", "10k", "in"]),
        ("dedup", 400, &["dedup", "in"]),
        ("slice", 100, &["slice", "--packets", "1-100", "in"]),
        ("half", 200, &["slice", "in", "udp[8] & 1 = 0"]),
        ("merge", 800, &["merge", "in", "in"]),
    ] {
        let ends: &[&str] = match name {
            "convert" => &["pcapng", "pcap", "pcapng.zst", "pcap.gz"],
            "dedup" => &["pcapng", "pcapng.lz4"],
            "merge" => &["pcapng", "pcap"],
            _ => &["pcapng"],
        };
        for end in ends {
            let out = format!("{name}.{end}");
            let output = gannet(&directory, &[&args[..1], &["-w", &out], &args[1..]].concat());
            assert_eq!(output.status.code(), Some(0), "{args:?}: {}", errors(&output));
            all_read(&directory.join(&out), count);
        }
        let blocks = directory.join(format!("{name}.pcapng"));
        match name {
            "half" => {}
            "merge" => all_seen(&blocks, &INTERFACES[1..]),
            _ => all_seen(&blocks, &with_section()),
        }
    }
    for name in ["convert.pcapng", "sort.pcapng", "scratch.pcapng", "dedup.pcapng.lz4"] {
        all_seen(&directory.join(name), &["Number of stat entries = 1"]);
    }
    let pieces = scratch("peers-pieces");
    let input = directory.join("in");
    let input = input.to_str().unwrap();
    for end in ["pcap", "pcapng"] {
        let output = gannet(&pieces, &["split", "-w", &format!("x.{end}"), "--packets", "150", input]);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        for (n, count) in [(0, 150), (2, 100)] {
            let piece = pieces.join(format!("x-0000{n}.{end}"));
            all_read(&piece, count);
            if end == "pcapng" {
                all_seen(&piece, &with_section());
            }
        }
    }
    let output = gannet(&pieces, &["split", "-w", "flow.pcapng", "--flows", input]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(
        names(&pieces).matches("flow-").count(),
        PACKETS as usize,
        "each packet has a port of its own"
    );
    all_read(&pieces.join("flow-00399.pcapng"), 1);
}

#[test]
fn what_is_anonymised_or_repaired() {
    let directory = scratch("peers-changed");
    rich(&directory.join("in.pcapng"));
    fs::copy(capture(PACKETS), directory.join("in.pcap")).unwrap();
    for (from, to) in [("in.pcapng", "a.pcapng"), ("in.pcap", "b.pcap"), ("in.pcapng", "c.pcap.zst")] {
        let output = gannet(&directory, &["anonymise", "-w", to, "--payload", "zero", from]);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        all_read(&directory.join(to), PACKETS as usize);
    }
    for name in ["in.pcapng", "in.pcap"] {
        let bytes = fs::read(directory.join(name)).unwrap();
        // Within the last packet: behind that of pcapng there are counters.
        let end = bytes.len() - if name == "in.pcap" { 10 } else { 100 };
        fs::write(directory.join(name), &bytes[..end]).unwrap();
        let output = gannet(&directory, &["repair", name]);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        all_read(&directory.join(name), PACKETS as usize - 1);
    }
}

/// Captures while frames are sent, and gives what the file is called.
fn captured(directory: &Path, args: &[&str], frames: u32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(["-i", "left", "ether proto 0x88b5"]).args(args).current_dir(directory);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("listening on")));
    let injector = Injector::on("left");
    (0..frames).for_each(|n| injector.send(&ethernet(&[], 0x88b5, &[n as u8; 50])));
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{said:?}");
    assert!(said.contains(&format!("{frames} packets captured")), "{said:?}");
}

#[test]
fn live_captures() {
    let all: [(&str, &[&str]); 7] = [
        ("live.pcap", &["--micro"]),
        ("nano.pcap", &["--nano"]),
        ("live.pcapng", &["--comment", "hello there"]),
        ("flushed.pcapng", &["-U"]),
        ("packed.pcapng.zst", &["--micro"]),
        ("packed.pcap.lz4", &[]),
        ("packed.pcap.gz", &["-U"]),
    ];
    in_namespace("live_captures", || {
        add_veth("left", "right");
        let directory = scratch("peers-live");
        all.iter().for_each(|(name, args)| captured(&directory, &[&["-w", name], *args].concat(), 30));
    });
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers-live");
    if inside() || !directory.exists() {
        return;
    }
    // Others are root out here, and not only so called.
    all.iter().for_each(|(name, _)| all_read(&directory.join(name), 30));
    let file = directory.join("live.pcapng");
    if let Some(text) = peer("capinfos", &["-M", "-A", file.to_str().unwrap()], None) {
        for words in ["hello there", "Linux", "gannet", "Name = left", "Number of stat entries = 1"] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        assert!(text.contains("Filter string = ether proto 0x88b5"), "{text}");
    }
}

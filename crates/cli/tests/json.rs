//! `--json`: an object a packet, one a line, from savefiles of every kind and from the wire.

use gannet_capture::testing::{Injector, add_veth, ethernet, in_namespace};
use gannet_pcap::savefile::{Interface, SectionInfo, Writer};
use gannet_pcap::wire::{Direction, Timestamp};
use gannet_pcap::{LinkType, Record};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// The capture that is shipped.
fn tour() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples/tour.pcap").to_str().unwrap().to_owned()
}

fn scratch(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("json");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name).to_str().unwrap().to_owned()
}

fn gannet(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gannet")).args(args).stdin(Stdio::null()).output().unwrap()
}

/// What is printed, all of it objects on lines of their own.
fn objects(args: &[&str]) -> String {
    let done = gannet(&[&["--json"], args].concat());
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).unwrap();
    for line in said.lines() {
        assert!(line.starts_with("{\"v\":1,\"number\":") && line.ends_with('}'), "{line}");
    }
    said
}

fn refused(args: &[&str]) -> String {
    let done = gannet(args);
    assert_eq!((done.status.code(), &*done.stdout), (Some(1), &b""[..]), "{args:?}");
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn a_packet_is_a_line_and_keeps_its_number() {
    let said = objects(&["-r", &tour()]);
    assert_eq!(said.lines().count(), 28);
    let said = objects(&["-r", &tour(), "--skip", "2", "-c", "2"]);
    let numbers: Vec<_> = said.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(numbers, ["\"number\":3", "\"number\":4"]);
    let said = objects(&["-r", &tour(), "udp port 53"]);
    assert_eq!(
        said.matches(
            r#""questions":[{"type":1,"type_name":"A","class":1,"class_name":"IN","name":"www.example."}]"#
        )
        .count(),
        2,
        "{said}"
    );
}

#[test]
fn values_are_those_of_the_wire_and_have_names_beside_them() {
    let said = objects(&["-r", &tour(), "tcp[tcpflags] == tcp-push|tcp-ack"]);
    let numbers =
        r#""seq":193627613,"seq_end":193627913,"seq_relative":1,"ack":3649382275,"ack_relative":1,"#;
    assert!(said.contains(r#""flags":24,"flags_set":["psh","ack"]"#), "{said}");
    assert!(objects(&["-r", &tour()]).contains(numbers));
    let tags = r#""vlans":[{"tpid":34984,"tpid_name":"802.1Q-QinQ","id":100,"priority":0,"dei":false},{"tpid":33024,"tpid_name":"802.1Q","id":2,"priority":3,"dei":true}],"type":2048"#;
    assert!(objects(&["-r", &tour()]).contains(tags));
}

#[test]
fn what_is_for_lines_of_text_changes_nothing() {
    let plain = objects(&["-r", &tour()]);
    for args in ["-nevvvq#", "-tttt", "-tN", "--lengths"] {
        assert!(objects(&[args, "-r", &tour()]) == plain, "{args}");
    }
    let relative = |text: &str| without(&without(text, "\"seq_relative\":", ","), "\"ack_relative\":", ",");
    assert!(objects(&["-S", "-r", &tour()]) == relative(&plain));
}

/// `text` without what stands between `begin` and `end`, both included.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut parts = text.split(begin);
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        left += part.split_once(end).map_or("", |(_, behind)| behind);
    }
    left
}

#[test]
fn dumps_add_bytes() {
    let bytes = |args: &[&str]| {
        let said = objects(&[args, &["-c1", "-r", &tour()]].concat());
        said.split_once("\"bytes\":\"").map(|(_, bytes)| bytes.trim_end_matches("\"}\n").len() / 2)
    };
    assert_eq!((bytes(&[]), bytes(&["-x"]), bytes(&["-XX"])), (None, Some(48), Some(62)));
}

#[test]
fn what_contradicts_it_is_refused() {
    for (args, words) in [
        (&["-A"][..], "gannet: --json and -A are mutually exclusive: -x adds the bytes, in hex\n"),
        (&["-w", "x"], "gannet: --json with -w requires --print\n"),
        (&["--count"], "gannet: --json and --count are mutually exclusive: --count prints a number alone\n"),
        (&["-d"], "gannet: --json is for packets: it does not go together with -d, --dump, -D and -L\n"),
    ] {
        assert_eq!(refused(&[args, &["--json", "-r", &tour()]].concat()), words);
    }
}

#[test]
fn what_is_written_is_printed_too() {
    let copy = scratch("copy.pcap");
    let said = objects(&["--print", "-r", &tour(), "-w", &copy, "icmp"]);
    let again = objects(&["-r", &copy]);
    // Behind tags there are two more: a filter has to say so.
    assert_eq!(said.lines().count(), 3);
    // But for the numbers, which are those of each run.
    assert_eq!(said, again);
}

#[test]
fn interfaces_have_the_names_of_their_sections() {
    let path = scratch("interfaces.pcapng");
    let mut writer = Writer::pcapng(fs::File::create(&path).unwrap(), &SectionInfo::default()).unwrap();
    let named = |name: Option<&str>| Interface { name: name.map(str::to_owned), ..Interface::default() };
    let frame = ethernet(&[], 0x0800, &[0; 20]);
    let packet = |interface| Record {
        bytes: &frame,
        length: frame.len() as u32,
        time: Timestamp { seconds: 1, nanos: 0 },
        link: LinkType::ETHERNET,
        interface,
        direction: if interface == 0 { Direction::Outgoing } else { Direction::Unknown },
        vlan: None,
    };
    writer.interface(&named(Some("first"))).unwrap();
    writer.write(&packet(0)).unwrap();
    writer.interface(&named(None)).unwrap();
    writer.interface(&named(Some("th\"ird"))).unwrap();
    writer.write(&packet(1)).unwrap();
    writer.write(&packet(2)).unwrap();
    writer.section(&SectionInfo::default()).unwrap();
    writer.interface(&named(Some("other"))).unwrap();
    writer.write(&packet(0)).unwrap();
    writer.finish().unwrap();
    let known = |line: &str| {
        let (_, behind) = line.split_once("\"EN10MB\"").unwrap();
        behind.split_once(",\"ether\"").unwrap().0.to_owned()
    };
    let wanted = [
        r#","interface":"first","direction":"out""#,
        "",
        r#","interface":"th\"ird""#,
        r#","interface":"other","direction":"out""#,
    ];
    assert_eq!(objects(&["-r", &path]).lines().map(known).collect::<Vec<_>>(), wanted);
    // Those of one file do not stand for those of the next.
    let list = scratch("list");
    fs::write(&list, format!("{path}\n{}\n", tour())).unwrap();
    let said = objects(&["-V", &list]);
    assert_eq!(said.matches("\"interface\"").count(), 3);
}

/// The packets of a live capture are those that its savefile holds, but that the file cannot say what the kernel did
/// to tags.
#[test]
fn a_live_capture_says_what_its_savefile_holds() {
    in_namespace("a_live_capture_says_what_its_savefile_holds", || {
        add_veth("here", "there");
        let path = scratch("live.pcapng");
        let _ = fs::remove_file(&path);
        let mut child = Command::new(env!("CARGO_BIN_EXE_gannet"))
            .args(["--json", "--nano", "-l", "-i", "here", "--print", "-w", &path, "ip"])
            .args(["or", "vlan"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("listening on") && errors.read_line(&mut said).unwrap() > 0 {}
        let injector = Injector::on("here");
        injector.send(&ethernet(&[], 0x0800, &[0x45; 28]));
        injector.send(&ethernet(&[(0x8100, 0x2005)], 0x0800, &[0x45; 28]));
        std::thread::sleep(Duration::from_millis(200));
        kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        let mut live = String::new();
        child.stdout.take().unwrap().read_to_string(&mut live).unwrap();
        errors.read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success(), "{said}");
        assert!(live.contains(r#""interface":"here","direction":"out""#), "{live}");
        assert!(live.contains(r#""vlans":[{"tpid":33024,"tpid_name":"802.1Q","id":5"#), "{live}");
        assert!(live.ends_with("}\n") && !live.contains("\n\n"), "lines, and no empty one: {live}");
        assert_eq!(without(&live, "\"kernel_vlan\":", "},"), objects(&["-r", &path]));
    });
}

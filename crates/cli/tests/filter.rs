//! `gannet filter`: explained, tried part by part, compared, completed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn gannet(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gannet")).args(args).output().unwrap()
}

/// What it prints, and its status.
fn says(args: &[&str]) -> (String, Option<i32>) {
    let output = gannet(args);
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn explained_in_words_and_by_instruction() {
    let (text, status) = says(&["filter", "explain", "icmp", "and not len > 100"]);
    assert_eq!(status, Some(0));
    let start = "A packet is wanted if
  all of these hold:
    it is ICMP in IPv4   [icmp]
    not: this comparison of unsigned numbers holds   [len > 100]
";
    assert!(text.starts_with(start), "{text}");
    let line = |words: &str| text.lines().find(|line| line.contains(words)).unwrap_or_default();
    assert!(line("ldb      [23]").ends_with("; icmp"), "{text}");
    assert!(line("ld       #pktlen").ends_with("; len > 100"), "{text}");
    assert!(text.contains("[23:1] = 0x1 ?"), "{text}");
    assert_eq!(says(&["filter", "explain"]).0.lines().next(), Some("Every packet is wanted."));
}

#[test]
fn drawn_for_graphviz() {
    let (text, status) = says(&["filter", "explain", "--dot", "-y", "RAW", "ip"]);
    assert_eq!(status, Some(0));
    assert!(text.starts_with("digraph filter {") && text.ends_with("}\n"), "{text}");
    assert!(text.contains("-> accept;") && text.contains("-> reject [style=dashed];"), "{text}");
}

#[test]
fn each_part_says_what_it_did() {
    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples/tour.pcap");
    let tour = tour.to_str().unwrap();
    let text = "udp port 53 or icmp and not ether[9000] = 1";
    let (table, status) = says(&["filter", "test", text, tour]);
    assert_eq!(status, Some(0));
    let row = |words: &str| -> Vec<u32> {
        let line = table.lines().find(|line| line.ends_with(words)).unwrap_or_else(|| panic!("{table}"));
        line.split_whitespace().map_while(|word| word.parse().ok()).collect()
    };
    let count = |filter: &str| -> u32 {
        let (text, _) = says(&["--count", "-r", tour, filter]);
        text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or_default()
    };
    let (all, port, icmp) = (count(""), count("udp port 53"), count("icmp"));
    assert!(port > 0 && icmp > 0 && all > port + icmp, "the tour has both, and more");
    assert_eq!(row("  udp port 53"), [all, port, all - port, 0]);
    // `and` and `or` bind alike, and to the left.
    assert_eq!(row("  icmp"), [all - port, icmp, all - port - icmp, 0]);
    assert_eq!(row("  not ether[9000] = 1"), [port + icmp, 0, 0, port + icmp]);
}

#[test]
fn equal_filters_are_proved_so() {
    for (one, other) in [("tcp port 80", "tcp src port 80 or tcp dst port 80"), ("less 60", "not len > 60")] {
        let (text, status) = says(&["filter", "equal", one, other]);
        assert!(text.starts_with("equal: no packet of any length"), "{text}");
        assert_eq!(status, Some(0), "{one}, {other}");
    }
}

#[test]
fn what_tells_filters_apart_is_written() {
    let path = scratch("apart.pcap");
    let path = path.to_str().unwrap();
    let filters = ["host 10.0.0.1", "ip host 10.0.0.1"];
    let (text, status) = says(&["filter", "equal", "-w", path, filters[0], filters[1]]);
    assert_eq!(status, Some(1));
    assert!(text.starts_with("different: the first accepts this packet, the second refuses it\n"), "{text}");
    let kept = filters.map(|filter| says(&["--count", "-r", path, filter]).0);
    assert_eq!(kept, ["1 packet\n", "0 packets\n"]);
    let hex = text.lines().nth(1).and_then(|line| line.split_whitespace().last()).unwrap_or_default();
    let bytes = std::fs::read(path).unwrap();
    let written: String = bytes.iter().skip(40).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, hex);
}

#[test]
fn mistakes_are_shown() {
    let output = gannet(&["filter", "equal", "ip", "tcp.port == 80"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tcp port 80"), "what to type instead");
    let output = gannet(&["filter", "equal", "ip"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("equal takes two expressions"));
}

#[test]
fn completed() {
    assert_eq!(says(&["filter", "complete", "portr"]).0, "portrange\n");
    assert_eq!(says(&["filter", "complete", "-r", "x", "-y", "EN10"]).0, "EN10MB\n");
    assert_eq!(says(&["filter", "complete", "--imm"]).0, "--immediate-mode\n");
    assert_eq!(says(&["filter", "complete", "fil"]).0, "filter\n");
    assert!(
        !says(&["filter", "complete", "tcp", "fil"]).0.contains("filter"),
        "tools come first or not at all"
    );
}

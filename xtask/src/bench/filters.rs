//! `cargo xtask bench filters [speed] [--long]`: long lists of hosts, ports and the like, beside the installed libpcap.
//!
//! Each compilation runs in a process of its own, for the sake of its memory. Of libpcap's compiler, which takes time with the cube
//! of the length, counts what `tcpdump -d` takes, for as long as somebody is ready to wait (`--long`: ten minutes a filter).
//! What the programs cost per packet is for [`speed`] to say; with that word it alone is asked.

use super::peer::clock::processor_time;
use super::{speed, spent};
use crate::Outcome;
use gannet_filter::names::NoNames;
use gannet_filter::{LinkType, Target, compile};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// What is compiled: a kind of term, and how many of them.
const SIZES: &[(&str, &[usize])] = &[
    ("host", &[10, 100, 1_000, 2_000, 10_000, 100_000]),
    ("port", &[10, 100, 1_000]),
    ("net", &[1_000, 100_000]),
    ("ip6", &[100, 1_000, 100_000]),
    ("ether", &[100, 1_000, 100_000]),
    ("million", &[1_000_000]),
    ("nesting", &[100_000]),
];

/// Of which also the costs per packet are measured. (libpcap's optimiser takes long for many hosts, not for sources.)
const SPEEDS: &[(&str, usize)] = &[("host", 100), ("host", 1_000), ("src", 1_000)];

/// Runs the command.
pub fn main(args: &[String]) -> Outcome {
    if let [word, kind, count] = args
        && word == "one"
    {
        return one(kind, count.parse().map_err(|_| format!("bench: {count} is no number"))?);
    }
    if cfg!(debug_assertions) {
        let words = ["run", "--release", "--quiet", "-p", "xtask", "--", "bench", "filters"];
        let status =
            Command::new("cargo").args(words).args(args).status().map_err(|e| format!("cargo: {e}"))?;
        return Ok(status.success());
    }
    let patience = if args.iter().any(|arg| arg == "--long") { "600" } else { "15" };
    if args.iter().any(|arg| arg == "speed") {
        speed::main(SPEEDS, patience)?;
        return Ok(true);
    }
    println!("terms                 ours: ms  instructions  peak MB   libpcap: ms  instructions");
    let mut hosts = Vec::new();
    for (kind, counts) in SIZES {
        for &count in *counts {
            let ours = in_a_process(kind, count)?;
            let theirs = (count <= 2_000).then(|| libpcap(&text(kind, count), patience)).flatten();
            let theirs = match theirs {
                Some((ms, length)) => format!("{ms:13.1}  {length:12}"),
                None => format!("{:>13}  {:>12}", "-", "-"),
            };
            println!("{kind:8} x {count:9}  {:9.2}  {:>12}  {:7.1}  {theirs}", ours.ms, ours.length, ours.mb);
            if *kind == "host" && count >= 1_000 {
                hosts.push((count as f64, ours.ms));
            }
        }
    }
    if let (Some(first), Some(last)) = (hosts.first(), hosts.last()) {
        let slope = (last.1 / first.1).ln() / (last.0 / first.0).ln();
        println!("slope of the time for hosts, {} to {}, log-log: {slope:.2}", first.0, last.0);
    }
    speed::main(SPEEDS, patience)?;
    Ok(true)
}

/// A filter of so many terms, the same each time.
pub fn text(kind: &str, count: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut seen = BTreeSet::new();
    let mut text = String::new();
    if kind == "nesting" {
        return format!("{}tcp{}", "(".repeat(count), ")".repeat(count));
    }
    while seen.len() < count {
        let number = match kind {
            "port" => (next() % 65_534) | 1,
            "net" => (next() % (1 << 24)) << 8,
            _ => next() % (1 << 32),
        };
        if !seen.insert(number) {
            continue;
        }
        if !text.is_empty() {
            text += " or ";
        }
        let [a, b, c, d] = (number as u32).to_be_bytes();
        let (high, low) = (number >> 16 & 0xffff, number & 0xffff);
        let _ = match kind {
            "port" => write!(text, "port {number}"),
            "net" => write!(text, "net {a}.{b}.{c}.0/24"),
            "ip6" => write!(text, "host 2001:db8:{high:x}::{low:x}"),
            "src" => write!(text, "ip src {a}.{b}.{c}.{d}"),
            "ether" => write!(text, "ether host 02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}"),
            _ => write!(text, "host {a}.{b}.{c}.{d}"),
        };
    }
    text
}

/// What a compilation took.
struct Cost {
    ms: f64,
    length: String,
    mb: f64,
}

fn in_a_process(kind: &str, count: usize) -> Result<Cost, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let output = Command::new(program)
        .args(["bench", "filters", "one", kind, &count.to_string()])
        .output()
        .map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<f64>().ok());
    match (number(0), words.get(1), number(2)) {
        (Some(ms), Some(length), Some(kb)) => Ok(Cost { ms, length: (*length).to_owned(), mb: kb / 1e3 }),
        _ => Err(format!("{kind} x {count}: {:?} {text}", output.status)),
    }
}

/// Compiles one filter, the best of several times, and prints milliseconds of processor time, instructions, and the process's peak in kB beyond what
/// it had with the text alone.
fn one(kind: &str, count: usize) -> Outcome {
    let text = text(kind, count);
    let before = peak();
    let target = Target::new(LinkType::ETHERNET);
    let (mut best, mut length) = (f64::MAX, String::new());
    let begin = Instant::now();
    for round in 0.. {
        let start = processor_time();
        length = match compile(black_box(&text), &target, &NoNames) {
            Ok(compiled) => compiled.program.instructions().len().to_string(),
            Err(_) => "refused".to_owned(),
        };
        best = best.min((processor_time() - start) as f64 / 1e6);
        if round > 20 || begin.elapsed().as_secs() > 1 {
            break;
        }
    }
    println!("{best} {length} {}", peak() - before);
    Ok(true)
}

/// The most memory that the process has had, in kB.
fn peak() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What libpcap takes for a filter, in milliseconds, and how long its program is; `None` if there is no tcpdump, or too little patience.
fn libpcap(text: &str, patience: &str) -> Option<(f64, usize)> {
    let start = spent().ok()?;
    let program = libpcap_s_program(text, &[], patience)?;
    let ms = (spent().ok()? - start) as f64 / 1e6;
    Some((ms, program.lines().count().saturating_sub(1)))
}

/// libpcap's program as `-ddd` lists it; tcpdump is given the options besides.
pub fn libpcap_s_program(text: &str, options: &[&str], patience: &str) -> Option<String> {
    let file: PathBuf = crate::workspace::target().join("bench.filter");
    std::fs::write(&file, text).ok()?;
    let words = [patience, "tcpdump", "-y", "EN10MB", "-ddd", "-F"];
    let output = Command::new("timeout").args(words).arg(&file).args(options).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

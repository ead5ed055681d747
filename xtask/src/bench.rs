//! `cargo xtask bench [--smoke] [PACKETS]`: gannet beside the installed tcpdump, in the same minute.
//! `cargo xtask bench files ..`: the same for large files; see [`files`].
//!
//! Both read the same file, in turn, several times; what counts is the processor time of the whole process, and
//! of that the median. Nothing here fails for being slow: the numbers are for people. `bench filters` is about the
//! compiler: see [`filters`].

use crate::Outcome;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod files;
mod filters;
mod measure;
mod mix;
#[path = "../../crates/jit/benches/peer/mod.rs"]
mod peer;
mod speed;
mod traffic;

/// What is measured: a name, and what both are called with.
const ROWS: &[(&str, &[&str])] = &[
    ("print -n", &["-n"]),
    ("print -n -e -v", &["-n", "-e", "-v"]),
    ("print -n -X", &["-n", "-X"]),
    ("filter 'tcp port 80'", &["-n", "-w", "/dev/null", "tcp port 80"]),
    ("filter 'host 10.0.1.77'", &["-n", "-w", "/dev/null", "host 10.0.1.77"]),
    ("pass through", &["-n", "-w", "/dev/null"]),
];

/// Runs the command.
pub fn main(args: &[String]) -> Outcome {
    match args.split_first() {
        Some((word, rest)) if word == "files" => return files::main(rest),
        Some((word, rest)) if word == "filters" => return filters::main(rest),
        Some((word, rest)) if word == measure::WORD => return measure::between(rest),
        _ => {}
    }
    let smoke = args.iter().any(|arg| arg == "--smoke");
    let packets =
        args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(if smoke { 20_000 } else { 500_000 });
    let runs = if smoke { 1 } else { 7 };
    let gannet = build()?;
    let file = crate::workspace::target().join("bench.pcap");
    traffic::write(&file, packets).map_err(|error| format!("{}: {error}", file.display()))?;
    let peer = Command::new("tcpdump").arg("--version").output().is_ok();
    if !peer {
        println!("SKIPPED the comparison: there is no tcpdump here");
    }
    println!("{packets} packets, {runs} runs, median processor time in ns/packet (least .. most)");
    for (name, args) in ROWS {
        row(name, args, &gannet, peer, &file, packets, runs)?;
    }
    let _ = std::fs::remove_file(&file);
    Ok(true)
}

/// Builds gannet as it is released.
fn build() -> Result<PathBuf, String> {
    let built = Command::new("cargo").args(["build", "--release", "--quiet"]).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("gannet does not build".to_owned());
    }
    Ok(crate::workspace::target().join("release/gannet"))
}

fn row(
    name: &str,
    args: &[&str],
    gannet: &Path,
    peer: bool,
    file: &Path,
    packets: u64,
    runs: usize,
) -> Result<(), String> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(once(gannet, args, file, packets)?);
        if peer {
            theirs.push(once(&PathBuf::from("tcpdump"), args, file, packets)?);
        }
    }
    let ours = Spread::of(ours);
    if !peer {
        println!("{name:<24} gannet {ours}");
        return Ok(());
    }
    let theirs = Spread::of(theirs);
    println!("{name:<24} gannet {ours}   tcpdump {theirs}   {:.2} of it", ours.median / theirs.median);
    Ok(())
}

/// The processor time of one run, in nanoseconds a packet.
fn once(program: &Path, args: &[&str], file: &Path, packets: u64) -> Result<f64, String> {
    let before = spent()?;
    let status = Command::new(program)
        .arg("-r")
        .arg(file)
        .args(args)
        // Without it, tcpdump asks for the zone file with every packet.
        .env("TZ", "UTC0")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if !status.success() {
        return Err(format!("{} {args:?} failed", program.display()));
    }
    Ok((spent()? - before) as f64 / packets as f64)
}

/// What all children that have ended spent, in nanoseconds.
fn spent() -> Result<i64, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    Ok(usage.user_time().num_nanoseconds() + usage.system_time().num_nanoseconds())
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
        Spread { least: at(0), median: at(values.len() / 2), most: at(values.len().saturating_sub(1)) }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:7.1} ({:.1} .. {:.1})", self.median, self.least, self.most)
    }
}

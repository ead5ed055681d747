//! What one run of a program cost: processor time, wall time, memory.
//!
//! The system says of all children together what the most memory was that one of them had. So each run has a
//! process of its own between it and the bench: this program again, called with [`WORD`].

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The word behind `bench` that makes this program run one other.
pub const WORD: &str = "run-one";

/// The cost of a run.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// User and system time of the process, in nanoseconds.
    pub cpu: f64,
    /// Wall time, in nanoseconds.
    pub wall: f64,
    /// The most memory it had, in KiB. (What this program had when it began the other counts too: some MiB.)
    pub memory: f64,
}

/// Runs a program and says what it cost, or that it failed.
pub fn cost(program: &str, args: &[String]) -> Result<Cost, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(this)
        .args(["bench", WORD, program])
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match (output.status.success(), numbers.as_slice()) {
        (true, &[cpu, wall, memory]) => Ok(Cost { cpu, wall, memory }),
        _ => Err(format!("{program} {args:?} failed")),
    }
}

/// The process between: runs what its arguments say, and prints the three numbers.
pub fn between(args: &[String]) -> crate::Outcome {
    let (program, args) = args.split_first().ok_or("no program to run")?;
    let began = Instant::now();
    let status = Command::new(program)
        .args(args)
        // Without it, tcpdump asks for the zone file with every packet.
        .env("TZ", "UTC0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("{program}: {error}"))?;
    let wall = began.elapsed().as_nanos();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let cpu = usage.user_time().num_nanoseconds() + usage.system_time().num_nanoseconds();
    println!("{cpu} {wall} {}", usage.max_rss());
    Ok(status.success())
}

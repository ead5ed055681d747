//! `cargo xtask fuzz [TARGET] [SECONDS]`: runs the fuzz targets on the stable compiler, each for a while.
//!
//! The coverage that libFuzzer steers by comes from LLVM's own pass; it is asked for by flags, so that no
//! nightly compiler and no further tool is needed, only a C++ compiler for libFuzzer itself.

use crate::Outcome;
use std::path::Path;
use std::process::Command;

/// What there is to fuzz.
const TARGETS: &[&str] =
    &["packet", "savefile", "roundtrip", "expression", "machine", "text", "codec", "edit"];

const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// Runs the command.
pub fn main(args: &[String]) -> Outcome {
    let seconds = args.iter().find_map(|arg| arg.parse::<u32>().ok()).unwrap_or(60);
    let named: Vec<&str> = TARGETS.iter().copied().filter(|t| args.iter().any(|arg| arg == t)).collect();
    let targets = if named.is_empty() { TARGETS.to_vec() } else { named };
    let fuzz = crate::workspace::root().join("fuzz");
    if Command::new("c++").arg("--version").output().is_err() {
        println!("SKIPPED: fuzzing needs a C++ compiler, and there is no c++ here");
        return Ok(true);
    }
    build(&fuzz)?;
    let mut well = true;
    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        well &= run(&fuzz, target, seconds)?;
    }
    Ok(well)
}

fn build(fuzz: &Path) -> Result<(), String> {
    let built = Command::new("cargo")
        // With a target of its own, the flags do not reach build scripts.
        .args(["build", "--release", "--quiet", "--target", &host()?])
        // Wherever the rest is built: `run` looks here.
        .arg("--target-dir")
        .arg(fuzz.join("target"))
        .env("RUSTFLAGS", FLAGS)
        .current_dir(fuzz)
        .status();
    match built {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("the fuzz targets do not build: {other:?}")),
    }
}

fn run(fuzz: &Path, target: &str, seconds: u32) -> Outcome {
    let corpus = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let seeds = fuzz.join("seeds").join(target);
    let binary = fuzz.join("target").join(host()?).join("release").join(target);
    let mut command = Command::new(binary);
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=0", "-verbosity=0"])
        .arg(&corpus);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    let status = command.status().map_err(|error| format!("{target}: {error}"))?;
    if !status.success() {
        println!("{target}: failed; the input is in {}", artifacts.display());
    }
    Ok(status.success())
}

/// The triple of this machine.
fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not name its host".to_owned())
}

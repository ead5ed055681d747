//! Scores gannet on the conformance suites, and holds the scores that were reached.
//!
//! - [`tcpdump`] the cases of tcpdump's own test suite: exact text;
//! - [`wild`] captures of real traffic: lines that are equal;
//! - [`filters`] libpcap's test cases of the filter compiler: equal meaning, by proof where possible;
//! - [`json`] every capture as objects: strict JSON, one a packet;
//! - [`score`] what was reached before, in `conformance.toml`.

mod filters;
pub use filters::{random, same};
mod json;
mod score;
mod tcpdump;
mod wild;

use crate::{Outcome, gannet, workspace};
use score::Scores;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const USAGE: &str = "\
usage: cargo xtask conform [tcpdump|core|wild|json|filters] [OPTIONS]

Without a suite: all of them. core is the part of tcpdump that needs only the core protocols.

  --family F      only cases of this family (A, B, ..); of filters, of this link type
  --protocol P    only cases in which this protocol occurs
  --case NAME     only this case, or this file of wild or json; may be repeated
  --failing       list the cases that fail, and why
  --diff          show the lines that differ
  --worst N       wild: the N files with most lines wrong
  --words N       wild: the N most frequent first wrong words
  --libpcap       filters: judge libpcap's optimised programs instead of ours
  --longer        filters: list the programs that are longer than libpcap's, and why
  --lists         filters: 11,880 or-lists against the installed libpcap instead of the suites
  --bin PATH      this gannet, not the one in target
  --check         fail if a score is lower than in conformance.toml
  --record        write the scores to conformance.toml";

/// What was asked for.
#[derive(Default)]
struct Options {
    suites: Vec<String>,
    family: Option<String>,
    protocol: Option<String>,
    cases: Vec<String>,
    failing: bool,
    diff: bool,
    worst: usize,
    words: usize,
    libpcap: bool,
    longer: bool,
    lists: bool,
    bin: Option<PathBuf>,
    check: bool,
    record: bool,
}

/// `cargo xtask conform`.
pub fn main(args: &[String]) -> Outcome {
    let Some(options) = Options::parse(args)? else {
        println!("{USAGE}");
        return Ok(true);
    };
    let wants = |suite: &str| options.suites.is_empty() || options.suites.iter().any(|s| s == suite);
    let mut scores = Scores::default();
    if let Some(folder) = data("libpcap", wants("filters")) {
        filters::run(&options, &folder, &mut scores)?;
    }
    if let Some(folder) = data("tcpdump", wants("tcpdump") || wants("core")) {
        tcpdump::run(&options, &folder, &mut scores)?;
    }
    if let Some(folder) = data("wild", wants("wild")) {
        wild::run(&options, &folder, &mut scores)?;
    }
    if wants("json") {
        let folders = ["tcpdump", "wild", "pcapng", "libpcap"].map(|folder| data(folder, true));
        let folders: Vec<_> = folders.into_iter().flatten().collect();
        if !folders.is_empty() {
            json::run(&options, &folders, &mut scores)?;
        }
    }
    let path = workspace::root().join("conformance.toml");
    if options.record {
        scores.record(&path)?;
    }
    Ok(!options.check || scores.check(&path)?)
}

/// A suite's data, if it is wanted and there.
fn data(folder: &str, wanted: bool) -> Option<PathBuf> {
    if wanted { workspace::conformance(folder) } else { None }
}

impl Options {
    fn parse(args: &[String]) -> Result<Option<Self>, String> {
        let mut o = Self { words: 25, ..Self::default() };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().cloned().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "tcpdump" | "core" | "wild" | "json" | "filters" => o.suites.push(arg.clone()),
                "--family" => o.family = Some(value()?),
                "--protocol" => o.protocol = Some(value()?),
                "--case" => o.cases.push(value()?),
                "--bin" => o.bin = Some(value()?.into()),
                "--worst" => o.worst = value()?.parse().map_err(|_| "--worst needs a number")?,
                "--words" => o.words = value()?.parse().map_err(|_| "--words needs a number")?,
                "--libpcap" => o.libpcap = true,
                "--longer" => o.longer = true,
                "--lists" => o.lists = true,
                "--failing" => o.failing = true,
                "--diff" => o.diff = true,
                "--check" => o.check = true,
                "--record" => o.record = true,
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("conform: what is {other}?\n{USAGE}")),
            }
        }
        if (o.check || o.record) && o.selects() {
            return Err(
                "--check and --record judge whole suites: without --family, --protocol, --case".into()
            );
        }
        Ok(Some(o))
    }

    /// Whether only a part of a suite is asked for.
    fn selects(&self) -> bool {
        self.family.is_some() || self.protocol.is_some() || !self.cases.is_empty()
    }

    fn binary(&self) -> Result<PathBuf, String> {
        gannet::binary(self.bin.as_deref())
    }
}

/// Does `work` on all items, two at a time; the results are in the order of the items.
fn two_at_a_time<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

//! Judges the filter compiler by libpcap's own test cases.
//!
//! - [`judge`] decides whether two programs are one filter, by `gannet_bpf::equal`, with a clock;
//! - [`machine`] a plain interpreter, to judge the fast one by;
//! - [`accept`], [`apply`], [`reject`], [`helpers`] the four suites; [`names`], [`links`] what they assume;
//! - [`lists`] filters of our own making, against the installed libpcap; [`random()`] any that the grammar can make.

mod accept;
mod apply;
mod helpers;
mod judge;
mod links;
mod lists;
#[path = "../../../crates/bpf/tests/plain/mod.rs"]
mod machine;
mod names;
mod random;
mod reject;

use super::{Options, Scores};
use crate::Outcome;
use gannet_bpf::Semantics;
use gannet_filter::Target;
use judge::{Effort, Verdict};
use names::FileNames;
pub use random::random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Runs the suites and notes the scores.
///
/// # Errors
/// Data that cannot be read.
pub fn run(options: &Options, folder: &Path, scores: &mut Scores) -> Result<(), String> {
    let names = FileNames::read(&folder.join("etc"));
    if options.lists {
        lists::run(options, &names);
        return Ok(());
    }
    accept::run(options, &read(folder, "accept.json")?, &names, scores)?;
    if options.libpcap {
        return Ok(());
    }
    apply::run(options, folder, &read(folder, "apply.json")?, &names, scores)?;
    reject::run(options, folder, &read(folder, "reject.json")?, &names, scores);
    helpers::run(options, &read(folder, "names.json")?, scores);
    Ok(())
}

/// `cargo xtask same`: whether the programs in two files are one filter.
///
/// # Errors
/// Files that hold no programs.
pub fn same(args: &[String]) -> Outcome {
    let [first, second] = args else { return Err("same: two files with programs (-d or -ddd)".into()) };
    let program = |path: &String| {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        judge::listing(&text).map_err(|e| format!("{path}: {e}"))
    };
    let report =
        judge::compare(&program(first)?, &program(second)?, [Semantics::Libpcap; 2], Effort::PATIENT);
    match &report.verdict {
        Verdict::Proved => println!("equal on every packet ({} pairs of paths)", report.paths),
        Verdict::Tried(why) => println!("equal on {} packets, not proved: {why}", report.packets),
        Verdict::Wrong(difference) => println!("different: {}", judge::Fault(difference)),
    }
    Ok(!matches!(report.verdict, Verdict::Wrong(_)))
}

/// The cases of a suite.
fn read(folder: &Path, file: &str) -> Result<Vec<Value>, String> {
    let path = folder.join(file);
    let error = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let bytes = std::fs::read(&path).map_err(|e| error(&e))?;
    serde_json::from_slice(&bytes).map_err(|e| error(&e))
}

/// A string of a case; empty if it has none of that name.
fn text<'v>(case: &'v Value, name: &str) -> &'v str {
    case.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The target that a case asks for, if the link type is known.
fn target(case: &Value) -> Option<Target> {
    let mut target = Target::new(links::by_name(text(case, "dlt"))?);
    if let Some(snaplen) = case.get("snaplen") {
        let number = snaplen.as_u64().or_else(|| snaplen.as_str()?.parse().ok());
        target.snaplen = number.map_or(target.snaplen, |n| n as u32);
    }
    target.netmask = text(case, "netmask").parse::<std::net::Ipv4Addr>().ok().map(u32::from);
    target.linux_extensions = case.get("linux_extensions").and_then(Value::as_bool).unwrap_or(false);
    target.swapped = match text(case, "offline_order") {
        "swapped" => Some(true),
        "unswapped" => Some(false),
        _ => None,
    };
    Some(target)
}

/// Whether the options ask for a case.
fn wanted(options: &Options, case: &Value) -> bool {
    let family = options.family.as_deref().is_none_or(|f| text(case, "dlt") == f);
    family && (options.cases.is_empty() || options.cases.iter().any(|c| c == text(case, "name")))
}

/// Counts by reason, the most frequent first.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn print(&self, most: usize) {
        let mut rows: Vec<_> = self.0.iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (what, count) in rows.iter().take(most) {
            println!("  {count:6}  {what}");
        }
        if rows.len() > most {
            println!("          and {} more kinds", rows.len() - most);
        }
    }
}

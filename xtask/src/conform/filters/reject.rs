//! Filters that must be refused: with a place in the text, and in libpcap's words where those say something.

use super::{FileNames, Options, Scores, Tally, target, text, wanted};
use gannet_filter::diag::Kind;
use gannet_savefile::Reader;
use serde_json::Value;
use std::fs::File;
use std::path::Path;

/// libpcap's words for whatever does not parse: nothing to be learnt from.
const BARE: &str = "can't parse filter expression: syntax error";

pub fn run(options: &Options, folder: &Path, cases: &[Value], names: &FileNames, scores: &mut Scores) {
    let (mut good, mut all, mut refused, mut reasons) = (0, 0, 0, Tally::default());
    for case in cases.iter().filter(|case| wanted(options, case)) {
        all += 1;
        let fate = one(folder, case, names);
        refused += usize::from(!matches!(fate, Err(Fault::Accepted | Fault::NotYet(_))));
        let Err(fault) = fate else {
            good += 1;
            continue;
        };
        if options.failing {
            println!("{} ({}): {fault:?}", text(case, "name"), text(case, "expr"));
        }
        reasons.add(match fault {
            Fault::Accepted => format!("accepted, libpcap: {}", generic(text(case, "error_prefix"))),
            Fault::NotYet(why) => format!("not yet: {why}"),
            Fault::Link => "unknown link type".into(),
            Fault::Span => "the span lies outside".into(),
            Fault::Words(words) => {
                format!("{}, libpcap: {}", generic(&words), generic(text(case, "error_prefix")))
            }
        });
    }
    println!("reject:");
    reasons.print(25);
    println!("  refused at all: {refused}/{all}");
    println!("filters.reject = {good}/{all}");
    if !options.selects() {
        scores.set("filters.reject", good);
    }
}

#[derive(Debug)]
enum Fault {
    Accepted,
    NotYet(String),
    Link,
    Span,
    Words(String),
}

fn one(folder: &Path, case: &Value, names: &FileNames) -> Result<(), Fault> {
    if case.get("savefile").is_some() {
        return savefile(&folder.join("captures").join(text(case, "savefile")), text(case, "error_prefix"));
    }
    let target = target(case).ok_or(Fault::Link)?;
    let (filter, prefix) = (text(case, "expr"), text(case, "error_prefix"));
    let Err(error) = gannet_filter::compile(filter, &target, names) else { return Err(Fault::Accepted) };
    if error.kind() == Kind::Unsupported {
        return Err(Fault::NotYet(error.message().into()));
    }
    let (start, end) = (error.span().start as usize, error.span().end as usize);
    // A mistake at the very end is the empty span there; else something is pointed at.
    if start > end || end > filter.len() || start == end && start != filter.len() {
        return Err(Fault::Span);
    }
    let first = error.message().lines().next().unwrap_or_default();
    if prefix.starts_with(BARE) || first.starts_with(prefix) {
        Ok(())
    } else {
        Err(Fault::Words(first.into()))
    }
}

/// A file that must not open.
fn savefile(path: &Path, prefix: &str) -> Result<(), Fault> {
    let file = File::open(path).map_err(|e| Fault::NotYet(e.to_string()))?;
    let Err(error) = Reader::open(file) else { return Err(Fault::Accepted) };
    let words = prefix.strip_prefix("Failed opening: ").unwrap_or(prefix);
    let message = error.to_string();
    if message.starts_with(words) { Ok(()) } else { Err(Fault::Words(message)) }
}

/// A message without the words that are the filter's own, so that alike ones count together.
fn generic(message: &str) -> String {
    let mut inside = false;
    let keep = message.chars().filter_map(|c| {
        let was = inside;
        if c == '\'' || c == '"' {
            inside = !inside;
            return Some(c);
        }
        (!was).then_some(if c.is_ascii_digit() { '9' } else { c })
    });
    keep.collect()
}

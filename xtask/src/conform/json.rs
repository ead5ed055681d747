//! Every capture of the suites as JSON (`--json`): strict JSON, no key twice, one object a packet, as many as text has.

mod strict;

use super::{Options, Scores, two_at_a_time};
use crate::gannet::{self, End};
use std::path::{Path, PathBuf};

/// What names of captures end in.
const ENDINGS: [&str; 4] = ["pcap", "pcapng", "cap", "ntar"];

/// What came of a capture.
struct Verdict {
    name: String,
    /// Packets whose line is as it should be.
    good: usize,
    /// The first thing that is wrong.
    fault: Option<String>,
}

/// Runs the captures of all `folders`.
pub fn run(options: &Options, folders: &[PathBuf], scores: &mut Scores) -> Result<(), String> {
    let program = options.binary()?;
    let mut captures = Vec::new();
    for folder in folders {
        gather(folder, &mut captures)?;
    }
    captures.retain(|path| {
        options.cases.is_empty() || options.cases.iter().any(|case| path.ends_with(Path::new(case)))
    });
    captures.sort();
    if captures.is_empty() {
        return Err("none of the captures is meant".into());
    }
    let verdicts = two_at_a_time(&captures, |path| judge(&program, path));
    let verdicts = verdicts.into_iter().collect::<Result<Vec<_>, _>>()?;
    for verdict in &verdicts {
        if let Some(fault) = &verdict.fault {
            println!("{}: {fault}", verdict.name);
        }
    }
    let whole = verdicts.iter().filter(|verdict| verdict.fault.is_none()).count();
    let good = verdicts.iter().map(|verdict| verdict.good).sum();
    println!("json: {good} packets in {whole} of {} captures", verdicts.len());
    scores.set("json.captures", whole);
    scores.set("json.packets", good);
    Ok(())
}

fn gather(folder: &Path, captures: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            gather(&path, captures)?;
        } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
            captures.push(path);
        }
    }
    Ok(())
}

fn judge(program: &Path, path: &Path) -> Result<Verdict, String> {
    let run = |args: &[&str]| {
        let name = path.as_os_str();
        let args: Vec<_> = args.iter().map(std::ffi::OsStr::new).chain([name]).collect();
        gannet::run(program, Path::new("."), &args)
    };
    let (json, text) = (run(&["--json", "-r"])?, run(&["-ntq#r"])?);
    let (mut good, mut fault) = (0, None);
    for (at, line) in json.stdout.split_inclusive(|c| *c == b'\n').enumerate() {
        match whole(line).and_then(|line| strict::object(line, &format!("{{\"v\":1,\"number\":{},", at + 1)))
        {
            Ok(()) => good += 1,
            Err(wrong) => fault = fault.or(Some(format!("packet {}: {wrong}", at + 1))),
        }
    }
    let expected = packets(&text.stdout);
    if good != expected {
        fault = fault.or(Some(format!("{good} objects, but {expected} packets in text")));
    }
    if json.end != text.end || !matches!(json.end, End::Exit(0 | 1)) {
        fault = fault.or(Some(format!("{:?}, but text {:?}", json.end, text.end)));
    }
    Ok(Verdict { name: path.display().to_string(), good, fault })
}

fn whole(line: &[u8]) -> Result<&[u8], String> {
    line.strip_suffix(b"\n").ok_or("the line has no end".into())
}

/// How many packets there are in text with numbers: lines that begin with the next one.
fn packets(text: &[u8]) -> usize {
    let mut next = 1;
    for line in text.split(|c| *c == b'\n') {
        next += usize::from(line.starts_with(format!("{next:5}  ").as_bytes()));
    }
    next - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_counted_by_their_numbers() {
        assert_eq!(packets(b"    1  IP a\n\t2  b\n    3  c\n    2  IP\n"), 2);
        assert_eq!(packets(b""), 0);
    }
}

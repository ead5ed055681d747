//! Deliberate bugs in the optimiser and the emitter, one at a time: are they found?
//!
//! `cargo xtask mutants [--sample N] [WORDS]`. `mutants/table.txt` holds the bugs as textual edits. Each is made in a copy of
//! the tree under `target/mutants`, never in the tree itself. First all of them go before the crate's tests, which are quick; those that
//! pass go before libpcap's test cases and random filters beside the installed libpcap, of which every number must be that of
//! the unchanged copy.
//! Results are kept beside the copy, so that a run which was ended goes on where it was; with WORDS, only the bugs that have them in
//! their line are judged, anew.

use crate::{Outcome, workspace};
use std::collections::BTreeMap;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

const TABLE: &str = include_str!("mutants/table.txt");
/// Where the files of the table are.
const BASE: &str = "crates/filter/src";
/// What the judges' numbers depend on.
const CRATE: &str = "crates/filter";
/// How many random filters a copy is judged by.
const RANDOM: &str = "1500";

/// Seconds after which a judge has seen enough.
const TIMEOUT: &str = "900";
/// What the copy is built with: the crate that changes for a quick build, the prover that does not for speed.
const PROFILE: [&str; 6] = [
    "--config",
    "profile.dev.debug=0",
    "--config",
    "profile.dev.package.gannet-bpf.opt-level=3",
    "--config",
    "profile.dev.incremental=true",
];

/// The crate's tests, the quickest first.
const TESTS: [&[&str]; 2] = [
    &["test", "-q", "-p", "gannet-filter", "--test", "table", "--test", "random", "--test", "proof"],
    &["test", "-q", "-p", "gannet-filter"],
];

/// Those who print numbers, for bugs that the tests do not find.
const COUNTS: [&[&str]; 2] = [
    &["run", "-q", "-p", "xtask", "--", "conform", "filters"],
    &["run", "-q", "-p", "xtask", "--", "random", RANDOM, "7"],
];

/// A deliberate bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mutant {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// `cargo xtask mutants`.
///
/// # Errors
/// A copy that cannot be made, or that fails unchanged.
pub fn main(args: &[String]) -> Outcome {
    let all = table();
    let (sample, words) = match args {
        [] => (all.len(), ""),
        [flag, number] if flag == "--sample" => {
            (number.parse().map_err(|_| format!("mutants: {number} is no number"))?, "")
        }
        [words] => (all.len(), words.as_str()),
        _ => return Err("mutants: [--sample N] [WORDS]".into()),
    };
    let folder = workspace::target().join("mutants");
    let copy = Copy::new(&std::path::absolute(&folder).unwrap_or(folder))?;
    // Spread over the whole table.
    let step = (all.len() / sample.clamp(1, all.len())).max(1);
    let chosen = all.iter().filter(|mutant| mutant.name().contains(words)).step_by(step).take(sample);
    let mut results: Vec<(&Mutant, String)> = Vec::new();
    let known = copy.results();
    if copy.tests()? != OPEN {
        return Err("the unchanged copy fails its tests".into());
    }
    for mutant in chosen {
        let start = Instant::now();
        let result = match known.get(&mutant.name()).filter(|_| words.is_empty()) {
            Some(result) => result.clone(),
            None => copy.judge(mutant, || copy.tests())?,
        };
        println!("{result:16} {:3} s  {}", start.elapsed().as_secs(), mutant.name());
        results.push((mutant, result));
    }
    for (mutant, result) in results.iter_mut().filter(|(_, result)| result == OPEN) {
        let usual = copy.usual()?;
        let start = Instant::now();
        *result = copy.judge(mutant, || copy.counts(&usual))?;
        println!("{result:16} {:3} s  {}", start.elapsed().as_secs(), mutant.name());
    }
    let tried = results.iter().filter(|(_, result)| result != STALE && result != BROKEN).count();
    let found = results.iter().filter(|(_, result)| result.starts_with("found")).count();
    println!("mutants found = {found}/{tried}");
    Ok(found * 100 >= tried * 99)
}

const OPEN: &str = "tests pass";
const STALE: &str = "stale";
const BROKEN: &str = "does not build";

fn table() -> Vec<Mutant> {
    let mut file = "";
    let mut all = Vec::new();
    for line in TABLE.lines() {
        match (line.strip_prefix("# "), line.split_once(" ~>")) {
            (Some(name), _) => file = name,
            (None, Some((from, to))) => all.push(Mutant { file, from, to: to.trim() }),
            (None, None) => {}
        }
    }
    all
}

impl Mutant {
    fn name(&self) -> String {
        format!("{}: {} ~> {}", self.file, self.from, self.to)
    }

    /// Where it is made.
    fn file(&self) -> String {
        format!("{BASE}/{}", self.file)
    }

    /// The text with the bug in it; `None` if the place is not there, or not the only one.
    fn apply(&self, text: &str) -> Option<String> {
        (text.matches(self.from).count() == 1).then(|| text.replacen(self.from, self.to, 1))
    }
}

/// The copy of the tree, and the results beside it.
struct Copy {
    tree: PathBuf,
    folder: PathBuf,
}

impl Copy {
    /// Brings the copy up to date.
    fn new(folder: &Path) -> Result<Self, String> {
        let copy = Self { tree: folder.join("tree"), folder: folder.to_path_buf() };
        for part in ["crates", "xtask", "tests", "Cargo.toml", "Cargo.lock", "rustfmt.toml"] {
            bring(&workspace::root().join(part), &copy.tree.join(part))?;
        }
        Ok(copy)
    }

    /// The results of earlier runs that still count: those of a bug until its file changes, what is usual until the crate does.
    fn results(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.folder.join("results")).unwrap_or_default();
        let mut stamps: BTreeMap<String, String> = BTreeMap::new();
        let mut results = BTreeMap::new();
        for line in text.lines() {
            let mut columns = line.splitn(4, '\t');
            let mut column = || columns.next().unwrap_or_default().to_string();
            let (result, about, stamp, name) = (column(), column(), column(), column());
            let now = stamps.entry(about).or_insert_with_key(|about| self::stamp(about));
            if *now == stamp {
                results.insert(name, result);
            }
        }
        results
    }

    fn note(&self, about: &str, name: &str, result: &str) -> Result<(), String> {
        let path = self.folder.join("results");
        let before = fs::read_to_string(&path).unwrap_or_default();
        let line = format!("{result}\t{about}\t{}\t{name}\n", stamp(about));
        fs::write(&path, before + &line).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Makes the bug, asks for the result, and takes the bug back.
    fn judge(&self, mutant: &Mutant, ask: impl Fn() -> Result<String, String>) -> Result<String, String> {
        let path = self.tree.join(BASE).join(mutant.file);
        let error = |e: std::io::Error| format!("{}: {e}", path.display());
        let text = fs::read_to_string(&path).map_err(error)?;
        let Some(mutated) = mutant.apply(&text) else { return Ok(STALE.into()) };
        fs::write(&path, mutated).map_err(error)?;
        let result = match self.cargo(&["build", "-q", "-p", "gannet-filter"])?.status.success() {
            true => ask(),
            false => Ok(BROKEN.into()),
        };
        fs::write(&path, text).map_err(error)?;
        let result = result?;
        // What a new test may find is asked again.
        let about = if result.starts_with("found") { mutant.file() } else { CRATE.into() };
        self.note(&about, &mutant.name(), &result)?;
        Ok(result)
    }

    /// What the crate's tests say.
    fn tests(&self) -> Result<String, String> {
        for command in TESTS {
            if !self.cargo(command)?.status.success() {
                return Ok("found by tests".into());
            }
        }
        Ok(OPEN.into())
    }

    /// What those say who count, if the numbers of the unchanged copy are these.
    fn counts(&self, usual: &[String]) -> Result<String, String> {
        for (command, usual) in COUNTS.iter().zip(usual) {
            if self.numbers(command)? != *usual {
                return Ok("found by numbers".into());
            }
        }
        Ok("NOT FOUND".into())
    }

    /// The numbers of the unchanged copy.
    fn usual(&self) -> Result<Vec<String>, String> {
        let known = self.results();
        let mut usual = Vec::new();
        for command in COUNTS {
            let name = command.join(" ");
            let numbers = match known.get(&name) {
                Some(numbers) => numbers.clone(),
                None => {
                    let numbers = self.numbers(command)?;
                    self.note(CRATE, &name, &numbers)?;
                    numbers
                }
            };
            usual.push(numbers);
        }
        Ok(usual)
    }

    /// What a command counts, in one line.
    fn numbers(&self, command: &[&str]) -> Result<String, String> {
        let output = self.cargo(command)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let counted =
            ["filters.", "longer than", "instructions,", "wrong on Linux", "FAULT", "machine fails"];
        // How far paths were followed in the time there was is no number to hold anybody to.
        let lines = text.lines().filter(|line| counted.iter().any(|word| line.contains(word)));
        let lines: Vec<_> = lines.filter(|line| !line.contains("packets took")).map(str::trim).collect();
        Ok(lines.join(" | "))
    }

    fn cargo(&self, args: &[&str]) -> Result<Output, String> {
        // A bug may make a loop that does not end.
        let mut command = Command::new("timeout");
        command.arg(TIMEOUT).arg("cargo").args(PROFILE).args(args).current_dir(&self.tree);
        command.env("CARGO_TARGET_DIR", self.folder.join("target")).env_remove("CARGO_MANIFEST_DIR");
        if let Some(data) =
            workspace::conformance("libpcap").and_then(|path| path.parent().map(PathBuf::from))
        {
            command.env("GANNET_CONFORMANCE", data);
        }
        command.output().map_err(|e| format!("cargo: {e}"))
    }
}

/// A number that changes with a file of the tree, or any file in a folder of it.
fn stamp(about: &str) -> String {
    let mut hash = std::hash::DefaultHasher::new();
    let mut todo = vec![workspace::root().join(about)];
    while let Some(path) = todo.pop() {
        match fs::read_dir(&path) {
            Ok(entries) => {
                let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
                inside.sort();
                todo.extend(inside);
            }
            Err(_) => fs::read(&path).unwrap_or_default().hash(&mut hash),
        }
    }
    format!("{:016x}", hash.finish())
}

/// Makes `to` a copy of `from`; what is the same already is left alone.
fn bring(from: &Path, to: &Path) -> Result<(), String> {
    let error = |e: std::io::Error| format!("{}: {e}", from.display());
    let mut todo = vec![(from.to_path_buf(), to.to_path_buf())];
    while let Some((from, to)) = todo.pop() {
        if from.is_dir() {
            fs::create_dir_all(&to).map_err(error)?;
            for entry in fs::read_dir(&from).map_err(error)?.flatten() {
                todo.push((entry.path(), to.join(entry.file_name())));
            }
            continue;
        }
        let new = fs::read(&from).map_err(error)?;
        if fs::read(&to).ok().as_ref() != Some(&new) {
            fs::write(&to, new).map_err(error)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bugs_have_their_places() {
        let all = table();
        assert_eq!(all.len(), 104);
        let stale = all.iter().filter(|mutant| {
            let text = fs::read_to_string(workspace::root().join(BASE).join(mutant.file)).unwrap();
            mutant.apply(&text).is_none_or(|mutated| mutated == text)
        });
        let stale: Vec<_> = stale.map(Mutant::name).collect();
        assert!(stale.len() < 5, "the code has moved on from under these: {stale:#?}");
    }
}

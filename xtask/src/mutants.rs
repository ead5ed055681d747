//! Deliberate bugs in the optimiser and the emitter, one at a time: are they found?
//!
//! `cargo xtask mutants [--sample N]`. `mutants/table.txt` holds the bugs as textual edits. Each is made in a copy of the tree
//! under `target/mutants`, never in the tree itself; the copy is judged by libpcap's test cases (every number that
//! `conform filters` prints must be that of the unchanged copy), by random filters, and by the crate's own tests.
//! Results are kept beside the copy, so that a run which was ended goes on where it was.

use crate::{Outcome, workspace};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

const TABLE: &str = include_str!("mutants/table.txt");
/// Where the files of the table are.
const BASE: &str = "crates/filter/src";
/// How many random filters a copy is judged by.
const RANDOM: &str = "1500";

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
    let sample = match args {
        [] => all.len(),
        [flag, number] if flag == "--sample" => {
            number.parse().map_err(|_| format!("mutants: {number} is no number"))?
        }
        _ => return Err("mutants: --sample N".into()),
    };
    let folder = workspace::target().join("mutants");
    let copy = Copy::new(&std::path::absolute(&folder).unwrap_or(folder))?;
    let mut known = copy.results();
    let usual = match known.get("") {
        Some(usual) => usual.clone(),
        None => {
            let usual = copy.numbers()?.ok_or("the unchanged copy does not build")?;
            if copy.numbers()?.as_ref() != Some(&usual) {
                return Err(format!("the unchanged copy does not give the same numbers twice: {usual}"));
            }
            copy.note("", &usual)?;
            known.insert(String::new(), usual.clone());
            usual
        }
    };
    // Spread over the whole table.
    let step = (all.len() / sample.clamp(1, all.len())).max(1);
    let (mut found, mut tried) = (0, 0);
    for mutant in all.iter().step_by(step).take(sample) {
        let start = Instant::now();
        let result = match known.get(&mutant.name()) {
            Some(result) => result.clone(),
            None => {
                let result = copy.judge(mutant, &usual)?;
                copy.note(&mutant.name(), &result)?;
                result
            }
        };
        println!("{result:14} {:3} s  {}", start.elapsed().as_secs(), mutant.name());
        tried += usize::from(result != STALE && result != BROKEN);
        found += usize::from(result.starts_with("found"));
    }
    println!("mutants found = {found}/{tried}");
    Ok(found * 100 >= tried * 99)
}

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
    /// Brings the copy up to date; results of another state of the tree are forgotten.
    fn new(folder: &Path) -> Result<Self, String> {
        let copy = Self { tree: folder.join("tree"), folder: folder.to_path_buf() };
        let mut changed = false;
        for part in ["crates", "xtask", "tests", "Cargo.toml", "Cargo.lock", "rustfmt.toml"] {
            changed |= bring(&workspace::root().join(part), &copy.tree.join(part))?;
        }
        if changed {
            let _ = fs::remove_file(copy.folder.join("results"));
        }
        Ok(copy)
    }

    fn results(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.folder.join("results")).unwrap_or_default();
        let row =
            |line: &str| line.split_once('\t').map(|(result, name)| (name.to_string(), result.to_string()));
        text.lines().filter_map(row).collect()
    }

    fn note(&self, name: &str, result: &str) -> Result<(), String> {
        let path = self.folder.join("results");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{before}{result}\t{name}\n"))
            .map_err(|e| format!("{}: {e}", path.display()))
    }

    fn judge(&self, mutant: &Mutant, usual: &str) -> Result<String, String> {
        let path = self.tree.join(BASE).join(mutant.file);
        let error = |e: std::io::Error| format!("{}: {e}", path.display());
        let text = fs::read_to_string(&path).map_err(error)?;
        let Some(mutated) = mutant.apply(&text) else { return Ok(STALE.into()) };
        fs::write(&path, mutated).map_err(error)?;
        let result = self.verdict(usual);
        fs::write(&path, text).map_err(error)?;
        result
    }

    fn verdict(&self, usual: &str) -> Result<String, String> {
        match self.numbers()? {
            None => return Ok(BROKEN.into()),
            Some(numbers) if numbers != usual => return Ok("found by cases".into()),
            Some(_) => {}
        }
        let tests = self.cargo(&["test", "-q", "-p", "gannet-filter"])?;
        Ok(if tests.status.success() { "NOT FOUND".into() } else { "found by tests".into() })
    }

    /// What the judges count, in one line; `None` if the copy does not build.
    fn numbers(&self) -> Result<Option<String>, String> {
        if !self.cargo(&["build", "-q", "-p", "xtask"])?.status.success() {
            return Ok(None);
        }
        let suites = self.cargo(&["run", "-q", "-p", "xtask", "--", "conform", "filters"])?;
        let random = self.cargo(&["run", "-q", "-p", "xtask", "--", "random", RANDOM, "7"])?;
        let text =
            [suites.stdout, random.stdout].map(|out| String::from_utf8_lossy(&out).into_owned()).concat();
        let counted =
            ["filters.", "longer than", "instructions,", "wrong on Linux", "FAULT", "machine fails"];
        let lines = text.lines().filter(|line| counted.iter().any(|word| line.contains(word)));
        // How far paths were followed in the time there was is no number to hold anybody to.
        Ok(Some(
            lines
                .filter(|line| !line.contains("packets took"))
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" | "),
        ))
    }

    fn cargo(&self, args: &[&str]) -> Result<Output, String> {
        // A bug may make a loop that does not end.
        let mut command = Command::new("timeout");
        command
            .args(["600", "cargo"])
            .args(args)
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", self.folder.join("target"));
        command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1").env_remove("CARGO_MANIFEST_DIR");
        if let Some(data) =
            workspace::conformance("libpcap").and_then(|path| path.parent().map(PathBuf::from))
        {
            command.env("GANNET_CONFORMANCE", data);
        }
        command.output().map_err(|e| format!("cargo: {e}"))
    }
}

/// Makes `to` a copy of `from`; what is the same already is left alone. Says whether anything was not.
fn bring(from: &Path, to: &Path) -> Result<bool, String> {
    let error = |e: std::io::Error| format!("{}: {e}", from.display());
    let mut changed = false;
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
            changed = true;
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bugs_have_their_places() {
        let all = table();
        assert_eq!(all.len(), 100);
        let stale = all.iter().filter(|mutant| {
            let text = fs::read_to_string(workspace::root().join(BASE).join(mutant.file)).unwrap();
            mutant.apply(&text).is_none_or(|mutated| mutated == text)
        });
        let stale: Vec<_> = stale.map(Mutant::name).collect();
        assert!(stale.len() < 5, "the code has moved on from under these: {stale:#?}");
    }
}

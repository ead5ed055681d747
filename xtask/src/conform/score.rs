//! Scores: names and numbers, of which more is better. `conformance.toml` holds what was reached.

use std::collections::BTreeMap;
use std::path::Path;

const HEAD: &str = "\
# The scores reached on the conformance suites. `cargo xtask conform --check` fails if one falls;
# `cargo xtask conform --record` rewrites this file. tcpdump and core count cases, wild counts lines, json packets.
";

/// What a run reached.
#[derive(Debug, Default)]
pub struct Scores(BTreeMap<String, u64>);

impl Scores {
    /// Notes a score.
    pub fn set(&mut self, name: impl Into<String>, score: usize) {
        self.0.insert(name.into(), score as u64);
    }

    /// Says which scores fell, and whether none did.
    pub fn check(&self, path: &Path) -> Result<bool, String> {
        let before = read(path)?;
        let mut well = true;
        for (name, now) in &self.0 {
            match before.get(name) {
                Some(then) if now < then => {
                    println!("FELL {name}: {now}, was {then}");
                    well = false;
                }
                Some(then) if now > then => println!("rose {name}: {now}, was {then} (--record holds it)"),
                _ => {}
            }
        }
        Ok(well)
    }

    /// Writes the scores, and leaves those of suites that did not run.
    pub fn record(&self, path: &Path) -> Result<(), String> {
        let mut all = if path.exists() { read(path)? } else { BTreeMap::new() };
        all.extend(self.0.clone());
        let lines: String = all.iter().map(|(name, score)| format!("{name} = {score}\n")).collect();
        std::fs::write(path, format!("{HEAD}{lines}")).map_err(|e| format!("{}: {e}", path.display()))
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, u64>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    parse(&text).map_err(|line| format!("{}: not `name = number`: {line}", path.display()))
}

fn parse(text: &str) -> Result<BTreeMap<String, u64>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, number) = line.split_once('=').ok_or(line)?;
            Ok((name.trim().to_string(), number.trim().parse().map_err(|_| line)?))
        })
        .collect::<Result<_, &str>>()
        .map_err(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_that_falls_is_told() {
        let path = std::env::temp_dir().join(format!("gannet-scores-{}.toml", std::process::id()));
        let mut scores = Scores::default();
        scores.set("a.b", 3);
        scores.set("c", 1);
        scores.record(&path).unwrap();
        assert!(scores.check(&path).unwrap());
        let mut less = Scores::default();
        less.set("a.b", 2);
        assert!(!less.check(&path).unwrap());
        less.record(&path).unwrap();
        assert_eq!(read(&path).unwrap(), [("a.b".to_string(), 2), ("c".to_string(), 1)].into());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(parse("# x\n\na = 1\n").unwrap().len(), 1);
        assert!(parse("a: 1").is_err());
        assert!(parse("a = one").is_err());
    }
}

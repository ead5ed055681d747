//! Rules about packages and documents.

use super::{Faults, walk};
use std::collections::BTreeSet;
use std::path::Path;

/// The floors of the house: a crate may use only crates of lower floors.
const FLOORS: [(&str, u8); 13] = [
    ("wire", 1),
    ("bpf", 1),
    ("dissect", 2),
    ("savefile", 2),
    ("capture", 2),
    ("filter", 2),
    ("jit", 2),
    ("printer", 3),
    ("keys", 3),
    ("pcap", 3),
    ("edit", 3),
    ("cli", 4),
    ("capi", 4),
];

/// Where a path on somebody's machine begins, in two halves so that this file passes.
const MACHINE_PATHS: [(&str, &str); 4] = [("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("/t", "mp/")];

/// All rules about packages and documents.
pub fn check(root: &Path, faults: &mut Faults) -> Result<(), String> {
    let crates = crates(root);
    for name in &crates {
        edges(name, &read(root, &format!("crates/{name}/Cargo.toml"))?, faults);
    }
    reasons(&read(root, "Cargo.toml")?, faults);
    match read(root, "ARCHITECTURE.md") {
        Ok(text) => architecture(&text, &crates, faults),
        Err(_) => faults.add("ARCHITECTURE.md", 1, "write it: the crates, and how they hang together"),
    }
    for file in walk(root) {
        let kind = file.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        if matches!(kind.as_str(), "rs" | "toml" | "md" | "sh" | "yml" | "yaml" | "txt" | "json" | "py") {
            let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
            machine_paths(&name, &std::fs::read_to_string(&file).unwrap_or_default(), faults);
        }
    }
    Ok(())
}

fn read(root: &Path, file: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(file)).map_err(|e| format!("{file}: {e}"))
}

/// The names of the folders in `crates`.
fn crates(root: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root.join("crates")).into_iter().flatten().flatten();
    entries
        .filter(|e| e.path().join("Cargo.toml").is_file())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect()
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

/// Arrows only go down. What tests use is not looked at.
fn edges(name: &str, manifest: &str, faults: &mut Faults) {
    let file = format!("crates/{name}/Cargo.toml");
    let Some(own) = floor(name) else {
        return faults.add(
            &file,
            1,
            format!("give {name} a floor in xtask/src/tidy/cargo.rs and in ARCHITECTURE.md"),
        );
    };
    let mut section = "";
    for (line, text) in (1..).zip(manifest.lines()) {
        if text.starts_with('[') {
            section = text.trim();
        }
        let Some(rest) = text.strip_prefix("gannet-").filter(|_| section == "[dependencies]") else {
            continue;
        };
        let other: String =
            rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        if floor(&other).is_none_or(|other| other >= own) {
            faults.add(&file, line, format!("{name} must not use {other}: arrows only go down"));
        }
    }
}

/// A dependency has a line of reason.
fn reasons(manifest: &str, faults: &mut Faults) {
    let (mut inside, mut before) = (false, "");
    for (line, text) in (1..).zip(manifest.lines()) {
        if text.starts_with('[') {
            inside = text.trim() == "[workspace.dependencies]";
        } else if inside
            && text.contains('=')
            && !text.starts_with(['#', ' '])
            && !text.starts_with("gannet-")
            && !before.starts_with('#')
        {
            let name = text.split([' ', '=', '.']).next().unwrap_or(text);
            faults.add("Cargo.toml", line, format!("say in a # line above why {name} is not our own code"));
        }
        before = text;
    }
}

/// The list of crates in the document is the list of crates: a table whose first column is headed `crate`.
fn architecture(text: &str, crates: &BTreeSet<String>, faults: &mut Faults) {
    const FILE: &str = "ARCHITECTURE.md";
    let mut named = BTreeSet::new();
    let mut inside = false;
    for (line, text) in (1..).zip(text.lines()) {
        let cell = text.strip_prefix('|').and_then(|row| row.split('|').next()).map(str::trim);
        inside = cell.is_some_and(|cell| inside || cell == "crate");
        let name = cell.filter(|_| inside).and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`'));
        let Some(name) = name else { continue };
        if name != "xtask" && !crates.contains(name) {
            faults.add(FILE, line, format!("there is no crates/{name}: take it off the list"));
        }
        named.insert(name.to_string());
    }
    for name in crates.difference(&named) {
        faults.add(FILE, 1, format!("put {name} on the list of crates"));
    }
}

fn machine_paths(name: &str, text: &str, faults: &mut Faults) {
    for (line, text) in (1..).zip(text.lines()) {
        for (a, b) in MACHINE_PATHS {
            let path = format!("{a}{b}");
            let begins = |at: usize| {
                let before = text.get(..at).and_then(|t| t.chars().next_back());
                !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}' | '*'))
            };
            if text.match_indices(&path).any(|(at, _)| begins(at)) {
                faults.add(name, line, format!("{path} is a path of one machine"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn lines(check: impl FnOnce(&mut Faults)) -> Vec<usize> {
        let mut faults = Faults::default();
        check(&mut faults);
        faults.0.into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn arrows_go_down() {
        let manifest = "[dependencies]\ngannet-wire.workspace = true\ngannet-filter = { path = \"\" }\n[dev-dependencies]\ngannet-pcap.workspace = true\n";
        assert_eq!(lines(|f| edges("pcap", manifest, f)), NONE);
        assert_eq!(lines(|f| edges("capture", manifest, f)), [3]);
        assert_eq!(lines(|f| edges("wire", manifest, f)), [2, 3]);
        assert_eq!(lines(|f| edges("new", manifest, f)), [1]);
    }

    #[test]
    fn dependencies_have_reasons() {
        let manifest = "[workspace.dependencies]\ngannet-a = {}\n# why\nb = \"1\"\nc = \"1\"\n[x]\nd = 1\n";
        assert_eq!(lines(|f| reasons(manifest, f)), [5]);
    }

    #[test]
    fn the_document_lists_the_crates() {
        let crates: BTreeSet<String> = ["a", "b"].map(String::from).into();
        let table = |rows: &str| format!("# x\n\n| crate | y |\n|---|---|\n{rows}\n| `z` |\n");
        let both = table("| `a` | 1 |\n| `b` | 2 |\n| `xtask` | 3 |\n");
        assert_eq!(lines(|f| architecture(&both, &crates, f)), NONE);
        let other = table("| `a` | 1 |\n| `c` | 2 |\n");
        assert_eq!(lines(|f| architecture(&other, &crates, f)), [6, 1]);
        assert_eq!(lines(|f| architecture("`a` `b`", &crates, f)), [1, 1]);
    }

    #[test]
    fn paths_of_a_machine() {
        let path = ["/t", "mp/x"].concat();
        assert_eq!(lines(|f| machine_paths("a", &format!("\n\"{path}\""), f)), [2]);
        assert_eq!(lines(|f| machine_paths("a", &format!("https://a.b{path} ..{path}"), f)), NONE);
    }
}

//! The house rules, checked: each fault is one line that says where it is and what to do.
//!
//! - [`source`] a file with its strings and comments blanked, and which parts of it are tests;
//! - [`rust`] rules about Rust code;
//! - [`neighbours`] a rule about what protocols know of each other;
//! - [`pen`] a rule about what dissectors say;
//! - [`cargo`] rules about packages and documents.

mod cargo;
mod neighbours;
mod pen;
mod rust;
mod source;

use crate::{Outcome, workspace};
use source::Source;
use std::path::{Path, PathBuf};

/// What is wrong, and where.
struct Fault {
    file: String,
    line: usize,
    what: String,
}

/// The faults found so far.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, file: &str, line: usize, what: impl Into<String>) {
        self.0.push(Fault { file: file.to_string(), line, what: what.into() });
    }
}

/// `cargo xtask tidy`.
pub fn main(args: &[String]) -> Outcome {
    if let Some(arg) = args.first() {
        return Err(format!("tidy: what is {arg}? It takes no arguments"));
    }
    let root = workspace::root();
    let mut faults = Faults::default();
    let sources = read(&root)?;
    for source in &sources {
        rust::check(source, &mut faults);
        pen::check(source, &mut faults);
    }
    rust::check_crates(&sources, &mut faults);
    rust::check_register(&sources, &mut faults);
    neighbours::check(&sources, &mut faults);
    cargo::check(&root, &mut faults)?;
    faults.0.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    for fault in &faults.0 {
        println!("{}:{}: {}", fault.file, fault.line, fault.what);
    }
    println!("tidy: {} files, {} faults", sources.len(), faults.0.len());
    Ok(faults.0.is_empty())
}

/// All Rust files of the workspace.
fn read(root: &Path) -> Result<Vec<Source>, String> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "fuzz"] {
        files.extend(
            walk(&root.join(folder)).into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs")),
        );
    }
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
        sources.push(Source::new(name, text));
    }
    source::mark_test_modules(&mut sources);
    Ok(sources)
}

/// All files below a folder, save what cargo and git put there.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().is_ok_and(|t| t.is_file()) {
                files.push(path);
            } else if path.is_dir() && name != "target" && name != ".git" {
                folders.push(path);
            }
        }
    }
    files
}

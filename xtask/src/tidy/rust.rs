//! Rules about Rust code.

use super::Faults;
use super::source::{Source, line_of, words};

/// No file is longer.
const MOST_LINES: usize = 800;
/// No function is longer.
const MOST_FUNCTION_LINES: usize = 80;

/// The crates that may contain `unsafe`.
const UNSAFE_CRATES: [&str; 3] = ["crates/capture/", "crates/jit/", "crates/capi/"];
/// The crates that read packets and files, where indexing is a fault.
const NO_INDEX_CRATES: [&str; 2] = ["crates/dissect/", "crates/savefile/"];

const PROTOCOLS: &str = "crates/dissect/src/proto";
/// What a protocol's opening may name as its source.
const ORIGINS: [&str; 15] = [
    "RFC",
    "IEEE",
    "ISO",
    "ITU",
    "draft-",
    "http",
    "ource",
    "linux/",
    ".h",
    "ETSI",
    "3GPP",
    "AppleTalk",
    "Cisco",
    "I-D",
    "LINKTYPE_",
];

/// What ends a program: the text to look for, and what it is called.
/// An `.expect()` without a text is somebody's own method.
const PANICS: [(&str, &str); 6] = [
    (".unwrap()", ".unwrap()"),
    (".expect(", ".expect()"),
    ("panic!", "panic!"),
    ("unreachable!", "unreachable!"),
    ("todo!", "todo!"),
    ("unimplemented!", "unimplemented!"),
];

/// The rules that hold for each file by itself.
pub fn check(source: &Source, faults: &mut Faults) {
    opening(source, faults);
    lengths(source, faults);
    panics(source, faults);
    safety(source, faults);
}

fn opening(source: &Source, faults: &mut Faults) {
    let opening = source.opening();
    if opening.is_empty() {
        faults.add(&source.name, 1, "say with //! what the file is for");
    } else if source.name.starts_with(PROTOCOLS)
        && !source.all_test
        && source.name != format!("{PROTOCOLS}.rs")
        && !ORIGINS.iter().any(|origin| opening.contains(origin))
    {
        faults.add(&source.name, 1, "name the RFC or another source in the //! at the top");
    }
}

fn lengths(source: &Source, faults: &mut Faults) {
    let lines = source.text.lines().count();
    if lines > MOST_LINES {
        faults.add(&source.name, lines, format!("{lines} lines: split the file, {MOST_LINES} are the most"));
    }
    for function in source.functions().iter().filter(|f| f.lines > MOST_FUNCTION_LINES) {
        let what = format!(
            "fn {} has {} lines: split it, {MOST_FUNCTION_LINES} are the most",
            function.name, function.lines
        );
        faults.add(&source.name, function.line, what);
    }
}

fn panics(source: &Source, faults: &mut Faults) {
    if !source.name.starts_with("crates/") {
        return;
    }
    for (line, code) in source.code_lines().filter(|(line, _)| !source.is_test(*line)) {
        for (text, name) in PANICS {
            let part_of_word = |at: usize| {
                let before = at.checked_sub(1).and_then(|i| code.as_bytes().get(i));
                !text.starts_with('.') && before.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
            };
            let own_method = |at: usize| {
                text.ends_with('(') && code.get(at + text.len()..).is_some_and(|rest| rest.starts_with(')'))
            };
            if code.match_indices(text).any(|(at, _)| !part_of_word(at) && !own_method(at)) {
                faults.add(&source.name, line, format!("{name} outside tests: return an error or a default"));
            }
        }
    }
}

fn safety(source: &Source, faults: &mut Faults) {
    let may = !source.name.starts_with("crates/") || UNSAFE_CRATES.iter().any(|c| source.name.starts_with(c));
    for at in words(&source.code, "unsafe") {
        let after = source.code.get(at + "unsafe".len()..).unwrap_or_default().trim_start();
        let line = line_of(&source.code, at);
        if !may {
            faults.add(&source.name, line, "unsafe outside capture, jit and capi: use a safe wrapper");
        } else if (after.starts_with('{') || after.starts_with("impl")) && !is_explained(source, line) {
            faults.add(&source.name, line, "say in a // SAFETY: line above why this is sound");
        }
    }
}

/// Whether a `SAFETY:` comment stands on this line or above the statement that it belongs to.
fn is_explained(source: &Source, line: usize) -> bool {
    let lines: Vec<_> = source.text.lines().take(line).map(str::trim).collect();
    let mut above = lines.iter().rev();
    if above.next().is_some_and(|this| this.contains("SAFETY:")) {
        return true;
    }
    above
        .take_while(|line| {
            line.starts_with("//") || line.starts_with("#[") || !line.ends_with([';', '{', '}'])
        })
        .take_while(|line| !line.is_empty())
        .any(|line| line.starts_with("//") && line.contains("SAFETY:"))
}

/// The rules about what the root of a crate says.
pub fn check_crates(sources: &[Source], faults: &mut Faults) {
    for root in sources.iter().filter(|s| is_crate_root(&s.name)) {
        let may = UNSAFE_CRATES.iter().any(|c| root.name.starts_with(c));
        if !may && !root.code.contains("#![forbid(unsafe_code)]") {
            faults.add(&root.name, 1, "write #![forbid(unsafe_code)] below the //!");
        }
        if NO_INDEX_CRATES.iter().any(|c| root.name.starts_with(c))
            && !root.code.contains("clippy::indexing_slicing")
        {
            faults.add(&root.name, 1, "deny clippy::indexing_slicing");
        }
    }
}

fn is_crate_root(name: &str) -> bool {
    let parts: Vec<_> = name.split('/').collect();
    matches!(parts[..], ["crates", _, "src", "lib.rs" | "main.rs"] | ["xtask", "src", "main.rs"])
}

/// Every protocol of the register has a file, and every file a test.
pub fn check_register(sources: &[Source], faults: &mut Faults) {
    let register = format!("{PROTOCOLS}.rs");
    let Some(source) = sources.iter().find(|s| s.name == register) else { return };
    for (line, code) in source.code_lines() {
        let declared = code.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let Some(name) = declared.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) else {
            continue;
        };
        let (file, folder) = (format!("{PROTOCOLS}/{name}.rs"), format!("{PROTOCOLS}/{name}/"));
        let mut of_protocol = sources.iter().filter(|s| s.name == file || s.name.starts_with(&folder));
        if !of_protocol.any(Source::has_tests) {
            faults.add(&register, line, format!("{name} has no test: show a packet at the foot of {file}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn faults(name: &str, text: &str) -> Vec<(usize, String)> {
        let mut faults = Faults::default();
        check(&Source::new(name.into(), text.into()), &mut faults);
        faults.0.into_iter().map(|f| (f.line, f.what)).collect()
    }

    fn lines(name: &str, text: &str) -> Vec<usize> {
        faults(name, text).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn files_open_with_what_they_are() {
        assert_eq!(lines("crates/x/src/a.rs", "fn a() {}\n"), [1]);
        assert_eq!(lines("crates/x/src/a.rs", "//! A.\n"), NONE);
        assert_eq!(lines("crates/dissect/src/proto/a.rs", "//! A.\n"), [1]);
        assert_eq!(lines("crates/dissect/src/proto/a.rs", "//! A.\n//! RFC 1.\n"), NONE);
    }

    #[test]
    fn long_files_and_functions() {
        let long = |n: usize| format!("//! A.\nfn a() {{\n{}}}\n", "x();\n".repeat(n));
        assert_eq!(lines("crates/x/src/a.rs", &long(78)), NONE);
        assert_eq!(lines("crates/x/src/a.rs", &long(79)), [2]);
        assert_eq!(lines("crates/x/src/a.rs", &format!("//! A.\n{}", "\n".repeat(800))), [801]);
    }

    #[test]
    fn panics_outside_tests() {
        let text = "//! A.\nfn a() { b.unwrap() }\n// .unwrap()\n#[cfg(test)]\nmod tests { fn c() { d.expect(\"\") } }\n";
        assert_eq!(lines("crates/x/src/a.rs", text), [2]);
        assert_eq!(lines("xtask/src/a.rs", text), NONE);
        assert_eq!(lines("crates/x/src/testing.rs", text), NONE);
        assert_eq!(lines("crates/x/src/a.rs", "//! A.\nfn a() { self.expect(); b.expect(\"\") }\n"), [2]);
        assert_eq!(lines("crates/x/src/a.rs", "//! A.\nfn a() { self.expect() }\n"), NONE);
        assert_eq!(
            lines("crates/x/src/a.rs", "//! A.\nfn a() { todo!(); no_panic!(); b.unwrap_or(1) }\n"),
            [2]
        );
    }

    #[test]
    fn unsafe_needs_its_place_and_its_reason() {
        let plain = "//! A.\nfn a() {\n    let b = 1;\n    unsafe { c() }\n}\n";
        assert_eq!(lines("crates/x/src/a.rs", plain), [4]);
        assert_eq!(lines("crates/capture/src/a.rs", plain), [4]);
        let reason = "//! A.\nfn a() {\n    // SAFETY: it is.\n    let b =\n        unsafe { c() };\n}\n";
        assert_eq!(lines("crates/capture/src/a.rs", reason), NONE);
        assert_eq!(lines("crates/x/src/a.rs", "//! A.\n#![forbid(unsafe_code)]\n// unsafe\n"), NONE);
    }

    #[test]
    fn crates_forbid_unsafe_and_indexing() {
        let roots = |name: &str, text: &str| {
            let mut faults = Faults::default();
            check_crates(&[Source::new(name.into(), text.into())], &mut faults);
            faults.0.len()
        };
        assert_eq!(roots("crates/x/src/lib.rs", "//! A.\n"), 1);
        assert_eq!(roots("crates/capture/src/lib.rs", "//! A.\n"), 0);
        assert_eq!(roots("crates/dissect/src/lib.rs", "//! A.\n#![forbid(unsafe_code)]\n"), 1);
    }

    #[test]
    fn protocols_have_tests() {
        let file = |name: &str, text: &str| Source::new(name.into(), text.into());
        let all = [
            file("crates/dissect/src/proto.rs", "//! R.\nmod a;\nmod b;\nmod c;\n"),
            file("crates/dissect/src/proto/a.rs", "#[cfg(test)]\nmod tests {}\n"),
            file("crates/dissect/src/proto/b.rs", ""),
            file("crates/dissect/src/proto/c/tests.rs", ""),
        ];
        let mut faults = Faults::default();
        check_register(&all, &mut faults);
        assert_eq!(faults.0.iter().map(|f| f.line).collect::<Vec<_>>(), [3]);
    }
}

//! A Rust file to reason about: its code without strings and comments, its functions, its tests.

use std::ops::RangeInclusive;

/// A file.
pub struct Source {
    /// Its path in the workspace.
    pub name: String,
    /// What it says.
    pub text: String,
    /// The same, line by line, with what is in strings and comments blanked.
    pub code: String,
    /// The lines that are compiled for tests only.
    tests: Vec<RangeInclusive<usize>>,
    /// The whole file is, or is there to help tests.
    pub all_test: bool,
}

/// A function with a body.
#[derive(Debug, PartialEq)]
pub struct Function {
    pub name: String,
    /// The line of `fn`.
    pub line: usize,
    /// How many lines from there to the closing brace.
    pub lines: usize,
}

impl Source {
    pub fn new(name: String, text: String) -> Self {
        let code = blank(&text);
        let tests =
            test_items(&code).map(|(start, end)| line_of(&code, start)..=line_of(&code, end)).collect();
        let all_test = code.contains("#![cfg(test)]")
            || name.split('/').any(|part| matches!(part, "tests" | "benches" | "examples" | "testing"))
            || ["/tests.rs", "/testing.rs"].iter().any(|end| name.ends_with(end));
        Self { name, text, code, tests, all_test }
    }

    /// Whether a line (from 1) is compiled for tests only.
    pub fn is_test(&self, line: usize) -> bool {
        self.all_test || self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// Whether there is any test in it.
    pub fn has_tests(&self) -> bool {
        self.all_test || !self.tests.is_empty()
    }

    /// The lines with their numbers, from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(i, line)| (i + 1, line))
    }

    /// What `//!` says at the top of the file.
    pub fn opening(&self) -> String {
        self.text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
    }

    /// All functions that have a body.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        for at in words(&self.code, "fn") {
            let rest = &self.code[at + 2..];
            let name: String =
                rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.is_empty() {
                continue; // the type of a function
            }
            let end = item_end(&self.code, at);
            if self.code[..=end].ends_with('}') {
                let line = line_of(&self.code, at);
                functions.push(Function { name, line, lines: line_of(&self.code, end) + 1 - line });
            }
        }
        functions
    }

    /// The folder in which modules of this file live.
    fn folder(&self) -> &str {
        let parent = self.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = self.name.rsplit('/').next().unwrap_or_default();
        match file {
            "lib.rs" | "main.rs" | "mod.rs" => parent,
            _ => self.name.strip_suffix(".rs").unwrap_or(parent),
        }
    }
}

/// Marks the files of modules that are declared `#[cfg(test)] mod name;`.
pub fn mark_test_modules(sources: &mut [Source]) {
    let mut modules = Vec::new();
    for source in sources.iter() {
        for (start, end) in test_items(&source.code) {
            let item = source.code[start..end].trim_end();
            if let Some((_, name)) = item.rsplit_once("mod ").filter(|_| !item.contains('{')) {
                modules.push(format!("{}/{}", source.folder(), name.trim()));
            }
        }
    }
    for source in sources {
        let in_module = |m: &String| {
            source.name.strip_prefix(m.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        source.all_test |= modules.iter().any(in_module);
    }
}

/// Where a word stands in code.
pub fn words<'c>(code: &'c str, word: &'c str) -> impl Iterator<Item = usize> + 'c {
    let in_word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).and_then(|i| code.as_bytes().get(i));
        !in_word(before) && !in_word(code.as_bytes().get(at + word.len()))
    })
}

/// The line (from 1) of a place.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

/// The items under `#[cfg(test)]`: where they begin, attribute included, and where they end.
fn test_items(code: &str) -> impl Iterator<Item = (usize, usize)> {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    code.match_indices(ATTRIBUTE).map(|(at, _)| (at, item_end(code, at + ATTRIBUTE.len())))
}

/// Where an item that begins at `from` ends: at its semicolon, or at the brace that closes its body.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0usize;
    for (at, b) in code.bytes().enumerate().skip(from) {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            b';' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

/// The text with everything inside comments, strings and characters as blanks; lines stay where they are.
fn blank(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(&b) = rest.first() {
        let in_name = out.last().is_some_and(|b: &u8| b.is_ascii_alphanumeric() || *b == b'_');
        let length = match b {
            b'/' => comment(rest),
            b'"' => string(rest),
            b'r' | b'b' | b'c' if !in_name => prefixed_string(rest),
            b'\'' => character(rest),
            _ => 0,
        };
        let (head, tail) = rest.split_at(length.clamp(1, rest.len()));
        rest = tail;
        match length {
            0 => out.extend_from_slice(head),
            _ => out.extend(head.iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' })),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// How long the comment is that begins here; 0 if none does.
fn comment(text: &[u8]) -> usize {
    if text.starts_with(b"//") {
        return text.iter().position(|b| *b == b'\n').unwrap_or(text.len());
    }
    if !text.starts_with(b"/*") {
        return 0;
    }
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// How long the string is that begins with this quote.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(b) = text.get(at) {
        match b {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// How long the string with a prefix (`r`, `b`, `c`, `br`, `cr`) is that begins here; 0 if none does.
fn prefixed_string(text: &[u8]) -> usize {
    let letters = text.iter().take(2).take_while(|b| matches!(b, b'r' | b'b' | b'c')).count();
    let raw = text.get(..letters).is_some_and(|prefix| prefix.contains(&b'r'));
    let after = text.get(letters..).unwrap_or_default();
    let hashes = if raw { after.iter().take_while(|b| **b == b'#').count() } else { 0 };
    match after.get(hashes) {
        Some(b'\'') if text.starts_with(b"b'") => 1 + character(after),
        Some(b'"') if !raw => letters + string(after),
        Some(b'"') => {
            let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            let body = after.get(hashes + 1..).unwrap_or_default();
            let length =
                body.windows(end.len()).position(|w| w == end).map_or(body.len(), |at| at + end.len());
            letters + hashes + 1 + length
        }
        _ => 0,
    }
}

/// How long the character is that begins with this quote; 0 if it is a lifetime.
fn character(text: &[u8]) -> usize {
    let body = String::from_utf8_lossy(text.get(1..text.len().min(16)).unwrap_or_default()).into_owned();
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), Some(_)) => 4 + body.get(2..).and_then(|rest| rest.find('\'')).unwrap_or(0),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("crates/x/src/a.rs".into(), text.into())
    }

    #[test]
    fn strings_characters_and_comments_are_blank() {
        // A dot is a blank, so that they can be counted.
        for (text, code) in [
            (r#"a("b\"{") c"#, r#"a(......) c"#),
            (r##"r#"{"# x"##, "...... x"),
            (r"'{' '\'' '\u{41}' b'}' 'a: &'b {", "... .... ........ .... 'a: &'b {"),
            ("a // {\nb /* { /* } */ */ c", "a ....\nb ............... c"),
            (r#"br"}" for "}" car"x""#, "..... for ... car..."),
            ("\u{e4} '\u{e4}' \u{e4}", "\u{e4} .... \u{e4}"),
        ] {
            assert_eq!(blank(text), code.replace('.', " "), "{text}");
        }
    }

    #[test]
    fn functions_have_lengths() {
        let s = source(
            "fn a() {\n  let x = \"}\";\n}\ntrait T {\n  fn b();\n  fn c(f: fn(u8)) -> [u8; 2] { [0; 2] }\n}\n",
        );
        let functions: Vec<_> = s.functions().into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(functions, [("a".into(), 1, 3), ("c".into(), 6, 1)]);
    }

    #[test]
    fn test_items_are_known() {
        let s = source(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nuse x::{y};\nfn d() {}\n",
        );
        let tests: Vec<_> = (1..=9).filter(|line| s.is_test(*line)).collect();
        assert_eq!(tests, [2, 3, 4, 5, 7, 8]);
    }

    #[test]
    fn test_modules_in_files_are_known() {
        let file = |name: &str, text: &str| Source::new(name.into(), text.into());
        let mut all = [
            file("crates/x/src/lib.rs", "#[cfg(test)]\nmod testing;\nmod a;\n"),
            file("crates/x/src/testing.rs", ""),
            file("crates/x/src/testing/more.rs", ""),
            file("crates/x/src/a.rs", "#[cfg(test)]\nmod checks;\n"),
            file("crates/x/src/a/checks.rs", ""),
            file("crates/x/tests/b.rs", ""),
        ];
        mark_test_modules(&mut all);
        assert_eq!(all.map(|s| s.all_test), [false, true, true, false, true, true]);
    }
}

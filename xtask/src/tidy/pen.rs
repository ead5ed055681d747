//! A rule about the pen of `dissect`: a phrase is read before it is said.
//!
//! Rust evaluates the receiver of a method before its arguments, so `out.say("x ").num(key, p.u8()?)` says
//! `x ` and then finds out that the capture ends there.

use super::Faults;
use super::source::{Source, line_of, words};
use std::collections::BTreeSet;

const FOLDERS: [&str; 2] = ["crates/dissect/src/proto/", "crates/dissect/src/parts/"];

/// The verbs with which text has heard something.
const VERBS: [&str; 22] = [
    "say",
    "write",
    "num",
    "int",
    "hex",
    "hex0",
    "fraction",
    "name",
    "named",
    "named_as",
    "flags",
    "letters",
    "ip",
    "ip_digits",
    "ip4",
    "ip6",
    "port",
    "ip_protocol",
    "mac",
    "octets",
    "bytes",
    "chars",
];

const WHAT: &str = "read it into a variable first: a cut would leave half a phrase";

/// A `?` in the arguments of a method whose receiver has spoken.
pub fn check(source: &Source, faults: &mut Faults) {
    if !FOLDERS.iter().any(|folder| source.name.starts_with(folder)) {
        return;
    }
    let code = &source.code;
    let spoken = VERBS.iter().flat_map(|verb| words(code, verb)).filter_map(|at| call(code, at));
    let late: BTreeSet<usize> = spoken.flat_map(|end| questions(code, end)).collect();
    for line in late.into_iter().map(|at| line_of(code, at)).filter(|line| !source.is_test(*line)) {
        faults.add(&source.name, line, WHAT);
    }
}

/// Where the call ends of the method `.word(..)`, or the macro `word!(..)`, that stands at `at`.
fn call(code: &str, at: usize) -> Option<usize> {
    let method = code[..at].ends_with('.');
    let rest = code[at..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    let open = if method { rest } else { rest.strip_prefix('!')? };
    open.starts_with('(').then(|| closing(code, code.len() - open.len()))
}

/// The `?` in the arguments of the methods that follow in the chain, outside of closures.
fn questions(code: &str, mut at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    loop {
        let rest = code[at..].trim_start().trim_start_matches('?').trim_start();
        let Some(method) = rest.strip_prefix('.') else { return found };
        let arguments = method.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        if !arguments.starts_with('(') {
            return found;
        }
        let open = code.len() - arguments.len();
        at = closing(code, open);
        let until = code[open..at].find('|').map_or(at, |closure| open + closure);
        found.extend(code[open..until].match_indices('?').map(|(question, _)| open + question));
    }
}

/// Behind the parenthesis that closes the one at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, b) in code.bytes().enumerate().skip(open) {
        match b {
            b'(' => depth += 1,
            b')' if depth <= 1 => return at + 1,
            b')' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(name: &str, body: &str) -> Vec<usize> {
        let mut faults = Faults::default();
        check(&Source::new(name.into(), body.into()), &mut faults);
        faults.0.into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn what_is_read_after_speaking() {
        for late in [
            "out.say(a).num(k, p.u8()?);",
            "out.num(k, a)\n.say(b).hex(k, p.be16()?);",
            "write!(out, a).ip4(k, p.array()?);",
            "out.say(a).chars_of(k, p, n)?.num(k, p.u8()?);",
            "out.chars(k, p.take(4)?).num(k, p.u8()?);",
        ] {
            assert_eq!(lines("crates/dissect/src/proto/a.rs", late).len(), 1, "{late}");
            assert_eq!(lines("crates/dissect/src/out.rs", late).len(), 0);
        }
    }

    #[test]
    fn what_is_read_before_speaking() {
        for good in [
            "out.num(k, p.u8()?).say(b);",
            "out.say(a).chars_of(k, &mut p, n)?.say(b);",
            "out.say(a).list(k, |out| { p.u8()?; Ok(()) })?;",
            "cx.next(space, p, out.say(a))?; b.num(k, p.u8()?);",
            "out.say(a)\n; p.say; b(p.u8()?);",
            "#[cfg(test)]\nmod tests { fn a() { out.say(a).num(k, p.u8()?); } }",
        ] {
            assert_eq!(lines("crates/dissect/src/proto/a.rs", good).len(), 0, "{good}");
        }
    }

    #[test]
    fn a_fault_names_its_line() {
        assert_eq!(lines("crates/dissect/src/parts/a.rs", "out.say(a)\n    .num(k, p.u8()?);"), [2]);
    }
}

//! A rule about the protocols of `dissect`: they do not know each other. Each hands on by number, and the register
//! answers; grammar that several share is in `parts`.

use super::Faults;
use super::source::{Source, line_of};

const FOLDER: &str = "crates/dissect/src/proto/";
const REGISTER: &str = "crates/dissect/src/proto.rs";

/// Who reads a part of another's grammar all the same, for nothing else would read it.
const SHARED: [(&str, &str, &str); 7] = [
    ("brcmtag", "ether", "the frame around a switch's tag"),
    ("dsa", "ether", "the frame around a switch's tag"),
    ("fr", "llc", "the header of SNAP alone"),
    ("juniper", "atm", "maintenance cells"),
    ("sunatm", "atm", "cells of a circuit that is known already"),
    ("sunrpc", "nfs", "answers, which do not say what they answer"),
    ("zep", "ieee802_15_4", "a frame that may lack its check sequence"),
];

/// A protocol that names another.
pub fn check(sources: &[Source], faults: &mut Faults) {
    let Some(register) = sources.iter().find(|source| source.name == REGISTER) else { return };
    let protocols: Vec<&str> = register
        .code_lines()
        .filter_map(|(_, line)| line.trim().strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    for source in sources {
        let Some(path) = source.name.strip_prefix(FOLDER) else { continue };
        let own = path.split(['/', '.']).next().unwrap_or(path);
        let way = "super::".repeat(path.matches('/').count() + 1);
        let named = names(&source.code, &way).chain(names(&source.code, "crate::proto::"));
        for (at, name) in named.filter(|(_, name)| *name != own && protocols.contains(name)) {
            let line = line_of(&source.code, at);
            let shared = SHARED.iter().any(|(who, whose, _)| (*who, *whose) == (own, name));
            if !shared && !source.is_test(line) {
                let what = format!("{own} knows {name}: hand on by number, or put what both need into parts");
                faults.add(&source.name, line, what);
            }
        }
    }
}

/// The names behind a path, each where it stands; those in braces too.
fn names<'s>(code: &'s str, way: &'s str) -> impl Iterator<Item = (usize, &'s str)> {
    let whole = move |at: usize| !code[..at].ends_with("super::");
    code.match_indices(way).filter(move |(at, _)| whole(*at)).flat_map(move |(at, _)| {
        let rest = &code[at + way.len()..];
        let list = match rest.strip_prefix('{') {
            Some(inside) => inside.split('}').next().unwrap_or(inside),
            None => rest.split(|c: char| !is_word(c)).next().unwrap_or(rest),
        };
        list.split(',').map(move |item| (at, item.trim().split(|c: char| !is_word(c)).next().unwrap_or(item)))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(name: &str, text: &str) -> Vec<usize> {
        let register =
            Source::new(REGISTER.into(), "//! R.\nmod ether;\nmod llc;\nmod ppp;\nmod dsa;\n".into());
        let sources = [register, Source::new(format!("{FOLDER}{name}"), text.into())];
        let mut faults = Faults::default();
        check(&sources, &mut faults);
        faults.0.into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn protocols_do_not_know_each_other() {
        assert_eq!(lines("llc.rs", "//! L.\nuse super::ether::ETHER;\n"), [2]);
        assert_eq!(lines("llc.rs", "use super::{ether::ETHER, ppp::PPP, own};\n"), [1, 1]);
        assert_eq!(lines("llc.rs", "fn a() {\n    super::ppp::say();\n}\n"), [2]);
        assert_eq!(lines("llc/a.rs", "use super::super::ppp;\nuse super::ppp;\n"), [1]);
        assert_eq!(lines("llc/a.rs", "use crate::proto::ppp::PPP;\n"), [1]);
    }

    #[test]
    fn what_is_no_protocol_may_be_named() {
        let none: [usize; 0] = [];
        for good in [
            "use super::llc::header;\n",
            "use super::names;\n",
            "// super::ether\n",
            "#[cfg(test)]\nmod tests {\n    use super::ether::ETHER;\n}\n",
        ] {
            assert_eq!(lines("llc.rs", good), none, "{good}");
        }
        assert_eq!(lines("dsa.rs", "use super::ether;\n"), none);
    }
}

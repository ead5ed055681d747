//! What the grammar and the typed tests make of filters, printed: one page of examples, see `printed.txt`.

use crate::common::Etc;
use gannet_filter::{LinkType, Target, grammar, tests};

/// What a filter becomes, in a few lines.
fn page(filters: &str) -> String {
    let target = Target::new(LinkType::ETHERNET);
    let mut out = String::new();
    for filter in filters.lines() {
        let tree = grammar(filter).unwrap_or_else(|diagnostic| diagnostic.to_string());
        let tests = match tests(filter, &target, &Etc::new(), &mut Vec::new()) {
            Ok(tests) => tests.to_string(),
            Err(diagnostic) => diagnostic.to_string(),
        };
        out.push_str(&format!("{filter}\n  said  {tree}\n"));
        for (number, line) in tests.lines().enumerate() {
            out.push_str(&format!("  {} {line}\n", if number == 0 { "means" } else { "     " }));
        }
    }
    out
}

#[test]
fn filters_print_as_they_should() {
    let said = page(include_str!("printed.list"));
    if std::env::var_os("GANNET_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/text/printed.txt");
        std::fs::write(path, &said).expect("writable");
        return;
    }
    let expected = include_str!("printed.txt");
    for (said, expected) in said.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said.len(), expected.len());
}

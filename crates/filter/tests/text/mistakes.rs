//! Plausible mistakes, and what is said about each: see `mistakes.txt` beside this file.

use crate::common::Etc;
use gannet_filter::{LinkType, Target, tests};

/// What a user sees for each mistake, one after the other.
fn report(mistakes: &[&str]) -> String {
    let names = Etc::new();
    let target = Target::new(LinkType::ETHERNET);
    let mut out = String::new();
    for mistake in mistakes {
        let mut warnings = Vec::new();
        match tests(mistake, &target, &names, &mut warnings) {
            Err(diagnostic) => out.push_str(&diagnostic.render(mistake)),
            Ok(_) => {
                out.push_str("(legal)\n");
                warnings.iter().for_each(|warning| out.push_str(&warning.render(mistake)));
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn every_mistake_is_explained() {
    let expected = include_str!("mistakes.txt");
    // Each story begins with the first line, shows the mistake on the second one, and ends with a blank line.
    let mistakes: Vec<&str> = include_str!("mistakes.list").lines().collect();
    let said = report(&mistakes);
    if std::env::var_os("GANNET_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/text/mistakes.txt");
        std::fs::write(path, &said).expect("writable");
        return;
    }
    for (said, expected) in said.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said.len(), expected.len());
}

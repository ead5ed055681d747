//! `explain`: what a filter asks, in words, and all that the compiler makes of it.

use super::Given;
use crate::failure::Failure;
use crate::run::{explained, output::Output};
use gannet_pcap::Names;
use gannet_pcap::bpf::listing;
use gannet_pcap::expression::hir::{Filter, Part, PartKind};
use gannet_pcap::expression::{Compiled, generate, graphs, tests};
use std::fmt::Write;

/// A filter of more parts is explained as far as this.
const MOST: usize = 1000;

/// Prints the explanation; with `--dot` the decision graph for Graphviz instead.
pub fn explain(given: &Given, text: &str) -> Result<(), Failure> {
    let target = given.target();
    let mut warnings = Vec::new();
    let refused = |wrong| Failure::new(explained(&wrong, text));
    let filter = tests(text, &target, &*Names::system(), &mut warnings).map_err(refused)?;
    let graphs = graphs(&filter, &target).map_err(refused)?;
    if given.dot {
        return Output::new().say(&graphs.dot);
    }
    let mut out = String::new();
    sentences(&filter, text, &mut out);
    for warning in &warnings {
        let _ = writeln!(out, "\nWarning: {}", explained(warning, text));
    }
    let _ = write!(out, "\nTests\n{}", indented(&filter.to_string()));
    let _ = write!(out, "\nDecisions\n{}", indented(&graphs.plain));
    if graphs.plain != graphs.optimised {
        let _ = write!(out, "\nOptimised\n{}", indented(&graphs.optimised));
    }
    out.push_str("\nProgram\n");
    match generate(&filter, &target) {
        Ok(compiled) => program(&compiled, text, &mut out),
        Err(wrong) => out += &indented(wrong.message()),
    }
    Output::new().say(&out)
}

/// The outline in words, one sentence a test.
fn sentences(filter: &Filter, text: &str, out: &mut String) {
    let parts = filter.parts(MOST);
    out.push_str(match parts.as_slice() {
        [Part { kind: PartKind::True, negated: false, .. }] => "Every packet is wanted.\n",
        _ => "A packet is wanted if\n",
    });
    for part in parts.iter().filter(|part| part.kind != PartKind::True || part.negated) {
        let margin = "  ".repeat(part.depth + 1);
        let not = if part.negated { "not: " } else { "" };
        let _ = match part.kind {
            PartKind::All => writeln!(out, "{margin}{not}all of these hold:"),
            PartKind::Any => writeln!(out, "{margin}{not}any of these holds:"),
            PartKind::True => writeln!(out, "{margin}{not}always"),
            PartKind::Test(id) => match filter.test(id) {
                Some(test) => writeln!(
                    out,
                    "{margin}{not}{}   [{}]",
                    filter.in_words(test),
                    visible(test.span.of(text))
                ),
                None => Ok(()),
            },
        };
    }
    if parts.len() >= MOST {
        out.push_str("  .. and more\n");
    }
}

/// The listing, with the words that each instruction comes from.
fn program(compiled: &Compiled, text: &str, out: &mut String) {
    let list = compiled.program.instructions();
    let listing = listing::text(list);
    let width = listing.lines().map(columns).max().unwrap_or(0);
    for (line, span) in listing.lines().zip(&compiled.spans) {
        let words = visible(span.of(text));
        let pad = " ".repeat(width.saturating_sub(columns(line)));
        let _ = match words.is_empty() {
            true => writeln!(out, "  {line}"),
            false => writeln!(out, "  {line}{pad}  ; {words}"),
        };
    }
}

/// How wide a line is, where a tab goes to the next multiple of eight; it stands two columns to the right.
fn columns(line: &str) -> usize {
    line.chars().fold(2, |column, c| if c == '\t' { column / 8 * 8 + 8 } else { column + 1 })
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Words of a filter as a terminal may see them.
pub fn visible(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

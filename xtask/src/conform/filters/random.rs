//! Random filters on all link types against the installed libpcap: refused or accepted alike, and equal in meaning.
//!
//! `cargo xtask random N [SEED]`. What libpcap means is its unoptimised program (`tcpdump -O -ddd -y DLT`); ours is the
//! optimised one. What differs is made smaller as long as it differs in the same way, and counted by its kind.

mod allowed;
mod grammar;

use super::judge::{self, Effort, Verdict};
use super::{FileNames, Tally, links};
use crate::Outcome;
use crate::conform::two_at_a_time;
use gannet_bpf::{Instruction, Limits, Program, Semantics, check};
use gannet_filter::diag::Kind;
use gannet_filter::{LinkType, Target};
use grammar::{Dice, Tree};
use std::process::Command;

/// What became of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Fate {
    /// Refused by both.
    Refused,
    /// Equal by proof.
    Proved,
    /// Equal as far as tried.
    Tried(&'static str),
    /// Not supported yet.
    NotYet,
    /// Different, as this reason of the allowlist says.
    Allowed(&'static str),
    /// Different.
    Fault(Fault, String),
}

/// A way to differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fault {
    OnlyWeRefuse,
    OnlyTheyRefuse,
    /// Our plain program differs too, or nobody can tell.
    Meaning,
    /// Our plain program is equal, the optimised one differs.
    Optimiser,
    /// libpcap's program cannot be read.
    Unread,
}

/// How many expressions are drawn before they are judged.
const BATCH: u64 = 200;
/// How many faults are printed.
const MOST_FAULTS: u64 = 400;

/// `cargo xtask random`.
///
/// # Errors
/// No tcpdump, or arguments that are no numbers.
pub fn random(args: &[String]) -> Outcome {
    let number = |at: usize, default: u64| match args.get(at) {
        Some(text) => text.parse().map_err(|_| format!("random: {text} is no number")),
        None => Ok(default),
    };
    let (count, seed) = (number(0, 1000)?, number(1, 1)?);
    if Command::new("tcpdump").arg("--version").output().is_err() {
        println!("SKIPPED random: no tcpdump here");
        return Ok(true);
    }
    let links: Vec<&str> = links::names().filter(|name| known(name)).collect();
    println!("{count} filters on {} link types, seed {seed}", links.len());
    let mut dice = Dice::new(seed);
    let (mut tally, mut faults, mut done) = (Tally::default(), 0u64, 0u64);
    while done < count {
        let size = BATCH.min(count - done);
        let batch: Vec<(&str, Tree)> = (0..size).map(|_| draw(&mut dice, &links)).collect();
        let fates = two_at_a_time(&batch, |(link, tree)| judge_one(link, tree));
        for ((link, _), (text, fate)) in batch.iter().zip(fates) {
            if let Fate::Fault(kind, why) = &fate {
                faults += 1;
                if faults <= MOST_FAULTS {
                    println!("{kind:?} {link} {text}\n    {why}");
                }
            }
            tally.add(column(&fate));
        }
        done += size;
    }
    tally.print(40);
    println!("filters.random = {}/{count}", count - faults);
    Ok(faults == 0)
}

fn draw<'l>(dice: &mut Dice, links: &[&'l str]) -> (&'l str, Tree) {
    // Every other filter is for the link types that most people have.
    let link =
        if dice.below(2) == 0 { dice.of(&["EN10MB", "EN10MB", "RAW", "LINUX_SLL2"]) } else { dice.of(links) };
    let compiles = |text: &str| links::by_name(link).is_some_and(|number| ours(text, number, false).is_ok());
    (link, Tree::draw(dice, link, &compiles))
}

fn column(fate: &Fate) -> String {
    match fate {
        Fate::Refused => "refused by both".into(),
        Fate::Proved => "equal, proved".into(),
        Fate::Tried(why) => format!("equal as far as tried: {why}"),
        Fate::NotYet => "not supported yet".into(),
        Fate::Allowed(reason) => format!("allowed: {reason}"),
        Fate::Fault(kind, _) => format!("FAULT {kind:?}"),
    }
}

/// Judges an expression; if it is at fault, finds a smaller one with the same fault.
fn judge_one(link: &str, tree: &Tree) -> (String, Fate) {
    let (mut tree, mut fate) = (tree.clone(), fate(link, tree));
    for _ in 0..40 {
        let Fate::Fault(kind, _) = fate else { break };
        let smaller = tree.smaller().into_iter().find_map(|less| match self::fate(link, &less) {
            Fate::Fault(same, why) if same == kind => Some((less, Fate::Fault(same, why))),
            _ => None,
        });
        let Some(found) = smaller else { break };
        (tree, fate) = found;
    }
    (tree.text(), fate)
}

fn fate(link: &str, tree: &Tree) -> Fate {
    let text = tree.text();
    let Some(number) = links::by_name(link) else { return Fate::NotYet };
    let fault = |kind, why: String| match allowed::reason(
        kind,
        link,
        &text,
        &why,
        tree.leaves().iter().any(|leaf| constant(leaf, number)),
    ) {
        Some(reason) => Fate::Allowed(reason),
        None => Fate::Fault(kind, why),
    };
    let theirs = peer(link, &text);
    let plain = match (ours(&text, number, false), theirs.is_ok()) {
        (Err((Kind::Unsupported, _)), _) => return Fate::NotYet,
        (Err(_), false) => return Fate::Refused,
        (Err((_, why)), true) => return fault(Fault::OnlyWeRefuse, why),
        (Ok(plain), _) => plain,
    };
    let theirs = match theirs {
        Err(why) => return fault(Fault::OnlyTheyRefuse, why),
        Ok(text) => match judge::listing(&text) {
            Ok(program) => program,
            Err(why) => return fault(Fault::Unread, why),
        },
    };
    let small = match ours(&text, number, true) {
        Ok(program) => program,
        Err((_, why)) if why == "expression rejects all packets" => nothing(),
        Err((_, why)) => return fault(Fault::Optimiser, why),
    };
    let compare =
        |ours: &Program| judge::compare(&theirs, ours, [Semantics::Libpcap; 2], Effort::SHORT).verdict;
    match compare(&small) {
        Verdict::Proved => Fate::Proved,
        Verdict::Tried(why) => Fate::Tried(why),
        Verdict::Wrong(difference) => {
            let kind = match compare(&plain) {
                Verdict::Proved => Fault::Optimiser,
                _ => Fault::Meaning,
            };
            fault(kind, judge::Fault(&difference).to_string())
        }
    }
}

fn ours(text: &str, link: LinkType, optimise: bool) -> Result<Program, (Kind, String)> {
    let target = Target { optimise, ..Target::new(link) };
    let compiled = gannet_filter::compile(text, &target, &FileNames::default());
    compiled.map(|compiled| compiled.program).map_err(|e| (e.kind(), e.message().to_string()))
}

/// Whether a primitive always holds, or never.
fn constant(text: &str, link: LinkType) -> bool {
    ours(text, link, true).map_or(true, |program| program.instructions().len() == 1)
}

/// The program that rejects everything.
fn nothing() -> Program {
    match check(vec![Instruction::stmt(6, 0)], Limits::USER) {
        Ok(program) => program,
        Err(_) => unreachable!("a return is a program"),
    }
}

/// libpcap's unoptimised program as `-ddd` lists it, or why it refuses.
fn peer(link: &str, filter: &str) -> Result<String, String> {
    let run = Command::new("tcpdump").args(["-O", "-y", link, "-ddd", "--", filter]).output();
    let output = run.map_err(|e| format!("tcpdump: {e}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(text.lines().last().unwrap_or_default().trim_start_matches("tcpdump: ").to_string())
        }
    }
}

/// Whether the installed libpcap and we both know the link type well enough to filter on it.
fn known(link: &str) -> bool {
    let number = links::by_name(link);
    let supported = |number| !matches!(ours("len > 9 or ip", number, false), Err((Kind::Unsupported, _)));
    peer(link, "").is_ok() && number.is_some_and(supported)
}

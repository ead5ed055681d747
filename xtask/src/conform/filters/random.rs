//! Random filters on all link types against the installed libpcap: refused or accepted alike, and equal in meaning.
//!
//! `cargo xtask random N [SEED]`. What libpcap means is its unoptimised program ([`peer`]); ours is the optimised one. What
//! differs is made smaller as long as it differs in the same way, and counted by its kind. `cargo xtask random LINK FILTER` shows both
//! programs for one filter; `cargo xtask random longer N [SEED]` compares lengths ([`longer`]).

mod allowed;
mod grammar;
mod longer;
mod mend;
mod peer;
mod primitive;
mod value;
mod wlan;

use super::judge::{self, Effort, Verdict};
use super::{FileNames, Tally, links};
use crate::Outcome;
use crate::conform::two_at_a_time;
use gannet_bpf::{Instruction, Limits, Program, Semantics, check, listing};
use gannet_filter::LinkType;
use gannet_filter::diag::Kind;
use grammar::{Dice, Leaf, Tree};
use peer::{Peers, Refusal, Setting, Source};
use std::time::Duration;

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
    Allowed(String),
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
const BATCH: u64 = 400;
/// How many faults are printed.
const MOST_FAULTS: u64 = 400;
/// How long two programs are compared.
const EFFORT: Effort = Effort { paths: 10_000, time: Duration::from_millis(100) };

/// Links that name protocols by the address families of the machine that captured.
const FAMILIES: [&str; 4] = ["NULL", "LOOP", "ENC", "PFLOG"];

/// A filter to be tried.
struct Case<'l> {
    link: &'l str,
    setting: Setting,
    tree: Tree,
}

/// `cargo xtask random`.
///
/// # Errors
/// No libpcap, or arguments that are neither numbers nor a link type.
pub fn random(args: &[String]) -> Outcome {
    let Some(peers) = Peers::new() else {
        println!("SKIPPED random: no libpcap here, or no compiler to ask it with");
        return Ok(true);
    };
    if let [link, text] = args
        && links::by_name(link.trim_end_matches(|c: char| c.is_ascii_lowercase() || c == '-')).is_some()
    {
        return show(&peers, link, text);
    }
    let (is_longer, args) = match args.split_first() {
        Some((word, rest)) if word == "longer" => (true, rest),
        _ => (false, args),
    };
    let number = |at: usize, default: u64| match args.get(at) {
        Some(text) => text.parse().map_err(|_| format!("random: {text} is no number")),
        None => Ok(default),
    };
    let (count, seed) = (number(0, 1000)?, number(1, 1)?);
    let links: Vec<&str> = links::names().filter(|name| known(&peers, name)).collect();
    println!("{count} filters on {} link types, seed {seed}", links.len());
    if is_longer {
        return Ok(longer::longer(&peers, &links, count, seed));
    }
    let mut dice = Dice::new(seed);
    let (mut tally, mut faults, mut done) = (Tally::default(), 0u64, 0u64);
    while done < count {
        let size = BATCH.min(count - done);
        let batch: Vec<Case> = (0..size).map(|_| draw(&mut dice, &links)).collect();
        let fates = two_at_a_time(&batch, |case| judge_one(&peers, case));
        for (case, (text, fate)) in batch.iter().zip(fates) {
            if fate == Fate::NotYet {
                println!("not yet {}{} {text}", case.link, case.setting.words());
            }
            if let Fate::Fault(kind, why) = &fate {
                faults += 1;
                if faults <= MOST_FAULTS {
                    println!("{kind:?} {}{} {text}\n    {why}", case.link, case.setting.words());
                }
            }
            tally.add(column(&fate));
        }
        done += size;
    }
    tally.print(60);
    println!("filters.random = {}/{count}", count - faults);
    Ok(faults == 0)
}

/// `cargo xtask random LINK FILTER`: both programs, and what is found.
fn show(peers: &Peers, link: &str, text: &str) -> Outcome {
    let (link, source) = match link.split_once('-') {
        Some((link, "live")) => (link, Source::Live),
        Some((link, "swapped")) => (link, Source::Swapped),
        Some((link, "dead")) => (link, Source::Dead),
        _ => (link, Source::Saved),
    };
    let Some(number) = links::by_name(link) else { return Err(format!("random: no link type {link}")) };
    let setting = Setting { source, ..Setting::PLAIN };
    let list = |name: &str, program: Result<Program, String>| match program {
        Ok(program) => println!("{name}:\n{}", listing::text(program.instructions())),
        Err(why) => println!("{name}: {why}"),
    };
    list("libpcap", peers.ask(number, setting, text).map_err(|why| format!("{why:?}")));
    for (name, optimise) in [("plain", false), ("ours", true)] {
        list(name, ours(text, number, setting, optimise).map_err(|(_, why)| why));
    }
    let fate = fate(peers, link, setting, &Tree::Leaf(Leaf::from(text)));
    println!("{fate:?}");
    Ok(!matches!(fate, Fate::Fault(..)))
}

fn draw<'l>(dice: &mut Dice, links: &[&'l str]) -> Case<'l> {
    // Every other filter is for the link types that most people have.
    let link =
        if dice.below(2) == 0 { dice.of(&["EN10MB", "EN10MB", "RAW", "LINUX_SLL2"]) } else { dice.of(links) };
    let source = match dice.below(8) {
        0 => Source::Swapped,
        1 | 2 if link == "EN10MB" => Source::Live,
        3..6 if FAMILIES.contains(&link) => Source::Dead,
        _ => Source::Saved,
    };
    let netmask = [None, Some(0xffff_ff00), Some(0xffff_0000), Some(0)][dice.below(4)];
    let snaplen = if source == Source::Live { 0 } else { dice.below(5) };
    let snaplen = [262_144, 262_144, 262_144, 96, 65_535][snaplen];
    let setting = Setting { source, snaplen, netmask };
    let compiles =
        |text: &str| links::by_name(link).is_some_and(|number| ours(text, number, setting, false).is_ok());
    Case { link, setting, tree: Tree::draw(dice, link, &compiles) }
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
fn judge_one(peers: &Peers, case: &Case) -> (String, Fate) {
    let Case { link, setting, tree } = case;
    let judge = |tree: &Tree| fate(peers, link, *setting, tree);
    let (mut tree, mut fate) = (tree.clone(), judge(tree));
    for _ in 0..40 {
        let Fate::Fault(kind, _) = fate else { break };
        let smaller = tree.smaller().into_iter().find_map(|less| match judge(&less) {
            Fate::Fault(same, why) if same == kind => Some((less, Fate::Fault(same, why))),
            _ => None,
        });
        let Some(found) = smaller else { break };
        (tree, fate) = found;
    }
    (tree.text(), fate)
}

fn fate(peers: &Peers, link: &str, setting: Setting, tree: &Tree) -> Fate {
    let text = tree.text();
    let Some(number) = links::by_name(link) else { return Fate::NotYet };
    let allowed = |kind, why: String| match allowed::reason(kind, link, &text, &why) {
        Some(reason) => Fate::Allowed(reason.to_string()),
        None => Fate::Fault(kind, why),
    };
    let theirs = peers.ask(number, setting, &text);
    let plain = match (ours(&text, number, setting, false), &theirs) {
        (Err((Kind::Unsupported, _)), _) => return Fate::NotYet,
        (Err(_), Err(Refusal::Said(_))) => return Fate::Refused,
        (Err((_, why)), Ok(_)) => return allowed(Fault::OnlyWeRefuse, why),
        (_, Err(Refusal::Unread(why))) => return Fate::Fault(Fault::Unread, why.clone()),
        (Ok(plain), _) => plain,
    };
    let small = match ours(&text, number, setting, true) {
        Ok(program) => program,
        Err((_, why)) if why == "expression rejects all packets" => nothing(),
        Err((_, why)) => return Fate::Fault(Fault::Optimiser, why),
    };
    let compare = |theirs: &Program, ours: &Program| {
        judge::compare(theirs, ours, [Semantics::Libpcap; 2], EFFORT).verdict
    };
    let (kind, why) = match &theirs {
        Err(Refusal::Said(why) | Refusal::Unread(why)) => (Fault::OnlyTheyRefuse, why.clone()),
        Ok(theirs) => match compare(theirs, &small) {
            Verdict::Proved => return Fate::Proved,
            Verdict::Tried(why) => return Fate::Tried(why),
            Verdict::Wrong(difference) => {
                let is_optimiser = matches!(compare(theirs, &plain), Verdict::Proved);
                let kind = if is_optimiser { Fault::Optimiser } else { Fault::Meaning };
                (kind, judge::Fault(&difference).to_string())
            }
        },
    };
    if kind == Fault::Optimiser {
        return Fate::Fault(kind, why);
    }
    let unwritten = theirs.as_ref().is_ok_and(|theirs| mend::reads_unwritten(link, setting, theirs));
    let is_equal = |theirs: &Program| !matches!(compare(theirs, &small), Verdict::Wrong(_));
    let explained = explained(peers, link, setting, tree, theirs.ok(), is_equal);
    match (explained, kind) {
        (Some(reason), _) => Fate::Allowed(reason),
        (None, Fault::Meaning) => match allowed::meaning(link, &text, unwritten) {
            Some(reason) => Fate::Allowed(reason.to_string()),
            None => Fate::Fault(kind, why),
        },
        _ => allowed(kind, why),
    }
}

/// Why libpcap's program differs, if one that is changed for known reasons, or that of other words, is equal.
fn explained(
    peers: &Peers,
    link: &str,
    setting: Setting,
    tree: &Tree,
    theirs: Option<Program>,
    is_equal: impl Fn(&Program) -> bool,
) -> Option<String> {
    let mended = |link: &str, theirs: &Program, reason: Option<&str>| {
        if reason.is_some() && is_equal(theirs) {
            return reason.map(str::to_string);
        }
        let (program, changes) = mend::mend(link, setting, theirs)?;
        let reason = match (reason, changes.as_slice()) {
            (None, [one]) => one,
            _ => SEVERAL,
        };
        is_equal(&program).then(|| reason.to_string())
    };
    if let Some(reason) = theirs.and_then(|theirs| mended(link, &theirs, None)) {
        return Some(reason);
    }
    let number = links::by_name(link)?;
    let constant = |text: &str| constant(text, number, setting);
    let ask = |reasons: &[&str], name: Option<&str>| {
        let text = tree.old(reasons, &constant);
        let (link, name) = match allowed::other_link(link, &text) {
            Some((other, _)) if name.is_some() => (other, Some(SEVERAL)),
            Some((other, reason)) => (other, Some(reason)),
            None => (link, name),
        };
        let theirs = peers.ask(links::by_name(link)?, setting, &text).ok()?;
        mended(link, &theirs, name)
    };
    let reasons = tree.reasons(&constant);
    let alone = reasons.iter().find_map(|reason| ask(&[reason], Some(reason)));
    alone.or_else(|| ask(&reasons, (reasons.len() > 1).then_some(SEVERAL)))
}

/// More reasons than one are needed.
const SEVERAL: &str = "several known differences at once";

fn ours(text: &str, link: LinkType, setting: Setting, optimise: bool) -> Result<Program, (Kind, String)> {
    let target = gannet_filter::Target { optimise, ..setting.target(link) };
    let compiled = gannet_filter::compile(text, &target, &FileNames::default());
    compiled.map(|compiled| compiled.program).map_err(|e| (e.kind(), e.message().to_string()))
}

/// Whether a primitive always holds, or never, without a look at the packet. (A load that never succeeds rejects under `not`, too.)
fn constant(text: &str, link: LinkType, setting: Setting) -> Option<bool> {
    let always = |text: &str| {
        let program = ours(text, link, setting, false).ok()?;
        // What comes before every test, the length of a header, may still be there.
        let is_straight = program.instructions().iter().all(|one| one.class() != gannet_bpf::opcode::JMP);
        program.instructions().last().filter(|_| is_straight).map(|end| end.k != 0)
    };
    let (straight, turned) = (always(text)?, always(&format!("not ({text})"))?);
    (straight != turned).then_some(straight)
}

/// The program that rejects everything.
fn nothing() -> Program {
    match check(vec![Instruction::stmt(6, 0)], Limits::USER) {
        Ok(program) => program,
        Err(_) => unreachable!("a return is a program"),
    }
}

/// Whether the installed libpcap and we both know the link type well enough to filter on it.
fn known(peers: &Peers, link: &str) -> bool {
    links::by_name(link).is_some_and(|number| {
        let supported = ours("len > 9 or ip", number, Setting::PLAIN, false);
        peers.ask(number, Setting::PLAIN, "").is_ok() && !matches!(supported, Err((Kind::Unsupported, _)))
    })
}

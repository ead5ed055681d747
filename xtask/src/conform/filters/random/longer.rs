//! Random filters whose programs are longer than those of the installed libpcap's optimiser, and such that only one of the two refuses
//! because no packet can pass.
//!
//! Only where both mean the same: what differs is the business of the other comparison.

use super::super::judge::{self, Effort, Verdict};
use super::super::{Tally, links};
use super::grammar::Dice;
use super::mend::mend;
use super::peer::{Peers, Refusal};
use super::{BATCH, Case, draw, ours};
use crate::conform::two_at_a_time;
use gannet_bpf::opcode as o;
use gannet_bpf::{Program, Semantics};
use std::time::Duration;

/// How long two programs are compared. Only what may be a fault is.
const EFFORT: Effort = Effort { paths: 100_000, time: Duration::from_secs(1) };

/// What libpcap says of a filter that no packet can pass.
const NOTHING_PASSES: &str = "expression rejects all packets";

/// What became of a filter.
enum Fate {
    /// Nothing to compare.
    Other,
    /// This many instructions, and so many of libpcap's.
    Fine(usize, usize),
    /// Different in length, or in what is refused, for this reason.
    Explained(&'static str),
    /// The same without a reason.
    Fault(String),
}

/// Draws `count` filters; whether none is longer without a reason.
pub fn longer(peers: &Peers, links: &[&str], count: u64, seed: u64) -> bool {
    let mut dice = Dice::new(seed);
    let (mut tally, mut faults, mut sums, mut done) = (Tally::default(), 0, (0, 0), 0);
    while done < count {
        let size = BATCH.min(count - done);
        let batch: Vec<Case> = (0..size).map(|_| draw(&mut dice, links)).collect();
        for (case, fate) in batch.iter().zip(two_at_a_time(&batch, |case| fate(peers, case))) {
            match fate {
                Fate::Other => {}
                Fate::Fine(ours, theirs) => sums = (sums.0 + ours, sums.1 + theirs),
                Fate::Explained(why) => tally.add(why),
                Fate::Fault(why) => {
                    faults += 1;
                    println!("{}{} {}\n    {why}", case.link, case.setting.words(), case.tree.text());
                }
            }
        }
        done += size;
    }
    tally.print(20);
    println!("  {} instructions, libpcap {} for the same filters", sums.0, sums.1);
    println!("filters.longer = {faults}");
    faults == 0
}

fn fate(peers: &Peers, case: &Case) -> Fate {
    let (text, setting) = (case.tree.text(), case.setting);
    let Some(link) = links::by_name(case.link) else { return Fate::Other };
    let Ok(meaning) = peers.ask(link, setting, &text) else { return Fate::Other };
    let is_wrong = |program: &Program, machine| {
        let report = judge::compare(&meaning, program, [Semantics::Libpcap, machine], EFFORT);
        matches!(report.verdict, Verdict::Wrong(_))
    };
    // 1.11 makes another program.
    let is_other = mend(case.link, setting, &meaning).is_some()
        || case.tree.leaves().iter().any(|leaf| leaf.old.as_ref().is_some_and(|old| old.1.contains("byte")));
    let same = |program: &Program| !is_wrong(program, Semantics::Libpcap);
    let theirs = peers.ask_optimised(link, setting, &text);
    match (ours(&text, link, setting, true), theirs) {
        (Ok(ours), Ok(theirs)) => {
            let lengths = (ours.instructions().len(), theirs.instructions().len());
            match () {
                () if lengths.0 <= lengths.1 => Fate::Fine(lengths.0, lengths.1),
                () if is_other || !same(&ours) => Fate::Other,
                () if !same(&theirs) => Fate::Explained("libpcap's is wrong"),
                () if is_wrong(&theirs, Semantics::Linux) || shifts(&theirs) => {
                    Fate::Explained("libpcap's is wrong on Linux's machine, ours has a guard")
                }
                () => Fate::Fault(format!("{} instructions, libpcap has {}", lengths.0, lengths.1)),
            }
        }
        (Ok(ours), Err(Refusal::Said(why))) if why == NOTHING_PASSES => match same(&ours) {
            true if same(&Program::always(0)) => {
                Fate::Fault("only libpcap says that nothing can pass".into())
            }
            true => Fate::Explained("libpcap is wrong to say that nothing can pass"),
            false => Fate::Other,
        },
        (Err((_, why)), Ok(theirs)) if why == NOTHING_PASSES && same(&Program::always(0)) => match () {
            // 1.11 asks for protocols in another order, and may see it as well.
            () if case.tree.leaves().iter().any(|leaf| leaf.old.is_some()) => Fate::Other,
            () if !same(&theirs) => Fate::Explained("libpcap's is wrong"),
            () if !accepts(&theirs) => {
                Fate::Explained("libpcap's program cannot accept, but it says nothing")
            }
            () => Fate::Fault("only we say that nothing can pass".into()),
        },
        _ => Fate::Other,
    }
}

/// Whether a program shifts by a register, of which Linux sees five bits.
fn shifts(program: &Program) -> bool {
    let by_register = [o::LSH, o::RSH].map(|shift| o::ALU | shift | o::X);
    program.instructions().iter().any(|one| by_register.contains(&one.code))
}

/// Whether a program has an end that accepts.
fn accepts(program: &Program) -> bool {
    program
        .instructions()
        .iter()
        .any(|one| one.code == o::RET | o::A || one.code == o::RET | o::K && one.k != 0)
}

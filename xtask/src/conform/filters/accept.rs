//! Filters that must compile to programs with the meaning of libpcap's unoptimised ones, and not be longer than
//! its optimised ones.

use super::judge::{self, Effort, Report, Verdict};
use super::{FileNames, Options, Scores, Tally, target, text, wanted};
use crate::conform::two_at_a_time;
use gannet_bpf::{Program, Semantics, listing};
use gannet_filter::Target;
use gannet_filter::diag::Kind;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The expression by which libpcap's test program asks for a program of all instructions. It is no filter: what
/// it tests is the listing.
const EVERY_INSTRUCTION: &str = "_enumerate_bpf_image";

/// What became of a block.
enum Fate {
    /// Cannot be judged: the data or the link type is not understood.
    Unread(String),
    /// Not compiled, because not supported yet.
    Unsupported(String),
    /// Not compiled, as if it were wrong.
    Refused(String),
    /// Only the listing was to be judged, and is right.
    Listing,
    Judged(Box<Judged>),
}

struct Judged {
    report: Report,
    /// On Linux's machine, where it differs from libpcap's on this program.
    kernel: Option<Report>,
    ours: usize,
    /// libpcap's length, and why ours is longer if it is.
    theirs: Option<(usize, Longer)>,
    listings: String,
}

/// Why a program of ours is longer than libpcap's optimised one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Longer {
    /// It is not.
    No,
    /// libpcap's is wrong.
    Wrong,
    /// libpcap's is right on its own machine and wrong on Linux's: ours has a guard.
    Guard,
    /// For no good reason.
    Unexplained,
}

impl Longer {
    /// `theirs` and `ours` are for a filter that means `meaning`.
    fn why(meaning: &Program, theirs: &Program, ours: &Program) -> Self {
        if ours.instructions().len() <= theirs.instructions().len() {
            return Self::No;
        }
        let is_wrong = |machine| {
            let report = judge::compare(meaning, theirs, [Semantics::Libpcap, machine], Effort::default());
            matches!(report.verdict, Verdict::Wrong(_))
        };
        match () {
            () if is_wrong(Semantics::Libpcap) => Self::Wrong,
            () if is_wrong(Semantics::Linux) => Self::Guard,
            () => Self::Unexplained,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::No => "not longer",
            Self::Wrong => "libpcap's is wrong",
            Self::Guard => "libpcap's is wrong on Linux's machine, ours has a guard",
            Self::Unexplained => "UNEXPLAINED",
        }
    }
}

pub fn run(
    options: &Options,
    blocks: &[Value],
    names: &FileNames,
    scores: &mut Scores,
) -> Result<(), String> {
    let blocks: Vec<&Value> = blocks.iter().filter(|b| wanted(options, b)).collect();
    let fates = two_at_a_time(&blocks, |block| fate(options, block, names));
    let mut totals = Totals::default();
    let mut families: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for (block, fate) in blocks.iter().zip(&fates) {
        let column = totals.add(block, fate, options);
        families.entry(text(block, "dlt")).or_default()[column] += 1;
    }
    println!("accept: {:24} equal  wrong  not yet  refused  unread", "link type");
    for (family, [equal, wrong, not_yet, refused, unread]) in families {
        println!("        {family:24} {equal:5}  {wrong:5}  {not_yet:7}  {refused:7}  {unread:6}");
    }
    totals.print();
    if !options.selects() && !options.libpcap {
        scores.set("filters.accept", totals.good);
    }
    match totals.machine_faults {
        0 => Ok(()),
        faults => Err(format!("the machines disagree on {faults} packets")),
    }
}

fn fate(options: &Options, block: &Value, names: &FileNames) -> Fate {
    let program = |name| match text(block, name) {
        "" => Ok(None),
        listing => judge::listing(listing).map(Some),
    };
    let (meaning, theirs) = match (program("unoptimized"), program("optimized")) {
        (Ok(Some(meaning)), Ok(theirs)) => (meaning, theirs),
        (Ok(None), _) => return Fate::Unread("no meaning given".into()),
        (Err(e), _) | (_, Err(e)) => return Fate::Unread(e),
    };
    if let Some(fault) = back_and_forth(block) {
        return Fate::Unread(fault);
    }
    if block["exprs"][0] == EVERY_INSTRUCTION {
        return Fate::Listing;
    }
    let Some(target) = target(block) else { return Fate::Unread("unknown link type".into()) };
    if options.libpcap {
        return match &theirs {
            Some(program) => Fate::Judged(judged(&meaning, program, None).into()),
            None => Fate::Unsupported("libpcap has no optimised program".into()),
        };
    }
    let mut programs: Vec<Program> = Vec::new();
    for expression in block.get("exprs").and_then(Value::as_array).into_iter().flatten() {
        match compile(expression.as_str().unwrap_or_default(), &target, names, theirs.is_none()) {
            Ok(program) if programs.contains(&program) => {}
            Ok(program) => programs.push(program),
            Err(fate) => return fate,
        }
    }
    // Aliases may compile to different programs; the worst of them counts.
    let judged = programs.iter().map(|ours| judged(&meaning, ours, theirs.as_ref()));
    let worst = judged.max_by_key(|j| (matches!(j.report.verdict, Verdict::Wrong(_)), j.ours));
    worst.map_or(Fate::Unread("no filter".into()), |judged| Fate::Judged(judged.into()))
}

/// Compiles one expression. Where libpcap's optimiser refuses (`may_refuse`), because nothing can match, so may
/// ours; the filter must then compile without it.
fn compile(text: &str, target: &Target, names: &FileNames, may_refuse: bool) -> Result<Program, Fate> {
    let error = match gannet_filter::compile(text, target, names) {
        Ok(compiled) => return Ok(compiled.program),
        Err(error) => error,
    };
    match error.kind() {
        Kind::Unsupported => Err(Fate::Unsupported(error.message().into())),
        _ if may_refuse && target.optimise => {
            compile(text, &Target { optimise: false, ..*target }, names, may_refuse)
        }
        _ => Err(Fate::Refused(format!("{text}: {}", error.message()))),
    }
}

fn judged(meaning: &Program, ours: &Program, theirs: Option<&Program>) -> Judged {
    let effort = Effort::default();
    let report = judge::compare(meaning, ours, [Semantics::Libpcap; 2], effort);
    let kernel = (!ours.has_loop() && !matches!(report.verdict, Verdict::Wrong(_)))
        .then(|| judge::compare(meaning, ours, [Semantics::Libpcap, Semantics::Linux], effort));
    let theirs = theirs.map(|program| (program.instructions().len(), Longer::why(meaning, program, ours)));
    let mut listings = String::new();
    for (name, program) in [("meaning", meaning), ("judged", ours)] {
        let _ = write!(listings, "{name}:\n{}", listing::text(program.instructions()));
    }
    Judged { report, kernel, ours: ours.instructions().len(), theirs, listings }
}

/// Whether libpcap's listings read back and written again are unchanged.
fn back_and_forth(block: &Value) -> Option<String> {
    let clean = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| line.split(';').next().unwrap_or_default().trim_end().to_string()).collect()
    };
    ["unoptimized", "optimized"].into_iter().find_map(|name| {
        let list = gannet_bpf::parse::human(text(block, name)).ok()?;
        let again = listing::text(&list);
        (clean(&again) != clean(text(block, name))).then(|| format!("{name} is listed otherwise"))
    })
}

#[derive(Default)]
struct Totals {
    blocks: usize,
    good: usize,
    proved: usize,
    kernel_wrong: usize,
    machine_faults: usize,
    packets: usize,
    taken: usize,
    possible: usize,
    ours: usize,
    theirs: usize,
    longer: BTreeMap<&'static str, usize>,
    reasons: Tally,
}

impl Totals {
    /// Counts a block, and says which column of the table it belongs to.
    fn add(&mut self, block: &Value, fate: &Fate, options: &Options) -> usize {
        self.blocks += 1;
        let (name, first) = (text(block, "name"), &block["exprs"][0]);
        let mut fail = |reason: String, detail: String| {
            if options.failing {
                println!("{name} ({} {first}): {detail}", text(block, "dlt"));
            }
            self.reasons.add(reason);
        };
        match fate {
            Fate::Unread(why) => fail(format!("unread: {why}"), why.clone()),
            Fate::Unsupported(why) => fail(format!("not yet: {why}"), why.clone()),
            Fate::Refused(why) => {
                let message = why.split_once(": ").map_or(why.as_str(), |(_, message)| message);
                fail(format!("refused: {message}"), why.clone());
            }
            Fate::Judged(judged) => return self.add_judged(name, judged, options),
            Fate::Listing => {
                self.good += 1;
                return 0;
            }
        }
        match fate {
            Fate::Unread(_) => 4,
            Fate::Unsupported(_) => 2,
            _ => 3,
        }
    }

    fn add_judged(&mut self, name: &str, judged: &Judged, options: &Options) -> usize {
        let report = &judged.report;
        self.packets += report.packets;
        self.taken += report.taken;
        self.possible += report.possible;
        self.machine_faults += report.machine_faults;
        if let Some((theirs, longer)) = judged.theirs {
            self.ours += judged.ours;
            self.theirs += theirs;
            if longer != Longer::No {
                *self.longer.entry(longer.words()).or_default() += 1;
                if options.failing || options.longer {
                    let words = longer.words();
                    println!("{name}: {} instructions, libpcap has {theirs}: {words}", judged.ours);
                }
            }
        }
        if let Some(Verdict::Wrong(difference)) = judged.kernel.as_ref().map(|report| &report.verdict) {
            self.kernel_wrong += 1;
            if options.failing {
                println!("{name}: wrong on Linux's machine: {}", judge::Fault(difference));
            }
            return 1;
        }
        match &report.verdict {
            Verdict::Wrong(difference) => {
                self.reasons.add("wrong");
                if options.failing {
                    println!("{name}: wrong: {}", judge::Fault(difference));
                }
                if options.diff {
                    println!("{}", judged.listings);
                }
                return 1;
            }
            Verdict::Tried(why) => {
                self.reasons.add(format!("equal as far as tried: {why}"));
                if options.failing {
                    println!("{name}: tried {} paths, {} packets: {why}", report.paths, report.packets);
                }
            }
            Verdict::Proved => self.proved += 1,
        }
        self.good += 1;
        0
    }

    fn print(&self) {
        self.reasons.print(20);
        println!("  equal {} of {} blocks, {} of them proved", self.good, self.blocks, self.proved);
        println!("  {} packets took {} of {} possible ways", self.packets, self.taken, self.possible);
        println!("  {} instructions, libpcap {} for the same filters", self.ours, self.theirs);
        let longer: usize = self.longer.values().sum();
        println!("  {longer} programs longer than libpcap's (--longer lists them)");
        self.longer.iter().for_each(|(why, count)| println!("    {count}: {why}"));
        println!("  wrong on Linux's machine only: {}", self.kernel_wrong);
        println!(
            "  packets on which interpreter, machine code and plain machine disagree: {}",
            self.machine_faults
        );
        println!("filters.accept = {}/{}", self.good, self.blocks);
    }
}

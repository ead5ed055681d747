//! Whether two programs are the same filter, and how much of them the packets have gone through.

use std::fmt;
use std::time::{Duration, Instant};

use gannet_bpf::equal::{self, Difference, Packet, Phase, Watch};
use gannet_bpf::{Limits, Program, Semantics, Vm, check};
use gannet_jit::Compiled;

use super::machine;

pub use gannet_bpf::equal::Verdict;

/// A difference in words: the second program is on trial.
pub struct Fault<'a>(pub &'a Difference);

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [expected, got] = self.0.answers;
        write!(f, "{got} where {expected} is meant, {}", self.0.packet)
    }
}

/// The answer and how it was found.
#[derive(Debug)]
pub struct Report {
    pub verdict: Verdict,
    /// Pairs of paths followed.
    pub paths: usize,
    /// Packets run through both programs.
    pub packets: usize,
    /// Ways through the instructions of both programs: taken by some packet, and possible at all.
    pub taken: usize,
    pub possible: usize,
    /// Packets on which the interpreter, the machine code and the plain machine disagree. Must be 0.
    pub machine_faults: usize,
}

/// When to stop.
#[derive(Clone, Copy)]
pub struct Effort {
    pub paths: usize,
    pub time: Duration,
}

impl Effort {
    /// For a pair that somebody waits for.
    pub const PATIENT: Self = Self { paths: 100_000_000, time: Duration::from_secs(120) };
}

impl Default for Effort {
    fn default() -> Self {
        Self { paths: 400_000, time: Duration::from_secs(4) }
    }
}

/// Compares `ours` with `meaning`, each run by its own machine's rules.
pub fn compare(meaning: &Program, ours: &Program, semantics: [Semantics; 2], effort: Effort) -> Report {
    let programs = [meaning, ours];
    let mut clock = Clock {
        effort,
        start: Instant::now(),
        drawn: None,
        sides: [0, 1].map(|n| Tracked::new(programs[n], semantics[n])),
        faults: 0,
    };
    let report = equal::compare(programs, semantics, &mut clock);
    let ways = |other: &[Vec<u8>; 2]| {
        let both = clock.sides.iter().flat_map(|side| &side.taken).zip(other.iter().flatten());
        both.map(|(a, b)| ((a | b) & 7).count_ones() as usize).sum()
    };
    let taken = ways(&clock.sides.each_ref().map(|side| vec![0; side.taken.len()]));
    let possible = ways(&report.seen);
    let equal::Report { verdict, paths, packets, .. } = report;
    Report { verdict, paths, packets, taken, possible, machine_faults: clock.faults }
}

/// Ends a comparison in time, and runs each packet on the plain machine and as machine code too.
struct Clock<'a> {
    effort: Effort,
    start: Instant,
    drawn: Option<Instant>,
    sides: [Tracked<'a>; 2],
    faults: usize,
}

struct Tracked<'a> {
    program: &'a Program,
    semantics: Semantics,
    fast: Vm,
    compiled: Compiled,
    taken: Vec<u8>,
}

impl<'a> Tracked<'a> {
    fn new(program: &'a Program, semantics: Semantics) -> Self {
        let fast = Vm::with_semantics(program, semantics);
        let compiled = Compiled::with_semantics(program, semantics);
        Self { program, semantics, fast, compiled, taken: vec![0; program.instructions().len()] }
    }
}

impl Watch for Clock<'_> {
    fn enough(&mut self, phase: Phase, paths: usize) -> bool {
        match phase {
            Phase::All => paths >= self.effort.paths || self.start.elapsed() >= self.effort.time,
            Phase::Drawn => self.drawn.get_or_insert_with(Instant::now).elapsed() >= self.effort.time / 4,
        }
    }

    fn tried(&mut self, packet: &Packet) {
        let Packet { bytes, wire_len, meta } = packet.clone();
        let plain = machine::Packet { bytes, wire_len, meta };
        for Tracked { program, semantics, fast, compiled, taken } in &mut self.sides {
            let result = machine::run(program.instructions(), *semantics, &plain, taken);
            let interpreted = fast.run(&packet.bytes, packet.wire_len, &packet.meta);
            let machine_code = compiled.run(&packet.bytes, packet.wire_len, &packet.meta);
            self.faults += usize::from([interpreted, machine_code] != [result; 2]);
        }
    }
}

/// Reads a program in the format of `tcpdump -d` or `-ddd`.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn listing(text: &str) -> Result<Program, String> {
    let list = match text.trim_start().starts_with('(') {
        true => gannet_bpf::parse::human(text),
        false => gannet_bpf::parse::decimal(text),
    };
    let list = list.map_err(|e| e.to_string())?;
    check(list, Limits { unwritten: true, ..Limits::USER }).map_err(|e| e.to_string())
}

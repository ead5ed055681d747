//! Whether two programs are the same filter.

use std::fmt;
use std::time::{Duration, Instant};

use gannet_bpf::{Limits, Program, Semantics, Vm, ancillary, check};

use super::explore::{Explorer, Leaf, Outcome, Side};
use super::machine::{self, FALSE, ON, Packet};
use super::witness::{self, Dice, Fill};

/// The answer.
#[derive(Debug)]
pub enum Verdict {
    /// Every pair of paths through both ends the same: equal on every packet.
    Proved,
    /// No packet of those tried tells them apart, and this keeps it from being a proof.
    Tried(&'static str),
    /// This packet tells them apart.
    Wrong(Box<Difference>),
}

/// A packet and what the programs say to it.
#[derive(Debug)]
pub struct Difference {
    pub packet: Packet,
    pub expected: u32,
    pub got: u32,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { bytes, wire_len, meta } = &self.packet;
        write!(
            f,
            "{} where {} is meant, {} bytes ({wire_len} on the wire) ",
            self.got,
            self.expected,
            bytes.len()
        )?;
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        let facts = [(ancillary::VLAN_TAG_PRESENT, "vlanp"), (ancillary::VLAN_TAG, "vlan_tci")];
        let known = |(number, name)| Some((name, meta.fact(number).filter(|value| *value != 0)?));
        facts.into_iter().filter_map(known).try_for_each(|(name, value)| write!(f, ", {name} {value}"))
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
    /// Packets on which the fast machine and the plain one disagree. Must be 0.
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

struct Judge<'a> {
    explorer: Explorer<'a>,
    sides: [Side<'a>; 2],
    machines: [Vm; 2],
    taken: [Vec<u8>; 2],
    dice: Dice,
    packets: usize,
    machine_faults: usize,
    /// Leaves that differ as far as the facts tell, though no packet was found.
    doubtful: usize,
}

/// Compares `ours` with `meaning`, each run by its own machine's rules.
pub fn compare(meaning: &Program, ours: &Program, semantics: [Semantics; 2], effort: Effort) -> Report {
    let programs = [meaning, ours];
    let sides = [0, 1].map(|n| Side { program: programs[n].instructions(), semantics: semantics[n] });
    let mut judge = Judge {
        explorer: Explorer::new(sides),
        sides,
        machines: [0, 1].map(|n| Vm::with_semantics(programs[n], semantics[n])),
        taken: sides.map(|side| vec![0; side.program.len()]),
        dice: Dice::new(1),
        packets: 0,
        machine_faults: 0,
        doubtful: 0,
    };
    let start = Instant::now();
    let mut paths = 0;
    let mut complete = false;
    let mut difference = None;
    while difference.is_none() && !complete && paths < effort.paths && start.elapsed() < effort.time {
        difference = judge.next(paths);
        paths += 1;
        complete = !judge.explorer.advance();
    }
    if difference.is_none() && !complete {
        // Too many to see them all: draw some from everywhere.
        judge.explorer.by_chance(paths as u64);
        let start = Instant::now();
        while difference.is_none() && start.elapsed() < effort.time / 4 {
            difference = judge.next(0);
            paths += 1;
        }
    }
    judge.report(difference, complete, paths)
}

impl Judge<'_> {
    /// Follows one pair of paths and runs packets that take it.
    fn next(&mut self, number: usize) -> Option<Box<Difference>> {
        let before = self.explorer.seen.clone();
        let leaf = self.explorer.run()?;
        let alike = same(leaf);
        let news = before != self.explorer.seen;
        if !alike || number < 3000 || news {
            for turn in 0..if alike { 2 } else { 60 } {
                let fill = if turn == 0 { Fill::Zero } else { Fill::Random };
                let packet = witness::make(&self.explorer.terms, &self.explorer.facts, fill, &mut self.dice);
                let Some(packet) = packet else { continue };
                if let Some(difference) = self.try_packet(packet) {
                    return Some(difference);
                }
            }
            self.doubtful += usize::from(!alike);
        }
        None
    }

    fn try_packet(&mut self, packet: Packet) -> Option<Box<Difference>> {
        self.packets += 1;
        let mut results = [0; 2];
        for (n, result) in results.iter_mut().enumerate() {
            let side = self.sides[n];
            *result = machine::run(side.program, side.semantics, &packet, &mut self.taken[n]);
            let fast = self.machines[n].run(&packet.bytes, packet.wire_len, &packet.meta);
            self.machine_faults += usize::from(fast != *result);
        }
        let [expected, got] = results;
        (expected != got).then(|| Box::new(Difference { packet, expected, got }))
    }

    fn report(self, difference: Option<Box<Difference>>, complete: bool, paths: usize) -> Report {
        let ways = |seen: &[Vec<u8>; 2], other: &[Vec<u8>; 2]| {
            let both = seen.iter().flatten().zip(other.iter().flatten());
            both.map(|(a, b)| ((a | b) & (ON | FALSE | machine::FAILED)).count_ones() as usize).sum()
        };
        let none = self.taken.clone().map(|list| vec![0; list.len()]);
        let verdict = match difference {
            Some(difference) => Verdict::Wrong(difference),
            None if !complete => Verdict::Tried("too many paths"),
            None if self.explorer.cut > 0 => Verdict::Tried("a loop"),
            None if self.doubtful > 0 => Verdict::Tried("some paths could neither be refuted nor shown"),
            None => Verdict::Proved,
        };
        Report {
            verdict,
            paths,
            packets: self.packets,
            taken: ways(&self.taken, &none),
            possible: ways(&self.taken, &self.explorer.seen),
            machine_faults: self.machine_faults,
        }
    }
}

fn same(leaf: Leaf) -> bool {
    match leaf {
        [Outcome::Keep(a), Outcome::Keep(b)] => a == b,
        [a, b] => a == b,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(meaning: &str, ours: &str) -> Verdict {
        let [meaning, ours] = [meaning, ours].map(|text| listing(&numbered(text)).expect("a program"));
        compare(&meaning, &ours, [Semantics::Libpcap; 2], Effort::default()).verdict
    }

    /// Puts the numbers in front of the lines.
    fn numbered(text: &str) -> String {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.enumerate().map(|(at, line)| format!("({at:03}) {line}\n")).collect()
    }

    fn proved(meaning: &str, ours: &str) {
        assert!(matches!(judged(meaning, ours), Verdict::Proved), "{:?}", judged(meaning, ours));
        assert!(matches!(judged(ours, meaning), Verdict::Proved), "{:?}", judged(ours, meaning));
    }

    fn told_apart(meaning: &str, ours: &str) -> Difference {
        match judged(meaning, ours) {
            Verdict::Wrong(difference) => *difference,
            other => panic!("{other:?}"),
        }
    }

    const HALF: &str = "ldh [12]\n jeq #0x800 jt 2 jf 3\n ret #9\n ret #0";

    #[test]
    fn the_same_bytes_read_in_other_ways_are_equal() {
        let shifted = "ld [10]\n and #0xffff\n sub #2048\n jeq #0 jt 4 jf 5\n ret #9\n ret #0";
        proved(HALF, shifted);
        let joined = "ldb [12]\n lsh #8\n st M[0]\n ldb [13]\n ldx M[0]\n or x\n jeq #0x800 jt 7 jf 8\n \
            ret #9\n ret #0";
        proved(HALF, joined);
        // One byte after the other: where only the first is there, both reject.
        proved(HALF, "ldb [12]\n jeq #8 jt 2 jf 5\n ldb [13]\n jeq #0 jt 4 jf 5\n ret #9\n ret #0");
    }

    #[test]
    fn a_load_that_only_short_packets_miss_tells_programs_apart() {
        let longer = HALF.replace("ldh [12]", "ld [12]\n ldh [12]").replace("jt 2 jf 3", "jt 3 jf 4");
        let difference = told_apart(HALF, &longer);
        assert!((14..16).contains(&difference.packet.bytes.len()), "{difference}");
        assert_eq!((difference.expected, difference.got), (9, 0));
        // Behind a longer load it changes nothing.
        let first = longer.replace("ldh [12]\n", "ldh [10]\n ldh [12]\n").replace("jt 3 jf 4", "jt 4 jf 5");
        proved(&longer, &first);
    }

    #[test]
    fn bounds_and_bits_say_the_same() {
        let above = "ldh [0]\n jgt #1023 jt 3 jf 2\n ret #0\n ret #5";
        proved(above, "ldh [0]\n jset #0xfc00 jt 2 jf 3\n ret #5\n ret #0");
        proved(above, "ldh [0]\n jge #1024 jt 2 jf 3\n ret #5\n ret #0");
        let difference = told_apart(above, "ldh [0]\n jgt #1024 jt 2 jf 3\n ret #5\n ret #0");
        assert_eq!(difference.packet.bytes.get(..2), Some(&[4, 0][..]));
        told_apart(above, "ldh [0]\n jset #0xf800 jt 2 jf 3\n ret #5\n ret #0");
    }

    #[test]
    fn places_behind_a_variable_header_are_kept_apart() {
        let port = "ldxb 4*([14]&0xf)\n ldh [x + 16]\n jeq #0x50 jt 3 jf 4\n ret #1\n ret #0";
        let by_hand = "ldb [14]\n and #0xf\n mul #4\n add #2\n tax\n ldh [x + 14]\n jeq #0x50 jt 7 jf 8\n ret #1\n ret #0";
        proved(port, by_hand);
        told_apart(port, &by_hand.replace("x + 14", "x + 15"));
        told_apart(port, &by_hand.replace("mul #4", "mul #2"));
    }

    #[test]
    fn a_table_of_bits_equals_its_comparisons() {
        let chain = "ldb [0]\n jeq #3 jt 4 jf 2\n jeq #5 jt 4 jf 3\n jeq #20 jt 4 jf 5\n ret #1\n ret #0";
        let bits =
            "ldb [0]\n jgt #31 jt 7 jf 2\n tax\n ld #1\n lsh x\n jset #0x100028 jt 6 jf 7\n ret #1\n ret #0";
        proved(chain, bits);
        told_apart(chain, &bits.replace("0x100028", "0x100068"));
    }

    #[test]
    fn the_length_on_the_wire_is_never_below_the_captured_one() {
        let captured = "ldb [99]\n ret #1";
        proved(captured, "ldb [99]\n ld #pktlen\n jge #100 jt 3 jf 4\n ret #1\n ret #0");
        told_apart(captured, "ldb [99]\n ld #pktlen\n jge #101 jt 3 jf 4\n ret #1\n ret #0");
        told_apart(captured, "ld #pktlen\n jge #100 jt 2 jf 3\n ret #1\n ret #0");
    }

    #[test]
    fn the_machines_differ_by_wide_shifts() {
        let shift = numbered("ldb [0]\n tax\n ld #1\n lsh x\n jset #0xf jt 5 jf 6\n ret #1\n ret #0");
        let program = listing(&shift).expect("a program");
        let both = [Semantics::Libpcap, Semantics::Linux];
        assert!(matches!(compare(&program, &program, both, Effort::default()).verdict, Verdict::Wrong(_)));
    }
}

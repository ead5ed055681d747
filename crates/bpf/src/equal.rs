//! Whether two programs are the same filter: on every packet of every length, or a packet that tells them apart.
//!
//! - [`compare`] runs both on all packets at once (`explore`), path by path, and keeps what a path has shown (`facts`)
//!   about values over the bytes of an unknown packet (`terms`);
//! - from each pair of paths it makes packets that take it (`witness`), and asks the interpreter.
//!
//! # Contract
//! [`Verdict::Proved`] is a proof, for packets whose capture knows every ancillary fact that the programs load and where
//! the network header begins. Programs that search netlink attributes are only tried. [`Verdict::Wrong`] comes with a packet on which the interpreter gave two answers.
//! No clock is read: a [`Watch`] says when it is enough. Terms, rounds of a loop and choices are bounded, so that each
//! path ends.

mod explore;
mod facts;
mod terms;
mod witness;

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use crate::{Metadata, Program, Semantics, Vm, ancillary};
use explore::{Explorer, Leaf, Outcome, Side};
use witness::{Dice, Fill};

/// A packet with what a filter may ask about it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Packet {
    /// What was captured.
    pub bytes: Vec<u8>,
    /// The length on the wire in bytes, never below that of `bytes`.
    pub wire_len: u32,
    /// The facts beside the bytes.
    pub meta: Metadata,
}

/// The answer.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Every pair of paths through both ends the same: equal on every packet.
    Proved,
    /// No packet of those tried tells them apart, and this keeps it from being a proof.
    Tried(&'static str),
    /// This packet tells them apart.
    Wrong(Box<Difference>),
}

/// A packet and what the programs say to it.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The packet.
    pub packet: Packet,
    /// What each program returns.
    pub answers: [u32; 2],
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes ({} on the wire) ", self.bytes.len(), self.wire_len)?;
        self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        let facts = [(ancillary::VLAN_TAG_PRESENT, "vlanp"), (ancillary::VLAN_TAG, "vlan_tci")];
        let known = |(number, name)| Some((name, self.meta.fact(number).filter(|value| *value != 0)?));
        facts.into_iter().filter_map(known).try_for_each(|(name, value)| write!(f, ", {name} {value}"))?;
        match self.meta.network_offset.unwrap_or(0) {
            0 => Ok(()),
            offset => write!(f, ", network header at {offset}"),
        }
    }
}

/// The answer and how it was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// Pairs of paths followed.
    pub paths: usize,
    /// Packets run through both programs.
    pub packets: usize,
    /// For each program and instruction the ways that the search has seen, as bits: 1 on or true, 2 false, 4 rejected.
    pub seen: [Vec<u8>; 2],
}

/// How paths are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// All, one after the other; a search that ends by itself is complete.
    All,
    /// By chance, where all were too many.
    Drawn,
}

/// What a caller hears of a comparison.
pub trait Watch {
    /// Whether to end this phase, after so many pairs of paths in it. Asked before each pair.
    fn enough(&mut self, phase: Phase, paths: usize) -> bool;

    /// A packet is run through both programs.
    fn tried(&mut self, _packet: &Packet) {}
}

/// So many pairs of paths in each phase: a watch without a clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paths {
    /// At most so many in order.
    pub all: usize,
    /// If those were not all, so many by chance.
    pub drawn: usize,
}

impl Default for Paths {
    fn default() -> Self {
        Self { all: 400_000, drawn: 20_000 }
    }
}

impl Watch for Paths {
    fn enough(&mut self, phase: Phase, paths: usize) -> bool {
        paths >= if phase == Phase::All { self.all } else { self.drawn }
    }
}

/// Packets are made of each path while there are fewer of them than this, then only of those that bring news.
const EVERY_PATH: usize = 3000;

/// Compares two programs, each run by its own machine's rules.
pub fn compare(programs: [&Program; 2], semantics: [Semantics; 2], watch: &mut dyn Watch) -> Report {
    let [first, second] = programs;
    let [one, two] = semantics;
    let mut judge = Judge {
        explorer: Explorer::new([
            Side { program: first.instructions(), semantics: one },
            Side { program: second.instructions(), semantics: two },
        ]),
        machines: [Vm::with_semantics(first, one), Vm::with_semantics(second, two)],
        dice: Dice::new(1),
        packets: 0,
        doubtful: 0,
    };
    let (mut paths, mut complete, mut difference) = (0, false, None);
    while difference.is_none() && !complete && !watch.enough(Phase::All, paths) {
        difference = judge.next(paths, watch);
        paths += 1;
        complete = !judge.explorer.advance();
    }
    if difference.is_none() && !complete {
        judge.explorer.by_chance(paths as u64);
        let mut drawn = 0;
        while difference.is_none() && !watch.enough(Phase::Drawn, drawn) {
            difference = judge.next(drawn, watch);
            drawn += 1;
        }
        paths += drawn;
    }
    let verdict = match difference {
        Some(difference) => Verdict::Wrong(difference),
        None if !complete => Verdict::Tried("too many paths"),
        None if judge.explorer.cut > 0 => Verdict::Tried("a loop, a value too large, or netlink attributes"),
        None if judge.doubtful > 0 => Verdict::Tried("some paths could neither be refuted nor shown"),
        None => Verdict::Proved,
    };
    Report { verdict, paths, packets: judge.packets, seen: judge.explorer.seen }
}

struct Judge<'a> {
    explorer: Explorer<'a>,
    machines: [Vm; 2],
    dice: Dice,
    packets: usize,
    /// Leaves that differ as far as the facts tell, though no packet was found.
    doubtful: usize,
}

impl Judge<'_> {
    /// Follows one pair of paths and runs packets that take it.
    fn next(&mut self, number: usize, watch: &mut dyn Watch) -> Option<Box<Difference>> {
        let before = self.explorer.seen.clone();
        let leaf = self.explorer.run()?;
        let alike = same(leaf);
        if !alike || number < EVERY_PATH || before != self.explorer.seen {
            for turn in 0..if alike { 2 } else { 60 } {
                let fill = if turn == 0 { Fill::Zero } else { Fill::Random };
                let packet = witness::make(&self.explorer.terms, &self.explorer.facts, fill, &mut self.dice);
                let Some(packet) = packet else { continue };
                watch.tried(&packet);
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
        let answer = |vm: &Vm| vm.run(&packet.bytes, packet.wire_len, &packet.meta);
        let answers = self.machines.each_ref().map(answer);
        (answers[0] != answers[1]).then(|| Box::new(Difference { packet, answers }))
    }
}

fn same(leaf: Leaf) -> bool {
    match leaf {
        [Outcome::Keep(a), Outcome::Keep(b)] => a == b,
        [a, b] => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, check};
    use alloc::{format, string::String};

    fn judged(meaning: &str, ours: &str) -> Verdict {
        let [meaning, ours] = [meaning, ours].map(program);
        compare([&meaning, &ours], [Semantics::Libpcap; 2], &mut Paths::default()).verdict
    }

    /// The program of a listing without numbers.
    fn program(text: &str) -> Program {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let numbered: String = lines.enumerate().map(|(at, line)| format!("({at:03}) {line}\n")).collect();
        check(crate::parse::human(&numbered).expect("instructions"), Limits::USER).expect("a program")
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
        assert!((14..16).contains(&difference.packet.bytes.len()), "{}", difference.packet);
        assert_eq!(difference.answers, [9, 0]);
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
        let program = program("ldb [0]\n tax\n ld #1\n lsh x\n jset #0xf jt 5 jf 6\n ret #1\n ret #0");
        let both = [Semantics::Libpcap, Semantics::Linux];
        assert!(matches!(compare([&program; 2], both, &mut Paths::default()).verdict, Verdict::Wrong(_)));
    }

    fn on_linux(one: &str, other: &str) -> Verdict {
        let [one, other] = [one, other].map(program);
        compare([&one, &other], [Semantics::Linux; 2], &mut Paths::default()).verdict
    }

    #[test]
    fn offsets_from_the_link_header_are_offsets_from_the_start() {
        let from_link = HALF.replace("[12]", "[-2097140]");
        assert!(matches!(on_linux(HALF, &from_link), Verdict::Proved));
        assert!(matches!(on_linux(HALF, &from_link.replace("40]", "39]")), Verdict::Wrong(_)));
        // libpcap's machine knows no such offsets.
        assert!(matches!(judged(HALF, &from_link), Verdict::Wrong(_)));
        let behind_x =
            "ldb [0]\n and #0xf\n tax\n ldh [x + -2097140]\n jeq #0x50 jt 5 jf 6\n ret #1\n ret #0";
        assert!(matches!(on_linux(behind_x, &behind_x.replace("-2097140", "12")), Verdict::Proved));
        assert!(matches!(on_linux(behind_x, &behind_x.replace("-2097140", "13")), Verdict::Wrong(_)));
    }

    #[test]
    fn the_network_header_may_begin_anywhere() {
        let udp = "ldb [-1048567]\n jeq #0x11 jt 2 jf 6\n ldxb 4*([-1048576]&0xf)\n ldh [x + -1048574]\n \
            jeq #0x35 jt 5 jf 6\n ret #9\n ret #0";
        let by_hand = "ldb [-1048576]\n and #0xf\n lsh #2\n add #2\n tax\n ldb [-1048567]\n jeq #0x11 jt 7 jf 10\n \
            ldh [x + -1048576]\n jeq #0x35 jt 9 jf 10\n ret #9\n ret #0";
        assert!(matches!(on_linux(udp, by_hand), Verdict::Proved), "{:?}", on_linux(udp, by_hand));
        for change in
            [("#0x35", "#0x36"), ("-1048567", "-1048568"), ("lsh #2", "lsh #1"), ("add #2", "add #3")]
        {
            let other = by_hand.replace(change.0, change.1);
            assert!(
                matches!(on_linux(udp, &other), Verdict::Wrong(_)),
                "{change:?}: {:?}",
                on_linux(udp, &other)
            );
        }
        // A place of its own: at 14 it would be the same.
        assert!(matches!(on_linux("ldb [-1048567]\n ret", "ldb [23]\n ret"), Verdict::Wrong(_)));
    }

    #[test]
    fn sums_that_wrap_read_at_the_start_on_linux() {
        let text = "ld [0]\n tax\n ldb [x + 16]\n jeq #7 jt 4 jf 5\n ret #1\n ret #0";
        let difference = match on_linux(
            text,
            &text.replace("tax", "jgt #2000 jt 6 jf 2\n tax").replace("jt 4 jf 5", "jt 5 jf 6"),
        ) {
            Verdict::Wrong(difference) => difference,
            other => panic!("{other:?}"),
        };
        assert!(difference.packet.bytes.len() < 100, "{}", difference.packet);
    }

    #[test]
    fn netlink_attributes_are_not_proved() {
        let search = "ld #4\n ldx #1\n ld [-4084]\n ret";
        assert!(matches!(on_linux(search, &search.replace("ldx #1", "ldx #2")), Verdict::Tried(_)));
    }

    #[test]
    fn values_that_grow_without_end_are_given_up() {
        let mut text = String::from("ld [0]\n tax\n");
        (0..2000).for_each(|n| text += if n % 2 == 0 { "mul x\n" } else { "xor x\n" });
        text += "jeq #7 jt 2003 jf 2004\n ret #1\n ret #0";
        let [one, other] = [text.clone(), text.replace("jeq #7", "jeq #8")];
        assert!(!matches!(judged(&one, &other), Verdict::Proved));
    }
}

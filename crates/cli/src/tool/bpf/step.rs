//! `step`: a program on one packet, one instruction at a time, forward and back.
//!
//! Commands come from standard input, a line each; any beginning of a word will do, and an empty line repeats
//! the last one.

use super::run::{count, verdict};
use super::{Given, Source, savefile};
use crate::failure::{Failure, reason};
use crate::run::output::Output;
use gannet_pcap::Offline;
use gannet_pcap::bpf::{self, Metadata, Packet, Semantics, State, Stepper, listing};
use gannet_pcap::metadata::as_kernel;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal};
use std::ops::Range;

const HELP: &str = "step [N]        run the next instruction, or the next N; -N goes back
back [N]        take the last step back, or the last N
run             go on to a breakpoint or the end
reverse         go back to a breakpoint or the start
breakpoint [N]  stop before instruction N, or no longer; without N, list them
state           registers, memory, and the bytes that are loaded next
disassemble     the program, with the next instruction marked
dump            the bytes of the packet
next            the same program on the next packet
restart         from the first instruction again
quit
";

/// A packet of its own, for the file lends only one at a time.
struct Kept {
    number: u64,
    bytes: Vec<u8>,
    wire_length: u32,
    meta: Metadata,
}

impl Kept {
    fn packet(&self) -> Packet<'_> {
        Packet { bytes: &self.bytes, wire_length: self.wire_length, meta: self.meta }
    }
}

/// What the user wants next, beyond the packet at hand.
enum Next {
    Packet,
    Quit,
}

/// Steps through the program on the packet that was asked for, and on those that follow it.
pub fn step(given: &Given, source: Source<'_>) -> Result<(), Failure> {
    let mut file = savefile(given)?;
    let program = source.program(file.filter_target())?;
    let mut commands = io::stdin().lock();
    let prompt = commands.is_terminal();
    let mut session =
        Session { program: &program, breakpoints: BTreeSet::new(), output: Output::new(), prompt };
    let mut number = 0;
    while let Some(kept) = next(&mut file, &mut number, given.packet)? {
        if let Next::Quit = session.packet(&kept, &mut commands)? {
            return Ok(());
        }
    }
    Err(Failure::new(format!("the savefile ends after {}", count(number, "packet"))))
}

/// The next packet whose number is at least `from`.
fn next(file: &mut Offline, number: &mut u64, from: u64) -> Result<Option<Kept>, Failure> {
    while let Some(record) = file.next().map_err(Failure::new)? {
        *number += 1;
        if *number >= from {
            return Ok(Some(Kept {
                number: *number,
                bytes: record.bytes.to_vec(),
                wire_length: record.length,
                meta: as_kernel(&record),
            }));
        }
    }
    Ok(None)
}

struct Session<'p> {
    program: &'p bpf::Program,
    breakpoints: BTreeSet<usize>,
    output: Output,
    prompt: bool,
}

/// The words of commands, those that are abbreviated most first.
const WORDS: [&str; 11] = [
    "step",
    "back",
    "run",
    "breakpoint",
    "state",
    "disassemble",
    "dump",
    "next",
    "restart",
    "reverse",
    "quit",
];

impl Session<'_> {
    /// Follows commands on one packet.
    fn packet(&mut self, kept: &Kept, commands: &mut impl BufRead) -> Result<Next, Failure> {
        let mut stepper = Stepper::new(self.program, kept.packet(), Semantics::Linux);
        let length = count(kept.bytes.len() as u64, "byte");
        let mut text = format!("packet {}: {length} captured of {}\n", kept.number, kept.wire_length);
        show(&stepper, kept, &mut text);
        let mut last = String::new();
        loop {
            if self.prompt {
                text.push_str("> ");
            }
            self.output.say(&text)?;
            text.clear();
            let mut line = Vec::new();
            let read = commands.read_until(b'\n', &mut line).map_err(|error| Failure::new(reason(&error)))?;
            let line = String::from_utf8_lossy(&line).into_owned();
            if read == 0 {
                return Ok(Next::Quit);
            }
            if !line.trim().is_empty() {
                last = line;
            }
            let mut words = last.split_whitespace();
            let Some(word) = words.next() else { continue };
            let number = words.next().map(str::parse::<i64>);
            match (WORDS.iter().find(|known| known.starts_with(word)), number) {
                (Some(&"next"), None) => return Ok(Next::Packet),
                (Some(&"quit"), None) => return Ok(Next::Quit),
                (Some(known), None) => self.command(known, None, &mut stepper, kept, &mut text),
                (Some(known @ (&"step" | &"back" | &"breakpoint")), Some(Ok(n))) => {
                    self.command(known, Some(n), &mut stepper, kept, &mut text);
                }
                (None, _) if "help".starts_with(word) || word == "?" => text.push_str(HELP),
                (None, _) => _ = writeln!(text, "no command begins with {word:?}; help lists them"),
                (Some(known), _) => {
                    _ = writeln!(text, "{known} does not take that; help tells what it takes")
                }
            }
        }
    }

    fn command(
        &mut self,
        word: &str,
        n: Option<i64>,
        stepper: &mut Stepper<'_>,
        kept: &Kept,
        text: &mut String,
    ) {
        match word {
            "step" => walk(stepper, n.unwrap_or(1)),
            "back" => walk(stepper, n.unwrap_or(1).saturating_neg()),
            "run" => while stepper.forward() && !self.stops(stepper.state()) {},
            "reverse" => while stepper.back() && !self.stops(stepper.state()) {},
            "restart" => while stepper.back() {},
            "breakpoint" => return self.breakpoint(n, text),
            "disassemble" => return self.disassemble(stepper.state(), text),
            "dump" => return dump(&kept.bytes, stepper.bytes_read(), 0..kept.bytes.len(), text),
            _ => {}
        }
        show(stepper, kept, text);
    }

    fn stops(&self, state: &State) -> bool {
        state.end.is_none() && self.breakpoints.contains(&state.at)
    }

    /// Sets a breakpoint, or takes it away; without a number, lists them.
    fn breakpoint(&mut self, n: Option<i64>, text: &mut String) {
        let length = self.program.instructions().len();
        match n.map(|n| usize::try_from(n).ok().filter(|n| *n < length)) {
            Some(None) => _ = writeln!(text, "there are instructions 0 to {}", length - 1),
            Some(Some(n)) if self.breakpoints.remove(&n) => {
                _ = writeln!(text, "no breakpoint at {n} any longer")
            }
            Some(Some(n)) => {
                self.breakpoints.insert(n);
                _ = writeln!(text, "breakpoint at {n}");
            }
            None => {
                let all: Vec<_> = self.breakpoints.iter().map(usize::to_string).collect();
                let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                _ = writeln!(text, "breakpoints: {all}");
            }
        }
    }

    fn disassemble(&self, state: &State, text: &mut String) {
        for (at, i) in self.program.instructions().iter().enumerate() {
            let mark = if at == state.at { '>' } else { ' ' };
            let stop = if self.breakpoints.contains(&at) { '*' } else { ' ' };
            _ = write!(text, "{mark}{stop}");
            _ = listing::line(at, *i, text);
            text.push('\n');
        }
    }
}

/// So many steps forward, or back if negative, or as many as there are.
fn walk(stepper: &mut Stepper<'_>, n: i64) {
    for _ in 0..n.unsigned_abs() {
        if !(if n > 0 { stepper.forward() } else { stepper.back() }) {
            break;
        }
    }
}

/// The next instruction, the registers, the memory that is not zero, and the bytes under the load; or the end.
fn show(stepper: &Stepper<'_>, kept: &Kept, text: &mut String) {
    let state = stepper.state();
    // Writing to a string cannot fail.
    _ = listing::line(state.at, stepper.instruction(), text);
    _ = write!(text, "\n  A {:#x} ({})  X {:#x} ({})", state.a, state.a, state.x, state.x);
    for (slot, value) in state.m.iter().enumerate().filter(|(_, value)| **value != 0) {
        _ = write!(text, "  M[{slot}] {value:#x}");
    }
    text.push('\n');
    if let Some(end) = state.end {
        _ = writeln!(text, "  {} after {}", verdict(end), count(state.steps, "instruction"));
        return;
    }
    let Some(read) = stepper.bytes_read() else { return };
    if read.end > kept.bytes.len() {
        let bytes = format!("{} to {}", read.start, read.end.saturating_sub(1));
        _ = writeln!(text, "  loads bytes {bytes}, which were not captured");
        return;
    }
    let rows = read.start & !15..read.end.next_multiple_of(16).min(kept.bytes.len());
    dump(&kept.bytes, Some(read), rows, text);
}

/// Bytes in rows of sixteen, those that are loaded in brackets.
fn dump(bytes: &[u8], loaded: Option<Range<usize>>, range: Range<usize>, text: &mut String) {
    let start = range.start;
    let loaded = loaded.unwrap_or(0..0);
    for (n, row) in bytes.get(range).unwrap_or_default().chunks(16).enumerate() {
        let at = start + 16 * n;
        _ = write!(text, "  {at:#06x}:");
        for (at, byte) in (at..).zip(row) {
            let open = if at == loaded.start && at < loaded.end { '[' } else { ' ' };
            let close = if at + 1 == loaded.end { "]" } else { "" };
            _ = write!(text, "{open}{byte:02x}{close}");
        }
        text.push('\n');
    }
}

//! What is done with each packet, wherever it comes from: counted, skipped, written, printed.

use super::output::Output;
use super::pcapng::Preamble;
use super::savefile::command::Commands;
use super::savefile::{More, Savefile, Target};
use crate::failure::Failure;
use crate::flags::Flags;
use crate::names::Spoken;
use crate::signals::{Insistence, Signals};
use gannet_pcap::Record;
use gannet_pcap::savefile::{Interface, Options};
use gannet_pcap::wire::Timestamp;
use gannet_printer::team::Team;
use gannet_printer::time::{Clock, Zone};
use gannet_printer::{Precision, Printer};
use std::io::{self, IoSlice, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The work of one run.
pub struct Work {
    /// Packets that the filter accepted so far, those that are skipped included.
    pub seen: u64,
    skip: u64,
    last: Option<u64>,
    /// Nothing more is wanted.
    over: bool,
    window: Option<Window>,
    only_count: bool,
    by_line: bool,
    /// An object a packet (`--json`), not lines for people.
    objects: bool,
    /// Interfaces are those of this machine, which is asked for their names.
    asks: bool,
    /// The one interface that all packets come from, where that is known.
    named: Option<String>,
    /// Each of so many packets is printed.
    sampling: u64,
    output: Output,
    printer: Option<Printer>,
    /// Who prints packets of regular files, where several threads are to.
    team: Option<Team>,
    /// What comes now is for the team.
    shared_out: bool,
    savefile: Option<Savefile>,
}

impl Work {
    /// Gets ready: makes the savefile where one is wanted, which begins with `preamble`.
    pub fn new(
        flags: &Flags,
        names: &Arc<Spoken>,
        preamble: Preamble,
        target: Option<Target>,
    ) -> Result<Self, Failure> {
        let savefile = match target {
            Some(target) => Some(Savefile::rotating(target, flags, preamble)?),
            None => None,
        };
        let clock = Clock::new(flags.style(), precision(flags), Zone::local());
        let printer = || Printer::new(flags.layout, flags.options, clock, Some(names.clone()));
        Ok(Work {
            seen: 0,
            skip: flags.skip,
            last: flags.count.map(|count| count + flags.skip),
            over: false,
            window: flags.saving.stop_after.filter(|_| !flags.read.is_empty()).map(Window::new),
            only_count: flags.only_count,
            by_line: flags.by_line || flags.unbuffered || io::stdout().is_terminal(),
            objects: flags.layout.json,
            asks: flags.layout.json && flags.read.is_empty(),
            named: None,
            sampling: flags.sampling.max(1),
            output: Output::new(),
            printer: flags.prints().then(printer),
            team: None,
            shared_out: false,
            savefile,
        })
    }

    /// From now on several threads may print, which end early when `stop` is set. Lines that somebody waits for are
    /// printed one by one nevertheless.
    pub fn share_out(&mut self, threads: usize, stop: Arc<AtomicBool>) {
        if threads > 1 && !self.by_line && self.printer.is_some() {
            self.team = Some(Team::new(threads, stop));
        }
    }

    /// What is next comes at once, or somebody may have to wait for it: nothing is held back then.
    pub fn comes_at_once(&mut self, at_once: bool) -> Result<(), Failure> {
        self.shared_out = at_once && self.team.is_some();
        if self.shared_out { Ok(()) } else { self.gather().map(drop) }
    }

    /// Waits for what others print. `false`: they were asked for an end, and left packets out.
    fn gather(&mut self) -> Result<bool, Failure> {
        let output = &mut self.output;
        let Some(team) = &mut self.team else { return Ok(true) };
        team.finish(|text| output.pass(text)).inspect_err(|_| self.team = None)
    }

    /// Does what a signal asks for. `false`: it asks for an end.
    #[inline]
    pub fn heed(&mut self, signals: &Signals) -> Result<bool, Failure> {
        if signals.stop() {
            return Ok(false);
        }
        if signals.flush() {
            self.flush()?;
        }
        Ok(true)
    }

    /// Takes a packet. `false`: it was the last that is wanted.
    pub fn packet(&mut self, record: &Record<'_>) -> Result<bool, Failure> {
        self.packet_with(record, Options::NONE)
    }

    /// The same, and what its input says of it.
    pub fn packet_with(&mut self, record: &Record<'_>, options: Options<'_>) -> Result<bool, Failure> {
        if self.window.as_mut().is_some_and(|window| window.over(record.time)) {
            self.over = true;
            return Ok(false);
        }
        self.seen += 1;
        if self.seen > self.skip {
            if let Some(savefile) = &mut self.savefile
                && savefile.write_with(record, options)? == More::Enough
            {
                self.over = true;
                return Ok(false);
            }
            if self.seen.is_multiple_of(self.sampling) {
                self.print(record)?;
            }
        }
        Ok(self.last.is_none_or(|last| self.seen < last))
    }

    fn print(&mut self, record: &Record<'_>) -> Result<(), Failure> {
        let Some(printer) = &mut self.printer else { return Ok(()) };
        if self.asks && !printer.interfaces().knows(record.interface) {
            let name = self.named.clone().or_else(|| crate::names::interface_of(record.interface));
            printer.interfaces().add(record.interface, name);
        }
        let output = &mut self.output;
        if let Some(team) = self.team.as_mut().filter(|_| self.shared_out) {
            return team
                .print(printer, record, self.seen, |text| output.pass(text))
                .inspect_err(|_| self.team = None);
        }
        printer.print(record, self.seen, &mut output.text);
        if self.by_line { output.flush() } else { output.relieve() }
    }

    /// Whether packets are only counted, and written as they are if they are written.
    pub fn copies(&self) -> bool {
        self.printer.is_none()
            && self.window.is_none()
            && self.savefile.as_ref().is_none_or(Savefile::takes_runs)
    }

    /// Whether it never waits for somebody to read what it writes.
    pub fn is_prompt(&self) -> bool {
        self.savefile.as_ref().is_none_or(Savefile::is_prompt)
    }

    /// Ends the process on the second Ctrl-C while somebody may have to read what is written.
    pub fn insist(&self, signals: &Signals, program: &str) -> Option<Insistence> {
        let waits = !self.is_prompt() || (self.printer.is_some() && !Output::is_prompt());
        // Without it, it is as it was.
        waits.then(|| signals.insist(program).ok()).flatten()
    }

    /// How many packets it takes as a run: none while packets are skipped.
    pub fn room(&self) -> u64 {
        if self.seen < self.skip {
            0
        } else {
            self.last.map_or(u64::MAX, |last| last.saturating_sub(self.seen))
        }
    }

    /// The last packet that is wanted was taken.
    pub fn full(&self) -> bool {
        self.last.is_some_and(|last| self.seen >= last)
    }

    /// Nothing more is wanted of any input.
    pub fn is_over(&self) -> bool {
        self.over || self.full()
    }

    /// Takes so many packets at once, encoded as the savefile's.
    pub fn runs(&mut self, runs: &[IoSlice<'_>], packets: u64) -> Result<(), Failure> {
        self.seen += packets;
        self.savefile.as_mut().map_or(Ok(()), |savefile| savefile.runs(runs, packets))
    }

    /// Does what is due for the savefile, packet or not. `false`: the last file that was asked for is finished.
    pub fn tick(&mut self) -> Result<bool, Failure> {
        let more = self.savefile.as_mut().map_or(Ok(More::Wanted), Savefile::tick)?;
        self.over |= more == More::Enough;
        Ok(more == More::Wanted)
    }

    /// Whether it is of use to say what interfaces are called.
    pub fn wants_interfaces(&self) -> bool {
        self.objects && !self.asks && self.printer.is_some()
    }

    /// All packets come from this interface, unless it stands for all of them.
    pub fn comes_from(&mut self, name: &str) {
        self.named = Some(name).filter(|name| *name != "any").map(str::to_owned);
    }

    /// The interfaces that a file has told of so far; those of another file or section if it has `begun` anew.
    pub fn interfaces(&mut self, begun: bool, interfaces: &[Option<Interface>]) {
        let Some(known) = self.printer.as_mut().filter(|_| self.objects).map(Printer::interfaces) else {
            return;
        };
        if begun {
            known.clear();
        }
        for (number, interface) in interfaces.iter().enumerate().skip(known.count()) {
            known.add(number as u32, interface.as_ref().and_then(|interface| interface.name.clone()));
        }
    }

    /// Whether packets are printed.
    pub fn prints(&self) -> bool {
        self.printer.is_some()
    }

    /// Shows what was printed so far: nothing more may come for a while.
    pub fn show(&mut self) -> Result<(), Failure> {
        self.output.flush()
    }

    /// Writes what was gathered for the savefile, and what was counted up to now.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.savefile.as_mut().map_or(Ok(()), Savefile::count)
    }

    /// Where packets are written.
    pub fn savefile(&mut self) -> Option<&mut Savefile> {
        self.savefile.as_mut()
    }

    /// Ends it all: the savefile first, for what is in it can be lost, then the output. `interrupted` adds the
    /// new line that tcpdump prints when it is stopped.
    /// Commands may still run on files: whoever calls this waits for them when all else is done.
    pub fn finish(mut self, interrupted: bool) -> (Result<(), Failure>, Option<Commands>) {
        let (saved, commands) = self.savefile.take().map_or((Ok(()), None), Savefile::finish);
        let gathered = self.gather();
        let interrupted = interrupted || matches!(gathered, Ok(false));
        if self.only_count {
            let s = if self.seen == 1 { "" } else { "s" };
            self.output.text.extend_from_slice(format!("{} packet{s}\n", self.seen).as_bytes());
        } else if interrupted && self.prints() && !self.objects {
            self.output.text.push(b'\n');
        }
        let shown = gathered.and_then(|_| self.output.flush());
        (saved.and(shown), commands)
    }
}

/// The packets of so long a time (`--stop-after`, of a file), from the first on.
struct Window {
    length: Duration,
    end: Option<i128>,
}

impl Window {
    fn new(length: Duration) -> Self {
        Window { length, end: None }
    }

    /// A packet of that time lies behind it.
    fn over(&mut self, time: Timestamp) -> bool {
        let time = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
        time >= *self.end.get_or_insert(time + self.length.as_nanos() as i128)
    }
}

/// The precision of times, printed and written.
pub fn precision(flags: &Flags) -> Precision {
    flags.precision.unwrap_or_default()
}

//! Where packets are written (`-w`): one file after the other, as many as the options want.
//!
//! - [`naming`] what the files are called, [`date`] with the time in their names;
//! - [`timer`] when it is time for the next one, by the [`clock`] that only goes forward;
//! - [`place`] the directory they are in;
//! - [`single`] one file: every write checked, and no half record left behind; [`sink`] where its bytes go;
//! - [`budget`] how much they may take together, and [`room`] what is done when the disk is full;
//! - [`command`] what is run on those that are finished.

pub mod budget;
pub mod clock;
pub mod command;
pub mod date;
pub mod naming;
pub mod place;
pub mod room;
pub mod single;
pub mod sink;
pub mod timer;

use super::note;
use super::pcapng::Preamble;
use crate::failure::{Failure, reason, warn};
use crate::flags::saving::{OnFull, Saving};
use crate::flags::{Flags, shown};
use budget::Budget;
use clock::Clocks;
use command::Commands;
use gannet_pcap::Record;
use gannet_pcap::capture::Stats;
use gannet_pcap::savefile::codec::Codec;
use gannet_pcap::savefile::{Block, Interface, Options, Precision};
use gannet_printer::time::Zone;
use naming::{Naming, Rules};
use nix::sys::stat::{FileStat, fstat, stat};
use place::Place;
use room::{RETRY, Room, Stop};
use single::{Manner, Single};
use std::ffi::{OsStr, OsString};
use std::io::{self, IoSlice};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use timer::Timer;

/// What was gathered waits no longer for more; and so often a file is looked for in its place.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// The precision of a file, for that of the times on a line.
pub fn precision_of(precision: gannet_printer::Precision) -> Precision {
    match precision {
        gannet_printer::Precision::Micro => Precision::Micro,
        gannet_printer::Precision::Nano => Precision::Nano,
    }
}

/// Where files go: their directory, open, and what they are called there. Taken before privileges are given up.
pub struct Target {
    place: io::Result<(Place, Vec<u8>)>,
    typed: OsString,
    stop: Stop,
    commands: Option<Commands>,
}

impl Target {
    /// Where files go, and what they are called or begin with; `None` if it is standard output, or cannot be opened.
    pub fn place(&self) -> Option<(&Place, &[u8])> {
        let (place, name) = self.place.as_ref().ok().filter(|_| self.typed != "-")?;
        Some((place, name))
    }

    /// Starts a process that runs the command of `-z` on files; `false` if it cannot be started. Without it they are run
    /// from this one.
    pub fn start_commands(&mut self, flags: &Flags) -> bool {
        let Some(command) = &flags.saving.command else { return true };
        self.commands = Commands::apart(command, flags).ok();
        self.commands.is_some()
    }
}

/// Opens the directory that `-w` names, if it is given. What has to be waited for ends when `flag` is set.
pub fn target(flags: &Flags, flag: Arc<AtomicBool>) -> Option<Target> {
    let typed = flags.write.clone()?;
    let live = flags.read.is_empty();
    let until = flags.saving.stop_after.filter(|_| live).map(|length| Instant::now() + length);
    let place = Place::of(&typed, flags.saving.seconds > 0);
    Some(Target { place, typed, stop: Stop { flag, until }, commands: None })
}

/// Whether there is more to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// There may be.
    Wanted,
    /// The last file that was asked for is finished.
    Enough,
}

/// The savefiles of a run.
pub struct Savefile {
    saving: Saving,
    manner: Manner,
    program: String,
    preamble: Preamble,
    clocks: Box<dyn Clocks>,
    place: Place,
    naming: Naming,
    timer: Option<Timer>,
    budget: Option<Arc<Mutex<Budget>>>,
    commands: Option<Commands>,
    /// The file that is being written; none when there was an error, or enough of them.
    file: Option<Single>,
    /// Slices of time that are over.
    slices: u64,
    /// When the file was flushed and looked for.
    looked: Duration,
    /// What packets are read from: none of it is to be overwritten.
    inputs: Vec<FileStat>,
    /// A file that cannot be made is waited for: a live capture, whose packets can wait too.
    persists: bool,
    /// Who stops such a wait.
    stop: Stop,
    /// It was said that the directory is elsewhere.
    moved: bool,
    /// How long files could not be made since anybody asked.
    waited: Duration,
}

impl Savefile {
    /// Makes one file and no more, or takes standard output for `-`. With `unbuffered` each packet is written at
    /// once.
    pub fn create(path: &OsStr, preamble: &Preamble, unbuffered: bool) -> Result<Self, Failure> {
        let flags = Flags { write: Some(path.to_owned()), unbuffered, ..Flags::default() };
        match target(&flags, Arc::default()) {
            Some(target) => Self::rotating(target, &flags, preamble.clone()),
            None => Err(Failure::new("there is no name")),
        }
    }

    /// Makes the first file of those that the options want. Every one begins with `preamble`.
    pub fn rotating(target: Target, flags: &Flags, preamble: Preamble) -> Result<Self, Failure> {
        Self::with_clocks(target, flags, preamble, Box::new(clock::System::new()), Zone::local())
    }

    fn with_clocks(
        target: Target,
        flags: &Flags,
        preamble: Preamble,
        clocks: Box<dyn Clocks>,
        zone: Zone,
    ) -> Result<Self, Failure> {
        let saving = flags.saving.clone();
        let refused =
            |error: io::Error| Failure::new(format!("{}: {}", shown(&target.typed), reason(&error)));
        let (place, pattern) = target.place.map_err(refused)?;
        let now = clocks.now();
        let rules = Rules {
            timed: saving.seconds > 0,
            numbered: saving.size.is_some() || saving.packets.is_some(),
            files: saving.files,
        };
        let (stem, ending) = sink::split_ending(&pattern);
        let naming = Naming::new(stem, ending, rules, zone.clone(), now);
        let timer = (saving.seconds > 0)
            .then(|| Timer::new(Duration::from_secs(saving.seconds), saving.align.then_some(zone), now));
        let manner = Manner {
            unbuffered: flags.unbuffered,
            atomic: saving.atomic,
            fsync: saving.fsync,
            packing: saving.packing(&target.typed),
        };
        // Before an old file is emptied.
        if manner.packing.is_some_and(|(codec, _)| codec == Codec::Xz) {
            return Err(refused(io::Error::other("xz files are read and not written")));
        }
        let mut savefile = Savefile {
            manner,
            program: flags.name().to_owned(),
            preamble,
            looked: now.steady,
            clocks,
            place,
            naming,
            timer,
            budget: (saving.total.is_some() || saving.on_full == OnFull::Remove)
                .then(|| Arc::new(Mutex::new(Budget::new(saving.total.unwrap_or(u64::MAX))))),
            commands: target.commands,
            file: None,
            slices: 0,
            inputs: flags.read.iter().filter_map(|path| input(path)).collect(),
            persists: false,
            stop: target.stop,
            moved: false,
            waited: Duration::ZERO,
            saving,
        };
        savefile.begin(savefile.make().map_err(refused)?)?;
        savefile.persists = flags.read.is_empty() && flags.write.is_some();
        savefile.warn_of_the_name();
        if let Some(command) = savefile.saving.command.as_ref().filter(|_| savefile.commands.is_none()) {
            let commands = Commands::new(command, &savefile.program).map_err(|e| Failure::new(reason(&e)))?;
            savefile.commands = Some(commands);
        }
        Ok(savefile)
    }

    /// Adds a packet, to the next file if it is time or the present one is full.
    pub fn write(&mut self, record: &Record<'_>) -> Result<More, Failure> {
        self.write_with(record, Options::NONE)
    }

    /// The same, and what its input says of it.
    #[inline]
    pub fn write_with(&mut self, record: &Record<'_>, options: Options<'_>) -> Result<More, Failure> {
        if self.rotates() && self.before()? == More::Enough {
            return Ok(More::Enough);
        }
        match self.with_file(|file, preamble| file.write(preamble, record, options))? {
            Some(()) => Ok(More::Wanted),
            None => Ok(More::Enough),
        }
    }

    /// Takes over a block of the input that holds no packet.
    pub fn block(&mut self, block: &Block<'_>) -> Result<(), Failure> {
        self.with_file(|file, preamble| file.block(preamble, block)).map(drop)
    }

    /// Learns of interfaces whose blocks were given as faults.
    pub fn catch_up(&mut self, known: &[Option<Interface>]) {
        self.preamble.catch_up(known);
    }

    /// Whether it is of use to tell what the kernel has counted.
    pub fn counts(&self) -> bool {
        self.preamble.counts()
    }

    /// Learns what the kernel has counted so far: it is written where a file ends, and by [`Savefile::count`].
    pub fn learn(&mut self, stats: Stats) {
        self.preamble.learn(stats);
    }

    /// Writes what was gathered, and what was counted up to now.
    pub fn count(&mut self) -> Result<(), Failure> {
        self.with_file(|file, preamble| file.count(preamble)).map(drop)
    }

    /// Whether packets may come as runs: nothing is to be done between two of them.
    pub fn takes_runs(&self) -> bool {
        !self.manner.unbuffered && !self.rotates()
    }

    /// Whether writing never waits for somebody to read.
    pub fn is_prompt(&self) -> bool {
        self.file.as_ref().is_some_and(Single::is_prompt)
    }

    /// Adds so many packets, encoded as this file's already.
    pub fn runs(&mut self, runs: &[IoSlice<'_>], packets: u64) -> Result<(), Failure> {
        self.with_file(|file, _| file.runs(runs, packets)).map(drop)
    }

    /// Writes what was gathered.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.with_file(|file, _| file.flush()).map(drop)
    }

    /// Does what is due, packet or not: to be called now and then, and at [`Savefile::next_tick`].
    pub fn tick(&mut self) -> Result<More, Failure> {
        let steady = self.clocks.steady();
        let due = self.timer.as_ref().is_some_and(|timer| timer.due(steady));
        if due && self.by_itself() && self.next_slice()? == More::Enough {
            return Ok(More::Enough);
        }
        if steady.saturating_sub(self.looked) >= PATIENCE {
            self.looked = steady;
            self.flush()?;
            self.look();
        }
        Ok(More::Wanted)
    }

    /// How long until there may be something to do although no packet comes.
    pub fn next_tick(&self) -> Duration {
        let steady = self.clocks.steady();
        let flush = (self.looked + PATIENCE).saturating_sub(steady);
        match self.timer.as_ref().filter(|_| self.by_itself()) {
            Some(timer) => timer.deadline().saturating_sub(steady).min(flush),
            None => flush,
        }
    }

    /// How long files could not be made since this was asked last.
    pub fn waited(&mut self) -> Duration {
        std::mem::take(&mut self.waited)
    }

    /// Ends the last file. Commands that still run on files can be waited for, whatever came of it.
    pub fn finish(mut self) -> (Result<(), Failure>, Option<Commands>) {
        let closed = self.close(self.saving.command_last);
        (closed, self.commands.take())
    }

    /// Does something with the present file, if there is one. A file that could not be written to is cut and left
    /// as it is.
    #[inline]
    fn with_file<T>(
        &mut self,
        what: impl FnOnce(&mut Single, &mut Preamble) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let Some(file) = &mut self.file else { return Ok(None) };
        let done = what(file, &mut self.preamble);
        if done.is_err() {
            self.file = None;
        }
        done.map(Some)
    }

    /// Slices of time end without a packet.
    fn by_itself(&self) -> bool {
        self.saving.idle || self.saving.align
    }

    fn rotates(&self) -> bool {
        self.timer.is_some()
            || self.budget.is_some()
            || self.saving.size.is_some()
            || self.saving.packets.is_some()
    }

    /// Sees to it that there is room for a packet.
    fn before(&mut self) -> Result<More, Failure> {
        if let Some(timer) = &self.timer
            && timer.due(self.clocks.steady())
            && self.next_slice()? == More::Enough
        {
            return Ok(More::Enough);
        }
        let (size, most) = (self.saving.size, self.saving.packets);
        let full = self.with_file(|file, _| {
            let large = size.map_or(Ok(false), |size| file.exceeds(size))?;
            Ok(large || most.is_some_and(|most| file.packets() >= most))
        })?;
        let Some(full) = full else { return Ok(More::Enough) };
        if full {
            self.turn(Naming::next_file)?;
        }
        self.stay_in_budget();
        Ok(More::Wanted)
    }

    /// A slice of time is over.
    fn next_slice(&mut self) -> Result<More, Failure> {
        if self.file.is_none() {
            return Ok(More::Enough);
        }
        self.slices += 1;
        if let Some(files) = self.saving.files
            && !self.saving.numbered()
            && self.slices >= files
        {
            self.close(true)?;
            note(format_args!("Maximum file limit reached: {files}"));
            return Ok(More::Enough);
        }
        // How long it takes to end the file is no time of the next one.
        if self.file.as_ref().is_some_and(Single::is_regular) {
            self.close(true)?;
        }
        let now = self.clocks.now();
        let label = self.timer.as_mut().map_or(now, |timer| timer.restart(now));
        self.turn(|naming| naming.next_slice(now, label))?;
        Ok(More::Wanted)
    }

    /// Goes on in another file, under the name that `next` makes. What that leads to may be the pipe or the device that is
    /// written to now: whoever reads from it reads one stream, which has a beginning already.
    fn turn(&mut self, next: impl FnOnce(&mut Naming)) -> Result<(), Failure> {
        if self.file.as_ref().is_some_and(Single::is_regular) {
            self.close(true)?;
        }
        next(&mut self.naming);
        if let Some(file) = &self.file
            && self.place.stat(&self.naming.name()).is_ok_and(|there| file.is(&there))
        {
            return Ok(());
        }
        self.close(true)?;
        self.open()
    }

    /// Ends the present file; `command` says whether the command is run on it.
    fn close(&mut self, command: bool) -> Result<(), Failure> {
        self.look();
        let Some(mut file) = self.file.take() else { return Ok(()) };
        file.end(&self.preamble)?;
        let name = file.name().to_vec();
        let length = file.close(&self.place)?;
        if let Some(commands) = self.commands.as_ref().filter(|_| command) {
            commands.run(self.place.path(&name));
        }
        if let Some(budget) = &self.budget {
            lock(budget).closed(name, length);
        }
        Ok(())
    }

    fn stay_in_budget(&mut self) {
        let Some(budget) = &self.budget else { return };
        let present = self.file.as_ref().map_or(0, Single::length);
        for (name, error) in lock(budget).relieve(present, &self.place) {
            let name = shown(&self.place.path(&name));
            warn(&self.program, format_args!("{name}: cannot remove it: {}", reason(&error)));
        }
    }

    /// Makes the file that is next, if need be after a while.
    fn open(&mut self) -> Result<(), Failure> {
        self.follow();
        let began = self.clocks.steady();
        let mut said = false;
        let file = loop {
            let error = match self.make() {
                Ok(file) => break file,
                Err(error) => error,
            };
            let name = shown(&self.place.path(&self.naming.name()));
            let refused = format!("{name}: {}", reason(&error));
            if !self.persists {
                return Err(Failure::new(refused));
            }
            if self.stop.now() {
                return Err(Failure::new(format!("{refused}\n(packets that came since are not written)")));
            }
            if !said {
                said = true;
                let program = &self.program;
                note(format_args!("{program}: {refused}; packets wait in the kernel until it can be made"));
            }
            std::thread::sleep(RETRY);
            let _ = self.place.reopen();
        };
        if said {
            let took = self.clocks.steady().saturating_sub(began);
            self.waited += took;
            note(format_args!(
                "{}: {} was made after {:.1} s",
                self.program,
                file.shown(),
                took.as_secs_f64()
            ));
        }
        self.begin(file)
    }

    fn make(&self) -> io::Result<Single> {
        let name = self.naming.name();
        let is_input = |there: FileStat| self.inputs.iter().any(|input| place::same(input, &there));
        if !self.manner.atomic && self.place.stat(&name).is_ok_and(is_input) {
            return Err(io::Error::other("input file is output file"));
        }
        let create =
            |room| Single::create(&self.place, name.clone(), &self.preamble, self.manner, &self.stop, room);
        match self.room(&name)? {
            // A name takes room too.
            Some(room) => room.insist(|| create(self.room(&name)?)),
            None => create(None),
        }
    }

    /// What finds room for the file of this name, if that was asked for.
    fn room(&self, name: &[u8]) -> io::Result<Option<Room>> {
        Ok(match self.saving.on_full {
            OnFull::Stop => None,
            how => Some(Room {
                how,
                budget: self.budget.clone().unwrap_or_else(|| Arc::new(Mutex::new(Budget::new(u64::MAX)))),
                place: self.place.try_clone()?,
                stop: self.stop.clone(),
                program: self.program.clone(),
                name: shown(&self.place.path(name)),
            }),
        })
    }

    fn begin(&mut self, mut file: Single) -> Result<(), Failure> {
        // From now on there is a file that can be read.
        file.flush()?;
        if let Some(budget) = &self.budget {
            lock(budget).overwritten(file.name());
        }
        self.file = Some(file);
        Ok(())
    }

    /// Somebody may have put another directory in the place of the one that is open.
    fn follow(&mut self) {
        if !self.place.moved() || self.place.reopen().is_ok() || std::mem::replace(&mut self.moved, true) {
            return;
        }
        let place = self.place.shown();
        warn(&self.program, format_args!("the directory {place} was moved away or removed"));
    }

    /// Looks whether the file is still in its place.
    fn look(&mut self) {
        if let Some(words) = self.file.as_mut().and_then(|file| file.gone(&self.place)) {
            warn(&self.program, words);
        }
    }

    fn warn_of_the_name(&self) {
        let same = self.saving.seconds > 0 && !self.naming.varies() && !self.saving.numbered();
        if !same || self.saving.files == Some(1) {
            return;
        }
        let name = shown(&self.place.path(&self.naming.name()));
        if self.file.as_ref().is_some_and(Single::is_regular) {
            warn(
                &self.program,
                format_args!(
                    "each file will overwrite the one before: there is no time in the name {name} (as in {name}-%H%M%S)"
                ),
            );
        } else {
            warn(&self.program, format_args!("{name} is no regular file: it is one stream, and not rotated"));
        }
    }
}

/// The regular file that packets are read from, if it is one.
fn input(path: &OsStr) -> Option<FileStat> {
    let found = if path == "-" { fstat(io::stdin()) } else { stat(path) };
    found.ok().filter(place::regular)
}

/// Nobody panics while he holds it.
fn lock(budget: &Mutex<Budget>) -> MutexGuard<'_, Budget> {
    budget.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

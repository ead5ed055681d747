//! Packets from an interface.

use super::pcapng::Preamble;
use super::savefile::{self, More, PATIENCE, precision_of};
use super::work::{Work, precision};
use super::{confine, filter, link_words, note, privileges};
use crate::failure::{Failure, reason, warn};
use crate::flags::{self, Flags};
use crate::names::Spoken;
use crate::signals::Signals;
use gannet_pcap::capture::{Accept, CaptureError, OpenError, Options, Stamp, Stats, Warning, devices, stamp};
use gannet_pcap::live::{Heard, Live, Opening};
use gannet_pcap::savefile::Header;
use gannet_pcap::{Names, Record, Target};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How old a block of the ring may become before it is handed over, in milliseconds, in `--immediate-mode`.
const RETIRE_AT_ONCE_MS: u32 = 2;

/// Captures until it is stopped, or has enough.
pub fn capture(flags: &Flags) -> Result<(), Failure> {
    let (name, opening) = open(flags)?;
    super::give_up_set_ids();
    let names = Names::system();
    let filter = filter(flags, opening.filter_target(), &names)?;
    // Of an interface without a network everybody is from here.
    let local = if flags.foreign_numeric { devices::network(&name).ok().flatten() } else { None };
    let spoken = Arc::new(Spoken { names, short: flags.short_names, local });
    let header = Header {
        link: opening.link(),
        link_extension: 0,
        snaplen: opening.snaplen(),
        precision: precision_of(precision(flags)),
    };
    let preamble = Preamble::live(flags, &name, header, &spoken.names)?;
    let signals = Signals::listen(true).map_err(|error| Failure::new(reason(&error)))?;
    let mut target = savefile::target(flags, signals.stop_flag());
    let until = flags.saving.stop_after.map(|length| Instant::now() + length);
    privileges::give_up(flags)?;
    confine::live(flags, &name, opening.link(), target.as_mut());
    let mut work = Work::new(flags, &spoken, preamble, target)?;
    work.comes_from(&name);
    let (link, snaplen) = (opening.link(), opening.snaplen());
    let mut live = opening.start(filter).map_err(|error| refused(&name, &error))?;
    live.watch(signals.wakes().try_clone_to_owned().map_err(|error| Failure::new(reason(&error)))?);
    for warning in live.warnings() {
        warn(flags.name(), warned(&name, warning));
    }
    if let Some(why) = live.filter_refused() {
        warn(flags.name(), format_args!("{why}; filtering in user space"));
    }
    if live.filter_split() && flags.options.verbose > 0 {
        note(format_args!(
            "{}: the kernel runs a part of the filter, the rest is decided in user space",
            flags.name()
        ));
    }
    banner(flags, format_args!("{name}, {}, snapshot length {snaplen} bytes", link_words(link)));
    let progress = flags.options.verbose > 0 && !work.prints();
    let insistence = work.insist(&signals, flags.name());
    let mut session = Session { progress, flags, live, signals, until, learned: Instant::now() };
    let done = session.packets(&mut work);
    let seen = work.seen;
    session.learn(&mut work);
    let (finished, commands) = work.finish(matches!(done, Ok(Ended::Interrupted)));
    drop(insistence);
    let failed = done.err().map(|failure| match failure {
        Failure::Message(words) => Failure::new(format!("pcap_loop: {words}")),
        other => other,
    });
    if let Some(Failure::Message(words)) = &failed {
        note(format_args!("{}: {words}", flags.name()));
    }
    session.counters(seen);
    let stop = session.signals.stop_flag();
    drop(session);
    if let Some(commands) = commands {
        commands.wait(&stop);
    }
    finished?;
    match failed {
        Some(Failure::Message(_)) => Err(Failure::Said),
        Some(other) => Err(other),
        None => Ok(()),
    }
}

/// What a filter for the interface is compiled for.
pub fn target(flags: &Flags) -> Result<Target, Failure> {
    open(flags).map(|(_, opening)| opening.filter_target())
}

/// Opens the interface that was named, or the first that is fit to be captured on.
pub fn open(flags: &Flags) -> Result<(String, Opening), Failure> {
    let name = named(flags)?;
    let options = Options {
        snaplen: flags.snaplen,
        promiscuous: !flags.polite,
        buffer_bytes: flags.buffer.unwrap_or(Options::default().buffer_bytes),
        retire_ms: if flags.immediate { RETIRE_AT_ONCE_MS } else { Options::default().retire_ms },
        accept: match flags.direction {
            flags::Direction::In => Accept::In,
            flags::Direction::Out => Accept::Out,
            flags::Direction::Both => Accept::Both,
        },
        stamp: chosen(flags, &name)?,
        monitor: flags.monitor,
        ..Options::default()
    };
    let (name, mut opening) = match (Live::open(&name, options.clone()), name.parse::<usize>()) {
        (Ok(opening), _) => (name, opening),
        (Err(OpenError::NoSuchDevice), Ok(number)) => {
            let name = numbered(number)?;
            let opened = Live::open(&name, options).map_err(|error| refused(&name, &error))?;
            (name, opened)
        }
        (Err(error), _) => return Err(refused(&name, &error)),
    };
    if let Some(link) = flags.link_type {
        opening.set_link(link).map_err(|_| {
            let wanted = link.name().unwrap_or("that");
            Failure::new(format!("{wanted} is not one of the DLTs supported by this device"))
        })?;
        note(format_args!("{}: data link type {}", flags.name(), link.name().unwrap_or_default()));
    }
    Ok((name, opening))
}

/// What was named, or the first interface that is fit to be captured on.
pub fn named(flags: &Flags) -> Result<String, Failure> {
    flags.interface.as_deref().map(flags::shown).map_or_else(first, Ok)
}

/// Whose clocks an interface offers.
pub fn stamps(name: &str) -> Result<Vec<Stamp>, Failure> {
    stamp::stamps(name).map_err(|error| {
        let reason = reason(&error);
        Failure::new(format!("{name}: SIOCETHTOOL(ETHTOOL_GET_TS_INFO) ioctl failed: {reason}"))
    })
}

/// The clock that was asked for, if the interface offers it; else the host's.
fn chosen(flags: &Flags, name: &str) -> Result<Stamp, Failure> {
    let Some(stamp) = flags.stamp.filter(|stamp| *stamp != Stamp::Host) else { return Ok(Stamp::Host) };
    if stamps(name)?.contains(&stamp) {
        return Ok(stamp);
    }
    let (kind, warning) = (stamp.name(), Warning::HostStamps);
    warn(flags.name(), format_args!("When trying to set timestamp type '{kind}' on {name}: {warning}"));
    Ok(Stamp::Host)
}

fn first() -> Result<String, Failure> {
    let all = devices::devices().map_err(|error| Failure::new(reason(&error)))?;
    let first = all.into_iter().next().map(|device| device.name);
    first.ok_or_else(|| Failure::new("no interfaces available for capture"))
}

/// The interface with this number in the list that `-D` prints.
fn numbered(number: usize) -> Result<String, Failure> {
    let all = devices::devices().map_err(|error| Failure::new(reason(&error)))?;
    let count = all.len();
    let device = number.checked_sub(1).and_then(|at| all.into_iter().nth(at));
    device.map(|device| device.name).ok_or_else(|| {
        let only = if number > count { format!(": only {count} interfaces found") } else { String::new() };
        Failure::new(format!("Invalid adapter index {number}{only}"))
    })
}

/// Words why an interface cannot be opened, and what to do about it.
fn refused(name: &str, error: &OpenError) -> Failure {
    let mut words = format!("{name}: {error}");
    if let Some(detail) = error.detail() {
        words.push_str(&format!("\n({detail})"));
    }
    match error {
        OpenError::NotPermitted { capability, .. } => {
            let program = std::env::current_exe().unwrap_or_else(|_| "gannet".into());
            let capability = match *capability {
                "CAP_NET_ADMIN" => "cap_net_raw".to_owned(),
                other => other.to_ascii_lowercase(),
            };
            words.push_str(&format!(
                "\nRun it as root (sudo), or give the program what it needs, once:\n    \
                 sudo setcap {capability},cap_net_admin+ep {}",
                program.display()
            ));
        }
        OpenError::NoSuchDevice => words.push_str(&nearest(name)),
        OpenError::NotUp => words.push_str(&format!("\nBring it up with: ip link set {name} up")),
        _ => {}
    }
    Failure::new(words)
}

/// Words what is not as it was asked for.
fn warned(name: &str, warning: &Warning) -> String {
    match warning {
        Warning::NotPromiscuous => {
            format!("{name}: That device doesn't support promiscuous mode\n({warning})")
        }
        other => format!("{name}: {other}"),
    }
}

/// The interfaces there are, for a name that is none of them.
fn nearest(name: &str) -> String {
    let known = devices::devices().unwrap_or_default();
    let known: Vec<_> = known.into_iter().map(|device| device.name).collect();
    format!("\n(no interface is called {name:?}; there are: {})", known.join(", "))
}

fn banner(flags: &Flags, what: std::fmt::Arguments<'_>) {
    // An object leaves nothing out.
    if flags.options.verbose == 0 && flags.write.is_none() && !flags.layout.json {
        note(format_args!(
            "{}: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on {what}",
            flags.name()
        ));
    } else {
        note(format_args!("{}: listening on {what}", flags.name()));
    }
}

/// Why there are no more packets.
enum Ended {
    Interrupted,
    Enough,
}

/// A capture and those who may interrupt it.
struct Session<'f> {
    flags: &'f Flags,
    live: Live,
    signals: Signals,
    /// When the savefile was told what the kernel has counted.
    learned: Instant,
    /// Say once a second how many packets there are.
    progress: bool,
    /// When it is enough (`--stop-after`).
    until: Option<Instant>,
}

impl Session<'_> {
    /// Works through packets until there are enough of them or somebody interrupts; then through those that
    /// were captured before.
    fn packets(&mut self, work: &mut Work) -> Result<Ended, Failure> {
        let mut told = Instant::now();
        let mut ended = Ended::Interrupted;
        loop {
            let wait = self.patience(work);
            let heard = self.live.poll(wait, |record: &Record<'_>| {
                Ok::<_, Failure>(match work.packet(record)? {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })
            })?;
            match heard {
                Heard::Packets => work.show()?,
                Heard::Idle => {}
                Heard::Enough => return Ok(Ended::Enough),
                Heard::End => return Ok(ended),
                Heard::Stopped => self.answer(work)?,
            }
            if self.look_after(work)? == More::Enough {
                return Ok(Ended::Enough);
            }
            if self.until.is_some_and(|until| Instant::now() >= until) {
                self.until = None;
                ended = Ended::Enough;
                self.live.finish()?;
            }
            if self.progress && told.elapsed() >= PATIENCE {
                told = Instant::now();
                let _ = write!(io::stderr(), "Got {}\r", work.seen);
            }
        }
    }

    /// How long there may be nothing to do if no packet comes.
    fn patience(&self, work: &mut Work) -> Option<Duration> {
        let until = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        let next = work.savefile().map(|savefile| savefile.next_tick());
        match (until, next) {
            (Some(until), Some(next)) => Some(until.min(next)),
            (until, next) => until.or(next),
        }
    }

    /// Does what is due for the savefile, and says what a wait for it has cost.
    fn look_after(&mut self, work: &mut Work) -> Result<More, Failure> {
        if self.learned.elapsed() >= PATIENCE {
            self.learn(work);
        }
        let Some(savefile) = work.savefile() else { return Ok(More::Wanted) };
        let more = savefile.tick()?;
        if !savefile.waited().is_zero()
            && let Some(stats) = self.stats()
        {
            let dropped = stats.dropped;
            let name = self.flags.name();
            note(format_args!("{name}: {dropped} packets dropped by kernel so far"));
        }
        Ok(more)
    }

    /// Tells the savefile what the kernel has counted.
    fn learn(&mut self, work: &mut Work) {
        let Some(savefile) = work.savefile().filter(|savefile| savefile.counts()) else { return };
        self.learned = Instant::now();
        if let Ok(stats) = self.live.stats() {
            savefile.learn(stats);
        }
    }

    /// Does what signals asked for.
    fn answer(&mut self, work: &mut Work) -> Result<(), Failure> {
        self.signals.heard();
        if self.signals.report() {
            self.report(work.seen);
        }
        if self.signals.flush() {
            self.learn(work);
            work.flush()?;
        }
        if self.signals.stop() {
            self.live.finish()?;
        }
        Ok(())
    }

    /// How many packets there are so far, on one line.
    fn report(&mut self, seen: u64) {
        if let Some(stats) = self.stats() {
            note(format_args!("{}: {}", self.flags.name(), counts(seen, &stats).join(", ")));
        }
    }

    /// How many packets there were, a line each.
    fn counters(&mut self, seen: u64) {
        if let Some(stats) = self.stats() {
            note(counts(seen, &stats).join("\n"));
        }
    }

    fn stats(&mut self) -> Option<Stats> {
        match self.live.stats() {
            Ok(stats) => Some(stats),
            Err(error) => {
                note(format_args!("{}: pcap_stats: {error}", self.flags.name()));
                None
            }
        }
    }
}

fn counts(seen: u64, stats: &Stats) -> Vec<String> {
    let packets = |n: u64, what| format!("{n} packet{} {what}", if n == 1 { "" } else { "s" });
    let mut lines = vec![
        packets(seen, "captured"),
        packets(stats.received, "received by filter"),
        packets(stats.dropped, "dropped by kernel"),
    ];
    if stats.interface_dropped > 0 {
        lines.push(packets(stats.interface_dropped, "dropped by interface"));
    }
    lines
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        Failure::new(error)
    }
}

//! Signals: how the program is interrupted, asked how it is, and told to flush.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ};
use signal_hook::{flag, low_level};
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// So long whoever has asked for an end waits before he may insist on it.
const GRACE: Duration = Duration::from_millis(500);

/// What is said then.
const WAITS: &str = "what is written is read slowly or not at all; one more Ctrl-C ends the wait for that";

/// What signals have asked for. While a live capture waits, a signal wakes it through [`Signals::wakes`].
pub struct Signals {
    stop: Arc<AtomicBool>,
    report: Arc<AtomicBool>,
    flush: Arc<AtomicBool>,
    woken: UnixStream,
    /// Those that end the work.
    ends: Vec<i32>,
}

impl Signals {
    /// Listens to those that end the work (INT, TERM, HUP) and, for a live capture, to those that ask a
    /// question (USR1: how many packets) or give an order (USR2: flush the savefile).
    pub fn listen(live: bool) -> io::Result<Self> {
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let (stop, report, flush, ends) = (Arc::default(), Arc::default(), Arc::default(), ends());
        let signals = Signals { stop, report, flush, woken, ends };
        for &signal in &signals.ends {
            flag::register(signal, signals.stop.clone())?;
            low_level::pipe::register(signal, wake.try_clone()?)?;
        }
        flag::register(SIGUSR2, signals.flush.clone())?;
        // A file that may not grow further is an error of the write that finds it so, not the end of the process.
        flag::register(SIGXFSZ, Arc::default())?;
        if live {
            flag::register(SIGUSR1, signals.report.clone())?;
            low_level::pipe::register(SIGUSR1, wake.try_clone()?)?;
            low_level::pipe::register(SIGUSR2, wake)?;
        }
        Ok(signals)
    }

    /// Set when it is time to end; whoever sets it ends the work.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.stop.clone()
    }

    /// For work that may wait for ever, for somebody to read what it writes: when a signal has asked for an end in
    /// vain for half a second, the next one ends the process, until the work is done and this is dropped.
    pub fn insist(&self, program: &str) -> io::Result<Insistence> {
        let (mut asked, ask) = UnixStream::pair()?;
        let insistence = Insistence { over: Arc::default(), armed: Arc::default() };
        for &signal in &self.ends {
            flag::register_conditional_shutdown(signal, 1, insistence.armed.clone())?;
            low_level::pipe::register(signal, ask.try_clone()?)?;
        }
        let (over, armed, program) = (insistence.over.clone(), insistence.armed.clone(), program.to_owned());
        std::thread::Builder::new().name("patience".to_owned()).spawn(move || {
            // It stays open: signals write to it as long as the process lives.
            while asked.read(&mut [0]).is_ok_and(|n| n > 0) {
                if armed.load(Ordering::SeqCst) {
                    continue;
                }
                std::thread::sleep(GRACE);
                if !over.load(Ordering::SeqCst) {
                    crate::run::note(format_args!("{program}: {WAITS}"));
                    armed.store(true, Ordering::SeqCst);
                }
            }
        })?;
        Ok(insistence)
    }

    /// It is time to end.
    pub fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Somebody asks how many packets there are; asked once, answered once.
    pub fn report(&self) -> bool {
        self.report.load(Ordering::Relaxed) && self.report.swap(false, Ordering::Relaxed)
    }

    /// The savefile is to be flushed.
    pub fn flush(&self) -> bool {
        self.flush.load(Ordering::Relaxed) && self.flush.swap(false, Ordering::Relaxed)
    }

    /// Becomes readable when a signal came. [`Signals::heard`] makes it quiet again.
    pub fn wakes(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }

    /// Takes note of what woke the wait.
    pub fn heard(&self) {
        let mut bytes = [0; 64];
        while matches!(io::Read::read(&mut &self.woken, &mut bytes), Ok(n) if n > 0) {}
    }
}

/// While it lives, a signal that asks for an end once more ends the process: see [`Signals::insist`].
#[must_use = "it ends when it is dropped"]
pub struct Insistence {
    over: Arc<AtomicBool>,
    armed: Arc<AtomicBool>,
}

impl Drop for Insistence {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.armed.store(false, Ordering::SeqCst);
    }
}

/// The signals that end the work.
fn ends() -> Vec<i32> {
    let hangup = (!hangup_is_ignored()).then_some(SIGHUP);
    [SIGINT, SIGTERM].into_iter().chain(hangup).collect()
}

/// nohup(1) has set SIGHUP to be ignored, and it stays so.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    mask >> (SIGHUP - 1) & 1 != 0
}

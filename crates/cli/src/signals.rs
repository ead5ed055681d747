//! Signals: how the program is interrupted, asked how it is, and told to flush.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ};
use signal_hook::{flag, low_level};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What signals have asked for. While a live capture waits, a signal wakes it through [`Signals::wakes`].
pub struct Signals {
    stop: Arc<AtomicBool>,
    report: Arc<AtomicBool>,
    flush: Arc<AtomicBool>,
    woken: UnixStream,
}

impl Signals {
    /// Listens to those that end the work (INT, TERM, HUP) and, for a live capture, to those that ask a
    /// question (USR1: how many packets) or give an order (USR2: flush the savefile).
    pub fn listen(live: bool) -> io::Result<Self> {
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let signals = Signals { stop: Arc::default(), report: Arc::default(), flush: Arc::default(), woken };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if signal == SIGHUP && hangup_is_ignored() {
                continue;
            }
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

/// nohup(1) has set SIGHUP to be ignored, and it stays so.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    mask >> (SIGHUP - 1) & 1 != 0
}

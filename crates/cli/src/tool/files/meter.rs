//! How far a tool has come: a line on standard error, rewritten in place, where that is a terminal.

use crate::failure::{Failure, reason};
use crate::signals::Signals;
use gannet_edit::Progress;
use gannet_pcap::offline::InPlace;
use gannet_pcap::savefile::View;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Seek as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the line is rewritten.
const EVERY: Duration = Duration::from_millis(200);

/// Counts what is read, and says so; and listens to who wants it to end.
pub struct Meter {
    signals: Signals,
    read: Arc<AtomicU64>,
    /// How much there is to read, as far as that is known.
    total: Cell<Option<u64>>,
    begun: Instant,
    told: Option<Instant>,
    terminal: bool,
    interrupted: bool,
}

impl Meter {
    /// Nothing was read yet.
    pub fn new() -> Result<Self, Failure> {
        Ok(Meter {
            signals: Signals::listen(false).map_err(|error| Failure::new(reason(&error)))?,
            read: Arc::default(),
            total: Cell::new(Some(0)),
            begun: Instant::now(),
            told: None,
            terminal: io::stderr().is_terminal(),
            interrupted: false,
        })
    }

    /// A source whose bytes count.
    pub fn counted<R>(&self, source: R, length: Option<u64>) -> Counted<R> {
        self.total.set(self.total.get().and_then(|total| total.checked_add(length?)));
        Counted { source, of_this: 0, read: self.read.clone(), wait: None }
    }

    /// What waits for a file that may have nothing to give for long: `None` for those that always have.
    pub fn wait(&self, file: &File) -> io::Result<Option<Wait>> {
        match file.metadata()?.is_file() {
            true => Ok(None),
            false => Ok(Some(Wait {
                file: file.as_fd().try_clone_to_owned()?,
                wakes: self.signals.wakes().try_clone_to_owned()?,
            })),
        }
    }

    /// Called by a tool now and then; `false` if a signal wants it to end.
    pub fn watch(&mut self, progress: Progress) -> bool {
        self.interrupted |= self.signals.stop();
        if self.terminal && self.told.unwrap_or(self.begun).elapsed() >= EVERY {
            self.told = Some(Instant::now());
            self.tell(progress);
        }
        !self.interrupted
    }

    /// Wipes the line. An error if a signal has ended the work.
    pub fn end(&mut self) -> Result<(), Failure> {
        if self.told.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        match self.interrupted {
            true => Err(Failure::new("interrupted; what was read before is in the output")),
            false => Ok(()),
        }
    }

    fn tell(&self, progress: Progress) {
        let packets = progress.read;
        let _ = match self.total.get().filter(|total| *total > 0) {
            Some(total) => {
                let percent =
                    (u128::from(self.read.load(Ordering::Relaxed)) * 100 / u128::from(total)).min(100);
                // Who has read all and still works writes what was gathered.
                let written = match percent {
                    100 => format!(", {} written", progress.written),
                    _ => String::new(),
                };
                write!(io::stderr(), "\r{percent:3} %, {packets} packets{written}\x1b[K")
            }
            None => write!(io::stderr(), "\r{packets} packets\x1b[K"),
        };
    }
}

/// Waits for a pipe, a terminal or a socket, and for a signal.
#[derive(Debug)]
pub struct Wait {
    file: OwnedFd,
    wakes: OwnedFd,
}

impl Wait {
    /// Until there is something to read.
    ///
    /// # Errors
    /// [`Interrupted`](io::ErrorKind::Interrupted) if there was a signal that ends the work.
    fn wait(&self) -> io::Result<()> {
        let mut either = [&self.file, &self.wakes].map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN));
        loop {
            match poll(&mut either, PollTimeout::NONE) {
                // Whoever wants an end has left word in the pipe by now.
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) if either.last().and_then(PollFd::any) == Some(true) => {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Ok(_) => return Ok(()),
            }
        }
    }
}

/// A source whose bytes count.
pub struct Counted<R> {
    source: R,
    of_this: u64,
    read: Arc<AtomicU64>,
    wait: Option<Wait>,
}

impl<R> Counted<R> {
    /// The same, and reading it waits so.
    pub fn waiting(self, wait: Option<Wait>) -> Self {
        Counted { wait, ..self }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wait.as_ref().map_or(Ok(()), Wait::wait)?;
        let got = self.source.read(into)?;
        self.of_this += got as u64;
        self.read.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

impl Counted<File> {
    /// The same file, looked at where the system keeps it, if it can be.
    pub fn in_place(&self) -> Option<Box<dyn View>> {
        let base = (&self.source).stream_position().ok()?.checked_sub(self.of_this)?;
        let begin = self.read.load(Ordering::Relaxed).saturating_sub(self.of_this);
        let shown = InPlace::of(&self.source, base)?;
        Some(Box::new(Watched { shown, begin, read: self.read.clone() }))
    }
}

/// A file that is looked at in place and counts.
#[derive(Debug)]
struct Watched {
    shown: InPlace,
    /// How much had been read before it.
    begin: u64,
    read: Arc<AtomicU64>,
}

impl View for Watched {
    fn show(&mut self, offset: u64, wanted: usize) -> io::Result<()> {
        self.shown.show(offset, wanted)?;
        self.read.store(self.begin + offset + self.bytes().len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn hide(&mut self) {
        self.shown.hide();
    }

    fn bytes(&self) -> &[u8] {
        self.shown.bytes()
    }
}

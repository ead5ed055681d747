//! What is done when the disk is full (`--on-full`): nothing, wait for room, or make it.

use super::budget::Budget;
use super::place::Place;
use crate::failure::{reason, warn};
use crate::flags::saving::OnFull;
use crate::run::note;
use nix::errno::Errno;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So often something that cannot be done is tried again.
pub const RETRY: Duration = Duration::from_millis(100);

/// Who ends a wait, and when it ends by itself.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Set by a signal.
    pub flag: Arc<AtomicBool>,
    /// When there is enough in any case.
    pub until: Option<Instant>,
}

impl Stop {
    /// The wait is over.
    pub fn now(&self) -> bool {
        self.flag.load(Ordering::Relaxed) || self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// Finds room for a file.
pub struct Room {
    /// What is to be done.
    pub how: OnFull,
    /// The files that may be removed, oldest first.
    pub budget: Arc<Mutex<Budget>>,
    /// Where they are.
    pub place: Place,
    /// Who ends a wait.
    pub stop: Stop,
    /// Who says so.
    pub program: String,
    /// What cannot be written.
    pub name: String,
}

impl Room {
    /// Tries `write` until there is room for it, or no hope.
    ///
    /// # Errors
    /// Its own.
    pub fn insist<T>(&self, mut write: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        let mut began = None;
        loop {
            let written = write();
            let Some(cause) = written.as_ref().err().and_then(full) else {
                self.say_how_long(began);
                return written;
            };
            let hope = match self.how {
                OnFull::Stop => false,
                OnFull::Remove => self.remove(cause),
                OnFull::Wait => self.wait(&mut began, cause),
            };
            if !hope {
                return written;
            }
        }
    }

    /// Removes the oldest file, if there is one.
    fn remove(&self, cause: Errno) -> bool {
        let removed = self.budget.lock().unwrap_or_else(PoisonError::into_inner).remove_oldest(&self.place);
        let Some((name, done)) = removed else { return false };
        let name = self.place.path(&name);
        let name = name.to_string_lossy();
        let full = if cause == Errno::EDQUOT { "the quota is used up" } else { "the disk is full" };
        match done {
            Ok(()) => warn(&self.program, format_args!("{full}: {name} was removed to make room")),
            Err(error) => warn(&self.program, format_args!("{name}: cannot remove it: {}", reason(&error))),
        }
        true
    }

    fn wait(&self, began: &mut Option<Instant>, cause: Errno) -> bool {
        if began.is_none() {
            *began = Some(Instant::now());
            let (program, name) = (&self.program, &self.name);
            note(format_args!("{program}: {name}: {}; packets wait until there is room", cause.desc()));
        }
        std::thread::sleep(RETRY);
        if self.stop.now() {
            let (program, name) = (&self.program, &self.name);
            note(format_args!(
                "{program}: {name}: the wait is over, and packets that still wait are not written"
            ));
            return false;
        }
        true
    }

    fn say_how_long(&self, began: Option<Instant>) {
        let Some(began) = began else { return };
        let (program, name, took) = (&self.program, &self.name, began.elapsed().as_secs_f64());
        note(format_args!("{program}: {name} could be written to again after {took:.1} s"));
    }
}

/// Whether there is no room, on the disk or for this user.
fn full(error: &io::Error) -> Option<Errno> {
    let cause = Errno::from_raw(error.raw_os_error()?);
    matches!(cause, Errno::ENOSPC | Errno::EDQUOT).then_some(cause)
}

//! Waking a capture that waits, from another thread or from a signal handler.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use crate::sys;

/// A handle that ends a waiting [`crate::Live::poll`] with [`crate::Event::Stopped`]. Clones wake the same one.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<File>);

impl Stopper {
    pub(crate) fn new() -> io::Result<Self> {
        sys::event().map(|file| Self(Arc::new(file)))
    }

    /// Wakes the capture, now or when it next polls. One `write` to a descriptor, so it may be called in a signal
    /// handler; it cannot fail in a way that matters: a full counter is not zero either.
    pub fn stop(&self) {
        let _ = (&*self.0).write(&1u64.to_ne_bytes());
    }

    /// Forgets all calls of [`Stopper::stop`] so far.
    pub(crate) fn clear(&self) {
        let _ = (&*self.0).read(&mut [0; 8]);
    }
}

impl AsFd for Stopper {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

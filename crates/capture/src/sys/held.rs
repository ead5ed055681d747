//! Files whose bytes are looked at where the kernel keeps them.
//!
//! Memory that somebody may write to is no slice, and to touch what lies behind the end of a file that was cut is a
//! `SIGBUS`. So bytes are shown only while a *read lease* is held (fcntl(2), `F_SETLEASE`). The kernel grants one only
//! while nobody has the file open for writing or mapped to be written to. Whoever wants to open or cut it for writing
//! then waits until the lease is given back, or `/proc/sys/fs/lease-break-time` is over: 45 seconds. [`Held`]
//! asks before each showing whether somebody waits, and shows nothing any more then. So the one duty of those who are shown
//! bytes is to be done with them in far less than those seconds.
//!
//! Every page is read in before it is shown: where the disk fails, nothing is shown, and an ordinary read says why.

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::checked;

/// `F_SETSIG` of `asm-generic/fcntl.h`: which signal tells that somebody waits.
const F_SETSIG: libc::c_int = 10;

/// A file that nobody writes to: shown as long as that holds.
#[derive(Debug)]
pub struct Held {
    /// None since somebody wanted to write.
    lease: Mutex<Option<Arc<Lease>>>,
    /// The length of the file in bytes, as long as there is a lease.
    length: u64,
}

/// The lease, which ends with this value.
#[derive(Debug)]
struct Lease(File);

/// Bytes of a file that is held.
#[derive(Debug)]
pub struct Shown {
    /// The mapping, from the beginning of a page.
    start: NonNull<u8>,
    mapped: usize,
    /// Where the bytes begin in it.
    skip: usize,
    /// For as long as they are shown.
    _lease: Arc<Lease>,
}

// SAFETY: the mapping belongs to the process, not to a thread, and is only read.
unsafe impl Send for Shown {}
// SAFETY: as above; there is no interior state.
unsafe impl Sync for Shown {}

impl Held {
    /// Takes a lease of a file that was opened only to be read.
    ///
    /// # Errors
    /// What the kernel says: `WouldBlock` while somebody may write to it, `PermissionDenied` for the file of somebody
    /// else without `CAP_LEASE`, `InvalidInput` for what is no regular file, ..
    pub fn take(file: File) -> io::Result<Self> {
        let lease = Lease::take(file)?;
        let length = lease.0.metadata()?.len();
        Ok(Self { lease: Mutex::new(Some(Arc::new(lease))), length })
    }

    /// The length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Shows the bytes of the file in `place`, fewer if it ends before. `None` where that fails, and if somebody wants to
    /// write to the file: from then on nothing is shown, and the lease ends with what is shown now.
    pub fn show(&self, place: Range<u64>) -> Option<Shown> {
        let lease = self.lease().clone()?;
        if !lease.is_alone() {
            *self.lease() = None;
            return None;
        }
        Shown::new(lease, place.start..place.end.min(self.length))
    }

    fn lease(&self) -> MutexGuard<'_, Option<Arc<Lease>>> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    fn take(file: File) -> io::Result<Self> {
        let fd = file.as_raw_fd();
        // A signal that is ignored unless somebody asked for it. The usual one, SIGIO, ends a process.
        // SAFETY: takes no pointers.
        checked(unsafe { libc::fcntl(fd, F_SETSIG, libc::SIGURG) })?;
        // SAFETY: takes no pointers.
        checked(unsafe { libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) })?;
        Ok(Self(file))
    }

    /// Whether it is held, and nobody waits for its end.
    fn is_alone(&self) -> bool {
        // SAFETY: takes no pointers.
        unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_GETLEASE) == libc::F_RDLCK }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // SAFETY: takes no pointers. Every `Shown` is gone: each keeps its lease.
        unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) };
    }
}

impl Shown {
    /// Maps what lies in `place`, which is within the file. Its contents do not change as long as there is the lease.
    fn new(lease: Arc<Lease>, place: Range<u64>) -> Option<Self> {
        /// A multiple of the page sizes that there are.
        const ALIGNMENT: u64 = 1 << 16;
        let from = place.start / ALIGNMENT * ALIGNMENT;
        let mapped = usize::try_from(place.end.checked_sub(from)?).ok().filter(|length| *length > 0)?;
        let skip = usize::try_from(place.start - from).ok().filter(|skip| *skip <= mapped)?;
        let offset = libc::off_t::try_from(from).ok()?;
        let (access, fd) = (libc::PROT_READ, lease.0.as_raw_fd());
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), mapped, access, libc::MAP_SHARED, fd, offset) };
        if at == libc::MAP_FAILED {
            return None;
        }
        let shown = Self { start: NonNull::new(at.cast())?, mapped, skip, _lease: lease };
        // SAFETY: exactly the mapping that was just made; reads in what is not in memory, and says where that fails.
        let there = unsafe { libc::madvise(at, mapped, libc::MADV_POPULATE_READ) == 0 };
        there.then_some(shown)
    }
}

impl Deref for Shown {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: inside the mapping (`skip` is at most its length), which lies within the file and lives as long as
        // `self`. The lease keeps everybody from writing to the file and from cutting it; see above.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(self.skip), self.mapped - self.skip) }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `new`, of which no reference is left: they borrow from `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.mapped) };
    }
}

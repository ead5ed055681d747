//! Files whose bytes are looked at where the kernel keeps them.
//!
//! Memory that somebody may write to is no slice, and to touch what lies behind the end of a file that was cut is a
//! `SIGBUS`. So bytes are shown only while a *read lease* is held (fcntl(2), `F_SETLEASE`). The kernel grants one only
//! while nobody has the file open for writing or mapped to be written to. Whoever wants to open or cut it for writing
//! then waits until the lease is given back, or `/proc/sys/fs/lease-break-time` is over: 45 seconds. [`Held`]
//! asks before each showing whether somebody waits, and shows nothing any more then. So the one duty of those who are shown
//! bytes is to be done with them in far less than those seconds.
//!
//! A lease binds this machine only. So file systems that others write to as well, over a network or through a program
//! (FUSE), are left alone: only those that are known to be the kernel's own are taken.
//!
//! Every page is read in before it is shown: where the disk fails, nothing is shown, and an ordinary read says why.

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use super::checked;

/// `F_SETSIG` of `asm-generic/fcntl.h`: which signal tells that somebody waits.
const F_SETSIG: libc::c_int = 10;
/// So much of a file is mapped at once, for all parts that are shown of it one after the other, on any thread: to map
/// and to unmap keeps all other threads from showing anything.
const WINDOW: u64 = 64 << 20;
/// Windows begin at multiples of all page sizes that there are.
const ALIGNMENT: u64 = 1 << 16;
/// With a page the kernel maps those around it that are in memory, from one multiple of so many bytes to the next:
/// `fault_around_bytes` of `mm/memory.c`, unless somebody has changed it.
const AROUND: usize = 1 << 16;
/// The file systems that nobody but this kernel writes to: ext4 and those before it, XFS, Btrfs, F2FS, bcachefs, ZFS,
/// tmpfs, overlayfs. The numbers are those of `linux/magic.h` and of the file systems' own headers.
const OWN: &[u32] =
    &[0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0xca45_1a4e, 0x2fc1_2fc1, 0x0102_1994, 0x794c_7630];
/// So many pages are asked at once whether they are in memory.
const ASKED: usize = 1024;

/// A file that nobody writes to: shown as long as that holds.
#[derive(Debug)]
pub struct Held {
    /// Both none since somebody wanted to write.
    now: Mutex<Now>,
    /// The length of the file in bytes, as long as there is a lease.
    length: u64,
}

#[derive(Debug, Default)]
struct Now {
    lease: Option<Arc<Lease>>,
    /// The window that was mapped last.
    window: Option<Arc<Window>>,
}

/// The lease, which ends with this value.
#[derive(Debug)]
struct Lease {
    file: File,
    /// Whether the kernel tells the truth about what of the file is in memory: to its owner, and to root.
    is_told: bool,
}

/// A mapping of a part of the file, of which nothing is there until it is shown.
#[derive(Debug)]
struct Window {
    start: NonNull<u8>,
    /// What of the file is mapped.
    place: Range<u64>,
    /// How many bytes a page is.
    page: usize,
    /// For as long as there is anything of it.
    lease: Arc<Lease>,
}

/// Bytes of a file that is held.
#[derive(Debug)]
pub struct Shown {
    window: Arc<Window>,
    /// Which bytes of the window, of which there are any.
    part: Range<usize>,
}

// SAFETY: the mapping belongs to the process, not to a thread, and is only read.
unsafe impl Send for Window {}
// SAFETY: as above; there is no interior state.
unsafe impl Sync for Window {}

impl Held {
    /// Takes a lease of a file that was opened only to be read.
    ///
    /// # Errors
    /// `Unsupported` where others than this kernel may write; else what the kernel says: `WouldBlock` while somebody may
    /// write to it, `PermissionDenied` for the file of somebody else without `CAP_LEASE`, `InvalidInput` for what is no
    /// regular file, ..
    pub fn take(file: File) -> io::Result<Self> {
        let lease = Lease::take(file)?;
        let length = lease.file.metadata()?.len();
        Ok(Self { now: Mutex::new(Now { lease: Some(Arc::new(lease)), window: None }), length })
    }

    /// The length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Shows the bytes of the file in `place`, fewer if it ends before. `None` where that fails, and if somebody wants to
    /// write to the file: from then on nothing is shown, and the lease ends with what is shown now.
    pub fn show(&self, place: Range<u64>) -> Option<Shown> {
        let place = place.start..place.end.min(self.length);
        Shown::new(self.window(&place)?, place)
    }

    /// A window that holds the bytes in `place`.
    fn window(&self, place: &Range<u64>) -> Option<Arc<Window>> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let lease = now.lease.as_ref()?;
        if !lease.is_alone() {
            *now = Now::default();
            return None;
        }
        if let Some(window) = now.window.as_ref().filter(|window| window.holds(place)) {
            return Some(window.clone());
        }
        let end = place.start.saturating_add(WINDOW).min(self.length).max(place.end);
        let window = Arc::new(Window::new(lease.clone(), place.start..end)?);
        now.window = Some(window.clone());
        Some(window)
    }
}

impl Lease {
    fn take(file: File) -> io::Result<Self> {
        let fd = file.as_raw_fd();
        if !OWN.contains(&file_system(fd)?) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        // A signal that is ignored unless somebody asked for it. The usual one, SIGIO, ends a process.
        // SAFETY: takes no pointers.
        checked(unsafe { libc::fcntl(fd, F_SETSIG, libc::SIGURG) })?;
        // SAFETY: takes no pointers.
        checked(unsafe { libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) })?;
        let mut lease = Self { file, is_told: false };
        // SAFETY: takes nothing.
        let user = unsafe { libc::geteuid() };
        lease.is_told = user == 0 || user == lease.file.metadata()?.uid();
        Ok(lease)
    }

    /// Whether it is held, and nobody waits for its end.
    fn is_alone(&self) -> bool {
        // SAFETY: takes no pointers.
        unsafe { libc::fcntl(self.file.as_raw_fd(), libc::F_GETLEASE) == libc::F_RDLCK }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // SAFETY: takes no pointers. Every `Shown` is gone: each keeps its lease.
        unsafe { libc::fcntl(self.file.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) };
    }
}

/// The number of the file system that a file is in.
fn file_system(fd: libc::c_int) -> io::Result<u32> {
    // SAFETY: a structure of numbers, for which zeros are valid.
    let mut about: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: writes that structure and keeps no pointer to it.
    checked(unsafe { libc::fstatfs(fd, &mut about) })?;
    Ok(u32::try_from(about.f_type).unwrap_or_default())
}

impl Window {
    /// Maps what lies in `place`, which is within the file, and a little before it.
    fn new(lease: Arc<Lease>, place: Range<u64>) -> Option<Self> {
        let place = place.start / ALIGNMENT * ALIGNMENT..place.end;
        let length = usize::try_from(place.end.checked_sub(place.start)?).ok()?;
        let offset = libc::off_t::try_from(place.start).ok()?;
        let (access, fd) = (libc::PROT_READ, lease.file.as_raw_fd());
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), length, access, libc::MAP_SHARED, fd, offset) };
        if at == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: takes no pointers.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096).max(1);
        Some(Self { start: NonNull::new(at.cast())?, place, page, lease })
    }

    fn holds(&self, place: &Range<u64>) -> bool {
        self.place.start <= place.start && place.end <= self.place.end
    }

    /// Has the pages of a part mapped, read in if need be; `false` where that fails.
    fn populate(&self, part: Range<usize>) -> bool {
        // Page for page it takes twice as long.
        let mut at = part.start;
        while at < part.end {
            if !self.advise(at..at + 1, libc::MADV_POPULATE_READ) {
                return false;
            }
            at = (at / AROUND + 1) * AROUND;
        }
        (self.lease.is_told && self.is_in_memory(part.clone())) || self.advise(part, libc::MADV_POPULATE_READ)
    }

    /// Whether all pages of a part are in memory.
    fn is_in_memory(&self, part: Range<usize>) -> bool {
        part.clone().step_by(ASKED * self.page).all(|from| {
            let mut there = [0; ASKED];
            let length = (part.end - from).min(ASKED * self.page);
            let answers = there.get_mut(..length.div_ceil(self.page)).unwrap_or_default();
            // SAFETY: within the mapping, and there is room for an answer for every page.
            let asked = unsafe { libc::mincore(self.at(from), length, answers.as_mut_ptr()) == 0 };
            asked && answers.iter().all(|answer| answer & 1 == 1)
        })
    }

    /// Says of the pages of a part what is to be done with them.
    fn advise(&self, part: Range<usize>, advice: libc::c_int) -> bool {
        // SAFETY: within the mapping, whose bytes stay the same whatever of it is in memory.
        unsafe { libc::madvise(self.at(part.start), part.len(), advice) == 0 }
    }

    /// The address of a byte of the mapping.
    fn at(&self, byte: usize) -> *mut libc::c_void {
        self.start.as_ptr().wrapping_add(byte).cast()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let length = (self.place.end - self.place.start) as usize;
        // SAFETY: exactly the mapping made in `new`, of which no reference is left: they borrow from who keeps `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), length) };
    }
}

impl Shown {
    /// Of a window that holds what lies in `place`. Its contents do not change as long as there is the lease.
    fn new(window: Arc<Window>, place: Range<u64>) -> Option<Self> {
        let within = |at: u64| usize::try_from(at.checked_sub(window.place.start)?).ok();
        let part = within(place.start)?..within(place.end)?;
        if part.is_empty() {
            return None;
        }
        let shown = Self { part, window };
        shown.window.populate(shown.pages()).then_some(shown)
    }

    /// The bytes of the window from the beginning of a page.
    fn pages(&self) -> Range<usize> {
        self.part.start / self.window.page * self.window.page..self.part.end
    }
}

impl Deref for Shown {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: inside the mapping, which lies within the file and lives as long as `self`. The lease keeps everybody
        // from writing to the file and from cutting it; see above.
        unsafe { std::slice::from_raw_parts(self.window.at(self.part.start).cast(), self.part.len()) }
    }
}

impl Drop for Shown {
    /// The pages are not kept. The first and the last may be shown elsewhere too, and come back then.
    fn drop(&mut self) {
        self.window.advise(self.pages(), libc::MADV_DONTNEED);
    }
}

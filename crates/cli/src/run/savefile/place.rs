//! The directory that files are written to: opened once, before privileges are given up, and every file is
//! made, renamed and removed through it.

use nix::errno::Errno;
use nix::fcntl::{AtFlags, FcntlArg, OFlag, fcntl, open, openat, readlinkat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat, stat};
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::Duration;

/// So often it is looked whether somebody reads from a pipe.
const READER: Duration = Duration::from_millis(20);

/// A directory, and how it was typed.
#[derive(Debug)]
pub struct Place {
    handle: OwnedFd,
    /// As typed, with the slash behind it; empty for the present directory.
    prefix: Vec<u8>,
}

impl Place {
    /// Takes a path as it was typed apart: the directory, opened, and the rest. With `timed` the directory ends
    /// before the first conversion.
    ///
    /// # Errors
    /// The directory cannot be opened.
    pub fn of(path: &OsStr, timed: bool) -> io::Result<(Self, Vec<u8>)> {
        let path = path.as_bytes();
        let fixed = if timed { path.iter().position(|&c| c == b'%') } else { None };
        let head = path.get(..fixed.unwrap_or(path.len())).unwrap_or_default();
        let length = head.iter().rposition(|&c| c == b'/').map_or(0, |at| at + 1);
        let (prefix, rest) = path.split_at_checked(length).unwrap_or((path, &[]));
        Ok((Place { handle: directory(prefix)?, prefix: prefix.to_vec() }, rest.to_vec()))
    }

    /// A name in it, as it would be typed.
    pub fn path(&self, name: &[u8]) -> OsString {
        OsString::from_vec([&self.prefix, name].concat())
    }

    /// What is there under a name, or the directory that a symbolic link of that name leads to, where there is
    /// nothing yet: to be named by, not to be read.
    pub fn there(&self, name: &[u8]) -> Option<OwnedFd> {
        let flags = OFlag::O_PATH | OFlag::O_CLOEXEC;
        let at = |path: &OsStr| patient(|| openat(&self.handle, path, flags, Mode::empty())).ok();
        at(OsStr::from_bytes(name)).or_else(|| {
            let leads = readlinkat(&self.handle, name).ok()?;
            let leads = leads.as_bytes();
            let folder = leads.iter().rposition(|&c| c == b'/').map_or(0, |at| at + 1);
            at(OsStr::from_bytes(leads.get(..folder).filter(|folder| !folder.is_empty())?))
        })
    }

    /// The directory itself.
    pub fn handle(&self) -> &OwnedFd {
        &self.handle
    }

    /// The directory that this one is in, if its name was typed: another of the same name may come in its place. Not the
    /// root of all, for everything is in that.
    pub fn around(&self) -> Option<OwnedFd> {
        let around = self.there(b"..").filter(|_| !self.prefix.is_empty())?;
        let (it, root) = (fstat(&around).ok()?, stat("/").ok()?);
        (!same(&it, &root)).then_some(around)
    }

    /// The directory as messages show it.
    pub fn shown(&self) -> String {
        match self.prefix.as_slice() {
            [] => ".".to_owned(),
            [b'/'] => "/".to_owned(),
            prefix => String::from_utf8_lossy(prefix.strip_suffix(b"/").unwrap_or(prefix)).into_owned(),
        }
    }

    /// Makes a file, or empties the one there is; it is locked until it is closed.
    ///
    /// # Errors
    /// What the system says; that somebody else has locked it, who writes to it as this wants to.
    pub fn create(&self, name: &[u8]) -> io::Result<File> {
        // Who empties it meanwhile is noticed: it stays shorter than what was written.
        let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT | OFlag::O_CLOEXEC;
        // A path that ends in a slash is a directory, and refused as such.
        let name = if name.is_empty() { b"." } else { name };
        let file = patient(|| openat(&self.handle, name, flags, Mode::from_bits_truncate(0o666)))?;
        let file = File::from(file);
        let metadata = file.metadata()?;
        if metadata.is_file() {
            // Where there are no locks it is written without.
            if let Err(TryLockError::WouldBlock) = file.try_lock() {
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing to it"));
            }
            file.set_len(0)?;
        }
        Ok(file)
    }

    /// The same, but a pipe that nobody reads from yet is waited for only until `stop` says so.
    ///
    /// # Errors
    /// What the system says; that the call was interrupted, when the wait was stopped.
    pub fn create_unless(&self, name: &[u8], stop: impl Fn() -> bool) -> io::Result<File> {
        if !self.stat(name).is_ok_and(|stat| {
            SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFIFO
        }) {
            return self.create(name);
        }
        loop {
            let flags = OFlag::O_WRONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
            match patient(|| openat(&self.handle, name, flags, Mode::empty())) {
                Err(error) if error.raw_os_error() == Some(Errno::ENXIO as i32) && stop() => {
                    return Err(Errno::EINTR.into());
                }
                Err(error) if error.raw_os_error() == Some(Errno::ENXIO as i32) => {
                    std::thread::sleep(READER);
                }
                opened => {
                    let opened = opened?;
                    fcntl(&opened, FcntlArg::F_SETFL(OFlag::empty()))?;
                    return Ok(File::from(opened));
                }
            }
        }
    }

    /// The same directory once more.
    ///
    /// # Errors
    /// What the system says.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Place { handle: self.handle.try_clone()?, prefix: self.prefix.clone() })
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        patient(|| renameat(&self.handle, from, &self.handle, to))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, name: &[u8]) -> io::Result<()> {
        patient(|| unlinkat(&self.handle, name, UnlinkatFlags::NoRemoveDir))
    }

    /// What stands under a name now.
    ///
    /// # Errors
    /// What the system says.
    pub fn stat(&self, name: &[u8]) -> io::Result<FileStat> {
        patient(|| fstatat(&self.handle, name, AtFlags::empty()))
    }

    /// Waits until the names in it are on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> io::Result<()> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let readable = patient(|| openat(&self.handle, ".", flags, Mode::empty()))?;
        patient(|| fsync(&readable))
    }

    /// Whether the path leads to this directory no longer: somebody has moved or removed it.
    pub fn moved(&self) -> bool {
        use io::ErrorKind::{NotADirectory, NotFound};
        let Ok(mine) = fstat(&self.handle) else { return true };
        match directory(&self.prefix) {
            Ok(there) => fstat(there).is_ok_and(|there| !same(&mine, &there)),
            // Who has given privileges up may not be allowed to look.
            Err(error) => matches!(error.kind(), NotFound | NotADirectory),
        }
    }

    /// Opens the directory that the path leads to now.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.handle = directory(&self.prefix)?;
        Ok(())
    }
}

/// A regular file, not a pipe or a device.
pub fn regular(file: &FileStat) -> bool {
    SFlag::from_bits_truncate(file.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFREG
}

/// The same file or directory.
pub fn same(a: &FileStat, b: &FileStat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

/// Opens a directory to work in; whether it may be listed does not matter.
fn directory(prefix: &[u8]) -> io::Result<OwnedFd> {
    let path = if prefix.is_empty() { b"." } else { prefix };
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    patient(|| open(path, flags, Mode::empty()))
}

/// Does it again when a signal came in between.
fn patient<T>(mut what: impl FnMut() -> nix::Result<T>) -> io::Result<T> {
    loop {
        match what() {
            Err(Errno::EINTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart() {
        let rest = |path: &str, timed| {
            let (place, rest) = Place::of(OsStr::new(path), timed).unwrap();
            (place.shown(), String::from_utf8(rest).unwrap())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(rest("x.pcap", false), pair(".", "x.pcap"));
        assert_eq!(rest("/usr/x.pcap", false), pair("/usr", "x.pcap"));
        assert_eq!(rest("/x", false), pair("/", "x"));
        assert_eq!(rest("/usr/%Y/x", true), pair("/usr", "%Y/x"));
        assert_eq!(rest("%Y/x", true), pair(".", "%Y/x"));
        assert!(Place::of(OsStr::new("/usr/%Y/x"), false).is_err());
    }
}

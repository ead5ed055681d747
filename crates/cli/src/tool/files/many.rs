//! More inputs than the system lets a process have open.
//!
//! When it allows no more, files that were not read for longest are closed. They are opened again, where they were
//! left, when it is their turn. What is no regular file stays open, for nobody could find the place again.

use crate::run::file::open_patiently;
use nix::errno::Errno;
use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::rc::Rc;

/// The files.
#[derive(Clone, Debug, Default)]
pub struct Many(Rc<RefCell<Files>>);

#[derive(Debug, Default)]
struct Files {
    all: Vec<One>,
    /// How often was read.
    turns: u64,
}

/// A file, and how far it was read.
#[derive(Debug)]
struct One {
    path: OsString,
    /// `None`: closed for now.
    file: Option<File>,
    /// Device and number; `None` if it is not to be closed.
    identity: Option<(u64, u64)>,
    offset: u64,
    used: u64,
}

/// One of them, to be read.
#[derive(Debug)]
pub struct OneOfMany {
    files: Rc<RefCell<Files>>,
    at: usize,
}

impl Many {
    /// Opens one more, and closes others if that is the only way.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(&self, path: &OsStr) -> io::Result<File> {
        self.0.borrow_mut().open(path)
    }

    /// Takes one that was opened so, and tells how long it is if it is a regular file.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&self, path: &OsStr, file: File) -> io::Result<(OneOfMany, Option<u64>)> {
        let about = file.metadata()?;
        let regular = about.is_file() && path != "-";
        let identity = regular.then(|| (about.dev(), about.ino()));
        let mut files = self.0.borrow_mut();
        let (at, used) = (files.all.len(), files.turns);
        files.all.push(One { path: path.to_owned(), file: Some(file), identity, offset: 0, used });
        Ok((OneOfMany { files: self.0.clone(), at }, about.is_file().then_some(about.len())))
    }

    /// Closes some if that is the only way to have room for other files.
    pub fn make_room(&self) {
        // Two: a file, and the folder it is in.
        let room = [(); 2].map(|()| File::open("/"));
        if room.iter().any(|room| room.as_ref().is_err_and(is_full)) {
            drop(room);
            self.0.borrow_mut().close_half();
        }
    }
}

impl Read for OneOfMany {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut files = self.files.borrow_mut();
        files.turns += 1;
        let turn = files.turns;
        let closed = files.all.get(self.at).filter(|one| one.file.is_none()).map(|one| one.path.clone());
        let again = closed.map(|path| files.open(&path)).transpose()?;
        let Some(one) = files.all.get_mut(self.at) else { return Ok(0) };
        if let Some(file) = again {
            one.go_on(file)?;
        }
        one.used = turn;
        let Some(file) = &mut one.file else { return Ok(0) };
        let got = file.read(into)?;
        one.offset += got as u64;
        Ok(got)
    }
}

impl One {
    /// Goes on with a file that was opened again.
    fn go_on(&mut self, mut file: File) -> io::Result<()> {
        let about = file.metadata()?;
        if self.identity != Some((about.dev(), about.ino())) {
            return Err(io::Error::other("another file stands there now"));
        }
        file.seek(SeekFrom::Start(self.offset))?;
        self.file = Some(file);
        Ok(())
    }
}

impl Files {
    fn open(&mut self, path: &OsStr) -> io::Result<File> {
        loop {
            match open_patiently(path) {
                Err(error) if is_full(&error) && self.close_half() => {}
                opened => return opened,
            }
        }
    }

    /// Closes the half of all open files that was not read for longest. `false`: there is none to close.
    fn close_half(&mut self) -> bool {
        let mut open: Vec<_> =
            self.all.iter_mut().filter(|one| one.file.is_some() && one.identity.is_some()).collect();
        open.sort_by_key(|one| one.used);
        let half = open.len().div_ceil(2);
        open.into_iter().take(half).for_each(|one| one.file = None);
        half > 0
    }
}

/// Whether there are too many open files.
fn is_full(error: &io::Error) -> bool {
    [Errno::EMFILE, Errno::ENFILE].iter().any(|full| error.raw_os_error() == Some(*full as i32))
}

//! How much the files of a run may take together (`--max-total`): the oldest are removed.

use super::place::Place;
use std::collections::VecDeque;
use std::io;

/// What a command (`-z`) may have made of a file: its name, and one of these.
const PACKED: [&[u8]; 5] = [b".gz", b".zst", b".xz", b".bz2", b".lz4"];

/// The files that are finished.
#[derive(Debug)]
pub struct Budget {
    most: u64,
    files: VecDeque<(Vec<u8>, u64)>,
    total: u64,
}

impl Budget {
    /// For so many bytes, with the file that is being written.
    pub fn new(most: u64) -> Self {
        Budget { most, files: VecDeque::new(), total: 0 }
    }

    /// A file is finished, and so long.
    pub fn closed(&mut self, name: Vec<u8>, length: u64) {
        self.total = self.total.saturating_add(length);
        self.files.push_back((name, length));
    }

    /// A file is made under this name, and what was there is gone.
    pub fn overwritten(&mut self, name: &[u8]) {
        if let Some(at) = self.files.iter().position(|(other, _)| other == name)
            && let Some((_, length)) = self.files.remove(at)
        {
            self.total = self.total.saturating_sub(length);
        }
    }

    /// Removes the oldest file, whether there is room or not. Gives its name, and what came of it.
    pub fn remove_oldest(&mut self, place: &Place) -> Option<(Vec<u8>, io::Result<()>)> {
        let (name, length) = self.files.pop_front()?;
        self.total = self.total.saturating_sub(length);
        let done = remove(&name, place);
        Some((name, done))
    }

    /// Removes the oldest files until there is room for the present one, which has this length. Gives those that
    /// could not be removed, and why; they count no longer.
    pub fn relieve(&mut self, present: u64, place: &Place) -> Vec<(Vec<u8>, io::Error)> {
        let mut kept = Vec::new();
        while self.total.saturating_add(present) > self.most {
            match self.remove_oldest(place) {
                Some((name, Err(error))) => kept.push((name, error)),
                Some((_, Ok(()))) => {}
                None => break,
            }
        }
        kept
    }
}

/// Removes a file, or what a command has made of it; what is gone already is no error.
fn remove(name: &[u8], place: &Place) -> io::Result<()> {
    let gone = |done: io::Result<()>| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
        Ok(()) => Ok(true),
    };
    if gone(place.remove(name))? {
        return Ok(());
    }
    for ending in PACKED {
        if gone(place.remove(&[name, ending].concat()))? {
            break;
        }
    }
    Ok(())
}

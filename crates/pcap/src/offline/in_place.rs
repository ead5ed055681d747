//! Savefiles that are looked at where the system keeps them, without a copy.

use gannet_capture::held::{Held, Shown};
use gannet_savefile::View;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// So many bytes are shown at once: the price of showing them is paid then, and little memory is taken.
const SHOWN: usize = 4 << 20;
/// So many bytes are asked of a file that has to be copied after all.
const READ_SIZE: usize = 256 * 1024;
/// Files that are shorter are copied in less time than it takes to arrange for this.
const WORTH_IT: u64 = 1 << 20;

/// Shows a savefile in place as long as nobody wants to write to it, and copies it from then on.
///
/// Who wants to write waits until what is shown now was gone over; see [`gannet_capture::held`]. So this is not for
/// who stops in the middle, for somebody to read what he writes for example.
#[derive(Debug)]
pub struct InPlace {
    file: File,
    /// Where the savefile begins in it.
    base: u64,
    held: Arc<Held>,
    shown: Option<Shown>,
    /// What was copied.
    buffer: Vec<u8>,
}

impl InPlace {
    /// Of the savefile that begins at byte `base` of a file. `None` where it cannot be shown in place, or is not worth
    /// it.
    pub fn of(file: &File, base: u64) -> Option<Self> {
        let regular = file.metadata().is_ok_and(|about| about.is_file() && about.len() >= WORTH_IT);
        let held = Held::take(regular.then(|| file.try_clone())?.ok()?).ok()?;
        let file = file.try_clone().ok()?;
        Some(Self { file, base, held: Arc::new(held), shown: None, buffer: Vec::new() })
    }

    /// Who shows the file.
    pub(super) fn held(&self) -> &Arc<Held> {
        &self.held
    }

    /// Reads the old way.
    fn copy(&mut self, offset: u64, wanted: usize) -> io::Result<()> {
        let wanted = wanted.max(READ_SIZE);
        let mut got = 0;
        while got < wanted {
            // As the input comes: a length that lies costs no memory.
            let until = wanted.min(got + READ_SIZE);
            self.buffer.resize(until, 0);
            let room = self.buffer.get_mut(got..).unwrap_or_default();
            match self.file.read_at(room, offset + got as u64) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(error) => {
                    self.buffer.clear();
                    return Err(error);
                }
            }
        }
        self.buffer.truncate(got);
        Ok(())
    }
}

impl View for InPlace {
    fn show(&mut self, offset: u64, wanted: usize) -> io::Result<()> {
        let from = self.base.saturating_add(offset);
        // First of all: somebody may wait for it.
        self.shown = None;
        self.shown = self.held.show(from..from.saturating_add(wanted.max(SHOWN) as u64));
        if self.shown.is_some() { Ok(()) } else { self.copy(from, wanted) }
    }

    fn hide(&mut self) {
        self.shown = None;
        self.buffer.clear();
    }

    fn bytes(&self) -> &[u8] {
        self.shown.as_deref().unwrap_or(&self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::io::Write as _;
    use std::time::Duration;
    use std::{env, fs, process, thread};

    /// Whoever wants to write is let in, and what he writes is read the old way.
    #[test]
    fn a_writer_is_let_in() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|n| ((n * 7) >> 5) as u8).collect();
        let path = env::temp_dir().join(format!("gannet-in-place-{}", process::id()));
        fs::write(&path, &bytes).unwrap();
        let Some(mut shown) = InPlace::of(&File::open(&path).unwrap(), 100) else {
            eprintln!("SKIPPED: no lease of a file in the folder for temporary files");
            return fs::remove_file(&path).unwrap();
        };
        shown.show(900, 10).unwrap();
        assert!(shown.shown.is_some() && shown.bytes() == &bytes[1000..]);
        let writer = thread::spawn({
            let path = path.clone();
            move || {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"more").unwrap();
            }
        });
        // He waits, whenever he comes, and no longer than until here.
        while shown.shown.is_some() {
            thread::sleep(Duration::from_millis(1));
            shown.show(900, 10).unwrap();
            assert_eq!(shown.bytes().get(..10), bytes.get(1000..1010));
        }
        writer.join().unwrap();
        shown.hide();
        assert_eq!(shown.bytes(), b"");
        shown.show(2_999_890, 50).unwrap();
        assert_eq!(shown.bytes(), [&bytes[2_999_990..], b"more"].concat());
        shown.show(2_999_904, 50).unwrap();
        assert_eq!(shown.bytes(), b"");
        fs::remove_file(&path).unwrap();
    }
}

//! Savefiles whose bytes are looked at where the kernel keeps them, without a copy, while nobody can change them.
//!
//! For large files that are read for the headers alone: a copy costs more than all else then. What is shown must
//! be given back soon, for whoever wants to write to the file waits for it (45 seconds at most, and then it is taken).

pub use crate::sys::held::{Held, Shown};

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, OpenOptions};
    use std::io::{ErrorKind, Write as _};
    use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
    use std::path::PathBuf;

    /// A file that goes with its value.
    struct Made(PathBuf);

    impl Made {
        fn new(name: &str, bytes: &[u8]) -> Self {
            let path = std::env::temp_dir().join(format!("gannet-held-{name}-{}", std::process::id()));
            File::create(&path).unwrap().write_all(bytes).unwrap();
            Self(path)
        }

        /// `None`, said aloud, where there are no leases.
        fn held(&self) -> Option<Held> {
            match Held::take(File::open(&self.0).unwrap()) {
                Ok(held) => Some(held),
                Err(error) => {
                    eprintln!("SKIPPED: no lease of a file in the folder for temporary files: {error}");
                    None
                }
            }
        }

        /// Tries to open it for writing, without waiting.
        fn write(&self) -> Result<File, ErrorKind> {
            let mut options = OpenOptions::new();
            let opened = options.write(true).custom_flags(libc::O_NONBLOCK).open(&self.0);
            opened.map_err(|error| error.kind())
        }
    }

    impl Drop for Made {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn any_part_can_be_shown() {
        let bytes: Vec<u8> = (0..300_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
        let made = Made::new("parts", &bytes);
        let Some(held) = made.held() else { return };
        assert_eq!(held.length(), 300_000);
        for (from, to) in [(0, 1), (0, 300_000), (65_535, 65_537), (65_536, 131_072), (299_999, 300_000)] {
            assert!(*held.show(from..to).unwrap() == bytes[from as usize..to as usize], "{from}..{to}");
        }
        assert!(*held.show(299_000..1 << 40).unwrap() == bytes[299_000..]);
        assert!(held.show(300_001..300_002).is_none());
        assert!(held.show(1 << 62..1 << 63).is_none());
    }

    /// More than what is mapped at once, and parts that go beyond it.
    #[test]
    fn a_large_file_is_shown_from_its_beginning_to_its_end() {
        let made = Made::new("large", b"");
        let file = OpenOptions::new().write(true).open(&made.0).unwrap();
        let (length, part) = (200_000_000, 30_000_001);
        file.set_len(length).unwrap();
        for at in (0..length).step_by(part / 10) {
            file.write_all_at(&at.to_ne_bytes(), at).unwrap();
        }
        drop(file);
        let Some(held) = made.held() else { return };
        let mut kept = Vec::new();
        for from in (0..length).step_by(part / 10) {
            let shown = held.show(from..from + part as u64).unwrap();
            assert_eq!(shown.len() as u64, (part as u64).min(length - from));
            assert_eq!(shown.first_chunk(), Some(&from.to_ne_bytes()));
            kept.push((from, shown));
        }
        // What was shown stays, whatever was shown after it or is shown no more.
        for n in [3, 1, 2, 0] {
            kept.remove(n);
        }
        assert!(kept.iter().all(|(from, shown)| shown.first_chunk() == Some(&from.to_ne_bytes())));
    }

    #[test]
    fn nothing_is_shown_when_somebody_wants_to_write() {
        let made = Made::new("writer", b"packets");
        let Some(held) = made.held() else { return };
        let shown = held.show(0..7).unwrap();
        assert_eq!(made.write().unwrap_err(), ErrorKind::WouldBlock);
        assert_eq!(*shown, *b"packets");
        assert!(held.show(0..7).is_none());
        // What was shown before is still there, and keeps others out.
        assert_eq!((&*shown, made.write().unwrap_err()), (&b"packets"[..], ErrorKind::WouldBlock));
        drop(shown);
        let writer = made.write().unwrap();
        assert_eq!(Held::take(File::open(&made.0).unwrap()).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(writer);
        assert!(made.held().is_some());
    }

    #[test]
    fn only_files_are_held() {
        assert!(Held::take(File::open("/dev/zero").unwrap()).is_err());
        // Regular by its type, but what it says is made when it is read.
        assert!(Held::take(File::open("/proc/self/status").unwrap()).is_err());
        let made = Made::new("empty", b"");
        let Some(held) = made.held() else { return };
        assert!(held.show(0..10).is_none());
    }
}

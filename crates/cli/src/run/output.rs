//! Standard output: gathered, written in large pieces, every write checked.

use crate::failure::Failure;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd;

/// How much is gathered before it is written.
const PIECE: usize = 64 * 1024;

/// What is on its way to standard output.
#[derive(Debug)]
pub struct Output {
    /// What is not written yet.
    pub text: Vec<u8>,
    sink: Option<File>,
}

impl Output {
    /// Nothing yet.
    pub fn new() -> Self {
        Output { text: Vec::with_capacity(2 * PIECE), sink: None }
    }

    /// Whether what is written is taken at once: nobody has to read it first.
    pub fn is_prompt() -> bool {
        stdout().and_then(|sink| sink.metadata()).is_ok_and(|about| about.is_file())
    }

    /// Takes text that others gathered.
    pub fn pass(&mut self, text: &[u8]) -> Result<(), Failure> {
        if text.len() < PIECE {
            self.text.extend_from_slice(text);
            return self.relieve();
        }
        self.flush()?;
        self.write(text)
    }

    /// Writes what was gathered, if it is enough to be worth it.
    pub fn relieve(&mut self) -> Result<(), Failure> {
        if self.text.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    /// Writes all that was gathered.
    pub fn flush(&mut self) -> Result<(), Failure> {
        if self.text.is_empty() {
            return Ok(());
        }
        let mut text = std::mem::take(&mut self.text);
        let written = self.write(&text);
        text.clear();
        self.text = text;
        written
    }

    fn write(&mut self, text: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.sink {
            Some(sink) => sink.write_all(text),
            None => stdout().and_then(|sink| self.sink.insert(sink).write_all(text)),
        };
        written.map_err(Failure::Output)
    }

    /// Says words, and writes them.
    pub fn say(&mut self, words: &str) -> Result<(), Failure> {
        self.text.extend_from_slice(words.as_bytes());
        self.flush()
    }
}

/// Standard output without the line buffer that Rust puts around it.
fn stdout() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

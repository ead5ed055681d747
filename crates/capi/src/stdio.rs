//! Files of the C library: what programs hand over, and what they are handed.

use crate::edge::last_words;
use libc::{FILE, c_int, c_long};
use std::ffi::CStr;
use std::io::{self, Read};
use std::ptr::NonNull;

unsafe extern "C" {
    static stdin: *mut FILE;
    static stdout: *mut FILE;
    static stderr: *mut FILE;
}

/// A `FILE *` that is open for as long as it is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Stream(NonNull<FILE>);

impl Stream {
    /// Standard input; `None` if the program took it away.
    pub fn stdin() -> Option<Self> {
        // SAFETY: the C library sets it before the program starts.
        NonNull::new(unsafe { stdin }).map(Self)
    }

    /// Standard output; `None` if the program took it away.
    pub fn stdout() -> Option<Self> {
        // SAFETY: as above.
        NonNull::new(unsafe { stdout }).map(Self)
    }

    /// Standard error; `None` if the program took it away.
    pub fn stderr() -> Option<Self> {
        // SAFETY: as above.
        NonNull::new(unsafe { stderr }).map(Self)
    }

    /// Opens a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &CStr, mode: &CStr) -> Result<Self, String> {
        // SAFETY: both are texts that end in a zero byte.
        NonNull::new(unsafe { libc::fopen(path.as_ptr(), mode.as_ptr()) }).map(Self).ok_or_else(last_words)
    }

    /// The pointer that C knows it by.
    pub fn as_ptr(self) -> *mut FILE {
        self.0.as_ptr()
    }

    /// Its descriptor; -1 if it has none.
    pub fn descriptor(self) -> c_int {
        // SAFETY: the stream is open.
        unsafe { libc::fileno(self.as_ptr()) }
    }

    /// Reads until the buffer is full or the file ends; gives how many bytes came.
    pub fn read(self, into: &mut [u8]) -> usize {
        // SAFETY: the stream is open, and the buffer is writable and of the length given.
        unsafe { libc::fread(into.as_mut_ptr().cast(), 1, into.len(), self.as_ptr()) }
    }

    /// Writes; says whether all of it was taken.
    pub fn write(self, bytes: &[u8]) -> bool {
        // SAFETY: the stream is open, and the bytes are readable and as many as said.
        let taken = unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.as_ptr()) };
        taken == bytes.len()
    }

    /// Whether an error was met before.
    pub fn has_failed(self) -> bool {
        // SAFETY: the stream is open.
        unsafe { libc::ferror(self.as_ptr()) != 0 }
    }

    /// The next byte; `None` at the end.
    pub fn byte(self) -> Option<u8> {
        // SAFETY: the stream is open.
        u8::try_from(unsafe { libc::fgetc(self.as_ptr()) }).ok()
    }

    /// Writes out what was gathered; says whether all of it went.
    pub fn flush(self) -> bool {
        // SAFETY: the stream is open.
        unsafe { libc::fflush(self.as_ptr()) == 0 }
    }

    /// Where it stands, in bytes from its start; -1 if that cannot be said.
    pub fn place(self) -> i64 {
        // SAFETY: the stream is open.
        unsafe { libc::ftello(self.as_ptr()) }
    }

    /// The same, in a `long`.
    pub fn place_long(self) -> c_long {
        // SAFETY: the stream is open.
        unsafe { libc::ftell(self.as_ptr()) }
    }

    /// Moves to the start (`SEEK_SET`) or the end (`SEEK_END`); says whether it did.
    pub fn seek(self, whence: c_int) -> bool {
        // SAFETY: the stream is open.
        unsafe { libc::fseek(self.as_ptr(), 0, whence) == 0 }
    }

    /// Moves so many bytes behind the start; says whether it did.
    pub fn move_to(self, place: i64) -> bool {
        // SAFETY: the stream is open.
        unsafe { libc::fseeko(self.as_ptr(), place, libc::SEEK_SET) == 0 }
    }

    /// Closes it, but standard input and standard output, which others still need; the latter is written out.
    pub fn leave(self) {
        if Some(self) == Self::stdout() {
            self.flush();
        } else if Some(self) != Self::stdin() {
            self.close();
        }
    }

    /// Closes it, whatever it is. Nobody may use it after that.
    pub fn close(self) {
        // SAFETY: the stream is open, and the caller gives it up.
        unsafe { libc::fclose(self.as_ptr()) };
    }
}

/// A stream as a source of bytes.
pub struct Source(pub Stream);

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.0.read(into);
        if got == 0 && !into.is_empty() && self.0.has_failed() {
            return Err(io::Error::last_os_error());
        }
        Ok(got)
    }
}

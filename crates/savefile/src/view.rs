//! Bytes that are shown where they are: for a [`Reader`](crate::Reader) that need not copy a file to read it.

use std::fmt::Debug;
use std::io;

/// Shows the bytes of a file, some at a time, from any place.
///
/// [`Reader::view`](crate::Reader::view) takes one. It need not copy: what it shows may be memory that the system
/// keeps the file in.
pub trait View: Debug + Send + Sync {
    /// Shows the bytes from `offset` on: `wanted` or more, fewer only at the end of the file. What was shown before is
    /// shown no more, also if this fails.
    ///
    /// # Errors
    /// That of reading the file.
    fn show(&mut self, offset: u64, wanted: usize) -> io::Result<()>;

    /// Shows nothing any more until it is asked again: who waits for that waits no longer than he must.
    fn hide(&mut self) {}

    /// What is shown; nothing at first.
    fn bytes(&self) -> &[u8];
}

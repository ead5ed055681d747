//! Going on after damage: over bytes in which nothing can be read, to the next place where something can.
//!
//! What counts as such a place is the formats' business ([`crate::pcap`], [`crate::pcapng`]): a header that is
//! plausible in itself, beside what was read before, and by what follows it. Here is the walk: every byte is
//! looked at once, and little more than [`REACH`] of what follows it is kept in memory for that.

use crate::error::Error;
use crate::window::Window;
use std::io::{self, Read};

/// How much behind a place is looked at, to tell whether it is sound. Longer records are read, but reading
/// does not go on at them after damage.
pub(crate) const REACH: usize = 1024 * 1024;
/// How much is looked through at a time.
const STRIDE: usize = 256 * 1024;

/// A walk over damage, which may have to wait for its source.
pub(crate) struct Scan {
    from: u64,
    why: Error,
}

impl Scan {
    /// Begins behind the first byte at the place where `why` was found.
    pub(crate) fn begin<R: Read>(why: Error, window: &mut Window<R>) -> Self {
        let from = window.offset();
        window.consume(1);
        Self { from, why }
    }

    /// Goes on to the next sound place, or to the end, and says what was stepped over. A source that fails
    /// can be asked again with the scan that comes back.
    ///
    /// `sound` is shown what follows a place, and told whether that is all there is.
    pub(crate) fn run<R: Read>(
        self,
        window: &mut Window<R>,
        sound: impl Fn(&[u8], bool) -> bool,
    ) -> (Error, Option<Self>) {
        match find(window, sound) {
            Err(e) => (Error::Read(e), Some(self)),
            Ok(()) => {
                let why = Box::new(self.why);
                (Error::Skipped { from: self.from, to: window.offset(), why }, None)
            }
        }
    }
}

/// Consumes up to the first sound place, or to the end.
fn find<R: Read>(window: &mut Window<R>, sound: impl Fn(&[u8], bool) -> bool) -> io::Result<()> {
    loop {
        let unread = window.look_ahead(STRIDE + REACH, REACH)?;
        let ended = unread.len() < STRIDE + REACH;
        let n = if ended { unread.len() } else { STRIDE };
        let found = (0..n).find(|at| unread.get(*at..).is_some_and(|rest| sound(rest, ended)));
        window.consume(found.unwrap_or(n));
        if found.is_some() || ended {
            return Ok(());
        }
    }
}

//! Which bytes can be the header of a record: by its own fields, by the time of its neighbour, and by the
//! headers that follow. Only asked for when damage is to be survived.

use super::{RecordHeader, State};
use crate::error::{Error, Oddity};
use crate::reader::{Precision, max_caplen};
use crate::recover::{self, REACH};
use crate::window::Window;
use std::io::Read;

/// No packet is longer on any wire, save where a link type is made for it.
const LONGEST: u32 = 16 * 1024 * 1024;
const DAY: u32 = 86_400;
/// How far apart, in seconds, two records are at most that follow each other.
const NEAR: u32 = 30 * DAY;
/// How far apart they are at most if damage is between them.
const FAR: u32 = 366 * DAY;
/// How many plausible headers in a row are no accident.
const CHAIN: usize = 3;

impl State {
    /// Whether `bytes` begin with records. `ended`: nothing follows them.
    pub(crate) fn sound(&self, bytes: &[u8], ended: bool) -> bool {
        self.chain(bytes, ended, [FAR, NEAR])
    }

    /// The same, with how far apart in time the first record can be from the last one read, and each other
    /// from the one before it.
    fn chain(&self, bytes: &[u8], ended: bool, [mut apart, near]: [u32; 2]) -> bool {
        let (mut rest, mut before) = (Some(bytes), self.last);
        let mut close = self.last.is_some();
        for count in 0..CHAIN {
            let Some(header) = rest.and_then(|rest| self.header(rest)) else {
                // The end of the file, or of what is in sight.
                let clean = ended && rest.is_some_and(<[u8]>::is_empty);
                return count > 0 && clean || count > 1;
            };
            if self.oddity(&header, before, apart).is_some() {
                // The next damage is near; two headers of about the same time will do.
                return count > 1 && close;
            }
            close &= self.last.is_some_and(|last| last.abs_diff(header.seconds) <= DAY);
            (before, apart) = (Some(header.seconds), near);
            rest =
                rest.and_then(|rest| rest.get(self.record_header.saturating_add(header.caplen as usize)..));
        }
        true
    }

    /// Looks at a record that is about to be read, with its neighbours, for signs of damage.
    pub(super) fn examine<R: Read>(
        &self,
        header: &RecordHeader,
        window: &mut Window<R>,
    ) -> Result<(), Error> {
        let offset = window.offset();
        let whole = self.record_header + header.caplen as usize;
        let odd = self.oddity(header, self.last, NEAR);
        let unread = window.look_far(whole + self.record_header).map_err(Error::Read)?;
        let next = unread.get(whole..).unwrap_or_default();
        let follows = match self.header(next) {
            Some(next) => self.oddity(&next, Some(header.seconds), NEAR).is_none(),
            None => unread.len() >= whole, // or else it is cut short, which will be told
        };
        match odd {
            None if follows => return Ok(()),
            Some(what @ Oddity::Nothing) => return Err(Error::Implausible { what, offset }),
            _ => {}
        }
        let unread = window.look_ahead(whole + REACH, REACH).map_err(Error::Read)?;
        let ended = unread.len() < whole + REACH;
        let behind = unread.get(whole..);
        let at_end = ended && behind.is_some_and(<[u8]>::is_empty);
        if at_end || behind.is_some_and(|behind| self.chain(behind, ended, [u32::MAX; 2])) {
            return Ok(()); // leaps in time, or odd numbers; but where it ends others begin
        }
        if let Some(what) = odd {
            return Err(Error::Implausible { what, offset });
        }
        // Either the next header is damaged, or this one's caplen, and other records are in its bytes.
        let inside = unread.get(1..).unwrap_or_default();
        match recover::first(inside, inside.len().min(whole), |rest| self.sound(rest, ended)) {
            Some(_) => Err(Error::Implausible { what: Oddity::Swallows, offset }),
            None => Ok(()),
        }
    }

    /// The header that `bytes` begin with, if all of it is there.
    fn header(&self, bytes: &[u8]) -> Option<RecordHeader> {
        let bytes = bytes.get(..self.record_header)?;
        Some(self.put_lengths_right(RecordHeader::parse(self.order, bytes)))
    }

    /// What is strange about a header, if anything is. `before`: the seconds of a record before it, from
    /// which it can be so far `apart`.
    fn oddity(&self, header: &RecordHeader, before: Option<u32>, apart: u32) -> Option<Oddity> {
        let fractions = match self.precision {
            Precision::Micro => 1_000_000,
            Precision::Nano => 1_000_000_000,
        };
        let max = max_caplen(self.link);
        if header.caplen > header.length || header.caplen > max || header.length > max.max(LONGEST) {
            Some(Oddity::Lengths)
        } else if header.seconds | header.fraction | header.length == 0 {
            Some(Oddity::Nothing)
        } else if header.fraction >= fractions {
            Some(Oddity::Fraction)
        } else if before.is_some_and(|before| before.abs_diff(header.seconds) > apart) {
            Some(Oddity::Time)
        } else {
            None
        }
    }
}

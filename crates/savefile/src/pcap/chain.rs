//! Which bytes can be the header of a record: by its own fields, by the time of its neighbour, and by the
//! headers that follow. Only asked for when damage is to be survived.

use super::{RecordHeader, State};
use crate::error::{Error, Oddity};
use crate::reader::{Precision, max_caplen};
use crate::recover::REACH;
use crate::window::Window;
use std::io::Read;
use std::ops::Range;

/// No packet is longer on any wire, save where a link type is made for it.
const LONGEST: u32 = 16 * 1024 * 1024;
const DAY: u32 = 86_400;
/// How far apart, in seconds, two records are at most that follow each other.
const NEAR: u32 = 30 * DAY;
/// How far apart they are at most if damage is between them.
const FAR: u32 = 366 * DAY;
/// How many plausible headers in a row are no accident.
const CHAIN: usize = 3;

/// How many where nothing says what time it should be.
const LONG_CHAIN: usize = 4;
/// No clock that was set shows less: 1973.
const SET: u32 = 100_000_000;
/// How many places in one record are followed to its end, to see whether records are in it.
const GUESSES: usize = 64;

/// What is asked of a row of headers.
#[derive(Clone, Copy)]
struct Terms {
    /// The seconds of a record before them, from which the first can be [`FAR`].
    before: Option<u32>,
    /// How many there have to be.
    chain: usize,
}

impl State {
    /// Whether `bytes` begin with records. `ended`: nothing follows them.
    pub(crate) fn sound(&self, bytes: &[u8], ended: bool) -> bool {
        let Some(header) = self.header(bytes) else { return false };
        if self.oddity(&header, None, FAR).is_some() {
            return false; // most places are ruled out here
        }
        let near = self.last.is_none_or(|last| last.abs_diff(header.seconds) <= FAR);
        let (before, chain) = if near { (self.last, CHAIN) } else { (None, LONG_CHAIN) };
        (near || header.seconds >= SET) && self.row(bytes, ended, Terms { before, chain })
    }

    /// Whether `bytes` begin with a row of plausible headers, each where the record before it ends.
    fn row(&self, bytes: &[u8], ended: bool, Terms { mut before, chain }: Terms) -> bool {
        let mut rest = Some(bytes);
        let (mut apart, mut close) = (FAR, self.last.is_some());
        for count in 0..chain {
            let Some(header) = rest.and_then(|rest| self.header(rest)) else {
                // The end of the file, or of what is in sight.
                let clean = ended && rest.is_some_and(<[u8]>::is_empty);
                return count > 0 && clean || count > 1;
            };
            if header.caplen == 0 || self.oddity(&header, before, apart).is_some() {
                // The next damage is near; two headers of about the same time will do.
                return count > 1 && close;
            }
            close &= self.last.is_some_and(|last| last.abs_diff(header.seconds) <= DAY);
            (before, apart) = (Some(header.seconds), NEAR);
            rest = rest.and_then(|rest| rest.get(self.whole(&header)..));
        }
        true
    }

    /// Whether records follow each other, by their lengths alone.
    fn framed(&self, bytes: &[u8], ended: bool) -> bool {
        let mut rest = Some(bytes);
        for count in 0..CHAIN {
            let Some(header) = rest.and_then(|rest| self.header(rest)) else {
                return ended && rest.is_some_and(<[u8]>::is_empty) || count > 1;
            };
            if matches!(self.oddity(&header, None, FAR), Some(Oddity::Lengths | Oddity::Nothing)) {
                return false;
            }
            rest = rest.and_then(|rest| rest.get(self.whole(&header)..));
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
        let whole = self.whole(header);
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
        let framed = unread.get(whole..).is_some_and(|behind| self.framed(behind, ended));
        match odd {
            // Leaps in time, or odd numbers; but where it ends others begin, and none before.
            Some(_) if framed && !self.misplaced(header, unread, ended) => Ok(()),
            Some(what) => Err(Error::Implausible { what, offset }),
            // Either the next header is damaged, or this one's caplen, and other records are in its bytes.
            None if !framed && self.swallows(header, unread, ended) => {
                Err(Error::Implausible { what: Oddity::Swallows, offset })
            }
            None => Ok(()),
        }
    }

    /// Where in a part of `bytes` records begin.
    fn rows(
        &self,
        bytes: &[u8],
        part: Range<usize>,
        ended: bool,
        before: Option<u32>,
    ) -> impl Iterator<Item = usize> {
        let terms = Terms { before, chain: CHAIN };
        (part.start..part.end.min(bytes.len()))
            .filter(move |at| bytes.get(*at..).is_some_and(|rest| self.row(rest, ended, terms)))
    }

    /// Whether records with better times begin within a strange one: then it is not where a record begins.
    /// Other fields of headers look like the times of a clock that was never set; they are no better.
    fn misplaced(&self, header: &RecordHeader, unread: &[u8], ended: bool) -> bool {
        let comparable = header.seconds < SET || self.last.is_some_and(|last| last >= SET);
        comparable && self.rows(unread, 1..self.whole(header), ended, self.last).next().is_some()
    }

    /// Whether records of about the same time are within the bytes of one and go on behind them: then its
    /// caplen is wrong. A capture that was itself captured ends with the packet that it is in.
    fn swallows(&self, header: &RecordHeader, unread: &[u8], ended: bool) -> bool {
        let end = self.whole(header);
        let before = Some(header.seconds);
        self.rows(unread, self.record_header..end, ended, before).take(GUESSES).any(|mut at| {
            while at < end {
                let Some(header) = unread.get(at..).and_then(|rest| self.header(rest)) else { break };
                if self.oddity(&header, before, FAR).is_some() {
                    return false;
                }
                at = at.saturating_add(self.whole(&header));
            }
            at != end
        })
    }

    /// Remembers the time of a record that was read. One that leaps has to be confirmed by the next.
    pub(super) fn remember(&mut self, seconds: u32) {
        let near = |other: Option<u32>| other.is_none_or(|other| other.abs_diff(seconds) <= NEAR);
        if near(self.last) || self.leap.is_some() && near(self.leap) {
            (self.last, self.leap) = (Some(seconds), None);
        } else {
            self.leap = Some(seconds);
        }
    }

    /// How many bytes a record has in the file.
    fn whole(&self, header: &RecordHeader) -> usize {
        self.record_header.saturating_add(header.caplen as usize)
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

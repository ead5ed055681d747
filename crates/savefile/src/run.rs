//! Runs: whole records that lie side by side in a file and are wanted, handed on as they are.
//!
//! A copy of a file needs no record decoded whose bytes are in the new file what they were in the old one. So the
//! [`Walk`] steps from record header to record header over bytes in memory, asks of each packet whether it is
//! wanted, and gives the longest stretches of records that are. It knows only *plain* records: whole ones that a
//! [`Writer`](crate::Writer) would write with the very same bytes. At anything else, good or bad, it stops;
//! [`Reader::next`](crate::Reader::next) is asked about it, and so there is one place that judges files.

use crate::reader::{Precision, Reader, State};
use std::io::Read;
use std::ops::Range;

impl<R: Read> Reader<R> {
    /// What the plain records of this file are like, if it is to be copied into one of this precision; `None` if
    /// it can hold none, or has come to its end.
    pub fn plain(&self, precision: Precision) -> Option<Plain> {
        match &self.state {
            State::Pcap(state) => state.plain(precision),
            State::Pcapng(_) => None,
        }
    }

    /// Hands on the plain records that are in memory at this moment, run by run, with the number of packets in each;
    /// at most `limit` packets. Says how many there were. Nothing is read: [`Reader::next`] does that, when nothing
    /// plain is left.
    ///
    /// # Errors
    /// What `put` gave. The packets after the run that it was given are still to be read then.
    #[inline]
    pub fn runs<E>(
        &mut self,
        plain: Plain,
        limit: u64,
        mut wanted: impl FnMut(&[u8], u32) -> bool,
        mut put: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<u64, E> {
        let bytes = self.window.at_hand();
        let mut walk = Walk::new(plain, limit);
        let done = loop {
            let before = walk.accepted();
            let Some(run) = walk.next(bytes, bytes.len(), &mut wanted) else { break Ok(()) };
            let put = put(bytes.get(run).unwrap_or_default(), walk.accepted() - before);
            if put.is_err() {
                break put;
            }
        };
        self.window.consume(walk.at());
        done.map(|()| walk.accepted())
    }

    /// Goes on at another place of the file, where a record begins: the source has been moved there.
    pub fn moved(&mut self, offset: u64) {
        self.window.moved(offset);
    }
}

/// How long the header of a plain record is.
const HEADER: usize = 16;

/// What plain records are like in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// The longest caplen that is not cut or refused, in bytes.
    pub(crate) longest: u32,
    /// How many units of the fraction are a second.
    pub(crate) second: u32,
}

/// A walk over bytes that begin with a record.
#[derive(Clone, Debug)]
pub struct Walk {
    plain: Plain,
    at: usize,
    accepted: u64,
    limit: u64,
}

impl Walk {
    /// Begins at the first byte. Ends for good when `limit` packets were accepted.
    pub fn new(plain: Plain, limit: u64) -> Self {
        Self { plain, at: 0, accepted: 0, limit }
    }

    /// Where the next record begins: all before it was looked at.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes on at another place.
    pub fn set_at(&mut self, at: usize) {
        self.at = at;
    }

    /// How many packets were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// The next run in `bytes`, of records that begin before `until`: every one is accepted by `wanted`, which is
    /// given the packet and its length on the wire. `None` when there is no plain record any more.
    #[inline]
    pub fn next(
        &mut self,
        bytes: &[u8],
        until: usize,
        mut wanted: impl FnMut(&[u8], u32) -> bool,
    ) -> Option<Range<usize>> {
        let mut start = None;
        while self.at < until && self.accepted < self.limit {
            let Some((packet, length)) = self.plain.record(bytes, self.at) else { break };
            let here = self.at;
            self.at += HEADER + packet.len();
            if wanted(packet, length) {
                self.accepted += 1;
                start.get_or_insert(here);
            } else if let Some(start) = start {
                return Some(start..here);
            }
        }
        start.map(|start| start..self.at)
    }
}

impl Plain {
    /// The packet of the record at `at`, and its length on the wire.
    #[inline]
    fn record<'b>(&self, bytes: &'b [u8], at: usize) -> Option<(&'b [u8], u32)> {
        let header: &[u8; HEADER] = bytes.get(at..)?.first_chunk()?;
        let (fields, _) = header.as_chunks();
        let &[_, _, caplen, length] = fields else { return None };
        let caplen = u32::from_ne_bytes(caplen);
        if caplen > self.longest {
            return None;
        }
        let start = at + HEADER;
        let packet = bytes.get(start..start + caplen as usize)?;
        Some((packet, u32::from_ne_bytes(length)))
    }
}

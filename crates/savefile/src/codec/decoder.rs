//! Reads a file as if it were not compressed.

use super::{Codec, gzip, lz4, xz, zstd};
use crate::window::Window;
use std::fmt;
use std::io::{self, ErrorKind, Read};

/// How much input may go by without output before [`Decoder`]'s read returns to let signals be seen; besides a
/// window that has to be filled before there is any.
const IDLE: u64 = 4 * 1024 * 1024;

/// How many members may go by so: each may have to clear some memory.
const IDLE_MEMBERS: u64 = 512;

/// What an input may demand. The memory limits are met exactly; nothing else of the input's say takes memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest zstd window, in bytes; 128 MiB is the longest that zstd(1) reads unless told otherwise.
    pub max_window: u64,
    /// The largest xz dictionary, in bytes; `xz -9` uses 64 MiB.
    pub max_dictionary: u32,
    /// How many bytes of output one byte of input may become, once there are more than `free` bytes.
    pub max_ratio: u32,
    /// Up to so many bytes of output the ratio is not looked at.
    pub free: u64,
}

impl Default for Limits {
    /// No capture worth its disk meets the ratio: gzip cannot go beyond 1,032, lz4 not beyond 255, and packets
    /// of nothing but zeros stay near 2,000 in zstd for their headers differ. What is beyond 10,000 after
    /// 16 GiB was made to fill a disk.
    fn default() -> Self {
        const MIB: u32 = 1024 * 1024;
        Self {
            max_window: 128 * u64::from(MIB),
            max_dictionary: 256 * MIB,
            max_ratio: 10_000,
            free: 16 * 1024 * u64::from(MIB),
        }
    }
}

impl Limits {
    /// The same memory, and any ratio: for an input that is known to be sound.
    pub fn any_ratio(self) -> Self {
        Self { free: u64::MAX, ..self }
    }
}

/// Decompresses what is compressed, and passes the rest through.
///
/// Several members, frames or streams one behind the other read as one file, whatever their formats; frames to
/// be skipped are, and so are zeros behind a member. Everything that can be decoded is given before an error:
/// - [`ErrorKind::UnexpectedEof`]: the input stops within a member ("compressed input ends early");
/// - [`ErrorKind::InvalidData`]: it is damaged, or something else follows the last member;
/// - [`ErrorKind::Unsupported`]: it goes beyond the [`Limits`] or uses what nobody here decodes.
///
/// These errors come again on every later call. An error of the source is passed on and loses nothing: to read
/// again is to go on. That holds for [`ErrorKind::Interrupted`] above all, which is given too when much input
/// went by without output, so that who reads can look whether somebody wants it to stop.
///
/// Input that is not compressed is read straight into the caller's buffer.
pub struct Decoder<R> {
    state: State<R>,
    limits: Limits,
}

enum State<R> {
    /// The source was interrupted before its format was known.
    Unknown(Head<R>),
    Plain(Head<R>),
    Packed(Box<Unpacker<R>>),
    /// Only while one of the others becomes another.
    Gone,
}

impl<R: Read> Decoder<R> {
    /// Looks at the first bytes, with the usual [`Limits`].
    ///
    /// # Errors
    /// The source's, save [`ErrorKind::Interrupted`]: then the next read looks again.
    pub fn open(source: R) -> io::Result<Self> {
        Self::with_limits(source, Limits::default())
    }

    /// Looks at the first bytes.
    ///
    /// # Errors
    /// As [`Decoder::open`].
    pub fn with_limits(source: R, limits: Limits) -> io::Result<Self> {
        let state = State::Unknown(Head { bytes: [0; 6], start: 0, end: 0, source });
        let mut decoder = Self { state, limits };
        match decoder.detect() {
            Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
            _ => Ok(decoder),
        }
    }

    /// The format, that of the first member; `None` if the input is not compressed.
    pub fn codec(&self) -> Option<Codec> {
        match &self.state {
            State::Packed(unpacker) => Some(unpacker.codec),
            _ => None,
        }
    }

    /// The source, if it is not compressed. To read from it spoils what is read here.
    pub fn plain(&self) -> Option<&R> {
        match &self.state {
            State::Plain(head) => Some(&head.source),
            _ => None,
        }
    }

    /// How many bytes of the compressed input were used; `None` if it is not compressed.
    pub fn compressed_offset(&self) -> Option<u64> {
        match &self.state {
            State::Packed(unpacker) => Some(unpacker.input.offset()),
            _ => None,
        }
    }

    fn detect(&mut self) -> io::Result<()> {
        if let State::Unknown(head) = &mut self.state {
            head.fill()?;
        }
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Unknown(head) => match Codec::of_magic(head.rest()) {
                Some(codec) => State::Packed(Box::new(Unpacker::new(codec, head, self.limits))),
                None => State::Plain(head),
            },
            other => other,
        };
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.state {
                State::Plain(head) => return head.read(out),
                State::Packed(unpacker) => return unpacker.read(out),
                State::Unknown(_) => self.detect()?,
                State::Gone => return Ok(0),
            }
        }
    }
}

/// A source, and its first bytes that were read already.
struct Head<R> {
    bytes: [u8; Codec::MAGIC_SIZE],
    start: usize,
    end: usize,
    source: R,
}

impl<R: Read> Head<R> {
    /// Reads until there are as many bytes as fit, or no more.
    fn fill(&mut self) -> io::Result<()> {
        while let Some(room) = self.bytes.get_mut(self.end..).filter(|room| !room.is_empty()) {
            match self.source.read(room)? {
                0 => break,
                n => self.end += n,
            }
        }
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }
}

impl<R: Read> Read for Head<R> {
    #[inline]
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            return self.source.read(out);
        }
        let n = self.rest().read(out)?;
        self.start += n;
        Ok(n)
    }
}

/// What one step of a member came to.
pub(super) enum Step {
    /// So many bytes of output, at least one.
    Data(usize),
    /// Input was used.
    More,
    /// The member is over.
    End,
}

/// Why a member cannot go on.
pub(super) enum Fault {
    /// The source said so; it can be asked again.
    Source(io::Error),
    /// The input stops.
    Early,
    /// The input says what cannot be.
    Damaged(String),
    /// The input wants what it does not get.
    Refused(String),
}

impl Fault {
    pub(super) fn damaged(what: impl fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Source(error)
    }
}

/// The present member.
enum Member {
    /// None: the next one begins here, or the input ends.
    Between,
    /// A frame to be skipped, and how much of it is left.
    Skip(u64),
    /// These two are kept in the [`Unpacker`], for their memory serves the next member too.
    Gzip,
    Zstd,
    Lz4(Box<lz4::Unpacker>),
    Xz(Box<xz::Unpacker>),
}

/// Decompresses.
struct Unpacker<R> {
    codec: Codec,
    input: Window<Head<R>>,
    limits: Limits,
    member: Member,
    gzip: Option<Box<gzip::Unpacker>>,
    zstd: Option<Box<zstd::Unpacker>>,
    /// How many members came to their end.
    members: u64,
    /// How much output there was.
    given: u64,
    failed: Option<(ErrorKind, String)>,
}

impl<R: Read> Unpacker<R> {
    fn new(codec: Codec, source: Head<R>, limits: Limits) -> Self {
        let input = Window::new(source);
        let member = Member::Between;
        Self { codec, input, limits, member, gzip: None, zstd: None, members: 0, given: 0, failed: None }
    }

    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let (start, members) = (self.input.offset(), self.members);
        while self.failed.is_none() {
            match self.step(out) {
                Ok(Some(Step::Data(n))) => {
                    self.given += n as u64;
                    self.check_ratio();
                    return Ok(n);
                }
                Ok(Some(Step::More)) => {}
                Ok(Some(Step::End)) => {
                    self.members += 1;
                    self.member = Member::Between;
                }
                Ok(None) => return Ok(0),
                Err(Fault::Source(error)) => return Err(error),
                Err(fault) => self.failed = Some(self.words(fault)),
            }
            let window = match (&self.member, &self.zstd) {
                (Member::Zstd, Some(frame)) => frame.window(),
                _ => 0,
            };
            if self.input.offset() - start > IDLE + window || self.members - members > IDLE_MEMBERS {
                return Err(ErrorKind::Interrupted.into());
            }
        }
        let (kind, words) = self.failed.clone().unwrap_or((ErrorKind::Other, String::new()));
        Err(io::Error::new(kind, words))
    }

    /// One step; `None` at the end of the input.
    fn step(&mut self, out: &mut [u8]) -> Result<Option<Step>, Fault> {
        match &mut self.member {
            Member::Between => self.begin(),
            Member::Skip(left) => {
                let there = self.input.look_far(1)?.len() as u64;
                let n = there.min(*left);
                *left -= n;
                self.input.consume(n as usize);
                match (*left, n) {
                    (0, _) => Ok(Some(Step::End)),
                    (_, 0) => Err(Fault::Early),
                    _ => Ok(Some(Step::More)),
                }
            }
            Member::Gzip => {
                let member = self.gzip.get_or_insert_default();
                member.step(&mut self.input, out).map(Some)
            }
            Member::Zstd => {
                let member = self.zstd.get_or_insert_default();
                member.step(&mut self.input, out).map(Some)
            }
            Member::Lz4(member) => member.step(&mut self.input, out).map(Some),
            Member::Xz(member) => member.step(&mut self.input, out).map(Some),
        }
    }

    /// Looks what comes next.
    fn begin(&mut self) -> Result<Option<Step>, Fault> {
        let head = self.input.look(Codec::MAGIC_SIZE)?;
        if self.members > 0 && head.is_empty() {
            return Ok(None);
        }
        if self.members > 0 && head.first() == Some(&0) {
            let zeros = self.input.look_far(1)?.iter().take_while(|byte| **byte == 0).count();
            self.input.consume(zeros);
            return Ok(Some(Step::More));
        }
        if matches!(head, [_, 0x2a, 0x4d, 0x18, ..]) {
            return self.begin_skip().map(Some);
        }
        self.member = match Codec::of_magic(head) {
            Some(Codec::Gzip) => {
                self.gzip.get_or_insert_default().begin();
                Member::Gzip
            }
            Some(Codec::Zstd) => {
                self.zstd.get_or_insert_default().begin(self.limits.max_window);
                Member::Zstd
            }
            Some(Codec::Lz4) => Member::Lz4(Box::new(lz4::Unpacker::new())),
            Some(Codec::Xz) => Member::Xz(Box::new(xz::Unpacker::new(self.limits.max_dictionary))),
            None if Codec::may_begin(head) => return Err(Fault::Early),
            None => return Err(Fault::Damaged("garbage follows the compressed data".to_owned())),
        };
        Ok(Some(Step::More))
    }

    fn begin_skip(&mut self) -> Result<Step, Fault> {
        let &[_, _, _, _, a, b, c, d] = self.input.look(8)? else { return Err(Fault::Early) };
        self.input.consume(8);
        self.member = Member::Skip(u32::from_le_bytes([a, b, c, d]).into());
        Ok(Step::More)
    }

    fn check_ratio(&mut self) {
        let Limits { free, max_ratio, .. } = self.limits;
        if self.given > free && self.given / u64::from(max_ratio.max(1)) > self.input.offset() {
            let (codec, grown) = (self.codec, self.given >> 30);
            let what = format!(
                "it grows more than {max_ratio}-fold, to {grown} GiB so far: a decompression bomb? \
                 Who trusts it decompresses it with {codec} -dc and pipes that in"
            );
            self.failed = Some(self.words(Fault::Refused(what)));
        }
    }

    /// The kind of a fault, and what to say about it.
    fn words(&self, fault: Fault) -> (ErrorKind, String) {
        let codec = match self.member {
            Member::Between | Member::Skip(_) => self.codec,
            Member::Gzip => Codec::Gzip,
            Member::Zstd => Codec::Zstd,
            Member::Lz4(_) => Codec::Lz4,
            Member::Xz(_) => Codec::Xz,
        };
        let at = self.input.offset();
        match fault {
            Fault::Source(error) => (error.kind(), error.to_string()),
            Fault::Early => {
                (ErrorKind::UnexpectedEof, format!("compressed input ends early ({codec}, {at} bytes)"))
            }
            Fault::Damaged(what) => {
                (ErrorKind::InvalidData, format!("compressed input is damaged: {what} ({codec}, byte {at})"))
            }
            Fault::Refused(what) => {
                (ErrorKind::Unsupported, format!("compressed input is refused: {what} ({codec}, byte {at})"))
            }
        }
    }
}

//! One file that is being written: every write checked, and no half record left behind.

use super::place::{Place, regular, same};
use super::room::{Room, Stop};
use super::sink::{Packing, Sink};
use crate::failure::{Failure, reason};
use crate::run::note;
use crate::run::pcapng::Preamble;
use gannet_pcap::Record;
use gannet_pcap::savefile::codec::Decoder;
use gannet_pcap::savefile::{Block, Error, Header, Options, Reader, Writer};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{FileStat, fstat};
use std::fs::File;
use std::io::{self, IoSlice, Read, Seek as _, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _};

/// What a file is called until it is finished, with `--atomic`.
pub const PART: &[u8] = b".part";
/// After so many bytes what was compressed is flushed, so that a file that is cut keeps what came before: after
/// as many as there are already, so that it keeps half at least, but for these limits.
const MARKED: std::ops::RangeInclusive<u64> = 128 << 10..=16 << 20;
/// A file that could not be finished is read again to say how much is in it, unless it is longer than this.
const COUNTED: u64 = 1 << 30;

/// How files are made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Write each packet at once.
    pub unbuffered: bool,
    /// Under another name until it is finished.
    pub atomic: bool,
    /// Wait for the disk at the end.
    pub fsync: bool,
    /// Compressed.
    pub packing: Option<Packing>,
}

/// A file, or standard output.
pub struct Single {
    writer: Writer<Sink>,
    manner: Manner,
    /// In its place, when it is finished.
    name: Vec<u8>,
    /// As messages show it.
    shown: String,
    /// A regular file, which can be cut; not a pipe or a device.
    regular: bool,
    /// Where it begins: standard output may stand behind what others wrote.
    start: u64,
    /// What is written is taken at once: nobody has to read it first.
    prompt: bool,
    /// What was made; `None` if the system does not say.
    made: Option<FileStat>,
    /// It was said that it is gone.
    told: bool,
    /// Packets in it.
    packets: u64,
    /// At the last flush: how much was written, and how much that is on the disk.
    mark: (u64, u64),
}

impl Single {
    /// Makes the file of this name, or takes standard output for `-`, and begins it.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(
        place: &Place,
        name: Vec<u8>,
        preamble: &Preamble,
        manner: Manner,
        stop: &Stop,
        room: Option<Room>,
    ) -> io::Result<Self> {
        Self::make(place, name, manner, stop, room, |sink, seekable| preamble.begin(sink, seekable))
    }

    /// The same for a file that `begin` begins, which is told whether its header can be put right at the end.
    ///
    /// # Errors
    /// What the system says.
    pub fn create_with(
        place: &Place,
        name: Vec<u8>,
        manner: Manner,
        begin: impl FnOnce(Sink, bool) -> Result<Writer<Sink>, Error>,
    ) -> io::Result<Self> {
        Self::make(place, name, manner, &Stop::default(), None, begin)
    }

    fn make(
        place: &Place,
        name: Vec<u8>,
        manner: Manner,
        stop: &Stop,
        room: Option<Room>,
        begin: impl FnOnce(Sink, bool) -> Result<Writer<Sink>, Error>,
    ) -> io::Result<Self> {
        let path = place.path(&name);
        let standard = path == "-";
        // A pipe or a device has no other name, and needs none.
        let atomic = manner.atomic && !standard && place.stat(&name).as_ref().map_or(true, regular);
        let file = match standard {
            true => File::from(io::stdout().as_fd().try_clone_to_owned()?),
            false if atomic => place.create(&part(&name))?,
            false => place.create_unless(&name, || stop.now())?,
        };
        let shown = match standard {
            true => "standard output".to_owned(),
            false => path.to_string_lossy().into_owned(),
        };
        let is_regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let prompt = is_regular || is_null(&file);
        let made = fstat(&file).ok().filter(|_| !standard);
        let start = if standard && is_regular { position(&file)? } else { 0 };
        let manner = Manner { atomic, ..manner };
        let sink = Sink::new(file, manner.packing, room)?;
        let seekable = is_regular && !standard && manner.packing.is_none();
        let writer = begin(sink, seekable && made.is_some()).map_err(io::Error::other)?;
        Ok(Single {
            writer,
            manner,
            name,
            shown,
            regular: is_regular,
            start,
            prompt,
            made,
            told: false,
            packets: 0,
            mark: (0, 0),
        })
    }

    /// Whether writing never waits for somebody to read.
    pub fn is_prompt(&self) -> bool {
        self.prompt
    }

    /// A regular file, not a pipe or a device.
    pub fn is_regular(&self) -> bool {
        self.regular
    }

    /// Whether this is what was made.
    pub fn is(&self, there: &FileStat) -> bool {
        self.made.is_some_and(|made| same(&made, there))
    }

    /// As messages show it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Its name, in its place.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Packets that were written to it.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// How long it is on the disk when all that was gathered is written; where that is compressed, a guess.
    pub fn length(&self) -> u64 {
        let length = self.writer.length();
        if self.manner.packing.is_none() {
            return length;
        }
        let (raw, disk) = self.mark;
        let more = length.saturating_sub(raw);
        let guess =
            if raw == 0 { more } else { (u128::from(more) * u128::from(disk) / u128::from(raw)) as u64 };
        disk.saturating_add(guess)
    }

    /// Whether it is longer than that on the disk; where a guess says so, it is flushed to be sure.
    pub fn exceeds(&mut self, size: u64) -> Result<bool, Failure> {
        if self.length() <= size {
            return Ok(false);
        }
        if self.manner.packing.is_some() {
            self.flush()?;
        }
        Ok(self.length() > size)
    }

    /// Adds a packet, and what its input says of it.
    #[inline]
    pub fn write(
        &mut self,
        preamble: &mut Preamble,
        record: &Record<'_>,
        options: Options<'_>,
    ) -> Result<(), Failure> {
        self.packets += 1;
        match preamble.write(&mut self.writer, record, options) {
            Ok(()) if self.manner.unbuffered => self.flush(),
            Ok(()) if self.manner.packing.is_some() => self.flush_now_and_then(),
            Ok(()) => Ok(()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Takes over a block of the input that holds no packet.
    pub fn block(&mut self, preamble: &mut Preamble, block: &Block<'_>) -> Result<(), Failure> {
        preamble.block(&mut self.writer, block).map_err(|error| self.broken(&error))
    }

    /// Writes what was gathered, and what was counted up to now.
    pub fn count(&mut self, preamble: &Preamble) -> Result<(), Failure> {
        preamble.count(&mut self.writer).map_err(|error| self.broken(&error))?;
        self.flush()
    }

    /// Adds so many packets, encoded as this file's already.
    pub fn runs(&mut self, runs: &[IoSlice<'_>], packets: u64) -> Result<(), Failure> {
        self.packets += packets;
        match self.writer.raw_runs(runs) {
            Ok(()) if self.manner.packing.is_some() => self.flush_now_and_then(),
            Ok(()) => Ok(()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Writes what was gathered.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| self.broken(&error))?;
        if let Some(disk) = self.writer.sink().packed_length() {
            self.mark = (self.writer.length(), disk);
        }
        Ok(())
    }

    fn flush_now_and_then(&mut self) -> Result<(), Failure> {
        let most = self.mark.0.clamp(*MARKED.start(), *MARKED.end());
        if self.writer.length().saturating_sub(self.mark.0) < most { Ok(()) } else { self.flush() }
    }

    /// Whoever writes more than packets, or does not count them.
    pub fn writer(&mut self) -> &mut Writer<Sink> {
        &mut self.writer
    }

    /// Adds what such a file ends with.
    pub fn end(&mut self, preamble: &Preamble) -> Result<(), Failure> {
        preamble.end(&mut self.writer).map_err(|error| self.broken(&error))
    }

    /// Ends it: all is written, on the disk if that was asked for, and under its own name. Gives its length.
    pub fn close(mut self, place: &Place) -> Result<u64, Failure> {
        self.flush()?;
        self.writer.sink_mut().end().map_err(|error| self.broken(&Error::Write(error)))?;
        let length = self.writer.sink().packed_length().unwrap_or(self.writer.length());
        let (longest, provisional) = (self.writer.longest(), self.writer.provisional());
        let at_its_start = self.regular && self.made.is_some() && self.manner.packing.is_none();
        let Single { writer, manner, name, shown, regular, .. } = self;
        let failed = |what: &str, error: io::Error| {
            Failure::new(format!("{shown}: cannot {what}: {}", reason(&error)))
        };
        let file = writer.into_sink().into_file();
        // Whoever has a copy of it, a command that is just being started, does not keep the lock.
        let _ = file.unlock();
        match longest.or(provisional) {
            // What is appended goes behind all the rest, wherever it is to go.
            Some(longest) if at_its_start => fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))
                .map_err(io::Error::from)
                .and_then(|_| file.write_all_at(&longest.to_ne_bytes(), Header::SNAPLEN_AT))
                .map_err(|error| failed("write its snapshot length", error))?,
            Some(longest) => note(format_args!(
                "{shown}: WARNING: packets of up to {longest} bytes are behind a header that promises shorter ones, \
                 and will be read cut; a pcapng file has a snapshot length for each interface"
            )),
            None => {}
        }
        if manner.fsync && regular {
            file.sync_all().map_err(|error| failed("bring it to the disk", error))?;
        }
        nix::unistd::close(file).map_err(|error| failed("write", error.into()))?;
        if manner.atomic {
            unless_gone(place.rename(&part(&name), &name)).map_err(|error| {
                let kept = format!("{}\n(all packets are in {shown}.part)", reason(&error));
                Failure::new(format!("{shown}: cannot give the file its name: {kept}"))
            })?;
        }
        if manner.fsync && regular {
            unless_gone(place.sync()).map_err(|error| failed("bring its name to the disk", error))?;
        }
        Ok(length)
    }

    /// Whether the file has gone from its place, in words; once.
    pub fn gone(&mut self, place: &Place) -> Option<String> {
        let made = self.made.filter(|_| !self.told)?;
        let written = self.sunk();
        let now = fstat(self.writer.sink().file()).ok()?;
        let words = if now.st_nlink == 0 {
            "was removed while packets are written to it; what is in it will be lost"
        } else if self.regular && u64::try_from(now.st_size).is_ok_and(|there| there < written) {
            "was made shorter by somebody else; packets still go to it, but it will not be readable"
        } else {
            let name = if self.manner.atomic { part(&self.name) } else { self.name.clone() };
            match place.stat(&name) {
                Ok(there) if same(&there, &made) => return None,
                Ok(_) => "is another file now; packets still go to the one that was there before",
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    "was moved away; packets still go to it, wherever it is"
                }
                Err(_) => return None,
            }
        };
        self.told = true;
        Some(format!("{} {words}", self.shown))
    }

    /// Writing has failed: cuts the file behind the last whole packet, and words what happened.
    pub fn broken(&mut self, error: &Error) -> Failure {
        let cause = match error {
            Error::Write(cause) if cause.kind() == io::ErrorKind::BrokenPipe && !self.regular => {
                return Failure::Output(io::Error::from(io::ErrorKind::BrokenPipe));
            }
            Error::Write(cause) => reason(cause),
            // The disk is not to blame: what came before is kept.
            Error::Unwritable(what) => {
                return match self
                    .writer
                    .flush()
                    .and_then(|()| self.writer.sink_mut().end().map_err(Error::Write))
                {
                    Ok(()) => Failure::new(format!(
                        "{}{}: {what}\n(all packets before it were written)",
                        self.shown,
                        self.part()
                    )),
                    Err(error) => self.broken(&error),
                };
            }
            other => other.to_string(),
        };
        self.writer.sink_mut().abandon();
        let kept = if self.regular { self.cut() } else { String::new() };
        Failure::new(format!("{}{}: cannot write: {cause}{kept}", self.shown, self.part()))
    }

    /// Cuts the file behind its last whole packet, and words what came of it.
    fn cut(&self) -> String {
        let boundary = match self.manner.packing {
            Some(_) => self.mark.1,
            None => self.writer.record_boundary(),
        };
        let file = self.writer.sink().file();
        let place = self.start.saturating_add(boundary);
        // What others have added to standard output behind it is not to be cut off.
        let shared = file.metadata().is_ok_and(|about| about.len() > self.start.saturating_add(self.sunk()));
        if self.start > 0 && shared {
            return format!(
                "\n(it was not cut, for others write to it too; what is whole ends at {place} bytes{})",
                self.lost(boundary)
            );
        }
        match file.set_len(place) {
            Ok(()) => format!(
                "\n(the file was cut behind its last whole packet, at {place} bytes{})",
                self.lost(boundary)
            ),
            // Some file systems need room to give room back.
            Err(error) => format!(
                "\n(and the file could not be cut behind its last whole packet, at {place} bytes: {}{}; \
                 `gannet repair` does that when there is room)",
                reason(&error),
                self.lost(boundary)
            ),
        }
    }

    /// How many bytes of it the system has taken.
    fn sunk(&self) -> u64 {
        self.writer.sink().packed_length().unwrap_or(self.writer.sunk())
    }

    /// How many packets are in a file of this length that could not be finished, and how many are not, in words.
    fn lost(&self, length: u64) -> String {
        match self.readable(length).filter(|_| self.packets > 0) {
            Some(kept) => format!(
                "; {}, {} lost",
                packets(kept, "is in it", "are in it"),
                packets(self.packets.saturating_sub(kept), "is", "are")
            ),
            None => String::new(),
        }
    }

    /// What its name ends in until it is finished.
    fn part(&self) -> &'static str {
        if self.manner.atomic { ".part" } else { "" }
    }

    /// How many packets can be read back from so many bytes.
    fn readable(&self, length: u64) -> Option<u64> {
        if length > COUNTED {
            return None;
        }
        // What was opened for writing only is opened once more.
        let mut again = self.writer.sink().reopen().ok()?;
        again.seek(SeekFrom::Start(self.start)).ok()?;
        if length == 0 {
            return Some(0);
        }
        let mut reader = Reader::open(Decoder::open(again.take(length)).ok()?).ok()?;
        let mut count = 0;
        while let Ok(Some(_)) = reader.next() {
            count += 1;
        }
        Some(count)
    }
}

/// A file that somebody has taken away needs nothing more done to it, and was told of.
fn unless_gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Where the next byte goes: behind all others if it was opened for that.
fn position(mut file: &File) -> io::Result<u64> {
    let appends = OFlag::from_bits_truncate(fcntl(file, FcntlArg::F_GETFL)?).contains(OFlag::O_APPEND);
    if appends { Ok(file.metadata()?.len()) } else { file.stream_position() }
}

/// The device that takes everything.
fn is_null(file: &File) -> bool {
    /// Memory devices, the third (Linux `Documentation/admin-guide/devices.txt`).
    const NULL: u64 = 1 << 8 | 3;
    file.metadata().is_ok_and(|about| about.file_type().is_char_device() && about.rdev() == NULL)
}

fn part(name: &[u8]) -> Vec<u8> {
    [name, PART].concat()
}

fn packets(n: u64, one: &str, more: &str) -> String {
    if n == 1 { format!("1 packet {one}") } else { format!("{n} packets {more}") }
}

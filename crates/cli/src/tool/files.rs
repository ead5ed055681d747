//! Savefiles that tools read and write: opened, begun, ended, and what is said when that fails.
//!
//! - [`many`] more inputs than files can be open;
//! - [`meter`] how far a tool has come, on a terminal;
//! - [`when`] points in time as people type them.

pub mod many;
pub mod meter;
pub mod when;

use crate::failure::{Failure, reason};
use crate::flags::number::decimal;
use crate::flags::saving::size;
use crate::flags::shown;
use crate::run::file::open_patiently;
use crate::run::note;
use crate::run::savefile::place::Place;
use crate::run::savefile::single::{Manner, Single};
use crate::run::savefile::sink::{Sink, codec_of};
use gannet_edit::{Carrier, Error, Form, Progress};
use gannet_pcap::savefile::block::{Block, code};
use gannet_pcap::savefile::codec::{Codec, Decoder};
use gannet_pcap::savefile::{self, Format, Header, Item, Reader, SectionInfo, Writer};
use many::{Many, OneOfMany};
use meter::{Counted, Meter};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

/// A savefile that is read, compressed or not.
pub type Input = Reader<Decoder<Counted<File>>>;

/// The same as one of many.
pub type InputOfMany = Reader<Decoder<Counted<OneOfMany>>>;

/// Opens a savefile, or standard input for `-`; what is read of it moves the meter.
pub fn open(path: &OsStr, meter: &Meter) -> Result<Input, Failure> {
    let file = if path == "-" { standard_input() } else { open_patiently(path) };
    let source = file.and_then(|file| {
        let length = file.metadata().ok().filter(|about| about.is_file()).map(|about| about.len());
        let wait = meter.wait(&file)?;
        Ok(meter.counted(file, length).waiting(wait))
    });
    begun(path, source)
}

/// The same for one of many.
pub fn open_many(path: &OsStr, many: &Many, meter: &Meter) -> Result<InputOfMany, Failure> {
    let file = if path == "-" { standard_input() } else { many.open(path) };
    let source = file.and_then(|file| {
        let wait = meter.wait(&file)?;
        let (file, length) = many.add(path, file)?;
        Ok(meter.counted(file, length).waiting(wait))
    });
    begun(path, source)
}

fn standard_input() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Begins to read a savefile.
fn begun<R: Read>(path: &OsStr, source: io::Result<R>) -> Result<Reader<Decoder<R>>, Failure> {
    let opened = source.and_then(Decoder::open).map_err(savefile::Error::Read).and_then(Reader::open);
    opened.map_err(|error| match error {
        savefile::Error::Read(error) if error.kind() == io::ErrorKind::Interrupted => {
            Failure::new(format!("{}: interrupted before anything was read", shown(path)))
        }
        savefile::Error::Read(error) => Failure::new(format!("{}: {}", shown(path), reason(&error))),
        error => match error.advice() {
            Some(advice) => Failure::new(format!("{}: {error}\n({advice})", shown(path))),
            None => Failure::new(format!("{}: {error}", shown(path))),
        },
    })
}

/// From now on looks at the file where the system keeps it, if it can be: for who looks only at the headers of records.
pub fn in_place(input: &mut Input) {
    if let Some(view) = input.source().plain().and_then(Counted::in_place) {
        input.view(view);
    }
}

/// What a savefile is compressed with, if it is.
pub fn codec(input: &Input) -> Option<String> {
    input.source().codec().map(|codec| codec.to_string())
}

/// The format of an output, as its name says: what stands behind its last dot, or before that of a compressed
/// file. `None` if the name does not say.
pub fn format_of(path: &OsStr) -> Option<Format> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let (mut rest, mut extension) = name.rsplit_once('.')?;
    if Codec::of_extension(extension).is_some() {
        (rest, extension) = rest.rsplit_once('.')?;
    }
    match extension {
        "pcapng" | "ntar" => Some(Format::Pcapng),
        "pcap" | "cap" | "dmp" if !rest.is_empty() => Some(Format::Pcap),
        _ => None,
    }
}

/// How an output begins, and with it its format.
#[derive(Clone, Debug)]
pub enum Beginning {
    /// The classic format.
    Pcap {
        /// Its header.
        header: Header,
        /// Packets may be longer than the header says: interfaces may come that are not known yet.
        guessed: bool,
    },
    /// Blocks of many kinds.
    Pcapng(SectionInfo),
}

impl Beginning {
    /// Of an output in that format that is to hold what this input holds.
    pub fn like<R: Read>(input: &Reader<R>, format: Format) -> Self {
        match format {
            Format::Pcap => Beginning::Pcap {
                header: Header {
                    link: input.link(),
                    link_extension: input.link_extension(),
                    snaplen: input.snaplen(),
                    precision: input.precision(),
                },
                guessed: input.format() == Format::Pcapng,
            },
            Format::Pcapng => Beginning::Pcapng(SectionInfo {
                application: Some(format!("gannet {}", env!("CARGO_PKG_VERSION"))),
                ..SectionInfo::default()
            }),
        }
    }

    /// The same, and what the input begins with is taken from it: a pcapng output says what its first section says.
    pub fn taken_over(input: &mut Input, format: Format) -> Self {
        let mut beginning = Beginning::like(input, format);
        if let (Format::Pcapng, Beginning::Pcapng(ours)) = (input.format(), &mut beginning)
            && let Ok(Some(Item::Block(Block::Section(theirs)))) = input.next_item()
        {
            let text = |code| theirs.options.text(code).map(|text| text.into_owned());
            (ours.hardware, ours.os) = (text(code::SHB_HARDWARE), text(code::SHB_OS));
            ours.comments = theirs.options.comments().map(|text| text.into_owned()).collect();
        }
        beginning
    }

    /// The same with a snapshot length that is enough for whatever comes. Who reads a pcap file cuts longer packets.
    pub fn roomy(mut self) -> Self {
        if let Beginning::Pcap { header, guessed } = &mut self
            && std::mem::take(guessed)
        {
            header.snaplen = header.snaplen.max(ROOMY);
        }
        self
    }

    /// What packets go into.
    pub fn form(&self) -> Form {
        match self {
            Beginning::Pcap { header, .. } => Form::Pcap(header.link),
            Beginning::Pcapng(_) => Form::Pcapng,
        }
    }

    /// Begins a file, or goes on with one that is so long: pcapng with another section.
    pub fn go_on<W: Write>(&self, sink: W, length: u64) -> Result<Writer<W>, savefile::Error> {
        match (self, length) {
            (_, 0) => self.begin(sink, false),
            (Beginning::Pcap { header, .. }, _) => Ok(Writer::append(sink, *header, length)),
            (Beginning::Pcapng(section), _) => Writer::append_section(sink, section, length),
        }
    }

    fn begin<W: Write>(&self, sink: W, seekable: bool) -> Result<Writer<W>, savefile::Error> {
        match self {
            Beginning::Pcap { header, guessed: true } if seekable => Ok(Writer::roomy(sink, *header)),
            Beginning::Pcap { header, .. } => Ok(Writer::new(sink, *header)),
            Beginning::Pcapng(section) => Writer::pcapng(sink, section),
        }
    }
}

/// A file that a tool writes.
pub struct Output {
    place: Place,
    single: Single,
    form: Form,
    /// Microseconds are enough.
    round: bool,
}

/// As tcpdump cuts packets if nobody says where.
const ROOMY: u32 = 262_144;

impl Output {
    /// Makes the file, or takes standard output for `-`, and begins it.
    pub fn create(path: &OsStr, beginning: &Beginning) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::new(format!("{}: {}", shown(path), reason(&error)));
        let (place, name) = match path == "-" {
            true => (Place::of(OsStr::new(""), false).map_err(failed)?.0, b"-".to_vec()),
            false => Place::of(path, false).map_err(failed)?,
        };
        let packing = codec_of(&name).map(|codec| (codec, None));
        // The header of any other file is put right when it is closed.
        let fixed =
            packing.is_some() || path == "-" || std::fs::metadata(path).is_ok_and(|about| !about.is_file());
        let beginning = if fixed { beginning.clone().roomy() } else { beginning.clone() };
        let (manner, begin) =
            (Manner { packing, ..Manner::default() }, |sink, seekable| beginning.begin(sink, seekable));
        let single = Single::create_with(&place, name, manner, begin).map_err(failed)?;
        Ok(Output { place, single, form: beginning.form(), round: false })
    }

    /// What takes packets over from inputs to this.
    pub fn carrier(&mut self) -> Carrier<'_, Sink> {
        Carrier::new(self.single.writer(), self.form)
    }

    /// The same for an output that is not to say where it is from.
    pub fn bare_carrier(&mut self) -> Carrier<'_, Sink> {
        Carrier::bare(self.single.writer(), self.form)
    }

    /// Who asks for microseconds gets them. All others are told at the end when they lost something.
    pub fn round(&mut self) {
        self.round = true;
    }

    /// Ends the file.
    pub fn close(mut self) -> Result<(), Failure> {
        let rounded = self.single.writer().rounded();
        if !self.round {
            tell_rounded(rounded, self.single.shown());
        }
        self.single.close(&self.place).map(drop)
    }

    /// Ends the file after a tool has run, and says what went wrong.
    pub fn settle(
        self,
        done: Result<Progress, Error>,
        inputs: &[OsString],
        meter: &mut Meter,
    ) -> Result<Progress, Failure> {
        let ended = meter.end();
        match done {
            Ok(progress) => self.close().and(ended).map(|()| progress),
            Err(error) => Err(self.failed(error, inputs)),
        }
    }

    /// What writes it.
    pub fn writer(&mut self) -> &mut Writer<Sink> {
        self.single.writer()
    }

    /// Words a fault of a tool that read these inputs. Where this output is at fault it is cut behind its last
    /// whole packet; otherwise it is ended, for all that came before the fault is good.
    pub fn failed(mut self, error: Error, inputs: &[OsString]) -> Failure {
        let error = match error {
            Error::Output(error) => return self.single.broken(&error),
            error => error,
        };
        let words = worded(error, inputs);
        match self.close() {
            Ok(()) => Failure::new(words),
            Err(Failure::Message(also)) => Failure::new(format!("{words}\n{also}")),
            Err(other) => other,
        }
    }
}

/// Says of how many packets in a file the times were cut, if there are any.
pub fn tell_rounded(packets: u64, file: &str) {
    if packets > 0 {
        let advice = "gannet convert --nano keeps them";
        note(format_args!("{file}: the times of {packets} packets were cut to microseconds ({advice})"));
    }
}

/// Words a fault that is not the output's.
pub fn worded(error: Error, inputs: &[OsString]) -> String {
    let name = |input: usize| inputs.get(input).map_or_else(String::new, |name| shown(name));
    match error {
        Error::Input { input, error } => {
            let place =
                error.offset().map(|at| format!("\n(at byte {at}; all packets before it are in the output)"));
            let words = match error {
                savefile::Error::Read(error) => reason(&error),
                error => error.to_string(),
            };
            format!("{}: {words}{}", name(input), place.unwrap_or_default())
        }
        Error::SecondLink { input, .. } | Error::TooManyInterfaces { input } => {
            format!("{}: {error}", name(input))
        }
        Error::Scratch(error) => format!(
            "{}: cannot sort in a scratch file there: {}\n(TMPDIR names another folder; with more --memory less is written)",
            shown(std::env::temp_dir().as_os_str()),
            reason(&error)
        ),
        error => error.to_string(),
    }
}

/// A number of bytes, or with `k`, `m` or `g` behind it of powers of 1024. Unlike that of `-C` a bare number is no
/// number of millions.
pub fn bytes(what: &str, text: &OsStr) -> Result<u64, String> {
    match text.to_str().is_some_and(|text| text.bytes().all(|c| c.is_ascii_digit())) {
        true => decimal(what, text, 1, i64::MAX as u64),
        false => size(what, text),
    }
}

/// The one operand that a tool takes.
pub fn one(operands: &[OsString], usage: &str) -> Result<OsString, Failure> {
    match operands {
        [one] => Ok(one.clone()),
        [] => Err(super::wrong(Some("no savefile to read was named".to_owned()), usage)),
        _ => Err(super::wrong(Some("only one savefile can be read".to_owned()), usage)),
    }
}

/// The file of `-w`, which a tool cannot do without.
pub fn target(write: Option<OsString>, inputs: &[OsString], usage: &str) -> Result<OsString, Failure> {
    let Some(write) = write else {
        return Err(super::wrong(Some("name the savefile to write with -w".to_owned()), usage));
    };
    inputs.iter().try_for_each(|input| apart(input, &write)).map(|()| write)
}

/// Refuses an output that is the file which is read, by whatever name.
pub fn apart(input: &OsStr, output: &OsStr) -> Result<(), Failure> {
    match is_same(input, output) {
        true => Err(Failure::new(format!("{}: is read, and cannot be written too", shown(input)))),
        false => Ok(()),
    }
}

/// Whether two names are of one regular file: writing would destroy what is to be read.
fn is_same(one: &OsStr, other: &OsStr) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    if one == "-" || other == "-" {
        return false;
    }
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_an_input_is_told_with_its_name() {
        let inputs = ["one.pcapng", "two.pcapng"].map(OsString::from);
        let words = worded(Error::TooManyInterfaces { input: 1 }, &inputs);
        assert!(words.starts_with("two.pcapng: more interfaces than the output has room for"), "{words}");
    }
}

//! Packets from savefiles: `pcap_open_offline` and its kin. Files are read through the C library. Where the program has the
//! stream, no byte is read before it is needed, so that `ftell(pcap_file(p))` is where the next packet is. What is
//! compressed with gzip, zstd, lz4 or xz is read too, which libpcap does not.

use crate::edge::{Errbuf, Text, say};
use crate::handle::{Handle, Source};
use crate::stdio::{self, Stream};
use gannet_pcap::offline::Offline;
use gannet_pcap::savefile::{ByteOrder, Format};
use gannet_pcap::{Code, LinkType, Record};
use libc::{FILE, c_int, c_uint};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::{fs, ptr};

/// A savefile that is open.
pub struct Savefile {
    file: Offline,
    stream: Stream,
    link: LinkType,
    /// More is read at once than is needed: nobody else has the stream yet.
    ahead: bool,
}

impl Drop for Savefile {
    fn drop(&mut self) {
        self.stream.leave();
    }
}

impl Savefile {
    /// Hands over the next packet that the filter accepts; says whether there was one.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn next(&mut self, filter: Option<&Code>, receive: impl FnOnce(&Record<'_>)) -> Result<bool, String> {
        loop {
            let Some(record) = self.file.next().map_err(|error| error.to_string())? else {
                return Ok(false);
            };
            // A handle has one link type, whoever asks for it.
            if record.link != self.link {
                let other = record.link.0;
                return Err(format!(
                    "an interface has a type {other} different from the type of the first interface"
                ));
            }
            if filter.is_none_or(|filter| filter.accepts(&record)) {
                receive(&record);
                return Ok(true);
            }
        }
    }

    /// The stream that it is read from.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// The same for somebody who may look where it stands, or read it: it stands behind the last packet then.
    fn shared_stream(&mut self) -> Stream {
        let place = i64::try_from(self.file.reader().offset()).unwrap_or(i64::MAX);
        if self.ahead && self.stream.move_to(place) {
            self.file.read_ahead(false);
            self.ahead = false;
        }
        self.stream
    }

    /// Reads ahead from now on: the stream is of a regular file and stands at its start, but for the header. Of a pcapng
    /// file more than the header was looked at by now.
    fn read_ahead(&mut self) {
        self.ahead = self.file.reader().format() == Format::Pcap && self.file.read_ahead(true);
    }

    /// Whether its numbers are in another byte order than this machine's.
    pub fn is_swapped(&self) -> bool {
        self.file.reader().byte_order() != ByteOrder::NATIVE
    }

    /// The version of its format.
    pub fn version(&self) -> (u16, u16) {
        self.file.reader().version()
    }

    /// What stands beside the link type in its header.
    pub fn link_extension(&self) -> u32 {
        self.file.reader().link_extension()
    }
}

/// A handle for what a stream holds.
fn read(stream: Stream, precision: c_uint) -> Result<Handle, String> {
    let source = Box::new(stdio::Source(stream));
    let file = Offline::from_shared(source).map_err(|error| error.to_string())?;
    let nano = match precision {
        0 => false,
        1 => true,
        other => return Err(format!("unknown time stamp resolution {other}")),
    };
    let link = file.reader().link();
    let snapshot = c_int::try_from(file.reader().snaplen()).unwrap_or(c_int::MAX);
    let source = Source::File(Box::new(Savefile { file, stream, link, ahead: false }));
    Ok(Handle::new(source, String::new(), link.dlt().cast_signed(), snapshot, nano))
}

/// Opens the file at a path; `-` is standard input.
fn open(path: Text, precision: c_uint) -> Result<Handle, String> {
    let Some(name) = path.get() else {
        return Err("A null pointer was supplied as the file name".to_owned());
    };
    if name == c"-" {
        let stream = Stream::stdin().ok_or_else(|| "The standard input is not open".to_owned())?;
        return read(stream, precision);
    }
    let stream = Stream::open(name, c"rb").map_err(|why| format!("{}: {why}", name.to_string_lossy()))?;
    let handle = read(stream, precision).inspect_err(|_| stream.close())?;
    // Of a pipe, nobody knows how long to wait for more.
    if fs::metadata(OsStr::from_bytes(name.to_bytes())).is_ok_and(|file| file.is_file()) {
        of_file(&handle, Savefile::read_ahead);
    }
    Ok(handle)
}

/// Hands over the handle, or says why there is none.
fn into_c(opened: Result<Handle, String>, errbuf: Option<&mut Errbuf>) -> *mut Handle {
    match opened {
        Ok(handle) => handle.into_c(),
        Err(words) => {
            say(errbuf, &words);
            ptr::null_mut()
        }
    }
}

/// Opens a savefile; time is counted in microseconds.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_open_offline(path: Text, errbuf: Option<&mut Errbuf>) -> *mut Handle {
    into_c(open(path, 0), errbuf)
}

/// Opens a savefile; time is counted in microseconds (0) or nanoseconds (1).
#[unsafe(no_mangle)]
pub extern "C" fn pcap_open_offline_with_tstamp_precision(
    path: Text,
    precision: c_uint,
    errbuf: Option<&mut Errbuf>,
) -> *mut Handle {
    into_c(open(path, precision), errbuf)
}

/// Reads a savefile from where the stream stands. The handle closes it.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_fopen_offline(stream: Option<Stream>, errbuf: Option<&mut Errbuf>) -> *mut Handle {
    pcap_fopen_offline_with_tstamp_precision(stream, 0, errbuf)
}

/// As `pcap_fopen_offline`, with a choice of the unit of time.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_fopen_offline_with_tstamp_precision(
    stream: Option<Stream>,
    precision: c_uint,
    errbuf: Option<&mut Errbuf>,
) -> *mut Handle {
    let none = || "Null FILE * pointer provided to savefile open routine".to_owned();
    into_c(stream.ok_or_else(none).and_then(|stream| read(stream, precision)), errbuf)
}

/// The stream of a savefile; null for anything else.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_file(p: Option<&Handle>) -> *mut FILE {
    let stream = p.and_then(|p| of_file(p, Savefile::shared_stream));
    stream.map_or(ptr::null_mut(), Stream::as_ptr)
}

/// Whether a savefile was written by a machine of another byte order.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_is_swapped(p: Option<&Handle>) -> c_int {
    told(p, |file| file.is_swapped().into())
}

/// The version of a savefile's format, before the dot.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_major_version(p: Option<&Handle>) -> c_int {
    told(p, |file| file.version().0.into())
}

/// The same, behind the dot.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_minor_version(p: Option<&Handle>) -> c_int {
    told(p, |file| file.version().1.into())
}

/// What a file says, if the handle is one's; 0 for other handles that are open.
fn told(p: Option<&Handle>, tell: impl FnOnce(&mut Savefile) -> c_int) -> c_int {
    let Some(p) = p else { return crate::status::ERROR };
    if matches!(p.inner().source, Source::Inactive) {
        return crate::status::NOT_ACTIVATED;
    }
    of_file(p, tell).unwrap_or(0)
}

/// Something about the file that a handle reads from, if it is one.
pub fn of_file<T>(p: &Handle, tell: impl FnOnce(&mut Savefile) -> T) -> Option<T> {
    match &mut p.inner().source {
        Source::File(file) => Some(tell(file)),
        _ => None,
    }
}

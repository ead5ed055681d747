//! Packets into a savefile. What programs hold is the C library's stream itself, as some of them know; so there is nothing
//! to keep beside it, and nothing that is not in it.

use crate::edge::{Text, last_words};
use crate::handle::{Handle, PacketHeader, Source};
use crate::stdio::Stream;
use gannet_pcap::wire::LinkType;
use libc::{FILE, c_int, c_long};
use std::{ptr, slice};

/// What a file begins with: microseconds, nanoseconds.
const MAGIC: u32 = 0xa1b2_c3d4;
const MAGIC_NANO: u32 = 0xa1b2_3c4d;
/// Relatives that nobody appends to.
const RELATIVES: [u32; 2] = [0xa1b2_cd34, 0xa12b_3c4d];
const VERSION: [u16; 2] = [2, 4];
/// Bytes of the header of a file.
const HEADER: usize = 24;
const STANDARD_OUTPUT: &str = "standard output";

/// Begins a savefile at a path; `-` is standard output.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_open(p: Option<&Handle>, path: Text) -> *mut FILE {
    given(p, |p| {
        let Some(name) = path.get() else {
            return Err("A null pointer was supplied as the file name".to_owned());
        };
        let shown = name.to_string_lossy();
        if matches!(p.inner().source, Source::Inactive) {
            return Err(format!("{shown}: not-yet-activated pcap_t passed to pcap_dump_open"));
        }
        let link = link(p, &shown)?;
        if name == c"-" {
            return begin(p, standard_output()?, link, STANDARD_OUTPUT);
        }
        let stream = Stream::open(name, c"wb").map_err(|why| format!("{shown}: {why}"))?;
        begin(p, stream, link, &shown).inspect_err(|_| stream.close())
    })
}

/// Begins a savefile in a stream, where it stands.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_fopen(p: Option<&Handle>, stream: Option<Stream>) -> *mut FILE {
    given(p, |p| {
        let stream = stream.ok_or_else(|| "A null pointer was supplied as the file".to_owned())?;
        begin(p, stream, link(p, "stream")?, "stream")
    })
}

/// Goes on with a savefile that has packets of the same kind, or begins it.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_open_append(p: Option<&Handle>, path: Text) -> *mut FILE {
    given(p, |p| {
        let Some(name) = path.get() else {
            return Err("A null pointer was supplied as the file name".to_owned());
        };
        let shown = name.to_string_lossy();
        let link = link(p, &shown)?;
        if name == c"-" {
            return begin(p, standard_output()?, link, STANDARD_OUTPUT);
        }
        let stream = Stream::open(name, c"ab+").map_err(|why| format!("{shown}: {why}"))?;
        go_on(p, stream, link, &shown).inspect_err(|_| stream.close())
    })
}

fn given(p: Option<&Handle>, open: impl FnOnce(&Handle) -> Result<Stream, String>) -> *mut FILE {
    let Some(p) = p else { return ptr::null_mut() };
    match open(p) {
        Ok(stream) => stream.as_ptr(),
        Err(words) => {
            p.say(words);
            ptr::null_mut()
        }
    }
}

fn standard_output() -> Result<Stream, String> {
    Stream::stdout().ok_or_else(|| "The standard output is not open".to_owned())
}

/// The link type of a file for what the handle reads, and what stands beside it.
fn link(p: &Handle, shown: &str) -> Result<u32, String> {
    let dlt = p.link.get();
    let known = p.link_type().filter(|link| link.dlt().cast_signed() == dlt);
    let LinkType(number) =
        known.ok_or_else(|| format!("{shown}: link-layer type {dlt} isn't supported in savefiles"))?;
    let extension = crate::savefile::of_file(p, |file| file.link_extension()).unwrap_or(0);
    Ok(u32::from(number) | extension)
}

/// The header of a file, in the byte order of this machine.
fn header(p: &Handle, link: u32) -> [u8; HEADER] {
    let magic = if p.settings.get().nano { MAGIC_NANO } else { MAGIC };
    let [major, minor] = VERSION.map(u16::to_ne_bytes);
    let mut bytes = [0; HEADER];
    let fields = [&magic.to_ne_bytes()[..], &major, &minor, &[0; 8], &p.snapshot.get().to_ne_bytes()];
    for (to, from) in bytes.iter_mut().zip(fields.concat().iter().chain(&link.to_ne_bytes())) {
        *to = *from;
    }
    bytes
}

fn begin(p: &Handle, stream: Stream, link: u32, shown: &str) -> Result<Stream, String> {
    if stream.write(&header(p, link)) {
        return Ok(stream);
    }
    Err(format!("Can't write to {shown}: {}", last_words()))
}

fn go_on(p: &Handle, stream: Stream, link: u32, shown: &str) -> Result<Stream, String> {
    if !stream.seek(libc::SEEK_SET) {
        return Err(format!("Can't seek to the beginning of {shown}: {}", last_words()));
    }
    let mut there = [0; HEADER];
    match stream.read(&mut there) {
        _ if stream.has_failed() => return Err(format!("{shown}: {}", last_words())),
        0 => {
            begin(p, stream, link, shown)?;
        }
        HEADER => continues(&there, &header(p, link)).map_err(|why| format!("{shown}: {why}"))?,
        _ => return Err(format!("{shown}: truncated pcap file header")),
    }
    if !stream.seek(libc::SEEK_END) {
        return Err(format!("Can't seek to the end of {shown}: {}", last_words()));
    }
    Ok(stream)
}

/// Whether packets of a file that would begin with `ours` can stand behind those of one that begins with `there`.
fn continues(there: &[u8; HEADER], ours: &[u8; HEADER]) -> Result<(), String> {
    let word = |bytes: &[u8; HEADER], at: usize| {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_ne_bytes(*word))
    };
    let half = |at: usize| {
        there.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |half| u16::from_ne_bytes(*half))
    };
    let magic = word(there, 0);
    if [MAGIC, MAGIC_NANO].contains(&magic.swap_bytes()) {
        return Err("different byte order, cannot append to file".to_owned());
    }
    if RELATIVES.contains(&magic) || RELATIVES.contains(&magic.swap_bytes()) {
        return Err("not a pcap file to which we can append".to_owned());
    }
    if ![MAGIC, MAGIC_NANO].contains(&magic) {
        return Err("not a pcap file".to_owned());
    }
    if magic != word(ours, 0) {
        return Err("different time stamp precision, cannot append to file".to_owned());
    }
    let [major, minor] = [half(4), half(6)];
    if [major, minor] != VERSION {
        return Err(format!("version is {major}.{minor}, cannot append to file"));
    }
    if word(there, 20) != word(ours, 20) {
        return Err("different linktype, cannot append to file".to_owned());
    }
    if word(there, 16) != word(ours, 16) {
        return Err("different snaplen, cannot append to file".to_owned());
    }
    Ok(())
}

/// Writes a packet; a callback of `pcap_loop` whose `user` is the file. After an error nothing is written, so that a file
/// on a full disk ends once and not in a row of pieces.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump(to: Option<Stream>, header: Option<&PacketHeader>, bytes: *const u8) {
    let (Some(stream), Some(header)) = (to, header) else { return };
    if stream.has_failed() {
        return;
    }
    // Seconds and fractions are 32 bits in a file, whatever they are here.
    let fields = [header.ts.tv_sec as u32, header.ts.tv_usec as u32, header.caplen, header.len];
    if !stream.write(fields.map(u32::to_ne_bytes).as_flattened()) || bytes.is_null() {
        return;
    }
    // SAFETY: the caller promises as many bytes as the header says.
    let packet = unsafe { slice::from_raw_parts(bytes, header.caplen as usize) };
    stream.write(packet);
}

/// The stream of the file.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_file(dumper: *mut FILE) -> *mut FILE {
    dumper
}

/// Where in the file the next packet will stand.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_ftell(dumper: Option<Stream>) -> c_long {
    dumper.map_or(-1, Stream::place_long)
}

/// The same in 64 bits everywhere.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_ftell64(dumper: Option<Stream>) -> i64 {
    dumper.map_or(-1, Stream::place)
}

/// Writes out what was gathered.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_flush(dumper: Option<Stream>) -> c_int {
    if dumper.is_some_and(Stream::flush) { 0 } else { -1 }
}

/// Writes out what was gathered, and closes the file.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_dump_close(dumper: Option<Stream>) {
    if let Some(stream) = dumper {
        stream.close();
    }
}

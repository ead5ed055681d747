//! A packet as its line: number, lengths, time, dissection, dumps.
//!
//! - [`Printer`] turns records into text, one after the other;
//! - [`json`] the same as an object, for programs (`--json`);
//! - [`team`] the same on several threads;
//! - [`time`] how a time is written (`-t` .. `-ttttt`), and where local time comes from.
//!
//! # Contract
//! [`Printer::print`] appends to a buffer that the caller keeps and empties; it allocates nothing per packet
//! once that buffer has grown, does no output of its own, and never fails. The text is tcpdump 5.0's.
#![forbid(unsafe_code)]

pub mod json;
pub mod team;
pub mod time;

pub use gannet_dissect::{self as dissect, Names, Options};
use gannet_dissect::{Ear, Memory, Out, Packet, dump};
use gannet_wire::Record;
use std::io::Write as _;
use std::sync::Arc;
pub use time::{Clock, Precision, Style};

/// The longest packet that a line is printed for, and the largest snapshot length: what libpcap allows.
pub const MAX_SNAPLEN: u32 = 262_144;

/// Bytes behind the line (`-x`, `-X`, `-A`); the doubled forms begin with the link-level header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dump {
    /// None.
    #[default]
    None,
    /// Hex.
    Hex,
    /// Hex and ASCII.
    HexAscii,
    /// ASCII.
    Ascii,
}

/// What stands around the dissection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// `-#`: the number of the packet.
    pub number: bool,
    /// `--lengths`: captured and real length.
    pub lengths: bool,
    /// Bytes behind the line.
    pub dump: Dump,
    /// The dump begins with the link-level header.
    pub dump_link_header: bool,
    /// `--json`: a packet is an object on one line. The rest of the layout is for text, but a dump adds its bytes.
    pub json: bool,
}

/// Prints packets, and remembers between them what their lines need of each other.
pub struct Printer {
    layout: Layout,
    options: Options,
    clock: Clock,
    memory: Memory,
    names: Option<Arc<dyn Names>>,
    json: json::Keeps,
}

impl Printer {
    /// A printer that has seen no packet yet. `names` are asked unless the options say numeric.
    pub fn new(layout: Layout, options: Options, clock: Clock, names: Option<Arc<dyn Names>>) -> Self {
        let names = names.filter(|_| !options.numeric);
        Printer { layout, options, clock, memory: Memory::default(), names, json: json::Keeps::default() }
    }

    /// What is known of interfaces, for objects: their names.
    pub fn interfaces(&mut self) -> &mut json::Interfaces {
        &mut self.json.interfaces
    }

    /// Appends the line, or lines, of one packet, the last new line included.
    pub fn print(&mut self, record: &Record<'_>, number: u64, text: &mut Vec<u8>) {
        if self.layout.json {
            return self.object(record, number, text);
        }
        if self.layout.number {
            let _ = write!(text, "{number:5}  ");
        }
        if self.layout.lengths {
            let _ = write!(text, "caplen {} len {} ", record.bytes.len(), record.length);
        }
        if broken_header(record, text) {
            return;
        }
        self.clock.write(record.time, text);
        let outcome = self.dissect(record, Ear::Text, text);
        self.dump(record, outcome.link_header, text);
        text.push(b'\n');
    }

    /// Lets a packet leave behind what it would have, without a word.
    pub fn skip(&mut self, record: &Record<'_>) {
        if wrongs(record).next().is_none() {
            self.clock.skip(record.time);
            gannet_dissect::skip(packet(record), self.options, &mut self.memory);
        }
    }

    /// Another printer that goes on from here, as this one would.
    pub fn share(&mut self) -> Printer {
        Printer {
            memory: self.memory.share(),
            clock: self.clock.clone(),
            names: self.names.clone(),
            json: self.json.share(),
            ..*self
        }
    }

    fn dissect(&mut self, record: &Record<'_>, ear: Ear, text: &mut Vec<u8>) -> gannet_dissect::Outcome {
        let mut out = Out::new(ear, text, self.names.as_deref());
        gannet_dissect::packet(packet(record), self.options, &mut self.memory, &mut out)
    }

    /// The bytes that a dump shows.
    fn dumped<'p>(&self, record: &Record<'p>, link_header: usize) -> &'p [u8] {
        let skip = if self.layout.dump_link_header { 0 } else { link_header };
        record.bytes.get(skip..).unwrap_or_default()
    }

    fn dump(&self, record: &Record<'_>, link_header: usize, text: &mut Vec<u8>) {
        let bytes = self.dumped(record, link_header);
        if bytes.is_empty() {
            return;
        }
        match self.layout.dump {
            Dump::None => {}
            Dump::Hex => dump::hex(text, bytes, "\n\t"),
            Dump::HexAscii => dump::hex_and_ascii(text, bytes, "\n\t"),
            Dump::Ascii => dump::ascii(text, bytes),
        }
    }
}

fn packet<'p>(record: &Record<'p>) -> Packet<'p> {
    Packet { bytes: record.bytes, length: record.length, time: record.time, link: record.link }
}

/// Lengths that no capture can have.
#[derive(Clone, Copy)]
enum Wrong {
    NoCaplen,
    NoLength,
    LengthBelowCaplen,
    CaplenAboveMost,
    LengthAboveMost,
}

/// What is wrong with the lengths of a record.
fn wrongs(record: &Record<'_>) -> impl Iterator<Item = Wrong> {
    let (caplen, length) = (record.bytes.len(), record.length);
    let judged = [
        (caplen == 0, Wrong::NoCaplen),
        (length == 0, Wrong::NoLength),
        (length != 0 && (length as usize) < caplen, Wrong::LengthBelowCaplen),
        (caplen > MAX_SNAPLEN as usize, Wrong::CaplenAboveMost),
        (length > MAX_SNAPLEN, Wrong::LengthAboveMost),
    ];
    judged.into_iter().filter(|(holds, _)| *holds).map(|(_, wrong)| wrong)
}

/// Says what is wrong with lengths that no capture can have, instead of the line.
fn broken_header(record: &Record<'_>, text: &mut Vec<u8>) -> bool {
    let (caplen, length, max) = (record.bytes.len(), record.length, MAX_SNAPLEN);
    let mut before = "[Invalid header: ";
    for wrong in wrongs(record) {
        let _ = match wrong {
            Wrong::NoCaplen => write!(text, "{before}caplen==0"),
            Wrong::NoLength => write!(text, "{before}len==0"),
            Wrong::LengthBelowCaplen => write!(text, "{before}len({length}) < caplen({caplen})"),
            Wrong::CaplenAboveMost => write!(text, "{before}caplen({caplen}) > {max}"),
            Wrong::LengthAboveMost => write!(text, "{before}len({length}) > {max}"),
        };
        before = ", ";
    }
    let broken = before == ", ";
    if broken {
        text.extend_from_slice(b"]\n");
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_wire::{Direction, LinkType, Timestamp};

    fn line(layout: Layout, bytes: &[u8], length: u32) -> String {
        let options = Options { numeric: true, no_default_dump: true, ..Options::default() };
        let clock = Clock::new(Style::TimeOfDay, Precision::Micro, time::Zone::utc());
        let record = Record {
            bytes,
            length,
            time: Timestamp { seconds: 3661, nanos: 5_000 },
            link: LinkType(65000),
            interface: 0,
            direction: Direction::Unknown,
            vlan: None,
        };
        let mut text = Vec::new();
        Printer::new(layout, options, clock, None).print(&record, 7, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn number_lengths_time_words_dump() {
        let layout = Layout { number: true, lengths: true, dump: Dump::Hex, ..Layout::default() };
        assert_eq!(
            line(layout, b"ab", 9),
            "    7  caplen 2 len 9 01:01:01.000005 UNSUPPORTED\n\t0x0000:  6162\n"
        );
    }

    #[test]
    fn impossible_lengths_are_named() {
        let plain = Layout::default();
        assert_eq!(line(plain, b"", 0), "[Invalid header: caplen==0, len==0]\n");
        assert_eq!(line(plain, b"abc", 2), "[Invalid header: len(2) < caplen(3)]\n");
        assert_eq!(line(plain, b"abc", 300_000), "[Invalid header: len(300000) > 262144]\n");
    }
}

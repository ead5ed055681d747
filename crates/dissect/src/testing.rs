//! How a protocol is tested: bytes in hex, options as typed, the words expected.

use crate::cx::{Options, Packet, Register, Space};
use crate::engine::{Outcome, Protocol, packet_from};
use crate::keys::{Keys, Opened};
use crate::memory::Memory;
use crate::out::{Ear, Out};
use gannet_wire::{LinkType, Timestamp};
use std::cell::Cell;
use std::net::IpAddr;

thread_local! {
    static FIRST: Cell<Option<&'static Protocol>> = const { Cell::new(None) };
}

/// The register, but with the protocol under test as what every record begins with.
fn register(space: Space, payload: &[u8]) -> Option<&'static Protocol> {
    match space {
        Space::Link(_) => FIRST.get(),
        _ => crate::proto::find(space, payload),
    }
}

/// Ethernet, for parts that are only in its frames.
pub fn ether() -> &'static Protocol {
    crate::proto::find(Space::Link(LinkType::ETHERNET), &[]).unwrap()
}

/// Checks that `who` says `expected` of the bytes `hex` (blanks and new lines are free) under `args` (`-v`,
/// `-e`, `-q`, `-S`, `-K`, `-g`, `-X`, bundled or not), and that for the packet and every prefix of it
/// - no ear panics, and all ears leave the same memory behind, under `-q` too;
/// - the structured ear writes valid JSON with unique keys.
#[track_caller]
pub fn check(who: &'static Protocol, hex: &str, args: &str, expected: &str) {
    check_under(who, hex, options(args), expected);
}

#[track_caller]
fn check_under(who: &'static Protocol, hex: &str, options: Options, expected: &str) {
    let bytes = bytes(hex);
    let (text, _, _) = hear(who, &bytes, bytes.len(), options, Ear::Text);
    assert_eq!(text, expected);
    let quiet = Options { quiet: 1, no_default_dump: true, ..options };
    for (cut, options) in (0..=bytes.len()).flat_map(|cut| [(cut, options), (cut, quiet)]) {
        let captured = &bytes[..cut];
        let (_, memory, _) = hear(who, captured, bytes.len(), options, Ear::Text);
        for ear in [Ear::Json, Ear::Deaf] {
            let (said, also, outcome) = hear(who, captured, bytes.len(), options, ear);
            assert_eq!(memory, also, "{ear:?} leaves other memory behind at {cut} bytes of {options:?}");
            if ear == Ear::Json {
                json(&said, cut, outcome);
            }
        }
    }
}

/// Checks the same for those who have keys: everything can be read of which the first byte is left out, and
/// signatures are the number of bytes that they are over.
#[track_caller]
pub fn check_with_keys(who: &'static Protocol, hex: &str, args: &str, expected: &str) {
    check_under(who, hex, Options { keys: Some(&Fake), ..options(args) }, expected);
}

/// Keys for tests.
#[derive(Debug)]
struct Fake;

impl Keys for Fake {
    fn esp(&self, spi: u32, _: IpAddr, body: &[u8], plain: &mut Vec<u8>) -> Opened {
        match (spi, body) {
            (1, _) => Opened::NoKey,
            (2, _) => Opened::Ragged,
            (_, []) => Opened::Short,
            (_, [_, rest @ ..]) => {
                plain.extend_from_slice(rest);
                Opened::Plain
            }
        }
    }

    fn ikev2(&self, initiator: bool, _: [[u8; 8]; 2], body: &[u8], plain: &mut Vec<u8>) -> Opened {
        self.esp(if initiator { 7 } else { 1 }, IpAddr::from([0; 4]), body, plain)
    }

    fn md5(&self, parts: &[&[u8]]) -> Option<[u8; 16]> {
        Some([parts.iter().map(|part| part.len()).sum::<usize>() as u8; 16])
    }

    fn hmac_md5(&self, parts: &[&[u8]]) -> Option<[u8; 16]> {
        Some([parts.iter().copied().flatten().filter(|byte| **byte != 0).count() as u8; 16])
    }
}

/// What `who` says to an ear of a packet of `length` bytes, of which `captured` were captured.
pub fn hear(
    who: &'static Protocol,
    captured: &[u8],
    length: usize,
    options: Options,
    ear: Ear,
) -> (String, Memory, Outcome) {
    let mut memory = Memory::default();
    let (text, outcome) = remember(who, captured, length, options, ear, &mut memory);
    (text, memory, outcome)
}

/// What `who` says to the text ear of packets in hex, one after the other, remembering each for the next.
pub fn conversation(who: &'static Protocol, packets: &[String], args: &str) -> Vec<String> {
    let mut memory = Memory::default();
    let mut say = |hex: &String| {
        let bytes = bytes(hex);
        remember(who, &bytes, bytes.len(), options(args), Ear::Text, &mut memory).0
    };
    packets.iter().map(&mut say).collect()
}

fn remember(
    who: &'static Protocol,
    captured: &[u8],
    length: usize,
    options: Options,
    ear: Ear,
    memory: &mut Memory,
) -> (String, Outcome) {
    let mut buf = Vec::new();
    let outcome = write(who, captured, length, options, memory, &mut Out::new(ear, &mut buf, None));
    (String::from_utf8(buf).expect("text is ASCII"), outcome)
}

fn write(
    who: &'static Protocol,
    captured: &[u8],
    length: usize,
    options: Options,
    memory: &mut Memory,
    out: &mut Out,
) -> Outcome {
    FIRST.set(Some(who));
    let time = Timestamp { seconds: 0, nanos: 0 };
    let packet = Packet { bytes: captured, length: length as u32, time, link: LinkType::ETHERNET };
    let explain = |out: &mut Out| Ok(packet_from(register as Register, packet, options, memory, out));
    out.item(explain).expect("it is never ended early")
}

/// The values that `who` has, as JSON, without what numbers are called: for tests of the structured ear.
pub fn values(who: &'static Protocol, hex: &str) -> String {
    let (bytes, mut buf) = (bytes(hex), Vec::new());
    let mut out = Out::new(Ear::Json, &mut buf, None).numbers_only();
    write(who, &bytes, bytes.len(), Options::default(), &mut Memory::default(), &mut out);
    String::from_utf8(buf).expect("JSON is ASCII")
}

/// Bytes written in hex, with blanks wherever they help.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> =
        hex.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2), "half a byte");
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

fn options(args: &str) -> Options {
    let count = |letter| args.chars().filter(|c| *c == letter).count() as u8;
    Options {
        verbose: count('v'),
        quiet: count('q'),
        link_header: count('e') > 0,
        absolute_seq: count('S') > 0,
        trust_checksums: count('K') > 0,
        one_line: count('g') > 0,
        no_default_dump: count('q') > 0,
        hex_ascii: count('X') > 0,
        numeric: true,
        ..Options::default()
    }
}

fn json(said: &str, cut: usize, outcome: Outcome) {
    let values: serde_json::Value =
        serde_json::from_str(said).unwrap_or_else(|e| panic!("at {cut} bytes, not JSON: {e}\n{said}"));
    assert_eq!(values.get("truncated").is_some(), outcome.truncated, "at {cut} bytes: {said}");
    unique_keys(said);
}

/// serde_json keeps the last of two equal keys, so they are counted here: in each object, no key twice.
fn unique_keys(said: &str) {
    let mut nests: Vec<Vec<&str>> = Vec::new();
    let (mut rest, mut offset) = (said, 0);
    while let Some(at) = rest.find(['{', '}', '[', ']', '"']) {
        let c = rest.as_bytes()[at];
        offset += at + 1;
        rest = &rest[at + 1..];
        match c {
            b'{' | b'[' => nests.push(Vec::new()),
            b'}' | b']' => drop(nests.pop()),
            _ => {
                let mut end = 0;
                while rest.as_bytes()[end] != b'"' {
                    end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
                }
                let word = &said[offset..offset + end];
                offset += end + 1;
                rest = &rest[end + 1..];
                if rest.starts_with(':') {
                    let keys = nests.last_mut().expect("a key stands in an object");
                    assert!(!keys.contains(&word), "key {word:?} twice in one object: {said}");
                    keys.push(word);
                }
            }
        }
    }
}

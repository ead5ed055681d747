//! What several threads print is what one prints, to the byte: packets of every sample in any order, under many options.

use gannet_printer::team::Team;
use gannet_printer::time::{Clock, Precision, Style, Zone};
use gannet_printer::{Dump, Layout, Options, Printer};
use gannet_savefile::Reader;
use gannet_wire::Record;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A packet, and its bytes.
struct Packet {
    bytes: Vec<u8>,
    about: Record<'static>,
}

impl Packet {
    fn of(record: &Record<'_>) -> Self {
        let Record { bytes, length, time, link, interface, direction, vlan } = *record;
        Packet {
            bytes: bytes.to_vec(),
            about: Record { bytes: &[], length, time, link, interface, direction, vlan },
        }
    }

    fn record(&self) -> Record<'_> {
        Record { bytes: &self.bytes, ..self.about }
    }
}

/// Every capture of a folder, up to what is wrong with it.
fn captures(folder: &Path) -> Vec<Vec<Packet>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut captures = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let Ok(mut reader) = Reader::open(bytes.as_slice()) else { continue };
        let mut packets = Vec::new();
        while let Ok(Some(record)) = reader.next() {
            packets.push(Packet::of(&record));
        }
        captures.push(packets);
    }
    captures
}

/// Our own samples, and those of the suite where it is.
fn all() -> Vec<Vec<Packet>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = captures(&root.join("tests/samples"));
    assert!(!all.is_empty());
    let suite = std::env::var_os("GANNET_CONFORMANCE").map_or(root.join("../shared/conformance"), Into::into);
    for folder in ["tcpdump", "wild"] {
        let captures = captures(&suite.join(folder));
        if captures.is_empty() {
            println!("SKIPPED the captures in {folder}: no conformance data (set GANNET_CONFORMANCE)");
        }
        all.extend(captures);
    }
    all
}

/// How packets are printed.
type Manner = (Options, Layout, Style);

fn manners() -> Vec<Manner> {
    let plain = Options { numeric: true, ..Options::default() };
    let dump = |dump| Layout { dump, ..Layout::default() };
    vec![
        (plain, Layout::default(), Style::TimeOfDay),
        (Options { verbose: 1, link_header: true, ..plain }, Layout::default(), Style::SincePrevious),
        (
            Options { verbose: 3, ..plain },
            Layout { number: true, lengths: true, ..Layout::default() },
            Style::SinceFirst,
        ),
        (
            Options { absolute_seq: true, no_default_dump: true, hex_ascii: true, ..plain },
            dump(Dump::HexAscii),
            Style::Date,
        ),
        (Options { quiet: 1, no_default_dump: true, ..plain }, dump(Dump::Hex), Style::Epoch),
        (plain, Layout { json: true, ..Layout::default() }, Style::Epoch),
    ]
}

fn printer((options, layout, style): Manner) -> Printer {
    Printer::new(layout, options, Clock::new(style, Precision::Micro, Zone::utc()), None)
}

fn alone<'p>(packets: impl Iterator<Item = &'p Packet>, manner: Manner) -> Vec<u8> {
    let (mut printer, mut text) = (printer(manner), Vec::new());
    for (number, packet) in (1..).zip(packets) {
        printer.print(&packet.record(), number, &mut text);
    }
    text
}

fn together<'p>(
    packets: impl Iterator<Item = &'p Packet>,
    manner: Manner,
    threads: usize,
    chunk: usize,
) -> Vec<u8> {
    let (mut printer, mut text) = (printer(manner), Vec::new());
    let mut team = Team::new(threads, Arc::default()).with_chunks_of(chunk);
    let mut put = |more: &[u8]| -> Result<(), ()> {
        text.extend_from_slice(more);
        Ok(())
    };
    for (number, packet) in (1..).zip(packets) {
        team.print(&mut printer, &packet.record(), number, &mut put).unwrap();
    }
    assert_eq!(team.finish(&mut put), Ok(true));
    text
}

#[test]
fn every_capture() {
    let threads = [1, 2, 3, 7].into_iter().cycle();
    let chunks = [1, 2, 5].into_iter().cycle();
    let manners = manners().into_iter().cycle();
    for (((capture, threads), chunk), manner) in all().iter().zip(threads).zip(chunks).zip(manners) {
        let expected = alone(capture.iter(), manner);
        assert!(together(capture.iter(), manner, threads, chunk) == expected, "{manner:?}");
    }
}

/// Packets of all captures, in an order without rhyme: what is remembered of one meets what another says.
#[test]
fn packets_of_all_captures_mixed() {
    let all = all();
    let mut packets: Vec<&Packet> = all.iter().flatten().collect();
    let mut dice = 0x9e37_79b9_7f4a_7c15u64;
    for last in (1..packets.len()).rev() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        packets.swap(last, (dice >> 33) as usize % (last + 1));
    }
    for ((manner, threads), part) in
        manners().into_iter().zip([2, 3, 7, 1, 2, 3]).zip(packets.chunks(packets.len() / 12))
    {
        let expected = alone(part.iter().copied(), manner);
        for chunk in [3, 64] {
            let text = together(part.iter().copied(), manner, threads, chunk);
            assert!(text == expected, "{threads} threads, chunks of {chunk}, {manner:?}");
        }
    }
}

#[test]
fn whoever_is_asked_for_an_end_has_printed_whole_lines_up_to_it() {
    let all = all();
    let packets = || all.iter().flatten().cycle().take(5000);
    let manner = manners().remove(0);
    let expected = alone(packets(), manner);
    let stop = Arc::new(AtomicBool::new(false));
    let mut team = Team::new(3, stop.clone()).with_chunks_of(10);
    let (mut printer, mut text) = (printer(manner), Vec::new());
    let mut put = |more: &[u8]| -> Result<(), ()> {
        text.extend_from_slice(more);
        stop.store(text.len() > 100, Ordering::Relaxed);
        Ok(())
    };
    for (number, packet) in (1..).zip(packets()) {
        team.print(&mut printer, &packet.record(), number, &mut put).unwrap();
    }
    assert_eq!(team.finish(&mut put), Ok(false));
    assert!(text.len() > 100 && text.len() < expected.len());
    assert!(expected.starts_with(&text) && text.ends_with(b"\n"));
}

#[test]
fn an_error_of_the_output_comes_back() {
    let all = all();
    let mut team = Team::new(2, Arc::default()).with_chunks_of(1);
    let mut printer = printer(manners().remove(0));
    let mut packets = all.iter().flatten().cycle().zip(1..100_000);
    let wrong = packets.find_map(|(packet, number)| {
        team.print(&mut printer, &packet.record(), number, |_| Err("full")).err()
    });
    assert_eq!(wrong, Some("full"));
}

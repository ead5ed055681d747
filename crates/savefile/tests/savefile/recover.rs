//! Damaged files, read on behind the damage: every packet that is whole comes out, and what was skipped is said.

use crate::samples::{File, ORDERS};
use gannet_savefile::{ByteOrder, Error, Reader};
use std::io::{self, Read};

const PACKETS: usize = 120;

/// A packet's bytes: they say which one it is, and look like nothing else.
fn payload(n: usize) -> Vec<u8> {
    let mut state = n as u32 ^ 0x9e37_79b9;
    let mut bytes = format!("packet {n:04} ").into_bytes();
    bytes.resize_with(40 + n * 37 % 900, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    bytes
}

/// A file, and where each of its packets begins and ends.
struct Sample {
    name: String,
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

fn samples() -> Vec<Sample> {
    let mut all = Vec::new();
    for order in ORDERS {
        let (mut pcap, mut places) = (File::new(order).pcap(0xa1b2c3d4, (2, 4), 65535, 1), Vec::new());
        for n in 0..PACKETS {
            let (bytes, start) = (payload(n), pcap.bytes.len());
            let caplen = bytes.len() as u32;
            pcap = pcap.u32s(&[1_700_000_000 + n as u32 / 7, n as u32 * 5000, caplen, caplen]).raw(&bytes);
            places.push((start, pcap.bytes.len()));
        }
        all.push(Sample { name: format!("pcap {order:?}"), bytes: pcap.bytes, places });
        let (mut ng, mut places) = (File::new(order).section().interface(1, 65535), Vec::new());
        for n in 0..PACKETS {
            let start = ng.bytes.len();
            let none = ng.body();
            ng = ng.enhanced(0, 1_700_000_000_000_000 + n as u64 * 5000, &payload(n), none);
            places.push((start, ng.bytes.len()));
        }
        all.push(Sample { name: format!("pcapng {order:?}"), bytes: ng.bytes, places });
    }
    all
}

/// Which packets come out whole, and what was said.
fn recover(file: &[u8]) -> (Vec<usize>, Vec<Error>) {
    let mut reader = Reader::open_damaged(file).unwrap();
    let (mut whole, mut said) = (Vec::new(), Vec::new());
    loop {
        match reader.next() {
            Ok(Some(p)) => {
                let number = p.bytes.get(7..11).and_then(|n| std::str::from_utf8(n).ok()?.parse().ok());
                whole.extend(number.filter(|n| payload(*n) == p.bytes));
            }
            Ok(None) => return (whole, said),
            Err(e) => {
                assert!(e.is_local(), "{e}");
                said.push(e);
            }
        }
    }
}

/// Checks that all packets but those that overlap `damage` come out.
fn survives(sample: &Sample, what: &str, file: &[u8], damage: std::ops::Range<usize>) {
    let (whole, said) = recover(file);
    let wanted: Vec<_> = (0..PACKETS)
        .filter(|n| sample.places[*n].1 <= damage.start || sample.places[*n].0 >= damage.end)
        .collect();
    let missed: Vec<_> = wanted.iter().filter(|n| !whole.contains(n)).collect();
    let name = &sample.name;
    assert!(missed.is_empty(), "{name}: {what}: missed {missed:?} of {damage:?}; {said:?}");
    // Less may leave lengths as they were: then it is only the packet's time that is wrong.
    assert!(!said.is_empty() || damage.len() < 16, "{name}: {what}: nothing was said");
    for error in said {
        let Error::Skipped { from, to, .. } = error else { panic!("{name}: {what}: {error}") };
        assert!(from < to && to <= file.len() as u64, "{name}: {what}: {from}..{to}");
    }
}

#[test]
fn a_sound_file_is_read_as_ever() {
    for sample in samples() {
        let (whole, said) = recover(&sample.bytes);
        assert!(said.is_empty(), "{}: {said:?}", sample.name);
        assert_eq!(whole, (0..PACKETS).collect::<Vec<_>>(), "{}", sample.name);
    }
}

#[test]
fn regions_overwritten_zero_filled_or_lost() {
    for sample in samples() {
        let blocks = sample.name.starts_with("pcapng");
        for (first, length) in [(3, 10), (50, 700), (50, 5000), (80, 20_000), (0, 100), (119, 20)] {
            for shift in [0, 8, 16, 17, 30] {
                let start = sample.places[first].0 + shift;
                let end = sample.bytes.len().min(start + length);
                let what = |how: &str| format!("{length} bytes {how} at {start}");
                let mut file = sample.bytes.clone();
                file[start..end].fill(0);
                if shift < if blocks { 1 } else { 16 } {
                    survives(&sample, &what("zeroed"), &file, start..end);
                }
                let mut file = sample.bytes.clone();
                let mut state = 7u32;
                file[start..end].fill_with(|| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                });
                if shift < if blocks { 1 } else { 9 } {
                    survives(&sample, &what("overwritten"), &file, start..end);
                }
                let file = [&sample.bytes[..start], &sample.bytes[end..]].concat();
                if end < sample.bytes.len() {
                    survives(&sample, &what("lost"), &file, start..end);
                }
            }
        }
    }
}

#[test]
fn any_bit_of_a_header_turned() {
    for sample in samples() {
        let (at, header) = (sample.places[77].0, if sample.name.starts_with("pcapng") { 28 } else { 16 });
        for bit in 0..header * 8 {
            let mut file = sample.bytes.clone();
            file[at + bit / 8] ^= 1 << (bit % 8);
            let (whole, said) = recover(&file);
            let missed: Vec<_> = (0..PACKETS).filter(|n| *n != 77 && !whole.contains(n)).collect();
            assert!(missed.is_empty(), "{}: bit {bit}: missed {missed:?}; {said:?}", sample.name);
        }
    }
}

#[test]
fn damage_in_many_places() {
    for sample in samples() {
        let mut file = sample.bytes.clone();
        let hit: Vec<usize> = (0..PACKETS).filter(|n| n % 6 == 3).collect();
        for n in &hit {
            file[sample.places[*n].0 + 4..][..12].fill(0xff);
        }
        let (whole, said) = recover(&file);
        let wanted: Vec<_> = (0..PACKETS).filter(|n| !hit.contains(n)).collect();
        assert_eq!(whole, wanted, "{}", sample.name);
        assert_eq!(said.len(), hit.len());
    }
}

#[test]
fn a_torn_tail_is_skipped_and_said() {
    for sample in samples() {
        let file = &sample.bytes[..sample.bytes.len() - 5];
        let (whole, said) = recover(file);
        assert_eq!(whole.len(), PACKETS - 1);
        let from = sample.places[PACKETS - 1].0;
        let wanted = format!("skipped {} bytes at offset {from} (truncated ", file.len() - from);
        assert!(matches!(&said[..], [e] if e.to_string().starts_with(&wanted)), "{said:?}");
    }
}

#[test]
fn interfaces_that_were_lost_are_taken_for_ethernet() {
    for order in ORDERS {
        let f = File::new(order).section();
        let (start, none) = (f.bytes.len(), f.body());
        let mut file = f.interface(1, 0).enhanced(0, 7_000_000, b"here", none.clone()).bytes;
        file[start + 4..start + 8].fill(0xff);
        let error = Reader::open(&file[..]).err().unwrap();
        assert_eq!(error.offset(), Some(start as u64));
        let mut reader = Reader::open_damaged(&file[..]).unwrap();
        assert!(matches!(reader.next(), Err(Error::Skipped { .. })));
        let packet = reader.next().unwrap().unwrap();
        assert_eq!((packet.bytes, packet.time.seconds, packet.link.0), (&b"here"[..], 7, 1));
        // With its trailer alone damaged, an interface is still known.
        let f = File::new(order).section().interface(101, 0);
        let end = f.bytes.len();
        let mut file = f.enhanced(0, 7_000_000, b"here", none).bytes;
        file[end - 1] ^= 0x55;
        let mut reader = Reader::open_damaged(&file[..]).unwrap();
        assert!(matches!(reader.next(), Err(Error::Skipped { .. })));
        assert_eq!(reader.next().unwrap().unwrap().link.0, 101);
    }
}

#[test]
fn leaps_in_time_and_empty_packets_are_no_damage() {
    let mut f = File::new(ByteOrder::Little).pcap(0xa1b2c3d4, (2, 4), 65535, 1);
    for n in 0..30 {
        let caplen = if n % 5 == 0 { 0 } else { 40 };
        let bytes = &payload(n)[..caplen];
        let year = n as u32 * 40_000_000;
        f = f.u32s(&[year, 3, caplen as u32, caplen as u32]).raw(bytes);
    }
    let mut reader = Reader::open_damaged(&f.bytes[..]).unwrap();
    let mut packets = 0;
    while reader.next().unwrap().is_some() {
        packets += 1;
    }
    assert_eq!(packets, 30);
}

/// Counts what was read of it, and fails every now and then.
struct Slow<'f> {
    file: &'f [u8],
    reads: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.reads.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.file.read(into)
    }
}

#[test]
fn a_long_damage_is_crossed_in_pieces_and_may_be_interrupted() {
    for sample in samples() {
        let place = sample.places[100].0;
        let gap = vec![0; 5_000_000];
        let file = [&sample.bytes[..place], &gap, &sample.bytes[place..]].concat();
        let mut reader = Reader::open(Slow { file: &file, reads: 0 }).unwrap();
        reader.recover(true);
        let (mut packets, mut skipped, mut interrupted) = (0, 0, 0);
        loop {
            match reader.next() {
                Ok(Some(_)) => packets += 1,
                Ok(None) => break,
                Err(Error::Skipped { from, to, .. }) => skipped += to - from,
                Err(Error::Read(_)) => interrupted += 1,
                Err(e) => panic!("{e}"),
            }
        }
        assert_eq!((packets, skipped), (PACKETS, 5_000_000), "{}", sample.name);
        assert!(interrupted > 3);
    }
}

#[test]
fn a_clock_that_is_set_during_the_capture_does_not_hide_what_comes_after() {
    let mut f = File::new(ByteOrder::Little).pcap(0xa1b2c3d4, (2, 4), 65535, 1);
    let mut places = Vec::new();
    for n in 0..40 {
        places.push(f.bytes.len());
        let bytes = payload(n);
        let seconds = if n < 20 { n as u32 } else { 1_700_000_000 + n as u32 };
        f = f.u32s(&[seconds, 3, bytes.len() as u32, bytes.len() as u32]).raw(&bytes);
    }
    let (whole, said) = recover(&f.bytes);
    assert_eq!((whole.len(), said.len()), (40, 0), "{said:?}");
    let mut file = f.bytes;
    file[places[15]..places[25]].fill(0xee);
    let (whole, said) = recover(&file);
    assert_eq!(whole, (0..15).chain(25..40).collect::<Vec<_>>(), "{said:?}");
}

//! What is read is written so that it reads the same, and what was written once is written to the same bytes;
//! records made of any bytes come back as they went in, from pcap and from pcapng.
#![no_main]
use gannet_savefile::{
    Error, Header, Interface, PacketNotes, Precision, Reader, Resolution, SectionInfo, Writer,
};
use gannet_wire::{Direction, LinkType, Record, Timestamp};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if data.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
        blocks(data);
    } else if let Some((shape, rest)) = data.split_first() {
        records(*shape, rest);
    }
});

/// A record that owns its bytes.
#[derive(Debug, PartialEq)]
struct Packet(Vec<u8>, u32, Timestamp, LinkType, u32, Direction);

impl Packet {
    fn of(r: &Record<'_>) -> Self {
        Packet(r.bytes.to_vec(), r.length, r.time, r.link, r.interface, r.direction)
    }
}

/// The packets up to the first thing that is wrong, and whether there was one.
fn packets(file: &[u8]) -> (Vec<Packet>, bool) {
    let Ok(mut reader) = Reader::open(file) else { return (Vec::new(), true) };
    let mut packets = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(record)) => packets.push(Packet::of(&record)),
            Ok(None) => return (packets, false),
            Err(_) => return (packets, true),
        }
    }
}

/// The blocks up to the first thing that is wrong, written again, and whether there was one.
fn again(file: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut reader = Reader::open(file).ok()?;
    let mut writer = Writer::blocks(Vec::new());
    let wrong = loop {
        let block = match reader.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => break false,
            Err(_) => break true,
        };
        match writer.block(&block) {
            Err(Error::Unwritable(_)) => break true,
            done => done.unwrap(),
        }
    };
    Some((writer.finish().unwrap(), wrong))
}

fn blocks(data: &[u8]) {
    let Some((written, stopped)) = again(data) else { return };
    let (before, wrong) = packets(data);
    let (after, wrong_after) = packets(&written);
    // What is wrong may be elsewhere for each of the two, or left out of what was written: up to the first thing
    // that is wrong they agree.
    assert!(before.starts_with(&after) || after.starts_with(&before));
    assert!(wrong || stopped || !wrong_after && before.len() == after.len());
    if let Some((twice, false)) = again(&written) {
        assert_eq!(twice, written);
    }
}

/// Records made of `data`: lengths, times, directions and interfaces from the first bytes of each piece.
fn records(shape: u8, data: &[u8]) {
    const DIRECTIONS: [Direction; 6] = [
        Direction::Unknown,
        Direction::Host,
        Direction::Broadcast,
        Direction::Multicast,
        Direction::OtherHost,
        Direction::Outgoing,
    ];
    let nano = shape & 1 != 0;
    let links = [LinkType::ETHERNET, LinkType::RAW];
    let precision = if nano { Precision::Nano } else { Precision::Micro };
    let mut pcap = Writer::new(Vec::new(), Header { precision, ..Header::default() });
    let section =
        SectionInfo { comments: vec![String::from_utf8_lossy(data).into_owned()], ..<_>::default() };
    let section = if data.len() < 20_000 { section } else { SectionInfo::default() };
    let mut pcapng = Writer::pcapng(Vec::new(), &section).unwrap();
    let resolutions = [if nano { Resolution::NANO } else { Resolution::MICRO }, resolution(shape >> 1)];
    for (link, resolution) in links.into_iter().zip(resolutions) {
        let seconds_offset = i64::from(shape) - 100;
        pcapng.interface(&Interface { link, resolution, seconds_offset, ..Interface::default() }).unwrap();
    }
    let (mut simple, mut full) = (Vec::new(), Vec::new());
    for piece in data.chunks(1 + usize::from(shape) * 7) {
        let [a, b, c, d] = *piece.first_chunk().unwrap_or(&[0; 4]);
        let seconds = i64::from(u32::from_be_bytes([a, b, c, d]));
        let unit = if nano { 1 } else { 1000 };
        let nanos = u64::from(u32::from_be_bytes([d, c, b, a]) % 1_000_000) * unit;
        let record = Record {
            bytes: piece,
            length: seconds as u32,
            time: Timestamp { seconds, nanos },
            link: LinkType::ETHERNET,
            interface: 0,
            direction: DIRECTIONS[usize::from(b) % 6],
            vlan: None,
        };
        pcap.write(&record).unwrap();
        simple.push(Packet::of(&Record { direction: Direction::Unknown, ..record }));
        let interface = u32::from(c & 1);
        let record = Record { interface, link: links[interface as usize], ..record };
        let comment = String::from_utf8_lossy(piece);
        let comments = [&*comment];
        let notes = PacketNotes { comments: &comments[..usize::from(a & 1)], ..PacketNotes::default() };
        pcapng.write_with(&record, &notes).unwrap();
        full.push(Packet::of(&record));
    }
    assert_eq!(packets(&pcap.finish().unwrap()), (simple, false));
    let (got, wrong) = packets(&pcapng.finish().unwrap());
    assert!(!wrong && got.len() == full.len());
    for (got, put) in got.iter().zip(&full) {
        // The second interface may count in units that are too coarse, or times that are too early.
        if put.4 == 0 && put.2.seconds >= i64::from(shape) - 100 {
            assert_eq!(got, put);
        } else {
            assert_eq!((&got.0, got.1, got.3, got.4, got.5), (&put.0, put.1, put.3, put.4, put.5));
            assert!(got.2 <= put.2 || put.2.seconds < i64::from(shape) - 100);
        }
    }
}

/// One of all units that there are.
fn resolution(choice: u8) -> Resolution {
    Resolution::new(choice & 0x7f).or_else(|_| Resolution::new(choice | 0x80)).unwrap_or_default()
}

//! What is written can be read, and a sink that fails leaves a file that can be cut.

use crate::samples::{Packet, read_well};
use gannet_savefile::{Error, Header, Precision, Reader, Writer, writer::PIECE};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::io::{self, Write};

fn record(bytes: &[u8], time: (i64, u64)) -> Record<'_> {
    Record {
        bytes,
        length: bytes.len() as u32 + 3,
        time: Timestamp { seconds: time.0, nanos: time.1 },
        link: LinkType::ETHERNET,
        interface: 0,
        direction: Direction::Unknown,
        vlan: None,
    }
}

fn write(header: Header, records: &[(Vec<u8>, (i64, u64))]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), header);
    for (bytes, time) in records {
        writer.write(&Record { link: header.link, ..record(bytes, *time) }).unwrap();
    }
    writer.finish().unwrap()
}

/// Takes `room` bytes, a few at a time, and then says that the disk is full.
struct Full {
    taken: Vec<u8>,
    room: usize,
    bite: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(self.room - self.taken.len()).min(self.bite);
        if n == 0 {
            return Err(io::Error::from_raw_os_error(28));
        }
        self.taken.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_written_can_be_read() {
    let records =
        [(vec![1, 2, 3], (7, 999_999_999)), (vec![], (0, 0)), (vec![5; 70_000], (u32::MAX.into(), 5000))];
    for (precision, nanos) in [(Precision::Micro, 999_999_000), (Precision::Nano, 999_999_999)] {
        let header = Header { link: LinkType::RAW, link_extension: 0x2400_0000, snaplen: 96_000, precision };
        let file = write(header, &records);
        let reader = Reader::open(&file[..]).unwrap();
        assert_eq!((reader.link(), reader.link_extension()), (header.link, header.link_extension));
        assert_eq!((reader.snaplen(), reader.precision(), reader.version()), (96_000, precision, (2, 4)));
        let packets = read_well(&file);
        assert_eq!(packets.iter().map(|p| &p.bytes).collect::<Vec<_>>(), records.each_ref().map(|r| &r.0));
        assert_eq!(packets.iter().map(|p| p.time).collect::<Vec<_>>(), [(7, nanos), (0, 0), records[2].1]);
        assert_eq!(packets[0].length, 6);
    }
}

#[test]
fn what_was_read_is_written_to_the_same_bytes() {
    for (precision, unit) in [(Precision::Micro, 1000), (Precision::Nano, 1)] {
        // The fraction of the second packet is more than a second, as some files have it.
        let records = [(vec![1; 60], (7, 5 * unit)), (vec![2; 61], (8, 4_000_000_000 * unit))];
        let header = Header { precision, ..Header::default() };
        let file = write(header, &records);
        let again: Vec<_> = read_well(&file).into_iter().map(|p: Packet| (p.bytes, p.time)).collect();
        assert_eq!(write(header, &again), file);
    }
}

#[test]
fn times_that_do_not_fit_wrap_and_fractions_saturate() {
    let file = write(Header { precision: Precision::Nano, ..Header::default() }, &[(vec![], (-1, 1 << 40))]);
    assert_eq!(read_well(&file)[0].time, (u32::MAX.into(), u32::MAX.into()));
}

#[test]
fn a_packet_of_another_link_type_is_not_mislabelled() {
    let mut writer = Writer::new(Vec::new(), Header::default());
    let error = writer.write(&Record { link: LinkType::RAW, ..record(&[1], (0, 0)) }).unwrap_err();
    let words = "a packet of link type RAW cannot be written where all are EN10MB; \
                 a pcapng file takes both, each with an interface of its own";
    assert_eq!((error.to_string().as_str(), writer.length()), (words, 24));
    writer.write(&record(&[1], (0, 0))).unwrap();
    assert_eq!(read_well(&writer.finish().unwrap()).len(), 1);
}

#[test]
fn a_full_disk_at_every_byte() {
    let records: Vec<_> = (0..9u8).map(|i| (vec![i; usize::from(i) * 5], (0, 0))).collect();
    let whole = write(Header::default(), &records);
    for room in 0..whole.len() {
        for bite in [1, 7, usize::MAX] {
            let mut writer = Writer::new(Full { taken: Vec::new(), room, bite }, Header::default());
            for (bytes, time) in &records {
                writer.write(&record(bytes, *time)).unwrap();
            }
            let error = writer.flush().unwrap_err();
            assert_eq!(error.to_string(), "error writing dump file: No space left on device");
            assert_eq!(writer.sunk(), room as u64);
            assert_boundary(&writer, &whole);
        }
    }
}

/// The boundary is where the last whole record of what was taken ends.
fn assert_boundary(writer: &Writer<Full>, whole: &[u8]) {
    let taken = &writer.sink().taken;
    assert_eq!(taken[..], whole[..taken.len()]);
    let boundary = writer.record_boundary() as usize;
    assert!(boundary <= taken.len());
    if boundary == 0 {
        assert!(taken.len() < 24);
        return;
    }
    let good = read_well(&taken[..boundary]).len();
    let mut reader = Reader::open(&taken[..]).unwrap();
    let mut all = 0;
    while let Ok(Some(_)) = reader.next() {
        all += 1;
    }
    assert_eq!(good, all, "no whole record is cut off");
}

#[test]
fn a_full_disk_after_several_pieces() {
    let records: Vec<_> = (0..4000u32).map(|i| (vec![i as u8; (i * 37 % 1500) as usize], (0, 0))).collect();
    let whole = write(Header::default(), &records);
    assert!(whole.len() > 2 * PIECE);
    for room in [PIECE - 1, PIECE, PIECE + 1, PIECE + 700, 2 * PIECE, 2 * PIECE + 12_345, whole.len() - 1] {
        let mut writer = Writer::new(Full { taken: Vec::new(), room, bite: 100_000 }, Header::default());
        let mut failed = false;
        for (bytes, time) in &records {
            failed |= writer.write(&record(bytes, *time)).is_err();
        }
        failed |= writer.flush().is_err();
        assert!(failed);
        assert_boundary(&writer, &whole);
    }
}

#[test]
fn a_disk_that_gets_room_again_loses_nothing() {
    let records: Vec<_> = (0..300u32).map(|i| (vec![i as u8; 10_000], (0, 0))).collect();
    let whole = write(Header::default(), &records);
    let mut writer = Writer::new(Full { taken: Vec::new(), room: 100, bite: 70_000 }, Header::default());
    for (bytes, time) in &records {
        let before = writer.length();
        while writer.write(&record(bytes, *time)).is_err() {
            writer.sink_mut().room += 300_001;
            if writer.length() > before {
                break; // it was added before the sink failed
            }
        }
    }
    writer.sink_mut().room = usize::MAX;
    writer.flush().unwrap();
    assert_eq!(writer.record_boundary(), whole.len() as u64);
    assert_eq!(writer.into_sink().taken, whole);
}

/// Remembers what each write brought.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.write(&all)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn between_two_writes_the_file_is_whole() {
    let mut writer = Writer::new(Writes::default(), Header::default());
    let mut lengths: Vec<usize> = (0..9000).map(|i| i * 7919 % 1500).collect();
    lengths.extend([262_144, 0, 60, 70_000]);
    for (i, length) in lengths.iter().enumerate() {
        let bytes = vec![i as u8; *length];
        match i % 1000 {
            999 => writer.raw(&write(Header::default(), &[(bytes, (0, 0))])[24..]).unwrap(),
            _ => writer.write(&record(&bytes, (0, 0))).unwrap(),
        }
    }
    let many: Vec<_> = (0..200u8).map(|i| (vec![i; 1000], (0, 0))).collect();
    writer.raw(&write(Header::default(), &many)[24..]).unwrap();
    assert_eq!(writer.record_boundary(), writer.sunk());
    let writes = writer.finish().unwrap().0;
    assert!(writes.len() > 6 && writes[0].len() >= PIECE, "{}", writes.len());
    let mut file = Vec::new();
    for write in &writes {
        file.extend_from_slice(write);
        let mut reader = Reader::open(&file[..]).unwrap();
        while reader.next().unwrap().is_some() {}
        assert_eq!(reader.offset(), file.len() as u64);
    }
    lengths.extend([1000; 200]);
    assert_eq!(read_well(&file).iter().map(|p| p.bytes.len()).collect::<Vec<_>>(), lengths);
}

#[test]
fn a_full_disk_under_raw_records() {
    let many: Vec<_> = (0..90u8).map(|i| (vec![i; 1000], (0, 0))).collect();
    let whole = write(Header::default(), &many);
    for room in [0, 20, 24, 30, 1039, 1040, 1041, 60_000, whole.len() - 1] {
        for bite in [33, usize::MAX] {
            let mut writer = Writer::new(Full { taken: Vec::new(), room, bite }, Header::default());
            writer.write(&record(&[0; 1000], (0, 0))).unwrap();
            writer.raw(&whole[24 + 1016..]).unwrap_err();
            assert_eq!(writer.sunk(), room as u64);
            assert_boundary(&writer, &whole);
            writer.sink_mut().room = usize::MAX;
            writer.flush().unwrap();
            assert_eq!((writer.record_boundary(), writer.length()), (whole.len() as u64, whole.len() as u64));
            assert!(writer.into_sink().taken == whole);
        }
    }
}

#[test]
fn a_sink_that_takes_nothing_is_an_error() {
    let mut nothing = [0u8; 10];
    let mut writer = Writer::new(&mut nothing[..], Header::default());
    assert!(matches!(writer.flush(), Err(Error::Write(_))));
    assert_eq!((writer.sunk(), writer.record_boundary()), (10, 0));
}

/// What is longer than the header says is cut by whoever reads it: the writer knows, and where to put it right.
#[test]
fn a_header_that_promised_too_little_can_be_put_right() {
    let mut writer = Writer::new(Vec::new(), Header { snaplen: 20, ..Header::default() });
    let record = |bytes| Record {
        bytes,
        length: 60,
        time: Timestamp::default(),
        link: LinkType::ETHERNET,
        interface: 0,
        direction: Direction::Unknown,
        vlan: None,
    };
    writer.write(&record(&[1; 20])).unwrap();
    assert_eq!(writer.longest(), None);
    writer.write(&record(&[2; 50])).unwrap();
    let longest = writer.longest().unwrap();
    let mut file = writer.finish().unwrap();
    let lengths = |file: &[u8]| read_well(file).iter().map(|p| p.bytes.len()).collect::<Vec<_>>();
    assert_eq!(lengths(&file), [20, 20]);
    let at = Header::SNAPLEN_AT as usize;
    file[at..at + 4].copy_from_slice(&longest.to_ne_bytes());
    assert_eq!(lengths(&file), [20, 50]);
    for snaplen in [0, u32::MAX] {
        let mut writer = Writer::new(Vec::new(), Header { snaplen, ..Header::default() });
        writer.write(&record(&[3; 50])).unwrap();
        assert_eq!(writer.longest(), None, "no limit");
    }
}

//! A torn file is kept up to its last whole record, wherever it is torn.

use crate::samples::read_well;
use gannet_savefile::repair::{Tail, Whole, examine};
use gannet_savefile::{Format, Header, Interface, InterfaceStatistics, SectionInfo, Writer};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::io::Cursor;

fn record(bytes: &[u8], seconds: i64) -> Record<'_> {
    Record {
        bytes,
        length: bytes.len() as u32,
        time: Timestamp { seconds: 1_700_000_000 + seconds, nanos: 0 },
        link: LinkType::ETHERNET,
        interface: 0,
        direction: Direction::Unknown,
        vlan: None,
    }
}

/// A file of each format, and where in it records or blocks end.
fn files() -> [(Vec<u8>, Vec<usize>); 2] {
    let mut pcap = Writer::new(Vec::new(), Header::default());
    let mut pcapng = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    let (mut ends, mut more) = (vec![pcap.length() as usize], vec![pcapng.length() as usize]);
    pcapng.interface(&Interface::default()).unwrap();
    more.push(pcapng.length() as usize);
    for i in 0..6u8 {
        let bytes = vec![i ^ 0x55; 60 + usize::from(i) * 3];
        pcap.write(&record(&bytes, i.into())).unwrap();
        pcapng.write(&record(&bytes, i.into())).unwrap();
        ends.push(pcap.length() as usize);
        more.push(pcapng.length() as usize);
    }
    pcapng.statistics(&InterfaceStatistics::default()).unwrap();
    more.push(pcapng.length() as usize);
    [(pcap.finish().unwrap(), ends), (pcapng.finish().unwrap(), more)]
}

fn look(file: &[u8]) -> Whole {
    examine(Cursor::new(file)).unwrap()
}

#[test]
fn a_file_torn_at_any_byte_is_kept_up_to_there() {
    for (file, ends) in files() {
        for cut in ends[0]..=file.len() {
            let whole = look(&file[..cut]);
            let wanted = *ends.iter().rfind(|end| **end <= cut).unwrap();
            let tail = if wanted == cut { Tail::None } else { Tail::Half };
            assert_eq!((whole.length, whole.tail, whole.end), (wanted as u64, tail, cut as u64), "{cut}");
            assert!(whole.damage.is_none());
            assert_eq!(read_well(&file[..wanted]).len() as u64, whole.packets);
        }
        assert!(examine(Cursor::new(&file[..ends[0] - 1])).is_err(), "half a file header is nothing");
    }
}

#[test]
fn zeroes_at_the_end_were_never_written() {
    for (file, ends) in files() {
        for (end, zeroes) in [(file.len(), 5000), (file.len(), 512), (ends[3], 4097)] {
            let torn = [&file[..end], &vec![0; zeroes]].concat();
            let whole = look(&torn);
            assert_eq!((whole.length, whole.tail), (end as u64, Tail::Zeroes));
            assert_eq!(read_well(&file[..end]).len() as u64, whole.packets);
        }
    }
}

#[test]
fn damage_with_packets_behind_it_is_left_alone() {
    for (mut file, ends) in files() {
        let at = ends[ends.len() - 5];
        file[at..at + 16].fill(0xee);
        let whole = look(&file);
        assert_eq!((whole.length, whole.tail), (file.len() as u64, Tail::None));
        assert_eq!(whole.damage.unwrap().0, at as u64);
        // The end is cut nevertheless.
        file.extend_from_slice(&[6, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0]);
        let whole = look(&file);
        assert_eq!((whole.length, whole.end), (file.len() as u64 - 11, file.len() as u64));
        assert_ne!(whole.tail, Tail::None);
        assert_eq!(whole.damage.unwrap().0, at as u64);
    }
}

#[test]
fn the_format_is_told() {
    let [(pcap, _), (pcapng, _)] = files();
    assert_eq!((look(&pcap).format, look(&pcapng).format), (Format::Pcap, Format::Pcapng));
}

//! The classic format.

use crate::samples::{self, File, ORDERS, read, read_well};
use gannet_savefile::{ByteOrder, Error, Format, Precision, Reader};
use gannet_wire::LinkType;
use std::io::{self, Read};

#[test]
fn reads_what_is_there() {
    for order in ORDERS {
        let file = samples::pcap(order);
        let reader = Reader::open(&file[..]).unwrap();
        assert_eq!((reader.format(), reader.byte_order(), reader.version()), (Format::Pcap, order, (2, 4)));
        assert_eq!((reader.link(), reader.snaplen()), (LinkType::ETHERNET, 262144));
        assert_eq!(reader.precision(), Precision::Micro);
        let packets = read_well(&file);
        let got: Vec<_> = packets.iter().map(|p| (p.time, p.length, &p.bytes[..])).collect();
        let wanted: [((i64, u64), u32, &[u8]); 3] =
            [((1, 2000), 60, &[1, 2, 3, 4]), ((1, 3000), 0, &[]), ((2, 999_999_000), 5, &[9, 8, 7, 6, 5])];
        assert_eq!(got, wanted);
    }
}

#[test]
fn fractions_and_seconds_are_kept_as_found() {
    let micro = File::new(ByteOrder::Big).pcap(0xa1b2c3d4, (2, 4), 0, 1).u32s(&[u32::MAX, u32::MAX, 0, 0]);
    assert_eq!(read_well(&micro.bytes)[0].time, (4_294_967_295, 4_294_967_295_000));
    let nano = File::new(ByteOrder::Big).pcap(0xa1b23c4d, (2, 4), 0, 1).u32s(&[1, 1_000_000_007, 0, 0]);
    assert_eq!(Reader::open(&nano.bytes[..]).unwrap().precision(), Precision::Nano);
    assert_eq!(read_well(&nano.bytes)[0].time, (1, 1_000_000_007));
}

#[test]
fn kuznetsov_records_are_longer() {
    let file = File::new(ByteOrder::Little)
        .pcap(0xa1b2cd34, (2, 4), 2, 1)
        .u32s(&[1, 2, 3, 3, 0xffff_ffff, 0xffff_ffff])
        .raw(b"abc")
        .u32s(&[1, 2, 1, 1, 0, 0])
        .raw(b"d");
    assert_eq!(Reader::open(&file.bytes[..]).unwrap().snaplen(), 16);
    let packets = read_well(&file.bytes);
    assert_eq!(packets.iter().map(|p| &p.bytes[..]).collect::<Vec<_>>(), [&b"abc"[..], b"d"]);
}

#[test]
fn old_versions_give_the_lengths_the_other_way_round() {
    let lengths = |version, first, second| {
        let f = File::new(ByteOrder::Big).pcap(0xa1b2c3d4, version, 0, 1).u32s(&[0, 0, first, second]);
        let packets = read_well(&f.raw(&[0; 4]).bytes[..]);
        (packets[0].bytes.len(), packets[0].length)
    };
    for version in [(2, 0), (2, 1), (2, 2), (543, 0), (2, 3)] {
        assert_eq!(lengths(version, 60, 4), (4, 60), "{version:?}");
    }
    assert_eq!(lengths((2, 3), 4, 60), (4, 60));
    assert_eq!(lengths((2, 4), 4, 3), (4, 3), "since 2.4 nobody is second-guessed");
}

#[test]
fn versions_that_nobody_reads_are_refused() {
    for (version, says) in [((1, 4), "1.4"), ((2, 5), "2.5"), ((543, 1), "543.1"), ((0, 0), "0.0")] {
        let file = File::new(ByteOrder::Big).pcap(0xa1b2c3d4, version, 0, 1);
        let error = Reader::open(&file.bytes[..]).err().unwrap();
        assert_eq!(error.to_string(), format!("unsupported pcap savefile version {says}"));
    }
}

#[test]
fn snaplen_cuts_and_zero_means_no_limit() {
    let file = |snaplen| {
        File::new(ByteOrder::Little)
            .pcap(0xa1b2c3d4, (2, 4), snaplen, 1)
            .u32s(&[0, 0, 6, 8])
            .raw(b"abcdef")
            .u32s(&[0, 0, 2, 2])
            .raw(b"xy")
            .bytes
    };
    let packets = read_well(&file(4));
    assert_eq!((&packets[0].bytes[..], packets[0].length), (&b"abcd"[..], 8));
    assert_eq!(packets[1].bytes, b"xy", "what was cut off is stepped over");
    for snaplen in [0, 0x8000_0000, u32::MAX] {
        assert_eq!(Reader::open(&file(snaplen)[..]).unwrap().snaplen(), 262144);
        assert_eq!(read_well(&file(snaplen))[0].bytes, b"abcdef");
    }
}

#[test]
fn a_caplen_beyond_reason_is_an_error() {
    let file = |snaplen: u32, link: u32| {
        File::new(ByteOrder::Big).pcap(0xa1b2c3d4, (2, 4), snaplen, link).u32s(&[0, 0, 262145, 262145])
    };
    let says = |f: File| read(&f.bytes).unwrap().1[0].to_string();
    assert_eq!(says(file(65535, 1)), "invalid packet capture length 262145, bigger than snaplen of 65535");
    assert_eq!(says(file(1 << 20, 1)), "invalid packet capture length 262145, bigger than maximum of 262144");
    let dbus = file(1 << 20, 231).raw(&[7; 262145]);
    assert_eq!(read_well(&dbus.bytes)[0].bytes.len(), 262145);
}

#[test]
fn the_link_field_has_more_than_a_link_type() {
    let file = |link| File::new(ByteOrder::Big).pcap(0xa1b2c3d4, (2, 4), 0, link).bytes;
    let fcs = file(0x2400_0001);
    let reader = Reader::open(&fcs[..]).unwrap();
    assert_eq!((reader.link(), reader.link_extension()), (LinkType::ETHERNET, 0x2400_0000));
    let error = Reader::open(&file(0x0030_0000)[..]).err().unwrap();
    assert_eq!(error.to_string(), "savefile linktype reserved field not zero (0x00300000)");
}

#[test]
fn what_is_not_a_savefile() {
    let says = |bytes: &[u8]| Reader::open(bytes).err().unwrap().to_string();
    assert_eq!(says(b""), "truncated dump file; tried to read 4 file header bytes, only got 0");
    assert_eq!(says(b"abc"), "truncated dump file; tried to read 4 file header bytes, only got 3");
    assert_eq!(says(b"hello, world"), "unknown file format");
    assert_eq!(says(&[0xa1, 0xb2, 0x34, 0xcd]), "unknown file format");
    assert_eq!(says(&[0x0a, 0x0d, 0x0d, 0x0a, 1]), "unknown file format");
    let advice = |bytes: &[u8]| Reader::open(bytes).err().unwrap().advice();
    assert!(advice(b"BZh91AY&SY").unwrap().contains("bzip2 -dc"));
    assert!(advice(b"snoop\0\0\0").unwrap().contains("editcap"));
    assert!(advice(b"\x1f\x8b\x08\0").unwrap().contains("twice"));
    assert_eq!((advice(b"hello, world"), advice(b"abc")), (None, None));
    assert_eq!(
        says(&samples::pcap(ByteOrder::Big)[..20]),
        "truncated dump file; tried to read 24 file header bytes, only got 20"
    );
}

#[test]
fn a_cut_file_gives_its_packets_and_then_the_error() {
    let file = samples::pcap(ByteOrder::Little);
    let (packets, errors) = read(&file[..file.len() - 2]).unwrap();
    assert_eq!(packets.len(), 2);
    assert_eq!(errors[0].to_string(), "truncated dump file; tried to read 5 captured bytes, only got 3");
    assert_eq!(errors[0].offset(), Some(24 + 20 + 16));
    let (packets, errors) = read(&file[..50]).unwrap();
    assert_eq!(packets.len(), 1);
    assert_eq!(errors[0].to_string(), "truncated dump file; tried to read 16 header bytes, only got 6");
    assert_eq!(errors[0].offset(), Some(44));
}

#[test]
fn a_source_that_fails_can_be_asked_again() {
    /// Fails at every second read.
    struct Moody<'f>(&'f [u8], bool);
    impl Read for Moody<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                Err(io::Error::from_raw_os_error(5))
            } else {
                self.0.read(into.get_mut(..7).unwrap())
            }
        }
    }
    let file = samples::pcap(ByteOrder::Little);
    let (header, records) = file.split_at(24);
    let mut reader = Reader::open(header.chain(Moody(records, false))).unwrap();
    let (mut packets, mut errors) = (0, 0);
    loop {
        match reader.next() {
            Ok(Some(_)) => packets += 1,
            Ok(None) => break,
            Err(Error::Read(_)) => errors += 1,
            Err(e) => panic!("{e}"),
        }
    }
    assert_eq!(packets, 3);
    assert!(errors > 3);
}

#[test]
fn io_errors_are_in_the_systems_words() {
    struct Dead;
    impl Read for Dead {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(21))
        }
    }
    let error = Reader::open(Dead).err().unwrap();
    assert_eq!(error.to_string(), "error reading dump file: Is a directory");
}

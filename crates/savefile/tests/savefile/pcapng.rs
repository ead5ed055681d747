//! The format of blocks.

use crate::samples::{self, File, ORDERS, read, read_well};
use gannet_savefile::block::{MAX_INTERFACE_BYTES, MAX_INTERFACES};
use gannet_savefile::{ByteOrder, Error, Format, Precision, Reader};
use gannet_wire::{Direction, LinkType};

#[test]
fn reads_sections_interfaces_and_all_kinds_of_packets() {
    for order in ORDERS {
        let file = samples::pcapng(order);
        let reader = Reader::open(&file[..]).unwrap();
        assert_eq!((reader.format(), reader.byte_order(), reader.version()), (Format::Pcapng, order, (1, 0)));
        assert_eq!((reader.link(), reader.snaplen()), (LinkType::ETHERNET, 262144));
        let packets = read_well(&file);
        let got: Vec<_> =
            packets.iter().map(|p| (&p.bytes[..], p.length, p.time, p.link.0, p.interface)).collect();
        let wanted = [
            (&b"first"[..], 14, (1, 1000), 1, 0),
            (b"second", 15, (2, 0), 101, 1),
            (b"old", 3, (5, 0), 101, 1),
            (b"simple: ", 10, (0, 0), 113, 0),
            (b"late", 13, (0, 1000), 113, 0),
        ];
        assert_eq!(got, wanted);
        assert_eq!(packets[0].direction, Direction::Unknown);
        assert_eq!(packets[1].direction, Direction::Outgoing);
    }
}

#[test]
fn a_new_section_changes_order_and_forgets_interfaces() {
    let file = samples::pcapng(ByteOrder::Little);
    let mut reader = Reader::open(&file[..]).unwrap();
    for _ in 0..3 {
        reader.next().unwrap().unwrap();
    }
    assert_eq!((reader.sections(), reader.interfaces().len()), (1, 2));
    reader.next().unwrap().unwrap();
    assert_eq!((reader.sections(), reader.interfaces().len()), (2, 1));
    assert_eq!(reader.byte_order(), ByteOrder::Big);
    assert_eq!(reader.link(), LinkType::ETHERNET, "the file's link type stays the first");
}

fn with_options(options: impl Fn(File) -> File) -> File {
    let f = File::new(ByteOrder::Big).section();
    let body = options(f.body().u16(1).u16(0).u32(0));
    let none = f.body();
    f.block(1, body).enhanced(0, 3_000_000_001, b"x", none)
}

#[test]
fn interfaces_say_what_their_time_stamps_mean() {
    let nano = with_options(|f| f.option(9, &[9]).option(14, &100u64.to_be_bytes()).option(0, &[]));
    assert_eq!(read_well(&nano.bytes)[0].time, (103, 1));
    assert_eq!(Reader::open(&nano.bytes[..]).unwrap().precision(), Precision::Nano);
    let before = with_options(|f| f.option(14, &(-3001i64).to_be_bytes()));
    assert_eq!(read_well(&before.bytes)[0].time, (-1, 1000));
    let binary = with_options(|f| f.option(9, &[0x80 | 30]));
    assert_eq!(read_well(&binary.bytes)[0].time, (2, 793_967_724));
}

#[test]
fn interfaces_have_names() {
    let file =
        with_options(|f| f.option(2, b"eth0").option(3, "Wohnzimmer \u{e4}".as_bytes()).option(77, b"?"));
    let reader = Reader::open(&file.bytes[..]).unwrap();
    let interface = reader.interfaces()[0].as_ref().unwrap();
    assert_eq!(interface.name.as_deref(), Some("eth0"));
    assert_eq!(interface.description.as_deref(), Some("Wohnzimmer \u{e4}"));
}

#[test]
fn options_that_cannot_be() {
    let says = |options: &dyn Fn(File) -> File| {
        Reader::open(&with_options(options).bytes[..]).err().unwrap().to_string()
    };
    let idb = "Interface Description Block";
    assert_eq!(says(&|f| f.option(9, &[6, 0])), format!("{idb} has if_tsresol option with length 2 != 1"));
    assert_eq!(says(&|f| f.option(14, &[6])), format!("{idb} has if_tsoffset option with length 1 != 8"));
    assert_eq!(says(&|f| f.option(0, &[6])), format!("{idb} has opt_endofopt option with length 1 != 0"));
    assert_eq!(
        says(&|f| f.option(9, &[6]).option(9, &[6])),
        format!("{idb} has more than one if_tsresol option")
    );
    assert_eq!(
        says(&|f| f.option(9, &[20])),
        format!("{idb} if_tsresol option resolution 10^-20 is too high")
    );
    assert_eq!(
        says(&|f| f.option(9, &[0xc0])),
        format!("{idb} if_tsresol option resolution 2^-64 is too high")
    );
    assert_eq!(says(&|f| f.u16(2).u16(100)), "block of type 1 in pcapng dump file is too short");
}

#[test]
fn an_interface_that_makes_no_sense_takes_its_number() {
    let f = File::new(ByteOrder::Little).section();
    let none = f.body();
    let bad = none.clone().u16(1).u16(0).u32(0).option(9, &[]);
    let f = f.interface(1, 0).block(1, bad).interface(101, 0);
    let f = f.enhanced(1, 0, b"lost", none.clone()).enhanced(2, 0, b"found", none);
    let (packets, errors) = read(&f.bytes).unwrap();
    assert_eq!((packets.len(), packets[0].link), (1, LinkType::RAW));
    assert!(matches!(
        errors[..],
        [Error::BadInterfaceOption { .. }, Error::UnknownInterface { interface: 1, .. }]
    ));
}

#[test]
fn a_packet_before_its_interface_does_not_hide_those_behind_it() {
    let f = File::new(ByteOrder::Little).section();
    let none = f.body();
    let at = f.bytes.len() as u64;
    let f = f.enhanced(0, 0, b"early", none.clone());
    let alone = read(&f.bytes).err().unwrap();
    assert_eq!(
        alone.to_string(),
        "the capture file has a packet block before any Interface Description Blocks"
    );
    let f = f.interface(1, 0).enhanced(0, 0, b"fine", none.clone()).enhanced(4, 0, b"?", none);
    let (packets, errors) = read(&f.bytes).unwrap();
    assert_eq!(packets.iter().map(|p| &p.bytes[..]).collect::<Vec<_>>(), [b"fine"]);
    assert_eq!(errors[0].offset(), Some(at));
    assert_eq!(
        errors[1].to_string(),
        "a packet arrived on interface 4, but there's no Interface Description Block for that interface"
    );
}

#[test]
fn a_file_without_interfaces_is_empty() {
    let f = File::new(ByteOrder::Big).section();
    let body = f.body().raw(b"whatever");
    assert_eq!(read_well(&f.block(4, body).bytes), []);
}

#[test]
fn framing_errors_end_the_reading_and_name_the_place() {
    let good = File::new(ByteOrder::Big).section().interface(1, 0);
    let none = good.body();
    let good = good.enhanced(0, 0, b"good", none);
    let at = good.bytes.len() as u64;
    let says = |tail: File| {
        let (packets, errors) = read(&good.clone().raw(&tail.bytes).bytes).unwrap();
        assert_eq!((packets.len(), errors.len()), (1, 1));
        assert_eq!(errors[0].offset(), Some(at));
        errors[0].to_string()
    };
    let f = || good.body();
    let pcapng = "block in pcapng dump file has a length of";
    assert_eq!(says(f().u32s(&[6, 8])), format!("{pcapng} 8 < 12"));
    assert_eq!(says(f().u32s(&[6, 13])), format!("{pcapng} 13 that is not a multiple of 4"));
    assert_eq!(says(f().u32s(&[6, 0x1c000000])), "pcapng block size 469762048 > maximum 16777216");
    assert_eq!(says(f().u32s(&[6, 12, 16])), "block total length in header 12 and trailer 16 don't match");
    assert_eq!(says(f().u32s(&[6])), "truncated pcapng dump file; tried to read 8 bytes, only got 4");
    assert_eq!(says(f().u32s(&[6, 16, 0])), "truncated pcapng dump file; tried to read 8 bytes, only got 4");
    assert_eq!(
        says(f().u32s(&[0x0a0d0d0a, 28, 7, 0, 0, 0, 28])),
        "the file has a section with a bad byte order magic field"
    );
}

#[test]
fn a_block_that_is_too_short_for_its_packet_is_stepped_over() {
    let f = File::new(ByteOrder::Big).section().interface(1, 0);
    let none = f.body();
    let liar = none.clone().u32s(&[0, 0, 0, 100, 100]).raw(b"short");
    let f = f.block(6, liar).block(3, none.clone().u32(100)).enhanced(0, 0, b"fine", none);
    let (packets, errors) = read(&f.bytes).unwrap();
    assert_eq!(packets.len(), 1);
    assert_eq!(errors[0].to_string(), "block of type 6 in pcapng dump file is too short");
    assert_eq!(errors[1].to_string(), "block of type 3 in pcapng dump file is too short");
}

#[test]
fn versions() {
    let file = |major, minor| {
        let f = File::new(ByteOrder::Little);
        let body = f.body().u32(0x1a2b3c4d).u16(major).u16(minor).raw(&[0xff; 8]);
        f.block(0x0a0d0d0a, body).interface(1, 0).bytes
    };
    assert_eq!(Reader::open(&file(1, 2)[..]).unwrap().version(), (1, 2));
    for (major, minor) in [(0, 1), (1, 1), (2, 0)] {
        let error = Reader::open(&file(major, minor)[..]).err().unwrap();
        assert_eq!(error.to_string(), format!("unsupported pcapng savefile version {major}.{minor}"));
    }
}

#[test]
fn interfaces_without_end_are_refused_and_packets_of_the_others_read() {
    // So many that there is one too many, or so long that two of them are.
    let long = vec![b'x'; 60_000];
    let comments = MAX_INTERFACE_BYTES / 2 / long.len();
    for (fits, comments) in [(MAX_INTERFACES, 0), (1, comments)] {
        let mut file = File::new(ByteOrder::Little).section();
        let described = |file: File| {
            let body = (0..comments + 1).fold(file.body().u16(1).u16(0).u32(0), |body, _| match comments {
                0 => body,
                _ => body.option(1, &long),
            });
            file.block(1, body)
        };
        for _ in 0..fits {
            file = described(file);
        }
        let packet = |file: File, interface: u32, bytes: &[u8]| {
            let none = file.body();
            file.enhanced(interface, 0, bytes, none)
        };
        file = packet(file, fits - 1, b"before");
        let offset = file.bytes.len() as u64;
        file = described(file);
        file = packet(file, fits, b"of none");
        file = packet(file, 0, b"behind");
        let mut reader = Reader::open(&file.bytes[..]).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().bytes, b"before");
        let error = reader.next().unwrap_err();
        assert!(matches!(error, Error::TooManyInterfaces { offset: at, .. } if at == offset), "{error:?}");
        assert!(matches!(reader.next(), Err(Error::UnknownInterface { interface, .. }) if interface == fits));
        assert_eq!(reader.next().unwrap().unwrap().bytes, b"behind");
        assert!(reader.next().unwrap().is_none());
    }
}

/// A pcap file has one unit of time, and one word on frame check sequences.
#[test]
fn what_suits_all_interfaces_is_the_finest_unit_and_what_they_agree_on() {
    let f = File::new(ORDERS[0]).section();
    let with = |f: File, unit: u8, bits: u8| {
        let said = f.body().u16(1).u16(0).u32(0).option(9, &[unit]).option(13, &[bits]);
        f.block(1, said)
    };
    let said = |file: &File| {
        let reader = Reader::open(&file.bytes[..]).unwrap();
        (reader.precision(), reader.fcs_len(), reader.link_extension())
    };
    let f = with(with(f, 6, 32), 3, 32);
    assert_eq!(said(&f), (Precision::Micro, Some(32), 0x2400_0000));
    let f = with(f, 9, 16);
    assert_eq!(said(&f), (Precision::Nano, None, 0));
}

/// A pcap file has one snapshot length for all that is in it.
#[test]
fn what_is_said_of_all_interfaces_is_the_most_that_any_says() {
    for (order, other) in [(ORDERS[0], ORDERS[1]), (ORDERS[1], ORDERS[0])] {
        let f = File::new(order).section().interface(1, 96);
        let none = f.body();
        let said = |file: &File| {
            let reader = Reader::open(&file.bytes[..]).unwrap();
            reader.snaplen()
        };
        assert_eq!(said(&f), 96);
        let f = f.enhanced(0, 0, b"short", none).interface(1, 9000).interface(101, 128);
        assert_eq!(said(&f), 9000);
        let second = File::new(other).section();
        let fine = second.body().u16(1).u16(0).u32(0).option(9, &[9]);
        let f = f.raw(&second.block(1, fine).bytes);
        assert_eq!(said(&f), 262_144);
        assert_eq!(said(&f.raw(&[0, 1, 2, 3, 0, 0, 0, 0, 9])), 262_144, "damage is for later");
    }
}

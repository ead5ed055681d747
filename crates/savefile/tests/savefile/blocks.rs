//! Every kind of block and its options, as they come out of a file of either byte order.

use crate::samples::{self, File, ORDERS};
use gannet_savefile::block::{Block, NameRecord, code};
use gannet_savefile::{ByteOrder, Error, Interface, Item, Reader, Resolution};
use gannet_wire::LinkType;

/// Runs `see` on the only block behind a section header and an Ethernet interface.
fn block(kind: u32, body: impl Fn(File) -> File, see: impl Fn(Block<'_>)) {
    for order in ORDERS {
        let f = File::new(order).section().interface(1, 0);
        let body = body(f.body());
        let file = f.block(kind, body).bytes;
        let mut reader = Reader::open(&file[..]).unwrap();
        assert!(matches!(reader.next_block(), Ok(Some(Block::Section(_)))));
        assert!(matches!(reader.next_block(), Ok(Some(Block::Interface(_)))));
        let block = reader.next_block().unwrap().unwrap();
        assert_eq!(block.kind(), kind);
        see(block);
        assert_eq!(reader.next_block().unwrap(), None);
    }
}

/// The interface that a block with these options describes.
fn interface(options: impl Fn(File) -> File) -> Interface {
    let read = |order| {
        let f = File::new(order).section();
        let body = options(f.body().u16(101).u16(0).u32(96));
        let file = f.block(1, body).bytes;
        let mut reader = Reader::open(&file[..]).unwrap();
        let early = reader.interfaces()[0].clone();
        while reader.next().unwrap().is_some() {}
        assert_eq!(reader.interfaces()[0], early);
        early.unwrap()
    };
    let (little, big) = (read(ByteOrder::Little), read(ByteOrder::Big));
    assert_eq!(Interface { other_order: ByteOrder::Little, ..big }, little);
    little
}

#[test]
fn a_section_says_who_wrote_it() {
    for order in ORDERS {
        let f = File::new(order);
        let body = f.body().u32(0x1a2b3c4d).u16(1).u16(0).u32s(match order {
            ByteOrder::Big => &[0, 64],
            ByteOrder::Little => &[64, 0],
        });
        let body = body.option(2, b"abacus").option(3, b"Linux").option(4, b"hand").option(1, b"so it was");
        let file = f.block(0x0a0d0d0a, body).section().bytes;
        let mut reader = Reader::open(&file[..]).unwrap();
        let Some(Block::Section(s)) = reader.next_block().unwrap() else { panic!() };
        assert_eq!((s.order, s.version, s.length), (order, (1, 0), Some(64)));
        let text = |code| s.options.text(code).unwrap().into_owned();
        assert_eq!(
            [code::SHB_HARDWARE, code::SHB_OS, code::SHB_USERAPPL].map(text),
            ["abacus", "Linux", "hand"]
        );
        assert_eq!(s.options.comments().collect::<Vec<_>>(), ["so it was"]);
        let Some(Block::Section(s)) = reader.next_block().unwrap() else { panic!() };
        assert_eq!((s.length, s.options.is_empty()), (None, true));
        assert_eq!(reader.sections(), 2);
    }
}

#[test]
fn an_interface_says_what_it_is() {
    let got = interface(|f| {
        let speed = |n: u32| if f.order == ByteOrder::Big { [0, n] } else { [n, 0] };
        let body = |n| File::new(f.order).u32s(&speed(n)).bytes;
        let options = [
            (1, b"in the attic".to_vec()),
            (2, b"eth0".to_vec()),
            (3, b"the grey one".to_vec()),
            (4, vec![192, 0, 2, 1, 255, 255, 255, 0]),
            (4, vec![192, 0, 2, 2, 255, 255, 255, 255]),
            (5, [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1, 64]].concat()),
            (6, vec![2, 0, 0, 0, 0, 1]),
            (7, vec![2, 0, 0, 0xff, 0xfe, 0, 0, 1]),
            (8, body(1_000_000_000)),
            (9, vec![9]),
            (11, b"\0tcp port 80".to_vec()),
            (12, b"Linux 6".to_vec()),
            (13, vec![32]),
            (15, b"a chip".to_vec()),
            (16, body(100)),
            (17, body(200)),
            (1, b"at night".to_vec()),
        ];
        options.iter().fold(f.clone(), |f, (code, value)| f.option(*code, value)).option(0, &[])
    });
    let wanted = Interface {
        link: LinkType::RAW,
        snaplen: 96,
        name: Some("eth0".into()),
        description: Some("the grey one".into()),
        filter: Some("tcp port 80".into()),
        hardware: Some("a chip".into()),
        os: Some("Linux 6".into()),
        mac: Some([2, 0, 0, 0, 0, 1]),
        eui: Some([2, 0, 0, 0xff, 0xfe, 0, 0, 1]),
        ipv4: vec![([192, 0, 2, 1], [255, 255, 255, 0]), ([192, 0, 2, 2], [255; 4])],
        ipv6: vec![([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 64)],
        speed: Some(1_000_000_000),
        tx_speed: Some(100),
        rx_speed: Some(200),
        fcs_len: Some(32),
        resolution: Resolution::NANO,
        comments: vec!["in the attic".into(), "at night".into()],
        other_order: ByteOrder::Little,
        ..Interface::default()
    };
    assert_eq!(got, wanted);
}

#[test]
fn what_an_interface_says_besides_is_kept() {
    let odd: &[(u16, &[u8])] =
        &[(2988, b"\0\0\x83\xb7ours"), (6, b"five!"), (11, b"\x01bytecode"), (77, b"?")];
    let got = interface(|f| odd.iter().fold(f.option(2, b"a"), |f, (code, value)| f.option(*code, value)));
    assert_eq!((got.mac, got.filter), (None, None));
    let other: Vec<_> = got.other.iter().map(|(code, value)| (*code, &value[..])).collect();
    assert_eq!(other, odd);
    let twice = interface(|f| f.option(2, b"first").option(2, b"second"));
    assert_eq!((twice.name.as_deref(), &twice.other[..]), (Some("first"), &[(2, b"second".to_vec())][..]));
}

#[test]
fn an_enhanced_packet_and_its_options() {
    let body = |f: File| {
        let f = f.u32s(&[0, 1, 2, 5, 60]).raw(b"hello").raw(&[0; 3]);
        let (word, long) = ([0, 0, 0, 9], [0, 0, 0, 0, 0, 0, 0, 7]);
        let turned = |b: &[u8]| b.iter().rev().copied().collect::<Vec<_>>();
        let big = f.order == ByteOrder::Big;
        let (word, long) = if big { (word.to_vec(), long.to_vec()) } else { (turned(&word), turned(&long)) };
        f.option(2, &word).option(3, b"\x02hash").option(4, &long).option(1, b"one").option(1, b"two")
    };
    block(6, body, |block| {
        let Block::Enhanced(p) = block else { panic!() };
        assert_eq!((p.interface, p.ticks, p.length, p.bytes), (0, 0x1_0000_0002, 60, &b"hello"[..]));
        assert_eq!(p.options.u32(code::EPB_FLAGS), Some(9));
        assert_eq!(p.options.get(code::EPB_HASH), Some(&b"\x02hash"[..]));
        assert_eq!(p.options.u64(code::EPB_DROPCOUNT), Some(7));
        assert_eq!(p.options.comments().collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(p.options.u64(code::EPB_PACKETID), None);
    });
}

#[test]
fn simple_and_old_packets() {
    block(
        3,
        |f| f.u32(3).raw(b"abc"),
        |block| {
            let Block::Simple(p) = block else { panic!() };
            assert_eq!((p.length, p.bytes), (3, &b"abc"[..]));
        },
    );
    block(
        2,
        |f| f.u16(0).u16(17).u32s(&[0, 5, 3, 4]).raw(b"old\0").option(1, b"!"),
        |block| {
            let Block::Old(p) = block else { panic!() };
            assert_eq!((p.interface, p.drops, p.ticks, p.length, p.bytes), (0, 17, 5, 4, &b"old"[..]));
            assert_eq!(p.options.comments().collect::<Vec<_>>(), ["!"]);
        },
    );
}

fn names_of<'b>(record: &NameRecord<'b>) -> (Vec<u8>, Vec<&'b [u8]>) {
    match record {
        NameRecord::V4(a, n) => (a.to_vec(), n.iter().collect()),
        NameRecord::V6(a, n) => (a.to_vec(), n.iter().collect()),
        NameRecord::Eui48(a, n) => (a.to_vec(), n.iter().collect()),
        NameRecord::Eui64(a, n) => (a.to_vec(), n.iter().collect()),
        NameRecord::Other { kind, value } => (vec![*kind as u8], vec![value]),
    }
}

#[test]
fn names_of_addresses() {
    let body = |f: File| {
        f.option(1, b"\xc0\0\x02\x01one\0uno\0")
            .option(2, &[&[0xfe; 16][..], b"six\0"].concat())
            .option(3, b"\x02\0\0\0\0\x01card")
            .option(4, b"\x02\0\0\0\0\0\0\x01long\0")
            .option(1, b"\x01\x02")
            .option(99, b"?")
            .option(0, &[])
            .option(2, b"ns.example")
    };
    block(4, body, |block| {
        let Block::Names(names) = block else { panic!() };
        let got: Vec<_> = names.records().map(|r| names_of(&r)).collect();
        let wanted: Vec<(Vec<u8>, Vec<&[u8]>)> = vec![
            (vec![192, 0, 2, 1], vec![b"one", b"uno"]),
            (vec![0xfe; 16], vec![b"six"]),
            (vec![2, 0, 0, 0, 0, 1], vec![b"card"]),
            (vec![2, 0, 0, 0, 0, 0, 0, 1], vec![b"long"]),
            (vec![1], vec![b"\x01\x02"]),
            (vec![99], vec![b"?"]),
        ];
        assert_eq!(got, wanted);
        assert_eq!(names.options.text(code::NS_DNSNAME).as_deref(), Some("ns.example"));
    });
}

#[test]
fn what_an_interface_has_counted() {
    let body = |f: File| {
        let f = f.u32s(&[0, 0, 77]).option(1, b"evening");
        let (order, empty) = (f.order, f.body());
        let two = |a, b| File::new(order).u32s(&[a, b]).bytes;
        let f = (4..9).fold(f, |f, code| {
            let number = u32::from(code) * 100;
            f.option(code, &if order == ByteOrder::Big { two(0, number) } else { two(number, 0) })
        });
        f.option(2, &two(1, 2)).option(3, &two(1, 3)).raw(&empty.bytes)
    };
    block(5, body, |block| {
        let Block::Statistics(s) = block else { panic!() };
        assert_eq!((s.interface, s.ticks), (0, 77));
        assert_eq!((s.start(), s.end()), (Some(0x1_0000_0002), Some(0x1_0000_0003)));
        let counts = [s.received(), s.dropped(), s.accepted(), s.lost_by_system(), s.delivered()];
        assert_eq!(counts, [400, 500, 600, 700, 800].map(Some));
        assert_eq!(s.options.comments().collect::<Vec<_>>(), ["evening"]);
    });
}

#[test]
fn secrets_custom_blocks_journals_and_strangers() {
    let keys = |f: File| f.u32s(&[0x544c534b, 6]).raw(b"CLIENT\0\0").option(1, b"keys");
    block(10, keys, |block| {
        let Block::Secrets(s) = block else { panic!() };
        assert_eq!((s.kind, s.data), (0x544c534b, &b"CLIENT"[..]));
        assert_eq!(s.options.comments().collect::<Vec<_>>(), ["keys"]);
    });
    for (kind, copyable) in [(0x0bad, true), (0x4000_0bad, false)] {
        block(
            kind,
            |f| f.u32(32473).raw(b"whatever"),
            |block| {
                let Block::Custom(c) = block else { panic!() };
                assert_eq!((c.enterprise, c.copyable, c.data), (32473, copyable, &b"whatever"[..]));
            },
        );
    }
    let entry = b"MESSAGE=hello\n__REALTIME_TIMESTAMP=1\n";
    block(9, |f| f.raw(entry), |block| assert!(matches!(block, Block::Journal(e) if e.starts_with(entry))));
    block(
        0x8000_0001,
        |f| f.raw(b"????"),
        |block| {
            assert_eq!(block, Block::Other { kind: 0x8000_0001, body: b"????" });
        },
    );
}

#[test]
fn a_block_too_short_for_its_fields_is_an_error_and_the_next_is_read() {
    for kind in [1, 2, 3, 5, 6, 10, 0x0bad] {
        let f = File::new(ByteOrder::Big).section().interface(1, 0);
        let none = f.body();
        let file = f.block(kind, none.clone()).block(99, none).bytes;
        let mut reader = Reader::open(&file[..]).unwrap();
        let (mut errors, mut others) = (0, 0);
        loop {
            match reader.next_block() {
                Ok(Some(Block::Other { kind: 99, .. })) => others += 1,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Error::BlockTooShort { kind: found, offset: 48 }) if found == kind => errors += 1,
                Err(e) => panic!("{e:?}"),
            }
        }
        assert_eq!((errors, others), (1, 1), "type {kind}");
    }
}

#[test]
fn items_are_packets_with_their_options_and_all_other_blocks() {
    for order in ORDERS {
        let file = samples::pcapng(order);
        let mut reader = Reader::open(&file[..]).unwrap();
        let mut seen = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            seen.push(match item {
                Item::Packet { record, options, .. } => {
                    let comment = options.comments().next().unwrap_or_default();
                    format!("{} {comment}", String::from_utf8_lossy(record.bytes))
                }
                Item::Block(block) => format!("{:x}", block.kind()),
                _ => unreachable!(),
            });
        }
        let wanted = [
            "a0d0d0a",
            "1",
            "1",
            "first ",
            "bad",
            "second ",
            "old ",
            "a0d0d0a",
            "1",
            "simple:  ",
            "late a comment",
        ];
        assert_eq!(seen, wanted);
    }
}

fn kind_of(item: Item<'_>) -> u32 {
    if let Item::Block(block) = item { block.kind() } else { 6 }
}

#[test]
fn blocks_before_the_first_interface_are_not_lost() {
    let f = File::new(ByteOrder::Little).section();
    let (none, names) = (f.body(), f.body().option(1, b"\x01\x02\x03\x04x\0").option(0, &[]));
    let file = f
        .block(4, names)
        .enhanced(0, 0, b"early", none.clone())
        .interface(1, 0)
        .enhanced(0, 0, b"fine", none);
    type Kind = Result<Option<u32>, Error>;
    let kinds = |read: fn(&mut Reader<&[u8]>) -> Kind| {
        let mut reader = Reader::open(&file.bytes[..]).unwrap();
        let mut kinds = Vec::new();
        loop {
            match read(&mut reader) {
                Ok(Some(kind)) => kinds.push(kind),
                Ok(None) => return kinds,
                Err(Error::PacketBeforeInterface { .. }) => kinds.push(u32::MAX),
                Err(e) => panic!("{e}"),
            }
        }
    };
    assert_eq!(kinds(|r| Ok(r.next_block()?.map(|b| b.kind()))), [0x0a0d0d0a, 4, 6, 1, 6]);
    assert_eq!(kinds(|r| Ok(r.next_item()?.map(kind_of))), [0x0a0d0d0a, 4, u32::MAX, 1, 6]);
}

#[test]
fn a_pcap_file_has_items_and_no_blocks() {
    let file = samples::pcap(ByteOrder::Big);
    let mut reader = Reader::open(&file[..]).unwrap();
    assert_eq!(reader.next_block().unwrap_err().to_string(), "a pcap file has no blocks");
    let Some(Item::Packet { record, options, .. }) = reader.next_item().unwrap() else { panic!() };
    assert_eq!((record.bytes, options.is_empty()), (&[1, 2, 3, 4][..], true));
}

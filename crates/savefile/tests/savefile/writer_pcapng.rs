//! pcapng as it is written: all of it is read again, and what was read is written to the same bytes.

use crate::conformance::data;
use gannet_savefile::block::{Block, NameRecord, Secrets, code};
use gannet_savefile::{
    ByteOrder, Error, Header, Interface, InterfaceStatistics, Item, Options, PacketNotes, Reader, Resolution,
    SectionInfo, Unwritable, Writer,
};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::net::IpAddr;

fn at(seconds: i64, nanos: u64) -> Timestamp {
    Timestamp { seconds, nanos }
}

fn record(bytes: &[u8], interface: u32, link: LinkType, direction: Direction) -> Record<'_> {
    let time = at(1_700_000_000, 123_456_789);
    Record { bytes, length: 99, time, link, interface, direction, vlan: None }
}

fn begun(interface: &Interface) -> Writer<Vec<u8>> {
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    assert_eq!(writer.interface(interface).unwrap(), 0);
    writer
}

/// All blocks of a file, written again.
fn again(file: &[u8]) -> Vec<u8> {
    let mut reader = Reader::open(file).unwrap();
    let mut writer = Writer::blocks(Vec::new());
    while let Some(block) = reader.next_block().unwrap() {
        writer.block(&block).unwrap();
    }
    writer.finish().unwrap()
}

fn described() -> Interface {
    Interface {
        snaplen: 262_144,
        name: Some("eth0".into()),
        description: Some("the way out".into()),
        filter: Some("tcp port 80".into()),
        hardware: Some("a chip".into()),
        os: Some("Linux 6.18".into()),
        mac: Some([2, 0, 0, 0, 0, 1]),
        eui: Some([2, 0, 0, 0, 0, 0, 0, 1]),
        ipv4: vec![([192, 0, 2, 1], [255, 255, 255, 0])],
        ipv6: vec![([0x20; 16], 64)],
        speed: Some(10_000_000_000),
        tx_speed: Some(1),
        rx_speed: Some(2),
        fcs_len: Some(32),
        resolution: Resolution::NANO,
        seconds_offset: -7,
        comments: vec!["one".into(), "two".into()],
        other: vec![(code::IF_TZONE, vec![1, 2, 3, 4])],
        ..Interface::default()
    }
}

#[test]
fn a_section_and_its_interfaces_say_what_they_were_told() {
    let section = SectionInfo {
        hardware: Some("a machine".into()),
        os: Some("Linux".into()),
        application: Some("gannet".into()),
        comments: vec!["hello".into(), "w\u{f6}rld".into()],
    };
    let mut writer = Writer::pcapng(Vec::new(), &section).unwrap();
    let second = Interface { link: LinkType::RAW, ..Interface::default() };
    assert_eq!(writer.interface(&described()).unwrap(), 0);
    assert_eq!(writer.interface(&second).unwrap(), 1);
    let file = writer.finish().unwrap();
    let mut reader = Reader::open(&file[..]).unwrap();
    match reader.next_block().unwrap().unwrap() {
        Block::Section(s) => {
            assert_eq!((s.version, s.length), ((1, 0), None));
            assert_eq!(s.options.comments().collect::<Vec<_>>(), section.comments);
            let texts = [code::SHB_HARDWARE, code::SHB_OS, code::SHB_USERAPPL].map(|c| s.options.text(c));
            assert_eq!(texts.map(Option::unwrap), ["a machine", "Linux", "gannet"]);
        }
        other => panic!("{other:?}"),
    }
    while reader.next_block().unwrap().is_some() {}
    assert_eq!(reader.interfaces(), [Some(described()), Some(second)]);
    assert_eq!(again(&file), file);
}

#[test]
fn packets_come_back_with_time_direction_and_link_type_of_their_interface() {
    use Direction::{Broadcast, Host, Multicast, OtherHost, Outgoing, Unknown};
    let mut writer = begun(&Interface { resolution: Resolution::NANO, ..Interface::default() });
    let micro = Interface { link: LinkType::RAW, ..Interface::default() };
    assert_eq!(writer.interface(&micro).unwrap(), 1);
    let odd = Interface {
        resolution: Resolution::new(0x80 | 10).unwrap(),
        seconds_offset: 1_000_000_000,
        ..Interface::default()
    };
    assert_eq!(writer.interface(&odd).unwrap(), 2);
    let directions = [Unknown, Host, Broadcast, Multicast, OtherHost, Outgoing];
    for (i, direction) in directions.into_iter().enumerate() {
        writer.write(&record(&[7; 5][..i % 6], 0, LinkType::ETHERNET, direction)).unwrap();
    }
    writer.write(&record(&[9], 1, LinkType::RAW, Unknown)).unwrap();
    writer.write(&record(&[9], 2, LinkType::ETHERNET, Unknown)).unwrap();
    let file = writer.finish().unwrap();
    let packets = crate::samples::read_well(&file);
    assert_eq!(packets.iter().map(|p| p.direction).take(6).collect::<Vec<_>>(), directions);
    assert_eq!(packets.iter().map(|p| p.bytes.len()).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 1, 1]);
    let nanos: Vec<_> = packets.iter().skip(5).map(|p| (p.interface, p.link, p.time.1)).collect();
    let wanted = [
        (0, LinkType::ETHERNET, 123_456_789),
        (1, LinkType::RAW, 123_456_000),
        (2, LinkType::ETHERNET, 126 * 1_000_000_000 / 1024),
    ];
    assert_eq!(nanos, wanted);
    assert!(packets.iter().all(|p| p.time.0 == 1_700_000_000 && p.length == 99));
}

/// The options of the packets of a file, as code and value.
fn options(file: &[u8]) -> Vec<Vec<(u16, Vec<u8>)>> {
    let mut reader = Reader::open(file).unwrap();
    let mut all = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Packet { options, .. } = item {
            all.push(options.iter().map(|o| (o.code, o.value.to_vec())).collect());
        }
    }
    all
}

#[test]
fn notes_beside_a_packet() {
    let mut writer = begun(&Interface::default());
    let packet = record(&[1, 2, 3], 0, LinkType::ETHERNET, Direction::Host);
    let notes =
        PacketNotes { comments: &["odd", "very"], dropped: Some(7), packet_id: Some(8), ..<_>::default() };
    writer.write_with(&packet, &notes).unwrap();
    let first = writer.finish().unwrap();
    let flags = (code::EPB_FLAGS, 5u32.to_ne_bytes().to_vec());
    let number = |code, n: u64| (code, n.to_ne_bytes().to_vec());
    let (odd, very) = ((code::COMMENT, b"odd".to_vec()), (code::COMMENT, b"very".to_vec()));
    let (lost, id) = (number(code::EPB_DROPCOUNT, 7), number(code::EPB_PACKETID, 8));
    assert_eq!(options(&first), [[odd.clone(), very.clone(), flags.clone(), lost.clone(), id.clone()]]);
    // What was read is kept, what is new is added, and what was read is believed.
    let mut reader = Reader::open(&first[..]).unwrap();
    let mut writer = begun(&Interface::default());
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Packet { record, options, .. } = item {
            let notes =
                PacketNotes { comments: &["new"], dropped: Some(9), verbatim: options, ..<_>::default() };
            writer.write_with(&Record { direction: Direction::Outgoing, ..record }, &notes).unwrap();
        }
    }
    let new = (code::COMMENT, b"new".to_vec());
    assert_eq!(options(&writer.finish().unwrap()), [[new, odd, very, flags, lost, id]]);
}

#[test]
fn notes_of_the_other_byte_order_mean_the_same() {
    let mut value = vec![0, 2, 0, 4, 0, 0, 0, 6, 0, 4, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2];
    value.extend([0, 7, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0x0b, 0xad, 0, 5, 0, 0, 0, 9, b'x']);
    value.extend([0; 3]);
    let verbatim = Options::new(&value, ByteOrder::Big);
    let mut writer = begun(&Interface::default());
    let packet = record(&[1], 0, LinkType::ETHERNET, Direction::Host);
    writer.write_with(&packet, &PacketNotes { verbatim, ..PacketNotes::default() }).unwrap();
    let verdict = [&[1][..], &3u64.to_ne_bytes()].concat();
    let custom = [&9u32.to_ne_bytes()[..], b"x"].concat();
    let wanted = [
        (code::EPB_FLAGS, 6u32.to_ne_bytes().to_vec()),
        (code::EPB_DROPCOUNT, 0x102u64.to_ne_bytes().to_vec()),
        (code::EPB_VERDICT, verdict),
        (code::CUSTOM_BYTES, custom),
    ];
    assert_eq!(options(&writer.finish().unwrap()), [wanted]);
}

#[test]
fn names_and_statistics() {
    let mut writer = begun(&Interface { resolution: Resolution::NANO, ..Interface::default() });
    let names = [(IpAddr::from([192, 0, 2, 1]), "one.example"), (IpAddr::from([1u16; 8]), "six.example")];
    writer.names(names).unwrap();
    writer.names([]).unwrap();
    let counted = InterfaceStatistics {
        time: at(5, 6),
        start: Some(at(1, 2)),
        end: Some(at(5, 6)),
        received: Some(10),
        dropped: Some(0),
        accepted: Some(9),
        lost_by_system: Some(1),
        delivered: Some(u64::MAX),
        ..InterfaceStatistics::default()
    };
    writer.statistics(&counted).unwrap();
    let file = writer.finish().unwrap();
    let mut reader = Reader::open(&file[..]).unwrap();
    let mut seen = Vec::new();
    while let Some(block) = reader.next_block().unwrap() {
        match block {
            Block::Names(names) => seen.extend(names.records().map(|record| match record {
                NameRecord::V4(a, names) => (IpAddr::from(a), names.iter().next().unwrap().to_vec()),
                NameRecord::V6(a, names) => (IpAddr::from(a), names.iter().next().unwrap().to_vec()),
                other => panic!("{other:?}"),
            })),
            Block::Statistics(s) => {
                assert_eq!(
                    (s.ticks, s.start(), s.end()),
                    (5_000_000_006, Some(1_000_000_002), Some(s.ticks))
                );
                assert_eq!((s.received(), s.dropped(), s.accepted()), (Some(10), Some(0), Some(9)));
                assert_eq!((s.lost_by_system(), s.delivered()), (Some(1), Some(u64::MAX)));
            }
            _ => {}
        }
    }
    assert_eq!(seen, names.map(|(address, name)| (address, name.as_bytes().to_vec())));
    assert_eq!(again(&file), file);
}

#[test]
fn many_names_go_into_several_blocks() {
    let mut writer = begun(&Interface::default());
    let name = "x".repeat(1000);
    let names: Vec<_> = (0..30_000u32).map(|i| (IpAddr::from(i.to_be_bytes()), name.as_str())).collect();
    writer.names(names).unwrap();
    let file = writer.finish().unwrap();
    let mut reader = Reader::open(&file[..]).unwrap();
    let mut count = 0;
    while let Some(block) = reader.next_block().unwrap() {
        if let Block::Names(names) = block {
            count += names.records().count();
        }
    }
    assert_eq!(count, 30_000);
}

#[test]
fn what_does_not_fit_is_an_error_with_words_and_leaves_no_trace() {
    let long = "x".repeat(65_536);
    let said = SectionInfo { comments: vec![long.clone()], ..SectionInfo::default() };
    let error = Writer::pcapng(Vec::new(), &said).err().unwrap();
    assert_eq!(error.to_string(), "a comment of 65536 bytes cannot be written: 65535 is the most");
    let mut writer = begun(&Interface::default());
    let before = writer.length();
    let packet = record(&[1], 0, LinkType::ETHERNET, Direction::Unknown);
    let notes = PacketNotes { comments: &[&long], ..PacketNotes::default() };
    let unwritable = |done: Result<(), Error>| match done {
        Err(Error::Unwritable(e)) => e,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        unwritable(writer.write_with(&packet, &notes)),
        Unwritable::OptionTooLong { length: 65_536, .. }
    ));
    let elsewhere = Record { interface: 1, ..packet };
    assert_eq!(unwritable(writer.write(&elsewhere)), Unwritable::UnknownInterface { interface: 1, known: 1 });
    let other = Record { link: LinkType::RAW, ..packet };
    assert!(matches!(unwritable(writer.write(&other)), Unwritable::OtherLink { .. }));
    let named = Interface { name: Some(long.clone()), ..Interface::default() };
    unwritable(writer.interface(&named).map(drop));
    let huge = vec![0; 17 << 20];
    let secrets = Block::Secrets(Secrets { kind: 1, data: &huge, options: Options::NONE });
    assert!(matches!(unwritable(writer.block(&secrets)), Unwritable::BlockTooLong { .. }));
    assert_eq!(writer.length(), before);
    // The interface that was refused has no number.
    assert_eq!(writer.interface(&Interface::default()).unwrap(), 1);
    let mut pcap = Writer::new(Vec::new(), Header::default());
    assert_eq!(
        unwritable(pcap.names([(IpAddr::from([1; 4]), "a")])).to_string(),
        "a pcap file has no place for names; write pcapng instead"
    );
}

#[test]
fn times_out_of_reach_are_the_nearest_that_there_is() {
    let mut writer = begun(&Interface { resolution: Resolution::NANO, ..Interface::default() });
    for seconds in [-5, i64::MAX] {
        let packet = record(&[], 0, LinkType::ETHERNET, Direction::Unknown);
        writer.write(&Record { time: at(seconds, 3_000_000_000), ..packet }).unwrap();
    }
    let packets = crate::samples::read_well(&writer.finish().unwrap());
    assert_eq!(packets.iter().map(|p| p.time).collect::<Vec<_>>(), [(0, 0), (18_446_744_073, 709_551_615)]);
}

#[test]
fn the_generated_files_are_written_to_the_same_bytes() {
    let Some(folder) = data("pcapng") else { return };
    // Of either byte order, they come out in that of this machine.
    let native = if cfg!(target_endian = "big") { "be" } else { "le" };
    let (mut same, mut others) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some((order, test)) = name.strip_suffix(".pcapng").and_then(|n| n.split_once('-')) else {
            continue;
        };
        let twin = std::fs::read(folder.join(format!("{native}-{test}.pcapng"))).unwrap();
        let got = again(&std::fs::read(&path).unwrap());
        // Whatever comes out is canonical.
        assert!(again(&got) == got, "{name}");
        if got == twin {
            same += 1;
        } else {
            others.push((order.to_owned(), test.to_owned()));
        }
    }
    others.sort();
    // Of the other byte order: 7 to 9 have custom options without the number that those begin with, 17 and 18
    // custom blocks, which are opaque, and 102 is another file than its twin. 202 has sections of both orders.
    let alien = if native == "be" { "le" } else { "be" };
    let wanted = ["test007", "test008", "test009", "test017", "test018", "test102", "test202"];
    let mut wanted: Vec<_> = wanted.map(|test| (alien.to_owned(), test.to_owned())).into();
    wanted.push((native.to_owned(), "test202".to_owned()));
    wanted.sort();
    assert_eq!((same, others), (48 - 8, wanted));
}

#[test]
fn real_files_are_written_to_the_same_bytes() {
    let mut folders: Vec<_> = ["wild", "tcpdump", "libpcap"].into_iter().filter_map(data).collect();
    if folders.is_empty() {
        return;
    }
    let (mut same, mut others) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = std::fs::read(&path).unwrap();
            let native = 0x1a2b_3c4du32.to_ne_bytes();
            if !file.starts_with(b"\n\r\r\n") || file.get(8..12) != Some(&native) {
                continue;
            }
            let Ok(mut reader) = Reader::open(&file[..]) else { continue };
            let mut writer = Writer::blocks(Vec::new());
            while let Ok(Some(block)) = reader.next_block() {
                writer.block(&block).unwrap();
            }
            // Of a file that is damaged, what is before the damage.
            let got = writer.finish().unwrap();
            match file.starts_with(&got) && (got.len() == file.len() || reader.next_block().is_err()) {
                true => same += 1,
                false => others.push((path, got.len(), file.len())),
            }
        }
    }
    assert!(others.is_empty(), "{others:?}");
    assert!(same > 100, "{same}");
}

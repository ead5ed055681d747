//! The tools, on files made for the purpose, in memory.

use gannet_edit::dedup::{Duplicates, Window};
use gannet_edit::jump::jump;
use gannet_edit::pass::{Verdict, pass};
use gannet_edit::split::{Limits, Outputs, split};
use gannet_edit::{Carrier, Error, Form, info, merge, sort};
use gannet_savefile::block::Block;
use gannet_savefile::codec::{Codec, Encoder};
use gannet_savefile::{
    Header, Interface, InterfaceStatistics, Item, PacketNotes, Reader, Resolution, SectionInfo, Writer,
};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::io::{Cursor, Write};

fn record(seconds: i64, bytes: &[u8]) -> Record<'_> {
    Record {
        bytes,
        length: bytes.len() as u32,
        time: Timestamp { seconds, nanos: 0 },
        link: LinkType::ETHERNET,
        interface: 0,
        direction: Direction::Unknown,
        vlan: None,
    }
}

/// A pcap file of packets that are their own time in text.
fn pcap(times: &[i64]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), Header::default());
    for time in times {
        writer.write(&record(*time, time.to_string().as_bytes())).unwrap();
    }
    writer.finish().unwrap()
}

/// A pcapng file of the same, of an interface for each name in turn; each packet has a remark.
fn pcapng(names: &[&str], times: &[i64]) -> Vec<u8> {
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    for name in names {
        let interface = Interface { name: Some((*name).to_owned()), ..Interface::default() };
        writer.interface(&interface).unwrap();
    }
    for (at, time) in times.iter().enumerate() {
        let interface = (at % names.len()) as u32;
        let notes = PacketNotes { comments: &["seen"], ..PacketNotes::default() };
        writer
            .write_with(&Record { interface, ..record(*time, time.to_string().as_bytes()) }, &notes)
            .unwrap();
    }
    writer.finish().unwrap()
}

/// Runs a tool into a pcapng file.
fn into_pcapng(tool: impl FnOnce(&mut Carrier<'_, Vec<u8>>)) -> Vec<u8> {
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    tool(&mut Carrier::new(&mut writer, Form::Pcapng));
    writer.finish().unwrap()
}

/// Time, text and interface name of each packet.
fn read(file: &[u8]) -> Vec<String> {
    let mut reader = Reader::open(file).unwrap();
    let mut all = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        let (at, text) = (record.interface, String::from_utf8(record.bytes.to_vec()).unwrap());
        let name = reader.interfaces().get(at as usize).and_then(|i| i.as_ref()?.name.clone());
        all.push(match name {
            Some(name) => format!("{text} {name}"),
            None => text,
        });
    }
    all
}

fn watch(_: gannet_edit::Progress) -> bool {
    true
}

/// An interface whose block makes no sense has a number too: those behind it keep their packets.
#[test]
fn a_bad_interface_counts() {
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    for name in ["good", "bad", "other"] {
        let interface =
            Interface { name: Some(name.to_owned()), resolution: Resolution::NANO, ..Interface::default() };
        writer.interface(&interface).unwrap();
    }
    for (interface, text) in [(0, "0"), (2, "2"), (0, "3")] {
        writer.write(&Record { interface, ..record(1, text.as_bytes()) }).unwrap();
    }
    let mut file = writer.finish().unwrap();
    // Ten to the power of -20 of a second: the second such option.
    let resolution = |at: &usize| file[*at..*at + 5] == [9, 0, 1, 0, 9];
    let at = (0..file.len() - 5).filter(resolution).nth(1).unwrap();
    file[at + 4] = 20;
    let expected = ["0 good", "2 other", "3 good"];
    let opened = || Reader::open(&file[..]).unwrap();
    let passed = into_pcapng(|output| {
        let done = pass(&mut opened(), output, &mut |_| true, |_, _| Verdict::Keep);
        assert!(matches!(done, Err(Error::Input { .. })));
    });
    assert_eq!(read(&passed), expected);
    let merged = into_pcapng(|output| {
        assert!(matches!(merge::merge(vec![opened()], output, &mut |_| true), Err(Error::Input { .. })));
    });
    assert_eq!(read(&merged), expected);
    let (told, fault) = info::info(&mut Reader::open(&file[..]).unwrap(), &mut |_| true);
    let packets: Vec<u64> = told.interfaces.iter().map(|seen| seen.count.packets).collect();
    assert!(fault.is_some() && packets == [2, 0, 1], "{packets:?}");
}

#[test]
fn merging_goes_by_time_and_tells_interfaces_apart() {
    let files = [pcapng(&["eth0", "eth1"], &[1, 4, 7]), pcapng(&["eth0"], &[2, 4, 8]), pcap(&[3, 4])];
    let inputs = files.iter().map(|file| Reader::open(&file[..]).unwrap()).collect();
    let merged = into_pcapng(|output| {
        let progress = merge::merge(inputs, output, &mut watch).unwrap();
        assert_eq!((progress.read, progress.written), (8, 8));
    });
    let expected = ["1 eth0", "2 eth0", "3", "4 eth1", "4 eth0", "4", "7 eth0", "8 eth0"];
    assert_eq!(read(&merged), expected);
    let (summary, _) = info::info(&mut Reader::open(&merged[..]).unwrap(), &mut watch);
    // Both files know an eth0 of which they say the same.
    assert_eq!(summary.interfaces.len(), 3);
    assert_eq!(summary.packet_comments, 6);
    let counts: Vec<_> = summary.interfaces.iter().map(|seen| seen.count.packets).collect();
    assert_eq!(counts, [5, 1, 2]);
}

#[test]
fn merging_plain_files_gives_one_interface() {
    let files = [pcap(&[1, 3]), pcap(&[2])];
    let inputs = files.iter().map(|file| Reader::open(&file[..]).unwrap()).collect();
    let merged = into_pcapng(|output| {
        merge::merge(inputs, output, &mut watch).unwrap();
    });
    assert_eq!(read(&merged), ["1", "2", "3"]);
    assert_eq!(Reader::open(&merged[..]).unwrap().interfaces().len(), 1);
}

#[test]
fn merging_goes_on_when_one_input_is_damaged() {
    let mut torn = pcap(&[1, 5, 9]);
    torn.truncate(torn.len() - 1);
    let files = [torn, pcap(&[2, 7])];
    let inputs = files.iter().map(|file| Reader::open(&file[..]).unwrap()).collect();
    let merged = into_pcapng(|output| {
        let failed = merge::merge(inputs, output, &mut watch);
        assert!(matches!(failed, Err(Error::Input { input: 0, .. })), "{failed:?}");
    });
    assert_eq!(read(&merged), ["1", "2", "5", "7"]);
}

#[test]
fn a_second_link_type_does_not_go_into_pcap() {
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    for link in [LinkType::ETHERNET, LinkType::RAW] {
        writer.interface(&Interface { link, ..Interface::default() }).unwrap();
    }
    writer.write(&record(1, b"a")).unwrap();
    writer.write(&Record { link: LinkType::RAW, interface: 1, ..record(2, b"b") }).unwrap();
    let file = writer.finish().unwrap();
    let mut writer = Writer::new(Vec::new(), Header::default());
    let mut output = Carrier::new(&mut writer, Form::Pcap(LinkType::ETHERNET));
    let mut input = Reader::open(&file[..]).unwrap();
    let failed = pass(&mut input, &mut output, &mut watch, |_, _| Verdict::Keep).unwrap_err();
    let words = failed.to_string();
    assert!(words.contains("RAW") && words.contains("EN10MB") && words.contains(".pcapng"), "{words}");
}

#[test]
fn sections_of_one_input_share_equal_interfaces_and_numbers_do_not_mix() {
    let mut file = pcapng(&["eth0", "eth1"], &[1, 2]);
    file.extend(pcapng(&["eth1", "eth0"], &[3, 4]));
    let passed = into_pcapng(|output| {
        let mut input = Reader::open(&file[..]).unwrap();
        pass(&mut input, output, &mut watch, |_, _| Verdict::Keep).unwrap();
    });
    assert_eq!(read(&passed), ["1 eth0", "2 eth1", "3 eth1", "4 eth0"]);
    assert_eq!(
        Reader::open(&passed[..])
            .map(|mut r| {
                while r.next().unwrap().is_some() {}
                r.interfaces().len()
            })
            .unwrap(),
        2
    );
}

#[test]
fn passing_drops_cuts_and_ends() {
    let file = pcap(&[1, 22, 333, 4444, 5]);
    let passed = into_pcapng(|output| {
        let mut input = Reader::open(&file[..]).unwrap();
        let progress = pass(&mut input, output, &mut watch, |number, record| {
            record.bytes = &record.bytes[..record.bytes.len().min(2)];
            match number {
                2 => Verdict::Drop,
                5 => Verdict::End,
                _ => Verdict::Keep,
            }
        });
        assert_eq!(progress.unwrap().written, 3);
    });
    assert_eq!(read(&passed), ["1", "33", "44"]);
}

#[test]
fn duplicates_are_left_out() {
    let file = pcap(&[1, 2, 1, 3, 4, 5, 1]);
    let passed = into_pcapng(|output| {
        let mut duplicates = Duplicates::new(Window::Packets(3), Vec::new());
        let mut input = Reader::open(&file[..]).unwrap();
        pass(&mut input, output, &mut watch, |_, record| duplicates.judge(record)).unwrap();
    });
    assert_eq!(read(&passed), ["1", "2", "3", "4", "5", "1"]);
}

fn sorted(file: &[u8], memory: usize) -> (Vec<u8>, usize) {
    let mut scratches = 0;
    let sorted = into_pcapng(|output| {
        let scratch = || {
            scratches += 1;
            Ok(Cursor::new(Vec::new()))
        };
        let mut input = Reader::open(file).unwrap();
        let progress = sort::sort(&mut input, output, memory, scratch, &mut watch).unwrap();
        assert_eq!(progress.written, progress.read);
    });
    (sorted, scratches)
}

#[test]
fn sorting_in_memory_and_with_scratch_files_is_the_same() {
    let mut file = pcapng(&["eth0", "eth0", "wlan0"], &[5, 3, 9, 1, 3, 7]);
    file.extend(pcapng(&["eth1"], &[4, 2]));
    let expected = ["1 eth0", "2 eth1", "3 eth0", "3 eth0", "4 eth1", "5 eth0", "7 wlan0", "9 wlan0"];
    let (small, none) = sorted(&file, 1 << 20);
    assert_eq!((read(&small), none), (expected.map(str::to_owned).to_vec(), 0));
    let (large, some) = sorted(&file, 200);
    assert_eq!(read(&large), expected);
    assert!(some > 1, "{some} scratch files");
    let (summary, _) = info::info(&mut Reader::open(&large[..]).unwrap(), &mut watch);
    assert_eq!(summary.packet_comments, 8);
    assert!(summary.ordered);
}

/// Interface name and number of packets received, as counters say.
fn counted(file: &[u8]) -> Vec<String> {
    let mut reader = Reader::open(file).unwrap();
    let (mut names, mut found) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Block(Block::Interface(interface)) => names.push(interface.parse().unwrap().name.unwrap()),
            Item::Block(Block::Statistics(said)) => {
                found.push(format!("{} {}", names[said.interface as usize], said.received().unwrap()));
            }
            Item::Packet { .. } => assert!(found.is_empty(), "counters come behind all packets"),
            _ => {}
        }
    }
    found
}

#[test]
fn sorting_keeps_counters() {
    let section = |names: &[&str], received: u64| {
        let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        for name in names {
            let interface = Interface { name: Some((*name).to_owned()), ..Interface::default() };
            writer.interface(&interface).unwrap();
        }
        for (at, _) in names.iter().enumerate() {
            let interface = at as u32;
            writer.write(&Record { interface, ..record(9 - at as i64, b"packet") }).unwrap();
            let received = Some(received + at as u64);
            writer.statistics(&InterfaceStatistics { interface, received, ..<_>::default() }).unwrap();
        }
        writer.finish().unwrap()
    };
    let mut file = section(&["eth0", "wlan0"], 10);
    file.extend(section(&["eth1"], 20));
    for memory in [1 << 20, 0] {
        let (sorted, scratches) = sorted(&file, memory);
        assert_eq!(counted(&sorted), ["eth0 10", "wlan0 11", "eth1 20"], "{scratches} scratch files");
    }
}

/// Outputs in memory.
struct Pieces {
    form: Form,
    present: Option<Writer<Vec<u8>>>,
    done: Vec<Vec<u8>>,
}

impl Outputs for Pieces {
    type Sink = Vec<u8>;

    fn begin(&mut self, n: u64) -> Result<&mut Writer<Vec<u8>>, Error> {
        let writer = match self.form {
            Form::Pcap(link) => Writer::new(Vec::new(), Header { link, ..Header::default() }),
            Form::Pcapng => {
                let about = SectionInfo { comments: vec![format!("piece {n}")], ..SectionInfo::default() };
                Writer::pcapng(Vec::new(), &about).unwrap()
            }
        };
        Ok(self.present.insert(writer))
    }

    fn end(&mut self) -> Result<(), Error> {
        self.done.push(self.present.take().unwrap().finish().unwrap());
        Ok(())
    }
}

fn pieces(file: &[u8], form: Form, limits: Limits) -> Vec<Vec<u8>> {
    let mut pieces = Pieces { form, present: None, done: Vec::new() };
    split(&mut Reader::open(file).unwrap(), form, limits, &mut pieces, &mut watch).unwrap();
    pieces.done
}

#[test]
fn splitting_by_packets() {
    let file = pcapng(&["eth0", "eth1"], &[1, 2, 3, 4, 5]);
    let limits = Limits { packets: Some(2), ..Limits::default() };
    let read: Vec<_> = pieces(&file, Form::Pcapng, limits).iter().map(|piece| read(piece)).collect();
    assert_eq!(read, [vec!["1 eth0", "2 eth1"], vec!["3 eth0", "4 eth1"], vec!["5 eth0"]]);
}

#[test]
fn splitting_by_bytes_counts_headers() {
    let file = pcap(&[1111, 2222, 3333, 444_444, 5]);
    let limits = Limits { bytes: Some(24 + 2 * 20), ..Limits::default() };
    let pieces = pieces(&file, Form::Pcap(LinkType::ETHERNET), limits);
    let lengths: Vec<_> = pieces.iter().map(Vec::len).collect();
    assert_eq!(lengths, [64, 44, 63]);
}

#[test]
fn splitting_by_time_leaves_empty_slices_out() {
    let file = pcap(&[100, 101, 104, 95, 112, 113, 117]);
    let limits = Limits { nanos: Some(5_000_000_000), ..Limits::default() };
    let pieces = pieces(&file, Form::Pcap(LinkType::ETHERNET), limits);
    let read: Vec<_> = pieces.iter().map(|piece| read(piece)).collect();
    assert_eq!(read, [vec!["100", "101", "104", "95"], vec!["112", "113"], vec!["117"]]);
}

#[test]
fn nothing_splits_into_one_empty_file() {
    assert_eq!(pieces(&pcap(&[]), Form::Pcap(LinkType::ETHERNET), Limits::default()).len(), 1);
}

#[test]
fn a_summary_counts_and_finds_holes() {
    let file = pcap(&[10, 11, 30, 31, 25, 100]);
    let (summary, failed) = info::info(&mut Reader::open(&file[..]).unwrap(), &mut watch);
    assert!(failed.is_none());
    assert_eq!(summary.total.packets, 6);
    assert_eq!((summary.total.captured, summary.total.wire, summary.total.cut), (13, 13, 0));
    assert_eq!(summary.total.nanos(), 90_000_000_000);
    assert!(!summary.ordered);
    let gaps: Vec<_> = summary.gaps.iter().map(|gap| (gap.nanos / 1_000_000_000, gap.after)).collect();
    assert_eq!(gaps, [(75, 5), (19, 2), (1, 1), (1, 3)]);
    assert_eq!(summary.size, file.len() as u64);
    assert_eq!(summary.links.into_iter().collect::<Vec<_>>(), [(LinkType::ETHERNET.0, 6)]);
}

/// The words of a pcap file in the other byte order are read one by one, those in this machine's in stretches.
#[test]
fn a_summary_is_the_same_in_either_byte_order() {
    let times: Vec<i64> = (0..3000).map(|n: i64| 1000 + n * n % 9973 + n * 3).chain([5, 5, 90_000]).collect();
    let native = pcap(&times);
    let mut swapped = native.clone();
    let words = |bytes: &mut [u8]| bytes.chunks_exact_mut(4).for_each(<[u8]>::reverse);
    words(&mut swapped[..24]);
    swapped[4..8].rotate_left(2);
    let mut at = 24;
    while at < swapped.len() {
        let caplen = u32::from_ne_bytes(swapped[at + 8..at + 12].try_into().unwrap());
        words(&mut swapped[at..at + 16]);
        at += 16 + caplen as usize;
    }
    let [one, other] = [native, swapped].map(|file| {
        let (summary, failed) = info::info(&mut Reader::open(&file[..]).unwrap(), &mut watch);
        assert!(failed.is_none());
        (summary.total, summary.gaps, summary.ordered, summary.size, summary.links)
    });
    assert_eq!(one, other);
    assert_eq!((one.0.packets, one.1.len()), (3003, info::GAPS));
}

/// A zstd file of `count` packets, one a second from 1000 on, in many frames.
fn seekable(pcapng: bool, count: i64) -> Vec<u8> {
    let encoder = Encoder::new(Codec::Zstd, Vec::new(), None).unwrap();
    let mut writer = match pcapng {
        false => Writer::new(encoder, Header::default()),
        true => {
            let mut writer = Writer::pcapng(encoder, &SectionInfo::default()).unwrap();
            writer.interface(&Interface { name: Some("eth7".to_owned()), ..Interface::default() }).unwrap();
            writer
        }
    };
    for n in 0..count {
        writer.write(&record(1000 + n, (1000 + n).to_string().as_bytes())).unwrap();
        if n % 50 == 49 {
            // Ends a frame.
            writer.flush().unwrap();
        }
    }
    writer.finish().unwrap().finish().unwrap()
}

#[test]
fn jumping_in_a_seekable_file_misses_nothing_and_reads_little() {
    for pcapng in [false, true] {
        let file = seekable(pcapng, 1000);
        for from in [0, 1000, 1001, 1049, 1050, 1051, 1550, 1999, 2000, 3000] {
            let from = Timestamp { seconds: from, nanos: 0 };
            let mut reader = jump(Cursor::new(&file), from).unwrap().unwrap();
            let mut times = Vec::new();
            while let Some(record) = reader.next().unwrap() {
                times.push(record.time.seconds);
            }
            let wanted = (1000..2000).filter(|time| *time >= from.seconds).count();
            assert_eq!(times.iter().filter(|time| **time >= from.seconds).count(), wanted);
            assert!(times.len() <= wanted + 51, "{} packets read for {wanted}", times.len());
            assert_eq!(times.last(), Some(&1999));
        }
    }
}

#[test]
fn a_file_that_is_not_made_for_it_is_not_jumped_in() {
    assert!(jump(Cursor::new(pcap(&[1, 2])), Timestamp::default()).unwrap().is_none());
    // Frames that end within packets.
    let mut encoder = Encoder::new(Codec::Zstd, Vec::new(), None).unwrap();
    for chunk in pcap(&(0..500).collect::<Vec<_>>()).chunks(1001) {
        encoder.write_all(chunk).unwrap();
        encoder.flush().unwrap();
    }
    let file = encoder.finish().unwrap();
    assert!(jump(Cursor::new(file), Timestamp { seconds: 300, nanos: 0 }).unwrap().is_none());
}

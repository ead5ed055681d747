//! Conversations, each in an output of its own.

use gannet_edit::flows::key::Keys;
use gannet_edit::flows::{Files, split_flows};
use gannet_edit::{Error, Form};
use gannet_savefile::{Header, Interface, Reader, SectionInfo, Writer};
use gannet_wire::{Direction, LinkType, Record, Timestamp};

fn record(seconds: i64, link: LinkType, bytes: &[u8]) -> Record<'_> {
    Record {
        bytes,
        length: bytes.len() as u32,
        time: Timestamp { seconds, nanos: 0 },
        link,
        interface: 0,
        direction: Direction::Unknown,
        vlan: None,
    }
}

/// An IPv4 packet: hosts and ports by number; `fragment` is identification, flags and offset.
fn ipv4(protocol: u8, from: [u8; 2], to: [u8; 2], fragment: [u8; 4]) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 28];
    packet.extend(fragment);
    packet.extend([64, protocol, 0, 0, 10, 0, 0, from[0], 10, 0, 0, to[0], 0, from[1], 0, to[1], 0, 8, 0, 0]);
    packet
}

fn udp(from: [u8; 2], to: [u8; 2]) -> Vec<u8> {
    ipv4(17, from, to, [0; 4])
}

/// Files in memory, of which those that are closed are looked at.
struct Memory {
    form: Form,
    /// All bytes of each, and how often it was opened.
    files: Vec<(Vec<u8>, u32)>,
    open: usize,
    most: usize,
}

impl Files for Memory {
    type File = (usize, Writer<Vec<u8>>);
    type Sink = Vec<u8>;

    fn open(&mut self, n: u64, again: bool) -> Result<Self::File, Error> {
        let n = n as usize;
        assert_eq!(again, n < self.files.len(), "in the order of their first packets");
        if !again {
            self.files.push((Vec::new(), 0));
        }
        self.open += 1;
        self.most = self.most.max(self.open);
        let (bytes, opened) = &mut self.files[n];
        *opened += 1;
        let length = bytes.len() as u64;
        let (header, section) = (Header { link: LinkType::RAW, ..Header::default() }, SectionInfo::default());
        let writer = match (self.form, again) {
            (Form::Pcap(_), false) => Writer::new(Vec::new(), header),
            (Form::Pcap(_), true) => Writer::append(Vec::new(), header, length),
            (Form::Pcapng, false) => Writer::pcapng(Vec::new(), &section).unwrap(),
            (Form::Pcapng, true) => Writer::append_section(Vec::new(), &section, length).unwrap(),
        };
        Ok((n, writer))
    }

    fn writer(file: &mut Self::File) -> &mut Writer<Vec<u8>> {
        &mut file.1
    }

    fn close(&mut self, (n, mut writer): Self::File) -> Result<(), Error> {
        self.open -= 1;
        writer.flush().unwrap();
        let length = writer.length();
        self.files[n].0.extend(writer.into_sink());
        assert_eq!(length, self.files[n].0.len() as u64);
        Ok(())
    }

    fn broken(&mut self, _: Self::File, error: gannet_savefile::Error) -> Error {
        Error::Output(error)
    }
}

/// Splits packets of one interface, with so many outputs open. Gives the times in each, and the files.
fn split(form: Form, open: usize, packets: &[Vec<u8>]) -> (Vec<Vec<i64>>, Memory) {
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    let named = Interface { link: LinkType::RAW, name: Some("tun7".into()), ..Interface::default() };
    writer.interface(&named).unwrap();
    for (at, packet) in (0..).zip(packets) {
        writer.write(&record(at, LinkType::RAW, packet)).unwrap();
    }
    let input = writer.finish().unwrap();
    split_file(&input, form, open, packets.len())
}

/// Splits a file of so many packets.
fn split_file(input: &[u8], form: Form, open: usize, packets: usize) -> (Vec<Vec<i64>>, Memory) {
    let mut files = Memory { form, files: Vec::new(), open: 0, most: 0 };
    let mut reader = Reader::open(input).unwrap();
    let progress = split_flows(&mut reader, form, open, &mut files, &mut |_| true).unwrap();
    assert_eq!((progress.written, files.open), (packets as u64, 0));
    assert!(files.most <= open);
    let times = files.files.iter().map(|(bytes, _)| times(bytes)).collect();
    (times, files)
}

fn times(file: &[u8]) -> Vec<i64> {
    let mut reader = Reader::open(file).unwrap();
    let mut times = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        times.push(record.time.seconds);
    }
    times
}

#[test]
fn both_directions_go_together_and_numbers_go_by_first_packets() {
    let packets = [
        udp([1, 53], [2, 99]),
        udp([1, 53], [2, 98]),
        udp([2, 99], [1, 53]),
        ipv4(6, [1, 53], [2, 99], [0; 4]),
        udp([2, 98], [1, 53]),
        udp([1, 99], [2, 53]),
    ];
    let expected = [vec![0, 2], vec![1, 4], vec![3], vec![5]];
    for form in [Form::Pcap(LinkType::RAW), Form::Pcapng] {
        let (found, files) = split(form, 9, &packets);
        assert_eq!(found, expected);
        assert!(files.files.iter().all(|(_, opened)| *opened == 1));
    }
}

#[test]
fn outputs_that_were_closed_go_on() {
    let packets: Vec<_> = (0..60).map(|n| udp([1, 1], [2, 10 + n % 5 * 2 % 5])).collect();
    for form in [Form::Pcap(LinkType::RAW), Form::Pcapng] {
        let (found, files) = split(form, 2, &packets);
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|times| times.len() == 12 && times.is_sorted()), "{found:?}");
        assert!(files.files.iter().all(|(_, opened)| *opened == 12));
    }
    // The interface is described in each section of an output.
    let (_, files) = split(Form::Pcapng, 1, &packets);
    let mut reader = Reader::open(&files.files[0].0[..]).unwrap();
    while let Some(packet) = reader.next().unwrap().map(|record| record.interface) {
        let interface = reader.interfaces()[packet as usize].clone().unwrap();
        assert_eq!(interface.name.as_deref(), Some("tun7"));
    }
}

#[test]
fn fragments_go_where_their_first_one_goes() {
    let packets = [
        ipv4(17, [1, 53], [2, 99], [0, 7, 0x20, 0]),
        ipv4(17, [1, 3], [2, 4], [0, 7, 0x20, 1]),
        ipv4(17, [1, 5], [2, 6], [0, 7, 0, 2]),
        udp([2, 99], [1, 53]),
        ipv4(17, [1, 5], [2, 6], [0, 8, 0, 2]),
    ];
    let (found, _) = split(Form::Pcapng, 9, &packets);
    assert_eq!(found, [vec![0, 1, 2, 3], vec![4]]);
}

#[test]
fn what_is_no_ip_goes_by_stations() {
    let frame = |to: u8, from: u8, kind: u8| {
        [[0, 0, 0, 0, 0, to, 0, 0, 0, 0, 0, from], [8, kind, 0, 1, 8, 0, 6, 4, 0, 1, 0, 0]].concat()
    };
    let mut keys = Keys::default();
    let mut of = |bytes: &[u8]| keys.of(&record(0, LinkType::ETHERNET, bytes));
    assert_eq!(of(&frame(1, 2, 6)), of(&frame(2, 1, 6)));
    assert_ne!(of(&frame(1, 2, 6)), of(&frame(1, 3, 6)));
    assert_ne!(of(&frame(1, 2, 6)), of(&frame(1, 2, 7)));
    // Tags tell nothing apart.
    let tagged = [&frame(1, 2, 6)[..12], &[0x81, 0, 0, 5, 8, 0], &udp([1, 1], [2, 2])].concat();
    let plain = [&frame(2, 1, 6)[..12], &[8, 0], &udp([2, 2], [1, 1])].concat();
    assert_eq!(of(&tagged), of(&plain));
    for length in 0..tagged.len() {
        of(&tagged[..length]);
    }
}

#[test]
fn a_conversation_on_very_many_interfaces_goes_on_in_another_section() {
    const SECTIONS: i64 = 5000;
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    for time in 0..SECTIONS {
        writer.section(&SectionInfo::default()).unwrap();
        let (link, name) = (LinkType::RAW, Some(format!("if{time}")));
        writer.interface(&Interface { link, name, ..Interface::default() }).unwrap();
        writer.write(&record(time, link, &udp([1, 1], [2, 2]))).unwrap();
    }
    let (_, files) = split_file(&writer.finish().unwrap(), Form::Pcapng, 4, SECTIONS as usize);
    let [(file, _)] = &files.files[..] else { panic!("one conversation") };
    let mut reader = Reader::open(&file[..]).unwrap();
    let (mut time, mut most) = (0, 0);
    while let Some(record) = reader.next().unwrap() {
        assert_eq!(record.time.seconds, time);
        let at = record.interface as usize;
        let interfaces = reader.interfaces();
        assert_eq!(interfaces[at].as_ref().unwrap().name, Some(format!("if{time}")));
        (time, most) = (time + 1, most.max(interfaces.len()));
    }
    assert_eq!(time, SECTIONS);
    assert!(most < SECTIONS as usize, "each is remembered: {most}");
}

//! Anonymised frames: what is left of addresses, of checksums, and of everything else.

use gannet_edit::anonymise::{Anonymiser, Rules, Unknown, anonymise};
use gannet_edit::headers::{Change, Payload};
use gannet_edit::{Carrier, Form};
use gannet_savefile::{Interface, InterfaceStatistics, PacketNotes, Reader, SectionInfo, Writer};
use gannet_wire::checksum::Sum;
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr};

const MAC: [[u8; 6]; 2] = [[0x00, 0x1b, 0x21, 0xa1, 0xb2, 0xc3], [0x02, 0x42, 0xac, 0x11, 0xd4, 0xe5]];
const V4: [[u8; 4]; 4] = [[198, 51, 100, 77], [203, 0, 113, 99], [192, 0, 2, 171], [100, 70, 85, 93]];

/// Four IPv6 addresses, no eight bytes of which are the same anywhere else.
fn v6(n: u8) -> [u8; 16] {
    [0x20, 0x01, 0x0d, 0xb8, 0x71, n, 0x9a, 0xbc, 0x53, 0x64, n, 0x86, 0x97, 0xa8, 0xb9, n]
}

fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [&MAC[1][..], &MAC[0], &ethertype.to_be_bytes(), payload].concat()
}

/// Puts a checksum in its place.
fn sealed(mut bytes: Vec<u8>, at: usize, beside: Sum) -> Vec<u8> {
    let sum = beside.bytes(&bytes).finish();
    bytes[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn ipv4_with(protocol: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = 20 + options.len();
    let mut header = vec![0x40 | (length / 4) as u8, 0];
    header.extend(((length + payload.len()) as u16).to_be_bytes());
    header.extend([0x12, 0x34, 0, 0, 64, protocol, 0, 0]);
    header.extend([V4[0], V4[1]].concat());
    header.extend(options);
    [sealed(header, 10, Sum::new()), payload.to_vec()].concat()
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_with(protocol, &[], payload)
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    [&[0x60, 0, 0, 0, length[0], length[1], next, 64][..], &v6(1), &v6(2), payload].concat()
}

/// What transports add to what they sum up.
fn pseudo(addresses: &[&[u8]], protocol: u8, length: usize) -> Sum {
    let sum = addresses.iter().fold(Sum::new(), |sum, address| sum.bytes(address));
    sum.word(u32::from(protocol)).word(length as u32)
}

fn between(six: bool, protocol: u8, length: usize) -> Sum {
    match six {
        true => pseudo(&[&v6(1), &v6(2)], protocol, length),
        false => pseudo(&[&V4[0], &V4[1]], protocol, length),
    }
}

const TEXT: &[u8] = b"the secret of an odd length";

fn udp(six: bool, port: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len();
    let mut datagram = vec![0x9c, 0x40];
    datagram.extend([port, length as u16, 0].iter().flat_map(|word| word.to_be_bytes()));
    datagram.extend(payload);
    sealed(datagram, 6, between(six, 17, length))
}

fn tcp(six: bool) -> Vec<u8> {
    let mut segment = vec![0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x18, 1, 0, 0, 0, 0, 0];
    // Multipath TCP: one more address.
    segment.extend([1, 1, 1, 1, 30, 8, 0x34, 9]);
    segment.extend(V4[2]);
    segment.extend(TEXT);
    let length = segment.len();
    sealed(segment, 16, between(six, 6, length))
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |code, byte| {
        (0..8).fold(code ^ u32::from(*byte), |code, _| (code >> 1) ^ (0x82f6_3b78 * (code & 1)))
    })
}

/// An association that begins, from two addresses.
fn sctp() -> Vec<u8> {
    let mut packet = vec![0x9c, 0x40, 0x0b, 0x59, 0, 0, 0, 0, 0, 0, 0, 0];
    packet.extend([1, 0, 0, 48, 1, 2, 3, 4, 0, 1, 0, 0, 0, 10, 0, 10, 5, 6, 7, 8]);
    packet.extend([&[0, 5, 0, 8][..], &V4[2], &[0, 6, 0, 20], &v6(3)].concat());
    let code = crc32c(&packet);
    packet[8..12].copy_from_slice(&code.to_le_bytes());
    packet
}

/// A message of ICMP or ICMPv6.
fn icmp(six: bool, head: [u8; 8], rest: &[u8]) -> Vec<u8> {
    let message = [&head[..], rest].concat();
    let beside = if six { between(true, 58, message.len()) } else { Sum::new() };
    sealed(message, 2, beside)
}

fn neighbours() -> Vec<u8> {
    let mut rest = v6(3).to_vec();
    rest.extend([&[2, 1][..], &MAC[0]].concat());
    icmp(true, [136, 0, 0, 0, 0x60, 0, 0, 0], &rest)
}

fn router() -> Vec<u8> {
    let mut rest = vec![0; 8];
    rest.extend([&[1, 1][..], &MAC[0]].concat());
    rest.extend(
        [&[3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0][..], &v6(1)[..8], &[0; 8]].concat(),
    );
    rest.extend([&[25, 3, 0, 0, 0, 0, 14, 16][..], &v6(3)].concat());
    rest.extend([31, 2, 0, 0, 0, 0, 14, 16, 4, b'h', b'o', b'm', b'e', 0, 0, 0]);
    icmp(true, [134, 0, 0, 0, 64, 0, 7, 8], &rest)
}

fn arp() -> Vec<u8> {
    [&[0, 1, 8, 0, 6, 4, 0, 1][..], &MAC[0], &V4[0], &MAC[1], &V4[1], &[0; 18]].concat()
}

/// A name, a link type, a frame with right checksums.
fn samples() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let eth = LinkType::ETHERNET;
    let inner = ethernet(0x0800, &ipv4(6, &tcp(false)));
    let vxlan = [&[8, 0, 0, 0, 0, 0, 7, 0][..], &inner].concat();
    let geneve = [&[1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 4][..], &inner].concat();
    let route: Vec<u8> = [&[0x83, 11, 4][..], &V4[2], &V4[3], &[0]].concat();
    let routed = {
        let length = 8 + TEXT.len();
        let datagram = [&[0x9c, 0x40, 0, 7, 0, length as u8, 0, 0][..], TEXT].concat();
        sealed(datagram, 6, pseudo(&[&V4[0], &V4[3]], 17, length))
    };
    let gre =
        sealed([&[0x80, 0, 8, 0, 0, 0, 0, 0][..], &ipv4(17, &udp(false, 9, TEXT))].concat(), 4, Sum::new());
    let quoted = ipv4(17, &udp(false, 53, TEXT));
    let quoted6 = ipv6(6, &tcp(true));
    let routing6 = {
        let length = 8 + TEXT.len();
        let datagram = [&[0x9c, 0x40, 0, 7, 0, length as u8, 0, 0][..], TEXT].concat();
        let datagram = sealed(datagram, 6, pseudo(&[&v6(1), &v6(3)], 17, length));
        [&[17, 2, 0, 1, 0, 0, 0, 0][..], &v6(3), &datagram].concat()
    };
    let sll = |arphrd: u16, ethertype: u16, payload: Vec<u8>| {
        let head = [&[0, 0][..], &arphrd.to_be_bytes(), &[0, 6], &MAC[0], &[0, 0], &ethertype.to_be_bytes()]
            .concat();
        [head, payload].concat()
    };
    let sll2 = [&[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6][..], &MAC[0], &[0, 0], &ipv4(6, &tcp(false))].concat();
    let mut pppoe = vec![0x11, 0, 0, 7];
    pppoe.extend((quoted.len() as u16 + 2).to_be_bytes());
    pppoe.extend([&[0, 0x21][..], &quoted].concat());
    let snap = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &quoted].concat();
    vec![
        ("tcp", eth, ethernet(0x0800, &ipv4(6, &tcp(false)))),
        ("tcp6", eth, ethernet(0x86dd, &ipv6(6, &tcp(true)))),
        (
            "udp and padding",
            eth,
            [ethernet(0x0800, &ipv4(17, &udp(false, 53, TEXT))), b"padding".to_vec()].concat(),
        ),
        ("udp6", LinkType::RAW, ipv6(17, &udp(true, 53, TEXT))),
        ("sctp", eth, ethernet(0x0800, &ipv4(132, &sctp()))),
        ("tags", eth, ethernet(0x88a8, &[&[0, 7, 0x81, 0, 0, 8, 8, 0][..], &quoted].concat())),
        ("labels", eth, ethernet(0x8847, &[&[0, 1, 0x40, 64, 0, 1, 0x51, 64][..], &quoted].concat())),
        ("pppoe", eth, ethernet(0x8864, &pppoe)),
        ("snap", eth, ethernet(snap.len() as u16, &snap)),
        ("route", eth, ethernet(0x0800, &ipv4_with(17, &route, &routed))),
        ("routing header", eth, ethernet(0x86dd, &ipv6(43, &routing6))),
        ("vxlan", eth, ethernet(0x0800, &ipv4(17, &udp(false, 4789, &vxlan)))),
        ("geneve", eth, ethernet(0x86dd, &ipv6(17, &udp(true, 6081, &geneve)))),
        ("gre", LinkType::RAW, ipv4(47, &gre)),
        ("ip in ip", LinkType::NULL, [&2u32.to_ne_bytes()[..], &ipv4(41, &ipv6(6, &tcp(true)))].concat()),
        ("unreachable", eth, ethernet(0x0800, &ipv4(1, &icmp(false, [3, 3, 0, 0, 0, 0, 0, 0], &quoted)))),
        (
            "redirect",
            eth,
            ethernet(0x0800, &ipv4(1, &icmp(false, [5, 1, 0, 0, 192, 0, 2, 171], &quoted[..28]))),
        ),
        ("too big", eth, ethernet(0x86dd, &ipv6(58, &icmp(true, [2, 0, 0, 0, 0, 0, 5, 0], &quoted6)))),
        ("neighbour", eth, ethernet(0x86dd, &ipv6(58, &neighbours()))),
        ("router", eth, ethernet(0x86dd, &ipv6(58, &router()))),
        ("arp", eth, ethernet(0x0806, &arp())),
        ("cooked", LinkType::LINUX_SLL, sll(1, 0x0800, quoted.clone())),
        ("cooked again", LinkType::LINUX_SLL2, sll2),
        ("ppp", LinkType::PPP, [&[0xff, 3, 0x21][..], &quoted].concat()),
        ("ospf", eth, ethernet(0x0800, &ipv4(89, &V4.concat()))),
        ("not known", LinkType(147), [&MAC.concat()[..], &V4.concat()].concat()),
    ]
}

fn anonymiser(payload: Payload) -> Anonymiser {
    Anonymiser::new(&[0x5a; 32], Rules { payload, ..Rules::default() })
}

/// A frame, changed. What was cut is away.
fn changed(payload: Payload, link: LinkType, frame: &[u8], length: usize) -> Vec<u8> {
    thread_local! {
        static READY: RefCell<[Anonymiser; 3]> =
            RefCell::new([Payload::Keep, Payload::Cut, Payload::Zero].map(anonymiser));
    }
    let mut bytes = frame.to_vec();
    let walked =
        READY.with_borrow_mut(|ready| ready[payload as usize].frame(&mut bytes, length as u32, link));
    assert!(walked.kept <= frame.len());
    bytes.truncate(walked.kept);
    bytes
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// No address that the samples are made of, and no text.
fn assert_clean(name: &str, bytes: &[u8]) {
    for part in MAC.iter().map(|mac| &mac[..]).chain(V4.iter().map(|a| &a[..])) {
        assert!(!holds(bytes, part), "{name}: {part:x?} in {bytes:x?}");
    }
    for n in 1..=3 {
        // A prefix, and an interface.
        assert!(!holds(bytes, &v6(n)[..8]) && !holds(bytes, &v6(n)[8..]), "{name}: {n} in {bytes:x?}");
    }
    assert!(!holds(bytes, b"secret") && !holds(bytes, b"home") && !holds(bytes, b"padding"), "{name}");
}

#[test]
fn no_address_and_no_payload_is_left() {
    for (name, link, frame) in samples() {
        for payload in [Payload::Cut, Payload::Zero] {
            assert_clean(name, &changed(payload, link, &frame, frame.len()));
        }
        assert_eq!(changed(Payload::Zero, link, &frame, frame.len()).len(), frame.len(), "{name}");
    }
}

/// Who shares out connections may tell the server in an option of TCP, of IP, of IPv6 who the client is.
#[test]
fn options_that_nobody_knows_and_what_is_behind_the_last_are_emptied() {
    let client = V4[3];
    let option = |kind: u8| [&[kind, 8, 0, 80][..], &client].concat();
    let behind = [&[1, 0, 7, 7][..], &client].concat();
    let seeds = [&[17, 1, 0x6d, 12, 0xc0, 1][..], &v6(3)[6..16]].concat();
    for options in [option(254), option(200), behind.clone()] {
        let mut segment = vec![0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x70, 0x18, 1, 0, 0, 0, 0, 0];
        segment.extend(&options);
        let length = segment.len();
        let segment = sealed(segment, 16, between(false, 6, length));
        let in_tcp = ethernet(0x0800, &ipv4(6, &segment));
        let in_ip = ethernet(0x0800, &ipv4_with(17, &options, &udp(false, 9, TEXT)));
        let in_ipv6 = ethernet(0x86dd, &ipv6(0, &[&seeds[..], &udp(true, 9, TEXT)].concat()));
        for frame in [in_tcp, in_ip, in_ipv6] {
            for payload in [Payload::Cut, Payload::Zero] {
                let bytes = changed(payload, LinkType::ETHERNET, &frame, frame.len());
                assert!(!holds(&bytes, &client) && !holds(&bytes, &v6(3)[8..16]), "{bytes:x?}");
            }
            let zero = changed(Payload::Zero, LinkType::ETHERNET, &frame, frame.len());
            assert_eq!(sums(LinkType::ETHERNET, &zero), sums(LinkType::ETHERNET, &frame));
        }
    }
}

/// A frame with other addresses is what it would be had it been made with them: all checksums, in tunnels and in
/// what is quoted, are right. Where payload is kept, nothing else has changed.
#[test]
fn right_checksums_are_right_afterwards() {
    for (name, link, frame) in samples() {
        for payload in [Payload::Keep, Payload::Zero] {
            let after = changed(payload, link, &frame, frame.len());
            if link != LinkType(147) {
                assert_eq!(sums(link, &after), sums(link, &frame), "{name} {payload:?}");
            }
        }
    }
}

/// Looks at checksums anew, by a reader of its own: how many there are, all of them right. A quoted packet of which
/// the end is away has only its header looked at.
fn sums(link: LinkType, frame: &[u8]) -> usize {
    let at = match link {
        LinkType::ETHERNET => return ether(u16::from_be_bytes([frame[12], frame[13]]), &frame[14..]),
        LinkType::LINUX_SLL => 16,
        LinkType::LINUX_SLL2 => 20,
        LinkType::NULL => 4,
        LinkType::PPP => 3,
        _ => 0,
    };
    ip(&frame[at..])
}

fn ether(kind: u16, rest: &[u8]) -> usize {
    match kind {
        0x0800 | 0x86dd => ip(rest),
        0x88a8 => ip(&rest[8..]),
        0x8847 => ip(&rest[8..]),
        0x8864 => ip(&rest[8..]),
        0..0x600 => ip(&rest[8..]),
        _ => 0,
    }
}

fn ip(bytes: &[u8]) -> usize {
    let be16 = |at: usize| usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    if bytes[0] >> 4 == 4 {
        let header = usize::from(bytes[0] & 15) * 4;
        assert_eq!(Sum::new().bytes(&bytes[..header]).finish(), 0, "IPv4 header");
        let destination = if header == 32 { &bytes[27..31] } else { &bytes[16..20] };
        let ends = [&bytes[12..16], destination];
        return 1 + bytes.get(header..be16(2)).map_or(0, |rest| transport(bytes[9], rest, &ends));
    }
    let Some(rest) = bytes.get(40..40 + be16(4)) else { return 0 };
    match bytes[6] {
        43 => transport(rest[0], &rest[24..], &[&bytes[8..24], &rest[8..24]]),
        next => transport(next, rest, &[&bytes[8..24], &bytes[24..40]]),
    }
}

fn transport(protocol: u8, bytes: &[u8], ends: &[&[u8]]) -> usize {
    let with_ends = || assert_eq!(pseudo(ends, protocol, bytes.len()).bytes(bytes).finish(), 0, "{protocol}");
    match protocol {
        6 => with_ends(),
        17 => {
            with_ends();
            return 1 + match u16::from_be_bytes([bytes[2], bytes[3]]) {
                4789 => ether(0x0800, &bytes[30..]),
                6081 => ether(0x0800, &bytes[34..]),
                _ => 0,
            };
        }
        58 => {
            with_ends();
            return 1 + if bytes[0] == 2 { ip(&bytes[8..]) } else { 0 };
        }
        1 => {
            assert_eq!(Sum::new().bytes(bytes).finish(), 0, "ICMP");
            return 1 + ip(&bytes[8..]);
        }
        47 => {
            assert_eq!(Sum::new().bytes(bytes).finish(), 0, "GRE");
            return 1 + ip(&bytes[8..]);
        }
        132 => {
            let mut packet = bytes.to_vec();
            packet[8..12].fill(0);
            assert_eq!(crc32c(&packet).to_le_bytes(), bytes[8..12], "SCTP");
        }
        41 => return ip(bytes),
        _ => return 0,
    }
    1
}

#[test]
fn wrong_checksums_stay_wrong_by_as_much() {
    let mut frame = ethernet(0x0800, &ipv4(6, &tcp(false)));
    frame[14 + 10] ^= 0x40;
    frame[34 + 17] ^= 0x01;
    let after = changed(Payload::Keep, LinkType::ETHERNET, &frame, frame.len());
    assert_ne!(Sum::new().bytes(&after[14..34]).finish(), 0);
    let mut repaired = after;
    repaired[14 + 10] ^= 0x40;
    let header = Sum::new().bytes(&repaired[14..34]).finish();
    assert!(header == 0 || header == 0x8000 || header == 0x7fff, "{header:x}");
    let mut datagram = ethernet(0x0800, &ipv4(17, &udp(false, 53, TEXT)));
    datagram[34 + 6..34 + 8].fill(0);
    let after = changed(Payload::Zero, LinkType::ETHERNET, &datagram, datagram.len());
    assert_eq!(after[34 + 6..34 + 8], [0, 0], "no checksum is none");
}

/// However a frame is cut, what is there of addresses is changed, and nothing else but checksums: only bytes that
/// some key changes in the whole frame too.
#[test]
fn every_prefix_of_every_frame_is_changed_as_the_whole() {
    for (name, link, frame) in samples().into_iter().filter(|(name, ..)| *name != "not known") {
        let mut free = vec![false; frame.len()];
        for key in 0..12 {
            let rules = Rules { payload: Payload::Keep, ..Rules::default() };
            let mut whole = frame.clone();
            Anonymiser::new(&[key; 32], rules).frame(&mut whole, frame.len() as u32, link);
            free.iter_mut().zip(whole.iter().zip(&frame)).for_each(|(free, (a, b))| *free |= a != b);
        }
        for length in 0..frame.len() {
            let after = changed(Payload::Keep, link, &frame[..length], frame.len());
            assert_eq!(after.len(), length, "{name}");
            for at in 0..length {
                assert!(free[at] || after[at] == frame[at], "{name} cut at {length}: byte {at}");
            }
            for payload in [Payload::Cut, Payload::Zero] {
                assert_clean(name, &changed(payload, link, &frame[..length], frame.len()));
            }
        }
    }
}

#[test]
fn bytes_that_make_no_sense_do_no_harm() {
    let mut state = 7u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let samples = samples();
    for _ in 0..20_000 {
        let (_, link, frame) = &samples[next() % samples.len()];
        let mut frame = frame.clone();
        for _ in 0..1 + next() % 8 {
            let at = next() % frame.len();
            frame[at] = next() as u8;
        }
        let length = if next() % 4 == 0 { next() % 70_000 } else { frame.len() };
        let payload = [Payload::Keep, Payload::Cut, Payload::Zero][next() % 3];
        changed(payload, *link, &frame, length);
    }
}

/// Tunnels in tunnels end somewhere, and what is deeper than that is payload.
#[test]
fn nesting_has_an_end() {
    let mut packet = ipv4(17, &udp(false, 53, TEXT));
    for _ in 0..300 {
        packet = ipv4(4, &packet);
    }
    assert_clean("nested", &changed(Payload::Cut, LinkType::RAW, &packet, packet.len()));
    assert_clean("nested", &changed(Payload::Zero, LinkType::RAW, &packet, packet.len()));
}

#[test]
fn the_same_address_is_the_same_everywhere() {
    let mut anonymiser = anonymiser(Payload::Keep);
    let mut frame = ethernet(0x0806, &arp());
    anonymiser.frame(&mut frame, 60, LinkType::ETHERNET);
    let [mac, v4] = [anonymiser.mac(MAC[0]).to_vec(), anonymiser.ipv4(V4[0]).to_vec()];
    assert_eq!((&frame[6..12], &frame[22..28], &frame[28..32]), (&mac[..], &mac[..], &v4[..]));
    // A prefix that is told to neighbours is that of their addresses.
    let mut frame = ethernet(0x86dd, &ipv6(58, &router()));
    anonymiser.frame(&mut frame, 200, LinkType::ETHERNET);
    let at = 14 + 40 + 16 + 8 + 16;
    assert_eq!(frame[at..at + 8], anonymiser.ipv6(v6(1))[..8]);
    assert_eq!(frame[at + 8..at + 16], [0; 8]);
}

/// Nothing of a pcapng file is left that says where it is from; counters are.
#[test]
fn what_is_said_beside_packets_is_left_out() {
    let section = SectionInfo {
        os: Some("secret os".into()),
        comments: vec!["secret".into()],
        ..SectionInfo::default()
    };
    let mut writer = Writer::pcapng(Vec::new(), &section).unwrap();
    let interface = Interface {
        name: Some("secret0".into()),
        filter: Some("host secret".into()),
        mac: Some(MAC[0]),
        ipv4: vec![(V4[0], [255; 4])],
        ..Interface::default()
    };
    writer.interface(&interface).unwrap();
    writer.names([(IpAddr::V4(Ipv4Addr::from(V4[0])), "secret.example")]).unwrap();
    let bytes = ethernet(0x0800, &ipv4(6, &tcp(false)));
    let record = Record {
        bytes: &bytes,
        length: bytes.len() as u32,
        time: Timestamp { seconds: 5, nanos: 0 },
        link: LinkType::ETHERNET,
        interface: 0,
        direction: Direction::Outgoing,
        vlan: None,
    };
    let notes = PacketNotes { comments: &["secret"], dropped: Some(3), ..PacketNotes::default() };
    writer.write_with(&record, &notes).unwrap();
    let counted =
        InterfaceStatistics { received: Some(41), comments: vec!["secret".into()], ..Default::default() };
    writer.statistics(&counted).unwrap();
    let input = writer.finish().unwrap();
    let mut output = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    let mut carrier = Carrier::bare(&mut output, Form::Pcapng);
    let mut reader = Reader::open(&input[..]).unwrap();
    let mut unknown = Unknown::default();
    let progress =
        anonymise(&mut reader, &mut carrier, &mut anonymiser(Payload::Cut), &mut unknown, &mut |_| true)
            .unwrap();
    assert_eq!((progress.written, unknown), (1, Unknown::default()));
    let output = output.finish().unwrap();
    assert_clean("pcapng", &output);
    let (summary, fault) = gannet_edit::info::info(&mut Reader::open(&output[..]).unwrap(), &mut |_| true);
    assert!(fault.is_none());
    assert_eq!(summary.packet_comments, 0);
    let mut reader = Reader::open(&output[..]).unwrap();
    let record = reader.next().unwrap().unwrap();
    assert_eq!((record.direction, record.length as usize), (Direction::Outgoing, bytes.len()));
    assert_eq!(record.bytes.len(), 14 + 20 + 32);
}

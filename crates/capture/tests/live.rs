//! Live captures in a network namespace of their own: nothing lost, nothing twice, every byte and tag right.
#![deny(unsafe_code)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use gannet_bpf::{Instruction, Limits, Program, ancillary, check, opcode::*};
use gannet_capture::testing::{self, Injector, add_veth, ethernet, in_namespace};
use gannet_capture::{Accept, CaptureError, Event, Live, OpenError, Options};
use gannet_wire::{Direction, LinkType, VlanTag};

/// An ethertype for local experiments, so that nothing answers.
const EXPERIMENT: u16 = 0x88b5;
const SECOND: Option<Duration> = Some(Duration::from_secs(1));

/// A record, kept.
#[derive(Clone, Debug)]
struct Kept {
    bytes: Vec<u8>,
    length: u32,
    time: (i64, u64),
    interface: u32,
    direction: Direction,
    vlan: Option<VlanTag>,
}

/// Everything until the capture, stopped now, has ended.
fn finish(live: &mut Live) -> Vec<Kept> {
    live.finish().unwrap();
    let mut kept = Vec::new();
    loop {
        match live.poll(SECOND).unwrap() {
            Event::Block(block) => kept.extend(block.map(|r| Kept {
                bytes: r.bytes.to_vec(),
                length: r.length,
                time: (r.time.seconds, r.time.nanos),
                interface: r.interface,
                direction: r.direction,
                vlan: r.vlan,
            })),
            Event::End => return kept,
            Event::Idle | Event::Stopped => {}
        }
    }
}

fn start(name: &str, options: Options) -> Live {
    Live::open(name, options).unwrap().start(None).unwrap()
}

fn small() -> Options {
    Options { buffer_bytes: 4 << 20, ..Options::default() }
}

/// With a ring and without one.
fn both() -> [Options; 2] {
    [small(), Options { plain: true, ..small() }]
}

/// Seconds and nanoseconds, as the records have them.
fn now() -> (i64, u64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    (now.as_secs().cast_signed(), now.subsec_nanos().into())
}

fn numbered(n: u32) -> Vec<u8> {
    ethernet(&[], EXPERIMENT, &[&n.to_be_bytes()[..], &[0xab; 60]].concat())
}

fn program(list: &[Instruction]) -> Program {
    check(list.to_vec(), Limits::USER).unwrap()
}

/// Sends many frames, and not so many at once that the kernel's queue between the two ends overflows.
fn send_all(injector: &Injector, frames: impl Iterator<Item = Vec<u8>>) {
    for (n, frame) in frames.enumerate() {
        injector.send(&frame);
        if n % 50 == 49 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Accepts Ethernet frames whose payload begins with these four bytes.
fn begins_with(offset: u32, value: u32) -> Program {
    program(&[
        Instruction::stmt(LD | W | ABS, offset),
        Instruction::jump(JMP | JEQ | K, value, 0, 1),
        Instruction::stmt(RET, 262_144),
        Instruction::stmt(RET, 0),
    ])
}

#[test]
fn the_loopback_is_seen_once_and_whole() {
    in_namespace("the_loopback_is_seen_once_and_whole", || {
        for options in both() {
            let before = now();
            let mut live = start("lo", options);
            assert_eq!(live.link_type(), LinkType::ETHERNET);
            let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
            let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
            for n in 0..500u32 {
                sender.send_to(&n.to_be_bytes(), receiver.local_addr().unwrap()).unwrap();
            }
            let kept = finish(&mut live);
            let numbers: Vec<u32> =
                kept.iter().map(|k| u32::from_be_bytes(*k.bytes.last_chunk().unwrap())).collect();
            assert_eq!(numbers, (0..500).collect::<Vec<_>>());
            assert!(kept.iter().all(|k| k.bytes.len() == 46 && k.length == 46));
            assert!(
                kept.iter().all(|k| k.direction == Direction::Host && k.interface == testing::index("lo"))
            );
            let after = now();
            assert!(kept.iter().all(|k| k.time >= before && k.time <= after), "{before:?} .. {after:?}");
            let stats = live.stats().unwrap();
            assert_eq!((stats.received, stats.dropped), (500, 0));
        }
    });
}

#[test]
fn a_tcp_stream_is_complete() {
    in_namespace("a_tcp_stream_is_complete", || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut live = start("any", small());
        let address = listener.local_addr().unwrap();
        let reader = thread::spawn(move || {
            let mut all = Vec::new();
            listener.accept().unwrap().0.read_to_end(&mut all).unwrap();
            all
        });
        let sent: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        TcpStream::connect(address).unwrap().write_all(&sent).unwrap();
        assert_eq!(reader.join().unwrap(), sent);
        let port = address.port().to_be_bytes();
        let mut seen = vec![None; sent.len()];
        let mut first = None;
        for k in finish(&mut live) {
            // Cooked header, IPv4 without options, TCP to the listener.
            let tcp = &k.bytes[40..];
            if tcp[2..4] != port {
                continue;
            }
            let sequence = u32::from_be_bytes(tcp[4..8].try_into().unwrap());
            let first = *first.get_or_insert(sequence.wrapping_add(1));
            let payload = &tcp[usize::from(tcp[12] >> 4) * 4..];
            for (n, byte) in payload.iter().enumerate() {
                seen[sequence.wrapping_sub(first) as usize + n] = Some(*byte);
            }
        }
        assert!(seen.into_iter().eq(sent.into_iter().map(Some)));
    });
}

#[test]
fn frames_arrive_in_order_and_unchanged_at_both_ends() {
    in_namespace("frames_arrive_in_order_and_unchanged_at_both_ends", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut here = start("v0", options.clone());
            let mut there = start("v1", Options { promiscuous: true, ..options });
            let injector = Injector::on("v0");
            send_all(&injector, (0..2000).map(numbered));
            for (live, direction) in [(&mut here, Direction::Outgoing), (&mut there, Direction::OtherHost)] {
                let kept = finish(live);
                assert_eq!(kept.len(), 2000);
                for (n, k) in (0..).zip(&kept) {
                    assert_eq!((&k.bytes, k.direction, k.vlan), (&numbered(n), direction, None));
                }
            }
        }
    });
}

#[test]
fn arp_and_icmp_and_what_answers_them() {
    in_namespace("arp_and_icmp_and_what_answers_them", || {
        add_veth("v0", "v1");
        testing::set_address("v1", [10, 9, 8, 7]);
        let mut live = start("v0", small());
        let who_has =
            [&[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 9, 8, 1, 0, 0, 0, 0, 0, 0][..], &[10, 9, 8, 7]];
        let mut frame = ethernet(&[], 0x0806, &who_has.concat());
        frame[..6].fill(0xff);
        Injector::on("v0").send(&frame);
        thread::sleep(Duration::from_millis(50));
        let kept = finish(&mut live);
        let is = |k: &&Kept, op: u8, direction| {
            k.bytes[12..14] == [8, 6] && k.bytes[21] == op && k.direction == direction
        };
        assert_eq!(kept.iter().filter(|k| is(k, 1, Direction::Outgoing)).count(), 1);
        assert_eq!(
            kept.iter().filter(|k| is(k, 2, Direction::Host) || is(k, 2, Direction::OtherHost)).count(),
            1
        );
    });
}

/// Untagged, one tag, a service tag, two tags, a priority tag of all zeros.
const TAGS: [&[(u16, u16)]; 5] =
    [&[], &[(0x8100, 0x0064)], &[(0x88a8, 0x2065)], &[(0x88a8, 0xe066), (0x8100, 0x0007)], &[(0x8100, 0)]];

#[test]
fn tags_are_in_their_place_on_ethernet() {
    in_namespace("tags_are_in_their_place_on_ethernet", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut here = start("v0", options.clone());
            let mut there = start("v1", Options { promiscuous: true, ..options });
            let injector = Injector::on("v0");
            TAGS.iter().for_each(|tags| injector.send(&ethernet(tags, EXPERIMENT, &[7; 50])));
            for live in [&mut here, &mut there] {
                let kept = finish(live);
                assert_eq!(kept.len(), TAGS.len());
                for (tags, k) in TAGS.iter().zip(&kept) {
                    assert_eq!(k.bytes, ethernet(tags, EXPERIMENT, &[7; 50]));
                    assert_eq!(k.length as usize, k.bytes.len());
                    let outer = tags.first().map(|&(tpid, tci)| VlanTag { tpid, tci });
                    assert!(k.direction == Direction::Outgoing || k.vlan == outer, "{k:?}");
                }
            }
        }
    });
}

#[test]
fn tags_are_in_their_place_on_any() {
    in_namespace("tags_are_in_their_place_on_any", || {
        add_veth("v0", "v1");
        for (options, link) in both()
            .into_iter()
            .zip([LinkType::LINUX_SLL2, LinkType::LINUX_SLL])
            .chain(both().into_iter().zip([LinkType::LINUX_SLL, LinkType::LINUX_SLL2]))
        {
            let mut opening = Live::open("any", options).unwrap();
            opening.set_link_type(link).unwrap();
            let mut live = opening.start(None).unwrap();
            let injector = Injector::on("v0");
            TAGS.iter().for_each(|tags| injector.send(&ethernet(tags, EXPERIMENT, &[7; 50])));
            let kept = finish(&mut live);
            for (name, kind) in [("v0", 4), ("v1", 3)] {
                let index = testing::index(name);
                let of: Vec<_> = kept.iter().filter(|k| k.interface == index).collect();
                assert_eq!(of.len(), TAGS.len(), "{name}");
                for (tags, k) in TAGS.iter().zip(of) {
                    let frame = ethernet(tags, EXPERIMENT, &[7; 50]);
                    let ([ether, payload], address) =
                        ([&frame[12..14], &frame[14..]], [2, 0, 0, 0, 0, 1, 0, 0]);
                    let expected = if link == LinkType::LINUX_SLL2 {
                        [ether, &[0, 0], &index.to_be_bytes(), &[0, 1, kind, 6], &address, payload].concat()
                    } else {
                        [&[0, kind, 0, 1, 0, 6][..], &address, ether, payload].concat()
                    };
                    assert_eq!(
                        (&k.bytes, k.length as usize),
                        (&expected, expected.len()),
                        "{name} {tags:x?}"
                    );
                }
            }
        }
    });
}

#[test]
fn the_snaplen_cuts_and_the_length_tells() {
    in_namespace("the_snaplen_cuts_and_the_length_tells", || {
        add_veth("v0", "v1");
        for options in both() {
            for (name, snaplen, head) in [("v1", 40, 0), ("any", 40, 6)] {
                let mut live = start(name, Options { snaplen, accept: Accept::In, ..options.clone() });
                Injector::on("v0").send(&ethernet(&[(0x8100, 5)], EXPERIMENT, &[7; 500]));
                let kept = finish(&mut live);
                let (caplen, length) = (kept[0].bytes.len(), kept[0].length);
                assert_eq!((kept.len(), caplen, length), (1, 40, 518 + head));
            }
        }
    });
}

#[test]
fn directions_are_kept_apart() {
    in_namespace("directions_are_kept_apart", || {
        add_veth("v0", "v1");
        for options in both() {
            for (accept, n) in [(Accept::In, [1, 0]), (Accept::Out, [0, 1]), (Accept::Both, [1, 1])] {
                let mut live = start("v0", Options { accept, ..options.clone() });
                Injector::on("v1").send(&numbered(1));
                Injector::on("v0").send(&numbered(2));
                let kept = finish(&mut live);
                let of = |n| kept.iter().filter(|k| k.bytes == numbered(n)).count();
                assert_eq!([of(1), of(2)], n, "{accept:?}");
                // What is not wanted does not even reach the ring.
                assert_eq!(live.stats().unwrap().received, kept.len() as u64);
            }
        }
    });
}

#[test]
fn nothing_is_lost_by_stopping_at_once() {
    in_namespace("nothing_is_lost_by_stopping_at_once", || {
        add_veth("v0", "v1");
        let injector = Injector::on("v0");
        for (delay, retire_ms) in [(0, 10), (10, 10), (10, 300), (1, 1), (0, 300)] {
            let mut live = start("v1", Options { retire_ms, ..small() });
            (0..12).for_each(|n| injector.send(&numbered(n)));
            thread::sleep(Duration::from_millis(delay));
            let stopped = Instant::now();
            let kept = finish(&mut live);
            let took = stopped.elapsed();
            assert_eq!(kept.len(), 12, "{delay} ms after, {retire_ms} ms timeout");
            assert!(took < Duration::from_millis(2 * u64::from(retire_ms) + 150), "{took:?}");
            assert_eq!(live.stats().unwrap().received, 12);
        }
        // With nothing in the open block, there is nothing to wait for.
        let mut live = start("v1", Options { retire_ms: 2000, ..small() });
        let stopped = Instant::now();
        assert_eq!(finish(&mut live).len(), 0);
        assert!(stopped.elapsed() < Duration::from_millis(500));
    });
}

#[test]
fn a_filter_holds_from_the_first_packet() {
    in_namespace("a_filter_holds_from_the_first_packet", || {
        add_veth("v0", "v1");
        let flood = |run: &std::sync::atomic::AtomicBool| {
            let injector = Injector::on("v0");
            while run.load(std::sync::atomic::Ordering::Relaxed) {
                injector.send(&numbered(1));
            }
        };
        for options in both() {
            let run = std::sync::atomic::AtomicBool::new(true);
            thread::scope(|scope| {
                scope.spawn(|| flood(&run));
                for _ in 0..20 {
                    let nothing = begins_with(14, 0xdead_beef);
                    let mut live = Live::open("v1", options.clone()).unwrap().start(Some(&nothing)).unwrap();
                    thread::sleep(Duration::from_millis(10));
                    assert_eq!(finish(&mut live).len(), 0);
                    assert_eq!(live.stats().unwrap().received, 0);
                }
                run.store(false, std::sync::atomic::Ordering::Relaxed);
            });
        }
    });
}

#[test]
fn a_filter_picks_its_packets() {
    in_namespace("a_filter_picks_its_packets", || {
        add_veth("v0", "v1");
        // The same test by the offsets of Ethernet and of both made-up headers, the latter with the interface.
        let by_interface = |index| {
            program(&[
                Instruction::stmt(LD | H | ABS, 0),
                Instruction::jump(JMP | JEQ | K, EXPERIMENT.into(), 0, 5),
                Instruction::stmt(LD | W | ABS, 4),
                Instruction::jump(JMP | JEQ | K, index, 0, 3),
                Instruction::stmt(LD | W | ABS, 20),
                Instruction::jump(JMP | JEQ | K, 3, 0, 1),
                Instruction::stmt(RET, 262_144),
                Instruction::stmt(RET, 0),
            ])
        };
        let cases = [
            ("v1", LinkType::ETHERNET, begins_with(14, 3), 1),
            ("any", LinkType::LINUX_SLL2, begins_with(20, 3), 2),
            ("any", LinkType::LINUX_SLL, begins_with(16, 3), 2),
            ("any", LinkType::LINUX_SLL2, by_interface(testing::index("v1")), 1),
        ];
        for (name, link, filter, times) in cases {
            for options in both() {
                let mut opening = Live::open(name, options).unwrap();
                opening.set_link_type(link).unwrap();
                let mut live = opening.start(Some(&filter)).unwrap();
                let injector = Injector::on("v0");
                (0..10).for_each(|n| injector.send(&numbered(n)));
                let kept = finish(&mut live);
                assert_eq!(kept.len(), times, "{name} {link:?}");
                assert!(kept.iter().all(|k| k.bytes.ends_with(&numbered(3)[14..])));
            }
        }
    });
}

#[test]
fn the_kernel_knows_the_tag_for_a_filter() {
    in_namespace("the_kernel_knows_the_tag_for_a_filter", || {
        add_veth("v0", "v1");
        let opening = Live::open("v1", small()).unwrap();
        assert!(opening.vlan_extensions());
        let tagged = program(&[
            Instruction::stmt(LD | W | ABS, ancillary::AD_OFF + ancillary::VLAN_TAG),
            Instruction::jump(JMP | JEQ | K, 7, 0, 1),
            Instruction::stmt(RET, 262_144),
            Instruction::stmt(RET, 0),
        ]);
        let mut live = opening.start(Some(&tagged)).unwrap();
        let injector = Injector::on("v0");
        (5..9).for_each(|n| injector.send(&ethernet(&[(0x8100, n)], EXPERIMENT, &[9; 46])));
        let kept = finish(&mut live);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].bytes, ethernet(&[(0x8100, 7)], EXPERIMENT, &[9; 46]));
    });
}

#[test]
fn filters_that_the_kernel_does_not_take() {
    use gannet_capture::FilterError;
    in_namespace("filters_that_the_kernel_does_not_take", || {
        let long = program(&vec![Instruction::stmt(RET, 1); 4097]);
        let mut opening = Live::open("lo", small()).unwrap();
        match opening.attach(&long) {
            Err(FilterError::TooLong { instructions: 4097 }) => {}
            other => panic!("{other:?}"),
        }
        // It can be started all the same.
        let mut live = opening.start(None).unwrap();
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"x", "127.0.0.1:9").unwrap();
        assert!(!finish(&mut live).is_empty());
        let no_header = program(&[Instruction::stmt(LD | B | ABS, 12), Instruction::stmt(RET, 1)]);
        let error = Live::open("any", small()).unwrap().attach(&no_header).unwrap_err();
        assert!(matches!(error, FilterError::NotForKernel));
    });
}

#[test]
fn an_interface_that_goes_ends_the_capture_after_its_packets() {
    in_namespace("an_interface_that_goes_ends_the_capture_after_its_packets", || {
        for options in both() {
            add_veth("v0", "v1");
            let mut live = start("v1", options);
            let injector = Injector::on("v0");
            (0..5).for_each(|n| injector.send(&numbered(n)));
            testing::delete("v0");
            let mut count = 0;
            let error = loop {
                match live.poll(SECOND) {
                    Ok(Event::Block(block)) => count += block.count(),
                    Ok(other) => assert!(matches!(other, Event::Idle), "{other:?}"),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, CaptureError::Disappeared));
            assert_eq!((count, error.to_string().as_str()), (5, "The interface disappeared"));
        }
    });
}

#[test]
fn an_interface_that_goes_down_is_waited_for() {
    in_namespace("an_interface_that_goes_down_is_waited_for", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut live = start("v1", options.clone());
            testing::down("v1");
            assert!(matches!(live.poll(Some(Duration::from_millis(80))).unwrap(), Event::Idle));
            testing::up("v1");
            assert!(matches!(live.poll(Some(Duration::from_millis(80))).unwrap(), Event::Idle));
            Injector::on("v0").send(&numbered(1));
            assert_eq!(finish(&mut live).len(), 1);
            // Down, and then gone without another word.
            let mut live = start("v1", options);
            testing::down("v1");
            assert!(matches!(live.poll(Some(Duration::from_millis(80))).unwrap(), Event::Idle));
            testing::delete("v0");
            assert!(matches!(live.poll(SECOND), Err(CaptureError::Disappeared)));
            add_veth("v0", "v1");
        }
    });
}

#[test]
fn all_interfaces_together_never_disappear() {
    in_namespace("all_interfaces_together_never_disappear", || {
        add_veth("v0", "v1");
        let mut live = start("any", small());
        Injector::on("v0").send(&numbered(1));
        testing::delete("v0");
        add_veth("v2", "v3");
        Injector::on("v2").send(&numbered(2));
        let kept = finish(&mut live);
        let of = |n| kept.iter().filter(|k| k.bytes.ends_with(&numbered(n)[14..])).count();
        assert_eq!([of(1), of(2)], [2, 2]);
    });
}

#[test]
fn errors_have_their_names() {
    in_namespace("errors_have_their_names", || {
        for name in ["nosuch0", "", "a-name-that-is-too-long-for-the-kernel"] {
            let error = Live::open(name, small()).unwrap_err();
            assert!(matches!(error, OpenError::NoSuchDevice), "{error:?}");
            assert_eq!((error.to_string().as_str(), error.detail()), ("No such device exists", None));
        }
        add_veth("v0", "v1");
        testing::down("v0");
        let error = Live::open("v0", small()).unwrap().start(None).unwrap_err();
        assert_eq!((error.status(), error.to_string().as_str()), (-9, "That device is not up"));
        let error = Live::open("v1", small()).unwrap().set_link_type(LinkType::RAW).unwrap_err();
        assert!(matches!(error, OpenError::LinkType(LinkType::RAW)));
        let promiscuous = Live::open("any", Options { promiscuous: true, ..small() }).unwrap();
        assert_eq!(promiscuous.warnings().len(), 1);
    });
}

#[test]
fn without_permission_the_missing_capability_is_named() {
    testing::without_capabilities("without_permission_the_missing_capability_is_named", || {
        let error = Live::open("lo", small()).unwrap_err();
        assert!(matches!(error, OpenError::NotPermitted { capability: "CAP_NET_RAW", .. }), "{error:?}");
        assert_eq!(error.to_string(), "You don't have permission to perform this capture on that device");
        assert_eq!(
            error.detail().as_deref(),
            Some("socket: Operation not permitted - CAP_NET_RAW may be required")
        );
        // Listing needs none.
        assert!(gannet_capture::devices().unwrap().iter().any(|d| d.name == "lo"));
    });
}

#[test]
fn whoever_wants_to_stop_is_heard() {
    in_namespace("whoever_wants_to_stop_is_heard", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut live = start("v1", options);
            let stopper = live.stopper().unwrap();
            // While it waits.
            let other = stopper.clone();
            let waker = thread::spawn(move || {
                thread::sleep(Duration::from_millis(30));
                other.stop();
            });
            assert!(matches!(live.poll(None).unwrap(), Event::Stopped));
            waker.join().unwrap();
            // Once for each time it was asked, and not again.
            assert!(matches!(live.poll(Some(Duration::ZERO)).unwrap(), Event::Idle));
            // While packets are there.
            let injector = Injector::on("v0");
            (0..100).for_each(|n| injector.send(&numbered(n)));
            stopper.stop();
            assert!(matches!(live.poll(None).unwrap(), Event::Stopped));
            assert_eq!(finish(&mut live).len(), 100);
        }
        let mut live = start("v1", small());
        let (ours, theirs) = std::io::pipe().unwrap();
        live.watch(ours.into());
        assert!(matches!(live.poll(Some(Duration::ZERO)).unwrap(), Event::Idle));
        (&theirs).write_all(b"!").unwrap();
        assert!(matches!(live.poll(None).unwrap(), Event::Stopped));
    });
}

#[test]
fn what_is_not_taken_is_there_again() {
    in_namespace("what_is_not_taken_is_there_again", || {
        add_veth("v0", "v1");
        let mut live = start("v1", small());
        let injector = Injector::on("v0");
        (0..50).for_each(|n| injector.send(&numbered(n)));
        for n in 0..50 {
            loop {
                if let Event::Block(mut block) = live.poll(SECOND).unwrap()
                    && let Some(record) = block.next()
                {
                    assert_eq!(record.bytes, numbered(n));
                    break;
                }
            }
        }
        assert_eq!(finish(&mut live).len(), 0);
    });
}

#[test]
fn what_there_was_no_room_for_is_counted() {
    in_namespace("what_there_was_no_room_for_is_counted", || {
        add_veth("v0", "v1");
        let mut live = start("v1", Options { buffer_bytes: 1, retire_ms: 1000, ..small() });
        assert_eq!(live.buffer_bytes(), 512 << 10);
        let injector = Injector::on("v0");
        send_all(&injector, (0..2000).map(|_| ethernet(&[], EXPERIMENT, &[1; 1400])));
        let before = live.stats().unwrap();
        let kept = finish(&mut live).len() as u64;
        let stats = live.stats().unwrap();
        assert_eq!(before, stats);
        assert!(kept > 300 && stats.dropped > 300 && stats.freezes > 0, "{kept} {stats:?}");
        assert_eq!((stats.received, kept + stats.dropped), (2000, 2000));
    });
}

/// The ring is used over and over: more goes through it than fits, and all of it arrives.
#[test]
fn many_rounds_through_the_ring() {
    in_namespace("many_rounds_through_the_ring", || {
        add_veth("v0", "v1");
        let mut live = start("v1", Options { retire_ms: 20, ..small() });
        let injector = Injector::on("v0");
        let total = 20_000u32;
        let (mut sent, mut next) = (0, 0u32);
        let mut take = |event: Event<'_>| {
            if let Event::Block(block) = event {
                for record in block {
                    assert_eq!(record.bytes[14..18], next.to_be_bytes());
                    next += 1;
                }
            }
        };
        let numbered = |n: u32| ethernet(&[], EXPERIMENT, &[&n.to_be_bytes()[..], &[5; 1400]].concat());
        while sent < total {
            send_all(&injector, (sent..sent + 500).map(numbered));
            sent += 500;
            loop {
                match live.poll(Some(Duration::from_millis(5))).unwrap() {
                    Event::Idle => break,
                    event => take(event),
                }
            }
        }
        live.finish().unwrap();
        loop {
            match live.poll(SECOND).unwrap() {
                Event::End => break,
                event => take(event),
            }
        }
        assert_eq!((next, live.stats().unwrap().dropped), (total, 0));
    });
}

#[test]
fn a_group_shares_the_packets() {
    use gannet_capture::Fanout;
    in_namespace("a_group_shares_the_packets", || {
        add_veth("v0", "v1");
        let in_turn = Options { fanout: Some(Fanout { group: 7, mode: 1 }), ..small() };
        let mut one = start("v1", in_turn.clone());
        let mut other = start("v1", in_turn);
        let injector = Injector::on("v0");
        (0..100).for_each(|n| injector.send(&numbered(n)));
        let counts = [finish(&mut one).len(), finish(&mut other).len()];
        assert_eq!(counts, [50, 50]);
    });
}

#[test]
fn a_capture_can_send() {
    in_namespace("a_capture_can_send", || {
        add_veth("v0", "v1");
        let sender = start("v0", small());
        let mut live = start("v1", small());
        sender.send(&numbered(9)).unwrap();
        let kept = finish(&mut live);
        assert_eq!(kept.iter().map(|k| &k.bytes).collect::<Vec<_>>(), [&numbered(9)]);
        assert!(matches!(start("any", small()).send(&[0; 60]), Err(CaptureError::CannotSend(_))));
    });
}

#[test]
fn devices_are_listed_as_they_are() {
    in_namespace("devices_are_listed_as_they_are", || {
        add_veth("v0", "v1");
        add_veth("v2", "v3");
        testing::down("v3");
        testing::set_address("v0", [10, 1, 2, 3]);
        // The kernel takes its time to note that the other end has gone.
        let until = Instant::now() + Duration::from_secs(5);
        let mut list = gannet_capture::devices().unwrap();
        while list.iter().any(|d| d.name == "v2" && d.running) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
            list = gannet_capture::devices().unwrap();
        }
        let lines: Vec<_> = list.iter().map(ToString::to_string).collect();
        for line in ["lo [Up, Running, Loopback]", "v0 [Up, Running, Connected]", "v2 [Up, Disconnected]"] {
            assert!(lines.iter().any(|l| l == line), "{line} in {lines:?}");
        }
        let place = |name| list.iter().position(|d| d.name == name);
        assert!(place("v0") < place("any") && place("any") < place("lo") && place("lo") < place("v2"));
        let v0 = list.iter().find(|d| d.name == "v0").unwrap();
        assert_eq!(v0.addresses[0].address, std::net::Ipv4Addr::new(10, 1, 2, 3));
        let mask = gannet_capture::devices::netmask("v0").unwrap();
        assert_eq!(mask, Some(std::net::Ipv4Addr::new(255, 0, 0, 0)));
        assert_eq!(gannet_capture::devices::netmask("v1").unwrap(), None);
    });
}

#[test]
fn a_new_filter_holds_from_when_it_is_set() {
    in_namespace("a_new_filter_holds_from_when_it_is_set", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut live = start("v1", options);
            let injector = Injector::on("v0");
            (0..10).for_each(|n| injector.send(&numbered(n)));
            live.set_filter(Some(&begins_with(14, 3))).unwrap();
            (0..10).for_each(|n| injector.send(&numbered(n)));
            assert!(matches!(live.poll(SECOND).unwrap(), Event::Block(_)));
            let kept = finish(&mut live);
            assert_eq!(kept.iter().map(|k| &k.bytes).collect::<Vec<_>>(), [&numbered(3)]);
        }
    });
}

/// One without link-layer headers: captured as it is, and beside others; and the filter for the others fits it.
#[test]
fn interfaces_without_headers() {
    const TEST: &str = "interfaces_without_headers";
    in_namespace(TEST, || {
        let Some(tun) = testing::add_tun(TEST, "tun0") else { return };
        // IPv4, protocol 253, its payload a number.
        let packet = |n: u32| {
            let mut packet = vec![0x45, 0, 0, 24, 0, 0, 0, 0, 64, 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
            packet.extend(n.to_be_bytes());
            packet
        };
        let index = testing::index("tun0").to_be_bytes();
        let cooked = [&[8, 0, 0, 0][..], &index, &[0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
        // The payload by way of the header's own length, as filters for TCP ports do it.
        let third = |network: u32| {
            program(&[
                Instruction::stmt(LDX | B | MSH, network),
                Instruction::stmt(LD | W | IND, network),
                Instruction::jump(JMP | JEQ | K, 3, 0, 1),
                Instruction::stmt(RET, 262_144),
                Instruction::stmt(RET, 0),
            ])
        };
        for options in both() {
            for (name, link, header) in
                [("tun0", LinkType::RAW, &[][..]), ("any", LinkType::LINUX_SLL2, &cooked)]
            {
                let opening = Live::open(name, options.clone()).unwrap();
                assert_eq!(opening.link_type(), link);
                let mut live = opening.start(Some(&third(header.len() as u32))).unwrap();
                (0..5).for_each(|n| (&tun).write_all(&packet(n)).unwrap());
                let kept = finish(&mut live);
                assert_eq!(kept.len(), 1, "{name}");
                assert_eq!(kept[0].bytes, [header, &packet(3)].concat());
            }
        }
    });
}

#[test]
fn made_up_headers_on_request() {
    in_namespace("made_up_headers_on_request", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut live = start("v1", Options { cooked: true, ..options });
            assert_eq!(live.link_type(), LinkType::LINUX_SLL);
            Injector::on("v0").send(&ethernet(TAGS[3], EXPERIMENT, &[7; 50]));
            let kept = finish(&mut live);
            let frame = ethernet(TAGS[3], EXPERIMENT, &[7; 50]);
            let head = [0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
            assert_eq!(kept.len(), 1);
            assert_eq!(kept[0].bytes, [&head, &frame[12..]].concat());
        }
    });
}

#[test]
fn another_namespace_can_be_captured_in() {
    in_namespace("another_namespace_can_be_captured_in", || {
        let mut other = std::process::Command::new("cat");
        other.stdin(std::process::Stdio::piped());
        testing::namespaced(&mut other).unwrap();
        let mut other = other.spawn().unwrap();
        let there = std::fs::File::open(format!("/proc/{}/ns/net", other.id())).unwrap();
        // Here `lo` is up and there is a pair; there, neither.
        add_veth("v0", "v1");
        let opening = Live::open_in(std::os::fd::AsFd::as_fd(&there), "lo", small()).unwrap();
        assert!(matches!(opening.start(None), Err(OpenError::NotUp)));
        let error = Live::open_in(std::os::fd::AsFd::as_fd(&there), "v0", small()).unwrap_err();
        assert!(matches!(error, OpenError::NoSuchDevice));
        assert!(Live::open("v0", small()).is_ok());
        drop(other.stdin.take());
        other.wait().unwrap();
    });
}

/// What the kernel counts is what is lent, on all interfaces together too: duplicates do not reach the ring.
#[test]
fn the_counts_agree_on_any() {
    in_namespace("the_counts_agree_on_any", || {
        let mut live = start("any", small());
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..50 {
            socket.send_to(b"x", socket.local_addr().unwrap()).unwrap();
        }
        assert_eq!(finish(&mut live).len(), 50);
        assert_eq!(live.stats().unwrap().received, 50);
    });
}

#[test]
fn the_list_is_that_of_tcpdump() {
    const TEST: &str = "the_list_is_that_of_tcpdump";
    in_namespace(TEST, || {
        add_veth("v0", "v1");
        add_veth("v2", "v3");
        testing::down("v3");
        thread::sleep(Duration::from_millis(1500));
        let Ok(output) = std::process::Command::new("tcpdump").arg("-D").output() else {
            writeln!(std::io::stderr(), "SKIPPED {TEST}: no tcpdump here").unwrap();
            return;
        };
        // It lists things that are no interfaces, too.
        let others = ["bluetooth", "nflog", "nfqueue", "dbus", "usbmon", "rpcap", "DISPLAY", "dag"];
        let theirs: Vec<String> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once('.').map(|(_, device)| device.to_owned()))
            .filter(|device| !others.iter().any(|other| device.starts_with(other)))
            .collect();
        let ours: Vec<String> = gannet_capture::devices().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(ours, theirs);
    });
}

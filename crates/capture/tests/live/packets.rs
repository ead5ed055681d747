//! What records hold: every byte, every tag, lengths, times and directions.

use crate::*;

/// Seconds and nanoseconds, as the records have them.
fn now() -> (i64, u64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    (now.as_secs().cast_signed(), now.subsec_nanos().into())
}

#[test]
fn the_loopback_is_seen_once_and_whole() {
    in_namespace("packets::the_loopback_is_seen_once_and_whole", || {
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
    in_namespace("packets::a_tcp_stream_is_complete", || {
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
    in_namespace("packets::frames_arrive_in_order_and_unchanged_at_both_ends", || {
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
    in_namespace("packets::arp_and_icmp_and_what_answers_them", || {
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
    in_namespace("packets::tags_are_in_their_place_on_ethernet", || {
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
    in_namespace("packets::tags_are_in_their_place_on_any", || {
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
    in_namespace("packets::the_snaplen_cuts_and_the_length_tells", || {
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
    in_namespace("packets::directions_are_kept_apart", || {
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
fn a_capture_can_send() {
    in_namespace("packets::a_capture_can_send", || {
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
fn made_up_headers_on_request() {
    in_namespace("packets::made_up_headers_on_request", || {
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

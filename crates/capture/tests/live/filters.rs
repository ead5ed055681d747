//! Filters in the kernel, from the first packet on.

use crate::*;

#[test]
fn a_filter_holds_from_the_first_packet() {
    in_namespace("filters::a_filter_holds_from_the_first_packet", || {
        add_veth("v0", "v1");
        under_load(|| {
            for options in both() {
                for _ in 0..20 {
                    let nothing = begins_with(14, 0xdead_beef);
                    let opening = Live::open("v1", options.clone()).unwrap();
                    let mut live = opening.start(Some(&nothing)).unwrap();
                    thread::sleep(Duration::from_millis(10));
                    assert_eq!(finish(&mut live).len(), 0);
                    assert_eq!(live.stats().unwrap().received, 0);
                }
            }
        });
    });
}

#[test]
fn a_filter_picks_its_packets() {
    in_namespace("filters::a_filter_picks_its_packets", || {
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
    in_namespace("filters::the_kernel_knows_the_tag_for_a_filter", || {
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
    in_namespace("filters::filters_that_the_kernel_does_not_take", || {
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
fn a_new_filter_holds_from_when_it_is_set() {
    in_namespace("filters::a_new_filter_holds_from_when_it_is_set", || {
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
    const TEST: &str = "filters::interfaces_without_headers";
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

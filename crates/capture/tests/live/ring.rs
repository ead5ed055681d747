//! The ring: stopping without loss, pausing, counting, sharing.

use crate::*;

#[test]
fn nothing_is_lost_by_stopping_at_once() {
    in_namespace("ring::nothing_is_lost_by_stopping_at_once", || {
        add_veth("v0", "v1");
        let injector = Injector::on("v0");
        for (delay, retire_ms) in [(0, 10), (10, 10), (10, 300), (1, 1), (0, 300)] {
            let mut live = start("v1", Options { retire_ms, ..small() });
            (0..12).for_each(|n| injector.send(&numbered(n)));
            thread::sleep(Duration::from_millis(delay));
            let kept = finish(&mut live);
            assert_eq!(kept.len(), 12, "{delay} ms after, {retire_ms} ms timeout");
            assert_eq!(live.stats().unwrap().received, 12);
        }
        // With nothing in the open block, there is nothing to wait for: who waited would for ten minutes.
        let mut live = start("v1", Options { retire_ms: 600_000, ..small() });
        let stopped = Instant::now();
        assert_eq!(finish(&mut live).len(), 0);
        assert!(stopped.elapsed() < Duration::from_secs(300));
    });
}

#[test]
fn whoever_wants_to_stop_is_heard() {
    in_namespace("ring::whoever_wants_to_stop_is_heard", || {
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
    in_namespace("ring::what_is_not_taken_is_there_again", || {
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
    in_namespace("ring::what_there_was_no_room_for_is_counted", || {
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
    in_namespace("ring::many_rounds_through_the_ring", || {
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
    in_namespace("ring::a_group_shares_the_packets", || {
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

/// What the kernel counts is what is lent, on all interfaces together too: duplicates do not reach the ring.
#[test]
fn the_counts_agree_on_any() {
    in_namespace("ring::the_counts_agree_on_any", || {
        let mut live = start("any", small());
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..50 {
            socket.send_to(b"x", socket.local_addr().unwrap()).unwrap();
        }
        assert_eq!(finish(&mut live).len(), 50);
        assert_eq!(live.stats().unwrap().received, 50);
    });
}

/// Stopped in the middle of a flood: each packet that the kernel counted was lent or counted as dropped, to the last.
#[test]
fn nothing_is_lost_by_stopping_under_load() {
    in_namespace("ring::nothing_is_lost_by_stopping_under_load", || {
        add_veth("v0", "v1");
        under_load(|| {
            for _ in 0..20 {
                let mut live = start("v1", small());
                let mut lent = 0;
                let begun = Instant::now();
                // The sender may have to wait for its turn on a busy machine.
                while lent < 1000 && begun.elapsed() < Duration::from_secs(120) {
                    if let Event::Block(block) = live.poll(Some(Duration::from_millis(1))).unwrap() {
                        lent += block.count();
                    }
                }
                lent += finish(&mut live).len();
                let stats = live.stats().unwrap();
                assert_eq!(lent as u64 + stats.dropped, stats.received);
                assert!(lent >= 1000, "{lent}");
            }
        });
    });
}

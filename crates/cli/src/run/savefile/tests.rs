//! Rotation under clocks that the test moves.

use super::*;
use crate::flags::saving::Saving;
use clock::Moment;
use gannet_pcap::LinkType;
use gannet_pcap::savefile::{Header, Reader};
use gannet_pcap::wire::{Direction, Timestamp};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::rc::Rc;

/// 2025-10-26 00:00:00 UTC; an hour later summer ends in Paris.
const NIGHT: i64 = 1_761_436_800;

/// Both clocks, in the test's hand.
#[derive(Clone)]
struct Hand(Rc<Cell<Moment>>);

impl Hand {
    fn at(wall: i64) -> Self {
        Hand(Rc::new(Cell::new(Moment { steady: Duration::ZERO, wall: wall * 1000 })))
    }

    /// Time passes.
    fn pass(&self, length: Duration) {
        let Moment { steady, wall } = self.0.get();
        self.0.set(Moment { steady: steady + length, wall: wall + length.as_millis() as i64 });
    }

    /// Somebody sets the clock on the wall.
    fn set(&self, by: i64) {
        let Moment { steady, wall } = self.0.get();
        self.0.set(Moment { steady, wall: wall + by * 1000 });
    }
}

impl Clocks for Hand {
    fn steady(&self) -> Duration {
        self.0.get().steady
    }

    fn now(&self) -> Moment {
        self.0.get()
    }
}

/// A run that writes to a directory of its own.
struct Run {
    directory: PathBuf,
    hand: Hand,
    savefile: Savefile,
}

impl Run {
    fn new(test: &str, name: &str, saving: Saving, hand: Hand, zone: Zone) -> Self {
        let directory = std::env::temp_dir().join(format!("gannet-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let write = Some(directory.join(name).into_os_string());
        let flags = Flags { write, saving, ..Flags::default() };
        let preamble = Preamble::pcap(Header::default());
        let clocks = Box::new(hand.clone());
        let savefile =
            Savefile::with_clocks(target(&flags, Arc::default()).unwrap(), &flags, preamble, clocks, zone)
                .unwrap();
        Run { directory, hand, savefile }
    }

    fn packet(&mut self, n: i64) -> More {
        let record = Record {
            bytes: &[0; 60],
            length: 60,
            time: Timestamp { seconds: n, nanos: 0 },
            link: LinkType::ETHERNET,
            interface: 0,
            direction: Direction::Unknown,
            vlan: None,
        };
        self.savefile.write(&record).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Ends it, and gives the packets of each file.
    fn end(self) -> BTreeMap<String, Vec<i64>> {
        let names = self.names();
        self.savefile.finish().0.unwrap();
        let read = |name: &String| {
            let mut reader = Reader::open(File::open(self.directory.join(name)).unwrap()).unwrap();
            let mut packets = Vec::new();
            while let Some(record) = reader.next().unwrap() {
                packets.push(record.time.seconds);
            }
            packets
        };
        let files = names.iter().map(|name| (name.clone(), read(name))).collect();
        fs::remove_dir_all(&self.directory).unwrap();
        files
    }
}

fn every(seconds: u64) -> Saving {
    Saving { seconds, ..Saving::default() }
}

fn all(files: &BTreeMap<String, Vec<i64>>) -> Vec<i64> {
    let mut all: Vec<_> = files.values().flatten().copied().collect();
    all.sort_unstable();
    all
}

/// tcpdump loses 214 of these 498 packets: the names of an hour come twice in the night in which summer ends.
#[test]
fn the_end_of_summer_overwrites_nothing() {
    let hand = Hand::at(NIGHT - 3600);
    let paris = Zone::named("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let mut run = Run::new("summer", "%H%M", every(60), hand, paris);
    for n in 0..498 {
        assert_eq!(run.packet(n), More::Wanted);
        run.hand.pass(Duration::from_secs(30));
    }
    let files = run.end();
    assert_eq!(all(&files), (0..498).collect::<Vec<_>>());
    // 249 minutes from one o'clock on, with two hours between two and three.
    assert_eq!(files.len(), 249);
    assert!(files["0230"] < files["02301"] && files.contains_key("0300") && !files.contains_key("03001"));
}

/// tcpdump puts what comes in these three hours into one file.
#[test]
fn a_clock_put_back_stops_no_rotation() {
    let mut run = Run::new("back", "f%H%M%S", every(1), Hand::at(NIGHT), Zone::utc());
    for n in 0..300 {
        assert_eq!(run.packet(n), More::Wanted);
        if n == 100 {
            run.hand.set(-3 * 3600);
        }
        if n == 200 {
            run.hand.set(3 * 3600 - 50);
        }
        run.hand.pass(Duration::from_secs(1));
    }
    let files = run.end();
    assert_eq!(all(&files), (0..300).collect::<Vec<_>>());
    assert!(files.values().all(|packets| packets.len() == 1));
    assert_eq!(files.len(), 300);
}

#[test]
fn without_a_packet_only_when_asked() {
    for (idle, files) in [(false, 1), (true, 6)] {
        let saving = Saving { idle, ..every(10) };
        let mut run = Run::new(&format!("idle-{idle}"), "f%s", saving, Hand::at(NIGHT), Zone::utc());
        for _ in 0..50 {
            run.hand.pass(Duration::from_secs(1));
            assert_eq!(run.savefile.tick().unwrap(), More::Wanted);
        }
        assert_eq!(run.names().len(), files);
        run.end();
    }
}

#[test]
fn the_wait_ends_with_the_slice() {
    let saving = Saving { idle: true, ..every(2) };
    let mut run = Run::new("wait", "f%s", saving, Hand::at(NIGHT), Zone::utc());
    assert_eq!(run.savefile.next_tick(), PATIENCE);
    run.hand.pass(Duration::from_millis(1000));
    run.savefile.tick().unwrap();
    run.hand.pass(Duration::from_millis(700));
    assert_eq!(run.savefile.next_tick(), Duration::from_millis(300));
    run.hand.pass(Duration::from_millis(300));
    run.savefile.tick().unwrap();
    assert_eq!(run.names().len(), 2);
    run.end();
}

#[test]
fn aligned_slices_have_round_names() {
    let saving = Saving { align: true, ..every(600) };
    let mut run = Run::new("align", "f%H%M%S", saving, Hand::at(NIGHT + 125), Zone::utc());
    for n in 0..1800 {
        run.packet(n);
        run.hand.pass(Duration::from_secs(1));
        run.savefile.tick().unwrap();
    }
    let files = run.end();
    let counts: Vec<_> = files.iter().map(|(name, packets)| (name.as_str(), packets.len())).collect();
    assert_eq!(counts, [("f000205", 475), ("f001000", 600), ("f002000", 600), ("f003000", 125)]);
}

#[test]
fn so_many_slices_and_no_more() {
    let saving = Saving { files: Some(3), ..every(10) };
    let mut run = Run::new("limit", "f%s", saving, Hand::at(NIGHT), Zone::utc());
    let mut taken = 0;
    while run.packet(taken) == More::Wanted {
        taken += 1;
        run.hand.pass(Duration::from_secs(1));
    }
    assert_eq!(run.packet(99), More::Enough);
    let files = run.end();
    assert_eq!((taken, files.len()), (30, 3));
    assert_eq!(all(&files), (0..30).collect::<Vec<_>>());
}

#[test]
fn slices_and_sizes_together() {
    let saving = Saving { packets: Some(4), ..every(10) };
    let mut run = Run::new("together", "f%s-", saving, Hand::at(1_000_000_000), Zone::utc());
    for n in 0..20 {
        run.packet(n);
        run.hand.pass(Duration::from_secs(1));
    }
    let files = run.end();
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let slices =
        ["f1000000000-", "f1000000000-1", "f1000000000-2", "f1000000010-", "f1000000010-1", "f1000000010-2"];
    assert_eq!(names, slices);
    assert_eq!(files["f1000000010-1"], [14, 15, 16, 17]);
}

/// What is gathered is in the file within a second, however slowly packets come.
#[test]
fn nothing_waits_longer_than_a_second() {
    let mut run = Run::new("patience", "f", Saving::default(), Hand::at(NIGHT), Zone::utc());
    for n in 0..10 {
        run.packet(n);
        run.hand.pass(Duration::from_millis(400));
        run.savefile.tick().unwrap();
    }
    let length = fs::metadata(run.directory.join("f")).unwrap().len();
    assert_eq!(length, 24 + 9 * 76);
    run.end();
}

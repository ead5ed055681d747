//! A gannet that is killed at any moment leaves a file that opens, with every packet in it that was flushed.

use gannet_pcap::savefile::Reader;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kill");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = fs::remove_file(&path);
    path
}

/// So many packets are fed: what there is of them is counted often.
const MOST: u32 = 20_000;

/// A gannet that copies packets, and somebody who feeds it 100,000 of them a second.
struct Copy {
    child: Child,
    feeder: Option<JoinHandle<std::process::ChildStdin>>,
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
}

impl Copy {
    fn start(path: &PathBuf, options: &[&str]) -> Copy {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gannet"))
            .args(["-r", "-", "-w"])
            .arg(path)
            .args(options)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let pipe = child.stdin.take().unwrap();
        let (stops, counts) = (stop.clone(), sent.clone());
        let feeder = thread::spawn(move || feed(pipe, &stops, &counts));
        Copy { child, feeder: Some(feeder), stop, sent }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Stops the feeding, but does not end the file.
    fn quiet(&mut self) -> std::process::ChildStdin {
        self.stop.store(true, Ordering::Relaxed);
        self.feeder.take().unwrap().join().unwrap()
    }

    fn kill(mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().unwrap();
        if self.feeder.is_some() {
            self.quiet();
        }
    }
}

/// Writes packets that are numbered from 0 on.
fn feed(mut pipe: std::process::ChildStdin, stop: &AtomicBool, sent: &AtomicU64) -> std::process::ChildStdin {
    let began = Instant::now();
    let mut header = 0xa1b2_c3d4u32.to_ne_bytes().to_vec();
    header.extend([2u16, 4].map(u16::to_ne_bytes).concat());
    header.extend([0u32, 0, 262_144, 1].map(u32::to_ne_bytes).concat());
    let mut number = 0u32;
    let mut alive = pipe.write_all(&header).is_ok();
    while alive && !stop.load(Ordering::Relaxed) {
        let mut piece = Vec::new();
        while number < MOST && u128::from(number) < began.elapsed().as_micros() / 10 {
            piece.extend([1_700_000_000, number % 1_000_000, 60, 60].map(u32::to_ne_bytes).concat());
            piece.extend(number.to_be_bytes());
            piece.extend([0x55; 56]);
            number += 1;
        }
        alive = pipe.write_all(&piece).is_ok();
        sent.store(number.into(), Ordering::Relaxed);
        thread::sleep(Duration::from_millis(1));
    }
    pipe
}

/// How many packets are in the file, which are to be the first of those that were sent; and whether it is torn.
fn count(path: &PathBuf) -> (u64, bool) {
    let mut reader = match Reader::open(File::open(path).unwrap()) {
        Ok(reader) => reader,
        Err(error) => panic!("{error}"),
    };
    let mut packets = 0u64;
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                let number = record.bytes.first_chunk().map(|number| u32::from_be_bytes(*number));
                assert_eq!(number.map(u64::from), Some(packets), "packets are in order, and none is missing");
                packets += 1;
            }
            Ok(None) => return (packets, false),
            Err(error) => {
                assert!(error.offset().is_some(), "{error}");
                return (packets, true);
            }
        }
    }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether the file is there, and its header in it.
fn begun(path: &PathBuf) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

/// What was there before the kill is there after it, and what is torn can be repaired.
fn kept(path: &PathBuf, before: u64) {
    let (packets, torn) = count(path);
    assert!(packets >= before, "{packets} of {before} are left");
    if packets > 0 {
        let repaired = Command::new(env!("CARGO_BIN_EXE_gannet")).arg("repair").arg(path).output().unwrap();
        let words = String::from_utf8_lossy(&repaired.stdout).into_owned();
        assert!(repaired.status.success(), "{words}");
        assert_eq!(words.contains("cut"), torn || words.contains("nothing to cut"), "{words}");
        assert_eq!(count(path), (packets, false));
    }
}

#[test]
fn a_file_opens_as_soon_as_it_is_there() {
    for name in ["o.pcap", "o.pcapng"] {
        let path = scratch(name);
        let copy = Copy::start(&path, &[]);
        until("the file is begun", || begun(&path));
        copy.kill();
        kept(&path, 0);
    }
}

#[test]
fn with_packet_buffering_what_is_in_the_file_stays_there() {
    for (i, name) in ["u.pcap", "u.pcapng", "u2.pcap", "u2.pcapng"].into_iter().enumerate() {
        let path = scratch(name);
        let copy = Copy::start(&path, &["-U"]);
        until("packets are written", || begun(&path) && count(&path).0 > 500);
        thread::sleep(Duration::from_millis(7 * i as u64));
        let before = count(&path).0;
        copy.kill();
        kept(&path, before);
    }
}

#[test]
fn a_signal_writes_what_was_gathered() {
    for name in ["s.pcap", "s.pcapng"] {
        let path = scratch(name);
        let copy = Copy::start(&path, &[]);
        until("packets come", || copy.sent.load(Ordering::Relaxed) > 1000);
        // It is on its way to the file, but for what is still in the pipe.
        until("the signal is heard", || {
            copy.signal(Signal::SIGUSR2);
            thread::sleep(Duration::from_millis(10));
            begun(&path) && count(&path).0 > 0
        });
        let before = count(&path).0;
        copy.kill();
        kept(&path, before);
    }
}

#[test]
fn after_a_second_everything_is_written_without_being_asked_for() {
    for name in ["p.pcap", "p.pcapng"] {
        let path = scratch(name);
        let mut copy = Copy::start(&path, &[]);
        until("packets come", || copy.sent.load(Ordering::Relaxed) > 1000);
        let pipe = copy.quiet();
        let sent = copy.sent.load(Ordering::Relaxed);
        until("what was gathered is written", || count(&path).0 == sent);
        copy.kill();
        drop(pipe);
        kept(&path, sent);
    }
}

/// Interfaces may have longer packets than the first: until the end the header promises the longest that there are, for whoever
/// reads the file cuts packets to that. Then it says what is true.
#[test]
fn the_header_of_a_file_that_was_killed_promises_enough() {
    use gannet_pcap::savefile::{Interface, SectionInfo, Writer};
    use gannet_pcap::{LinkType, Record};
    let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
    let mut first = 0;
    for (interface, snaplen, bytes) in [(0, 96, vec![1; 60]), (1, 0, vec![2; 500])] {
        writer.interface(&Interface { snaplen, ..Interface::default() }).unwrap();
        let length = bytes.len() as u32;
        let (time, link) = (Default::default(), LinkType::ETHERNET);
        let (direction, vlan) = (Default::default(), None);
        let record = Record { bytes: &bytes, length, time, link, interface, direction, vlan };
        writer.write(&record).unwrap();
        first = if interface == 0 { writer.length() as usize } else { first };
    }
    let input = writer.finish().unwrap();
    let written = |path: &PathBuf, length: usize| {
        let began = Instant::now();
        while fs::metadata(path).map_or(0, |about| about.len()) < length as u64 {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not write");
            thread::sleep(Duration::from_millis(10));
        }
    };
    // Without the second packet nothing is longer than the first interface says.
    let (short, whole) = (24 + 16 + 60, 24 + 16 + 60 + 16 + 500);
    for (more, ends, expected) in [(true, false, 262_144), (true, true, 500), (false, true, 96)] {
        let path = scratch("promise.pcap");
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command.args(["-r", "-", "-U", "-w"]).arg(&path).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // What is in memory already would be looked through for interfaces.
        pipe.write_all(&input[..first]).unwrap();
        written(&path, short);
        if more {
            pipe.write_all(&input[first..]).unwrap();
            written(&path, whole);
        }
        if !ends {
            child.kill().unwrap();
        }
        drop(pipe);
        assert_eq!(child.wait().unwrap().success(), ends);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(u32::from_ne_bytes(bytes[16..20].try_into().unwrap()), expected);
        let mut reader = Reader::open(&bytes[..]).unwrap();
        let mut longest = 0;
        while let Some(record) = reader.next().unwrap() {
            longest = longest.max(record.bytes.len());
        }
        assert_eq!(longest, if more { 500 } else { 60 });
    }
}

//! Savefiles of a live capture: what a clock, a signal or somebody in the directory does to them.
//!
//! Where the kernel grants no namespaces, the tests say `SKIPPED`.

use gannet_capture::testing::{Injector, add_veth, ethernet, in_namespace};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// An empty directory of that name.
fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Who waits longer waits for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running gannet, and what it has said so far.
struct Gannet {
    child: Child,
    said: Arc<Mutex<String>>,
    listener: JoinHandle<()>,
}

impl Gannet {
    /// Starts it on `left` and waits until it listens.
    fn start(directory: &Path, args: &[&str]) -> Gannet {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command
            .args(["-i", "left", "ether proto 0x88b5"])
            .args(args)
            .current_dir(directory)
            .env("TZ", "UTC0");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, all) = (child.stderr.take().unwrap(), said.clone());
        let listener = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                all.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let gannet = Gannet { child, said, listener };
        gannet.says("listening on");
        gannet
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it says that.
    fn says(&self, words: &str) {
        let start = Instant::now();
        while !self.said().contains(words) {
            assert!(start.elapsed() < PATIENCE, "it does not say {words:?}, but: {}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Ctrl-C.
    fn interrupt(self) -> (Option<i32>, String) {
        self.signal(Signal::SIGINT);
        self.end()
    }

    fn end(mut self) -> (Option<i32>, String) {
        let status: ExitStatus = self.child.wait().unwrap();
        self.listener.join().unwrap();
        let said = self.said.lock().unwrap().clone();
        (status.code(), said)
    }
}

/// Sends so many frames.
fn send(count: u32) {
    let injector = Injector::on("right");
    for n in 0..count {
        injector.send(&ethernet(&[], 0x88b5, &[&n.to_be_bytes()[..], &[0; 42]].concat()));
    }
}

/// How many packets a file has, of 60 bytes all of them.
fn packets(path: &Path) -> u64 {
    let length = fs::metadata(path).unwrap().len();
    let records = length.saturating_sub(24);
    assert_eq!(records % 76, 0, "{length}");
    records / 76
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits until it is so.
fn until(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn slices_end_without_a_packet_when_asked() {
    in_namespace("slices_end_without_a_packet_when_asked", || {
        add_veth("left", "right");
        let directory = scratch("live-idle");
        let gannet = Gannet::start(&directory, &["-w", "f%s", "-G", "1", "-W", "2", "--rotate-idle"]);
        let (status, said) = gannet.end();
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("Maximum file limit reached: 2\n0 packets captured\n"), "{said}");
        assert_eq!(names(&directory).len(), 2);
    });
}

#[test]
fn aligned_slices_begin_when_the_second_does() {
    in_namespace("aligned_slices_begin_when_the_second_does", || {
        add_veth("left", "right");
        let directory = scratch("live-align");
        let gannet = Gannet::start(&directory, &["-w", "f%s", "-G", "2", "--align"]);
        until("there are four files", || names(&directory).len() >= 4);
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
        let seconds: Vec<u64> = names(&directory).iter().map(|name| name[1..].parse().unwrap()).collect();
        assert!(seconds[1..].iter().all(|second| second % 2 == 0), "{seconds:?}");
    });
}

#[test]
fn it_stops_after_a_while() {
    in_namespace("it_stops_after_a_while", || {
        add_veth("left", "right");
        let directory = scratch("live-stop");
        let gannet = Gannet::start(&directory, &["-w", "f", "--stop-after", "4s"]);
        send(30);
        let (status, said) = gannet.end();
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("\n30 packets captured\n"), "{said}");
        assert_eq!(packets(&directory.join("f")), 30);
    });
}

#[test]
fn packets_that_trickle_are_in_the_file_before_there_are_many() {
    in_namespace("packets_that_trickle_are_in_the_file_before_there_are_many", || {
        add_veth("left", "right");
        let directory = scratch("live-trickle");
        let gannet = Gannet::start(&directory, &["-w", "f"]);
        // Far fewer than would fill what gathers them.
        until("packets are in the file", || {
            send(1);
            thread::sleep(Duration::from_millis(100));
            packets(&directory.join("f")) >= 4
        });
        gannet.interrupt();
    });
}

#[test]
fn a_file_that_is_gone_is_told_of() {
    in_namespace("a_file_that_is_gone_is_told_of", || {
        add_veth("left", "right");
        let directory = scratch("live-gone");
        let gannet = Gannet::start(&directory, &["-w", "f"]);
        send(3);
        fs::remove_file(directory.join("f")).unwrap();
        gannet.says("WARNING: f was removed while packets are written to it; what is in it will be lost");
        send(3);
        let (status, said) = gannet.interrupt();
        assert_eq!((status, said.matches("was removed").count()), (Some(0), 1), "{said}");

        let gannet = Gannet::start(&directory, &["-w", "f"]);
        send(3);
        fs::rename(directory.join("f"), directory.join("g")).unwrap();
        gannet.says("WARNING: f was moved away; packets still go to it");
        send(4);
        let (status, said) = gannet.interrupt();
        assert_eq!((status, packets(&directory.join("g"))), (Some(0), 7), "{said}");

        let gannet = Gannet::start(&directory, &["-w", "f"]);
        send(3);
        until("they are in the file", || packets(&directory.join("f")) == 3);
        fs::File::create(directory.join("f")).unwrap();
        send(4);
        gannet.says("WARNING: f was made shorter by somebody else");
        let (status, said) = gannet.interrupt();
        assert_eq!((status, said.matches("was made shorter").count()), (Some(0), 1), "{said}");
    });
}

/// A directory that vanishes costs what was in the file in it, and nothing that came later.
#[test]
fn a_directory_that_is_gone_for_a_while() {
    in_namespace("a_directory_that_is_gone_for_a_while", || {
        add_veth("left", "right");
        let directory = scratch("live-vanished");
        let inner = directory.join("inner");
        fs::create_dir(&inner).unwrap();
        let gannet = Gannet::start(&directory, &["-w", "inner/f", "--rotate-packets", "10"]);
        send(10);
        until("ten packets are in the first file", || packets(&inner.join("f")) == 10);
        fs::remove_dir_all(&inner).unwrap();
        send(25);
        gannet.says("inner/f1: No such file or directory; packets wait in the kernel until it can be made");
        send(100);
        thread::sleep(Duration::from_millis(300));
        fs::create_dir(&inner).unwrap();
        gannet.says("inner/f1 was made after ");
        send(5);
        until("all are in files", || names(&inner).len() == 13);
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
        let kept: u64 = names(&inner).iter().map(|name| packets(&inner.join(name))).sum();
        assert_eq!(kept, 130, "{said}");
        assert!(
            said.contains("\n140 packets captured\n") && said.contains("\n0 packets dropped by kernel"),
            "{said}"
        );
    });
}

/// The same where a thread of its own compresses.
#[test]
fn a_directory_of_compressed_files_that_is_gone_for_a_while() {
    in_namespace("a_directory_of_compressed_files_that_is_gone_for_a_while", || {
        add_veth("left", "right");
        let directory = scratch("live-vanished-packed");
        let inner = directory.join("inner");
        fs::create_dir(&inner).unwrap();
        let gannet = Gannet::start(&directory, &["-w", "inner/f.zst", "--rotate-packets", "10"]);
        send(5);
        fs::remove_dir_all(&inner).unwrap();
        send(20);
        gannet
            .says("inner/f1.zst: No such file or directory; packets wait in the kernel until it can be made");
        send(100);
        fs::create_dir(&inner).unwrap();
        gannet.says("inner/f1.zst was made after ");
        until("all are in files", || names(&inner).len() == 12);
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
        assert!(
            said.contains("\n125 packets captured\n") && said.contains("\n0 packets dropped by kernel"),
            "{said}"
        );
        let count = |name: &String| {
            let mut gannet = Command::new(env!("CARGO_BIN_EXE_gannet"));
            let output = gannet.args(["--count", "-r"]).arg(inner.join(name)).output().unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout).unwrap();
            text.split(' ').next().unwrap().parse::<u64>().unwrap()
        };
        // Ten went with the directory.
        assert_eq!(names(&inner).iter().map(count).sum::<u64>(), 115, "{said}");
    });
}

#[test]
fn a_directory_that_does_not_come_back() {
    in_namespace("a_directory_that_does_not_come_back", || {
        add_veth("left", "right");
        for (args, signal) in [(&[][..], true), (&["--stop-after", "6s"], false)] {
            let directory = scratch("live-lost");
            let inner = directory.join("inner");
            fs::create_dir(&inner).unwrap();
            let args = [&["-w", "inner/f", "--rotate-packets", "10"], args].concat();
            let gannet = Gannet::start(&directory, &args);
            fs::remove_dir_all(&inner).unwrap();
            send(25);
            gannet.says("packets wait in the kernel");
            let (status, said) = if signal { gannet.interrupt() } else { gannet.end() };
            assert_eq!(status, Some(1), "{said}");
            assert!(said.contains("(packets that came since are not written)"), "{said}");
        }
    });
}

/// The files go on in the directory, whatever it is called by now; when another one takes its place, there.
#[test]
fn a_directory_that_is_moved() {
    in_namespace("a_directory_that_is_moved", || {
        add_veth("left", "right");
        let directory = scratch("live-moved");
        let (inner, elsewhere) = (directory.join("inner"), directory.join("elsewhere"));
        fs::create_dir(&inner).unwrap();
        let gannet = Gannet::start(&directory, &["-w", "inner/f", "--rotate-packets", "10", "-U"]);
        fs::rename(&inner, &elsewhere).unwrap();
        send(25);
        gannet.says("the directory inner was moved away or removed");
        until("there are three files", || names(&elsewhere).len() == 3);
        fs::create_dir(&inner).unwrap();
        send(10);
        until("the next is in the new one", || names(&inner) == ["f3"]);
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
        assert_eq!((packets(&inner.join("f3")), packets(&elsewhere.join("f2"))), (5, 10));
    });
}

#[test]
fn a_signal_flushes_the_present_file() {
    in_namespace("a_signal_flushes_the_present_file", || {
        add_veth("left", "right");
        let directory = scratch("live-flush");
        let gannet = Gannet::start(&directory, &["-w", "f", "--rotate-packets", "10"]);
        send(15);
        until("there are two files", || names(&directory).len() == 2);
        gannet.signal(Signal::SIGUSR2);
        until("the second is flushed", || fs::metadata(directory.join("f1")).unwrap().len() > 24);
        assert_eq!(packets(&directory.join("f1")), 5);
        gannet.interrupt();
    });
}

#[test]
fn a_compressed_file_can_be_read_while_it_is_written() {
    in_namespace("a_compressed_file_can_be_read_while_it_is_written", || {
        add_veth("left", "right");
        let directory = scratch("live-packed");
        let gannet = Gannet::start(&directory, &["-w", "f.zst"]);
        send(20);
        let read = || {
            let output = Command::new("zstd").args(["-dc", "f.zst"]).current_dir(&directory).output();
            output.map(|output| (output.status.success(), output.stdout.len()))
        };
        if read().is_err() {
            eprintln!("SKIPPED: no zstd here");
            gannet.interrupt();
            return;
        }
        until("the file is whole", || read().unwrap() == (true, 24 + 20 * 76));
        let threads = fs::read_dir(format!("/proc/{}/task", gannet.child.id())).unwrap();
        let called = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("comm")).unwrap();
        let threads: Vec<String> = threads.map(|thread| called(thread.unwrap())).collect();
        assert!(threads.contains(&"savefile\n".to_owned()), "who captures does not compress: {threads:?}");
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
    });
}

/// Many files, many packets, and many signals in between: every packet is in a file.
#[test]
fn nothing_is_lost_between_two_files() {
    in_namespace("nothing_is_lost_between_two_files", || {
        add_veth("left", "right");
        let directory = scratch("live-many");
        let gannet = Gannet::start(&directory, &["-w", "f", "-C", "20k", "-B", "65536", "--atomic"]);
        for n in 0..100 {
            send(300);
            gannet.signal(if n % 2 == 0 { Signal::SIGUSR2 } else { Signal::SIGUSR1 });
        }
        // While a file gets its name it has none that was just read.
        let length = |name: &String| fs::metadata(directory.join(name)).map_or(0, |file| file.len());
        until("all have arrived", || {
            gannet.signal(Signal::SIGUSR2);
            let all = names(&directory);
            all.iter().map(length).sum::<u64>() == all.len() as u64 * 24 + 30_000 * 76
        });
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
        let kept: u64 = names(&directory).iter().map(|name| packets(&directory.join(name))).sum();
        assert!(
            said.contains("\n30000 packets captured\n") && said.contains("\n0 packets dropped by kernel"),
            "{said}"
        );
        assert_eq!((kept, names(&directory).len()), (30_000, 112));
    });
}

#[test]
fn an_unfinished_file_that_is_gone() {
    in_namespace("an_unfinished_file_that_is_gone", || {
        add_veth("left", "right");
        let directory = scratch("live-unfinished");
        let inner = directory.join("inner");
        fs::create_dir(&inner).unwrap();
        let gannet =
            Gannet::start(&directory, &["-w", "inner/f", "--rotate-packets", "10", "--atomic", "--fsync"]);
        send(10);
        until("ten packets are in the first file", || packets(&inner.join("f.part")) == 10);
        fs::remove_dir_all(&inner).unwrap();
        send(25);
        gannet.says("packets wait in the kernel until it can be made");
        assert!(
            gannet.said().contains("inner/f was removed while packets are written to it"),
            "{}",
            gannet.said()
        );
        fs::create_dir(&inner).unwrap();
        gannet.says("inner/f1 was made after ");
        let (status, said) = gannet.interrupt();
        assert_eq!(status, Some(0), "{said}");
        assert_eq!(names(&inner), ["f1", "f2", "f3"]);
        assert_eq!(packets(&inner.join("f3")), 5);
    });
}

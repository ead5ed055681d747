//! Printing on several threads: whatever `--threads` says, what is seen is the same to the byte. The chunks of the
//! threads are large, so the files here are; `crates/printer/tests/team.rs` does the same with small ones.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const GANNET: &str = env!("CARGO_BIN_EXE_gannet");

/// What somebody who runs the program sees of it.
#[derive(PartialEq, Eq)]
struct Seen {
    text: Vec<u8>,
    said: String,
    status: Option<i32>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes, status {:?}: {}", self.text.len(), self.status, self.said)
    }
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn gannet(threads: &str, args: &[&str]) -> Command {
    let mut command = Command::new(GANNET);
    command.args(["--threads", threads]).args(args).env("TZ", "UTC0").stdin(Stdio::null());
    command
}

fn see(mut command: Command) -> Seen {
    let output = command.output().unwrap();
    Seen {
        text: output.stdout,
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

/// Prints on one thread and on several, and finds no difference.
fn same(args: &[&str]) -> Seen {
    let alone = see(gannet("1", args));
    for threads in ["2", "3", "7"] {
        let together = see(gannet(threads, args));
        assert!(together == alone, "{args:?} on {threads} threads: {together:?}, not {alone:?}");
    }
    alone
}

/// Segments of TCP between a few hosts, each of which begins and answers now and then, and datagrams of DNS.
fn made(megabytes: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 2000, 1] {
        bytes.extend(word.to_ne_bytes());
    }
    let mut n = 0u32;
    while bytes.len() < megabytes << 20 {
        let dice = n.wrapping_mul(2_654_435_761) >> 8;
        let (frame, payload) = (frame(n, dice), dice % 700);
        let length = frame.len() as u32 + payload;
        for word in [1_700_000_000 + n / 50, n % 50 * 19_999, length, length + n % 2] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.extend(frame);
        bytes.resize(bytes.len() + payload as usize, n as u8);
        n += 1;
    }
    bytes
}

fn frame(n: u32, dice: u32) -> Vec<u8> {
    let udp = n.is_multiple_of(5);
    let transport = if udp { 8 } else { 20 };
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    frame.extend(((20 + transport + dice % 700) as u16).to_be_bytes());
    frame.extend([0, 0, 0x40, 0, 64, if udp { 17 } else { 6 }, 0, 0]);
    let mut ends = [[10, 0, 0, (dice % 23) as u8], [10, 0, 1, (dice % 19) as u8]];
    let mut ports = [40_000 + (dice % 29) as u16, if udp { 53 } else { 80 + (dice % 2) as u16 }];
    if dice & 0x40 != 0 {
        ends.reverse();
        ports.reverse();
    }
    frame.extend(ends.concat());
    frame.extend(ports.map(u16::to_be_bytes).concat());
    if udp {
        frame.extend(((8 + dice % 700) as u16).to_be_bytes());
        frame.extend([0, 0]);
    } else {
        frame.extend((n * 100).to_be_bytes());
        frame.extend((n * 77).to_be_bytes());
        frame.extend([0x50, if n.is_multiple_of(31) { 0x12 } else { 0x18 }, 1, 0, 0, 0, 0, 0]);
    }
    frame
}

fn save(bytes: &[u8], name: &str) -> String {
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn under_every_option() {
    let path = save(&made(2), "print-options.pcap");
    let filtered = same(&["-n", "-r", &path, "tcp port 80"]);
    assert!(filtered.status == Some(0) && filtered.text.len() > 50_000, "{filtered:?}");
    for options in [
        &["-n"][..],
        &["-n", "-e", "-v", "-ttt"],
        &["-nvvv", "-#", "--lengths", "-ttttt"],
        &["-n", "-S", "-X"],
        &["-n", "-#", "--skip", "999", "-c", "3001"],
        &["-n", "-#", "--print-sampling", "3"],
        &["-n", "-l", "-c", "3000"],
        &["-n", "-q", "greater 400"],
        &["-n", "-c", "1"],
        &["--json", "-c", "4000"],
    ] {
        let seen = same(&[options, &["-r", &path]].concat());
        assert!(seen.status == Some(0) && !seen.text.is_empty(), "{options:?}: {seen:?}");
    }
}

#[test]
fn beside_a_copy() {
    let path = save(&made(3), "print-copy.pcap");
    let copies = ["1", "3"].map(|threads| {
        let to = scratch(&format!("print-copy-{threads}.out"));
        let args = ["-n", "-r", &path, "--print", "-w", to.to_str().unwrap(), "udp"];
        let seen = see(gannet(threads, &args));
        (seen.text, seen.status, fs::read(to).unwrap())
    });
    assert!(copies[0] == copies[1]);
    assert!(copies[0].1 == Some(0) && copies[0].0.len() > 10_000 && copies[0].2.len() > 10_000);
}

#[test]
fn several_files_and_pipes_among_them() {
    let bytes = made(2);
    let (a, b) = (save(&bytes, "print-a.pcap"), save(&bytes[..bytes.len() / 2], "print-b.pcap"));
    let list = save(format!("{a}\n{b}\n{a}\n").as_bytes(), "print-list.txt");
    let listed = same(&["-n", "-#", "-ttt", "-V", &list]);
    assert!(listed.text.len() > 100_000 && listed.status == Some(1), "the second is cut: {listed:?}");
    let list = save(format!("{a}\n-\n{a}\n").as_bytes(), "print-pipe.txt");
    let piped = |threads| {
        let mut command = gannet(threads, &["-n", "-#", "-ttt", "-V", &list]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut stdin, bytes) = (child.stdin.take().unwrap(), bytes.clone());
        let writer = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        (output.stdout, output.status.code(), output.stderr)
    };
    let alone = piped("1");
    assert!(alone == piped("4"));
    assert!(alone.1 == Some(0) && alone.0.len() > listed.text.len(), "{}", String::from_utf8_lossy(&alone.2));
}

#[test]
fn what_is_compressed_and_what_is_damaged() {
    let bytes = made(3);
    let cut = save(&bytes[..bytes.len() - 7], "print-cut.pcap");
    let seen = same(&["-n", "-r", &cut]);
    assert!(seen.status == Some(1) && seen.said.contains("truncated"), "{seen:?}");
    let mut wrong = bytes.clone();
    let middle = wrong.len() / 2;
    wrong[middle..middle + 4000].fill(0xff);
    let wrong = save(&wrong, "print-wrong.pcap");
    assert_eq!(same(&["-n", "-r", &wrong]).status, Some(1));
    assert_eq!(same(&["-n", "--recover", "-r", &wrong]).status, Some(1));
    let whole = save(&bytes, "print-whole.pcap");
    let packed = scratch("print-packed.pcapng.zst").to_str().unwrap().to_owned();
    let args = ["-r", &whole, "--pcapng", "-w", &packed];
    assert_eq!(see(gannet("1", &args)).status, Some(0));
    assert_eq!(same(&["-n", "-r", &packed]).text, same(&["-n", "-r", &whole]).text);
}

#[test]
fn a_full_disk_is_an_error() {
    let path = save(&made(3), "print-full.pcap");
    let told = ["1", "3"].map(|threads| {
        let mut command = gannet(threads, &["-n", "-r", &path]);
        let output = command.stdout(File::create("/dev/full").unwrap()).output().unwrap();
        (output.status.code(), output.stderr)
    });
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0].0, Some(0));
}

fn piped(threads: &str, path: &str) -> Child {
    gannet(threads, &["-n", "-r", path]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn nobody_reads_on() {
    let path = save(&made(30), "print-head.pcap");
    let ends = ["1", "3"].map(|threads| {
        let began = Instant::now();
        let mut child = piped(threads, &path);
        let mut line = [0; 20];
        child.stdout.take().unwrap().read_exact(&mut line).unwrap();
        let status = child.wait().unwrap().code();
        assert!(began.elapsed() < Duration::from_secs(20));
        (line, status)
    });
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn an_interrupt_ends_it_behind_a_line() {
    let path = save(&made(30), "print-interrupt.pcap");
    let whole = see(gannet("1", &["-n", "-r", &path])).text;
    for threads in ["1", "3"] {
        let mut child = piped(threads, &path);
        let mut stdout = child.stdout.take().unwrap();
        let mut text = vec![0; 100_000];
        stdout.read_exact(&mut text).unwrap();
        kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        stdout.read_to_end(&mut text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{threads}");
        let lines = text.strip_suffix(b"\n").unwrap();
        assert!(lines.ends_with(b"\n") && whole.starts_with(lines), "{threads}");
        assert!(text.len() < whole.len(), "{threads}");
    }
}

/// The most memory that it had so far, in KiB.
fn most(child: &Child) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_is_flat() {
    let most = [4, 40].map(|megabytes| {
        let path = save(&made(megabytes), "print-flat.pcap");
        let length = see(gannet("1", &["-n", "-r", &path])).text.len();
        let mut child = piped("3", &path);
        let mut stdout = child.stdout.take().unwrap();
        // The rest does not fit into the pipe: it still runs.
        let mut text = vec![0; length - (100 << 10)];
        stdout.read_exact(&mut text).unwrap();
        let most = most(&child);
        stdout.read_to_end(&mut text).unwrap();
        child.wait().unwrap();
        fs::remove_file(Path::new(&path)).unwrap();
        most
    });
    assert!(most[1] < most[0] + (12 << 10), "{most:?} KiB");
}

//! From file to file: whatever way a packet takes through the program, the copy is the same to the byte.
//!
//! With `-U` each packet is taken apart and written by itself; without it, runs of packets are moved as they are,
//! on as many threads as are asked for. tcpdump, where it is installed, is the third opinion.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a copy left behind: the file, what was said, the exit status.
#[derive(PartialEq, Eq)]
struct Left {
    bytes: Vec<u8>,
    said: String,
    status: Option<i32>,
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes, status {:?}: {}", self.bytes.len(), self.status, self.said)
    }
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Copies `from` with a program and its arguments; `job` keeps the outputs of tests apart.
fn copy(program: &str, from: &Path, args: &[&str], job: &str) -> Left {
    let to = scratch(&format!("copy-{job}.out"));
    let _ = fs::remove_file(&to);
    let output = Command::new(program)
        .arg("-r")
        .arg(from)
        .arg("-w")
        .arg(&to)
        .args(args)
        .env("TZ", "UTC0")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Left {
        bytes: fs::read(&to).unwrap_or_default(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

const GANNET: &str = env!("CARGO_BIN_EXE_gannet");

/// The ways that packets can take: the slow one first.
const WAYS: &[&[&str]] = &[&["-U"], &[], &["--threads", "2"], &["--threads", "5"]];

/// Copies in all ways, finds them equal, and gives the copy.
fn same(from: &Path, args: &[&str], job: &str) -> Left {
    let mut ways = WAYS.iter().map(|way| copy(GANNET, from, &[way, args].concat(), job));
    let first = ways.next().unwrap();
    for (other, way) in ways.zip(&WAYS[1..]) {
        assert!(first == other, "{} {args:?} {way:?}: {other:?}, not {first:?}", from.display());
    }
    first
}

/// A savefile in the making.
struct Made {
    bytes: Vec<u8>,
    records: Vec<usize>,
}

impl Made {
    /// A file whose packets are small and large, TCP to port 80 every third, more than any buffer holds.
    fn new(megabytes: usize) -> Self {
        let mut made = Made { bytes: Vec::new(), records: Vec::new() };
        for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 2000, 1] {
            made.bytes.extend(word.to_ne_bytes());
        }
        let mut n = 0u32;
        while made.bytes.len() < megabytes << 20 {
            let length = 60 + n.wrapping_mul(2_654_435_761) % 1900;
            made.record([1_700_000_000 + n / 50, n % 1_000_000, length, length + n % 2]);
            n += 1;
        }
        made
    }

    fn record(&mut self, header: [u32; 4]) {
        let n = self.records.len();
        self.records.push(self.bytes.len());
        self.bytes.extend(header.iter().flat_map(|word| word.to_ne_bytes()));
        let start = self.bytes.len();
        self.bytes
            .extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, 6, 0, 0]);
        self.bytes.extend([10, 0, 0, 1, 10, 0, 0, 2, 0x9c, 0x40, 0, 80 + u8::from(!n.is_multiple_of(3))]);
        self.bytes.resize(start + header[2] as usize, n as u8);
    }

    fn save(&self, name: &str) -> PathBuf {
        let path = scratch(name);
        fs::write(&path, &self.bytes).unwrap();
        path
    }
}

const FILTERS: &[&[&str]] =
    &[&[], &["tcp port 80"], &["not tcp port 80"], &["greater 1000"], &["ether[0] = 3"]];

#[test]
fn a_large_file() {
    let made = Made::new(14);
    let path = made.save("copy-large.pcap");
    assert_eq!(same(&path, &[], "large").bytes, made.bytes);
    for filter in FILTERS {
        let left = same(&path, filter, "large");
        assert_eq!(left.status, Some(0), "{filter:?}: {}", left.said);
        assert!(left.bytes.len() >= 24);
    }
    // Every third packet, and no other.
    let records = same(&path, FILTERS[1], "large").bytes;
    let web: Vec<u8> = made
        .records
        .iter()
        .enumerate()
        .filter(|(n, _)| n.is_multiple_of(3))
        .flat_map(|(n, at)| made.bytes[*at..*made.records.get(n + 1).unwrap_or(&made.bytes.len())].to_vec())
        .collect();
    assert_eq!(records[24..], web);
}

/// A large file is looked at where the system keeps it, a pipe is read, and a file that somebody writes to is read too.
#[test]
fn what_is_told_of_a_file_is_what_is_told_of_a_pipe() {
    let made = Made::new(14);
    let path = made.save("copy-told.pcap");
    let told = |from: &Path, stdin: Stdio| {
        let output = Command::new(GANNET).args(["info", "--json"]).arg(from).stdin(stdin).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // The name and the size on the disk are those of a file only.
        text.split_once("\"data_bytes\"").map(|(_, rest)| rest.to_owned()).unwrap_or(text)
    };
    let file = told(&path, Stdio::null());
    assert!(file.contains(&format!("\"packets\":{}", made.records.len())), "{file}");
    let mut pipe = Command::new("cat").arg(&path).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(told(Path::new("-"), pipe.stdout.take().unwrap().into()), file);
    pipe.wait().unwrap();
    let writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
    assert_eq!(told(&path, Stdio::null()), file);
    assert_eq!(copy(GANNET, &path, &[], "told").bytes, made.bytes);
    drop(writer);
}

/// Standard input may be a file that somebody has read the beginning of, or a pipe.
#[test]
fn standard_input() {
    let made = Made::new(14);
    let before = b"not ours\n";
    let path = scratch("copy-stdin.pcap");
    fs::write(&path, [&before[..], &made.bytes].concat()).unwrap();
    for threads in ["1", "3"] {
        let mut command = Command::new(GANNET);
        command.args(["--threads", threads, "-r", "-", "-w", "-"]);
        let mut file = fs::File::open(&path).unwrap();
        file.seek(SeekFrom::Start(before.len() as u64)).unwrap();
        assert!(command.stdin(file).output().unwrap().stdout == made.bytes, "file, {threads}");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut pipe, bytes) = (child.stdin.take().unwrap(), made.bytes.clone());
        let writer = std::thread::spawn(move || pipe.write_all(&bytes));
        assert!(child.wait_with_output().unwrap().stdout == made.bytes, "pipe, {threads}");
        writer.join().unwrap().unwrap();
    }
}

/// What is compressed is what would have been written.
#[test]
fn into_a_compressed_file() {
    if Command::new("gzip").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no gzip here");
        return;
    }
    let made = Made::new(7);
    let path = made.save("copy-pack.pcap");
    for way in WAYS {
        let packed = scratch("copy-pack.pcap.gz");
        let left = copy(GANNET, &path, &[way, &["--compress", "gzip"][..]].concat(), "pack");
        assert_eq!(left.status, Some(0), "{way:?}: {}", left.said);
        fs::write(&packed, left.bytes).unwrap();
        let plain = Command::new("gzip").arg("-dc").arg(&packed).output().unwrap();
        assert!(plain.stdout == made.bytes, "{way:?}: {} bytes", plain.stdout.len());
    }
}

/// The files of a rotation are the same too.
#[test]
fn into_several_files() {
    let path = Made::new(4).save("copy-rotate.pcap");
    let files = |way: &[&str]| {
        let folder = scratch("copy-rotate");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let output = Command::new(GANNET)
            .args(way)
            .args(["-C", "1", "-r"])
            .arg(&path)
            .arg("-w")
            .arg(folder.join("x"))
            .output()
            .unwrap();
        assert!(output.status.success());
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let first = files(WAYS[0]);
    assert!(first.len() > 3);
    for way in &WAYS[1..] {
        assert!(files(way) == first, "{way:?}");
    }
}

/// A disk that is full ends every way with the same words.
#[test]
fn onto_a_full_disk() {
    if !Path::new("/dev/full").exists() {
        eprintln!("SKIPPED: there is no /dev/full here");
        return;
    }
    let path = Made::new(7).save("copy-full.pcap");
    for way in &WAYS[1..] {
        let output =
            Command::new(GANNET).args(*way).arg("-r").arg(&path).args(["-w", "/dev/full"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{way:?}: {said}");
        assert!(said.contains("No space left on device"), "{way:?}: {said}");
    }
}

#[test]
fn so_many_packets_and_no_more() {
    let path = Made::new(1).save("copy-count.pcap");
    for args in [
        &["-c", "1"][..],
        &["-c", "700", "tcp port 80"],
        &["-c", "1000", "--skip", "10"],
        &["--skip", "900"],
        &["--skip", "1000000"],
        &["-c", "1000000"],
        &["-c", "5", "--count"],
        &["-s", "100"],
        &["--nano"],
    ] {
        assert_eq!(same(&path, args, "count").status, Some(0));
    }
}

/// All before the damage is there, and the words are the same.
#[test]
fn a_damaged_file() {
    type Damage = fn(&mut Made, usize);
    let damages: &[(&str, Damage)] = &[
        ("cut in a packet", |made, at| made.bytes.truncate(at + 30)),
        ("cut in a header", |made, at| made.bytes.truncate(at + 9)),
        ("cut between packets", |made, at| made.bytes.truncate(at)),
        ("a length too great", |made, at| made.bytes[at + 8..at + 12].fill(0x7f)),
        ("a length that runs over the next", |made, at| made.bytes[at + 9] = 60),
        ("a length of nothing", |made, at| made.bytes[at + 8..at + 12].fill(0)),
    ];
    for (name, damage) in damages {
        for share in [1, 3, 7] {
            let mut made = Made::new(7);
            let at = made.records[made.records.len() * share / 8];
            damage(&mut made, at);
            let path = made.save("copy-damaged.pcap");
            for filter in &FILTERS[..2] {
                let left = same(&path, filter, "damaged");
                assert!(filter.len() == 1 || left.bytes.len() >= at, "{name}: {left:?}");
            }
        }
    }
}

/// The file header says 2000 bytes at most: what is longer is cut, as everywhere.
#[test]
fn packets_longer_than_the_header_says() {
    let mut made = Made::new(1);
    for n in 0..50 {
        made.record([1_700_100_000, n, 2500, 2500]);
        made.record([1_700_100_000, n, 100, 2500]);
    }
    let path = made.save("copy-long.pcap");
    assert_eq!(same(&path, &[], "long").bytes.len(), made.bytes.len() - 50 * 500);
}

#[test]
fn the_conformance_captures() {
    let root = std::env::var_os("GANNET_CONFORMANCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"));
    if !root.is_dir() {
        eprintln!("SKIPPED: no conformance data at {}", root.display());
        return;
    }
    let tcpdump = Command::new("tcpdump").arg("--version").output().is_ok();
    if !tcpdump {
        eprintln!("SKIPPED the comparison with tcpdump: it is not installed");
    }
    let (mut compared, mut differ) = (0, Vec::new());
    for folder in ["tcpdump", "wild", "pcapng", "libpcap/captures"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.extension().is_some_and(|e| e == "pcap" || e == "pcapng" || e == "cap") {
                continue;
            }
            same(&path, &["len >= 90"], "conformance");
            let ours = copy(GANNET, &path, &[], "conformance");
            if tcpdump && ours.status == Some(0) {
                let theirs = copy("tcpdump", &path, &[], "tcpdump");
                if theirs.status == Some(0) {
                    compared += 1;
                    differ.extend((theirs.bytes != ours.bytes).then(|| path.clone()));
                }
            }
        }
    }
    // A file with impossible times is among them.
    assert!(differ.len() < 3, "{differ:?}");
    assert!(!tcpdump || compared > 1000, "only {compared} were compared");
}

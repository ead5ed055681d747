//! What tests of savefiles share: a capture, a gannet in a directory, and what is in it afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An empty directory of that name.
pub fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A pcap file with so many packets, of lengths between 60 and 1500 bytes.
pub fn capture(packets: u32) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("rotate-{packets}.pcap"));
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 262_144, 1] {
        bytes.extend(word.to_ne_bytes());
    }
    for n in 0..packets {
        let length = 60 + n.wrapping_mul(7919) % 1441;
        for word in [1_700_000_000 + n / 10, n % 10 * 100_000, length, length] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.resize(bytes.len() + length as usize, n as u8);
    }
    let part = path.with_extension(format!("{:?}", std::thread::current().id()));
    fs::write(&part, bytes).unwrap();
    fs::rename(part, &path).unwrap();
    path
}

/// gannet, run in this directory.
pub fn gannet(directory: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(args).current_dir(directory).stdin(Stdio::null());
    command.env("TZ", "Europe/Paris").env_remove("POSIXLY_CORRECT").output().unwrap()
}

/// All files of a directory, below it too.
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_string_lossy().into_owned();
                all.insert(name, fs::read(path).unwrap());
            }
        }
    }
    all
}

/// The names of these files.
pub fn names(directory: &Path) -> String {
    files(directory).into_keys().collect::<Vec<_>>().join(" ")
}

/// What was said on standard error.
pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How many packets a file has, by walking through it.
pub fn packets(bytes: &[u8]) -> usize {
    let (mut at, mut count) = (24, 0);
    while at < bytes.len() {
        let length: [u8; 4] = bytes[at + 8..at + 12].try_into().unwrap();
        at += 16 + u32::from_ne_bytes(length) as usize;
        count += 1;
    }
    assert_eq!(at, bytes.len(), "the file ends in a record");
    count
}

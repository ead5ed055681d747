//! `gannet repair`: what it keeps, what it cuts, and what it says.

use std::path::PathBuf;
use std::process::{Command, Output};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("repair-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn gannet(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gannet")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A pcap file of three packets of 60 bytes.
fn sample() -> Vec<u8> {
    let mut file = [0xa1b2_c3d4u32.to_ne_bytes(), [0; 4]].concat();
    file[4..6].copy_from_slice(&2u16.to_ne_bytes());
    file[6..8].copy_from_slice(&4u16.to_ne_bytes());
    file.extend([0; 8]);
    file.extend([262_144u32, 1].map(u32::to_ne_bytes).concat());
    for i in 0..3u32 {
        file.extend([1_700_000_000 + i, 5, 60, 60].map(u32::to_ne_bytes).concat());
        file.extend([0x11; 60]);
    }
    file
}

#[test]
fn half_a_record_is_cut_and_said() {
    let folder = folder("half");
    let path = folder.join("x.pcap");
    let name = path.to_str().unwrap();
    let file = sample();
    std::fs::write(&path, &file[..file.len() - 19]).unwrap();
    let done = gannet(&["repair", name]);
    assert_eq!(
        text(&done.stdout),
        format!("{name}: kept 2 packets (176 bytes), cut 57 bytes: half a record\n")
    );
    assert!(done.status.success() && done.stderr.is_empty());
    assert_eq!(std::fs::read(&path).unwrap(), file[..176]);
    let done = gannet(&["repair", name]);
    assert_eq!(text(&done.stdout), format!("{name}: whole, 2 packets (176 bytes); nothing to cut\n"));
    assert!(done.status.success());
}

#[test]
fn a_copy_leaves_the_file_as_it_is() {
    let folder = folder("copy");
    let (path, other) = (folder.join("x.pcap"), folder.join("y.pcap"));
    let (name, to) = (path.to_str().unwrap(), other.to_str().unwrap());
    let torn = [&sample()[..], &[7; 5]].concat();
    std::fs::write(&path, &torn).unwrap();
    assert!(gannet(&["repair", "-w", to, name]).status.success());
    assert_eq!(std::fs::read(&path).unwrap(), torn);
    assert_eq!(std::fs::read(&other).unwrap(), sample());
    let refused = gannet(&["repair", "-w", name, name]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(std::fs::read(&path).unwrap(), torn, "it is not written over itself");
}

#[test]
fn what_cannot_be_repaired_is_said() {
    let folder = folder("refused");
    let path = folder.join("x.pcap.gz");
    let name = path.to_str().unwrap();
    std::fs::write(&path, [0x1f, 0x8b, 8, 0, 0, 0]).unwrap();
    let done = gannet(&["repair", name]);
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("compressed (gzip)"), "{}", text(&done.stderr));
    let short = folder.join("short");
    std::fs::write(&short, &sample()[..20]).unwrap();
    let done = gannet(&["repair", short.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("there is nothing to keep"), "{}", text(&done.stderr));
    assert_eq!(std::fs::read(&short).unwrap().len(), 20, "nothing was cut");
}

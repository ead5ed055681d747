//! Savefiles to read: the sample of the repository, some made here, and those of the conformance suites.

use crate::peer::skip;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sample of the repository.
pub fn tour() -> PathBuf {
    root().join("tests/samples/tour.pcap")
}

/// Whether libpcap has refused a file, in these words, for interfaces that are not all alike. Ours reads it until a packet
/// of another link type comes.
pub fn refused(said: &str) -> bool {
    ["type", "snapshot length"].iter().any(|what| {
        said.contains(&format!("an interface has a {what} ")) && said.contains("different from the")
    })
}

/// The sample, compressed.
pub fn packed(folder: &Path) -> Option<PathBuf> {
    let packed = Command::new("gzip").arg("-c").arg(tour()).output().ok()?;
    let path = folder.join("tour.pcap.gz");
    fs::write(&path, packed.stdout).ok()?;
    Some(path)
}

/// The sample in other shapes: nanoseconds, another byte order, cut, damaged, with odd lengths.
pub fn made(folder: &Path) -> Vec<PathBuf> {
    let bytes = fs::read(tour()).expect("the sample");
    let mut list = vec![tour()];
    let mut add = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a file");
        list.push(path);
    };
    let mut nano = bytes.clone();
    nano[..4].copy_from_slice(&0xa1b2_3c4du32.to_le_bytes());
    add("nano", &nano);
    add("swapped", &swapped(&bytes));
    add("cut in a packet", &bytes[..bytes.len() - 3]);
    add("header alone", &bytes[..24]);
    add("cut in a header", &bytes[..24 + 7]);
    let mut short = bytes.clone();
    short[16..20].copy_from_slice(&20u32.to_le_bytes());
    add("packets longer than the snapshot length", &short);
    let mut version = bytes;
    version[4] = 9;
    add("another version", &version);
    list
}

/// The sample with a length in it that lies: after it, libpcap takes what follows for the next record if it is asked
/// again. And with check sequences announced: libpcap does not append to what it has written then.
pub fn odd(folder: &Path) -> [PathBuf; 2] {
    let bytes = fs::read(tour()).expect("the sample");
    let mut long = bytes.clone();
    long[24 + 8..24 + 12].copy_from_slice(&0x7fff_ffffu32.to_le_bytes());
    let mut check = bytes;
    check[23] = 0x24;
    [("a length that lies", long), ("with a check sequence", check)].map(|(name, bytes)| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a file");
        path
    })
}

/// The sample as a machine of the other byte order would have written it.
fn swapped(bytes: &[u8]) -> Vec<u8> {
    let words = |bytes: &[u8], size: usize| -> Vec<u8> {
        bytes.chunks(size).flat_map(|word| word.iter().rev().copied()).collect()
    };
    let mut out = [words(&bytes[..4], 4), words(&bytes[4..8], 2), words(&bytes[8..24], 4)].concat();
    let mut rest = &bytes[24..];
    while let Some((header, behind)) = rest.split_at_checked(16) {
        let caplen = u32::from_le_bytes(header[8..12].try_into().expect("four bytes")) as usize;
        out.extend(words(header, 4));
        out.extend(&behind[..caplen]);
        rest = &behind[caplen..];
    }
    out
}

/// About so many captures of the conformance suites, of all kinds; none, and a word about it, if there are no suites.
pub fn conformance(count: usize) -> Vec<PathBuf> {
    let place = std::env::var_os("GANNET_CONFORMANCE").map(PathBuf::from);
    let place = place.unwrap_or_else(|| root().join("../shared/conformance"));
    let mut files = Vec::new();
    let mut folders = vec![place];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = path.extension().map(|kind| kind.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if matches!(kind.as_str(), "pcap" | "pcapng" | "cap") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        skip("no conformance suites here");
    }
    files.sort();
    let step = files.len().div_ceil(count).max(1);
    files.into_iter().step_by(step).collect()
}

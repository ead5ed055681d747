//! The files of the pcapng test generator, and thousands of real ones: none is refused, nothing is lost.

use gannet_savefile::Reader;
use std::fs::File;
use std::path::PathBuf;

/// The conformance data, if it is there.
pub fn data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GANNET_CONFORMANCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"));
    let folder = root.join(folder);
    if !folder.is_dir() {
        eprintln!("SKIPPED: no conformance data at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// How many packets a file has, and what its reader complains of.
fn count(path: PathBuf) -> (usize, Vec<String>) {
    let mut reader = match Reader::open(File::open(&path).unwrap()) {
        Ok(reader) => reader,
        Err(e) => return (0, vec![e.to_string()]),
    };
    let (mut packets, mut errors) = (0, Vec::new());
    loop {
        match reader.next() {
            Ok(Some(_)) => packets += 1,
            Ok(None) => return (packets, errors),
            Err(e) => errors.push(e.to_string()),
        }
    }
}

#[test]
fn the_generated_files_are_read_without_loss() {
    let Some(folder) = data("pcapng") else { return };
    // What Wireshark counts, less its frames for custom blocks, which hold no packets.
    let wanted: [(&str, usize); 24] = [
        ("001", 4),
        ("002", 0),
        ("003", 0),
        ("004", 4),
        ("005", 4),
        ("006", 5),
        ("007", 1),
        ("008", 4),
        ("009", 2),
        ("010", 4),
        ("011", 4),
        ("012", 4),
        ("013", 0),
        ("014", 0),
        ("015", 0),
        ("016", 4),
        ("017", 0),
        ("018", 4),
        ("100", 5),
        ("101", 4),
        ("102", 5),
        ("200", 0),
        ("201", 4),
        ("202", 8),
    ];
    for (number, packets) in wanted {
        for order in ["be", "le"] {
            let name = format!("{order}-test{number}.pcapng");
            assert_eq!(count(folder.join(&name)), (packets, vec![]), "{name}");
        }
    }
}

#[test]
fn real_files_are_read_to_their_end() {
    for folder in ["tcpdump", "wild"] {
        let Some(folder) = data(folder) else { return };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !(name.ends_with("cap") || name.ends_with("pcapng")) || name == "fuzz-2021-10-13.pcap" {
                continue; // that one is cut short
            }
            let (_, errors) = count(path);
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
    }
}

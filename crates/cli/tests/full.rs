//! Files that cannot grow: a full disk, a used-up quota, a limit on their length, a directory that is read-only.

mod savefiles;

use savefiles::{capture, errors, files, gannet, names, packets, scratch};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs gannet where `prepare`, a script, has mounted what the test needs, and perhaps said in `out` to which file
/// standard output is appended; `None`, after saying so, where that is not allowed.
fn mounted(test: &str, directory: &Path, prepare: &str, args: &[&str]) -> Option<Output> {
    let script = format!(
        "cd \"$0\" && {{ {prepare}; }} >&2 && echo mounted >&2 && {{ [ -z \"$out\" ] || exec >> \"$out\"; }} && \
         \"$@\"; s=$?; cp -r full kept; exit $s"
    );
    let root = nix::unistd::Uid::effective().is_root();
    let tries: &[&[&str]] = if root { &[&["-m"], &["-Urm"]] } else { &[&["-Urm"]] };
    for flags in tries {
        let mut command = Command::new("unshare");
        command.args(*flags).args(["sh", "-c", &script]).arg(directory);
        let Ok(output) = command.arg(env!("CARGO_BIN_EXE_gannet")).args(args).output() else { continue };
        if errors(&output).contains("mounted\n") {
            return Some(output);
        }
    }
    eprintln!("SKIPPED: {test}: nothing can be mounted here");
    None
}

#[test]
fn a_full_disk_keeps_whole_files() {
    let capture = capture(5000);
    let capture = capture.to_str().unwrap();
    for (name, args) in [
        ("plain", &["-w", "full/f"][..]),
        ("rotated", &["-w", "full/f", "-C", "300k"]),
        ("atomic", &["-w", "full/f", "-C", "300k", "--atomic"]),
        ("unbuffered", &["-w", "full/f", "-U"]),
        ("packed", &["-w", "full/f.zst", "-U"]),
        ("pcapng", &["-w", "full/f.pcapng"]),
    ] {
        let directory = scratch(&format!("full-{name}"));
        fs::create_dir(directory.join("full")).unwrap();
        let size = if name == "packed" { "100k" } else { "1m" };
        let prepare = format!("mount -t tmpfs -o size={size} none full");
        let args = [&["-r", capture], args].concat();
        let Some(output) = mounted("a_full_disk_keeps_whole_files", &directory, &prepare, &args) else {
            return;
        };
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains("cannot write: No space left on device"), "{name}: {said}");
        assert!(said.contains("the file was cut behind its last whole packet, at "), "{name}: {said}");
        let kept = directory.join("kept");
        if name == "atomic" {
            assert_eq!(names(&kept), "f f1 f2 f3.part");
        }
        if name == "packed" || name == "pcapng" {
            continue;
        }
        let kept = files(&kept);
        let whole: usize = kept.values().map(|bytes| packets(bytes)).sum();
        assert!(whole > 1000, "{name}: {whole}");
        let last = packets(kept.values().last().unwrap());
        assert!(said.contains(&format!("; {last} packets are in it, ")), "{name}: {last} {said}");
    }
}

/// What stood in the file before is not ours to cut, and half a packet behind it is not left either.
#[test]
fn a_full_disk_keeps_what_others_wrote() {
    let capture = capture(5000);
    let directory = scratch("full-appended");
    fs::create_dir(directory.join("full")).unwrap();
    let prepare = "mount -t tmpfs -o size=1m none full && head -c 900000 /dev/zero > full/f && out=full/f";
    let args = ["-r", capture.to_str().unwrap(), "-w", "-"];
    let Some(output) = mounted("a_full_disk_keeps_what_others_wrote", &directory, prepare, &args) else {
        return;
    };
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let kept = files(&directory.join("kept")).remove("f").unwrap();
    let (before, ours) = kept.split_at(900_000);
    assert!(before.iter().all(|byte| *byte == 0));
    let count = packets(ours);
    assert!(count > 100 && said.contains(&format!("; {count} packets are in it, ")), "{count} {said}");
}

/// Of what was compressed the larger part is kept, and what is kept can be read to its end.
#[test]
fn a_full_disk_keeps_compressed_packets() {
    let directory = scratch("full-packed");
    fs::create_dir(directory.join("full")).unwrap();
    // Packets that cannot be compressed.
    let mut bytes = fs::read(capture(0)).unwrap();
    let mut state = 1u32;
    for _ in 0..3000 {
        for word in [1_700_000_000u32, 0, 1000, 1000] {
            bytes.extend(word.to_ne_bytes());
        }
        for _ in 0..250 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.extend((state ^ state >> 15).wrapping_mul(2_654_435_761).to_ne_bytes());
        }
    }
    fs::write(directory.join("input"), bytes).unwrap();
    let prepare = "mount -t tmpfs -o size=1m none full";
    // One by one, as from an interface: runs of packets from a file are still in that.
    let args = ["-r", "input", "-w", "full/f.pcap.zst", "--rotate-packets", "100000"];
    let Some(output) = mounted("a_full_disk_keeps_compressed_packets", &directory, prepare, &args) else {
        return;
    };
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let counted = gannet(&directory, &["-r", "kept/f.pcap.zst", "--count"]);
    assert_eq!(counted.status.code(), Some(0), "{}", errors(&counted));
    let count: usize = String::from_utf8(counted.stdout).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(count > 400 && said.contains(&format!("; {count} packets are in it, ")), "{count} {said}");
}

/// A quota of btrfs: it can be given in a moment, and binds root too.
#[test]
fn a_quota_that_is_used_up() {
    let capture = capture(5000);
    let capture = capture.to_str().unwrap();
    let prepare = "truncate -s 128m disk && mkfs.btrfs -q disk && mount -o loop disk full && \
                   btrfs quota enable full && btrfs subvolume create full/mine && \
                   btrfs qgroup limit 1m full/mine";
    for (name, args) in [
        ("plain", &["-w", "full/mine/f"][..]),
        ("rotated", &["-w", "full/mine/f", "-C", "300k"]),
        ("unbuffered", &["-w", "full/mine/f", "-U"]),
    ] {
        let directory = scratch(&format!("quota-{name}"));
        fs::create_dir(directory.join("full")).unwrap();
        let args = [&["-r", capture], args].concat();
        let Some(output) = mounted("a_quota_that_is_used_up", &directory, prepare, &args) else { return };
        fs::remove_file(directory.join("disk")).unwrap();
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(
            said.contains("full/mine/f") && said.contains(": cannot write: Disk quota exceeded\n("),
            "{said}"
        );
        if said.contains("could not be cut") {
            // btrfs wants room to give room back. In the copy there is some.
            assert!(said.contains("; `gannet repair` does that when there is room)"), "{name}: {said}");
            let last = files(&directory.join("kept/mine")).into_keys().next_back().unwrap();
            let done = gannet(&directory.join("kept/mine"), &["repair", &last]);
            assert_eq!(done.status.code(), Some(0), "{}", errors(&done));
        }
        let kept = files(&directory.join("kept/mine"));
        let whole: usize = kept.values().map(|bytes| packets(bytes)).sum();
        let last = packets(kept.values().last().unwrap());
        assert!(
            whole > 100 && said.contains(&format!("; {last} packets are in it, ")),
            "{name}: {last} {said}"
        );
    }
    let directory = scratch("quota-remove");
    fs::create_dir(directory.join("full")).unwrap();
    let args = ["-r", capture, "-w", "full/mine/f", "-C", "100k", "--on-full", "remove"];
    let Some(output) = mounted("a_quota_that_is_used_up", &directory, prepare, &args) else { return };
    fs::remove_file(directory.join("disk")).unwrap();
    let (said, kept) = (errors(&output), files(&directory.join("kept/mine")));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("WARNING: the quota is used up: full/mine/f was removed to make room"), "{said}");
    assert!(kept.values().map(|bytes| packets(bytes)).sum::<usize>() > 100, "{said}");
}

#[test]
fn a_file_system_that_nothing_is_written_to() {
    let capture = capture(10);
    let directory = scratch("read-only");
    fs::create_dir(directory.join("full")).unwrap();
    let prepare = "mount -t tmpfs -o ro none full";
    let args = ["-r", capture.to_str().unwrap(), "-w", "full/f"];
    let Some(output) = mounted("a_file_system_that_nothing_is_written_to", &directory, prepare, &args) else {
        return;
    };
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("gannet: full/f: Read-only file system"), "{}", errors(&output));
}

/// A limit on the length of files kills tcpdump.
#[test]
fn a_limit_on_the_length_of_files() {
    let capture = capture(5000);
    let directory = scratch("ulimit");
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 600; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gannet")])
        .args(["-r", capture.to_str().unwrap(), "-w", "f"])
        .current_dir(&directory)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(
        errors(&output).contains("f: cannot write: File too large\n(the file was cut behind"),
        "{}",
        errors(&output)
    );
    let kept = packets(&files(&directory)["f"]);
    assert!(
        kept > 300 && errors(&output).contains(&format!("{kept} packets are in it")),
        "{}",
        errors(&output)
    );
}

#[test]
fn room_is_made_when_the_disk_is_full() {
    let capture = capture(5000);
    let capture = capture.to_str().unwrap();
    for (name, out, room) in [
        ("plain", "full/f", "size=1m"),
        ("packed", "full/f.lz4", "size=100k"),
        ("names", "full/f", "nr_inodes=4"),
    ] {
        let directory = scratch(&format!("remove-{name}"));
        fs::create_dir(directory.join("full")).unwrap();
        let prepare = format!("mount -t tmpfs -o {room} none full");
        let limit = if name == "packed" { "10k" } else { "200k" };
        let args = ["-r", capture, "-w", out, "-C", limit, "--on-full", "remove"];
        let Some(output) = mounted("room_is_made_when_the_disk_is_full", &directory, &prepare, &args) else {
            return;
        };
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("WARNING: the disk is full: full/f"), "{said}");
        if name != "packed" {
            let kept = files(&directory.join("kept"));
            let last = kept.keys().max_by_key(|name| name[1..].parse::<u32>().unwrap()).unwrap();
            assert_eq!(kept[last].last(), Some(&(4999u32 as u8)), "{said}");
            assert!(kept.values().map(|bytes| packets(bytes)).sum::<usize>() > 500, "{name}");
        }
    }
    // Nothing to remove.
    let directory = scratch("remove-none");
    fs::create_dir(directory.join("full")).unwrap();
    let args = ["-r", capture, "-w", "full/f", "--on-full", "remove"];
    let prepare = "mount -t tmpfs -o size=1m none full";
    let Some(output) = mounted("room_is_made_when_the_disk_is_full", &directory, prepare, &args) else {
        return;
    };
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).contains("cannot write: No space left on device\n(the file was cut"),
        "{}",
        errors(&output)
    );
}

#[test]
fn room_is_waited_for_when_the_disk_is_full() {
    let capture = capture(5000);
    let capture = capture.to_str().unwrap();
    let directory = scratch("wait");
    fs::create_dir(directory.join("full")).unwrap();
    let prepare = "mount -t tmpfs -o size=5m none full && head -c 3m /dev/zero > full/x && { \
         (until [ \"$(df --output=avail full | tail -n 1)\" -eq 0 ]; do sleep 0.1; done; sleep 1; rm full/x) & }";
    let args = ["-r", capture, "-w", "full/f", "--on-full", "wait"];
    let Some(output) = mounted("room_is_waited_for_when_the_disk_is_full", &directory, prepare, &args) else {
        return;
    };
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("full/f: No space left on device; packets wait until there is room\n"), "{said}");
    assert!(said.contains("full/f could be written to again after "), "{said}");
    assert!(fs::read(directory.join("kept/f")).unwrap() == fs::read(capture).unwrap());
}

/// More packets are lost than the one that did not fit: it is said of those too.
#[test]
fn a_wait_for_room_that_is_interrupted() {
    let capture = capture(5000);
    let directory = scratch("wait-interrupted");
    fs::create_dir(directory.join("full")).unwrap();
    let prepare = "mount -t tmpfs -o size=1m none full && { (until [ \"$(df --output=avail full | tail -n 1)\" -eq 0 ]; \
                   do sleep 0.1; done; sleep 1; kill -INT $(cat /proc/$$/task/$$/children)) & }";
    let args = ["-r", capture.to_str().unwrap(), "-w", "full/f", "--on-full", "wait", "-U"];
    let Some(output) = mounted("a_wait_for_room_that_is_interrupted", &directory, prepare, &args) else {
        return;
    };
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("full/f: the wait is over, and packets that still wait are not written\n"),
        "{said}"
    );
    assert!(said.contains("the file was cut behind its last whole packet, at "), "{said}");
}

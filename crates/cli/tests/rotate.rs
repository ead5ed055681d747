//! Rotation of savefiles (`-C -G -W -z -U`), file by file and byte by byte as tcpdump does it, where that is
//! installed; and what tcpdump has not.

mod savefiles;

use savefiles::{capture, errors, files, gannet, names, packets, scratch};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// tcpdump, told to stay who it is: Debian's becomes somebody else when root runs it.
fn tcpdump(directory: &Path, args: &[&str]) -> Option<Output> {
    let mut command = Command::new("tcpdump");
    if nix::unistd::Uid::effective().is_root() {
        command.args(["-Z", "root"]);
    }
    command.args(args).current_dir(directory).stdin(Stdio::null()).env("TZ", "Europe/Paris").output().ok()
}

/// Runs both on the same, each in a directory of its own, and compares what they leave there.
fn same(name: &str, args: &[&str]) {
    let capture = capture(5000);
    let args = [&["-r", capture.to_str().unwrap()], args].concat();
    // The second on the clock may change between the two.
    for attempt in 1.. {
        let (ours, theirs) = (scratch(&format!("{name}-ours")), scratch(&format!("{name}-theirs")));
        [&ours, &theirs].iter().for_each(|directory| fs::create_dir(directory.join("sub")).unwrap());
        let Some(expected) = tcpdump(&theirs, &args) else {
            eprintln!("SKIPPED: no tcpdump here to compare with");
            return;
        };
        let output = gannet(&ours, &args);
        let (ours, theirs) = (files(&ours), files(&theirs));
        if attempt < 50 && (ours != theirs) && args.contains(&"-G") {
            continue;
        }
        let list = |all: &BTreeMap<String, Vec<u8>>| {
            all.iter().map(|(name, bytes)| format!("{name} {}", bytes.len())).collect::<Vec<_>>()
        };
        assert_eq!(list(&ours), list(&theirs), "{args:?}\n{}\n{}", errors(&output), errors(&expected));
        assert!(ours == theirs, "{args:?}");
        assert_eq!(output.status.code(), expected.status.code(), "{args:?}: {}", errors(&output));
        assert_eq!(output.stdout, expected.stdout);
        return;
    }
}

/// Waits until it is so. That it takes long is no fault, that it takes for ever is one.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process has said what to do on a signal.
fn catches(child: &Child, signal: nix::sys::signal::Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 << (signal as i32 - 1) != 0
}

#[test]
fn by_size() {
    same("size", &["-w", "out", "-C", "1"]);
    same("size-filter", &["-w", "out.pcap", "-C", "1", "less", "800"]);
    same("size-ring", &["-w", "out", "-C", "1", "-W", "3"]);
    same("size-ring-wide", &["-w", "out", "-C", "1", "-W", "101"]);
    same("size-ring-one", &["-w", "out", "-C", "1", "-W", "1"]);
    same("size-ring-two", &["-w", "out", "-C", "1", "-W", "2", "-U"]);
    same("size-nano", &["-w", "out", "-C", "2", "--nano"]);
    same("size-count", &["-w", "out", "-C", "1", "-c", "2345"]);
    same("size-large", &["-w", "out", "-C", "1000"]);
}

#[test]
fn by_time() {
    same("time", &["-w", "out-%Y%m%d-%H%M", "-G", "3600"]);
    same("time-plain", &["-w", "out", "-G", "3600"]);
    same("time-off", &["-w", "out-%H", "-G", "0"]);
    same("time-limit", &["-w", "out-%d", "-G", "3600", "-W", "3"]);
    same("time-size", &["-w", "out-%H-", "-G", "3600", "-C", "1"]);
    same("time-size-ring", &["-w", "out-%H-", "-G", "3600", "-C", "1", "-W", "12"]);
    same("no-time", &["-w", "out-%H"]);
    same("ring-alone", &["-w", "out", "-W", "5"]);
    same("no-time-size", &["-w", "out-%H", "-C", "3"]);
}

/// Every conversion that strftime(3) has, each in a name of its own, and some with flags.
#[test]
fn times_in_names() {
    let letters = "aAbBcCdeEfgGhHiIjJkKlLmMNoOpPqQrRsSTuUvVwWXyYzZ+%nt";
    for letter in letters.chars() {
        same("names", &["-c", "1", "-G", "9999", "-w", &format!("<%{letter}>")]);
    }
    for pattern in
        ["%_H|%-H|%3H|%_5d", "%^a|%#a|%#p|%^B", "%010s|%-j|%_j", "%10A|%-10A|%010A|%Ey|%Od", "%5|%", "%-Z%#Z"]
    {
        same("names", &["-c", "1", "-G", "9999", "-w", pattern]);
    }
}

/// A slice is over when its time is, and tcpdump looks at the time when a packet comes: here they come slowly.
#[test]
fn slices_and_their_limit() {
    use std::io::Write;
    let capture = fs::read(capture(5000)).unwrap();
    let run = |program: &str, directory: &Path| {
        let mut command = Command::new(program);
        if program == "tcpdump" && nix::unistd::Uid::effective().is_root() {
            command.args(["-Z", "root"]);
        }
        let command = command.args(["-U", "-r", "-", "-w", "f%s", "-G", "1", "-W", "2", "-z", "ls"]);
        let mut child = command
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut stdin = child.stdin.take().unwrap();
        for piece in capture[..600_000].chunks(20_000) {
            let _ = stdin.write_all(piece);
            std::thread::sleep(Duration::from_millis(100));
        }
        drop(stdin);
        child.wait_with_output().ok()
    };
    let (ours, theirs) = (scratch("slices-ours"), scratch("slices-theirs"));
    let output = run(env!("CARGO_BIN_EXE_gannet"), &ours).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("Maximum file limit reached: 2\n"), "{}", errors(&output));
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed.split_whitespace().collect::<Vec<_>>().join(" "), names(&ours), "-z ran on both");
    let Some(expected) = run("tcpdump", &theirs) else {
        eprintln!("SKIPPED: no tcpdump here to compare with");
        return;
    };
    assert!(errors(&expected).contains("Maximum file limit reached: 2\n"));
    assert_eq!(expected.status.code(), Some(0));
    assert_eq!((files(&ours).len(), files(&theirs).len()), (2, 2));
}

#[test]
fn by_count_of_packets() {
    let directory = scratch("count");
    let capture = capture(5000);
    let output =
        gannet(&directory, &["-r", capture.to_str().unwrap(), "-w", "f", "--rotate-packets", "1200"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let counts: Vec<_> = files(&directory).values().map(|bytes| packets(bytes)).collect();
    assert_eq!(names(&directory), "f f1 f2 f3 f4");
    assert_eq!(counts, [1200, 1200, 1200, 1200, 200]);
}

#[test]
fn whichever_limit_is_first() {
    let directory = scratch("first");
    let capture = capture(5000);
    let args = ["-r", capture.to_str().unwrap(), "-w", "f", "--rotate-packets", "1200", "-C", "500k"];
    assert_eq!(gannet(&directory, &args).status.code(), Some(0));
    let files = files(&directory);
    assert_eq!(files.values().map(|bytes| packets(bytes)).sum::<usize>(), 5000);
    assert!(files.values().all(|bytes| bytes.len() < 500 * 1024 + 1516 && packets(bytes) <= 1200));
}

#[test]
fn a_budget_for_all_files() {
    let directory = scratch("budget");
    let capture = capture(5000);
    let args = ["-r", capture.to_str().unwrap(), "-w", "f", "-C", "100k", "--max-total", "1000k"];
    let output = gannet(&directory, &args);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let left = files(&directory);
    let total: usize = left.values().map(Vec::len).sum();
    assert!(total <= 1000 * 1024 + 2 * 1516, "{total}");
    assert!(total > 890 * 1024, "{total}");
    // The youngest are left, and the last packet is in the last.
    assert!(left.contains_key("f38") && !left.contains_key("f"), "{}", names(&directory));
    assert_eq!(left["f38"].last(), Some(&(4999u32 as u8)));
}

#[test]
fn a_budget_leaves_files_of_others_alone() {
    let directory = scratch("budget-others");
    fs::write(directory.join("f0"), vec![0; 1 << 20]).unwrap();
    let capture = capture(5000);
    let args = ["-r", capture.to_str().unwrap(), "-w", "f", "-C", "100k", "--max-total", "300k"];
    assert_eq!(gannet(&directory, &args).status.code(), Some(0));
    assert_eq!(fs::metadata(directory.join("f0")).unwrap().len(), 1 << 20);
}

#[test]
fn a_command_on_the_last_file_too() {
    let directory = scratch("command");
    let capture = capture(5000);
    let args = ["-r", capture.to_str().unwrap(), "-w", "f", "-C", "2", "-z", "gzip"];
    let output = gannet(&directory, &args);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(names(&directory), "f.gz f1");
    let directory = scratch("command-last");
    let output = gannet(&directory, &[&args[..], &["--postrotate-last"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(names(&directory), "f.gz f1.gz");
}

#[test]
fn a_command_that_cannot_be_run_is_named() {
    let directory = scratch("command-none");
    let capture = capture(5000);
    let args = ["-r", capture.to_str().unwrap(), "-w", "f", "-C", "2", "-z", "no-such-command"];
    let output = gannet(&directory, &args);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        errors(&output).contains("cannot run no-such-command: No such file or directory"),
        "{}",
        errors(&output)
    );
    let output = gannet(&directory, &[&args[..args.len() - 1], &["false"]].concat());
    assert!(errors(&output).contains("-z: false f: exit status: 1"), "{}", errors(&output));
}

#[test]
fn commands_have_the_lowest_priority() {
    let directory = scratch("command-nice");
    let capture = capture(5000);
    let script = directory.join("nice.sh");
    fs::write(&script, "#!/bin/sh\nnice > \"$1.nice\"\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, mode).unwrap();
    let args = ["-r", capture.to_str().unwrap(), "-w", "f", "-C", "2", "-z", "./nice.sh"];
    assert_eq!(gannet(&directory, &args).status.code(), Some(0));
    assert_eq!(fs::read_to_string(directory.join("f.nice")).unwrap().trim(), "19");
}

#[test]
fn unfinished_files_have_another_name() {
    use std::io::Write;
    let directory = scratch("atomic");
    let capture = fs::read(capture(5000)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(["-U", "-r", "-", "-w", "f", "-C", "1", "--atomic", "--fsync"]).current_dir(&directory);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&capture[..1_500_000]).unwrap();
    let seen = || names(&directory) == "f f1.part";
    until("one file is finished, and the next is not", seen);
    stdin.write_all(&capture[1_500_000..]).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(names(&directory), "f f1 f2 f3");
    assert_eq!(files(&directory).values().map(|bytes| packets(bytes)).sum::<usize>(), 5000);
}

#[test]
fn a_name_that_repeats_is_told_of() {
    let directory = scratch("repeats");
    let capture = capture(10);
    let capture = capture.to_str().unwrap();
    let said = |args: &[&str]| errors(&gannet(&directory, &[&["-r", capture], args].concat()));
    let words = "each file will overwrite the one before";
    assert!(said(&["-w", "f", "-G", "60"]).contains(words));
    assert!(said(&["-w", "f", "-G", "60", "-W", "2"]).contains(words));
    for args in [
        &["-w", "f", "-G", "60", "-W", "1"][..],
        &["-w", "f%H", "-G", "60"],
        &["-w", "f", "-C", "1"],
        &["-w", "f"],
    ] {
        assert!(!said(args).contains(words), "{args:?}");
    }
}

#[test]
fn a_directory_that_is_not_there() {
    let directory = scratch("nowhere");
    let capture = capture(10);
    for args in [&["-w", "none/f"][..], &["-w", "none/f", "-C", "1"], &["-w", "none/f%H", "-G", "1"]] {
        let output = gannet(&directory, &[&["-r", capture.to_str().unwrap()], args].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains("No such file or directory"), "{}", errors(&output));
        assert!(errors(&output).contains(&format!("gannet: {}", args[1])), "{}", errors(&output));
    }
    let output = gannet(&directory, &["-r", capture.to_str().unwrap(), "-w", "."]);
    assert_eq!((output.status.code(), errors(&output).contains(".: Is a directory")), (Some(1), true));
}

#[test]
fn a_thousand_files_leak_nothing() {
    let directory = scratch("thousand");
    let capture = capture(5000);
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 32; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gannet")])
        .args(["-r", capture.to_str().unwrap(), "-w", "f", "--rotate-packets", "4", "--atomic"])
        .current_dir(&directory)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let files = files(&directory);
    assert_eq!(files.len(), 1250);
    assert!(files.values().all(|bytes| packets(bytes) == 4));
}

/// A file is compressed when its name or an option says so; what is in it is what was written.
#[test]
fn compressed_files() {
    let capture = capture(5000);
    let capture = capture.to_str().unwrap();
    let directory = scratch("compressed");
    let unpack = |program: &str, name: &str| {
        let output = Command::new(program).args(["-dc", name]).current_dir(&directory).output().ok()?;
        assert!(output.status.success(), "{program} {name}: {}", errors(&output));
        Some(output.stdout)
    };
    let whole = fs::read(capture).unwrap();
    for (args, name, program) in [
        (&["-w", "f.gz"][..], "f.gz", "gzip"),
        (&["-w", "f.pcap.zst"], "f.pcap.zst", "zstd"),
        (&["-w", "f.lz4"], "f.lz4", "lz4"),
        (&["-w", "g", "--compress", "gzip:9"], "g", "gzip"),
        (&["-w", "h.zst", "--compress=gzip"], "h.zst", "gzip"),
    ] {
        let output = gannet(&directory, &[&["-r", capture], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let packed = fs::read(directory.join(name)).unwrap();
        assert!(packed.len() < whole.len() / 2, "{args:?}: {}", packed.len());
        if program == "gzip" && name != "f.gz" {
            fs::rename(directory.join(name), directory.join("x.gz")).unwrap();
        }
        let name = if program == "gzip" && name != "f.gz" { "x.gz" } else { name };
        match unpack(program, name) {
            Some(bytes) => assert!(bytes == whole, "{args:?}"),
            None => eprintln!("SKIPPED: no {program} here"),
        }
    }
    let output = gannet(&directory, &["-r", capture, "-w", "plain.gz", "--compress", "none"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(fs::read(directory.join("plain.gz")).unwrap() == whole);
    let output = gannet(&directory, &["-r", capture, "-w", "f.xz"]);
    assert_eq!(
        (output.status.code(), errors(&output).contains("xz files are read and not written")),
        (Some(1), true)
    );
}

#[test]
fn compressed_files_are_rotated_by_what_is_on_the_disk() {
    let capture = capture(50_000);
    let directory = scratch("compressed-rotated");
    let args = ["-r", capture.to_str().unwrap(), "-w", "f.pcap.gz", "-C", "200k"];
    let output = gannet(&directory, &args);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let all = files(&directory);
    let count = all.len();
    assert!(count > 2, "{}", names(&directory));
    for (name, bytes) in &all {
        let last = *name == format!("f.pcap{}.gz", count - 1);
        assert!(bytes.len() < 220 * 1024 && (last || bytes.len() >= 200 * 1024), "{name}: {}", bytes.len());
    }
    let mut total = 0;
    for name in all.keys() {
        let output = Command::new("gzip").args(["-dc", name]).current_dir(&directory).output().unwrap();
        assert!(output.status.success());
        total += packets(&output.stdout);
    }
    assert_eq!(total, 50_000);
}

#[test]
fn privileges_are_given_up_before_files_are_made() {
    use std::os::unix::fs::MetadataExt;
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!(
            "SKIPPED: privileges_are_given_up_before_files_are_made: only root can become somebody else"
        );
        return;
    }
    let Ok(Some(nobody)) = nix::unistd::User::from_name("nobody") else {
        eprintln!("SKIPPED: privileges_are_given_up_before_files_are_made: there is no user nobody");
        return;
    };
    let capture = capture(5000);
    let capture = capture.to_str().unwrap();
    let directory = scratch("privileges");
    nix::unistd::chown(&directory, Some(nobody.uid), None).unwrap();
    let output = gannet(&directory, &["-r", capture, "-w", "f", "-C", "2", "-Z", "nobody"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("\ndropped privs to nobody\n"), "{}", errors(&output));
    for name in ["f", "f1"] {
        let metadata = fs::metadata(directory.join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (nobody.uid.as_raw(), nobody.gid.as_raw()));
    }
    let output = gannet(&directory, &["-r", capture, "-w", "g", "-Z", "no-such-user-as-this"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).ends_with("gannet: Couldn't find user 'no-such-user-as-this'\n"),
        "{}",
        errors(&output)
    );
    let output = gannet(&directory, &["-r", capture, "-w", "g", "-c", "1", "-Z", "root"]);
    assert_eq!((output.status.code(), errors(&output).contains("dropped")), (Some(0), false));
    assert_eq!(fs::metadata(directory.join("g")).unwrap().uid(), 0);
}

/// Of a file, so much time as its packets tell.
#[test]
fn the_first_seconds_of_a_file() {
    let capture = capture(5000);
    let directory = scratch("seconds");
    for (length, count) in [("2s", 20), ("1m", 600), ("1h", 5000), ("250ms", 3)] {
        let args = ["-r", capture.to_str().unwrap(), "-w", "f", "--stop-after", length];
        let output = gannet(&directory, &args);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        assert_eq!(packets(&files(&directory)["f"]), count, "{length}");
    }
}

/// The commands are waited for, and one more signal ends that.
#[test]
fn commands_that_take_their_time() {
    use nix::sys::signal::{Signal, kill};
    let capture = capture(5000);
    let directory = scratch("command-slow");
    let script = directory.join("slow.sh");
    fs::write(&script, "#!/bin/sh\nsleep \"$SLOW\"\ntouch done\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = |slow: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command.args(["-r", capture.to_str().unwrap(), "-w", "f", "-C", "2", "-z", "./slow.sh"]);
        command.current_dir(&directory).env("SLOW", slow).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    assert!(run("1").wait().unwrap().success());
    assert!(directory.join("done").exists());
    let mut child = run("300");
    until("it listens to signals", || catches(&child, Signal::SIGINT));
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    // The first may end the copying; one of the next ends the waiting, long before the commands end.
    until("it ends", || {
        let _ = kill(nix::unistd::Pid::from_raw(child.id() as i32), Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(100));
        child.try_wait().unwrap().is_some_and(|status| status.success())
    });
}

/// Who cannot look into the directories above still writes to the one that was opened before.
#[test]
fn a_directory_below_one_that_is_closed_to_the_user() {
    let Ok(Some(nobody)) = nix::unistd::User::from_name("nobody") else { return };
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!(
            "SKIPPED: a_directory_below_one_that_is_closed_to_the_user: only root can become somebody else"
        );
        return;
    }
    let capture = capture(5000);
    let directory = scratch("closed");
    let inner = directory.join("private/inner");
    fs::create_dir_all(&inner).unwrap();
    fs::set_permissions(directory.join("private"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    nix::unistd::chown(&inner, Some(nobody.uid), None).unwrap();
    let args = ["-r", capture.to_str().unwrap(), "-w", "private/inner/f", "-C", "1", "-Z", "nobody"];
    let output = gannet(&directory, &args);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(!errors(&output).contains("WARNING"), "{}", errors(&output));
    assert_eq!(names(&inner), "f f1 f2 f3");
}

/// Options in all mixtures that make sense, drawn by lot.
#[test]
fn mixtures() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut draw = |from: &[&'static str]| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        from[(state >> 33) as usize % from.len()]
    };
    for _ in 0..25 {
        let name = draw(&["f", "f.pcap", "f-%d", "%H%M-%j.x", "f%%", "sub/f", "sub/%Y.%m"]);
        let mut args = vec!["-w", name];
        for (option, values) in [
            ("-C", &["", "", "1", "2", "3"][..]),
            ("-G", &["", "", "3600", "86400"]),
            ("-W", &["", "", "1", "2", "3", "10", "11", "1000"]),
            ("-c", &["", "", "1", "2600"]),
            ("-U", &["", " "]),
            ("--nano", &["", "", " "]),
        ] {
            match draw(values) {
                "" => {}
                " " => args.push(option),
                value => args.extend([option, value]),
            }
        }
        args.push(draw(&["", "less 900", "ip or not ip", "greater 70000"]));
        same("mixture", &args);
    }
}

/// Every file of a rotated pcapng capture is whole by itself.
#[test]
fn pcapng_files() {
    let capture = capture(5000);
    let directory = scratch("pcapng");
    let capture = capture.to_str().unwrap();
    for name in ["f.pcapng", "g.pcapng.gz"] {
        let args = ["-r", capture, "-w", name, "-C", "1", "--max-total", "1000"];
        let output = gannet(&directory, &args);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    }
    let mut total = BTreeMap::new();
    for mut name in files(&directory).into_keys() {
        if let Some(plain) = name.strip_suffix(".gz").map(str::to_owned) {
            assert!(
                Command::new("gzip").args(["-d", &name]).current_dir(&directory).status().unwrap().success()
            );
            name = plain;
        }
        let output = gannet(&directory, &["--count", "-r", &name]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", errors(&output));
        let count: u32 = String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap().parse().unwrap();
        *total.entry(name.as_bytes()[0]).or_insert(0) += count;
        if name.starts_with('f')
            && let Some(theirs) = tcpdump(&directory, &["--count", "-r", &name])
        {
            assert_eq!(theirs.stdout, output.stdout, "{name}: {}", errors(&theirs));
        }
    }
    assert_eq!(total, BTreeMap::from([(b'f', 5000), (b'g', 5000)]), "{}", names(&directory));
}

/// A pipe that nobody reads from can be left, and one that somebody reads from later is no different from others.
#[test]
fn a_pipe_without_a_reader() {
    use nix::sys::signal::{Signal, kill};
    let capture = capture(10);
    let directory = scratch("pipe");
    assert!(Command::new("mkfifo").arg("f").current_dir(&directory).status().unwrap().success());
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command.args(["-r", capture.to_str().unwrap(), "-w", "f"]).current_dir(&directory);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        until("it listens to signals", || catches(&child, Signal::SIGINT));
        child
    };
    let child = start();
    kill(nix::unistd::Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).ends_with("gannet: f: Interrupted system call\n"), "{}", errors(&output));
    let child = start();
    assert!(fs::read(directory.join("f")).unwrap() == fs::read(&capture).unwrap());
    assert!(child.wait_with_output().unwrap().status.success());
}

/// Who reads from a pipe reads one stream, with one head, however often it is time for another file.
#[test]
fn a_pipe_is_one_stream() {
    let bytes = fs::read(capture(10)).unwrap();
    let directory = scratch("stream");
    assert!(Command::new("mkfifo").arg("f").current_dir(&directory).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(["-r", "-", "-U", "-G", "1", "-w", "f"]).current_dir(&directory);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pipe = directory.join("f");
    let reader = std::thread::spawn(move || fs::read(pipe).unwrap());
    let mut stdin = child.stdin.take().unwrap();
    let (first, rest) = bytes.split_at(2000);
    let (second, third) = rest.split_at(2000);
    for part in [first, second, third] {
        stdin.write_all(part).unwrap();
        std::thread::sleep(Duration::from_millis(1100));
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let warned = "gannet: WARNING: f is no regular file: it is one stream, and not rotated\n";
    assert!(errors(&output).contains(warned), "{}", errors(&output));
    assert!(reader.join().unwrap() == bytes);
}

/// Two heads in one stream are no file, and nobody has asked for a file that is called -1.
#[test]
fn standard_output_is_not_rotated() {
    let capture = capture(5000);
    let read = ["-r", capture.to_str().unwrap(), "-w", "-"];
    let directory = scratch("standard");
    for args in [&["-C", "1"][..], &["-G", "1"], &["-G", "1", "-W", "2"], &["--rotate-packets", "9"]] {
        let output = gannet(&directory, &[&read, args].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{args:?}");
        assert!(errors(&output).ends_with(": standard output cannot be rotated\n"), "{}", errors(&output));
        assert_eq!(names(&directory), "");
    }
    // Who wants a stream of an hour has it.
    let output = gannet(&directory, &[&read[..], &["-G", "3600", "-W", "1"]].concat());
    assert!(output.status.success() && output.stdout == fs::read(&capture).unwrap());
}

/// A second capture into a file would spoil it for both.
#[test]
fn two_do_not_write_to_the_same_file() {
    let bytes = fs::read(capture(10)).unwrap();
    let directory = scratch("twice");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(["-r", "-", "-w", "f"]).current_dir(&directory).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut first = command.spawn().unwrap();
    let mut pipe = first.stdin.take().unwrap();
    pipe.write_all(&bytes).unwrap();
    until("it has written", || {
        fs::metadata(directory.join("f")).is_ok_and(|f| f.len() == bytes.len() as u64)
    });
    let second = || gannet(&directory, &["-r", capture(20).to_str().unwrap(), "-w", "f"]);
    let refused = second();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        errors(&refused).ends_with("gannet: f: another process is writing to it\n"),
        "{}",
        errors(&refused)
    );
    drop(pipe);
    assert!(first.wait().unwrap().success());
    assert!(fs::read(directory.join("f")).unwrap() == bytes);
    assert!(second().status.success());
    assert_eq!(packets(&fs::read(directory.join("f")).unwrap()), 20);
}

/// Who reads slowly is waited for after Ctrl-C, and whoever does not want to wait presses it again.
#[test]
fn a_reader_who_does_not_read() {
    use nix::sys::signal::{Signal, kill};
    let capture = capture(5000);
    for args in [&["-w", "-"][..], &["-w", "-", "--compress", "gzip:0"], &["-x"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command.args(["-r", capture.to_str().unwrap()]).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("it listens to signals", || catches(&child, Signal::SIGINT));
        // Longer than it takes to fill the pipe.
        std::thread::sleep(Duration::from_millis(300));
        until("it ends", || {
            let _ = kill(nix::unistd::Pid::from_raw(child.id() as i32), Signal::SIGINT);
            std::thread::sleep(Duration::from_millis(50));
            child.try_wait().unwrap().is_some()
        });
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", errors(&output));
        assert!(errors(&output).ends_with("one more Ctrl-C ends the wait for that\n"), "{}", errors(&output));
    }
}

/// tcpdump empties the file before it has read it.
#[test]
fn the_input_is_not_overwritten() {
    let capture = fs::read(capture(5000)).unwrap();
    let directory = scratch("input");
    for (input, args) in
        [("f", &["-w", "./f"][..]), ("f2", &["-w", "f", "-C", "1"]), ("f", &["-w", "f", "-G", "5"])]
    {
        fs::write(directory.join(input), &capture).unwrap();
        let output = gannet(&directory, &[&["-r", input], args].concat());
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(errors(&output).contains(": input file is output file\n"), "{}", errors(&output));
        assert!(fs::read(directory.join(input)).unwrap() == capture, "{args:?}");
    }
    let output = gannet(&directory, &["-r", "f", "-w", "f", "-c", "7", "--atomic"]);
    assert_eq!((output.status.code(), packets(&files(&directory)["f"])), (Some(0), 7));
    let output = gannet(&directory, &["-r", "f", "-w", "/dev/null", "--atomic"]);
    assert_eq!((output.status.code(), Path::new("/dev/null.part").exists()), (Some(0), false));
}

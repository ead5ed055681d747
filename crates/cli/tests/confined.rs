//! What the kernel says of a gannet that has opened all it needs: it has given the rest up.

use gannet_capture::testing::in_namespace;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const TOUR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/samples/tour.pcap");

/// Where one may always write what belongs to others (`CAP_DAC_OVERRIDE`): root, who has done so before.
const WRITE_ALL: &str = "0000000000000002";
const NONE: &str = "0000000000000000";

fn gannet(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(args).env("TZ", "UTC0").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("confined-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What the kernel says of a process.
fn field(child: &Child, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().trim().to_owned()
}

/// Whether this machine has all layers; says so if it has not.
fn complete() -> bool {
    let output = gannet(&["--sandbox-status"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    if !cfg!(feature = "sandbox") {
        println!("SKIPPED: this build gives nothing up");
        return false;
    }
    assert!(text.starts_with("no new privileges: on\ncapabilities: none\nlandlock: "), "{text}");
    let complete = text.contains("\nlandlock: on") && text.contains("\nseccomp: on");
    if !complete {
        println!("SKIPPED: not all layers are here:\n{text}");
    }
    complete
}

/// It has given up what it does not need, but for these capabilities.
fn assert_confined(child: &Child, capabilities: &[&str]) {
    assert_eq!((field(child, "NoNewPrivs"), field(child, "Seccomp")), ("1".to_owned(), "2".to_owned()));
    let effective = field(child, "CapEff");
    assert!(capabilities.contains(&effective.as_str()), "{effective}");
    assert_eq!((field(child, "CapInh"), field(child, "CapAmb")), (NONE.to_owned(), NONE.to_owned()));
}

fn ended(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

/// Gives it the first half of a savefile, and waits for a line.
fn half(child: &mut Child) -> String {
    let bytes = fs::read(TOUR).unwrap();
    child.stdin.as_mut().unwrap().write_all(&bytes[..bytes.len() / 2]).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn who_reads_a_file_has_given_up_all() {
    if !complete() {
        return;
    }
    for (args, expected) in
        [(&["-l", "-n", "-r", "-"][..], "1"), (&["-l", "--no-sandbox", "-n", "-r", "-"], "0")]
    {
        let mut child = gannet(args).spawn().unwrap();
        assert!(half(&mut child).contains(" IP"));
        assert_eq!(field(&child, "NoNewPrivs"), expected);
        if expected == "1" {
            assert_confined(&child, &[NONE]);
        } else {
            assert_eq!(
                field(&child, "Seccomp_filters"),
                field(&Command::new("true").spawn().unwrap(), "Seccomp_filters")
            );
        }
        drop(child.stdin.take());
        ended(child);
    }
}

#[test]
fn a_capture_has_given_up_all_but_writing() {
    in_namespace("a_capture_has_given_up_all_but_writing", || {
        if !complete() {
            return;
        }
        let folder = folder("live");
        let file = folder.join("x-%S.pcap");
        let file = file.to_str().unwrap();
        for (args, capabilities) in [
            (&["-n", "-i", "lo"][..], &[NONE][..]),
            (&["-i", "lo", "-w", file, "-G", "1", "--rotate-idle"], &[WRITE_ALL]),
            (&["-n", "-i", "any"], &[NONE]),
        ] {
            let mut child = gannet(args).spawn().unwrap();
            let mut errors = BufReader::new(child.stderr.take().unwrap());
            let mut said = String::new();
            while !said.contains("listening on") && errors.read_line(&mut said).unwrap() > 0 {}
            assert_confined(&child, capabilities);
            let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
            std::thread::sleep(std::time::Duration::from_millis(2300));
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
            let status = ended(child).status;
            std::io::Read::read_to_string(&mut errors, &mut said).unwrap();
            assert!(status.success(), "{args:?}: {said}");
        }
        assert!(fs::read_dir(folder).unwrap().count() >= 2, "one file a second");
    });
}

/// Commands are the user's: what the capture has given up is theirs.
#[test]
fn commands_are_not_confined() {
    let folder = folder("command");
    let (script, told) = (folder.join("command.sh"), folder.join("elsewhere/told"));
    fs::create_dir_all(told.parent().unwrap()).unwrap();
    let text =
        format!("#!/bin/sh\ngrep NoNewPrivs: /proc/self/status >> {0}\necho $1 >> {0}\n", told.display());
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let here = nix_privileges(&std::process::id().to_string());
    fs::create_dir_all(folder.join("out")).unwrap();
    let file = folder.join("out/x.pcap");
    let args =
        ["-r", TOUR, "-w", file.to_str().unwrap(), "--rotate-packets", "20", "-z", script.to_str().unwrap()];
    let output = gannet(&[&args[..], &["--postrotate-last"]].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = fs::read_to_string(told).unwrap();
    let files = fs::read_dir(folder.join("out")).unwrap().count();
    assert_eq!(told.matches(file.to_str().unwrap()).count(), files, "{told}");
    assert_eq!(told.matches(&format!("NoNewPrivs:\t{here}\n")).count(), files, "{told}");
    assert!(files > 1);
}

fn nix_privileges(process: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("NoNewPrivs:")).unwrap_or_default().trim().to_owned()
}

/// What a symbolic link leads to, whether it is there or not, and devices and descriptors are written to as before.
#[test]
fn outputs_may_lead_elsewhere() {
    let folder = folder("links");
    fs::create_dir_all(folder.join("data")).unwrap();
    fs::write(folder.join("data/old.pcap"), "").unwrap();
    for name in ["old.pcap", "new.pcap"] {
        let link = folder.join(name);
        std::os::unix::fs::symlink(Path::new("data").join(name), &link).unwrap();
        let output = gannet(&["-r", TOUR, "-w", link.to_str().unwrap()]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read(folder.join("data").join(name)).unwrap(), fs::read(TOUR).unwrap());
    }
    let whole = fs::File::create(folder.join("stdout.pcap")).unwrap();
    let status = gannet(&["-r", TOUR, "-w", "/dev/stdout"]).stdout(whole).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read(folder.join("stdout.pcap")).unwrap(), fs::read(TOUR).unwrap());
    assert!(gannet(&["-r", TOUR, "-w", "/dev/null"]).status().unwrap().success());
}

/// A shell's `<(..)` and `>(..)`, and what stands behind `/dev/stdin`.
#[test]
fn pipes_have_names_too() {
    let text =
        "\"$0\" -V <(printf '%s\\n' \"$1\" /dev/stdin) -w >(cat) < <(cat \"$1\") | \"$0\" --count -r -";
    let output = Command::new("bash").args(["-c", text, env!("CARGO_BIN_EXE_gannet"), TOUR]).output();
    let Ok(output) = output else { return println!("SKIPPED: there is no bash") };
    let text = String::from_utf8(output.stdout).unwrap();
    let one = String::from_utf8(gannet(&["--count", "-r", TOUR]).output().unwrap().stdout).unwrap();
    let count = |text: &str| text.split(' ').next().unwrap().parse::<u32>().unwrap();
    assert_eq!(count(&text), 2 * count(&one), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Files of a list may be anywhere.
#[test]
fn files_of_a_list_are_read() {
    let folder = folder("list");
    let far = folder.join("far");
    fs::create_dir_all(&far).unwrap();
    fs::copy(TOUR, far.join("b.pcap")).unwrap();
    fs::write(
        folder.join("list"),
        format!("{TOUR}\n{0}/far/b.pcap\n{0}/far/../far/b.pcap\n", folder.display()),
    )
    .unwrap();
    let list = folder.join("list");
    for args in [
        &["--count", "-V", list.to_str().unwrap(), "ip"][..],
        &["--no-sandbox", "--count", "-V", list.to_str().unwrap(), "ip"],
    ] {
        let output = gannet(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let count: u32 = text.split(' ').next().unwrap().parse().unwrap();
        assert!(output.status.success() && count > 0 && count.is_multiple_of(3), "{text}");
    }
}

/// More folders than a process may have open, and links to elsewhere among what they hold.
#[test]
fn files_of_many_folders_are_merged() {
    let folder = folder("many");
    let mut names = Vec::new();
    for n in 0..60 {
        let (inside, name) = (folder.join(n.to_string()), folder.join(format!("{n}/x.pcap")));
        fs::create_dir_all(&inside).unwrap();
        match n % 2 {
            0 => drop(fs::copy(TOUR, &name).unwrap()),
            _ => std::os::unix::fs::symlink(TOUR, &name).unwrap(),
        }
        names.push(name.to_str().unwrap().to_owned());
    }
    let one = String::from_utf8(gannet(&["--count", "-r", TOUR]).output().unwrap().stdout).unwrap();
    let count = |text: &str| text.split(' ').next().unwrap().parse::<usize>().unwrap();
    for limit in [1024, 40] {
        let text = format!("ulimit -n {limit}; exec \"$0\" merge -w - \"$@\"");
        let mut merge = Command::new("sh");
        let merge = merge.args(["-c", &text, env!("CARGO_BIN_EXE_gannet")]).args(&names).output().unwrap();
        assert!(merge.status.success(), "{limit}: {}", String::from_utf8_lossy(&merge.stderr));
        fs::write(folder.join("all"), merge.stdout).unwrap();
        let all = gannet(&["--count", "-r", folder.join("all").to_str().unwrap()]).output().unwrap();
        assert_eq!(count(&String::from_utf8(all.stdout).unwrap()), 60 * count(&one), "{limit}");
    }
}

/// Who puts a library into it wants that to work; this one is not there, and left out with words of the system's.
#[test]
#[cfg(target_env = "gnu")]
fn a_library_of_others_is_let_alone() {
    let output = gannet(&["--sandbox-status"]).env("LD_PRELOAD", "/no/such/library.so").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches(": off (").count(), 4, "{text}");
}

#[test]
fn tools_can_be_told_to_give_nothing_up() {
    let folder = folder("tools");
    for option in [&["--no-sandbox"][..], &[]] {
        let out = folder.join("x.pcap");
        let output = gannet(&[&["convert"][..], option, &["-w", out.to_str().unwrap(), TOUR]].concat())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(fs::read(&out).unwrap().len() > 24);
    }
}

//! Debian's tcpdump, on its own library and on ours.

use crate::captures;
use crate::peer::{Library, found, scratch, skip};
use gannet_capture::testing::settle;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

fn tcpdump(library: Library, args: &[&str]) -> Output {
    let mut command = Command::new("tcpdump");
    library.under(command.args(args)).output().expect("tcpdump")
}

/// What it says on both outputs, and its exit code.
fn said(library: Library, args: &[&str]) -> (String, String, Option<i32>) {
    let done = tcpdump(library, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&done.stdout), text(&done.stderr), done.status.code())
}

fn same(args: &[&str]) {
    let theirs = said(Library::System, args);
    if !captures::refused(&theirs.1) {
        assert_eq!(theirs, said(Library::Ours, args), "tcpdump {args:?}");
    }
}

fn is_here() -> bool {
    let is = found("tcpdump");
    if !is {
        skip("no tcpdump here");
    }
    is
}

fn name(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

#[test]
fn it_runs_on_our_library() {
    if is_here() {
        let (out, _, code) = said(Library::Ours, &["--version"]);
        assert_eq!(code, Some(0));
        assert!(out.contains("(gannet "), "{out}");
    }
}

#[test]
fn it_reads_the_same() {
    if !is_here() {
        return;
    }
    let folder = scratch("tcpdump");
    let files = captures::made(&folder).into_iter().chain(captures::conformance(120));
    for file in files.chain(captures::odd(&folder)) {
        same(&["-n", "-tttt", "-e", "-r", name(&file)]);
    }
    let tour = captures::tour();
    for filter in ["udp", "host 10.9.0.1 and not port 53", "nonsense here", "tcp port no-such-port"] {
        same(&["-n", "-r", name(&tour), filter]);
    }
    same(&["-r", "no/such/file"]);
    same(&["-i", "no-such-device"]);
    same(&["-n", "-c", "5", "-xx", "--nano", "-r", name(&tour)]);
}

#[test]
fn it_lists_programs_in_its_format() {
    if !is_here() {
        return;
    }
    for form in ["-d", "-dd", "-ddd"] {
        // Two instructions that can only be these.
        same(&[form, "-y", "EN10MB", "ip"]);
    }
    let (out, _, code) = said(Library::Ours, &["-d", "-y", "EN10MB", "host 1.2.3.4"]);
    assert_eq!((out.lines().count(), code), (14, Some(0)));
    same(&["-L", "-i", "no-such-device"]);
}

#[test]
fn it_writes_the_same_files() {
    if !is_here() {
        return;
    }
    let folder = scratch("tcpdump-w");
    let tour = captures::tour();
    let written = |library, args: &[&str]| {
        let to = folder.join("out");
        let done = tcpdump(library, &[&["-r", name(&tour), "-w", name(&to)], args].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        fs::read(&to).expect("what was written")
    };
    for args in [&[][..], &["udp"], &["--nano"], &["-U", "-c", "3"], &["-s", "40"]] {
        assert_eq!(written(Library::System, args), written(Library::Ours, args), "{args:?}");
    }
    assert!(written(Library::Ours, &[]).len() > 1000);
}

#[test]
fn it_lists_devices_and_captures() {
    if is_here() {
        in_own_network("tcpdump::it_lists_devices_and_captures", || {
            lists_devices();
            let theirs = captured(Library::System);
            assert_eq!(theirs, captured(Library::Ours));
            assert_eq!(theirs.lines().count(), 3, "{theirs}");
        });
    }
}

/// Runs `body` in a network of its own, in which it may do everything and is not root: as root, tcpdump becomes
/// somebody else, whom there is not in such a place.
fn in_own_network(test: &str, body: impl FnOnce()) {
    const INSIDE: &str = "GANNET_TEST_OWN_NETWORK";
    if std::env::var_os(INSIDE).is_some() {
        settle();
        return body();
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--net", "--map-user=1000", "--map-group=1000", "--keep-caps"]);
    command.arg(std::env::current_exe().expect("this program"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    let Ok(done) = command.output() else { return skip("no unshare here") };
    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    if !said.contains("running 1 test") {
        return skip(&format!("no namespaces here: {}", complained.trim()));
    }
    assert!(done.status.success(), "{test}, in its namespace:\n{said}{complained}");
}

fn lists_devices() {
    let (out, _, code) = said(Library::Ours, &["-D"]);
    assert_eq!(code, Some(0));
    let theirs = said(Library::System, &["-D"]).0;
    // libpcap knows devices that are none: of D-Bus, netfilter, Bluetooth and USB.
    let named = |text: &str| -> Vec<String> {
        let rest = text.lines().filter_map(|line| line.split_once('.')).map(|(_, rest)| rest.to_owned());
        rest.filter(|rest| ["lo ", "any "].iter().any(|name| rest.starts_with(name))).collect()
    };
    assert_eq!(named(&out), named(&theirs));
    assert_eq!(named(&out).len(), 2, "{out}");
}

/// What tcpdump prints of three packets on lo.
fn captured(library: Library) -> String {
    let mut command = Command::new("tcpdump");
    command.args(["-n", "-t", "-i", "lo", "-c", "3", "udp port 9007"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = library.under(&mut command).spawn().expect("tcpdump");
    let from = UdpSocket::bind("127.0.0.1:9008").expect("a socket");
    let _to = UdpSocket::bind("127.0.0.1:9007").expect("a socket");
    for _ in 0..400 {
        if child.try_wait().expect("its state").is_some() {
            break;
        }
        let _ = from.send_to(b"hello", "127.0.0.1:9007");
        thread::sleep(Duration::from_millis(25));
    }
    let _ = child.kill();
    let done = child.wait_with_output().expect("its output");
    assert!(done.status.success(), "{library:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

//! What is left to who has given up the rest: a test starts itself once more, gives up, and tries.

use super::*;
use gannet_jit::{Jit, JitError};
use gannet_pcap::bpf::{Instruction, Limits, check, opcode};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::ptrace;
use nix::sys::signal::kill;
use nix::unistd::{chroot, getpid, getppid};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// Where the confined one works. It is set for that one only.
const FOLDER: &str = "GANNET_TEST_CONFINED";

/// What it needs: files in that folder.
fn needs(folder: &Path) -> Needs {
    let (place, name) = Place::of(folder.join("x").as_os_str(), false).unwrap();
    let mut needs = Needs::default();
    needs.output(&place, &name);
    needs
}

/// Runs a test of this file again, confined; what it says.
fn again(test: &str) -> String {
    let folder = std::env::temp_dir().join(format!("gannet-{test}-{}", std::process::id()));
    fs::create_dir_all(folder.join("in")).unwrap();
    fs::write(folder.join("out"), "others'").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", "--test-threads=1"]).arg(format!("run::confine::tests::{test}"));
    let output = command.env(FOLDER, folder.join("in")).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(fs::read_to_string(folder.join("out")).unwrap(), "others'", "{said}");
    fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    said
}

/// The folder, for the confined one.
fn confined() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Whether the layers are there; says so if they are not.
fn sealed(needs: Needs) -> bool {
    let layers = needs.seal();
    for (name, layer) in [("landlock", &layers.files), ("seccomp", &layers.calls)] {
        if let Err(why) = layer {
            println!("SKIPPED: {name}: {why}");
        }
    }
    assert!(layers.gains.is_ok() && layers.capabilities.is_ok());
    layers.files.is_ok() && layers.calls.is_ok()
}

fn refused<T>(act: &str, done: io::Result<T>) {
    match done {
        Ok(_) => panic!("{act} was possible"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{act}: {error}"),
    }
}

/// A program as machine code.
fn machine_code() -> io::Result<()> {
    let program = check(vec![Instruction::stmt(opcode::RET, 1)], Limits::USER).unwrap();
    match Jit::new(&program) {
        Err(JitError::Mapping(error)) => Err(error),
        _ => Ok(()),
    }
}

#[test]
fn what_is_given_up_is_refused() {
    let Some(folder) = confined() else {
        let said = again("what_is_given_up_is_refused");
        return print!("{}", said.lines().filter(|line| line.contains("SKIPPED")).collect::<String>());
    };
    let (out, own) = (folder.join("../out"), folder.join("own"));
    fs::write(&own, "ours").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = listener.local_addr().unwrap();
    machine_code().unwrap();
    if !sealed(needs(&folder)) {
        return;
    }
    refused("opening a file", File::open("/etc/passwd"));
    refused("listing a directory", fs::read_dir("/etc"));
    refused("writing elsewhere", fs::write(&out, "ours"));
    refused("making a file elsewhere", File::create(folder.join("../new")));
    refused("removing a file elsewhere", fs::remove_file(&out));
    refused("taking a file from elsewhere", fs::rename(&out, folder.join("in")));
    refused("opening another's memory", File::open(format!("/proc/{}/mem", getppid())));
    refused("changing a mode", fs::set_permissions(&own, fs::Permissions::from_mode(0o777)));
    refused("a symbolic link", symlink("/etc/passwd", folder.join("link")));
    refused("a hard link", fs::hard_link(&own, folder.join("hard")));
    refused("a directory", fs::create_dir(folder.join("directory")));
    refused("another directory", std::env::set_current_dir("/"));
    refused("a UDP socket", UdpSocket::bind("127.0.0.1:0"));
    refused("a TCP connection", TcpStream::connect(there));
    refused("a local socket", UnixDatagram::unbound());
    refused("another connection", listener.accept());
    refused("another process", Command::new("/bin/true").spawn());
    refused("another program", Err::<(), _>(Command::new("/bin/true").exec()));
    refused("looking into another process", ptrace::attach(getppid()).map_err(io::Error::from));
    refused("a signal to another process", kill(getppid(), None).map_err(io::Error::from));
    let flags = MsFlags::MS_BIND;
    refused("a mount", mount(Some("/"), &folder, None::<&str>, flags, None::<&str>).map_err(io::Error::from));
    refused("another root", chroot(&folder).map_err(io::Error::from));
    refused("other capabilities", privilege::keep(Capabilities::NONE));
    refused("a namespace", unshare(CloneFlags::CLONE_NEWUSER).map_err(io::Error::from));
    refused("machine code", machine_code());
}

#[test]
fn what_is_needed_is_left() {
    let Some(folder) = confined() else {
        let said = again("what_is_needed_is_left");
        return print!("{}", said.lines().filter(|line| line.contains("SKIPPED")).collect::<String>());
    };
    sealed(needs(&folder));
    let (part, whole) = (folder.join("x.part"), folder.join("x"));
    let mut file = File::create(&part).unwrap();
    file.try_lock().unwrap();
    file.write_all(b"packets").unwrap();
    file.set_len(4).unwrap();
    file.sync_all().unwrap();
    fs::rename(&part, &whole).unwrap();
    assert_eq!(fs::read(&whole).unwrap(), b"pack");
    fs::remove_file(&whole).unwrap();
    File::open(&folder).unwrap().sync_all().unwrap();
    let (mut one, mut other) = UnixStream::pair().unwrap();
    let sent = thread::Builder::new().name("other".to_owned()).spawn(move || other.write_all(b"!")).unwrap();
    sent.join().unwrap().unwrap();
    one.read_exact(&mut [0]).unwrap();
    kill(getpid(), None).unwrap();
    assert!(thread::available_parallelism().is_ok());
}

/// Who may compile gets no pages that are writable and executable at once, but code.
#[test]
fn who_may_compile_compiles() {
    let Some(folder) = confined() else {
        again("who_may_compile_compiles");
        return;
    };
    sealed(Needs { compiles: true, ..needs(&folder) });
    machine_code().unwrap();
}

/// The C library loads what it looks for names with, and asks it.
#[test]
fn who_asks_for_names_hears_them() {
    let Some(folder) = confined() else {
        again("who_asks_for_names_hears_them");
        return;
    };
    let names = gannet_pcap::Names::system();
    let flags = Flags { read: vec!["x".into()], ..Flags::default() };
    sealed(Needs { write: needs(&folder).write, ..Needs::of(&flags, None) });
    assert!(names.host_name([127, 0, 0, 1].into()).is_some(), "/etc/hosts names the loopback");
    assert_eq!(names.port_name("tcp", 80), Some("http"));
    // Whoever may ask name servers has sockets for that.
    UdpSocket::bind("127.0.0.1:0").unwrap();
}

//! `gannet bpf`, and the forms of `--dump`.

use gannet_capture::testing::in_namespace;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const IP: &str = "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0\n";

fn tour() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples/tour.pcap");
    path.to_str().unwrap().to_owned()
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever does not read its input may end before it is written.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What is printed, where all goes well.
fn printed(args: &[&str], input: &[u8]) -> String {
    let output = with_input(args, input);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is said, where it does not.
fn refused(args: &[&str], input: &[u8]) -> String {
    let output = with_input(args, input);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_filter_in_every_form() {
    let dump = |form: &str| printed(&[&format!("--dump={form}"), "ip"], b"");
    assert_eq!(dump("d"), IP);
    assert_eq!(
        dump("stmt"),
        "BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc),\nBPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x800, 0, 0x1),\n\
         BPF_STMT(BPF_RET|BPF_K, 0x40000),\nBPF_STMT(BPF_RET|BPF_K, 0),\n"
    );
    assert_eq!(
        dump("asm"),
        "        ldh      [12]\n        jne      #0x800, l3\n        ret      #262144\nl3:     ret      #0\n"
    );
    assert!(
        dump("c").contains("uint32_t filter(const uint8_t *packet, uint32_t wire_length, uint32_t captured)")
    );
    assert!(dump("dot").starts_with("digraph"));
    for form in ["d", "dd", "ddd", "stmt", "asm"] {
        assert_eq!(printed(&["bpf", "dis", "-"], dump(form).as_bytes()), IP, "{form}");
    }
    assert!(refused(&["--dump=x", "ip"], b"").contains("unknown form 'x'; there are d, dd"));
}

#[test]
fn sources_are_assembled_and_mistakes_shown() {
    let source = b"ldh [12]\njne #0x800, no ; not IPv4\nret #-1\nno: ret #0\n";
    assert_eq!(
        printed(&["bpf", "asm", "-"], source),
        "4\n40 0 0 12\n21 0 1 2048\n6 0 0 4294967295\n6 0 0 0\n"
    );
    let array = printed(&["bpf", "asm", "--dump=dd", "-"], source);
    assert_eq!(array.lines().next(), Some("{ 0x28, 0, 0, 0x0000000c },"));
    assert_eq!(
        refused(&["bpf", "asm", "-"], b"ldh [12]\njne 0x800, no\n"),
        "gannet: standard input: 2:5: expected '#' and a number, or 'x', found '0x800'\n"
    );
    assert_eq!(
        refused(&["bpf", "asm", "-"], b"div #0\nret a\n"),
        "gannet: standard input: instruction 0: division by the constant zero\n"
    );
    assert!(refused(&["bpf", "asm", "/nonexistent"], b"").contains("/nonexistent: No such file"));
    assert!(refused(&["bpf", "nonsense"], b"").contains("bpf does not know 'nonsense'"));
    assert!(refused(&["bpf", "asm"], b"").contains("Usage: gannet bpf asm"));
}

/// Raw bytes, and a program that is not sound: shown all the same.
#[test]
fn what_is_not_sound_is_shown_with_a_warning() {
    let jump = [&5u16.to_ne_bytes()[..], &[0, 0], &7u32.to_ne_bytes()].concat();
    let output = with_input(&["bpf", "dis", "-"], &jump);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "(000) ja       8\n");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("would not take it: instruction 0: jump to 8, outside the program"), "{errors}");
}

/// A trace of libpcap shows two: it has the kernel reject everything until its filter is in place.
#[test]
fn a_trace_of_several_programs_is_shown_whole() {
    let trace = "setsockopt(4, SOL_SOCKET, SO_ATTACH_FILTER, {len=1, filter=[BPF_STMT(BPF_RET|BPF_K, 0)]}, 16) = 0\n\
        recvfrom(4, \"\", 1) = -1 EAGAIN\n\
        setsockopt(4, SOL_SOCKET, SO_ATTACH_FILTER, {len=1, filter=[BPF_STMT(BPF_RET|BPF_K, 0x40000)]}, 16) = 0\n";
    let text = printed(&["bpf", "dis", "-"], trace.as_bytes());
    assert_eq!(text, "; line 1\n(000) ret      #0\n; line 3\n(000) ret      #262144\n");
    let words = refused(&["bpf", "asm", "-"], trace.as_bytes());
    assert_eq!(words, "gannet: standard input: this is a trace of 2 programs: leave one line of it\n");
}

#[test]
fn verdicts_are_those_of_the_filter() {
    for filter in ["tcp", "ip6", "udp port 53 or arp", "len > 100"] {
        let text = printed(&["bpf", "run", "-e", filter, "-r", &tour()], b"");
        let accepted = text.lines().filter(|line| line.contains(": accepted (262144), ")).count();
        let count = printed(&["--count", "-r", &tour(), filter], b"");
        assert_eq!(count.split(' ').next(), Some(&*accepted.to_string()), "{filter}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with(&format!("28 packets, {accepted} accepted, ")), "{last}");
    }
}

#[test]
fn a_profile_counts_every_instruction() {
    let text = printed(&["bpf", "run", "--profile", "-r", &tour(), "-"], IP.as_bytes());
    let ip = printed(&["--count", "-r", &tour(), "ip"], b"");
    let ip: u32 = ip.split(' ').next().unwrap().parse().unwrap();
    let expected = format!(
        "28  (000) ldh      [12]\n28  (001) jeq      #0x800           jt 2\tjf 3\n{ip:2}  (002) ret      #262144\n{:2}  (003) ret      #0\n",
        28 - ip
    );
    assert!(text.ends_with(&expected), "{text}");
}

#[test]
fn stepping_forward_and_back() {
    let commands = "step\n\nback 2\nbreakpoint 1\nrun\nrun\nreverse\nnext\nquit\n";
    let text = printed(&["bpf", "step", "-e", "ip", "--packet", "2", "-r", &tour()], commands.as_bytes());
    let places: Vec<_> = text.lines().filter_map(|line| line.strip_prefix('(')?.split(')').next()).collect();
    assert_eq!(places, ["000", "001", "002", "000", "001", "002", "001", "000"], "{text}");
    assert!(text.starts_with("packet 2: 62 bytes captured of 62\n"), "{text}");
    assert!(text.contains("[08 00]"), "{text}");
    assert!(text.contains("A 0x800 (2048)"), "{text}");
    assert!(text.contains("  accepted (262144) after 3 instructions\n"), "{text}");
    assert!(text.contains("packet 3: "), "{text}");
    // Whatever is typed is answered.
    let nonsense = printed(
        &["bpf", "step", "-e", "ip", "-r", &tour()],
        b"step x\nfoo\nbreakpoint 4\nbreakpoint -1\nback\nstep -99999999999\nstep 9223372036854775807\n\xff\n",
    );
    assert!(nonsense.contains("instructions 0 to 3"), "{nonsense}");
    assert!(
        refused(&["bpf", "step", "-e", "ip", "--packet=99", "-r", &tour()], b"")
            .contains("ends after 28 packets")
    );
}

/// Called by tcpdump's name there are no tools: the words are a filter, and a wrong one.
#[test]
fn tcpdump_has_no_tools() {
    // A folder of its own: others have what they call tcpdump.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("called-tcpdump");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("tcpdump");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gannet"), &path).unwrap();
    let output = Command::new(&path).args(["-r", &tour(), "bpf", "attached"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let output = Command::new(&path).args(["bpf", "help"]).output().unwrap();
    assert!(output.stdout.is_empty());
}

#[test]
fn a_running_capture_is_found_with_its_filter() {
    in_namespace("a_running_capture_is_found_with_its_filter", || {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gannet"))
            .args(["-i", "lo", "-w", "/dev/null", "udp port 53"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("listening on") && errors.read_line(&mut said).unwrap() > 0 {}
        let text = printed(&["bpf", "attached", "--dump=ddd"], b"");
        let filter = printed(&["-ddd", "-i", "lo", "udp port 53"], b"");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(text.contains("hears everything on lo, user 0\n"), "{text}");
        assert!(text.contains(&format!("(process {}, descriptor ", child.id())), "{text}");
        assert!(text.contains(&filter), "{text}\n{filter}");
    });
}

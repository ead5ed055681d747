//! tcpdump's face on savefiles: what is printed, written, refused, and with which exit status.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The capture that is shipped.
fn tour() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples/tour.pcap")
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(args).env("TZ", "UTC0").env_remove("POSIXLY_CORRECT");
    command
}

fn run(args: &[&str]) -> Output {
    command(args).stdin(Stdio::null()).output().unwrap()
}

/// Runs on the tour, and gives what it printed.
fn on_tour(args: &[&str]) -> String {
    let tour = tour();
    let output = run(&[&["-n", "-r", tour.to_str().unwrap()], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A pcap file of so many packets of so many bytes.
fn file(name: &str, packets: u32, length: u32) -> PathBuf {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 262_144, 1] {
        bytes.extend(word.to_ne_bytes());
    }
    for n in 0..packets {
        for word in [n, 0, length, length] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.resize(bytes.len() + length as usize, n as u8);
    }
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// What is hidden in it shows when there is a key; what is no key is told of.
#[test]
fn keys_open_packets() {
    // Raw IPv4, ESP with SPI 1, and inside, in the clear: UDP, two bytes, two of padding.
    let esp = b"\0\0\0\x01\0\0\0\x05\x03\xe8\x03\xe9\0\x0a\0\0hi\x01\x02\x02\x11";
    let ip = b"\x45\0\0\x2a\0\0\0\0\x40\x32\0\0\x0a\0\0\x01\x0a\0\0\x02";
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 2 | 4 << 16, 0, 0, 262_144, 101, 0, 0, 42, 42] {
        bytes.extend(word.to_ne_bytes());
    }
    bytes.extend([&ip[..], esp].concat());
    let (capture, keys) = (scratch("esp.pcap"), scratch("esp.keys"));
    fs::write(&capture, bytes).unwrap();
    fs::write(&keys, "# keys\n\nrot13:x\n1@10.0.0.2 none\n").unwrap();
    let closed = "IP 10.0.0.1 > 10.0.0.2: ESP(spi=0x00000001,seq=0x5), length 22";
    let open = format!("{closed}: 1000 > 1001: UDP, length 2");
    let file = format!("file {}", keys.display());
    for (typed, words) in [
        ("2@10.0.0.2 none", closed),
        ("1@10.0.0.1 none", closed),
        ("none", &open),
        ("des:x, 0x1@10.0.0.2 null", &open),
        (&file, &open),
    ] {
        let output = run(&["-ntr", capture.to_str().unwrap(), "-E", typed]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), words, "{typed}");
        assert_eq!(
            errors(&output).contains("esp.keys:3: no cipher is called 'rot13'"),
            typed == file,
            "{typed}"
        );
    }
    let output = run(&["-ntr", capture.to_str().unwrap(), "-E", "file /no/such/keys"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(errors(&output).contains("-E: can't open /no/such/keys"), "{}", errors(&output));
}

/// One after the other, as if they were one.
#[test]
fn files_of_a_list() {
    let [list, torn, both, other] =
        ["list.txt", "list-torn.pcap", "list-both.pcap", "list-other.pcap"].map(scratch);
    let show = |path: &Path| path.to_str().unwrap().to_owned();
    let (tour, list_name) = (show(&tour()), show(&list));
    fs::write(&list, format!("{tour}\n\n{tour}\r\n")).unwrap();
    let once = on_tour(&[]);
    let output = run(&["-n", "-V", &list_name]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2 * once.lines().count());
    assert_eq!(errors(&output).matches("reading from file").count(), 2);
    run(&["-V", &list_name, "-w", &show(&both)]);
    let size = |path: &str| fs::metadata(path).unwrap().len();
    assert_eq!(size(&show(&both)), 2 * size(&tour) - 24);
    let output = run(&["-V", &list_name, "-c", "30", "--count"]);
    assert_eq!(output.stdout, b"30 packets\n");
    // What ends the work ends it for all files, and a filter from a pipe is for all of them.
    let early = |args: [&str; 2]| run(&[&args[..], &["--stop-after", "30ms", "--count"]].concat()).stdout;
    assert_eq!(early(["-V", &list_name]), early(["-r", &tour]));
    assert_ne!(early(["-r", &tour]), b"28 packets\n");
    let mut child = command(&["-V", &list_name, "-F", "-", "--count"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"udp").unwrap();
    let all = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let udp = on_tour(&["udp"]).lines().filter(|line| line.contains("UDP") || line.contains("> ")).count();
    assert_eq!(all, format!("{} packets\n", 2 * udp));
    // What is wrong with one is told, and the next is read.
    fs::write(&torn, &fs::read(&tour).unwrap()[..1000]).unwrap();
    for order in [[show(&torn), tour.clone()], [tour.clone(), show(&torn)]] {
        fs::write(&list, order.join("\n")).unwrap();
        let output = run(&["-V", &list_name, "--count"]);
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b"39 packets\n"[..]));
        assert!(errors(&output).contains("list-torn.pcap: pcap_loop: truncated"), "{}", errors(&output));
    }
    // Another link type can be printed, but not be written behind the first.
    let mut raw = fs::read(&tour).unwrap();
    raw[20..24].copy_from_slice(&101u32.to_ne_bytes());
    fs::write(&other, raw).unwrap();
    fs::write(&list, format!("{tour}\n{}\n", show(&other))).unwrap();
    assert_eq!(run(&["-V", &list_name, "--count"]).stdout, b"56 packets\n");
    let output = run(&["-V", &list_name, "-w", &show(&both)]);
    assert!(errors(&output).contains("gannet merge"), "{}", errors(&output));
    assert_eq!((output.status.code(), size(&show(&both))), (Some(1), size(&tour)));
}

#[test]
fn sampling_prints_each_of_so_many() {
    let all: Vec<_> = on_tour(&["-S"]).lines().map(str::to_owned).collect();
    let third: Vec<_> = on_tour(&["--print-sampling", "3"]).lines().map(str::to_owned).collect();
    assert_eq!(third, all.iter().skip(2).step_by(3).cloned().collect::<Vec<_>>());
    let file = scratch("sampled.pcap");
    on_tour(&["--print-sampling=5", "-w", file.to_str().unwrap()]);
    assert_eq!(fs::read(&file).unwrap().len(), fs::read(tour()).unwrap().len());
}

/// The listings that everybody knows.
#[test]
fn listings() {
    let listing = |args: &[&str]| String::from_utf8(run(args).stdout).unwrap();
    assert_eq!(
        listing(&["-d", "ip"]),
        "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0\n"
    );
    assert_eq!(
        listing(&["-dd", "ip"]),
        "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n{ 0x6, 0, 0, 0x00000000 },\n"
    );
    assert_eq!(listing(&["-ddd", "ip"]), "4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n");
    assert_eq!(
        listing(&["-d", "host 1.2.3.4"]),
        "(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 6
(002) ld       [26]
(003) jeq      #0x1020304       jt 12\tjf 4
(004) ld       [30]
(005) jeq      #0x1020304       jt 12\tjf 13
(006) jeq      #0x806           jt 8\tjf 7
(007) jeq      #0x8035          jt 8\tjf 13
(008) ld       [28]
(009) jeq      #0x1020304       jt 12\tjf 10
(010) ld       [38]
(011) jeq      #0x1020304       jt 12\tjf 13
(012) ret      #262144
(013) ret      #0
"
    );
    assert_eq!(listing(&["-d", "icmp"]).lines().count(), 6);
    assert_eq!(listing(&["-d", "tcp", "port", "80"]).lines().count(), 20);
    assert!(errors(&run(&["-d", "ip"])).contains("Warning: assuming Ethernet"));
    assert_eq!(errors(&run(&["-y", "RAW", "-d", "ip"])), "");
    assert!(errors(&run(&["-r", tour().to_str().unwrap(), "-d", "ip"])).starts_with("reading from file "));
}

#[test]
fn counts_skips_and_numbers() {
    assert_eq!(on_tour(&["--count"]), "28 packets\n");
    assert_eq!(on_tour(&["--count", "arp"]), "1 packet\n");
    assert_eq!(
        on_tour(&["-t", "-#", "--skip", "2", "-c", "1"]),
        "    3  IP 10.9.0.1.40021 > 10.9.0.2.7777: UDP, length 20\n"
    );
    assert_eq!(
        on_tour(&["-t", "--lengths", "arp"]),
        "caplen 60 len 60 ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length 46\n"
    );
    assert_eq!(on_tour(&["-q", "-t", "-c", "1", "tcp"]), "IP 10.9.0.1.56862 > 10.9.0.2.8888: tcp 0\n");
}

#[test]
fn dumps() {
    let dump = |args: &[&str]| on_tour(&[args, &["-t", "udp", "port", "9"]].concat());
    assert!(dump(&["-x"]).contains("length 6\n\t0x0000:  4500 0022 "));
    assert!(dump(&["-xx"]).contains("0x0010:  0022 "));
    assert!(dump(&["-X"]).ends_with("  dy\n"));
    assert!(dump(&["-A"]).contains("nobody\n"));
}

/// What is written is what was read, whichever way it goes.
#[test]
fn files_and_pipes() {
    let copy = scratch("copy.pcap");
    let copied = on_tour(&["-w", copy.to_str().unwrap(), "icmp or icmp6"]);
    assert_eq!(copied, "");
    let expected = on_tour(&["icmp or icmp6"]);
    assert_eq!(expected.lines().count(), 5);
    let again = run(&["-n", "-r", copy.to_str().unwrap()]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), expected);
    // Standard input and output.
    let mut child = command(&["-n", "-r", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(&copy).unwrap()).unwrap();
    assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), expected);
    let output = run(&["-r", copy.to_str().unwrap(), "-w", "-"]);
    assert_eq!(output.stdout, fs::read(&copy).unwrap(), "a file is copied as it is");
}

#[test]
fn a_filter_from_a_file() {
    let path = scratch("filter.txt");
    fs::write(&path, "udp # not tcp\nport 53\n").unwrap();
    assert_eq!(on_tour(&["-F", path.to_str().unwrap(), "these words do not count"]).lines().count(), 2);
    let missing = run(&["-r", tour().to_str().unwrap(), "-F", "/nonexistent/filter"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        errors(&missing).ends_with("gannet: can't open /nonexistent/filter: No such file or directory\n")
    );
}

#[test]
fn a_truncated_file_is_read_as_far_as_it_goes() {
    let whole = fs::read(file("whole.pcap", 3, 60)).unwrap();
    let path = scratch("cut.pcap");
    for (end, said, lines) in [
        (0, "truncated dump file; tried to read 4 file header bytes, only got 0", 0),
        (24 + 76 + 7, "pcap_loop: truncated dump file; tried to read 16 header bytes, only got 7", 1),
        (
            24 + 76 * 2 + 16 + 31,
            "pcap_loop: truncated dump file; tried to read 60 captured bytes, only got 31",
            2,
        ),
    ] {
        fs::write(&path, &whole[..end]).unwrap();
        let output = run(&["-n", "-t", "-q", "-r", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).lines().count(),
            lines,
            "what was read is printed"
        );
        assert!(errors(&output).contains(&format!("gannet: {said}")), "{}", errors(&output));
    }
}

#[test]
fn what_is_no_savefile_is_refused() {
    let path = scratch("nonsense");
    fs::write(&path, "nonsense, and enough of it").unwrap();
    for (path, said) in [
        (path.to_str().unwrap(), "gannet: unknown file format\n"),
        ("/nonexistent/x.pcap", "gannet: /nonexistent/x.pcap: No such file or directory\n"),
    ] {
        let output = run(&["-r", path]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(errors(&output), said);
    }
    fs::write(&path, "BZh91AY&SY..").unwrap();
    let said = errors(&run(&["-r", path.to_str().unwrap()]));
    assert!(said.starts_with("gannet: unknown file format\n(") && said.contains("bzip2 -dc"), "{said}");
}

#[test]
fn a_bad_filter_is_shown_where_it_is_bad() {
    let output = run(&["-r", tour().to_str().unwrap(), "tcp", "port", "80,443"]);
    assert_eq!(output.status.code(), Some(1));
    let said = errors(&output);
    let lines: Vec<_> = said.lines().skip(1).collect();
    assert_eq!(lines[0], "gannet: can't parse filter expression: syntax error");
    assert_eq!(lines[1], "    tcp port 80,443");
    assert_eq!(lines[2], "               ^");
    assert!(said.contains("tcp port 80 or 443"), "{said}");
}

#[test]
fn options_are_refused_as_getopt_does() {
    for (args, status, said) in [
        (&["-k"][..], 1, "gannet: invalid option -- 'k'\n"),
        (&["--nonsense"], 1, "gannet: unrecognized option '--nonsense'\n"),
        (&["-C", "1", "-r", "x"], 1, "gannet: -C requires -w\n"),
        (&["-c", "none"], 1, "gannet: invalid packet count \"none\" (not a valid number)\n"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(status), "{args:?}");
        let said_now = errors(&output);
        let first = said_now.lines().next().unwrap_or_default();
        assert!(first.ends_with(said.trim_end().trim_start_matches("gannet: ")), "{args:?}: {said_now}");
    }
    let help = run(&["-h"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&help.stdout).contains("Usage: gannet [-"));
    assert!(String::from_utf8_lossy(&run(&["--version"]).stdout).starts_with("gannet version "));
}

/// Whoever reads the output may stop reading.
#[test]
fn a_closed_output_is_a_quiet_end() {
    let many = file("many.pcap", 50_000, 60);
    let mut child = command(&["-n", "-r", many.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(errors(&output).lines().count(), 1, "the banner alone: {}", errors(&output));
}

#[test]
fn a_full_disk_is_said() {
    if !Path::new("/dev/full").exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no /dev/full");
        return;
    }
    let output = run(&["-r", tour().to_str().unwrap(), "-w", "/dev/full"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).contains("gannet: /dev/full: cannot write: No space left on device"),
        "{}",
        errors(&output)
    );
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["-n", "-r", tour().to_str().unwrap()]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(14));
    assert!(errors(&output).contains("Unable to write output: No space left on device"));
}

/// A limit on the size of files stands for a disk that fills up in the middle of a record.
#[test]
fn a_file_that_cannot_grow_ends_behind_a_whole_packet() {
    let many = file("big.pcap", 5_000, 1_000);
    let cut = scratch("limited.pcap");
    let script = format!(
        "trap '' XFSZ; ulimit -f 1000; exec '{}' -r '{}' -w '{}'",
        env!("CARGO_BIN_EXE_gannet"),
        many.display(),
        cut.display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("cannot write: File too large"), "{}", errors(&output));
    assert!(errors(&output).contains("cut behind its last whole packet"), "{}", errors(&output));
    let length = fs::metadata(&cut).unwrap().len();
    assert!(length > 24 && (length - 24).is_multiple_of(1_016), "{length} bytes");
    assert_eq!(run(&["--count", "-r", cut.to_str().unwrap()]).status.code(), Some(0), "it reads to its end");
}

/// Ctrl-C ends the wait for a pipe, and what came before is printed.
#[test]
fn a_pipe_can_be_interrupted() {
    let whole = fs::read(file("slow.pcap", 2, 60)).unwrap();
    let mut child = command(&["-n", "-q", "-t", "-l", "-r", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&whole).unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    (0..2).for_each(|_| assert!(printed.read_line(&mut text).unwrap() > 0));
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    printed.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(pipe);
    assert_eq!(text.lines().count(), 3, "two packets and the new line of an interruption: {text}");
}

/// Damage ends the reading, unless it is to be survived: then what was skipped is said, and the status tells too.
#[test]
fn recover_reads_on_behind_damage() {
    let path = file("damaged.pcap", 40, 100);
    let mut bytes = fs::read(&path).unwrap();
    let at = 24 + 20 * 116;
    bytes[at + 8..at + 12].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let path = path.to_str().unwrap();
    let stopped = run(&["-r", path, "--count"]);
    assert_eq!(stopped.status.code(), Some(1));
    let says = errors(&stopped);
    assert!(says.contains("invalid packet capture length 4294967295"), "{says}");
    assert!(says.contains(&format!("at byte {at} of the file")) && says.contains("--recover"), "{says}");
    let saved = scratch("saved.pcap");
    let recovered = run(&["-r", path, "--recover", "-w", saved.to_str().unwrap()]);
    assert_eq!(recovered.status.code(), Some(1), "something was lost");
    let says = errors(&recovered);
    assert!(
        says.contains(&format!("gannet: {path}: skipped 116 bytes at offset {at} (invalid packet")),
        "{says}"
    );
    assert!(says.contains("damaged; 116 bytes skipped"), "{says}");
    assert_eq!(fs::metadata(&saved).unwrap().len(), 24 + 39 * 116);
    let sound = run(&["-r", saved.to_str().unwrap(), "--recover", "--count"]);
    assert_eq!((sound.status.code(), &sound.stdout[..]), (Some(0), &b"39 packets\n"[..]));
}

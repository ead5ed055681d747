//! The tools that make savefiles of savefiles, as they are typed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn tour() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples/tour.pcap");
    path.to_str().unwrap().to_owned()
}

fn scratch(name: &str) -> String {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name).to_str().unwrap().to_owned()
}

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.args(args).env("TZ", "UTC0").env_remove("POSIXLY_CORRECT").stdin(Stdio::null());
    command.output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs what has to succeed, and gives what it printed.
fn good(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs what has to fail, and gives why it did.
fn bad(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    errors(&output)
}

/// A line a packet.
fn lines(file: &str) -> Vec<String> {
    good(&["-n", "-S", "-tt", "-r", file]).lines().map(str::to_owned).collect()
}

/// The lines of the tour between two numbers, from 1.
fn of_tour(from: usize, to: usize) -> Vec<String> {
    lines(&tour())[from - 1..to].to_vec()
}

/// What another program says of a file; `None`, said out loud, where it is not installed.
fn peer(program: &str, args: &[&str]) -> Option<String> {
    match Command::new(program).args(args).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{program} {args:?}: {}", errors(&output));
            Some(text)
        }
        Err(_) => {
            eprintln!("SKIPPED: {program} is not installed");
            None
        }
    }
}

#[test]
fn slices_by_number_filter_and_time() {
    let out = scratch("slice.pcap");
    good(&["slice", "-w", &out, "--packets", "-2,5,27-", &tour()]);
    assert_eq!(lines(&out), [of_tour(1, 2), of_tour(5, 5), of_tour(27, 28)].concat());
    good(&["slice", "-w", &out, &tour(), "udp port 53 or arp"]);
    assert_eq!(
        lines(&out).join("\n") + "\n",
        good(&["-n", "-S", "-tt", "-r", &tour(), "udp port 53 or arp"])
    );
    let third = of_tour(3, 3)[0].split(' ').next().unwrap().to_owned();
    let ninth = of_tour(9, 9)[0].split(' ').next().unwrap().to_owned();
    good(&["slice", "-w", &out, "--from", &third, "--to", &ninth, &tour()]);
    let within = |line: &&String| {
        let time = line.split(' ').next().unwrap();
        time >= third.as_str() && time < ninth.as_str()
    };
    let all = of_tour(1, 28);
    assert_eq!(lines(&out), all.iter().filter(within).cloned().collect::<Vec<_>>());
    good(&["slice", "-w", &out, "--from", "+50ms", &tour()]);
    assert_eq!(lines(&out), of_tour(28, 28));
}

#[test]
fn what_a_slice_does_not_understand_it_explains() {
    let out = scratch("slice-bad.pcap");
    for (option, value, words) in [
        ("--packets", "5-1", "type them like 1-100,250,900-"),
        ("--packets", "0", "invalid packet numbers '0'"),
        ("--from", "yesterday", "'yesterday' is no point in time"),
    ] {
        let said = bad(&["slice", "-w", &out, option, value, &tour()]);
        assert!(said.contains(words), "{said}");
    }
    let said = bad(&["slice", "-w", &out, &tour(), "port", "htp://"]);
    assert!(said.contains('^'), "{said}");
    assert!(bad(&["slice", &tour()]).contains("name the savefile to write with -w"));
    assert!(bad(&["slice", "-w", &out]).contains("no savefile to read was named"));
    assert!(bad(&["slice", "-w", &tour(), &tour()]).contains("is read, and cannot be written too"));
    assert_eq!(lines(&tour()).len(), 28);
}

#[test]
fn a_sorted_slice_is_the_same_with_less_reading() {
    let (packed, out) = (scratch("sorted-slice.pcapng.zst"), scratch("sorted-slice.pcap"));
    good(&["convert", "-w", &packed, &tour()]);
    for file in [&packed, &tour()] {
        good(&["slice", "-w", &out, "--sorted", "--from", "+1ms", "--to", "+50ms", file]);
        let sorted = lines(&out);
        good(&["slice", "-w", &out, "--from", "+1ms", "--to", "+50ms", file]);
        assert_eq!(sorted, lines(&out));
        assert!(!sorted.is_empty());
    }
}

#[test]
fn splitting_and_merging_gives_the_same_packets() {
    let out = scratch("piece.pcapng");
    good(&["split", "-w", &out, "--packets", "10", &tour()]);
    let pieces: Vec<_> = (0..3).map(|n| scratch(&format!("piece-0000{n}.pcapng"))).collect();
    let counts: Vec<_> = pieces.iter().map(|piece| lines(piece).len()).collect();
    assert_eq!(counts, [10, 10, 8]);
    assert!(!Path::new(&scratch("piece-00003.pcapng")).exists());
    let merged = scratch("merged.pcap");
    good(&["merge", "-w", &merged, &pieces[2], &pieces[0], &pieces[1]]);
    assert_eq!(lines(&merged), lines(&tour()));
    if let Some(said) = peer("capinfos", &["-c", "-M", "-r", "-T", &merged]) {
        assert!(said.contains("\t28"), "{said}");
    }
}

#[test]
fn merging_goes_as_mergecap_goes() {
    let (one, other) = (scratch("odd.pcap"), scratch("even.pcap"));
    good(&["slice", "-w", &one, "--packets", "1,3,5,7,9,11-20", &tour()]);
    good(&["slice", "-w", &other, "--packets", "2,4,6,8,10,21-", &tour()]);
    let (ours, theirs) = (scratch("ours.pcapng"), scratch("theirs.pcapng"));
    good(&["merge", "-w", &ours, &one, &other]);
    if peer("mergecap", &["-w", &theirs, &one, &other]).is_some() {
        assert_eq!(lines(&ours), lines(&theirs));
    }
}

#[test]
fn compressed_outputs_are_read_again() {
    for ending in ["pcap.gz", "pcapng.zst", "pcap.lz4"] {
        let out = scratch(&format!("converted.{ending}"));
        good(&["convert", "-w", &out, &tour()]);
        assert_eq!(lines(&out), lines(&tour()), "{ending}");
        assert!(good(&["info", "--json", &out]).contains("\"packets\":28"), "{ending}");
    }
}

#[test]
fn converting_cuts_and_changes_the_unit_of_time() {
    let out = scratch("cut.pcap");
    good(&["convert", "-w", &out, "-s", "60", "--nano", &tour()]);
    let bytes = fs::read(&out).unwrap();
    assert_eq!(bytes[..4], 0xa1b2_3c4du32.to_ne_bytes());
    assert_eq!(bytes[16..20], 60u32.to_ne_bytes());
    assert_eq!(lines(&out).len(), 28);
    assert!(good(&["info", &out]).contains("of them cut"));
}

#[test]
fn sorting_puts_in_order_and_keeps_all() {
    let (shuffled, out) = (scratch("shuffled.pcap"), scratch("sorted.pcap"));
    let (one, other) = (scratch("later.pcap"), scratch("earlier.pcap"));
    good(&["slice", "-w", &one, "--packets", "15-", &tour()]);
    good(&["slice", "-w", &other, "--packets", "1-14", &tour()]);
    let mut bytes = fs::read(&one).unwrap();
    bytes.extend(&fs::read(&other).unwrap()[24..]);
    fs::write(&shuffled, bytes).unwrap();
    assert!(good(&["info", &shuffled]).contains("in order       no"));
    good(&["sort", "-w", &out, &shuffled]);
    assert_eq!(fs::read(&out).unwrap(), fs::read(tour()).unwrap());
    good(&["sort", "-w", &out, "--memory", "1k", &shuffled]);
    assert_eq!(fs::read(&out).unwrap(), fs::read(tour()).unwrap());
}

#[test]
fn duplicates_are_told_and_left_out() {
    let (twice, out) = (scratch("twice.pcap"), scratch("once.pcap"));
    good(&["merge", "-w", &twice, &tour(), &tour()]);
    assert_eq!(lines(&twice).len(), 56);
    let output = run(&["dedup", "-w", &out, &twice]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(errors(&output), "gannet: 56 packets read, 28 left out\n");
    assert_eq!(lines(&out), lines(&tour()));
}

#[test]
fn info_counts_as_capinfos_counts() {
    let said = good(&["info", &tour()]);
    assert!(said.contains("packets        28\n") && said.contains("link type      EN10MB\n"), "{said}");
    if let Some(theirs) = peer("capinfos", &["-c", "-d", "-M", &tour()]) {
        let count = |name: &str| {
            let line = theirs.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().rev().find(|word| word.parse::<u64>().is_ok()).unwrap().to_owned()
        };
        let json = good(&["info", "--json", &tour()]);
        assert!(json.contains(&format!("\"packets\":{},", count("Number of packets"))), "{json}");
        assert!(json.contains(&format!("\"wire_bytes\":{},", count("Data size"))), "{json}");
    }
}

/// Simple packet blocks have no time: they are counted, and were not seen in 1970.
#[test]
fn packets_without_a_time_are_told_apart() {
    let block = |kind: u32, body: &[u8]| {
        let length = (12 + body.len() as u32).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &length].concat()
    };
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let section = block(0x0a0d_0d0a, &words(&[0x1a2b_3c4d, 1, u32::MAX, u32::MAX]));
    let simple = block(3, &words(&[8, 1, 2]));
    let second = |n: u64| {
        let ticks = n * 1_000_000;
        block(6, &words(&[0, (ticks >> 32) as u32, ticks as u32, 4, 4, 9]))
    };
    let (path, none) = (scratch("simple.pcapng"), scratch("timeless.pcapng"));
    let begin = [section, block(1, &words(&[1, 0]))].concat();
    let rest = [&simple, &second(1_700_000_000), &simple, &second(1_700_000_004), &simple];
    fs::write(&path, rest.into_iter().fold(begin.clone(), |file, block| [&file[..], block].concat()))
        .unwrap();
    fs::write(&none, [&begin[..], &simple].concat()).unwrap();
    let said = good(&["info", &path]);
    for line in [
        "packets        5\n",
        "captured       32 bytes of 32 on the wire\n",
        "without a time 3 packets\n",
        "first          2023-11-14 22:13:20.000000000\n",
        "lasting        4 s: 1 packets/s, 16 bit/s, packets of 6 bytes on average\n",
        "in order       yes\n",
    ] {
        assert!(said.contains(line), "{line}{said}");
    }
    let said = good(&["info", &none]);
    assert!(said.contains("without a time 1 packets\n") && !said.contains("1970"), "{said}");
    let json = good(&["info", "--json", &path]);
    assert!(json.contains("\"untimed_packets\":3,\"first\":\"1700000000.000000000\""), "{json}");
}

#[test]
fn a_torn_file_is_told_and_what_is_whole_is_kept() {
    let (torn, out) = (scratch("torn.pcap"), scratch("kept.pcapng"));
    let mut bytes = fs::read(tour()).unwrap();
    bytes.truncate(bytes.len() - 3);
    fs::write(&torn, bytes).unwrap();
    let said = bad(&["convert", "-w", &out, &torn]);
    assert!(said.contains("truncated") && said.contains("all packets before it"), "{said}");
    assert_eq!(lines(&out).len(), 27);
    let output = run(&["info", &torn]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("packets        27\n"));
}

#[test]
fn a_full_disk_ends_a_tool_loudly() {
    let said = bad(&["convert", "-w", "/dev/full", &tour()]);
    assert!(said.contains("No space left on device"), "{said}");
}

/// The words of tcpdump on checksums, packet by packet.
fn judged(file: &str) -> Option<Vec<String>> {
    let said = peer("tcpdump", &["-n", "-vv", "-r", file])?;
    let words = ["udp sum ok", "bad udp cksum", "(correct)", "(incorrect", "bad cksum", "wrong icmp"];
    let judged =
        |line: &str| words.iter().filter(|word| line.contains(**word)).map(|word| word.to_string()).collect();
    Some(said.lines().map(judged).map(|words: Vec<_>| words.join(",")).collect())
}

#[test]
fn anonymised_savefiles_hold_other_addresses_and_checksums_as_before() {
    let key = "5a".repeat(32);
    let (out, again) = (scratch("anonymous.pcap"), scratch("anonymous-again.pcap"));
    good(&["anonymise", "-w", &out, "--key", &key, "--payload", "keep", &tour()]);
    good(&["anonymise", "-w", &again, "--key", &key, "--payload", "keep", &tour()]);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&again).unwrap());
    assert_eq!(lines(&out).len(), 28);
    let hosts = |file: &str| -> std::collections::BTreeSet<String> {
        let words = lines(file).join(" ");
        let words = words.split([' ', ',', ':', '>']).map(str::to_owned);
        words.filter(|word| word.split('.').filter(|part| part.parse::<u8>().is_ok()).count() >= 4).collect()
    };
    let (before, after) = (hosts(&tour()), hosts(&out));
    assert_eq!(before.len(), after.len());
    if let (Some(before), Some(after)) = (judged(&tour()), judged(&out)) {
        assert_eq!(before, after);
        assert!(before.iter().any(|words| !words.is_empty()), "{before:?}");
    }
}

#[test]
fn anonymising_cuts_payload_and_tells_of_a_random_key() {
    let (out, key) = (scratch("cut-anonymous.pcapng"), scratch("key"));
    let said = run(&["anonymise", "-w", &out, &tour()]);
    assert_eq!(said.status.code(), Some(0));
    assert!(errors(&said).contains("the key is random"), "{}", errors(&said));
    assert!(good(&["info", &out]).contains("of them cut"));
    // What one of its packets is full of.
    let is_told = |file: &str| good(&["-n", "-A", "-r", file]).contains("BBBBBBBB");
    assert_eq!((is_told(&tour()), is_told(&out)), (true, false));
    fs::write(&key, format!("{}\n", "0f".repeat(32))).unwrap();
    let (typed, named) = (scratch("typed.pcap"), scratch("named.pcap"));
    good(&["anonymise", "-w", &typed, "--key", &"0f".repeat(32), "--keep-vendors", &tour()]);
    good(&["anonymise", "-w", &named, "--key", &format!("@{key}"), "--keep-vendors", &tour()]);
    assert_eq!(fs::read(&typed).unwrap(), fs::read(&named).unwrap());
    assert!(bad(&["anonymise", "-w", &out, "--key", "0f", &tour()]).contains("type 64 hexadecimal digits"));
    assert!(bad(&["anonymise", "-w", &out, "--payload", "no", &tour()]).contains("cut, zero or keep"));
}

#[test]
fn conversations_are_files() {
    for ending in ["pcap", "pcapng"] {
        let out = scratch(&format!("flow.{ending}"));
        good(&["split", "--flows", "-w", &out, &tour()]);
        let piece = |n: usize| scratch(&format!("flow-{n:05}.{ending}"));
        let count = (0..).take_while(|n| Path::new(&piece(*n)).exists()).count();
        assert!(count > 2, "{count}");
        let mut all: Vec<_> = (0..count).flat_map(|n| lines(&piece(n))).collect();
        all.sort();
        let mut whole = lines(&tour());
        whole.sort();
        assert_eq!(all, whole);
        let first = |n: usize| lines(&piece(n))[0].clone();
        assert!((1..count).all(|n| first(n - 1) <= first(n)), "numbered by first packets");
        let merged = scratch(&format!("flows-merged.{ending}"));
        let pieces: Vec<_> = (0..count).map(piece).collect();
        let mut args = vec!["merge", "-w", merged.as_str()];
        args.extend(pieces.iter().map(String::as_str));
        good(&args);
        assert_eq!(lines(&merged), lines(&tour()));
    }
    let said = bad(&["split", "--flows", "--packets", "3", "-w", &scratch("no.pcap"), &tour()]);
    assert!(said.contains("goes with no other limit"), "{said}");
    let said = bad(&["split", "--flows", "-w", &scratch("no.pcap.gz"), &tour()]);
    assert!(said.contains("cannot be written compressed"), "{said}");
}

/// More conversations than files may be open at a time: those that are closed go on later.
#[test]
fn more_conversations_than_open_files() {
    let (many, out) = (scratch("many.pcap"), scratch("one-of-many.pcap"));
    let mut bytes = fs::read(tour()).unwrap();
    bytes.truncate(24);
    for time in 0..1000u32 {
        let mut frame = vec![0; 42];
        frame[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
        frame[17] = 28;
        frame[23] = 17;
        frame[26..34].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
        frame[34..38].copy_from_slice(&[1, 1, ((time % 500) >> 8) as u8, (time % 500) as u8]);
        frame[39] = 8;
        bytes.extend([time, 0, 42, 42].iter().flat_map(|word| word.to_ne_bytes()));
        bytes.extend(frame);
    }
    fs::write(&many, bytes).unwrap();
    good(&["split", "--flows", "-w", &out, &many]);
    for n in [0, 255, 256, 499] {
        let piece = scratch(&format!("one-of-many-{n:05}.pcap"));
        assert_eq!(fs::read(&piece).unwrap().len(), 24 + 2 * (16 + 42), "{piece}");
    }
    assert!(!Path::new(&scratch("one-of-many-00500.pcap")).exists());
    for n in 0..500 {
        fs::remove_file(scratch(&format!("one-of-many-{n:05}.pcap"))).unwrap();
    }
}

#[test]
fn who_asks_for_help_gets_it() {
    for tool in ["anonymise", "convert", "dedup", "info", "merge", "repair", "slice", "sort", "split"] {
        for ask in ["-h", "--help"] {
            assert!(good(&[tool, ask]).starts_with(&format!("Usage: gannet {tool} ")), "{tool} {ask}");
        }
    }
}

#[test]
fn a_file_that_is_read_is_never_one_of_the_parts() {
    let folder = scratch("split-onto-itself");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    let before = fs::read(tour()).unwrap();
    for (part, how) in
        [("x-00000.pcap", "--packets=9"), ("x-00002.pcap", "--packets=9"), ("x-00003.pcap", "--flows")]
    {
        let (input, out) = (format!("{folder}/{part}"), format!("{folder}/x.pcap"));
        fs::write(&input, &before).unwrap();
        let said = bad(&["split", "-w", &out, how, &input]);
        assert!(said.contains("is read, and cannot be written too"), "{said}");
        assert!(fs::read(&input).unwrap() == before, "{part} {how}");
    }
    assert!(bad(&["split", "-w", "-", "--packets", "9", &tour()]).contains("do not go to standard output"));
}

#[test]
fn help_is_given_wherever_it_is_asked_for() {
    for tool in ["anonymise", "convert", "dedup", "info", "merge", "repair", "slice", "sort", "split"] {
        for args in [&["--help"][..], &["-h"], &["a.pcap", "--help"], &["a.pcap", "b.pcap", "-h"]] {
            let said = good(&[&[tool][..], args].concat());
            assert!(said.starts_with(&format!("Usage: gannet {tool} ")), "{tool} {args:?}: {said}");
        }
    }
}

#[test]
fn more_files_are_merged_than_can_be_open() {
    let folder = scratch("merge-many");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    good(&["split", "-w", &format!("{folder}/x.pcap"), "--packets", "1", &tour()]);
    let script = "ulimit -n 16; exec \"$0\" merge -w all.pcap x-*.pcap x-*.pcap";
    let mut shell = Command::new("sh");
    let done =
        shell.args(["-c", script, env!("CARGO_BIN_EXE_gannet")]).current_dir(&folder).output().unwrap();
    assert!(done.status.success(), "{}", errors(&done));
    let twice: Vec<_> = of_tour(1, 28).iter().flat_map(|line| [line.clone(), line.clone()]).collect();
    assert_eq!(lines(&format!("{folder}/all.pcap")), twice);
}

/// Readers cut packets that are longer than the header of a pcap file says.
#[test]
fn the_header_of_a_pcap_file_says_how_long_packets_are() {
    let [short, both, out] = ["short.pcap", "both.pcapng", "long.pcap"].map(scratch);
    good(&["convert", "-s", "60", "-w", &short, &tour()]);
    let snaplen = |file: &str| u32::from_ne_bytes(fs::read(file).unwrap()[16..20].try_into().unwrap());
    assert_eq!(snaplen(&short), 60);
    good(&["merge", "-w", &out, &short, &tour()]);
    assert_eq!(snaplen(&out), 262_144);
    good(&["merge", "-w", &both, &short, &tour()]);
    for args in [&["convert"][..], &["slice"], &["sort"], &["merge"], &["dedup"]] {
        good(&[args, &["-w", &out, &both]].concat());
        assert_eq!(snaplen(&out), 262_144, "{args:?}");
    }
    let packed = scratch("long.pcap.gz");
    good(&["convert", "-w", &packed, &both]);
    good(&["convert", "-w", &out, &packed]);
    assert_eq!(snaplen(&out), 262_144);
    good(&["convert", "-w", &both, &short]);
    good(&["convert", "-w", &out, &both]);
    assert!(fs::read(&out).unwrap() == fs::read(&short).unwrap());
}

#[test]
fn what_contradicts_itself_is_refused() {
    let out = scratch("refused.pcap");
    for (args, words) in [
        (&["convert", "--micro", "--nano"][..], "--micro or by --nano"),
        (&["dedup", "--window", "5", "--within", "1s"], "--window or of --within"),
        (&["slice", "--from", "2026-03-02", "--to", "2026-03-01"], "not later than --from"),
    ] {
        let said = bad(&[args, &["-w", &out, &tour()]].concat());
        assert!(said.contains(words), "{said}");
    }
    let said = bad(&["info", "no\u{1b}[2Jsuch.pcap"]);
    assert!(said.contains("no\\u{1b}[2Jsuch.pcap") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn frame_check_sequences_are_known_of_in_every_format() {
    let [first, blocks, back] = ["fcs.pcap", "fcs.pcapng", "fcs-back.pcap"].map(scratch);
    let mut bytes = fs::read(tour()).unwrap();
    let order = bytes[0] == 0xa1;
    bytes[if order { 20 } else { 23 }] = 0x24;
    fs::write(&first, bytes).unwrap();
    for how in [&["convert"][..], &["merge"], &["sort"]] {
        good(&[how, &["-w", &blocks, &first]].concat());
        good(&[how, &["-w", &back, &blocks]].concat());
        let link = u32::from_ne_bytes(fs::read(&back).unwrap()[20..24].try_into().unwrap());
        assert_eq!(link, 0x2400_0001, "{how:?}");
    }
    good(&["-r", &first, "-w", &blocks]);
    good(&["-r", &blocks, "-w", &back]);
    assert!(fs::read(&back).unwrap()[20..24] == 0x2400_0001u32.to_ne_bytes());
}

/// An interface with longer packets may come when the header of the output was written long ago.
#[test]
fn packets_of_a_late_interface_are_not_cut() {
    let [short, late, out] = ["late-short.pcapng", "late.pcapng", "late.pcap"].map(scratch);
    good(&["convert", "-s", "60", "-w", &short, &tour()]);
    let mut bytes = fs::read(&short).unwrap().repeat(200);
    good(&["convert", "-w", &short, &tour()]);
    bytes.extend(fs::read(&short).unwrap());
    fs::write(&late, bytes).unwrap();
    for args in [&["convert"][..], &["slice", "--packets", "5000-"], &["dedup", "--window", "2"], &["-r"]] {
        match args {
            ["-r"] => good(&["-r", &late, "-w", &out]),
            args => good(&[args, &["-w", &out, &late]].concat()),
        };
        let read = lines(&out);
        assert_eq!(read[read.len() - 28..], of_tour(1, 28), "{args:?}");
    }
}

#[test]
fn bytes_are_bytes_unless_a_unit_says_otherwise() {
    let folder = scratch("split-bytes");
    for (size, parts) in [("1000", 4), ("1", 28), ("1k", 3), ("1m", 1)] {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        good(&["split", "-w", &format!("{folder}/x.pcap"), "--bytes", size, &tour()]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), parts, "{size}");
    }
    assert!(
        bad(&["split", "-w", &format!("{folder}/x.pcap"), "--bytes", "", &tour()]).contains("invalid size")
    );
}

#[test]
fn nanoseconds_are_kept_or_their_loss_is_told() {
    let [fine, both, out] = ["fine.pcap", "fine.pcapng", "fine-out.pcap"].map(scratch);
    let words = [0xa1b2_3c4d, 4 << 16 | 2, 0, 0, 65535, 1, 1_900_000_000, 123_456_789, 4, 4, 0u32];
    let version = [2u16, 4].map(u16::to_ne_bytes).concat();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    fs::write(&fine, [&bytes[..4], &version, &bytes[8..]].concat()).unwrap();
    let last =
        |file: &str| good(&["info", "--json", file]).split(r#""last":""#).nth(1).unwrap()[..20].to_owned();
    good(&["merge", "-w", &out, &tour(), &fine]);
    assert_eq!(last(&out), "1900000000.123456789");
    good(&["merge", "-w", &both, &tour(), &fine]);
    good(&["convert", "-w", &out, &both]);
    assert_eq!(last(&out), "1900000000.123456789");
    // Where the header was written before there was any word of it.
    good(&["convert", "-w", &both, &tour()]);
    let mut bytes = fs::read(&both).unwrap().repeat(100);
    good(&["convert", "-w", &both, &fine]);
    bytes.extend(fs::read(&both).unwrap());
    fs::write(&both, bytes).unwrap();
    for how in ["convert", "sort", "dedup"] {
        let coarse = run(&[how, "-w", &out, &both]);
        let said = errors(&coarse);
        assert!(said.contains("the times of 1 packets were cut to microseconds"), "{how}: {said}");
        assert_eq!((coarse.status.code(), last(&out).as_str()), (Some(0), "1900000000.123456000"));
    }
    for (precision, kept) in [("--nano", "1900000000.123456789"), ("--micro", "1900000000.123456000")] {
        let quiet = run(&["convert", precision, "-w", &out, &both]);
        assert_eq!((errors(&quiet).as_str(), last(&out).as_str()), ("", kept));
    }
}

#[test]
fn who_waits_for_a_pipe_can_be_interrupted() {
    let out = scratch("waiting.pcap");
    let begin = &fs::read(tour()).unwrap()[..1000];
    for args in [
        &["convert", "-w", &out, "-"][..],
        &["sort", "-w", &out, "-"],
        &["merge", "-w", &out, "-"],
        &["info", "-"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut tool = command.spawn().unwrap();
        let mut pipe = tool.stdin.take().unwrap();
        std::io::Write::write_all(&mut pipe, begin).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        let killed = Command::new("kill").args(["-INT", &tool.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let began = std::time::Instant::now();
        let done = tool.wait_with_output().unwrap();
        assert!(began.elapsed().as_secs() < 20, "{args:?}");
        assert_eq!(done.status.code(), Some(1), "{args:?}");
        assert!(errors(&done).contains("interrupted; what was read before"), "{args:?}: {}", errors(&done));
        match args {
            ["info", ..] => assert!(String::from_utf8_lossy(&done.stdout).contains("packets        11")),
            _ => assert_eq!(lines(&out), of_tour(1, 11), "{args:?}"),
        }
        drop(pipe);
    }
}

/// Nor does it take a writer to be interrupted.
#[test]
fn who_waits_for_somebody_to_open_a_pipe_can_be_interrupted() {
    let (pipe, out) = (scratch("nobody.fifo"), scratch("nobody.pcap"));
    let _ = fs::remove_file(&pipe);
    nix::unistd::mkfifo(pipe.as_str(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for args in [&["-r", &pipe][..], &["info", &pipe], &["merge", "-w", &out, &pipe]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        let tool = command.args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        let pid = nix::unistd::Pid::from_raw(tool.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
        let done = tool.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{args:?}");
        assert!(errors(&done).contains("interrupted before anything was read"), "{}", errors(&done));
    }
    // Who comes late is heard all the same.
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    let tool = command.args(["--count", "-r", &pipe]).stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    fs::write(&pipe, fs::read(tour()).unwrap()).unwrap();
    let counted = tool.wait_with_output().unwrap();
    assert_eq!(counted.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&counted.stdout).ends_with(" packets\n"), "{counted:?}");
}

/// A source may pause where much is read that says nothing; that is no fault.
#[test]
fn thousands_of_empty_members_are_read_over() {
    let packed = scratch("members.pcap.lz4");
    // Frames to be skipped, with four bytes each, before what gannet writes.
    good(&["convert", "-w", &packed, &tour()]);
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4].repeat(20_000);
    let frames = fs::read(&packed).unwrap();
    fs::write(&packed, [&frames[..], &skipped[..]].concat()).unwrap();
    let out = scratch("members.pcap");
    for tool in ["convert", "sort", "merge", "slice", "dedup"] {
        good(&[tool, "-w", &out, &packed]);
        assert_eq!(lines(&out), of_tour(1, 28), "{tool}");
    }
    good(&["info", &packed]);
}

/// The same where no tool is asked: interfaces that are out of sight at first count too.
#[test]
fn a_copy_says_how_long_packets_are() {
    let [short, sections, out] = ["copy-short.pcapng", "copy-sections.pcapng", "copy-long.pcap"].map(scratch);
    good(&["convert", "-s", "60", "-w", &out, &tour()]);
    good(&["convert", "-w", &short, &out]);
    let mut bytes = fs::read(&short).unwrap().repeat(200);
    assert!(bytes.len() > 300_000);
    good(&["convert", "-w", &short, &tour()]);
    bytes.extend(fs::read(&short).unwrap());
    fs::write(&sections, bytes).unwrap();
    good(&["-r", &sections, "-w", &out]);
    let copied = lines(&out);
    assert_eq!(copied[copied.len() - 28..], lines(&tour())[..]);
    let piped = run(&["-r", &sections, "-w", "-"]);
    assert!(errors(&piped).contains("will be read cut"), "{}", errors(&piped));
}

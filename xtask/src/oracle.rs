//! Compares gannet with an installed tcpdump on a capture, cut at every length.
//!
//! A tool for a person: what is installed is mostly older than what gannet speaks, so a difference is a
//! question and not a fault.

use crate::Outcome;
use crate::align::{first_wrong_word, pairs};
use crate::gannet::{self, End, Run};
use gannet_savefile::{Header, Reader, Writer};
use gannet_wire::Record;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

const USAGE: &str = "\
usage: cargo xtask oracle FILE [--bin PATH] [--peer PATH] [--cuts N] [--packets N] [--show N] [ARGS]

Prints FILE with gannet and with tcpdump (or --peer), whole and with all packets cut to 1, 2, .. N bytes,
and shows the first of each kind of difference. ARGS go to both. Always exits with 0.";

struct Options {
    file: PathBuf,
    bin: Option<PathBuf>,
    peer: PathBuf,
    cuts: usize,
    packets: usize,
    show: usize,
    args: Vec<String>,
}

/// `cargo xtask oracle`.
pub fn main(args: &[String]) -> Outcome {
    let Some(options) = Options::parse(args)? else {
        println!("{USAGE}");
        return Ok(true);
    };
    let ours = gannet::binary(options.bin.as_deref())?;
    let mut longest = 0;
    let header = each_packet(&options, |record| {
        longest = longest.max(record.bytes.len());
        Ok(())
    })?;
    let cut_file = std::env::temp_dir().join(format!("gannet-oracle-{}.pcap", std::process::id()));
    let mut seen = BTreeSet::new();
    let (mut differ, mut runs) = (0, 0);
    for cut in (1..=longest.min(options.cuts)).chain([usize::MAX]) {
        write_cut(&options, header, &cut_file, cut)?;
        let ours = print(&ours, &cut_file, &options.args);
        let theirs = print(&options.peer, &cut_file, &options.args);
        std::fs::remove_file(&cut_file).map_err(|e| e.to_string())?;
        let found = compare(&ours?, &theirs?, cut, &options, &mut seen);
        differ += usize::from(found);
        runs += 1;
    }
    println!("{differ} of {runs} cuts differ, {} kinds of difference", seen.len());
    Ok(true)
}

impl Options {
    fn parse(args: &[String]) -> Result<Option<Self>, String> {
        let mut o = Self {
            file: PathBuf::new(),
            bin: None,
            peer: "tcpdump".into(),
            cuts: usize::MAX,
            packets: 100,
            show: 30,
            args: Vec::new(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            let number = |text: &String| text.parse().map_err(|_| format!("{text} is not a number"));
            match arg.as_str() {
                "--help" => return Ok(None),
                "--bin" => o.bin = Some(value()?.into()),
                "--peer" => o.peer = value()?.into(),
                "--cuts" => o.cuts = number(value()?)?,
                "--packets" => o.packets = number(value()?)?,
                "--show" => o.show = number(value()?)?,
                file if o.file.as_os_str().is_empty() => o.file = file.into(),
                other => o.args.push(other.into()),
            }
        }
        Ok(Some(o).filter(|o| !o.file.as_os_str().is_empty()))
    }
}

/// The first packets of the file, one by one; gives what the file says of all of them.
fn each_packet(
    options: &Options,
    mut with: impl FnMut(Record<'_>) -> Result<(), String>,
) -> Result<Header, String> {
    let say = |e: &dyn std::fmt::Display| format!("{}: {e}", options.file.display());
    let file = File::open(&options.file).map_err(|e| say(&e))?;
    let mut reader = Reader::open(file).map_err(|e| say(&e))?;
    let header = Header {
        link: reader.link(),
        link_extension: reader.link_extension(),
        snaplen: reader.snaplen(),
        precision: reader.precision(),
    };
    for _ in 0..options.packets {
        match reader.next() {
            Ok(Some(record)) if record.link == header.link => with(record)?,
            Ok(Some(_)) => {} // a pcap file cannot hold it
            Ok(None) => break,
            Err(e) => {
                println!("{}", say(&e));
                break;
            }
        }
    }
    Ok(header)
}

/// Writes the packets with at most `cut` bytes of each.
fn write_cut(options: &Options, header: Header, path: &Path, cut: usize) -> Result<(), String> {
    let say = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let mut writer = Writer::new(File::create(path).map_err(|e| say(&e))?, header);
    each_packet(options, |record| {
        let bytes = record.bytes.get(..cut).unwrap_or(record.bytes);
        writer.write(&Record { bytes, ..record }).map_err(|e| say(&e))
    })?;
    writer.finish().map(drop).map_err(|e| say(&e))
}

fn print(program: &Path, file: &Path, args: &[String]) -> Result<Run, String> {
    let mut all: Vec<String> = ["-#", "-n", "-r"].map(String::from).into();
    all.push(file.display().to_string());
    all.extend_from_slice(args);
    gannet::run(program, Path::new("."), &all)
}

/// Shows what differs in a way that was not seen before; gives whether anything differs.
fn compare(ours: &Run, theirs: &Run, cut: usize, options: &Options, seen: &mut BTreeSet<String>) -> bool {
    let mut show = |kind: String, detail: &dyn Fn()| {
        if seen.insert(kind) && seen.len() <= options.show {
            match cut {
                usize::MAX => println!("whole:"),
                cut => println!("cut to {cut}:"),
            }
            detail();
        }
    };
    if ours.end != theirs.end && !matches!(ours.end, End::Exit(0)) {
        let said = String::from_utf8_lossy(&ours.stderr);
        show(format!("{:?}", ours.end), &|| {
            println!("  gannet ends with {:?}: {}", ours.end, said.trim_end())
        });
    }
    pairs(&theirs.stdout, &ours.stdout, |a, b| {
        let Some(kind) = first_wrong_word(a, b) else { return };
        let at = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let line = |lines: &[&[u8]]| {
            String::from_utf8_lossy(lines.get(at).copied().unwrap_or_default()).into_owned()
        };
        show(kind, &|| println!("  -{}\n  +{}", line(a), line(b)));
    });
    ours.end != theirs.end || ours.stdout != theirs.stdout
}

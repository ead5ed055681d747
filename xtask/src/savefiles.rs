//! `cargo xtask savefiles`: whether savefiles hold for us what they hold for others.
//!
//! Every capture of the conformance data is read and compared, packet by packet, with what an installed tshark
//! says: time, length, caplen, interface, link type. Where the two differ, or either gives up, an installed
//! tcpdump (libpcap) decides: the same packets up to the same refusal are right too. What is left is listed.

use crate::{Outcome, workspace};
use gannet_savefile::{Format, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const USAGE: &str = "\
usage: cargo xtask savefiles [--list] [FILE] ..

Compares what is read from FILE, or from all captures of the conformance data, with tshark and tcpdump.

  --list   also list the files where tcpdump decided";

/// Where captures are.
const FOLDERS: &[&str] = &["tcpdump", "wild", "pcapng", "libpcap/captures"];

/// Where some are to be refused, and a file beside says with what words.
const REFUSED: &str = "libpcap/captures";

const FIELDS: &[&str] =
    &["frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_id", "frame.encap_type"];

/// What is read as nobody reads it who is installed, and why. Every name is one of a file that is not read otherwise.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "linktype-reserved-field-not-zero.pcap",
        "libpcap 1.11 refuses it in the same words, 1.10 and Wireshark do not know that the field is reserved",
    ),
    (
        "pcap-invalid-version-1.pcap",
        "libpcap 1.11 refuses it in the same words, 1.10 calls it archaic, Wireshark reads a file of no such version",
    ),
    (
        "shb-option-too-long.pcapng",
        "libpcap 1.11 refuses it in the same words, 1.10 does not say the lengths, Wireshark reads an empty file",
    ),
];

/// A packet, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Packet {
    /// Nanoseconds since 1970; `None` if the file does not say.
    time: Option<i128>,
    length: u64,
    caplen: u64,
    /// Its interface in its section; `None` where there are no interfaces.
    interface: Option<u64>,
    /// Our number of its link type, or Wireshark's: the two are compared for being the same everywhere.
    link: u64,
}

/// What somebody reads from a file.
#[derive(Default)]
struct Reading {
    packets: Vec<Packet>,
    /// Why no more was read, if that was not the end of the file.
    wrong: Option<String>,
}

/// How a file was judged.
enum Verdict {
    /// As tshark reads it.
    Tshark,
    /// As libpcap reads it, to the same number of packets and the same words; and what tshark says instead.
    Libpcap(String),
    /// Neither, and why that is right.
    Explained(&'static str),
    /// Neither.
    Alone(String),
}

/// `cargo xtask savefiles`.
pub fn main(args: &[String]) -> Outcome {
    if args.iter().any(|arg| arg == "--help") {
        println!("{USAGE}");
        return Ok(true);
    }
    for peer in ["tshark", "tcpdump"] {
        if Command::new(peer).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            println!("SKIPPED: there is no {peer} here to compare with");
            return Ok(true);
        }
    }
    let list = args.iter().any(|arg| arg == "--list");
    let files: Vec<PathBuf> = args.iter().filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    let mut links = Links::default();
    let mut well = true;
    if files.is_empty() {
        for folder in FOLDERS {
            if let Some(path) = workspace::conformance(folder) {
                well &= judge_all(folder, &captures(&path)?, list, &mut links)?;
            }
        }
    } else {
        well = judge_all("files", &files, true, &mut links)?;
    }
    Ok(links.report() && well)
}

/// The captures of a folder, by name.
fn captures(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let capture =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng" || e == "cap");
    files.retain(capture);
    files.sort();
    Ok(files)
}

fn judge_all(folder: &str, files: &[PathBuf], list: bool, links: &mut Links) -> Outcome {
    let (mut tshark, mut packets) = (0, 0);
    let (mut libpcap, mut explained, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let (verdict, read) = judge(folder, file, links)?;
        packets += read;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match verdict {
            Verdict::Tshark => tshark += 1,
            Verdict::Libpcap(why) => libpcap.push(format!("  as libpcap  {name}: {why}")),
            Verdict::Explained(why) => explained.push(format!("  explained   {name}: {why}")),
            Verdict::Alone(why) => alone.push(format!("  ALONE       {name}: {why}")),
        }
    }
    println!(
        "{folder}: {} files, {packets} packets: {tshark} as tshark reads them, {} as libpcap does, {} explained, \
         {} as nobody",
        files.len(),
        libpcap.len(),
        explained.len(),
        alone.len()
    );
    for line in libpcap.iter().chain(&explained).filter(|_| list).chain(&alone) {
        println!("{line}");
    }
    Ok(alone.is_empty())
}

fn judge(folder: &str, file: &Path, links: &mut Links) -> Result<(Verdict, usize), String> {
    let ours = ours(file)?;
    let theirs = tshark(folder, file)?;
    let difference = difference(&ours, &theirs);
    let read = ours.packets.len();
    let Some(why) = difference else {
        links.learn(&ours, &theirs);
        return Ok((Verdict::Tshark, read));
    };
    // A fraction of more than a second survives in a copy of the file's own precision alone.
    let (micro, nano) = (libpcap(file, "micro")?, libpcap(file, "nano")?);
    let same = same(&ours, &micro, 1000) || same(&ours, &nano, 1);
    let libpcap = micro;
    let name = file.file_name().unwrap_or_default();
    let explained = EXPLAINED.iter().find(|(explained, _)| name == *explained).map(|(_, why)| *why);
    let verdict = if same || folder == REFUSED && refused(file, &ours)? {
        Verdict::Libpcap(why)
    } else if let Some(why) = explained {
        Verdict::Explained(why)
    } else {
        let end = |reading: &Reading| match &reading.wrong {
            Some(wrong) => format!("{} packets, then {wrong:?}", reading.packets.len()),
            None => format!("{} packets", reading.packets.len()),
        };
        Verdict::Alone(format!("{why}; ours: {}; libpcap: {}", end(&ours), end(&libpcap)))
    };
    Ok((verdict, read))
}

/// Whether two readings are the same, times up to so many nanoseconds.
fn same(ours: &Reading, theirs: &Reading, unit: i128) -> bool {
    let alike = |a: &Packet, b: &Packet| {
        let time = |packet: &Packet| packet.time.map(|time| time.div_euclid(unit));
        (time(a), a.length, a.caplen) == (time(b), b.length, b.caplen)
    };
    ours.packets.len() == theirs.packets.len()
        && ours.packets.iter().zip(&theirs.packets).all(|(a, b)| alike(a, b))
        && agree(ours.wrong.as_deref(), theirs.wrong.as_deref())
}

/// Whether libpcap's own tests want the file refused so: what is installed has other words.
fn refused(file: &Path, ours: &Reading) -> Result<bool, String> {
    let Some(cases) = file.parent().and_then(|folder| Some(folder.parent()?.join("reject.json"))) else {
        return Ok(false);
    };
    let text = fs::read_to_string(&cases).map_err(|e| format!("{}: {e}", cases.display()))?;
    let cases: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let ours = ours.wrong.as_deref().unwrap_or_default();
    let wanted = |case: &serde_json::Value| {
        let words = case["error_prefix"].as_str().unwrap_or_default();
        case["savefile"] == *name && ours.starts_with(words.trim_start_matches("Failed opening: "))
    };
    Ok(cases.as_array().is_some_and(|cases| cases.iter().any(wanted)))
}

/// Whether two complaints are of the same thing: ours begins as libpcap's does, or has more to say.
fn agree(ours: Option<&str>, theirs: Option<&str>) -> bool {
    match (ours, theirs) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => theirs.ends_with(ours),
        _ => false,
    }
}

/// Where two readings differ, in words.
fn difference(ours: &Reading, theirs: &Reading) -> Option<String> {
    let pairs = ours.packets.iter().zip(&theirs.packets).enumerate();
    for (n, (a, b)) in pairs {
        let part = if a.length != b.length || a.caplen != b.caplen {
            format!("lengths {} of {}, for tshark {} of {}", a.caplen, a.length, b.caplen, b.length)
        } else if b.time.is_some() && a.time != b.time {
            format!("time {:?}, for tshark {:?}", a.time, b.time)
        } else if a.interface.is_some() && a.interface != b.interface {
            format!("interface {:?}, for tshark {:?}", a.interface, b.interface)
        } else {
            continue;
        };
        return Some(format!("packet {}: {part}", n + 1));
    }
    if ours.packets.len() != theirs.packets.len() {
        return Some(format!("{} packets, for tshark {}", ours.packets.len(), theirs.packets.len()));
    }
    match (&ours.wrong, &theirs.wrong) {
        (None, Some(wrong)) => Some(format!("tshark gives up: {wrong}")),
        (Some(wrong), _) => Some(format!("it ends in {wrong:?}")),
        (None, None) => None,
    }
}

/// What we read.
fn ours(file: &Path) -> Result<Reading, String> {
    let source = File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(read(source))
}

fn read(source: impl std::io::Read) -> Reading {
    let mut reader = match Reader::open(source) {
        Ok(reader) => reader,
        Err(e) => return Reading { wrong: Some(e.to_string()), ..Reading::default() },
    };
    let mut reading = Reading::default();
    loop {
        let blocks = reader.format() == Format::Pcapng;
        match reader.next() {
            Ok(None) => return reading,
            Ok(Some(p)) => reading.packets.push(Packet {
                time: Some(i128::from(p.time.seconds) * 1_000_000_000 + i128::from(p.time.nanos)),
                length: p.length.into(),
                caplen: p.bytes.len() as u64,
                interface: blocks.then_some(p.interface.into()),
                link: p.link.0.into(),
            }),
            Err(e) => {
                reading.wrong = reading.wrong.or_else(|| Some(e.to_string()));
                if !e.is_local() {
                    return reading;
                }
            }
        }
    }
}

/// What tshark reads, asked once for every file.
fn tshark(folder: &str, file: &Path) -> Result<Reading, String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let kept = workspace::target().join("savefiles").join(folder);
    fs::create_dir_all(&kept).map_err(|e| format!("{}: {e}", kept.display()))?;
    let kept = kept.join(format!("{name}.tshark"));
    let age = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    let text = match fs::read_to_string(&kept) {
        Ok(text) if age(&kept) > age(file) => text,
        _ => {
            let mut command = Command::new("tshark");
            command.args(["-n", "-T", "fields"]).args(FIELDS.iter().flat_map(|field| ["-e", field]));
            let output = command.arg("-r").arg(file).output().map_err(|e| format!("tshark: {e}"))?;
            let status = output.status.code().unwrap_or(-1);
            let text = format!("{}exit {status}\n", String::from_utf8_lossy(&output.stdout));
            fs::write(&kept, &text).map_err(|e| format!("{}: {e}", kept.display()))?;
            text
        }
    };
    let mut reading = Reading::default();
    for line in text.lines() {
        match line.strip_prefix("exit ") {
            Some("0") => {}
            Some(status) => reading.wrong = Some(format!("status {status}")),
            None => reading.packets.extend(row(line)),
        }
    }
    Ok(reading)
}

/// A packet as tshark prints it. What has no link type is no packet but a block of another kind.
fn row(line: &str) -> Option<Packet> {
    let mut fields = line.split('\t');
    let mut next = || fields.next().unwrap_or_default();
    let (time, length, caplen) = (nanoseconds(next()), next().parse().ok()?, next().parse().ok()?);
    let (interface, link) = (next().parse().ok(), next().parse().ok()?);
    Some(Packet { time, length, caplen, interface, link })
}

/// Seconds with a fraction, in nanoseconds.
fn nanoseconds(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i128 = whole.parse().ok()?;
    let nanos: i128 = format!("{part:0<9}").get(..9)?.parse().ok()?;
    let negative = whole.starts_with('-');
    Some(seconds * 1_000_000_000 + if negative { -nanos } else { nanos })
}

/// What libpcap reads, by way of tcpdump, in that precision.
fn libpcap(file: &Path, precision: &str) -> Result<Reading, String> {
    let precision = format!("--time-stamp-precision={precision}");
    let output = Command::new("tcpdump").arg("-r").arg(file).args([&precision, "-w", "-"]).output();
    let output = output.map_err(|e| format!("tcpdump: {e}"))?;
    let mut reading = read(&output.stdout[..]);
    reading.wrong = None;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        reading.wrong = Some(said.lines().last().unwrap_or("(nothing said)").to_owned());
    }
    Ok(reading)
}

/// Which of our link types go with which of Wireshark's numbers.
#[derive(Default)]
struct Links {
    seen: BTreeMap<u64, BTreeSet<u64>>,
}

/// Link types that Wireshark divides by what it finds in the packets, or by a pseudo-header that it makes up.
const DIVIDED: &[(u64, &str)] = &[];

impl Links {
    fn learn(&mut self, ours: &Reading, theirs: &Reading) {
        for (a, b) in ours.packets.iter().zip(&theirs.packets) {
            self.seen.entry(a.link).or_default().insert(b.link);
        }
    }

    /// Says what does not go together; whether all does.
    fn report(&self) -> bool {
        let mut well = true;
        let mut back: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (ours, theirs) in &self.seen {
            theirs.iter().for_each(|number| back.entry(*number).or_default().push(*ours));
            let divided = DIVIDED.iter().find(|(link, _)| link == ours);
            match divided {
                _ if theirs.len() == 1 => {}
                Some((_, why)) => println!("link type {ours} is {theirs:?} in Wireshark: {why}"),
                None => {
                    println!("link type {ours} is {theirs:?} in Wireshark");
                    well = false;
                }
            }
        }
        for (theirs, ours) in back.iter().filter(|(_, ours)| ours.len() > 1) {
            println!("Wireshark's {theirs} is link type {ours:?}");
        }
        println!("{} link types, each one of Wireshark's", self.seen.len());
        well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_tshark() {
        let packet = row("1340954905.298858\t342\t128\t1\t15").unwrap();
        assert_eq!(packet.time, Some(1_340_954_905_298_858_000));
        assert_eq!((packet.length, packet.caplen, packet.interface, packet.link), (342, 128, Some(1), 15));
        assert_eq!(row("\t24\t24\t\t"), None, "a custom block");
        assert_eq!(nanoseconds("-1.5"), Some(-1_500_000_000));
        assert_eq!(nanoseconds(""), None);
    }
}

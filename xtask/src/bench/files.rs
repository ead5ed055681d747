//! `cargo xtask bench files [--smoke] [SIZE]`: reading, filtering and rewriting large files, beside the tools that
//! people use for it today.
//!
//! Two files are made (see [`mix`](super::mix)): `SIZE` MB of mixed traffic (1000 unless said) and half as much of
//! small packets. Every row runs the peer and gannet in turn, several times; what counts is the median of the
//! processor time of the whole process. Wall time and the most memory stand beside it. A row whose tool does not
//! exist here is skipped, and says so. The first rows are beside `dd`, which only reads: below that nobody goes who
//! copies the file to look at it.
//! Nothing fails for being slow: the numbers are for people.

use super::Spread;
use super::measure::{Cost, cost};
use super::mix::{self, Kind};
use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One comparison. In the arguments, `IN` stands for the file, `HALF` and `TENTH` for one of a half or a tenth of its
/// size, `OUT` for a new file in memory.
struct Row {
    name: &'static str,
    file: Kind,
    /// What is compared with: a program and its arguments.
    peer: (&'static str, &'static str),
    /// What gannet is called with.
    ours: &'static str,
    /// How much of the peer's processor time is aimed at.
    aim: Option<f64>,
}

const fn row(
    name: &'static str,
    file: Kind,
    peer: (&'static str, &'static str),
    ours: &'static str,
    aim: Option<f64>,
) -> Row {
    Row { name, file, peer, ours, aim }
}

const PASS: &str = "-r IN -w /dev/null";
const FILTER: &str = "-r IN -w /dev/null tcp port 80";
/// The kernel's copy of the file into memory, and nothing else.
const COPY_ALONE: &str = "if=IN of=/dev/null bs=256k status=none";
const COPY: &str = "-r IN -w OUT";
const COPY_SOME: &str = "-r IN -w OUT tcp port 80";
/// All that capinfos tells, but for the hashes.
const INFO: &str = "-tEIFkcsdluaeoSyizxnD IN";

const ROWS: &[Row] = &[
    row("reading alone", Kind::Mix, ("dd", COPY_ALONE), PASS, None),
    row("reading alone", Kind::Small, ("dd", COPY_ALONE), PASS, None),
    row("filter", Kind::Mix, ("tcpdump", FILTER), FILTER, Some(0.35)),
    row("filter", Kind::Small, ("tcpdump", FILTER), FILTER, Some(0.2)),
    row("pass through", Kind::Mix, ("tcpdump", PASS), PASS, Some(0.3)),
    row("pass through", Kind::Small, ("tcpdump", PASS), PASS, Some(0.1)),
    row("filter to a file", Kind::Mix, ("tcpdump", COPY_SOME), COPY_SOME, None),
    row("copy to a file", Kind::Mix, ("tcpdump", COPY), COPY, None),
    row("copy to a file", Kind::Small, ("tcpdump", COPY), COPY, None),
    row("count", Kind::Mix, ("tcpdump", "-r IN --count"), "-r IN --count", None),
    row("info", Kind::Mix, ("capinfos", INFO), "info IN", Some(0.2)),
    row("info", Kind::Small, ("capinfos", INFO), "info IN", Some(0.2)),
    row("convert to pcapng", Kind::Mix, ("editcap", "-F pcapng IN OUT"), "convert -w OUT.pcapng IN", None),
    row("merge", Kind::Mix, ("mergecap", "-w OUT IN TENTH"), "merge -w OUT.pcapng IN TENTH", None),
];

/// What runs on several threads: wall time against the same on one. Beside it stands what two processes with half
/// of the file each take, which share nothing and wait for nothing: what two cores of this machine give at best.
const THREADS: &[(&str, Kind, &str)] = &[
    ("filter", Kind::Mix, FILTER),
    ("filter", Kind::Small, FILTER),
    ("pass through", Kind::Mix, PASS),
    ("pass through", Kind::Small, PASS),
    ("filter to a file", Kind::Mix, COPY_SOME),
    ("copy to a file", Kind::Mix, COPY),
    ("print -n", Kind::Mix, "-n -r IN"),
    ("print -n", Kind::Small, "-n -r IN"),
    ("print -n -v -e", Kind::Mix, "-n -v -e -r IN"),
];

/// Where everything is.
struct Place {
    gannet: PathBuf,
    folder: PathBuf,
    out: PathBuf,
    runs: usize,
}

/// Runs the command.
pub fn main(args: &[String]) -> Outcome {
    let smoke = args.iter().any(|arg| arg == "--smoke");
    let size: u64 = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(if smoke { 10 } else { 1000 });
    let gannet = super::build()?;
    let folder = crate::workspace::target().join("bench-files");
    let memory = Path::new("/dev/shm");
    let out = if memory.is_dir() { memory.to_owned() } else { folder.clone() };
    let out = out.join(format!("gannet-bench-{}.out", std::process::id()));
    let place = Place { gannet, folder, out, runs: if smoke { 1 } else { 7 } };
    std::fs::create_dir_all(&place.folder).map_err(|error| error.to_string())?;
    let done = place.make(size).and_then(|()| place.all());
    let _ = std::fs::remove_dir_all(&place.folder);
    place.sweep();
    done
}

impl Place {
    /// The file that is a `part`th of the whole one.
    fn input(&self, kind: Kind, part: u64) -> PathBuf {
        let name = if kind == Kind::Mix { "mix" } else { "small" };
        self.folder.join(format!("{name}-{part}.pcap"))
    }

    fn make(&self, size: u64) -> Result<(), String> {
        for (kind, name, size) in [(Kind::Mix, "mix", size), (Kind::Small, "small packets", size / 2)] {
            for part in [10, 2, 1] {
                let bytes = size * 1_000_000 / part;
                let packets = mix::write(&self.input(kind, part), kind, bytes).map_err(|e| e.to_string())?;
                if part == 1 {
                    let average = bytes.saturating_sub(24) / packets.max(1) - 16;
                    println!("{name}: {size} MB, {packets} packets of {average} bytes on average");
                }
            }
        }
        Ok(())
    }

    /// `false` if a row could not be run.
    fn all(&self) -> Outcome {
        println!("{} runs in turn; medians, CPU and wall in ms, memory in MiB", self.runs);
        println!(
            "{:<26} {:>9} {:>9} {:>6} {:>6} {:>15}",
            "", "peer CPU", "ours", "ratio", "aim", "wall, memory"
        );
        let mut all_ran = true;
        for row in ROWS {
            if let Err(why) = self.compare(row) {
                println!("{:<26} FAILED: {why}", title(row.name, row.file));
                all_ran = false;
            }
        }
        println!(
            "{:<26} {:>9} {:>9} {:>6} {:>6} {:>15}",
            "two threads", "wall of 1", "of 2", "ratio", "aim", "two with halves"
        );
        for (name, kind, args) in THREADS {
            self.threads(name, *kind, args)?;
        }
        self.memory()?;
        Ok(all_ran)
    }

    fn compare(&self, row: &Row) -> Result<(), String> {
        let Row { name, file, peer: (program, theirs), ours, aim } = row;
        let name = title(name, *file);
        if let Some(word) = ours.split(' ').next().filter(|word| !word.starts_with('-'))
            && !self.has_tool(word)
        {
            println!("{name:<26} SKIPPED: there is no `gannet {word}` yet");
            return Ok(());
        }
        let there = Command::new(program).arg("--version").output().is_ok();
        let (mut peer, mut own) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            if there {
                peer.push(self.once(program, theirs, *file)?);
            }
            own.push(self.once(&self.gannet.to_string_lossy(), ours, *file)?);
        }
        let (cpu, wall, memory) =
            (median(&own, |c| c.cpu), median(&own, |c| c.wall), median(&own, |c| c.memory));
        let beside = format!("{:.0}, {:.1}", wall / 1e6, memory / 1024.0);
        if !there {
            println!("{name:<26} {:>9} {:>9.1} SKIPPED: there is no {program} here {beside}", "", cpu / 1e6);
            return Ok(());
        }
        let theirs = median(&peer, |c| c.cpu);
        let aim = aim.map_or(String::new(), |aim| format!("{aim:.2}"));
        println!(
            "{name:<26} {:>9.1} {:>9.1} {:>6.2} {aim:>6} {beside:>15}",
            theirs / 1e6,
            cpu / 1e6,
            cpu / theirs
        );
        Ok(())
    }

    fn threads(&self, name: &str, kind: Kind, args: &str) -> Result<(), String> {
        if !self.has_threads() {
            println!("{:<26} SKIPPED: there is no `gannet --threads` yet", title(name, kind));
            return Ok(());
        }
        let gannet = self.gannet.to_string_lossy();
        let (mut one, mut two, mut halves) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.runs {
            one.push(self.once(&gannet, &format!("--threads 1 {args}"), kind)?);
            two.push(self.once(&gannet, &format!("--threads 2 {args}"), kind)?);
            halves.push(self.halves(&gannet, args, kind)?);
        }
        let (one, two, halves) =
            (median(&one, |c| c.wall), median(&two, |c| c.wall), median(&halves, |c| c.wall));
        let name = title(name, kind);
        println!(
            "{name:<26} {:>9.1} {:>9.1} {:>6.2} {:>6} {:>15.2}",
            one / 1e6,
            two / 1e6,
            two / one,
            "0.50",
            halves / one
        );
        Ok(())
    }

    /// Two processes of one thread at the same time, each with half a file: the slower one.
    fn halves(&self, gannet: &str, args: &str, kind: Kind) -> Result<Cost, String> {
        self.sweep();
        let args = format!("--threads 1 {}", args.replace("IN", "HALF"));
        let other = args.replace("OUT", "OTHER");
        let (one, two) = std::thread::scope(|scope| {
            let one = scope.spawn(|| cost(gannet, &self.words(&args, kind)));
            (cost(gannet, &self.words(&other, kind)), one.join())
        });
        let (one, two) = (one?, two.map_err(|_| "the other half ended badly")??);
        Ok(if one.wall > two.wall { one } else { two })
    }

    /// The memory for a file, and for one ten times as long.
    fn memory(&self) -> Result<(), String> {
        let gannet = self.gannet.to_string_lossy();
        for args in [COPY, COPY_SOME, "--threads 2 -r IN -w OUT tcp port 80"] {
            if args.contains("--threads") && !self.has_threads() {
                continue;
            }
            let long = self.once(&gannet, args, Kind::Mix)?.memory / 1024.0;
            let short = self.once(&gannet, &args.replace("IN", "TENTH"), Kind::Mix)?.memory / 1024.0;
            println!("memory of {args}: {short:.1} MiB, at ten times the file {long:.1} MiB");
        }
        Ok(())
    }

    fn once(&self, program: &str, args: &str, kind: Kind) -> Result<Cost, String> {
        self.sweep();
        cost(program, &self.words(args, kind))
    }

    /// The arguments, with files for their placeholders.
    fn words(&self, args: &str, kind: Kind) -> Vec<String> {
        args.split(' ')
            .map(|word| match word {
                "IN" => self.input(kind, 1).to_string_lossy().into_owned(),
                "HALF" => self.input(kind, 2).to_string_lossy().into_owned(),
                "TENTH" => self.input(kind, 10).to_string_lossy().into_owned(),
                "if=IN" => format!("if={}", self.input(kind, 1).to_string_lossy()),
                "OTHER" => self.out.with_extension("other").to_string_lossy().into_owned(),
                other => other.replace("OUT", &self.out.to_string_lossy()),
            })
            .collect()
    }

    /// Removes what was written.
    fn sweep(&self) {
        let _ = std::fs::remove_file(&self.out);
        let _ = std::fs::remove_file(self.out.with_extension("other"));
        let _ = std::fs::remove_file(self.out.with_extension("out.pcapng"));
    }

    fn has_threads(&self) -> bool {
        let version = Command::new(&self.gannet).args(["--threads", "1", "--version"]).output();
        version.is_ok_and(|output| output.status.success())
    }

    /// Whether gannet has a tool of this name: its usage says so.
    fn has_tool(&self, word: &str) -> bool {
        let help = Command::new(&self.gannet).args([word, "--help"]).output();
        help.is_ok_and(|output| {
            let all = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&all).contains(&format!("gannet {word}"))
        })
    }
}

fn title(name: &str, kind: Kind) -> String {
    format!("{name}, {}", if kind == Kind::Mix { "mix" } else { "small" })
}

fn median(costs: &[Cost], what: impl Fn(&Cost) -> f64) -> f64 {
    Spread::of(costs.iter().map(what).collect()).median
}

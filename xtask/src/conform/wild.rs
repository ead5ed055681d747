//! Captures of real traffic: how many lines of tcpdump's text are ours too, and what to build next.

use super::{Options, Scores, two_at_a_time};
use crate::align::{self, Line, align, first_wrong_word};
use crate::gannet::{self, End};
use flate2::read::MultiGzDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// The two texts of each file: the ending of its name, and the options that make it.
const VARIANTS: [(&str, &[&str]); 2] = [("n", &[]), ("evv", &["-e", "-vv"])];

/// Lines of difference that are shown of one file.
const MOST_LINES: usize = 60;

/// What came of a file.
struct Verdict {
    name: String,
    expected: usize,
    equal: usize,
    /// How it ended, if not well.
    fault: Option<End>,
    /// The first wrong words of its packets, with how often they are that.
    words: HashMap<String, usize>,
    diff: String,
}

/// Runs the files that were asked for, and prints a score per variant.
pub fn run(options: &Options, folder: &Path, scores: &mut Scores) -> Result<(), String> {
    let program = options.binary()?;
    for (variant, args) in VARIANTS {
        let files = files(folder, variant, options)?;
        if files.is_empty() {
            return Err("none of the files is meant".into());
        }
        let verdicts = two_at_a_time(&files, |file| judge(&program, folder, file, variant, args));
        let verdicts = verdicts.into_iter().collect::<Result<Vec<_>, _>>()?;
        for verdict in &verdicts {
            if options.diff {
                print!("{}\n{}", verdict.name, verdict.diff);
            }
            if let Some(end) = verdict.fault.filter(|end| options.failing || !matches!(end, End::Exit(1))) {
                println!("{} -{variant}: {end:?}", verdict.name);
            }
        }
        worst(options, &verdicts);
        words(options, &verdicts);
        let expected: usize = verdicts.iter().map(|v| v.expected).sum();
        let equal: usize = verdicts.iter().map(|v| v.equal).sum();
        let whole = verdicts.iter().filter(|v| v.equal == v.expected && v.diff.is_empty()).count();
        let percent = 100.0 * equal as f64 / expected.max(1) as f64;
        println!(
            "wild {variant}: {equal} of {expected} lines ({percent:.2} %), {whole} of {} files equal",
            verdicts.len()
        );
        scores.set(format!("wild.{variant}"), equal);
    }
    Ok(())
}

/// The names of the captures that have a text of this variant.
fn files(folder: &Path, variant: &str, options: &Options) -> Result<Vec<String>, String> {
    let ending = format!(".{variant}.gz");
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let names = entries.flatten().filter_map(|e| e.file_name().into_string().ok());
    let mut files: Vec<String> =
        names.filter_map(|name| name.strip_suffix(&ending).map(String::from)).collect();
    files.retain(|name| options.cases.is_empty() || options.cases.contains(name));
    files.sort();
    Ok(files)
}

fn judge(program: &Path, folder: &Path, file: &str, variant: &str, args: &[&str]) -> Result<Verdict, String> {
    let path = folder.join(format!("{file}.{variant}.gz"));
    let mut expected = Vec::new();
    std::fs::File::open(&path)
        .and_then(|gz| MultiGzDecoder::new(gz).read_to_end(&mut expected))
        .map_err(|e| format!("{}: {e}", path.display()))?;
    let run = gannet::run(program, folder, &[&["-#", "-n", "-r", file], args].concat())?;
    let lines = align(&expected, &run.stdout);
    let mut diff: Vec<String> = Vec::new();
    for line in &lines {
        match line {
            Line::Same(_) => {}
            Line::Missing(line) => diff.push(format!("  -{}\n", String::from_utf8_lossy(line))),
            Line::Extra(line) => diff.push(format!("  +{}\n", String::from_utf8_lossy(line))),
        }
    }
    let more = diff.len().saturating_sub(MOST_LINES);
    diff.truncate(MOST_LINES);
    if more > 0 {
        diff.push(format!("  .. and {more} more\n"));
    }
    let mut words = HashMap::new();
    align::pairs(&expected, &run.stdout, |a, b| {
        if let Some(word) = first_wrong_word(a, b) {
            *words.entry(word).or_default() += 1;
        }
    });
    Ok(Verdict {
        name: file.to_string(),
        expected: align::lines(&expected).len(),
        equal: lines.iter().filter(|line| matches!(line, Line::Same(_))).count(),
        fault: Some(run.end).filter(|end| *end != End::Exit(0)),
        words,
        diff: diff.concat(),
    })
}

fn worst(options: &Options, verdicts: &[Verdict]) {
    let mut order: Vec<&Verdict> = verdicts.iter().collect();
    order.sort_by_key(|v| std::cmp::Reverse(v.expected - v.equal));
    for v in order.iter().take(options.worst) {
        println!("{:6} wrong of {:6}  {}", v.expected - v.equal, v.expected, v.name);
    }
}

fn words(options: &Options, verdicts: &[Verdict]) {
    let mut all: HashMap<&str, usize> = HashMap::new();
    for (word, n) in verdicts.iter().flat_map(|v| &v.words) {
        *all.entry(word).or_default() += n;
    }
    let mut order: Vec<_> = all.into_iter().collect();
    order.sort_by_key(|(word, n)| (std::cmp::Reverse(*n), *word));
    for (word, n) in order.iter().take(options.words) {
        println!("{n:6} packets: {word}");
    }
}

//! tcpdump's own test suite: the text of a capture file, to the byte.

use super::{Options, Scores, two_at_a_time};
use crate::align::{Line, align};
use crate::gannet::{self, End, Run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The protocols of the core: a case that needs no others must pass first.
const CORE: [&str; 21] = [
    "ether",
    "llc",
    "arp",
    "ip",
    "ip6",
    "icmp",
    "icmp6",
    "igmp",
    "tcp",
    "udp",
    "domain",
    "null",
    "raw",
    "sll",
    "ascii",
    "ip-demux",
    "ip6opts",
    "frag6",
    "rt6",
    "mptcp",
    "unsupported",
];

/// Lines of difference that are shown of one case.
const MOST_LINES: usize = 60;

struct Case {
    name: String,
    input: String,
    output: String,
    args: String,
    family: String,
    protocols: Vec<String>,
}

/// What came of a case.
struct Verdict {
    /// Why it failed, in a few words.
    fault: Option<String>,
    diff: String,
}

/// Runs the cases that were asked for, and prints a score per family.
pub fn run(options: &Options, folder: &Path, scores: &mut Scores) -> Result<(), String> {
    let program = options.binary()?;
    let mut cases = read(folder)?;
    let all = cases.len();
    let core_only =
        options.suites.iter().any(|s| s == "core") && !options.suites.iter().any(|s| s == "tcpdump");
    cases.retain(|case| case.is_wanted(options) && (!core_only || case.is_core()));
    if cases.is_empty() {
        return Err(format!("none of the {all} cases is meant"));
    }
    let verdicts = two_at_a_time(&cases, |case| case.judge(&program, folder));
    let verdicts = verdicts.into_iter().collect::<Result<Vec<_>, _>>()?;
    for (case, verdict) in cases.iter().zip(&verdicts) {
        let Some(fault) = &verdict.fault else { continue };
        if options.failing || options.diff {
            println!("{} [{}] {}: {fault}", case.name, case.family, case.protocols.join(" "));
        }
        if options.diff {
            print!("{}", verdict.diff);
        }
    }
    report(&cases, &verdicts, core_only, scores);
    Ok(())
}

fn read(folder: &Path) -> Result<Vec<Case>, String> {
    let path = folder.join("cases.json");
    let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let json: Value = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let cases = json.as_array().ok_or("cases.json is not a list")?;
    Ok(cases.iter().filter(|case| case["not_for_us"].is_null()).map(Case::from_json).collect())
}

impl Case {
    fn from_json(json: &Value) -> Self {
        let text = |key: &str| json[key].as_str().unwrap_or("?").to_string();
        let protocols = json["protocols"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            name: text("name"),
            input: text("input"),
            output: text("output"),
            args: text("args"),
            family: json["family"].as_str().unwrap_or("none").to_string(),
            protocols: protocols.iter().filter_map(Value::as_str).map(String::from).collect(),
        }
    }

    fn is_wanted(&self, options: &Options) -> bool {
        options.family.as_ref().is_none_or(|f| *f == self.family)
            && options.protocol.as_ref().is_none_or(|p| self.protocols.contains(p))
            && (options.cases.is_empty() || options.cases.contains(&self.name))
    }

    fn is_core(&self) -> bool {
        self.protocols.iter().all(|p| CORE.contains(&p.as_str()))
    }

    fn judge(&self, program: &Path, folder: &Path) -> Result<Verdict, String> {
        let mut args: Vec<String> = ["-#", "-n", "-r", &self.input].map(String::from).into();
        let own = gannet::split(&self.args);
        if !own.iter().any(|arg| arg == "SPECIAL_t") {
            args.push("-tttt".into());
        }
        args.extend(own.into_iter().filter(|arg| arg != "SPECIAL_t"));
        let run = gannet::run(program, folder, &args)?;
        let path = folder.join(&self.output);
        let expected = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let (missing, extra, text) = difference(&expected, &run.stdout);
        let command = format!("  gannet {}\n", args.join(" "));
        let stderr = String::from_utf8_lossy(&run.stderr);
        Ok(Verdict {
            fault: fault(&run, &expected, missing, extra),
            diff: format!("{command}  stderr: {}\n{text}", stderr.trim_end()),
        })
    }
}

fn fault(run: &Run, expected: &[u8], missing: usize, extra: usize) -> Option<String> {
    match run.end {
        End::Timeout => return Some("does not end".into()),
        End::Signal => return Some("killed by a signal".into()),
        End::Exit(101) => return Some("panics".into()),
        End::Exit(0) => {}
        End::Exit(code) => return Some(format!("exit code {code}")),
    }
    if run.stdout != expected {
        return Some(format!("{missing} lines missing, {extra} extra"));
    }
    let stderr = String::from_utf8_lossy(&run.stderr);
    let strange = stderr.lines().find(|line| !line.starts_with("reading from file "));
    strange.map(|line| format!("says {line}"))
}

/// How many lines are missing, how many are extra, and the first of them.
fn difference(expected: &[u8], got: &[u8]) -> (usize, usize, String) {
    let (mut missing, mut extra, mut text, mut shown) = (0, 0, String::new(), 0);
    for line in align(expected, got) {
        let (sign, line) = match line {
            Line::Same(_) => continue,
            Line::Missing(line) => {
                missing += 1;
                ('-', line)
            }
            Line::Extra(line) => {
                extra += 1;
                ('+', line)
            }
        };
        if shown < MOST_LINES {
            text.push_str(&format!("  {sign}{}\n", String::from_utf8_lossy(line)));
            shown += 1;
        }
    }
    if missing + extra > shown {
        text.push_str(&format!("  .. and {} more\n", missing + extra - shown));
    }
    (missing, extra, text)
}

fn report(cases: &[Case], verdicts: &[Verdict], core_only: bool, scores: &mut Scores) {
    let mut families: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut core = (0, 0);
    for (case, verdict) in cases.iter().zip(verdicts) {
        let passed = usize::from(verdict.fault.is_none());
        let family = families.entry(&case.family).or_default();
        *family = (family.0 + passed, family.1 + 1);
        if case.is_core() {
            core = (core.0 + passed, core.1 + 1);
        }
    }
    println!("core: {} of {}", core.0, core.1);
    scores.set("core.cases", core.0);
    if core_only {
        return;
    }
    let mut all = (0, 0);
    for (family, (passed, cases)) in families {
        println!("tcpdump {family}: {passed} of {cases}");
        scores.set(format!("tcpdump.{family}"), passed);
        all = (all.0 + passed, all.1 + cases);
    }
    println!("tcpdump: {} of {}", all.0, all.1);
    scores.set("tcpdump.cases", all.0);
}

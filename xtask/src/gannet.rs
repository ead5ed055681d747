//! Runs a packet printer on a file: gannet, or a peer.

use crate::workspace;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

/// No case needs a second; a debug build on a busy machine may.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest expected text is below 2 MB.
const MOST_OUTPUT: u64 = 64 << 20;

/// What a run left behind.
pub struct Run {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub end: End,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this exit code.
    Exit(i32),
    /// By a signal.
    Signal,
    /// It did not, and was killed.
    Timeout,
}

/// The gannet to run: the one asked for, else the newer of the two builds, else a fresh debug build.
pub fn binary(asked: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(path) = asked {
        return path.canonicalize().map_err(|e| format!("{}: {e}", path.display()));
    }
    let builds = ["release", "debug"].map(|profile| workspace::target().join(profile).join("gannet"));
    let age = |path: &PathBuf| path.metadata().and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    if !builds.iter().any(|b| b.is_file()) {
        println!("building gannet");
        let build =
            Command::new("cargo").args(["build", "-p", "gannet"]).current_dir(workspace::root()).status();
        if !build.is_ok_and(|status| status.success()) {
            return Err("gannet does not build".into());
        }
    }
    let newest = builds.into_iter().filter(|b| b.is_file()).max_by_key(age).ok_or("no gannet was built")?;
    println!("using {}", newest.display());
    newest.canonicalize().map_err(|e| e.to_string())
}

/// Runs a program in `folder`, in GMT.
pub fn run<S: AsRef<OsStr>>(program: &Path, folder: &Path, args: &[S]) -> Result<Run, String> {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("TZ", "GMT0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let text = stdout.recv_timeout(TIMEOUT);
    let late = text.is_err();
    if late {
        child.kill().ok();
    }
    let errors = stderr.recv_timeout(TIMEOUT).unwrap_or_default();
    let status = child.wait().map_err(|e| e.to_string())?;
    let end = match status.code() {
        _ if late => End::Timeout,
        Some(code) => End::Exit(code),
        None => End::Signal,
    };
    Ok(Run { stdout: text.unwrap_or_default(), stderr: errors, end })
}

/// Reads a pipe to its end, beside everything else.
fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(pipe) = pipe {
            pipe.take(MOST_OUTPUT).read_to_end(&mut all).ok();
        }
        sender.send(all).ok();
    });
    receiver
}

/// Splits arguments as a shell would: blanks separate, quotes hold together, a backslash takes the next
/// character as it is.
pub fn split(args: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = args.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(rest.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_like_a_shell() {
        assert_eq!(split("-v  -E 'file a.txt' -x"), ["-v", "-E", "file a.txt", "-x"]);
        assert_eq!(split(r#"-E "0x1@1.2.3.4 3des:0x" """#), ["-E", "0x1@1.2.3.4 3des:0x", ""]);
        assert_eq!(split(r#"a\ b 'c\d' "e\"f" g'h'i"#), ["a b", r"c\d", "e\"f", "ghi"]);
        assert!(split("  ").is_empty());
    }

    #[test]
    fn a_run_gives_both_streams_and_the_code() {
        let sh = Path::new("/bin/sh");
        let run = run(sh, Path::new("/"), &["-c", "echo out; echo err >&2; exit 3"]).unwrap();
        assert_eq!((&run.stdout[..], &run.stderr[..], run.end), (&b"out\n"[..], &b"err\n"[..], End::Exit(3)));
    }
}

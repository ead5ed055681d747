//! libpcap's own machine, the installed one's `bpf_filter`, in a process beside this one.
//!
//! The bench of the machine code and `cargo xtask bench filters`, which includes this file, measure by it.
//!
//! - [`clock`] the same measurement for machines in this process.

pub mod clock;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The process.
pub struct Peer {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Builds it in a folder for scratch, and starts it with the packets that its programs will run on. `None` if there is no
    /// gcc, or no libpcap to build against.
    pub fn start(scratch: &Path, packets: &[Vec<u8>]) -> Option<Self> {
        let (binary, file) = (scratch.join("bpf_filter"), scratch.join("bpf_filter.packets"));
        let mut gcc = Command::new("gcc")
            .args(["-O2", "-x", "c", "-", "-lpcap", "-o"])
            .arg(&binary)
            .stdin(Stdio::piped())
            .spawn()
            .ok()?;
        gcc.stdin.take()?.write_all(include_bytes!("bpf_filter.c")).ok()?;
        gcc.wait().ok().filter(|status| status.success())?;
        let bytes: Vec<u8> = packets
            .iter()
            .flat_map(|p| (p.len() as u32).to_ne_bytes().into_iter().chain(p.clone()))
            .collect();
        std::fs::write(&file, bytes).ok()?;
        let mut child =
            Command::new(binary).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let answers = BufReader::new(child.stdout.take()?);
        Some(Self { child, answers })
    }

    /// Nanoseconds of processor time for one packet, and how many packets pass. The program is in the format of `-ddd`.
    pub fn time(&mut self, program: &str) -> Option<(f64, usize)> {
        let input = self.child.stdin.as_mut()?;
        input.write_all(program.as_bytes()).and_then(|()| input.flush()).ok()?;
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        let (time, hits) = line.trim().split_once(' ')?;
        Some((time.parse().ok()?, hits.parse().ok()?))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The end of its input is its end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

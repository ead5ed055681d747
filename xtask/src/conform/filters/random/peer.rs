//! The installed libpcap, asked through a small program that stays (`peer.c`): a few microseconds per filter.

use super::judge;
use gannet_bpf::Program;
use gannet_filter::{LinkType, Target};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// What a filter is compiled for, beside the link type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Where the packets come from.
    pub source: Source,
    /// Most bytes of each.
    pub snaplen: u32,
    /// The mask of the network, if it is known.
    pub netmask: Option<u32>,
}

/// Where packets come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A savefile of this machine's byte order.
    Saved,
    /// A savefile of the other byte order.
    Swapped,
    /// A live capture on Linux; of Ethernet alone, and of whole packets.
    Live,
    /// Neither: in fields of a machine's own byte order, it is this machine's.
    Dead,
}

impl Setting {
    /// A savefile of whole packets.
    pub const PLAIN: Self = Self { source: Source::Saved, snaplen: 262_144, netmask: None };

    /// The same for our compiler.
    pub fn target(self, link: LinkType) -> Target {
        Target {
            snaplen: self.snaplen,
            netmask: self.netmask,
            linux_extensions: self.source == Source::Live,
            swapped: match self.source {
                Source::Saved => Some(false),
                Source::Swapped => Some(true),
                Source::Live | Source::Dead => None,
            },
            ..Target::new(link)
        }
    }

    /// Words for what is not [`Setting::PLAIN`].
    pub fn words(self) -> String {
        let source = match self.source {
            Source::Saved => "",
            Source::Swapped => " swapped",
            Source::Live => " live",
            Source::Dead => " dead",
        };
        let mask = self.netmask.map(|mask| format!(" mask {mask:#x}")).unwrap_or_default();
        let snaplen = match self.snaplen {
            262_144 => String::new(),
            other => format!(" snaplen {other}"),
        };
        format!("{source}{mask}{snaplen}")
    }
}

/// What libpcap makes of a filter: its unoptimised program, or why it refuses.
pub type Answer = Result<Program, Refusal>;

/// Why there is no program.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// libpcap says so.
    Said(String),
    /// What it gave cannot be read.
    Unread(String),
}

/// As many programs as there are threads that ask.
pub struct Peers {
    program: PathBuf,
    idle: Mutex<Vec<Peer>>,
}

struct Peer {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peers {
    /// Builds the program; `None` without a C compiler, or without libpcap.
    pub fn new() -> Option<Self> {
        let program = std::env::temp_dir().join(format!("gannet-peer-{}", std::process::id()));
        let mut compiler = Command::new("cc")
            .args(["-O1", "-x", "c", "-o"])
            .arg(&program)
            .args(["-", "-l:libpcap.so.0.8"])
            .stdin(Stdio::piped())
            .spawn()
            .ok()?;
        compiler.stdin.take()?.write_all(include_bytes!("peer.c")).ok()?;
        compiler.wait().ok()?.success().then(|| Self { program, idle: Mutex::default() })
    }

    /// What libpcap makes of `filter`.
    pub fn ask(&self, link: LinkType, setting: Setting, filter: &str) -> Answer {
        self.answer(mode(setting.source), link, setting, filter)
    }

    /// The same, optimised.
    pub fn ask_optimised(&self, link: LinkType, setting: Setting, filter: &str) -> Answer {
        self.answer(mode(setting.source).to_ascii_uppercase(), link, setting, filter)
    }

    fn answer(&self, mode: char, link: LinkType, setting: Setting, filter: &str) -> Answer {
        let (snaplen, netmask) = (setting.snaplen, setting.netmask.unwrap_or(u32::MAX));
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let Some(mut peer) = idle.or_else(|| Peer::start(&self.program)) else {
            return Err(Refusal::Unread("the peer does not start".into()));
        };
        match peer.answer(&format!("{mode} {} {snaplen} {netmask} {filter}\n", link.0)) {
            Ok(answer) => {
                if let Ok(mut idle) = self.idle.lock() {
                    idle.push(peer);
                }
                match answer.strip_prefix('!') {
                    Some(why) => Err(Refusal::Said(why.trim_end().to_string())),
                    None => judge::listing(&answer).map_err(Refusal::Unread),
                }
            }
            Err(why) => Err(Refusal::Unread(format!("the peer died: {why}"))),
        }
    }
}

fn mode(source: Source) -> char {
    match source {
        Source::Saved => 'f',
        Source::Swapped => 's',
        Source::Live => 'e',
        Source::Dead => 'd',
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // A file left behind in the folder for such files hurts nobody.
        let _ = std::fs::remove_file(&self.program);
    }
}

impl Peer {
    fn start(program: &PathBuf) -> Option<Self> {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (questions, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, questions, answers })
    }

    /// A line with `!` and a reason, or a program as `-ddd` lists it.
    fn answer(&mut self, question: &str) -> std::io::Result<String> {
        self.questions.write_all(question.as_bytes())?;
        let mut text = String::new();
        self.line(&mut text)?;
        let lines: usize = if text.starts_with('!') { 0 } else { text.trim().parse().unwrap_or(0) };
        for _ in 0..lines {
            self.line(&mut text)?;
        }
        Ok(text)
    }

    fn line(&mut self, text: &mut String) -> std::io::Result<()> {
        match self.answers.read_line(text)? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends by itself when its input does, at the latest with this process.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Commands that are run on files that are finished (`-z`): beside the capture, at the lowest priority.
//!
//! A thread of its own starts them, because a priority is a thread's and is handed down to what it starts; it
//! waits for them too, so that none is left behind as a zombie.
//!
//! A run that gives up starting programs has that thread in a process apart, which is this program once more
//! ([`serve`]) and gives nothing up. It is told of files through a pipe, each name with a zero byte behind it, until that
//! is closed, and ends when the last command has.

use crate::failure::{reason, warn};
use crate::flags::Flags;
use crate::run::give_up_set_ids;
use crate::signals::Signals;
use gannet_pcap::capture::priority;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, PipeWriter, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a command may have ended before it is noticed.
const NOTICE: Duration = Duration::from_millis(100);

/// The first argument of the process apart; no option is written so.
const APART: &str = "--=postrotate";

/// Runs a command on files.
#[derive(Debug)]
pub struct Commands {
    means: Means,
    command: OsString,
    program: String,
}

/// Who starts them.
#[derive(Debug)]
enum Means {
    Thread(Sender<OsString>, JoinHandle<()>),
    Process(PipeWriter, Child),
}

impl Commands {
    /// For this command, which is one word and found as the shell finds it. `program` is who complains.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn new(command: &OsStr, program: &str) -> io::Result<Self> {
        let (files, todo) = channel();
        let (command, program) = (command.to_owned(), program.to_owned());
        let runner = Runner { command: command.clone(), program: program.clone(), children: Vec::new() };
        let thread =
            std::thread::Builder::new().name("postrotate".to_owned()).spawn(move || runner.work(&todo))?;
        Ok(Commands { means: Means::Thread(files, thread), command, program })
    }

    /// The same from a process apart.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn apart(command: &OsStr, flags: &Flags) -> io::Result<Self> {
        let (names, files) = io::pipe()?;
        // What it does not inherit it could not read.
        fcntl(&names, FcntlArg::F_SETFD(FdFlag::empty()))?;
        let typed = flags.program.as_ref().map(|program| program.typed.as_os_str());
        let child = Command::new("/proc/self/exe")
            .arg0(typed.unwrap_or(OsStr::new("gannet")))
            .args([APART, &names.as_raw_fd().to_string(), flags.name()])
            .arg(command)
            .spawn()?;
        let (command, program) = (command.to_owned(), flags.name().to_owned());
        Ok(Commands { means: Means::Process(files, child), command, program })
    }

    /// Runs it on a file, and does not wait.
    pub fn run(&self, file: OsString) {
        match &self.means {
            Means::Thread(files, _) => {
                let _ = files.send(file);
            }
            Means::Process(names, _) => {
                let mut line = file.clone().into_vec();
                line.push(0);
                if let Err(error) = (&*names).write_all(&line) {
                    not_run(&self.program, &self.command, &file, &error);
                }
            }
        }
    }

    /// Waits until all have ended, or it is stopped.
    pub fn wait(self, stop: &AtomicBool) {
        // What has ended the run does not end this: one more signal does.
        stop.store(false, Ordering::Relaxed);
        let mut over: Box<dyn FnMut() -> bool> = match self.means {
            Means::Thread(files, thread) => {
                drop(files);
                Box::new(move || thread.is_finished())
            }
            Means::Process(names, mut child) => {
                drop(names);
                Box::new(move || !matches!(child.try_wait(), Ok(None)))
            }
        };
        while !over() && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(NOTICE / 10);
        }
    }
}

/// What the process apart does; `None` if this is another.
pub fn serve(args: &[OsString]) -> Option<ExitCode> {
    let [word, names, program, command] = args else { return None };
    if word != APART {
        return None;
    }
    give_up_set_ids();
    // Ctrl-C is for all processes of a terminal. This one ends when it is told no more.
    let _signals = Signals::listen(false);
    let told =
        names.to_str().and_then(|number| number.parse().ok()).ok_or(io::ErrorKind::InvalidInput.into());
    let served = told.and_then(|number: i32| {
        let names = File::open(format!("/proc/self/fd/{number}"))?;
        // It is not for the commands.
        nix::unistd::close(number)?;
        let commands = Commands::new(command, &program.to_string_lossy())?;
        for name in BufReader::new(names).split(0) {
            commands.run(OsString::from_vec(name?));
        }
        commands.wait(&AtomicBool::new(false));
        Ok::<_, io::Error>(())
    });
    Some(if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says that a command was not run on a file.
fn not_run(program: &str, command: &OsStr, file: &OsStr, error: &io::Error) {
    let (command, why, file) = (command.to_string_lossy(), reason(error), file.to_string_lossy());
    warn(program, format_args!("-z: cannot run {command}: {why}; {file} stays as it is"));
}

struct Runner {
    command: OsString,
    program: String,
    children: Vec<(Child, OsString)>,
}

impl Runner {
    fn work(mut self, files: &Receiver<OsString>) {
        priority::lowest();
        loop {
            let next = match self.children.is_empty() {
                true => files.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => files.recv_timeout(NOTICE),
            };
            match next {
                Ok(file) => self.start(file),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if self.children.is_empty() => return,
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(NOTICE / 10),
            }
            self.reap();
        }
    }

    fn start(&mut self, file: OsString) {
        match Command::new(&self.command).arg(&file).spawn() {
            Ok(child) => self.children.push((child, file)),
            Err(error) => not_run(&self.program, &self.command, &file, &error),
        }
    }

    fn reap(&mut self) {
        let Runner { command, program, children } = self;
        children.retain_mut(|(child, file)| match child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) if status.success() => false,
            Ok(Some(status)) => {
                let (command, file) = (command.to_string_lossy(), file.to_string_lossy());
                warn(program, format_args!("-z: {command} {file}: {status}"));
                false
            }
            Err(_) => false,
        });
    }
}

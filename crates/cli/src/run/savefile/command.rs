//! Commands that are run on files that are finished (`-z`): beside the capture, at the lowest priority.
//!
//! A thread of its own starts them, because a priority is a thread's and is handed down to what it starts; it
//! waits for them too, so that none is left behind as a zombie.

use crate::failure::{reason, warn};
use gannet_pcap::capture::priority;
use std::ffi::{OsStr, OsString};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a command may have ended before it is noticed.
const NOTICE: Duration = Duration::from_millis(100);

/// Runs a command on files.
#[derive(Debug)]
pub struct Commands {
    files: Sender<OsString>,
    thread: JoinHandle<()>,
}

impl Commands {
    /// For this command, which is one word and found as the shell finds it. `program` is who complains.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn new(command: &OsStr, program: &str) -> std::io::Result<Self> {
        let (files, todo) = channel();
        let (command, program) = (command.to_owned(), program.to_owned());
        let thread = std::thread::Builder::new()
            .name("postrotate".to_owned())
            .spawn(move || Runner { command, program, children: Vec::new() }.work(&todo))?;
        Ok(Commands { files, thread })
    }

    /// Runs it on a file, and does not wait.
    pub fn run(&self, file: OsString) {
        let _ = self.files.send(file);
    }

    /// Waits until all have ended, or it is stopped.
    pub fn wait(self, stop: &AtomicBool) {
        // What has ended the run does not end this: one more signal does.
        stop.store(false, Ordering::Relaxed);
        drop(self.files);
        while !self.thread.is_finished() && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(NOTICE / 10);
        }
    }
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
            Err(error) => warn(
                &self.program,
                format_args!(
                    "-z: cannot run {}: {}; {} stays as it is",
                    self.command.to_string_lossy(),
                    reason(&error),
                    file.to_string_lossy()
                ),
            ),
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

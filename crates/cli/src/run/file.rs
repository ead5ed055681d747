//! Packets from savefiles (`-r`, `-V`).

use super::damage::{Damage, Stopped};
use super::pcapng::{self, Preamble};
use super::savefile::{self, PATIENCE, precision_of};
use super::work::{Work, precision};
use super::{compile, confine, copy, link_words, note, privileges};
use crate::failure::{Failure, reason};
use crate::flags::{Flags, shown};
use crate::names::Spoken;
use crate::signals::Signals;
use gannet_pcap::savefile::{Block, Error, Format, Header, Item, Options, Precision};
use gannet_pcap::{LinkType, Names, Offline};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Reads all files to their ends, or to what is wrong with them.
pub fn read(flags: &Flags) -> Result<(), Failure> {
    super::give_up_set_ids();
    let signals = Signals::listen(false).map_err(|error| Failure::new(reason(&error)))?;
    let Some((path, others)) = flags.read.split_first() else { return Ok(()) };
    let spoken = Arc::new(Spoken { names: Names::system(), short: flags.short_names, local: None });
    let mut file = begun(flags, &signals, path)?;
    // Once: it may come from a pipe.
    let filter = flags.filter()?;
    let inputs = Inputs { flags, signals: &signals, names: &spoken.names, filter };
    inputs.filter(&mut file)?;
    let preamble = preamble(flags, &mut file, &spoken.names)?;
    let kind =
        Kind { precision: preamble.plain(), blocks: preamble.takes_blocks(), link: file.reader().link() };
    let mut target = savefile::target(flags, signals.stop_flag());
    privileges::give_up(flags)?;
    confine::file(flags, &file, target.as_mut());
    let mut work = Work::new(flags, &spoken, preamble, target)?;
    work.share_out(copy::threads(flags), signals.stop_flag());
    let insistence = work.insist(&signals, flags.name());
    let mut done = work
        .comes_at_once(comes_at_once(path))
        .map_err(Stopped::Output)
        .and_then(|()| inputs.go_through(file, path, &kind, &mut work));
    let (mut path, mut told) = (path, false);
    for next in others {
        if let Err(Stopped::Input(Failure::Message(words))) = done {
            note(format_args!("{}: {}: {words}", flags.name(), shown(path)));
            (done, told) = (Ok(false), true);
        }
        if !matches!(done, Ok(false)) || work.is_over() {
            break;
        }
        path = next;
        done = inputs.next(path, &kind, &mut work);
    }
    let (finished, commands) = work.finish(matches!(done, Ok(true)));
    drop(insistence);
    if let Some(commands) = commands {
        commands.wait(&signals.stop_flag());
    }
    finished?;
    match done {
        Ok(_) if told => Err(Failure::Said),
        Ok(_) => Ok(()),
        Err(Stopped::Input(Failure::Message(words))) if !others.is_empty() => {
            Err(Failure::new(format!("{}: {words}", shown(path))))
        }
        Err(Stopped::Input(failure) | Stopped::Output(failure)) => Err(failure),
    }
}

/// How files are gone through, as the first has settled it.
struct Kind {
    /// Packets go into a file of the classic format, with times of that precision.
    precision: Option<Precision>,
    /// What is said beside packets is copied.
    blocks: bool,
    link: LinkType,
}

impl Kind {
    /// Whether what is in a file can be written behind what was in the first.
    fn takes(&self, file: &Offline) -> bool {
        let (format, link) = (file.reader().format(), file.reader().link());
        match (self.precision, self.blocks) {
            (Some(_), _) => link == self.link,
            (None, true) => format == Format::Pcapng,
            (None, false) => format == Format::Pcap && link == self.link,
        }
    }
}

/// What is needed to go through files.
struct Inputs<'f> {
    flags: &'f Flags,
    signals: &'f Signals,
    names: &'f Arc<Names>,
    /// As it was typed.
    filter: String,
}

impl Inputs<'_> {
    /// Has a file filtered, as suits its link types.
    fn filter(&self, file: &mut Offline) -> Result<(), Failure> {
        if !self.filter.trim().is_empty() {
            file.set_filter(compile(self.flags, &self.filter, file.filter_target(), self.names)?);
        }
        Ok(())
    }

    /// Goes through another file.
    fn next(&self, path: &OsStr, kind: &Kind, work: &mut Work) -> Result<bool, Stopped> {
        // Whoever opens a pipe may wait.
        work.comes_at_once(comes_at_once(path))?;
        let mut file = begun(self.flags, self.signals, path)?;
        self.filter(&mut file)?;
        if self.flags.write.is_some() && !kind.takes(&file) {
            return Err(Stopped::Output(Failure::new(format!(
                "{}: is of another format or link type than the files before it\n\
                 (all packets before it were written; gannet merge -w all.pcapng takes files of all kinds)",
                shown(path)
            ))));
        }
        self.go_through(file, path, kind, work)
    }

    /// Goes through a file; `true` if a signal ended it.
    fn go_through(
        &self,
        mut file: Offline,
        path: &OsStr,
        kind: &Kind,
        work: &mut Work,
    ) -> Result<bool, Stopped> {
        let mut damage = Damage::new(self.flags, path);
        work.interfaces(true, file.reader().interfaces());
        let names_interfaces = work.wants_interfaces() && file.reader().format() == Format::Pcapng;
        let plain =
            kind.precision.filter(|precision| work.copies() && file.reader().plain(*precision).is_some());
        let signalled = match plain.filter(|_| !self.flags.recover) {
            Some(precision) => {
                copy::packets(&mut file, work, precision, copy::threads(self.flags), self.signals)?
            }
            None if kind.blocks || names_interfaces => {
                items(&mut file, work, kind.blocks, self.signals, &mut damage)?
            }
            None => packets(&mut file, work, self.signals, &mut damage)?,
        };
        // Nobody who is waited for after this has to wait for the file.
        drop(file);
        damage.verdict().map_err(Stopped::Input).map(|()| signalled)
    }
}

/// Opens a file and says so.
fn begun(flags: &Flags, signals: &Signals, path: &OsStr) -> Result<Offline, Failure> {
    let file = opened(path, Some(signals), flags.recover)?;
    banner(path, &file);
    Ok(file)
}

/// How the output begins.
fn preamble(flags: &Flags, file: &mut Offline, names: &Arc<Names>) -> Result<Preamble, Failure> {
    let reader = file.reader();
    let header = Header {
        link: reader.link(),
        link_extension: reader.link_extension(),
        snaplen: reader.snaplen(),
        precision: precision_of(precision(flags)),
    };
    if reader.format() == Format::Pcap || !pcapng::wanted(flags) {
        let (format, preamble) =
            (reader.format(), Preamble::from_pcap(flags, header, reader.precision(), names));
        return Ok(if format == Format::Pcapng { preamble.guessed() } else { preamble });
    }
    // It begins with a section: else it would not have been opened.
    match file.next_item().map_err(Failure::new)? {
        Some((Item::Block(Block::Section(section)), _)) => {
            Ok(Preamble::from_pcapng(flags, section.options, names))
        }
        _ => Ok(Preamble::from_pcapng(flags, Options::NONE, names)),
    }
}

/// Works through all packets; `true` if a signal ended it.
fn packets(
    file: &mut Offline,
    work: &mut Work,
    signals: &Signals,
    damage: &mut Damage<'_>,
) -> Result<bool, Stopped> {
    while work.heed(signals)? {
        let more = match file.next() {
            // By reference: to move a record costs as much as to read it.
            Ok(Some(ref record)) => work.packet(record)?,
            Ok(None) => false,
            Err(wrong) => {
                damage.meet(wrong)?;
                work.tick()?
            }
        };
        if !more {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The same, through all blocks of a pcapng file: what they say beside the packets is taken over where it is `copied`.
fn items(
    file: &mut Offline,
    work: &mut Work,
    copied: bool,
    signals: &Signals,
    damage: &mut Damage<'_>,
) -> Result<bool, Stopped> {
    while work.heed(signals)? {
        let more = match file.next_item() {
            Ok(Some((Item::Packet { ref record, options, .. }, true))) => {
                work.packet_with(record, options)?
            }
            Ok(Some((Item::Block(block), _))) => {
                let begun = matches!(block, Block::Section(_));
                work.savefile().filter(|_| copied).map_or(Ok(()), |savefile| savefile.block(&block))?;
                work.interfaces(begun, file.reader().interfaces());
                true
            }
            // A packet that the filter refuses.
            Ok(Some(_)) => true,
            Ok(None) => false,
            Err(wrong) => {
                if let Some(savefile) = work.savefile().filter(|_| copied) {
                    savefile.catch_up(file.reader().interfaces());
                }
                work.interfaces(false, file.reader().interfaces());
                damage.meet(wrong)?;
                work.tick()?
            }
        };
        if !more {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Opens a savefile, or standard input for `-`. Where reading may have to wait, signals cut the waiting short.
pub fn open(path: &OsStr, signals: Option<&Signals>) -> Result<Offline, Failure> {
    opened(path, signals, false)
}

/// The same; with `recover`, to be read on behind damage.
fn opened(path: &OsStr, signals: Option<&Signals>, recover: bool) -> Result<Offline, Failure> {
    let source = || -> io::Result<File> {
        match path == "-" {
            true => Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?)),
            false if signals.is_some() => open_patiently(path),
            false => File::open(path),
        }
    };
    let begun = Arc::new(AtomicBool::new(false));
    let opened = source().map_err(Error::Read).and_then(|file| match signals {
        Some(signals) if !file.metadata().map_err(Error::Read)?.is_file() => {
            let wakes = signals.wakes().try_clone_to_owned().map_err(Error::Read)?;
            let source = Patient { file, wakes, begun: begun.clone(), looked: Instant::now() };
            let begin = if recover { Offline::from_damaged } else { Offline::from_source };
            begin(Box::new(source))
        }
        _ if recover => Offline::from_damaged(Box::new(file)),
        _ => Offline::from_file(file),
    });
    begun.store(true, Ordering::Relaxed);
    opened.map_err(|wrong| match wrong {
        Error::Read(error) if error.kind() == ErrorKind::Interrupted => {
            Failure::new(format!("{}: interrupted before anything was read", shown(path)))
        }
        Error::Read(error) => Failure::new(format!("{}: {}", shown(path), reason(&error))),
        wrong => Failure::new(advised(&wrong, path)),
    })
}

/// Whether nobody has to write first what is read.
fn comes_at_once(path: &OsStr) -> bool {
    let about = match path == "-" {
        true => io::stdin().as_fd().try_clone_to_owned().and_then(|stdin| File::from(stdin).metadata()),
        false => std::fs::metadata(path),
    };
    about.is_ok_and(|about| about.is_file())
}

/// Opens what is to be read. A pipe that nobody has opened to write to is not waited for here, where no signal ends the
/// wait: whoever reads it is to wait before.
pub fn open_patiently(path: &OsStr) -> io::Result<File> {
    if !std::fs::metadata(path)?.file_type().is_fifo() {
        return File::open(path);
    }
    let file = File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let flags = OFlag::from_bits_retain(fcntl(&file, FcntlArg::F_GETFL)?);
    fcntl(&file, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(file)
}

/// What is wrong with a file, and what to do about it where that is known.
fn advised(wrong: &Error, path: &OsStr) -> String {
    match wrong.advice() {
        Some(advice) => format!("{wrong}\n({}: {advice})", shown(path)),
        None => wrong.to_string(),
    }
}

/// A pipe, a terminal or a socket: whoever waits for it can be interrupted, and is now and then, for what was
/// gathered so far is to be written.
struct Patient {
    file: File,
    wakes: OwnedFd,
    /// Whether there is anything gathered that could be written.
    begun: Arc<AtomicBool>,
    /// When there was an interruption.
    looked: Instant,
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let woken = loop {
            let wait = match self.begun.load(Ordering::Relaxed) {
                true => PATIENCE.saturating_sub(self.looked.elapsed()),
                false => PATIENCE,
            };
            let mut either =
                [self.file.as_fd(), self.wakes.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
            match poll(&mut either, PollTimeout::try_from(wait).unwrap_or(PollTimeout::MAX)) {
                // Somebody wants a flush.
                Err(Errno::EINTR) if self.begun.load(Ordering::Relaxed) => break true,
                // Whoever wants an end has left word in the pipe by now.
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) if either.last().and_then(PollFd::any) == Some(true) => break true,
                Ok(_) if self.begun.load(Ordering::Relaxed) && self.looked.elapsed() >= PATIENCE => {
                    break true;
                }
                Ok(0) => {}
                Ok(_) => break false,
            }
        };
        if woken {
            self.looked = Instant::now();
            return Err(ErrorKind::Interrupted.into());
        }
        self.file.read(buffer)
    }
}

/// Says what is read.
pub fn banner(path: &OsStr, file: &Offline) {
    let link = file.reader().link();
    let snaplen = file.reader().snaplen();
    note(format_args!("reading from file {}, {}, snapshot length {snaplen}", shown(path), link_words(link)));
    if link == LinkType::LINUX_SLL2 {
        note("Warning: interface names might be incorrect");
    }
}

//! A running capture.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use gannet_bpf::{Instruction, Program, opcode};
use gannet_wire::{LinkType, Record};

use crate::block::Walk;
use crate::error::{CaptureError, FilterError, OpenError};
use crate::frame::Shape;
use crate::link::Link;
use crate::monitor::Monitor;
use crate::open::{Accept, Options, Source, View, Warning, attach};
use crate::plain;
use crate::ring::Ready;
use crate::stats::{Counters, Stats};
use crate::stop::Stopper;
use crate::sys::{self, Watched, socket};

/// How often an interface that is down is looked after.
const DOWN_CHECK: Duration = Duration::from_millis(20);
/// How much longer than twice the retire timeout the last block is waited for: the kernel's timer is coarse.
const PATIENCE: Duration = Duration::from_millis(200);

/// A capture that has been started. Dropping it ends it, and loses what has not been read.
#[derive(Debug)]
pub struct Live {
    socket: OwnedFd,
    source: Source,
    shape: Shape,
    view: View,
    link: Link,
    /// What is captured from, if it was made for that: it goes with the capture.
    _monitor: Option<Monitor>,
    name: String,
    /// Number of the interface; 0 for all.
    index: u32,
    options: Options,
    counters: Counters,
    warnings: Vec<Warning>,
    stopper: Option<Stopper>,
    watched: Option<OwnedFd>,
    state: State,
}

/// How far a capture has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Packets come.
    Running,
    /// None come at the moment: the interface is down, or has gone.
    Down,
    /// None come any more; those that came are still being read, until this time at the latest.
    Finishing { until: Instant, gone: bool },
    /// All were read.
    Ended { gone: bool },
}

/// What [`Live::poll`] has to tell.
#[derive(Debug)]
pub enum Event<'l> {
    /// Packets. Those that are not taken are there again at the next poll.
    Block(Block<'l>),
    /// None in the time given, or a signal came: nothing is wrong.
    Idle,
    /// Somebody wants the capture to stop. It goes on until [`Live::finish`].
    Stopped,
    /// The capture is finished, and everything it captured was lent.
    End,
}

/// The packets of one block of the ring, in the order in which they were seen.
pub struct Block<'l> {
    packets: Packets<'l>,
    shape: &'l Shape,
}

enum Packets<'l> {
    Ring(Option<Walk<'l>>),
    One(Option<&'l mut plain::Reader>),
}

/// What an opening hands on.
pub(crate) struct Parts {
    pub socket: OwnedFd,
    pub source: Source,
    pub shape: Shape,
    pub view: View,
    pub link: Link,
    pub monitor: Option<Monitor>,
    pub name: String,
    pub index: u32,
    pub options: Options,
    pub warnings: Vec<Warning>,
}

/// What a step of the capture came to.
enum Turn {
    Block,
    Idle,
    Stopped,
    End,
}

impl Live {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { socket, source, shape, view, link, monitor, name, index, options, warnings } = parts;
        let counters = Counters::new(options.promiscuous.then_some(name.as_str()));
        let (stopper, watched, state) = (None, None, State::Running);
        Self {
            socket,
            source,
            shape,
            view,
            link,
            _monitor: monitor,
            name,
            index,
            options,
            counters,
            warnings,
            stopper,
            watched,
            state,
        }
    }

    /// Waits for packets, at most as long as `wait` says (`None`: as long as it takes), and lends those of one
    /// block. A block is the kernel's again when the next poll finds it read to its end.
    ///
    /// While the interface is down, it waits for it to come up again.
    ///
    /// # Errors
    /// [`CaptureError::Disappeared`], when all packets from before were lent, and what else cannot be helped.
    pub fn poll(&mut self, wait: Option<Duration>) -> Result<Event<'_>, CaptureError> {
        Ok(match self.turn(wait)? {
            Turn::Block => Event::Block(self.block()),
            Turn::Idle => Event::Idle,
            Turn::Stopped => Event::Stopped,
            Turn::End => Event::End,
        })
    }

    /// Whether packets of the block that was lent last were not taken: the next poll has them, and does not wait.
    pub fn has_rest(&self) -> bool {
        matches!(&self.source, Source::Ring(ring) if ring.has_rest())
    }

    /// Stops capturing. What was captured until now is lent by the polls that follow, until [`Event::End`]: the
    /// block that is being filled comes when its timer runs out, within twice the retire timeout.
    ///
    /// # Errors
    /// When the kernel does not take the filter that rejects all; then the capture is still running.
    pub fn finish(&mut self) -> Result<(), CaptureError> {
        if matches!(self.state, State::Running | State::Down) {
            self.close_intake(false)?;
        }
        Ok(())
    }

    /// A handle to stop the capture with.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub fn stopper(&mut self) -> Result<Stopper, CaptureError> {
        if let Some(stopper) = &self.stopper {
            return Ok(stopper.clone());
        }
        let stopper = Stopper::new().map_err(|source| CaptureError::System { call: "eventfd", source })?;
        Ok(self.stopper.insert(stopper).clone())
    }

    /// Gives the capture a descriptor to watch: when it is readable, or closed at its other end, polls say
    /// [`Event::Stopped`]. It is not read from; it is whoever holds the other end, or reads it, that ends that.
    pub fn watch(&mut self, descriptor: OwnedFd) {
        self.watched = Some(descriptor);
    }

    /// Puts another filter in force; `None` accepts all. Packets that were captured before and not lent yet passed
    /// another filter: they are dropped, and no packet is lent from now on that this one has not passed. Takes up to
    /// twice the retire timeout.
    ///
    /// # Errors
    /// When the kernel does not take it; then the one before stays in force, and nothing is dropped.
    pub fn set_filter(&mut self, filter: Option<&Program>) -> Result<(), FilterError> {
        let list = match filter {
            Some(filter) => self.view.translate(filter)?,
            None => self.view.all(self.options.snaplen),
        };
        if !matches!(self.state, State::Running | State::Down) {
            return Ok(());
        }
        // To know that the kernel takes it before anything is dropped; packets that pass it now are early, not wrong.
        attach(&self.socket, &list)?;
        let state = self.state;
        self.close_intake(false).map_err(|error| FilterError::Refused(io::Error::other(error)))?;
        while let Ok(Turn::Block) = self.turn(None) {
            self.block().for_each(drop);
        }
        attach(&self.socket, &list)?;
        self.state = state;
        // Fails where unbinding did; then the socket is still bound. An interface that has gone is noticed by a poll.
        let _ = socket::bind(&self.socket, self.index, self.options.protocol);
        Ok(())
    }

    /// Keeps other packets, by where they go, from the next one lent on. What the capture was opened to leave out
    /// stays out: open it with [`Accept::Both`] to choose here.
    pub fn set_accept(&mut self, accept: Accept) {
        self.shape = self.shape.accepting(accept);
    }

    /// Takes another link type for the records to come; the filter has to be set again, for it was compiled for the
    /// one before.
    ///
    /// # Errors
    /// [`OpenError::LinkType`] if it is not one of [`Live::link_types`].
    pub fn set_link_type(&mut self, link: LinkType) -> Result<(), OpenError> {
        self.link.choose(link)?;
        self.shape = self.shape.of(&self.link);
        self.view = self.view.of(&self.link);
        Ok(())
    }

    /// All link types that the records can have.
    pub fn link_types(&self) -> &[LinkType] {
        self.link.all()
    }

    /// What became of the packets so far. May be asked at any time, and after the end.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn stats(&mut self) -> Result<Stats, CaptureError> {
        self.counters
            .read(&self.socket)
            .map_err(|source| CaptureError::System { call: "failed to get statistics from socket", source })
    }

    /// What the first byte of each record begins.
    pub fn link_type(&self) -> LinkType {
        self.link.link
    }

    /// The name of the interface.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the interface; `None` for all of them.
    pub fn interface(&self) -> Option<u32> {
        (self.index != 0).then_some(self.index)
    }

    /// What is not as it was asked for.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Bytes that the ring has; less than was asked for if there was no more memory.
    pub fn buffer_bytes(&self) -> usize {
        match &self.source {
            Source::Ring(ring) => ring.size(),
            Source::Plain(plain) => plain.size(),
        }
    }

    /// Sends a packet, link-layer header and all, out of the interface.
    ///
    /// # Errors
    /// [`CaptureError::CannotSend`] for captures with made-up headers; what the kernel says.
    pub fn send(&self, packet: &[u8]) -> Result<(), CaptureError> {
        if self.index == 0 {
            return Err(CaptureError::CannotSend("Sending packets isn't supported on the \"any\" device"));
        }
        if self.link.cooked {
            return Err(CaptureError::CannotSend("Sending packets isn't supported in cooked mode"));
        }
        socket::send(&self.socket, packet).map_err(|source| CaptureError::System { call: "send", source })
    }

    fn turn(&mut self, wait: Option<Duration>) -> Result<Turn, CaptureError> {
        match self.state {
            State::Running | State::Down => self.capture(wait),
            State::Finishing { until, gone } => self.drain(until, gone),
            State::Ended { gone: true } => Err(CaptureError::Disappeared),
            State::Ended { gone: false } => Ok(Turn::End),
        }
    }

    fn capture(&mut self, wait: Option<Duration>) -> Result<Turn, CaptureError> {
        let until = wait.and_then(|w| Instant::now().checked_add(w));
        match self.ready()? {
            // However busy the ring is, whoever wants to stop is heard between blocks.
            Ready::New if self.has_stop_source() => {
                let stopped = self.wait(Some(Duration::ZERO))?.is_some_and(|found| found.stop);
                return Ok(if stopped { self.stopped() } else { Turn::Block });
            }
            Ready::New | Ready::Rest => return Ok(Turn::Block),
            Ready::No | Ready::Corrupt(_) => {}
        }
        loop {
            let left = until.map(|u| u.saturating_duration_since(Instant::now()));
            let down = self.state == State::Down;
            let step = if down { Some(left.map_or(DOWN_CHECK, |l| l.min(DOWN_CHECK))) } else { left };
            let Some(found) = self.wait(step)? else { return Ok(Turn::Idle) };
            if found.stop {
                return Ok(self.stopped());
            }
            if found.socket & !libc::POLLIN != 0 {
                self.trouble(found.socket)?;
            }
            if self.ready()? != Ready::No {
                return Ok(Turn::Block);
            }
            if self.state == State::Down && self.has_gone()? {
                self.close_intake(true)?;
                return self.turn(wait);
            }
            if until.is_some_and(|u| Instant::now() >= u) {
                return Ok(Turn::Idle);
            }
        }
    }

    /// Reads what is left of a capture that takes no more packets.
    fn drain(&mut self, until: Instant, gone: bool) -> Result<Turn, CaptureError> {
        loop {
            if self.ready()? != Ready::No {
                return Ok(Turn::Block);
            }
            let filling = matches!(&self.source, Source::Ring(ring) if ring.is_filling());
            let left = until.saturating_duration_since(Instant::now());
            if !filling || left.is_zero() {
                self.state = State::Ended { gone };
                return self.turn(None);
            }
            let mut socket = [Watched { fd: Some(self.socket.as_fd()), found: 0 }];
            // Whatever comes of it, the ring is looked at again; an error that stays must not make this spin.
            if sys::wait(&mut socket, Some(left)).is_err() || socket.iter().any(|s| s.found != libc::POLLIN) {
                let _ = socket::take_error(&self.socket);
                std::thread::sleep(Duration::from_millis(1).min(left));
            }
        }
    }

    /// Lets no more packets in: by a filter that rejects all, and by binding to no protocol, which also waits for
    /// packets that are just passing the old filter on another processor.
    fn close_intake(&mut self, gone: bool) -> Result<(), CaptureError> {
        let reject = [Instruction::stmt(opcode::RET, 0)];
        attach(&self.socket, &reject).map_err(|error| CaptureError::System {
            call: "can't set kernel total filter",
            source: io::Error::other(error),
        })?;
        // Not possible for a member of a fanout group, nor without the interface; the filter does it alone then.
        let _ = socket::bind(&self.socket, self.index, 0);
        let retire = Duration::from_millis(self.options.retire_ms.into());
        let until = Instant::now() + retire * 2 + PATIENCE;
        self.state = State::Finishing { until, gone };
        Ok(())
    }

    fn ready(&mut self) -> Result<Ready, CaptureError> {
        match &mut self.source {
            Source::Ring(ring) => match ring.ready() {
                Ready::Corrupt(offset) => Err(CaptureError::Corrupt { offset }),
                ready => Ok(ready),
            },
            Source::Plain(plain) => match plain.ready(&self.socket) {
                Ok(true) => Ok(Ready::New),
                Ok(false) => Ok(Ready::No),
                Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => {
                    if self.state == State::Running {
                        self.state = State::Down;
                    }
                    Ok(Ready::No)
                }
                Err(source) => Err(CaptureError::System { call: "recvmsg", source }),
            },
        }
    }

    fn block(&mut self) -> Block<'_> {
        let packets = match &mut self.source {
            Source::Ring(ring) => Packets::Ring(ring.walk()),
            Source::Plain(plain) => Packets::One(Some(plain)),
        };
        Block { packets, shape: &self.shape }
    }

    fn has_stop_source(&self) -> bool {
        self.stopper.is_some() || self.watched.is_some()
    }

    fn stopped(&self) -> Turn {
        if let Some(stopper) = &self.stopper {
            stopper.clear();
        }
        Turn::Stopped
    }

    /// Waits for the socket and for whoever may stop us; `None` if a signal came.
    fn wait(&self, time: Option<Duration>) -> Result<Option<Found>, CaptureError> {
        let watch = |fd| Watched { fd, found: 0 };
        let mut fds = [
            watch(Some(self.socket.as_fd())),
            watch(self.stopper.as_ref().map(AsFd::as_fd)),
            watch(self.watched.as_ref().map(AsFd::as_fd)),
        ];
        match sys::wait(&mut fds, time) {
            Ok(()) => {
                let [socket, stopper, watched] = fds.map(|w| w.found);
                Ok(Some(Found { socket, stop: stopper != 0 || watched != 0 }))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(source) => Err(CaptureError::System { call: "can't poll on packet socket", source }),
        }
    }

    /// The socket says something else than that packets are there.
    fn trouble(&mut self, found: libc::c_short) -> Result<(), CaptureError> {
        if found & libc::POLLNVAL != 0 {
            return Err(CaptureError::Socket(io::Error::from_raw_os_error(libc::EBADF)));
        }
        match socket::take_error(&self.socket) {
            Ok(libc::ENETDOWN) => {
                self.state = State::Down;
                Ok(())
            }
            Ok(error) => Err(CaptureError::Socket(io::Error::from_raw_os_error(error))),
            Err(source) => Err(CaptureError::System { call: "getsockopt (SO_ERROR)", source }),
        }
    }

    /// Whether the interface that was down is no more; notes if it is up again.
    fn has_gone(&mut self) -> Result<bool, CaptureError> {
        match socket::bound_interface(&self.socket) {
            Ok(index) if index < 0 => return Ok(true),
            Ok(_) => {}
            Err(source) => return Err(CaptureError::System { call: "getsockname failed", source }),
        }
        // The kernel binds the socket anew by itself. An interface with another name by now stays looked after.
        if socket::flags(&self.socket, &self.name).is_ok_and(|f| i32::from(f) & libc::IFF_UP != 0) {
            self.state = State::Running;
        }
        Ok(false)
    }
}

/// The packet socket: readable when a block is there. For an event loop of one's own; then [`Live::poll`] with no
/// time to wait.
impl AsFd for Live {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// What a wait has found.
struct Found {
    socket: libc::c_short,
    stop: bool,
}

impl<'l> Iterator for Block<'l> {
    type Item = Record<'l>;

    fn next(&mut self) -> Option<Record<'l>> {
        match &mut self.packets {
            Packets::One(reader) => {
                let frame = reader.take()?.take().filter(|f| self.shape.wants(&f.seen))?;
                self.shape.record(frame)
            }
            Packets::Ring(walk) => {
                let walk = walk.as_mut()?;
                loop {
                    let frame = walk.next()?;
                    if !self.shape.wants(&frame.seen) {
                        continue;
                    }
                    let record = self.shape.record(frame);
                    if record.is_none() {
                        walk.place.spoil();
                    }
                    return record;
                }
            }
        }
    }
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A capture may be opened on one thread and read on another.
    #[test]
    fn a_capture_may_change_threads() {
        fn may<T: Send>() {}
        may::<Live>();
        may::<Stopper>();
    }
}

//! Packets from an interface, those that a filter wants.
//!
//! Opening has two steps, because a filter is compiled for a link type and an interface's is known only once
//! it is open: [`Live::open`], then [`Opening::start`]. The filter is attached in the kernel before the first
//! packet can come; where the kernel does not take it, it runs here, behind as much of it as the kernel does take.

use crate::filter::Filter;
use gannet_capture::{self as capture, CaptureError, Event, FilterError, OpenError, Options, Stats, Warning};
use gannet_filter::Target;
use gannet_wire::{LinkType, Record};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// An interface that is open and does not capture yet.
#[derive(Debug)]
pub struct Opening {
    inner: capture::Opening,
    name: String,
}

/// A running capture.
#[derive(Debug)]
pub struct Live {
    inner: capture::Live,
    /// Runs here, because the kernel did not take it, or only a part.
    filter: Option<Filter>,
    refused: Option<FilterError>,
    split: bool,
}

/// What a poll came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Packets, all of which were handed over.
    Packets,
    /// Packets, and the receiver wants no more.
    Enough,
    /// Nothing in the time given.
    Idle,
    /// Somebody wants the capture to stop, or to be looked at.
    Stopped,
    /// The capture is finished, and everything it captured was handed over.
    End,
}

impl Live {
    /// Opens an interface by its name; `any` is all of them together.
    ///
    /// # Errors
    /// Why it cannot be captured on.
    pub fn open(name: &str, options: Options) -> Result<Opening, OpenError> {
        Ok(Opening { inner: capture::Live::open(name, options)?, name: name.to_owned() })
    }

    /// Waits for packets, at most as long as `wait` says, and hands over those of one block that the filter
    /// accepts.
    ///
    /// # Errors
    /// The receiver's own, and those of the capture.
    pub fn poll<E: From<CaptureError>>(
        &mut self,
        wait: Option<Duration>,
        mut receive: impl FnMut(&Record<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<Heard, E> {
        let block = match self.inner.poll(wait)? {
            Event::Block(block) => block,
            Event::Idle => return Ok(Heard::Idle),
            Event::Stopped => return Ok(Heard::Stopped),
            Event::End => return Ok(Heard::End),
        };
        for record in block {
            if self.filter.as_mut().is_none_or(|filter| filter.accepts_live(&record))
                && receive(&record)?.is_break()
            {
                return Ok(Heard::Enough);
            }
        }
        Ok(Heard::Packets)
    }

    /// Stops capturing: what was captured until now is handed over by the polls that follow, until
    /// [`Heard::End`].
    ///
    /// # Errors
    /// When the kernel does not let go.
    pub fn finish(&mut self) -> Result<(), CaptureError> {
        self.inner.finish()
    }

    /// Makes polls say [`Heard::Stopped`] whenever this descriptor is readable.
    pub fn watch(&mut self, descriptor: OwnedFd) {
        self.inner.watch(descriptor);
    }

    /// What became of the packets so far.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn stats(&mut self) -> Result<Stats, CaptureError> {
        self.inner.stats()
    }

    /// Why the filter runs here and not in the kernel, if it does.
    pub fn filter_refused(&self) -> Option<&FilterError> {
        self.refused.as_ref()
    }

    /// Whether the kernel lets more through than the filter, because it cannot run all of it: the rest is decided
    /// here.
    pub fn filter_split(&self) -> bool {
        self.split
    }

    /// What is not as it was asked for.
    pub fn warnings(&self) -> &[Warning] {
        self.inner.warnings()
    }
}

impl Opening {
    /// What packets will begin with.
    pub fn link(&self) -> LinkType {
        self.inner.link_type()
    }

    /// What packets could begin with.
    pub fn links(&self) -> &[LinkType] {
        self.inner.link_types()
    }

    /// Chooses what packets begin with.
    ///
    /// # Errors
    /// [`OpenError::LinkType`] if it is not one of [`Opening::links`].
    pub fn set_link(&mut self, link: LinkType) -> Result<(), OpenError> {
        self.inner.set_link_type(link)
    }

    /// The most bytes of each packet that are kept.
    pub fn snaplen(&self) -> u32 {
        self.inner.snaplen()
    }

    /// What is not as it was asked for.
    pub fn warnings(&self) -> &[Warning] {
        self.inner.warnings()
    }

    /// What a filter for this interface is compiled for.
    pub fn filter_target(&self) -> Target {
        let network = capture::devices::network(&self.name).ok().flatten();
        let netmask = network.map(|(_, mask)| mask.into());
        Target {
            snaplen: self.inner.snaplen(),
            netmask,
            linux_extensions: self.inner.vlan_extensions(),
            ..Target::new(self.link())
        }
    }

    /// Starts: nothing that the filter does not want is ever seen.
    ///
    /// # Errors
    /// Why it cannot be captured on.
    pub fn start(mut self, filter: Option<Filter>) -> Result<Live, OpenError> {
        let (mut refused, mut split) = (None, false);
        if let Some(filter) = &filter {
            let (program, is_part) = filter.for_kernel();
            refused = self.inner.attach(program).err();
            split = is_part && refused.is_none();
        }
        let filter = filter.filter(|_| split || refused.is_some());
        Ok(Live { inner: self.inner.start(None)?, filter, refused, split })
    }
}

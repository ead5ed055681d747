//! An interface that is open.

use crate::edge::fitting;
use crate::handle::{Handle, Settings};
use crate::status::{ERROR, NO_SUCH_DEVICE};
use gannet_pcap::capture::link::ANY;
use gannet_pcap::capture::open::MAX_SNAPLEN;
use gannet_pcap::capture::{Event, FilterError, Live, OpenError, Options};
use gannet_pcap::{Code, LinkType, Record};
use libc::{c_int, c_uint};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// Bytes of the ring where nobody asks for another size.
const BUFFER: usize = 8 << 20;
/// How old a block becomes for those who want packets at once, in milliseconds. The kernel counts no finer.
const AT_ONCE: u32 = 1;

/// A running capture, with what its handle has to know of it.
pub struct Capture {
    live: Live,
    /// How long to wait for packets; `None` until some come.
    wait: Option<Duration>,
    /// Filters may ask the kernel for the VLAN tags that it has taken out.
    pub extensions: bool,
}

/// What a look for packets came to.
pub enum Looked {
    /// There was one, and it was handed over.
    Packet,
    /// There was none in the time given.
    Nothing,
}

impl Capture {
    /// Opens what a handle was made for. Gives the link type, the snapshot length and what is not as it was asked for.
    ///
    /// # Errors
    /// The number for it, and the words.
    pub fn open(handle: &Handle) -> Result<(Self, c_int, String), (c_int, String)> {
        let settings = handle.settings.get();
        let fail = |error: OpenError| (error.status(), words(&error));
        let mut opening =
            Live::open(&handle.device, options(&settings, handle.snapshot.get())).map_err(fail)?;
        // Most programs know the older of the two headers only; whoever wants the other asks for it.
        if handle.device == ANY {
            opening.set_link_type(LinkType::LINUX_SLL).map_err(fail)?;
        }
        handle.snapshot.set(opening.snaplen().cast_signed());
        let extensions = opening.vlan_extensions();
        let mut live = opening.start(None).map_err(fail)?;
        let stopper = live.stopper().map_err(|error| (ERROR, error.to_string()))?;
        let _ = handle.stopper.set(stopper);
        handle.link.set(live.link_type().dlt().cast_signed());
        let (status, words) = match live.warnings().first() {
            Some(warning) => (warning.status(), warning.to_string()),
            None => (0, String::new()),
        };
        let wait = u64::try_from(settings.timeout).ok().filter(|ms| *ms > 0).map(Duration::from_millis);
        Ok((Self { live, wait, extensions }, status, words))
    }

    /// Hands over the next packet that the filter accepts. Waits for one unless `at_once`, or unless the handle has
    /// packets left of those that it found before; then it looks at those only.
    ///
    /// # Errors
    /// What is wrong with the interface.
    pub fn next(
        &mut self,
        filter: Option<&Code>,
        at_once: bool,
        mut receive: impl FnMut(&Record<'_>),
    ) -> Result<Looked, String> {
        let wait = if at_once { Some(Duration::ZERO) } else { self.wait };
        match self.live.poll(wait).map_err(|error| error.to_string())? {
            Event::Block(block) => {
                for record in block {
                    if filter.is_none_or(|filter| filter.accepts_live(&record)) {
                        receive(&record);
                        return Ok(Looked::Packet);
                    }
                }
                Ok(Looked::Nothing)
            }
            Event::Idle | Event::Stopped | Event::End => Ok(Looked::Nothing),
        }
    }

    /// Whether packets are left of those that were found before.
    pub fn has_rest(&self) -> bool {
        self.live.has_rest()
    }

    /// Whether it waits for packets for ever.
    pub fn waits_for_ever(&self) -> bool {
        self.wait.is_none()
    }

    /// Puts a filter in force. Gives it back if the kernel does not take it, so that it runs here.
    ///
    /// # Errors
    /// When the one before cannot be taken away.
    pub fn set_filter(&mut self, code: Code) -> Result<Option<Code>, FilterError> {
        if self.live.set_filter(Some(code.program())).is_ok() {
            return Ok(None);
        }
        self.live.set_filter(None)?;
        Ok(Some(code))
    }

    /// The capture itself, for what is asked of it directly.
    pub fn live(&mut self) -> &mut Live {
        &mut self.live
    }

    /// The descriptor that is readable when packets are there.
    pub fn descriptor(&self) -> c_int {
        self.live.as_fd().as_raw_fd()
    }
}

/// The settings as a capture takes them.
fn options(settings: &Settings, snapshot: c_int) -> Options {
    let timeout = c_uint::try_from(settings.timeout).unwrap_or(0);
    let default = Options::default();
    Options {
        // What makes no sense is as much as there can be.
        snaplen: u32::try_from(snapshot).ok().filter(|bytes| *bytes > 0).unwrap_or(MAX_SNAPLEN),
        promiscuous: settings.promiscuous,
        monitor: settings.monitor,
        stamp: settings.stamp,
        buffer_bytes: usize::try_from(settings.buffer).ok().filter(|bytes| *bytes > 0).unwrap_or(BUFFER),
        retire_ms: if settings.immediate { AT_ONCE } else { timeout },
        protocol: if settings.protocol == 0 { default.protocol } else { settings.protocol },
        ..default
    }
}

/// Words that add something to what the number says.
fn words(error: &OpenError) -> String {
    match error {
        // Some programs look for these.
        OpenError::NotPermitted { call: "socket", capability, .. } => {
            format!("Attempt to create packet socket failed - {capability} may be required")
        }
        OpenError::NoSuchDevice => error.to_string(),
        _ if error.status() == ERROR => error.to_string(),
        _ => error.detail().unwrap_or_default(),
    }
}

/// The words of `pcap_open_live` for a device that could not be opened.
pub fn why_not(device: &str, status: c_int, said: &str) -> String {
    use crate::status::{PERM_DENIED, PROMISC_PERM_DENIED, words};
    let of_status = words(status).unwrap_or("Unknown error");
    let text = match status {
        ERROR => format!("{device}: {said}"),
        NO_SUCH_DEVICE | PERM_DENIED | PROMISC_PERM_DENIED => format!("{device}: {of_status} ({said})"),
        _ => format!("{device}: {of_status}"),
    };
    fitting(&text, usize::MAX).to_owned()
}

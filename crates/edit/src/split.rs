//! One input into several outputs, each of so many packets, bytes or nanoseconds at most.

use crate::aside::Asides;
use crate::carry::{Carrier, Form};
use crate::error::Error;
use crate::held::Held;
use crate::info::nanos;
use crate::sections::Origin;
use crate::{Progress, Watch, is_pause};
use gannet_savefile::{Item, Reader, Writer};
use gannet_wire::Timestamp;
use std::io::{Read, Write};

/// How much goes into one output. What is `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// So many packets.
    pub packets: Option<u64>,
    /// So many bytes, headers included, unless one packet alone is more.
    pub bytes: Option<u64>,
    /// So many nanoseconds: slices of time that follow each other from the first packet on. Those without a
    /// packet give no output, and a packet from before the present slice begins no other.
    pub nanos: Option<u64>,
}

/// Whoever makes the outputs, one after the other.
pub trait Outputs {
    /// What is written to.
    type Sink: Write;

    /// Begins an output, the `n`th from 0.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] or what it likes.
    fn begin(&mut self, n: u64) -> Result<&mut Writer<Self::Sink>, Error>;

    /// Ends it.
    ///
    /// # Errors
    /// As [`Outputs::begin`].
    fn end(&mut self) -> Result<(), Error>;
}

/// Splits `input`. An input without packets gives one output. In each, the interfaces of the input, its names and
/// its secrets are said again.
///
/// # Errors
/// [`Error::Input`] with the first fault, after all that could be read was written; else what `outputs` and
/// [`Carrier::packet`] say.
pub fn split<R: Read>(
    input: &mut Reader<R>,
    form: Form,
    limits: Limits,
    outputs: &mut impl Outputs,
    watch: Watch<'_>,
) -> Result<Progress, Error> {
    let mut rest = Rest {
        origin: Origin::new(0, input),
        input,
        next: None,
        spare: Held::default(),
        asides: Asides::default(),
        failed: None,
        progress: Progress::default(),
        slice: None,
    };
    let mut n = 0;
    loop {
        let more = rest.fill(&mut Carrier::new(outputs.begin(n)?, form), &limits, watch)?;
        outputs.end()?;
        if !more {
            break;
        }
        n += 1;
    }
    rest.failed.map_or(Ok(rest.progress), Err)
}

/// What is not written yet.
struct Rest<'r, R> {
    input: &'r mut Reader<R>,
    origin: Origin,
    asides: Asides,
    /// A packet that was read and did not fit.
    next: Option<Held>,
    spare: Held,
    failed: Option<Error>,
    progress: Progress,
    /// When the present slice of time began, in nanoseconds since 1970.
    slice: Option<i128>,
}

impl<R: Read> Rest<'_, R> {
    /// Writes one output. `true`: there is more for another.
    fn fill<W: Write>(
        &mut self,
        output: &mut Carrier<'_, W>,
        limits: &Limits,
        watch: Watch<'_>,
    ) -> Result<bool, Error> {
        self.origin.forget_numbers();
        output.settle_all(&mut self.origin)?;
        self.asides.blocks().try_for_each(|block| output.aside(&block))?;
        let mut count = 0;
        while let Some(held) = self.take(output, watch)? {
            let record = held.record();
            let full = limits.packets.is_some_and(|most| count >= most)
                || limits.bytes.is_some_and(|most| output.length_with(&record, held.options()) > most);
            let later = self.is_later(record.time, limits);
            if count > 0 && (full || later) {
                self.next = Some(held);
                return Ok(true);
            }
            output.packet(&mut self.origin, &record, held.options())?;
            self.spare = held;
            count += 1;
            self.progress.written += 1;
            if !self.progress.packet(watch) {
                break;
            }
        }
        Ok(false)
    }

    /// Whether a packet belongs to a later slice of time than the present one, which is then the present one.
    fn is_later(&mut self, time: Timestamp, limits: &Limits) -> bool {
        let Some(span) = limits.nanos.map(|nanos| i128::from(nanos.max(1))) else { return false };
        let now = nanos(time);
        let begin = *self.slice.get_or_insert(now);
        let later = now >= begin + span;
        if later {
            self.slice = Some(begin + (now - begin) / span * span);
        }
        later
    }

    /// The next packet; what stands before it goes into the output.
    fn take<W: Write>(
        &mut self,
        output: &mut Carrier<'_, W>,
        watch: Watch<'_>,
    ) -> Result<Option<Held>, Error> {
        if let Some(held) = self.next.take() {
            return Ok(Some(held));
        }
        loop {
            match self.input.next_item() {
                Ok(Some(Item::Packet { record, options, .. })) => {
                    let mut held = std::mem::take(&mut self.spare);
                    held.hold(&record, options);
                    return Ok(Some(held));
                }
                Ok(Some(Item::Block(block))) => {
                    self.asides.keep(&block);
                    output.block(&mut self.origin, &block)?;
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(error) if is_pause(&error) => {
                    if !watch(self.progress) {
                        return Ok(None);
                    }
                }
                Err(error) => {
                    self.origin.catch_up(self.input.interfaces());
                    let goes_on = error.is_local();
                    self.failed.get_or_insert(Error::Input { input: 0, error });
                    if !goes_on {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

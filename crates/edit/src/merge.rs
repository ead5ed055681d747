//! Several inputs into one, by time.
//!
//! The earliest of the inputs' next packets goes first; of two at the same time that of the earlier input. An
//! input whose packets are not in order of time stays in its own order. Interfaces that say the same, on the same
//! machine, become one, so that the parts of a capture become that capture again. What they have counted stays apart, in a
//! block for each that was read: who counts on from part to part says the sum last. One packet of each input is held, so
//! memory depends on the number of inputs, not on their length.

use crate::carry::Carrier;
use crate::error::Error;
use crate::held::Held;
use crate::sections::Origin;
use crate::{Progress, Watch, is_pause};
use gannet_savefile::{Item, Reader};
use gannet_wire::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{Read, Write};

/// Merges `inputs` into `output` and says how many packets there were. The output is not flushed.
///
/// # Errors
/// [`Error::Input`] for the first input that cannot be read on, after all packets that come before the damage,
/// those of the other inputs included, were written. [`Error::TooManyInterfaces`] if the inputs have so many at a
/// time that they would have to be described over and over.
pub fn merge<R: Read, W: Write>(
    inputs: Vec<Reader<R>>,
    output: &mut Carrier<'_, W>,
    watch: Watch<'_>,
) -> Result<Progress, Error> {
    let mut inputs: Vec<_> =
        inputs.into_iter().enumerate().map(|(at, reader)| Input::new(at, reader)).collect();
    let mut progress = Progress::default();
    let mut failed = None;
    let mut order = BinaryHeap::with_capacity(inputs.len());
    for (at, input) in inputs.iter_mut().enumerate() {
        match input.advance(output, &mut failed, &mut || watch(Progress::default()))? {
            Next::Packet(time) => order.push(Reverse((time, at))),
            Next::End => {}
            Next::Stopped => return Ok(progress),
        }
    }
    while let Some(Reverse((_, at))) = order.pop() {
        let Some(input) = inputs.get_mut(at) else { continue };
        input.release(output)?;
        progress.written += 1;
        if !progress.packet(watch) {
            break;
        }
        match input.advance(output, &mut failed, &mut || watch(progress))? {
            Next::Packet(time) => order.push(Reverse((time, at))),
            Next::End => {}
            Next::Stopped => break,
        }
    }
    failed.map_or(Ok(progress), Err)
}

/// What comes next of an input.
enum Next {
    /// A packet of that time.
    Packet(Timestamp),
    /// Nothing.
    End,
    /// Nobody knows: the watch has ended it.
    Stopped,
}

/// An input and its next packet.
struct Input<R> {
    reader: Reader<R>,
    origin: Origin,
    at: usize,
    next: Held,
}

impl<R: Read> Input<R> {
    fn new(at: usize, reader: Reader<R>) -> Self {
        Input { origin: Origin::new(at, &reader), reader, at, next: Held::default() }
    }

    /// Holds the next packet and tells its time; what stands before it goes into the output. Of several faults
    /// of all inputs the first is kept. `goes_on` is asked where the input has to be waited for.
    fn advance<W: Write>(
        &mut self,
        output: &mut Carrier<'_, W>,
        failed: &mut Option<Error>,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Next, Error> {
        loop {
            match self.reader.next_item() {
                Ok(Some(Item::Packet { record, options, .. })) => {
                    self.next.hold(&record, options);
                    return Ok(Next::Packet(record.time));
                }
                Ok(Some(Item::Block(block))) => output.block(&mut self.origin, &block)?,
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Next::End),
                Err(error) if is_pause(&error) => {
                    if !goes_on() {
                        return Ok(Next::Stopped);
                    }
                }
                Err(error) => {
                    self.origin.catch_up(self.reader.interfaces());
                    let local = error.is_local();
                    failed.get_or_insert(Error::Input { input: self.at, error });
                    if !local {
                        return Ok(Next::End);
                    }
                }
            }
        }
    }

    fn release<W: Write>(&mut self, output: &mut Carrier<'_, W>) -> Result<(), Error> {
        output.packet(&mut self.origin, &self.next.record(), self.next.options())
    }
}

//! One input through to one output, each packet kept, changed or left out: slices, conversions, duplicates.

use crate::carry::Carrier;
use crate::error::Error;
use crate::sections::Origin;
use crate::{Progress, Watch, is_pause};
use gannet_savefile::{Item, Options, Reader};
use gannet_wire::Record;
use std::io::{Read, Write};

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes into the output.
    Keep,
    /// It does not.
    Drop,
    /// It does not, and no packet behind it does.
    End,
}

/// Takes over what `choose` keeps. It is given the number of each packet, from 1, and may make the record shorter.
/// Packets behind local damage are read too. The output is not flushed.
///
/// # Errors
/// [`Error::Input`] with the first fault, after all that could be read was written; else what
/// [`Carrier::packet`] says.
pub fn pass<R: Read, W: Write>(
    input: &mut Reader<R>,
    output: &mut Carrier<'_, W>,
    watch: Watch<'_>,
    mut choose: impl FnMut(u64, &mut Record<'_>) -> Verdict,
) -> Result<Progress, Error> {
    each(input, output, watch, |number, mut record, options, origin, output| {
        match choose(number, &mut record) {
            Verdict::Keep => output.packet(origin, &record, options).map(|()| Some(true)),
            Verdict::Drop => Ok(Some(false)),
            Verdict::End => Ok(None),
        }
    })
}

/// The same, with the output in the caller's hand: `take` says whether it kept the packet, or `None` to end it.
pub(crate) fn each<R: Read, W: Write>(
    input: &mut Reader<R>,
    output: &mut Carrier<'_, W>,
    watch: Watch<'_>,
    mut take: impl FnMut(
        u64,
        Record<'_>,
        Options<'_>,
        &mut Origin,
        &mut Carrier<'_, W>,
    ) -> Result<Option<bool>, Error>,
) -> Result<Progress, Error> {
    let mut origin = Origin::new(0, input);
    let mut progress = Progress::default();
    let mut failed = None;
    loop {
        match input.next_item() {
            Ok(Some(Item::Packet { record, options, .. })) => {
                match take(progress.read + 1, record, options, &mut origin, output)? {
                    Some(kept) => progress.written += u64::from(kept),
                    None => break,
                }
                if !progress.packet(watch) {
                    break;
                }
            }
            Ok(Some(Item::Block(block))) => output.block(&mut origin, &block)?,
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) if is_pause(&error) => {
                if !watch(progress) {
                    break;
                }
            }
            Err(error) => {
                origin.catch_up(input.interfaces());
                let goes_on = error.is_local();
                failed.get_or_insert(Error::Input { input: 0, error });
                if !goes_on {
                    break;
                }
            }
        }
    }
    failed.map_or(Ok(progress), Err)
}

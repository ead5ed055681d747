//! The short way from a savefile (`-r`) to another (`-w`), or to a count: what needs no change is not taken apart.

use super::damage::{Stopped, interrupted};
use super::work::Work;
use crate::failure::Failure;
use crate::flags::Flags;
use crate::signals::Signals;
use gannet_pcap::Offline;
use gannet_pcap::offline::Step;
use gannet_pcap::savefile::Precision;
use std::num::NonZero;

/// So much is read on one thread behind what is not plain, before several are tried again.
const PAUSE: u64 = 64 << 20;

/// How many threads are to copy, or to print.
pub fn threads(flags: &Flags) -> usize {
    match flags.threads {
        None => 1,
        Some(0) => std::thread::available_parallelism().map_or(1, NonZero::get),
        Some(threads) => threads,
    }
}

/// Copies what the filter accepts; `true` if a signal ended it. The outcome is that of taking packet after packet.
pub fn packets(
    file: &mut Offline,
    work: &mut Work,
    precision: Precision,
    threads: usize,
    signals: &Signals,
) -> Result<bool, Stopped> {
    if work.is_prompt() {
        file.in_place();
    }
    let mut parallel_from = 0;
    while work.heed(signals)? {
        if work.room() == u64::MAX && file.reader().offset() >= parallel_from {
            file.runs_on::<Failure>(threads, precision, |runs, packets| {
                work.runs(runs, packets)?;
                if signals.flush() {
                    work.flush()?;
                }
                Ok(!signals.stop())
            })?;
            parallel_from = file.reader().offset() + PAUSE;
            if signals.stop() {
                return Ok(true);
            }
        }
        file.runs(precision, work.room(), |runs, packets| work.runs(runs, packets))?;
        if work.full() {
            return Ok(false);
        }
        match file.step() {
            Ok(Step::End) => return Ok(false),
            Ok(Step::Rejected) => {}
            Ok(Step::Packet(record)) => {
                if !work.packet(&record)? {
                    return Ok(false);
                }
            }
            Err(wrong) => {
                interrupted(wrong)?;
                if !work.tick()? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

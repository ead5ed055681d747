//! The short way from a savefile (`-r`) to another (`-w`), or to a count: what needs no change is not taken apart.

use super::file::interrupted;
use super::work::Work;
use crate::failure::Failure;
use crate::signals::Signals;
use gannet_pcap::Offline;
use gannet_pcap::offline::Step;
use gannet_pcap::savefile::Precision;

/// Copies what the filter accepts; `true` if a signal ended it. The outcome is that of taking packet after packet.
pub fn packets(
    file: &mut Offline,
    work: &mut Work,
    precision: Precision,
    signals: &Signals,
) -> Result<bool, Failure> {
    loop {
        if signals.stop() {
            return Ok(true);
        }
        if signals.flush() {
            work.flush()?;
        }
        file.runs(precision, work.room(), |records, packets| work.run(records, packets))?;
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
            Err(wrong) => interrupted(wrong)?,
        }
    }
}

//! `run`: a program over the packets of a savefile, with its verdicts.

use super::{Given, Source, savefile};
use crate::failure::Failure;
use crate::run::output::Output;
use gannet_pcap::bpf::{End, Instruction, Packet, Profile, Semantics, listing};
use gannet_pcap::metadata::as_kernel;

/// Prints a line for each packet, and then how many there were.
pub fn run(given: &Given, source: Source<'_>) -> Result<(), Failure> {
    let mut file = savefile(given)?;
    let program = source.program(file.filter_target())?;
    let mut profile = Profile::new(&program, Semantics::Linux);
    let mut output = Output::new();
    let mut totals = [0u64; 3];
    let done = loop {
        let record = match file.next() {
            Ok(Some(record)) => record,
            Ok(None) => break Ok(()),
            Err(error) => break Err(Failure::new(error)),
        };
        let packet = Packet { bytes: record.bytes, wire_length: record.length, meta: as_kernel(&record) };
        let (end, steps) = profile.run(packet);
        let [packets, accepted, all_steps] = &mut totals;
        *packets += 1;
        *accepted += u64::from(end.verdict() != 0);
        *all_steps = all_steps.saturating_add(steps);
        let line = format!("{packets}: {}, {}\n", verdict(end), count(steps, "instruction"));
        output.text.extend_from_slice(line.as_bytes());
        output.relieve()?;
    };
    let [packets, accepted, steps] = totals;
    let mean = if packets == 0 { 0.0 } else { steps as f64 / packets as f64 };
    let mut text =
        format!("{}, {accepted} accepted, {mean:.1} instructions each\n", count(packets, "packet"));
    if given.profile {
        profiled(program.instructions(), profile.counts(), &mut text);
    }
    output.say(&text)?;
    done
}

/// How a run ended, in words.
pub fn verdict(end: End) -> String {
    match end {
        End::Returned(0) => "rejected".to_owned(),
        End::Returned(bytes) => format!("accepted ({bytes})"),
        End::Failed => "rejected by a load of what is not there, or a division by zero".to_owned(),
        End::Exhausted => "rejected because it goes round for ever".to_owned(),
    }
}

/// So many of something.
pub fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The listing with a column of counts before it.
fn profiled(list: &[Instruction], counts: &[u64], text: &mut String) {
    let width = counts.iter().max().map_or(0, |most| most.to_string().len());
    for (at, (i, count)) in list.iter().zip(counts).enumerate() {
        text.push_str(&format!("{count:width$}  "));
        // Writing to a string cannot fail.
        let _ = listing::line(at, *i, text);
        text.push('\n');
    }
}

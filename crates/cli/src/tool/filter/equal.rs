//! `equal`: whether two filters are the same.

use super::Given;
use crate::failure::Failure;
use crate::run::pcapng::Preamble;
use crate::run::{explained, output::Output, savefile::Savefile};
use gannet_pcap::bpf::equal::{Packet, Phase, Verdict, Watch, compare};
use gannet_pcap::bpf::{Program, Semantics};
use gannet_pcap::expression::{generate, tests};
use gannet_pcap::savefile::Header;
use gannet_pcap::wire::{Direction, Record, Timestamp};
use gannet_pcap::{LinkType, Names, Target};
use std::ffi::OsStr;
use std::time::{Duration, Instant};

/// How long all paths are searched; then packets are drawn by chance for a quarter of that.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says whether they are equal; if not, prints a packet that one accepts and the other does not.
pub fn equal(given: &Given, texts: [&String; 2]) -> Result<(), Failure> {
    let target = given.target();
    let [one, other] = texts.map(|text| program(text, &target));
    let (one, other) = (one?, other?);
    let mut patience = Patience { start: Instant::now(), drawn: None };
    let report = compare([&one, &other], [Semantics::Libpcap; 2], &mut patience);
    match report.verdict {
        Verdict::Proved => Output::new().say(&format!(
            "equal: no packet of any length tells them apart ({} pairs of paths)\n",
            report.paths
        )),
        Verdict::Tried(why) => {
            Output::new()
                .say(&format!("not known: {} packets do not tell them apart, but {why}\n", report.packets))?;
            Err(Failure::Status(2))
        }
        Verdict::Wrong(difference) => {
            let verdict = |answer: u32| if answer == 0 { "refuses" } else { "accepts" };
            let [first, second] = difference.answers.map(verdict);
            let packet = &difference.packet;
            Output::new().say(&format!(
                "different: the first {first} this packet, the second {second} it\n{packet}\n"
            ))?;
            if let Some(path) = &given.write {
                write(path, packet, target.link)?;
            }
            Err(Failure::Said)
        }
    }
}

/// The optimised program; where that is refused because nothing passes, the plain one.
fn program(text: &str, target: &Target) -> Result<Program, Failure> {
    let refused = |wrong| Failure::new(explained(&wrong, text));
    let filter = tests(text, target, &*Names::system(), &mut Vec::new()).map_err(refused)?;
    let plain = Target { optimise: false, ..*target };
    let compiled = generate(&filter, target).or_else(|_| generate(&filter, &plain)).map_err(refused)?;
    Ok(compiled.program)
}

fn write(path: &OsStr, packet: &Packet, link: LinkType) -> Result<(), Failure> {
    let preamble = Preamble::pcap(Header { link, ..Header::default() });
    let mut file = Savefile::create(path, &preamble, false)?;
    file.write(&Record {
        bytes: &packet.bytes,
        length: packet.wire_len,
        time: Timestamp::default(),
        link,
        interface: 0,
        direction: Direction::Unknown,
        vlan: None,
    })?;
    file.finish().0
}

struct Patience {
    start: Instant,
    drawn: Option<Instant>,
}

impl Watch for Patience {
    fn enough(&mut self, phase: Phase, _paths: usize) -> bool {
        match phase {
            Phase::All => self.start.elapsed() >= PATIENCE,
            Phase::Drawn => self.drawn.get_or_insert_with(Instant::now).elapsed() >= PATIENCE / 4,
        }
    }
}

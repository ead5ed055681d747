//! `test`: which part of a filter decides about how many packets.

use super::explain::visible;
use crate::failure::Failure;
use crate::run::{explained, output::Output};
use gannet_pcap::bpf::Vm;
use gannet_pcap::expression::hir::{Filter, Part, PartKind};
use gannet_pcap::expression::{generate, tests};
use gannet_pcap::metadata::metadata;
use gannet_pcap::{Names, Target};
use std::ffi::OsStr;
use std::fmt::Write;

/// A filter of more parts is tried as far as this: three programs a part run on every packet.
const MOST: usize = 200;

/// Prints for each part how many packets came to be asked it, and what it said.
pub fn test(text: &str, path: &OsStr) -> Result<(), Failure> {
    let mut file = crate::run::file::open(path, None)?;
    let target = Target { optimise: false, ..file.filter_target() };
    let refused = |wrong| Failure::new(explained(&wrong, text));
    let filter = tests(text, &target, &*Names::system(), &mut Vec::new()).map_err(refused)?;
    let parts = filter.parts(MOST);
    let tried = parts.iter().map(|part| Tried::new(&filter, part, &target).map_err(refused));
    let mut tried = tried.collect::<Result<Vec<_>, _>>()?;
    let (mut packets, mut others) = (0u64, 0u64);
    let done = loop {
        let record = match file.next() {
            Ok(Some(record)) => record,
            Ok(None) => break Ok(()),
            Err(error) => break Err(Failure::new(error)),
        };
        if record.link != target.link {
            others += 1;
            continue;
        }
        packets += 1;
        let meta = metadata(&record);
        for part in &mut tried {
            part.packet(|vm| vm.run(record.bytes, record.length, &meta) != 0);
        }
    };
    let mut out = format!("{packets} packets\n\n   asked   holds   fails   short\n");
    for (part, tried) in parts.iter().zip(&tried) {
        let [asked, holds, fails] = tried.counts;
        let short = asked.saturating_sub(holds).saturating_sub(fails);
        let margin = "  ".repeat(part.depth);
        let words = words(&filter, part, text);
        let _ = writeln!(out, "{asked:8}{holds:8}{fails:8}{short:8}  {margin}{words}");
    }
    if parts.len() >= MOST {
        let _ = writeln!(out, "only the first {MOST} parts are shown");
    }
    if others > 0 {
        let _ = writeln!(out, "{others} packets of other link types are left out");
    }
    out.push_str(
        "\nA part is asked only if those before it have not decided. short: cut off before it could tell.\n",
    );
    Output::new().say(&out)?;
    done
}

/// A part and what it said.
struct Tried {
    /// Accept what comes to be asked; what it says yes to; what it says no to.
    machines: [Vm; 3],
    counts: [u64; 3],
}

impl Tried {
    fn new(
        filter: &Filter,
        part: &Part,
        target: &Target,
    ) -> Result<Self, gannet_pcap::expression::Diagnostic> {
        let machine = |answer| {
            generate(&filter.reaching(part, answer), target).map(|compiled| Vm::new(&compiled.program))
        };
        Ok(Tried { machines: [machine(None)?, machine(Some(true))?, machine(Some(false))?], counts: [0; 3] })
    }

    fn packet(&mut self, accepts: impl Fn(&Vm) -> bool) {
        let [asked, holds, fails] = &self.machines;
        if accepts(asked) {
            let said = [true, accepts(holds), accepts(fails)];
            self.counts.iter_mut().zip(said).for_each(|(count, said)| *count += u64::from(said));
        }
    }
}

fn words(filter: &Filter, part: &Part, text: &str) -> String {
    let not = if part.negated { "not " } else { "" };
    match part.kind {
        PartKind::All => format!("{not}all of"),
        PartKind::Any => format!("{not}any of"),
        PartKind::True => format!("{not}true"),
        PartKind::Test(id) => {
            let words = filter.test(id).map(|test| visible(test.span.of(text))).unwrap_or_default();
            format!("{not}{words}")
        }
    }
}

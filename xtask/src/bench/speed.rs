//! The last part of `cargo xtask bench filters`: what filters for many hosts cost per packet, by whose compiler and
//! on whose machine.
//!
//! The two compilers are compared on one and the same machine, libpcap's own, and the machines with one and the same
//! program. (On our interpreter the compilers differ little: it takes a chain of comparisons for what it is.) All
//! run in turn; what counts is the median of the processor time.

use super::filters::{libpcap_s_program, text};
use super::peer::Peer;
use super::peer::clock::{median, time};
use super::traffic;
use gannet_bpf::{Limits, Metadata, Program, Vm, check, listing, parse};
use gannet_filter::names::NoNames;
use gannet_filter::{LinkType, Target, compile};
use gannet_jit::Jit;
use std::hint::black_box;

const ROUNDS: usize = 9;

/// How many seconds libpcap's compiler gets without its optimiser; it needs two where no other program runs.
const PLAIN: &str = "120";

/// Which of [`text`]'s filters, and with how many terms.
pub fn main(filters: &[(&str, usize)], patience: &str) -> Result<(), String> {
    let packets = traffic::frames(1024);
    let mut peer = Peer::start(&crate::workspace::target(), &packets);
    if peer.is_none() {
        println!("SKIPPED libpcap's own machine: no gcc, or no libpcap to build against");
    }
    for (kind, count) in filters {
        let text = text(kind, *count);
        println!("{count} x {kind}: ns/packet, and of what libpcap takes");
        let target = Target::new(LinkType::ETHERNET);
        let ours = compile(&text, &target, &NoNames).map_err(|e| e.to_string())?.program;
        let mut runs = runs(ours, theirs(&text, patience)?, peer.is_some())?;
        for _ in 0..ROUNDS {
            for run in &mut runs {
                run.once(&packets, &mut peer)?;
            }
        }
        show(&runs)?;
    }
    Ok(())
}

/// libpcap's program, with what is to be said of it.
fn theirs(text: &str, patience: &str) -> Result<Option<(Program, &'static str)>, String> {
    let optimised = libpcap_s_program(text, &[], patience).map(|list| (list, "libpcap's program"));
    let plain =
        || libpcap_s_program(text, &["-O"], PLAIN).map(|list| (list, "libpcap's program, not optimised"));
    let Some((list, name)) = optimised.or_else(plain) else {
        println!("  SKIPPED libpcap's program: no tcpdump, or too little patience");
        return Ok(None);
    };
    if name.contains("not") {
        println!("  (libpcap's optimiser takes more than {patience} s for it)");
    }
    let list = parse::decimal(&list).map_err(|e| e.to_string())?;
    Ok(Some((check(list, Limits::USER).map_err(|e| e.to_string())?, name)))
}

/// A program on a machine.
struct Run {
    name: String,
    length: usize,
    machine: Machine,
    times: Vec<f64>,
    hits: usize,
}

enum Machine {
    /// libpcap's; with the program as `-ddd` lists it.
    Libpcap(String),
    Interpreter(Vm),
    Code(Jit),
}

fn runs(ours: Program, theirs: Option<(Program, &str)>, is_there: bool) -> Result<Vec<Run>, String> {
    let mut runs = Vec::new();
    let mut add = |name: &str, program: &Program, machine| {
        let (name, length) = (name.to_owned(), program.instructions().len());
        runs.push(Run { name, length, machine, times: Vec::new(), hits: 0 });
    };
    let both = theirs.iter().map(|(program, name)| (program, *name)).chain([(&ours, "our program")]);
    for (program, name) in both.clone().filter(|_| is_there) {
        let mut list = String::new();
        listing::decimal(program.instructions(), &mut list).map_err(|e| e.to_string())?;
        add(&format!("{name} on libpcap's machine"), program, Machine::Libpcap(list));
    }
    for (program, name) in both {
        add(&format!("{name} on our interpreter"), program, Machine::Interpreter(Vm::new(program)));
    }
    let code = Jit::new(&ours).map_err(|e| e.to_string())?;
    add("our program as machine code", &ours, Machine::Code(code));
    Ok(runs)
}

impl Run {
    fn once(&mut self, packets: &[Vec<u8>], peer: &mut Option<Peer>) -> Result<(), String> {
        let meta = Metadata::default();
        let (time, hits) = match &self.machine {
            Machine::Libpcap(list) => {
                peer.as_mut().and_then(|peer| peer.time(list)).ok_or("libpcap's machine does not answer")?
            }
            Machine::Interpreter(vm) => time(packets, |p| black_box(vm).run(p, p.len() as u32, &meta)),
            Machine::Code(jit) => time(packets, |p| black_box(jit).run(p, p.len() as u32, &meta)),
        };
        self.times.push(time);
        self.hits = hits;
        Ok(())
    }
}

fn show(runs: &[Run]) -> Result<(), String> {
    let Some(first) = runs.first() else { return Ok(()) };
    let all = median(first.times.clone());
    for run in runs {
        let ns = median(run.times.clone());
        let of_it = ns / all;
        println!("  {:<56} {:6} instructions  {ns:9.1}  {of_it:.4}", run.name, run.length);
        if run.hits != first.hits {
            return Err(format!("{} packets pass there, and {} by the first", run.hits, first.hits));
        }
    }
    Ok(())
}

//! Filters run over captures: the value returned for each packet.

use super::{FileNames, Options, Scores, Tally, text, wanted};
use gannet_bpf::{Metadata, Semantics, Vm};
use gannet_filter::Target;
use gannet_jit::Compiled;
use gannet_savefile::{ByteOrder, Reader};
use serde_json::Value;
use std::fs::File;
use std::path::Path;

pub fn run(
    options: &Options,
    folder: &Path,
    cases: &[Value],
    names: &FileNames,
    scores: &mut Scores,
) -> Result<(), String> {
    let (mut good, mut all, mut reasons) = (0, 0, Tally::default());
    let mut machines = Machines::default();
    for case in cases.iter().filter(|case| wanted(options, case)) {
        all += 1;
        match one(&folder.join("captures"), case, names, &mut machines) {
            Ok(()) => good += 1,
            Err(why) => {
                if options.failing {
                    println!("{} ({}): {why}", text(case, "name"), text(case, "expr"));
                }
                reasons.add(why);
            }
        }
    }
    println!("apply:");
    reasons.print(12);
    println!("  {} packets, {} of {all} programs as machine code too", machines.packets, machines.compiled);
    println!("filters.apply = {good}/{all}");
    if !options.selects() {
        scores.set("filters.apply", good);
    }
    match machines.faults {
        0 => Ok(()),
        faults => Err(format!("interpreter and machine code disagree on {faults} packets")),
    }
}

/// What ran on both machines.
#[derive(Default)]
struct Machines {
    packets: usize,
    compiled: usize,
    faults: usize,
}

fn one(folder: &Path, case: &Value, names: &FileNames, machines: &mut Machines) -> Result<(), String> {
    let file = File::open(folder.join(text(case, "savefile"))).map_err(|e| e.to_string())?;
    let mut reader = Reader::open(file).map_err(|e| e.to_string())?;
    let mut target = Target::new(reader.link());
    target.snaplen = match reader.snaplen() {
        0 => target.snaplen,
        snaplen => snaplen,
    };
    target.netmask = text(case, "netmask").parse::<std::net::Ipv4Addr>().ok().map(u32::from);
    let native = if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };
    target.swapped = Some(reader.byte_order() != native);
    target.optimise = case.get("optimize").and_then(Value::as_bool).unwrap_or(true);
    let compiled =
        gannet_filter::compile(text(case, "expr"), &target, names).map_err(|e| e.message().to_string())?;
    let vm = Vm::with_semantics(&compiled.program, Semantics::Libpcap);
    let code = Compiled::with_semantics(&compiled.program, Semantics::Libpcap);
    machines.compiled += usize::from(matches!(code, Compiled::Jit(_)));
    let mut results = case["results"].as_array().into_iter().flatten();
    let mut number = 0;
    while let Some(record) = reader.next().map_err(|e| e.to_string())? {
        number += 1;
        let got = vm.run(record.bytes, record.length, &Metadata::default());
        machines.packets += 1;
        let again = code.run(record.bytes, record.length, &Metadata::default());
        machines.faults += usize::from(got != again);
        let got = got.to_string();
        match results.next().and_then(Value::as_str) {
            Some(expected) if expected == got => {}
            Some(_) => return Err("wrong for some packet".into()),
            None => return Err(format!("{number} packets are more than the case has")),
        }
    }
    if results.next().is_some() { Err(format!("only {number} packets")) } else { Ok(()) }
}

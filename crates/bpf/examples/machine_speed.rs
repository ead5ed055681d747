//! Times programs (`-ddd` text) over packets: `machine_speed PACKETS PROGRAM ..`.
//!
//! PACKETS holds each packet behind its length, four bytes in little-endian order. Prints nanoseconds per packet,
//! the best of many runs.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use gannet_bpf::{Limits, Metadata, Vm, check, parse};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((packets, programs)) = args.split_first() else {
        eprintln!("usage: machine_speed PACKETS PROGRAM ..");
        return ExitCode::FAILURE;
    };
    let bytes = std::fs::read(packets).unwrap_or_default();
    let packets = split(&bytes);
    for path in programs {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let program = parse::decimal(&text).map_err(|e| e.to_string());
        match program.and_then(|list| check(list, Limits::USER).map_err(|e| e.to_string())) {
            Ok(program) => {
                let (best, hits) = time(&Vm::new(&program), &packets);
                println!("{path:20} {:5} insns {best:8.1} ns  hits {hits}", program.instructions().len());
            }
            Err(e) => println!("{path}: {e}"),
        }
    }
    ExitCode::SUCCESS
}

fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut packets = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let Some((packet, rest)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize) else { break };
        packets.push(packet);
        bytes = rest;
    }
    packets
}

fn time(vm: &Vm, packets: &[&[u8]]) -> (f64, usize) {
    let meta = Metadata::default();
    let (mut best, mut hits) = (f64::MAX, 0);
    for _ in 0..15 {
        let start = Instant::now();
        for _ in 0..20 {
            hits = 0;
            for packet in packets {
                hits += usize::from(black_box(vm).run(black_box(packet), packet.len() as u32, &meta) != 0);
            }
        }
        best = best.min(start.elapsed().as_nanos() as f64 / (20 * packets.len().max(1)) as f64);
    }
    (best, hits)
}

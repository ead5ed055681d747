//! Any list of instructions that the checker lets through runs to its end.
#![no_main]
use gannet_bpf::{Instruction, Limits, Metadata, Vm, check};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&count, rest)) = data.split_first() else { return };
    let (code, packet) = rest.split_at(rest.len().min(usize::from(count % 32) * 8));
    let list: Vec<Instruction> = code
        .chunks_exact(8)
        .map(|c| Instruction {
            code: u16::from_le_bytes([c[0], c[1]]),
            jt: c[2],
            jf: c[3],
            k: u32::from_le_bytes([c[4], c[5], c[6], c[7]]),
        })
        .collect();
    if let Ok(program) = check(list, Limits::KERNEL) {
        Vm::new(&program).run(packet, packet.len() as u32, &Metadata::default());
    }
});

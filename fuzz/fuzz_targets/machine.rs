//! Any list of instructions that the checker lets through runs to its end, and as on the plain machine of the tests.
#![no_main]
#[path = "../../crates/bpf/tests/plain/mod.rs"]
mod plain;

use gannet_bpf::{Instruction, Limits, Metadata, Semantics, Vm, ancillary, check};

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
    let Ok(program) = check(list, Limits::KERNEL) else { return };
    let packet = plain::Packet { bytes: packet.to_vec(), wire_len: packet.len() as u32, meta: Metadata::default() };
    let list = program.instructions();
    let mut seen = vec![0; list.len()];
    for semantics in [Semantics::Linux, Semantics::Libpcap] {
        let got = Vm::with_semantics(&program, semantics).run(&packet.bytes, packet.wire_len, &packet.meta);
        // The plain machine does not know netlink.
        let netlink = [ancillary::NLATTR, ancillary::NLATTR_NEST].map(|n| ancillary::AD_OFF + n);
        if !list.iter().any(|i| netlink.contains(&i.k)) {
            assert_eq!(got, plain::run(list, semantics, &packet, &mut seen));
        }
    }
});

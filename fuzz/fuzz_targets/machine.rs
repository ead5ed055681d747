//! Any list of instructions that the checker lets through runs to its end, and as on the plain machine of the tests
//! and as machine code.
#![no_main]
#[path = "../../crates/bpf/tests/plain/mod.rs"]
mod plain;

use gannet_bpf::{Instruction, Limits, Metadata, Semantics, Vm, ancillary, check};
use gannet_jit::Jit;

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
    // The first byte's spare bits choose among metadata.
    let meta = Metadata {
        network_offset: (count & 0x80 != 0).then_some(2),
        vlan_present: (count & 0x40 != 0).then_some(true),
        interface: (count & 0x20 != 0).then_some(3),
        ..Metadata::default()
    };
    let packet = plain::Packet { bytes: packet.to_vec(), wire_len: packet.len() as u32, meta };
    let list = program.instructions();
    let mut seen = vec![0; list.len()];
    for semantics in [Semantics::Linux, Semantics::Libpcap] {
        let got = Vm::with_semantics(&program, semantics).run(&packet.bytes, packet.wire_len, &packet.meta);
        for jit in [Jit::with_semantics(&program, semantics), Jit::for_mixed_traffic(&program, semantics)]
            .into_iter()
            .flatten()
        {
            assert_eq!(got, jit.run(&packet.bytes, packet.wire_len, &packet.meta));
        }
        // The plain machine does not know netlink.
        let netlink = [ancillary::NLATTR, ancillary::NLATTR_NEST].map(|n| ancillary::AD_OFF + n);
        if !list.iter().any(|i| netlink.contains(&i.k)) {
            assert_eq!(got, plain::run(list, semantics, &packet, &mut seen));
        }
    }
});

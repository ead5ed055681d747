//! Any text is compiled or refused without a panic; optimised or not, a filter means the same.
#![no_main]
use gannet_bpf::{Metadata, Vm};
use gannet_filter::{Target, compile, names::NoNames};
use gannet_wire::LinkType;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(([link, cut], rest)) = data.split_first_chunk() else { return };
    let (text, packet) = rest.split_at(rest.len().min(usize::from(*cut)));
    let Ok(text) = std::str::from_utf8(text) else { return };
    let target = Target::new(LinkType([1, 0, 101, 108, 113, 228, 229, 276][usize::from(link % 8)]));
    let plain = compile(text, &Target { optimise: false, ..target }, &NoNames);
    let small = compile(text, &target, &NoNames);
    if let (Ok(plain), Ok(small)) = (plain, small) {
        let run = |p| Vm::new(p).run(packet, packet.len() as u32, &Metadata::default()) != 0;
        assert_eq!(run(&plain.program), run(&small.program), "{text}");
    }
});

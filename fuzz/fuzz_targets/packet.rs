//! Any bytes are explained by every ear without a panic, and all ears leave the same memory behind.
#![no_main]
use gannet_dissect::{Ear, Memory, Options, Out, Packet, packet};
use gannet_wire::{LinkType, Timestamp};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(([link, verbose, more], bytes)) = data.split_first_chunk() else { return };
    let link = LinkType([1, 0, 101, 108, 113, 228, 229, 276][usize::from(link % 8)]);
    let options =
        Options { verbose: verbose % 4, link_header: verbose & 16 != 0, numeric: true, ..Options::default() };
    let length = bytes.len() as u32 + u32::from(*more);
    let mut memories = [Ear::Text, Ear::Json, Ear::Deaf].map(|ear| {
        let (mut memory, mut text) = (Memory::default(), Vec::new());
        let seen = Packet { bytes, length, time: Timestamp::default(), link };
        packet(seen, options, &mut memory, &mut Out::new(ear, &mut text, None));
        assert!(
            text.iter().all(|c| matches!(c, b' '..=b'~' | b'\n' | b'\t')),
            "a packet speaks to the terminal"
        );
        memory
    });
    let [text, json, deaf] = &mut memories;
    assert!(text == json && json == deaf);
});

//! Any bytes are explained by every ear without a panic, and all ears leave the same memory behind.
#![no_main]
use gannet_dissect::keys::{Keys, Opened};
use gannet_dissect::proto::{WORDS, prints};
use gannet_dissect::{Ear, Memory, Options, Out, Packet, packet};
use gannet_wire::{LinkType, Timestamp};
use std::net::IpAddr;
use std::sync::LazyLock;

/// All link types that are printed, the most usual first.
static LINKS: LazyLock<Vec<LinkType>> = LazyLock::new(|| {
    let usual = [1, 0, 101, 108, 113, 228, 229, 276];
    let others = (0..512).filter(|link| !usual.contains(link));
    usual.into_iter().chain(others).map(LinkType).filter(|link| prints(*link)).collect()
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(([link, how, more], bytes)) = data.split_first_chunk() else { return };
    let link = LINKS[usize::from(*link) % LINKS.len()];
    let payload = WORDS.get(usize::from(how >> 6 & 1) * usize::from(*more));
    let options = Options {
        verbose: how % 4,
        quiet: how >> 3 & 1,
        link_header: how & 16 != 0,
        numeric: true,
        keys: (how & 32 != 0).then_some(&Open),
        payload: payload.map(|(_, who)| *who).filter(|_| how & 64 != 0),
        ..Options::default()
    };
    let length = bytes.len() as u32 + u32::from(*more);
    let mut memories = [Ear::Text, Ear::Json, Ear::Deaf].map(|ear| {
        let (mut memory, mut text) = (Memory::default(), Vec::new());
        let seen = Packet { bytes, length, time: Timestamp::default(), link };
        let mut out = Out::new(ear, &mut text, None);
        let _ = out.item(|out| Ok(packet(seen, options, &mut memory, out)));
        // NetBIOS names have bytes that terminals do nothing about.
        let harmless = |c: &u8| {
            matches!(c, b' '..=b'~' | b'\n' | b'\t')
                || matches!(c, 1..=4 | 6 | 0x10 | 0x12 | 0x14..=0x17 | 0x19 | 0x1c..=0x1f)
        };
        assert!(text.iter().all(harmless), "a packet speaks to the terminal");
        memory
    });
    let [text, json, deaf] = &mut memories;
    assert!(text == json && json == deaf);
});

/// Nothing is hidden from those who have these keys.
#[derive(Debug)]
struct Open;

impl Keys for Open {
    fn esp(&self, _: u32, _: IpAddr, body: &[u8], plain: &mut Vec<u8>) -> Opened {
        plain.extend_from_slice(body);
        if body.is_empty() { Opened::Short } else { Opened::Plain }
    }

    fn ikev2(&self, _: bool, _: [[u8; 8]; 2], body: &[u8], plain: &mut Vec<u8>) -> Opened {
        plain.extend_from_slice(body);
        Opened::Plain
    }

    fn md5(&self, _: &[&[u8]]) -> Option<[u8; 16]> {
        Some([0; 16])
    }

    fn hmac_md5(&self, _: &[&[u8]]) -> Option<[u8; 16]> {
        Some([0; 16])
    }
}

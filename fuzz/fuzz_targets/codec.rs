//! Any bytes are decompressed without a panic, and within bounds; what is compressed is decompressed the same,
//! with flushes and boundaries anywhere, and up to the last flush wherever the file ends.
#![no_main]
use gannet_savefile::codec::{Codec, Decoder, Encoder, Limits};
use std::io::{ErrorKind, Read, Write};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = Limits { max_window: 8 << 20, max_dictionary: 8 << 20, max_ratio: 100, free: 1 << 22 };
    let bound = (1 << 22) + data.len() * 100 + 65_536;
    assert!(decode(data, limits).len() <= bound);
    let Some((&[how, cut], content)) = data.split_first_chunk() else { return };
    let codec = [Codec::Gzip, Codec::Zstd, Codec::Lz4][usize::from(how % 3)];
    let level = (codec == Codec::Zstd).then_some(1 + u32::from(cut % 4));
    let mut encoder = Encoder::new(codec, Vec::new(), level).unwrap();
    let mut flushed = (0, 0);
    let mut given = 0;
    for (i, record) in content.chunks(1 + usize::from(how) * 3).enumerate() {
        encoder.write_all(record).unwrap();
        given += record.len();
        encoder.boundary().unwrap();
        if i % 16 == 15 {
            encoder.flush().unwrap();
            flushed = (encoder.compressed_offset() as usize, given);
        }
    }
    let file = encoder.finish().unwrap();
    assert!(decode(&file, Limits::default()) == content);
    let cut = flushed.0 + (file.len() - flushed.0) * usize::from(cut) / 256;
    if cut >= Codec::MAGIC_SIZE {
        let again = decode(&file[..cut], Limits::default());
        assert!(again.len() >= flushed.1 && content.starts_with(&again));
    }
});

/// All that can be had of some bytes.
fn decode(bytes: &[u8], limits: Limits) -> Vec<u8> {
    let mut decoder = Decoder::with_limits(bytes, limits).unwrap();
    let mut all = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return all,
            Ok(n) => all.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return all,
        }
    }
}

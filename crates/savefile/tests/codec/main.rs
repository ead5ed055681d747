//! Compressed savefiles: what others and we compress is read, whole, in pieces, cut off, damaged and hostile.

mod bombs;
mod damage;
mod encoder;
mod programs;
mod samples;
mod source;

use gannet_savefile::codec::{Decoder, Limits};
use std::io::{self, ErrorKind, Read};

/// The content of every sample.
fn text() -> Vec<u8> {
    (0..200).flat_map(|i| format!("packet {i} of length {}\n", i * i % 97).into_bytes()).collect()
}

/// The samples, with their names: see `samples.rs` for how they were made.
const SAMPLES: [(&str, &[u8]); 10] = [
    ("named.gz", include_bytes!("samples/named.gz")),
    ("members.gz", include_bytes!("samples/members.gz")),
    ("plain.zst", include_bytes!("samples/plain.zst")),
    ("frames.zst", include_bytes!("samples/frames.zst")),
    ("linked.lz4", include_bytes!("samples/linked.lz4")),
    ("frames.lz4", include_bytes!("samples/frames.lz4")),
    ("legacy.lz4", include_bytes!("samples/legacy.lz4")),
    ("streams.xz", include_bytes!("samples/streams.xz")),
    ("filter.xz", include_bytes!("samples/filter.xz")),
    ("blocks.xz", include_bytes!("samples/blocks.xz")),
];

/// Something that shrinks to about two thirds: words, numbers that count, and noise.
fn mixture(length: usize) -> Vec<u8> {
    let mut seed = 0x1234_5678_9abc_def1u64;
    let mut bytes = Vec::with_capacity(length + 64);
    while bytes.len() < length {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        bytes.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        bytes.extend_from_slice(b"GET /index.html HTTP/1.1\r\n");
        bytes.extend_from_slice(&seed.to_le_bytes()[..(seed % 8) as usize]);
        bytes.extend_from_slice(&seed.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Reads to the end or to an error, in pieces of a size; fails if that takes too many calls.
fn read_all<R: Read>(decoder: &mut Decoder<R>, piece: usize) -> (Vec<u8>, io::Result<()>) {
    let mut all = Vec::new();
    let mut buffer = vec![0; piece];
    for _ in 0..20_000_000 {
        match decoder.read(&mut buffer) {
            Ok(0) => return (all, Ok(())),
            Ok(n) => all.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (all, Err(error)),
        }
    }
    panic!("it does not end");
}

/// Decodes bytes that are in memory.
fn decode(bytes: &[u8]) -> (Vec<u8>, io::Result<()>) {
    read_all(&mut Decoder::open(bytes).unwrap(), 10_000)
}

fn decode_within(bytes: &[u8], limits: Limits) -> (Vec<u8>, io::Result<()>) {
    read_all(&mut Decoder::with_limits(bytes, limits).unwrap(), 64 * 1024)
}

//! Inputs that are made to take memory, time or disks.

use crate::{decode, decode_within};
use gannet_savefile::codec::{Codec, Decoder, Encoder, Limits};
use std::io::{self, ErrorKind, Read, Write};

/// A zstd frame of zeros, 128 KiB for each 4 bytes.
fn zstd_zeros(blocks: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x58];
    for i in 0..blocks {
        let header = (128 * 1024) << 3 | 1 << 1 | u32::from(i + 1 == blocks);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

#[test]
fn beyond_the_ratio_it_stops_and_the_ratio_can_be_lifted() {
    let bomb = zstd_zeros(400);
    let limits = Limits { free: 1 << 24, max_ratio: 1000, ..Limits::default() };
    let (content, end) = decode_within(&bomb, limits);
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("grows more than 1000-fold"), "{error}");
    assert!(content.len() >= 1 << 24 && content.len() < (1 << 24) + 200_000, "{}", content.len());
    let (content, end) = decode_within(&bomb, limits.any_ratio());
    assert_eq!((content.len(), end.is_ok()), (400 * 128 * 1024, true));
    let (content, end) = decode(&bomb);
    assert_eq!((content.len(), end.is_ok()), (400 * 128 * 1024, true));
}

#[test]
fn the_best_that_gzip_can_do_is_no_bomb() {
    let mut encoder = Encoder::new(Codec::Gzip, Vec::new(), Some(9)).unwrap();
    encoder.write_all(&vec![0; 50_000_000]).unwrap();
    let file = encoder.finish().unwrap();
    assert!(file.len() < 60_000);
    let limits = Limits { free: 0, ..Limits::default() };
    let (content, end) = decode_within(&file, limits);
    assert!(end.is_ok() && content.len() == 50_000_000, "{end:?}");
}

#[test]
fn windows_and_dictionaries_that_are_too_large_are_refused_in_words() {
    // A window descriptor of 2 GiB, as zstd --long=31 writes.
    let (_, end) = decode(&[0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0]);
    assert_eq!(
        end.unwrap_err().to_string(),
        "compressed input is refused: it was made with a window of 2048 MiB (zstd --long), and 128 MiB is the most \
         that is given (zstd, byte 0)"
    );
    // 128 MiB, as --long writes: an empty frame of it is read.
    assert!(decode(&[0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 1, 0, 0]).1.is_ok());
    // The same by a length of 4 GiB in a single segment.
    assert!(decode(&[0x28, 0xb5, 0x2f, 0xfd, 0xa0, 255, 255, 255, 255, 1, 0, 0]).1.is_err());
    let limits = Limits { max_dictionary: 4096, ..Limits::default() };
    let (_, end) = decode_within(crate::SAMPLES[8].1, limits);
    let words = end.unwrap_err().to_string();
    assert!(words.contains("with a dictionary of 8 MiB, and 0 MiB is the most"), "{words}");
}

#[test]
fn input_without_output_lets_signals_be_seen() {
    /// Empty gzip members, without end.
    struct Endless(Vec<u8>, usize);
    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = (&self.0[self.1..]).read(out)?;
            self.1 = (self.1 + n) % self.0.len();
            Ok(n)
        }
    }
    let member = Encoder::new(Codec::Gzip, Vec::new(), None).unwrap().finish().unwrap();
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 0xf8, 0xff, 0xff, 0xff][..], &[0; 0xfff8]].concat();
    for endless in [member, skipped] {
        let mut decoder = Decoder::open(Endless(endless, 0)).unwrap();
        for _ in 0..3 {
            assert_eq!(decoder.read(&mut [0; 10]).unwrap_err().kind(), ErrorKind::Interrupted);
        }
        assert!(decoder.compressed_offset().unwrap() < 14 << 20);
    }
}

#[test]
fn claims_cost_nothing() {
    // An lz4 block, an xz header and a frame to be skipped that are longer than the input.
    assert!(decode(&[0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0xdf, 0xff, 0xff, 0x3f, 0, 1]).1.is_err());
    assert!(decode(&[0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]).1.is_err());
}

//! Small files that other programs made, of what is rare in each format.
//!
//! The first 2,000 bytes of the text are A, the rest B. `named.gz`: gzip -9 of a file, with its name and time.
//! `members.gz`: gzip -1 of A, of nothing, gzip -9 of B. `plain.zst`: zstd -19 --check. `frames.zst`: a frame to
//! be skipped, A without a checksum, an empty frame to be skipped, B from a pipe. `linked.lz4`: lz4 -BD -BX.
//! `frames.lz4`: lz4 --content-size of A, a frame to be skipped, lz4 --no-frame-crc of B. `legacy.lz4`: lz4 -l.
//! `streams.xz`: xz -0 -C crc32 of A, eight zeros, xz --block-size=1000 of B. `filter.xz`: xz -C sha256
//! --delta=dist=3. `blocks.xz`: xz -T2 --block-size=1500.

use crate::{SAMPLES, decode, read_all, text};
use gannet_savefile::codec::{Codec, Decoder};

#[test]
fn all_are_read() {
    for (name, bytes) in SAMPLES {
        let (content, end) = decode(bytes);
        end.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(content == text(), "{name}");
    }
}

#[test]
fn formats_are_known_by_magic_name_and_extension() {
    for (name, bytes) in SAMPLES {
        let codec = Codec::of_extension(name.rsplit('.').next().unwrap()).unwrap();
        assert_eq!(Decoder::open(bytes).unwrap().codec(), Some(codec), "{name}");
        assert_eq!(Codec::of_magic(bytes), Some(codec));
        assert_eq!(Codec::of_name(&codec.to_string()), Some(codec));
    }
    assert_eq!(Codec::of_extension("GZ"), Some(Codec::Gzip));
    assert_eq!(Codec::of_extension("pcap"), None);
    for pcap in [0xa1b2_c3d4u32, 0xa1b2_3c4d, 0xa1b2_cd34, 0x0a0d_0d0a] {
        assert_eq!(Codec::of_magic(&pcap.to_le_bytes()), None);
        assert_eq!(Codec::of_magic(&pcap.to_be_bytes()), None);
    }
}

#[test]
fn one_behind_the_other_they_read_as_one_whatever_their_formats() {
    // The legacy lz4 frame ends at what cannot be the length of a block, and not at zeros.
    let bytes: Vec<u8> = SAMPLES.iter().flat_map(|(_, bytes)| *bytes).copied().collect();
    let mut decoder = Decoder::open(&bytes[..]).unwrap();
    let (content, end) = read_all(&mut decoder, 777);
    end.unwrap();
    assert!(content == text().repeat(SAMPLES.len()));
    assert_eq!(decoder.compressed_offset(), Some(bytes.len() as u64));
    assert_eq!(decoder.codec(), Some(Codec::Gzip));
}

#[test]
fn zeros_behind_the_end_are_nothing_and_anything_else_is_an_error_after_all_was_read() {
    for (name, bytes) in SAMPLES.into_iter().filter(|(name, _)| *name != "legacy.lz4") {
        let mut longer = bytes.to_vec();
        longer.resize(bytes.len() + 1001, 0);
        let (content, end) = decode(&longer);
        assert!(content == text() && end.is_ok(), "{name}: {end:?}");
        longer.extend(b"and more");
        let (content, end) = decode(&longer);
        assert!(content == text(), "{name}");
        let words = end.unwrap_err().to_string();
        assert!(
            words.starts_with("compressed input is damaged: garbage follows the compressed data"),
            "{words}"
        );
    }
}

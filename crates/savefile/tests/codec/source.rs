//! What the decoder does with its source: reads past it by nothing, loses nothing, copies nothing twice.

use crate::{SAMPLES, read_all, text};
use gannet_savefile::codec::Decoder;
use std::io::{self, ErrorKind, Read};

/// Gives a few bytes at a time, and is interrupted before each of them.
struct Stutter<'b> {
    bytes: &'b [u8],
    piece: usize,
    interrupted: bool,
}

impl Read for Stutter<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let n = out.len().min(self.piece).min(self.bytes.len());
        self.bytes.read(&mut out[..n])
    }
}

#[test]
fn interruptions_lose_nothing_and_are_passed_on() {
    for (name, bytes) in SAMPLES {
        for piece in [1, 2, 3, 7, 100, 100_000] {
            for out in [1, 5, 4096] {
                let stutter = Stutter { bytes, piece, interrupted: false };
                let mut decoder = Decoder::open(stutter).unwrap();
                let mut buffer = vec![0; out];
                assert_eq!(decoder.read(&mut buffer).map_err(|error| error.kind()).ok(), None, "{name}");
                let (content, end) = read_all(&mut decoder, out);
                assert!(content == text() && end.is_ok(), "{name} {piece} {out}: {end:?}");
            }
        }
    }
}

#[test]
fn what_is_not_compressed_is_read_straight_into_the_buffer_of_the_caller() {
    /// Notes how much it is asked for.
    struct Asked<'b>(&'b [u8], Vec<usize>);
    impl Read for Asked<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1.push(out.len());
            self.0.read(out)
        }
    }
    let bytes = text();
    let mut asked = Asked(&bytes, Vec::new());
    let mut decoder = Decoder::open(&mut asked).unwrap();
    assert_eq!((decoder.codec(), decoder.compressed_offset()), (None, None));
    let (content, end) = read_all(&mut decoder, 1000);
    assert!(content == bytes && end.is_ok());
    assert_eq!(asked.1, [6, 1000, 1000, 1000, 1000, 1000, 1000]);
}

#[test]
fn inputs_shorter_than_a_magic_number_are_passed_on() {
    for bytes in [&b""[..], b"a", b"\x1f\x8b", b"\x28\xb5\x2f", b"\xfd7zXZ"] {
        let mut decoder = Decoder::open(bytes).unwrap();
        let (content, end) = read_all(&mut decoder, 10);
        assert!(content == bytes && end.is_ok());
    }
}

#[test]
fn an_error_of_the_source_can_be_survived() {
    struct Failing<'b>(&'b [u8], bool);
    impl Read for Failing<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.len() < 300 && !self.1 {
                self.1 = true;
                return Err(io::Error::from_raw_os_error(5));
            }
            let n = out.len().min(50);
            self.0.read(&mut out[..n])
        }
    }
    for (name, bytes) in SAMPLES {
        let mut decoder = Decoder::open(Failing(bytes, false)).unwrap();
        let (mut content, end) = read_all(&mut decoder, 100);
        assert_eq!(end.unwrap_err().raw_os_error(), Some(5));
        let (rest, end) = read_all(&mut decoder, 100);
        content.extend(rest);
        assert!(content == text() && end.is_ok(), "{name}: {end:?}");
    }
}

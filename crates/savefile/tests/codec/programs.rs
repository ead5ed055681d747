//! The programs that everybody has, both ways. One that is not installed is skipped, and that is said.

use crate::{mixture, read_all};
use gannet_savefile::codec::{Codec, Decoder, Encoder};
use std::io::Write;
use std::process::{Command, Stdio};

/// What a program makes of its input; `None` if there is no such program.
fn run(program: &str, args: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let started = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            eprintln!("SKIPPED: {program} does not start: {error}");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    assert!(output.status.success() && written.is_ok(), "{program} {args:?}: {}", output.status);
    Some(output.stdout)
}

#[test]
fn what_they_compress_is_read() {
    let content = mixture(3_000_000);
    let ways: [(&str, &[&str]); 17] = [
        ("gzip", &["-1"]),
        ("gzip", &["-9"]),
        ("zstd", &["-q", "-1"]),
        ("zstd", &["-q", "-3", "--no-check"]),
        ("zstd", &["-q", "-19"]),
        ("zstd", &["-q", "--fast=5", "--stream-size=3000000"]),
        ("zstd", &["-q", "--long=27"]),
        ("zstd", &["-q", "-T2", "-B100KB"]),
        ("lz4", &["-q", "-1", "-BD", "-B4"]),
        ("lz4", &["-q", "-9", "-BD", "-B5", "-BX"]),
        ("lz4", &["-q", "-B7"]),
        ("lz4", &["-q", "-l"]),
        ("lz4", &["-q", "--fast=9", "--no-frame-crc"]),
        ("xz", &["-0"]),
        ("xz", &["-6", "-C", "crc32"]),
        ("xz", &["-2", "--x86", "--lzma2=lc=0,lp=2,pb=1", "-C", "none"]),
        ("xz", &["-1", "-T2", "--block-size=100000"]),
    ];
    for (program, args) in ways {
        let args = [args, &["-c"]].concat();
        let Some(file) = run(program, &args, &content) else { continue };
        let mut decoder = Decoder::open(&file[..]).unwrap();
        assert_eq!(decoder.codec(), Codec::of_name(program));
        let (again, end) = read_all(&mut decoder, 1 << 18);
        end.unwrap_or_else(|error| panic!("{program} {args:?}: {error}"));
        assert!(again == content, "{program} {args:?}");
    }
}

#[test]
fn what_we_compress_they_read() {
    for content in [Vec::new(), b"short".to_vec(), vec![7; 2_000_000], mixture(3_000_000)] {
        for codec in [Codec::Gzip, Codec::Zstd, Codec::Lz4] {
            let mut encoder = Encoder::new(codec, Vec::new(), None).unwrap();
            for (i, record) in content.chunks(1500).enumerate() {
                encoder.write_all(record).unwrap();
                encoder.boundary().unwrap();
                if i == 500 {
                    encoder.flush().unwrap();
                }
            }
            let file = encoder.finish().unwrap();
            if let Some(again) = run(codec.name(), &["-d", "-c"], &file) {
                assert!(again == content, "{codec}");
            }
        }
    }
}

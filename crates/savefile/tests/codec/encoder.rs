//! What we compress is read again: whole, from the middle, and up to the last flush.

use crate::{decode, mixture, read_all};
use gannet_savefile::codec::seek::Table;
use gannet_savefile::codec::{Codec, Decoder, Encoder};
use gannet_savefile::worker::Worker;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

const WRITTEN: [Codec; 3] = [Codec::Gzip, Codec::Zstd, Codec::Lz4];

/// Contents that end where blocks and frames do, and some that are easy or hard to compress.
fn contents() -> Vec<Vec<u8>> {
    let mut contents: Vec<Vec<u8>> = [0, 1, 2, 255, 256, 65_535, 65_536, 131_071, 131_072, 131_073, 700_000]
        .into_iter()
        .map(mixture)
        .collect();
    contents.extend([vec![0; 1_300_000], b"ab".repeat(200_000), crate::text().repeat(40)]);
    contents
}

#[test]
fn what_was_compressed_is_decompressed() {
    for codec in WRITTEN {
        for (i, content) in contents().iter().enumerate() {
            for piece in [1 + i * 37, 1 << 20] {
                let mut encoder = Encoder::new(codec, Vec::new(), None).unwrap();
                for record in content.chunks(piece) {
                    encoder.write_all(record).unwrap();
                    encoder.boundary().unwrap();
                }
                let file = encoder.finish().unwrap();
                let mut decoder = Decoder::open(&file[..]).unwrap();
                assert_eq!(decoder.codec(), Some(codec));
                let (again, end) = read_all(&mut decoder, 1 << 16);
                end.unwrap_or_else(|error| panic!("{codec} {i}: {error}"));
                assert!(again == *content, "{codec} {i} {piece}");
                assert_eq!(decoder.compressed_offset(), Some(file.len() as u64));
            }
        }
    }
}

#[test]
fn every_level_of_gzip_is_read() {
    let content = mixture(300_000);
    let sizes: Vec<usize> = (0..=9)
        .map(|level| {
            let mut encoder = Encoder::new(Codec::Gzip, Vec::new(), Some(level)).unwrap();
            encoder.write_all(&content).unwrap();
            let file = encoder.finish().unwrap();
            assert!(decode(&file).0 == content);
            file.len()
        })
        .collect();
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[9], "{sizes:?}");
}

#[test]
fn up_to_the_last_flush_all_is_there_wherever_the_file_ends() {
    for codec in WRITTEN {
        let mut encoder = Encoder::new(codec, Vec::new(), None).unwrap();
        let mut flushed = Vec::new();
        let content = mixture(6_000);
        for (i, record) in content.chunks(50).enumerate() {
            encoder.write_all(record).unwrap();
            if i % 10 == 9 {
                encoder.flush().unwrap();
                flushed.push((encoder.compressed_offset() as usize, (i + 1) * 50));
            }
        }
        let file = encoder.finish().unwrap();
        for cut in (flushed[0].0..file.len()).step_by(3) {
            let there = flushed.iter().rev().find(|(offset, _)| *offset <= cut).unwrap().1;
            let (again, _) = decode(&file[..cut]);
            assert!(again.len() >= there && content.starts_with(&again), "{codec} {cut}");
        }
    }
}

#[test]
fn the_seek_table_leads_to_any_byte() {
    let content = mixture(5_000_000);
    let mut worker = Worker::encoding(Encoder::new(Codec::Zstd, Vec::new(), None).unwrap()).unwrap();
    for record in content.chunks(1000) {
        worker.write_all(record).unwrap();
        worker.boundary();
    }
    let mut file = Cursor::new(worker.finish().unwrap().finish().unwrap());
    let table = Table::read(&mut file).unwrap().unwrap();
    assert_eq!(table.content_length(), content.len() as u64);
    assert!((4..=8).contains(&table.frames().len()), "{}", table.frames().len());
    for offset in [0, 1, 999_999, 2_500_000, 4_999_999] {
        let frame = table.frame_at(offset).unwrap();
        assert_eq!(frame.content.start % 1000, 0);
        file.seek(SeekFrom::Start(frame.compressed.start)).unwrap();
        let mut decoder = Decoder::open(&mut file).unwrap();
        let mut bytes = Vec::new();
        decoder.by_ref().take(offset - frame.content.start + 1).read_to_end(&mut bytes).unwrap();
        assert!(bytes == content[frame.content.start as usize..=offset as usize]);
    }
}

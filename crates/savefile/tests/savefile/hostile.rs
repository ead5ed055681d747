//! Files cut anywhere and changed anywhere: the reader ends, panics never, and takes no more memory.

use crate::samples::{self, ORDERS, read, read_every_way, read_well};

fn all() -> Vec<Vec<u8>> {
    ORDERS
        .iter()
        .flat_map(|order| [samples::pcap(*order), samples::pcapng(*order), samples::all_blocks(*order)])
        .collect()
}

#[test]
fn every_prefix_gives_a_prefix_of_the_packets() {
    for file in all() {
        let whole = read_well(&file);
        let mut most = 0;
        for n in 0..file.len() {
            let Ok((packets, errors)) = read(&file[..n]) else { continue };
            assert_eq!(packets[..], whole[..packets.len()], "cut at {n}");
            assert!(errors.len() <= 1, "cut at {n}: {errors:?}");
            read_every_way(&file[..n]);
            most = most.max(packets.len());
        }
        assert!(most >= whole.len() - 1);
    }
}

#[test]
fn every_byte_changed() {
    for file in all() {
        for at in 0..file.len() {
            for value in [0, 4, 0x80, 0xff, file[at] ^ 1, file[at].wrapping_add(4)] {
                let mut file = file.clone();
                file[at] = value;
                read_every_way(&file);
            }
        }
    }
}

#[test]
fn every_word_changed() {
    for file in all() {
        for at in (0..file.len() - 3).step_by(4) {
            for value in [0u32, 12, 0x7fff_ffff, 0x8000_0000, u32::MAX, u32::MAX - 3, 1 << 24] {
                for bytes in [value.to_le_bytes(), value.to_be_bytes()] {
                    let mut file = file.clone();
                    file[at..at + 4].copy_from_slice(&bytes);
                    read_every_way(&file);
                }
            }
        }
    }
}

//! Two savefiles for the bench, the same bytes on each machine: everyday traffic of all sizes, and small packets only.
//!
//! A pool of some thousand frames is built once; the file is frames of the pool in random order, each with a time
//! of its own. So a gigabyte needs a second, and no memory.

use super::traffic::Dice;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What a file is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TCP, UDP, DNS, ICMP, ARP, IPv6 and VLAN; 740 bytes on average.
    Mix,
    /// The same protocols without payload, 62 bytes on average.
    Small,
}

const POOL: usize = 8192;

/// Writes a file of at least `size` bytes, and says how many packets are in it.
pub fn write(path: &Path, kind: Kind, size: u64) -> io::Result<u64> {
    let mut dice = Dice(0x5851_f42d_4c95_7f2d);
    let pool: Vec<Vec<u8>> = (0..POOL).map(|_| frame(&mut dice, kind)).collect();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&0xa1b2_c3d4u32.to_ne_bytes())?;
    file.write_all(&[2u16.to_ne_bytes(), 4u16.to_ne_bytes()].concat())?;
    for word in [0u32, 0, 262_144, 1] {
        file.write_all(&word.to_ne_bytes())?;
    }
    let (mut written, mut packets) = (24, 0u64);
    while written < size {
        let Some(frame) = pool.get(dice.throw(POOL as u64) as usize) else { break };
        let time = 1_700_000_000_000_000 + packets * 23;
        let length = frame.len() as u32;
        for word in [(time / 1_000_000) as u32, (time % 1_000_000) as u32, length, length] {
            file.write_all(&word.to_ne_bytes())?;
        }
        file.write_all(frame)?;
        written += 16 + u64::from(length);
        packets += 1;
    }
    file.flush()?;
    Ok(packets)
}

fn frame(dice: &mut Dice, kind: Kind) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, dice.throw(40) as u8, 2, 0, 0, 0, 1, dice.throw(40) as u8];
    if dice.throw(20) == 0 {
        frame.extend([0x81, 0, 0, 1 + dice.throw(9) as u8]);
    }
    match dice.throw(100) {
        0..=79 => ipv4(&mut frame, dice, kind),
        80..=95 => ipv6(&mut frame, dice, kind),
        _ => arp(&mut frame, dice),
    }
    frame.resize(frame.len().max(60), 0);
    frame
}

fn ipv4(frame: &mut Vec<u8>, dice: &mut Dice, kind: Kind) {
    let (protocol, payload) = transport(dice, kind);
    frame.extend([8, 0, 0x45, 0]);
    frame.extend(((payload.len() + 20) as u16).to_be_bytes());
    frame.extend([dice.throw(256) as u8, dice.throw(256) as u8, 0x40, 0, 64, protocol, 0, 0]);
    frame.extend([10, dice.throw(4) as u8, dice.throw(256) as u8, dice.throw(256) as u8]);
    frame.extend([192, 0, 2, dice.throw(256) as u8]);
    frame.extend(payload);
}

fn ipv6(frame: &mut Vec<u8>, dice: &mut Dice, kind: Kind) {
    let (protocol, payload) = transport(dice, kind);
    frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
    frame.extend((payload.len() as u16).to_be_bytes());
    frame.extend([if protocol == 1 { 58 } else { protocol }, 64]);
    for _ in 0..2 {
        frame.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, dice.throw(4) as u8]);
        frame.push(dice.throw(256) as u8);
    }
    frame.extend(payload);
}

/// The protocol's number, and a segment, datagram or message.
fn transport(dice: &mut Dice, kind: Kind) -> (u8, Vec<u8>) {
    let most = |n: u64| if kind == Kind::Small { 0 } else { n };
    match dice.throw(100) {
        0..=69 => (6, tcp(dice, most(1448))),
        70..=79 => (17, udp(dice, 30_000, most(1200))),
        80..=94 if kind == Kind::Small => (17, udp(dice, 53, 8)),
        80..=94 => (17, udp(dice, 53, 200)),
        _ => {
            let mut echo = vec![8, 0, 0, 0, 0, 1, 0, dice.throw(256) as u8];
            echo.resize(if kind == Kind::Small { 28 } else { 64 }, 0x61);
            (1, echo)
        }
    }
}

fn tcp(dice: &mut Dice, most: u64) -> Vec<u8> {
    let port: u16 = [80, 443, 443, 443, 22, 8443, 5222, 6881][dice.throw(8) as usize];
    let mut ports = [32_768 + dice.throw(20_000) as u16, port];
    if dice.throw(2) == 0 {
        ports.reverse();
    }
    let mut segment: Vec<u8> = ports.into_iter().flat_map(u16::to_be_bytes).collect();
    segment.extend((dice.throw(1 << 30) as u32).to_be_bytes());
    segment.extend((dice.throw(1 << 30) as u32).to_be_bytes());
    segment.extend([0x50, 0x10 | (dice.throw(2) as u8) << 3, 1, 0xf5, 0, 0, 0, 0]);
    // Bulk data is most of what there is, acknowledgements come next.
    let length = match dice.throw(10) {
        0..=4 => most,
        5..=7 => 0,
        _ => dice.throw(most + 1),
    };
    fill(&mut segment, length, dice);
    segment
}

fn udp(dice: &mut Dice, port: u16, most: u64) -> Vec<u8> {
    let length = most / 4 + dice.throw(most / 4 * 3 + 1);
    let mut datagram = (20_000 + dice.throw(9000) as u16).to_be_bytes().to_vec();
    datagram.extend(port.to_be_bytes());
    datagram.extend(((length + 8) as u16).to_be_bytes());
    datagram.extend([0, 0]);
    fill(&mut datagram, length, dice);
    datagram
}

fn fill(bytes: &mut Vec<u8>, length: u64, dice: &mut Dice) {
    bytes.extend((0..length).map(|_| dice.throw(256) as u8));
}

fn arp(frame: &mut Vec<u8>, dice: &mut Dice) {
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 1]);
    frame.push(dice.throw(250) as u8);
}

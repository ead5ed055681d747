//! A file of everyday traffic: TCP between forty hosts, DNS, ICMP, ARP and IPv6, the same each time. (The time that
//! tcpdump needs for a line grows with the number of hosts; with forty it is at its best.)

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `packets` packets to a new file.
pub fn write(path: &Path, packets: u64) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&0xa1b2_c3d4u32.to_ne_bytes())?;
    file.write_all(&[2u16.to_ne_bytes(), 4u16.to_ne_bytes()].concat())?;
    for word in [0u32, 0, 262_144, 1] {
        file.write_all(&word.to_ne_bytes())?;
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for n in 0..packets {
        let frame = frame(&mut dice);
        let time = 1_700_000_000_000_000 + n * 37;
        for word in
            [(time / 1_000_000) as u32, (time % 1_000_000) as u32, frame.len() as u32, frame.len() as u32]
        {
            file.write_all(&word.to_ne_bytes())?;
        }
        file.write_all(&frame)?;
    }
    file.flush()
}

/// So many frames of the same traffic.
pub fn frames(count: usize) -> Vec<Vec<u8>> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    (0..count).map(|_| frame(&mut dice)).collect()
}

/// Numbers without rhyme, the same in each run (xorshift).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn frame(dice: &mut Dice) -> Vec<u8> {
    match dice.throw(100) {
        0..=69 => ethernet(0x0800, &ipv4(dice, 6, tcp)),
        70..=84 => ethernet(0x0800, &ipv4(dice, 17, dns)),
        85..=89 => ethernet(0x0800, &ipv4(dice, 1, echo)),
        90..=92 => ethernet(0x0806, &arp(dice)),
        _ => ethernet(0x86dd, &ipv6(dice)),
    }
}

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    frame.extend(kind.to_be_bytes());
    frame.extend(payload);
    frame
}

fn ipv4(dice: &mut Dice, protocol: u8, payload: fn(&mut Dice) -> Vec<u8>) -> Vec<u8> {
    let payload = payload(dice);
    let mut packet = vec![0x45, 0];
    packet.extend(((payload.len() + 20) as u16).to_be_bytes());
    packet.extend([dice.throw(256) as u8, 1, 0x40, 0, 64, protocol, 0, 0]);
    packet.extend([10, 0, 0, dice.throw(30) as u8]);
    packet.extend([10, 0, 1, 70 + dice.throw(10) as u8]);
    packet.extend(payload);
    packet
}

fn ipv6(dice: &mut Dice) -> Vec<u8> {
    let payload = tcp(dice);
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([6, 64]);
    for _ in 0..2 {
        packet.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, dice.throw(200) as u8]);
    }
    packet.extend(payload);
    packet
}

fn tcp(dice: &mut Dice) -> Vec<u8> {
    let port = [8443u16, 9000, 5222, 6881][dice.throw(4) as usize];
    let mut segment = (40_000 + dice.throw(20) as u16).to_be_bytes().to_vec();
    segment.extend(port.to_be_bytes());
    segment.extend((dice.throw(1 << 20) as u32).to_be_bytes());
    segment.extend((dice.throw(1 << 20) as u32).to_be_bytes());
    segment.extend([0x80, 0x10 | (dice.throw(2) as u8) << 3, 1, 0xf5, 0, 0, 0, 0]);
    segment.extend([1, 1, 8, 10]);
    segment.extend((dice.throw(1 << 30) as u32).to_be_bytes());
    segment.extend((dice.throw(1 << 30) as u32).to_be_bytes());
    let length = [0, 0, 512, 1448][dice.throw(4) as usize];
    segment.resize(segment.len() + length, 0x5a);
    segment
}

fn dns(dice: &mut Dice) -> Vec<u8> {
    let mut message = vec![dice.throw(256) as u8, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    message.extend(b"\x03www\x07example\x03com\0\0\x01\0\x01");
    let mut datagram = (30_000 + dice.throw(1000) as u16).to_be_bytes().to_vec();
    datagram.extend(53u16.to_be_bytes());
    datagram.extend(((message.len() + 8) as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(message);
    datagram
}

fn echo(dice: &mut Dice) -> Vec<u8> {
    let mut message = vec![8, 0, 0, 0, 0, 1, 0, dice.throw(256) as u8];
    message.resize(64, 0x61);
    message
}

fn arp(dice: &mut Dice) -> Vec<u8> {
    let mut packet = vec![0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 1];
    packet.push(dice.throw(250) as u8);
    packet.resize(46, 0);
    packet
}

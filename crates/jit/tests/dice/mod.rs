//! Programs and packets that look random, the same in every run.

#![allow(dead_code, reason = "each of the files that include this uses a part of it")]

use gannet_bpf::{Instruction, Limits, Metadata, Program, ancillary, check, opcode::*};

/// A packet with what a filter may ask about it.
#[derive(Clone, Debug, Default)]
pub struct Packet {
    pub bytes: Vec<u8>,
    pub wire_len: u32,
    pub meta: Metadata,
}

/// Numbers that look random (xorshift).
pub struct Dice(pub u64);

const CODES: [u16; 14] = [
    LD | W | ABS,
    LD | H | ABS,
    LD | B | ABS,
    LD | H | IND,
    LD | B | IND,
    LD | W | IND,
    LDX | B | MSH,
    LD | W | LEN,
    LD | IMM,
    LDX | IMM,
    MISC | TAX,
    MISC | TXA,
    LDX | W | LEN,
    LD | H | ABS,
];

const OPERATIONS: [u16; 11] = [ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR];

impl Dice {
    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit.max(1)
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next() as usize % from.len()]
    }

    /// An operand that is likely to matter: small, at an edge, or a special offset.
    fn operand(&mut self) -> u32 {
        match self.below(14) {
            0 => u32::MAX - self.below(4),
            1 => ancillary::AD_OFF + self.pick(&[0, 4, 8, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60]),
            2 => {
                self.pick(&[ancillary::NET_OFF, ancillary::LL_OFF, 0x8000_0000, 0x7fff_fffc]) + self.below(8)
            }
            3 => self.next(),
            4 => 1 << self.below(32),
            5 => self.below(4) << self.pick(&[8, 16, 24]),
            _ => self.below(24),
        }
    }

    fn instruction(&mut self, left: u32) -> Instruction {
        let k = self.operand();
        let by_x = self.pick(&[K, K, K, X]);
        let near = |dice: &mut Self| dice.below(left.min(256)).min(dice.next() % 8) as u8;
        match self.below(13) {
            0..=2 => Instruction::stmt(self.pick(&CODES), k),
            12 => Instruction::stmt(ALU | self.pick(&[LSH, RSH, DIV, MOD]) | X, 0),
            3 => Instruction::stmt(self.pick(&[ST, STX, LD | MEM, LDX | MEM]), k % 16),
            4 => match self.pick(&OPERATIONS) {
                NEG => Instruction::stmt(ALU | NEG, k),
                op @ (LSH | RSH) if by_x == K => Instruction::stmt(ALU | op, k % 32),
                op => Instruction::stmt(ALU | op | by_x, k),
            },
            5 => Instruction::stmt(ALU | AND | K, self.pick(&[0xff, 0xff00, 0xffff_0000, 0x0f, 0x1fff, k])),
            6 => Instruction::stmt(JMP | JA, self.below(left.min(4))),
            7 | 8 => {
                // Values that the packets are full of, in either half.
                let key = self.below(4) << self.pick(&[0, 8, 16]) | self.below(4);
                Instruction::jump(JMP | self.pick(&[JEQ, JSET]) | K, key, near(self), near(self))
            }
            9 => Instruction::stmt(RET, self.pick(&[0, 0, 1, 9])),
            _ => Instruction::jump(JMP | self.pick(&[JEQ, JGT, JGE, JSET]) | by_x, k, near(self), near(self)),
        }
    }

    /// A program that the checker passes; some may read slots before they write them.
    pub fn program(&mut self) -> Program {
        loop {
            let length = 1 + self.below(40);
            let mut list: Vec<_> = (0..length).map(|at| self.instruction(length - at)).collect();
            let limits = match self.below(3) {
                0 => Limits { unwritten: true, ..Limits::KERNEL },
                1 => {
                    list.splice(0..0, (0..16).map(|slot| Instruction::stmt(ST, slot)));
                    Limits::KERNEL
                }
                _ => Limits { nameless: true, ..Limits::KERNEL },
            };
            list.push(self.pick(&[Instruction::stmt(RET | A, 0), Instruction::stmt(RET, 7)]));
            if let Ok(program) = check(list, limits) {
                return program;
            }
        }
    }

    /// A packet of some length near those that the program's loads ask for.
    pub fn packet(&mut self, lengths: &[u32]) -> Packet {
        let length = if self.below(2) == 0 { self.pick(lengths) } else { self.below(44) };
        let length = (length + self.below(3)).saturating_sub(1);
        let bytes = (0..length)
            .map(|_| if self.below(4) != 0 { self.below(4) as u8 } else { self.next() as u8 })
            .collect();
        Packet { bytes, wire_len: length + self.below(9), meta: self.meta() }
    }

    fn meta(&mut self) -> Metadata {
        let known = self.below(4) != 0;
        let mut fact = || (known && self.below(8) != 0).then(|| self.next());
        Metadata {
            protocol: fact().map(|v| v as u16),
            packet_type: fact().map(|v| v as u8 & 7),
            interface: fact(),
            mark: fact(),
            queue: fact().map(|v| v as u16),
            hardware_type: fact().map(|v| v as u16),
            flow_hash: fact(),
            cpu: fact(),
            vlan_present: fact().map(|v| v & 1 == 1),
            vlan_tag: fact().map(|v| v as u16),
            vlan_tpid: fact().map(|v| v as u16),
            payload_offset: fact(),
            random: fact(),
            network_offset: fact().map(|v| if v % 8 == 0 { v } else { v % 20 }),
        }
    }

    /// A packet that takes some way through the program: at each test of packet bytes it is made to pass or not,
    /// as far as one can see from the load before.
    pub fn packet_for(&mut self, program: &Program) -> Packet {
        let mut packet = Packet { bytes: vec![0; 160], wire_len: 0, meta: self.meta() };
        for byte in &mut packet.bytes {
            *byte = if self.below(2) == 0 { 0 } else { self.next() as u8 };
        }
        let list = program.instructions();
        let (mut at, mut x, mut loaded, mut mask) = (0usize, 0u32, None, u32::MAX);
        while let Some(i) = list.get(at) {
            let mut skip = 0;
            match i.class() {
                LD if matches!(i.code & 0xe0, ABS | IND) => {
                    let base = if i.code & 0xe0 == IND { x } else { 0 };
                    let size = match i.code & 0x18 {
                        H => 2,
                        B => 1,
                        _ => 4,
                    };
                    (loaded, mask) = (Some((base.wrapping_add(i.k) as usize, size)), u32::MAX);
                }
                LDX if i.code & 0xe0 == MSH => {
                    if let Some(byte) = packet.bytes.get_mut(i.k as usize) {
                        *byte = 0x45;
                        x = 20;
                    }
                }
                LDX if i.code & 0xe0 == IMM => x = i.k,
                ALU if i.code == ALU | AND | K => mask &= i.k,
                JMP if i.code == JMP | JA => skip = i.k as usize,
                JMP => {
                    let pass = self.below(3) != 0;
                    if pass && i.code & X == 0 {
                        write(&mut packet.bytes, loaded, i.k, mask);
                    }
                    skip = usize::from(if pass { i.jt } else { i.jf });
                }
                RET => break,
                _ => {}
            }
            at += 1 + skip;
        }
        packet.wire_len = 160;
        packet
    }
}

fn write(bytes: &mut [u8], loaded: Option<(usize, usize)>, value: u32, mask: u32) {
    let Some((offset, size)) = loaded else { return };
    let Some(place) = offset.checked_add(size).and_then(|end| bytes.get_mut(offset..end)) else { return };
    for (n, byte) in place.iter_mut().rev().enumerate() {
        let (value, mask) = ((value >> (8 * n)) as u8, (mask >> (8 * n)) as u8);
        *byte = *byte & !mask | value & mask;
    }
}

/// How many programs to draw: `GANNET_JIT_PROGRAMS`, or the number given.
pub fn count(unless_set: u32) -> u32 {
    std::env::var("GANNET_JIT_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(unless_set)
}

/// The lengths that the program's loads at constants ask for, as far as a packet may have them.
pub fn lengths(program: &Program) -> Vec<u32> {
    let ends = program.instructions().iter().filter(|i| i.class() == LD || i.class() == LDX);
    ends.filter(|i| i.k < 200).map(|i| i.k + 4).chain([20]).collect()
}

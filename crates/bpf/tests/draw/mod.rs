//! Programs and packets drawn by chance, the same in every run.

use gannet_bpf::{Instruction, Limits, Metadata, Program, ancillary, check, opcode::*};

use super::plain::Packet;

/// Numbers that look random (xorshift).
pub struct Dice(pub u64);

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
}

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
    LD | MEM,
    LDX | MEM,
];

const OPERATIONS: [u16; 11] = [ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR];

/// An operand that is likely to matter: small, at an edge, or a special offset.
fn operand(dice: &mut Dice) -> u32 {
    match dice.below(12) {
        0 => u32::MAX - dice.below(4),
        1 => ancillary::AD_OFF + dice.pick(&[0, 4, 8, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60]),
        2 => dice.pick(&[ancillary::NET_OFF, ancillary::LL_OFF, 0x8000_0000, 0x7fff_fffc]) + dice.below(8),
        3 => dice.next(),
        4 => 1 << dice.below(32),
        _ => dice.below(24),
    }
}

fn instruction(dice: &mut Dice, left: u32) -> Instruction {
    let k = operand(dice);
    let by_x = dice.pick(&[K, K, K, X]);
    let near = |dice: &mut Dice| dice.below(left.min(256)).min(dice.next() % 8) as u8;
    match dice.below(10) {
        0..=2 => Instruction::stmt(dice.pick(&CODES), k),
        3 => Instruction::stmt(dice.pick(&[ST, STX, LD | MEM, LDX | MEM]), k % 16),
        4 | 5 => match dice.pick(&OPERATIONS) {
            NEG => Instruction::stmt(ALU | NEG, k),
            op @ (LSH | RSH) if by_x == K => Instruction::stmt(ALU | op, k % 32),
            op => Instruction::stmt(ALU | op | by_x, k),
        },
        6 => Instruction::stmt(JMP | JA, dice.below(left.min(4))),
        7 => Instruction::jump(JMP | JEQ | K, dice.below(4), near(dice), 0),
        _ => Instruction::jump(JMP | dice.pick(&[JEQ, JGT, JGE, JSET]) | by_x, k, near(dice), near(dice)),
    }
}

/// A program that the checker passes.
pub fn program(dice: &mut Dice) -> Program {
    loop {
        let length = 1 + dice.below(40);
        let mut list: Vec<_> = (0..length).map(|at| instruction(dice, length - at)).collect();
        if dice.below(2) == 0 {
            // All slots written, so that reading them is allowed.
            list.splice(0..0, (0..16).map(|slot| Instruction::stmt(ST, slot)));
        }
        list.push(dice.pick(&[Instruction::stmt(RET | A, 0), Instruction::stmt(RET, 7)]));
        if let Ok(program) = check(list, Limits::KERNEL) {
            return program;
        }
    }
}

pub fn packet(dice: &mut Dice) -> Packet {
    let length = dice.below(40);
    let bytes = (0..length)
        .map(|_| if dice.below(2) == 0 { dice.below(4) as u8 } else { dice.next() as u8 })
        .collect();
    let known = dice.below(4) != 0;
    let mut fact = || known.then(|| dice.next());
    let meta = Metadata {
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
        network_offset: fact().map(|v| v % 20),
    };
    Packet { bytes, wire_len: length + dice.below(9), meta }
}

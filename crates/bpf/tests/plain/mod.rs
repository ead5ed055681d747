//! A slow, plain interpreter that notes which ways a packet takes.
//!
//! It is written from the definition of the instructions alone, to judge the fast one by: in the tests beside it,
//! in the fuzz target `machine` and in `cargo xtask conform filters`, which include this file.

use gannet_bpf::{Instruction, Metadata, Semantics, ancillary, opcode::*};

/// A packet with what a filter may ask about it.
#[derive(Clone, Debug, Default)]
pub struct Packet {
    pub bytes: Vec<u8>,
    pub wire_len: u32,
    pub meta: Metadata,
}

/// Ways through an instruction, as bits: on or true, false, rejected.
pub const ON: u8 = 1;
pub const FALSE: u8 = 2;
pub const FAILED: u8 = 4;

/// Runs a checked program; `seen`, as long as it, notes the ways taken. Netlink attributes are unknown to it.
pub fn run(list: &[Instruction], semantics: Semantics, packet: &Packet, seen: &mut [u8]) -> u32 {
    let mut state = State { a: 0, x: 0, m: [0; 16] };
    let mut pc = 0usize;
    // So many ways back there are at most.
    let mut fuel = packet.bytes.len() + 1024;
    loop {
        let i = list[pc];
        let Some(next) = state.step(i, semantics, packet) else {
            seen[pc] |= FAILED;
            return 0;
        };
        seen[pc] |= if next == Next::Skip(false) { FALSE } else { ON };
        if i.code == JMP | JA && (i.k as i32) < 0 {
            if fuel == 0 {
                return 0;
            }
            fuel -= 1;
        }
        pc = pc.wrapping_add(1).wrapping_add(match next {
            Next::Return(value) => return value,
            Next::On => 0,
            Next::Skip(true) if i.code == JMP | JA => i.k as i32 as usize,
            Next::Skip(true) => i.jt.into(),
            Next::Skip(false) => i.jf.into(),
        });
    }
}

#[derive(PartialEq)]
enum Next {
    On,
    Skip(bool),
    Return(u32),
}

struct State {
    a: u32,
    x: u32,
    m: [u32; 16],
}

impl State {
    /// One instruction; `None` rejects the packet.
    fn step(&mut self, i: Instruction, semantics: Semantics, packet: &Packet) -> Option<Next> {
        let operand = if i.code & X != 0 { self.x } else { i.k };
        match i.class() {
            LD => self.a = self.load(i, semantics, packet)?,
            LDX => {
                self.x = match i.code & 0xe0 {
                    IMM => i.k,
                    MEM => self.m[i.k as usize],
                    LEN => packet.wire_len,
                    _ if semantics == Semantics::Libpcap => 4 * (bytes(packet, i.k.into(), 1)? & 15),
                    _ => 4 * (linux(packet, i.k, 1)? & 15),
                }
            }
            ST => self.m[i.k as usize] = self.a,
            STX => self.m[i.k as usize] = self.x,
            ALU => self.a = arithmetic(i.code & 0xf0, self.a, operand, semantics)?,
            JMP => {
                return Some(Next::Skip(match i.code & 0xf0 {
                    JA => true,
                    JEQ => self.a == operand,
                    JGT => self.a > operand,
                    JGE => self.a >= operand,
                    _ => self.a & operand != 0,
                }));
            }
            RET => return Some(Next::Return(if i.code & 0x18 == A { self.a } else { i.k })),
            _ if i.code & 0xf8 == TXA => self.a = self.x,
            _ => self.x = self.a,
        }
        Some(Next::On)
    }

    fn load(&self, i: Instruction, semantics: Semantics, packet: &Packet) -> Option<u32> {
        let size = match i.code & 0x18 {
            H => 2,
            B => 1,
            _ => 4,
        };
        match i.code & 0xe0 {
            IMM => Some(i.k),
            MEM => Some(self.m[i.k as usize]),
            LEN => Some(packet.wire_len),
            ABS if i.k == ancillary::AD_OFF + ancillary::ALU_XOR_X => Some(self.a ^ self.x),
            ABS if i.k >= ancillary::AD_OFF => packet.meta.fact(i.k - ancillary::AD_OFF),
            ABS if semantics == Semantics::Libpcap => bytes(packet, i.k.into(), size),
            ABS => linux(packet, i.k, size),
            _ if semantics == Semantics::Libpcap => bytes(packet, u64::from(self.x) + u64::from(i.k), size),
            _ => linux(packet, self.x.wrapping_add(i.k), size),
        }
    }
}

/// Linux takes offsets for signed; some of the negative ones count from a header.
fn linux(packet: &Packet, offset: u32, size: usize) -> Option<u32> {
    match offset as i32 {
        0.. => bytes(packet, offset.into(), size),
        -0x10_0000.. => {
            let from = u64::from(packet.meta.network_offset?);
            bytes(packet, from + u64::from(offset - ancillary::NET_OFF), size)
        }
        -0x20_0000.. => bytes(packet, u64::from(offset - ancillary::LL_OFF), size),
        _ => None,
    }
}

fn bytes(packet: &Packet, offset: u64, size: usize) -> Option<u32> {
    let end = usize::try_from(offset).ok()?.checked_add(size)?;
    let slice = packet.bytes.get(end - size..end)?;
    Some(slice.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

fn arithmetic(op: u16, a: u32, b: u32, semantics: Semantics) -> Option<u32> {
    let masked = if semantics == Semantics::Linux { b & 31 } else { b };
    Some(match op {
        ADD => a.wrapping_add(b),
        SUB => a.wrapping_sub(b),
        MUL => a.wrapping_mul(b),
        DIV => a.checked_div(b)?,
        MOD => a.checked_rem(b)?,
        OR => a | b,
        AND => a & b,
        XOR => a ^ b,
        NEG => 0u32.wrapping_sub(a),
        LSH => a.checked_shl(masked).unwrap_or(0),
        _ => a.checked_shr(masked).unwrap_or(0),
    })
}

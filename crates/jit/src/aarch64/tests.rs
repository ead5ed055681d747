//! The encoder for aarch64, wherever the tests run: known words, and all else on a small emulator.
//!
//! The emulator knows the instructions that the encoder may write, decoded by the tables of the Arm manual (C4.1),
//! and stops at any other. It gives the code nothing but the packet, the facts and a frame, so a load that no
//! guard covers fails the test.

#[path = "../../tests/dice/mod.rs"]
mod dice;

use dice::{Dice, Packet};
use gannet_bpf::{Instruction, Limits, Program, Semantics, Vm, check, listing, opcode::*, parse};

use crate::plan::Plan;
use crate::{Facts, JitError};

const PACKET: u64 = 0x1000_0000;
const FACTS: u64 = 0x2000_0000;
const STACK: u64 = 0x3000_0000;
const STACK_TOP: u64 = STACK + 256;

struct Cpu<'a> {
    x: [u64; 31],
    sp: u64,
    /// Negative, zero, carry, overflow.
    flags: [bool; 4],
    packet: &'a [u8],
    facts: Vec<u8>,
    stack: [u8; 256],
}

impl Cpu<'_> {
    fn reg(&self, n: u32) -> u64 {
        self.x.get(n as usize).copied().unwrap_or(0)
    }

    fn set(&mut self, n: u32, value: u64) {
        if let Some(r) = self.x.get_mut(n as usize) {
            *r = value;
        }
    }

    fn set32(&mut self, n: u32, value: u32) {
        self.set(n, value.into());
    }

    fn load(&self, at: u64, size: u64) -> u64 {
        let (memory, base): (&[u8], u64) = match at {
            STACK.. => (&self.stack, STACK),
            FACTS.. => (&self.facts, FACTS),
            _ => (self.packet, PACKET),
        };
        let start = at.checked_sub(base).expect("an address in memory") as usize;
        let bytes = memory.get(start..start + size as usize).expect("a load inside its memory");
        bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    fn subtract(&mut self, wide: bool, a: u64, b: u64) -> u64 {
        let bits = if wide { u64::MAX } else { u32::MAX.into() };
        let result = a.wrapping_sub(b) & bits;
        let top = if wide { 63 } else { 31 };
        let sign = |v: u64| v >> top & 1 == 1;
        let overflow = sign(a) != sign(b) && sign(result) != sign(a);
        self.flags = [sign(result), result == 0, a >= b, overflow];
        result
    }

    fn holds(&self, condition: u32) -> bool {
        let [_, zero, carry, _] = self.flags;
        match condition {
            0 => zero,
            1 => !zero,
            2 => carry,
            3 => !carry,
            8 => carry && !zero,
            9 => !carry || zero,
            _ => panic!("condition {condition}"),
        }
    }

    /// Runs from the first word on; the result in `w0`.
    fn run(&mut self, code: &[u32]) -> u32 {
        let mut pc = 0i64;
        for _ in 0..100_000 {
            let word = *code.get(pc as usize).expect("the code ends in returns");
            if word == 0xd65f_03c0 {
                assert_eq!(self.sp, STACK_TOP, "the frame is taken down");
                return self.reg(0) as u32;
            }
            pc += match self.jump(word) {
                Some(distance) => distance,
                None => {
                    let known = self.immediate(word) || self.registers(word) || self.memory(word);
                    assert!(known, "unknown word {word:#010x}");
                    1
                }
            };
        }
        panic!("does not end");
    }

    fn jump(&self, word: u32) -> Option<i64> {
        let signed = |value: u32, bits: u32| i64::from((value << (32 - bits)) as i32 >> (32 - bits));
        let near = signed(word >> 5 & 0x7ffff, 19);
        if word >> 26 == 0b000101 {
            return Some(signed(word & 0x3ff_ffff, 26));
        }
        if word & 0xff00_0010 == 0x5400_0000 {
            return Some(if self.holds(word & 15) { near } else { 1 });
        }
        if word & 0xff00_0000 == 0x3400_0000 {
            return Some(if self.reg(word & 31) as u32 == 0 { near } else { 1 });
        }
        None
    }

    fn immediate(&mut self, word: u32) -> bool {
        let (d, n) = (word & 31, word >> 5 & 31);
        let imm12 = u64::from(word >> 10 & 0xfff) << if word & 1 << 22 != 0 { 12 } else { 0 };
        let half = (word >> 5 & 0xffff) << (16 * (word >> 21 & 1));
        match word & 0xff80_0000 {
            0x5280_0000 => self.set32(d, half),
            0x7280_0000 => {
                let kept = self.reg(d) as u32 & !(0xffff << (16 * (word >> 21 & 1)));
                self.set32(d, kept | half);
            }
            op @ (0x9100_0000 | 0xd100_0000) => {
                let from = if n == 31 { self.sp } else { self.reg(n) };
                let amount = if op == 0x9100_0000 { imm12 } else { imm12.wrapping_neg() };
                let sum = from.wrapping_add(amount);
                if d == 31 { self.sp = sum } else { self.set(d, sum) }
            }
            0xf100_0000 => {
                let result = self.subtract(true, self.reg(n), imm12);
                self.set(d, result);
            }
            0x7100_0000 => {
                let result = self.subtract(false, self.reg(n) & 0xffff_ffff, imm12);
                self.set(d, result);
            }
            0x5300_0000 => {
                // UBFIZ: the rotation is larger than the width.
                let (rotate, width) = (word >> 16 & 63, word >> 10 & 63);
                assert!(rotate > width);
                let field = self.reg(n) as u32 & ((2 << width) - 1);
                self.set32(d, field << (32 - rotate));
            }
            _ => return false,
        }
        true
    }

    fn registers(&mut self, word: u32) -> bool {
        let (d, n, m) = (word & 31, word >> 5 & 31, word >> 16 & 31);
        let (a, b) = (self.reg(n), self.reg(m));
        let (a32, b32) = (a as u32, b as u32);
        if word & 0xffe0_0000 == 0x1b00_0000 {
            let (product, addend) = (a32.wrapping_mul(b32), self.reg(word >> 10 & 31) as u32);
            let negative = word & 0x8000 != 0;
            let result = if negative { addend.wrapping_sub(product) } else { addend.wrapping_add(product) };
            self.set32(d, result);
            return true;
        }
        if word & 0xffe0_0c00 == 0x1a80_0000 {
            self.set32(d, if self.holds(word >> 12 & 15) { a32 } else { b32 });
            return true;
        }
        match word & 0xffe0_fc00 {
            0x0b00_0000 => self.set32(d, a32.wrapping_add(b32)),
            0x8b00_0000 => self.set(d, a.wrapping_add(b)),
            0x4b00_0000 => self.set32(d, a32.wrapping_sub(b32)),
            0x6b00_0000 => {
                let result = self.subtract(false, a32.into(), b32.into());
                self.set(d, result);
            }
            0xeb00_0000 => {
                let result = self.subtract(true, a, b);
                self.set(d, result);
            }
            0x0a00_0000 => self.set32(d, a32 & b32),
            0x2a00_0000 => self.set32(d, a32 | b32),
            0x4a00_0000 => self.set32(d, a32 ^ b32),
            0x6a00_0000 => {
                let result = a32 & b32;
                self.flags = [result >> 31 == 1, result == 0, false, false];
                self.set32(d, result);
            }
            0x1ac0_0800 => self.set32(d, a32.checked_div(b32).unwrap_or(0)),
            0x1ac0_2000 => self.set32(d, a32 << (b32 & 31)),
            0x1ac0_2400 => self.set32(d, a32 >> (b32 & 31)),
            0x5ac0_0800 if m == 0 => self.set32(d, a32.swap_bytes()),
            0x5ac0_0400 if m == 0 => self.set32(d, a32.swap_bytes().rotate_left(16)),
            _ => return false,
        }
        true
    }

    fn memory(&mut self, word: u32) -> bool {
        let (t, n) = (word & 31, word >> 5 & 31);
        let base = if n == 31 { self.sp } else { self.reg(n) };
        let scaled = u64::from(word >> 10 & 0xfff);
        let indexed = base.wrapping_add(self.reg(word >> 16 & 31));
        let unscaled = base.wrapping_add(u64::from(word >> 12 & 0xff));
        let (at, size) = match (word & 0xffc0_0000, word & 0xffe0_0c00, word & 0xffe0_fc00) {
            (0x3940_0000, ..) => (base + scaled, 1),
            (0x7940_0000, ..) => (base + 2 * scaled, 2),
            (0xb940_0000, ..) => (base + 4 * scaled, 4),
            // Only offsets that are not negative are written.
            (_, 0x7840_0000, _) if word & 1 << 20 == 0 => (unscaled, 2),
            (_, 0xb840_0000, _) if word & 1 << 20 == 0 => (unscaled, 4),
            (.., 0x3860_6800) => (indexed, 1),
            (.., 0x7860_6800) => (indexed, 2),
            (.., 0xb860_6800) => (indexed, 4),
            (0xb900_0000, ..) => {
                let start =
                    (base + 4 * scaled).checked_sub(STACK).expect("only the stack is written") as usize;
                assert!(base + 4 * scaled >= self.sp, "below the frame");
                let value = self.reg(t) as u32;
                self.stack.get_mut(start..start + 4).expect("inside").copy_from_slice(&value.to_le_bytes());
                return true;
            }
            _ => return false,
        };
        let value = self.load(at, size);
        self.set(t, value);
        true
    }
}

fn words(program: &Program, semantics: Semantics) -> (Vec<u32>, Plan) {
    let plan = Plan::new(program, semantics).expect("a plan");
    let bytes = super::assemble(&plan).expect("code");
    let chunks = bytes.chunks_exact(4);
    assert!(chunks.remainder().is_empty());
    (chunks.map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect(), plan)
}

fn emulate(code: &[u32], plan: &Plan, packet: &Packet) -> u32 {
    let facts = Facts::of(&packet.meta, plan.facts);
    let rows = std::iter::once(facts.present).chain(facts.rows).flat_map(u32::to_le_bytes);
    // What a caller leaves in other registers is anything.
    let mut x = [0xdead_beef_dead_beef; 31];
    let arguments = [PACKET, packet.bytes.len() as u64, u64::from(packet.wire_len), 0, FACTS];
    x.iter_mut().zip(arguments).for_each(|(register, argument)| *register = argument);
    let mut cpu = Cpu {
        x,
        sp: STACK_TOP,
        flags: [false; 4],
        packet: &packet.bytes,
        facts: rows.collect(),
        stack: [0xa5; 256],
    };
    cpu.run(code)
}

#[test]
fn the_encoding_agrees_with_the_interpreter() {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let mut accepted = 0;
    let count = dice::count(6000);
    for number in 0..count {
        let program = dice.program();
        let semantics = if number % 4 == 3 { Semantics::Libpcap } else { Semantics::Linux };
        let vm = Vm::with_semantics(&program, semantics);
        let (code, plan) = words(&program, semantics);
        let hints = dice::lengths(&program);
        for _ in 0..8 {
            let packet = dice.packet(&hints);
            let expected = vm.run(&packet.bytes, packet.wire_len, &packet.meta);
            let got = emulate(&code, &plan, &packet);
            assert_eq!(got, expected, "{}{packet:?}", listing::text(program.instructions()));
            accepted += u32::from(got != 0);
        }
    }
    assert!(accepted > 2 * count, "only {accepted} packets accepted");
}

#[test]
fn keys_that_share_bits_are_asked_for_them_first() {
    // The addresses 172.16.n.*, a load that stays in the packet's order, and a long constant on either side.
    let mut list = vec![Instruction::stmt(LD | W | ABS, 2)];
    let keys: Vec<u32> = (0..60).map(|n| 0xac10_0000 | (n << 8 | (n * 37 % 251))).collect();
    list.extend(keys.iter().map(|key| Instruction::jump(JMP | JEQ | K, *key, 0, 1)).flat_map(|test| {
        let exit = Instruction::stmt(RET, (test.k >> 8 & 63) + 1);
        [test, exit]
    }));
    list.push(Instruction::stmt(RET, 999));
    let program = check(list, Limits::KERNEL).expect("sound");
    let (vm, (code, plan)) = (Vm::new(&program), words(&program, Semantics::Linux));
    assert!(plan.tables.iter().any(|table| table.shared().is_some()), "one chain with bits in common");
    let mut seen = std::collections::BTreeSet::new();
    for value in keys.iter().flat_map(|key| [*key, key ^ 1, key ^ 0x0100_0000, key ^ 0x8000]) {
        let bytes = [&[9, 9], &value.to_be_bytes()[..]].concat();
        let packet = Packet { bytes, wire_len: 6, ..Packet::default() };
        let expected = vm.run(&packet.bytes, packet.wire_len, &packet.meta);
        assert_eq!(emulate(&code, &plan, &packet), expected, "{value:#x}");
        seen.insert(expected);
    }
    assert!(seen.len() == 61 && seen.contains(&999), "{seen:?}");
}

fn program(decimal: &str) -> Program {
    check(parse::decimal(decimal).expect("parses"), Limits::KERNEL).expect("sound")
}

/// Words as LLVM's assembler gives them for the texts beside them; branches count bytes from themselves.
#[test]
fn words_are_those_of_the_manual() {
    // Length, M[3], a far load, a shift, X, a load behind X, a fact, a rest, an odd offset, a long constant.
    let text = "14\n128 0 0 0\n2 0 0 3\n40 0 0 5001\n116 0 0 3\n12 0 0 0\n7 0 0 0\n\
                72 0 0 12\n97 0 0 3\n32 0 0 4294963244\n148 0 0 7\n32 0 0 33\n53 0 1 100000\n22 0 0 0\n6 0 0 262144\n";
    let expected = [
        (0xd101_03ff, "sub sp, sp, #64"),
        (0x2a02_03e5, "mov w5, w2"),
        (0xb900_0fe5, "str w5, [sp, #12]"),
        (0x5282_716a, "mov w10, #5003"),
        (0xeb0a_003f, "cmp x1, x10"),
        (0x5400_0403, "b.lo #128"),
        (0x5282_7129, "mov w9, #5001"),
        (0x7869_6805, "ldrh w5, [x0, x9]"),
        (0x5ac0_04a5, "rev16 w5, w5"),
        (0x5280_006a, "mov w10, #3"),
        (0x1aca_24a5, "lsr w5, w5, w10"),
        (0x0b03_00a5, "add w5, w5, w3"),
        (0x2a05_03e3, "mov w3, w5"),
        (0x9100_3869, "add x9, x3, #14"),
        (0xeb01_013f, "cmp x9, x1"),
        (0x5400_02c8, "b.hi #88"),
        (0x9100_3069, "add x9, x3, #12"),
        (0x5281_000a, "mov w10, #2048"),
        (0xb940_008b, "ldr w11, [x4]"),
        (0x6a0a_017f, "tst w11, w10"),
        (0x5400_0220, "b.eq #68"),
        (0xb940_3085, "ldr w5, [x4, #48]"),
        (0x5280_00ea, "mov w10, #7"),
        (0x1aca_08ac, "udiv w12, w5, w10"),
        (0x1b0a_9585, "msub w5, w12, w10, w5"),
        (0xb842_1005, "ldur w5, [x0, #33]"),
        (0x5ac0_08a5, "rev w5, w5"),
        (0x5290_d40a, "mov w10, #34464"),
        (0x72a0_002a, "movk w10, #1, lsl #16"),
        (0x6b0a_00bf, "cmp w5, w10"),
        (0x5400_0083, "b.lo #16"),
        (0x2a05_03e0, "mov w0, w5"),
        (0x9101_03ff, "add sp, sp, #64"),
        (0xd65f_03c0, "ret"),
        (0x52a0_0080, "mov w0, #262144"),
        (0x9101_03ff, "add sp, sp, #64"),
        (0xd65f_03c0, "ret"),
        (0x5280_0000, "mov w0, #0"),
        (0x9101_03ff, "add sp, sp, #64"),
        (0xd65f_03c0, "ret"),
    ];
    let (code, _) = words(&program(text), Semantics::Linux);
    for (at, (word, (right, text))) in code.iter().zip(expected).enumerate() {
        assert_eq!(*word, right, "word {at}, {text}: {word:#010x}");
    }
    assert_eq!(code.len(), expected.len());
}

#[test]
fn a_jump_that_does_not_reach_is_an_error() {
    let long = |count: usize| {
        let test = [Instruction::stmt(LD | B | ABS, 0), Instruction::jump(JMP | JGT | K, 9, 0, 1)];
        let some = test.iter().copied().chain([Instruction::stmt(RET | A, 0)]).cycle().take(3 * count);
        let program = check(some.chain([Instruction::stmt(RET, 1)]).collect(), Limits::USER).expect("sound");
        super::assemble(&Plan::new(&program, Semantics::Linux).expect("a plan"))
    };
    assert!(long(1000).is_ok());
    assert!(matches!(long(80_000), Err(JitError::TooLong)));
}

//! Answers to system calls as a program of the classic BPF machine: a tree that halves the calls that are left with each
//! comparison. A list would be gone through to its end some hundred times by the kernel alone, which tries all calls when
//! it is handed over.

use gannet_pcap::bpf::{Instruction, opcode};
use nix::libc::{ENOSYS, EPERM, c_long};
use std::collections::BTreeMap;

/// What is answered to a system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Allow,
    /// `EPERM`.
    Refuse,
    /// `ENOSYS`.
    Unknown,
    /// It is done if all of one of these lists holds of its arguments, by their places; else it is refused.
    If(Vec<Vec<(u8, Test)>>),
}

/// What holds of the low 32 bits of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is this.
    Is(u32),
    /// It is not this.
    Not(u32),
    /// Under the first it is the second.
    Bits(u32, u32),
}

/// `struct seccomp_data` of `linux/seccomp.h`: the places of the call, the architecture and the first argument.
const CALL: u32 = 0;
const ARCH: u32 = 4;
const ARGUMENTS: u32 = 16;

/// `AUDIT_ARCH_*` of `linux/audit.h`.
const OURS: u32 = if cfg!(target_arch = "x86_64") { 0xc000_003e } else { 0xc000_00b7 };

/// `SECCOMP_RET_*`.
const RET_ALLOW: u32 = 0x7fff_0000;
const RET_ERRNO: u32 = 0x0005_0000;

/// The program that gives these answers, and that a call is unknown to all others.
pub fn program(answers: &BTreeMap<c_long, Answer>) -> Vec<Instruction> {
    let mut runs = vec![(0, &Answer::Unknown)];
    let mut next = 0;
    for (call, answer) in answers {
        let Ok(call) = u32::try_from(*call) else { continue };
        if call > next {
            runs.push((next, &Answer::Unknown));
        }
        runs.push((call, answer));
        next = call + 1;
    }
    runs.push((next, &Answer::Unknown));
    // Of two that begin at one place the second counts, and what goes on as before does not begin.
    runs.reverse();
    runs.dedup_by_key(|run| run.0);
    runs.reverse();
    runs.dedup_by_key(|run| run.1);
    let mut program =
        vec![load(ARCH), jump(opcode::JEQ, OURS, 1, 0), answer(RET_ERRNO | ENOSYS.unsigned_abs())];
    program.push(load(CALL));
    program.extend(tree(&runs));
    program
}

/// Decides between runs of calls with one answer each, which begin where they say. As deep as their number has bits.
fn tree(runs: &[(u32, &Answer)]) -> Vec<Instruction> {
    let (low, high) = runs.split_at(runs.len() / 2);
    let (false, Some((begin, _))) = (low.is_empty(), high.first()) else {
        return runs.first().map_or_else(Vec::new, |run| leaf(run.1));
    };
    let (low, high) = (tree(low), tree(high));
    let mut both = match u8::try_from(low.len()) {
        Ok(near) => vec![jump(opcode::JGE, *begin, near, 0)],
        Err(_) => vec![
            jump(opcode::JGE, *begin, 0, 1),
            Instruction::stmt(opcode::JMP | opcode::JA, low.len() as u32),
        ],
    };
    both.extend(low);
    both.extend(high);
    both
}

/// What ends in an answer.
fn leaf(what: &Answer) -> Vec<Instruction> {
    let lists = match what {
        Answer::Allow => return vec![answer(RET_ALLOW)],
        Answer::Refuse => &[][..],
        Answer::Unknown => return vec![answer(RET_ERRNO | ENOSYS.unsigned_abs())],
        Answer::If(lists) => lists,
    };
    let mut leaf: Vec<_> = lists.iter().flat_map(|list| all(list)).collect();
    leaf.push(answer(RET_ERRNO | EPERM.unsigned_abs()));
    leaf
}

/// Allows what all of this holds of, and goes on behind itself with all else.
fn all(list: &[(u8, Test)]) -> Vec<Instruction> {
    let mut code = vec![answer(RET_ALLOW)];
    for (place, test) in list.iter().rev() {
        // A list has a few tests of three instructions each.
        let past = code.len() as u8;
        let (mask, branch) = match *test {
            Test::Is(value) => (None, jump(opcode::JEQ, value, 0, past)),
            Test::Not(value) => (None, jump(opcode::JEQ, value, past, 0)),
            Test::Bits(mask, value) => (Some(mask), jump(opcode::JEQ, value, 0, past)),
        };
        let mut front = vec![load(ARGUMENTS + 8 * u32::from(*place))];
        front.extend(mask.map(|mask| Instruction::stmt(opcode::ALU | opcode::AND, mask)));
        front.push(branch);
        front.append(&mut code);
        code = front;
    }
    code
}

fn load(place: u32) -> Instruction {
    Instruction::stmt(opcode::LD | opcode::W | opcode::ABS, place)
}

fn jump(kind: u16, value: u32, jt: u8, jf: u8) -> Instruction {
    Instruction::jump(opcode::JMP | kind, value, jt, jf)
}

fn answer(value: u32) -> Instruction {
    Instruction::stmt(opcode::RET, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_pcap::bpf::{Limits, Metadata, Semantics, Vm, check};

    /// What the program answers; the machine of packets reads what the kernel's does, in the network's order.
    fn asked(program: &[Instruction], arch: u32, call: u32, arguments: [u32; 6]) -> u32 {
        let mut data: Vec<u8> = [call, arch, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect();
        for argument in arguments {
            data.extend(argument.to_be_bytes());
            data.extend([0xff; 4]);
        }
        let program = check(program.to_vec(), Limits::USER).unwrap();
        Vm::with_semantics(&program, Semantics::Linux).run(&data, data.len() as u32, &Metadata::default())
    }

    #[test]
    fn every_call_has_its_answer() {
        let mut answers: BTreeMap<c_long, Answer> = (100..400).map(|call| (call, Answer::Allow)).collect();
        answers.extend((100..400).step_by(2).map(|call| (call, Answer::Refuse)));
        let bits = vec![(2, Test::Bits(6, 4)), (0, Test::Is(1))];
        answers
            .insert(50, Answer::If(vec![bits, vec![(1, Test::Not(7)), (1, Test::Not(8)), (5, Test::Is(9))]]));
        let program = program(&answers);
        let ask = |call, arguments| asked(&program, OURS, call, arguments);
        let (unknown, refused) = (RET_ERRNO | ENOSYS as u32, RET_ERRNO | EPERM as u32);
        for call in (0..50).chain(51..100).chain(400..500).chain([0x4000_0065, u32::MAX]) {
            assert_eq!(ask(call, [0; 6]), unknown, "{call}");
        }
        for call in 100..400 {
            assert_eq!(ask(call, [0; 6]), if call % 2 == 0 { refused } else { RET_ALLOW }, "{call}");
        }
        assert_eq!(asked(&program, OURS ^ 1, 101, [0; 6]), unknown);
        assert_eq!(ask(50, [1, 7, 5, 0, 0, 0]), RET_ALLOW);
        assert_eq!(ask(50, [1, 7, 7, 0, 0, 0]), refused);
        assert_eq!(ask(50, [2, 7, 5, 0, 0, 0]), refused);
        assert_eq!(ask(50, [0, 6, 0, 0, 0, 9]), RET_ALLOW);
        assert_eq!(ask(50, [0, 8, 0, 0, 0, 9]), refused);
        assert_eq!(ask(50, [0, 6, 0, 0, 0, 8]), refused);
    }
}

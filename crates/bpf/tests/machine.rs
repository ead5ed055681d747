//! The fast machine against the plain one, on programs and packets drawn by chance (the same in every run).

mod c;
mod data;
mod draw;
mod plain;
mod step;
mod text;

use draw::{Dice, packet, program};
use gannet_bpf::{Instruction, Limits, Metadata, Semantics, Vm, check, listing, opcode::*};
use plain::Packet;

#[test]
fn the_fast_machine_agrees_with_the_plain_one() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let program = program(&mut dice);
        let list = program.instructions();
        let mut seen = vec![0; list.len()];
        for semantics in [Semantics::Linux, Semantics::Libpcap] {
            let vm = Vm::with_semantics(&program, semantics);
            for _ in 0..8 {
                let packet = packet(&mut dice);
                let expected = plain::run(list, semantics, &packet, &mut seen);
                let got = vm.run(&packet.bytes, packet.wire_len, &packet.meta);
                assert_eq!(got, expected, "{semantics:?}\n{}{packet:?}", listing::text(list));
                accepted += usize::from(got != 0);
            }
        }
    }
    // Programs that reject everything would prove nothing.
    assert!(accepted > 80_000, "only {accepted} packets accepted");
}

#[test]
fn a_long_chain_behaves_like_its_comparisons() {
    let mut dice = Dice(7);
    for _ in 0..200 {
        let length = 4 + dice.below(60);
        let mut list = vec![Instruction::stmt(LD | H | ABS, 0)];
        for left in (0..length).rev() {
            // Some are entered from the side, some go on to the next only through a jump.
            let jt = dice.below(left.min(200) + 1) as u8;
            list.push(Instruction::jump(JMP | JEQ | K, dice.below(40), jt, 0));
        }
        list.push(Instruction::stmt(RET | A, 0));
        let program = check(list, Limits::KERNEL).expect("a sound program");
        let vm = Vm::new(&program);
        for value in 0..48u16 {
            let packet = Packet { bytes: value.to_be_bytes().into(), wire_len: 2, meta: Metadata::default() };
            let mut seen = vec![0; program.instructions().len()];
            let expected = plain::run(program.instructions(), Semantics::Linux, &packet, &mut seen);
            assert_eq!(vm.run(&packet.bytes, 2, &packet.meta), expected);
        }
    }
}

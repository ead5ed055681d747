//! The fast machine against the plain one, on programs and packets drawn by chance (the same in every run).

mod c;
mod data;
mod draw;
mod plain;
mod prover;
mod regions;
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

/// The comparisons end at the exits behind them, which return different numbers.
#[test]
fn a_long_chain_behaves_like_its_comparisons() {
    const EXITS: u32 = 9;
    let mut dice = Dice(7);
    let mut taken = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let length = 2 + dice.below(60);
        let mut list = vec![Instruction::stmt(LD | H | ABS, 0)];
        for left in (0..length).rev() {
            // Some are entered from the side; some keys come twice, where the first counts.
            let aside = dice.below(6) == 0;
            let jt = if aside { dice.below(left + 1) } else { left + dice.below(EXITS) };
            list.push(Instruction::jump(JMP | JEQ | K, dice.below(40), jt as u8, 0));
        }
        list.extend((1..=EXITS).map(|value| Instruction::stmt(RET, value)));
        let program = check(list, Limits::KERNEL).expect("a sound program");
        let vm = Vm::new(&program);
        for value in 0..48u16 {
            let packet = Packet { bytes: value.to_be_bytes().into(), wire_len: 2, meta: Metadata::default() };
            let mut seen = vec![0; program.instructions().len()];
            let expected = plain::run(program.instructions(), Semantics::Linux, &packet, &mut seen);
            let context = || format!("{value}\n{}", listing::text(program.instructions()));
            assert_eq!(vm.run(&packet.bytes, 2, &packet.meta), expected, "{}", context());
            taken.insert(expected);
        }
    }
    assert_eq!(taken, (1..=EXITS).collect(), "all exits were taken");
}

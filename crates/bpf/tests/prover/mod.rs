//! What is proved equal must be equal: drawn programs against copies with one thing changed, on drawn packets.

use super::draw::{Dice, packet, program};
use gannet_bpf::equal::{Paths, Verdict, compare};
use gannet_bpf::{Limits, Metadata, Program, Semantics, Vm, check, listing, opcode::*};

/// The program with one operand or jump changed, if it is still sound.
fn changed(dice: &mut Dice, program: &Program) -> Option<Program> {
    let mut list = program.instructions().to_vec();
    let at = dice.below(list.len() as u32) as usize;
    let i = list.get_mut(at)?;
    match (dice.below(3), i.class()) {
        (0, JMP) => std::mem::swap(&mut i.jt, &mut i.jf),
        (1, JMP) => i.jf = i.jf.wrapping_add(1),
        (_, LD | LDX) => i.k = dice.pick(&[i.k.wrapping_add(1), i.k ^ 0xfff0_0000, i.k ^ 0xffe0_0000]),
        _ => i.k ^= 1 << dice.below(8),
    }
    check(list, Limits::KERNEL).ok()
}

#[test]
fn what_is_proved_is_so() {
    let mut dice = Dice(0x9216_d5d9_8979_fb1b);
    let mut verdicts = [0; 3];
    for _ in 0..200 {
        let first = program(&mut dice);
        let Some(second) = changed(&mut dice, &first) else { continue };
        let semantics = [dice.pick(&[Semantics::Linux, Semantics::Linux, Semantics::Libpcap]); 2];
        let mut watch = Paths { all: 60, drawn: 10 };
        let verdict = compare([&first, &second], semantics, &mut watch).verdict;
        verdicts[match verdict {
            Verdict::Proved => 0,
            Verdict::Tried(_) => 1,
            Verdict::Wrong(_) => 2,
        }] += 1;
        if !matches!(verdict, Verdict::Proved) {
            continue;
        }
        let machines = [&first, &second].map(|program| Vm::with_semantics(program, semantics[0]));
        for _ in 0..60 {
            let mut packet = packet(&mut dice);
            if packet.meta.protocol.is_none() {
                packet.meta = known(&mut dice);
            }
            let [one, other] =
                machines.each_ref().map(|vm| vm.run(&packet.bytes, packet.wire_len, &packet.meta));
            let list = listing::text(first.instructions());
            assert_eq!(one, other, "{list}{}{packet:?}", listing::text(second.instructions()));
        }
    }
    println!("{} proved, {} tried, {} wrong", verdicts[0], verdicts[1], verdicts[2]);
    assert!(verdicts[0] > 60 && verdicts[2] > 5, "{verdicts:?}");
}

/// A proof is one for packets of which all is known.
fn known(dice: &mut Dice) -> Metadata {
    loop {
        let meta = packet(dice).meta;
        if meta.protocol.is_some() {
            return meta;
        }
    }
}
